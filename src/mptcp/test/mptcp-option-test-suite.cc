/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-hex.h"

#include "ns3/mptcp-option.h"
#include "ns3/test.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

using namespace ns3;

namespace
{

// A type that is copied by its octets owns no memory: a DSS is handled without allocation.
static_assert(std::is_trivially_copyable_v<MptcpDss>);

/** An option in both representations. */
struct Sample
{
    std::string name;     ///< what it is
    MptcpVersion version; ///< version of the connection
    std::string hex;      ///< octets
    MptcpOption option;   ///< value
};

constexpr uint64_t KEY_A = 0x0102030405060708;         ///< key A of the golden vectors
constexpr uint64_t KEY_B = 0x1112131415161718;         ///< key B of the golden vectors
constexpr std::string_view HEX_A = "0102030405060708"; ///< KEY_A in octets
constexpr std::string_view HEX_B = "1112131415161718"; ///< KEY_B in octets

/** @param version version @return its number, for messages */
int
Number(MptcpVersion version)
{
    return static_cast<int>(version);
}

/** @param error error @return its number, which the test framework can print */
int
Number(MptcpWireError error)
{
    return static_cast<int>(error);
}

/** @param text pieces of hexadecimal digits @return all of them */
template <typename... T>
std::string
Join(const T&... text)
{
    std::string all;
    (all.append(text), ...);
    return all;
}

/**
 * @param version raw version nibble
 * @param flags flag octet
 * @param sender sender's key
 * @param receiver receiver's key
 * @param length Data-Level Length
 * @param checksum checksum
 * @return MP_CAPABLE
 */
MptcpCapable
Capable(uint8_t version,
        uint8_t flags,
        std::optional<uint64_t> sender = {},
        std::optional<uint64_t> receiver = {},
        std::optional<uint16_t> length = {},
        std::optional<uint16_t> checksum = {})
{
    return {version, flags, sender, receiver, length, checksum};
}

/**
 * @param echo E
 * @param id Address ID
 * @param address hexadecimal digits of the address
 * @param port port
 * @param hmac truncated HMAC
 * @return ADD_ADDR
 */
MptcpAddAddr
AddAddr(bool echo,
        uint8_t id,
        std::string_view address,
        std::optional<uint16_t> port = {},
        std::optional<uint64_t> hmac = {})
{
    const auto octets = FromHex(address);
    MptcpAddAddr add{echo, id, octets.size() == 16, {}, port, hmac};
    std::copy(octets.begin(), octets.end(), add.address.begin());
    return add;
}

/** @return one option of every form and of every length, in canonical octets */
std::vector<Sample>
MakeSamples()
{
    constexpr auto V0 = MptcpVersion::V0;
    constexpr auto V1 = MptcpVersion::V1;
    const std::string v6 = "20010db8000000000000000000000001";

    std::vector<Sample> samples{
        // The first seven are the golden octets of the reference.
        {"v0 MP_CAPABLE SYN", V0, Join("1e0c0081", HEX_A), Capable(0, 0x81, KEY_A)},
        {"v0 MP_CAPABLE ACK", V0, Join("1e140081", HEX_A, HEX_B), Capable(0, 0x81, KEY_A, KEY_B)},
        {"v1 MP_CAPABLE SYN", V1, "1e040101", Capable(1, 0x01)},
        {"v1 MP_CAPABLE SYN/ACK", V1, Join("1e0c0101", HEX_B), Capable(1, 0x01, KEY_B)},
        {"v1 MP_CAPABLE ACK", V1, Join("1e140101", HEX_A, HEX_B), Capable(1, 0x01, KEY_A, KEY_B)},
        {"v1 MP_CAPABLE ACK + 100 octets",
         V1,
         Join("1e160101", HEX_A, HEX_B, "0064"),
         Capable(1, 0x01, KEY_A, KEY_B, 100)},
        {"v1 ADD_ADDR 10.0.2.1",
         V1,
         "1e103002 0a000201 669a7d267aca56dd",
         AddAddr(false, 2, "0a000201", {}, 0x669a7d267aca56dd)},

        {"v1 MP_CAPABLE ACK + data, checksum",
         V1,
         Join("1e180181", HEX_A, HEX_B, "0064 4db6"),
         Capable(1, 0x81, KEY_A, KEY_B, 100, 0x4db6)},
        {"v1 MP_CAPABLE, C bit", V1, "1e040121", Capable(1, MPTCP_FLAG_C | MPTCP_FLAG_H)},
        {"v1 MP_CAPABLE, all crypto bits", V1, "1e04011f", Capable(1, 0x1f)},
        {"v1 MP_CAPABLE in a connection that knows v0 only", V0, "1e040101", Capable(1, 0x01)},
        {"v0 MP_CAPABLE in a connection that knows v1",
         V1,
         Join("1e0c0001", HEX_A),
         Capable(0, 0x01, KEY_A)},
        {"v2 MP_CAPABLE SYN", V1, "1e040201", Capable(2, 0x01)},
        {"v15 MP_CAPABLE, 12 octets", V1, Join("1e0c0f01", HEX_A), Capable(15, 0x01, KEY_A)},
        {"v1 MP_CAPABLE with B", V1, "1e040141", Capable(1, MPTCP_FLAG_B | MPTCP_FLAG_H)},

        {"DSS, nothing", V1, "1e042000", MptcpDss{}},
        {"DSS, DATA_FIN alone", V1, "1e042010", MptcpDss{.dataFin = true}},
        {"DSS, 32-bit DATA_ACK",
         V1,
         "1e082001 89abcdef",
         MptcpDss{.hasDataAck = true, .dataAck = 0x89abcdef}},
        {"DSS, 64-bit DATA_ACK",
         V1,
         "1e0c2003 0123456789abcdef",
         MptcpDss{.hasDataAck = true, .dataAck64 = true, .dataAck = 0x0123456789abcdef}},
        {"DSS, infinite mapping",
         V1,
         "1e102004 00000005 00000001 0000 0000",
         MptcpDss{.hasMapping = true, .hasChecksum = true, .dsn = 5, .ssn = 1}},
        {"DSS, DATA_FIN without data, golden checksum",
         V1,
         "1e14201c 0123456789abcdf9 00000000 0001 61cf",
         MptcpDss{.hasMapping = true,
                  .dsn64 = true,
                  .dataFin = true,
                  .hasChecksum = true,
                  .dsn = 0x0123456789abcdf9,
                  .ssn = 0,
                  .length = 1,
                  .checksum = 0x61cf}},
        {"DSS, the RFC's largest",
         V1,
         "1e1c201f fedcba9876543210 0123456789abcdef 00000001 000a 4db6",
         MptcpDss{.hasDataAck = true,
                  .dataAck64 = true,
                  .hasMapping = true,
                  .dsn64 = true,
                  .dataFin = true,
                  .hasChecksum = true,
                  .dataAck = 0xfedcba9876543210,
                  .dsn = 0x0123456789abcdef,
                  .ssn = 1,
                  .length = 10,
                  .checksum = 0x4db6}},

        {"v1 ADD_ADDR 10.0.2.1:8080",
         V1,
         "1e123002 0a000201 1f90 fdbd3c9ab593d9f8",
         AddAddr(false, 2, "0a000201", 8080, 0xfdbd3c9ab593d9f8)},
        {"v1 ADD_ADDR 2001:db8::1",
         V1,
         Join("1e1c3003", v6, "4767f845dc847183"),
         AddAddr(false, 3, v6, {}, 0x4767f845dc847183)},
        {"v1 ADD_ADDR 2001:db8::1, port 443",
         V1,
         Join("1e1e3003", v6, "01bb", HEX_A),
         AddAddr(false, 3, v6, 443, KEY_A)},
        {"v1 ADD_ADDR echo", V1, "1e083102 0a000201", AddAddr(true, 2, "0a000201")},
        {"v1 ADD_ADDR echo, port",
         V1,
         "1e0a3102 0a000201 1f90",
         AddAddr(true, 2, "0a000201", 8080)},
        {"v1 ADD_ADDR echo, IPv6", V1, Join("1e143103", v6), AddAddr(true, 3, v6)},
        {"v1 ADD_ADDR echo, IPv6, port", V1, Join("1e163103", v6, "0000"), AddAddr(true, 3, v6, 0)},
        {"v0 ADD_ADDR", V0, "1e083402 0a000201", AddAddr(false, 2, "0a000201")},
        {"v0 ADD_ADDR, port", V0, "1e0a3402 0a000201 1f90", AddAddr(false, 2, "0a000201", 8080)},
        {"v0 ADD_ADDR, IPv6", V0, Join("1e143603", v6), AddAddr(false, 3, v6)},
        {"v0 ADD_ADDR, IPv6, port", V0, Join("1e163603", v6, "1f90"), AddAddr(false, 3, v6, 8080)},

        {"v0 MP_PRIO with Address ID", V0, "1e045107", MptcpPrio{true, 7}},
        {"v0 MP_PRIO with Address ID, no backup", V0, "1e045007", MptcpPrio{false, 7}},
    };

    // Forms that are the same in both versions.
    for (const auto version : {V0, V1})
    {
        std::array<uint8_t, 20> hmac;
        const auto golden = FromHex("5f9d9b1144766ae5a6402e4bc813bf52fad0199b");
        std::copy(golden.begin(), golden.end(), hmac.begin());
        samples.insert(
            samples.end(),
            {
                {"MP_JOIN SYN",
                 version,
                 "1e0c1002 ccad45ac a1a2a3a4",
                 MptcpJoinSyn{false, 2, 0xccad45ac, 0xa1a2a3a4}},
                {"MP_JOIN SYN, backup",
                 version,
                 "1e0c11ff ccad45ac a1a2a3a4",
                 MptcpJoinSyn{true, 255, 0xccad45ac, 0xa1a2a3a4}},
                {"MP_JOIN SYN/ACK",
                 version,
                 "1e101003 864b40428762fd06 b1b2b3b4",
                 MptcpJoinSynAck{false, 3, 0x864b40428762fd06, 0xb1b2b3b4}},
                {"MP_JOIN SYN/ACK, backup",
                 version,
                 "1e101103 864b40428762fd06 b1b2b3b4",
                 MptcpJoinSynAck{true, 3, 0x864b40428762fd06, 0xb1b2b3b4}},
                {"MP_JOIN ACK",
                 version,
                 "1e181000 5f9d9b1144766ae5a6402e4bc813bf52fad0199b",
                 MptcpJoinAck{hmac}},
                {"MP_PRIO", version, "1e0350", MptcpPrio{false, {}}},
                {"MP_PRIO, backup", version, "1e0351", MptcpPrio{true, {}}},
                {"MP_FAIL", version, "1e0c6000 0123456789abcdef", MptcpFail{0x0123456789abcdef}},
                {"MP_FASTCLOSE", version, Join("1e0c7000", HEX_B), MptcpFastclose{KEY_B}},
            });

        // Every combination of the DSS flags, with and without checksum.
        for (int bits = 0; bits < 64; ++bits)
        {
            MptcpDss dss;
            dss.hasDataAck = (bits & 1) != 0;
            dss.dataAck64 = (bits & 2) != 0;
            dss.hasMapping = (bits & 4) != 0;
            dss.dsn64 = (bits & 8) != 0;
            dss.dataFin = (bits & 16) != 0;
            dss.hasChecksum = (bits & 32) != 0;
            if ((dss.dataAck64 && !dss.hasDataAck) ||
                ((dss.dsn64 || dss.hasChecksum) && !dss.hasMapping))
            {
                continue;
            }
            std::string body;
            if (dss.hasDataAck)
            {
                dss.dataAck = dss.dataAck64 ? 0xa0a1a2a3a4a5a6a7 : 0xa4a5a6a7;
                body += dss.dataAck64 ? "a0a1a2a3a4a5a6a7" : "a4a5a6a7";
            }
            if (dss.hasMapping)
            {
                dss.dsn = dss.dsn64 ? 0xd0d1d2d3d4d5d6d7 : 0xd4d5d6d7;
                dss.ssn = 0x50515253;
                dss.length = 0x6061;
                body += dss.dsn64 ? "d0d1d2d3d4d5d6d7" : "d4d5d6d7";
                body += "505152536061";
                dss.checksum = dss.hasChecksum ? 0xc0c1 : 0;
                body += dss.hasChecksum ? "c0c1" : "";
            }
            const std::array<uint8_t, 4> header{30,
                                                static_cast<uint8_t>(4 + body.size() / 2),
                                                0x20,
                                                static_cast<uint8_t>(bits & 31)};
            samples.push_back({"DSS, flags " + ToHex(std::span(header).last(1)) +
                                   (dss.hasChecksum ? ", checksum" : ""),
                               version,
                               ToHex(header) + body,
                               dss});
        }

        // Every number of addresses and of experimental octets.
        for (std::size_t n = 0; n <= 37; ++n)
        {
            std::vector<uint8_t> octets(n);
            std::generate(octets.begin(), octets.end(), [i = uint8_t{200}]() mutable {
                return i++;
            });
            const std::array<uint8_t, 2> prefix{30, static_cast<uint8_t>(3 + n)};
            if (n > 0)
            {
                samples.push_back({"REMOVE_ADDR of " + std::to_string(n),
                                   version,
                                   ToHex(prefix) + "40" + ToHex(octets),
                                   MptcpRemoveAddr{octets}});
            }
            samples.push_back({"MP_EXPERIMENTAL of " + std::to_string(n),
                               version,
                               ToHex(prefix) + "fa" + ToHex(octets),
                               MptcpExperimental{0x0a, octets}});
        }
    }

    // Every reason, and reasons that no RFC assigns.
    for (const auto& [reason, hex] : {std::pair<uint8_t, std::string>{MPTCP_RST_UNSPECIFIED, "00"},
                                      {MPTCP_RST_MPTCP, "01"},
                                      {MPTCP_RST_RESOURCES, "02"},
                                      {MPTCP_RST_PROHIBITED, "03"},
                                      {MPTCP_RST_OUTSTANDING, "04"},
                                      {MPTCP_RST_PERFORMANCE, "05"},
                                      {MPTCP_RST_MIDDLEBOX, "06"},
                                      {7, "07"},
                                      {255, "ff"}})
    {
        samples.push_back({"MP_TCPRST, permanent", V1, "1e0480" + hex, MptcpTcprst{0, reason}});
        samples.push_back(
            {"MP_TCPRST, transient", V1, "1e0481" + hex, MptcpTcprst{MPTCP_RST_FLAG_T, reason}});
    }
    return samples;
}

/** @param option any option @param version version @return its octets in hexadecimal digits */
std::string
Written(const MptcpOption& option, MptcpVersion version)
{
    std::vector<uint8_t> out(GetSerializedSize(option));
    const std::size_t size = SerializeMptcpOption(option, version, out);
    return ToHex(std::span(out).first(size));
}

/** @return a value that no test parses, to see that an error leaves the result alone */
MptcpOption
Untouched()
{
    return MptcpExperimental{0x05, {1, 2, 3}};
}

/**
 * @ingroup tests
 * Every form, read and written.
 */
class MptcpOptionFormsTest : public TestCase
{
  public:
    MptcpOptionFormsTest()
        : TestCase("every form, read and written")
    {
    }

