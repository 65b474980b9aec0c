/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-socket.h"

#include "pkt-builder.h"

#include "ns3/mptcp-address.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack.h"

#include <algorithm>
#include <poll.h>
#include <utility>
#include <vector>

namespace ns3
{

bool PktSocket::s_resetInHand = false;

PktSocket::PktSocket(Ptr<Socket> socket, bool mptcp, Changed changed)
    : m_socket(std::move(socket)),
      m_mptcp(mptcp),
      m_changed(std::move(changed))
{
}

PktSocket::~PktSocket()
{
    Detach();
}

void
PktSocket::Detach()
{
    if (m_socket)
    {
        m_socket->SetConnectCallback(MakeNullCallback<void, Ptr<Socket>>(),
                                     MakeNullCallback<void, Ptr<Socket>>());
        m_socket->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                    MakeNullCallback<void, Ptr<Socket>, const Address&>());
        m_socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        m_socket->SetSendCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
        m_socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                                    MakeNullCallback<void, Ptr<Socket>>());
    }
}

void
PktSocket::Attach()
{
    using Plain = Callback<void, Ptr<Socket>>;
    m_socket->SetConnectCallback(Plain([this](Ptr<Socket>) {
                                     m_phase = Phase::CONNECTED;
                                     m_changed();
                                 }),
                                 Plain([this](Ptr<Socket>) {
                                     m_phase = Phase::DEAD;
                                     m_error = s_resetInHand ? "ECONNREFUSED" : "ETIMEDOUT";
                                     m_changed();
                                 }));
    m_socket->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>([this](Ptr<Socket> socket, const Address&) {
            auto child = std::make_shared<PktSocket>(socket, m_mptcp, m_changed);
            child->m_phase = Phase::CONNECTED;
            child->settings = settings; // as Linux: the listener's
            child->Attach();
            m_backlog.push_back(std::move(child));
            m_changed();
        }));
    m_socket->SetRecvCallback(Plain([this](Ptr<Socket>) { m_changed(); }));
    m_socket->SetSendCallback(
        Callback<void, Ptr<Socket>, uint32_t>([this](Ptr<Socket>, uint32_t) { m_changed(); }));
    m_socket->SetCloseCallbacks(Plain([this](Ptr<Socket>) { m_changed(); }),
                                Plain([this](Ptr<Socket>) {
                                    if (m_phase == Phase::CONNECTING)
                                    {
                                        m_error = s_resetInHand ? "ECONNREFUSED" : "ETIMEDOUT";
                                    }
                                    else if (!m_mptcp && m_error.empty())
                                    {
                                        m_error = s_resetInHand ? "ECONNRESET" : "ETIMEDOUT";
                                    }
                                    m_phase = Phase::DEAD;
                                    m_changed();
                                }));
}

PktResult
PktSocket::Fail(const std::string& error)
{
    return {-1, error};
}

std::string
PktSocket::GetSocketError() const
{
    switch (m_socket->GetErrno())
    {
    case Socket::ERROR_ISCONN:
        return "EISCONN";
    case Socket::ERROR_NOTCONN:
        return "ENOTCONN";
    case Socket::ERROR_MSGSIZE:
        return "EMSGSIZE";
    case Socket::ERROR_AGAIN:
        return "EAGAIN";
    case Socket::ERROR_SHUTDOWN:
        return "EPIPE";
    case Socket::ERROR_OPNOTSUPP:
        return "EOPNOTSUPP";
    case Socket::ERROR_AFNOSUPPORT:
        return "EAFNOSUPPORT";
    case Socket::ERROR_NOROUTETOHOST:
        return "EHOSTUNREACH";
    case Socket::ERROR_ADDRNOTAVAIL:
        return "EADDRNOTAVAIL";
    case Socket::ERROR_ADDRINUSE:
        return "EADDRINUSE";
    default:
        return "EINVAL";
    }
}

PktResult
PktSocket::Bind(const Address& name)
{
    return m_socket->Bind(name) == 0 ? PktResult{} : Fail(GetSocketError());
}

PktResult
PktSocket::Listen()
{
    if (m_socket->Listen() != 0)
    {
        return Fail(GetSocketError());
    }
    m_phase = Phase::LISTENING;
    return {};
}

