/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-socket-base.h"

#include "mptcp-address.h"
#include "mptcp-stack.h"

#include "ns3/abort.h"
#include "ns3/boolean.h"
#include "ns3/log.h"
#include "ns3/mptcp-address-text.h"
#include "ns3/mptcp-checker.h"
#include "ns3/mptcp-lia.h"
#include "ns3/mptcp-path-manager-full-mesh.h"
#include "ns3/mptcp-scheduler-min-rtt.h"
#include "ns3/node.h"
#include "ns3/object-factory.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/trace-source-accessor.h"
#include "ns3/uinteger.h"

#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpSocketBase");

NS_OBJECT_ENSURE_REGISTERED(MptcpSocketBase);

namespace
{

/**
 * @param pieces packets, at least one
 * @return one packet with the octets of all. Neighbors are joined first: one after the other, each
 * octet would be copied as often as there are pieces behind it.
 */
Ptr<Packet>
Join(std::vector<Ptr<Packet>> pieces)
{
    while (pieces.size() > 1)
    {
        std::vector<Ptr<Packet>> joined;
        for (std::size_t i = 0; i < pieces.size(); i += 2)
        {
            joined.push_back(pieces[i]);
            if (i + 1 < pieces.size())
            {
                joined.back() = pieces[i]->Copy();
                joined.back()->AddAtEnd(pieces[i + 1]);
            }
        }
        pieces = std::move(joined);
    }
    return pieces.front();
}

} // namespace

