/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The data plane beyond plain scheduling: opportunistic retransmission and penalization, buffers
 * that grow, stale subflows, redundant schedulers.
 */

#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/mptcp-scheduler.h"
#include "ns3/simulator.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <string>

using namespace ns3;

namespace
{

/** Sends each segment on every subflow that has room. */
class EveryPath : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::MptcpTestEveryPath")
                                .SetParent<MptcpScheduler>()
                                .SetGroupName("Mptcp")
                                .AddConstructor<EveryPath>();
        return tid;
    }

    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override
    {
        return {GetEligible(view, reinject)};
    }
};

NS_OBJECT_ENSURE_REGISTERED(EveryPath);

/** What a transfer came to. */
struct Outcome
{
    bool complete{false};      ///< all octets, in order, both ends closed
    double seconds{0};         ///< time of the last octet at the server
    uint64_t reinjected{0};    ///< octets given to a second subflow
    uint64_t stale{0};         ///< SubflowStale of the client
    uint64_t recovered{0};     ///< SubflowRecover of the client
    uint32_t penalized{0};     ///< times that the client has halved a congestion window
    uint32_t receiveBuffer{0}; ///< of the server's connection in the end
    std::string story;         ///< for messages
};

/**
 * Run a transfer from the client to the server.
 *
 * @param bytes octets
 * @param prepare last touches to the story, before it starts
 * @param events what happens later
 * @param until simulated time
 * @return what happened
 */
Outcome
Transfer(uint64_t bytes,
         void (*prepare)(MptcpStory&),
         void (*events)(MptcpStory&) = nullptr,
         Time until = Seconds(300))
{
    MptcpStory story;
    story.up = bytes;
    prepare(story);
    story.Start();
    Outcome outcome;
    const auto penalized = [&outcome](Ptr<MptcpSubflow>, uint32_t before, uint32_t after) {
        outcome.penalized += after < before ? 1 : 0;
    };
    story.topology.GetClient()->GetObject<MptcpStack>()->TraceConnectWithoutContext(
        "ConnectionCreated",
        Callback<void, Ptr<MptcpSocketBase>>([penalized](Ptr<MptcpSocketBase> connection) {
            connection->TraceConnectWithoutContext(
                "SubflowPenalized",
                Callback<void, Ptr<MptcpSubflow>, uint32_t, uint32_t>(penalized));
        }));
    if (events)
    {
        events(story);
    }
    story.Run(until);
    outcome.complete = story.IsComplete();
    outcome.seconds = story.server.lastRead.GetSeconds();
    outcome.reinjected = story.GetClient()->GetBytesReinjected();
    outcome.stale = story.GetClientCounter("SubflowStale");
    outcome.recovered = story.GetClientCounter("SubflowRecover");
    UintegerValue size;
    story.GetServer()->GetAttribute("RcvBufSize", size);
    outcome.receiveBuffer = size.Get();
    outcome.story = story.Describe();
    return outcome;
}

/** A fast path and a slow one with a deep queue: head-of-line blocking. @param story story */
void
MakeUnequal(MptcpStory& story)
{
    story.topology.SetDataRate(0, DataRate("10Mbps"));
    story.topology.SetDelay(0, MilliSeconds(5));
    story.topology.SetDataRate(1, DataRate("1Mbps"));
    story.topology.SetDelay(1, MilliSeconds(200));
}

/** Sets an attribute of connections. @param name name @param value value */
void
SetSocket(const std::string& name, const AttributeValue& value)
{
    Config::SetDefault("ns3::MptcpSocketBase::" + name, value);
}

/** A test case that puts attributes back. */
class DataTestCase : public TestCase
{
  public:
    /** @param name what it shows @param run the test */
    DataTestCase(const std::string& name, void (*run)(DataTestCase&))
        : TestCase(name),
          m_run(run)
    {
    }

    /** @param truth what should hold @param what complaint if it does not */
    void Check(bool truth, const std::string& what)
    {
        NS_TEST_EXPECT_MSG_EQ(truth, true, what);
    }

  private:
    void DoRun() override
    {
        m_run(*this);
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    void (*m_run)(DataTestCase&); ///< the test
};

void
SmallWindow(DataTestCase& test)
{
    constexpr uint64_t BYTES = 6000000;
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(40000));
    const Outcome plain = Transfer(BYTES, MakeUnequal);
    SetSocket("OpportunisticRetransmission", BooleanValue(true));
    const Outcome opportunistic = Transfer(BYTES, MakeUnequal);
    SetSocket("Penalization", BooleanValue(true));
    const Outcome both = Transfer(BYTES, MakeUnequal);
    for (const Outcome* outcome : {&plain, &opportunistic, &both})
    {
        test.Check(outcome->complete, outcome->story);
    }
    test.Check(plain.reinjected == 0, "data sent again without M1");
    test.Check(opportunistic.reinjected > 0, "M1 did nothing");
    test.Check(opportunistic.penalized == 0 && both.penalized > 0, "who is penalized");
    const std::string times = "without " + std::to_string(plain.seconds) + " s, M1 " +
                              std::to_string(opportunistic.seconds) + " s, M1 and M2 " +
                              std::to_string(both.seconds) + " s";
    test.Check(opportunistic.seconds < plain.seconds, times);
    test.Check(both.seconds < plain.seconds, times);
    test.Check(both.reinjected < opportunistic.reinjected,
               "M2 does not spare M1 work: " + std::to_string(both.reinjected) + " octets, " +
                   std::to_string(opportunistic.reinjected) + " without");
}

