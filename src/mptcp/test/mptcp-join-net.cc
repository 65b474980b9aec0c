/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-join-net.h"

#include "ns3/abort.h"
#include "ns3/boolean.h"
#include "ns3/channel.h"
#include "ns3/icmpv6-l4-protocol.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-interface-address.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-interface-address.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/ipv6.h"
#include "ns3/mptcp-protocol-number.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/node.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/ppp-header.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-option-mptcp.h"

#include <arpa/inet.h>
#include <array>
#include <sstream>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpJoinFilter);

namespace
{

constexpr uint16_t PPP_IPV4 = 0x0021;   ///< protocol number
constexpr uint16_t PPP_IPV6 = 0x0057;   ///< protocol number
constexpr uint16_t ETHER_IPV4 = 0x0800; ///< protocol number
constexpr uint16_t ETHER_IPV6 = 0x86dd; ///< protocol number

/** @param link 1 to 4 @param host which @return IPv4 address */
std::string
Ipv4Text(uint32_t link, MptcpJoinHost host)
{
    std::ostringstream text;
    text << "10.0." << link << (host == MptcpJoinHost::SERVER ? ".1" : ".2");
    return text.str();
}

/** @param link 1 to 4 @param host which @return IPv6 address */
std::string
Ipv6Text(uint32_t link, MptcpJoinHost host)
{
    std::ostringstream text;
    text << "2001:db8:" << link << (host == MptcpJoinHost::SERVER ? "::1" : "::2");
    return text.str();
}

constexpr MptcpJoinHost HOSTS[] = {MptcpJoinHost::SERVER, MptcpJoinHost::CLIENT}; ///< both

/** @param host which @return index */
constexpr std::size_t
Index(MptcpJoinHost host)
{
    return static_cast<std::size_t>(host);
}

} // namespace

Address
MptcpJoinAddress(const std::string& text)
{
    if (text.find(':') == std::string::npos)
    {
        return Ipv4Address(text.c_str());
    }
    // ns-3.37's own parser leaves octets of "::ffff:a.b.c.d" undefined.
    std::array<uint8_t, 16> octets{};
    NS_ABORT_MSG_IF(inet_pton(AF_INET6, text.c_str(), octets.data()) != 1, text);
    return Ipv6Address(octets.data());
}

TypeId
MptcpJoinFilter::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpJoinFilter")
                            .SetParent<ErrorModel>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpJoinFilter>();
    return tid;
}

void
MptcpJoinFilter::SetDevice(Ptr<NetDevice> device)
{
    m_device = device;
}

void
MptcpJoinFilter::Add(const std::string& name, Rule rule)
{
    m_rules.emplace_back(name, std::move(rule));
}

void
MptcpJoinFilter::Remove(const std::string& name)
{
    std::erase_if(m_rules, [&name](const auto& rule) { return rule.first == name; });
}

void
MptcpJoinFilter::DoReset()
{
    m_rules.clear();
}

bool
MptcpJoinFilter::Parse(Ptr<Packet> packet, MptcpJoinPacket& out)
{
    const Ptr<Packet> copy = packet->Copy();
    PppHeader ppp;
    copy->RemoveHeader(ppp);
    out.size = copy->GetSize();
    if (ppp.GetProtocol() == PPP_IPV4)
    {
        Ipv4Header ip;
        copy->RemoveHeader(ip);
        if (ip.GetProtocol() != MPTCP_PROTOCOL_TCP || ip.GetFragmentOffset() > 0)
        {
            return false;
        }
        out.source = ip.GetSource();
        out.destination = ip.GetDestination();
    }
    else if (ppp.GetProtocol() == PPP_IPV6)
    {
        Ipv6Header ip;
        copy->RemoveHeader(ip);
        if (ip.GetNextHeader() != MPTCP_PROTOCOL_TCP)
        {
            return false;
        }
        out.source = ip.GetSource();
        out.destination = ip.GetDestination();
    }
    else
    {
        return false;
    }
    copy->RemoveHeader(out.tcp);
    out.payload = copy->GetSize();
    for (const auto& option : out.tcp.GetOptionList())
    {
        std::array<uint8_t, MPTCP_OPTION_SPACE> scratch;
        const auto octets = GetMptcpOctets(*option, scratch);
        MptcpOption parsed;
        if (!octets.empty() &&
            ParseMptcpOption(octets, MptcpVersion::V1, parsed) == MptcpWireError::NONE)
        {
            out.options.push_back(parsed);
        }
    }
    return true;
}

