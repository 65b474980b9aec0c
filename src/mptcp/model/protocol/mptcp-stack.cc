/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-stack.h"

#include "mptcp-address-watcher.h"
#include "mptcp-segment-guard.h"
#include "mptcp-socket-base.h"
#include "tcp-option-mptcp.h"

#include "ns3/abort.h"
#include "ns3/boolean.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-interface-address.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-protocol.h"
#include "ns3/ipv6.h"
#include "ns3/mptcp-crypto.h"
#include "ns3/nstime.h"
#include "ns3/simulator.h"
#include "ns3/trace-source-accessor.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <array>
#include <span>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpStack);

namespace
{

/// Keys that are tried for one whose token is free (Linux: MPTCP_TOKEN_MAX_RETRIES more).
constexpr uint32_t TOKEN_TRIES = 5;

} // namespace

TypeId
MptcpStack::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpStack")
            .SetParent<Object>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpStack>()
            .AddAttribute("Enabled",
                          "Sockets of ns3::MptcpSocketFactory speak MPTCP; false makes them plain "
                          "TCP (Linux net.mptcp.enabled).",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpStack::m_enabled),
                          MakeBooleanChecker())
            .AddAttribute("ChecksumEnabled",
                          "Ask for DSS checksums in MP_CAPABLE (flag A; Linux "
                          "net.mptcp.checksum_enabled).",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpStack::m_checksum),
                          MakeBooleanChecker())
            .AddAttribute("Version",
                          "Highest protocol version that is offered and accepted: 1 is RFC 8684, "
                          "0 is RFC 6824.",
                          UintegerValue(1),
                          MakeUintegerAccessor(&MptcpStack::m_version),
                          MakeUintegerChecker<uint8_t>(0, 1))
            .AddAttribute("LowestVersion",
                          "Lowest protocol version that is accepted. When it is less than Version, "
                          "a client whose peer answers without MP_CAPABLE tries it before plain "
                          "TCP, and remembers what the peer speaks (RFC 8684, section 3.1).",
                          UintegerValue(1),
                          MakeUintegerAccessor(&MptcpStack::m_lowestVersion),
                          MakeUintegerChecker<uint8_t>(0, 1))
            .AddAttribute("Dsn32",
                          "Send data sequence numbers of 32 bits in the DSS, as early "
                          "implementations did; false sends 64 bits.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpStack::m_dsn32),
                          MakeBooleanChecker())
            .AddAttribute("CheckHmac",
                          "Verify the HMACs of MP_JOIN and ADD_ADDR. False accepts any, as FreeBSD "
                          "v0.51 did; for research only.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpStack::m_checkHmac),
                          MakeBooleanChecker())
            .AddAttribute("StaleLossCnt",
                          "Retransmission intervals of the connection without a sign of life after "
                          "which a subflow with data outstanding is stale: its data goes over "
                          "others and it gets no new data; 0 never (Linux "
                          "net.mptcp.stale_loss_cnt).",
                          UintegerValue(4),
                          MakeUintegerAccessor(&MptcpStack::m_staleLossCnt),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("BlackholeTimeout",
                          "How long new connections of this node are plain TCP after a path "
                          "dropped SYNs with MP_CAPABLE; doubles with each time in a row, up to 64 "
                          "times; 0 never (Linux net.mptcp.blackhole_timeout).",
                          TimeValue(Hours(1)),
                          MakeTimeAccessor(&MptcpStack::m_blackholeTimeout),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("FastcloseByAck",
                          "How a connection is aborted: true sends MP_FASTCLOSE on an ACK and "
                          "waits for the RST (option A of RFC 8684, section 3.5); false sends it "
                          "on RSTs (option R, as Linux does). Version 0 has the ACK only.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpStack::m_fastcloseByAck),
                          MakeBooleanChecker())
            .AddAttribute(
                "FastOpen",
                "TCP Fast Open (RFC 7413), the sum of: 1 clients ask for cookies and send "
                "data in SYNs, 2 listeners give cookies and accept such data, 4 clients "
                "send data without a cookie, 512 listeners accept it without one (Linux "
                "net.ipv4.tcp_fastopen).",
                UintegerValue(0),
                MakeUintegerAccessor(&MptcpStack::m_fastOpen),
                MakeUintegerChecker<uint16_t>(0, 0x207))
            .AddAttribute("FastOpenCookieSize",
                          "Octets of the cookies that listeners give: 4 or 6, so that they fit "
                          "beside MP_CAPABLE and timestamps (RFC 8684, appendix B.1).",
                          UintegerValue(6),
                          MakeUintegerAccessor(&MptcpStack::m_cookieSize),
                          MakeUintegerChecker<uint8_t>(4, 6))
            .AddAttribute("AllowJoinInitialAddrPort",
                          "Allow the peer to join to the address and port of the initial subflow; "
                          "false sets flag C (Linux net.mptcp.allow_join_initial_addr_port).",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpStack::m_allowJoinInitial),
                          MakeBooleanChecker())
            .AddAttribute("SynRetransBeforeTcpFallback",
                          "Retransmissions of a SYN with MP_CAPABLE before one without it (Linux "
                          "net.mptcp.syn_retrans_before_tcp_fallback).",
                          UintegerValue(2),
                          MakeUintegerAccessor(&MptcpStack::m_synRetries),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("CloseTimeout",
                          "How long a connection without any subflow lives on, waiting for a new "
                          "one (Linux net.mptcp.close_timeout).",
                          TimeValue(Seconds(60)),
                          MakeTimeAccessor(&MptcpStack::m_closeTimeout),
                          MakeTimeChecker())
            .AddAttribute("AddAddrTimeout",
                          "Longest wait for the echo of an ADD_ADDR before it is sent again, up to "
                          "3 times; 0 sends it once (Linux net.mptcp.add_addr_timeout).",
                          TimeValue(Seconds(120)),
                          MakeTimeAccessor(&MptcpStack::m_addAddrTimeout),
                          MakeTimeChecker())
            .AddAttribute("AddAddrAdaptive",
                          "The retransmission timeouts of the subflows shorten AddAddrTimeout, and "
                          "it doubles each time; false waits that long each time, as Linux did "
                          "before 6.18.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpStack::m_addAddrAdaptive),
                          MakeBooleanChecker())
            .AddAttribute("MirrorJoinBackup",
                          "The SYN/ACK of a join repeats the backup flag of the SYN, as Linux did "
                          "before 6.11; false sets it for backup endpoints only.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpStack::m_mirrorBackup),
                          MakeBooleanChecker())
            .AddAttribute("SynLinearTimeouts",
                          "Retransmissions of a SYN before the timeout doubles each time; 0 as "
                          "stock TCP, 4 in Linux from 6.5 on (net.ipv4.tcp_syn_linear_timeouts).",
                          UintegerValue(0),
                          MakeUintegerAccessor(&MptcpStack::m_synLinear),
                          MakeUintegerChecker<uint32_t>(0, 127))
            .AddAttribute("LegacyBindDisables",
                          "A socket that binds a specific address or device, and whose "
                          "application makes no call of the multipath API, is plain TCP (RFC 6897, "
                          "section 4.2.1), as in the profile Rfc. Linux: false.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpStack::m_legacyBindDisables),
                          MakeBooleanChecker())
            .AddAttribute("FateSharing",
                          "A connection ends with its first subflow, unless its application says "
                          "otherwise (RFC 6897, section 4.2.2).",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpStack::m_fateSharing),
                          MakeBooleanChecker())
            .AddAttribute("JoinSamePort",
                          "Joins try to use the local port of the initial subflow (recommended by "
                          "RFC 6897, section 5.3.3); false: any free port, as Linux.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpStack::m_joinSamePort),
                          MakeBooleanChecker())
            .AddAttribute("MinBufferSize",
                          "A socket with a smaller send or receive buffer, in octets, is plain "
                          "TCP, unless its application enables MPTCP (RFC 6897, section 4.4.3).",
                          UintegerValue(0),
                          MakeUintegerAccessor(&MptcpStack::m_minBuffer),
                          MakeUintegerChecker<uint32_t>())
            .AddAttribute("RemoveAddrKeepalive",
                          "Whether a REMOVE_ADDR closes only those subflows that do not answer a "
                          "keepalive (RFC 8684, section 3.4.2); Linux closes all.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpStack::m_removeAddrChecked),
                          MakeBooleanChecker())
            .AddAttribute(
                "LimitSubflows",
                "Subflows besides the initial one that ns3::MptcpPathManagerKernel opens "
                "and accepts (ip mptcp limits set subflows).",
                UintegerValue(MptcpLimits().subflows),
                MakeUintegerAccessor(&MptcpStack::SetLimitSubflows, &MptcpStack::GetLimitSubflows),
                MakeUintegerChecker<uint8_t>(0, MptcpEndpointTable::MAX))
            .AddAttribute("LimitAddAddrAccepted",
                          "Announcements of the peer that lead ns3::MptcpPathManagerKernel to open "
                          "subflows (ip mptcp limits set add_addr_accepted).",
                          UintegerValue(MptcpLimits().addAddrAccepted),
                          MakeUintegerAccessor(&MptcpStack::SetLimitAddAddrAccepted,
                                               &MptcpStack::GetLimitAddAddrAccepted),
                          MakeUintegerChecker<uint8_t>(0, MptcpEndpointTable::MAX))
            .AddAttribute("LocalPollInterval",
                          "How often segments and timeouts make the stack look whether an "
                          "interface went down or an address vanished, where routing is no "
                          "ns3::Ipv4ListRouting or ns3::Ipv6ListRouting, which tell of it at once.",
                          TimeValue(MilliSeconds(100)),
                          MakeTimeAccessor(&MptcpStack::m_pollInterval),
                          MakeTimeChecker(Time(0)))
            .AddTraceSource("PmEvent",
                            "An event of path management with the attributes that Linux's netlink "
                            "interface gives it.",
                            MakeTraceSourceAccessor(&MptcpStack::m_pmEvent),
                            "ns3::MptcpStack::PmEventTracedCallback")
            .AddTraceSource("Counter",
                            "A counter of this node changed: kernel name without prefix, e.g. "
                            "MPJoinSynRx, and new value.",
                            MakeTraceSourceAccessor(&MptcpStack::m_counterTrace),
                            "ns3::MptcpStack::CounterTracedCallback")
            .AddTraceSource("MalformedSegment",
                            "A segment came that is too short for its TCP header, and was dropped, "
                            "or whose options had impossible lengths, and was taken without them: "
                            "its octets from the TCP header on, and whether it was dropped.",
                            MakeTraceSourceAccessor(&MptcpStack::m_malformedSegment),
                            "ns3::MptcpStack::SegmentTracedCallback")
            .AddTraceSource("ConnectionCreated",
                            "A connection of this node has begun: an active one when it sends its "
                            "SYN, a passive one when it answers a SYN.",
                            MakeTraceSourceAccessor(&MptcpStack::m_connectionCreated),
                            "ns3::MptcpStack::ConnectionTracedCallback");
    return tid;
}

