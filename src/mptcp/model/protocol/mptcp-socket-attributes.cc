/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-notice.h"
#include "mptcp-socket-base.h"

#include <functional>

namespace ns3
{

void
MptcpSocketBase::NotifyConstructionCompleted()
{
    m_constructed = true;
    TcpSocket::NotifyConstructionCompleted();
}

bool
MptcpSocketBase::IsSetByUser(const std::string& attribute) const
{
    if (m_constructed)
    {
        return true;
    }
    TypeId::AttributeInformation info;
    TcpSocket::GetTypeId().LookupAttributeByName(attribute, &info);
    return MptcpIsDefaultSet(info);
}

void
MptcpSocketBase::ForEachSubflow(const std::function<void(MptcpSubflow&)>& action) const
{
    for (const auto& subflow : m_subflows)
    {
        action(*subflow);
    }
    for (const auto& listener : m_joinListeners)
    {
        action(*listener);
    }
    if (m_initial)
    {
        action(*m_initial);
    }
}

bool
MptcpSocketBase::SetTcpAttribute(const std::string& name, const AttributeValue& value)
{
    m_tcpAttributes.Set(name, value);
    bool taken = true;
    ForEachSubflow(
        [&](MptcpSubflow& subflow) { taken = subflow.FollowTcpAttribute(name, value) && taken; });
    return taken;
}

void
MptcpSocketBase::FollowSettings()
{
    ForEachSubflow([](MptcpSubflow& subflow) { subflow.FollowSettings(); });
}

void
MptcpSocketBase::SetSndBufSize(uint32_t size)
{
    m_sndBufSize = size;
    m_sndBufSet = m_sndBufSet || IsSetByUser("SndBufSize");
}

uint32_t
MptcpSocketBase::GetSndBufSize() const
{
    return m_sndBufSize;
}

void
MptcpSocketBase::SetRcvBufSize(uint32_t size)
{
    m_rcvBufSize = size;
    m_rcvBufSet = m_rcvBufSet || IsSetByUser("RcvBufSize");
    if (!m_subflows.empty())
    {
        const Entry entry(this);
        MaybeSendWindowUpdate(); // as stock TCP: the peer may wait for room
    }
}

uint32_t
MptcpSocketBase::GetRcvBufSize() const
{
    return m_rcvBufSize;
}

void
MptcpSocketBase::SetSegSize(uint32_t size)
{
    m_segSize = size;
}

uint32_t
MptcpSocketBase::GetSegSize() const
{
    return m_segSize;
}

void
MptcpSocketBase::SetInitialSSThresh(uint32_t threshold)
{
    m_initialSsThresh = threshold;
}

uint32_t
MptcpSocketBase::GetInitialSSThresh() const
{
    return m_initialSsThresh;
}

void
MptcpSocketBase::SetInitialCwnd(uint32_t cwnd)
{
    m_initialCwnd = cwnd;
}

uint32_t
MptcpSocketBase::GetInitialCwnd() const
{
    return m_initialCwnd;
}

void
MptcpSocketBase::SetConnTimeout(Time timeout)
{
    m_connTimeout = timeout;
    FollowSettings();
}

Time
MptcpSocketBase::GetConnTimeout() const
{
    return m_connTimeout;
}

void
MptcpSocketBase::SetSynRetries(uint32_t count)
{
    m_synRetries = count;
    FollowSettings();
}

uint32_t
MptcpSocketBase::GetSynRetries() const
{
    return m_synRetries;
}

void
MptcpSocketBase::SetDataRetries(uint32_t retries)
{
    m_dataRetries = retries;
    FollowSettings();
}

uint32_t
MptcpSocketBase::GetDataRetries() const
{
    return m_dataRetries;
}

void
MptcpSocketBase::SetDelAckTimeout(Time timeout)
{
    m_delAckTimeout = timeout;
    FollowSettings();
}

Time
MptcpSocketBase::GetDelAckTimeout() const
{
    return m_delAckTimeout;
}

void
MptcpSocketBase::SetDelAckMaxCount(uint32_t count)
{
    m_delAckMaxCount = count;
    FollowSettings();
}

uint32_t
MptcpSocketBase::GetDelAckMaxCount() const
{
    return m_delAckMaxCount;
}

void
MptcpSocketBase::SetTcpNoDelay(bool noDelay)
{
    m_noDelay = noDelay;
}

bool
MptcpSocketBase::GetTcpNoDelay() const
{
    return m_noDelay;
}

void
MptcpSocketBase::SetPersistTimeout(Time timeout)
{
    m_persistTimeout = timeout;
    FollowSettings();
}

Time
MptcpSocketBase::GetPersistTimeout() const
{
    return m_persistTimeout;
}

} // namespace ns3
