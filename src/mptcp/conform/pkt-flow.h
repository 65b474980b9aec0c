/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_FLOW_H
#define PKT_FLOW_H

#include "pkt-script.h"
#include "pkt-segment.h"

#include "ns3/mptcp-option.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

/** What the two ends of an MPTCP connection know, seen from the script. */
struct PktConnection
{
    MptcpVersion version{MptcpVersion::V1}; ///< version of its MP_CAPABLE
    std::optional<uint64_t> scriptKey;      ///< key of the script's end
    std::optional<uint64_t> stackKey;       ///< key of the stack under test
    std::map<std::string, uint64_t> keys;   ///< keys by name
    uint64_t sentData{0};                   ///< octets that the script has mapped so far
    uint32_t scriptSynData{0};              ///< octets of the script's SYN
    uint32_t stackSynData{0};               ///< octets of the stack's SYN

    /** @return IDSN of the script's end, 0 before its key is known */
    uint64_t GetScriptIdsn() const;
    /** @return IDSN of the stack under test, 0 before its key is known */
    uint64_t GetStackIdsn() const;
};

/** A mapping that the script has sent. */
struct PktMapping
{
    uint32_t ssn{0};    ///< relative to the subflow
    uint64_t dsn{0};    ///< relative to the IDSN
    uint32_t length{0}; ///< octets; 0: all that follow
};

/** One TCP connection: a plain one or a subflow. */
struct PktFlow
{
    std::shared_ptr<PktConnection> connection; ///< what it belongs to
    PktEndpoint stack;                         ///< end under test
    PktEndpoint script;                        ///< the script's end
    bool stackOpens{false};                    ///< the stack sends the SYN
    bool synAcked{false};                      ///< the handshake has gone on after the SYN
    bool answered{false};                      ///< the script's SYN/ACK has answered the stack
    bool scriptIsnKnown{false};                ///< scriptIsn is valid
    bool stackIsnKnown{false};                 ///< stackIsn is valid
    uint32_t stackIsn{0};                      ///< sequence number of the stack's SYN
    uint32_t scriptIsn{0};                     ///< sequence number of the script's SYN
    uint32_t stackIsnLabel{0};                 ///< the script's word for stackIsn
    uint32_t stackNonce{0};                    ///< MP_JOIN
    uint32_t scriptNonce{0};                   ///< MP_JOIN
    uint8_t scriptAddressId{0};                ///< MP_JOIN
    std::map<uint32_t, uint32_t> timestamps;   ///< TSval of the script to that of the stack
    std::optional<int64_t> timestampOffset;    ///< first TSval of the script minus the stack's
    uint32_t lastTimestamp{0};                 ///< last TSval of the stack
    std::optional<uint32_t> scriptTimestamp;   ///< last TSval of the script's end
    std::vector<PktMapping> mappings;          ///< of the script's data

    /** @param segment of the stack @return it belongs here */
    bool Sends(const PktSegment& segment) const;
};

/** Where a packet of the script goes to or comes from; parts not known are empty. */
struct PktRoute
{
    PktEndpoint stack;  ///< end under test
    PktEndpoint script; ///< the script's end
};

/**
 * The flows of a script, the names of its addresses, and the addresses of its end.
 *
 * A packet without addresses belongs to the flow that came last. Names are bound at first use: to
 * the addresses of the flow, or to a new address of the script's end.
 */
class PktFlowTable
{
  public:
    /** @param stack first address and port of the stack @param script those of the script */
    PktFlowTable(const PktEndpoint& stack, const PktEndpoint& script);

    /** @param packet of the script @param line its line @return what its addresses say */
    PktRoute Resolve(const PktPacket& packet, uint32_t line) const;
    /** @param route where to @return the newest flow that fits, or null */
    PktFlow* Find(const PktRoute& route);
    /** @param packet of the script @param flow its flow: binds the names of the packet */
    void BindNames(const PktPacket& packet, const PktFlow& flow);
    /** @param connection what it belongs to @return a new flow, the newest one */
    PktFlow& Add(std::shared_ptr<PktConnection> connection);
    /** @return the newest flow, or null */
    PktFlow* GetLast();
    /** @return the flow of a segment of the stack, or null @param segment the segment */
    PktFlow* FindSender(const PktSegment& segment);
    /** @param token of a script's key @return the connection, or null */
    std::shared_ptr<PktConnection> FindByScriptToken(uint32_t token) const;

    /** @param name name of an address @return what it is bound to, if anything */
    std::optional<PktEndpoint> Lookup(const std::string& name) const;
    /** @param name name of an address @param endpoint what it means from now on */
    void Bind(const std::string& name, const PktEndpoint& endpoint);
    /** @param name name of octets @param octets what it means from now on */
    void BindOctets(const std::string& name, const std::vector<uint8_t>& octets);
    /** @param name name of octets @return what it means, or null */
    const std::vector<uint8_t>* FindOctets(const std::string& name) const;
    /** @return an address of the script's end that was not used yet */
    Address NewScriptHost();
    /** @return a port of the script's end that was not used yet */
    uint16_t NewScriptPort();
    /** @return first address and port of the stack */
    const PktEndpoint& GetStack() const;
    /** @return first address and port of the script's end */
    const PktEndpoint& GetScript() const;

  private:
    /** @param place of a packet @param line its line @return what it says */
    PktEndpoint Resolve(const PktPlace& place, uint32_t line) const;

    PktEndpoint m_stack;                                  ///< first endpoint of the stack
    PktEndpoint m_script;                                 ///< first endpoint of the script's end
    std::vector<std::unique_ptr<PktFlow>> m_flows;        ///< oldest first
    std::map<std::string, PktEndpoint> m_names;           ///< names bound so far
    std::map<std::string, std::vector<uint8_t>> m_octets; ///< octets by name
    uint32_t m_hosts{0};                                  ///< addresses of the script's end in use
    uint16_t m_nextPort{49152};                           ///< next port of the script's end
};

} // namespace ns3

#endif /* PKT_FLOW_H */
