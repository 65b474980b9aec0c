/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PATH_MANAGER_H
#define MPTCP_PATH_MANAGER_H

#include "mptcp-view.h"

#include "ns3/object.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

/** Why a path manager is asked. */
enum class MptcpPathEvent : uint8_t
{
    ESTABLISHED,         ///< the connection is fully established: joins are allowed
    SUBFLOW_ESTABLISHED, ///< a join succeeded
    SUBFLOW_CLOSED,      ///< a subflow ended or failed, or could not be opened
    REMOTE_ADDED,        ///< an ADD_ADDR was accepted
    REMOTE_REMOVED,      ///< a REMOVE_ADDR was accepted; its subflows are being closed
    LOCAL_CHANGED,       ///< local addresses or interfaces changed
    TIMER,               ///< the delay asked for has passed
    ANNOUNCED,           ///< an ADD_ADDR was echoed, or given up after its retransmissions
    ENDPOINT_ADDED,      ///< an endpoint was added
    ENDPOINT_REMOVED,    ///< an endpoint was removed
    ENDPOINT_FLUSHED,    ///< all endpoints were removed
    ENDPOINT_FLAGS,      ///< backup or fullmesh flag of an endpoint changed
    INITIAL_REMOVED,     ///< the initial subflow's local address was removed (endpoint id 0)
    LIMITS_CHANGED,      ///< the limits changed
};

/** What a path manager wants done, in this order. */
struct MptcpPathActions
{
    /** One address to announce. */
    struct Announce
    {
        /** @param addressId identifier in view.locals */
        Announce(uint8_t addressId)
            : id(addressId)
        {
        }

        /**
         * @param addressId identifier
         * @param host Ipv4Address or Ipv6Address
         * @param number port, or 0 to announce none
         */
        Announce(uint8_t addressId, const Address& host, uint16_t number)
            : id(addressId),
              address(host),
              port(number)
        {
        }

        uint8_t id;        ///< identifier
        Address address{}; ///< address if it is not one of view.locals
        uint16_t port{0};  ///< port to announce, 0: none
    };

    /** One subflow to change to or from backup use. */
    struct Priority
    {
        uint32_t subflowId; ///< subflow identifier
        bool backup;        ///< what to ask for by MP_PRIO
    };

    /** One subflow to open. */
    struct Create
    {
        uint8_t localId;         ///< identifier in view.locals, or of localAddress
        uint8_t remoteId;        ///< identifier in view.remotes, or of remoteAddress
        bool backup{false};      ///< ask for backup use (MP_JOIN with the B flag)
        bool anyLocal{false};    ///< localId means nothing: routing chooses the local address
        Address localAddress{};  ///< address if it is not one of view.locals
        Address remoteAddress{}; ///< address if it is not one of view.remotes
        uint16_t remotePort{0};  ///< port to connect to, 0: that of view.remotes
        uint16_t localPort{0};   ///< port to connect from, 0: any
        uint32_t ifIndex{0};     ///< net device to leave by, plus one; 0: holder of the address
    };

    std::vector<uint8_t> remove;    ///< local identifiers to withdraw by one REMOVE_ADDR
    std::vector<Announce> announce; ///< addresses to announce by ADD_ADDR, the first one at once
    std::vector<Priority> priority; ///< subflows to change by MP_PRIO
    std::vector<uint32_t> destroy;  ///< subflow identifiers to close
    std::vector<Create> create;     ///< subflows to open
    Time callAgain; ///< if positive: TIMER after this delay, instead of one asked for before
    /// TIMER is for new attempts only: while the connection is idle it waits for the next data, so
    /// that a simulation in which nothing else happens ends.
    bool whenActive{false};
};

/**
 * Decides which addresses to announce and which subflows to open.
 *
 * Called on each MptcpPathEvent; never before the connection may join (RFC 8684, section 3.1: after
 * the first DSS). It acts on nothing: what it answers is done after the call and before the next
 * one, and what could not be done simply does not show up in the next view. Each connection has its
 * own object, which may remember what it tried. A TIMER may come earlier than asked for.
 *
 * What RFC 8684 itself demands (closing the subflows of an address that the peer removed, echoing
 * an ADD_ADDR, repeating one without echo) is no policy and not the path manager's task.
 */
class MptcpPathManager : public Object
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    /**
     * @param view snapshot
     * @param event reason of the call
     * @return what to do
     */
    virtual MptcpPathActions Decide(const MptcpPathView& view, MptcpPathEvent event) = 0;
    /**
     * @return where local addresses and their identifiers come from: the node's endpoints (and what
     * the administrator says), or false: all addresses of the node's interfaces
     */
    virtual bool UsesEndpoints() const;
    /** @return commands of the user are obeyed, and addresses numbered as he says */
    virtual bool IsUserDriven() const;
    /**
     * May the peer open one more subflow? Asked when the third ACK of its join has proved itself.
     *
     * @param view snapshot, without that subflow
     * @return false: it is reset as prohibited
     */
    virtual bool AcceptsSubflow(const MptcpPathView& view) const;
    /**
     * @return when a local address vanishes, or its interface goes down, its subflows are given up
     * at once and the peer is told by REMOVE_ADDR; false: they are left to their timers
     */
    virtual bool WithdrawsLostAddresses() const;
    /**
     * @param view snapshot
     * @return false: an ADD_ADDR is not even echoed
     */
    virtual bool HearsAnnouncements(const MptcpPathView& view) const;
    /**
     * @param remotes the peer's addresses that are known
     * @return how many of its announcements count as accepted (mptcp_info's add_addr_accepted)
     */
    virtual uint32_t CountAccepted(const std::vector<MptcpRemoteAddress>& remotes) const;
    /**
     * @return how many local addresses it has opened subflows from (mptcp_info's local_addr_used);
     * nothing: those of the subflows that there are
     */
    virtual std::optional<uint32_t> CountLocals() const;
    /**
     * Say for people why a pair of addresses has no subflow that could have one: there is a route,
     * and the connection may have more.
     *
     * @param view snapshot
     * @return one line, without its end
     */
    virtual std::string Explain(const MptcpPathView& view) const;
};

} // namespace ns3

#endif /* MPTCP_PATH_MANAGER_H */
