/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * One host against a scripted peer: segments that do not fit, in every state of RFC 9293, before
 * and after the FIN of either side. The host answers as section 3.10.7 has it, keeps its state, and
 * the connection goes on to its end.
 */

#include "mptcp-closing-peer.h"

#include <string>
#include <utility>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

using Tcp = TcpSocket::TcpStates_t;

/** What the host does with a segment. */
enum class Answer : uint8_t
{
    ACK,    ///< an ACK
    SILENT, ///< nothing
};

/** A segment that does not fit. */
struct Stray
{
    const char* name; ///< what it is
    uint8_t flags;    ///< TCP flags
    int32_t seq;      ///< from the peer's SND.NXT
    int32_t ack;      ///< from the host's SND.NXT
    bool data;        ///< it has data
    Answer answer;    ///< of the host
    bool finished;    ///< only behind the peer's FIN
};

/// A bare ACK of what was never sent gets no answer: two ends that disagree would never stop.
const Stray STRAYS[] = {
    {"an ACK beyond SND.NXT", Peer::ACK, 0, 1, false, Answer::SILENT, false},
    {"an ACK far beyond SND.NXT", Peer::ACK, 0, 70000, false, Answer::SILENT, false},
    {"data that acknowledges what was never sent", Peer::ACK, 0, 1, true, Answer::ACK, false},
    {"data that acknowledges far too much", Peer::ACK, 0, 70000, true, Answer::ACK, false},
    {"a FIN that acknowledges what was never sent",
     Peer::ACK | Peer::FIN,
     0,
     1,
     false,
     Answer::ACK,
     false},
    {"a FIN with data that acknowledges what was never sent",
     Peer::ACK | Peer::FIN,
     0,
     2,
     true,
     Answer::ACK,
     false},
    {"a keepalive", Peer::ACK, -1, -9, false, Answer::ACK, false},
    {"a keepalive with an octet", Peer::ACK, -1, -9, true, Answer::ACK, false},
    {"data without an ACK behind the FIN", 0, 0, 0, true, Answer::SILENT, true},
    {"a SYN", Peer::SYN, -5000, 0, false, Answer::ACK, false},
    {"a SYN with an ACK", Peer::SYN | Peer::ACK, 900000000, 0, false, Answer::ACK, false},
    {"a SYN with a FIN", Peer::SYN | Peer::FIN, 0, 0, false, Answer::ACK, false},
    {"a FIN without an ACK", Peer::FIN, 0, 0, false, Answer::SILENT, false},
    {"no flag at all", 0, 0, 0, false, Answer::SILENT, false},
};

/** All strays in one state, of one origin. */
class StrayTestCase : public TestCase
{
  public:
    /** @param name of the origin @param origin how the connection begins @param way to the state */
    StrayTestCase(const std::string& name, Origin origin, const Way& way)
        : TestCase(name + ", " + NameOf(origin, way)),
          m_origin(origin),
          m_way(way)
    {
    }

  private:
    void DoRun() override
    {
        ClosingPeer peer(m_origin, true);
        peer.Go(m_way);
        const bool finished = m_way.subflow == Tcp::CLOSING || m_way.subflow == Tcp::LAST_ACK;
        for (const Stray& stray : STRAYS)
        {
            if (stray.finished && !finished)
            {
                continue;
            }
            const std::size_t before = peer.s.read.size();
            peer.SendStray(stray.flags,
                           stray.seq,
                           stray.ack,
                           stray.data ? Octets(1, 'x') : Octets());
            Check(peer, stray);
            peer.s.Check(peer.s.read.size() == before, std::string(stray.name) + " is read");
            peer.CheckStates(m_way.subflow, m_way.connection);
        }
        peer.Finish();
        NS_TEST_EXPECT_MSG_EQ(peer.s.complaints, "", GetName());
    }

    /** @param peer after the segment @param stray the segment */
    void Check(ClosingPeer& peer, const Stray& stray) const
    {
        const std::string name(stray.name);
        uint32_t acks = 0;
        for (const Segment& segment : peer.s.answers)
        {
            acks += segment.flags == Peer::ACK && segment.data.empty() ? 1 : 0;
        }
        // In TIME_WAIT a SYN may be that of a new connection, which has to wait: stock TCP, too, is
        // silent.
        const bool waits = (stray.flags & Peer::SYN) && m_way.subflow == Tcp::TIME_WAIT;
        const uint32_t wanted = stray.answer == Answer::ACK && !waits ? 1 : 0;
        peer.s.Check(acks == wanted,
                     std::to_string(acks) + " ACKs instead of " + std::to_string(wanted) + " for " +
                         name);
        if (wanted > 0 && acks > 0)
        {
            // "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>"
            peer.s.Check(peer.s.Last().seq == peer.GetNext(), "SEQ of the answer to " + name);
            peer.s.Check(peer.s.Last().ack == peer.GetPeerNext(), "ACK of the answer to " + name);
        }
    }

