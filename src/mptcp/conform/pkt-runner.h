/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_RUNNER_H
#define PKT_RUNNER_H

#include "pkt-commands.h"
#include "pkt-flow.h"
#include "pkt-host.h"
#include "pkt-matcher.h"
#include "pkt-script.h"
#include "pkt-syscalls.h"

#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace ns3
{

/** How a script is run. */
struct PktSettings
{
    bool ipv6{false};                              ///< over IPv6
    bool strict{false};                            ///< compare literally
    std::string pcap;                              ///< pcap file to write, or ""
    std::ostream* log{nullptr};                    ///< where to tell each packet, or null
    std::map<std::string, std::string> attributes; ///< of ns3::MptcpStack, set before the script
    volatile uint32_t* line{nullptr};              ///< where to tell the line in hand, or null
};

/**
 * Runs one script against one simulated host.
 *
 * Events happen at the script's times in simulated time; there is no jitter, so what the stack
 * sends is compared with a small tolerance unless the script gives one.
 */
class PktRunner
{
  public:
    /** @param script script @param settings how */
    PktRunner(const PktScript& script, const PktSettings& settings);
    ~PktRunner();

    /** Run the script. @throws PktError if it does not pass */
    void Run();

    /** @param script a script @return it runs over IPv4 @param ipv6 asked for IPv6 instead */
    static bool Supports(const PktScript& script, bool ipv6);

  private:
    /** A system call that waits. */
    struct Pending
    {
        const PktEvent* event; ///< the call
        PktAttempt attempt;    ///< what to try
        int64_t begin;         ///< when it began, ns since the start of the script
        int64_t end;           ///< when it has to return, ns since the start of the script
    };

    void ReadOptions();                                        ///< tolerance and the like
    void Step(const PktEvent& event);                          ///< @param event next event
    void Do(const PktCall& call, const PktEvent& event);       ///< @param call of @param event
    void Do(const PktPacket& packet, const PktEvent& event);   ///< @param packet of @param event
    void Do(const PktCommand& command, const PktEvent& event); ///< @param command of @param event
    void SendInbound(const PktPacket& packet, const PktEvent& event);   ///< @copydoc Do
    void AwaitOutbound(const PktPacket& packet, const PktEvent& event); ///< @copydoc Do
    /** @param packet inbound @param line its line @return its flow, made if it begins one */
    PktFlow& FlowOfInbound(const PktPacket& packet, uint32_t line);
    /** @param packet inbound @param route what its addresses say @return it begins a flow */
    bool BeginsFlow(const PktPacket& packet, const PktRoute& route) const;
    /** @param packet outbound SYN or other @param event its event @return index into the queue of
     * sent segments of the one that should be it */
    std::optional<std::size_t> FindSent(const PktPacket& packet, const PktEvent& event);
    /** @param packet outbound @param segment of a flow not known yet @return its flow, or null */
    PktFlow* AdoptSyn(const PktPacket& packet, const PktSegment& segment, uint32_t line);
    /** @param packet outbound @param event its event @param segment of the stack */
    void Compare(const PktPacket& packet, const PktEvent& event, PktSegment segment);
    /** @param time ns since the start of the script: let the simulation get there */
    void RunUntil(int64_t time);
    /** Let everything happen that happens now. */
    void Settle();
    /** Try the call that waits again. */
    void TryPending();
    /** Wait for the call that waits. */
    void FinishPending();
    /** @return ns since the start of the script */
    int64_t Now() const;
    /** @param event an event @return how far from its time it may be, ns */
    int64_t GetTolerance(const PktEvent& event) const;
    /** @param line the next thing to happen stands there */
    void TellLine(uint32_t line) const;
    /** @param text to tell */
    void Log(const std::string& text) const;

    const PktScript& m_script;               ///< script
    PktSettings m_settings;                  ///< how it is run
    PktStrictness m_strictness;              ///< how segments are compared
    int64_t m_tolerance;                     ///< ns
    uint16_t m_mtu{1500};                    ///< MTU
    std::unique_ptr<PktHost> m_host;         ///< host under test
    std::unique_ptr<PktFlowTable> m_flows;   ///< flows
    std::unique_ptr<PktSyscalls> m_calls;    ///< system calls
    std::unique_ptr<PktCommands> m_commands; ///< commands
    int64_t m_last{0};                       ///< when the last event happened, ns
    int64_t m_nominal{0};                    ///< when it was to happen, ns
    int64_t m_at{0};                         ///< script time of this event, ns
    std::optional<Pending> m_pending;        ///< call that waits
    bool m_wake{false};                      ///< stop the simulation at the next change
    bool m_listens{false};                   ///< listen() came after the newest flow
    bool m_scalesEchoes{false};              ///< --tcp_ts_ecr_scaled
};

} // namespace ns3

#endif /* PKT_RUNNER_H */
