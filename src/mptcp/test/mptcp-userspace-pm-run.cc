/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-userspace-pm-run.h"

#include "ns3/config.h"
#include "ns3/mptcp-address.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/node.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace ns3
{

namespace
{

constexpr MptcpJoinHost NS1 = MptcpJoinHost::SERVER; ///< Linux's name
constexpr MptcpJoinHost NS2 = MptcpJoinHost::CLIENT; ///< Linux's name

constexpr uint16_t NEW_PORT4 = 50003; ///< announced
constexpr uint8_t CLIENT_ID = 42;     ///< identifier of addresses that ns2 announces
constexpr uint8_t SERVER_ID = 77;     ///< of those of ns1
constexpr uint8_t DIAL_ID = 23;       ///< of addresses that subflows are opened from

/** @param host host @return its name */
const char*
Name(MptcpJoinHost host)
{
    return host == NS1 ? "ns1" : "ns2";
}

/** @param ipv6 family @param link link @param host whose @return address */
std::string
AddressOf(bool ipv6, uint32_t link, MptcpJoinHost host)
{
    std::ostringstream text;
    text << (ipv6 ? "2001:db8:" : "10.0.") << link << (ipv6 ? "::" : ".") << (host == NS1 ? 1 : 2);
    return text.str();
}

/** @param host host @return index */
std::size_t
Index(MptcpJoinHost host)
{
    return static_cast<std::size_t>(host);
}

/** @param host host @return the other one */
MptcpJoinHost
Other(MptcpJoinHost host)
{
    return host == NS1 ? NS2 : NS1;
}

/** The defaults, before any object exists. @return true */
bool
SetDefaults()
{
    RngSeedManager::SetRun(1);
    Config::SetDefault("ns3::MptcpSocketBase::PathManager",
                       StringValue("ns3::MptcpPathManagerUser"));
    return true;
}

/** @param socket what has arrived is read */
void
Drain(Ptr<Socket> socket)
{
    while (socket->GetRxAvailable() > 0)
    {
        socket->Recv();
    }
}

} // namespace

MptcpUserspacePmRun::MptcpUserspacePmRun()
    : m_net((SetDefaults(), DataRate("1Gbps")), MicroSeconds(100))
{
    for (const MptcpJoinHost host : {NS1, NS2})
    {
        auto& list = m_arriving[Index(host)];
        m_net.GetStack(host)->TraceConnectWithoutContext(
            "PmEvent",
            Callback<void, const MptcpPmEvent&>(
                [&list](const MptcpPmEvent& event) { list.push_back(event); }));
    }
}

MptcpUserspacePmRun::~MptcpUserspacePmRun()
{
    m_listener = nullptr;
    m_ipv4 = m_ipv6 = Connection{};
    Simulator::Destroy();
    Config::Reset();
}

void
MptcpUserspacePmRun::Wait()
{
    Simulator::Stop(MilliSeconds(500));
    Simulator::Run();
    for (const MptcpJoinHost host : {NS1, NS2})
    {
        m_events[Index(host)] = std::exchange(m_arriving[Index(host)], {});
    }
}

void
MptcpUserspacePmRun::Verify(const std::string& title, const std::string& error)
{
    m_results.push_back({title, m_errors + error});
    m_errors.clear();
}

void
MptcpUserspacePmRun::Refused(const std::string& title,
                             const std::string& answer,
                             MptcpJoinHost host)
{
    Wait();
    const bool quiet = m_events[Index(host)].empty();
    Verify(title, answer.empty() ? "the command was obeyed" : quiet ? "" : "there are events");
}

void
MptcpUserspacePmRun::Must(const std::string& answer)
{
    m_errors += answer.empty() ? "" : answer + "; ";
    Wait();
}

MptcpPmCommands
MptcpUserspacePmRun::Commands(MptcpJoinHost host) const
{
    return MptcpPmCommands(m_net.GetStack(host));
}

uint32_t
MptcpUserspacePmRun::Token(const Connection& connection, MptcpJoinHost host)
{
    return connection.tokens[Index(host)];
}

uint16_t
MptcpUserspacePmRun::Port(const Connection& connection, MptcpJoinHost host)
{
    return host == NS1 ? connection.port : connection.clientPort;
}

std::string
MptcpUserspacePmRun::Match(MptcpJoinHost host, const Wanted& wanted) const
{
    std::ostringstream found;
    std::size_t number = 0;
    bool same = true;
    for (const MptcpPmEvent& event : m_events[Index(host)])
    {
        if (event.type != wanted.type)
        {
            continue;
        }
        ++number;
        found << event << ' ';
        same &= event.token == wanted.token && event.localId == wanted.localId &&
                event.remoteId == wanted.remoteId;
        same &= wanted.local
                    ? !event.local.IsInvalid() && MptcpGetHost(event.local) == *wanted.local
                    : event.local.IsInvalid();
        same &= wanted.remote ? event.remote == *wanted.remote : event.remote.IsInvalid();
    }
    return number == 1 && same ? "" : "got " + (number > 0 ? found.str() : "no event");
}

std::string
MptcpUserspacePmRun::Listen(MptcpJoinHost host, const std::string& address, uint16_t port)
{
    m_listener = Socket::CreateSocket(m_net.GetNode(host), MptcpSocketFactory::GetTypeId());
    const bool listening = m_listener->Bind(MptcpMakeName(MptcpJoinAddress(address), port)) == 0 &&
                           m_listener->Listen() == 0;
    return listening ? "" : "cannot listen";
}

void
MptcpUserspacePmRun::Connect(Connection& connection)
{
    auto& [server, client] = connection.sockets;
    auto& listener = connection.listener;
    listener = Socket::CreateSocket(m_net.GetNode(NS1), MptcpSocketFactory::GetTypeId());
    const Address any =
        connection.ipv6 ? Address(Ipv6Address::GetAny()) : Address(Ipv4Address::GetAny());
    listener->Bind(MptcpMakeName(any, connection.port));
    listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                Callback<void, Ptr<Socket>, const Address&>(
                                    [&server = server](Ptr<Socket> socket, const Address&) {
                                        server = socket;
                                        socket->SetRecvCallback(MakeCallback(&Drain));
                                    }));
    listener->Listen();
    client = Socket::CreateSocket(m_net.GetNode(NS2), MptcpSocketFactory::GetTypeId());
    client->SetConnectCallback(
        Callback<void, Ptr<Socket>>([](Ptr<Socket> socket) { socket->Send(Create<Packet>(31)); }),
        MakeNullCallback<void, Ptr<Socket>>());
    client->Connect(
        MptcpMakeName(MptcpJoinAddress(AddressOf(connection.ipv6, 1, NS1)), connection.port));
    Wait();
    Verify(std::string("Established IPv") + (connection.ipv6 ? "6" : "4") +
               " MPTCP Connection ns2 => ns1",
           ReadTokens(connection));
}

