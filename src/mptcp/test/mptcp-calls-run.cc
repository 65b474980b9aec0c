/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-calls-run.h"

#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/mptcp-address-text.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/object-ptr-container.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-factory.h"

#include <sstream>

namespace ns3
{

namespace
{

using State = MptcpCallState;
using Topology = MptcpTopologyHelper;

constexpr uint32_t OCTETS = 1'000;               ///< what is sent in the end
const Time PREPARE_AT = MilliSeconds(100);       ///< the socket's state begins
const Time SHUT_AT = MilliSeconds(500);          ///< it ends
const Time CALL_AT = Seconds(2);                 ///< the call
const Time CALL_SYN_SENT_AT = MilliSeconds(105); ///< before the SYN/ACK comes
const Time USE_AFTER = MilliSeconds(2);          ///< after the call
const Time END_AT = Seconds(60);                 ///< what is to arrive has arrived

/** @return what is sent in the end */
std::string
Content()
{
    const auto octets = MptcpContent(9, 0, OCTETS);
    return {octets.begin(), octets.end()};
}

/** @return a packet with the same */
Ptr<Packet>
MakePacket()
{
    return Create<Packet>(MptcpContent(9, 0, OCTETS).data(), OCTETS);
}

} // namespace

MptcpCallsRun::MptcpCallsRun(State state)
    : m_state(state)
{
    RngSeedManager::SetRun(1);
}

MptcpCallsRun::~MptcpCallsRun()
{
    m_socket = nullptr;
    m_listener = nullptr;
    m_peer = nullptr;
    m_dialer = nullptr;
    other = nullptr;
    Simulator::Destroy();
}

void
MptcpCallsRun::Check(bool truth, const std::string& what)
{
    m_complaints += truth ? "" : what + "; ";
}

Ptr<MptcpSocketBase>
MptcpCallsRun::GetSocket() const
{
    return m_socket;
}

const std::string&
MptcpCallsRun::GetRead() const
{
    return m_read;
}

const std::string&
MptcpCallsRun::GetTold() const
{
    return m_told;
}

Address
MptcpCallsRun::GetName(Topology::Host host, uint32_t path) const
{
    return topology.GetSocketAddress(host, path, PORT);
}

std::string
MptcpCallsRun::Run(const Call& call)
{
    Install();
    Simulator::Schedule(PREPARE_AT, &MptcpCallsRun::Prepare, this);
    const Time at = m_state == State::SYN_SENT ? CALL_SYN_SENT_AT : CALL_AT;
    Simulator::Schedule(at, [this, &call] {
        const auto before = Look();
        const Ptr<MptcpSocketBase> keep = m_socket;
        result = call(*this, *keep);
        error = result < 0 ? keep->GetErrno() : Socket::ERROR_NOTERROR;
        if (result >= 0)
        {
            return;
        }
        const auto after = Look();
        for (std::size_t i = 0; i < before.size(); ++i)
        {
            Check(before[i] == after[i], before[i] + " became " + after[i]);
        }
        Simulator::Schedule(USE_AFTER, &MptcpCallsRun::Use, this);
    });
    Simulator::Stop(END_AT);
    Simulator::Run();
    if (result < 0)
    {
        CheckUse();
    }
    return m_complaints;
}

void
MptcpCallsRun::Install()
{
    topology.Build();
    MptcpStackHelper().Install(topology.GetNodes());
    MptcpStackHelper::AssignStreams(topology.GetNodes(), 200);
    InternetStackHelper().AssignStreams(topology.GetNodes(), 400);
    topology.GetServer()->GetObject<MptcpStack>()->SetAttribute(
        "Enabled",
        BooleanValue(m_state != State::FALLBACK));
    m_listener = Socket::CreateSocket(topology.GetServer(), MptcpSocketFactory::GetTypeId());
    m_listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
    m_listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                  Callback<void, Ptr<Socket>, const Address&>(
                                      [this](Ptr<Socket> s, const Address&) { Accept(s); }));
    m_listener->Listen();
    other = Socket::CreateSocket(topology.GetClient(), TcpSocketFactory::GetTypeId());
    other->Bind(InetSocketAddress(Ipv4Address::GetAny(), USED_PORT));
}

void
MptcpCallsRun::Accept(Ptr<Socket> s)
{
    m_peer = s;
    s->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket> from) { Read(from); }));
}

void
MptcpCallsRun::Read(Ptr<Socket> s)
{
    Ptr<Packet> packet;
    while ((packet = s->Recv()) && packet->GetSize() > 0)
    {
        std::string octets(packet->GetSize(), '\0');
        packet->CopyData(reinterpret_cast<uint8_t*>(octets.data()), octets.size());
        m_read += octets;
    }
}

