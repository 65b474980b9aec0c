/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCRIPT_H
#define MPTCP_SCRIPT_H

#include "mptcp-hex.h"
#include "mptcp-scripted-peer.h"

#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/test.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Vocabulary of the suites that drive one host by a scripted peer.
namespace ns3::mptcp_script
{

using Peer = MptcpScriptedPeer;
using Segment = MptcpScriptedPeer::Segment;
using Octets = std::vector<uint8_t>;

constexpr uint16_t PORT = 80;                            ///< of whoever listens
constexpr uint64_t PEER_KEY = 0x1122334455667788;        ///< key of the peer
constexpr uint32_t PEER_NONCE = 0xa1a2a3a4;              ///< random number of the peer in joins
constexpr uint32_t PEER_ISN = 1000;                      ///< sequence number of the peer's SYNs
constexpr const char* PEER_KEY_HEX = "1122334455667788"; ///< the same in a trace

/// Time enough for a segment to arrive and its answer to come back.
inline const Time SHORT = MilliSeconds(5);

/** @param text characters @return their octets */
inline Octets
Text(const std::string& text)
{
    return {text.begin(), text.end()};
}

/** One subflow, as the peer sees it. */
struct Flow
{
    uint32_t path{0};        ///< path
    uint16_t port{40000};    ///< the peer's port
    uint16_t hostPort{PORT}; ///< the host's port
    uint32_t seq{PEER_ISN};  ///< next sequence number of the peer
    uint32_t ack{0};         ///< next sequence number expected of the host
    uint16_t window{65535};  ///< window field of what the peer sends
};

/** What a test does as the peer, and what the host's application sees. */
class Script
{
  public:
    Script()
    {
        RngSeedManager::SetRun(1);
        stack = MptcpStackHelper().Install(peer.GetHost());
        stack->AssignStreams(7);
    }

    ~Script()
    {
        listener = nullptr;
        socket = nullptr;
        stack = nullptr;
        Simulator::Destroy();
    }

    /** @param truth what should hold @param what complaint if it does not */
    void Check(bool truth, const std::string& what)
    {
        complaints += truth ? "" : what + "; ";
    }

    /** @param name counter @param value expected */
    void CheckCounter(const std::string& name, uint64_t value)
    {
        const uint64_t found = stack->GetCounter(name);
        Check(found == value,
              name + " is " + std::to_string(found) + " instead of " + std::to_string(value));
    }

    /** @param found octets @param hex expected @param what of what */
    void CheckOctets(const Octets& found, const std::string& hex, const std::string& what)
    {
        Check(ToHex(found) == hex, what + " is " + ToHex(found) + " instead of " + hex);
    }

    /** The host listens. */
    void Listen()
    {
        listener = Socket::CreateSocket(peer.GetHost(), MptcpSocketFactory::GetTypeId());
        listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        listener->SetAcceptCallback(
            MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
            Callback<void, Ptr<Socket>, const Address&>(
                [this](Ptr<Socket> accepted, const Address&) { Use(accepted); }));
        listener->Listen();
    }

    /** The host connects. @return its subflow: the SYN is in Last() */
    Flow Connect()
    {
        Ptr<Socket> active = Socket::CreateSocket(peer.GetHost(), MptcpSocketFactory::GetTypeId());
        Use(active);
        active->Connect(InetSocketAddress(Peer::GetPeerAddress(0), PORT));
        Flow flow;
        flow.port = PORT;
        Wait(flow);
        flow.hostPort = Last().source;
        flow.ack = Last().seq + 1;
        return flow;
    }

    /**
     * Send a segment of a subflow and wait for answers.
     *
     * @param flow subflow; its numbers move on
     * @param flags TCP flags
     * @param options octets of the options
     * @param data payload
     */
    void Send(Flow& flow, uint8_t flags, const Octets& options, const Octets& data = {})
    {
        peer.Send(Make(flow, flags, options, data));
        flow.seq += data.size() + (flags & (Peer::SYN | Peer::FIN) ? 1 : 0);
        Wait(flow);
    }

