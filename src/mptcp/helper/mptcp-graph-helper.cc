/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-graph-helper.h"

#include "mptcp-random-overhead.h"

#include "ns3/abort.h"
#include "ns3/channel.h"
#include "ns3/double.h"
#include "ns3/error-model.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-interface-address.h"
#include "ns3/ipv4-list-routing-helper.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-helper.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv4.h"
#include "ns3/log.h"
#include "ns3/mptcp-address-watcher.h"
#include "ns3/node.h"
#include "ns3/object-factory.h"
#include "ns3/output-stream-wrapper.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/pointer.h"
#include "ns3/queue-disc.h"
#include "ns3/queue.h"
#include "ns3/simulator.h"
#include "ns3/traffic-control-layer.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpGraphHelper");

/// 10.0.0.1, the first address that is given away.
constexpr uint32_t FIRST_ADDRESS = 0x0a000001;

/// Octets of the header that PointToPointNetDevice adds.
constexpr uint32_t PPP_HEADER = 2;

struct MptcpGraphHelper::Overhead
{
    /** What one host sends over one path. */
    struct Way
    {
        Ptr<MptcpRandomOverhead> host; ///< of the host that sends
        Ipv4Address source;            ///< its address
        Ipv4Address destination;       ///< address of the other host
        std::vector<uint32_t> links;   ///< links of the path
    };

    /**
     * Tell the host how long the slowest link of the path needs for a full packet.
     * @param way what the host sends
     */
    void Update(const Way& way) const
    {
        DataRate slowest = rates[way.links.front()];
        for (const uint32_t link : way.links)
        {
            slowest = std::min(slowest, rates[link]);
        }
        way.host->SetServiceTime(way.source, way.destination, slowest.CalculateBytesTxTime(octets));
    }

    /**
     * A link has another rate now.
     * @param link link index
     * @param rate the rate
     */
    void Change(uint32_t link, const DataRate& rate)
    {
        rates[link] = rate;
        for (const Way& way : ways)
        {
            if (std::find(way.links.begin(), way.links.end(), link) != way.links.end())
            {
                Update(way);
            }
        }
    }

    std::vector<DataRate> rates; ///< by link
    std::vector<Way> ways;       ///< two for each path
    uint32_t octets{0};          ///< of a full packet
};

/**
 * Sends each packet by its source and destination address together.
 */
