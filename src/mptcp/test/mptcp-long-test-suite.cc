/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Connections that carry more octets than 32 bits count: sequence numbers of a subflow and 32-bit
 * DSNs wrap, the positions in the stream do not.
 */

#include "mptcp-long-end.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/error-model.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/mptcp-middlebox-helper.h"
#include "ns3/mptcp-middlebox.h"
#include "ns3/mptcp-option.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-option-mptcp.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <variant>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint64_t WRAP = uint64_t{1} << 32;   ///< octets that 32 bits count
constexpr uint64_t OCTETS = WRAP + 60'000'000; ///< of a stream
constexpr uint32_t SEGMENT = 60'000;           ///< octets per segment and per write
constexpr uint16_t MTU = 65'535;               ///< of the paths
constexpr uint32_t BUFFER = 2 << 20;           ///< of both ends
constexpr uint32_t LATE = 71'800;              ///< segments that have carried 2^32 octets
constexpr uint64_t LOSSY = 60'000'000;         ///< octets before and after the wrap that are lost

/** What the connection is at its end. */
enum class Outcome
{
    MPTCP,    ///< MPTCP at both ends
    FALLBACK, ///< plain TCP at both ends
};

/** One connection. */
struct Long
{
    std::string name;                ///< of the test case
    bool quick{true};                ///< belongs into a quick run
    uint64_t up{OCTETS};             ///< octets client to server
    uint64_t down{0};                ///< octets server to client
    Outcome outcome{Outcome::MPTCP}; ///< what becomes of it
    uint32_t paths{1};               ///< number of paths
    std::string rate{"10Gbps"};      ///< of each path
    double loss{0};                  ///< of both directions, around the wrap
    bool clientEnabled{true};        ///< the client speaks MPTCP
    bool stockServer{false};         ///< the server is ns-3's own TCP
    bool checksum{false};            ///< DSS checksums
    bool dsn32{false};               ///< 32-bit DSNs
    bool v0{false};                  ///< RFC 6824
    int64_t changedAt{-1};           ///< first octet that the box changes, upwards
    uint64_t pauseAt{UINT64_MAX};    ///< the reader stops there for some time
    std::string counters{};          ///< " Name" of counters that one end must have counted
    std::function<void(MptcpMiddleboxHelper&)> box{}; ///< elements of a middlebox
};

/**
 * @tparam Case ns3::TestCase; its enumerators became scoped after ns-3.37
 * @param quick belongs into a quick run
 * @return duration of a case
 */
template <typename Case>
constexpr auto
GetDuration(bool quick)
{
    if constexpr (requires { Case::Duration::QUICK; })
    {
        return quick ? Case::Duration::QUICK : Case::Duration::EXTENSIVE;
    }
    else
    {
        return quick ? Case::QUICK : Case::EXTENSIVE;
    }
}

/** Lets one connection carry its octets. */
class LongTestCase : public TestCase
{
  public:
    /** @param story the connection */
    explicit LongTestCase(const Long& story)
        : TestCase(story.name),
          m_story(story)
    {
    }

  private:
    /** @param truth what should hold @param what complaint if it does not */
    void Check(bool truth, const std::string& what)
    {
        m_complaints += truth ? "" : what + "; ";
    }

    /** @param found value @param expected value @param what complaint if they differ */
    void Equal(uint64_t found, uint64_t expected, const std::string& what)
    {
        Check(found == expected,
              what + " is " + std::to_string(found) + " instead of " + std::to_string(expected));
    }

