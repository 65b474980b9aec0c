/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-back-off.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/log.h"
#include "ns3/mptcp-sequence.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpSocketClose");

namespace
{

/// Retransmissions of an MP_FASTCLOSE on an ACK before a RST (RFC 8684, section 3.5).
constexpr uint32_t FASTCLOSE_RETRIES = 3;

/// Wait for the peer's end after Close (Linux net.ipv4.tcp_fin_timeout).
const Time FIN_TIMEOUT = Seconds(60);

/// DATA_FINs in vain before an answer without any option makes the connection fall back.
constexpr uint32_t STRIPPED_DATA_FINS = 2;

/// A DATA_FIN is tried more often than stock TCP tries data: it goes over all paths in turn.
constexpr uint32_t DATA_FIN_EXTRA_RETRIES = 2;

} // namespace

std::ostream&
operator<<(std::ostream& os, MptcpState state)
{
    static constexpr const char* NAMES[] = {"CLOSED",
                                            "LISTEN",
                                            "SYN_SENT",
                                            "SYN_RCVD",
                                            "M_ESTAB",
                                            "M_FIN_WAIT1",
                                            "M_FINWAIT2",
                                            "M_CLOSE_WAIT",
                                            "M_CLOSING",
                                            "M_LAST_ACK",
                                            "M_TIME_WAIT",
                                            "FASTCLOSE_WAIT"};
    return os << NAMES[static_cast<std::size_t>(state)];
}

void
MptcpSocketBase::SetState(MptcpState state)
{
    NS_LOG_DEBUG(m_state << " -> " << state);
    m_state = state;
    if (state == MptcpState::FIN_WAIT_2 && m_closed && m_closeEvent.IsExpired())
    {
        // Nobody reads any more, and the peer may be gone: do not wait for its end for ever.
        StartTimer(m_closeEvent, FIN_TIMEOUT, &MptcpSocketBase::CloseTimeout);
    }
    else if (state == MptcpState::TIME_WAIT && m_fallback)
    {
        m_closeEvent.Cancel(); // the subflow has its own TIME_WAIT
    }
}

int
MptcpSocketBase::Close()
{
    NS_LOG_FUNCTION(this);
    m_closed = true;
    Act([this] { DoClose(); });
    return 0;
}

void
MptcpSocketBase::DoClose()
{
    switch (m_state)
    {
    case MptcpState::LISTEN:
        FireListenerEvent(MptcpPmEventType::LISTENER_CLOSED, m_initial);
        m_initial->CloseSubflow();
        m_initial->Detach();
        m_initial = nullptr;
        SetState(MptcpState::CLOSED);
        m_finished = true;
        return;
    case MptcpState::SYN_SENT:
        if (m_sendQueue.GetSize() > 0 && !(m_api.linger && m_api.linger->IsZero()))
        {
            // What was written goes as soon as the connection stands, then its end. RFC 9293,
            // section 3.10.4, would delete it, but programs of ns-3 connect, write and close at
            // once, and stock TCP sends what they have written.
            break;
        }
        ResetSubflows(MPTCP_RST_UNSPECIFIED);
        Finish(false);
        return;
    case MptcpState::CLOSED:
        if (!m_finished)
        {
            // It has had no connection, and is as new: stock TCP lets applications use it again.
            m_closed = false;
            m_boundName = Address();
            m_api.boundAddress = false;
            m_api.locals = MptcpAddressSet();
            BindToNetDevice(GetBoundNetDevice());
            RestoreBinding();
        }
        return;
    default:
        break;
    }
    if (CloseByLinger())
    {
        return;
    }
    if (m_receive.GetReadable() > 0 && !m_shutdownRecv)
    {
        // Unread data: the peer must not believe that it was delivered (stock TCP, RFC 2525).
        Abort(ERROR_NOTERROR);
        return;
    }
    if (m_state == MptcpState::FIN_WAIT_2)
    {
        SetState(MptcpState::FIN_WAIT_2); // half closed until now
    }
    ShutdownSend();
}

int
MptcpSocketBase::ShutdownSend()
{
    if (m_state == MptcpState::LISTEN)
    {
        m_shutdownSend = true; // of the connections that it accepts
        return 0;
    }
    if (!IsConnecting() && !IsSetUp())
    {
        return Refuse(ERROR_NOTCONN, "shutdown: ENOTCONN: there is no connection");
    }
    if (!m_shutdownSend)
    {
        m_shutdownSend = true;
        m_closeRequested = true;
        SchedulePush(); // after what the application has just written
    }
    return 0;
}

