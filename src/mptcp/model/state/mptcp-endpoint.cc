/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-endpoint.h"

#include "mptcp-address-text.h"

#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"

#include <algorithm>
#include <utility>

namespace ns3
{

namespace
{

/// Largest identifier: one octet (RFC 8684, section 3.4.1).
constexpr uint8_t MAX_ID = 255;

/// Flags that exist.
constexpr uint8_t ALL_FLAGS = 0x3f;

/// Flags that may be changed later.
constexpr uint8_t CHANGEABLE = MPTCP_ENDPOINT_BACKUP | MPTCP_ENDPOINT_FULLMESH;

/**
 * @param endpoint endpoint that is to be added
 * @return what is wrong with it, or ""
 */
std::string
Check(const MptcpEndpoint& endpoint)
{
    const uint8_t flags = endpoint.flags;
    if (!Ipv4Address::IsMatchingType(endpoint.address) &&
        !Ipv6Address::IsMatchingType(endpoint.address))
    {
        return "endpoint: the address must be an Ipv4Address or an Ipv6Address";
    }
    if (flags & ~ALL_FLAGS)
    {
        return "endpoint: unknown flags " + std::to_string(flags & ~ALL_FLAGS) +
               ", allowed are MPTCP_ENDPOINT_*";
    }
    if (flags & MPTCP_ENDPOINT_IMPLICIT)
    {
        return "endpoint: only the stack makes implicit ones";
    }
    if (endpoint.port != 0 &&
        (flags & (MPTCP_ENDPOINT_SIGNAL | MPTCP_ENDPOINT_SUBFLOW)) != MPTCP_ENDPOINT_SIGNAL)
    {
        return "endpoint: a port needs the flag signal, and not the flag subflow";
    }
    if ((flags & MPTCP_ENDPOINT_SIGNAL) && (flags & MPTCP_ENDPOINT_FULLMESH))
    {
        return "endpoint: signal and fullmesh exclude each other";
    }
    return "";
}

} // namespace

uint8_t
MptcpEndpointTable::NextId()
{
    // As Linux: on from the largest identifier given, then from 1 again.
    if (m_nextId == MAX_ID)
    {
        m_nextId = 1;
    }
    for (const uint8_t start : {m_nextId, uint8_t{1}})
    {
        for (uint32_t id = start; id <= MAX_ID; ++id)
        {
            if (!Find(static_cast<uint8_t>(id)))
            {
                return static_cast<uint8_t>(id);
            }
        }
    }
    return 0;
}

void
MptcpEndpointTable::Insert(const MptcpEndpoint& endpoint)
{
    m_endpoints.insert(endpoint.port ? m_endpoints.begin() : m_endpoints.end(), endpoint);
    m_nextId = std::max(m_nextId, endpoint.id);
}

std::string
MptcpEndpointTable::Notify(Change change, const std::vector<MptcpEndpoint>& endpoints) const
{
    return m_listener ? m_listener(change, endpoints) : "";
}

std::string
MptcpEndpointTable::Add(MptcpEndpoint& endpoint)
{
    if (std::string error = Check(endpoint); !error.empty())
    {
        return error;
    }
    MptcpEndpoint added = endpoint;
    if (Ipv6Address::IsMatchingType(added.address) &&
        Ipv6Address::ConvertFrom(added.address).IsIpv4MappedAddress())
    {
        added.address = Ipv6Address::ConvertFrom(added.address).GetIpv4MappedAddress();
    }
    // Duplicates may differ in a port only (pm_kernel.c).
    const auto same =
        std::find_if(m_endpoints.begin(), m_endpoints.end(), [&](const MptcpEndpoint& other) {
            return other.address == added.address && other.port == added.port;
        });
    const bool replaces = same != m_endpoints.end();
    const std::vector<MptcpEndpoint> before = m_endpoints;
    const uint8_t nextBefore = m_nextId;
    if (replaces)
    {
        if (!(same->flags & MPTCP_ENDPOINT_IMPLICIT))
        {
            return "endpoint: " + MptcpToText(added.address) + " exists with id " +
                   std::to_string(same->id);
        }
        if (added.id != 0 && added.id != same->id)
        {
            return "endpoint: " + MptcpToText(added.address) + " has the implicit id " +
                   std::to_string(same->id) + ", which cannot be changed to " +
                   std::to_string(added.id);
        }
        added.id = same->id;
        m_endpoints.erase(same);
    }
    else if (m_endpoints.size() >= MAX)
    {
        return "endpoint: at most " + std::to_string(MAX) + " endpoints";
    }
    else if (added.id != 0 && Find(added.id))
    {
        return "endpoint: id " + std::to_string(added.id) + " is in use";
    }
    if (added.id == 0)
    {
        added.id = NextId();
    }
    Insert(added);
    if (std::string error = Notify(Change::ADDED, {added}); !error.empty())
    {
        m_endpoints = before;
        m_nextId = nextBefore;
        return error;
    }
    endpoint.id = added.id;
    return "";
}

std::string
MptcpEndpointTable::Remove(uint8_t id, const Address& address)
{
    if (id == 0)
    {
        if (!Ipv4Address::IsMatchingType(address) && !Ipv6Address::IsMatchingType(address))
        {
            return "endpoint: id 0 needs the Ipv4Address or Ipv6Address that is meant";
        }
        MptcpEndpoint initial;
        initial.address = address;
        Notify(Change::REMOVED_ID0, {initial});
        return "";
    }
    const auto it = std::find_if(m_endpoints.begin(),
                                 m_endpoints.end(),
                                 [id](const MptcpEndpoint& other) { return other.id == id; });
    if (it == m_endpoints.end())
    {
        return "endpoint: no endpoint has id " + std::to_string(id);
    }
    const MptcpEndpoint removed = *it;
    m_endpoints.erase(it);
    Notify(Change::REMOVED, {removed});
    return "";
}

void
MptcpEndpointTable::Flush()
{
    const std::vector<MptcpEndpoint> removed = std::exchange(m_endpoints, {});
    m_nextId = 1;
    Notify(Change::FLUSHED, removed);
}

std::string
MptcpEndpointTable::SetFlags(uint8_t id, uint8_t flags)
{
    const auto it = std::find_if(m_endpoints.begin(),
                                 m_endpoints.end(),
                                 [id](const MptcpEndpoint& other) { return other.id == id; });
    if (it == m_endpoints.end())
    {
        return "endpoint: no endpoint has id " + std::to_string(id);
    }
    if ((flags & MPTCP_ENDPOINT_FULLMESH) &&
        (it->flags & (MPTCP_ENDPOINT_SIGNAL | MPTCP_ENDPOINT_IMPLICIT)))
    {
        return "endpoint: fullmesh excludes signal and implicit";
    }
    const MptcpEndpoint before = *it;
    it->flags = static_cast<uint8_t>((it->flags & ~CHANGEABLE) | (flags & CHANGEABLE));
    const MptcpEndpoint after = *it;
    if (before.flags != after.flags)
    {
        Notify(Change::FLAGS, {before, after});
    }
    return "";
}

std::string
MptcpEndpointTable::SetLimits(const MptcpLimits& limits)
{
    for (const uint8_t limit : {limits.addAddrAccepted, limits.subflows})
    {
        if (limit > MAX)
        {
            return "limits: " + std::to_string(limit) + " is more than " + std::to_string(MAX);
        }
    }
    m_limits = limits;
    Notify(Change::LIMITS, {});
    return "";
}

const MptcpLimits&
MptcpEndpointTable::GetLimits() const
{
    return m_limits;
}

const std::vector<MptcpEndpoint>&
MptcpEndpointTable::GetAll() const
{
    return m_endpoints;
}

std::optional<MptcpEndpoint>
MptcpEndpointTable::Find(uint8_t id) const
{
    for (const MptcpEndpoint& endpoint : m_endpoints)
    {
        if (endpoint.id == id)
        {
            return endpoint;
        }
    }
    return {};
}

std::optional<MptcpEndpoint>
MptcpEndpointTable::FindAddress(const Address& address, uint16_t port) const
{
    for (const MptcpEndpoint& endpoint : m_endpoints)
    {
        if (endpoint.address == address && (endpoint.port == 0 || endpoint.port == port))
        {
            return endpoint;
        }
    }
    return {};
}

uint8_t
MptcpEndpointTable::GetOrMake(const Address& address, uint16_t port)
{
    if (const auto known = FindAddress(address, port))
    {
        return known->id;
    }
    if (m_endpoints.size() >= MAX)
    {
        return 0;
    }
    MptcpEndpoint made;
    made.id = NextId();
    made.address = address;
    made.flags = MPTCP_ENDPOINT_IMPLICIT;
    Insert(made);
    return made.id;
}

void
MptcpEndpointTable::SetListener(Listener listener)
{
    m_listener = std::move(listener);
}

} // namespace ns3
