/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_SCENE_H
#define MPTCP_SCENE_H

#include "mptcp-capture.h"
#include "mptcp-story.h"

#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/mptcp-api.h"
#include "ns3/simulator.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ns3
{

/** A story with a capture and complaints: for tests of what an application may ask. */
namespace scene
{

using Topology = MptcpTopologyHelper;
using Addresses = std::vector<Address>;

/// TCP flags.
inline constexpr uint8_t SYN = 0x02;
inline constexpr uint8_t RST = 0x04;
inline constexpr uint8_t ACK = 0x10;

/** Two hosts, what was on their wires, and complaints. */
class Scene : public MptcpStory
{
  public:
    /** @param paths number of disjoint paths */
    explicit Scene(uint32_t paths = 2)
        : MptcpStory(paths)
    {
        up = 300'000;
        down = 100'000;
    }

    /** Build and begin to capture; the client connects at 0.1 s. */
    void Begin()
    {
        Start();
        capture = std::make_unique<MptcpCapture>(topology);
    }

    /** Begin and run to the end; complain unless every octet arrived. */
    void Play()
    {
        Begin();
        Finish();
    }

    /**
     * Begin and run to the end as plain TCP. Stock TCP loses data that it has to send again after
     * the peer's FIN, so nobody closes before all is read.
     */
    void PlayPlain()
    {
        Begin();
        FinishPlain();
    }

    /** Run to the end as plain TCP. */
    void FinishPlain()
    {
        client.KeepOpen();
        server.KeepOpen();
        Simulator::Schedule(Seconds(100), [this] { client.socket ? client.socket->Close() : 0; });
        Simulator::Schedule(Seconds(110), [this] { server.socket ? server.socket->Close() : 0; });
        Finish();
    }

    /** Run to the end; complain unless every octet arrived. */
    void Finish()
    {
        Run(Seconds(300));
        Check(IsComplete(), "not complete: " + Describe());
    }

    /** @param truth what should hold @param what complaint if it does not */
    void Check(bool truth, const std::string& what)
    {
        complaints += truth ? "" : what + "; ";
    }

    /** @param found value @param expected value @param what complaint if they differ */
    void Equal(uint64_t found, uint64_t expected, const std::string& what)
    {
        Check(found == expected,
              what + " is " + std::to_string(found) + " instead of " + std::to_string(expected));
    }

    /**
     * @param socket a socket
     * @param result of its last call
     * @param error expected
     * @param posix name that the error's text must have
     */
    void Refused(Ptr<MptcpSocketBase> socket,
                 bool result,
                 Socket::SocketErrno error,
                 const std::string& posix)
    {
        Check(!result, posix + " was not refused");
        Equal(socket->GetErrno(), error, "errno for " + posix);
        const std::string& text = socket->GetErrorText();
        Check(text.find(posix) != std::string::npos, "text \"" + text + "\" lacks " + posix);
        Check(text.find('\n') == std::string::npos, "an error is one line");
    }

    /** @param path path @return address of the client */
    Address Client(uint32_t path) const
    {
        return topology.GetAddress(Topology::CLIENT, path);
    }

    /** @param path path @return address of the server */
    Address Server(uint32_t path) const
    {
        return topology.GetAddress(Topology::SERVER, path);
    }

    /** @param fromClient sender @return paths on which it sent SYNs without ACK */
    std::set<uint32_t> SynPaths(bool fromClient) const
    {
        std::set<uint32_t> found;
        for (const auto& segment : capture->GetAll())
        {
            if (segment.fromClient == fromClient && (segment.flags & (SYN | ACK)) == SYN)
            {
                found.insert(segment.path);
            }
        }
        return found;
    }

    /** @return sources of the client's segments */
    std::set<Address> ClientSources() const
    {
        std::set<Address> found;
        for (const auto& segment : capture->GetAll())
        {
            if (segment.fromClient)
            {
                found.insert(segment.source);
            }
        }
        return found;
    }

    /** Do something with the client's connection. @param at when @param what what */
    void At(Time at, std::function<void(Ptr<MptcpSocketBase>)> what)
    {
        Simulator::Schedule(at - Simulator::Now(), [this, what] {
            const Ptr<MptcpSocketBase> connection = GetClient();
            Check(connection != nullptr, "no connection of the client");
            if (connection)
            {
                what(connection);
            }
        });
    }

    std::unique_ptr<MptcpCapture> capture; ///< what was on the wires
    std::string complaints;                ///< what is wrong
};

/** @param socket a socket @return as MPTCP */
inline Ptr<MptcpSocketBase>
Mptcp(Ptr<Socket> socket)
{
    return DynamicCast<MptcpSocketBase>(socket);
}

/** @param host Ipv4Address @param port port @return name */
inline Address
Name(const Address& host, uint16_t port)
{
    return InetSocketAddress(Ipv4Address::ConvertFrom(host), port);
}

/** @param name InetSocketAddress @return Ipv4Address */
inline Address
Host(const Address& name)
{
    return InetSocketAddress::ConvertFrom(name).GetIpv4();
}

/** @param name InetSocketAddress @return port */
inline uint16_t
Port(const Address& name)
{
    return InetSocketAddress::ConvertFrom(name).GetPort();
}

/** @param socket a connection @return TCP_MULTIPATH_SUBFLOWS, empty on error */
inline std::vector<MptcpAddressPair>
Pairs(Ptr<MptcpSocketBase> socket)
{
    std::vector<MptcpAddressPair> pairs;
    socket->GetMultipathSubflows(pairs);
    return pairs;
}

/** A scene as a test case. */
class SceneTestCase : public TestCase
{
  public:
    /** @param name what it shows @param run the scene @param paths paths of the topology */
    SceneTestCase(const std::string& name, void (*run)(Scene&), uint32_t paths)
        : TestCase(name),
          m_run(run),
          m_paths(paths)
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(1 << 20));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1 << 20));
        Scene scene(m_paths);
        m_run(scene);
        NS_TEST_EXPECT_MSG_EQ(scene.complaints, "", GetName());
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    void (*m_run)(Scene&); ///< the scene
    uint32_t m_paths;      ///< paths of the topology
};

} // namespace scene

} // namespace ns3

#endif /* MPTCP_SCENE_H */
