/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CBBR_H
#define MPTCP_CBBR_H

#include "mptcp-coupling.h"

#include "ns3/tcp-bbr.h"
#include "ns3/traced-value.h"
#include "ns3/windowed-filter.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

/** The decisions of C-MPBBR on numbers. */
class MptcpCBbrRule
{
  public:
    /**
     * @param own own bottleneck bandwidth
     * @param all bottleneck bandwidths of all subflows with the own one; 0: not known, does not
     * count
     * @param tolerance relative difference up to which bandwidths are alike
     * @return number of subflows, with the own one, whose bandwidth is like the own one
     */
    static uint32_t CountAlike(double own, const std::vector<double>& all, double tolerance);
    /**
     * One check in each cycle: several subflows in a row make a group, and a single outlier does
     * not end it.
     *
     * @param count subflows alike at this check
     * @param last subflows alike at the check before
     * @return N that the bandwidth is divided by
     */
    static uint32_t Accept(uint32_t count, uint32_t last);
    /**
     * @param all bottleneck bandwidths of all subflows
     * @param delivered sum of their delivery rates
     * @param sharing the own N
     * @return true if together they deliver less than 0.6 of what the best one would
     */
    static bool IsHarmful(const std::vector<double>& all, double delivered, uint32_t sharing);
};

/**
 * C-MPBBR (Mahmud et al., IEEE Access 2020): a BBRv1 for each subflow, where subflows of about the
 * same bottleneck bandwidth are taken to share a bottleneck, and cruise at 1/N of it.
 *
 * Once in each PROBE_BW cycle, N becomes the number of subflows whose bandwidth is within Tolerance
 * of the own one, if that is more than one at two checks in a row. While the pacing gain is 1, the
 * pacing rate and the target window are divided by N; probing (gain 5/4) and draining (3/4) use all
 * of the bandwidth. **Two disjoint paths of equal capacity look shared**, and are throttled: see
 * MptcpBottleneckBbr.
 *
 * Where the published code closes the slowest subflow, since together they deliver less than 0.6 of
 * the best one's bandwidth at five checks in a row, a controller cannot: the trace source
 * Superfluous tells.
 *
 * Built upon ns-3's TcpBbr by its virtual functions alone, since its members are private: what the
 * filter of BBR holds is kept in a filter of its own that is fed the same samples, and the phase of
 * the cycle is read from the pacing gain. The check, in phase 3 of the paper, is made when the gain
 * has been 1 for a minimum RTT. Uncoupled it is TcpBbr.
 */
class MptcpCBbr : public TcpBbr, public MptcpCoupledController
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpCBbr();
    /**
     * A fork starts uncoupled.
     *
     * @param other controller to copy
     */
    MptcpCBbr(const MptcpCBbr& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;
    void CongControl(Ptr<TcpSocketState> tcb,
                     const TcpRateOps::TcpRateConnection& rc,
                     const TcpRateOps::TcpRateSample& rs) override;
    /** @return N, the subflows that seem to share this one's bottleneck */
    uint32_t GetSharing() const;

  protected:
    /**
     * @param tcb state of the subflow
     * @return number of subflows, with this one, that seem to share its bottleneck
     */
    virtual uint32_t CountSharing(const TcpSocketState& tcb) const;
    /**
     * @param sharing N, 2 or more
     * @return what the bandwidth is divided by while cruising
     */
    virtual double GetDivisor(uint32_t sharing) const;
    /**
     * The pacing gain has become 1 in PROBE_BW.
     *
     * @param tcb state of the subflow
     */
    virtual void OnCruise(const TcpSocketState& tcb);

  private:
    /**
     * Keep the filter of the bottleneck bandwidth, and tell the others.
     *
     * @param tcb state of the subflow
     * @param rc rate information of the connection
     * @param rs rate sample
     */
    void UpdateBandwidth(const TcpSocketState& tcb,
                         const TcpRateOps::TcpRateConnection& rc,
                         const TcpRateOps::TcpRateSample& rs);
    /** @param tcb state of the subflow: the check once in each cycle */
    void Check(const TcpSocketState& tcb);

    double m_tolerance{0.2};                ///< attribute Tolerance
    MaxBandwidthFilter_t m_bandwidth;       ///< bottleneck bandwidth
    uint32_t m_round{0};                    ///< packet-timed round trips
    uint64_t m_roundEnd{0};                 ///< the round trip ends when this much is delivered
    bool m_cruising{false};                 ///< the pacing gain is 1 there
    bool m_checked{false};                  ///< the check of this cycle is done
    Time m_cruiseStart;                     ///< when the gain became 1
    TracedValue<uint32_t> m_sharing{1};     ///< N
    uint32_t m_lastCount{0};                ///< count of the last check
    uint32_t m_harmful{0};                  ///< harmful checks in a row
    TracedValue<bool> m_superfluous{false}; ///< C-MPBBR would close this subflow
};

} // namespace ns3

#endif /* MPTCP_CBBR_H */
