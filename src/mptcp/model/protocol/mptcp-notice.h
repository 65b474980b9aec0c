/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_NOTICE_H
#define MPTCP_NOTICE_H

#include "ns3/type-id.h"

#include <functional>
#include <string>

namespace ns3
{

/**
 * @ingroup mptcp
 * What the user should know and would otherwise not see: a setting that has no effect, a limit that
 * was met. One line on the standard error for each text, once in a simulation.
 */
class MptcpNotice
{
  public:
    /// Takes a line.
    using Sink = std::function<void(const std::string& text)>;

    /** @param text one line, without its end */
    static void Tell(const std::string& text);
    /** @param sink gets the lines in place of the standard error; empty: the latter */
    static void SetSink(const Sink& sink);
};

/**
 * @param attribute an attribute, as it is now
 * @return its default was set, if only to what it was: Config::SetDefault() or a command line
 */
bool MptcpIsDefaultSet(const TypeId::AttributeInformation& attribute);

} // namespace ns3

#endif /* MPTCP_NOTICE_H */