PktResult
PktSocket::Connect(const Address& name)
{
    if (!m_error.empty())
    {
        return Fail(TakeError());
    }
    switch (m_phase)
    {
    case Phase::CONNECTING:
        return Fail("EALREADY");
    case Phase::CONNECTED:
        // The call that began it, or one that waited for it, learns of the success once.
        if (settings.erase("connect pending"))
        {
            return {};
        }
        return Fail("EISCONN");
    case Phase::LISTENING:
        return Fail("EINVAL");
    case Phase::DEAD:
        return Fail("ECONNABORTED");
    case Phase::IDLE:
        break;
    }
    if (settings.contains("TCP_FASTOPEN_CONNECT"))
    {
        if (!MayFastOpen(name))
        {
            return ConnectFastOpen(name, 0);
        }
        m_deferred = name;
        return {};
    }
    m_phase = Phase::CONNECTING;
    if (m_socket->Connect(name) != 0)
    {
        m_phase = Phase::IDLE;
        return Fail(GetSocketError());
    }
    settings["connect pending"] = 1;
    return Fail("EINPROGRESS");
}

bool
PktSocket::MayFastOpen(const Address& name) const
{
    const auto connection = DynamicCast<MptcpSocketBase>(m_socket);
    if (!connection)
    {
        return false;
    }
    const Ptr<MptcpStack> stack = connection->GetStack();
    return stack->IsFastOpen(MptcpStack::FAST_OPEN_CLIENT) &&
           (stack->IsFastOpen(MptcpStack::FAST_OPEN_CLIENT_NO_COOKIE) ||
            !stack->GetCookie(MptcpGetHost(name)).empty());
}

PktResult
PktSocket::ConnectFastOpen(const Address& name, uint32_t size)
{
    const auto connection = DynamicCast<MptcpSocketBase>(m_socket);
    if (!connection)
    {
        return Fail("EOPNOTSUPP");
    }
    // Without a cookie Linux takes no data yet.
    const bool may = MayFastOpen(name);
    const uint32_t octets = may ? size : 0;
    m_phase = Phase::CONNECTING;
    m_deferred = Address();
    if (connection->ConnectFastOpen(name, MakeData(octets)) < 0)
    {
        m_phase = Phase::IDLE;
        return Fail(GetSocketError());
    }
    m_written += octets;
    settings["connect pending"] = 1;
    return may ? PktResult{octets, ""} : Fail("EINPROGRESS");
}

Ptr<Packet>
PktSocket::MakeData(uint32_t size) const
{
    std::vector<uint8_t> octets(size);
    for (uint32_t i = 0; i < size; ++i)
    {
        octets[i] = GetPktOctet(m_written + 1 + i);
    }
    return Create<Packet>(octets.data(), size);
}

PktResult
PktSocket::Accept(std::shared_ptr<PktSocket>& child)
{
    if (m_phase != Phase::LISTENING)
    {
        return Fail("EINVAL");
    }
    if (m_backlog.empty())
    {
        return Fail("EAGAIN");
    }
    child = m_backlog.front();
    m_backlog.pop_front();
    const auto connection = DynamicCast<MptcpSocketBase>(child->m_socket);
    if (connection && connection->GetSubflows().empty())
    {
        child->m_phase = Phase::DEAD; // Linux's accept gives up a connection that has no subflow
    }
    return {};
}

PktResult
PktSocket::Write(uint32_t size)
{
    if (!m_error.empty())
    {
        return Fail(TakeError());
    }
    if (m_phase == Phase::IDLE && !m_deferred.IsInvalid())
    {
        const PktResult result = ConnectFastOpen(Address(m_deferred), size);
        if (nonBlocking || result.value < 0)
        {
            return result;
        }
        m_taken = result.value; // returned when the connection stands
    }
    if (m_phase == Phase::CONNECTING)
    {
        return Fail("EAGAIN");
    }
    if (m_taken > 0)
    {
        return {std::exchange(m_taken, 0), ""};
    }
    if (m_phase != Phase::CONNECTED || m_shutdownSend)
    {
        return Fail("EPIPE");
    }
    const uint32_t room = std::min(size, m_socket->GetTxAvailable());
    if (room == 0 && size > 0)
    {
        return Fail("EAGAIN");
    }
    if (m_socket->Send(MakeData(room), 0) < 0)
    {
        // Linux knows one error for a connection that takes no data.
        const std::string error = GetSocketError();
        return Fail(error == "ENOTCONN" ? "EPIPE" : error);
    }
    m_written += room;
    return {room, ""};
}

