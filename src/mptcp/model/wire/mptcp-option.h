/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_OPTION_H
#define MPTCP_OPTION_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace ns3
{

/** TCP option kind of Multipath TCP (RFC 8684, section 3). */
constexpr uint8_t MPTCP_OPTION_KIND = 30;

/** Largest TCP option space of one segment, in octets. */
constexpr std::size_t MPTCP_OPTION_SPACE = 40;

/** Protocol version carried in MP_CAPABLE: RFC 6824 is V0, RFC 8684 is V1. */
enum class MptcpVersion : uint8_t
{
    V0 = 0, ///< RFC 6824: SHA-1, keys in the SYN
    V1 = 1, ///< RFC 8684: SHA-256, no key in the SYN
};

/** Option subtypes (RFC 8684, section 8.1). */
enum class MptcpSubtype : uint8_t
{
    MP_CAPABLE = 0x0,
    MP_JOIN = 0x1,
    DSS = 0x2,
    ADD_ADDR = 0x3,
    REMOVE_ADDR = 0x4,
    MP_PRIO = 0x5,
    MP_FAIL = 0x6,
    MP_FASTCLOSE = 0x7,
    MP_TCPRST = 0x8,
    MP_EXPERIMENTAL = 0xf,
};

/** Flag bits of the third octet of MP_CAPABLE (RFC 8684, section 3.1). */
enum MptcpCapableFlag : uint8_t
{
    MPTCP_FLAG_A = 0x80, ///< checksum required
    MPTCP_FLAG_B = 0x40, ///< extensibility, must be zero
    MPTCP_FLAG_C = 0x20, ///< v1: no further subflows to this address and port
    MPTCP_FLAG_H = 0x01, ///< HMAC-SHA1 in v0, HMAC-SHA256 in v1
};

/**
 * MP_CAPABLE, all forms; the fields present give the form.
 *
 * With B set or in a version above 1 the layout is not ours to know (RFC 8684, section 3.1). Such
 * an option of any length parses into the longest form that fits, so that the stack sees the
 * version and the flags and can decide what to ignore; keys and data parameters mean nothing then.
 * Crypto bits C to H are kept as received.
 */
struct MptcpCapable
{
    uint8_t version{1};                  ///< raw version nibble, also of versions unknown to us
    uint8_t flags{MPTCP_FLAG_H};         ///< MptcpCapableFlag bits
    std::optional<uint64_t> senderKey;   ///< key of the sender of this option
    std::optional<uint64_t> receiverKey; ///< key of the receiver of this option
    std::optional<uint16_t> dataLength;  ///< v1: Data-Level Length of ACK + data
    std::optional<uint16_t> checksum;    ///< v1: DSS checksum of ACK + data
    bool operator==(const MptcpCapable&) const = default;
};

/** MP_JOIN in a SYN. */
struct MptcpJoinSyn
{
    bool backup{false};   ///< B bit
    uint8_t addressId{0}; ///< identifier of the sender's address
    uint32_t token{0};    ///< receiver's token
    uint32_t nonce{0};    ///< sender's random number
    bool operator==(const MptcpJoinSyn&) const = default;
};

/** MP_JOIN in a SYN/ACK. */
struct MptcpJoinSynAck
{
    bool backup{false};   ///< B bit
    uint8_t addressId{0}; ///< identifier of the sender's address
    uint64_t hmac{0};     ///< leftmost 64 bits of the HMAC, as a big-endian number
    uint32_t nonce{0};    ///< sender's random number
    bool operator==(const MptcpJoinSynAck&) const = default;
};

/** MP_JOIN in the third ACK. */
struct MptcpJoinAck
{
    std::array<uint8_t, 20> hmac{}; ///< leftmost 160 bits of the HMAC
    bool operator==(const MptcpJoinAck&) const = default;
};

/**
 * Data Sequence Signal (RFC 8684, section 3.3). No allocation: it is built for every segment.
 *
 * A parsed one has dataAck64 only with hasDataAck, and dsn64 and hasChecksum only with hasMapping;
 * the writer ignores them otherwise. A checksum that was not negotiated, or is missing, is for the
 * connection to judge: v1 resets the subflow in both cases, v0 ignores a checksum that was not
 * negotiated (RFC 8684 and RFC 6824, section 3.3).
 */
struct MptcpDss
{
    bool hasDataAck{false};  ///< A bit
    bool dataAck64{false};   ///< a bit: dataAck has 8 octets
    bool hasMapping{false};  ///< M bit
    bool dsn64{false};       ///< m bit: dsn has 8 octets
    bool dataFin{false};     ///< F bit
    bool hasChecksum{false}; ///< the checksum octets are present (inferred from the length)
    uint64_t dataAck{0};     ///< low 32 bits only when !dataAck64
    uint64_t dsn{0};         ///< low 32 bits only when !dsn64
    uint32_t ssn{0};         ///< relative subflow sequence number: the SYN is 0
    uint16_t length{0};      ///< Data-Level Length; 0 is the infinite mapping
    uint16_t checksum{0};    ///< valid when hasChecksum
    bool operator==(const MptcpDss&) const = default;
};

/** ADD_ADDR. Address octets in network order, length 4 or 16; hmac is a big-endian number. */
struct MptcpAddAddr
{
    bool echo{false};                  ///< v1: E bit
    uint8_t addressId{0};              ///< identifier of the address
    bool ipv6{false};                  ///< 16 address octets instead of 4
    std::array<uint8_t, 16> address{}; ///< first 4 octets for IPv4
    std::optional<uint16_t> port;      ///< present only if announced
    std::optional<uint64_t> hmac;      ///< v1, if and only if !echo: rightmost 64 bits
    bool operator==(const MptcpAddAddr&) const = default;
};

/** REMOVE_ADDR. */
struct MptcpRemoveAddr
{
    std::vector<uint8_t> addressIds; ///< 1 to 37 identifiers
    bool operator==(const MptcpRemoveAddr&) const = default;
};

/** MP_PRIO. */
struct MptcpPrio
{
    bool backup{false};               ///< B bit
    std::optional<uint8_t> addressId; ///< v0 only
    bool operator==(const MptcpPrio&) const = default;
};

/** MP_FAIL. */
struct MptcpFail
{
    uint64_t dsn{0}; ///< data sequence number of the failed mapping, always 64 bits
    bool operator==(const MptcpFail&) const = default;
};

/** MP_FASTCLOSE. */
struct MptcpFastclose
{
    uint64_t receiverKey{0}; ///< key of the receiver of this option
    bool operator==(const MptcpFastclose&) const = default;
};

/** T bit of MP_TCPRST: the error is transient (RFC 8684, section 3.6). */
constexpr uint8_t MPTCP_RST_FLAG_T = 0x1;

/** Reason codes of MP_TCPRST (RFC 8684, section 3.6), values of MptcpTcprst::reason. */
enum MptcpResetReason : uint8_t
{
    MPTCP_RST_UNSPECIFIED = 0, ///< the subflow is no longer available
    MPTCP_RST_MPTCP = 1,       ///< error in the processing of MPTCP options
    MPTCP_RST_RESOURCES = 2,   ///< lack of resources
    MPTCP_RST_PROHIBITED = 3,  ///< administratively prohibited
    MPTCP_RST_OUTSTANDING = 4, ///< too much outstanding data
    MPTCP_RST_PERFORMANCE = 5, ///< unacceptable performance
    MPTCP_RST_MIDDLEBOX = 6,   ///< middlebox interference
};

/** MP_TCPRST (v1 only). */
struct MptcpTcprst
{
    uint8_t flags{0};  ///< MPTCP_RST_FLAG_T or 0; U, V and W are neither reported nor sent
    uint8_t reason{0}; ///< MptcpResetReason, or any other value that was received
    bool operator==(const MptcpTcprst&) const = default;
};

/** MP_EXPERIMENTAL: octets after the subtype octet, kept for the reader and otherwise ignored. */
struct MptcpExperimental
{
    uint8_t nibble{0};          ///< low nibble of the subtype octet
    std::vector<uint8_t> value; ///< remaining octets
    bool operator==(const MptcpExperimental&) const = default;
};

/** Any option of kind 30. */
using MptcpOption = std::variant<MptcpDss,
                                 MptcpCapable,
                                 MptcpJoinSyn,
                                 MptcpJoinSynAck,
                                 MptcpJoinAck,
                                 MptcpAddAddr,
                                 MptcpRemoveAddr,
                                 MptcpPrio,
                                 MptcpFail,
                                 MptcpFastclose,
                                 MptcpTcprst,
                                 MptcpExperimental>;

/** Why octets are not an option that we know. */
enum class MptcpWireError : uint8_t
{
    NONE,            ///< parsed
    TRUNCATED,       ///< fewer octets than the length octet says, or fewer than 3
    NOT_MPTCP,       ///< kind is not 30
    BAD_LENGTH,      ///< no form of this subtype has this length, or more than the option space
    UNKNOWN_SUBTYPE, ///< subtype unassigned in this version
    BAD_FIELD,       ///< a field has a value that the form does not allow: IPVer of v0 ADD_ADDR
};

/**
 * Parse one option. Unassigned flag bits are tolerated; they are not kept, so that writing the
 * result sends them as zero.
 *
 * @param octets the option from its kind octet on; octets after its length are ignored
 * @param version version of the connection; MP_CAPABLE carries its own and does not use it
 * @param option result, unchanged unless NONE is returned
 * @return NONE or why the octets were refused
 */
MptcpWireError ParseMptcpOption(std::span<const uint8_t> octets,
                                MptcpVersion version,
                                MptcpOption& option);

/**
 * @param option any option
 * @return number of octets that SerializeMptcpOption writes, kind and length octets included; 0 if
 * the fields give no form in any version
 */
std::size_t GetSerializedSize(const MptcpOption& option);

/** Same for a DSS, without the variant. @param dss the option @return octets */
std::size_t GetSerializedSize(const MptcpDss& dss);

/**
 * Write one option.
 *
 * @param option the option; its fields decide the form
 * @param version version of the connection (ADD_ADDR and MP_PRIO differ)
 * @param out at least GetSerializedSize octets
 * @return octets written; 0 if out is too small or the option has no form in this version
 */
std::size_t SerializeMptcpOption(const MptcpOption& option,
                                 MptcpVersion version,
                                 std::span<uint8_t> out);

} // namespace ns3

#endif /* MPTCP_OPTION_H */
