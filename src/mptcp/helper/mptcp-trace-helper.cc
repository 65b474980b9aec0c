/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-trace-helper.h"

#include "ns3/abort.h"
#include "ns3/application.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/log.h"
#include "ns3/mptcp-address-text.h"
#include "ns3/mptcp-path-report.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/simple-ref-count.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-socket-base.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpTraceHelper");

namespace
{

/** A table: rows are collected in memory and written in large blocks. */
class Table
{
  public:
    /**
     * @param path name of the file
     * @param columns second line of the file
     */
    Table(const std::string& path, std::string_view columns)
        : m_path(path),
          m_file(path, std::ios::binary | std::ios::trunc)
    {
        NS_ABORT_MSG_UNLESS(m_file, "cannot write " << path << ": " << std::strerror(errno));
        m_rows.reserve(BLOCK + 256);
        m_rows.append("# schema mptcp-trace 1\n").append(columns).append("\n");
    }

    /**
     * Add a cell of text.
     * @param text the text; must hold no comma
     * @return this table
     */
    Table& Text(std::string_view text)
    {
        m_rows.append(text).push_back(',');
        return *this;
    }

    /**
     * Add a cell with an integer.
     * @param value the integer
     * @return this table
     */
    template <typename T>
    Table& Integer(T value)
    {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
        m_rows.append(digits, end).push_back(',');
        return *this;
    }

    /**
     * Add a cell with a time in seconds, exact to the nanosecond.
     * @param time the time
     * @return this table
     */
    Table& Seconds(const Time& time)
    {
        const int64_t ns = time.GetNanoSeconds();
        char digits[24];
        auto end = std::to_chars(digits, digits + sizeof(digits), ns / 1000000000).ptr;
        m_rows.append(digits, end).push_back('.');
        end = std::to_chars(digits, digits + sizeof(digits), 1000000000 + ns % 1000000000).ptr;
        m_rows.append(digits + 1, end).push_back(',');
        return *this;
    }

    /** End the row. */
    void EndRow()
    {
        m_rows.back() = '\n';
        if (m_rows.size() >= BLOCK)
        {
            Flush();
        }
    }

    /**
     * Write out what is in memory and close the file.
     * @return the file and why it could not be written in full, or nothing
     */
    std::string Close()
    {
        Flush();
        m_file.close();
        NoteError();
        return m_error;
    }

  private:
    /** Write out the rows that are in memory. */
    void Flush()
    {
        m_file.write(m_rows.data(), m_rows.size());
        m_file.flush();
        m_rows.clear();
        NoteError();
    }

    /** Keep the reason of the first failure, which the system tells only then. */
    void NoteError()
    {
        if (!m_file && m_error.empty())
        {
            m_error = m_path + ": " + std::strerror(errno);
        }
    }

    static constexpr std::size_t BLOCK = 1 << 16; ///< octets that are collected before a write

    std::string m_path;   ///< name of the file
    std::ofstream m_file; ///< the file
    std::string m_rows;   ///< rows not yet written
    std::string m_error;  ///< why it could not be written in full
};

/**
 * Split a socket address.
 * @param address InetSocketAddress or Inet6SocketAddress
 * @return the address as text and the port
 */
std::pair<std::string, uint16_t>
SplitAddress(const Address& address)
{
    std::ostringstream text;
    if (InetSocketAddress::IsMatchingType(address))
    {
        const auto inet = InetSocketAddress::ConvertFrom(address);
        text << inet.GetIpv4();
        return {text.str(), inet.GetPort()};
    }
    if (Inet6SocketAddress::IsMatchingType(address))
    {
        const auto inet = Inet6SocketAddress::ConvertFrom(address);
        text << inet.GetIpv6();
        return {text.str(), inet.GetPort()};
    }
    return {"", 0};
}

} // namespace

/** The open tables. Sinks share them and check IsOpen() before they write. */
class MptcpTraceTables
{
  public:
    /** @param directory where the tables go */
    explicit MptcpTraceTables(const std::string& directory)
        : connections(directory + "/connections.csv", "conn,node,role,protocol,token,remote_token"),
          paths(directory + "/paths.csv",
                "time_s,conn,subflow,local,local_port,remote,remote_port"),
          subflows(directory + "/subflows.csv", "time_s,conn,subflow,event,value"),
          data(directory + "/data.csv", "time_s,conn,subflow,event,dsn,length"),
          counters(directory + "/counters.csv", "time_s,node,counter,value"),
          pairs(directory + "/pairs.csv", "conn,local,remote,state,subflows,sent,received,reason")
    {
    }