    /** @return the segment that Send would send */
    Segment Make(const Flow& flow, uint8_t flags, const Octets& options, const Octets& data = {})
    {
        Segment segment;
        segment.path = flow.path;
        segment.source = flow.port;
        segment.destination = flow.hostPort;
        segment.flags = flags;
        segment.seq = flow.seq;
        segment.ack = flags & Peer::ACK ? flow.ack : 0;
        segment.window = flow.window;
        segment.options = options;
        segment.data = data;
        return segment;
    }

    /** Look what the host sends. @param flow acknowledges what comes @param time how long */
    void Wait(Flow& flow, Time time = SHORT)
    {
        peer.Wait(time);
        answers = peer.Take();
        for (const Segment& segment : answers)
        {
            if (IsOf(segment, flow))
            {
                const uint32_t next = segment.seq + segment.data.size() +
                                      (segment.flags & (Peer::SYN | Peer::FIN) ? 1 : 0);
                flow.ack =
                    static_cast<int32_t>(next - flow.ack) > 0 || flow.ack == 0 ? next : flow.ack;
            }
        }
    }

    /** @return the last segment of the host; an empty one if there was none */
    Segment Last() const
    {
        return answers.empty() ? Segment() : answers.back();
    }

    /** @param segment of the host @param flow subflow @return it belongs to the subflow */
    static bool IsOf(const Segment& segment, const Flow& flow)
    {
        return segment.path == flow.path && segment.source == flow.hostPort &&
               segment.destination == flow.port;
    }

    /** Forget the segments of all other subflows. @param flow subflow */
    void KeepAnswers(const Flow& flow)
    {
        std::erase_if(answers, [&flow](const Segment& segment) { return !IsOf(segment, flow); });
    }

    /** @param path path @param flags all of them set @return a segment of the host that fits */
    std::optional<Segment> FindAnswer(uint32_t path, uint8_t flags) const
    {
        for (const Segment& segment : answers)
        {
            if (segment.path == path && (segment.flags & flags) == flags)
            {
                return segment;
            }
        }
        return {};
    }

    /** @return the last DSS among the answers; an empty one if there was none */
    MptcpDss FindDss() const
    {
        MptcpDss found;
        for (const Segment& segment : answers)
        {
            found = Peer::Find<MptcpDss>(segment).value_or(found);
        }
        return found;
    }

    /** @param path path @return octets that the host has sent there */
    Octets GetSent(uint32_t path) const
    {
        Octets sent;
        for (const Segment& segment : answers)
        {
            if (segment.path == path)
            {
                sent.insert(sent.end(), segment.data.begin(), segment.data.end());
            }
        }
        return sent;
    }

    /** @param path path @param reason expected in an MP_TCPRST */
    void CheckReset(uint32_t path, uint8_t reason)
    {
        const auto reset = FindAnswer(path, Peer::RST);
        Check(reset.has_value(), "no RST");
        const auto option = reset ? Peer::Find<MptcpTcprst>(*reset) : std::nullopt;
        Check(option && option->reason == reason, "no MP_TCPRST " + std::to_string(reason));
    }

    /** The host accepts an MPTCP connection; both keys are known. @return initial subflow */
    Flow Accept()
    {
        Listen();
        Flow flow;
        Send(flow, Peer::SYN, FromHex("1e040101"));
        LearnKey();
        Send(flow, Peer::ACK, GetKeys());
        return flow;
    }

    /** The same with checksums. @return initial subflow */
    Flow AcceptChecksum()
    {
        Listen();
        Flow flow;
        Send(flow, Peer::SYN, FromHex("1e040181"));
        LearnKey();
        Send(flow, Peer::ACK, FromHex(std::string("1e140181") + PEER_KEY_HEX + ToHex(hostKey)));
        return flow;
    }

    /** The host connects by MPTCP; both keys are known. @return initial subflow */
    Flow Open()
    {
        Flow flow = Connect();
        Send(flow, Peer::SYN | Peer::ACK, FromHex(std::string("1e0c0101") + PEER_KEY_HEX));
        LearnKey();
        return flow;
    }

