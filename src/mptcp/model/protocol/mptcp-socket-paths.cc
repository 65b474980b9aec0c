/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address.h"
#include "mptcp-notice.h"
#include "mptcp-policy.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/log.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/node.h"
#include "ns3/object-factory.h"
#include "ns3/rtt-estimator.h"
#include "ns3/simulator.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-recovery-ops.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpSocketPaths");

namespace
{

/// How long attempts to join and subflows that are closing may take at least when nothing else is
/// left.
const Time LAST_PATIENCE = Seconds(60);

} // namespace

Ptr<MptcpSubflow>
MptcpSocketBase::CreateSubflow(MptcpSubflow::Role role)
{
    ObjectFactory rtt;
    ObjectFactory recovery;
    TypeIdValue type;
    m_tcp->GetAttribute("RttEstimatorType", type);
    rtt.SetTypeId(type.Get());
    m_tcp->GetAttribute("RecoveryType", type);
    recovery.SetTypeId(type.Get());
    Ptr<MptcpSubflow> subflow = CreateObject<MptcpSubflow>();
    subflow->SetNode(m_node);
    subflow->SetTcp(m_tcp);
    subflow->SetRtt(rtt.Create<RttEstimator>());
    GiveController(subflow, role == MptcpSubflow::Role::JOIN ? m_nextSubflowId : 0);
    subflow->SetRecoveryAlgorithm(recovery.Create<TcpRecoveryOps>());
    subflow->Attach(this, role, 0);
    subflow->Configure();
    if (role != MptcpSubflow::Role::LISTENER)
    {
        m_tcpTraces.Apply(*subflow); // forks of a listener get them, too
    }
    if (GetBoundNetDevice() && role != MptcpSubflow::Role::LISTENER)
    {
        subflow->BindToNetDevice(GetBoundNetDevice());
    }
    return subflow;
}

void
MptcpSocketBase::GiveController(Ptr<MptcpSubflow> subflow, uint32_t id)
{
    const std::size_t named = m_controllerTypes.size();
    const TypeId type =
        named == 0 ? m_congestionType : m_controllerTypes[std::min<std::size_t>(id, named - 1)];
    // Not the copy that stock TCP makes for a fork: TcpCubic's leaves a member undefined.
    subflow->SetController(
        MakePolicy<TcpCongestionOps>(type, "ns3::MptcpSocketBase::CongestionControl", *m_stack));
}

void
MptcpSocketBase::TellIgnoredController() const
{
    TypeId::AttributeInformation own;
    TypeId::AttributeInformation stock;
    GetTypeId().LookupAttributeByName("CongestionControl", &own);
    TcpL4Protocol::GetTypeId().LookupAttributeByName("SocketType", &stock);
    TypeIdValue asked;
    m_tcp->GetAttribute("SocketType", asked);
    const auto original = DynamicCast<const TypeIdValue>(stock.originalInitialValue);
    const auto usual = DynamicCast<const TypeIdValue>(own.originalInitialValue);
    // Who names a controller of MPTCP knows that there is one.
    const bool chosen =
        m_congestionType != usual->Get() || !m_controllerTypes.empty() || MptcpIsDefaultSet(own);
    if (asked.Get() != original->Get() && !chosen)
    {
        MptcpNotice::Tell("ns3::TcpL4Protocol::SocketType is " + asked.Get().GetName() +
                          ", which has no effect on MPTCP: " + m_congestionType.GetName() +
                          " controls the subflows; choose it by "
                          "ns3::MptcpSocketBase::CongestionControl");
    }
}

bool
MptcpSocketBase::ParseControllers(const std::string& text, std::vector<TypeId>& types)
{
    types.clear();
    std::size_t begin = 0;
    while (begin < text.size())
    {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        TypeId type;
        if (!TypeId::LookupByNameFailSafe(text.substr(begin, end - begin), &type) ||
            !MptcpCreate<TcpCongestionOps>(type) || end + 1 == text.size())
        {
            return false;
        }
        types.push_back(type);
        begin = end + 1;
    }
    return true;
}

void
MptcpSocketBase::SetControllers(std::string text)
{
    ParseControllers(text, m_controllerTypes);
    m_controllers = std::move(text);
}