    /** @return number for the next connection end */
    uint32_t NextConnection()
    {
        return m_connections++;
    }

    /** @return whether rows are still wanted */
    bool IsOpen() const
    {
        return m_open;
    }

    /** @param connection number of an end that begins @param socket lives until End() */
    void Begin(uint32_t connection, const MptcpSocketBase* socket)
    {
        m_living[connection] = socket;
    }

    /** Write what became of the pairs of addresses. @param connection number of an end that ends */
    void End(uint32_t connection)
    {
        const auto found = m_living.find(connection);
        if (found != m_living.end() && m_open)
        {
            WritePairs(connection, *found->second);
        }
        m_living.erase(connection);
    }

    /**
     * Write everything out and ignore what follows.
     * @return the first table that could not be written in full and why, or nothing
     */
    std::string Close()
    {
        for (const auto& [connection, socket] : m_living)
        {
            WritePairs(connection, *socket);
        }
        m_open = false;
        std::string error;
        for (Table* table : {&connections, &paths, &subflows, &data, &counters, &pairs})
        {
            const std::string reason = table->Close();
            error = error.empty() ? reason : error;
        }
        return error;
    }

    Table connections;  ///< connections.csv
    Table paths;        ///< paths.csv
    Table subflows;     ///< subflows.csv
    Table data;         ///< data.csv
    Table counters;     ///< counters.csv
    Table pairs;        ///< pairs.csv
    bool queues{false}; ///< rows of windows and queues are wanted

  private:
    /** @param connection number of the end @param socket its connection */
    void WritePairs(uint32_t connection, const MptcpSocketBase& socket)
    {
        for (const MptcpPathReport& report : socket.GetPathReport())
        {
            std::string reason = report.reason;
            std::replace(reason.begin(), reason.end(), ',', ';'); // one cell
            pairs.Integer(connection)
                .Text(MptcpToText(report.local))
                .Text(MptcpToText(report.remote))
                .Text(MptcpGetName(report.state))
                .Integer(report.subflows)
                .Integer(report.sent)
                .Integer(report.received)
                .Text(reason)
                .EndRow();
        }
    }

    uint32_t m_connections{0};                           ///< number of connection ends so far
    std::map<uint32_t, const MptcpSocketBase*> m_living; ///< connections by number of their end
    bool m_open{true};                                   ///< rows are wanted
};

namespace
{

using TablesPtr = std::shared_ptr<MptcpTraceTables>; ///< the tables as the sinks hold them

/** Sinks of one subflow, or of one stock TCP socket. */
class SubflowTrace : public SimpleRefCount<SubflowTrace>
{
  public:
    /**
     * @param tables where rows go
     * @param connection number of the connection end
     * @param subflow number of the subflow
     */
    SubflowTrace(TablesPtr tables, uint32_t connection, uint32_t subflow)
        : m_tables(std::move(tables)),
          m_connection(connection),
          m_subflow(subflow)
    {
    }

    /**
     * Attach the sinks. The socket's callbacks then own them.
     * @param trace the sinks
     * @param socket the subflow or the stock TCP socket
     */
    static void Connect(Ptr<SubflowTrace> trace, Ptr<TcpSocketBase> socket)
    {
        const auto connect = [&socket, &trace](const std::string& source, auto sink) {
            const bool found =
                socket->TraceConnectWithoutContext(source, MakeCallback(sink, trace));
            NS_ABORT_MSG_UNLESS(found, "TCP has no trace source " << source);
        };
        connect("CongestionWindow", &SubflowTrace::Window);
        connect("SlowStartThreshold", &SubflowTrace::Threshold);
        connect("BytesInFlight", &SubflowTrace::InFlight);
        connect("RTT", &SubflowTrace::Rtt);
        connect("CongState", &SubflowTrace::Congestion);
        connect("Rx", &SubflowTrace::Received);
    }

    /**
     * Write the congestion window as it is now.
     * @param window octets
     */
    void WriteWindow(uint32_t window)
    {
        Write("cwnd", window);
    }

    /**
     * Note an event that has no value.
     * @param event its name
     */
    void Note(std::string_view event)
    {
        if (m_tables->IsOpen())
        {
            Row(event).Integer(0).EndRow();
        }
    }

    /**
     * Write an event that has a value.
     * @param event its name
     * @param value the value
     */
    void NoteValue(std::string_view event, uint32_t value)
    {
        Write(event, value);
    }