void
MptcpCallsRun::Prepare()
{
    m_socket = DynamicCast<MptcpSocketBase>(
        Socket::CreateSocket(topology.GetClient(), MptcpSocketFactory::GetTypeId()));
    const auto tell = [this](const char* what) {
        return Callback<void, Ptr<Socket>>([this, what](Ptr<Socket>) { m_told += what; });
    };
    m_socket->SetConnectCallback(tell("connected "), tell("failed "));
    m_socket->SetCloseCallbacks(tell("closed "), tell("error "));
    m_socket->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket> s) {
        Ptr<Packet> packet;
        while ((packet = s->Recv()) && packet->GetSize() > 0)
        {
            m_received += packet->GetSize();
        }
    }));
    m_socket->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                Callback<void, Ptr<Socket>, const Address&>(
                                    [this](Ptr<Socket>, const Address&) { ++m_accepted; }));
    m_socket->SetSubflowCallback([this](Ptr<Socket>, MptcpSubflowEvent event, Ptr<MptcpSubflow>) {
        m_told += "subflow" + std::to_string(static_cast<int>(event)) + " ";
    });
    m_socket->TraceConnectWithoutContext(
        "State",
        Callback<void, MptcpState, MptcpState>([this](MptcpState, MptcpState now) {
            std::ostringstream os;
            os << now << " ";
            m_told += os.str();
        }));
    const Address refused = topology.GetSocketAddress(Topology::SERVER, 0, PORT + 1);
    switch (m_state)
    {
    case State::FRESH:
        break;
    case State::BOUND:
    case State::LISTEN:
        m_socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), OWN_PORT));
        m_state == State::LISTEN ? m_socket->Listen() : 0;
        break;
    case State::FAILED:
        m_socket->Connect(refused);
        break;
    default:
        m_socket->Connect(GetName(Topology::SERVER));
        break;
    }
    Simulator::Schedule(SHUT_AT - PREPARE_AT, [this] {
        if (m_state == State::HALF_CLOSED || m_state == State::ENDED)
        {
            m_socket->ShutdownSend();
        }
        if (m_state == State::ENDED || m_state == State::CLOSED)
        {
            m_peer->ShutdownSend();
        }
        if (m_state == State::CLOSED)
        {
            m_socket->Close();
        }
    });
}

std::vector<std::string>
MptcpCallsRun::Look() const
{
    std::vector<std::string> found;
    const auto note = [&found](const std::string& what, const auto& value) {
        std::ostringstream os;
        os << what << " " << value;
        found.push_back(os.str());
    };
    const Ptr<MptcpStack> stack = m_socket->GetStack();
    ObjectPtrContainerValue sockets;
    topology.GetClient()->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
    Address local;
    Address peer;
    m_socket->GetSockName(local);
    m_socket->GetPeerName(peer);
    note("state", m_socket->GetState());
    note("client", m_socket->IsClient());
    note("fallback", m_socket->IsFallback());
    note("token", m_socket->GetLocalToken());
    note("tokens", stack->GetTokens().GetSize());
    note("this token's socket",
         stack->GetTokens().Find(m_socket->GetLocalToken()) == PeekPointer(m_socket));
    note("room", m_socket->GetTxAvailable());
    note("readable", m_socket->GetRxAvailable());
    note("name", local);
    note("peer", peer);
    note("subflows", m_socket->GetSubflows().size());
    for (const auto& subflow : m_socket->GetSubflows())
    {
        note("subflow", +subflow->GetSubflowId());
        note("its state", TcpSocket::TcpStateName[subflow->GetTcpState()]);
        note("closing", subflow->IsClosing());
        note("backup", subflow->IsBackup());
    }
    note("sockets", sockets.GetN());
    note("connections", stack->GetNConnections());
    note("established", stack->GetCounter("MPCurrEstab"));
    note("told", m_told);
    return found;
}

void
MptcpCallsRun::Use()
{
    switch (m_state)
    {
    case State::FRESH:
    case State::BOUND:
    case State::FAILED:
        Check(m_socket->Connect(GetName(Topology::SERVER)) == 0, "it cannot connect afterwards");
        [[fallthrough]];
    case State::SYN_SENT:
    case State::ESTABLISHED:
    case State::FALLBACK:
        Check(m_socket->Send(MakePacket(), 0) == OCTETS, "it cannot send afterwards");
        m_socket->ShutdownSend();
        break;
    case State::LISTEN:
        m_dialer = Socket::CreateSocket(topology.GetServer(), MptcpSocketFactory::GetTypeId());
        m_dialer->Connect(topology.GetSocketAddress(Topology::CLIENT, 0, OWN_PORT));
        break;
    case State::HALF_CLOSED:
        m_peer->Send(MakePacket());
        break;
    default:
        break;
    }
}

void
MptcpCallsRun::CheckUse()
{
    switch (m_state)
    {
    case State::LISTEN:
        Check(m_accepted == 1, "it does not accept afterwards");
        break;
    case State::HALF_CLOSED:
        Check(m_received == OCTETS, "it does not read afterwards");
        break;
    case State::ENDED:
    case State::CLOSED:
        Check(m_socket->GetState() == MptcpState::CLOSED, "it is not closed afterwards");
        break;
    default:
        Check(m_read == Content(),
              "the peer has read " + std::to_string(m_read.size()) + " octets afterwards");
        if (m_state == State::BOUND && m_peer)
        {
            Address peer;
            m_peer->GetPeerName(peer);
            Check(InetSocketAddress::ConvertFrom(peer).GetPort() == OWN_PORT,
                  "it has lost its port");
        }
        break;
    }
}

} // namespace ns3
