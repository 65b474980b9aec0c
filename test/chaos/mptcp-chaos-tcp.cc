/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-chaos-tcp.h"

#include "ns3/object-factory.h"
#include "ns3/rtt-estimator.h"
#include "ns3/simulator.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-recovery-ops.h"
#include "ns3/tcp-tx-buffer.h"
#include "ns3/type-id.h"

#include <algorithm>
#include <string>

namespace ns3
{

namespace
{

const Time LONGEST_WAIT = Seconds(60); ///< between two probes, as in TcpSocketBase

/**
 * @tparam T base class
 * @param tcp whose
 * @param name attribute that names the class
 * @return an object of this class
 */
template <typename T>
Ptr<T>
Make(const Ptr<TcpL4Protocol>& tcp, const std::string& name)
{
    TypeIdValue type;
    tcp->GetAttribute(name, type);
    ObjectFactory factory;
    factory.SetTypeId(type.Get());
    return factory.Create<T>();
}

} // namespace

NS_OBJECT_ENSURE_REGISTERED(MptcpChaosTcp);

TypeId
MptcpChaosTcp::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpChaosTcp")
                            .SetParent<TcpSocketBase>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpChaosTcp>();
    return tid;
}

Ptr<Socket>
MptcpChaosTcp::Create(Ptr<Node> node)
{
    const auto tcp = node->GetObject<TcpL4Protocol>();
    const auto socket = CreateObject<MptcpChaosTcp>();
    socket->SetNode(node);
    socket->SetTcp(tcp);
    socket->SetRtt(Make<RttEstimator>(tcp, "RttEstimatorType"));
    socket->SetCongestionControlAlgorithm(Make<TcpCongestionOps>(tcp, "SocketType"));
    socket->SetRecoveryAlgorithm(Make<TcpRecoveryOps>(tcp, "RecoveryType"));
    tcp->AddSocket(socket);
    return socket;
}

Ptr<TcpSocketBase>
MptcpChaosTcp::Fork()
{
    return CopyObject<MptcpChaosTcp>(this);
}

void
MptcpChaosTcp::PersistTimeout()
{
    if (m_txBuffer->SizeFromSequence(m_tcb->m_nextTxSequence) > 0)
    {
        TcpSocketBase::PersistTimeout();
        return;
    }
    // "The sending TCP peer must regularly transmit at least one octet of new data (if available),
    // or retransmit to the receiving TCP peer even if the send window is zero" (RFC 9293, section
    // 3.8.6.1).
    if (m_txBuffer->Size() > 0)
    {
        SendDataPacket(m_txBuffer->HeadSequence(), m_tcb->m_segmentSize, true);
    }
    m_persistTimeout = std::min(LONGEST_WAIT, m_persistTimeout + m_persistTimeout);
    m_persistEvent = Simulator::Schedule(m_persistTimeout, &MptcpChaosTcp::PersistTimeout, this);
}

} // namespace ns3
