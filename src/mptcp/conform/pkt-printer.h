/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_PRINTER_H
#define PKT_PRINTER_H

#include "pkt-flow.h"
#include "pkt-segment.h"

#include "ns3/mptcp-option.h"

#include <string>

namespace ns3
{

/**
 * Write a segment in the language of scripts.
 *
 * @param segment the segment
 * @param flow its flow, or null: then all numbers are those on the wire
 * @return the text, direction included
 */
std::string PrintPktSegment(const PktSegment& segment, const PktFlow* flow);

/**
 * Write an MPTCP option in the language of scripts.
 *
 * @param option the option
 * @param flow its flow, or null
 * @param inbound the script has sent it
 * @return the text
 */
std::string PrintPktOption(const MptcpOption& option, const PktFlow* flow, bool inbound);

/** @param time a time since the script began @return seconds with six digits */
std::string PrintPktTime(Time time);

} // namespace ns3

#endif /* PKT_PRINTER_H */
