/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/mptcp-mapping.h"
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

using Outcome = MptcpMappingTable::Result;

/**
 * @param ssn first relative sequence number
 * @param length octets
 * @param dsn first data sequence number
 * @return a mapping without checksum and DATA_FIN
 */
MptcpMapping
Map(uint32_t ssn, uint16_t length, uint64_t dsn)
{
    MptcpMapping mapping;
    mapping.ssn = ssn;
    mapping.length = length;
    mapping.dsn = dsn;
    return mapping;
}

/**
 * @param table a table
 * @return its printable form
 */
std::string
Print(const MptcpMappingTable& table)
{
    std::ostringstream os;
    os << table;
    return os.str();
}

/**
 * @ingroup mptcp-test
 * Adding, finding and releasing in order and out of order.
 */
class MptcpMappingOrderTestCase : public TestCase
{
  public:
    MptcpMappingOrderTestCase()
        : TestCase("mappings are kept in order, found and released")
    {
    }

  private:
    void DoRun() override
    {
        MptcpMappingTable table;
        NS_TEST_EXPECT_MSG_EQ(table.IsEmpty(), true, "empty at first");
        NS_TEST_EXPECT_MSG_EQ(Print(table), "", "prints nothing");
        NS_TEST_EXPECT_MSG_EQ((table.Find(1) == nullptr), true, "finds nothing");

        NS_TEST_EXPECT_MSG_EQ((table.Add(Map(1, 100, 1000)) == Outcome::ADDED), true, "first");
        NS_TEST_EXPECT_MSG_EQ((table.Add(Map(201, 100, 5000)) == Outcome::ADDED), true, "gap");
        NS_TEST_EXPECT_MSG_EQ((table.Add(Map(101, 50, 2000)) == Outcome::ADDED), true, "middle");
        NS_TEST_EXPECT_MSG_EQ(table.GetSize(), 3, "three mappings");
        NS_TEST_EXPECT_MSG_EQ(Print(table),
                              "[1+100->1000] [101+50->2000] [201+100->5000]",
                              "order");

        for (uint32_t ssn = 0; ssn < 310; ++ssn)
        {
            const MptcpMapping* found = table.Find(ssn);
            uint32_t expected = 0;
            expected = ssn >= 1 && ssn < 101 ? 1 : expected;
            expected = ssn >= 101 && ssn < 151 ? 101 : expected;
            expected = ssn >= 201 && ssn < 301 ? 201 : expected;
            NS_TEST_ASSERT_MSG_EQ((found ? found->ssn : 0), expected, "found at " << ssn);
        }

        table.ReleaseBefore(100);
        NS_TEST_EXPECT_MSG_EQ(table.GetSize(), 3, "a mapping that holds 100 stays");
        table.ReleaseBefore(101);
        NS_TEST_EXPECT_MSG_EQ(Print(table), "[101+50->2000] [201+100->5000]", "first one gone");
        NS_TEST_EXPECT_MSG_EQ((table.Add(Map(1, 100, 1000)) == Outcome::DUPLICATE),
                              true,
                              "a released one is a duplicate");
        NS_TEST_EXPECT_MSG_EQ((table.Add(Map(1, 100, 7777)) == Outcome::DUPLICATE),
                              true,
                              "whatever it says: it can no longer do harm");
        table.ReleaseBefore(1);
        NS_TEST_EXPECT_MSG_EQ((table.Add(Map(1, 100, 1000)) == Outcome::DUPLICATE),
                              true,
                              "a release does not go back");
        table.ReleaseBefore(1000);
        NS_TEST_EXPECT_MSG_EQ(table.IsEmpty(), true, "all released");
        table.Clear();
        NS_TEST_EXPECT_MSG_EQ((table.Add(Map(1, 100, 1000)) == Outcome::ADDED),
                              true,
                              "cleared, nothing counts as released");
    }
};

/**
 * @ingroup mptcp-test
 * A declared mapping is fixed (RFC 8684, section 3.3.1).
 */
class MptcpMappingConflictTestCase : public TestCase
{
  public:
    MptcpMappingConflictTestCase()
        : TestCase("duplicates change nothing and conflicts are refused")
    {
    }

