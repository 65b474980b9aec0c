/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_ENDPOINT_H
#define MPTCP_ENDPOINT_H

#include "ns3/address.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

/** Flags of an endpoint, values of Linux (MPTCP_PM_ADDR_FLAG_*). */
enum MptcpEndpointFlag : uint8_t
{
    MPTCP_ENDPOINT_SIGNAL = 0x01,   ///< announce the address by ADD_ADDR
    MPTCP_ENDPOINT_SUBFLOW = 0x02,  ///< open a subflow from the address
    MPTCP_ENDPOINT_BACKUP = 0x04,   ///< its subflows are backups
    MPTCP_ENDPOINT_FULLMESH = 0x08, ///< its subflows go to all known addresses of the peer
    MPTCP_ENDPOINT_IMPLICIT = 0x10, ///< made by the stack for an address that a subflow uses
    MPTCP_ENDPOINT_LAMINAR = 0x20,  ///< its subflows go to announced addresses, one each
};

/** A local address as the administrator describes it (ip mptcp endpoint). */
struct MptcpEndpoint
{
    uint8_t id{0};       ///< address identifier 1..255; 0 when adding: choose the next free one
    Address address;     ///< Ipv4Address or Ipv6Address; ::ffff:a.b.c.d is taken for a.b.c.d
    uint16_t port{0};    ///< port to announce and to listen on; only with SIGNAL; 0: none
    uint8_t flags{0};    ///< MptcpEndpointFlag bits
    uint32_t ifIndex{0}; ///< net device to leave by, plus one; 0: the one that holds the address
};

/** Limits of every connection of a node (ip mptcp limits). */
struct MptcpLimits
{
    uint8_t addAddrAccepted{0}; ///< ADD_ADDRs that lead to subflows, at most 8
    uint8_t subflows{2};        ///< subflows besides the initial one, at most 8
};

/**
 * Endpoints and limits of one node: what "ip mptcp" of Linux configures (net/mptcp/pm_kernel.c).
 *
 * Changes may come at any time; whoever must act on them registers a listener. Refusals are
 * returned as one line that says what is wrong, as the kernel's extended acknowledgment does; an
 * empty string is success.
 */
class MptcpEndpointTable
{
  public:
    /** What happened. */
    enum class Change : uint8_t
    {
        ADDED,       ///< an endpoint is new, or an implicit one was made a proper one
        REMOVED,     ///< an endpoint is gone (passed as it was)
        FLUSHED,     ///< all endpoints are gone (passed as they were)
        FLAGS,       ///< backup or fullmesh flag changed (passed before and after)
        LIMITS,      ///< limits changed; no endpoint is passed
        REMOVED_ID0, ///< the initial subflows' address was removed (id 0); only its address counts
    };

    /**
     * Called after each change, except for implicit endpoints that the stack makes.
     *
     * Returns a reason to refuse an ADDED endpoint, which is then taken back, or ""; the answer to
     * other changes means nothing.
     */
    using Listener = std::function<std::string(Change, const std::vector<MptcpEndpoint>&)>;

    /** Largest number of endpoints, and of either limit. */
    static constexpr std::size_t MAX = 8;

    /**
     * Add an endpoint. One for the address of an implicit endpoint takes its place and identifier.
     *
     * @param endpoint endpoint; its id is set on success
     * @return error or ""
     */
    std::string Add(MptcpEndpoint& endpoint);
    /**
     * @param id identifier; 0 removes the subflows of the initial address (see address)
     * @param address for id 0: the local address whose connections are meant
     * @return error or ""
     */
    std::string Remove(uint8_t id, const Address& address = Address());
    /** Remove all endpoints; identifiers start from 1 again. */
    void Flush();
    /**
     * @param id identifier
     * @param flags new BACKUP and FULLMESH bits; the others are left as they are
     * @return error or ""
     */
    std::string SetFlags(uint8_t id, uint8_t flags);
    /**
     * @param limits new limits, for connections that live too
     * @return error or ""
     */
    std::string SetLimits(const MptcpLimits& limits);
    /** @return limits */
    const MptcpLimits& GetLimits() const;
    /** @return endpoints, those with a port first, newest of them first; then by age */
    const std::vector<MptcpEndpoint>& GetAll() const;
    /**
     * @param id identifier
     * @return the endpoint, if any
     */
    std::optional<MptcpEndpoint> Find(uint8_t id) const;
    /**
     * @param address Ipv4Address or Ipv6Address
     * @param port port of the subflow; an endpoint with a port is its only if that is the same
     * @return the endpoint of a subflow from this address and port, if any
     */
    std::optional<MptcpEndpoint> FindAddress(const Address& address, uint16_t port) const;
    /**
     * The identifier of an address that a subflow uses, with an implicit endpoint where there is
     * none.
     *
     * @param address Ipv4Address or Ipv6Address
     * @param port port of the subflow
     * @return identifier, 0 if the table is full
     */
    uint8_t GetOrMake(const Address& address, uint16_t port);
    /** @param listener called after each change; one only */
    void SetListener(Listener listener);

  private:
    /** @return the next free identifier, 0 if there is none */
    uint8_t NextId();
    /** @param endpoint where to put it: those with a port go first */
    void Insert(const MptcpEndpoint& endpoint);
    /** @param change what @param endpoints whose @return refusal or "" */
    std::string Notify(Change change, const std::vector<MptcpEndpoint>& endpoints) const;

    std::vector<MptcpEndpoint> m_endpoints; ///< see GetAll
    MptcpLimits m_limits;                   ///< limits
    uint8_t m_nextId{1};                    ///< next identifier to try
    Listener m_listener;                    ///< who acts on changes
};

} // namespace ns3

#endif /* MPTCP_ENDPOINT_H */
