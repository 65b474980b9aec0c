/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address.h"
#include "mptcp-back-off.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/log.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpPmAnnounce");

namespace
{

/// Transmissions of an ADD_ADDR without echo (Linux: 3 retransmissions).
constexpr uint32_t ADD_ADDR_TRANSMISSIONS = 4;

/// Identifiers of one REMOVE_ADDR (Linux: MPTCP_RM_IDS_MAX).
constexpr std::size_t REMOVE_ADDR_IDS = 8;

/**
 * @param option ADD_ADDR
 * @return its Ipv4Address or Ipv6Address
 */
Address
GetAddress(const MptcpAddAddr& option)
{
    return option.ipv6 ? Address(Ipv6Address::Deserialize(option.address.data()))
                       : Address(Ipv4Address::Deserialize(option.address.data()));
}

} // namespace

// ---- ADD_ADDR out ----

void
MptcpSocketBase::Announce(const MptcpPathActions::Announce& announce)
{
    MptcpPathActions::Announce known = announce;
    if (known.address.IsInvalid())
    {
        const MptcpPathView view = MakePathView();
        const auto it = std::find_if(view.locals.begin(), view.locals.end(), [&](const auto& l) {
            return l.id == announce.id;
        });
        if (it == view.locals.end())
        {
            return;
        }
        known.address = it->address;
    }
    Announcement announcement;
    MptcpAddAddr& option = announcement.option;
    option.addressId = known.id;
    option.ipv6 = Ipv6Address::IsMatchingType(known.address);
    known.address.CopyTo(option.address.data());
    if (known.port)
    {
        option.port = known.port;
    }
    if (m_version == MptcpVersion::V1)
    {
        option.hmac = MptcpAddAddrHmac(m_localKey, m_remoteKey, option);
    }
    if (!UsesEndpoints() && !known.port)
    {
        ListenForJoins(known.address);
    }
    std::erase(m_toWithdraw, known.id);
    std::erase_if(m_announced, [&](const auto& other) { return other.id == known.id; });
    m_announced.push_back(known);
    m_announcements.push_back(announcement);
    AnnounceTimeout(known.id);
}

void
MptcpSocketBase::AnnounceTimeout(uint8_t localId)
{
    const auto it =
        std::find_if(m_announcements.begin(), m_announcements.end(), [localId](const auto& a) {
            return a.option.addressId == localId;
        });
    if (it == m_announcements.end())
    {
        return;
    }
    if (m_version == MptcpVersion::V0 && it->transmissions > 0)
    {
        // Sent once, as nothing is echoed; the wait kept the next one from overtaking it (RFC 6824,
        // section 3.4.1).
        EndAnnouncement(localId);
        return;
    }
    MptcpCounters& mib = m_stack->GetCounters();
    Time wait = m_stack->GetAddAddrTimeout();
    Time rto;
    for (const auto& subflow : m_subflows)
    {
        rto = subflow->CanSend() ? Max(rto, subflow->GetRto()) : rto;
    }
    std::vector<Ptr<MptcpSubflow>> carriers;
    if (m_version == MptcpVersion::V0)
    {
        // No echo tells of a loss: on all subflows (RFC 6824, section 3.4.1).
        std::copy_if(m_subflows.begin(),
                     m_subflows.end(),
                     std::back_inserter(carriers),
                     [](const auto& subflow) { return subflow->CanSend(); });
    }
    else if (const Ptr<MptcpSubflow> subflow = PickForControl())
    {
        carriers.push_back(subflow);
    }
    if (carriers.empty())
    {
        mib.Increment(MptcpMib::AddAddrTxDrop);
        return; // with the next subflow that is established
    }
    const MptcpAddAddr option = it->option;
    for (const auto& subflow : carriers)
    {
        mib.Increment(MptcpMib::AddAddrTx);
        TraceAnnouncement(option, false);
        subflow->SendOption(option);
    }
    // As Linux: the retransmission timeout of the subflows, doubled each time. After the last one
    // it goes on with the next address at once.
    const uint32_t sent = ++it->transmissions;
    if (m_stack->AdaptsAddAddr())
    {
        wait = MptcpBackOff(rto.IsStrictlyPositive() ? Min(wait, rto) : wait, sent - 1);
    }
    if (sent == ADD_ADDR_TRANSMISSIONS)
    {
        EndAnnouncement(localId);
        return;
    }
    if (wait.IsZero())
    {
        it->sentOnce = true; // an echo may still come
        return;
    }
    StartTimer(it->event, wait, &MptcpSocketBase::AnnounceTimeout, localId);
}

