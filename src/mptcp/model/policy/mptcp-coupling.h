/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_COUPLING_H
#define MPTCP_COUPLING_H

#include "ns3/mptcp-bottleneck-detector.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/ptr.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-socket-state.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

class MptcpCorrelationDetector;
class MptcpDelaySeries;

/**
 * The smoothed RTT of a subflow: m_srtt, or in releases of ns-3 before it had that, m_lastRtt,
 * which held the same estimate.
 *
 * @param subflow congestion state of a subflow
 * @return its smoothed RTT, zero before the first sample
 */
Time MptcpGetSmoothedRtt(const TcpSocketState& subflow);

/**
 * What the formula of a coupled controller may know of a subflow: numbers, so that formulas can be
 * checked without a socket. All windows of a snapshot have one unit (octets or packets), and all
 * RTTs have one.
 */
struct MptcpCoupledPath
{
    double window{0};   ///< congestion window that counts, see MptcpCoupling::GetPaths
    double rtt{0};      ///< smoothed RTT, > 0
    double segment{1};  ///< segment size, in the unit of the window
    double interval{0}; ///< what was acknowledged between losses (OLIA: l), in the same unit
    double rate{0};     ///< rate that its controller has published (wVegas); 0: none
};

/** The subflows of a connection, as one of them sees them: itself first. */
using MptcpCoupledPaths = std::vector<MptcpCoupledPath>;

/** What the controller of a subflow tells the controllers of the others. */
struct MptcpCoupledShare
{
    double interval{0};  ///< octets acknowledged between losses (OLIA)
    double rate{0};      ///< octets per second (wVegas)
    double bandwidth{0}; ///< bottleneck bandwidth, bit/s (BBR)
    double delivery{0};  ///< delivery rate of the last round trip, bit/s (BBR)
    /** Delays of the last seconds (MptcpBottleneckBbr), null without. */
    std::shared_ptr<MptcpDelaySeries> delays;
};

/**
 * Where a coupling has had a subflow. Its controller keeps it, so that the subflow is not searched
 * for with each acknowledgment; a place that is not right any more costs one search.
 */
struct MptcpCoupledPlace
{
    std::size_t index{0}; ///< index of the subflow when it was looked for the last time
};

/**
 * The congestion state of all established subflows of one connection, shared by its controllers.
 *
 * With BottleneckDetection, a controller couples only with those subflows that are not known to be
 * at another bottleneck (MPTCP-SBD: Ferlin et al., INFOCOM 2016; RFC 8382). Subflows for which
 * there is no verdict, because they are new or see no queue, are coupled with all others, since
 * they may turn out to share a bottleneck at any time. CorrelationDetection does it by another
 * signal.
 */
class MptcpCoupling : public Object, private MptcpBottleneckParameters
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpCoupling();
    ~MptcpCoupling() override;
    /** @param subflow state of a subflow that became established; again is no change */
    void Add(Ptr<TcpSocketState> subflow);
    /** @param subflow state of a subflow that ended; no change if it is not coupled */
    void Remove(Ptr<TcpSocketState> subflow);
    /** @return state of the established subflows, in the order of Add */
    const std::vector<Ptr<TcpSocketState>>& GetSubflows() const;
    /**
     * What a subflow tells the others.
     *
     * @param subflow state of a subflow
     * @param[in,out] place where it is; null: unknown
     * @return its share, valid until the next Add or Remove; null if it is not coupled
     */
    MptcpCoupledShare* GetShare(const TcpSocketState& subflow, MptcpCoupledPlace* place = nullptr);
    /**
     * @param index of a subflow in GetSubflows
     * @return its share, as above
     */
    const MptcpCoupledShare& GetShareAt(std::size_t index) const;
    /**
     * Take the snapshot for a subflow: itself first with the window given, then those that it is
     * coupled with, without those that have no RTT sample yet. Octets and seconds.
     *
     * A subflow in fast recovery counts with its ssthresh, and one that the application does not
     * fill with what it has in flight (RFC 6356, section 3).
     *
     * @param subflow state of the subflow
     * @param window its window, octets
     * @param[in,out] place where the subflow is; null: unknown
     * @return the snapshot, valid until the next call; empty if the subflow is not coupled or has
     * no RTT sample
     */
    const MptcpCoupledPaths& GetPaths(const TcpSocketState& subflow,
                                      double window,
                                      MptcpCoupledPlace* place = nullptr) const;
    /** @return subflows that snapshots and searches have looked at so far: what they cost */
    uint64_t GetSteps() const;
    /**
     * @param a state of a subflow
     * @param b state of another one
     * @return true unless they are known to be at different bottlenecks
     */
    bool AreCoupled(const TcpSocketState& a, const TcpSocketState& b) const;
    /**
     * Controllers report each acknowledgment, for the detector.
     *
     * @param subflow state of the subflow
     * @param[in,out] place where it is; null: unknown
     */
    void OnAcknowledged(const TcpSocketState& subflow, MptcpCoupledPlace* place = nullptr);
    /**
     * Controllers report each loss event, for the detector.
     *
     * @param subflow state of the subflow
     * @param[in,out] place where it is; null: unknown
     */
    void OnLoss(const TcpSocketState& subflow, MptcpCoupledPlace* place = nullptr);
    /**
     * @param subflow state of a subflow
     * @return its group of the detector; MptcpBottleneckDetector::NO_GROUP without one
     */
    uint32_t GetGroup(const TcpSocketState& subflow) const;
    /**
     * @param subflow state of a subflow
     * @return its statistics of RFC 8382, null without detection by those
     */
    const MptcpDelayStatistics* GetStatistics(const TcpSocketState& subflow) const;

  private:
    /** What the coupling knows of a subflow besides its state. */
    struct Member
    {
        uint32_t id;             ///< its flow in the detector, never reused
        MptcpCoupledShare share; ///< what its controller has published
    };

    /**
     * @param subflow state of a subflow
     * @param[in,out] place where it is; null: unknown
     * @return its index, the number of subflows if it is not coupled
     */
    std::size_t Find(const TcpSocketState& subflow, MptcpCoupledPlace* place = nullptr) const;
    /** @param index of a subflow @return its group, see GetGroup */
    uint32_t GetGroupAt(std::size_t index) const;

    bool m_detect{false};                                   ///< attribute BottleneckDetection
    bool m_correlate{false};                                ///< attribute CorrelationDetection
    double m_correlation{0};                                ///< attribute SharedCorrelation
    Time m_interval;                                        ///< attribute BaseInterval
    std::unique_ptr<MptcpBottleneckDetector> m_detector;    ///< made with the first sample
    std::unique_ptr<MptcpCorrelationDetector> m_correlator; ///< the same of the other one
    uint32_t m_nextId{0};                                   ///< flow of the next subflow
    std::vector<Ptr<TcpSocketState>> m_subflows;            ///< established subflows
    std::vector<Member> m_members;                          ///< of the same index
    mutable MptcpCoupledPaths m_paths;                      ///< the last snapshot
    mutable uint64_t m_steps{0};                            ///< see GetSteps
};

