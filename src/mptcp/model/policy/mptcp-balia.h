/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_BALIA_H
#define MPTCP_BALIA_H

#include "mptcp-coupling.h"

#include <cstdint>
#include <string>

namespace ns3
{

/** The formulas of BALIA on numbers. */
class MptcpBaliaRule
{
  public:
    /**
     * @param paths snapshot, the own one first
     * @return alpha, the largest rate of all divided by the own rate, at least 1
     */
    static double GetAlpha(const MptcpCoupledPaths& paths);
    /**
     * x / (RTT (sum x)^2) (1 + alpha) / 2 (4 + alpha) / 5.
     *
     * @param paths snapshot, the own one first
     * @return increase per acknowledgment, of the unit 1/window
     */
    static double GetIncrease(const MptcpCoupledPaths& paths);
    /**
     * w / 2 min(alpha, 1.5).
     *
     * @param paths snapshot, the own one first
     * @param integer round alpha down, as the Linux kernel does
     * @return what a loss takes from the own window
     */
    static double GetDecrease(const MptcpCoupledPaths& paths, bool integer);
};

/**
 * Balanced linked adaptation (Peng et al., IEEE/ACM ToN 2016;
 * draft-walid-mptcp-congestion-control): a compromise of friendliness, responsiveness and steady
 * windows.
 *
 * With LinuxArithmetic, alpha is rounded down for the decrease, so that a loss takes a half or
 * three quarters and nothing between, and the window grows by whole segments after the number of
 * acknowledgments that makes one up, plus one: both as in the kernel of multipath-tcp.org.
 *
 * A loss may leave one segment if subflows are coupled, since it takes up to three quarters; alone
 * it is NewReno with its two.
 */
class MptcpBalia : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpBalia() = default;
    /**
     * Copy the type and attributes, not the state: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpBalia(const MptcpBalia& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;

  protected:
    void Increase(Ptr<TcpSocketState> tcb, const MptcpCoupledPaths& paths) override;
    double GetIncrease(const MptcpCoupledPaths& paths) const override;
    uint32_t Decrease(Ptr<const TcpSocketState> tcb, const MptcpCoupledPaths& paths) override;

  private:
    bool m_linux{false}; ///< attribute LinuxArithmetic
    uint64_t m_acks{0};  ///< kernel's counter of acknowledgments since the last increase
};

} // namespace ns3

#endif /* MPTCP_BALIA_H */
