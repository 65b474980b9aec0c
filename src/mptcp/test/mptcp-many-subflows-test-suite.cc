/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * A connection that has hundreds of subflows in its life, a few at a time: none is taken for
 * another one, whatever its identifier.
 */

#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/mptcp-api.h"
#include "ns3/mptcp-option.h"
#include "ns3/mptcp-scheduler-linux.h"
#include "ns3/mptcp-scheduler-min-rtt.h"
#include "ns3/mptcp-scheduler-redundant.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/simulator.h"
#include "ns3/test.h"
#include "ns3/type-id.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint32_t SUBFLOWS = 300;        ///< one after the other, besides the initial one
const Time INTERVAL = MilliSeconds(100);  ///< from one to the next
const Time LIFE = MilliSeconds(80);       ///< of each
constexpr uint64_t OCTETS = 20'000'000;   ///< client to server
constexpr uint32_t SMALL_BUFFER = 40'000; ///< a receive buffer that limits both paths

/** How the connection is used. */
struct Use
{
    std::string name;          ///< of the test case
    TypeId scheduler;          ///< of the client
    bool opportunistic{false}; ///< attribute OpportunisticRetransmission, with a small buffer
};

/**
 * Opens a subflow, lets it carry data and closes it or resets it in the midst, again and again, and
 * compares what the connection knows of who has carried what with what it did.
 */
class ManySubflowsTestCase : public TestCase
{
  public:
    /** @param use how the connection is used */
    explicit ManySubflowsTestCase(const Use& use)
        : TestCase(use.name),
          m_use(use)
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1400));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(1 << 20));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize",
                           UintegerValue(m_use.opportunistic ? SMALL_BUFFER : 1 << 20));
        Config::SetDefault("ns3::MptcpSocketBase::OpportunisticRetransmission",
                           BooleanValue(m_use.opportunistic));
        MptcpStory story(2);
        // The queue of path 1 is never full, so that each subflow gets up at once.
        story.topology.SetDataRate(0, DataRate("2Mbps"));
        story.topology.SetDataRate(1, DataRate("20Mbps"));
        story.up = OCTETS;
        story.prepareClient = [this](Ptr<Socket> socket) {
            Follow(DynamicCast<MptcpSocketBase>(socket));
        };
        story.Start();
        for (uint32_t i = 0; i < SUBFLOWS; ++i)
        {
            const Time begin = Seconds(0.5) + INTERVAL * i;
            Simulator::Schedule(begin, [this, &story] { Open(story); });
            Simulator::Schedule(begin + LIFE, [this, &story, i] { End(story, i % 2 == 0); });
        }
        story.Run(Seconds(300));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
        NS_TEST_EXPECT_MSG_EQ(m_complaint, "", "the first complaint");
        const MptcpFullInfo info = story.GetClient()->GetFullInfo();
        NS_TEST_EXPECT_MSG_EQ(info.subflowsClosed, SUBFLOWS + 1, "subflows in its life");
        NS_TEST_EXPECT_MSG_GT(info.info.bytesRetrans, 100'000, "octets sent on another subflow");
        for (uint32_t id = 0; id <= SUBFLOWS; ++id)
        {
            NS_TEST_EXPECT_MSG_GT(m_octets[id], 0, "subflow " << id << " has carried nothing");
        }
        NS_TEST_EXPECT_MSG_EQ(m_octets.size(), SUBFLOWS + 1, "identifiers");
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /** @param connection whose decisions and transmissions are compared */
    void Follow(Ptr<MptcpSocketBase> connection);

    /** @param truth what should hold @param what complaint if it does not */
    void Check(bool truth, const std::string& what)
    {
        if (!truth && m_complaint.empty())
        {
            m_complaint = what;
        }
    }

    /** @param story where the client opens a subflow */
    void Open(const MptcpStory& story)
    {
        const int result = story.GetClient()->RequestSubflow(
            story.topology.GetAddress(MptcpTopologyHelper::CLIENT, 1),
            story.topology.GetSocketAddress(MptcpTopologyHelper::SERVER, 1, 5000));
        Check(result == 0, "no subflow: " + story.GetClient()->GetErrorText());
    }

    /** @param story where the client ends its last subflow @param reset by RST */
    void End(const MptcpStory& story, bool reset)
    {
        const auto connection = story.GetClient();
        const uint32_t id = connection->GetSubflows().back()->GetSubflowId();
        Check(id > 0, "no subflow to end");
        const int result = reset ? connection->ResetSubflow(id, MPTCP_RST_PERFORMANCE)
                                 : connection->TerminateSubflow(id);
        Check(result == 0, "not ended: " + connection->GetErrorText());
    }

    /** @param id identifier of the subflow @param dsn first octet @param size octets @param again
     */
    void OnSent(uint32_t id, uint64_t dsn, uint32_t size, bool again)
    {
        std::set<uint32_t>& carriers = m_carriers[dsn];
        Check(again || carriers.empty(), "sent for the first time twice");
        for (const MptcpSubflowView& subflow : m_asked)
        {
            const bool carried = carriers.count(subflow.id) > 0;
            Check(!again || subflow.carried == carried,
                  "subflow " + std::to_string(subflow.id) + (carried ? " has" : " has not") +
                      " carried " + std::to_string(dsn));
        }
        carriers.insert(id);
        m_octets[id] += size;
    }

    Use m_use;                                         ///< how the connection is used
    std::vector<MptcpSubflowView> m_asked;             ///< of the last question to reinject
    std::map<uint64_t, std::set<uint32_t>> m_carriers; ///< subflows by DSN, without those ended
    std::map<uint32_t, uint64_t> m_octets;             ///< octets carried by subflow
    std::string m_complaint;                           ///< the first thing that is wrong
    friend class AskedScheduler;
};