    /** Read the host's key out of the last segment. */
    void LearnKey()
    {
        const auto capable = Peer::Find<MptcpCapable>(Last());
        Check(capable && capable->senderKey, "no key of the host");
        hostKey = capable && capable->senderKey ? *capable->senderKey : 0;
    }

    /** @return MP_CAPABLE of the third ACK of the peer */
    Octets GetKeys() const
    {
        return FromHex(std::string("1e140101") + PEER_KEY_HEX + ToHex(hostKey));
    }

    /** @return DSN of the first octet of the host */
    uint64_t GetHostDsn() const
    {
        return DeriveMptcpKey(hostKey, version).idsn + 1;
    }

    /** @return DSN of the first octet of the peer */
    uint64_t GetPeerDsn() const
    {
        return DeriveMptcpKey(PEER_KEY, version).idsn + 1;
    }

    /** @param acked octets of the host's stream that the DATA_ACK covers @return a DSS */
    Octets Ack(uint64_t acked) const
    {
        MptcpDss dss;
        dss.hasDataAck = true;
        dss.dataAck64 = true;
        dss.dataAck = GetHostDsn() + acked;
        return Peer::Octets(dss);
    }

    /**
     * @param index of the peer's first octet under the mapping, from 0
     * @param ssn subflow sequence number
     * @param length Data-Level Length
     * @param fin DATA_FIN
     * @param acked octets of the host's stream that the DATA_ACK covers
     * @return a DSS
     */
    Octets Map(uint64_t index,
               uint32_t ssn,
               uint16_t length,
               bool fin = false,
               uint64_t acked = 0) const
    {
        return Peer::Octets(MakeDss(index, ssn, length, fin, acked));
    }

    /**
     * The DSS of Map(), for a test to change.
     *
     * @param index of the peer's first octet under the mapping, from 0
     * @param ssn subflow sequence number
     * @param length Data-Level Length
     * @param fin DATA_FIN
     * @param acked octets of the host's stream that the DATA_ACK covers
     * @return the DSS
     */
    MptcpDss MakeDss(uint64_t index,
                     uint32_t ssn,
                     uint16_t length,
                     bool fin = false,
                     uint64_t acked = 0) const
    {
        MptcpDss dss;
        dss.hasDataAck = true;
        dss.dataAck64 = true;
        dss.dataAck = GetHostDsn() + acked;
        dss.hasMapping = true;
        dss.dsn64 = true;
        dss.dsn = GetPeerDsn() + index;
        dss.ssn = ssn;
        dss.length = length;
        dss.dataFin = fin;
        return dss;
    }

    /** @return an ADD_ADDR of the peer's second address, with a good HMAC */
    MptcpAddAddr MakeAddAddr() const
    {
        MptcpAddAddr option;
        option.addressId = 2;
        Peer::GetPeerAddress(1).Serialize(option.address.data());
        option.hmac = MptcpAddAddrHmac(PEER_KEY, hostKey, option);
        return option;
    }

    /** The peer announces its second address. @return the join whose SYN is in joinSyn */
    Flow Announce(Flow& initial)
    {
        Send(initial, Peer::ACK, Ack(0));
        Send(initial, Peer::ACK, Peer::Octets(MakeAddAddr()));
        Flow join;
        join.path = 1;
        join.port = PORT;
        Check(FindAnswer(1, Peer::SYN).has_value(), "no SYN of a join");
        const Segment syn = FindAnswer(1, Peer::SYN).value_or(Segment());
        join.hostPort = syn.source;
        join.ack = syn.seq + 1;
        joinSyn = Peer::Find<MptcpJoinSyn>(syn);
        Check(joinSyn && joinSyn->token == DeriveMptcpKey(PEER_KEY, version).token,
              "the SYN of the join has no MP_JOIN with the token of the peer");
        hostNonce = joinSyn ? joinSyn->nonce : 0;
        return join;
    }

    /** @return MP_JOIN of the peer's SYN/ACK */
    MptcpJoinSynAck MakeJoinSynAck() const
    {
        return {false,
                2,
                MptcpJoinSynAckHmac(PEER_KEY, hostKey, PEER_NONCE, hostNonce, version),
                PEER_NONCE};
    }

