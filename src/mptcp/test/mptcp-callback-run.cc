/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-callback-run.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/object-ptr-container.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

namespace
{

using Action = MptcpCallbackAction;
using Kind = MptcpCallbackKind;
using Place = MptcpCallbackPlace;
using Topology = MptcpTopologyHelper;

constexpr uint64_t OCTETS = 150'000;       ///< of each direction
constexpr uint64_t OTHER_OCTETS = 5'000;   ///< of each direction of another connection
constexpr uint16_t PORT = 5000;            ///< of the connection; the next one is for others
const Time CONNECT_AT = MilliSeconds(100); ///< when the client connects
const Time ERROR_AT = MilliSeconds(180);   ///< when the peer aborts, for the error callback
const Time CUT_AT = MilliSeconds(190);     ///< when a path goes, for stale subflows
const Time DISTURB_AT = MilliSeconds(200); ///< when the peer does something to a subflow
const Time CLOSE_AT = Seconds(200);        ///< by then all that can arrive has arrived
const Time END_AT = Seconds(2000);         ///< by then nothing happens any more

/** @param host a host @return the other one */
Topology::Host
Other(Topology::Host host)
{
    return host == Topology::CLIENT ? Topology::SERVER : Topology::CLIENT;
}

} // namespace

MptcpCallbackRun::MptcpCallbackRun(const MptcpCallbackCell& cell)
    : m_cell(cell),
      m_topology(cell.kind == Kind::MPTCP ? 2 : 1)
{
    RngSeedManager::SetRun(1);
    for (const auto host : {Topology::CLIENT, Topology::SERVER})
    {
        m_ends[host] = std::make_unique<MptcpCallbackEnd>(1 + host, 2 - host, OCTETS);
        m_others[host] = std::make_unique<MptcpCallbackEnd>(3 + host, 4 - host, OTHER_OCTETS);
    }
}

MptcpCallbackRun::~MptcpCallbackRun()
{
    for (auto& end : m_ends)
    {
        end->socket = nullptr;
    }
    for (auto& end : m_others)
    {
        end->socket = nullptr;
    }
    m_listeners.clear();
    Simulator::Destroy();
}

bool
MptcpCallbackRun::HasActed() const
{
    return m_acted;
}

bool
MptcpCallbackRun::Is(Place place) const
{
    return m_cell.place == place;
}

Ptr<Node>
MptcpCallbackRun::GetNode(Topology::Host host) const
{
    return host == Topology::CLIENT ? m_topology.GetClient() : m_topology.GetServer();
}

void
MptcpCallbackRun::Check(bool truth, const std::string& what)
{
    m_complaints += truth ? "" : what + "; ";
}

std::string
MptcpCallbackRun::Run()
{
    Install();
    Simulator::Schedule(CLOSE_AT, &MptcpCallbackRun::CloseAll, this);
    Simulator::Stop(END_AT);
    Simulator::Run();
    const uint64_t events = Simulator::GetEventCount();
    Simulator::Stop(Days(1));
    Simulator::Run();
    Check(Simulator::GetEventCount() - events <= 1, "the simulation does not end");
    CheckCalls();
    CheckData();
    CheckLeftovers();
    return m_complaints;
}

void
MptcpCallbackRun::Install()
{
    m_topology.Build();
    m_topology.AssignStreams(100);
    InternetStackHelper().AssignStreams(m_topology.GetNodes(), 400);
    MptcpStackHelper().Install(m_topology.GetNodes());
    MptcpStackHelper::AssignStreams(m_topology.GetNodes(), 200);
    if (m_cell.kind == Kind::FALLBACK)
    {
        GetNode(Topology::SERVER)
            ->GetObject<MptcpStack>()
            ->SetAttribute("Enabled", BooleanValue(false));
    }
    m_ends[m_cell.side]->hook = [this](Place place, Ptr<Socket> s) { Hit(place, s); };
    Watch();
    for (const auto host : {Topology::SERVER, Topology::CLIENT})
    {
        const bool stock = m_cell.kind == Kind::STOCK && host != m_cell.side;
        for (const uint16_t port : {PORT, static_cast<uint16_t>(PORT + 1)})
        {
            const Ptr<Socket> listener = Socket::CreateSocket(
                GetNode(host),
                stock ? TcpSocketFactory::GetTypeId() : MptcpSocketFactory::GetTypeId());
            auto* end = (port == PORT ? m_ends : m_others)[host].get();
            listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
            listener->SetAcceptCallback(
                Callback<bool, Ptr<Socket>, const Address&>([end](Ptr<Socket> s, const Address&) {
                    end->hook ? end->hook(Place::ACCEPT_REQUEST, s) : void();
                    return true;
                }),
                Callback<void, Ptr<Socket>, const Address&>([end](Ptr<Socket> s, const Address&) {
                    ++end->accepted;
                    end->Use(s);
                    end->hook ? end->hook(Place::NEW_CONNECTION, s) : void();
                }));
            if (port == PORT && host == m_cell.side)
            {
                TellOfSubflows(listener);
            }
            listener->Listen();
            m_listeners.push_back(listener);
        }
    }
    Simulator::Schedule(CONNECT_AT, &MptcpCallbackRun::Connect, this);
    Disturb();
}

