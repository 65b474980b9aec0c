/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-address-set.h"

#include <algorithm>

namespace ns3
{

void
MptcpAddressSet::Bind(const Address& host)
{
    m_bound = true;
    Add(host, 0, false);
}

void
MptcpAddressSet::BindInterface(std::optional<uint32_t> ifIndex)
{
    m_interface = ifIndex;
}

void
MptcpAddressSet::Add(const Address& host, uint16_t port, bool restrict)
{
    m_restricted = m_restricted || restrict;
    std::erase(m_removed, host);
    const std::pair<Address, uint16_t> entry(host, port);
    if (std::find(m_named.begin(), m_named.end(), entry) == m_named.end())
    {
        m_named.push_back(entry);
    }
}

void
MptcpAddressSet::Remove(const Address& host, uint16_t port)
{
    std::erase_if(m_named, [&](const auto& entry) {
        return entry.first == host && (port == 0 || entry.second == port);
    });
    if (!Names(host))
    {
        std::erase(m_removed, host);
        m_removed.push_back(host);
    }
}

bool
MptcpAddressSet::IsRestricted() const
{
    return m_restricted || m_bound || m_interface.has_value();
}

bool
MptcpAddressSet::IsNarrowed() const
{
    return IsRestricted() || !m_removed.empty();
}

bool
MptcpAddressSet::Allows(const Address& host, uint32_t ifIndex) const
{
    if (std::find(m_removed.begin(), m_removed.end(), host) != m_removed.end())
    {
        return false;
    }
    return !IsRestricted() || Names(host) || m_interface == ifIndex;
}

std::vector<uint16_t>
MptcpAddressSet::GetPorts(const Address& host) const
{
    std::vector<uint16_t> ports;
    for (const auto& [named, port] : m_named)
    {
        if (named == host && port != 0)
        {
            ports.push_back(port);
        }
    }
    return ports;
}

bool
MptcpAddressSet::Names(const Address& host) const
{
    return std::any_of(m_named.begin(), m_named.end(), [&](const auto& entry) {
        return entry.first == host;
    });
}

} // namespace ns3