  private:
    void DoRun() override
    {
        for (const Sample& sample : MakeSamples())
        {
            const std::string what = "v" + std::to_string(Number(sample.version)) +
                                     " connection: " + sample.name + " " + sample.hex;
            const auto octets = FromHex(sample.hex);
            MptcpOption parsed = Untouched();
            NS_TEST_ASSERT_MSG_EQ(Number(ParseMptcpOption(octets, sample.version, parsed)),
                                  Number(MptcpWireError::NONE),
                                  what);
            NS_TEST_EXPECT_MSG_EQ((parsed == sample.option), true, what << ": value");
            NS_TEST_EXPECT_MSG_EQ(GetSerializedSize(sample.option), octets.size(), what);
            NS_TEST_EXPECT_MSG_EQ(Written(sample.option, sample.version), ToHex(octets), what);
            if (const auto* dss = std::get_if<MptcpDss>(&sample.option))
            {
                NS_TEST_EXPECT_MSG_EQ(GetSerializedSize(*dss), octets.size(), what);
            }

            // What follows the option in the segment is not part of it.
            auto longer = octets;
            longer.insert(longer.end(), {1, 1, 0xff});
            MptcpOption again = Untouched();
            NS_TEST_EXPECT_MSG_EQ(Number(ParseMptcpOption(longer, sample.version, again)),
                                  Number(MptcpWireError::NONE),
                                  what << ", octets after it");
            NS_TEST_EXPECT_MSG_EQ((again == sample.option), true, what << ", octets after it");
        }
    }
};

/**
 * @ingroup tests
 * Every form cut at each octet, and written where there is no room.
 */
class MptcpOptionTruncationTest : public TestCase
{
  public:
    MptcpOptionTruncationTest()
        : TestCase("every form, cut at each octet")
    {
    }

