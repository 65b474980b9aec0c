/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SOCKET_BASE_H
#define MPTCP_SOCKET_BASE_H

#include "mptcp-api.h"
#include "mptcp-info.h"
#include "mptcp-path-report.h"
#include "mptcp-pm-event.h"
#include "mptcp-subflow.h"
#include "mptcp-tcp-attributes.h"
#include "mptcp-tcp-traces.h"

#include "ns3/event-id.h"
#include "ns3/mptcp-coupling.h"
#include "ns3/mptcp-option.h"
#include "ns3/mptcp-path-log.h"
#include "ns3/mptcp-path-manager.h"
#include "ns3/mptcp-reorder-buffer.h"
#include "ns3/mptcp-ring.h"
#include "ns3/mptcp-scheduler.h"
#include "ns3/mptcp-send-queue.h"
#include "ns3/simulator.h"
#include "ns3/tcp-socket.h"
#include "ns3/traced-callback.h"
#include "ns3/traced-value.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

class MptcpStack;
class Node;
class TcpL4Protocol;

/** Connection states of RFC 8684, appendix D. */
enum class MptcpState : uint8_t
{
    CLOSED,         ///< no connection
    LISTEN,         ///< waits for connections
    SYN_SENT,       ///< initial subflow connects
    SYN_RCVD,       ///< initial subflow of a passive connection is in its handshake
    ESTABLISHED,    ///< M_ESTAB
    FIN_WAIT_1,     ///< M_FIN_WAIT1: DATA_FIN sent
    FIN_WAIT_2,     ///< M_FINWAIT2: DATA_FIN acknowledged
    CLOSE_WAIT,     ///< M_CLOSE_WAIT: DATA_FIN received
    CLOSING,        ///< M_CLOSING: both sent, ours not acknowledged
    LAST_ACK,       ///< M_LAST_ACK: answered with ours
    TIME_WAIT,      ///< M_TIME_WAIT: subflows are closing
    FASTCLOSE_WAIT, ///< aborted by MP_FASTCLOSE on an ACK: waits for the RST (section 3.5)
};

/**
 * @param os stream
 * @param state state
 * @return the stream, with the RFC's name
 */
std::ostream& operator<<(std::ostream& os, MptcpState state);

/**
 * @ingroup mptcp
 *
 * An MPTCP connection as an application holds it: a TcpSocket whose data goes over subflows.
 *
 * Applications use it as any ns-3 stream socket (Bind, Connect, Listen, Send, Recv, Close and the
 * callbacks). It falls back to plain TCP when the peer has no MPTCP. Settings are the attributes of
 * TcpSocket (buffers are those of the connection) and the policies below.
 *
 * A callback of the application may call anything. Sinks of traces and policies that are functions
 * are called in the midst of the protocol: what they ask of the connection (Close, ResetSubflow,
 * ...) is done when it has finished what it is doing, and Bind, Connect and Listen are refused with
 * ERROR_AGAIN.
 *
 * Until a connection stands, a failed call leaves the socket as it was before, and so does a
 * connection attempt that fails: it may be tried again. A connection that has stood is not followed
 * by another one: Connect says ERROR_ISCONN, or ERROR_BADF after Close.
 */
