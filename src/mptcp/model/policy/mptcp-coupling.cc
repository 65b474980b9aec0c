/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-coupling.h"

#include "mptcp-checker.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/mptcp-delay-series.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpCoupling);
NS_OBJECT_ENSURE_REGISTERED(MptcpCoupledOps);

namespace
{

/**
 * @tparam State TcpSocketState, as a parameter so that only the member that exists is looked at
 * @param state congestion state
 * @return its smoothed RTT
 */
template <typename State>
Time
ReadSmoothedRtt(const State& state)
{
    if constexpr (requires { state.m_srtt; })
    {
        return state.m_srtt.Get();
    }
    else
    {
        return state.m_lastRtt.Get();
    }
}

/**
 * @tparam State TcpSocketState, as a parameter so that only a member that exists is looked at
 * @param state congestion state
 * @return true if its congestion window is what limits it; also if the release cannot tell
 */
template <typename State>
bool
IsCwndLimited(const State& state)
{
    if constexpr (requires { state.m_isCwndLimited; })
    {
        return state.m_isCwndLimited && state.m_bytesInFlight.Get() > 0;
    }
    else
    {
        return state.m_bytesInFlight.Get() > 0;
    }
}

/**
 * @param subflow congestion state of a subflow
 * @return the window that it counts with, octets
 */
uint32_t
GetEffectiveWindow(const TcpSocketState& subflow)
{
    const uint32_t window = subflow.m_congState.Get() == TcpSocketState::CA_RECOVERY
                                ? subflow.m_ssThresh.Get()
                                : subflow.m_cWnd.Get();
    return IsCwndLimited(subflow) ? window : std::min(window, subflow.m_bytesInFlight.Get());
}

/**
 * @param a group of a subflow
 * @param b group of another one
 * @return true unless they are known to be at different bottlenecks
 */
bool
AreCoupled(uint32_t a, uint32_t b)
{
    return a == b || a == MptcpBottleneckDetector::NO_GROUP ||
           b == MptcpBottleneckDetector::NO_GROUP;
}

/**
 * The forward delay plus the unknown offset of the clocks if the peer's timestamps tell it (their
 * unit is 1 ms in ns-3), the last RTT if not.
 *
 * @param subflow congestion state of a subflow
 * @return its delay, s
 */
double
GetDelay(const TcpSocketState& subflow)
{
    if (subflow.m_rcvTimestampValue != 0 && subflow.m_rcvTimestampEchoReply != 0)
    {
        return static_cast<int32_t>(subflow.m_rcvTimestampValue - subflow.m_rcvTimestampEchoReply) *
               1e-3;
    }
    return subflow.m_lastRtt.Get().GetSeconds();
}

} // namespace

Time
MptcpGetSmoothedRtt(const TcpSocketState& subflow)
{
    return ReadSmoothedRtt(subflow);
}

