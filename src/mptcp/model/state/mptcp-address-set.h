/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_ADDRESS_SET_H
#define MPTCP_ADDRESS_SET_H

#include "ns3/address.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * Which local addresses a connection may use and announce: what its application bound, added and
 * removed (RFC 6897, sections 5.3.2 and 5.3.3). Knows nothing of the addresses that exist.
 *
 * Hosts are Ipv4Address or Ipv6Address. Without any restriction all are allowed but those that were
 * removed.
 */
class MptcpAddressSet
{
  public:
    /**
     * The application bound a specific address: only that and those added are allowed.
     *
     * @param host address
     */
    void Bind(const Address& host);
    /**
     * The application bound an interface: all its addresses are allowed, and those added.
     *
     * @param ifIndex index of the net device; nothing takes the binding back
     */
    void BindInterface(std::optional<uint32_t> ifIndex);
    /**
     * Allow an address.
     *
     * @param host address
     * @param port port that its subflows must try to use, 0 for any
     * @param restrict only what was bound or added is allowed from now on
     */
    void Add(const Address& host, uint16_t port, bool restrict);
    /**
     * Take an address back.
     *
     * @param host address
     * @param port only this port of the address; 0: the address
     */
    void Remove(const Address& host, uint16_t port);

    /** @return only addresses that were bound or added are allowed */
    bool IsRestricted() const;
    /** @return at least one address may be refused */
    bool IsNarrowed() const;
    /**
     * @param host address
     * @param ifIndex index of the net device that holds it
     * @return the connection may use it
     */
    bool Allows(const Address& host, uint32_t ifIndex) const;
    /**
     * @param host address
     * @return ports that were added for it, in order; empty: any
     */
    std::vector<uint16_t> GetPorts(const Address& host) const;
    /**
     * @param host address
     * @return it was bound or added by name
     */
    bool Names(const Address& host) const;

  private:
    std::vector<std::pair<Address, uint16_t>> m_named; ///< bound or added, with port
    std::vector<Address> m_removed;                    ///< taken back and not added again
    std::optional<uint32_t> m_interface;               ///< bound interface
    bool m_bound{false};                               ///< an address was bound
    bool m_restricted{false};                          ///< added before the connection began
};

} // namespace ns3

#endif /* MPTCP_ADDRESS_SET_H */
