/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Cases of the groups remove, add, ipv6, v4mapped, mixed and backup.
 */

#include "mptcp-join-case.h"

namespace ns3
{

using namespace mptcpjoin;

namespace
{

std::vector<MptcpJoinCase>
RemoveOne()
{
    const std::string group = "remove";
    return {
        {.group = group,
         .title = "remove single subflow",
         .setup = {Limits(NS1, 0, 1),
                   Limits(NS2, 0, 1),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW | BACKUP)},
         .transfer = {.speed = SLOW, .client = -1},
         .checks = {Join(1, 1, 1), Count(NS2, "RmAddrTx", 1), Removed(1, 1), NoReset()}},
        {.group = group,
         .title = "remove multiple subflows",
         .setup = {Limits(NS1, 0, 2),
                   Limits(NS2, 0, 2),
                   Endpoint(NS2, "10.0.2.2", SUBFLOW | BACKUP),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW | BACKUP)},
         .transfer = {.speed = SLOW, .client = -2},
         .checks = {Join(2, 2, 2), Removed(2, 2), NoReset()}},
        {.group = group,
         .title = "remove single address",
         .setup = {Limits(NS1, 0, 1),
                   Endpoint(NS1, "10.0.2.1", SIGNAL | BACKUP),
                   Limits(NS2, 1, 1)},
         .transfer = {.speed = SLOW, .server = -1},
         .checks = {Join(1, 1, 1), Added(1, 1), Removed(1, 1, NS1), NoReset()}},
        {.group = group,
         .title = "remove subflow and signal",
         .setup = {Limits(NS1, 0, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL | BACKUP),
                   Limits(NS2, 1, 2),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW | BACKUP)},
         .transfer = {.speed = SLOW, .server = -1, .client = -1},
         .checks = {Join(2, 2, 2), Added(1, 1), Removed(1, 1), NoReset()}},
        {.group = group,
         .title = "remove subflows and signal",
         .setup = {Limits(NS1, 0, 3),
                   Endpoint(NS1, "10.0.2.1", SIGNAL | BACKUP),
                   Limits(NS2, 1, 3),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW | BACKUP),
                   Endpoint(NS2, "10.0.4.2", SUBFLOW | BACKUP)},
         .transfer = {.speed = 10, .server = -1, .client = -2},
         .checks = {Join(3, 3, 3), Added(1, 1), Removed(2, 2), NoReset()}},
        {.group = group,
         .title = "remove signal+subflow with limits",
         .setup = {Limits(NS1, 0, 0),
                   Endpoint(NS1, "10.0.2.1", SIGNAL | SUBFLOW),
                   Limits(NS2, 0, 0)},
         .transfer = {.speed = SLOW, .server = -1},
         .checks = {Join(0, 0, 0), Added(1, 1), Removed(1, 0, NS1), NoReset()}},
        {.group = group,
         .title = "remove addresses",
         .setup = {Limits(NS1, 3, 3),
                   Endpoint(NS1, "10.0.2.1", SIGNAL | BACKUP, {.id = 250}),
                   Endpoint(NS1, "10.0.3.1", SIGNAL | BACKUP),
                   Endpoint(NS1, "10.0.4.1", SIGNAL | BACKUP),
                   Limits(NS2, 3, 3)},
         .transfer = {.speed = 10, .server = -3},
         .checks = {Join(3, 3, 3), Added(3, 3), Removed(3, 3, NS1), NoReset()}},
        {.group = group,
         .title = "remove invalid addresses",
         .setup = {Limits(NS1, 3, 3),
                   Endpoint(NS1, "10.0.12.1", SIGNAL | BACKUP),
                   Endpoint(NS1, "224.0.0.1", SIGNAL | BACKUP),
                   Endpoint(NS1, "10.0.3.1", SIGNAL | BACKUP),
                   Limits(NS2, 2, 2)},
         .transfer = {.speed = 10, .server = -3},
         .checks = {Join(1, 1, 1, 2, 0, 1), Added(3, 3), Removed(3, 1, NS1), NoReset()}},
    };
}