TypeId
MptcpCoupling::GetTypeId()
{
    using Parameters = MptcpBottleneckParameters;
    static constexpr Parameters STANDARD;
    // The parameters are a private base: their pointers become those of members.
    const auto real = [](double Parameters::* parameter) {
        return MakeDoubleAccessor(static_cast<double MptcpCoupling::*>(parameter));
    };
    const auto whole = [](uint32_t Parameters::* parameter) {
        return MakeUintegerAccessor(static_cast<uint32_t MptcpCoupling::*>(parameter));
    };
    const auto share = MakeDoubleChecker<double>(0, 1);
    const auto skewness = MakeDoubleChecker<double>(-1, 1);
    const auto count = MakeUintegerChecker<uint32_t>(1, 10000);
    static TypeId tid =
        TypeId("ns3::MptcpCoupling")
            .SetParent<Object>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpCoupling>()
            .AddAttribute("BottleneckDetection",
                          "Couple only subflows that are not known to be at different bottlenecks "
                          "(MPTCP-SBD, RFC 8382).",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpCoupling::m_detect),
                          MakeBooleanChecker())
            .AddAttribute("CorrelationDetection",
                          "Couple only subflows that are not known to be at different bottlenecks, "
                          "by the correlation of the changes of their delays.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpCoupling::m_correlate),
                          MakeBooleanChecker())
            .AddAttribute("SharedCorrelation",
                          "Correlation from which subflows share a bottleneck.",
                          DoubleValue(0.3),
                          MakeDoubleAccessor(&MptcpCoupling::m_correlation),
                          MptcpNamed("ns3::MptcpCoupling::SharedCorrelation", share))
            .AddAttribute("BaseInterval",
                          "T of RFC 8382: interval that delays are averaged over.",
                          TimeValue(Seconds(STANDARD.t)),
                          MakeTimeAccessor(&MptcpCoupling::m_interval),
                          MptcpNamed("ns3::MptcpCoupling::BaseInterval",
                                     MakeTimeChecker(MilliSeconds(1), Seconds(3600))))
            .AddAttribute("OscillationIntervals",
                          "N of RFC 8382: base intervals for oscillation and loss.",
                          UintegerValue(STANDARD.n),
                          whole(&Parameters::n),
                          MptcpNamed("ns3::MptcpCoupling::OscillationIntervals", count))
            .AddAttribute("Intervals",
                          "M of RFC 8382: base intervals for skewness and variability, and that a "
                          "subflow must have had before there is a verdict.",
                          UintegerValue(STANDARD.m),
                          whole(&Parameters::m),
                          MptcpNamed("ns3::MptcpCoupling::Intervals", count))
            .AddAttribute("BottleneckSkewness",
                          "c_s of RFC 8382: skewness below which a subflow is at a bottleneck.",
                          DoubleValue(STANDARD.cs),
                          real(&Parameters::cs),
                          MptcpNamed("ns3::MptcpCoupling::BottleneckSkewness", skewness))
            .AddAttribute("BottleneckHysteresis",
                          "c_h of RFC 8382: the same for a subflow that has been at one.",
                          DoubleValue(STANDARD.ch),
                          real(&Parameters::ch),
                          MptcpNamed("ns3::MptcpCoupling::BottleneckHysteresis", skewness))
            .AddAttribute("OscillationDifference",
                          "p_f of RFC 8382: difference of oscillation inside of a group.",
                          DoubleValue(STANDARD.pf),
                          real(&Parameters::pf),
                          MptcpNamed("ns3::MptcpCoupling::OscillationDifference", share))
            .AddAttribute(
                "VariabilityDifference",
                "p_mad of RFC 8382: relative difference of variability inside of a group.",
                DoubleValue(STANDARD.pmad),
                real(&Parameters::pmad),
                MptcpNamed("ns3::MptcpCoupling::VariabilityDifference", share))
            .AddAttribute("SkewnessDifference",
                          "p_s of RFC 8382: difference of skewness inside of a group.",
                          DoubleValue(STANDARD.ps),
                          real(&Parameters::ps),
                          MptcpNamed("ns3::MptcpCoupling::SkewnessDifference", share))
            .AddAttribute("HighLoss",
                          "p_l of RFC 8382: loss above which loss says more than skewness.",
                          DoubleValue(STANDARD.pl),
                          real(&Parameters::pl),
                          MptcpNamed("ns3::MptcpCoupling::HighLoss", share))
            .AddAttribute("LossDifference",
                          "p_d of RFC 8382: relative difference of loss inside of a group.",
                          DoubleValue(STANDARD.pd),
                          real(&Parameters::pd),
                          MptcpNamed("ns3::MptcpCoupling::LossDifference", share))
            .AddAttribute("CrossingMargin",
                          "p_v of RFC 8382: share of the variability that a crossing of the mean "
                          "delay must exceed.",
                          DoubleValue(STANDARD.pv),
                          real(&Parameters::pv),
                          MptcpNamed("ns3::MptcpCoupling::CrossingMargin", share));
    return tid;
}

MptcpCoupling::MptcpCoupling() = default;

// Here, where the detectors are complete.
MptcpCoupling::~MptcpCoupling() = default;

void
MptcpCoupling::Add(Ptr<TcpSocketState> subflow)
{
    if (Find(*subflow) == m_subflows.size())
    {
        m_subflows.push_back(std::move(subflow));
        m_members.push_back({m_nextId++, {}});
    }
}

void
MptcpCoupling::Remove(Ptr<TcpSocketState> subflow)
{
    const auto index = static_cast<std::ptrdiff_t>(Find(*subflow));
    if (index == static_cast<std::ptrdiff_t>(m_subflows.size()))
    {
        return;
    }
    if (m_detector)
    {
        m_detector->Remove(m_members[index].id);
    }
    if (m_correlator)
    {
        m_correlator->Remove(m_members[index].id);
    }
    m_subflows.erase(m_subflows.begin() + index);
    m_members.erase(m_members.begin() + index);
}

