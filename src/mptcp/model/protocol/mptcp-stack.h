/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_STACK_H
#define MPTCP_STACK_H

#include "mptcp-pm-event.h"

#include "ns3/attribute.h"
#include "ns3/mptcp-cache.h"
#include "ns3/mptcp-counters.h"
#include "ns3/mptcp-endpoint.h"
#include "ns3/mptcp-option.h"
#include "ns3/mptcp-token-table.h"
#include "ns3/mptcp-view.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/object.h"
#include "ns3/random-variable-stream.h"
#include "ns3/traced-callback.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

class MptcpIpv4AddressWatcher;
class MptcpIpv6AddressWatcher;
class MptcpSocketBase;
class TcpOptionMptcp;

/**
 * @ingroup mptcp
 *
 * MPTCP of one node: what Linux keeps per network namespace. Holds the token table, the counters
 * with the kernel's names, the identifiers of local addresses and the settings that Linux has as
 * sysctls (net.mptcp.*). Aggregated to the node by MptcpStackHelper.
 */
class MptcpStack : public Object
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpStack();
    ~MptcpStack() override;

    /** @param node node that this stack serves */
    void SetNode(Ptr<Node> node);
    /** @return the node */
    Ptr<Node> GetNode() const;

    /**
     * Set an attribute of the connections and policies that this node makes from now on: what
     * Config::SetDefault is to all nodes. It weighs more than that, and less than what is set on
     * the object itself.
     *
     * @param name e.g. "ns3::MptcpSocketBase::Scheduler" or
     * "ns3::MptcpPathManagerFullMesh::DialFromServer"; unknown names stop the program
     * @param value its value
     */
    void SetDefault(const std::string& name, const AttributeValue& value);
    /** @param object a new connection or policy of this node */
    void ApplyDefaults(Ptr<Object> object) const;

    /** @return counters of this node */
    MptcpCounters& GetCounters();
    /**
     * @param name kernel name without prefix, e.g. "MPJoinSynRx"
     * @return value of the counter
     */
    uint64_t GetCounter(const std::string& name) const;

    /** @return a random 64-bit key whose token is free on this node (RFC 8684, section 3.1) */
    std::optional<uint64_t> NewKey(MptcpVersion version);
    /** @return 32 random bits for MP_JOIN */
    uint32_t NewNonce();
    /**
     * Fix the random streams of keys and nonces.
     *
     * @param stream first stream index
     * @return number of streams used
     */
    int64_t AssignStreams(int64_t stream);

    /** @return endpoints and limits of ns3::MptcpPathManagerKernel ("ip mptcp" of Linux) */
    MptcpEndpointTable& GetEndpoints();
    /**
     * Make endpoints of all addresses of the node whose interfaces are up, as an administrator or
     * NetworkManager does with "ip mptcp endpoint add ADDRESS FLAGS".
     *
     * @param flags MptcpEndpointFlag bits
     * @return "", or why one could not be made; those before it stay
     */
    std::string AddEndpoints(uint8_t flags);

    /** @param event event of path management for the trace PmEvent */
    void FirePmEvent(const MptcpPmEvent& event) const;
    /** @return somebody listens to the trace PmEvent */
    bool HasPmListener() const;
    /** Look for local addresses that came or went; called when ns-3 tells of a change. */
    void CheckAddresses();
    /** Look for them if ns-3 does not tell, at most every LocalPollInterval. */
    void PollAddresses();

    /**
     * Options for the next segment of any subflow: one object serves them all, one after the other,
     * as long as nobody keeps it, as traces of users may that keep headers.
     *
     * @return an object without octets that nobody else refers to
     */
    Ptr<TcpOptionMptcp> TakeOption();

    /** @return connections by local token */
    MptcpTokenTable<MptcpSocketBase>& GetTokens();
    /** A connection begins: kept so that it is disposed of with the node. */
    void Register(MptcpSocketBase* connection);
    /** A connection ended. */
    void Unregister(MptcpSocketBase* connection);
    /** @return sockets that are registered, listening ones included */
    std::size_t GetNConnections() const;
    /** @return these, oldest first: what "ss -M" of Linux lists, and closed ones still held */
    std::vector<Ptr<MptcpSocketBase>> GetConnections() const;
    /** A connection got its keys; fires ConnectionCreated. */
    void NotifyConnectionCreated(Ptr<MptcpSocketBase> connection);
    /** Have a MptcpSegmentGuard in front of the node's TCP, for each version of IP it has. */
    void GuardSegments();
    /** @param interface index of the device by which the segment in hand has come, if another one
     * has its address (weak host model, RFC 1122, section 3.3.4.2); or nothing */
    void SetAstray(std::optional<uint32_t> interface);
    std::optional<uint32_t> GetAstray() const; ///< @return see SetAstray
    /** @param segment with a malformed TCP header @param dropped else mended; fires a trace */
    void OnMalformedSegment(Ptr<const Packet> segment, bool dropped);

    /**
     * @return addresses of interfaces other than loopback, with identifiers that stay the same for
     * the node's lifetime, numbered from 1; link-local IPv6 addresses are left out
     */
    std::vector<MptcpLocalAddress> GetLocalAddresses();
    /** @return the same addresses, without identifiers */
    std::vector<MptcpLocalAddress> ListAddresses() const;
    /** @return device that holds the address, or null */
    Ptr<NetDevice> FindDevice(const Address& address) const;
    /**
     * @param device device to leave by
     * @param destination Ipv4Address or Ipv6Address
     * @return routing knows a way
     */
    bool HasRoute(Ptr<NetDevice> device, const Address& destination) const;
    /**
     * @param device device to leave by, or null
     * @param peer InetSocketAddress or Inet6SocketAddress
     * @return the node may connect to it: routing knows a way, or it is no matter of routing
     */
    bool CanReach(Ptr<NetDevice> device, const Address& peer) const;
    /**
     * @param destination Ipv4Address or Ipv6Address
     * @return local address that routing chooses for it, invalid if there is no way
     */
    Address FindSource(const Address& destination) const;
    /**
     * @param local address and port of this node
     * @param peer address and port of another
     * @return a socket of this node, possibly in TIME_WAIT, has these addresses and ports. With a
     * second one ns-3 would stop the simulation at the next segment.
     */
    bool IsFlowTaken(const Address& local, const Address& peer) const;
    /** @return MTU of the interface that holds the address, 1500 if none does */
    uint16_t FindMtu(const Address& address) const;
    /**
     * @param address Ipv4Address or Ipv6Address
     * @return its identifier, assigned at first use and then kept as long as the node has the
     * address; 0 if all 255 are in use
     */
    uint8_t GetAddressId(const Address& address);

    bool IsEnabled() const;                ///< @return new sockets speak MPTCP
    bool IsChecksumRequired() const;       ///< @return we set the A flag
    bool AllowsJoinInitialAddress() const; ///< @return false: we set the C flag
    uint32_t GetSynRetriesBeforeFallback()
        const;                             ///< @return SYNs with MP_CAPABLE before one without
    MptcpVersion GetVersion() const;       ///< @return highest version spoken
    MptcpVersion GetLowestVersion() const; ///< @return lowest version spoken
    bool UsesDsn32() const;                ///< @return DSNs of 32 bits are sent
    bool ChecksHmac() const;               ///< @return HMACs are verified
    bool FastclosesByAck() const;          ///< @return MP_FASTCLOSE goes on an ACK
    uint32_t GetStaleLossCnt() const;      ///< @return timeouts that make a subflow stale
    /** @param peer Ipv4Address or Ipv6Address @return version to offer it */
    MptcpVersion GetPeerVersion(const Address& peer) const;
    /** @param peer Ipv4Address or Ipv6Address @param version the only one that it may speak */
    void SetPeerVersion(const Address& peer, MptcpVersion version);

    /** Roles of attribute FastOpen. */
    enum FastOpenFlag : uint16_t
    {
        FAST_OPEN_CLIENT = 0x1,             ///< ask for cookies, send data in SYNs
        FAST_OPEN_SERVER = 0x2,             ///< give cookies, accept data in SYNs
        FAST_OPEN_CLIENT_NO_COOKIE = 0x4,   ///< send data in SYNs without a cookie
        FAST_OPEN_SERVER_NO_COOKIE = 0x200, ///< accept data in SYNs without a cookie
    };

    /** @param flags FastOpenFlag bits @return all of them are on */
    bool IsFastOpen(uint16_t flags) const;
    /** @param peer client's address @return the cookie that proves that it is there */
    std::vector<uint8_t> MakeCookie(const Address& peer);
    /** @param peer server's address @return the cookie that it gave us; empty if none */
    std::vector<uint8_t> GetCookie(const Address& peer) const;
    /** @param peer server's address @param cookie that it gives us */
    void SetCookie(const Address& peer, std::vector<uint8_t> cookie);
    /** A path drops SYNs with MP_CAPABLE: no active MPTCP for a while. */
    void DisableActive();
    /** MP_CAPABLE got through: the next black hole counts as the first again. */
    void EnableActive();
    /** @return new active connections are plain TCP because of a black hole */
    bool IsActiveDisabled() const;
    Time GetCloseTimeout() const;     ///< @return life of a connection without subflows
    Time GetAddAddrTimeout() const;   ///< @return longest wait for the echo of an ADD_ADDR
    bool AdaptsAddAddr() const;       ///< @return retransmission timeouts shorten that wait
    bool MirrorsJoinBackup() const;   ///< @return the SYN/ACK of a join repeats the backup flag
    uint32_t GetSynLinear() const;    ///< @return retransmissions of a SYN without backoff
    bool LegacyBindDisables() const;  ///< @return a specific bind means plain TCP
    bool SharesFate() const;          ///< @return connections end with their first subflow
    bool PrefersSamePort() const;     ///< @return joins try the initial subflow's local port
    uint32_t GetMinBuffer() const;    ///< @return smallest buffer with which MPTCP is used
    bool IsRemoveAddrChecked() const; ///< @return a path that answers survives a REMOVE_ADDR

  protected:
    void DoDispose() override;
    void NotifyNewAggregate() override;

  private:
    /** @return source of the route to a destination by a device or any, or invalid */
    Address FindRoute(Ptr<NetDevice> device, const Address& destination) const;
    /** Be told of changes of interfaces, addresses and links. */
    void WatchAddresses();
    /** @param device its link went up or down */
    void OnLinkChange(NetDevice* device);
    /** Tell the connections. @param lost addresses @param gained addresses */
    void TellAddresses(const std::vector<Address>& lost, const std::vector<Address>& gained);
    /** Listener of m_endpoints, see there. @param change what @param endpoints whose */
    std::string OnEndpointChange(MptcpEndpointTable::Change change,
                                 const std::vector<MptcpEndpoint>& endpoints);
    void SetLimitSubflows(uint8_t limit);        ///< @param limit attribute LimitSubflows
    uint8_t GetLimitSubflows() const;            ///< @return attribute LimitSubflows
    void SetLimitAddAddrAccepted(uint8_t limit); ///< @param limit attribute LimitAddAddrAccepted
    uint8_t GetLimitAddAddrAccepted() const;     ///< @return attribute LimitAddAddrAccepted
    /** @param endpoint with a port or without @return error or "" */
    std::string ListenOnEndpoint(const MptcpEndpoint& endpoint);

    Ptr<Node> m_node;                                            ///< the node
    MptcpCounters m_counters;                                    ///< MIB
    MptcpEndpointTable m_endpoints;                              ///< endpoints and limits
    MptcpTokenTable<MptcpSocketBase> m_tokens;                   ///< connections by token
    Ptr<TcpOptionMptcp> m_option;                                ///< see TakeOption
    std::map<uint64_t, MptcpSocketBase*> m_connections;          ///< all that live, by age
    uint64_t m_lastSerial{0};                                    ///< of the youngest
    std::map<uint8_t, Ptr<MptcpSocketBase>> m_endpointListeners; ///< by endpoint identifier
    bool m_watching{false};                                      ///< WatchAddresses was done
    Ptr<MptcpIpv4AddressWatcher> m_watcher4;                     ///< tells of IPv4 changes
    Ptr<MptcpIpv6AddressWatcher> m_watcher6;                     ///< tells of IPv6 changes
    std::set<uint32_t> m_devicesDown;                            ///< net devices that said so
    std::optional<uint32_t> m_astray;                            ///< see SetAstray
    std::vector<MptcpLocalAddress> m_locals;               ///< addresses after the last change
    bool m_polling{false};                                 ///< ns-3 does not tell of all changes
    Time m_nextPoll;                                       ///< PollAddresses does nothing before
    Time m_pollInterval;                                   ///< attribute LocalPollInterval
    bool m_removeAddrChecked{false};                       ///< attribute RemoveAddrKeepalive
    TracedCallback<const MptcpPmEvent&> m_pmEvent;         ///< trace PmEvent
    std::vector<std::pair<Address, uint8_t>> m_addressIds; ///< identifiers given so far
    Ptr<UniformRandomVariable> m_random;                   ///< keys and nonces
    bool m_enabled{true};                                  ///< attribute Enabled
    bool m_checksum{false};                                ///< attribute ChecksumEnabled
    bool m_allowJoinInitial{true};                         ///< attribute AllowJoinInitialAddrPort
    uint32_t m_synRetries{2};                   ///< attribute SynRetransBeforeTcpFallback
    uint8_t m_version{1};                       ///< attribute Version
    uint8_t m_lowestVersion{1};                 ///< attribute LowestVersion
    bool m_dsn32{false};                        ///< attribute Dsn32
    bool m_checkHmac{true};                     ///< attribute CheckHmac
    bool m_fastcloseByAck{false};               ///< attribute FastcloseByAck
    uint32_t m_staleLossCnt{4};                 ///< attribute StaleLossCnt
    Time m_blackholeTimeout;                    ///< attribute BlackholeTimeout
    uint32_t m_blackholes{0};                   ///< black holes met in a row
    Time m_activeDisabledUntil;                 ///< no active MPTCP before
    MptcpCache<MptcpVersion> m_peerVersions;    ///< what peers answered
    Time m_closeTimeout;                        ///< attribute CloseTimeout
    Time m_addAddrTimeout;                      ///< attribute AddAddrTimeout
    bool m_addAddrAdaptive{true};               ///< attribute AddAddrAdaptive
    bool m_mirrorBackup{false};                 ///< attribute MirrorJoinBackup
    uint32_t m_synLinear{0};                    ///< attribute SynLinearTimeouts
    bool m_controllerLooked{false};             ///< TellIgnoredController was called
    bool m_legacyBindDisables{false};           ///< attribute LegacyBindDisables
    bool m_fateSharing{false};                  ///< attribute FateSharing
    bool m_joinSamePort{false};                 ///< attribute JoinSamePort
    uint32_t m_minBuffer{0};                    ///< attribute MinBufferSize
    uint16_t m_fastOpen{0};                     ///< attribute FastOpen
    uint8_t m_cookieSize{6};                    ///< attribute FastOpenCookieSize
    std::optional<uint64_t> m_cookieKey;        ///< secret of the cookies that we give
    MptcpCache<std::vector<uint8_t>> m_cookies; ///< that servers gave us

    /** One default of this node. */
    struct Default
    {
        TypeId type;               ///< of the objects that get it
        std::string attribute;     ///< without the type
        Ptr<AttributeValue> value; ///< value
    };

    std::vector<Default> m_defaults;                            ///< in order of setting
    TracedCallback<std::string, uint64_t> m_counterTrace;       ///< trace Counter
    TracedCallback<Ptr<MptcpSocketBase>> m_connectionCreated;   ///< trace ConnectionCreated
    TracedCallback<Ptr<const Packet>, bool> m_malformedSegment; ///< trace MalformedSegment
};

} // namespace ns3

#endif /* MPTCP_STACK_H */
