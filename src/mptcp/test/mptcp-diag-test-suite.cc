/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The checks of Linux's self-test diag.sh (6.18): what a host tells of its sockets. Linux connects
 * within one host, here there are two and what is counted is the sum. The checks build on one
 * another and are made in one run. It prints the table "Linux test -> our test -> result".
 */

#include "mptcp-join-net.h"

#include "ns3/callback.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/mptcp-info.h"
#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack.h"
#include "ns3/node.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/test.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 10000;      ///< of the first server
constexpr uint16_t PORT_TCP = 10001;  ///< of the server without MPTCP
constexpr uint16_t PORT_MANY = 10002; ///< first of MANY servers
constexpr uint16_t PORT_IDLE = 20002; ///< first of MANY servers that nobody connects to at first
constexpr uint16_t MANY = 100;        ///< servers
constexpr std::size_t CHECKS = 31;    ///< of Linux's script

/** One check and what came out. */
struct Result
{
    std::string title; ///< Linux's title
    std::string error; ///< "" or what was found
};

/** A predicate on MPTCP sockets. */
using Filter = std::function<bool(const Ptr<MptcpSocketBase>&)>;

/** @param socket socket @return it is a connection that has not ended */
bool
IsConnection(const Ptr<MptcpSocketBase>& socket)
{
    return socket->GetState() != MptcpState::CLOSED && socket->GetState() != MptcpState::LISTEN;
}

/** @param socket socket @return it listens */
bool
IsListener(const Ptr<MptcpSocketBase>& socket)
{
    return socket->GetState() == MptcpState::LISTEN;
}

/** The run. */
class DiagRun
{
  public:
    DiagRun();
    ~DiagRun();
    /** @return the results, in Linux's order */
    std::vector<Result> Execute();

  private:
    void TestListening();
    void TestConnected();
    void TestTimes();
    void TestDump();
    void TestFallback();
    void TestMany();
    void TestListeners();

    /** One more server. @param port port @param type factory @param data it sends one octet */
    void Listen(uint16_t port, const TypeId& type, bool data);
    /** One more client. @param port port @param data it sends one octet */
    void Connect(uint16_t port, bool data);
    /** All programs end. */
    void Flush();
    /** @param time how long the simulation goes on */
    static void Wait(const Time& time);
    /** @param title Linux's title @param found what was counted @param expected what is right */
    void Check(const std::string& title, uint64_t found, uint64_t expected);
    /** @param filter which @return number of sockets of both hosts */
    uint64_t Count(const Filter& filter) const;
    /** @return all MPTCP sockets of both hosts */
    std::vector<Ptr<MptcpSocketBase>> GetSockets() const;
    /** @return their number, as the hosts count them */
    uint64_t CountInUse() const;
    /** @return connections that both hosts count as established */
    uint64_t CountEstablished() const;

    MptcpJoinNet m_net;                 ///< hosts
    std::vector<Ptr<Socket>> m_sockets; ///< of all programs
    std::vector<Result> m_results;      ///< so far
};

/** The defaults, before any object exists. @return true */
bool
SetDefaults()
{
    RngSeedManager::SetRun(1);
    Config::SetDefault("ns3::MptcpSocketBase::PathManager",
                       StringValue("ns3::MptcpPathManagerKernel"));
    return true;
}

DiagRun::DiagRun()
    : m_net((SetDefaults(), DataRate("1Gbps")), MicroSeconds(100))
{
}

DiagRun::~DiagRun()
{
    m_sockets.clear();
    Simulator::Destroy();
    Config::Reset();
}

void
DiagRun::Wait(const Time& time)
{
    Simulator::Stop(time);
    Simulator::Run();
}

void
DiagRun::Listen(uint16_t port, const TypeId& type, bool data)
{
    const Ptr<Socket> listener = Socket::CreateSocket(m_net.GetNode(MptcpJoinHost::SERVER), type);
    listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
    listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                Callback<void, Ptr<Socket>, const Address&>(
                                    [this, data](Ptr<Socket> socket, const Address&) {
                                        m_sockets.push_back(socket);
                                        if (data)
                                        {
                                            socket->Send(Create<Packet>(1));
                                        }
                                    }));
    listener->Listen();
    m_sockets.push_back(listener);
}

void
DiagRun::Connect(uint16_t port, bool data)
{
    const Ptr<Socket> socket =
        Socket::CreateSocket(m_net.GetNode(MptcpJoinHost::CLIENT), MptcpSocketFactory::GetTypeId());
    socket->SetConnectCallback(Callback<void, Ptr<Socket>>([data](Ptr<Socket> connected) {
                                   if (data)
                                   {
                                       connected->Send(Create<Packet>(1));
                                   }
                               }),
                               MakeNullCallback<void, Ptr<Socket>>());
    socket->Connect(InetSocketAddress(Ipv4Address("10.0.1.1"), port));
    m_sockets.push_back(socket);
}

