/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * What RFC 6897, appendix A.3, asks of an advanced API (REQ5 to REQ14).
 */

#include "mptcp-address.h"
#include "mptcp-api.h"
#include "mptcp-policy.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/ipv4.h"
#include "ns3/ipv6.h"
#include "ns3/log.h"
#include "ns3/mptcp-scheduler-min-rtt.h"
#include "ns3/mptcp-scheduler-single-path.h"
#include "ns3/names.h"
#include "ns3/node.h"

#include <algorithm>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpAdvanced");

namespace
{

/// Octets that a connection carries in its first round trips, before a second path is of use.
constexpr uint64_t SMALL_FLOW = 65536;

} // namespace

// ---- REQ5: no addresses ----

int
MptcpSocketBase::ConnectByName(const std::string& name, uint16_t port)
{
    if (CheckUnconnected("connectbyname", ERROR_ISCONN) != 0)
    {
        return -1;
    }
    const Ptr<Node> node = Names::Find<Node>(name);
    if (!node)
    {
        return Refuse(ERROR_INVAL, "connectbyname: EINVAL: no node has the name " + name);
    }
    std::vector<Address> hosts;
    if (const auto ipv4 = node->GetObject<Ipv4>())
    {
        for (uint32_t i = 0; i < ipv4->GetNInterfaces(); ++i)
        {
            for (uint32_t j = 0; ipv4->IsUp(i) && j < ipv4->GetNAddresses(i); ++j)
            {
                hosts.emplace_back(ipv4->GetAddress(i, j).GetLocal());
            }
        }
    }
    if (const auto ipv6 = node->GetObject<Ipv6>())
    {
        for (uint32_t i = 0; i < ipv6->GetNInterfaces(); ++i)
        {
            for (uint32_t j = 0; ipv6->IsUp(i) && j < ipv6->GetNAddresses(i); ++j)
            {
                const Ipv6Address address = ipv6->GetAddress(i, j).GetAddress();
                if (!address.IsLinkLocal())
                {
                    hosts.emplace_back(address);
                }
            }
        }
    }
    for (const Address& host : hosts)
    {
        const bool loopback = host == Address(Ipv4Address::GetLoopback()) ||
                              host == Address(Ipv6Address::GetLoopback());
        if (!loopback && m_stack->HasRoute(GetBoundNetDevice(), host))
        {
            return Connect(MptcpMakeName(host, port));
        }
    }
    return Refuse(ERROR_NOROUTETOHOST,
                  "connectbyname: EHOSTUNREACH: no route to any address of " + name);
}

// ---- REQ7: subflows ----

int
MptcpSocketBase::RequestSubflow(const Address& local, const Address& remote, bool backup)
{
    const std::string name = "RequestSubflow: ";
    if (!IsSetUp())
    {
        return Refuse(ERROR_NOTCONN, name + "ENOTCONN: there is no connection");
    }
    if (m_fallback)
    {
        return Refuse(ERROR_OPNOTSUPP, name + "EOPNOTSUPP: the connection is plain TCP");
    }
    if (!m_fullyEstablished)
    {
        return Refuse(ERROR_NOTCONN, name + "ENOTCONN: the connection cannot be joined yet");
    }
    const Address host = MptcpGetHost(remote);
    const MptcpPathView view = MakePathView();
    const auto from = std::find_if(view.locals.begin(), view.locals.end(), [&](const auto& l) {
        return l.address == local && l.up;
    });
    if (from == view.locals.end())
    {
        return Refuse(ERROR_ADDRNOTAVAIL,
                      name + "EADDRNOTAVAIL: the local address is not usable by this connection");
    }
    const auto to = std::find_if(m_remotes.begin(), m_remotes.end(), [&](const auto& r) {
        return r.address == host && r.port == MptcpGetPort(remote) && r.joinable;
    });
    if (to == m_remotes.end())
    {
        // Only what the peer has shown to be its own (RFC 8684, section 3.2).
        return Refuse(ERROR_ADDRNOTAVAIL,
                      name +
                          "EADDRNOTAVAIL: the remote address and port are not known of the peer");
    }
    if (!HasSubflowRoom())
    {
        return Refuse(ERROR_INVAL, name + "EINVAL: SetMaxSubflows allows no more");
    }
    MptcpPathActions::Create create;
    create.localId = from->id;
    create.remoteId = to->id;
    create.backup = backup;
    create.localAddress = local;
    create.remoteAddress = to->address;
    create.remotePort = to->port;
    if (IsBusy())
    {
        Act([this, create] { OpenSubflow(create, false); }); // what goes wrong then is counted
        return 0;
    }
    const Entry entry(this);
    const std::string error = OpenSubflow(create, false);
    return error.empty() ? 0 : Refuse(ERROR_NOROUTETOHOST, name + "EHOSTUNREACH: " + error);
}

