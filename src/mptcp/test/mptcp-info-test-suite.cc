/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * What a connection tells of itself (MPTCP_INFO, MPTCP_FULL_INFO), and the advanced requirements of
 * RFC 6897, appendix A.3, that act on subflows.
 */

#include "mptcp-scene.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/mptcp-info.h"
#include "ns3/mptcp-scheduler-single-path.h"
#include "ns3/mptcp-stack.h"
#include "ns3/names.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::scene;

namespace
{

// ---- Information ----

/** @param s scene @param c connection @param who for complaints */
void
CheckConsistent(Scene& s, Ptr<MptcpSocketBase> c, const std::string& who)
{
    const MptcpFullInfo full = c->GetFullInfo();
    const MptcpInfo& info = full.info;
    uint64_t mapped = full.closedBytesMapped;
    double shares = 0;
    for (const MptcpSubflowInfo& subflow : full.subflows)
    {
        const MptcpTcpInfo& tcp = subflow.tcp;
        mapped += subflow.bytesMapped;
        shares += subflow.share;
        s.Equal(tcp.bytesSent - tcp.bytesRetrans + tcp.notsentBytes,
                subflow.bytesMapped,
                who + ": octets sent once by a subflow");
        s.Equal(tcp.bytesAcked + tcp.unacked + tcp.notsentBytes,
                subflow.bytesMapped,
                who + ": octets acknowledged, in flight and waiting");
        s.Check(tcp.dataSegsOut <= tcp.segsOut && tcp.dataSegsIn <= tcp.segsIn,
                who + ": segments with data");
        s.Check(tcp.totalRetrans <= tcp.dataSegsOut, who + ": retransmitted segments");
    }
    s.Equal(mapped, info.bytesSent + info.bytesRetrans, who + ": octets of all subflows");
    s.Check(full.subflows.empty() || mapped == 0 || full.subflowsClosed > 0 ||
                (shares > 0.999 && shares < 1.001),
            who + ": the shares do not add up");
    s.Equal(info.subflowsTotal, full.subflows.size(), who + ": subflowsTotal");
    s.Check(info.bytesAcked <= info.bytesSent, who + ": acknowledged more than sent");
}

void
InfoBothEnds(Scene& s)
{
    s.up = 3'000'000;
    s.topology.SetLossRate(0, 0.01, 0.01);
    s.Begin();
    for (int i = 1; i < 10; ++i)
    {
        s.At(Seconds(0.2 * i), [&s](Ptr<MptcpSocketBase> c) {
            CheckConsistent(s, c, "client");
            CheckConsistent(s, s.GetServer(), "server");
        });
    }
    s.At(Seconds(0.6), [&s](Ptr<MptcpSocketBase> c) {
        const MptcpInfo info = c->GetInfo();
        const MptcpInfo peer = s.GetServer()->GetInfo();
        s.Equal(info.subflows, 1, "subflows");
        s.Equal(info.token, c->GetLocalToken(), "token");
        s.Equal(info.flags, MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED, "flags");
        s.Equal(info.localAddrUsed, 1, "localAddrUsed");
        s.Equal(peer.addAddrSignal, 1, "addAddrSignal of the server");
        s.Equal(info.addAddrAccepted, 1, "addAddrAccepted");
        s.Check(info.sndUna <= peer.rcvNxt, "the peer expects less than it acknowledged");
        s.Check(peer.bytesReceived > 0 && peer.bytesReceived <= info.bytesSent, "bytesReceived");
        s.Check(info.lastDataSent < Seconds(0.1) && info.lastAckRecv < Seconds(0.1), "times ago");
        for (const auto& subflow : c->GetFullInfo().subflows)
        {
            s.Check(subflow.established && !subflow.backup && !subflow.stale, "state of a subflow");
            s.Check(subflow.tcp.state == TcpSocket::ESTABLISHED, "TCP state");
            s.Check(subflow.tcp.rtt > MilliSeconds(20), "rtt below that of the path");
            s.Check(subflow.tcp.minRtt >= MilliSeconds(20) &&
                        subflow.tcp.minRtt <= MilliSeconds(25),
                    "minRtt");
            s.Check(subflow.tcp.sndMss > 1300 && subflow.tcp.pmtu == 1500, "sizes");
            s.Check(subflow.tcp.timestamps && subflow.tcp.sack && subflow.tcp.wscale, "options");
            // A path has 10 Mb/s.
            s.Check(subflow.tcp.deliveryRate > 1'000'000 && subflow.tcp.deliveryRate < 12'000'000,
                    "deliveryRate " + std::to_string(subflow.tcp.deliveryRate));
        }
    });
    s.Finish();
    const MptcpInfo info = s.GetClient()->GetInfo();
    s.Equal(info.bytesSent, s.up, "bytesSent at the end");
    s.Equal(info.bytesAcked, s.up, "bytesAcked at the end");
    s.Equal(info.bytesReceived, s.down, "bytesReceived at the end");
    s.Equal(s.GetServer()->GetInfo().bytesReceived, s.up, "bytesReceived of the server");
    CheckConsistent(s, s.GetClient(), "at the end");
}

void
InfoAfterLoss(Scene& s)
{
    s.up = 6'000'000;
    s.Begin();
    s.topology.CutPath(0, Seconds(0.5));
    s.At(Seconds(2), [&s](Ptr<MptcpSocketBase> c) {
        const MptcpFullInfo full = c->GetFullInfo();
        s.Check(full.info.bytesRetrans > 0, "bytesRetrans");
        s.Check(full.subflows[0].tcp.retransmits > 0, "retransmits of the cut subflow");
        s.Check(full.subflows[0].tcp.caState == 4, "caState of the cut subflow");
        s.Check(full.subflows[0].tcp.lastAckRecv > Seconds(1.2), "lastAckRecv of the cut subflow");
        s.Equal(full.subflows[1].tcp.retransmits, 0, "retransmits of the other subflow");
        CheckConsistent(s, c, "after the cut");
    });
    s.Finish();
}

void
InfoOfFallback(Scene& s)
{
    s.serverMptcp = false;
    s.Begin();
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase> c) {
        const MptcpFullInfo full = c->GetFullInfo();
        s.Check(full.info.flags & MPTCP_INFO_FLAG_FALLBACK, "flag of the fallback");
        s.Equal(full.subflows.size(), 1, "subflows");
        CheckConsistent(s, c, "fallback");
    });
    s.FinishPlain();
    s.Equal(s.GetClient()->GetInfo().bytesAcked, s.up, "bytesAcked");
    s.Equal(s.GetClient()->GetInfo().bytesReceived, s.down, "bytesReceived");
}