int
MptcpSocketBase::ShutdownRecv()
{
    if (m_state != MptcpState::LISTEN && !IsConnecting() && !IsSetUp())
    {
        return Refuse(ERROR_NOTCONN, "shutdown: ENOTCONN: there is no connection");
    }
    m_shutdownRecv = true;
    return 0;
}

void
MptcpSocketBase::MaybeSendDataFin()
{
    const MptcpState state = m_state;
    if (state != MptcpState::ESTABLISHED && state != MptcpState::CLOSE_WAIT)
    {
        return;
    }
    m_dataFinSent = true;
    SetState(state == MptcpState::ESTABLISHED ? MptcpState::FIN_WAIT_1 : MptcpState::LAST_ACK);
    if (m_fallback)
    {
        m_subflows.front()->CloseSubflow();
        return;
    }
    m_dataFinRetries = 0;
    DataFinTimeout();
}

bool
MptcpSocketBase::IsDataFinPending() const
{
    return m_dataFinSent && !m_dataFinAcked && !m_fallback;
}

void
MptcpSocketBase::DataFinTimeout()
{
    if (m_dataFinAcked || m_finished)
    {
        return;
    }
    if (m_dataFinRetries > STRIPPED_DATA_FINS && CheckStrippedDataFin())
    {
        return;
    }
    Time wait = Seconds(1);
    // On every subflow, as Linux does: any of them may have a dead path.
    std::vector<Ptr<MptcpSubflow>> usable;
    for (const auto& subflow : m_subflows)
    {
        if (subflow->CanSend())
        {
            usable.push_back(subflow);
        }
    }
    if (!usable.empty())
    {
        wait = PickForControl()->GetRto();
        for (const auto& subflow : usable)
        {
            subflow->SendAck(); // every ACK carries the DATA_FIN until it is acknowledged
        }
    }
    // The second wait is as long as the first, as in Linux.
    const uint32_t doublings = std::clamp(m_dataFinRetries, 1U, 7U) - 1;
    StartTimer(m_dataFinEvent, MptcpBackOff(wait, doublings), &MptcpSocketBase::DataFinTimeout);
    const bool all = std::all_of(m_subflows.begin(), m_subflows.end(), [](const auto& subflow) {
        return subflow->CanSend() || subflow->GetPhase() == MptcpSubflow::Phase::HANDSHAKE;
    });
    if (++m_dataFinRetries > m_dataRetries + DATA_FIN_EXTRA_RETRIES && all)
    {
        // Every subflow could have carried it that often: the peer is gone. There may be attempts
        // to join for ever.
        m_dataFinEvent.Cancel();
        Abort(ERROR_NOTCONN);
    }
}

bool
MptcpSocketBase::CheckStrippedDataFin()
{
    // The peer answers, and its answers bring no option: a middlebox removes the DSS, and there is
    // no data over which either side could notice it (RFC 8684, section 3.7). In plain TCP the FIN
    // says what the DATA_FIN cannot. A join of ours that is still in its handshake does not count
    // as a second subflow.
    if (!MayFallback())
    {
        return false;
    }
    const Ptr<MptcpSubflow> only = m_subflows.front();
    if (!only->CanSend() || only->CountBare() == 0)
    {
        return false;
    }
    m_stack->GetCounters().Increment(MptcpMib::DssFallback);
    only->SendInfiniteMapping();
    OnFallbackAck(only, only->GetPeerWindow());
    Push();
    return true;
}

void
MptcpSocketBase::OnDataFinAcked()
{
    m_dataFinAcked = true;
    m_dataFinEvent.Cancel();
    // RFC 8684, appendix D: the acknowledgment of the DATA_FIN closes all subflows.
    switch (m_state)
    {
    case MptcpState::FIN_WAIT_1:
        SetState(MptcpState::FIN_WAIT_2);
        break;
    case MptcpState::CLOSING:
        SetState(MptcpState::TIME_WAIT);
        CloseSubflows();
        break;
    case MptcpState::LAST_ACK:
        CloseSubflows();
        break;
    default:
        break;
    }
}

void
MptcpSocketBase::OnDataFin(uint64_t dsn)
{
    if (!m_peerDataFin)
    {
        // It lies behind all data: one before data that has arrived is stale or wrong.
        if (!DsnBefore(dsn, m_receive.GetHighestDsn()))
        {
            m_peerDataFin = dsn;
        }
    }
    else if (m_peerFinished && dsn == *m_peerDataFin && m_lastInput)
    {
        // Sent again: our DATA_ACK was lost.
        Later(Time(), &MptcpSocketBase::SendDataAck);
    }
}

