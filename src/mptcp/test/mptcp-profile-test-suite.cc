/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Profiles: every one speaks with every other, and what a profile says is seen on the wire.
 */

#include "mptcp-capture.h"
#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/mptcp-coupling.h"
#include "ns3/mptcp-profiles.h"
#include "ns3/mptcp-scheduler-round-robin.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

using Topology = MptcpTopologyHelper;

/** What the DSS options of one sender look like. */
struct DssForms
{
    std::size_t dsn32{0};    ///< mappings with a 32-bit DSN
    std::size_t dsn64{0};    ///< mappings with a 64-bit DSN
    std::size_t checksum{0}; ///< mappings with a checksum
    std::size_t wide{0};     ///< mappings of other than the segment's own data
};

/** @param capture a capture @param fromClient sender @param version of the connection @return forms
 */
DssForms
CountForms(const MptcpCapture& capture, bool fromClient, MptcpVersion version)
{
    DssForms forms;
    for (const auto& segment : capture.GetAll())
    {
        if (segment.fromClient != fromClient || segment.size == 0)
        {
            continue;
        }
        for (const MptcpDss& dss : segment.Get<MptcpDss>(version))
        {
            if (dss.hasMapping)
            {
                ++(dss.dsn64 ? forms.dsn64 : forms.dsn32);
                forms.checksum += dss.hasChecksum;
                forms.wide += dss.length != segment.size;
            }
        }
    }
    return forms;
}

/**
 * What the administrator of a Linux host does: without endpoints its path manager opens nothing.
 *
 * @param topology network
 * @param host host with ns3::MptcpPathManagerKernel
 */
void
Administrate(const Topology& topology, Topology::Host host)
{
    const NodeContainer node(topology.GetNodes().Get(host));
    node.Get(0)->GetObject<MptcpStack>()->SetAttribute("LimitAddAddrAccepted", UintegerValue(2));
    MptcpStackHelper::AddEndpoints(node,
                                   host == Topology::SERVER ? MPTCP_ENDPOINT_SIGNAL
                                                            : MPTCP_ENDPOINT_SUBFLOW);
}

/** One client, one server, both directions at once, some loss. */
class PairTestCase : public TestCase
{
  public:
    /** @param client profile @param server profile */
    PairTestCase(const std::string& client, const std::string& server)
        : TestCase(client + " to " + server),
          m_names{client, server}
    {
    }

  private:
    /** @param host which end @return value of an attribute of its profile */
    std::string Get(Topology::Host host, const std::string& attribute) const
    {
        for (const auto& [name, value] : MptcpGetProfile(m_names[host]).settings)
        {
            if (name == attribute)
            {
                return value;
            }
        }
        return {};
    }

    /** @return version that the two must agree on, none: plain TCP */
    std::optional<MptcpVersion> GetVersion() const
    {
        const auto number = [this](Topology::Host host, const std::string& name) {
            return std::stoi(Get(host, "ns3::MptcpStack::" + name));
        };
        const int high =
            std::min(number(Topology::CLIENT, "Version"), number(Topology::SERVER, "Version"));
        const int low = std::max(number(Topology::CLIENT, "LowestVersion"),
                                 number(Topology::SERVER, "LowestVersion"));
        return high < low ? std::nullopt : std::optional(static_cast<MptcpVersion>(high));
    }

