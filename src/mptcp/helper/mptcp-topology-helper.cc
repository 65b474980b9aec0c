/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-topology-helper.h"

#include "ns3/abort.h"
#include "ns3/boolean.h"
#include "ns3/error-model.h"
#include "ns3/icmpv6-l4-protocol.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-helper.h"
#include "ns3/ipv4-static-routing.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-interface-address.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-helper.h"
#include "ns3/ipv6-static-routing.h"
#include "ns3/ipv6.h"
#include "ns3/log.h"
#include "ns3/node.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/traffic-control-helper.h"
#include "ns3/traffic-control-layer.h"
#include "ns3/uinteger.h"

#include <memory>
#include <sstream>
#include <vector>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("MptcpTopologyHelper");

/**
 * Random loss with a switch that loses everything. A device holds one error model only, so both
 * live in this one.
 */
class MptcpPathErrorModel : public ErrorModel
{
  public:
    /**
     * Register the type.
     * @return the object TypeId
     */
    static TypeId GetTypeId();

    MptcpPathErrorModel()
        : m_loss(CreateObject<RateErrorModel>())
    {
        m_loss->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
        m_loss->SetRate(0);
    }

    /** @param rate probability that a packet is lost */
    void SetRate(double rate)
    {
        m_loss->SetRate(rate);
    }

    /** @param cut true: lose every packet */
    void SetCut(bool cut)
    {
        m_cut = cut;
    }

    /**
     * @param stream random stream of the loss
     * @return number of streams used
     */
    int64_t AssignStreams(int64_t stream)
    {
        return m_loss->AssignStreams(stream);
    }

  private:
    bool DoCorrupt(Ptr<Packet> p) override
    {
        // The random model is asked in a cut as well: the losses after the cut stay the same.
        const bool lost = m_loss->IsCorrupt(p);
        return m_cut || lost;
    }

    void DoReset() override
    {
        m_loss->Reset();
        m_cut = false;
    }

    Ptr<RateErrorModel> m_loss; ///< random loss
    bool m_cut{false};          ///< lose everything
};

NS_OBJECT_ENSURE_REGISTERED(MptcpPathErrorModel);

TypeId
MptcpPathErrorModel::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpPathErrorModel")
                            .SetParent<ErrorModel>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpPathErrorModel>();
    return tid;
}

namespace
{

/**
 * Static routing that sends a packet out of the interface that holds its source address, or not at
 * all: the `ip rule from ADDRESS` of every multihomed Linux host that speaks MPTCP. Plain static
 * routing looks at the destination only, so that a subflow from path 0's address to path 1's would
 * send over path 1 and receive over path 0.
 */
class SourceRoutingIpv4 : public Ipv4StaticRouting
{
  public:
    void SetIpv4(Ptr<Ipv4> ipv4) override
    {
        m_stack = ipv4;
        Ipv4StaticRouting::SetIpv4(ipv4);
    }

    Ptr<Ipv4Route> RouteOutput(Ptr<Packet> p,
                               const Ipv4Header& header,
                               Ptr<NetDevice> oif,
                               Socket::SocketErrno& sockerr) override
    {
        if (!oif && !header.GetSource().IsAny())
        {
            const int32_t index = m_stack->GetInterfaceForAddress(header.GetSource());
            oif = index < 0 ? nullptr : m_stack->GetNetDevice(index);
        }
        return Ipv4StaticRouting::RouteOutput(p, header, oif, sockerr);
    }

  private:
    void DoDispose() override
    {
        m_stack = nullptr;
        Ipv4StaticRouting::DoDispose();
    }

    Ptr<Ipv4> m_stack; ///< the host's stack
};

/** The same as SourceRoutingIpv4 for IPv6. */
class SourceRoutingIpv6 : public Ipv6StaticRouting
{
  public:
    void SetIpv6(Ptr<Ipv6> ipv6) override
    {
        m_stack = ipv6;
        Ipv6StaticRouting::SetIpv6(ipv6);
    }

    Ptr<Ipv6Route> RouteOutput(Ptr<Packet> p,
                               const Ipv6Header& header,
                               Ptr<NetDevice> oif,
                               Socket::SocketErrno& sockerr) override
    {
        if (!oif && !header.GetSource().IsAny())
        {
            const int32_t index = m_stack->GetInterfaceForAddress(header.GetSource());
            oif = index < 0 ? nullptr : m_stack->GetNetDevice(index);
        }
        return Ipv6StaticRouting::RouteOutput(p, header, oif, sockerr);
    }

  private:
    void DoDispose() override
    {
        m_stack = nullptr;
        Ipv6StaticRouting::DoDispose();
    }