void
MptcpCallbackRun::Connect()
{
    const Ptr<Socket> s =
        Socket::CreateSocket(GetNode(Topology::CLIENT),
                             m_cell.kind == Kind::STOCK && m_cell.side == Topology::SERVER
                                 ? TcpSocketFactory::GetTypeId()
                                 : MptcpSocketFactory::GetTypeId());
    m_ends[Topology::CLIENT]->Use(s);
    if (m_cell.side == Topology::CLIENT)
    {
        TellOfSubflows(s);
    }
    const uint16_t nobody = PORT + 2;
    s->Connect(m_topology.GetSocketAddress(Topology::SERVER,
                                           0,
                                           Is(Place::CONNECT_FAILED) ? nobody : PORT));
}

void
MptcpCallbackRun::TellOfSubflows(Ptr<Socket> s)
{
    if (Is(Place::SUBFLOW_EVENT))
    {
        DynamicCast<MptcpSocketBase>(s)->SetSubflowCallback(
            MakeCallback(&MptcpCallbackRun::OnSubflow, this));
    }
}

void
MptcpCallbackRun::OnSubflow(Ptr<Socket> s, MptcpSubflowEvent, Ptr<MptcpSubflow>)
{
    Hit(Place::SUBFLOW_EVENT, s);
}

void
MptcpCallbackRun::Disturb()
{
    auto* peer = m_ends[Other(m_cell.side)].get();
    if (m_cell.kind == Kind::STOCK)
    {
        // Stock TCP that has closed after its peer loses what it has to send again (LAST_ACK).
        m_ends[m_cell.side]->openUntil = Seconds(5);
    }
    if (Is(Place::ERROR_CLOSE))
    {
        peer->reads = m_cell.kind != Kind::STOCK; // stock TCP resets what is not read
        Simulator::Schedule(ERROR_AT, [peer] { peer->Abort(); });
    }
    if (Is(Place::TRACE_SUBFLOW_STALE))
    {
        m_topology.CutPath(1, CUT_AT, Seconds(20));
        KeepOpen(Seconds(30));
    }
    const auto atPeer = [peer](const Time& at, auto action) {
        Simulator::Schedule(at, [peer, action] {
            const auto mptcp = DynamicCast<MptcpSocketBase>(peer->socket);
            if (mptcp && mptcp->GetSubflows().size() > 1)
            {
                action(*mptcp, mptcp->GetSubflows().back()->GetSubflowId());
            }
        });
    };
    if (Is(Place::TRACE_SUBFLOW_PRIORITY))
    {
        KeepOpen(Seconds(2));
        atPeer(DISTURB_AT, [](MptcpSocketBase& s, uint8_t id) { s.SetSubflowPriority(id, true); });
    }
    if (Is(Place::TRACE_SUBFLOW_RESET) || Is(Place::TRACE_SUBFLOW_CLOSED))
    {
        KeepOpen(Seconds(2));
        atPeer(DISTURB_AT, [](MptcpSocketBase& s, uint8_t id) {
            s.ResetSubflow(id, MPTCP_RST_PERFORMANCE, true);
        });
    }
}

void
MptcpCallbackRun::KeepOpen(const Time& until)
{
    for (const auto& end : m_ends)
    {
        end->openUntil = until;
    }
}

// ---- The action ----

