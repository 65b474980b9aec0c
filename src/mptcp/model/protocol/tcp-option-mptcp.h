/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef TCP_OPTION_MPTCP_H
#define TCP_OPTION_MPTCP_H

#include "mptcp-instance-type.h"

#include "ns3/mptcp-option.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-option.h"

#include <array>
#include <cstdint>
#include <span>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * The MPTCP options of one outgoing segment, as octets: one object may hold several options.
 *
 * TcpHeader::AppendOption refuses kinds that it does not know (TcpOption::IsKindKnown is static),
 * so the object answers the kind of NOP until it is in the header and 30 from then on; what goes on
 * the wire are its octets. Incoming segments carry kind 30 as TcpOptionUnknown, see GetMptcpOctets.
 */
class TcpOptionMptcp : public MptcpTypedBase<TcpOptionMptcp, TcpOption>
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();

    /** Start over with no octets. */
    void Clear();
    /**
     * Add one option behind the others.
     *
     * @param option the option
     * @param version version of the connection
     * @return false if the option does not fit in 40 octets or has no form in this version
     */
    bool Add(const MptcpOption& option, MptcpVersion version);
    /**
     * Add an option as it came.
     *
     * @param octets the option from its kind octet on
     * @return false if it does not fit
     */
    bool AddOctets(std::span<const uint8_t> octets);
    /**
     * Append these octets to a header.
     *
     * @param header the header of the segment that is sent next
     * @return false if the header has no room: then nothing was appended
     */
    bool AppendTo(TcpHeader& header);

    void Print(std::ostream& os) const override;
    void Serialize(Buffer::Iterator start) const override;
    uint32_t Deserialize(Buffer::Iterator start) override;
    uint8_t GetKind() const override;
    uint32_t GetSerializedSize() const override;

  private:
    std::array<uint8_t, MPTCP_OPTION_SPACE> m_octets{}; ///< wire format
    uint8_t m_size{0};                                  ///< octets used
    bool m_appended{false};                             ///< in a header: tell the true kind
};

/** TCP option kind of Fast Open cookies (RFC 7413, section 4.1.1). */
constexpr uint8_t TCP_FAST_OPEN_KIND = 34;

/**
 * Raw octets of an option that stock ns-3 does not know.
 *
 * @param option an option of a header
 * @param kind kind wanted
 * @param scratch where the octets go
 * @return the octets, empty if the option is of another kind or malformed
 */
std::span<const uint8_t> GetOptionOctets(const TcpOption& option,
                                         uint8_t kind,
                                         std::array<uint8_t, MPTCP_OPTION_SPACE>& scratch);

/**
 * Raw octets of an option of kind 30 in a received (or sent) header.
 *
 * @param option an option of a header
 * @param scratch where the octets go
 * @return the octets, empty if the option is not of kind 30
 */
std::span<const uint8_t> GetMptcpOctets(const TcpOption& option,
                                        std::array<uint8_t, MPTCP_OPTION_SPACE>& scratch);

} // namespace ns3

#endif /* TCP_OPTION_MPTCP_H */
