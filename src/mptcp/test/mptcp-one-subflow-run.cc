/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-one-subflow-run.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/data-rate.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-header.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/queue-size.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/type-id.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <utility>

namespace ns3
{

namespace
{

constexpr uint16_t PORT = 5000; ///< of the server

constexpr uint32_t MOST_CALLS = 10000; ///< that bring no data

/**
 * @param packet IP packet
 * @param header where its TCP header goes
 * @return octets of data
 */
uint32_t
Parse(const Ptr<const Packet>& packet, TcpHeader& header)
{
    const Ptr<Packet> copy = packet->Copy();
    Ipv4Header ip;
    copy->RemoveHeader(ip);
    copy->RemoveHeader(header);
    return copy->GetSize();
}

} // namespace

MptcpOneSubflowFigures
MptcpOneSubflowRun::Execute(const MptcpOneSubflowPlan& plan, Sender sender)
{
    RngSeedManager::SetRun(plan.seed);
    MptcpOneSubflowRun run(plan, sender);
    run.Build();
    Simulator::Stop(Seconds(600));
    Simulator::Run();
    run.m_client = nullptr;
    run.m_server = nullptr;
    run.m_listener = nullptr;
    Simulator::Destroy();
    Config::Reset();
    return run.m_figures;
}

MptcpOneSubflowRun::MptcpOneSubflowRun(const MptcpOneSubflowPlan& plan, Sender sender)
    : m_plan(plan),
      m_sender(sender)
{
}

void
MptcpOneSubflowRun::Build()
{
    const TypeIdValue controller(TypeId::LookupByName(m_plan.controller));
    // Stock TCP has no coupled controllers. Uncoupled, on one subflow, those are NewReno.
    const bool coupled = m_plan.controller.starts_with("ns3::Mptcp");
    Config::SetDefault("ns3::TcpL4Protocol::SocketType",
                       coupled ? TypeIdValue(TypeId::LookupByName("ns3::TcpNewReno")) : controller);
    Config::SetDefault("ns3::MptcpSocketBase::CongestionControl", controller);
    const std::string socket = "ns3::TcpSocket::";
    Config::SetDefault(socket + "SegmentSize", UintegerValue(m_plan.segment));
    Config::SetDefault(socket + "SndBufSize", UintegerValue(m_plan.buffer));
    Config::SetDefault(socket + "RcvBufSize", UintegerValue(m_plan.buffer));
    Config::SetDefault(socket + "InitialCwnd", UintegerValue(m_plan.initialWindow));
    Config::SetDefault(socket + "TcpNoDelay", BooleanValue(m_plan.noDelay));
    for (const auto& [name, value] : m_plan.defaults)
    {
        Config::SetDefault(name, StringValue(value));
    }

    m_topology.SetDataRate(0, DataRate(m_plan.rate));
    m_topology.SetDelay(0, MilliSeconds(m_plan.delay));
    m_topology.SetQueueSize(0, QueueSize(m_plan.queue));
    m_topology.SetLossRate(0, m_plan.loss);
    m_topology.Build();
    m_topology.AssignStreams(100);
    MptcpStackHelper().Install(m_topology.GetNodes());
    MptcpStackHelper::AssignStreams(m_topology.GetNodes(), 200);
    m_topology.GetClient()->GetObject<MptcpStack>()->SetAttribute("Enabled",
                                                                  BooleanValue(m_sender == MPTCP));
    m_topology.GetClient()->GetObject<Ipv4>()->TraceConnectWithoutContext(
        "Tx",
        MakeCallback(&MptcpOneSubflowRun::OnSent, this));
    m_topology.GetServer()->GetObject<Ipv4>()->TraceConnectWithoutContext(
        "Rx",
        MakeCallback(&MptcpOneSubflowRun::OnReceived, this));

    m_listener = Socket::CreateSocket(m_topology.GetServer(),
                                      m_sender == MPTCP ? MptcpSocketFactory::GetTypeId()
                                                        : TcpSocketFactory::GetTypeId());
    m_listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
    m_listener->Listen();
    m_listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>([this](Ptr<Socket> s, const Address&) {
            m_server = s;
            s->SetRecvCallback(MakeCallback(&MptcpOneSubflowRun::Read, this));
        }));
    Simulator::Schedule(MilliSeconds(100), &MptcpOneSubflowRun::Start, this);
}