    void DoRun() override
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1400));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(1 << 20));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1 << 20));
        MptcpStory story(2);
        for (uint32_t path = 0; path < 2; ++path)
        {
            story.topology.SetLossRate(path, 0.01, 0.01);
        }
        story.up = 800'000;
        story.down = 800'000;
        // Version negotiation may end in TCP, and stock TCP loses data after the peer's FIN.
        story.client.KeepOpen();
        story.server.KeepOpen();
        story.profiles[Topology::CLIENT] = m_names[Topology::CLIENT];
        story.profiles[Topology::SERVER] = m_names[Topology::SERVER];
        story.Start();
        for (const auto host : {Topology::CLIENT, Topology::SERVER})
        {
            if (Get(host, "ns3::MptcpSocketBase::PathManager") == "ns3::MptcpPathManagerKernel")
            {
                Administrate(story.topology, host);
            }
        }
        const MptcpCapture capture(story.topology);
        bool fallback = false;
        Simulator::Schedule(Seconds(60), [&] {
            fallback = story.GetClient()->IsFallback();
            story.client.socket->Close();
        });
        Simulator::Schedule(Seconds(61), [&] { story.server.socket->Close(); });
        story.Run(Seconds(200));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, GetName() << ": " << story.Describe());
        const auto version = GetVersion();
        NS_TEST_EXPECT_MSG_EQ(fallback, !version.has_value(), GetName() << ": fallback");
        if (version)
        {
            CheckWire(story, capture, *version);
        }
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /** @param story what happened @param capture on the wire @param version agreed on */
    void CheckWire(MptcpStory& story, const MptcpCapture& capture, MptcpVersion version)
    {
        bool answered = false;
        for (const auto& segment : capture.GetAll())
        {
            for (const MptcpCapable& capable : segment.Get<MptcpCapable>())
            {
                answered = answered || (!segment.fromClient &&
                                        capable.version == static_cast<uint8_t>(version));
            }
        }
        NS_TEST_EXPECT_MSG_EQ(answered, true, GetName() << ": version of the answer");
        const bool checksum = Get(Topology::CLIENT, "ns3::MptcpStack::ChecksumEnabled") == "true" ||
                              Get(Topology::SERVER, "ns3::MptcpStack::ChecksumEnabled") == "true";
        for (const auto host : {Topology::CLIENT, Topology::SERVER})
        {
            const std::string who = GetName() + ", host " + std::to_string(host);
            const DssForms forms = CountForms(capture, host == Topology::CLIENT, version);
            const bool narrow = Get(host, "ns3::MptcpStack::Dsn32") == "true";
            const std::size_t right = narrow ? forms.dsn32 : forms.dsn64;
            const std::size_t wrong = narrow ? forms.dsn64 : forms.dsn32;
            const std::size_t summed = checksum ? right : 0;
            NS_TEST_EXPECT_MSG_GT(right, 100, who << ": mappings");
            NS_TEST_EXPECT_MSG_EQ(wrong, 0, who << ": DSN length");
            NS_TEST_EXPECT_MSG_EQ(forms.checksum, summed, who << ": checksums");
            NS_TEST_EXPECT_MSG_EQ(forms.wide, 0, who << ": maps of more than one segment");
        }
        // A join by the server: its SYN has a token.
        const std::size_t dialed = capture.CountOption<MptcpJoinSyn>(false);
        const bool dials =
            Get(Topology::SERVER, "ns3::MptcpPathManagerFullMesh::DialFromServer") == "true";
        const bool unasked = dialed > 0 && !dials;
        NS_TEST_EXPECT_MSG_EQ(unasked, false, GetName() << ": the server dialed");
        const uint64_t joins =
            story.GetClientCounter("MPJoinSynTx") + story.GetServerCounter("MPJoinSynTx");
        NS_TEST_EXPECT_MSG_GT(joins, 0, GetName() << ": no join");
    }

    std::string m_names[2]; ///< profiles by Host
};

/** Only attributes, and what is set explicitly weighs more. */
class PrecedenceTestCase : public TestCase
{
  public:
    PrecedenceTestCase()
        : TestCase("precedence")
    {
    }

  private:
    void DoRun() override
    {
        Topology topology(1);
        topology.Build();
        MptcpStackHelper helper;
        helper.SetProfile("FreeBsd");
        helper.Set("ChecksumEnabled", BooleanValue(true));
        helper.SetDefault("ns3::MptcpSocketBase::CongestionControl", StringValue("ns3::TcpCubic"));
        const auto first = helper.Install(topology.GetClient());
        const auto second = MptcpStackHelper().Install(topology.GetServer());
        UintegerValue version;
        first->GetAttribute("Version", version);
        NS_TEST_EXPECT_MSG_EQ(version.Get(), 0, "of the profile");
        second->GetAttribute("Version", version);
        NS_TEST_EXPECT_MSG_EQ(version.Get(), 1, "another node");
        NS_TEST_EXPECT_MSG_EQ(first->IsChecksumRequired(), true, "Set after the profile");
        const auto get = [](Ptr<Node> node, const std::string& attribute) {
            const auto socket =
                Socket::CreateSocket(node, TypeId::LookupByName("ns3::MptcpSocketFactory"));
            TypeIdValue type;
            socket->GetAttribute(attribute, type);
            return type.Get().GetName();
        };
        NS_TEST_EXPECT_MSG_EQ(get(topology.GetClient(), "Scheduler"),
                              "ns3::MptcpSchedulerRoundRobin",
                              "of the profile");
        NS_TEST_EXPECT_MSG_EQ(get(topology.GetClient(), "CongestionControl"),
                              "ns3::TcpCubic",
                              "SetDefault after the profile");
        NS_TEST_EXPECT_MSG_EQ(get(topology.GetServer(), "Scheduler"),
                              "ns3::MptcpSchedulerMinRtt",
                              "another node");
        NS_TEST_EXPECT_MSG_EQ(MptcpStackHelper::GetProfiles().size(), 4, "profiles");
        // Every profile names the same attributes, so that none depends on a default.
        const auto& reference = MptcpGetProfiles().front().settings;
        for (const MptcpProfile& profile : MptcpGetProfiles())
        {
            NS_TEST_EXPECT_MSG_EQ(
                std::equal(reference.begin(),
                           reference.end(),
                           profile.settings.begin(),
                           profile.settings.end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; }),
                true,
                profile.name << " names other attributes");
        }
        Simulator::Destroy();
    }
};

