/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-builder.h"

#include "pkt-error.h"

#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/mptcp-endian.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

namespace ns3
{

namespace
{

/** A nonce of a script that names none. */
constexpr uint32_t DEFAULT_NONCE = 42;

/** @param kind kind @param octets what is behind the length @return the option */
std::vector<uint8_t>
WithHeader(uint8_t kind, const std::vector<uint8_t>& octets)
{
    std::vector<uint8_t> option{kind, static_cast<uint8_t>(octets.size() + 2)};
    option.insert(option.end(), octets.begin(), octets.end());
    return option;
}

/** @param values numbers @return their octets in network order */
std::vector<uint8_t>
Words(std::initializer_list<uint32_t> values)
{
    std::vector<uint8_t> octets(values.size() * 4);
    std::size_t at = 0;
    for (const uint32_t value : values)
    {
        StoreBig<uint32_t>(&octets[at], value);
        at += 4;
    }
    return octets;
}

} // namespace

uint8_t
GetPktOctet(uint64_t position)
{
    // No period that is a power of two or a segment's size.
    return static_cast<uint8_t>(position * 31 + position / 251);
}

std::optional<uint64_t>
FindPktKey(const PktConnection& connection, const std::string& name)
{
    const auto found = connection.keys.find(name);
    if (found != connection.keys.end())
    {
        return found->second;
    }
    if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos)
    {
        return std::stoull(name);
    }
    return {};
}

void
SetPktAddAddrHost(const Address& host, MptcpAddAddr& option)
{
    option.ipv6 = Ipv6Address::IsMatchingType(host);
    option.address = {};
    host.CopyTo(option.address.data());
}

Address
GetPktAddAddrHost(const MptcpAddAddr& option)
{
    return option.ipv6 ? Address(Ipv6Address::Deserialize(option.address.data()))
                       : Address(Ipv4Address::Deserialize(option.address.data()));
}

PktBuilder::PktBuilder(PktFlowTable& flows, uint32_t line, bool scalesEchoes)
    : m_flows(flows),
      m_line(line),
      m_scalesEchoes(scalesEchoes),
      m_packet(nullptr),
      m_flow(nullptr)
{
}

void
PktBuilder::Fail(const std::string& text) const
{
    throw PktError(PktFault::SYNTAX, m_line, text);
}

PktSegment
PktBuilder::Build(const PktPacket& packet, PktFlow& flow)
{
    m_packet = &packet;
    m_flow = &flow;
    m_segment = {};
    const bool syn = packet.flags & PKT_SYN;
    m_segment.source = flow.script;
    m_segment.destination = flow.stack;
    m_segment.source.port = packet.source.port.value_or(flow.script.port);
    m_segment.destination.port = packet.destination.port.value_or(flow.stack.port);
    m_segment.tos = packet.tos.value_or(packet.ecn.value_or(0));
    m_segment.ttl = packet.ttl.value_or(64);
    m_segment.flowLabel = packet.flowLabel.value_or(0);
    m_segment.flags = packet.flags;
    // As packetdrill: the SYN that makes the flow says where numbers begin, and so does the first
    // SYN/ACK that answers the stack's SYN. No later one does.
    const bool answers = syn && (packet.flags & PKT_ACK) && flow.stackOpens && !flow.answered;
    if (answers || (syn && !flow.scriptIsnKnown))
    {
        flow.scriptIsn = packet.seq;
        flow.scriptIsnKnown = true;
    }
    flow.answered |= answers;
    m_segment.seq = syn ? packet.seq : flow.scriptIsn + packet.seq;
    if (packet.flags & PKT_ACK)
    {
        m_segment.ack = packet.ack.value_or(0) + flow.stackIsn - (syn ? flow.stackIsnLabel : 0);
    }
    else
    {
        m_segment.ack = packet.ack.value_or(0); // packetdrill does not map it
    }
    m_segment.window = *packet.window;
    m_segment.urgent = packet.urgent.value_or(0);
    for (const PktOption& option : packet.options)
    {
        std::vector<uint8_t> octets = Make(option);
        m_segment.options.push_back({octets.at(0), std::move(octets)});
    }
    FillPayload();
    // Checksums of DSS cover the payload, whose octets depend on the mapping: second pass.
    for (std::size_t i = 0; i < packet.options.size(); ++i)
    {
        if (std::holds_alternative<PktDssOption>(packet.options[i]) ||
            std::holds_alternative<PktCapableOption>(packet.options[i]))
        {
            m_segment.options[i].octets = Make(packet.options[i]);
        }
    }
    AddTimestamp();
    return m_segment;
}

