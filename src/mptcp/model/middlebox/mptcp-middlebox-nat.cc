/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-nat.h"

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
                          MakeUintegerChecker<uint16_t>(1));
    return tid;
}

MptcpMiddleboxNat::MptcpMiddleboxNat()
{
    m_bindings.SetFarewell(
        [this](const MptcpMiddleboxFlow&, Binding& binding) { m_flows.erase(binding.outside); });
}

std::size_t
MptcpMiddleboxNat::GetNFlows() const
{
    return m_bindings.GetSize();
}

uint64_t
MptcpMiddleboxNat::GetRefused() const
{
    return m_refused;
}

void
MptcpMiddleboxNat::DoDispose()
{
    m_bindings.Clear();
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
    Binding* binding = m_bindings.See(flow, Direction::FORWARD, segment, GetTimeouts());
    segment.SetSource(GetPublic(flow.inside));
    if (binding)
    {
        segment.sourcePort = binding->port;
    }
    else if (!ChoosePort(segment))
    {
        ++m_refused;
        return;
    }
    else
    {
        binding = &m_bindings.Add(flow, Direction::FORWARD, segment);
        *binding = {segment.sourcePort, MptcpMiddleboxFlow(Direction::FORWARD, segment)};
        m_flows[binding->outside] = flow;
    }
    CountAction();
    Emit(Direction::FORWARD, segment);
}

bool
MptcpMiddleboxNat::ChoosePort(Segment& segment)
{
    // A port may serve flows to several hosts outside, but two flows to one need two.
    for (uint32_t tries = 0; tries < UINT16_MAX; ++tries)
    {
        segment.sourcePort = m_nextPort;
        m_nextPort = m_nextPort == UINT16_MAX ? 1024 : m_nextPort + 1;
        if (!m_flows.contains(MptcpMiddleboxFlow(Direction::FORWARD, segment)))
        {
            return true;
        }
    }
    return false;
}

void
MptcpMiddleboxNat::In(Segment& segment)
{
    const auto found = m_flows.find(MptcpMiddleboxFlow(Direction::BACKWARD, segment));
    if (found != m_flows.end())
    {
        const MptcpMiddleboxFlow inside = found->second; // it goes with the binding
        if (m_bindings.See(inside, Direction::BACKWARD, segment, GetTimeouts()))
        {
            segment.SetDestination(inside.inside);
            segment.destinationPort = inside.insidePort;
            CountAction();
            Emit(Direction::BACKWARD, segment);
            return;
        }
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

} // namespace ns3
