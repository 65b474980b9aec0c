/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_JOIN_CASE_H
#define MPTCP_JOIN_CASE_H

#include "mptcp-join-net.h"
#include "mptcp-join-peer.h"

#include "ns3/mptcp-endpoint.h"
#include "ns3/mptcp-pm-event.h"
#include "ns3/mptcp-socket-base.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

class MptcpJoinRun;

/** Something that is configured or changed. */
using MptcpJoinAction = std::function<void(MptcpJoinRun&)>;

/** Something that must hold. @return "" or what was found instead */
struct MptcpJoinCheck
{
    std::string what;                                ///< for messages
    std::function<std::string(MptcpJoinRun&)> check; ///< the check
};

/** Checks that belong together. */
using MptcpJoinChecks = std::vector<MptcpJoinCheck>;

/** An action at a time of the transfer. */
struct MptcpJoinStep
{
    Time at;                ///< since the client's connect
    MptcpJoinAction action; ///< what is done or checked
};

/** The transfer of a case: run_tests of Linux's script and the variables that direct it. */
struct MptcpJoinTransfer
{
    std::string connect{"10.0.1.1"}; ///< server's address
    std::string bind{};              ///< address that the server listens on; empty: any
    uint32_t speed{0};               ///< octets per 200 ms; 0: fast
    uint64_t up{1024};               ///< octets of the client
    uint64_t down{1024};             ///< octets of the server
    /** Endpoints added (> 0), removed (< 0) during the transfer, -8: flush, -9: remove id 0. */
    int server{0};
    int client{0};                               ///< the same for the client
    int fullmesh{0};                             ///< fullmesh endpoints added at the client
    std::optional<uint8_t> flags{};              ///< new flags of all endpoints of both hosts
    std::optional<uint64_t> establishedServer{}; ///< MPCurrEstab then
    std::optional<uint64_t> establishedClient{}; ///< MPCurrEstab then
    std::vector<uint32_t> cut{};                 ///< links cut in the middle of twice "up" octets
    uint64_t truncateClient{0};                  ///< client closes after so many octets
    uint64_t truncateServer{0};                  ///< server closes after so many octets
    bool mayInvert{false};                       ///< inverted octets are no damage
    uint16_t refusedPort{0};                     ///< port of the connect, which must fail; 0: PORT
    Time stop{};                                 ///< end of a transfer that is not waited for
};

/** One case of Linux's script. */
struct MptcpJoinCase
{
    std::string group;                     ///< Linux's group
    std::string title;                     ///< Linux's title
    std::vector<MptcpJoinAction> setup{};  ///< before the transfer
    MptcpJoinTransfer transfer{};          ///< the transfer
    std::vector<MptcpJoinStep> steps{};    ///< during the transfer
    uint64_t rejected{0};                  ///< joins that the server refuses
    std::vector<MptcpJoinChecks> checks{}; ///< after the transfer
    std::string note{};                    ///< what differs from Linux's environment, if anything
};

/** A case of Linux's script that has no meaning in a simulator. */
struct MptcpJoinOmission
{
    std::string group;  ///< Linux's group
    std::string title;  ///< Linux's title
    std::string reason; ///< why
};

/** One execution of a case. */
class MptcpJoinRun
{
  public:
    /** @param plan the case */
    explicit MptcpJoinRun(const MptcpJoinCase& plan);
    ~MptcpJoinRun();
    /** Do it. @return what was wrong, one line each */
    std::vector<std::string> Execute();

    /** @param error a line for the report */
    void Fail(const std::string& error);
    /** @param checks checks to do now @param when when this is, for messages */
    void Apply(const MptcpJoinChecks& checks, const std::string& when);
    /** @param host which @return its connection, null before it exists */
    Ptr<MptcpSocketBase> GetConnection(MptcpJoinHost host) const;
    /** @param counter fallback counter that the base checks leave to the case */
    void Expect(MptcpJoinHost host, const std::string& counter, uint64_t value);
    /** Record events; with ns3::MptcpPathManagerUser that means that somebody is there. */
    void WatchEvents();
    /** @param address server's address that a second program listens on */
    void ListenAlso(const std::string& address);

    MptcpJoinNet net;                    ///< the network
    MptcpJoinPeer client;                ///< at ns2
    MptcpJoinPeer server;                ///< at ns1
    std::vector<MptcpPmEvent> events[2]; ///< of path management, by MptcpJoinHost

    static constexpr uint16_t PORT = 10000; ///< of the server
    static const Time CONNECT;              ///< when the client connects