  private:
    void DoRun() override
    {
        for (const Sample& sample : MakeSamples())
        {
            const auto octets = FromHex(sample.hex);
            for (std::size_t size = 0; size < octets.size(); ++size)
            {
                // A vector of exactly these octets: a memory checker sees a read behind it.
                const std::vector<uint8_t> cut(octets.data(), octets.data() + size);
                MptcpOption parsed = Untouched();
                NS_TEST_EXPECT_MSG_EQ(Number(ParseMptcpOption(cut, sample.version, parsed)),
                                      Number(MptcpWireError::TRUNCATED),
                                      sample.name << " cut to " << size);
                NS_TEST_EXPECT_MSG_EQ((parsed == Untouched()), true, "result is left alone");

                std::vector<uint8_t> small(size, 0x5a);
                NS_TEST_EXPECT_MSG_EQ(SerializeMptcpOption(sample.option, sample.version, small),
                                      0,
                                      sample.name << " into " << size);
                NS_TEST_EXPECT_MSG_EQ((small == std::vector<uint8_t>(size, 0x5a)),
                                      true,
                                      "nothing is written");
            }
            // More room than needed: the rest is left alone.
            std::vector<uint8_t> large(octets.size() + 3, 0x5a);
            NS_TEST_EXPECT_MSG_EQ(SerializeMptcpOption(sample.option, sample.version, large),
                                  octets.size(),
                                  sample.name);
            NS_TEST_EXPECT_MSG_EQ(ToHex(large), ToHex(octets) + "5a5a5a", sample.name);
        }
    }
};

/**
 * @ingroup tests
 * Which lengths each subtype has in each version, and that no other is taken.
 */
class MptcpOptionLengthTest : public TestCase
{
  public:
    MptcpOptionLengthTest()
        : TestCase("lengths of every subtype")
    {
    }

