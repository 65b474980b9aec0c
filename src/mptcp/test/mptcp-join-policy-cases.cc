/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Cases of the groups link_failure, add_addr_ports, bind, checksum, deny_join_id0, fullmesh,
 * fastclose and fail, and the cases that are left out.
 */

#include "mptcp-join-case.h"
#include "mptcp-release.h"

#include "ns3/boolean.h"

namespace ns3
{

using namespace mptcpjoin;

namespace
{

/// Octets of one file of the cases with cuts: the mean of what Linux's script draws.
constexpr uint64_t CUT_UP = 16 * 1024 * 1024;
/// The same in cases that do not wait for a subflow to become stale beside others: the smallest.
constexpr uint64_t CUT_BACKUP = 8 * 1024 * 1024;
/// Octets of the server's file in the cases with data both ways, likewise.
constexpr uint64_t CUT_DOWN = 2 * 1024 * 1024;

/** All links at 20 Mbit/s and 1 ms, as the shapers of Linux's script. @return action */
MptcpJoinAction
Shape()
{
    return [](MptcpJoinRun& run) {
        for (uint32_t link = 1; link <= MptcpJoinNet::LINKS; ++link)
        {
            run.net.Shape(link, DataRate("20Mbps"), MilliSeconds(2));
        }
    };
}

std::vector<MptcpJoinCase>
LinkFailures()
{
    const std::string group = "link_failure";
    const std::string links =
        "Linux draws the link and the sizes: here the first link and the mean";
    const std::string sizes =
        std::string("Linux draws the sizes: here the smallest") +
        (MPTCP_TCP_REPAIRS_LOSS_ONLY ? ""
                                     : "; shares of links not judged with the TCP of this ns-3");
    const std::vector<MptcpJoinAction> three = {Shape(),
                                                Limits(NS1, 0, 3),
                                                Endpoint(NS1, "10.0.2.1", SIGNAL, {.link = 2}),
                                                Limits(NS2, 1, 3),
                                                Endpoint(NS2, "10.0.3.2", SUBFLOW, {.link = 3}),
                                                Endpoint(NS2, "10.0.4.2", SUBFLOW, {.link = 4})};
    const std::vector<MptcpJoinAction> backup = {
        Shape(),
        Limits(NS1, 0, 2),
        Endpoint(NS1, "10.0.2.1", SIGNAL, {.link = 2}),
        Limits(NS2, 1, 2),
        Endpoint(NS2, "10.0.3.2", SUBFLOW | BACKUP, {.link = 3})};
    auto backupBoth = backup;
    backupBoth.push_back(Limits(NS2, 1, 3)); // as Linux's script has it here
    return {
        {.group = group,
         .title = "multiple flows, signal, link failure",
         .setup = three,
         .transfer = {.up = CUT_UP, .cut = {1}},
         .checks = {Join(3, 3, 3), Added(1, 1), Stale(1, 5, 1)},
         .note = links},
        {.group = group,
         .title = "multi flows, signal, bidi, link fail",
         .setup = three,
         .transfer = {.up = CUT_UP, .down = CUT_DOWN, .cut = {1}},
         .checks = {Join(3, 3, 3), Added(1, 1), Stale(1, 0, 1)},
         .note = links},
        {.group = group,
         .title = "backup subflow unused, link failure",
         .setup = backup,
         .transfer = {.up = CUT_BACKUP, .cut = {1}},
         .checks = {Join(2, 2, 2), Added(1, 1), LinkUsage(3, 0)},
         .note = sizes},
        {.group = group,
         .title = "backup flow used, multi links fail",
         .setup = backup,
         .transfer = {.up = CUT_BACKUP, .cut = {1, 2}},
         .checks = {Join(2, 2, 2), Added(1, 1), Stale(2, 4, 2), LinkUsage(3, 50)},
         .note = sizes},
        {.group = group,
         .title = "backup flow used, bidi, link failure",
         .setup = backupBoth,
         .transfer = {.up = CUT_BACKUP, .down = CUT_DOWN, .cut = {1, 2}},
         .checks = {Join(2, 2, 2), Added(1, 1), Stale(1, 0, 2), LinkUsage(3, 50)},
         .note = sizes},
    };
}

std::vector<MptcpJoinCase>
Ports()
{
    const std::string group = "add_addr_ports";
    const Extra port = {.port = 10100};
    return {
        {.group = group,
         .title = "signal address with port",
         .setup = {Limits(NS1, 0, 1), Limits(NS2, 1, 1), Endpoint(NS1, "10.0.2.1", SIGNAL, port)},
         .checks = {Join(1, 1, 1), AddedPort(1, 1, 1)}},
        {.group = group,
         .title = "subflow and signal with port",
         .setup = {Endpoint(NS1, "10.0.2.1", SIGNAL, port),
                   Limits(NS1, 0, 2),
                   Limits(NS2, 1, 2),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .checks = {Join(2, 2, 2), AddedPort(1, 1, 1)}},
        {.group = group,
         .title = "remove single address with port",
         .setup = {WatchEvents(),
                   Limits(NS1, 0, 1),
                   Endpoint(NS1, "10.0.2.1", SIGNAL, port),
                   Limits(NS2, 1, 1)},
         .transfer = {.speed = SLOW, .server = -1},
         .checks = {Join(1, 1, 1),
                    AddedPort(1, 1, 1),
                    Removed(1, 1, NS1),
                    ListenerEvent(NS1, MptcpPmEventType::LISTENER_CREATED, "10.0.2.1", 10100),
                    ListenerEvent(NS1, MptcpPmEventType::LISTENER_CLOSED, "10.0.2.1", 10100)}},
        {.group = group,
         .title = "remove subflow and signal with port",
         .setup = {Limits(NS1, 0, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL, port),
                   Limits(NS2, 1, 2),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .transfer = {.speed = SLOW, .server = -1, .client = -1},
         .checks = {Join(2, 2, 2), AddedPort(1, 1, 1), Removed(1, 1)}},
        {.group = group,
         .title = "flush subflows and signal with port",
         .setup = {Limits(NS1, 0, 3),
                   Endpoint(NS1, "10.0.2.1", SIGNAL, port),
                   Limits(NS2, 1, 3),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW),
                   Endpoint(NS2, "10.0.4.2", SUBFLOW)},
         .transfer = {.speed = SLOW, .server = -8, .client = -2},
         .checks = {Join(3, 3, 3), Added(1, 1), RemovedBoth(1, 3, NS1)}},
        {.group = group,
         .title = "multiple addresses with port",
         .setup = {Limits(NS1, 2, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL, port),
                   Endpoint(NS1, "10.0.3.1", SIGNAL, port),
                   Limits(NS2, 2, 2)},
         .checks = {Join(2, 2, 2), AddedPort(2, 2, 2)}},
        {.group = group,
         .title = "multiple addresses with ports",
         .setup = {Limits(NS1, 2, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL, port),
                   Endpoint(NS1, "10.0.3.1", SIGNAL, {.port = 10101}),
                   Limits(NS2, 2, 2)},
         .checks = {Join(2, 2, 2), AddedPort(2, 2, 2)}},
        {.group = group,
         .title = "port-based signal endpoint must not accept mpc",
         .setup = {Endpoint(NS1, "10.0.2.1", SIGNAL, port)},
         .transfer = {.connect = "10.0.2.1", .refusedPort = 10100, .stop = Seconds(1)},
         .checks = {Count(NS1, "MPCapableEndpAttempt", 1)}},
    };
}

std::vector<MptcpJoinCase>
Binds()
{
    const std::string group = "bind";
    const auto two = [](const std::string& address) -> std::vector<MptcpJoinAction> {
        return {Limits(NS1, 0, 2), Limits(NS2, 2, 2), Endpoint(NS1, address, SIGNAL)};
    };
    const auto also = [&two](const std::string& address) {
        auto setup = two(address);
        setup.push_back([address](MptcpJoinRun& run) { run.ListenAlso(address); });
        return setup;
    };
    return {
        {.group = group,
         .title = "bind main address v4, no join v4",
         .setup = two("10.0.2.1"),
         .transfer = {.bind = "10.0.1.1"},
         .checks = {Join(0, 0, 0, 1), Added(1, 1)}},
        {.group = group,
         .title = "bind main address v6, no join v6",
         .setup = two("2001:db8:2::1"),
         .transfer = {.connect = "2001:db8:1::1", .bind = "2001:db8:1::1"},
         .checks = {Join(0, 0, 0, 1), Added(1, 1)}},
        {.group = group,
         .title = "multiple bind to allow joins v4",
         .setup = also("10.0.2.1"),
         .transfer = {.bind = "10.0.1.1"},
         .checks = {Join(1, 1, 1), Added(1, 1)}},
        {.group = group,
         .title = "multiple bind to allow joins v6",
         .setup = also("2001:db8:2::1"),
         .transfer = {.connect = "2001:db8:1::1", .bind = "2001:db8:1::1"},
         .checks = {Join(1, 1, 1), Added(1, 1)}},
    };
}

std::vector<MptcpJoinCase>
ChecksumCases()
{
    std::vector<MptcpJoinCase> cases;
    for (const auto& [server, client] : {std::pair(0, 0), {1, 1}, {0, 1}, {1, 0}})
    {
        cases.push_back(
            {.group = "checksum",
             .title = "checksum test " + std::to_string(server) + " " + std::to_string(client),
             .setup = {Set(NS1, "ChecksumEnabled", server ? "true" : "false"),
                       Set(NS2, "ChecksumEnabled", client ? "true" : "false"),
                       Limits(NS1, 0, 1),
                       Limits(NS2, 0, 1)},
             .checks = {Join(0, 0, 0),
                        Count(NS1, "DataCsumErr", 0),
                        Count(NS2, "DataCsumErr", 0),
                        Checksums(0, 0, 0)}});
    }
    return cases;
}

std::vector<MptcpJoinCase>
DenyJoins()
{
    const std::string group = "deny_join_id0";
    const auto allow = [](bool server, bool client, std::vector<MptcpJoinAction> setup) {
        setup.push_back(Set(NS1, "AllowJoinInitialAddrPort", server ? "true" : "false"));
        setup.push_back(Set(NS2, "AllowJoinInitialAddrPort", client ? "true" : "false"));
        return setup;
    };
    const std::vector<MptcpJoinAction> subflow = {Limits(NS1, 1, 1),
                                                  Limits(NS2, 1, 1),
                                                  Endpoint(NS2, "10.0.3.2", SUBFLOW)};
    const std::vector<MptcpJoinAction> signal = {Limits(NS1, 1, 1),
                                                 Limits(NS2, 1, 1),
                                                 Endpoint(NS1, "10.0.2.1", SIGNAL)};
    const std::vector<MptcpJoinAction> both = {Limits(NS1, 2, 2),
                                               Limits(NS2, 2, 2),
                                               Endpoint(NS1, "10.0.2.1", SIGNAL),
                                               Endpoint(NS2, "10.0.3.2", SUBFLOW)};
    return {
        {.group = group,
         .title = "single subflow allow join id0 ns1",
         .setup = allow(true, false, subflow),
         .checks = {Join(1, 1, 1)}},
        {.group = group,
         .title = "single subflow allow join id0 ns2",
         .setup = allow(false, true, subflow),
         .checks = {Join(0, 0, 0)}},
        {.group = group,
         .title = "signal address allow join id0 ns1",
         .setup = allow(true, false, signal),
         .checks = {Join(1, 1, 1), Added(1, 1)}},
        {.group = group,
         .title = "signal address allow join id0 ns2",
         .setup = allow(false, true, signal),
         .checks = {Join(1, 1, 1), Added(1, 1)}},
        {.group = group,
         .title = "subflow and address allow join id0 1",
         .setup = allow(true, false, both),
         .checks = {Join(2, 2, 2)}},
        {.group = group,
         .title = "subflow and address allow join id0 2",
         .setup = allow(false, true, both),
         .checks = {Join(1, 1, 1)}},
        {.group = group,
         .title = "default limits, server deny join id 0",
         .setup = allow(false,
                        true,
                        {Limits(NS1, 0, 2),
                         Limits(NS2, 0, 2),
                         Endpoint(NS1, "10.0.2.1", SIGNAL),
                         Endpoint(NS2, "10.0.3.2", SUBFLOW),
                         Endpoint(NS2, "10.0.4.2", SUBFLOW)}),
         .checks = {Join(2, 2, 2)}},
    };
}

std::vector<MptcpJoinCase>
FullMeshes()
{
    const std::string group = "fullmesh";
    return {
        {.group = group,
         .title = "fullmesh test 2x1",
         .setup = {Limits(NS1, 0, 4),
                   Limits(NS2, 1, 4),
                   Endpoint(NS2, "10.0.2.2", SUBFLOW | FULLMESH),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW | FULLMESH)},
         .transfer = {.speed = SLOW, .server = 1},
         .checks = {Join(4, 4, 4), Added(1, 1)}},
        {.group = group,
         .title = "fullmesh test 1x1",
         .setup = {Limits(NS1, 1, 3),
                   Limits(NS2, 1, 3),
                   Endpoint(NS1, "10.0.2.1", SIGNAL),
                   Endpoint(NS2, "10.0.1.2", SUBFLOW | FULLMESH)},
         .transfer = {.speed = SLOW, .fullmesh = 1},
         .checks = {Join(3, 3, 3), Added(1, 1)}},
        {.group = group,
         .title = "fullmesh test 1x2",
         .setup = {Limits(NS1, 2, 5), Limits(NS2, 1, 5), Endpoint(NS1, "10.0.2.1", SIGNAL)},
         .transfer = {.speed = SLOW, .fullmesh = 2},
         .checks = {Join(5, 5, 5), Added(1, 1)}},
        {.group = group,
         .title = "fullmesh test 1x2, limited",
         .setup = {Limits(NS1, 2, 4), Limits(NS2, 1, 4), Endpoint(NS1, "10.0.2.1", SIGNAL)},
         .transfer = {.speed = SLOW, .fullmesh = 2},
         .checks = {Join(4, 4, 4), Added(1, 1)}},
        {.group = group,
         .title = "set fullmesh flag test",
         .setup = {Limits(NS1, 4, 4), Endpoint(NS1, "10.0.2.1", SUBFLOW), Limits(NS2, 4, 4)},
         .transfer = {.speed = SLOW, .client = 1, .flags = FULLMESH},
         .checks = {Join(2, 2, 2), Removed(0, 1)}},
        {.group = group,
         .title = "set nofullmesh flag test",
         .setup = {Limits(NS1, 4, 4),
                   Endpoint(NS1, "10.0.2.1", SUBFLOW | FULLMESH),
                   Limits(NS2, 4, 4)},
         .transfer = {.speed = SLOW, .fullmesh = 1, .flags = 0},
         .checks = {Join(2, 2, 2), Removed(0, 1)}},
        {.group = group,
         .title = "set backup,fullmesh flags test",
         .setup = {Limits(NS1, 4, 4), Endpoint(NS1, "10.0.2.1", SUBFLOW), Limits(NS2, 4, 4)},
         .transfer = {.speed = SLOW, .client = 1, .flags = BACKUP | FULLMESH},
         .checks = {Join(2, 2, 2), Prio(0, 1, 1, 0), Removed(0, 1)}},
        {.group = group,
         .title = "set nobackup,nofullmesh flags test",
         .setup = {Limits(NS1, 4, 4),
                   Limits(NS2, 4, 4),
                   Endpoint(NS2, "10.0.2.2", SUBFLOW | BACKUP | FULLMESH)},
         .transfer = {.speed = SLOW, .flags = 0},
         .checks = {Join(2, 2, 2), Prio(0, 1, 1, 0), Removed(0, 1)}},
    };
}

std::vector<MptcpJoinCase>
Fastcloses()
{
    constexpr uint64_t file = 1024 * 1024;
    return {
        {.group = "fastclose",
         .title = "fastclose test",
         .transfer = {.up = file, .down = file, .truncateClient = 1024},
         .checks = {Join(0, 0, 0), Fastclose(1, 1), Reset(1, 1, NS2)}},
        {.group = "fastclose",
         .title = "fastclose server test",
         .transfer = {.up = file, .down = file, .truncateServer = 1024},
         .checks = {Join(0, 0, 0), Fastclose(1, 1, NS1), Reset(1, 1)}},
    };
}

/**
 * Checksums on, and one octet of the second large packet from the client on a link is inverted.
 * @param link which link
 * @return action
 */
MptcpJoinAction
Damage(uint32_t link)
{
    return [link](MptcpJoinRun& run) {
        for (const MptcpJoinHost host : {NS1, NS2})
        {
            run.net.GetStack(host)->SetAttribute("ChecksumEnabled", BooleanValue(true));
        }
        const auto seen = std::make_shared<uint32_t>(0);
        run.net.GetFilter(NS1, link)->Add("damage", [seen](const MptcpJoinPacket& packet) {
            return packet.size >= 150 && ++*seen == 2 ? MptcpJoinFilter::Verdict::INVERT
                                                      : MptcpJoinFilter::Verdict::PASS;
        });
    };
}

std::vector<MptcpJoinCase>
Fails()
{
    return {
        {.group = "fail",
         .title = "Infinite map",
         .setup = {Damage(1),
                   [](MptcpJoinRun& run) {
                       run.Expect(NS1, "DssFallback", 1);
                       run.Expect(NS2, "InfiniteMapTx", 1);
                   }},
         .transfer = {.up = 128 * 1024, .down = 128 * 1024, .mayInvert = true},
         .checks = {Join(0, 0, 0),
                    Count(NS1, "DataCsumErr", 1, UINT64_MAX),
                    Checksums(1, 0, 1),
                    Count(NS2, "MPFailTx", 1),
                    Count(NS1, "MPFailRx", 0, 1)}},
        {.group = "fail",
         .title = "MP_FAIL MP_RST",
         .setup = {Damage(2),
                   [](MptcpJoinRun& run) { run.net.Shape(1, DataRate("1Mbps"), MilliSeconds(5)); },
                   Limits(NS1, 0, 1),
                   Limits(NS2, 0, 1),
                   Endpoint(NS2, "10.0.2.2", SUBFLOW, {.link = 2})},
         .transfer = {.up = 1024 * 1024, .down = 1024 * 1024},
         .checks = {Join(1, 1, 1),
                    Count(NS1, "DataCsumErr", 1),
                    Count(NS2, "DataCsumErr", 0),
                    Checksums(1, 1, 0)}},
    };
}

} // namespace

std::vector<MptcpJoinCase>
MptcpJoinPolicyCases()
{
    std::vector<MptcpJoinCase> cases;
    for (const auto& group : {LinkFailures(),
                              Ports(),
                              Binds(),
                              ChecksumCases(),
                              DenyJoins(),
                              FullMeshes(),
                              Fastcloses(),
                              Fails()})
    {
        cases.insert(cases.end(), group.begin(), group.end());
    }
    return cases;
}

std::vector<MptcpJoinOmission>
MptcpJoinOmissions()
{
    const std::string cookies =
        "ns-3's TCP has no SYN cookies; the same case without them is there";
    return {
        {"syncookies", "single subflow with syn cookies", cookies},
        {"syncookies", "multiple subflows with syn cookies", cookies},
        {"syncookies", "subflows limited by server w cookies", cookies},
        {"syncookies", "signal address with syn cookies", cookies},
        {"syncookies", "subflow and signal w cookies", cookies},
        {"syncookies", "subflows and signal w. cookies", cookies},
        {"bind",
         "multiple bind to allow joins v6 link-local routing",
         "ns-3's TCP cannot bind a socket to the link-local address of one of several interfaces"},
        {"bind",
         "multiple bind to allow joins v6 link-local laminar",
         "ns-3's TCP cannot bind a socket to the link-local address of one of several interfaces"},
    };
}

} // namespace ns3
