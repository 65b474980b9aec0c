/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Policies that are functions.
 */

#include "mptcp-story.h"

#include "ns3/config.h"
#include "ns3/mptcp-congestion-function.h"
#include "ns3/mptcp-path-manager-function.h"
#include "ns3/mptcp-scheduler-function.h"
#include "ns3/object-factory.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"

#include <limits>
#include <vector>

using namespace ns3;

namespace
{

/**
 * @ingroup mptcp-test
 * A connection whose policies are functions that do what classes do: its course is the same.
 */
class FunctionCourseTestCase : public TestCase
{
  public:
    FunctionCourseTestCase()
        : TestCase("functions do what classes do")
    {
    }

  private:
    /** @return the times at which data arrived, and the octets */
    std::vector<uint64_t> Tell()
    {
        MptcpStory story(2);
        story.up = 500000;
        story.down = 100000;
        for (uint32_t path = 0; path < 2; ++path)
        {
            story.topology.SetLossRate(path, 0.01, 0.01);
            story.topology.SetDelay(path, MilliSeconds(10 + 20 * path));
        }
        story.Start();
        std::vector<uint64_t> course;
        for (int i = 1; i < 200; ++i)
        {
            story.Run(MilliSeconds(50 * i));
            course.push_back(story.server.received);
            course.push_back(story.client.received);
        }
        story.Run(Seconds(60));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
        return course;
    }

    void DoRun() override
    {
        const std::string socket = "ns3::MptcpSocketBase::";
        Config::SetDefault(socket + "CongestionControl", StringValue("ns3::MptcpSemicoupled"));
        Config::SetDefault(socket + "PathManager", StringValue("ns3::MptcpPathManagerFullMesh"));
        const auto expected = Tell();
        Config::Reset();

        uint32_t asked[3] = {0, 0, 0};
        const auto scheduler = CreateObject<MptcpSchedulerCallback>();
        scheduler->Set([&](const MptcpConnectionView& view, bool again, auto& decision) {
            ++asked[0];
            Time least = Time::Max();
            const uint32_t candidates = MptcpSchedulerFunction::GetCandidates(view, again);
            for (std::size_t i = 0; i < view.subflows.size(); ++i)
            {
                if ((candidates & (1U << i)) && view.subflows[i].srtt < least)
                {
                    least = view.subflows[i].srtt;
                    decision.mask = 1U << i;
                }
            }
        });
        const auto manager = CreateObject<MptcpPathManagerCallback>();
        const auto mesh = ObjectFactory("ns3::MptcpPathManagerFullMesh").Create<MptcpPathManager>();
        const auto mesh2 =
            ObjectFactory("ns3::MptcpPathManagerFullMesh").Create<MptcpPathManager>();
        manager->Set([&](const MptcpPathView& view, MptcpPathEvent event, auto& actions) {
            ++asked[1];
            actions = (view.client ? mesh : mesh2)->Decide(view, event);
        });
        const auto control = CreateObject<MptcpCongestionCallback>();
        control->SetIncrease([&](const MptcpCoupledView& view) {
            ++asked[2];
            double total = 0;
            for (const auto& path : view.paths)
            {
                total += path.window;
            }
            return 1 / total;
        });
        Config::SetDefault(socket + "Scheduler", StringValue("ns3::MptcpSchedulerFunction"));
        Config::SetDefault(socket + "PathManager", StringValue("ns3::MptcpPathManagerFunction"));
        Config::SetDefault(socket + "CongestionControl",
                           StringValue("ns3::MptcpCongestionFunction"));
        Config::SetDefault("ns3::MptcpSchedulerFunction::Function", PointerValue(scheduler));
        Config::SetDefault("ns3::MptcpPathManagerFunction::Function", PointerValue(manager));
        Config::SetDefault("ns3::MptcpCongestionFunction::Function", PointerValue(control));
        NS_TEST_EXPECT_MSG_EQ((Tell() == expected), true, "the same course");
        for (const uint32_t count : asked)
        {
            NS_TEST_EXPECT_MSG_GT(count, 0, "each was asked");
        }

        // Figures that are none, or absurd, do no harm.
        for (const double figure : {std::numeric_limits<double>::quiet_NaN(),
                                    std::numeric_limits<double>::infinity(),
                                    -1e300,
                                    0.0})
        {
            control->SetIncrease([figure](const MptcpCoupledView&) { return figure; });
            control->SetDecrease([figure](const MptcpCoupledView&) { return figure; });
            Tell();
        }
    }

    void DoTeardown() override
    {
        Simulator::Destroy();
        Config::Reset();
    }
};

/**
 * @ingroup mptcp-test
 * Suite of the policies that are functions.
 */
class MptcpFunctionTestSuite : public TestSuite
{
  public:
    MptcpFunctionTestSuite()
        : TestSuite("mptcp-function", Type::UNIT)
    {
        AddTestCase(new FunctionCourseTestCase);
    }
};

MptcpFunctionTestSuite g_mptcpFunctionTestSuite; ///< the suite

} // namespace
