/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/mptcp-send-queue.h"
#include "ns3/packet.h"
#include "ns3/test.h"

#include <algorithm>
#include <deque>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

/**
 * @param dsn data sequence number
 * @return the octet with this number
 */
uint8_t
Octet(uint64_t dsn)
{
    return static_cast<uint8_t>(dsn * 0x9e3779b97f4a7c15ULL >> 56);
}

/**
 * @param dsn first data sequence number
 * @param size octets
 * @return a packet with these octets
 */
Ptr<Packet>
Data(uint64_t dsn, uint32_t size)
{
    std::vector<uint8_t> octets(size);
    for (uint32_t i = 0; i < size; ++i)
    {
        octets[i] = Octet(dsn + i);
    }
    return Create<Packet>(octets.data(), size);
}

/**
 * @param dsn first data sequence number
 * @param packet a packet
 * @return true if it holds the octets from dsn on
 */
bool
HoldsData(uint64_t dsn, Ptr<const Packet> packet)
{
    std::vector<uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), octets.size());
    for (uint8_t octet : octets)
    {
        if (octet != Octet(dsn++))
        {
            return false;
        }
    }
    return true;
}

/**
 * @param queue a queue
 * @return its printable form
 */
std::string
Print(const MptcpSendQueue& queue)
{
    std::ostringstream os;
    os << queue;
    return os.str();
}

/**
 * @ingroup mptcp-test
 * Cutting chunks from application writes.
 */
class MptcpSendQueueTakeTestCase : public TestCase
{
  public:
    /** @param first DSN of the first octet */
    explicit MptcpSendQueueTakeTestCase(uint64_t first)
        : TestCase("writes are joined and split into chunks, from " + std::to_string(first)),
          m_first(first)
    {
    }

  private:
    /**
     * Add the next octets as one write.
     *
     * @param size octets
     */
    void Write(uint32_t size)
    {
        m_queue.Add(Data(m_queue.GetTail(), size));
    }

    /**
     * Take a chunk and compare.
     *
     * @param maxSize octets asked for
     * @param offset first octet expected, from m_first
     * @param size octets expected
     */
    void Take(uint32_t maxSize, uint64_t offset, uint32_t size)
    {
        const uint32_t held = m_queue.GetSize();
        MptcpChunk* chunk = m_queue.TakeNew(maxSize);
        NS_TEST_ASSERT_MSG_EQ((chunk != nullptr), true, "a chunk at " << offset);
        NS_TEST_EXPECT_MSG_EQ(chunk->dsn, m_first + offset, "its place");
        NS_TEST_EXPECT_MSG_EQ(chunk->packet->GetSize(), size, "its size at " << offset);
        NS_TEST_EXPECT_MSG_EQ(HoldsData(chunk->dsn, chunk->packet), true, "content at " << offset);
        NS_TEST_EXPECT_MSG_EQ((chunk->carriers.IsEmpty() && chunk->transmissions == 0),
                              true,
                              "fresh");
        NS_TEST_EXPECT_MSG_EQ(m_queue.GetNextDsn(), m_first + offset + size, "SND.NXT");
        NS_TEST_EXPECT_MSG_EQ(m_queue.GetSize(), held, "taking keeps the octets");
    }

