/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Whole connections through the middleboxes of RFC 8684, section 6: no octet may be lost or
 * changed unless the box changed it and the connection is plain TCP by then.
 */

#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/mptcp-middlebox-helper.h"
#include "ns3/mptcp-middlebox-nat.h"
#include "ns3/node.h"
#include "ns3/object-ptr-container.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

/** What the connection is at its end. */
enum class Outcome
{
    MPTCP,    ///< still MPTCP at both ends
    FALLBACK, ///< plain TCP at both ends
    EITHER,   ///< what the timing makes of it; the data counts
};

/** One story. */
struct Story
{
    std::string name;                                    ///< of the test case
    std::function<void(MptcpMiddleboxHelper&)> elements; ///< what the box does
    Outcome outcome{Outcome::MPTCP};                     ///< what becomes of the connection
    std::string counters;       ///< "c:Name=1 s:Name>0": counters of client and server
    uint32_t paths{1};          ///< number of paths
    uint32_t boxed{1};          ///< mask of the paths with a box
    bool checksum{false};       ///< DSS checksums are in use
    uint64_t up{300'000};       ///< octets client to server
    uint64_t down{200'000};     ///< octets server to client
    int64_t grows{0};           ///< octets that the box adds, upwards
    int64_t changedAt{-1};      ///< first octet that the box changes for good, upwards
    uint32_t segmentSize{1400}; ///< TcpSocket::SegmentSize
    MptcpTopologyHelper::Family family{MptcpTopologyHelper::IPV4}; ///< addresses
};

/**
 * @param story a story
 * @param term "c:Name=1", "s:Name>0"; "b" for the sum of both ends
 * @return complaint, or empty
 */
std::string
CheckCounter(const MptcpStory& story, const std::string& term)
{
    const std::size_t at = term.find_first_of("=>");
    const std::string name = term.substr(2, at - 2);
    const uint64_t wanted = std::stoull(term.substr(at + 1));
    const auto count = [&story, &term](const std::string& counter) {
        return (term[0] != 's' ? story.GetClientCounter(counter) : 0) +
               (term[0] != 'c' ? story.GetServerCounter(counter) : 0);
    };
    // No DSS on the first data and none at all are two counters of one thing.
    const uint64_t found = count(name) + (term[0] == 'b' ? count("MPCapableDataFallback") : 0);
    const bool good = term[at] == '=' ? found == wanted : found > wanted;
    return good ? "" : " " + term + " is " + std::to_string(found) + ";";
}

/** @param node any node @return sockets that its TCP still has */
std::size_t
CountSockets(Ptr<Node> node)
{
    ObjectPtrContainerValue values;
    node->GetObject<TcpL4Protocol>()->GetAttribute("SocketList", values);
    return values.GetN();
}

/** Tells one story. */
class MiddleboxStoryTestCase : public TestCase
{
  public:
    /** @param story what to tell */
    explicit MiddleboxStoryTestCase(const Story& story)
        : TestCase(story.name),
          m_story(story)
    {
    }

  private:
    void DoRun() override
    {
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(m_story.segmentSize));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(4 << 20));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(4 << 20));
        MptcpStory story(m_story.paths);
        story.family = m_story.family;
        story.topology.SetFamily(m_story.family);
        story.up = m_story.up;
        story.down = m_story.down;
        MptcpMiddleboxHelper box;
        m_story.elements(box);
        for (uint32_t path = 0; path < m_story.paths; ++path)
        {
            if (m_story.boxed >> path & 1)
            {
                story.topology.SetMiddlebox(path, box);
            }
        }
        story.Start();
        for (const auto& node : {story.topology.GetClient(), story.topology.GetServer()})
        {
            node->GetObject<MptcpStack>()->SetAttribute("ChecksumEnabled",
                                                        BooleanValue(m_story.checksum));
        }
        story.Run(Seconds(600));
        NS_TEST_EXPECT_MSG_EQ(Complain(story), "", story.Describe());
    }

    void DoTeardown() override
    {
        Config::Reset();
    }

    /** @param story after its end @return what is wrong, or empty */
    std::string Complain(const MptcpStory& story) const
    {
        std::ostringstream os;
        const uint64_t wanted = m_story.up + m_story.grows;
        if (story.server.received != wanted || story.server.firstMismatch != m_story.changedAt)
        {
            os << " data of the client;";
        }
        if (story.client.received != m_story.down || story.client.firstMismatch >= 0)
        {
            os << " data of the server;";
        }
        if (!story.client.closed || !story.server.closed || story.client.failed ||
            story.server.failed)
        {
            os << " end;";
        }
        const bool fallback = m_story.outcome == Outcome::FALLBACK;
        if (m_story.outcome != Outcome::EITHER && (story.GetClient()->IsFallback() != fallback ||
                                                   story.GetServer()->IsFallback() != fallback))
        {
            os << " fallback " << story.GetClient()->IsFallback() << "/"
               << story.GetServer()->IsFallback() << ";";
        }
        std::istringstream terms("c:MPCurrEstab=0 s:MPCurrEstab=0 " + m_story.counters);
        for (std::string term; terms >> term;)
        {
            os << CheckCounter(story, term);
        }
        if (CountSockets(story.topology.GetClient()) != 0 ||
            CountSockets(story.topology.GetServer()) != 1)
        {
            os << " sockets left " << CountSockets(story.topology.GetClient()) << "/"
               << CountSockets(story.topology.GetServer()) << ";";
        }
        for (uint32_t path = 0; path < m_story.paths; ++path)
        {
            if (m_story.boxed >> path & 1)
            {
                const auto box = story.topology.GetMiddlebox(path);
                const bool unused = path > 0 && m_story.outcome == Outcome::EITHER;
                if (box->GetElement(0)->GetActions() == 0 && !unused)
                {
                    os << " the box of path " << path << " did nothing;";
                }
            }
        }
        return os.str();
    }

    Story m_story; ///< what to tell
};

