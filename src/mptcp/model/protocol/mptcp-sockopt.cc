/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The basic API of RFC 6897: what an application may ask of its connection, and when.
 */

#include "mptcp-address.h"
#include "mptcp-api.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/log.h"
#include "ns3/mptcp-address-text.h"
#include "ns3/net-device.h"
#include "ns3/simulator.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpSockopt");

namespace
{

/// How long the removal of an address waits for the subflows that are to replace it: one SYN of
/// stock TCP.
const Time REMOVAL_PATIENCE = Seconds(3);

/**
 * Take an element of a list of addresses apart.
 *
 * @param element Ipv4Address, Ipv6Address, InetSocketAddress or Inet6SocketAddress
 * @param host its Ipv4Address or Ipv6Address
 * @param port its port, 0 if it has none
 * @return it names one host
 */
bool
SplitElement(const Address& element, Address& host, uint16_t& port)
{
    port = 0;
    host = element;
    if (InetSocketAddress::IsMatchingType(element) || Inet6SocketAddress::IsMatchingType(element))
    {
        host = MptcpGetHost(element);
        port = MptcpGetPort(element);
    }
    if (Ipv4Address::IsMatchingType(host))
    {
        const Ipv4Address ipv4 = Ipv4Address::ConvertFrom(host);
        return !ipv4.IsAny() && !ipv4.IsMulticast() && !ipv4.IsBroadcast();
    }
    if (Ipv6Address::IsMatchingType(host))
    {
        const Ipv6Address ipv6 = Ipv6Address::ConvertFrom(host);
        return !ipv6.IsAny() && !ipv6.IsMulticast();
    }
    return false;
}

} // namespace

Socket::SocketErrno
MptcpSetSocketOption(Ptr<Socket> socket, MptcpSocketOption option, const MptcpOptionValue& value)
{
    const auto connection = DynamicCast<MptcpSocketBase>(socket);
    if (!connection)
    {
        return Socket::ERROR_OPNOTSUPP;
    }
    return connection->SetSocketOption(option, value) == 0 ? Socket::ERROR_NOTERROR
                                                           : connection->GetErrno();
}

Socket::SocketErrno
MptcpGetSocketOption(Ptr<Socket> socket, MptcpSocketOption option, MptcpOptionValue& value)
{
    const auto connection = DynamicCast<MptcpSocketBase>(socket);
    if (!connection)
    {
        return Socket::ERROR_OPNOTSUPP;
    }
    return connection->GetSocketOption(option, value) == 0 ? Socket::ERROR_NOTERROR
                                                           : connection->GetErrno();
}

// ---- Phases and errors ----

int
MptcpSocketBase::Refuse(SocketErrno error, const std::string& text) const
{
    NS_LOG_INFO(text);
    m_errno = error;
    m_errorText = text;
    return -1;
}

const std::string&
MptcpSocketBase::GetErrorText() const
{
    return m_errorText;
}

bool
MptcpSocketBase::IsBeforeConnection() const
{
    const MptcpState state = m_state;
    return !m_finished && (state == MptcpState::CLOSED || state == MptcpState::LISTEN);
}

bool
MptcpSocketBase::IsConnecting() const
{
    const MptcpState state = m_state;
    return state == MptcpState::SYN_SENT || state == MptcpState::SYN_RCVD;
}

bool
MptcpSocketBase::IsSetUp() const
{
    const MptcpState state = m_state;
    return !m_finished && state >= MptcpState::ESTABLISHED;
}

bool
MptcpSocketBase::WantsMptcp() const
{
    if (!m_stack->IsEnabled())
    {
        return false;
    }
    if (m_api.enable)
    {
        return *m_api.enable;
    }
    // Who binds a specific address or interface and knows nothing of MPTCP must get what he bound
    // (RFC 6897, section 4.2.1).
    if (!m_api.aware && (m_api.boundAddress || m_api.boundDevice) && m_stack->LegacyBindDisables())
    {
        return false;
    }
    // A small buffer may be taken for a request not to use MPTCP (RFC 6897, section 4.4.3).
    return std::min(m_sndBufSize, m_rcvBufSize) >= m_stack->GetMinBuffer();
}

