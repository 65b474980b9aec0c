/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Why are there not more subflows? For each pair of addresses the report has to name what stands in
 * the way, at both ends and after the end.
 */

#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/ipv4.h"
#include "ns3/mptcp-middlebox-helper.h"
#include "ns3/mptcp-path-log.h"
#include "ns3/mptcp-path-report.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <functional>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

using Topology = MptcpTopologyHelper;

/** One case: a function that gets the test to complain to. */
class ReportCase : public TestCase
{
  public:
    /** @param name what is shown @param body what is done */
    ReportCase(const std::string& name, const std::function<void(ReportCase&)>& body)
        : TestCase(name),
          m_body(body)
    {
    }

    /** @param truth what has to hold @param what else: the complaint */
    void Check(bool truth, const std::string& what)
    {
        NS_TEST_EXPECT_MSG_EQ(truth, true, what);
    }

    /**
     * Find a pair in a report, and complain if it is not as it should be.
     *
     * @param reports of one end
     * @param local host of this end
     * @param remote host of the other one
     * @param state expected
     * @param reason expected in the reason; "": there is none
     */
    void Expect(const std::vector<MptcpPathReport>& reports,
                const Address& local,
                const Address& remote,
                MptcpPathState state,
                const std::string& reason)
    {
        std::ostringstream all;
        const MptcpPathReport* found = nullptr;
        for (const MptcpPathReport& report : reports)
        {
            all << "\n      " << report;
            found = report.local == local && report.remote == remote ? &report : found;
        }
        Check(found != nullptr, "the pair is not in the report:" + all.str());
        if (found)
        {
            Check(found->state == state,
                  std::string("expected: ") + MptcpGetName(state) + all.str());
            Check(reason.empty() ? found->reason.empty()
                                 : found->reason.find(reason) != std::string::npos,
                  "expected: " + reason + all.str());
        }
    }

  private:
    void DoRun() override
    {
        m_body(*this);
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    std::function<void(ReportCase&)> m_body; ///< what is done
};

/** A connection over two paths that stays open, and both its reports. */
struct Play
{
    Play()
    {
        story.up = 200'000;
        story.client.KeepOpen();
        story.server.KeepOpen();
    }

    /** Run it for some time, and ask both ends. */
    void Run()
    {
        story.Start();
        begun ? begun() : void();
        story.Run(Seconds(30));
        client = story.GetClient()->GetPathReport();
        server =
            story.GetServer() ? story.GetServer()->GetPathReport() : std::vector<MptcpPathReport>();
    }

    /** @param path a path @return the client's address there */
    Address Client(uint32_t path) const
    {
        return story.topology.GetAddress(Topology::CLIENT, path);
    }

    /** @param path a path @return the server's address there */
    Address Server(uint32_t path) const
    {
        return story.topology.GetAddress(Topology::SERVER, path);
    }

