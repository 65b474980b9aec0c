/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-cbbr.h"

#include "mptcp-checker.h"

#include "ns3/double.h"
#include "ns3/mptcp-sequence.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpCBbr);

namespace
{

constexpr uint32_t FILTER_ROUNDS = 10; ///< length of BBR's bandwidth filter, round trips
constexpr uint32_t MIN_SEGMENTS = 4;   ///< least window of BBR
constexpr uint32_t HARMFUL_CHECKS = 5; ///< harmful checks in a row that make a subflow superfluous

} // namespace

uint32_t
MptcpCBbrRule::CountAlike(double own, const std::vector<double>& all, double tolerance)
{
    const auto alike = std::count_if(all.begin(), all.end(), [own, tolerance](double other) {
        return other > 0 && std::abs(other - own) <= tolerance * own;
    });
    return std::max<uint32_t>(1, static_cast<uint32_t>(alike));
}

uint32_t
MptcpCBbrRule::Accept(uint32_t count, uint32_t last)
{
    if (last <= 1)
    {
        return 1;
    }
    return count > 1 ? count : last;
}

bool
MptcpCBbrRule::IsHarmful(const std::vector<double>& all, double delivered, uint32_t sharing)
{
    return all.size() > 1 && sharing < 2 &&
           0.6 * *std::max_element(all.begin(), all.end()) > delivered;
}

TypeId
MptcpCBbr::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpCBbr")
            .SetParent<TcpBbr>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpCBbr>()
            .AddAttribute("Tolerance",
                          "Relative difference of bottleneck bandwidths up to which subflows are "
                          "taken to share a bottleneck.",
                          DoubleValue(0.2),
                          MakeDoubleAccessor(&MptcpCBbr::m_tolerance),
                          MptcpNamed("ns3::MptcpCBbr::Tolerance", MakeDoubleChecker<double>(0, 1)))
            .AddTraceSource("Sharing",
                            "Number of subflows that the bandwidth is divided by while cruising",
                            MakeTraceSourceAccessor(&MptcpCBbr::m_sharing),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("Superfluous",
                            "C-MPBBR would close this subflow, the slowest one, since all together "
                            "deliver much less than the best one could",
                            MakeTraceSourceAccessor(&MptcpCBbr::m_superfluous),
                            "ns3::TracedValueCallback::Bool");
    return tid;
}

MptcpCBbr::MptcpCBbr()
    : m_bandwidth(FILTER_ROUNDS, DataRate(0), 0)
{
}

// The copy is that of another subflow, which is coupled anew.
// NOLINTNEXTLINE(bugprone-copy-constructor-init)
MptcpCBbr::MptcpCBbr(const MptcpCBbr& other)
    : TcpBbr(other),
      MptcpCoupledController(),
      m_tolerance(other.m_tolerance),
      m_bandwidth(FILTER_ROUNDS, DataRate(0), 0)
{
}

std::string
MptcpCBbr::GetName() const
{
    return "MptcpCBbr";
}

Ptr<TcpCongestionOps>
MptcpCBbr::Fork()
{
    return CopyObject<MptcpCBbr>(this);
}

uint32_t
MptcpCBbr::GetSharing() const
{
    return m_sharing;
}

void
MptcpCBbr::UpdateBandwidth(const TcpSocketState& tcb,
                           const TcpRateOps::TcpRateConnection& rc,
                           const TcpRateOps::TcpRateSample& rs)
{
    if (rs.m_delivered < 0 || rs.m_interval.IsZero())
    {
        return;
    }
    // ns-3 keeps 32 bits of it.
    const uint64_t prior = ExpandDsn(rc.m_delivered, static_cast<uint32_t>(rs.m_priorDelivered));
    if (prior >= m_roundEnd)
    {
        m_roundEnd = rc.m_delivered;
        ++m_round;
    }
    if (rs.m_deliveryRate >= m_bandwidth.GetBest() || !rs.m_isAppLimited)
    {
        m_bandwidth.Update(rs.m_deliveryRate, m_round);
    }
    if (MptcpCoupledShare* share = m_coupling->GetShare(tcb, &m_place))
    {
        share->bandwidth = static_cast<double>(m_bandwidth.GetBest().GetBitRate());
        share->delivery = static_cast<double>(rs.m_deliveryRate.GetBitRate());
    }
}

void
MptcpCBbr::CongControl(Ptr<TcpSocketState> tcb,
                       const TcpRateOps::TcpRateConnection& rc,
                       const TcpRateOps::TcpRateSample& rs)
{
    TcpBbr::CongControl(tcb, rc, rs);
    if (!m_coupling)
    {
        return;
    }
    m_coupling->OnAcknowledged(*tcb, &m_place);
    UpdateBandwidth(*tcb, rc, rs);
    const bool cruising = GetBbrState() == BBR_PROBE_BW && GetPacingGain() == 1;
    if (cruising && !m_cruising)
    {
        m_cruiseStart = Simulator::Now();
        m_checked = false;
        OnCruise(*tcb);
    }
    m_cruising = cruising;
    if (!cruising)
    {
        return;
    }
    if (!m_checked && Simulator::Now() - m_cruiseStart > tcb->m_minRtt)
    {
        m_checked = true;
        Check(*tcb);
    }
    if (m_sharing > 1U)
    {
        const double divisor = GetDivisor(m_sharing);
        const uint32_t window =
            std::max(static_cast<uint32_t>(InFlight(tcb, GetCwndGain()) / divisor),
                     MIN_SEGMENTS * tcb->m_segmentSize);
        if (tcb->m_cWnd > window)
        {
            tcb->m_cWnd = window;
        }
        const double rate = tcb->m_pacingRate.Get().GetBitRate() / divisor;
        tcb->m_pacingRate = DataRate(static_cast<uint64_t>(rate));
    }
}

uint32_t
MptcpCBbr::CountSharing(const TcpSocketState& tcb) const
{
    std::vector<double> all;
    for (std::size_t i = 0; i < m_coupling->GetSubflows().size(); ++i)
    {
        all.push_back(m_coupling->GetShareAt(i).bandwidth);
    }
    const MptcpCoupledShare* own = m_coupling->GetShare(tcb, &m_place);
    return own ? MptcpCBbrRule::CountAlike(own->bandwidth, all, m_tolerance) : 1;
}

double
MptcpCBbr::GetDivisor(uint32_t sharing) const
{
    return sharing;
}

void
MptcpCBbr::OnCruise(const TcpSocketState&)
{
}

void
MptcpCBbr::Check(const TcpSocketState& tcb)
{
    const uint32_t count = CountSharing(tcb);
    m_sharing = MptcpCBbrRule::Accept(count, m_lastCount);
    m_lastCount = count;

    std::vector<double> all;
    double delivered = 0;
    for (std::size_t i = 0; i < m_coupling->GetSubflows().size(); ++i)
    {
        const MptcpCoupledShare& share = m_coupling->GetShareAt(i);
        if (share.bandwidth > 0)
        {
            all.push_back(share.bandwidth);
            delivered += share.delivery;
        }
    }
    const bool harmful = MptcpCBbrRule::IsHarmful(all, delivered, m_sharing);
    m_harmful = harmful ? m_harmful + 1 : 0;
    const MptcpCoupledShare* own = m_coupling->GetShare(tcb, &m_place);
    m_superfluous = m_harmful >= HARMFUL_CHECKS && own &&
                    own->bandwidth <= *std::min_element(all.begin(), all.end());
}

} // namespace ns3
