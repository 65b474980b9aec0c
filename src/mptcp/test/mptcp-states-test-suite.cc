/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * One host against a scripted peer: every change of state that one segment can cause while a
 * connection ends, of plain TCP (RFC 9293, figure 5) and of MPTCP (RFC 8684, appendix D), whatever
 * else the segment carries and whenever the application closes. From each state the connection then
 * goes on to its end, over FINs that come twice.
 */

#include "mptcp-closing-peer.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

using Tcp = TcpSocket::TcpStates_t;
using Mptcp = MptcpState;

/** What one segment does to a subflow. */
struct SubflowRow
{
    Tcp before;      ///< state before
    uint8_t segment; ///< bits of Carried that matter: ACK_FIN, FIN
    Tcp after;       ///< state after
};

/**
 * RFC 9293, figure 5, from ESTABLISHED on, as far as segments go. A FIN in a state behind the FIN
 * of the peer is the same FIN once more.
 */
constexpr SubflowRow FIGURE_5[] = {
    {Tcp::ESTABLISHED, NOTHING, Tcp::ESTABLISHED},
    {Tcp::ESTABLISHED, FIN, Tcp::CLOSE_WAIT},
    {Tcp::FIN_WAIT_1, NOTHING, Tcp::FIN_WAIT_1},
    {Tcp::FIN_WAIT_1, ACK_FIN, Tcp::FIN_WAIT_2},
    {Tcp::FIN_WAIT_1, FIN, Tcp::CLOSING},
    {Tcp::FIN_WAIT_1, ACK_FIN | FIN, Tcp::TIME_WAIT}, // note 2 of the figure
    {Tcp::FIN_WAIT_2, NOTHING, Tcp::FIN_WAIT_2},
    {Tcp::FIN_WAIT_2, FIN, Tcp::TIME_WAIT},
    {Tcp::CLOSE_WAIT, NOTHING, Tcp::CLOSE_WAIT},
    {Tcp::CLOSE_WAIT, FIN, Tcp::CLOSE_WAIT},
    {Tcp::CLOSING, NOTHING, Tcp::CLOSING},
    {Tcp::CLOSING, FIN, Tcp::CLOSING},
    {Tcp::CLOSING, ACK_FIN, Tcp::TIME_WAIT},
    {Tcp::CLOSING, ACK_FIN | FIN, Tcp::TIME_WAIT},
    {Tcp::LAST_ACK, NOTHING, Tcp::LAST_ACK},
    {Tcp::LAST_ACK, FIN, Tcp::LAST_ACK},
    {Tcp::LAST_ACK, ACK_FIN, Tcp::CLOSED},
    {Tcp::LAST_ACK, ACK_FIN | FIN, Tcp::CLOSED},
    {Tcp::TIME_WAIT, NOTHING, Tcp::TIME_WAIT},
    {Tcp::TIME_WAIT, FIN, Tcp::TIME_WAIT},
};

/** What one segment does to a connection of MPTCP. */
struct ConnectionRow
{
    Mptcp before;    ///< state before
    uint8_t segment; ///< bits of Carried that matter: ACK_DFIN, DFIN
    Mptcp after;     ///< state after
    bool closes;     ///< "CLOSE all subflows"
};

/**
 * RFC 8684, figure 22. The RFC closes the subflows in M_FINWAIT2 already; this host waits for the
 * peer's DATA_FIN, for it may still send. A DATA_FIN in a state behind that of the peer is the same
 * once more.
 */
