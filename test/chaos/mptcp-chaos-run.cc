/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-chaos-run.h"

#include "mptcp-chaos-limit.h"
#include "mptcp-chaos-tcp.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/mptcp-middlebox-helper.h"
#include "ns3/mptcp-pm-commands.h"
#include "ns3/mptcp-protocol-number.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/object-ptr-container.h"
#include "ns3/pointer.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/tcp-tx-buffer.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <boost/icl/interval_set.hpp>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sstream>

namespace ns3
{

namespace
{

constexpr uint16_t FIRST_PORT = 5000; ///< of the first connection
const Time DEADLINE = Seconds(1000);  ///< by then every application has closed its sockets
/// Longer than ns-3's TCP tries, with all that the paths may be down between two tries.
const Time PATIENCE = Seconds(400);
const Time END = Seconds(2400); ///< by then nothing may be left

/** @param seed stream @param offset first octet @param size octets @return content */
std::vector<uint8_t>
Content(uint64_t seed, uint64_t offset, uint32_t size)
{
    std::vector<uint8_t> octets(size);
    for (uint32_t i = 0; i < size; ++i)
    {
        const uint64_t index = offset + i;
        octets[i] = MptcpChaosDraw(seed * 0x100000001 + (index >> 3)).Between(0, UINT64_MAX - 1) >>
                    (index % 8 * 8);
    }
    return octets;
}

/** One end of a connection: writes and reads as the scenario says. */
class End
{
  public:
    /** @param plan what to do @param other what the peer does @param seed content written */
    End(const MptcpChaosEnd& plan, const MptcpChaosEnd& other, uint64_t seed)
        : m_plan(plan),
          m_other(other),
          m_seed(seed)
    {
    }

