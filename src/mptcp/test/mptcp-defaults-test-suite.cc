/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * What an application gets that sets nothing, and what its user is told: buffers that grow,
 * segments that are full, a simulation that ends when nothing is left to do, and settings without
 * effect.
 */

#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/mptcp-notice.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/node.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

/** One case: a function that gets the test to complain to. */
class DefaultsCase : public TestCase
{
  public:
    /** @param name what is shown @param body what is done */
    DefaultsCase(const std::string& name, const std::function<void(DefaultsCase&)>& body)
        : TestCase(name),
          m_body(body)
    {
    }

    /** @param truth what has to hold @param what else: the complaint */
    void Check(bool truth, const std::string& what)
    {
        NS_TEST_EXPECT_MSG_EQ(truth, true, what);
    }

  private:
    void DoRun() override
    {
        m_body(*this);
    }

    void DoTeardown() override
    {
        MptcpNotice::SetSink({});
        Config::Reset();
    }

    std::function<void(DefaultsCase&)> m_body; ///< what is done
};

// ---- Buffers ----

/** @param mptcp over both paths; else stock TCP over one @return seconds for 8 MB */
double
TimeTransfer(bool mptcp)
{
    MptcpStory story(2);
    story.clientMptcp = mptcp;
    story.serverMptcp = mptcp;
    for (const uint32_t path : {0U, 1U})
    {
        story.topology.SetDataRate(path, DataRate("10Mbps"));
        story.topology.SetDelay(path, MilliSeconds(50));
    }
    story.up = 8'000'000;
    story.Start();
    story.Run(Seconds(100));
    return story.IsComplete() ? story.server.lastRead.GetSeconds() : 100;
}

void
TwoPathsAreFaster(DefaultsCase& test)
{
    const double tcp = TimeTransfer(false);
    const double mptcp = TimeTransfer(true);
    // Buffers that never limit: those that grow must do as well. How long both take is LIA's
    // matter, which is slower than the CUBIC of stock TCP to use a path.
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(4 << 20));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(6 << 20));
    const double ample = TimeTransfer(true);
    test.Check(mptcp < tcp && mptcp < 1.1 * ample,
               "TCP " + std::to_string(tcp) + " s, MPTCP " + std::to_string(mptcp) +
                   " s, with ample buffers " + std::to_string(ample) + " s");
}

// ---- Reading ----

void
LoopReadsToTheEnd(DefaultsCase& test)
{
    // As many programs read: until Recv returns nothing, without a look at the size.
    constexpr uint32_t OCTETS = 10'000;
    for (const std::string factory : {"ns3::TcpSocketFactory", "ns3::MptcpSocketFactory"})
    {
        MptcpTopologyHelper topology(2);
        topology.Build();
        MptcpStackHelper().Install(topology.GetNodes());
        const TypeId type = TypeId::LookupByName(factory);
        uint32_t read = 0;
        uint32_t empty = 0;
        uint32_t closed = 0;
        const auto receive = [&](Ptr<Socket> socket) {
            while (const Ptr<Packet> packet = socket->Recv())
            {
                read += packet->GetSize();
                empty += packet->GetSize() == 0 ? 1 : 0;
                if (empty > 0)
                {
                    return;
                }
            }
        };
        const auto accept = [&](Ptr<Socket> socket, const Address&) {
            const Callback<void, Ptr<Socket>> count([&](Ptr<Socket>) { ++closed; });
            socket->SetRecvCallback(Callback<void, Ptr<Socket>>(receive));
            socket->SetCloseCallbacks(count, MakeNullCallback<void, Ptr<Socket>>());
        };
        const Ptr<Socket> server = Socket::CreateSocket(topology.GetServer(), type);
        server->Bind(InetSocketAddress(Ipv4Address::GetAny(), 80));
        server->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                  Callback<void, Ptr<Socket>, const Address&>(accept));
        server->Listen();
        const Ptr<Socket> client = Socket::CreateSocket(topology.GetClient(), type);
        Simulator::Schedule(Seconds(0.1), [&] {
            client->Connect(topology.GetSocketAddress(MptcpTopologyHelper::SERVER, 0, 80));
            client->Send(Create<Packet>(OCTETS));
            client->Close();
        });
        Simulator::Stop(Seconds(10));
        Simulator::Run();
        test.Check(read == OCTETS, factory + ": " + std::to_string(read) + " octets");
        test.Check(empty == 0, factory + ": the receive callback reads an end");
        test.Check(closed == 1, factory + ": " + std::to_string(closed) + " close callbacks");
        Simulator::Destroy();
    }
}

