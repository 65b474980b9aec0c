/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-closing-peer.h"

#include "ns3/boolean.h"
#include "ns3/object-ptr-container.h"
#include "ns3/tcp-l4-protocol.h"

#include <algorithm>
#include <sstream>

namespace ns3::mptcp_script
{

namespace
{

const Octets SENT = Text("peer"); ///< data of a segment of the peer

const Time PATIENCE = Seconds(5);       ///< a retransmission timeout, and some more
const Time DELAYED = MilliSeconds(250); ///< a delayed ACK has gone by then
const Time LONG = Seconds(400);         ///< longer than TIME_WAIT

using Tcp = TcpSocket::TcpStates_t;
using Mptcp = MptcpState;

} // namespace

bool
IsMptcp(Origin origin)
{
    return origin == Origin::MPTCP_CLIENT || origin == Origin::MPTCP_LISTENER;
}

const std::vector<Way>&
GetWays(Origin origin)
{
    static const std::vector<Way> TCP = {
        {Mptcp::ESTABLISHED, Tcp::ESTABLISHED, {}},
        {Mptcp::FIN_WAIT_1, Tcp::FIN_WAIT_1, {CLOSE}},
        {Mptcp::FIN_WAIT_2, Tcp::FIN_WAIT_2, {CLOSE, ACK_FIN}},
        {Mptcp::CLOSE_WAIT, Tcp::CLOSE_WAIT, {FIN}},
        {Mptcp::CLOSING, Tcp::CLOSING, {CLOSE, FIN}},
        {Mptcp::LAST_ACK, Tcp::LAST_ACK, {FIN, CLOSE}},
        {Mptcp::CLOSED, Tcp::TIME_WAIT, {CLOSE, ACK_FIN, FIN}},
    };

    static const std::vector<Way> MPTCP = {
        {Mptcp::ESTABLISHED, Tcp::ESTABLISHED, {}},
        {Mptcp::FIN_WAIT_1, Tcp::ESTABLISHED, {CLOSE}},
        {Mptcp::FIN_WAIT_2, Tcp::ESTABLISHED, {CLOSE, ACK_DFIN}},
        {Mptcp::CLOSE_WAIT, Tcp::ESTABLISHED, {DFIN}},
        {Mptcp::CLOSE_WAIT, Tcp::CLOSE_WAIT, {DFIN | FIN}},
        {Mptcp::CLOSING, Tcp::ESTABLISHED, {CLOSE, DFIN}},
        {Mptcp::CLOSING, Tcp::CLOSE_WAIT, {CLOSE, DFIN | FIN}},
        {Mptcp::LAST_ACK, Tcp::ESTABLISHED, {DFIN, CLOSE}},
        {Mptcp::LAST_ACK, Tcp::CLOSE_WAIT, {DFIN | FIN, CLOSE}},
        {Mptcp::LAST_ACK, Tcp::FIN_WAIT_1, {DFIN, CLOSE, ACK_DFIN}},
        {Mptcp::LAST_ACK, Tcp::FIN_WAIT_2, {DFIN, CLOSE, ACK_DFIN, ACK_FIN}},
        {Mptcp::LAST_ACK, Tcp::CLOSING, {DFIN, CLOSE, ACK_DFIN, FIN}},
        {Mptcp::LAST_ACK, Tcp::LAST_ACK, {DFIN | FIN, CLOSE, ACK_DFIN}},
        {Mptcp::TIME_WAIT, Tcp::FIN_WAIT_1, {CLOSE, DFIN, ACK_DFIN}},
        {Mptcp::TIME_WAIT, Tcp::FIN_WAIT_2, {CLOSE, DFIN, ACK_DFIN, ACK_FIN}},
        {Mptcp::TIME_WAIT, Tcp::CLOSING, {CLOSE, DFIN, ACK_DFIN, FIN}},
        {Mptcp::TIME_WAIT, Tcp::LAST_ACK, {CLOSE, DFIN | FIN, ACK_DFIN}},
    };
    return IsMptcp(origin) ? MPTCP : TCP;
}

std::string
NameOf(uint8_t carried)
{
    static const std::pair<uint8_t, const char*> NAMES[] = {{DATA, "data"},
                                                            {ACK_DATA, "ACK of data"},
                                                            {ACK_FIN, "ACK of FIN"},
                                                            {FIN, "FIN"},
                                                            {ACK_DFIN, "DATA_ACK of DATA_FIN"},
                                                            {DFIN, "DATA_FIN"}};
    std::string text;
    for (const auto& [bit, name] : NAMES)
    {
        text += carried & bit ? std::string(text.empty() ? "" : ", ") + name : "";
    }
    return text.empty() ? "nothing" : text;
}

std::string
NameOf(Origin origin, const Way& way)
{
    std::ostringstream text;
    if (IsMptcp(origin))
    {
        text << way.connection << ", subflow in ";
    }
    text << TcpSocket::TcpStateName[way.subflow];
    return text.str();
}

Flow
Begin(Script& s, Origin origin)
{
    Flow flow;
    switch (origin)
    {
    case Origin::MPTCP_CLIENT:
        flow = s.Open();
        s.Send(flow, Peer::ACK, s.Ack(0));
        break;
    case Origin::MPTCP_LISTENER:
        flow = s.Accept();
        s.Send(flow, Peer::ACK, s.Ack(0));
        break;
    case Origin::TCP_DISABLED:
        s.stack->SetAttribute("Enabled", BooleanValue(false));
        [[fallthrough]];
    case Origin::TCP_CLIENT:
        flow = s.Connect();
        s.Send(flow, Peer::SYN | Peer::ACK, {});
        break;
    case Origin::TCP_REFUSED:
        s.stack->SetAttribute("Enabled", BooleanValue(false));
        s.Listen();
        s.Send(flow, Peer::SYN, FromHex("1e040101"));
        s.Send(flow, Peer::ACK, {});
        break;
    case Origin::TCP_LISTENER:
        s.Listen();
        s.Send(flow, Peer::SYN, {});
        s.Send(flow, Peer::ACK, {});
        break;
    case Origin::TCP_LATER:
        flow = s.Accept();
        s.Send(flow, Peer::ACK, {}, Text("abc"));
        s.Wait(flow, DELAYED);
        break;
    }
    return flow;
}

ClosingPeer::ClosingPeer(Origin origin, bool writes)
    : m_mptcp(IsMptcp(origin)),
      m_written(writes ? Text("host") : Octets())
{
    m_flow = Begin(s, origin);
    m_listens = s.listener != nullptr;
    s.CheckFallback(!m_mptcp);
    if (!s.GetConnection() || s.GetConnection()->GetSubflows().empty())
    {
        s.Check(false, "no subflow");
        return;
    }
    m_subflow = s.GetConnection()->GetSubflows().front();
    m_first = m_flow.ack;
    m_acked = m_flow.ack;
    m_next = m_flow.ack;
    m_highestAck = m_flow.seq;
    if (writes)
    {
        s.Write(m_written);
        Wait(SHORT);
        s.Check(m_next == m_first + m_written.size(), "the host's data is not sent");
    }
    WatchApplication();
}

void
ClosingPeer::WatchApplication()
{
    const auto read = [this](Ptr<Socket> socket) {
        while (Ptr<Packet> packet = socket->Recv())
        {
            if (packet->GetSize() == 0)
            {
                break;
            }
        }
    };
    const auto act = [this] {
        if (m_armed && !m_closed)
        {
            Close();
        }
    };
    s.socket->SetRecvCallback(Callback<void, Ptr<Socket>>([read, act](Ptr<Socket> socket) {
        read(socket);
        act();
    }));
    s.socket->SetSendCallback(
        Callback<void, Ptr<Socket>, uint32_t>([act](Ptr<Socket>, uint32_t) { act(); }));
    s.socket->SetCloseCallbacks(
        Callback<void, Ptr<Socket>>([this, act](Ptr<Socket>) {
            s.closed = true;
            act();
        }),
        Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { s.failed = true; }));
}

