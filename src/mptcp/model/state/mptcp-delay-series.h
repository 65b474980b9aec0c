/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_DELAY_SERIES_H
#define MPTCP_DELAY_SERIES_H

#include <array>
#include <cstddef>
#include <cstdint>

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
    static constexpr double WIDTH = 0.02;     ///< length of a bin, s
    static constexpr std::size_t ENOUGH = 64; ///< bins that a comparison needs

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
     * @return -1 to 1; 0 if there is too little data, or no movement in one of them
     */
    double GetCorrelation(const MptcpDelaySeries& other) const;

  private:
    /** Mean of the delays in a bin. */
    struct Bin
    {
        int64_t number{-1}; ///< time / WIDTH
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
     * @return correlation
     */
    double Correlate(const MptcpDelaySeries& other, int64_t lag) const;

    std::array<Bin, BINS> m_bins; ///< ring
    double m_first{-1};           ///< first delay, s; < 0: none
    int64_t m_last{-1};           ///< number of the last bin
};

} // namespace ns3

#endif /* MPTCP_DELAY_SERIES_H */
