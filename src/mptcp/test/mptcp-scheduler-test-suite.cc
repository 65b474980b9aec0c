/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/mptcp-scheduler-linux.h"
#include "ns3/mptcp-scheduler-min-rtt.h"
#include "ns3/mptcp-scheduler-round-robin.h"
#include "ns3/object-factory.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <string>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint32_t SEGMENT = 1400; ///< segment size of all subflows

/**
 * @param id identifier
 * @param srttMs smoothed RTT, ms
 * @return a usable subflow with room for ten segments
 */
MptcpSubflowView
Subflow(uint8_t id, uint32_t srttMs)
{
    MptcpSubflowView subflow;
    subflow.id = id;
    subflow.usable = true;
    subflow.segmentSize = SEGMENT;
    subflow.cwnd = 10 * SEGMENT;
    subflow.available = 10 * SEGMENT;
    subflow.srtt = MilliSeconds(srttMs);
    return subflow;
}

/**
 * @ingroup mptcp-test
 * Which subflows are eligible, asked through the lowest-RTT scheduler.
 */
class MptcpSchedulerMinRttTestCase : public TestCase
{
  public:
    MptcpSchedulerMinRttTestCase()
        : TestCase("lowest RTT among eligible subflows with room")
    {
    }

  private:
    /**
     * @param subflows the connection's subflows
     * @param expected mask expected
     * @param what what is checked
     * @param reinject the data was sent before
     */
    void Check(const std::vector<MptcpSubflowView>& subflows,
               MptcpSubflowMask expected,
               const std::string& what,
               bool reinject = false)
    {
        MptcpConnectionView view;
        view.subflows = subflows;
        view.unsent = 100000;
        const MptcpSchedulerDecision decision = m_scheduler->Select(view, reinject);
        NS_TEST_EXPECT_MSG_EQ(decision.mask, expected, what);
        NS_TEST_EXPECT_MSG_EQ(m_scheduler->Select(view, reinject).mask, expected, "again: " + what);
    }

    void DoRun() override
    {
        m_scheduler = CreateObject<MptcpSchedulerMinRtt>();
        Check({}, 0, "no subflow");

        auto a = Subflow(0, 50);
        auto b = Subflow(1, 20);
        auto c = Subflow(2, 30);
        Check({a, b, c}, 2, "lowest RTT");
        b.available = SEGMENT - 1;
        Check({a, b, c}, 4, "the best one has no room for a segment");
        b.available = SEGMENT;
        Check({a, b, c}, 2, "room for just one");
        b.unsent = 1;
        Check({a, b, c}, 4, "what is queued takes that room");
        b.unsent = 2 * SEGMENT;
        Check({a, b, c}, 4, "more is queued than there is room");
        a.available = 0;
        c.available = 0;
        Check({a, b, c}, 0, "no room anywhere: wait");

        a = Subflow(0, 50);
        b = Subflow(1, 20);
        b.usable = false;
        Check({a, b}, 1, "not usable");
        b.usable = true;
        b.inLoss = true;
        Check({a, b}, 1, "in loss");
        a.available = 0;
        Check({a, b}, 0, "in loss, another one is only full: wait");
        a.usable = false;
        Check({a, b}, 2, "in loss, but no other is usable");
        b.inLoss = false;
        b.inRecovery = true;
        Check({a, b}, 2, "fast recovery does not exclude");

        a = Subflow(0, 50);
        b = Subflow(1, 20);
        b.stale = true;
        Check({a, b}, 1, "stale");
        a.available = 0;
        Check({a, b}, 0, "stale, another one is only full: wait");
        a.usable = false;
        Check({a, b}, 2, "stale, but no other is usable");

        a = Subflow(0, 50);
        b = Subflow(1, 20);
        b.backup = true;
        Check({a, b}, 1, "backup");
        a.available = 0;
        Check({a, b}, 0, "backup, another one is only full: wait");
        a.available = 10 * SEGMENT;
        a.inLoss = true;
        Check({a, b}, 1, "backup, another one is in loss but usable");
        a.inLoss = false;
        a.stale = true;
        Check({a, b}, 2, "backup, the other one is stale");
        a.stale = false;
        a.usable = false;
        Check({a, b}, 2, "backup, the other one is not usable");

        Check({Subflow(0, 20), Subflow(1, 20)}, 1, "equal RTTs: lowest identifier");
        Check({Subflow(5, 20), Subflow(1, 20)}, 2, "equal RTTs: identifier, not position");
        Check({Subflow(0, 0), Subflow(1, 900)}, 2, "without a sample comes last");
        Check({Subflow(1, 0), Subflow(0, 0)}, 2, "no sample at all: lowest identifier");
        a = Subflow(0, 0);
        b = Subflow(1, 900);
        b.available = 0;
        Check({a, b}, 1, "without a sample, but the only one with room");

        std::vector<MptcpSubflowView> many;
        for (uint8_t i = 0; i < MPTCP_MAX_SUBFLOWS; ++i)
        {
            many.push_back(Subflow(i, 100 - i));
        }
        Check(many, MptcpSubflowBit(MPTCP_MAX_SUBFLOWS - 1), "the last that a connection can have");

        Reinject();
    }