    /**
     * Write the row of the subflow in the table of paths.
     * @param socket the subflow
     */
    void Path(Ptr<Socket> socket)
    {
        if (!m_tables->IsOpen())
        {
            return;
        }
        Address local;
        Address remote;
        socket->GetSockName(local);
        socket->GetPeerName(remote);
        const auto [localAddress, localPort] = SplitAddress(local);
        const auto [remoteAddress, remotePort] = SplitAddress(remote);
        m_tables->paths.Seconds(Simulator::Now())
            .Integer(m_connection)
            .Integer(m_subflow)
            .Text(localAddress)
            .Integer(localPort)
            .Text(remoteAddress)
            .Integer(remotePort)
            .EndRow();
    }

  private:
    /**
     * Begin a row of subflows.csv.
     * @param event name of the event
     * @return the table, which waits for the value
     */
    Table& Row(std::string_view event)
    {
        return m_tables->subflows.Seconds(Simulator::Now())
            .Integer(m_connection)
            .Integer(m_subflow)
            .Text(event);
    }

    /**
     * Write an integer value.
     * @param event name of the event
     * @param value the value
     */
    void Write(std::string_view event, uint32_t value)
    {
        if (m_tables->IsOpen())
        {
            Row(event).Integer(value).EndRow();
        }
    }

    /** @param value congestion window (the first argument of all these is the old value) */
    void Window(uint32_t, uint32_t value)
    {
        Write("cwnd", value);
    }

    /** @param value slow start threshold */
    void Threshold(uint32_t, uint32_t value)
    {
        Write("ssthresh", value);
    }

    /** @param value octets in flight */
    void InFlight(uint32_t, uint32_t value)
    {
        Write("inflight", value);
    }

    /** @param value round-trip time */
    void Rtt(Time, Time value)
    {
        if (m_tables->IsOpen())
        {
            Row("srtt").Seconds(value).EndRow();
        }
    }

    /** @param value state of the congestion machine */
    void Congestion(TcpSocketState::TcpCongState_t, TcpSocketState::TcpCongState_t value)
    {
        Write("congestion", value);
    }

    /** @param packet payload of a segment that has arrived */
    void Received(Ptr<const Packet> packet, const TcpHeader&, Ptr<const TcpSocketBase>)
    {
        if (packet->GetSize() > 0)
        {
            Write("received", packet->GetSize());
        }
    }

    TablesPtr m_tables;    ///< where rows go
    uint32_t m_connection; ///< number of the connection end
    uint32_t m_subflow;    ///< number of the subflow
};

/** Sinks of one end of an MPTCP connection. */
class ConnectionTrace : public SimpleRefCount<ConnectionTrace>
{
  public:
    /**
     * @param tables where rows go
     * @param socket the connection; not owned, because the connection owns its sinks
     */
    ConnectionTrace(TablesPtr tables, MptcpSocketBase* socket)
        : m_tables(std::move(tables)),
          m_socket(socket),
          m_connection(m_tables->NextConnection())
    {
        m_tables->Begin(m_connection, socket);
    }

    ~ConnectionTrace()
    {
        m_tables->End(m_connection);
    }

    /**
     * Attach the sinks to a connection that has just been created.
     * @param trace the sinks
     */
    static void Connect(Ptr<ConnectionTrace> trace)
    {
        const auto connect = [&trace](const std::string& source, auto sink) {
            const bool found =
                trace->m_socket->TraceConnectWithoutContext(source, MakeCallback(sink, trace));
            NS_ABORT_MSG_UNLESS(found, "MptcpSocketBase has no trace source " << source);
        };
        connect("State", &ConnectionTrace::State);
        connect("SubflowCreated", &ConnectionTrace::SubflowCreated);
        connect("SubflowEstablished", &ConnectionTrace::SubflowEstablished);
        connect("SubflowClosed", &ConnectionTrace::SubflowClosed);
        connect("DataSent", &ConnectionTrace::DataSent);
        connect("DataAck", &ConnectionTrace::DataAck);
        connect("Delivered", &ConnectionTrace::Delivered);
        connect("SubflowStale", &ConnectionTrace::SubflowStale);
        connect("SubflowPenalized", &ConnectionTrace::SubflowPenalized);
        connect("SubflowPriority", &ConnectionTrace::SubflowPriority);
        connect("SubflowReset", &ConnectionTrace::SubflowReset);
        connect("ChecksumError", &ConnectionTrace::ChecksumError);
        connect("Fail", &ConnectionTrace::Fail);
        connect("InfiniteMapping", &ConnectionTrace::InfiniteMapping);
        connect("Fallback", &ConnectionTrace::Fallback);
        connect("AddressAnnounced", &ConnectionTrace::AddressAnnounced);
        connect("AddressRemoved", &ConnectionTrace::AddressRemoved);
        if (trace->m_tables->queues)
        {
            connect("ReceiveWindow", &ConnectionTrace::ReceiveWindow);
            connect("SendQueue", &ConnectionTrace::SendQueue);
            connect("ReorderQueue", &ConnectionTrace::ReorderQueue);
        }
        for (const Ptr<MptcpSubflow>& subflow : trace->m_socket->GetSubflows())
        {
            trace->Find(subflow);
        }
    }