std::vector<MptcpJoinCase>
RemoveAll()
{
    const std::string group = "remove";
    return {
        {.group = group,
         .title = "flush subflows and signal",
         .setup = {Limits(NS1, 0, 3),
                   Endpoint(NS1, "10.0.2.1", SIGNAL | BACKUP),
                   Limits(NS2, 1, 3),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW | BACKUP),
                   Endpoint(NS2, "10.0.4.2", SUBFLOW | BACKUP)},
         .transfer = {.speed = SLOW, .server = -8, .client = -8},
         .checks = {Join(3, 3, 3), Added(1, 1), RemovedBoth(1, 3, NS1), NoReset()}},
        {.group = group,
         .title = "flush subflows",
         .setup = {Limits(NS1, 3, 3),
                   Limits(NS2, 3, 3),
                   Endpoint(NS2, "10.0.2.2", SUBFLOW | BACKUP, {.id = 150}),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW | BACKUP),
                   Endpoint(NS2, "10.0.4.2", SUBFLOW | BACKUP)},
         .transfer = {.speed = SLOW, .server = -8, .client = -8},
         .checks = {Join(3, 3, 3), Count(NS2, "RmAddrTx", 0), RemovedBoth(0, 3), NoReset()}},
        {.group = group,
         .title = "flush addresses",
         .setup = {Limits(NS1, 3, 3),
                   Endpoint(NS1, "10.0.2.1", SIGNAL | BACKUP, {.id = 250}),
                   Endpoint(NS1, "10.0.3.1", SIGNAL | BACKUP),
                   Endpoint(NS1, "10.0.4.1", SIGNAL | BACKUP),
                   Limits(NS2, 3, 3)},
         .transfer = {.speed = SLOW, .server = -8, .client = -8},
         .checks = {Join(3, 3, 3), Added(3, 3), RemovedBoth(3, 3, NS1), NoReset()}},
        {.group = group,
         .title = "flush invalid addresses",
         .setup = {Limits(NS1, 3, 3),
                   Endpoint(NS1, "10.0.12.1", SIGNAL | BACKUP),
                   Endpoint(NS1, "10.0.3.1", SIGNAL | BACKUP),
                   Endpoint(NS1, "10.0.14.1", SIGNAL | BACKUP),
                   Limits(NS2, 3, 3)},
         .transfer = {.speed = SLOW, .server = -8},
         .checks = {Join(1, 1, 1, 3), Added(3, 3), Removed(3, 1, NS1), NoReset()}},
        {.group = group,
         .title = "remove id 0 subflow",
         .setup = {Limits(NS1, 0, 1), Limits(NS2, 0, 1), Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .transfer = {.speed = SLOW, .client = -9},
         .checks = {Join(1, 1, 1), Removed(1, 1), NoReset()}},
        {.group = group,
         .title = "remove id 0 address",
         .setup = {Limits(NS1, 0, 1), Endpoint(NS1, "10.0.2.1", SIGNAL), Limits(NS2, 1, 1)},
         .transfer = {.speed = SLOW, .server = -9},
         .checks = {Join(1, 1, 1), Added(1, 1), Removed(1, 1, NS1), NoReset(NS2)}},
    };
}

std::vector<MptcpJoinCase>
AddCases()
{
    const std::string group = "add";
    return {
        {.group = group,
         .title = "add single subflow",
         .setup = {Limits(NS1, 0, 1), Limits(NS2, 0, 1)},
         .transfer = {.speed = SLOW, .client = 1, .establishedClient = 1},
         .checks = {Join(1, 1, 1), Count(NS2, "MPCurrEstab", 0)}},
        {.group = group,
         .title = "add signal address",
         .setup = {Limits(NS1, 0, 1), Limits(NS2, 1, 1)},
         .transfer = {.speed = SLOW, .server = 1, .establishedServer = 1},
         .checks = {Join(1, 1, 1), Added(1, 1), Count(NS1, "MPCurrEstab", 0)}},
        {.group = group,
         .title = "add multiple subflows",
         .setup = {Limits(NS1, 0, 2), Limits(NS2, 0, 2)},
         .transfer = {.speed = SLOW, .client = 2, .establishedClient = 1},
         .checks = {Join(2, 2, 2), Count(NS2, "MPCurrEstab", 0)}},
        {.group = group,
         .title = "add multiple subflows IPv6",
         .setup = {Limits(NS1, 0, 2), Limits(NS2, 0, 2)},
         .transfer =
             {.connect = "2001:db8:1::1", .speed = SLOW, .client = 2, .establishedClient = 1},
         .checks = {Join(2, 2, 2), Count(NS2, "MPCurrEstab", 0)}},
        {.group = group,
         .title = "add multiple addresses IPv6",
         .setup = {Limits(NS1, 0, 2), Limits(NS2, 2, 2)},
         .transfer =
             {.connect = "2001:db8:1::1", .speed = SLOW, .server = 2, .establishedServer = 1},
         .checks = {Join(2, 2, 2), Added(2, 2), Count(NS1, "MPCurrEstab", 0)}},
    };
}

