/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_TOPOLOGY_HELPER_H
#define MPTCP_TOPOLOGY_HELPER_H

#include "mptcp-middlebox-helper.h"

#include "ns3/address.h"
#include "ns3/data-rate.h"
#include "ns3/mptcp-middlebox.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/queue-size.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

class MptcpPathErrorModel;
class NetDevice;
class Node;

/**
 * @ingroup mptcp
 *
 * Two hosts joined by N disjoint point-to-point paths.
 *
 * Path i (counted from 0) has the addresses 10.1.(i+1).1 and .2 with prefix 24, and
 * 2001:db8:(i+1)::1 and ::2 with prefix 64. The client is the first node of each pair.
 *
 * The setters describe the paths before Build(). No queue disc is installed unless one is named, so
 * the device's drop-tail queue is the only buffer of a path and its size is the queue that the
 * experiment has. Duplicate address detection is off: addresses are usable at time zero.
 */
class MptcpTopologyHelper
{
  public:
    /** The address families that the interfaces get. */
    enum Family
    {
        IPV4 = 4,  ///< IPv4 addresses only
        IPV6 = 6,  ///< IPv6 addresses only (beside the link-local ones)
        DUAL = 10, ///< both
    };

    /** The two hosts. */
    enum Host
    {
        CLIENT = 0, ///< the host that opens the connection
        SERVER = 1, ///< the host that listens
    };

    /**
     * Describe a topology of equal paths of 10 Mb/s, 10 ms and 50 packets of queue.
     * @param paths number of disjoint paths, from 1 to 254
     */
    explicit MptcpTopologyHelper(uint32_t paths = 2);
    ~MptcpTopologyHelper();
    MptcpTopologyHelper(const MptcpTopologyHelper&) = delete;
    MptcpTopologyHelper& operator=(const MptcpTopologyHelper&) = delete;

    /**
     * @param path path index
     * @param rate line rate of both directions
     */
    void SetDataRate(uint32_t path, const DataRate& rate);
    /**
     * @param path path index
     * @param delay one-way propagation delay
     */
    void SetDelay(uint32_t path, const Time& delay);
    /**
     * @param path path index
     * @param size capacity of each device queue, in packets ("50p") or octets ("64kB")
     */
    void SetQueueSize(uint32_t path, const QueueSize& size);
    /**
     * Drop packets at random, each independently of the others.
     * @param path path index
     * @param toServer probability that a packet to the server is lost
     * @param toClient probability that a packet to the client is lost
     */
    void SetLossRate(uint32_t path, double toServer, double toClient = 0);
    /**
     * @param path path index
     * @param mtu largest packet in octets, network header included
     */
    void SetMtu(uint32_t path, uint16_t mtu);
    /**
     * @param typeId root queue disc of all devices, such as "ns3::FifoQueueDisc"; empty for none
     */
    void SetQueueDisc(const std::string& typeId);
    /**
     * Put a middlebox on a path, the client inside: the path becomes two links with the box between
     * them, the first with the path's delay, the second with none.
     * @param path path index
     * @param box its elements
     */
    void SetMiddlebox(uint32_t path, const MptcpMiddleboxHelper& box);
    /** @param family address families of the interfaces */
    void SetFamily(Family family);

    /**
     * @param enable true (the default): each packet leaves by the interface of its source address,
     * so that the paths are disjoint for every pair of addresses; false: ns-3's usual routing, by
     * destination only
     */
    void SetSourceRouting(bool enable);

    /** Make nodes, devices, stacks and addresses. Called once. */
    void Build();

    /** @return number of paths */
    uint32_t GetNPaths() const;
    /** @return client and server, in this order */
    NodeContainer GetNodes() const;
    /** @return the client's node */
    Ptr<Node> GetClient() const;
    /** @return the server's node */
    Ptr<Node> GetServer() const;
    /** @return all devices: client and server of path 0, of path 1, ... */
    NetDeviceContainer GetDevices() const;
    /**
     * @param path path index
     * @return the middlebox of the path, or null
     */
    Ptr<MptcpMiddlebox> GetMiddlebox(uint32_t path) const;
    /**
     * @param host which end
     * @param path path index
     * @return the end's device on the path
     */
    Ptr<NetDevice> GetDevice(Host host, uint32_t path) const;
    /**
     * @param host which end
     * @param path path index
     * @param family IPV4 or IPV6
     * @return the end's address on the path, as Ipv4Address or Ipv6Address
     */
    Address GetAddress(Host host, uint32_t path, Family family = IPV4) const;
    /**
     * @param host which end
     * @param path path index
     * @param port port number
     * @param family IPV4 or IPV6
     * @return the end's address on the path with a port, ready for an application
     */
    Address GetSocketAddress(Host host, uint32_t path, uint16_t port, Family family = IPV4) const;

    /**
     * Lose every packet of both directions of a path for some time, as a radio shadow or a silent
     * middlebox does: neither host is told. Packets that are in the queues at the end survive.
     *
     * @param path path index
     * @param at when the cut begins
     * @param until when the path returns; a time not later than @p at means never
     */
    void CutPath(uint32_t path, const Time& at, const Time& until = Time());
    /**
     * Take the interface of one host down for some time; its stack sees the change.
     *
     * @param host which end
     * @param path path index
     * @param at when the interface goes down
     * @param until when it returns; a time not later than @p at means never
     */
    void DownInterface(Host host, uint32_t path, const Time& at, const Time& until = Time());

    /**
     * Fix the random streams of the loss models and middleboxes.
     * @param stream first stream to use
     * @return number of streams used
     */
    int64_t AssignStreams(int64_t stream);

    /**
     * Write one pcap file per device, named <prefix>-<node>-<device>.pcap.
     * @param prefix path and beginning of the file names
     */
    void EnablePcap(const std::string& prefix) const;

  private:
    /** What one path is made of. */
    struct Path
    {
        DataRate rate{"10Mbps"};            ///< line rate
        Time delay{MilliSeconds(10)};       ///< one-way delay
        QueueSize queue{"50p"};             ///< device queue capacity
        double loss[2]{0, 0};               ///< loss of packets that arrive at each Host
        uint16_t mtu{1500};                 ///< largest packet
        MptcpMiddleboxHelper box;           ///< elements of the middlebox, if any
        NetDeviceContainer devices;         ///< by Host
        Ptr<MptcpPathErrorModel> errors[2]; ///< receive error model by Host
    };

    /**
     * Find a path or stop with a message.
     * @param path path index
     * @return the path
     */
    Path& GetPath(uint32_t path);
    /**
     * Find a path or stop with a message.
     * @param path path index
     * @return the path
     */
    const Path& GetPath(uint32_t path) const;

    std::vector<Path> m_paths;  ///< the paths
    std::string m_queueDisc;    ///< TypeId name of the root queue disc, or empty
    Family m_family{IPV4};      ///< families of the addresses
    bool m_sourceRouting{true}; ///< packets leave by the interface of their source
    NodeContainer m_nodes;      ///< by Host; empty before Build()
};

} // namespace ns3

#endif /* MPTCP_TOPOLOGY_HELPER_H */