  private:
    /**
     * Find the sinks of a subflow, attached now if they are not yet. The initial subflow exists
     * before its connection has the keys that make it an MPTCP connection.
     * @param subflow the subflow
     * @return its sinks
     */
    Ptr<SubflowTrace> Find(Ptr<MptcpSubflow> subflow)
    {
        const uint32_t id = subflow->GetSubflowId();
        Ptr<SubflowTrace>& trace = m_subflows[id];
        if (!trace)
        {
            trace = Create<SubflowTrace>(m_tables, m_connection, id);
            trace->Note("created");
            SubflowTrace::Connect(trace, subflow);
        }
        return trace;
    }

    /** @param value state of the connection (the first argument is the old one) */
    void State(MptcpState, MptcpState value)
    {
        if (value == MptcpState::CLOSED)
        {
            m_tables->End(m_connection);
        }
        else
        {
            m_tables->Begin(m_connection, m_socket); // after a failed attempt it may be a new one
        }
    }

    /** @param subflow a new subflow */
    void SubflowCreated(Ptr<MptcpSubflow> subflow)
    {
        Find(subflow);
    }

    /** @param subflow a subflow that may carry data from now on */
    void SubflowEstablished(Ptr<MptcpSubflow> subflow)
    {
        WriteConnection();
        Ptr<SubflowTrace> trace = Find(subflow);
        trace->Note("established");
        trace->Path(subflow);
        trace->WriteWindow(subflow->GetTcb()->m_cWnd);
    }

    /** @param subflow a subflow that has ended */
    void SubflowClosed(Ptr<MptcpSubflow> subflow)
    {
        Find(subflow)->Note("closed");
        m_subflows.erase(subflow->GetSubflowId()); // the last event of it
    }

    /** @param subflow a subflow @param stale it became stale, or recovered */
    void SubflowStale(Ptr<MptcpSubflow> subflow, bool stale)
    {
        Find(subflow)->Note(stale ? "stale" : "recovered");
    }

    /** @param subflow a subflow @param after its congestion window since */
    void SubflowPenalized(Ptr<MptcpSubflow> subflow, uint32_t, uint32_t after)
    {
        Find(subflow)->NoteValue("penalized", after);
    }

    /** @param subflow a subflow @param backup for backup use @param byPeer who wished it */
    void SubflowPriority(Ptr<MptcpSubflow> subflow, bool backup, bool byPeer)
    {
        Find(subflow)->NoteValue(byPeer ? "priority_received" : "priority_sent", backup);
    }

    /** @param subflow a subflow @param reason of MP_TCPRST @param byPeer who did it */
    void SubflowReset(Ptr<MptcpSubflow> subflow, uint32_t reason, bool byPeer)
    {
        Find(subflow)->NoteValue(byPeer ? "reset_received" : "reset_sent", reason);
    }

    /** @param subflow a subflow whose mapping fails its checksum */
    void ChecksumError(Ptr<MptcpSubflow> subflow, uint64_t)
    {
        Find(subflow)->Note("checksum_error");
    }

    /** @param subflow a subflow @param byPeer who sent MP_FAIL */
    void Fail(Ptr<MptcpSubflow> subflow, uint64_t, bool byPeer)
    {
        Find(subflow)->Note(byPeer ? "fail_received" : "fail_sent");
    }

    /** @param subflow a subflow @param byPeer who sent the infinite mapping */
    void InfiniteMapping(Ptr<MptcpSubflow> subflow, bool byPeer)
    {
        Find(subflow)->Note(byPeer ? "infinite_received" : "infinite_sent");
    }

    /** @param subflow the only subflow, plain TCP from now on */
    void Fallback(Ptr<MptcpSubflow> subflow, std::string)
    {
        Find(subflow)->Note("fallback");
    }

