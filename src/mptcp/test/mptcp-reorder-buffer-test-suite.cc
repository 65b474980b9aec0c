/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/mptcp-reorder-buffer.h"
#include "ns3/packet.h"
#include "ns3/test.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

using Outcome = MptcpReorderBuffer::Result;

/**
 * @param dsn data sequence number
 * @param copy which of several copies, as if the path had changed it
 * @return the octet with this number
 */
uint8_t
Octet(uint64_t dsn, uint8_t copy)
{
    return static_cast<uint8_t>((dsn * 0x9e3779b97f4a7c15ULL >> 56) + copy);
}

/**
 * @param dsn first data sequence number
 * @param size octets
 * @param copy which of several copies
 * @return a packet with these octets
 */
Ptr<Packet>
Data(uint64_t dsn, uint32_t size, uint8_t copy = 0)
{
    std::vector<uint8_t> octets(size);
    for (uint32_t i = 0; i < size; ++i)
    {
        octets[i] = Octet(dsn + i, copy);
    }
    return Create<Packet>(octets.data(), size);
}

/**
 * @param packet a packet
 * @return its octets
 */
std::vector<uint8_t>
Octets(Ptr<const Packet> packet)
{
    std::vector<uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), octets.size());
    return octets;
}

/**
 * @param buffer a buffer
 * @return its printable form
 */
std::string
Print(const MptcpReorderBuffer& buffer)
{
    std::ostringstream os;
    os << buffer;
    return os.str();
}

/**
 * @ingroup mptcp-test
 * The named cases: in order, gaps, overlaps, what is old, reading in parts.
 */
class MptcpReorderBufferBasicTestCase : public TestCase
{
  public:
    /** @param first DSN of the first octet */
    explicit MptcpReorderBufferBasicTestCase(uint64_t first)
        : TestCase("gaps, overlaps and reading in parts, from " + std::to_string(first)),
          m_first(first)
    {
    }

  private:
    /**
     * Insert and compare.
     *
     * @param offset first octet, from m_first
     * @param size octets
     * @param expected result expected
     * @param next, readable, outOfOrder, highest state expected, numbers from m_first
     */
    void Insert(uint64_t offset,
                uint32_t size,
                Outcome expected,
                uint64_t next,
                uint32_t readable,
                uint32_t outOfOrder,
                uint64_t highest)
    {
        const Outcome result = m_buffer.Insert(m_first + offset, Data(m_first + offset, size));
        NS_TEST_EXPECT_MSG_EQ((result == expected), true, offset << "+" << size << ": result");
        NS_TEST_EXPECT_MSG_EQ(m_buffer.GetNextDsn(), m_first + next, offset << "+" << size);
        NS_TEST_EXPECT_MSG_EQ(m_buffer.GetReadable(), readable, offset << "+" << size);
        NS_TEST_EXPECT_MSG_EQ(m_buffer.GetOutOfOrder(), outOfOrder, offset << "+" << size);
        NS_TEST_EXPECT_MSG_EQ(m_buffer.GetHighestDsn(), m_first + highest, offset << "+" << size);
    }

