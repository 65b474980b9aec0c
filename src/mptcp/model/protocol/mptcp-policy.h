/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_POLICY_H
#define MPTCP_POLICY_H

#include "mptcp-stack.h"

#include "ns3/abort.h"
#include "ns3/mptcp-checker.h"
#include "ns3/ptr.h"
#include "ns3/type-id.h"

namespace ns3
{

/**
 * Make a policy that the user named.
 *
 * @tparam T base class of the policy
 * @param type what the user named
 * @param attribute where he did
 * @param stack stack of the node, whose defaults the policy gets
 * @return the policy
 */
template <typename T>
Ptr<T>
MakePolicy(const TypeId& type, const char* attribute, const MptcpStack& stack)
{
    const Ptr<T> policy = MptcpCreate<T>(type);
    NS_ABORT_MSG_UNLESS(policy,
                        attribute << ": " << type.GetName() << " is not a "
                                  << T::GetTypeId().GetName() << " that can be created");
    stack.ApplyDefaults(policy);
    return policy;
}

} // namespace ns3

#endif /* MPTCP_POLICY_H */
