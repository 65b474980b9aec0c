/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-story.h"

#include "ns3/internet-stack-helper.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/node.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/tcp-socket-factory.h"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpUnrulyQueue);

TypeId
MptcpUnrulyQueue::GetTypeId()
{
    static TypeId tid = TypeId("ns3::MptcpUnrulyQueue")
                            .SetParent<Queue<Packet>>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<MptcpUnrulyQueue>();
    return tid;
}

void
MptcpUnrulyQueue::SetRates(double reorder, double duplicate)
{
    m_reorder = reorder;
    m_duplicate = duplicate;
}

int64_t
MptcpUnrulyQueue::AssignStreams(int64_t stream)
{
    m_random->SetStream(stream);
    return 1;
}

bool
MptcpUnrulyQueue::Enqueue(Ptr<Packet> item)
{
    if (m_duplicate > 0 && m_random->GetValue() < m_duplicate)
    {
        DoEnqueue(GetContainer().end(), item->Copy());
    }
    return DoEnqueue(GetContainer().end(), item);
}

Ptr<Packet>
MptcpUnrulyQueue::Dequeue()
{
    const uint32_t size = GetNPackets();
    if (size < 2 || m_reorder == 0 || m_random->GetValue() >= m_reorder)
    {
        return DoDequeue(GetContainer().begin());
    }
    auto it = GetContainer().begin();
    std::advance(it, m_random->GetInteger(1, std::min(size - 1, 5U)));
    return DoDequeue(it);
}

Ptr<Packet>
MptcpUnrulyQueue::Remove()
{
    return DoRemove(GetContainer().begin());
}

Ptr<const Packet>
MptcpUnrulyQueue::Peek() const
{
    return DoPeek(GetContainer().begin());
}

std::vector<uint8_t>
MptcpContent(uint32_t seed, uint64_t offset, uint32_t size)
{
    std::vector<uint8_t> octets(size);
    for (uint32_t i = 0; i < size; ++i)
    {
        // splitmix64 of the word index: no period that a lost segment could hide in
        const uint64_t index = offset + i;
        uint64_t z = (index / 8 + 1) * 0x9e3779b97f4a7c15ULL + seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        octets[i] = static_cast<uint8_t>((z ^ (z >> 31)) >> (index % 8 * 8));
    }
    return octets;
}

MptcpStoryEnd::MptcpStoryEnd(uint32_t sendSeed, uint32_t receiveSeed)
    : m_sendSeed(sendSeed),
      m_receiveSeed(receiveSeed)
{
}

void
MptcpStoryEnd::SetWriteSize(uint32_t size)
{
    m_writeSize = size;
}

void
MptcpStoryEnd::ReadFrom(Time pause)
{
    m_readFrom = pause;
}

void
MptcpStoryEnd::KeepOpen()
{
    m_keepOpen = true;
}

void
MptcpStoryEnd::Use(Ptr<Socket> s, uint64_t bytes)
{
    socket = s;
    m_bytes = bytes;
    s->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket> x) { Read(x); }));
    s->SetSendCallback(
        Callback<void, Ptr<Socket>, uint32_t>([this](Ptr<Socket> x, uint32_t n) { Write(x, n); }));
    s->SetConnectCallback(
        Callback<void, Ptr<Socket>>([this](Ptr<Socket> x) { Write(x, x->GetTxAvailable()); }),
        Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { failed = true; }));
    s->SetCloseCallbacks(Callback<void, Ptr<Socket>>([this](Ptr<Socket> ending) {
                             closed = true;
                             Read(ending);
                         }),
                         Callback<void, Ptr<Socket>>([this](Ptr<Socket>) { failed = true; }));
}

void
MptcpStoryEnd::Write(Ptr<Socket> s, uint32_t /* available */)
{
    while (sent < m_bytes)
    {
        const auto size = static_cast<uint32_t>(
            std::min<uint64_t>({m_writeSize, m_bytes - sent, s->GetTxAvailable()}));
        if (size == 0)
        {
            return;
        }
        const auto octets = MptcpContent(m_sendSeed, sent, size);
        if (s->Send(Create<Packet>(octets.data(), size)) < 0)
        {
            return;
        }
        sent += size;
    }
    if (!m_keepOpen)
    {
        s->ShutdownSend();
    }
}