void
InfoBefore(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        s.Equal(Mptcp(socket)->GetInfo().token, 0, "token before the connection");
        s.Equal(Mptcp(socket)->GetFullInfo().subflows.size(), 0, "subflows");
    };
    s.Play();
}

void
InfoOfEndpoints(Scene& s)
{
    s.Begin();
    s.At(Seconds(0.3), [&s](Ptr<MptcpSocketBase> c) {
        MptcpEndpointTable& table = s.topology.GetClient()->GetObject<MptcpStack>()->GetEndpoints();
        MptcpEndpoint endpoint;
        endpoint.address = s.Client(1);
        endpoint.flags = MPTCP_ENDPOINT_SUBFLOW | MPTCP_ENDPOINT_FULLMESH;
        s.Check(table.Add(endpoint).empty(), "endpoint");
        s.Check(table.SetLimits({3, 5}).empty(), "limits");
        const MptcpInfo info = c->GetInfo();
        s.Equal(info.localAddrMax, 1, "localAddrMax");
        s.Equal(info.endpFullmeshMax, 1, "endpFullmeshMax");
        s.Equal(info.addAddrSignalMax, 0, "addAddrSignalMax");
        s.Equal(info.addAddrAcceptedMax, 3, "addAddrAcceptedMax");
        s.Equal(info.subflowsMax, 5, "subflowsMax");
    });
    s.Finish();
}

/** @param s scene @param pathManager of both hosts */
void
UsePathManager(Scene& s, const std::string& pathManager)
{
    Config::SetDefault("ns3::MptcpSocketBase::PathManager", StringValue(pathManager));
    s.up = 2'000'000;
    s.Begin();
}

/** @param s scene @param host whose endpoint @param path of its address @param flags flags */
void
AddEndpoint(Scene& s, Topology::Host host, uint32_t path, uint8_t flags)
{
    MptcpEndpoint endpoint;
    endpoint.address = s.topology.GetAddress(host, path);
    endpoint.flags = flags;
    const auto stack = s.topology.GetNodes().Get(host)->GetObject<MptcpStack>();
    s.Equal(stack->GetEndpoints().SetLimits({4, 4}).size(), 0, "limits");
    s.Equal(stack->GetEndpoints().Add(endpoint).size(), 0, "endpoint");
}

