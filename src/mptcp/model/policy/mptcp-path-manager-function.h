/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PATH_MANAGER_FUNCTION_H
#define MPTCP_PATH_MANAGER_FUNCTION_H

#include "mptcp-path-manager.h"

#include "ns3/ptr.h"

#include <functional>

namespace ns3
{

/** A function that manages paths, as the value of an attribute. */
class MptcpPathManagerCallback : public Object
{
  public:
    /**
     * What MptcpPathManager::Decide does: the snapshot, the event, and the actions, which are to be
     * filled in.
     */
    using Function = std::function<void(const MptcpPathView&, MptcpPathEvent, MptcpPathActions&)>;

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
 * makes a path manager of a Python function in this way (ns3_mptcp.policy).
 *
 * When it is called and what it may answer: see MptcpPathManager. All connections whose path
 * manager was made with one value of the attribute share its function. Local addresses are those of
 * the node's interfaces.
 */
class MptcpPathManagerFunction : public MptcpPathManager
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpPathActions Decide(const MptcpPathView& view, MptcpPathEvent event) override;

  private:
    Ptr<MptcpPathManagerCallback> m_callback; ///< attribute Function
};

} // namespace ns3

#endif /* MPTCP_PATH_MANAGER_FUNCTION_H */
