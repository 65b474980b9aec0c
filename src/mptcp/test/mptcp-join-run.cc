/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-join-case.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/node.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <algorithm>
#include <sstream>

namespace ns3
{

namespace
{

const Time LIMIT = Seconds(120); ///< a transfer that takes longer has failed

/// Counters that are zero in every case unless it says otherwise.
const char* const FALLBACKS[] = {"InfiniteMapTx",
                                 "DSSCorruptionFallback",
                                 "SimultConnectFallback",
                                 "MPCapableFallbackACK",
                                 "MPCapableFallbackSYNACK",
                                 "MPCapableDataFallback",
                                 "MD5SigFallback",
                                 "DssFallback"};

/** @param text address @param port port @return socket address */
Address
SocketAddress(const std::string& text, uint16_t port)
{
    const Address address = MptcpJoinAddress(text);
    if (Ipv4Address::IsMatchingType(address))
    {
        return InetSocketAddress(Ipv4Address::ConvertFrom(address), port);
    }
    return Inet6SocketAddress(Ipv6Address::ConvertFrom(address), port);
}

/** The defaults of a Linux host, before any object exists. @return true */
bool
SetDefaults()
{
    RngSeedManager::SetRun(1);
    Config::SetDefault("ns3::TcpSocket::SegmentSize", StringValue("1460"));
    Config::SetDefault("ns3::TcpSocket::ConnTimeout", StringValue("1s"));
    Config::SetDefault("ns3::TcpSocket::DelAckTimeout", StringValue("40ms"));
    Config::SetDefault("ns3::TcpSocketBase::MinRto", StringValue("200ms"));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", StringValue("4194304"));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", StringValue("6291456"));
    Config::SetDefault("ns3::MptcpSocketBase::CongestionControl", StringValue("ns3::TcpCubic"));
    Config::SetDefault("ns3::MptcpSocketBase::PathManager",
                       StringValue("ns3::MptcpPathManagerKernel"));
    return true;
}

} // namespace

const Time MptcpJoinRun::CONNECT = MilliSeconds(100);

MptcpJoinRun::MptcpJoinRun(const MptcpJoinCase& plan)
    : net((SetDefaults(), DataRate("1Gbps")), MicroSeconds(100)),
      m_case(plan)
{
    const MptcpJoinTransfer& transfer = plan.transfer;
    MptcpJoinPeer::Settings settings;
    settings.chunk = transfer.speed;
    settings.sendSeed = 1;
    settings.receiveSeed = 2;
    settings.bytes = transfer.up;
    settings.expected = transfer.down;
    settings.truncate = transfer.truncateClient;
    settings.expectReset = transfer.truncateServer > 0;
    if (transfer.truncateClient || transfer.truncateServer)
    {
        settings.expected = std::max(transfer.truncateClient, transfer.truncateServer);
    }
    if (!transfer.cut.empty())
    {
        settings.bytes = 2 * transfer.up;
        settings.breakAt = transfer.up;
        settings.breakFor = Seconds(2);
        settings.onBreak = [this] {
            for (const uint32_t link : m_case.transfer.cut)
            {
                net.Cut(link);
            }
        };
    }
    client.Set(settings);
    const uint64_t up = settings.bytes;
    std::swap(settings.sendSeed, settings.receiveSeed);
    settings.bytes = transfer.down;
    settings.expected = up;
    settings.truncate = transfer.truncateServer;
    settings.expectReset = transfer.truncateClient > 0;
    if (transfer.truncateClient || transfer.truncateServer)
    {
        settings.expected = std::max(transfer.truncateClient, transfer.truncateServer);
    }
    settings.breakAt = 0;
    server.Set(settings);
}

MptcpJoinRun::~MptcpJoinRun()
{
    client.Release();
    server.Release();
    m_listeners.clear();
    Simulator::Destroy();
    Config::Reset();
}

void
MptcpJoinRun::Fail(const std::string& error)
{
    m_errors.push_back(error);
}

void
MptcpJoinRun::Apply(const MptcpJoinChecks& checks, const std::string& when)
{
    for (const auto& check : checks)
    {
        const std::string found = check.check(*this);
        if (!found.empty())
        {
            Fail(when + check.what + ", got " + found);
        }
    }
}

Ptr<MptcpSocketBase>
MptcpJoinRun::GetConnection(MptcpJoinHost host) const
{
    return DynamicCast<MptcpSocketBase>(host == MptcpJoinHost::SERVER ? server.socket
                                                                      : client.socket);
}

void
MptcpJoinRun::Expect(MptcpJoinHost host, const std::string& counter, uint64_t value)
{
    m_expected[{host, counter}] = value;
}

