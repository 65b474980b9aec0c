/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * SO_KEEPALIVE of a subflow: when it is probed and when it is given up (RFC 9293, section 3.8.4).
 */

#include "mptcp-socket-base.h"
#include "mptcp-subflow.h"

#include "ns3/mptcp-option.h"
#include "ns3/simulator.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>

namespace ns3
{

void
MptcpSubflow::UpdateKeepalive()
{
    m_keepaliveEvent.Cancel();
    const bool stands = m_state != LISTEN && m_state != SYN_SENT && m_state != SYN_RCVD;
    if (m_connection && m_connection->m_api.keepalive.on && stands && (m_endPoint || m_endPoint6))
    {
        const Time heard = std::max(m_counts.lastDataRecv, m_counts.lastAckRecv);
        const Time due = heard + m_connection->m_api.keepalive.idle;
        m_keepaliveEvent = Simulator::Schedule(std::max(due - Simulator::Now(), Time()),
                                               &MptcpSubflow::KeepaliveTimeout,
                                               this);
    }
}

void
MptcpSubflow::KeepaliveTimeout()
{
    const Hold hold(this);
    if (!m_connection || (!m_endPoint && !m_endPoint6))
    {
        return;
    }
    const MptcpKeepalive& settings = m_connection->m_api.keepalive;
    const Time heard = std::max(m_counts.lastDataRecv, m_counts.lastAckRecv);
    const Time silence = Simulator::Now() - heard;
    Time wait = settings.idle;
    // Data in flight asks for an answer often enough (Linux: tcp_keepalive_timer).
    if (m_txBuffer->Size() == 0 && silence < settings.idle)
    {
        m_keepalives = 0;
        wait -= silence;
    }
    else if (m_txBuffer->Size() == 0)
    {
        m_keepalives = heard >= m_keepaliveSent ? 0 : m_keepalives;
        if (m_keepalives >= settings.count)
        {
            ResetSubflow(MPTCP_RST_UNSPECIFIED);
            return;
        }
        ++m_keepalives;
        m_keepaliveSent = Simulator::Now();
        SendKeepalive();
        wait = settings.interval;
    }
    m_keepaliveEvent = Simulator::Schedule(wait, &MptcpSubflow::KeepaliveTimeout, this);
}

void
MptcpSubflow::SendKeepalive()
{
    // The peer has the octet before SND.UNA, so that it must answer. Stock TCP of ns-3 is one of
    // those that do not answer a segment without data (RFC 9293, section 3.8.4); it is known by its
    // SYN, which has no MSS option.
    SendProbe(IsPlainTcp() && m_peerMss == 0 ? 1 : 0);
}

} // namespace ns3
