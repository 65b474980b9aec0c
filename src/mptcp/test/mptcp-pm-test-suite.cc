/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4.h"
#include "ns3/mptcp-endpoint.h"
#include "ns3/mptcp-path-manager-kernel.h"
#include "ns3/mptcp-path-manager-ndiffports.h"
#include "ns3/mptcp-path-manager-user.h"
#include "ns3/mptcp-pm-commands.h"
#include "ns3/mptcp-pm-event.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/type-id.h"
#include "ns3/uinteger.h"

#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

using Host = MptcpTopologyHelper;

/**
 * @ingroup mptcp-test
 * What one test does: the network stands, nothing has been sent.
 */
class Bench
{
  public:
    /**
     * @param paths number of paths
     * @param pathManager path manager of both hosts
     * @param sourceRouting the interface of the source address, not that to the destination
     */
    Bench(uint32_t paths, const TypeId& pathManager, bool sourceRouting = false)
        : story(paths)
    {
        Config::SetDefault("ns3::MptcpSocketBase::PathManager", TypeIdValue(pathManager));
        story.up = 3000000;
        story.down = 100000;
        story.topology.SetSourceRouting(sourceRouting);
        story.Start();
    }

    /** @param host which @return its stack */
    Ptr<MptcpStack> Stack(Host::Host host) const
    {
        return (host == Host::CLIENT ? story.topology.GetClient() : story.topology.GetServer())
            ->GetObject<MptcpStack>();
    }

    /** @param host which @param path path @return its address there */
    Address At(Host::Host host, uint32_t path) const
    {
        return story.topology.GetAddress(host, path);
    }

    /**
     * @param host which
     * @param path path of the endpoint's address
     * @param flags flags
     * @param port port
     * @return error or ""
     */
    std::string Add(Host::Host host, uint32_t path, uint8_t flags, uint16_t port = 0) const
    {
        MptcpEndpoint endpoint;
        endpoint.address = At(host, path);
        endpoint.flags = flags;
        endpoint.port = port;
        return Stack(host)->GetEndpoints().Add(endpoint);
    }

    /** @param accepted limit of ADD_ADDRs @param subflows limit of subflows, on both hosts */
    void Limits(uint8_t accepted, uint8_t subflows) const
    {
        Stack(Host::CLIENT)->GetEndpoints().SetLimits({accepted, subflows});
        Stack(Host::SERVER)->GetEndpoints().SetLimits({accepted, subflows});
    }

    /** @param seconds when @param action what to do then */
    static void Do(double seconds, std::function<void()> action)
    {
        Simulator::Schedule(Seconds(seconds), std::move(action));
    }

    /** @param names counters of the client @return their values */
    std::string Client(const std::vector<std::string>& names) const
    {
        return Counters(Host::CLIENT, names);
    }

    /** @param names counters of the server @return their values */
    std::string Server(const std::vector<std::string>& names) const
    {
        return Counters(Host::SERVER, names);
    }

    /** @return "syn synack ack" of the joins that the client opened */
    std::string Joins() const
    {
        return Server({"MPJoinSynRx"}) + " " + Client({"MPJoinSynAckRx"}) + " " +
               Server({"MPJoinAckRx"});
    }

    MptcpStory story; ///< hosts and connection

  private:
    /** @param host which @param names counters @return their values */
    std::string Counters(Host::Host host, const std::vector<std::string>& names) const
    {
        std::ostringstream os;
        for (const std::string& name : names)
        {
            os << (os.str().empty() ? "" : " ") << Stack(host)->GetCounter(name);
        }
        return os.str();
    }
};

/**
 * @ingroup mptcp-test
 * One test over a network.
 */
class MptcpPmTestCase : public TestCase
{
  public:
    /** @param name name @param run what it does */
    MptcpPmTestCase(const std::string& name, std::function<void(MptcpPmTestCase&)> run)
        : TestCase(name),
          m_run(std::move(run))
    {
    }