constexpr ConnectionRow FIGURE_22[] = {
    {Mptcp::ESTABLISHED, NOTHING, Mptcp::ESTABLISHED, false},
    {Mptcp::ESTABLISHED, DFIN, Mptcp::CLOSE_WAIT, false},
    {Mptcp::FIN_WAIT_1, NOTHING, Mptcp::FIN_WAIT_1, false},
    {Mptcp::FIN_WAIT_1, ACK_DFIN, Mptcp::FIN_WAIT_2, false},
    {Mptcp::FIN_WAIT_1, DFIN, Mptcp::CLOSING, false},
    {Mptcp::FIN_WAIT_1, ACK_DFIN | DFIN, Mptcp::TIME_WAIT, true},
    {Mptcp::FIN_WAIT_2, NOTHING, Mptcp::FIN_WAIT_2, false},
    {Mptcp::FIN_WAIT_2, DFIN, Mptcp::TIME_WAIT, true},
    {Mptcp::CLOSE_WAIT, NOTHING, Mptcp::CLOSE_WAIT, false},
    {Mptcp::CLOSE_WAIT, DFIN, Mptcp::CLOSE_WAIT, false},
    {Mptcp::CLOSING, NOTHING, Mptcp::CLOSING, false},
    {Mptcp::CLOSING, DFIN, Mptcp::CLOSING, false},
    {Mptcp::CLOSING, ACK_DFIN, Mptcp::TIME_WAIT, true},
    {Mptcp::CLOSING, ACK_DFIN | DFIN, Mptcp::TIME_WAIT, true},
    {Mptcp::LAST_ACK, NOTHING, Mptcp::LAST_ACK, false},
    {Mptcp::LAST_ACK, DFIN, Mptcp::LAST_ACK, false},
    {Mptcp::LAST_ACK, ACK_DFIN, Mptcp::LAST_ACK, true}, // M_CLOSED once the subflows are
    {Mptcp::LAST_ACK, ACK_DFIN | DFIN, Mptcp::LAST_ACK, true},
    {Mptcp::TIME_WAIT, NOTHING, Mptcp::TIME_WAIT, false},
    {Mptcp::TIME_WAIT, DFIN, Mptcp::TIME_WAIT, false},
};

/** @param subflow state @return the state once the subflow is closed by this side as well */
Tcp
CloseOf(Tcp subflow)
{
    return subflow == Tcp::ESTABLISHED  ? Tcp::FIN_WAIT_1
           : subflow == Tcp::CLOSE_WAIT ? Tcp::LAST_ACK
                                        : subflow;
}

/** @param connection state @return the state once the application has closed */
Mptcp
CloseOf(Mptcp connection)
{
    return connection == Mptcp::ESTABLISHED  ? Mptcp::FIN_WAIT_1
           : connection == Mptcp::CLOSE_WAIT ? Mptcp::LAST_ACK
                                             : connection;
}

/** @param subflow state of a connection of plain TCP @return its state as that of MPTCP */
Mptcp
LevelOf(Tcp subflow)
{
    const std::vector<Way>& ways = GetWays(Origin::TCP_CLIENT);
    const auto way = std::find_if(ways.begin(), ways.end(), [&](const Way& each) {
        return each.subflow == subflow;
    });
    return way == ways.end() ? Mptcp::CLOSED : way->connection;
}

/** @tparam Row of a table @param table table @param before state @param segment bits @return row */
template <typename Row, std::size_t N, typename State>
const Row*
Find(const Row (&table)[N], State before, uint8_t segment)
{
    const auto row = std::find_if(std::begin(table), std::end(table), [&](const Row& each) {
        return each.before == before && each.segment == segment;
    });
    return row == std::end(table) ? nullptr : &*row;
}

/** All segments that may come in one state, of one origin. */
class StateTestCase : public TestCase
{
  public:
    /** @param name of the origin @param origin how the connection begins @param way to the state */
    StateTestCase(const std::string& name, Origin origin, const Way& way)
        : TestCase(name + ", " + NameOf(origin, way)),
          m_origin(origin),
          m_way(way)
    {
    }

  private:
    void DoRun() override
    {
        const bool open =
            m_way.connection == Mptcp::ESTABLISHED || m_way.connection == Mptcp::CLOSE_WAIT;
        for (uint32_t segment = 0; segment < 64; ++segment)
        {
            if (!MayCome(segment))
            {
                continue;
            }
            for (const bool inCallback : {false, true})
            {
                for (const bool writes : {false, true})
                {
                    if ((writes || !(segment & ACK_DATA)) && (open || !inCallback))
                    {
                        RunCell(segment, writes, inCallback);
                    }
                }
            }
        }
    }

    /** @param bits of Carried @return one of the steps has one of them */
    bool Had(uint8_t bits) const
    {
        return std::any_of(m_way.steps.begin(), m_way.steps.end(), [bits](uint8_t step) {
            return step & bits;
        });
    }

    /** @param segment bits of Carried @return the peer may send that in this state */
    bool MayCome(uint8_t segment) const
    {
        const bool mptcp = IsMptcp(m_origin);
        if (!mptcp && (segment & (DFIN | ACK_DFIN)))
        {
            return false;
        }
        const uint8_t end = mptcp ? DFIN : FIN;
        if ((segment & DATA) && Had(end))
        {
            return false;
        }
        if ((segment & ACK_DATA) && (Had(ACK_FIN) || (segment & ACK_FIN)))
        {
            return false; // it is acknowledged, or is by the same number
        }
        if ((segment & ACK_DFIN) && (!Had(CLOSE) || Had(ACK_DFIN)))
        {
            return false;
        }
        // Without the end of the data a FIN would be that of this subflow alone.
        if (mptcp && (segment & FIN) && !Had(DFIN) && !(segment & DFIN))
        {
            return false;
        }
        return Find(FIGURE_5, m_way.subflow, segment & (ACK_FIN | FIN)) &&
               (!mptcp || Find(FIGURE_22, m_way.connection, segment & (ACK_DFIN | DFIN)));
    }

