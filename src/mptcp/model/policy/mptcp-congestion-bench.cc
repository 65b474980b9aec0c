/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-congestion-bench.h"

#include "mptcp-checker.h"

#include "ns3/abort.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ns3
{

namespace
{

/**
 * Set what an RTT sample sets, under the names that the release of ns-3 has.
 *
 * @tparam State TcpSocketState, as a parameter so that only a member that exists is looked at
 * @param state congestion state
 * @param rtt RTT
 */
template <typename State>
void
WriteRtt(State& state, Time rtt)
{
    if constexpr (requires { state.m_srtt; })
    {
        state.m_srtt = rtt;
    }
    state.m_lastRtt = rtt;
    if (rtt.IsStrictlyPositive())
    {
        state.m_minRtt = std::min(state.m_minRtt, rtt);
    }
}

/**
 * @tparam State TcpSocketState
 * @param state congestion state
 * @param limited whether the congestion window limits it, where the release of ns-3 can tell
 */
template <typename State>
void
WriteLimited(State& state, bool limited)
{
    if constexpr (requires { state.m_isCwndLimited; })
    {
        state.m_isCwndLimited = limited;
    }
}

} // namespace

MptcpCongestionBench::MptcpCongestionBench()
    : m_coupling(CreateObject<MptcpCoupling>())
{
}

std::size_t
MptcpCongestionBench::Add(const std::string& type, const MptcpBenchSubflow& start)
{
    TypeId id;
    const bool known = TypeId::LookupByNameFailSafe(type, &id);
    const auto controller = known ? MptcpCreate<TcpCongestionOps>(id) : nullptr;
    NS_ABORT_MSG_UNLESS(controller,
                        "MptcpCongestionBench: \"" << type
                                                   << "\" is not a ns3::TcpCongestionOps that can "
                                                      "be created");
    return Add(controller, start);
}

std::size_t
MptcpCongestionBench::Add(Ptr<TcpCongestionOps> controller, const MptcpBenchSubflow& start)
{
    Subflow subflow;
    subflow.controller = std::move(controller);
    subflow.rate = start.rate;
    subflow.state = CreateObject<TcpSocketState>();
    TcpSocketState& state = *subflow.state;
    state.m_segmentSize = start.segmentSize;
    state.m_initialCWnd = start.cwnd / start.segmentSize;
    state.m_initialSsThresh = start.ssThresh;
    state.m_cWnd = start.cwnd;
    state.m_ssThresh = start.ssThresh;
    state.m_maxPacingRate = DataRate("1000Gbps");
    state.m_pacing = true;
    // As after a handshake: one octet is acknowledged.
    state.m_lastAckedSeq = SequenceNumber32(1);
    state.m_nextTxSequence = SequenceNumber32(1);
    WriteRtt(state, start.rtt);
    Fill(subflow);
    subflow.controller->Init(subflow.state);
    subflow.controller->CongestionStateSet(subflow.state, TcpSocketState::CA_OPEN);
    if (auto* coupled = dynamic_cast<MptcpCoupledController*>(PeekPointer(subflow.controller)))
    {
        coupled->SetCoupling(m_coupling);
        m_coupling->Add(subflow.state);
    }
    m_subflows.push_back(std::move(subflow));
    return m_subflows.size() - 1;
}

void
MptcpCongestionBench::Fill(Subflow& subflow)
{
    TcpSocketState& state = *subflow.state;
    if (subflow.greedy)
    {
        state.m_bytesInFlight = state.m_cWnd.Get();
    }
    WriteLimited(state, !subflow.limited);
    state.m_nextTxSequence = state.m_lastAckedSeq + state.m_bytesInFlight.Get();
    state.m_highTxMark = std::max(state.m_highTxMark.Get(), state.m_nextTxSequence.Get());
}

void
MptcpCongestionBench::Acknowledge(std::size_t index, uint32_t segments)
{
    Subflow& subflow = m_subflows.at(index);
    const Ptr<TcpSocketState> state = subflow.state;
    const uint32_t octets = segments * state->m_segmentSize;
    const uint32_t before = state->m_bytesInFlight;
    const Time rtt = state->m_lastRtt;
    state->m_lastAckedSeq += octets;
    state->m_lastAckedSackedBytes = octets;
    subflow.connection.m_delivered += octets;
    subflow.controller->PktsAcked(state, segments, rtt);
    if (subflow.controller->HasCongControl())
    {
        // What was in flight when the segment was sent has been delivered since.
        TcpRateOps::TcpRateSample sample;
        const uint64_t delivered = std::min<uint64_t>(before, subflow.connection.m_delivered);
        const double seconds = std::max(rtt.GetSeconds(),
                                        8.0 * static_cast<double>(delivered) /
                                            static_cast<double>(subflow.rate.GetBitRate()));
        sample.m_interval = Seconds(seconds);
        sample.m_delivered = static_cast<int32_t>(delivered);
        sample.m_deliveryRate = DataRate(
            seconds > 0 ? static_cast<uint64_t>(static_cast<double>(delivered) * 8 / seconds) : 0);
        sample.m_priorDelivered = static_cast<uint32_t>(subflow.connection.m_delivered - delivered);
        sample.m_priorInFlight = before;
        sample.m_ackedSacked = octets;
        sample.m_isAppLimited = subflow.limited;
        subflow.controller->CongControl(state, subflow.connection, sample);
    }
    else if (state->m_congState.Get() != TcpSocketState::CA_RECOVERY)
    {
        subflow.controller->IncreaseWindow(state, segments);
    }
    Fill(subflow);
}

uint32_t
MptcpCongestionBench::Reduce(Subflow& subflow)
{
    return subflow.controller->GetSsThresh(subflow.state, subflow.state->m_bytesInFlight);
}

void
MptcpCongestionBench::Lose(std::size_t index)
{
    Subflow& subflow = m_subflows.at(index);
    const Ptr<TcpSocketState> state = subflow.state;
    subflow.controller->CongestionStateSet(state, TcpSocketState::CA_RECOVERY);
    state->m_congState = TcpSocketState::CA_RECOVERY;
    state->m_ssThresh = Reduce(subflow);
    if (!subflow.controller->HasCongControl())
    {
        state->m_cWnd = state->m_ssThresh.Get();
    }
    Fill(subflow);
}

void
MptcpCongestionBench::Recover(std::size_t index)
{
    Subflow& subflow = m_subflows.at(index);
    const Ptr<TcpSocketState> state = subflow.state;
    if (state->m_congState.Get() == TcpSocketState::CA_RECOVERY)
    {
        subflow.controller->CwndEvent(state, TcpSocketState::CA_EVENT_COMPLETE_CWR);
    }
    subflow.controller->CongestionStateSet(state, TcpSocketState::CA_OPEN);
    state->m_congState = TcpSocketState::CA_OPEN;
    Fill(subflow);
}

void
MptcpCongestionBench::TimeOut(std::size_t index)
{
    Subflow& subflow = m_subflows.at(index);
    const Ptr<TcpSocketState> state = subflow.state;
    state->m_ssThresh = Reduce(subflow);
    state->m_cWnd = state->m_segmentSize;
    subflow.controller->CwndEvent(state, TcpSocketState::CA_EVENT_LOSS);
    subflow.controller->CongestionStateSet(state, TcpSocketState::CA_LOSS);
    state->m_congState = TcpSocketState::CA_LOSS;
    Fill(subflow);
}

void
MptcpCongestionBench::Mark(std::size_t index)
{
    Subflow& subflow = m_subflows.at(index);
    const Ptr<TcpSocketState> state = subflow.state;
    state->m_ssThresh = Reduce(subflow);
    if (!subflow.controller->HasCongControl())
    {
        state->m_cWnd = state->m_ssThresh.Get();
    }
    Fill(subflow);
}

void
MptcpCongestionBench::Expect(std::size_t index, double probability)
{
    Acknowledge(index);
    Subflow& subflow = m_subflows.at(index);
    const double window = subflow.state->m_cWnd.Get();
    subflow.fraction += probability * (window - Reduce(subflow));
    const double whole = std::floor(subflow.fraction);
    subflow.fraction -= whole;
    subflow.state->m_cWnd =
        static_cast<uint32_t>(std::max<double>(window - whole, subflow.state->m_segmentSize));
    Fill(subflow);
}

void
MptcpCongestionBench::ExpectDuring(Time interval, const std::vector<double>& probability)
{
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        Subflow& subflow = m_subflows[i];
        subflow.acknowledgments += GetThroughput(i) * interval.GetSeconds();
        for (; subflow.acknowledgments >= 1; --subflow.acknowledgments)
        {
            Expect(i, probability.at(i));
        }
    }
}

