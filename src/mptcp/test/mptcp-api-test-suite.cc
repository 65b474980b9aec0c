/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The API of RFC 6897, operation by operation: allowed phase, errors, and what is seen on the wire.
 */

#include "mptcp-scene.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4.h"
#include "ns3/mptcp-api.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::scene;

namespace
{

// ---- TCP_MULTIPATH_ENABLE (section 5.3.2) ----

void
EnableFalse(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        s.Equal(Mptcp(socket)->SetMultipathEnable(false), 0, "ENABLE=false");
    };
    s.PlayPlain();
    s.Equal(s.capture->CountOption<MptcpCapable>(true), 0, "segments with MP_CAPABLE");
    s.Equal(s.SynPaths(true).size(), 1, "paths used");
}

void
EnableFalseOnListener(Scene& s)
{
    s.prepareListener = [](Ptr<Socket> socket) { Mptcp(socket)->SetMultipathEnable(false); };
    s.PlayPlain();
    s.Check(s.capture->CountOption<MptcpCapable>(true) > 0, "the client offers MPTCP");
    s.Equal(s.capture->CountOption<MptcpCapable>(false), 0, "server's segments with MP_CAPABLE");
}

void
EnablePhases(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        const auto mptcp = Mptcp(socket);
        s.Refused(mptcp,
                  mptcp->GetMultipathEnable().has_value(),
                  Socket::ERROR_NOTCONN,
                  "ENOTCONN");
        s.Equal(mptcp->SetMultipathEnable(true), 0, "ENABLE before the connection");
    };
    s.Begin();
    s.At(MilliSeconds(110), [&s](Ptr<MptcpSocketBase> c) { // the SYN is on its way
        s.Refused(c, c->SetMultipathEnable(false) == 0, Socket::ERROR_ISCONN, "EISCONN");
        s.Refused(c, c->GetMultipathEnable().has_value(), Socket::ERROR_NOTCONN, "ENOTCONN");
    });
    s.At(MilliSeconds(200), [&s](Ptr<MptcpSocketBase> c) {
        s.Refused(c, c->SetMultipathEnable(false) == 0, Socket::ERROR_ISCONN, "EISCONN");
        s.Check(c->GetMultipathEnable() == std::optional(true), "ENABLE does not read true");
    });
    s.Finish();
    const auto c = s.GetClient();
    s.Refused(c, c->GetMultipathEnable().has_value(), Socket::ERROR_NOTCONN, "ENOTCONN");
    s.Refused(c, c->SetMultipathEnable(true) == 0, Socket::ERROR_ISCONN, "EISCONN");
}

void
EnableReadsFalseInFallback(Scene& s)
{
    s.serverMptcp = false;
    s.prepareClient = [](Ptr<Socket> socket) { Mptcp(socket)->SetMultipathEnable(true); };
    s.Begin();
    s.At(MilliSeconds(200), [&s](Ptr<MptcpSocketBase> c) {
        s.Check(c->GetMultipathEnable() == std::optional(false), "ENABLE does not read false");
        s.Refused(c,
                  c->AddMultipathAddresses({s.Client(1)}) == 0,
                  Socket::ERROR_OPNOTSUPP,
                  "EOPNOTSUPP");
        s.Refused(c,
                  c->GetMultipathConnectionId().has_value(),
                  Socket::ERROR_OPNOTSUPP,
                  "EOPNOTSUPP");
        s.Equal(Pairs(c).size(), 1, "pairs of plain TCP");
    });
    s.FinishPlain();
}

// ---- Legacy binding (section 4.2.1) ----

/** Applications that bind an address or a device get plain TCP. */
void
DisableByLegacyBind()
{
    Config::SetDefault("ns3::MptcpStack::LegacyBindDisables", BooleanValue(true));
}

void
LegacyBindAddress(Scene& s)
{
    DisableByLegacyBind();
    s.connectPath = 1;
    s.prepareClient = [&s](Ptr<Socket> socket) {
        s.Equal(socket->Bind(Name(s.Client(1), 4000)), 0, "bind");
    };
    s.PlayPlain();
    s.Equal(s.capture->CountOption<MptcpCapable>(true), 0, "segments with MP_CAPABLE");
    s.Check(s.ClientSources() == std::set<Address>{Name(s.Client(1), 4000)},
            "other addresses than the bound one were used");
}

void
LegacyBindDevice(Scene& s)
{
    DisableByLegacyBind();
    s.prepareClient = [&s](Ptr<Socket> socket) {
        socket->BindToNetDevice(s.topology.GetDevice(Topology::CLIENT, 0));
    };
    s.PlayPlain();
    s.Equal(s.capture->CountOption<MptcpCapable>(true), 0, "segments with MP_CAPABLE");
    s.Equal(s.SynPaths(true).size(), 1, "paths used");
}

void
LegacyBindListener(Scene& s)
{
    DisableByLegacyBind();
    s.listenOn = InetSocketAddress(Ipv4Address("10.1.1.2"), 5000);
    s.Begin();
    s.Check(s.Server(0) == Host(s.listenOn), "the listener's address is not that of path 0");
    s.FinishPlain();
    s.Equal(s.capture->CountOption<MptcpCapable>(false), 0, "server's segments with MP_CAPABLE");
}

void
LegacyBindAny(Scene& s)
{
    DisableByLegacyBind();
    s.prepareClient = [](Ptr<Socket> socket) {
        socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), 4000));
    };
    s.Play();
    s.Equal(s.SynPaths(true).size(), 2, "paths used");
}

