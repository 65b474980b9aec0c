/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_REORDER_BUFFER_H
#define MPTCP_REORDER_BUFFER_H

#include "mptcp-ring.h"

#include "ns3/mptcp-sequence.h"
#include "ns3/packet.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <list>
#include <map>
#include <ostream>

namespace ns3
{

/**
 * Connection-level receive buffer: puts data of all subflows in DSN order for the application.
 *
 * The first copy of an octet wins (RFC 8684, section 3.3.1). In-order data goes straight to the
 * read queue. What is out of order waits in runs without a gap inside, each a list of packets, in a
 * balanced tree by their DSN: a run that grows to where another begins takes that one in, as the
 * out-of-order queue of Linux does, so that there is one run for each gap, however many packets
 * wait. Data behind all that waits, the usual case since a subflow appends, goes to the last run
 * without a search; any other insertion takes the logarithm of the number of gaps.
 *
 * The buffer keeps a reference to inserted packets and hands the same objects out again: whoever
 * inserts a packet does not change it afterwards. It has no size limit: the caller admits only data
 * inside the receive window that it advertised.
 */
class MptcpReorderBuffer
{
  public:
    /** What became of inserted data. */
    enum class Result : uint8_t
    {
        IN_ORDER,     ///< advanced GetNextDsn
        OUT_OF_ORDER, ///< at least one octet was stored behind a gap
        DUPLICATE,    ///< nothing new in it
    };

    MptcpReorderBuffer() = default;
    // The order of the tree refers to the buffer.
    MptcpReorderBuffer(const MptcpReorderBuffer&) = delete;
    MptcpReorderBuffer& operator=(const MptcpReorderBuffer&) = delete;
    /**
     * Start over; drops all content.
     *
     * @param nextDsn DSN of the first octet expected
     */
    void Reset(uint64_t nextDsn);
    /**
     * Store what is new in a packet. Octets before GetNextDsn and octets stored already are
     * trimmed.
     *
     * @param dsn DSN of the packet's first octet
     * @param packet data; the packet itself is not changed
     * @return what happened
     */
    Result Insert(uint64_t dsn, Ptr<Packet> packet);
    /**
     * Let the application read octets that have no DSN: data of a Fast Open SYN (RFC 8684,
     * appendix B.2). Only before any other data.
     *
     * @param packet data
     */
    void AddUnnumbered(Ptr<Packet> packet);
    /**
     * Take data for the application.
     *
     * Returns the first packet of the read queue whole if it fits, else its first maxSize octets.
     * Packets are never joined: a caller that wants more calls again (ns-3's applications call
     * Recv in a loop), and the usual case costs neither a fragment nor a copy.
     *
     * @param maxSize at most so many octets
     * @return a packet with 1 to maxSize octets, or nullptr if nothing is readable or maxSize is 0
     */
    Ptr<Packet> Extract(uint32_t maxSize);
    /** @return DSN of the next octet in order: the DATA_ACK */
    uint64_t GetNextDsn() const;
    /**
     * Step over the one sequence number that carries no octet, the DATA_FIN (RFC 8684, section
     * 3.3.3). Nothing may follow it: octets that a peer sent behind it are dropped.
     */
    void SkipOne();
    /** @return octets readable now */
    uint32_t GetReadable() const;
    /** @return octets behind gaps */
    uint32_t GetOutOfOrder() const;
    /** @param dsn a DSN @return octets behind a gap end just before it */
    bool HasRunBefore(uint64_t dsn) const;
    /** @return DSN after the last octet stored, in or out of order */
    uint64_t GetHighestDsn() const;
    /** @return number of gaps: of runs that wait behind one */
    std::size_t GetRuns() const;
    /** @return how often a DSN was compared with that of a run so far: what searches cost */
    uint64_t GetComparisons() const;

    /**
     * Print "next [n readable] dsn+length ...": the DATA_ACK, the read queue, then each run behind
     * a gap, e.g. "100 [20 readable] 130+10 150+10".
     *
     * @param os stream
     * @param buffer buffer
     * @return the stream
     */
    friend std::ostream& operator<<(std::ostream& os, const MptcpReorderBuffer& buffer);

  private:
    /** Order of DSNs that lie within 2^63 of each other, which counts how often it was asked. */
    struct Order
    {
        uint64_t* comparisons; ///< how often

        /** @param a a DSN @param b another one @return a is before b */
        bool operator()(uint64_t a, uint64_t b) const
        {
            ++*comparisons;
            return DsnBefore(a, b);
        }
    };

    /** Octets behind a gap, without one inside. */
    struct Run
    {
        uint64_t end;                   ///< DSN after the last octet
        std::list<Ptr<Packet>> packets; ///< the octets, none of them empty
    };

    using Runs = std::map<uint64_t, Run, Order>; ///< runs by the DSN of their first octets

    /**
     * Append octets to the read queue.
     *
     * @param packet the octets
     * @param size octets in packet
     */
    void Append(Ptr<Packet> packet, uint32_t size);
    /**
     * Store a packet that begins at or before m_nextDsn and ends after it.
     *
     * @param dsn DSN of the packet's first octet
     * @param end DSN after its last octet
     * @param packet data
     */
    void InsertInOrder(uint64_t dsn, uint64_t end, const Ptr<Packet>& packet);
    /**
     * Store a packet that begins after m_nextDsn.
     *
     * @param dsn DSN of the packet's first octet
     * @param end DSN after its last octet
     * @param packet data
     * @return OUT_OF_ORDER or DUPLICATE
     */
    Result InsertOutOfOrder(uint64_t dsn, uint64_t end, const Ptr<Packet>& packet);
    /**
     * @param dsn a DSN after m_nextDsn
     * @return the run that it lies in or that ends just before it; a new and empty one that begins
     * there if there is none
     */
    Runs::iterator FindOrMakeRun(uint64_t dsn);

    uint64_t m_comparisons{0};          ///< see GetComparisons
    MptcpRing<Ptr<Packet>> m_readable;  ///< in order, not yet read
    Runs m_runs{Order{&m_comparisons}}; ///< behind gaps, none touches another
    uint64_t m_nextDsn{0};              ///< DSN after the last octet in order
    uint32_t m_readableBytes{0};        ///< octets in m_readable
    uint32_t m_outOfOrderBytes{0};      ///< octets in m_runs
};

} // namespace ns3

#endif /* MPTCP_REORDER_BUFFER_H */
