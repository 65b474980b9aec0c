/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_OPTION_CHECK_H
#define MPTCP_OPTION_CHECK_H

#include <cstdint>
#include <span>

namespace ns3
{

/**
 * Run an input of the option target through the option codec: what was parsed has to survive being
 * written. The lowest bit of the first octet is the version of the connection. The rest is the
 * option list of a segment, of which each option of kind 30 is parsed in turn.
 *
 * @param input octets
 * @return the property that the codec does not hold, or null
 */
const char* CheckMptcpOptionInput(std::span<const uint8_t> input);

} // namespace ns3

#endif /* MPTCP_OPTION_CHECK_H */