    void DoRun() override
    {
        m_queue.Reset(m_first);
        NS_TEST_EXPECT_MSG_EQ((m_queue.TakeNew(100) == nullptr), true, "nothing to take");
        NS_TEST_EXPECT_MSG_EQ((m_queue.GetHead() == nullptr), true, "no head");
        NS_TEST_EXPECT_MSG_EQ((m_queue.Find(m_first) == nullptr), true, "nothing to find");
        NS_TEST_EXPECT_MSG_EQ((m_queue.PeekReinject() == nullptr), true, "nothing to reinject");

        Write(0);
        NS_TEST_EXPECT_MSG_EQ(m_queue.GetUnsent(), 0, "an empty write is nothing");
        Write(100);
        NS_TEST_EXPECT_MSG_EQ((m_queue.TakeNew(0) == nullptr), true, "no octet asked for");
        Take(100, 0, 100); // just one write
        Write(10);
        Write(20);
        Write(30);
        Take(60, 100, 60); // joined
        Write(250);
        Take(100, 160, 100); // split
        Take(100, 260, 100);
        Write(40);
        Take(100, 360, 90); // a rest and a whole one, and all that there is
        Write(10);
        Write(200);
        Write(20);
        Take(100, 450, 100); // a whole one and the start of the next
        Take(115, 550, 115); // the rest of it and the start of the next
        Take(100, 665, 15);
        NS_TEST_EXPECT_MSG_EQ((m_queue.TakeNew(100) == nullptr), true, "all taken");
        NS_TEST_EXPECT_MSG_EQ(m_queue.GetUnacknowledged(), m_first, "SND.UNA");
        NS_TEST_EXPECT_MSG_EQ(m_queue.GetSize(), 680, "all held");

        // The application may reuse its packet after Send().
        Ptr<Packet> packet = Data(m_first + 680, 50);
        m_queue.Add(packet);
        packet->RemoveAtStart(20);
        packet->AddPaddingAtEnd(50);
        Take(100, 680, 50);
        for (uint64_t offset = 0; offset < 730; ++offset)
        {
            const MptcpChunk* chunk = m_queue.Find(m_first + offset);
            NS_TEST_ASSERT_MSG_EQ((chunk != nullptr), true, "found " << offset);
            NS_TEST_ASSERT_MSG_EQ((m_first + offset - chunk->dsn < chunk->packet->GetSize()),
                                  true,
                                  "holds " << offset);
        }
        NS_TEST_EXPECT_MSG_EQ((m_queue.Find(m_first - 1) == nullptr), true, "before the first");
        NS_TEST_EXPECT_MSG_EQ((m_queue.Find(m_first + 730) == nullptr), true, "after the last");
    }

    uint64_t m_first;       ///< DSN of the first octet
    MptcpSendQueue m_queue; ///< queue under test
};

/**
 * @ingroup mptcp-test
 * DATA_ACKs and reinjection marks.
 */
class MptcpSendQueueAckTestCase : public TestCase
{
  public:
    MptcpSendQueueAckTestCase()
        : TestCase("acknowledgments release, reinjection marks count once")
    {
    }