void
MptcpCongestionBench::Advance(Time interval)
{
    Simulator::Stop(interval);
    Simulator::Run();
}

void
MptcpCongestionBench::Close(std::size_t index)
{
    m_coupling->Remove(m_subflows.at(index).state);
}

void
MptcpCongestionBench::SetRtt(std::size_t index, Time rtt)
{
    WriteRtt(*m_subflows.at(index).state, rtt);
}

void
MptcpCongestionBench::SetInFlight(std::size_t index, uint32_t octets, bool limited)
{
    Subflow& subflow = m_subflows.at(index);
    subflow.greedy = false;
    subflow.limited = limited;
    subflow.state->m_bytesInFlight = octets;
    Fill(subflow);
}

void
MptcpCongestionBench::SetRate(std::size_t index, DataRate rate)
{
    m_subflows.at(index).rate = rate;
}

double
MptcpCongestionBench::GetWindow(std::size_t index) const
{
    const TcpSocketState& state = *m_subflows.at(index).state;
    return static_cast<double>(state.m_cWnd.Get()) / state.m_segmentSize;
}

double
MptcpCongestionBench::GetThroughput(std::size_t index) const
{
    const Time rtt = MptcpGetSmoothedRtt(*m_subflows.at(index).state);
    return rtt.IsStrictlyPositive() ? GetWindow(index) / rtt.GetSeconds() : 0;
}

Ptr<TcpSocketState>
MptcpCongestionBench::GetState(std::size_t index) const
{
    return m_subflows.at(index).state;
}

Ptr<TcpCongestionOps>
MptcpCongestionBench::GetController(std::size_t index) const
{
    return m_subflows.at(index).controller;
}

Ptr<MptcpCoupling>
MptcpCongestionBench::GetCoupling() const
{
    return m_coupling;
}

} // namespace ns3