TypeId
MptcpSocketBase::GetTypeId()
{
    static TypeId tid = MptcpTcpTraces::Declare(MptcpTcpAttributes::Declare(
        TypeId("ns3::MptcpSocketBase")
            .SetParent<TcpSocket>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSocketBase>()
            .AddAttribute(
                "Scheduler",
                "Which subflow carries the next segment: a TypeId of ns3::MptcpScheduler.",
                TypeIdValue(MptcpSchedulerMinRtt::GetTypeId()),
                MakeTypeIdAccessor(&MptcpSocketBase::m_schedulerType),
                MptcpMakeTypeChecker<MptcpScheduler>("ns3::MptcpSocketBase::Scheduler"))
            .AddAttribute(
                "PathManager",
                "Which addresses are announced and which subflows opened: a TypeId of "
                "ns3::MptcpPathManager.",
                TypeIdValue(MptcpPathManagerFullMesh::GetTypeId()),
                MakeTypeIdAccessor(&MptcpSocketBase::m_pathManagerType),
                MptcpMakeTypeChecker<MptcpPathManager>("ns3::MptcpSocketBase::PathManager"))
            .AddAttribute(
                "CongestionControl",
                "Congestion control of the subflows: a coupled one such as ns3::MptcpLia or any "
                "stock ns3::TcpCongestionOps (uncoupled, e.g. ns3::TcpCubic).",
                TypeIdValue(MptcpLia::GetTypeId()),
                MakeTypeIdAccessor(&MptcpSocketBase::m_congestionType),
                MptcpMakeTypeChecker<TcpCongestionOps>("ns3::MptcpSocketBase::CongestionControl"))
            .AddAttribute(
                "SubflowCongestionControl",
                "Congestion control by subflow: names for the identifiers from 0, separated by "
                "commas, e.g. \"ns3::TcpCubic,ns3::MptcpLia\"; the last goes on for those after. "
                "Coupled ones among them are coupled with each other. Empty: CongestionControl.",
                StringValue(""),
                MakeStringAccessor(&MptcpSocketBase::SetControllers,
                                   &MptcpSocketBase::GetControllers),
                MptcpMakeTextChecker(
                    "ns3::MptcpSocketBase::SubflowCongestionControl",
                    [](const std::string& text) {
                        std::vector<TypeId> types;
                        return ParseControllers(text, types);
                    },
                    "names of ns3::TcpCongestionOps that can be created, separated by commas"))
            .AddAttribute("OpportunisticRetransmission",
                          "When the peer's window is full and a subflow is idle, send the oldest "
                          "data without DATA_ACK there again (mechanism M1 of NSDI 2012).",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpSocketBase::m_opportunistic),
                          MakeBooleanChecker())
            .AddAttribute("Penalization",
                          "When the peer's window is full, halve the congestion window of the "
                          "subflow that holds the oldest data, at most once per its RTT "
                          "(mechanism M2 of NSDI 2012).",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpSocketBase::m_penalization),
                          MakeBooleanChecker())
            .AddAttribute("SlowStartAfterIdle",
                          "A subflow that has sent nothing for longer than its retransmission "
                          "timeout halves its congestion window for each such time, down to the "
                          "initial one (RFC 5681, section 4.1; Linux "
                          "net.ipv4.tcp_slow_start_after_idle). False sends the whole old window "
                          "at once, as stock TCP does.",
                          BooleanValue(false),
                          MakeBooleanAccessor(&MptcpSocketBase::m_slowStartAfterIdle),
                          MakeBooleanChecker())
            .AddAttribute("AutoTune",
                          "Let those buffers grow that nobody has set, with the measured rate, up "
                          "to MaxRcvBufSize and MaxSndBufSize (as Linux does). One whose size was "
                          "set, by an attribute, a default or an option of the socket, stays as it "
                          "is, as with Linux's SO_RCVBUF. False keeps both fixed.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&MptcpSocketBase::m_autoTune),
                          MakeBooleanChecker())
            .AddAttribute("MaxRcvBufSize",
                          "Upper limit of the receive buffer under AutoTune, octets.",
                          UintegerValue(6291456),
                          MakeUintegerAccessor(&MptcpSocketBase::m_maxRcvBufSize),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute("MaxSndBufSize",
                          "Upper limit of the send buffer under AutoTune, octets.",
                          UintegerValue(4194304),
                          MakeUintegerAccessor(&MptcpSocketBase::m_maxSndBufSize),
                          MakeUintegerChecker<uint32_t>(1))
            .AddAttribute(
                "KeepAlive",
                "Probe a subflow from which nothing has come for some time, and reset it "
                "if the peer does not answer (SO_KEEPALIVE).",
                BooleanValue(false),
                MakeBooleanAccessor(&MptcpSocketBase::SetKeepAlive, &MptcpSocketBase::GetKeepAlive),
                MakeBooleanChecker())
            .AddAttribute(
                "KeepIdle",
                "Silence of a subflow before the first probe (TCP_KEEPIDLE).",
                TimeValue(Seconds(7200)),
                MakeTimeAccessor(&MptcpSocketBase::PutKeepIdle, &MptcpSocketBase::GetKeepIdle),
                MakeTimeChecker(Seconds(1), Seconds(32767)))
            .AddAttribute("KeepInterval",
                          "Time from one probe without an answer to the next (TCP_KEEPINTVL).",
                          TimeValue(Seconds(75)),
                          MakeTimeAccessor(&MptcpSocketBase::PutKeepInterval,
                                           &MptcpSocketBase::GetKeepInterval),
                          MakeTimeChecker(Seconds(1), Seconds(32767)))
            .AddAttribute("KeepCount",
                          "Probes without an answer before the subflow is reset (TCP_KEEPCNT).",
                          UintegerValue(9),
                          MakeUintegerAccessor(&MptcpSocketBase::PutKeepCount,
                                               &MptcpSocketBase::GetKeepCount),
                          MakeUintegerChecker<uint32_t>(1, 127))
            .AddTraceSource("State",
                            "Connection state (RFC 8684, appendix D).",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_state),
                            "ns3::MptcpSocketBase::StateTracedValueCallback")
            .AddTraceSource("SubflowCreated",
                            "A subflow begins its handshake.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_subflowCreated),
                            "ns3::MptcpSocketBase::SubflowTracedCallback")
            .AddTraceSource("SubflowEstablished",
                            "A subflow may carry data.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_subflowEstablished),
                            "ns3::MptcpSocketBase::SubflowTracedCallback")
            .AddTraceSource("SubflowClosed",
                            "A subflow has ended or failed.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_subflowClosed),
                            "ns3::MptcpSocketBase::SubflowTracedCallback")
            .AddTraceSource("SubflowStale",
                            "A subflow became stale (true) or showed a sign of life again (false).",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_subflowStale),
                            "ns3::MptcpSocketBase::SubflowStaleTracedCallback")
            .AddTraceSource("SubflowPenalized",
                            "Penalization has halved a congestion window: subflow, octets before "
                            "and after.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_subflowPenalized),
                            "ns3::MptcpSocketBase::SubflowPenalizedTracedCallback")
            .AddTraceSource("Fallback",
                            "The connection is plain TCP from now on: the subflow and the name of "
                            "the counter that tells why, empty if MPTCP was never asked for.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_fellBack),
                            "ns3::MptcpSocketBase::FallbackTracedCallback")
            .AddTraceSource("SubflowPriority",
                            "A subflow became a backup (true) or none, by the peer's wish (true) "
                            "or ours.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_subflowPriority),
                            "ns3::MptcpSocketBase::SubflowPriorityTracedCallback")
            .AddTraceSource("SubflowReset",
                            "A subflow was reset: subflow, reason of MP_TCPRST, and whether the "
                            "peer (true) or we did it.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_subflowReset),
                            "ns3::MptcpSocketBase::SubflowResetTracedCallback")
            .AddTraceSource("ChecksumError",
                            "The DSS checksum of a mapping is wrong: subflow, DSN of the mapping.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_checksumError),
                            "ns3::MptcpSocketBase::SubflowDsnTracedCallback")
            .AddTraceSource("Fail",
                            "MP_FAIL: subflow, its DSN, and whether the peer (true) or we sent it.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_fail),
                            "ns3::MptcpSocketBase::FailTracedCallback")
            .AddTraceSource("InfiniteMapping",
                            "The infinite mapping: subflow, and whether the peer (true) or we sent "
                            "it.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_infiniteMapping),
                            "ns3::MptcpSocketBase::SubflowFlagTracedCallback")
            .AddTraceSource("MappingRefused",
                            "A mapping of the peer that is not taken: it maps nothing of the "
                            "segment that carries it, or too many wait for their data already. "
                            "Subflow, DSN of the mapping.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_mappingRefused),
                            "ns3::MptcpSocketBase::SubflowDsnTracedCallback")
            .AddTraceSource("AddressAnnounced",
                            "An ADD_ADDR: identifier, address with port, and whether the peer "
                            "(true) or we sent it. Each transmission counts.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_addressAnnounced),
                            "ns3::MptcpSocketBase::AddressAnnouncedTracedCallback")
            .AddTraceSource("AddressRemoved",
                            "A REMOVE_ADDR: identifier, and whether the peer (true) or we sent it.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_addressRemoved),
                            "ns3::MptcpSocketBase::AddressRemovedTracedCallback")
            .AddTraceSource("ReceiveWindow",
                            "Window of the connection that is advertised, octets.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_tracedReceiveWindow),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("SendQueue",
                            "Octets that the application has written and the peer has not "
                            "acknowledged by DATA_ACK.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_tracedSendQueue),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("ReorderQueue",
                            "Octets received that wait for others before them.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_tracedReorderQueue),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("DataSent",
                            "Data is mapped to a subflow: subflow identifier, DSN of the first "
                            "octet, octets, and whether another subflow has carried it before.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_dataSent),
                            "ns3::MptcpSocketBase::DataSentTracedCallback")
            .AddTraceSource("DataAck",
                            "A DATA_ACK moves forward: next DSN that the peer expects, its window "
                            "in octets.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_dataAck),
                            "ns3::MptcpSocketBase::DataTracedCallback")
            .AddTraceSource("Delivered",
                            "Data is in order for the application: DSN of the first octet, octets.",
                            MakeTraceSourceAccessor(&MptcpSocketBase::m_delivered),
                            "ns3::MptcpSocketBase::DataTracedCallback")));
    return tid;
}

