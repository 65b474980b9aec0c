/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/abort.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
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

/// Transmissions of an ADD_ADDR without echo (Linux: 3 retransmissions).
constexpr uint32_t ADD_ADDR_TRANSMISSIONS = 4;

/**
 * Make a policy that the user named.
 *
 * @tparam T base class of the policy
 * @param type what the user named
 * @param attribute where he did
 * @return the policy
 */
template <typename T>
Ptr<T>
MakePolicy(const TypeId& type, const char* attribute)
{
    // Not by the TypeId's parent: up to ns-3.42 that of ns3::TcpCubic is not TcpCongestionOps.
    Ptr<T> policy;
    if (type.HasConstructor())
    {
        ObjectFactory factory;
        factory.SetTypeId(type);
        policy = DynamicCast<T>(factory.Create());
    }
    NS_ABORT_MSG_UNLESS(policy,
                        attribute << ": " << type.GetName() << " is not a "
                                  << T::GetTypeId().GetName() << " that can be created");
    return policy;
}

/**
 * @param name InetSocketAddress or Inet6SocketAddress
 * @return its Ipv4Address or Ipv6Address
 */
Address
GetHost(const Address& name)
{
    return InetSocketAddress::IsMatchingType(name)
               ? Address(InetSocketAddress::ConvertFrom(name).GetIpv4())
               : Address(Inet6SocketAddress::ConvertFrom(name).GetIpv6());
}

/**
 * @param name InetSocketAddress or Inet6SocketAddress
 * @return its port
 */
uint16_t
GetPort(const Address& name)
{
    return InetSocketAddress::IsMatchingType(name)
               ? InetSocketAddress::ConvertFrom(name).GetPort()
               : Inet6SocketAddress::ConvertFrom(name).GetPort();
}

/**
 * @param host Ipv4Address or Ipv6Address
 * @param port port
 * @return InetSocketAddress or Inet6SocketAddress
 */
Address
MakeName(const Address& host, uint16_t port)
{
    if (Ipv4Address::IsMatchingType(host))
    {
        return InetSocketAddress(Ipv4Address::ConvertFrom(host), port);
    }
    return Inet6SocketAddress(Ipv6Address::ConvertFrom(host), port);
}

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
    subflow->SetCongestionControlAlgorithm(
        MakePolicy<TcpCongestionOps>(m_congestionType, "ns3::MptcpSocketBase::CongestionControl"));
    subflow->SetRecoveryAlgorithm(recovery.Create<TcpRecoveryOps>());
    subflow->Attach(this, role, 0);
    subflow->Configure();
    if (GetBoundNetDevice())
    {
        subflow->BindToNetDevice(GetBoundNetDevice());
    }
    return subflow;
}

void
MptcpSocketBase::CopySettings(const MptcpSocketBase& other)
{
    m_schedulerType = other.m_schedulerType;
    m_pathManagerType = other.m_pathManagerType;
    m_congestionType = other.m_congestionType;
    m_sndBufSize = other.m_sndBufSize;
    m_rcvBufSize = other.m_rcvBufSize;
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
    SetIpTos(other.GetIpTos());
    SetPriority(other.GetPriority());
}

void
MptcpSocketBase::MakeFork(Ptr<MptcpSubflow> fork, const std::optional<MptcpCapable>& capable)
{
    Ptr<MptcpSocketBase> connection = CreateObject<MptcpSocketBase>();
    connection->SetStack(m_stack, m_tcp);
    connection->CopySettings(*this);
    connection->m_listener = this;
    Address name;
    m_initial->GetSockName(name);
    const Address host = GetHost(name);
    connection->m_listenerIsSpecific =
        host != Address(Ipv4Address::GetAny()) && host != Address(Ipv6Address::GetAny());
    fork->Attach(connection, MptcpSubflow::Role::INITIAL, connection->m_nextSubflowId++);
    connection->m_subflows.push_back(fork);
    if (capable)
    {
        connection->SetLocalKey();
        fork->AcceptCapable(*capable);
    }
    else
    {
        connection->EnterFallback(fork);
    }
    connection->SetState(MptcpState::SYN_RCVD);
    m_stack->NotifyConnectionCreated(connection);
    connection->m_subflowCreated(fork);
}

