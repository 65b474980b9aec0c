/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_PARSER_H
#define PKT_PARSER_H

#include "pkt-script.h"

#include <map>
#include <string>
#include <string_view>

namespace ns3
{

/**
 * Parse a script.
 *
 * @param path its file, for messages
 * @param text its text
 * @param defines values of words, in addition to those that the script defines
 * @return the script
 * @throws PktError
 */
PktScript ParsePktScript(const std::string& path,
                         std::string_view text,
                         const std::map<std::string, std::string>& defines = {});

} // namespace ns3

#endif /* PKT_PARSER_H */
