/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-option-parser.h"

#include "ns3/mptcp-option.h"

#include <array>
#include <string_view>
#include <utility>

namespace ns3
{

namespace
{

/** @param lexer at "name" or "name=value" @return the key */
PktKey
ParseKey(PktLexer& lexer)
{
    PktKey key;
    key.name = lexer.Word("the name of a key");
    if (lexer.Accept("="))
    {
        key.value = lexer.Integer64("the value of a key");
    }
    return key;
}

/** @param lexer at "flag_h" or the like @return its bit */
uint8_t
ParseFlag(PktLexer& lexer)
{
    constexpr std::string_view LETTERS = "abcdefgh";
    const std::string word = lexer.PeekWord();
    const std::size_t bit = word.size() == 6 && word.starts_with("flag_") ? LETTERS.find(word[5])
                                                                          : std::string_view::npos;
    if (bit == std::string_view::npos)
    {
        lexer.Fail("flag_a to flag_h expected, not '" + word + "'");
    }
    lexer.AcceptWord(word);
    return static_cast<uint8_t>(0x80 >> bit);
}

/** @param lexer behind "flags" @return flags of MP_CAPABLE */
uint8_t
ParseCapableFlags(PktLexer& lexer)
{
    if (!lexer.Accept("["))
    {
        return static_cast<uint8_t>(lexer.Integer("flags", 0, 255));
    }
    uint8_t flags = 0;
    do
    {
        flags |= lexer.AcceptWord("no_flags") ? 0 : ParseFlag(lexer);
    } while (lexer.Accept(","));
    lexer.Expect("]");
    return flags;
}

/** @param lexer behind "mpcapable" @return the option */
PktOption
ParseCapable(PktLexer& lexer)
{
    PktCapableOption option;
    if (lexer.AcceptWord("v0"))
    {
        option.version = 0;
    }
    else if (!lexer.AcceptWord("v1") && !lexer.AcceptWord("none"))
    {
        // Versions that nobody knows, to see what a stack does about them.
        const std::string word = lexer.PeekWord();
        if (word.size() < 2 || word.size() > 3 || word[0] != 'v' ||
            word.find_first_not_of("0123456789", 1) != std::string::npos)
        {
            lexer.Fail("a version expected, not '" + word + "': v0 to v15 or none");
        }
        option.version = static_cast<uint8_t>(std::stoi(word.substr(1)));
        lexer.AcceptWord(word);
    }
    lexer.ExpectWord("flags");
    option.flags = ParseCapableFlags(lexer);
    if (!lexer.AcceptWord("nokey"))
    {
        lexer.ExpectWord("key");
        lexer.Expect("[");
        option.keys.push_back(ParseKey(lexer));
        if (lexer.Accept(","))
        {
            option.keys.push_back(ParseKey(lexer));
        }
        lexer.Expect("]");
    }
    if (lexer.AcceptWord("mpcdatalen"))
    {
        option.dataLength = static_cast<uint16_t>(lexer.Integer("mpcdatalen", 0, 65535));
        if (lexer.AcceptWord("cksum"))
        {
            option.hasChecksum = true;
            if (lexer.Accept("="))
            {
                option.checksum = static_cast<uint16_t>(lexer.Integer("cksum", 0, 65535));
            }
        }
    }
    return option;
}

/**
 * The older spelling, of version 0: "mp_capable a [b] flag_a ...".
 *
 * @param lexer behind the name
 * @param checksum flag A is set if no flag is given
 * @return the option
 */
PktOption
ParseOldCapable(PktLexer& lexer, bool checksum)
{
    PktCapableOption option;
    option.version = 0;
    bool any = false;
    while (lexer.AtWord())
    {
        if (lexer.AcceptWord("no_flags"))
        {
            option.flags = 0;
            any = true;
        }
        else if (lexer.PeekWord().starts_with("flag_"))
        {
            option.flags |= ParseFlag(lexer);
            any = true;
        }
        else if (option.keys.size() < 2)
        {
            option.keys.push_back(ParseKey(lexer));
        }
        else
        {
            lexer.Fail("flag_a to flag_h, ',' or '>' expected, not '" + lexer.PeekWord() + "'");
        }
    }
    if (option.keys.empty())
    {
        lexer.Fail("the name of a key expected");
    }
    if (!any)
    {
        option.flags = MPTCP_FLAG_H | (checksum ? MPTCP_FLAG_A : 0);
    }
    return option;
}

/** @param lexer behind "=" @return token or HMAC */
PktHash
ParseHash(PktLexer& lexer)
{
    PktHash hash;
    if (lexer.AcceptWord("auto"))
    {
        return hash;
    }
    hash.automatic = false;
    if (lexer.AtNumber())
    {
        hash.number = lexer.Integer64("a hash");
        return hash;
    }
    const std::string name = lexer.Word("auto, a number or the name of a hash");
    hash.sha1 = name == "sha1_32";
    if (name != "sha1_32" && name != "sha256_32" && name != "trunc_l64_hmac" &&
        name != "full_160_hmac")
    {
        lexer.FailBehind("'" + name +
                         "' is no hash: sha1_32, sha256_32, trunc_l64_hmac or full_160_hmac");
    }
    lexer.Expect("(");
    while (!lexer.Sees(")"))
    {
        if (lexer.AtNumber())
        {
            hash.number = lexer.Integer64("a hash");
        }
        else
        {
            hash.keys.push_back(lexer.Word("the name of a key"));
        }
        lexer.Accept(",");
    }
    lexer.Expect(")");
    return hash;
}

/** @param lexer behind "address_id" @return the identifier, none for "auto" */
std::optional<uint8_t>
ParseAddressId(PktLexer& lexer)
{
    lexer.Expect("=");
    if (lexer.AcceptWord("auto"))
    {
        return {};
    }
    return static_cast<uint8_t>(lexer.Integer("address_id", 0, 255));
}

/** @param lexer behind the name @param step which segment of the handshake @return the option */
PktOption
ParseJoin(PktLexer& lexer, uint8_t step)
{
    PktJoinOption option;
    option.step = step;
    while (lexer.AtWord())
    {
        if (lexer.AcceptWord("backup"))
        {
            lexer.Expect("=");
            option.backup = lexer.Integer("backup", 0, 1) != 0;
        }
        else if (lexer.AcceptWord("address_id"))
        {
            option.addressId = ParseAddressId(lexer);
        }
        else if (lexer.AcceptWord("token") || lexer.AcceptWord("sender_hmac"))
        {
            lexer.Expect("=");
            option.hash = ParseHash(lexer);
        }
        else if (lexer.AcceptWord("rand"))
        {
            lexer.Expect("=");
            option.nonce = static_cast<uint32_t>(lexer.Integer("rand", 0, UINT32_MAX));
        }
        else
        {
            lexer.Fail("backup, address_id, token, sender_hmac or rand expected, not '" +
                       lexer.PeekWord() + "'");
        }
    }
    return option;
}

/** @param lexer behind "dsn8" or the like @param size octets on the wire @return what it says */
PktDsn
ParseDsn(PktLexer& lexer, uint8_t size)
{
    PktDsn dsn;
    dsn.size = size;
    if (!lexer.Accept("="))
    {
        return dsn;
    }
    if (lexer.AtNumber())
    {
        dsn.number = lexer.Integer64("a data sequence number");
        return dsn;
    }
    const std::string name = lexer.Word("a data sequence number");
    if (!name.starts_with("trunc_r64_hmac"))
    {
        lexer.FailBehind("a number or trunc_r64_hmac(key) expected, not '" + name + "'");
    }
    lexer.Expect("(");
    dsn.key = lexer.AtNumber() ? std::to_string(lexer.Integer64("a key"))
                               : lexer.Word("the name of a key");
    lexer.Expect(")");
    dsn.number = lexer.Accept("+") ? lexer.Integer64("an offset") : 0;
    return dsn;
}

/** @param lexer behind "dss" @return the option */
PktOption
ParseDss(PktLexer& lexer)
{
    PktDssOption option;
    while (lexer.AtWord())
    {
        const std::string word = lexer.Word("a field of dss");
        if (word == "dack4" || word == "dack8")
        {
            option.dataAck = ParseDsn(lexer, word == "dack4" ? 4 : 8);
        }
        else if (word == "dsn4" || word == "dsn8")
        {
            option.dsn = ParseDsn(lexer, word == "dsn4" ? 4 : 8);
        }
        else if (word == "ssn" || word == "dll" || word == "cksum")
        {
            const int64_t high = word == "ssn" ? UINT32_MAX : 65535;
            std::optional<int64_t> value;
            if (lexer.Accept("="))
            {
                value = lexer.Integer(word.c_str(), 0, high);
            }
            if (word == "ssn" && value)
            {
                option.ssn = static_cast<uint32_t>(*value);
            }
            else if (word == "dll" && value)
            {
                option.length = static_cast<uint16_t>(*value);
            }
            else if (word == "cksum" && value)
            {
                option.checksum = static_cast<uint16_t>(*value);
            }
        }
        else if (word == "nocs")
        {
            option.hasChecksum = false;
        }
        else if (word == "fin")
        {
            option.fin = true;
        }
        else
        {
            lexer.FailBehind("'" + word +
                             "' is no field of dss: dack4, dack8, dsn4, dsn8, ssn, dll, "
                             "nocs, cksum, fin");
        }
    }
    return option;
}

/** @param lexer behind "add_address" @return the option */
PktOption
ParseAddAddr(PktLexer& lexer)
{
    PktAddAddrOption option;
    while (lexer.AtWord())
    {
        if (lexer.AcceptWord("address_id"))
        {
            option.addressId = ParseAddressId(lexer);
        }
        else if (lexer.AcceptWord("addr"))
        {
            lexer.Expect("[");
            option.name = lexer.Word("the name of an address");
            if (lexer.Accept("="))
            {
                const std::string family = lexer.Word("inet_addr or inet6_addr");
                if (family != "inet_addr" && family != "inet6_addr")
                {
                    lexer.FailBehind("inet_addr or inet6_addr expected, not '" + family + "'");
                }
                lexer.Expect("(");
                option.address = lexer.Quoted('"');
                lexer.Expect(")");
            }
            lexer.Expect("]");
        }
        else if (lexer.AcceptWord("port"))
        {
            lexer.Expect("=");
            option.port = static_cast<uint16_t>(lexer.Integer("port", 0, 65535));
        }
        else if (lexer.AcceptWord("addr_echo"))
        {
            option.echo = true;
        }
        else if (lexer.AcceptWord("hmac"))
        {
            lexer.Expect("=");
            option.hasHmac = true;
            option.hmac = ParseHash(lexer);
        }
        else
        {
            lexer.Fail("address_id, addr, port, hmac or addr_echo expected, not '" +
                       lexer.PeekWord() + "'");
        }
    }
    if (option.name.empty())
    {
        lexer.FailBehind("add_address needs addr[...]");
    }
    return option;
}

/** @param lexer behind "remove_address" @return the option */
PktOption
ParseRemoveAddr(PktLexer& lexer)
{
    PktRemoveAddrOption option;
    lexer.ExpectWord("address_id");
    lexer.Expect("=");
    lexer.Expect("[");
    do
    {
        option.addressIds.push_back(static_cast<uint8_t>(lexer.Integer("address_id", 0, 255)));
    } while (lexer.Accept(","));
    lexer.Expect("]");
    return option;
}

/** @param lexer behind "mp_prio" @return the option */
PktOption
ParsePrio(PktLexer& lexer)
{
    PktPrioOption option;
    if (lexer.AcceptWord("backup"))
    {
        lexer.Expect("=");
        option.backup = lexer.Integer("backup", 0, 1) != 0;
    }
    if (lexer.AcceptWord("address_id"))
    {
        option.addressId = ParseAddressId(lexer);
    }
    return option;
}

/** @param lexer behind "mp_fail" @return the option */
PktOption
ParseFail(PktLexer& lexer)
{
    PktFailOption option;
    option.dsn.size = 8;
    if (lexer.AcceptWord("dsn8"))
    {
        option.dsn = ParseDsn(lexer, 8);
    }
    else if (lexer.SeesWord("dsn4"))
    {
        lexer.Fail("mp_fail has a DSN of 8 octets: dsn8");
    }
    return option;
}

/** @param lexer behind "mp_fastclose" @return the option */
PktOption
ParseFastclose(PktLexer& lexer)
{
    PktFastcloseOption option;
    if (lexer.AtWord())
    {
        option.key = ParseKey(lexer);
        if (lexer.Accept("+"))
        {
            option.add = lexer.Integer64("an offset");
        }
    }
    return option;
}

/** @param lexer behind "mp_reset" @return the option */
PktOption
ParseTcprst(PktLexer& lexer)
{
    PktTcprstOption option;
    option.reason = static_cast<uint8_t>(lexer.Integer("a reason", 0, 255));
    if (lexer.AcceptWord("flags"))
    {
        lexer.Expect("[");
        if (lexer.AcceptWord("flag_t"))
        {
            option.flags = MPTCP_RST_FLAG_T;
        }
        else
        {
            lexer.ExpectWord("no_flags");
        }
        lexer.Expect("]");
    }
    return option;
}

/** @param lexer behind "sack" @return the option */
PktOption
ParseSack(PktLexer& lexer)
{
    PktSackOption option;
    do
    {
        const auto left = static_cast<uint32_t>(lexer.Integer("a SACK edge", 0, UINT32_MAX));
        lexer.Expect(":");
        const auto right = static_cast<uint32_t>(lexer.Integer("a SACK edge", 0, UINT32_MAX));
        option.blocks.emplace_back(left, right);
    } while (lexer.AtNumber());
    return option;
}

/** @param lexer behind "TS" @return the option */
PktOption
ParseTimestamp(PktLexer& lexer)
{
    PktTimestampOption option;
    lexer.ExpectWord("val");
    option.value = static_cast<uint32_t>(lexer.Integer("a timestamp", 0, UINT32_MAX));
    lexer.ExpectWord("ecr");
    option.echo = static_cast<uint32_t>(lexer.Integer("a timestamp", 0, UINT32_MAX));
    return option;
}

/**
 * @param lexer behind the option's name
 * @param name the option's name
 * @param defines values of defined words
 * @return an option of octets
 */
PktOption
ParseOctets(PktLexer& lexer,
            const std::string& name,
            const std::map<std::string, std::string>& defines)
{
    PktOctetsOption option;
    option.kind = name == "md5" ? PKT_MD5 : PKT_FASTOPEN;
    option.experimental = name == "FOEXP";
    if (name == "raw")
    {
        option.kind = static_cast<uint8_t>(lexer.Integer("an option kind", 0, 255));
    }
    const std::string word = lexer.PeekWord();
    const auto define = defines.find(word);
    if (define != defines.end())
    {
        lexer.AcceptWord(word);
        option.octets = PktLexer(define->second).Octets();
    }
    else if (word.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
    {
        option.variable = lexer.Word("octets");
    }
    else
    {
        option.octets = lexer.Octets();
    }
    return option;
}

/** @param lexer at an option @param defines values of defined words @return the option */
PktOption
ParseOption(PktLexer& lexer, const std::map<std::string, std::string>& defines)
{
    static const std::map<std::string_view, PktOption (*)(PktLexer&)> PARSERS = {
        {"nop", [](PktLexer&) { return PktOption(PktFlagOption{PKT_NOP}); }},
        {"eol", [](PktLexer&) { return PktOption(PktFlagOption{PKT_EOL}); }},
        {"sackOK", [](PktLexer&) { return PktOption(PktFlagOption{PKT_SACKOK}); }},
        {"mss",
         [](PktLexer& in) {
             const auto size = static_cast<uint32_t>(in.Integer("an MSS", 0, 65535));
             return PktOption(PktNumberOption{PKT_MSS, size});
         }},
        {"wscale",
         [](PktLexer& in) {
             const auto shift = static_cast<uint32_t>(in.Integer("a window scale", 0, 255));
             return PktOption(PktNumberOption{PKT_WSCALE, shift});
         }},
        {"sack", ParseSack},
        {"TS", ParseTimestamp},
        {"mpcapable", ParseCapable},
        {"mp_capable", [](PktLexer& in) { return ParseOldCapable(in, true); }},
        {"mp_capable_no_cs", [](PktLexer& in) { return ParseOldCapable(in, false); }},
        {"mp_join_syn", [](PktLexer& in) { return ParseJoin(in, 0); }},
        {"mp_join_syn_ack", [](PktLexer& in) { return ParseJoin(in, 1); }},
        {"mp_join_ack", [](PktLexer& in) { return ParseJoin(in, 2); }},
        {"dss", ParseDss},
        {"add_address", ParseAddAddr},
        {"remove_address", ParseRemoveAddr},
        {"mp_prio", ParsePrio},
        {"mp_fail", ParseFail},
        {"mp_fastclose", ParseFastclose},
        {"mp_reset", ParseTcprst},
    };
    const std::string name = lexer.PeekWord();
    const auto parser = PARSERS.find(name);
    if (parser != PARSERS.end())
    {
        lexer.AcceptWord(name);
        return parser->second(lexer);
    }
    if (name == "FO" || name == "FOEXP" || name == "md5" || name == "raw")
    {
        lexer.AcceptWord(name);
        return ParseOctets(lexer, name, defines);
    }
    lexer.Fail(name.empty() ? "a TCP option expected" : "'" + name + "' is no TCP option");
}

} // namespace

std::vector<PktOption>
ParsePktOptions(PktLexer& lexer, const std::map<std::string, std::string>& defines)
{
    std::vector<PktOption> options;
    do
    {
        options.push_back(ParseOption(lexer, defines));
    } while (lexer.Accept(","));
    lexer.Expect(">");
    return options;
}

} // namespace ns3