/** All stories. */
class Stories
{
  public:
    Stories()
    {
        AddStrippedHandshake();
        AddStrippedData();
        AddTransparent();
        AddSegmentation();
        AddProxy();
        AddRewriting();
    }

    std::vector<Story> stories; ///< the stories

  private:
    using Helper = MptcpMiddleboxHelper;

    /** @param name name @param elements what the box does @return the story, to be changed */
    Story& Add(const std::string& name, const std::function<void(Helper&)>& elements)
    {
        Story story;
        story.name = name;
        story.elements = elements;
        return stories.emplace_back(story);
    }

    /**
     * @param places segments that are looked at: "Syn", "SynAck", "ThirdAck", "Others"
     * @param forward direction from the client
     * @param backward direction from the server
     * @param subtypes mask
     * @param after segments that pass
     * @return a box that strips
     */
    static std::function<void(Helper&)> Strip(const std::string& places,
                                              bool forward,
                                              bool backward,
                                              uint32_t subtypes = 0xffff,
                                              uint32_t after = 0)
    {
        return [=](Helper& box) {
            const auto has = [&places](const std::string& place) {
                return BooleanValue((" " + places + " ").find(" " + place + " ") !=
                                    std::string::npos);
            };
            box.AddElement("ns3::MptcpMiddleboxOptionFilter",
                           "Syn",
                           has("Syn"),
                           "SynAck",
                           has("SynAck"),
                           "ThirdAck",
                           has("ThirdAck"),
                           "Others",
                           has("Others"),
                           "Forward",
                           BooleanValue(forward),
                           "Backward",
                           BooleanValue(backward),
                           "Subtypes",
                           UintegerValue(subtypes),
                           "After",
                           UintegerValue(after));
        };
    }