MptcpStack::MptcpStack()
    : m_random(CreateObject<UniformRandomVariable>())
{
    m_endpoints.SetListener(
        [this](MptcpEndpointTable::Change change, const std::vector<MptcpEndpoint>& endpoints) {
            return OnEndpointChange(change, endpoints);
        });
    m_counters.SetObserver([this](MptcpMib counter, uint64_t value) {
        if (!m_counterTrace.IsEmpty())
        {
            m_counterTrace(std::string(MptcpCounters::GetName(counter)), value);
        }
    });
}

MptcpStack::~MptcpStack() = default;

void
MptcpStack::SetNode(Ptr<Node> node)
{
    m_node = node;
}

Ptr<Node>
MptcpStack::GetNode() const
{
    return m_node;
}

void
MptcpStack::NotifyNewAggregate()
{
    if (!m_node)
    {
        m_node = GetObject<Node>();
    }
    GuardSegments();
    Object::NotifyNewAggregate();
}

void
MptcpStack::GuardSegments()
{
    if (m_node)
    {
        MptcpSegmentGuard::Install(m_node, this);
    }
}

void
MptcpStack::OnMalformedSegment(Ptr<const Packet> segment, bool dropped)
{
    if (dropped)
    {
        m_counters.Increment(MptcpMib::InErrs);
    }
    m_malformedSegment(segment, dropped);
}