void
InfoOfAnnounced(Scene& s)
{
    // As Linux: an address that routing chose for an announced one is none that was used, nor is
    // what the peer's joins come to.
    UsePathManager(s, "ns3::MptcpPathManagerKernel");
    AddEndpoint(s, Topology::SERVER, 1, MPTCP_ENDPOINT_SIGNAL);
    AddEndpoint(s, Topology::CLIENT, 0, MPTCP_ENDPOINT_SUBFLOW);
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase> c) {
        for (const auto& end : {c, s.GetServer()})
        {
            s.Equal(end->GetInfo().subflows, 1, "subflows");
            s.Equal(end->GetInfo().localAddrUsed, 0, "localAddrUsed");
        }
        s.Equal(c->GetInfo().localAddrMax, 1, "localAddrMax");
        s.Equal(c->GetInfo().subflowsMax, 4, "subflowsMax");
    });
    s.Finish();
}

void
InfoOfUsedEndpoint(Scene& s)
{
    UsePathManager(s, "ns3::MptcpPathManagerKernel");
    AddEndpoint(s, Topology::SERVER, 0, MPTCP_ENDPOINT_SIGNAL);
    AddEndpoint(s, Topology::CLIENT, 1, MPTCP_ENDPOINT_SUBFLOW);
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(c->GetInfo().localAddrUsed, 1, "localAddrUsed");
        s.Equal(s.GetServer()->GetInfo().localAddrUsed, 0, "localAddrUsed of the server");
        const auto stack = s.topology.GetClient()->GetObject<MptcpStack>();
        s.Equal(stack->GetEndpoints().Remove(1).size(), 0, "removal");
    });
    s.At(Seconds(0.7), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(c->GetInfo().localAddrUsed, 0, "localAddrUsed after the removal");
    });
    s.Finish();
}

void
InfoOfUser(Scene& s)
{
    // As Linux: limits and endpoints are of the kernel's path manager only.
    UsePathManager(s, "ns3::MptcpPathManagerUser");
    AddEndpoint(s, Topology::CLIENT, 1, MPTCP_ENDPOINT_SUBFLOW | MPTCP_ENDPOINT_FULLMESH);
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase> c) {
        const MptcpInfo info = c->GetInfo();
        s.Equal(info.subflowsMax + info.addAddrAcceptedMax + info.addAddrSignalMax +
                    info.localAddrMax + info.endpLaminarMax + info.endpFullmeshMax,
                0,
                "limits");
    });
    s.Finish();
}

void
InfoOfWindows(Scene& s)
{
    // The server reads nothing for a while: what its window has left is known at both ends.
    s.up = 200'000;
    s.down = 0;
    s.client.KeepOpen();
    s.server.KeepOpen();
    s.server.ReadFrom(Seconds(3));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1 << 20));
    s.Begin();
    s.At(Seconds(2), [&s](Ptr<MptcpSocketBase> c) {
        const uint64_t left = (1 << 20) - s.up;
        for (std::size_t i = 0; i < 2; ++i)
        {
            const MptcpTcpInfo client = c->GetFullInfo().subflows.at(i).tcp;
            const MptcpTcpInfo server = s.GetServer()->GetFullInfo().subflows.at(i).tcp;
            s.Equal(server.rcvWnd, left, "rcvWnd");
            // A window is told in units of 2^shift octets.
            s.Check(client.sndWnd <= left && client.sndWnd + (1U << server.rcvWscale) > left,
                    "sndWnd " + std::to_string(client.sndWnd));
            s.Equal(client.delivered, client.bytesAcked, "delivered");
            s.Check(client.reordering == 3 && !client.ecn, "reordering, ecn");
            s.Check(client.ato.IsStrictlyPositive(), "ato");
        }
        c->Close();
    });
    s.Run(Seconds(20));
    s.Equal(s.server.received, s.up, "octets received");
}

// ---- REQ5 to REQ14 ----

void
ByName(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        Names::Add("the server", s.topology.GetServer());
        const auto c = Mptcp(socket);
        s.Refused(c, c->ConnectByName("nobody", 5000) == 0, Socket::ERROR_INVAL, "EINVAL");
        s.Equal(c->ConnectByName("the server", 5000), 0, "connectbyname");
    };
    s.Play();
    Address peer;
    s.GetClient()->GetPeerName(peer);
    s.Check(peer == Name(s.Server(0), 5000), "connected to another address");
    Names::Clear();
}

