/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_BLEST_H
#define MPTCP_SCHEDULER_BLEST_H

#include "mptcp-scheduler.h"

#include "ns3/nstime.h"

#include <cstdint>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Blocking estimation (BLEST): when the fastest path F is full, the next one S is used only if the
 * connection's send window has space for what F can send until that arrives.
 *
 * During one RTT of S, F sends X = MSS (cwnd_F + (r - 1) / 2) r octets, with cwnd_F in segments and
 * r = RTT_S / RTT_F. S is left out if lambda X > |M| - what S holds and the segment, where |M| is
 * the whole send window. lambda, from 1.0, learns: once per RTT it grows by Increase if the window
 * was full meanwhile, and shrinks by Decrease otherwise, within MinLambda and MaxLambda. F is the
 * fastest of the best class; S the fastest that has room.
 *
 * With LinuxArithmetic r counts whole average RTTs of F, rounded up, in the time that S lingers:
 * between its lowest and highest smoothed RTT in proportion to its window's use, or its present RTT
 * if that is more. In initial slow start F sends cwnd (2^r - 1), r <= 16. lambda starts at 1.2.
 *
 * There is no wait for a path that nothing is under way on, nor for reinjections, which are late
 * as it is, nor when an RTT is unknown.
 *
 * Source: Ferlin et al., IFIP Networking 2016; mptcp_blest.c of the out-of-tree Linux kernel.
 */
class MptcpSchedulerBlest : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;
    /** @return the present lambda; 0 before the first choice */
    double GetLambda() const;
    /**
     * @param fast path that is full
     * @param slowRtt RTT of the other path
     * @return octets that the fast one sends in that time, by the paper
     */
    static double Estimate(const MptcpSubflowView& fast, Time slowRtt);
    /**
     * @param fast path that is full
     * @param average mean of its lowest and highest RTT
     * @param linger time that a segment on the other path takes
     * @return octets that the fast one sends in that time, by Linux
     */
    static double EstimateLinux(const MptcpSubflowView& fast, Time average, Time linger);
    /**
     * @param slow path that has room
     * @param lowest its lowest smoothed RTT
     * @param highest its highest one
     * @return time that a segment on it takes, by Linux
     */
    static Time GetLinger(const MptcpSubflowView& slow, Time lowest, Time highest);

  private:
    /** What is remembered of a subflow. */
    struct Range
    {
        uint32_t id{0}; ///< identifier of the subflow
        Time lowest;    ///< lowest smoothed RTT
        Time highest;   ///< highest one
    };

    /** @param view snapshot of the connection, to remember what is needed of it */
    void Observe(const MptcpConnectionView& view);
    /** @param id identifier of a subflow with an RTT sample @return its record */
    const Range& GetRange(uint32_t id) const;
    /** @param interval RTT of the slow path: lambda changes when that has passed */
    void Learn(Time interval);

    double m_start{0};           ///< attribute Lambda
    double m_increase{0.04};     ///< attribute Increase
    double m_decrease{0.01};     ///< attribute Decrease
    double m_minLambda{1.0};     ///< attribute MinLambda
    double m_maxLambda{1.3};     ///< attribute MaxLambda
    bool m_linux{false};         ///< attribute LinuxArithmetic
    double m_lambda{0};          ///< present lambda
    bool m_blocked{false};       ///< the window was full since lambda changed
    Time m_changed;              ///< when lambda changed
    std::vector<Range> m_ranges; ///< one per subflow seen
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_BLEST_H */
