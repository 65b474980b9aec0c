/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_SOCKET_H
#define PKT_SOCKET_H

#include "ns3/address.h"
#include "ns3/packet.h"
#include "ns3/ptr.h"
#include "ns3/socket.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace ns3
{

/** What a system call returns. */
struct PktResult
{
    int64_t value{0};  ///< return value
    std::string error; ///< name of errno if value is -1
};

/**
 * A socket as system calls of Linux see it, on top of an ns-3 socket: descriptor flags, the
 * backlog, pending errors. Each call returns at once; one that would have to wait says EAGAIN.
 */
class PktSocket : public std::enable_shared_from_this<PktSocket>
{
  public:
    /** Called when a call that waits may go on. */
    using Changed = std::function<void()>;

    /** @param socket ns-3 socket @param mptcp made for IPPROTO_MPTCP @param changed who waits */
    PktSocket(Ptr<Socket> socket, bool mptcp, Changed changed);
    ~PktSocket();
    PktSocket(const PktSocket&) = delete;
    PktSocket& operator=(const PktSocket&) = delete;

    /** Connect the callbacks of the ns-3 socket. */
    void Attach();
    /** @param name local address @return result */
    PktResult Bind(const Address& name);
    /** @return result */
    PktResult Listen();
    /** @param name remote address @return result; EINPROGRESS while it goes on */
    PktResult Connect(const Address& name);
    /**
     * Connect with data in the SYN, or in the first segments if there is no cookie yet.
     *
     * @param name remote address
     * @param size octets of data
     * @return octets taken; EINPROGRESS if a cookie has to be asked for first
     */
    PktResult ConnectFastOpen(const Address& name, uint32_t size);
    /** @param child the connection accepted @return result; EAGAIN if there is none */
    PktResult Accept(std::shared_ptr<PktSocket>& child);
    /** @param size octets @return octets written, or -1 */
    PktResult Write(uint32_t size);
    /** @param size most octets @return octets read, or -1; EIO if they are not what was sent */
    PktResult Read(uint32_t size);
    /** @param size most octets @param all wait for as many, or the end
     * @return octets that a read would give now, or -1 */
    PktResult Peek(uint32_t size, bool all) const;
    /** @return result */
    PktResult Close();
    /** @param how 0 receive, 1 send, 2 both @return result */
    PktResult Shutdown(int64_t how);
    /** @return POLLIN, POLLOUT, POLLERR, POLLHUP as they apply */
    uint32_t Poll() const;
    /** @return name of the pending error, "" if there is none; it is pending no more */
    std::string TakeError();

    /** @return the ns-3 socket */
    Ptr<Socket> GetSocket() const;
    /** @return made for IPPROTO_MPTCP */
    bool IsMptcp() const;
    /** @return neither connects nor listens */
    bool IsIdle() const;
    /** @param reset the script sends an RST: why connections end now */
    static void SetResetInHand(bool reset);

    bool nonBlocking{false};                 ///< O_NONBLOCK
    std::map<std::string, int64_t> settings; ///< socket options that were set

  private:
    /** How far the socket is. */
    enum class Phase : uint8_t
    {
        IDLE,       ///< made or bound
        LISTENING,  ///< listens
        CONNECTING, ///< waits for the SYN/ACK
        CONNECTED,  ///< connected
        DEAD,       ///< ended by an error
    };

    /** @param error name of errno @return -1 with it */
    static PktResult Fail(const std::string& error);
    /** @return name of errno for the last error of the ns-3 socket */
    std::string GetSocketError() const;
    /** @param size octets @return the next octets to write */
    Ptr<Packet> MakeData(uint32_t size) const;
    /** @param name remote address @return data may go in a SYN to it */
    bool MayFastOpen(const Address& name) const;
    /** Drop the callbacks of the ns-3 socket. */
    void Detach();

    Ptr<Socket> m_socket;                             ///< ns-3 socket
    bool m_mptcp;                                     ///< IPPROTO_MPTCP
    Changed m_changed;                                ///< who waits
    Phase m_phase{Phase::IDLE};                       ///< how far
    bool m_shutdownSend{false};                       ///< no more writing
    bool m_shutdownReceive{false};                    ///< reads find the end
    std::string m_error;                              ///< pending error
    std::deque<std::shared_ptr<PktSocket>> m_backlog; ///< connections not accepted yet
    Address m_deferred;                               ///< connect waits for the first write
    int64_t m_taken{0};                               ///< octets of a write that waits
    uint64_t m_written{0};                            ///< octets written so far
    uint64_t m_read{0};                               ///< octets read so far
    static bool s_resetInHand;                        ///< the script sends an RST
};

} // namespace ns3

#endif /* PKT_SOCKET_H */
