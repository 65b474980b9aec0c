/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_HOST_H
#define PKT_HOST_H

#include "pkt-segment.h"

#include "ns3/mptcp-stack.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/pcap-file-wrapper.h"
#include "ns3/ptr.h"
#include "ns3/virtual-net-device.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

namespace ns3
{

/**
 * The node under test: an internet stack with MPTCP behind one device without a delay, as a TUN
 * device of Linux. What the stack sends is kept; what the script sends is handed to the device.
 */
class PktHost
{
  public:
    /** @param ipv6 over IPv6 @param mtu MTU of the device */
    PktHost(bool ipv6, uint16_t mtu);
    ~PktHost();

    /** Set the defaults of ns-3's TCP to those of Linux, for all nodes made afterwards. */
    static void SetLinuxDefaults();

    /** @return the node */
    Ptr<Node> GetNode() const;
    /** @return its MPTCP */
    Ptr<MptcpStack> GetStack() const;
    /** @return its first address */
    Address GetAddress() const;
    /** @param host an address that the node has from now on */
    void AddAddress(const Address& host);
    /** @param path pcap file to write */
    void EnablePcap(const std::string& path);
    /** @param segment what the script's end sends: it arrives when the simulation goes on */
    void Inject(const PktSegment& segment);
    /** @return segments of the stack that nobody took yet, oldest first */
    std::deque<PktSegment>& GetSent();
    /** @param callback called after each segment of the stack */
    void SetSentCallback(std::function<void(const PktSegment&)> callback);

  private:
    /** @param host an address of the node: the first of its family gets a default route */
    void AddRoute(const Address& host);
    /** @param packet IP packet of the node @return true */
    bool Send(Ptr<Packet> packet);

    bool m_ipv6;                                     ///< over IPv6
    Ptr<Node> m_node;                                ///< node
    Ptr<MptcpStack> m_stack;                         ///< its MPTCP
    Ptr<VirtualNetDevice> m_device;                  ///< its device
    uint32_t m_interface4{0};                        ///< IPv4 interface of the device
    uint32_t m_interface6{0};                        ///< IPv6 interface of the device
    bool m_routed4{false};                           ///< there is an IPv4 default route
    bool m_routed6{false};                           ///< there is an IPv6 default route
    Ptr<PcapFileWrapper> m_pcap;                     ///< pcap file or null
    std::deque<PktSegment> m_sent;                   ///< segments of the stack
    std::function<void(const PktSegment&)> m_onSent; ///< who wants to know
};

} // namespace ns3

#endif /* PKT_HOST_H */
