/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address.h"
#include "mptcp-notice.h"
#include "mptcp-policy.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/tcp-congestion-ops.h"

#include <algorithm>
#include <bitset>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpPm");

namespace
{

/**
 * @param subflow a subflow
 * @return what a path manager may know of it
 */
MptcpPathSubflow
MakePathSubflow(const MptcpSubflow& subflow)
{
    MptcpPathSubflow view;
    view.id = subflow.GetSubflowId();
    view.localId = subflow.GetLocalAddressId();
    view.remoteId = subflow.GetRemoteAddressId();
    view.established = subflow.GetPhase() == MptcpSubflow::Phase::ESTABLISHED;
    view.local = subflow.IsLocallyOpened();
    view.initial = subflow.GetRole() == MptcpSubflow::Role::INITIAL;
    view.closing = subflow.IsClosing();
    if (!subflow.GetLocalName().IsInvalid())
    {
        view.localAddress = MptcpGetHost(subflow.GetLocalName());
        view.localPort = MptcpGetPort(subflow.GetLocalName());
        view.remoteAddress = MptcpGetHost(subflow.GetRemoteName());
        view.remotePort = MptcpGetPort(subflow.GetRemoteName());
    }
    return view;
}

} // namespace

// ---- Joins of the peer ----

bool
MptcpSocketBase::AcceptsJoin(const MptcpJoinSyn& /* join */) const
{
    const MptcpState state = m_state;
    return m_keysKnown && !m_fallback && HasSubflowRoom() &&
           (state == MptcpState::ESTABLISHED || state == MptcpState::CLOSE_WAIT ||
            state == MptcpState::FIN_WAIT_1 || state == MptcpState::FIN_WAIT_2 ||
            state == MptcpState::CLOSING);
}

bool
MptcpSocketBase::AcceptsPort(uint16_t port) const
{
    // As Linux: a port other than the connection's must have been announced. The others follow
    // RFC 8684, section 3.2: the token decides, not the port.
    return port == MptcpGetPort(m_localName) || !UsesEndpoints() ||
           std::any_of(m_announced.begin(), m_announced.end(), [port](const auto& announced) {
               return announced.port == port;
           });
}

bool
MptcpSocketBase::AcceptsSubflow(const Ptr<MptcpSubflow>& fork) const
{
    if (!m_pathManager)
    {
        return true;
    }
    MptcpPathView view = MakePathView();
    std::erase_if(view.subflows,
                  [&](const auto& subflow) { return subflow.id == fork->GetSubflowId(); });
    return m_pathManager->AcceptsSubflow(view);
}

void
MptcpSocketBase::AdoptJoin(Ptr<MptcpSubflow> fork, const MptcpJoinSyn& join)
{
    const Entry entry(this);
    GiveController(fork, m_nextSubflowId);
    fork->Attach(this, MptcpSubflow::Role::JOIN, m_nextSubflowId++);
    fork->AcceptJoin(join);
    m_subflows.push_back(fork);
    m_subflowCreated(fork);
}

// ---- What the path manager sees ----

bool
MptcpSocketBase::UsesEndpoints() const
{
    return m_pathManager && m_pathManager->UsesEndpoints();
}

uint8_t
MptcpSocketBase::GetLocalId(const Address& address, uint16_t port)
{
    if (address == MptcpGetHost(m_localName))
    {
        return 0; // the initial subflow's address (RFC 8684, section 3.2)
    }
    if (!UsesEndpoints())
    {
        return m_stack->GetAddressId(address);
    }
    if (!m_pathManager->IsUserDriven())
    {
        return m_stack->GetEndpoints().GetOrMake(address, port);
    }
    std::bitset<256> used;
    used.set(0);
    uint8_t otherPort = 0;
    for (const MptcpEndpoint& known : m_userAddresses)
    {
        if (known.address == address && known.port == port)
        {
            return known.id;
        }
        otherPort = known.address == address && otherPort == 0 ? known.id : otherPort;
        used.set(known.id);
    }
    if (otherPort != 0)
    {
        return otherPort;
    }
    if (used.all())
    {
        return 0;
    }
    uint8_t id = 1;
    while (used.test(id))
    {
        ++id;
    }
    m_userAddresses.push_back({.id = id, .address = address});
    return id;
}