class MptcpPathRouting : public Ipv4RoutingProtocol
{
  public:
    /**
     * Register the type.
     * @return the object TypeId
     */
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::MptcpPathRouting")
                                .SetParent<Ipv4RoutingProtocol>()
                                .SetGroupName("Mptcp")
                                .AddConstructor<MptcpPathRouting>();
        return tid;
    }

    /**
     * @param source source address
     * @param destination destination address
     * @param device where such packets leave this node
     * @param reply they go from the path's server to its client
     */
    void Add(Ipv4Address source, Ipv4Address destination, Ptr<NetDevice> device, bool reply)
    {
        auto route = Create<Ipv4Route>();
        route->SetSource(source);
        route->SetDestination(destination);
        // All links are point-to-point: there is only one neighbor to send to.
        route->SetGateway(Ipv4Address::GetAny());
        route->SetOutputDevice(device);
        m_routes[GetKey(source, destination)] = route;
        m_byDestination[destination][reply].push_back(route);
    }

    Ptr<Ipv4Route> RouteOutput(Ptr<Packet>,
                               const Ipv4Header& header,
                               Ptr<NetDevice> oif,
                               Socket::SocketErrno& sockerr) override
    {
        sockerr = Socket::ERROR_NOTERROR;
        // The header of a socket that asks for its source address has none yet.
        if (header.GetSource() != Ipv4Address() && !header.GetSource().IsAny())
        {
            const auto it = m_routes.find(GetKey(header.GetSource(), header.GetDestination()));
            if (it != m_routes.end() && (!oif || it->second->GetOutputDevice() == oif))
            {
                return it->second;
            }
        }
        else if (const auto it = m_byDestination.find(header.GetDestination());
                 it != m_byDestination.end())
        {
            // A host that opens a connection takes a path of its own, not the way of its answers.
            for (const auto& routes : it->second)
            {
                for (const Ptr<Ipv4Route>& route : routes)
                {
                    if (!oif || route->GetOutputDevice() == oif)
                    {
                        return route;
                    }
                }
            }
        }
        sockerr = Socket::ERROR_NOROUTETOHOST;
        return nullptr;
    }

    /** The types of the callbacks, which differ between releases of ns-3. */
    using Input = MptcpRouteInput<decltype(&Ipv4RoutingProtocol::RouteInput)>;

    bool RouteInput(Ptr<const Packet> p,
                    const Ipv4Header& header,
                    Ptr<const NetDevice> idev,
                    Input::Unicast ucb,
                    Input::Multicast,
                    Input::Local lcb,
                    Input::Error) override
    {
        const auto it = m_routes.find(GetKey(header.GetSource(), header.GetDestination()));
        if (it != m_routes.end())
        {
            ucb(it->second, p, header);
            return true;
        }
        const int32_t interface = m_stack->GetInterfaceForDevice(idev);
        if (m_stack->IsDestinationAddress(header.GetDestination(), interface))
        {
            lcb(p, header, interface);
            return true;
        }
        return false;
    }

    void NotifyInterfaceUp(uint32_t) override
    {
    }

    void NotifyInterfaceDown(uint32_t) override
    {
    }

    void NotifyAddAddress(uint32_t, Ipv4InterfaceAddress) override
    {
    }

    void NotifyRemoveAddress(uint32_t, Ipv4InterfaceAddress) override
    {
    }

    void SetIpv4(Ptr<Ipv4> ipv4) override
    {
        m_stack = ipv4;
    }

    void PrintRoutingTable(Ptr<OutputStreamWrapper> stream, Time::Unit) const override
    {
        for (const auto& [key, route] : m_routes)
        {
            *stream->GetStream() << route->GetSource() << " -> " << route->GetDestination()
                                 << " device " << route->GetOutputDevice()->GetIfIndex()
                                 << std::endl;
        }
    }

  private:
    /**
     * @param source source address
     * @param destination destination address
     * @return both in one number
     */
    static uint64_t GetKey(Ipv4Address source, Ipv4Address destination)
    {
        return uint64_t{source.Get()} << 32 | destination.Get();
    }

    void DoDispose() override
    {
        m_stack = nullptr;
        m_routes.clear();
        m_byDestination.clear();
        Ipv4RoutingProtocol::DoDispose();
    }

    Ptr<Ipv4> m_stack;                                     ///< the node's stack
    std::unordered_map<uint64_t, Ptr<Ipv4Route>> m_routes; ///< by GetKey
    /// First those of paths that begin here, then those of answers; each in order of adding.
    std::map<Ipv4Address, std::array<std::vector<Ptr<Ipv4Route>>, 2>> m_byDestination;
};

NS_OBJECT_ENSURE_REGISTERED(MptcpPathRouting);

namespace
{

/** Gives MptcpPathRouting to InternetStackHelper. */
class PathRoutingHelper : public Ipv4RoutingHelper
{
  public:
    PathRoutingHelper* Copy() const override
    {
        return new PathRoutingHelper(*this);
    }

    Ptr<Ipv4RoutingProtocol> Create(Ptr<Node> node) const override
    {
        auto routing = CreateObject<MptcpPathRouting>();
        node->AggregateObject(routing);
        return routing;
    }
};

} // namespace

MptcpGraphHelper::MptcpGraphHelper()
    : m_overhead(std::make_shared<Overhead>()),
      m_nextAddress(FIRST_ADDRESS)
{
}

MptcpGraphHelper::~MptcpGraphHelper() = default;

uint32_t
MptcpGraphHelper::AddNodes(uint32_t count)
{
    NS_ABORT_MSG_IF(!m_routing.empty(), "nodes have to be added before Build()");
    const uint32_t first = m_nodes.GetN();
    m_nodes.Create(count);
    return first;
}

uint32_t
MptcpGraphHelper::AddLink(uint32_t a,
                          uint32_t b,
                          const DataRate& rate,
                          const Time& delay,
                          const QueueSize& queue)
{
    NS_ABORT_MSG_IF(!m_routing.empty(), "links have to be added before Build()");
    NS_ABORT_MSG_IF(a >= m_nodes.GetN() || b >= m_nodes.GetN() || a == b,
                    "no link between nodes " << a << " and " << b << ": there are nodes 0 to "
                                             << m_nodes.GetN() - 1);
    NS_ABORT_MSG_IF(m_map.count({a, b}), "nodes " << a << " and " << b << " have a link already");
    NS_ABORT_MSG_IF(rate.GetBitRate() == 0, "a link needs a rate above 0");
    NS_ABORT_MSG_IF(delay.IsStrictlyNegative(),
                    "a link cannot have the delay " << delay.As(Time::MS));
    NS_ABORT_MSG_IF(queue.GetValue() == 0, "a link needs a queue of at least one packet");
    const auto index = static_cast<uint32_t>(m_links.size());
    m_links.push_back({{a, b}, rate, delay, queue, {}, {0, 0}, {}});
    m_map[{a, b}] = m_map[{b, a}] = index;
    return index;
}