std::string
MptcpUserspacePmRun::ReadTokens(Connection& connection)
{
    for (const MptcpJoinHost host : {NS1, NS2})
    {
        const auto& events = m_events[Index(host)];
        const auto created = std::find_if(events.begin(), events.end(), [](const auto& event) {
            return event.type == MptcpPmEventType::CREATED;
        });
        if (created == events.end() || created->token == 0 || created->serverSide != (host == NS1))
        {
            return std::string("no event CREATED at ") + Name(host);
        }
        connection.tokens[Index(host)] = created->token;
        if (host == NS2)
        {
            connection.clientPort = MptcpGetPort(created->local);
        }
    }
    return "";
}

void
MptcpUserspacePmRun::Announce(const Connection& on,
                              MptcpJoinHost from,
                              uint8_t id,
                              uint16_t port,
                              bool check)
{
    const std::string text = AddressOf(on.ipv6, 2, from);
    const Address address = MptcpJoinAddress(text);
    Must(Commands(from).Announce(Token(on, from), id, address, port));
    if (!check)
    {
        return;
    }
    std::ostringstream title;
    title << "ADD_ADDR" << (on.ipv6 ? "6" : "") << " id:" << (from == NS1 ? "server" : "client")
          << (port ? "+1 " : " ") << text << " (" << Name(from) << ") => " << Name(Other(from))
          << (port ? ", new port" : ", reuse port");
    Verify(title.str(),
           Match(Other(from),
                 {.type = MptcpPmEventType::ANNOUNCED,
                  .token = Token(on, Other(from)),
                  .remote = MptcpMakeName(address, port ? port : Port(on, from)),
                  .remoteId = id}));
}