std::optional<uint8_t>
MptcpSocketBase::FindLocalId(const Address& address) const
{
    if (address == MptcpGetHost(m_localName))
    {
        return 0;
    }
    if (!UsesEndpoints())
    {
        return m_stack->GetAddressId(address);
    }
    const auto endpoint = m_stack->GetEndpoints().FindAddress(address, 0);
    return endpoint ? std::optional(endpoint->id) : std::nullopt;
}

bool
MptcpSocketBase::IsBackupAddress(const Address& address, uint16_t port) const
{
    if (!UsesEndpoints() || m_pathManager->IsUserDriven())
    {
        return false;
    }
    const auto endpoint = m_stack->GetEndpoints().FindAddress(address, port);
    return endpoint && (endpoint->flags & MPTCP_ENDPOINT_BACKUP);
}

MptcpPathView
MptcpSocketBase::MakePathView() const
{
    MptcpPathView view;
    view.client = m_client;
    view.initialLocal = MptcpGetHost(m_localName);
    view.initialLocalPort = MptcpGetPort(m_localName);
    view.initialRemote = MptcpGetHost(m_peerName);
    view.initialRemotePort = MptcpGetPort(m_peerName);
    view.initialDenied = m_remoteDeniesJoin;
    view.observed = m_stack->HasPmListener();
    if (UsesEndpoints())
    {
        view.endpoints = m_stack->GetEndpoints().GetAll();
        view.limits = m_stack->GetEndpoints().GetLimits();
    }
    else
    {
        for (MptcpLocalAddress local : m_stack->GetLocalAddresses())
        {
            if (!AllowsLocal(local.address, local.ifIndex))
            {
                continue; // RFC 6897, section 5.3.3
            }
            if (local.address == view.initialLocal)
            {
                local.id = 0;
                view.locals.insert(view.locals.begin(), local);
            }
            else
            {
                view.locals.push_back(local);
            }
        }
    }
    view.remotes = m_remotes;
    for (const auto& subflow : m_subflows)
    {
        view.subflows.push_back(MakePathSubflow(*subflow));
    }
    for (const auto& announced : m_announced)
    {
        view.announced.push_back(announced.id);
    }
    for (const auto& announce : m_toAnnounce)
    {
        view.announced.push_back(announce.id);
    }
    return view;
}

MptcpPathSubject
MptcpSocketBase::MakeSubject(const Ptr<MptcpSubflow>& subflow) const
{
    MptcpPathSubject subject;
    subject.subflow = MakePathSubflow(*subflow);
    const auto& reset = subflow->GetResetReceived();
    subject.refused = subflow->GetLocalName().IsInvalid();
    subject.permanent = reset && !(reset->flags & MPTCP_RST_FLAG_T);
    return subject;
}

void
MptcpSocketBase::CallPathManager(MptcpPathEvent event, const MptcpPathSubject& subject)
{
    if (event == MptcpPathEvent::ESTABLISHED)
    {
        m_pathEvents.emplace_front(event, subject); // an ADD_ADDR may have been faster
    }
    else if (m_fullyEstablished || event == MptcpPathEvent::REMOTE_ADDED)
    {
        if (!m_fullyEstablished)
        {
            // They wait: of a peer that announces without end the last word on each identifier.
            m_pathEvents.EraseIf([&subject](const auto& waiting) {
                return waiting.second.remote.id == subject.remote.id;
            });
        }
        // What one answer causes at once is told after the whole answer has been carried out.
        m_pathEvents.emplace_back(event, subject);
    }
    if (m_inPathManager || !m_fullyEstablished)
    {
        return;
    }
    m_inPathManager = true;
    while (!m_pathEvents.empty())
    {
        const auto [next, about] = m_pathEvents.front();
        m_pathEvents.pop_front();
        RunPathManager(next, about);
    }
    m_pathEvents.clear(); // an event is large
    m_inPathManager = false;
}

