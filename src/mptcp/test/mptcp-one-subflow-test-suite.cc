/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * A connection with one subflow sends as stock TCP does with the same controller: the same
 * transfers over the same link, once by each. A socket that speaks plain TCP sends the very same
 * segments; one that speaks MPTCP may be slower by what its options cost. The run prints the
 * figures.
 */

#include "mptcp-one-subflow-run.h"
#include "mptcp-release.h"

#include "ns3/test.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

constexpr double SAME_TIME = 0.025;  ///< what the options may cost, part of the time
constexpr double SAME_OCTETS = 0.10; ///< difference of the octets sent again, part of these

std::vector<std::string> g_lines; ///< rows of the table

/** A transfer and what is particular to it. */
struct Case
{
    std::string name;          ///< for messages
    MptcpOneSubflowPlan plan;  ///< transfer
    uint32_t leastNeedless{0}; ///< segments that stock TCP sends for nothing, or more
    uint64_t leastAgain{0};    ///< octets that stock TCP sends again, or more
    bool plain{true};          ///< run it by plain TCP of this module as well
};

/**
 * @ingroup mptcp-test
 * One transfer, by each kind of socket.
 */
class CompareTestCase : public TestCase
{
  public:
    /** @param plan transfer */
    explicit CompareTestCase(const Case& plan)
        : TestCase(plan.name),
          m_case(plan)
    {
    }

  private:
    void DoRun() override
    {
        const auto stock = Execute(MptcpOneSubflowRun::STOCK);
        NS_TEST_ASSERT_MSG_GT(stock.sent.size(), 0, "stock TCP sends");
        // What the case is about must come about.
        NS_TEST_EXPECT_MSG_GT_OR_EQ(stock.needless, m_case.leastNeedless, "stock TCP, needless");
        NS_TEST_EXPECT_MSG_GT_OR_EQ(stock.octetsAgain, m_case.leastAgain, "stock TCP, again");
        if (m_case.plain)
        {
            ComparePlain(stock, Execute(MptcpOneSubflowRun::PLAIN));
        }
        CompareMptcp(stock, Execute(MptcpOneSubflowRun::MPTCP));
    }

    /** @param sender what sends @return what came out, also in the table */
    MptcpOneSubflowFigures Execute(MptcpOneSubflowRun::Sender sender)
    {
        const auto figures = MptcpOneSubflowRun::Execute(m_case.plan, sender);
        NS_TEST_EXPECT_MSG_EQ(figures.received, m_case.plan.octets, "all of it arrives");
        const char* const names[] = {"ns-3's TCP", "plain TCP", "MPTCP"};
        std::ostringstream os;
        os << "| " << m_case.name << " | " << names[sender] << " | " << figures.sent.size() << " | "
           << figures.octetsAgain << " | " << figures.needless << " | " << std::fixed
           << std::setprecision(4) << figures.duration.GetSeconds() << " |";
        g_lines.push_back(os.str());
        return figures;
    }

    /** @param stock of ns-3's TCP @param plain of this module's sockets without MPTCP */
    void ComparePlain(const MptcpOneSubflowFigures& stock, const MptcpOneSubflowFigures& plain)
    {
        // Its SYN is longer by the MSS option. The FIN may go by itself, which is no data segment.
        const std::size_t count = std::min(stock.sent.size(), plain.sent.size());
        const auto same = [](const MptcpOneSubflowSegment& a, const MptcpOneSubflowSegment& b) {
            return a.from == b.from && a.size == b.size;
        };
        const auto other =
            std::mismatch(stock.sent.begin(), stock.sent.begin() + count, plain.sent.begin(), same);
        const auto alike = static_cast<std::size_t>(other.first - stock.sent.begin());
        NS_TEST_EXPECT_MSG_EQ(alike, stock.sent.size(), "plain TCP sends the very same segments");
        NS_TEST_EXPECT_MSG_EQ(plain.sent.size(), stock.sent.size(), "and no more");
        NS_TEST_EXPECT_MSG_EQ(plain.needless, stock.needless, "plain TCP, needless");
        ExpectTime(stock, plain, 0.001, "plain TCP");
    }

