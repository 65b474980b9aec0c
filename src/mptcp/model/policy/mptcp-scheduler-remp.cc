/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-remp.h"

#include "ns3/uinteger.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerReMp);

TypeId
MptcpSchedulerReMp::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerReMp")
            .SetParent<MptcpSchedulerRedundant>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSchedulerReMp>()
            .AddAttribute("Backlog",
                          "With more octets than this left to send, the paths share the data "
                          "rather than repeat it.",
                          UintegerValue(UINT32_MAX),
                          MakeUintegerAccessor(&MptcpSchedulerReMp::m_backlog),
                          MakeUintegerChecker<uint32_t>());
    return tid;
}

bool
MptcpSchedulerReMp::IsShared(const MptcpConnectionView& view) const
{
    return view.unsent > m_backlog;
}

} // namespace ns3
