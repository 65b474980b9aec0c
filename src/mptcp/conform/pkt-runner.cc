/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-runner.h"

#include "pkt-builder.h"
#include "pkt-error.h"
#include "pkt-printer.h"

#include "ns3/config.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/nstime.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/type-id.h"

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <set>
#include <utility>

namespace ns3
{

namespace
{

constexpr int64_t MICROSECOND = 1000;                      ///< ns
constexpr int64_t SECOND = 1000000000;                     ///< ns
constexpr int64_t START = SECOND;                          ///< simulated time of the script's 0
constexpr int64_t DEFAULT_TOLERANCE = 10000 * MICROSECOND; ///< ns
constexpr int64_t PATIENCE = 1000 * SECOND;                ///< longest wait for a "*"
constexpr uint16_t PORT = 8080;                            ///< of servers, as packetdrill has it

/** @param packet of a script @return a join begins with it */
bool
BeginsJoin(const PktPacket& packet)
{
    return std::any_of(packet.options.begin(), packet.options.end(), [](const PktOption& option) {
        const auto* join = std::get_if<PktJoinOption>(&option);
        return join && join->step == 0;
    });
}

/** @param segment a SYN @return its MP_JOIN, if it has one */
std::optional<MptcpJoinSyn>
FindJoin(const PktSegment& segment)
{
    for (const PktRawOption& option : segment.options)
    {
        MptcpOption parsed;
        if (option.kind == PKT_MPTCP &&
            ParseMptcpOption(option.octets, MptcpVersion::V1, parsed) == MptcpWireError::NONE &&
            std::holds_alternative<MptcpJoinSyn>(parsed))
        {
            return std::get<MptcpJoinSyn>(parsed);
        }
    }
    return {};
}

} // namespace

PktRunner::PktRunner(const PktScript& script, const PktSettings& settings)
    : m_script(script),
      m_settings(settings),
      m_tolerance(DEFAULT_TOLERANCE)
{
    ReadOptions();
}

PktRunner::~PktRunner()
{
    m_pending.reset();
    m_calls.reset();
    m_commands.reset();
    m_host.reset();
    Simulator::Destroy();
}

bool
PktRunner::Supports(const PktScript& script, bool ipv6)
{
    const auto version = script.options.find("ip_version");
    if (version != script.options.end())
    {
        return ipv6 ? version->second == "ipv6" : version->second == "ipv4";
    }
    const std::string name = script.path.substr(0, script.path.rfind('.'));
    return !name.ends_with(ipv6 ? "_v4" : "_v6");
}

void
PktRunner::ReadOptions()
{
    static const std::set<std::string> SWITCHES = {"strict_segments",
                                                   "send_omit_free",
                                                   "verbose",
                                                   "tcp_ts_ecr_scaled",
                                                   "strict_options",
                                                   "strict_address_ids"};
    for (const auto& [name, value] : m_script.options)
    {
        const uint32_t line = m_script.optionLines.at(name);
        if (SWITCHES.contains(name) && !value.empty())
        {
            throw PktError(PktFault::SYNTAX, line, "option --" + name + " takes no value");
        }
        const bool number = !value.empty() &&
                            value.find_first_not_of("0123456789") == std::string::npos &&
                            value.size() < 10;
        if (name == "tolerance_usecs" && number)
        {
            m_tolerance = std::stoll(value) * MICROSECOND;
        }
        else if (name == "mtu" && number && std::stoi(value) <= 65535)
        {
            m_mtu = static_cast<uint16_t>(std::stoi(value));
        }
        else if (name == "tcp_ts_tick_usecs" && number)
        {
            m_strictness.tickNs = std::stoll(value) * MICROSECOND;
        }
        else if (name == "strict_address_ids")
        {
            m_strictness.addressIds = true;
        }
        else if (name == "strict_options")
        {
            m_strictness.literal = true;
        }
        else if (name == "tcp_ts_ecr_scaled")
        {
            m_scalesEchoes = true;
        }
        // Segments are compared one by one in any case, as --strict_segments has it. The others
        // are about packetdrill's memory and output.
        else if (name != "ip_version" && name != "strict_segments" && name != "send_omit_free" &&
                 name != "verbose")
        {
            throw PktError(PktFault::UNSUPPORTED, line, "option --" + name + "=" + value);
        }
    }
    m_strictness.literal |= m_settings.strict;
    m_strictness.addressIds |= m_settings.strict;
    m_strictness.toleranceNs = m_tolerance;
}

void
PktRunner::Log(const std::string& text) const
{
    if (m_settings.log)
    {
        *m_settings.log << PrintPktTime(NanoSeconds(Now())) << " " << text << std::endl;
    }
}

int64_t
PktRunner::Now() const
{
    return Simulator::Now().GetNanoSeconds() - START;
}

void
PktRunner::Run()
{
    RngSeedManager::SetSeed(1);
    RngSeedManager::SetRun(1);
    PktHost::SetLinuxDefaults();
    TypeId manager;
    if (TypeId::LookupByNameFailSafe("ns3::MptcpPathManagerKernel", &manager))
    {
        Config::SetDefault("ns3::MptcpSocketBase::PathManager", TypeIdValue(manager));
    }
    // packetdrill's run_all gives IPv6 an MTU with the same MSS.
    const bool wider = m_settings.ipv6 && !m_script.options.contains("mtu");
    m_host = std::make_unique<PktHost>(m_settings.ipv6, wider ? m_mtu + 20 : m_mtu);
    if (!m_settings.pcap.empty())
    {
        m_host->EnablePcap(m_settings.pcap);
    }
    const PktEndpoint stack{m_host->GetAddress(), PORT};
    const PktEndpoint script{ParsePktAddress(m_settings.ipv6 ? "2001:db8::1" : "192.0.2.1"), PORT};
    m_flows = std::make_unique<PktFlowTable>(stack, script);
    // packetdrill's run_all computes it as Linux does.
    m_flows->BindOctets("TFO_COOKIE", m_host->GetStack()->MakeCookie(script.host));
    const auto changed = [this] {
        if (m_wake)
        {
            Simulator::Stop();
        }
    };
    m_calls = std::make_unique<PktSyscalls>(*m_host, stack, script, changed);
    m_commands = std::make_unique<PktCommands>(*m_host);
    m_host->SetSentCallback([this, changed](const PktSegment& segment) {
        if (m_settings.log)
        {
            Log("sent     " + PrintPktSegment(segment, m_flows->FindSender(segment)));
        }
        changed();
    });
    RunUntil(0);
    for (const auto& [name, value] : m_settings.attributes)
    {
        m_host->GetStack()->SetAttribute(name, StringValue(value));
    }
    if (m_script.init)
    {
        TellLine(m_script.initLine);
        m_commands->Run(*m_script.init, m_script.initLine);
    }
    for (const PktEvent& event : m_script.events)
    {
        Step(event);
    }
    FinishPending();
    if (m_script.cleanup)
    {
        m_commands->Run(*m_script.cleanup, m_script.cleanupLine);
    }
}

void
PktRunner::RunUntil(int64_t time)
{
    while (Now() < time)
    {
        m_wake = m_pending.has_value();
        Simulator::Stop(NanoSeconds(time - Now()));
        Simulator::Run();
        TryPending();
    }
    m_wake = false;
}

void
PktRunner::Settle()
{
    RunUntil(Now() + 1);
}

void
PktRunner::Step(const PktEvent& event)
{
    m_at = event.time.start + (event.time.relative || event.time.any ? m_last : 0);
    if (!event.time.relative && !event.time.any && m_at < m_nominal)
    {
        throw PktError(PktFault::SYNTAX, event.line, "the time is before that of the last event");
    }
    TellLine(event.line);
    std::visit([&](const auto& action) { Do(action, event); }, event.action);
    // As packetdrill: the next time is relative to when this did happen, which for an inbound
    // packet is when it was to.
    const auto* packet = std::get_if<PktPacket>(&event.action);
    const bool punctual =
        std::abs(Now() - m_at) < MICROSECOND; // events need a nanosecond to settle
    m_last = punctual || (packet && packet->inbound) ? m_at : Now();
    m_nominal = event.time.any ? m_last : m_at;
}

void
PktRunner::TellLine(uint32_t line) const
{
    if (m_settings.line)
    {
        *m_settings.line = line;
    }
}

int64_t
PktRunner::GetTolerance(const PktEvent& event) const
{
    // As packetdrill: a share of the time since the last event.
    return std::max(m_tolerance, (m_at + event.time.end - event.time.start - m_nominal) / 8);
}

void
PktRunner::Do(const PktCommand& command, const PktEvent& event)
{
    RunUntil(m_at);
    Log("command  " + command.text);
    m_commands->Run(command, event.line);
    Settle();
}

void
PktRunner::Do(const PktCall& call, const PktEvent& event)
{
    FinishPending();
    RunUntil(m_at);
    Log("call     " + call.name);
    PktAttempt attempt = m_calls->Begin(call, event.line);
    const int64_t begin = Now();
    const int64_t end = call.blocking ? call.end + (event.time.relative ? m_last : 0) : m_at;
    m_pending = Pending{&event, std::move(attempt), begin, end};
    TryPending();
    Settle();
    if (m_pending && !call.blocking)
    {
        FinishPending();
    }
}

void
PktRunner::TryPending()
{
    if (!m_pending)
    {
        return;
    }
    const auto result = m_pending->attempt();
    if (!result)
    {
        return;
    }
    const Pending done = *std::exchange(m_pending, std::nullopt);
    const auto& call = std::get<PktCall>(done.event->action);
    Log("returned " + call.name + " = " + std::to_string(result->value) + " " + result->error);
    m_calls->Check(call, done.event->line, *result);
    m_listens |= call.name == "listen" && result->value == 0;
    const int64_t late = Now() - done.end;
    const int64_t tolerance = std::max(m_tolerance, (done.end - done.begin) / 8);
    if (late > tolerance || (call.blocking && -late > tolerance))
    {
        throw PktError(PktFault::MISMATCH,
                       done.event->line,
                       call.name + ": returned at " + PrintPktTime(NanoSeconds(Now())) +
                           " instead of " + PrintPktTime(NanoSeconds(done.end)));
    }
}

void
PktRunner::FinishPending()
{
    if (!m_pending)
    {
        return;
    }
    const uint32_t line = m_pending->event->line;
    const std::string name = std::get<PktCall>(m_pending->event->action).name;
    const int64_t tolerance = std::max(m_tolerance, (m_pending->end - m_pending->begin) / 8);
    const int64_t limit = m_pending->end + tolerance;
    m_wake = true;
    while (m_pending && Now() < limit)
    {
        // One change at a time: the call returns when it can.
        Simulator::Stop(NanoSeconds(limit - Now()));
        Simulator::Run();
        TryPending();
    }
    m_wake = false;
    TryPending();
    if (m_pending)
    {
        throw PktError(PktFault::MISMATCH, line, name + ": still waits");
    }
}

void
PktRunner::Do(const PktPacket& packet, const PktEvent& event)
{
    if (packet.inbound)
    {
        SendInbound(packet, event);
    }
    else
    {
        AwaitOutbound(packet, event);
    }
}

bool
PktRunner::BeginsFlow(const PktPacket& packet, const PktRoute& route) const
{
    if ((packet.flags & (PKT_SYN | PKT_ACK)) != PKT_SYN)
    {
        return false;
    }
    // As packetdrill: a SYN with MP_JOIN begins one, and so does the first after listen(). Beyond
    // packetdrill, so does one from an address that no flow has, as an unbound name is.
    const bool fresh =
        !packet.source.name.empty() && !m_flows->Lookup(packet.source.name).has_value();
    return BeginsJoin(packet) || m_listens || fresh || !m_flows->Find(route);
}

PktFlow&
PktRunner::FlowOfInbound(const PktPacket& packet, uint32_t line)
{
    const PktRoute route = m_flows->Resolve(packet, line);
    if (!BeginsFlow(packet, route))
    {
        PktFlow* flow = m_flows->Find(route);
        if (!flow)
        {
            throw PktError(PktFault::SYNTAX, line, "no connection fits the packet");
        }
        return *flow;
    }
    // A new connection, or a new subflow of the newest one.
    m_listens = false;
    PktFlow* last = m_flows->GetLast();
    const bool of = BeginsJoin(packet) && last;
    PktFlow& flow = m_flows->Add(of ? last->connection : std::make_shared<PktConnection>());
    flow.script.port = m_flows->NewScriptPort();
    if (!route.script.host.IsInvalid())
    {
        flow.script = route.script;
    }
    else if (of && !packet.source.name.empty())
    {
        flow.script.host = m_flows->NewScriptHost();
    }
    if (!route.stack.host.IsInvalid())
    {
        flow.stack = route.stack;
    }
    return flow;
}

void
PktRunner::SendInbound(const PktPacket& packet, const PktEvent& event)
{
    RunUntil(m_at);
    PktFlow& flow = FlowOfInbound(packet, event.line);
    const PktSegment segment = PktBuilder(*m_flows, event.line, m_scalesEchoes).Build(packet, flow);
    if (segment.Serialize().empty())
    {
        std::size_t size = 0;
        for (const PktRawOption& option : segment.options)
        {
            size += option.octets.size();
        }
        throw PktError(PktFault::SYNTAX,
                       event.line,
                       size > MPTCP_OPTION_SPACE ? "the TCP options have more than 40 octets"
                                                 : "the packet has more than 65535 octets");
    }
    flow.synAcked |= (packet.flags & PKT_ACK) != 0;
    m_flows->BindNames(packet, flow);
    Log("injected " + PrintPktSegment(segment, &flow));
    PktSocket::SetResetInHand(packet.flags & PKT_RST);
    m_host->Inject(segment);
    Settle();
    PktSocket::SetResetInHand(false);
}

PktFlow*
PktRunner::AdoptSyn(const PktPacket& packet, const PktSegment& segment, uint32_t line)
{
    if ((packet.flags & (PKT_SYN | PKT_ACK)) != PKT_SYN ||
        (segment.flags & (PKT_SYN | PKT_ACK)) != PKT_SYN)
    {
        return nullptr;
    }
    const PktRoute route = m_flows->Resolve(packet, line);
    const auto fits = [](const PktEndpoint& want, const PktEndpoint& is) {
        return want.host.IsInvalid() || want.host == is.host;
    };
    if (!fits(route.stack, segment.source) || !fits(route.script, segment.destination))
    {
        return nullptr;
    }
    std::shared_ptr<PktConnection> connection;
    if (const auto join = FindJoin(segment))
    {
        connection = m_flows->FindByScriptToken(join->token);
        if (!connection && m_flows->GetLast())
        {
            connection = m_flows->GetLast()->connection;
        }
    }
    PktFlow& flow = m_flows->Add(connection ? connection : std::make_shared<PktConnection>());
    flow.stack = segment.source;
    flow.script = segment.destination;
    flow.stackOpens = true;
    m_listens = false;
    return &flow;
}

std::optional<std::size_t>
PktRunner::FindSent(const PktPacket& packet, const PktEvent& event)
{
    const PktRoute route = m_flows->Resolve(packet, event.line);
    const bool syn = (packet.flags & (PKT_SYN | PKT_ACK)) == PKT_SYN;
    PktFlow* want = m_flows->Find(route);
    std::deque<PktSegment>& sent = m_host->GetSent();
    for (std::size_t i = 0; i < sent.size(); ++i)
    {
        PktFlow* flow = m_flows->FindSender(sent[i]);
        if (!flow && AdoptSyn(packet, sent[i], event.line))
        {
            return i;
        }
        if (flow && flow == want && (!syn || flow->stackOpens))
        {
            return i;
        }
        if (flow && m_strictness.literal)
        {
            return i; // another flow's segment comes first
        }
    }
    return {};
}

void
PktRunner::AwaitOutbound(const PktPacket& packet, const PktEvent& event)
{
    const int64_t range = event.time.end - event.time.start;
    const int64_t deadline = event.time.any ? Now() + PATIENCE : m_at + range + GetTolerance(event);
    std::optional<std::size_t> found;
    m_wake = true;
    while (!(found = FindSent(packet, event)) && Now() < deadline)
    {
        Simulator::Stop(NanoSeconds(deadline - Now()));
        Simulator::Run();
        TryPending();
    }
    m_wake = false;
    if (!found)
    {
        std::string text = "no such packet was sent until " + PrintPktTime(NanoSeconds(deadline)) +
                           "\n  script: " + packet.text;
        for (const PktSegment& segment : m_host->GetSent())
        {
            text += "\n  unread: " + PrintPktSegment(segment, m_flows->FindSender(segment));
        }
        throw PktError(PktFault::MISMATCH, event.line, text);
    }
    std::deque<PktSegment>& sent = m_host->GetSent();
    PktSegment segment = std::move(sent[*found]);
    sent.erase(sent.begin() + *found);
    Compare(packet, event, std::move(segment));
}

void
PktRunner::Compare(const PktPacket& packet, const PktEvent& event, PktSegment segment)
{
    PktFlow& flow = *m_flows->FindSender(segment);
    if (!flow.stackIsnKnown && (segment.flags & PKT_SYN))
    {
        flow.stackIsnKnown = true;
        flow.stackIsn = segment.seq;
        flow.stackIsnLabel = packet.flags & PKT_SYN ? packet.seq : 0;
    }
    if (segment.flags & PKT_SYN)
    {
        flow.connection->stackSynData = segment.payload.size();
    }
    m_flows->BindNames(packet, flow);
    const int64_t time = segment.time.GetNanoSeconds() - START;
    PktMatcher matcher(*m_flows, m_strictness);
    std::vector<std::string> faults = matcher.Match(packet, segment, flow);
    const int64_t tolerance = GetTolerance(event);
    const int64_t range = event.time.end - event.time.start;
    if (!event.time.any && (time < m_at - tolerance || time > m_at + range + tolerance))
    {
        const std::string until = range == 0 ? "" : "~" + PrintPktTime(NanoSeconds(m_at + range));
        faults.push_back("time: " + PrintPktTime(NanoSeconds(time)) + " instead of " +
                         PrintPktTime(NanoSeconds(m_at)) + until);
    }
    flow.synAcked |= !(segment.flags & PKT_SYN);
    if (faults.empty())
    {
        return;
    }
    std::string text;
    for (const std::string& fault : faults)
    {
        text += (text.empty() ? "" : "; ") + fault;
    }
    text += "\n  script: " + PrintPktTime(NanoSeconds(m_at)) + " " + packet.text;
    text +=
        "\n  actual: " + PrintPktTime(NanoSeconds(time)) + " " + PrintPktSegment(segment, &flow);
    throw PktError(PktFault::MISMATCH, event.line, text);
}

} // namespace ns3
