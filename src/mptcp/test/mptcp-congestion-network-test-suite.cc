/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-release.h"
#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/mptcp-bottleneck-detector.h"
#include "ns3/mptcp-cbbr.h"
#include "ns3/mptcp-coupling.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <string>
#include <vector>

using namespace ns3;

namespace
{

const std::string SOCKET = "ns3::MptcpSocketBase::"; ///< where the attributes are

/**
 * @ingroup mptcp-test
 * A coupled controller in a connection that loses, reorders and closes a subflow.
 */
class TransferTestCase : public TestCase
{
  public:
    /**
     * @param type controller
     * @param linux its LinuxArithmetic
     */
    TransferTestCase(const std::string& type, bool linux)
        : TestCase(type + (linux ? " as in Linux" : "")),
          m_type(type),
          m_linux(linux)
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault(SOCKET + "CongestionControl", StringValue(m_type));
        if (m_linux)
        {
            Config::SetDefault(m_type + "::LinuxArithmetic", BooleanValue(true));
        }
        MptcpStory story(3);
        story.up = 1500000;
        story.down = 300000;
        story.reorder = 0.01;
        story.topology.SetDelay(1, MilliSeconds(40));
        const double loss = m_type.ends_with("Bbr") && !MPTCP_TCP_BBR_BEARS_LOSS ? 0 : 0.01;
        for (uint32_t path = 0; path < 3; ++path)
        {
            story.topology.SetLossRate(path, loss, loss);
        }
        story.Start();
        story.topology.GetClient()->GetObject<MptcpStack>()->SetDefault(
            "ns3::MptcpCoupling::SharedCorrelation",
            DoubleValue(0.77));
        // One path dies on the way.
        story.topology.DownInterface(MptcpTopologyHelper::CLIENT, 2, Seconds(0.6));
        story.Run(Seconds(0.5));
        uint32_t coupled = 0;
        uint32_t joined = 0;
        for (const auto& subflow : story.GetClient()->GetSubflows())
        {
            const auto* controller =
                dynamic_cast<MptcpCoupledController*>(PeekPointer(subflow->GetCongestionOps()));
            const auto coupling = controller ? controller->GetCoupling() : nullptr;
            coupled += coupling && coupling->GetShare(*subflow->GetTcb());
            ++joined;
            DoubleValue correlation;
            if (coupling)
            {
                coupling->GetAttribute("SharedCorrelation", correlation);
            }
            NS_TEST_EXPECT_MSG_EQ(correlation.Get(), 0.77, "default of the host");
        }
        NS_TEST_EXPECT_MSG_GT(joined, 1, "several subflows");
        NS_TEST_EXPECT_MSG_EQ(coupled, joined, "all of them are coupled");
        // Where the estimate of BBR falls, and stays there, the rest takes its time.
        story.Run(Seconds(m_type.ends_with("Bbr") && !MPTCP_TCP_BBR_BEARS_LOSS ? 1200 : 120));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
        Simulator::Destroy();
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    std::string m_type; ///< controller
    bool m_linux;       ///< its LinuxArithmetic
};

/** Two subflows of a long transfer, over a path each or over one. */
class LongTransfer
{
  public:
    /**
     * @param type controller
     * @param disjoint a path for each subflow, else both over one of twice the rate
     * @param delays one-way delays, ms
     * @param queue device queues
     */
    LongTransfer(const std::string& type,
                 bool disjoint,
                 const std::vector<uint32_t>& delays,
                 const std::string& queue)
        : m_story(disjoint ? 2 : 1)
    {
        Config::SetDefault(SOCKET + "CongestionControl", StringValue(type));
        Config::SetDefault(SOCKET + "PathManager",
                           StringValue(disjoint ? "ns3::MptcpPathManagerFullMesh"
                                                : "ns3::MptcpPathManagerNdiffports"));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(4 << 20));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(4 << 20));
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1400));
        for (uint32_t path = 0; path < m_story.topology.GetNPaths(); ++path)
        {
            m_story.topology.SetDataRate(path, DataRate(disjoint ? "10Mbps" : "20Mbps"));
            m_story.topology.SetDelay(path, MilliSeconds(delays[path]));
            m_story.topology.SetQueueSize(path, QueueSize(queue));
        }
        m_story.up = 1000000000;
        m_story.Start();
    }

    ~LongTransfer()
    {
        Simulator::Destroy();
        Config::Reset();
    }

    /**
     * @param from begin of the measurement, s
     * @param until end, s
     * @return throughput of the connection, Mbit/s
     */
    double Measure(double from, double until)
    {
        m_story.Run(Seconds(from));
        const uint64_t before = m_story.server.received;
        m_story.Run(Seconds(until));
        return static_cast<double>(m_story.server.received - before) * 8e-6 / (until - from);
    }

    /** @return the client's subflows */
    std::vector<Ptr<MptcpSubflow>> GetSubflows() const
    {
        return m_story.GetClient()->GetSubflows();
    }

  private:
    MptcpStory m_story; ///< the connection
};

