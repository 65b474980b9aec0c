/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_REMP_H
#define MPTCP_SCHEDULER_REMP_H

#include "mptcp-scheduler-redundant.h"

#include <cstdint>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Redundant multipath TCP (ReMP): every segment on every path, for the latency of the faster copy,
 * that gives way to a backlog if asked to.
 *
 * With attribute Backlog at its default it is ns3::MptcpSchedulerRedundant, which was made from
 * this paper. While more than Backlog octets are left to send, the paths share the data as with
 * ns3::MptcpSchedulerMinRtt; at the tail of a transfer, and for what an application sends now and
 * then, each segment goes to every subflow that has room, by the rules of the redundant scheduler.
 *
 * Source: Froemmgen et al., ICC 2016; that redundancy gives way to a backlog is from the same
 * author's ACM Middleware 2017.
 */
class MptcpSchedulerReMp : public MptcpSchedulerRedundant
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();

  private:
    bool IsShared(const MptcpConnectionView& view) const override;

    uint32_t m_backlog{UINT32_MAX}; ///< attribute Backlog
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_REMP_H */