    /** @param s socket, connected or about to be */
    void Use(Ptr<Socket> s)
    {
        m_socket = s;
        m_stock = DynamicCast<TcpSocketBase>(s);
        m_used = true;
        s->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { Read(); }));
        s->SetSendCallback(
            Callback<void, Ptr<Socket>, uint32_t>([this](Ptr<Socket>, uint32_t) { Write(); }));
        s->SetConnectCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { Connected(); }),
                              Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { Fail(); }));
        s->SetCloseCallbacks(Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { OnClose(); }),
                             Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { Fail(); }));
        m_start = Simulator::Now();
        if (m_plan.close == MptcpChaosEnd::ABORT)
        {
            Simulator::Schedule(m_plan.abortAt, [this] { Abort(); });
        }
        if (m_plan.readSize > 0)
        {
            Simulator::Schedule(m_plan.readEvery, [this] { ReadSome(); });
        }
        if (m_plan.readFrom.IsStrictlyPositive())
        {
            Simulator::Schedule(m_plan.readFrom, [this] { Read(); });
        }
    }

    /** The connection is there; of a passive socket from the start. */
    void Connected()
    {
        const auto mptcp = DynamicCast<MptcpSocketBase>(m_socket);
        m_bytesFastOpen = mptcp ? mptcp->GetBytesFastOpen() : 0;
        connected = true;
        Write();
    }

    /** The socket can be used no more. */
    void Fail()
    {
        failed = true;
        if (m_stock && !reset)
        {
            unacknowledged = m_stock->GetTxBuffer()->HeadSequence();
        }
        LetGo();
    }

    /** @return octets that went or came in the SYN, and were taken */
    uint32_t GetBytesFastOpen() const
    {
        return m_bytesFastOpen;
    }

    /** The time is over. */
    void GiveUp()
    {
        held = IsHeldByNagle();
        if (m_socket)
        {
            late = true;
            Close();
        }
    }

    /**
     * Connect, with the first octets for the SYN.
     *
     * @param s socket in use
     * @param peer where to
     * @return as Connect
     */
    int ConnectFastOpen(MptcpSocketBase& s, const Address& peer)
    {
        const auto size = static_cast<uint32_t>(
            std::min<uint64_t>({m_plan.writeSize, m_plan.bytes, s.GetTxAvailable()}));
        if (size == 0)
        {
            return s.Connect(peer);
        }
        const auto octets = Content(m_seed, 0, size);
        sent = size;
        return s.ConnectFastOpen(peer, Create<Packet>(octets.data(), size)) < 0 ? -1 : 0;
    }

    Time progress;                 ///< when an octet was last read or written
    uint64_t sent{0};              ///< octets that Send took
    std::vector<uint8_t> received; ///< octets read
    bool connected{false};         ///< the handshake is over
    bool failed{false};            ///< an error was reported
    /// A RST has come. Stock TCP reports it as the end of the peer's stream (CloseAndNotify() in
    /// TcpSocketBase::ProcessEstablished), so only this tells the two apart.
    bool reset{false};
    bool ended{false};                              ///< the end of the peer's stream was read
    bool closed{false};                             ///< Close was called
    bool aborted{false};                            ///< closed with linger 0
    bool late{false};                               ///< still there at the deadline
    bool held{false};                               ///< see IsHeldByNagle; at the deadline
    std::optional<SequenceNumber32> unacknowledged; ///< first octet when stock TCP gave up
    std::string lastState;                          ///< of the connection at the deadline

    /** @return the end has a socket, or had one */
    bool IsUsed() const
    {
        return m_used;
    }

    /** @return everything was written and read */
    bool IsDone() const
    {
        return sent == m_plan.bytes && received.size() >= m_other.bytes;
    }

    /** @return the peer's stream has ended before all that was expected */
    bool IsShort() const
    {
        return ended && received.size() < m_other.bytes;
    }

    /**
     * "If such a host issues a CLOSE call while received data is still pending in TCP, or if new
     * data is received after CLOSE is called, its TCP SHOULD send a RST" (RFC 1122, section
     * 4.2.2.13). Stock TCP sends none for new data: in FIN_WAIT_2 it fills its buffer, which nobody
     * reads, and answers the probes of the closed window for ever. The sender must stay for as long
     * as they are answered (RFC 9293, section 3.8.6.1).
     *
     * @return the socket is one of stock TCP that does so
     */
    bool KeepsPeer() const
    {
        return m_stock && closed &&
               m_stock->GetRxBuffer()->Size() >= m_stock->GetRxBuffer()->MaxBufferSize();
    }

    /** @return what happened */
    std::string Describe() const
    {
        std::ostringstream os;
        os << "wrote " << sent << "/" << m_plan.bytes << ", read " << received.size() << "/"
           << m_other.bytes << (connected ? "" : ", not connected") << (failed ? ", error" : "")
           << (ended ? ", end" : "")
           << (aborted  ? ", aborted"
               : closed ? ", closed"
                        : "")
           << (late ? ", late" : "") << (held ? ", held by Nagle" : "") << lastState;
        return os.str();
    }

  private:
    /**
     * Stock TCP sends what is less than a segment only when nothing is unacknowledged, even what is
     * itself unacknowledged and lost (SendPendingData, which a timeout calls, asks for Nagle's
     * algorithm and UnAckDataCount()). It sends nothing then, and starts no timer: the octets never
     * come, nor does what stands behind them, data that was not sent yet or a FIN.
     *
     * @return the socket is one of stock TCP whose last octets wait like that
     */
    bool IsHeldByNagle() const
    {
        if (!m_stock)
        {
            return false;
        }
        BooleanValue noDelay;
        UintegerValue segment;
        m_stock->GetAttribute("TcpNoDelay", noDelay);
        m_stock->GetAttribute("SegmentSize", segment);
        const auto buffer = m_stock->GetTxBuffer();
        const uint32_t size = buffer->Size();
        return !noDelay.Get() && size < segment.Get() && buffer->GetLost() > 0 &&
               buffer->BytesInFlight() == 0 && buffer->GetRetransmitsCount() == 0;
    }

    void Write()
    {
        if (!m_socket || !connected || m_shut)
        {
            return;
        }
        while (sent < m_plan.bytes)
        {
            const auto size = static_cast<uint32_t>(std::min<uint64_t>(
                {m_plan.writeSize, m_plan.bytes - sent, m_socket->GetTxAvailable()}));
            if (size == 0)
            {
                return;
            }
            const auto octets = Content(m_seed, sent, size);
            // Send may call back.
            sent += size;
            progress = Simulator::Now();
            if (m_socket->Send(Create<Packet>(octets.data(), size)) < 0)
            {
                sent -= size;
                return;
            }
            if (!m_socket)
            {
                return;
            }
        }
        if (m_shut)
        {
            return;
        }
        if (m_plan.close == MptcpChaosEnd::SHUTDOWN)
        {
            m_shut = true;
            m_socket->ShutdownSend();
        }
        else if (m_plan.close == MptcpChaosEnd::AT_ONCE)
        {
            Close();
        }
        MaybeDone();
    }

    void Read()
    {
        if (m_plan.readSize == 0 && Simulator::Now() >= m_start + m_plan.readFrom)
        {
            while (m_socket && ReadPiece(UINT32_MAX))
            {
            }
        }
    }

    void ReadSome()
    {
        if (m_socket && Simulator::Now() >= m_start + m_plan.readFrom)
        {
            ReadPiece(m_plan.readSize);
        }
        if (m_socket)
        {
            Simulator::Schedule(m_plan.readEvery, [this] { ReadSome(); });
        }
    }

    /** @param most octets @return there may be more */
    bool ReadPiece(uint32_t most)
    {
        const Ptr<Packet> packet = m_socket->Recv(most, 0);
        if (!packet)
        {
            return false;
        }
        const uint32_t size = packet->GetSize();
        if (size == 0)
        {
            ended = true;
            MaybeDone();
            return false;
        }
        progress = Simulator::Now();
        const std::size_t before = received.size();
        received.resize(before + size);
        packet->CopyData(received.data() + before, size);
        MaybeDone();
        return true;
    }

    /** The peer has closed: nothing but the end is left to read. */
    void OnClose()
    {
        if (!m_socket)
        {
            return;
        }
        if (m_stock && reset)
        {
            Read();
            Fail();
            return;
        }
        Read();
        ended = ended || m_stock;
        MaybeDone();
    }

    void MaybeDone()
    {
        if (!m_socket || !IsDone())
        {
            return;
        }
        if (m_plan.close == MptcpChaosEnd::DONE ||
            (m_plan.close == MptcpChaosEnd::SHUTDOWN && ended))
        {
            Close();
        }
    }

    void Close()
    {
        const Ptr<Socket> s = m_socket;
        if (const auto mptcp = DynamicCast<MptcpSocketBase>(s))
        {
            std::ostringstream os;
            os << ", " << mptcp->GetState() << (mptcp->IsFallback() ? " fallback" : "");
            lastState = os.str();
        }
        closed = true;
        LetGo();
        s->Close();
    }

    void Abort()
    {
        if (!m_socket)
        {
            return;
        }
        if (const auto mptcp = DynamicCast<MptcpSocketBase>(m_socket))
        {
            mptcp->SetLinger(true, Time(0));
        }
        aborted = true;
        Close();
    }

    void LetGo()
    {
        if (!m_socket)
        {
            return;
        }
        m_socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        m_socket->SetSendCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
        m_socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                                    MakeNullCallback<void, Ptr<Socket>>());
        if (failed && !closed)
        {
            // As an application does after an error.
            closed = true;
            Simulator::ScheduleNow([s = m_socket] { s->Close(); });
        }
        m_socket = nullptr;
    }

    MptcpChaosEnd m_plan;        ///< what to do
    MptcpChaosEnd m_other;       ///< what the peer does
    uint64_t m_seed;             ///< content written
    Ptr<Socket> m_socket;        ///< the socket, until it is let go
    Ptr<TcpSocketBase> m_stock;  ///< the same, of stock TCP, to the end
    uint32_t m_bytesFastOpen{0}; ///< octets that came in the SYN
    Time m_start;                ///< begin
    bool m_used{false};          ///< there was a socket
    bool m_shut{false};          ///< no more writing
};

