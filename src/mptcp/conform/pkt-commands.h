/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_COMMANDS_H
#define PKT_COMMANDS_H

#include "pkt-host.h"
#include "pkt-script.h"

#include "ns3/mptcp-endpoint.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ns3
{

/**
 * The commands in back quotes of a script. No shell runs: what the scripts of MPTCP use is mapped
 * to attributes, endpoints and counters, and everything else is not supported.
 */
class PktCommands
{
  public:
    /** @param host host under test */
    explicit PktCommands(PktHost& host);

    /** @param command one or more lines @param line line of the script */
    void Run(const PktCommand& command, uint32_t line);

    /**
     * @param name of an attribute of ns3::MptcpStack
     * @param value what it is to be
     * @return why that cannot be, or ""
     */
    static std::string FindAttributeFault(const std::string& name, const std::string& value);

  private:
    using Words = std::vector<std::string>;

    /** @param text one line */
    void RunLine(const std::string& text);
    /** @param words "sysctl ..." */
    void Sysctl(const Words& words);
    /** @param name without "net." @param value its value */
    void SetSysctl(const std::string& name, const std::string& value);
    /** @param words "ip mptcp ..." without these two */
    void Mptcp(const Words& words);
    /** @param words "ip mptcp endpoint add ..." without these three */
    void AddEndpoint(const Words& words);
    /** @param words "ip mptcp endpoint change ..." without these four */
    void ChangeEndpoint(const Words& words);
    /** @param words "multi-ep.sh ..." */
    void MultipleEndpoints(const Words& words);
    /** @param added limit @param subflows limit */
    void SetLimits(uint8_t added, uint8_t subflows);
    /** Add the address behind the last one. @param flags of its endpoint */
    void AddNextAddress(uint8_t flags);
    /** @param text "test $(nstat ...) ..." */
    void Test(const std::string& text);
    /** @param text "ss ... | grep ..." */
    void Ss(const std::string& text) const;
    /** @param field of MPTCP_INFO @param want its value for the oldest established connection */
    void CheckInfo(const std::string& field, uint32_t want) const;
    /** @param flag word @return its bit, 0 if it is none */
    static uint8_t Flag(const std::string& flag);
    /** @param word a number @param high largest @return the number */
    uint32_t Number(const std::string& word, uint32_t high) const;
    /** @param error of the endpoint table */
    void Expect(const std::string& error) const;
    /** @param text what is not supported */
    [[noreturn]] void Unsupported(const std::string& text) const;

    PktHost& m_host;                         ///< host under test
    uint32_t m_line{0};                      ///< line of the command in hand
    uint32_t m_extra{0};                     ///< addresses added by scripts
    std::map<std::string, uint64_t> m_zeros; ///< counters at the last "nstat -n"
};

} // namespace ns3

#endif /* PKT_COMMANDS_H */
