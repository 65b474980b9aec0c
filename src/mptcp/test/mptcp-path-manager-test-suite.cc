/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/boolean.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/mptcp-endpoint.h"
#include "ns3/mptcp-path-manager-full-mesh.h"
#include "ns3/mptcp-path-manager-kernel.h"
#include "ns3/mptcp-path-manager-null.h"
#include "ns3/mptcp-redial.h"
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
     * @param expected "r<id>" per address withdrawn, "a<id>[:port]" per address announced, "b<id>"
     * or "n<id>" per subflow made a backup or none, "x<id>" per subflow closed,
     * "<local>-<remote>[b]" per subflow opened, "@<ms>" for a timer
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
 * The kernel's path manager, driven by a table of endpoints.
 */
class MptcpPathManagerKernelTestCase : public MptcpPathManagerTestCase
{
  public:
    MptcpPathManagerKernelTestCase()
        : MptcpPathManagerTestCase("kernel: endpoints, limits, ADD_ADDR, changes in mid-run")
    {
    }

  private:
    /**
     * Start over, without endpoints.
     *
     * @param accepted limit of accepted ADD_ADDRs
     * @param subflows limit of subflows
     */
    void Begin(uint8_t accepted, uint8_t subflows)
    {
        Start(true, 0, 1);
        m_manager = CreateObject<MptcpPathManagerKernel>();
        m_view.limits = {accepted, subflows};
        m_view.initialLocal = Ipv4Address("10.0.1.2");
        m_view.initialLocalPort = 40000;
        m_view.initialRemote = Ipv4Address("10.0.1.1");
        m_view.initialRemotePort = 80;
        m_view.subflows[0].initial = true;
        m_view.subflows[0].localAddress = m_view.initialLocal;
        m_view.subflows[0].remoteAddress = m_view.initialRemote;
        m_view.subflows[0].remotePort = 80;
    }

    /**
     * An endpoint of the table.
     *
     * @param id identifier
     * @param address address
     * @param flags flags
     * @param port port
     */
    void Endpoint(uint8_t id, const char* address, uint8_t flags, uint16_t port = 0)
    {
        MptcpEndpoint endpoint;
        endpoint.id = id;
        endpoint.address = Ipv4Address(address);
        endpoint.flags = flags;
        endpoint.port = port;
        m_view.endpoints.push_back(endpoint);
        m_view.subject.endpoints = {endpoint};
    }

    /** @param id identifier of the endpoint that is removed, and that the event is about */
    void Delete(uint8_t id)
    {
        std::erase_if(m_view.endpoints, [&](const MptcpEndpoint& endpoint) {
            if (endpoint.id == id)
            {
                m_view.subject.endpoints = {endpoint};
            }
            return endpoint.id == id;
        });
    }

    /** @param id identifier @param address address that the peer announces @param port port */
    void Announced(uint8_t id, const char* address, uint16_t port = 0)
    {
        m_view.subject.remote = {id, Ipv4Address(address), port, true};
        m_view.remotes.push_back({id, Ipv4Address(address), port ? port : uint16_t{80}, true});
    }

    void DoRun() override
    {
        Subflows();
        Signals();
        Received();
        Changes();
        Retries();
    }

