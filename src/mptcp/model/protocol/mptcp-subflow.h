/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SUBFLOW_H
#define MPTCP_SUBFLOW_H

#include "mptcp-info.h"
#include "mptcp-instance-type.h"
#include "tcp-option-mptcp.h"

#include "ns3/mptcp-counters.h"
#include "ns3/mptcp-mapping.h"
#include "ns3/mptcp-option.h"
#include "ns3/mptcp-ring.h"
#include "ns3/mptcp-view.h"
#include "ns3/simulator.h"
#include "ns3/tcp-option-sack.h"
#include "ns3/tcp-socket-base.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace ns3
{

class MptcpSocketBase;
class MptcpStack;
class MptcpTimeWait;

/**
 * @ingroup mptcp
 *
 * One subflow: a stock TcpSocketBase that carries the MPTCP options and gives its data to a
 * connection. Together with TcpOptionMptcp this is all that knows the inside of ns-3's TCP.
 *
 * - Options out: the first sink of the socket's own Tx trace completes the header object that is
 *   sent next.
 * - Options in: the first sink of the Rx trace parses them and replaces the window of the header,
 *   which belongs to the connection (RFC 8684, section 3.3.1), by the largest one.
 * - Handshakes: DoForwardUp looks at segments before the stock state machine while the subflow is
 *   not established.
 *
 * Subflow sequence numbers (SSN) are relative to the initial sequence numbers: the SYN is 0. Inside
 * they have 64 bits, so that they can be added to DSNs; on the wire and in mappings they have the
 * lower 32 of these (RFC 8684, section 3.3).
 */
class MptcpSubflow : public MptcpTypedBase<MptcpSubflow, TcpSocketBase>
{
  public:
    /** What the subflow is to its connection. */
    enum class Role : uint8_t
    {
        LISTENER, ///< accepts new connections and joins
        INITIAL,  ///< carries MP_CAPABLE
        JOIN,     ///< carries MP_JOIN
    };

    /** How far the MPTCP handshake of the subflow is. */
    enum class Phase : uint8_t
    {
        HANDSHAKE,       ///< no proof yet that the peer speaks MPTCP on this subflow
        PRE_ESTABLISHED, ///< a join that waits for the acknowledgment of its third ACK
        ESTABLISHED,     ///< MPTCP
        FALLBACK,        ///< plain TCP: no options, subflow sequence numbers count
        CLOSED,          ///< no longer of use to the connection
    };

    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpSubflow();
    /** Used by Fork. @param other the listener */
    MptcpSubflow(const MptcpSubflow& other);
    ~MptcpSubflow() override;

    // ---- Wiring, called by MptcpSocketBase ----

    /** @param connection owner @param role role @param id identifier in the connection */
    void Attach(Ptr<MptcpSocketBase> connection, Role role, uint32_t id);
    /** Leave the connection: the socket may live on to finish its close. */
    void Detach();
    /** @param localId our address identifier @param remoteId the peer's */
    void SetAddressIds(uint8_t localId, uint8_t remoteId);
    /** @param backup ask the peer for backup use (B bit of MP_JOIN) */
    void SetBackup(bool backup);
    /** @param backup the peer asks for backup use (MP_PRIO) */
    void SetRemoteBackup(bool backup);
    /** Copy the settings of the connection's TcpSocket attributes. */
    void Configure();
    /** Take over what may change at any time of the connection's TcpSocket attributes. */
    void FollowSettings();
    /**
     * @param name attribute of ns3::TcpSocketBase
     * @param value its value, set for the connection
     * @return it could be taken
     */
    bool FollowTcpAttribute(const std::string& name, const AttributeValue& value);
    /** @param control congestion controller, instead of the one that it may have */
    void SetController(Ptr<TcpCongestionOps> control);
    /** @param address local address that the SYN must come from, also if routing prefers another */
    void SetSourceAddress(const Address& address);
    /**
     * Route the segments of this subflow by one device, as source routing does in Linux. They may
     * arrive by any other: with routing by destinations at the peer they often do. That is what
     * sets it apart from BindToNetDevice(), which an application or an endpoint asks for.
     *
     * @param device it has a route to the peer
     */
    void LeaveBy(Ptr<NetDevice> device);
    /**
     * Route the segments by the device that holds their source address, if it has a route to the
     * peer; else they go by the destination alone.
     *
     * @param local address of this host @param peer that of the other one
     */
    void LeaveBySource(const Address& local, const Address& peer);

    // ---- Observers ----

    Ptr<MptcpSocketBase> GetConnection() const; ///< @return the connection, null once detached
    uint32_t GetSubflowId() const;      ///< @return identifier, never reused in a connection
    Role GetRole() const;               ///< @return role
    Phase GetPhase() const;             ///< @return phase
    uint8_t GetLocalAddressId() const;  ///< @return our address identifier
    uint8_t GetRemoteAddressId() const; ///< @return the peer's address identifier
    bool IsLocallyOpened() const;       ///< @return this side sent the SYN
    bool IsBackup() const;              ///< @return either side asked for backup use
    /** @return a join of the peer that waits for its third ACK, which may be on its way */
    bool MayPeerHaveJoined() const;
    /** @return the peer has ended the connection, and has not got the end of this side */
    bool IsHalfClosed() const;
    bool CanSend() const;               ///< @return new data may be mapped to it
    bool IsReceivingOnly() const;       ///< @return our FIN is out, the peer may still send
    Ptr<TcpSocketState> GetTcb() const; ///< @return congestion state
    Ptr<TcpCongestionOps> GetCongestionOps() const; ///< @return congestion controller
    Time GetRto() const;                            ///< @return current retransmission timeout
    uint32_t GetUnacknowledgedBytes() const;        ///< @return octets in the subflow's send buffer
    uint64_t GetBytesSent() const;                  ///< @return octets mapped to the subflow so far
    uint64_t GetBytesReceived() const;  ///< @return in-order octets read from the subflow
    bool IsEstablished() const;         ///< @return its handshake was completed
    std::string ExplainEnd() const;     ///< @return for people: why it has ended
    std::string ExplainArrival() const; ///< @return for people: its data came another way; or ""
    uint64_t GetAckedSsn() const;       ///< @return SSN of the first unacknowledged octet, from 1
    uint32_t GetPeerWindow() const;     ///< @return window of the peer, octets
    TcpStates_t GetTcpState() const;    ///< @return state of the TCP connection
    bool IsDssReceived() const;         ///< @return the peer has sent a DSS here
    bool IsDataAckReceived() const;     ///< @return a DATA_ACK has come, on this subflow
    /** @param next SSN after what the connection has in order @return the subflow is as far */
    bool IsInStep(uint64_t next) const;
    bool IsStale() const;       ///< @return no sign of life for several timeouts
    uint32_t CountBare() const; ///< @return segments in a row, up to the last, without MPTCP option
    /** @return reason that the peer gave for its RST, if any */
    const std::optional<MptcpTcprst>& GetResetReceived() const;
    uint32_t GetSilence() const; ///< @return intervals in a row with data out and no sign of life
    /**
     * Halve the congestion window, at most once per RTT (M2 of NSDI 2012).
     *
     * @param rtt smoothed RTT of the subflow that is held up; only a slower one is penalized
     */
    void Penalize(Time rtt);
    /** @return how often data was acknowledged here but not at the data level, this time too */
    uint32_t CountSwallowed();
    /**
     * The data that the connection waits for was acknowledged here. Yet it is sent again here, or
     * asked for.
     *
     * @return how often in a row
     */
    uint32_t CountRepeated();
    uint32_t GetRepeated() const; ///< @return what CountRepeated has returned, 0 if that is over
    void MarkStale();             ///< no new data until the next sign of life
    bool IsClosing() const; ///< @return it is only finishing: a FIN was sent, asked for or received
    const Address& GetLocalName() const;  ///< @return our address and port; invalid: no SYN yet
    const Address& GetRemoteName() const; ///< @return the peer's; invalid: no SYN yet
    uint64_t GetSegmentsReceived() const; ///< @return segments of the peer so far
    /** @return what Linux tells of a subflow by MPTCP_TCPINFO */
    MptcpTcpInfo GetTcpInfo() const;
    /** @param dsn DSN after data @return beyond the window that the peer told on this subflow */
    bool IsBeyondPeerEdge(uint64_t dsn) const;
    const MptcpSegmentCounts& GetCounts() const; ///< @return what is counted on each segment
    double GetOctetsPerMsl() const; ///< @return octets that it may send in a segment's lifetime
    /** @param view where the snapshot goes */
    void FillView(MptcpSubflowView& view) const;
    uint64_t& GetCopyCursor(); ///< @return DSN, for the connection (MptcpSendQueue::PeekCopy)

    // ---- Actions of the connection ----

    /**
     * Send a chunk under a new mapping.
     *
     * @param dsn DSN of the first octet
     * @param packet data
     */
    void SendMapped(uint64_t dsn, Ptr<Packet> packet);
    /** @param unsent octets that the connection has for its subflows, after a write */
    void NoteWrite(uint32_t unsent);
    /** Send a pure ACK with whatever options the connection has for it. */
    void SendAck();
    /**
     * Send an ACK that carries one extra option: now, or when the subflow is established, or after
     * an RTT if two such ACKs in a row are out.
     *
     * @param option ADD_ADDR, MP_PRIO, ...
     */
    void SendOption(const MptcpOption& option);
    /** One more interval without a sign of life. */
    void CountSilence();
    /** Ask for an ACK by a segment that is too old. @param octets in it, 1 or none */
    void SendProbe(uint32_t octets = 0);
    /**
     * Probe the window of the connection, which the peer has closed. When as many probes as data is
     * sent were not answered, the subflow ends instead, as after that many timeouts (RFC 9293,
     * section 3.8.6.1, lets a window stay closed for as long as probes are answered).
     *
     * @return false: the subflow has ended
     */
    bool ProbeWindow();
    /** @return timeouts, and probes without an answer, since the last sign of life */
    uint32_t GetTimeouts() const;
    /** The connection's keepalive settings have changed, or hold from now on. */
    void UpdateKeepalive();
    /**
     * Close the subflow by FIN once its data is acknowledged; if stock TCP has a segment in hand,
     * when it is done with that.
     */
    void CloseSubflow();
    /** Tell the connection, once, that the subflow closes. */
    void TellClosing();
    /**
     * Reset the subflow.
     *
     * @param reason MP_TCPRST reason (RFC 8684, section 3.6)
     * @param transient the peer may open it again (flag T)
     */
    void ResetSubflow(uint8_t reason, bool transient = false);
    /** Be gone without a word: what comes yet is answered by RST, as of no connection. */
    void Forget();
    /** Nobody answers: end with an error, as stock TCP does when it has tried often enough. */
    void GiveUp();
    /** Reset the subflow and with it the connection. @param key the peer's key */
    void FastcloseByReset(uint64_t key);
    /** Stop speaking MPTCP (RFC 8684, section 3.7). */
    void EnterFallback();
    /** Tell the peer, by an infinite mapping, that the connection is plain TCP from now on. */
    void SendInfiniteMapping();
    /** @param capable SYN's option that a listener's fork will answer */
    void AcceptCapable(const MptcpCapable& capable);
    /** @param join SYN's option of a join that the connection accepts */
    void AcceptJoin(const MptcpJoinSyn& join);
    /** @param nonce our random number for MP_JOIN */
    void SetLocalNonce(uint32_t nonce);

  protected:
    Ptr<TcpSocketBase> Fork() override;
    void CompleteFork(Ptr<Packet> packet,
                      const TcpHeader& header,
                      const Address& fromAddress,
                      const Address& toAddress) override;
    void DoForwardUp(Ptr<Packet> packet,
                     const Address& fromAddress,
                     const Address& toAddress) override;
    uint32_t SendDataPacket(SequenceNumber32 seq, uint32_t maxSize, bool withAck) override;
    void ReceivedAck(Ptr<Packet> packet, const TcpHeader& header) override;
    uint32_t AvailableWindow() const override;
    uint16_t AdvertisedWindowSize(bool scale = true) const override;
    void SendEmptyPacket(uint8_t flags) override;
    void ReTxTimeout() override;
    void DelAckTimeout() override;
    void LastAckTimeout() override;
    void PersistTimeout() override;
    void DoDispose() override;

  private:
    static constexpr uint16_t ACCEPT = 0x100; ///< the stock state machine may have the segment
    static constexpr uint16_t DROP = 0x101;   ///< ignore the segment
    static constexpr uint16_t RETRY = 0x102;  ///< connect again with a lower version
    static constexpr uint16_t REJECT = 0x103; ///< answer with RST, and go on

    /**
     * On the stack while something enters the subflow from outside or stock TCP acts for it: an
     * entry into its connection (MptcpSocketBase::Entry), so that nothing is taken away from stock
     * TCP in its midst. It keeps the subflow, once stock TCP has let go of it to the end of the
     * instant: stock TCP's own events of an instant (NotifyDataSent) hold no reference.
     */
    class Hold
    {
      public:
        /** @param subflow subflow to keep */
        explicit Hold(MptcpSubflow* subflow);
        ~Hold();
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

      private:
        Ptr<MptcpSubflow> m_subflow;       ///< kept
        Ptr<MptcpSocketBase> m_connection; ///< entered; null: none
    };

    /**
     * A timer of this subflow, which is to be canceled before the subflow is gone.
     *
     * @param event one that is there already is canceled
     * @param wait when
     * @param action what
     */
    template <typename Action>
    void StartTimer(EventId& event, const Time& wait, Action action)
    {
        event.Cancel();
        event = Simulator::Schedule(wait, [this, action] {
            const Hold hold(this);
            action(*this);
        });
    }

    /** What a controller may change for good, as it is without one. */
    struct Neutral
    {
        bool pacing;                                 ///< TcpSocketState::m_pacing
        TcpSocketState::UseEcn_t useEcn;             ///< TcpSocketState::m_useEcn
        TcpSocketState::EcnMode_t ecnMode;           ///< TcpSocketState::m_ecnMode
        TcpSocketState::EcnCodePoint_t ectCodePoint; ///< TcpSocketState::m_ectCodePoint
    };

    /** Options of one received segment. */
    struct RxOptions
    {
        bool any{false};                           ///< at least one valid option of kind 30
        bool signal{false};                        ///< one that is no DSS
        std::optional<MptcpDss> dss;               ///< DSS
        std::optional<MptcpCapable> capable;       ///< MP_CAPABLE
        std::optional<MptcpJoinSyn> joinSyn;       ///< MP_JOIN of a SYN
        std::optional<MptcpJoinSynAck> joinSynAck; ///< MP_JOIN of a SYN/ACK
        std::optional<MptcpJoinAck> joinAck;       ///< MP_JOIN of a third ACK
        std::optional<MptcpAddAddr> addAddr;       ///< ADD_ADDR
        std::optional<MptcpRemoveAddr> removeAddr; ///< REMOVE_ADDR
        std::optional<MptcpPrio> prio;             ///< MP_PRIO
        std::optional<MptcpFail> fail;             ///< MP_FAIL
        std::optional<MptcpFastclose> fastclose;   ///< MP_FASTCLOSE
        std::optional<MptcpTcprst> tcprst;         ///< MP_TCPRST

        /** @tparam T type of MptcpOption @param option option of the segment */
        template <typename T>
        void Set([[maybe_unused]] const T& option)
        {
            signal = signal || !std::is_same_v<T, MptcpDss>;
            // MP_EXPERIMENTAL is known, and nothing is done about it (RFC 8684, section 3.9).
            if constexpr (!std::is_same_v<T, MptcpExperimental>)
            {
                std::get<std::optional<T>&>(std::tie(dss,
                                                     capable,
                                                     joinSyn,
                                                     joinSynAck,
                                                     joinAck,
                                                     addAddr,
                                                     removeAddr,
                                                     prio,
                                                     fail,
                                                     fastclose,
                                                     tcprst)) = option;
            }
        }
    };

    static void TxSink(Ptr<const Packet> packet,
                       const TcpHeader& header,
                       Ptr<const TcpSocketBase> socket); ///< first sink of the Tx trace
    static void RxSink(Ptr<const Packet> packet,
                       const TcpHeader& header,
                       Ptr<const TcpSocketBase> socket); ///< first sink of the Rx trace
    /** @param packet payload @param header of a segment that is sent */
    void CountSent(const Packet& packet, const TcpHeader& header);
    /** @param packet payload @param header of a segment that has come */
    void CountReceived(const Packet& packet, const TcpHeader& header);
    void ConnectCallbacks(); ///< callbacks of this very socket
    bool IsFinAlone() const; ///< @return of all that was sent the peer lacks our FIN only
    /** @return SND.NXT: number of the octet that is sent next for the first time */
    SequenceNumber32 GetSndNxt() const;
    void CloseNow();      ///< CloseSubflow, while no segment is in hand
    void StartFinTimer(); ///< for a FIN that is alone

    void RestartAfterIdle(); ///< shrink a congestion window that has long not been used

    void MakeInfiniteMapping();          ///< for the next segments
    void FallBackAloud(MptcpMib reason); ///< go on as plain TCP. @param reason counter
    void TellFallback();                 ///< tell the peer of it

    /**
     * @return data waits and nothing is in flight because the window is open, but by less than a
     * segment (RFC 9293 section 3.8.6.2.1)
     */
    bool IsWindowTooSmall() const;
    void WatchSmallWindow();    ///< start the override timer if the window is too small
    bool AwaitsNewData() const; ///< @return the connection has data that may come here yet
    bool IsLossLeft() const;    ///< @return a lost segment has not been sent again yet
    /** @param seq first octet @return stock TCP repeats the head for want of new data */
    bool IsRepeatedForWant(const SequenceNumber32& seq) const;
    void OverrideSmallWindow(); ///< the override timer is over
    /** Send one segment, however small the window. @param seq first octet */
    void SendWhatFits(const SequenceNumber32& seq);

    void CompleteHeader(const Packet& packet, TcpHeader& header); ///< options out
    void AddFastOpen(const Packet& packet, TcpHeader& header);    ///< cookies, data of a SYN
    void ReadFastOpen(const TcpHeader& header, const Packet& packet, const Address& from);
    void DeliverSynData(); ///< the handshake is complete: data of the SYN counts
    bool ReadFastOpenAnswer(const TcpHeader& header); ///< @return the SYN/ACK answers our SYN
    void AddSynOptions(TcpHeader& header);            ///< MP_CAPABLE or MP_JOIN of a SYN or SYN/ACK
    bool AddResetOptions(); ///< MP_TCPRST. @return the RST is that of a subflow or answers a join
    /** @param size octets of data @param ssn of the first @return its mapping, if it has one */
    const MptcpMapping* FindMapping(uint32_t size, uint64_t ssn) const;
    bool AddHandshakeAck(const Packet& packet, uint64_t ssn); ///< third ACK, first data
    void AddDss(const Packet& packet, uint64_t ssn);          ///< DATA_ACK, mapping, DATA_FIN
    void AddDataAck(const MptcpDss& dss); ///< to the header, and note what it acknowledges
    bool AddPending();                    ///< ADD_ADDR, ... of a pure ACK
    void SendPending();                   ///< ACKs for these, if they may go
    /**
     * Add the infinite mapping, the last signal before plain TCP (RFC 8684 section 3.7), and the
     * answer to an MP_FAIL.
     * @param packet payload @param fin with a FIN @param ssn of the first octet
     * @return something was added: the segment has no other option
     */
    bool AddInfinite(const Packet& packet, bool fin, uint64_t ssn);
    MptcpDss MakeDataAck() const;          ///< DSS with the DATA_ACK
    void AppendOptions(TcpHeader& header); ///< make room and append
    /** @return checksum of data under a mapping as it is on the wire */
    static uint16_t MapChecksum(uint64_t dsn, uint32_t ssn, uint16_t length, const Packet* data);

    /** @return copy of a header that is no SYN's, with its timestamps and MPTCP options only */
    static TcpHeader CopyWithoutSack(const TcpHeader& header);
    void TimeUnacknowledged(); ///< the window opens: what is on its way is timed again
    /**
     * @param packet a segment behind the peer's FIN, or before it
     * @param flags its flags, which are changed with it
     * @return with octets behind the FIN: as a bare ACK; else the packet itself
     */
    Ptr<Packet> CutBehindFin(Ptr<Packet> packet, uint8_t& flags) const;
    /** @return a SYN/ACK of a simultaneous open as the ACK that it is; else the packet itself */
    Ptr<Packet> MakeAckOfSynAck(Ptr<Packet> packet) const;
    void SkipSacked(TcpHeader& header); ///< ACKs that stop short of what SACK has told
    /** Note a block that the peer has told of. @param block of our sequence numbers */
    void AddSacked(const TcpOptionSack::SackBlock& block);
    /** @return the data in hand begins behind the window that the peer was told */
    bool IsBehindWindow() const;
    /** Let stock TCP take the data in hand for old, and acknowledge what it has. */
    void DiscardData(TcpHeader& header) const;
    /** Leave the ports and the last answer to a MptcpTimeWait. */
    void EnterTimeWait();
    friend class MptcpTimeWait;
    /** @param packet data of a segment @param header its header @param received else: sent */
    void TraceTimeWait(Ptr<const Packet> packet, const TcpHeader& header, bool received);
    void EndTimeWait();                              ///< The wait is over.
    void DropDuplicateSack(TcpHeader& header) const; ///< blocks that stock TCP cannot bear
    /** @param header loses its ACK flag if it acknowledges less than before and has data */
    void IgnoreOldAck(TcpHeader& header) const;
    /** Have stock TCP take a segment, as far as it may. @return false: dropped */
    bool ForwardSegment(Ptr<Packet> packet, const Address& from, const Address& to);
    void ForwardFin(Ptr<Packet> packet,
                    const Address& from,
                    const Address& to); ///< a FIN behind what comes with it
    void ForwardBeforeLastAck(Ptr<Packet> packet,
                              const Address& from,
                              const Address& to); ///< ACKs before that of the last FIN
    void CarryEcnMarks();                         ///< where ECN was last told of, never far behind
    void CarryTimestamp(const TcpHeader& header); ///< over the wrap of the peer's clock
    void ReadSegment(TcpHeader& header);          ///< options in
    void ParseOptions(const TcpHeader& header, RxOptions& options) const;
    /** @param option option received @return the peer sends it on a SYN only */
    bool IsOptionOfSyn(const MptcpOption& option) const;
    /** @return the FIN in hand is that of a peer that has fallen back, and had no reason to say so
     */
    bool IsEndOfFallback() const;
    void ReadReset();           ///< options of a RST
    void ConfigureFork();       ///< Configure, for a subflow that the peer opens
    void FollowSocketOptions(); ///< what the application has set by ns3::Socket: TOS, TTL, ...

    /**
     * TOS, TTL and so on, as stock TCP gives them to its segments.
     *
     * @param tcp subflow
     * @param packet packet without data of the subflow
     */
    template <typename Tcp>
    static void AddTags(const Tcp& tcp, const Ptr<Packet>& packet)
    {
        if constexpr (requires { tcp.AddSocketTags(packet, false); })
        {
            tcp.AddSocketTags(packet, false);
        }
        else
        {
            tcp.AddSocketTags(packet); // up to ns-3.42
        }
    }

    /** @param dss received @param window of its segment, in octets @param fin with a FIN */
    void ReadDss(const MptcpDss& dss, uint32_t window, bool fin);
    /** Go on as plain TCP if that is possible, else reset the subflow. @return the former */
    bool FallBackOrFail(MptcpMib reason);
    /** @param dss DSS with a mapping @return it has a checksum if one was agreed on; else: reset */
    bool HasAgreedChecksum(const MptcpDss& dss);
    void ReadMapping(uint64_t dsn, uint32_t ssn, uint16_t length, const MptcpDss& dss);
    /** @param ssn of the first octet @param length octets @return the data in hand has some of it
     */
    bool IsMappingOfSegment(uint32_t ssn, uint16_t length) const;
    /** @return the mappings take as much memory as they may; what is read next always has room */
    bool IsMappingTableFull() const;
    uint32_t GetSsnInHand() const;           ///< @return SSN of the segment in hand
    void ReadSyn(const TcpHeader& header);   ///< ISN, MSS, segment size
    void UpdateSegmentSize(bool timestamps); ///< so that nothing is fragmented
    /** Look at a segment before the stock state machine. @return false: drop it */
    bool CheckHandshake(Ptr<const Packet> packet, const Address& from, const Address& to);
    bool CheckListen(const TcpHeader& header,
                     const RxOptions& options,
                     const Address& from,
                     const Address& to);
    /** @param capable option of a SYN @return with the version to answer; none: ignore it */
    std::optional<MptcpCapable> SelectVersion(MptcpCapable capable) const;
    /** @return ACCEPT, DROP, RETRY or the reason of a reset */
    uint16_t CheckSynSent(const TcpHeader& header);
    /** @return ACCEPT, DROP or the reason of a reset */
    uint16_t CheckSynRcvd(const TcpHeader& header);
    /** Listen with the flags of a fresh socket: stock TCP lets one peer's SYN change them. */
    void ForwardListen(Ptr<Packet> packet, const Address& from, const Address& to);
    /** Answer a SYN with RST. */
    /** @param local where it comes from, with its port @param peer where it goes */
    void SendSegment(Ptr<Packet> packet,
                     TcpHeader& header,
                     const Address& local,
                     const Address& peer);
    void RejectSyn(const TcpHeader& header,
                   const Address& from,
                   const Address& to,
                   std::optional<uint8_t> reason,
                   bool transient = false);
    void AfterInput(TcpStates_t before); ///< what the segment changed
    void AfterInputAlone();              ///< the same when the connection has let go of it
    /** @param octets in-order octets that the segment in hand has brought */
    void NoteArrival(uint64_t octets);
    void OnReadable(); ///< in-order data of the subflow
    void ReadMapped(const MptcpMapping& mapping, uint32_t readable); ///< data under a mapping
    /** Data without a mapping. @return false: wait for more */
    bool ReadUnmapped(uint32_t readable);
    void DeliverPlain(Ptr<Packet> packet);                  ///< data of a fallen back connection
    void OnChecksumError(uint64_t dsn, Ptr<Packet> packet); ///< a middlebox changed the data
    void FailTimeout();                                     ///< no answer to MP_FAIL yet
    void KeepaliveTimeout(); ///< the subflow may have been idle for long enough
    void SendKeepalive();    ///< ask whether the peer is still there
    void ReadFail();         ///< MP_FAIL of the peer
    /** @param ack acknowledgment number of a segment, of a window probe perhaps */
    void NoteProbeTaken(const SequenceNumber32& ack);
    /** @return the segments are those of plain TCP: they bear no option of MPTCP */
    bool IsPlainTcp() const;
    /**
     * Check a segment behind the handshake before stock TCP and the options of MPTCP see it (RFC
     * 9293, section 3.10.7.4). Answers what is not acceptable, where that is to be answered.
     *
     * @param packet a segment
     * @param[out] flags its flags
     * @return drop it
     */
    bool IsUnacceptable(Ptr<Packet> packet, uint8_t& flags);
    /** @param header of a RST @return drop it */
    bool IsResetUnacceptable(const TcpHeader& header);
    /** Answer a SYN behind the handshake. @param header its header @return drop it */
    bool ChallengeSyn(const TcpHeader& header);
    /** @param data a segment without flags has data @return ns-3's TCP may probe a window by it */
    bool IsProbeOfStockTcp(bool data) const;
    /** @param header of a segment in SYN_RCVD @param payload octets of data @return else drop it */
    bool IsAcceptableInSynRcvd(const TcpHeader& header, uint32_t payload);
    void ChallengeInSynRcvd(); ///< Answer an unacceptable segment.
    /** @return a sequence number of the peer is one that it may use now */
    bool IsInWindow(const SequenceNumber32& seq) const;
    /** @return numbers of a segment are such as the peer may have sent not long ago */
    bool IsPlausible(const TcpHeader& header) const;
    /** @return octets that the window which the peer told on this subflow has room for */
    uint32_t GetOwnWindowLeft() const;
    void OnPaced();                                ///< stock pacing timer
    void OnConnected(Ptr<Socket> socket);          ///< stock connect callback
    void OnConnectFailed(Ptr<Socket> socket);      ///< stock connect callback
    void OnErrorClose(Ptr<Socket> socket);         ///< stock close callback
    void JoinAckTimeout();                         ///< no fourth ACK yet
    void AwaitFourthAck();                         ///< send the third ACK again if none comes
    void CheckMissingDss(const TcpHeader& header); ///< a middlebox strips options
    /** What a peer says that still speaks MPTCP. @param header of the segment */
    void CheckDssInFallback(const TcpHeader& header);
    bool ReadFastclose(); ///< @return the connection is aborted by the peer
    void ReadControl();   ///< ADD_ADDR, MP_PRIO, ... of the segment in hand
    uint64_t ToSsn(const SequenceNumber32& seq) const; ///< our sequence number to SSN
    void BecomeMptcp();                                ///< the peer has shown that it speaks MPTCP

    Ptr<MptcpSocketBase> m_connection; ///< owner; for a listener the listening socket
    Ptr<MptcpStack> m_stack;           ///< stack of the node
    Role m_role{Role::INITIAL};        ///< role
    Phase m_phase{Phase::HANDSHAKE};   ///< phase
    uint32_t m_id{0};                  ///< identifier in the connection
    uint8_t m_localId{0};              ///< our address identifier
    uint8_t m_remoteId{0};             ///< the peer's address identifier
    bool m_locallyOpened{false};       ///< we sent the SYN
    bool m_backupLocal{false};         ///< we asked for backup use
    bool m_backupRemote{false};        ///< the peer asked for backup use
    bool m_dssReceived{false};         ///< the peer has shown a DSS: fully established
    uint32_t m_payloadInHand{0};       ///< octets of data of the segment in hand
    int32_t m_offsetInHand{0};         ///< its sequence number less the one expected next
    bool m_discard{false};             ///< its data is not taken
    bool m_challengeInHand{false};     ///< a challenge ACK of the handshake is being sent
    bool m_keysAgain{false};           ///< the peer asks for the third ACK once more
    bool m_ackNow{false};              ///< answer with an ACK after this segment
    bool m_inHand{false};              ///< stock TCP is busy with a segment
    bool m_closeLater{false};          ///< close when it is done with that
    bool m_finFollows{false};          ///< what is in hand is a segment without its FIN
    bool m_restInHand{false};          ///< what is in hand is the FIN of the last segment
    uint8_t m_heldAck{0};              ///< flags of an ACK that waits for that FIN; 0: none
    uint16_t m_windowInHand{0};        ///< window field that stock TCP got
    SequenceNumber32 m_ackInHand{0};   ///< acknowledgment number that stock TCP got
    bool m_finSent{false};             ///< our FIN has a sequence number: m_sentEnd - 1
    SequenceNumber32 m_sentEnd{0};     ///< behind all that was sent, probes of a window included
    bool m_keepaliveInHand{false};     ///< the ACK that is sent is a keepalive
    bool m_dataAckMissed{false};       ///< the ACK just sent had no room for a new DATA_ACK
    bool m_dataAckInHand{false};       ///< the ACK that is sent is for a DATA_ACK
    uint32_t m_keepalives{0};          ///< keepalives without an answer
    Time m_keepaliveSent;              ///< time of the last one
    EventId m_keepaliveEvent;          ///< the next one
    bool m_offeredMptcp{false};        ///< the SYN that was sent last had our option
    bool m_established{false};         ///< the connection has been told
    bool m_sourceSet{false};           ///< m_source is valid
    bool m_stale{false};               ///< no sign of life for several timeouts
    uint32_t m_bare{0};                ///< segments in a row without MPTCP option
    Time m_penalizedUntil;             ///< not penalized again before
    mutable uint64_t m_copyCursor{0};  ///< see GetCopyCursor
    std::optional<Neutral> m_neutral;  ///< before the first controller
    MptcpRing<TcpOptionSack::SackBlock> m_sacked; ///< blocks that the peer has told of
    uint32_t m_swallowed{0};                      ///< see CountSwallowed
    uint32_t m_repeated{0};                       ///< see CountRepeated
    uint64_t m_repeatedUna{0};                    ///< DSN without DATA_ACK that it counts for
    uint32_t m_timeouts{0};                       ///< timeouts since the last sign of life
    uint32_t m_silence{0};                        ///< see GetSilence
    uint32_t m_localNonce{0};                     ///< MP_JOIN
    uint32_t m_remoteNonce{0};                    ///< MP_JOIN
    uint32_t m_synsSent{0};                       ///< SYNs sent so far
    SequenceNumber32 m_localIsn{0};               ///< sequence number of our SYN
    SequenceNumber32 m_remoteIsn{0};              ///< sequence number of the peer's SYN
    uint16_t m_peerMss{0};                        ///< MSS option of the peer; 0: none
    uint16_t m_mtu{1500};                         ///< MTU of the interface of our address
    uint32_t m_configuredSegmentSize{536};        ///< attribute SegmentSize: an upper bound
    Address m_source;                             ///< local address wanted
    Address m_localName;                          ///< our address and port
    Address m_remoteName;                         ///< the peer's address and port
    uint64_t m_segmentsReceived{0};               ///< segments of the peer
    bool m_closingTold{false};                    ///< the connection knows that it closes
    bool m_timesOut{false};                       ///< stock TCP handles a timeout
    bool m_resetByPeer{false};                    ///< a RST of the peer has ended it
    std::optional<uint8_t> m_resetHere;           ///< reason for a RST of ours that has ended it
    MptcpMappingTable m_txMap;                    ///< mappings of data sent and not acknowledged
    MptcpMappingTable m_rxMap;                    ///< mappings of data not read yet
    uint64_t m_rxSsn{1};                          ///< SSN of the octet that is read next
    uint64_t m_bytesSent{0};                      ///< octets mapped
    uint64_t m_bytesReceived{0};                  ///< octets read
    MptcpSegmentCounts m_counts;                  ///< for GetTcpInfo
    uint64_t m_peerEdge{0};                       ///< right edge that the peer told here, DSN
    SequenceNumber32 m_windowEnd{0};              ///< the same of this subflow, sequence number
    bool m_windowKnown{false};                    ///< m_windowEnd is valid
    uint32_t m_largestWindow{65535};       ///< largest window that was advertised to the peer
    uint32_t m_astrayInterface{0};         ///< index of the last device of m_bytesAstray
    RxOptions m_rx;                        ///< options of the segment in hand
    MptcpRing<MptcpOption> m_pending;      ///< options for the next pure ACKs
    uint32_t m_signalAcks{0};              ///< duplicate ACKs in a row sent to carry these
    SequenceNumber32 m_lastAck{0};         ///< acknowledgment number that was sent last
    bool m_processingAck{false};           ///< stock TCP is looking at an acknowledgment
    bool m_oneMore{false};                 ///< it sends a segment whatever the congestion window
    mutable bool m_lossesSentAgain{false}; ///< all of them, since the last ACK (IsLossLeft)
    EventId m_signalEvent;                 ///< more of them may go
    std::optional<uint8_t> m_resetReason;  ///< reason for the RST that is sent next
    bool m_resetTransient{false};          ///< and its flag T
    bool m_dataFinInFallback{false};       ///< the peer told the end of its data all the same
    std::optional<uint8_t> m_failure;      ///< reset with this reason after the segment in hand
    std::optional<uint64_t> m_failDsn;     ///< DSN of the mapping whose checksum failed
    Ptr<Packet> m_failed;                  ///< its data, while the peer has not answered MP_FAIL
    uint32_t m_failRetries{0};             ///< transmissions of MP_FAIL so far
    EventId m_failEvent;                   ///< retransmission of MP_FAIL
    EventId m_tellEvent;                   ///< retransmission of the news of our fallback
    EventId m_overrideEvent;               ///< silly windows: data waits and nothing is in flight
    std::optional<MptcpDss> m_infinite;    ///< infinite mapping that is being told to the peer
    uint64_t m_infiniteEnd{0};             ///< SSN from which on its data is acknowledged
    bool m_infiniteOnData{false};          ///< data has carried it, not a FIN alone
    bool m_tellsFallback{false};           ///< the peer has not answered our MP_FAIL
    std::optional<uint64_t> m_fastclose;   ///< key for the MP_FASTCLOSE of the next RST
    std::optional<MptcpTcprst> m_resetReceived; ///< reason that the peer gave for its RST
    uint64_t m_bytesAstray{0};                  ///< octets that came by another interface
    TcpOptionMptcp* m_txOption{nullptr};        ///< of the header that is being completed
    Ptr<MptcpTimeWait> m_timeWait;              ///< has taken the end point over
    Ptr<Packet> m_synData;         ///< data of a SYN: sent and not acknowledged, or received
    uint32_t m_synDataSize{0};     ///< octets of it
    std::vector<uint8_t> m_cookie; ///< listener: for the SYN/ACK
    std::optional<MptcpCapable> m_pendingCapable; ///< listener: option of the SYN in hand
    std::optional<MptcpJoinSyn> m_pendingJoin;    ///< listener: option of the SYN in hand
    Ptr<MptcpSocketBase> m_pendingConnection;     ///< listener: connection that is joined
    EventId m_joinAckEvent;                       ///< retransmission of the third ACK
    uint32_t m_joinAckRetries{0};                 ///< retransmissions of the third ACK so far
};

} // namespace ns3

#endif /* MPTCP_SUBFLOW_H */
