/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The controllers of the release, pacing and ECN, per subflow: what the subflows have, and what is
 * on the wire of each path.
 */

#include "mptcp-release.h"
#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/enum.h"
#include "ns3/mptcp-coupling.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/test.h"
#include "ns3/traffic-control-helper.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

const std::string SOCKET = "ns3::MptcpSocketBase::"; ///< where the attributes are

/** @return names of all controllers of the release, in order */
std::vector<std::string>
GetStockControllers()
{
    std::set<std::string> names;
    for (uint16_t i = 0; i < TypeId::GetRegisteredN(); ++i)
    {
        const TypeId type = TypeId::GetRegistered(i);
        // Up to ns-3.42 the parent of ns3::TcpCubic is another.
        const bool control = type.IsChildOf(TcpCongestionOps::GetTypeId());
        if (type.GetName().starts_with("ns3::Tcp") && type.HasConstructor() &&
            (control || type.GetName() == "ns3::TcpCubic"))
        {
            names.insert(type.GetName());
        }
    }
    return {names.begin(), names.end()};
}

/**
 * @param connection a connection, or null
 * @return names of its subflows' controllers, in the order of identifiers
 */
std::vector<std::string>
GetControllers(const Ptr<MptcpSocketBase>& connection)
{
    std::vector<std::string> names;
    if (connection)
    {
        for (const auto& subflow : connection->GetSubflows())
        {
            names.resize(std::max<std::size_t>(names.size(), subflow->GetSubflowId() + 1U));
            names[subflow->GetSubflowId()] =
                subflow->GetCongestionOps()->GetInstanceTypeId().GetName();
        }
    }
    return names;
}

/** @param text names, separated by commas @return the names */
std::vector<std::string>
Split(const std::string& text)
{
    std::vector<std::string> names;
    for (std::size_t begin = 0; begin <= text.size();)
    {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        names.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return names;
}

/**
 * @ingroup mptcp-test
 * Every controller of the release, on all subflows of a connection with losses.
 */
class StockTestCase : public TestCase
{
  public:
    StockTestCase()
        : TestCase("every controller of the release")
    {
    }

  private:
    void DoRun() override
    {
        const auto names = GetStockControllers();
        // NewReno, CUBIC, BBR, DCTCP, Vegas, Westwood and others.
        NS_TEST_EXPECT_MSG_GT(names.size(), 14, "the release has many");
        for (const std::string known : {"Bbr", "Cubic", "Dctcp", "NewReno", "Vegas"})
        {
            NS_TEST_EXPECT_MSG_EQ(std::count(names.begin(), names.end(), "ns3::Tcp" + known),
                                  1,
                                  known);
        }
        // Later releases have TcpWestwoodPlus instead.
        const auto isWestwood = [](const std::string& name) {
            return name.starts_with("ns3::TcpWestwood");
        };
        NS_TEST_EXPECT_MSG_EQ(std::ranges::count_if(names, isWestwood), 1, "Westwood");
        for (const auto& name : names)
        {
            Config::SetDefault(SOCKET + "CongestionControl", StringValue(name));
            MptcpStory story(2);
            story.up = 600000;
            story.down = 200000;
            story.topology.SetDelay(1, MilliSeconds(25));
            const double loss = name == "ns3::TcpBbr" && !MPTCP_TCP_BBR_BEARS_LOSS ? 0 : 0.005;
            story.topology.SetLossRate(0, loss, loss);
            story.topology.SetLossRate(1, loss, loss);
            story.Start();
            story.Run(Seconds(0.4));
            const std::vector<std::string> expected(2, name);
            NS_TEST_EXPECT_MSG_EQ((GetControllers(story.GetClient()) == expected), true, name);
            NS_TEST_EXPECT_MSG_EQ((GetControllers(story.GetServer()) == expected), true, name);
            for (const auto& subflow : story.GetClient()->GetSubflows())
            {
                NS_TEST_EXPECT_MSG_GT(subflow->GetBytesSent(), 0, name + ": each carries data");
            }
            story.Run(Seconds(120));
            NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, name << ": " << story.Describe());
            Simulator::Destroy();
        }
    }

    void DoTeardown() override
    {
        Config::Reset();
    }
};

/**
 * @ingroup mptcp-test
 * A controller for each subflow, by the attribute SubflowCongestionControl.
 */
