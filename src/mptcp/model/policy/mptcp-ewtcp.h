/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_EWTCP_H
#define MPTCP_EWTCP_H

#include "mptcp-coupling.h"

#include <cstddef>
#include <string>

namespace ns3
{

/** The formula of EWTCP on numbers. */
class MptcpEwtcpRule
{
  public:
    /**
     * @param count number of subflows
     * @param exponent exponent of that number
     * @return weight a, count to the power of -exponent
     */
    static double GetWeight(std::size_t count, double exponent);
    /**
     * @param window own window
     * @param weight weight a
     * @return increase per acknowledgment, of the unit 1/window
     */
    static double GetIncrease(double window, double weight);
};

/**
 * Equally weighted TCP (Honda et al. 2009; Wischik et al., NSDI 2011): each subflow is a NewReno
 * that grows by a / w for each acknowledgment, whatever the others do.
 *
 * On one shared bottleneck the window goes with the square root of a, so that n subflows together
 * take what one TCP takes only if a = 1/n^2. That is the default, and what the authors' simulator
 * does; the paper prints a = 1/sqrt(n), which takes 1.68 times the share of a TCP with two
 * subflows: set Exponent to 0.5 for that.
 */
class MptcpEwtcp : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpEwtcp() = default;
    /**
     * Copy the type and attributes, not the state: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpEwtcp(const MptcpEwtcp& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;

  protected:
    double GetIncrease(const MptcpCoupledPaths& paths) const override;

  private:
    double m_exponent{2}; ///< attribute Exponent
    double m_weight{0};   ///< attribute Weight
};

} // namespace ns3

#endif /* MPTCP_EWTCP_H */