void
SpecificSubflows(Scene& s)
{
    s.up = 4'000'000;
    s.prepareClient = [&s](Ptr<Socket> socket) {
        const auto c = Mptcp(socket);
        c->SetSubflowStart(MptcpSubflowStart::NEVER);
        s.Refused(c,
                  c->RequestSubflow(s.Client(1), Name(s.Server(1), 5000)) == 0,
                  Socket::ERROR_NOTCONN,
                  "ENOTCONN");
    };
    s.Begin();
    s.At(Seconds(0.4), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(Pairs(c).size(), 1, "subflows of NEVER");
        s.Refused(c,
                  c->RequestSubflow(Ipv4Address("192.0.2.1"), Name(s.Server(1), 5000)) == 0,
                  Socket::ERROR_ADDRNOTAVAIL,
                  "EADDRNOTAVAIL");
        s.Refused(c,
                  c->RequestSubflow(s.Client(1), Name(s.Server(1), 5001)) == 0,
                  Socket::ERROR_ADDRNOTAVAIL,
                  "EADDRNOTAVAIL");
        s.Equal(c->RequestSubflow(s.Client(1), Name(s.Server(1), 5000)), 0, "RequestSubflow");
    });
    s.At(Seconds(0.8), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(Pairs(c).size(), 2, "subflows after RequestSubflow");
        s.Refused(c, c->TerminateSubflow(77) == 0, Socket::ERROR_INVAL, "EINVAL");
        s.Equal(c->TerminateSubflow(c->GetSubflows().back()->GetSubflowId()), 0, "terminate");
    });
    s.At(Seconds(1.6), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(Pairs(c).size(), 1, "subflows after TerminateSubflow");
        s.Check(Host(Pairs(c)[0].local) == s.Client(0), "the wrong subflow was closed");
    });
    s.Finish();
}

void
NumberOfSubflows(Scene& s)
{
    s.up = 12'000'000;
    s.Begin();
    s.At(Seconds(0.4), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(Pairs(c).size(), 3, "subflows");
        c->SetMaxSubflows(1);
    });
    s.At(Seconds(1.5), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(Pairs(c).size(), 1, "subflows after SetMaxSubflows(1)");
        s.Check(Host(Pairs(c)[0].local) == s.Client(0), "the oldest subflow was closed");
        c->SetMaxSubflows(2);
    });
    s.At(Seconds(3.5), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(Pairs(c).size(), 2, "subflows after SetMaxSubflows(2)");
    });
    s.Finish();
}

void
LimitAtServer(Scene& s)
{
    s.up = 2'000'000;
    s.prepareListener = [](Ptr<Socket> socket) { Mptcp(socket)->SetMaxSubflows(2); };
    s.Begin();
    s.At(Seconds(0.4), [&s](Ptr<MptcpSocketBase>) {
        s.Equal(Pairs(s.GetServer()).size(), 2, "subflows of the server");
    });
    s.Finish();
    s.Check(s.GetServerCounter("MPJoinRejected") > 0, "no MPJoinRejected");
}

/** @param s scene @param performance profile @return octets sent by path */
std::vector<uint64_t>
Perform(Scene& s, MptcpPerformance performance)
{
    s.up = 1'000'000;
    s.topology.SetDelay(0, MilliSeconds(40));
    s.topology.SetDelay(1, MilliSeconds(10));
    s.prepareClient = [performance](Ptr<Socket> socket) {
        Mptcp(socket)->SetPerformance(performance);
    };
    s.Play();
    std::vector<uint64_t> octets(2);
    for (const auto& segment : s.capture->GetAll())
    {
        // From when both subflows stand.
        octets[segment.path] +=
            segment.fromClient && segment.time > Seconds(0.4) ? segment.size : 0;
    }
    return octets;
}

void
PerformanceBulk(Scene& s)
{
    const auto octets = Perform(s, MptcpPerformance::BULK);
    s.Check(octets[0] > 50'000 && octets[1] > 50'000, "not both paths were used");
}

void
PerformanceLatency(Scene& s)
{
    const auto octets = Perform(s, MptcpPerformance::LOW_LATENCY);
    s.Check(octets[1] > 10 * octets[0], "the slow path was used");
    s.Check(DynamicCast<MptcpSchedulerSinglePath>(s.GetClient()->GetScheduler()) != nullptr,
            "scheduler");
}