    MptcpStory story{2};                 ///< what happens
    std::function<void()> begun;         ///< called when all is built
    std::vector<MptcpPathReport> client; ///< the client's report
    std::vector<MptcpPathReport> server; ///< the server's report
};

void
TwoPaths(ReportCase& test)
{
    Play p;
    p.Run();
    test.Expect(p.client, p.Client(0), p.Server(0), MptcpPathState::OPEN, "");
    test.Expect(p.client, p.Client(1), p.Server(1), MptcpPathState::OPEN, "");
    test.Expect(p.client, p.Client(0), p.Server(1), MptcpPathState::NOT_TRIED, "no route");
    test.Expect(p.client, p.Client(1), p.Server(0), MptcpPathState::NOT_TRIED, "no route");
    test.Expect(p.server, p.Server(0), p.Client(0), MptcpPathState::OPEN, "");
    test.Expect(p.server, p.Server(1), p.Client(1), MptcpPathState::OPEN, "");
    test.Expect(p.server, p.Server(1), p.Client(0), MptcpPathState::NOT_TRIED, "the client opens");
    uint64_t sent = 0;
    for (const MptcpPathReport& report : p.client)
    {
        sent += report.sent;
    }
    test.Check(sent >= p.story.up, "octets sent are missing");
}

void
NoAnswer(ReportCase& test)
{
    Play p;
    p.begun = [&p] { p.story.topology.CutPath(1, Seconds(0), Seconds(1000)); };
    Config::SetDefault("ns3::TcpSocket::ConnCount", UintegerValue(1));
    Config::SetDefault("ns3::TcpSocket::ConnTimeout", StringValue("1s"));
    Config::SetDefault("ns3::MptcpPathManagerFullMesh::RetryDelay", StringValue("0s"));
    p.Run();
    test.Expect(p.client, p.Client(1), p.Server(1), MptcpPathState::FAILED, "nobody has answered");
}

void
InterfaceDown(ReportCase& test)
{
    Play p;
    p.begun = [&p] {
        const auto ipv4 = p.story.topology.GetClient()->GetObject<Ipv4>();
        ipv4->SetDown(ipv4->GetInterfaceForAddress(Ipv4Address::ConvertFrom(p.Client(1))));
    };
    p.Run();
    test.Expect(p.client, p.Client(1), p.Server(1), MptcpPathState::NOT_TRIED, "down");
}

void
NotAllowed(ReportCase& test)
{
    Play p;
    Config::SetDefault("ns3::MptcpPathManagerFullMesh::MaxSubflows", UintegerValue(0));
    p.Run();
    test.Expect(p.client, p.Client(1), p.Server(1), MptcpPathState::NOT_TRIED, "MaxSubflows");
}

void
NotAnnounced(ReportCase& test)
{
    // The client knows nothing of the server's second address, and the server says why.
    Play p;
    Config::SetDefault("ns3::MptcpPathManagerFullMesh::Announce", BooleanValue(false));
    p.Run();
    for (const MptcpPathReport& report : p.client)
    {
        test.Check(report.remote == p.Server(0), "an address that was not announced");
    }
    test.Expect(p.server, p.Server(1), p.Client(0), MptcpPathState::NOT_TRIED, "the client opens");
}

void
RefusedByPeer(ReportCase& test)
{
    // A server as Linux, which announces an address and whose limits allow no subflow.
    Play p;
    p.story.profiles[1] = "Linux";
    p.begun = [&p] {
        const auto stack = p.story.topology.GetServer()->GetObject<MptcpStack>();
        stack->SetAttribute("LimitSubflows", UintegerValue(0));
        stack->AddEndpoints(MPTCP_ENDPOINT_SIGNAL);
    };
    p.Run();
    test.Expect(p.client, p.Client(1), p.Server(1), MptcpPathState::FAILED, "prohibited");
    test.Expect(p.server, p.Server(1), p.Client(1), MptcpPathState::FAILED, "prohibited");
}

void
LinuxWithoutEndpoints(ReportCase& test)
{
    Play p;
    p.story.profiles[0] = p.story.profiles[1] = "Linux";
    p.Run();
    test.Expect(p.client, p.Client(1), p.Server(0), MptcpPathState::NOT_TRIED, "no route");
    test.Expect(p.server, p.Server(1), p.Client(0), MptcpPathState::NOT_TRIED, "no endpoints");
}

void
PlainTcp(ReportCase& test)
{
    Play p;
    p.story.serverMptcp = false;
    p.Run();
    test.Expect(p.client, p.Client(0), p.Server(0), MptcpPathState::OPEN, "");
    test.Expect(p.client,
                p.Client(1),
                p.Server(0),
                MptcpPathState::NOT_TRIED,
                "plain TCP: the peer has answered the SYN without MP_CAPABLE");
}

void
SwitchedOff(ReportCase& test)
{
    Play p;
    Config::SetDefault("ns3::MptcpStack::LegacyBindDisables", BooleanValue(true));
    p.story.prepareClient = [&p](Ptr<Socket> socket) {
        socket->Bind(p.story.topology.GetSocketAddress(Topology::CLIENT, 0, 0));
    };
    p.Run();
    test.Expect(p.client,
                p.Client(1),
                p.Server(0),
                MptcpPathState::NOT_TRIED,
                "LegacyBindDisables");
}

void
AfterTheEnd(ReportCase& test)
{
    MptcpStory story(2);
    story.up = 200'000;
    story.Start();
    story.Run(Seconds(300));
    test.Check(story.IsComplete(), story.Describe());
    const auto reports = story.GetClient()->GetPathReport();
    for (const uint32_t path : {0U, 1U})
    {
        test.Expect(reports,
                    story.topology.GetAddress(Topology::CLIENT, path),
                    story.topology.GetAddress(Topology::SERVER, path),
                    MptcpPathState::ENDED,
                    "closed");
    }
}

void
Log(ReportCase& test)
{
    MptcpPathLog log;
    const auto host = [](uint32_t number) { return Address(Ipv4Address(0x0a000000 + number)); };
    test.Check(log.Find(host(1), host(2)) == nullptr, "a record of nothing");
    log.Fail(host(1), host(2), "first");
    log.End(host(1), host(2), 10, 20, "second");
    log.End(host(1), host(2), 1, 2, "third");
    log.Fail(host(2), host(1), "other");
    const MptcpPathRecord* record = log.Find(host(1), host(2));
    test.Check(record && record->failures == 1 && record->ended == 2 && record->sent == 11 &&
                   record->received == 22 && record->explanation == "third",
               "the record of a pair");
    for (uint32_t i = 0; i < 2 * MptcpPathLog::LIMIT; ++i)
    {
        log.Fail(host(i + 10), host(1), "one of many");
    }
    test.Check(std::distance(log.GetAll().begin(), log.GetAll().end()) == MptcpPathLog::LIMIT,
               "no limit");
}

/** All of them. */
class MptcpPathReportTestSuite : public TestSuite
{
  public:
    MptcpPathReportTestSuite()
        : TestSuite("mptcp-path-report")
    {
        Add("two paths", TwoPaths);
        Add("nobody answers", NoAnswer);
        Add("an interface is down", InterfaceDown);
        Add("the path manager allows no more", NotAllowed);
        Add("an address is not announced", NotAnnounced);
        Add("the peer refuses", RefusedByPeer);
        Add("Linux without endpoints", LinuxWithoutEndpoints);
        Add("the peer speaks no MPTCP", PlainTcp);
        Add("MPTCP is switched off", SwitchedOff);
        Add("the connection has ended", AfterTheEnd);
        Add("log", Log);
    }

  private:
    /** @param name of the case @param body what is done */
    void Add(const std::string& name, const std::function<void(ReportCase&)>& body)
    {
        AddTestCase(new ReportCase(name, body));
    }
};

MptcpPathReportTestSuite g_mptcpPathReportTestSuite; ///< registers itself

} // namespace
