/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_BOTTLENECK_DETECTOR_H
#define MPTCP_BOTTLENECK_DETECTOR_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>

namespace ns3
{

/** Parameters of shared bottleneck detection, with the names and values of RFC 8382, section 2.2.
 */
struct MptcpBottleneckParameters
{
    double t{0.35};   ///< T, base interval, s
    uint32_t n{50};   ///< N, base intervals that oscillation and loss are counted over
    uint32_t m{30};   ///< M, base intervals that the other statistics are taken over
    double cs{0.1};   ///< c_s, skewness below which a flow is at a bottleneck
    double ch{0.3};   ///< c_h, the same for a flow that was at one in the interval before
    double pf{0.1};   ///< p_f, difference of oscillation inside of a group
    double pmad{0.1}; ///< p_mad, relative difference of variability inside of a group
    double ps{0.15};  ///< p_s, difference of skewness inside of a group
    double pl{0.05};  ///< p_l, loss above which loss says more than skewness
    double pd{0.1};   ///< p_d, relative difference of loss inside of a group
    double pv{0.7};   ///< p_v, share of the variability that a crossing of the mean must exceed
};

/** The summary statistics of the one-way delay of a flow, RFC 8382, section 3.2. */
class MptcpDelayStatistics
{
  public:
    /** @param delay one-way delay of a packet, s; a constant offset of the clocks does no harm */
    void AddDelay(double delay);
    /** @param packets packets found lost */
    void AddLoss(uint32_t packets);
    /**
     * A base interval is over.
     *
     * @param parameters parameters
     */
    void CloseInterval(const MptcpBottleneckParameters& parameters);
    /** @return number of base intervals with data that the statistics are taken over */
    std::size_t GetIntervals() const;
    /** @return skew_est, -1 to 1; negative: most packets wait longer than the mean */
    double GetSkewness() const;
    /** @return var_est, mean absolute deviation, s */
    double GetVariability() const;
    /** @return freq_est, significant crossings of the mean per base interval */
    double GetOscillation() const;
    /** @return pkt_loss, lost of all packets */
    double GetLoss() const;
    /** @return true if the flow is at a bottleneck (section 3.3.1) */
    bool IsAtBottleneck() const;

  private:
    /** One base interval. */
    struct Interval
    {
        double mean{0};      ///< E_T(OWD)
        double deviation{0}; ///< var_base_T
        int64_t skew{0};     ///< skew_base_T
        uint32_t packets{0}; ///< num_T(OWD)
        uint32_t lost{0};    ///< lost packets
    };

    /** @return mean of the means of the last M intervals, E_M(E_T(OWD)) */
    double GetMeanDelay() const;

    Interval m_current;                     ///< the interval that is not over; mean: sum of delays
    double m_mean{0};                       ///< mean that skewness is counted against
    double m_last{0};                       ///< mean of the interval before
    std::deque<Interval> m_history;         ///< the last max(N, M) intervals that had packets
    MptcpBottleneckParameters m_parameters; ///< parameters when the last interval was closed
    bool m_atBottleneck{false};             ///< result of the last interval
};

/**
 * Finds which flows share a bottleneck from the statistics of their one-way delay (RFC 8382; MPTCP
 * takes it to couple subflows only where they share one: Ferlin et al., INFOCOM 2016).
 *
 * Time comes with the calls; nothing is scheduled. Flows are grouped anew after each base interval.
 */
class MptcpBottleneckDetector
{
  public:
    /** Group of a flow that is at no bottleneck, or not known well enough. */
    static constexpr uint32_t NO_GROUP = 0;

    /** @param parameters parameters */
    explicit MptcpBottleneckDetector(const MptcpBottleneckParameters& parameters);
    /**
     * A packet has arrived.
     *
     * @param flow flow; an unknown one is added
     * @param now time, s
     * @param delay one-way delay, s
     */
    void AddDelay(uint32_t flow, double now, double delay);
    /**
     * Packets were lost.
     *
     * @param flow flow
     * @param now time, s
     * @param packets how many
     */
    void AddLoss(uint32_t flow, double now, uint32_t packets);
    /** @param flow flow that has ended */
    void Remove(uint32_t flow);
    /**
     * @param flow flow
     * @return group of flows that share its bottleneck, from 1; NO_GROUP without one
     */
    uint32_t GetGroup(uint32_t flow) const;
    /**
     * @param flow flow
     * @return its statistics, null if the flow is unknown
     */
    const MptcpDelayStatistics* GetStatistics(uint32_t flow) const;

  private:
    /** A flow. */
    struct Flow
    {
        MptcpDelayStatistics statistics; ///< statistics
        uint32_t group{NO_GROUP};        ///< group
    };

    /** @param now time, s: close what intervals are over by then */
    void Advance(double now);
    /** Group the flows, RFC 8382, section 3.3.1. */
    void Group();

    MptcpBottleneckParameters m_parameters; ///< parameters
    std::map<uint32_t, Flow> m_flows;       ///< flows
    double m_intervalEnd{-1};               ///< end of the current interval; < 0: not started
};

} // namespace ns3

#endif /* MPTCP_BOTTLENECK_DETECTOR_H */
