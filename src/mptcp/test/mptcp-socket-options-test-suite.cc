/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * What an application sets by the methods of ns3::Socket, which tell nobody: TOS, TTL, traffic
 * class, hop limit and priority. Every segment of every subflow has it, whenever it was set, as
 * those of stock TCP have; and the tags of the application's data arrive.
 */

#include "mptcp-scene.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/node.h"
#include "ns3/socket.h"
#include "ns3/string.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace ns3;
using namespace ns3::scene;

namespace
{

/** What a segment has of the socket that sent it. */
struct Marks
{
    uint32_t tos;      ///< TOS or traffic class, without the bits of ECN
    uint32_t ttl;      ///< TTL or hop limit
    uint32_t priority; ///< tag for queues
};

/** A segment on the wire. */
struct Marked
{
    Time time;     ///< when it was sent
    uint32_t path; ///< on which path
    bool client;   ///< by whom
    Marks marks;   ///< what it has
};

/** Looks at the segments of both hosts. */
class MarkReader
{
  public:
    /** @param topology a topology that is built */
    explicit MarkReader(const MptcpTopologyHelper& topology)
    {
        // Where packets leave IP: devices do not see the tag for queues any more.
        for (const auto host : {MptcpTopologyHelper::CLIENT, MptcpTopologyHelper::SERVER})
        {
            const Ptr<Node> node = topology.GetNodes().Get(host);
            const bool client = host == MptcpTopologyHelper::CLIENT;
            if (const auto ipv4 = node->GetObject<Ipv4L3Protocol>())
            {
                ipv4->TraceConnectWithoutContext(
                    "Tx",
                    Callback<void, Ptr<const Packet>, Ptr<Ipv4>, uint32_t>(
                        [=, this](Ptr<const Packet> packet, Ptr<Ipv4>, uint32_t interface) {
                            Ipv4Header header;
                            packet->PeekHeader(header);
                            if (header.GetProtocol() == 6)
                            {
                                See(*packet, client, interface, header.GetTos(), header.GetTtl());
                            }
                        }));
            }
            if (const auto ipv6 = node->GetObject<Ipv6L3Protocol>())
            {
                ipv6->TraceConnectWithoutContext(
                    "Tx",
                    Callback<void, Ptr<const Packet>, Ptr<Ipv6>, uint32_t>(
                        [=, this](Ptr<const Packet> packet, Ptr<Ipv6>, uint32_t interface) {
                            Ipv6Header header;
                            packet->PeekHeader(header);
                            if (header.GetNextHeader() == 6)
                            {
                                See(*packet,
                                    client,
                                    interface,
                                    header.GetTrafficClass(),
                                    header.GetHopLimit());
                            }
                        }));
            }
        }
    }

    /**
     * @param scene gets complaints
     * @param client sender
     * @param from not those before
     * @param wanted what each of its segments must have
     */
    void Check(Scene& scene, bool client, const Time& from, const Marks& wanted) const
    {
        std::vector<uint32_t> seen(2);
        for (const Marked& one : all)
        {
            if (one.client != client || one.time < from)
            {
                continue;
            }
            ++seen[one.path];
            const std::string where = (client ? "client" : "server") + std::string(" at ") +
                                      std::to_string(one.time.GetSeconds()) + " on " +
                                      std::to_string(one.path);
            scene.Equal(one.marks.tos, wanted.tos, "TOS of the " + where);
            scene.Equal(one.marks.ttl, wanted.ttl, "TTL of the " + where);
            scene.Equal(one.marks.priority, wanted.priority, "priority of the " + where);
        }
        scene.Check(seen[0] > 10 && seen[1] > 10, "segments on both paths");
    }

    std::vector<Marked> all; ///< of all segments