  private:
    /**
     * The lengths that the RFCs give, as a table that shares nothing with the codec.
     *
     * @param version version of the connection
     * @param second third octet of the option: subtype and nibble
     * @param third fourth octet of the option
     * @return allowed lengths
     */
    static std::set<int> Allowed(MptcpVersion version, uint8_t second, uint8_t third)
    {
        const int subtype = second >> 4;
        const int nibble = second & 15;
        std::set<int> any;
        for (int n = 4; n <= 40; ++n)
        {
            any.insert(n);
        }
        switch (subtype)
        {
        case 0:
            if (nibble > 1 || (third & 0x40) != 0)
            {
                return any; // not our layout: shown to the stack whatever its length
            }
            return nibble == 0 ? std::set{12, 20} : std::set{4, 12, 20, 22, 24};
        case 1:
            return {12, 16, 24};
        case 2: {
            const int ack = (third & 1) == 0 ? 0 : ((third & 2) == 0 ? 4 : 8);
            if ((third & 4) == 0)
            {
                return {4 + ack};
            }
            const int map = ack + ((third & 8) == 0 ? 4 : 8) + 6;
            return {4 + map, 4 + map + 2};
        }
        case 3:
            if (version == MptcpVersion::V0)
            {
                return nibble == 4   ? std::set{8, 10}
                       : nibble == 6 ? std::set{20, 22}
                                     : std::set<int>{};
            }
            return (nibble & 1) != 0 ? std::set{8, 10, 20, 22} : std::set{16, 18, 28, 30};
        case 4:
            return any;
        case 5:
            return version == MptcpVersion::V0 ? std::set{3, 4} : std::set{3};
        case 6:
        case 7:
            return {12};
        case 8:
            return version == MptcpVersion::V0 ? std::set<int>{} : std::set{4};
        case 15:
            any.insert(3);
            return any;
        default:
            return {};
        }
    }