    void DoRun() override
    {
        RngSeedManager::SetRun(1);
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(SEGMENT));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(BUFFER));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(BUFFER));
        Config::SetDefault("ns3::TcpSocket::DelAckCount", UintegerValue(8)); // fewer events
        if (m_story.dsn32)
        {
            // What a segment may be overtaken by decides whether 32 bits are enough.
            Config::SetDefault("ns3::TcpSocketBase::MaxSegLifetime", DoubleValue(1));
        }
        MptcpTopologyHelper topology(m_story.paths);
        for (uint32_t path = 0; path < m_story.paths; ++path)
        {
            topology.SetDataRate(path, DataRate(m_story.rate));
            topology.SetDelay(path, MicroSeconds(100));
            topology.SetQueueSize(path, QueueSize("100p"));
            topology.SetMtu(path, MTU);
        }
        if (m_story.box)
        {
            MptcpMiddleboxHelper box;
            m_story.box(box);
            topology.SetMiddlebox(0, box);
        }
        topology.Build();
        topology.AssignStreams(100);
        InternetStackHelper().AssignStreams(topology.GetNodes(), 400);
        MptcpStackHelper helper;
        if (m_story.v0)
        {
            helper.Set("LowestVersion", UintegerValue(0));
            helper.Set("Version", UintegerValue(0));
        }
        helper.Install(topology.GetNodes());
        MptcpStackHelper::AssignStreams(topology.GetNodes(), 200);
        for (const auto& node : {topology.GetClient(), topology.GetServer()})
        {
            const auto stack = node->GetObject<MptcpStack>();
            stack->SetAttribute("ChecksumEnabled", BooleanValue(m_story.checksum));
            stack->SetAttribute("Dsn32", BooleanValue(m_story.dsn32));
        }
        topology.GetClient()->GetObject<MptcpStack>()->SetAttribute(
            "Enabled",
            BooleanValue(m_story.clientEnabled));
        Loose(topology);
        Transfer(topology);
        m_client.socket = nullptr;
        m_server.socket = nullptr;
        Simulator::Destroy();
        NS_TEST_EXPECT_MSG_EQ(m_complaints, "", GetName());
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /** @param topology whose paths lose packets while octets around the wrap are read */
    void Loose(const MptcpTopologyHelper& topology)
    {
        m_client.onRead = [this](uint64_t octets) { OnRead(octets); };
        m_server.onRead = m_client.onRead;
        for (uint32_t i = 0; m_story.loss > 0 && i < topology.GetDevices().GetN(); ++i)
        {
            m_errors.push_back(CreateObject<RateErrorModel>());
            m_errors.back()->SetRate(m_story.loss);
            m_errors.back()->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
            m_errors.back()->AssignStreams(100 + i);
            m_errors.back()->Disable();
            topology.GetDevices().Get(i)->SetAttribute("ReceiveErrorModel",
                                                       PointerValue(m_errors.back()));
        }
    }

    /** @param octets that one end has read of a stream of them */
    void OnRead(uint64_t octets)
    {
        // Each of two subflows that wrap has carried half of them by then.
        const uint64_t wrap = m_story.up > 2 * WRAP ? 2 * WRAP : WRAP;
        const bool lossy = octets > wrap - LOSSY && octets < wrap + LOSSY / 2;
        for (const auto& model : m_errors)
        {
            if (model->IsEnabled() != lossy)
            {
                lossy ? model->Enable() : model->Disable();
            }
        }
    }

    /** @param topology where the connection is opened, used and closed */
    void Transfer(const MptcpTopologyHelper& topology)
    {
        const auto listener = Socket::CreateSocket(
            topology.GetServer(),
            m_story.stockServer ? TcpSocketFactory::GetTypeId() : MptcpSocketFactory::GetTypeId());
        listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 5000));
        listener->SetAcceptCallback(
            MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
            Callback<void, Ptr<Socket>, const Address&>([this](Ptr<Socket> s, const Address&) {
                m_server.Use(s, m_story.down);
                Follow(s, m_deliveredUp);
            }));
        listener->Listen();
        if (m_story.pauseAt != UINT64_MAX)
        {
            m_server.PauseAt(m_story.pauseAt, Seconds(5));
        }
        const auto socket =
            Socket::CreateSocket(topology.GetClient(), MptcpSocketFactory::GetTypeId());
        m_client.Use(socket, m_story.up);
        Follow(socket, m_deliveredDown);
        socket->Connect(topology.GetSocketAddress(MptcpTopologyHelper::SERVER, 0, 5000));
        while (!IsOver() && Simulator::Now() < Seconds(400))
        {
            RunFor(Seconds(1));
        }
        RunFor(Seconds(1)); // the last acknowledgments
        CheckContent();
        CheckConnection(topology);
        m_client.socket->Close();
        if (m_server.socket)
        {
            m_server.socket->Close();
        }
        RunFor(Seconds(100));
        Check(m_client.closed && m_server.closed, "not closed");
        Check(!m_client.failed && !m_server.failed, "failed");
    }

    /** @param time how long to run */
    static void RunFor(Time time)
    {
        Simulator::Stop(time);
        Simulator::Run();
    }

    /** @return every octet was read, or none will be any more */
    bool IsOver() const
    {
        return (m_client.received >= m_story.down && m_server.received >= m_story.up) ||
               m_client.failed || m_server.failed;
    }

    /** @param socket one end @param delivered counts what trace Delivered tells */
    void Follow(Ptr<Socket> socket, uint64_t& delivered)
    {
        if (const auto mptcp = DynamicCast<MptcpSocketBase>(socket))
        {
            mptcp->TraceConnectWithoutContext(
                "Delivered",
                Callback<void, uint64_t, uint32_t>(
                    [this, &delivered, end = PeekPointer(mptcp)](uint64_t dsn, uint32_t octets) {
                        if (dsn != end->GetRemoteIdsn() + 1 + delivered)
                        {
                            Check(false, "trace Delivered at " + std::to_string(delivered));
                        }
                        delivered += octets;
                    }));
            // That of the client comes later, that of the server is there.
            const auto watch = [this](Ptr<MptcpSubflow> subflow) {
                subflow->TraceConnectWithoutContext(
                    "Tx",
                    Callback<void, Ptr<const Packet>, const TcpHeader&, Ptr<const TcpSocketBase>>(
                        [this](auto, const TcpHeader& header, auto) { CountNarrow(header); }));
            };
            if (m_story.dsn32)
            {
                std::for_each(mptcp->GetSubflows().begin(), mptcp->GetSubflows().end(), watch);
                mptcp->TraceConnectWithoutContext("SubflowCreated",
                                                  Callback<void, Ptr<MptcpSubflow>>(watch));
            }
        }
    }

    /** @param header of a segment that is sent: has its DSS 32-bit numbers? */
    void CountNarrow(const TcpHeader& header)
    {
        for (const auto& raw : header.GetOptionList())
        {
            std::array<uint8_t, MPTCP_OPTION_SPACE> scratch;
            MptcpOption option;
            const auto version = m_story.v0 ? MptcpVersion::V0 : MptcpVersion::V1;
            if (raw->GetKind() == MPTCP_OPTION_KIND &&
                ParseMptcpOption(GetMptcpOctets(*raw, scratch), version, option) ==
                    MptcpWireError::NONE &&
                std::holds_alternative<MptcpDss>(option))
            {
                const auto& dss = std::get<MptcpDss>(option);
                m_narrowDsns += dss.hasMapping && !dss.dsn64;
                m_narrowAcks += !dss.hasMapping && !dss.dataAck64;
            }
        }
    }

    /** Every octet, in order, and changed only where the box does so. */
    void CheckContent()
    {
        Equal(m_server.received, m_story.up, "octets at the server");
        Equal(m_client.received, m_story.down, "octets at the client");
        Check(m_server.firstMismatch == m_story.changedAt && m_client.firstMismatch < 0,
              "first mismatch upwards " + std::to_string(m_server.firstMismatch) + ", downwards " +
                  std::to_string(m_client.firstMismatch));
        Equal(m_deliveredDown, m_story.down, "octets that trace Delivered tells the client");
    }

    /** @param topology what the stacks and both sockets tell */
    void CheckConnection(const MptcpTopologyHelper& topology)
    {
        CheckInfo(m_client, m_story.up, m_story.down, "client");
        if (!m_story.stockServer)
        {
            CheckInfo(m_server, m_story.down, m_story.up, "server");
            Equal(m_deliveredUp, m_story.up, "octets that trace Delivered tells the server");
        }
        const auto client = topology.GetClient()->GetObject<MptcpStack>();
        const auto server = topology.GetServer()->GetObject<MptcpStack>();
        Equal(client->GetCounter("DSSNoMatchTCP"), 0, "the client's DSSNoMatchTCP");
        Equal(server->GetCounter("DSSNoMatchTCP"), 0, "the server's DSSNoMatchTCP");
        // Mappings of 32 bits are answered so, eight by one. The first ones go out while the RTT is
        // still too short to exclude a wrap.
        const uint64_t mappings = m_story.dsn32 ? OCTETS / SEGMENT - 100 : 0;
        Check(m_narrowDsns >= mappings && m_narrowAcks >= mappings / 9,
              "32-bit DSNs " + std::to_string(m_narrowDsns) + ", DATA_ACKs " +
                  std::to_string(m_narrowAcks));
        for (std::size_t at = 0; at < m_story.counters.size();)
        {
            const std::size_t end =
                std::min(m_story.counters.find(' ', at), m_story.counters.size());
            const std::string name = m_story.counters.substr(at, end - at);
            Check(client->GetCounter(name) + server->GetCounter(name) > 0, name + " is 0");
            at = end + 1;
        }
    }

    /** @param end one end @param sent by it @param received by it @param who names it */
    void CheckInfo(const MptcpLongEnd& end,
                   uint64_t sent,
                   uint64_t received,
                   const std::string& who)
    {
        const auto socket = DynamicCast<MptcpSocketBase>(end.socket);
        if (!socket)
        {
            Check(false, "no socket of the " + who);
            return;
        }
        const std::string of = " of the " + who;
        Check(socket->IsFallback() == (m_story.outcome == Outcome::FALLBACK), "fallback" + of);
        const MptcpFullInfo full = socket->GetFullInfo();
        Equal(full.info.bytesSent, sent, "bytesSent" + of);
        Equal(full.info.bytesAcked, sent, "bytesAcked" + of);
        Equal(full.info.bytesReceived, received, "bytesReceived" + of);
        uint64_t mapped = 0;
        uint64_t read = 0;
        for (const MptcpSubflowInfo& subflow : full.subflows)
        {
            const MptcpTcpInfo& tcp = subflow.tcp;
            mapped += subflow.bytesMapped;
            read += tcp.bytesReceived;
            Equal(tcp.bytesAcked, subflow.bytesMapped, "TCP's bytesAcked" + of);
            Equal(tcp.bytesSent - tcp.bytesRetrans, subflow.bytesMapped, "TCP's first bytes" + of);
            Equal(tcp.unacked + tcp.notsentBytes, 0, "unacked" + of);
            if (m_story.loss == 0 && m_story.pauseAt == UINT64_MAX &&
                m_story.outcome == Outcome::MPTCP)
            {
                Equal(tcp.bytesRetrans + tcp.totalRetrans, 0, "TCP's bytesRetrans" + of);
            }
            else if (m_story.loss > 0 && sent > 0)
            {
                Check(tcp.bytesRetrans > 0, "nothing was sent again" + of);
            }
            Check(tcp.bytesRetrans < WRAP / 100, "too much was sent again" + of);
        }
        Equal(mapped, sent + full.info.bytesRetrans, "bytesMapped" + of);
        Check(read >= received, "bytes that the subflows" + of + " have received");
    }

    Long m_story;                              ///< what to do
    MptcpLongEnd m_client{SEGMENT};            ///< connects
    MptcpLongEnd m_server{SEGMENT};            ///< accepts
    std::vector<Ptr<RateErrorModel>> m_errors; ///< of all devices, around the wrap
    uint64_t m_narrowDsns{0};                  ///< mappings with 32 bits
    uint64_t m_narrowAcks{0};                  ///< DATA_ACKs with 32 bits
    uint64_t m_deliveredUp{0};   ///< octets that the server's trace Delivered has told of
    uint64_t m_deliveredDown{0}; ///< the same of the client
    std::string m_complaints;    ///< what is wrong
};