void
MptcpJoinFilter::Refuse(const MptcpJoinPacket& packet)
{
    TcpHeader reset;
    reset.SetSourcePort(packet.tcp.GetDestinationPort());
    reset.SetDestinationPort(packet.tcp.GetSourcePort());
    const bool syn = packet.tcp.GetFlags() & TcpHeader::SYN;
    reset.SetFlags(TcpHeader::RST | TcpHeader::ACK);
    reset.SetSequenceNumber(syn ? SequenceNumber32(0) : packet.tcp.GetAckNumber());
    reset.SetAckNumber(packet.tcp.GetSequenceNumber() + packet.payload + (syn ? 1 : 0));
    const Ptr<Packet> answer = Create<Packet>();
    answer->AddHeader(reset);
    if (Ipv4Address::IsMatchingType(packet.source))
    {
        Ipv4Header ip;
        ip.SetSource(Ipv4Address::ConvertFrom(packet.destination));
        ip.SetDestination(Ipv4Address::ConvertFrom(packet.source));
        ip.SetProtocol(MPTCP_PROTOCOL_TCP);
        ip.SetTtl(64);
        ip.SetPayloadSize(answer->GetSize());
        answer->AddHeader(ip);
        m_device->Send(answer, m_device->GetBroadcast(), ETHER_IPV4);
    }
    else
    {
        Ipv6Header ip;
        ip.SetSource(Ipv6Address::ConvertFrom(packet.destination));
        ip.SetDestination(Ipv6Address::ConvertFrom(packet.source));
        ip.SetNextHeader(MPTCP_PROTOCOL_TCP);
        ip.SetHopLimit(64);
        ip.SetPayloadLength(answer->GetSize());
        answer->AddHeader(ip);
        m_device->Send(answer, m_device->GetBroadcast(), ETHER_IPV6);
    }
}

bool
MptcpJoinFilter::DoCorrupt(Ptr<Packet> packet)
{
    MptcpJoinPacket parsed;
    if (m_rules.empty() || !Parse(packet, parsed))
    {
        return false;
    }
    for (const auto& [name, rule] : m_rules)
    {
        const Verdict verdict = rule(parsed);
        if (verdict == Verdict::REJECT)
        {
            Refuse(parsed);
        }
        if (verdict == Verdict::DROP || verdict == Verdict::REJECT)
        {
            return true;
        }
        if (verdict == Verdict::INVERT)
        {
            // No TCP checksum to correct: ns-3 computes none unless told to.
            std::vector<uint8_t> octets(packet->GetSize());
            packet->CopyData(octets.data(), octets.size());
            octets.at(PppHeader().GetSerializedSize() + INVERTED) ^= 0xff;
            packet->RemoveAtStart(octets.size());
            packet->AddAtEnd(Create<Packet>(octets.data(), octets.size()));
        }
    }
    return false;
}

MptcpJoinNet::MptcpJoinNet(const DataRate& rate, const Time& delay)
{
    m_nodes.Create(2);
    InternetStackHelper().Install(m_nodes);
    for (const MptcpJoinHost host : HOSTS)
    {
        GetNode(host)->GetObject<Icmpv6L4Protocol>()->SetAttribute("DAD", BooleanValue(false));
        // As Linux, and as ns-3's IPv4: any address of the host on any link.
        GetNode(host)->GetObject<Ipv6>()->SetAttribute("StrongEndSystemModel", BooleanValue(false));
    }
    for (uint32_t link = 1; link <= LINKS; ++link)
    {
        PointToPointHelper helper;
        helper.SetDeviceAttribute("DataRate", DataRateValue(rate));
        helper.SetChannelAttribute("Delay", TimeValue(delay));
        helper.SetQueue("ns3::DropTailQueue<Packet>", "MaxSize", StringValue("1000p"));
        helper.DisableFlowControl();
        const NetDeviceContainer devices = helper.Install(m_nodes);
        for (const MptcpJoinHost host : HOSTS)
        {
            const auto device = DynamicCast<PointToPointNetDevice>(devices.Get(Index(host)));
            m_devices[Index(host)][link - 1] = device;
            const auto filter = CreateObject<MptcpJoinFilter>();
            filter->SetDevice(device);
            device->SetReceiveErrorModel(filter);
            m_filters[Index(host)][link - 1] = filter;
            uint64_t& sent = m_sent[Index(host)][link - 1];
            device->TraceConnectWithoutContext(
                "PhyTxEnd",
                Callback<void, Ptr<const Packet>>(
                    [&sent](Ptr<const Packet> packet) { sent += packet->GetSize(); }));
        }
        AddAddresses(link);
    }
    for (uint32_t link = 1; link <= LINKS; ++link)
    {
        AddDefaultRoutes(link);
    }
    MptcpStackHelper().Install(m_nodes);
    InternetStackHelper().AssignStreams(m_nodes, 400);
    MptcpStackHelper::AssignStreams(m_nodes, 200);
}

MptcpJoinNet::~MptcpJoinNet()
{
    for (const MptcpJoinHost host : HOSTS)
    {
        for (uint32_t link = 1; link <= LINKS; ++link)
        {
            GetFilter(host, link)->SetDevice(nullptr);
        }
    }
}