void
MptcpStoryEnd::Read(Ptr<Socket> s)
{
    if (Simulator::Now() < m_readFrom)
    {
        Simulator::Schedule(m_readFrom - Simulator::Now(), &MptcpStoryEnd::Read, this, s);
        return;
    }
    while (Ptr<Packet> packet = s->Recv())
    {
        const uint32_t size = packet->GetSize();
        if (size == 0)
        {
            ended = true;
            return;
        }
        std::vector<uint8_t> octets(size);
        packet->CopyData(octets.data(), size);
        const auto expected = MptcpContent(m_receiveSeed, received, size);
        if (firstMismatch < 0 && octets != expected)
        {
            const auto at = std::mismatch(octets.begin(), octets.end(), expected.begin()).first;
            firstMismatch = static_cast<int64_t>(received) + (at - octets.begin());
        }
        received += size;
        lastRead = Simulator::Now();
    }
}

MptcpStory::MptcpStory(uint32_t paths, uint32_t seed)
    : topology(paths)
{
    RngSeedManager::SetRun(seed);
}

MptcpStory::~MptcpStory()
{
    client.socket = nullptr;
    server.socket = nullptr;
    m_listener = nullptr;
    Simulator::Destroy();
}

void
MptcpStory::Start()
{
    topology.Build();
    topology.AssignStreams(100);
    InternetStackHelper().AssignStreams(topology.GetNodes(), 400);
    for (const auto host : {MptcpTopologyHelper::CLIENT, MptcpTopologyHelper::SERVER})
    {
        MptcpStackHelper helper;
        if (!profiles[host].empty())
        {
            helper.SetProfile(profiles[host]);
        }
        helper.Install(topology.GetNodes().Get(host));
    }
    MptcpStackHelper::AssignStreams(topology.GetNodes(), 200);
    if (reorder > 0 || duplicate > 0)
    {
        for (uint32_t i = 0; i < topology.GetDevices().GetN(); ++i)
        {
            const auto device = DynamicCast<PointToPointNetDevice>(topology.GetDevices().Get(i));
            const auto queue = CreateObject<MptcpUnrulyQueue>();
            queue->SetMaxSize(device->GetQueue()->GetMaxSize());
            queue->SetRates(reorder, duplicate);
            queue->AssignStreams(300 + i);
            device->SetQueue(queue);
        }
    }
    const auto factory = [](bool mptcp) {
        return mptcp ? MptcpSocketFactory::GetTypeId() : TcpSocketFactory::GetTypeId();
    };
    m_listener = Socket::CreateSocket(topology.GetServer(), factory(serverMptcp));
    if (prepareListener)
    {
        prepareListener(m_listener);
    }
    if (!listenOn.IsInvalid())
    {
        m_listener->Bind(listenOn);
    }
    else if (family == MptcpTopologyHelper::IPV6)
    {
        m_listener->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), 5000));
    }
    else
    {
        m_listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 5000));
    }
    m_listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>(
            [this](Ptr<Socket> s, const Address&) { server.Use(s, down); }));
    m_listener->Listen();
    Simulator::Schedule(MilliSeconds(100), [this, factory] {
        Ptr<Socket> s = Socket::CreateSocket(topology.GetClient(), factory(clientMptcp));
        client.Use(s, up);
        if (prepareClient)
        {
            prepareClient(s);
        }
        s->Connect(
            topology.GetSocketAddress(MptcpTopologyHelper::SERVER, connectPath, 5000, family));
    });
}

void
MptcpStory::Run(Time until)
{
    Simulator::Stop(until - Simulator::Now());
    Simulator::Run();
}

bool
MptcpStory::IsComplete() const
{
    return client.received == down && server.received == up && client.firstMismatch < 0 &&
           server.firstMismatch < 0 && client.closed && server.closed && !client.failed &&
           !server.failed;
}

std::string
MptcpStory::Describe() const
{
    std::ostringstream os;
    os << "client read " << client.received << "/" << down << ", server read " << server.received
       << "/" << up << ", first mismatch " << client.firstMismatch << "/" << server.firstMismatch
       << ", closed " << client.closed << "/" << server.closed << ", failed " << client.failed
       << "/" << server.failed;
    return os.str();
}

Ptr<MptcpSocketBase>
MptcpStory::GetClient() const
{
    return DynamicCast<MptcpSocketBase>(client.socket);
}

Ptr<MptcpSocketBase>
MptcpStory::GetServer() const
{
    return DynamicCast<MptcpSocketBase>(server.socket);
}

uint64_t
MptcpStory::GetClientCounter(const std::string& name) const
{
    return topology.GetClient()->GetObject<MptcpStack>()->GetCounter(name);
}

uint64_t
MptcpStory::GetServerCounter(const std::string& name) const
{
    return topology.GetServer()->GetObject<MptcpStack>()->GetCounter(name);
}

} // namespace ns3