MptcpSocketBase::MptcpSocketBase()
{
    using Told = Callback<void, Ptr<MptcpSubflow>>;
    m_subflowEstablished.ConnectWithoutContext(
        Told([this](Ptr<MptcpSubflow> subflow) { FollowSubflowEstablished(subflow); }));
    m_subflowClosed.ConnectWithoutContext(
        Told([this](Ptr<MptcpSubflow> subflow) { FollowSubflowClosed(subflow); }));
}

MptcpSocketBase::~MptcpSocketBase()
{
    CancelEvents(); // they hold no reference
    if (m_stack)
    {
        m_stack->Unregister(this);
        if (m_localKeySet)
        {
            m_stack->GetTokens().Remove(m_localToken);
        }
        if (m_countedEstablished)
        {
            m_stack->GetCounters().Decrement(MptcpMib::MPCurrEstab);
        }
    }
}

void
MptcpSocketBase::CancelEvents()
{
    m_pushEvent.Cancel();
    m_staleEvent.Cancel();
    m_retransmitEvent.Cancel();
    m_dataFinEvent.Cancel();
    m_closeEvent.Cancel();
    CancelAnnouncements();
    m_pathManagerEvent.Cancel();
    m_leaveEvent.Cancel();
    m_lingerEvent.Cancel();
}