void
MptcpOneSubflowRun::Start()
{
    m_start = Simulator::Now();
    m_client = Socket::CreateSocket(m_topology.GetClient(),
                                    m_sender == STOCK ? TcpSocketFactory::GetTypeId()
                                                      : MptcpSocketFactory::GetTypeId());
    m_client->SetConnectCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { Allow(); }),
                                 MakeNullCallback<void, Ptr<Socket>>());
    m_client->SetSendCallback(
        Callback<void, Ptr<Socket>, uint32_t>([this](Ptr<Socket> s, uint32_t) { Write(s); }));
    m_client->Connect(m_topology.GetSocketAddress(MptcpTopologyHelper::SERVER, 0, PORT));
}

void
MptcpOneSubflowRun::Allow()
{
    const uint64_t step = m_plan.burst > 0 ? m_plan.burst : m_plan.octets;
    m_allowed = std::min(m_allowed + step, m_plan.octets);
    if (m_allowed < m_plan.octets)
    {
        Simulator::Schedule(MilliSeconds(m_plan.every), &MptcpOneSubflowRun::Allow, this);
    }
    Write(m_client);
}

void
MptcpOneSubflowRun::Write(Ptr<Socket> socket)
{
    while (m_written < m_allowed)
    {
        const auto size = static_cast<uint32_t>(
            std::min<uint64_t>({m_plan.write, m_allowed - m_written, socket->GetTxAvailable()}));
        if (size == 0 || socket->Send(Create<Packet>(size)) < 0)
        {
            return;
        }
        m_written += size;
        if (m_plan.single)
        {
            break;
        }
    }
    if (m_plan.empty && m_figures.emptyCalls < MOST_CALLS)
    {
        ++m_figures.emptyCalls;
        socket->Send(Create<Packet>());
    }
}

void
MptcpOneSubflowRun::Read(Ptr<Socket> socket)
{
    while (socket->GetRxAvailable() > 0)
    {
        const Ptr<Packet> packet = socket->Recv();
        m_figures.received += packet->GetSize();
        m_figures.duration = Simulator::Now() - m_start;
    }
    if (m_figures.received == m_plan.octets && m_client)
    {
        // Not before, since what a close brings out is another matter.
        Simulator::ScheduleNow(&Socket::Close, std::exchange(m_client, nullptr));
    }
}

void
MptcpOneSubflowRun::OnSent(Ptr<const Packet> packet, Ptr<Ipv4> /*ipv4*/, uint32_t /*interface*/)
{
    TcpHeader header;
    const uint32_t size = Parse(packet, header);
    if (!m_isn)
    {
        m_isn = header.GetSequenceNumber().GetValue();
    }
    if (size == 0)
    {
        return;
    }
    const uint32_t from = header.GetSequenceNumber().GetValue() - *m_isn;
    m_figures.sent.push_back({Simulator::Now().GetNanoSeconds(), from, size});
    if (from < m_highest)
    {
        m_figures.octetsAgain += std::min(m_highest, from + size) - from;
    }
    m_highest = std::max(m_highest, from + size);
}

void
MptcpOneSubflowRun::OnReceived(Ptr<const Packet> packet, Ptr<Ipv4> /*ipv4*/, uint32_t /*interface*/)
{
    TcpHeader header;
    const uint32_t size = Parse(packet, header);
    if (size == 0)
    {
        return;
    }
    uint32_t from = header.GetSequenceNumber().GetValue() - *m_isn;
    uint32_t end = from + size;
    // Merge the ranges that overlap the new one or are adjacent to it.
    uint32_t had = 0;
    auto next = m_arrived.upper_bound(from);
    auto first =
        next != m_arrived.begin() && std::prev(next)->second >= from ? std::prev(next) : next;
    uint32_t low = from;
    uint32_t high = end;
    while (first != m_arrived.end() && first->first <= end)
    {
        const uint32_t overlapFrom = std::max(first->first, from);
        const uint32_t overlapEnd = std::min(first->second, end);
        had += overlapEnd > overlapFrom ? overlapEnd - overlapFrom : 0;
        low = std::min(low, first->first);
        high = std::max(high, first->second);
        first = m_arrived.erase(first);
    }
    m_arrived[low] = high;
    m_figures.octetsNeedless += had;
    m_figures.needless += had == size;
}

} // namespace ns3