    void DoRun() override
    {
        for (const auto version : {MptcpVersion::V0, MptcpVersion::V1})
        {
            for (int second = 0; second < 256; ++second)
            {
                // Any value of the flag octets that matters, and one with unassigned bits.
                for (const uint8_t third : {0x00, 0x01, 0x04, 0x05, 0x0a, 0x0f, 0x1f, 0x40, 0xff})
                {
                    const auto allowed = Allowed(version, static_cast<uint8_t>(second), third);
                    for (int length = 0; length < 256; ++length)
                    {
                        std::vector<uint8_t> octets(std::max(length, 3), 0xc3);
                        octets[0] = MPTCP_OPTION_KIND;
                        octets[1] = static_cast<uint8_t>(length);
                        octets[2] = static_cast<uint8_t>(second);
                        if (octets.size() > 3)
                        {
                            octets[3] = third;
                        }
                        MptcpOption parsed = Untouched();
                        const auto error = ParseMptcpOption(octets, version, parsed);
                        NS_TEST_ASSERT_MSG_EQ((error == MptcpWireError::NONE),
                                              (allowed.count(length) != 0),
                                              "v" << Number(version) << " length " << length
                                                  << ", octets 2 and 3 " << second << " "
                                                  << static_cast<int>(third));
                        if (error == MptcpWireError::NONE)
                        {
                            continue;
                        }
                        NS_TEST_ASSERT_MSG_EQ((parsed == Untouched()),
                                              true,
                                              "an error leaves the result alone");
                        // The reason: octets that cannot be an option come first.
                        const int subtype = second >> 4;
                        const bool unknown = (subtype > 8 && subtype < 15) ||
                                             (subtype == 8 && version == MptcpVersion::V0);
                        const bool badField = subtype == 3 && version == MptcpVersion::V0 &&
                                              length > 3 && allowed.empty();
                        const auto expected = length < 3 || length > 40 ? MptcpWireError::BAD_LENGTH
                                              : unknown  ? MptcpWireError::UNKNOWN_SUBTYPE
                                              : badField ? MptcpWireError::BAD_FIELD
                                                         : MptcpWireError::BAD_LENGTH;
                        NS_TEST_ASSERT_MSG_EQ(Number(error),
                                              Number(expected),
                                              "reason, v" << Number(version) << " length " << length
                                                          << ", octet 2 " << second);
                    }
                }
            }
        }

        MptcpOption parsed = Untouched();
        for (int kind = 0; kind < 256; ++kind)
        {
            const std::vector<uint8_t> octets{static_cast<uint8_t>(kind), 4, 0x01, 0x01};
            NS_TEST_EXPECT_MSG_EQ(
                Number(ParseMptcpOption(octets, MptcpVersion::V1, parsed)),
                Number(kind == 30 ? MptcpWireError::NONE : MptcpWireError::NOT_MPTCP),
                "kind " << kind);
        }
    }
};

/**
 * @ingroup tests
 * Bits that no RFC assigns are tolerated and are not sent on.
 */
class MptcpOptionReservedTest : public TestCase
{
  public:
    MptcpOptionReservedTest()
        : TestCase("unassigned bits and values")
    {
    }

