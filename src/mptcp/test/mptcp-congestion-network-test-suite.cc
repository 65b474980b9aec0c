/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
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
        for (uint32_t path = 0; path < 3; ++path)
        {
            story.topology.SetLossRate(path, 0.01, 0.01);
        }
        story.Start();
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
        }
        NS_TEST_EXPECT_MSG_GT(joined, 1, "several subflows");
        NS_TEST_EXPECT_MSG_EQ(coupled, joined, "all of them are coupled");
        story.Run(Seconds(120));
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
        for (const std::string type : {"ns3::TcpBbr", "ns3::MptcpCBbr", "ns3::MptcpBottleneckBbr"})
        {
            for (const bool disjoint : {true, false})
            {
                const double rate = Run(type, disjoint, 20, sharing);
                std::cout << type << " " << disjoint << " " << rate << " " << sharing << "\n";
            }
        }
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
    void DoRun() override
    {
        for (const bool disjoint : {true, false})
        {
            Config::SetDefault("ns3::MptcpCoupling::BottleneckDetection", BooleanValue(true));
            LongTransfer transfer("ns3::MptcpLia", disjoint, {10, 40}, "100p");
            for (int t = 10; t <= 60; t += 10)
            {
                transfer.Measure(t - 10, t);
                for (const auto& subflow : transfer.GetSubflows())
                {
                    const auto* controller = dynamic_cast<MptcpCoupledController*>(
                        PeekPointer(subflow->GetCongestionOps()));
                    std::cout << disjoint << " " << t << " "
                              << controller->GetCoupling()->GetGroup(*subflow->GetTcb()) << " "
                              << subflow->GetTcb()->m_rcvTimestampValue << "\n";
                }
            }
        }
    }
};

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
        AddTestCase(new BbrNetworkTestCase);
        AddTestCase(new DetectionNetworkTestCase);
    }
};

MptcpCongestionNetworkTestSuite g_mptcpCongestionNetworkTestSuite; ///< the suite

} // namespace