    void AddStrippedHandshake()
    {
        struct Handshake
        {
            const char* name;     ///< place
            const char* places;   ///< segments
            const char* counters; ///< on the first subflow
        };

        for (const auto& [name, places, counters] :
             {Handshake{"SYN", "Syn", "c:MPCapableFallbackSYNACK=1 s:MPCapableSYNRX=0"},
              Handshake{"SYN-ACK",
                        "SynAck",
                        "c:MPCapableFallbackSYNACK=1 s:MPCapableFallbackACK=1"},
              Handshake{"third ACK", "ThirdAck", "s:MPCapableFallbackACK=1"},
              Handshake{"all", "Syn SynAck ThirdAck Others", "c:MPCapableFallbackSYNACK=1"}})
        {
            for (const uint32_t paths : {1, 2})
            {
                Story& s = Add(std::string("options stripped, ") + name + ", " +
                                   std::to_string(paths) + " paths",
                               Strip(places, true, true));
                s.outcome = Outcome::FALLBACK;
                s.counters = counters;
                s.paths = paths;
            }
            Story& s = Add(std::string("options of the second path stripped, ") + name,
                           Strip(places, true, true));
            s.paths = 2;
            s.boxed = 2;
            s.counters = "c:MPCapableFallbackSYNACK=0 s:MPCapableFallbackACK=0 c:MPJoinSynTx>0";
        }
        Story& s = Add("options stripped, third ACK, the server sends first",
                       Strip("ThirdAck", true, true));
        s.outcome = Outcome::FALLBACK;
        s.counters = "s:MPCapableFallbackACK=1";
        s.up = 0;
        for (const uint32_t boxed : {1, 2})
        {
            Story& d = Add(
                boxed == 1 ? "SYNs with options dropped"
                           : "SYNs with options dropped on the second path",
                [](Helper& box) {
                    box.AddElement("ns3::MptcpMiddleboxOptionFilter", "Drop", BooleanValue(true));
                });
            d.paths = 2;
            d.boxed = boxed;
            d.outcome = boxed == 1 ? Outcome::FALLBACK : Outcome::MPTCP;
            d.counters = boxed == 1 ? "c:Blackhole=1 c:MPCapableSYNTXDrop=1 s:MPCapableSYNRX=0"
                                    : "c:Blackhole=0";
        }
    }

    void AddStrippedData()
    {
        struct Way
        {
            const char* name; ///< direction
            bool forward;     ///< from the client
            bool backward;    ///< from the server
        };

        for (const auto& [name, forward, backward] : {Way{"from the client", true, false},
                                                      Way{"from the server", false, true},
                                                      Way{"both ways", true, true}})
        {
            for (const uint32_t subtypes : {0xffff, 1 << 2})
            {
                const std::string what = subtypes == 0xffff ? "options" : "DSS only";
                for (const bool upload : {true, false})
                {
                    Story& s = Add(what + " stripped from data, " + name +
                                       (upload ? ", upload" : ", download"),
                                   Strip("Others", forward, backward, subtypes));
                    // A receiver that gets every option cannot know; the sender tells it with the
                    // next data, if there is any.
                    s.outcome = !upload && !backward ? Outcome::EITHER : Outcome::FALLBACK;
                    s.counters = "b:DssFallback>0";
                    (upload ? s.down : s.up) = 0;
                }
                Story& s = Add(what + " stripped from data of the second path, " + name,
                               Strip("Others", forward, backward, subtypes));
                s.paths = 2;
                s.boxed = 2;
            }
            for (const uint32_t boxed : {1, 2})
            {
                // Twenty segments per direction: both subflows carry data by then.
                Story& s = Add(std::string("path ") + std::to_string(boxed - 1) +
                                   " loses its options in the course, " + name,
                               Strip("Others", forward, backward, 0xffff, 20));
                s.paths = 2;
                s.boxed = boxed;
                s.counters = "c:MPCapableFallbackSYNACK=0 c:DssFallback=0 s:DssFallback=0";
            }
        }
    }

