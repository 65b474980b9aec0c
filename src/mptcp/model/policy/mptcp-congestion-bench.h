/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CONGESTION_BENCH_H
#define MPTCP_CONGESTION_BENCH_H

#include "mptcp-coupling.h"

#include "ns3/data-rate.h"
#include "ns3/tcp-rate-ops.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

/** How a subflow of the bench starts. */
struct MptcpBenchSubflow
{
    uint32_t cwnd{10000};        ///< congestion window, octets
    uint32_t ssThresh{1};        ///< slow start threshold, octets
    uint32_t segmentSize{1000};  ///< segment size, octets
    Time rtt{MilliSeconds(100)}; ///< RTT; zero: no sample yet
    DataRate rate{"1Gbps"};      ///< rate that the path delivers at
};

/**
 * Drives congestion controllers without a network: subflows that are numbers, which send, are
 * acknowledged, lose, time out and close when the caller says so. Any TcpCongestionOps, stock or
 * own, is called as the socket would call it; coupled ones share one coupling.
 *
 * @code
 *   MptcpCongestionBench bench;
 *   const auto a = bench.Add("ns3::MptcpOlia", {.cwnd = 10000, .rtt = MilliSeconds(50)});
 *   const auto b = bench.Add("ns3::MptcpOlia", {.cwnd = 20000, .rtt = MilliSeconds(100)});
 *   bench.Acknowledge(a);
 *   bench.Lose(b);
 *   std::cout << bench.GetWindow(a) << " " << bench.GetWindow(b) << "\n";
 * @endcode
 *
 * A subflow fills its window at once whenever it opens, as with endless data, until SetInFlight
 * says what is in flight. Time stands still but for Advance, which runs the simulator; the caller
 * owns the simulator and destroys it.
 */
class MptcpCongestionBench
{
  public:
    MptcpCongestionBench();
    /**
     * Add an established subflow.
     *
     * @param type TypeId name of its controller
     * @param start how it starts
     * @return its index
     */
    std::size_t Add(const std::string& type, const MptcpBenchSubflow& start);
    /**
     * Add an established subflow.
     *
     * @param controller its controller
     * @param start how it starts
     * @return its index
     */
    std::size_t Add(Ptr<TcpCongestionOps> controller, const MptcpBenchSubflow& start);
    /**
     * An acknowledgment arrives; its RTT sample is that of SetRtt.
     *
     * @param index subflow
     * @param segments segments that it acknowledges
     */
    void Acknowledge(std::size_t index, uint32_t segments = 1);
    /**
     * A loss is found by duplicate acknowledgments: the subflow is in fast recovery until Recover.
     *
     * @param index subflow
     */
    void Lose(std::size_t index);
    /**
     * Fast recovery is over, or what a timeout had taken for lost is acknowledged.
     *
     * @param index subflow
     */
    void Recover(std::size_t index);
    /**
     * The retransmission timer expires: the subflow is in loss recovery until Recover.
     *
     * @param index subflow
     */
    void TimeOut(std::size_t index);
    /**
     * The peer echoes a congestion mark (classic ECN): the window is reduced without a loss.
     *
     * @param index subflow
     */
    void Mark(std::size_t index);
    /**
     * An acknowledgment arrives and a given share of a loss happens: what many acknowledgments and
     * a few losses do in the mean. Drives controllers to the fixed points of their fluid models
     * without random numbers. Their state machines are not called for the loss.
     *
     * @param index subflow
     * @param probability loss probability of a segment
     */
    void Expect(std::size_t index, double probability);
    /**
     * Expect what arrives in an interval of time, on each subflow as much as its window and RTT
     * give.
     *
     * @param interval length of the interval; the simulator's time does not pass
     * @param probability loss probability of each subflow
     */
    void ExpectDuring(Time interval, const std::vector<double>& probability);
    /** @param interval by how much time passes */
    void Advance(Time interval);
    /** @param index subflow that closes; it may not be driven any more */
    void Close(std::size_t index);
    /**
     * @param index subflow
     * @param rtt its RTT from now on
     */
    void SetRtt(std::size_t index, Time rtt);
    /**
     * Say what a subflow has in flight, which is its window otherwise.
     *
     * @param index subflow
     * @param octets what it has in flight from now on
     * @param limited the application is the reason; else pacing or what else the caller has in mind
     */
    void SetInFlight(std::size_t index, uint32_t octets, bool limited = true);
    /**
     * @param index subflow
     * @param rate what its path delivers from now on, for controllers that sample the delivery rate
     */
    void SetRate(std::size_t index, DataRate rate);
    /**
     * @param index subflow
     * @return its congestion window, segments
     */
    double GetWindow(std::size_t index) const;
    /**
     * @param index subflow
     * @return its throughput, segments per second
     */
    double GetThroughput(std::size_t index) const;
    /**
     * @param index subflow
     * @return its state, which may be changed
     */
    Ptr<TcpSocketState> GetState(std::size_t index) const;
    /**
     * @param index subflow
     * @return its controller
     */
    Ptr<TcpCongestionOps> GetController(std::size_t index) const;
    /** @return the coupling of all subflows */
    Ptr<MptcpCoupling> GetCoupling() const;

  private:
    /** A subflow. */
    struct Subflow
    {
        Ptr<TcpSocketState> state;                ///< state
        Ptr<TcpCongestionOps> controller;         ///< controller
        DataRate rate;                            ///< rate that the path delivers at
        TcpRateOps::TcpRateConnection connection; ///< what was delivered
        double fraction{0};                       ///< part of an octet that Expect owes
        double acknowledgments{0};                ///< part of an acknowledgment of ExpectDuring
        bool greedy{true};                        ///< fills its window
        bool limited{false};                      ///< limited by the application
    };

    /** @param subflow subflow that fills its window */
    void Fill(Subflow& subflow);
    /**
     * @param subflow subflow
     * @return its window in octets that a loss would leave
     */
    uint32_t Reduce(Subflow& subflow);

    std::vector<Subflow> m_subflows; ///< subflows
    Ptr<MptcpCoupling> m_coupling;   ///< coupling of all
};

} // namespace ns3

#endif /* MPTCP_CONGESTION_BENCH_H */
