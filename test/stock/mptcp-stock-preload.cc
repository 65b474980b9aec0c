/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * To be loaded before a program of ns-3 (LD_PRELOAD): mptcpizes each node whose application makes a
 * TCP socket, if MPTCP_STOCK is "mptcp", with the congestion control of its TCP, and writes what
 * its applications have sent and received to the file MPTCP_STOCK_REPORT, as JSON. The program
 * itself is unchanged. See stock_examples.py.
 */

#include "ns3/application.h"
#include "ns3/boolean.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-stack.h"
#include "ns3/node-list.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/type-id.h"

#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <set>
#include <string>

namespace ns3
{

namespace
{

/** What has happened so far. */
struct Report
{
    uint64_t sent{0};     ///< octets that applications have sent
    uint64_t received{0}; ///< octets that applications have received
    uint32_t tcp{0};      ///< sockets of stock TCP that applications have made
    uint32_t mptcp{0};    ///< sockets of MPTCP that applications have made
};

Report g_report;                      ///< of this program
std::set<Ptr<Application>> g_watched; ///< applications whose octets are counted

/** @param name mangled name of a function that this file stands before @return that of ns-3 */
template <typename Function>
Function
Next(const char* name)
{
    void* const found = dlsym(RTLD_NEXT, name);
    NS_ABORT_MSG_UNLESS(found, "ns-3 has no " << name);
    return reinterpret_cast<Function>(found);
}

/** @return the nodes are to be mptcpized */
bool
IsMptcp()
{
    const char* const way = std::getenv("MPTCP_STOCK");
    return way && std::string(way) == "mptcp";
}

/** Count the octets of all applications from now on. */
void
Watch()
{
    const Callback<void, Ptr<const Packet>> sent(
        [](Ptr<const Packet> packet) { g_report.sent += packet->GetSize(); });
    const Callback<void, Ptr<const Packet>, const Address&> received(
        [](Ptr<const Packet> packet, const Address&) { g_report.received += packet->GetSize(); });
    for (auto node = NodeList::Begin(); node != NodeList::End(); ++node)
    {
        for (uint32_t i = 0; i < (*node)->GetNApplications(); ++i)
        {
            const Ptr<Application> application = (*node)->GetApplication(i);
            const std::string name = application->GetInstanceTypeId().GetName();
            if (!g_watched.insert(application).second)
            {
                continue;
            }
            if (name == "ns3::PacketSink" || name == "ns3::ThreeGppHttpClient")
            {
                application->TraceConnectWithoutContext("Rx", received);
            }
            if (name == "ns3::BulkSendApplication" || name == "ns3::OnOffApplication" ||
                name == "ns3::ThreeGppHttpServer")
            {
                application->TraceConnectWithoutContext("Tx", sent);
            }
        }
    }
}

/** Write the file. */
void
Write()
{
    const char* const path = std::getenv("MPTCP_STOCK_REPORT");
    if (!path)
    {
        return;
    }
    uint64_t connections = 0;
    uint64_t joins = 0;
    uint64_t fallbacks = 0;
    for (auto node = NodeList::Begin(); node != NodeList::End(); ++node)
    {
        if (const auto stack = (*node)->GetObject<MptcpStack>())
        {
            connections += stack->GetCounter("MPCapableSYNACKRX");
            joins += stack->GetCounter("MPJoinSynAckRx");
            fallbacks += stack->GetCounter("MPCapableFallbackSYNACK");
        }
    }
    std::ofstream(path) << "{\"time\": " << Simulator::Now().GetSeconds()
                        << ", \"sent\": " << g_report.sent
                        << ", \"received\": " << g_report.received << ", \"tcp\": " << g_report.tcp
                        << ", \"mptcp\": " << g_report.mptcp << ", \"connections\": " << connections
                        << ", \"joins\": " << joins << ", \"fallbacks\": " << fallbacks << "}\n";
}

} // namespace

Ptr<Socket>
Socket::CreateSocket(Ptr<Node> node, TypeId tid)
{
    const bool tcp = tid == TcpSocketFactory::GetTypeId();
    if (tcp && IsMptcp())
    {
        TypeIdValue control; // that TCP would have
        node->GetObject<TcpL4Protocol>()->GetAttribute("SocketType", control);
        MptcpStackHelper helper;
        helper.Set("LegacyBindDisables", BooleanValue(false));
        helper.SetDefault("ns3::MptcpSocketBase::CongestionControl", control);
        helper.Mptcpize(node);
    }
    using Function = Ptr<Socket> (*)(Ptr<Node>, TypeId);
    static const auto next =
        Next<Function>("_ZN3ns36Socket12CreateSocketENS_3PtrINS_4NodeEEENS_6TypeIdE");
    Ptr<Socket> socket = next(node, tid);
    if (tcp)
    {
        ++(DynamicCast<MptcpSocketBase>(socket) ? g_report.mptcp : g_report.tcp);
    }
    return socket;
}

void
Simulator::Run()
{
    Watch();
    Simulator::ScheduleNow(&Watch); // what is installed at the beginning
    static const auto next = Next<void (*)()>("_ZN3ns39Simulator3RunEv");
    next();
    Write();
    g_watched.clear();
}

} // namespace ns3
