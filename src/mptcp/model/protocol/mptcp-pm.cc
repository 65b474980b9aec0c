/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address.h"
#include "mptcp-policy.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/log.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/tcp-congestion-ops.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpPm");

namespace
{

/// Transmissions of an ADD_ADDR without echo (Linux: 3 retransmissions).
constexpr uint32_t ADD_ADDR_TRANSMISSIONS = 4;

} // namespace

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
    const Address initial = MptcpGetHost(m_localName);
    for (MptcpLocalAddress local : m_stack->GetLocalAddresses())
    {
        if (!AllowsLocal(local.address, local.ifIndex))
        {
            continue; // RFC 6897, section 5.3.3
        }
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
    bool opened = BindJoin(subflow, local->address) == 0;
    if (!opened)
    {
        mib.Increment(MptcpMib::MPJoinSynTxBindErr);
    }
    else
    {
        subflow->BindToNetDevice(device);
        subflow->SetSourceAddress(local->address);
        opened = subflow->Connect(MptcpMakeName(remote->address, remote->port)) == 0;
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
    remote.port = option.port.value_or(MptcpGetPort(m_peerName));
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
    if (listener->Bind(MptcpMakeName(address, MptcpGetPort(m_localName))) != 0 ||
        listener->Listen() != 0)
    {
        listener->Detach(); // somebody listens there already
        return;
    }
    m_joinListeners.push_back(listener);
}

} // namespace ns3
