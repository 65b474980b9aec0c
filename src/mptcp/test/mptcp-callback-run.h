/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CALLBACK_RUN_H
#define MPTCP_CALLBACK_RUN_H

#include "mptcp-callback-end.h"

#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-topology-helper.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/** What is done there. */
enum class MptcpCallbackAction : uint8_t
{
    CLOSE,             ///< Close
    ABORT,             ///< SetLinger(true, 0), Close
    DROP,              ///< the application forgets the socket
    DROP_ALL,          ///< the same, and it takes back its callbacks
    SEND,              ///< Send until nothing more is taken
    RECV_ALL,          ///< Recv until there is nothing
    RECV_ONE,          ///< Recv(1)
    RECV_ONE_CLOSE,    ///< Recv(1), Close
    SHUTDOWN_SEND,     ///< ShutdownSend
    SHUTDOWN_RECV,     ///< ShutdownRecv
    CONNECT_AGAIN,     ///< Connect on the same socket
    NEW_SOCKET,        ///< another socket, that connects
    TERMINATE_SUBFLOW, ///< TerminateSubflow of the oldest subflow
    RESET_SUBFLOW,     ///< ResetSubflow of the oldest subflow
    REQUEST_SUBFLOW,   ///< RequestSubflow, another scheduler, other priorities
    COUNT,
};

/** What the connection is. */
enum class MptcpCallbackKind : uint8_t
{
    MPTCP,    ///< two subflows
    FALLBACK, ///< the server does not speak MPTCP: plain TCP between two sockets of this module
    STOCK,    ///< the peer has stock TCP
};

/** One cell of the matrix. */
struct MptcpCallbackCell
{
    MptcpCallbackPlace place{MptcpCallbackPlace::RECEIVE};       ///< where
    MptcpCallbackAction action{MptcpCallbackAction::CLOSE};      ///< what
    MptcpTopologyHelper::Host side{MptcpTopologyHelper::CLIENT}; ///< at which end
    MptcpCallbackKind kind{MptcpCallbackKind::MPTCP};            ///< of what connection
    uint32_t occurrence{1};                                      ///< the how manieth time
};

/** Two hosts, one connection, and one action at one place. */
class MptcpCallbackRun
{
  public:
    /** @param cell where, what, of what */
    explicit MptcpCallbackRun(const MptcpCallbackCell& cell);
    ~MptcpCallbackRun();
    /** @return what is wrong, "" if nothing */
    std::string Run();
    bool HasActed() const; ///< @return the place was reached

  private:
    void Install();                     ///< stacks, listeners, connect
    void Connect();                     ///< the client
    void TellOfSubflows(Ptr<Socket> s); ///< @param s its callback is set
    /** @param s whose @param event what @param subflow to whom */
    void OnSubflow(Ptr<Socket> s, MptcpSubflowEvent event, Ptr<MptcpSubflow> subflow);
    void Watch();                                   ///< the subject's traces and policies
    void WatchConnection(MptcpSocketBase& watched); ///< @param watched its traces
    void WatchSubflows(MptcpSocketBase& watched);   ///< @param watched its subflows' traces
    void UseFunctions(MptcpStack& stack);           ///< @param stack policies that are functions
    void Disturb();                                 ///< what makes rare traces fire
    void KeepOpen(const Time& until);               ///< @param until no end before
    /** @param place where @param target socket */
    void Hit(MptcpCallbackPlace place, Ptr<Socket> target);
    /** @param place where; of the connection that is watched */
    void HitWatched(MptcpCallbackPlace place);
    /** @param target socket */
    void Act(Ptr<Socket> target);
    void ConnectAnother(); ///< NEW_SOCKET
    void CloseAll();       ///< all sockets that are left
    void CheckCalls();     ///< each callback as often as it should
    void CheckData();      ///< what should arrive has arrived
    void CheckLeftovers(); ///< nothing is left
    /** @param truth what should hold @param what complaint */
    void Check(bool truth, const std::string& what);
    /** @param host a host @return its node */
    Ptr<Node> GetNode(MptcpTopologyHelper::Host host) const;
    /** @param place a place @return it is the cell's */
    bool Is(MptcpCallbackPlace place) const;

    MptcpCallbackCell m_cell;                                  ///< what to do
    MptcpTopologyHelper m_topology;                            ///< the hosts
    std::array<std::unique_ptr<MptcpCallbackEnd>, 2> m_ends;   ///< applications, by host
    std::array<std::unique_ptr<MptcpCallbackEnd>, 2> m_others; ///< those of NEW_SOCKET
    std::vector<Ptr<Socket>> m_listeners;                      ///< of both hosts
    MptcpSocketBase* m_watched{nullptr};                       ///< the subject's connection
    std::vector<std::pair<MptcpTopologyHelper::Host, Address>> m_names; ///< of subflows, and hosts
    uint32_t m_hits{0};       ///< times that the place was reached
    bool m_acted{false};      ///< the action was done
    bool m_hung{false};       ///< the simulation did not end
    int m_result{0};          ///< of the action's call
    std::string m_complaints; ///< what is wrong
};

} // namespace ns3

#endif /* MPTCP_CALLBACK_RUN_H */
