/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SEMICOUPLED_H
#define MPTCP_SEMICOUPLED_H

#include "mptcp-coupling.h"

#include <string>

namespace ns3
{

/** The formula of SEMICOUPLED on numbers. */
class MptcpSemicoupledRule
{
  public:
    /**
     * @param paths snapshot
     * @param weight weight a
     * @return increase per acknowledgment on any of them, of the unit 1/window
     */
    static double GetIncrease(const MptcpCoupledPaths& paths, double weight);
};

/**
 * SEMICOUPLED (Wischik et al., NSDI 2011): grows by a / w_total for each acknowledgment and halves
 * its own window on a loss, so that windows go with 1/p: the less congested paths carry more, the
 * others carry some. LIA is this with an a that follows RTTs and windows.
 *
 * With a = 1, n subflows take sqrt(n) times the window of one TCP on a shared bottleneck.
 */
class MptcpSemicoupled : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSemicoupled() = default;
    /**
     * Copy the type and attributes, not the state: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpSemicoupled(const MptcpSemicoupled& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;

  protected:
    double GetIncrease(const MptcpCoupledPaths& paths) const override;

  private:
    double m_weight{1}; ///< attribute Weight
};

} // namespace ns3

#endif /* MPTCP_SEMICOUPLED_H */
