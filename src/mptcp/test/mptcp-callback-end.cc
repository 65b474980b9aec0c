/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-callback-end.h"

#include "mptcp-story.h"

#include "ns3/mptcp-socket-base.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace ns3
{

namespace
{

using Place = MptcpCallbackPlace;

constexpr uint64_t PIECE = 5'000; ///< octets of a write

} // namespace

MptcpCallbackEnd::MptcpCallbackEnd(uint32_t sendSeed, uint32_t receiveSeed, uint64_t octets)
    : m_sendSeed(sendSeed),
      m_receiveSeed(receiveSeed),
      m_octets(octets)
{
}

void
MptcpCallbackEnd::Hit(Place place, Ptr<Socket> s)
{
    if (m_over)
    {
        afterEnd += std::to_string(static_cast<int>(place)) + " ";
    }
    if (hook)
    {
        hook(place, s);
    }
}

void
MptcpCallbackEnd::Use(Ptr<Socket> s)
{
    if (openUntil > Simulator::Now())
    {
        Simulator::Schedule(openUntil - Simulator::Now(), &MptcpCallbackEnd::Write, this);
    }
    // Not lambdas: ns3::Socket deletes what it is calling when the callback is taken back.
    socket = s;
    s->SetConnectCallback(MakeCallback(&MptcpCallbackEnd::OnConnected, this),
                          MakeCallback(&MptcpCallbackEnd::OnFailed, this));
    s->SetRecvCallback(MakeCallback(&MptcpCallbackEnd::OnReceive, this));
    s->SetSendCallback(MakeCallback(&MptcpCallbackEnd::OnRoom, this));
    s->SetDataSentCallback(MakeCallback(&MptcpCallbackEnd::OnSent, this));
    s->SetCloseCallbacks(MakeCallback(&MptcpCallbackEnd::OnClosed, this),
                         MakeCallback(&MptcpCallbackEnd::OnError, this));
}

void
MptcpCallbackEnd::OnConnected(Ptr<Socket> s)
{
    ++connected;
    Hit(Place::CONNECTED, s);
    Write();
}

void
MptcpCallbackEnd::OnFailed(Ptr<Socket> s)
{
    ++failed;
    Hit(Place::CONNECT_FAILED, s);
}

void
MptcpCallbackEnd::OnReceive(Ptr<Socket> s)
{
    Hit(Place::RECEIVE, s);
    reads ? Read() : void();
}

void
MptcpCallbackEnd::OnRoom(Ptr<Socket> s, uint32_t /* octets */)
{
    Hit(Place::SEND_ROOM, s);
    Write();
}

void
MptcpCallbackEnd::OnSent(Ptr<Socket> s, uint32_t /* octets */)
{
    Hit(Place::DATA_SENT, s);
}

void
MptcpCallbackEnd::OnClosed(Ptr<Socket> s)
{
    ++closed;
    Hit(Place::NORMAL_CLOSE, s);
    reads ? Read() : void();
}

void
MptcpCallbackEnd::OnError(Ptr<Socket> s)
{
    ++errors;
    Hit(Place::ERROR_CLOSE, s);
    m_over = true;
    socket = nullptr;
}

bool
MptcpCallbackEnd::WritePiece(Socket& to, uint32_t most)
{
    const uint32_t size = std::min(most, to.GetTxAvailable());
    const auto octets = MptcpContent(m_sendSeed, sent, size);
    sent += size; // Send may come back here by a trace
    if (size == 0 || to.Send(Create<Packet>(octets.data(), size)) < 0)
    {
        sent -= size;
        return false;
    }
    return true;
}

void
MptcpCallbackEnd::Write()
{
    while (socket && !m_shut && sent < m_octets)
    {
        if (!WritePiece(*socket, static_cast<uint32_t>(std::min(PIECE, m_octets - sent))))
        {
            return;
        }
    }
    if (socket && !m_shut && Simulator::Now() >= openUntil)
    {
        ShutdownSend();
    }
}

void
MptcpCallbackEnd::SendUntilFull(Socket& to)
{
    while (!m_shut && WritePiece(to, PIECE))
    {
    }
}

void
MptcpCallbackEnd::ShutdownSend()
{
    m_shut = true;
    socket->ShutdownSend();
    MaybeClose();
}

void
MptcpCallbackEnd::ReadOne()
{
    if (const Ptr<Packet> packet = socket ? socket->Recv(1, 0) : nullptr)
    {
        const uint32_t size = packet->GetSize();
        std::vector<uint8_t> octets(size);
        packet->CopyData(octets.data(), size);
        wrong = wrong || octets != MptcpContent(m_receiveSeed, received, size);
        received += size;
        ended = ended || size == 0;
    }
}

void
MptcpCallbackEnd::Read()
{
    while (const Ptr<Packet> packet = socket ? socket->Recv() : nullptr)
    {
        const uint32_t size = packet->GetSize();
        if (size == 0)
        {
            ended = true;
            break;
        }
        std::vector<uint8_t> octets(size);
        packet->CopyData(octets.data(), size);
        wrong = wrong || octets != MptcpContent(m_receiveSeed, received, size);
        received += size;
    }
    MaybeClose();
}

void
MptcpCallbackEnd::MaybeClose()
{
    if (socket && m_shut && ended)
    {
        const Ptr<Socket> s = std::exchange(socket, nullptr);
        s->Close();
    }
}

void
MptcpCallbackEnd::Drop(bool all)
{
    if (all && socket)
    {
        socket->SetConnectCallback(MakeNullCallback<void, Ptr<Socket>>(),
                                   MakeNullCallback<void, Ptr<Socket>>());
        socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        socket->SetSendCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
        socket->SetDataSentCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
        socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                                  MakeNullCallback<void, Ptr<Socket>>());
        if (const auto mptcp = DynamicCast<MptcpSocketBase>(socket))
        {
            mptcp->SetSubflowCallback(MptcpSubflowCallback());
        }
        m_over = true;
    }
    socket = nullptr;
}

void
MptcpCallbackEnd::Abort()
{
    if (const Ptr<Socket> s = std::exchange(socket, nullptr))
    {
        if (const auto mptcp = DynamicCast<MptcpSocketBase>(s))
        {
            mptcp->SetLinger(true, Time());
        }
        s->Close();
    }
}

} // namespace ns3