void
MptcpUserspacePmRun::Withdraw(const std::string& title,
                              const Connection& on,
                              MptcpJoinHost from,
                              uint8_t id)
{
    Must(Commands(from).Remove(Token(on, from), id));
    if (!title.empty())
    {
        Verify(title + " " + Name(from) + " => " + Name(Other(from)),
               Match(Other(from),
                     {.type = MptcpPmEventType::REMOVED,
                      .token = Token(on, Other(from)),
                      .remoteId = id}));
    }
}

void
MptcpUserspacePmRun::TestAnnounce()
{
    Refused("ADD_ADDR 10.0.2.2 (ns2) => ns1, invalid token",
            Commands(NS2).Announce(Token(m_ipv4, NS2) - 1, CLIENT_ID, Ipv4Address("10.0.2.2")),
            NS1);
    Announce(m_ipv4, NS2, CLIENT_ID, 0, true);
    Announce(m_ipv6, NS2, CLIENT_ID, 0, true);
    Announce(m_ipv4, NS2, CLIENT_ID + 1, NEW_PORT4, true);
    Announce(m_ipv4, NS1, SERVER_ID, 0, true);
    Announce(m_ipv6, NS1, SERVER_ID, 0, true);
    Announce(m_ipv4, NS1, SERVER_ID + 1, NEW_PORT4, true);
}

void
MptcpUserspacePmRun::TestRemove()
{
    Refused("RM_ADDR id:client ns2 => ns1, invalid token",
            Commands(NS2).Remove(Token(m_ipv4, NS2) - 1, CLIENT_ID + 1),
            NS1);
    Refused("RM_ADDR id:client+1 ns2 => ns1, invalid id",
            Commands(NS2).Remove(Token(m_ipv4, NS2), CLIENT_ID + 2),
            NS1);
    Withdraw("RM_ADDR id:client", m_ipv4, NS2, CLIENT_ID + 1);
    Withdraw("RM_ADDR id:client-1", m_ipv4, NS2, CLIENT_ID);
    Withdraw("RM_ADDR6 id:client-1", m_ipv6, NS2, CLIENT_ID);
    Withdraw("RM_ADDR id:server", m_ipv4, NS1, SERVER_ID + 1);
    Withdraw("RM_ADDR id:server-1", m_ipv4, NS1, SERVER_ID);
    Withdraw("RM_ADDR6 id:server-1", m_ipv6, NS1, SERVER_ID);
}