const std::vector<Ptr<TcpSocketState>>&
MptcpCoupling::GetSubflows() const
{
    return m_subflows;
}

std::size_t
MptcpCoupling::Find(const TcpSocketState& subflow, MptcpCoupledPlace* place) const
{
    const auto isAt = [this, &subflow](std::size_t index) {
        return PeekPointer(m_subflows[index]) == &subflow;
    };
    if (place && place->index < m_subflows.size() && isAt(place->index))
    {
        return place->index;
    }
    std::size_t index = 0;
    while (index < m_subflows.size() && !isAt(index))
    {
        ++index;
    }
    m_steps += index;
    if (place)
    {
        place->index = index;
    }
    return index;
}

MptcpCoupledShare*
MptcpCoupling::GetShare(const TcpSocketState& subflow, MptcpCoupledPlace* place)
{
    const std::size_t index = Find(subflow, place);
    return index < m_members.size() ? &m_members[index].share : nullptr;
}

const MptcpCoupledShare&
MptcpCoupling::GetShareAt(std::size_t index) const
{
    return m_members.at(index).share;
}

const MptcpCoupledPaths&
MptcpCoupling::GetPaths(const TcpSocketState& subflow,
                        double window,
                        MptcpCoupledPlace* place) const
{
    // One vector for all of them: nothing is allocated with each acknowledgment.
    m_paths.clear();
    const std::size_t self = Find(subflow, place);
    if (self == m_subflows.size() || !MptcpGetSmoothedRtt(subflow).IsStrictlyPositive())
    {
        return m_paths;
    }
    const auto add = [this](std::size_t index, double window) {
        const TcpSocketState& state = *m_subflows[index];
        const MptcpCoupledShare& share = m_members[index].share;
        m_paths.push_back({window,
                           MptcpGetSmoothedRtt(state).GetSeconds(),
                           static_cast<double>(state.m_segmentSize),
                           share.interval,
                           share.rate});
    };
    add(self, std::max(window, 1.0));
    const uint32_t group = GetGroupAt(self);
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        if (i != self && MptcpGetSmoothedRtt(*m_subflows[i]).IsStrictlyPositive() &&
            ns3::AreCoupled(group, GetGroupAt(i)))
        {
            add(i, GetEffectiveWindow(*m_subflows[i]));
        }
    }
    m_steps += m_subflows.size();
    return m_paths;
}

uint64_t
MptcpCoupling::GetSteps() const
{
    return m_steps;
}

bool
MptcpCoupling::AreCoupled(const TcpSocketState& a, const TcpSocketState& b) const
{
    return ns3::AreCoupled(GetGroup(a), GetGroup(b));
}

void
MptcpCoupling::OnAcknowledged(const TcpSocketState& subflow, MptcpCoupledPlace* place)
{
    // Behind a hole, the peer echoes the timestamp of the segment before it: that is no delay.
    if (!(m_detect || m_correlate) || subflow.m_congState.Get() != TcpSocketState::CA_OPEN)
    {
        return;
    }
    const std::size_t index = Find(subflow, place);
    if (index == m_subflows.size())
    {
        return;
    }
    const uint32_t id = m_members[index].id;
    const double now = Simulator::Now().GetSeconds();
    if (m_correlate)
    {
        if (!m_correlator)
        {
            m_correlator = std::make_unique<MptcpCorrelationDetector>(m_correlation);
        }
        m_correlator->AddDelay(id, now, GetDelay(subflow));
        return;
    }
    if (!m_detector)
    {
        t = m_interval.GetSeconds();
        m_detector = std::make_unique<MptcpBottleneckDetector>(
            static_cast<const MptcpBottleneckParameters&>(*this));
    }
    m_detector->AddDelay(id, now, GetDelay(subflow));
}

void
MptcpCoupling::OnLoss(const TcpSocketState& subflow, MptcpCoupledPlace* place)
{
    const std::size_t index = Find(subflow, place);
    if (m_detector && index < m_subflows.size())
    {
        m_detector->AddLoss(m_members[index].id, Simulator::Now().GetSeconds(), 1);
    }
}