void
MptcpSocketBase::PathManagerTimeout()
{
    m_pathManagerDue.reset();
    m_active = false;
    CallPathManager(MptcpPathEvent::TIMER);
}

void
MptcpSocketBase::AwaitPathManager()
{
    // Attempts without end would keep a simulation alive that has nothing else to do. A connection
    // that has lost its last subflow ends by a timer of its own, and data by its retransmissions.
    const bool idle = !m_active && m_sendQueue.GetSize() == 0 && !m_aloneSince;
    if (m_retriesOnly && idle)
    {
        m_pathManagerEvent.Cancel();
        return;
    }
    StartTimer(m_pathManagerEvent,
               Max(*m_pathManagerDue - Simulator::Now(), Time()),
               &MptcpSocketBase::PathManagerTimeout);
}

void
MptcpSocketBase::NoteActivity()
{
    if (!std::exchange(m_active, true) && m_pathManagerDue && m_pathManagerEvent.IsExpired())
    {
        AwaitPathManager();
    }
}

void
MptcpSocketBase::RunPathManager(MptcpPathEvent event, const MptcpPathSubject& subject)
{
    const MptcpState state = m_state;
    if (!m_pathManager || m_fallback || m_finished || state == MptcpState::TIME_WAIT ||
        state == MptcpState::FASTCLOSE_WAIT || !MayOpenSubflows())
    {
        return;
    }
    MptcpPathView view = MakePathView();
    view.subject = subject;
    const MptcpPathActions actions = m_pathManager->Decide(view, event);
    const auto find = [this](uint32_t id) {
        const auto it = std::find_if(m_subflows.begin(), m_subflows.end(), [id](const auto& s) {
            return s->GetSubflowId() == id;
        });
        return it == m_subflows.end() ? nullptr : *it;
    };
    Withdraw(actions.remove);
    for (const auto& announce : actions.announce)
    {
        // One after the other (RFC 8684, section 3.4.1); a path manager of Linux waits by itself.
        const bool busy = !m_toAnnounce.empty() || (!m_announcements.empty() && !UsesEndpoints());
        busy ? m_toAnnounce.push_back(announce) : Announce(announce);
    }
    for (const auto& priority : actions.priority)
    {
        if (const Ptr<MptcpSubflow> subflow = find(priority.subflowId))
        {
            SetSubflowBackup(subflow, priority.backup);
        }
    }
    for (const uint32_t id : actions.destroy)
    {
        if (const Ptr<MptcpSubflow> subflow = find(id))
        {
            DestroySubflow(subflow);
        }
    }
    for (const auto& create : actions.create)
    {
        OpenSubflow(create, true);
    }
    if (actions.callAgain.IsStrictlyPositive() && !m_finished)
    {
        m_pathManagerDue = Simulator::Now() + actions.callAgain;
        m_retriesOnly = actions.whenActive;
        AwaitPathManager();
    }
}

// ---- Subflows ----

namespace
{

/** @param fault counter of a subflow that could not be opened @return why, for people */
std::string
ExplainFault(MptcpMib fault)
{
    return fault == MptcpMib::MPJoinSynTxCreatSkErr
               ? "the connection may have no more subflows"
               : "this host no longer has the address, or the application does not allow it";
}

} // namespace

