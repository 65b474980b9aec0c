/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_PROXY_H
#define MPTCP_MIDDLEBOX_PROXY_H

#include "mptcp-middlebox-element.h"

#include "ns3/event-id.h"
#include "ns3/nstime.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * A performance enhancing proxy that acknowledges data early (RFC 3135; RFC 8684, section 6): it
 * answers data that arrives in order with an ACK of its own, in the receiver's name, keeps a copy,
 * and sends the copy again until the receiver has acknowledged it. Its ACKs carry timestamps but no
 * MPTCP option. One action is one early ACK.
 */
class MptcpMiddleboxProxy : public MptcpMiddleboxElement
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpMiddleboxProxy();
    std::size_t GetNFlows() const override;
    /** @return segments that the proxy itself has sent again */
    uint64_t GetRetransmissions() const;

  private:
    /** One direction of a flow. */
    struct Stream
    {
        bool open{false};           ///< the receiver has answered the SYN
        uint32_t next{0};           ///< sequence number that the proxy expects of the sender
        uint32_t acked{0};          ///< last acknowledgment of the receiver
        uint32_t receiverSeq{0};    ///< next sequence number of the receiver
        uint16_t window{0};         ///< last window of the receiver, as sent
        uint32_t timestamp{0};      ///< last timestamp of the receiver
        uint32_t octets{0};         ///< octets in copies
        uint32_t retries{0};        ///< transmissions since the last acknowledgment
        std::deque<Segment> copies; ///< acknowledged early, not by the receiver
        EventId event;              ///< next transmission
    };

    /** Streams of a flow by Direction of their data. */
    using Flow = std::array<Stream, 2>;
    /** Names a stream. */
    using Key = std::pair<MptcpMiddleboxFlow, Direction>;

    void DoDispose() override;
    void DoProcess(Direction direction, Segment& segment) override;
    /** @param stream what the proxy has acknowledged @param segment acknowledges that, without SACK
     */
    static void RaiseAck(const Stream& stream, Segment& segment);
    /** @param flow a flow: forget its copies */
    static void Forget(Flow& flow);
    /** @param key stream that the receiver answers @param segment segment of the receiver */
    void OnAnswer(const Key& key, Segment& segment);
    /** @param key stream @param segment data of it: acknowledged if it may be */
    void OnData(const Key& key, Segment& segment);
    /** @param key stream @return its state; the flow is known */
    Stream& GetStream(const Key& key);
    /** @param key stream: set its timer */
    void Arm(const Key& key);
    /** @param key stream: send its oldest copy again, or give up */
    void Retransmit(const Key& key);

    uint32_t m_bufferSize{262144};         ///< attribute BufferSize
    Time m_timeout;                        ///< attribute RetransmitTimeout
    uint32_t m_maxRetries{10};             ///< attribute MaxRetries
    uint64_t m_retransmissions{0};         ///< segments sent again
    MptcpMiddleboxFlowTable<Flow> m_flows; ///< flows whose SYN was seen
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_PROXY_H */