bool
MptcpSocketBase::AllowsLocal(const Address& host, uint32_t ifIndex) const
{
    return !m_api.aware || m_api.locals.Allows(host, ifIndex);
}

bool
MptcpSocketBase::AllowsJoinTo(const Address& name) const
{
    const Address host = MptcpGetHost(name);
    const Ptr<NetDevice> device = m_stack->FindDevice(host);
    return AllowsLocal(host, device ? device->GetIfIndex() : UINT32_MAX);
}

// ---- TCP_MULTIPATH_ENABLE ----

int
MptcpSocketBase::SetMultipathEnable(bool enable)
{
    if (!IsBeforeConnection())
    {
        return Refuse(ERROR_ISCONN,
                      "TCP_MULTIPATH_ENABLE: EISCONN: to be set before the connection begins");
    }
    m_api.enable = enable;
    m_api.aware = true;
    return 0;
}

std::optional<bool>
MptcpSocketBase::GetMultipathEnable() const
{
    if (!IsSetUp())
    {
        Refuse(ERROR_NOTCONN,
               "TCP_MULTIPATH_ENABLE: ENOTCONN: to be read while there is a connection");
        return {};
    }
    return !m_fallback;
}

// ---- TCP_MULTIPATH_ADD, TCP_MULTIPATH_REMOVE ----

int
MptcpSocketBase::AddMultipathAddresses(const std::vector<Address>& addresses)
{
    const std::string name = "TCP_MULTIPATH_ADD: ";
    if (CheckAddresses(name, addresses, false) != 0)
    {
        return -1;
    }
    const bool before = IsBeforeConnection();
    for (const Address& element : addresses)
    {
        Address host;
        uint16_t port;
        SplitElement(element, host, port);
        m_api.locals.Add(host, port, before);
    }
    m_api.aware = true;
    if (!before)
    {
        CallPathManagerLater(MptcpPathEvent::LOCAL_CHANGED, {});
    }
    return 0;
}

int
MptcpSocketBase::RemoveMultipathAddresses(const std::vector<Address>& addresses)
{
    const std::string name = "TCP_MULTIPATH_REMOVE: ";
    if (CheckAddresses(name, addresses, true) != 0)
    {
        return -1;
    }
    m_api.aware = true;
    for (const Address& element : addresses)
    {
        Address host;
        uint16_t port;
        SplitElement(element, host, port);
        m_api.locals.Remove(host, port);
        if (!IsBeforeConnection())
        {
            m_leaving.emplace_back(host, port);
        }
    }
    if (!m_leaving.empty())
    {
        // The paths that are to replace those removed, first (RFC 6897, section 5.3.3).
        Act([this] {
            CallPathManager(MptcpPathEvent::LOCAL_CHANGED);
            StartTimer(m_leaveEvent, REMOVAL_PATIENCE, &MptcpSocketBase::FinishRemovals, true);
            FinishRemovals(false);
        });
    }
    return 0;
}