std::string
MptcpSocketBase::GetControllers() const
{
    return m_controllers;
}

void
MptcpSocketBase::CopySettings(const MptcpSocketBase& other)
{
    m_schedulerType = other.m_schedulerType;
    m_pathManagerType = other.m_pathManagerType;
    m_congestionType = other.m_congestionType;
    m_controllers = other.m_controllers;
    m_controllerTypes = other.m_controllerTypes;
    m_opportunistic = other.m_opportunistic;
    m_penalization = other.m_penalization;
    m_autoTune = other.m_autoTune;
    m_maxRcvBufSize = other.m_maxRcvBufSize;
    m_maxSndBufSize = other.m_maxSndBufSize;
    m_sndBufSize = other.m_sndBufSize;
    m_rcvBufSize = other.m_rcvBufSize;
    m_sndBufSet = other.m_sndBufSet;
    m_rcvBufSet = other.m_rcvBufSet;
    m_slowStartAfterIdle = other.m_slowStartAfterIdle;
    m_segSize = other.m_segSize;
    m_initialSsThresh = other.m_initialSsThresh;
    m_initialCwnd = other.m_initialCwnd;
    m_connTimeout = other.m_connTimeout;
    m_synRetries = other.m_synRetries;
    m_dataRetries = other.m_dataRetries;
    m_delAckTimeout = other.m_delAckTimeout;
    m_delAckMaxCount = other.m_delAckMaxCount;
    m_noDelay = other.m_noDelay;
    m_persistTimeout = other.m_persistTimeout;
    m_tcpAttributes.Inherit(other.m_tcpAttributes);
    m_api = other.m_api;
    m_api.subflowCallback = MptcpSubflowCallback();
    if (!other.m_api.subflowCallback.IsNull())
    {
        SetSubflowCallback(other.m_api.subflowCallback);
    }
    SetIpTos(other.GetIpTos());
    SetPriority(other.GetPriority());
    if (other.IsManualIpTtl())
    {
        SetIpTtl(other.GetIpTtl());
    }
    if (other.IsManualIpv6HopLimit())
    {
        SetIpv6HopLimit(other.GetIpv6HopLimit());
    }
    if (other.IsManualIpv6Tclass())
    {
        SetIpv6Tclass(other.GetIpv6Tclass());
    }
}

void
MptcpSocketBase::MakeFork(Ptr<MptcpSubflow> fork, const std::optional<MptcpCapable>& capable)
{
    Ptr<MptcpSocketBase> connection = CreateObject<MptcpSocketBase>();
    const Entry entry(PeekPointer(connection));
    connection->SetStack(m_stack, m_tcp);
    connection->CopySettings(*this);
    connection->m_listener = this;
    connection->m_shutdownSend = m_shutdownSend;
    connection->m_shutdownRecv = m_shutdownRecv;
    Address name;
    m_initial->GetSockName(name);
    connection->m_listenerIsSpecific = !MptcpIsAny(MptcpGetHost(name));
    fork->Attach(connection, MptcpSubflow::Role::INITIAL, connection->m_nextSubflowId++);
    connection->m_subflows.push_back(fork);
    connection->m_version =
        capable ? static_cast<MptcpVersion>(capable->version) : connection->m_version;
    if (capable && connection->SetLocalKey())
    {
        fork->AcceptCapable(*capable);
    }
    else
    {
        connection->EnterFallback(fork,
                                  capable ? std::optional(MptcpMib::MPFallbackTokenInit)
                                          : std::nullopt);
    }
    connection->SetState(MptcpState::SYN_RCVD);
    connection->m_introduced = true;
    m_stack->NotifyConnectionCreated(connection);
    connection->m_subflowCreated(fork);
}

void
MptcpSocketBase::OnForkAddresses(Ptr<MptcpSubflow> fork,
                                 const Address& localName,
                                 const Address& peerName)
{
    if (fork->GetRole() == MptcpSubflow::Role::INITIAL)
    {
        m_localName = localName;
        m_peerName = peerName;
    }
}