void
MptcpSocketBase::DoDispose()
{
    CancelEvents();
    for (const auto& subflow : m_subflows)
    {
        subflow->Detach();
    }
    for (const auto& listener : m_joinListeners)
    {
        listener->Detach();
    }
    if (m_initial)
    {
        m_initial->Detach();
    }
    m_subflows.clear();
    m_joinListeners.clear();
    m_initial = nullptr;
    m_lastInput = nullptr;
    m_listener = nullptr;
    m_deferred.clear();
    m_notifySubflows.clear();
    if (m_stack && m_localKeySet)
    {
        m_stack->GetTokens().Remove(m_localToken);
        m_localKeySet = false;
    }
    if (m_stack && m_countedEstablished)
    {
        m_stack->GetCounters().Decrement(MptcpMib::MPCurrEstab);
        m_countedEstablished = false;
    }
    if (m_stack)
    {
        m_stack->Unregister(this);
    }
    m_stack = nullptr;
    m_tcp = nullptr;
    m_node = nullptr;
    m_scheduler = nullptr;
    m_pathManager = nullptr;
    m_coupling = nullptr;
    m_tcpTraces.Clear();
    TcpSocket::DoDispose();
}

void
MptcpSocketBase::SetStack(Ptr<MptcpStack> stack, Ptr<TcpL4Protocol> tcp)
{
    m_stack = stack;
    m_tcp = tcp;
    m_node = stack->GetNode();
    m_stack->Register(this);
    m_stack->ApplyDefaults(this);
    // What has not happened yet is as long ago as the socket is old (MptcpInfo).
    const Time now = Simulator::Now();
    m_closedCounts.lastDataSent = now;
    m_closedCounts.lastDataRecv = now;
    m_closedCounts.lastAckRecv = now;
}

Socket::SocketErrno
MptcpSocketBase::GetErrno() const
{
    return m_errno;
}

Socket::SocketType
MptcpSocketBase::GetSocketType() const
{
    return NS3_SOCK_STREAM;
}

Ptr<Node>
MptcpSocketBase::GetNode() const
{
    return m_node;
}

int
MptcpSocketBase::CheckUnconnected(const char* call, SocketErrno connected) const
{
    const std::string name = call;
    if (m_finished && m_closed)
    {
        return Refuse(ERROR_BADF, name + ": EBADF: the socket is closed");
    }
    if (m_finished || m_state != MptcpState::CLOSED)
    {
        return Refuse(connected,
                      name + (connected == ERROR_ISCONN ? ": EISCONN: " : ": EINVAL: ") +
                          "the socket listens, connects, or has had its connection");
    }
    if (IsBusy())
    {
        return Refuse(ERROR_AGAIN,
                      name + ": EAGAIN: the connection is being changed: not in a sink");
    }
    return 0;
}

