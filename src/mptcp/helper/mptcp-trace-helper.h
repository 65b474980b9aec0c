/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_TRACE_HELPER_H
#define MPTCP_TRACE_HELPER_H

#include "ns3/node-container.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <memory>
#include <string>

namespace ns3
{

class Application;
class MptcpTraceTables;
class Node;
class Socket;

/**
 * @ingroup mptcp
 *
 * Writes what MPTCP connections do into tables: tidy CSV files whose first line is
 * "# schema mptcp-trace 1" and whose second line names the columns. The analysis package reads
 * them, and so does everything that skips a comment line.
 *
 * One end of a connection is one `conn`, numbered from 0 in order of creation; the two ends of a
 * connection name each other's token. Times are simulated seconds with nine decimals. DSNs are
 * relative: the first octet that a direction carries is 0.
 *
 * - connections.csv: conn, node, role (client, server), protocol (mptcp, tcp), token, remote_token.
 *   Tokens are 0 for TCP and after fallback.
 * - paths.csv: time_s, conn, subflow, local, local_port, remote, remote_port. One row per subflow.
 * - subflows.csv: time_s, conn, subflow, event, value. Events: created, established, closed (value
 *   0); cwnd, ssthresh, inflight (octets); srtt (smoothed, seconds); congestion (0 open, 1
 * disorder, 2 CWR, 3 recovery, 4 loss); received (payload octets of one segment, retransmissions
 * included); stale, recovered, fallback, checksum_error (0); penalized (congestion window after it,
 * octets); priority_sent, priority_received (1 backup, 0 not); reset_sent, reset_received (reason
 * of MP_TCPRST, 0 without); fail_sent, fail_received, infinite_sent, infinite_received (0). Of the
 * connection, with subflow -1: announce_sent, announce_received, remove_sent, remove_received
 * (address identifier); and after EnableQueues rcv_window, send_queue, reorder_queue (octets).
 * - data.csv: time_s, conn, subflow, event, dsn, length. Events: dsn_sent (data mapped on a
 *   subflow), reinject (the same, for data that another subflow has carried), data_ack (dsn is the
 *   next octet that the peer expects, length its window), delivered (in order, to the receive
 *   buffer of the application). The subflow is -1 where none is concerned.
 * - counters.csv: time_s, node, counter, value. One row per change of a counter of the node's MIB.
 * - pairs.csv: conn, local, remote, state, subflows, sent, received, reason. Written when the
 *   connection ends, or at Close(): one row for each pair of addresses, as
 *   MptcpSocketBase::GetPathReport() tells of it. What has no subflow has a reason.
 */
class MptcpTraceHelper
{
  public:
    /**
     * Open the tables.
     * @param directory an existing directory; tables in it are overwritten
     */
    explicit MptcpTraceHelper(const std::string& directory);
    ~MptcpTraceHelper();
    MptcpTraceHelper(const MptcpTraceHelper&) = delete;
    MptcpTraceHelper& operator=(const MptcpTraceHelper&) = delete;

    /** Write the windows and queues of the connections traced from now on: a row per segment. */
    void EnableQueues();

    /**
     * Trace all MPTCP connections that a node will have, from now on.
     * @param node a node with an MptcpStack
     */
    void Install(Ptr<Node> node);
    /** @param nodes nodes with an MptcpStack */
    void Install(const NodeContainer& nodes);

    /**
     * Trace a stock TCP socket, for comparison, as a connection with the one subflow 0.
     * @param socket a TCP socket
     */
    void TraceTcp(Ptr<Socket> socket);
    /**
     * Trace what a PacketSink gets from stock TCP as the "delivered" data of one connection end.
     * @param sink a PacketSink that serves one connection
     */
    void TraceTcpSink(Ptr<Application> sink);

    /**
     * Write out what is buffered and close the tables; later events are ignored. A table that could
     * not be written in full, as when the disk is full, stops the program.
     */
    void Close();
    /**
     * The same for programs that have results to save.
     * @return the table and why it could not be written in full, or nothing
     */
    std::string TryClose();

  private:
    std::shared_ptr<MptcpTraceTables> m_tables; ///< shared with the trace sinks, which live longer
};

} // namespace ns3

#endif /* MPTCP_TRACE_HELPER_H */