  private:
    void DoRun() override
    {
        MptcpSendQueue queue;
        queue.Reset(100);
        queue.Add(Data(100, 1000));
        for (uint8_t i = 0; i < 6; ++i)
        {
            MptcpChunk* chunk = queue.TakeNew(20);
            chunk->lastSubflow = i % 2;
            chunk->carriers.Add(i % 2);
            chunk->transmissions = 1;
        }
        NS_TEST_EXPECT_MSG_EQ(Print(queue),
                              "100 100+20 120+20 140+20 160+20 180+20 200+20 | 220 880",
                              "printable form");

        NS_TEST_EXPECT_MSG_EQ(queue.MarkReinject(1), 60, "what subflow 1 carried");
        NS_TEST_EXPECT_MSG_EQ(queue.MarkReinject(1), 0, "marked already");
        NS_TEST_EXPECT_MSG_EQ(queue.MarkReinject(7), 0, "no such subflow");
        NS_TEST_EXPECT_MSG_EQ(queue.GetReinject(), 60, "octets marked");
        NS_TEST_EXPECT_MSG_EQ(Print(queue),
                              "100 100+20 120+20! 140+20 160+20! 180+20 200+20! | 220 880",
                              "marks are printed");

        MptcpChunk* chunk = queue.PeekReinject();
        NS_TEST_ASSERT_MSG_EQ((chunk != nullptr && chunk->dsn == 120), true, "the first one");
        NS_TEST_EXPECT_MSG_EQ((queue.PeekReinject() == chunk), true, "looking changes nothing");
        chunk->lastSubflow = 0;
        queue.ClearReinject(chunk);
        queue.ClearReinject(chunk);
        NS_TEST_EXPECT_MSG_EQ(queue.GetReinject(), 40, "cleared once");
        NS_TEST_EXPECT_MSG_EQ(queue.PeekReinject()->dsn, 160, "the next one");
        NS_TEST_EXPECT_MSG_EQ(queue.MarkReinject(0), 80, "those of subflow 0");
        NS_TEST_EXPECT_MSG_EQ(queue.PeekReinject()->dsn, 100, "an earlier one comes first");
        NS_TEST_EXPECT_MSG_EQ(queue.MarkReinjectAll(), 0, "all marked");
        queue.ClearReinject(queue.GetHead());
        queue.ClearReinject(queue.Find(150));
        NS_TEST_EXPECT_MSG_EQ(queue.MarkReinjectAll(), 40, "those not marked");
        queue.ClearReinject(queue.GetHead());
        queue.ClearReinject(queue.Find(130));

        NS_TEST_EXPECT_MSG_EQ(queue.Acknowledge(90), 0, "old");
        NS_TEST_EXPECT_MSG_EQ(queue.Acknowledge(100), 0, "nothing new");
        NS_TEST_EXPECT_MSG_EQ(queue.Acknowledge(145), 45, "two and a part");
        NS_TEST_EXPECT_MSG_EQ(Print(queue), "145 145+15! 160+20! 180+20! 200+20! | 220 880", "");
        NS_TEST_EXPECT_MSG_EQ(queue.GetReinject(), 75, "marked octets released are not counted");
        NS_TEST_EXPECT_MSG_EQ(HoldsData(145, queue.GetHead()->packet), true, "content of the rest");
        NS_TEST_EXPECT_MSG_EQ(
            (queue.GetHead()->carriers.GetSize() == 1 && queue.GetHead()->carriers.Contains(0)),
            true,
            "who carried it is kept");
        NS_TEST_EXPECT_MSG_EQ(queue.PeekReinject()->dsn, 145, "the rest is still marked");
        NS_TEST_EXPECT_MSG_EQ(queue.Acknowledge(145), 0, "again");
        NS_TEST_EXPECT_MSG_EQ(queue.Acknowledge(160), 15, "to the end of a chunk");
        NS_TEST_EXPECT_MSG_EQ(queue.PeekReinject()->dsn, 160, "next");

        NS_TEST_EXPECT_MSG_EQ(queue.Acknowledge(5000), 60, "unsent data is not released");
        NS_TEST_EXPECT_MSG_EQ(Print(queue), "220 | 220 880", "no chunk left");
        NS_TEST_EXPECT_MSG_EQ((queue.PeekReinject() == nullptr), true, "none marked");
        NS_TEST_EXPECT_MSG_EQ(HoldsData(220, queue.TakeNew(1000)->packet), true, "content goes on");

        queue.Reset(7);
        NS_TEST_EXPECT_MSG_EQ(Print(queue), "7 | 7 0", "reset");
    }
};

/**
 * @ingroup mptcp-test
 * What each subflow repeats next.
 */
class MptcpSendQueueCopyTestCase : public TestCase
{
  public:
    /** @param first DSN of the first octet */
    explicit MptcpSendQueueCopyTestCase(uint64_t first)
        : TestCase("each subflow repeats what it has not carried, from " + std::to_string(first)),
          m_first(first)
    {
    }

  private:
    /**
     * @param subflow id
     * @param carry it carries what is found
     * @return offset of what it repeats next, -1 if there is nothing
     */
    int64_t Next(uint8_t subflow, bool carry)
    {
        MptcpChunk* chunk = m_queue.PeekCopy(subflow, m_cursors[subflow]);
        if (!chunk)
        {
            return -1;
        }
        carry ? chunk->carriers.Add(subflow) : void();
        return static_cast<int64_t>(chunk->dsn - m_first);
    }

    /** @param size octets of a new chunk @param subflow that carries it @param repeat others do */
    void Take(uint32_t size, uint8_t subflow, bool repeat)
    {
        MptcpChunk* chunk = m_queue.TakeNew(size);
        chunk->carriers.Add(subflow);
        chunk->repeat = repeat;
    }

