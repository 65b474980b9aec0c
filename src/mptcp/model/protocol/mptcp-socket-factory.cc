/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-socket-factory.h"

#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/tcp-l4-protocol.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSocketFactory);

TypeId
MptcpSocketFactory::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpSocketFactory")
                            .SetParent<SocketFactory>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpSocketFactory>();
    return tid;
}

void
MptcpSocketFactory::SetStack(Ptr<MptcpStack> stack, Ptr<TcpL4Protocol> tcp)
{
    m_stack = stack;
    m_tcp = tcp;
}

Ptr<Socket>
MptcpSocketFactory::CreateSocket()
{
    Ptr<MptcpSocketBase> socket = CreateObject<MptcpSocketBase>();
    m_stack->GuardSegments(); // IPv6 may have come since
    socket->SetStack(m_stack, m_tcp);
    return socket;
}

void
MptcpSocketFactory::DoDispose()
{
    m_stack = nullptr;
    m_tcp = nullptr;
    SocketFactory::DoDispose();
}

} // namespace ns3
