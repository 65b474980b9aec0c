/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-random-overhead.h"

#include "ns3/abort.h"
#include "ns3/attribute.h"
#include "ns3/double.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-queue-disc-item.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-queue-disc-item.h"
#include "ns3/log.h"
#include "ns3/mptcp-checker.h"
#include "ns3/node.h"
#include "ns3/random-variable-stream.h"
#include "ns3/simulator.h"
#include "ns3/traffic-control-layer.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpRandomOverhead");

NS_OBJECT_ENSURE_REGISTERED(MptcpRandomOverhead);

namespace
{

/** What an IP interface takes for the traffic control of its node. */
class OverheadLayer : public TrafficControlLayer
{
  public:
    /**
     * @param overhead what draws the delays
     * @param inner traffic control of the node
     */
    OverheadLayer(Ptr<MptcpRandomOverhead> overhead, Ptr<TrafficControlLayer> inner)
        : m_overhead(overhead),
          m_inner(inner)
    {
    }

    void Send(Ptr<NetDevice> device, Ptr<QueueDiscItem> item) override
    {
        if (const auto delay = m_overhead->Draw(*item))
        {
            // Events of one time run in the order in which they were scheduled. So packets that
            // leave together stay in order, too, for which even a delay of zero needs an event.
            Simulator::Schedule(*delay, &TrafficControlLayer::Send, m_inner, device, item);
            return;
        }
        m_inner->Send(device, item);
    }

    void Receive(Ptr<NetDevice> device,
                 Ptr<const Packet> packet,
                 uint16_t protocol,
                 const Address& from,
                 const Address& to,
                 NetDevice::PacketType type) override
    {
        // An interface delivers packets to its own address here.
        m_inner->Receive(device, packet, protocol, from, to, type);
    }

  private:
    Ptr<MptcpRandomOverhead> m_overhead; ///< what draws the delays
    Ptr<TrafficControlLayer> m_inner;    ///< traffic control of the node
};

/**
 * Put a layer between all interfaces of an IP stack and the traffic control.
 * @tparam Stack Ipv4L3Protocol or Ipv6L3Protocol
 * @param node node, which may lack this version of IP
 * @param layer what goes between
 */
template <typename Stack>
void
Insert(Ptr<Node> node, Ptr<TrafficControlLayer> layer)
{
    const auto stack = node->GetObject<Stack>();
    for (uint32_t i = 0; stack && i < stack->GetNInterfaces(); ++i)
    {
        stack->GetInterface(i)->SetTrafficControl(layer);
    }
}

} // namespace

TypeId
MptcpRandomOverhead::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpRandomOverhead")
            .SetParent<Object>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpRandomOverhead>()
            .AddAttribute(
                "Overhead",
                "Largest random delay of a packet at the host that sends it, in service times of a "
                "full packet at the slowest link of its path; 0: none.",
                DoubleValue(1),
                MakeDoubleAccessor(&MptcpRandomOverhead::m_overhead),
                MptcpNamed("ns3::MptcpRandomOverhead::Overhead",
                           MakeDoubleChecker<double>(0, 1000)));
    return tid;
}

MptcpRandomOverhead::MptcpRandomOverhead() = default;

MptcpRandomOverhead::~MptcpRandomOverhead() = default;

double
MptcpRandomOverhead::GetOverhead() const
{
    return m_overhead;
}

void
MptcpRandomOverhead::Install(Ptr<Node> node)
{
    NS_LOG_FUNCTION(this << node);
    const auto inner = node->GetObject<TrafficControlLayer>();
    NS_ABORT_MSG_UNLESS(inner, "node " << node->GetId() << " has no IP stack");
    node->AggregateObject(this);
    m_random = CreateObject<UniformRandomVariable>();
    const auto layer = CreateObject<OverheadLayer>(Ptr<MptcpRandomOverhead>(this), inner);
    Insert<Ipv4L3Protocol>(node, layer);
    Insert<Ipv6L3Protocol>(node, layer);
}

void
MptcpRandomOverhead::SetServiceTime(const Address& source,
                                    const Address& destination,
                                    const Time& service)
{
    NS_LOG_FUNCTION(this << source << destination << service);
    NS_ABORT_MSG_IF(service.IsStrictlyNegative(), "a service time of " << service.As(Time::MS));
    m_ways[{source, destination}].service = service;
}

std::optional<Time>
MptcpRandomOverhead::Draw(const QueueDiscItem& item)
{
    std::pair<Address, Address> ends;
    if (const auto ipv4 = dynamic_cast<const Ipv4QueueDiscItem*>(&item))
    {
        ends = {ipv4->GetHeader().GetSource(), ipv4->GetHeader().GetDestination()};
    }
    else if (const auto ipv6 = dynamic_cast<const Ipv6QueueDiscItem*>(&item))
    {
        ends = {ipv6->GetHeader().GetSource(), ipv6->GetHeader().GetDestination()};
    }
    const auto it = m_ways.find(ends);
    if (it == m_ways.end())
    {
        return std::nullopt;
    }
    Way& way = it->second;
    const Time now = Simulator::Now();
    const double most = m_overhead * static_cast<double>(way.service.GetTimeStep());
    if (most <= 0 && way.last < now)
    {
        return std::nullopt;
    }
    const auto drawn = TimeStep(static_cast<uint64_t>(m_random->GetValue(0, most)));
    // TCP would take a packet that overtakes another for a loss.
    way.last = std::max(way.last, now + drawn);
    return way.last - now;
}

int64_t
MptcpRandomOverhead::AssignStreams(int64_t stream)
{
    m_random->SetStream(stream);
    return 1;
}

void
MptcpRandomOverhead::DoDispose()
{
    m_ways.clear();
    m_random = nullptr;
    Object::DoDispose();
}

} // namespace ns3
