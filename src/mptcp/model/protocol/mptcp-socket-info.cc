/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address.h"
#include "mptcp-info.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <set>

namespace ns3
{

MptcpInfo
MptcpSocketBase::GetInfo() const
{
    MptcpInfo info;
    if (!IsSetUp() && !m_finished)
    {
        return info;
    }
    const Time now = Simulator::Now();
    Time sent = m_closedCounts.lastDataSent;
    Time received = m_closedCounts.lastDataRecv;
    Time acked = m_closedCounts.lastAckRecv;
    std::set<uint8_t> locals;
    for (const auto& subflow : m_subflows)
    {
        const MptcpSegmentCounts& counts = subflow->GetCounts();
        sent = std::max(sent, counts.lastDataSent);
        received = std::max(received, counts.lastDataRecv);
        acked = std::max(acked, counts.lastAckRecv);
        locals.insert(subflow->GetLocalAddressId());
        // As Linux: a join of the peer counts once it has proved itself.
        info.subflows +=
            subflow->GetRole() == MptcpSubflow::Role::JOIN &&
            (subflow->IsLocallyOpened() || subflow->GetPhase() == MptcpSubflow::Phase::ESTABLISHED);
    }
    locals.erase(0);
    info.subflowsTotal = m_subflows.size();
    info.localAddrUsed =
        m_pathManager ? m_pathManager->CountLocals().value_or(locals.size()) : locals.size();
    info.addAddrSignal = m_announced.size();
    info.addAddrAccepted = m_pathManager ? m_pathManager->CountAccepted(m_remotes) : 0;
    info.flags |= m_fallback ? uint32_t{MPTCP_INFO_FLAG_FALLBACK} : 0;
    info.flags |= m_keysKnown ? uint32_t{MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED} : 0;
    info.token = m_localToken;
    info.writeSeq = m_sendQueue.GetTail();
    info.sndUna = m_sendQueue.GetUnacknowledged();
    info.rcvNxt = m_receive.GetNextDsn();
    info.csumEnabled = m_checksum;
    if (const MptcpChunk* head = m_sendQueue.GetHead())
    {
        info.retransmits = head->transmissions - 1;
    }
    info.bytesRetrans = m_bytesReinjected;
    info.bytesSent = m_sendQueue.GetNextDsn() - (m_localIdsn + 1);
    info.bytesAcked = m_sendQueue.GetUnacknowledged() - (m_localIdsn + 1);
    // The DATA_FIN takes a number and is no octet.
    const bool fin = m_peerFinished && !m_fallback;
    info.bytesReceived = m_receive.GetNextDsn() - (m_remoteIdsn + 1) - (fin ? 1 : 0);
    info.lastDataSent = now - sent;
    info.lastDataRecv = now - received;
    info.lastAckRecv = now - acked;
    // As in Linux, limits and endpoints mean nothing to a user's path manager.
    if (m_stack && !(m_pathManager && m_pathManager->IsUserDriven()))
    {
        const MptcpEndpointTable& endpoints = m_stack->GetEndpoints();
        info.subflowsMax = endpoints.GetLimits().subflows;
        info.addAddrAcceptedMax = endpoints.GetLimits().addAddrAccepted;
        for (const MptcpEndpoint& endpoint : endpoints.GetAll())
        {
            info.addAddrSignalMax += (endpoint.flags & MPTCP_ENDPOINT_SIGNAL) != 0;
            info.localAddrMax += (endpoint.flags & MPTCP_ENDPOINT_SUBFLOW) != 0;
            info.endpLaminarMax += (endpoint.flags & MPTCP_ENDPOINT_LAMINAR) != 0;
            info.endpFullmeshMax += (endpoint.flags & MPTCP_ENDPOINT_FULLMESH) != 0;
        }
    }
    return info;
}

MptcpFullInfo
MptcpSocketBase::GetFullInfo() const
{
    MptcpFullInfo full;
    full.info = GetInfo();
    full.subflowsClosed = m_subflowsClosed;
    full.closedBytesMapped = m_closedMapped;
    full.closedBytesReceived = m_closedReceived;
    uint64_t total = m_closedMapped;
    for (const auto& subflow : m_subflows)
    {
        total += subflow->GetBytesSent();
    }
    for (const auto& subflow : m_subflows)
    {
        MptcpSubflowInfo info;
        info.id = subflow->GetSubflowId();
        info.initial = subflow->GetRole() == MptcpSubflow::Role::INITIAL;
        info.established = subflow->CanSend();
        info.backup = subflow->IsBackup();
        info.stale = subflow->IsStale();
        info.localId = subflow->GetLocalAddressId();
        info.remoteId = subflow->GetRemoteAddressId();
        const MptcpAddressPair names = GetNames(subflow);
        info.local = names.local;
        info.remote = names.remote;
        info.bytesMapped = subflow->GetBytesSent();
        info.share = total > 0 ? static_cast<double>(info.bytesMapped) / total : 0;
        info.tcp = subflow->GetTcpInfo();
        full.subflows.push_back(info);
    }
    return full;
}

void
MptcpSocketBase::TraceAnnouncement(const MptcpAddAddr& option, bool byPeer)
{
    Address host;
    if (option.ipv6)
    {
        host = Ipv6Address::Deserialize(option.address.data());
    }
    else
    {
        host = Ipv4Address::Deserialize(option.address.data());
    }
    m_addressAnnounced(option.addressId, MptcpMakeName(host, option.port.value_or(0)), byPeer);
}

void
MptcpSocketBase::KeepCounts(Ptr<MptcpSubflow> subflow)
{
    const MptcpSegmentCounts& counts = subflow->GetCounts();
    ++m_subflowsClosed;
    m_closedMapped += subflow->GetBytesSent();
    m_closedReceived += subflow->GetBytesReceived();
    m_closedCounts.lastDataSent = std::max(m_closedCounts.lastDataSent, counts.lastDataSent);
    m_closedCounts.lastDataRecv = std::max(m_closedCounts.lastDataRecv, counts.lastDataRecv);
    m_closedCounts.lastAckRecv = std::max(m_closedCounts.lastAckRecv, counts.lastAckRecv);
}

} // namespace ns3
