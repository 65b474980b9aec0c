/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_BUILDER_H
#define PKT_BUILDER_H

#include "pkt-flow.h"
#include "pkt-script.h"
#include "pkt-segment.h"

#include "ns3/mptcp-option.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

/** @param position place in a stream, from 1 @return the octet that a script has there */
uint8_t GetPktOctet(uint64_t position);

/**
 * Makes the segments that a script sends: script values become those of the connection.
 */
class PktBuilder
{
  public:
    /** @param flows flows and names @param line line of the packet, for messages
     * @param scalesEchoes compute the echo of a timestamp that the stack has not sent */
    PktBuilder(PktFlowTable& flows, uint32_t line, bool scalesEchoes);

    /** @param packet of the script @param flow its flow @return the segment */
    PktSegment Build(const PktPacket& packet, PktFlow& flow);

  private:
    /** @param option of the script @return octets of the option */
    std::vector<uint8_t> Make(const PktOption& option);
    /** @copydoc Make */
    MptcpOption Make(const PktCapableOption& option);
    /** @copydoc Make */
    MptcpOption Make(const PktJoinOption& option);
    /** @copydoc Make */
    MptcpOption Make(const PktDssOption& option);
    /** @copydoc Make */
    MptcpOption Make(const PktAddAddrOption& option);
    /** @copydoc Make */
    MptcpOption Make(const PktFailOption& option);
    /** @copydoc Make */
    MptcpOption Make(const PktFastcloseOption& option);
    /** Note the timestamp of m_segment, or add one that ns-3 cannot do without. */
    void AddTimestamp();
    /** Fill in the payload of m_segment. */
    void FillPayload();
    /** @param key by name @param isScripts a key of the script's end if it has no value yet
     * @return its value */
    uint64_t GetKey(const PktKey& key, bool isScripts);
    /** @param name of a key @return its value */
    uint64_t GetKey(const std::string& name) const;
    /** @param echo TSecr of the script @return TSecr on the wire */
    uint32_t GetEcho(uint32_t echo) const;
    /** @param dsn of the script @param idsn of its side @param missing relative value if it says
     * none @return the DSN on the wire */
    uint64_t GetDsn(const PktDsn& dsn, uint64_t idsn, uint64_t missing) const;
    /** @param text what is wrong */
    [[noreturn]] void Fail(const std::string& text) const;

    PktFlowTable& m_flows;     ///< flows and names
    uint32_t m_line;           ///< line of the packet
    bool m_scalesEchoes;       ///< compute echoes of timestamps that the stack has not sent
    const PktPacket* m_packet; ///< packet of the script
    PktFlow* m_flow;           ///< its flow
    PktSegment m_segment;      ///< result
};

/**
 * A value of the script's text for keys: a name of the connection or a number.
 *
 * @param connection the connection
 * @param name name or decimal number
 * @return the key, if there is one
 */
std::optional<uint64_t> FindPktKey(const PktConnection& connection, const std::string& name);

/**
 * @param host Ipv4Address or Ipv6Address
 * @param option where its octets go
 */
void SetPktAddAddrHost(const Address& host, MptcpAddAddr& option);

/** @param option the option @return Ipv4Address or Ipv6Address */
Address GetPktAddAddrHost(const MptcpAddAddr& option);

} // namespace ns3

#endif /* PKT_BUILDER_H */
