/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-matcher.h"

#include "pkt-builder.h"
#include "pkt-printer.h"

#include "ns3/mptcp-crypto.h"
#include "ns3/mptcp-endian.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace ns3
{

namespace
{

/** @param option of a script @return its kind on the wire */
uint8_t
KindOf(const PktOption& option)
{
    if (const auto* number = std::get_if<PktNumberOption>(&option))
    {
        return number->kind;
    }
    if (const auto* flag = std::get_if<PktFlagOption>(&option))
    {
        return flag->kind;
    }
    if (std::holds_alternative<PktSackOption>(option))
    {
        return PKT_SACK;
    }
    if (std::holds_alternative<PktTimestampOption>(option))
    {
        return PKT_TIMESTAMP;
    }
    if (const auto* octets = std::get_if<PktOctetsOption>(&option))
    {
        return octets->experimental ? uint8_t{PKT_EXPERIMENT} : octets->kind;
    }
    return PKT_MPTCP;
}

/** @param option of a script @return its MPTCP subtype */
uint8_t
SubtypeOf(const PktOption& option)
{
    // In the order of the variant.
    constexpr std::size_t FIRST = 5;
    constexpr uint8_t SUBTYPES[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    return option.index() < FIRST ? 255 : SUBTYPES[option.index() - FIRST];
}

/** @param kind an option's kind @return stock ns-3 cannot be held to it: padding, MSS, scale */
bool
IsLenient(uint8_t kind)
{
    return kind == PKT_NOP || kind == PKT_EOL || kind == PKT_MSS || kind == PKT_WSCALE;
}

/** @param option of a script @return its name */
std::string
NameOf(const PktOption& option)
{
    static constexpr const char* NAMES[] = {"mss or wscale",
                                            "sackOK",
                                            "sack",
                                            "TS",
                                            "FO or raw",
                                            "mpcapable",
                                            "mp_join",
                                            "dss",
                                            "add_address",
                                            "remove_address",
                                            "mp_prio",
                                            "mp_fail",
                                            "mp_fastclose",
                                            "mp_reset"};
    return NAMES[option.index()];
}

} // namespace

PktMatcher::PktMatcher(PktFlowTable& flows, const PktStrictness& strictness)
    : m_flows(flows),
      m_strictness(strictness),
      m_packet(nullptr),
      m_segment(nullptr),
      m_flow(nullptr)
{
}

template <typename T>
void
PktMatcher::Check(const char* what, const T& want, const T& got)
{
    if (want != got)
    {
        std::ostringstream os;
        os << what << ": " << +got << " instead of " << +want;
        m_diffs.push_back(os.str());
    }
}

template <typename T>
bool
PktMatcher::Same(const char* what, const T& want, const T& got)
{
    if (want != got)
    {
        std::ostringstream os;
        os << ": " << what << " " << +got << " instead of " << +want;
        m_why += os.str();
    }
    return want == got;
}

std::vector<std::string>
PktMatcher::Match(const PktPacket& packet, const PktSegment& segment, PktFlow& flow)
{
    m_packet = &packet;
    m_segment = &segment;
    m_flow = &flow;
    m_diffs.clear();
    MatchHeader();
    if (!packet.anyOptions)
    {
        if (m_strictness.literal)
        {
            MatchLiteral();
        }
        else
        {
            MatchOptions();
        }
    }
    MatchPayload();
    return m_diffs;
}

void
PktMatcher::MatchHeader()
{
    const PktPacket& want = *m_packet;
    const PktSegment& got = *m_segment;
    const bool syn = want.flags & PKT_SYN;
    const uint16_t ignored = m_strictness.literal ? 0 : PKT_PSH;
    Check<uint16_t>("TCP flags", want.flags & ~ignored, got.flags & ~ignored);
    Check<uint32_t>("sequence number",
                    want.seq,
                    got.seq - m_flow->stackIsn + (syn ? m_flow->stackIsnLabel : 0));
    if (((want.flags ^ got.flags) & PKT_ACK) == 0)
    {
        // As packetdrill and tcpdump: numbers of a SYN are absolute, others relative to it. Without
        // the ACK flag packetdrill compares the field as it is.
        const uint32_t isn = syn || !(got.flags & PKT_ACK) ? 0 : m_flow->scriptIsn;
        Check<uint32_t>("acknowledgment number", want.ack.value_or(0), got.ack - isn);
    }
    Check<uint16_t>("urgent pointer", want.urgent.value_or(0), got.urgent);
    Check<std::size_t>("payload size", want.length, got.payload.size());
    if (want.window && (m_strictness.literal || *want.window == 0))
    {
        Check<uint16_t>("window", *want.window, got.window);
    }
    if (want.tos)
    {
        Check<uint8_t>("tos", *want.tos, got.tos);
    }
    if (want.ecn)
    {
        Check<uint8_t>("ECN", *want.ecn, got.tos & 3);
    }
    if (want.ect01 && (got.tos & 3) != 1 && (got.tos & 3) != 2)
    {
        m_diffs.emplace_back("ECN: no ECT codepoint");
    }
    if (want.ttl)
    {
        Check<uint8_t>("ttl", *want.ttl, got.ttl);
    }
    if (want.flowLabel)
    {
        Check<uint32_t>("flow label", *want.flowLabel, got.flowLabel);
    }
}

void
PktMatcher::MatchPayload()
{
    const PktConnection& connection = *m_flow->connection;
    const bool syn = m_segment->flags & PKT_SYN;
    const uint32_t ssn = m_segment->seq - m_flow->stackIsn + (syn ? 1 : 0);
    uint64_t position = ssn;
    for (const PktRawOption& option : m_segment->options)
    {
        MptcpOption parsed;
        if (option.kind == PKT_MPTCP &&
            ParseMptcpOption(option.octets, connection.version, parsed) == MptcpWireError::NONE)
        {
            const auto* dss = std::get_if<MptcpDss>(&parsed);
            if (dss && dss->hasMapping && dss->length != 0)
            {
                const uint64_t dsn = dss->dsn - connection.GetStackIdsn();
                position = (dss->dsn64 ? dsn : static_cast<uint32_t>(dsn)) + (ssn - dss->ssn) +
                           connection.stackSynData;
            }
        }
    }
    for (std::size_t i = 0; i < m_segment->payload.size(); ++i)
    {
        if (m_segment->payload[i] != GetPktOctet(position + i))
        {
            m_diffs.push_back("payload: octet " + std::to_string(i) + " is not what was written");
            return;
        }
    }
}

void
PktMatcher::MatchOptions()
{
    std::vector<const PktRawOption*> left;
    for (const PktRawOption& option : m_segment->options)
    {
        if (!IsLenient(option.kind))
        {
            left.push_back(&option);
        }
    }
    for (const PktOption& want : m_packet->options)
    {
        const uint8_t kind = KindOf(want);
        if (IsLenient(kind))
        {
            continue;
        }
        const auto got = std::find_if(left.begin(), left.end(), [&](const auto* option) {
            const bool same = option->kind == kind;
            const uint8_t subtype = SubtypeOf(want);
            return same && (subtype == 255 ||
                            (option->octets.size() > 2 && option->octets[2] >> 4 == subtype));
        });
        if (got == left.end())
        {
            m_diffs.push_back("option " + NameOf(want) + " is missing");
            continue;
        }
        if (!MatchOption(want, **got))
        {
            m_diffs.push_back("option " + NameOf(want) + " differs" + std::exchange(m_why, ""));
        }
        left.erase(got);
    }
    for (const PktRawOption* option : left)
    {
        std::ostringstream os;
        os << "an option of kind " << +option->kind;
        if (option->kind == PKT_MPTCP && option->octets.size() > 2)
        {
            os << ", subtype " << (option->octets[2] >> 4);
        }
        os << ", is not in the script";
        m_diffs.push_back(os.str());
    }
}

void
PktMatcher::MatchLiteral()
{
    Check<std::size_t>("options", m_packet->options.size(), m_segment->options.size());
    const std::size_t both = std::min(m_packet->options.size(), m_segment->options.size());
    for (std::size_t i = 0; i < both; ++i)
    {
        const PktOption& want = m_packet->options[i];
        const PktRawOption& got = m_segment->options[i];
        const uint8_t subtype = SubtypeOf(want);
        const bool same =
            KindOf(want) == got.kind &&
            (subtype == 255 || (got.octets.size() > 2 && got.octets[2] >> 4 == subtype));
        if (!same || !MatchOption(want, got))
        {
            m_diffs.push_back("option " + std::to_string(i + 1) + " is not the right " +
                              NameOf(want));
        }
    }
}

bool
PktMatcher::MatchOption(const PktOption& want, const PktRawOption& got)
{
    const std::vector<uint8_t>& octets = got.octets;
    if (const auto* number = std::get_if<PktNumberOption>(&want))
    {
        const uint32_t value = number->kind == PKT_MSS && octets.size() == 4
                                   ? LoadBig<uint16_t>(&octets[2])
                               : octets.size() > 2 ? octets[2]
                                                   : UINT32_MAX;
        return value == number->number;
    }
    if (std::holds_alternative<PktFlagOption>(want))
    {
        return true;
    }
    if (const auto* sack = std::get_if<PktSackOption>(&want))
    {
        if (octets.size() != 2 + 8 * sack->blocks.size())
        {
            return false;
        }
        std::size_t at = 2;
        return std::all_of(sack->blocks.begin(), sack->blocks.end(), [&](const auto& block) {
            const uint32_t left = LoadBig<uint32_t>(&octets[at]) - m_flow->scriptIsn;
            const uint32_t right = LoadBig<uint32_t>(&octets[at + 4]) - m_flow->scriptIsn;
            at += 8;
            return block.first == left && block.second == right;
        });
    }
    if (const auto* stamp = std::get_if<PktTimestampOption>(&want))
    {
        return MatchTimestamp(*stamp, got);
    }
    if (const auto* plain = std::get_if<PktOctetsOption>(&want))
    {
        std::vector<uint8_t> all = plain->octets;
        if (plain->experimental)
        {
            all.insert(all.begin(), {0xf9, 0x89});
        }
        if (!plain->variable.empty())
        {
            const std::vector<uint8_t> is(octets.begin() + 2, octets.end());
            const auto* known = m_flows.FindOctets(plain->variable);
            if (!known)
            {
                m_flows.BindOctets(plain->variable, is);
            }
            return !known || *known == is;
        }
        return std::equal(all.begin(), all.end(), octets.begin() + 2, octets.end());
    }
    MptcpOption parsed;
    return ParseMptcpOption(octets, m_flow->connection->version, parsed) == MptcpWireError::NONE &&
           MatchMptcp(want, parsed);
}

bool
PktMatcher::MatchTimestamp(const PktTimestampOption& want, const PktRawOption& got)
{
    if (got.octets.size() != 10)
    {
        return false;
    }
    const auto value = LoadBig<uint32_t>(&got.octets[2]);
    if (!m_flow->timestampOffset)
    {
        m_flow->timestampOffset = int64_t{want.value} - int64_t{value};
    }
    m_flow->timestamps[want.value] = value;
    m_flow->lastTimestamp = value;
    const int64_t late = int64_t{value} + *m_flow->timestampOffset - want.value;
    return m_strictness.tickNs == 0 ||
           std::abs(late) * m_strictness.tickNs <= m_strictness.toleranceNs;
}

bool
PktMatcher::MatchMptcp(const PktOption& want, const MptcpOption& got)
{
    if (const auto* join = std::get_if<PktJoinOption>(&want))
    {
        return MatchJoin(*join, got);
    }
    if (const auto* capable = std::get_if<PktCapableOption>(&want))
    {
        const auto* is = std::get_if<MptcpCapable>(&got);
        return is && MatchOne(*capable, *is);
    }
    if (const auto* dss = std::get_if<PktDssOption>(&want))
    {
        const auto* is = std::get_if<MptcpDss>(&got);
        return is && MatchOne(*dss, *is);
    }
    if (const auto* add = std::get_if<PktAddAddrOption>(&want))
    {
        const auto* is = std::get_if<MptcpAddAddr>(&got);
        return is && MatchOne(*add, *is);
    }
    if (const auto* close = std::get_if<PktFastcloseOption>(&want))
    {
        const auto* is = std::get_if<MptcpFastclose>(&got);
        return is && MatchOne(*close, *is);
    }
    if (const auto* remove = std::get_if<PktRemoveAddrOption>(&want))
    {
        const auto* is = std::get_if<MptcpRemoveAddr>(&got);
        return is && is->addressIds == remove->addressIds;
    }
    if (const auto* prio = std::get_if<PktPrioOption>(&want))
    {
        const auto* is = std::get_if<MptcpPrio>(&got);
        return is && is->backup == prio->backup && is->addressId == prio->addressId;
    }
    if (const auto* reset = std::get_if<PktTcprstOption>(&want))
    {
        const auto* is = std::get_if<MptcpTcprst>(&got);
        return is && is->reason == reset->reason && is->flags == reset->flags;
    }
    const auto* fail = std::get_if<PktFailOption>(&want);
    const auto* is = std::get_if<MptcpFail>(&got);
    return fail && is && MatchDsn(fail->dsn, is->dsn, true, m_flow->connection->GetScriptIdsn());
}

bool
PktMatcher::MatchKey(const PktKey& key, uint64_t got)
{
    auto& keys = m_flow->connection->keys;
    if (key.value)
    {
        keys[key.name] = *key.value;
    }
    return keys.try_emplace(key.name, got).first->second == got;
}

uint64_t
PktMatcher::GetKey(const std::string& name) const
{
    return FindPktKey(*m_flow->connection, name).value_or(0);
}

bool
PktMatcher::MatchOne(const PktCapableOption& want, const MptcpCapable& got)
{
    PktConnection& connection = *m_flow->connection;
    if (got.senderKey && !connection.stackKey)
    {
        connection.stackKey = got.senderKey;
    }
    if (!want.dataLength && got.version < 2)
    {
        connection.version = got.version == 0 ? MptcpVersion::V0 : MptcpVersion::V1;
    }
    const std::size_t keys = (got.senderKey ? 1 : 0) + (got.receiverKey ? 1 : 0);
    bool equal = want.version == got.version && want.flags == got.flags &&
                 want.keys.size() == keys && want.dataLength == got.dataLength &&
                 want.hasChecksum == got.checksum.has_value();
    if (equal && keys > 0)
    {
        equal = MatchKey(want.keys[0], *got.senderKey);
    }
    if (equal && keys > 1)
    {
        equal = MatchKey(want.keys[1], *got.receiverKey);
    }
    if (equal && got.checksum)
    {
        MptcpChecksum sum(connection.GetStackIdsn() + 1, 1, *got.dataLength);
        sum.Update(m_segment->payload);
        equal = want.checksum.value_or(sum.Finish()) == *got.checksum;
    }
    return equal;
}

bool
PktMatcher::MatchJoin(const PktJoinOption& want, const MptcpOption& got)
{
    const PktConnection& connection = *m_flow->connection;
    uint64_t first = connection.stackKey.value_or(0);
    uint64_t second = connection.scriptKey.value_or(0);
    if (want.hash.keys.size() == 2)
    {
        first = GetKey(want.hash.keys[0]);
        second = GetKey(want.hash.keys[1]);
    }
    if (const auto* syn = std::get_if<MptcpJoinSyn>(&got))
    {
        m_flow->stackNonce = syn->nonce;
        uint32_t token = DeriveMptcpKey(second, connection.version).token;
        if (want.hash.keys.size() == 1)
        {
            token = DeriveMptcpKey(GetKey(want.hash.keys[0]),
                                   want.hash.sha1 ? MptcpVersion::V0 : MptcpVersion::V1)
                        .token;
        }
        token = static_cast<uint32_t>(want.hash.number.value_or(token));
        return want.step == 0 && Same("backup", want.backup, syn->backup) &&
               Same("token", token, syn->token) &&
               Same("address_id", want.addressId.value_or(syn->addressId), syn->addressId) &&
               Same("rand", want.nonce.value_or(syn->nonce), syn->nonce);
    }
    const uint32_t peers = m_flow->scriptNonce;
    if (const auto* answer = std::get_if<MptcpJoinSynAck>(&got))
    {
        m_flow->stackNonce = answer->nonce;
        const uint64_t hmac = want.hash.number.value_or(
            MptcpJoinSynAckHmac(first, second, answer->nonce, peers, connection.version));
        // packetdrill takes the identifier from the segment, whatever the script says.
        const bool named = m_strictness.addressIds && want.addressId;
        return want.step == 1 && Same("backup", want.backup, answer->backup) &&
               Same("sender_hmac", hmac, answer->hmac) &&
               (!named || Same("address_id", *want.addressId, answer->addressId));
    }
    const auto* ack = std::get_if<MptcpJoinAck>(&got);
    return ack && want.step == 2 &&
           ack->hmac ==
               MptcpJoinAckHmac(first, second, m_flow->stackNonce, peers, connection.version);
}

bool
PktMatcher::MatchDsn(const PktDsn& want, uint64_t got, bool wide, uint64_t idsn) const
{
    if (want.size == 0 || (want.size == 8) != wide)
    {
        return false;
    }
    if (!want.number)
    {
        return true;
    }
    if (!want.key.empty())
    {
        idsn = DeriveMptcpKey(GetKey(want.key), m_flow->connection->version).idsn;
    }
    const uint64_t value = idsn + *want.number;
    return wide ? value == got : static_cast<uint32_t>(value) == static_cast<uint32_t>(got);
}

bool
PktMatcher::MatchOne(const PktDssOption& want, const MptcpDss& got)
{
    const PktConnection& connection = *m_flow->connection;
    if ((want.dataAck.size != 0) != got.hasDataAck || (want.dsn.size != 0) != got.hasMapping ||
        want.fin != got.dataFin)
    {
        return false;
    }
    if (got.hasDataAck &&
        !MatchDsn(want.dataAck, got.dataAck, got.dataAck64, connection.GetScriptIdsn()))
    {
        return false;
    }
    if (!got.hasMapping)
    {
        return true; // packetdrill does not look at the rest either
    }
    const uint64_t idsn = connection.GetStackIdsn();
    if (!MatchDsn(want.dsn, got.dsn, got.dsn64, idsn) || want.ssn.value_or(got.ssn) != got.ssn ||
        want.length.value_or(got.length) != got.length || want.hasChecksum != got.hasChecksum)
    {
        return false;
    }
    if (!got.hasChecksum)
    {
        return true;
    }
    const uint64_t relative = got.dsn64 ? got.dsn - idsn : static_cast<uint32_t>(got.dsn - idsn);
    MptcpChecksum sum(idsn + relative, got.ssn, got.length);
    sum.Update(m_segment->payload);
    // One that covers data of other segments cannot be known from this one.
    const bool whole = m_segment->payload.size() + (got.dataFin ? 1 : 0) == got.length;
    const uint16_t right = got.length == 0 ? 0 : whole ? sum.Finish() : got.checksum;
    return want.checksum.value_or(right) == got.checksum;
}

bool
PktMatcher::MatchOne(const PktAddAddrOption& want, const MptcpAddAddr& got)
{
    const PktConnection& connection = *m_flow->connection;
    PktEndpoint endpoint = m_flows.Lookup(want.name).value_or(PktEndpoint());
    if (!want.address.empty())
    {
        endpoint.host = ParsePktAddress(want.address);
    }
    const Address host = GetPktAddAddrHost(got);
    if (endpoint.host.IsInvalid())
    {
        endpoint.host = host;
    }
    endpoint.port =
        got.port.value_or(got.echo ? m_segment->destination.port : m_segment->source.port);
    m_flows.Bind(want.name, endpoint);
    const uint64_t hmac = want.hmac.number.value_or(
        MptcpAddAddrHmac(connection.stackKey.value_or(0), connection.scriptKey.value_or(0), got));
    return endpoint.host == host && want.echo == got.echo && want.port == got.port &&
           want.addressId.value_or(got.addressId) == got.addressId &&
           want.hasHmac == got.hmac.has_value() && (!got.hmac || hmac == *got.hmac);
}

bool
PktMatcher::MatchOne(const PktFastcloseOption& want, const MptcpFastclose& got)
{
    uint64_t key = m_flow->connection->scriptKey.value_or(0);
    if (want.key)
    {
        key = want.key->value.value_or(GetKey(want.key->name));
    }
    return key + want.add == got.receiverKey;
}

} // namespace ns3