  private:
    /**
     * @param table table to add to
     * @param mapping what to add
     * @param expected result expected
     * @param print printable form expected afterwards
     */
    void Check(MptcpMappingTable& table,
               const MptcpMapping& mapping,
               Outcome expected,
               const std::string& print)
    {
        const Outcome result = table.Add(mapping);
        NS_TEST_EXPECT_MSG_EQ((result == expected),
                              true,
                              "adding " << mapping.ssn << "+" << mapping.length << " gave "
                                        << static_cast<int>(result));
        NS_TEST_EXPECT_MSG_EQ(Print(table),
                              print,
                              "adding " << mapping.ssn << "+" << mapping.length);
    }

    void DoRun() override
    {
        MptcpMappingTable table;
        table.Add(Map(100, 100, 1100));
        table.Add(Map(300, 100, 1300));
        const std::string two = "[100+100->1100] [300+100->1300]";

        Check(table, Map(100, 100, 1100), Outcome::DUPLICATE, two);
        Check(table, Map(300, 100, 1300), Outcome::DUPLICATE, two);
        Check(table, Map(110, 10, 1110), Outcome::DUPLICATE, two);
        Check(table, Map(390, 10, 1390), Outcome::DUPLICATE, two);

        Check(table, Map(100, 100, 1101), Outcome::CONFLICT, two);
        Check(table, Map(110, 10, 1111), Outcome::CONFLICT, two);
        Check(table, Map(399, 10, 2399), Outcome::CONFLICT, two);
        Check(table, Map(50, 51, 9000), Outcome::CONFLICT, two);
        Check(table, Map(150, 200, 9000), Outcome::CONFLICT, two);
        Check(table, Map(0, 1000, 9000), Outcome::CONFLICT, two);
        // Agrees with the second mapping but not with the first.
        table.Add(Map(250, 10, 7777));
        const std::string three = "[100+100->1100] [250+10->7777] [300+100->1300]";
        Check(table, Map(255, 100, 1255), Outcome::CONFLICT, three);
        Check(table, Map(50, 300, 1050), Outcome::CONFLICT, three);

        // What agrees and covers more is cut to what is new.
        Check(table,
              Map(350, 100, 1350),
              Outcome::ADDED,
              "[100+100->1100] [250+10->7777] [300+100->1300] [400+50->1400]");
        Check(table,
              Map(90, 150, 1090),
              Outcome::ADDED,
              "[90+10->1090] [100+100->1100] [200+40->1200] [250+10->7777] [300+100->1300] "
              "[400+50->1400]");
        Check(table,
              Map(100, 140, 1100),
              Outcome::DUPLICATE,
              "[90+10->1090] [100+100->1100] [200+40->1200] [250+10->7777] [300+100->1300] "
              "[400+50->1400]");

        MptcpMappingTable fins;
        fins.Add(Map(10, 10, 110));
        MptcpMapping fin = Map(5, 20, 105);
        fin.dataFin = true;
        Check(fins, fin, Outcome::ADDED, "[5+5->105] [10+10->110] [20+5->120]");
        NS_TEST_EXPECT_MSG_EQ(fins.Find(5)->dataFin, false, "the DATA_FIN is at the end only");
        NS_TEST_EXPECT_MSG_EQ(fins.Find(10)->dataFin, false, "a mapping present is not changed");
        NS_TEST_EXPECT_MSG_EQ(fins.Find(20)->dataFin, true, "the DATA_FIN is at the end");

        // A checksum covers its mapping as a whole (RFC 8684, section 3.3.1): no pieces.
        MptcpMappingTable sums;
        MptcpMapping sum = Map(100, 100, 1100);
        sum.hasChecksum = true;
        sum.checksum = 0x1234;
        sums.Add(sum);
        Check(sums, sum, Outcome::DUPLICATE, "[100+100->1100]");
        Check(sums, Map(120, 10, 1120), Outcome::DUPLICATE, "[100+100->1100]");
        Check(sums, Map(120, 100, 1120), Outcome::CONFLICT, "[100+100->1100]");
        sum.checksum = 0x4321;
        Check(sums, sum, Outcome::DUPLICATE, "[100+100->1100]");
        NS_TEST_EXPECT_MSG_EQ(sums.Find(150)->checksum, 0x1234, "the first one stands");
        sums.Add(Map(300, 10, 1300));
        MptcpMapping wide = Map(290, 30, 1290);
        wide.hasChecksum = true;
        Check(sums, wide, Outcome::CONFLICT, "[100+100->1100] [300+10->1300]");
        MptcpMapping between = Map(200, 100, 1200);
        between.hasChecksum = true;
        Check(sums, between, Outcome::ADDED, "[100+100->1100] [200+100->1200] [300+10->1300]");
    }
};

