/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_RETRANSMISSION_COUNTER_H
#define MPTCP_RETRANSMISSION_COUNTER_H

#include "ns3/object.h"
#include "ns3/ptr.h"

#include <array>
#include <cstdint>
#include <map>

namespace ns3
{

class Ipv4;
class Ipv6;
class Node;
class Packet;

/**
 * @ingroup mptcp
 *
 * Counts the octets of TCP payload that a node sends, and those of them that it had sent before.
 *
 * It looks at the sequence numbers of all TCP segments that leave the node by IP, version 4 or 6,
 * so that stock TCP and the subflows of MPTCP are counted alike: stock TCP has no counter of its
 * own. What MPTCP sends again on another subflow has new sequence numbers there and is not counted.
 */
class MptcpRetransmissionCounter : public Object
{
  public:
    /**
     * Register the type.
     * @return the object TypeId
     */
    static TypeId GetTypeId();

    MptcpRetransmissionCounter();
    ~MptcpRetransmissionCounter() override;

    /**
     * Count what a node sends from now on.
     * @param node node with an IP stack
     */
    void Watch(Ptr<Node> node);
    /** @return octets of payload that were sent, repetitions included */
    uint64_t GetSent() const;
    /** @return octets of payload among them that were not sent for the first time */
    uint64_t GetRetransmitted() const;

  private:
    /** Addresses and ports as they are in the headers; those of version 4 leave the rest zero. */
    using Key = std::array<uint8_t, 36>;

    /**
     * Look at a packet.
     * @param packet the packet, with its IP header
     */
    void Count(Ptr<const Packet> packet);
    /**
     * @param packet the packet
     * @param ipv4 unused
     * @param interface unused
     */
    void CountIpv4(Ptr<const Packet> packet, Ptr<Ipv4> ipv4, uint32_t interface);
    /**
     * @param packet the packet
     * @param ipv6 unused
     * @param interface unused
     */
    void CountIpv6(Ptr<const Packet> packet, Ptr<Ipv6> ipv6, uint32_t interface);

    std::map<Key, uint32_t> m_next; ///< sequence number after the last octet sent, by connection
    uint64_t m_sent{0};             ///< octets of payload
    uint64_t m_retransmitted{0};    ///< of these, sent before
};

} // namespace ns3

#endif /* MPTCP_RETRANSMISSION_COUNTER_H */