int
MptcpSocketBase::BindInitial(const std::function<int(MptcpSubflow&)>& allocate)
{
    if (CheckUnconnected("bind", ERROR_INVAL) != 0)
    {
        return -1;
    }
    if (m_initial)
    {
        return Refuse(ERROR_INVAL, "bind: EINVAL: the socket has an address");
    }
    m_initial = CreateSubflow(MptcpSubflow::Role::INITIAL);
    if (allocate(*m_initial) != 0)
    {
        m_errno = m_initial->GetErrno();
        m_initial->Detach();
        m_initial = nullptr;
        return -1;
    }
    m_initial->GetSockName(m_boundName);
    return 0;
}

int
MptcpSocketBase::Bind()
{
    return BindInitial([](MptcpSubflow& subflow) { return subflow.Bind(); });
}

int
MptcpSocketBase::Bind6()
{
    return BindInitial([](MptcpSubflow& subflow) { return subflow.Bind6(); });
}

int
MptcpSocketBase::Bind(const Address& address)
{
    const int result =
        BindInitial([&address](MptcpSubflow& subflow) { return subflow.Bind(address); });
    if (result == 0)
    {
        NoteBinding(address);
    }
    return result;
}

bool
MptcpSocketBase::RestoreBinding()
{
    if (m_initial)
    {
        m_initial->CloseSubflow();
        m_initial->Detach();
        m_initial = nullptr;
    }
    if (m_boundName.IsInvalid())
    {
        return true;
    }
    m_initial = CreateSubflow(MptcpSubflow::Role::INITIAL);
    if (m_initial->Bind(m_boundName) != 0)
    {
        m_initial->Detach(); // somebody else has taken the port since
        m_initial = nullptr;
    }
    return m_initial != nullptr;
}

int
MptcpSocketBase::CheckPeer(const Address& peer) const
{
    if (CheckUnconnected("connect", ERROR_ISCONN) != 0)
    {
        return -1;
    }
    if (!InetSocketAddress::IsMatchingType(peer) && !Inet6SocketAddress::IsMatchingType(peer))
    {
        return Refuse(ERROR_INVAL,
                      "connect: EINVAL: give an InetSocketAddress or Inet6SocketAddress");
    }
    const bool ipv4 = InetSocketAddress::IsMatchingType(peer) ||
                      Inet6SocketAddress::ConvertFrom(peer).GetIpv6().IsIpv4MappedAddress();
    if (!m_boundName.IsInvalid() && InetSocketAddress::IsMatchingType(m_boundName) != ipv4)
    {
        return Refuse(ERROR_AFNOSUPPORT,
                      "connect: EAFNOSUPPORT: the socket is bound to an address of another family");
    }
    return 0;
}

int
MptcpSocketBase::Connect(const Address& address)
{
    return CheckPeer(address) == 0 ? DoConnect(address) : -1;
}

int
MptcpSocketBase::ConnectFastOpen(const Address& address, Ptr<Packet> packet)
{
    if (CheckPeer(address) != 0)
    {
        return -1;
    }
    if (packet->GetSize() > m_sndBufSize)
    {
        return Refuse(ERROR_MSGSIZE, "connect: EMSGSIZE: the send buffer takes less");
    }
    const uint32_t size = packet->GetSize();
    m_fastOpen = true;
    m_sendQueue.Add(packet);
    return DoConnect(address) == 0 ? static_cast<int>(size) : -1;
}

int
MptcpSocketBase::DoConnect(const Address& peer)
{
    const Entry entry(this);
    m_client = true;
    m_peerName = MptcpMakeName(MptcpGetHost(peer), MptcpGetPort(peer));
    if (ConnectInitial() != 0)
    {
        ForgetConnection();
        return -1;
    }
    return 0;
}