    /** @param actual what is @param expected what should be @param what of what */
    void Is(const std::string& actual, const std::string& expected, const std::string& what)
    {
        NS_TEST_EXPECT_MSG_EQ(actual, expected, what);
    }

    /** @param bench every octet must have arrived, and no reset have been sent */
    void Complete(const Bench& bench)
    {
        NS_TEST_EXPECT_MSG_EQ(bench.story.IsComplete(), true, bench.story.Describe());
        Is(bench.Client({"MPRstTx", "MPRstRx", "MPJoinAckHMacFailure", "MPJoinSynAckHMacFailure"}),
           "0 0 0 0",
           "no reset, no bad proof");
        Is(bench.Client({"MPCurrEstab"}) + bench.Server({"MPCurrEstab"}), "00", "gauges");
    }

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
        m_run(*this);
        Simulator::Destroy();
        Config::Reset();
    }

    std::function<void(MptcpPmTestCase&)> m_run; ///< what it does
};

/** @param t test */
void
SubflowEndpoint(MptcpPmTestCase& t)
{
    Bench b(3, MptcpPathManagerKernel::GetTypeId());
    b.Limits(0, 2);
    b.Add(Host::CLIENT, 1, MPTCP_ENDPOINT_SUBFLOW);
    Bench::Do(0.6, [&] {
        t.Is(b.Joins(), "1 1 1", "from the endpoint");
        b.Add(Host::CLIENT, 2, MPTCP_ENDPOINT_SUBFLOW | MPTCP_ENDPOINT_BACKUP);
    });
    Bench::Do(0.9, [&] {
        t.Is(b.Joins(), "2 2 2", "added in mid-run");
        t.Is(b.Server({"MPJoinSynBackupRx"}), "1", "as a backup");
        b.Stack(Host::CLIENT)->GetEndpoints().SetFlags(2, 0);
        b.Stack(Host::CLIENT)->GetEndpoints().Remove(1);
    });
    Bench::Do(1.2, [&] {
        t.Is(b.Client({"MPPrioTx", "RmAddrTx", "RmSubflow"}), "1 1 1", "what the client sent");
        t.Is(b.Server({"MPPrioRx", "RmAddr", "RmSubflow"}), "1 1 0", "what the server got");
        t.Is(std::to_string(b.story.GetClient()->GetSubflows().size()), "2", "one is gone");
        b.Stack(Host::CLIENT)->GetEndpoints().Flush();
    });
    b.story.Run(Seconds(60));
    t.Is(b.Client({"RmAddrTx", "RmSubflow"}), "1 2", "a flush closes, and withdraws nothing");
    t.Complete(b);
}

/** @param t test */
void
SignalEndpoint(MptcpPmTestCase& t)
{
    Bench b(3, MptcpPathManagerKernel::GetTypeId());
    b.Limits(2, 2);
    t.Is(b.Add(Host::SERVER, 1, MPTCP_ENDPOINT_SIGNAL), "", "an endpoint");
    t.Is(b.Add(Host::SERVER, 2, MPTCP_ENDPOINT_SIGNAL, 10100), "", "and one with a port");
    t.Is(b.Add(Host::SERVER, 2, MPTCP_ENDPOINT_SIGNAL, 10100),
         "endpoint: 10.1.3.2 exists with id 2",
         "twice");
    Bench::Do(0.8, [&] {
        t.Is(b.Client({"AddAddr", "EchoAddTx", "PortAdd", "MPJoinPortSynAckRx"}),
             "2 2 1 1",
             "client");
        t.Is(b.Server({"AddAddrTx", "EchoAdd", "MPJoinPortSynRx", "MPJoinPortAckRx"}),
             "2 2 1 1",
             "server");
        t.Is(b.Joins(), "2 2 2", "both led to a subflow");
        b.Stack(Host::SERVER)->GetEndpoints().Remove(2);
        b.Stack(Host::SERVER)->GetEndpoints().Remove(1);
    });
    b.story.Run(Seconds(60));
    t.Is(b.Server({"RmAddrTx", "RmSubflow", "MismatchPortSynRx"}), "2 2 0", "withdrawn");
    t.Is(b.Client({"RmAddr", "RmAddrDrop"}), "2 0", "and heard");
    t.Complete(b);
}