/**
 * @ingroup mptcp-test
 * Random additions, look-ups and releases against a table with one entry per octet.
 */
class MptcpMappingRandomTestCase : public TestCase
{
  public:
    /**
     * @param seed seed of the random numbers
     * @param ssn where the subflow's numbers start
     * @param dsn where the connection's numbers start
     */
    MptcpMappingRandomTestCase(uint32_t seed, uint32_t ssn, uint64_t dsn)
        : TestCase("random operations agree with a table of octets, seed " + std::to_string(seed) +
                   ", from " + std::to_string(ssn) + " and " + std::to_string(dsn)),
          m_seed(seed),
          m_ssn(ssn),
          m_dsn(dsn)
    {
    }

  private:
    void DoRun() override
    {
        std::mt19937 random(m_seed);
        MptcpMappingTable table;
        std::map<uint32_t, uint64_t> octets; // by offset from m_ssn: DSN
        uint32_t released = 0;               // offset
        for (int step = 0; step < 4000; ++step)
        {
            const uint32_t offset = released + random() % 400;
            if (random() % 8 == 0)
            {
                released += random() % 60;
                table.ReleaseBefore(m_ssn + released);
                // Nothing before the release is looked at again, so the model may forget it.
                octets.erase(octets.begin(), octets.lower_bound(released));
            }
            else
            {
                const auto length = static_cast<uint16_t>(1 + random() % 60);
                // One of two offsets between the number spaces, so that some conflict.
                const uint64_t dsn = m_dsn + offset + (random() % 10 == 0 ? 1 : 0);
                bool conflict = false;
                bool fresh = false;
                for (uint32_t i = 0; i < length; ++i)
                {
                    const MptcpMapping* found = table.Find(m_ssn + offset + i);
                    auto it = octets.find(offset + i);
                    NS_TEST_ASSERT_MSG_EQ((found != nullptr),
                                          (it != octets.end()),
                                          "octet " << offset + i << " in step " << step);
                    if (!found)
                    {
                        it = octets.lower_bound(offset + i);
                        const MptcpMapping* after = table.FindAfter(m_ssn + offset + i);
                        NS_TEST_ASSERT_MSG_EQ((after != nullptr),
                                              (it != octets.end()),
                                              "one after " << offset + i << " in step " << step);
                        NS_TEST_ASSERT_MSG_EQ((after ? after->ssn - m_ssn : 0),
                                              (after ? it->first : 0),
                                              "the one after " << offset + i);
                    }
                    conflict = conflict || (found && it->second != dsn + i);
                    fresh = fresh || !found;
                }
                const Outcome result = table.Add(Map(m_ssn + offset, length, dsn));
                const Outcome expected = conflict ? Outcome::CONFLICT
                                         : fresh  ? Outcome::ADDED
                                                  : Outcome::DUPLICATE;
                NS_TEST_ASSERT_MSG_EQ((result == expected), true, "result in step " << step);
                for (uint32_t i = 0; result == Outcome::ADDED && i < length; ++i)
                {
                    octets.emplace(offset + i, dsn + i);
                }
            }
            for (const auto& [at, dsn] : octets)
            {
                const MptcpMapping* found = table.Find(m_ssn + at);
                NS_TEST_ASSERT_MSG_EQ((found != nullptr), true, "octet " << at << " is mapped");
                NS_TEST_ASSERT_MSG_EQ(found->dsn + (m_ssn + at - found->ssn),
                                      dsn,
                                      "octet " << at << " in step " << step);
            }
        }
        NS_TEST_EXPECT_MSG_GT(released, 1000, "the walk went somewhere");
    }

    uint32_t m_seed; ///< seed
    uint32_t m_ssn;  ///< first SSN
    uint64_t m_dsn;  ///< first DSN
};

/**
 * @ingroup mptcp-test
 * A subflow that carries more octets than its sequence numbers count.
 */
class MptcpMappingLongTestCase : public TestCase
{
  public:
    MptcpMappingLongTestCase()
        : TestCase("more than 2^32 octets, over the wrap and past where the first ones were")
    {
    }