/** @param box strips options @param after so many segments @param both directions */
void
StripLate(MptcpMiddleboxHelper& box, uint32_t after, bool both)
{
    box.AddElement("ns3::MptcpMiddleboxOptionFilter",
                   "Syn",
                   BooleanValue(false),
                   "SynAck",
                   BooleanValue(false),
                   "ThirdAck",
                   BooleanValue(false),
                   "After",
                   UintegerValue(after),
                   "Backward",
                   BooleanValue(both));
}

/**
 * @ingroup mptcp-test
 * Suite of connections beyond 2^32 octets.
 */
class MptcpLongTestSuite : public TestSuite
{
  public:
    MptcpLongTestSuite()
        : TestSuite("mptcp-long", Type::SYSTEM)
    {
        Add({.name = "one subflow"});
        Add({.name = "one subflow, downwards, losses", .up = 0, .down = OCTETS, .loss = 0.02});
        Add({.name = "two subflows, DSNs wrap, losses", .paths = 2, .loss = 0.02});
        Add({.name = "two subflows, both wrap, losses",
             .quick = false,
             .up = 2 * OCTETS + 300'000'000,
             .paths = 2,
             .loss = 0.02});
        Add({.name = "32-bit DSNs and DATA_ACKs, losses",
             .rate = "200Mbps",
             .loss = 0.02,
             .dsn32 = true});
        Add({.name = "32-bit DSNs and DATA_ACKs of version 0, downwards",
             .up = 0,
             .down = OCTETS,
             .rate = "200Mbps",
             .dsn32 = true,
             .v0 = true});
        Add({.name = "plain TCP by choice, losses",
             .outcome = Outcome::FALLBACK,
             .loss = 0.02,
             .clientEnabled = false});
        Add({.name = "plain TCP by choice, downwards",
             .quick = false,
             .up = 0,
             .down = OCTETS,
             .outcome = Outcome::FALLBACK,
             .clientEnabled = false});
        Add({.name = "a peer without MPTCP, losses",
             .outcome = Outcome::FALLBACK,
             .loss = 0.02,
             .stockServer = true});
        Add({.name = "options are stripped late, downwards",
             .up = 0,
             .down = OCTETS,
             .outcome = Outcome::FALLBACK,
             .counters = "DssFallback",
             .box = [](MptcpMiddleboxHelper& box) { StripLate(box, LATE, true); }});
        Add({.name = "options are stripped late in one direction, with checksums",
             .quick = false,
             .outcome = Outcome::FALLBACK,
             .checksum = true,
             .counters = "DssFallback",
             .box = [](MptcpMiddleboxHelper& box) { StripLate(box, LATE, false); }});
        Add({.name = "data is changed late: MP_FAIL and infinite mapping",
             .quick = false,
             .outcome = Outcome::FALLBACK,
             .checksum = true,
             .changedAt = WRAP + 1'000'000,
             .counters = "MPFailTx MPFailRx InfiniteMapRx DataCsumErr",
             .box = [](MptcpMiddleboxHelper& box) {
                 box.AddElement("ns3::MptcpMiddleboxRewriter",
                                "Offset",
                                UintegerValue(WRAP + 1'000'000),
                                "Invert",
                                BooleanValue(true));
             }});
        Add({.name = "the window closes at the wrap", .pauseAt = WRAP - BUFFER - SEGMENT / 2});
        Add({.name = "the window closes at the wrap of plain TCP",
             .outcome = Outcome::FALLBACK,
             .clientEnabled = false,
             .pauseAt = WRAP - BUFFER - SEGMENT / 2});
    }

  private:
    /** @param story a connection */
    void Add(const Long& story)
    {
        AddTestCase(new LongTestCase(story), GetDuration<TestCase>(story.quick));
    }
};

MptcpLongTestSuite g_mptcpLongTestSuite; ///< the suite

} // namespace