void
MptcpJoinRun::WatchEvents()
{
    for (const MptcpJoinHost host : {MptcpJoinHost::SERVER, MptcpJoinHost::CLIENT})
    {
        auto& list = events[static_cast<std::size_t>(host)];
        net.GetStack(host)->TraceConnectWithoutContext(
            "PmEvent",
            Callback<void, const MptcpPmEvent&>(
                [&list](const MptcpPmEvent& event) { list.push_back(event); }));
    }
}

void
MptcpJoinRun::Listen(const std::string& address, bool first)
{
    const Ptr<Socket> listener =
        Socket::CreateSocket(net.GetNode(MptcpJoinHost::SERVER), MptcpSocketFactory::GetTypeId());
    if (listener->Bind(SocketAddress(address, PORT)) != 0)
    {
        Fail("cannot bind to " + address);
    }
    listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>([this, first](Ptr<Socket> s, const Address&) {
            if (first && !server.socket)
            {
                server.Use(s);
            }
        }));
    if (listener->Listen() != 0)
    {
        Fail("cannot listen on " + address);
    }
    m_listeners.push_back(listener);
}

void
MptcpJoinRun::ListenAlso(const std::string& address)
{
    Listen(address, false);
}

void
MptcpJoinRun::Connect()
{
    const Ptr<Socket> socket =
        Socket::CreateSocket(net.GetNode(MptcpJoinHost::CLIENT), MptcpSocketFactory::GetTypeId());
    client.Use(socket);
    const uint16_t port = m_case.transfer.refusedPort ? m_case.transfer.refusedPort : PORT;
    if (socket->Connect(SocketAddress(m_case.transfer.connect, port)) != 0)
    {
        Fail("cannot connect to " + m_case.transfer.connect);
    }
}

void
MptcpJoinRun::AddEndpoints(MptcpJoinHost host, int count, uint32_t link, uint8_t flags)
{
    const bool ipv6 = m_case.transfer.connect.find(':') != std::string::npos;
    for (; count > 0; --count, ++link)
    {
        std::ostringstream address;
        address << (ipv6 ? "2001:db8:" : "10.0.") << link << (ipv6 ? "::" : ".")
                << (host == MptcpJoinHost::SERVER ? 1 : 2);
        mptcpjoin::Endpoint(host, address.str(), flags)(*this);
    }
}

Time
MptcpJoinRun::RemoveEndpoints(MptcpJoinHost host, int count, Time at)
{
    if (count == -8)
    {
        Simulator::Schedule(at, [this, host] { mptcpjoin::Flush(host)(*this); });
        return at;
    }
    if (count == -9)
    {
        // The client's address on the link of the initial subflow.
        std::string address = m_case.transfer.connect;
        if (host == MptcpJoinHost::CLIENT)
        {
            address.back() = '2';
        }
        Simulator::Schedule(at, [=, this] { mptcpjoin::Remove(host, 0, address)(*this); });
        return at;
    }
    Simulator::Schedule(at, [=, this] {
        // In order of the identifiers, as Linux lists them; each after the one before has arrived.
        std::vector<uint8_t> ids;
        for (const auto& endpoint : net.GetStack(host)->GetEndpoints().GetAll())
        {
            ids.push_back(endpoint.id);
        }
        std::sort(ids.begin(), ids.end());
        ids.resize(std::min<std::size_t>(ids.size(), -count));
        for (std::size_t i = 0; i < ids.size(); ++i)
        {
            const auto remove = mptcpjoin::Remove(host, ids[i]);
            Simulator::Schedule(MilliSeconds(100 * i), [this, remove] { remove(*this); });
        }
    });
    return at - MilliSeconds(100) * count;
}