int
MptcpSocketBase::CheckAddresses(const std::string& name,
                                const std::vector<Address>& addresses,
                                bool remove) const
{
    if (!IsBeforeConnection() &&
        (m_finished || m_state == MptcpState::CLOSED || m_state == MptcpState::TIME_WAIT))
    {
        return Refuse(ERROR_NOTCONN, name + "ENOTCONN: the connection has ended");
    }
    if (m_fallback || (m_api.enable && !*m_api.enable))
    {
        return Refuse(ERROR_OPNOTSUPP, name + "EOPNOTSUPP: the connection is plain TCP");
    }
    if (addresses.empty())
    {
        return Refuse(ERROR_INVAL, name + "EINVAL: the list of addresses is empty");
    }
    for (const Address& element : addresses)
    {
        Address host;
        uint16_t port;
        if (!SplitElement(element, host, port))
        {
            return Refuse(ERROR_INVAL,
                          name + "EINVAL: an element is no address of one host: give Ipv4Address, "
                                 "Ipv6Address, InetSocketAddress or Inet6SocketAddress");
        }
        // Only own addresses, so that nothing can be claimed (RFC 6897, section 7). One that has
        // left the host can still be removed.
        if (!m_stack->FindDevice(host) && !(remove && m_api.locals.Names(host)) &&
            !(remove && IsLocalInUse(host)))
        {
            return Refuse(ERROR_ADDRNOTAVAIL,
                          name + "EADDRNOTAVAIL: this host does not have " + MptcpToText(host));
        }
    }
    return 0;
}

bool
MptcpSocketBase::IsLocalInUse(const Address& host) const
{
    return std::any_of(m_subflows.begin(), m_subflows.end(), [&host](const auto& subflow) {
        return MptcpGetHost(GetNames(subflow).local) == host;
    });
}

MptcpAddressPair
MptcpSocketBase::GetNames(Ptr<MptcpSubflow> subflow)
{
    MptcpAddressPair names;
    subflow->GetSockName(names.local);
    subflow->GetPeerName(names.remote);
    return names;
}

bool
MptcpSocketBase::IsLeaving(Ptr<MptcpSubflow> subflow) const
{
    const Address local = GetNames(subflow).local;
    return std::any_of(m_leaving.begin(), m_leaving.end(), [&local](const auto& leaving) {
        return MptcpGetHost(local) == leaving.first &&
               (leaving.second == 0 || MptcpGetPort(local) == leaving.second);
    });
}

void
MptcpSocketBase::FinishRemovals(bool late)
{
    if (m_leaving.empty() || m_finished)
    {
        return;
    }
    std::vector<Ptr<MptcpSubflow>> leaving;
    bool opening = false;
    for (const auto& subflow : m_subflows)
    {
        if (IsLeaving(subflow))
        {
            leaving.push_back(subflow);
        }
        else if (!subflow->CanSend())
        {
            opening = opening || subflow->GetPhase() == MptcpSubflow::Phase::HANDSHAKE ||
                      subflow->GetPhase() == MptcpSubflow::Phase::PRE_ESTABLISHED;
        }
    }
    if (opening && !late)
    {
        return; // called again when they stand, have failed, or take too long
    }
    m_leaveEvent.Cancel();
    std::vector<uint8_t> ids;
    for (const auto& [host, port] : m_leaving)
    {
        if (port != 0 && m_api.locals.Names(host))
        {
            continue; // other ports of the address stay
        }
        const uint8_t id = GetLocalId(host, port);
        const bool used = std::any_of(leaving.begin(), leaving.end(), [id](const auto& subflow) {
            return subflow->GetLocalAddressId() == id;
        });
        const bool announced =
            std::any_of(m_announced.begin(), m_announced.end(), [id](const auto& announce) {
                return announce.id == id;
            });
        if (used || announced)
        {
            ids.push_back(id);
        }
    }
    m_leaving.clear();
    Withdraw(ids);
    for (const auto& subflow : leaving)
    {
        DestroySubflow(subflow);
    }
    SchedulePush();
}

// ---- TCP_MULTIPATH_SUBFLOWS, TCP_MULTIPATH_CONNID ----

int
MptcpSocketBase::GetMultipathSubflows(std::vector<MptcpAddressPair>& pairs) const
{
    if (!IsSetUp())
    {
        return Refuse(ERROR_NOTCONN,
                      "TCP_MULTIPATH_SUBFLOWS: ENOTCONN: to be read while there is a connection");
    }
    pairs.clear();
    for (const auto& subflow : m_subflows)
    {
        if (subflow->CanSend())
        {
            pairs.push_back(GetNames(subflow));
        }
    }
    return 0;
}

