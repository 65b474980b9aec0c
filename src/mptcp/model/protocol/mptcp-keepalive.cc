/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * SO_KEEPALIVE, as in Linux: options of the connection, timers of its subflows (RFC 9293, section
 * 3.8.4).
 */

#include "mptcp-socket-base.h"
#include "mptcp-subflow.h"

#include "ns3/ipv4-end-point.h"
#include "ns3/ipv6-end-point.h"
#include "ns3/mptcp-option.h"
#include "ns3/simulator.h"
#include "ns3/tcp-rx-buffer.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>

namespace ns3
{

namespace
{

// What Linux allows: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT.
const Time SHORTEST = Seconds(1);    ///< silence and interval
const Time LONGEST = Seconds(32767); ///< silence and interval
constexpr uint32_t MOST = 127;       ///< probes

} // namespace

// ---- The connection ----

void
MptcpSocketBase::SetKeepAlive(bool on)
{
    m_api.keepalive.on = on;
    UpdateKeepalive();
}

bool
MptcpSocketBase::GetKeepAlive() const
{
    return m_api.keepalive.on;
}

int
MptcpSocketBase::SetKeepTime(Time& setting, const Time& time, const std::string& name)
{
    if (time < SHORTEST || time > LONGEST)
    {
        return Refuse(ERROR_INVAL, name + ": EINVAL: takes 1 to 32767 seconds");
    }
    setting = time;
    UpdateKeepalive();
    return 0;
}

int
MptcpSocketBase::SetKeepIdle(const Time& idle)
{
    return SetKeepTime(m_api.keepalive.idle, idle, "TCP_KEEPIDLE");
}

Time
MptcpSocketBase::GetKeepIdle() const
{
    return m_api.keepalive.idle;
}

int
MptcpSocketBase::SetKeepInterval(const Time& interval)
{
    return SetKeepTime(m_api.keepalive.interval, interval, "TCP_KEEPINTVL");
}

Time
MptcpSocketBase::GetKeepInterval() const
{
    return m_api.keepalive.interval;
}

int
MptcpSocketBase::SetKeepCount(uint32_t count)
{
    if (count < 1 || count > MOST)
    {
        return Refuse(ERROR_INVAL, "TCP_KEEPCNT: EINVAL: takes 1 to 127 probes");
    }
    m_api.keepalive.count = count;
    return 0;
}

uint32_t
MptcpSocketBase::GetKeepCount() const
{
    return m_api.keepalive.count;
}

int
MptcpSocketBase::SetKeepOption(MptcpSocketOption option, uint32_t number)
{
    return option == MptcpSocketOption::KEEPCNT    ? SetKeepCount(number)
           : option == MptcpSocketOption::KEEPIDLE ? SetKeepIdle(Seconds(number))
                                                   : SetKeepInterval(Seconds(number));
}

bool
MptcpSocketBase::PutKeepIdle(Time idle)
{
    return SetKeepIdle(idle) == 0;
}

bool
MptcpSocketBase::PutKeepInterval(Time interval)
{
    return SetKeepInterval(interval) == 0;
}

bool
MptcpSocketBase::PutKeepCount(uint32_t count)
{
    return SetKeepCount(count) == 0;
}

void
MptcpSocketBase::UpdateKeepalive()
{
    for (const auto& subflow : m_subflows)
    {
        subflow->UpdateKeepalive();
    }
}

// ---- A subflow ----

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
