/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Who calls the connection, and when the application is called.
 *
 * The protocol never calls the application in its midst, where the application could take away what
 * is in use: the end of the outermost entry does. Two things cannot wait. Traces and policies
 * belong to the very instant, and the application reads before the ACK of a segment goes out. What
 * they ask for waits instead.
 */

#include "mptcp-socket-base.h"

#include <utility>

namespace ns3
{

MptcpSocketBase::Entry::Entry(MptcpSocketBase* connection)
    : m_connection(connection)
{
    if (m_connection)
    {
        m_connection->Enter();
    }
}

MptcpSocketBase::Entry::~Entry()
{
    if (m_connection)
    {
        m_connection->Leave();
    }
}

bool
MptcpSocketBase::IsBusy() const
{
    return m_entries > (m_ending ? 1 : 0);
}

void
MptcpSocketBase::Act(std::function<void()> action)
{
    if (IsBusy())
    {
        m_deferred.push_back(std::move(action));
        return;
    }
    const Entry entry(this);
    action();
}

void
MptcpSocketBase::Enter()
{
    ++m_entries;
}

void
MptcpSocketBase::Leave()
{
    if (m_entries == 1)
    {
        // What the application does now are entries of their own, whose ends leave the rest to
        // this loop: its callbacks are never called from within one another.
        m_ending = true;
        while (DoNext())
        {
        }
        m_ending = false;
        m_pushAtEnd = false;
    }
    --m_entries;
}

bool
MptcpSocketBase::DoNext()
{
    if (!m_deferred.empty())
    {
        const std::function<void()> action = std::move(m_deferred.front());
        m_deferred.erase(m_deferred.begin());
        Act(action);
        return true;
    }
    if (TellNext())
    {
        return true;
    }
    if (m_pushAtEnd && !m_pushEvent.IsExpired())
    {
        const Entry entry(this);
        PushAndAsk();
        return true;
    }
    if (m_closed && !m_finished && m_receive.GetReadable() > 0 && !m_shutdownRecv)
    {
        // Data that comes after the close, and that nobody has read when told of it: the peer must
        // not believe that it was delivered (RFC 9293, section 3.6.1).
        const Entry entry(this);
        Abort(ERROR_NOTERROR);
        return true;
    }
    return false;
}

bool
MptcpSocketBase::TellNext()
{
    if (!m_notifySubflows.empty())
    {
        const auto [event, subflow] = m_notifySubflows.front();
        m_notifySubflows.erase(m_notifySubflows.begin());
        if (const MptcpSubflowCallback callback = m_api.subflowCallback; !callback.IsNull())
        {
            callback(this, event, subflow);
        }
        return true;
    }
    if (m_state == MptcpState::SYN_RCVD)
    {
        return false; // the application does not know of it yet
    }
    if (TellConnection())
    {
        return true;
    }
    if (m_notifyRead)
    {
        TellReadable();
        return true;
    }
    if (m_notifySent > 0)
    {
        NotifyDataSent(std::exchange(m_notifySent, 0));
        return true;
    }
    if (m_notifySend)
    {
        m_notifySend = false;
        if (MayAsk())
        {
            NotifySend(GetTxAvailable());
        }
        return true;
    }
    if (m_peerFinished && !m_peerClosedNotified)
    {
        // Stock TCP tells the application of the peer's end by the close callback.
        m_peerClosedNotified = true;
        NotifyNormalClose();
        if (m_shutdownSend)
        {
            // A connection of a listener that sends nothing ends with the peer, as stock TCP's
            // does: PacketSink relies on that.
            m_closeRequested = true;
            SchedulePush();
        }
        return true;
    }
    if (m_notifyEnd != End::NONE)
    {
        TellEnd();
        return true;
    }
    return false;
}

bool
MptcpSocketBase::TellConnection()
{
    if (m_notifyAccept)
    {
        m_notifyAccept = false;
        if (const Ptr<MptcpSocketBase> listener = std::exchange(m_listener, nullptr))
        {
            listener->NotifyNewConnectionCreated(this, m_peerName);
        }
        return true;
    }
    if (m_notifyConnected)
    {
        m_notifyConnected = false;
        NotifyConnectionSucceeded();
        return true;
    }
    return false;
}

void
MptcpSocketBase::TellReadable()
{
    m_notifyRead = false;
    if (!m_shutdownRecv && m_receive.GetReadable() > 0)
    {
        // The end of the stream is told by the close callback, as in stock TCP: a loop that calls
        // Recv until there is nothing would read the end for ever.
        m_tellingRead = true;
        NotifyDataRecv();
        m_tellingRead = false;
    }
}

void
MptcpSocketBase::TellEnd()
{
    switch (std::exchange(m_notifyEnd, End::NONE))
    {
    case End::CONNECT_FAILED:
        NotifyConnectionFailed();
        break;
    case End::ERROR:
        NotifyErrorClose();
        break;
    case End::NORMAL:
        if (!std::exchange(m_peerClosedNotified, true))
        {
            NotifyNormalClose();
        }
        break;
    case End::NONE:
        break;
    }
}

void
MptcpSocketBase::TellSubflow(MptcpSubflowEvent event, Ptr<MptcpSubflow> subflow)
{
    if (!m_api.subflowCallback.IsNull())
    {
        m_notifySubflows.emplace_back(event, subflow);
    }
}

} // namespace ns3
