/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_OLIA_H
#define MPTCP_OLIA_H

#include "mptcp-coupling.h"

#include "ns3/sequence-number.h"

#include <cstdint>
#include <string>

namespace ns3
{

/** The formulas of OLIA on numbers. */
class MptcpOliaRule
{
  public:
    /**
     * alpha of the own path: it moves window from the paths with the largest windows to the best
     * paths that have smaller ones. The best paths have the largest l / RTT^2, where l is what was
     * acknowledged between losses.
     *
     * Windows are compared in whole segments, as in the authors' implementation: in octets, two
     * windows were never equal, and one path would be "the largest" always.
     *
     * @param paths snapshot, the own one first
     * @return alpha of the own path
     */
    static double GetAlpha(const MptcpCoupledPaths& paths);
    /**
     * w / RTT^2 / (sum(w / RTT))^2 + alpha / w.
     *
     * @param paths snapshot, the own one first
     * @return increase per acknowledgment, of the unit 1/window; may be negative
     */
    static double GetIncrease(const MptcpCoupledPaths& paths);
};

/** What is acknowledged between losses: the l of OLIA. */
class MptcpLossIntervals
{
  public:
    /** @param octets newly acknowledged */
    void OnAcknowledged(uint32_t octets);
    /** A loss event. With nothing acknowledged since the last one, it is that one still. */
    void OnLoss();
    /** @return the larger of what was acknowledged since the last loss and between the last two */
    double GetInterval() const;

  private:
    double m_between{0}; ///< octets between the last two losses
    double m_since{0};   ///< octets since the last loss
};

/**
 * Opportunistic linked increases (Khalili et al., CoNEXT 2012;
 * draft-khalili-mptcp-congestion-control): Pareto-optimal where LIA is not, since only the best
 * paths carry traffic, and responsive and not flappy by its second term.
 *
 * A loss halves the window. With LinuxArithmetic, a window changes by whole segments when a counter
 * in units of 1/1024 segment reaches +-1023, which is set to 0 then, so that what was beyond is
 * lost; else in octets, with fractions kept.
 *
 * The draft sets the least slow start threshold to one segment if there are several paths, so that
 * a path that is not best sends little (evidence: recollection only; the authors' kernel module has
 * NewReno's two): MinSegments.
 */
class MptcpOlia : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpOlia() = default;
    /**
     * Copy the type and attributes, not the state: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpOlia(const MptcpOlia& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;
    void PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time& rtt) override;
    uint32_t GetSsThresh(Ptr<const TcpSocketState> tcb, uint32_t bytesInFlight) override;

  protected:
    void Increase(Ptr<TcpSocketState> tcb, const MptcpCoupledPaths& paths) override;
    double GetIncrease(const MptcpCoupledPaths& paths) const override;
    uint32_t Decrease(Ptr<const TcpSocketState> tcb, const MptcpCoupledPaths& paths) override;

  private:
    /** @param tcb state of the subflow: tell the others its interval */
    void Publish(const TcpSocketState& tcb);

    bool m_linux{false};            ///< attribute LinuxArithmetic
    uint32_t m_minSegments{1};      ///< attribute MinSegments
    MptcpLossIntervals m_intervals; ///< l
    SequenceNumber32 m_acked{0};    ///< first octet not acknowledged
    bool m_started{false};          ///< m_acked is set
    int64_t m_counter{0};           ///< kernel's counter, 1/1024 segment
};

} // namespace ns3

#endif /* MPTCP_OLIA_H */
