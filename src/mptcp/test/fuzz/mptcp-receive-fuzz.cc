/*
 * SPDX-License-Identifier: GPL-2.0-only
 *
 * libFuzzer target of the whole receive path: a scripted peer opens a connection to (or is
 * connected to by) a host under test, with correct keys and HMACs so that the host takes it
 * seriously, and then sends what the input says. The host must neither stop nor touch memory that
 * is not its own.
 *
 * Options of kinds other than 30 are well-formed, because ns-3's TcpHeader stops the program over
 * others before this module sees them. Contents of kind 30 are arbitrary.
 */
#include "../mptcp-scripted-peer.h"

#include "ns3/inet-socket-address.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

using namespace ns3;

namespace
{

using Peer = MptcpScriptedPeer;
using Segment = MptcpScriptedPeer::Segment;
using Octets = std::vector<uint8_t>;

constexpr uint64_t PEER_KEY = 0x1122334455667788; ///< key of the peer
constexpr uint32_t PEER_ISN = 1000;               ///< sequence number of the peer's SYNs
constexpr uint32_t PATHS = 2;                     ///< paths, one subflow on each
constexpr uint16_t PORT = 80;                     ///< of the listener
constexpr std::size_t MOST_OPTIONS = 40;          ///< octets of options in a segment

/** Reads the input; zeros after its end. */
class Input
{
  public:
    /** @param data octets @param size their number */
    Input(const uint8_t* data, std::size_t size)
        : m_data(data),
          m_left(size)
    {
    }

    /** @return everything was read */
    bool IsEmpty() const
    {
        return m_left == 0;
    }

    /** @return next octet */
    uint8_t Byte()
    {
        if (m_left == 0)
        {
            return 0;
        }
        --m_left;
        return *m_data++;
    }

    /** @return next octets as a number */
    uint16_t Word()
    {
        return static_cast<uint16_t>(Byte() << 8 | Byte());
    }

    /** @return a number near zero, or, seldom, any */
    uint32_t Offset()
    {
        const uint8_t kind = Byte();
        if (kind < 192)
        {
            return 0;
        }
        if (kind < 250)
        {
            return static_cast<uint32_t>(static_cast<int16_t>(Word()));
        }
        return static_cast<uint32_t>(Word()) << 16 | Word();
    }

  private:
    const uint8_t* m_data; ///< next
    std::size_t m_left;    ///< octets left
};

/** One subflow as the peer sees it. */
struct Flow
{
    bool open{false};        ///< the handshake was done
    uint16_t port{0};        ///< the peer's port
    uint16_t hostPort{PORT}; ///< the host's port
    uint32_t isn{PEER_ISN};  ///< the peer's first sequence number
    uint32_t seq{PEER_ISN};  ///< next sequence number of the peer
    uint32_t ack{0};         ///< next sequence number expected of the host
};

/** A host, its peer, and the program that the input is. */
class Session
{
  public:
    /** @param input the program */
    explicit Session(Input& input)
        : m_input(input)
    {
        RngSeedManager::SetRun(1);
        m_settings = input.Byte();
        m_stack = MptcpStackHelper().Install(m_peer.GetHost());
        m_stack->AssignStreams(7);
        m_v0 = (m_settings & 3) == 3;
        m_stack->SetAttribute("Version", UintegerValue(m_v0 ? 0 : 1));
        m_stack->SetAttribute("LowestVersion", UintegerValue(0));
        m_version = m_v0 ? MptcpVersion::V0 : MptcpVersion::V1;
        for (uint32_t path = 0; path < PATHS; ++path)
        {
            m_flows[path].port = static_cast<uint16_t>(40000 + path);
        }
        if (m_settings & 4)
        {
            OpenActive();
        }
        else
        {
            OpenPassive();
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
        Simulator::Destroy();
    }

    /** Do what the input says. */
    void Run()
    {
        for (int i = 0; i < 64 && !m_input.IsEmpty(); ++i)
        {
            const uint8_t op = m_input.Byte();
            if (op < 160)
            {
                SendAny();
            }
            else if (op < 190)
            {
                Join();
            }
            else if (op < 220)
            {
                Act();
            }
            else
            {
                m_peer.Wait(MilliSeconds(op < 250 ? m_input.Byte() : 100 * m_input.Word()));
                See();
            }
        }
        if (m_socket)
        {
            m_socket->Close();
        }
        m_peer.Wait(Seconds(600));
    }

  private:
    /** Read what the host sent. */
    void See()
    {
        for (const Segment& segment : m_peer.Take())
        {
            Flow& flow = m_flows[segment.path];
            if (segment.destination != flow.port)
            {
                continue;
            }
            const uint32_t size = segment.data.size() + (segment.flags & Peer::SYN ? 1 : 0) +
                                  (segment.flags & Peer::FIN ? 1 : 0);
            flow.ack = segment.seq + size;
            m_last = segment;
            if (const auto dss = Peer::Find<MptcpDss>(segment); dss && dss->hasMapping)
            {
                m_dataAck = dss->dsn + dss->length;
            }
        }
    }

    /** @param path path @param flags flags @param option an option, if any @return nothing */
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
        m_peer.Send(segment);
        flow.seq += (flags & Peer::SYN ? 1 : 0) + (flags & Peer::FIN ? 1 : 0);
        m_peer.Wait(MilliSeconds(5));
        See();
    }