int
MptcpSocketBase::FindSubflow(const char* call, uint32_t id, Ptr<MptcpSubflow>& subflow) const
{
    const std::string name = call;
    if (!IsSetUp())
    {
        return Refuse(ERROR_NOTCONN, name + ": ENOTCONN: there is no connection");
    }
    if (m_fallback)
    {
        // The end of the one subflow would be that of the connection.
        return Refuse(ERROR_OPNOTSUPP, name + ": EOPNOTSUPP: the connection is plain TCP");
    }
    const auto found = std::find_if(m_subflows.begin(), m_subflows.end(), [id](const auto& s) {
        return s->GetSubflowId() == id;
    });
    if (found == m_subflows.end())
    {
        return Refuse(ERROR_INVAL, name + ": EINVAL: no subflow has this identifier");
    }
    subflow = *found;
    return 0;
}

int
MptcpSocketBase::TerminateSubflow(uint32_t id)
{
    Ptr<MptcpSubflow> subflow;
    if (FindSubflow("TerminateSubflow", id, subflow) != 0)
    {
        return -1;
    }
    Act([this, subflow] {
        m_sendQueue.MarkReinject(subflow->GetSubflowId());
        subflow->CloseSubflow();
        SchedulePush();
    });
    return 0;
}

int
MptcpSocketBase::ResetSubflow(uint32_t id, uint8_t reason, bool transient)
{
    if (reason > MPTCP_RST_MIDDLEBOX)
    {
        return Refuse(ERROR_INVAL, "ResetSubflow: EINVAL: RFC 8684 has no such reason");
    }
    Ptr<MptcpSubflow> subflow;
    if (FindSubflow("ResetSubflow", id, subflow) != 0)
    {
        return -1;
    }
    Act([this, subflow, reason, transient] {
        m_sendQueue.MarkReinject(subflow->GetSubflowId());
        subflow->ResetSubflow(reason, transient);
        SchedulePush();
    });
    return 0;
}

void
MptcpSocketBase::SetMaxSubflows(uint32_t number)
{
    m_api.maxSubflows = std::max(number, 1U);
    Act([this] {
        // The youngest go first: the oldest is the one whose addresses the application sees.
        const auto subflows = m_subflows;
        for (std::size_t i = subflows.size(); i > m_api.maxSubflows; --i)
        {
            m_sendQueue.MarkReinject(subflows[i - 1]->GetSubflowId());
            subflows[i - 1]->CloseSubflow();
        }
        SchedulePush();
    });
    if (m_fullyEstablished)
    {
        CallPathManagerLater(MptcpPathEvent::LOCAL_CHANGED, {});
    }
}

bool
MptcpSocketBase::HasSubflowRoom() const
{
    return m_subflows.size() < std::min<std::size_t>(m_api.maxSubflows, MPTCP_MAX_SUBFLOWS) &&
           m_nextSubflowId != MptcpCarriers::NONE;
}

// ---- REQ8, REQ12: profile, redundancy ----

void
MptcpSocketBase::SetPerformance(MptcpPerformance performance)
{
    switch (performance)
    {
    case MptcpPerformance::BULK:
        UseScheduler(MptcpSchedulerMinRtt::GetTypeId());
        SetRedundancy(1);
        break;
    case MptcpPerformance::LOW_LATENCY:
        UseScheduler(MptcpSchedulerSinglePath::GetTypeId());
        SetRedundancy(1);
        SetTcpNoDelay(true);
        break;
    case MptcpPerformance::RELIABILITY:
        UseScheduler(MptcpSchedulerMinRtt::GetTypeId());
        SetRedundancy(UINT32_MAX);
        break;
    }
}

void
MptcpSocketBase::UseScheduler(const TypeId& type)
{
    m_schedulerType = type;
    if (m_scheduler)
    {
        m_scheduler = MakePolicy<MptcpScheduler>(type, "ns3::MptcpSocketBase::Scheduler", *m_stack);
        SchedulePush();
    }
}

void
MptcpSocketBase::SetRedundancy(uint32_t copies)
{
    m_api.copies = std::max(copies, 1U);
}

void
MptcpSocketBase::SendCopies(MptcpSubflow* first, MptcpChunk* chunk)
{
    const uint32_t size = chunk->packet->GetSize();
    uint32_t left = m_api.copies - 1;
    for (std::size_t i = 0; i < m_subflows.size() && left > 0; ++i)
    {
        MptcpSubflow* subflow = PeekPointer(m_subflows[i]);
        MptcpSubflowView view;
        subflow->FillView(view);
        // A copy is a favor: it never waits, and never cuts the chunk.
        if (subflow == first || !view.usable || view.stale || view.backup ||
            view.segmentSize < size || view.available < size + view.unsent)
        {
            continue;
        }
        chunk->carriers.Add(view.id);
        m_bytesReinjected += size;
        m_inStep = false;
        m_dataSent(view.id, chunk->dsn, size, true);
        subflow->SendMapped(chunk->dsn, chunk->packet);
        --left;
    }
}