PktResult
PktSocket::Read(uint32_t size)
{
    if (m_phase == Phase::IDLE || m_phase == Phase::LISTENING)
    {
        return Fail("ENOTCONN");
    }
    if (size == 0)
    {
        return {};
    }
    const Ptr<Packet> packet = m_phase == Phase::CONNECTING ? nullptr : m_socket->Recv(size, 0);
    if (!packet || (packet->GetSize() == 0 && m_phase == Phase::DEAD))
    {
        if (!m_error.empty())
        {
            return Fail(TakeError());
        }
        if (m_shutdownReceive && m_phase != Phase::DEAD)
        {
            return {};
        }
        return Fail(m_phase == Phase::DEAD ? "ENOTCONN" : "EAGAIN");
    }
    // ns-3 gives what came in one piece; a system call gives all that there is.
    const Ptr<Packet> data = packet->Copy();
    while (data->GetSize() > 0 && data->GetSize() < size)
    {
        const Ptr<Packet> more = m_socket->Recv(size - data->GetSize(), 0);
        if (!more || more->GetSize() == 0)
        {
            break;
        }
        data->AddAtEnd(more);
    }
    std::vector<uint8_t> octets(data->GetSize());
    data->CopyData(octets.data(), octets.size());
    for (const uint8_t octet : octets)
    {
        if (octet != GetPktOctet(++m_read))
        {
            return Fail("EIO");
        }
    }
    return {static_cast<int64_t>(octets.size()), ""};
}

PktResult
PktSocket::Peek(uint32_t size, bool all) const
{
    if (m_phase == Phase::IDLE || m_phase == Phase::LISTENING)
    {
        return Fail("ENOTCONN");
    }
    const auto connection = DynamicCast<MptcpSocketBase>(m_socket);
    const MptcpState state = connection ? connection->GetState() : MptcpState::ESTABLISHED;
    const bool more = state == MptcpState::SYN_SENT || state == MptcpState::ESTABLISHED ||
                      state == MptcpState::FIN_WAIT_1 || state == MptcpState::FIN_WAIT_2;
    const uint32_t there = m_phase == Phase::CONNECTING ? 0 : m_socket->GetRxAvailable();
    if (more && (there == 0 || (all && there < size)))
    {
        return Fail("EAGAIN");
    }
    return {std::min(size, there), ""};
}

PktResult
PktSocket::Close()
{
    Detach();
    m_backlog.clear();
    m_socket->Close();
    m_socket = nullptr;
    return {};
}

PktResult
PktSocket::Shutdown(int64_t how)
{
    if (m_phase == Phase::IDLE)
    {
        return Fail("ENOTCONN");
    }
    if (how < 0 || how > 2)
    {
        return Fail("EINVAL");
    }
    if (how != 0)
    {
        m_shutdownSend = true;
        m_socket->ShutdownSend();
    }
    if (how != 1)
    {
        m_shutdownReceive = true;
        m_socket->ShutdownRecv();
    }
    return {};
}

uint32_t
PktSocket::Poll() const
{
    uint32_t events = 0;
    if (m_phase == Phase::LISTENING)
    {
        return m_backlog.empty() ? 0 : POLLIN;
    }
    if (m_phase == Phase::IDLE || m_phase == Phase::DEAD)
    {
        events |= POLLOUT | POLLHUP;
    }
    if (m_phase == Phase::DEAD)
    {
        events |= POLLIN;
    }
    if (!m_error.empty())
    {
        events |= POLLERR;
    }
    if (m_phase == Phase::CONNECTED)
    {
        events |= m_socket->GetTxAvailable() > 0 ? POLLOUT : 0;
        events |= m_socket->GetRxAvailable() > 0 ? POLLIN : 0;
    }
    return events;
}

std::string
PktSocket::TakeError()
{
    return std::exchange(m_error, "");
}

Ptr<Socket>
PktSocket::GetSocket() const
{
    return m_socket;
}

bool
PktSocket::IsMptcp() const
{
    return m_mptcp;
}

bool
PktSocket::IsIdle() const
{
    return m_phase == Phase::IDLE;
}

void
PktSocket::SetResetInHand(bool reset)
{
    s_resetInHand = reset;
}

} // namespace ns3
