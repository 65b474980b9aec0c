/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_PATH_LOG_H
#define MPTCP_PATH_LOG_H

#include "ns3/address.h"

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <string>

namespace ns3
{

/** What became of the subflows between two addresses that are no more, and of attempts to open. */
struct MptcpPathRecord
{
    Address local;           ///< host of this end
    Address remote;          ///< host of the other one
    uint32_t failures{0};    ///< attempts that led to no subflow
    uint32_t ended{0};       ///< subflows that were established and have ended
    uint64_t sent{0};        ///< octets of data that these have carried
    uint64_t received{0};    ///< octets of data that came by these
    std::string explanation; ///< of the last end or failure, for people
};

/**
 * @ingroup mptcp
 * A connection's memory of its pairs of addresses. It knows nothing of those whose subflow is open,
 * so that an idle connection pays nothing for it.
 */
class MptcpPathLog
{
  public:
    /// Most pairs that are remembered: a peer may announce addresses without end.
    static constexpr std::size_t LIMIT = 1024;

    /**
     * Note an attempt that failed.
     *
     * @param local host of this end @param remote of the other one @param explanation why
     */
    void Fail(const Address& local, const Address& remote, const std::string& explanation);
    /**
     * Note the end of a subflow that was established.
     *
     * @param local host of this end
     * @param remote host of the other one
     * @param sent octets of data that it has carried
     * @param received octets of data that came by it
     * @param explanation what ended it
     */
    void End(const Address& local,
             const Address& remote,
             uint64_t sent,
             uint64_t received,
             const std::string& explanation);
    /** @param local host of this end @param remote of the other one @return its record, or null */
    const MptcpPathRecord* Find(const Address& local, const Address& remote) const;
    /** @return all records, in the order of their first entries */
    const std::forward_list<MptcpPathRecord>& GetAll() const;

  private:
    /** @param local host of this end @param remote of the other one @return null: too many */
    MptcpPathRecord* GetOrMake(const Address& local, const Address& remote);

    std::forward_list<MptcpPathRecord> m_records; ///< few; a list is small while it is empty
};

} // namespace ns3

#endif /* MPTCP_PATH_LOG_H */