void
MptcpSocketBase::ResumeAnnouncements()
{
    std::vector<uint8_t> waiting;
    for (const Announcement& announcement : m_announcements)
    {
        if (announcement.event.IsExpired() && !announcement.sentOnce)
        {
            waiting.push_back(announcement.option.addressId);
        }
    }
    for (const uint8_t id : waiting)
    {
        AnnounceTimeout(id);
    }
}

void
MptcpSocketBase::EndAnnouncement(uint8_t localId)
{
    const auto it =
        std::find_if(m_announcements.begin(), m_announcements.end(), [localId](const auto& a) {
            return a.option.addressId == localId;
        });
    if (it != m_announcements.end())
    {
        it->event.Cancel();
        m_announcements.erase(it);
    }
    if (!m_toAnnounce.empty() && m_announcements.empty())
    {
        const MptcpPathActions::Announce next = m_toAnnounce.front();
        m_toAnnounce.erase(m_toAnnounce.begin());
        Announce(next);
    }
    CallPathManager(MptcpPathEvent::ANNOUNCED);
}

void
MptcpSocketBase::CancelAnnouncements()
{
    for (Announcement& announcement : m_announcements)
    {
        announcement.event.Cancel();
    }
    m_announcements.clear();
}

// ---- ADD_ADDR in ----

void
MptcpSocketBase::OnAddAddr(Ptr<MptcpSubflow> subflow, const MptcpAddAddr& option)
{
    MptcpCounters& mib = m_stack->GetCounters();
    if (option.echo)
    {
        mib.Increment(MptcpMib::EchoAdd);
        const bool known =
            std::any_of(m_announced.begin(), m_announced.end(), [&](const auto& announced) {
                return announced.id == option.addressId &&
                       announced.address == GetAddress(option) &&
                       announced.port == option.port.value_or(0);
            });
        if (known)
        {
            EndAnnouncement(option.addressId);
        }
        return;
    }
    // Without the keys nobody can announce (RFC 8684, section 3.4.1). v0 has no proof.
    const bool v1 = m_version == MptcpVersion::V1;
    if (!m_keysKnown || (v1 && m_stack->ChecksHmac() &&
                         option.hmac != MptcpAddAddrHmac(m_remoteKey, m_localKey, option)))
    {
        mib.Increment(MptcpMib::AddAddrDrop);
        return;
    }
    MptcpPathSubject subject;
    subject.remote.id = option.addressId;
    subject.remote.address = GetAddress(option);
    subject.remote.port = option.port.value_or(0);
    MptcpRemoteAddress remote = subject.remote;
    remote.port = option.port.value_or(MptcpGetPort(m_peerName));
    const auto known = std::find_if(m_remotes.begin(), m_remotes.end(), [&](const auto& r) {
        return r.id == remote.id;
    });
    if (!v1 && known != m_remotes.end() &&
        (known->address != remote.address || known->port == remote.port))
    {
        // RFC 6824, section 3.4.1: another port of the same address only.
        mib.Increment(MptcpMib::AddAddrDrop);
        return;
    }
    mib.Increment(MptcpMib::AddAddr);
    TraceAnnouncement(option, true);
    if (option.port)
    {
        mib.Increment(MptcpMib::PortAdd);
    }
    if (m_pathManager && !m_pathManager->HearsAnnouncements(MakePathView()))
    {
        mib.Increment(MptcpMib::AddAddrDrop);
        return;
    }
    MptcpPmEvent event;
    event.type = MptcpPmEventType::ANNOUNCED;
    event.token = m_localToken;
    // As Linux: without a port, that of the subflow that brought it.
    event.remote =
        MptcpMakeName(remote.address, option.port.value_or(MptcpGetPort(subflow->GetRemoteName())));
    event.remoteId = remote.id;
    m_stack->FirePmEvent(event);
    if (v1)
    {
        SendEcho(subflow, option);
    }
    if (remote.id == 0 && remote.address != MptcpGetHost(m_peerName))
    {
        return; // identifier 0 is the initial subflow's address for ever
    }
    remote.joinable = remote.id != 0 || !m_remoteDeniesJoin;
    const bool twice = std::any_of(m_remotes.begin(), m_remotes.end(), [&](const auto& r) {
        return r.id != remote.id && r.address == remote.address && r.port == remote.port;
    });
    std::erase_if(m_remotes, [&](const auto& r) { return r.id == remote.id; });
    if (!twice || UsesEndpoints())
    {
        m_remotes.insert(remote.id == 0 ? m_remotes.begin() : m_remotes.end(), remote);
    }
    CallPathManager(MptcpPathEvent::REMOTE_ADDED, subject);
}