    /** The rules for data that was sent before. */
    void Reinject()
    {
        auto a = Subflow(0, 10);
        auto b = Subflow(1, 50);
        a.carried = true;
        Check({a, b}, 1, "carried does not matter for new data", false);
        Check({a, b}, 2, "another one than before", true);
        b.available = 0;
        Check({a, b}, 0, "the only free one carried it: wait", true);
        b.inLoss = true;
        Check({a, b}, 0, "waits for one in loss as well", true);
        b.available = SEGMENT;
        Check({a, b}, 2, "one in loss that has room and has not carried it", true);
        b.stale = true;
        Check({a, b}, 1, "stale does not count as usable", true);

        a = Subflow(0, 10);
        b = Subflow(1, 50);
        auto c = Subflow(2, 30);
        a.carried = true;
        Check({a, b, c}, 4, "the fastest of the others", true);
        b.carried = true;
        c.carried = true;
        Check({a, b, c}, 1, "all carried it: as new data", true);
        a.inLoss = true;
        Check({a, b, c}, 4, "all carried it: not where TCP retransmits", true);

        a = Subflow(0, 10);
        a.carried = true;
        Check({a}, 1, "the only one", true);
        a.inLoss = true;
        Check({a}, 0, "the only one, where TCP retransmits: wait", true);

        b = Subflow(1, 50);
        b.backup = true;
        Check({a, b}, 2, "a backup subflow repairs what the others lost", true);
        b.carried = true;
        a.inLoss = false;
        Check({a, b}, 1, "all carried it: not the backup", true);
        c = Subflow(2, 90);
        c.backup = false;
        Check({a, b, c}, 4, "the one that is neither backup nor carried it", true);
    }

    Ptr<MptcpScheduler> m_scheduler; ///< scheduler under test
};

/**
 * @ingroup mptcp-test
 * Turns of the round-robin scheduler.
 */
class MptcpSchedulerRoundRobinTestCase : public TestCase
{
  public:
    MptcpSchedulerRoundRobinTestCase()
        : TestCase("round robin takes turns and skips")
    {
    }

  private:
    /**
     * @param view the connection
     * @param identifiers the subflows expected, one call each
     */
    void Check(const MptcpConnectionView& view, const std::vector<int>& identifiers)
    {
        for (const int expected : identifiers)
        {
            const MptcpSubflowMask mask = m_scheduler->Select(view, false).mask;
            int id = -1;
            for (std::size_t i = 0; i < view.subflows.size(); ++i)
            {
                id = mask == MptcpSubflowBit(i) ? view.subflows[i].id : id;
            }
            NS_TEST_EXPECT_MSG_EQ(id, expected, "whose turn it is");
        }
    }

    void DoRun() override
    {
        m_scheduler = CreateObject<MptcpSchedulerRoundRobin>();
        MptcpConnectionView view;
        Check(view, {-1});
        view.subflows = {Subflow(0, 10), Subflow(3, 500), Subflow(7, 0)};
        Check(view, {0, 3, 7, 0, 3});
        view.subflows[2].available = 0;
        Check(view, {0, 3, 0});
        view.subflows[2].available = SEGMENT;
        view.subflows[1].inLoss = true;
        Check(view, {7, 0, 7});
        view.subflows[1].inLoss = false;
        view.subflows[0].available = 0;
        view.subflows[1].available = 0;
        view.subflows[2].available = 0;
        Check(view, {-1, -1});
        view.subflows[1].available = SEGMENT;
        Check(view, {3, 3});
        // The subflow named last is gone, another one is new.
        view.subflows = {Subflow(0, 10), Subflow(7, 0), Subflow(9, 0)};
        Check(view, {7, 9, 0, 7});
        view.subflows[0].backup = true;
        Check(view, {9, 7, 9});
    }

    Ptr<MptcpScheduler> m_scheduler; ///< scheduler under test
};

/**
 * @ingroup mptcp-test
 * The scheduler of Linux, with figures worked out by hand from mptcp_subflow_get_send.
 */
class MptcpSchedulerLinuxTestCase : public TestCase
{
  public:
    MptcpSchedulerLinuxTestCase()
        : TestCase("Linux: where the queue is the shortest in time, by bursts")
    {
    }

