/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PROFILES_H
#define MPTCP_PROFILES_H

#include "ns3/ptr.h"

#include <string>
#include <utility>
#include <vector>

namespace ns3
{

class MptcpStack;

/** A known implementation as a list of attributes, nothing else. */
struct MptcpProfile
{
    std::string name;  ///< e.g. "Linux"
    std::string about; ///< one line
    /// Full names of attributes and their values; those of ns3::MptcpStack are set, all others are
    /// defaults of the node's connections and policies.
    std::vector<std::pair<std::string, std::string>> settings;
};

/** @return all profiles */
const std::vector<MptcpProfile>& MptcpGetProfiles();
/** @param name name; an unknown one stops the program @return the profile */
const MptcpProfile& MptcpGetProfile(const std::string& name);
/** @param profile a profile @param stack what is to behave like it */
void MptcpApplyProfile(const MptcpProfile& profile, Ptr<MptcpStack> stack);

} // namespace ns3

#endif /* MPTCP_PROFILES_H */
