/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_SCRIPT_H
#define PKT_SCRIPT_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ns3
{

/*
 * A script of packetdrill's language as parsed: what the text says, nothing evaluated. Sequence
 * numbers, timestamps and DSNs are the script's own, see PktFlow for their values on the wire.
 */

/** An argument or result of a system call. */
struct PktValue
{
    /** Form of the text. */
    enum class Kind : uint8_t
    {
        ELLIPSIS, ///< "...": whatever fits
        NUMBER,   ///< 10, 0x10
        WORD,     ///< O_RDWR
        TEXT,     ///< "text"
        LIST,     ///< [a, b]
        STRUCT,   ///< {name=a, b}
        CALL,     ///< htons(a)
        OR,       ///< a|b
    };

    Kind kind{Kind::ELLIPSIS};      ///< form
    int64_t number{0};              ///< NUMBER
    std::string text;               ///< WORD, TEXT, name of CALL
    std::vector<PktValue> items;    ///< LIST, STRUCT, CALL, OR
    std::vector<std::string> names; ///< STRUCT: names of the items, "" where there is none
};

/** MSS, window scale: options of one number. */
struct PktNumberOption
{
    uint8_t kind{0};    ///< TCP option kind
    uint32_t number{0}; ///< value
};

/** Options without a value: NOP, EOL, SACK permitted. */
struct PktFlagOption
{
    uint8_t kind{0}; ///< TCP option kind
};

/** SACK blocks. */
struct PktSackOption
{
    std::vector<std::pair<uint32_t, uint32_t>> blocks; ///< left and right edges
};

/** Timestamps. */
struct PktTimestampOption
{
    uint32_t value{0}; ///< TSval
    uint32_t echo{0};  ///< TSecr
};

/** Options of octets: fast open cookies, MD5 digest, and whole options as octets. */
struct PktOctetsOption
{
    uint8_t kind{0};             ///< TCP option kind
    bool experimental{false};    ///< fast open of kind 254
    std::string variable;        ///< the octets are those of a variable
    std::vector<uint8_t> octets; ///< octets after the length
};

/** A key by name: "name" or "name=value". */
struct PktKey
{
    std::string name;              ///< name
    std::optional<uint64_t> value; ///< value that the script gives it
};

/** A data sequence number: absent, taken from the connection, a number or a hash. */
struct PktDsn
{
    uint8_t size{0};                ///< octets on the wire: 0 (absent), 4 or 8
    std::optional<uint64_t> number; ///< relative to the IDSN of its side
    std::string key;                ///< hash of this key instead of the IDSN
};

/** MP_CAPABLE. */
struct PktCapableOption
{
    uint8_t version{1};                 ///< version nibble
    uint8_t flags{0};                   ///< flags octet
    std::vector<PktKey> keys;           ///< none, the sender's, and the receiver's
    std::optional<uint16_t> dataLength; ///< Data-Level Length
    bool hasChecksum{false};            ///< the checksum is there
    std::optional<uint16_t> checksum;   ///< its value; else the right one
};

/** An HMAC or token: right for the connection ("auto"), a number, or made of named keys. */
struct PktHash
{
    bool automatic{true};           ///< the right one
    std::optional<uint64_t> number; ///< a number
    bool sha1{false};               ///< of SHA-1
    std::vector<std::string> keys;  ///< names of the keys
};

/** MP_JOIN, its three forms. */
struct PktJoinOption
{
    uint8_t step{0};                  ///< 0 SYN, 1 SYN/ACK, 2 ACK
    bool backup{false};               ///< B bit
    std::optional<uint8_t> addressId; ///< absent: automatic
    PktHash hash;                     ///< token or HMAC
    std::optional<uint32_t> nonce;    ///< random number
};

/** DSS. */
struct PktDssOption
{
    PktDsn dataAck;                   ///< DATA_ACK
    PktDsn dsn;                       ///< mapping
    std::optional<uint32_t> ssn;      ///< subflow sequence number
    std::optional<uint16_t> length;   ///< Data-Level Length
    bool hasChecksum{true};           ///< not "nocs"
    std::optional<uint16_t> checksum; ///< value; else the right one
    bool fin{false};                  ///< DATA_FIN
};

/** ADD_ADDR. */
struct PktAddAddrOption
{
    std::optional<uint8_t> addressId; ///< absent: automatic
    std::string name;                 ///< name of the endpoint
    std::string address;              ///< literal that the name is bound to, or ""
    std::optional<uint16_t> port;     ///< port
    bool echo{false};                 ///< E bit, no HMAC
    bool hasHmac{false};              ///< the HMAC is there
    PktHash hmac;                     ///< its value
};

/** REMOVE_ADDR. */
struct PktRemoveAddrOption
{
    std::vector<uint8_t> addressIds; ///< identifiers
};

/** MP_PRIO. */
struct PktPrioOption
{
    bool backup{false};               ///< B bit
    std::optional<uint8_t> addressId; ///< v0
};

/** MP_FAIL. */
struct PktFailOption
{
    PktDsn dsn; ///< DSN
};

/** MP_FASTCLOSE. */
struct PktFastcloseOption
{
    std::optional<PktKey> key; ///< absent: the receiver's
    uint64_t add{0};           ///< added to the key
};

/** MP_TCPRST. */
struct PktTcprstOption
{
    uint8_t reason{0}; ///< reason
    uint8_t flags{0};  ///< T
};

/** Any TCP option. */
using PktOption = std::variant<PktNumberOption,
                               PktFlagOption,
                               PktSackOption,
                               PktTimestampOption,
                               PktOctetsOption,
                               PktCapableOption,
                               PktJoinOption,
                               PktDssOption,
                               PktAddAddrOption,
                               PktRemoveAddrOption,
                               PktPrioOption,
                               PktFailOption,
                               PktFastcloseOption,
                               PktTcprstOption>;

/** Source or destination of a packet: a name, an address or nothing. */
struct PktPlace
{
    std::string name;             ///< addr[name]
    std::string address;          ///< literal address
    std::optional<uint16_t> port; ///< literal port
};

/** A TCP segment. */
struct PktPacket
{
    bool inbound{false};               ///< towards the stack under test
    std::optional<uint8_t> tos;        ///< traffic class octet
    std::optional<uint8_t> ecn;        ///< ECN bits only
    bool ect01{false};                 ///< ECT(0) or ECT(1)
    std::optional<uint8_t> ttl;        ///< time to live
    std::optional<uint32_t> flowLabel; ///< IPv6 flow label
    PktPlace source;                   ///< source
    PktPlace destination;              ///< destination
    uint16_t flags{0};                 ///< TCP flags
    uint32_t seq{0};                   ///< sequence number
    uint16_t length{0};                ///< octets of payload
    std::optional<uint32_t> ack;       ///< acknowledgment number
    std::optional<uint16_t> window;    ///< window field
    std::optional<uint16_t> urgent;    ///< urgent pointer
    bool anyOptions{false};            ///< "<...>"
    std::vector<PktOption> options;    ///< TCP options
    std::string text;                  ///< as the script has it
};

/** A system call. */
struct PktCall
{
    std::string name;                ///< function
    std::vector<PktValue> arguments; ///< arguments
    PktValue result;                 ///< result expected
    std::string errorName;           ///< errno expected, or ""
    bool blocking{false};            ///< "...time" was given
    int64_t end{0};                  ///< when it returns, in ns, in the base of the event's time
};

/** A command in back quotes. */
struct PktCommand
{
    std::string text; ///< one or more lines
};

/** When an event happens. */
struct PktTime
{
    bool relative{false}; ///< to the previous event
    bool any{false};      ///< "*"
    int64_t start{0};     ///< ns
    int64_t end{0};       ///< ns; equals start if it is no range
};

/** One event. */
struct PktEvent
{
    uint32_t line{0};                                    ///< line of the script
    PktTime time;                                        ///< when
    std::variant<PktPacket, PktCall, PktCommand> action; ///< what
};

/** A script. */
struct PktScript
{
    std::string path;                            ///< file
    std::map<std::string, std::string> options;  ///< --name=value
    std::map<std::string, uint32_t> optionLines; ///< lines of the options
    std::map<std::string, std::string> defines;  ///< --define=NAME=VALUE
    std::optional<PktCommand> init;              ///< before the first event
    uint32_t initLine{0};                        ///< its line
    std::vector<PktEvent> events;                ///< events
    std::optional<PktCommand> cleanup;           ///< after the last event
    uint32_t cleanupLine{0};                     ///< its line
};

/** Bits of PktPacket::flags. */
enum PktFlag : uint16_t
{
    PKT_FIN = 0x01,
    PKT_SYN = 0x02,
    PKT_RST = 0x04,
    PKT_PSH = 0x08,
    PKT_ACK = 0x10,
    PKT_URG = 0x20,
    PKT_ECE = 0x40,
    PKT_CWR = 0x80,
    PKT_AE = 0x100,
};

/** TCP option kinds. */
enum PktKind : uint8_t
{
    PKT_EOL = 0,
    PKT_NOP = 1,
    PKT_MSS = 2,
    PKT_WSCALE = 3,
    PKT_SACKOK = 4,
    PKT_SACK = 5,
    PKT_TIMESTAMP = 8,
    PKT_MD5 = 19,
    PKT_MPTCP = 30,
    PKT_FASTOPEN = 34,
    PKT_EXPERIMENT = 254,
};

} // namespace ns3

#endif /* PKT_SCRIPT_H */
