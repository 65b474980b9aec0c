/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-long-end.h"

#include "ns3/packet.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace ns3
{

namespace
{

constexpr uint32_t PERIOD = 1'000'003; ///< a prime
constexpr uint32_t LARGEST = 1U << 17; ///< octets of a Send or a packet at most

} // namespace

MptcpLongEnd::MptcpLongEnd(uint32_t size)
    : m_size(size),
      m_scratch(LARGEST)
{
}

const std::vector<uint8_t>&
MptcpLongEnd::GetTable()
{
    static const std::vector<uint8_t> table = [] {
        std::mt19937 random(1);
        std::vector<uint8_t> octets(PERIOD + LARGEST);
        for (std::size_t i = 0; i < octets.size(); ++i)
        {
            octets[i] = i < PERIOD ? static_cast<uint8_t>(random()) : octets[i - PERIOD];
        }
        return octets;
    }();
    return table;
}

void
MptcpLongEnd::Use(Ptr<Socket> s, uint64_t bytes)
{
    socket = s;
    m_bytes = bytes;
    s->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { Read(); }));
    s->SetSendCallback(
        Callback<void, Ptr<Socket>, uint32_t>([this](Ptr<Socket>, uint32_t) { Write(); }));
    s->SetConnectCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { Write(); }),
                          Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { failed = true; }));
    s->SetCloseCallbacks(Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { closed = true; }),
                         Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { failed = true; }));
}

void
MptcpLongEnd::PauseAt(uint64_t position, Time pause)
{
    m_pauseAt = position;
    m_pause = pause;
}

void
MptcpLongEnd::Write()
{
    while (sent < m_bytes)
    {
        const auto size = static_cast<uint32_t>(std::min<uint64_t>(m_size, m_bytes - sent));
        const uint8_t* octets = GetTable().data() + sent % PERIOD;
        if (socket->GetTxAvailable() < size || socket->Send(Create<Packet>(octets, size)) < 0)
        {
            return;
        }
        sent += size;
    }
}

void
MptcpLongEnd::Read()
{
    while (received < m_pauseAt)
    {
        const auto most = static_cast<uint32_t>(std::min<uint64_t>(LARGEST, m_pauseAt - received));
        const Ptr<Packet> packet = socket->Recv(most, 0);
        if (!packet || packet->GetSize() == 0)
        {
            return;
        }
        Compare(packet);
    }
    if (m_pause.IsStrictlyPositive())
    {
        Simulator::Schedule(m_pause, [this] {
            m_pauseAt = UINT64_MAX;
            Read();
        });
        m_pause = Time();
    }
}

void
MptcpLongEnd::Compare(Ptr<Packet> packet)
{
    const uint32_t size = packet->GetSize();
    const uint8_t* expected = GetTable().data() + received % PERIOD;
    packet->CopyData(m_scratch.data(), size);
    if (firstMismatch < 0 && std::memcmp(m_scratch.data(), expected, size) != 0)
    {
        const auto at = std::mismatch(expected, expected + size, m_scratch.data()).first;
        firstMismatch = static_cast<int64_t>(received) + (at - expected);
    }
    received += size;
    onRead ? onRead(received) : void();
}

} // namespace ns3
