/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-printer.h"

#include "pkt-builder.h"
#include "pkt-script.h"

#include "ns3/mptcp-address-text.h"
#include "ns3/mptcp-endian.h"

#include <cstdio>
#include <sstream>

namespace ns3
{

namespace
{

/** Writes MPTCP options. */
class OptionPrinter
{
  public:
    /** @param flow flow or null @param inbound the script has sent the option */
    OptionPrinter(const PktFlow* flow, bool inbound)
        : m_flow(flow),
          m_inbound(inbound)
    {
    }

    /** @param option an option */
    void operator()(const MptcpCapable& option)
    {
        m_os << "mpcapable v" << +option.version << " flags " << Hex(option.flags);
        if (!option.senderKey)
        {
            m_os << " nokey";
        }
        else
        {
            m_os << " key[" << Key(*option.senderKey);
            if (option.receiverKey)
            {
                m_os << ", " << Key(*option.receiverKey);
            }
            m_os << "]";
        }
        if (option.dataLength)
        {
            m_os << " mpcdatalen " << *option.dataLength;
        }
        if (option.checksum)
        {
            m_os << " cksum=" << *option.checksum;
        }
    }

    /** @param option an option */
    void operator()(const MptcpJoinSyn& option)
    {
        m_os << "mp_join_syn" << Backup(option.backup) << " address_id=" << +option.addressId
             << " token=" << option.token << " rand=" << option.nonce;
    }

    /** @param option an option */
    void operator()(const MptcpJoinSynAck& option)
    {
        m_os << "mp_join_syn_ack" << Backup(option.backup) << " address_id=" << +option.addressId
             << " sender_hmac=" << option.hmac << " rand=" << option.nonce;
    }

    /** @param option an option */
    void operator()(const MptcpJoinAck& option)
    {
        m_os << "mp_join_ack sender_hmac=0x";
        Octets(option.hmac);
    }

    /** @param option an option */
    void operator()(const MptcpDss& option)
    {
        const auto* connection = m_flow ? m_flow->connection.get() : nullptr;
        const uint64_t script = connection ? connection->GetScriptIdsn() : 0;
        const uint64_t stack = connection ? connection->GetStackIdsn() : 0;
        m_os << "dss";
        if (option.hasDataAck)
        {
            m_os << " dack" << Dsn(option.dataAck, option.dataAck64, m_inbound ? stack : script);
        }
        if (option.hasMapping)
        {
            m_os << " dsn" << Dsn(option.dsn, option.dsn64, m_inbound ? script : stack)
                 << " ssn=" << option.ssn << " dll=" << option.length;
        }
        if (option.hasChecksum)
        {
            m_os << " cksum=" << option.checksum;
        }
        else
        {
            m_os << " nocs";
        }
        m_os << (option.dataFin ? " fin" : "");
    }

    /** @param option an option */
    void operator()(const MptcpAddAddr& option)
    {
        m_os << "add_address address_id=" << +option.addressId
             << " addr[a=" << (option.ipv6 ? "inet6" : "inet") << "_addr(\""
             << MptcpToText(GetPktAddAddrHost(option)) << "\")]";
        if (option.port)
        {
            m_os << " port=" << *option.port;
        }
        if (option.hmac)
        {
            m_os << " hmac=" << *option.hmac;
        }
        m_os << (option.echo ? " addr_echo" : "");
    }

    /** @param option an option */
    void operator()(const MptcpRemoveAddr& option)
    {
        const char* comma = "";
        m_os << "remove_address address_id=[";
        for (const uint8_t id : option.addressIds)
        {
            m_os << comma << +id;
            comma = ",";
        }
        m_os << "]";
    }

    /** @param option an option */
    void operator()(const MptcpPrio& option)
    {
        m_os << "mp_prio backup=" << option.backup;
        if (option.addressId)
        {
            m_os << " address_id=" << +*option.addressId;
        }
    }

    /** @param option an option */
    void operator()(const MptcpFail& option)
    {
        const auto* connection = m_flow ? m_flow->connection.get() : nullptr;
        const uint64_t script = connection ? connection->GetScriptIdsn() : 0;
        const uint64_t stack = connection ? connection->GetStackIdsn() : 0;
        m_os << "mp_fail dsn" << Dsn(option.dsn, true, m_inbound ? stack : script);
    }

    /** @param option an option */
    void operator()(const MptcpFastclose& option)
    {
        m_os << "mp_fastclose " << Key(option.receiverKey);
    }

    /** @param option an option */
    void operator()(const MptcpTcprst& option)
    {
        m_os << "mp_reset " << +option.reason
             << (option.flags & MPTCP_RST_FLAG_T ? " flags[flag_t]" : "");
    }

    /** @param option an option */
    void operator()(const MptcpExperimental& option)
    {
        m_os << "raw 30 f" << std::hex << +option.nibble << std::dec;
        Octets(option.value);
    }

    /** @return the text */
    std::string Get() const
    {
        return m_os.str();
    }

  private:
    /** @param value a number @return it as 0x... */
    static std::string Hex(uint32_t value)
    {
        std::ostringstream os;
        os << "0x" << std::hex << value;
        return os.str();
    }

    /** @param backup B bit @return what a script says */
    static const char* Backup(bool backup)
    {
        return backup ? " backup=1" : "";
    }

    /** @param key a key @return its name, or number */
    std::string Key(uint64_t key) const
    {
        if (m_flow)
        {
            for (const auto& [name, value] : m_flow->connection->keys)
            {
                if (value == key)
                {
                    return name;
                }
            }
        }
        return std::to_string(key);
    }

    /** @param dsn on the wire @param wide 8 octets @param idsn of its side @return size and value
     */
    static std::string Dsn(uint64_t dsn, bool wide, uint64_t idsn)
    {
        return wide ? "8=" + std::to_string(dsn - idsn)
                    : "4=" + std::to_string(static_cast<uint32_t>(dsn - idsn));
    }

