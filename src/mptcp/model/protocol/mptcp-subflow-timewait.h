/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SUBFLOW_TIMEWAIT_H
#define MPTCP_SUBFLOW_TIMEWAIT_H

#include "ns3/event-id.h"
#include "ns3/net-device.h"
#include "ns3/nstime.h"
#include "ns3/ptr.h"
#include "ns3/sequence-number.h"
#include "ns3/simple-ref-count.h"

#include <cstdint>
#include <optional>

namespace ns3
{

class Ipv4EndPoint;
class Ipv6EndPoint;
class MptcpSubflow;
class Packet;
class TcpHeader;
class TcpL4Protocol;

/**
 * @ingroup mptcp
 *
 * What is left of a subflow in TIME_WAIT: its end point, so that the ports stay taken, and the few
 * numbers of the one answer that it may still have to give. A whole socket of ns-3 takes 8 KB for
 * these 2 MSL, and an MPTCP connection leaves several of them behind; Linux has a small socket for
 * TIME_WAIT as well.
 *
 * It acknowledges a FIN and whatever else comes again, and then waits 2 MSL anew (RFC 9293, section
 * 3.10.7.4). Anything else is ignored, a RST included (RFC 1337), and a SYN as well, as by stock
 * TCP.
 *
 * Nearly always nobody refers to the subflow itself, and it is gone. Somebody who does sees it in
 * TIME_WAIT, with its traces and counters, and CLOSED at the end.
 */
class MptcpTimeWait : public SimpleRefCount<MptcpTimeWait>
{
  public:
    /** What the subflow hands over. */
    struct Remains
    {
        MptcpSubflow* subflow{nullptr};   ///< the subflow, as long as somebody refers to it
        Ptr<TcpL4Protocol> tcp;           ///< TCP of the node
        Ipv4EndPoint* endPoint{nullptr};  ///< end point, of IPv4
        Ipv6EndPoint* endPoint6{nullptr}; ///< or of IPv6
        Ptr<NetDevice> device;            ///< device that the subflow was bound to, or null
        SequenceNumber32 next{0};         ///< SND.NXT, behind our FIN: all that was sent
        SequenceNumber32 expected{0};     ///< RCV.NXT, behind the peer's FIN
        uint16_t window{0};               ///< window field
        std::optional<uint32_t> echo;     ///< timestamp to echo, if they were agreed on
        std::optional<uint8_t> tos;       ///< type of service of IPv4, if there is one
        uint8_t priority{0};              ///< priority of the socket
        std::optional<uint8_t> ttl;       ///< time to live of IPv4, if the user set one
        std::optional<uint8_t> tclass;    ///< traffic class of IPv6, if there is one
        std::optional<uint8_t> hopLimit;  ///< hop limit of IPv6, the same
        Time wait;                        ///< 2 MSL
    };

    /** Take an end point over and wait. @param remains what is left of the subflow @return it */
    static Ptr<MptcpTimeWait> Begin(const Remains& remains);

    /** See Begin. @param remains what is left of the subflow */
    explicit MptcpTimeWait(const Remains& remains);
    /** Nobody refers to the subflow any more. */
    void ForgetSubflow();

  private:
    /**
     * A segment has come, and wants an answer perhaps.
     *
     * @param packet segment
     */
    void Receive(Ptr<Packet> packet);
    /** @param header of a segment: its timestamp may be the next to be echoed */
    void NoteTimestamp(const TcpHeader& header);
    /** @param header of a segment that is answered */
    void Answer(const TcpHeader& header);
    /** @param header of a segment @param payload octets of its data @return it is answered */
    bool WantsAnswer(const TcpHeader& header, uint32_t payload) const;
    /** @return a packet of no octets, with the tags that the socket put on its packets */
    Ptr<Packet> MakePacket() const;
    /** Wait 2 MSL from now on. */
    void Wait();
    /** The wait is over: the ports are free. */
    void End();
    /** The node ends, and the end point with it. */
    void Forget();

    Remains m_remains; ///< what is left of the subflow
    EventId m_end;     ///< looks whether the wait is over
    Time m_until;      ///< end of the wait
};

} // namespace ns3

#endif /* MPTCP_SUBFLOW_TIMEWAIT_H */
