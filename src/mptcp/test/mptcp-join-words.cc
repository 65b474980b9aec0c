/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-join-case.h"
#include "mptcp-release.h"

#include "ns3/inet-socket-address.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <algorithm>
#include <sstream>

namespace ns3
{

namespace mptcpjoin
{

namespace
{

/** @param host which @return its name in Linux's script */
const char*
Name(MptcpJoinHost host)
{
    return host == MptcpJoinHost::SERVER ? "ns1" : "ns2";
}

} // namespace

MptcpJoinAction
Limits(MptcpJoinHost host, uint8_t accepted, uint8_t subflows)
{
    return [=](MptcpJoinRun& run) {
        const auto error = run.net.GetStack(host)->GetEndpoints().SetLimits({accepted, subflows});
        if (!error.empty())
        {
            run.Fail(error);
        }
    };
}

MptcpJoinAction
Endpoint(MptcpJoinHost host, const std::string& address, uint8_t flags, const Extra& extra)
{
    return [=](MptcpJoinRun& run) {
        MptcpEndpoint endpoint;
        endpoint.id = extra.id;
        endpoint.address = MptcpJoinAddress(address);
        endpoint.port = extra.port;
        endpoint.flags = flags;
        if (extra.link > 0)
        {
            endpoint.ifIndex = run.net.GetDevice(host, extra.link)->GetIfIndex() + 1;
        }
        const auto error = run.net.GetStack(host)->GetEndpoints().Add(endpoint);
        if (!error.empty())
        {
            run.Fail(address + ": " + error);
        }
    };
}

MptcpJoinAction
EndpointRefused(MptcpJoinHost host, const std::string& address, uint8_t flags, const Extra& extra)
{
    return [=](MptcpJoinRun& run) {
        MptcpEndpoint endpoint;
        endpoint.id = extra.id;
        endpoint.address = MptcpJoinAddress(address);
        endpoint.flags = flags;
        if (run.net.GetStack(host)->GetEndpoints().Add(endpoint).empty())
        {
            run.Fail("endpoint " + address + " was not refused");
        }
    };
}

MptcpJoinAction
Remove(MptcpJoinHost host, uint8_t id, const std::string& address)
{
    return [=](MptcpJoinRun& run) {
        const auto error = run.net.GetStack(host)->GetEndpoints().Remove(
            id,
            address.empty() ? Address() : MptcpJoinAddress(address));
        if (!error.empty())
        {
            run.Fail(error);
        }
    };
}

MptcpJoinAction
Flush(MptcpJoinHost host)
{
    return [=](MptcpJoinRun& run) { run.net.GetStack(host)->GetEndpoints().Flush(); };
}

MptcpJoinAction
UserDriven(MptcpJoinHost host)
{
    return [=](MptcpJoinRun& run) {
        run.net.GetStack(host)->SetDefault("ns3::MptcpSocketBase::PathManager",
                                           StringValue("ns3::MptcpPathManagerUser"));
    };
}

MptcpJoinAction
WatchEvents()
{
    return [](MptcpJoinRun& run) { run.WatchEvents(); };
}

MptcpJoinAction
Set(MptcpJoinHost host, const std::string& name, const std::string& value)
{
    return
        [=](MptcpJoinRun& run) { run.net.GetStack(host)->SetAttribute(name, StringValue(value)); };
}

namespace
{

/** @param source address @param verdict what happens to its packets @return action */
MptcpJoinAction
Filter(const std::string& source, MptcpJoinFilter::Verdict verdict)
{
    return [=](MptcpJoinRun& run) {
        const Address address = MptcpJoinAddress(source);
        run.net.AddRule(MptcpJoinHost::SERVER, source, [=](const MptcpJoinPacket& packet) {
            return packet.source == address ? verdict : MptcpJoinFilter::Verdict::PASS;
        });
    };
}

} // namespace

MptcpJoinAction
Reject(const std::string& source)
{
    return Filter(source, MptcpJoinFilter::Verdict::REJECT);
}

MptcpJoinAction
Drop(const std::string& source)
{
    return Filter(source, MptcpJoinFilter::Verdict::DROP);
}

MptcpJoinAction
Accept(const std::string& source)
{
    return [=](MptcpJoinRun& run) { run.net.RemoveRule(source); };
}

MptcpJoinAction
Check(const std::vector<MptcpJoinChecks>& checks)
{
    return [=](MptcpJoinRun& run) {
        std::ostringstream when;
        when << "at " << (Simulator::Now() - MptcpJoinRun::CONNECT).As(Time::S) << ": ";
        for (const auto& list : checks)
        {
            run.Apply(list, when.str());
        }
    };
}

MptcpJoinChecks
operator+(MptcpJoinChecks a, const MptcpJoinChecks& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

MptcpJoinChecks
Count(MptcpJoinHost host, const std::string& name, uint64_t min, uint64_t max)
{
    std::ostringstream what;
    what << Name(host) << ' ' << name << ' ' << min;
    if (max == UINT64_MAX)
    {
        what << " or more";
    }
    else if (max != min)
    {
        what << ".." << max;
    }
    return {{what.str(), [=](MptcpJoinRun& run) {
                 const uint64_t value = run.net.GetCounter(host, name);
                 return value >= min && value <= max ? "" : std::to_string(value);
             }}};
}

MptcpJoinChecks
Count(MptcpJoinHost host, const std::string& name, uint64_t value)
{
    return Count(host, name, value, value);
}

MptcpJoinChecks
Join(uint64_t syn,
     uint64_t synAck,
     uint64_t ack,
     uint64_t synTx,
     uint64_t bindError,
     uint64_t connectError)
{
    return Count(NS1, "MPJoinSynRx", syn) + Count(NS2, "MPJoinSynAckRx", synAck) +
           Count(NS1, "MPJoinAckRx", ack) + Count(NS2, "MPJoinSynTx", synTx) +
           Count(NS2, "MPJoinSynTxCreatSkErr", 0) + Count(NS2, "MPJoinSynTxBindErr", bindError) +
           Count(NS2, "MPJoinSynTxConnectErr", connectError);
}

MptcpJoinChecks
Join(uint64_t syn, uint64_t synAck, uint64_t ack)
{
    return Join(syn, synAck, ack, syn);
}

MptcpJoinChecks
Added(uint64_t add, uint64_t echo, MptcpJoinHost from)
{
    // More than expected are retransmissions, which Linux's script tolerates as well.
    const MptcpJoinHost to = from == NS1 ? NS2 : NS1;
    return Count(to, "AddAddr", add, add ? UINT64_MAX : 0) + Count(from, "EchoAdd", echo);
}

MptcpJoinChecks
AddedPort(uint64_t add, uint64_t echo, uint64_t port)
{
    return Added(add, echo) + Count(NS2, "PortAdd", port) + Count(NS1, "MPJoinPortSynRx", port) +
           Count(NS2, "MPJoinPortSynAckRx", port) + Count(NS1, "MPJoinPortAckRx", port) +
           Count(NS1, "MismatchPortSynRx", 0) + Count(NS1, "MismatchPortAckRx", 0);
}

MptcpJoinChecks
AddSent(uint64_t add, uint64_t echo)
{
    return Count(NS1, "AddAddrTx", add, add ? UINT64_MAX : 0) + Count(NS2, "EchoAddTx", echo);
}

MptcpJoinChecks
Removed(uint64_t address, uint64_t subflow, MptcpJoinHost from)
{
    return Count(from == NS2 ? NS1 : NS2, "RmAddr", address) + Count(from, "RmSubflow", subflow);
}

MptcpJoinChecks
RemovedBoth(uint64_t address, uint64_t subflow, MptcpJoinHost from)
{
    std::ostringstream what;
    what << "RmSubflow of both " << subflow << ".." << 2 * subflow;
    const MptcpJoinChecks both = {{what.str(), [=](MptcpJoinRun& run) {
                                       const uint64_t value = run.net.GetCounter(NS1, "RmSubflow") +
                                                              run.net.GetCounter(NS2, "RmSubflow");
                                       return value >= subflow && value <= 2 * subflow
                                                  ? ""
                                                  : std::to_string(value);
                                   }}};
    return Count(from == NS2 ? NS1 : NS2, "RmAddr", address) + both;
}

MptcpJoinChecks
Reset(uint64_t tx, uint64_t rx, MptcpJoinHost from)
{
    return Count(from, "MPRstTx", tx, tx ? UINT64_MAX : 0) +
           Count(from == NS1 ? NS2 : NS1, "MPRstRx", rx, rx ? UINT64_MAX : 0);
}

MptcpJoinChecks
NoReset(MptcpJoinHost from)
{
    return Reset(0, 0, from);
}

MptcpJoinChecks
Prio(uint64_t tx, uint64_t rx, uint64_t syn, uint64_t synAck)
{
    return Count(NS1, "MPPrioTx", tx) + Count(NS1, "MPPrioRx", rx) +
           Count(NS1, "MPJoinSynBackupRx", syn) + Count(NS2, "MPJoinSynAckBackupRx", synAck);
}

MptcpJoinChecks
Fastclose(uint64_t tx, uint64_t rx, MptcpJoinHost from)
{
    return Count(from, "MPFastcloseTx", tx) + Count(from == NS1 ? NS2 : NS1, "MPFastcloseRx", rx);
}

MptcpJoinChecks
Stale(uint64_t min, uint64_t max, uint64_t delta)
{
    return Count(NS2, "SubflowStale", min, max ? max : UINT64_MAX) +
           MptcpJoinChecks{{"ns2 SubflowStale less SubflowRecover " + std::to_string(delta),
                            [=](MptcpJoinRun& run) {
                                const uint64_t value = run.net.GetCounter(NS2, "SubflowStale") -
                                                       run.net.GetCounter(NS2, "SubflowRecover");
                                return value == delta ? "" : std::to_string(value);
                            }}};
}

MptcpJoinChecks
LinkUsage(uint32_t link, uint64_t percent)
{
    std::ostringstream what;
    what << "link " << link << " carries " << percent << " % (+-5) of the client's data";
    return {{what.str(), [=](MptcpJoinRun& run) -> std::string {
                 const uint64_t usage = run.net.GetSentBytes(NS2, link) * 100 / run.client.sent;
                 const bool fits = usage + 5 >= percent && usage <= percent + 5;
                 return fits || !MPTCP_TCP_REPAIRS_LOSS_ONLY ? "" : std::to_string(usage) + " %";
             }}};
}

MptcpJoinChecks
EndpointIs(MptcpJoinHost host, uint8_t id, const std::string& address, uint8_t flags)
{
    std::ostringstream what;
    what << Name(host) << " endpoint " << static_cast<int>(id) << ' ' << address << " flags "
         << static_cast<int>(flags);
    return {{what.str(), [=](MptcpJoinRun& run) -> std::string {
                 const auto found = run.net.GetStack(host)->GetEndpoints().Find(id);
                 if (!found)
                 {
                     return "none";
                 }
                 const bool same =
                     found->address == MptcpJoinAddress(address) && found->flags == flags;
                 return same ? "" : "flags " + std::to_string(found->flags);
             }}};
}

MptcpJoinChecks
Subflows(uint64_t count)
{
    return {{"subflows " + std::to_string(count), [=](MptcpJoinRun& run) -> std::string {
                 for (const MptcpJoinHost host : {NS1, NS2})
                 {
                     const Ptr<MptcpSocketBase> connection = run.GetConnection(host);
                     if (!connection)
                     {
                         return std::string("no connection at ") + Name(host);
                     }
                     const auto subflows = connection->GetSubflows();
                     const uint64_t number =
                         std::count_if(subflows.begin(), subflows.end(), [](const auto& subflow) {
                             return !subflow->IsClosing() &&
                                    subflow->GetPhase() == MptcpSubflow::Phase::ESTABLISHED;
                         });
                     if (number != count)
                     {
                         return std::to_string(number) + " at " + Name(host);
                     }
                 }
                 return "";
             }}};
}

namespace
{

/**
 * Fields of MptcpInfo.
 *
 * @param what names of the fields and values
 * @param field1 field at ns1
 * @param value1 its value
 * @param field2 field at ns2
 * @param value2 its value
 * @return check
 */
MptcpJoinChecks
Info(const std::string& what,
     uint32_t MptcpInfo::* field1,
     uint32_t value1,
     uint32_t MptcpInfo::* field2,
     uint32_t value2)
{
    std::ostringstream text;
    text << "info " << what << ' ' << value1 << ' ' << value2;
    return {{text.str(), [=](MptcpJoinRun& run) -> std::string {
                 const Ptr<MptcpSocketBase> server = run.GetConnection(NS1);
                 const Ptr<MptcpSocketBase> client = run.GetConnection(NS2);
                 if (!server || !client)
                 {
                     return "no connection";
                 }
                 const uint32_t found1 = server->GetInfo().*field1;
                 const uint32_t found2 = client->GetInfo().*field2;
                 return found1 == value1 && found2 == value2
                            ? ""
                            : std::to_string(found1) + " " + std::to_string(found2);
             }}};
}

} // namespace

MptcpJoinChecks
InfoSubflows(uint32_t count)
{
    return Info("subflows", &MptcpInfo::subflows, count, &MptcpInfo::subflows, count);
}

MptcpJoinChecks
InfoTotal(uint32_t count)
{
    return Info("subflows_total",
                &MptcpInfo::subflowsTotal,
                count,
                &MptcpInfo::subflowsTotal,
                count);
}

MptcpJoinChecks
InfoSignals(uint32_t signaled, uint32_t accepted)
{
    return Info("add_addr_signal, add_addr_accepted",
                &MptcpInfo::addAddrSignal,
                signaled,
                &MptcpInfo::addAddrAccepted,
                accepted);
}

namespace
{

/** @param failed those with an error only; the rest see Events @return check */
MptcpJoinChecks
CountEvents(MptcpJoinHost host, MptcpPmEventType type, uint64_t count, bool failed)
{
    std::ostringstream what;
    what << Name(host) << " events " << type << (failed ? " with an error " : " ") << count;
    return {{what.str(), [=](MptcpJoinRun& run) {
                 uint64_t number = 0;
                 for (const auto& event : run.events[static_cast<std::size_t>(host)])
                 {
                     number +=
                         event.type == type && (!failed || event.error != Socket::ERROR_NOTERROR);
                 }
                 return number == count ? "" : std::to_string(number);
             }}};
}

} // namespace

MptcpJoinChecks
Events(MptcpJoinHost host, MptcpPmEventType type, uint64_t count)
{
    return CountEvents(host, type, count, false);
}

MptcpJoinChecks
FailedEvents(MptcpJoinHost host, MptcpPmEventType type, uint64_t count)
{
    return CountEvents(host, type, count, true);
}

MptcpJoinChecks
ListenerEvent(MptcpJoinHost host, MptcpPmEventType type, const std::string& address, uint16_t port)
{
    std::ostringstream what;
    what << Name(host) << " event " << type << ' ' << address << ':' << port;
    return {{what.str(), [=](MptcpJoinRun& run) -> std::string {
                 const Address name = InetSocketAddress(Ipv4Address(address.c_str()), port);
                 for (const auto& event : run.events[static_cast<std::size_t>(host)])
                 {
                     if (event.type == type && event.local == name)
                     {
                         return "";
                     }
                 }
                 return "none";
             }}};
}

MptcpJoinChecks
Checksums(uint64_t fail, uint64_t reset, uint64_t infinite)
{
    return Count(NS1, "MPFailTx", fail) + Count(NS2, "MPFailRx", fail) + Reset(reset, reset) +
           Count(NS2, "InfiniteMapTx", infinite) + Count(NS1, "InfiniteMapRx", infinite);
}

} // namespace mptcpjoin

} // namespace ns3