void
MptcpStack::DoDispose()
{
    // Connections and their subflows refer to each other; the node's end is the end of both.
    const auto connections = GetConnections();
    m_connections.clear();
    m_endpointListeners.clear();
    m_option = nullptr;
    for (const auto& connection : connections)
    {
        connection->Dispose();
    }
    m_watching = false;
    m_watcher4 = nullptr;
    m_watcher6 = nullptr;
    m_endpoints.SetListener({});
    m_node = nullptr;
    m_random = nullptr;
    Object::DoDispose();
}

void
MptcpStack::SetDefault(const std::string& name, const AttributeValue& value)
{
    const std::size_t split = name.rfind("::");
    TypeId type;
    TypeId::AttributeInformation info;
    const bool known = split != std::string::npos &&
                       TypeId::LookupByNameFailSafe(name.substr(0, split), &type) &&
                       type.LookupAttributeByName(name.substr(split + 2), &info);
    NS_ABORT_MSG_UNLESS(known, "MptcpStack::SetDefault: there is no attribute " << name);
    const Ptr<AttributeValue> valid = info.checker->CreateValidValue(value);
    NS_ABORT_MSG_UNLESS(valid,
                        "MptcpStack::SetDefault: "
                            << name << " takes " << info.checker->GetUnderlyingTypeInformation()
                            << ", not " << value.SerializeToString(info.checker));
    m_defaults.push_back({type, info.name, valid});
}