    /**
     * The peer joins; the host's SYN/ACK is in Last().
     *
     * @param window window field of the SYN
     * @return joined subflow
     */
    Flow Join(uint16_t window = 65535)
    {
        Flow join;
        join.path = 1;
        join.window = window;
        const uint32_t token = DeriveMptcpKey(hostKey, version).token;
        Send(join, Peer::SYN, Peer::Octets(MptcpJoinSyn{false, 5, token, PEER_NONCE}));
        join.window = 65535;
        const auto answer = FindAnswer(1, Peer::SYN | Peer::ACK);
        const auto option = answer ? Peer::Find<MptcpJoinSynAck>(*answer) : std::nullopt;
        Check(option.has_value(), "no MP_JOIN in the SYN/ACK");
        hostNonce = option ? option->nonce : 0;
        Check(option && option->hmac ==
                            MptcpJoinSynAckHmac(hostKey, PEER_KEY, hostNonce, PEER_NONCE, version),
              "wrong HMAC in the SYN/ACK");
        return join;
    }

    /** @return MP_JOIN of the peer's third ACK */
    MptcpJoinAck MakeJoinAck() const
    {
        return {MptcpJoinAckHmac(PEER_KEY, hostKey, PEER_NONCE, hostNonce, version)};
    }

    /** The host's application writes. @param data what */
    void Write(const Octets& data)
    {
        Check(socket && socket->Send(Create<Packet>(data.data(), data.size())) ==
                            static_cast<int>(data.size()),
              "the application cannot write");
    }

    /** @return the host's connection, or null */
    Ptr<MptcpSocketBase> GetConnection() const
    {
        return DynamicCast<MptcpSocketBase>(socket);
    }

    /** @param fallback expected */
    void CheckFallback(bool fallback)
    {
        Check(socket != nullptr, "no connection");
        Check(socket && GetConnection()->IsFallback() == fallback,
              fallback ? "no fallback" : "a fallback");
    }

    /** @param text expected @return nothing */
    void CheckRead(const std::string& text)
    {
        const std::string found(read.begin(), read.end());
        Check(found == text, "the application has read '" + found + "' instead of '" + text + "'");
    }

    Peer peer;                              ///< wires
    Ptr<MptcpStack> stack;                  ///< MPTCP of the host
    Ptr<Socket> listener;                   ///< of the host
    Ptr<Socket> socket;                     ///< connection of the host
    Octets read;                            ///< what the host's application has read
    bool closed{false};                     ///< close callback of the host
    bool failed{false};                     ///< error callback of the host
    uint64_t hostKey{0};                    ///< key of the host
    MptcpVersion version{MptcpVersion::V1}; ///< what both speak
    uint32_t hostNonce{0};                  ///< random number of the host in the join
    std::optional<MptcpJoinSyn> joinSyn;    ///< MP_JOIN of the host's SYN
    std::vector<Segment> answers;           ///< segments of the host since the last Send or Wait
    std::string complaints;                 ///< of the checks

    /** @param used the connection whose events count */
    void Use(Ptr<Socket> used)
    {
        socket = used;
        used->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket> s) {
            while (Ptr<Packet> packet = s->Recv())
            {
                if (packet->GetSize() == 0)
                {
                    return;
                }
                const std::size_t before = read.size();
                read.resize(before + packet->GetSize());
                packet->CopyData(read.data() + before, packet->GetSize());
            }
        }));
        used->SetCloseCallbacks(
            Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { closed = true; }),
            Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { failed = true; }));
    }
};

/** A script as a test case. */
class ScriptTestCase : public TestCase
{
  public:
    /** @param name what it shows @param run the script */
    ScriptTestCase(const std::string& name, void (*run)(Script&))
        : TestCase(name),
          m_run(run)
    {
    }

  private:
    void DoRun() override
    {
        Script script;
        m_run(script);
        NS_TEST_EXPECT_MSG_EQ(script.complaints, "", GetName());
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    void (*m_run)(Script&); ///< the script
};

} // namespace ns3::mptcp_script

#endif /* MPTCP_SCRIPT_H */