/** @param t test */
void
Limits(MptcpPmTestCase& t)
{
    Bench b(3, MptcpPathManagerKernel::GetTypeId());
    b.Limits(0, 2);
    b.Stack(Host::SERVER)->GetEndpoints().SetLimits({0, 1});
    b.Add(Host::CLIENT, 1, MPTCP_ENDPOINT_SUBFLOW);
    b.Add(Host::CLIENT, 2, MPTCP_ENDPOINT_SUBFLOW);
    b.story.Run(Seconds(60));
    t.Is(b.Joins(), "2 2 1", "the server admits one");
    t.Is(b.Server({"MPJoinRejected"}), "1", "and resets the other one");
    t.Is(std::to_string(b.story.IsComplete()), "1", b.story.Describe());
}

/** @param t test */
void
Faults(MptcpPmTestCase& t)
{
    Bench b(2, MptcpPathManagerKernel::GetTypeId());
    b.Limits(2, 2);
    MptcpEndpoint endpoint;
    endpoint.address = Ipv4Address("10.99.0.1");
    endpoint.flags = MPTCP_ENDPOINT_SIGNAL;
    endpoint.port = 10100;
    t.Is(b.Stack(Host::SERVER)->GetEndpoints().Add(endpoint),
         "endpoint: the node has no address 10.99.0.1 to listen on",
         "a listener needs the address");
    endpoint.port = 0;
    endpoint.address = Ipv4Address("224.0.0.1");
    b.Stack(Host::SERVER)->GetEndpoints().Add(endpoint);
    b.Add(Host::SERVER, 1, MPTCP_ENDPOINT_SIGNAL);
    endpoint.address = Ipv4Address("10.99.0.2");
    endpoint.flags = MPTCP_ENDPOINT_SUBFLOW;
    endpoint.id = 0;
    b.Stack(Host::CLIENT)->GetEndpoints().Add(endpoint);
    b.story.Run(Seconds(60));
    t.Is(b.Client({"MPJoinSynTxBindErr", "MPJoinSynTxConnectErr", "MPJoinSynTx"}),
         "1 1 1",
         "an address that the client lacks, one that is no host, and a good one");
    t.Is(b.Joins(), "1 1 1", "the good one works");
    t.Complete(b);
}

/** @param t test */
void
InitialEndpoint(MptcpPmTestCase& t)
{
    Bench b(2, MptcpPathManagerKernel::GetTypeId());
    b.Limits(0, 2);
    b.Add(Host::CLIENT, 0, MPTCP_ENDPOINT_SUBFLOW | MPTCP_ENDPOINT_BACKUP);
    b.Add(Host::CLIENT, 1, MPTCP_ENDPOINT_SUBFLOW);
    Bench::Do(0.7, [&] {
        t.Is(b.Client({"MPPrioTx"}) + b.Server({"MPPrioRx"}), "11", "told by MP_PRIO");
        t.Is(b.Joins(), "1 1 1", "the other endpoint");
        b.Stack(Host::CLIENT)->GetEndpoints().Remove(0, b.At(Host::CLIENT, 0));
    });
    b.story.Run(Seconds(60));
    t.Is(b.Client({"RmAddrTx", "RmSubflow"}) + b.Server({"RmAddr"}), "1 11", "identifier 0");
    t.Complete(b);
}