bool
MptcpSocketBase::SetLocalKey()
{
    const auto key = m_stack->NewKey(m_version);
    if (!key)
    {
        return false;
    }
    m_localKey = *key;
    const MptcpKeyMaterial material = DeriveMptcpKey(m_localKey, m_version);
    m_localToken = material.token;
    m_localIdsn = material.idsn;
    m_localKeySet = m_stack->GetTokens().Insert(m_localToken, this);
    m_localTokenKnown = true;
    // MP_CAPABLE takes the IDSN itself (RFC 8684, section 3.1).
    m_sendQueue.Rebase(m_localIdsn + 1);
    m_sndEdge = m_localIdsn + 1;
    return true;
}

void
MptcpSocketBase::SetRemoteKey(uint64_t key)
{
    m_remoteKey = key;
    const MptcpKeyMaterial material = DeriveMptcpKey(key, m_version);
    m_remoteToken = material.token;
    m_remoteIdsn = material.idsn;
    m_keysKnown = true;
    m_receive.Reset(m_remoteIdsn + 1);
    m_dataAckTold = m_receive.GetNextDsn(); // implied by the handshake
    m_rcvEdge = m_remoteIdsn + 1 + m_rcvBufSize;
}

bool
MptcpSocketBase::MayFallback(bool asked) const
{
    // Only while DSN and SSN of the one subflow run in step (RFC 8684, section 3.7).
    if (m_fallback || m_joined || !m_inStep || m_subflows.empty())
    {
        return false;
    }
    // The peer has a second subflow as soon as the SYN/ACK of its join arrives. One that asks for
    // the fallback has none.
    const auto joined = [](const auto& subflow) { return subflow->MayPeerHaveJoined(); };
    if (!asked && std::any_of(m_subflows.begin(), m_subflows.end(), joined))
    {
        return false;
    }
    // Nor on a subflow that this host has closed before the end of its data: in plain TCP the FIN
    // would be that end.
    const Ptr<MptcpSubflow> only = m_subflows.front();
    if (only->IsClosing() && only->GetTcpState() != TcpSocket::CLOSE_WAIT && !m_dataFinSent)
    {
        return false;
    }
    return !m_keysKnown || only->IsInStep(m_receive.GetNextDsn() - m_remoteIdsn);
}

void
MptcpSocketBase::EnterFallback(Ptr<MptcpSubflow> subflow, std::optional<MptcpMib> reason)
{
    NS_LOG_FUNCTION(this);
    if (reason)
    {
        m_stack->GetCounters().Increment(*reason);
    }
    if (m_fallback)
    {
        return;
    }
    if (m_localKeySet)
    {
        m_stack->GetTokens().Remove(m_localToken);
        m_localKeySet = false;
    }
    if (!m_keysKnown)
    {
        m_remoteIdsn = 0;
        m_receive.Reset(1);
        m_rcvEdge = 1 + m_rcvBufSize;
    }
    if (!m_localTokenKnown)
    {
        m_localIdsn = 0;
        m_sendQueue.Rebase(1);
    }
    m_fallback = true;
    m_fallbackReason = reason;
    m_remoteToken = 0;
    m_toAnnounce.clear();
    CancelAnnouncements();
    m_pathManagerEvent.Cancel();
    subflow->EnterFallback();
    m_fellBack(subflow, reason ? std::string(MptcpCounters::GetName(*reason)) : std::string());
    // Joins in their handshake come too late.
    const auto subflows = m_subflows;
    for (const auto& other : subflows)
    {
        if (other != subflow)
        {
            // Let go of first: its end is not that of the connection.
            RemoveSubflow(other);
            other->ResetSubflow(MPTCP_RST_UNSPECIFIED);
            m_subflowClosed(other);
        }
    }
    // From now on the subflow's acknowledgments and its FIN are the connection's.
    if (m_dataFinSent)
    {
        // The peer waits for the FIN even if it has acknowledged the DATA_FIN. Not in the midst of
        // a segment, whose FIN would make stock TCP forget that it has closed.
        m_dataFinEvent.Cancel();
        m_dataFinEvent = Simulator::ScheduleNow(&MptcpSubflow::CloseSubflow, subflow);
    }
}