    /** @param octets what to write in hexadecimal */
    template <typename T>
    void Octets(const T& octets)
    {
        for (const uint8_t octet : octets)
        {
            m_os << std::hex << octet / 16 << octet % 16 << std::dec;
        }
    }

    const PktFlow* m_flow;   ///< flow or null
    bool m_inbound;          ///< the script has sent it
    std::ostringstream m_os; ///< text
};

/** @param flags TCP flags @return letters */
std::string
PrintFlags(uint16_t flags)
{
    static constexpr std::pair<uint16_t, char> LETTERS[] = {{PKT_AE, 'A'},
                                                            {PKT_CWR, 'W'},
                                                            {PKT_ECE, 'E'},
                                                            {PKT_URG, 'U'},
                                                            {PKT_SYN, 'S'},
                                                            {PKT_FIN, 'F'},
                                                            {PKT_RST, 'R'},
                                                            {PKT_PSH, 'P'},
                                                            {PKT_ACK, '.'}};
    std::string text;
    for (const auto& [flag, letter] : LETTERS)
    {
        if (flags & flag)
        {
            text += letter;
        }
    }
    return text.empty() ? "-" : text;
}

/** @param option a TCP option @param flow its flow or null @param inbound direction @return text */
std::string
PrintRaw(const PktRawOption& option, const PktFlow* flow, bool inbound)
{
    const std::vector<uint8_t>& octets = option.octets;
    const uint32_t stackIsn = flow ? flow->stackIsn : 0;
    const uint32_t scriptIsn = flow ? flow->scriptIsn : 0;
    std::ostringstream os;
    switch (option.kind)
    {
    case PKT_EOL:
        return "eol";
    case PKT_NOP:
        return "nop";
    case PKT_SACKOK:
        return "sackOK";
    case PKT_MSS:
        os << "mss " << (octets.size() == 4 ? LoadBig<uint16_t>(&octets[2]) : 0);
        return os.str();
    case PKT_WSCALE:
        os << "wscale " << (octets.size() == 3 ? +octets[2] : 0);
        return os.str();
    case PKT_SACK:
        os << "sack";
        for (std::size_t i = 2; i + 8 <= octets.size(); i += 8)
        {
            const uint32_t isn = inbound ? stackIsn : scriptIsn;
            os << " " << LoadBig<uint32_t>(&octets[i]) - isn << ":"
               << LoadBig<uint32_t>(&octets[i + 4]) - isn;
        }
        return os.str();
    case PKT_TIMESTAMP:
        if (octets.size() == 10)
        {
            uint32_t value = LoadBig<uint32_t>(&octets[2]);
            if (!inbound && flow && flow->timestampOffset)
            {
                value += static_cast<uint32_t>(*flow->timestampOffset);
            }
            os << "TS val " << value << " ecr " << LoadBig<uint32_t>(&octets[6]);
            return os.str();
        }
        break;
    case PKT_MPTCP: {
        MptcpOption parsed;
        const MptcpVersion version = flow ? flow->connection->version : MptcpVersion::V1;
        if (ParseMptcpOption(octets, version, parsed) == MptcpWireError::NONE)
        {
            return PrintPktOption(parsed, flow, inbound);
        }
        break;
    }
    default:
        break;
    }
    os << (option.kind == PKT_FASTOPEN ? "FO " : "raw " + std::to_string(option.kind) + " ");
    for (std::size_t i = 2; i < octets.size(); ++i)
    {
        os << std::hex << octets[i] / 16 << octets[i] % 16;
    }
    return os.str();
}

} // namespace

std::string
PrintPktTime(Time time)
{
    char text[32];
    std::snprintf(text, sizeof(text), "%.6f", time.GetSeconds());
    return text;
}

std::string
PrintPktOption(const MptcpOption& option, const PktFlow* flow, bool inbound)
{
    OptionPrinter printer(flow, inbound);
    std::visit(printer, option);
    return printer.Get();
}

std::string
PrintPktSegment(const PktSegment& segment, const PktFlow* flow)
{
    const bool inbound = flow && segment.source == flow->script;
    const bool syn = segment.flags & PKT_SYN;
    const uint32_t stackIsn = flow ? flow->stackIsn - (syn ? flow->stackIsnLabel : 0) : 0;
    const uint32_t scriptIsn = flow && !syn ? flow->scriptIsn : 0;
    const uint32_t seq = segment.seq - (inbound ? scriptIsn : stackIsn);
    const uint32_t ackIsn = inbound ? stackIsn : scriptIsn;
    std::ostringstream os;
    os << (inbound ? "<" : ">") << " [" << MptcpToText(segment.source.host) << ":"
       << segment.source.port << " > " << MptcpToText(segment.destination.host) << ":"
       << segment.destination.port << "] ";
    if (segment.tos != 0)
    {
        os << "[tos 0x" << std::hex << +segment.tos << std::dec << "] ";
    }
    os << PrintFlags(segment.flags) << " " << seq << ":" << seq + segment.payload.size() << "("
       << segment.payload.size() << ")";
    if (segment.flags & PKT_ACK)
    {
        os << " ack " << segment.ack - ackIsn;
    }
    else if (segment.ack != 0)
    {
        os << " ack " << segment.ack;
    }
    os << " win " << segment.window;
    if (segment.urgent != 0)
    {
        os << " urg " << segment.urgent;
    }
    const char* comma = " <";
    for (const PktRawOption& option : segment.options)
    {
        os << comma << PrintRaw(option, flow, inbound);
        comma = ", ";
    }
    os << (segment.options.empty() ? "" : ">");
    return os.str();
}

} // namespace ns3
