/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CLOSING_PEER_H
#define MPTCP_CLOSING_PEER_H

#include "mptcp-script.h"

#include "ns3/mptcp-subflow.h"
#include "ns3/tcp-socket.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3::mptcp_script
{

/** What a segment of the peer carries besides an acknowledgment number, as bits. */
enum Carried : uint8_t
{
    NOTHING = 0,
    DATA = 1,      ///< new octets of the peer
    ACK_DATA = 2,  ///< the acknowledgment of the host's data, at both levels
    ACK_FIN = 4,   ///< the acknowledgment of the host's FIN
    FIN = 8,       ///< the peer's FIN, which may come again
    ACK_DFIN = 16, ///< the DATA_ACK of the host's DATA_FIN
    DFIN = 32,     ///< the peer's DATA_FIN, which may come again
};

/** How the connection came to be what it is. */
enum class Origin : uint8_t
{
    MPTCP_CLIENT,   ///< the host has connected, by MPTCP
    MPTCP_LISTENER, ///< the host has accepted, by MPTCP
    TCP_CLIENT,     ///< the peer's SYN/ACK had no MP_CAPABLE
    TCP_LISTENER,   ///< the peer's SYN had no MP_CAPABLE
    TCP_DISABLED,   ///< MPTCP is switched off at the host, which has connected
    TCP_REFUSED,    ///< the same host has accepted, though the SYN had MP_CAPABLE
    TCP_LATER,      ///< the connection has fallen back with its first data
};

/** @param origin origin @return the connection speaks MPTCP */
bool IsMptcp(Origin origin);

/**
 * Let a connection begin.
 *
 * @param s script
 * @param origin how it begins
 * @return its subflow
 */
Flow Begin(Script& s, Origin origin);

/// A step of a way: the application closes.
constexpr uint8_t CLOSE = 64;

/** How to get to a state. */
struct Way
{
    MptcpState connection;          ///< state of the connection
    TcpSocket::TcpStates_t subflow; ///< state of the subflow
    std::vector<uint8_t> steps;     ///< CLOSE, or what the peer sends
};

/** @param origin origin @return ways to each state that a connection of this origin may be in */
const std::vector<Way>& GetWays(Origin origin);
/** @param carried bits of Carried @return their names */
std::string NameOf(uint8_t carried);
/** @param origin origin @param way way @return where the way goes to */
std::string NameOf(Origin origin, const Way& way);

/**
 * A scripted peer that ends one connection of one subflow, segment by segment, and watches that the
 * host under test keeps to RFC 9293 and RFC 8684 all the while: no RST, no acknowledgment of what
 * the peer has not sent, none at another place than SND.NXT, one sequence number for all FINs.
 */
class ClosingPeer
{
  public:
    /** @param origin how the connection begins @param writes the host's application does */
    ClosingPeer(Origin origin, bool writes);

    /** @param way to the state to get to */
    void Go(const Way& way);
    /** The host's application closes. */
    void Close();
    /** The host's application closes in the first callback that tells it of something. */
    void CloseInCallback();
    /** @param carried bits of Carried: what the next segment of the peer carries */
    void Send(uint8_t carried);
    /**
     * Send a segment that changes nothing.
     *
     * @param flags TCP flags
     * @param seq from the peer's SND.NXT
     * @param ack from the host's SND.NXT
     * @param data payload
     */
    void SendStray(uint8_t flags, int32_t seq, int32_t ack, const Octets& data = {});
    /** @param time how long to look at what the host sends */
    void Wait(Time time);
    /**
     * Compare the states of both levels.
     *
     * @param subflow state of the subflow
     * @param connection state of the connection
     */
    void CheckStates(TcpSocket::TcpStates_t subflow, MptcpState connection);
    /**
     * Go on to the end of the connection as a peer that hears the first FIN and DATA_FIN of the
     * host only when they come again, and whose own FIN comes twice. Nothing may be left then.
     */
    void Finish();

    /** @return the application has closed, in a callback perhaps */
    bool IsClosed() const;
    /** @return the host's SND.NXT */
    uint32_t GetNext() const;
    /** @return the peer's SND.NXT */
    uint32_t GetPeerNext() const;

    Script s; ///< host, wires, complaints

  private:
    void WatchApplication();           ///< closes in callbacks if that is asked for
    void Look(const Segment& segment); ///< @param segment of the host
    Octets MakeOptions(uint8_t carried, uint32_t seq) const; ///< of a segment with these bits
    void AwaitFin();         ///< the host's FIN comes, and comes again
    void AwaitDataFin();     ///< so does its DATA_FIN
    void CheckNothingLeft(); ///< sockets, tokens, connections of the host

    bool m_mptcp;                ///< the connection speaks MPTCP
    Octets m_written;            ///< what the host's application has written
    bool m_listens{false};       ///< the host has a listener
    Flow m_flow;                 ///< the subflow; seq is the peer's SND.NXT
    Ptr<MptcpSubflow> m_subflow; ///< the host's end of it
    bool m_armed{false};         ///< the application closes in a callback
    bool m_closed{false};        ///< it has closed
    bool m_finSent{false};       ///< the peer has sent its FIN
    bool m_dataFinSent{false};   ///< and its DATA_FIN
    uint32_t m_octets{0};        ///< octets that the peer has mapped
    uint32_t m_acked{0};         ///< acknowledgment number of the peer
    uint64_t m_dataAcked{0};     ///< its DATA_ACK, from the host's first octet on
    uint32_t m_first{0};         ///< sequence number of the host's first octet
    uint32_t m_next{0};          ///< the host's SND.NXT
    uint32_t m_fins{0};          ///< FINs of the host so far
    uint32_t m_finEnd{0};        ///< sequence number behind them
    uint32_t m_dataFins{0};      ///< DATA_FINs of the host so far
    uint32_t m_highestAck{0};    ///< what the host has acknowledged
};

} // namespace ns3::mptcp_script

#endif /* MPTCP_CLOSING_PEER_H */