std::vector<MptcpJoinCase>
Ipv6Cases()
{
    const std::string group = "ipv6";
    const MptcpJoinTransfer slow = {.connect = "2001:db8:1::1", .speed = SLOW};
    MptcpJoinTransfer removeAddress = slow;
    removeAddress.server = -1;
    MptcpJoinTransfer removeBoth = removeAddress;
    removeBoth.client = -1;
    return {
        {.group = group,
         .title = "single subflow IPv6",
         .setup = {Limits(NS1, 0, 1),
                   Limits(NS2, 0, 1),
                   Endpoint(NS2, "2001:db8:3::2", SUBFLOW, {.link = 3})},
         .transfer = slow,
         .checks = {Join(1, 1, 1)}},
        {.group = group,
         .title = "unused signal address IPv6",
         .setup = {Endpoint(NS1, "2001:db8:2::1", SIGNAL)},
         .transfer = slow,
         .checks = {Join(0, 0, 0), Added(1, 1)}},
        {.group = group,
         .title = "single address IPv6",
         .setup = {Limits(NS1, 0, 1), Endpoint(NS1, "2001:db8:2::1", SIGNAL), Limits(NS2, 1, 1)},
         .transfer = slow,
         .checks = {Join(1, 1, 1), Added(1, 1)}},
        {.group = group,
         .title = "remove single address IPv6",
         .setup = {Limits(NS1, 0, 1), Endpoint(NS1, "2001:db8:2::1", SIGNAL), Limits(NS2, 1, 1)},
         .transfer = removeAddress,
         .checks = {Join(1, 1, 1), Added(1, 1), Removed(1, 1, NS1)}},
        {.group = group,
         .title = "remove subflow and signal IPv6",
         .setup = {Limits(NS1, 0, 2),
                   Endpoint(NS1, "2001:db8:2::1", SIGNAL),
                   Limits(NS2, 1, 2),
                   Endpoint(NS2, "2001:db8:3::2", SUBFLOW, {.link = 3})},
         .transfer = removeBoth,
         .checks = {Join(2, 2, 2), Added(1, 1), Removed(1, 1)}},
    };
}

std::vector<MptcpJoinCase>
MappedCases()
{
    const std::string group = "v4mapped";
    const std::string v4 = "10.0.1.1";
    const std::string mapped = "::ffff:10.0.1.1";
    std::vector<MptcpJoinCase> cases;
    const auto subflow = [&](const std::string& title,
                             const std::string& endpoint,
                             const std::string& connect,
                             uint64_t joins) {
        cases.push_back(
            {.group = group,
             .title = title,
             .setup = {Limits(NS1, 0, 1), Limits(NS2, 0, 1), Endpoint(NS2, endpoint, SUBFLOW)},
             .transfer = {.connect = connect},
             .checks = {Join(joins, joins, joins)}});
    };
    const auto signal =
        [&](const std::string& title, const std::string& endpoint, const std::string& connect) {
            cases.push_back(
                {.group = group,
                 .title = title,
                 .setup = {Limits(NS1, 0, 1), Limits(NS2, 1, 1), Endpoint(NS1, endpoint, SIGNAL)},
                 .transfer = {.connect = connect},
                 .checks = {Join(1, 1, 1), Added(1, 1)}});
        };
    subflow("single subflow IPv4-mapped", "::ffff:10.0.3.2", mapped, 1);
    signal("signal address IPv4-mapped", "::ffff:10.0.2.1", mapped);
    subflow("single subflow v4-map-v6", "10.0.3.2", mapped, 1);
    signal("signal address v4-map-v6", "10.0.2.1", mapped);
    subflow("single subflow v6-map-v4", "::ffff:10.0.3.2", v4, 1);
    signal("signal address v6-map-v4", "::ffff:10.0.2.1", v4);
    subflow("no JOIN with diff families v4-v6", "2001:db8:2::2", v4, 0);
    subflow("no JOIN with diff families v4-v6-2", "2001:db8:2::10.0.3.2", v4, 0);
    subflow("no JOIN with diff families v6-v4", "10.0.3.2", "2001:db8:1::1", 0);
    return cases;
}

