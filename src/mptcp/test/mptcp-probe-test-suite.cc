/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * One host against a scripted peer: segments that are no part of the stream. A probe has no
 * octet and stands before what the peer expects (RFC 9293, section 3.8.4); whatever has come before
 * it, it has a DATA_ACK and no mapping.
 */

#include "mptcp-script.h"

#include "ns3/boolean.h"

#include <algorithm>
#include <string>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

/**
 * Check the probes among the answers.
 *
 * @param s script
 * @param flow what the peer has acknowledged
 */
void
CheckProbe(Script& s, const Flow& flow)
{
    const auto probe =
        std::find_if(s.answers.begin(), s.answers.end(), [&flow](const Segment& answer) {
            return answer.seq == flow.ack - 1 && answer.data.empty();
        });
    s.Check(probe != s.answers.end(), "no probe");
    if (probe == s.answers.end())
    {
        return;
    }
    s.Check(!Peer::Find<MptcpCapable>(*probe), "MP_CAPABLE on a probe");
    const auto dss = Peer::Find<MptcpDss>(*probe);
    s.Check(dss && dss->hasDataAck, "no DATA_ACK on the probe");
    s.Check(dss && !dss->hasMapping, "a mapping on the probe");
    s.CheckFallback(false);
}

/** @param first octets of options @param second octets of options @return both */
Octets
Join(Octets first, const Octets& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

/**
 * Let a probe ask whether a path still works (RFC 8684, section 3.4.2).
 *
 * @param s script
 * @return REMOVE_ADDR of the address that the initial subflow has
 */
Octets
RemoveFirst(Script& s)
{
    s.stack->SetAttribute("RemoveAddrKeepalive", BooleanValue(true));
    return Peer::Octets(MptcpRemoveAddr{{0}});
}

void
OneOctetAndRemoveAddr(Script& s)
{
    Flow flow = s.Open();
    s.Write(Text("a"));
    s.Wait(flow);
    // No DSS has come: the active opener would still repeat both keys, but with what mapping?
    s.Send(flow, Peer::ACK, RemoveFirst(s));
    CheckProbe(s, flow);
    s.Send(flow, Peer::ACK, s.Ack(1));
    s.Write(Text("b"));
    s.Wait(flow);
    s.Check(s.GetSent(0) == Text("b") && s.FindDss().hasMapping, "no data after the probe");
}

void
OneOctetAndNoDataAck(Script& s)
{
    Flow flow = s.Open();
    s.Write(Text("a"));
    s.Wait(flow);
    // Any other option: had it none, this would be a fallback at once.
    s.Send(flow, Peer::ACK, Peer::Octets(MptcpPrio{}));
    s.Wait(flow, MilliSeconds(1500));
    CheckProbe(s, flow);
}

void
HalfOfMapping(Script& s)
{
    Flow flow = s.Open();
    s.Write(Text("ab"));
    s.Wait(flow);
    --flow.ack;
    Flow answer = flow;
    s.Send(answer, Peer::ACK, RemoveFirst(s));
    CheckProbe(s, flow);
}

void
HalfOfMappingPassive(Script& s)
{
    Flow flow = s.Accept();
    s.Write(Text("ab"));
    s.Wait(flow);
    --flow.ack;
    Flow answer = flow;
    s.Send(answer, Peer::ACK, Join(s.Ack(0), RemoveFirst(s)));
    CheckProbe(s, flow);
}

void
NothingAcknowledged(Script& s)
{
    Flow flow = s.Open();
    s.Send(flow, Peer::ACK, RemoveFirst(s));
    CheckProbe(s, flow);
}

void
ClosedWindow(Script& s)
{
    Flow flow = s.Connect();
    flow.window = 0;
    s.Send(flow, Peer::SYN | Peer::ACK, FromHex(std::string("1e0c0101") + PEER_KEY_HEX));
    s.LearnKey();
    s.Write(Text("ab"));
    s.Wait(flow, Seconds(10));
    CheckProbe(s, flow);
    // One octet at a time: the probe stands where the first of them was.
    s.Send(flow, Peer::ACK, s.Ack(0));
    s.peer.Take();
    flow.window = 1;
    s.Send(flow, Peer::ACK, s.Ack(0));
    flow.window = 0;
    s.Wait(flow, Seconds(1));
    s.Send(flow, Peer::ACK, s.Ack(1));
    s.Wait(flow, Seconds(20));
    CheckProbe(s, flow);
}

/** The suite. */
class MptcpProbeTestSuite : public TestSuite
{
  public:
    MptcpProbeTestSuite()
        : TestSuite("mptcp-probe", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("one octet was sent, and REMOVE_ADDR comes", OneOctetAndRemoveAddr);
        add("one octet was sent, and no DATA_ACK comes", OneOctetAndNoDataAck);
        add("half of the first mapping was acknowledged", HalfOfMapping);
        add("half of the first mapping was acknowledged, passive", HalfOfMappingPassive);
        add("nothing was sent", NothingAcknowledged);
        add("closed window", ClosedWindow);
    }
};

const MptcpProbeTestSuite g_mptcpProbeTestSuite; ///< registers itself

} // namespace
