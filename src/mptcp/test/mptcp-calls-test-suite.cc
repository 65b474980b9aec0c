/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * What each call of the socket says in each state of the socket. A call that fails changes nothing:
 * the socket goes on as if it had not been made.
 */

#include "mptcp-calls-run.h"
#include "mptcp-calls-table.h"

#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/mptcp-pm-commands.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <functional>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

using Run = MptcpCallsRun;
using Topology = MptcpTopologyHelper;

// ---- The table ----

const char* const NAMES[] = {"fresh",
                             "bound",
                             "listening",
                             "SYN sent",
                             "failed to connect",
                             "established",
                             "plain TCP",
                             "half closed",
                             "ended",
                             "closed"};

/** @param error an error @return its name */
std::string
ToText(Socket::SocketErrno error)
{
    switch (error)
    {
    case Socket::ERROR_NOTERROR:
        return "0";
    case Socket::ERROR_ISCONN:
        return "ISCONN";
    case Socket::ERROR_NOTCONN:
        return "NOTCONN";
    case Socket::ERROR_MSGSIZE:
        return "MSGSIZE";
    case Socket::ERROR_AGAIN:
        return "AGAIN";
    case Socket::ERROR_SHUTDOWN:
        return "SHUTDOWN";
    case Socket::ERROR_OPNOTSUPP:
        return "OPNOTSUPP";
    case Socket::ERROR_AFNOSUPPORT:
        return "AFNOSUPP";
    case Socket::ERROR_INVAL:
        return "INVAL";
    case Socket::ERROR_BADF:
        return "BADF";
    case Socket::ERROR_NOROUTETOHOST:
        return "NOROUTE";
    case Socket::ERROR_ADDRNOTAVAIL:
        return "NOTAVAIL";
    case Socket::ERROR_ADDRINUSE:
        return "INUSE";
    default:
        return std::to_string(error);
    }
}

/** One call in all states. */
class RowTestCase : public TestCase
{
  public:
    /** @param row the call */
    explicit RowTestCase(const MptcpCallsRow& row)
        : TestCase(row.name),
          m_row(row)
    {
    }