  private:
    /**
     * @param version version of the connection
     * @param received octets with unassigned bits set
     * @param expected what the parsed value is written as
     */
    void Check(MptcpVersion version, const std::string& received, const std::string& expected)
    {
        MptcpOption parsed = Untouched();
        NS_TEST_ASSERT_MSG_EQ(Number(ParseMptcpOption(FromHex(received), version, parsed)),
                              Number(MptcpWireError::NONE),
                              received);
        NS_TEST_EXPECT_MSG_EQ(Written(parsed, version), ToHex(FromHex(expected)), received);
    }

    void DoRun() override
    {
        constexpr auto V0 = MptcpVersion::V0;
        constexpr auto V1 = MptcpVersion::V1;
        for (const auto version : {V0, V1})
        {
            Check(version, "1e0c1e02 ccad45ac a1a2a3a4", "1e0c1002 ccad45ac a1a2a3a4");
            Check(version, "1e0c1f02 ccad45ac a1a2a3a4", "1e0c1102 ccad45ac a1a2a3a4");
            Check(version,
                  "1e101f03 864b40428762fd06 b1b2b3b4",
                  "1e101103 864b40428762fd06 b1b2b3b4");
            Check(version,
                  "1e181fff 5f9d9b1144766ae5a6402e4bc813bf52fad0199b",
                  "1e181000 5f9d9b1144766ae5a6402e4bc813bf52fad0199b");
            Check(version, "1e042fe0", "1e042000");
            // Without A and M, "a" and "m" mean nothing.
            Check(version, "1e04200a", "1e042000");
            Check(version, "1e082fe9 89abcdef", "1e082001 89abcdef");
            Check(version, "1e0e2006 89abcdef 00000001 000a", "1e0e2004 89abcdef 00000001 000a");
            Check(version, "1e054f0203", "1e05400203");
            Check(version, "1e035e", "1e0350");
            Check(version, "1e035f", "1e0351");
            Check(version, "1e0c6fff 0123456789abcdef", "1e0c6000 0123456789abcdef");
            Check(version, "1e0c7fff 1112131415161718", "1e0c7000 1112131415161718");
        }
        Check(V0, "1e045f07", "1e045107");
        Check(V1, "1e103e02 0a000201 669a7d267aca56dd", "1e103002 0a000201 669a7d267aca56dd");
        Check(V1, "1e083f02 0a000201", "1e083102 0a000201");
        Check(V1, "1e048e06", "1e048006");
        Check(V1, "1e048f06", "1e048106");

        // A layout that is not ours: the longest form that fits, for each version and for B.
        const std::string body = Join(HEX_A, HEX_B, "00644db6") + std::string(32, 'e');
        for (const uint8_t octet : {0x02, 0x0f, 0x00, 0x01})
        {
            const uint8_t flags = octet > 1 ? 0x81 : 0xc1;
            for (std::size_t length = 4; length <= 40; ++length)
            {
                const auto header = [&](std::size_t size) {
                    return std::array<uint8_t, 4>{30, static_cast<uint8_t>(size), octet, flags};
                };
                std::size_t size = 4;
                for (const std::size_t form : {12, 20, 22, 24})
                {
                    size = form <= length ? form : size;
                }
                Check(V1,
                      ToHex(header(length)) + body.substr(0, 2 * (length - 4)),
                      ToHex(header(size)) + body.substr(0, 2 * (size - 4)));
            }
        }
    }
};

/**
 * @ingroup tests
 * Values that no version, or not this version, can carry are not written.
 */
class MptcpOptionUnwritableTest : public TestCase
{
  public:
    MptcpOptionUnwritableTest()
        : TestCase("values without a form")
    {
    }