class MixedTestCase : public TestCase
{
  public:
    /** @param controllers the attribute */
    explicit MixedTestCase(const std::string& controllers)
        : TestCase("by subflow: " + controllers),
          m_controllers(controllers)
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault(SOCKET + "SubflowCongestionControl", StringValue(m_controllers));
        constexpr uint32_t PATHS = 4;
        MptcpStory story(PATHS);
        story.up = 1500000;
        story.down = 500000;
        for (uint32_t path = 0; path < PATHS; ++path)
        {
            const double loss = MPTCP_TCP_BBR_BEARS_LOSS ? 0.005 : 0;
            story.topology.SetLossRate(path, loss, loss);
            story.topology.SetDelay(path, MilliSeconds(10 + 5 * path));
        }
        story.Start();
        story.Run(Seconds(0.4));
        auto expected = Split(m_controllers);
        expected.resize(PATHS, expected.back());
        for (const auto& connection : {story.GetClient(), story.GetServer()})
        {
            NS_TEST_EXPECT_MSG_EQ((GetControllers(connection) == expected), true, "controllers");
            for (const auto& subflow : connection->GetSubflows())
            {
                Look(*subflow, expected);
            }
        }
        story.Run(Seconds(120));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
    }

    /** @param subflow one of them @param controllers those of the connection */
    void Look(const MptcpSubflow& subflow, const std::vector<std::string>& controllers)
    {
        const std::string name = controllers[subflow.GetSubflowId()];
        const TcpSocketState& state = *subflow.GetTcb();
        // A listener's fork has nothing of the controller that the listener has.
        NS_TEST_EXPECT_MSG_EQ(state.m_pacing, (name == "ns3::TcpBbr"), name << " paces");
        const bool dctcp = name == "ns3::TcpDctcp";
        NS_TEST_EXPECT_MSG_EQ((state.m_useEcn != TcpSocketState::Off), dctcp, name << ", ECN");
        NS_TEST_EXPECT_MSG_EQ((state.m_ecnMode == TcpSocketState::DctcpEcn), dctcp, name);
        const auto* controller =
            dynamic_cast<MptcpCoupledController*>(PeekPointer(subflow.GetCongestionOps()));
        NS_TEST_EXPECT_MSG_EQ((controller != nullptr), name.starts_with("ns3::Mptcp"), name);
        if (controller)
        {
            const auto coupled =
                std::count_if(controllers.begin(), controllers.end(), [](const auto& other) {
                    return other.starts_with("ns3::Mptcp");
                });
            NS_TEST_EXPECT_MSG_EQ(controller->GetCoupling()->GetSubflows().size(),
                                  static_cast<std::size_t>(coupled),
                                  "the coupled ones are coupled with each other");
        }
    }

    void DoTeardown() override
    {
        Simulator::Destroy();
        Config::Reset();
    }

    std::string m_controllers; ///< the attribute
};

/**
 * @ingroup mptcp-test
 * What the attribute SubflowCongestionControl takes.
 */
class ListTestCase : public TestCase
{
  public:
    ListTestCase()
        : TestCase("lists of controllers, good and bad")
    {
    }

  private:
    void DoRun() override
    {
        const auto socket = CreateObject<MptcpSocketBase>();
        const std::string name = "SubflowCongestionControl";
        for (const std::string good :
             {"", "ns3::TcpCubic", "ns3::TcpVegas,ns3::MptcpLia,ns3::TcpBbr"})
        {
            NS_TEST_EXPECT_MSG_EQ(socket->SetAttributeFailSafe(name, StringValue(good)),
                                  true,
                                  "\"" << good << "\"");
            StringValue value;
            socket->GetAttribute(name, value);
            NS_TEST_EXPECT_MSG_EQ(value.Get(), good, "as given");
        }
        for (const std::string bad : {"ns3::TcpCubix",
                                      "ns3::Node",
                                      "ns3::TcpCongestionOps",
                                      ",ns3::TcpCubic",
                                      "ns3::TcpCubic,",
                                      "ns3::TcpCubic,,ns3::TcpBbr",
                                      "ns3::TcpCubic;ns3::TcpBbr",
                                      "3",
                                      ","})
        {
            NS_TEST_EXPECT_MSG_EQ(socket->SetAttributeFailSafe(name, StringValue(bad)),
                                  false,
                                  "\"" << bad << "\"");
        }
        StringValue kept;
        socket->GetAttribute(name, kept);
        NS_TEST_EXPECT_MSG_EQ(kept.Get(),
                              "ns3::TcpVegas,ns3::MptcpLia,ns3::TcpBbr",
                              "what was refused changed nothing");
        socket->Dispose();
    }
};

