/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-path-manager.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpPathManager);

TypeId
MptcpPathManager::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpPathManager").SetParent<Object>().SetGroupName("Mptcp");
    return tid;
}

bool
MptcpPathManager::UsesEndpoints() const
{
    return false;
}

bool
MptcpPathManager::IsUserDriven() const
{
    return false;
}

bool
MptcpPathManager::AcceptsSubflow(const MptcpPathView& /* view */) const
{
    return true;
}

bool
MptcpPathManager::WithdrawsLostAddresses() const
{
    return true;
}

bool
MptcpPathManager::HearsAnnouncements(const MptcpPathView& /* view */) const
{
    return true;
}

uint32_t
MptcpPathManager::CountAccepted(const std::vector<MptcpRemoteAddress>& remotes) const
{
    return std::count_if(remotes.begin(), remotes.end(), [](const auto& remote) {
        return remote.id != 0; // that of the initial subflow needs no announcement
    });
}

std::optional<uint32_t>
MptcpPathManager::CountLocals() const
{
    return {};
}

std::string
MptcpPathManager::Explain(const MptcpPathView& /* view */) const
{
    return GetInstanceTypeId().GetName() + " has not asked for it";
}

} // namespace ns3
