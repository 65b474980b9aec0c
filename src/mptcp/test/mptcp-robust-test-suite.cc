/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * What random runs have found: segments, orders and times that no protocol's own test thinks of.
 * One host against a scripted peer.
 */

#include "mptcp-script.h"

#include <string>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

/**
 * The connection closes, and its only subflow is closed by itself; the peer does the same. The
 * FINs cross.
 *
 * @param s script
 * @return subflow in CLOSING; its acknowledgment number covers the host's FIN
 */
Flow
CrossFins(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.socket->Close();
    s.Wait(flow);
    s.Check(s.FindDss().dataFin, "no DATA_FIN");
    const uint32_t before = flow.ack;
    s.GetConnection()->GetSubflows().front()->CloseSubflow();
    s.Wait(flow);
    s.Check(s.FindAnswer(0, Peer::FIN).has_value(), "no FIN");
    flow.ack = before;
    s.Send(flow, Peer::FIN | Peer::ACK, s.Map(0, 0, 1, true));
    flow.ack = before + 1;
    return flow;
}

void
CloseInClosing(Script& s)
{
    // The acknowledgment of the DATA_FIN closes the subflow again. In CLOSING that is no reason for
    // a RST (RFC 9293, section 3.10.4).
    Flow flow = CrossFins(s);
    s.Send(flow, Peer::ACK, s.Map(0, 0, 1, true, 1));
    s.Check(s.answers.empty(), "an answer to the last ACK");
    s.Check(s.closed && !s.failed, "the application is not told of the end");
    s.Check(s.stack->GetTokens().GetSize() == 0, "a token is left");
}

/** The suite. */
class MptcpRobustTestSuite : public TestSuite
{
  public:
    MptcpRobustTestSuite()
        : TestSuite("mptcp-robust", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("subflow closed twice while the FINs cross", CloseInClosing);
    }
};

/// Registers the suite.
MptcpRobustTestSuite g_mptcpRobustTestSuite;

} // namespace
