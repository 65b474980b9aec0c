/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-option.h"

#include "mptcp-endian.h"

#include <algorithm>
#include <type_traits>

namespace ns3
{

namespace
{

/** Octets of kind, length and subtype, which every option has (RFC 8684, figure 3). */
constexpr std::size_t PREFIX_SIZE = 3;

/** Octets of the prefix and of the flags, identifier or reserved octet that mostly follows. */
constexpr std::size_t HEADER_SIZE = 4;

/** B bit of MP_JOIN and MP_PRIO, in the subtype octet (RFC 8684, figures 5, 6 and 11). */
constexpr uint8_t BACKUP_BIT = 0x01;

/** E bit of a v1 ADD_ADDR, in the subtype octet (RFC 8684, figure 12). */
constexpr uint8_t ECHO_BIT = 0x01;

/** IPVer of a v0 ADD_ADDR (RFC 6824, section 3.4.1). */
constexpr uint8_t IP_VERSION_4 = 4;

/** IPVer of a v0 ADD_ADDR (RFC 6824, section 3.4.1). */
constexpr uint8_t IP_VERSION_6 = 6;

/** Octets of an IPv4 address. */
constexpr std::size_t IPV4_SIZE = 4;

/** Octets of an IPv6 address. */
constexpr std::size_t IPV6_SIZE = 16;

/** Flag bits of the fourth octet of a DSS (RFC 8684, figure 9). */
enum DssFlag : uint8_t
{
    DSS_DATA_ACK = 0x01,
    DSS_DATA_ACK_64 = 0x02,
    DSS_MAPPING = 0x04,
    DSS_DSN_64 = 0x08,
    DSS_DATA_FIN = 0x10,
};

/** Total octets of the MP_CAPABLE forms (RFC 8684, section 3.1), longest first. */
constexpr std::array<std::size_t, 5> CAPABLE_SIZES{24, 22, 20, 12, 4};

/** Total octets of the MP_JOIN forms (RFC 8684, section 3.2). */
constexpr std::size_t JOIN_SYN_SIZE = 12;
constexpr std::size_t JOIN_SYN_ACK_SIZE = 16; ///< MP_JOIN in a SYN/ACK
constexpr std::size_t JOIN_ACK_SIZE = 24;     ///< MP_JOIN in the third ACK

/** Total octets of MP_FAIL and MP_FASTCLOSE: 12 reserved bits and 64 bits of value. */
constexpr std::size_t FAIL_SIZE = 12;

/** Total octets of MP_TCPRST. */
constexpr std::size_t TCPRST_SIZE = 4;

/** Octets of a truncated ADD_ADDR HMAC (RFC 8684, section 3.4.1). */
constexpr std::size_t ADD_ADDR_HMAC_SIZE = 8;

/** @param octets a whole option @return the low nibble of the subtype octet */
uint8_t
GetNibble(std::span<const uint8_t> octets)
{
    return octets[2] & 0x0f;
}

/**
 * @param version raw version nibble
 * @param flags MP_CAPABLE flag octet
 * @return true if the option has a layout that an RFC defines. B = 1 may alter the length, as may
 * a later version (RFC 6824 and RFC 8684, section 3.1)
 */
bool
IsKnownCapableLayout(uint8_t version, uint8_t flags)
{
    return version <= static_cast<uint8_t>(MptcpVersion::V1) && (flags & MPTCP_FLAG_B) == 0;
}

/**
 * @param version raw version nibble
 * @param flags MP_CAPABLE flag octet
 * @param size total octets, one of CAPABLE_SIZES
 * @return true if this version has a form of that size
 */
bool
HasCapableForm(uint8_t version, uint8_t flags, std::size_t size)
{
    if (IsKnownCapableLayout(version, flags) && version == static_cast<uint8_t>(MptcpVersion::V0))
    {
        // RFC 6824, figure 4: the sender's key is always there, data parameters never.
        return size == 12 || size == 20;
    }
    return true;
}

/**
 * @param octets a whole option
 * @param option result
 * @return NONE or an error
 */
MptcpWireError
ParseCapable(std::span<const uint8_t> octets, MptcpOption& option)
{
    if (octets.size() < HEADER_SIZE)
    {
        return MptcpWireError::BAD_LENGTH;
    }
    const uint8_t version = GetNibble(octets);
    const uint8_t flags = octets[3];
    // The last form, of 4 octets, always fits.
    const std::size_t size = *std::find_if(CAPABLE_SIZES.begin(),
                                           CAPABLE_SIZES.end(),
                                           [&](std::size_t s) { return s <= octets.size(); });
    if (IsKnownCapableLayout(version, flags) &&
        (size != octets.size() || !HasCapableForm(version, flags, size)))
    {
        return MptcpWireError::BAD_LENGTH;
    }

    MptcpCapable capable;
    capable.version = version;
    capable.flags = flags;
    if (size >= 12)
    {
        capable.senderKey = LoadBig<uint64_t>(&octets[4]);
    }
    if (size >= 20)
    {
        capable.receiverKey = LoadBig<uint64_t>(&octets[12]);
    }
    if (size >= 22)
    {
        capable.dataLength = LoadBig<uint16_t>(&octets[20]);
    }
    if (size >= 24)
    {
        capable.checksum = LoadBig<uint16_t>(&octets[22]);
    }
    option = capable;
    return MptcpWireError::NONE;
}

/**
 * @param octets a whole option
 * @param option result
 * @return NONE or an error
 */
MptcpWireError
ParseJoin(std::span<const uint8_t> octets, MptcpOption& option)
{
    const bool backup = (GetNibble(octets) & BACKUP_BIT) != 0;
    // The three forms have three lengths (RFC 8684, figures 5 to 7), so the TCP flags are not
    // needed here; that a form came on the segment that it belongs to is for the caller to check.
    switch (octets.size())
    {
    case JOIN_SYN_SIZE:
        option = MptcpJoinSyn{.backup = backup,
                              .addressId = octets[3],
                              .token = LoadBig<uint32_t>(&octets[4]),
                              .nonce = LoadBig<uint32_t>(&octets[8])};
        return MptcpWireError::NONE;
    case JOIN_SYN_ACK_SIZE:
        option = MptcpJoinSynAck{.backup = backup,
                                 .addressId = octets[3],
                                 .hmac = LoadBig<uint64_t>(&octets[4]),
                                 .nonce = LoadBig<uint32_t>(&octets[12])};
        return MptcpWireError::NONE;
    case JOIN_ACK_SIZE: {
        MptcpJoinAck ack;
        std::copy_n(&octets[HEADER_SIZE], ack.hmac.size(), ack.hmac.begin());
        option = ack;
        return MptcpWireError::NONE;
    }
    default:
        return MptcpWireError::BAD_LENGTH;
    }
}

/**
 * @param octets a whole option
 * @param option result
 * @return NONE or an error
 */
MptcpWireError
ParseDss(std::span<const uint8_t> octets, MptcpOption& option)
{
    if (octets.size() < HEADER_SIZE)
    {
        return MptcpWireError::BAD_LENGTH;
    }
    const uint8_t flags = octets[3];
    MptcpDss dss;
    dss.hasDataAck = (flags & DSS_DATA_ACK) != 0;
    dss.hasMapping = (flags & DSS_MAPPING) != 0;
    // RFC 8684, section 3.3: "a" and "m" are ignored without "A" and "M".
    dss.dataAck64 = dss.hasDataAck && (flags & DSS_DATA_ACK_64) != 0;
    dss.dsn64 = dss.hasMapping && (flags & DSS_DSN_64) != 0;
    dss.dataFin = (flags & DSS_DATA_FIN) != 0;

    const std::size_t plainSize = GetSerializedSize(dss);
    // RFC 8684, section 3.3: the presence of the checksum is inferred from the length. Whether it
    // should be there is known to the connection alone, which resets the subflow otherwise.
    dss.hasChecksum = dss.hasMapping && octets.size() == plainSize + sizeof(dss.checksum);
    if (!dss.hasChecksum && octets.size() != plainSize)
    {
        return MptcpWireError::BAD_LENGTH;
    }

    const uint8_t* in = &octets[0] + HEADER_SIZE;
    if (dss.hasDataAck)
    {
        dss.dataAck = dss.dataAck64 ? LoadBig<uint64_t>(in) : LoadBig<uint32_t>(in);
        in += dss.dataAck64 ? 8 : 4;
    }
    if (dss.hasMapping)
    {
        dss.dsn = dss.dsn64 ? LoadBig<uint64_t>(in) : LoadBig<uint32_t>(in);
        in += dss.dsn64 ? 8 : 4;
        dss.ssn = LoadBig<uint32_t>(in);
        dss.length = LoadBig<uint16_t>(in + 4);
        if (dss.hasChecksum)
        {
            dss.checksum = LoadBig<uint16_t>(in + 6);
        }
    }
    option = dss;
    return MptcpWireError::NONE;
}

/**
 * @param octets a whole option
 * @param version version of the connection
 * @param option result
 * @return NONE or an error
 */
MptcpWireError
ParseAddAddr(std::span<const uint8_t> octets, MptcpVersion version, MptcpOption& option)
{
    if (octets.size() < HEADER_SIZE)
    {
        return MptcpWireError::BAD_LENGTH;
    }
    MptcpAddAddr add;
    add.addressId = octets[3];
    std::size_t hmacSize = 0;
    const uint8_t nibble = GetNibble(octets);
    std::size_t rest = octets.size() - HEADER_SIZE;
    // A v0 ADD_ADDR and a v1 echo have equal lengths: only the version tells them apart.
    if (version == MptcpVersion::V0)
    {
        if (nibble != IP_VERSION_4 && nibble != IP_VERSION_6)
        {
            return MptcpWireError::BAD_FIELD;
        }
        add.ipv6 = nibble == IP_VERSION_6;
    }
    else
    {
        // RFC 8684, section 3.4.1: the other three bits are ignored.
        add.echo = (nibble & ECHO_BIT) != 0;
        hmacSize = add.echo ? 0 : ADD_ADDR_HMAC_SIZE;
        add.ipv6 = rest >= hmacSize + IPV6_SIZE;
    }

    const std::size_t addressSize = add.ipv6 ? IPV6_SIZE : IPV4_SIZE;
    const bool hasPort = rest == addressSize + sizeof(uint16_t) + hmacSize;
    if (!hasPort && rest != addressSize + hmacSize)
    {
        return MptcpWireError::BAD_LENGTH;
    }
    const uint8_t* in = &octets[0] + HEADER_SIZE;
    std::copy_n(in, addressSize, add.address.begin());
    in += addressSize;
    if (hasPort)
    {
        add.port = LoadBig<uint16_t>(in);
        in += sizeof(uint16_t);
    }
    if (hmacSize != 0)
    {
        add.hmac = LoadBig<uint64_t>(in);
    }
    option = add;
    return MptcpWireError::NONE;
}

/**
 * @param octets a whole option
 * @param version version of the connection
 * @param option result
 * @return NONE or an error
 */
MptcpWireError
ParsePrio(std::span<const uint8_t> octets, MptcpVersion version, MptcpOption& option)
{
    MptcpPrio prio;
    prio.backup = (GetNibble(octets) & BACKUP_BIT) != 0;
    // RFC 6824, section 3.3.8 has an optional Address ID. RFC 8684, appendix E removed it.
    if (version == MptcpVersion::V0 && octets.size() == HEADER_SIZE)
    {
        prio.addressId = octets[3];
    }
    else if (octets.size() != PREFIX_SIZE)
    {
        return MptcpWireError::BAD_LENGTH;
    }
    option = prio;
    return MptcpWireError::NONE;
}

/**
 * @tparam T MptcpFail or MptcpFastclose, whose layouts are the same
 * @param octets a whole option
 * @param option result
 * @return NONE or an error
 */
template <typename T>
MptcpWireError
ParseReservedAnd64(std::span<const uint8_t> octets, MptcpOption& option)
{
    if (octets.size() != FAIL_SIZE)
    {
        return MptcpWireError::BAD_LENGTH;
    }
    option = T{LoadBig<uint64_t>(&octets[HEADER_SIZE])};
    return MptcpWireError::NONE;
}

/**
 * @param capable the option
 * @return total octets of the form that the present fields give, 0 if they give none
 */
std::size_t
SizeOf(const MptcpCapable& capable)
{
    // Each field of figure 4 of RFC 8684 needs all the fields before it.
    if ((capable.receiverKey && !capable.senderKey) ||
        (capable.dataLength && !capable.receiverKey) || (capable.checksum && !capable.dataLength))
    {
        return 0;
    }
    return HEADER_SIZE + (capable.senderKey ? 8 : 0) + (capable.receiverKey ? 8 : 0) +
           (capable.dataLength ? 2 : 0) + (capable.checksum ? 2 : 0);
}

/** @return total octets */
std::size_t
SizeOf(const MptcpJoinSyn& /* join */)
{
    return JOIN_SYN_SIZE;
}

/** @return total octets */
std::size_t
SizeOf(const MptcpJoinSynAck& /* join */)
{
    return JOIN_SYN_ACK_SIZE;
}

/** @return total octets */
std::size_t
SizeOf(const MptcpJoinAck& /* join */)
{
    return JOIN_ACK_SIZE;
}

/**
 * @param dss the option
 * @return total octets
 */
std::size_t
SizeOf(const MptcpDss& dss)
{
    std::size_t size = HEADER_SIZE;
    if (dss.hasDataAck)
    {
        size += dss.dataAck64 ? 8 : 4;
    }
    if (dss.hasMapping)
    {
        size += (dss.dsn64 ? 8 : 4) + sizeof(dss.ssn) + sizeof(dss.length);
        size += dss.hasChecksum ? sizeof(dss.checksum) : 0;
    }
    return size;
}

/**
 * @param add the option
 * @return total octets, 0 for an echo with an HMAC, which no version has
 */
std::size_t
SizeOf(const MptcpAddAddr& add)
{
    if (add.echo && add.hmac)
    {
        return 0;
    }
    return HEADER_SIZE + (add.ipv6 ? IPV6_SIZE : IPV4_SIZE) + (add.port ? 2 : 0) +
           (add.hmac ? ADD_ADDR_HMAC_SIZE : 0);
}

/**
 * @param remove the option
 * @return total octets, 0 if the list is empty or longer than the TCP option space
 */
std::size_t
SizeOf(const MptcpRemoveAddr& remove)
{
    const std::size_t size = PREFIX_SIZE + remove.addressIds.size();
    return remove.addressIds.empty() || size > MPTCP_OPTION_SPACE ? 0 : size;
}

/**
 * @param prio the option
 * @return total octets
 */
std::size_t
SizeOf(const MptcpPrio& prio)
{
    return PREFIX_SIZE + (prio.addressId ? 1 : 0);
}

/** @return total octets */
std::size_t
SizeOf(const MptcpFail& /* fail */)
{
    return FAIL_SIZE;
}

/** @return total octets */
std::size_t
SizeOf(const MptcpFastclose& /* fastclose */)
{
    return FAIL_SIZE;
}

/** @return total octets */
std::size_t
SizeOf(const MptcpTcprst& /* reset */)
{
    return TCPRST_SIZE;
}

/**
 * @param experimental the option
 * @return total octets, 0 if it is longer than the TCP option space
 */
std::size_t
SizeOf(const MptcpExperimental& experimental)
{
    const std::size_t size = PREFIX_SIZE + experimental.value.size();
    return size > MPTCP_OPTION_SPACE ? 0 : size;
}

/**
 * Whether an option that has a size also has a form in a version.
 *
 * @tparam T type of the option
 * @param option the option
 * @param version version of the connection
 * @return true if it can be written
 */
template <typename T>
bool
HasForm(const T& option, MptcpVersion version)
{
    if constexpr (std::is_same_v<T, MptcpCapable>)
    {
        return option.version <= 0x0f &&
               HasCapableForm(option.version, option.flags, SizeOf(option));
    }
    else if constexpr (std::is_same_v<T, MptcpAddAddr>)
    {
        // RFC 6824 has neither echo nor HMAC; in RFC 8684 the HMAC is there if and only if E = 0.
        return version == MptcpVersion::V0 ? !option.echo && !option.hmac
                                           : option.echo != option.hmac.has_value();
    }
    else if constexpr (std::is_same_v<T, MptcpPrio>)
    {
        return version == MptcpVersion::V0 || !option.addressId;
    }
    else if constexpr (std::is_same_v<T, MptcpTcprst>)
    {
        return version == MptcpVersion::V1;
    }
    else
    {
        return true;
    }
}

/**
 * @param out the option's first octet
 * @param subtype subtype
 * @param nibble low nibble of the subtype octet
 */
void
WriteSubtype(uint8_t* out, MptcpSubtype subtype, uint8_t nibble)
{
    out[2] = static_cast<uint8_t>(static_cast<uint8_t>(subtype) << 4 | (nibble & 0x0f));
}

/**
 * Write what follows the length octet.
 *
 * @param capable the option
 * @param out the option's first octet
 */
void
Write(const MptcpCapable& capable, MptcpVersion /* version */, uint8_t* out)
{
    WriteSubtype(out, MptcpSubtype::MP_CAPABLE, capable.version);
    out[3] = capable.flags;
    if (capable.senderKey)
    {
        StoreBig<uint64_t>(out + 4, *capable.senderKey);
    }
    if (capable.receiverKey)
    {
        StoreBig<uint64_t>(out + 12, *capable.receiverKey);
    }
    if (capable.dataLength)
    {
        StoreBig<uint16_t>(out + 20, *capable.dataLength);
    }
    if (capable.checksum)
    {
        StoreBig<uint16_t>(out + 22, *capable.checksum);
    }
}

/** @copydoc Write(const MptcpCapable&,MptcpVersion,uint8_t*) */
void
Write(const MptcpJoinSyn& join, MptcpVersion /* version */, uint8_t* out)
{
    WriteSubtype(out, MptcpSubtype::MP_JOIN, join.backup ? BACKUP_BIT : 0);
    out[3] = join.addressId;
    StoreBig<uint32_t>(out + 4, join.token);
    StoreBig<uint32_t>(out + 8, join.nonce);
}

/** @copydoc Write(const MptcpCapable&,MptcpVersion,uint8_t*) */
void
Write(const MptcpJoinSynAck& join, MptcpVersion /* version */, uint8_t* out)
{
    WriteSubtype(out, MptcpSubtype::MP_JOIN, join.backup ? BACKUP_BIT : 0);
    out[3] = join.addressId;
    StoreBig<uint64_t>(out + 4, join.hmac);
    StoreBig<uint32_t>(out + 12, join.nonce);
}

/** @copydoc Write(const MptcpCapable&,MptcpVersion,uint8_t*) */
void
Write(const MptcpJoinAck& join, MptcpVersion /* version */, uint8_t* out)
{
    WriteSubtype(out, MptcpSubtype::MP_JOIN, 0);
    out[3] = 0;
    std::copy(join.hmac.begin(), join.hmac.end(), out + HEADER_SIZE);
}

/** @copydoc Write(const MptcpCapable&,MptcpVersion,uint8_t*) */
void
Write(const MptcpDss& dss, MptcpVersion /* version */, uint8_t* out)
{
    WriteSubtype(out, MptcpSubtype::DSS, 0);
    uint8_t flags = dss.dataFin ? DSS_DATA_FIN : 0;
    uint8_t* at = out + HEADER_SIZE;
    if (dss.hasDataAck)
    {
        flags |= DSS_DATA_ACK;
        if (dss.dataAck64)
        {
            flags |= DSS_DATA_ACK_64;
            StoreBig<uint64_t>(at, dss.dataAck);
            at += 8;
        }
        else
        {
            StoreBig<uint32_t>(at, static_cast<uint32_t>(dss.dataAck));
            at += 4;
        }
    }
    if (dss.hasMapping)
    {
        flags |= DSS_MAPPING;
        if (dss.dsn64)
        {
            flags |= DSS_DSN_64;
            StoreBig<uint64_t>(at, dss.dsn);
            at += 8;
        }
        else
        {
            StoreBig<uint32_t>(at, static_cast<uint32_t>(dss.dsn));
            at += 4;
        }
        StoreBig<uint32_t>(at, dss.ssn);
        StoreBig<uint16_t>(at + 4, dss.length);
        if (dss.hasChecksum)
        {
            StoreBig<uint16_t>(at + 6, dss.checksum);
        }
    }
    out[3] = flags;
}

/**
 * Write what follows the length octet.
 *
 * @param add the option
 * @param version version of the connection
 * @param out the option's first octet
 */
void
Write(const MptcpAddAddr& add, MptcpVersion version, uint8_t* out)
{
    const uint8_t nibble = version == MptcpVersion::V0 ? (add.ipv6 ? IP_VERSION_6 : IP_VERSION_4)
                                                       : (add.echo ? ECHO_BIT : 0);
    WriteSubtype(out, MptcpSubtype::ADD_ADDR, nibble);
    out[3] = add.addressId;
    uint8_t* at =
        std::copy_n(add.address.begin(), add.ipv6 ? IPV6_SIZE : IPV4_SIZE, out + HEADER_SIZE);
    if (add.port)
    {
        StoreBig<uint16_t>(at, *add.port);
        at += 2;
    }
    if (add.hmac)
    {
        StoreBig<uint64_t>(at, *add.hmac);
    }
}

/** @copydoc Write(const MptcpCapable&,MptcpVersion,uint8_t*) */
void
Write(const MptcpRemoveAddr& remove, MptcpVersion /* version */, uint8_t* out)
{
    WriteSubtype(out, MptcpSubtype::REMOVE_ADDR, 0);
    std::copy(remove.addressIds.begin(), remove.addressIds.end(), out + PREFIX_SIZE);
}

/** @copydoc Write(const MptcpCapable&,MptcpVersion,uint8_t*) */
void
Write(const MptcpPrio& prio, MptcpVersion /* version */, uint8_t* out)
{
    WriteSubtype(out, MptcpSubtype::MP_PRIO, prio.backup ? BACKUP_BIT : 0);
    if (prio.addressId)
    {
        out[3] = *prio.addressId;
    }
}

/** @copydoc Write(const MptcpCapable&,MptcpVersion,uint8_t*) */
void
Write(const MptcpFail& fail, MptcpVersion /* version */, uint8_t* out)
{
    WriteSubtype(out, MptcpSubtype::MP_FAIL, 0);
    out[3] = 0;
    StoreBig<uint64_t>(out + HEADER_SIZE, fail.dsn);
}

/** @copydoc Write(const MptcpCapable&,MptcpVersion,uint8_t*) */
void
Write(const MptcpFastclose& fastclose, MptcpVersion /* version */, uint8_t* out)
{
    WriteSubtype(out, MptcpSubtype::MP_FASTCLOSE, 0);
    out[3] = 0;
    StoreBig<uint64_t>(out + HEADER_SIZE, fastclose.receiverKey);
}

/** @copydoc Write(const MptcpCapable&,MptcpVersion,uint8_t*) */
void
Write(const MptcpTcprst& reset, MptcpVersion /* version */, uint8_t* out)
{
    // RFC 8684, section 3.6: U, V and W are sent as zero.
    WriteSubtype(out, MptcpSubtype::MP_TCPRST, reset.flags & MPTCP_RST_FLAG_T);
    out[3] = reset.reason;
}

/** @copydoc Write(const MptcpCapable&,MptcpVersion,uint8_t*) */
void
Write(const MptcpExperimental& experimental, MptcpVersion /* version */, uint8_t* out)
{
    WriteSubtype(out, MptcpSubtype::MP_EXPERIMENTAL, experimental.nibble);
    std::copy(experimental.value.begin(), experimental.value.end(), out + PREFIX_SIZE);
}

} // namespace

MptcpWireError
ParseMptcpOption(std::span<const uint8_t> octets, MptcpVersion version, MptcpOption& option)
{
    if (octets.empty())
    {
        return MptcpWireError::TRUNCATED;
    }
    if (octets[0] != MPTCP_OPTION_KIND)
    {
        return MptcpWireError::NOT_MPTCP;
    }
    if (octets.size() < PREFIX_SIZE)
    {
        return MptcpWireError::TRUNCATED;
    }
    const std::size_t length = octets[1];
    if (length < PREFIX_SIZE || length > MPTCP_OPTION_SPACE)
    {
        return MptcpWireError::BAD_LENGTH;
    }
    if (length > octets.size())
    {
        return MptcpWireError::TRUNCATED;
    }
    // From here on, what is parsed has exactly the octets that the length octet says.
    octets = octets.first(length);

    switch (static_cast<MptcpSubtype>(octets[2] >> 4))
    {
    case MptcpSubtype::DSS:
        return ParseDss(octets, option);
    case MptcpSubtype::MP_CAPABLE:
        return ParseCapable(octets, option);
    case MptcpSubtype::MP_JOIN:
        return ParseJoin(octets, option);
    case MptcpSubtype::ADD_ADDR:
        return ParseAddAddr(octets, version, option);
    case MptcpSubtype::REMOVE_ADDR:
        if (length == PREFIX_SIZE)
        {
            return MptcpWireError::BAD_LENGTH;
        }
        option = MptcpRemoveAddr{{octets.begin() + PREFIX_SIZE, octets.end()}};
        return MptcpWireError::NONE;
    case MptcpSubtype::MP_PRIO:
        return ParsePrio(octets, version, option);
    case MptcpSubtype::MP_FAIL:
        return ParseReservedAnd64<MptcpFail>(octets, option);
    case MptcpSubtype::MP_FASTCLOSE:
        return ParseReservedAnd64<MptcpFastclose>(octets, option);
    case MptcpSubtype::MP_TCPRST:
        if (version == MptcpVersion::V0)
        {
            return MptcpWireError::UNKNOWN_SUBTYPE;
        }
        if (length != TCPRST_SIZE)
        {
            return MptcpWireError::BAD_LENGTH;
        }
        // RFC 8684, section 3.6: U, V and W are ignored.
        option = MptcpTcprst{.flags = static_cast<uint8_t>(octets[2] & MPTCP_RST_FLAG_T),
                             .reason = octets[3]};
        return MptcpWireError::NONE;
    case MptcpSubtype::MP_EXPERIMENTAL:
        option = MptcpExperimental{.nibble = GetNibble(octets),
                                   .value = {octets.begin() + PREFIX_SIZE, octets.end()}};
        return MptcpWireError::NONE;
    }
    return MptcpWireError::UNKNOWN_SUBTYPE;
}

std::size_t
GetSerializedSize(const MptcpOption& option)
{
    return std::visit([](const auto& value) { return SizeOf(value); }, option);
}

std::size_t
GetSerializedSize(const MptcpDss& dss)
{
    return SizeOf(dss);
}

std::size_t
SerializeMptcpOption(const MptcpOption& option, MptcpVersion version, std::span<uint8_t> out)
{
    return std::visit(
        [version, out](const auto& value) -> std::size_t {
            const std::size_t size = SizeOf(value);
            if (size == 0 || size > out.size() || !HasForm(value, version))
            {
                return 0;
            }
            out[0] = MPTCP_OPTION_KIND;
            out[1] = static_cast<uint8_t>(size);
            Write(value, version, out.data());
            return size;
        },
        option);
}

} // namespace ns3