  private:
    /**
     * @param packet a segment
     * @param client sender
     * @param interface of the path, from 1
     * @param tos TOS or traffic class
     * @param ttl TTL or hop limit
     */
    void See(const Packet& packet, bool client, uint32_t interface, uint8_t tos, uint8_t ttl)
    {
        SocketPriorityTag tag;
        const uint32_t priority = packet.PeekPacketTag(tag) ? tag.GetPriority() : 0;
        all.push_back({Simulator::Now(), interface - 1, client, {tos & 0xfcU, ttl, priority}});
    }
};

/**
 * @param socket a socket
 * @param tos TOS and traffic class
 * @param ttl TTL and hop limit
 * @param priority for queues
 */
void
Mark(const Ptr<Socket>& socket, uint8_t tos, uint8_t ttl, uint8_t priority)
{
    socket->SetIpTos(tos);
    socket->SetIpv6Tclass(tos);
    socket->SetIpTtl(ttl);
    socket->SetIpv6HopLimit(ttl);
    socket->SetPriority(priority);
}

/** Set before the connection, and changed in its midst, on both sides; with keepalives. */
void
MarkBoth(Scene& scene)
{
    scene.up = 1'000'000;
    scene.down = 1'000'000;
    scene.client.KeepOpen(); // keepalives, from 1 s of silence on
    scene.server.KeepOpen();
    Ptr<Socket> listener;
    scene.prepareListener = [&listener](Ptr<Socket> socket) {
        listener = socket;
        Mark(socket, 0x20, 30, 3);
    };
    scene.prepareClient = [](Ptr<Socket> socket) {
        Mark(socket, 0x40, 40, 4);
        socket->SetAttribute("KeepAlive", StringValue("true"));
        socket->SetAttribute("KeepIdle", StringValue("1s"));
        socket->SetAttribute("KeepInterval", StringValue("1s"));
    };
    scene.Begin();
    const MarkReader reader(scene.topology);
    Mark(listener, 0x28, 31, 5); // it listens
    const Time change = Seconds(0.3);
    Simulator::Schedule(change, [&] {
        reader.Check(scene, true, Seconds(0), {.tos = 0x40, .ttl = 40, .priority = 4});
        reader.Check(scene, false, Seconds(0), {.tos = 0x28, .ttl = 31, .priority = 5});
        Mark(scene.GetClient(), 0x60, 50, 6);
        Mark(scene.GetServer(), 0x80, 60, 1);
    });
    Simulator::Schedule(Seconds(10), [&] {
        const Time from = change + NanoSeconds(1);
        reader.Check(scene, true, from, {.tos = 0x60, .ttl = 50, .priority = 6});
        reader.Check(scene, false, from, {.tos = 0x80, .ttl = 60, .priority = 1});
        const bool probed = std::ranges::any_of(reader.all, [](const Marked& one) {
            return one.client && one.time > Seconds(5);
        });
        scene.Check(probed, "a keepalive was sent");
        scene.client.socket->Close();
        scene.server.socket->Close();
    });
    scene.Finish();
    listener = nullptr;
}

/** IPv4. */
void
MarkIpv4(Scene& scene)
{
    MarkBoth(scene);
}

/** IPv6. */
void
MarkIpv6(Scene& scene)
{
    scene.family = MptcpTopologyHelper::IPV6;
    scene.topology.SetFamily(MptcpTopologyHelper::IPV6);
    MarkBoth(scene);
}

/** A traffic class that is taken back. */
void
TakeBack(Scene& scene)
{
    scene.family = MptcpTopologyHelper::IPV6;
    scene.topology.SetFamily(MptcpTopologyHelper::IPV6);
    scene.up = 1'000'000;
    scene.prepareClient = [](Ptr<Socket> socket) { socket->SetIpv6Tclass(0x40); };
    scene.Begin();
    const MarkReader reader(scene.topology);
    Simulator::Schedule(Seconds(0.3), [&] { scene.GetClient()->SetIpv6Tclass(-1); });
    scene.Finish();
    reader.Check(scene, true, Seconds(0.3) + NanoSeconds(1), {.tos = 0, .ttl = 64, .priority = 0});
}

/** A byte tag of the application is read with the octets that it was given to. */
class OctetTag : public Tag
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId()
    {
        static TypeId tid =
            TypeId("ns3::MptcpTestOctetTag").SetParent<Tag>().AddConstructor<OctetTag>();
        return tid;
    }

    TypeId GetInstanceTypeId() const override
    {
        return GetTypeId();
    }

    uint32_t GetSerializedSize() const override
    {
        return 4;
    }

    void Serialize(TagBuffer buffer) const override
    {
        buffer.WriteU32(number);
    }

    void Deserialize(TagBuffer buffer) override
    {
        number = buffer.ReadU32();
    }

    void Print(std::ostream& os) const override
    {
        os << number;
    }

    uint32_t number{0}; ///< of the write
};

/** Byte tags of written packets, over two paths. */
class ByteTagTestCase : public TestCase
{
  public:
    ByteTagTestCase()
        : TestCase("byte tags of data")
    {
    }

  private:
    void DoRun() override
    {
        constexpr uint32_t size = 3000;
        constexpr uint32_t writes = 40; // as much as the send buffer takes
        MptcpStory story;
        story.Start();
        story.server.KeepOpen();
        Simulator::Schedule(Seconds(0.3), [&] {
            for (uint32_t i = 0; i < writes; ++i)
            {
                const auto packet = Create<Packet>(size);
                OctetTag tag;
                tag.number = i;
                packet->AddByteTag(tag);
                story.client.socket->Send(packet, 0);
            }
            story.server.socket->SetRecvCallback(Callback<void, Ptr<Socket>>([](Ptr<Socket>) {}));
        });
        story.client.KeepOpen();
        uint32_t right = 0;
        uint32_t read = 0;
        Simulator::Schedule(Seconds(20), [&] {
            while (const auto packet = story.server.socket->Recv())
            {
                for (auto it = packet->GetByteTagIterator(); it.HasNext();)
                {
                    const auto item = it.Next();
                    OctetTag tag;
                    item.GetTag(tag);
                    for (uint32_t at = item.GetStart(); at < item.GetEnd(); ++at)
                    {
                        right += (read + at) / size == tag.number ? 1 : 0;
                    }
                }
                read += packet->GetSize();
            }
            story.client.socket->Close();
            story.server.socket->Close();
        });
        story.Run(Seconds(60));
        NS_TEST_EXPECT_MSG_EQ(story.GetClient()->GetSubflows().size(), 0, "closed");
        NS_TEST_EXPECT_MSG_EQ(read, size * writes, "octets");
        NS_TEST_EXPECT_MSG_EQ(right, size * writes, "octets with the tag of their write");
    }
};

/** The suite. */
class MptcpSocketOptionsTestSuite : public TestSuite
{
  public:
    MptcpSocketOptionsTestSuite()
        : TestSuite("mptcp-socket-options", Type::UNIT)
    {
        AddTestCase(new SceneTestCase("TOS, TTL and priority", MarkIpv4, 2));
        AddTestCase(new SceneTestCase("traffic class, hop limit and priority", MarkIpv6, 2));
        AddTestCase(new SceneTestCase("a traffic class that is taken back", TakeBack, 2));
        AddTestCase(new ByteTagTestCase);
    }
};

const MptcpSocketOptionsTestSuite g_mptcpSocketOptionsTestSuite; ///< registers itself

} // namespace