    /** @param option an option @return its octets in the version of the connection */
    Octets Write(const MptcpOption& option) const
    {
        Octets octets(MOST_OPTIONS);
        octets.resize(SerializeMptcpOption(option, m_version, octets));
        return octets;
    }

    /** @return an MP_CAPABLE without keys */
    MptcpCapable Capable() const
    {
        MptcpCapable capable;
        capable.version = m_v0 ? 0 : 1;
        capable.flags = MPTCP_FLAG_H | ((m_settings & 8) ? MPTCP_FLAG_A : 0);
        return capable;
    }

    /** The keys are known. @param key the host's */
    void SetKeys(uint64_t key)
    {
        m_hostKey = key;
        m_dsn = DeriveMptcpKey(PEER_KEY, m_version).idsn + 1;
        m_dataAck = DeriveMptcpKey(key, m_version).idsn + 1;
    }

    /** The peer connects. */
    void OpenPassive()
    {
        m_listener = Socket::CreateSocket(m_peer.GetHost(), MptcpSocketFactory::GetTypeId());
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
        m_flows[0].open = true;
    }

    /** The host connects. */
    void OpenActive()
    {
        const Ptr<Socket> socket =
            Socket::CreateSocket(m_peer.GetHost(), MptcpSocketFactory::GetTypeId());
        Use(socket);
        m_flows[0].port = PORT;
        socket->Connect(InetSocketAddress(Peer::GetPeerAddress(0), PORT));
        m_peer.Wait(MilliSeconds(5));
        See();
        m_flows[0].hostPort = m_last.source;
        MptcpCapable answer = Capable();
        answer.senderKey = PEER_KEY;
        Send(0, Peer::SYN | Peer::ACK, Write(answer));
        const auto third = Peer::Find<MptcpCapable>(m_last);
        if (third && third->senderKey)
        {
            SetKeys(*third->senderKey);
        }
        m_flows[0].open = true;
    }