    void DoRun() override
    {
        m_queue.Reset(m_first);
        std::fill_n(m_cursors, 4, m_first);
        NS_TEST_EXPECT_MSG_EQ(Next(0, false), -1, "nothing is outstanding");
        m_queue.Add(Data(m_first, 1000));
        NS_TEST_EXPECT_MSG_EQ(Next(0, false), -1, "still nothing");
        for (int i = 0; i < 4; ++i)
        {
            Take(20, 0, true);
        }
        NS_TEST_EXPECT_MSG_EQ(Next(0, true), -1, "it has carried all");
        NS_TEST_EXPECT_MSG_EQ(Next(1, false), 0, "the other one has not");
        NS_TEST_EXPECT_MSG_EQ(Next(1, true), 0, "looking changes nothing");
        NS_TEST_EXPECT_MSG_EQ(Next(1, true), 20, "one after the other");
        m_queue.Find(m_first + 40)->carriers.Add(1); // reinjected there meanwhile
        NS_TEST_EXPECT_MSG_EQ(Next(1, true), 60, "what it has carried is skipped");
        NS_TEST_EXPECT_MSG_EQ(Next(1, true), -1, "all");
        Take(20, 1, true);
        NS_TEST_EXPECT_MSG_EQ(Next(1, true), -1, "its own");
        NS_TEST_EXPECT_MSG_EQ(Next(0, false), 80, "the first one repeats that");
        Take(20, 0, false);
        Take(20, 1, true);
        NS_TEST_EXPECT_MSG_EQ(Next(1, true), -1, "not to be repeated");
        NS_TEST_EXPECT_MSG_EQ(Next(2, false), 0, "a new subflow begins with the oldest");
        m_queue.Acknowledge(m_first + 70);
        NS_TEST_EXPECT_MSG_EQ(Next(2, true), 70, "what is acknowledged is skipped, to the octet");
        NS_TEST_EXPECT_MSG_EQ(Next(2, true), 80, "and so on");
        NS_TEST_EXPECT_MSG_EQ(Next(2, true), 120, "over what is not to be repeated");
        NS_TEST_EXPECT_MSG_EQ(Next(2, true), -1, "to the end");
        NS_TEST_EXPECT_MSG_EQ(Next(0, true), 80, "its place is its own");
        m_queue.Acknowledge(m_first + 140);
        NS_TEST_EXPECT_MSG_EQ(Next(0, true), -1, "all is acknowledged");
        Take(20, 2, true);
        NS_TEST_EXPECT_MSG_EQ(Next(0, true), 140, "from behind the end on");
        NS_TEST_EXPECT_MSG_EQ(Next(3, true), 140, "one that never was asked about");
    }

    uint64_t m_first;         ///< DSN of the first octet
    MptcpSendQueue m_queue;   ///< queue
    uint64_t m_cursors[4]{0}; ///< by subflow
};

/**
 * @ingroup mptcp-test
 * Subflows are told apart however many a connection has had.
 */
class MptcpSendQueueCarrierTestCase : public TestCase
{
  public:
    MptcpSendQueueCarrierTestCase()
        : TestCase("carriers are exact for any number of subflows")
    {
    }

  private:
    /** @param carriers carriers @return those below 1000 */
    static std::vector<uint32_t> Get(const MptcpCarriers& carriers)
    {
        std::vector<uint32_t> found;
        for (uint32_t subflow = 0; subflow < 1000; ++subflow)
        {
            if (carriers.Contains(subflow))
            {
                found.push_back(subflow);
            }
        }
        return found;
    }

