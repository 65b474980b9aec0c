/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * @ingroup mptcp
 *
 * Heap that connections hold: MPTCP connections of two subflows (--mode=mptcp) against as many
 * pairs of stock TCP connections over the same two links (--mode=tcp2), while they are idle
 * (--state=idle) and in TIME_WAIT (--state=time-wait), where the client has closed first and no
 * application refers to a socket any more. Prints one line of JSON: octets of a connection, both
 * ends together. Allocations are counted, so that each run prints the same.
 */

#include "ns3/callback.h"
#include "ns3/command-line.h"
#include "ns3/inet-socket-address.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/uinteger.h"

#include <cstdlib>
#include <iostream>
#include <malloc.h>
#include <new>
#include <set>
#include <string>

namespace
{

std::size_t g_heap = 0; ///< octets that are allocated now

/**
 * Count an allocation.
 * @param memory what malloc gave
 * @return the same
 */
void*
Count(void* memory)
{
    if (!memory)
    {
        throw std::bad_alloc();
    }
    g_heap += malloc_usable_size(memory);
    return memory;
}

} // namespace

void*
operator new(std::size_t size)
{
    return Count(std::malloc(size));
}

void
operator delete(void* memory) noexcept
{
    g_heap -= malloc_usable_size(memory);
    std::free(memory);
}

void
operator delete(void* memory, std::size_t) noexcept
{
    operator delete(memory);
}

using namespace ns3;

namespace
{

/** Two hosts, and connections between them that carry a few octets. */
class Hosts
{
  public:
    /** @param mptcp MPTCP connections; else pairs of TCP connections */
    explicit Hosts(bool mptcp)
        : m_mptcp(mptcp)
    {
        m_topology.Build();
        MptcpStackHelper().Install(m_topology.GetNodes());
        for (uint32_t path = 0; path < (mptcp ? 1 : 2); ++path)
        {
            Ptr<Socket> listener = Make(m_topology.GetServer());
            listener->Bind(
                InetSocketAddress(Ipv4Address::GetAny(), static_cast<uint16_t>(9 + path)));
            listener->SetAcceptCallback(
                MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                Callback<void, Ptr<Socket>, const Address&>(
                    [this](Ptr<Socket> socket, const Address&) { Use(socket); }));
            listener->Listen();
            m_listeners.push_back(listener);
        }
    }

    ~Hosts()
    {
        m_listeners.clear();
        m_sockets.clear();
        Simulator::Destroy();
    }

    /** @param number connections to open now */
    void Open(uint32_t number)
    {
        for (uint32_t i = 0; i < number; ++i)
        {
            for (uint32_t path = 0; path < (m_mptcp ? 1 : 2); ++path)
            {
                Ptr<Socket> socket = Make(m_topology.GetClient());
                Use(socket);
                m_clients.push_back(socket);
                socket->Connect(m_topology.GetSocketAddress(MptcpTopologyHelper::SERVER,
                                                            path,
                                                            static_cast<uint16_t>(9 + path)));
                socket->Send(Create<Packet>(100));
            }
            Run(MilliSeconds(1));
        }
        Run(Seconds(5));
    }

    /** The clients close. */
    void Close()
    {
        for (const auto& socket : m_clients)
        {
            socket->Close();
        }
        m_clients.clear();
        Run(Seconds(20));
    }

    /** @param time how long the simulation goes on */
    void Run(Time time)
    {
        Simulator::Stop(time);
        Simulator::Run();
    }

    /** @return sockets that applications refer to */
    std::size_t GetSockets() const
    {
        return m_sockets.size();
    }

    /** @return all connections have two subflows */
    bool HasSubflows() const
    {
        for (const auto& socket : m_sockets)
        {
            const auto mptcp = DynamicCast<MptcpSocketBase>(socket);
            if (mptcp && mptcp->GetSubflows().size() != 2)
            {
                return false;
            }
        }
        return true;
    }

  private:
    /** @param node a node @return a socket of it */
    Ptr<Socket> Make(Ptr<Node> node) const
    {
        return Socket::CreateSocket(
            node,
            TypeId::LookupByName(m_mptcp ? "ns3::MptcpSocketFactory" : "ns3::TcpSocketFactory"));
    }

    /** @param socket a socket that reads what comes, and closes when the peer has */
    void Use(Ptr<Socket> socket)
    {
        m_sockets.insert(socket);
        socket->SetRecvCallback(Callback<void, Ptr<Socket>>([](Ptr<Socket> s) {
            while (Ptr<Packet> packet = s->Recv())
            {
                if (packet->GetSize() == 0)
                {
                    break;
                }
            }
        }));
        const Callback<void, Ptr<Socket>> closed([this](Ptr<Socket> s) {
            s->Close();
            s->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
            m_sockets.erase(s);
        });
        socket->SetCloseCallbacks(closed, closed);
    }

    bool m_mptcp;                         ///< MPTCP
    MptcpTopologyHelper m_topology{2};    ///< two paths
    std::vector<Ptr<Socket>> m_listeners; ///< of the server
    std::vector<Ptr<Socket>> m_clients;   ///< not closed
    std::set<Ptr<Socket>> m_sockets;      ///< of both ends
};

/**
 * @param mptcp MPTCP connections
 * @param wait in TIME_WAIT
 * @param number of connections
 * @param[out] fault what went wrong, if something did
 * @return octets on the heap
 */
std::size_t
Measure(bool mptcp, bool wait, uint32_t number, std::string& fault)
{
    Hosts hosts(mptcp);
    hosts.Open(number);
    fault = hosts.HasSubflows() ? fault : "a connection does not have two subflows";
    const std::size_t expected = 2 * number * (mptcp ? 1 : 2);
    fault = hosts.GetSockets() == expected ? fault : "not all are connected";
    if (wait)
    {
        hosts.Close();
        fault = hosts.GetSockets() == 0 ? fault : "not all are closed";
    }
    return g_heap;
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string mode = "mptcp";
    std::string state = "idle";
    uint32_t connections = 100;
    CommandLine cmd(__FILE__);
    cmd.AddValue("mode", "tcp2 (pairs of TCP connections) or mptcp", mode);
    cmd.AddValue("state", "idle or time-wait", state);
    cmd.AddValue("connections", "connections, and twice as many for the difference", connections);
    cmd.Parse(argc, argv);
    if ((mode != "tcp2" && mode != "mptcp") || (state != "idle" && state != "time-wait"))
    {
        std::cerr << "mode is tcp2 or mptcp, state is idle or time-wait" << std::endl;
        return 2;
    }
    const bool mptcp = mode == "mptcp";
    const bool wait = state == "time-wait";
    std::string fault;
    Measure(mptcp, wait, 1, fault); // what the first simulation of a process allocates for good
    const std::size_t less = Measure(mptcp, wait, connections, fault);
    const std::size_t more = Measure(mptcp, wait, 2 * connections, fault);
    if (!fault.empty())
    {
        std::cerr << fault << std::endl;
        return 1;
    }
    std::cout << "{\"mode\": \"" << mode << "\", \"state\": \"" << state
              << "\", \"octets\": " << (more - less) / connections << "}" << std::endl;
    return 0;
}
