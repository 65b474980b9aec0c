/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_BACK_OFF_H
#define MPTCP_BACK_OFF_H

#include "ns3/nstime.h"

#include <algorithm>
#include <cstdint>

namespace ns3
{

/**
 * @param rto retransmission timeout, which may be long already: ns-3's TCP sets no limit to it
 * @param doublings how often it is doubled (RFC 6298, section 5.5)
 * @return wait before the next transmission of the same thing, at most a minute (section 2.5)
 */
inline Time
MptcpBackOff(Time rto, uint32_t doublings)
{
    // No constant of type Time in a header: Python's bindings compile this, and cannot initialize
    // it.
    constexpr int longest = 60;
    constexpr uint32_t most = 16; // beyond any wait, within the 63 bits of a Time
    return std::min(rto * (1 << std::min(doublings, most)), Seconds(longest));
}

} // namespace ns3

#endif // MPTCP_BACK_OFF_H