    /** Subflow endpoints. */
    void Subflows()
    {
        using Event = MptcpPathEvent;
        const uint8_t subflow = MPTCP_ENDPOINT_SUBFLOW;
        Begin(0, 2);
        Ask(Event::ESTABLISHED, "", "no endpoint, no subflow");
        Begin(0, 2);
        Endpoint(1, "10.0.2.2", subflow);
        Endpoint(2, "10.0.3.2", subflow | MPTCP_ENDPOINT_BACKUP);
        Endpoint(3, "10.0.4.2", subflow);
        Ask(Event::ESTABLISHED, "1-0 2-0b", "in order, up to the limit");
        Ask(Event::SUBFLOW_ESTABLISHED, "", "no more");
        Close(1, 0);
        Ask(Event::SUBFLOW_CLOSED, "3-0", "the next endpoint when one fails");
        Close(3, 0);
        Ask(Event::SUBFLOW_CLOSED, "", "none is used twice");

        Begin(0, 1);
        Endpoint(1, "10.0.1.2", subflow | MPTCP_ENDPOINT_BACKUP);
        Endpoint(2, "10.0.2.2", subflow);
        Ask(Event::ESTABLISHED, "b0 2-0", "the initial subflow's endpoint is taken; a backup");

        Begin(0, 8);
        m_view.initialDenied = true;
        Endpoint(1, "10.0.2.2", subflow);
        Ask(Event::ESTABLISHED, "", "the peer forbids joins to its initial address");

        Begin(0, 8);
        Endpoint(1, "10.0.2.2", subflow | MPTCP_ENDPOINT_FULLMESH);
        m_view.subflows.push_back({9, 7, 7, true, false});
        m_view.subflows.back().remoteAddress = Ipv4Address("10.0.5.1");
        m_view.subflows.back().remotePort = 80;
        Ask(Event::ESTABLISHED, "1-0 1-7", "fullmesh: to all that a subflow goes to");

        Begin(0, 2);
        m_view.subflows.push_back({9, 7, 7, false, false});
        Endpoint(1, "10.0.2.2", subflow);
        Endpoint(2, "10.0.3.2", subflow);
        Ask(Event::ESTABLISHED, "1-0 2-0", "a join of the peer without proof is not counted");
        NS_TEST_EXPECT_MSG_EQ(m_manager->AcceptsSubflow(m_view), false, "and not admitted");
        m_view.limits.subflows = 3;
        NS_TEST_EXPECT_MSG_EQ(m_manager->AcceptsSubflow(m_view), true, "or is");
    }

    /** Signal endpoints. */
    void Signals()
    {
        using Event = MptcpPathEvent;
        const uint8_t signal = MPTCP_ENDPOINT_SIGNAL;
        Begin(0, 2);
        Endpoint(1, "10.0.2.1", signal);
        Endpoint(2, "10.0.3.1", signal, 10100);
        Ask(Event::ESTABLISHED, "a1", "one at a time");
        Ask(Event::ANNOUNCED, "a2:10100", "the next one after its echo");
        Ask(Event::ANNOUNCED, "", "no more");

        Begin(0, 2);
        Endpoint(1, "10.0.2.1", signal);
        Endpoint(2, "10.0.3.1", signal);
        Ask(Event::ESTABLISHED, "a1", "one at a time");
        Ask(Event::SUBFLOW_ESTABLISHED, "a2", "or after a join");

        Begin(0, 0);
        Endpoint(1, "10.0.2.1", signal);
        Endpoint(2, "10.0.3.1", signal);
        Ask(Event::ESTABLISHED, "a1", "no subflow is admitted");
        Ask(Event::ANNOUNCED, "", "so that Linux stops after the first one");

        Begin(0, 2);
        Endpoint(1, "10.0.2.1", signal | MPTCP_ENDPOINT_SUBFLOW);
        Ask(Event::ESTABLISHED, "a1 1-0", "both");
        Begin(0, 2);
        Endpoint(5, "10.0.1.2", signal);
        Ask(Event::ESTABLISHED, "", "the initial address is known already");
    }

