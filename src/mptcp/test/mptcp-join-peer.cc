/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-join-peer.h"

#include "mptcp-story.h"

#include "ns3/packet.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

namespace
{

constexpr uint32_t FIRST_WRITE = 100; ///< octets before the pause that lets joins happen
constexpr uint32_t WRITE = 65536;     ///< largest write

} // namespace

void
MptcpJoinPeer::Set(const Settings& settings)
{
    m_settings = settings;
}

void
MptcpJoinPeer::Use(Ptr<Socket> s)
{
    socket = s;
    s->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { Read(); }));
    s->SetSendCallback(
        Callback<void, Ptr<Socket>, uint32_t>([this](Ptr<Socket>, uint32_t) { Start(); }));
    s->SetConnectCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { Start(); }),
                          Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { failed = true; }));
    s->SetCloseCallbacks(Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { Read(); }),
                         Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { failed = true; }));
}

void
MptcpJoinPeer::Release()
{
    socket = nullptr;
}

void
MptcpJoinPeer::Start()
{
    if (!connected)
    {
        connected = true;
        firstUse = Simulator::Now();
    }
    Write();
}

void
MptcpJoinPeer::Write()
{
    const uint64_t total =
        m_settings.truncate ? std::min(m_settings.truncate, m_settings.bytes) : m_settings.bytes;
    const auto resume = [this] {
        m_waiting = false;
        Write();
    };
    while (!m_waiting && !closed && !failed && sent < total)
    {
        if (m_settings.breakAt > 0 && sent == m_settings.breakAt && !m_broke)
        {
            m_waiting = true;
            Simulator::Schedule(m_settings.breakFor, [this, resume] {
                m_broke = true;
                m_settings.onBreak();
                resume();
            });
            return;
        }
        uint64_t size = std::min<uint64_t>({total - sent, socket->GetTxAvailable(), WRITE});
        if (m_settings.breakAt > sent)
        {
            size = std::min(size, m_settings.breakAt - sent);
        }
        if (m_settings.chunk > 0)
        {
            size = std::min<uint64_t>(size, m_settings.chunk);
        }
        else if (sent == 0)
        {
            size = std::min<uint64_t>(size, FIRST_WRITE);
        }
        const bool pause = m_settings.chunk > 0 || sent == 0;
        if (size == 0)
        {
            return; // goes on with the send callback
        }
        const auto octets = MptcpContent(m_settings.sendSeed, sent, size);
        if (socket->Send(Create<Packet>(octets.data(), size)) < 0)
        {
            return;
        }
        sent += size;
        if (pause)
        {
            m_waiting = true;
            Simulator::Schedule(MilliSeconds(PACE_MS), resume);
        }
    }
    if (!m_waiting && sent == total && connected && !m_finished)
    {
        m_finished = true;
        if (m_settings.truncate)
        {
            MaybeClose();
        }
        else
        {
            Simulator::Schedule(MilliSeconds(m_settings.chunk > 0 ? LINGER_MS : 0),
                                &MptcpJoinPeer::Finish,
                                this);
        }
    }
}

void
MptcpJoinPeer::Finish()
{
    if (!closed && !failed)
    {
        socket->ShutdownSend();
        m_finished = true;
        MaybeClose();
    }
}

void
MptcpJoinPeer::Read()
{
    while (!closed)
    {
        uint32_t room = UINT32_MAX;
        if (m_settings.truncate)
        {
            room = static_cast<uint32_t>(m_settings.truncate - received);
            if (room == 0)
            {
                break;
            }
        }
        const Ptr<Packet> packet = socket->Recv(room, 0);
        if (!packet)
        {
            break;
        }
        const uint32_t size = packet->GetSize();
        if (size == 0)
        {
            ended = true;
            break;
        }
        std::vector<uint8_t> octets(size);
        packet->CopyData(octets.data(), size);
        const auto expected = MptcpContent(m_settings.receiveSeed, received, size);
        if (octets != expected)
        {
            for (uint32_t i = 0; i < size; ++i)
            {
                const bool flipped = octets[i] == static_cast<uint8_t>(~expected[i]);
                inverted += flipped;
                wrong += octets[i] != expected[i] && !flipped;
            }
        }
        received += size;
        lastRead = Simulator::Now();
    }
    MaybeClose();
}

void
MptcpJoinPeer::MaybeClose()
{
    const bool through = m_settings.truncate
                             ? sent >= m_settings.truncate && received >= m_settings.truncate
                             : m_finished && ended;
    if (!through || m_closePending)
    {
        return;
    }
    m_closePending = true;
    Simulator::Schedule(MilliSeconds(m_settings.chunk > 0 ? LINGER_MS : 0), [this] {
        closed = true;
        closedAt = Simulator::Now();
        socket->Close();
    });
}

bool
MptcpJoinPeer::IsDone() const
{
    return closed || failed;
}

bool
MptcpJoinPeer::IsComplete() const
{
    const bool end = m_settings.expectReset ? failed : closed && !failed;
    return end && wrong == 0 && received == m_settings.expected;
}

} // namespace ns3