void
MptcpUserspacePmRun::OpenAndClose(const Connection& on,
                                  MptcpJoinHost to,
                                  bool ipv6,
                                  uint16_t port,
                                  bool announced)
{
    const MptcpJoinHost from = Other(to);
    const uint8_t id = to == NS1 ? SERVER_ID : CLIENT_ID;
    const std::string source = AddressOf(ipv6, 2, from);
    const std::string target = AddressOf(ipv6, 2, to);
    const Address remote = MptcpMakeName(MptcpJoinAddress(target), port ? port : Port(on, to));
    Must(Listen(to, target, MptcpGetPort(remote)));
    Must(Commands(to).Announce(Token(on, to), id, MptcpJoinAddress(target), port));
    if (announced)
    {
        Verify("ADD_ADDR4 id:server " + target + " (ns1) => ns2, reuse port",
               Match(from,
                     {.type = MptcpPmEventType::ANNOUNCED,
                      .token = Token(on, from),
                      .remote = remote,
                      .remoteId = id}));
    }
    std::ostringstream text;
    text << "_SUBFLOW" << (ipv6 ? "6 " : " ") << source << " (" << Name(from) << ") => " << target;
    if (port || to == NS1)
    {
        text << ':' << MptcpGetPort(remote);
    }
    text << " (" << Name(to) << ")";
    Wanted wanted{.type = MptcpPmEventType::SUB_ESTABLISHED,
                  .token = Token(on, from),
                  .local = MptcpJoinAddress(source),
                  .remote = remote,
                  .localId = DIAL_ID,
                  .remoteId = id};
    Must(Commands(from).CreateSubflow(wanted.token, DIAL_ID, *wanted.local, remote));
    Verify("CREATE" + text.str(), Match(from, wanted));
    Address local;
    for (const MptcpPmEvent& event : m_events[Index(from)])
    {
        local = event.type == wanted.type ? event.local : local;
    }
    m_listener->Close();
    Must(Commands(from).DestroySubflow(wanted.token, local, remote));
    wanted.type = MptcpPmEventType::SUB_CLOSED;
    Verify("DESTROY" + text.str(), Match(from, wanted));
    Withdraw("", on, to, id);
}

void
MptcpUserspacePmRun::TestSubflows()
{
    OpenAndClose(m_ipv4, NS2, false, 0, false);
    OpenAndClose(m_ipv6, NS2, true, 0, false);
    OpenAndClose(m_ipv4, NS2, false, NEW_PORT4, false);
    OpenAndClose(m_ipv4, NS1, false, 0, false);
    OpenAndClose(m_ipv6, NS1, true, 0, false);
    OpenAndClose(m_ipv4, NS1, false, NEW_PORT4, false);
    // An IPv4 subflow of the IPv6 connection.
    OpenAndClose(m_ipv6, NS1, false, 0, true);
}

void
MptcpUserspacePmRun::TestPrio()
{
    Must(Commands(NS2).SetBackup(Token(m_ipv4, NS2),
                                 InetSocketAddress(Ipv4Address("10.0.1.2"), m_ipv4.clientPort),
                                 InetSocketAddress(Ipv4Address("10.0.1.1"), PORT4),
                                 true));
    const uint64_t sent = m_net.GetCounter(NS2, "MPPrioTx");
    const uint64_t received = m_net.GetCounter(NS1, "MPPrioRx");
    Verify("MP_PRIO TX", sent == 1 ? "" : "got " + std::to_string(sent));
    Verify("MP_PRIO RX", received == 1 ? "" : "got " + std::to_string(received));
}

void
MptcpUserspacePmRun::TestListener()
{
    const Address name = InetSocketAddress(Ipv4Address("10.0.2.2"), m_ipv4.clientPort);
    const auto find = [this, &name](MptcpPmEventType type) {
        const auto& events = m_events[Index(NS2)];
        const auto number = std::count_if(events.begin(), events.end(), [&](const auto& event) {
            return event.type == type && event.local == name;
        });
        return number == 1 ? "" : "got " + std::to_string(number) + " events";
    };
    Must(Listen(NS2, "10.0.2.2", m_ipv4.clientPort));
    Verify("CREATE_LISTENER 10.0.2.2 (client port)", find(MptcpPmEventType::LISTENER_CREATED));
    Announce(m_ipv4, NS2, CLIENT_ID, 0, false);
    Must(Commands(NS1).CreateSubflow(Token(m_ipv4, NS1), DIAL_ID, Ipv4Address("10.0.2.1"), name));
    m_listener->Close();
    Wait();
    Verify("CLOSE_LISTENER 10.0.2.2 (client port)", find(MptcpPmEventType::LISTENER_CLOSED));
}

std::vector<MptcpUserspacePmResult>
MptcpUserspacePmRun::Execute()
{
    Connect(m_ipv4);
    Connect(m_ipv6);
    TestAnnounce();
    TestRemove();
    TestSubflows();
    TestPrio();
    TestListener();
    return m_results;
}

} // namespace ns3
