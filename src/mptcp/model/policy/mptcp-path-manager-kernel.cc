/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-path-manager-kernel.h"

#include "ns3/boolean.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"

#include <algorithm>
#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpPathManagerKernel);

namespace
{

/**
 * @param subflow a subflow
 * @return the limit of subflows counts it: a join of the peer does only once it has proved itself
 */
bool
IsExtra(const MptcpPathSubflow& subflow)
{
    return !subflow.initial && !subflow.closing && (subflow.local || subflow.established);
}

} // namespace

TypeId
MptcpPathManagerKernel::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpPathManagerKernel")
            .SetParent<MptcpPathManager>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpPathManagerKernel>()
            .AddAttribute("RetryDelay",
                          "Time between the end of a subflow that this side opened and the attempt "
                          "to open it again. It doubles with each failure. Zero, as in Linux: "
                          "never try again.",
                          TimeValue(Seconds(0)),
                          MakeTimeAccessor(&MptcpPathManagerKernel::m_retryDelay),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("MaxRetryDelay",
                          "Upper limit of the doubling RetryDelay.",
                          TimeValue(Seconds(60)),
                          MakeTimeAccessor(&MptcpPathManagerKernel::m_maxRetryDelay),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("WithdrawLostAddresses",
                          "Whether the subflows of an address that vanishes, or whose interface "
                          "goes down, are given up at once, withdrawn by REMOVE_ADDR, and opened "
                          "again when it is back. Linux leaves this to a daemon.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpPathManagerKernel::m_withdrawLost),
                          MakeBooleanChecker());
    return tid;
}

MptcpPathManagerKernel::MptcpPathManagerKernel()
{
    m_available.set();
}

bool
MptcpPathManagerKernel::UsesEndpoints() const
{
    return true;
}

bool
MptcpPathManagerKernel::AcceptsSubflow(const MptcpPathView& view) const
{
    return std::count_if(view.subflows.begin(), view.subflows.end(), IsExtra) <
           view.limits.subflows;
}

std::string
MptcpPathManagerKernel::Explain(const MptcpPathView& view) const
{
    if (view.endpoints.empty())
    {
        return "this host has no endpoints: as a Linux host, it opens a subflow for those alone "
               "(ns3::MptcpStack::AddEndpoints; ip mptcp endpoint add)";
    }
    if (!AcceptsSubflow(view))
    {
        return "ns3::MptcpStack::LimitSubflows allows " + std::to_string(view.limits.subflows) +
               " besides the first";
    }
    return MptcpPathManager::Explain(view) +
           ": see the flags of its endpoints, and "
           "ns3::MptcpStack::LimitAddAddrAccepted (" +
           std::to_string(view.limits.addAddrAccepted) + ")";
}

bool
MptcpPathManagerKernel::WithdrawsLostAddresses() const
{
    return m_withdrawLost;
}

uint32_t
MptcpPathManagerKernel::CountAccepted(const std::vector<MptcpRemoteAddress>& /* remotes */) const
{
    return m_accepted;
}

std::optional<uint32_t>
MptcpPathManagerKernel::CountLocals() const
{
    return m_localsUsed;
}

MptcpPathActions
MptcpPathManagerKernel::Decide(const MptcpPathView& view, MptcpPathEvent event)
{
    m_view = &view;
    m_actions = MptcpPathActions();
    switch (event)
    {
    case MptcpPathEvent::ESTABLISHED:
        m_started = true;
        m_accepting = view.limits.addAddrAccepted > 0 && view.limits.subflows > 0;
        Work();
        break;
    case MptcpPathEvent::SUBFLOW_ESTABLISHED:
    case MptcpPathEvent::ANNOUNCED:
        if (m_workPending)
        {
            Work();
        }
        break;
    case MptcpPathEvent::SUBFLOW_CLOSED:
        if (view.subject.refused)
        {
            OnRefused(view.subject.subflow.remoteId);
        }
        if ((m_workPending || !view.subject.subflow.initial) && CheckWorkPending())
        {
            Work();
        }
        break;
    case MptcpPathEvent::REMOTE_ADDED:
        OnRemoteAdded();
        break;
    case MptcpPathEvent::REMOTE_REMOVED:
        OnRemoteRemoved();
        break;
    case MptcpPathEvent::ENDPOINT_ADDED:
        if (const MptcpEndpoint& added = view.subject.endpoints.front();
            added.address == view.initialLocal &&
            (added.port == 0 || added.port == view.initialLocalPort))
        {
            m_initialEndpoint = added.id;
        }
        Work();
        break;
    case MptcpPathEvent::ENDPOINT_REMOVED:
        OnEndpointRemoved(view.subject.endpoints.front());
        break;
    case MptcpPathEvent::ENDPOINT_FLUSHED:
        OnFlushed();
        break;
    case MptcpPathEvent::ENDPOINT_FLAGS:
        OnFlags();
        break;
    case MptcpPathEvent::INITIAL_REMOVED:
        if (view.subject.endpoints.front().address == view.initialLocal)
        {
            m_actions.remove.push_back(0);
            CloseSubflows(0);
            MakeAvailable(0);
        }
        break;
    case MptcpPathEvent::LIMITS_CHANGED:
        m_accepting = m_accepted < view.limits.addAddrAccepted && HasRoom();
        Work();
        break;
    case MptcpPathEvent::LOCAL_CHANGED:
        OnLocalChanged();
        break;
    case MptcpPathEvent::TIMER:
        break;
    }
    if (m_retryDelay.IsStrictlyPositive())
    {
        Redial(event);
    }
    m_view = nullptr;
    return std::exchange(m_actions, {});
}

void
MptcpPathManagerKernel::Redial(MptcpPathEvent event)
{
    const MptcpPathView& view = *m_view;
    const std::vector<MptcpPathActions::Create> fresh = m_actions.create;
    const uint32_t extra = CountExtra();
    const auto filter = [&view](const MptcpPathActions::Create& create) {
        const bool remote =
            std::any_of(view.remotes.begin(), view.remotes.end(), [&](const auto& address) {
                return address.id == create.remoteId && address.joinable;
            });
        const bool local =
            create.anyLocal || create.localId == 0 ||
            std::any_of(view.endpoints.begin(), view.endpoints.end(), [&](const auto& endpoint) {
                return endpoint.id == create.localId;
            });
        return remote && local;
    };
    m_redial.Update(view,
                    event,
                    m_retryDelay,
                    m_maxRetryDelay,
                    extra < view.limits.subflows ? view.limits.subflows - extra : 0,
                    filter,
                    m_actions);
    for (const auto& create : fresh)
    {
        m_redial.Remember(create);
    }
}

uint32_t
MptcpPathManagerKernel::CountExtra() const
{
    const auto extra = std::count_if(m_view->subflows.begin(),
                                     m_view->subflows.end(),
                                     [this](const auto& s) { return IsExtra(s) && IsOpen(s); });
    return static_cast<uint32_t>(extra + m_actions.create.size());
}

bool
MptcpPathManagerKernel::IsOpen(const MptcpPathSubflow& subflow) const
{
    const auto& destroyed = m_actions.destroy;
    return !subflow.closing &&
           std::find(destroyed.begin(), destroyed.end(), subflow.id) == destroyed.end();
}

bool
MptcpPathManagerKernel::HasRoom() const
{
    return CountExtra() < m_view->limits.subflows;
}

bool
MptcpPathManagerKernel::Match(const Address& local, const Address& remote) const
{
    const bool ipv4 = Ipv4Address::IsMatchingType(remote);
    // An IPv4 socket is IPv4 only, one of IPv6 may have subflows of both.
    return ipv4 == Ipv4Address::IsMatchingType(local) &&
           (ipv4 || !Ipv4Address::IsMatchingType(m_view->initialLocal));
}

uint32_t
MptcpPathManagerKernel::Count(uint8_t flag) const
{
    return std::count_if(m_view->endpoints.begin(),
                         m_view->endpoints.end(),
                         [flag](const MptcpEndpoint& endpoint) { return endpoint.flags & flag; });
}

uint8_t
MptcpPathManagerKernel::WireId(const MptcpEndpoint& endpoint) const
{
    return endpoint.id == m_initialEndpoint ? 0 : endpoint.id;
}

const MptcpEndpoint*
MptcpPathManagerKernel::Select(uint8_t flag) const
{
    for (const MptcpEndpoint& endpoint : m_view->endpoints)
    {
        if ((endpoint.flags & flag) && m_available.test(endpoint.id))
        {
            return &endpoint;
        }
    }
    return nullptr;
}

bool
MptcpPathManagerKernel::IsDeniedCase() const
{
    return m_view->initialDenied && m_localsUsed == 0 && m_view->limits.addAddrAccepted == 0 &&
           HasRoom();
}

void
MptcpPathManagerKernel::SetUpInitial()
{
    if (m_initialKnown)
    {
        return;
    }
    m_initialKnown = true;
    for (const MptcpEndpoint& endpoint : m_view->endpoints)
    {
        if (endpoint.address != m_view->initialLocal ||
            (endpoint.port != 0 && endpoint.port != m_view->initialLocalPort))
        {
            continue;
        }
        m_initialEndpoint = endpoint.id;
        m_available.reset(endpoint.id);
        // The SYN with MP_CAPABLE has no backup flag: say it now.
        for (const MptcpPathSubflow& subflow : m_view->subflows)
        {
            if (subflow.initial && (endpoint.flags & MPTCP_ENDPOINT_BACKUP))
            {
                m_actions.priority.push_back({subflow.id, true});
            }
        }
        return;
    }
}

bool
MptcpPathManagerKernel::CheckWorkPending()
{
    const bool left = std::any_of(
        m_view->endpoints.begin(),
        m_view->endpoints.end(),
        [this](const MptcpEndpoint& endpoint) { return m_available.test(endpoint.id); });
    m_workPending = CountExtra() != m_view->limits.subflows && left;
    return m_workPending;
}

void
MptcpPathManagerKernel::Work()
{
    if (!m_started)
    {
        return;
    }
    SetUpInitial();
    const MptcpEndpoint* both = nullptr;
    if (m_signaled < Count(MPTCP_ENDPOINT_SIGNAL))
    {
        if (const MptcpEndpoint* endpoint = Select(MPTCP_ENDPOINT_SIGNAL))
        {
            m_available.reset(endpoint->id);
            ++m_signaled;
            m_signals.push_back(endpoint->id);
            m_actions.announce.emplace_back(WireId(*endpoint), endpoint->address, endpoint->port);
            both = (endpoint->flags & MPTCP_ENDPOINT_SUBFLOW) ? endpoint : nullptr;
        }
    }
    if (!IsDeniedCase())
    {
        while (m_localsUsed < Count(MPTCP_ENDPOINT_SUBFLOW) && HasRoom())
        {
            const MptcpEndpoint* endpoint = both ? both : Select(MPTCP_ENDPOINT_SUBFLOW);
            both = nullptr;
            if (!endpoint)
            {
                break;
            }
            m_available.reset(endpoint->id);
            // The initial address is not counted: it has its subflow already.
            m_localsUsed += WireId(*endpoint) != 0 ? 1 : 0;
            Dial(*endpoint);
        }
    }
    CheckWorkPending();
}

void
MptcpPathManagerKernel::Create(const MptcpEndpoint& endpoint,
                               uint8_t wireId,
                               const MptcpRemoteAddress& remote)
{
    MptcpPathActions::Create create{wireId, remote.id};
    create.backup = (endpoint.flags & MPTCP_ENDPOINT_BACKUP) != 0;
    create.localAddress = endpoint.address;
    create.remoteAddress = remote.address;
    create.remotePort = remote.port;
    create.ifIndex = endpoint.ifIndex;
    m_actions.create.push_back(create);
}

void
MptcpPathManagerKernel::Dial(const MptcpEndpoint& endpoint)
{
    const uint8_t wireId = WireId(endpoint);
    if (!(endpoint.flags & MPTCP_ENDPOINT_FULLMESH))
    {
        if (!m_view->initialDenied && Match(endpoint.address, m_view->initialRemote))
        {
            Create(endpoint, wireId, {0, m_view->initialRemote, m_view->initialRemotePort, true});
        }
        return;
    }
    // To every address that a subflow goes to and none from here.
    std::bitset<256> done;
    for (const MptcpPathSubflow& subflow : m_view->subflows)
    {
        if (IsOpen(subflow) && subflow.localId == wireId)
        {
            done.set(subflow.remoteId);
        }
    }
    for (const MptcpPathSubflow& subflow : m_view->subflows)
    {
        const bool denied = m_view->initialDenied && subflow.remoteId == 0;
        if (IsOpen(subflow) && !denied && !done.test(subflow.remoteId) && HasRoom() &&
            Match(endpoint.address, subflow.remoteAddress))
        {
            done.set(subflow.remoteId);
            Create(endpoint,
                   wireId,
                   {subflow.remoteId, subflow.remoteAddress, subflow.remotePort, true});
        }
    }
}

void
MptcpPathManagerKernel::OnRemoteAdded()
{
    MptcpRemoteAddress remote = m_view->subject.remote;
    if (remote.id != 0 && !m_accepting && !IsDeniedCase())
    {
        return;
    }
    SetUpInitial();
    const bool connected =
        std::any_of(m_view->subflows.begin(), m_view->subflows.end(), [&](const auto& subflow) {
            return IsOpen(subflow) && subflow.remoteAddress == remote.address &&
                   (remote.port == 0 || subflow.remotePort == remote.port);
        });
    if (connected)
    {
        return;
    }
    if (remote.port == 0)
    {
        remote.port = m_view->initialRemotePort;
    }
    if (DialAnnounced(remote))
    {
        if (remote.id != 0 && !m_dialed.test(remote.id))
        {
            ++m_accepted;
            m_dialed.set(remote.id);
        }
        if (m_accepted >= m_view->limits.addAddrAccepted || !HasRoom())
        {
            m_accepting = false;
        }
    }
}

void
MptcpPathManagerKernel::OnRefused(uint8_t remoteId)
{
    const auto& subflows = m_view->subflows;
    if (!m_dialed.test(remoteId) ||
        std::any_of(subflows.begin(), subflows.end(), [remoteId](const auto& subflow) {
            return subflow.remoteId == remoteId;
        }))
    {
        return;
    }
    // An address to which not even one SYN could be sent has not been accepted.
    m_dialed.reset(remoteId);
    --m_accepted;
    m_accepting = m_accepted < m_view->limits.addAddrAccepted && HasRoom();
}

bool
MptcpPathManagerKernel::DialAnnounced(const MptcpRemoteAddress& remote)
{
    const bool denied = remote.id != 0 && IsDeniedCase();
    const std::size_t before = m_actions.create.size();
    for (const MptcpEndpoint& endpoint : m_view->endpoints)
    {
        if (!(endpoint.flags & MPTCP_ENDPOINT_FULLMESH) || !Match(endpoint.address, remote.address))
        {
            continue;
        }
        const uint8_t wireId = WireId(endpoint);
        if (denied && (endpoint.flags & MPTCP_ENDPOINT_SUBFLOW))
        {
            m_available.reset(endpoint.id);
            m_localsUsed += wireId != 0 ? 1 : 0;
        }
        Create(endpoint, wireId, remote);
        if (!HasRoom())
        {
            break;
        }
    }
    if (Count(MPTCP_ENDPOINT_FULLMESH) > 0)
    {
        return m_actions.create.size() > before;
    }
    if (Count(MPTCP_ENDPOINT_LAMINAR) > 0)
    {
        for (const MptcpEndpoint& endpoint : m_view->endpoints)
        {
            if ((endpoint.flags & MPTCP_ENDPOINT_LAMINAR) && m_available.test(endpoint.id) &&
                Match(endpoint.address, remote.address))
            {
                const uint8_t wireId = WireId(endpoint);
                m_available.reset(endpoint.id);
                m_localsUsed += wireId != 0 ? 1 : 0;
                Create(endpoint, wireId, remote);
                return true;
            }
        }
        return false;
    }
    if (denied)
    {
        while (m_localsUsed < Count(MPTCP_ENDPOINT_SUBFLOW) && HasRoom())
        {
            const MptcpEndpoint* endpoint = Select(MPTCP_ENDPOINT_SUBFLOW);
            if (!endpoint)
            {
                break;
            }
            m_available.reset(endpoint->id);
            if (Match(endpoint->address, remote.address) && WireId(*endpoint) != 0)
            {
                ++m_localsUsed;
                Create(*endpoint, endpoint->id, remote);
            }
        }
        return m_actions.create.size() > before;
    }
    const bool ipv4 = Ipv4Address::IsMatchingType(remote.address);
    if (!Match(ipv4 ? Address(Ipv4Address()) : Address(Ipv6Address()), remote.address))
    {
        return false;
    }
    MptcpPathActions::Create create{0, remote.id};
    create.anyLocal = true;
    create.remoteAddress = remote.address;
    create.remotePort = remote.port;
    m_actions.create.push_back(create);
    return true;
}

void
MptcpPathManagerKernel::OnRemoteRemoved()
{
    // Also when its subflows have ended: the FIN may overtake the REMOVE_ADDR on another path.
    const uint8_t id = m_view->subject.remote.id;
    if (m_dialed.test(id))
    {
        m_dialed.reset(id);
        m_accepting |= --m_accepted < m_view->limits.addAddrAccepted;
    }
}

bool
MptcpPathManagerKernel::HasSubflowFrom(const Address& address) const
{
    return std::any_of(m_view->subflows.begin(), m_view->subflows.end(), [&](const auto& subflow) {
        return IsOpen(subflow) && subflow.localAddress == address;
    });
}

void
MptcpPathManagerKernel::CloseSubflows(uint8_t wireId)
{
    for (const MptcpPathSubflow& subflow : m_view->subflows)
    {
        if (IsOpen(subflow) && subflow.localId == wireId)
        {
            m_actions.destroy.push_back(subflow.id);
        }
    }
}

void
MptcpPathManagerKernel::MakeAvailable(uint8_t wireId)
{
    const uint8_t id = wireId != 0 ? wireId : m_initialEndpoint;
    if (!m_available.test(id))
    {
        m_available.set(id);
        m_localsUsed -= wireId != 0 && m_localsUsed > 0 ? 1 : 0;
    }
}

void
MptcpPathManagerKernel::OnEndpointRemoved(const MptcpEndpoint& endpoint)
{
    const uint8_t wireId = WireId(endpoint);
    const bool used = HasSubflowFrom(endpoint.address);
    const bool announced = std::erase(m_signals, endpoint.id) > 0;
    if (announced)
    {
        m_available.set(endpoint.id);
        --m_signaled;
    }
    if (announced || (used && !(endpoint.flags & MPTCP_ENDPOINT_IMPLICIT)))
    {
        m_actions.remove.push_back(wireId);
    }
    if (used)
    {
        CloseSubflows(wireId);
    }
    if (endpoint.flags & (MPTCP_ENDPOINT_SUBFLOW | MPTCP_ENDPOINT_LAMINAR))
    {
        MakeAvailable(wireId);
    }
    if (endpoint.id == m_initialEndpoint)
    {
        m_initialEndpoint = 0;
    }
}

void
MptcpPathManagerKernel::OnFlushed()
{
    for (const MptcpEndpoint& endpoint : m_view->subject.endpoints)
    {
        const uint8_t wireId = WireId(endpoint);
        if (std::erase(m_signals, endpoint.id) > 0)
        {
            --m_signaled;
            m_actions.remove.push_back(wireId);
        }
        if (HasSubflowFrom(endpoint.address))
        {
            CloseSubflows(wireId);
        }
    }
    m_available.set();
    m_localsUsed = 0;
    m_initialEndpoint = 0;
}

void
MptcpPathManagerKernel::OnLocalChanged()
{
    const auto contains = [](const std::vector<Address>& addresses, const Address& address) {
        return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
    };
    for (const MptcpEndpoint& endpoint : m_view->endpoints)
    {
        const bool lost = contains(m_view->subject.lost, endpoint.address);
        if (lost && std::erase(m_signals, endpoint.id) > 0)
        {
            m_available.set(endpoint.id);
            --m_signaled;
        }
        const bool gained = contains(m_view->subject.gained, endpoint.address);
        if (lost || (gained && !HasSubflowFrom(endpoint.address)))
        {
            MakeAvailable(WireId(endpoint));
        }
    }
    if (!m_view->subject.gained.empty())
    {
        Work();
    }
}

void
MptcpPathManagerKernel::OnFlags()
{
    const MptcpEndpoint& before = m_view->subject.endpoints.front();
    const MptcpEndpoint& after = m_view->subject.endpoints.back();
    const auto changed = static_cast<uint8_t>(before.flags ^ after.flags);
    if (changed & MPTCP_ENDPOINT_BACKUP)
    {
        for (const MptcpPathSubflow& subflow : m_view->subflows)
        {
            if (IsOpen(subflow) && subflow.localAddress == after.address)
            {
                m_actions.priority.push_back(
                    {subflow.id, (after.flags & MPTCP_ENDPOINT_BACKUP) != 0});
            }
        }
    }
    if ((changed & MPTCP_ENDPOINT_FULLMESH) && (after.flags & MPTCP_ENDPOINT_SUBFLOW))
    {
        const uint8_t wireId = WireId(after);
        CloseSubflows(wireId);
        MakeAvailable(wireId);
        Work();
    }
}

} // namespace ns3