    void DoRun() override
    {
        MptcpCarriers carriers;
        NS_TEST_EXPECT_MSG_EQ(carriers.IsEmpty(), true, "nobody at first");
        // Among them what are equal modulo 32 and modulo 256, and more than are kept in place.
        const std::vector<uint32_t> all{1, 33, 65, 255, 256, 257, 289, 999};
        std::vector<uint32_t> expected;
        for (const uint32_t subflow : all)
        {
            NS_TEST_EXPECT_MSG_EQ(carriers.Contains(subflow), false, subflow << " not yet");
            carriers.Add(subflow);
            carriers.Add(subflow);
            expected.push_back(subflow);
            NS_TEST_EXPECT_MSG_EQ((Get(carriers) == expected), true, "with " << subflow);
            NS_TEST_EXPECT_MSG_EQ(carriers.GetSize(), expected.size(), "each counts once");
        }
        for (const uint32_t subflow : {33U, 289U, 2U, 1U, 999U})
        {
            carriers.Remove(subflow);
            std::erase(expected, subflow);
            NS_TEST_EXPECT_MSG_EQ((Get(carriers) == expected), true, "without " << subflow);
        }
        carriers.Add(300);
        carriers.Add(256);
        NS_TEST_EXPECT_MSG_EQ(carriers.GetSize(), expected.size() + 1, "what is free is used");
        for (const uint32_t subflow : {65U, 255U, 256U, 257U, 300U})
        {
            carriers.Remove(subflow);
        }
        NS_TEST_EXPECT_MSG_EQ(carriers.IsEmpty(), true, "nobody at last");

        MptcpSendQueue queue;
        queue.Reset(0);
        queue.Add(Data(0, 1000));
        for (const uint32_t subflow : {3U, 35U, 259U, 300U})
        {
            MptcpChunk* chunk = queue.TakeNew(20);
            chunk->carriers.Add(subflow);
            chunk->lastSubflow = subflow;
            chunk->repeat = true;
        }
        uint64_t cursor = 0;
        NS_TEST_EXPECT_MSG_EQ(queue.PeekCopy(35, cursor)->dsn, 0, "35 has not carried it, but 3");
        cursor = 20;
        NS_TEST_EXPECT_MSG_EQ(queue.PeekCopy(35, cursor)->dsn, 40, "35 has carried that at 20");
        NS_TEST_EXPECT_MSG_EQ(queue.MarkReinject(44), 0, "nothing of 44, but of 300");
        NS_TEST_EXPECT_MSG_EQ(queue.MarkReinject(300), 20, "of 300");
        queue.ClearReinject(queue.PeekReinject());
        NS_TEST_EXPECT_MSG_EQ(queue.ForgetSubflow(67), 0, "67 carries nothing");
        NS_TEST_EXPECT_MSG_EQ(queue.ForgetSubflow(3), 20, "3 was the only one to carry it");
        NS_TEST_EXPECT_MSG_EQ(queue.PeekReinject()->dsn, 0, "marked");
        queue.Find(20)->carriers.Add(67);
        queue.Find(20)->lastSubflow = 67;
        NS_TEST_EXPECT_MSG_EQ(queue.ForgetSubflow(35), 0, "67 carries it as well");
        NS_TEST_EXPECT_MSG_EQ(queue.ForgetSubflow(259), 20, "259 was the only one, 3 is another");
        queue.Find(20)->carriers.Add(99);
        NS_TEST_EXPECT_MSG_EQ(queue.ForgetSubflow(67), 20, "99 carries it, but 67 had it last");
    }
};

/**
 * @ingroup mptcp-test
 * A stream of more octets than 32 bits count.
 */
class MptcpSendQueueLongTestCase : public TestCase
{
  public:
    MptcpSendQueueLongTestCase()
        : TestCase("more than 2^32 octets")
    {
    }

  private:
    void DoRun() override
    {
        constexpr uint32_t size = 1 << 20;
        constexpr uint64_t first = 77;
        MptcpSendQueue queue;
        queue.Reset(first);
        const Ptr<Packet> write = Create<Packet>(size);
        uint64_t released = 0;
        uint64_t written = 0;
        while (released < (uint64_t{1} << 32) + 3 * size)
        {
            queue.Add(write);
            written += size;
            MptcpChunk* chunk = queue.TakeNew(size);
            NS_TEST_ASSERT_MSG_EQ(chunk->dsn, first + written - size, "its place");
            chunk->carriers.Add(1);
            if (written > 4 * size)
            {
                released += queue.Acknowledge(first + written - 4 * size);
                NS_TEST_ASSERT_MSG_EQ(released, written - 4 * size, "all but the last four");
                NS_TEST_ASSERT_MSG_EQ(queue.GetSize(), 4 * size, "these are held");
                NS_TEST_ASSERT_MSG_EQ(queue.Find(first + written - 1)->dsn,
                                      first + written - size,
                                      "the last octet is found");
            }
        }
        NS_TEST_EXPECT_MSG_EQ(queue.ForgetSubflow(1), 4 * size, "what is left is marked");
        NS_TEST_EXPECT_MSG_EQ(queue.PeekReinject()->dsn, first + released, "from the oldest on");
    }
};

/**
 * @ingroup mptcp-test
 * Random operations against a model with one entry per octet.
 */
class MptcpSendQueueRandomTestCase : public TestCase
{
  public:
    /**
     * @param seed seed of the random numbers
     * @param first DSN of the first octet
     */
    MptcpSendQueueRandomTestCase(uint32_t seed, uint64_t first)
        : TestCase("random operations agree with a model of octets, seed " + std::to_string(seed) +
                   ", from " + std::to_string(first)),
          m_seed(seed),
          m_first(first)
    {
    }