void
DiagRun::Flush()
{
    for (const auto& socket : m_sockets)
    {
        while (socket->GetRxAvailable() > 0)
        {
            socket->Recv();
        }
        socket->Close();
    }
    m_sockets.clear();
    Wait(Seconds(5));
}

std::vector<Ptr<MptcpSocketBase>>
DiagRun::GetSockets() const
{
    auto sockets = m_net.GetStack(MptcpJoinHost::SERVER)->GetConnections();
    const auto others = m_net.GetStack(MptcpJoinHost::CLIENT)->GetConnections();
    sockets.insert(sockets.end(), others.begin(), others.end());
    return sockets;
}

uint64_t
DiagRun::Count(const Filter& filter) const
{
    const auto sockets = GetSockets();
    return std::count_if(sockets.begin(), sockets.end(), filter);
}

uint64_t
DiagRun::CountInUse() const
{
    return m_net.GetStack(MptcpJoinHost::SERVER)->GetNConnections() +
           m_net.GetStack(MptcpJoinHost::CLIENT)->GetNConnections();
}

uint64_t
DiagRun::CountEstablished() const
{
    return m_net.GetCounter(MptcpJoinHost::SERVER, "MPCurrEstab") +
           m_net.GetCounter(MptcpJoinHost::CLIENT, "MPCurrEstab");
}

void
DiagRun::Check(const std::string& title, uint64_t found, uint64_t expected)
{
    m_results.push_back({title, found == expected ? "" : "got " + std::to_string(found)});
}

void
DiagRun::TestListening()
{
    const auto port = [](const Ptr<MptcpSocketBase>& socket) {
        Address name;
        socket->GetSockName(name);
        return InetSocketAddress::ConvertFrom(name).GetPort();
    };
    Listen(PORT, MptcpSocketFactory::GetTypeId(), false);
    Check("no msk on netns creation", Count(IsConnection), 0);
    Check("listen match for dport 10000",
          Count([](const auto& socket) {
              Address name;
              return IsListener(socket) && socket->GetPeerName(name) == 0;
          }),
          0);
    Check("listen match for sport 10000",
          Count([&](const auto& socket) { return IsListener(socket) && port(socket) == PORT; }),
          1);
    Check("listen match for saddr and sport",
          Count([&](const auto& socket) {
              Address name;
              return IsListener(socket) && socket->GetSockName(name) == 0 &&
                     name == Address(InetSocketAddress(Ipv4Address::GetAny(), PORT));
          }),
          1);
    Check("all listen sockets", Count(IsListener), 1);
}

void
DiagRun::TestTimes()
{
    const auto get = [this] {
        const auto sockets = m_net.GetStack(MptcpJoinHost::CLIENT)->GetConnections();
        return sockets.empty() ? MptcpInfo() : sockets.front()->GetInfo();
    };
    const MptcpInfo before = get();
    Wait(MilliSeconds(500));
    const MptcpInfo after = get();
    // Exact where Linux tolerates half of it: nothing is sent meanwhile.
    const auto passed = [](const Time& from, const Time& to) {
        return (to - from).GetMilliSeconds();
    };
    Check("....chk last_data_sent", passed(before.lastDataSent, after.lastDataSent), 500);
    Check("....chk last_data_recv", passed(before.lastDataRecv, after.lastDataRecv), 500);
    Check("....chk last_ack_recv", passed(before.lastAckRecv, after.lastAckRecv), 500);
}

void
DiagRun::TestDump()
{
    const Ptr<MptcpStack> stack = m_net.GetStack(MptcpJoinHost::CLIENT);
    const auto sockets = stack->GetConnections();
    const Ptr<MptcpSocketBase> first = sockets.empty() ? nullptr : sockets.front();
    const uint32_t token = first ? first->GetInfo().token : 0;
    const MptcpSocketBase* found = stack->GetTokens().Find(token);
    Check("....chk dump_one", found ? found->GetInfo().token : 0, token ? token : 1);
    // Of the connection that has the subflow with these addresses.
    const auto subflows = first ? first->GetFullInfo().subflows : std::vector<MptcpSubflowInfo>();
    uint32_t owner = 0;
    for (const auto& socket : GetSockets())
    {
        for (const MptcpSubflowInfo& subflow : socket->GetFullInfo().subflows)
        {
            const bool same = !subflows.empty() && subflow.local == subflows.front().local &&
                              subflow.remote == subflows.front().remote;
            owner = same ? socket->GetInfo().token : owner;
        }
    }
    Check("....chk dump_subflow", owner, token ? token : 1);
}