/** @param t test */
void
LostInterface(MptcpPmTestCase& t)
{
    Bench b(2, TypeId::LookupByName("ns3::MptcpPathManagerFullMesh"), true);
    const auto subflows = [&b] { return b.story.GetClient()->GetSubflows().size(); };
    Bench::Do(0.7, [&] {
        t.Is(std::to_string(subflows()), "2", "both paths");
        const auto ipv4 = b.story.topology.GetClient()->GetObject<Ipv4>();
        ipv4->SetDown(
            ipv4->GetInterfaceForAddress(Ipv4Address::ConvertFrom(b.At(Host::CLIENT, 1))));
    });
    Bench::Do(0.71, [&] {
        t.Is(std::to_string(subflows()), "1", "noticed at once");
        t.Is(b.Client({"RmAddrTx"}), "1", "and withdrawn");
    });
    Bench::Do(0.9, [&] {
        t.Is(std::to_string(b.story.GetServer()->GetSubflows().size()), "2", "closing here");
        const auto ipv4 = b.story.topology.GetClient()->GetObject<Ipv4>();
        ipv4->SetUp(ipv4->GetInterfaceForAddress(Ipv4Address::ConvertFrom(b.At(Host::CLIENT, 1))));
    });
    Bench::Do(1.1, [&] { t.Is(std::to_string(subflows()), "2", "and is back"); });
    b.story.Run(Seconds(90));
    t.Is(std::to_string(b.story.IsComplete()), "1", b.story.Describe());
}

/** @param b bench @param path path @param up the client's interface there goes up, or down */
void
SwitchInterface(const Bench& b, uint32_t path, bool up)
{
    const auto ipv4 = b.story.topology.GetClient()->GetObject<Ipv4>();
    const int32_t interface =
        ipv4->GetInterfaceForAddress(Ipv4Address::ConvertFrom(b.At(Host::CLIENT, path)));
    up ? ipv4->SetUp(interface) : ipv4->SetDown(interface);
}

/** @param t test */
void
LostEndpoint(MptcpPmTestCase& t)
{
    Config::SetDefault("ns3::MptcpPathManagerKernel::WithdrawLostAddresses", BooleanValue(true));
    Bench b(3, MptcpPathManagerKernel::GetTypeId());
    b.Add(Host::CLIENT, 1, MPTCP_ENDPOINT_SUBFLOW);
    const auto subflows = [&b] {
        return std::to_string(b.story.GetClient()->GetSubflows().size());
    };
    Bench::Do(0.7, [&] {
        t.Is(b.Joins(), "1 1 1", "from the endpoint");
        t.Is(subflows(), "2", "both addresses");
        SwitchInterface(b, 1, false);
        SwitchInterface(b, 2, false); // that of no endpoint
    });
    Bench::Do(0.71, [&] {
        t.Is(subflows(), "1", "noticed at once");
        t.Is(b.Client({"RmAddrTx"}), "1", "and withdrawn");
    });
    Bench::Do(0.9, [&] {
        SwitchInterface(b, 1, true);
        SwitchInterface(b, 2, true);
    });
    Bench::Do(1.1, [&] {
        t.Is(b.Joins(), "2 2 2", "and is back");
        t.Is(std::to_string(b.Stack(Host::CLIENT)->GetEndpoints().GetAll().size()),
             "1",
             "an address that comes up is no endpoint");
    });
    b.story.Run(Seconds(90));
    t.Is(std::to_string(b.story.IsComplete()), "1", b.story.Describe());
}

/** @param t test */
void
FailedEndpoint(MptcpPmTestCase& t)
{
    for (const bool again : {false, true})
    {
        Config::SetDefault("ns3::MptcpPathManagerKernel::RetryDelay",
                           TimeValue(MilliSeconds(again ? 200 : 0)));
        Bench b(2, MptcpPathManagerKernel::GetTypeId());
        b.Add(Host::CLIENT, 1, MPTCP_ENDPOINT_SUBFLOW);
        Bench::Do(0.6, [&] {
            b.story.GetClient()->GetSubflows().back()->ResetSubflow(MPTCP_RST_UNSPECIFIED);
        });
        Bench::Do(0.75, [&] { t.Is(b.Joins(), "1 1 1", "not at once"); });
        Bench::Do(1, [&] {
            t.Is(b.Joins(), again ? "2 2 2" : "1 1 1", "again, if asked for; Linux never");
        });
        b.story.Run(Seconds(60));
        t.Is(std::to_string(b.story.IsComplete()), "1", b.story.Describe());
    }
}

