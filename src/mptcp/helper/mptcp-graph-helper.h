/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_GRAPH_HELPER_H
#define MPTCP_GRAPH_HELPER_H

#include "ns3/address.h"
#include "ns3/data-rate.h"
#include "ns3/ipv4-address.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/ptr.h"
#include "ns3/queue-size.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

class MptcpPathRouting;
class NetDevice;
class Node;

/**
 * @ingroup mptcp
 *
 * Any network of point-to-point links, with explicit paths between hosts.
 *
 * A path is the list of the nodes that it visits. Each path between the same two hosts gets an
 * address of its own at its client, on the interface where it leaves; the server has one address.
 * Every node on the way sends a packet by both its addresses: so that two subflows between the same
 * hosts take the ways that were described, whatever the network looks like, and the answers come
 * back on the same way. This is the `ip rule from ADDRESS` of a multihomed Linux host, carried
 * through to the routers. ns-3's own global routing knows destinations only, and its equal-cost
 * multipath chooses per packet.
 *
 * A connection reaches all its paths when its client opens a subflow from each local address to the
 * server's one: MptcpPathManagerFullMesh with Announce off, which Build() does not set. The initial
 * subflow, and stock TCP, take the path that was added first.
 *
 * The two hosts of a path delay each packet that they send over it by a random time, so that no
 * phase effects decide at drop-tail queues (see MptcpRandomOverhead): uniform from zero to the
 * service time of a full packet, of the MTU, at the slowest link of this path. SetOverhead()
 * changes that or switches it off. Routers, and hosts that forward, add nothing.
 *
 * Nodes and links are described before Build(), paths after it. Without a queue disc the device's
 * drop-tail queue is the only buffer of a link. A wrong index or an impossible path stops the
 * program with a message.
 */
class MptcpGraphHelper
{
  public:
    /** What happened in one direction of a link so far. */
    struct Counts
    {
        uint32_t queued{0};   ///< packets that wait now
        uint64_t accepted{0}; ///< packets that entered the queue
        uint64_t dropped{0};  ///< packets that the queue refused, or dropped later
    };

    MptcpGraphHelper();
    ~MptcpGraphHelper();
    MptcpGraphHelper(const MptcpGraphHelper&) = delete;
    MptcpGraphHelper& operator=(const MptcpGraphHelper&) = delete;

    /**
     * @param count how many nodes to add
     * @return index of the first of them
     */
    uint32_t AddNodes(uint32_t count = 1);
    /**
     * Join two nodes by one full-duplex link; there is at most one between any two.
     * @param a node index
     * @param b node index
     * @param rate line rate of both directions
     * @param delay one-way propagation delay
     * @param queue capacity of the queue of each direction, in packets or octets
     * @return link index
     */
    uint32_t AddLink(uint32_t a,
                     uint32_t b,
                     const DataRate& rate,
                     const Time& delay,
                     const QueueSize& queue);
    /**
     * Manage the queue of both directions. The device's own queue becomes one packet.
     * @param link link index
     * @param disc type with attributes, such as "ns3::RedQueueDisc[MinTh=5|MaxTh=15]"
     */
    void SetQueueDisc(uint32_t link, const std::string& disc);
    /**
     * Drop packets at random, each independently of the others.
     * @param link link index
     * @param toB probability that a packet to the link's second node is lost
     * @param toA probability that a packet to its first node is lost
     */
    void SetLossRate(uint32_t link, double toB, double toA = 0);
    /** @param mtu largest packet on all links in octets, network header included */
    void SetMtu(uint16_t mtu);
    /**
     * Set the largest random delay of a packet at the host that sends it, before the first path. By
     * default it is the attribute Overhead of MptcpRandomOverhead, one service time.
     * @param services in service times of a full packet at the slowest link of its path; 0: none,
     *                 and no random numbers are drawn for it
     */
    void SetOverhead(double services);

    /** Make nodes, devices and stacks. Called once. */
    void Build();
    /**
     * Describe a path, after Build().
     * @param nodes indices of all nodes on the way: the client, routers, the server
     * @return path index
     */
    uint32_t AddPath(const std::vector<uint32_t>& nodes);

