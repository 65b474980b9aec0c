/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PATH_REPORT_H
#define MPTCP_PATH_REPORT_H

#include "ns3/address.h"

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace ns3
{

/** What there is between an address of this host and one of the peer. */
enum class MptcpPathState : uint8_t
{
    OPEN,      ///< a subflow is established
    OPENING,   ///< its handshake is under way
    ENDED,     ///< there was one, and there is none now
    FAILED,    ///< every attempt has failed
    NOT_TRIED, ///< nobody has asked for one, or there is no route
};

/** @param state a state @return its name: "open", "opening", "ended", "failed" or "not tried" */
const char* MptcpGetName(MptcpPathState state);

/** One line of the answer to "why are there not more subflows?". */
struct MptcpPathReport
{
    Address local;                                   ///< host of this end
    Address remote;                                  ///< host of the peer
    MptcpPathState state{MptcpPathState::NOT_TRIED}; ///< what there is now
    uint32_t subflows{0};                            ///< open now
    uint64_t sent{0};                                ///< octets of data given to its subflows
    uint64_t received{0};                            ///< octets of data that came by them
    std::string reason; ///< why it is not open, or carries less than it seems; or ""
};

/** @param os stream @param report what is printed in one line @return the stream */
std::ostream& operator<<(std::ostream& os, const MptcpPathReport& report);

} // namespace ns3

#endif /* MPTCP_PATH_REPORT_H */
