/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-chaos-scenario.h"

#include <algorithm>
#include <bit>
#include <sstream>

namespace ns3
{

namespace
{

using Draw = MptcpChaosDraw;
using Attributes = std::vector<std::pair<std::string, std::string>>;

const char* const INITIAL_CWND = "ns3::TcpSocket::InitialCwnd";

/** @param value any @return true or false as attributes spell it */
std::string
Spell(bool value)
{
    return value ? "true" : "false";
}

/** @param type last part of the name @param attributes attributes @return the element */
MptcpChaosElement
Element(const std::string& type, const Attributes& attributes = {})
{
    return {"ns3::MptcpMiddlebox" + type, attributes};
}

/** @param draw draws @return an element that TCP hardly notices */
MptcpChaosElement
DrawMild(Draw& draw)
{
    switch (draw.Between(0, 5))
    {
    case 0:
        return Element("Nat");
    case 1:
        return Element("IsnRandomizer");
    case 2:
        return Element("WindowClamp",
                       {{"MaxWindow", std::to_string(draw.Magnitude(4000, 200'000))}});
    case 3:
        return Element("Shuffler",
                       {{"Reorder", "0.0" + std::to_string(draw.Between(0, 5))},
                        {"Duplicate", "0.0" + std::to_string(draw.Between(0, 5))},
                        {"Delay", std::to_string(draw.Between(1, 20)) + "ms"}});
    case 4:
        return Element("Splitter",
                       {{"MaxSize", std::to_string(draw.Between(200, 1400))},
                        {"OptionsOnMiddle", Spell(draw.Chance(70))},
                        {"OptionsOnLast", Spell(draw.Chance(70))}});
    default:
        return Element("OptionDuplicator", {{"Next", Spell(draw.Chance(20))}});
    }
}

/** @param draw draws @return an element that stops MPTCP, but not TCP */
MptcpChaosElement
DrawRough(Draw& draw)
{
    switch (draw.Between(0, 4))
    {
    case 0:
        return Element("OptionFilter",
                       {{"Syn", Spell(draw.Chance(30))},
                        {"SynAck", Spell(draw.Chance(30))},
                        {"ThirdAck", Spell(draw.Chance(50))},
                        {"Others", Spell(draw.Chance(60))},
                        {"Forward", Spell(draw.Chance(70))},
                        {"Backward", Spell(draw.Chance(70))},
                        {"Pad", Spell(draw.Chance(50))},
                        {"Subtypes", draw.Chance(70) ? "65535" : "4"}});
    case 1:
        return Element("OptionFilter", {{"Drop", "true"}, {"Others", "false"}});
    case 2:
        return Element("Proxy",
                       {{"Forward", Spell(draw.Chance(70))},
                        {"Backward", Spell(draw.Chance(70))},
                        {"BufferSize", std::to_string(draw.Magnitude(2000, 1 << 20))}});
    case 3:
        return Element("Coalescer",
                       {{"MaxSize", std::to_string(draw.Between(500, 1400))},
                        {"KeepLast", Spell(draw.Chance(50))}});
    default:
        return Element("Splitter",
                       {{"MaxSize", std::to_string(draw.Between(200, 1400))},
                        {"OptionsOnFirst", "false"},
                        {"OptionsOnMiddle", Spell(draw.Chance(50))}});
    }
}

/** @param draw draws @return an element that also breaks connections in their course */
MptcpChaosElement
DrawHostile(Draw& draw)
{
    switch (draw.Between(0, 2))
    {
    case 0:
        return Element(
            "OptionFilter",
            {{"After", std::to_string(draw.Magnitude(1, 300))},
             {"Forward", Spell(draw.Chance(70))},
             {"Backward", Spell(draw.Chance(70))},
             {"Subtypes", std::to_string(draw.Chance(50) ? 0xffff : draw.Between(1, 511))}});
    case 1:
        return Element("Nat", {{"Timeout", std::to_string(draw.Magnitude(50, 5000)) + "ms"}});
    default:
        return Element("OptionFilter",
                       {{"After", std::to_string(draw.Magnitude(1, 300))},
                        {"Drop", "true"},
                        {"Subtypes", std::to_string(draw.Between(1, 0xffff))}});
    }
}

/** @param draw draws @return an element that changes data */
MptcpChaosElement
DrawRewriter(Draw& draw)
{
    const bool forward = draw.Chance(50);
    std::string insert;
    for (uint64_t i = draw.Between(0, 12); i > 0; --i)
    {
        insert += static_cast<char>(draw.Between('a', 'z'));
    }
    return Element("Rewriter",
                   {{"Offset", std::to_string(draw.Magnitude(1, 100'000) - 1)},
                    {"Period", std::to_string(draw.Magnitude(100, 100'000))},
                    {"Count", std::to_string(draw.Between(1, 4))},
                    {"Remove", std::to_string(draw.Between(0, 12))},
                    {"Insert", insert},
                    {"Invert", Spell(draw.Chance(30))},
                    {"Forward", Spell(forward)},
                    {"Backward", Spell(!forward)}});
}

/**
 * @param draw draws
 * @param scenario what is drawn so far
 * @param path gets a middlebox, perhaps
 */
void
DrawBox(Draw& draw, const MptcpChaosScenario& scenario, MptcpChaosPath& path)
{
    if (!draw.Chance(scenario.harshness == 0 ? 30 : 55))
    {
        return;
    }
    for (uint64_t i = draw.Between(1, 3); i > 0; --i)
    {
        path.box.push_back(DrawMild(draw));
    }
    if (scenario.harshness > 0 && draw.Chance(60))
    {
        path.box.push_back(DrawRough(draw));
        // What loses mappings may break MPTCP, which TCP would not have noticed.
        const std::string& type = path.box.back().type;
        path.tame = path.tame && (type == "ns3::MptcpMiddleboxOptionFilter");
    }
    if (scenario.harshness > 1 && draw.Chance(40))
    {
        path.box.push_back(DrawHostile(draw));
        path.tame = false;
    }
    if (scenario.harshness > 0 && scenario.checksum && draw.Chance(25))
    {
        path.box.push_back(DrawRewriter(draw));
        path.tame = false;
    }
    for (std::size_t i = path.box.size() - 1; i > 0; --i)
    {
        std::swap(path.box[i], path.box[draw.Between(0, i)]);
    }
    // A filter that drops segments with options drops those of plain TCP as well, once another
    // element has put the option of an earlier segment into them.
    path.tame = path.tame && !(path.Has("OptionDuplicator") && path.Has("OptionFilter"));
}

/**
 * @param draw draws
 * @param scenario what is drawn so far
 * @param path gets outages, perhaps
 */
void
DrawOutages(Draw& draw, const MptcpChaosScenario& scenario, MptcpChaosPath& path)
{
    // Bursts of losses
    if (draw.Chance(20))
    {
        Time at = MilliSeconds(draw.Between(0, 2000));
        for (uint64_t i = draw.Between(1, 10); i > 0; --i)
        {
            const Time until = at + MilliSeconds(draw.Magnitude(5, 300));
            path.outages.push_back({MptcpChaosOutage::CUT, at, until});
            at = until + MilliSeconds(draw.Between(500, 5000));
        }
    }
    if (scenario.harshness == 0 || !draw.Chance(40))
    {
        return;
    }
    path.tame = false;
    Time at = MilliSeconds(draw.Between(0, 3000));
    for (uint64_t i = draw.Between(1, 4); i > 0; --i)
    {
        const auto kind = static_cast<MptcpChaosOutage::Kind>(draw.Between(0, 2));
        const bool forGood = scenario.harshness > 1 && draw.Chance(15);
        const Time until = forGood ? at : at + MilliSeconds(draw.Magnitude(50, 20'000));
        // ns-3's IPv6 stops the simulation over a router solicitation of an interface that goes
        // down in the first milliseconds.
        const Time from = kind == MptcpChaosOutage::CUT ? at : Max(at, MilliSeconds(10));
        path.outages.push_back({kind, from, forGood ? from : Max(until, from)});
        if (forGood)
        {
            break;
        }
        at = until + MilliSeconds(draw.Magnitude(10, 10'000));
    }
}

/** @param draw draws @param scenario gets its paths */
void
DrawPaths(Draw& draw, MptcpChaosScenario& scenario)
{
    const uint64_t number = draw.Pick<uint64_t>({1, 1, 2, 2, 2, 2, 3, 4});
    for (uint64_t i = 0; i < number; ++i)
    {
        MptcpChaosPath path;
        path.rate = draw.Magnitude(200'000, 100'000'000);
        path.delay = MicroSeconds(draw.Magnitude(100, 200'000));
        path.queue = draw.Magnitude(5, 300);
        path.mtu = draw.Pick<uint16_t>({1500, 1500, 1500, 1400, 1280, 9000});
        for (double& loss : path.loss)
        {
            if (draw.Chance(30))
            {
                const uint64_t most = scenario.harshness == 0   ? 10
                                      : scenario.harshness == 1 ? 50
                                                                : 200;
                loss = static_cast<double>(draw.Between(1, most)) / 1000;
            }
        }
        path.tame = path.loss[0] <= 0.02 && path.loss[1] <= 0.02;
        DrawBox(draw, scenario, path);
        DrawOutages(draw, scenario, path);
        scenario.paths.push_back(path);
    }
}

/** @param draw draws @param scenario gets its settings */
void
DrawSettings(Draw& draw, MptcpChaosScenario& scenario)
{
    scenario.family = draw.Pick<uint32_t>({4, 4, 6, 10, 10});
    scenario.ipv6First = scenario.family == 6 || (scenario.family == 10 && draw.Chance(50));
    const uint64_t plain = draw.Between(0, 19);
    scenario.mptcp[0] = plain != 0;
    scenario.mptcp[1] = plain != 1;
    Attributes& d = scenario.defaults;
    const std::string tcp = "ns3::TcpSocket::";
    d.emplace_back(tcp + "SegmentSize", std::to_string(draw.Pick<int>({536, 1000, 1400, 1448})));
    d.emplace_back(tcp + "SndBufSize", std::to_string(draw.Magnitude(4096, 4 << 20)));
    d.emplace_back(tcp + "RcvBufSize", std::to_string(draw.Magnitude(8192, 4 << 20)));
    d.emplace_back(tcp + "InitialCwnd", std::to_string(draw.Pick<int>({1, 4, 10, 10, 10})));
    d.emplace_back(tcp + "TcpNoDelay", Spell(draw.Chance(60)));
    d.emplace_back(tcp + "DelAckCount", std::to_string(draw.Pick<int>({1, 2, 2, 2, 4})));
    d.emplace_back(tcp + "DelAckTimeout", std::to_string(draw.Magnitude(10, 300)) + "ms");
    const std::string base = "ns3::TcpSocketBase::";
    d.emplace_back(base + "Sack", Spell(draw.Chance(85)));
    d.emplace_back(base + "Timestamp", Spell(draw.Chance(85)));
    d.emplace_back(base + "WindowScaling", Spell(draw.Chance(85)));
    d.emplace_back(base + "MinRto", std::to_string(draw.Pick<int>({200, 200, 1000})) + "ms");
    const std::string socket = "ns3::MptcpSocketBase::";
    d.emplace_back(socket + "Scheduler",
                   draw.Pick<std::string>({"ns3::MptcpSchedulerMinRtt",
                                           "ns3::MptcpSchedulerRoundRobin",
                                           "ns3::MptcpSchedulerLinux"}));
    d.emplace_back(socket + "PathManager",
                   draw.Pick<std::string>({"ns3::MptcpPathManagerFullMesh",
                                           "ns3::MptcpPathManagerFullMesh",
                                           "ns3::MptcpPathManagerKernel",
                                           "ns3::MptcpPathManagerNdiffports",
                                           "ns3::MptcpPathManagerNull"}));
    d.emplace_back(socket + "CongestionControl",
                   draw.Pick<std::string>(
                       {"ns3::MptcpLia", "ns3::MptcpLia", "ns3::TcpNewReno", "ns3::TcpCubic"}));
    for (Attributes& s : scenario.stack)
    {
        const bool checksum = draw.Chance(25);
        scenario.checksum = scenario.checksum || checksum;
        const uint64_t version = draw.Chance(20) ? 0 : 1;
        s.emplace_back("ChecksumEnabled", Spell(checksum));
        s.emplace_back("Version", std::to_string(version));
        s.emplace_back("LowestVersion", std::to_string(version == 1 && draw.Chance(60) ? 1 : 0));
        s.emplace_back("Dsn32", Spell(draw.Chance(15)));
        s.emplace_back("StaleLossCnt", std::to_string(draw.Pick<int>({0, 1, 4, 4})));
        s.emplace_back("FastcloseByAck", Spell(draw.Chance(30)));
        s.emplace_back("AllowJoinInitialAddrPort", Spell(!draw.Chance(15)));
        s.emplace_back("SynRetransBeforeTcpFallback", std::to_string(draw.Between(0, 4)));
        s.emplace_back("CloseTimeout", draw.Chance(70) ? "60s" : "0s");
    }
}

/**
 * Policies and profiles, from draws of their own: what is added here changes nothing else of a
 * seed.
 *
 * @param draw draws
 * @param scenario gets them
 */
void
DrawPolicies(Draw& draw, MptcpChaosScenario& scenario)
{
    if (draw.Chance(40))
    {
        scenario.defaults.emplace_back("ns3::MptcpSocketBase::CongestionControl",
                                       draw.Pick<std::string>({"ns3::MptcpOlia",
                                                               "ns3::MptcpBalia",
                                                               "ns3::MptcpWVegas",
                                                               "ns3::MptcpEwtcp",
                                                               "ns3::MptcpSemicoupled",
                                                               "ns3::MptcpCoupled",
                                                               "ns3::MptcpSubsetMin",
                                                               "ns3::MptcpEpsilon",
                                                               "ns3::MptcpCoupledCubic",
                                                               "ns3::MptcpCBbr",
                                                               "ns3::MptcpBottleneckBbr"}));
    }
    for (std::string& profile : scenario.profile)
    {
        if (draw.Chance(15))
        {
            profile = draw.Pick<std::string>({"Linux", "LinuxV0", "FreeBsd", "Rfc"});
            scenario.checksum = scenario.checksum || profile == "LinuxV0" || profile == "Rfc";
        }
    }
    if (draw.Chance(60))
    {
        const std::string scheduler = draw.Pick<std::string>({"ns3::MptcpSchedulerWeighted",
                                                              "ns3::MptcpSchedulerRedundant",
                                                              "ns3::MptcpSchedulerReMp",
                                                              "ns3::MptcpSchedulerBlest",
                                                              "ns3::MptcpSchedulerEcf",
                                                              "ns3::MptcpSchedulerDaps",
                                                              "ns3::MptcpSchedulerOtias",
                                                              "ns3::MptcpSchedulerSttf",
                                                              "ns3::MptcpSchedulerBufferBloat"});
        scenario.defaults.emplace_back("ns3::MptcpSocketBase::Scheduler", scheduler);
        const bool variant = draw.Chance(50);
        if (variant && (scheduler.ends_with("Blest") || scheduler.ends_with("Ecf")))
        {
            scenario.defaults.emplace_back(scheduler + "::LinuxArithmetic", "true");
        }
        if (variant && scheduler.ends_with("ReMp"))
        {
            scenario.defaults.emplace_back(scheduler + "::Backlog", "20000");
        }
        if (variant && scheduler.ends_with("BufferBloat"))
        {
            scenario.defaults.emplace_back(scheduler + "::Inner", "ns3::MptcpSchedulerSttf");
        }
    }
}

/**
 * @param draw draws
 * @param scenario what is drawn so far
 * @param most largest number of octets
 * @return what an application does
 */
MptcpChaosEnd
DrawEnd(Draw& draw, const MptcpChaosScenario& scenario, uint64_t most)
{
    MptcpChaosEnd end;
    end.bytes = draw.Chance(20) ? 0 : draw.Magnitude(1, most);
    end.writeSize = draw.Magnitude(std::max<uint64_t>(1, end.bytes / 2000), 100'000);
    // ns-3's own TCP loses data that it has to send again after the peer's FIN, and has other
    // weaknesses when an end is closed early.
    const bool stock = !scenario.mptcp[0] || !scenario.mptcp[1];
    end.close = stock || draw.Chance(40) ? MptcpChaosEnd::DONE : MptcpChaosEnd::SHUTDOWN;
    if (!stock && scenario.harshness > 0)
    {
        if (draw.Chance(8))
        {
            end.close = MptcpChaosEnd::AT_ONCE;
        }
        if (draw.Chance(8))
        {
            end.close = MptcpChaosEnd::ABORT;
            end.abortAt = MilliSeconds(draw.Magnitude(1, 10'000));
        }
    }
    if (!stock && draw.Chance(15))
    {
        end.readFrom = MilliSeconds(draw.Magnitude(100, 20'000));
    }
    if (!stock && draw.Chance(15))
    {
        end.readSize = draw.Magnitude(100, 100'000);
        end.readEvery = MilliSeconds(draw.Magnitude(1, 300));
    }
    return end;
}

/** @param draw draws @param scenario gets its connections */
void
DrawConnections(Draw& draw, MptcpChaosScenario& scenario)
{
    uint64_t slowest = UINT64_MAX;
    for (const MptcpChaosPath& path : scenario.paths)
    {
        slowest = std::min(slowest, path.rate);
    }
    const uint64_t number = draw.Chance(15) ? draw.Between(3, 30) : 1;
    // At most a minute of the slowest path, in all.
    const uint64_t most = std::min<uint64_t>(2'000'000, slowest / 8 * 60) / number;
    for (uint64_t i = 0; i < number; ++i)
    {
        MptcpChaosConnection connection;
        connection.start = MilliSeconds(100 + draw.Between(0, number * 200));
        for (MptcpChaosEnd& end : connection.ends)
        {
            end = DrawEnd(draw, scenario, std::max<uint64_t>(most, 2));
        }
        connection.closedPort = draw.Chance(3);
        connection.simultaneous =
            !connection.closedPort && scenario.mptcp[0] && scenario.mptcp[1] && draw.Chance(3);
        scenario.connections.push_back(connection);
    }
}

/**
 * @param draw draws
 * @param scenario what is drawn so far
 * @param kinds what may be done
 * @return a command in mid-run
 */
MptcpChaosCommand
DrawCommand(Draw& draw,
            const MptcpChaosScenario& scenario,
            const std::vector<MptcpChaosCommand::Kind>& kinds)
{
    constexpr uint8_t signal = 1;
    constexpr uint8_t subflow = 2;
    constexpr uint8_t backup = 4;
    constexpr uint8_t fullmesh = 8;
    constexpr uint8_t laminar = 32;
    MptcpChaosCommand command;
    command.kind = draw.Pick(kinds);
    command.at = MilliSeconds(draw.Magnitude(50, 20'000));
    command.host = static_cast<int>(draw.Between(0, 1));
    command.path = draw.Between(0, scenario.paths.size() - 1);
    command.choice = draw.Between(0, 7);
    command.flags = draw.Pick<uint8_t>({signal,
                                        signal,
                                        subflow,
                                        subflow,
                                        signal | subflow,
                                        subflow | backup,
                                        signal | backup,
                                        subflow | fullmesh,
                                        subflow | fullmesh | backup,
                                        laminar,
                                        subflow | laminar,
                                        0});
    command.port = command.flags == signal && draw.Chance(30)
                       ? static_cast<uint16_t>(draw.Between(10'000, 10'003))
                       : 0;
    command.limits[0] = draw.Between(0, 8);
    command.limits[1] = draw.Between(0, 8);
    return command;
}

/**
 * What is done to paths, by the administrator of a host, by a user's path manager and by the
 * application, from draws of their own; Fast Open and what grows or repeats.
 *
 * @param draw draws
 * @param scenario gets them
 */
void
DrawManagement(Draw& draw, MptcpChaosScenario& scenario)
{
    using Command = MptcpChaosCommand;
    Attributes& d = scenario.defaults;
    const std::string socket = "ns3::MptcpSocketBase::";
    if (draw.Chance(25))
    {
        d.emplace_back(socket + "PathManager",
                       draw.Pick<std::string>({"ns3::MptcpPathManagerKernel",
                                               "ns3::MptcpPathManagerKernel",
                                               "ns3::MptcpPathManagerUser"}));
    }
    scenario.sourceRouting = !draw.Chance(25);
    d.emplace_back(socket + "OpportunisticRetransmission", Spell(draw.Chance(20)));
    d.emplace_back(socket + "Penalization", Spell(draw.Chance(20)));
    d.emplace_back(socket + "AutoTune", Spell(draw.Chance(20)));
    const std::string kernel = "ns3::MptcpPathManagerKernel::";
    d.emplace_back(kernel + "RetryDelay", draw.Chance(50) ? "0s" : "500ms");
    d.emplace_back(kernel + "WithdrawLostAddresses", Spell(draw.Chance(50)));
    d.emplace_back("ns3::MptcpPathManagerFullMesh::DialFromServer", Spell(draw.Chance(25)));
    // Endpoints and limits from the start: without them the kernel's path manager does nothing.
    for (const int host : {0, 1})
    {
        Command limits;
        limits.kind = Command::SET_LIMITS;
        limits.host = host;
        limits.limits[0] = draw.Between(0, 8);
        limits.limits[1] = draw.Between(1, 8);
        scenario.commands.push_back(limits);
        for (uint32_t path = 0; path < scenario.paths.size(); ++path)
        {
            Command endpoint = DrawCommand(draw, scenario, {Command::ADD_ENDPOINT});
            endpoint.at = Time();
            endpoint.host = host;
            endpoint.path = path;
            if (draw.Chance(70))
            {
                scenario.commands.push_back(endpoint);
            }
        }
    }
    if (draw.Chance(60))
    {
        const std::vector<Command::Kind> mild = {Command::ADD_ENDPOINT,
                                                 Command::SET_LIMITS,
                                                 Command::ANNOUNCE,
                                                 Command::CREATE,
                                                 Command::SET_PRIORITY,
                                                 Command::SET_BACKUP};
        std::vector<Command::Kind> all = mild;
        for (int kind = Command::ADD_ENDPOINT; kind <= Command::SET_PRIORITY; ++kind)
        {
            all.push_back(static_cast<Command::Kind>(kind));
        }
        const bool rude = scenario.harshness > 0 && draw.Chance(60);
        for (uint64_t i = draw.Between(1, 12); i > 0; --i)
        {
            scenario.commands.push_back(DrawCommand(draw, scenario, rude ? all : mild));
        }
    }
    if (draw.Chance(35))
    {
        for (uint32_t& flags : scenario.fastOpen)
        {
            flags = draw.Pick<uint32_t>({0, 1, 3, 3, 7, 0x203, 0x207});
        }
        for (MptcpChaosConnection& connection : scenario.connections)
        {
            connection.fastOpen = scenario.mptcp[0] && !connection.simultaneous && draw.Chance(80);
        }
    }
    std::stable_sort(scenario.commands.begin(),
                     scenario.commands.end(),
                     [](const Command& a, const Command& b) { return a.at < b.at; });
}

/**
 * A reader must come to an end long before the run does.
 *
 * @param scenario scenario that is changed
 */
void
HurryReaders(MptcpChaosScenario& scenario)
{
    constexpr uint64_t LONGEST = 300; // seconds
    for (MptcpChaosConnection& connection : scenario.connections)
    {
        for (const int host : {0, 1})
        {
            MptcpChaosEnd& end = connection.ends[host];
            const double most = LONGEST / std::max(end.readEvery.GetSeconds(), 0.001);
            const auto least = static_cast<uint32_t>(connection.ends[1 - host].bytes / most);
            end.readSize = end.readSize > 0 ? std::max(end.readSize, least) : 0;
        }
    }
}

/**
 * A listener of stock TCP does not note what the third ACK acknowledges (m_highRxAckMark lacks the
 * SYN), and asserts that the end of the first flight lies in the window from there: a flight that
 * fills the window to its last octet stops the simulation, whatever its peer is.
 *
 * @param scenario scenario
 * @return the server's first flight may fill the window that it gets
 */
bool
FillsFirstWindow(const MptcpChaosScenario& scenario)
{
    const auto smaller = [](uint64_t& least, const Attributes& attributes, const char* name) {
        for (const auto& [key, value] : attributes)
        {
            least = key == name ? std::min<uint64_t>(least, std::stoull(value)) : least;
        }
    };
    uint64_t window = UINT16_MAX;
    smaller(window, scenario.defaults, "ns3::TcpSocket::RcvBufSize");
    for (const MptcpChaosElement& element : scenario.paths[0].box)
    {
        smaller(window, element.attributes, "MaxWindow");  // of a WindowClamp
        smaller(window, element.attributes, "BufferSize"); // of a Proxy
    }
    uint64_t segment = UINT16_MAX;
    uint64_t flight = UINT16_MAX;
    smaller(segment, scenario.defaults, "ns3::TcpSocket::SegmentSize");
    smaller(flight, scenario.defaults, INITIAL_CWND);
    return (flight + 1) * segment > window;
}

/**
 * Keep away from what ns-3's own TCP cannot bear when one of the hosts has no other.
 *
 * @param scenario scenario that is changed
 */
void
SpareStockTcp(MptcpChaosScenario& scenario)
{
    if (scenario.mptcp[0] && scenario.mptcp[1])
    {
        return;
    }
    int smallest = UINT16_MAX;
    for (const MptcpChaosPath& path : scenario.paths)
    {
        smallest = std::min<int>(smallest, path.mtu);
    }
    const int headers = 60 + 40; // IPv6, TCP with all options
    const bool fills = !scenario.mptcp[1] && FillsFirstWindow(scenario);
    for (auto& [name, value] : scenario.defaults)
    {
        if (name == "ns3::TcpSocket::SegmentSize")
        {
            // Its segments do not mind the MTU: middleboxes would see fragments.
            value = std::to_string(std::min(std::stoi(value), smallest - headers));
        }
        else if (name == "ns3::TcpSocketBase::Sack")
        {
            // Its scoreboard aborts over blocks that a middlebox has changed.
            value = "false";
        }
        else if (name == INITIAL_CWND && fills)
        {
            value = "1";
        }
    }
}

/**
 * Only checksums find out that a box has changed data. Where both hosts speak MPTCP without them,
 * nobody could tell what the application is to read, so no box changes any.
 *
 * @param scenario scenario that is changed
 */
void
SpareUncheckedData(MptcpChaosScenario& scenario)
{
    const auto checks = [&scenario](int host) {
        const std::string& profile = scenario.profile[host];
        const Attributes& stack = scenario.stack[host];
        return profile.empty()
                   ? std::find(stack.begin(),
                               stack.end(),
                               std::pair<std::string, std::string>("ChecksumEnabled",
                                                                   Spell(true))) != stack.end()
                   : profile == "LinuxV0" || profile == "Rfc";
    };
    if (!scenario.mptcp[0] || !scenario.mptcp[1] || checks(0) || checks(1))
    {
        return;
    }
    for (MptcpChaosPath& path : scenario.paths)
    {
        std::erase_if(path.box, [](const MptcpChaosElement& element) {
            return element.type == "ns3::MptcpMiddleboxRewriter";
        });
    }
}

} // namespace

MptcpChaosDraw::MptcpChaosDraw(uint64_t seed)
    : m_state(seed)
{
}

uint64_t
MptcpChaosDraw::Between(uint64_t low, uint64_t high)
{
    m_state += 0x9e3779b97f4a7c15;
    uint64_t z = m_state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return low + (z ^ (z >> 31)) % (high - low + 1);
}

uint64_t
MptcpChaosDraw::Magnitude(uint64_t low, uint64_t high)
{
    const auto bits = Between(std::bit_width(low), std::bit_width(high));
    const uint64_t least = std::max(low, uint64_t{1} << (bits - 1));
    return Between(least, std::min(high, (uint64_t{1} << bits) - 1));
}

bool
MptcpChaosDraw::Chance(uint32_t percent)
{
    return Between(0, 99) < percent;
}

bool
MptcpChaosPath::Has(const std::string& type) const
{
    return std::any_of(box.begin(), box.end(), [&type](const MptcpChaosElement& element) {
        return element.type == "ns3::MptcpMiddlebox" + type;
    });
}

bool
MptcpChaosScenario::IsDestructive() const
{
    return std::any_of(commands.begin(), commands.end(), [](const MptcpChaosCommand& command) {
        switch (command.kind)
        {
        case MptcpChaosCommand::REMOVE_ENDPOINT:
        case MptcpChaosCommand::SET_FLAGS: // of fullmesh: subflows are closed and opened again
        case MptcpChaosCommand::FLUSH:
        case MptcpChaosCommand::REMOVE_INITIAL:
        case MptcpChaosCommand::WITHDRAW:
        case MptcpChaosCommand::DESTROY:
        case MptcpChaosCommand::REMOVE_ADDRESS:
            return true;
        default:
            return false;
        }
    });
}

MptcpChaosScenario
MptcpChaosScenario::Make(uint64_t seed, bool simple)
{
    MptcpChaosScenario scenario;
    Draw draw(seed);
    scenario.seed = seed;
    scenario.harshness = draw.Pick<uint32_t>({0, 0, 0, 1, 1, 1, 1, 2, 2, 2});
    DrawSettings(draw, scenario);
    Draw policies(~seed);
    DrawPolicies(policies, scenario);
    DrawPaths(draw, scenario);
    DrawConnections(draw, scenario);
    if (!simple)
    {
        Draw management(seed ^ 0x5bf03635f0935ad1);
        DrawManagement(management, scenario);
    }
    SpareStockTcp(scenario);
    SpareUncheckedData(scenario);
    HurryReaders(scenario);
    return scenario;
}

std::string
MptcpChaosScenario::Describe() const
{
    std::ostringstream os;
    const auto list = [&os](const Attributes& attributes) {
        for (const auto& [name, value] : attributes)
        {
            os << " " << name.substr(name.rfind(':') + 1) << "=" << value;
        }
    };
    os << "seed " << seed << ": harshness " << harshness << ", family " << family
       << (ipv6First ? ", IPv6 first" : "") << (sourceRouting ? "" : ", by destination")
       << (mptcp[0] ? "" : ", client TCP") << (mptcp[1] ? "" : ", server TCP") << "\n defaults:";
    list(defaults);
    os << "\n Fast Open: " << fastOpen[0] << " " << fastOpen[1] << "\n client:";
    os << (profile[0].empty() ? "" : " profile " + profile[0]);
    profile[0].empty() ? list(stack[0]) : void();
    os << "\n server:";
    os << (profile[1].empty() ? "" : " profile " + profile[1]);
    profile[1].empty() ? list(stack[1]) : void();
    for (const MptcpChaosPath& path : paths)
    {
        os << "\n path: " << path.rate / 1000 << " kb/s, " << path.delay.As(Time::MS) << ", queue "
           << path.queue << ", MTU " << path.mtu << ", loss " << path.loss[0] << "/" << path.loss[1]
           << (path.tame ? ", tame" : "");
        for (const MptcpChaosElement& element : path.box)
        {
            os << "\n  " << element.type.substr(std::string("ns3::MptcpMiddlebox").size());
            list(element.attributes);
        }
        for (const MptcpChaosOutage& outage : path.outages)
        {
            os << "\n  "
               << (outage.kind == MptcpChaosOutage::CUT      ? "cut "
                   : outage.kind == MptcpChaosOutage::CLIENT ? "client down "
                                                             : "server down ")
               << outage.from.As(Time::S) << " until "
               << (outage.until > outage.from ? std::to_string(outage.until.GetSeconds()) : "ever");
        }
    }
    for (const MptcpChaosConnection& connection : connections)
    {
        os << "\n connection at " << connection.start.As(Time::S)
           << (connection.closedPort ? ", closed port" : "")
           << (connection.simultaneous ? ", simultaneous" : "")
           << (connection.fastOpen ? ", Fast Open" : "");
        for (const MptcpChaosEnd& end : connection.ends)
        {
            static const char* const names[] = {"shutdown", "done", "at once", "abort"};
            os << "; " << end.bytes << " octets by " << end.writeSize << ", " << names[end.close];
            if (end.close == MptcpChaosEnd::ABORT)
            {
                os << " at +" << end.abortAt.As(Time::S);
            }
            if (end.readFrom.IsStrictlyPositive())
            {
                os << ", reads from " << end.readFrom.As(Time::S);
            }
            if (end.readSize > 0)
            {
                os << ", reads " << end.readSize << " each " << end.readEvery.As(Time::MS);
            }
        }
    }
    return os.str();
}

} // namespace ns3
