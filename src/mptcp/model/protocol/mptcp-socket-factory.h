/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SOCKET_FACTORY_H
#define MPTCP_SOCKET_FACTORY_H

#include "ns3/socket-factory.h"

namespace ns3
{

class MptcpStack;
class TcpL4Protocol;

/**
 * @ingroup mptcp
 *
 * Makes MPTCP sockets: name "ns3::MptcpSocketFactory" wherever an application asks for a protocol.
 * It stands beside TcpSocketFactory on the node, so plain TCP sockets live in the same simulation.
 */
class MptcpSocketFactory : public SocketFactory
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    /** @param stack MPTCP of the node @param tcp TCP of the node */
    void SetStack(Ptr<MptcpStack> stack, Ptr<TcpL4Protocol> tcp);
    Ptr<Socket> CreateSocket() override;

  protected:
    void DoDispose() override;

  private:
    Ptr<MptcpStack> m_stack;  ///< MPTCP of the node
    Ptr<TcpL4Protocol> m_tcp; ///< TCP of the node
};

} // namespace ns3

#endif /* MPTCP_SOCKET_FACTORY_H */
