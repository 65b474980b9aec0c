/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PATH_MANAGER_USER_H
#define MPTCP_PATH_MANAGER_USER_H

#include "mptcp-path-manager.h"

namespace ns3
{

/**
 * The userspace path manager of Linux (net/mptcp/pm_userspace.c): decides nothing. The user's
 * program follows the trace PmEvent of MptcpStack and gives its commands by MptcpPmCommands.
 *
 * When and rights: see MptcpPathManager. As in Linux, as long as nobody listens to the events, no
 * join of the peer is admitted and no ADD_ADDR of the peer echoed; the endpoints and limits of the
 * node mean nothing.
 */
class MptcpPathManagerUser : public MptcpPathManager
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpPathActions Decide(const MptcpPathView& view, MptcpPathEvent event) override;
    bool UsesEndpoints() const override;
    bool IsUserDriven() const override;
    bool AcceptsSubflow(const MptcpPathView& view) const override;
    bool WithdrawsLostAddresses() const override;
    bool HearsAnnouncements(const MptcpPathView& view) const override;
    uint32_t CountAccepted(const std::vector<MptcpRemoteAddress>& remotes) const override;
};

} // namespace ns3

#endif /* MPTCP_PATH_MANAGER_USER_H */