  private:
    void Listen(const std::string& address, bool first);
    void Connect();
    void ScheduleChanges();
    void AddEndpoints(MptcpJoinHost host, int count, uint32_t link, uint8_t flags);
    Time RemoveEndpoints(MptcpJoinHost host, int count, Time at);
    void WatchEnd();
    void CheckBase();
    void CheckTransfer();

    const MptcpJoinCase& m_case;                                          ///< the case
    std::vector<std::string> m_errors;                                    ///< what was wrong
    std::vector<Ptr<Socket>> m_listeners;                                 ///< listening sockets
    std::map<std::pair<MptcpJoinHost, std::string>, uint64_t> m_expected; ///< see Expect
};

/** @return subflows, subflows_error, signal_address, laminar_endp, add_addr_timeout */
std::vector<MptcpJoinCase> MptcpJoinSubflowCases();
/** @return remove, add, ipv6, v4mapped, mixed, backup */
std::vector<MptcpJoinCase> MptcpJoinRemoveCases();
/** @return link_failure, add_addr_ports, bind, checksum, deny_join_id0, fullmesh, ... */
std::vector<MptcpJoinCase> MptcpJoinPolicyCases();
/** @return userspace */
std::vector<MptcpJoinCase> MptcpJoinUserCases();
/** @return endpoint */
std::vector<MptcpJoinCase> MptcpJoinEndpointCases();
/** @return the cases that are left out */
std::vector<MptcpJoinOmission> MptcpJoinOmissions();