    Origin m_origin; ///< how the connection begins
    Way m_way;       ///< how it gets to the state
};

/** @param s script @param flow flow @param wrong acknowledgment number that is answered by a RST */
void
CheckRefused(Script& s, const Flow& flow, uint32_t wrong)
{
    const auto reset = s.FindAnswer(flow.path, Peer::RST);
    s.Check(reset.has_value(), "no RST");
    s.Check(reset && reset->seq == wrong && !(reset->flags & Peer::ACK), "not <SEQ=SEG.ACK><RST>");
    s.Check(reset && Peer::GetMptcpOctets(*reset).empty(), "a RST with an option of MPTCP");
}

void
WrongSynAck(Script& s)
{
    Flow flow = s.Connect();
    for (const int32_t offset : {-1, 1, 70000})
    {
        for (const uint8_t flags : {Peer::SYN | Peer::ACK, int{Peer::ACK}})
        {
            Flow wrong = flow;
            wrong.ack += offset;
            s.Send(wrong, flags, {});
            CheckRefused(s, flow, flow.ack + offset);
        }
    }
    s.Check(s.GetConnection()->GetState() == MptcpState::SYN_SENT && !s.failed, "given up");
    s.Send(flow, Peer::SYN | Peer::ACK, FromHex(std::string("1e0c0101") + PEER_KEY_HEX));
    s.CheckFallback(false);
    s.Check(s.GetConnection()->GetState() == MptcpState::ESTABLISHED, "not established");
}

void
WrongThirdAck(Script& s)
{
    s.Listen();
    Flow flow;
    s.Send(flow, Peer::SYN, FromHex("1e040101"));
    s.LearnKey();
    for (const int32_t offset : {-1, 1, 70000})
    {
        for (const uint8_t flags : {int{Peer::ACK}, Peer::FIN | Peer::ACK, Peer::SYN | Peer::ACK})
        {
            Flow wrong = flow;
            wrong.ack += offset;
            s.Send(wrong, flags, {});
            CheckRefused(s, flow, flow.ack + offset);
        }
    }
    s.Send(flow, Peer::ACK, s.GetKeys());
    s.CheckFallback(false);
    s.Check(s.GetConnection()->GetState() == MptcpState::ESTABLISHED, "not established");
}

void
ProbeTaken(Script& s)
{
    // The octet of a probe of a closed window was sent: it may be acknowledged, what is behind it
    // may not.
    Flow flow = s.Connect();
    flow.window = 0;
    s.Send(flow, Peer::SYN | Peer::ACK, {});
    s.CheckFallback(true);
    s.Send(flow, Peer::ACK, {});
    s.Write(Text("abcdef"));
    const uint32_t first = flow.ack;
    for (int i = 0; i < 20 && s.GetSent(0).empty(); ++i)
    {
        s.Wait(flow, Seconds(1));
    }
    s.Check(s.GetSent(0) == Text("a"), "no probe");
    flow.window = 65535;
    flow.ack = first + 2;
    s.Send(flow, Peer::ACK, {});
    s.Check(s.GetSent(0).empty(), "an ACK beyond the probe opens the window");
    flow.ack = first + 1;
    s.Send(flow, Peer::ACK, {});
    s.Check(s.GetSent(0) == Text("bcdef"), "the rest is not sent behind the probe");
}

/** The suite. */
class MptcpStrayTestSuite : public TestSuite
{
  public:
    MptcpStrayTestSuite()
        : TestSuite("mptcp-stray", Type::UNIT)
    {
        static const std::pair<Origin, const char*> ORIGINS[] = {
            {Origin::TCP_CLIENT, "TCP as client"},
            {Origin::TCP_LISTENER, "TCP as listener"},
            {Origin::MPTCP_CLIENT, "MPTCP as client"},
            {Origin::MPTCP_LISTENER, "MPTCP as listener"}};
        for (const auto& [origin, name] : ORIGINS)
        {
            for (const Way& way : GetWays(origin))
            {
                AddTestCase(new StrayTestCase(name, origin, way));
            }
        }
        AddTestCase(new ScriptTestCase("SYN-ACK and ACK of another connection", WrongSynAck));
        AddTestCase(new ScriptTestCase("third ACK of another connection", WrongThirdAck));
        AddTestCase(new ScriptTestCase("probe of a closed window", ProbeTaken));
    }
};

/// Registers the suite.
MptcpStrayTestSuite g_mptcpStrayTestSuite;

} // namespace