void
GrowingBuffers(DataTestCase& test)
{
    constexpr uint64_t BYTES = 6000000;
    const auto prepare = [](MptcpStory& story) {
        for (const uint32_t path : {0U, 1U})
        {
            story.topology.SetDataRate(path, DataRate("20Mbps"));
            story.topology.SetDelay(path, MilliSeconds(40));
            // Only buffers are to limit: with losses the result is that of TCP's recovery.
            story.topology.SetQueueSize(path, QueueSize("10000p"));
        }
    };
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(32768));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(32768));
    const Outcome set = Transfer(BYTES, prepare);
    Config::Reset();
    SetSocket("AutoTune", BooleanValue(false));
    const Outcome fixed = Transfer(BYTES, prepare);
    SetSocket("AutoTune", BooleanValue(true));
    const Outcome tuned = Transfer(BYTES, prepare);
    SetSocket("MaxRcvBufSize", UintegerValue(200000));
    const Outcome bounded = Transfer(BYTES, prepare);
    test.Check(set.complete && fixed.complete && tuned.complete && bounded.complete, tuned.story);
    test.Check(set.receiveBuffer == 32768, "a buffer that was set has grown");
    test.Check(fixed.receiveBuffer == 131072, "a fixed buffer has grown");
    test.Check(tuned.receiveBuffer > 4 * 131072, "the buffer has not grown");
    test.Check(bounded.receiveBuffer == 200000, "the limit is not met");
    test.Check(tuned.seconds * 3 < fixed.seconds * 2 && fixed.seconds * 3 < set.seconds,
               "set " + std::to_string(set.seconds) + " s, fixed " + std::to_string(fixed.seconds) +
                   " s, tuned " + std::to_string(tuned.seconds) + " s");
}

void
StaleSubflow(DataTestCase& test)
{
    const auto prepare = [](MptcpStory&) {};
    const auto events = [](MptcpStory& story) {
        story.topology.CutPath(1, Seconds(1), Seconds(9));
    };
    Config::SetDefault("ns3::MptcpStack::StaleLossCnt", UintegerValue(2));
    const Outcome stale = Transfer(14000000, prepare, events);
    test.Check(stale.complete, stale.story);
    test.Check(stale.stale == 1, "the path is not found stale");
    test.Check(stale.recovered == 1, "the path does not recover");
    Config::SetDefault("ns3::MptcpStack::StaleLossCnt", UintegerValue(0));
    const Outcome never = Transfer(14000000, prepare, events);
    test.Check(never.complete && never.stale == 0, "stale although that is off");
}

void
Redundant(DataTestCase& test)
{
    constexpr uint64_t BYTES = 1000000;
    SetSocket("Scheduler", TypeIdValue(EveryPath::GetTypeId()));
    const Outcome outcome = Transfer(BYTES, [](MptcpStory& story) {
        story.topology.SetLossRate(0, 0.02);
        story.topology.SetLossRate(1, 0.02);
    });
    test.Check(outcome.complete, outcome.story);
    // The buffer, which is smaller than the initial windows, is what limits: both paths have room.
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(8192));
    const Outcome roomy = Transfer(BYTES, [](MptcpStory&) {});
    test.Check(roomy.complete, roomy.story);
    test.Check(roomy.reinjected > BYTES / 2,
               std::to_string(roomy.reinjected) + " octets went twice, and both paths had room");
}

void
WrapOfShortDsns(DataTestCase& test)
{
    constexpr uint64_t BYTES = 3'000'000;
    // Keys whose first DSN is less than 1.5 MB below a multiple of 2^32.
    const auto choose = [](Ptr<MptcpStack> stack) {
        for (int64_t stream = 1000;; ++stream)
        {
            const Ptr<MptcpStack> twin = CreateObject<MptcpStack>();
            twin->AssignStreams(stream);
            const uint64_t key = twin->NewKey(MptcpVersion::V1).value_or(0);
            const auto low = static_cast<uint32_t>(DeriveMptcpKey(key, MptcpVersion::V1).idsn);
            if (low > UINT32_MAX - 1'500'000)
            {
                stack->AssignStreams(stream);
                return;
            }
        }
    };
    for (const bool lossy : {false, true})
    {
        MptcpStory story;
        story.up = BYTES;
        story.down = BYTES;
        for (const uint32_t path : {0U, 1U})
        {
            story.topology.SetLossRate(path, lossy ? 0.01 : 0, lossy ? 0.01 : 0);
        }
        story.topology.SetDelay(1, MilliSeconds(30)); // old DSNs come after new ones
        story.Start();
        for (const auto& node : {story.topology.GetClient(), story.topology.GetServer()})
        {
            const auto stack = node->GetObject<MptcpStack>();
            stack->SetAttribute("Dsn32", BooleanValue(true));
            choose(stack);
        }
        story.Run(Seconds(300));
        test.Check(story.IsComplete(), story.Describe());
        for (const auto& connection : {story.GetClient(), story.GetServer()})
        {
            const uint64_t first = connection->GetLocalIdsn() + 1;
            test.Check(first >> 32 != (first + BYTES) >> 32, "the DSNs do not wrap");
            test.Check(!connection->IsFallback(), "a fallback");
        }
    }
}

/** The suite. */
class MptcpDataTestSuite : public TestSuite
{
  public:
    MptcpDataTestSuite()
        : TestSuite("mptcp-data", Type::SYSTEM)
    {
        AddTestCase(new DataTestCase("opportunistic retransmission, penalization", SmallWindow));
        AddTestCase(new DataTestCase("buffers grow", GrowingBuffers));
        AddTestCase(new DataTestCase("stale subflow", StaleSubflow));
        AddTestCase(new DataTestCase("redundant scheduler", Redundant));
        AddTestCase(new DataTestCase("DSNs of 32 bits wrap", WrapOfShortDsns));
    }
};

/// Registers the suite.
MptcpDataTestSuite g_mptcpDataTestSuite;

} // namespace
