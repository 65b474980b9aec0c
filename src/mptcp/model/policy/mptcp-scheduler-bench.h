/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_BENCH_H
#define MPTCP_SCHEDULER_BENCH_H

#include "mptcp-scheduler.h"

#include "ns3/nstime.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace ns3
{

/** How a subflow of the bench starts. */
struct MptcpBenchPath
{
    uint32_t cwnd{10000};          ///< congestion window, octets
    uint32_t ssThresh{UINT32_MAX}; ///< slow start threshold, octets
    uint32_t segmentSize{1000};    ///< segment size, octets
    Time rtt{MilliSeconds(100)};   ///< RTT; zero: no sample yet
    bool backup{false};            ///< backup
};

/**
 * Drives a scheduler without a network: subflows that are numbers, which send, are acknowledged,
 * lose and recover when the caller says so. The scheduler is asked as the connection would ask it,
 * and its answers count as there. Windows stay as they are unless the caller changes them.
 *
 * @code
 *   MptcpSchedulerBench bench("ns3::MptcpSchedulerEcf");
 *   bench.Add({.rtt = MilliSeconds(20)});
 *   bench.Add({.rtt = MilliSeconds(100)});
 *   bench.Write(30000);
 *   bench.Advance(Seconds(1));
 *   std::cout << bench.GetOctets(0) << " " << bench.GetDone().As(Time::MS) << "\n";
 * @endcode
 *
 * Time stands still but for Advance, which runs the simulator; the caller owns the simulator and
 * destroys it.
 */
class MptcpSchedulerBench
{
  public:
    /** @param type TypeId name of the scheduler */
    explicit MptcpSchedulerBench(const std::string& type);
    /** @param scheduler the scheduler */
    explicit MptcpSchedulerBench(Ptr<MptcpScheduler> scheduler);
    /**
     * Add an established subflow.
     *
     * @param start how it starts
     * @return its index, which is its identifier
     */
    std::size_t Add(const MptcpBenchPath& start);
    /** @param octets the peer's window, for all subflows together */
    void SetWindow(uint32_t octets);
    /** @param octets that the application writes; what can be sent is */
    void Write(uint32_t octets);
    /**
     * An acknowledgment arrives.
     *
     * @param index subflow
     * @param segments of those in flight that it acknowledges
     */
    void Acknowledge(std::size_t index, uint32_t segments = 1);
    /**
     * The retransmission timer expires: the subflow is in loss until Recover, and what it holds is
     * to be reinjected. It stays in flight there, where TCP retransmits it.
     *
     * @param index subflow
     */
    void TimeOut(std::size_t index);
    /** @param index subflow that is no longer in loss */
    void Recover(std::size_t index);
    /** Ask the scheduler again, after a change by way of GetSubflow. */
    void Push();
    /**
     * Time passes. What was sent an RTT before is acknowledged, save by subflows without an RTT or
     * in loss.
     *
     * @param interval by how much
     */
    void Advance(Time interval);
    /**
     * @param index subflow
     * @return how it is shown to the scheduler; windows, RTT and flags may be changed
     */
    MptcpSubflowView& GetSubflow(std::size_t index);
    /** @return the connection as it is shown to the scheduler */
    const MptcpConnectionView& GetView() const;
    /**
     * @param index subflow
     * @return octets that it was given, copies and reinjections among them
     */
    uint64_t GetOctets(std::size_t index) const;
    /** @return when the last octet written was acknowledged; negative: it is not yet */
    Time GetDone() const;
    /** @return the scheduler */
    Ptr<MptcpScheduler> GetScheduler() const;

  private:
    /** A segment of the connection. */
    struct Chunk
    {
        uint64_t dsn;             ///< DSN of its first octet
        uint32_t size;            ///< octets
        MptcpSubflowMask carried; ///< subflows that carried it
        bool acknowledged;        ///< it has arrived
        bool reinject{false};     ///< it is to be sent again
        bool repeat{false};       ///< every subflow that the scheduler names is to carry it
    };

    /** A segment in a subflow. */
    struct Segment
    {
        uint64_t dsn;  ///< DSN of its first octet
        uint32_t size; ///< octets
        Time sent;     ///< when it was sent
    };

    /** A subflow. */
    struct Subflow
    {
        std::deque<Segment> inFlight; ///< sent
        std::deque<Segment> queue;    ///< given to it but not sent
        uint64_t octets{0};           ///< given to it
    };

    /** Bring what is shown up to date. */
    void Refresh();
    /** @param index subflow that sends what its window admits */
    void Transmit(std::size_t index);
    /**
     * @param chunk segment
     * @param index subflow that gets it
     */
    void Give(Chunk& chunk, std::size_t index);
    /**
     * @param reinject the data was sent before
     * @param size its octets
     * @return the subflows that the scheduler named and that can take it, or what they repeat next
     */
    MptcpSubflowMask Choose(bool reinject, uint32_t size);
    /** @param index subflow @return what it repeats next, or null */
    Chunk* PeekCopy(std::size_t index);
    /** @param[in,out] mask subflows chosen; those that repeat something leave @return any did */
    bool PushCopies(MptcpSubflowMask& mask);
    /** Offer what is to be sent again. */
    void PushReinjections();

    Ptr<MptcpScheduler> m_scheduler; ///< scheduler
    MptcpConnectionView m_view;      ///< what it is shown
    std::vector<Subflow> m_subflows; ///< subflows
    std::deque<Chunk> m_chunks;      ///< what is not acknowledged, in order
    uint32_t m_window{UINT32_MAX};   ///< the peer's window
    bool m_repeating{false};         ///< the last decision was to repeat
    Time m_done{-1};                 ///< when all was acknowledged
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_BENCH_H */
