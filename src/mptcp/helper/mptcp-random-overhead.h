/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_RANDOM_OVERHEAD_H
#define MPTCP_RANDOM_OVERHEAD_H

#include "ns3/address.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace ns3
{

class Node;
class QueueDiscItem;
class UniformRandomVariable;

/**
 * @ingroup mptcp
 *
 * Random time that a host needs to send a packet.
 *
 * In a simulation without it, hosts answer in no time and all packets have one size, so that the
 * packets of a flow reach a drop-tail queue at one moment of the cycle in which the queue sends.
 * That moment, and not what a flow does, decides whose packets find the queue full: two equal TCPs
 * share a bottleneck as 1 to 4, and as 4 to 1 when one access link is a millisecond longer. Floyd
 * and Jacobson ("On traffic phase effects in packet-switched gateways", 1992) call this a phase
 * effect, which real networks do not show, and remove it as this class does: by a delay of each
 * packet at its sending host, uniform from zero to the service time of a full packet at the
 * bottleneck. It is `overhead_` of ns-2's TCP agents.
 *
 * An object of this class is aggregated to a node and stands between IP, version 4 or 6, and the
 * traffic control of the node, before queue discs and devices. It delays packets between addresses
 * that SetServiceTime() has named; all others, such as those that the node forwards, pass at once.
 * Packets between the same two addresses stay in order: one that would overtake its predecessor
 * leaves together with it. Each delayed packet costs one event. MptcpGraphHelper installs it.
 */
class MptcpRandomOverhead : public Object
{
  public:
    /**
     * Register the type.
     * @return the object TypeId
     */
    static TypeId GetTypeId();

    MptcpRandomOverhead();
    ~MptcpRandomOverhead() override;

    /** @return largest delay in service times, the attribute Overhead */
    double GetOverhead() const;

    /**
     * Aggregate this object to a node, and stand between all interfaces that it has now and its
     * traffic control. An object that is not installed takes no random stream.
     * @param node node with an IP stack
     */
    void Install(Ptr<Node> node);

    /**
     * Delay the packets between two addresses, in one direction.
     * @param source address of the node
     * @param destination address of the other host
     * @param service service time of a full packet at the slowest link on the way; zero: no delay
     */
    void SetServiceTime(const Address& source, const Address& destination, const Time& service);

    /**
     * Draw the delay of a packet that is sent now.
     * @param item the packet
     * @return the delay, or nothing if the packet is not one to be delayed
     */
    std::optional<Time> Draw(const QueueDiscItem& item);

    /**
     * Fix the random stream, after Install().
     * @param stream stream to use
     * @return number of streams used
     */
    int64_t AssignStreams(int64_t stream);

  protected:
    void DoDispose() override;

  private:
    /** The packets from one address to another. */
    struct Way
    {
        Time service; ///< service time of a full packet
        Time last;    ///< when the last packet leaves
    };

    double m_overhead;                                 ///< largest delay in service times
    Ptr<UniformRandomVariable> m_random;               ///< draws the delays
    std::map<std::pair<Address, Address>, Way> m_ways; ///< by source and destination
};

} // namespace ns3

#endif /* MPTCP_RANDOM_OVERHEAD_H */
