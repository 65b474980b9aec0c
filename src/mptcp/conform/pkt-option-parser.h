/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_OPTION_PARSER_H
#define PKT_OPTION_PARSER_H

#include "pkt-lexer.h"
#include "pkt-script.h"

#include <map>
#include <string>
#include <vector>

namespace ns3
{

/**
 * Parse the TCP options of a packet, after the "<".
 *
 * @param lexer where the first option starts; afterwards behind the ">"
 * @param defines values of defined words
 * @return the options
 */
std::vector<PktOption> ParsePktOptions(PktLexer& lexer,
                                       const std::map<std::string, std::string>& defines);

} // namespace ns3

#endif /* PKT_OPTION_PARSER_H */