void
MptcpSocketBase::OnForkAddresses(Ptr<MptcpSubflow> fork,
                                 const Address& /* local */,
                                 const Address& localName,
                                 const Address& peerName)
{
    if (fork->GetRole() == MptcpSubflow::Role::INITIAL)
    {
        m_localName = localName;
        m_peerName = peerName;
    }
}

void
MptcpSocketBase::SetLocalKey()
{
    m_localKey = m_stack->NewKey(m_version);
    const MptcpKeyMaterial material = DeriveMptcpKey(m_localKey, m_version);
    m_localToken = material.token;
    m_localIdsn = material.idsn;
    m_localKeySet = m_stack->GetTokens().Insert(m_localToken, this);
    // MP_CAPABLE takes the IDSN itself (RFC 8684, section 3.1).
    m_sendQueue.Reset(m_localIdsn + 1);
    m_sndEdge = m_localIdsn + 1;
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
    m_rcvEdge = m_remoteIdsn + 1 + m_rcvBufSize;
}

bool
MptcpSocketBase::MayFallback() const
{
    // Only while DSN and SSN of the one subflow still run in step (RFC 8684, section 3.7).
    return !m_fallback && m_subflows.size() == 1 && m_nextSubflowId == 1;
}

void
MptcpSocketBase::EnterFallback(Ptr<MptcpSubflow> subflow)
{
    NS_LOG_FUNCTION(this);
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
    if (m_sendQueue.GetTail() == 0)
    {
        m_localIdsn = 0;
        m_sendQueue.Reset(1);
    }
    m_fallback = true;
    m_checksum = false;
    m_remoteToken = 0;
    subflow->EnterFallback();
    // From now on the subflow's acknowledgments and its FIN are the connection's.
    if (m_dataFinSent && !m_dataFinAcked)
    {
        m_dataFinEvent.Cancel();
        subflow->CloseSubflow();
    }
}

void
MptcpSocketBase::OnSubflowEstablished(Ptr<MptcpSubflow> subflow)
{
    NS_LOG_FUNCTION(this << subflow);
    if (!m_scheduler)
    {
        m_scheduler =
            MakePolicy<MptcpScheduler>(m_schedulerType, "ns3::MptcpSocketBase::Scheduler");
        m_coupling = Create<MptcpCoupling>();
    }
    if (const auto coupled = DynamicCast<MptcpCoupledOps>(subflow->GetCongestionOps()))
    {
        coupled->SetCoupling(m_coupling);
        m_coupling->Add(subflow->GetTcb());
    }
    m_closeEvent.Cancel();
    m_subflowEstablished(subflow);
    const MptcpState state = m_state;
    if (state == MptcpState::SYN_SENT || state == MptcpState::SYN_RCVD)
    {
        SetState(MptcpState::ESTABLISHED);
        if (!m_fallback)
        {
            m_countedEstablished = true;
            m_stack->GetCounters().Increment(MptcpMib::MPCurrEstab);
        }
        m_lastProgress = Simulator::Now();
        if (m_client)
        {
            NotifyConnectionSucceeded();
            m_notifySend = true;
            FlushNotifications();
        }
        else
        {
            m_notifyAccept = true;
            m_notifySend = true;
        }
    }
    else if (!m_fallback)
    {
        CallPathManager(MptcpPathEvent::SUBFLOW_ESTABLISHED);
    }
    SchedulePush();
}