  private:
    void DoRun() override
    {
        constexpr uint16_t size = 60'000;
        constexpr uint64_t first = UINT32_MAX - 700; // DSN less SSN
        MptcpMappingTable table;
        for (uint64_t ssn = 1; ssn < (uint64_t{1} << 32) + (1 << 24); ssn += 2 * size)
        {
            const auto low = static_cast<uint32_t>(ssn);
            // The second of two comes before the first one.
            const MptcpMapping late = Map(low, size, first + ssn);
            const MptcpMapping early = Map(low + size, size, first + ssn + size);
            NS_TEST_ASSERT_MSG_EQ((table.Add(early) == Outcome::ADDED), true, "early " << ssn);
            NS_TEST_ASSERT_MSG_EQ((table.Find(low + size - 1) == nullptr), true, "a gap " << ssn);
            NS_TEST_ASSERT_MSG_EQ(table.FindAfter(low + size - 1)->ssn, low + size, "after it");
            NS_TEST_ASSERT_MSG_EQ((table.Add(late) == Outcome::ADDED), true, "late " << ssn);
            NS_TEST_ASSERT_MSG_EQ(table.Find(low + size - 1)->dsn, first + ssn, "found " << ssn);
            NS_TEST_ASSERT_MSG_EQ(table.Find(low + size)->dsn, first + ssn + size, "and " << ssn);
            table.ReleaseBefore(low + size);
            NS_TEST_ASSERT_MSG_EQ(table.GetSize(), 1, "the first of two is released " << ssn);
            NS_TEST_ASSERT_MSG_EQ((table.Add(late) == Outcome::DUPLICATE), true, "old " << ssn);
            table.ReleaseBefore(low + 2 * size);
            NS_TEST_ASSERT_MSG_EQ(table.IsEmpty(), true, "both are " << ssn);
        }
    }
};

/**
 * @ingroup mptcp-test
 * Many mappings, whichever comes first.
 */
class MptcpMappingManyTestCase : public TestCase
{
  public:
    MptcpMappingManyTestCase()
        : TestCase("many mappings in any order are found, and released in order")
    {
    }

  private:
    static constexpr uint32_t NUMBER = 6'000;     ///< mappings
    static constexpr uint32_t FIRST = 0xffff8000; ///< SSN of the first: they wrap
    static constexpr uint16_t LENGTH = 10;        ///< octets of each

    /** @param index of a mapping @return it, with a DSN that no neighbor continues */
    static MptcpMapping Get(uint32_t index)
    {
        return Map(FIRST + index * LENGTH, LENGTH, 1000 + uint64_t{index} * 1000);
    }

    void DoRun() override
    {
        std::vector<uint32_t> backwards(NUMBER);
        std::iota(backwards.rbegin(), backwards.rend(), 0);
        std::vector<uint32_t> shuffled = backwards;
        std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(1));
        for (const auto& order : {backwards, shuffled})
        {
            MptcpMappingTable table;
            for (const uint32_t index : order)
            {
                NS_TEST_ASSERT_MSG_EQ((table.Add(Get(index)) == Outcome::ADDED), true, "new");
            }
            NS_TEST_ASSERT_MSG_EQ(table.GetSize(), NUMBER, "none is joined with another");
            for (const uint32_t index : order)
            {
                const MptcpMapping* found = table.Find(FIRST + index * LENGTH + 3);
                NS_TEST_ASSERT_MSG_EQ((found && found->dsn == Get(index).dsn), true, index);
            }
            for (uint32_t index = 0; index < NUMBER; ++index)
            {
                table.ReleaseBefore(FIRST + (index + 1) * LENGTH);
                NS_TEST_ASSERT_MSG_EQ(table.GetSize(), NUMBER - 1 - index, "one after the other");
            }
        }
    }
};

/**
 * @ingroup mptcp-test
 * Suite of MptcpMappingTable.
 */
class MptcpMappingTestSuite : public TestSuite
{
  public:
    MptcpMappingTestSuite()
        : TestSuite("mptcp-mapping", Type::UNIT)
    {
        AddTestCase(new MptcpMappingOrderTestCase);
        AddTestCase(new MptcpMappingConflictTestCase);
        AddTestCase(new MptcpMappingLongTestCase);
        AddTestCase(new MptcpMappingManyTestCase);
        AddTestCase(new MptcpMappingRandomTestCase(1, 1, 1));
        AddTestCase(new MptcpMappingRandomTestCase(2, 0xfffff000, 1000));
        AddTestCase(new MptcpMappingRandomTestCase(3, 1000, UINT64_MAX - 4000));
        AddTestCase(new MptcpMappingRandomTestCase(4, 0xffffff00, UINT64_MAX - 8000));
        AddTestCase(new MptcpMappingRandomTestCase(5, 0x7fffff00, INT64_MAX - 4000));
    }
};

MptcpMappingTestSuite g_mptcpMappingTestSuite; ///< the suite

} // namespace
