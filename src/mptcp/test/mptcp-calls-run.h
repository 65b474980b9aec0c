/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CALLS_RUN_H
#define MPTCP_CALLS_RUN_H

#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-topology-helper.h"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ns3
{

/** What has become of a socket when it is called. */
enum class MptcpCallState : uint8_t
{
    FRESH,       ///< nothing yet
    BOUND,       ///< Bind
    LISTEN,      ///< Bind, Listen
    SYN_SENT,    ///< the SYN is on its way
    FAILED,      ///< the peer has refused the connection
    ESTABLISHED, ///< connected, two subflows
    FALLBACK,    ///< connected, plain TCP
    HALF_CLOSED, ///< ShutdownSend; the peer may still send
    ENDED,       ///< both ends have shut down
    CLOSED,      ///< both ends have closed
    COUNT,
};

/** A socket in a state, a call, and whether the socket still does what it is there for. */
class MptcpCallsRun
{
  public:
    /** A call. @return 0 and above: success */
    using Call = std::function<int(MptcpCallsRun&, MptcpSocketBase&)>;

    /** @param state of the socket */
    explicit MptcpCallsRun(MptcpCallState state);
    ~MptcpCallsRun();
    /**
     * Bring the socket into its state, call, and go on.
     *
     * @param call what to call
     * @return what is wrong: a call that failed has changed something. "" if nothing
     */
    std::string Run(const Call& call);

    int result{0};                   ///< of the call
    Socket::SocketErrno error{};     ///< after it, if it failed
    MptcpTopologyHelper topology{2}; ///< client with the socket, server
    Ptr<Socket> other;               ///< another one of the client, bound to USED_PORT

    std::string note; ///< whatever a call wants to keep

    static constexpr uint16_t PORT = 5000;      ///< the server listens
    static constexpr uint16_t OWN_PORT = 7000;  ///< the socket listens, or is bound
    static constexpr uint16_t USED_PORT = 7001; ///< another socket is bound

    /** @param host a host @param path path @return name with the server's port */
    Address GetName(MptcpTopologyHelper::Host host, uint32_t path = 0) const;

    Ptr<MptcpSocketBase> GetSocket() const; ///< @return the socket
    const std::string& GetRead() const;     ///< @return what the server has read
    const std::string& GetTold() const;     ///< @return callbacks and states of the socket so far
    /** @param truth what should hold @param what complaint */
    void Check(bool truth, const std::string& what);

  private:
    void Install();                        ///< stacks, the server
    void Prepare();                        ///< the socket's state
    void Accept(Ptr<Socket> s);            ///< @param s the server's end
    void Read(Ptr<Socket> s);              ///< @param s the server's end
    void Use();                            ///< what the socket is there for
    void CheckUse();                       ///< it has done it
    std::vector<std::string> Look() const; ///< @return all that a call could change

    MptcpCallState m_state;        ///< of the socket
    Ptr<MptcpSocketBase> m_socket; ///< the socket
    Ptr<Socket> m_listener;        ///< the server's
    Ptr<Socket> m_peer;            ///< the server's end
    Ptr<Socket> m_dialer;          ///< connects to the socket if that listens
    std::string m_read;            ///< what the server has read
    std::string m_told;            ///< callbacks and traces of the socket so far
    uint32_t m_accepted{0};        ///< connections that the socket has accepted
    uint32_t m_received{0};        ///< octets that the socket has read
    std::string m_complaints;      ///< what is wrong
};

} // namespace ns3

#endif /* MPTCP_CALLS_RUN_H */
