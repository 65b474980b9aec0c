/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-pm-event.h"

#include "mptcp-address.h"

namespace ns3
{

namespace
{

/**
 * @param os stream
 * @param label what it is
 * @param name InetSocketAddress or Inet6SocketAddress, or invalid
 */
void
Print(std::ostream& os, const char* label, const Address& name)
{
    if (name.IsInvalid())
    {
        return;
    }
    os << " " << label << "=";
    if (InetSocketAddress::IsMatchingType(name))
    {
        os << InetSocketAddress::ConvertFrom(name).GetIpv4();
    }
    else
    {
        os << "[" << Inet6SocketAddress::ConvertFrom(name).GetIpv6() << "]";
    }
    os << ":" << MptcpGetPort(name);
}

} // namespace

std::ostream&
operator<<(std::ostream& os, MptcpPmEventType type)
{
    static constexpr const char* NAMES[] = {"CREATED",
                                            "ESTABLISHED",
                                            "CLOSED",
                                            "ANNOUNCED",
                                            "REMOVED",
                                            "SUB_ESTABLISHED",
                                            "SUB_CLOSED",
                                            "SUB_PRIORITY",
                                            "LISTENER_CREATED",
                                            "LISTENER_CLOSED"};
    return os << NAMES[static_cast<std::size_t>(type)];
}

std::ostream&
operator<<(std::ostream& os, const MptcpPmEvent& event)
{
    os << event.type;
    if (event.token)
    {
        os << " token=" << event.token;
    }
    if (event.type == MptcpPmEventType::CREATED || event.type == MptcpPmEventType::ESTABLISHED)
    {
        os << " server=" << event.serverSide << " deny_join_id0=" << event.denyJoinId0;
    }
    Print(os, "local", event.local);
    Print(os, "remote", event.remote);
    if (event.localId)
    {
        os << " loc_id=" << int(*event.localId);
    }
    if (event.remoteId)
    {
        os << " rem_id=" << int(*event.remoteId);
    }
    if (event.backup)
    {
        os << " backup=" << *event.backup;
    }
    if (event.error != Socket::ERROR_NOTERROR)
    {
        os << " error=" << int(event.error);
    }
    if (event.resetReason)
    {
        os << " reset_reason=" << int(*event.resetReason)
           << " reset_flags=" << int(event.resetFlags.value_or(0));
    }
    if (event.ifIndex)
    {
        os << " if_idx=" << event.ifIndex;
    }
    return os;
}

} // namespace ns3