std::string
MptcpSocketBase::OpenSubflow(const MptcpPathActions::Create& create, bool planned)
{
    if (m_state == MptcpState::FASTCLOSE_WAIT || m_state == MptcpState::TIME_WAIT)
    {
        return "subflow: the connection is ending";
    }
    MptcpLocalAddress local{create.localId, create.localAddress};
    MptcpRemoteAddress remote{create.remoteId, create.remoteAddress, create.remotePort};
    for (const MptcpRemoteAddress& known : m_remotes)
    {
        if (known.id == remote.id &&
            (remote.address.IsInvalid() || known.address == remote.address))
        {
            remote.address = known.address;
            remote.port = remote.port ? remote.port : known.port;
        }
    }
    if (!create.anyLocal && local.address.IsInvalid())
    {
        const MptcpPathView view = MakePathView();
        const auto it = std::find_if(view.locals.begin(), view.locals.end(), [&](const auto& l) {
            return l.id == create.localId;
        });
        local = it == view.locals.end() ? local : *it;
    }
    if (remote.address.IsInvalid() || (!create.anyLocal && local.address.IsInvalid()))
    {
        return "subflow: no such address";
    }
    remote.port = remote.port ? remote.port : MptcpGetPort(m_peerName);
    bool backup = create.backup;
    MptcpMib fault = MptcpMib::COUNT;
    if (!HasSubflowRoom())
    {
        fault = MptcpMib::MPJoinSynTxCreatSkErr;
        if (m_subflows.size() >= MPTCP_MAX_SUBFLOWS)
        {
            MptcpNotice::Tell("a connection has at most " + std::to_string(MPTCP_MAX_SUBFLOWS) +
                              " subflows at a time: no more are opened");
        }
    }
    else if (create.anyLocal)
    {
        local.address = m_stack->FindSource(remote.address);
        local.id = local.address.IsInvalid() ? 0 : GetLocalId(local.address, 0);
        backup = !local.address.IsInvalid() && IsBackupAddress(local.address, 0);
        if (local.id == 0 && local.address != MptcpGetHost(m_localName))
        {
            fault = MptcpMib::MPJoinSynTxConnectErr; // no route, or no identifier left
        }
    }
    // Leave by the interface that holds the address, as Linux hosts do with source routing.
    Ptr<NetDevice> device;
    const bool named = create.ifIndex > 0 && create.ifIndex <= m_node->GetNDevices();
    if (fault == MptcpMib::COUNT)
    {
        device = m_stack->FindDevice(local.address);
        const bool allowed = device && AllowsLocal(local.address, device->GetIfIndex());
        fault = allowed ? fault : MptcpMib::MPJoinSynTxBindErr;
        device = device && named ? m_node->GetDevice(create.ifIndex - 1) : device;
        if (device && !named && UsesEndpoints() && !m_stack->HasRoute(device, remote.address))
        {
            device = nullptr; // by the destination, as Linux hosts do without source routing
        }
        if (fault == MptcpMib::COUNT && !m_stack->HasRoute(device, remote.address))
        {
            fault = MptcpMib::MPJoinSynTxConnectErr;
        }
    }
    if (fault != MptcpMib::COUNT)
    {
        m_stack->GetCounters().Increment(fault);
        // Missing in the next view: the path manager takes that for a failure.
        MptcpPathSubject subject;
        subject.subflow.localId = create.localId;
        subject.subflow.remoteId = create.remoteId;
        subject.refused = true;
        // A missing route can be looked up at any time, and most idle connections have pairs of
        // addresses without one.
        if (!local.address.IsInvalid() && fault != MptcpMib::MPJoinSynTxConnectErr)
        {
            m_pathLog.Fail(local.address, remote.address, ExplainFault(fault));
        }
        planned ? CallPathManagerLater(MptcpPathEvent::SUBFLOW_CLOSED, subject) : void();
        return "subflow: the local address or a route to the remote one is missing, or the "
               "connection may have no more subflows";
    }
    Ptr<MptcpSubflow> subflow = CreateSubflow(MptcpSubflow::Role::JOIN);
    subflow->Attach(this, MptcpSubflow::Role::JOIN, m_nextSubflowId++);
    subflow->SetAddressIds(local.id, remote.id);
    subflow->SetBackup(backup);
    subflow->SetLocalNonce(m_stack->NewNonce());
    m_subflows.push_back(subflow);
    m_subflowCreated(subflow);
    if (device && !named)
    {
        subflow->LeaveBy(device);
    }
    std::string error = ConnectSubflow(subflow,
                                       named ? device : nullptr,
                                       MptcpMakeName(local.address, create.localPort),
                                       MptcpMakeName(remote.address, remote.port));
    if (!error.empty())
    {
        // Asked for again when this call of the path manager is over.
        Later(Time(), &MptcpSocketBase::OnSubflowClosed, subflow);
    }
    return error;
}