    /** @param id identifier of the address @param byPeer who announced it */
    void AddressAnnounced(uint32_t id, Address, bool byPeer)
    {
        WriteWhole(byPeer ? "announce_received" : "announce_sent", id);
    }

    /** @param id identifier of the address @param byPeer who removed it */
    void AddressRemoved(uint32_t id, bool byPeer)
    {
        WriteWhole(byPeer ? "remove_received" : "remove_sent", id);
    }

    /** @param value octets (the first argument of all these is the old value) */
    void ReceiveWindow(uint32_t, uint32_t value)
    {
        WriteWhole("rcv_window", value);
    }

    /** @param value octets */
    void SendQueue(uint32_t, uint32_t value)
    {
        WriteWhole("send_queue", value);
    }

    /** @param value octets */
    void ReorderQueue(uint32_t, uint32_t value)
    {
        WriteWhole("reorder_queue", value);
    }

    /**
     * Write a row of subflows.csv that concerns the connection.
     * @param event name of the event
     * @param value its value
     */
    void WriteWhole(std::string_view event, uint32_t value)
    {
        if (m_tables->IsOpen())
        {
            m_tables->subflows.Seconds(Simulator::Now())
                .Integer(m_connection)
                .Integer(-1)
                .Text(event)
                .Integer(value)
                .EndRow();
        }
    }

    /**
     * @param subflow identifier of the subflow
     * @param dsn first octet
     * @param length octets
     * @param reinjection another subflow has carried the data
     */
    void DataSent(uint32_t subflow, uint64_t dsn, uint32_t length, bool reinjection)
    {
        Write(subflow,
              reinjection ? "reinject" : "dsn_sent",
              dsn - (m_socket->GetLocalIdsn() + 1),
              length);
    }

    /**
     * @param dataAck next octet that the peer expects
     * @param window octets from there that the peer takes
     */
    void DataAck(uint64_t dataAck, uint32_t window)
    {
        Write(-1, "data_ack", dataAck - (m_socket->GetLocalIdsn() + 1), window);
    }

    /**
     * @param dsn first octet
     * @param length octets
     */
    void Delivered(uint64_t dsn, uint32_t length)
    {
        Write(-1, "delivered", dsn - (m_socket->GetRemoteIdsn() + 1), length);
    }

    /**
     * Write a row of data.csv.
     * @param subflow number of the subflow or -1
     * @param event name of the event
     * @param dsn relative DSN
     * @param length octets
     */
    void Write(int64_t subflow, std::string_view event, uint64_t dsn, uint32_t length)
    {
        if (m_tables->IsOpen())
        {
            m_tables->data.Seconds(Simulator::Now())
                .Integer(m_connection)
                .Integer(subflow)
                .Text(event)
                .Integer(dsn)
                .Integer(length)
                .EndRow();
        }
    }

    /** Write the row of connections.csv, once: when the first subflow is up, tokens are known. */
    void WriteConnection()
    {
        if (m_written || !m_tables->IsOpen())
        {
            return;
        }
        m_written = true;
        m_tables->connections.Integer(m_connection)
            .Integer(m_socket->GetNode()->GetId())
            .Text(m_socket->IsClient() ? "client" : "server")
            .Text(m_socket->IsFallback() ? "tcp" : "mptcp")
            .Integer(m_socket->IsFallback() ? 0 : m_socket->GetLocalToken())
            .Integer(m_socket->IsFallback() ? 0 : m_socket->GetRemoteToken())
            .EndRow();
    }

    TablesPtr m_tables;                               ///< where rows go
    MptcpSocketBase* m_socket;                        ///< the connection
    uint32_t m_connection;                            ///< number of the connection end
    bool m_written{false};                            ///< the row of connections.csv is written
    std::map<uint32_t, Ptr<SubflowTrace>> m_subflows; ///< of living subflows, by identifier
};

/**
 * Trace a connection. Sink of MptcpStack's ConnectionCreated.
 * @param tables where rows go
 * @param socket the new connection
 */
void
TraceConnection(TablesPtr tables, Ptr<MptcpSocketBase> socket)
{
    ConnectionTrace::Connect(Create<ConnectionTrace>(tables, PeekPointer(socket)));
}

/** Sink of an application that receives over stock TCP. */
class TcpSinkTrace : public SimpleRefCount<TcpSinkTrace>
{
  public:
    /**
     * @param tables where rows go
     * @param connection number of the connection end
     */
    TcpSinkTrace(TablesPtr tables, uint32_t connection)
        : m_tables(std::move(tables)),
          m_connection(connection)
    {
    }