    /**
     * @param segment bits of Carried
     * @param writes the application has written, which the peer has not acknowledged
     * @param inCallback the application closes in a callback
     */
    void RunCell(uint8_t segment, bool writes, bool inCallback)
    {
        ClosingPeer peer(m_origin, writes);
        peer.Go(m_way);
        if (inCallback)
        {
            peer.CloseInCallback();
        }
        peer.Send(segment);
        CheckCell(peer, segment, inCallback);
        peer.Finish();
        const std::string text = NameOf(segment) + (writes ? ", data unacknowledged" : "") +
                                 (inCallback ? ", closed in a callback" : "");
        NS_TEST_EXPECT_MSG_EQ(peer.s.complaints, "", GetName() + ", segment with " + text);
    }

    /** @param peer after the segment @param segment bits @param inCallback see RunCell */
    void CheckCell(ClosingPeer& peer, uint8_t segment, bool inCallback) const
    {
        Tcp subflow = Find(FIGURE_5, m_way.subflow, segment & (ACK_FIN | FIN))->after;
        if (!IsMptcp(m_origin))
        {
            const bool told = segment & (DATA | ACK_DATA) || ((segment & FIN) && !Had(FIN));
            peer.s.Check(!inCallback || peer.IsClosed() == told, "no callback, or one too much");
            subflow = inCallback && told ? CloseOf(subflow) : subflow;
            peer.CheckStates(subflow, LevelOf(subflow));
            return;
        }
        const auto* row = Find(FIGURE_22, m_way.connection, segment & (ACK_DFIN | DFIN));
        const bool told = segment & (DATA | ACK_DATA) || ((segment & DFIN) && !Had(DFIN));
        peer.s.Check(!inCallback || peer.IsClosed() == told, "no callback, or one too much");
        Mptcp connection = inCallback && told ? CloseOf(row->after) : row->after;
        subflow = row->closes ? CloseOf(subflow) : subflow;
        if (subflow == Tcp::TIME_WAIT || subflow == Tcp::CLOSED)
        {
            connection = Mptcp::CLOSED; // no subflow is left
        }
        peer.CheckStates(subflow, connection);
    }

    Origin m_origin; ///< how the connection begins
    Way m_way;       ///< how it gets to the state
};

// ---- Closed by the API while a segment is in hand ----

/** A connection of two subflows, the second of which ends. */
struct Pair
{
    Flow initial;              ///< goes on
    Flow join;                 ///< ends
    Ptr<MptcpSubflow> subflow; ///< the host's end of the latter
};