void
MptcpSocketBase::OnFullyEstablished()
{
    m_fullyEstablished = true;
    m_pathManager =
        MakePolicy<MptcpPathManager>(m_pathManagerType, "ns3::MptcpSocketBase::PathManager");
    m_remotes.insert(m_remotes.begin(),
                     {0, GetHost(m_peerName), GetPort(m_peerName), !m_remoteDeniesJoin});
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
    Ptr<MptcpSocketBase> self(this);
    if (std::find(m_subflows.begin(), m_subflows.end(), subflow) == m_subflows.end())
    {
        std::erase(m_joinListeners, subflow);
        subflow->Detach();
        return;
    }
    const bool graceful =
        subflow->GetPhase() == MptcpSubflow::Phase::FALLBACK && m_peerFinished && m_dataFinAcked;
    RemoveSubflow(subflow);
    m_subflowClosed(subflow);
    if (m_finished)
    {
        return;
    }
    const MptcpState state = m_state;
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
        Finish(!(m_dataFinSent && m_sendQueue.GetSize() == 0));
        return;
    }
    if (m_subflows.empty() && m_closeEvent.IsExpired())
    {
        // Break before make: a new subflow may come (RFC 8684, section 3.3.3).
        m_closeEvent =
            Simulator::Schedule(m_stack->GetCloseTimeout(), &MptcpSocketBase::CloseTimeout, this);
    }
    CallPathManager(MptcpPathEvent::SUBFLOW_CLOSED);
    SchedulePush();
}

void
MptcpSocketBase::OnConnectFailed(Ptr<MptcpSubflow> subflow)
{
    Ptr<MptcpSocketBase> self(this);
    if (m_state != MptcpState::SYN_SENT)
    {
        OnSubflowClosed(subflow);
        return;
    }
    RemoveSubflow(subflow);
    m_finished = true;
    m_errno = ERROR_NOTCONN;
    SetState(MptcpState::CLOSED);
    NotifyConnectionFailed();
}

bool
MptcpSocketBase::AcceptsJoin(const MptcpJoinSyn& /* join */) const
{
    const MptcpState state = m_state;
    // Identifiers are one octet, so a connection has at most 255 subflows in its life.
    return m_keysKnown && !m_fallback && m_nextSubflowId < 255 &&
           (state == MptcpState::ESTABLISHED || state == MptcpState::CLOSE_WAIT ||
            state == MptcpState::FIN_WAIT_1 || state == MptcpState::FIN_WAIT_2 ||
            state == MptcpState::CLOSING);
}

void
MptcpSocketBase::AdoptJoin(Ptr<MptcpSubflow> fork, const MptcpJoinSyn& join)
{
    fork->SetCongestionControlAlgorithm(
        MakePolicy<TcpCongestionOps>(m_congestionType, "ns3::MptcpSocketBase::CongestionControl"));
    fork->Attach(this, MptcpSubflow::Role::JOIN, m_nextSubflowId++);
    fork->AcceptJoin(join);
    m_subflows.push_back(fork);
    m_subflowCreated(fork);
}

MptcpPathView
MptcpSocketBase::MakePathView() const
{
    MptcpPathView view;
    view.client = m_client;
    const Address initial = GetHost(m_localName);
    for (MptcpLocalAddress local : m_stack->GetLocalAddresses())
    {
        if (local.address == initial)
        {
            local.id = 0;
            view.locals.insert(view.locals.begin(), local);
        }
        else
        {
            view.locals.push_back(local);
        }
    }
    view.remotes = m_remotes;
    for (const auto& subflow : m_subflows)
    {
        const bool established = subflow->GetPhase() == MptcpSubflow::Phase::ESTABLISHED;
        view.subflows.push_back({subflow->GetSubflowId(),
                                 subflow->GetLocalAddressId(),
                                 subflow->GetRemoteAddressId(),
                                 established,
                                 subflow->IsLocallyOpened()});
    }
    view.announced = m_announced;
    return view;
}

void
MptcpSocketBase::CallPathManager(MptcpPathEvent event)
{
    const MptcpState state = m_state;
    if (!m_pathManager || m_fallback || m_finished || state == MptcpState::TIME_WAIT)
    {
        return;
    }
    const MptcpPathActions actions = m_pathManager->Decide(MakePathView(), event);
    for (const uint8_t id : actions.announce)
    {
        m_announced.push_back(id);
        m_toAnnounce.push_back(id);
    }
    if (!m_toAnnounce.empty() && !m_announcing)
    {
        Announce(m_toAnnounce.front());
    }
    for (const auto& create : actions.create)
    {
        OpenSubflow(create);
    }
    for (const uint8_t id : actions.destroy)
    {
        for (const auto& subflow : m_subflows)
        {
            if (subflow->GetSubflowId() == id)
            {
                subflow->CloseSubflow();
            }
        }
    }
    if (actions.callAgain.IsStrictlyPositive())
    {
        m_pathManagerEvent.Cancel();
        m_pathManagerEvent = Simulator::Schedule(actions.callAgain,
                                                 &MptcpSocketBase::CallPathManager,
                                                 this,
                                                 MptcpPathEvent::TIMER);
    }
}

