/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_EPSILON_H
#define MPTCP_EPSILON_H

#include "mptcp-coupling.h"

#include <string>

namespace ns3
{

/** The formula of the epsilon family on numbers. */
class MptcpEpsilonRule
{
  public:
    /**
     * alpha (alpha w)^(1-e) / w_total^(2-e), at most 1 / w, with the alpha that makes the total
     * that of a TCP on the best path: alpha = w_total (max(w^(e/2) / RTT) / sum(w / RTT))^(2 /
     * (2-e)); 1 if e is 0 or 2.
     *
     * @param paths snapshot, the own one first
     * @param epsilon e, 0 to 2
     * @return increase per acknowledgment, of the unit 1/window
     */
    static double GetIncrease(const MptcpCoupledPaths& paths, double epsilon);
};

/**
 * The epsilon family (Wischik et al. 2008 and NSDI 2011, with the alpha of the authors' simulator):
 * from COUPLED (Epsilon 0: all on the best path) over LIA (1) to uncoupled TCPs (2).
 *
 * At 0 and 2 there is no alpha, as in the simulator: at 2 each subflow is a TCP of its own, while
 * just under 2 all together take what one TCP takes.
 *
 * With Epsilon 0 it is not MptcpCoupled to the letter: it halves its own window on a loss where
 * that one takes half of the total, and grows in proportion to its window to make up for that.
 */
class MptcpEpsilon : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpEpsilon() = default;
    /**
     * Copy the type and attributes, not the state: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpEpsilon(const MptcpEpsilon& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;

  protected:
    double GetIncrease(const MptcpCoupledPaths& paths) const override;

  private:
    double m_epsilon{1}; ///< attribute Epsilon
};

} // namespace ns3

#endif /* MPTCP_EPSILON_H */