/** What went over one device. */
struct Wire
{
    uint32_t data{0};          ///< segments with data
    uint32_t ect[4]{0};        ///< of them with this ECN field
    uint32_t ece{0};           ///< segments with ECE, no SYN
    uint32_t cwr{0};           ///< segments with CWR, no SYN
    uint32_t syn{0};           ///< SYNs without ACK
    uint32_t synEcn{0};        ///< of them those that ask for ECN
    uint32_t synAck{0};        ///< SYN/ACKs
    uint32_t synAckEcn{0};     ///< of them those that agree to it
    std::vector<Time> times{}; ///< of segments with data
};

/** Looks at the segments of each device. */
class WireLook
{
  public:
    /** @param topology a topology that is built */
    explicit WireLook(const MptcpTopologyHelper& topology)
        : wires(topology.GetDevices().GetN())
    {
        const NetDeviceContainer devices = topology.GetDevices();
        for (uint32_t i = 0; i < devices.GetN(); ++i)
        {
            devices.Get(i)->TraceConnectWithoutContext(
                "PhyTxEnd",
                Callback<void, Ptr<const Packet>>(
                    [this, i](Ptr<const Packet> packet) { See(wires[i], *packet); }));
        }
    }

    /** @param host sender @param path path @return what it sent there */
    const Wire& Get(MptcpTopologyHelper::Host host, uint32_t path) const
    {
        return wires[2 * path + host];
    }

    std::vector<Wire> wires; ///< by device

  private:
    /** @param wire where it counts @param packet with its PPP header */
    static void See(Wire& wire, const Packet& packet)
    {
        std::array<uint8_t, 120> octets{};
        packet.CopyData(octets.data(), octets.size());
        const uint8_t* ip = octets.data() + 2;
        const bool ipv4 = ip[0] >> 4 == 4;
        if ((ipv4 ? ip[9] : ip[6]) != 6)
        {
            return;
        }
        const uint32_t ecn = ipv4 ? ip[1] & 3 : ip[1] >> 4 & 3;
        const uint32_t ipSize = ipv4 ? 4 * (ip[0] & 0xf) : 40;
        const uint8_t* tcp = ip + ipSize;
        const uint32_t headers = 2 + ipSize + 4 * (tcp[12] >> 4);
        const uint8_t flags = tcp[13];
        const bool ece = flags & 0x40;
        const bool cwr = flags & 0x80;
        if (flags & 0x02)
        {
            const bool ack = flags & 0x10;
            ++(ack ? wire.synAck : wire.syn);
            wire.synEcn += !ack && ece && cwr;
            wire.synAckEcn += ack && ece && !cwr;
            return;
        }
        wire.ece += ece;
        wire.cwr += cwr;
        if (packet.GetSize() > headers)
        {
            ++wire.data;
            ++wire.ect[ecn];
            wire.times.push_back(Simulator::Now());
        }
    }
};

/**
 * @ingroup mptcp-test
 * ECN on two paths, of which one marks.
 */
class EcnTestCase : public TestCase
{
  public:
    /** How it is asked for. */
    enum class Kind : uint8_t
    {
        CLASSIC,  ///< RFC 3168 at both ends
        DCTCP,    ///< by DCTCP at both ends
        ONE_ONLY, ///< at the client only
    };

    /** @param kind how it is asked for @param family of addresses @param name in words */
    EcnTestCase(Kind kind, MptcpTopologyHelper::Family family, const std::string& name)
        : TestCase("ECN, " + name),
          m_kind(kind),
          m_family(family)
    {
    }

