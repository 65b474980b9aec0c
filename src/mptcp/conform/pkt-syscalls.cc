/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-syscalls.h"

#include "pkt-error.h"

#include "ns3/boolean.h"
#include "ns3/mptcp-address.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/simulator.h"
#include "ns3/socket-factory.h"
#include "ns3/type-id.h"
#include "ns3/uinteger.h"

#include <fcntl.h>
#include <iterator>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace ns3
{

namespace
{

/** Names of the system's headers that scripts use as numbers. */
const std::map<std::string, int64_t> SYMBOLS = {
    {"NULL", 0},
    {"O_RDWR", O_RDWR},
    {"O_NONBLOCK", O_NONBLOCK},
    {"F_GETFL", F_GETFL},
    {"F_SETFL", F_SETFL},
    {"SHUT_RD", SHUT_RD},
    {"SHUT_WR", SHUT_WR},
    {"SHUT_RDWR", SHUT_RDWR},
    {"SOCK_STREAM", SOCK_STREAM},
    {"SOCK_NONBLOCK", SOCK_NONBLOCK},
    {"IPPROTO_IP", IPPROTO_IP},
    {"IPPROTO_TCP", IPPROTO_TCP},
    {"IPPROTO_MPTCP", 262},
    {"MSG_DONTWAIT", MSG_DONTWAIT},
    {"MSG_NOSIGNAL", MSG_NOSIGNAL},
    {"MSG_FASTOPEN", MSG_FASTOPEN},
    {"MSG_PEEK", MSG_PEEK},
    {"MSG_WAITALL", MSG_WAITALL},
    {"POLLIN", POLLIN},
    {"POLLOUT", POLLOUT},
    {"POLLERR", POLLERR},
    {"POLLHUP", POLLHUP},
    {"POLLRDHUP", 0x2000},
};

/** A descriptor of a script that expects none. */
constexpr int64_t UNEXPECTED_FD = 1000;

/** Levels of socket options. */
const std::map<std::string, int64_t> LEVELS = {
    {"SOL_SOCKET", SOL_SOCKET},
    {"SOL_IP", IPPROTO_IP},
    {"IPPROTO_IP", IPPROTO_IP},
    {"SOL_TCP", IPPROTO_TCP},
    {"IPPROTO_TCP", IPPROTO_TCP},
    {"SOL_IPV6", IPPROTO_IPV6},
    {"IPPROTO_IPV6", IPPROTO_IPV6},
};

/** @param option name of a socket option @return its level, -1 if it has none */
int64_t
LevelOf(const std::string& option)
{
    return option.starts_with("SO_")     ? SOL_SOCKET
           : option.starts_with("TCP_")  ? IPPROTO_TCP
           : option.starts_with("IP_")   ? IPPROTO_IP
           : option.starts_with("IPV6_") ? IPPROTO_IPV6
                                         : -1;
}

/** @param socket a socket @param set to do with it and, of MPTCP, with each subflow there is */
void
ForSubflows(const PktSocket& socket, const std::function<void(Socket&)>& set)
{
    set(*PeekPointer(socket.GetSocket()));
    if (const auto connection = DynamicCast<MptcpSocketBase>(socket.GetSocket()))
    {
        for (const auto& subflow : connection->GetSubflows())
        {
            set(*PeekPointer(subflow));
        }
    }
}

} // namespace

PktSyscalls::PktSyscalls(PktHost& host,
                         const PktEndpoint& stack,
                         const PktEndpoint& script,
                         std::function<void()> changed)
    : m_host(host),
      m_stack(stack),
      m_script(script),
      m_changed(std::move(changed))
{
}

void
PktSyscalls::Unsupported(const std::string& text) const
{
    throw PktError(PktFault::UNSUPPORTED, m_line, text);
}

void
PktSyscalls::Differs(const std::string& text) const
{
    throw PktError(PktFault::MISMATCH, m_line, text);
}

PktAttempt
PktSyscalls::Begin(const PktCall& call, uint32_t line)
{
    static const std::map<std::string, Handler> HANDLERS = {
        {"socket", &PktSyscalls::MakeSocket},
        {"bind", &PktSyscalls::Bind},
        {"listen", &PktSyscalls::Listen},
        {"accept", &PktSyscalls::Accept},
        {"connect", &PktSyscalls::Connect},
        {"read", &PktSyscalls::Read},
        {"recv", &PktSyscalls::Read},
        {"recvfrom", &PktSyscalls::Read},
        {"recvmsg", &PktSyscalls::Read},
        {"write", &PktSyscalls::Write},
        {"send", &PktSyscalls::Write},
        {"sendto", &PktSyscalls::Write},
        {"sendmsg", &PktSyscalls::Write},
        {"close", &PktSyscalls::Close},
        {"shutdown", &PktSyscalls::Shutdown},
        {"fcntl", &PktSyscalls::Fcntl},
        {"setsockopt", &PktSyscalls::SetSockOpt},
        {"getsockopt", &PktSyscalls::GetSockOpt},
        {"poll", &PktSyscalls::Poll},
    };
    m_line = line;
    const auto handler = HANDLERS.find(call.name);
    if (handler == HANDLERS.end())
    {
        Unsupported("system call " + call.name);
    }
    CheckCount(call);
    return (this->*handler->second)(call);
}

void
PktSyscalls::Check(const PktCall& call, uint32_t line, const PktResult& result) const
{
    const bool any = call.result.kind == PktValue::Kind::ELLIPSIS;
    const std::string is =
        std::to_string(result.value) + (result.value < 0 ? " " + result.error : "");
    const int64_t want = any ? result.value : Number(call.result);
    const std::string was =
        (any ? "..." : std::to_string(want)) + (call.errorName.empty() ? "" : " " + call.errorName);
    // As packetdrill: an errno is compared whatever the result; success has none.
    const std::string error = result.value < 0 ? result.error : "";
    if (want != result.value || (!call.errorName.empty() && call.errorName != error))
    {
        throw PktError(PktFault::MISMATCH,
                       line,
                       call.name + ": returned " + is + " instead of " + was);
    }
}

void
PktSyscalls::CheckCount(const PktCall& call) const
{
    // As many as packetdrill wants.
    static const std::map<std::string, std::size_t> COUNTS = {
        {"socket", 3}, {"bind", 3},   {"listen", 2},     {"accept", 3},     {"connect", 3},
        {"read", 3},   {"recv", 4},   {"recvfrom", 6},   {"recvmsg", 3},    {"write", 3},
        {"send", 4},   {"sendto", 6}, {"sendmsg", 3},    {"close", 1},      {"shutdown", 2},
        {"fcntl", 3},  {"poll", 3},   {"setsockopt", 5}, {"getsockopt", 5},
    };
    const std::size_t is = call.arguments.size();
    const std::size_t most = COUNTS.at(call.name);
    const bool get = call.name == "fcntl" && is > 1 && call.arguments[1].text == "F_GETFL";
    if (is != most && !(get && is == 2))
    {
        throw PktError(PktFault::SYNTAX,
                       m_line,
                       call.name + ": " + std::to_string(is) + " arguments instead of " +
                           std::to_string(most));
    }
}

const PktValue&
PktSyscalls::Argument(const PktCall& call, std::size_t index) const
{
    if (index >= call.arguments.size())
    {
        throw PktError(PktFault::SYNTAX,
                       m_line,
                       call.name + " needs " + std::to_string(index + 1) + " arguments or more");
    }
    return call.arguments[index];
}

int64_t
PktSyscalls::Number(const PktValue& value) const
{
    int64_t number = 0;
    switch (value.kind)
    {
    case PktValue::Kind::NUMBER:
        return value.number;
    case PktValue::Kind::OR:
        for (const PktValue& item : value.items)
        {
            number |= Number(item);
        }
        return number;
    case PktValue::Kind::WORD: {
        const auto symbol = SYMBOLS.find(value.text);
        if (symbol != SYMBOLS.end())
        {
            return symbol->second;
        }
        Unsupported("the value of " + value.text);
    }
    default:
        throw PktError(PktFault::SYNTAX, m_line, "a number expected");
    }
}

int64_t
PktSyscalls::Single(const PktValue& value) const
{
    if (value.kind == PktValue::Kind::LIST)
    {
        if (value.items.size() != 1)
        {
            throw PktError(PktFault::SYNTAX, m_line, "a list of one number expected");
        }
        return Number(value.items[0]);
    }
    return Number(value);
}

const PktValue*
PktSyscalls::Member(const PktValue& value, const std::string& name)
{
    for (std::size_t i = 0; i < value.names.size(); ++i)
    {
        if (value.names[i] == name)
        {
            return &value.items[i];
        }
    }
    return nullptr;
}

Address
PktSyscalls::Name(const PktValue& value, const PktEndpoint& standard) const
{
    if (value.kind == PktValue::Kind::ELLIPSIS)
    {
        return MptcpMakeName(standard.host, standard.port);
    }
    // {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}
    const PktValue* port = Member(value, "sin_port");
    const PktValue* host = Member(value, "sin_addr");
    if (!port || !host || port->items.empty() || host->items.empty())
    {
        Unsupported("an address other than ... and {sa_family=, sin_port=, sin_addr=}");
    }
    const Address address = ParsePktAddress(host->items[0].text);
    if (address.IsInvalid())
    {
        throw PktError(PktFault::SYNTAX, m_line, "'" + host->items[0].text + "' is no address");
    }
    return MptcpMakeName(address, static_cast<uint16_t>(Number(port->items[0])));
}

std::shared_ptr<PktSocket>
PktSyscalls::Get(const PktCall& call) const
{
    const int64_t fd = Number(Argument(call, 0));
    const auto found = m_fds.find(fd);
    if (found == m_fds.end())
    {
        Differs(call.name + ": there is no descriptor " + std::to_string(fd));
    }
    return found->second;
}

Time
PktSyscalls::GetDeadline(const PktSocket& socket, const std::string& name) const
{
    const auto limit = socket.settings.find(name);
    if (limit == socket.settings.end() || limit->second == 0)
    {
        return Time::Max();
    }
    Simulator::Schedule(MicroSeconds(limit->second), [changed = m_changed] { changed(); });
    return Simulator::Now() + MicroSeconds(limit->second);
}

PktAttempt
PktSyscalls::Waiting(std::shared_ptr<PktSocket> socket,
                     std::function<PktResult(PktSocket&)> call,
                     Time deadline)
{
    return [socket = std::move(socket),
            call = std::move(call),
            deadline]() -> std::optional<PktResult> {
        PktResult result = call(*socket);
        const bool waits = !socket->nonBlocking && Simulator::Now() < deadline;
        if (result.value < 0 && result.error == "EAGAIN" && waits)
        {
            return {};
        }
        return result;
    };
}

PktAttempt
PktSyscalls::MakeSocket(const PktCall& call)
{
    const PktValue& domain = Argument(call, 0);
    if (domain.kind != PktValue::Kind::ELLIPSIS && domain.text != "AF_INET" &&
        domain.text != "AF_INET6" && domain.text != "PF_INET" && domain.text != "PF_INET6")
    {
        Unsupported("sockets of a domain other than AF_INET and AF_INET6");
    }
    const PktValue& protocol = Argument(call, 2);
    const int64_t type = Number(Argument(call, 1));
    const int64_t number = Number(protocol);
    if ((type & ~int64_t{SOCK_NONBLOCK | SOCK_CLOEXEC}) != SOCK_STREAM ||
        (number != 262 && number != IPPROTO_TCP && number != 0))
    {
        Unsupported("sockets other than SOCK_STREAM of IPPROTO_MPTCP or IPPROTO_TCP");
    }
    const bool mptcp = number == 262;
    CheckUnused(call, Number(call.result));
    return [this, mptcp, fd = Number(call.result), type]() -> std::optional<PktResult> {
        const Ptr<Socket> made =
            Socket::CreateSocket(m_host.GetNode(), TypeId::LookupByName("ns3::MptcpSocketFactory"));
        if (!mptcp)
        {
            // The TCP of this module: it knows what Linux's does and stock TCP does not.
            DynamicCast<MptcpSocketBase>(made)->SetMultipathEnable(false);
        }
        auto socket = std::make_shared<PktSocket>(made, mptcp, m_changed);
        socket->nonBlocking = type & SOCK_NONBLOCK;
        socket->Attach();
        // Numbers of descriptors are the script's.
        const int64_t number = fd < 0 ? UNEXPECTED_FD : fd;
        m_fds[number] = std::move(socket);
        return PktResult{number, ""};
    };
}

PktAttempt
PktSyscalls::Bind(const PktCall& call)
{
    RefuseUnchecked(call, 2);
    return [socket = Get(call), name = Name(Argument(call, 1), m_stack)] {
        return std::optional(socket->Bind(name));
    };
}

PktAttempt
PktSyscalls::Listen(const PktCall& call)
{
    Number(Argument(call, 1));
    return [socket = Get(call)] { return std::optional(socket->Listen()); };
}

PktAttempt
PktSyscalls::Accept(const PktCall& call)
{
    RefuseUnchecked(call, 1);
    RefuseUnchecked(call, 2);
    const int64_t fd = Number(call.result);
    CheckUnused(call, fd);
    return Waiting(Get(call), [this, fd](PktSocket& socket) {
        std::shared_ptr<PktSocket> child;
        PktResult result = socket.Accept(child);
        if (child)
        {
            result.value = fd < 0 ? UNEXPECTED_FD : fd;
            m_fds[result.value] = child;
        }
        return result;
    });
}

PktAttempt
PktSyscalls::Connect(const PktCall& call)
{
    RefuseUnchecked(call, 2);
    const PktValue& value = Argument(call, 1);
    const auto socket = Get(call);
    if (value.kind == PktValue::Kind::WORD && value.text == "AF_UNSPEC")
    {
        Unsupported("connect to AF_UNSPEC: ns-3 sockets cannot be disconnected");
    }
    if (value.kind == PktValue::Kind::WORD && value.text.starts_with("AF_"))
    {
        return [] { return std::optional(PktResult{-1, "EAFNOSUPPORT"}); };
    }
    const Time deadline = GetDeadline(*socket, "SO_SNDTIMEO");
    return [socket, deadline, name = Name(value, m_script)]() -> std::optional<PktResult> {
        PktResult result = socket->Connect(name);
        const bool goesOn = result.error == "EINPROGRESS" || result.error == "EALREADY";
        if (!goesOn || socket->nonBlocking)
        {
            return result;
        }
        return Simulator::Now() < deadline ? std::nullopt
                                           : std::optional(PktResult{-1, "EINPROGRESS"});
    };
}

PktAttempt
PktSyscalls::Read(const PktCall& call)
{
    int64_t size = 0;
    const bool message = call.name == "recvmsg";
    if (message)
    {
        CheckMessage(call);
        const PktValue* vector = Member(Argument(call, 1), "msg_iov");
        for (const PktValue& part : vector ? vector->items : std::vector<PktValue>())
        {
            size += part.items.size() > 1 ? Number(part.items[1]) : 0;
        }
    }
    else
    {
        RefuseUnchecked(call, 1);
        RefuseUnchecked(call, 4);
        RefuseUnchecked(call, 5);
        size = Number(Argument(call, 2));
    }
    if (size < 0 || size > UINT32_MAX)
    {
        Unsupported(call.name + " of " + std::to_string(size) + " octets");
    }
    const std::size_t flagsAt = message ? 2 : 3;
    const int64_t flags = call.arguments.size() > flagsAt ? Number(call.arguments[flagsAt]) : 0;
    if (flags & ~int64_t{MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK | MSG_WAITALL})
    {
        Unsupported(call.name + " with flags other than MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL");
    }
    const auto read = [size = static_cast<uint32_t>(size), flags](PktSocket& socket) {
        const bool all = (flags & MSG_WAITALL) && !(flags & MSG_DONTWAIT);
        if (flags & (MSG_PEEK | MSG_WAITALL))
        {
            PktResult there = socket.Peek(size, all);
            if (there.value < 0 || (flags & MSG_PEEK))
            {
                return there;
            }
        }
        return socket.Read(size);
    };
    const auto socket = Get(call);
    if (flags & MSG_DONTWAIT)
    {
        return [socket, read] { return std::optional(read(*socket)); };
    }
    return Waiting(socket, read, GetDeadline(*socket, "SO_RCVTIMEO"));
}

PktAttempt
PktSyscalls::Write(const PktCall& call)
{
    int64_t size = 0;
    if (call.name == "sendmsg")
    {
        CheckMessage(call);
        const PktValue* vector = Member(Argument(call, 1), "msg_iov");
        for (const PktValue& part : vector ? vector->items : std::vector<PktValue>())
        {
            size += part.items.size() > 1 ? Number(part.items[1]) : 0;
        }
    }
    else
    {
        RefuseUnchecked(call, 1);
        RefuseUnchecked(call, 5);
        size = Number(Argument(call, 2));
    }
    if (size < 0 || size > UINT32_MAX)
    {
        Unsupported(call.name + " of " + std::to_string(size) + " octets");
    }
    const std::size_t flagsAt = call.name == "sendmsg" ? 2 : 3;
    const int64_t flags = call.arguments.size() > flagsAt ? Number(call.arguments[flagsAt]) : 0;
    const PktValue& buffer = Argument(call, 1);
    if (buffer.kind == PktValue::Kind::WORD && buffer.text == "NULL" && size > 0)
    {
        return [] { return std::optional(PktResult{-1, "EFAULT"}); };
    }
    if (flags & ~int64_t{MSG_DONTWAIT | MSG_NOSIGNAL | MSG_FASTOPEN})
    {
        Unsupported(call.name + " with flags other than MSG_DONTWAIT, MSG_NOSIGNAL, MSG_FASTOPEN");
    }
    if (flags & MSG_FASTOPEN)
    {
        return [socket = Get(call), name = Name(Argument(call, 4), m_script), size] {
            return std::optional(socket->ConnectFastOpen(name, static_cast<uint32_t>(size)));
        };
    }
    const auto write = [size](PktSocket& socket) {
        return socket.Write(static_cast<uint32_t>(size));
    };
    const auto socket = Get(call);
    if (flags & MSG_DONTWAIT)
    {
        return [socket, write] { return std::optional(write(*socket)); };
    }
    return Waiting(socket, write, GetDeadline(*socket, "SO_SNDTIMEO"));
}

PktAttempt
PktSyscalls::Close(const PktCall& call)
{
    const auto socket = Get(call);
    m_fds.erase(Number(Argument(call, 0)));
    return [socket] { return std::optional(socket->Close()); };
}

PktAttempt
PktSyscalls::Shutdown(const PktCall& call)
{
    return [socket = Get(call), how = Number(Argument(call, 1))] {
        return std::optional(socket->Shutdown(how));
    };
}

PktAttempt
PktSyscalls::Fcntl(const PktCall& call)
{
    const auto socket = Get(call);
    const int64_t command = Number(Argument(call, 1));
    if (command == F_GETFL)
    {
        return [socket] {
            return std::optional(PktResult{O_RDWR | (socket->nonBlocking ? O_NONBLOCK : 0), ""});
        };
    }
    if (command != F_SETFL)
    {
        Unsupported("fcntl commands other than F_GETFL and F_SETFL");
    }
    const int64_t flags = Number(Argument(call, 2));
    if (flags & ~int64_t{O_RDWR | O_NONBLOCK})
    {
        Unsupported("fcntl of flags other than O_NONBLOCK");
    }
    return [socket, flags] {
        socket->nonBlocking = flags & O_NONBLOCK;
        return std::optional(PktResult{});
    };
}

void
PktSyscalls::CheckUnused(const PktCall& call, int64_t fd) const
{
    if (m_fds.contains(fd))
    {
        Differs(call.name + ": descriptor " + std::to_string(fd) + " is in use");
    }
}

void
PktSyscalls::RefuseUnchecked(const PktCall& call, std::size_t index) const
{
    if (index < call.arguments.size() && call.arguments[index].kind != PktValue::Kind::ELLIPSIS &&
        call.arguments[index].text != "NULL")
    {
        Unsupported(call.name + ": argument " + std::to_string(index + 1) +
                    " other than ... is not looked at");
    }
}

void
PktSyscalls::CheckMessage(const PktCall& call) const
{
    const PktValue& message = Argument(call, 1);
    for (std::size_t i = 0; i < message.names.size(); ++i)
    {
        const std::string& name = message.names[i];
        const PktValue& value = message.items[i];
        const bool nothing = value.kind == PktValue::Kind::ELLIPSIS ||
                             (value.kind == PktValue::Kind::NUMBER && value.number == 0);
        if (name != "msg_iov" && !((name == "msg_name" || name == "msg_flags") && nothing))
        {
            Unsupported(call.name + ": " + (name.empty() ? "a member without name" : name) +
                        " is not looked at");
        }
    }
}

void
PktSyscalls::CheckOption(const PktCall& call) const
{
    const std::string& name = Argument(call, 2).text;
    const PktValue& level = Argument(call, 1);
    const auto known = LEVELS.find(level.text);
    const bool number = level.kind == PktValue::Kind::NUMBER;
    if (LevelOf(name) >= 0 && (number || level.kind == PktValue::Kind::WORD) &&
        (number                  ? level.number
         : known == LEVELS.end() ? -1
                                 : known->second) != LevelOf(name))
    {
        Unsupported("socket option " + name + " of level " +
                    (number ? std::to_string(level.number) : level.text));
    }
    const PktValue& value = Argument(call, 3);
    const bool times = name == "SO_SNDTIMEO" || name == "SO_RCVTIMEO";
    int64_t size = 4 * std::ssize(value.items);
    size = name == "SO_LINGER" ? 8 : times ? 16 : size;
    const PktValue& length = Argument(call, 4);
    if (length.kind != PktValue::Kind::ELLIPSIS &&
        (times || name == "SO_LINGER" || value.kind == PktValue::Kind::LIST) &&
        Single(length) != size)
    {
        Unsupported("socket option " + name + " with a length of " +
                    std::to_string(Single(length)));
    }
}

PktAttempt
PktSyscalls::SetSockOpt(const PktCall& call)
{
    CheckOption(call);
    return [this, socket = Get(call), name = Argument(call, 2).text, value = Argument(call, 3)] {
        return std::optional(SetOption(*socket, name, value));
    };
}

PktAttempt
PktSyscalls::GetSockOpt(const PktCall& call)
{
    CheckOption(call);
    return [this, socket = Get(call), name = Argument(call, 2).text, value = Argument(call, 3)] {
        return std::optional(GetOption(*socket, name, value));
    };
}

PktResult
PktSyscalls::SetOption(PktSocket& socket, const std::string& name, const PktValue& value)
{
    const Ptr<Socket> ns3 = socket.GetSocket();
    if (name == "SO_REUSEADDR" || name == "SO_REUSEPORT")
    {
        socket.settings[name] = Single(value) != 0; // nothing in a simulation depends on it
        return {};
    }
    if (name == "SO_KEEPALIVE" || name.starts_with("TCP_KEEP"))
    {
        return SetKeepalive(socket, name, Single(value));
    }
    if (name == "SO_LINGER")
    {
        const auto connection = DynamicCast<MptcpSocketBase>(ns3);
        const PktValue* on = Member(value, "onoff");
        const PktValue* time = Member(value, "linger");
        if (!connection || !on || !time)
        {
            Unsupported("SO_LINGER without {onoff=, linger=}, or of plain TCP");
        }
        connection->SetLinger(Number(*on) != 0, Seconds(Number(*time)));
        return {};
    }
    if (name == "SO_SNDTIMEO" || name == "SO_RCVTIMEO")
    {
        const PktValue* seconds = Member(value, "tv_sec");
        const PktValue* micros = Member(value, "tv_usec");
        if (!seconds || !micros)
        {
            Unsupported(name + " without {tv_sec=, tv_usec=}");
        }
        socket.settings[name] = Number(*seconds) * 1000000 + Number(*micros);
        return {};
    }
    if (name == "TCP_FASTOPEN" || name == "TCP_FASTOPEN_CONNECT" ||
        name == "TCP_FASTOPEN_NO_COOKIE")
    {
        return SetFastOpen(socket, name, Single(value));
    }
    if (name == "IP_TOS" || name == "IPV6_TCLASS")
    {
        // As Linux does for TCP: the ECN bits are not the application's.
        const auto octet = static_cast<uint8_t>(Single(value) & ~3);
        ForSubflows(socket, [&](Socket& each) {
            each.SetIpTos(octet);
            each.SetIpv6Tclass(octet);
        });
        socket.settings[name] = octet;
        return {};
    }
    else if (name == "IP_TTL" || name == "IPV6_UNICAST_HOPS")
    {
        const int64_t hops = Single(value);
        if (hops < 1 || hops > 255)
        {
            return {-1, "EINVAL"};
        }
        ForSubflows(socket, [&](Socket& each) {
            each.SetIpTtl(static_cast<uint8_t>(hops));
            each.SetIpv6HopLimit(static_cast<uint8_t>(hops));
        });
    }
    else if (name == "TCP_NODELAY")
    {
        ns3->SetAttribute("TcpNoDelay", BooleanValue(Single(value) != 0));
        socket.settings[name] = Single(value) != 0;
        return {};
    }
    else if (name == "TCP_MAXSEG")
    {
        if (!socket.IsIdle())
        {
            return {}; // of no effect on a connection that stands
        }
        // What Linux calls MSS includes options: a DSS has to fit beside the data.
        constexpr int64_t DSS_ROOM = 28;
        const int64_t size = Single(value) - (socket.IsMptcp() ? DSS_ROOM : 0);
        if (Single(value) < 88 || Single(value) > 32767 ||
            !ns3->SetAttributeFailSafe("SegmentSize", UintegerValue(size)))
        {
            return {-1, "EINVAL"};
        }
    }
    else if (name == "SO_RCVBUF" || name == "SO_SNDBUF")
    {
        // Linux doubles it, for its bookkeeping; the data that fits is what was asked for.
        if (Single(value) < 0 ||
            !ns3->SetAttributeFailSafe(name == "SO_RCVBUF" ? "RcvBufSize" : "SndBufSize",
                                       UintegerValue(Single(value))))
        {
            return {-1, "EINVAL"};
        }
        socket.settings[name] = 2 * Single(value);
        return {};
    }
    else if (name == "TCP_MD5SIG" && socket.IsMptcp())
    {
        return {-1, "ENOPROTOOPT"};
    }
    else
    {
        Unsupported("socket option " + name);
    }
    socket.settings[name] = Single(value);
    return {};
}

PktResult
PktSyscalls::SetKeepalive(PktSocket& socket, const std::string& name, int64_t value)
{
    static const std::map<std::string, MptcpSocketOption> OPTIONS = {
        {"TCP_KEEPIDLE", MptcpSocketOption::KEEPIDLE},
        {"TCP_KEEPINTVL", MptcpSocketOption::KEEPINTVL},
        {"TCP_KEEPCNT", MptcpSocketOption::KEEPCNT}};
    const auto connection = DynamicCast<MptcpSocketBase>(socket.GetSocket());
    if (name == "SO_KEEPALIVE")
    {
        connection->SetKeepAlive(value != 0);
        socket.settings[name] = value != 0;
        return {};
    }
    const auto option = OPTIONS.find(name);
    if (option == OPTIONS.end())
    {
        Unsupported("socket option " + name);
    }
    if (value < 0 || connection->SetSocketOption(option->second, static_cast<uint64_t>(value)) != 0)
    {
        return {-1, "EINVAL"};
    }
    socket.settings[name] = value;
    return {};
}

PktResult
PktSyscalls::SetFastOpen(PktSocket& socket, const std::string& name, int64_t value)
{
    if (name != "TCP_FASTOPEN" && !socket.IsIdle())
    {
        return {-1, "EINVAL"};
    }
    socket.settings[name] = value;
    if (value == 0)
    {
        socket.settings.erase(name);
    }
    // Linux has these per socket; here the node's setting follows the last socket.
    UintegerValue flags;
    const Ptr<MptcpStack> stack = m_host.GetStack();
    stack->GetAttribute("FastOpen", flags);
    const uint64_t bits =
        name == "TCP_FASTOPEN" ? MptcpStack::FAST_OPEN_SERVER
        : name == "TCP_FASTOPEN_CONNECT"
            ? MptcpStack::FAST_OPEN_CLIENT
            : MptcpStack::FAST_OPEN_CLIENT_NO_COOKIE | MptcpStack::FAST_OPEN_SERVER_NO_COOKIE;
    if (value != 0)
    {
        stack->SetAttribute("FastOpen", UintegerValue(flags.Get() | bits));
    }
    return {};
}

PktResult
PktSyscalls::GetOption(PktSocket& socket, const std::string& name, const PktValue& want)
{
    if (name == "SO_ERROR")
    {
        const std::string error = socket.TakeError();
        const PktValue& one = want.items.empty() ? want : want.items[0];
        const std::string wanted = one.kind == PktValue::Kind::WORD ? one.text : "";
        if (one.kind != PktValue::Kind::ELLIPSIS && error != wanted)
        {
            Differs("getsockopt: SO_ERROR is " + (error.empty() ? "0" : error) + " instead of " +
                    (wanted.empty() ? "0" : wanted));
        }
        return {};
    }
    if (name == "TCP_MD5SIG" && socket.IsMptcp())
    {
        return {-1, "EOPNOTSUPP"};
    }
    // What Linux says of an option that nobody has set.
    static const std::map<std::string, int64_t> DEFAULTS = {{"SO_REUSEADDR", 0},
                                                            {"SO_REUSEPORT", 0},
                                                            {"SO_KEEPALIVE", 0},
                                                            {"TCP_KEEPIDLE", 7200},
                                                            {"TCP_KEEPINTVL", 75},
                                                            {"TCP_KEEPCNT", 9},
                                                            {"IP_TOS", 0},
                                                            {"IPV6_TCLASS", 0},
                                                            {"IP_TTL", 64},
                                                            {"IPV6_UNICAST_HOPS", 64},
                                                            {"TCP_MAXSEG", 536},
                                                            {"TCP_NODELAY", 0},
                                                            {"TCP_FASTOPEN", 0},
                                                            {"TCP_FASTOPEN_CONNECT", 0},
                                                            {"TCP_FASTOPEN_NO_COOKIE", 0}};
    int64_t value = 0;
    if (name == "TCP_IS_MPTCP")
    {
        const auto connection = DynamicCast<MptcpSocketBase>(socket.GetSocket());
        value = socket.IsMptcp() && connection && !connection->IsFallback();
    }
    else if (socket.settings.contains(name))
    {
        value = socket.settings.at(name);
    }
    else if (DEFAULTS.contains(name))
    {
        value = DEFAULTS.at(name);
    }
    else
    {
        Unsupported("socket option " + name);
    }
    if (Single(want) != value)
    {
        Differs("getsockopt: " + name + " is " + std::to_string(value) + " instead of " +
                std::to_string(Single(want)));
    }
    return {};
}

PktAttempt
PktSyscalls::Poll(const PktCall& call)
{
    struct Entry
    {
        std::shared_ptr<PktSocket> socket;
        int64_t events;
        int64_t wanted;
    };

    std::vector<Entry> entries;
    for (const PktValue& item : Argument(call, 0).items)
    {
        const PktValue* fd = Member(item, "fd");
        const PktValue* events = Member(item, "events");
        const PktValue* revents = Member(item, "revents");
        const auto found = fd ? m_fds.find(Number(*fd)) : m_fds.end();
        if (!events || found == m_fds.end())
        {
            Differs("poll: no such descriptor");
        }
        entries.push_back({found->second, Number(*events), revents ? Number(*revents) : 0});
    }
    if (Number(Argument(call, 1)) != std::ssize(entries))
    {
        throw PktError(PktFault::SYNTAX,
                       m_line,
                       "poll: the list has another number of descriptors than it says");
    }
    const int64_t wait = Number(Argument(call, 2));
    const Time deadline = wait < 0 ? Time::Max() : Simulator::Now() + MilliSeconds(wait);
    return [entries, deadline, line = m_line]() -> std::optional<PktResult> {
        int64_t ready = 0;
        std::string text;
        for (const Entry& entry : entries)
        {
            const int64_t is = entry.socket->Poll() & (entry.events | POLLERR | POLLHUP);
            ready += is != 0;
            if (is != entry.wanted)
            {
                text += "revents " + std::to_string(is) + " instead of " +
                        std::to_string(entry.wanted) + " ";
            }
        }
        if (ready == 0 && Simulator::Now() < deadline)
        {
            return {};
        }
        if (!text.empty())
        {
            throw PktError(PktFault::MISMATCH, line, "poll: " + text);
        }
        return PktResult{ready, ""};
    };
}

} // namespace ns3
