/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_ISN_RANDOMIZER_H
#define MPTCP_MIDDLEBOX_ISN_RANDOMIZER_H

#include "mptcp-middlebox-element.h"

#include "ns3/random-variable-stream.h"

#include <cstddef>
#include <cstdint>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * A firewall that gives each flow a random initial sequence number: it adds a constant to the
 * sequence numbers of a direction, and takes it from acknowledgments and SACK blocks of the other
 * (RFC 8684, section 6). Flows whose SYN it did not see pass unchanged. One action is one segment
 * whose sequence number was changed.
 */
class MptcpMiddleboxIsnRandomizer : public MptcpMiddleboxElement
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpMiddleboxIsnRandomizer();
    int64_t AssignStreams(int64_t stream) override;
    std::size_t GetNFlows() const override;

  private:
    /** What is added to the sequence numbers of one direction. */
    struct Offset
    {
        uint32_t isn{0};    ///< of the SYN
        uint32_t offset{0}; ///< constant
    };

    /** One flow: offsets by Direction. */
    struct Flow
    {
        Offset offsets[2]; ///< by Direction
    };

    void DoDispose() override;
    void DoProcess(Direction direction, Segment& segment) override;

    Ptr<UniformRandomVariable> m_random;   ///< offsets
    MptcpMiddleboxFlowTable<Flow> m_flows; ///< flows whose SYN was seen
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_ISN_RANDOMIZER_H */
