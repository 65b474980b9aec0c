/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-pm-commands.h"

#include "mptcp-address.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include <algorithm>

namespace ns3
{

namespace
{

/**
 * @param name Ipv4Address, Ipv6Address, InetSocketAddress or Inet6SocketAddress
 * @return it has an address and a port
 */
bool
HasPort(const Address& name)
{
    return InetSocketAddress::IsMatchingType(name) || Inet6SocketAddress::IsMatchingType(name);
}

/** @param address an address @return it is Ipv4Address or Ipv6Address */
bool
IsHost(const Address& address)
{
    return Ipv4Address::IsMatchingType(address) || Ipv6Address::IsMatchingType(address);
}

} // namespace

MptcpPmCommands::MptcpPmCommands(Ptr<MptcpStack> stack)
    : m_stack(stack)
{
}

Ptr<MptcpSocketBase>
MptcpPmCommands::Find(uint32_t token, std::string& error) const
{
    Ptr<MptcpSocketBase> connection = m_stack->GetTokens().Find(token);
    if (!connection)
    {
        error = "pm: no connection has the token " + std::to_string(token);
        return nullptr;
    }
    if (!connection->m_pathManager || !connection->m_pathManager->IsUserDriven())
    {
        error = "pm: the connection " + std::to_string(token) +
                " does not have the path manager ns3::MptcpPathManagerUser";
        return nullptr;
    }
    if (connection->IsBusy())
    {
        error = "pm: the connection " + std::to_string(token) +
                " is being changed: schedule the command (Simulator::ScheduleNow)";
        return nullptr;
    }
    return connection;
}

Ptr<MptcpSubflow>
MptcpPmCommands::FindSubflow(const Ptr<MptcpSocketBase>& connection,
                             const Address& local,
                             const Address& remote)
{
    for (const auto& subflow : connection->m_subflows)
    {
        if (subflow->GetLocalName() == local && subflow->GetRemoteName() == remote &&
            !subflow->IsClosing())
        {
            return subflow;
        }
    }
    return nullptr;
}

std::string
MptcpPmCommands::Number(const Ptr<MptcpSocketBase>& connection,
                        uint8_t& id,
                        const Address& host,
                        uint16_t port,
                        uint8_t flag)
{
    auto& known = connection->m_userAddresses;
    const auto byAddress = std::find_if(known.begin(), known.end(), [&](const auto& entry) {
        return entry.address == host && entry.port == port;
    });
    const auto byId = std::find_if(known.begin(), known.end(), [id](const auto& entry) {
        return entry.id == id;
    });
    if (id == 0)
    {
        const std::size_t before = known.size();
        id = connection->GetLocalId(host, port);
        if (known.size() > before)
        {
            known.back().flags = flag;
        }
        return "";
    }
    if (byAddress != byId)
    {
        return "pm: the address and the id " + std::to_string(id) + " do not belong together";
    }
    if (byId == known.end())
    {
        known.push_back({.id = id, .address = host, .port = port, .flags = flag});
    }
    return "";
}

std::string
MptcpPmCommands::Announce(uint32_t token, uint8_t id, const Address& address, uint16_t port)
{
    std::string error;
    const Ptr<MptcpSocketBase> connection = Find(token, error);
    if (!connection)
    {
        return error;
    }
    const MptcpSocketBase::Entry entry(PeekPointer(connection));
    if (id == 0)
    {
        return "pm: announce: the id must be 1 to 255";
    }
    if (!IsHost(address))
    {
        return "pm: announce: the address must be an Ipv4Address or an Ipv6Address";
    }
    if (error = Number(connection, id, address, port, MPTCP_ENDPOINT_SIGNAL); !error.empty())
    {
        return error;
    }
    connection->Announce({id, address, port});
    return "";
}

std::string
MptcpPmCommands::Remove(uint32_t token, uint8_t id)
{
    std::string error;
    const Ptr<MptcpSocketBase> connection = Find(token, error);
    if (!connection)
    {
        return error;
    }
    const MptcpSocketBase::Entry entry(PeekPointer(connection));
    const bool announced = std::any_of(connection->m_announced.begin(),
                                       connection->m_announced.end(),
                                       [id](const auto& announce) { return announce.id == id; });
    const bool used =
        std::any_of(connection->m_subflows.begin(),
                    connection->m_subflows.end(),
                    [id](const auto& subflow) { return subflow->GetLocalAddressId() == id; });
    const bool known = std::erase_if(connection->m_userAddresses,
                                     [id](const auto& entry) { return entry.id == id; }) > 0;
    if (!known && !announced && !(id == 0 && used))
    {
        return "pm: remove: the connection has no local address with id " + std::to_string(id);
    }
    if (announced || used)
    {
        connection->Withdraw({id});
    }
    return "";
}

std::string
MptcpPmCommands::CreateSubflow(uint32_t token,
                               uint8_t localId,
                               const Address& local,
                               const Address& remote,
                               bool backup)
{
    std::string error;
    const Ptr<MptcpSocketBase> connection = Find(token, error);
    if (!connection)
    {
        return error;
    }
    const MptcpSocketBase::Entry entry(PeekPointer(connection));
    if (!(HasPort(local) || IsHost(local)) || !HasPort(remote))
    {
        return "pm: create: the local address must be an address or name, the remote one a name "
               "(InetSocketAddress or Inet6SocketAddress)";
    }
    const Address host = HasPort(local) ? MptcpGetHost(local) : local;
    const Address peer = MptcpGetHost(remote);
    if (Ipv4Address::IsMatchingType(host) != Ipv4Address::IsMatchingType(peer) ||
        (Ipv6Address::IsMatchingType(host) &&
         InetSocketAddress::IsMatchingType(connection->m_localName)))
    {
        return "pm: create: the families of the addresses and of the connection do not match";
    }
    const std::size_t numbered = connection->m_userAddresses.size();
    if (error = Number(connection, localId, host, 0, MPTCP_ENDPOINT_SUBFLOW); !error.empty())
    {
        return error;
    }
    const bool fresh = connection->m_userAddresses.size() > numbered;
    MptcpPathActions::Create create{localId, 0, backup};
    for (const MptcpRemoteAddress& known : connection->m_remotes)
    {
        if (known.address == peer)
        {
            create.remoteId = known.id;
        }
    }
    create.localAddress = host;
    create.localPort = HasPort(local) ? MptcpGetPort(local) : 0;
    create.remoteAddress = peer;
    create.remotePort = MptcpGetPort(remote);
    error = connection->OpenSubflow(create, true);
    if (!error.empty() && fresh)
    {
        // As Linux: an address is known by the subflows that could be opened.
        std::erase_if(connection->m_userAddresses,
                      [localId](const auto& entry) { return entry.id == localId; });
    }
    return error;
}

std::string
MptcpPmCommands::DestroySubflow(uint32_t token, const Address& local, const Address& remote)
{
    std::string error;
    const Ptr<MptcpSocketBase> connection = Find(token, error);
    if (!connection)
    {
        return error;
    }
    const MptcpSocketBase::Entry entry(PeekPointer(connection));
    const Ptr<MptcpSubflow> subflow = FindSubflow(connection, local, remote);
    if (!subflow)
    {
        return "pm: destroy: the connection has no such subflow";
    }
    if (!connection->MayDestroy(subflow) && !subflow->IsClosing())
    {
        return "pm: destroy: a connection in plain TCP or in its handshake has no other subflow";
    }
    connection->DestroySubflow(subflow);
    const uint8_t id = subflow->GetLocalAddressId();
    const auto& subflows = connection->m_subflows;
    const bool used = std::any_of(subflows.begin(), subflows.end(), [id](const auto& other) {
        return !other->IsClosing() && other->GetLocalAddressId() == id;
    });
    if (!used)
    {
        std::erase_if(connection->m_userAddresses,
                      [id](const auto& entry) { return entry.id == id; });
    }
    return "";
}

std::string
MptcpPmCommands::SetBackup(uint32_t token, const Address& local, const Address& remote, bool backup)
{
    std::string error;
    const Ptr<MptcpSocketBase> connection = Find(token, error);
    if (!connection)
    {
        return error;
    }
    const MptcpSocketBase::Entry entry(PeekPointer(connection));
    const Ptr<MptcpSubflow> subflow = FindSubflow(connection, local, remote);
    if (!subflow)
    {
        return "pm: set flags: the connection has no such subflow";
    }
    connection->SetSubflowBackup(subflow, backup);
    return "";
}

std::vector<MptcpEndpoint>
MptcpPmCommands::GetAddresses(uint32_t token) const
{
    std::string error;
    const Ptr<MptcpSocketBase> connection = Find(token, error);
    return connection ? connection->m_userAddresses : std::vector<MptcpEndpoint>();
}

} // namespace ns3
