/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The application acts within each of its callbacks, and so do sinks of traces and policies that
 * are functions: nothing breaks, nothing is left over, and what should arrive arrives.
 */

#include "mptcp-callback-run.h"

#include "ns3/config.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <string>
#include <vector>

using namespace ns3;

namespace
{

using Action = MptcpCallbackAction;
using Kind = MptcpCallbackKind;
using Place = MptcpCallbackPlace;

constexpr bool YES = true;
constexpr bool NO = false;

/** A place, and who comes there. */
struct Spot
{
    Place place;      ///< the place
    const char* name; ///< for messages
    bool client;      ///< a client comes there
    bool server;      ///< a server comes there
    bool mptcp;       ///< an MPTCP connection does
    bool tcp;         ///< a connection that is plain TCP does
};

const std::vector<Spot> SPOTS{
    {Place::ACCEPT_REQUEST, "accept request", NO, YES, YES, YES},
    {Place::NEW_CONNECTION, "new connection", NO, YES, YES, YES},
    {Place::CONNECTED, "connected", YES, NO, YES, YES},
    {Place::CONNECT_FAILED, "connect failed", YES, NO, YES, YES},
    {Place::RECEIVE, "receive", YES, YES, YES, YES},
    {Place::SEND_ROOM, "send room", YES, YES, YES, YES},
    {Place::DATA_SENT, "data sent", YES, YES, YES, YES},
    {Place::NORMAL_CLOSE, "normal close", YES, YES, YES, YES},
    {Place::ERROR_CLOSE, "error close", YES, YES, YES, YES},
    {Place::SUBFLOW_EVENT, "subflow event", YES, YES, YES, YES},
    {Place::TRACE_CREATED, "trace ConnectionCreated", YES, YES, YES, YES},
    {Place::TRACE_STATE, "trace State", YES, YES, YES, YES},
    {Place::TRACE_SUBFLOW_CREATED, "trace SubflowCreated", YES, YES, YES, YES},
    {Place::TRACE_SUBFLOW_ESTABLISHED, "trace SubflowEstablished", YES, YES, YES, YES},
    {Place::TRACE_SUBFLOW_CLOSED, "trace SubflowClosed", YES, YES, YES, YES},
    {Place::TRACE_SUBFLOW_STALE, "trace SubflowStale", YES, YES, YES, NO},
    {Place::TRACE_SUBFLOW_PRIORITY, "trace SubflowPriority", YES, YES, YES, NO},
    {Place::TRACE_SUBFLOW_RESET, "trace SubflowReset", YES, YES, YES, NO},
    {Place::TRACE_FALLBACK, "trace Fallback", YES, NO, NO, YES},
    {Place::TRACE_ADDRESS_ANNOUNCED, "trace AddressAnnounced", YES, YES, YES, NO},
    {Place::TRACE_RECEIVE_WINDOW, "trace ReceiveWindow", YES, YES, YES, YES},
    {Place::TRACE_SEND_QUEUE, "trace SendQueue", YES, YES, YES, YES},
    {Place::TRACE_REORDER_QUEUE, "trace ReorderQueue", YES, YES, YES, NO},
    {Place::TRACE_DATA_SENT, "trace DataSent", YES, YES, YES, YES},
    {Place::TRACE_DATA_ACK, "trace DataAck", YES, YES, YES, YES},
    {Place::TRACE_DELIVERED, "trace Delivered", YES, YES, YES, YES},
    {Place::TRACE_PM_EVENT, "trace PmEvent", YES, YES, YES, NO},
    {Place::TRACE_COUNTER, "trace Counter", YES, YES, YES, NO},
    {Place::TRACE_TX, "trace Tx of a subflow", YES, YES, YES, YES},
    {Place::TRACE_RX, "trace Rx of a subflow", YES, YES, YES, YES},
    {Place::TRACE_WINDOW, "trace CongestionWindow of a subflow", YES, YES, YES, YES},
    {Place::SCHEDULER, "scheduler", YES, YES, YES, NO},
    {Place::PATH_MANAGER, "path manager", YES, YES, YES, NO},
    {Place::CONGESTION, "congestion control", YES, YES, YES, NO},
};

const char* const ACTIONS[] = {"Close",
                               "abort",
                               "drop",
                               "drop with callbacks",
                               "Send until full",
                               "Recv all",
                               "Recv(1)",
                               "Recv(1), Close",
                               "ShutdownSend",
                               "ShutdownRecv",
                               "Connect again",
                               "another socket",
                               "TerminateSubflow",
                               "ResetSubflow",
                               "RequestSubflow"};

const char* const KINDS[] = {"MPTCP", "fallback", "stock peer"};

/** All that can be done at one place. */
class CallbackTestCase : public TestCase
{
  public:
    /** @param spot the place @param occurrences the how manieth times something is done */
    CallbackTestCase(const Spot& spot, const std::vector<uint32_t>& occurrences)
        : TestCase(spot.name),
          m_spot(spot),
          m_occurrences(occurrences)
    {
    }