void
DiagRun::TestConnected()
{
    Connect(PORT, false);
    Wait(MilliSeconds(500));
    Check("after MPC handshake", Count(IsConnection), 2);
    TestTimes();
    Check("....chk remote_key",
          Count([](const auto& socket) {
              return IsConnection(socket) &&
                     (socket->GetInfo().flags & MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED);
          }),
          2);
    const Filter fallback = [](const auto& socket) {
        return IsConnection(socket) && (socket->GetInfo().flags & MPTCP_INFO_FLAG_FALLBACK);
    };
    Check("....chk no fallback", Count(fallback), 0);
    Check("....chk 2 msk in use", CountInUse(), 2 + Count(IsListener));
    Check("....chk 2 cestab", CountEstablished(), 2);
    TestDump();
    Flush();
    Check("....chk 2->0 msk in use after flush", CountInUse(), 0);
    Check("....chk 2->0 cestab after flush", CountEstablished(), 0);
    Listen(PORT_TCP, TcpSocketFactory::GetTypeId(), false);
    Connect(PORT_TCP, false);
    Wait(MilliSeconds(500));
    Check("check fallback", Count(fallback), 1);
    Check("....chk 1 msk in use", CountInUse(), 1 + Count(IsListener));
    Check("....chk 1 cestab", CountEstablished(), 1);
    Flush();
    Check("....chk 1->0 msk in use after flush", CountInUse(), 0);
    Check("....chk 1->0 cestab after flush", CountEstablished(), 0);
}

void
DiagRun::TestMany()
{
    for (uint16_t i = 0; i < MANY; ++i)
    {
        Listen(PORT_MANY + i, MptcpSocketFactory::GetTypeId(), true);
    }
    for (uint16_t i = 0; i < MANY; ++i)
    {
        Connect(PORT_MANY + i, true);
    }
    Wait(Seconds(1));
    Check("many msk socket present", Count(IsConnection), 2 * MANY);
    Check("....chk many msk in use", CountInUse(), 2 * MANY + Count(IsListener));
    Check("....chk many cestab", CountEstablished(), 2 * MANY);
    Flush();
    Check("....chk many->0 msk in use after flush", CountInUse(), 0);
    Check("....chk many->0 cestab after flush", CountEstablished(), 0);
}

void
DiagRun::TestListeners()
{
    // TCP itself tells whether a socket listens: nobody else may do so then.
    const auto subflows = [this] {
        uint64_t number = 0;
        for (uint16_t i = 0; i < MANY; ++i)
        {
            const Ptr<Socket> probe = Socket::CreateSocket(m_net.GetNode(MptcpJoinHost::SERVER),
                                                           TcpSocketFactory::GetTypeId());
            if (probe->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT_IDLE + i)) != 0)
            {
                ++number;
                continue;
            }
            probe->Listen();
            probe->Close();
        }
        return number;
    };
    Check("no listener sockets - mptcp", Count(IsListener), 0);
    Check("no listener sockets - subflows", subflows(), 0);
    for (uint16_t i = 0; i < MANY; ++i)
    {
        Listen(PORT_IDLE + i, MptcpSocketFactory::GetTypeId(), false);
    }
    Check("many listener sockets - mptcp", Count(IsListener), MANY);
    Check("many listener sockets - subflows", subflows(), MANY);
    for (uint16_t i = 0; i < MANY; ++i)
    {
        Connect(PORT_IDLE + i, true);
    }
    Wait(Seconds(1));
    Flush();
}

std::vector<Result>
DiagRun::Execute()
{
    TestListening();
    TestConnected();
    TestMany();
    TestListeners();
    return m_results;
}

/** All checks. */
class DiagTestCase : public TestCase
{
  public:
    DiagTestCase()
        : TestCase("what a host tells of its sockets")
    {
    }

  private:
    void DoRun() override
    {
        const auto results = DiagRun().Execute();
        std::cout << "| Linux diag.sh | our test | result |\n|---|---|---|\n";
        for (const auto& result : results)
        {
            NS_TEST_EXPECT_MSG_EQ(result.error, "", result.title);
            std::cout << "| " << result.title << " | mptcp-diag: " << result.title << " | "
                      << (result.error.empty() ? "passed" : "FAILED: " + result.error) << " |\n";
        }
        NS_TEST_EXPECT_MSG_EQ(results.size(), CHECKS, "checks made");
    }
};

/** The suite. */
class DiagTestSuite : public TestSuite
{
  public:
    DiagTestSuite()
        : TestSuite("mptcp-diag", Type::SYSTEM)
    {
        AddTestCase(new DiagTestCase());
    }
};

const DiagTestSuite g_diagTestSuite; ///< registers itself

} // namespace
