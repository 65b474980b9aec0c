/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_H
#define MPTCP_MIDDLEBOX_H

#include "mptcp-middlebox-element.h"

#include "ns3/address.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/object.h"

#include <array>
#include <cstdint>
#include <set>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * A transparent box with two ports on a link: what enters by one port leaves by the other, after
 * its elements have had their way with the TCP segments. Anything else (ARP, ICMP, UDP, fragments)
 * passes untouched, and so does TCP with a wrong checksum.
 *
 * The box is aggregated to a node of its own without an internet stack. The ports are two devices
 * of that node, point-to-point devices or devices that support SendFrom (CSMA). Packets from the
 * first port (the inside) visit the elements in order, those from the second port in reverse order.
 */
class MptcpMiddlebox : public Object
{
  public:
    /** Direction of a segment. */
    using Direction = MptcpMiddleboxDirection;

    /** @return the TypeId */
    static TypeId GetTypeId();

    /**
     * Take two devices of a node for ports.
     * @param inside the first port
     * @param outside the second port, another device of the same node
     */
    void SetPorts(Ptr<NetDevice> inside, Ptr<NetDevice> outside);
    /** @param element next element, as seen from the inside */
    void AddElement(Ptr<MptcpMiddleboxElement> element);
    /** @return number of elements */
    uint32_t GetNElements() const;
    /** @param index position, from 0 @return the element */
    Ptr<MptcpMiddleboxElement> GetElement(uint32_t index) const;
    /**
     * Fix the random streams of the elements.
     * @param stream first stream index
     * @return number of streams used
     */
    int64_t AssignStreams(int64_t stream);

  protected:
    void DoDispose() override;

  private:
    /**
     * A frame arrives.
     * @param direction by the port that this direction comes from
     * @param packet the frame without its header
     * @param protocol Ethernet type
     * @param from link-layer source
     * @param to link-layer destination
     */
    void Receive(Direction direction,
                 Ptr<const Packet> packet,
                 uint16_t protocol,
                 const Address& from,
                 const Address& to);
    /**
     * A segment leaves an element or enters the box.
     * @param index element that is next; none of this number: it leaves the box
     * @param direction direction of the segment
     * @param segment the segment
     */
    void Pass(int32_t index, Direction direction, const MptcpMiddleboxSegment& segment);
    /**
     * @param direction to the port that this direction goes to
     * @param packet packet without link-layer header
     * @param protocol Ethernet type
     * @param from link-layer source
     * @param to link-layer destination
     */
    void Send(Direction direction,
              Ptr<Packet> packet,
              uint16_t protocol,
              const Address& from,
              const Address& to);

    std::array<Ptr<NetDevice>, 2> m_ports;              ///< inside, outside
    std::array<std::set<Address>, 2> m_hosts;           ///< link-layer addresses at each port
    std::vector<Ptr<MptcpMiddleboxElement>> m_elements; ///< from the inside to the outside
    std::array<Node::ProtocolHandler, 2> m_handlers;    ///< of the ports
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_H */