  private:
    void DoRun() override
    {
        for (const auto side : {MptcpTopologyHelper::CLIENT, MptcpTopologyHelper::SERVER})
        {
            for (const auto kind : {Kind::MPTCP, Kind::FALLBACK, Kind::STOCK})
            {
                const bool comes =
                    (side == MptcpTopologyHelper::CLIENT ? m_spot.client : m_spot.server) &&
                    (kind == Kind::MPTCP ? m_spot.mptcp : m_spot.tcp);
                for (uint8_t action = 0; comes && action < uint8_t(Action::COUNT); ++action)
                {
                    for (const uint32_t occurrence : m_occurrences)
                    {
                        Try({m_spot.place, Action(action), side, kind, occurrence});
                    }
                }
            }
        }
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /** @param cell what to try */
    void Try(const MptcpCallbackCell& cell)
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
        const std::string who =
            std::string(m_spot.name) + ", " + ACTIONS[static_cast<int>(cell.action)] + ", " +
            (cell.side == MptcpTopologyHelper::CLIENT ? "client, " : "server, ") +
            KINDS[static_cast<int>(cell.kind)] + ", time " + std::to_string(cell.occurrence);
        MptcpCallbackRun run(cell);
        const std::string complaints = run.Run();
        NS_TEST_EXPECT_MSG_EQ(complaints, "", who);
        // Later times need not come: of an action at the first one there must be no doubt.
        NS_TEST_EXPECT_MSG_EQ(run.HasActed() || cell.occurrence > 1, true, who << ": not reached");
    }

    Spot m_spot;                         ///< the place
    std::vector<uint32_t> m_occurrences; ///< the how manieth times
};

/**
 * @tparam Case ns3::TestCase; its enumerators became scoped after ns-3.37
 * @return duration of a case that a quick run leaves out
 */
template <typename Case>
constexpr auto
Extensive()
{
    if constexpr (requires { Case::Duration::EXTENSIVE; })
    {
        return Case::Duration::EXTENSIVE;
    }
    else
    {
        return Case::EXTENSIVE;
    }
}

/** The same for the default. @tparam Case ns3::TestCase @return duration of a quick case */
template <typename Case>
constexpr auto
Quick()
{
    if constexpr (requires { Case::Duration::QUICK; })
    {
        return Case::Duration::QUICK;
    }
    else
    {
        return Case::QUICK;
    }
}

/** The suite. */
class MptcpCallbackTestSuite : public TestSuite
{
  public:
    MptcpCallbackTestSuite()
        : TestSuite("mptcp-callback", Type::SYSTEM)
    {
        for (const Spot& spot : SPOTS)
        {
            AddTestCase(new CallbackTestCase(spot, {1}), Quick<TestCase>());
            AddTestCase(new CallbackTestCase(spot, {2, 4, 9, 25}), Extensive<TestCase>());
        }
    }
};

MptcpCallbackTestSuite g_mptcpCallbackTestSuite; ///< registers the suite

} // namespace
