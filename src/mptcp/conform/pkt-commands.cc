/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-commands.h"

#include "pkt-error.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/mptcp-counters.h"
#include "ns3/mptcp-info.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/nstime.h"
#include "ns3/string.h"
#include "ns3/type-id.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <iomanip>
#include <regex>
#include <sstream>

namespace ns3
{

namespace
{

/** A sysctl that is an attribute. */
struct Setting
{
    const char* object;    ///< class, or "" for the node's MptcpStack
    const char* attribute; ///< attribute
    const char* suffix;    ///< unit behind the number
};

/** Sysctls by name, without "net.". */
const std::map<std::string, Setting> SYSCTLS = {
    {"mptcp.enabled", {"", "Enabled", ""}},
    {"mptcp.add_addr_timeout", {"", "AddAddrTimeout", "s"}},
    {"mptcp.checksum_enabled", {"", "ChecksumEnabled", ""}},
    {"mptcp.allow_join_initial_addr_port", {"", "AllowJoinInitialAddrPort", ""}},
    {"mptcp.close_timeout", {"", "CloseTimeout", "s"}},
    {"mptcp.syn_retrans_before_tcp_fallback", {"", "SynRetransBeforeTcpFallback", ""}},
    {"mptcp.blackhole_timeout", {"", "BlackholeTimeout", "s"}},
    {"mptcp.stale_loss_cnt", {"", "StaleLossCnt", ""}},
    {"ipv4.tcp_syn_linear_timeouts", {"", "SynLinearTimeouts", ""}},
    {"ipv4.tcp_sack", {"ns3::TcpSocketBase", "Sack", ""}},
    {"ipv4.tcp_timestamps", {"ns3::TcpSocketBase", "Timestamp", ""}},
    {"ipv4.tcp_window_scaling", {"ns3::TcpSocketBase", "WindowScaling", ""}},
};

/** Sysctls that change nothing: the values that are what this host does; "": all of them are. */
const std::map<std::string, std::string> UNCHANGED = {
    {"ipv4.tcp_frto", "0"},
    {"ipv4.tcp_dsack", "0"},
    {"ipv4.tcp_fack", ""}, // Linux has no such thing any more
    {"ipv4.tcp_reordering", "3"},
    {"ipv4.tcp_slow_start_after_idle", "0"},
    {"ipv4.tcp_early_retrans", "0"},
    {"ipv4.tcp_recovery", "0"},
    {"ipv4.tcp_tso_win_divisor", ""},
    {"ipv4.tcp_pacing_ss_ratio", ""},
    {"ipv4.tcp_pacing_ca_ratio", ""},
    {"ipv4.tcp_notsent_lowat", "4294967295 -1"},
    {"ipv4.tcp_syncookies", "0 1"},
    {"ipv4.tcp_synack_retries", "5"},
    {"ipv4.tcp_fastopen_key", ""}, // cookies have names, not values
    {"mptcp.pm_type", "0"},
};

/** Congestion controls by their names in Linux. */
const std::map<std::string, std::string> CONTROLS = {
    {"reno", "ns3::TcpLinuxReno"},
    {"cubic", "ns3::TcpCubic"},
};

/** Values of tcp_ecn as those of ns3::TcpSocketBase::UseEcn. */
const std::map<std::string, std::string> ECN = {
    {"0", "Off"},
    {"1", "On"},
    {"2", "AcceptOnly"},
};

/** Schedulers by their names in Linux. */
const std::map<std::string, std::string> SCHEDULERS = {
    {"default", "ns3::MptcpSchedulerLinux"},
    {"bpf_rr", "ns3::MptcpSchedulerRoundRobin"},
    {"bpf_red", "ns3::MptcpSchedulerRedundant"},
};

/** @param line a command @return its words; quotation marks hold words together */
std::vector<std::string>
Split(const std::string& line)
{
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    bool any = false;
    for (const char c : line + " ")
    {
        if (c == '"' || c == '\'')
        {
            quoted = !quoted;
            any = true;
        }
        else if (!quoted && std::isspace(static_cast<unsigned char>(c)))
        {
            if (any)
            {
                words.push_back(word);
            }
            word.clear();
            any = false;
        }
        else
        {
            word += c;
            any = true;
        }
    }
    return words;
}

/** @param state of a connection @return its name in "ss" without -a, "" if that does not show it */
const char*
SsName(MptcpState state)
{
    switch (state)
    {
    case MptcpState::SYN_SENT:
        return "SYN-SENT";
    case MptcpState::ESTABLISHED:
        return "ESTAB";
    case MptcpState::FIN_WAIT_1:
        return "FIN-WAIT-1";
    case MptcpState::FIN_WAIT_2:
        return "FIN-WAIT-2";
    case MptcpState::CLOSE_WAIT:
        return "CLOSE-WAIT";
    case MptcpState::CLOSING:
        return "CLOSING";
    case MptcpState::LAST_ACK:
        return "LAST-ACK";
    default:
        return "";
    }
}

/** @param state of a subflow @return its name in "ss" without -a, "" if that does not show it */
const char*
SsName(TcpSocket::TcpStates_t state)
{
    switch (state)
    {
    case TcpSocket::SYN_SENT:
        return "SYN-SENT";
    case TcpSocket::ESTABLISHED:
        return "ESTAB";
    case TcpSocket::FIN_WAIT_1:
        return "FIN-WAIT-1";
    case TcpSocket::FIN_WAIT_2:
        return "FIN-WAIT-2";
    case TcpSocket::CLOSE_WAIT:
        return "CLOSE-WAIT";
    case TcpSocket::CLOSING:
        return "CLOSING";
    case TcpSocket::LAST_ACK:
        return "LAST-ACK";
    default:
        return "";
    }
}

/** @param words of "ip link set [dev] DEVICE ..." @return no packet is another one for it */
bool
IsHarmlessLink(const std::vector<std::string>& words)
{
    static const std::regex HARMLESS("up|txqueuelen|g[sr]o(_ipv4)?_max_(size|segs)|[0-9]+");
    const bool set = words.size() > 3 && words[0] == "link" && words[1] == "set";
    const std::ptrdiff_t settings = set && words[2] == "dev" ? 4 : 3;
    return set && std::all_of(words.begin() + settings, words.end(), [](const std::string& word) {
               return std::regex_match(word, HARMLESS);
           });
}

/** @param path of a program @return its name */
std::string
BaseName(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

} // namespace

PktCommands::PktCommands(PktHost& host)
    : m_host(host)
{
}

std::string
PktCommands::FindAttributeFault(const std::string& name, const std::string& value)
{
    TypeId::AttributeInformation attribute;
    if (!MptcpStack::GetTypeId().LookupAttributeByName(name, &attribute))
    {
        return "ns3::MptcpStack has no attribute '" + name + "'";
    }
    // Values of ns-3 stop the program over text that they cannot read.
    static const std::map<std::string, std::regex> FORMS = {
        {"ns3::BooleanValue", std::regex("true|false|0|1")},
        {"ns3::UintegerValue", std::regex(R"(\d{1,18})")},
        {"ns3::TimeValue", std::regex(R"(\d{1,18}(\.\d+)?(s|ms|us|ns|min|h)?)")},
    };
    const auto form = FORMS.find(attribute.checker->GetValueTypeName());
    if ((form != FORMS.end() && !std::regex_match(value, form->second)) ||
        !attribute.checker->CreateValidValue(StringValue(value)))
    {
        return "'" + value + "' is no value of the attribute " + name;
    }
    return "";
}

void
PktCommands::Unsupported(const std::string& text) const
{
    throw PktError(PktFault::UNSUPPORTED, m_line, text);
}

void
PktCommands::Expect(const std::string& error) const
{
    if (!error.empty())
    {
        throw PktError(PktFault::MISMATCH, m_line, error);
    }
}

uint32_t
PktCommands::Number(const std::string& word, uint32_t high) const
{
    uint64_t value = 0;
    std::istringstream in(word);
    if (word.empty() || word[0] == '-' || !(in >> value) || !in.eof() || value > high)
    {
        Unsupported("'" + word + "' is no number from 0 to " + std::to_string(high));
    }
    return static_cast<uint32_t>(value);
}

void
PktCommands::Run(const PktCommand& command, uint32_t line)
{
    m_line = line;
    std::istringstream lines(command.text);
    std::string text;
    while (std::getline(lines, text))
    {
        RunLine(text);
        ++m_line;
    }
}

void
PktCommands::RunLine(const std::string& text)
{
    Words words = Split(text);
    if ((std::count(text.begin(), text.end(), '"') | std::count(text.begin(), text.end(), '\'')) &
        1)
    {
        Unsupported("command '" + text + "': a quotation mark without its end");
    }
    words.erase(std::find_if(words.begin(),
                             words.end(),
                             [](const std::string& word) { return word.starts_with('#'); }),
                words.end());
    if (words.empty())
    {
        return;
    }
    const std::string name = BaseName(words[0]);
    MptcpEndpointTable& endpoints = m_host.GetStack()->GetEndpoints();
    // PktHost has Linux's defaults; schedulers are chosen by sysctl; no segment is larger than it
    // is on the wire.
    static const char* const NOTHING[] = {"defaults.sh", "load_struct_ops.sh", "ethtool", "true"};
    // Queueing disciplines that hold nothing back: what they would delay or drop is none.
    static const std::regex QUEUE(
        R"(^\s*\S*tc\s+qdisc\s.*\b(fq|fq_codel|pfifo|pfifo_fast|noqueue)\b.*$)");
    if (std::find(std::begin(NOTHING), std::end(NOTHING), name) != std::end(NOTHING) ||
        (name == "tc" && std::regex_match(text, QUEUE)))
    {
        return;
    }
    if (name == "client.sh")
    {
        endpoints.Flush();
        SetLimits(8, 8);
    }
    else if (name == "server.sh")
    {
        endpoints.Flush();
        AddNextAddress(MPTCP_ENDPOINT_SIGNAL);
        SetLimits(8, 8);
    }
    else if (name == "multi-ep.sh")
    {
        MultipleEndpoints(words);
    }
    else if (name == "sysctl")
    {
        Sysctl(words);
    }
    else if (name == "attribute" && words.size() == 2 && words[1].find('=') != std::string::npos)
    {
        const std::size_t equals = words[1].find('=');
        const std::string value = words[1].substr(equals + 1);
        const std::string fault = FindAttributeFault(words[1].substr(0, equals), value);
        if (!fault.empty())
        {
            Unsupported(fault);
        }
        m_host.GetStack()->SetAttribute(words[1].substr(0, equals), StringValue(value));
    }
    else if (name == "nstat" && words.size() == 2 && words[1] == "-n")
    {
        for (std::size_t i = 0; i < static_cast<std::size_t>(MptcpMib::COUNT); ++i)
        {
            const auto counter = static_cast<MptcpMib>(i);
            m_zeros[std::string(MptcpCounters::GetName(counter))] =
                m_host.GetStack()->GetCounters().Get(counter);
        }
    }
    else if (name == "test")
    {
        Test(text);
    }
    else if (name == "ss" || (name == "!" && words.size() > 1 && words[1] == "ss"))
    {
        Ss(text);
    }
    else if (name == "check_mptcp_info.sh" && words.size() == 3)
    {
        CheckInfo(words[1], Number(words[2], UINT32_MAX));
    }
    else if (name == "ip")
    {
        Words rest(words.begin() + 1, words.end());
        std::erase_if(rest, [](const std::string& word) { return word == "-6" || word == "-4"; });
        if (!rest.empty() && rest[0] == "mptcp")
        {
            Mptcp(Words(rest.begin() + 1, rest.end()));
        }
        else if (rest.size() > 2 && rest[0].starts_with("addr") && rest[1] == "add")
        {
            const Address host = ParsePktAddress(rest[2].substr(0, rest[2].find('/')));
            if (host.IsInvalid())
            {
                Unsupported("'" + rest[2] + "' is no address");
            }
            m_host.AddAddress(host);
        }
        else if (rest.empty() || (rest[0] != "tcp_metrics" && !IsHarmlessLink(rest)))
        {
            Unsupported("command '" + text + "'");
        }
    }
    else
    {
        Unsupported("command '" + text + "'");
    }
}

void
PktCommands::Sysctl(const Words& words)
{
    for (std::size_t i = 1; i < words.size(); ++i)
    {
        if (words[i][0] == '-')
        {
            continue;
        }
        const std::size_t equals = words[i].find('=');
        std::string name = words[i].substr(0, equals);
        std::replace(name.begin(), name.end(), '/', '.');
        if (equals == std::string::npos || !name.starts_with("net."))
        {
            Unsupported("sysctl '" + words[i] + "'");
        }
        SetSysctl(name.substr(4), words[i].substr(equals + 1));
    }
}

void
PktCommands::SetSysctl(const std::string& name, const std::string& value)
{
    if (const auto unchanged = UNCHANGED.find(name); unchanged != UNCHANGED.end())
    {
        const Words values = Split(unchanged->second);
        if (!values.empty() && std::find(values.begin(), values.end(), value) == values.end())
        {
            Unsupported("sysctl net." + name + "=" + value + ": here it is " + unchanged->second);
        }
        return;
    }
    if (name == "ipv4.tcp_congestion_control" && CONTROLS.contains(value))
    {
        Config::SetDefault("ns3::MptcpSocketBase::CongestionControl",
                           TypeIdValue(TypeId::LookupByName(CONTROLS.at(value))));
        return;
    }
    if (name == "ipv4.tcp_ecn" && ECN.contains(value))
    {
        Config::SetDefault("ns3::TcpSocketBase::UseEcn", StringValue(ECN.at(value)));
        return;
    }
    if (name == "mptcp.scheduler" && SCHEDULERS.contains(value))
    {
        TypeId type;
        if (!TypeId::LookupByNameFailSafe(SCHEDULERS.at(value), &type))
        {
            Unsupported("scheduler " + value);
        }
        Config::SetDefault("ns3::MptcpSocketBase::Scheduler", TypeIdValue(type));
        return;
    }
    if (name == "ipv4.tcp_fastopen")
    {
        // Client and server, each with and without cookies; 0x400 is for all listeners. The
        // other bits choose between versions of Linux's cookies.
        std::istringstream in(value);
        uint64_t flags = 0;
        in >> std::setbase(0) >> flags;
        const uint64_t known = flags & 0x207;
        if (!m_host.GetStack()->SetAttributeFailSafe("FastOpen", UintegerValue(known)))
        {
            Unsupported("sysctl net." + name + "=" + value);
        }
        return;
    }
    if (name == "ipv4.tcp_syn_retries")
    {
        // ns-3 counts attempts.
        Config::SetDefault("ns3::TcpSocket::ConnCount",
                           StringValue(std::to_string(Number(value, 127) + 1)));
        return;
    }
    if (name == "ipv4.tcp_wmem" || name == "ipv4.tcp_rmem")
    {
        const Words sizes = Split(value);
        const bool read = name == "ipv4.tcp_rmem";
        if (sizes.size() == 3)
        {
            Config::SetDefault(read ? "ns3::TcpSocket::RcvBufSize" : "ns3::TcpSocket::SndBufSize",
                               UintegerValue(Number(sizes[2], UINT32_MAX)));
            return;
        }
    }
    const auto found = SYSCTLS.find(name);
    if (found == SYSCTLS.end())
    {
        Unsupported("sysctl net." + name + "=" + value);
    }
    const Setting& setting = found->second;
    const uint32_t number = Number(value, UINT32_MAX);
    const std::string text = std::to_string(number) + setting.suffix;
    if (*setting.object)
    {
        Config::SetDefault(std::string(setting.object) + "::" + setting.attribute,
                           BooleanValue(number != 0));
        return;
    }
    const std::string fault = FindAttributeFault(setting.attribute, text);
    if (!fault.empty())
    {
        Unsupported("sysctl net." + name + "=" + value + ": " + fault);
    }
    m_host.GetStack()->SetAttribute(setting.attribute, StringValue(text));
}

void
PktCommands::SetLimits(uint8_t added, uint8_t subflows)
{
    MptcpLimits limits;
    limits.addAddrAccepted = added;
    limits.subflows = subflows;
    Expect(m_host.GetStack()->GetEndpoints().SetLimits(limits));
}

void
PktCommands::AddNextAddress(uint8_t flags)
{
    const Address host = StepPktAddress(m_host.GetAddress(), ++m_extra);
    m_host.AddAddress(host);
    MptcpEndpoint endpoint;
    endpoint.address = host;
    endpoint.flags = flags;
    Expect(m_host.GetStack()->GetEndpoints().Add(endpoint));
}

void
PktCommands::MultipleEndpoints(const Words& words)
{
    uint32_t count = 1;
    uint8_t flags = 0;
    uint8_t backup = 0;
    for (std::size_t i = 1; i < words.size(); ++i)
    {
        const bool last = i + 1 >= words.size();
        if (words[i] == "-b")
        {
            backup = MPTCP_ENDPOINT_BACKUP;
        }
        else if (words[i] == "-e" && !last)
        {
            count = Number(words[++i], 8);
        }
        else if (words[i] == "-m" && !last &&
                 (words[i + 1] == "signal" || words[i + 1] == "subflow"))
        {
            flags |= words[++i] == "signal" ? MPTCP_ENDPOINT_SIGNAL : MPTCP_ENDPOINT_SUBFLOW;
        }
        else
        {
            Unsupported("multi-ep.sh " + words[i]);
        }
    }
    SetLimits(8, 8);
    m_host.GetStack()->GetEndpoints().Flush();
    for (uint32_t i = 0; i < count; ++i)
    {
        AddNextAddress((flags ? flags : uint8_t{MPTCP_ENDPOINT_SIGNAL}) | backup);
    }
}

uint8_t
PktCommands::Flag(const std::string& flag)
{
    static const std::map<std::string, uint8_t> FLAGS = {{"signal", MPTCP_ENDPOINT_SIGNAL},
                                                         {"subflow", MPTCP_ENDPOINT_SUBFLOW},
                                                         {"backup", MPTCP_ENDPOINT_BACKUP},
                                                         {"fullmesh", MPTCP_ENDPOINT_FULLMESH},
                                                         {"laminar", MPTCP_ENDPOINT_LAMINAR}};
    const auto found = FLAGS.find(flag);
    return found == FLAGS.end() ? 0 : found->second;
}

void
PktCommands::AddEndpoint(const Words& words)
{
    MptcpEndpoint endpoint;
    endpoint.address = words.empty() ? Address() : ParsePktAddress(words[0]);
    if (endpoint.address.IsInvalid())
    {
        Unsupported("ip mptcp endpoint add needs an address");
    }
    for (std::size_t i = 1; i < words.size(); ++i)
    {
        const bool last = i + 1 >= words.size();
        if (words[i] == "id" && !last)
        {
            endpoint.id = static_cast<uint8_t>(Number(words[++i], 255));
        }
        else if (words[i] == "port" && !last)
        {
            endpoint.port = static_cast<uint16_t>(Number(words[++i], 65535));
        }
        else if (words[i] == "dev" && !last)
        {
            ++i; // there is one
        }
        else if (const uint8_t flag = Flag(words[i]))
        {
            endpoint.flags |= flag;
        }
        else
        {
            Unsupported("ip mptcp endpoint add ... " + words[i]);
        }
    }
    Expect(m_host.GetStack()->GetEndpoints().Add(endpoint));
}

void
PktCommands::ChangeEndpoint(const Words& words)
{
    MptcpEndpointTable& endpoints = m_host.GetStack()->GetEndpoints();
    if (words.size() < 3 || words[0] != "id")
    {
        Unsupported("ip mptcp endpoint change without id");
    }
    const auto id = static_cast<uint8_t>(Number(words[1], 255));
    const auto endpoint = endpoints.Find(id);
    uint8_t flags = endpoint ? endpoint->flags : 0;
    for (std::size_t i = 2; i < words.size(); ++i)
    {
        const bool off = words[i].starts_with("no");
        const uint8_t flag = Flag(off ? words[i].substr(2) : words[i]);
        if (flag == 0)
        {
            Unsupported("ip mptcp endpoint change ... " + words[i]);
        }
        flags = off ? flags & ~flag : flags | flag;
    }
    Expect(endpoints.SetFlags(id, flags));
}

void
PktCommands::Mptcp(const Words& words)
{
    MptcpEndpointTable& endpoints = m_host.GetStack()->GetEndpoints();
    const std::string object = words.empty() ? "" : words[0];
    const std::string verb = words.size() > 1 ? words[1] : "";
    const Words rest(words.begin() + std::min<std::size_t>(2, words.size()), words.end());
    if (object == "limits" && verb == "set")
    {
        MptcpLimits limits = endpoints.GetLimits();
        for (std::size_t i = 0; i < rest.size(); i += 2)
        {
            const bool addresses = rest[i].starts_with("add_addr");
            if (i + 1 == rest.size() || (!addresses && !rest[i].starts_with("subflow")))
            {
                Unsupported("ip mptcp limits set ... " + rest[i]);
            }
            const auto value = static_cast<uint8_t>(Number(rest[i + 1], 255));
            (addresses ? limits.addAddrAccepted : limits.subflows) = value;
        }
        Expect(endpoints.SetLimits(limits));
    }
    else if (object == "endpoint" && verb == "flush")
    {
        endpoints.Flush();
    }
    else if (object == "endpoint" && verb == "add")
    {
        AddEndpoint(rest);
    }
    else if (object == "endpoint" && verb == "change")
    {
        ChangeEndpoint(rest);
    }
    else if (object == "endpoint" && verb.starts_with("del") && rest.size() > 1 && rest[0] == "id")
    {
        const Address host = rest.size() > 2 ? ParsePktAddress(rest[2]) : m_host.GetAddress();
        Expect(endpoints.Remove(static_cast<uint8_t>(Number(rest[1], 255)), host));
    }
    else
    {
        Unsupported("ip mptcp " + object + " " + verb);
    }
}

void
PktCommands::Ss(const std::string& text) const
{
    // "ss -Mt | grep WORD", with "!" if it shall not be found.
    static const std::regex FORM(
        R"re(^\s*(!?)\s*ss\s+-([Mtn]+)\s*\|\s*grep\s+(-q\s+)?["']?([\w-]+)["']?\s*$)re");
    std::smatch found;
    if (!std::regex_match(text, found, FORM))
    {
        Unsupported("command '" + text + "'");
    }
    const std::string which = found[2];
    std::vector<std::string> sockets;
    const auto show = [&](char flag, const char* kind, const std::string& state) {
        if (which.find(flag) != std::string::npos && !state.empty())
        {
            sockets.push_back(kind + (" " + state));
        }
    };
    for (const auto& connection : m_host.GetStack()->GetConnections())
    {
        show('M', "mptcp", SsName(connection->GetState()));
        for (const MptcpSubflowInfo& subflow : connection->GetFullInfo().subflows)
        {
            show('t', "tcp", SsName(subflow.tcp.state));
        }
    }
    const std::string word = found[4];
    const bool any = std::any_of(sockets.begin(), sockets.end(), [&](const std::string& socket) {
        return socket.find(word) != std::string::npos;
    });
    if (any == (found[1] == "!"))
    {
        std::string list;
        for (const std::string& socket : sockets)
        {
            list += (list.empty() ? "" : ", ") + socket;
        }
        throw PktError(PktFault::MISMATCH,
                       m_line,
                       "ss: '" + word + "' is " + (any ? "" : "not ") +
                           "among the sockets: " + (list.empty() ? "none" : list));
    }
}

void
PktCommands::CheckInfo(const std::string& field, uint32_t want) const
{
    if (field != "subflows" && field != "subflows_total")
    {
        Unsupported("check_mptcp_info.sh of " + field);
    }
    uint32_t value = 0;
    for (const auto& connection : m_host.GetStack()->GetConnections())
    {
        if (connection->GetState() == MptcpState::ESTABLISHED)
        {
            const MptcpInfo info = connection->GetInfo();
            value = field == "subflows" ? info.subflows : info.subflowsTotal;
            break;
        }
    }
    if (value != want)
    {
        throw PktError(PktFault::MISMATCH,
                       m_line,
                       field + " is " + std::to_string(value) + " instead of " +
                           std::to_string(want));
    }
}

void
PktCommands::Test(const std::string& text)
{
    static const std::regex FORM(
        R"(^\s*test\s+\$\(\s*nstat\s.*MPTcpExt(\w+)\D*\)\s+-(\w\w)\s+(\d+)\s*$)");
    std::smatch found;
    if (!std::regex_match(text, found, FORM))
    {
        Unsupported("command '" + text + "'");
    }
    const std::string name = found[1];
    bool exists = false;
    uint64_t value = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(MptcpMib::COUNT); ++i)
    {
        const auto counter = static_cast<MptcpMib>(i);
        if (MptcpCounters::GetName(counter) == name)
        {
            exists = true;
            value = m_host.GetStack()->GetCounters().Get(counter) - m_zeros[name];
        }
    }
    if (!exists)
    {
        Unsupported("counter MPTcpExt" + name);
    }
    const std::string relation = found[2];
    const uint64_t want = Number(found[3], UINT32_MAX);
    const std::map<std::string, bool> holds = {{"eq", value == want},
                                               {"ne", value != want},
                                               {"ge", value >= want},
                                               {"gt", value > want},
                                               {"le", value <= want},
                                               {"lt", value < want}};
    const auto answer = holds.find(relation);
    if (answer == holds.end())
    {
        Unsupported("test -" + relation);
    }
    if (!answer->second)
    {
        throw PktError(PktFault::MISMATCH,
                       m_line,
                       "counter " + name + " is " + std::to_string(value) + ", not -" + relation +
                           " " + std::to_string(want));
    }
}

} // namespace ns3