// ---- Segments ----

void
SegmentsAreFull(DefaultsCase& test)
{
    // The payload of a frame of stock TCP at a time, which is more than a segment of MPTCP takes.
    constexpr uint32_t WRITE = 1448;
    constexpr uint64_t OCTETS = 4'000'000;
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(WRITE));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(65536));
    MptcpTopologyHelper topology(2);
    topology.Build();
    MptcpStackHelper stacks;
    stacks.Install(topology.GetNodes());
    const std::string factory = "ns3::MptcpSocketFactory";
    PacketSinkHelper sink(factory, InetSocketAddress(Ipv4Address::GetAny(), 80));
    const auto server = DynamicCast<PacketSink>(sink.Install(topology.GetServer()).Get(0));
    BulkSendHelper bulk(factory, topology.GetSocketAddress(MptcpTopologyHelper::SERVER, 0, 80));
    bulk.SetAttribute("SendSize", UintegerValue(WRITE));
    bulk.SetAttribute("MaxBytes", UintegerValue(OCTETS));
    bulk.Install(topology.GetClient()).Start(Seconds(0.1));
    uint32_t segments = 0;
    uint32_t small = 0;
    topology.GetClient()->GetObject<MptcpStack>()->TraceConnectWithoutContext(
        "ConnectionCreated",
        Callback<void, Ptr<MptcpSocketBase>>([&](Ptr<MptcpSocketBase> connection) {
            connection->TraceConnectWithoutContext(
                "DataSent",
                Callback<void, uint32_t, uint64_t, uint32_t, bool>(
                    [&](uint32_t, uint64_t, uint32_t size, bool) {
                        ++segments;
                        small += size < WRITE / 2 ? 1 : 0;
                    }));
        }));
    Simulator::Stop(Seconds(60));
    Simulator::Run();
    const uint64_t received = server->GetTotalRx();
    Simulator::Destroy();
    test.Check(received == OCTETS, std::to_string(received) + " octets have arrived");
    test.Check(small * 100 < segments,
               std::to_string(small) + " of " + std::to_string(segments) + " segments are small");
}

// ---- The end of a simulation ----

void
IdleSimulationEnds(DefaultsCase& test)
{
    // Each path has a subnet of its own: two pairs of addresses have no route and never will.
    MptcpStory story(2);
    story.up = 100'000;
    story.client.KeepOpen();
    story.server.KeepOpen();
    story.Start();
    Simulator::Run(); // nothing stops it
    test.Check(story.server.received == story.up, "the data has not arrived");
    test.Check(Simulator::Now() < Seconds(300),
               "the last event was at " + std::to_string(Simulator::Now().GetSeconds()) + " s");
    test.Check(story.GetClient() && story.GetClient()->GetState() == MptcpState::ESTABLISHED,
               "the connection has ended");
}

void
AttemptsComeWithData(DefaultsCase& test)
{
    // Path 1 is cut when the connection begins, and comes back while the connection is idle.
    MptcpStory story(2);
    story.up = 10'000;
    story.client.KeepOpen();
    story.server.KeepOpen();
    story.Start();
    story.topology.CutPath(1, Seconds(0), Seconds(1000));
    uint32_t before = 0;
    Simulator::Schedule(Seconds(1999), [&] {
        before = static_cast<uint32_t>(story.GetClient()->GetSubflows().size());
        story.client.socket->Send(Create<Packet>(1000));
    });
    story.Run(Seconds(2010));
    test.Check(before == 1, std::to_string(before) + " subflows before the data");
    test.Check(story.GetClient()->GetSubflows().size() == 2, "no attempt with the data");
}

// ---- After a pause ----