void
BindBoth(Scene& s)
{
    s.listenOn = InetSocketAddress(Ipv4Address("10.1.1.2"), 5000);
    s.prepareClient = [&s](Ptr<Socket> socket) { socket->Bind(Name(s.Client(0), 4000)); };
    s.Play();
    s.Check(s.capture->CountOption<MptcpCapable>(true) > 0, "no MP_CAPABLE");
    s.Equal(s.SynPaths(true).size(), 2, "paths used");
}

void
SmallBuffer(Scene& s)
{
    Config::SetDefault("ns3::MptcpStack::MinBufferSize", UintegerValue(16384));
    s.prepareClient = [](Ptr<Socket> socket) {
        Mptcp(socket)->SetSocketOption(MptcpSocketOption::SNDBUF, uint64_t{16383});
    };
    s.PlayPlain();
    s.Equal(s.capture->CountOption<MptcpCapable>(true), 0, "segments with MP_CAPABLE");
}

void
SmallBufferEnabled(Scene& s)
{
    Config::SetDefault("ns3::MptcpStack::MinBufferSize", UintegerValue(16384));
    s.prepareClient = [](Ptr<Socket> socket) {
        Mptcp(socket)->SetSocketOption(MptcpSocketOption::SNDBUF, uint64_t{16383});
        Mptcp(socket)->SetMultipathEnable(true);
    };
    s.Play();
    s.Check(s.capture->CountOption<MptcpCapable>(true) > 0, "no MP_CAPABLE");
}

// ---- TCP_MULTIPATH_ADD (section 5.3.3) ----

/** @param s scene of 3 paths @param allowed paths whose client addresses may be used */
void
CheckClientPaths(Scene& s, const std::set<uint32_t>& allowed)
{
    std::set<Address> hosts;
    std::set<Address> expected;
    for (const Address& name : s.ClientSources())
    {
        hosts.insert(Host(name));
    }
    for (const uint32_t path : allowed)
    {
        expected.insert(s.Client(path));
    }
    s.Check(hosts == expected, "the client used " + std::to_string(hosts.size()) + " addresses");
}

void
EnableAndBind(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        Mptcp(socket)->SetMultipathEnable(true);
        socket->Bind(Name(s.Client(0), 0));
    };
    s.Play();
    s.Check(s.capture->CountOption<MptcpCapable>(true) > 0, "no MP_CAPABLE");
    CheckClientPaths(s, {0});
}

void
EnableBindAndAdd(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        Mptcp(socket)->SetMultipathEnable(true);
        socket->Bind(Name(s.Client(0), 0));
        s.Equal(Mptcp(socket)->AddMultipathAddresses({s.Client(2)}), 0, "ADD");
    };
    s.Play();
    CheckClientPaths(s, {0, 2});
}

void
EnableAndBindDevice(Scene& s)
{
    s.connectPath = 1;
    s.prepareClient = [&s](Ptr<Socket> socket) {
        const auto device = s.topology.GetDevice(Topology::CLIENT, 1);
        const auto ipv4 = s.topology.GetClient()->GetObject<Ipv4>();
        // A second address of the same interface: both may be used.
        ipv4->AddAddress(ipv4->GetInterfaceForDevice(device),
                         Ipv4InterfaceAddress("10.1.2.77", "255.255.255.0"));
        Mptcp(socket)->SetMultipathEnable(true);
        socket->BindToNetDevice(device);
    };
    s.Begin();
    s.At(Seconds(0.3), [&s](Ptr<MptcpSocketBase> c) {
        std::set<Address> hosts;
        for (const auto& pair : Pairs(c))
        {
            hosts.insert(Host(pair.local));
        }
        s.Check(hosts == std::set<Address>{s.Client(1), Ipv4Address("10.1.2.77")},
                "not exactly the addresses of the bound device are in use");
    });
    s.Run(Seconds(300));
    s.Check(s.capture->CountOption<MptcpCapable>(true) > 0, "no MP_CAPABLE");
    s.Check(s.IsComplete(), s.Describe());
}

void
AddWithoutBind(Scene& s)
{
    s.connectPath = 1;
    s.prepareClient = [&s](Ptr<Socket> socket) {
        s.Equal(Mptcp(socket)->AddMultipathAddresses({s.Client(2), s.Client(1)}), 0, "ADD");
    };
    s.Play();
    CheckClientPaths(s, {1, 2}); // the initial subflow, too
}

void
AddWithPort(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        s.Equal(Mptcp(socket)->AddMultipathAddresses(
                    {Name(s.Client(0), 7001), Name(s.Client(1), 7002)}),
                0,
                "ADD");
    };
    s.Play();
    s.Check(s.ClientSources() ==
                std::set<Address>{Name(s.Client(0), 7001), Name(s.Client(1), 7002)},
            "the ports that were asked for are not used");
}

void
AddWithPortInUse(Scene& s)
{
    Ptr<Socket> other;
    s.prepareClient = [&s, &other](Ptr<Socket> socket) {
        other = Socket::CreateSocket(s.topology.GetClient(), TcpSocketFactory::GetTypeId());
        other->Bind(Name(s.Client(1), 7002));
        Mptcp(socket)->AddMultipathAddresses({s.Client(0), Name(s.Client(1), 7002)});
    };
    s.Play();
    s.Check(s.GetClientCounter("MPJoinSynTxBindErr") > 0, "no MPJoinSynTxBindErr");
    CheckClientPaths(s, {0});
    other->Close();
}

void
SamePort(Scene& s)
{
    Config::SetDefault("ns3::MptcpStack::JoinSamePort", BooleanValue(true));
    s.Play();
    std::set<uint16_t> ports;
    for (const Address& name : s.ClientSources())
    {
        ports.insert(Port(name));
    }
    s.Equal(ports.size(), 1, "local ports");
    s.Equal(s.ClientSources().size(), 2, "local names");
}

