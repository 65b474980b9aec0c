/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-calls-table.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-address.h"
#include "ns3/mptcp-api.h"
#include "ns3/packet.h"

namespace ns3
{

namespace
{

using Run = MptcpCallsRun;
using Topology = MptcpTopologyHelper;

/** @return a name that no route leads to */
Address
Nowhere()
{
    return InetSocketAddress("192.0.2.1", Run::PORT);
}

/** @return a name of a family that the hosts do not have */
Address
Ipv6Name()
{
    return Inet6SocketAddress("2001:db8::1", Run::PORT);
}

/** @param found an answer, or none @return as a result */
template <typename T>
int
Has(const T& found)
{
    return found ? 0 : -1;
}

/** @param size octets @return a packet with so many */
Ptr<Packet>
Data(uint32_t size)
{
    return Create<Packet>(size);
}

constexpr uint32_t TOO_MUCH = 200'000; ///< more than the send buffer

/** @param packet what was read @return octets, -1: null */
int
Size(Ptr<Packet> packet)
{
    return packet ? static_cast<int>(packet->GetSize()) : -1;
}

using S = MptcpSocketBase;
using Option = MptcpSocketOption;

// clang-format off
const std::vector<MptcpCallsRow> ROWS{
    // ------------------------------------------ fresh bound listen synsent failed estab plain half ended closed
    {"Bind()", [](Run&, S& s) { return s.Bind(); },
     {"0", "INVAL", "INVAL", "INVAL", "0", "INVAL", "INVAL", "INVAL", "INVAL", "BADF"}},
    {"Bind6()", [](Run&, S& s) { return s.Bind6(); },
     {"0", "INVAL", "INVAL", "INVAL", "0", "INVAL", "INVAL", "INVAL", "INVAL", "BADF"}},
    {"Bind(another port)",
     [](Run&, S& s) { return s.Bind(InetSocketAddress(Ipv4Address::GetAny(), 7002)); },
     {"0", "INVAL", "INVAL", "INVAL", "0", "INVAL", "INVAL", "INVAL", "INVAL", "BADF"}},
    {"Bind(a port in use)",
     [](Run&, S& s) { return s.Bind(InetSocketAddress(Ipv4Address::GetAny(), Run::USED_PORT)); },
     {"INUSE", "INVAL", "INVAL", "INVAL", "INUSE", "INVAL", "INVAL", "INVAL", "INVAL", "BADF"}},
    {"Bind(no name)", [](Run&, S& s) { return s.Bind(Ipv4Address("10.1.1.1")); },
     {"INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "BADF"}},
    {"Connect", [](Run& r, S& s) { return s.Connect(r.GetName(Topology::SERVER)); },
     {"0", "0", "ISCONN", "ISCONN", "0", "ISCONN", "ISCONN", "ISCONN", "ISCONN", "BADF"}},
    {"Connect(no route)", [](Run&, S& s) { return s.Connect(Nowhere()); },
     {"NOROUTE", "NOROUTE", "ISCONN", "ISCONN", "NOROUTE", "ISCONN", "ISCONN", "ISCONN", "ISCONN", "BADF"}},
    {"Connect(no such family)", [](Run&, S& s) { return s.Connect(Ipv6Name()); },
     {"NOROUTE", "AFNOSUPP", "ISCONN", "ISCONN", "NOROUTE", "ISCONN", "ISCONN", "ISCONN", "ISCONN", "BADF"}},
    {"Connect(no name)", [](Run&, S& s) { return s.Connect(Address()); },
     {"INVAL", "INVAL", "ISCONN", "ISCONN", "INVAL", "ISCONN", "ISCONN", "ISCONN", "ISCONN", "BADF"}},
    {"Listen", [](Run&, S& s) { return s.Listen(); },
     {"0", "0", "INVAL", "INVAL", "0", "INVAL", "INVAL", "INVAL", "INVAL", "BADF"}},
    {"ConnectFastOpen",
     [](Run& r, S& s) { return s.ConnectFastOpen(r.GetName(Topology::SERVER), Data(100)); },
     {"0", "0", "ISCONN", "ISCONN", "0", "ISCONN", "ISCONN", "ISCONN", "ISCONN", "BADF"}},
    {"ConnectFastOpen(no route)",
     [](Run&, S& s) { return s.ConnectFastOpen(Nowhere(), Data(100)); },
     {"NOROUTE", "NOROUTE", "ISCONN", "ISCONN", "NOROUTE", "ISCONN", "ISCONN", "ISCONN", "ISCONN", "BADF"}},
    {"ConnectFastOpen(too much)",
     [](Run& r, S& s) { return s.ConnectFastOpen(r.GetName(Topology::SERVER), Data(TOO_MUCH)); },
     {"MSGSIZE", "MSGSIZE", "ISCONN", "ISCONN", "MSGSIZE", "ISCONN", "ISCONN", "ISCONN", "ISCONN", "BADF"}},
    {"ConnectByName(nobody)", [](Run&, S& s) { return s.ConnectByName("nobody", Run::PORT); },
     {"INVAL", "INVAL", "ISCONN", "ISCONN", "INVAL", "ISCONN", "ISCONN", "ISCONN", "ISCONN", "BADF"}},
    {"Close", [](Run&, S& s) { return s.Close(); },
     {"0", "0", "0", "0", "0", "0", "0", "0", "0", "0"}},
    {"ShutdownSend", [](Run&, S& s) { return s.ShutdownSend(); },
     {"NOTCONN", "NOTCONN", "0", "0", "NOTCONN", "0", "0", "0", "NOTCONN", "NOTCONN"}},
    {"ShutdownRecv", [](Run&, S& s) { return s.ShutdownRecv(); },
     {"NOTCONN", "NOTCONN", "0", "0", "NOTCONN", "0", "0", "0", "NOTCONN", "NOTCONN"}},
    {"Send", [](Run&, S& s) { return s.Send(Data(100), 0); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "0", "NOTCONN", "0", "0", "SHUTDOWN", "SHUTDOWN", "SHUTDOWN"}},
    {"Send(nothing)", [](Run&, S& s) { return s.Send(Data(0), 0); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "0", "NOTCONN", "0", "0", "SHUTDOWN", "SHUTDOWN", "SHUTDOWN"}},
    {"Send(too much)", [](Run&, S& s) { return s.Send(Data(TOO_MUCH), 0); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "MSGSIZE", "NOTCONN", "MSGSIZE", "MSGSIZE", "SHUTDOWN", "SHUTDOWN", "SHUTDOWN"}},
    {"SendTo(too much)",
     [](Run& r, S& s) { return s.SendTo(Data(TOO_MUCH), 0, r.GetName(Topology::SERVER)); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "MSGSIZE", "NOTCONN", "MSGSIZE", "MSGSIZE", "SHUTDOWN", "SHUTDOWN", "SHUTDOWN"}},
    {"Recv", [](Run&, S& s) { return Size(s.Recv(10, 0)); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "AGAIN", "NOTCONN", "AGAIN", "AGAIN", "AGAIN", "0", "0"}},
    {"RecvFrom",
     [](Run&, S& s) {
         Address from;
         return Size(s.RecvFrom(10, 0, from));
     },
     {"NOTCONN", "NOTCONN", "NOTCONN", "AGAIN", "NOTCONN", "AGAIN", "AGAIN", "AGAIN", "0", "0"}},
    {"GetSockName",
     [](Run&, S& s) {
         Address name;
         return s.GetSockName(name);
     },
     {"0", "0", "0", "0", "0", "0", "0", "0", "0", "0"}},
    {"GetPeerName",
     [](Run&, S& s) {
         Address name;
         return s.GetPeerName(name);
     },
     {"NOTCONN", "NOTCONN", "NOTCONN", "0", "NOTCONN", "0", "0", "0", "0", "0"}},
    {"SetMultipathEnable", [](Run&, S& s) { return s.SetMultipathEnable(true); },
     {"0", "0", "0", "ISCONN", "0", "ISCONN", "ISCONN", "ISCONN", "ISCONN", "ISCONN"}},
    {"GetMultipathEnable", [](Run&, S& s) { return Has(s.GetMultipathEnable()); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "0", "0", "0", "NOTCONN", "NOTCONN"}},
    {"GetMultipathSubflows",
     [](Run&, S& s) {
         std::vector<MptcpAddressPair> pairs;
         return s.GetMultipathSubflows(pairs);
     },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "0", "0", "0", "NOTCONN", "NOTCONN"}},
    {"GetMultipathConnectionId", [](Run&, S& s) { return Has(s.GetMultipathConnectionId()); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "0", "OPNOTSUPP", "0", "NOTCONN", "NOTCONN"}},
    {"AddMultipathAddresses",
     [](Run& r, S& s) {
         return s.AddMultipathAddresses({r.topology.GetAddress(Topology::CLIENT, 0)});
     },
     {"0", "0", "0", "0", "0", "0", "OPNOTSUPP", "0", "NOTCONN", "NOTCONN"}},
    {"AddMultipathAddresses(the peer's)",
     [](Run& r, S& s) {
         return s.AddMultipathAddresses({r.topology.GetAddress(Topology::CLIENT, 0),
                                         r.topology.GetAddress(Topology::SERVER, 0)});
     },
     {"NOTAVAIL", "NOTAVAIL", "NOTAVAIL", "NOTAVAIL", "NOTAVAIL", "NOTAVAIL", "OPNOTSUPP", "NOTAVAIL", "NOTCONN", "NOTCONN"}},
    {"AddMultipathAddresses(none)", [](Run&, S& s) { return s.AddMultipathAddresses({}); },
     {"INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "OPNOTSUPP", "INVAL", "NOTCONN", "NOTCONN"}},
    {"RemoveMultipathAddresses",
     [](Run& r, S& s) {
         return s.RemoveMultipathAddresses({r.topology.GetAddress(Topology::CLIENT, 1)});
     },
     {"0", "0", "0", "0", "0", "0", "OPNOTSUPP", "0", "NOTCONN", "NOTCONN"}},
    {"RemoveMultipathAddresses(the peer's)",
     [](Run& r, S& s) {
         return s.RemoveMultipathAddresses({r.topology.GetAddress(Topology::CLIENT, 1),
                                            r.topology.GetAddress(Topology::SERVER, 0)});
     },
     {"NOTAVAIL", "NOTAVAIL", "NOTAVAIL", "NOTAVAIL", "NOTAVAIL", "NOTAVAIL", "OPNOTSUPP", "NOTAVAIL", "NOTCONN", "NOTCONN"}},
    {"RequestSubflow",
     [](Run& r, S& s) {
         return s.RequestSubflow(r.topology.GetAddress(Topology::CLIENT, 0),
                                 r.GetName(Topology::SERVER));
     },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "0", "OPNOTSUPP", "0", "NOTCONN", "NOTCONN"}},
    {"RequestSubflow(from nowhere)",
     [](Run& r, S& s) {
         return s.RequestSubflow(Ipv4Address("192.0.2.1"), r.GetName(Topology::SERVER));
     },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTAVAIL", "OPNOTSUPP", "NOTAVAIL", "NOTCONN", "NOTCONN"}},
    {"RequestSubflow(to nowhere)",
     [](Run& r, S& s) {
         return s.RequestSubflow(r.topology.GetAddress(Topology::CLIENT, 0), Nowhere());
     },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTAVAIL", "OPNOTSUPP", "NOTAVAIL", "NOTCONN", "NOTCONN"}},
    {"RequestSubflow(no way there)", // from one path to the other
     [](Run& r, S& s) {
         return s.RequestSubflow(r.topology.GetAddress(Topology::CLIENT, 0),
                                 r.GetName(Topology::SERVER, 1));
     },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOROUTE", "OPNOTSUPP", "NOROUTE", "NOTCONN", "NOTCONN"}},
    {"TerminateSubflow(0)", [](Run&, S& s) { return s.TerminateSubflow(0); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "0", "OPNOTSUPP", "0", "NOTCONN", "NOTCONN"}},
    {"TerminateSubflow(99)", [](Run&, S& s) { return s.TerminateSubflow(99); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "INVAL", "OPNOTSUPP", "INVAL", "NOTCONN", "NOTCONN"}},
    {"ResetSubflow(0)", [](Run&, S& s) { return s.ResetSubflow(0, MPTCP_RST_UNSPECIFIED); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "0", "OPNOTSUPP", "0", "NOTCONN", "NOTCONN"}},
    {"ResetSubflow(99)", [](Run&, S& s) { return s.ResetSubflow(99, MPTCP_RST_UNSPECIFIED); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "INVAL", "OPNOTSUPP", "INVAL", "NOTCONN", "NOTCONN"}},
    {"ResetSubflow(0, no reason)", [](Run&, S& s) { return s.ResetSubflow(0, 77); },
     {"INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL"}},
    {"SetSubflowPriority(1)", [](Run&, S& s) { return s.SetSubflowPriority(1, true); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "0", "OPNOTSUPP", "0", "NOTCONN", "NOTCONN"}},
    {"SetSubflowPriority(99)", [](Run&, S& s) { return s.SetSubflowPriority(99, true); },
     {"NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "NOTCONN", "INVAL", "OPNOTSUPP", "INVAL", "NOTCONN", "NOTCONN"}},
    {"SetSocketOption(wrong type)",
     [](Run&, S& s) { return s.SetSocketOption(Option::MULTIPATH_ENABLE, uint64_t{1}); },
     {"INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL"}},
    {"SetSocketOption(no buffer)",
     [](Run&, S& s) { return s.SetSocketOption(Option::SNDBUF, uint64_t{0}); },
     {"INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL", "INVAL"}},
    {"SetSocketOption(read-only)",
     [](Run&, S& s) { return s.SetSocketOption(Option::MULTIPATH_CONNID, uint64_t{1}); },
     {"OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP"}},
    {"GetSocketOption(write-only)",
     [](Run&, S& s) {
         MptcpOptionValue value;
         return s.GetSocketOption(Option::MULTIPATH_ADD, value);
     },
     {"OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP", "OPNOTSUPP"}},
};
// clang-format on

} // namespace

const std::vector<MptcpCallsRow>&
GetMptcpCallsTable()
{
    return ROWS;
}

} // namespace ns3
