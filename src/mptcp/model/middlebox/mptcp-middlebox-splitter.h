/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_SPLITTER_H
#define MPTCP_MIDDLEBOX_SPLITTER_H

#include "mptcp-middlebox-element.h"

#include <cstdint>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Splits segments as TCP segmentation offload does (RFC 8684, section 6). Options are copied to
 * all pieces, or kept on the first or the last only. FIN and PSH go with the last piece. One action
 * is one segment that was split.
 */
class MptcpMiddleboxSplitter : public MptcpMiddleboxElement
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();

  private:
    void DoProcess(Direction direction, Segment& segment) override;

    uint32_t m_maxSize{500};    ///< attribute MaxSize
    bool m_optionsFirst{true};  ///< attribute OptionsOnFirst
    bool m_optionsLast{true};   ///< attribute OptionsOnLast
    bool m_optionsMiddle{true}; ///< attribute OptionsOnMiddle
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_SPLITTER_H */