void
AddDuring(Scene& s)
{
    s.up = 2'000'000;
    s.prepareClient = [&s](Ptr<Socket> socket) {
        Mptcp(socket)->AddMultipathAddresses({s.Client(0)});
    };
    s.Begin();
    s.At(Seconds(0.4), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(Pairs(c).size(), 1, "subflows before ADD");
        s.Equal(c->AddMultipathAddresses({s.Client(2)}), 0, "ADD during the connection");
    });
    s.At(Seconds(0.6),
         [&s](Ptr<MptcpSocketBase> c) { s.Equal(Pairs(c).size(), 2, "subflows after ADD"); });
    s.Finish();
    CheckClientPaths(s, {0, 2});
}

void
AddControlsAnnouncements(Scene& s)
{
    s.prepareListener = [&s](Ptr<Socket> socket) {
        Mptcp(socket)->AddMultipathAddresses({s.Server(0), s.Server(2)});
    };
    s.Play();
    bool second = false;
    bool third = false;
    for (const auto& segment : s.capture->GetAll())
    {
        for (const auto& option : segment.Get<MptcpAddAddr>())
        {
            const Address announced = Ipv4Address::Deserialize(option.address.data());
            second = second || announced == s.Server(1);
            third = third || announced == s.Server(2);
        }
    }
    s.Check(third, "the added address was not announced");
    s.Check(!second, "an address was announced that the application did not add");
}

void
AddErrors(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        const auto c = Mptcp(socket);
        const auto add = [&](const Addresses& list) { return c->AddMultipathAddresses(list) == 0; };
        s.Refused(c, add({}), Socket::ERROR_INVAL, "EINVAL");
        s.Refused(c, add({Ipv4Address::GetAny()}), Socket::ERROR_INVAL, "EINVAL");
        s.Refused(c, add({Ipv4Address("224.0.0.1")}), Socket::ERROR_INVAL, "EINVAL");
        s.Refused(c, add({Address()}), Socket::ERROR_INVAL, "EINVAL");
        s.Refused(c, add({Ipv4Address("192.0.2.1")}), Socket::ERROR_ADDRNOTAVAIL, "EADDRNOTAVAIL");
        // All or nothing.
        s.Refused(c,
                  add({s.Client(1), Ipv4Address("192.0.2.1")}),
                  Socket::ERROR_ADDRNOTAVAIL,
                  "EADDRNOTAVAIL");
        s.Refused(c, add({s.Server(0)}), Socket::ERROR_ADDRNOTAVAIL, "EADDRNOTAVAIL");
    };
    s.Play();
    s.Equal(s.SynPaths(true).size(), 2, "paths: a refused ADD restricted the addresses");
    const auto c = s.GetClient();
    s.Refused(c,
              c->AddMultipathAddresses({s.Client(1)}) == 0,
              Socket::ERROR_NOTCONN,
              "ENOTCONN"); // ended
}

void
AddAfterEnableFalse(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        const auto c = Mptcp(socket);
        c->SetMultipathEnable(false);
        s.Refused(c,
                  c->AddMultipathAddresses({s.Client(0)}) == 0,
                  Socket::ERROR_OPNOTSUPP,
                  "EOPNOTSUPP");
    };
    s.PlayPlain();
}

void
AddBothFamilies(Scene& s)
{
    s.up = 3'000'000; // not over before the look at it
    s.topology.SetFamily(Topology::DUAL);
    s.prepareClient = [&s](Ptr<Socket> socket) {
        const Address six = s.topology.GetAddress(Topology::CLIENT, 1, Topology::IPV6);
        s.Equal(Mptcp(socket)->AddMultipathAddresses({s.Client(0), six}), 0, "ADD of both");
    };
    s.Begin();
    s.At(Seconds(0.4), [&s](Ptr<MptcpSocketBase> c) {
        int four = 0;
        int six = 0;
        for (const auto& pair : Pairs(c))
        {
            const bool local = InetSocketAddress::IsMatchingType(pair.local);
            s.Check(local == InetSocketAddress::IsMatchingType(pair.remote),
                    "the two addresses of a pair are of different families");
            ++(local ? four : six);
        }
        s.Check(four > 0 && six > 0, "not both families are in use");
    });
    s.Finish();
}

// ---- TCP_MULTIPATH_REMOVE (section 5.3.3) ----

void
RemoveBefore(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        s.Equal(Mptcp(socket)->RemoveMultipathAddresses({s.Client(1)}), 0, "REMOVE");
    };
    s.Play();
    CheckClientPaths(s, {0, 2});
}

void
RemoveAllBefore(Scene& s)
{
    s.prepareClient = [&s](Ptr<Socket> socket) {
        const auto c = Mptcp(socket);
        c->AddMultipathAddresses({s.Client(0)});
        c->RemoveMultipathAddresses({s.Client(0)});
        s.Refused(c,
                  socket->Connect(s.topology.GetSocketAddress(Topology::SERVER, 0, 5000)) == 0,
                  Socket::ERROR_ADDRNOTAVAIL,
                  "EADDRNOTAVAIL");
    };
    s.Begin();
    s.Run(Seconds(1));
    s.Equal(s.capture->GetAll().size(), 0, "segments");
}

void
RemoveDuring(Scene& s)
{
    s.up = 3'000'000;
    s.Begin();
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(Pairs(c).size(), 2, "subflows before REMOVE");
        s.Equal(c->RemoveMultipathAddresses({s.Client(1)}), 0, "REMOVE during the connection");
    });
    s.At(Seconds(1.5), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(Pairs(c).size(), 1, "subflows after REMOVE");
        for (const auto& pair : Pairs(c))
        {
            s.Check(Host(pair.local) == s.Client(0), "subflow of the removed address");
        }
    });
    s.Finish();
    s.Check(s.capture->CountOption<MptcpRemoveAddr>(true) > 0, "no REMOVE_ADDR");
    s.Equal(s.GetClientCounter("RmAddrTx"), 1, "RmAddrTx");
    s.Equal(s.GetServerCounter("RmAddr"), 1, "RmAddr at the peer");
}