void
PktBuilder::AddTimestamp()
{
    PktFlow& flow = *m_flow;
    if (const PktRawOption* stamp = m_segment.Find(PKT_TIMESTAMP))
    {
        flow.scriptTimestamp = LoadBig<uint32_t>(&stamp->octets.at(2));
        return;
    }
    // Scripts leave timestamps away as they like. Linux accepts that, ns-3 drops such segments
    // when the handshake had timestamps.
    const bool both = flow.scriptTimestamp && flow.timestampOffset;
    std::size_t used = 0;
    for (const PktRawOption& option : m_segment.options)
    {
        used += option.octets.size();
    }
    // Padding gives way.
    if (both && used + 10 > MPTCP_OPTION_SPACE)
    {
        used -= std::erase_if(m_segment.options, [](const PktRawOption& option) {
            return option.kind == PKT_NOP || option.kind == PKT_EOL;
        });
    }
    const bool fits = used + 10 <= MPTCP_OPTION_SPACE;
    if (both && !(m_packet->flags & (PKT_SYN | PKT_RST)) && fits)
    {
        m_segment.options.push_back(
            {PKT_TIMESTAMP,
             WithHeader(PKT_TIMESTAMP, Words({*flow.scriptTimestamp, flow.lastTimestamp}))});
    }
}

void
PktBuilder::FillPayload()
{
    const PktConnection& connection = *m_flow->connection;
    const bool syn = m_packet->flags & PKT_SYN;
    const uint32_t ssn = syn ? 1 : m_packet->seq;
    if (syn && !m_flow->synAcked)
    {
        m_flow->connection->scriptSynData = m_packet->length;
    }
    uint64_t position = ssn;
    for (const PktMapping& mapping : m_flow->mappings)
    {
        const uint32_t offset = ssn - mapping.ssn; // modulo 2^32
        if (mapping.length == 0 ? offset <= INT32_MAX : offset < mapping.length)
        {
            position = mapping.dsn + offset + connection.scriptSynData;
        }
    }
    m_segment.payload.resize(m_packet->length);
    for (std::size_t i = 0; i < m_segment.payload.size(); ++i)
    {
        m_segment.payload[i] = GetPktOctet(position + i);
    }
}