    void AddTransparent()
    {
        const auto addAll = [this](const std::string& name,
                                   const std::function<void(Helper&)>& elements) {
            for (const auto family : {MptcpTopologyHelper::IPV4, MptcpTopologyHelper::IPV6})
            {
                for (const uint32_t boxed : {1, 2, 3})
                {
                    Story& s = Add(name + (family == MptcpTopologyHelper::IPV4 ? "" : ", IPv6") +
                                       (boxed == 3   ? ", both paths"
                                        : boxed == 1 ? ", first path"
                                                     : ", second path"),
                                   elements);
                    s.paths = 2;
                    s.boxed = boxed;
                    s.family = family;
                    s.counters = "c:MPJoinSynAckRx>0 s:MPJoinAckRx>0 c:MPRstTx=0 s:MPRstTx=0";
                }
            }
        };
        addAll("ports translated", [](Helper& box) { box.AddElement("ns3::MptcpMiddleboxNat"); });
        for (const uint32_t path : {0, 1})
        {
            Story& s = Add("addresses translated, path " + std::to_string(path), [path](Helper& b) {
                b.AddElement("ns3::MptcpMiddleboxNat",
                             "PublicIpv4",
                             Ipv4AddressValue(path == 0 ? "10.1.1.77" : "10.1.2.77"));
            });
            s.paths = 2;
            s.boxed = 1 << path;
            s.counters = "c:MPJoinSynAckRx>0 s:MPJoinAckRx>0";
        }
        addAll("sequence numbers randomized",
               [](Helper& box) { box.AddElement("ns3::MptcpMiddleboxIsnRandomizer"); });
        addAll("window shrunk", [](Helper& box) {
            box.AddElement("ns3::MptcpMiddleboxWindowClamp", "MaxWindow", UintegerValue(6000));
        });
        addAll("reordering and duplication", [](Helper& box) {
            box.AddElement("ns3::MptcpMiddleboxShuffler",
                           "Reorder",
                           DoubleValue(0.05),
                           "Duplicate",
                           DoubleValue(0.05));
        });
        addAll("options twice in a segment",
               [](Helper& box) { box.AddElement("ns3::MptcpMiddleboxOptionDuplicator"); });
        addAll("segments split, options on all", [](Helper& box) {
            box.AddElement("ns3::MptcpMiddleboxSplitter", "MaxSize", UintegerValue(300));
        });
        addAll("segments split, options on the first", [](Helper& box) {
            box.AddElement("ns3::MptcpMiddleboxSplitter",
                           "MaxSize",
                           UintegerValue(700),
                           "OptionsOnMiddle",
                           BooleanValue(false),
                           "OptionsOnLast",
                           BooleanValue(false));
        });
        addAll("a firewall: ports, sequence numbers, window, segments", [](Helper& box) {
            box.AddElement("ns3::MptcpMiddleboxNat");
            box.AddElement("ns3::MptcpMiddleboxIsnRandomizer");
            box.AddElement("ns3::MptcpMiddleboxWindowClamp", "MaxWindow", UintegerValue(20000));
            box.AddElement("ns3::MptcpMiddleboxSplitter", "MaxSize", UintegerValue(800));
        });
    }

    void AddSegmentation()
    {
        // What is lost here are mappings: RFC 8684, section 6, promises survival, not MPTCP.
        for (const bool last : {false, true})
        {
            for (const uint32_t boxed : {1, 2, 3})
            {
                Story& s = Add(std::string("segments joined, options of the ") +
                                   (last ? "last" : "first") +
                                   (boxed == 3   ? ", both paths"
                                    : boxed == 1 ? ", first path"
                                                 : ", second path"),
                               [last](Helper& box) {
                                   box.AddElement("ns3::MptcpMiddleboxCoalescer",
                                                  "KeepLast",
                                                  BooleanValue(last));
                               });
                s.paths = 2;
                s.boxed = boxed;
                s.segmentSize = 500;
                s.outcome = boxed & 1 ? Outcome::EITHER : Outcome::MPTCP;
            }
        }
        for (const uint32_t boxed : {1, 2})
        {
            Story& s = Add(std::string("segments split, options on the last, ") +
                               (boxed == 1 ? "first path" : "second path"),
                           [](Helper& box) {
                               box.AddElement("ns3::MptcpMiddleboxSplitter",
                                              "MaxSize",
                                              UintegerValue(700),
                                              "OptionsOnFirst",
                                              BooleanValue(false),
                                              "OptionsOnMiddle",
                                              BooleanValue(false));
                           });
            s.paths = 2;
            s.boxed = boxed;
            s.outcome = boxed & 1 ? Outcome::EITHER : Outcome::MPTCP;
        }
        for (const uint32_t boxed : {1, 2})
        {
            Story& s = Add(std::string("options repeated on later segments, ") +
                               (boxed == 1 ? "first path" : "second path"),
                           [](Helper& box) {
                               box.AddElement("ns3::MptcpMiddleboxSplitter",
                                              "MaxSize",
                                              UintegerValue(700),
                                              "OptionsOnMiddle",
                                              BooleanValue(false),
                                              "OptionsOnLast",
                                              BooleanValue(false));
                               box.AddElement("ns3::MptcpMiddleboxOptionDuplicator",
                                              "Within",
                                              BooleanValue(false),
                                              "Next",
                                              BooleanValue(true));
                           });
            s.paths = 2;
            s.boxed = boxed;
        }
    }