void
MakeBeforeBreak(Scene& s)
{
    // One subflow at a time: the second address comes into use only because the first is removed.
    s.up = 3'000'000;
    s.prepareClient = [&s](Ptr<Socket> socket) {
        Mptcp(socket)->AddMultipathAddresses({s.Client(0)});
    };
    s.Begin();
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase> c) {
        c->AddMultipathAddresses({s.Client(1)});
        c->RemoveMultipathAddresses({s.Client(0)});
        s.Equal(Pairs(c).size(), 1, "the only subflow was closed at once");
    });
    s.At(Seconds(2), [&s](Ptr<MptcpSocketBase> c) {
        const auto pairs = Pairs(c);
        s.Equal(pairs.size(), 1, "subflows after REMOVE");
        s.Check(!pairs.empty() && Host(pairs[0].local) == s.Client(1), "wrong address");
        Address name;
        c->GetSockName(name);
        s.Check(Host(name) == s.Client(0), "getsockname changed");
        c->GetPeerName(name);
        s.Check(name == s.topology.GetSocketAddress(Topology::SERVER, 0, 5000),
                "getpeername changed");
    });
    s.Finish();
    Time join;
    Time removed;
    for (const auto& segment : s.capture->GetAll())
    {
        if (segment.fromClient && !segment.Get<MptcpJoinAck>().empty() && join.IsZero())
        {
            join = segment.time;
        }
        if (segment.fromClient && !segment.Get<MptcpRemoveAddr>().empty())
        {
            s.Check(segment.Get<MptcpRemoveAddr>()[0].addressIds == std::vector<uint8_t>{0},
                    "REMOVE_ADDR does not name the initial address");
            removed = segment.time;
        }
    }
    s.Check(join.IsStrictlyPositive() && join < removed, "break before make");
}

void
RemoveOnePort(Scene& s)
{
    s.up = 9'000'000;
    s.prepareClient = [&s](Ptr<Socket> socket) {
        Mptcp(socket)->AddMultipathAddresses(
            {s.Client(0), Name(s.Client(1), 7001), Name(s.Client(1), 7002)});
    };
    s.Begin();
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(c->RemoveMultipathAddresses({Name(s.Client(1), 7001)}), 0, "REMOVE of a port");
    });
    // The subflow removed may have to wait for a timeout before it has nothing in flight.
    s.At(Seconds(3.5), [&s](Ptr<MptcpSocketBase> c) {
        std::set<Address> names;
        for (const auto& pair : Pairs(c))
        {
            names.insert(pair.local);
        }
        s.Check(names.contains(Name(s.Client(1), 7002)), "the other port is not used");
        s.Check(!names.contains(Name(s.Client(1), 7001)), "the removed port is in use");
    });
    s.Finish();
    s.Equal(s.capture->CountOption<MptcpRemoveAddr>(true),
            0,
            "REMOVE_ADDR of an address that is still in use");
}

void
RemoveErrors(Scene& s)
{
    s.Begin();
    s.At(Seconds(0.3), [&s](Ptr<MptcpSocketBase> c) {
        const auto remove = [&](const Addresses& l) { return c->RemoveMultipathAddresses(l) == 0; };
        s.Refused(c, remove({}), Socket::ERROR_INVAL, "EINVAL");
        s.Refused(c, remove({Address()}), Socket::ERROR_INVAL, "EINVAL");
        s.Refused(c,
                  remove({Ipv4Address("192.0.2.1")}),
                  Socket::ERROR_ADDRNOTAVAIL,
                  "EADDRNOTAVAIL");
    });
    s.Finish();
    s.Equal(s.GetClientCounter("RmAddrTx"), 0, "RmAddrTx");
}

// ---- TCP_MULTIPATH_SUBFLOWS, TCP_MULTIPATH_CONNID (sections 5.3.4, 5.3.5), names (4.2.2) ----

void
SubflowsAndConnidPhases(Scene& s)
{
    const auto refused = [&s](Ptr<MptcpSocketBase> c) {
        std::vector<MptcpAddressPair> pairs;
        s.Refused(c, c->GetMultipathSubflows(pairs) == 0, Socket::ERROR_NOTCONN, "ENOTCONN");
        s.Refused(c, c->GetMultipathConnectionId().has_value(), Socket::ERROR_NOTCONN, "ENOTCONN");
    };
    s.prepareClient = [&](Ptr<Socket> socket) { refused(Mptcp(socket)); };
    s.prepareListener = [&](Ptr<Socket> socket) { refused(Mptcp(socket)); };
    s.Begin();
    s.At(MilliSeconds(110), refused);
    s.At(MilliSeconds(300), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(c->GetMultipathConnectionId().value_or(0), c->GetLocalToken(), "CONNID");
        s.Equal(s.GetServer()->GetMultipathConnectionId().value_or(0),
                c->GetRemoteToken(),
                "CONNID of the server");
        const auto pairs = Pairs(c);
        auto mirrored = Pairs(s.GetServer());
        s.Equal(pairs.size(), mirrored.size(), "pairs of the two ends");
        for (const auto& pair : pairs)
        {
            const MptcpAddressPair other{pair.remote, pair.local};
            s.Check(std::find(mirrored.begin(), mirrored.end(), other) != mirrored.end(),
                    "the server does not have a subflow of the client");
        }
    });
    s.Finish();
    refused(s.GetClient());
}

