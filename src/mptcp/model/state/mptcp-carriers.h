/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CARRIERS_H
#define MPTCP_CARRIERS_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * Subflows that have carried a piece of data, by their identifiers, of which a connection may use
 * up any number in its life. A few are kept in place; only data that more subflows carry, as a
 * redundant scheduler wants it, takes memory of its own.
 */
class MptcpCarriers
{
  public:
    /// Identifier that no subflow has.
    static constexpr uint32_t NONE = UINT32_MAX;

    MptcpCarriers()
    {
        m_few.fill(NONE);
    }

    /** @param subflow identifier of a subflow that carries the data, for the first time or again */
    void Add(uint32_t subflow)
    {
        if (Contains(subflow))
        {
            return;
        }
        const auto free = std::find(m_few.begin(), m_few.end(), NONE);
        if (free != m_few.end())
        {
            *free = subflow;
            return;
        }
        if (!m_more)
        {
            m_more = std::make_unique<std::vector<uint32_t>>();
        }
        m_more->push_back(subflow);
    }

    /** @param subflow identifier of a subflow that does not carry the data any more */
    void Remove(uint32_t subflow)
    {
        std::replace(m_few.begin(), m_few.end(), subflow, NONE);
        if (m_more)
        {
            std::erase(*m_more, subflow);
        }
    }

    /** @param subflow identifier of a subflow @return it carries the data */
    bool Contains(uint32_t subflow) const
    {
        return std::find(m_few.begin(), m_few.end(), subflow) != m_few.end() ||
               (m_more && std::find(m_more->begin(), m_more->end(), subflow) != m_more->end());
    }

    /** @return no subflow carries the data */
    bool IsEmpty() const
    {
        return GetSize() == 0;
    }

    /** @return number of subflows that carry the data */
    std::size_t GetSize() const
    {
        const auto unused = std::count(m_few.begin(), m_few.end(), NONE);
        return m_few.size() - static_cast<std::size_t>(unused) + (m_more ? m_more->size() : 0);
    }

  private:
    std::array<uint32_t, 4> m_few;                   ///< identifiers, or NONE
    std::unique_ptr<std::vector<uint32_t>> m_more{}; ///< those beyond; null until there are such
};

} // namespace ns3

#endif /* MPTCP_CARRIERS_H */
