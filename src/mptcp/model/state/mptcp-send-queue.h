/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SEND_QUEUE_H
#define MPTCP_SEND_QUEUE_H

#include "mptcp-carriers.h"
#include "mptcp-ring.h"

#include "ns3/packet.h"
#include "ns3/ptr.h"

#include <cstddef>
#include <cstdint>
#include <ostream>

namespace ns3
{

/** A piece of connection-level data that has been given to at least one subflow. */
struct MptcpChunk
{
    uint64_t dsn{0};           ///< DSN of the first octet
    Ptr<Packet> packet;        ///< the data; never empty; not to be changed
    MptcpCarriers carriers;    ///< subflows that carried it and have not ended
    uint32_t lastSubflow{0};   ///< id of the subflow that carried it last
    bool reinject{false};      ///< waits to be sent again on another subflow; set by the queue only
    bool repeat{false};        ///< every subflow that a scheduler names is to carry it
    uint16_t transmissions{0}; ///< how often it was given to a subflow
};

/**
 * Connection-level send buffer: data from Send() until it is covered by a DATA_ACK.
 *
 * Layout by DSN: [unacknowledged chunks)[unsent data). A chunk is one mapping's worth of data.
 * The caller fills in carriers, lastSubflow and transmissions when it gives a chunk to a subflow.
 * The DATA_FIN is no octet and is not in the queue.
 */
class MptcpSendQueue
{
  public:
    /**
     * Start over; drops all content.
     *
     * @param firstDsn DSN of the first octet that will be added
     */
    void Reset(uint64_t firstDsn);
    /**
     * Number the content anew. Only while nothing has been taken.
     *
     * @param firstDsn DSN of the first octet
     */
    void Rebase(uint64_t firstDsn);
    /**
     * Take data off the queue that gets no DSN (RFC 8684, appendix B.2).
     *
     * @param maxSize at most so many octets
     * @return the data, nullptr if there is none; part of the first write only
     */
    Ptr<Packet> TakeUnnumbered(uint32_t maxSize);
    /**
     * Put data before all other. Only while nothing has been taken.
     *
     * @param packet data
     */
    void Prepend(Ptr<Packet> packet);
    /**
     * Append application data.
     *
     * @param packet data, kept as a copy-on-write copy: the application may reuse its packet
     */
    void Add(Ptr<Packet> packet);
    /**
     * Cut the next unsent chunk of up to maxSize octets and move it to the unacknowledged part.
     * Small application writes are joined, large ones split; a write that is just one chunk is
     * passed on as it is.
     *
     * @param maxSize at most so many octets
     * @return the chunk, valid until the next non-const call; nullptr if nothing is unsent or
     * maxSize is 0
     */
    MptcpChunk* TakeNew(uint32_t maxSize);
    /** @return first chunk marked for reinjection, or nullptr */
    MptcpChunk* PeekReinject();
    /**
     * The chunk was given to a subflow again: clear its mark.
     *
     * @param chunk a chunk of this queue
     */
    void ClearReinject(MptcpChunk* chunk);
    /**
     * Mark for reinjection all unacknowledged chunks that a subflow carried last, except those that
     * are marked already.
     *
     * @param subflow id of the subflow
     * @return octets newly marked
     */
    uint32_t MarkReinject(uint32_t subflow);
    /**
     * A subflow has ended: mark the chunks that it carried last, and those that no other carries.
     *
     * @param subflow id of the subflow
     * @return octets newly marked
     */
    uint32_t ForgetSubflow(uint32_t subflow);
    /**
     * Mark the first unacknowledged chunk.
     *
     * @return octets newly marked
     */
    uint32_t MarkHeadReinject();
    /**
     * Mark every unacknowledged chunk that is not marked already.
     *
     * @return octets newly marked
     */
    uint32_t MarkReinjectAll();
    /**
     * Release data before dataAck; a chunk acknowledged in part is shortened and keeps its mark.
     * Unsent data is never released: a DATA_ACK beyond GetNextDsn (of the DATA_FIN, or of a faulty
     * peer, which the caller has to tell apart) counts up to there.
     *
     * @param dataAck DSN of the first octet that the peer does not have; going back is no change
     * @return octets released
     */
    uint32_t Acknowledge(uint64_t dataAck);
    /** Nothing will be sent any more: drop the content, but keep the numbers. */
    void Drop();
    /**
     * @param dsn data sequence number
     * @return unacknowledged chunk that holds it, valid until the next non-const call, or nullptr
     */
    MptcpChunk* Find(uint64_t dsn);
    /**
     * What a subflow repeats next.
     *
     * @param subflow id of the subflow
     * @param[in,out] cursor the subflow's own: it has carried, or need not, what is before. At
     * first SND.UNA of that time
     * @return first chunk from there on that is to be repeated and that it has not carried, valid
     * until the next non-const call; nullptr if there is none
     */
    MptcpChunk* PeekCopy(uint32_t subflow, uint64_t& cursor);
    /** @return first unacknowledged chunk, or nullptr */
    MptcpChunk* GetHead();
    const MptcpChunk* GetHead() const;  ///< @return the same
    uint64_t GetUnacknowledged() const; ///< @return SND.UNA: first DSN not covered by a DATA_ACK
    uint64_t GetNextDsn() const;        ///< @return SND.NXT: DSN of the first unsent octet
    uint64_t GetTail() const;           ///< @return DSN after the last octet added
    uint32_t GetUnsent() const;         ///< @return octets never given to a subflow
    uint32_t GetSize() const;           ///< @return octets held, sent or not
    uint32_t GetReinject() const;       ///< @return octets marked for reinjection

    /**
     * Print "una chunks | nxt unsent", a chunk as dsn+length with "!" if it is marked for
     * reinjection, e.g. "100 100+20 120+30! | 150 40".
     *
     * @param os stream
     * @param queue queue
     * @return the stream
     */
    friend std::ostream& operator<<(std::ostream& os, const MptcpSendQueue& queue);

  private:
    /**
     * @param dsn data sequence number from SND.UNA on, before SND.NXT
     * @return index of the chunk that holds it
     */
    std::size_t FindIndex(uint64_t dsn) const;
    /**
     * Take up to maxSize octets off the first unsent packet.
     *
     * @param maxSize at most so many octets, > 0
     * @return a packet that nothing else refers to
     */
    Ptr<Packet> TakeFront(uint32_t maxSize);
    /**
     * Mark chunks.
     *
     * @tparam Predicate bool(const MptcpChunk&)
     * @param wanted true for a chunk to be marked
     * @return octets newly marked
     */
    template <typename Predicate>
    uint32_t Mark(Predicate wanted);

    MptcpRing<MptcpChunk> m_chunks;  ///< unacknowledged, contiguous from m_una to m_nxt
    MptcpRing<Ptr<Packet>> m_unsent; ///< application writes from m_nxt on
    uint32_t m_frontTaken{0};        ///< octets of m_unsent.front() that are in chunks
    std::size_t m_reinjectHint{0};   ///< no chunk before this index is marked
    uint64_t m_una{0};               ///< SND.UNA
    uint64_t m_nxt{0};               ///< SND.NXT
    uint32_t m_unsentBytes{0};       ///< octets unsent
    uint32_t m_reinjectBytes{0};     ///< octets marked
};

} // namespace ns3

#endif /* MPTCP_SEND_QUEUE_H */