/** @param t test */
void
NothingButAttempts(MptcpPmTestCase& t)
{
    // Two joins that nobody answers are tried again and again; the last subflow that stood is gone.
    Bench b(3, TypeId::LookupByName("ns3::MptcpPathManagerFullMesh"), true);
    b.story.topology.CutPath(1, Seconds(0));
    b.story.topology.CutPath(2, Seconds(0));
    b.story.topology.CutPath(0, Seconds(0.5));
    b.story.server.KeepOpen();
    Bench::Do(0.6, [&] {
        b.story.GetClient()->GetSubflows().front()->ResetSubflow(MPTCP_RST_UNSPECIFIED);
    });
    Bench::Do(59, [&] { t.Is(std::to_string(b.story.client.failed), "0", "it may come back"); });
    b.story.Run(Seconds(400));
    t.Is(std::to_string(b.story.client.failed), "1", "CloseTimeout: an error is reported");
    t.Is(b.Client({"MPCurrEstab"}), "0", "gauge");
}

/** @param t test */
void
JoinAfterClose(MptcpPmTestCase& t)
{
    // The client has closed, and the server vanishes before it says its end: a join that came to
    // stand in between must not keep the client waiting.
    Config::SetDefault("ns3::MptcpSocketBase::PathManager",
                       StringValue("ns3::MptcpPathManagerFullMesh"));
    MptcpStory story(2);
    story.topology.SetDelay(1, MilliSeconds(60));
    story.up = 1000;
    story.down = 1000;
    story.client.KeepOpen();
    story.server.KeepOpen();
    story.Start();
    story.topology.CutPath(0, Seconds(1));
    story.topology.CutPath(1, Seconds(1));
    Bench::Do(0.2, [&] { story.client.socket->Close(); });
    Bench::Do(0.25, [&] {
        t.Is(std::to_string(story.GetClient()->GetState() == MptcpState::FIN_WAIT_2), "1", "state");
        t.Is(std::to_string(story.GetServerCounter("MPJoinAckRx")), "0", "no join yet");
    });
    Bench::Do(0.9, [&] {
        t.Is(std::to_string(story.GetServerCounter("MPJoinAckRx")), "1", "the join stands");
    });
    story.Run(Seconds(100));
    t.Is(std::to_string(story.GetClientCounter("MPCurrEstab")), "0", "the client waits no more");
}

/** @param t test */
void
LostNdiffports(MptcpPmTestCase& t)
{
    // All subflows have the same interface: the connection waits for it.
    Bench b(2, MptcpPathManagerNdiffports::GetTypeId(), true);
    const auto subflows = [&b] {
        return std::to_string(b.story.GetClient()->GetSubflows().size());
    };
    Bench::Do(0.7, [&] {
        t.Is(subflows(), "2", "two ports");
        SwitchInterface(b, 0, false);
    });
    Bench::Do(0.8, [&] { t.Is(subflows(), "0", "noticed at once"); });
    Bench::Do(3, [&] { SwitchInterface(b, 0, true); });
    Bench::Do(5, [&] { t.Is(subflows(), "2", "and are back"); });
    b.story.Run(Seconds(90));
    t.Is(std::to_string(b.story.IsComplete()), "1", b.story.Describe());
}

/** @param t test */
void
Ndiffports(MptcpPmTestCase& t)
{
    Config::SetDefault("ns3::MptcpPathManagerNdiffports::Subflows", UintegerValue(4));
    Bench b(2, MptcpPathManagerNdiffports::GetTypeId());
    std::string ports;
    Bench::Do(0.6, [&] {
        for (const auto& subflow : b.story.GetClient()->GetSubflows())
        {
            const auto name = InetSocketAddress::ConvertFrom(subflow->GetLocalName());
            t.Is(std::to_string(name.GetIpv4() == b.At(Host::CLIENT, 0)), "1", "one address");
            ports += " " + std::to_string(name.GetPort());
        }
    });
    b.story.Run(Seconds(60));
    t.Is(b.Joins(), "3 3 3", "three more subflows");
    t.Is(ports, " 49153 49154 49155 49156", "from different ports");
    t.Complete(b);
}