// ---- REQ9, REQ10: when subflows are opened ----

void
MptcpSocketBase::SetTrafficHint(const MptcpTrafficHint& hint)
{
    m_api.hint = hint;
}

void
MptcpSocketBase::SetSubflowStart(MptcpSubflowStart start, uint64_t octets)
{
    m_api.start = start;
    m_api.startOctets = octets;
    if (m_fullyEstablished)
    {
        CallPathManagerLater(MptcpPathEvent::LOCAL_CHANGED, {});
    }
}

bool
MptcpSocketBase::MayOpenSubflows()
{
    const uint64_t carried = m_sendQueue.GetUnacknowledged() - (m_localIdsn + 1) +
                             (m_receive.GetNextDsn() - (m_remoteIdsn + 1));
    bool may = true;
    switch (m_api.start)
    {
    case MptcpSubflowStart::AT_ONCE:
        // A connection that is expected to be small is done before a second path is of use.
        may = m_api.hint.GetOctets() == 0 || m_api.hint.GetOctets() > SMALL_FLOW ||
              carried > SMALL_FLOW;
        break;
    case MptcpSubflowStart::AFTER_OCTETS:
        may = carried >= m_api.startOctets;
        break;
    case MptcpSubflowStart::WHEN_SATURATED:
        may = m_opening || (m_sendQueue.GetUnsent() > 0 && IsSaturated());
        break;
    case MptcpSubflowStart::NEVER:
        return false;
    }
    if (!may && !m_awaiting)
    {
        // Asked again with each acknowledgment or delivery, from now on.
        m_awaiting = true;
        m_dataAck.ConnectWithoutContext(MakeCallback(&MptcpSocketBase::FollowData, this));
        m_delivered.ConnectWithoutContext(MakeCallback(&MptcpSocketBase::FollowData, this));
    }
    m_opening = may;
    return may;
}

bool
MptcpSocketBase::IsSaturated() const
{
    // More to send than all congestion windows together take in one round trip.
    uint64_t windows = 0;
    for (const auto& subflow : m_subflows)
    {
        windows += subflow->GetTcb()->m_cWnd;
    }
    return m_sendQueue.GetUnsent() > windows;
}

void
MptcpSocketBase::FollowData(uint64_t /* dsn */, uint32_t /* octets */)
{
    if (!m_opening && m_fullyEstablished && !m_finished && MayOpenSubflows())
    {
        CallPathManagerLater(MptcpPathEvent::ESTABLISHED, {});
    }
}

// ---- REQ11: preferred and backup subflows ----

int
MptcpSocketBase::SetSubflowPriority(uint32_t id, bool backup)
{
    Ptr<MptcpSubflow> subflow;
    if (FindSubflow("SetSubflowPriority", id, subflow) != 0)
    {
        return -1;
    }
    if (!subflow->CanSend())
    {
        return Refuse(ERROR_INVAL, "SetSubflowPriority: EINVAL: the subflow cannot send");
    }
    Act([this, subflow, backup] { SetSubflowBackup(subflow, backup); });
    return 0;
}

// ---- REQ14: callbacks ----

void
MptcpSocketBase::SetSubflowCallback(MptcpSubflowCallback callback)
{
    if (!std::exchange(m_following, true))
    {
        m_subflowCreated.ConnectWithoutContext(
            MakeCallback(&MptcpSocketBase::FollowSubflowCreated, this));
        m_subflowStale.ConnectWithoutContext(
            MakeCallback(&MptcpSocketBase::FollowSubflowStale, this));
        m_subflowPriority.ConnectWithoutContext(
            MakeCallback(&MptcpSocketBase::FollowSubflowPriority, this));
    }
    m_api.subflowCallback = callback;
}

void
MptcpSocketBase::FollowSubflowCreated(Ptr<MptcpSubflow> subflow)
{
    TellSubflow(MptcpSubflowEvent::CREATED, subflow);
}

void
MptcpSocketBase::FollowSubflowStale(Ptr<MptcpSubflow> subflow, bool stale)
{
    TellSubflow(stale ? MptcpSubflowEvent::STALE : MptcpSubflowEvent::RECOVERED, subflow);
}

void
MptcpSocketBase::FollowSubflowPriority(Ptr<MptcpSubflow> subflow, bool /* backup */, bool)
{
    TellSubflow(MptcpSubflowEvent::PRIORITY, subflow);
}

} // namespace ns3