void
MptcpGraphHelper::SetQueueDisc(uint32_t link, const std::string& disc)
{
    NS_ABORT_MSG_IF(!m_routing.empty(), "queue discs have to be set before Build()");
    GetLink(link);
    m_links[link].disc = disc;
}

void
MptcpGraphHelper::SetLossRate(uint32_t link, double toB, double toA)
{
    NS_ABORT_MSG_IF(!m_routing.empty(), "losses have to be set before Build()");
    NS_ABORT_MSG_IF(!(toB >= 0 && toB <= 1 && toA >= 0 && toA <= 1),
                    "loss rates " << toB << " and " << toA << " are not from 0 to 1");
    GetLink(link);
    m_links[link].loss[0] = toA;
    m_links[link].loss[1] = toB;
}

void
MptcpGraphHelper::SetMtu(uint16_t mtu)
{
    NS_ABORT_MSG_IF(!m_routing.empty(), "the MTU has to be set before Build()");
    NS_ABORT_MSG_IF(mtu < 68, "an MTU of " << mtu << " is less than the 68 octets of RFC 791");
    m_mtu = mtu;
}

void
MptcpGraphHelper::SetOverhead(double services)
{
    NS_ABORT_MSG_IF(!m_paths.empty(), "the overhead has to be set before the first path");
    NS_ABORT_MSG_IF(!(services >= 0), "an overhead of " << services << " service times");
    m_services = services;
}

void
MptcpGraphHelper::Build()
{
    NS_ABORT_MSG_IF(!m_routing.empty(), "Build() is called once");
    NS_ABORT_MSG_IF(m_links.empty(), "a network needs a link");

    // In a list, so that other protocols can be added, as MptcpStack does with its watcher.
    Ipv4ListRoutingHelper list;
    list.Add(PathRoutingHelper(), 0);
    InternetStackHelper internet;
    internet.SetIpv6StackInstall(false);
    internet.SetRoutingHelper(list);
    internet.Install(m_nodes);

    for (Link& link : m_links)
    {
        PointToPointHelper helper;
        // Without a queue disc none is wanted; TrafficControlLayer then hands packets through.
        helper.DisableFlowControl();
        if (!link.disc.empty())
        {
            helper = PointToPointHelper();
        }
        helper.SetDeviceAttribute("DataRate", DataRateValue(link.rate));
        helper.SetDeviceAttribute("Mtu", UintegerValue(m_mtu));
        helper.SetChannelAttribute("Delay", TimeValue(link.delay));
        helper.SetQueue("ns3::DropTailQueue",
                        "MaxSize",
                        QueueSizeValue(link.disc.empty() ? link.queue : QueueSize("1p")));
        link.devices = helper.Install(m_nodes.Get(link.ends[0]), m_nodes.Get(link.ends[1]));
        for (uint32_t end = 0; end < 2; ++end)
        {
            const Ptr<NetDevice> device = link.devices.Get(end);
            const Ptr<Node> node = device->GetNode();
            const auto ipv4 = node->GetObject<Ipv4>();
            ipv4->SetUp(ipv4->AddInterface(device));
            if (!link.disc.empty())
            {
                ObjectFactory factory;
                std::istringstream(link.disc) >> factory;
                factory.Set("MaxSize", QueueSizeValue(link.queue));
                const auto disc = factory.Create<QueueDisc>();
                node->GetObject<TrafficControlLayer>()->SetRootQueueDiscOnDevice(device, disc);
            }
            if (link.loss[end] > 0)
            {
                auto errors = CreateObject<RateErrorModel>();
                errors->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
                errors->SetRate(link.loss[end]);
                device->SetAttribute("ReceiveErrorModel", PointerValue(errors));
            }
        }
    }
    m_overhead->octets = m_mtu + PPP_HEADER;
    for (const Link& link : m_links)
    {
        m_overhead->rates.push_back(link.rate);
    }
    for (uint32_t i = 0; i < m_nodes.GetN(); ++i)
    {
        m_routing.push_back(m_nodes.Get(i)->GetObject<MptcpPathRouting>());
    }
    m_addresses.resize(m_nodes.GetN());
    m_main.resize(m_nodes.GetN());
}

