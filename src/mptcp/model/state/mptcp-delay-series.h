/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_DELAY_SERIES_H
#define MPTCP_DELAY_SERIES_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace ns3
{

/**
 * The queueing delay of a subflow over the last seconds, in means of time bins that begin at the
 * same times for all subflows, so that two of them can be compared: behind one queue they see the
 * same.
 */
class MptcpDelaySeries
{
  public:
    static constexpr std::size_t BINS = 256;  ///< bins that are kept
    static constexpr std::size_t ENOUGH = 32; ///< bins that a comparison needs

    /** @param width length of a bin, s: long enough for a packet in most of them */
    explicit MptcpDelaySeries(double width = 0.02);
    /**
     * @param now time, s; does not go back
     * @param delay RTT or one-way delay, s
     */
    void Add(double now, double delay);
    /**
     * Pearson's correlation of the changes from bin to bin, over those that both have, with a time
     * lag of at most one bin, since the way back from the queue may take longer for one of the two.
     * Changes and not delays, since queues that fill slowly do so on any paths.
     *
     * @param other series of another subflow
     * @return -1 to 1; none if there is too little data, or no movement in one of them
     */
    std::optional<double> GetCorrelation(const MptcpDelaySeries& other) const;

  private:
    /** Mean of the delays in a bin. */
    struct Bin
    {
        int64_t number{-1}; ///< time / width
        float sum{0};       ///< sum of the delays less the first one of all, s
        uint32_t count{0};  ///< delays
    };

    /**
     * @param number number of a bin
     * @param[out] change its mean less that of the bin before
     * @return true if both have data
     */
    bool GetChange(int64_t number, double& change) const;
    /**
     * @param other series of another subflow
     * @param lag by how many bins it is later
     * @return correlation, none if it cannot be told
     */
    std::optional<double> Correlate(const MptcpDelaySeries& other, int64_t lag) const;

    double m_width;               ///< length of a bin, s
    std::array<Bin, BINS> m_bins; ///< ring
    double m_first{-1};           ///< first delay, s; < 0: none
    int64_t m_last{-1};           ///< number of the last bin
};

/**
 * Finds which flows share a bottleneck by the correlation of their delays: a design of this
 * project, with the interface of MptcpBottleneckDetector.
 *
 * Flows are grouped anew each second: who correlates with a member of a group is in it. A flow
 * whose correlation with no other flow can be told is in no group.
 */
class MptcpCorrelationDetector
{
  public:
    /** @param correlation correlation from which two flows share a bottleneck */
    explicit MptcpCorrelationDetector(double correlation);
    /**
     * A packet has arrived.
     *
     * @param flow flow; an unknown one is added
     * @param now time, s
     * @param delay delay, s
     */
    void AddDelay(uint32_t flow, double now, double delay);
    /** @param flow flow that has ended */
    void Remove(uint32_t flow);
    /**
     * @param flow flow
     * @return group of flows that share its bottleneck, from 1; 0 without one
     */
    uint32_t GetGroup(uint32_t flow) const;

  private:
    /** A flow. */
    struct Flow
    {
        /** @param empty series without data */
        explicit Flow(const MptcpDelaySeries& empty)
            : series(empty)
        {
        }

        MptcpDelaySeries series; ///< its delays
        uint32_t group{0};       ///< its group
    };

    /** Group the flows. */
    void Group();

    double m_correlation;             ///< correlation from which two flows share a bottleneck
    std::map<uint32_t, Flow> m_flows; ///< flows
    double m_next{0};                 ///< when to group them again, s
};

} // namespace ns3

#endif /* MPTCP_DELAY_SERIES_H */
