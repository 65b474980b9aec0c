/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PATH_MANAGER_H
#define MPTCP_PATH_MANAGER_H

#include "mptcp-view.h"

#include "ns3/object.h"

#include <cstdint>
#include <vector>

namespace ns3
{

/** Why a path manager is asked. */
enum class MptcpPathEvent : uint8_t
{
    ESTABLISHED,         ///< the connection is fully established: joins are allowed
    SUBFLOW_ESTABLISHED, ///< a join succeeded
    SUBFLOW_CLOSED,      ///< a subflow ended or failed
    REMOTE_ADDED,        ///< an ADD_ADDR was accepted
    REMOTE_REMOVED,      ///< a REMOVE_ADDR was accepted
    LOCAL_CHANGED,       ///< local addresses or interfaces changed
    TIMER,               ///< the delay asked for has passed
};

/** What a path manager wants done, in this order. */
struct MptcpPathActions
{
    /** One subflow to open. */
    struct Create
    {
        uint8_t localId;    ///< identifier in view.locals
        uint8_t remoteId;   ///< identifier in view.remotes
        bool backup{false}; ///< ask for backup use (MP_JOIN with the B flag)
    };

    std::vector<uint8_t> announce; ///< local identifiers to announce by ADD_ADDR
    std::vector<Create> create;    ///< subflows to open
    std::vector<uint8_t> destroy;  ///< subflow identifiers to close
    Time callAgain; ///< if positive: TIMER after this delay, instead of one asked for before
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
};

} // namespace ns3

#endif /* MPTCP_PATH_MANAGER_H */