/** What a congestion controller is besides a TcpCongestionOps when it wants to be coupled. */
class MptcpCoupledController
{
  public:
    virtual ~MptcpCoupledController();
    /** @param coupling state of the connection that the subflow belongs to; null: uncouple */
    void SetCoupling(Ptr<MptcpCoupling> coupling);
    /** @return the coupling, null without */
    Ptr<MptcpCoupling> GetCoupling() const;

  protected:
    Ptr<MptcpCoupling> m_coupling;     ///< null: alone
    mutable MptcpCoupledPlace m_place; ///< where it has the subflow of this controller
};

/**
 * Base of coupled controllers that count in windows: a NewReno whose congestion avoidance asks the
 * coupling. With fewer than two coupled subflows that have an RTT sample (also for plain TCP, and
 * before the subflow is established) it is NewReno exactly, slow start is NewReno's always.
 *
 * Like any ns-3 controller, one object serves one socket; it is called for each acknowledgment, its
 * windows are in octets, and it may change the m_cWnd of its own subflow only. As ns-3's NewReno it
 * counts acknowledgments, each for one segment. What does not make up an octet is kept for the next
 * acknowledgment.
 */
class MptcpCoupledOps : public TcpNewReno, public MptcpCoupledController
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpCoupledOps() = default;
    /**
     * A fork starts uncoupled: it belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpCoupledOps(const MptcpCoupledOps& other);

    void PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time& rtt) override;
    uint32_t GetSsThresh(Ptr<const TcpSocketState> tcb, uint32_t bytesInFlight) override;

    // The type that a fork and a name belong to is known to the last class only.
    std::string GetName() const override = 0;
    Ptr<TcpCongestionOps> Fork() override = 0;

  protected:
    void CongestionAvoidance(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked) override;
    /**
     * Grow in congestion avoidance, with at least two subflows coupled.
     *
     * @param tcb state of the subflow
     * @param paths snapshot
     */
    virtual void Increase(Ptr<TcpSocketState> tcb, const MptcpCoupledPaths& paths);
    /**
     * The formula, for controllers that do not override Increase.
     *
     * @param paths snapshot of at least two subflows
     * @return segments per segment acknowledged, divided by the segment size: of the unit 1/window
     */
    virtual double GetIncrease(const MptcpCoupledPaths& paths) const;
    /**
     * The window after a loss, with at least two subflows coupled.
     *
     * @param tcb state of the subflow
     * @param paths snapshot, where the own window is what is in flight
     * @return new slow start threshold, octets; by default NewReno's
     */
    virtual uint32_t Decrease(Ptr<const TcpSocketState> tcb, const MptcpCoupledPaths& paths);
    /**
     * Change the window by a real number of octets, but not below a segment.
     *
     * @param tcb state of the subflow
     * @param octets how much
     */
    void Change(Ptr<TcpSocketState> tcb, double octets);

  private:
    double m_fraction{0}; ///< part of an octet that m_cWnd has not been raised by yet
};

} // namespace ns3

#endif /* MPTCP_COUPLING_H */