void
MptcpSocketBase::OpenSubflow(const MptcpPathActions::Create& create)
{
    const MptcpPathView view = MakePathView();
    const auto local = std::find_if(view.locals.begin(), view.locals.end(), [&](const auto& l) {
        return l.id == create.localId;
    });
    const auto remote = std::find_if(view.remotes.begin(), view.remotes.end(), [&](const auto& r) {
        return r.id == create.remoteId;
    });
    if (local == view.locals.end() || remote == view.remotes.end() || m_nextSubflowId == 255)
    {
        return;
    }
    MptcpCounters& mib = m_stack->GetCounters();
    // Leave by the interface that holds the address, as Linux hosts do with source routing.
    const Ptr<NetDevice> device = m_stack->FindDevice(local->address);
    if (!device || !m_stack->HasRoute(device, remote->address))
    {
        mib.Increment(MptcpMib::MPJoinSynTxConnectErr);
        // Missing in the next view: the path manager takes that for a failure.
        Simulator::ScheduleNow(&MptcpSocketBase::CallPathManager,
                               Ptr<MptcpSocketBase>(this),
                               MptcpPathEvent::SUBFLOW_CLOSED);
        return;
    }
    Ptr<MptcpSubflow> subflow = CreateSubflow(MptcpSubflow::Role::JOIN);
    subflow->Attach(this, MptcpSubflow::Role::JOIN, m_nextSubflowId++);
    subflow->SetAddressIds(local->id, remote->id);
    subflow->SetBackup(create.backup);
    subflow->SetLocalNonce(m_stack->NewNonce());
    m_subflows.push_back(subflow);
    m_subflowCreated(subflow);
    bool opened = subflow->Bind(MakeName(local->address, 0)) == 0;
    if (!opened)
    {
        mib.Increment(MptcpMib::MPJoinSynTxBindErr);
    }
    else
    {
        subflow->BindToNetDevice(device);
        subflow->SetSourceAddress(local->address);
        opened = subflow->Connect(MakeName(remote->address, remote->port)) == 0;
        if (!opened)
        {
            mib.Increment(MptcpMib::MPJoinSynTxConnectErr);
        }
    }
    if (!opened)
    {
        // Asked for again when this call of the path manager is over.
        Simulator::ScheduleNow(&MptcpSocketBase::OnSubflowClosed,
                               Ptr<MptcpSocketBase>(this),
                               subflow);
    }
}

void
MptcpSocketBase::Announce(uint8_t localId)
{
    const MptcpPathView view = MakePathView();
    const auto local = std::find_if(view.locals.begin(), view.locals.end(), [&](const auto& l) {
        return l.id == localId;
    });
    std::erase(m_toAnnounce, localId);
    if (local == view.locals.end())
    {
        return;
    }
    MptcpAddAddr option;
    option.addressId = localId;
    option.ipv6 = Ipv6Address::IsMatchingType(local->address);
    local->address.CopyTo(option.address.data());
    option.hmac = MptcpAddAddrHmac(m_localKey, m_remoteKey, option);
    ListenForJoins(local->address);
    m_announcing = option;
    m_announceRetries = 0;
    AnnounceTimeout();
}

void
MptcpSocketBase::AnnounceTimeout()
{
    const Ptr<MptcpSubflow> subflow = PickForControl();
    if (m_announceRetries == ADD_ADDR_TRANSMISSIONS || !m_announcing)
    {
        m_announcing.reset();
        if (!m_toAnnounce.empty())
        {
            Announce(m_toAnnounce.front());
        }
        return;
    }
    Time wait = m_stack->GetAddAddrTimeout();
    if (subflow)
    {
        m_stack->GetCounters().Increment(MptcpMib::AddAddrTx);
        subflow->SendOption(*m_announcing);
        // As Linux: the retransmission timeout of the subflows, doubled each time.
        wait = std::min(wait, subflow->GetRto() * (1 << m_announceRetries));
    }
    ++m_announceRetries;
    if (wait.IsZero())
    {
        m_announceRetries = ADD_ADDR_TRANSMISSIONS;
    }
    m_announceEvent.Cancel();
    m_announceEvent = Simulator::Schedule(wait, &MptcpSocketBase::AnnounceTimeout, this);
}

