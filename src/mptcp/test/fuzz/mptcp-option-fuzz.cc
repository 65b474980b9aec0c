/*
 * SPDX-License-Identifier: GPL-2.0-only
 *
 * libFuzzer target of the option codec, without ns-3. Build it with clang++ -std=c++20
 * -fsanitize=fuzzer,address,undefined from this file and model/wire/mptcp-option.cc, with
 * model/wire/mptcp-option.h to be found as ns3/mptcp-option.h, and run it on the corpus directory.
 *
 * The lowest bit of the first octet of the input is the version of the connection. The rest is the
 * option list of a segment, of which each option of kind 30 is parsed in turn.
 */
#include "ns3/mptcp-option.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

using namespace ns3;

namespace
{

/** Stop as a finding. @param holds a property of the codec */
void
Require(bool holds)
{
    if (!holds)
    {
        __builtin_trap();
    }
}

/**
 * Parse the octets and check that what was parsed survives being written.
 *
 * @param octets from the kind octet on
 * @param version version of the connection
 */
void
CheckOption(std::span<const uint8_t> octets, MptcpVersion version)
{
    const MptcpOption untouched = MptcpRemoveAddr{{42}};
    MptcpOption parsed = untouched;
    if (ParseMptcpOption(octets, version, parsed) != MptcpWireError::NONE)
    {
        Require(parsed == untouched);
        return;
    }

    const std::size_t size = GetSerializedSize(parsed);
    Require(size >= 3 && size <= octets[1]);
    // On the heap and of exactly this size, so that the sanitizer sees the first octet too many.
    std::vector<uint8_t> written(size);
    Require(SerializeMptcpOption(parsed, version, written) == size);
    Require(written[0] == MPTCP_OPTION_KIND && written[1] == size);
    // Unassigned bits, all of them in the octets 2 and 3, are cleared. No bit is invented.
    for (std::size_t i = 2; i < size; ++i)
    {
        Require((written[i] & ~octets[i]) == 0);
        Require(i < 4 || written[i] == octets[i]);
    }
    const auto* capable = std::get_if<MptcpCapable>(&parsed);
    const bool knownLayout =
        !capable || (capable->version <= 1 && (capable->flags & MPTCP_FLAG_B) == 0);
    Require(!knownLayout || size == octets[1]);

    MptcpOption again;
    Require(ParseMptcpOption(written, version, again) == MptcpWireError::NONE);
    Require(again == parsed);

    for (std::size_t shorter = 0; shorter < size; ++shorter)
    {
        std::vector<uint8_t> small(shorter);
        Require(SerializeMptcpOption(parsed, version, small) == 0);
        std::vector<uint8_t> cut(written.begin(),
                                 written.begin() + static_cast<std::ptrdiff_t>(shorter));
        Require(ParseMptcpOption(cut, version, again) == MptcpWireError::TRUNCATED);
    }
}

} // namespace

/**
 * Entry point that libFuzzer calls.
 *
 * @param data input
 * @param size its octets
 * @return 0
 */
extern "C" int
LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size)
{
    if (size == 0)
    {
        return 0;
    }
    const auto version = (data[0] & 1) != 0 ? MptcpVersion::V1 : MptcpVersion::V0;
    std::span<const uint8_t> octets(data + 1, size - 1);
    CheckOption(octets, version);
    // Walk the list as a TCP receiver does (RFC 9293, section 3.1).
    while (!octets.empty() && octets[0] != 0)
    {
        if (octets[0] == 1)
        {
            octets = octets.subspan(1);
            continue;
        }
        CheckOption(octets, version);
        if (octets.size() < 2 || octets[1] < 2 || octets[1] > octets.size())
        {
            break;
        }
        octets = octets.subspan(octets[1]);
    }
    return 0;
}