  private:
    void DoRun() override
    {
        const bool dctcp = m_kind == Kind::DCTCP;
        Config::SetDefault(SOCKET + "CongestionControl",
                           StringValue(dctcp ? "ns3::TcpDctcp" : "ns3::TcpNewReno"));
        Config::SetDefault("ns3::RedQueueDisc::UseEcn", BooleanValue(true));
        Config::SetDefault("ns3::RedQueueDisc::UseHardDrop", BooleanValue(false));
        Config::SetDefault("ns3::RedQueueDisc::MaxSize", StringValue("1000p"));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(1 << 20));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1 << 20));
        MptcpStory story(2);
        story.family = m_family;
        story.topology.SetFamily(m_family);
        story.topology.SetQueueDisc("ns3::RedQueueDisc");
        for (uint32_t path = 0; path < 2; ++path)
        {
            story.topology.SetQueueSize(path, QueueSize(path == 0 ? "1000p" : "1p"));
        }
        story.up = 8000000;
        const bool both = m_kind != Kind::ONE_ONLY;
        Config::SetDefault("ns3::TcpSocketBase::UseEcn",
                           StringValue(both && !dctcp ? "On" : "Off"));
        story.Start();
        if (!both)
        {
            // The server listens already, the client has not connected yet.
            Config::SetDefault("ns3::TcpSocketBase::UseEcn", StringValue("On"));
        }
        // The queue of path 0 lets all pass, that of path 1 marks.
        TrafficControlHelper helper;
        helper.Uninstall(story.topology.GetDevice(MptcpTopologyHelper::CLIENT, 0));
        const WireLook look(story.topology);
        story.Run(Seconds(0.3));
        const auto connection = story.GetClient();
        NS_TEST_ASSERT_MSG_EQ(connection->GetSubflows().size(), 2, "two subflows");
        uint32_t reductions[2] = {0, 0};
        for (const auto& subflow : connection->GetSubflows())
        {
            subflow->GetTcb()->TraceConnectWithoutContext(
                "CongState",
                Callback<void, TcpSocketState::TcpCongState_t, TcpSocketState::TcpCongState_t>(
                    [&reductions, id = subflow->GetSubflowId()](auto, auto state) {
                        reductions[id & 1] += state == TcpSocketState::CA_CWR;
                    }));
        }
        story.Run(Seconds(60));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
        for (uint32_t path = 0; path < 2; ++path)
        {
            const std::string at = "path " + std::to_string(path) + ": ";
            const Wire& up = look.Get(MptcpTopologyHelper::CLIENT, path);
            const Wire& down = look.Get(MptcpTopologyHelper::SERVER, path);
            NS_TEST_EXPECT_MSG_GT(up.data, 500, at << "data");
            NS_TEST_EXPECT_MSG_EQ(up.synEcn, up.syn, at << "MP_CAPABLE and MP_JOIN ask for ECN");
            if (m_kind == Kind::ONE_ONLY)
            {
                NS_TEST_EXPECT_MSG_EQ(down.synAckEcn, 0, at << "nobody agrees");
                NS_TEST_EXPECT_MSG_EQ(up.ect[0], up.data, at << "so nothing is ECT");
                NS_TEST_EXPECT_MSG_EQ(up.cwr + down.ece, 0, at << "nor echoed");
                continue;
            }
            NS_TEST_EXPECT_MSG_EQ(down.synAckEcn, down.synAck, at << "the listener agrees");
            NS_TEST_EXPECT_MSG_EQ(up.ect[1], 0, at << "ECT(0) it is");
            if (path == 0)
            {
                NS_TEST_EXPECT_MSG_GT(up.ect[2], up.data * 9 / 10, at << "ECT but repeated data");
                NS_TEST_EXPECT_MSG_EQ(up.ect[3], 0, at << "no mark");
                NS_TEST_EXPECT_MSG_EQ(down.ece, 0, at << "no echo");
                NS_TEST_EXPECT_MSG_EQ(up.cwr, 0, at << "no reduction");
            }
            else
            {
                // What the older releases send twice, and when, is their own.
                constexpr uint32_t least = MPTCP_TCP_REPAIRS_LOSS_ONLY ? 3 : 0;
                if (MPTCP_TCP_REPAIRS_LOSS_ONLY)
                {
                    NS_TEST_EXPECT_MSG_EQ(up.ect[0], 0, at << "all is ECT: nothing is lost");
                }
                NS_TEST_EXPECT_MSG_GT(up.ect[3], 10, at << "marks");
                NS_TEST_EXPECT_MSG_GT(down.ece, 10, at << "echoes");
                NS_TEST_EXPECT_MSG_GT(up.cwr, least, at << "told of reductions");
                NS_TEST_EXPECT_MSG_GT(reductions[1], least, at << "reductions");
            }
        }
        NS_TEST_EXPECT_MSG_EQ(reductions[0], 0, "the other subflow has none");
    }

    void DoTeardown() override
    {
        Simulator::Destroy();
        Config::Reset();
    }

    Kind m_kind;                          ///< how it is asked for
    MptcpTopologyHelper::Family m_family; ///< of addresses
};