void
MptcpSocketBase::OnAddAddr(Ptr<MptcpSubflow> subflow, const MptcpAddAddr& option)
{
    MptcpCounters& mib = m_stack->GetCounters();
    if (option.echo)
    {
        mib.Increment(MptcpMib::EchoAdd);
        if (m_announcing && m_announcing->addressId == option.addressId &&
            m_announcing->address == option.address && m_announcing->port == option.port)
        {
            m_announcing.reset();
            m_announceEvent.Cancel();
            if (!m_toAnnounce.empty())
            {
                Announce(m_toAnnounce.front());
            }
        }
        return;
    }
    // Without the keys nobody can announce (RFC 8684, section 3.4.1).
    if (!m_keysKnown || option.hmac != MptcpAddAddrHmac(m_remoteKey, m_localKey, option))
    {
        mib.Increment(MptcpMib::AddAddrDrop);
        return;
    }
    mib.Increment(MptcpMib::AddAddr);
    if (option.port)
    {
        mib.Increment(MptcpMib::PortAdd);
    }
    MptcpAddAddr echo = option;
    echo.echo = true;
    echo.hmac.reset();
    mib.Increment(MptcpMib::EchoAddTx);
    subflow->SendOption(echo);
    MptcpRemoteAddress remote;
    remote.id = option.addressId;
    remote.port = option.port.value_or(GetPort(m_peerName));
    if (option.ipv6)
    {
        remote.address = Ipv6Address::Deserialize(option.address.data());
    }
    else
    {
        remote.address = Ipv4Address::Deserialize(option.address.data());
    }
    std::erase_if(m_remotes, [&](const auto& r) { return r.id == remote.id && r.id != 0; });
    const bool known = std::any_of(m_remotes.begin(), m_remotes.end(), [&](const auto& r) {
        return r.address == remote.address && r.port == remote.port;
    });
    if (known || remote.id == 0)
    {
        return;
    }
    m_remotes.push_back(remote);
    CallPathManager(MptcpPathEvent::REMOTE_ADDED);
}

void
MptcpSocketBase::OnRemoveAddr(const MptcpRemoveAddr& option)
{
    Ptr<MptcpSocketBase> self(this);
    for (const uint8_t id : option.addressIds)
    {
        m_stack->GetCounters().Increment(MptcpMib::RmAddr);
        std::erase_if(m_remotes, [id](const auto& r) { return r.id == id; });
        const auto subflows = m_subflows;
        for (const auto& subflow : subflows)
        {
            if (subflow->GetRemoteAddressId() == id)
            {
                m_stack->GetCounters().Increment(MptcpMib::RmSubflow);
                m_sendQueue.MarkReinject(subflow->GetSubflowId());
                subflow->CloseSubflow();
            }
        }
    }
    CallPathManager(MptcpPathEvent::REMOTE_REMOVED);
    SchedulePush();
}

void
MptcpSocketBase::ListenForJoins(const Address& address)
{
    // An application's listener on the wildcard address of this family serves joins as well.
    const bool sameFamily =
        Ipv4Address::IsMatchingType(address) == InetSocketAddress::IsMatchingType(m_localName);
    if (!m_client && sameFamily && !m_listenerIsSpecific)
    {
        return;
    }
    Ptr<MptcpSubflow> listener = CreateSubflow(MptcpSubflow::Role::LISTENER);
    if (listener->Bind(MakeName(address, GetPort(m_localName))) != 0 || listener->Listen() != 0)
    {
        listener->Detach(); // somebody listens there already
        return;
    }
    m_joinListeners.push_back(listener);
}

} // namespace ns3
