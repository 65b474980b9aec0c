/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_FUZZ_HOST_H
#define MPTCP_FUZZ_HOST_H

#include "../mptcp-scripted-peer.h"

#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace ns3
{

/**
 * A device whose wire is a function: without attributes, queues and channel, which cost a run of a
 * fuzzer more than all the segments that it sends.
 */
class MptcpFuzzDevice : public NetDevice
{
  public:
    /** What takes the packets of the host. */
    using Wire = std::function<void(Ptr<const Packet>)>;

    /** @return its type */
    static TypeId GetTypeId();
    /** @param wire what takes the packets of the host */
    explicit MptcpFuzzDevice(Wire wire);
    /** Hand a packet to the host. @param packet IPv4 packet */
    void Receive(Ptr<const Packet> packet);

    void SetIfIndex(const uint32_t index) override;
    uint32_t GetIfIndex() const override;
    Ptr<Channel> GetChannel() const override;
    void SetAddress(Address address) override;
    Address GetAddress() const override;
    bool SetMtu(const uint16_t mtu) override;
    uint16_t GetMtu() const override;
    bool IsLinkUp() const override;
    void AddLinkChangeCallback(Callback<void> callback) override;
    bool IsBroadcast() const override;
    Address GetBroadcast() const override;
    bool IsMulticast() const override;
    Address GetMulticast(Ipv4Address group) const override;
    Address GetMulticast(Ipv6Address address) const override;
    bool IsBridge() const override;
    bool IsPointToPoint() const override;
    bool Send(Ptr<Packet> packet, const Address& to, uint16_t protocol) override;
    bool SendFrom(Ptr<Packet> packet,
                  const Address& from,
                  const Address& to,
                  uint16_t protocol) override;
    Ptr<Node> GetNode() const override;
    void SetNode(Ptr<Node> node) override;
    bool NeedsArp() const override;
    void SetReceiveCallback(ReceiveCallback callback) override;
    void SetPromiscReceiveCallback(PromiscReceiveCallback callback) override;
    bool SupportsSendFrom() const override;

  private:
    void DoDispose() override;

    Wire m_wire;                       ///< what takes the packets of the host
    ReceiveCallback m_receive;         ///< of the host
    Ptr<Node> m_node;                  ///< the host
    uint32_t m_index{0};               ///< of the device
    uint16_t m_mtu{1500};              ///< octets
    Address m_address{Mac48Address()}; ///< of the device
};

/**
 * What MptcpScriptedPeer is, with the same addresses, for many short runs: the host has no more of
 * an internet stack than TCP needs, and its packets reach the peer at once. Those of the peer take
 * a whole round trip.
 */
class MptcpFuzzHost
{
  public:
    using Segment = MptcpScriptedPeer::Segment; ///< one TCP segment

    /** @param paths paths between host and peer */
    explicit MptcpFuzzHost(uint32_t paths);
    ~MptcpFuzzHost();

    /** @return the host under test: IPv4 and TCP, without MPTCP yet */
    Ptr<Node> GetNode() const;
    /** @param segment what the peer sends now */
    void Send(const Segment& segment);
    /** Let time pass. @param time how long */
    void Wait(Time time);
    /** @return the segments of the host since the last call, oldest first */
    std::vector<Segment> Take();

  private:
    Ptr<Node> m_node;                            ///< the host
    std::vector<Ptr<MptcpFuzzDevice>> m_devices; ///< by path
    std::vector<Segment> m_received;             ///< segments of the host that nobody took yet
};

} // namespace ns3

#endif /* MPTCP_FUZZ_HOST_H */