    Ptr<Ipv6> m_stack; ///< the host's stack
};

/** Gives SourceRoutingIpv4 to InternetStackHelper. */
class SourceRoutingIpv4Helper : public Ipv4RoutingHelper
{
  public:
    SourceRoutingIpv4Helper* Copy() const override
    {
        return new SourceRoutingIpv4Helper(*this);
    }

    Ptr<Ipv4RoutingProtocol> Create(Ptr<Node>) const override
    {
        return CreateObject<SourceRoutingIpv4>();
    }
};

/** Gives SourceRoutingIpv6 to InternetStackHelper. */
class SourceRoutingIpv6Helper : public Ipv6RoutingHelper
{
  public:
    SourceRoutingIpv6Helper* Copy() const override
    {
        return new SourceRoutingIpv6Helper(*this);
    }

    Ptr<Ipv6RoutingProtocol> Create(Ptr<Node>) const override
    {
        return CreateObject<SourceRoutingIpv6>();
    }
};

/** IPv6 addresses of an interface that is down. */
using KeptAddresses = std::shared_ptr<std::vector<Ipv6InterfaceAddress>>;

/**
 * Take an interface up or down for both address families.
 * @param device the device of the interface
 * @param up the new state
 * @param kept filled with addresses that go down, and emptied of those that come up
 */
void
SetInterface(Ptr<NetDevice> device, bool up, const KeptAddresses& kept)
{
    Ptr<Node> node = device->GetNode();
    if (Ptr<Ipv4> ipv4 = node->GetObject<Ipv4>())
    {
        const int32_t index = ipv4->GetInterfaceForDevice(device);
        if (index >= 0)
        {
            up ? ipv4->SetUp(index) : ipv4->SetDown(index);
        }
    }
    Ptr<Ipv6> ipv6 = node->GetObject<Ipv6>();
    const int32_t index = ipv6 ? ipv6->GetInterfaceForDevice(device) : -1;
    if (index < 0)
    {
        return;
    }
    if (up)
    {
        ipv6->SetUp(index);
        for (const Ipv6InterfaceAddress& address : *kept)
        {
            ipv6->AddAddress(index,
                             Ipv6InterfaceAddress(address.GetAddress(), address.GetPrefix()));
        }
        kept->clear();
        return;
    }
    // ns-3 forgets the IPv6 addresses of an interface that goes down; IPv4 addresses stay.
    for (uint32_t i = 0; i < ipv6->GetNAddresses(index); ++i)
    {
        const Ipv6InterfaceAddress address = ipv6->GetAddress(index, i);
        if (!address.GetAddress().IsLinkLocal())
        {
            kept->push_back(address);
        }
    }
    ipv6->SetDown(index);
}

/**
 * Find an end's own address of a path among those of its interface.
 * @param ipv6 the end's stack
 * @param device the end's device
 * @return the first global address
 */
Ipv6Address
FindGlobalAddress(Ptr<Ipv6> ipv6, Ptr<NetDevice> device)
{
    const int32_t index = ipv6->GetInterfaceForDevice(device);
    NS_ABORT_MSG_IF(index < 0, "the device has no IPv6 interface");
    for (uint32_t i = 0; i < ipv6->GetNAddresses(index); ++i)
    {
        const Ipv6Address address = ipv6->GetAddress(index, i).GetAddress();
        if (!address.IsLinkLocal())
        {
            return address;
        }
    }
    NS_ABORT_MSG("the path has no IPv6 address; see SetFamily()");
    return Ipv6Address();
}

} // namespace

MptcpTopologyHelper::MptcpTopologyHelper(uint32_t paths)
    : m_paths(paths)
{
    NS_ABORT_MSG_IF(paths < 1 || paths > 254, "number of paths out of range: " << paths);
}

MptcpTopologyHelper::~MptcpTopologyHelper() = default;

MptcpTopologyHelper::Path&
MptcpTopologyHelper::GetPath(uint32_t path)
{
    NS_ABORT_MSG_IF(path >= m_paths.size(), "no such path: " << path);
    return m_paths[path];
}

const MptcpTopologyHelper::Path&
MptcpTopologyHelper::GetPath(uint32_t path) const
{
    NS_ABORT_MSG_IF(path >= m_paths.size(), "no such path: " << path);
    return m_paths[path];
}

void
MptcpTopologyHelper::SetDataRate(uint32_t path, const DataRate& rate)
{
    GetPath(path).rate = rate;
}

void
MptcpTopologyHelper::SetDelay(uint32_t path, const Time& delay)
{
    GetPath(path).delay = delay;
}

