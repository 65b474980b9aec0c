/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address-watcher.h"
#include "mptcp-address.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv4-list-routing.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-interface-address.h"
#include "ns3/ipv6-list-routing.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-protocol.h"
#include "ns3/ipv6.h"
#include "ns3/mptcp-address-text.h"
#include "ns3/simulator.h"
#include "ns3/tcp-l4-protocol.h"

#include <algorithm>
#include <bitset>
#include <utility>

namespace ns3
{

namespace
{

/// Place among routing protocols: after all others.
constexpr int16_t LAST = -32768;

/**
 * @param address Ipv4Address or Ipv6Address
 * @return it can be the address of another host
 */
bool
IsOtherHost(const Address& address)
{
    if (Ipv4Address::IsMatchingType(address))
    {
        const Ipv4Address ipv4 = Ipv4Address::ConvertFrom(address);
        return !ipv4.IsAny() && !ipv4.IsMulticast() && !ipv4.IsBroadcast() && !ipv4.IsLocalhost();
    }
    const Ipv6Address ipv6 = Ipv6Address::ConvertFrom(address);
    return !ipv6.IsAny() && !ipv6.IsMulticast() && !ipv6.IsLocalhost();
}

} // namespace

// ---- Addresses ----

std::vector<MptcpLocalAddress>
MptcpStack::ListAddresses() const
{
    std::vector<MptcpLocalAddress> locals;
    const auto add = [&](const Address& address, Ptr<NetDevice> device, bool up) {
        locals.push_back({0,
                          address,
                          device->GetIfIndex(),
                          up && m_devicesDown.count(device->GetIfIndex()) == 0});
    };
    const auto addAll = [&](const auto& ip, const auto& read, const auto& counts) {
        for (uint32_t i = 0; ip && i < ip->GetNInterfaces(); ++i)
        {
            for (uint32_t j = 0; j < ip->GetNAddresses(i); ++j)
            {
                if (const auto address = read(ip->GetAddress(i, j)); counts(address))
                {
                    add(address, ip->GetNetDevice(i), ip->IsUp(i));
                }
            }
        }
    };
    addAll(
        m_node->GetObject<Ipv4>(),
        [](const Ipv4InterfaceAddress& entry) { return entry.GetLocal(); },
        [](const Ipv4Address& address) { return !address.IsLocalhost(); });
    addAll(
        m_node->GetObject<Ipv6>(),
        [](const Ipv6InterfaceAddress& entry) { return entry.GetAddress(); },
        [](const Ipv6Address& address) {
            return !address.IsLocalhost() && !address.IsLinkLocal();
        });
    return locals;
}

std::vector<MptcpLocalAddress>
MptcpStack::GetLocalAddresses()
{
    std::vector<MptcpLocalAddress> locals = ListAddresses();
    for (MptcpLocalAddress& local : locals)
    {
        local.id = GetAddressId(local.address);
    }
    std::erase_if(locals, [](const MptcpLocalAddress& local) { return local.id == 0; });
    return locals;
}

uint8_t
MptcpStack::GetAddressId(const Address& address)
{
    std::bitset<256> used;
    used.set(0); // the initial subflow's address (RFC 8684, section 3.4.1)
    for (const auto& [known, id] : m_addressIds)
    {
        if (known == address)
        {
            return id;
        }
        used.set(id);
    }
    for (const MptcpEndpoint& endpoint : m_endpoints.GetAll())
    {
        used.set(endpoint.id);
    }
    // Identifiers are one octet: when all are taken, that of an address that is gone is used again.
    if (used.all())
    {
        const auto gone = std::find_if(m_addressIds.begin(), m_addressIds.end(), [this](auto& a) {
            return !FindDevice(a.first);
        });
        if (gone == m_addressIds.end())
        {
            return 0;
        }
        used.reset(gone->second);
        m_addressIds.erase(gone);
    }
    uint8_t id = 1;
    while (used.test(id))
    {
        ++id;
    }
    m_addressIds.emplace_back(address, id);
    return id;
}

Ptr<NetDevice>
MptcpStack::FindDevice(const Address& address) const
{
    if (Ipv4Address::IsMatchingType(address))
    {
        const auto ipv4 = m_node->GetObject<Ipv4>();
        const int32_t i =
            ipv4 ? ipv4->GetInterfaceForAddress(Ipv4Address::ConvertFrom(address)) : -1;
        return i < 0 ? nullptr : ipv4->GetNetDevice(i);
    }
    const auto ipv6 = m_node->GetObject<Ipv6>();
    const int32_t i = ipv6 ? ipv6->GetInterfaceForAddress(Ipv6Address::ConvertFrom(address)) : -1;
    return i < 0 ? nullptr : ipv6->GetNetDevice(i);
}

Address
MptcpStack::FindRoute(Ptr<NetDevice> device, const Address& destination) const
{
    // A peer may announce what is no host; routing protocols stop the simulation over some.
    if (!IsOtherHost(destination))
    {
        return Address();
    }
    const auto find = [&](const auto& ip, auto header, const auto& host) {
        header.SetDestination(host);
        const auto routing = ip ? ip->GetRoutingProtocol() : nullptr;
        const auto ask = [&](Ptr<NetDevice> out) {
            Socket::SocketErrno error;
            const auto route =
                routing ? routing->RouteOutput(nullptr, header, out, error) : nullptr;
            return route ? Address(route->GetSource()) : Address();
        };
        // They stop it over a route by an interface that has no address, too: then those that have
        // one are asked for one by one.
        bool bare = false;
        std::vector<Ptr<NetDevice>> numbered;
        for (uint32_t i = 0; ip && i < ip->GetNInterfaces(); ++i)
        {
            const Ptr<NetDevice> out = ip->GetNetDevice(i);
            bare = bare || ip->GetNAddresses(i) == 0;
            if (ip->GetNAddresses(i) > 0 && (!device || device == out))
            {
                numbered.push_back(out);
            }
        }
        if (!bare)
        {
            return ask(device);
        }
        Address source;
        for (std::size_t i = 0; i < numbered.size() && source.IsInvalid(); ++i)
        {
            source = ask(numbered[i]);
        }
        return source;
    };
    if (Ipv4Address::IsMatchingType(destination))
    {
        return find(m_node->GetObject<Ipv4>(), Ipv4Header(), Ipv4Address::ConvertFrom(destination));
    }
    return find(m_node->GetObject<Ipv6>(), Ipv6Header(), Ipv6Address::ConvertFrom(destination));
}

bool
MptcpStack::HasRoute(Ptr<NetDevice> device, const Address& destination) const
{
    return !FindRoute(device, destination).IsInvalid();
}

bool
MptcpStack::CanReach(Ptr<NetDevice> device, const Address& peer) const
{
    const Address host = MptcpGetHost(peer);
    const bool speaks = Ipv4Address::IsMatchingType(host) ? m_node->GetObject<Ipv4>() != nullptr
                                                          : m_node->GetObject<Ipv6>() != nullptr;
    return speaks && (!IsOtherHost(host) || HasRoute(device, host));
}

Address
MptcpStack::FindSource(const Address& destination) const
{
    return FindRoute(nullptr, destination);
}

bool
MptcpStack::IsFlowTaken(const Address& local, const Address& peer) const
{
    const Ptr<NetDevice> device = FindDevice(MptcpGetHost(local));
    const auto tcp = m_node->GetObject<TcpL4Protocol>();
    // Allocate() refuses to make a second end point of the same addresses and ports.
    const auto isRefused = [&tcp](auto* endPoint) {
        if (endPoint)
        {
            tcp->DeAllocate(endPoint);
        }
        return !endPoint;
    };
    if (InetSocketAddress::IsMatchingType(local) && InetSocketAddress::IsMatchingType(peer))
    {
        const auto here = InetSocketAddress::ConvertFrom(local);
        const auto there = InetSocketAddress::ConvertFrom(peer);
        return isRefused(tcp->Allocate(device,
                                       here.GetIpv4(),
                                       here.GetPort(),
                                       there.GetIpv4(),
                                       there.GetPort()));
    }
    if (Inet6SocketAddress::IsMatchingType(local) && Inet6SocketAddress::IsMatchingType(peer))
    {
        const auto here = Inet6SocketAddress::ConvertFrom(local);
        const auto there = Inet6SocketAddress::ConvertFrom(peer);
        return isRefused(tcp->Allocate6(device,
                                        here.GetIpv6(),
                                        here.GetPort(),
                                        there.GetIpv6(),
                                        there.GetPort()));
    }
    return false;
}

void
MptcpStack::SetAstray(std::optional<uint32_t> interface)
{
    m_astray = interface;
}

std::optional<uint32_t>
MptcpStack::GetAstray() const
{
    return m_astray;
}

uint16_t
MptcpStack::FindMtu(const Address& address) const
{
    const Ptr<NetDevice> device = FindDevice(address);
    return device ? device->GetMtu() : 1500;
}

// ---- Changes in mid-run ----

void
MptcpStack::WatchAddresses()
{
    if (m_watching)
    {
        return;
    }
    m_watching = true;
    const Callback<void> listener = MakeCallback(&MptcpStack::CheckAddresses, this);
    const auto ipv4 = m_node->GetObject<Ipv4>();
    const auto list4 = ipv4 ? DynamicCast<Ipv4ListRouting>(ipv4->GetRoutingProtocol()) : nullptr;
    if (list4)
    {
        m_watcher4 = CreateObject<MptcpIpv4AddressWatcher>();
        m_watcher4->SetListener(listener);
        list4->AddRoutingProtocol(m_watcher4, LAST);
    }
    const auto ipv6 = m_node->GetObject<Ipv6>();
    const auto list6 = ipv6 ? DynamicCast<Ipv6ListRouting>(ipv6->GetRoutingProtocol()) : nullptr;
    if (list6)
    {
        m_watcher6 = CreateObject<MptcpIpv6AddressWatcher>();
        m_watcher6->SetListener(listener);
        list6->AddRoutingProtocol(m_watcher6, LAST);
    }
    // Where routing takes no other protocol, PollAddresses has to do.
    m_polling = (ipv4 && !list4) || (ipv6 && !list6);
    for (uint32_t i = 0; i < m_node->GetNDevices(); ++i)
    {
        const Ptr<NetDevice> device = m_node->GetDevice(i);
        device->AddLinkChangeCallback(
            Callback<void>([this, peek = PeekPointer(device)] { OnLinkChange(peek); }));
    }
    m_locals = ListAddresses();
}

void
MptcpStack::PollAddresses()
{
    // On segments and timeouts of the connections, and not by a timer: an idle simulation ends.
    if (m_polling && Simulator::Now() >= m_nextPoll)
    {
        m_nextPoll = Simulator::Now() + m_pollInterval;
        CheckAddresses();
    }
}

void
MptcpStack::OnLinkChange(NetDevice* device)
{
    // Only devices that tell of changes are believed: some never say that their link is up.
    if (device->IsLinkUp())
    {
        m_devicesDown.erase(device->GetIfIndex());
    }
    else
    {
        m_devicesDown.insert(device->GetIfIndex());
    }
    CheckAddresses();
}

void
MptcpStack::CheckAddresses()
{
    if (!m_node || !m_watching)
    {
        return; // disposed of
    }
    const std::vector<MptcpLocalAddress> before = std::exchange(m_locals, ListAddresses());
    const auto usable = [](const std::vector<MptcpLocalAddress>& locals, const Address& address) {
        return std::any_of(locals.begin(), locals.end(), [&](const MptcpLocalAddress& local) {
            return local.address == address && local.up;
        });
    };
    std::vector<Address> lost;
    std::vector<Address> gained;
    for (const MptcpLocalAddress& local : before)
    {
        if (local.up && !usable(m_locals, local.address))
        {
            lost.push_back(local.address);
        }
    }
    for (const MptcpLocalAddress& local : m_locals)
    {
        if (local.up && !usable(before, local.address))
        {
            gained.push_back(local.address);
        }
    }
    if (lost.empty() && gained.empty())
    {
        return;
    }
    // Not within the call that changed the interface: it may not be done yet.
    Simulator::ScheduleNow(&MptcpStack::TellAddresses, Ptr<MptcpStack>(this), lost, gained);
}

void
MptcpStack::TellAddresses(const std::vector<Address>& lost, const std::vector<Address>& gained)
{
    for (const auto& connection : GetConnections())
    {
        connection->Act([connection, lost, gained] { connection->OnLocalsChanged(lost, gained); });
    }
}

std::vector<Ptr<MptcpSocketBase>>
MptcpStack::GetConnections() const
{
    std::vector<Ptr<MptcpSocketBase>> connections;
    for (const auto& [serial, connection] : m_connections)
    {
        connections.emplace_back(connection);
    }
    return connections;
}

// ---- Endpoints ----

std::string
MptcpStack::AddEndpoints(uint8_t flags)
{
    for (const MptcpLocalAddress& local : ListAddresses())
    {
        MptcpEndpoint endpoint;
        endpoint.address = local.address;
        endpoint.flags = flags;
        if (std::string error = local.up ? m_endpoints.Add(endpoint) : ""; !error.empty())
        {
            return error;
        }
    }
    return "";
}

void
MptcpStack::SetLimitSubflows(uint8_t limit)
{
    MptcpLimits limits = m_endpoints.GetLimits();
    limits.subflows = limit;
    m_endpoints.SetLimits(limits);
}

uint8_t
MptcpStack::GetLimitSubflows() const
{
    return m_endpoints.GetLimits().subflows;
}

void
MptcpStack::SetLimitAddAddrAccepted(uint8_t limit)
{
    MptcpLimits limits = m_endpoints.GetLimits();
    limits.addAddrAccepted = limit;
    m_endpoints.SetLimits(limits);
}

uint8_t
MptcpStack::GetLimitAddAddrAccepted() const
{
    return m_endpoints.GetLimits().addAddrAccepted;
}

std::string
MptcpStack::OnEndpointChange(MptcpEndpointTable::Change change,
                             const std::vector<MptcpEndpoint>& endpoints)
{
    using Change = MptcpEndpointTable::Change;
    MptcpPathEvent event = MptcpPathEvent::LIMITS_CHANGED;
    switch (change)
    {
    case Change::ADDED:
        event = MptcpPathEvent::ENDPOINT_ADDED;
        if (std::string error = ListenOnEndpoint(endpoints.front()); !error.empty())
        {
            return error;
        }
        break;
    case Change::REMOVED:
        event = MptcpPathEvent::ENDPOINT_REMOVED;
        break;
    case Change::FLUSHED:
        event = MptcpPathEvent::ENDPOINT_FLUSHED;
        break;
    case Change::FLAGS:
        event = MptcpPathEvent::ENDPOINT_FLAGS;
        break;
    case Change::REMOVED_ID0:
        event = MptcpPathEvent::INITIAL_REMOVED;
        break;
    case Change::LIMITS:
        break;
    }
    MptcpPathSubject subject;
    subject.endpoints = endpoints;
    for (const auto& connection : GetConnections())
    {
        if (connection->UsesEndpoints())
        {
            connection->Act(
                [connection, event, subject] { connection->CallPathManager(event, subject); });
        }
    }
    if (change == Change::REMOVED || change == Change::FLUSHED)
    {
        for (const MptcpEndpoint& endpoint : endpoints)
        {
            if (const auto it = m_endpointListeners.find(endpoint.id);
                it != m_endpointListeners.end())
            {
                const Ptr<MptcpSocketBase> listener = it->second;
                m_endpointListeners.erase(it);
                listener->Act([listener] {
                    listener->CloseJoinListeners();
                    listener->Dispose();
                });
            }
        }
    }
    return "";
}

std::string
MptcpStack::ListenOnEndpoint(const MptcpEndpoint& endpoint)
{
    if (endpoint.port == 0)
    {
        return "";
    }
    const std::string name = MptcpToText(endpoint.address);
    // A connection that never is one owns the listening subflow: it admits joins only.
    const Ptr<TcpL4Protocol> tcp = m_node ? m_node->GetObject<TcpL4Protocol>() : nullptr;
    if (!tcp || !FindDevice(endpoint.address))
    {
        return "endpoint: the node has no address " + name + " to listen on";
    }
    const Ptr<MptcpSocketBase> owner = CreateObject<MptcpSocketBase>();
    owner->SetStack(this, tcp);
    if (!owner->ListenAt(endpoint.address, endpoint.port))
    {
        owner->Dispose();
        return "endpoint: port " + std::to_string(endpoint.port) + " of " + name + " is in use";
    }
    m_endpointListeners[endpoint.id] = owner;
    return "";
}

// ---- Events ----

void
MptcpStack::FirePmEvent(const MptcpPmEvent& event) const
{
    m_pmEvent(event);
}

bool
MptcpStack::HasPmListener() const
{
    return !m_pmEvent.IsEmpty();
}

} // namespace ns3
