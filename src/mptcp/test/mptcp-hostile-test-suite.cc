/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * One host against a scripted peer that does what no honest one does. The fuzzers have found most
 * of it.
 */

#include "mptcp-script.h"

#include <cstdint>

using namespace ns3;
using namespace ns3::mptcp_script;

namespace
{

constexpr uint32_t HALF = uint32_t{1} << 31; ///< half of the sequence space

void
HalfTheSpaceAway(Script& s)
{
    Flow flow = s.Accept();
    s.Send(flow, Peer::ACK, s.Map(0, 1, 5), Text("hello"));
    s.Write(Text("answer"));
    s.Wait(flow);
    const Octets within = s.Map(5, 6, 3);
    for (const uint8_t flags : {uint8_t{Peer::ACK}, uint8_t{Peer::FIN | Peer::ACK}})
    {
        Segment far = s.Make(flow, flags, within, Text("far"));
        far.seq += HALF;
        s.peer.Send(far);
        far.seq -= HALF;
        far.ack += HALF;
        s.peer.Send(far);
    }
    Segment reset = s.Make(flow, Peer::RST, {});
    reset.seq += HALF;
    s.peer.Send(reset);
    s.Wait(flow);
    s.CheckRead("hello");
    s.Send(flow, Peer::ACK, s.Map(5, 6, 6), Text(" world"));
    s.CheckRead("hello world");
    s.CheckFallback(false);
}

void
ResetOfAnotherSyn(Script& s)
{
    Flow flow = s.Connect();
    // RFC 9293, section 3.10.7.3: a RST counts if its ACK is that of the SYN.
    for (const uint32_t wrong : {uint32_t{1}, uint32_t{1000}, HALF, uint32_t{0} - 1})
    {
        Segment reset = s.Make(flow, Peer::RST | Peer::ACK, {});
        reset.ack -= wrong;
        s.peer.Send(reset);
    }
    s.Wait(flow);
    s.Check(s.GetConnection()->GetState() == MptcpState::SYN_SENT, "reset by a wrong ACK");
    s.Send(flow, Peer::RST | Peer::ACK, {});
    s.Check(s.GetConnection()->GetState() == MptcpState::CLOSED, "not reset by the right ACK");
}

/** The suite. */
class MptcpHostileTestSuite : public TestSuite
{
  public:
    MptcpHostileTestSuite()
        : TestSuite("mptcp-hostile", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Script&)) {
            AddTestCase(new ScriptTestCase(name, run));
        };
        add("numbers half the sequence space away", HalfTheSpaceAway);
        add("RST of another SYN", ResetOfAnotherSyn);
    }
};

const MptcpHostileTestSuite g_mptcpHostileTestSuite; ///< registers itself

} // namespace