void
MptcpJoinRun::ScheduleChanges()
{
    const MptcpJoinTransfer& transfer = m_case.transfer;
    const int added = transfer.fullmesh ? transfer.fullmesh : transfer.client;
    Time at = CONNECT;
    if (transfer.server != 0 || added != 0)
    {
        at += Seconds(1);
    }
    if (transfer.server > 0)
    {
        Simulator::Schedule(at, [this] {
            AddEndpoints(MptcpJoinHost::SERVER, m_case.transfer.server, 2, MPTCP_ENDPOINT_SIGNAL);
        });
        at += Seconds(added < 0 ? 1 : 0);
    }
    else if (transfer.server < 0)
    {
        at = RemoveEndpoints(MptcpJoinHost::SERVER, transfer.server, at);
    }
    if (added > 0)
    {
        const uint8_t flags =
            MPTCP_ENDPOINT_SUBFLOW | (transfer.fullmesh ? MPTCP_ENDPOINT_FULLMESH : 0);
        Simulator::Schedule(at, [this, added, flags] {
            AddEndpoints(MptcpJoinHost::CLIENT, added, 3, flags);
        });
    }
    else if (added < 0)
    {
        at = RemoveEndpoints(MptcpJoinHost::CLIENT, added, at);
    }
    if (transfer.flags)
    {
        at += Seconds(1);
        Simulator::Schedule(at, [this] {
            constexpr uint8_t mask = MPTCP_ENDPOINT_BACKUP | MPTCP_ENDPOINT_FULLMESH;
            for (const MptcpJoinHost host : {MptcpJoinHost::SERVER, MptcpJoinHost::CLIENT})
            {
                auto& table = net.GetStack(host)->GetEndpoints();
                const auto endpoints = table.GetAll();
                for (const auto& endpoint : endpoints)
                {
                    const auto flags =
                        static_cast<uint8_t>((endpoint.flags & ~mask) | *m_case.transfer.flags);
                    table.SetFlags(endpoint.id, flags);
                }
            }
        });
    }
    at += MilliSeconds(100);
    if (transfer.establishedServer)
    {
        Simulator::Schedule(at, [this] {
            Apply(mptcpjoin::Count(MptcpJoinHost::SERVER,
                                   "MPCurrEstab",
                                   *m_case.transfer.establishedServer),
                  "during the transfer: ");
        });
    }
    if (transfer.establishedClient)
    {
        Simulator::Schedule(at, [this] {
            Apply(mptcpjoin::Count(MptcpJoinHost::CLIENT,
                                   "MPCurrEstab",
                                   *m_case.transfer.establishedClient),
                  "during the transfer: ");
        });
    }
}

void
MptcpJoinRun::WatchEnd()
{
    if (client.IsDone() && server.IsDone())
    {
        Simulator::Stop(MilliSeconds(500)); // the last segments
        return;
    }
    Simulator::Schedule(MilliSeconds(50), &MptcpJoinRun::WatchEnd, this);
}

void
MptcpJoinRun::CheckBase()
{
    for (const char* name : {"MPJoinSynAckHMacFailure", "MPJoinAckHMacFailure"})
    {
        for (const MptcpJoinHost host : {MptcpJoinHost::SERVER, MptcpJoinHost::CLIENT})
        {
            Apply(mptcpjoin::Count(host, name, 0), "");
        }
    }
    Apply(mptcpjoin::Count(MptcpJoinHost::SERVER, "MPJoinRejected", m_case.rejected), "");
    for (const char* name : FALLBACKS)
    {
        for (const MptcpJoinHost host : {MptcpJoinHost::SERVER, MptcpJoinHost::CLIENT})
        {
            const auto known = m_expected.find({host, name});
            Apply(mptcpjoin::Count(host, name, known == m_expected.end() ? 0 : known->second), "");
        }
    }
}

void
MptcpJoinRun::CheckTransfer()
{
    if (client.wrong || server.wrong ||
        ((client.inverted || server.inverted) && !m_case.transfer.mayInvert))
    {
        Fail("data damaged");
    }
    if (m_case.transfer.refusedPort)
    {
        if (!client.failed || client.connected)
        {
            Fail("the connection was not refused");
        }
        return;
    }
    const bool waited = m_case.transfer.stop.IsZero();
    for (const auto* peer : {&server, &client})
    {
        if ((waited && !peer->IsComplete()) || (!waited && peer->failed))
        {
            std::ostringstream text;
            text << (peer == &server ? "ns1" : "ns2") << " read " << peer->received << ", wrote "
                 << peer->sent << ", ended " << peer->ended << ", closed " << peer->closed
                 << ", failed " << peer->failed;
            Fail(text.str());
        }
    }
}

std::vector<std::string>
MptcpJoinRun::Execute()
{
    for (const auto& action : m_case.setup)
    {
        action(*this);
    }
    const MptcpJoinTransfer& transfer = m_case.transfer;
    const bool ipv6 = transfer.connect.find(':') != std::string::npos;
    Listen(!transfer.bind.empty() ? transfer.bind : ipv6 ? "::" : "0.0.0.0", true);
    Simulator::Schedule(CONNECT, &MptcpJoinRun::Connect, this);
    ScheduleChanges();
    for (const auto& step : m_case.steps)
    {
        Simulator::Schedule(CONNECT + step.at, [this, &step] { step.action(*this); });
    }
    Simulator::Schedule(CONNECT, &MptcpJoinRun::WatchEnd, this);
    Simulator::Stop(transfer.stop.IsZero() ? LIMIT : CONNECT + transfer.stop);
    Simulator::Run();
    CheckTransfer();
    CheckBase();
    for (const auto& checks : m_case.checks)
    {
        Apply(checks, "");
    }
    return m_errors;
}

} // namespace ns3
