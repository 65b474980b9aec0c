/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-profiles.h"

#include "ns3/abort.h"
#include "ns3/mptcp-stack.h"
#include "ns3/string.h"

namespace ns3
{

const std::vector<MptcpProfile>&
MptcpGetProfiles()
{
    // Every profile names every attribute in which they differ, so that it does not depend on the
    // defaults of the library.
    static const std::vector<MptcpProfile> PROFILES = {
        {"Linux",
         "upstream Linux 6.18 (net/mptcp) and its defaults: no endpoints, so no second subflow",
         {
             {"ns3::MptcpStack::Version", "1"},
             {"ns3::MptcpStack::LowestVersion", "1"},
             {"ns3::MptcpStack::Dsn32", "false"},
             {"ns3::MptcpStack::CheckHmac", "true"},
             {"ns3::MptcpStack::ChecksumEnabled", "false"},
             {"ns3::MptcpStack::AllowJoinInitialAddrPort", "true"},
             {"ns3::MptcpStack::SynRetransBeforeTcpFallback", "2"},
             {"ns3::MptcpStack::SynLinearTimeouts", "4"},
             {"ns3::MptcpStack::StaleLossCnt", "4"},
             {"ns3::MptcpStack::BlackholeTimeout", "3600s"},
             {"ns3::MptcpStack::CloseTimeout", "60s"},
             {"ns3::MptcpStack::AddAddrTimeout", "120s"},
             {"ns3::MptcpStack::AddAddrAdaptive", "true"},
             {"ns3::MptcpStack::MirrorJoinBackup", "false"},
             {"ns3::MptcpStack::FastcloseByAck", "false"},
             {"ns3::MptcpStack::LegacyBindDisables", "false"},
             {"ns3::MptcpStack::FateSharing", "false"},
             {"ns3::MptcpStack::JoinSamePort", "false"},
             {"ns3::MptcpStack::FastOpen", "1"},
             {"ns3::MptcpStack::LimitSubflows", "2"},
             {"ns3::MptcpStack::LimitAddAddrAccepted", "0"},
             {"ns3::MptcpStack::RemoveAddrKeepalive", "false"},
             {"ns3::MptcpSocketBase::Scheduler", "ns3::MptcpSchedulerLinux"},
             {"ns3::MptcpSocketBase::PathManager", "ns3::MptcpPathManagerKernel"},
             {"ns3::MptcpSocketBase::CongestionControl", "ns3::TcpCubic"},
             {"ns3::MptcpSocketBase::OpportunisticRetransmission", "false"},
             {"ns3::MptcpSocketBase::Penalization", "false"},
             {"ns3::MptcpSocketBase::SlowStartAfterIdle", "true"},
             {"ns3::MptcpSocketBase::AutoTune", "true"},
             {"ns3::MptcpPathManagerFullMesh::DialFromServer", "false"},
             {"ns3::MptcpPathManagerFullMesh::MaxSubflows", "8"},
             {"ns3::MptcpPathManagerFullMesh::RetryDelay", "0s"},
             {"ns3::MptcpPathManagerKernel::RetryDelay", "0s"},
             {"ns3::MptcpPathManagerKernel::WithdrawLostAddresses", "false"},
         }},
        {"LinuxV0",
         "the Linux kernel of multipath-tcp.org (v0.95): minRTT, LIA, full mesh",
         {
             {"ns3::MptcpStack::Version", "0"},
             {"ns3::MptcpStack::LowestVersion", "0"},
             {"ns3::MptcpStack::Dsn32", "true"},
             {"ns3::MptcpStack::CheckHmac", "true"},
             {"ns3::MptcpStack::ChecksumEnabled", "true"},
             {"ns3::MptcpStack::AllowJoinInitialAddrPort", "true"},
             {"ns3::MptcpStack::SynRetransBeforeTcpFallback", "3"},
             {"ns3::MptcpStack::SynLinearTimeouts", "0"},
             {"ns3::MptcpStack::StaleLossCnt", "0"},
             {"ns3::MptcpStack::BlackholeTimeout", "0s"},
             {"ns3::MptcpStack::CloseTimeout", "60s"},
             {"ns3::MptcpStack::AddAddrTimeout", "120s"},
             {"ns3::MptcpStack::AddAddrAdaptive", "true"},
             {"ns3::MptcpStack::MirrorJoinBackup", "false"},
             {"ns3::MptcpStack::FastcloseByAck", "true"},
             {"ns3::MptcpStack::LegacyBindDisables", "false"},
             {"ns3::MptcpStack::FateSharing", "false"},
             {"ns3::MptcpStack::JoinSamePort", "false"},
             {"ns3::MptcpStack::FastOpen", "1"},
             {"ns3::MptcpStack::LimitSubflows", "2"},
             {"ns3::MptcpStack::LimitAddAddrAccepted", "0"},
             {"ns3::MptcpStack::RemoveAddrKeepalive", "false"},
             {"ns3::MptcpSocketBase::Scheduler", "ns3::MptcpSchedulerMinRtt"},
             {"ns3::MptcpSocketBase::PathManager", "ns3::MptcpPathManagerFullMesh"},
             {"ns3::MptcpSocketBase::CongestionControl", "ns3::MptcpLia"},
             {"ns3::MptcpSocketBase::OpportunisticRetransmission", "true"},
             {"ns3::MptcpSocketBase::Penalization", "true"},
             {"ns3::MptcpSocketBase::SlowStartAfterIdle", "true"},
             {"ns3::MptcpSocketBase::AutoTune", "true"},
             {"ns3::MptcpPathManagerFullMesh::DialFromServer", "false"},
             {"ns3::MptcpPathManagerFullMesh::MaxSubflows", "32"},
             {"ns3::MptcpPathManagerFullMesh::RetryDelay", "1s"},
             {"ns3::MptcpPathManagerKernel::RetryDelay", "0s"},
             {"ns3::MptcpPathManagerKernel::WithdrawLostAddresses", "false"},
         }},
        {"FreeBsd",
         "FreeBSD with CAIA's MPTCP v0.51: both ends dial, no checksums, HMACs not verified",
         {
             {"ns3::MptcpStack::Version", "0"},
             {"ns3::MptcpStack::LowestVersion", "0"},
             {"ns3::MptcpStack::Dsn32", "true"},
             {"ns3::MptcpStack::CheckHmac", "false"},
             {"ns3::MptcpStack::ChecksumEnabled", "false"},
             {"ns3::MptcpStack::AllowJoinInitialAddrPort", "true"},
             {"ns3::MptcpStack::SynRetransBeforeTcpFallback", "3"},
             {"ns3::MptcpStack::SynLinearTimeouts", "0"},
             {"ns3::MptcpStack::StaleLossCnt", "0"},
             {"ns3::MptcpStack::BlackholeTimeout", "0s"},
             {"ns3::MptcpStack::CloseTimeout", "60s"},
             {"ns3::MptcpStack::AddAddrTimeout", "0s"},
             {"ns3::MptcpStack::AddAddrAdaptive", "true"},
             {"ns3::MptcpStack::MirrorJoinBackup", "false"},
             {"ns3::MptcpStack::FastcloseByAck", "true"},
             {"ns3::MptcpStack::LegacyBindDisables", "false"},
             {"ns3::MptcpStack::FateSharing", "false"},
             {"ns3::MptcpStack::JoinSamePort", "false"},
             {"ns3::MptcpStack::FastOpen", "0"},
             {"ns3::MptcpStack::LimitSubflows", "2"},
             {"ns3::MptcpStack::LimitAddAddrAccepted", "0"},
             {"ns3::MptcpStack::RemoveAddrKeepalive", "false"},
             {"ns3::MptcpSocketBase::Scheduler", "ns3::MptcpSchedulerRoundRobin"},
             {"ns3::MptcpSocketBase::PathManager", "ns3::MptcpPathManagerFullMesh"},
             {"ns3::MptcpSocketBase::CongestionControl", "ns3::TcpNewReno"},
             {"ns3::MptcpSocketBase::OpportunisticRetransmission", "false"},
             {"ns3::MptcpSocketBase::Penalization", "false"},
             {"ns3::MptcpSocketBase::SlowStartAfterIdle", "true"},
             {"ns3::MptcpSocketBase::AutoTune", "false"},
             {"ns3::MptcpPathManagerFullMesh::DialFromServer", "true"},
             {"ns3::MptcpPathManagerFullMesh::MaxSubflows", "7"},
             {"ns3::MptcpPathManagerFullMesh::RetryDelay", "0s"},
             {"ns3::MptcpPathManagerKernel::RetryDelay", "0s"},
             {"ns3::MptcpPathManagerKernel::WithdrawLostAddresses", "false"},
         }},
        {"Rfc",
         "RFC 8684, RFC 6897 and RFC 6356 where they recommend something; falls back to RFC 6824",
         {
             {"ns3::MptcpStack::Version", "1"},
             {"ns3::MptcpStack::LowestVersion", "0"},
             {"ns3::MptcpStack::Dsn32", "false"},
             {"ns3::MptcpStack::CheckHmac", "true"},
             {"ns3::MptcpStack::ChecksumEnabled", "true"},
             {"ns3::MptcpStack::AllowJoinInitialAddrPort", "true"},
             {"ns3::MptcpStack::SynRetransBeforeTcpFallback", "2"},
             {"ns3::MptcpStack::SynLinearTimeouts", "0"},
             {"ns3::MptcpStack::StaleLossCnt", "4"},
             {"ns3::MptcpStack::BlackholeTimeout", "0s"},
             {"ns3::MptcpStack::CloseTimeout", "60s"},
             {"ns3::MptcpStack::AddAddrTimeout", "120s"},
             {"ns3::MptcpStack::AddAddrAdaptive", "true"},
             {"ns3::MptcpStack::MirrorJoinBackup", "false"},
             {"ns3::MptcpStack::FastcloseByAck", "true"},
             {"ns3::MptcpStack::LegacyBindDisables", "true"},
             {"ns3::MptcpStack::FateSharing", "false"},
             {"ns3::MptcpStack::JoinSamePort", "true"},
             {"ns3::MptcpStack::FastOpen", "0"},
             {"ns3::MptcpStack::LimitSubflows", "2"},
             {"ns3::MptcpStack::LimitAddAddrAccepted", "0"},
             {"ns3::MptcpStack::RemoveAddrKeepalive", "true"},
             {"ns3::MptcpSocketBase::Scheduler", "ns3::MptcpSchedulerMinRtt"},
             {"ns3::MptcpSocketBase::PathManager", "ns3::MptcpPathManagerFullMesh"},
             {"ns3::MptcpSocketBase::CongestionControl", "ns3::MptcpLia"},
             {"ns3::MptcpSocketBase::OpportunisticRetransmission", "false"},
             {"ns3::MptcpSocketBase::Penalization", "false"},
             {"ns3::MptcpSocketBase::SlowStartAfterIdle", "true"},
             {"ns3::MptcpSocketBase::AutoTune", "false"},
             {"ns3::MptcpPathManagerFullMesh::DialFromServer", "false"},
             {"ns3::MptcpPathManagerFullMesh::MaxSubflows", "8"},
             {"ns3::MptcpPathManagerFullMesh::RetryDelay", "1s"},
             {"ns3::MptcpPathManagerKernel::RetryDelay", "0s"},
             {"ns3::MptcpPathManagerKernel::WithdrawLostAddresses", "false"},
         }},
    };
    return PROFILES;
}

const MptcpProfile&
MptcpGetProfile(const std::string& name)
{
    std::string allowed;
    for (const MptcpProfile& profile : MptcpGetProfiles())
    {
        if (profile.name == name)
        {
            return profile;
        }
        allowed += (allowed.empty() ? "" : ", ") + profile.name;
    }
    NS_ABORT_MSG("there is no MPTCP profile \"" << name << "\"; allowed: " << allowed);
}

void
MptcpApplyProfile(const MptcpProfile& profile, Ptr<MptcpStack> stack)
{
    const std::string own = "ns3::MptcpStack::";
    for (const auto& [name, value] : profile.settings)
    {
        if (name.starts_with(own))
        {
            stack->SetAttribute(name.substr(own.size()), StringValue(value));
        }
        else
        {
            stack->SetDefault(name, StringValue(value));
        }
    }
}

} // namespace ns3