int
MptcpSocketBase::ConnectInitial()
{
    if (!m_initial && !RestoreBinding())
    {
        return Refuse(ERROR_ADDRINUSE, "connect: EADDRINUSE: the bound port is taken");
    }
    m_initial = m_initial ? m_initial : CreateSubflow(MptcpSubflow::Role::INITIAL);
    if (ChooseInitialAddress(m_peerName) != 0)
    {
        return -1;
    }
    if (!m_stack->CanReach(m_initial->GetBoundNetDevice(), m_peerName))
    {
        // Before anything is begun, and stock TCP stops over a family that the node does not have.
        return Refuse(ERROR_NOROUTETOHOST,
                      "connect: EHOSTUNREACH: no route to " +
                          MptcpToText(MptcpGetHost(m_peerName)));
    }
    if (IsInitialTaken())
    {
        // As in Linux (__inet_check_established).
        return Refuse(ERROR_ADDRNOTAVAIL,
                      "connect: EADDRNOTAVAIL: the bound port has a connection to " +
                          MptcpToText(MptcpGetHost(m_peerName)) +
                          " that has not ended, or is in TIME_WAIT");
    }
    m_fallback = !WantsMptcp();
    if (!m_fallback && m_stack->IsActiveDisabled())
    {
        m_stack->GetCounters().Increment(MptcpMib::MPCapableSYNTXDisabled);
        m_fallback = true;
    }
    m_version = m_stack->GetPeerVersion(MptcpGetHost(m_peerName));
    if (!m_fallback && !SetLocalKey())
    {
        m_stack->GetCounters().Increment(MptcpMib::MPFallbackTokenInit);
        m_fallback = true;
    }
    Ptr<MptcpSubflow> subflow = m_initial;
    m_nextSubflowId = 0;
    subflow->Attach(this, MptcpSubflow::Role::INITIAL, m_nextSubflowId++);
    subflow->Configure();
    if (m_fallback)
    {
        m_localIdsn = 0;
        m_sendQueue.Rebase(1);
        m_receive.Reset(1);
        subflow->EnterFallback();
    }
    m_initial = nullptr;
    m_subflows.push_back(subflow);
    if (m_state == MptcpState::CLOSED)
    {
        if (!std::exchange(m_introduced, true))
        {
            m_stack->NotifyConnectionCreated(this);
        }
        SetState(MptcpState::SYN_SENT);
    }
    m_subflowCreated(subflow);
    if (subflow->Connect(m_peerName) != 0)
    {
        m_errno = subflow->GetErrno();
        RemoveSubflow(subflow);
        m_subflowClosed(subflow);
        return -1;
    }
    subflow->GetSockName(m_localName);
    subflow->GetPeerName(m_peerName);
    return 0;
}

bool
MptcpSocketBase::IsInitialTaken() const
{
    Address name;
    m_initial->GetSockName(name);
    const uint16_t port = MptcpGetPort(name);
    const Address host = MptcpGetHost(name);
    const Address source = MptcpIsAny(host) ? m_stack->FindSource(MptcpGetHost(m_peerName)) : host;
    return port != 0 && !source.IsInvalid() &&
           m_stack->IsFlowTaken(MptcpMakeName(source, port), m_peerName);
}

void
MptcpSocketBase::ForgetConnection()
{
    // As before the attempt: it may be made again (as in Linux and in stock TCP).
    CancelEvents();
    if (m_localKeySet)
    {
        m_stack->GetTokens().Remove(m_localToken);
    }
    m_localKeySet = false;
    m_localTokenKnown = false;
    m_localKey = 0;
    m_localToken = 0;
    m_localIdsn = 0;
    m_version = MptcpVersion::V1;
    m_client = false;
    m_fallback = false;
    m_inStep = true;
    m_nextSubflowId = 0;
    m_keysKnown = false; // a SYN/ACK may have come before the end
    m_remoteKey = 0;
    m_remoteToken = 0;
    m_remoteIdsn = 0;
    m_checksum = false;
    m_remoteDeniesJoin = false;
    m_localName = Address();
    m_peerName = Address();
    m_sendQueue = MptcpSendQueue();
    m_tracedSendQueue = 0;
    m_sndEdge = 0;
    m_receive.Reset(0);
    m_rcvEdge = 0;
    m_fastOpen = false;
    m_bytesFastOpen = 0;
    m_shutdownSend = false;
    m_closeRequested = false;
    m_shutdownRecv = false;
    m_subflowsClosed = 0;
    RestoreBinding();
    if (m_state != MptcpState::CLOSED)
    {
        SetState(MptcpState::CLOSED);
    }
    if (m_closed)
    {
        DoClose(); // the application has let go: the port is free
    }
}

