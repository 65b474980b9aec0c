/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PATH_MANAGER_NULL_H
#define MPTCP_PATH_MANAGER_NULL_H

#include "mptcp-path-manager.h"

namespace ns3
{

/**
 * Announces nothing and opens nothing: the connection stays with its initial subflow and those that
 * the peer opens. When and rights: see MptcpPathManager.
 */
class MptcpPathManagerNull : public MptcpPathManager
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpPathActions Decide(const MptcpPathView& view, MptcpPathEvent event) override;
};

} // namespace ns3

#endif /* MPTCP_PATH_MANAGER_NULL_H */
