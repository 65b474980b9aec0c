/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-receive-session.h"

#include "mptcp-fuzz-host.h"
#include "mptcp-fuzz-program.h"

#include "ns3/boolean.h"
#include "ns3/inet-socket-address.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/mptcp-option.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace ns3
{

namespace
{

using Peer = MptcpScriptedPeer;
using Segment = MptcpScriptedPeer::Segment;
using Octets = std::vector<uint8_t>;
using Step = MptcpFuzzStep;

constexpr uint64_t PEER_KEY = 0x1122334455667788; ///< key of the peer
constexpr uint32_t PEER_ISN = 1000;               ///< sequence number of the peer's SYNs
constexpr uint32_t PEER_NONCE = 0xa1a2a3a4;       ///< random number of the peer in joins
constexpr uint32_t PATHS = 2;                     ///< paths, one subflow on each
constexpr uint16_t PORT = 80;                     ///< of the listener

// Bits of the settings.
constexpr uint8_t VERSION_BITS = 3; ///< version 0 if both are set
constexpr uint8_t ACTIVE = 4;       ///< the host connects
constexpr uint8_t CHECKSUM = 8;     ///< the peer asks for checksums
constexpr uint8_t SLOW_READER = 16; ///< the host's application reads when a step tells it to
constexpr uint8_t KEEPALIVE = 32;   ///< the host probes what a REMOVE_ADDR names
constexpr uint8_t SMALL = 128;      ///< the host has small buffers

constexpr uint32_t SMALL_BUFFER = 6000; ///< octets

const Time SHORT = MilliSeconds(5);      ///< a segment arrives and its answer comes back
const Time LONG = Seconds(200);          ///< retransmissions have come to their end
const Time PATIENCE = Seconds(2 * 3600); ///< all that an input may wait

/** One subflow as the peer sees it. */
struct Flow
{
    uint16_t port{0};        ///< the peer's port
    uint16_t hostPort{PORT}; ///< the host's port
    uint32_t isn{PEER_ISN};  ///< the peer's first sequence number
    uint32_t seq{PEER_ISN};  ///< next sequence number of the peer
    uint32_t ack{0};         ///< next sequence number expected of the host
};

/** FNV-1a over numbers. */
class Digest
{
  public:
    /** @param value a number */
    void Add(uint64_t value)
    {
        for (int i = 0; i < 8; ++i)
        {
            m_value = (m_value ^ (value >> 8 * i & 0xff)) * 0x100000001b3;
        }
    }

    /** @param octets octets */
    void Add(const Octets& octets)
    {
        Add(octets.size());
        for (const uint8_t octet : octets)
        {
            m_value = (m_value ^ octet) * 0x100000001b3;
        }
    }

    /** @return the digest */
    uint64_t Get() const
    {
        return m_value;
    }

  private:
    uint64_t m_value{0xcbf29ce484222325}; ///< the digest
};

/** A host, its peer, and the program that they run. */
class Session
{
  public:
    /** @param program the program */
    explicit Session(const MptcpFuzzProgram& program)
        : m_program(program),
          m_v0((program.settings & VERSION_BITS) == VERSION_BITS),
          m_version(m_v0 ? MptcpVersion::V0 : MptcpVersion::V1)
    {
        RngSeedManager::SetRun(1);
        m_stack = MptcpStackHelper().Install(m_host.GetNode());
        m_stack->AssignStreams(7);
        m_stack->SetAttribute("Version", UintegerValue(m_v0 ? 0 : 1));
        m_stack->SetAttribute("LowestVersion", UintegerValue(0));
        m_stack->SetAttribute("RemoveAddrKeepalive",
                              BooleanValue((program.settings & KEEPALIVE) != 0));
        for (uint32_t path = 0; path < PATHS; ++path)
        {
            m_flows[path].port = static_cast<uint16_t>(40000 + path);
        }
    }

    ~Session()
    {
        if (m_socket)
        {
            m_socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        }
        m_socket = nullptr;
        m_listener = nullptr;
        m_stack = nullptr;
    }

    /** Open the connection, do what the program says, close. @return digest of what the host did */
    uint64_t Run()
    {
        (m_program.settings & ACTIVE) ? OpenActive() : OpenPassive();
        for (const Step& step : m_program.steps)
        {
            switch (step.kind)
            {
            case Step::Kind::SEND:
                SendAny(step);
                break;
            case Step::Kind::JOIN:
                Join(step);
                break;
            case Step::Kind::ACT:
                Act(step);
                break;
            case Step::Kind::WAIT:
                const Time time = MilliSeconds(step.milliseconds);
                Wait(time + Simulator::Now() < PATIENCE ? time : SHORT);
                break;
            }
        }
        if (m_socket)
        {
            m_socket->Close();
        }
        Wait(LONG);
        return m_digest.Get();
    }

  private:
    /** @param time how long; then read what the host has sent */
    void Wait(Time time)
    {
        m_host.Wait(time);
        for (Segment& segment : m_host.Take())
        {
            Note(segment);
            if (segment.path == 1 && segment.flags == Peer::SYN)
            {
                m_joinSyn = segment;
            }
            Flow& flow = m_flows[segment.path];
            if (segment.destination != flow.port)
            {
                continue;
            }
            const uint32_t size = segment.data.size() + (segment.flags & Peer::SYN ? 1 : 0) +
                                  (segment.flags & Peer::FIN ? 1 : 0);
            flow.ack = segment.seq + size;
            if (const auto dss = Peer::Find<MptcpDss>(segment); dss && dss->hasMapping)
            {
                m_dataAck = dss->dsn + dss->length;
            }
            m_last = std::move(segment);
        }
        m_digest.Add(static_cast<uint64_t>(Simulator::Now().GetNanoSeconds()));
    }

    /** @param segment of the host: goes into the digest */
    void Note(const Segment& segment)
    {
        m_digest.Add(uint64_t{segment.path} << 40 | uint64_t{segment.source} << 24 |
                     uint64_t{segment.destination} << 8 | segment.flags);
        m_digest.Add(uint64_t{segment.seq} << 32 | segment.ack);
        m_digest.Add(segment.window);
        m_digest.Add(segment.options);
        m_digest.Add(segment.data);
    }

    /** @param path path @param flags flags @param options octets of the options */
    void Send(uint32_t path, uint8_t flags, const Octets& options)
    {
        Flow& flow = m_flows[path];
        Segment segment;
        segment.path = path;
        segment.source = flow.port;
        segment.destination = flow.hostPort;
        segment.flags = flags;
        segment.seq = flow.seq;
        segment.ack = flow.ack;
        segment.options = options;
        m_host.Send(segment);
        flow.seq += (flags & Peer::SYN ? 1 : 0) + (flags & Peer::FIN ? 1 : 0);
        Wait(SHORT);
    }

    /** @param option an option @return its octets in the version of the connection */
    Octets Write(const MptcpOption& option) const
    {
        Octets octets(MPTCP_OPTION_SPACE);
        octets.resize(SerializeMptcpOption(option, m_version, octets));
        return octets;
    }

    /** @return an MP_CAPABLE without keys */
    MptcpCapable Capable() const
    {
        MptcpCapable capable;
        capable.version = static_cast<uint8_t>(m_version);
        capable.flags = MPTCP_FLAG_H | ((m_program.settings & CHECKSUM) ? MPTCP_FLAG_A : 0);
        return capable;
    }

    /** The keys are known. @param key the host's */
    void SetKeys(uint64_t key)
    {
        m_hostKey = key;
        m_dsn = DeriveMptcpKey(PEER_KEY, m_version).idsn + 1;
        m_dataAck = DeriveMptcpKey(key, m_version).idsn + 1;
    }

    /** @return a socket of the host */
    Ptr<Socket> MakeSocket()
    {
        const Ptr<Socket> socket =
            Socket::CreateSocket(m_host.GetNode(), MptcpSocketFactory::GetTypeId());
        if (m_program.settings & SMALL)
        {
            socket->SetAttribute("RcvBufSize", UintegerValue(SMALL_BUFFER));
            socket->SetAttribute("SndBufSize", UintegerValue(SMALL_BUFFER));
        }
        return socket;
    }

    /** The peer connects. */
    void OpenPassive()
    {
        m_listener = MakeSocket();
        m_listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        m_listener->SetAcceptCallback(
            MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
            Callback<void, Ptr<Socket>, const Address&>(
                [this](Ptr<Socket> socket, const Address&) { Use(socket); }));
        m_listener->Listen();
        MptcpCapable syn = Capable();
        if (m_v0)
        {
            syn.senderKey = PEER_KEY;
        }
        Send(0, Peer::SYN, Write(syn));
        const auto answer = Peer::Find<MptcpCapable>(m_last);
        if (!answer || !answer->senderKey)
        {
            return;
        }
        SetKeys(*answer->senderKey);
        MptcpCapable third = Capable();
        third.senderKey = PEER_KEY;
        third.receiverKey = m_hostKey;
        Send(0, Peer::ACK, Write(third));
    }

    /** The host connects. */
    void OpenActive()
    {
        const Ptr<Socket> socket = MakeSocket();
        Use(socket);
        m_flows[0].port = PORT;
        socket->Connect(InetSocketAddress(Peer::GetPeerAddress(0), PORT));
        Wait(SHORT);
        m_flows[0].hostPort = m_last.source;
        MptcpCapable answer = Capable();
        answer.senderKey = PEER_KEY;
        Send(0, Peer::SYN | Peer::ACK, Write(answer));
        const auto third = Peer::Find<MptcpCapable>(m_last);
        if (third && third->senderKey)
        {
            SetKeys(*third->senderKey);
        }
    }

    /** @param socket the host's end */
    void Use(Ptr<Socket> socket)
    {
        m_socket = socket;
        socket->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket> s) {
            while (!(m_program.settings & SLOW_READER) && s->Recv(UINT32_MAX, 0))
            {
                if (s->GetRxAvailable() == 0)
                {
                    break;
                }
            }
        }));
    }

    /** The peer joins, or answers a join of the host, with correct numbers. @param step step */
    void Join(const Step& step)
    {
        if (const auto syn = Peer::Find<MptcpJoinSyn>(m_joinSyn))
        {
            Answer(*syn);
            return;
        }
        Flow& flow = m_flows[1];
        flow.port = static_cast<uint16_t>(41000 + step.what);
        flow.hostPort = m_flows[0].hostPort;
        flow.seq = flow.isn = PEER_ISN;
        flow.ack = 0;
        MptcpJoinSyn syn;
        syn.addressId = 2;
        syn.token = DeriveMptcpKey(m_hostKey, m_version).token;
        syn.nonce = PEER_NONCE;
        Send(1, Peer::SYN, Write(syn));
        const auto answer = Peer::Find<MptcpJoinSynAck>(m_last);
        if (!answer || step.silent)
        {
            return;
        }
        MptcpJoinAck third;
        third.hmac = MptcpJoinAckHmac(PEER_KEY, m_hostKey, PEER_NONCE, answer->nonce, m_version);
        Send(1, Peer::ACK, Write(third));
    }

    /** The peer answers a join of the host. @param syn its option */
    void Answer(const MptcpJoinSyn& syn)
    {
        Flow& flow = m_flows[1];
        flow.port = m_joinSyn.destination;
        flow.hostPort = m_joinSyn.source;
        flow.seq = flow.isn = PEER_ISN;
        flow.ack = m_joinSyn.seq + 1;
        m_joinSyn = Segment();
        MptcpJoinSynAck answer;
        answer.addressId = 2;
        answer.nonce = PEER_NONCE;
        answer.hmac = MptcpJoinSynAckHmac(PEER_KEY, m_hostKey, PEER_NONCE, syn.nonce, m_version);
        Send(1, Peer::SYN | Peer::ACK, Write(answer));
    }

    /** The host's application does something. @param step step */
    void Act(const Step& step)
    {
        if (!m_socket)
        {
            return;
        }
        if (step.what < 160)
        {
            m_socket->Send(Create<Packet>(1 + step.number % 20000));
        }
        else if (step.what < 200)
        {
            m_socket->Recv(1 + step.number, 0);
        }
        else if (step.what < 225)
        {
            m_socket->ShutdownSend();
        }
        else if (step.what < 240)
        {
            m_socket->ShutdownRecv();
        }
        else
        {
            m_socket->Close();
        }
        Wait(SHORT);
    }

    /** @param step step @return octets of the options that fit into a segment */
    Octets MakeOptions(const Step& step)
    {
        Octets options;
        for (const MptcpFuzzOption& drawn : step.options)
        {
            const Octets option = drawn.dss       ? Write(MakeDss(drawn, step))
                                  : drawn.addAddr ? Write(MakeAddAddr())
                                                  : drawn.octets;
            if (options.size() + option.size() <= MPTCP_OPTION_SPACE)
            {
                options.insert(options.end(), option.begin(), option.end());
            }
        }
        return options;
    }

    /** @return an ADD_ADDR of the peer's second address */
    MptcpAddAddr MakeAddAddr() const
    {
        MptcpAddAddr option;
        option.addressId = 2;
        Peer::GetPeerAddress(1).Serialize(option.address.data());
        if (!m_v0)
        {
            option.hmac = MptcpAddAddrHmac(PEER_KEY, m_hostKey, option);
        }
        return option;
    }

    /** @param drawn what the input says @param step of its segment @return a DSS */
    MptcpDss MakeDss(const MptcpFuzzOption& drawn, const Step& step)
    {
        const uint8_t bits = drawn.bits;
        const Flow& flow = m_flows[step.path];
        MptcpDss dss;
        dss.hasDataAck = bits & 1;
        dss.dataAck64 = dss.hasDataAck && (bits & 2);
        dss.dataAck = m_dataAck + drawn.dataAck;
        dss.hasMapping = bits & 4;
        dss.dsn64 = dss.hasMapping && (bits & 8);
        dss.dataFin = (bits & 0x30) == 0x30;
        dss.hasChecksum =
            dss.hasMapping && ((m_program.settings & CHECKSUM) != 0) != ((bits & 0xc0) == 0xc0);
        dss.dsn = m_dsn + drawn.dsn;
        dss.ssn = flow.seq - flow.isn + drawn.ssn;
        dss.length = static_cast<uint16_t>(step.size + drawn.length + (dss.dataFin ? 1 : 0));
        MptcpChecksum sum(dss.dsn, dss.ssn, dss.length);
        sum.Update(Octets(step.size));
        dss.checksum = static_cast<uint16_t>(sum.Finish() + drawn.checksum);
        if (dss.hasMapping)
        {
            m_dsn = dss.dsn + dss.length;
        }
        return dss;
    }

    /** The peer sends a segment. @param step step */
    void SendAny(const Step& step)
    {
        Flow& flow = m_flows[step.path];
        Segment segment;
        segment.path = step.path;
        segment.source = flow.port;
        segment.destination = flow.hostPort;
        segment.flags = step.flags;
        segment.options = MakeOptions(step);
        segment.seq = flow.seq + step.seq;
        segment.ack = flow.ack + step.ack;
        segment.window = step.windowSet ? step.number : 65535;
        segment.data.resize(step.size);
        if (step.seq == 0)
        {
            flow.seq += step.size + (step.flags & Peer::FIN ? 1 : 0);
        }
        m_host.Send(segment);
        if (!step.burst)
        {
            Wait(SHORT);
        }
    }

    const MptcpFuzzProgram& m_program; ///< the program
    bool m_v0;                         ///< version 0
    MptcpVersion m_version;            ///< of the connection
    MptcpFuzzHost m_host{PATHS};       ///< host and wires: destroyed after all that it holds
    Ptr<MptcpStack> m_stack;           ///< of the host
    Ptr<Socket> m_listener;            ///< of the host, if it listens
    Ptr<Socket> m_socket;              ///< the host's end of the connection
    Flow m_flows[PATHS];               ///< by path
    Segment m_last;                    ///< last segment of the host
    Segment m_joinSyn;                 ///< SYN of the host's join that waits for an answer
    uint64_t m_hostKey{0};             ///< key of the host
    uint64_t m_dsn{0};                 ///< next DSN of the peer
    uint64_t m_dataAck{0};             ///< next DSN expected of the host
    Digest m_digest;                   ///< of what the host has sent
};

} // namespace

uint64_t
RunMptcpReceiveSession(std::span<const uint8_t> input)
{
    const MptcpFuzzProgram program = ParseMptcpFuzzProgram(input);
    return Session(program).Run();
}

} // namespace ns3
