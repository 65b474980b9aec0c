/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SEGMENT_GUARD_H
#define MPTCP_SEGMENT_GUARD_H

#include "ns3/ip-l4-protocol.h"

namespace ns3
{

class MptcpStack;
class Node;

/**
 * @ingroup mptcp
 * Stands between IP and the TCP of a node, because ns3::TcpHeader reads every segment there before
 * any socket sees it, and stops the simulation over options of a wrong length: no peer may do that.
 * Segments that are too short for their header are dropped (counter InErrs), malformed options are
 * mended (MptcpMendTcpOptions), and all others are handed on as they are. Both are told by the
 * trace MalformedSegment of the MptcpStack. It notes there which segments come by another interface
 * than that of their address.
 */
class MptcpSegmentGuard : public IpL4Protocol
{
  public:
    /** @return the type */
    static TypeId GetTypeId();

    MptcpSegmentGuard() = default;

    /**
     * Put one in front of the TCP of a node, for each version of IP where that TCP is what IP hands
     * segments to. Called again it changes nothing, but for a version that was added since.
     *
     * @param node node with a TcpL4Protocol; without one nothing happens
     * @param stack whose counters and traces tell what was malformed
     */
    static void Install(Ptr<Node> node, Ptr<MptcpStack> stack);

    int GetProtocolNumber() const override;
    RxStatus Receive(Ptr<Packet> packet,
                     const Ipv4Header& header,
                     Ptr<Ipv4Interface> interface) override;
    RxStatus Receive(Ptr<Packet> packet,
                     const Ipv6Header& header,
                     Ptr<Ipv6Interface> interface) override;
    void ReceiveIcmp(Ipv4Address icmpSource,
                     uint8_t icmpTtl,
                     uint8_t icmpType,
                     uint8_t icmpCode,
                     uint32_t icmpInfo,
                     Ipv4Address payloadSource,
                     Ipv4Address payloadDestination,
                     const uint8_t payload[8]) override;
    void ReceiveIcmp(Ipv6Address icmpSource,
                     uint8_t icmpTtl,
                     uint8_t icmpType,
                     uint8_t icmpCode,
                     uint32_t icmpInfo,
                     Ipv6Address payloadSource,
                     Ipv6Address payloadDestination,
                     const uint8_t payload[8]) override;
    void SetDownTarget(DownTargetCallback callback) override;
    void SetDownTarget6(DownTargetCallback6 callback) override;
    DownTargetCallback GetDownTarget() const override;
    DownTargetCallback6 GetDownTarget6() const override;

  protected:
    void DoDispose() override;

  private:
    /** @param packet a segment @return the same, or mended; null: drop it */
    Ptr<Packet> Check(Ptr<Packet> packet) const;
    /** @param packet a segment @param header of IP @param interface it came by @return TCP's answer
     */
    template <typename HEADER, typename INTERFACE>
    RxStatus HandOn(Ptr<Packet> packet, const HEADER& header, const Ptr<INTERFACE>& interface);

    Ptr<IpL4Protocol> m_tcp; ///< the TCP of the node
    Ptr<MptcpStack> m_stack; ///< of the node
};

} // namespace ns3

#endif /* MPTCP_SEGMENT_GUARD_H */