/** The profile Linux as it is, and after what an administrator does. */
class LinuxDefaultsTestCase : public TestCase
{
  public:
    LinuxDefaultsTestCase()
        : TestCase("Linux without and with endpoints")
    {
    }

  private:
    void DoRun() override
    {
        for (const bool administrated : {false, true})
        {
            MptcpStory story(2);
            story.up = 3'000'000;
            story.topology.SetSourceRouting(false); // any address reaches any other
            story.profiles[Topology::CLIENT] = "Linux";
            story.profiles[Topology::SERVER] = "Linux";
            story.Start();
            const auto stack = story.topology.GetClient()->GetObject<MptcpStack>();
            UintegerValue limit;
            stack->GetAttribute("LimitSubflows", limit);
            NS_TEST_EXPECT_MSG_EQ(limit.Get(), 2, "subflows, as Linux");
            stack->GetAttribute("LimitAddAddrAccepted", limit);
            NS_TEST_EXPECT_MSG_EQ(limit.Get(), 0, "add_addr_accepted, as Linux");
            NS_TEST_EXPECT_MSG_EQ(stack->GetEndpoints().GetAll().size(), 0, "endpoints, as Linux");
            if (administrated)
            {
                Administrate(story.topology, Topology::CLIENT);
                Administrate(story.topology, Topology::SERVER);
                NS_TEST_EXPECT_MSG_EQ(stack->GetEndpoints().GetAll().size(), 2, "endpoints made");
                NS_TEST_EXPECT_MSG_EQ(stack->GetEndpoints().GetLimits().addAddrAccepted,
                                      2,
                                      "the attribute is the limit");
            }
            const MptcpCapture capture(story.topology);
            Simulator::Schedule(Seconds(0.2), [&story, this] {
                TypeIdValue type;
                const std::pair<std::string, std::string> policies[] = {
                    {"PathManager", "ns3::MptcpPathManagerKernel"},
                    {"Scheduler", "ns3::MptcpSchedulerLinux"},
                    {"CongestionControl", "ns3::TcpCubic"}};
                for (const auto& [name, expected] : policies)
                {
                    story.GetClient()->GetAttribute(name, type);
                    NS_TEST_EXPECT_MSG_EQ(type.Get().GetName(), expected, name);
                }
            });
            story.Run(Seconds(100));
            NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
            // From the client's endpoint to the first address, and to the announced one.
            const std::size_t joins = administrated ? 2 : 0;
            NS_TEST_EXPECT_MSG_EQ(capture.CountOption<MptcpJoinSyn>(true), joins, "SYNs of joins");
            NS_TEST_EXPECT_MSG_EQ(capture.CountOption<MptcpAddAddr>(false),
                                  administrated ? 1 : 0,
                                  "ADD_ADDRs");
            NS_TEST_EXPECT_MSG_EQ(story.GetServerCounter("MPJoinAckRx"), joins, "subflows");
        }
    }
};

/** The suite. */
class MptcpProfileTestSuite : public TestSuite
{
  public:
    MptcpProfileTestSuite()
        : TestSuite("mptcp-profile", Type::SYSTEM)
    {
        AddTestCase(new PrecedenceTestCase);
        AddTestCase(new LinuxDefaultsTestCase);
        for (const std::string& client : MptcpStackHelper::GetProfiles())
        {
            for (const std::string& server : MptcpStackHelper::GetProfiles())
            {
                AddTestCase(new PairTestCase(client, server));
            }
        }
    }
};

const MptcpProfileTestSuite g_mptcpProfileTestSuite; ///< registers itself

} // namespace
