/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_BOTTLENECK_BBR_H
#define MPTCP_BOTTLENECK_BBR_H

#include "mptcp-cbbr.h"

#include <cstdint>
#include <string>

namespace ns3
{

/**
 * A coupled BBR of this project: C-MPBBR, but subflows share a bottleneck if their queueing delays
 * move together, not if their bandwidths are alike. Disjoint paths of equal capacity are not
 * throttled.
 *
 * Behind one queue, all subflows see the same delay rise when any of them probes with 5/4 of its
 * bandwidth, and fall when it drains. On disjoint paths each sees its own probing only. BBRs that
 * start together on paths of equal RTT would probe at the same times, and look shared: so the k-th
 * subflow of the connection skips k phases (modulo 4) of the eight of each cycle, whereby its
 * probing drifts past that of the others. Two subflows share a bottleneck if the correlation of the
 * changes of their RTTs, from bin to bin of 20 ms during 5 s of PROBE_BW, exceeds Correlation.
 * Other states do not count, since subflows that start together leave STARTUP and enter PROBE_RTT
 * together on any paths.
 *
 * Cruising at 1/N, as C-MPBBR, leaves N subflows less than one BBR gets. They are divided by
 * (N + 4)/5 here, which follows from the probing gain of 5/4 (doc/algorithms/bottleneck-bbr.md).
 */
class MptcpBottleneckBbr : public MptcpCBbr
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpBottleneckBbr() = default;
    /**
     * A fork starts uncoupled.
     *
     * @param other controller to copy
     */
    MptcpBottleneckBbr(const MptcpBottleneckBbr& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;
    void PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time& rtt) override;

  protected:
    uint32_t CountSharing(const TcpSocketState& tcb) const override;
    double GetDivisor(uint32_t sharing) const override;
    void OnCruise(const TcpSocketState& tcb) override;

  private:
    double m_correlation{0.5}; ///< attribute Correlation
};

} // namespace ns3

#endif /* MPTCP_BOTTLENECK_BBR_H */