    /** @param socket the host's end */
    void Use(Ptr<Socket> socket)
    {
        m_socket = socket;
        socket->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket> s) {
            while (!(m_settings & 16) && s->Recv(UINT32_MAX, 0))
            {
                if (s->GetRxAvailable() == 0)
                {
                    break;
                }
            }
        }));
    }

    /** The peer joins with correct numbers. */
    void Join()
    {
        Flow& flow = m_flows[1];
        flow.port = static_cast<uint16_t>(41000 + m_input.Byte());
        flow.hostPort = m_flows[0].hostPort;
        flow.seq = flow.isn = PEER_ISN;
        flow.ack = 0;
        const uint32_t nonce = 0xa1a2a3a4;
        MptcpJoinSyn syn;
        syn.addressId = 2;
        syn.token = DeriveMptcpKey(m_hostKey, m_version).token;
        syn.nonce = nonce;
        Send(1, Peer::SYN, Write(syn));
        const auto answer = Peer::Find<MptcpJoinSynAck>(m_last);
        if (!answer || m_input.Byte() > 240)
        {
            return;
        }
        MptcpJoinAck third;
        third.hmac = MptcpJoinAckHmac(PEER_KEY, m_hostKey, nonce, answer->nonce, m_version);
        Send(1, Peer::ACK, Write(third));
        flow.open = true;
    }

    /** The host's application does something. */
    void Act()
    {
        if (!m_socket)
        {
            return;
        }
        const uint8_t what = m_input.Byte();
        if (what < 160)
        {
            m_socket->Send(Create<Packet>(1 + m_input.Word() % 20000));
        }
        else if (what < 200)
        {
            m_socket->Recv(1 + m_input.Word(), 0);
        }
        else if (what < 225)
        {
            m_socket->ShutdownSend();
        }
        else if (what < 240)
        {
            m_socket->ShutdownRecv();
        }
        else
        {
            m_socket->Close();
        }
        m_peer.Wait(MilliSeconds(5));
        See();
    }

    /** @param flow subflow @param size octets of data @return options that the input asks for */
    Octets DrawOptions(const Flow& flow, uint16_t size)
    {
        Octets options;
        for (uint8_t number = m_input.Byte() % 4; number > 0; --number)
        {
            Octets option;
            const uint8_t kind = m_input.Byte();
            if (kind < 128)
            {
                option = Write(DrawDss(flow, size));
            }
            else if (kind < 140)
            {
                option = {8, 10, 0, 0, 0, kind, 0, 0, 0, m_input.Byte()};
            }
            else if (kind < 150)
            {
                option = {5, 10};
                for (int i = 0; i < 8; ++i)
                {
                    option.push_back(m_input.Byte());
                }
            }
            else
            {
                // Any contents; often with the octets that lead past the first checks.
                const std::size_t length = 2 + m_input.Byte() % 30;
                option = {MPTCP_OPTION_KIND, static_cast<uint8_t>(length)};
                while (option.size() < length)
                {
                    option.push_back(m_input.Byte());
                }
            }
            if (options.size() + option.size() <= MOST_OPTIONS)
            {
                options.insert(options.end(), option.begin(), option.end());
            }
        }
        return options;
    }

    /** @param flow subflow @param size octets of data @return a DSS, correct but for the input */
    MptcpDss DrawDss(const Flow& flow, uint16_t size)
    {
        const uint8_t bits = m_input.Byte();
        MptcpDss dss;
        dss.hasDataAck = bits & 1;
        dss.dataAck64 = dss.hasDataAck && (bits & 2);
        dss.dataAck = m_dataAck + m_input.Offset();
        dss.hasMapping = bits & 4;
        dss.dsn64 = dss.hasMapping && (bits & 8);
        dss.dataFin = (bits & 0x30) == 0x30;
        dss.hasChecksum = dss.hasMapping && ((m_settings & 8) != 0) != ((bits & 0xc0) == 0xc0);
        dss.dsn = m_dsn + m_input.Offset();
        dss.ssn = flow.seq - flow.isn + m_input.Offset();
        dss.length = static_cast<uint16_t>(size + m_input.Offset() + (dss.dataFin ? 1 : 0));
        const Octets zeros(size);
        MptcpChecksum sum(dss.dsn, dss.ssn, dss.length);
        sum.Update(zeros);
        dss.checksum = static_cast<uint16_t>(sum.Finish() + m_input.Offset());
        if (dss.hasMapping)
        {
            m_dsn = dss.dsn + dss.length;
        }
        return dss;
    }

    /** The peer sends a segment. */
    void SendAny()
    {
        const uint8_t which = m_input.Byte();
        const uint32_t path = which & 1;
        Flow& flow = m_flows[path];
        const uint8_t kind = m_input.Byte();
        Segment segment;
        segment.path = path;
        segment.source = flow.port;
        segment.destination = flow.hostPort;
        segment.flags = kind < 200 ? Peer::ACK : m_input.Byte() & 0x1f;
        const uint16_t size = which & 2 ? m_input.Byte() * 5 : 0;
        segment.options = DrawOptions(flow, size);
        segment.seq = flow.seq + m_input.Offset();
        segment.ack = flow.ack + m_input.Offset();
        segment.window = which & 4 ? m_input.Word() : 65535;
        segment.data.resize(size);
        if (segment.seq == flow.seq)
        {
            flow.seq += size + (segment.flags & Peer::FIN ? 1 : 0);
        }
        m_peer.Send(segment);
        if (!(which & 8))
        {
            m_peer.Wait(MilliSeconds(5));
            See();
        }
    }

    Input& m_input;                           ///< the program
    uint8_t m_settings{0};                    ///< its first octet
    bool m_v0{false};                         ///< version 0
    MptcpVersion m_version{MptcpVersion::V1}; ///< of the connection
    Peer m_peer{PATHS};                       ///< host and peer
    Ptr<MptcpStack> m_stack;                  ///< of the host
    Ptr<Socket> m_listener;                   ///< of the host, if it listens
    Ptr<Socket> m_socket;                     ///< the host's end of the connection
    Flow m_flows[PATHS];                      ///< by path
    Segment m_last;                           ///< last segment of the host
    uint64_t m_hostKey{0};                    ///< key of the host
    uint64_t m_dsn{0};                        ///< next DSN of the peer
    uint64_t m_dataAck{0};                    ///< next DSN expected of the host
};

} // namespace

/**
 * Entry point that libFuzzer calls.
 *
 * @param data input
 * @param size its octets
 * @return 0
 */
extern "C" int
LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size)
{
    if (size > 0)
    {
        Input input(data, size);
        Session(input).Run();
    }
    return 0;
}
