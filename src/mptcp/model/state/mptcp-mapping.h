/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MAPPING_H
#define MPTCP_MAPPING_H

#include "mptcp-ring.h"

#include <cstddef>
#include <cstdint>
#include <ostream>

namespace ns3
{

/** One data sequence mapping of one subflow: SSN [ssn, ssn+length) carries DSN [dsn, dsn+length).
 */
struct MptcpMapping
{
    uint64_t dsn{0};         ///< data sequence number of the first octet
    uint32_t ssn{0};         ///< relative subflow sequence number of the first octet, 32-bit wrap
    uint16_t length{0};      ///< octets of data, without a DATA_FIN; never 0 in a table
    uint16_t checksum{0};    ///< DSS checksum, if hasChecksum
    bool hasChecksum{false}; ///< a checksum covers the mapping
    bool dataFin{false}; ///< the mapping ends in a DATA_FIN (counted on the wire, not in length)
};

/**
 * Mappings of one direction of one subflow, ordered by SSN.
 *
 * A mapping is fixed once declared (RFC 8684, section 3.3.1): adding an identical or contained one
 * again is no change, a conflicting one is refused. Lookups of the sender (the segment sent next)
 * and of the receiver (the octet read next) hit one end of a ring; any other is a binary search.
 *
 * All SSNs in a table lie within 2^31 of each other: the caller admits only mappings that begin in
 * the subflow's window.
 */
class MptcpMappingTable
{
  public:
    /** Outcome of Add. */
    enum class Result : uint8_t
    {
        ADDED,     ///< at least one octet is newly mapped
        DUPLICATE, ///< every octet is mapped already in the same way, or released
        CONFLICT,  ///< overlaps another mapping that has a different DSN-SSN offset, or overlaps
                   ///< in part where one of the two has a checksum: nothing was added
    };

    /**
     * Declare a mapping. It may arrive out of order.
     *
     * A mapping that agrees with the table but covers more is cut to the octets that are new: the
     * table stays disjoint. That is impossible under a checksum, which covers a mapping as a whole.
     * A DUPLICATE changes nothing, its dataFin neither: the caller takes a DATA_FIN from the
     * option.
     *
     * @param mapping a mapping with length > 0
     * @return what happened
     */
    Result Add(const MptcpMapping& mapping);
    /**
     * @param ssn relative sequence number
     * @return the mapping that holds it, valid until the next non-const call, or nullptr
     */
    const MptcpMapping* Find(uint32_t ssn) const;
    /**
     * @param ssn relative sequence number that no mapping holds
     * @return the first mapping behind it, valid until the next non-const call, or nullptr
     */
    const MptcpMapping* FindAfter(uint32_t ssn) const;
    /**
     * Forget mappings that end at or before a sequence number; one that holds it is kept whole.
     *
     * @param ssn relative sequence number; going back is no change
     */
    void ReleaseBefore(uint32_t ssn);
    /** @return true if no mapping is held */
    bool IsEmpty() const;
    /** @return number of mappings held */
    std::size_t GetSize() const;
    /** Forget everything, also what was released. */
    void Clear();

    /**
     * Print "[ssn+length->dsn] ...", in order of SSN.
     *
     * @param os stream
     * @param table table
     * @return the stream
     */
    friend std::ostream& operator<<(std::ostream& os, const MptcpMappingTable& table);

  private:
    /**
     * Add a mapping that is not simply behind the last one.
     *
     * @param mapping the mapping
     * @return what happened
     */
    Result AddSlow(const MptcpMapping& mapping);
    /**
     * @param ssn relative sequence number
     * @return index of the first mapping that ends after ssn; the size if there is none
     */
    std::size_t FirstEndingAfter(uint32_t ssn) const;

    MptcpRing<MptcpMapping> m_mappings; ///< ordered by ssn, disjoint
    uint32_t m_released{0};             ///< everything before is gone
    bool m_hasReleased{false};          ///< m_released is valid
};

} // namespace ns3

#endif /* MPTCP_MAPPING_H */
