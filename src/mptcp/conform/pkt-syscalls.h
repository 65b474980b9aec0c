/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_SYSCALLS_H
#define PKT_SYSCALLS_H

#include "pkt-host.h"
#include "pkt-script.h"
#include "pkt-segment.h"
#include "pkt-socket.h"

#include "ns3/nstime.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace ns3
{

/** One try of a call: its result, or nothing if it has to wait. */
using PktAttempt = std::function<std::optional<PktResult>()>;

/** The system calls of a script, on the sockets of the host under test. */
class PktSyscalls
{
  public:
    /**
     * @param host host under test
     * @param stack what "..." means where a local address is asked for
     * @param script what "..." means where a remote address is asked for
     * @param changed called when a call that waits may go on
     */
    PktSyscalls(PktHost& host,
                const PktEndpoint& stack,
                const PktEndpoint& script,
                std::function<void()> changed);

    /**
     * @param call a call
     * @param line its line
     * @return what to try until it gives a result
     */
    PktAttempt Begin(const PktCall& call, uint32_t line);
    /** @param call a call @param line its line @param result what it returned: checked */
    void Check(const PktCall& call, uint32_t line, const PktResult& result) const;

  private:
    using Handler = PktAttempt (PktSyscalls::*)(const PktCall&);

    PktAttempt MakeSocket(const PktCall& call); ///< @param call socket() @return attempt
    PktAttempt Bind(const PktCall& call);       ///< @param call bind() @return attempt
    PktAttempt Listen(const PktCall& call);     ///< @param call listen() @return attempt
    PktAttempt Accept(const PktCall& call);     ///< @param call accept() @return attempt
    PktAttempt Connect(const PktCall& call);    ///< @param call connect() @return attempt
    PktAttempt Read(const PktCall& call);       ///< @param call read(), recv*() @return attempt
    PktAttempt Write(const PktCall& call);      ///< @param call write(), send*() @return attempt
    PktAttempt Close(const PktCall& call);      ///< @param call close() @return attempt
    PktAttempt Shutdown(const PktCall& call);   ///< @param call shutdown() @return attempt
    PktAttempt Fcntl(const PktCall& call);      ///< @param call fcntl() @return attempt
    PktAttempt SetSockOpt(const PktCall& call); ///< @param call setsockopt() @return attempt
    PktAttempt GetSockOpt(const PktCall& call); ///< @param call getsockopt() @return attempt
    PktAttempt Poll(const PktCall& call);       ///< @param call poll() @return attempt

    /** @param socket a socket @param name of an option @param value to set @return result */
    PktResult SetOption(PktSocket& socket, const std::string& name, const PktValue& value);
    /** @param socket a socket @param name TCP_FASTOPEN... @param value to set @return result */
    PktResult SetFastOpen(PktSocket& socket, const std::string& name, int64_t value);
    /** @param socket a socket @param name SO_KEEPALIVE, TCP_KEEP... @param value to set @return
     * result */
    PktResult SetKeepalive(PktSocket& socket, const std::string& name, int64_t value);
    /** Refuse a descriptor that is open. @param call socket() or accept() @param fd its result */
    void CheckUnused(const PktCall& call, int64_t fd) const;
    /** Refuse too few and too many arguments. @param call a call */
    void CheckCount(const PktCall& call) const;
    /** Refuse what is not looked at. @param call a call @param index of an argument, or none */
    void RefuseUnchecked(const PktCall& call, std::size_t index) const;
    /** Refuse what is not looked at in a message. @param call recvmsg() or sendmsg() */
    void CheckMessage(const PktCall& call) const;
    /** Refuse another level and length than the option has. @param call set- or getsockopt() */
    void CheckOption(const PktCall& call) const;
    /** @param socket a socket @param name of an option @param want what the script expects @return
     * result */
    PktResult GetOption(PktSocket& socket, const std::string& name, const PktValue& want);
    /** @param call a call @param index of an argument @return the argument */
    const PktValue& Argument(const PktCall& call, std::size_t index) const;
    /** @param value an expression @return its number */
    int64_t Number(const PktValue& value) const;
    /** @param value a value or a list of one @return its number */
    int64_t Single(const PktValue& value) const;
    /** @param value a member of a structure @param name its name @return the member or null */
    static const PktValue* Member(const PktValue& value, const std::string& name);
    /** @param value an address @param standard what "..." means @return the address */
    Address Name(const PktValue& value, const PktEndpoint& standard) const;
    /** @param call a call with a descriptor as first argument @return its socket */
    std::shared_ptr<PktSocket> Get(const PktCall& call) const;
    /** @param socket of a call @param call its call: EAGAIN waits unless O_NONBLOCK is set
     * @param deadline it waits no longer
     * @return attempt that waits */
    static PktAttempt Waiting(std::shared_ptr<PktSocket> socket,
                              std::function<PktResult(PktSocket&)> call,
                              Time deadline = Time::Max());
    /** @param socket of a call that begins @param name SO_SNDTIMEO or SO_RCVTIMEO
     * @return when it waits no longer */
    Time GetDeadline(const PktSocket& socket, const std::string& name) const;
    /** @param text what is not supported */
    [[noreturn]] void Unsupported(const std::string& text) const;
    /** @param text what differs */
    [[noreturn]] void Differs(const std::string& text) const;

    PktHost& m_host;                                     ///< host under test
    PktEndpoint m_stack;                                 ///< default local address
    PktEndpoint m_script;                                ///< default remote address
    std::function<void()> m_changed;                     ///< who waits
    std::map<int64_t, std::shared_ptr<PktSocket>> m_fds; ///< sockets by descriptor
    uint32_t m_line{0};                                  ///< line of the call in hand
};

} // namespace ns3

#endif /* PKT_SYSCALLS_H */
