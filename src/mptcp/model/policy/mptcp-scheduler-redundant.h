/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_REDUNDANT_H
#define MPTCP_SCHEDULER_REDUNDANT_H

#include "mptcp-scheduler.h"

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Every segment on every path: the latency is that of the faster copy, the throughput that of the
 * best path, and a loss on one path costs nothing.
 *
 * Each subflow of the best class that has room goes through the data by itself, from the oldest
 * octet on that is outstanding and that it has not carried; one that has carried all of it takes
 * new data. So whichever path is ahead leads, and one that lags skips what has been acknowledged in
 * the meantime. Reinjections go to the lowest RTT with room.
 *
 * Source: the redundant scheduler of the out-of-tree Linux MPTCP v0 kernel (mptcp_redundant.c).
 */
class MptcpSchedulerRedundant : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;

  private:
    /**
     * @param view snapshot of the connection
     * @return true: the paths share the next segment, by the lowest RTT, rather than repeat it
     */
    virtual bool IsShared(const MptcpConnectionView& view) const;
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_REDUNDANT_H */