std::optional<uint32_t>
MptcpSocketBase::GetMultipathConnectionId() const
{
    if (!IsSetUp())
    {
        Refuse(ERROR_NOTCONN,
               "TCP_MULTIPATH_CONNID: ENOTCONN: to be read while there is a connection");
        return {};
    }
    if (m_fallback)
    {
        Refuse(ERROR_OPNOTSUPP, "TCP_MULTIPATH_CONNID: EOPNOTSUPP: the connection is plain TCP");
        return {};
    }
    return m_localToken;
}

// ---- As socket options ----

int
MptcpSocketBase::SetSocketOption(MptcpSocketOption option, const MptcpOptionValue& value)
{
    const auto* flag = std::get_if<bool>(&value);
    const auto* number = std::get_if<uint64_t>(&value);
    const auto* addresses = std::get_if<std::vector<Address>>(&value);
    switch (option)
    {
    case MptcpSocketOption::MULTIPATH_ENABLE:
        return flag ? SetMultipathEnable(*flag)
                    : Refuse(ERROR_INVAL, "TCP_MULTIPATH_ENABLE: EINVAL: takes a bool");
    case MptcpSocketOption::MULTIPATH_ADD:
        return addresses ? AddMultipathAddresses(*addresses)
                         : Refuse(ERROR_INVAL, "TCP_MULTIPATH_ADD: EINVAL: takes addresses");
    case MptcpSocketOption::MULTIPATH_REMOVE:
        return addresses ? RemoveMultipathAddresses(*addresses)
                         : Refuse(ERROR_INVAL, "TCP_MULTIPATH_REMOVE: EINVAL: takes addresses");
    case MptcpSocketOption::NODELAY:
    case MptcpSocketOption::KEEPALIVE:
        if (!flag)
        {
            return Refuse(ERROR_INVAL, "TCP_NODELAY, SO_KEEPALIVE: EINVAL: take a bool");
        }
        option == MptcpSocketOption::NODELAY ? SetTcpNoDelay(*flag) : SetKeepAlive(*flag);
        return 0;
    case MptcpSocketOption::KEEPIDLE:
    case MptcpSocketOption::KEEPINTVL:
    case MptcpSocketOption::KEEPCNT:
        return number ? SetKeepOption(option, std::min<uint64_t>(*number, UINT32_MAX))
                      : Refuse(ERROR_INVAL, "TCP_KEEP...: EINVAL: take a number");
    case MptcpSocketOption::SNDBUF:
    case MptcpSocketOption::RCVBUF:
        if (!number || *number == 0 || *number > UINT32_MAX)
        {
            return Refuse(ERROR_INVAL,
                          "SO_SNDBUF, SO_RCVBUF: EINVAL: take a number of octets, 1 to 2^32-1");
        }
        option == MptcpSocketOption::SNDBUF ? SetSndBufSize(*number) : SetRcvBufSize(*number);
        return 0;
    case MptcpSocketOption::MULTIPATH_SUBFLOWS:
    case MptcpSocketOption::MULTIPATH_CONNID:
        break;
    }
    return Refuse(ERROR_OPNOTSUPP, "setsockopt: ENOPROTOOPT: the option is read-only");
}