  private:
    /** What the model knows of an octet that was taken. */
    struct Sent
    {
        uint32_t last; ///< subflow that carried it last
        bool reinject; ///< marked
    };

    void DoRun() override
    {
        std::mt19937 random(m_seed);
        MptcpSendQueue queue;
        queue.Reset(m_first);
        std::deque<Sent> sent; // from SND.UNA on
        uint64_t una = 0;
        uint64_t tail = 0;
        for (int step = 0; step < 8000; ++step)
        {
            switch (random() % 8)
            {
            case 0:
            case 1: {
                const uint32_t size = random() % 120;
                queue.Add(Data(m_first + tail, size));
                tail += size;
                break;
            }
            case 2:
            case 3:
            case 4: {
                const uint32_t maxSize = random() % 60;
                const uint64_t nxt = una + sent.size();
                const uint64_t expected = std::min<uint64_t>(maxSize, tail - nxt);
                MptcpChunk* chunk = queue.TakeNew(maxSize);
                NS_TEST_ASSERT_MSG_EQ((chunk != nullptr), (expected > 0), "step " << step);
                if (chunk)
                {
                    NS_TEST_ASSERT_MSG_EQ(chunk->dsn, m_first + nxt, "step " << step);
                    NS_TEST_ASSERT_MSG_EQ(chunk->packet->GetSize(), expected, "step " << step);
                    NS_TEST_ASSERT_MSG_EQ(HoldsData(chunk->dsn, chunk->packet), true, "content");
                    chunk->lastSubflow = random() % 3;
                    sent.insert(sent.end(), expected, {chunk->lastSubflow, false});
                }
                break;
            }
            case 5: {
                const uint64_t ack = una + random() % (sent.size() + 1) - random() % 2;
                const uint64_t expected = ack == una - 1 ? 0 : ack - una;
                NS_TEST_ASSERT_MSG_EQ(queue.Acknowledge(m_first + ack), expected, "step " << step);
                sent.erase(sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(expected));
                una += expected;
                break;
            }
            case 6: {
                if (random() % 4 != 0)
                {
                    break;
                }
                const bool all = random() % 8 == 0;
                const uint8_t subflow = random() % 3;
                uint32_t expected = 0;
                for (Sent& octet : sent)
                {
                    const bool mark = !octet.reinject && (all || octet.last == subflow);
                    expected += mark ? 1 : 0;
                    octet.reinject = octet.reinject || mark;
                }
                const uint32_t marked = all ? queue.MarkReinjectAll() : queue.MarkReinject(subflow);
                NS_TEST_ASSERT_MSG_EQ(marked, expected, "step " << step);
                break;
            }
            default: {
                MptcpChunk* chunk = queue.PeekReinject();
                uint64_t at = 0;
                while (at < sent.size() && !sent[at].reinject)
                {
                    ++at;
                }
                NS_TEST_ASSERT_MSG_EQ((chunk != nullptr), (at < sent.size()), "step " << step);
                if (chunk)
                {
                    NS_TEST_ASSERT_MSG_EQ(chunk->dsn, m_first + una + at, "step " << step);
                    NS_TEST_ASSERT_MSG_EQ(HoldsData(chunk->dsn, chunk->packet), true, "content");
                    chunk->lastSubflow = random() % 3;
                    for (uint32_t i = 0; i < chunk->packet->GetSize(); ++i)
                    {
                        sent[at + i] = {chunk->lastSubflow, false};
                    }
                    queue.ClearReinject(chunk);
                }
                break;
            }
            }
            uint32_t marked = 0;
            for (std::size_t i = 0; i < sent.size(); ++i)
            {
                marked += sent[i].reinject ? 1 : 0;
                const MptcpChunk* chunk = queue.Find(m_first + una + i);
                NS_TEST_ASSERT_MSG_EQ((chunk != nullptr && chunk->reinject == sent[i].reinject),
                                      true,
                                      "octet " << una + i << " in step " << step);
            }
            NS_TEST_ASSERT_MSG_EQ(queue.GetReinject(), marked, "step " << step);
            NS_TEST_ASSERT_MSG_EQ(queue.GetUnacknowledged(), m_first + una, "step " << step);
            NS_TEST_ASSERT_MSG_EQ(queue.GetNextDsn(), m_first + una + sent.size(), "nxt");
            NS_TEST_ASSERT_MSG_EQ(queue.GetTail(), m_first + tail, "step " << step);
            NS_TEST_ASSERT_MSG_EQ(queue.GetUnsent(), tail - una - sent.size(), "step " << step);
            NS_TEST_ASSERT_MSG_EQ(queue.GetSize(), tail - una, "step " << step);
        }
        NS_TEST_EXPECT_MSG_GT(una, 10000, "the walk went somewhere");
    }