    /** @param packet data that the application has read */
    void Received(Ptr<const Packet> packet, const Address&)
    {
        if (m_tables->IsOpen())
        {
            m_tables->data.Seconds(Simulator::Now())
                .Integer(m_connection)
                .Integer(-1)
                .Text("delivered")
                .Integer(m_octets)
                .Integer(packet->GetSize())
                .EndRow();
        }
        m_octets += packet->GetSize();
    }

  private:
    TablesPtr m_tables;    ///< where rows go
    uint32_t m_connection; ///< number of the connection end
    uint64_t m_octets{0};  ///< octets read so far
};

/**
 * Write the row of a stock TCP connection end.
 * @param tables where the row goes
 * @param node the end's node
 * @param role "client" or "server"
 * @return number of the connection end
 */
uint32_t
AddTcpConnection(MptcpTraceTables& tables, Ptr<Node> node, std::string_view role)
{
    const uint32_t connection = tables.NextConnection();
    tables.connections.Integer(connection)
        .Integer(node->GetId())
        .Text(role)
        .Text("tcp")
        .Integer(0)
        .Integer(0)
        .EndRow();
    return connection;
}

} // namespace

MptcpTraceHelper::MptcpTraceHelper(const std::string& directory)
    : m_tables(std::make_shared<MptcpTraceTables>(directory))
{
}

MptcpTraceHelper::~MptcpTraceHelper()
{
    Close();
}

void
MptcpTraceHelper::EnableQueues()
{
    m_tables->queues = true;
}

void
MptcpTraceHelper::Install(Ptr<Node> node)
{
    Ptr<MptcpStack> stack = node->GetObject<MptcpStack>();
    NS_ABORT_MSG_UNLESS(stack, "node " << node->GetId() << " has no MptcpStack");
    const bool found = stack->TraceConnectWithoutContext(
        "ConnectionCreated",
        Callback<void, Ptr<MptcpSocketBase>>(
            [tables = m_tables](Ptr<MptcpSocketBase> socket) { TraceConnection(tables, socket); }));
    NS_ABORT_MSG_UNLESS(found, "MptcpStack has no trace source ConnectionCreated");
    const bool counted = stack->TraceConnectWithoutContext(
        "Counter",
        Callback<void, std::string, uint64_t>(
            [tables = m_tables, id = node->GetId()](std::string name, uint64_t value) {
                if (tables->IsOpen())
                {
                    tables->counters.Seconds(Simulator::Now())
                        .Integer(id)
                        .Text(name)
                        .Integer(value)
                        .EndRow();
                }
            }));
    NS_ABORT_MSG_UNLESS(counted, "MptcpStack has no trace source Counter");
}

void
MptcpTraceHelper::Install(const NodeContainer& nodes)
{
    for (uint32_t i = 0; i < nodes.GetN(); ++i)
    {
        Install(nodes.Get(i));
    }
}

void
MptcpTraceHelper::TraceTcp(Ptr<Socket> socket)
{
    Ptr<TcpSocketBase> tcp = DynamicCast<TcpSocketBase>(socket);
    NS_ABORT_MSG_UNLESS(tcp, "not a TCP socket");
    const uint32_t connection = AddTcpConnection(*m_tables, socket->GetNode(), "client");
    Ptr<SubflowTrace> trace = Create<SubflowTrace>(m_tables, connection, 0);
    trace->Path(socket);
    trace->Note("created");
    SubflowTrace::Connect(trace, tcp);
}

void
MptcpTraceHelper::TraceTcpSink(Ptr<Application> sink)
{
    const uint32_t connection = AddTcpConnection(*m_tables, sink->GetNode(), "server");
    Ptr<TcpSinkTrace> trace = Create<TcpSinkTrace>(m_tables, connection);
    const bool found =
        sink->TraceConnectWithoutContext("Rx", MakeCallback(&TcpSinkTrace::Received, trace));
    NS_ABORT_MSG_UNLESS(found, "the application has no trace source Rx");
}

void
MptcpTraceHelper::Close()
{
    const std::string error = TryClose();
    NS_ABORT_MSG_UNLESS(error.empty(), "a trace table could not be written in full: " << error);
}

std::string
MptcpTraceHelper::TryClose()
{
    return m_tables->IsOpen() ? m_tables->Close() : "";
}

} // namespace ns3