/** @param s script @return a connection that the host has accepted, with a join of the peer */
Pair
MakePair(Script& s)
{
    Pair pair;
    pair.initial = s.Accept();
    s.Send(pair.initial, Peer::ACK, s.Ack(0));
    pair.join = s.Join();
    s.Send(pair.join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Check(s.GetConnection()->GetSubflows().size() == 2, "no join");
    pair.subflow = s.GetConnection()->GetSubflows().back();
    return pair;
}

/** The application reads and closes the second subflow. @param s script @param pair connection */
void
TerminateWhenTold(Script& s, const Pair& pair)
{
    const uint32_t id = pair.subflow->GetSubflowId();
    s.socket->SetRecvCallback(Callback<void, Ptr<Socket>>([&s, id](Ptr<Socket> socket) {
        socket->Recv();
        s.GetConnection()->TerminateSubflow(id);
    }));
}

/** The same when the peer acknowledges data. @param s script @param pair connection */
void
TerminateWhenAcknowledged(Script& s, const Pair& pair)
{
    const uint32_t id = pair.subflow->GetSubflowId();
    s.socket->TraceConnectWithoutContext(
        "DataAck",
        Callback<void, uint64_t, uint32_t>(
            [&s, id](uint64_t, uint32_t) { s.GetConnection()->TerminateSubflow(id); }));
}

/**
 * The second subflow is being closed by a FIN that comes again until it is acknowledged.
 *
 * @param s script
 * @param pair connection
 * @param before state of the subflow
 * @param after state when the FIN is acknowledged
 */
void
CheckEnding(Script& s, Pair& pair, Tcp before, Tcp after)
{
    const auto fin = s.FindAnswer(1, Peer::FIN);
    s.Check(fin.has_value(), "no FIN");
    s.Check(!s.FindAnswer(1, Peer::RST), "a RST");
    s.Check(fin && fin->ack == pair.join.seq, "not all is acknowledged");
    s.Check(pair.subflow->GetTcpState() == before, "not in the state before");
    s.Wait(pair.join, Seconds(5));
    const auto again = s.FindAnswer(1, Peer::FIN);
    s.Check(again && fin && again->seq == fin->seq, "the FIN is not repeated");
    s.Send(pair.join, Peer::ACK, s.Ack(3));
    s.Check(pair.subflow->GetTcpState() == after, "not in the state after");
    s.Check(!s.FindAnswer(1, Peer::RST), "a RST in the end");
    s.Check(s.GetConnection()->GetSubflows().front()->CanSend(), "the other subflow is gone");
}

void
TerminateOnData(Script& s)
{
    Pair pair = MakePair(s);
    TerminateWhenTold(s, pair);
    s.Send(pair.join, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    CheckEnding(s, pair, Tcp::FIN_WAIT_1, Tcp::FIN_WAIT_2);
}

void
TerminateOnDataAndFin(Script& s)
{
    Pair pair = MakePair(s);
    TerminateWhenTold(s, pair);
    s.Send(pair.join, Peer::FIN | Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    CheckEnding(s, pair, Tcp::LAST_ACK, Tcp::CLOSED);
}

/** A FIN waits behind a gap, which is filled. @param s script @param pair connection */
void
FillGapBeforeFin(Script& s, Pair& pair)
{
    Flow ahead = pair.join;
    ahead.seq += 3;
    s.Send(ahead, Peer::FIN | Peer::ACK, s.Map(3, 4, 3), Text("def"));
    const auto answer = s.FindAnswer(1, Peer::ACK);
    s.Check(answer && answer->ack == pair.join.seq, "no ACK for what is behind a gap");
    s.Send(pair.join, Peer::ACK, s.Map(0, 1, 3), Text("abc"));
    pair.join.seq = ahead.seq;
}

void
TerminateBeforeFinBehindGap(Script& s)
{
    Pair pair = MakePair(s);
    TerminateWhenTold(s, pair);
    FillGapBeforeFin(s, pair);
    CheckEnding(s, pair, Tcp::LAST_ACK, Tcp::CLOSED);
}

void
ResetBeforeFinBehindGap(Script& s)
{
    Pair pair = MakePair(s);
    const uint32_t id = pair.subflow->GetSubflowId();
    s.socket->SetRecvCallback(Callback<void, Ptr<Socket>>([&s, id](Ptr<Socket> socket) {
        socket->Recv();
        s.GetConnection()->ResetSubflow(id, MPTCP_RST_PERFORMANCE);
    }));
    FillGapBeforeFin(s, pair);
    s.CheckReset(1, MPTCP_RST_PERFORMANCE);
    s.Check(pair.subflow->GetTcpState() == Tcp::CLOSED, "a subflow that was reset goes on");
    // What is due for the data and the FIN goes out before what their reader has asked for.
    s.Check(s.Last().flags & Peer::RST, "more than the RST");
    s.Wait(pair.join, Seconds(5));
    s.Check(!s.FindAnswer(1, 0), "a segment after the RST");
    s.Check(s.GetConnection()->GetSubflows().size() == 1, "not one subflow");
}

void
TerminateOnDataAck(Script& s)
{
    Pair pair = MakePair(s);
    TerminateWhenAcknowledged(s, pair);
    s.Write(Text("abc"));
    s.Wait(pair.join);
    s.Send(pair.join, Peer::ACK, s.Ack(3));
    CheckEnding(s, pair, Tcp::FIN_WAIT_1, Tcp::FIN_WAIT_2);
}

void
TerminateOnDataAckWhenHalfClosed(Script& s)
{
    // The ACK that makes the host send its FIN is not that of the FIN.
    Pair pair = MakePair(s);
    TerminateWhenAcknowledged(s, pair);
    s.Send(pair.join, Peer::FIN | Peer::ACK, s.Map(0, 0, 1, true));
    s.Check(pair.subflow->GetTcpState() == Tcp::CLOSE_WAIT, "not in CLOSE_WAIT");
    s.Write(Text("abc"));
    s.Wait(pair.join);
    s.Send(pair.join, Peer::ACK, s.Ack(3));
    CheckEnding(s, pair, Tcp::LAST_ACK, Tcp::CLOSED);
}

void
FinBehindWindow(Script& s)
{
    // The segment with the peer's FIN opens the window for the rest of our data and our FIN.
    Flow flow = Begin(s, Origin::TCP_LISTENER);
    flow.window = 1000;
    s.Send(flow, Peer::ACK, {});
    s.Write(Octets(3000, 'x'));
    s.Wait(flow);
    const std::size_t before = s.GetSent(0).size();
    s.socket->Close();
    s.Wait(flow);
    s.Check(before > 0 && before <= 1000 && s.answers.empty(), "more than the window");
    flow.window = 65535;
    const Ptr<MptcpSubflow> subflow = s.GetConnection()->GetSubflows().front();
    s.Send(flow, Peer::FIN | Peer::ACK, {});
    s.Check(s.GetSent(0).size() == 3000 - before, "not the rest of the data");
    s.Check(s.FindAnswer(0, Peer::FIN).has_value() && s.Last().ack == flow.seq, "no FIN or ACK");
    s.Check(subflow->GetTcpState() == Tcp::LAST_ACK, "not in LAST_ACK");
    Flow silent = flow;
    silent.ack -= 1;
    s.Send(silent, Peer::ACK, {});
    s.Check(subflow->GetTcpState() == Tcp::LAST_ACK,
            "the ACK of data is taken for that of the FIN");
    s.Wait(silent, Seconds(5));
    s.Check(s.FindAnswer(0, Peer::FIN).has_value(), "the FIN is not repeated");
    s.Send(flow, Peer::ACK, {});
    s.Check(subflow->GetTcpState() == Tcp::CLOSED, "not in CLOSED");
    s.Check(s.closed && !s.failed, "no end, or an error");
}

void
CloseDuringJoin(Script& s)
{
    // The connection ends between the SYN/ACK of a join and its third ACK.
    Flow initial = s.Accept();
    s.Send(initial, Peer::ACK, s.Ack(0));
    Flow join = s.Join();
    const Ptr<MptcpSubflow> subflow = s.GetConnection()->GetSubflows().back();
    s.socket->Close();
    s.Wait(initial);
    s.Send(initial, Peer::ACK, s.Map(0, 0, 1, true, 1));
    s.Check(s.FindAnswer(0, Peer::FIN).has_value(), "no FIN of the first subflow");
    s.Check(!s.FindAnswer(1, Peer::FIN), "a FIN before the handshake is complete");
    s.Send(join, Peer::ACK, Peer::Octets(s.MakeJoinAck()));
    s.Check(s.FindAnswer(1, Peer::FIN) && !s.FindAnswer(1, Peer::RST), "no FIN of the join");
    s.Send(join, Peer::FIN | Peer::ACK, s.Ack(1));
    s.Check(subflow->GetTcpState() == Tcp::TIME_WAIT, "the join does not end");
}

/** The suite. */
class MptcpStatesTestSuite : public TestSuite
{
  public:
    MptcpStatesTestSuite()
        : TestSuite("mptcp-states", Type::UNIT)
    {
        static const std::pair<Origin, const char*> ORIGINS[] = {
            {Origin::TCP_CLIENT, "TCP as client"},
            {Origin::TCP_LISTENER, "TCP as listener"},
            {Origin::TCP_DISABLED, "TCP without MPTCP"},
            {Origin::TCP_REFUSED, "TCP without MPTCP as listener"},
            {Origin::TCP_LATER, "TCP after MPTCP"},
            {Origin::MPTCP_CLIENT, "MPTCP as client"},
            {Origin::MPTCP_LISTENER, "MPTCP as listener"}};
        for (const auto& [origin, name] : ORIGINS)
        {
            for (const Way& way : GetWays(origin))
            {
                AddTestCase(new StateTestCase(name, origin, way));
            }
        }
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("closed by the reader of data", TerminateOnData);
        add("closed by the reader of data with FIN", TerminateOnDataAndFin);
        add("closed by the reader of data before a FIN", TerminateBeforeFinBehindGap);
        add("reset by the reader of data before a FIN", ResetBeforeFinBehindGap);
        add("closed by the trace of a DATA_ACK", TerminateOnDataAck);
        add("closed by the trace of a DATA_ACK, half closed", TerminateOnDataAckWhenHalfClosed);
        add("the FIN of the peer opens the window", FinBehindWindow);
        add("the connection ends during a join", CloseDuringJoin);
    }
};

/// Registers the suite.
MptcpStatesTestSuite g_mptcpStatesTestSuite;

} // namespace