void
FirstSubflowGone(Scene& s)
{
    s.up = 2'000'000;
    s.Begin();
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase> c) {
        Address local;
        Address remote;
        c->GetSockName(local);
        c->GetPeerName(remote);
        c->GetSubflows().front()->ResetSubflow(MPTCP_RST_UNSPECIFIED);
        Simulator::Schedule(MilliSeconds(300), [&s, c, local, remote] {
            Address now;
            c->GetSockName(now);
            s.Check(now == local, "getsockname changed");
            c->GetPeerName(now);
            s.Check(now == remote, "getpeername changed");
            for (const auto& pair : Pairs(c))
            {
                s.Check(pair.local != local || pair.remote != remote,
                        "SUBFLOWS has the subflow that is gone");
            }
            Address peer;
            s.GetServer()->GetPeerName(peer);
            s.Check(peer == local, "getpeername of the server changed");
        });
    });
    s.Finish();
}

// ---- As socket options ----

void
SocketOptions(Scene& s)
{
    using Option = MptcpSocketOption;
    s.prepareClient = [&s](Ptr<Socket> socket) {
        const auto c = Mptcp(socket);
        const auto set = [&](Option option, const MptcpOptionValue& value) {
            return MptcpSetSocketOption(socket, option, value);
        };
        MptcpOptionValue value;
        s.Equal(set(Option::MULTIPATH_ENABLE, true), Socket::ERROR_NOTERROR, "ENABLE");
        s.Equal(set(Option::MULTIPATH_ENABLE, uint64_t{1}), Socket::ERROR_INVAL, "ENABLE of 1");
        s.Equal(set(Option::MULTIPATH_ADD, Addresses{s.Client(0), s.Client(1)}),
                Socket::ERROR_NOTERROR,
                "ADD");
        s.Equal(set(Option::MULTIPATH_ADD, false), Socket::ERROR_INVAL, "ADD of a bool");
        s.Equal(set(Option::MULTIPATH_REMOVE, false), Socket::ERROR_INVAL, "REMOVE of a bool");
        s.Equal(set(Option::MULTIPATH_CONNID, uint64_t{1}), Socket::ERROR_OPNOTSUPP, "set CONNID");
        s.Refused(c, false, Socket::ERROR_OPNOTSUPP, "ENOPROTOOPT");
        s.Equal(set(Option::MULTIPATH_SUBFLOWS, true), Socket::ERROR_OPNOTSUPP, "set SUBFLOWS");
        s.Equal(MptcpGetSocketOption(socket, Option::MULTIPATH_ADD, value),
                Socket::ERROR_OPNOTSUPP,
                "get ADD");
        s.Equal(MptcpGetSocketOption(socket, Option::MULTIPATH_CONNID, value),
                Socket::ERROR_NOTCONN,
                "get CONNID");
        s.Equal(set(Option::NODELAY, false), Socket::ERROR_NOTERROR, "NODELAY");
        s.Equal(MptcpGetSocketOption(socket, Option::NODELAY, value), 0, "get NODELAY");
        s.Check(std::get<bool>(value) == false, "NODELAY did not change");
        s.Equal(set(Option::RCVBUF, uint64_t{70000}), Socket::ERROR_NOTERROR, "RCVBUF");
        s.Equal(set(Option::RCVBUF, uint64_t{0}), Socket::ERROR_INVAL, "RCVBUF of 0");
        s.Equal(MptcpGetSocketOption(socket, Option::RCVBUF, value), 0, "get RCVBUF");
        s.Equal(std::get<uint64_t>(value), 70000, "RCVBUF");
    };
    s.Begin();
    s.At(Seconds(0.3), [&s](Ptr<MptcpSocketBase> c) {
        MptcpOptionValue value;
        s.Equal(c->GetSocketOption(Option::MULTIPATH_ENABLE, value), 0, "get ENABLE");
        s.Check(std::get<bool>(value), "ENABLE is not true");
        s.Equal(c->GetSocketOption(Option::MULTIPATH_CONNID, value), 0, "get CONNID");
        s.Equal(std::get<uint64_t>(value), c->GetLocalToken(), "CONNID");
        s.Equal(c->GetSocketOption(Option::MULTIPATH_SUBFLOWS, value), 0, "get SUBFLOWS");
        s.Equal(std::get<std::vector<MptcpAddressPair>>(value).size(), 2, "pairs");
    });
    s.Finish();
}

void
SocketOptionsOfTcp(Scene& s)
{
    s.clientMptcp = false;
    s.prepareClient = [&s](Ptr<Socket> socket) {
        MptcpOptionValue value;
        s.Equal(MptcpSetSocketOption(socket, MptcpSocketOption::MULTIPATH_ENABLE, true),
                Socket::ERROR_OPNOTSUPP,
                "ENOPROTOOPT");
        s.Equal(MptcpGetSocketOption(socket, MptcpSocketOption::MULTIPATH_CONNID, value),
                Socket::ERROR_OPNOTSUPP,
                "ENOPROTOOPT");
    };
    s.PlayPlain();
}

// ---- Existing options (section 4.4), close (4.3) ----

/** @param s scene @param noDelay TCP_NODELAY @return segments that carried data, by path */
std::vector<std::size_t>
CountSmallWrites(Scene& s, bool noDelay)
{
    s.up = 0;
    s.down = 0;
    s.client.KeepOpen();
    s.server.KeepOpen();
    s.prepareClient = [noDelay](Ptr<Socket> socket) {
        Mptcp(socket)->SetSocketOption(MptcpSocketOption::NODELAY, noDelay);
    };
    s.Begin();
    for (int i = 0; i < 100; ++i)
    {
        s.At(Seconds(0.5) + MilliSeconds(i),
             [](Ptr<MptcpSocketBase> c) { c->Send(Create<Packet>(10), 0); });
    }
    s.Run(Seconds(2));
    std::vector<std::size_t> count(s.topology.GetNPaths());
    for (const auto& segment : s.capture->GetAll())
    {
        count[segment.path] += segment.fromClient && segment.size > 0;
    }
    return count;
}

