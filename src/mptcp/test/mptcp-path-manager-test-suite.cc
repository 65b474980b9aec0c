/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/boolean.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/mptcp-path-manager-full-mesh.h"
#include "ns3/mptcp-path-manager-null.h"
#include "ns3/object-factory.h"
#include "ns3/simulator.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <sstream>
#include <string>

using namespace ns3;

namespace
{

/**
 * @ingroup mptcp-test
 * A connection as a path manager sees it, and a path manager to show it to.
 */
class MptcpPathManagerTestCase : public TestCase
{
  protected:
    /** @param name name of the test */
    explicit MptcpPathManagerTestCase(const std::string& name)
        : TestCase(name)
    {
    }

    /**
     * Start over: the initial subflow between two hosts.
     *
     * @param client we are the client
     * @param locals number of our IPv4 addresses
     * @param remotes number of the peer's IPv4 addresses that we know
     */
    void Start(bool client, uint8_t locals, uint8_t remotes)
    {
        m_manager = CreateObject<MptcpPathManagerFullMesh>();
        m_view = MptcpPathView();
        m_view.client = client;
        for (uint8_t id = 0; id < locals; ++id)
        {
            m_view.locals.push_back({id, Ipv4Address(0x0a000001 + 256 * id), id, true});
        }
        for (uint8_t id = 0; id < remotes; ++id)
        {
            m_view.remotes.push_back({id, Ipv4Address(0x0a010001 + 256 * id), 80, true});
        }
        m_nextId = 0;
        Open(0, 0, true);
    }

    /**
     * A subflow shows up.
     *
     * @param localId local address
     * @param remoteId remote address
     * @param established handshake done
     */
    void Open(uint8_t localId, uint8_t remoteId, bool established)
    {
        m_view.subflows.push_back({m_nextId++, localId, remoteId, established, true});
    }

    /**
     * A subflow is gone.
     *
     * @param localId local address
     * @param remoteId remote address
     */
    void Close(uint8_t localId, uint8_t remoteId)
    {
        std::erase_if(m_view.subflows, [=](const MptcpPathSubflow& subflow) {
            return subflow.localId == localId && subflow.remoteId == remoteId;
        });
    }

    /**
     * Ask, do what is answered, and compare.
     *
     * @param event reason of the call
     * @param expected "r<id>" per address withdrawn, "a<id>[:port]" per address announced, "b<id>" or
     * "n<id>" per subflow made a backup or none, "x<id>" per subflow closed, "<local>-<remote>[b]"
     * per subflow opened, "@<ms>" for a timer
     * @param what what is checked
     */
    void Ask(MptcpPathEvent event, const std::string& expected, const std::string& what)
    {
        const MptcpPathActions actions = m_manager->Decide(m_view, event);
        std::ostringstream os;
        const char* separator = "";
        for (const uint8_t id : actions.remove)
        {
            os << separator << "r" << int(id);
            separator = " ";
        }
        for (const auto& announce : actions.announce)
        {
            os << separator << "a" << int(announce.id);
            announce.port ? os << ":" << announce.port : os;
            separator = " ";
            m_view.announced.push_back(announce.id);
        }
        for (const auto& priority : actions.priority)
        {
            os << separator << (priority.backup ? "b" : "n") << int(priority.subflowId);
            separator = " ";
        }
        for (const uint8_t id : actions.destroy)
        {
            os << separator << "x" << int(id);
            separator = " ";
            std::erase_if(m_view.subflows, [id](const auto& subflow) { return subflow.id == id; });
        }
        for (const auto& create : actions.create)
        {
            os << separator << (create.anyLocal ? "any" : std::to_string(create.localId)) << "-"
               << int(create.remoteId) << (create.backup ? "b" : "");
            separator = " ";
            Open(create.localId, create.remoteId, false);
            m_view.subflows.back().localAddress = create.localAddress;
            m_view.subflows.back().remoteAddress = create.remoteAddress;
            m_view.subflows.back().remotePort = create.remotePort;
        }
        if (actions.callAgain.IsStrictlyPositive())
        {
            os << separator << "@" << actions.callAgain.GetMilliSeconds();
        }
        NS_TEST_EXPECT_MSG_EQ(os.str(), expected, what);
    }