Ipv4Address
MptcpGraphHelper::AddAddress(uint32_t node, Ptr<NetDevice> device)
{
    const Ipv4Address address(m_nextAddress++);
    const auto ipv4 = m_nodes.Get(node)->GetObject<Ipv4>();
    ipv4->AddAddress(ipv4->GetInterfaceForDevice(device),
                     Ipv4InterfaceAddress(address, Ipv4Mask::GetOnes()));
    m_addresses[node][device].push_back(address);
    if (m_main[node] == Ipv4Address())
    {
        m_main[node] = address;
    }
    return address;
}

void
MptcpGraphHelper::AddOverhead(uint32_t node,
                              Ipv4Address source,
                              Ipv4Address destination,
                              const std::vector<uint32_t>& links)
{
    auto host = m_nodes.Get(node)->GetObject<MptcpRandomOverhead>();
    if (!host)
    {
        host = CreateObject<MptcpRandomOverhead>();
        if (m_services)
        {
            host->SetAttribute("Overhead", DoubleValue(*m_services));
        }
        if (host->GetOverhead() <= 0)
        {
            return;
        }
        host->Install(m_nodes.Get(node));
    }
    m_overhead->ways.push_back({host, source, destination, links});
    m_overhead->Update(m_overhead->ways.back());
}

uint32_t
MptcpGraphHelper::AddPath(const std::vector<uint32_t>& nodes)
{
    NS_ABORT_MSG_IF(m_routing.empty(), "paths have to be added after Build()");
    NS_ABORT_MSG_IF(nodes.size() < 2, "a path has at least two nodes");
    NS_ABORT_MSG_IF(std::set<uint32_t>(nodes.begin(), nodes.end()).size() != nodes.size(),
                    "a path visits no node twice");
    std::vector<uint32_t> links;
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i)
    {
        const uint32_t link = FindLink(nodes[i], nodes[i + 1]);
        NS_ABORT_MSG_IF(link == m_links.size(),
                        "no path by nodes " << nodes[i] << " and " << nodes[i + 1]
                                            << ": there is no link between them");
        links.push_back(link);
    }
    const uint32_t client = nodes.front();
    const uint32_t server = nodes.back();
    const Ptr<NetDevice> out = GetDevice(links.front(), client);
    if (m_main[server] == Ipv4Address())
    {
        AddAddress(server, GetDevice(links.back(), server));
    }
    const Ipv4Address destination = m_main[server];
    // The addresses of an interface serve the paths to every server, each of them once.
    Ipv4Address source;
    for (const Ipv4Address& address : m_addresses[client][out])
    {
        if (!m_connected.count({address, destination}))
        {
            source = address;
            break;
        }
    }
    source = source != Ipv4Address() ? source : AddAddress(client, out);
    m_connected.insert({source, destination});
    m_connected.insert({destination, source});

    for (std::size_t i = 0; i + 1 < nodes.size(); ++i)
    {
        m_routing[nodes[i]]->Add(source, destination, GetDevice(links[i], nodes[i]), false);
        m_routing[nodes[i + 1]]->Add(destination, source, GetDevice(links[i], nodes[i + 1]), true);
    }
    AddOverhead(client, source, destination, links);
    AddOverhead(server, destination, source, links);
    m_paths.push_back({source, destination});
    return static_cast<uint32_t>(m_paths.size()) - 1;
}

uint32_t
MptcpGraphHelper::GetNNodes() const
{
    return m_nodes.GetN();
}

uint32_t
MptcpGraphHelper::GetNLinks() const
{
    return static_cast<uint32_t>(m_links.size());
}

uint32_t
MptcpGraphHelper::GetNPaths() const
{
    return static_cast<uint32_t>(m_paths.size());
}

NodeContainer
MptcpGraphHelper::GetNodes() const
{
    return m_nodes;
}

Ptr<Node>
MptcpGraphHelper::GetNode(uint32_t node) const
{
    NS_ABORT_MSG_IF(node >= m_nodes.GetN(), "there is no node " << node);
    return m_nodes.Get(node);
}

uint32_t
MptcpGraphHelper::FindLink(uint32_t a, uint32_t b) const
{
    const auto it = m_map.find({a, b});
    return it == m_map.end() ? GetNLinks() : it->second;
}

