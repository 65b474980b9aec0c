/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_USERSPACE_PM_RUN_H
#define MPTCP_USERSPACE_PM_RUN_H

#include "mptcp-join-net.h"

#include "ns3/address.h"
#include "ns3/mptcp-pm-commands.h"
#include "ns3/mptcp-pm-event.h"
#include "ns3/socket.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ns3
{

/** One check and what came out. */
struct MptcpUserspacePmResult
{
    std::string title; ///< Linux's title
    std::string error; ///< "" or what was wrong
};

/** All checks of Linux's self-test userspace_pm.sh in one run: they build on one another. */
class MptcpUserspacePmRun
{
  public:
    MptcpUserspacePmRun();
    ~MptcpUserspacePmRun();
    /** @return the results, in Linux's order */
    std::vector<MptcpUserspacePmResult> Execute();

    static constexpr uint16_t PORT4 = 50002; ///< of the IPv4 server
    static constexpr uint16_t PORT6 = 50004; ///< of the IPv6 server

  private:
    /** What an event must be. */
    struct Wanted
    {
        MptcpPmEventType type;             ///< type
        uint32_t token{0};                 ///< token
        std::optional<Address> local{};    ///< local address; its port is any
        std::optional<Address> remote{};   ///< remote address and port
        std::optional<uint8_t> localId{};  ///< local identifier
        std::optional<uint8_t> remoteId{}; ///< remote identifier
    };

    /** One connection. */
    struct Connection
    {
        bool ipv6;                ///< family
        uint16_t port;            ///< of the server
        uint16_t clientPort{0};   ///< of the client
        Ptr<Socket> listener{};   ///< at the server
        Ptr<Socket> sockets[2]{}; ///< by MptcpJoinHost
        uint32_t tokens[2]{};     ///< by MptcpJoinHost
    };

    void Connect(Connection& connection);
    std::string ReadTokens(Connection& connection);
    void TestAnnounce();
    void TestRemove();
    void TestSubflows();
    void TestPrio();
    void TestListener();

    /** Half a second passes; from now on m_events are those since the last time. */
    void Wait();
    /** @param title Linux's title @param error what was found to be wrong, or "" */
    void Verify(const std::string& title, const std::string& error);
    /** @param title Linux's title @param answer of a command @param host where nothing happens */
    void Refused(const std::string& title, const std::string& answer, MptcpJoinHost host);
    /** @param answer of a command that must succeed, or of Listen: then half a second passes */
    void Must(const std::string& answer);
    void Announce(const Connection& on, MptcpJoinHost from, uint8_t id, uint16_t port, bool check);
    void Withdraw(const std::string& title, const Connection& on, MptcpJoinHost from, uint8_t id);
    void OpenAndClose(const Connection& on,
                      MptcpJoinHost to,
                      bool ipv6,
                      uint16_t port,
                      bool announced);

    /** @param host where @param wanted the one event of its type @return "" or what is there */
    std::string Match(MptcpJoinHost host, const Wanted& wanted) const;
    /** @param host where @param address address @param port port @return error or "" */
    std::string Listen(MptcpJoinHost host, const std::string& address, uint16_t port);
    /** @param host host @return commands to it */
    MptcpPmCommands Commands(MptcpJoinHost host) const;
    /** @param connection connection @param host host @return its token */
    static uint32_t Token(const Connection& connection, MptcpJoinHost host);
    /** @param connection connection @param host host @return its port */
    static uint16_t Port(const Connection& connection, MptcpJoinHost host);

    MptcpJoinNet m_net;                            ///< hosts
    Connection m_ipv4{false, PORT4};               ///< IPv4 connection
    Connection m_ipv6{true, PORT6};                ///< IPv6 connection
    std::vector<MptcpPmEvent> m_arriving[2];       ///< since the last Wait, by MptcpJoinHost
    std::vector<MptcpPmEvent> m_events[2];         ///< see Wait, by MptcpJoinHost
    Ptr<Socket> m_listener;                        ///< for joins
    std::string m_errors;                          ///< of commands, since the last check
    std::vector<MptcpUserspacePmResult> m_results; ///< so far
};

} // namespace ns3

#endif /* MPTCP_USERSPACE_PM_RUN_H */
