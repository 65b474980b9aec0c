/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * SO_KEEPALIVE of a connection: options that hold for all its subflows, as in Linux.
 */

#include "mptcp-socket-base.h"
#include "mptcp-subflow.h"

namespace ns3
{

namespace
{

// What Linux allows: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT.
const Time SHORTEST = Seconds(1);    ///< silence and interval
const Time LONGEST = Seconds(32767); ///< silence and interval
constexpr uint32_t MOST = 127;       ///< probes

} // namespace

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

} // namespace ns3