    void DoRun() override
    {
        m_buffer.Reset(m_first);
        NS_TEST_EXPECT_MSG_EQ((m_buffer.Extract(100) == nullptr), true, "nothing to read");

        // One packet in, the same packet out: no copy, no fragment.
        Ptr<Packet> packet = Data(m_first, 10);
        NS_TEST_EXPECT_MSG_EQ((m_buffer.Insert(m_first, packet) == Outcome::IN_ORDER), true, "");
        NS_TEST_EXPECT_MSG_EQ((m_buffer.Extract(0) == nullptr), true, "no octet asked for");
        NS_TEST_EXPECT_MSG_EQ((m_buffer.Extract(10) == packet), true, "passed through whole");
        NS_TEST_EXPECT_MSG_EQ(m_buffer.GetReadable(), 0, "read");

        Insert(10, 0, Outcome::DUPLICATE, 10, 0, 0, 10);
        Insert(0, 10, Outcome::DUPLICATE, 10, 0, 0, 10);
        Insert(20, 10, Outcome::OUT_OF_ORDER, 10, 0, 10, 30);
        Insert(40, 10, Outcome::OUT_OF_ORDER, 10, 0, 20, 50);
        Insert(40, 10, Outcome::DUPLICATE, 10, 0, 20, 50);
        Insert(22, 5, Outcome::DUPLICATE, 10, 0, 20, 50);
        Insert(30, 5, Outcome::OUT_OF_ORDER, 10, 0, 25, 50);
        // Covers two runs and two gaps, up to and beyond the end.
        Insert(25, 35, Outcome::OUT_OF_ORDER, 10, 0, 40, 60);
        Insert(15, 6, Outcome::OUT_OF_ORDER, 10, 0, 45, 60);
        // Old octets and stored octets are trimmed; an adjacent run follows.
        Insert(5, 12, Outcome::IN_ORDER, 60, 50, 0, 60);

        Insert(70, 10, Outcome::OUT_OF_ORDER, 60, 50, 10, 80);
        Insert(90, 10, Outcome::OUT_OF_ORDER, 60, 50, 20, 100);
        // Reaches over one run into the gap behind it.
        Insert(60, 25, Outcome::IN_ORDER, 85, 75, 10, 100);
        // Ends just where a run begins.
        Insert(85, 5, Outcome::IN_ORDER, 100, 90, 0, 100);
        Insert(110, 10, Outcome::OUT_OF_ORDER, 100, 90, 10, 120);
        // Covers everything that waits.
        Insert(100, 30, Outcome::IN_ORDER, 130, 120, 0, 130);

        uint64_t at = 10;
        for (uint32_t size = 1; m_buffer.GetReadable() > 0; size = size % 7 + 1)
        {
            const uint32_t readable = m_buffer.GetReadable();
            Ptr<Packet> part = m_buffer.Extract(size);
            NS_TEST_ASSERT_MSG_EQ((part != nullptr && part->GetSize() >= 1), true, "progress");
            NS_TEST_ASSERT_MSG_EQ((part->GetSize() <= size), true, "not more than asked for");
            NS_TEST_ASSERT_MSG_EQ(m_buffer.GetReadable() + part->GetSize(), readable, "counted");
            NS_TEST_ASSERT_MSG_EQ((Octets(part) == Octets(Data(m_first + at, part->GetSize()))),
                                  true,
                                  "content at " << at);
            at += part->GetSize();
        }
        NS_TEST_EXPECT_MSG_EQ(at, 130, "all read");

        Insert(200, 10, Outcome::OUT_OF_ORDER, 130, 0, 10, 210);
        m_buffer.SkipOne();
        NS_TEST_EXPECT_MSG_EQ(m_buffer.GetNextDsn(), m_first + 131, "the DATA_FIN counts one");
        NS_TEST_EXPECT_MSG_EQ(m_buffer.GetOutOfOrder(), 0, "nothing follows a DATA_FIN");
        NS_TEST_EXPECT_MSG_EQ(m_buffer.GetHighestDsn(), m_first + 131, "nothing is stored");

        m_buffer.Reset(5);
        NS_TEST_EXPECT_MSG_EQ(Print(m_buffer), "5 [0 readable]", "reset");
    }

    uint64_t m_first;            ///< DSN of the first octet
    MptcpReorderBuffer m_buffer; ///< buffer under test
};

/**
 * @ingroup mptcp-test
 * Which copy is delivered, the printable form, and that inserted packets stay as they were.
 */
class MptcpReorderBufferCopiesTestCase : public TestCase
{
  public:
    MptcpReorderBufferCopiesTestCase()
        : TestCase("the first copy of an octet is delivered; printable form")
    {
    }