void
NoDelayOn(Scene& s)
{
    Config::SetDefault("ns3::MptcpSocketBase::Scheduler",
                       StringValue("ns3::MptcpSchedulerRoundRobin"));
    const auto count = CountSmallWrites(s, true);
    s.Equal(count[0] + count[1], 100, "segments with NODELAY");
    s.Check(count[0] > 0 && count[1] > 0, "not all subflows carried small segments");
}

void
NoDelayOff(Scene& s)
{
    const auto count = CountSmallWrites(s, false);
    // One small segment per round trip of 20 ms (plus delayed ACKs) in 100 ms.
    s.Check(count[0] + count[1] >= 2 && count[0] + count[1] <= 8,
            std::to_string(count[0] + count[1]) + " segments with Nagle's algorithm");
}

void
LingerZero(Scene& s)
{
    s.up = 5'000'000;
    s.prepareClient = [](Ptr<Socket> socket) { Mptcp(socket)->SetLinger(true, Time(0)); };
    s.Begin();
    s.At(Seconds(0.5), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(c->Close(), 0, "close");
        s.Equal(static_cast<int>(c->GetState()), static_cast<int>(MptcpState::CLOSED), "state");
        s.Equal(c->GetSubflows().size(), 0, "subflows");
    });
    s.Run(Seconds(10));
    s.Check(s.server.failed, "the peer was not told of the abort");
    s.Check(s.server.received > 0 && s.server.received < s.up, "all data went through");
    s.Check(s.capture->Count([](const auto& x) { return x.fromClient && (x.flags & RST); }) > 0 ||
                s.capture->CountOption<MptcpFastclose>(true) > 0,
            "neither RST nor MP_FASTCLOSE");
    s.Check(s.capture->Count([](const auto& x) {
        return x.fromClient && x.time > Seconds(0.7) && x.size > 0;
    }) == 0,
            "data after the abort");
}

void
LingerLong(Scene& s)
{
    s.prepareClient = [](Ptr<Socket> socket) { Mptcp(socket)->SetLinger(true, Seconds(30)); };
    s.Play();
}

void
LingerShort(Scene& s)
{
    // The paths die: Close gives up after the linger time instead of after many retransmissions.
    s.up = 0;
    s.down = 0;
    s.client.KeepOpen();
    s.prepareClient = [](Ptr<Socket> socket) { Mptcp(socket)->SetLinger(true, Seconds(3)); };
    s.Begin();
    s.topology.CutPath(0, Seconds(1));
    s.topology.CutPath(1, Seconds(1));
    s.At(Seconds(1.1), [](Ptr<MptcpSocketBase> c) {
        c->Send(Create<Packet>(1000), 0);
        c->Close();
    });
    s.At(Seconds(4), [&s](Ptr<MptcpSocketBase> c) {
        s.Check(c->GetState() != MptcpState::CLOSED, "given up before the linger time");
    });
    s.At(Seconds(4.2), [&s](Ptr<MptcpSocketBase> c) {
        s.Check(c->GetState() == MptcpState::CLOSED, "not given up after the linger time");
        s.Check(s.client.failed, "no error was reported");
    });
    s.Run(Seconds(5));
}

void
HalfClose(Scene& s)
{
    // The client has said all; the server goes on for long after.
    s.up = 1000;
    s.down = 3'000'000;
    s.Begin();
    s.At(Seconds(1), [&s](Ptr<MptcpSocketBase> c) {
        s.Check(c->GetState() == MptcpState::FIN_WAIT_2, "not half closed");
        s.Equal(c->Send(Create<Packet>(1), 0), -1, "Send after shutdown");
        s.Equal(c->GetErrno(), Socket::ERROR_SHUTDOWN, "errno");
        s.Check(s.GetServer()->GetState() == MptcpState::CLOSE_WAIT, "server not in CLOSE_WAIT");
        s.Check(s.server.ended, "the server did not read the end of the stream");
        s.Check(s.client.received < s.down, "nothing left to send");
    });
    s.Finish();
}

void
ShutdownBoth(Scene& s)
{
    s.up = 0;
    s.down = 1'000'000;
    s.client.KeepOpen();
    s.Begin();
    s.At(Seconds(0.3), [&s](Ptr<MptcpSocketBase> c) {
        s.Equal(c->ShutdownRecv(), 0, "ShutdownRecv");
        s.Equal(c->ShutdownSend(), 0, "ShutdownSend");
    });
    s.Run(Seconds(100));
    s.Check(s.client.received < s.down, "read after ShutdownRecv");
    s.Check(s.server.closed && !s.server.failed, "the server could not finish");
    s.Check(s.GetServer()->GetState() == MptcpState::CLOSED, "the connection did not end");
}

void
SimultaneousClose(Scene& s)
{
    s.up = 10'000;
    s.down = 10'000;
    s.client.KeepOpen();
    s.server.KeepOpen();
    s.Begin();
    std::set<MptcpState> states;
    s.At(Seconds(1), [&s, &states](Ptr<MptcpSocketBase> c) {
        c->TraceConnectWithoutContext(
            "State",
            Callback<void, MptcpState, MptcpState>(
                [&states](MptcpState, MptcpState now) { states.insert(now); }));
        c->Close();
        s.GetServer()->Close();
    });
    s.Run(Seconds(100));
    s.Check(states.contains(MptcpState::CLOSING), "not M_CLOSING");
    s.Check(s.GetClient()->GetState() == MptcpState::CLOSED, "client not closed");
    s.Check(s.GetServer()->GetState() == MptcpState::CLOSED, "server not closed");
    s.Check(!s.client.failed && !s.server.failed, "an error was reported");
    s.Equal(s.capture->Count([](const auto& x) { return x.flags & RST; }), 0, "RSTs");
}