void
MptcpJoinNet::AddAddresses(uint32_t link)
{
    for (const MptcpJoinHost host : HOSTS)
    {
        const Ptr<NetDevice> device = GetDevice(host, link);
        const Ptr<Ipv4> ipv4 = GetNode(host)->GetObject<Ipv4>();
        const uint32_t index = ipv4->AddInterface(device);
        ipv4->AddAddress(
            index,
            Ipv4InterfaceAddress(Ipv4Address(Ipv4Text(link, host).c_str()), "255.255.255.0"));
        ipv4->SetMetric(index, 1);
        ipv4->SetUp(index);
        const Ptr<Ipv6> ipv6 = GetNode(host)->GetObject<Ipv6>();
        const uint32_t index6 = ipv6->AddInterface(device);
        ipv6->SetMetric(index6, 1);
        ipv6->AddAddress(
            index6,
            Ipv6InterfaceAddress(Ipv6Address(Ipv6Text(link, host).c_str()), Ipv6Prefix(64)));
        ipv6->SetUp(index6);
    }
}

void
MptcpJoinNet::AddDefaultRoutes(uint32_t link)
{
    const Ptr<Node> client = GetNode(MptcpJoinHost::CLIENT);
    const Ptr<NetDevice> device = GetDevice(MptcpJoinHost::CLIENT, link);
    const Ptr<Ipv4> ipv4 = client->GetObject<Ipv4>();
    const uint32_t metric = 100 + link;
    Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->SetDefaultRoute(
        Ipv4Address(Ipv4Text(link, MptcpJoinHost::SERVER).c_str()),
        ipv4->GetInterfaceForDevice(device),
        metric);
    const Ptr<Ipv6> ipv6 = client->GetObject<Ipv6>();
    Ipv6StaticRoutingHelper().GetStaticRouting(ipv6)->SetDefaultRoute(
        Ipv6Address(Ipv6Text(link, MptcpJoinHost::SERVER).c_str()),
        ipv6->GetInterfaceForDevice(device),
        Ipv6Address::GetAny(),
        metric);
}

void
MptcpJoinNet::AddHostRoute(const std::string& address, uint32_t link)
{
    const Ptr<Ipv4> ipv4 = GetNode(MptcpJoinHost::CLIENT)->GetObject<Ipv4>();
    Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->AddHostRouteTo(
        Ipv4Address(address.c_str()),
        Ipv4Address(Ipv4Text(link, MptcpJoinHost::SERVER).c_str()),
        ipv4->GetInterfaceForDevice(GetDevice(MptcpJoinHost::CLIENT, link)));
}

Ptr<Node>
MptcpJoinNet::GetNode(MptcpJoinHost host) const
{
    return m_nodes.Get(Index(host));
}

Ptr<MptcpStack>
MptcpJoinNet::GetStack(MptcpJoinHost host) const
{
    return GetNode(host)->GetObject<MptcpStack>();
}

uint64_t
MptcpJoinNet::GetCounter(MptcpJoinHost host, const std::string& name) const
{
    return GetStack(host)->GetCounter(name);
}

Ptr<PointToPointNetDevice>
MptcpJoinNet::GetDevice(MptcpJoinHost host, uint32_t link) const
{
    return m_devices[Index(host)][link - 1];
}

Ptr<MptcpJoinFilter>
MptcpJoinNet::GetFilter(MptcpJoinHost host, uint32_t link) const
{
    return m_filters[Index(host)][link - 1];
}

void
MptcpJoinNet::AddRule(MptcpJoinHost host,
                      const std::string& name,
                      const MptcpJoinFilter::Rule& rule)
{
    for (uint32_t link = 1; link <= LINKS; ++link)
    {
        GetFilter(host, link)->Add(name, rule);
    }
}

void
MptcpJoinNet::RemoveRule(const std::string& name)
{
    for (const MptcpJoinHost host : HOSTS)
    {
        for (uint32_t link = 1; link <= LINKS; ++link)
        {
            GetFilter(host, link)->Remove(name);
        }
    }
}

void
MptcpJoinNet::Cut(uint32_t link)
{
    for (const MptcpJoinHost host : HOSTS)
    {
        GetFilter(host, link)->Add("cut", [](const auto&) {
            return MptcpJoinFilter::Verdict::DROP;
        });
    }
}

uint64_t
MptcpJoinNet::GetSentBytes(MptcpJoinHost host, uint32_t link) const
{
    return m_sent[Index(host)][link - 1];
}

void
MptcpJoinNet::Shape(uint32_t link, const DataRate& rate, const Time& delay)
{
    for (const MptcpJoinHost host : HOSTS)
    {
        GetDevice(host, link)->SetDataRate(rate);
    }
    GetDevice(MptcpJoinHost::CLIENT, link)->GetChannel()->SetAttribute("Delay", TimeValue(delay));
}

} // namespace ns3
