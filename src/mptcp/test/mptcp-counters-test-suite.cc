/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/mptcp-counters.h"
#include "ns3/test.h"

#include <set>
#include <string>

using namespace ns3;

namespace
{

/**
 * @ingroup mptcp-test
 * Counts, and the names by which counts are read.
 */
class MptcpCountersTestCase : public TestCase
{
  public:
    MptcpCountersTestCase()
        : TestCase("counters count and carry the kernel's names")
    {
    }

  private:
    void DoRun() override
    {
        MptcpCounters counters;
        std::set<std::string_view> names;
        const auto count = static_cast<std::size_t>(MptcpMib::COUNT);
        for (std::size_t i = 0; i < count; ++i)
        {
            const auto counter = static_cast<MptcpMib>(i);
            names.insert(MptcpCounters::GetName(counter));
            NS_TEST_EXPECT_MSG_EQ(counters.Get(counter), 0, "starts at zero");
            for (std::size_t k = 0; k <= i; ++k)
            {
                counters.Increment(counter);
            }
        }
        NS_TEST_EXPECT_MSG_EQ(names.size(), count, "names differ");
        for (std::size_t i = 0; i < count; ++i)
        {
            const auto counter = static_cast<MptcpMib>(i);
            NS_TEST_EXPECT_MSG_EQ(counters.Get(counter), i + 1, "counted apart from others");
            NS_TEST_EXPECT_MSG_EQ(counters.Get(MptcpCounters::GetName(counter)),
                                  i + 1,
                                  "same by name");
        }

        NS_TEST_EXPECT_MSG_EQ(std::string(MptcpCounters::GetName(MptcpMib::MPCapableSYNRX)),
                              "MPCapableSYNRX",
                              "name of the first");
        NS_TEST_EXPECT_MSG_EQ(std::string(MptcpCounters::GetName(MptcpMib::WinProbe)),
                              "WinProbe",
                              "name of the last");

        MptcpCounters gauge;
        gauge.Increment(MptcpMib::MPCurrEstab);
        gauge.Increment(MptcpMib::MPCurrEstab);
        gauge.Decrement(MptcpMib::MPCurrEstab);
        NS_TEST_EXPECT_MSG_EQ(gauge.Get("MPCurrEstab"), 1, "a gauge goes down too");
    }
};

/**
 * @ingroup mptcp-test
 * Suite of MptcpCounters.
 */
class MptcpCountersTestSuite : public TestSuite
{
  public:
    MptcpCountersTestSuite()
        : TestSuite("mptcp-counters", Type::UNIT)
    {
        AddTestCase(new MptcpCountersTestCase);
    }
};

MptcpCountersTestSuite g_mptcpCountersTestSuite; ///< the suite

} // namespace