void
MptcpSocketBase::SendEcho(Ptr<MptcpSubflow> subflow, const MptcpAddAddr& option)
{
    MptcpAddAddr echo = option;
    echo.echo = true;
    echo.hmac.reset();
    if (!subflow->CanSend())
    {
        subflow = PickForControl();
    }
    m_stack->GetCounters().Increment(subflow ? MptcpMib::EchoAddTx : MptcpMib::EchoAddTxDrop);
    if (subflow)
    {
        subflow->SendOption(echo);
    }
}

// ---- REMOVE_ADDR out ----

void
MptcpSocketBase::Withdraw(const std::vector<uint8_t>& localIds)
{
    for (const uint8_t id : localIds)
    {
        const auto same = [id](const auto& announced) { return announced.id == id; };
        std::erase_if(m_announced, same);
        std::erase_if(m_toAnnounce, same);
        std::erase_if(m_announcements, [id](Announcement& announcement) {
            const bool found = announcement.option.addressId == id;
            found ? announcement.event.Cancel() : void();
            return found;
        });
        if (m_toWithdraw.size() == REMOVE_ADDR_IDS)
        {
            m_stack->GetCounters().Increment(MptcpMib::RmAddrTxDrop);
        }
        else if (std::find(m_toWithdraw.begin(), m_toWithdraw.end(), id) == m_toWithdraw.end())
        {
            m_toWithdraw.push_back(id);
        }
    }
    SendRemoveAddr();
}

void
MptcpSocketBase::SendRemoveAddr()
{
    if (m_toWithdraw.empty() || m_fallback)
    {
        return;
    }
    // Best on a subflow that does not go away with the address.
    const auto stays = [this](const Ptr<MptcpSubflow>& subflow) {
        const uint8_t id = subflow->GetLocalAddressId();
        return subflow->CanSend() &&
               std::find(m_toWithdraw.begin(), m_toWithdraw.end(), id) == m_toWithdraw.end();
    };
    std::vector<Ptr<MptcpSubflow>> carriers;
    if (m_version == MptcpVersion::V0)
    {
        // Nothing makes it reliable: on all subflows (RFC 6824, section 3.4.1).
        std::copy_if(m_subflows.begin(),
                     m_subflows.end(),
                     std::back_inserter(carriers),
                     [](const auto& subflow) { return subflow->CanSend(); });
    }
    else if (Ptr<MptcpSubflow> carrier = PickForControl())
    {
        // One that goes itself only if there is no other.
        const auto it = std::find_if(m_subflows.begin(), m_subflows.end(), stays);
        carrier = stays(carrier) || it == m_subflows.end() ? carrier : *it;
        carriers.push_back(carrier);
    }
    if (carriers.empty())
    {
        return; // with the next subflow that is established
    }
    MptcpRemoveAddr option;
    option.addressIds = std::exchange(m_toWithdraw, {});
    for (const auto& subflow : carriers)
    {
        for (std::size_t i = 0; i < option.addressIds.size(); ++i)
        {
            m_stack->GetCounters().Increment(MptcpMib::RmAddrTx);
            m_addressRemoved(option.addressIds[i], false);
        }
        subflow->SendOption(option);
    }
}