    uint32_t m_seed;  ///< seed
    uint64_t m_first; ///< DSN of the first octet
};

/**
 * @ingroup mptcp-test
 * The end of a connection.
 */
class MptcpSendQueueDropTestCase : public TestCase
{
  public:
    MptcpSendQueueDropTestCase()
        : TestCase("what is dropped is not held, and the numbers stay")
    {
    }

  private:
    void DoRun() override
    {
        MptcpSendQueue queue;
        queue.Reset(100);
        queue.Add(Create<Packet>(30));
        queue.Add(Create<Packet>(30));
        queue.TakeNew(30);
        const Ptr<Packet> chunk = queue.TakeNew(20)->packet;
        NS_TEST_EXPECT_MSG_EQ(chunk->GetReferenceCount(), 2, "the packet is held");
        queue.MarkReinjectAll();
        queue.Acknowledge(110);
        NS_TEST_EXPECT_MSG_EQ(queue.MarkHeadReinject(), 0, "the head is marked already");
        queue.Drop();
        NS_TEST_EXPECT_MSG_EQ(chunk->GetReferenceCount(), 1, "the packet is not held");
        NS_TEST_EXPECT_MSG_EQ((queue.GetHead() == nullptr), true, "no chunk");
        NS_TEST_EXPECT_MSG_EQ((queue.PeekReinject() == nullptr), true, "no mark");
        NS_TEST_EXPECT_MSG_EQ(queue.MarkHeadReinject(), 0, "nothing to mark");
        NS_TEST_EXPECT_MSG_EQ(queue.GetReinject(), 0, "no octet is marked");
        NS_TEST_EXPECT_MSG_EQ(queue.GetUnacknowledged(), 110, "SND.UNA");
        NS_TEST_EXPECT_MSG_EQ(queue.GetNextDsn(), 150, "SND.NXT");
        NS_TEST_EXPECT_MSG_EQ(queue.GetTail(), 160, "end of what was written");
        queue.Acknowledge(150);
        NS_TEST_EXPECT_MSG_EQ(queue.GetUnacknowledged(), 150, "a late DATA_ACK");
        queue.ForgetSubflow(0);
        queue.MarkReinject(0);
    }
};

/**
 * @ingroup mptcp-test
 * Suite of MptcpSendQueue.
 */
class MptcpSendQueueTestSuite : public TestSuite
{
  public:
    MptcpSendQueueTestSuite()
        : TestSuite("mptcp-send-queue", Type::UNIT)
    {
        AddTestCase(new MptcpSendQueueTakeTestCase(1));
        AddTestCase(new MptcpSendQueueTakeTestCase(UINT64_MAX - 299));
        AddTestCase(new MptcpSendQueueTakeTestCase(INT64_MAX - 299));
        AddTestCase(new MptcpSendQueueAckTestCase);
        AddTestCase(new MptcpSendQueueCopyTestCase(1000));
        AddTestCase(new MptcpSendQueueCopyTestCase(UINT64_MAX - 70));
        AddTestCase(new MptcpSendQueueCopyTestCase(INT64_MAX - 70));
        AddTestCase(new MptcpSendQueueCarrierTestCase);
        AddTestCase(new MptcpSendQueueLongTestCase);
        AddTestCase(new MptcpSendQueueDropTestCase);
        AddTestCase(new MptcpSendQueueRandomTestCase(1, 0));
        AddTestCase(new MptcpSendQueueRandomTestCase(2, UINT64_MAX - 5000));
        AddTestCase(new MptcpSendQueueRandomTestCase(3, INT64_MAX - 5000));
        AddTestCase(new MptcpSendQueueRandomTestCase(4, UINT32_MAX - 5000));
    }
};

MptcpSendQueueTestSuite g_mptcpSendQueueTestSuite; ///< the suite

} // namespace
