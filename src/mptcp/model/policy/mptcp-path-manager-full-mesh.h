/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PATH_MANAGER_FULL_MESH_H
#define MPTCP_PATH_MANAGER_FULL_MESH_H

#include "mptcp-path-manager.h"

#include <cstdint>
#include <vector>

namespace ns3
{

/**
 * A subflow from every local address to every joinable remote address of the same family.
 *
 * When and rights: see MptcpPathManager. The answer depends on the view and on what was tried
 * before, never on the event, so that a lost or a repeated event does no harm. The client dials;
 * the server announces its addresses, because a client behind a NAT cannot be dialed. The pair
 * (0,0) is the initial subflow; it is not counted by MaxSubflows, and it is dialed again if it
 * ended and the peer admits that.
 *
 * A pair that was dialed and is gone from the view has failed. It is tried again after RetryDelay,
 * which doubles with each failure up to MaxRetryDelay, and is back at its start once the pair has
 * been established. A local address whose interface is down is not dialed from; its pairs are tried
 * at once when the interface is up again, and so are those of a remote address that was removed and
 * comes back.
 *
 * Source: the full-mesh path manager of Linux, in both the out-of-tree kernel and the endpoint flag
 * "fullmesh" of the upstream one; those do not retry.
 */
class MptcpPathManagerFullMesh : public MptcpPathManager
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpPathActions Decide(const MptcpPathView& view, MptcpPathEvent event) override;
    std::string Explain(const MptcpPathView& view) const override;

  private:
    /** What is known of one pair of addresses that has or had a subflow. */
    struct Pair
    {
        uint8_t localId;      ///< local address
        uint8_t remoteId;     ///< remote address
        bool open{true};      ///< dialed, or seen in the last view
        uint32_t failures{0}; ///< failures since it was established last
        Time next{};          ///< not to be dialed before
    };

    /**
     * @param localId local address
     * @param remoteId remote address
     * @return what is known of the pair, or nullptr
     */
    Pair* FindPair(uint8_t localId, uint8_t remoteId);
    /**
     * Bring what is known up to date with the view.
     *
     * @param view snapshot
     */
    void Update(const MptcpPathView& view);
    /**
     * Dial the pairs that are due.
     *
     * @param view snapshot
     * @param actions where to put them, and the time until the next one is due
     */
    /** @param view snapshot @return subflows besides the one of the first addresses */
    static std::size_t CountExtra(const MptcpPathView& view);
    void Dial(const MptcpPathView& view, MptcpPathActions& actions);

    uint32_t m_maxSubflows;    ///< attribute MaxSubflows
    bool m_announce;           ///< attribute Announce
    bool m_dialFromServer;     ///< attribute DialFromServer
    Time m_retryDelay;         ///< attribute RetryDelay
    Time m_maxRetryDelay;      ///< attribute MaxRetryDelay
    std::vector<Pair> m_pairs; ///< pairs that have or had a subflow
};

} // namespace ns3

#endif /* MPTCP_PATH_MANAGER_FULL_MESH_H */