// ---- REMOVE_ADDR in ----

void
MptcpSocketBase::OnRemoveAddr(const MptcpRemoveAddr& option)
{
    for (const uint8_t id : option.addressIds)
    {
        MptcpCounters& mib = m_stack->GetCounters();
        mib.Increment(MptcpMib::RmAddr);
        m_addressRemoved(id, true);
        MptcpPmEvent event;
        event.type = MptcpPmEventType::REMOVED;
        event.token = m_localToken;
        event.remoteId = id;
        m_stack->FirePmEvent(event);
        const bool known = std::erase_if(m_remotes, [id](const auto& r) { return r.id == id; }) > 0;
        std::vector<Ptr<MptcpSubflow>> affected;
        std::copy_if(
            m_subflows.begin(),
            m_subflows.end(),
            std::back_inserter(affected),
            [id](const auto& s) { return s->GetRemoteAddressId() == id && !s->IsClosing(); });
        if (!known && affected.empty())
        {
            mib.Increment(MptcpMib::RmAddrDrop); // RFC 8684, section 3.4.2: ignored
            continue;
        }
        MptcpPathSubject subject;
        subject.remote.id = id;
        for (const auto& subflow : affected)
        {
            if (m_stack->IsRemoveAddrChecked() && subflow->CanSend())
            {
                // RFC 8684, section 3.4.2: a path that answers is not removed.
                const uint64_t segments = subflow->GetSegmentsReceived();
                subflow->SendProbe();
                Later(subflow->GetRto(), &MptcpSocketBase::KeepaliveTimeout, subflow, segments);
                continue;
            }
            m_sendQueue.MarkReinject(subflow->GetSubflowId());
            subflow->CloseSubflow();
        }
        CallPathManager(MptcpPathEvent::REMOTE_REMOVED, subject);
        if (m_finished)
        {
            return;
        }
    }
    SchedulePush();
}

void
MptcpSocketBase::KeepaliveTimeout(Ptr<MptcpSubflow> subflow, uint64_t segments)
{
    const bool present =
        std::find(m_subflows.begin(), m_subflows.end(), subflow) != m_subflows.end();
    if (m_finished || !present || subflow->IsClosing() ||
        subflow->GetSegmentsReceived() != segments)
    {
        return;
    }
    m_sendQueue.MarkReinject(subflow->GetSubflowId());
    subflow->ResetSubflow(MPTCP_RST_UNSPECIFIED, true); // the address may come back
    SchedulePush();
}

// ---- Listeners ----

void
MptcpSocketBase::ListenForJoins(const Address& address)
{
    // An application's listener on the wildcard address serves joins as well. That of IPv6 serves
    // both families (RFC 3493, section 3.7), as long as no IPv4 listener takes segments from it.
    const bool served =
        Ipv4Address::IsMatchingType(address) || Inet6SocketAddress::IsMatchingType(m_localName);
    if (!m_client && served && !m_listenerIsSpecific)
    {
        return;
    }
    ListenAt(address, MptcpGetPort(m_localName)); // or somebody listens there already
}

bool
MptcpSocketBase::ListenAt(const Address& address, uint16_t port)
{
    Ptr<MptcpSubflow> listener = CreateSubflow(MptcpSubflow::Role::LISTENER);
    if (listener->Bind(MptcpMakeName(address, port)) != 0 || listener->Listen() != 0)
    {
        listener->Detach();
        return false;
    }
    FireListenerEvent(MptcpPmEventType::LISTENER_CREATED, listener);
    m_joinListeners.push_back(listener);
    return true;
}

} // namespace ns3