  private:
    /**
     * @param option value
     * @param version version of the connection
     * @param what for messages
     */
    void Refuse(const MptcpOption& option, MptcpVersion version, const std::string& what)
    {
        std::vector<uint8_t> out(64, 0x5a);
        NS_TEST_EXPECT_MSG_EQ(SerializeMptcpOption(option, version, out),
                              0,
                              what << " in v" << Number(version));
        NS_TEST_EXPECT_MSG_EQ((out == std::vector<uint8_t>(64, 0x5a)),
                              true,
                              what << ": nothing is written");
    }

    void DoRun() override
    {
        constexpr auto V0 = MptcpVersion::V0;
        constexpr auto V1 = MptcpVersion::V1;

        const std::vector<std::pair<std::string, MptcpOption>> formless{
            {"MP_CAPABLE with the receiver's key only", Capable(1, 1, {}, KEY_B)},
            {"MP_CAPABLE with a length and one key", Capable(1, 1, KEY_A, {}, 1)},
            {"MP_CAPABLE with a length and no key", Capable(1, 1, {}, {}, 1)},
            {"MP_CAPABLE with a checksum and no length", Capable(1, 1, KEY_A, KEY_B, {}, 1)},
            {"ADD_ADDR echo with HMAC", AddAddr(true, 1, "0a000201", {}, KEY_A)},
            {"REMOVE_ADDR of nothing", MptcpRemoveAddr{}},
            {"REMOVE_ADDR of 38", MptcpRemoveAddr{std::vector<uint8_t>(38)}},
            {"MP_EXPERIMENTAL of 38", MptcpExperimental{0, std::vector<uint8_t>(38)}},
        };
        for (const auto& [what, option] : formless)
        {
            NS_TEST_EXPECT_MSG_EQ(GetSerializedSize(option), 0, what);
            Refuse(option, V0, what);
            Refuse(option, V1, what);
        }

        Refuse(Capable(16, 1), V1, "MP_CAPABLE of version 16");
        Refuse(Capable(0, 1), V0, "v0 MP_CAPABLE without key");
        Refuse(Capable(0, 1, KEY_A, KEY_B, 1), V0, "v0 MP_CAPABLE with data");
        Refuse(Capable(0, 1, KEY_A, KEY_B, 1, 1), V0, "v0 MP_CAPABLE with data and checksum");
        Refuse(AddAddr(false, 1, "0a000201", {}, KEY_A), V0, "ADD_ADDR with HMAC");
        Refuse(AddAddr(true, 1, "0a000201"), V0, "ADD_ADDR echo");
        Refuse(AddAddr(false, 1, "0a000201"), V1, "ADD_ADDR without HMAC");
        Refuse(MptcpPrio{true, 1}, V1, "MP_PRIO with Address ID");
        Refuse(MptcpTcprst{}, V0, "MP_TCPRST");

        // What the writer ignores: unassigned flags, and fields whose presence flag is clear.
        NS_TEST_EXPECT_MSG_EQ(Written(MptcpTcprst{0xff, 6}, V1), "1e048106", "U, V and W");
        NS_TEST_EXPECT_MSG_EQ(Written(MptcpExperimental{0xfa, {1}}, V1), "1e04fa01", "nibble");
        NS_TEST_EXPECT_MSG_EQ(
            Written(MptcpDss{.dataAck64 = true, .dsn64 = true, .hasChecksum = true}, V1),
            "1e042000",
            "flags without A and M");
        NS_TEST_EXPECT_MSG_EQ(Written(MptcpDss{.hasDataAck = true,
                                               .hasMapping = true,
                                               .dataAck = 0x1122334455667788,
                                               .dsn = 0x99aabbccddeeff00,
                                               .ssn = 1,
                                               .length = 2},
                                      V1),
                              "1e12200555667788ddeeff00000000010002",
                              "32-bit fields are the low halves");
    }
};

/**
 * @ingroup tests
 * Whatever is parsed is written and parsed back to the same value.
 */
class MptcpOptionRandomTest : public TestCase
{
  public:
    MptcpOptionRandomTest()
        : TestCase("any octets: parsed, written, parsed")
    {
    }

