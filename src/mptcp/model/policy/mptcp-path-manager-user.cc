/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-path-manager-user.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpPathManagerUser);

TypeId
MptcpPathManagerUser::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpPathManagerUser")
                            .SetParent<MptcpPathManager>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpPathManagerUser>();
    return tid;
}

MptcpPathActions
MptcpPathManagerUser::Decide(const MptcpPathView& /* view */, MptcpPathEvent /* event */)
{
    return {};
}

bool
MptcpPathManagerUser::UsesEndpoints() const
{
    return true;
}

bool
MptcpPathManagerUser::IsUserDriven() const
{
    return true;
}

bool
MptcpPathManagerUser::AcceptsSubflow(const MptcpPathView& view) const
{
    return view.observed;
}

bool
MptcpPathManagerUser::WithdrawsLostAddresses() const
{
    return false;
}

bool
MptcpPathManagerUser::HearsAnnouncements(const MptcpPathView& view) const
{
    return view.observed;
}

uint32_t
MptcpPathManagerUser::CountAccepted(const std::vector<MptcpRemoteAddress>& /* remotes */) const
{
    return 0; // what becomes of them is the user's affair
}

} // namespace ns3
