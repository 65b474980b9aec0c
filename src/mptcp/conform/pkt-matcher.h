/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_MATCHER_H
#define PKT_MATCHER_H

#include "pkt-flow.h"
#include "pkt-script.h"
#include "pkt-segment.h"

#include "ns3/mptcp-option.h"

#include <optional>
#include <string>
#include <vector>

namespace ns3
{

/** How strictly segments are compared. */
struct PktStrictness
{
    bool literal{false};    ///< order and padding of options, MSS, window scale, PSH, windows
    bool addressIds{false}; ///< address identifiers of SYN/ACKs with MP_JOIN
    bool ticks{false};      ///< timestamps
    int64_t tickNs{0};      ///< unit of timestamps
    int64_t toleranceNs{0}; ///< tolerance for timestamps
};

/**
 * Compares a segment of the stack with what a script says, and takes from it what the script
 * leaves open: keys, nonces, addresses, timestamps.
 */
class PktMatcher
{
  public:
    /** @param flows flows and names @param strictness how strict */
    PktMatcher(PktFlowTable& flows, const PktStrictness& strictness);

    /**
     * @param packet of the script
     * @param segment of the stack
     * @param flow its flow
     * @return differences, empty if there is none
     */
    std::vector<std::string> Match(const PktPacket& packet,
                                   const PktSegment& segment,
                                   PktFlow& flow);

  private:
    /** Compare the headers. */
    void MatchHeader();
    /** Compare the payload with what the script has written. */
    void MatchPayload();
    /** Compare options in any order. */
    void MatchOptions();
    /** Compare options one by one. */
    void MatchLiteral();
    /** @param want of the script @param got of the stack, the same kind @return they are equal */
    bool MatchOption(const PktOption& want, const PktRawOption& got);
    /** @param want of the script @param got of the stack @return they are equal */
    bool MatchMptcp(const PktOption& want, const MptcpOption& got);
    /** @copydoc MatchMptcp */
    bool MatchOne(const PktCapableOption& want, const MptcpCapable& got);
    /** @param want of the script @param got of the stack @return they are equal */
    bool MatchJoin(const PktJoinOption& want, const MptcpOption& got);
    /** @copydoc MatchMptcp */
    bool MatchOne(const PktDssOption& want, const MptcpDss& got);
    /** @copydoc MatchMptcp */
    bool MatchOne(const PktAddAddrOption& want, const MptcpAddAddr& got);
    /** @copydoc MatchMptcp */
    bool MatchOne(const PktFastcloseOption& want, const MptcpFastclose& got);
    /** @param want of the script @param got of the stack @return they are equal */
    bool MatchTimestamp(const PktTimestampOption& want, const PktRawOption& got);
    /** @param want of the script @param got on the wire @param wide 8 octets @param idsn of its
     * side
     * @return they are equal */
    bool MatchDsn(const PktDsn& want, uint64_t got, bool wide, uint64_t idsn) const;
    /** @param key of the script @param got value @return it is this key, which may be new */
    bool MatchKey(const PktKey& key, uint64_t got);
    /** @param name a key @return its value, or 0 */
    uint64_t GetKey(const std::string& name) const;
    /** @param what a field of an option @param want of the script @param got of the stack
     * @return they are equal */
    template <typename T>
    bool Same(const char* what, const T& want, const T& got);
    /** @param what a field @param want of the script @param got of the stack */
    template <typename T>
    void Check(const char* what, const T& want, const T& got);

    PktFlowTable& m_flows;            ///< flows and names
    PktStrictness m_strictness;       ///< how strict
    const PktPacket* m_packet;        ///< of the script
    const PktSegment* m_segment;      ///< of the stack
    PktFlow* m_flow;                  ///< their flow
    std::vector<std::string> m_diffs; ///< differences
    std::string m_why;                ///< ": field: one instead of another" of an option
};

} // namespace ns3

#endif /* PKT_MATCHER_H */