    /** ADD_ADDRs of the peer. */
    void Received()
    {
        using Event = MptcpPathEvent;
        Begin(0, 2);
        Ask(Event::ESTABLISHED, "", "start");
        Announced(1, "10.0.2.1");
        Ask(Event::REMOTE_ADDED, "", "none is accepted by default");

        Begin(1, 3);
        Ask(Event::ESTABLISHED, "", "start");
        Announced(1, "10.0.2.1");
        Ask(Event::REMOTE_ADDED, "any-1", "by routing");
        Ask(Event::REMOTE_ADDED, "", "there is a subflow to it");
        Announced(2, "10.0.3.1");
        Ask(Event::REMOTE_ADDED, "", "one is accepted");
        m_view.subject.remote.id = 2;
        Ask(Event::REMOTE_REMOVED, "", "the one that was not accepted is withdrawn");
        Announced(3, "10.0.4.1", 8080);
        Ask(Event::REMOTE_ADDED, "", "one is accepted still");
        m_view.subflows.pop_back();
        m_view.subject.remote.id = 1;
        Ask(Event::REMOTE_REMOVED, "", "it is withdrawn after its subflow has ended");
        Announced(3, "10.0.4.1", 8080);
        Ask(Event::REMOTE_ADDED, "any-3", "so that another one is accepted");
        NS_TEST_EXPECT_MSG_EQ(m_view.subflows.back().remotePort, 8080, "at its port");

        Begin(8, 8);
        Endpoint(1, "10.0.2.2", MPTCP_ENDPOINT_FULLMESH);
        Endpoint(2, "10.0.3.2", MPTCP_ENDPOINT_FULLMESH);
        Endpoint(3, "10.0.4.2", MPTCP_ENDPOINT_LAMINAR);
        Ask(Event::ESTABLISHED, "", "start");
        Announced(1, "10.0.2.1");
        Ask(Event::REMOTE_ADDED, "1-1 2-1", "from the fullmesh endpoints");

        Begin(8, 8);
        Endpoint(1, "10.0.2.2", MPTCP_ENDPOINT_LAMINAR);
        Endpoint(2, "10.0.3.2", MPTCP_ENDPOINT_LAMINAR | MPTCP_ENDPOINT_BACKUP);
        Ask(Event::ESTABLISHED, "", "start");
        Announced(1, "10.0.2.1");
        Ask(Event::REMOTE_ADDED, "1-1", "one laminar endpoint each");
        Announced(2, "10.0.3.1");
        Ask(Event::REMOTE_ADDED, "2-2b", "the next one");
        Announced(3, "10.0.4.1");
        Ask(Event::REMOTE_ADDED, "", "once only");

        Begin(0, 8);
        m_view.initialDenied = true;
        m_view.remotes[0].joinable = false;
        Endpoint(1, "10.0.2.2", MPTCP_ENDPOINT_SUBFLOW);
        Endpoint(2, "10.0.3.2", MPTCP_ENDPOINT_SUBFLOW);
        Ask(Event::ESTABLISHED, "", "the peer forbids joins to its initial address");
        Announced(1, "10.0.2.1");
        Ask(Event::REMOTE_ADDED, "1-1 2-1", "so its first ADD_ADDR is accepted");
        Announced(2, "10.0.3.1");
        Ask(Event::REMOTE_ADDED, "", "and no other");
    }

    /** Endpoints and limits that change. */
    void Changes()
    {
        using Event = MptcpPathEvent;
        const uint8_t subflow = MPTCP_ENDPOINT_SUBFLOW;
        Begin(0, 8);
        Ask(Event::ESTABLISHED, "", "start");
        Endpoint(1, "10.0.2.2", subflow);
        Ask(Event::ENDPOINT_ADDED, "1-0", "an endpoint is added");
        Endpoint(2, "10.0.3.2", MPTCP_ENDPOINT_SIGNAL);
        Ask(Event::ENDPOINT_ADDED, "a2", "and another one");
        Delete(1);
        Ask(Event::ENDPOINT_REMOVED, "r1 x1", "withdrawn and closed");
        Delete(2);
        Ask(Event::ENDPOINT_REMOVED, "r2", "announced only");
        Endpoint(1, "10.0.2.2", subflow);
        Ask(Event::ENDPOINT_ADDED, "1-0", "used again after its removal");

        MptcpEndpoint before = m_view.endpoints[0];
        m_view.endpoints[0].flags |= MPTCP_ENDPOINT_BACKUP;
        m_view.subject.endpoints = {before, m_view.endpoints[0]};
        Ask(Event::ENDPOINT_FLAGS, "b2", "backup");
        before = m_view.endpoints[0];
        m_view.endpoints[0].flags = subflow | MPTCP_ENDPOINT_FULLMESH;
        m_view.subject.endpoints = {before, m_view.endpoints[0]};
        Ask(Event::ENDPOINT_FLAGS, "n2 x2 1-0", "no backup, fullmesh: opened again");

        Endpoint(2, "10.0.3.2", subflow);
        Ask(Event::ENDPOINT_ADDED, "2-0", "another one");
        Endpoint(3, "10.0.4.2", MPTCP_ENDPOINT_SIGNAL);
        Ask(Event::ENDPOINT_ADDED, "a3", "and one to announce");
        m_view.subject.endpoints = m_view.endpoints;
        m_view.endpoints.clear();
        Ask(Event::ENDPOINT_FLUSHED, "r3 x3 x4", "flushed: only what was announced is withdrawn");
        Endpoint(1, "10.0.2.2", subflow);
        Ask(Event::ENDPOINT_ADDED, "1-0", "added again");

        m_view.subject.endpoints[0].address = Ipv4Address("10.0.9.9");
        Ask(Event::INITIAL_REMOVED, "", "another address");
        m_view.subject.endpoints[0].address = m_view.initialLocal;
        Ask(Event::INITIAL_REMOVED, "r0 x0", "identifier 0");

        Begin(0, 1);
        Endpoint(1, "10.0.2.2", subflow);
        Endpoint(2, "10.0.3.2", subflow);
        Ask(Event::ESTABLISHED, "1-0", "one is the limit");
        m_view.limits = {1, 3};
        Ask(Event::LIMITS_CHANGED, "2-0", "a new limit holds at once");
        Announced(1, "10.0.2.1");
        Ask(Event::REMOTE_ADDED, "any-1", "that of accepted addresses, too");

        Begin(0, 2);
        Endpoint(1, "10.0.1.2", subflow);
        Ask(Event::ESTABLISHED, "", "the initial subflow's endpoint");
        Delete(1);
        Ask(Event::ENDPOINT_REMOVED, "r0 x0", "goes by identifier 0");
        Endpoint(1, "10.0.1.2", subflow);
        Ask(Event::ENDPOINT_ADDED, "0-0", "and comes back by it");
    }