/** A whole simulation. */
class Run
{
  public:
    /** @param scenario what happens @param pcap see RunMptcpChaos @param events the same */
    Run(const MptcpChaosScenario& scenario, const std::string& pcap, uint64_t events)
        : m_scenario(scenario),
          m_mostEvents(events),
          m_topology(scenario.paths.size())
    {
        MptcpChaosScheduler::Install(m_mostEvents);
        RngSeedManager::SetRun(1 + scenario.seed % 1'000'000'000);
        for (const auto& [name, value] : scenario.defaults)
        {
            Config::SetDefault(name, StringValue(value));
        }
        BuildNetwork();
        InstallStacks();
        if (!pcap.empty())
        {
            m_topology.EnablePcap(pcap);
        }
        for (std::size_t i = 0; i < scenario.connections.size(); ++i)
        {
            Start(i);
        }
    }

    ~Run()
    {
        m_listeners.clear();
        Simulator::Destroy();
        Config::Reset();
    }

    /** @return what came of it */
    MptcpChaosResult Finish()
    {
        Simulator::Schedule(DEADLINE, [this] {
            for (auto& end : m_ends)
            {
                end->GiveUp();
            }
        });
        Simulator::Stop(END);
        Simulator::Run();
        m_result.events = Simulator::GetEventCount();
        if (MptcpChaosScheduler::HasStopped(m_mostEvents))
        {
            // Whatever else does not hold in the middle of a run says nothing.
            std::ostringstream os;
            os << "more than " << m_mostEvents << " events, at " << Simulator::Now().As(Time::S)
               << ": endless";
            m_result.faults.push_back(os.str());
            return m_result;
        }
        for (std::size_t i = 0; i < m_scenario.connections.size(); ++i)
        {
            CheckConnection(i);
        }
        for (const int host : {0, 1})
        {
            CheckHost(host);
        }
        return m_result;
    }

  private:
    using Topology = MptcpTopologyHelper;

    /** Data of one direction of a connection that has reached its host; one subflow's at least. */
    struct Stream
    {
        bool open{false};                         ///< the SYN has come
        SequenceNumber32 first;                   ///< of the first octet, as it came here
        boost::icl::interval_set<int64_t> octets; ///< which, counted from the first
        bool answered{false};                     ///< a segment that is no SYN has come
        SequenceNumber32 acked; ///< the highest acknowledgment number that has come
    };

    void BuildNetwork()
    {
        m_topology.SetFamily(static_cast<Topology::Family>(m_scenario.family));
        m_topology.SetSourceRouting(m_scenario.sourceRouting);
        for (std::size_t i = 0; i < m_scenario.paths.size(); ++i)
        {
            const MptcpChaosPath& path = m_scenario.paths[i];
            m_topology.SetDataRate(i, DataRate(path.rate));
            m_topology.SetDelay(i, path.delay);
            m_topology.SetQueueSize(i, QueueSize(std::to_string(path.queue) + "p"));
            m_topology.SetLossRate(i, path.loss[0], path.loss[1]);
            m_topology.SetMtu(i, path.mtu);
            MptcpMiddleboxHelper box;
            for (const MptcpChaosElement& element : path.box)
            {
                ObjectFactory factory;
                factory.SetTypeId(element.type);
                for (const auto& [name, value] : element.attributes)
                {
                    factory.Set(name, StringValue(value));
                }
                box.AddElement(factory);
            }
            m_topology.SetMiddlebox(i, box);
        }
        m_topology.Build();
        m_topology.AssignStreams(1000);
        for (std::size_t i = 0; i < m_scenario.paths.size(); ++i)
        {
            for (const MptcpChaosOutage& outage : m_scenario.paths[i].outages)
            {
                if (outage.kind == MptcpChaosOutage::CUT)
                {
                    m_topology.CutPath(i, outage.from, outage.until);
                }
                else
                {
                    m_topology.DownInterface(outage.kind == MptcpChaosOutage::CLIENT
                                                 ? Topology::CLIENT
                                                 : Topology::SERVER,
                                             i,
                                             outage.from,
                                             outage.until);
                }
            }
        }
    }

    void InstallStacks()
    {
        InternetStackHelper().AssignStreams(m_topology.GetNodes(), 100);
        for (const int host : {0, 1})
        {
            const std::string& profile = m_scenario.profile[host];
            MptcpStackHelper helper;
            if (!profile.empty())
            {
                helper.SetProfile(profile);
            }
            helper.Install(GetNode(host));
            const auto stack = GetNode(host)->GetObject<MptcpStack>();
            for (const auto& [name, value] : m_scenario.stack[host])
            {
                if (profile.empty())
                {
                    stack->SetAttribute(name, StringValue(value));
                }
            }
        }
        for (const int host : {0, 1})
        {
            const auto stack = GetNode(host)->GetObject<MptcpStack>();
            if (m_scenario.fastOpen[host] != 0)
            {
                stack->SetAttribute("FastOpen", UintegerValue(m_scenario.fastOpen[host]));
            }
            // Somebody listens, or a user's path manager would refuse everything.
            stack->TraceConnectWithoutContext(
                "PmEvent",
                Callback<void, const MptcpPmEvent&>([this](const MptcpPmEvent&) { ++m_events; }));
        }
        for (const MptcpChaosCommand& command : m_scenario.commands)
        {
            // Asked for now: an interface that is down then may have no address.
            const Address address = GetPathAddress(command.host, command.path);
            const Address peer =
                GetPathAddress(1 - command.host, command.choice % m_scenario.paths.size());
            if (command.at.IsZero())
            {
                Obey(command, address, peer);
            }
            else
            {
                Simulator::Schedule(command.at, [this, command, address, peer] {
                    Obey(command, address, peer);
                });
            }
        }
        for (const int host : {0, 1})
        {
            if (const auto ip = GetNode(host)->GetObject<Ipv4L3Protocol>())
            {
                ip->TraceConnectWithoutContext(
                    "LocalDeliver",
                    Callback<void, const Ipv4Header&, Ptr<const Packet>, uint32_t>(
                        [this, host](const Ipv4Header& header, Ptr<const Packet> p, uint32_t) {
                            CountDelivered(host, header.GetProtocol(), *p);
                        }));
            }
            if (const auto ip = GetNode(host)->GetObject<Ipv6L3Protocol>())
            {
                ip->TraceConnectWithoutContext(
                    "LocalDeliver",
                    Callback<void, const Ipv6Header&, Ptr<const Packet>, uint32_t>(
                        [this, host](const Ipv6Header& header, Ptr<const Packet> p, uint32_t) {
                            CountDelivered(host, header.GetNextHeader(), *p);
                        }));
            }
        }
        MptcpStackHelper::AssignStreams(m_topology.GetNodes(), 10);
        const NetDeviceContainer devices = m_topology.GetDevices();
        for (uint32_t i = 0; i < devices.GetN(); ++i)
        {
            devices.Get(i)->TraceConnectWithoutContext(
                "PhyTxBegin",
                Callback<void, Ptr<const Packet>>(
                    [this, i](Ptr<const Packet> packet) { Hash(i, *packet); }));
        }
    }

    /** @param host 0 client, 1 server @param path path @return address there */
    Address GetPathAddress(int host, uint32_t path) const
    {
        return m_topology.GetAddress(static_cast<Topology::Host>(host),
                                     path,
                                     m_scenario.ipv6First ? Topology::IPV6 : Topology::IPV4);
    }

    /**
     * Refusals are no faults: a command may come too late, or be wrong.
     *
     * @param command command
     * @param address address of its host
     * @param peer address of the other host
     */
    void Obey(const MptcpChaosCommand& command, const Address& address, const Address& peer)
    {
        using Command = MptcpChaosCommand;
        const auto stack = GetNode(command.host)->GetObject<MptcpStack>();
        MptcpEndpointTable& table = stack->GetEndpoints();
        const std::vector<MptcpEndpoint> known = table.GetAll();
        const uint8_t id = known.empty() ? 0 : known[command.choice % known.size()].id;
        MptcpEndpoint endpoint;
        endpoint.address = address;
        endpoint.flags = command.flags;
        endpoint.port = command.port;
        switch (command.kind)
        {
        case Command::ADD_ENDPOINT:
            table.Add(endpoint);
            return;
        case Command::REMOVE_ENDPOINT:
            id != 0 ? table.Remove(id) : "";
            return;
        case Command::SET_FLAGS:
            table.SetFlags(id, command.flags);
            return;
        case Command::SET_LIMITS:
            table.SetLimits({command.limits[0], command.limits[1]});
            return;
        case Command::FLUSH:
            table.Flush();
            return;
        case Command::REMOVE_INITIAL:
            table.Remove(0, address);
            return;
        default:
            break;
        }
        for (const auto& connection : stack->GetConnections())
        {
            ObeyFor(connection, command, address, peer);
        }
    }

    /** @param connection one of the host's @param command command @param address @param peer */
    void ObeyFor(const Ptr<MptcpSocketBase>& connection,
                 const MptcpChaosCommand& command,
                 const Address& address,
                 const Address& peer)
    {
        using Command = MptcpChaosCommand;
        MptcpPmCommands user(GetNode(command.host)->GetObject<MptcpStack>());
        const uint32_t token = connection->GetLocalToken();
        const auto id = static_cast<uint8_t>(command.choice);
        const bool backup = command.flags & MPTCP_ENDPOINT_BACKUP;
        const auto subflows = connection->GetSubflows();
        const Ptr<MptcpSubflow> subflow =
            subflows.empty() ? nullptr : subflows[command.choice % subflows.size()];
        Address remote;
        connection->GetPeerName(remote);
        const uint16_t port = remote.IsInvalid() ? 0 : Port(remote);
        const Address name =
            Ipv4Address::IsMatchingType(peer)
                ? Address(InetSocketAddress(Ipv4Address::ConvertFrom(peer), port))
                : Address(Inet6SocketAddress(Ipv6Address::ConvertFrom(peer), port));
        switch (command.kind)
        {
        case Command::ANNOUNCE:
            user.Announce(token, id + 1, address);
            break;
        case Command::WITHDRAW:
            user.Remove(token, id);
            break;
        case Command::CREATE:
            user.CreateSubflow(token, id, address, name, backup);
            break;
        case Command::DESTROY:
            subflow ? user.DestroySubflow(token, subflow->GetLocalName(), subflow->GetRemoteName())
                    : "";
            break;
        case Command::SET_BACKUP:
            subflow
                ? user.SetBackup(token, subflow->GetLocalName(), subflow->GetRemoteName(), backup)
                : "";
            break;
        case Command::ADD_ADDRESS:
            connection->AddMultipathAddresses({address});
            break;
        case Command::REMOVE_ADDRESS:
            connection->RemoveMultipathAddresses({address});
            break;
        case Command::SET_PRIORITY:
            subflow ? connection->SetSubflowPriority(subflow->GetSubflowId(), backup) : 0;
            break;
        default:
            break;
        }
    }

    /** @param host 0 client, 1 server @return its node */
    Ptr<Node> GetNode(int host) const
    {
        return host == 0 ? m_topology.GetClient() : m_topology.GetServer();
    }

    /** @param host 0 client, 1 server @return a new socket of its kind */
    Ptr<Socket> MakeSocket(int host) const
    {
        return m_scenario.mptcp[host]
                   ? Socket::CreateSocket(GetNode(host), MptcpSocketFactory::GetTypeId())
                   : MptcpChaosTcp::Create(GetNode(host));
    }

    /**
     * The copy of TcpCubic that stock TCP makes for an accepted connection leaves
     * TcpFriendliness undefined, and what it sends would depend on the state of the heap.
     *
     * @param accepted socket of a new connection
     */
    static void DefineFriendliness(Socket& accepted)
    {
        PointerValue controller;
        if (accepted.GetAttributeFailSafe("CongestionOps", controller) && controller.GetObject())
        {
            controller.GetObject()->SetAttributeFailSafe("TcpFriendliness", BooleanValue(true));
        }
    }

    /** @param host 0 client, 1 server @param port port @return address on path 0 */
    Address GetAddress(int host, uint16_t port) const
    {
        return m_topology.GetSocketAddress(static_cast<Topology::Host>(host),
                                           0,
                                           port,
                                           m_scenario.ipv6First ? Topology::IPV6 : Topology::IPV4);
    }

    /** @param index connection that gets its events */
    void Start(std::size_t index)
    {
        const MptcpChaosConnection& c = m_scenario.connections[index];
        const uint64_t seed = m_scenario.seed * 1000 + index * 2;
        m_ends.push_back(std::make_unique<End>(c.ends[0], c.ends[1], seed));
        m_ends.push_back(std::make_unique<End>(c.ends[1], c.ends[0], seed + 1));
        End* client = m_ends[2 * index].get();
        End* server = m_ends[2 * index + 1].get();
        const auto port = static_cast<uint16_t>(FIRST_PORT + index);
        if (!c.closedPort && !c.simultaneous)
        {
            const Ptr<Socket> listener = MakeSocket(1);
            if (m_scenario.ipv6First)
            {
                listener->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), port));
            }
            else
            {
                listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
            }
            listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                        Callback<void, Ptr<Socket>, const Address&>(
                                            [this, server](Ptr<Socket> s, const Address&) {
                                                if (server->IsUsed())
                                                {
                                                    m_result.faults.emplace_back(
                                                        "a second connection was accepted");
                                                    return;
                                                }
                                                DefineFriendliness(*s);
                                                server->Use(s);
                                                server->Connected();
                                            }));
            listener->Listen();
            m_listeners.push_back(listener);
        }
        // Asked for now: an interface that is down then may have none.
        const Address addresses[] = {GetAddress(0, port), GetAddress(1, port)};
        const auto connect = [this,
                              from = addresses[0],
                              to = addresses[1],
                              fast = c.fastOpen](int host, End* end, bool bind) {
            const Ptr<Socket> s = MakeSocket(host);
            if (bind)
            {
                s->Bind(host == 0 ? from : to);
            }
            end->Use(s);
            const auto mptcp = fast ? DynamicCast<MptcpSocketBase>(s) : nullptr;
            const Address& peer = host == 0 ? to : from;
            if ((mptcp ? end->ConnectFastOpen(*mptcp, peer) : s->Connect(peer)) != 0)
            {
                end->Fail();
            }
        };
        const bool both = c.simultaneous;
        Simulator::Schedule(c.start, [connect, client, both] { connect(0, client, both); });
        if (both)
        {
            Simulator::Schedule(c.start, [connect, server] { connect(1, server, true); });
        }
    }

    /** @param host where @param protocol of the packet @param packet without its IP header */
    void CountDelivered(int host, uint8_t protocol, const Packet& packet)
    {
        if (protocol == MPTCP_PROTOCOL_TCP)
        {
            TcpHeader header;
            const uint32_t size = packet.PeekHeader(header);
            const uint16_t port = host == 1 ? header.GetDestinationPort() : header.GetSourcePort();
            Stream& stream = m_delivered[host][port];
            if (header.GetFlags() & TcpHeader::RST)
            {
                NoteReset(host, port);
            }
            stream.answered = stream.answered || (!(header.GetFlags() & TcpHeader::SYN) &&
                                                  Simulator::Now() < DEADLINE); // then all close
            if (header.GetFlags() & TcpHeader::ACK)
            {
                stream.acked = std::max(stream.acked, header.GetAckNumber());
            }
            if (header.GetFlags() & TcpHeader::SYN)
            {
                stream.first = header.GetSequenceNumber() + SequenceNumber32(1);
                stream.open = true;
            }
            if (!stream.open)
            {
                return; // data that overtakes the SYN is dropped (RFC 9293, section 3.10.7.3)
            }
            // No stream of a scenario has 2^31 octets.
            const int64_t offset = header.GetSequenceNumber() - stream.first;
            stream.octets += boost::icl::interval<int64_t>::right_open(
                std::max<int64_t>(offset, 0),
                std::max<int64_t>(offset + packet.GetSize() - size, 0));
        }
    }

    /** @param host where a RST has come @param port the server's */
    void NoteReset(int host, uint16_t port)
    {
        const std::size_t index = static_cast<std::size_t>(port) - FIRST_PORT;
        if (port >= FIRST_PORT && 2 * index + host < m_ends.size())
        {
            m_ends[2 * index + host]->reset = true;
        }
    }

    /** @param host where @param index connection @return what came of it there, null: nothing */
    const Stream* FindStream(int host, std::size_t index) const
    {
        const auto it = m_delivered[host].find(static_cast<uint16_t>(FIRST_PORT + index));
        return it == m_delivered[host].end() ? nullptr : &it->second;
    }

    /**
     * @param host whose end of a connection, of stock TCP @param index connection
     * @return octets that it sent were lost on the way, and Nagle's algorithm keeps them: not all
     * have come, however often the others have
     */
    bool IsHeld(int host, std::size_t index) const
    {
        const End& end = *m_ends[2 * index + host];
        const Stream* stream = FindStream(1 - host, index);
        const int64_t came = stream ? boost::icl::length(stream->octets) : 0;
        return end.held && came < static_cast<int64_t>(end.sent);
    }

    /**
     * Stock TCP resets the back-off of its timeout with each ACK that it sends (SendEmptyPacket).
     * An end that also receives therefore gives up on data that has arrived if the acknowledgment
     * takes longer than all its tries at the shortest timeout.
     *
     * @param host whose end of a connection @param index connection
     * @return the end is of stock TCP, and the acknowledgment came when it had given up
     */
    bool IsHasty(int host, std::size_t index) const
    {
        const End& end = *m_ends[2 * index + host];
        const Stream* stream = FindStream(host, index);
        return end.unacknowledged && stream && stream->acked > *end.unacknowledged;
    }

    /**
     * Stock TCP does not answer a SYN/ACK that is repeated (TcpSocketBase::ProcessEstablished: "No
     * action for received SYN+ACK"), although RFC 9293, section 3.10.7.4, demands an ACK. When its
     * third ACK is lost and it has no data to send, the server never learns of the connection.
     *
     * @param index connection
     * @return the client is of stock TCP, sent no data, and nothing but SYNs has reached the server
     */
    bool IsUnanswered(std::size_t index) const
    {
        const Stream* stream = FindStream(1, index);
        return !m_scenario.mptcp[0] && m_ends[2 * index]->sent == 0 && stream && !stream->answered;
    }

    /** @param device where @param packet sent there */
    void Hash(uint32_t device, const Packet& packet)
    {
        constexpr uint32_t ppp = 2;
        std::vector<uint8_t> octets(packet.GetSize());
        packet.CopyData(octets.data(), octets.size());
        const uint8_t* ip = octets.data() + ppp;
        if ((ip[0] >> 4 == 4 ? ip[9] : ip[6]) != MPTCP_PROTOCOL_TCP)
        {
            return; // link-layer addresses, which ICMPv6 tells, count on from run to run
        }
        ++m_result.segments;
        const auto mix = [this](uint64_t value) {
            m_result.hash = (m_result.hash ^ value) * 0x100000001b3;
        };
        mix(device);
        mix(Simulator::Now().GetTimeStep());
        for (const uint8_t octet : octets)
        {
            mix(octet);
        }
    }

    /** @param host sender @param data its data @return that after the boxes' changes */
    std::vector<uint8_t> Rewrite(int host, std::vector<uint8_t> data) const
    {
        auto box = m_scenario.paths[0].box;
        if (host == 1)
        {
            std::reverse(box.begin(), box.end());
        }
        for (const MptcpChaosElement& element : box)
        {
            std::map<std::string, std::string> a(element.attributes.begin(),
                                                 element.attributes.end());
            if (element.type != "ns3::MptcpMiddleboxRewriter" ||
                a[host == 0 ? "Forward" : "Backward"] != "true")
            {
                continue;
            }
            const uint64_t remove = std::stoull(a["Remove"]);
            const uint64_t period = std::max(std::stoull(a["Period"]), remove + 1ULL);
            std::vector<uint8_t> out;
            uint64_t done = 0;
            for (uint64_t i = 0; i < std::stoull(a["Count"]); ++i)
            {
                const uint64_t place = std::stoull(a["Offset"]) + i * period;
                if (place >= data.size())
                {
                    break;
                }
                out.insert(out.end(), data.begin() + done, data.begin() + place);
                done = std::min<uint64_t>(place + remove, data.size());
                if (a["Invert"] == "true")
                {
                    for (uint64_t at = place; at < done; ++at)
                    {
                        out.push_back(~data[at]);
                    }
                }
                else if (a["Insert"].size() == remove)
                {
                    out.insert(out.end(),
                               a["Insert"].begin(),
                               a["Insert"].begin() + (done - place));
                }
                else
                {
                    out.insert(out.end(), a["Insert"].begin(), a["Insert"].end());
                }
            }
            out.insert(out.end(), data.begin() + done, data.end());
            data = out;
        }
        return data;
    }

    /**
     * Where a box has removed octets the first of a copy that comes later fill the mapping up. They
     * are words of the same data in another order, which a sum cannot tell (RFC 1071).
     *
     * @param sent data
     * @param received other data
     * @return a box changes data, and no checksum can have told the difference
     */
    bool IsUnnoticed(const std::vector<uint8_t>& sent, const std::vector<uint8_t>& received) const
    {
        const auto sum = [](std::span<const uint8_t> data) {
            uint64_t total = 0;
            for (std::size_t i = 0; i < data.size(); ++i)
            {
                total += i % 2 == 0 ? data[i] * 256 : data[i];
            }
            return total % 65535; // of ones' complement, where 65535 is 0
        };
        return m_scenario.paths[0].Has("Rewriter") && received.size() <= sent.size() &&
               sum(received) == sum(std::span(sent).first(received.size()));
    }

    /**
     * A peer that falls back alone shows it by leaving the options out (RFC 8684, section 3.7). If
     * one box removes them in one direction and another repeats old ones in the other, the peer
     * still looks like one that speaks MPTCP and has lost mappings, and is sent the data again.
     *
     * @param sent data
     * @param received other data
     * @return there are such boxes, and what is wrong are pieces of the data that came again
     */
    bool IsMistaken(const std::vector<uint8_t>& sent, const std::vector<uint8_t>& received) const
    {
        constexpr std::ptrdiff_t piece = 16; // octets that no other place of the data has
        const MptcpChaosPath& path = m_scenario.paths[0];
        auto at = received.begin();
        auto from = sent.begin();
        const bool removed = path.Has("OptionFilter") || path.Has("Splitter");
        if (!removed || !path.Has("OptionDuplicator"))
        {
            return false;
        }
        while (from != sent.end())
        {
            const auto most = std::min(received.end() - at, sent.end() - from);
            at = std::mismatch(at, at + most, from).first;
            if (at == received.end())
            {
                return true;
            }
            from = std::search(sent.begin(),
                               sent.end(),
                               at,
                               at + std::min(piece, received.end() - at));
        }
        return false;
    }

    /** @param type see MptcpChaosPath::Has @return there is one on any path */
    bool HasElement(const std::string& type) const
    {
        return std::any_of(m_scenario.paths.begin(),
                           m_scenario.paths.end(),
                           [&type](const MptcpChaosPath& path) { return path.Has(type); });
    }

    /** @return a host that could not fall back has reset a subflow whose options were missing */
    bool HasResetStripped() const
    {
        const auto failed = [this](int host) {
            return GetNode(host)->GetObject<MptcpStack>()->GetCounter("FallbackFailed") > 0;
        };
        return failed(0) || failed(1);
    }

    /**
     * A proxy must deliver what it has acknowledged, and repeats the segments with their options
     * for longer than a run takes. A box behind it that drops segments with options lets none pass.
     *
     * @return there are such boxes on the first path
     */
    bool IsProxyBlocked() const
    {
        return m_scenario.paths[0].Has("Proxy") && DropsOptions();
    }

    /** @param settings by name @param name of one @param value wanted @return it has this value */
    static bool Has(const std::vector<std::pair<std::string, std::string>>& settings,
                    const std::string& name,
                    const std::string& value)
    {
        return std::find(settings.begin(), settings.end(), std::pair(name, value)) !=
               settings.end();
    }

    /** @return a box of the first path drops segments with options rather than the options */
    bool DropsOptions() const
    {
        const auto& box = m_scenario.paths[0].box;
        return std::any_of(box.begin(), box.end(), [](const MptcpChaosElement& element) {
            return Has(element.attributes, "Drop", "true");
        });
    }

    /**
     * The client repeats its SYN so often with options that only the last of the six is without,
     * and a box drops all others. A queue may drop the last one.
     *
     * @return there is but one SYN that could pass
     */
    bool HasOneSyn() const
    {
        return Has(m_scenario.stack[0], "SynRetransBeforeTcpFallback", "4") && DropsOptions();
    }

    /** @return a host offers version 1 and speaks version 0 as well */
    bool HasBothVersions() const
    {
        return std::any_of(std::begin(m_scenario.stack),
                           std::end(m_scenario.stack),
                           [](const auto& stack) {
                               return Has(stack, "Version", "1") &&
                                      Has(stack, "LowestVersion", "0");
                           });
    }

    /** @return an error of a connection needs no other excuse than the scenario */
    bool MayFail(const MptcpChaosConnection& c) const
    {
        const auto rude = [](const MptcpChaosEnd& end) {
            return end.close == MptcpChaosEnd::ABORT || end.close == MptcpChaosEnd::AT_ONCE;
        };
        const MptcpChaosPath& path = m_scenario.paths[0];
        // Options that vanish when data has gone over several subflows cost the subflow (RFC 8684,
        // section 3.7), and so the connection if no other one is whole.
        if (HasResetStripped() && path.Has("OptionFilter"))
        {
            return true;
        }
        // Two SYNs do not meet where one of them gets another port on its way.
        // If one of them is lost, the answer to the other has no MP_CAPABLE: a host that speaks
        // version 0 as well takes it for that of a listener that does not know version 1, resets
        // it, and tries again.
        const bool missed = c.simultaneous && (path.Has("Nat") || HasBothVersions());
        return !path.tame || m_scenario.IsDestructive() || c.closedPort || missed ||
               rude(c.ends[0]) || rude(c.ends[1]);
    }

    /** @param name attribute @return its value in this scenario */
    std::string GetDefault(const std::string& name) const
    {
        std::string found;
        for (const auto& [key, value] : m_scenario.defaults)
        {
            found = key == name ? value : found;
        }
        return found;
    }

    /**
     * ACKs that are delayed for longer than the RTO make all transmissions come twice. On a path
     * whose round trip does not vary the RTO is that round trip, or its least value. From
     * transmissions that come twice ns-3's TCP takes no sample of the round trip, timestamps or not
     * (TcpSocketBase::ReTxTimeout empties the history, UpdateRttHistory adds only what is new): its
     * RTO stays what it is, one segment goes at a time.
     *
     * Of a segment that a box has split, and that is acknowledged in parts, ns-3's BBR counts the
     * last part alone as delivered (TcpTxBuffer::DiscardUpTo tells of whole segments, whose first
     * part it has cut off by then): the rate falls to a few octets in each round trip.
     *
     * @param client one end
     * @param server the other
     * @return the connection is slow for that, and went on until the deadline
     */
    bool IsSlow(const End& client, const End& server) const
    {
        const Time ack(GetDefault("ns3::TcpSocket::DelAckTimeout"));
        const Time least(GetDefault("ns3::TcpSocketBase::MinRto"));
        const bool late =
            std::any_of(m_scenario.paths.begin(),
                        m_scenario.paths.end(),
                        [&](const MptcpChaosPath& path) { return path.delay * 2 + ack > least; });
        const bool parts = HasElement("Splitter") &&
                           GetDefault("ns3::MptcpSocketBase::CongestionControl").ends_with("Bbr");
        return (late || parts) && !client.failed && !server.failed &&
               std::max(client.progress, server.progress) > DEADLINE - Seconds(1);
    }

    /** @param index connection whose invariants are checked */
    void CheckConnection(std::size_t index)
    {
        const MptcpChaosConnection& c = m_scenario.connections[index];
        const End& client = *m_ends[2 * index];
        const End& server = *m_ends[2 * index + 1];
        const std::string who = "connection " + std::to_string(index) + ": ";
        m_result.notes.push_back(who + "client " + client.Describe() + "; server " +
                                 server.Describe());
        const uint32_t early = server.GetBytesFastOpen();
        m_result.notes.back() +=
            early > 0 ? ", " + std::to_string(early) + " octets in the SYN" : "";
        const auto fault = [&](const std::string& what) { m_result.faults.push_back(who + what); };
        for (const int host : {0, 1})
        {
            const End& end = host == 0 ? client : server;
            const End& peer = host == 0 ? server : client;
            const std::string name = host == 0 ? "client: " : "server: ";
            const auto plain = Content(m_scenario.seed * 1000 + index * 2 + 1 - host, 0, peer.sent);
            const auto changed = Rewrite(1 - host, plain);
            // Data of a SYN has no mapping, and so no checksum that could tell (RFC 8684, appendix
            // B.2): what is changed there stays, whatever a checksum finds out later.
            const auto syn = plain.begin() + (host == 1 ? client.GetBytesFastOpen() : 0);
            auto begun = Rewrite(1 - host, {plain.begin(), syn});
            begun.insert(begun.end(), syn, plain.end());
            const auto begins = [&end](const std::vector<uint8_t>& whole) {
                return end.received.size() <= whole.size() &&
                       std::equal(end.received.begin(), end.received.end(), whole.begin());
            };
            if (!begins(plain) && !begins(changed) && !begins(begun) &&
                !IsUnnoticed(plain, end.received) && !IsMistaken(plain, end.received))
            {
                const auto at = std::mismatch(end.received.begin(),
                                              end.received.begin() +
                                                  std::min(end.received.size(), plain.size()),
                                              plain.begin())
                                    .first -
                                end.received.begin();
                fault(name + "wrong data from octet " + std::to_string(at));
            }
            else if (end.ended && end.received.size() != plain.size() &&
                     end.received.size() != changed.size() && end.received.size() != begun.size())
            {
                fault(name + "an end of stream before the end of the data");
            }
            else if (end.ended && peer.aborted && end.received.size() < peer.sent)
            {
                fault(name + "an end of stream from a peer that aborted");
            }
        }
        if (c.closedPort && ((!client.failed && !client.aborted) || client.connected))
        {
            fault("no error although nobody listens");
        }
        if (client.late && !client.connected)
        {
            fault("neither connected nor refused");
        }
        // Whatever happens: it goes on, or an error tells one of the two. A reader who waits for
        // octets that a box has removed waits for ever.
        const bool endless = HasElement("Rewriter") || IsProxyBlocked();
        const bool held = IsHeld(0, index) || IsHeld(1, index);
        const bool open = !held && !endless && client.late && server.late && !client.failed &&
                          !server.failed && !client.IsShort() && !server.IsShort();
        if (open && std::max(client.progress, server.progress) < DEADLINE - PATIENCE)
        {
            fault("stuck");
        }
        const bool hasty = IsHasty(0, index) || IsHasty(1, index);
        if (!MayFail(c) && !hasty && (client.connected || !HasOneSyn()))
        {
            if (client.failed || server.failed)
            {
                fault("an error without a cause");
            }
            const bool excused = held || IsSlow(client, server) || IsUnanswered(index);
            if (!excused && (!client.IsDone() || !server.IsDone() || client.late || server.late))
            {
                fault("not complete");
            }
        }
    }

    /** @param name name of a socket @return its port */
    static uint16_t Port(const Address& name)
    {
        return InetSocketAddress::IsMatchingType(name)
                   ? InetSocketAddress::ConvertFrom(name).GetPort()
                   : Inet6SocketAddress::ConvertFrom(name).GetPort();
    }

    /** @param who whose they are @param sockets those that are left, which the notes tell of */
    void NoteSockets(const std::string& who, const ObjectPtrContainerValue& sockets)
    {
        for (auto it = sockets.Begin(); it != sockets.End(); ++it)
        {
            const auto socket = DynamicCast<MptcpSubflow>(it->second);
            if (!socket || socket->GetTcpInfo().state == TcpSocket::LISTEN)
            {
                continue;
            }
            Address local;
            Address peer;
            socket->GetSockName(local);
            const bool connected = socket->GetPeerName(peer) == 0;
            std::ostringstream note;
            const MptcpTcpInfo info = socket->GetTcpInfo();
            note << who << "left: " << TcpSocket::TcpStateName[info.state] << ", ports "
                 << Port(local) << " and " << (connected ? Port(peer) : 0) << ", unacknowledged "
                 << info.unacked << ", not sent " << info.notsentBytes << ", timeouts "
                 << info.retransmits;
            m_result.notes.push_back(note.str());
        }
    }

    /** @param host 0 client, 1 server: nothing may be left */
    void CheckHost(int host)
    {
        if (!m_scenario.mptcp[host])
        {
            return;
        }
        const std::string who = host == 0 ? "client: " : "server: ";
        const auto node = GetNode(host);
        const auto stack = node->GetObject<MptcpStack>();
        std::ostringstream note;
        note << who << "counters:";
        for (std::size_t i = 0; i < static_cast<std::size_t>(MptcpMib::COUNT); ++i)
        {
            const std::string name(MptcpCounters::GetName(static_cast<MptcpMib>(i)));
            const uint64_t value = stack->GetCounter(name);
            note << (value > 0 ? " " + name + "=" + std::to_string(value) : "");
        }
        m_result.notes.push_back(note.str());
        ObjectPtrContainerValue sockets;
        node->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", sockets);
        std::size_t listeners = host == 1 ? m_listeners.size() : 0;
        for (const MptcpEndpoint& endpoint : stack->GetEndpoints().GetAll())
        {
            listeners += endpoint.port != 0; // as long as the endpoint is there
        }
        uint64_t kept = 0;
        for (std::size_t i = 0; i < m_scenario.connections.size(); ++i)
        {
            kept += m_ends[2 * i + 1 - host]->KeepsPeer();
        }
        const auto check =
            [&](const std::string& what, uint64_t found, uint64_t wanted, uint64_t more) {
                if (found < wanted || found > wanted + more)
                {
                    m_result.faults.push_back(who + what + ": " + std::to_string(found) +
                                              " instead of " + std::to_string(wanted));
                }
            };
        check("sockets", sockets.GetN(), listeners, kept);
        NoteSockets(who, sockets);
        check("tokens", stack->GetTokens().GetSize(), 0, 0);
        check("connections", stack->GetNConnections(), listeners, kept);
        check("MPCurrEstab", stack->GetCounter("MPCurrEstab"), 0, kept);
    }

    MptcpChaosScenario m_scenario;             ///< what happens
    uint64_t m_mostEvents;                     ///< see RunMptcpChaos
    Topology m_topology;                       ///< network
    std::vector<std::unique_ptr<End>> m_ends;  ///< client and server of each connection
    std::vector<Ptr<Socket>> m_listeners;      ///< of the server
    uint64_t m_events{0};                      ///< of path management
    std::map<uint16_t, Stream> m_delivered[2]; ///< data that came, by the server's port
    MptcpChaosResult m_result;                 ///< what came of it
};

} // namespace

MptcpChaosResult
RunMptcpChaos(const MptcpChaosScenario& scenario, const std::string& pcap, uint64_t events)
{
    return Run(scenario, pcap, events).Finish();
}

} // namespace ns3