// ---- Fate-sharing (section 4.2.2) ----

/** @param s scene @param share the client's policy @return the connection lives */
bool
LoseFirstSubflow(Scene& s, std::optional<bool> share)
{
    s.up = 3'000'000;
    s.Begin();
    bool alive = false;
    s.At(Seconds(0.5), [&s, share](Ptr<MptcpSocketBase> c) {
        if (share)
        {
            c->SetFateSharing(*share);
        }
        c->GetSubflows().front()->ResetSubflow(MPTCP_RST_UNSPECIFIED);
    });
    s.At(Seconds(0.8),
         [&alive](Ptr<MptcpSocketBase> c) { alive = c->GetState() != MptcpState::CLOSED; });
    s.Run(Seconds(300));
    return alive;
}

void
FateNotShared(Scene& s)
{
    s.Check(LoseFirstSubflow(s, {}), "the connection ended with its first subflow");
    s.Check(s.IsComplete(), s.Describe());
}

void
FateSharedByStack(Scene& s)
{
    Config::SetDefault("ns3::MptcpStack::FateSharing", BooleanValue(true));
    s.Check(!LoseFirstSubflow(s, {}), "the connection survived its first subflow");
    s.Check(s.client.failed && s.server.failed, "both ends should report an error");
}

void
FateSharedBySocket(Scene& s)
{
    s.Check(!LoseFirstSubflow(s, true), "the connection survived its first subflow");
    s.Check(s.client.failed, "no error was reported");
}

void
FateOverride(Scene& s)
{
    // The server's stack shares; the client's socket does not. Each end has its own say.
    Config::SetDefault("ns3::MptcpStack::FateSharing", BooleanValue(true));
    s.prepareListener = [](Ptr<Socket> socket) { Mptcp(socket)->SetFateSharing(false); };
    s.Check(LoseFirstSubflow(s, false), "the connection ended with its first subflow");
    s.Check(s.IsComplete(), s.Describe());
}

void
FateSharingAndNormalEnd(Scene& s)
{
    Config::SetDefault("ns3::MptcpStack::FateSharing", BooleanValue(true));
    s.Play(); // subflows close at the end, one after the other: that is no loss
}

/** Two hosts that open a connection to each other at the same time (RFC 9293, section 3.5). */
class SimultaneousOpenTestCase : public TestCase
{
  public:
    SimultaneousOpenTestCase()
        : TestCase("simultaneous open")
    {
    }

  private:
    void DoRun() override
    {
        Topology topology(2);
        topology.Build();
        MptcpStackHelper().Install(topology.GetNodes());
        MptcpStackHelper::AssignStreams(topology.GetNodes(), 200);
        MptcpStoryEnd ends[2] = {{1, 2}, {2, 1}};
        for (const auto host : {Topology::CLIENT, Topology::SERVER})
        {
            Ptr<Socket> socket = Socket::CreateSocket(topology.GetNodes().Get(host),
                                                      MptcpSocketFactory::GetTypeId());
            socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), 6000));
            ends[host].Use(socket, 50'000);
            Simulator::Schedule(MilliSeconds(100), [&topology, socket, host] {
                socket->Connect(topology.GetSocketAddress(
                    host == Topology::CLIENT ? Topology::SERVER : Topology::CLIENT,
                    0,
                    6000));
            });
        }
        Simulator::Stop(Seconds(100));
        Simulator::Run();
        for (const auto host : {Topology::CLIENT, Topology::SERVER})
        {
            const auto stack = topology.GetNodes().Get(host)->GetObject<MptcpStack>();
            NS_TEST_EXPECT_MSG_EQ(ends[host].received, 50'000, "octets at host " << host);
            NS_TEST_EXPECT_MSG_EQ(ends[host].firstMismatch, -1, "content at host " << host);
            NS_TEST_EXPECT_MSG_EQ(ends[host].failed, false, "error at host " << host);
            NS_TEST_EXPECT_MSG_EQ(stack->GetCounter("SimultConnectFallback"), 1, "counter");
            NS_TEST_EXPECT_MSG_EQ(Mptcp(ends[host].socket)->IsFallback(), true, "fallback");
            ends[host].socket = nullptr;
        }
        Simulator::Destroy();
    }
};

/** CONNID is unique over a thousand connections of one host. */
class ConnectionIdTestCase : public TestCase
{
  public:
    ConnectionIdTestCase()
        : TestCase("CONNID of 1000 connections")
    {
    }

  private:
    void DoRun() override
    {
        constexpr uint32_t connections = 1000;
        Topology topology(1);
        topology.SetQueueSize(0, QueueSize("4000p"));
        topology.Build();
        MptcpStackHelper().Install(topology.GetNodes());
        MptcpStackHelper::AssignStreams(topology.GetNodes(), 200);
        Ptr<Socket> listener =
            Socket::CreateSocket(topology.GetServer(), MptcpSocketFactory::GetTypeId());
        listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 5000));
        listener->Listen();
        std::vector<Ptr<Socket>> sockets;
        for (uint32_t i = 0; i < connections; ++i)
        {
            sockets.push_back(
                Socket::CreateSocket(topology.GetClient(), MptcpSocketFactory::GetTypeId()));
            Simulator::Schedule(MilliSeconds(i), [&topology, socket = sockets.back()] {
                socket->Connect(topology.GetSocketAddress(Topology::SERVER, 0, 5000));
            });
        }
        Simulator::Stop(Seconds(10));
        Simulator::Run();
        std::set<uint32_t> ids;
        for (const auto& socket : sockets)
        {
            const auto id = Mptcp(socket)->GetMultipathConnectionId();
            NS_TEST_ASSERT_MSG_EQ(id.has_value(), true, "a connection does not stand");
            NS_TEST_EXPECT_MSG_EQ(*id, Mptcp(socket)->GetLocalToken(), "CONNID");
            ids.insert(*id);
        }
        NS_TEST_EXPECT_MSG_EQ(ids.size(), connections, "identifiers");
        sockets.clear();
        listener = nullptr;
        Simulator::Destroy();
    }
};

