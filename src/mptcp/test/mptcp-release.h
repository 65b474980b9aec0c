/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_RELEASE_H
#define MPTCP_RELEASE_H

#include "ns3/tcp-recovery-ops.h"
#include "ns3/tcp-socket-state.h"

namespace ns3
{

/** @tparam T TcpSocketState, as a parameter so that a member that is missing is no error */
template <typename T>
concept MptcpHasCwndLimit = requires(T state) { state.m_isCwndLimited; };

/** @tparam T TcpRecoveryOps, as above */
template <typename T>
concept MptcpHasDupAckRecovery =
    requires(T& ops, Ptr<TcpSocketState> state) { ops.DoRecovery(state, 0U, true); };

/** @tparam T TcpSocketState, as above */
template <typename T>
concept MptcpHasSmoothedRtt = requires(T state) { state.m_srtt; };

/// This release's TCP tells the samples of the RTT, not smoothed ones alone (as 3.37): without,
/// what looks at the single delays sees them blurred.
inline constexpr bool MPTCP_TCP_TELLS_RTT_SAMPLES = MptcpHasSmoothedRtt<TcpSocketState>;

/// This release's TCP grows its window only while that is the limit (not in 3.37): without, it
/// overshoots by far, and figures of throughput are those of the repair.
inline constexpr bool MPTCP_TCP_VALIDATES_CWND = MptcpHasCwndLimit<TcpSocketState>;

/// This release's TcpBbr keeps a rate when 1 % of the segments are lost: in 3.37 the estimate of a
/// single flow of stock TCP falls to some kb/s within half a minute, and stays there.
inline constexpr bool MPTCP_TCP_BBR_BEARS_LOSS = MPTCP_TCP_VALIDATES_CWND;

/// This release's TCP repairs only what is lost (not in 3.37, 3.42): without, more is in flight and
/// sent twice, and shares of links shift.
inline constexpr bool MPTCP_TCP_REPAIRS_LOSS_ONLY = MptcpHasDupAckRecovery<TcpRecoveryOps>;

} // namespace ns3

#endif /* MPTCP_RELEASE_H */
