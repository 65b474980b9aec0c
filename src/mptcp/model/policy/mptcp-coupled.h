/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_COUPLED_H
#define MPTCP_COUPLED_H

#include "mptcp-coupling.h"

#include <cstdint>
#include <string>

namespace ns3
{

/** The formulas of COUPLED on numbers. */
class MptcpCoupledRule
{
  public:
    /**
     * @param paths snapshot
     * @return increase per acknowledgment on any of them, of the unit 1/window
     */
    static double GetIncrease(const MptcpCoupledPaths& paths);
    /**
     * @param paths snapshot, the own one first
     * @return own window after a loss, not under one segment
     */
    static double GetDecreased(const MptcpCoupledPaths& paths);
};

/**
 * COUPLED, also called fully coupled (Kelly and Voice 2005, Han et al. 2006; as in Wischik et al.,
 * NSDI 2011): grows by 1 / w_total for each acknowledgment and shrinks by w_total / 2 on a loss.
 * The whole connection is one TCP of the window w_total on the least congested paths; all others
 * are left with one segment.
 *
 * That is the ideal of resource pooling and its weakness: with equal congestion it flaps between
 * paths, and a path that was bad once is hardly probed again.
 */
class MptcpCoupled : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpCoupled() = default;
    /**
     * Copy the type and attributes, not the state: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpCoupled(const MptcpCoupled& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;

  protected:
    double GetIncrease(const MptcpCoupledPaths& paths) const override;
    uint32_t Decrease(Ptr<const TcpSocketState> tcb, const MptcpCoupledPaths& paths) override;
};

} // namespace ns3

#endif /* MPTCP_COUPLED_H */