/** Write and close as soon as it connects: all of it arrives, as over stock TCP. */
void
CloseWhileConnecting(Scene& s)
{
    static constexpr uint32_t size = 20'000;
    s.down = 0;
    s.up = size;
    s.prepareClient = [&s](Ptr<Socket> socket) {
        Simulator::ScheduleNow([&s, socket] {
            const auto octets = MptcpContent(1, 0, size);
            s.Equal(socket->Send(Create<Packet>(octets.data(), size)), size, "Send");
            s.client.sent = size;
            s.Equal(socket->Close(), 0, "Close");
        });
    };
    s.Begin();
    s.Run(Seconds(100));
    s.Equal(s.server.received, size, "octets");
    s.Check(s.server.firstMismatch == -1, s.Describe());
    s.Check(s.server.ended || s.server.closed, "the end was not told"); // stock TCP tells it so
}

/** The same by plain TCP. */
void
CloseWhileConnectingPlain(Scene& s)
{
    s.serverMptcp = false;
    CloseWhileConnecting(s);
}

/** The same where nobody listens: nothing is left of it. */
void
CloseWhileConnectingInVain(Scene& s)
{
    s.Begin();
    const auto make = [&s] {
        return Socket::CreateSocket(s.topology.GetClient(), MptcpSocketFactory::GetTypeId());
    };
    const Address local = Name(s.Client(0), 7000);
    Simulator::Schedule(Seconds(1), [&s, make, local] {
        Ptr<Socket> socket = make();
        socket->Bind(local);
        socket->Connect(Name(s.Server(0), 7001));
        s.Equal(socket->Send(Create<Packet>(1000)), 1000, "Send");
        socket->Close();
    });
    Simulator::Schedule(Seconds(3), [&s, make, local] { s.Equal(make()->Bind(local), 0, "Bind"); });
    s.Finish();
}

/** The suite. */
class MptcpApiTestSuite : public TestSuite
{
  public:
    MptcpApiTestSuite()
        : TestSuite("mptcp-api", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Scene&), uint32_t paths = 2) {
            AddTestCase(new SceneTestCase(name, run, paths));
        };
        add("ENABLE=false", EnableFalse);
        add("ENABLE=false at a listener", EnableFalseOnListener);
        add("phases of ENABLE", EnablePhases);
        add("ENABLE reads false after fallback", EnableReadsFalseInFallback);
        add("legacy bind of an address", LegacyBindAddress);
        add("legacy bind of a device", LegacyBindDevice);
        add("legacy bind of a listener", LegacyBindListener);
        add("legacy bind of any address", LegacyBindAny);
        add("bound addresses at both ends", BindBoth);
        add("small buffer", SmallBuffer);
        add("small buffer, ENABLE=true", SmallBufferEnabled);
        add("ENABLE=true and bind", EnableAndBind, 3);
        add("ENABLE=true, bind and ADD", EnableBindAndAdd, 3);
        add("ENABLE=true and a device with two addresses", EnableAndBindDevice, 3);
        add("ADD before the connection", AddWithoutBind, 3);
        add("ADD with ports", AddWithPort, 3);
        add("ADD with a port in use", AddWithPortInUse);
        add("the same port for all subflows", SamePort);
        add("ADD during the connection", AddDuring, 3);
        add("ADD controls what is announced", AddControlsAnnouncements, 3);
        add("errors of ADD", AddErrors);
        add("ADD after ENABLE=false", AddAfterEnableFalse);
        add("ADD of IPv4 and IPv6 in one call", AddBothFamilies);
        add("REMOVE before the connection", RemoveBefore, 3);
        add("REMOVE of all addresses", RemoveAllBefore);
        add("REMOVE during the connection", RemoveDuring);
        add("make before break", MakeBeforeBreak);
        add("REMOVE of one port", RemoveOnePort);
        add("errors of REMOVE", RemoveErrors);
        add("SUBFLOWS and CONNID", SubflowsAndConnidPhases);
        add("first subflow gone", FirstSubflowGone);
        add("socket options", SocketOptions);
        add("socket options of stock TCP", SocketOptionsOfTcp);
        add("NODELAY", NoDelayOn);
        add("Nagle's algorithm", NoDelayOff);
        add("linger 0", LingerZero);
        add("linger, enough time", LingerLong);
        add("linger, time over", LingerShort);
        add("close while it connects", CloseWhileConnecting);
        add("close while it connects, plain TCP", CloseWhileConnectingPlain);
        add("close while it connects in vain", CloseWhileConnectingInVain);
        add("half close", HalfClose);
        add("shutdown of both directions", ShutdownBoth);
        add("simultaneous close", SimultaneousClose);
        add("fate not shared", FateNotShared);
        add("fate shared, policy of the stack", FateSharedByStack);
        add("fate shared, wish of the socket", FateSharedBySocket);
        add("fate-sharing overridden", FateOverride);
        add("fate-sharing and a normal end", FateSharingAndNormalEnd);
        AddTestCase(new SimultaneousOpenTestCase);
        AddTestCase(new ConnectionIdTestCase);
    }
};

const MptcpApiTestSuite g_mptcpApiTestSuite; ///< registers itself

} // namespace
