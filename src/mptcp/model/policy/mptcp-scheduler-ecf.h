/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_ECF_H
#define MPTCP_SCHEDULER_ECF_H

#include "mptcp-scheduler.h"

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Earliest Completion First (ECF): when the fastest path F is full, the next one S is used only if
 * what is left would not be done earlier by waiting for F.
 *
 * With k octets never given to a subflow, d = max(sigma_F, sigma_S) and n = 1 + k / cwnd_F: if
 * n RTT_F < (1 + waiting beta) (RTT_S + d), then wait if k / cwnd_S RTT_S >= 2 RTT_F + d and send
 * on S otherwise; else send on S. "waiting" becomes 1 with a wait and 0 with the last case, a
 * hysteresis. F is the fastest of the best class; S the fastest that has room.
 *
 * With LinuxArithmetic k is at least one window in both tests, so that a short transfer waits as
 * well, and d is twice the RTT variation.
 *
 * There is no wait for a path that nothing is under way on, nor for reinjections, which are late
 * as it is, nor when an RTT is unknown.
 *
 * Source: Lim et al., CoNEXT 2017, algorithm 1; mptcp_ecf.c of the out-of-tree Linux kernel.
 */
class MptcpSchedulerEcf : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;
    /**
     * @param fast path that is full
     * @param slow path that has room
     * @param unsent octets never given to a subflow
     * @param beta hysteresis
     * @param linux arithmetic of Linux
     * @param waiting whether it waited before; updated
     * @return true to wait for the fast path
     */
    static bool IsWaitBetter(const MptcpSubflowView& fast,
                             const MptcpSubflowView& slow,
                             double unsent,
                             double beta,
                             bool linux,
                             bool& waiting);

  private:
    double m_beta{0.25};   ///< attribute Beta
    bool m_linux{false};   ///< attribute LinuxArithmetic
    bool m_waiting{false}; ///< it waited the last time
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_ECF_H */
