/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-subflow-timewait.h"

#include "mptcp-subflow.h"

#include "ns3/callback.h"
#include "ns3/ipv4-end-point.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv6-end-point.h"
#include "ns3/ipv6-interface.h"
#include "ns3/mptcp-sequence.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-option-ts.h"

namespace ns3
{

Ptr<MptcpTimeWait>
MptcpTimeWait::Begin(const Remains& remains)
{
    const Ptr<MptcpTimeWait> self = Create<MptcpTimeWait>(remains);
    // The end point and the event of the end keep it alive.
    if (remains.endPoint)
    {
        remains.endPoint->SetRxCallback(
            Callback<void, Ptr<Packet>, Ipv4Header, uint16_t, Ptr<Ipv4Interface>>(
                [self](Ptr<Packet> packet, const Ipv4Header&, uint16_t, Ptr<Ipv4Interface>) {
                    self->Receive(packet);
                }));
        remains.endPoint->SetIcmpCallback(
            MakeNullCallback<void, Ipv4Address, uint8_t, uint8_t, uint8_t, uint32_t>());
        remains.endPoint->SetDestroyCallback(Callback<void>([self] { self->Forget(); }));
    }
    else
    {
        remains.endPoint6->SetRxCallback(
            Callback<void, Ptr<Packet>, Ipv6Header, uint16_t, Ptr<Ipv6Interface>>(
                [self](Ptr<Packet> packet, const Ipv6Header&, uint16_t, Ptr<Ipv6Interface>) {
                    self->Receive(packet);
                }));
        remains.endPoint6->SetIcmpCallback(
            MakeNullCallback<void, Ipv6Address, uint8_t, uint8_t, uint8_t, uint32_t>());
        remains.endPoint6->SetDestroyCallback(Callback<void>([self] { self->Forget(); }));
    }
    self->Wait();
    return self;
}

MptcpTimeWait::MptcpTimeWait(const Remains& remains)
    : m_remains(remains)
{
}

void
MptcpTimeWait::Receive(Ptr<Packet> packet)
{
    TcpHeader header;
    packet->RemoveHeader(header);
    const bool wanted = WantsAnswer(header, packet->GetSize());
    NoteTimestamp(header);
    if (m_remains.subflow)
    {
        m_remains.subflow->TraceTimeWait(packet, header, true);
    }
    if (wanted)
    {
        Answer(header);
    }
}

void
MptcpTimeWait::NoteTimestamp(const TcpHeader& header)
{
    // Of what is in order, as stock TCP and Linux do it (RFC 7323, section 4.3): what comes again
    // is answered with the timestamp of the first FIN.
    const auto theirs = DynamicCast<const TcpOptionTS>(header.GetOption(TcpOption::TS));
    if (m_remains.echo && theirs && header.GetSequenceNumber() == m_remains.expected &&
        SequenceDistance(theirs->GetTimestamp(), *m_remains.echo) > 0)
    {
        m_remains.echo = theirs->GetTimestamp();
    }
}

void
MptcpTimeWait::Answer(const TcpHeader& header)
{
    TcpHeader answer;
    answer.SetFlags(TcpHeader::ACK);
    answer.SetSourcePort(header.GetDestinationPort());
    answer.SetDestinationPort(header.GetSourcePort());
    answer.SetSequenceNumber(m_remains.next);
    answer.SetAckNumber(m_remains.expected);
    answer.SetWindowSize(m_remains.window);
    if (m_remains.echo)
    {
        Ptr<TcpOptionTS> option = CreateObject<TcpOptionTS>();
        option->SetTimestamp(TcpOptionTS::NowToTsValue());
        option->SetEcho(*m_remains.echo);
        answer.AppendOption(option);
    }
    const Ptr<Packet> packet = MakePacket();
    if (m_remains.subflow)
    {
        m_remains.subflow->TraceTimeWait(packet, answer, false);
    }
    const auto send = [&](auto& endPoint) {
        m_remains.tcp->SendPacket(packet,
                                  answer,
                                  endPoint.GetLocalAddress(),
                                  endPoint.GetPeerAddress(),
                                  m_remains.device);
    };
    m_remains.endPoint ? send(*m_remains.endPoint) : send(*m_remains.endPoint6);
    Wait();
}

bool
MptcpTimeWait::WantsAnswer(const TcpHeader& header, uint32_t payload) const
{
    const uint8_t flags = header.GetFlags();
    if (flags & TcpHeader::RST)
    {
        return false; // RFC 1337
    }
    if (payload > 0)
    {
        return true; // sent again, or behind the end: not acceptable either way
    }
    const bool syn = flags & TcpHeader::SYN;
    if ((flags & TcpHeader::ACK) && header.GetAckNumber() > m_remains.next)
    {
        // Of what was never sent (RFC 9293, section 3.10.7.4). Not for a bare ACK: two ends that
        // disagree would never stop.
        return syn || (flags & TcpHeader::FIN);
    }
    if (syn)
    {
        return false; // stock TCP lets no connection begin before the wait is over
    }
    // What is old was sent again, since an ACK was lost, or asks whether anybody is there.
    return header.GetSequenceNumber() < m_remains.expected;
}

Ptr<Packet>
MptcpTimeWait::MakePacket() const
{
    // Made when it is wanted: a packet takes whatever buffer ns-3 has left over, of any size.
    Ptr<Packet> packet = Create<Packet>();
    if (m_remains.tos)
    {
        SocketIpTosTag tag;
        tag.SetTos(*m_remains.tos);
        packet->AddPacketTag(tag);
    }
    if (m_remains.ttl)
    {
        SocketIpTtlTag tag;
        tag.SetTtl(*m_remains.ttl);
        packet->AddPacketTag(tag);
    }
    if (m_remains.tclass)
    {
        SocketIpv6TclassTag tag;
        tag.SetTclass(*m_remains.tclass);
        packet->AddPacketTag(tag);
    }
    if (m_remains.hopLimit)
    {
        SocketIpv6HopLimitTag tag;
        tag.SetHopLimit(*m_remains.hopLimit);
        packet->AddPacketTag(tag);
    }
    if (m_remains.priority)
    {
        SocketPriorityTag tag;
        tag.SetPriority(m_remains.priority);
        packet->AddPacketTag(tag);
    }
    return packet;
}

void
MptcpTimeWait::Wait()
{
    // One event however often the wait begins anew: those that are canceled stay in the list of
    // the simulator until their time.
    m_until = Simulator::Now() + m_remains.wait;
    if (m_end.IsExpired())
    {
        m_end = Simulator::Schedule(m_remains.wait, &MptcpTimeWait::End, Ptr<MptcpTimeWait>(this));
    }
}

void
MptcpTimeWait::End()
{
    if (const Time left = m_until - Simulator::Now(); left.IsStrictlyPositive())
    {
        m_end = Simulator::Schedule(left, &MptcpTimeWait::End, Ptr<MptcpTimeWait>(this));
        return;
    }
    // Of a node that has ended there is nothing left to give back.
    if (Ipv4EndPoint* endPoint = m_remains.endPoint)
    {
        endPoint->SetDestroyCallback(MakeNullCallback<void>());
        m_remains.tcp->DeAllocate(endPoint);
    }
    else if (Ipv6EndPoint* endPoint6 = m_remains.endPoint6)
    {
        endPoint6->SetDestroyCallback(MakeNullCallback<void>());
        m_remains.tcp->DeAllocate(endPoint6);
    }
    MptcpSubflow* subflow = m_remains.subflow;
    Forget();
    if (subflow)
    {
        subflow->EndTimeWait();
    }
}

void
MptcpTimeWait::ForgetSubflow()
{
    m_remains.subflow = nullptr;
}

void
MptcpTimeWait::Forget()
{
    m_end.Cancel();
    m_end = EventId(); // it keeps the event, and the event this
    m_remains = Remains();
}

} // namespace ns3
