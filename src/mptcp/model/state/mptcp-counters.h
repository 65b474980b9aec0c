/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_COUNTERS_H
#define MPTCP_COUNTERS_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace ns3
{

/** Counters of one node, with the names of Linux (net/mptcp/mib.c, nstat prefix MPTcpExt). */
enum class MptcpMib : uint8_t
{
#define MPTCP_MIB(name) name,
#include "mptcp-mib.h"
#undef MPTCP_MIB
    COUNT ///< number of counters
};

/** Node-wide event counters, all zero at first. */
class MptcpCounters
{
  public:
    /** @param counter counter to raise by one */
    void Increment(MptcpMib counter)
    {
        const uint64_t value = ++m_values[static_cast<std::size_t>(counter)];
        if (m_observer)
        {
            m_observer(counter, value);
        }
    }

    /** @param counter gauge to lower by one (MPCurrEstab is the only gauge) */
    void Decrement(MptcpMib counter)
    {
        const uint64_t value = --m_values[static_cast<std::size_t>(counter)];
        if (m_observer)
        {
            m_observer(counter, value);
        }
    }

    /**
     * @param counter counter
     * @return its value
     */
    uint64_t Get(MptcpMib counter) const
    {
        return m_values[static_cast<std::size_t>(counter)];
    }

    /**
     * @param name kernel name without prefix, e.g. "MPJoinSynRx"; asserts that it exists
     * @return the counter's value
     */
    uint64_t Get(std::string_view name) const;
    /** Told of each change: counter and new value. One only; null for none. */
    using Observer = std::function<void(MptcpMib, uint64_t)>;

    /** @param observer who is told from now on */
    void SetObserver(Observer observer)
    {
        m_observer = std::move(observer);
    }

    /**
     * @param counter counter
     * @return kernel name without prefix
     */
    static std::string_view GetName(MptcpMib counter);

  private:
    Observer m_observer;                                                        ///< told of changes
    std::array<uint64_t, static_cast<std::size_t>(MptcpMib::COUNT)> m_values{}; ///< by MptcpMib
};

} // namespace ns3

#endif /* MPTCP_COUNTERS_H */