  private:
    void DoRun() override
    {
        MptcpReorderBuffer buffer;
        buffer.Reset(80);
        buffer.Insert(80, Data(80, 20));
        buffer.Insert(130, Data(130, 10));
        buffer.Insert(150, Data(150, 10));
        NS_TEST_EXPECT_MSG_EQ(Print(buffer), "100 [20 readable] 130+10 150+10", "printable form");

        Ptr<Packet> late = Data(90, 80, 1);
        NS_TEST_EXPECT_MSG_EQ((buffer.Insert(90, late) == Outcome::IN_ORDER), true, "fills gaps");
        NS_TEST_EXPECT_MSG_EQ(Print(buffer), "170 [90 readable]", "no gap left");
        NS_TEST_EXPECT_MSG_EQ((Octets(late) == Octets(Data(90, 80, 1))), true, "input unchanged");
        for (uint64_t dsn = 80; dsn < 170; ++dsn)
        {
            const bool early = dsn < 100 || (dsn >= 130 && dsn < 140) || (dsn >= 150 && dsn < 160);
            const auto octet = Octets(buffer.Extract(1)).at(0);
            NS_TEST_EXPECT_MSG_EQ(int(octet), int(Octet(dsn, early ? 0 : 1)), "octet " << dsn);
        }
    }
};

/**
 * @ingroup mptcp-test
 * Random inserts and reads against a model with one entry per octet.
 */
class MptcpReorderBufferRandomTestCase : public TestCase
{
  public:
    /**
     * @param seed seed of the random numbers
     * @param first DSN of the first octet
     */
    MptcpReorderBufferRandomTestCase(uint32_t seed, uint64_t first)
        : TestCase("random operations agree with a model of octets, seed " + std::to_string(seed) +
                   ", from " + std::to_string(first)),
          m_seed(seed),
          m_first(first)
    {
    }

  private:
    void DoRun() override
    {
        std::mt19937 random(m_seed);
        MptcpReorderBuffer buffer;
        buffer.Reset(m_first);
        std::map<uint64_t, uint8_t> stored; // by offset from m_first, from "read" on
        uint64_t read = 0;                  // offset of the next octet to be read
        uint64_t next = 0;                  // offset of the next octet in order
        for (int step = 0; step < 6000; ++step)
        {
            if (random() % 4 == 0)
            {
                Ptr<Packet> packet = buffer.Extract(1 + random() % 50);
                NS_TEST_ASSERT_MSG_EQ((packet == nullptr), (read == next), "readable or not");
                for (uint8_t octet : packet ? Octets(packet) : std::vector<uint8_t>())
                {
                    NS_TEST_ASSERT_MSG_EQ(int(octet), int(stored.at(read)), "octet " << read);
                    stored.erase(read++);
                }
            }
            else
            {
                const uint64_t back = std::min<uint64_t>(next, random() % 30);
                const uint64_t offset = random() % 3 == 0 ? next : next - back + random() % 200;
                const uint32_t size = random() % 40;
                const auto copy = static_cast<uint8_t>(step);
                const uint64_t oldNext = next;
                bool fresh = false;
                for (uint64_t i = offset; i < offset + size; ++i)
                {
                    fresh =
                        (i >= next && stored.emplace(i, Octet(m_first + i, copy)).second) || fresh;
                }
                while (stored.count(next) > 0)
                {
                    ++next;
                }
                const Outcome expected = next > oldNext ? Outcome::IN_ORDER
                                         : fresh        ? Outcome::OUT_OF_ORDER
                                                        : Outcome::DUPLICATE;
                const Outcome result =
                    buffer.Insert(m_first + offset, Data(m_first + offset, size, copy));
                NS_TEST_ASSERT_MSG_EQ((result == expected), true, "result in step " << step);
            }
            NS_TEST_ASSERT_MSG_EQ(buffer.GetNextDsn(), m_first + next, "step " << step);
            NS_TEST_ASSERT_MSG_EQ(buffer.GetReadable(), next - read, "step " << step);
            NS_TEST_ASSERT_MSG_EQ(buffer.GetOutOfOrder(),
                                  stored.size() - (next - read),
                                  "step " << step);
            NS_TEST_ASSERT_MSG_EQ(buffer.GetRuns(), CountRuns(stored, next), "step " << step);
            const uint64_t highest =
                stored.empty() ? next : std::max(next, stored.rbegin()->first + 1);
            NS_TEST_ASSERT_MSG_EQ(buffer.GetHighestDsn(), m_first + highest, "step " << step);
        }
        NS_TEST_EXPECT_MSG_GT(read, 10000, "the walk went somewhere");
    }

