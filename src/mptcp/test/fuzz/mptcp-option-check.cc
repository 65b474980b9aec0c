/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-option-check.h"

#include "ns3/mptcp-option.h"

#include <cstddef>
#include <variant>
#include <vector>

namespace ns3
{

namespace
{

/**
 * What was parsed is written and parsed again.
 *
 * @param octets from the kind octet on
 * @param version version of the connection
 * @param parsed what they say
 * @return the property that does not hold, or null
 */
const char*
CheckRoundTrip(std::span<const uint8_t> octets, MptcpVersion version, const MptcpOption& parsed)
{
    const std::size_t size = GetSerializedSize(parsed);
    if (size < 3 || size > octets[1])
    {
        return "the serialized size is neither too small nor larger than what was parsed";
    }
    // On the heap and of exactly this size, so that the sanitizer sees the first octet too many.
    std::vector<uint8_t> written(size);
    if (SerializeMptcpOption(parsed, version, written) != size)
    {
        return "the serialized size is what is written";
    }
    if (written[0] != MPTCP_OPTION_KIND || written[1] != size)
    {
        return "kind and length come first";
    }
    // Unassigned bits, all of them in the octets 2 and 3, are cleared. No bit is invented.
    for (std::size_t i = 2; i < size; ++i)
    {
        if ((written[i] & ~octets[i]) != 0 || (i >= 4 && written[i] != octets[i]))
        {
            return "what is written is what was parsed, but for unassigned bits";
        }
    }
    const auto* capable = std::get_if<MptcpCapable>(&parsed);
    const bool knownLayout =
        !capable || (capable->version <= 1 && (capable->flags & MPTCP_FLAG_B) == 0);
    if (knownLayout && size != octets[1])
    {
        return "an option of a known layout keeps its length";
    }
    MptcpOption again;
    if (ParseMptcpOption(written, version, again) != MptcpWireError::NONE || !(again == parsed))
    {
        return "what is written is parsed to the same";
    }
    for (std::size_t shorter = 0; shorter < size; ++shorter)
    {
        std::vector<uint8_t> small(shorter);
        if (SerializeMptcpOption(parsed, version, small) != 0)
        {
            return "nothing is written where there is no room";
        }
        const std::vector<uint8_t> cut(written.begin(),
                                       written.begin() + static_cast<std::ptrdiff_t>(shorter));
        if (ParseMptcpOption(cut, version, again) != MptcpWireError::TRUNCATED)
        {
            return "an option that is cut off is truncated";
        }
    }
    return nullptr;
}

/**
 * @param octets from the kind octet on
 * @param version version of the connection
 * @return the property that does not hold, or null
 */
const char*
CheckOption(std::span<const uint8_t> octets, MptcpVersion version)
{
    const MptcpOption untouched = MptcpRemoveAddr{{42}};
    MptcpOption parsed = untouched;
    if (ParseMptcpOption(octets, version, parsed) != MptcpWireError::NONE)
    {
        return parsed == untouched ? nullptr : "an error leaves the result alone";
    }
    return CheckRoundTrip(octets, version, parsed);
}

} // namespace

const char*
CheckMptcpOptionInput(std::span<const uint8_t> input)
{
    if (input.empty())
    {
        return nullptr;
    }
    const auto version = (input[0] & 1) != 0 ? MptcpVersion::V1 : MptcpVersion::V0;
    std::span<const uint8_t> octets = input.subspan(1);
    const char* fault = CheckOption(octets, version);
    // Walk the list as a TCP receiver does (RFC 9293, section 3.1).
    while (!fault && !octets.empty() && octets[0] != 0)
    {
        if (octets[0] == 1)
        {
            octets = octets.subspan(1);
            continue;
        }
        fault = CheckOption(octets, version);
        if (octets.size() < 2 || octets[1] < 2 || octets[1] > octets.size())
        {
            break;
        }
        octets = octets.subspan(octets[1]);
    }
    return fault;
}

} // namespace ns3
