/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PATH_MANAGER_NDIFFPORTS_H
#define MPTCP_PATH_MANAGER_NDIFFPORTS_H

#include "mptcp-path-manager.h"

#include "ns3/nstime.h"

#include <cstdint>

namespace ns3
{

/**
 * Several subflows between the two addresses of the initial subflow, with different source ports,
 * for networks that balance flows over paths (ECMP).
 *
 * When and rights: see MptcpPathManager. Only the client dials; the initial subflow is one of them.
 * Subflows that the peer opens are not counted. With RetryDelay those that failed are opened again,
 * later each time, until one is established.
 *
 * Source: "ndiffports" of the out-of-tree kernel, which does not retry.
 */
class MptcpPathManagerNdiffports : public MptcpPathManager
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpPathActions Decide(const MptcpPathView& view, MptcpPathEvent event) override;

  private:
    uint32_t m_subflows;    ///< attribute Subflows
    Time m_retryDelay;      ///< attribute RetryDelay
    Time m_maxRetryDelay;   ///< attribute MaxRetryDelay
    uint32_t m_failures{0}; ///< since the last success
    Time m_next;            ///< no subflow before
};

} // namespace ns3

#endif /* MPTCP_PATH_MANAGER_NDIFFPORTS_H */