/**
 * @ingroup mptcp-test
 * C-MPBBR halves the use of disjoint paths of equal capacity, and ours does not.
 */
class BbrNetworkTestCase : public TestCase
{
  public:
    BbrNetworkTestCase()
        : TestCase("coupled BBRs on disjoint and on shared paths")
    {
    }

  private:
    /**
     * @param type controller
     * @param disjoint a path for each subflow
     * @param until how long, s
     * @param[out] sharing mean N of the subflows at the end
     * @return throughput, Mbit/s
     */
    static double Run(const std::string& type, bool disjoint, double until, double& sharing)
    {
        LongTransfer transfer(type, disjoint, {20, 20}, "100p");
        const double rate = transfer.Measure(until / 2, until);
        sharing = 0;
        for (const auto& subflow : transfer.GetSubflows())
        {
            const auto controller = DynamicCast<MptcpCBbr>(subflow->GetCongestionOps());
            sharing += controller ? controller->GetSharing() / 2.0 : 0;
        }
        return rate;
    }

    void DoRun() override
    {
        double sharing = 0;
        // 2 x 10 Mbit/s, without headers 18.9.
        const double stock = Run("ns3::TcpBbr", true, 16, sharing);
        NS_TEST_EXPECT_MSG_GT(stock, 17.5, "BBRs fill both paths");
        const double published = Run("ns3::MptcpCBbr", true, 16, sharing);
        NS_TEST_EXPECT_MSG_EQ(sharing, 2, "C-MPBBR takes equal paths for one");
        NS_TEST_EXPECT_MSG_LT(published, 0.8 * stock, "and throttles them");
        const double ours = Run("ns3::MptcpBottleneckBbr", true, 16, sharing);
        NS_TEST_EXPECT_MSG_EQ(sharing, 1, "ours does not");
        NS_TEST_EXPECT_MSG_GT(ours, 0.97 * stock, "and fills them");
        const double shared = Run("ns3::MptcpBottleneckBbr", false, 16, sharing);
        NS_TEST_EXPECT_MSG_EQ(sharing, 2, "but sees a bottleneck where there is one");
        NS_TEST_EXPECT_MSG_GT(shared, 0.8 * stock, "and uses most of it");
    }
};

/**
 * @ingroup mptcp-test
 * The detector of RFC 8382 on real subflows.
 */
class DetectionNetworkTestCase : public TestCase
{
  public:
    DetectionNetworkTestCase()
        : TestCase("shared bottleneck detection on disjoint and on shared paths")
    {
    }

  private:
    /**
     * @param transfer a transfer
     * @return coupling of its subflows
     */
    static Ptr<MptcpCoupling> GetCoupling(const LongTransfer& transfer)
    {
        return dynamic_cast<MptcpCoupledController*>(
                   PeekPointer(transfer.GetSubflows().at(0)->GetCongestionOps()))
            ->GetCoupling();
    }