void
MptcpCallbackRun::Hit(Place place, Ptr<Socket> target)
{
    if (!Is(place) || !target || m_acted || ++m_hits < m_cell.occurrence)
    {
        return;
    }
    m_acted = true;
    Act(target);
}

void
MptcpCallbackRun::HitWatched(Place place)
{
    if (!Is(place) || m_acted)
    {
        return;
    }
    // Traces of the node go on when the connection is gone.
    for (const auto& alive : GetNode(m_cell.side)->GetObject<MptcpStack>()->GetConnections())
    {
        if (PeekPointer(alive) == m_watched)
        {
            Hit(place, alive);
        }
    }
}

void
MptcpCallbackRun::Act(Ptr<Socket> target)
{
    auto& end = *m_ends[m_cell.side];
    auto& mptcp = *DynamicCast<MptcpSocketBase>(target);
    switch (m_cell.action)
    {
    case Action::ABORT:
        mptcp.SetLinger(true, Time());
        [[fallthrough]];
    case Action::CLOSE:
        end.socket = nullptr;
        Check(target->Close() == 0, "Close fails");
        break;
    case Action::DROP:
    case Action::DROP_ALL:
        end.Drop(m_cell.action == Action::DROP_ALL);
        if (Is(Place::ACCEPT_REQUEST))
        {
            std::erase(m_listeners, target);
        }
        break;
    case Action::SEND:
        end.SendUntilFull(*target);
        break;
    case Action::RECV_ALL:
        end.Read();
        break;
    case Action::RECV_ONE:
        end.ReadOne();
        break;
    case Action::RECV_ONE_CLOSE:
        end.ReadOne();
        end.socket = nullptr;
        target->Close();
        break;
    case Action::SHUTDOWN_SEND:
        end.socket ? end.ShutdownSend() : void(target->ShutdownSend());
        break;
    case Action::SHUTDOWN_RECV:
        target->ShutdownRecv();
        break;
    case Action::CONNECT_AGAIN:
        m_result = target->Connect(m_topology.GetSocketAddress(Topology::SERVER, 0, PORT));
        break;
    case Action::NEW_SOCKET:
        ConnectAnother();
        break;
    case Action::TERMINATE_SUBFLOW:
        mptcp.TerminateSubflow(0);
        break;
    case Action::RESET_SUBFLOW:
        mptcp.ResetSubflow(0, MPTCP_RST_PERFORMANCE);
        break;
    case Action::REQUEST_SUBFLOW:
        mptcp.RequestSubflow(m_topology.GetAddress(m_cell.side, 0),
                             m_topology.GetSocketAddress(Other(m_cell.side), 0, PORT));
        mptcp.SetPerformance(MptcpPerformance::LOW_LATENCY);
        mptcp.SetSubflowPriority(0, true);
        break;
    case Action::COUNT:
        break;
    }
}

void
MptcpCallbackRun::ConnectAnother()
{
    const auto host = m_cell.side;
    const Ptr<Socket> s = Socket::CreateSocket(GetNode(host), MptcpSocketFactory::GetTypeId());
    m_others[host]->Use(s);
    Check(s->Connect(m_topology.GetSocketAddress(Other(host), 0, PORT + 1)) == 0,
          "another socket cannot connect");
}

void
MptcpCallbackRun::CloseAll()
{
    for (auto* ends : {&m_ends, &m_others})
    {
        for (auto& end : *ends)
        {
            end->Abort();
        }
    }
    for (const auto& listener : m_listeners)
    {
        listener->Close();
    }
    m_listeners.clear();
    // What was dropped is closed as a process that ends would.
    for (const auto host : {Topology::CLIENT, Topology::SERVER})
    {
        for (const auto& left : GetNode(host)->GetObject<MptcpStack>()->GetConnections())
        {
            left->SetLinger(true, Time());
            left->Close();
        }
    }
}

// ---- What should have come of it ----