    /** @param stock of ns-3's TCP @param mptcp of MPTCP */
    void CompareMptcp(const MptcpOneSubflowFigures& stock, const MptcpOneSubflowFigures& mptcp)
    {
        // The headers are longer, so a full queue drops other segments. Where ns-3 repeats hundreds
        // of segments for nothing, a few of them differ.
        const double part = MPTCP_TCP_REPAIRS_LOSS_ONLY ? 0 : SAME_OCTETS;
        NS_TEST_EXPECT_MSG_EQ_TOL(static_cast<double>(mptcp.needless),
                                  static_cast<double>(stock.needless),
                                  part * static_cast<double>(stock.needless),
                                  "MPTCP, needless");
        // Each acknowledgment may ask the application, and each of its writes that went out.
        NS_TEST_EXPECT_MSG_LT_OR_EQ(mptcp.emptyCalls,
                                    2 * mptcp.sent.size(),
                                    "MPTCP, calls that bring no data");
        NS_TEST_EXPECT_MSG_EQ_TOL(static_cast<double>(mptcp.octetsAgain),
                                  static_cast<double>(stock.octetsAgain),
                                  SAME_OCTETS * static_cast<double>(stock.octetsAgain),
                                  "MPTCP, octets sent again");
        ExpectTime(stock, mptcp, SAME_TIME, "MPTCP");
    }

    /**
     * @param stock of ns-3's TCP
     * @param other of this module
     * @param part of the time that they may differ by
     * @param name for messages
     */
    void ExpectTime(const MptcpOneSubflowFigures& stock,
                    const MptcpOneSubflowFigures& other,
                    double part,
                    const std::string& name)
    {
        const double expected = stock.duration.GetSeconds();
        NS_TEST_EXPECT_MSG_EQ_TOL(other.duration.GetSeconds(),
                                  expected,
                                  part * expected,
                                  name << ", time");
    }

    const Case m_case; ///< transfer
};

/**
 * @param name for messages
 * @param controller congestion controller
 * @param octets to send
 * @param loss probability
 * @param seed RngRun
 * @return a transfer of segments that are as large with and without MPTCP, so that the same ones
 * are lost
 */
Case
MakeCase(const std::string& name,
         const std::string& controller,
         uint64_t octets,
         double loss = 0,
         uint32_t seed = 1)
{
    Case result{name, {}};
    result.plan.controller = controller;
    result.plan.octets = octets;
    result.plan.loss = loss;
    result.plan.seed = seed;
    result.plan.segment = 1400;
    return result;
}

/** @return the last of the name of a type */
std::string
GetShortName(const std::string& type)
{
    return type.substr(type.rfind(':') + 1);
}

/** @return transfers that fill the network or lose at random */
std::vector<Case>
MakeLossCases()
{
    std::vector<Case> cases;
    const auto add = [&cases](const std::string& type, const std::string& what, double loss) {
        const bool few = loss > 0.005; // the window stays small
        Case plan = MakeCase(GetShortName(type) + ", " + what,
                             type,
                             few ? 3000000 : 5000000,
                             loss,
                             few ? 2 : 1);
        plan.leastAgain = few ? 10000 : 300000; // slow start loses some hundred segments at once
        cases.push_back(plan);
    };
    for (const std::string type : {"ns3::TcpCubic", "ns3::TcpNewReno"})
    {
        add(type, "slow start into a full queue", 0);
    }
    for (const std::string type : {"ns3::TcpCubic", "ns3::MptcpLia"})
    {
        add(type, "0.1 % loss", 0.001);
    }
    for (const std::string type : {"ns3::TcpCubic", "ns3::TcpNewReno", "ns3::MptcpLia"})
    {
        add(type, "1 % loss", 0.01);
    }
    // A slow link: some of what slow start loses is lost again, and only a timeout repairs that.
    for (const std::string type : {"ns3::TcpCubic", "ns3::TcpNewReno", "ns3::MptcpLia"})
    {
        Case slow = MakeCase(GetShortName(type) + ", slow start on a slow link", type, 1000000);
        slow.plan.rate = "1Mbps";
        slow.plan.delay = 30;
        slow.plan.queue = "60p";
        slow.leastAgain = 5000;
        cases.push_back(slow);
    }
    // The end of the data: nothing new is left to be sent, so that stock TCP repeats what is in
    // flight. So must a subflow.
    Case end = MakeCase("losses at the end of the data", "ns3::TcpCubic", 300000, 0.02, 10);
    end.leastNeedless = 10;
    cases.push_back(end);
    // Small windows: each segment that a partial ACK brings out counts.
    cases.push_back(MakeCase("5 % loss", "ns3::TcpCubic", 300000, 0.05, 6));
    cases.push_back(MakeCase("5 % loss", "ns3::TcpCubic", 300000, 0.05, 11));
    return cases;
}

