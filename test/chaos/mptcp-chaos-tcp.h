/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CHAOS_TCP_H
#define MPTCP_CHAOS_TCP_H

#include "ns3/node.h"
#include "ns3/socket.h"
#include "ns3/tcp-socket-base.h"

namespace ns3
{

/**
 * Stock TCP that survives a window closed over all that it has sent. TcpSocketBase::PersistTimeout
 * takes the octet of the probe from what was not sent yet, and uses a null pointer if there is
 * none.
 */
class MptcpChaosTcp : public TcpSocketBase
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    /**
     * As TcpL4Protocol::CreateSocket.
     *
     * @param node with an internet stack
     * @return a socket that the node's TCP knows
     */
    static Ptr<Socket> Create(Ptr<Node> node);

  protected:
    Ptr<TcpSocketBase> Fork() override;
    void PersistTimeout() override;
};

} // namespace ns3

#endif /* MPTCP_CHAOS_TCP_H */
