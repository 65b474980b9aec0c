/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_WVEGAS_H
#define MPTCP_WVEGAS_H

#include "mptcp-coupling.h"

#include "ns3/sequence-number.h"

#include <cstdint>
#include <string>

namespace ns3
{

/** The formulas of wVegas on numbers: windows in packets, RTTs in any unit. */
class MptcpWVegasRule
{
  public:
    /**
     * @param window congestion window
     * @param base least RTT ever
     * @param rtt mean RTT of the last round trip
     * @param integer round down, as the Linux kernel does
     * @return diff, packets that the subflow keeps in the queue
     */
    static double GetDiff(double window, double base, double rtt, bool integer);
    /**
     * @param rate own rate
     * @param total rate of all subflows with this one
     * @param totalAlpha packets that all together shall keep in queues
     * @param least least result
     * @param integer round down, as the Linux kernel does
     * @return alpha, packets that this subflow shall keep in the queue
     */
    static double GetAlpha(double rate,
                           double total,
                           double totalAlpha,
                           double least,
                           bool integer);
};

/**
 * Weighted Vegas (Cao et al., ICNP 2012): delay-based; all subflows together keep TotalAlpha
 * packets in queues, each in proportion to its rate. So the queueing delay of all used paths is
 * equal, and the paths that are less congested get more.
 *
 * Once per round trip: in slow start, it ends when diff exceeds Gamma; then the window changes by
 * one segment towards diff = alpha. When the queueing delay is twice the least one since last time,
 * the window is cut to about half to drain the queue and to find the least RTT anew; slow start
 * brings it back within a round trip or two. The least one is that of round trips with a queue of
 * alpha or more; with LinuxArithmetic, of any. No window is under two segments. With too few RTT
 * samples in a round trip, and outside of the state Open, it is NewReno; a loss halves the window.
 *
 * The rates are those that the controllers have published in their last round trip. A subflow that
 * has not, because it is new or has another controller, counts with window / RTT.
 */
class MptcpWVegas : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpWVegas() = default;
    /**
     * Copy the type and attributes, not the state: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpWVegas(const MptcpWVegas& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;
    void PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time& rtt) override;
    void CongestionStateSet(Ptr<TcpSocketState> tcb,
                            const TcpSocketState::TcpCongState_t newState) override;
    void IncreaseWindow(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked) override;

  protected:
    void CongestionAvoidance(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked) override;

  private:
    /**
     * What is done once per round trip.
     *
     * @param tcb state of the subflow
     * @param segmentsAcked segments that the last acknowledgment acknowledged
     */
    void Adjust(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked);
    /**
     * @param tcb state of the subflow
     * @param rtt mean RTT of the round trip, s
     * @return alpha by the rates of all subflows
     */
    double WeighAlpha(const TcpSocketState& tcb, double rtt);
    /** @param tcb state of the subflow: a round trip begins */
    void Begin(const TcpSocketState& tcb);

    bool m_linux{false};       ///< attribute LinuxArithmetic
    double m_initialAlpha{2};  ///< attribute InitialAlpha
    double m_totalAlpha{10};   ///< attribute TotalAlpha
    double m_gamma{1};         ///< attribute Gamma
    bool m_enabled{true};      ///< the state is Open
    SequenceNumber32 m_end{0}; ///< the round trip ends when this is acknowledged
    double m_sum{0};           ///< RTTs of this round trip, s
    uint32_t m_count{0};       ///< number of them
    double m_base{0};          ///< least RTT ever, s; 0: none
    double m_alpha{0};         ///< alpha; 0: not known
    double m_queueing{0};      ///< least queueing delay since the queue was drained, s; 0: none
};

} // namespace ns3

#endif /* MPTCP_WVEGAS_H */