    /**
     * Let time pass.
     *
     * @param ms milliseconds
     */
    void Wait(uint32_t ms)
    {
        Simulator::Stop(MilliSeconds(ms));
        Simulator::Run();
    }

    /** All subflows in the view become established. */
    void EstablishAll()
    {
        for (auto& subflow : m_view.subflows)
        {
            subflow.established = true;
        }
    }

    void DoTeardown() override
    {
        m_manager = nullptr;
        Simulator::Destroy();
    }

    MptcpPathView m_view;            ///< the connection
    Ptr<MptcpPathManager> m_manager; ///< path manager under test
    uint8_t m_nextId{0};             ///< identifier of the next subflow
};

/**
 * @ingroup mptcp-test
 * Which pairs are dialed and which addresses announced.
 */
class MptcpPathManagerMeshTestCase : public MptcpPathManagerTestCase
{
  public:
    MptcpPathManagerMeshTestCase()
        : MptcpPathManagerTestCase("full mesh: pairs, families, limits, announcements")
    {
    }

  private:
    void DoRun() override
    {
        using Event = MptcpPathEvent;
        Start(true, 1, 1);
        Ask(Event::ESTABLISHED, "", "single-homed hosts");

        Start(true, 2, 1);
        Ask(Event::ESTABLISHED, "1-0", "a client's second address");
        Ask(Event::SUBFLOW_ESTABLISHED, "", "not a second time");
        m_view.remotes.push_back({1, Ipv4Address("10.1.1.1"), 80, true});
        Ask(Event::REMOTE_ADDED, "0-1 1-1", "full mesh when the peer announces");
        Ask(Event::REMOTE_ADDED, "", "announced again");

        Start(true, 2, 2);
        m_view.remotes[0].joinable = false;
        Ask(Event::ESTABLISHED, "0-1 1-1", "the peer's initial address with the C flag");

        Start(true, 1, 1);
        m_view.locals.push_back({1, Ipv6Address("2001:db8::1"), 1, true});
        Ask(Event::ESTABLISHED, "", "IPv6 here only");
        m_view.remotes.push_back({1, Ipv6Address("2001:db8::2"), 80, true});
        Ask(Event::REMOTE_ADDED, "1-1", "families are not mixed in a pair");

        Start(true, 4, 4);
        Ask(Event::ESTABLISHED, "0-1 0-2 0-3 1-0 1-1 1-2 1-3 2-0", "eight by default");
        Start(true, 3, 1);
        m_manager->SetAttribute("MaxSubflows", UintegerValue(1));
        Ask(Event::ESTABLISHED, "1-0", "one besides the initial subflow");
        Close(1, 0);
        m_view.locals[1].up = false;
        Ask(Event::LOCAL_CHANGED, "2-0", "room for another one");
        Start(true, 2, 1);
        m_manager->SetAttribute("MaxSubflows", UintegerValue(0));
        Ask(Event::ESTABLISHED, "", "none");

        Start(true, 2, 1);
        m_view.locals[1].up = false;
        Ask(Event::ESTABLISHED, "", "interface down");
        m_view.locals[1].up = true;
        Ask(Event::LOCAL_CHANGED, "1-0", "interface up");

        Start(false, 3, 1);
        m_view.locals[2].up = false;
        Ask(Event::ESTABLISHED, "a1", "a server announces what is up, and does not dial");
        Ask(Event::SUBFLOW_ESTABLISHED, "", "once");
        m_view.locals[2].up = true;
        Ask(Event::LOCAL_CHANGED, "a2", "an address that came up");
        Start(false, 2, 1);
        m_manager->SetAttribute("Announce", BooleanValue(false));
        Ask(Event::ESTABLISHED, "", "a server that does not announce");
        m_manager->SetAttribute("DialFromServer", BooleanValue(true));
        Ask(Event::ESTABLISHED, "1-0", "a server that dials");

        Start(false, 2, 1);
        m_manager->SetAttribute("DialFromServer", BooleanValue(true));
        m_manager->SetAttribute("MaxSubflows", UintegerValue(1));
        Open(0, 7, true);
        Ask(Event::SUBFLOW_ESTABLISHED, "a1", "what the peer opened counts");

        m_manager = CreateObject<MptcpPathManagerNull>();
        Ask(Event::ESTABLISHED, "", "the null path manager");
        NS_TEST_EXPECT_MSG_EQ(
            (ObjectFactory("ns3::MptcpPathManagerFullMesh").Create<MptcpPathManager>() != nullptr),
            true,
            "known by name");
        NS_TEST_EXPECT_MSG_EQ(
            (ObjectFactory("ns3::MptcpPathManagerNull").Create<MptcpPathManager>() != nullptr),
            true,
            "known by name");
    }
};

/**
 * @ingroup mptcp-test
 * When failed pairs are tried again.
 */
class MptcpPathManagerRetryTestCase : public MptcpPathManagerTestCase
{
  public:
    MptcpPathManagerRetryTestCase()
        : MptcpPathManagerTestCase("full mesh: failed pairs are tried again, later each time")
    {
    }

