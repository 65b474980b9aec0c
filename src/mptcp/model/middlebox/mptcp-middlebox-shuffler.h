/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_SHUFFLER_H
#define MPTCP_MIDDLEBOX_SHUFFLER_H

#include "mptcp-middlebox-element.h"

#include "ns3/nstime.h"
#include "ns3/random-variable-stream.h"

#include <cstdint>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Delays segments at random, so that others overtake them, and repeats segments at random. One
 * action is one segment that was delayed or repeated.
 */
class MptcpMiddleboxShuffler : public MptcpMiddleboxElement
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpMiddleboxShuffler();
    int64_t AssignStreams(int64_t stream) override;

  private:
    void DoProcess(Direction direction, Segment& segment) override;

    double m_reorder{0};                 ///< attribute Reorder
    double m_duplicate{0};               ///< attribute Duplicate
    Time m_delay;                        ///< attribute Delay
    Ptr<UniformRandomVariable> m_random; ///< decisions
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_SHUFFLER_H */