/**
 * @ingroup mptcp-test
 * Pacing, seen on the wires of both paths.
 */
class PacingTestCase : public TestCase
{
  public:
    PacingTestCase()
        : TestCase("pacing of each subflow, on the wire")
    {
    }

  private:
    /** @param pacing pace @return most segments that leave a path within 0.2 ms, by path */
    std::array<uint32_t, 2> Run(bool pacing)
    {
        Config::SetDefault("ns3::TcpSocketState::EnablePacing", BooleanValue(pacing));
        Config::SetDefault("ns3::TcpSocketState::PaceInitialWindow", BooleanValue(true));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(1 << 22));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1 << 22));
        MptcpStory story(2);
        for (uint32_t path = 0; path < 2; ++path)
        {
            story.topology.SetDataRate(path, DataRate("1Gbps"));
            story.topology.SetDelay(path, MilliSeconds(50));
            story.topology.SetQueueSize(path, QueueSize("1000p"));
        }
        story.up = 400000;
        story.Start();
        const WireLook look(story.topology);
        story.Run(Seconds(60));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
        std::array<uint32_t, 2> bursts{};
        for (uint32_t path = 0; path < 2; ++path)
        {
            const auto& times = look.Get(MptcpTopologyHelper::CLIENT, path).times;
            NS_TEST_EXPECT_MSG_GT(times.size(), 100, "path " << path << " carries its part");
            for (std::size_t i = 0; i < times.size(); ++i)
            {
                uint32_t burst = 0;
                while (i + burst < times.size() && times[i + burst] - times[i] < MicroSeconds(200))
                {
                    ++burst;
                }
                // The first window leaves before there is an RTT to pace by.
                bursts[path] =
                    times[i] > Seconds(0.45) ? std::max(bursts[path], burst) : bursts[path];
            }
        }
        Simulator::Destroy();
        return bursts;
    }

    void DoRun() override
    {
        const auto paced = Run(true);
        const auto bursts = Run(false);
        for (std::size_t path = 0; path < 2; ++path)
        {
            NS_TEST_EXPECT_MSG_LT_OR_EQ(paced[path], 2, "path " << path << ", paced");
            NS_TEST_EXPECT_MSG_GT(bursts[path], 9, "path " << path << ", in bursts");
        }
    }

    void DoTeardown() override
    {
        Config::Reset();
    }
};

/**
 * @ingroup mptcp-test
 * Suite of what stock TCP brings to each subflow.
 */
class MptcpUncoupledTestSuite : public TestSuite
{
  public:
    MptcpUncoupledTestSuite()
        : TestSuite("mptcp-uncoupled", Type::SYSTEM)
    {
        AddTestCase(new StockTestCase);
        AddTestCase(new MixedTestCase("ns3::TcpBbr,ns3::TcpVegas,ns3::TcpDctcp,ns3::TcpCubic"));
        AddTestCase(new MixedTestCase("ns3::TcpDctcp,ns3::TcpNewReno"));
        AddTestCase(new MixedTestCase("ns3::MptcpLia,ns3::TcpCubic,ns3::MptcpOlia"));
        AddTestCase(new ListTestCase);
        using Kind = EcnTestCase::Kind;
        AddTestCase(new EcnTestCase(Kind::CLASSIC, MptcpTopologyHelper::IPV4, "RFC 3168"));
        AddTestCase(new EcnTestCase(Kind::CLASSIC, MptcpTopologyHelper::IPV6, "RFC 3168, IPv6"));
        AddTestCase(new EcnTestCase(Kind::DCTCP, MptcpTopologyHelper::IPV4, "DCTCP"));
        AddTestCase(new EcnTestCase(Kind::ONE_ONLY, MptcpTopologyHelper::IPV4, "one end only"));
        AddTestCase(new PacingTestCase);
    }
};

MptcpUncoupledTestSuite g_mptcpUncoupledTestSuite; ///< the suite

} // namespace
