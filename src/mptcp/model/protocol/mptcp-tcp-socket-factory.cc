/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-tcp-socket-factory.h"

#include "mptcp-socket-factory.h"

#include "ns3/abort.h"
#include "ns3/node.h"
#include "ns3/socket.h"

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpTcpSocketFactory);

namespace
{

/// Sockets that a node can have made before: far more than a simulation holds.
constexpr uint32_t MOST_LOOKUPS = 1U << 24;

/** @param node a node @return an application that asks for TCP gets this module's factory */
bool
IsFirst(const Ptr<Node>& node)
{
    return DynamicCast<MptcpTcpSocketFactory>(
               node->GetObject<SocketFactory>(TcpSocketFactory::GetTypeId())) != nullptr;
}

} // namespace

TypeId
MptcpTcpSocketFactory::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpTcpSocketFactory")
                            .SetParent<TcpSocketFactory>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpTcpSocketFactory>();
    return tid;
}

void
MptcpTcpSocketFactory::Install(Ptr<Node> node)
{
    if (!node->GetObject<SocketFactory>(GetTypeId()))
    {
        node->AggregateObject(CreateObject<MptcpTcpSocketFactory>());
    }
    // Of several aggregated objects of a type ns-3 takes the one that was found most often
    // (Object::DoGetObject). So ours is asked for by its own name until it is before stock TCP's:
    // more often than the node has made TCP sockets, and each look whether it is there counts as
    // one. Then it stays there: only what is found counts.
    for (uint32_t batch = 1; !IsFirst(node); batch *= 2)
    {
        NS_ABORT_MSG_IF(batch > MOST_LOOKUPS,
                        "MptcpStackHelper::Mptcpize: node "
                            << node->GetId()
                            << " goes on making sockets of stock TCP: this release of ns-3 "
                               "does not order aggregated objects by use");
        for (uint32_t i = 0; i < batch; ++i)
        {
            node->GetObject<SocketFactory>(GetTypeId());
        }
    }
}

Ptr<Socket>
MptcpTcpSocketFactory::CreateSocket()
{
    return GetObject<MptcpSocketFactory>()->CreateSocket();
}

} // namespace ns3
