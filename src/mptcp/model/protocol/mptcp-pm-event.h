/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PM_EVENT_H
#define MPTCP_PM_EVENT_H

#include "ns3/address.h"
#include "ns3/socket.h"

#include <cstdint>
#include <optional>
#include <ostream>

namespace ns3
{

/** Events of path management, those of Linux (enum mptcp_event_type). */
enum class MptcpPmEventType : uint8_t
{
    CREATED,          ///< a connection has its keys
    ESTABLISHED,      ///< it is fully established: joins may begin
    CLOSED,           ///< it has ended
    ANNOUNCED,        ///< the peer announced an address (ADD_ADDR)
    REMOVED,          ///< the peer withdrew an address (REMOVE_ADDR)
    SUB_ESTABLISHED,  ///< a join succeeded
    SUB_CLOSED,       ///< a subflow of a living connection ends
    SUB_PRIORITY,     ///< the peer changed a subflow to or from backup use (MP_PRIO)
    LISTENER_CREATED, ///< a socket listens
    LISTENER_CLOSED,  ///< it does no longer
};

/**
 * @param os stream
 * @param type type of an event
 * @return the stream, with the kernel's name
 */
std::ostream& operator<<(std::ostream& os, MptcpPmEventType type);

/** One event, with the attributes that Linux gives it (see doc); the others have no value. */
struct MptcpPmEvent
{
    MptcpPmEventType type{MptcpPmEventType::CREATED}; ///< what happened
    uint32_t token{0};               ///< our token of the connection; 0 for a listener
    bool serverSide{false};          ///< CREATED, ESTABLISHED: we accepted the connection
    bool denyJoinId0{false};         ///< CREATED, ESTABLISHED: the peer set the C flag
    Address local;                   ///< InetSocketAddress or Inet6SocketAddress; invalid: none
    Address remote;                  ///< same; ANNOUNCED: the address and port announced
    std::optional<uint8_t> localId;  ///< SUB_*: our address identifier
    std::optional<uint8_t> remoteId; ///< SUB_*, ANNOUNCED, REMOVED: the peer's identifier
    std::optional<bool> backup;      ///< SUB_*: either side wants backup use
    /** SUB_CLOSED: why the subflow ended; ERROR_NOTCONN: the peer reset or refused it, or is
     * silent. */
    Socket::SocketErrno error{Socket::ERROR_NOTERROR};
    std::optional<uint8_t> resetReason; ///< SUB_CLOSED: reason of the peer's MP_TCPRST
    std::optional<uint8_t> resetFlags;  ///< SUB_CLOSED: flags of the peer's MP_TCPRST
    uint32_t ifIndex{0};                ///< SUB_*: bound net device plus one, 0: none
};

/**
 * @param os stream
 * @param event event
 * @return the stream, with name and attributes in one line
 */
std::ostream& operator<<(std::ostream& os, const MptcpPmEvent& event);

} // namespace ns3

#endif /* MPTCP_PM_EVENT_H */
