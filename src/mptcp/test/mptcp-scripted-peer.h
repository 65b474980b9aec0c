/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCRIPTED_PEER_H
#define MPTCP_SCRIPTED_PEER_H

#include "ns3/ipv4-address.h"
#include "ns3/mptcp-option.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ns3
{

/**
 * The far end of a host under test, without any protocol of its own: it sends the segments that a
 * test writes, octet by octet, and keeps those that the host sends.
 *
 * Path i (from 0) joins 10.2.(i+1).1, the host, to 10.2.(i+1).2, the peer.
 */
class MptcpScriptedPeer
{
  public:
    /** Bits of the TCP flags octet. */
    enum Flag : uint8_t
    {
        FIN = 0x01,
        SYN = 0x02,
        RST = 0x04,
        PSH = 0x08,
        ACK = 0x10,
    };

    /** One TCP segment, to or from the host. */
    struct Segment
    {
        uint32_t path{0};             ///< path that carries it
        uint16_t source{0};           ///< source port
        uint16_t destination{0};      ///< destination port
        uint8_t flags{ACK};           ///< Flag bits
        uint32_t seq{0};              ///< sequence number
        uint32_t ack{0};              ///< acknowledgment number
        uint16_t window{65535};       ///< window field
        std::vector<uint8_t> options; ///< all TCP option octets; padded with NOP when sent
        std::vector<uint8_t> data;    ///< payload
    };

    /** @param paths paths between host and peer */
    explicit MptcpScriptedPeer(uint32_t paths = 2);

    /** @return the host under test: an internet stack without MPTCP yet */
    Ptr<Node> GetHost() const;
    /** @param path path @return address of the peer */
    static Ipv4Address GetPeerAddress(uint32_t path);
    /** @param path path @return address of the host */
    static Ipv4Address GetHostAddress(uint32_t path);
    /** @param segment what to send now */
    void Send(const Segment& segment);
    /** Let time pass. @param time how long */
    void Wait(Time time);
    /** @return the segments of the host since the last call, oldest first */
    std::vector<Segment> Take();

    /** @param segment a segment of the peer @return it as an IP packet */
    static Ptr<Packet> MakePacket(const Segment& segment);
    /**
     * Read an IP packet.
     *
     * @param packet IP packet
     * @param segment its segment, whose path is left alone
     * @return it is one of TCP
     */
    static bool ReadPacket(Ptr<const Packet> packet, Segment& segment);
    /** @param option an option @return its octets */
    static std::vector<uint8_t> Octets(const MptcpOption& option);
    /** @param segment a segment @return octets of its options of kind 30, one after the other */
    static std::vector<uint8_t> GetMptcpOctets(const Segment& segment);

    /**
     * Find an option of one type.
     *
     * @tparam T type
     * @param segment a segment
     * @return the first such option, if any
     */
    template <typename T>
    static std::optional<T> Find(const Segment& segment)
    {
        const std::vector<uint8_t> octets = GetMptcpOctets(segment);
        std::span<const uint8_t> rest(octets);
        while (rest.size() > 1)
        {
            MptcpOption option;
            if (ParseMptcpOption(rest, MptcpVersion::V1, option) == MptcpWireError::NONE &&
                std::holds_alternative<T>(option))
            {
                return std::get<T>(option);
            }
            rest = rest.subspan(rest[1]);
        }
        return {};
    }

  private:
    /** @param path path @param packet IP packet of the host */
    void Receive(uint32_t path, Ptr<const Packet> packet);

    Ptr<Node> m_host;                      ///< host under test
    Ptr<Node> m_peer;                      ///< holds the devices of the peer
    std::vector<Ptr<NetDevice>> m_devices; ///< of the peer, by path
    std::vector<Segment> m_received;       ///< segments of the host that nobody took yet
};

} // namespace ns3

#endif /* MPTCP_SCRIPTED_PEER_H */