void
MptcpSocketBase::ProcessPeerDataFin()
{
    if (!m_peerDataFin || m_peerFinished || m_receive.GetNextDsn() != *m_peerDataFin)
    {
        return; // acknowledged only when all data is in (RFC 8684, section 3.3.3)
    }
    m_receive.SkipOne();
    m_peerFinished = true;
    switch (m_state)
    {
    case MptcpState::ESTABLISHED:
        SetState(MptcpState::CLOSE_WAIT);
        break;
    case MptcpState::FIN_WAIT_1:
        SetState(MptcpState::CLOSING);
        break;
    case MptcpState::FIN_WAIT_2:
        SetState(MptcpState::TIME_WAIT);
        break;
    default:
        break;
    }
    for (const auto& subflow : m_subflows)
    {
        if (subflow->CanSend())
        {
            subflow->SendAck(); // the DATA_ACK on every subflow: it lets each of them close
        }
    }
    if (m_state == MptcpState::TIME_WAIT)
    {
        CloseSubflows();
    }
}

void
MptcpSocketBase::CloseSubflows()
{
    m_pathManagerEvent.Cancel();
    CancelAnnouncements();
    const auto subflows = m_subflows;
    for (const auto& subflow : subflows)
    {
        subflow->CloseSubflow();
    }
    CloseJoinListeners();
    if (m_subflows.empty())
    {
        Finish(false);
        return;
    }
    // The application is done; subflows that cannot finish their FINs end by their own timers.
    if (m_closeEvent.IsExpired())
    {
        StartTimer(m_closeEvent, GetCloseWait(), &MptcpSocketBase::CloseTimeout);
    }
}

void
MptcpSocketBase::CloseJoinListeners()
{
    for (const auto& listener : m_joinListeners)
    {
        FireListenerEvent(MptcpPmEventType::LISTENER_CLOSED, listener);
        listener->CloseSubflow();
        listener->Detach();
    }
    m_joinListeners.clear();
}

void
MptcpSocketBase::CloseTimeout()
{
    const MptcpState state = m_state;
    if (state == MptcpState::FIN_WAIT_2 && m_closed)
    {
        // Without a RST, as Linux's TCP: the peer may have all our data and not have read it yet.
        // It gets one for what it sends from now on.
        m_finished = true; // no calls of policies and the application on the way
        const auto subflows = m_subflows;
        for (const auto& subflow : subflows)
        {
            subflow->Forget();
        }
        m_finished = false;
        Finish(false);
        return;
    }
    if (state == MptcpState::TIME_WAIT || (state == MptcpState::LAST_ACK && m_dataFinAcked))
    {
        // Stock TCP repeats the FIN of a dead path for ever.
        ResetSubflows(MPTCP_RST_UNSPECIFIED);
        Finish(false);
        return;
    }
    m_errno = ERROR_NOTCONN;
    ResetSubflows(MPTCP_RST_UNSPECIFIED); // attempts to join
    Finish(true);
}

void
MptcpSocketBase::OnFallbackSubflowState(Ptr<MptcpSubflow> subflow)
{
    // Plain TCP: the FINs of the one subflow are those of the connection.
    const TcpSocket::TcpStates_t tcp = subflow->GetTcpState();
    const bool peerFin = tcp == TcpSocket::CLOSE_WAIT || tcp == TcpSocket::LAST_ACK ||
                         tcp == TcpSocket::CLOSING || tcp == TcpSocket::TIME_WAIT;
    if (peerFin && !m_peerFinished)
    {
        m_peerFinished = true;
        if (m_state == MptcpState::ESTABLISHED)
        {
            SetState(MptcpState::CLOSE_WAIT);
        }
        else if (tcp == TcpSocket::CLOSING)
        {
            SetState(MptcpState::CLOSING);
        }
    }
    if (m_dataFinSent && (tcp == TcpSocket::FIN_WAIT_2 || tcp == TcpSocket::TIME_WAIT))
    {
        m_dataFinAcked = true;
        SetState(tcp == TcpSocket::TIME_WAIT ? MptcpState::TIME_WAIT : MptcpState::FIN_WAIT_2);
    }
}

void
MptcpSocketBase::ResetSubflows(uint8_t reason)
{
    m_finished = true; // no calls of policies on the way
    const auto subflows = m_subflows;
    for (const auto& subflow : subflows)
    {
        subflow->ResetSubflow(reason);
    }
    CloseJoinListeners();
    m_finished = false;
}