void
PerformanceReliability(Scene& s)
{
    // Less than a path carries: both get all of it.
    s.up = 0;
    s.down = 0;
    s.client.KeepOpen();
    s.server.KeepOpen();
    s.prepareClient = [](Ptr<Socket> socket) {
        Mptcp(socket)->SetPerformance(MptcpPerformance::RELIABILITY);
    };
    s.Begin();
    // Joins begin when both ends have seen a DSS, and the first data has MP_CAPABLE instead.
    for (const double at : {0.2, 0.3})
    {
        s.At(Seconds(at), [](Ptr<MptcpSocketBase> c) { c->Send(Create<Packet>(1000), 0); });
    }
    for (int i = 0; i < 100; ++i)
    {
        s.At(Seconds(0.5) + MilliSeconds(5 * i),
             [](Ptr<MptcpSocketBase> c) { c->Send(Create<Packet>(1000), 0); });
    }
    s.Run(Seconds(2));
    s.Equal(s.GetServer()->GetInfo().bytesReceived, 102'000, "octets received");
    s.Check(s.GetServer()->GetBytesDuplicate() > 99'000,
            std::to_string(s.GetServer()->GetBytesDuplicate()) + " octets twice");
}

void
RedundancySurvivesCut(Scene& s)
{
    // Small writes, one each 10 ms, all on both paths: the loss of one costs no retransmission.
    s.up = 0;
    s.down = 0;
    s.client.KeepOpen();
    s.server.KeepOpen();
    s.prepareClient = [](Ptr<Socket> socket) { Mptcp(socket)->SetRedundancy(2); };
    s.Begin();
    s.topology.CutPath(0, Seconds(1));
    Time worst;
    std::vector<Time> written;
    uint64_t delivered = 0;
    for (int i = 0; i < 100; ++i)
    {
        s.At(Seconds(0.5) + MilliSeconds(10 * i), [&written](Ptr<MptcpSocketBase> c) {
            written.push_back(Simulator::Now());
            c->Send(Create<Packet>(100), 0);
        });
    }
    s.At(Seconds(0.4), [&](Ptr<MptcpSocketBase>) {
        s.GetServer()->TraceConnectWithoutContext(
            "Delivered",
            Callback<void, uint64_t, uint32_t>([&](uint64_t, uint32_t octets) {
                delivered += octets;
                worst = std::max(worst, Simulator::Now() - written[(delivered - 1) / 100]);
            }));
    });
    s.Run(Seconds(3));
    s.Equal(delivered, 10'000, "octets delivered");
    s.Check(worst < MilliSeconds(15), "worst delay " + std::to_string(worst.GetMilliSeconds()));
}

void
HintOfSmall(Scene& s)
{
    s.up = 20'000;
    s.down = 20'000;
    s.prepareClient = [](Ptr<Socket> socket) {
        Mptcp(socket)->SetTrafficHint({40'000, Time(), DataRate(0)});
    };
    s.Play();
    s.Equal(s.SynPaths(true).size(), 1, "paths of a small connection");
}

void
HintOfRate(Scene& s)
{
    s.prepareClient = [](Ptr<Socket> socket) {
        Mptcp(socket)->SetTrafficHint({0, Seconds(10), DataRate("8kbps")});
    };
    s.up = 10'000;
    s.down = 0;
    s.Play();
    s.Equal(s.SynPaths(true).size(), 1, "paths of a connection of 10 kB");
}

void
HintWasWrong(Scene& s)
{
    s.prepareClient = [](Ptr<Socket> socket) {
        Mptcp(socket)->SetTrafficHint({40'000, Time(), DataRate(0)});
    };
    s.up = 1'000'000;
    s.Play();
    s.Equal(s.SynPaths(true).size(), 2, "paths of a connection that grew");
}

void
StartAfterOctets(Scene& s)
{
    s.up = 1'000'000;
    s.down = 0;
    s.prepareClient = [](Ptr<Socket> socket) {
        Mptcp(socket)->SetSubflowStart(MptcpSubflowStart::AFTER_OCTETS, 500'000);
    };
    s.Play();
    uint64_t before = 0;
    for (const auto& segment : s.capture->GetAll())
    {
        if (segment.fromClient && !segment.Get<MptcpJoinSyn>().empty())
        {
            break;
        }
        before += segment.fromClient ? segment.size : 0;
    }
    s.Check(before > 500'000 && before < 800'000,
            std::to_string(before) + " octets before the second path");
}

void
StartWhenSaturated(Scene& s)
{
    // First a trickle, then bulk.
    s.up = 0;
    s.down = 0;
    s.client.KeepOpen();
    s.server.KeepOpen();
    s.prepareClient = [](Ptr<Socket> socket) {
        Mptcp(socket)->SetSubflowStart(MptcpSubflowStart::WHEN_SATURATED);
    };
    s.Begin();
    for (int i = 0; i < 20; ++i)
    {
        s.At(Seconds(0.5) + MilliSeconds(50 * i),
             [](Ptr<MptcpSocketBase> c) { c->Send(Create<Packet>(1000), 0); });
    }
    s.At(Seconds(2), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(Pairs(c).size(), 1, "subflows of a trickle");
        c->Send(Create<Packet>(500'000), 0);
    });
    s.At(Seconds(3),
         [&s](Ptr<MptcpSocketBase> c) { s.Equal(Pairs(c).size(), 2, "subflows of bulk"); });
    s.Run(Seconds(4));
}

void
BackupSubflow(Scene& s)
{
    s.up = 4'000'000;
    s.Begin();
    std::vector<uint64_t> octets(2);
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase> c) {
        s.Refused(c, c->SetSubflowPriority(99, true) == 0, Socket::ERROR_INVAL, "EINVAL");
        s.Equal(c->SetSubflowPriority(c->GetSubflows()[1]->GetSubflowId(), true), 0, "backup");
    });
    s.At(Seconds(0.6), [&s](Ptr<MptcpSocketBase> c) {
        s.Check(s.GetServer()->GetSubflows()[1]->IsBackup(), "the peer was not told");
        s.Check(c->GetFullInfo().subflows[1].backup, "not in the information");
    });
    s.At(Seconds(2), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(c->SetSubflowPriority(c->GetSubflows()[1]->GetSubflowId(), false), 0, "normal");
    });
    s.Finish();
    for (const auto& segment : s.capture->GetAll())
    {
        if (segment.fromClient && segment.time > Seconds(0.7) && segment.time < Seconds(1.9))
        {
            octets[segment.path] += segment.size;
        }
    }
    s.Check(octets[0] > 1'000'000 && octets[1] < 20'000, "the backup subflow carried data");
    s.Equal(s.GetClientCounter("MPPrioTx"), 2, "MPPrioTx");
    s.Equal(s.GetServerCounter("MPPrioRx"), 2, "MPPrioRx");
}

void
Callbacks(Scene& s)
{
    std::map<MptcpSubflowEvent, int> client;
    std::map<MptcpSubflowEvent, int> server;
    const auto count = [](std::map<MptcpSubflowEvent, int>& events) {
        return MptcpSubflowCallback([&events](Ptr<Socket>,
                                              MptcpSubflowEvent event,
                                              Ptr<MptcpSubflow>) { ++events[event]; });
    };
    s.up = 2'000'000;
    s.prepareListener = [&](Ptr<Socket> socket) {
        Mptcp(socket)->SetSubflowCallback(count(server));
    };
    s.prepareClient = [&](Ptr<Socket> socket) { Mptcp(socket)->SetSubflowCallback(count(client)); };
    s.Begin();
    s.At(Seconds(0.5), [](Ptr<MptcpSocketBase> c) {
        c->SetSubflowPriority(c->GetSubflows()[1]->GetSubflowId(), true);
    });
    s.Finish();
    for (auto* events : {&client, &server})
    {
        s.Equal((*events)[MptcpSubflowEvent::CREATED], 2, "CREATED");
        s.Equal((*events)[MptcpSubflowEvent::ESTABLISHED], 2, "ESTABLISHED");
        s.Equal((*events)[MptcpSubflowEvent::CLOSED], 2, "CLOSED");
        s.Equal((*events)[MptcpSubflowEvent::PRIORITY], 1, "PRIORITY");
    }
}

void
OnlySubflowTerminated(Scene& s)
{
    // Break before make: the client closes the only subflow while the server has data to send.
    s.up = 6'000'000;
    s.down = 6'000'000;
    s.Begin();
    s.At(Seconds(0.5),
         [&s](Ptr<MptcpSocketBase> c) { s.Equal(c->TerminateSubflow(0), 0, "TerminateSubflow"); });
    s.Finish();
    s.Equal(s.GetClientCounter("MPJoinSynAckRx"), 1, "MPJoinSynAckRx");
}

/** @param s scene @param transient flag T of the server's reset @return joins of the client */
uint64_t
ResetByServer(Scene& s, bool transient)
{
    s.up = 5'000'000;
    s.Begin();
    s.At(Seconds(0.5), [&s, transient](Ptr<MptcpSocketBase>) {
        const uint32_t id = s.GetServer()->GetSubflows().back()->GetSubflowId();
        s.Equal(s.GetServer()->ResetSubflow(id, MPTCP_RST_PERFORMANCE, transient), 0, "reset");
    });
    s.Finish();
    s.Equal(s.GetClientCounter("MPRstRx"), 1, "MPRstRx");
    return s.GetClientCounter("MPJoinSynTx");
}

void
ResetTransient(Scene& s)
{
    s.Equal(ResetByServer(s, true), 2, "joins, the second one after a transient error");
}

void
ResetPermanent(Scene& s)
{
    s.Equal(ResetByServer(s, false), 1, "joins, none after a permanent error");
}

// ---- Counters and traces ----

void
ReorderCounters(Scene& s)
{
    s.up = 2'000'000;
    s.down = 0;
    s.topology.SetDelay(0, MilliSeconds(60));
    s.Play();
    s.Check(s.GetServerCounter("OFOQueue") > 10, "OFOQueue");
    s.Check(s.GetServerCounter("OFOQueueTail") > 10, "OFOQueueTail");
    s.Check(s.GetServerCounter("OFOMerge") > 10, "OFOMerge");
    s.Check(s.GetServerCounter("OFOQueueTail") <= s.GetServerCounter("OFOQueue") &&
                s.GetServerCounter("OFOMerge") <= s.GetServerCounter("OFOQueue"),
            "a part is larger than the whole");
    s.Equal(s.GetClientCounter("OFOQueueTail"), 0, "OFOQueueTail where nothing is reordered");
}

void
WindowCounters(Scene& s)
{
    s.up = 2'000'000;
    s.topology.SetDelay(0, MilliSeconds(60));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(100'000));
    s.Begin();
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase>) {
        // What is advertised is not taken back when the buffer shrinks.
        s.GetServer()->SetSocketOption(MptcpSocketOption::RCVBUF, uint64_t{50'000});
    });
    s.Finish();
    s.Check(s.GetServerCounter("RcvWndShared") > 0, "RcvWndShared");
    // The fast path's ACKs open the window for the slow one.
    s.Check(s.GetClientCounter("SndWndShared") > 0, "SndWndShared");
    s.Equal(s.GetClientCounter("RcvWndConflict"), 0, "RcvWndConflict");
}

void
CounterTrace(Scene& s)
{
    std::map<std::string, uint64_t> last;
    s.Begin();
    s.topology.GetClient()->GetObject<MptcpStack>()->TraceConnectWithoutContext(
        "Counter",
        Callback<void, std::string, uint64_t>(
            [&](std::string name, uint64_t value) { last[name] = value; }));
    s.Finish();
    s.Equal(last["MPCapableSYNTX"], 1, "MPCapableSYNTX");
    s.Check(last.contains("MPCurrEstab"), "the gauge was not traced");
    for (const auto& [name, value] : last)
    {
        s.Equal(value, s.GetClientCounter(name), name);
    }
}

void
QueueTraces(Scene& s)
{
    s.up = 1'500'000;
    s.server.ReadFrom(Seconds(0.6));
    s.topology.SetDelay(0, MilliSeconds(60));
    s.Begin();
    std::map<std::string, std::pair<uint32_t, uint32_t>> seen; // largest, last
    const auto watch = [&seen](Ptr<MptcpSocketBase> c, const std::string& name) {
        c->TraceConnectWithoutContext(
            name,
            Callback<void, uint32_t, uint32_t>([&seen, name](uint32_t, uint32_t now) {
                seen[name].first = std::max(seen[name].first, now);
                seen[name].second = now;
            }));
    };
    s.At(Seconds(0.35), [&](Ptr<MptcpSocketBase> c) {
        watch(c, "SendQueue");
        watch(s.GetServer(), "ReceiveWindow");
        watch(s.GetServer(), "ReorderQueue");
    });
    s.Finish();
    s.Check(seen["SendQueue"].first > 100'000 && seen["SendQueue"].second == 0, "SendQueue");
    s.Check(seen["ReorderQueue"].first > 10'000 && seen["ReorderQueue"].second == 0,
            "ReorderQueue");
    s.Check(seen["ReceiveWindow"].first > 100'000 && seen["ReceiveWindow"].first <= 1 << 20,
            "ReceiveWindow " + std::to_string(seen["ReceiveWindow"].first));
}

void
EventTraces(Scene& s)
{
    s.up = 3'000'000;
    s.Begin();
    std::map<std::string, int> seen;
    const auto watch = [&seen](Ptr<MptcpSocketBase> c, const std::string& who) {
        c->TraceConnectWithoutContext("SubflowPriority",
                                      Callback<void, Ptr<MptcpSubflow>, bool, bool>(
                                          [&seen, who](Ptr<MptcpSubflow>, bool, bool peer) {
                                              ++seen[who + (peer ? " prio rx" : " prio tx")];
                                          }));
        c->TraceConnectWithoutContext(
            "SubflowReset",
            Callback<void, Ptr<MptcpSubflow>, uint32_t, bool>(
                [&seen, who](Ptr<MptcpSubflow>, uint32_t r, bool peer) {
                    ++seen[who + (peer ? " rst rx " : " rst tx ") + std::to_string(r)];
                }));
        c->TraceConnectWithoutContext(
            "AddressRemoved",
            Callback<void, uint32_t, bool>(
                [&seen, who](uint32_t, bool peer) { ++seen[who + (peer ? " rm rx" : " rm tx")]; }));
        c->TraceConnectWithoutContext(
            "AddressAnnounced",
            Callback<void, uint32_t, Address, bool>([&seen, who](uint32_t, Address, bool peer) {
                ++seen[who + (peer ? " add rx" : " add tx")];
            }));
    };
    for (const auto host : {Topology::CLIENT, Topology::SERVER})
    {
        s.topology.GetNodes().Get(host)->GetObject<MptcpStack>()->TraceConnectWithoutContext(
            "ConnectionCreated",
            Callback<void, Ptr<MptcpSocketBase>>([watch, host](Ptr<MptcpSocketBase> c) {
                watch(c, host == Topology::CLIENT ? "client" : "server");
            }));
    }
    s.At(Seconds(0.5), [](Ptr<MptcpSocketBase> c) {
        c->SetSubflowPriority(c->GetSubflows()[1]->GetSubflowId(), true);
        c->GetSubflows()[0]->ResetSubflow(MPTCP_RST_PERFORMANCE);
    });
    s.At(Seconds(1.5),
         [&s](Ptr<MptcpSocketBase> c) { c->RemoveMultipathAddresses({s.Client(1)}); });
    s.Finish();
    for (const char* event : {"client prio tx",
                              "server prio rx",
                              "client rst tx 5",
                              "server rst rx 5",
                              "client rm tx",
                              "server rm rx",
                              "server add tx",
                              "client add rx"})
    {
        s.Equal(seen[event], 1, event);
    }
}

/** The suite. */
class MptcpInfoTestSuite : public TestSuite
{
  public:
    MptcpInfoTestSuite()
        : TestSuite("mptcp-info", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Scene&), uint32_t paths = 2) {
            AddTestCase(new SceneTestCase(name, run, paths));
        };
        add("numbers of both ends", InfoBothEnds);
        add("numbers after a cut", InfoAfterLoss);
        add("numbers of plain TCP", InfoOfFallback);
        add("before the connection", InfoBefore);
        add("limits of the endpoint table", InfoOfEndpoints);
        add("an announced address by routing", InfoOfAnnounced);
        add("an endpoint that is used and removed", InfoOfUsedEndpoint);
        add("limits of a user's path manager", InfoOfUser);
        add("windows", InfoOfWindows);
        add("REQ5: by name", ByName);
        add("REQ7: specific subflows", SpecificSubflows);
        add("REQ7: the only subflow terminated", OnlySubflowTerminated, 1);
        add("REQ7: reset, transient error", ResetTransient);
        add("REQ7: reset, permanent error", ResetPermanent);
        add("REQ7: number of subflows", NumberOfSubflows, 3);
        add("REQ7: number of subflows at a server", LimitAtServer, 3);
        add("REQ8: bulk", PerformanceBulk);
        add("REQ8: low latency", PerformanceLatency);
        add("REQ8: reliability", PerformanceReliability);
        add("REQ12: redundancy", RedundancySurvivesCut);
        add("REQ9: small connection", HintOfSmall);
        add("REQ9: low rate", HintOfRate);
        add("REQ9: more than was said", HintWasWrong);
        add("REQ10: after octets", StartAfterOctets);
        add("REQ10: when saturated", StartWhenSaturated);
        add("REQ11: backup", BackupSubflow);
        add("REQ14: callbacks", Callbacks);
        add("OFO counters", ReorderCounters);
        add("window counters", WindowCounters);
        add("trace Counter", CounterTrace);
        add("traces of queues", QueueTraces);
        add("traces of events", EventTraces);
    }
};

const MptcpInfoTestSuite g_mptcpInfoTestSuite; ///< registers itself

} // namespace
