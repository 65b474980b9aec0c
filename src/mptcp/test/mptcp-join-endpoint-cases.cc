/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Cases of the group endpoint.
 */

#include "mptcp-join-case.h"

namespace ns3
{

using namespace mptcpjoin;

namespace
{

/// Limit of a transfer that is ended by the last step.
constexpr uint64_t ENDLESS = 128 * 1024;

/** @param host whose REMOVE_ADDRs are lost @param source on the path from this address @return it
 */
MptcpJoinAction
LoseRemoveAddr(MptcpJoinHost host, const std::string& source)
{
    return [=](MptcpJoinRun& run) {
        const Address address = MptcpJoinAddress(source);
        run.net.AddRule(host == NS1 ? NS2 : NS1, "rm", [=](const MptcpJoinPacket& packet) {
            return packet.source == address && packet.Has<MptcpRemoveAddr>()
                       ? MptcpJoinFilter::Verdict::DROP
                       : MptcpJoinFilter::Verdict::PASS;
        });
    };
}

/** @param ms time @return time */
Time
At(int64_t ms)
{
    return MilliSeconds(ms);
}

MptcpJoinCase
Implicit()
{
    return {
        .group = "endpoint",
        .title = "implicit EP",
        .setup = {Limits(NS1, 2, 2), Limits(NS2, 2, 2), Endpoint(NS1, "10.0.2.1", SIGNAL)},
        .transfer = {.speed = SLOW, .up = ENDLESS, .down = ENDLESS, .stop = Seconds(2)},
        .steps = {
            {At(1000),
             Check({EndpointIs(NS2, 1, "10.0.2.2", IMPLICIT), InfoSubflows(1), InfoSignals(1, 1)})},
            {At(1001), EndpointRefused(NS2, "10.0.2.2", 0, {.id = 33})},
            {At(1002), Check({EndpointIs(NS2, 1, "10.0.2.2", IMPLICIT)})},
            {At(1003), Endpoint(NS2, "10.0.2.2", SIGNAL)},
            {At(1004), Check({EndpointIs(NS2, 1, "10.0.2.2", SIGNAL)})}}};
}

MptcpJoinCase
DeleteSubflow()
{
    MptcpJoinCase plan = {
        .group = "endpoint",
        .title = "delete and re-add",
        .setup = {WatchEvents(),
                  Reject("10.0.3.2"),
                  Limits(NS1, 0, 3),
                  Limits(NS2, 0, 3),
                  Endpoint(NS2, "10.0.1.2", SUBFLOW, {.id = 1, .link = 1}),
                  Endpoint(NS2, "10.0.2.2", SUBFLOW, {.id = 2, .link = 2})},
        .transfer = {.speed = 5, .up = ENDLESS, .down = ENDLESS, .stop = At(9000)},
        .steps = {{At(1000),
                   Check({EndpointIs(NS2, 2, "10.0.2.2", SUBFLOW), Subflows(2), InfoSubflows(1)})},
                  {At(1000), Remove(NS2, 2, "10.0.2.2")},
                  {At(1500), Check({Subflows(1), InfoSubflows(0)})},
                  {At(1500), Endpoint(NS2, "10.0.2.2", SUBFLOW, {.id = 2, .link = 2})},
                  {At(2500), Check({Subflows(2), InfoSubflows(1)})},
                  {At(2500), Endpoint(NS2, "10.0.3.2", SUBFLOW, {.id = 3})},
                  {At(3500), Check({Subflows(2), InfoSubflows(1)})},
                  {At(3500), Accept("10.0.3.2")},
                  {At(3500), Remove(NS2, 3, "10.0.3.2")},
                  {At(3500), Endpoint(NS2, "10.0.3.2", SUBFLOW, {.id = 3})},
                  {At(4500), Check({Subflows(3), InfoSubflows(2)})},
                  {At(4500), LoseRemoveAddr(NS2, "10.0.1.2")}},
        .checks = {Join(6, 6, 6, 7),
                   Removed(4, 4),
                   Events(NS1, MptcpPmEventType::LISTENER_CREATED, 1),
                   Events(NS1, MptcpPmEventType::CREATED, 1),
                   Events(NS1, MptcpPmEventType::ESTABLISHED, 1),
                   Events(NS1, MptcpPmEventType::ANNOUNCED, 0),
                   Events(NS1, MptcpPmEventType::REMOVED, 4),
                   Events(NS1, MptcpPmEventType::SUB_ESTABLISHED, 6),
                   Events(NS1, MptcpPmEventType::SUB_CLOSED, 4),
                   Events(NS2, MptcpPmEventType::CREATED, 1),
                   Events(NS2, MptcpPmEventType::ESTABLISHED, 1),
                   Events(NS2, MptcpPmEventType::ANNOUNCED, 0),
                   Events(NS2, MptcpPmEventType::REMOVED, 0),
                   Events(NS2, MptcpPmEventType::SUB_ESTABLISHED, 6),
                   Events(NS2, MptcpPmEventType::SUB_CLOSED, 5)},
        .note =
            "REJECT answers with RST: ns-3's TCP does not act on the ICMP error of Linux's rule"};
    for (int64_t at = 4500; at < 9000; at += 1500)
    {
        plan.steps.push_back({At(at), Remove(NS2, 1, "10.0.1.2")});
        plan.steps.push_back({At(at + 500), Check({Subflows(2), InfoSubflows(2)})});
        plan.steps.push_back(
            {At(at + 500), Endpoint(NS2, "10.0.1.2", SUBFLOW, {.id = 1, .link = 1})});
        plan.steps.push_back({At(at + 1500), Check({Subflows(3), InfoSubflows(3)})});
    }
    return plan;
}

MptcpJoinCase
DeleteSignal()
{
    return {.group = "endpoint",
            .title = "delete re-add signal",
            .setup = {WatchEvents(),
                      Set(NS1, "AddAddrTimeout", "0s"),
                      Limits(NS1, 0, 3),
                      Limits(NS2, 3, 3),
                      Endpoint(NS1, "10.0.2.1", SIGNAL, {.id = 1}),
                      Endpoint(NS1, "224.0.0.1", SIGNAL, {.id = 2}),
                      Endpoint(NS1, "10.0.1.1", SIGNAL, {.id = 42})},
            .transfer = {.speed = 5, .up = ENDLESS, .down = ENDLESS, .stop = At(6500)},
            .steps = {{At(1000),
                       Check({EndpointIs(NS1, 1, "10.0.2.1", SIGNAL),
                              Subflows(2),
                              InfoSubflows(1),
                              InfoSignals(2, 1)})},
                      {At(1000), Remove(NS1, 1, "10.0.2.1")},
                      {At(1000), Remove(NS1, 2, "224.0.0.1")},
                      {At(1500), Check({Subflows(1), InfoSubflows(0), InfoSignals(0, 0)})},
                      {At(1500), Endpoint(NS1, "10.0.2.1", SIGNAL, {.id = 1})},
                      {At(1500), Endpoint(NS1, "10.0.3.1", SIGNAL, {.id = 2})},
                      {At(2500), Check({Subflows(3), InfoSubflows(2), InfoSignals(2, 2)})},
                      {At(2500), LoseRemoveAddr(NS1, "10.0.1.1")},
                      {At(2500), Remove(NS1, 42, "10.0.1.1")},
                      {At(3000), Check({Subflows(2), InfoSubflows(2), InfoSignals(2, 2)})},
                      {At(3000), Accept("rm")},
                      {At(3000), Endpoint(NS1, "10.0.1.1", SIGNAL, {.id = 99})},
                      {At(4000), Check({Subflows(3), InfoSubflows(3), InfoSignals(3, 2)})},
                      {At(4000), Remove(NS1, 99, "10.0.1.1")},
                      {At(4500), Check({Subflows(2), InfoSubflows(2), InfoSignals(2, 2)})},
                      {At(4500), Endpoint(NS1, "10.0.1.1", SIGNAL, {.id = 88})},
                      {At(5500), Check({Subflows(3), InfoSubflows(3), InfoSignals(3, 2)})}},
            .checks = {Join(5, 5, 5, 5, 0, 1),
                       Added(6, 6),
                       Removed(4, 3, NS1),
                       Events(NS1, MptcpPmEventType::LISTENER_CREATED, 1),
                       Events(NS1, MptcpPmEventType::CREATED, 1),
                       Events(NS1, MptcpPmEventType::ESTABLISHED, 1),
                       Events(NS1, MptcpPmEventType::ANNOUNCED, 0),
                       Events(NS1, MptcpPmEventType::REMOVED, 0),
                       Events(NS1, MptcpPmEventType::SUB_ESTABLISHED, 5),
                       Events(NS1, MptcpPmEventType::SUB_CLOSED, 3),
                       Events(NS2, MptcpPmEventType::CREATED, 1),
                       Events(NS2, MptcpPmEventType::ESTABLISHED, 1),
                       Events(NS2, MptcpPmEventType::ANNOUNCED, 6),
                       Events(NS2, MptcpPmEventType::REMOVED, 4),
                       Events(NS2, MptcpPmEventType::SUB_ESTABLISHED, 5),
                       Events(NS2, MptcpPmEventType::SUB_CLOSED, 3)}};
}

MptcpJoinCase
FlushAndAdd()
{
    return {
        .group = "endpoint",
        .title = "flush re-add",
        .setup = {Reject("10.0.3.2"),
                  Limits(NS1, 0, 2),
                  Limits(NS2, 1, 2),
                  Endpoint(NS1, "224.0.0.1", SIGNAL, {.id = 2}),
                  Endpoint(NS2, "10.0.3.2", SUBFLOW, {.id = 3})},
        .transfer = {.speed = 20, .up = ENDLESS, .down = ENDLESS, .stop = At(4100)},
        .steps = {{At(1000), Check({Subflows(1), InfoSubflows(0)})},
                  {At(1000), Flush(NS2)},
                  {At(1000), Flush(NS1)},
                  {At(1100), Accept("10.0.3.2")},
                  {At(1100), Endpoint(NS2, "10.0.3.2", SUBFLOW, {.id = 3})},
                  {At(2100), Endpoint(NS1, "10.0.3.1", SIGNAL, {.id = 2})}},
        .checks = {Join(2, 2, 2, 3, 0, 1), Added(2, 2), Removed(1, 0, NS1)},
        .note =
            "REJECT answers with RST: ns-3's TCP does not act on the ICMP error of Linux's rule"};
}

} // namespace

std::vector<MptcpJoinCase>
MptcpJoinEndpointCases()
{
    return {Implicit(), DeleteSubflow(), DeleteSignal(), FlushAndAdd()};
}

} // namespace ns3