std::string
MptcpSocketBase::ConnectSubflow(Ptr<MptcpSubflow> subflow,
                                Ptr<NetDevice> device,
                                const Address& local,
                                const Address& remote)
{
    MptcpCounters& mib = m_stack->GetCounters();
    if (BindJoin(subflow, local, remote) != 0)
    {
        mib.Increment(MptcpMib::MPJoinSynTxBindErr);
        return "subflow: the local address and port are in use";
    }
    if (device)
    {
        subflow->BindToNetDevice(device);
    }
    subflow->SetSourceAddress(MptcpGetHost(local));
    if (subflow->Connect(remote) != 0)
    {
        mib.Increment(MptcpMib::MPJoinSynTxConnectErr);
        return "subflow: cannot connect to the remote address";
    }
    return "";
}

void
MptcpSocketBase::CallPathManagerLater(MptcpPathEvent event, const MptcpPathSubject& subject)
{
    Later(Time(), &MptcpSocketBase::CallPathManager, event, subject);
}

bool
MptcpSocketBase::MayDestroy(Ptr<MptcpSubflow> subflow) const
{
    // In plain TCP a FIN ends the data, and before the handshake of the first subflow is complete
    // nobody knows whether this becomes plain TCP.
    const bool undecided = subflow->GetRole() == MptcpSubflow::Role::INITIAL &&
                           subflow->GetPhase() == MptcpSubflow::Phase::HANDSHAKE;
    return !m_fallback && !undecided && !subflow->IsClosing();
}

void
MptcpSocketBase::DestroySubflow(Ptr<MptcpSubflow> subflow)
{
    if (!MayDestroy(subflow))
    {
        return;
    }
    m_stack->GetCounters().Increment(MptcpMib::RmSubflow);
    // What it has not delivered goes over the others too: the path may be gone.
    m_sendQueue.MarkReinject(subflow->GetSubflowId());
    subflow->CloseSubflow();
    SchedulePush();
}

void
MptcpSocketBase::SetSubflowBackup(Ptr<MptcpSubflow> subflow, bool backup)
{
    if (m_fallback)
    {
        return; // plain TCP has no way to say so
    }
    MptcpPrio option;
    option.backup = backup;
    subflow->SetBackup(backup);
    if (m_version == MptcpVersion::V0)
    {
        // RFC 6824, section 3.3.8: the identifier lets another subflow carry the option.
        option.addressId = subflow->GetLocalAddressId();
    }
    m_stack->GetCounters().Increment(MptcpMib::MPPrioTx);
    subflow->SendOption(option);
    m_subflowPriority(subflow, backup, false);
    SchedulePush();
}

void
MptcpSocketBase::OnPrio(Ptr<MptcpSubflow> subflow, const MptcpPrio& option)
{
    m_stack->GetCounters().Increment(MptcpMib::MPPrioRx);
    for (const auto& other : m_subflows)
    {
        // With an identifier (v0) all subflows of that address are meant.
        const bool meant =
            option.addressId ? other->GetRemoteAddressId() == *option.addressId : other == subflow;
        if (meant)
        {
            other->SetRemoteBackup(option.backup);
            FireEvent(MptcpPmEventType::SUB_PRIORITY, other);
            m_subflowPriority(other, option.backup, true);
        }
    }
    SchedulePush();
}

