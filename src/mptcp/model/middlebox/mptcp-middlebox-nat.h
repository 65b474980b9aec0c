/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_NAT_H
#define MPTCP_MIDDLEBOX_NAT_H

#include "mptcp-middlebox-element.h"

#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"

#include <cstddef>
#include <cstdint>
#include <map>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Network address and port translation of TCP (RFC 3022): flows opened from the inside leave with
 * the public address and a port of their own, and come back to whoever opened them. It knows
 * nothing of MPTCP: addresses in ADD_ADDR pass as they are. A binding goes with its flow (RFC
 * 5382): see attributes Timeout and TransitoryTimeout.
 *
 * Segments from the outside that belong to no flow are dropped, as by every such box. One action is
 * one segment that was translated. On a CSMA channel the hosts outside need a neighbor entry for
 * the public address, since the box answers no ARP.
 */
class MptcpMiddleboxNat : public MptcpMiddleboxElement
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpMiddleboxNat();
    std::size_t GetNFlows() const override;
    /** @return segments from the outside that belonged to no flow, or that no port was left for */
    uint64_t GetRefused() const;

  private:
    /** One entry of the table. */
    struct Binding
    {
        uint16_t port{0};           ///< public port
        MptcpMiddleboxFlow outside; ///< the flow as seen outside
    };

    void DoDispose() override;
    void DoProcess(Direction direction, Segment& segment) override;
    /** @param segment segment from the inside, translated; emitted */
    void Out(Segment& segment);
    /** @param segment segment from the outside, translated; emitted if it belongs to a flow */
    void In(Segment& segment);
    /** @param inside an address inside @return the one that stands for it outside */
    Address GetPublic(const Address& inside) const;
    /**
     * @param segment segment from the inside, with its public address: it gets a free port
     * @return there is one
     */
    bool ChoosePort(Segment& segment);

    Ipv4Address m_publicIpv4;                                 ///< attribute PublicIpv4
    Ipv6Address m_publicIpv6;                                 ///< attribute PublicIpv6
    uint16_t m_nextPort{40000};                               ///< attribute FirstPort, then counts
    uint64_t m_refused{0};                                    ///< segments that belonged to no flow
    MptcpMiddleboxFlowTable<Binding> m_bindings;              ///< by flow as seen inside
    std::map<MptcpMiddleboxFlow, MptcpMiddleboxFlow> m_flows; ///< flow inside by flow outside
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_NAT_H */