std::vector<uint8_t>
PktBuilder::Make(const PktOption& option)
{
    if (const auto* flag = std::get_if<PktFlagOption>(&option))
    {
        return flag->kind == PKT_SACKOK ? WithHeader(PKT_SACKOK, {})
                                        : std::vector<uint8_t>{flag->kind};
    }
    if (const auto* number = std::get_if<PktNumberOption>(&option))
    {
        const auto low = static_cast<uint8_t>(number->number);
        return number->kind == PKT_MSS
                   ? WithHeader(PKT_MSS, {static_cast<uint8_t>(number->number >> 8), low})
                   : WithHeader(number->kind, {low});
    }
    if (const auto* sack = std::get_if<PktSackOption>(&option))
    {
        std::vector<uint8_t> octets;
        for (const auto& [left, right] : sack->blocks)
        {
            const auto block = Words({left + m_flow->stackIsn, right + m_flow->stackIsn});
            octets.insert(octets.end(), block.begin(), block.end());
        }
        return WithHeader(PKT_SACK, octets);
    }
    if (const auto* stamp = std::get_if<PktTimestampOption>(&option))
    {
        const uint32_t echo = m_packet->flags & PKT_ACK ? GetEcho(stamp->echo) : stamp->echo;
        return WithHeader(PKT_TIMESTAMP, Words({stamp->value, echo}));
    }
    if (const auto* plain = std::get_if<PktOctetsOption>(&option))
    {
        std::vector<uint8_t> octets = plain->octets;
        if (!plain->variable.empty())
        {
            const auto* known = m_flows.FindOctets(plain->variable);
            if (!known)
            {
                throw PktError(PktFault::UNSUPPORTED,
                               m_line,
                               "'" + plain->variable + "' has no value: --define=NAME=octets");
            }
            octets = *known;
        }
        if (plain->experimental)
        {
            octets.insert(octets.begin(), {0xf9, 0x89}); // RFC 7413's experiment identifier
        }
        return WithHeader(plain->experimental ? uint8_t{PKT_EXPERIMENT} : plain->kind, octets);
    }
    const MptcpOption made = std::visit(
        [this](const auto& value) -> MptcpOption {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, PktRemoveAddrOption>)
            {
                return MptcpRemoveAddr{value.addressIds};
            }
            else if constexpr (std::is_same_v<T, PktPrioOption>)
            {
                return MptcpPrio{value.backup, value.addressId};
            }
            else if constexpr (std::is_same_v<T, PktTcprstOption>)
            {
                return MptcpTcprst{value.flags, value.reason};
            }
            else if constexpr (std::is_same_v<T, PktCapableOption> ||
                               std::is_same_v<T, PktJoinOption> ||
                               std::is_same_v<T, PktDssOption> ||
                               std::is_same_v<T, PktAddAddrOption> ||
                               std::is_same_v<T, PktFailOption> ||
                               std::is_same_v<T, PktFastcloseOption>)
            {
                return Make(value);
            }
            else
            {
                return {}; // made above
            }
        },
        option);
    // A script may send the form of the other version.
    std::array<uint8_t, MPTCP_OPTION_SPACE> octets{};
    const MptcpVersion version = m_flow->connection->version;
    const MptcpVersion other = version == MptcpVersion::V0 ? MptcpVersion::V1 : MptcpVersion::V0;
    std::size_t size = SerializeMptcpOption(made, version, octets);
    size = size != 0 ? size : SerializeMptcpOption(made, other, octets);
    if (size == 0)
    {
        Fail("an MPTCP option of the packet has no form on the wire");
    }
    return {octets.begin(), octets.begin() + size};
}

uint64_t
PktBuilder::GetKey(const PktKey& key, bool isScripts)
{
    PktConnection& connection = *m_flow->connection;
    if (key.value)
    {
        connection.keys[key.name] = *key.value;
        return *key.value;
    }
    if (const auto known = FindPktKey(connection, key.name))
    {
        return *known;
    }
    if (!isScripts)
    {
        Fail("key '" + key.name + "' has no value yet");
    }
    // Any key will do; it is the same in every run.
    const uint64_t value = 0x5ec0de0000000000 + connection.keys.size();
    connection.keys[key.name] = value;
    return value;
}

uint64_t
PktBuilder::GetKey(const std::string& name) const
{
    const auto known = FindPktKey(*m_flow->connection, name);
    if (!known)
    {
        Fail("key '" + name + "' has no value yet");
    }
    return *known;
}

uint32_t
PktBuilder::GetEcho(uint32_t echo) const
{
    const auto found = m_flow->timestamps.find(echo);
    if (found != m_flow->timestamps.end())
    {
        return found->second;
    }
    // As packetdrill: only --tcp_ts_ecr_scaled allows what no outbound packet of the script has.
    if (m_scalesEchoes && m_flow->timestampOffset)
    {
        return echo - static_cast<uint32_t>(*m_flow->timestampOffset);
    }
    Fail("TS ecr " + std::to_string(echo) + " is the TS val of no outbound packet before");
}