void
ClosingPeer::Go(const Way& way)
{
    for (const uint8_t step : way.steps)
    {
        if (step == CLOSE)
        {
            Close();
            Wait(SHORT);
        }
        else
        {
            Send(step);
        }
    }
    CheckStates(way.subflow, way.connection);
}

void
ClosingPeer::Close()
{
    m_closed = true;
    s.Check(s.socket->Close() == 0, "Close fails");
}

void
ClosingPeer::CloseInCallback()
{
    m_armed = true;
}

bool
ClosingPeer::IsClosed() const
{
    return m_closed;
}

Octets
ClosingPeer::MakeOptions(uint8_t carried, uint32_t seq) const
{
    if (!m_mptcp)
    {
        return {};
    }
    const auto length = static_cast<uint16_t>(carried & DATA ? SENT.size() : 0);
    const bool fin = carried & DFIN;
    if (length == 0 && !fin)
    {
        return s.Ack(m_dataAcked);
    }
    // A DATA_FIN without data has SSN 0 (RFC 8684, section 3.3.3).
    return s.Map(m_octets,
                 length > 0 ? seq - PEER_ISN : 0,
                 static_cast<uint16_t>(length + (fin ? 1 : 0)),
                 fin,
                 m_dataAcked);
}

void
ClosingPeer::Send(uint8_t carried)
{
    if (!m_subflow)
    {
        return;
    }
    if (carried & ACK_DATA)
    {
        m_acked = std::max<uint32_t>(m_acked, m_first + m_written.size());
        m_dataAcked = std::max<uint64_t>(m_dataAcked, m_written.size());
    }
    if (carried & ACK_FIN)
    {
        s.Check(m_fins > 0, "no FIN to acknowledge");
        m_acked = m_finEnd;
    }
    if (carried & ACK_DFIN)
    {
        m_dataAcked = m_written.size() + 1;
    }
    Flow sent = m_flow;
    sent.ack = m_acked;
    sent.seq -= (carried & FIN) && m_finSent ? 1 : 0;
    const Octets data = carried & DATA ? SENT : Octets();
    const uint8_t flags = Peer::ACK | (carried & FIN ? Peer::FIN : 0);
    s.peer.Send(s.Make(sent, flags, MakeOptions(carried, sent.seq), data));
    m_octets += data.size();
    m_dataFinSent |= (carried & DFIN) != 0;
    m_flow.seq += data.size() + ((carried & FIN) && !m_finSent ? 1 : 0);
    m_finSent |= (carried & FIN) != 0;
    const uint32_t before = m_highestAck;
    m_highestAck = 0;
    Wait(SHORT);
    if ((carried & DATA) && m_highestAck == 0)
    {
        Wait(DELAYED);
    }
    if ((carried & (DATA | FIN)) && m_subflow->GetTcpState() != TcpSocket::CLOSED)
    {
        s.Check(m_highestAck == m_flow.seq, "the segment is not acknowledged");
    }
    m_highestAck = std::max(m_highestAck, before);
}

