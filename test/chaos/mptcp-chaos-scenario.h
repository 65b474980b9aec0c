/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CHAOS_SCENARIO_H
#define MPTCP_CHAOS_SCENARIO_H

#include "ns3/nstime.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * Numbers drawn from a seed, the same on every machine: the distributions of the standard library
 * are not.
 */
class MptcpChaosDraw
{
  public:
    /** @param seed any number */
    explicit MptcpChaosDraw(uint64_t seed);
    /** @param low least value @param high largest value @return one of them, all alike */
    uint64_t Between(uint64_t low, uint64_t high);
    /** @param low least value, above 0 @param high largest @return one of all magnitudes alike */
    uint64_t Magnitude(uint64_t low, uint64_t high);
    /** @param percent how often @return true as often */
    bool Chance(uint32_t percent);

    /** @tparam T type @param choices values @return one of them */
    template <typename T>
    T Pick(const std::vector<T>& choices)
    {
        return choices[Between(0, choices.size() - 1)];
    }

  private:
    uint64_t m_state; ///< of splitmix64
};

/** An element of a middlebox. */
struct MptcpChaosElement
{
    std::string type;                                            ///< TypeId name
    std::vector<std::pair<std::string, std::string>> attributes; ///< names and values
};

/** A time in which a path does not work. */
struct MptcpChaosOutage
{
    /** What does not work. */
    enum Kind
    {
        CUT,    ///< all packets are lost
        CLIENT, ///< the client's interface is down
        SERVER, ///< the server's interface is down
    };

    Kind kind{CUT}; ///< what
    Time from;      ///< begin
    Time until;     ///< end, or from for never
};

/** A path. */
struct MptcpChaosPath
{
    uint64_t rate{0};                      ///< bits per second
    Time delay;                            ///< one way
    uint32_t queue{0};                     ///< packets
    uint16_t mtu{1500};                    ///< octets
    double loss[2]{0, 0};                  ///< to the server, to the client
    std::vector<MptcpChaosElement> box;    ///< middlebox
    std::vector<MptcpChaosOutage> outages; ///< when it does not work
    bool tame{true};                       ///< plain TCP over it would come to an end

    /** @param type of an element, without "ns3::MptcpMiddlebox" @return there is one in the box */
    bool Has(const std::string& type) const;
};

/** What an application does at one end. */
struct MptcpChaosEnd
{
    /** How it ends. */
    enum Close
    {
        SHUTDOWN, ///< half close after the last octet, the rest when all has been read
        DONE,     ///< close when all is written and read
        AT_ONCE,  ///< close after the last octet, whatever may come
        ABORT,    ///< linger 0 and close at some time
    };

    uint64_t bytes{0};     ///< octets that it writes
    uint32_t writeSize{0}; ///< octets per Send
    Close close{SHUTDOWN}; ///< how it ends
    Time abortAt;          ///< when it aborts
    Time readFrom;         ///< no reading before
    uint32_t readSize{0};  ///< octets per reading; 0: all there is
    Time readEvery;        ///< time between two readings
};

/** A connection. */
struct MptcpChaosConnection
{
    Time start;               ///< when the client connects
    MptcpChaosEnd ends[2];    ///< client, server
    bool closedPort{false};   ///< nobody listens there
    bool simultaneous{false}; ///< both ends connect
    bool fastOpen{false};     ///< the first octets are given to ConnectFastOpen
};

/** Something that is done to the paths of a host. */
struct MptcpChaosCommand
{
    /** What; the first ones are for ns3::MptcpPathManagerKernel, the next for a user's, then any.
     */
    enum Kind
    {
        ADD_ENDPOINT,    ///< of an address
        REMOVE_ENDPOINT, ///< one of those there are
        SET_FLAGS,       ///< of one of them
        SET_LIMITS,      ///< of the host
        FLUSH,           ///< all endpoints
        REMOVE_INITIAL,  ///< identifier 0
        ANNOUNCE,        ///< an address, on all connections
        WITHDRAW,        ///< an identifier, on all connections
        CREATE,          ///< a subflow of each connection
        DESTROY,         ///< one subflow of each connection
        SET_BACKUP,      ///< of one subflow of each connection, by the user's path manager
        ADD_ADDRESS,     ///< TCP_MULTIPATH_ADD on all connections
        REMOVE_ADDRESS,  ///< TCP_MULTIPATH_REMOVE on all connections
        SET_PRIORITY,    ///< of one subflow of each connection, by its application
    };

    Time at;                 ///< when; zero: before the first connection
    Kind kind{ADD_ENDPOINT}; ///< what
    int host{0};             ///< whose: 0 client, 1 server
    uint32_t path{0};        ///< path of the address that is meant
    uint32_t choice{0};      ///< which endpoint, subflow or address of the peer
    uint8_t flags{0};        ///< flags of endpoints; backup or not
    uint16_t port{0};        ///< of an endpoint
    uint8_t limits[2]{0, 2}; ///< accepted, subflows
};

/** All that a seed draws. */
struct MptcpChaosScenario
{
    /**
     * @param seed seed
     * @param simple leave out what is drawn of path management, Fast Open and buffers
     * @return what it draws
     */
    static MptcpChaosScenario Make(uint64_t seed, bool simple = false);
    /** @return an error needs no other cause: paths are taken away by command */
    bool IsDestructive() const;
    /** @return it as text, a line for each path and kind of connection */
    std::string Describe() const;

    uint64_t seed{0};                                          ///< the seed
    uint32_t harshness{0};                                     ///< 0 mild, 1 rough, 2 hostile
    uint32_t family{4};                                        ///< MptcpTopologyHelper::Family
    bool ipv6First{false};                                     ///< the initial subflow is IPv6
    bool sourceRouting{true};                                  ///< see MptcpTopologyHelper
    bool mptcp[2]{true, true};                                 ///< client, server speak MPTCP
    std::vector<std::pair<std::string, std::string>> defaults; ///< Config::SetDefault
    std::string profile[2]; ///< of the hosts; empty: "stack" instead
    std::vector<std::pair<std::string, std::string>> stack[2]; ///< attributes of MptcpStack
    std::vector<MptcpChaosPath> paths;                         ///< paths
    std::vector<MptcpChaosConnection> connections;             ///< connections
    std::vector<MptcpChaosCommand> commands;                   ///< to the hosts, in order of time
    uint32_t fastOpen[2]{0, 0};                                ///< attribute FastOpen of the hosts
    bool checksum{false}; ///< data that a box changes is found out
};

} // namespace ns3

#endif /* MPTCP_CHAOS_SCENARIO_H */