/** Notes what a scheduler is shown before another one decides. */
class AskedScheduler : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::MptcpAskedScheduler")
                                .SetParent<MptcpScheduler>()
                                .SetGroupName("Mptcp")
                                .AddConstructor<AskedScheduler>();
        return tid;
    }

    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override
    {
        if (!m_inner)
        {
            ObjectFactory factory;
            factory.SetTypeId(s_test->m_use.scheduler);
            m_inner = factory.Create<MptcpScheduler>();
        }
        // A scheduler that repeats has no question of its own for what it repeats.
        s_test->m_asked = reinject ? view.subflows : std::vector<MptcpSubflowView>();
        return m_inner->Select(view, reinject);
    }

    static ManySubflowsTestCase* s_test; ///< the test that runs

  private:
    Ptr<MptcpScheduler> m_inner; ///< decides
};

ManySubflowsTestCase* AskedScheduler::s_test = nullptr;

NS_OBJECT_ENSURE_REGISTERED(AskedScheduler);

void
ManySubflowsTestCase::Follow(Ptr<MptcpSocketBase> connection)
{
    AskedScheduler::s_test = this;
    connection->SetAttribute("Scheduler", TypeIdValue(AskedScheduler::GetTypeId()));
    connection->SetSubflowStart(MptcpSubflowStart::NEVER);
    connection->TraceConnectWithoutContext(
        "DataSent",
        Callback<void, uint32_t, uint64_t, uint32_t, bool>(
            [this](uint32_t id, uint64_t dsn, uint32_t size, bool again) {
                OnSent(id, dsn, size, again);
            }));
    connection->TraceConnectWithoutContext(
        "SubflowClosed",
        Callback<void, Ptr<MptcpSubflow>>([this](Ptr<MptcpSubflow> subflow) {
            for (auto& [dsn, carriers] : m_carriers)
            {
                carriers.erase(subflow->GetSubflowId());
            }
        }));
    connection->TraceConnectWithoutContext(
        "DataAck",
        Callback<void, uint64_t, uint32_t>([this](uint64_t dsn, uint32_t) {
            m_carriers.erase(m_carriers.begin(), m_carriers.lower_bound(dsn));
        }));
}

/**
 * @ingroup mptcp-test
 * Suite of connections with many subflows in their life.
 */
class MptcpManySubflowsTestSuite : public TestSuite
{
  public:
    MptcpManySubflowsTestSuite()
        : TestSuite("mptcp-many-subflows", Type::SYSTEM)
    {
        Add({"one after the other", MptcpSchedulerMinRtt::GetTypeId()});
        Add({"one after the other, opportunistic", MptcpSchedulerMinRtt::GetTypeId(), true});
        Add({"one after the other, Linux's scheduler", MptcpSchedulerLinux::GetTypeId()});
        Add({"one after the other, redundant", MptcpSchedulerRedundant::GetTypeId()});
    }

  private:
    /** @param use a use */
    void Add(const Use& use)
    {
        AddTestCase(new ManySubflowsTestCase(use));
    }
};

MptcpManySubflowsTestSuite g_mptcpManySubflowsTestSuite; ///< the suite

} // namespace