void
MptcpStack::ApplyDefaults(Ptr<Object> object) const
{
    const TypeId type = object->GetInstanceTypeId();
    const TypeId subflow = MptcpSubflow::GetTypeId();
    for (const Default& setting : m_defaults)
    {
        // What is set for ns3::TcpSocketBase the connection hands on to its subflows.
        const bool ofSubflows = type == MptcpSocketBase::GetTypeId() &&
                                (setting.type == subflow || subflow.IsChildOf(setting.type));
        if (type == setting.type || type.IsChildOf(setting.type) || ofSubflows)
        {
            object->SetAttribute(setting.attribute, *setting.value);
        }
    }
}

MptcpCounters&
MptcpStack::GetCounters()
{
    return m_counters;
}

uint64_t
MptcpStack::GetCounter(const std::string& name) const
{
    return m_counters.Get(name);
}

std::optional<uint64_t>
MptcpStack::NewKey(MptcpVersion version)
{
    // A token names one connection (RFC 8684, section 3.1).
    for (uint32_t i = 0; i < TOKEN_TRIES; ++i)
    {
        const uint64_t key = (uint64_t{NewNonce()} << 32) | NewNonce();
        if (!m_tokens.Find(DeriveMptcpKey(key, version).token))
        {
            return key;
        }
    }
    return {};
}

uint32_t
MptcpStack::NewNonce()
{
    return static_cast<uint32_t>(m_random->GetValue(0.0, 4294967296.0));
}

int64_t
MptcpStack::AssignStreams(int64_t stream)
{
    m_random->SetStream(stream);
    return 1;
}

Ptr<TcpOptionMptcp>
MptcpStack::TakeOption()
{
    if (!m_option || m_option->GetReferenceCount() > 1)
    {
        m_option = CreateObject<TcpOptionMptcp>();
    }
    m_option->Clear();
    return m_option;
}

MptcpEndpointTable&
MptcpStack::GetEndpoints()
{
    return m_endpoints;
}

MptcpTokenTable<MptcpSocketBase>&
MptcpStack::GetTokens()
{
    return m_tokens;
}

void
MptcpStack::Register(MptcpSocketBase* connection)
{
    connection->m_serial = ++m_lastSerial;
    m_connections.emplace(connection->m_serial, connection);
    WatchAddresses();
}

void
MptcpStack::Unregister(MptcpSocketBase* connection)
{
    m_connections.erase(connection->m_serial);
}

std::size_t
MptcpStack::GetNConnections() const
{
    return m_connections.size();
}

void
MptcpStack::NotifyConnectionCreated(Ptr<MptcpSocketBase> connection)
{
    if (!std::exchange(m_controllerLooked, true))
    {
        connection->TellIgnoredController();
    }
    m_connectionCreated(connection);
}