void
MptcpSocketBase::OnSubflowEstablished(Ptr<MptcpSubflow> subflow)
{
    NS_LOG_FUNCTION(this << subflow);
    if (!m_scheduler)
    {
        m_scheduler = MakePolicy<MptcpScheduler>(m_schedulerType,
                                                 "ns3::MptcpSocketBase::Scheduler",
                                                 *m_stack);
        m_coupling = CreateObject<MptcpCoupling>();
        m_stack->ApplyDefaults(m_coupling);
    }
    if (auto* coupled =
            dynamic_cast<MptcpCoupledController*>(PeekPointer(subflow->GetCongestionOps())))
    {
        coupled->SetCoupling(m_coupling);
        m_coupling->Add(subflow->GetTcb());
    }
    m_joined = m_joined || subflow->GetRole() == MptcpSubflow::Role::JOIN;
    subflow->GetCopyCursor() = m_sendQueue.GetUnacknowledged();
    const MptcpState state = m_state;
    // What waits for the peer's end after Close goes on waiting, and so does what waits for the
    // FINs of the subflows: one more subflow is no sign of either.
    const bool ending =
        m_closed && (state == MptcpState::FIN_WAIT_2 || state == MptcpState::LAST_ACK);
    if (!ending && state != MptcpState::TIME_WAIT)
    {
        m_closeEvent.Cancel();
    }
    if (!m_sendQueue.GetHead() && !IsDataFinPending())
    {
        m_aloneSince.reset(); // there is nothing by which it could prove itself
    }
    m_subflowEstablished(subflow);
    if (state == MptcpState::SYN_SENT || state == MptcpState::SYN_RCVD)
    {
        SetState(MptcpState::ESTABLISHED);
        if (!m_fallback || m_client)
        {
            // Linux: a server's connection that falls back is no MPTCP socket, a client's is.
            m_countedEstablished = true;
            m_stack->GetCounters().Increment(MptcpMib::MPCurrEstab);
        }
        if (!m_fallback)
        {
            // It admits joins from now on, and acts once joins are allowed.
            m_pathManager = MakePolicy<MptcpPathManager>(m_pathManagerType,
                                                         "ns3::MptcpSocketBase::PathManager",
                                                         *m_stack);
            m_createdFired = true;
            FireEvent(MptcpPmEventType::CREATED);
        }
        m_lastProgress = Simulator::Now();
        m_notifyConnected = m_client;
        m_notifyAccept = !m_client;
        m_notifySend = true;
    }
    else if (!m_fallback)
    {
        FireEvent(MptcpPmEventType::SUB_ESTABLISHED, subflow);
        SendRemoveAddr();
        ResumeAnnouncements();
        CallPathManager(MptcpPathEvent::SUBFLOW_ESTABLISHED, MakeSubject(subflow));
    }
    SchedulePush();
}

void
MptcpSocketBase::OnFullyEstablished()
{
    m_fullyEstablished = true;
    m_remotes.insert(m_remotes.begin(),
                     {0, MptcpGetHost(m_peerName), MptcpGetPort(m_peerName), !m_remoteDeniesJoin});
    FireEvent(MptcpPmEventType::ESTABLISHED);
    CallPathManager(MptcpPathEvent::ESTABLISHED);
}

void
MptcpSocketBase::RemoveSubflow(Ptr<MptcpSubflow> subflow)
{
    m_coupling ? m_coupling->Remove(subflow->GetTcb()) : void();
    std::erase(m_subflows, subflow);
    if (m_lastInput == subflow)
    {
        m_lastInput = nullptr;
    }
    m_sendQueue.ForgetSubflow(subflow->GetSubflowId());
    subflow->Detach();
}

