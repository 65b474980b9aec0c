/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-path-report.h"

#include "mptcp-address.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/mptcp-address-text.h"

#include <algorithm>

namespace ns3
{

namespace
{

/** @param reason of a fallback @return what happened, for people */
std::string
ExplainFallback(MptcpMib reason)
{
    switch (reason)
    {
    case MptcpMib::MPCapableFallbackSYNACK:
        return "the peer has answered the SYN without MP_CAPABLE";
    case MptcpMib::MPCapableFallbackACK:
        return "the peer's third ACK had no MP_CAPABLE";
    case MptcpMib::MPCapableDataFallback:
        return "the peer's first data had neither MP_CAPABLE nor a DSS";
    case MptcpMib::MPFallbackTokenInit:
        return "there was no free token";
    case MptcpMib::SimultConnectFallback:
        return "both ends have sent a SYN";
    case MptcpMib::DSSCorruptionFallback:
        return "a checksum was wrong: something on the way changes the data";
    case MptcpMib::DssFallback:
        return "data has come without a mapping, or the peer has fallen back: something on the "
               "way may remove options";
    default:
        return std::string(MptcpCounters::GetName(reason));
    }
}

/** @param reason of MP_TCPRST @return its meaning (RFC 8684, section 3.6) */
std::string
ExplainReset(uint8_t reason)
{
    switch (reason)
    {
    case MPTCP_RST_UNSPECIFIED:
        return "unspecified error";
    case MPTCP_RST_MPTCP:
        return "MPTCP-specific error";
    case MPTCP_RST_RESOURCES:
        return "lack of resources";
    case MPTCP_RST_PROHIBITED:
        return "administratively prohibited";
    case MPTCP_RST_OUTSTANDING:
        return "too much outstanding data";
    case MPTCP_RST_PERFORMANCE:
        return "unacceptable performance";
    case MPTCP_RST_MIDDLEBOX:
        return "middlebox interference";
    default:
        return "reason " + std::to_string(reason);
    }
}

} // namespace

const char*
MptcpGetName(MptcpPathState state)
{
    switch (state)
    {
    case MptcpPathState::OPEN:
        return "open";
    case MptcpPathState::OPENING:
        return "opening";
    case MptcpPathState::ENDED:
        return "ended";
    case MptcpPathState::FAILED:
        return "failed";
    default:
        return "not tried";
    }
}

std::ostream&
operator<<(std::ostream& os, const MptcpPathReport& report)
{
    os << MptcpToText(report.local) << " - " << MptcpToText(report.remote) << ": "
       << MptcpGetName(report.state);
    return report.reason.empty() ? os : os << ", " << report.reason;
}

std::string
MptcpSubflow::ExplainEnd() const
{
    if (m_resetByPeer)
    {
        return m_resetReceived ? "reset by the peer: " + ExplainReset(m_resetReceived->reason)
                               : "reset by the peer, which gives no reason";
    }
    if (m_resetHere)
    {
        return "reset by this host: " + ExplainReset(*m_resetHere);
    }
    return m_established ? "closed" : "nobody has answered its SYNs";
}

std::string
MptcpSubflow::ExplainArrival() const
{
    if (2 * m_bytesAstray <= m_bytesReceived || m_localName.IsInvalid())
    {
        return "";
    }
    const bool ipv4 = Ipv4Address::IsMatchingType(MptcpGetHost(m_localName));
    for (const MptcpLocalAddress& local : m_stack->ListAddresses())
    {
        if (local.ifIndex == m_astrayInterface &&
            Ipv4Address::IsMatchingType(local.address) == ipv4)
        {
            return "its data has come by the interface of " + MptcpToText(local.address) +
                   ", where the routing of the network leads it";
        }
    }
    return "";
}

std::string
MptcpSocketBase::ExplainPlain() const
{
    if (m_fallbackReason)
    {
        return "plain TCP: " + ExplainFallback(*m_fallbackReason);
    }
    if (!m_stack->IsEnabled())
    {
        return "plain TCP: ns3::MptcpStack::Enabled is false";
    }
    if (m_api.enable && !*m_api.enable)
    {
        return "plain TCP: the application has switched MPTCP off";
    }
    if ((m_api.boundAddress || m_api.boundDevice) && m_stack->LegacyBindDisables() && m_client)
    {
        return "plain TCP: the application binds an address, and "
               "ns3::MptcpStack::LegacyBindDisables is true";
    }
    if (std::min(m_sndBufSize, m_rcvBufSize) < m_stack->GetMinBuffer())
    {
        return "plain TCP: a buffer is smaller than ns3::MptcpStack::MinBufferSize";
    }
    return "plain TCP: the peer has not offered MPTCP, or has fallen back";
}

std::string
MptcpSocketBase::ExplainUntried(const MptcpLocalAddress& local, const Address& remote) const
{
    if (m_fallback)
    {
        return ExplainPlain();
    }
    if (!m_fullyEstablished || !m_pathManager)
    {
        return "the handshake of the connection is not complete";
    }
    if (!local.up)
    {
        return "the interface is down";
    }
    if (!AllowsLocal(local.address, local.ifIndex))
    {
        return "the application does not allow this address";
    }
    if (!HasSubflowRoom())
    {
        return "the connection may have no more subflows";
    }
    const auto known = std::find_if(m_remotes.begin(), m_remotes.end(), [&](const auto& r) {
        return r.address == remote;
    });
    if (known != m_remotes.end() && !known->joinable)
    {
        return "the peer allows no joins to its first address (flag C of MP_CAPABLE)";
    }
    if (m_client && !m_stack->HasRoute(m_stack->FindDevice(local.address), remote))
    {
        return "this host has no route to it by the interface of the address";
    }
    return m_pathManager->Explain(MakePathView());
}

void
MptcpSocketBase::LogEnd(const Ptr<MptcpSubflow>& subflow)
{
    if (subflow->GetLocalName().IsInvalid())
    {
        return; // OpenSubflow has told why
    }
    const Address local = MptcpGetHost(subflow->GetLocalName());
    const Address remote = MptcpGetHost(subflow->GetRemoteName());
    if (subflow->IsEstablished())
    {
        const std::string arrival = subflow->ExplainArrival();
        m_pathLog.End(local,
                      remote,
                      subflow->GetBytesSent(),
                      subflow->GetBytesReceived(),
                      subflow->ExplainEnd() + (arrival.empty() ? "" : "; " + arrival));
    }
    else
    {
        m_pathLog.Fail(local, remote, subflow->ExplainEnd());
    }
}

std::vector<MptcpPathReport>
MptcpSocketBase::GetPathReport() const
{
    std::vector<MptcpPathReport> reports;
    if (m_peerName.IsInvalid())
    {
        return reports;
    }
    const auto find = [&reports](const Address& local, const Address& remote) -> MptcpPathReport& {
        const auto found = std::find_if(reports.begin(), reports.end(), [&](const auto& report) {
            return report.local == local && report.remote == remote;
        });
        if (found != reports.end())
        {
            return *found;
        }
        reports.push_back({});
        reports.back().local = local;
        reports.back().remote = remote;
        return reports.back();
    };
    for (const Ptr<MptcpSubflow>& subflow : m_subflows)
    {
        if (subflow->GetLocalName().IsInvalid())
        {
            continue; // it has just been asked for
        }
        MptcpPathReport& report =
            find(MptcpGetHost(subflow->GetLocalName()), MptcpGetHost(subflow->GetRemoteName()));
        const bool open = subflow->IsEstablished();
        report.subflows += open ? 1 : 0;
        report.state = report.subflows > 0 ? MptcpPathState::OPEN : MptcpPathState::OPENING;
        report.sent += subflow->GetBytesSent();
        report.received += subflow->GetBytesReceived();
        report.reason = open ? subflow->ExplainArrival() : report.reason;
    }
    for (const MptcpPathRecord& record : m_pathLog.GetAll())
    {
        MptcpPathReport& report = find(record.local, record.remote);
        report.sent += record.sent;
        report.received += record.received;
        if (report.state == MptcpPathState::NOT_TRIED)
        {
            report.state = record.ended > 0 ? MptcpPathState::ENDED : MptcpPathState::FAILED;
            report.reason = record.explanation;
        }
    }
    std::vector<Address> remotes{MptcpGetHost(m_peerName)};
    for (const MptcpRemoteAddress& remote : m_remotes)
    {
        remotes.push_back(remote.address);
    }
    for (const MptcpLocalAddress& local : m_stack->ListAddresses())
    {
        for (const Address& remote : remotes)
        {
            if (Ipv4Address::IsMatchingType(local.address) == Ipv4Address::IsMatchingType(remote))
            {
                MptcpPathReport& report = find(local.address, remote);
                if (report.state == MptcpPathState::NOT_TRIED)
                {
                    report.reason = ExplainUntried(local, remote);
                }
            }
        }
    }
    return reports;
}

} // namespace ns3