    void AddProxy()
    {
        const auto proxy = [](bool forward, bool backward) {
            return [=](Helper& box) {
                box.AddElement("ns3::MptcpMiddleboxProxy",
                               "Forward",
                               BooleanValue(forward),
                               "Backward",
                               BooleanValue(backward));
            };
        };
        Story& up = Add("early ACKs for the client", proxy(true, false));
        up.outcome = Outcome::FALLBACK;
        // The first answer to the client's data is the proxy's.
        up.counters = "c:MPCapableDataFallback=1 c:InfiniteMapTx=1 s:InfiniteMapRx=1";
        Story& down = Add("early ACKs for the server", proxy(false, true));
        // The client's DATA_FIN came first, and its DATA_ACKs follow those of the proxy: options
        // pass. The server keeps what only the proxy has acknowledged.
        down.counters = "s:DssFallback=0 s:MPCapableDataFallback=0 c:MPFailTx=0";
        down.up = 0;
        Story& second = Add("early ACKs on the second path", proxy(true, true));
        second.paths = 2;
        second.boxed = 2;
        // The first answer to the server's data is the proxy's, before any DSS of the client.
        second.counters = "s:FallbackFailed=1 s:MPRstTx=1 c:MPRstRx=1 c:DssFallback=0";
    }

    void AddRewriting()
    {
        struct Edit
        {
            const char* name;   ///< what
            uint32_t remove;    ///< octets removed
            const char* insert; ///< what takes their place
            bool invert;        ///< inverted instead
        };

        for (const auto& edit : {Edit{"one octet inverted", 1, "", true},
                                 Edit{"octets replaced", 4, "\x01\x02\x03\x04", false},
                                 Edit{"octets inserted", 0, "inserted by the box", false},
                                 Edit{"octets removed", 7, "", false}})
        {
            const auto elements = [edit](bool forward, uint64_t offset, uint32_t count) {
                return [=](Helper& box) {
                    box.AddElement("ns3::MptcpMiddleboxRewriter",
                                   "Offset",
                                   UintegerValue(offset),
                                   "Period",
                                   UintegerValue(10'000),
                                   "Count",
                                   UintegerValue(count),
                                   "Remove",
                                   UintegerValue(edit.remove),
                                   "Insert",
                                   StringValue(edit.insert),
                                   "Invert",
                                   BooleanValue(edit.invert),
                                   "Forward",
                                   BooleanValue(forward),
                                   "Backward",
                                   BooleanValue(!forward));
                };
            };
            const int64_t grows =
                edit.invert ? 0
                            : static_cast<int64_t>(std::string(edit.insert).size()) - edit.remove;
            for (const uint64_t offset : {0, 20'000})
            {
                Story& s =
                    Add(std::string(edit.name) + " at " + std::to_string(offset) + ", one path",
                        elements(true, offset, 3));
                s.checksum = true;
                s.outcome = Outcome::FALLBACK;
                s.grows = 3 * grows;
                s.changedAt = static_cast<int64_t>(offset);
                s.down = 50'000;
                s.counters = "s:DataCsumErr=1 s:MPFailTx=1 c:MPFailRx=1 c:InfiniteMapTx=1";
            }
            for (const uint32_t boxed : {1, 2})
            {
                for (const bool forward : {true, false})
                {
                    Story& s = Add(std::string(edit.name) + " on the " +
                                       (boxed == 1 ? "first path, " : "second path, ") +
                                       (forward ? "upload" : "download"),
                                   elements(forward, 60'000, 1));
                    s.checksum = true;
                    s.paths = 2;
                    s.boxed = boxed;
                    s.up = forward ? 500'000 : 0;
                    s.down = forward ? 0 : 500'000;
                    s.counters = forward ? "s:DataCsumErr=1 s:MPFailTx=1 c:MPFailRx=1"
                                         : "c:DataCsumErr=1 c:MPFailTx=1 s:MPFailRx=1";
                }
            }
        }
    }
};

/** Suite mptcp-middlebox-story. */
class MiddleboxStoryTestSuite : public TestSuite
{
  public:
    MiddleboxStoryTestSuite()
        : TestSuite("mptcp-middlebox-story", Type::SYSTEM)
    {
        for (const Story& story : Stories().stories)
        {
            AddTestCase(new MiddleboxStoryTestCase(story));
        }
    }
};

const MiddleboxStoryTestSuite g_middleboxStoryTestSuite; ///< registers itself

} // namespace
