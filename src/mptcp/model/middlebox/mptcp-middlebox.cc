/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox.h"

#include "ns3/abort.h"
#include "ns3/log.h"

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpMiddlebox");

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddlebox);

TypeId
MptcpMiddlebox::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpMiddlebox")
                            .SetParent<Object>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpMiddlebox>();
    return tid;
}

void
MptcpMiddlebox::SetPorts(Ptr<NetDevice> inside, Ptr<NetDevice> outside)
{
    NS_ABORT_MSG_IF(m_ports[0], "the middlebox has its ports");
    NS_ABORT_MSG_IF(inside == outside || inside->GetNode() != outside->GetNode(),
                    "the ports of a middlebox are two devices of one node");
    m_ports = {inside, outside};
    for (const auto direction : {Direction::FORWARD, Direction::BACKWARD})
    {
        const auto port = static_cast<std::size_t>(direction);
        m_handlers[port] = Node::ProtocolHandler([this, direction](Ptr<NetDevice>,
                                                                   Ptr<const Packet> packet,
                                                                   uint16_t protocol,
                                                                   const Address& from,
                                                                   const Address& to,
                                                                   NetDevice::PacketType) {
            Receive(direction, packet, protocol, from, to);
        });
        inside->GetNode()->RegisterProtocolHandler(m_handlers[port], 0, m_ports[port], true);
    }
}

void
MptcpMiddlebox::AddElement(Ptr<MptcpMiddleboxElement> element)
{
    const auto index = static_cast<int32_t>(m_elements.size());
    m_elements.push_back(element);
    element->SetOutput(MptcpMiddleboxElement::Output(
        [this, index](Direction direction, const MptcpMiddleboxSegment& segment) {
            Pass(direction == Direction::FORWARD ? index + 1 : index - 1, direction, segment);
        }));
}

uint32_t
MptcpMiddlebox::GetNElements() const
{
    return m_elements.size();
}

Ptr<MptcpMiddleboxElement>
MptcpMiddlebox::GetElement(uint32_t index) const
{
    NS_ABORT_MSG_IF(index >= m_elements.size(), "no such element: " << index);
    return m_elements[index];
}

int64_t
MptcpMiddlebox::AssignStreams(int64_t stream)
{
    int64_t used = 0;
    for (const Ptr<MptcpMiddleboxElement>& element : m_elements)
    {
        used += element->AssignStreams(stream + used);
    }
    return used;
}

void
MptcpMiddlebox::DoDispose()
{
    for (const Ptr<MptcpMiddleboxElement>& element : m_elements)
    {
        element->Dispose();
    }
    m_elements.clear();
    m_ports = {};
    m_handlers = {};
    Object::DoDispose();
}

void
MptcpMiddlebox::Receive(Direction direction,
                        Ptr<const Packet> packet,
                        uint16_t protocol,
                        const Address& from,
                        const Address& to)
{
    NS_LOG_FUNCTION(this << packet << protocol);
    const auto port = static_cast<std::size_t>(direction);
    if (!m_ports[port]->IsPointToPoint())
    {
        m_hosts[port].insert(from);
        if (m_hosts[port].count(to) > 0)
        {
            // Its receiver is on the same side.
            return;
        }
    }
    auto segment = MptcpMiddleboxSegment::Parse(packet, protocol);
    if (!segment)
    {
        Send(direction, packet->Copy(), protocol, from, to);
        return;
    }
    segment->linkSource = from;
    segment->linkDestination = to;
    const bool forward = direction == Direction::FORWARD;
    Pass(forward ? 0 : static_cast<int32_t>(m_elements.size()) - 1, direction, *segment);
}

void
MptcpMiddlebox::Pass(int32_t index, Direction direction, const MptcpMiddleboxSegment& segment)
{
    if (index >= 0 && index < static_cast<int32_t>(m_elements.size()))
    {
        m_elements[index]->Process(direction, segment);
        return;
    }
    Send(direction,
         segment.Serialize(),
         segment.GetProtocol(),
         segment.linkSource,
         segment.linkDestination);
}

void
MptcpMiddlebox::Send(Direction direction,
                     Ptr<Packet> packet,
                     uint16_t protocol,
                     const Address& from,
                     const Address& to)
{
    const Ptr<NetDevice> out = m_ports[static_cast<std::size_t>(Opposite(direction))];
    if (!out)
    {
        return;
    }
    if (out->IsPointToPoint())
    {
        out->Send(packet, out->GetBroadcast(), protocol);
    }
    else
    {
        out->SendFrom(packet, from, to, protocol);
    }
}

} // namespace ns3
