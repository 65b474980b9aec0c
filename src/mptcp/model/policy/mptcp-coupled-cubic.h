/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_COUPLED_CUBIC_H
#define MPTCP_COUPLED_CUBIC_H

#include "mptcp-coupling.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace ns3
{

/** The window of CUBIC (RFC 9438) over the time since the last reduction: packets and seconds. */
class MptcpCubicCurve
{
  public:
    static constexpr double C = 0.4;    ///< RFC 9438, section 5
    static constexpr double BETA = 0.7; ///< multiplicative decrease
    /** Additive increase that makes up for BETA in the Reno-friendly region, section 4.3. */
    static constexpr double ALPHA = 3 * (1 - BETA) / (1 + BETA);

    MptcpCubicCurve() = default;
    /**
     * @param window window at the beginning
     * @param plateau window before the reduction, W_max; less than the window: the window
     * @param scale factor that C is multiplied by
     */
    MptcpCubicCurve(double window, double plateau, double scale);
    /**
     * Equation (1).
     *
     * @param time time since the beginning
     * @return window
     */
    double GetWindow(double time) const;

  private:
    double m_plateau{0}; ///< W_max
    double m_c{C};       ///< C, scaled
    double m_k{0};       ///< K: time until the plateau
};

/** How coupled CUBIC scales the growth of a subflow. */
class MptcpCoupledCubicRule
{
  public:
    /**
     * (x max(x) / (sum x)^2)^2, 1 for a single path.
     *
     * @param paths snapshot, the own one first
     * @return factor for C
     */
    static double GetScale(const MptcpCoupledPaths& paths);
};

/**
 * Coupled CUBIC, a design of this project: the formulas of published ones (MPCubic 2011, mpCUBIC
 * 2020, Coupled CUBIC of Lee et al. 2023) were not at hand, and none of them is claimed here.
 *
 * Each subflow is a CUBIC (RFC 9438) whose constant C is multiplied by a factor g <= 1. With loss
 * rate p, a CUBIC with constant g C has the window w = g^(1/4) W, where W is that of a single CUBIC
 * on the path. With x = w / RTT and X = W / RTT, the choice g = (x max(x) / (sum x)^2)^2 has the
 * fixed point
 *
 *   x = X^2 / sum(X^2) max(X), so sum x = max(X):
 *
 * all together take what one CUBIC would take on the best path, and each path carries in proportion
 * to X^2. That is what LIA does with Reno (there X^2 goes with 1/p). n equal paths have g = 1/n^4.
 * No subflow grows faster than a CUBIC of its own, so disjoint paths are filled.
 *
 * In the Reno-friendly region the estimate of Reno's window grows by the linked increase of LIA
 * instead of 1 / w. The factor is taken when an epoch begins (after a loss), like LIA's alpha, and
 * anew when the number of coupled subflows changes. Slow start is standard; fast convergence is
 * that of section 4.7. One subflow is CUBIC, not NewReno.
 */
class MptcpCoupledCubic : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpCoupledCubic() = default;
    /**
     * Copy the type and attributes, not the state: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpCoupledCubic(const MptcpCoupledCubic& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;
    uint32_t GetSsThresh(Ptr<const TcpSocketState> tcb, uint32_t bytesInFlight) override;
    void CwndEvent(Ptr<TcpSocketState> tcb, const TcpSocketState::TcpCAEvent_t event) override;

  protected:
    void CongestionAvoidance(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked) override;

  private:
    bool m_fastConvergence{true}; ///< attribute FastConvergence
    std::size_t m_coupled{0};     ///< coupled subflows when the epoch began; 0: no epoch
    Time m_epoch;                 ///< when it began
    MptcpCubicCurve m_curve;      ///< curve of the epoch
    double m_plateau{0};          ///< W_max, packets
    double m_prior{0};            ///< window before the last reduction, packets
    double m_reno{0};             ///< W_est, packets
};

} // namespace ns3

#endif /* MPTCP_COUPLED_CUBIC_H */