void
MptcpSocketBase::Abort(SocketErrno error)
{
    m_errno = error;
    const bool byReset = m_version == MptcpVersion::V1 && !m_stack->FastclosesByAck();
    const Ptr<MptcpSubflow> last = PickForControl();
    if (!m_keysKnown || m_fallback || (!byReset && !last))
    {
        ResetSubflows(MPTCP_RST_UNSPECIFIED);
    }
    else if (byReset)
    {
        // Option R (RFC 8684, section 3.5).
        m_finished = true;
        const auto subflows = m_subflows;
        for (const auto& subflow : subflows)
        {
            subflow->FastcloseByReset(m_remoteKey);
        }
        m_finished = false;
    }
    else
    {
        FastcloseByAck(last);
        return;
    }
    Finish(error != ERROR_NOTERROR);
}

void
MptcpSocketBase::FastcloseByAck(Ptr<MptcpSubflow> last)
{
    // Option A (RFC 8684, section 3.5): one subflow stays until the peer's RST.
    m_finished = true;
    const auto subflows = m_subflows;
    for (const auto& subflow : subflows)
    {
        if (subflow != last)
        {
            subflow->ResetSubflow(MPTCP_RST_UNSPECIFIED);
        }
    }
    m_finished = false;
    CancelEvents();
    CloseJoinListeners();
    m_shutdownSend = true;
    m_shutdownRecv = true;
    SetState(MptcpState::FASTCLOSE_WAIT);
    m_fastcloseRetries = 0;
    FastcloseTimeout();
}

void
MptcpSocketBase::FastcloseTimeout()
{
    if (m_finished || m_subflows.empty())
    {
        return;
    }
    const Ptr<MptcpSubflow> subflow = m_subflows.front();
    if (m_fastcloseRetries > FASTCLOSE_RETRIES)
    {
        m_finished = true;
        subflow->FastcloseByReset(m_remoteKey);
        m_finished = false;
        Finish(m_errno != ERROR_NOTERROR);
        return;
    }
    m_stack->GetCounters().Increment(MptcpMib::MPFastcloseTx);
    subflow->SendOption(MptcpFastclose{m_remoteKey});
    StartTimer(m_closeEvent,
               MptcpBackOff(subflow->GetRto(), m_fastcloseRetries),
               &MptcpSocketBase::FastcloseTimeout);
    ++m_fastcloseRetries;
}

void
MptcpSocketBase::OnFastclose(Ptr<MptcpSubflow> /* subflow */)
{
    // Answer with RST on all subflows and forget the connection (RFC 8684, section 3.5).
    const bool both = m_state == MptcpState::FASTCLOSE_WAIT;
    if (!both)
    {
        m_errno = ERROR_NOTCONN;
    }
    ResetSubflows(MPTCP_RST_UNSPECIFIED);
    Finish(m_errno != ERROR_NOTERROR);
}

void
MptcpSocketBase::Finish(bool error)
{
    if (m_finished)
    {
        return;
    }
    NS_LOG_FUNCTION(this << error);
    m_finished = true;
    if (m_countedEstablished)
    {
        m_countedEstablished = false;
        m_stack->GetCounters().Decrement(MptcpMib::MPCurrEstab);
    }
    if (m_localKeySet)
    {
        m_stack->GetTokens().Remove(m_localToken);
        m_localKeySet = false;
    }
    if (m_createdFired)
    {
        FireEvent(MptcpPmEventType::CLOSED);
    }
    CloseJoinListeners();
    CancelEvents();
    m_listener = nullptr;
    m_lastInput = nullptr;
    m_notifyAccept = false;
    if (m_closed)
    {
        // Who has let go hears of the end only.
        m_notifyConnected = false;
        m_notifyRead = false;
        m_notifySent = 0;
    }
    m_notifyEnd = error ? End::ERROR : End::NORMAL;
    SetState(MptcpState::CLOSED);
    // Whoever calls may be in the middle of what goes.
    Later(Time(), &MptcpSocketBase::Release);
}

void
MptcpSocketBase::Release()
{
    // An application may refer to its socket for as long as it likes: of a connection that has
    // ended it can read what has come, and ask how it was. What nobody can ask for goes.
    m_sendQueue.Drop();
    m_view = MptcpConnectionView();
    m_toAnnounce = {};
    m_pathEvents.clear();
    m_coupling = nullptr;
}

} // namespace ns3