uint64_t
PktBuilder::GetDsn(const PktDsn& dsn, uint64_t idsn, uint64_t missing) const
{
    if (!dsn.key.empty())
    {
        idsn = DeriveMptcpKey(GetKey(dsn.key), m_flow->connection->version).idsn;
    }
    const uint64_t value = idsn + dsn.number.value_or(missing);
    return dsn.size == 4 ? static_cast<uint32_t>(value) : value;
}

MptcpOption
PktBuilder::Make(const PktCapableOption& option)
{
    PktConnection& connection = *m_flow->connection;
    MptcpCapable capable;
    capable.version = option.version;
    capable.flags = option.flags;
    capable.dataLength = option.dataLength;
    if (!option.keys.empty())
    {
        capable.senderKey = GetKey(option.keys[0], true);
    }
    if (option.keys.size() > 1)
    {
        capable.receiverKey = GetKey(option.keys[1], false);
    }
    if (capable.senderKey && !connection.scriptKey)
    {
        connection.scriptKey = capable.senderKey;
    }
    if (!option.dataLength && option.version < 2)
    {
        connection.version = option.version == 0 ? MptcpVersion::V0 : MptcpVersion::V1;
    }
    if (option.dataLength)
    {
        if (m_segment.payload.empty())
        {
            m_flow->mappings.push_back({1 + connection.scriptSynData, 1, *option.dataLength});
        }
        if (option.hasChecksum)
        {
            MptcpChecksum sum(connection.GetScriptIdsn() + 1, 1, *option.dataLength);
            sum.Update(m_segment.payload);
            capable.checksum = option.checksum.value_or(sum.Finish());
        }
    }
    return capable;
}

MptcpOption
PktBuilder::Make(const PktJoinOption& option)
{
    PktConnection& connection = *m_flow->connection;
    const uint64_t scriptKey = connection.scriptKey.value_or(0);
    const uint64_t stackKey = connection.stackKey.value_or(0);
    if (option.step < 2)
    {
        m_flow->scriptNonce = option.nonce.value_or(DEFAULT_NONCE);
        m_flow->scriptAddressId = option.addressId.value_or(m_flow->scriptAddressId);
    }
    const uint32_t mine = m_flow->scriptNonce;
    const uint32_t peers = m_flow->stackNonce;
    uint64_t first = scriptKey;
    uint64_t second = stackKey;
    if (option.hash.keys.size() == 2)
    {
        first = GetKey(option.hash.keys[0]);
        second = GetKey(option.hash.keys[1]);
    }
    if (option.step == 2)
    {
        return MptcpJoinAck{MptcpJoinAckHmac(first, second, mine, peers, connection.version)};
    }
    if (option.step == 1)
    {
        MptcpJoinSynAck join;
        join.backup = option.backup;
        join.addressId = m_flow->scriptAddressId;
        join.nonce = mine;
        join.hmac = option.hash.number.value_or(
            MptcpJoinSynAckHmac(first, second, mine, peers, connection.version));
        return join;
    }
    MptcpJoinSyn join;
    join.backup = option.backup;
    join.addressId = m_flow->scriptAddressId;
    join.nonce = mine;
    if (option.hash.number)
    {
        join.token = static_cast<uint32_t>(*option.hash.number);
    }
    else if (option.hash.automatic)
    {
        join.token = DeriveMptcpKey(stackKey, connection.version).token;
    }
    else
    {
        const auto hash = option.hash.sha1 ? MptcpVersion::V0 : MptcpVersion::V1;
        join.token = DeriveMptcpKey(GetKey(option.hash.keys.at(0)), hash).token;
    }
    return join;
}

