/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-coupling.h"

#include <algorithm>
#include <utility>

namespace ns3
{

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

} // namespace

Time
MptcpGetSmoothedRtt(const TcpSocketState& subflow)
{
    return ReadSmoothedRtt(subflow);
}

void
MptcpCoupling::Add(Ptr<TcpSocketState> subflow)
{
    if (std::find(m_subflows.begin(), m_subflows.end(), subflow) == m_subflows.end())
    {
        m_subflows.push_back(std::move(subflow));
    }
}

void
MptcpCoupling::Remove(Ptr<TcpSocketState> subflow)
{
    std::erase(m_subflows, subflow);
}

const std::vector<Ptr<TcpSocketState>>&
MptcpCoupling::GetSubflows() const
{
    return m_subflows;
}

TypeId
MptcpCoupledOps::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpCoupledOps").SetParent<TcpNewReno>().SetGroupName("Mptcp");
    return tid;
}

MptcpCoupledOps::MptcpCoupledOps(const MptcpCoupledOps& other)
    : TcpNewReno(other)
{
}

void
MptcpCoupledOps::SetCoupling(Ptr<MptcpCoupling> coupling)
{
    m_coupling = std::move(coupling);
}

} // namespace ns3
