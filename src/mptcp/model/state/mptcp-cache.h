/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CACHE_H
#define MPTCP_CACHE_H

#include "ns3/address.h"

#include <cstddef>
#include <list>
#include <map>
#include <utility>

namespace ns3
{

/**
 * What a host remembers of others by their address, as Linux does in its TCP metrics: the entry
 * that was written the longest time ago goes when there are too many, so that a host which talks to
 * ever new ones does not keep them all.
 *
 * @tparam Value what is remembered
 */
template <typename Value>
class MptcpCache
{
  public:
    static constexpr std::size_t MAX = 1024; ///< addresses that are remembered

    /** @param address Ipv4Address or Ipv6Address @return what is known of it, or null */
    const Value* Find(const Address& address) const
    {
        const auto it = m_entries.find(address);
        return it == m_entries.end() ? nullptr : &it->second.value;
    }

    /** @param address Ipv4Address or Ipv6Address @param value what is known of it from now on */
    void Set(const Address& address, Value value)
    {
        const auto [it, fresh] = m_entries.try_emplace(address);
        it->second.value = std::move(value);
        if (!fresh)
        {
            m_ages.splice(m_ages.end(), m_ages, it->second.age);
            return;
        }
        it->second.age = m_ages.insert(m_ages.end(), address);
        if (m_entries.size() > MAX)
        {
            m_entries.erase(m_ages.front());
            m_ages.pop_front();
        }
    }

    std::size_t GetSize() const ///< @return number of addresses
    {
        return m_entries.size();
    }

  private:
    using Ages = std::list<Address>; ///< addresses, that which was written last at the end

    /** One address. */
    struct Entry
    {
        Value value{};                 ///< what is known of it
        typename Ages::iterator age{}; ///< its place in m_ages
    };

    std::map<Address, Entry> m_entries; ///< by address
    Ages m_ages;                        ///< by age
};

} // namespace ns3

#endif /* MPTCP_CACHE_H */
