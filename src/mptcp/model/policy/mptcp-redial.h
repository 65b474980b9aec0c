/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_REDIAL_H
#define MPTCP_REDIAL_H

#include "mptcp-path-manager.h"

#include "ns3/nstime.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace ns3
{

/**
 * Memory of a path manager for subflows that are to be opened again when they fail: what was asked
 * for, how often it failed, and when it is due.
 *
 * The delay doubles with each failure and is back at its start once the subflow was established.
 */
class MptcpRedial
{
  public:
    /** May this be opened again now (its addresses are still there)? */
    using Filter = std::function<bool(const MptcpPathActions::Create&)>;

    /** @param create a subflow that is asked for now */
    void Remember(const MptcpPathActions::Create& create);
    /**
     * Compare with what there is, and ask for what is due.
     *
     * @param view snapshot
     * @param event reason of the call
     * @param delay first delay
     * @param maxDelay longest delay
     * @param room how many subflows may be opened
     * @param filter those that it refuses are forgotten
     * @param actions where to put them, and the time until the next one is due
     */
    void Update(const MptcpPathView& view,
                MptcpPathEvent event,
                Time delay,
                Time maxDelay,
                uint32_t room,
                const Filter& filter,
                MptcpPathActions& actions);

  private:
    /** One subflow that was asked for. */
    struct Entry
    {
        MptcpPathActions::Create create; ///< what was asked for
        bool open{true};                 ///< asked for, or seen in the last view
        uint32_t failures{0};            ///< failures since it was established last
        Time next{};                     ///< not to be asked for before
    };

    std::vector<Entry> m_entries; ///< what was asked for
};

} // namespace ns3

#endif /* MPTCP_REDIAL_H */