    /**
     * @param attribute which detection
     * @param disjoint a path for each subflow
     * @param delay one-way delay of the second path, ms; 20 of the first
     * @param from first look, s
     * @param[out] apart share of the looks at which the subflows are in different groups
     * @param[out] together share of those at which they are in one group
     */
    void Look(const std::string& attribute,
              bool disjoint,
              uint32_t delay,
              double from,
              double& apart,
              double& together)
    {
        Config::SetDefault("ns3::MptcpCoupling::" + attribute, BooleanValue(true));
        LongTransfer transfer("ns3::MptcpLia", disjoint, {20, delay}, "100p");
        apart = together = 0;
        constexpr double LOOKS = 30;
        for (int look = 0; look < LOOKS; ++look)
        {
            transfer.Measure(from + look / 2.0, from + look / 2.0 + 0.25);
            const auto coupling = GetCoupling(transfer);
            const auto subflows = transfer.GetSubflows();
            const uint32_t first = coupling->GetGroup(*subflows.at(0)->GetTcb());
            const uint32_t second = coupling->GetGroup(*subflows.at(1)->GetTcb());
            apart += (first != 0 && second != 0 && first != second) / LOOKS;
            together += (first != 0 && first == second) / LOOKS;
        }
        const auto subflows = transfer.GetSubflows();
        const auto* one = GetCoupling(transfer)->GetStatistics(*subflows.at(0)->GetTcb());
        const auto* two = GetCoupling(transfer)->GetStatistics(*subflows.at(1)->GetTcb());
        NS_TEST_ASSERT_MSG_EQ((one && two), (attribute == "BottleneckDetection"), "statistics");
        if (one && !disjoint)
        {
            NS_TEST_EXPECT_MSG_EQ_TOL(one->GetOscillation(), two->GetOscillation(), 0.05, "of one");
        }
    }

    void DoRun() override
    {
        double apart = 0;
        double together = 0;
        const std::string correlation = "CorrelationDetection";
        Look(correlation, true, 60, 12, apart, together);
        NS_TEST_EXPECT_MSG_GT(apart, 0.95, "correlation, unlike paths");
        // They overshoot in slow start together, and then climb in step until each meets a loss of
        // its own, in 3.42 after 35 s. That is forgotten after 25.6 s.
        Look(correlation, true, 23, 65, apart, together);
        NS_TEST_EXPECT_MSG_GT(apart, 0.95, "correlation, paths that are alike");
        Look(correlation, false, 20, 12, apart, together);
        if (MPTCP_TCP_TELLS_RTT_SAMPLES)
        {
            NS_TEST_EXPECT_MSG_GT(together, 0.95, "correlation, one path");
        }
        // The statistics of RFC 8382 tell unlike paths. On one path the oscillation agrees (above);
        // variability and skewness do not well enough for its thresholds, so no verdict is
        // expected.
        const std::string statistics = "BottleneckDetection";
        Look(statistics, true, 60, 12, apart, together);
        NS_TEST_EXPECT_MSG_GT(apart, 0.5, "statistics, unlike paths");
        NS_TEST_EXPECT_MSG_LT(together, 0.1, "statistics, unlike paths");
        Look(statistics, false, 20, 12, apart, together);
    }
};

/**
 * @tparam Case ns3::TestCase; its enumerators became scoped after ns-3.37
 * @return duration of a case that a quick run leaves out
 */
template <typename Case>
constexpr auto
Extensive()
{
    if constexpr (requires { Case::Duration::EXTENSIVE; })
    {
        return Case::Duration::EXTENSIVE;
    }
    else
    {
        return Case::EXTENSIVE;
    }
}

/**
 * @ingroup mptcp-test
 * Suite of the coupled congestion controllers in a network.
 */
class MptcpCongestionNetworkTestSuite : public TestSuite
{
  public:
    MptcpCongestionNetworkTestSuite()
        : TestSuite("mptcp-congestion-network", Type::SYSTEM)
    {
        for (const std::string name : {"Lia", "Olia", "Balia", "WVegas"})
        {
            AddTestCase(new TransferTestCase("ns3::Mptcp" + name, false));
            AddTestCase(new TransferTestCase("ns3::Mptcp" + name, true));
        }
        for (const std::string name : {"Ewtcp",
                                       "Semicoupled",
                                       "Coupled",
                                       "SubsetMin",
                                       "Epsilon",
                                       "CoupledCubic",
                                       "CBbr",
                                       "BottleneckBbr"})
        {
            AddTestCase(new TransferTestCase("ns3::Mptcp" + name, false));
        }
        AddTestCase(new BbrNetworkTestCase, Extensive<TestCase>());
        AddTestCase(new DetectionNetworkTestCase, Extensive<TestCase>());
    }
};

MptcpCongestionNetworkTestSuite g_mptcpCongestionNetworkTestSuite; ///< the suite

} // namespace