void
MptcpTopologyHelper::SetQueueSize(uint32_t path, const QueueSize& size)
{
    GetPath(path).queue = size;
}

void
MptcpTopologyHelper::SetLossRate(uint32_t path, double toServer, double toClient)
{
    GetPath(path).loss[SERVER] = toServer;
    GetPath(path).loss[CLIENT] = toClient;
}

void
MptcpTopologyHelper::SetMtu(uint32_t path, uint16_t mtu)
{
    GetPath(path).mtu = mtu;
}

void
MptcpTopologyHelper::SetQueueDisc(const std::string& typeId)
{
    m_queueDisc = typeId;
}

void
MptcpTopologyHelper::SetMiddlebox(uint32_t path, const MptcpMiddleboxHelper& box)
{
    GetPath(path).box = box;
}

void
MptcpTopologyHelper::SetFamily(Family family)
{
    m_family = family;
}

void
MptcpTopologyHelper::SetSourceRouting(bool enable)
{
    m_sourceRouting = enable;
}

void
MptcpTopologyHelper::Build()
{
    NS_LOG_FUNCTION(this);
    NS_ABORT_MSG_IF(m_nodes.GetN() > 0, "Build() called twice");

    const bool useIpv4 = m_family != IPV6;
    const bool useIpv6 = m_family != IPV4;
    m_nodes.Create(2);
    InternetStackHelper stack;
    stack.SetIpv4StackInstall(useIpv4);
    stack.SetIpv6StackInstall(useIpv6);
    if (m_sourceRouting)
    {
        stack.SetRoutingHelper(SourceRoutingIpv4Helper());
        stack.SetRoutingHelper(SourceRoutingIpv6Helper());
    }
    stack.Install(m_nodes);
    if (useIpv6)
    {
        for (uint32_t i = 0; i < m_nodes.GetN(); ++i)
        {
            m_nodes.Get(i)->GetObject<Icmpv6L4Protocol>()->SetAttribute("DAD", BooleanValue(false));
        }
    }

    TrafficControlHelper trafficControl;
    if (!m_queueDisc.empty())
    {
        trafficControl.SetRootQueueDisc(m_queueDisc);
    }

    for (uint32_t i = 0; i < m_paths.size(); ++i)
    {
        Path& path = m_paths[i];
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", DataRateValue(path.rate));
        link.SetDeviceAttribute("Mtu", UintegerValue(path.mtu));
        link.SetChannelAttribute("Delay", TimeValue(path.delay));
        link.SetQueue("ns3::DropTailQueue<Packet>", "MaxSize", QueueSizeValue(path.queue));
        if (m_queueDisc.empty())
        {
            // With flow control and no queue disc, a full device queue makes the traffic control
            // layer drop packets without any trace. Without it, the queue drops and counts them.
            link.DisableFlowControl();
        }
        if (path.box.GetNElements() > 0)
        {
            const Ptr<Node> node = CreateObject<Node>();
            const NetDeviceContainer inside = link.Install(m_nodes.Get(CLIENT), node);
            link.SetChannelAttribute("Delay", TimeValue(Time(0)));
            const NetDeviceContainer outside = link.Install(node, m_nodes.Get(SERVER));
            path.box.Install(inside.Get(1), outside.Get(0));
            path.devices = NetDeviceContainer(inside.Get(0), outside.Get(1));
        }
        else
        {
            path.devices = link.Install(m_nodes);
        }
        for (const Host host : {CLIENT, SERVER})
        {
            path.errors[host] = CreateObject<MptcpPathErrorModel>();
            path.errors[host]->SetRate(path.loss[host]);
            path.devices.Get(host)->SetAttribute("ReceiveErrorModel",
                                                 PointerValue(path.errors[host]));
        }
        if (!m_queueDisc.empty())
        {
            trafficControl.Install(path.devices);
        }
        if (useIpv4)
        {
            std::ostringstream network;
            network << "10.1." << i + 1 << ".0";
            Ipv4AddressHelper addresses(Ipv4Address(network.str().c_str()), "255.255.255.0");
            addresses.Assign(path.devices);
        }
        if (useIpv6)
        {
            for (const Host host : {CLIENT, SERVER})
            {
                // Ipv6AddressHelper would derive the interface identifiers from link addresses;
                // these can be read in a trace.
                Ptr<Ipv6> ipv6 = m_nodes.Get(host)->GetObject<Ipv6>();
                Ptr<NetDevice> device = path.devices.Get(host);
                int32_t index = ipv6->GetInterfaceForDevice(device);
                if (index < 0)
                {
                    index = ipv6->AddInterface(device);
                }
                std::ostringstream address;
                address << "2001:db8:" << std::hex << i + 1 << "::" << host + 1;
                ipv6->SetMetric(index, 1);
                ipv6->AddAddress(
                    index,
                    Ipv6InterfaceAddress(Ipv6Address(address.str().c_str()), Ipv6Prefix(64)));
                ipv6->SetUp(index);
            }
        }
        if (m_queueDisc.empty())
        {
            for (const Host host : {CLIENT, SERVER})
            {
                Ptr<TrafficControlLayer> layer =
                    m_nodes.Get(host)->GetObject<TrafficControlLayer>();
                if (layer->GetRootQueueDiscOnDevice(path.devices.Get(host)))
                {
                    trafficControl.Uninstall(path.devices.Get(host));
                }
            }
        }
    }
}

