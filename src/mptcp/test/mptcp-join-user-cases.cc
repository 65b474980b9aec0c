/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Cases of the group userspace: ns3::MptcpPathManagerUser without and with
 * somebody who drives it.
 */

#include "mptcp-join-case.h"

#include "ns3/inet-socket-address.h"
#include "ns3/mptcp-pm-commands.h"

#include <sstream>
#include <string>
#include <vector>

namespace ns3
{

using namespace mptcpjoin;

namespace
{

/// A transfer that is ended by the last step.
constexpr uint64_t ENDLESS = 128 * 1024;

/** @param run run @param host which @return its token */
uint32_t
Token(MptcpJoinRun& run, MptcpJoinHost host)
{
    const auto connection = run.GetConnection(host);
    return connection ? connection->GetLocalToken() : 0;
}

/** @param run run @param error answer of a command */
void
Expect(MptcpJoinRun& run, const std::string& error)
{
    if (!error.empty())
    {
        run.Fail(error);
    }
}

/** @param host which @param address its address @param id identifier @return
 * action */
MptcpJoinAction
Announce(MptcpJoinHost host, const std::string& address, uint8_t id)
{
    return [=](MptcpJoinRun& run) {
        MptcpPmCommands commands(run.net.GetStack(host));
        Expect(run, commands.Announce(Token(run, host), id, MptcpJoinAddress(address)));
    };
}

/** @param host which @param id identifier @return action */
MptcpJoinAction
Withdraw(MptcpJoinHost host, uint8_t id)
{
    return [=](MptcpJoinRun& run) {
        MptcpPmCommands commands(run.net.GetStack(host));
        Expect(run, commands.Remove(Token(run, host), id));
    };
}

/** The client opens a subflow to the server's first address. @param address
 * @param id @return it */
MptcpJoinAction
Create(const std::string& address, uint8_t id)
{
    return [=](MptcpJoinRun& run) {
        MptcpPmCommands commands(run.net.GetStack(NS2));
        Expect(run,
               commands.CreateSubflow(Token(run, NS2),
                                      id,
                                      MptcpJoinAddress(address),
                                      InetSocketAddress("10.0.1.1", MptcpJoinRun::PORT)));
    };
}

/** The same, and it must fail. @param address @param id @return action */
MptcpJoinAction
CreateRefused(const std::string& address, uint8_t id)
{
    return [=](MptcpJoinRun& run) {
        MptcpPmCommands commands(run.net.GetStack(NS2));
        if (commands
                .CreateSubflow(Token(run, NS2),
                               id,
                               MptcpJoinAddress(address),
                               InetSocketAddress("10.0.1.1", MptcpJoinRun::PORT))
                .empty())
        {
            run.Fail("a subflow from " + address + " was not refused");
        }
    };
}

/** @param host which @param address its address of the subflow @return action
 */
MptcpJoinAction
Destroy(MptcpJoinHost host, const std::string& address)
{
    return [=](MptcpJoinRun& run) {
        const auto connection = run.GetConnection(host);
        if (!connection)
        {
            run.Fail("no connection");
            return;
        }
        for (const auto& subflow : connection->GetSubflows())
        {
            const Address local = subflow->GetLocalName();
            if (InetSocketAddress::ConvertFrom(local).GetIpv4() == Ipv4Address(address.c_str()))
            {
                const Address remote = subflow->GetRemoteName();
                MptcpPmCommands commands(run.net.GetStack(host));
                Expect(run, commands.DestroySubflow(Token(run, host), local, remote));
                return;
            }
        }
        run.Fail("no subflow from " + address);
    };
}

/** Packets with MPTCP options on the first path are refused, both ways. @return
 * action */
MptcpJoinAction
BreakFirstPath()
{
    return [](MptcpJoinRun& run) {
        const Address address = Ipv4Address("10.0.1.2");
        for (const MptcpJoinHost host : {NS1, NS2})
        {
            run.net.AddRule(host, "break", [address](const MptcpJoinPacket& packet) {
                const bool first = packet.source == address || packet.destination == address;
                return first && !packet.options.empty() ? MptcpJoinFilter::Verdict::REJECT
                                                        : MptcpJoinFilter::Verdict::PASS;
            });
        }
    };
}

/** @param ms time @return time */
Time
At(int64_t ms)
{
    return MilliSeconds(ms);
}

/** @return the cases without anybody who drives the path manager */
std::vector<MptcpJoinCase>
Undriven()
{
    const std::string group = "userspace";
    return {
        {.group = group,
         .title = "userspace pm type prevents add_addr",
         .setup = {UserDriven(NS1),
                   Limits(NS1, 0, 2),
                   Limits(NS2, 0, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL)},
         .checks = {Join(0, 0, 0), Added(0, 0)}},
        {.group = group,
         .title = "userspace pm no echo w-o daemon",
         .setup = {UserDriven(NS2),
                   Limits(NS1, 0, 2),
                   Limits(NS2, 0, 2),
                   Endpoint(NS1, "10.0.2.1", SIGNAL)},
         .checks = {Join(0, 0, 0), Added(1, 0)}},
        {.group = group,
         .title = "userspace pm type rejects join",
         .setup = {UserDriven(NS1),
                   Limits(NS1, 1, 1),
                   Limits(NS2, 1, 1),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .rejected = 1,
         .checks = {Join(1, 1, 0)}},
        {.group = group,
         .title = "userspace pm type does not send join",
         .setup = {UserDriven(NS2),
                   Limits(NS1, 1, 1),
                   Limits(NS2, 1, 1),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .checks = {Join(0, 0, 0)}},
        {.group = group,
         .title = "userspace pm type prevents mp_prio",
         .setup = {UserDriven(NS1),
                   Limits(NS1, 1, 1),
                   Limits(NS2, 1, 1),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .transfer = {.speed = SLOW, .flags = BACKUP},
         .rejected = 1,
         .checks = {Join(1, 1, 0), Prio(0, 0, 0, 0)}},
        {.group = group,
         .title = "userspace pm type prevents rm_addr",
         .setup = {UserDriven(NS1),
                   UserDriven(NS2),
                   Limits(NS1, 0, 1),
                   Limits(NS2, 0, 1),
                   Endpoint(NS2, "10.0.3.2", SUBFLOW)},
         .transfer = {.speed = SLOW, .client = -1},
         .checks = {Join(0, 0, 0), Removed(0, 0)}},
    };
}

/** What the commands list of a host's addresses. @param host which @param text it @return check */
MptcpJoinChecks
Listed(MptcpJoinHost host, const std::string& text)
{
    return {{"addresses " + text, [=](MptcpJoinRun& run) -> std::string {
                 std::ostringstream found;
                 const MptcpPmCommands commands(run.net.GetStack(host));
                 for (const auto& known : commands.GetAddresses(Token(run, host)))
                 {
                     found << (found.tellp() > 0 ? "; " : "") << int(known.id)
                           << (known.flags & SIGNAL ? " signal " : "")
                           << (known.flags & SUBFLOW ? " subflow " : "")
                           << Ipv4Address::ConvertFrom(known.address);
                 }
                 return found.str() == text ? "" : "\"" + found.str() + "\"";
             }}};
}

/** @param extra subflows besides the initial one @param total all @return checks of mptcp_info */
MptcpJoinChecks
Info(uint32_t extra, uint32_t total)
{
    return InfoSubflows(extra) + InfoTotal(total);
}

/** @param title Linux's title @param host its commands are tested @return case to complete */
MptcpJoinCase
Driven(const std::string& title, MptcpJoinHost host)
{
    return {.group = "userspace",
            .title = title,
            .setup = {WatchEvents(), UserDriven(host)},
            .transfer = {.speed = 5, .up = ENDLESS, .down = ENDLESS, .stop = At(6000)}};
}

MptcpJoinCase
AddAndRemoveAddress()
{
    MptcpJoinCase plan = Driven("userspace pm add & remove address", NS1);
    plan.setup.push_back(Limits(NS2, 2, 2));
    plan.steps = {
        {At(1000), Announce(NS1, "10.0.2.1", 10)},
        {At(2000), Announce(NS1, "10.0.3.1", 20)},
        {At(3000),
         Check({Join(2, 2, 2),
                Added(2, 2),
                Info(2, 3),
                InfoSignals(2, 2),
                Listed(NS1, "10 signal 10.0.2.1; 20 signal 10.0.3.1")})},
        {At(3000), Destroy(NS1, "10.0.2.1")},
        {At(4000), Check({Listed(NS1, "20 signal 10.0.3.1")})},
        {At(4000), Withdraw(NS1, 20)},
        {At(5000), Check({Listed(NS1, ""), Removed(1, 1, NS1), Info(0, 1)})},
    };
    return plan;
}

MptcpJoinCase
CreateAndDestroy()
{
    MptcpJoinCase plan = Driven("userspace pm create destroy subflow", NS2);
    plan.setup.push_back(Limits(NS1, 0, 1));
    plan.steps = {
        {At(1000), Create("10.0.3.2", 20)},
        {At(2000), Check({Join(1, 1, 1), Info(1, 2), Listed(NS2, "20 subflow 10.0.3.2")})},
        {At(2000), Destroy(NS2, "10.0.3.2")},
        {At(3000), Check({Listed(NS2, ""), Removed(0, 1), Info(0, 1)})},
        // An error of the creation leaves no trace in the numbers: the host lacks the address.
        {At(3000), CreateRefused("10.0.12.2", 10)},
        {At(3100), Check({Listed(NS2, ""), Info(0, 1)})},
    };
    return plan;
}

MptcpJoinCase
CreateIdZero()
{
    MptcpJoinCase plan = Driven("userspace pm create id 0 subflow", NS2);
    plan.setup.push_back(Limits(NS1, 0, 1));
    plan.steps = {
        {At(1000), Check({Info(0, 1)})},
        {At(1000), Create("10.0.3.2", 0)},
        {At(2000), Check({Listed(NS2, "1 subflow 10.0.3.2"), Join(1, 1, 1), Info(1, 2)})},
    };
    plan.note = "0 stands for the next free identifier: RFC 8684 keeps 0 for the initial address";
    return plan;
}

MptcpJoinCase
RemoveInitial()
{
    MptcpJoinCase plan = Driven("userspace pm remove initial subflow", NS2);
    plan.setup.push_back(Limits(NS1, 0, 1));
    plan.steps = {
        {At(1000), Create("10.0.3.2", 20)},
        {At(2000), Check({Join(1, 1, 1), Info(1, 2)})},
        {At(2000), Destroy(NS2, "10.0.1.2")},
        {At(3000), Check({Removed(0, 1), NoReset(NS2), Info(1, 1)})},
    };
    return plan;
}

MptcpJoinCase
RemoveIdZero()
{
    MptcpJoinCase plan = Driven("userspace pm send RM_ADDR for ID 0", NS1);
    plan.setup.push_back(Limits(NS2, 1, 1));
    plan.steps = {
        {At(1000), Announce(NS1, "10.0.2.1", 10)},
        {At(2000), Check({Join(1, 1, 1), Added(1, 1), Info(1, 2), InfoSignals(1, 1)})},
        {At(2000), Withdraw(NS1, 0)},
        {At(3000), Check({Removed(1, 0, NS1), NoReset(NS2), Info(1, 1)})},
    };
    return plan;
}

MptcpJoinCase
NoDuplicateEvents()
{
    MptcpJoinCase plan = Driven("userspace pm no dup close events after error", NS2);
    plan.setup.push_back(Limits(NS1, 0, 2));
    plan.transfer.speed = SLOW;
    plan.steps = {
        {At(500), Create("10.0.3.2", 20)},
        {At(1500), Check({Info(1, 2)})},
        {At(1500), BreakFirstPath()},
        {At(4000),
         Check({Events(NS1, MptcpPmEventType::SUB_CLOSED, 1),
                Events(NS2, MptcpPmEventType::SUB_CLOSED, 1),
                InfoTotal(1)})},
        {At(4000), Create("10.0.1.2", 0)},
        {At(5500),
         Check({Events(NS2, MptcpPmEventType::SUB_CLOSED, 2),
                FailedEvents(NS2, MptcpPmEventType::SUB_CLOSED, 2)})},
    };
    return plan;
}

} // namespace

std::vector<MptcpJoinCase>
MptcpJoinUserCases()
{
    std::vector<MptcpJoinCase> cases = Undriven();
    for (const auto& plan : {AddAndRemoveAddress(),
                             CreateAndDestroy(),
                             CreateIdZero(),
                             RemoveInitial(),
                             RemoveIdZero(),
                             NoDuplicateEvents()})
    {
        cases.push_back(plan);
    }
    return cases;
}

} // namespace ns3
