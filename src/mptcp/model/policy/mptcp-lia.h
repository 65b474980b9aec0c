/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_LIA_H
#define MPTCP_LIA_H

#include "mptcp-coupling.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace ns3
{

/**
 * The sums that LIA needs over the subflows of a connection (RFC 6356, section 3).
 *
 * Windows may be in octets or in packets, RTTs in any unit: both cancel out. Nothing but numbers,
 * so that the formulas can be checked without a socket.
 */
class MptcpLiaSums
{
  public:
    /**
     * Count a subflow.
     *
     * @param window its congestion window
     * @param rtt its smoothed RTT, > 0
     */
    void Add(double window, double rtt);
    /** @return number of subflows counted */
    std::size_t GetCount() const;
    /** @return alpha, RFC 6356, equation (2); at least one subflow has a window > 0 */
    double GetAlpha() const;
    /**
     * RFC 6356, equation (1).
     *
     * @param window congestion window of the subflow that an ACK arrived on
     * @param acked amount newly acknowledged
     * @param segmentSize segment size of the subflow
     * @return how much its window grows; the unit of all is that of Add
     */
    double GetIncrease(double window, double acked, double segmentSize) const;

  private:
    std::size_t m_count{0}; ///< subflows counted
    double m_total{0};      ///< sum of windows
    double m_rate{0};       ///< sum of window / RTT
    double m_best{0};       ///< largest window / RTT^2
};

/**
 * LIA in integers: the form of RFC 6356, section 4, and that of the Linux kernel, which does not do
 * quite the same.
 */
class MptcpLiaIntegers
{
  public:
    /**
     * Equations (3) and (4).
     *
     * @param paths snapshot in octets and seconds, the own one first
     * @param scale alpha_scale, > 0
     * @param acked octets acknowledged
     * @return octets that the window grows by, at least 1
     */
    static uint64_t GetIncrease(const MptcpCoupledPaths& paths, uint32_t scale, uint32_t acked);
    /**
     * alpha of the kernel's mptcp_coupled.c, in units of 1/4096.
     *
     * @param paths snapshot; windows are rounded down to whole segments
     * @return alpha, at least 1
     */
    static uint64_t GetLinuxAlpha(const MptcpCoupledPaths& paths);
    /**
     * @param paths snapshot, the own one first
     * @return what the kernel's counter of acknowledgments must have reached for a segment more
     */
    static uint64_t GetLinuxThreshold(const MptcpCoupledPaths& paths);
};

/**
 * Linked increases (RFC 6356): coupled congestion control that takes no more than one TCP on the
 * best path would get, and no more than a TCP on any path.
 *
 * When, units and rights: see MptcpCoupledOps. Only the increase in congestion avoidance differs
 * from NewReno; slow start, the slow start threshold and recovery are NewReno's. With fewer than
 * two established subflows that have an RTT sample, it is NewReno exactly.
 *
 * - By default equations (1) and (2) in real numbers. What does not make up an octet is kept for
 * the next ACK, where the integer form rounds up to 1.
 * - With AlphaScale, equations (3) and (4) in integers, with an increase of at least 1 octet, as
 * the RFC demands where the increase is computed in integers.
 * - With LinuxArithmetic, whole segments and a counter of acknowledgments as in the out-of-tree
 *   Linux kernel, which takes one acknowledgment more per segment than section 4.2 says.
 * - bytes_acked is one segment per ACK: ns-3's NewReno counts ACKs and not octets, and section 3
 *   asks for MSS_i then. So the cap of equation (1) is what that NewReno would do.
 * - In fast recovery the window of a subflow is its ssthresh (section 3), since the congestion
 *   window is inflated then.
 * - A subflow that the application does not fill counts with what it has in flight (section 3).
 * - Windows are in octets, so that with unequal segment sizes the total is that of a TCP on the
 *   best path in octets per second (section 4.2). LinuxArithmetic counts packets.
 * - alpha is computed on each ACK, where section 4.1 allows less often: no window that counts is
 *   ever out of date.
 */
class MptcpLia : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpLia() = default;
    /**
     * Copy the type and attributes, not the state: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpLia(const MptcpLia& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;

  protected:
    void Increase(Ptr<TcpSocketState> tcb, const MptcpCoupledPaths& paths) override;
    double GetIncrease(const MptcpCoupledPaths& paths) const override;

  private:
    bool m_linux{false};      ///< attribute LinuxArithmetic
    uint32_t m_alphaScale{0}; ///< attribute AlphaScale
    uint64_t m_acks{0};       ///< kernel's counter of acknowledgments since the last increase
};

} // namespace ns3

#endif /* MPTCP_LIA_H */