MptcpOption
PktBuilder::Make(const PktDssOption& option)
{
    PktConnection& connection = *m_flow->connection;
    MptcpDss dss;
    dss.hasDataAck = option.dataAck.size != 0;
    dss.dataAck64 = option.dataAck.size == 8;
    dss.hasMapping = option.dsn.size != 0;
    dss.dsn64 = option.dsn.size == 8;
    dss.dataFin = option.fin;
    dss.dataAck = GetDsn(option.dataAck, connection.GetStackIdsn(), 1);
    if (!dss.hasMapping)
    {
        return dss;
    }
    const bool first = m_segment.payload.empty();
    const uint64_t idsn = connection.GetScriptIdsn();
    const uint64_t next = connection.sentData + 1;
    dss.dsn = GetDsn(option.dsn, idsn, next);
    const auto size = static_cast<uint16_t>(m_packet->length + (option.fin ? 1 : 0));
    dss.length = option.length.value_or(size);
    dss.ssn = option.ssn.value_or(m_packet->length == 0 ? 0 : m_packet->seq);
    const uint64_t relative = option.dsn.key.empty() ? option.dsn.number.value_or(next) : 0;
    if (first && m_packet->length > 0)
    {
        const uint32_t octets = dss.length - (option.fin && dss.length > 0 ? 1 : 0);
        m_flow->mappings.push_back({dss.ssn, relative, octets});
        connection.sentData =
            std::max<uint64_t>(connection.sentData, relative - 1 + m_packet->length);
    }
    dss.hasChecksum = option.hasChecksum;
    if (dss.hasChecksum)
    {
        MptcpChecksum sum(idsn + relative, dss.ssn, dss.length);
        const std::size_t covered = std::min<std::size_t>(m_segment.payload.size(), dss.length);
        sum.Update(std::span(m_segment.payload).first(covered));
        // The rest of a mapping that goes on in later segments.
        std::vector<uint8_t> rest;
        const std::size_t octets = dss.length - (option.fin ? 1 : 0);
        for (std::size_t i = covered; i < octets && m_packet->length > 0; ++i)
        {
            rest.push_back(GetPktOctet(relative + i + connection.scriptSynData));
        }
        sum.Update(rest);
        dss.checksum = option.checksum.value_or(dss.length == 0 ? 0 : sum.Finish());
    }
    return dss;
}

MptcpOption
PktBuilder::Make(const PktAddAddrOption& option)
{
    PktConnection& connection = *m_flow->connection;
    PktEndpoint endpoint;
    if (!option.address.empty())
    {
        endpoint.host = ParsePktAddress(option.address);
        if (endpoint.host.IsInvalid())
        {
            Fail("'" + option.address + "' is no address");
        }
    }
    else if (const auto known = m_flows.Lookup(option.name))
    {
        endpoint = *known;
    }
    else
    {
        endpoint.host = m_flows.NewScriptHost();
    }
    endpoint.port = option.port.value_or(option.echo ? m_flow->stack.port : m_flow->script.port);
    m_flows.Bind(option.name, endpoint);
    MptcpAddAddr add;
    add.echo = option.echo;
    SetPktAddAddrHost(endpoint.host, add);
    add.port = option.port;
    // Without an identifier: as many as the script's end has addresses.
    const Address first = m_flows.GetScript().host;
    std::vector<uint8_t> here(16);
    std::vector<uint8_t> base(16);
    const uint32_t size = endpoint.host.CopyTo(here.data());
    first.CopyTo(base.data());
    add.addressId =
        option.addressId.value_or(static_cast<uint8_t>(here[size - 1] - base[size - 1]));
    if (option.hasHmac)
    {
        add.hmac = option.hmac.number.value_or(MptcpAddAddrHmac(connection.scriptKey.value_or(0),
                                                                connection.stackKey.value_or(0),
                                                                add));
    }
    return add;
}

MptcpOption
PktBuilder::Make(const PktFailOption& option)
{
    // It names data of its receiver.
    return MptcpFail{GetDsn(option.dsn, m_flow->connection->GetStackIdsn(), 1)};
}

MptcpOption
PktBuilder::Make(const PktFastcloseOption& option)
{
    uint64_t key = m_flow->connection->stackKey.value_or(0);
    if (option.key)
    {
        // A number is for this option only: it is there to be wrong.
        key = option.key->value ? *option.key->value : GetKey(option.key->name);
    }
    return MptcpFastclose{key + option.add};
}

} // namespace ns3