int
MptcpSocketBase::Listen()
{
    if (CheckUnconnected("listen", ERROR_INVAL) != 0 || (!m_initial && Bind() != 0))
    {
        return -1;
    }
    const Entry entry(this);
    m_initial->Attach(this, MptcpSubflow::Role::LISTENER, 0);
    m_initial->Configure();
    SetState(MptcpState::LISTEN);
    FireListenerEvent(MptcpPmEventType::LISTENER_CREATED, m_initial);
    return m_initial->Listen();
}

int
MptcpSocketBase::Send(Ptr<Packet> packet, uint32_t flags)
{
    NS_LOG_FUNCTION(this << packet << flags);
    NS_ABORT_MSG_IF(flags, "MptcpSocketBase::Send: flags " << flags << " are not supported, use 0");
    const Entry entry(this);
    const MptcpState state = m_state;
    if (state != MptcpState::ESTABLISHED && state != MptcpState::SYN_SENT &&
        state != MptcpState::CLOSE_WAIT)
    {
        m_errno = m_shutdownSend ? ERROR_SHUTDOWN : ERROR_NOTCONN;
        return -1;
    }
    if (m_shutdownSend || m_closed)
    {
        m_errno = ERROR_SHUTDOWN;
        return -1;
    }
    const uint32_t size = packet->GetSize();
    if (size > GetTxAvailable())
    {
        m_writerWaits = true;
        m_errno = ERROR_MSGSIZE;
        return -1;
    }
    m_sendQueue.Add(packet);
    m_tracedSendQueue = m_sendQueue.GetSize();
    m_writerWaits = false;
    NoteActivity();
    if (const uint32_t unsent = m_sendQueue.GetUnsent(); unsent < m_segSize)
    {
        for (const auto& subflow : m_subflows)
        {
            subflow->NoteWrite(unsent);
        }
    }
    // Let the application write on before the first segment is cut, as stock TCP does.
    SchedulePush();
    return static_cast<int>(size);
}

int
MptcpSocketBase::SendTo(Ptr<Packet> packet, uint32_t flags, const Address& /* toAddress */)
{
    return Send(packet, flags);
}

Ptr<Packet>
MptcpSocketBase::Recv(uint32_t maxSize, uint32_t flags)
{
    NS_ABORT_MSG_IF(flags, "MptcpSocketBase::Recv: flags " << flags << " are not supported, use 0");
    const Entry entry(this);
    if (m_receive.GetReadable() == 0)
    {
        if (m_peerFinished && !m_tellingRead)
        {
            return Create<Packet>(); // end of the stream, as stock TCP tells it
        }
        const MptcpState state = m_state;
        const bool never = state == MptcpState::CLOSED || state == MptcpState::LISTEN;
        m_errno = never ? ERROR_NOTCONN : ERROR_AGAIN;
        return nullptr;
    }
    if (maxSize == 0)
    {
        return nullptr;
    }
    Ptr<Packet> packet = m_receive.Extract(maxSize);
    if (packet->GetSize() < maxSize && m_receive.GetReadable() > 0)
    {
        // As much as there is, as stock TCP does: a reader that asks for a number of octets at
        // fixed times would otherwise get one segment each time.
        std::vector<Ptr<Packet>> pieces{packet};
        for (uint32_t left = maxSize - packet->GetSize(); left > 0 && m_receive.GetReadable() > 0;)
        {
            pieces.push_back(m_receive.Extract(left));
            left -= pieces.back()->GetSize();
        }
        packet = Join(std::move(pieces));
    }
    TuneReceiveBuffer(packet->GetSize());
    MaybeSendWindowUpdate();
    return packet;
}