/** The userspace path manager at both ends, and what its events say. */
struct UserBench : Bench
{
    /** @param paths number of paths */
    explicit UserBench(uint32_t paths)
        : Bench(paths, MptcpPathManagerUser::GetTypeId()),
          client(Stack(Host::CLIENT)),
          server(Stack(Host::SERVER))
    {
    }

    /** @param host whose events to keep */
    void Listen(Host::Host host)
    {
        Stack(host)->TraceConnectWithoutContext(
            "PmEvent",
            Callback<void, const MptcpPmEvent&>([this, host](const MptcpPmEvent& event) {
                std::ostringstream os;
                os << event.type;
                names[host] += (names[host].empty() ? "" : " ") + os.str();
                events[host].push_back(event);
            }));
    }

    MptcpPmCommands client;              ///< commands to the client
    MptcpPmCommands server;              ///< commands to the server
    std::string names[2];                ///< names of the events, by host
    std::vector<MptcpPmEvent> events[2]; ///< events, by host
};

/** @param t test */
void
ClosedByOneSideOnly(MptcpPmTestCase& t)
{
    // The last subflow is closed by command; the path dies, so that the peer's FIN never comes.
    UserBench b(1);
    b.Listen(Host::CLIENT);
    b.Listen(Host::SERVER);
    b.story.up = 1000;
    b.story.client.KeepOpen();
    b.story.server.KeepOpen();
    Bench::Do(0.6, [&] {
        const Ptr<MptcpSubflow> subflow = b.story.GetClient()->GetSubflows().front();
        b.client.DestroySubflow(b.story.GetClient()->GetLocalToken(),
                                subflow->GetLocalName(),
                                subflow->GetRemoteName());
    });
    // After the ACK of the FIN, before the peer's.
    bool cut = false;
    for (int i = 0; i < 5000; ++i)
    {
        Bench::Do(0.6 + i * 1e-5, [&] {
            const auto subflows = b.story.GetClient()->GetSubflows();
            if (!cut && !subflows.empty() &&
                subflows.front()->GetTcpState() == TcpSocket::FIN_WAIT_2)
            {
                cut = true;
                b.story.topology.CutPath(0, Simulator::Now());
            }
        });
    }
    Bench::Do(10, [&] {
        t.Is(std::to_string(cut), "1", "the FIN was acknowledged first");
        t.Is(std::to_string(b.story.GetClient()->GetSubflows().size()), "1", "half closed");
    });
    b.story.Run(Seconds(400));
    t.Is(std::to_string(b.story.client.failed), "1", "an error is reported");
    t.Is(b.Client({"MPCurrEstab"}), "0", "gauge");
}