/** The vocabulary of the tables. */
namespace mptcpjoin
{

constexpr MptcpJoinHost NS1 = MptcpJoinHost::SERVER; ///< Linux's name
constexpr MptcpJoinHost NS2 = MptcpJoinHost::CLIENT; ///< Linux's name

constexpr uint8_t SIGNAL = MPTCP_ENDPOINT_SIGNAL;     ///< flag
constexpr uint8_t SUBFLOW = MPTCP_ENDPOINT_SUBFLOW;   ///< flag
constexpr uint8_t BACKUP = MPTCP_ENDPOINT_BACKUP;     ///< flag
constexpr uint8_t FULLMESH = MPTCP_ENDPOINT_FULLMESH; ///< flag
constexpr uint8_t IMPLICIT = MPTCP_ENDPOINT_IMPLICIT; ///< flag
constexpr uint8_t LAMINAR = MPTCP_ENDPOINT_LAMINAR;   ///< flag

constexpr uint32_t SLOW = 50; ///< octets per 200 ms

/** What an endpoint has beside address and flags. */
struct Extra
{
    uint8_t id{0};    ///< identifier; 0: the next
    uint16_t port{0}; ///< port
    uint32_t link{0}; ///< link of the device; 0: any
};

/** @param host where @param accepted add_addr_accepted @param subflows subflows @return action */
MptcpJoinAction Limits(MptcpJoinHost host, uint8_t accepted, uint8_t subflows);
/** @param host where @param address address @param flags flags @param extra rest @return action */
MptcpJoinAction Endpoint(MptcpJoinHost host,
                         const std::string& address,
                         uint8_t flags,
                         const Extra& extra = {});
/** An endpoint that cannot be added; see Endpoint. */
MptcpJoinAction EndpointRefused(MptcpJoinHost host,
                                const std::string& address,
                                uint8_t flags,
                                const Extra& extra = {});
/** @param host where @param id identifier @param address for id 0 @return action */
MptcpJoinAction Remove(MptcpJoinHost host, uint8_t id, const std::string& address = "");
/** @param host where @return action */
MptcpJoinAction Flush(MptcpJoinHost host);
/** @param host its connections have ns3::MptcpPathManagerUser @return action */
MptcpJoinAction UserDriven(MptcpJoinHost host);
/** Record the events of path management of both hosts. @return action */
MptcpJoinAction WatchEvents();
/** @param host where @param name attribute of MptcpStack @param value its value @return action */
MptcpJoinAction Set(MptcpJoinHost host, const std::string& name, const std::string& value);
/** Every packet from an address is answered with RST. @param source address @return action */
MptcpJoinAction Reject(const std::string& source);
/** Every packet from an address is lost. @param source address @return action */
MptcpJoinAction Drop(const std::string& source);
/** Undo Reject and Drop. @param source address @return action */
MptcpJoinAction Accept(const std::string& source);
/** @param checks what must hold at that time @return action */
MptcpJoinAction Check(const std::vector<MptcpJoinChecks>& checks);

/** @param host where @param name counter @param min least @param max most @return check */
MptcpJoinChecks Count(MptcpJoinHost host, const std::string& name, uint64_t min, uint64_t max);
/** @param host where @param name counter @param value value @return check */
MptcpJoinChecks Count(MptcpJoinHost host, const std::string& name, uint64_t value);
/** MP_JOIN: SYNs and ACKs at the server, SYN/ACKs at the client. */
MptcpJoinChecks Join(uint64_t syn, uint64_t synAck, uint64_t ack);
/** The same when fewer SYNs arrive than were sent, or some cannot be sent. */
MptcpJoinChecks Join(uint64_t syn,
                     uint64_t synAck,
                     uint64_t ack,
                     uint64_t synTx,
                     uint64_t bindError = 0,
                     uint64_t connectError = 0);
/** ADD_ADDR (at least) at the receiver and echoes at the sender; from: the sender. */
MptcpJoinChecks Added(uint64_t add, uint64_t echo, MptcpJoinHost from = NS1);
/** The same with ports, and joins to these ports. */
MptcpJoinChecks AddedPort(uint64_t add, uint64_t echo, uint64_t port);
/** ADD_ADDR (at least) sent by the server and echoes sent by the client. */
MptcpJoinChecks AddSent(uint64_t add, uint64_t echo);
/** REMOVE_ADDR received by the client's peer, subflows removed by the client; from: the remover. */
MptcpJoinChecks Removed(uint64_t address, uint64_t subflow, MptcpJoinHost from = NS2);
/** The same when both hosts remove: subflows of both together, up to twice as many. */
MptcpJoinChecks RemovedBoth(uint64_t address, uint64_t subflow, MptcpJoinHost from = NS2);
/** No RST either way with MP_TCPRST of a host. @param from sender */
MptcpJoinChecks NoReset(MptcpJoinHost from = NS1);
/** At least so many. @param from sender @param tx sent @param rx received */
MptcpJoinChecks Reset(uint64_t tx, uint64_t rx, MptcpJoinHost from = NS1);
/** MP_PRIO of the server sent and received, backup joins' SYN and SYN/ACK. */
MptcpJoinChecks Prio(uint64_t tx, uint64_t rx, uint64_t syn, uint64_t synAck);
/** MP_FASTCLOSE. @param from sender */
MptcpJoinChecks Fastclose(uint64_t tx, uint64_t rx, MptcpJoinHost from = NS2);
/** Stale subflows of the client. @param max 0: no limit @param delta stale less recovered */
MptcpJoinChecks Stale(uint64_t min, uint64_t max, uint64_t delta);
/** Octets on a link of the client, in percent of its data, with Linux's tolerance of 5. */
MptcpJoinChecks LinkUsage(uint32_t link, uint64_t percent);
/** @param host where @param id identifier @param address its address @param flags its flags */
MptcpJoinChecks EndpointIs(MptcpJoinHost host,
                           uint8_t id,
                           const std::string& address,
                           uint8_t flags);
/** @param count established subflows of either host */
MptcpJoinChecks Subflows(uint64_t count);
/** @param count mptcp_info's subflows of either host */
MptcpJoinChecks InfoSubflows(uint32_t count);
/** @param count mptcp_info's subflows_total of either host */
MptcpJoinChecks InfoTotal(uint32_t count);
/** @param signaled add_addr_signal of the server @param accepted add_addr_accepted of the client */
MptcpJoinChecks InfoSignals(uint32_t signaled, uint32_t accepted);
/** @param host where @param type type @param count events of it so far */
MptcpJoinChecks Events(MptcpJoinHost host, MptcpPmEventType type, uint64_t count);
/** @param host where @param type type @param count events of it that tell of an error */
MptcpJoinChecks FailedEvents(MptcpJoinHost host, MptcpPmEventType type, uint64_t count);
/** @param host where @param type LISTENER_* @param address address @param port port: at least 1 */
MptcpJoinChecks ListenerEvent(MptcpJoinHost host,
                              MptcpPmEventType type,
                              const std::string& address,
                              uint16_t port);
/** What a transfer with checksums must show. */
MptcpJoinChecks Checksums(uint64_t fail, uint64_t reset, uint64_t infinite);
/** @return checks of both */
MptcpJoinChecks operator+(MptcpJoinChecks a, const MptcpJoinChecks& b);

} // namespace mptcpjoin

} // namespace ns3

#endif /* MPTCP_JOIN_CASE_H */