    /** What Linux lacks. */
    void Retries()
    {
        using Event = MptcpPathEvent;
        Begin(1, 3);
        m_manager->SetAttribute("RetryDelay", TimeValue(Seconds(1)));
        Endpoint(1, "10.0.2.2", MPTCP_ENDPOINT_SUBFLOW);
        Ask(Event::ESTABLISHED, "1-0", "start");
        EstablishAll();
        Ask(Event::SUBFLOW_ESTABLISHED, "", "established");
        Close(1, 0);
        Ask(Event::SUBFLOW_CLOSED, "@1000", "failed");
        Wait(1000);
        Ask(Event::TIMER, "1-0", "opened again");
        Close(1, 0);
        Ask(Event::SUBFLOW_CLOSED, "@2000", "failed again");
        Wait(2000);
        Ask(Event::TIMER, "1-0", "opened again");
        m_view.subject.subflow = m_view.subflows.back();
        m_view.subject.permanent = true;
        Close(1, 0);
        Ask(Event::SUBFLOW_CLOSED, "", "the peer calls its error permanent");

        Begin(1, 3);
        m_manager->SetAttribute("RetryDelay", TimeValue(Seconds(1)));
        m_manager->SetAttribute("WithdrawLostAddresses", BooleanValue(true));
        Endpoint(1, "10.0.2.2", MPTCP_ENDPOINT_SUBFLOW);
        Ask(Event::ESTABLISHED, "1-0", "start");
        Announced(4, "10.0.3.1");
        Ask(Event::REMOTE_ADDED, "any-4", "by routing");
        m_view.subflows.back().localId = 6;
        EstablishAll();
        Ask(Event::SUBFLOW_ESTABLISHED, "", "both are established");
        Close(6, 4);
        Ask(Event::SUBFLOW_CLOSED, "@1000", "failed");
        Wait(1000);
        Ask(Event::TIMER, "any-4", "by routing again");
        m_view.remotes.pop_back();
        Close(0, 4);
        Ask(Event::REMOTE_REMOVED, "", "withdrawn: not again");
        Delete(1);
        Ask(Event::ENDPOINT_REMOVED, "r1 x1", "nor from an endpoint that was removed");
        Wait(100000);
        Ask(Event::TIMER, "", "ever");
    }
};

/**
 * @ingroup mptcp-test
 * The memory for subflows that failed.
 */
class MptcpRedialTestCase : public TestCase
{
  public:
    MptcpRedialTestCase()
        : TestCase("a subflow that is asked for again and again is remembered once")
    {
    }

  private:
    void DoRun() override
    {
        MptcpRedial redial;
        MptcpPathActions::Create create{1, 4};
        for (uint16_t port = 1; port <= 1000; ++port)
        {
            create.remotePort = port; // the peer announces its address with ever new ports
            redial.Remember(create);
        }
        redial.Remember({2, 4});
        MptcpPathActions actions;
        redial.Update(
            MptcpPathView(),
            MptcpPathEvent::SUBFLOW_CLOSED,
            Time(0),
            Time(0),
            2000,
            [](const MptcpPathActions::Create&) { return true; },
            actions);
        NS_TEST_ASSERT_MSG_EQ(actions.create.size(), 2, "one, and one of another address");
        NS_TEST_EXPECT_MSG_EQ(actions.create[0].remotePort, 1000, "as it was asked for last");
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
        AddTestCase(new MptcpPathManagerKernelTestCase);
        AddTestCase(new MptcpRedialTestCase);
    }
};

MptcpPathManagerTestSuite g_mptcpPathManagerTestSuite; ///< the suite

} // namespace