    /**
     * @param stored octets that are stored
     * @param next the first that is not in order
     * @return runs of octets without a gap behind it
     */
    static std::size_t CountRuns(const std::map<uint64_t, uint8_t>& stored, uint64_t next)
    {
        std::size_t runs = 0;
        for (auto it = stored.lower_bound(next); it != stored.end(); ++it)
        {
            runs += it->first == next || stored.count(it->first - 1) == 0;
        }
        return runs;
    }

    uint32_t m_seed;  ///< seed
    uint64_t m_first; ///< DSN of the first octet
};

/**
 * @ingroup mptcp-test
 * A stream of more octets than 32 bits count.
 */
class MptcpReorderBufferLongTestCase : public TestCase
{
  public:
    MptcpReorderBufferLongTestCase()
        : TestCase("more than 2^32 octets")
    {
    }

  private:
    void DoRun() override
    {
        constexpr uint32_t size = 1 << 20;
        constexpr uint64_t first = 77;
        MptcpReorderBuffer buffer;
        buffer.Reset(first);
        const Ptr<Packet> packet = Create<Packet>(size);
        for (uint64_t at = first; at < first + (uint64_t{1} << 32) + 4 * size; at += 2 * size)
        {
            // The second of two comes before the first one.
            NS_TEST_ASSERT_MSG_EQ((buffer.Insert(at + size, packet) == Outcome::OUT_OF_ORDER),
                                  true,
                                  "a gap before " << at + size);
            NS_TEST_ASSERT_MSG_EQ(buffer.HasRunBefore(at + 2 * size), true, "a run at " << at);
            NS_TEST_ASSERT_MSG_EQ(buffer.GetHighestDsn(), at + 2 * size, "its end");
            NS_TEST_ASSERT_MSG_EQ((buffer.Insert(at, packet) == Outcome::IN_ORDER),
                                  true,
                                  "in order at " << at);
            NS_TEST_ASSERT_MSG_EQ((buffer.Insert(at, packet) == Outcome::DUPLICATE),
                                  true,
                                  "again at " << at);
            NS_TEST_ASSERT_MSG_EQ(buffer.GetNextDsn(), at + 2 * size, "both at " << at);
            NS_TEST_ASSERT_MSG_EQ(buffer.GetReadable(), 2 * size, "can be read at " << at);
            buffer.Extract(size);
            buffer.Extract(size);
        }
    }
};

/**
 * @ingroup mptcp-test
 * What searches cost with very many gaps, and what counters of merged runs rely on.
 */
class MptcpReorderBufferCostTestCase : public TestCase
{
  public:
    MptcpReorderBufferCostTestCase()
        : TestCase("the cost of an insertion grows with the logarithm of the gaps")
    {
    }

  private:
    /** DSN of the first octet: the numbers wrap in the middle. */
    static constexpr uint64_t FIRST = UINT64_MAX - 500'000;
    static constexpr uint32_t GAPS = 100'000; ///< gaps
    static constexpr uint32_t SIZE = 5;       ///< octets of each gap and of each run

    /**
     * @param index number of a gap or a run, from 0
     * @param cost most comparisons
     * @param expected result
     */
    void Insert(uint32_t index, uint64_t cost, Outcome expected)
    {
        const uint64_t dsn = FIRST + uint64_t{index} * SIZE;
        const uint64_t before = m_buffer.GetComparisons();
        const Outcome result = m_buffer.Insert(dsn, Data(dsn, SIZE));
        const uint64_t found = m_buffer.GetComparisons() - before;
        NS_TEST_ASSERT_MSG_EQ((result == expected), true, "result of " << index);
        NS_TEST_ASSERT_MSG_EQ((found <= cost), true, found << " comparisons for " << index);
    }