bool
MptcpStack::IsEnabled() const
{
    return m_enabled;
}

bool
MptcpStack::IsChecksumRequired() const
{
    return m_checksum;
}

bool
MptcpStack::AllowsJoinInitialAddress() const
{
    return m_allowJoinInitial;
}

uint32_t
MptcpStack::GetSynRetriesBeforeFallback() const
{
    return m_synRetries;
}

MptcpVersion
MptcpStack::GetVersion() const
{
    return static_cast<MptcpVersion>(m_version);
}

MptcpVersion
MptcpStack::GetLowestVersion() const
{
    return static_cast<MptcpVersion>(std::min(m_lowestVersion, m_version));
}

bool
MptcpStack::UsesDsn32() const
{
    return m_dsn32;
}

bool
MptcpStack::ChecksHmac() const
{
    return m_checkHmac;
}

bool
MptcpStack::FastclosesByAck() const
{
    return m_fastcloseByAck;
}

uint32_t
MptcpStack::GetStaleLossCnt() const
{
    return m_staleLossCnt;
}

MptcpVersion
MptcpStack::GetPeerVersion(const Address& peer) const
{
    const MptcpVersion* version = m_peerVersions.Find(peer);
    return version ? std::clamp(*version, GetLowestVersion(), GetVersion()) : GetVersion();
}

void
MptcpStack::SetPeerVersion(const Address& peer, MptcpVersion version)
{
    m_peerVersions.Set(peer, version);
}

bool
MptcpStack::IsFastOpen(uint16_t flags) const
{
    return (m_fastOpen & flags) == flags;
}

std::vector<uint8_t>
MptcpStack::MakeCookie(const Address& peer)
{
    if (!m_cookieKey)
    {
        m_cookieKey = (uint64_t{NewNonce()} << 32) | NewNonce();
    }
    std::array<uint8_t, Address::MAX_SIZE> octets;
    const uint32_t size = peer.CopyTo(octets.data());
    const auto hmac =
        MptcpHmac(*m_cookieKey, *m_cookieKey, std::span(octets).first(size), MptcpVersion::V1);
    return {hmac.begin(), hmac.begin() + m_cookieSize / 2 * 2};
}

std::vector<uint8_t>
MptcpStack::GetCookie(const Address& peer) const
{
    const std::vector<uint8_t>* cookie = m_cookies.Find(peer);
    return cookie ? *cookie : std::vector<uint8_t>();
}

void
MptcpStack::SetCookie(const Address& peer, std::vector<uint8_t> cookie)
{
    m_cookies.Set(peer, std::move(cookie));
}

void
MptcpStack::DisableActive()
{
    m_counters.Increment(MptcpMib::Blackhole);
    const uint32_t doublings = std::min(m_blackholes, 6U);
    ++m_blackholes;
    m_activeDisabledUntil = Simulator::Now() + m_blackholeTimeout * (1 << doublings);
}

void
MptcpStack::EnableActive()
{
    if (!IsActiveDisabled())
    {
        m_blackholes = 0;
    }
}

bool
MptcpStack::IsActiveDisabled() const
{
    return Simulator::Now() < m_activeDisabledUntil;
}

bool
MptcpStack::IsRemoveAddrChecked() const
{
    return m_removeAddrChecked;
}

Time
MptcpStack::GetCloseTimeout() const
{
    return m_closeTimeout;
}

Time
MptcpStack::GetAddAddrTimeout() const
{
    return m_addAddrTimeout;
}

bool
MptcpStack::AdaptsAddAddr() const
{
    return m_addAddrAdaptive;
}

bool
MptcpStack::MirrorsJoinBackup() const
{
    return m_mirrorBackup;
}

uint32_t
MptcpStack::GetSynLinear() const
{
    return m_synLinear;
}

bool
MptcpStack::LegacyBindDisables() const
{
    return m_legacyBindDisables;
}

bool
MptcpStack::SharesFate() const
{
    return m_fateSharing;
}

bool
MptcpStack::PrefersSamePort() const
{
    return m_joinSamePort;
}

uint32_t
MptcpStack::GetMinBuffer() const
{
    return m_minBuffer;
}

} // namespace ns3