/** @param t test */
void
User(MptcpPmTestCase& t)
{
    UserBench b(2);
    b.Listen(Host::CLIENT);
    b.Listen(Host::SERVER);
    b.Add(Host::SERVER, 1, MPTCP_ENDPOINT_SIGNAL); // means nothing here
    b.story.up = 4000000;
    b.story.down = 4000000; // the end of a subflow is an event of a connection in M_ESTAB
    const InetSocketAddress local(Ipv4Address::ConvertFrom(b.At(Host::CLIENT, 1)), 30000);
    const InetSocketAddress remote(Ipv4Address::ConvertFrom(b.At(Host::SERVER, 1)), 5000);
    Bench::Do(0.5, [&] {
        const uint32_t token = b.story.GetServer()->GetLocalToken();
        t.Is(b.server.Announce(token + 1, 7, b.At(Host::SERVER, 1)),
             "pm: no connection has the token " + std::to_string(token + 1),
             "unknown token");
        t.Is(b.server.Announce(token, 0, b.At(Host::SERVER, 1)),
             "pm: announce: the id must be 1 to 255",
             "identifier 0");
        t.Is(b.server.Announce(token, 7, b.At(Host::SERVER, 1)), "", "announced");
        t.Is(b.server.Announce(token, 8, b.At(Host::SERVER, 1)),
             "pm: the address and the id 8 do not belong together",
             "another identifier");
    });
    Bench::Do(0.7, [&] {
        t.Is(b.Client({"AddAddr", "EchoAddTx", "MPJoinSynTx"}), "1 1 0", "echoed, not dialed");
        t.Is(b.client.Announce(b.story.GetClient()->GetLocalToken(), 5, b.At(Host::CLIENT, 1)),
             "",
             "announced, too");
    });
    Bench::Do(0.8, [&] {
        t.Is(b.client.CreateSubflow(b.story.GetClient()->GetLocalToken(), 5, local, remote, true),
             "",
             "a subflow");
    });
    Bench::Do(0.9, [&] {
        const uint32_t token = b.story.GetClient()->GetLocalToken();
        t.Is(b.Joins(), "1 1 1", "opened");
        t.Is(b.client.SetBackup(token, local, remote, false), "", "no backup any more");
        t.Is(b.client.SetBackup(token, remote, local, false),
             "pm: set flags: the connection has no such subflow",
             "no such subflow");
    });
    Bench::Do(1.1, [&] {
        const uint32_t token = b.story.GetClient()->GetLocalToken();
        t.Is(b.client.DestroySubflow(token, local, remote), "", "closed");
        t.Is(b.client.DestroySubflow(token, local, remote),
             "pm: destroy: the connection has no such subflow",
             "once");
        t.Is(std::to_string(
                 b.client.CreateSubflow(token, 6, Ipv4Address("10.1.99.1"), remote).empty()),
             "0",
             "an address that the host lacks");
        t.Is(b.client.Remove(token, 6),
             "pm: remove: the connection has no local address with id 6",
             "unknown identifier");
        t.Is(b.server.Remove(b.story.GetServer()->GetLocalToken(), 7), "", "withdrawn");
    });
    Bench::Do(1.6, [&] {
        t.Is(b.client.Remove(b.story.GetClient()->GetLocalToken(), 5), "", "withdrawn, too");
    });
    b.story.Run(Seconds(60));
    t.Is(b.names[Host::CLIENT],
         "CREATED ESTABLISHED ANNOUNCED SUB_ESTABLISHED SUB_CLOSED REMOVED CLOSED",
         "events of the client");
    t.Is(b.names[Host::SERVER],
         "CREATED ESTABLISHED ANNOUNCED SUB_ESTABLISHED SUB_PRIORITY SUB_CLOSED REMOVED CLOSED",
         "events of the server");
    std::ostringstream os;
    for (const std::size_t i : {2, 3})
    {
        MptcpPmEvent event = b.events[Host::CLIENT].at(i);
        event.token = 0;
        os << event << "; ";
    }
    t.Is(os.str(),
         "ANNOUNCED remote=10.1.2.2:5000 rem_id=7; SUB_ESTABLISHED local=10.1.2.1:30000 "
         "remote=10.1.2.2:5000 loc_id=5 rem_id=7 backup=1 if_idx=3; ",
         "attributes");
    t.Is(b.Client({"RmAddr", "RmAddrTx", "RmSubflow", "MPPrioTx"}), "1 1 1 1", "client");
    t.Complete(b);
}