uint32_t
MptcpTopologyHelper::GetNPaths() const
{
    return m_paths.size();
}

NodeContainer
MptcpTopologyHelper::GetNodes() const
{
    return m_nodes;
}

Ptr<Node>
MptcpTopologyHelper::GetClient() const
{
    return m_nodes.Get(CLIENT);
}

Ptr<Node>
MptcpTopologyHelper::GetServer() const
{
    return m_nodes.Get(SERVER);
}

NetDeviceContainer
MptcpTopologyHelper::GetDevices() const
{
    NetDeviceContainer devices;
    for (const Path& path : m_paths)
    {
        devices.Add(path.devices);
    }
    return devices;
}

Ptr<MptcpMiddlebox>
MptcpTopologyHelper::GetMiddlebox(uint32_t path) const
{
    return MptcpMiddleboxHelper::Find(GetPath(path).devices.Get(CLIENT));
}

Ptr<NetDevice>
MptcpTopologyHelper::GetDevice(Host host, uint32_t path) const
{
    return GetPath(path).devices.Get(host);
}

Address
MptcpTopologyHelper::GetAddress(Host host, uint32_t path, Family family) const
{
    Ptr<NetDevice> device = GetDevice(host, path);
    Ptr<Node> node = m_nodes.Get(host);
    if (family == IPV6)
    {
        return FindGlobalAddress(node->GetObject<Ipv6>(), device);
    }
    Ptr<Ipv4> ipv4 = node->GetObject<Ipv4>();
    return ipv4->GetAddress(ipv4->GetInterfaceForDevice(device), 0).GetLocal();
}

Address
MptcpTopologyHelper::GetSocketAddress(Host host, uint32_t path, uint16_t port, Family family) const
{
    const Address address = GetAddress(host, path, family);
    if (family == IPV6)
    {
        return Inet6SocketAddress(Ipv6Address::ConvertFrom(address), port);
    }
    return InetSocketAddress(Ipv4Address::ConvertFrom(address), port);
}

void
MptcpTopologyHelper::CutPath(uint32_t path, const Time& at, const Time& until)
{
    const Time now = Simulator::Now();
    for (const Ptr<MptcpPathErrorModel>& errors : GetPath(path).errors)
    {
        NS_ABORT_MSG_UNLESS(errors, "CutPath() before Build()");
        Simulator::Schedule(at - now, &MptcpPathErrorModel::SetCut, errors, true);
        if (until > at)
        {
            Simulator::Schedule(until - now, &MptcpPathErrorModel::SetCut, errors, false);
        }
    }
}

void
MptcpTopologyHelper::DownInterface(Host host, uint32_t path, const Time& at, const Time& until)
{
    const Time now = Simulator::Now();
    Ptr<NetDevice> device = GetDevice(host, path);
    const auto kept = std::make_shared<std::vector<Ipv6InterfaceAddress>>();
    Simulator::Schedule(at - now, &SetInterface, device, false, kept);
    if (until > at)
    {
        Simulator::Schedule(until - now, &SetInterface, device, true, kept);
    }
}

int64_t
MptcpTopologyHelper::AssignStreams(int64_t stream)
{
    int64_t used = 0;
    for (const Path& path : m_paths)
    {
        for (const Ptr<MptcpPathErrorModel>& errors : path.errors)
        {
            used += errors->AssignStreams(stream + used);
        }
        if (const auto box = MptcpMiddleboxHelper::Find(path.devices.Get(CLIENT)))
        {
            used += box->AssignStreams(stream + used);
        }
    }
    return used;
}

void
MptcpTopologyHelper::EnablePcap(const std::string& prefix) const
{
    PointToPointHelper().EnablePcap(prefix, GetDevices(), false);
}

} // namespace ns3