    void DoRun() override
    {
        // A balanced tree of 2^17 nodes is at most twice as deep as its logarithm.
        constexpr uint64_t search = 2 * 17 + 4;
        m_buffer.Reset(FIRST);
        for (uint32_t run = 0; run < GAPS; ++run)
        {
            Insert(2 * run + 1, 2, Outcome::OUT_OF_ORDER); // behind all others
        }
        NS_TEST_EXPECT_MSG_EQ(m_buffer.GetRuns(), GAPS, "each behind a gap");
        std::mt19937 random(1);
        for (uint32_t again = 0; again < 1000; ++again)
        {
            const uint32_t run = 2 * (random() % GAPS) + 1;
            Insert(run, search, Outcome::DUPLICATE);
            const uint64_t end = FIRST + uint64_t{run + 1} * SIZE;
            NS_TEST_ASSERT_MSG_EQ(m_buffer.HasRunBefore(end), true, "a run ends there");
            NS_TEST_ASSERT_MSG_EQ(m_buffer.HasRunBefore(end - 1), false, "but not there");
            NS_TEST_ASSERT_MSG_EQ(m_buffer.HasRunBefore(end + 1), false, "nor there");
        }
        std::vector<uint32_t> gaps(GAPS - 1);
        std::iota(gaps.begin(), gaps.end(), 1);
        std::shuffle(gaps.begin(), gaps.end(), random);
        for (std::size_t filled = 0; filled < gaps.size(); ++filled)
        {
            Insert(2 * gaps[filled], search, Outcome::OUT_OF_ORDER);
            NS_TEST_ASSERT_MSG_EQ(m_buffer.GetRuns(), GAPS - 1 - filled, "both sides are one now");
        }
        Insert(0, 2, Outcome::IN_ORDER);
        NS_TEST_EXPECT_MSG_EQ(m_buffer.GetReadable(), 2 * GAPS * SIZE, "all in order");
        uint64_t at = FIRST;
        while (Ptr<Packet> packet = m_buffer.Extract(7))
        {
            const auto expected = Octets(Data(at, packet->GetSize()));
            NS_TEST_ASSERT_MSG_EQ((Octets(packet) == expected), true, "content at " << at - FIRST);
            at += packet->GetSize();
        }
        NS_TEST_EXPECT_MSG_EQ(at - FIRST, 2 * GAPS * SIZE, "all read");
    }

    MptcpReorderBuffer m_buffer; ///< buffer under test
};

/**
 * @ingroup mptcp-test
 * Suite of MptcpReorderBuffer.
 */
class MptcpReorderBufferTestSuite : public TestSuite
{
  public:
    MptcpReorderBufferTestSuite()
        : TestSuite("mptcp-reorder-buffer", Type::UNIT)
    {
        AddTestCase(new MptcpReorderBufferBasicTestCase(1));
        AddTestCase(new MptcpReorderBufferBasicTestCase(UINT64_MAX - 49));
        AddTestCase(new MptcpReorderBufferBasicTestCase(UINT32_MAX - 49));
        AddTestCase(new MptcpReorderBufferBasicTestCase(INT64_MAX - 49));
        AddTestCase(new MptcpReorderBufferCopiesTestCase);
        AddTestCase(new MptcpReorderBufferLongTestCase);
        AddTestCase(new MptcpReorderBufferRandomTestCase(1, 0));
        AddTestCase(new MptcpReorderBufferRandomTestCase(2, UINT64_MAX - 5000));
        AddTestCase(new MptcpReorderBufferRandomTestCase(3, INT64_MAX - 5000));
        AddTestCase(new MptcpReorderBufferRandomTestCase(4, UINT32_MAX - 5000));
        for (uint32_t seed = 5; seed <= 24; ++seed)
        {
            AddTestCase(new MptcpReorderBufferRandomTestCase(seed, UINT64_MAX - 1000 * seed));
        }
        AddTestCase(new MptcpReorderBufferCostTestCase);
    }
};

MptcpReorderBufferTestSuite g_mptcpReorderBufferTestSuite; ///< the suite

} // namespace
