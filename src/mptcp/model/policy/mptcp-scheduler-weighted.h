/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_WEIGHTED_H
#define MPTCP_SCHEDULER_WEIGHTED_H

#include "mptcp-scheduler.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Weighted round robin: of those that have room, each subflow gets segments in proportion to its
 * weight, as evenly spread as can be.
 *
 * Each choice gives every subflow with room its weight as credit; the one with the most is chosen
 * and pays what all got. The turn goes by subflow identifier; a choice that is not followed (the
 * algorithm of Nagle holds the segment back) takes none. Weights are given (attribute Weights) or
 * the capacities: cwnd / srtt, where a subflow without a sample counts as the weakest.
 * Reinjections take no turn either: they go to the lowest RTT with room.
 *
 * As with ns3::MptcpSchedulerRoundRobin, bulk data fills all windows, whatever the weights: they
 * rule what an application sends that does not fill them.
 */
class MptcpSchedulerWeighted : public MptcpScheduler
{
  public:
    /// Largest weight: credits stay far from where doubles lose small ones.
    static constexpr double MAX_WEIGHT = 1e6;

    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;
    /**
     * @param text weights as the attribute has them
     * @param weights where they go
     * @return false if the text is no list of numbers greater than 0 and at most MAX_WEIGHT
     */
    static bool Parse(const std::string& text, std::vector<double>& weights);
    /**
     * @param view snapshot of the connection
     * @return the capacity of each subflow, octets/s
     */
    static std::vector<double> GetCapacities(const MptcpConnectionView& view);

  private:
    /** What is remembered of a subflow. */
    struct Credit
    {
        uint32_t id{0};   ///< identifier of the subflow
        double credit{0}; ///< what it may still get
    };

    /** @param text value of the attribute Weights */
    void SetWeights(std::string text);
    /** @return value of the attribute Weights */
    std::string GetWeights() const;
    /** @param id identifier of a subflow @return its record, made if need be */
    Credit& GetCredit(uint32_t id);

    std::string m_text;            ///< attribute Weights
    std::vector<double> m_weights; ///< its numbers
    std::vector<Credit> m_credits; ///< one per subflow seen
    std::vector<Credit> m_before;  ///< what they were before the last choice
    bool m_pending{false};         ///< the last choice named a subflow
    uint64_t m_dsn{0};             ///< DSN that it was about
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_WEIGHTED_H */
