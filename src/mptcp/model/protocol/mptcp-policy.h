/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_POLICY_H
#define MPTCP_POLICY_H

#include "mptcp-stack.h"

#include "ns3/abort.h"
#include "ns3/object-factory.h"
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
    // Not by the TypeId's parent: up to ns-3.42 that of ns3::TcpCubic is not TcpCongestionOps.
    Ptr<T> policy;
    if (type.HasConstructor())
    {
        ObjectFactory factory;
        factory.SetTypeId(type);
        policy = DynamicCast<T>(factory.Create());
    }
    NS_ABORT_MSG_UNLESS(policy,
                        attribute << ": " << type.GetName() << " is not a "
                                  << T::GetTypeId().GetName() << " that can be created");
    stack.ApplyDefaults(policy);
    return policy;
}

} // namespace ns3

#endif /* MPTCP_POLICY_H */
