/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Cases of the groups subflows, subflows_error, signal_address, laminar_endp and add_addr_timeout.
 */

#include "mptcp-join-case.h"

#include "ns3/tcp-header.h"

namespace ns3
{

using namespace mptcpjoin;

namespace
{

/// Why a case says so.
const char* const REJECT_NOTE =
    "REJECT answers with RST: ns-3's TCP does not act on the ICMP error of Linux's rule";

/** The client's echoes are lost, as are all its ADD_ADDRs. @return action */
MptcpJoinAction
LoseEchoes()
{
    return [](MptcpJoinRun& run) {
        run.net.GetStack(NS1)->SetAttribute("AddAddrTimeout", TimeValue(Seconds(1)));
        run.net.AddRule(NS1, "echo", [](const MptcpJoinPacket& packet) {
            return packet.Has<MptcpAddAddr>() ? MptcpJoinFilter::Verdict::DROP
                                              : MptcpJoinFilter::Verdict::PASS;
        });
    };
}

std::vector<MptcpJoinCase>
Subflows()
{
    const std::string group = "subflows";
    return {
        {.group = group, .title = "no JOIN", .checks = {Join(0, 0, 0)}},
        {.group = group,
         .title = "single subflow, limited by client",
         .setup = {Limits(NS1, 0, 0), Limits(NS2, 0, 0), Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .checks = {Join(0, 0, 0)}},
        {.group = group,
         .title = "single subflow, limited by server",
         .setup = {Limits(NS1, 0, 0), Limits(NS2, 0, 1), Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .rejected = 1,
         .checks = {Join(1, 1, 0)}},
        {.group = group,
         .title = "single subflow",
         .setup = {Limits(NS1, 0, 1), Limits(NS2, 0, 1), Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .checks = {Join(1, 1, 1)}},
        {.group = group,
         .title = "multiple subflows",
         .setup = {Limits(NS1, 0, 2),
                   Limits(NS2, 0, 2),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW),
                   Endpoint(NS2, "10.0.2.2", SUBFLOW)},
         .checks = {Join(2, 2, 2)}},
        {.group = group,
         .title = "multiple subflows, limited by server",
         .setup = {Limits(NS1, 0, 1),
                   Limits(NS2, 0, 2),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW),
                   Endpoint(NS2, "10.0.2.2", SUBFLOW)},
         .rejected = 1,
         .checks = {Join(2, 2, 1)}},
        {.group = group,
         .title = "single subflow, dev",
         .setup = {Limits(NS1, 0, 1),
                   Limits(NS2, 0, 1),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW, {.link = 3})},
         .checks = {Join(1, 1, 1)}},
    };
}

std::vector<MptcpJoinCase>
SubflowErrors()
{
    const std::string group = "subflows_error";
    const std::vector<MptcpJoinAction> two = {Limits(NS1, 0, 2),
                                              Limits(NS2, 0, 2),
                                              Endpoint(NS2, "10.0.3.2", SUBFLOW),
                                              Endpoint(NS2, "10.0.2.2", SUBFLOW)};
    std::vector<MptcpJoinAction> reject = two;
    reject.push_back(Reject("10.0.3.2"));
    std::vector<MptcpJoinAction> drop = two;
    drop.push_back(Drop("10.0.3.2"));
    return {
        {.group = group,
         .title = "no MPC reuse with single endpoint",
         .setup = {Limits(NS1, 0, 1),
                   Limits(NS2, 0, 1),
                   Endpoint(NS2, "10.0.1.2", SUBFLOW),
                   Endpoint(NS2, "10.0.12.2", SUBFLOW)},
         .transfer = {.speed = SLOW},
         .checks = {Join(0, 0, 0, 0, 1)}},
        {.group = group,
         .title = "multi subflows, with failing subflow",
         .setup = reject,
         .transfer = {.speed = SLOW},
         .checks = {Join(1, 1, 1, 2)},
         .note = REJECT_NOTE},
        {.group = group,
         .title = "multi subflows, with subflow timeout",
         .setup = drop,
         .transfer = {.speed = SLOW},
         .checks = {Join(1, 1, 1, 2)}},
        {.group = group,
         .title = "multi subflows, fair usage on close",
         .setup = {Limits(NS1, 0, 1),
                   Limits(NS2, 0, 1),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW),
                   Reject("10.0.3.2")},
         .transfer = {.speed = SLOW},
         .steps = {{Seconds(1), Endpoint(NS2, "10.0.2.2", SUBFLOW)}},
         .checks = {Join(1, 1, 1, 2)},
         .note = REJECT_NOTE},
    };
}

std::vector<MptcpJoinCase>
Signals()
{
    const std::string group = "signal_address";
    return {
        {.group = group,
         .title = "unused signal address",
         .setup = {Endpoint(NS1, "10.0.2.1", SIGNAL)},
         .checks = {Join(0, 0, 0), AddSent(1, 1), Added(1, 1)}},
        {.group = group,
         .title = "signal address",
         .setup = {Limits(NS1, 0, 1), Limits(NS2, 1, 1), Endpoint(NS1, "10.0.2.1", SIGNAL)},
         .checks = {Join(1, 1, 1), Added(1, 1)}},
        {.group = group,
         .title = "subflow and signal",
         .setup = {Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Limits(NS1, 0, 2),
                   Limits(NS2, 1, 2),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .checks = {Join(2, 2, 2), Added(1, 1)}},
        {.group = group,
         .title = "subflow and signal together",
         .setup = {Limits(NS1, 0, 2),
                   Limits(NS2, 0, 2),
                   Endpoint(NS2, "10.0.3.2", SIGNAL | SUBFLOW)},
         .checks = {Join(1, 1, 1), Added(1, 1, NS2), Added(0, 0), NoReset(NS2), NoReset()}},
        {.group = group,
         .title = "multiple subflows and signal",
         .setup = {Limits(NS1, 0, 3),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Limits(NS2, 1, 3),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW),
                   Endpoint(NS2, "10.0.4.2", SUBFLOW)},
         .checks = {Join(3, 3, 3), Added(1, 1)}},
        {.group = group,
         .title = "signal addresses",
         .setup = {Limits(NS1, 3, 3),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Endpoint(NS1, "10.0.3.1", SIGNAL),
                   Endpoint(NS1, "10.0.4.1", SIGNAL),
                   Limits(NS2, 3, 3)},
         .transfer = {.speed = SLOW},
         .checks = {Join(3, 3, 3), Added(3, 3)}},
        {.group = group,
         .title = "signal invalid addresses",
         .setup = {Limits(NS1, 3, 3),
                   Endpoint(NS1, "10.0.12.1", SIGNAL),
                   Endpoint(NS1, "10.0.3.1", SIGNAL),
                   Endpoint(NS1, "10.0.14.1", SIGNAL),
                   Limits(NS2, 3, 3)},
         .transfer = {.speed = SLOW},
         .checks = {Join(1, 1, 1, 3), Added(3, 3)}},
        {.group = group,
         .title = "signal addresses race test",
         .setup = {Limits(NS1, 4, 4),
                   Limits(NS2, 4, 4),
                   Endpoint(NS1, "10.0.1.1", SIGNAL),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Endpoint(NS1, "10.0.3.1", SIGNAL),
                   Endpoint(NS1, "10.0.4.1", SIGNAL),
                   Endpoint(NS2, "10.0.1.2", SIGNAL),
                   Endpoint(NS2, "10.0.2.2", SIGNAL),
                   Endpoint(NS2, "10.0.3.2", SIGNAL),
                   Endpoint(NS2, "10.0.4.2", SIGNAL),
                   Set(NS1, "AddAddrTimeout", "1s")},
         .transfer = {.speed = SLOW},
         .checks = {Join(3, 3, 3), Added(3, 3)}},
    };
}

std::vector<MptcpJoinCase>
Laminar()
{
    const std::string group = "laminar_endp";
    return {
        {.group = group,
         .title = "without a laminar endpoint",
         .setup = {Reject("10.0.2.2"),
                   Limits(NS1, 0, 2),
                   Limits(NS2, 2, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL)},
         .checks = {Join(0, 0, 0, 1), Added(1, 1)},
         .note = REJECT_NOTE},
        {.group = group,
         .title = "with a laminar endpoint",
         .setup = {Reject("10.0.2.2"),
                   Limits(NS1, 0, 2),
                   Limits(NS2, 2, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Endpoint(NS2, "10.0.3.2", LAMINAR)},
         .checks = {Join(1, 1, 1), Added(1, 1)},
         .note = REJECT_NOTE},
        {.group = group,
         .title = "with multiple laminar endpoints",
         .setup = {Reject("10.0.2.2"),
                   Limits(NS1, 0, 2),
                   Limits(NS2, 2, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Endpoint(NS1, "10.0.3.1", SIGNAL),
                   Endpoint(NS2, "2001:db8:3::2", LAMINAR),
                   Endpoint(NS2, "10.0.3.2", LAMINAR),
                   Endpoint(NS2, "10.0.4.2", LAMINAR)},
         .checks = {Join(2, 2, 2), Added(2, 2)},
         .note = REJECT_NOTE},
        {.group = group,
         .title = "single laminar endpoint",
         .setup = {Reject("10.0.2.2"),
                   Limits(NS1, 0, 2),
                   Limits(NS2, 2, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Endpoint(NS1, "10.0.3.1", SIGNAL),
                   Endpoint(NS2, "10.0.3.2", LAMINAR)},
         .checks = {Join(1, 1, 1), Added(2, 2)},
         .note = REJECT_NOTE},
        {.group = group,
         .title = "sublow + laminar endpoints",
         .setup = {Reject("10.0.2.2"),
                   Limits(NS1, 0, 4),
                   Limits(NS2, 2, 4),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Endpoint(NS2, "10.0.1.2", SUBFLOW | LAMINAR),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW | LAMINAR)},
         .checks = {Join(1, 1, 1), Added(1, 1)},
         .note = REJECT_NOTE},
    };
}

std::vector<MptcpJoinCase>
Timeouts()
{
    const std::string group = "add_addr_timeout";
    return {
        {.group = group,
         .title = "signal address, ADD_ADDR timeout",
         .setup = {LoseEchoes(),
                   Limits(NS1, 0, 1),
                   Limits(NS2, 1, 1),
                   Endpoint(NS1, "10.0.2.1", SIGNAL)},
         .transfer = {.speed = SLOW},
         .checks = {Join(1, 1, 1), AddSent(4, 4), Added(4, 0)}},
        {.group = group,
         .title = "signal address, ADD_ADDR6 timeout",
         .setup = {LoseEchoes(),
                   Limits(NS1, 0, 1),
                   Limits(NS2, 1, 1),
                   Endpoint(NS1, "2001:db8:2::1", SIGNAL)},
         .transfer = {.connect = "2001:db8:1::1", .speed = SLOW},
         .checks = {Join(1, 1, 1), Added(4, 0)}},
        {.group = group,
         .title = "signal addresses, ADD_ADDR timeout",
         .setup = {LoseEchoes(),
                   Limits(NS1, 2, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Endpoint(NS1, "10.0.3.1", SIGNAL),
                   Limits(NS2, 2, 2)},
         .transfer = {.speed = 10},
         .checks = {Join(2, 2, 2), Added(8, 0)}},
        {.group = group,
         .title = "invalid address, ADD_ADDR timeout",
         .setup = {LoseEchoes(),
                   Limits(NS1, 2, 2),
                   Endpoint(NS1, "10.0.12.1", SIGNAL),
                   Endpoint(NS1, "10.0.3.1", SIGNAL),
                   Limits(NS2, 2, 2)},
         .transfer = {.speed = 10},
         .checks = {Join(1, 1, 1, 2), Added(8, 0)}},
    };
}

} // namespace

std::vector<MptcpJoinCase>
MptcpJoinSubflowCases()
{
    std::vector<MptcpJoinCase> cases;
    for (const auto& group : {Subflows(), SubflowErrors(), Signals(), Laminar(), Timeouts()})
    {
        cases.insert(cases.end(), group.begin(), group.end());
    }
    return cases;
}

} // namespace ns3