    /** @return number of nodes */
    uint32_t GetNNodes() const;
    /** @return number of links */
    uint32_t GetNLinks() const;
    /** @return number of paths */
    uint32_t GetNPaths() const;
    /** @return all nodes, by index */
    NodeContainer GetNodes() const;
    /**
     * @param node node index
     * @return the node
     */
    Ptr<Node> GetNode(uint32_t node) const;
    /**
     * @param a node index
     * @param b node index
     * @return index of the link between them, or GetNLinks() if there is none
     */
    uint32_t FindLink(uint32_t a, uint32_t b) const;
    /**
     * @param link link index
     * @return index of the node that was named first when the link was added
     */
    uint32_t GetFirstEnd(uint32_t link) const;
    /**
     * @param link link index
     * @param node one of its two nodes
     * @return the device of that node
     */
    Ptr<NetDevice> GetDevice(uint32_t link, uint32_t node) const;
    /**
     * @param link link index
     * @param node node that sends
     * @return counts of that direction, of the queue disc if there is one
     */
    Counts GetCounts(uint32_t link, uint32_t node) const;
    /**
     * @param path path index
     * @return the client's address of this path
     */
    Ipv4Address GetClientAddress(uint32_t path) const;
    /**
     * @param path path index
     * @return the server's address
     */
    Ipv4Address GetServerAddress(uint32_t path) const;
    /**
     * @param path path index
     * @param port port number
     * @return the server's address with a port, ready for an application
     */
    Address GetSocketAddress(uint32_t path, uint16_t port) const;

    /**
     * Change a link in mid-run, both directions, as a radio link does. Packets on the way keep
     * their delay: where it gets shorter, later packets may overtake them. The random delays at the
     * hosts follow the rate.
     * @param link link index
     * @param at when, not before now
     * @param rate new line rate
     * @param delay new one-way delay
     */
    void ChangeLink(uint32_t link, const Time& at, const DataRate& rate, const Time& delay);

    /**
     * Fix the random streams of the loss models and of the delays at hosts that have a path.
     * @param stream first stream to use
     * @return number of streams used
     */
    int64_t AssignStreams(int64_t stream);

  private:
    /** What one link is made of. */
    struct Link
    {
        uint32_t ends[2];           ///< node indices
        DataRate rate;              ///< line rate
        Time delay;                 ///< one-way delay
        QueueSize queue;            ///< capacity of each direction
        std::string disc;           ///< queue disc with attributes, or empty
        double loss[2]{0, 0};       ///< loss of packets that arrive at each end
        NetDeviceContainer devices; ///< by end
    };

    /** The hosts' random delays, which outlive this helper in events of ChangeLink(). */
    struct Overhead;

    /** What one path is made of. */
    struct Path
    {
        Ipv4Address client; ///< the client's address
        Ipv4Address server; ///< the server's address
    };

    /**
     * Find a link or stop with a message.
     * @param link link index
     * @return the link
     */
    const Link& GetLink(uint32_t link) const;
    /**
     * Find a path or stop with a message.
     * @param path path index
     * @return the path
     */
    const Path& GetPath(uint32_t path) const;
    /**
     * @param link link
     * @param node one of its nodes, or the program stops with a message
     * @return 0 or 1
     */
    uint32_t FindEnd(const Link& link, uint32_t node) const;
    /**
     * Give an interface one more address.
     * @param node node index
     * @param device device of the interface
     * @return the address
     */
    Ipv4Address AddAddress(uint32_t node, Ptr<NetDevice> device);
    /**
     * Delay what a host sends over a path at random.
     * @param node node index of the host
     * @param source its address
     * @param destination address of the other host
     * @param links links of the path
     */
    void AddOverhead(uint32_t node,
                     Ipv4Address source,
                     Ipv4Address destination,
                     const std::vector<uint32_t>& links);

    NodeContainer m_nodes;                                   ///< by index
    std::vector<Link> m_links;                               ///< by index
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> m_map; ///< links by their nodes, both ways
    std::vector<Path> m_paths;                               ///< by index
    std::vector<Ptr<MptcpPathRouting>> m_routing;            ///< by node; empty before Build()
    std::vector<std::map<Ptr<NetDevice>, std::vector<Ipv4Address>>> m_addresses; ///< by node
    std::vector<Ipv4Address> m_main; ///< address as a server, by node
    std::set<std::pair<Ipv4Address, Ipv4Address>>
        m_connected;                      ///< pairs that have a path, both ways
    std::shared_ptr<Overhead> m_overhead; ///< the hosts' random delays
    std::optional<double> m_services;     ///< largest of them in service times, if it was set
    uint32_t m_nextAddress;               ///< next address to give away
    uint16_t m_mtu{1500};                 ///< largest packet
};

} // namespace ns3

#endif /* MPTCP_GRAPH_HELPER_H */