/** @param t test */
void
UserAlone(MptcpPmTestCase& t)
{
    // Nobody listens to the events: the stack must not act by itself.
    UserBench b(2);
    b.Limits(8, 8);
    for (const auto host : {Host::CLIENT, Host::SERVER})
    {
        b.Add(host, 1, MPTCP_ENDPOINT_SIGNAL | MPTCP_ENDPOINT_SUBFLOW);
    }
    const InetSocketAddress remote(Ipv4Address::ConvertFrom(b.At(Host::SERVER, 0)), 5000);
    Bench::Do(0.5, [&] {
        b.client.CreateSubflow(b.story.GetClient()->GetLocalToken(),
                               0,
                               b.At(Host::CLIENT, 1),
                               remote);
        b.client.Announce(b.story.GetClient()->GetLocalToken(), 9, b.At(Host::CLIENT, 1));
    });
    b.story.Run(Seconds(60));
    t.Is(b.Server({"MPJoinRejected", "MPJoinAckRx", "EchoAddTx", "AddAddrTx", "MPJoinSynTx"}),
         "1 0 0 0 0",
         "the server");
    t.Is(std::to_string(b.story.IsComplete()), "1", b.story.Describe());
}

/** @param t test */
void
Keepalive(MptcpPmTestCase& t)
{
    for (const bool checked : {false, true})
    {
        UserBench b(2);
        b.Listen(Host::CLIENT);
        b.Listen(Host::SERVER);
        b.Stack(Host::SERVER)->SetAttribute("RemoveAddrKeepalive", BooleanValue(checked));
        b.story.up = 6000000; // not over before the look at 2.2 s
        b.story.down = 6000000;
        const InetSocketAddress remote(Ipv4Address::ConvertFrom(b.At(Host::SERVER, 1)), 5000);
        Bench::Do(0.5, [&] {
            b.client.CreateSubflow(b.story.GetClient()->GetLocalToken(),
                                   5,
                                   b.At(Host::CLIENT, 1),
                                   remote);
        });
        // The option alone, as an attacker or a mistaken host would send it.
        Bench::Do(0.8, [&] { b.client.Remove(b.story.GetClient()->GetLocalToken(), 5); });
        std::size_t left = 0;
        Bench::Do(2.2, [&] { left = b.story.GetServer()->GetSubflows().size(); });
        b.story.Run(Seconds(60));
        t.Is(b.Server({"RmAddr"}), "1", "heard");
        t.Is(std::to_string(left), checked ? "2" : "1", "a path that answers is kept");
        t.Complete(b);
        Simulator::Destroy();
    }
}

/**
 * @ingroup mptcp-test
 * Suite of path management over a network.
 */
class MptcpPmTestSuite : public TestSuite
{
  public:
    MptcpPmTestSuite()
        : TestSuite("mptcp-pm", Type::SYSTEM)
    {
        AddTestCase(new MptcpPmTestCase("subflow endpoints, changed in mid-run", SubflowEndpoint));
        AddTestCase(new MptcpPmTestCase("signal endpoints, one with a port", SignalEndpoint));
        AddTestCase(new MptcpPmTestCase("limits of the server", Limits));
        AddTestCase(new MptcpPmTestCase("endpoints that cannot work", Faults));
        AddTestCase(new MptcpPmTestCase("the initial subflow's endpoint", InitialEndpoint));
        AddTestCase(new MptcpPmTestCase("an interface goes down and up", LostInterface));
        AddTestCase(
            new MptcpPmTestCase("the interface of an endpoint goes down and up", LostEndpoint));
        AddTestCase(new MptcpPmTestCase("a subflow of an endpoint fails", FailedEndpoint));
        AddTestCase(new MptcpPmTestCase("nothing but attempts to join", NothingButAttempts));
        AddTestCase(new MptcpPmTestCase("closed by one side only", ClosedByOneSideOnly));
        AddTestCase(new MptcpPmTestCase("a join after the close", JoinAfterClose));
        AddTestCase(
            new MptcpPmTestCase("the interface of ndiffports goes down and up", LostNdiffports));
        AddTestCase(new MptcpPmTestCase("ndiffports", Ndiffports));
        AddTestCase(new MptcpPmTestCase("user's path manager: commands and events", User));
        AddTestCase(new MptcpPmTestCase("user's path manager: nobody listens", UserAlone));
        AddTestCase(new MptcpPmTestCase("REMOVE_ADDR and a keepalive", Keepalive));
    }
};

MptcpPmTestSuite g_mptcpPmTestSuite; ///< the suite

} // namespace