void
MptcpSocketBase::OnLocalsChanged(const std::vector<Address>& lost,
                                 const std::vector<Address>& gained)
{
    if (!m_pathManager || m_fallback || m_finished || !m_pathManager->WithdrawsLostAddresses())
    {
        return;
    }
    std::vector<uint8_t> ids;
    const auto withdraw = [&ids](uint8_t id) {
        if (std::find(ids.begin(), ids.end(), id) == ids.end())
        {
            ids.push_back(id);
        }
    };
    const auto isLost = [&lost](const Address& address) {
        return std::find(lost.begin(), lost.end(), address) != lost.end();
    };
    for (const auto& announced : m_announced)
    {
        if (isLost(announced.address))
        {
            withdraw(announced.id);
        }
    }
    std::vector<Ptr<MptcpSubflow>> dead;
    for (const auto& subflow : m_subflows)
    {
        const Address& name = subflow->GetLocalName();
        if (!name.IsInvalid() && isLost(MptcpGetHost(name)))
        {
            withdraw(subflow->GetLocalAddressId());
            dead.push_back(subflow);
        }
    }
    for (const auto& subflow : dead)
    {
        // No FIN can leave: forget it, and send its data over the others.
        m_sendQueue.MarkReinject(subflow->GetSubflowId());
        subflow->ResetSubflow(MPTCP_RST_UNSPECIFIED, true);
    }
    for (const Address& address : gained)
    {
        if (const auto id = FindLocalId(address))
        {
            std::erase(m_toWithdraw, *id);
        }
    }
    if (m_finished)
    {
        return;
    }
    Withdraw(ids);
    MptcpPathSubject subject;
    subject.lost = lost;
    subject.gained = gained;
    CallPathManager(MptcpPathEvent::LOCAL_CHANGED, subject);
    SchedulePush();
}

// ---- Events ----

void
MptcpSocketBase::FireEvent(MptcpPmEventType type, const Ptr<MptcpSubflow>& subflow) const
{
    MptcpPmEvent event;
    event.type = type;
    event.token = m_localToken;
    event.serverSide = !m_client;
    event.denyJoinId0 = m_remoteDeniesJoin;
    if (subflow)
    {
        event.local = subflow->GetLocalName();
        event.remote = subflow->GetRemoteName();
        event.localId = subflow->GetLocalAddressId();
        event.remoteId = subflow->GetRemoteAddressId();
        event.backup = subflow->IsBackup();
        event.error =
            type == MptcpPmEventType::SUB_CLOSED ? subflow->GetErrno() : Socket::ERROR_NOTERROR;
        if (const auto& reset = subflow->GetResetReceived();
            reset && type == MptcpPmEventType::SUB_CLOSED)
        {
            event.resetReason = reset->reason;
            event.resetFlags = reset->flags;
        }
        const Ptr<NetDevice> device = subflow->GetBoundNetDevice();
        event.ifIndex = device ? device->GetIfIndex() + 1 : 0;
    }
    else if (type == MptcpPmEventType::CREATED || type == MptcpPmEventType::ESTABLISHED)
    {
        event.local = m_localName;
        event.remote = m_peerName;
    }
    m_stack->FirePmEvent(event);
}

void
MptcpSocketBase::FireListenerEvent(MptcpPmEventType type, const Ptr<MptcpSubflow>& listener) const
{
    MptcpPmEvent event;
    event.type = type;
    listener->GetSockName(event.local);
    m_stack->FirePmEvent(event);
}

void
MptcpSocketBase::OnSubflowClosing(Ptr<MptcpSubflow> subflow)
{
    // Linux tells it of connections in M_ESTAB, of those subflows that have sent a SYN.
    if (m_state == MptcpState::ESTABLISHED && m_createdFired &&
        !subflow->GetLocalName().IsInvalid())
    {
        FireEvent(MptcpPmEventType::SUB_CLOSED, subflow);
    }
    const MptcpState state = m_state;
    if (!m_fallback && !m_finished &&
        (state == MptcpState::ESTABLISHED || state == MptcpState::CLOSE_WAIT ||
         state == MptcpState::FIN_WAIT_1 || state == MptcpState::FIN_WAIT_2 ||
         state == MptcpState::CLOSING))
    {
        WatchLastSubflow(subflow);
    }
}

} // namespace ns3