void
MptcpSocketBase::OnSubflowClosed(Ptr<MptcpSubflow> subflow)
{
    NS_LOG_FUNCTION(this << subflow);
    if (std::find(m_subflows.begin(), m_subflows.end(), subflow) == m_subflows.end())
    {
        std::erase(m_joinListeners, subflow);
        subflow->Detach();
        return;
    }
    if (m_state == MptcpState::SYN_SENT && !m_finished)
    {
        OnConnectFailed(subflow);
        return;
    }
    const bool graceful =
        subflow->GetPhase() == MptcpSubflow::Phase::FALLBACK && m_peerFinished && m_dataFinAcked;
    subflow->TellClosing();
    LogEnd(subflow);
    const MptcpPathSubject subject = MakeSubject(subflow);
    RemoveSubflow(subflow);
    m_subflowClosed(subflow);
    if (m_finished)
    {
        return;
    }
    const MptcpState state = m_state;
    if (state == MptcpState::FASTCLOSE_WAIT)
    {
        if (m_subflows.empty())
        {
            Finish(m_errno != ERROR_NOTERROR);
        }
        return;
    }
    if (state == MptcpState::TIME_WAIT || state == MptcpState::LAST_ACK || graceful)
    {
        if (m_subflows.empty())
        {
            Finish(false);
        }
        return;
    }
    if (state == MptcpState::SYN_RCVD)
    {
        Finish(true);
        return;
    }
    if (m_fallback)
    {
        // The segment that closed the subflow may have acknowledged the last data as well.
        OnFallbackAck(subflow, subflow->GetPeerWindow());
        // Who has closed, or has read the end of the peer's stream, misses nothing.
        const bool over = m_closed || m_peerFinished;
        Finish(!(over && m_dataFinSent && m_sendQueue.GetSize() == 0));
        return;
    }
    WatchLastSubflow(nullptr);
    CallPathManager(MptcpPathEvent::SUBFLOW_CLOSED, subject);
    SchedulePush();
}

Time
MptcpSocketBase::GetCloseWait() const
{
    const Time timeout = m_stack->GetCloseTimeout();
    return m_subflows.empty() ? timeout : Max(timeout, LAST_PATIENCE);
}

void
MptcpSocketBase::WatchLastSubflow(Ptr<MptcpSubflow> leaving)
{
    // Attempts to join keep nothing alive, there may be new ones for ever; nor does a subflow that
    // we have closed and the peer has not.
    const bool alone =
        std::all_of(m_subflows.begin(), m_subflows.end(), [&leaving](const auto& other) {
            return other == leaving || other->IsClosing() ||
                   other->GetPhase() == MptcpSubflow::Phase::HANDSHAKE ||
                   other->GetPhase() == MptcpSubflow::Phase::PRE_ESTABLISHED;
        });
    // Break before make: a new subflow may come (RFC 8684, section 3.3.3).
    const Time wait = GetCloseWait();
    const bool ending = m_closed && m_state == MptcpState::FIN_WAIT_2; // has a timer of its own
    if (!alone)
    {
        return;
    }
    // A subflow that was established and ended without having moved any data does not begin the
    // wait anew: such ones may follow each other for ever, where a middlebox removes the options of
    // all that follows the handshake.
    m_aloneSince = m_aloneSince.value_or(Simulator::Now());
    const Time left = Max(*m_aloneSince + wait - Simulator::Now(), Time());
    if (m_closeEvent.IsExpired() || (!ending && Simulator::GetDelayLeft(m_closeEvent) > left))
    {
        StartTimer(m_closeEvent, left, &MptcpSocketBase::CloseTimeout);
    }
}

void
MptcpSocketBase::RetryLowerVersion(Ptr<MptcpSubflow> subflow)
{
    NS_LOG_FUNCTION(this);
    m_stack->SetPeerVersion(MptcpGetHost(m_peerName), m_stack->GetLowestVersion());
    m_stack->GetTokens().Remove(m_localToken);
    m_localKeySet = false;
    RemoveSubflow(subflow);
    m_subflowClosed(subflow);
    Later(Time(), &MptcpSocketBase::ConnectAgain);
}

void
MptcpSocketBase::ConnectAgain()
{
    if (!m_finished && ConnectInitial() != 0)
    {
        FailConnect();
    }
}

void
MptcpSocketBase::OnConnectFailed(Ptr<MptcpSubflow> subflow)
{
    if (m_state != MptcpState::SYN_SENT)
    {
        OnSubflowClosed(subflow);
        return;
    }
    LogEnd(subflow);
    RemoveSubflow(subflow);
    m_subflowClosed(subflow);
    m_errno = ERROR_NOTCONN;
    FailConnect();
}

void
MptcpSocketBase::FailConnect()
{
    ForgetConnection();
    m_notifyEnd = End::CONNECT_FAILED;
}

} // namespace ns3