void
ClosingPeer::SendStray(uint8_t flags, int32_t seq, int32_t ack, const Octets& data)
{
    Flow stray = m_flow;
    stray.seq += seq;
    stray.ack = m_next + ack;
    const bool dss = m_mptcp && (flags & Peer::ACK);
    s.peer.Send(s.Make(stray, flags, dss ? s.Ack(m_dataAcked) : Octets(), data));
    Wait(SHORT);
}

uint32_t
ClosingPeer::GetNext() const
{
    return m_next;
}

uint32_t
ClosingPeer::GetPeerNext() const
{
    return m_flow.seq;
}

void
ClosingPeer::Wait(Time time)
{
    s.Wait(m_flow, time);
    for (const Segment& segment : s.answers)
    {
        Look(segment);
    }
}

void
ClosingPeer::Look(const Segment& segment)
{
    const uint32_t end = segment.seq + segment.data.size() + (segment.flags & Peer::FIN ? 1 : 0);
    s.Check(!(segment.flags & Peer::RST), "a RST");
    s.Check(segment.ack <= m_flow.seq, "an acknowledgment of what was not sent");
    if (segment.flags & Peer::FIN)
    {
        s.Check(m_fins == 0 || m_finEnd == end, "FINs with different numbers");
        m_finEnd = end;
        ++m_fins;
    }
    // RFC 9293, section 3.10.7.4: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>.
    s.Check(segment.seq != end || segment.seq == m_next,
            "an ACK at " + std::to_string(static_cast<int32_t>(segment.seq - m_next)) +
                " from SND.NXT");
    m_next = std::max(m_next, end);
    m_highestAck = std::max(m_highestAck, segment.ack);
    const auto dss = Peer::Find<MptcpDss>(segment);
    m_dataFins += dss && dss->dataFin ? 1 : 0;
    s.Check(m_mptcp || Peer::GetMptcpOctets(segment).empty(), "an MPTCP option in plain TCP");
}

