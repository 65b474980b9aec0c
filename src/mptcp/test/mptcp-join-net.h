/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_JOIN_NET_H
#define MPTCP_JOIN_NET_H

#include "ns3/data-rate.h"
#include "ns3/error-model.h"
#include "ns3/mptcp-option.h"
#include "ns3/mptcp-stack.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/tcp-header.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ns3
{

/** The two hosts of the Linux self-tests: "ns1" listens, "ns2" connects. */
enum class MptcpJoinHost : uint8_t
{
    SERVER, ///< ns1
    CLIENT, ///< ns2
};

/** What a filter sees of a packet. */
struct MptcpJoinPacket
{
    Address source;                   ///< Ipv4Address or Ipv6Address
    Address destination;              ///< Ipv4Address or Ipv6Address
    TcpHeader tcp;                    ///< TCP header
    uint32_t size{0};                 ///< octets of the IP packet
    uint32_t payload{0};              ///< octets of data
    std::vector<MptcpOption> options; ///< MPTCP options

    /** @tparam T option type @return the packet carries such an option */
    template <typename T>
    bool Has() const
    {
        for (const auto& option : options)
        {
            if (std::holds_alternative<T>(option))
            {
                return true;
            }
        }
        return false;
    }
};

/**
 * The packet filter of one device's input: what iptables and tc do in the Linux self-tests.
 */
class MptcpJoinFilter : public ErrorModel
{
  public:
    /** What happens to a packet. */
    enum class Verdict : uint8_t
    {
        PASS,   ///< nothing
        DROP,   ///< it is lost
        REJECT, ///< it is lost and its sender gets a RST
        INVERT, ///< the octet at INVERTED of the IP packet is inverted
    };

    /** Decides on a packet. */
    using Rule = std::function<Verdict(const MptcpJoinPacket&)>;

    /** Offset of the octet that INVERT changes, as in Linux's rule. */
    static constexpr uint32_t INVERTED = 148;

    /** @return the TypeId */
    static TypeId GetTypeId();
    /** @param device device whose input this is */
    void SetDevice(Ptr<NetDevice> device);
    /** @param name name for Remove @param rule asked for each TCP packet */
    void Add(const std::string& name, Rule rule);
    /** @param name all rules of this name go */
    void Remove(const std::string& name);

  private:
    bool DoCorrupt(Ptr<Packet> packet) override;
    void DoReset() override;
    /** Read a packet. @param packet with PPP header @param out what it is @return it is TCP */
    static bool Parse(Ptr<Packet> packet, MptcpJoinPacket& out);
    /** Answer with RST. @param packet what is refused */
    void Refuse(const MptcpJoinPacket& packet);

    std::vector<std::pair<std::string, Rule>> m_rules; ///< rules in order
    Ptr<NetDevice> m_device;                           ///< device whose input this is
};

/** Two hosts and four links with the addresses of the Linux self-tests. */
class MptcpJoinNet
{
  public:
    /** Number of links. */
    static constexpr uint32_t LINKS = 4;

    /**
     * Set up hosts, links, addresses and stacks.
     *
     * Link i (counted from 1) has 10.0.i.1 and 2001:db8:i::1 at the server, .2 and ::2 at the
     * client. The client reaches every address of the server through every link; either host takes
     * packets for any of its addresses on any link.
     * @param rate line rate @param delay one-way delay
     */
    MptcpJoinNet(const DataRate& rate, const Time& delay);
    ~MptcpJoinNet();
    MptcpJoinNet(const MptcpJoinNet&) = delete;
    MptcpJoinNet& operator=(const MptcpJoinNet&) = delete;

    /** @param host which @return its node */
    Ptr<Node> GetNode(MptcpJoinHost host) const;
    /** @param host which @return its MPTCP */
    Ptr<MptcpStack> GetStack(MptcpJoinHost host) const;
    /** @param host which @param name kernel's name @return value */
    uint64_t GetCounter(MptcpJoinHost host, const std::string& name) const;
    /** @param host which @param link 1 to 4 @return device */
    Ptr<PointToPointNetDevice> GetDevice(MptcpJoinHost host, uint32_t link) const;
    /** @param host at whose input @param link 1 to 4 @return filter */
    Ptr<MptcpJoinFilter> GetFilter(MptcpJoinHost host, uint32_t link) const;
    /** @param host at whose inputs, all links @param name rule's name @param rule rule */
    void AddRule(MptcpJoinHost host, const std::string& name, const MptcpJoinFilter::Rule& rule);
    /** @param name rules of this name go everywhere */
    void RemoveRule(const std::string& name);
    /** Lose everything on a link, both ways. @param link 1 to 4 */
    void Cut(uint32_t link);
    /** @param host which @param link 1 to 4 @return octets sent there so far */
    uint64_t GetSentBytes(MptcpJoinHost host, uint32_t link) const;
    /** @param link 1 to 4 @param rate line rate @param delay one-way delay */
    void Shape(uint32_t link, const DataRate& rate, const Time& delay);
    /** @param address server's address that the client reaches over one link only @param link it */
    void AddHostRoute(const std::string& address, uint32_t link);

  private:
    void AddAddresses(uint32_t link);
    void AddDefaultRoutes(uint32_t link);

    NodeContainer m_nodes;                          ///< by MptcpJoinHost
    Ptr<PointToPointNetDevice> m_devices[2][LINKS]; ///< by MptcpJoinHost and link
    Ptr<MptcpJoinFilter> m_filters[2][LINKS];       ///< by MptcpJoinHost and link
    uint64_t m_sent[2][LINKS]{};                    ///< octets sent
};

/**
 * @param text IPv4 or IPv6 address
 * @return Ipv4Address or Ipv6Address
 */
Address MptcpJoinAddress(const std::string& text);

} // namespace ns3

#endif /* MPTCP_JOIN_NET_H */
