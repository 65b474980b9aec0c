/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCHEDULER_FUNCTION_H
#define MPTCP_SCHEDULER_FUNCTION_H

#include "mptcp-scheduler.h"

#include "ns3/ptr.h"

#include <functional>

namespace ns3
{

/** A function that schedules, as the value of an attribute. */
class MptcpSchedulerCallback : public Object
{
  public:
    /**
     * What MptcpScheduler::Select does: the snapshot, whether data is sent again, and the decision,
     * which is to be filled in.
     */
    using Function = std::function<void(const MptcpConnectionView&, bool, MptcpSchedulerDecision&)>;

    /** @return the TypeId */
    static TypeId GetTypeId();
    /** @param function the function */
    void Set(Function function);
    /** @return the function, empty before Set */
    const Function& Get() const;

  private:
    Function m_function; ///< the function
};

/**
 * @ingroup mptcp
 *
 * Asks a function (attribute Function), which may be one of another language: the Python package
 * makes a scheduler of a Python function in this way (ns3_mptcp.policy).
 *
 * When it is called and what it may answer: see MptcpScheduler. All connections whose scheduler was
 * made with one value of the attribute share its function.
 */
class MptcpSchedulerFunction : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool reinject) override;
    /**
     * For the function: see MptcpScheduler::GetEligible.
     *
     * @param view snapshot of the connection
     * @param reinject true: the data was sent before
     * @return mask of the subflows of the best class that have room for a segment
     */
    static MptcpSubflowMask GetCandidates(const MptcpConnectionView& view, bool reinject);

  private:
    Ptr<MptcpSchedulerCallback> m_callback; ///< attribute Function
};

} // namespace ns3

#endif /* MPTCP_SCHEDULER_FUNCTION_H */