class MptcpSocketBase : public TcpSocket
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSocketBase();
    ~MptcpSocketBase() override;

    /** Called once by the factory. @param stack the node's MPTCP @param tcp the node's TCP */
    void SetStack(Ptr<MptcpStack> stack, Ptr<TcpL4Protocol> tcp);

    // ---- Socket ----
    SocketErrno GetErrno() const override;
    SocketType GetSocketType() const override;
    Ptr<Node> GetNode() const override;
    int Bind() override;
    int Bind6() override;
    int Bind(const Address& address) override;
    int Connect(const Address& address) override;
    /**
     * Connect with data in the SYN (TCP Fast Open, RFC 7413). Without a cookie of the peer the SYN
     * asks for one, and the data follows when the connection is established: it is never lost.
     *
     * @param address peer
     * @param packet data
     * @return octets taken, or -1: see GetErrno
     */
    int ConnectFastOpen(const Address& address, Ptr<Packet> packet);
    int Listen() override;
    int Close() override;
    int ShutdownSend() override;
    int ShutdownRecv() override;
    int Send(Ptr<Packet> packet, uint32_t flags) override;
    int SendTo(Ptr<Packet> packet, uint32_t flags, const Address& toAddress) override;
    Ptr<Packet> Recv(uint32_t maxSize, uint32_t flags) override;
    Ptr<Packet> RecvFrom(uint32_t maxSize, uint32_t flags, Address& fromAddress) override;
    uint32_t GetTxAvailable() const override;
    uint32_t GetRxAvailable() const override;
    int GetSockName(Address& address) const override;
    int GetPeerName(Address& address) const override;
    void BindToNetDevice(Ptr<NetDevice> device) override;
    bool SetAllowBroadcast(bool allowBroadcast) override;
    bool GetAllowBroadcast() const override;

    // ---- Observers ----
    MptcpState GetState() const;     ///< @return connection state
    bool IsFallback() const;         ///< @return the connection is plain TCP
    bool IsClient() const;           ///< @return this side sent the first SYN
    uint32_t GetLocalToken() const;  ///< @return our token; 0 before the keys are known
    uint32_t GetRemoteToken() const; ///< @return the peer's token; 0 in fallback
    uint64_t GetLocalIdsn() const;   ///< @return our initial DSN; the first octet is one more
    uint64_t GetRemoteIdsn() const;  ///< @return the peer's initial DSN
    const std::vector<Ptr<MptcpSubflow>>& GetSubflows() const; ///< @return subflows, oldest first
    Ptr<MptcpScheduler> GetScheduler() const;     ///< @return this connection's scheduler
    Ptr<MptcpPathManager> GetPathManager() const; ///< @return this connection's path manager
    uint64_t GetBytesReinjected() const;          ///< @return octets given to a second subflow
    uint64_t GetBytesDuplicate() const;           ///< @return octets received more than once
    uint32_t GetBytesFastOpen() const; ///< @return octets that went in a SYN and were accepted
    Ptr<MptcpStack> GetStack() const;  ///< @return the node's MPTCP

    // ---- mptcp-sockopt.cc: RFC 6897. Methods that return int return 0, or -1 with an error ----

    /**
     * TCP_MULTIPATH_ENABLE (RFC 6897, section 5.3.2). Until it is set, the stack's policy holds:
     * MPTCP; with LegacyBindDisables plain TCP if the application binds an address or a device.
     *
     * @param enable true: negotiate MPTCP; false: plain TCP
     * @return 0; -1: ERROR_ISCONN once the connection has begun
     */
    int SetMultipathEnable(bool enable);
    /** @return the connection is MPTCP; nothing: ERROR_NOTCONN before it stands */
    std::optional<bool> GetMultipathEnable() const;
    /**
     * TCP_MULTIPATH_ADD (RFC 6897, section 5.3.3). Before the connection: only these addresses (and
     * a bound one) may be used and announced. During it: these as well.
     *
     * @param addresses Ipv4Address, Ipv6Address, or InetSocketAddress, Inet6SocketAddress with the
     * port that the address's subflows must try to use
     * @return 0; -1: ERROR_INVAL, ERROR_ADDRNOTAVAIL (not of this host), ERROR_OPNOTSUPP (plain
     * TCP), ERROR_NOTCONN (ended)
     */
    int AddMultipathAddresses(const std::vector<Address>& addresses);
    /**
     * TCP_MULTIPATH_REMOVE (RFC 6897, section 5.3.3). Subflows of these addresses are closed and
     * the peer is told, after subflows that can replace them have been established.
     *
     * @param addresses as in AddMultipathAddresses; with a port, subflows of that port only
     * @return as AddMultipathAddresses
     */
    int RemoveMultipathAddresses(const std::vector<Address>& addresses);
    /**
     * TCP_MULTIPATH_SUBFLOWS (RFC 6897, section 5.3.4).
     *
     * @param pairs addresses of the established subflows, oldest first; not changed on error
     * @return 0; -1: ERROR_NOTCONN
     */
    int GetMultipathSubflows(std::vector<MptcpAddressPair>& pairs) const;
    /**
     * TCP_MULTIPATH_CONNID (RFC 6897, section 5.3.5).
     *
     * @return our token; nothing: ERROR_NOTCONN, ERROR_OPNOTSUPP (plain TCP)
     */
    std::optional<uint32_t> GetMultipathConnectionId() const;
    /**
     * @param option option
     * @param value its value; bool for ENABLE, NODELAY and KEEPALIVE, addresses for ADD and REMOVE,
     * uint64_t for the others
     * @return 0; -1: ERROR_INVAL for another type, ERROR_OPNOTSUPP for a read-only option, or the
     * error of the typed method
     */
    int SetSocketOption(MptcpSocketOption option, const MptcpOptionValue& value);
    /**
     * @param option option
     * @param value where the value goes; not changed on error
     * @return 0; -1: ERROR_OPNOTSUPP for a write-only option, or the error of the typed method
     */
    int GetSocketOption(MptcpSocketOption option, MptcpOptionValue& value) const;
    /** @return one line about the last error of this API, with the POSIX name of the error */
    const std::string& GetErrorText() const;
    /**
     * SO_LINGER. Without it Close sends what is left for as long as it takes.
     *
     * @param on use it
     * @param time how long Close may try; 0: Close resets the connection at once
     */
    void SetLinger(bool on, const Time& time);
    std::optional<Time> GetLinger() const; ///< @return SO_LINGER, if it is on
    /**
     * Instead of the stack's FateSharing (RFC 6897, section 4.2.2 and REQ13).
     *
     * @param share the connection ends with its first subflow
     */
    void SetFateSharing(bool share);
    bool IsFateSharing() const; ///< @return the connection ends with its first subflow

    // ---- mptcp-socket-keepalive.cc: as Linux, of all subflows there are and will be ----

    /**
     * SO_KEEPALIVE: a subflow from which nothing has come for some time is probed, and reset if
     * the peer does not answer.
     *
     * @param on probe
     */
    void SetKeepAlive(bool on);
    bool GetKeepAlive() const; ///< @return SO_KEEPALIVE
    /**
     * TCP_KEEPIDLE.
     *
     * @param idle silence before the first probe, 1 s to 32767 s
     * @return 0; -1: ERROR_INVAL
     */
    int SetKeepIdle(const Time& idle);
    Time GetKeepIdle() const; ///< @return TCP_KEEPIDLE
    /**
     * TCP_KEEPINTVL.
     *
     * @param interval from one probe to the next, 1 s to 32767 s
     * @return 0; -1: ERROR_INVAL
     */
    int SetKeepInterval(const Time& interval);
    Time GetKeepInterval() const; ///< @return TCP_KEEPINTVL
    /**
     * TCP_KEEPCNT.
     *
     * @param count probes without an answer before the subflow is reset, 1 to 127
     * @return 0; -1: ERROR_INVAL
     */
    int SetKeepCount(uint32_t count);
    uint32_t GetKeepCount() const; ///< @return TCP_KEEPCNT

    // ---- mptcp-advanced.cc: RFC 6897, appendix A.3. Errors as above ----

    /**
     * REQ5: connect to a node by its name in ns3::Names.
     *
     * @param name name of the node
     * @param port port
     * @return 0; -1: ERROR_INVAL (unknown), ERROR_NOROUTETOHOST, or as Connect
     */
    int ConnectByName(const std::string& name, uint16_t port);
    /**
     * REQ7: open a subflow besides those of the path manager.
     *
     * @param local Ipv4Address or Ipv6Address of this host
     * @param remote address and port of the peer: those of the initial subflow, or announced
     * @param backup for backup use
     * @return 0; -1: ERROR_NOTCONN, ERROR_OPNOTSUPP, ERROR_ADDRNOTAVAIL, ERROR_INVAL (no more)
     */
    int RequestSubflow(const Address& local, const Address& remote, bool backup = false);
    /**
     * REQ7: close a subflow; the path manager may open one in its place.
     *
     * @param id identifier of the subflow
     * @return 0; -1: ERROR_INVAL (there is none), ERROR_NOTCONN, ERROR_OPNOTSUPP (plain TCP)
     */
    int TerminateSubflow(uint32_t id);
    /**
     * REQ7: reset a subflow and tell the peer why (MP_TCPRST, RFC 8684, section 3.6). What it has
     * not delivered goes over the others.
     *
     * @param id identifier of the subflow
     * @param reason an MptcpResetReason, such as MPTCP_RST_PERFORMANCE
     * @param transient the peer may open it again at once (flag T)
     * @return 0; -1: ERROR_INVAL (there is none, or no such reason), ERROR_NOTCONN,
     * ERROR_OPNOTSUPP (plain TCP)
     */
    int ResetSubflow(uint32_t id, uint8_t reason, bool transient = false);
    /**
     * REQ7: how many subflows there may be, the initial one included. Those above are closed, the
     * youngest first; joins of the peer are refused.
     *
     * @param number at least 1
     */
    void SetMaxSubflows(uint32_t number);
    /** REQ8. @param performance what matters most; chooses the scheduler */
    void SetPerformance(MptcpPerformance performance);
    /** REQ9. @param hint what to expect; to be given before the connection */
    void SetTrafficHint(const MptcpTrafficHint& hint);
    /** REQ10. @param start when subflows are opened @param octets for AFTER_OCTETS */
    void SetSubflowStart(MptcpSubflowStart start, uint64_t octets = 0);
    /**
     * REQ11: prefer other subflows, or not. The peer is told by MP_PRIO.
     *
     * @param id identifier of the subflow
     * @param backup use it only when no other works
     * @return 0; -1: ERROR_INVAL (there is none), ERROR_NOTCONN, ERROR_OPNOTSUPP (plain TCP)
     */
    int SetSubflowPriority(uint32_t id, bool backup);
    /** REQ12. @param copies subflows that carry each new octet, if they have room; 1: no copies */
    void SetRedundancy(uint32_t copies);
    /** REQ14. @param callback told of subflows; replaces the one before */
    void SetSubflowCallback(MptcpSubflowCallback callback);

    // ---- mptcp-socket-info.cc: what Linux tells by getsockopt ----

    MptcpInfo GetInfo() const;         ///< @return MPTCP_INFO; zeros before the connection stands
    MptcpFullInfo GetFullInfo() const; ///< @return MPTCP_FULL_INFO (and REQ6: statistics)
    /**
     * Why are there not more subflows? Also of a connection that has ended.
     *
     * @return for each address of this host and each known one of the peer, of one family, what
     * there is between them and, where no subflow is open, the reason; empty before Connect()
     */
    std::vector<MptcpPathReport> GetPathReport() const;

  private:
    friend class MptcpSubflow;
    friend class MptcpSocketFactory;
    friend class MptcpStack;
    friend class MptcpPmCommands;
    friend class MptcpTcpAttributeAccessor;
    friend class MptcpTcpTraceAccessor;

    // TcpSocket attributes, see TcpSocket
    void SetSndBufSize(uint32_t size) override;
    uint32_t GetSndBufSize() const override;
    void SetRcvBufSize(uint32_t size) override;
    uint32_t GetRcvBufSize() const override;
    void SetSegSize(uint32_t size) override;
    uint32_t GetSegSize() const override;
    void SetInitialSSThresh(uint32_t threshold) override;
    uint32_t GetInitialSSThresh() const override;
    void SetInitialCwnd(uint32_t cwnd) override;
    uint32_t GetInitialCwnd() const override;
    void SetConnTimeout(Time timeout) override;
    Time GetConnTimeout() const override;
    void SetSynRetries(uint32_t count) override;
    uint32_t GetSynRetries() const override;
    void SetDataRetries(uint32_t retries) override;
    uint32_t GetDataRetries() const override;
    void SetDelAckTimeout(Time timeout) override;
    Time GetDelAckTimeout() const override;
    void SetDelAckMaxCount(uint32_t count) override;
    uint32_t GetDelAckMaxCount() const override;
    void SetTcpNoDelay(bool noDelay) override;
    bool GetTcpNoDelay() const override;
    void SetPersistTimeout(Time timeout) override;
    Time GetPersistTimeout() const override;

    void NotifyConstructionCompleted() override;
    /**
     * @param name attribute of ns3::TcpSocketBase
     * @param value for all subflows there are and will be
     * @return they take it
     */
    bool SetTcpAttribute(const std::string& name, const AttributeValue& value);
    void FollowSettings(); ///< of each subflow: the attributes of TcpSocket have changed
    /** @param action for each subflow there is: in use, listening, or not connected yet */
    void ForEachSubflow(const std::function<void(MptcpSubflow&)>& action) const;

    void DoDispose() override;

    // ---- mptcp-socket-entry.cc: what comes from outside, what the application is told ----

    /**
     * On the stack while anything but the protocol itself calls the connection: a subflow with a
     * segment or a timer, an event of the connection, the application. It keeps the connection, and
     * when the outermost one ends, what was asked for meanwhile is done and the application told.
     */
    class Entry
    {
      public:
        /** @param connection what is called; may be null */
        explicit Entry(MptcpSocketBase* connection);
        ~Entry();
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

      private:
        Ptr<MptcpSocketBase> m_connection; ///< kept
    };

    /** The last that the application is told. */
    enum class End : uint8_t
    {
        NONE,           ///< nothing yet
        CONNECT_FAILED, ///< there is no connection
        NORMAL,         ///< closed
        ERROR,          ///< broken off
    };

    bool IsBusy() const; ///< @return the call comes from the midst of the protocol: from a trace
    /** @param action carried out now, or at the end of the outermost entry if IsBusy() */
    void Act(std::function<void()> action);
    void Enter();          ///< an entry begins
    void Leave();          ///< an entry ends
    bool DoNext();         ///< @return there was something to do or to tell
    bool TellNext();       ///< @return there was something to tell
    bool TellConnection(); ///< that it stands. @return there was something to tell
    void TellEnd();        ///< that it does not any more
    void TellReadable();   ///< of data, or of its end
    /** @param event what happened @param subflow to whom */
    void TellSubflow(MptcpSubflowEvent event, Ptr<MptcpSubflow> subflow);

    /**
     * A timer that enters the connection, and is to be canceled before the connection is gone.
     *
     * @param event one that is there already is canceled
     * @param wait when
     * @param action what
     * @param args its arguments
     */
    template <typename... Params, typename... Args>
    void StartTimer(EventId& event,
                    const Time& wait,
                    void (MptcpSocketBase::*action)(Params...),
                    Args... args)
    {
        event.Cancel();
        event = Simulator::Schedule(wait, [this, action, args...] {
            const Entry entry(this);
            (this->*action)(args...);
        });
    }

    /** An event that enters the connection and keeps it until then. */
    template <typename... Params, typename... Args>
    void Later(const Time& wait, void (MptcpSocketBase::*action)(Params...), Args... args)
    {
        Simulator::Schedule(wait, [self = Ptr<MptcpSocketBase>(this), action, args...] {
            const Entry entry(PeekPointer(self));
            (PeekPointer(self)->*action)(args...);
        });
    }

    // ---- mptcp-socket-paths.cc: subflows, keys ----
    Ptr<MptcpSubflow> CreateSubflow(MptcpSubflow::Role role);
    void MakeFork(Ptr<MptcpSubflow> fork, const std::optional<MptcpCapable>& capable);
    /** @param subflow gets a congestion control of its own @param id its identifier */
    void GiveController(Ptr<MptcpSubflow> subflow, uint32_t id);
    void TellIgnoredController() const; ///< the user may think that he has chosen another one
    /**
     * @param text attribute SubflowCongestionControl
     * @param[out] types what it names
     * @return every name is that of a congestion control
     */
    static bool ParseControllers(const std::string& text, std::vector<TypeId>& types);
    void SetControllers(std::string text); ///< @param text attribute SubflowCongestionControl
    std::string GetControllers() const;    ///< @return attribute SubflowCongestionControl
    void CopySettings(const MptcpSocketBase& other);
    void OnForkAddresses(Ptr<MptcpSubflow> fork, const Address& localName, const Address& peerName);
    /** @param allocate gives the subflow an end point, as Bind does @return as Bind */
    int BindInitial(const std::function<int(MptcpSubflow&)>& allocate);
    bool RestoreBinding();
    int CheckUnconnected(const char* call, SocketErrno connected) const;
    int CheckPeer(const Address& peer) const;
    int DoConnect(const Address& peer);
    void DoClose();
    void ForgetConnection();
    bool SetLocalKey();
    void SetRemoteKey(uint64_t key);
    void EnterFallback(Ptr<MptcpSubflow> subflow, std::optional<MptcpMib> reason);
    void RetryLowerVersion(Ptr<MptcpSubflow> subflow);
    int ConnectInitial();
    bool IsInitialTaken() const; ///< @return see MptcpStack::IsFlowTaken, of the first subflow
    void ConnectAgain();
    /** @param asked the peer has sent MP_FAIL without RST @return plain TCP is possible */
    bool MayFallback(bool asked = false) const;
    void OnSubflowEstablished(Ptr<MptcpSubflow> subflow);
    void OnFullyEstablished();
    void OnSubflowClosed(Ptr<MptcpSubflow> subflow);
    void OnConnectFailed(Ptr<MptcpSubflow> subflow);
    void FailConnect();
    void RemoveSubflow(Ptr<MptcpSubflow> subflow);

    // ---- mptcp-pm.cc: path manager, joins, priorities ----
    bool AcceptsJoin(const MptcpJoinSyn& join) const;
    bool AcceptsPort(uint16_t port) const;
    bool AcceptsSubflow(const Ptr<MptcpSubflow>& fork) const;
    void AdoptJoin(Ptr<MptcpSubflow> fork, const MptcpJoinSyn& join);
    void CallPathManager(MptcpPathEvent event, const MptcpPathSubject& subject = {});
    void RunPathManager(MptcpPathEvent event, const MptcpPathSubject& subject);
    void PathManagerTimeout();
    void AwaitPathManager(); ///< start its timer, unless it is for attempts of an idle connection
    void NoteActivity();     ///< data has come, was acknowledged or is to be sent
    MptcpPathView MakePathView() const;
    bool UsesEndpoints() const;
    uint8_t GetLocalId(const Address& address, uint16_t port);
    std::optional<uint8_t> FindLocalId(const Address& address) const; ///< if it has one already
    bool IsBackupAddress(const Address& address, uint16_t port) const;
    MptcpPathSubject MakeSubject(const Ptr<MptcpSubflow>& subflow) const;
    void CallPathManagerLater(MptcpPathEvent event, const MptcpPathSubject& subject);
    /** @param create subflow to open @param planned the path manager is told if it cannot be */
    std::string OpenSubflow(const MptcpPathActions::Create& create, bool planned);
    /**
     * @param subflow a join
     * @param device it also receives by this one only, because an endpoint names it; null: by any
     * @param local name of this host @param remote of the other one
     * @return what went wrong, or ""
     */
    std::string ConnectSubflow(Ptr<MptcpSubflow> subflow,
                               Ptr<NetDevice> device,
                               const Address& local,
                               const Address& remote);
    /** @param subflow one of ours @return closing it would not end the data or the connection */
    bool MayDestroy(Ptr<MptcpSubflow> subflow) const;
    void DestroySubflow(Ptr<MptcpSubflow> subflow);
    void SetSubflowBackup(Ptr<MptcpSubflow> subflow, bool backup);
    void OnPrio(Ptr<MptcpSubflow> subflow, const MptcpPrio& option);
    void OnLocalsChanged(const std::vector<Address>& lost, const std::vector<Address>& gained);
    void FireEvent(MptcpPmEventType type, const Ptr<MptcpSubflow>& subflow = nullptr) const;
    void FireListenerEvent(MptcpPmEventType type, const Ptr<MptcpSubflow>& listener) const;
    void OnSubflowClosing(Ptr<MptcpSubflow> subflow);
    /** @param leaving a subflow that does not count any more; null: none */
    void WatchLastSubflow(Ptr<MptcpSubflow> leaving);
    /** @return how long to wait for a new subflow, or for those that are left to end */
    Time GetCloseWait() const;

    // ---- mptcp-pm-announce.cc: ADD_ADDR, REMOVE_ADDR, listeners for joins ----
    void Announce(const MptcpPathActions::Announce& announce);
    void AnnounceTimeout(uint8_t localId);
    void ResumeAnnouncements();
    void EndAnnouncement(uint8_t localId);
    void CancelAnnouncements();
    void OnAddAddr(Ptr<MptcpSubflow> subflow, const MptcpAddAddr& option);
    void SendEcho(Ptr<MptcpSubflow> subflow, const MptcpAddAddr& option);
    void Withdraw(const std::vector<uint8_t>& localIds);
    void SendRemoveAddr();
    void OnRemoveAddr(const MptcpRemoveAddr& option);
    void KeepaliveTimeout(Ptr<MptcpSubflow> subflow, uint64_t segments);
    void ListenForJoins(const Address& address);
    bool ListenAt(const Address& address, uint16_t port);

    // ---- mptcp-socket-data.cc: sending and receiving ----
    void Push();
    void SchedulePush();
    void PushAndAsk();
    bool MayAsk() const;       ///< @return the application may be asked for more data
    bool WaitsForMore() const; ///< @return a segment that is not full waits for the next ACK
    bool PushReinjections();
    bool PushNew();
    bool PushCopies();
    MptcpChunk* PeekCopy(std::size_t index);
    /** @param open true as long as more may go */
    void PushFallback(const bool& open);
    /** A subflow will send one segment. @param open true until it has got it */
    void OfferOne(const bool& open);
    /** @param id subflow @param cursor its copy cursor @return data that it has not carried yet */
    bool HasDataFor(uint32_t id, uint64_t& cursor);
    MptcpSubflow* Choose(bool reinject, const MptcpChunk* chunk, uint32_t size);
    void FillViews(const MptcpChunk* chunk);
    void UpdateView(std::size_t index);
    void RelieveWindow();
    bool TunesReceiveBuffer() const; ///< @return the receive buffer grows
    void TuneReceiveBuffer(uint32_t size);
    /** @param attribute of ns3::TcpSocket, which is being set @return the user sets it */
    bool IsSetByUser(const std::string& attribute) const;
    uint32_t GetSendBuffer() const;
    void Transmit(MptcpSubflow* subflow, MptcpChunk* chunk, bool reinjection);
    uint32_t GetWindowLeft() const;
    bool MayWrapDsn32() const;
    void OnDataAck(uint64_t dataAck, uint32_t window);
    void OnFallbackAck(Ptr<MptcpSubflow> subflow, uint32_t window);
    void OnData(uint64_t dsn, Ptr<Packet> packet);
    void OnSynData(Ptr<Packet> packet);
    void OnDataFin(uint64_t dsn);
    void AfterInput(Ptr<MptcpSubflow> subflow);
    uint32_t GetReceiveWindow();
    /** @param offset from the DATA_ACK @return behind the right edge that the peer was told */
    bool IsBehindWindow(int32_t offset) const;
    void MaybeSendWindowUpdate();
    void SendDataAck();

    // ---- mptcp-socket-retransmit.cc: timeouts, stale subflows, boxes that swallow or strip ----
    void OnSubflowTimeout(Ptr<MptcpSubflow> subflow);
    Time GetLiveTimeout() const;
    void WatchSilence();
    void CheckStale(Ptr<MptcpSubflow> subflow);
    bool CheckStripped();
    bool CheckSwallowed(uint32_t id);
    void StartRetransmitTimer();
    void RetransmitTimeout();
    Ptr<MptcpSubflow> PickForControl() const;
    /** @param subflow one of ours @return another one can carry data */
    bool CanSendBeside(const MptcpSubflow* subflow) const;
    void ProbeWindow(); ///< the peer's window is closed and nothing is in flight

    // ---- mptcp-socket-close.cc: DATA_FIN, states, end ----
    void SetState(MptcpState state);
    void MaybeSendDataFin();
    bool IsDataFinPending() const;
    void DataFinTimeout();
    bool CheckStrippedDataFin(); ///< @return nobody hears the DATA_FIN: the connection fell back
    void OnDataFinAcked();
    void ProcessPeerDataFin();
    void CloseSubflows();
    void CancelEvents();
    void CloseJoinListeners();
    void CloseTimeout();
    void Finish(bool error);
    void Release();
    void OnFallbackSubflowState(Ptr<MptcpSubflow> subflow);
    void Abort(SocketErrno error);
    void FastcloseByAck(Ptr<MptcpSubflow> last);
    void FastcloseTimeout();
    void OnFastclose(Ptr<MptcpSubflow> subflow);
    void ResetSubflows(uint8_t reason);

    // ---- mptcp-sockopt.cc: RFC 6897 ----
    int Refuse(SocketErrno error, const std::string& text) const;
    bool IsBeforeConnection() const;
    bool IsConnecting() const;
    bool IsSetUp() const;
    bool WantsMptcp() const;
    bool AllowsLocal(const Address& host, uint32_t ifIndex) const;
    bool AllowsJoinTo(const Address& name) const;
    int CheckAddresses(const std::string& name,
                       const std::vector<Address>& addresses,
                       bool remove) const;
    bool IsLocalInUse(const Address& host) const;
    static MptcpAddressPair GetNames(Ptr<MptcpSubflow> subflow);
    bool IsLeaving(Ptr<MptcpSubflow> subflow) const;
    void FinishRemovals(bool late);
    void NoteBinding(const Address& name);
    int ChooseInitialAddress(const Address& peer);
    /**
     * @param subflow of a join
     * @param local address and port of this host; port 0: the one that fits
     * @param peer address and port of the peer
     * @return 0, or -1 if the port cannot be used
     */
    int BindJoin(Ptr<MptcpSubflow> subflow, const Address& local, const Address& peer) const;
    bool CloseByLinger();
    void LingerTimeout();
    void ShareFate();
    void UpdateKeepalive(); ///< of each subflow: the settings have changed
    int SetKeepTime(Time& setting, const Time& time, const std::string& name);
    int SetKeepOption(MptcpSocketOption option, uint32_t number);
    bool PutKeepIdle(Time idle);         ///< @param idle attribute KeepIdle @return it is possible
    bool PutKeepInterval(Time interval); ///< @param interval attribute KeepInterval @return so
    bool PutKeepCount(uint32_t count);   ///< @param count attribute KeepCount @return so
    void FollowSubflowEstablished(Ptr<MptcpSubflow> subflow);
    void FollowSubflowClosed(Ptr<MptcpSubflow> subflow);

    // ---- mptcp-advanced.cc, mptcp-socket-info.cc ----
    bool HasSubflowRoom() const;
    std::string ExplainPlain() const; ///< @return for people: why this is plain TCP
    /** @param local of this host @param remote of the peer @return for people: why nobody tried */
    std::string ExplainUntried(const MptcpLocalAddress& local, const Address& remote) const;
    /** @param subflow it has ended, or its handshake has failed */
    void LogEnd(const Ptr<MptcpSubflow>& subflow);
    int FindSubflow(const char* call, uint32_t id, Ptr<MptcpSubflow>& subflow) const;
    void UseScheduler(const TypeId& type);
    void SendCopies(MptcpSubflow* first, MptcpChunk* chunk);
    bool MayOpenSubflows();
    bool IsSaturated() const;
    void FollowData(uint64_t dsn, uint32_t octets);
    void FollowSubflowCreated(Ptr<MptcpSubflow> subflow);
    void FollowSubflowStale(Ptr<MptcpSubflow> subflow, bool stale);
    void FollowSubflowPriority(Ptr<MptcpSubflow> subflow, bool backup, bool byPeer);
    void KeepCounts(Ptr<MptcpSubflow> subflow);
    void TraceAnnouncement(const MptcpAddAddr& option, bool byPeer);

    Ptr<MptcpStack> m_stack;                             ///< the node's MPTCP
    uint64_t m_serial{0};                                ///< key in the stack's table
    Ptr<TcpL4Protocol> m_tcp;                            ///< the node's TCP
    Ptr<Node> m_node;                                    ///< the node
    mutable SocketErrno m_errno{ERROR_NOTERROR};         ///< last error
    TracedValue<MptcpState> m_state{MptcpState::CLOSED}; ///< connection state

    // Attributes
    TypeId m_schedulerType;                 ///< attribute Scheduler
    TypeId m_pathManagerType;               ///< attribute PathManager
    TypeId m_congestionType;                ///< attribute CongestionControl
    std::string m_controllers;              ///< attribute SubflowCongestionControl
    std::vector<TypeId> m_controllerTypes;  ///< what it names
    bool m_opportunistic{false};            ///< attribute OpportunisticRetransmission
    bool m_penalization{false};             ///< attribute Penalization
    bool m_slowStartAfterIdle{false};       ///< attribute SlowStartAfterIdle
    bool m_autoTune{true};                  ///< attribute AutoTune
    uint32_t m_maxRcvBufSize{6291456};      ///< attribute MaxRcvBufSize
    uint32_t m_maxSndBufSize{4194304};      ///< attribute MaxSndBufSize
    bool m_constructed{false};              ///< what is set from now on is set by the user
    bool m_sndBufSet{false};                ///< m_sndBufSize is the user's choice
    bool m_rcvBufSet{false};                ///< m_rcvBufSize is the user's choice
    uint32_t m_sndBufSize{131072};          ///< TcpSocket::SndBufSize
    uint32_t m_rcvBufSize{131072};          ///< TcpSocket::RcvBufSize
    uint32_t m_segSize{536};                ///< TcpSocket::SegmentSize
    uint32_t m_initialSsThresh{UINT32_MAX}; ///< TcpSocket::InitialSlowStartThreshold
    uint32_t m_initialCwnd{10};             ///< TcpSocket::InitialCwnd
    Time m_connTimeout;                     ///< TcpSocket::ConnTimeout
    uint32_t m_synRetries{6};               ///< TcpSocket::ConnCount
    uint32_t m_dataRetries{6};              ///< TcpSocket::DataRetries
    Time m_delAckTimeout;                   ///< TcpSocket::DelAckTimeout
    uint32_t m_delAckMaxCount{2};           ///< TcpSocket::DelAckCount
    bool m_noDelay{true};                   ///< TcpSocket::TcpNoDelay
    Time m_persistTimeout;                  ///< TcpSocket::PersistTimeout
    MptcpTcpAttributes m_tcpAttributes;     ///< those of TcpSocketBase that were set
    MptcpTcpTraces m_tcpTraces;             ///< sinks for traces of TcpSocketBase

    // What the application asked for
    MptcpApiSettings m_api;                              ///< settings
    mutable std::string m_errorText;                     ///< about the last refusal
    std::vector<std::pair<Address, uint16_t>> m_leaving; ///< removed, with subflows to close
    EventId m_leaveEvent;                                ///< end of the wait for alternatives
    EventId m_lingerEvent;                               ///< end of the linger time
    bool m_awaiting{false};                              ///< FollowData is connected
    bool m_following{false};                             ///< so are the sinks of REQ14
    bool m_opening{false};                               ///< subflows may be opened
    MptcpSegmentCounts m_closedCounts;                   ///< times of subflows that have ended
    uint32_t m_subflowsClosed{0};                        ///< subflows that have ended
    MptcpPathLog m_pathLog;                              ///< what became of pairs of addresses
    std::optional<MptcpMib> m_fallbackReason;            ///< counter of the fallback
    uint64_t m_closedMapped{0};                          ///< octets given to these
    uint64_t m_closedReceived{0};                        ///< octets read from these

    // Identity
    MptcpVersion m_version{MptcpVersion::V1}; ///< protocol version
    bool m_client{false};                     ///< we sent the first SYN
    bool m_fallback{false};                   ///< plain TCP
    bool m_introduced{false};                 ///< the stack's ConnectionCreated was fired
    bool m_countedEstablished{false};         ///< counted in MPCurrEstab
    bool m_keysKnown{false};                  ///< m_remoteKey is valid
    bool m_localKeySet{false};                ///< m_localKey is in the token table
    bool m_localTokenKnown{false};            ///< a key has been chosen: DSNs begin at the IDSN
    bool m_joined{false};                     ///< a second subflow has been established
    bool m_inStep{true};                      ///< no data was given to a subflow twice
    bool m_checksum{false};                   ///< DSS checksums are in use
    bool m_fullyEstablished{false};           ///< a DSS was received: joins may begin
    bool m_remoteDeniesJoin{false};           ///< the peer set flag C
    bool m_use64Ack{false};                   ///< the peer sends DSNs of 64 bits
    uint64_t m_localKey{0};                   ///< our key
    uint64_t m_remoteKey{0};                  ///< the peer's key
    uint32_t m_localToken{0};                 ///< our token
    uint32_t m_remoteToken{0};                ///< the peer's token
    uint64_t m_localIdsn{0};                  ///< our IDSN
    uint64_t m_remoteIdsn{0};                 ///< the peer's IDSN

    /** An ADD_ADDR that waits for its echo. */
    struct Announcement
    {
        MptcpAddAddr option;       ///< what is sent
        uint32_t transmissions{0}; ///< how often it was
        bool sentOnce{false};      ///< it was, and is not sent again
        EventId event;             ///< the next one
    };

    // Subflows and paths
    std::vector<Ptr<MptcpSubflow>> m_subflows;      ///< subflows of use, oldest first
    std::vector<Ptr<MptcpSubflow>> m_joinListeners; ///< listen on announced addresses
    bool m_listenerIsSpecific{false};               ///< the application listens on one address only
    Ptr<MptcpSubflow> m_initial; ///< initial subflow (or listener) before it is established
    uint32_t m_nextSubflowId{0}; ///< next identifier
    Address m_localName;         ///< local address of the initial subflow
    Address m_peerName;          ///< remote address of the initial subflow
    Address m_boundName;         ///< address that the application bound, invalid if none
    std::vector<MptcpRemoteAddress> m_remotes;            ///< addresses of the peer
    std::vector<MptcpPathActions::Announce> m_announced;  ///< announced and not withdrawn
    std::vector<MptcpPathActions::Announce> m_toAnnounce; ///< to announce, one after the other
    std::vector<Announcement> m_announcements;            ///< ADD_ADDRs without echo yet
    std::vector<MptcpEndpoint> m_userAddresses;           ///< local ones under IsUserDriven
    std::vector<uint8_t> m_toWithdraw;    ///< local identifiers that no REMOVE_ADDR took yet
    EventId m_pathManagerEvent;           ///< TIMER of the path manager
    std::optional<Time> m_pathManagerDue; ///< when it wants to be called
    MptcpRing<std::pair<MptcpPathEvent, MptcpPathSubject>> m_pathEvents; ///< not handled yet
    bool m_inPathManager{false};                                         ///< one is being handled
    bool m_createdFired{false};          ///< event CREATED was fired
    bool m_retriesOnly{false};           ///< m_pathManagerDue is for new attempts only
    bool m_active{false};                ///< data has moved since the last TIMER
    Ptr<MptcpScheduler> m_scheduler;     ///< scheduler
    Ptr<MptcpPathManager> m_pathManager; ///< path manager
    Ptr<MptcpCoupling> m_coupling;       ///< congestion state of all subflows

    // Sending
    MptcpSendQueue m_sendQueue;    ///< data without DATA_ACK
    uint64_t m_sndEdge{0};         ///< right edge of the peer's window, DSN
    bool m_shutdownSend{false};    ///< no more Send
    bool m_fastOpen{false};        ///< ConnectFastOpen was called
    uint32_t m_bytesFastOpen{0};   ///< octets of a SYN that were accepted
    bool m_pushing{false};         ///< Push is on the stack
    bool m_pushAtEnd{false};       ///< what the application writes goes at the end of the entry
    bool m_asking{false};          ///< the application is asked for more after this Push
    bool m_writerWaits{false};     ///< the application wants to write more than there is room for
    bool m_repeating{false};       ///< the last decision about new data was to repeat
    MptcpSubflowMask m_chosen{0};  ///< subflows of the last decision that can send, by index
    MptcpConnectionView m_view;    ///< reused for every decision
    uint64_t m_viewed{0};          ///< subflows whose view is up to date, by index
    EventId m_pushEvent;           ///< Push asked for by the application
    EventId m_staleEvent;          ///< next look at silent subflows
    EventId m_retransmitEvent;     ///< connection-level retransmission and window probe
    Time m_lastProgress;           ///< last advance of DATA_ACK or of the window
    uint32_t m_probes{0};          ///< window probes in a row
    uint64_t m_bytesReinjected{0}; ///< octets given to a second subflow

    // Receiving
    MptcpReorderBuffer m_receive;          ///< data in DSN order
    uint64_t m_dataAckTold{0};             ///< DATA_ACK of the last DSS sent
    uint64_t m_rcvEdge{0};                 ///< right edge advertised, never moves back
    bool m_shutdownRecv{false};            ///< application reads no more
    uint32_t m_tuneCopied{0};              ///< octets read by the application in this RTT
    uint32_t m_tuneSpace{0};               ///< the same in the best RTT so far
    Time m_tuneStart;                      ///< when this RTT began
    uint64_t m_bytesDuplicate{0};          ///< octets received more than once
    std::optional<uint64_t> m_peerDataFin; ///< DSN of the peer's DATA_FIN
    bool m_peerFinished{false};            ///< DATA_FIN (or FIN in fallback) reached
    bool m_notifyRead{false};              ///< tell the application of data
    bool m_tellingRead{false};             ///< the application is in its receive callback
    bool m_notifyAccept{false};            ///< tell the listener's application of the connection
    bool m_notifyConnected{false};         ///< tell the application that it is connected
    bool m_notifySend{false};              ///< tell the application of space
    uint32_t m_notifySent{0};              ///< tell the application of octets sent
    bool m_peerClosedNotified{false};      ///< close callback fired
    End m_notifyEnd{End::NONE};            ///< tell the application of the end
    /** tell the application of subflows */
    std::vector<std::pair<MptcpSubflowEvent, Ptr<MptcpSubflow>>> m_notifySubflows;
    Ptr<MptcpSubflow> m_lastInput;   ///< subflow of the last segment, for window updates
    Ptr<MptcpSocketBase> m_listener; ///< listening socket, until the application is told

    // Entries
    uint32_t m_entries{0};                         ///< on the stack
    bool m_ending{false};                          ///< the outermost one ends
    std::vector<std::function<void()>> m_deferred; ///< to be done at its end

    // Closing
    bool m_closeRequested{false};   ///< Close or ShutdownSend called
    bool m_closed{false};           ///< the application has let go
    bool m_dataFinSent{false};      ///< DATA_FIN has a DSN: m_sendQueue.GetTail()
    bool m_dataFinAcked{false};     ///< and the peer has it
    bool m_finished{false};         ///< Finish has run
    uint32_t m_dataFinRetries{0};   ///< retransmissions of the DATA_FIN
    uint32_t m_fastcloseRetries{0}; ///< transmissions of an MP_FASTCLOSE on an ACK
    EventId m_dataFinEvent;         ///< retransmission of the DATA_FIN
    EventId m_closeEvent;           ///< CloseTimeout
    /// since when no subflow has moved data while there were only attempts to join
    std::optional<Time> m_aloneSince;

    // Traces
    TracedCallback<Ptr<MptcpSubflow>> m_subflowCreated;     ///< trace SubflowCreated
    TracedCallback<Ptr<MptcpSubflow>> m_subflowEstablished; ///< trace SubflowEstablished
    TracedCallback<Ptr<MptcpSubflow>> m_subflowClosed;      ///< trace SubflowClosed
    TracedCallback<Ptr<MptcpSubflow>, bool> m_subflowStale; ///< trace SubflowStale
    TracedCallback<Ptr<MptcpSubflow>, uint32_t, uint32_t> m_subflowPenalized; ///< SubflowPenalized
    TracedCallback<Ptr<MptcpSubflow>, std::string> m_fellBack;                ///< trace Fallback
    TracedCallback<Ptr<MptcpSubflow>, bool, bool> m_subflowPriority;  ///< trace SubflowPriority
    TracedCallback<Ptr<MptcpSubflow>, uint32_t, bool> m_subflowReset; ///< trace SubflowReset
    TracedCallback<Ptr<MptcpSubflow>, uint64_t> m_checksumError;      ///< trace ChecksumError
    TracedCallback<Ptr<MptcpSubflow>, uint64_t, bool> m_fail;         ///< trace Fail
    TracedCallback<Ptr<MptcpSubflow>, bool> m_infiniteMapping;        ///< trace InfiniteMapping
    TracedCallback<Ptr<MptcpSubflow>, uint64_t> m_mappingRefused;     ///< trace MappingRefused
    TracedCallback<uint32_t, Address, bool> m_addressAnnounced;       ///< trace AddressAnnounced
    TracedCallback<uint32_t, bool> m_addressRemoved;                  ///< trace AddressRemoved
    TracedValue<uint32_t> m_tracedReceiveWindow{0};                   ///< trace ReceiveWindow
    TracedValue<uint32_t> m_tracedSendQueue{0};                       ///< trace SendQueue
    TracedValue<uint32_t> m_tracedReorderQueue{0};                    ///< trace ReorderQueue
    TracedCallback<uint32_t, uint64_t, uint32_t, bool> m_dataSent;    ///< trace DataSent
    TracedCallback<uint64_t, uint32_t> m_dataAck;                     ///< trace DataAck
    TracedCallback<uint64_t, uint32_t> m_delivered;                   ///< trace Delivered
};

} // namespace ns3

#endif /* MPTCP_SOCKET_BASE_H */
