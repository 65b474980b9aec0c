/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-nat.h"

#include "ns3/simulator.h"
#include "ns3/uinteger.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxNat);

TypeId
MptcpMiddleboxNat::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpMiddleboxNat")
            .SetParent<MptcpMiddleboxElement>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpMiddleboxNat>()
            .AddAttribute("PublicIpv4",
                          "Address of the outside, to which the hosts there have a route over "
                          "this link; 0.0.0.0: addresses are kept, only ports change.",
                          Ipv4AddressValue(Ipv4Address::GetAny()),
                          MakeIpv4AddressAccessor(&MptcpMiddleboxNat::m_publicIpv4),
                          MakeIpv4AddressChecker())
            .AddAttribute("PublicIpv6",
                          "The same for IPv6; :: keeps the addresses.",
                          Ipv6AddressValue(Ipv6Address::GetAny()),
                          MakeIpv6AddressAccessor(&MptcpMiddleboxNat::m_publicIpv6),
                          MakeIpv6AddressChecker())
            .AddAttribute("FirstPort",
                          "Public port of the first flow; the next ones count up.",
                          UintegerValue(40000),
                          MakeUintegerAccessor(&MptcpMiddleboxNat::m_nextPort),
                          MakeUintegerChecker<uint16_t>(1))
            .AddAttribute("Timeout",
                          "A flow that is idle for this long loses its binding; 0: never.",
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&MptcpMiddleboxNat::m_timeout),
                          MakeTimeChecker(Time(0)));
    return tid;
}

uint64_t
MptcpMiddleboxNat::GetRefused() const
{
    return m_refused;
}

void
MptcpMiddleboxNat::DoDispose()
{
    m_bindings.clear();
    m_flows.clear();
    MptcpMiddleboxElement::DoDispose();
}

void
MptcpMiddleboxNat::DoProcess(Direction direction, Segment& segment)
{
    if (direction == Direction::FORWARD)
    {
        Out(segment);
    }
    else
    {
        In(segment);
    }
}

void
MptcpMiddleboxNat::Out(Segment& segment)
{
    const MptcpMiddleboxFlow flow(Direction::FORWARD, segment);
    Binding& binding = m_bindings[flow];
    if (binding.port == 0 || IsExpired(binding))
    {
        binding.port = m_nextPort;
        m_nextPort = m_nextPort == UINT16_MAX ? 1024 : m_nextPort + 1;
    }
    binding.used = Simulator::Now();
    segment.SetSource(GetPublic(flow.inside));
    segment.sourcePort = binding.port;
    m_flows[MptcpMiddleboxFlow(Direction::FORWARD, segment)] = flow;
    CountAction();
    Emit(Direction::FORWARD, segment);
}

void
MptcpMiddleboxNat::In(Segment& segment)
{
    const auto found = m_flows.find(MptcpMiddleboxFlow(Direction::BACKWARD, segment));
    if (found != m_flows.end())
    {
        Binding& binding = m_bindings[found->second];
        if (binding.port == segment.destinationPort && !IsExpired(binding))
        {
            binding.used = Simulator::Now();
            segment.SetDestination(found->second.inside);
            segment.destinationPort = found->second.insidePort;
            CountAction();
            Emit(Direction::BACKWARD, segment);
            return;
        }
        m_flows.erase(found);
    }
    ++m_refused;
}

Address
MptcpMiddleboxNat::GetPublic(const Address& inside) const
{
    if (Ipv4Address::IsMatchingType(inside))
    {
        return m_publicIpv4.IsAny() ? inside : Address(m_publicIpv4);
    }
    return m_publicIpv6.IsAny() ? inside : Address(m_publicIpv6);
}

bool
MptcpMiddleboxNat::IsExpired(const Binding& binding) const
{
    return m_timeout.IsStrictlyPositive() && Simulator::Now() - binding.used > m_timeout;
}

} // namespace ns3
