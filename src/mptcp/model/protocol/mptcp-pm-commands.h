/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PM_COMMANDS_H
#define MPTCP_PM_COMMANDS_H

#include "ns3/address.h"
#include "ns3/mptcp-endpoint.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

class MptcpSocketBase;
class MptcpStack;
class MptcpSubflow;

/**
 * @ingroup mptcp
 *
 * The commands of a path manager that the user writes, to the connections of one node that have
 * ns3::MptcpPathManagerUser: what Linux's userspace path manager takes over netlink. Its events are
 * the trace PmEvent of MptcpStack, which also tells the token of a connection.
 *
 * Each command answers "" for success or one line that says what is wrong. None may be given within
 * a call of PmEvent: schedule it (Simulator::ScheduleNow).
 */
class MptcpPmCommands
{
  public:
    /** @param stack MPTCP of the node */
    explicit MptcpPmCommands(Ptr<MptcpStack> stack);

    /**
     * Announce a local address by ADD_ADDR. With a port, a socket must listen there.
     *
     * @param token our token of the connection
     * @param id address identifier, 1 to 255
     * @param address Ipv4Address or Ipv6Address
     * @param port port to announce, 0: none
     * @return error or ""
     */
    std::string Announce(uint32_t token, uint8_t id, const Address& address, uint16_t port = 0);
    /**
     * Withdraw a local address by REMOVE_ADDR. Its subflows are left to DestroySubflow.
     *
     * @param token our token of the connection
     * @param id address identifier; 0 is the initial subflow's address
     * @return error or ""
     */
    std::string Remove(uint32_t token, uint8_t id);
    /**
     * Open a subflow.
     *
     * @param token our token of the connection
     * @param localId identifier of the local address; 0: that of the initial subflow, or the one
     * that the address has, or the next free one
     * @param local Ipv4Address or Ipv6Address, or with a port Inet[6]SocketAddress
     * @param remote InetSocketAddress or Inet6SocketAddress
     * @param backup ask for backup use
     * @return error or ""
     */
    std::string CreateSubflow(uint32_t token,
                              uint8_t localId,
                              const Address& local,
                              const Address& remote,
                              bool backup = false);
    /**
     * Close a subflow. When no other one is left with its local address identifier, that address
     * is no longer one of GetAddresses, also if it was announced. The one subflow of plain TCP, or
     * of a connection in its handshake, cannot be closed: its FIN would end the data.
     *
     * @param token our token of the connection
     * @param local InetSocketAddress or Inet6SocketAddress
     * @param remote InetSocketAddress or Inet6SocketAddress
     * @return error or ""
     */
    std::string DestroySubflow(uint32_t token, const Address& local, const Address& remote);
    /**
     * Change a subflow to or from backup use by MP_PRIO.
     *
     * @param token our token of the connection
     * @param local InetSocketAddress or Inet6SocketAddress
     * @param remote InetSocketAddress or Inet6SocketAddress
     * @param backup what to ask for
     * @return error or ""
     */
    std::string SetBackup(uint32_t token, const Address& local, const Address& remote, bool backup);
    /**
     * Local addresses of a connection besides the initial one, in order of first use: announced
     * ones have the flag MPTCP_ENDPOINT_SIGNAL, those of subflows created MPTCP_ENDPOINT_SUBFLOW,
     * those that the peer has found by itself none.
     *
     * @param token our token of the connection
     * @return the addresses; none for a token that no such connection has
     */
    std::vector<MptcpEndpoint> GetAddresses(uint32_t token) const;

  private:
    /** @param token a token @param error what is wrong with it @return connection, or null */
    Ptr<MptcpSocketBase> Find(uint32_t token, std::string& error) const;
    /** @param connection whose @param local name @param remote name @return subflow, or null */
    static Ptr<MptcpSubflow> FindSubflow(const Ptr<MptcpSocketBase>& connection,
                                         const Address& local,
                                         const Address& remote);
    /**
     * Number a local address.
     *
     * @param connection of which connection
     * @param id identifier wanted, 0: any; set on success
     * @param host Ipv4Address or Ipv6Address
     * @param port port that is announced with it: with another one it is another address; 0: none
     * @param flag MptcpEndpointFlag of an address that is new
     * @return error or ""
     */
    static std::string Number(const Ptr<MptcpSocketBase>& connection,
                              uint8_t& id,
                              const Address& host,
                              uint16_t port,
                              uint8_t flag);

    Ptr<MptcpStack> m_stack; ///< MPTCP of the node
};

} // namespace ns3

#endif /* MPTCP_PM_COMMANDS_H */