/** @param slow attribute SlowStartAfterIdle @return octets of the window that follows a pause */
uint32_t
GetWindowAfterPause(bool slow)
{
    Config::SetDefault("ns3::MptcpSocketBase::SlowStartAfterIdle", BooleanValue(slow));
    MptcpStory story(1);
    story.topology.SetDataRate(0, DataRate("100Mbps"));
    story.up = 1'000'000;
    story.client.KeepOpen();
    story.server.KeepOpen();
    story.Start();
    uint32_t window = 0;
    Simulator::Schedule(Seconds(30), [&] { story.client.socket->Send(Create<Packet>(50'000)); });
    Simulator::Schedule(Seconds(30) + MilliSeconds(1), [&] {
        window = story.GetClient()->GetSubflows().front()->GetTcb()->m_cWnd.Get();
    });
    story.Run(Seconds(31));
    return window;
}

void
WindowAfterPause(DefaultsCase& test)
{
    const uint32_t old = GetWindowAfterPause(false);
    const uint32_t fresh = GetWindowAfterPause(true);
    test.Check(old > 20 * 536, "as stock TCP: " + std::to_string(old) + " octets");
    test.Check(fresh > 4000 && fresh <= 10 * 536,
               "the initial window: " + std::to_string(fresh) + " octets");
}

// ---- Settings without effect ----

/** @return what the user is told in a simulation with two connections, one after the other */
std::vector<std::string>
ListNotices()
{
    std::vector<std::string> told;
    MptcpNotice::SetSink([&told](const std::string& text) { told.push_back(text); });
    MptcpStory story(1);
    story.up = 1000;
    story.Start();
    story.Run(Seconds(1));
    return told;
}

void
IgnoredController(DefaultsCase& test)
{
    test.Check(ListNotices().empty(), "a notice for nothing");
    Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::TcpBbr"));
    const auto told = ListNotices();
    test.Check(told.size() == 1 && told[0].find("ns3::TcpBbr") != std::string::npos &&
                   told[0].find("ns3::MptcpLia") != std::string::npos &&
                   told[0].find("ns3::MptcpSocketBase::CongestionControl") != std::string::npos,
               "the user is not told once: " + std::to_string(told.size()));
    test.Check(ListNotices().size() == 1, "not told in the next simulation");
    // Who names the controller of MPTCP, if only the usual one, knows.
    Config::SetDefault("ns3::MptcpSocketBase::CongestionControl", StringValue("ns3::MptcpLia"));
    test.Check(ListNotices().empty(), "told though the controller was chosen");
}

/** @param helper what installs MPTCP on a node @return what the user is told */
std::vector<std::string>
ListNotices(const MptcpStackHelper& helper)
{
    std::vector<std::string> told;
    MptcpNotice::SetSink([&told](const std::string& text) { told.push_back(text); });
    const Ptr<Node> node = CreateObject<Node>();
    InternetStackHelper().Install(node);
    helper.Install(node);
    Simulator::Destroy();
    return told;
}

void
ProfileOutweighs(DefaultsCase& test)
{
    MptcpStackHelper helper;
    helper.SetProfile("Linux");
    test.Check(ListNotices(helper).empty(), "a notice for nothing");
    // As with --ns3::... on the command line of a program.
    const std::string attribute = "ns3::MptcpSocketBase::CongestionControl";
    Config::SetDefault(attribute, StringValue("ns3::TcpVegas"));
    Config::SetDefault("ns3::MptcpStack::LimitSubflows", StringValue("5"));
    Config::SetDefault("ns3::MptcpSocketBase::AutoTune", StringValue("true")); // as the profile
    const auto told = ListNotices(helper);
    test.Check(told.size() == 2, std::to_string(told.size()) + " notices");
    test.Check(told.size() > 1 &&
                   told[0].find("profile Linux has ns3::MptcpStack::LimitSubflows=2") == 0 &&
                   told[0].find("MptcpStackHelper::Set") != std::string::npos &&
                   told[1].find(attribute + "=ns3::TcpCubic") != std::string::npos &&
                   told[1].find("ns3::TcpVegas") != std::string::npos,
               "the notices do not name both values");
    helper.Set("LimitSubflows", UintegerValue(4));
    helper.SetDefault(attribute, StringValue("ns3::TcpVegas"));
    test.Check(ListNotices(helper).empty(), "told though the helper was");
}

/** All of them. */
class MptcpDefaultsTestSuite : public TestSuite
{
  public:
    MptcpDefaultsTestSuite()
        : TestSuite("mptcp-defaults")
    {
        Add("two paths are faster than TCP", TwoPathsAreFaster);
        Add("a loop that reads until there is nothing", LoopReadsToTheEnd);
        Add("segments are full", SegmentsAreFull);
        Add("a simulation ends though a connection is idle", IdleSimulationEnds);
        Add("an idle connection tries again with its next data", AttemptsComeWithData);
        Add("SlowStartAfterIdle", WindowAfterPause);
        Add("a controller of stock TCP is set", IgnoredController);
        Add("a profile weighs more than a default", ProfileOutweighs);
    }

  private:
    /** @param name of the case @param body what is done */
    void Add(const std::string& name, const std::function<void(DefaultsCase&)>& body)
    {
        AddTestCase(new DefaultsCase(name, body));
    }
};

MptcpDefaultsTestSuite g_mptcpDefaultsTestSuite; ///< registers itself

} // namespace