const MptcpGraphHelper::Link&
MptcpGraphHelper::GetLink(uint32_t link) const
{
    NS_ABORT_MSG_IF(link >= m_links.size(), "there is no link " << link);
    return m_links[link];
}

const MptcpGraphHelper::Path&
MptcpGraphHelper::GetPath(uint32_t path) const
{
    NS_ABORT_MSG_IF(path >= m_paths.size(), "there is no path " << path);
    return m_paths[path];
}

uint32_t
MptcpGraphHelper::FindEnd(const Link& link, uint32_t node) const
{
    NS_ABORT_MSG_IF(node != link.ends[0] && node != link.ends[1],
                    "node " << node << " is no end of the link between " << link.ends[0] << " and "
                            << link.ends[1]);
    return node == link.ends[0] ? 0 : 1;
}

uint32_t
MptcpGraphHelper::GetFirstEnd(uint32_t link) const
{
    return GetLink(link).ends[0];
}

Ptr<NetDevice>
MptcpGraphHelper::GetDevice(uint32_t link, uint32_t node) const
{
    NS_ABORT_MSG_IF(m_routing.empty(), "there are no devices before Build()");
    const Link& found = GetLink(link);
    return found.devices.Get(FindEnd(found, node));
}

MptcpGraphHelper::Counts
MptcpGraphHelper::GetCounts(uint32_t link, uint32_t node) const
{
    const auto device = DynamicCast<PointToPointNetDevice>(GetDevice(link, node));
    const auto queue = device->GetQueue();
    if (m_links[link].disc.empty())
    {
        return {queue->GetNPackets(),
                queue->GetTotalReceivedPackets(),
                queue->GetTotalDroppedPackets()};
    }
    const auto disc =
        device->GetNode()->GetObject<TrafficControlLayer>()->GetRootQueueDiscOnDevice(device);
    const QueueDisc::Stats& stats = disc->GetStats();
    return {disc->GetNPackets() + queue->GetNPackets(),
            stats.nTotalEnqueuedPackets,
            stats.nTotalDroppedPackets};
}

Ipv4Address
MptcpGraphHelper::GetClientAddress(uint32_t path) const
{
    return GetPath(path).client;
}

Ipv4Address
MptcpGraphHelper::GetServerAddress(uint32_t path) const
{
    return GetPath(path).server;
}

Address
MptcpGraphHelper::GetSocketAddress(uint32_t path, uint16_t port) const
{
    return InetSocketAddress(GetPath(path).server, port);
}

void
MptcpGraphHelper::ChangeLink(uint32_t link, const Time& at, const DataRate& rate, const Time& delay)
{
    NS_ABORT_MSG_IF(m_routing.empty(), "links can be changed after Build()");
    NS_ABORT_MSG_IF(at < Simulator::Now(), "a link cannot be changed in the past");
    NS_ABORT_MSG_IF(rate.GetBitRate() == 0, "a link needs a rate above 0");
    NS_ABORT_MSG_IF(delay.IsStrictlyNegative(),
                    "a link cannot have the delay " << delay.As(Time::MS));
    const NetDeviceContainer devices = GetLink(link).devices;
    Simulator::Schedule(at - Simulator::Now(), [overhead = m_overhead, link, devices, rate, delay] {
        overhead->Change(link, rate);
        devices.Get(0)->GetChannel()->SetAttribute("Delay", TimeValue(delay));
        for (uint32_t end = 0; end < devices.GetN(); ++end)
        {
            devices.Get(end)->SetAttribute("DataRate", DataRateValue(rate));
        }
    });
}

int64_t
MptcpGraphHelper::AssignStreams(int64_t stream)
{
    int64_t used = 0;
    for (const Link& link : m_links)
    {
        for (uint32_t end = 0; end < link.devices.GetN(); ++end)
        {
            PointerValue value;
            link.devices.Get(end)->GetAttribute("ReceiveErrorModel", value);
            if (const auto errors = value.Get<RateErrorModel>())
            {
                used += errors->AssignStreams(stream + used);
            }
        }
    }
    for (uint32_t i = 0; i < m_nodes.GetN(); ++i)
    {
        if (const auto host = m_nodes.Get(i)->GetObject<MptcpRandomOverhead>())
        {
            used += host->AssignStreams(stream + used);
        }
    }
    return used;
}

} // namespace ns3