/** @return transfers whose application decides when something is sent */
std::vector<Case>
MakeApplicationCases()
{
    Case bursts = MakeCase("bursts of 230 segments", "ns3::TcpCubic", 5000000);
    bursts.plan.burst = 230 * bursts.plan.segment;
    bursts.plan.every = 30;
    bursts.leastAgain = 300000;
    Case buffer = MakeCase("buffers of 128 KiB", "ns3::TcpCubic", 2000000);
    buffer.plan.buffer = 131072;
    Case lossy = MakeCase("buffers of 128 KiB, 5 % loss", "ns3::TcpCubic", 1000000, 0.05, 3);
    lossy.plan.buffer = 131072;
    Case single = MakeCase("a segment each time that there is room", "ns3::TcpCubic", 500000);
    single.plan.write = single.plan.segment;
    single.plan.single = true;
    Case empty = MakeCase("the last writes are empty", "ns3::TcpCubic", 100000);
    empty.plan.empty = true;
    Case nagle = MakeCase("Nagle, small writes", "ns3::TcpCubic", 280000, 0.01);
    nagle.plan.noDelay = false;
    nagle.plan.burst = 280;
    nagle.plan.every = 1;
    Case rate = MakeCase("BBR, small writes", "ns3::TcpBbr", 500000, 0.01);
    rate.plan.burst = 8000;
    rate.plan.every = 10;
    rate.plan.write = 500;
    return {bursts, buffer, lossy, single, empty, nagle, rate};
}

/** @return transfers by other parts of stock TCP */
std::vector<Case>
MakeVariantCases()
{
    Case classic = MakeCase("classic recovery, 1 % loss", "ns3::TcpNewReno", 2000000, 0.01, 2);
    classic.plan.defaults = {{"ns3::TcpL4Protocol::RecoveryType", "ns3::TcpClassicRecovery"}};
    Case bare = MakeCase("without SACK, 0.3 % loss", "ns3::TcpCubic", 3000000, 0.003);
    bare.plan.defaults = {{"ns3::TcpSocketBase::Sack", "false"}};
    std::vector<Case> cases{classic, bare};
    // Where ns-3 repeats what is not lost, timeouts decide the time at the higher loss.
    for (const int percent : MPTCP_TCP_REPAIRS_LOSS_ONLY ? std::vector{1, 3} : std::vector{1})
    {
        Case paced = MakeCase("pacing, " + std::to_string(percent) + " % loss",
                              "ns3::TcpCubic",
                              1000000,
                              percent / 100.0);
        paced.plan.defaults = {{"ns3::TcpSocketState::EnablePacing", "true"}};
        paced.plan.buffer = 131072;
        cases.push_back(paced);
    }
    return cases;
}

/** @return transfers that take long */
std::vector<Case>
MakeLongCases()
{
    std::vector<Case> cases;
    for (const std::string type : {"ns3::TcpCubic", "ns3::TcpNewReno", "ns3::MptcpLia"})
    {
        // The segments are as large as the options let them be.
        Case alone = MakeCase(GetShortName(type) + ", 100 MB alone", type, 100000000);
        alone.plan.segment = 1448;
        alone.leastAgain = 300000;
        cases.push_back(alone);
    }
    return cases;
}

/**
 * @tparam Test ns3::TestCase; its enumerators became scoped after ns-3.37
 * @return duration of a case that a quick run leaves out
 */
template <typename Test>
constexpr auto
Extensive()
{
    if constexpr (requires { Test::Duration::EXTENSIVE; })
    {
        return Test::Duration::EXTENSIVE;
    }
    else
    {
        return Test::EXTENSIVE;
    }
}

/** @ingroup mptcp-test The suite. */
class OneSubflowTestSuite : public TestSuite
{
  public:
    OneSubflowTestSuite()
        : TestSuite("mptcp-one-subflow", Type::SYSTEM)
    {
        for (const auto& make : {MakeLossCases, MakeApplicationCases, MakeVariantCases})
        {
            for (const Case& plan : make())
            {
                AddTestCase(new CompareTestCase(plan));
            }
        }
        for (const Case& plan : MakeLongCases())
        {
            AddTestCase(new CompareTestCase(plan), Extensive<TestCase>());
        }
    }

  private:
    void DoTeardown() override
    {
        std::cout << "| transfer | by | data segments | octets sent again | segments that the "
                     "receiver had | time, s |\n|---|---|---|---|---|---|\n";
        for (const auto& line : g_lines)
        {
            std::cout << line << "\n";
        }
        g_lines.clear();
    }
};

const OneSubflowTestSuite g_oneSubflowTestSuite; ///< registers itself

} // namespace