void
ClosingPeer::CheckStates(TcpSocket::TcpStates_t subflow, MptcpState connection)
{
    if (!m_subflow)
    {
        return;
    }
    std::ostringstream found;
    found << TcpSocket::TcpStateName[m_subflow->GetTcpState()] << " and "
          << s.GetConnection()->GetState();
    std::ostringstream wanted;
    wanted << TcpSocket::TcpStateName[subflow] << " and " << connection;
    s.Check(found.str() == wanted.str(), "in " + found.str() + " instead of " + wanted.str());
}

void
ClosingPeer::AwaitDataFin()
{
    if (m_dataAcked > m_written.size())
    {
        return;
    }
    const uint32_t before = m_dataFins;
    Wait(PATIENCE);
    s.Check(before > 0 && m_dataFins > before, "the DATA_FIN does not come twice");
    Send(ACK_DATA | ACK_DFIN);
}

void
ClosingPeer::AwaitFin()
{
    if (m_fins > 0 && m_acked == m_finEnd)
    {
        return;
    }
    Send(ACK_DATA);
    s.Check(m_fins > 0, "no FIN");
    if (m_fins == 0)
    {
        return;
    }
    const uint32_t before = m_fins;
    Wait(PATIENCE);
    s.Check(m_fins > before, "the FIN is not repeated");
    Send(ACK_FIN);
}

void
ClosingPeer::Finish()
{
    if (!m_subflow)
    {
        return;
    }
    if (!m_closed)
    {
        Close();
        Wait(SHORT);
    }
    if (m_mptcp)
    {
        AwaitDataFin();
        if (!m_dataFinSent)
        {
            Send(DFIN);
        }
    }
    AwaitFin();
    if (!m_finSent)
    {
        Send(FIN);
    }
    if (m_subflow->GetTcpState() == TcpSocket::TIME_WAIT)
    {
        // "The only thing that can arrive in this state is a retransmission of the remote FIN.
        // Acknowledge it, and restart the 2 MSL timeout." (RFC 9293, section 3.10.7.4)
        Wait(Seconds(200));
        Send(FIN);
        Wait(Seconds(200));
        Send(FIN);
    }
    Wait(LONG);
    CheckStates(TcpSocket::CLOSED, MptcpState::CLOSED);
    s.Check(s.closed, "no end for the application");
    s.Check(!s.failed, "an error");
    CheckNothingLeft();
}

void
ClosingPeer::CheckNothingLeft()
{
    m_subflow = nullptr; // what only this test still holds is not left
    s.socket = nullptr;
    ObjectPtrContainerValue sockets;
    s.peer.GetHost()->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
    const std::size_t listeners = m_listens ? 1 : 0;
    s.Check(sockets.GetN() == listeners,
            std::to_string(sockets.GetN()) + " sockets instead of " + std::to_string(listeners));
    s.Check(s.stack->GetNConnections() == listeners, "a connection is left");
    s.Check(s.stack->GetTokens().GetSize() == 0, "a token is left");
    s.CheckCounter("MPCurrEstab", 0);
}

} // namespace ns3::mptcp_script