uint32_t
MptcpCoupling::GetGroup(const TcpSocketState& subflow) const
{
    return GetGroupAt(Find(subflow));
}

uint32_t
MptcpCoupling::GetGroupAt(std::size_t index) const
{
    if (index == m_subflows.size() || !(m_detector || m_correlator))
    {
        return MptcpBottleneckDetector::NO_GROUP;
    }
    const uint32_t id = m_members[index].id;
    return m_correlator ? m_correlator->GetGroup(id) : m_detector->GetGroup(id);
}

const MptcpDelayStatistics*
MptcpCoupling::GetStatistics(const TcpSocketState& subflow) const
{
    const std::size_t index = Find(subflow);
    return m_detector && index < m_subflows.size() ? m_detector->GetStatistics(m_members[index].id)
                                                   : nullptr;
}

MptcpCoupledController::~MptcpCoupledController() = default;

void
MptcpCoupledController::SetCoupling(Ptr<MptcpCoupling> coupling)
{
    m_coupling = std::move(coupling);
}

Ptr<MptcpCoupling>
MptcpCoupledController::GetCoupling() const
{
    return m_coupling;
}

TypeId
MptcpCoupledOps::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpCoupledOps").SetParent<TcpNewReno>().SetGroupName("Mptcp");
    return tid;
}

// The copy is that of another subflow, which is coupled anew.
// NOLINTNEXTLINE(bugprone-copy-constructor-init)
MptcpCoupledOps::MptcpCoupledOps(const MptcpCoupledOps& other)
    : TcpNewReno(other),
      MptcpCoupledController()
{
}

void
MptcpCoupledOps::PktsAcked(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked, const Time& rtt)
{
    TcpNewReno::PktsAcked(tcb, segmentsAcked, rtt);
    if (m_coupling)
    {
        m_coupling->OnAcknowledged(*tcb, &m_place);
    }
}

void
MptcpCoupledOps::CongestionAvoidance(Ptr<TcpSocketState> tcb, uint32_t segmentsAcked)
{
    if (m_coupling && segmentsAcked > 0)
    {
        // This subflow has just been acknowledged: what it has in flight says nothing now.
        const MptcpCoupledPaths& paths = m_coupling->GetPaths(*tcb, tcb->m_cWnd.Get(), &m_place);
        if (paths.size() > 1)
        {
            Increase(tcb, paths);
            return;
        }
    }
    TcpNewReno::CongestionAvoidance(tcb, segmentsAcked);
}

void
MptcpCoupledOps::Increase(Ptr<TcpSocketState> tcb, const MptcpCoupledPaths& paths)
{
    const double segment = tcb->m_segmentSize;
    Change(tcb, GetIncrease(paths) * segment * segment);
}

double
MptcpCoupledOps::GetIncrease(const MptcpCoupledPaths& paths) const
{
    return 1 / paths.front().window;
}

void
MptcpCoupledOps::Change(Ptr<TcpSocketState> tcb, double octets)
{
    m_fraction += octets;
    const double whole = std::floor(m_fraction);
    m_fraction -= whole;
    const double window = std::clamp<double>(tcb->m_cWnd.Get() + whole,
                                             tcb->m_segmentSize,
                                             std::numeric_limits<uint32_t>::max());
    // A traced value tells each assignment: none without a change.
    if (window != tcb->m_cWnd.Get())
    {
        tcb->m_cWnd = static_cast<uint32_t>(window);
    }
}

uint32_t
MptcpCoupledOps::GetSsThresh(Ptr<const TcpSocketState> tcb, uint32_t bytesInFlight)
{
    if (m_coupling)
    {
        m_coupling->OnLoss(*tcb, &m_place);
        const MptcpCoupledPaths& paths =
            m_coupling->GetPaths(*tcb, std::max(bytesInFlight, tcb->m_segmentSize), &m_place);
        if (paths.size() > 1)
        {
            return Decrease(tcb, paths);
        }
    }
    return TcpNewReno::GetSsThresh(tcb, bytesInFlight);
}

uint32_t
MptcpCoupledOps::Decrease(Ptr<const TcpSocketState> tcb, const MptcpCoupledPaths& paths)
{
    return TcpNewReno::GetSsThresh(tcb, static_cast<uint32_t>(paths.front().window));
}

} // namespace ns3