std::vector<MptcpJoinCase>
MixedCases()
{
    const std::string group = "mixed";
    return {
        {.group = group,
         .title = "IPv4 sockets do not use IPv6 addresses",
         .setup = {Limits(NS1, 0, 1), Limits(NS2, 1, 1), Endpoint(NS1, "2001:db8:2::1", SIGNAL)},
         .transfer = {.speed = SLOW},
         .checks = {Join(0, 0, 0)}},
        {.group = group,
         .title = "simult IPv4 and IPv6 subflows",
         .setup = {Limits(NS1, 0, 1), Limits(NS2, 1, 1), Endpoint(NS1, "10.0.1.1", SIGNAL)},
         .transfer = {.connect = "2001:db8:2::1", .speed = SLOW},
         .checks = {Join(1, 1, 1)}},
        {.group = group,
         .title = "simult IPv4 and IPv6 subflows, fullmesh 1x1",
         .setup = {Limits(NS1, 0, 4),
                   Limits(NS2, 1, 4),
                   Endpoint(NS2, "2001:db8:2::2", SUBFLOW | FULLMESH),
                   Endpoint(NS1, "10.0.1.1", SIGNAL)},
         .transfer = {.connect = "2001:db8:2::1", .speed = SLOW},
         .checks = {Join(0, 0, 0)}},
        {.group = group,
         .title = "simult IPv4 and IPv6 subflows, fullmesh 2x2",
         .setup = {Limits(NS1, 0, 4),
                   Limits(NS2, 2, 4),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Endpoint(NS1, "2001:db8:2::1", SIGNAL)},
         .transfer = {.connect = "2001:db8:1::1", .speed = SLOW, .fullmesh = 1},
         .checks = {Join(4, 4, 4)}},
    };
}

std::vector<MptcpJoinCase>
BackupCases()
{
    const std::string group = "backup";
    const MptcpJoinTransfer clear = {.speed = SLOW, .flags = 0};
    const MptcpJoinTransfer set = {.speed = SLOW, .flags = BACKUP};
    return {
        {.group = group,
         .title = "single subflow, backup",
         .setup = {Limits(NS1, 0, 1),
                   Limits(NS2, 0, 1),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW | BACKUP)},
         .transfer = clear,
         .checks = {Join(1, 1, 1), Prio(0, 1, 1, 0)}},
        {.group = group,
         .title = "single address, backup",
         .setup = {Limits(NS1, 0, 1),
                   Endpoint(NS1, "10.0.2.1", SIGNAL | BACKUP),
                   Limits(NS2, 1, 1)},
         .transfer = clear,
         .checks = {Join(1, 1, 1), Added(1, 1), Prio(1, 0, 0, 1)}},
        {.group = group,
         .title = "single address, switch to backup",
         .setup = {Limits(NS1, 0, 1), Endpoint(NS1, "10.0.2.1", SIGNAL), Limits(NS2, 1, 1)},
         .transfer = set,
         .checks = {Join(1, 1, 1), Added(1, 1), Prio(1, 1, 0, 0)}},
        {.group = group,
         .title = "single address with port, backup",
         .setup = {Limits(NS1, 0, 1),
                   Endpoint(NS1, "10.0.2.1", SIGNAL | BACKUP, {.port = 10100}),
                   Limits(NS2, 1, 1)},
         .transfer = clear,
         .checks = {Join(1, 1, 1), Added(1, 1), Prio(1, 0, 0, 1)}},
        {.group = group,
         .title = "mpc backup",
         .setup = {Endpoint(NS2, "10.0.1.2", SUBFLOW | BACKUP)},
         .transfer = {.speed = SLOW},
         .checks = {Join(0, 0, 0), Prio(0, 1, 0, 0)}},
        {.group = group,
         .title = "mpc backup both sides",
         .setup = {Limits(NS1, 0, 2),
                   Limits(NS2, 1, 2),
                   Endpoint(NS1, "10.0.1.1", SIGNAL | BACKUP),
                   Endpoint(NS2, "10.0.1.2", SUBFLOW | BACKUP),
                   Endpoint(NS2, "10.0.2.2", SUBFLOW),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   // the second join is to leave by the first link
                   [](MptcpJoinRun& run) { run.net.AddHostRoute("10.0.2.1", 1); }},
         .transfer = {.speed = SLOW},
         .checks = {Join(2, 2, 2), Prio(1, 1, 1, 1)}},
        {.group = group,
         .title = "mpc switch to backup",
         .setup = {Endpoint(NS2, "10.0.1.2", SUBFLOW)},
         .transfer = set,
         .checks = {Join(0, 0, 0), Prio(0, 1, 0, 0)}},
        {.group = group,
         .title = "mpc switch to backup both sides",
         .setup = {Endpoint(NS1, "10.0.1.1", SUBFLOW), Endpoint(NS2, "10.0.1.2", SUBFLOW)},
         .transfer = set,
         .checks = {Join(0, 0, 0), Prio(1, 1, 0, 0)}},
    };
}

} // namespace

std::vector<MptcpJoinCase>
MptcpJoinRemoveCases()
{
    std::vector<MptcpJoinCase> cases;
    for (const auto& group : {RemoveOne(),
                              RemoveAll(),
                              AddCases(),
                              Ipv6Cases(),
                              MappedCases(),
                              MixedCases(),
                              BackupCases()})
    {
        cases.insert(cases.end(), group.begin(), group.end());
    }
    return cases;
}

} // namespace ns3