void
MptcpCallbackRun::CheckCalls()
{
    for (const auto* ends : {&m_ends, &m_others})
    {
        for (const auto& end : *ends)
        {
            Check(!end->wrong, "wrong data");
            if (m_cell.kind == Kind::STOCK && end != (*ends)[m_cell.side])
            {
                continue; // stock TCP tells of a normal close after an error
            }
            Check(end->connected <= 1, "connected twice");
            Check(end->accepted <= 1, "accepted twice");
            Check(end->failed <= 1, "failed twice");
            Check(end->closed <= 1, "closed twice");
            Check(end->errors <= 1, "two errors");
            Check(end->afterEnd.empty(), "called at the end: " + end->afterEnd);
        }
    }
    const bool again = m_cell.action == Action::CONNECT_AGAIN && Is(Place::CONNECT_FAILED);
    Check(m_cell.action != Action::CONNECT_AGAIN || !m_acted || (m_result == 0) == again,
          "Connect again returns " + std::to_string(m_result));
}

void
MptcpCallbackRun::CheckData()
{
    const auto& subject = *m_ends[m_cell.side];
    const auto& peer = *m_ends[Other(m_cell.side)];
    const auto action = m_cell.action;
    const bool again = action == Action::CONNECT_AGAIN && m_acted;
    if (action == Action::NEW_SOCKET && m_acted)
    {
        const auto& own = *m_others[m_cell.side];
        const auto& other = *m_others[Other(m_cell.side)];
        Check(own.sent == OTHER_OCTETS && other.received == own.sent, "another socket's data");
        Check(other.sent == OTHER_OCTETS && own.received == other.sent,
              "another socket's data back");
    }
    if (Is(Place::ERROR_CLOSE) || (Is(Place::CONNECT_FAILED) && !again))
    {
        return;
    }
    const bool listener = Is(Place::ACCEPT_REQUEST); // the connection comes nevertheless
    const bool gone =
        action == Action::CLOSE || action == Action::ABORT || action == Action::RECV_ONE_CLOSE;
    const bool lost = action == Action::TERMINATE_SUBFLOW || action == Action::RESET_SUBFLOW;
    if (m_acted && (lost || action == Action::ABORT || (gone && !listener)))
    {
        return; // depends on whether there was another subflow, and on what was unread
    }
    Check(peer.received == subject.sent,
          "the peer has read " + std::to_string(peer.received) + " of " +
              std::to_string(subject.sent));
    // After the subject's FIN stock TCP may lose data, see Disturb.
    const bool deaf = action == Action::DROP || action == Action::DROP_ALL ||
                      action == Action::SHUTDOWN_RECV ||
                      (action == Action::SHUTDOWN_SEND && m_cell.kind == Kind::STOCK);
    // What a listener shuts down holds for the connections that it accepts, as with stock TCP.
    if (!deaf || (listener && action != Action::SHUTDOWN_RECV) || !m_acted)
    {
        Check(subject.received == peer.sent,
              "the subject has read " + std::to_string(subject.received) + " of " +
                  std::to_string(peer.sent));
        Check(peer.sent == OCTETS, "the peer has not written all");
    }
}

void
MptcpCallbackRun::CheckLeftovers()
{
    for (auto* ends : {&m_ends, &m_others})
    {
        for (auto& end : *ends)
        {
            end->socket = nullptr;
        }
    }
    for (const auto host : {Topology::CLIENT, Topology::SERVER})
    {
        const std::string who = host == Topology::CLIENT ? "client: " : "server: ";
        const Ptr<Node> node = GetNode(host);
        const Ptr<MptcpStack> stack = node->GetObject<MptcpStack>();
        Check(stack->GetNConnections() == 0,
              who + std::to_string(stack->GetNConnections()) + " sockets of MPTCP left");
        Check(stack->GetTokens().GetSize() == 0, who + "tokens left");
        Check(stack->GetCounter("MPCurrEstab") == 0, who + "MPCurrEstab");
        ObjectPtrContainerValue sockets;
        node->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
        Check(sockets.GetN() == 0, who + std::to_string(sockets.GetN()) + " sockets left");
        for (const uint16_t port : {PORT, static_cast<uint16_t>(PORT + 1)})
        {
            m_names.emplace_back(host, InetSocketAddress(Ipv4Address::GetAny(), port));
        }
    }
    std::sort(m_names.begin(), m_names.end());
    m_names.erase(std::unique(m_names.begin(), m_names.end()), m_names.end());
    for (const auto& [host, name] : m_names)
    {
        // Whoever has an end point there would be in the way.
        const Ptr<Socket> s = Socket::CreateSocket(GetNode(host), TcpSocketFactory::GetTypeId());
        Check(s->Bind(name) == 0, "an end point is left");
        s->Close();
    }
}

} // namespace ns3
