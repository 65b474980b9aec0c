/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_TCP_SOCKET_FACTORY_H
#define MPTCP_TCP_SOCKET_FACTORY_H

#include "ns3/tcp-socket-factory.h"

namespace ns3
{

class Node;

/**
 * @ingroup mptcp
 *
 * Makes MPTCP sockets for applications that ask for "ns3::TcpSocketFactory" by name. It stands on
 * the node beside the factory of stock TCP, and before it: see MptcpStackHelper::Mptcpize.
 */
class MptcpTcpSocketFactory : public TcpSocketFactory
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    /**
     * Let a node's TCP sockets be MPTCP from now on.
     *
     * @param node a node with an MptcpSocketFactory; twice is no change
     */
    static void Install(Ptr<Node> node);
    Ptr<Socket> CreateSocket() override;
};

} // namespace ns3

#endif /* MPTCP_TCP_SOCKET_FACTORY_H */
