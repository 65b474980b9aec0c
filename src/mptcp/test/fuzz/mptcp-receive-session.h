/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_RECEIVE_SESSION_H
#define MPTCP_RECEIVE_SESSION_H

#include <cstdint>
#include <span>

namespace ns3
{

/**
 * Run an input of the receive target in a simulation of its own: a scripted peer opens a connection
 * to (or is connected to by) a host under test, with correct keys and HMACs so that the host takes
 * it seriously, and then sends what the input says. The host must neither stop nor touch memory
 * that is not its own.
 *
 * @param input octets, as ParseMptcpFuzzProgram reads them
 * @return digest of what the host has sent, and when: the same for the same input
 */
uint64_t RunMptcpReceiveSession(std::span<const uint8_t> input);

} // namespace ns3

#endif /* MPTCP_RECEIVE_SESSION_H */