  private:
    /**
     * @param scheduler scheduler
     * @param view the connection
     * @param mask expected
     * @param what what is checked
     */
    void Check(const Ptr<MptcpScheduler>& scheduler,
               const MptcpConnectionView& view,
               uint32_t mask,
               const std::string& what)
    {
        const MptcpSchedulerDecision decision = scheduler->Select(view, false);
        NS_TEST_EXPECT_MSG_EQ(decision.mask, mask, what);
        NS_TEST_EXPECT_MSG_EQ(decision.ahead, (mask != 0), what + ": may queue ahead");
    }

    void DoRun() override
    {
        ObjectFactory factory("ns3::MptcpSchedulerLinux");
        factory.Set("Burst", UintegerValue(2 * SEGMENT));
        auto scheduler = factory.Create<MptcpScheduler>();
        MptcpConnectionView view;
        view.windowLeft = 100 * SEGMENT;
        Check(scheduler, view, 0, "no subflow");

        // 10 segments of window each; the pace is 1.2 cwnd / srtt: 0.42 and 2.52 segments per ms
        // with 28.6 and 4.76 ms.
        view.subflows = {Subflow(0, 60), Subflow(1, 10)};
        for (auto& subflow : view.subflows)
        {
            subflow.ssthresh = subflow.cwnd;
            subflow.queueable = 10 * SEGMENT;
        }
        view.subflows[0].inFlight = SEGMENT;     // 5 ms of queue
        view.subflows[1].inFlight = 5 * SEGMENT; // 4.2 ms of queue
        Check(scheduler, view, 2, "less time, though more octets");
        view.subflows[1].inFlight = 7 * SEGMENT; // 5.8 ms
        Check(scheduler, view, 2, "the rest of the burst");
        Check(scheduler, view, 1, "a new burst: the other queue is shorter now");

        scheduler = factory.Create<MptcpScheduler>();
        view.subflows[0].inFlight = 8 * SEGMENT; // 40 ms
        view.subflows[1].inFlight = 10 * SEGMENT;
        view.subflows[1].available = 0; // the window is full
        Check(scheduler, view, 2, "ahead of the window rather than late");
        view.subflows[1].queueable = SEGMENT - 1;
        scheduler = factory.Create<MptcpScheduler>();
        Check(scheduler, view, 0, "the best one holds enough: wait");
        view.subflows[1].backup = true;
        Check(scheduler, view, 1, "backup");

        // Slow start paces twice the window (below half of ssthresh).
        scheduler = factory.Create<MptcpScheduler>();
        view.subflows = {Subflow(0, 20), Subflow(1, 20)};
        for (auto& subflow : view.subflows)
        {
            subflow.queueable = 10 * SEGMENT;
            subflow.inFlight = 5 * SEGMENT;
        }
        view.subflows[0].ssthresh = view.subflows[0].cwnd;
        view.subflows[1].ssthresh = 3 * view.subflows[1].cwnd;
        Check(scheduler, view, 2, "slow start empties a queue sooner");

        // Reinjections keep to windows.
        view.subflows[1].available = 0;
        NS_TEST_EXPECT_MSG_EQ(scheduler->Select(view, true).mask, 1, "reinjection");
        NS_TEST_EXPECT_MSG_EQ(scheduler->Select(view, true).ahead, false, "reinjection: no queue");
    }
};

/**
 * @ingroup mptcp-test
 * Schedulers can be made from their names.
 */
class MptcpSchedulerTypeTestCase : public TestCase
{
  public:
    MptcpSchedulerTypeTestCase()
        : TestCase("schedulers are known by name")
    {
    }

  private:
    void DoRun() override
    {
        for (const std::string name : {"ns3::MptcpSchedulerMinRtt",
                                       "ns3::MptcpSchedulerLinux",
                                       "ns3::MptcpSchedulerRoundRobin"})
        {
            ObjectFactory factory(name);
            NS_TEST_EXPECT_MSG_EQ((factory.Create<MptcpScheduler>() != nullptr), true, name);
            NS_TEST_EXPECT_MSG_EQ(factory.GetTypeId().IsChildOf(MptcpScheduler::GetTypeId()),
                                  true,
                                  name);
        }
    }
};

/**
 * @ingroup mptcp-test
 * Suite of the schedulers.
 */
class MptcpSchedulerTestSuite : public TestSuite
{
  public:
    MptcpSchedulerTestSuite()
        : TestSuite("mptcp-scheduler", Type::UNIT)
    {
        AddTestCase(new MptcpSchedulerMinRttTestCase);
        AddTestCase(new MptcpSchedulerRoundRobinTestCase);
        AddTestCase(new MptcpSchedulerLinuxTestCase);
        AddTestCase(new MptcpSchedulerTypeTestCase);
    }
};

MptcpSchedulerTestSuite g_mptcpSchedulerTestSuite; ///< the suite

} // namespace
