/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CALLBACK_END_H
#define MPTCP_CALLBACK_END_H

#include "ns3/nstime.h"
#include "ns3/socket.h"

#include <cstdint>
#include <functional>
#include <string>

namespace ns3
{

/** Where the application, or whoever looks on, gets to act. */
enum class MptcpCallbackPlace : uint8_t
{
    ACCEPT_REQUEST,
    NEW_CONNECTION,
    CONNECTED,
    CONNECT_FAILED,
    RECEIVE,
    SEND_ROOM,
    DATA_SENT,
    NORMAL_CLOSE,
    ERROR_CLOSE,
    SUBFLOW_EVENT,
    TRACE_CREATED,
    TRACE_STATE,
    TRACE_SUBFLOW_CREATED,
    TRACE_SUBFLOW_ESTABLISHED,
    TRACE_SUBFLOW_CLOSED,
    TRACE_SUBFLOW_STALE,
    TRACE_SUBFLOW_PRIORITY,
    TRACE_SUBFLOW_RESET,
    TRACE_FALLBACK,
    TRACE_ADDRESS_ANNOUNCED,
    TRACE_RECEIVE_WINDOW,
    TRACE_SEND_QUEUE,
    TRACE_REORDER_QUEUE,
    TRACE_DATA_SENT,
    TRACE_DATA_ACK,
    TRACE_DELIVERED,
    TRACE_PM_EVENT,
    TRACE_COUNTER,
    TRACE_TX,
    TRACE_RX,
    TRACE_WINDOW,
    SCHEDULER,
    PATH_MANAGER,
    CONGESTION,
};

/** The application of one end: writes known content, reads, and closes when all is over. */
class MptcpCallbackEnd
{
  public:
    /** Called first thing in each callback. */
    using Hook = std::function<void(MptcpCallbackPlace, Ptr<Socket>)>;

    /** @param sendSeed content written @param receiveSeed content read @param octets to write */
    MptcpCallbackEnd(uint32_t sendSeed, uint32_t receiveSeed, uint64_t octets);
    /** @param socket connected, or about to be */
    void Use(Ptr<Socket> socket);
    void Write();                   ///< as much as there is room and left
    void Read();                    ///< all that there is
    void ReadOne();                 ///< one octet
    void SendUntilFull(Socket& to); ///< as much as there is room. @param to socket to write to
    void ShutdownSend();            ///< nothing is written after it
    /** @param all take the callbacks back, too */
    void Drop(bool all);
    void Abort(); ///< reset the connection

    Hook hook;             ///< may be empty
    Ptr<Socket> socket;    ///< until it is let go
    uint64_t sent{0};      ///< octets that Send took
    uint64_t received{0};  ///< octets read
    bool wrong{false};     ///< an octet was wrong
    bool ended{false};     ///< the peer's end was read
    uint32_t accepted{0};  ///< new connection callbacks
    uint32_t connected{0}; ///< connect callbacks
    uint32_t failed{0};    ///< connect callbacks of failure
    uint32_t closed{0};    ///< close callbacks
    uint32_t errors{0};    ///< error callbacks
    std::string afterEnd;  ///< callbacks after the one of an error, or when all were taken back
    bool reads{true};      ///< reads at once
    Time openUntil;        ///< ShutdownSend not before

  private:
    /** @param to socket to write to @param most octets @return something was written */
    bool WritePiece(Socket& to, uint32_t most);
    /** @param place callback @param s socket */
    void Hit(MptcpCallbackPlace place, Ptr<Socket> s);
    void MaybeClose();               ///< when all is over
    void OnConnected(Ptr<Socket> s); ///< connect callback
    void OnFailed(Ptr<Socket> s);    ///< connect callback
    void OnReceive(Ptr<Socket> s);   ///< receive callback
    void OnClosed(Ptr<Socket> s);    ///< close callback
    void OnError(Ptr<Socket> s);     ///< close callback
    /** Send callback. @param s socket @param octets room */
    void OnRoom(Ptr<Socket> s, uint32_t octets);
    /** Data sent callback. @param s socket @param octets sent */
    void OnSent(Ptr<Socket> s, uint32_t octets);

    uint32_t m_sendSeed;    ///< content written
    uint32_t m_receiveSeed; ///< content read
    uint64_t m_octets;      ///< octets to write
    bool m_shut{false};     ///< nothing more is written
    bool m_over{false};     ///< no callback may come any more
};

} // namespace ns3

#endif /* MPTCP_CALLBACK_END_H */