Ptr<Packet>
MptcpSocketBase::RecvFrom(uint32_t maxSize, uint32_t flags, Address& fromAddress)
{
    Ptr<Packet> packet = Recv(maxSize, flags);
    if (packet && packet->GetSize() > 0)
    {
        fromAddress = m_peerName;
    }
    return packet;
}

uint32_t
MptcpSocketBase::GetTxAvailable() const
{
    const uint32_t size = m_sendQueue.GetSize();
    const uint32_t limit = GetSendBuffer();
    return size < limit ? limit - size : 0;
}

uint32_t
MptcpSocketBase::GetSendBuffer() const
{
    if (!m_autoTune || m_sndBufSet)
    {
        return m_sndBufSize;
    }
    // The sum of what each subflow wants, two of its windows, as in Linux.
    uint64_t sum = 0;
    for (const auto& subflow : m_subflows)
    {
        sum += 2ULL * subflow->GetTcb()->m_cWnd.Get();
    }
    return std::max(m_sndBufSize, static_cast<uint32_t>(std::min<uint64_t>(sum, m_maxSndBufSize)));
}

uint32_t
MptcpSocketBase::GetRxAvailable() const
{
    return m_receive.GetReadable();
}

int
MptcpSocketBase::GetSockName(Address& address) const
{
    // The initial subflow's address, also when that is gone (RFC 6897, section 5.2).
    if (m_localName.IsInvalid())
    {
        if (m_initial)
        {
            return m_initial->GetSockName(address);
        }
        address = InetSocketAddress(Ipv4Address::GetZero(), 0);
        return 0;
    }
    address = m_localName;
    return 0;
}

int
MptcpSocketBase::GetPeerName(Address& address) const
{
    if (m_peerName.IsInvalid())
    {
        m_errno = ERROR_NOTCONN;
        return -1;
    }
    address = m_peerName;
    return 0;
}

void
MptcpSocketBase::BindToNetDevice(Ptr<NetDevice> device)
{
    Socket::BindToNetDevice(device);
    m_api.boundDevice = device != nullptr;
    m_api.locals.BindInterface(device ? std::optional(device->GetIfIndex()) : std::nullopt);
    if (m_initial)
    {
        m_initial->BindToNetDevice(device);
    }
}

bool
MptcpSocketBase::SetAllowBroadcast(bool allowBroadcast)
{
    return !allowBroadcast;
}

bool
MptcpSocketBase::GetAllowBroadcast() const
{
    return false;
}

MptcpState
MptcpSocketBase::GetState() const
{
    return m_state;
}

bool
MptcpSocketBase::IsFallback() const
{
    return m_fallback;
}

bool
MptcpSocketBase::IsClient() const
{
    return m_client;
}

uint32_t
MptcpSocketBase::GetLocalToken() const
{
    return m_localToken;
}

uint32_t
MptcpSocketBase::GetRemoteToken() const
{
    return m_remoteToken;
}

uint64_t
MptcpSocketBase::GetLocalIdsn() const
{
    return m_localIdsn;
}

uint64_t
MptcpSocketBase::GetRemoteIdsn() const
{
    return m_remoteIdsn;
}

const std::vector<Ptr<MptcpSubflow>>&
MptcpSocketBase::GetSubflows() const
{
    return m_subflows;
}

Ptr<MptcpScheduler>
MptcpSocketBase::GetScheduler() const
{
    return m_scheduler;
}

Ptr<MptcpPathManager>
MptcpSocketBase::GetPathManager() const
{
    return m_pathManager;
}

uint64_t
MptcpSocketBase::GetBytesReinjected() const
{
    return m_bytesReinjected;
}

uint32_t
MptcpSocketBase::GetBytesFastOpen() const
{
    return m_bytesFastOpen;
}

uint64_t
MptcpSocketBase::GetBytesDuplicate() const
{
    return m_bytesDuplicate;
}

Ptr<MptcpStack>
MptcpSocketBase::GetStack() const
{
    return m_stack;
}

} // namespace ns3