  private:
    void DoRun() override
    {
        using Event = MptcpPathEvent;
        Start(true, 2, 1);
        Ask(Event::ESTABLISHED, "1-0", "first attempt");
        for (const uint32_t delay : {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000})
        {
            Close(1, 0);
            Ask(Event::SUBFLOW_CLOSED, "@" + std::to_string(delay), "failed");
            Wait(delay / 4);
            Ask(Event::REMOTE_ADDED, "@" + std::to_string(delay - delay / 4), "not yet");
            Wait(delay - delay / 4);
            Ask(Event::TIMER, "1-0", "now");
            Ask(Event::TIMER, "", "being opened");
        }
        EstablishAll();
        Ask(Event::SUBFLOW_ESTABLISHED, "", "succeeded");
        Close(1, 0);
        Ask(Event::SUBFLOW_CLOSED, "@1000", "ended: short delay again");

        m_view.locals[1].up = false;
        Ask(Event::LOCAL_CHANGED, "", "interface down: nothing to wait for");
        m_view.locals[1].up = true;
        Ask(Event::LOCAL_CHANGED, "1-0", "a path that returns is used at once");

        m_view.remotes.push_back({1, Ipv4Address("10.1.1.1"), 80, true});
        Ask(Event::REMOTE_ADDED, "0-1 1-1", "another remote address");
        Close(0, 1);
        Ask(Event::SUBFLOW_CLOSED, "@1000", "failed");
        Wait(400);
        Close(1, 1);
        Ask(Event::SUBFLOW_CLOSED, "@600", "the earlier one counts");
        Wait(600);
        Ask(Event::TIMER, "0-1 @400", "one is due, the other one is not");
        Close(0, 1);
        m_view.remotes.pop_back();
        Ask(Event::REMOTE_REMOVED, "", "address removed");
        m_view.remotes.push_back({1, Ipv4Address("10.1.1.1"), 80, true});
        Ask(Event::REMOTE_ADDED, "0-1 1-1", "an address that returns is used at once");

        Close(0, 0);
        Ask(Event::SUBFLOW_CLOSED, "@1000", "the initial pair too");
        Wait(1000);
        m_manager->SetAttribute("MaxSubflows", UintegerValue(3));
        Ask(Event::TIMER, "0-0", "and it is not counted");
        Close(0, 0);
        m_view.remotes[0].joinable = false;
        Ask(Event::SUBFLOW_CLOSED, "", "unless the peer forbids it");

        Start(true, 2, 1);
        m_manager->SetAttribute("RetryDelay", TimeValue(Seconds(0)));
        Ask(Event::ESTABLISHED, "1-0", "first attempt");
        Close(1, 0);
        Ask(Event::SUBFLOW_CLOSED, "", "no retry wanted");
        Wait(100000);
        Ask(Event::TIMER, "", "still none");

        Start(true, 2, 1);
        m_manager->SetAttribute("RetryDelay", TimeValue(Seconds(90)));
        Ask(Event::ESTABLISHED, "1-0", "first attempt");
        Close(1, 0);
        Ask(Event::SUBFLOW_CLOSED, "@60000", "the limit holds from the start");
    }
};

/**
 * @ingroup mptcp-test
 * Suite of the path managers.
 */
class MptcpPathManagerTestSuite : public TestSuite
{
  public:
    MptcpPathManagerTestSuite()
        : TestSuite("mptcp-path-manager", Type::UNIT)
    {
        AddTestCase(new MptcpPathManagerMeshTestCase);
        AddTestCase(new MptcpPathManagerRetryTestCase);
    }
};

MptcpPathManagerTestSuite g_mptcpPathManagerTestSuite; ///< the suite

} // namespace