  private:
    void DoRun() override
    {
        for (std::size_t i = 0; i < MptcpCallsRow::STATES; ++i)
        {
            Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
            MptcpCallsRun run(static_cast<MptcpCallState>(i));
            const std::string complaints = run.Run(m_row.call);
            const std::string who = GetName() + ", " + NAMES[i];
            const std::string found = run.result < 0 ? ToText(run.error) : "0";
            NS_TEST_EXPECT_MSG_EQ(found, m_row.expected[i], who);
            NS_TEST_EXPECT_MSG_EQ(complaints, "", who);
        }
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    MptcpCallsRow m_row; ///< the call
};

// ---- Histories ----

constexpr const char* TEXT = "0123456789"; ///< of Fast Open

/** @return a packet with TEXT */
Ptr<Packet>
Text()
{
    return Create<Packet>(reinterpret_cast<const uint8_t*>(TEXT), 10);
}

/** @param r run @return a name of the server that nobody listens to */
Address
Refused(const Run& r)
{
    return r.topology.GetSocketAddress(Topology::SERVER, 0, Run::PORT + 1);
}

/** @param r run @param seconds from now @param what is done then */
void
After(Run& r, double seconds, const std::function<void(MptcpSocketBase&)>& what)
{
    Simulator::Schedule(Seconds(seconds), [&r, what] { what(*r.GetSocket()); });
}

/** @param r run @return tokens that the client's node knows */
std::size_t
CountTokens(Run& r)
{
    return r.GetSocket()->GetStack()->GetTokens().GetSize();
}

int
FastOpenAfterRefusal(Run& r, MptcpSocketBase& s)
{
    const int result = s.ConnectFastOpen(Refused(r), Text());
    After(r, 1, [&r](MptcpSocketBase& s) {
        r.Check(r.GetTold() == "SYN_SENT subflow0 CLOSED subflow2 failed ", "told " + r.GetTold());
        r.Check(CountTokens(r) == 0, "a token is left");
        r.Check(s.GetTxAvailable() == 131072, "data is left");
        r.Check(s.ConnectFastOpen(r.GetName(Topology::SERVER), Text()) == 10, "not again");
        s.ShutdownSend();
    });
    return result;
}

int
FastOpenAfterNoRoute(Run& r, MptcpSocketBase& s)
{
    r.Check(s.ConnectFastOpen(InetSocketAddress("192.0.2.1", 80), Text()) < 0, "a route");
    r.Check(CountTokens(r) == 0, "a token is left");
    const int result = s.ConnectFastOpen(r.GetName(Topology::SERVER), Text());
    s.ShutdownSend();
    return result;
}

int
RefusedThreeTimes(Run& r, MptcpSocketBase& s)
{
    const int result = s.Connect(Refused(r));
    After(r, 1, [&r](MptcpSocketBase& s) { s.Connect(Refused(r)); });
    After(r, 2, [&r](MptcpSocketBase& s) { s.Connect(Refused(r)); });
    After(r, 3, [&r](MptcpSocketBase& s) {
        r.Check(CountTokens(r) == 0, "a token is left");
        s.Connect(r.GetName(Topology::SERVER));
        s.Send(Text(), 0);
        s.ShutdownSend();
    });
    After(r, 4, [&r](MptcpSocketBase& s) {
        r.Check(CountTokens(r) == 1, "not one token");
        r.Check(s.GetSubflows().size() == 2, "not two subflows");
    });
    return result;
}

int
SilenceAndAgain(Run& r, MptcpSocketBase& s)
{
    r.topology.CutPath(0, Simulator::Now(), Simulator::Now() + Seconds(10));
    s.SetAttribute("ConnCount", UintegerValue(1));
    s.SetAttribute("ConnTimeout", TimeValue(Seconds(1)));
    s.Bind(InetSocketAddress(Ipv4Address::GetAny(), Run::OWN_PORT));
    const int result = s.Connect(r.GetName(Topology::SERVER));
    After(r, 12, [&r](MptcpSocketBase& s) {
        r.Check(r.GetTold().find("failed") != std::string::npos, "not failed");
        s.Connect(r.GetName(Topology::SERVER));
        s.Send(Text(), 0);
        s.ShutdownSend();
    });
    return result;
}

int
PortAfterRefusal(Run& r, MptcpSocketBase& s)
{
    s.Bind(InetSocketAddress(Ipv4Address::GetAny(), Run::OWN_PORT));
    const int result = s.Connect(Refused(r));
    const auto check = [&r](MptcpSocketBase& s) {
        Address name;
        s.GetSockName(name);
        r.Check(InetSocketAddress::ConvertFrom(name).GetPort() == Run::OWN_PORT, "port lost");
    };
    After(r, 1, [&r, check](MptcpSocketBase& s) {
        check(s);
        s.Connect(r.GetName(Topology::SERVER));
        s.Send(Text(), 0);
    });
    After(r, 2, [check](MptcpSocketBase& s) {
        check(s);
        s.ShutdownSend();
    });
    return result;
}

int
CallbackTakenBackAndSet(Run& r, MptcpSocketBase& s)
{
    s.SetSubflowCallback(MptcpSubflowCallback());
    s.SetSubflowCallback([&r](Ptr<Socket>, MptcpSubflowEvent event, Ptr<MptcpSubflow>) {
        r.note += event == MptcpSubflowEvent::CREATED ? "created " : "";
    });
    const int result = s.Connect(r.GetName(Topology::SERVER));
    s.Send(Text(), 0);
    After(r, 1, [&r](MptcpSocketBase& s) {
        r.Check(r.note == "created created ", "told of two subflows: " + r.note);
        s.ShutdownSend();
    });
    return result;
}

int
CreatedOnce(Run& r, MptcpSocketBase& s)
{
    s.GetStack()->TraceConnectWithoutContext(
        "ConnectionCreated",
        Callback<void, Ptr<MptcpSocketBase>>([&r](Ptr<MptcpSocketBase>) { r.note += "x"; }));
    const int result = s.Connect(Refused(r));
    After(r, 1, [&r](MptcpSocketBase& s) {
        s.Connect(r.GetName(Topology::SERVER));
        s.Send(Text(), 0);
        s.ShutdownSend();
        r.Check(r.note == "x", "its creation is told as " + r.note);
    });
    return result;
}

int
ClosedUnused(Run& r, MptcpSocketBase& s)
{
    s.Bind(InetSocketAddress(Ipv4Address::GetAny(), Run::OWN_PORT));
    s.Close();
    const Ptr<Socket> other = Socket::CreateSocket(s.GetNode(), MptcpSocketFactory::GetTypeId());
    r.Check(other->Bind(InetSocketAddress(Ipv4Address::GetAny(), Run::OWN_PORT)) == 0,
            "the port is not free");
    const int result = s.Connect(r.GetName(Topology::SERVER)); // as with stock TCP
    s.Send(Text(), 0);
    s.ShutdownSend();
    return result;
}

int
ClosedWhileConnecting(Run& r, MptcpSocketBase& s)
{
    const int result = s.Connect(r.GetName(Topology::SERVER));
    s.Close();
    r.Check(CountTokens(r) == 0, "a token is left");
    r.Check(s.Connect(r.GetName(Topology::SERVER)) < 0, "a closed socket connects");
    r.Check(s.GetErrno() == Socket::ERROR_BADF, "not EBADF");
    return result;
}

int
CallInSink(Run& r, MptcpSocketBase& s)
{
    s.GetStack()->TraceConnectWithoutContext(
        "ConnectionCreated",
        Callback<void, Ptr<MptcpSocketBase>>([&r](Ptr<MptcpSocketBase> s) {
            const auto refused = [&](int result, const std::string& what) {
                r.Check(result < 0, what + " in its midst");
                r.Check(s->GetErrno() == Socket::ERROR_AGAIN, what + ": not EAGAIN");
            };
            refused(s->Connect(r.GetName(Topology::SERVER)), "Connect");
            refused(s->Bind(), "Bind");
            refused(s->Listen(), "Listen");
        }));
    const int result = s.Connect(r.GetName(Topology::SERVER));
    s.Send(Text(), 0);
    s.ShutdownSend();
    return result;
}

int
CommandInSink(Run& r, MptcpSocketBase& s)
{
    s.SetAttribute("PathManager", StringValue("ns3::MptcpPathManagerUser"));
    s.GetStack()->TraceConnectWithoutContext(
        "PmEvent",
        Callback<void, const MptcpPmEvent&>([&r](const MptcpPmEvent& event) {
            if (event.type == MptcpPmEventType::ESTABLISHED)
            {
                MptcpPmCommands commands(r.GetSocket()->GetStack());
                r.note = commands.CreateSubflow(event.token,
                                                0,
                                                r.topology.GetAddress(Topology::CLIENT, 1),
                                                r.GetName(Topology::SERVER, 1));
            }
        }));
    const int result = s.Connect(r.GetName(Topology::SERVER));
    s.Send(Text(), 0);
    After(r, 1, [&r](MptcpSocketBase& s) {
        r.Check(r.note.find("schedule") != std::string::npos, "answer \"" + r.note + "\"");
        r.Check(s.GetSubflows().size() == 1, "another subflow");
        s.ShutdownSend();
    });
    return result;
}

/** One history of a socket. */
struct History
{
    const char* name; ///< for messages
    Run::Call call;   ///< what happens
    const char* read; ///< what the server reads of it
};

const std::vector<History> HISTORIES{
    {"Fast Open after a refusal", FastOpenAfterRefusal, TEXT},
    {"Fast Open after no route", FastOpenAfterNoRoute, TEXT},
    {"refused three times", RefusedThreeTimes, TEXT},
    {"no answer, and again", SilenceAndAgain, TEXT},
    {"port kept after a refusal", PortAfterRefusal, TEXT},
    {"subflow callback taken back and set", CallbackTakenBackAndSet, TEXT},
    {"created once", CreatedOnce, TEXT},
    {"closed before it was used", ClosedUnused, TEXT},
    {"closed while connecting", ClosedWhileConnecting, ""},
    {"call in a sink", CallInSink, TEXT},
    {"command in a sink", CommandInSink, TEXT},
};

/** Tells one history. */
class HistoryTestCase : public TestCase
{
  public:
    /** @param history what to tell */
    explicit HistoryTestCase(const History& history)
        : TestCase(history.name),
          m_history(history)
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
        MptcpCallsRun run(MptcpCallState::FRESH);
        const std::string complaints = run.Run(m_history.call);
        NS_TEST_EXPECT_MSG_EQ(complaints, "", GetName());
        NS_TEST_EXPECT_MSG_EQ((run.result >= 0), true, GetName());
        NS_TEST_EXPECT_MSG_EQ(run.GetRead(), m_history.read, GetName());
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    History m_history; ///< what to tell
};

/** The suite. */
class MptcpCallsTestSuite : public TestSuite
{
  public:
    MptcpCallsTestSuite()
        : TestSuite("mptcp-calls", Type::SYSTEM)
    {
        for (const MptcpCallsRow& row : GetMptcpCallsTable())
        {
            AddTestCase(new RowTestCase(row));
        }
        for (const History& history : HISTORIES)
        {
            AddTestCase(new HistoryTestCase(history));
        }
    }
};

const MptcpCallsTestSuite g_mptcpCallsTestSuite; ///< registers itself

} // namespace