int
MptcpSocketBase::GetSocketOption(MptcpSocketOption option, MptcpOptionValue& value) const
{
    const auto put = [&value](const auto& found) {
        if (!found)
        {
            return -1;
        }
        value = *found;
        return 0;
    };
    switch (option)
    {
    case MptcpSocketOption::MULTIPATH_ENABLE:
        return put(GetMultipathEnable());
    case MptcpSocketOption::MULTIPATH_SUBFLOWS: {
        std::vector<MptcpAddressPair> pairs;
        const int result = GetMultipathSubflows(pairs);
        return put(result == 0 ? std::optional(pairs) : std::nullopt);
    }
    case MptcpSocketOption::MULTIPATH_CONNID: {
        const auto token = GetMultipathConnectionId();
        return put(token ? std::optional<uint64_t>(*token) : std::nullopt);
    }
    case MptcpSocketOption::NODELAY:
        value = m_noDelay;
        return 0;
    case MptcpSocketOption::SNDBUF:
        value = uint64_t{m_sndBufSize};
        return 0;
    case MptcpSocketOption::RCVBUF:
        value = uint64_t{m_rcvBufSize};
        return 0;
    case MptcpSocketOption::KEEPALIVE:
        value = GetKeepAlive();
        return 0;
    case MptcpSocketOption::KEEPIDLE:
        value = static_cast<uint64_t>(GetKeepIdle().GetSeconds());
        return 0;
    case MptcpSocketOption::KEEPINTVL:
        value = static_cast<uint64_t>(GetKeepInterval().GetSeconds());
        return 0;
    case MptcpSocketOption::KEEPCNT:
        value = uint64_t{GetKeepCount()};
        return 0;
    case MptcpSocketOption::MULTIPATH_ADD:
    case MptcpSocketOption::MULTIPATH_REMOVE:
        break;
    }
    return Refuse(ERROR_OPNOTSUPP, "getsockopt: ENOPROTOOPT: the option is write-only");
}

// ---- Addresses of subflows ----

void
MptcpSocketBase::NoteBinding(const Address& name)
{
    const Address host = MptcpGetHost(name);
    if (!MptcpIsAny(host))
    {
        m_api.boundAddress = true;
        m_api.locals.Bind(host);
    }
}

int
MptcpSocketBase::ChooseInitialAddress(const Address& peer)
{
    const Address peerHost = MptcpGetHost(peer);
    Address name;
    m_initial->GetSockName(name);
    Address host = MptcpGetHost(name);
    uint16_t port = MptcpGetPort(name);
    if (!m_api.boundAddress)
    {
        if (!m_api.aware || !m_api.locals.IsNarrowed())
        {
            return 0; // by routing
        }
        const bool ipv4 = Ipv4Address::IsMatchingType(peerHost);
        const auto locals = m_stack->GetLocalAddresses();
        const auto local = std::find_if(locals.begin(), locals.end(), [&](const auto& l) {
            const Ptr<NetDevice> device = m_stack->FindDevice(l.address);
            return l.up && Ipv4Address::IsMatchingType(l.address) == ipv4 &&
                   AllowsLocal(l.address, l.ifIndex) && m_stack->HasRoute(device, peerHost);
        });
        if (local == locals.end())
        {
            return Refuse(ERROR_ADDRNOTAVAIL,
                          "connect: EADDRNOTAVAIL: no local address that the application allows "
                          "reaches " +
                              MptcpToText(peerHost));
        }
        host = local->address;
        const auto ports = m_api.locals.GetPorts(host);
        port = port == 0 && !ports.empty() ? ports.front() : port;
        m_initial->CloseSubflow();
        m_initial->Detach();
        m_initial = CreateSubflow(MptcpSubflow::Role::INITIAL);
        if (m_initial->Bind(MptcpMakeName(host, port)) != 0)
        {
            return Refuse(m_initial->GetErrno(),
                          "connect: EADDRINUSE: the port that was asked for is taken");
        }
    }
    else if (const Ptr<NetDevice> device = m_stack->FindDevice(host);
             !device || !AllowsLocal(host, device->GetIfIndex()))
    {
        return Refuse(ERROR_ADDRNOTAVAIL,
                      "connect: EADDRNOTAVAIL: the bound address " + MptcpToText(host) +
                          " is not usable any more");
    }
    // Stock TCP takes whatever address routing prefers; leave by the one that was chosen.
    m_initial->SetSourceAddress(host);
    m_initial->LeaveBySource(host, peerHost);
    return 0;
}