  private:
    /**
     * @param octets any octets
     * @param version version of the connection
     * @return empty, or the property that does not hold
     */
    static std::string Violation(std::span<const uint8_t> octets, MptcpVersion version)
    {
        MptcpOption parsed;
        if (ParseMptcpOption(octets, version, parsed) != MptcpWireError::NONE)
        {
            return "";
        }
        std::array<uint8_t, MPTCP_OPTION_SPACE> out;
        const std::size_t size = SerializeMptcpOption(parsed, version, out);
        if (size == 0 || size != GetSerializedSize(parsed) || size > octets[1])
        {
            return "size";
        }
        const std::span<const uint8_t> written = std::span(out).first(size);
        if (written[0] != 30 || written[1] != size)
        {
            return "kind and length";
        }
        for (std::size_t i = 2; i < size; ++i)
        {
            // Only unassigned bits change, all of them in octets 2 and 3, and only to zero.
            if (written[i] != octets[i] && (i > 3 || (written[i] & ~octets[i]) != 0))
            {
                return "octet " + std::to_string(i);
            }
        }
        MptcpOption again;
        if (ParseMptcpOption(written, version, again) != MptcpWireError::NONE)
        {
            return "written octets are refused";
        }
        return again == parsed ? "" : "value";
    }

    void DoRun() override
    {
        // All values of the two octets that decide the form, in every length.
        std::array<uint8_t, MPTCP_OPTION_SPACE> fixed;
        for (std::size_t i = 0; i < fixed.size(); ++i)
        {
            fixed[i] = static_cast<uint8_t>(0xa0 + 7 * i);
        }
        fixed[0] = MPTCP_OPTION_KIND;
        for (const auto version : {MptcpVersion::V0, MptcpVersion::V1})
        {
            for (int pair = 0; pair < 65536; ++pair)
            {
                fixed[2] = static_cast<uint8_t>(pair >> 8);
                fixed[3] = static_cast<uint8_t>(pair);
                for (std::size_t length = 3; length <= fixed.size(); ++length)
                {
                    fixed[1] = static_cast<uint8_t>(length);
                    const auto octets = std::span<const uint8_t>(fixed).first(length);
                    const auto violation = Violation(octets, version);
                    NS_TEST_ASSERT_MSG_EQ(violation,
                                          "",
                                          "v" << Number(version) << " " << ToHex(octets));
                }
            }
        }

        // The standard fixes the numbers of this generator: every run has the same octets.
        std::mt19937 generator(8684);
        for (int round = 0; round < 300000; ++round)
        {
            // Mostly options whose kind and length are plausible, some entirely random.
            std::vector<uint8_t> octets(generator() % 48);
            std::generate(octets.begin(), octets.end(), [&] {
                return static_cast<uint8_t>(generator() >> 24);
            });
            if (octets.size() >= 2 && generator() % 16 != 0)
            {
                octets[0] = MPTCP_OPTION_KIND;
                if (generator() % 4 != 0)
                {
                    octets[1] = static_cast<uint8_t>(octets.size());
                }
            }
            const auto version = generator() % 2 != 0 ? MptcpVersion::V1 : MptcpVersion::V0;
            const auto violation = Violation(octets, version);
            NS_TEST_ASSERT_MSG_EQ(violation, "", "v" << Number(version) << " " << ToHex(octets));
        }
    }
};

/**
 * @ingroup tests
 * Option codec of both versions.
 */
class MptcpOptionTestSuite : public TestSuite
{
  public:
    MptcpOptionTestSuite()
        : TestSuite("mptcp-option", TestSuite::Type::UNIT)
    {
        AddTestCase(new MptcpOptionFormsTest);
        AddTestCase(new MptcpOptionTruncationTest);
        AddTestCase(new MptcpOptionLengthTest);
        AddTestCase(new MptcpOptionReservedTest);
        AddTestCase(new MptcpOptionUnwritableTest);
        AddTestCase(new MptcpOptionRandomTest);
    }
};

/** Static instance that registers the suite. */
MptcpOptionTestSuite g_mptcpOptionTestSuite;

} // namespace
