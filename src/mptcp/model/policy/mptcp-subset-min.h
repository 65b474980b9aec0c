/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SUBSET_MIN_H
#define MPTCP_SUBSET_MIN_H

#include "mptcp-coupling.h"

#include <string>

namespace ns3
{

/** The formula of the algorithm called MPTCP in NSDI 2011 on numbers. */
class MptcpSubsetMinRule
{
  public:
    /**
     * The least increase that any set of subflows with the own one among them would allow:
     * max(w / RTT^2) / (sum(w / RTT))^2 over the set.
     *
     * Not all 2^n sets need be looked at. Let u be the member of the best set with the largest
     * w / RTT^2: each subflow with a smaller one makes the denominator larger and leaves the
     * numerator. So the best set is one of the first k in order of w / RTT^2.
     *
     * @param paths snapshot, the own one first
     * @return increase per acknowledgment, of the unit 1/window
     */
    static double GetIncrease(const MptcpCoupledPaths& paths);
};

/**
 * The algorithm that Wischik et al., NSDI 2011, call MPTCP: on no set of its paths does it take
 * more than one TCP on the best path of that set, so that it does no harm wherever the bottlenecks
 * are. RFC 6356 (MptcpLia) checks only the set of all and each path alone: the same with two
 * subflows, less careful with more.
 */
class MptcpSubsetMin : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSubsetMin() = default;
    /**
     * Copy the type and attributes, not the state: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpSubsetMin(const MptcpSubsetMin& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;

  protected:
    double GetIncrease(const MptcpCoupledPaths& paths) const override;
};

} // namespace ns3

#endif /* MPTCP_SUBSET_MIN_H */