int
MptcpSocketBase::BindJoin(Ptr<MptcpSubflow> subflow,
                          const Address& local,
                          const Address& peer) const
{
    if (MptcpGetPort(local) != 0)
    {
        return m_stack->IsFlowTaken(local, peer) ? -1 : subflow->Bind(local);
    }
    const Address host = MptcpGetHost(local);
    const auto taken = [&](uint16_t port) {
        const Address name = MptcpMakeName(host, port);
        return m_stack->IsFlowTaken(name, peer) ||
               std::any_of(m_subflows.begin(), m_subflows.end(), [&](const auto& other) {
                   return other != subflow && GetNames(other).local == name;
               });
    };
    const auto ports = m_api.locals.GetPorts(host);
    const auto port = std::find_if_not(ports.begin(), ports.end(), taken);
    if (port != ports.end())
    {
        // What the application asked for, or nothing (RFC 6897, section 5.3.3).
        return subflow->Bind(MptcpMakeName(host, *port));
    }
    const uint16_t initial = MptcpGetPort(m_localName);
    if (m_stack->PrefersSamePort() && !taken(initial) &&
        subflow->Bind(MptcpMakeName(host, initial)) == 0)
    {
        return 0;
    }
    return subflow->Bind(MptcpMakeName(host, 0));
}

// ---- Linger, fate-sharing ----

void
MptcpSocketBase::SetLinger(bool on, const Time& time)
{
    m_api.linger = on ? std::optional<Time>(time) : std::nullopt;
}

std::optional<Time>
MptcpSocketBase::GetLinger() const
{
    return m_api.linger;
}

bool
MptcpSocketBase::CloseByLinger()
{
    if (!m_api.linger)
    {
        return false;
    }
    if (m_api.linger->IsStrictlyPositive())
    {
        StartTimer(m_lingerEvent, *m_api.linger, &MptcpSocketBase::LingerTimeout);
        return false;
    }
    Abort(ERROR_NOTERROR);
    return true;
}

void
MptcpSocketBase::LingerTimeout()
{
    if (!m_finished && !m_dataFinAcked)
    {
        Refuse(ERROR_NOTCONN, "close: the peer has not acknowledged all data in the linger time");
        Abort(ERROR_NOTCONN);
    }
}

void
MptcpSocketBase::SetFateSharing(bool share)
{
    m_api.fateSharing = share;
}

bool
MptcpSocketBase::IsFateSharing() const
{
    return m_api.fateSharing.value_or(m_stack->SharesFate());
}

void
MptcpSocketBase::ShareFate()
{
    if (!m_finished)
    {
        Refuse(ERROR_NOTCONN, "the first subflow has ended, and the connection shares its fate");
        Abort(ERROR_NOTCONN);
    }
}

void
MptcpSocketBase::FollowSubflowEstablished(Ptr<MptcpSubflow> subflow)
{
    subflow->UpdateKeepalive();
    TellSubflow(MptcpSubflowEvent::ESTABLISHED, subflow);
    if (!m_leaving.empty())
    {
        Later(Time(), &MptcpSocketBase::FinishRemovals, false);
    }
}

void
MptcpSocketBase::FollowSubflowClosed(Ptr<MptcpSubflow> subflow)
{
    KeepCounts(subflow);
    TellSubflow(MptcpSubflowEvent::CLOSED, subflow);
    if (!m_leaving.empty())
    {
        Later(Time(), &MptcpSocketBase::FinishRemovals, false);
    }
    const bool over = m_dataFinAcked && m_peerFinished;
    if (subflow->GetRole() == MptcpSubflow::Role::INITIAL && IsSetUp() && !m_fallback && !over &&
        IsFateSharing())
    {
        Later(Time(), &MptcpSocketBase::ShareFate);
    }
}

} // namespace ns3
