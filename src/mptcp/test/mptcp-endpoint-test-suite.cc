/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"
#include "ns3/mptcp-endpoint.h"
#include "ns3/test.h"

#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

/**
 * @ingroup mptcp-test
 * A table, and what its listener hears.
 */
class MptcpEndpointTestCase : public TestCase
{
  protected:
    /** @param name name of the test */
    explicit MptcpEndpointTestCase(const std::string& name)
        : TestCase(name)
    {
        m_table.SetListener(
            [this](MptcpEndpointTable::Change change, const std::vector<MptcpEndpoint>& endpoints) {
                static constexpr const char* NAMES[] =
                    {"add", "del", "flush", "flags", "limits", "id0"};
                m_heard << NAMES[static_cast<std::size_t>(change)];
                for (const MptcpEndpoint& endpoint : endpoints)
                {
                    m_heard << " " << int(endpoint.id) << "/" << int(endpoint.flags);
                }
                m_heard << ";";
                return m_refusal;
            });
    }

    /**
     * @param address address
     * @param flags flags
     * @param id identifier wanted
     * @param port port
     * @return "<id>" or the error
     */
    std::string Add(const char* address, uint8_t flags, uint8_t id = 0, uint16_t port = 0)
    {
        MptcpEndpoint endpoint;
        endpoint.address = Ipv4Address(address);
        endpoint.flags = flags;
        endpoint.id = id;
        endpoint.port = port;
        const std::string error = m_table.Add(endpoint);
        return error.empty() ? std::to_string(endpoint.id) : error;
    }

    /** @return identifiers in the table's order */
    std::string Ids() const
    {
        std::string ids;
        for (const MptcpEndpoint& endpoint : m_table.GetAll())
        {
            ids += (ids.empty() ? "" : " ") + std::to_string(endpoint.id);
        }
        return ids;
    }

    /** @return what the listener heard since the last call */
    std::string Heard()
    {
        const std::string heard = m_heard.str();
        m_heard.str("");
        return heard;
    }

    MptcpEndpointTable m_table; ///< table under test
    std::ostringstream m_heard; ///< what the listener heard
    std::string m_refusal;      ///< answer of the listener
};

/**
 * @ingroup mptcp-test
 * Adding and removing: identifiers, duplicates, the hard limit.
 */
class MptcpEndpointAddTestCase : public MptcpEndpointTestCase
{
  public:
    MptcpEndpointAddTestCase()
        : MptcpEndpointTestCase("endpoints: identifiers, duplicates, hard limit, refusals")
    {
    }

  private:
    void DoRun() override
    {
        const uint8_t subflow = MPTCP_ENDPOINT_SUBFLOW;
        const uint8_t signal = MPTCP_ENDPOINT_SIGNAL;
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.1", 0), "1", "first identifier");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.2", signal | MPTCP_ENDPOINT_BACKUP), "2", "increment");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.3", subflow, 5), "5", "identifier wanted");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.4", subflow), "6", "on from the largest");
        NS_TEST_EXPECT_MSG_EQ(Heard(), "add 1/0;add 2/5;add 5/2;add 6/2;", "all were heard");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.2", subflow),
                              "endpoint: 10.0.1.2 exists with id 2",
                              "duplicate address");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.9", subflow, 5),
                              "endpoint: id 5 is in use",
                              "duplicate identifier");
        NS_TEST_EXPECT_MSG_EQ(Heard(), "", "refusals are not heard");
        NS_TEST_EXPECT_MSG_EQ(m_table.Remove(5), "", "removed");
        NS_TEST_EXPECT_MSG_EQ(m_table.Remove(5), "endpoint: no endpoint has id 5", "once only");
        NS_TEST_EXPECT_MSG_EQ(Heard(), "del 5/2;", "heard once");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.5", subflow), "7", "a freed one is not reused at once");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.6", subflow, 255), "255", "largest identifier");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.7", subflow), "3", "wraps around to what is free");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.8", signal, 0, 10100), "4", "with a port");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.8", signal, 0, 10101), "5", "another port");
        NS_TEST_EXPECT_MSG_EQ(Ids(), "5 4 1 2 6 7 255 3", "those with a port come first");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.9", subflow), "endpoint: at most 8 endpoints", "full");

        m_table.Flush();
        Heard();
        NS_TEST_EXPECT_MSG_EQ(m_table.GetAll().size(), 0, "flushed");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.1", subflow), "1", "identifiers start again");
        m_refusal = "no such address";
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.2", signal, 0, 80), "no such address", "refused");
        NS_TEST_EXPECT_MSG_EQ(Ids(), "1", "and taken back");
        m_refusal = "";
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.2", signal, 0, 80), "2", "its identifier is free again");
        Heard();
        m_table.Flush();
        NS_TEST_EXPECT_MSG_EQ(Heard(), "flush 2/1 1/2;", "all at once");

        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.1", subflow, 0, 80),
                              "endpoint: a port needs the flag signal, and not the flag subflow",
                              "port without signal");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.1", subflow | signal, 0, 80),
                              "endpoint: a port needs the flag signal, and not the flag subflow",
                              "port with subflow");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.1", signal | MPTCP_ENDPOINT_FULLMESH),
                              "endpoint: signal and fullmesh exclude each other",
                              "signal and fullmesh");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.1", MPTCP_ENDPOINT_IMPLICIT),
                              "endpoint: only the stack makes implicit ones",
                              "implicit");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.1.1", 0x40),
                              "endpoint: unknown flags 64, allowed are MPTCP_ENDPOINT_*",
                              "unknown flag");
        MptcpEndpoint none;
        NS_TEST_EXPECT_MSG_EQ(m_table.Add(none),
                              "endpoint: the address must be an Ipv4Address or an Ipv6Address",
                              "no address");
        NS_TEST_EXPECT_MSG_EQ(m_table.GetAll().size(), 0, "nothing came of these");
        none.address = Ipv6Address("2001:db8::1");
        NS_TEST_EXPECT_MSG_EQ(m_table.Add(none), "", "IPv6");
        NS_TEST_EXPECT_MSG_EQ(int(none.id), 1, "the caller learns the identifier");
    }
};

/**
 * @ingroup mptcp-test
 * Flags, limits, identifier 0 and implicit endpoints.
 */
class MptcpEndpointChangeTestCase : public MptcpEndpointTestCase
{
  public:
    MptcpEndpointChangeTestCase()
        : MptcpEndpointTestCase("endpoints: flags, limits, identifier 0, implicit ones")
    {
    }

  private:
    void DoRun() override
    {
        const MptcpLimits limits = m_table.GetLimits();
        NS_TEST_EXPECT_MSG_EQ(int(limits.addAddrAccepted), 0, "Linux's default");
        NS_TEST_EXPECT_MSG_EQ(int(limits.subflows), 2, "Linux's default");
        NS_TEST_EXPECT_MSG_EQ(m_table.SetLimits({9, 1}), "limits: 9 is more than 8", "accepted");
        NS_TEST_EXPECT_MSG_EQ(m_table.SetLimits({1, 9}), "limits: 9 is more than 8", "subflows");
        NS_TEST_EXPECT_MSG_EQ(int(m_table.GetLimits().subflows), 2, "unchanged");
        NS_TEST_EXPECT_MSG_EQ(m_table.SetLimits({8, 8}), "", "largest");
        NS_TEST_EXPECT_MSG_EQ(int(m_table.GetLimits().addAddrAccepted), 8, "set");
        NS_TEST_EXPECT_MSG_EQ(Heard(), "limits;", "heard once");

        Add("10.0.1.1", MPTCP_ENDPOINT_SUBFLOW);
        Add("10.0.1.2", MPTCP_ENDPOINT_SIGNAL);
        Heard();
        NS_TEST_EXPECT_MSG_EQ(m_table.SetFlags(1, MPTCP_ENDPOINT_BACKUP), "", "backup");
        NS_TEST_EXPECT_MSG_EQ(Heard(), "flags 1/2 1/6;", "before and after");
        NS_TEST_EXPECT_MSG_EQ(m_table.SetFlags(1, MPTCP_ENDPOINT_BACKUP | MPTCP_ENDPOINT_SIGNAL),
                              "",
                              "the others are not changed by this");
        NS_TEST_EXPECT_MSG_EQ(Heard(), "", "nothing changed");
        NS_TEST_EXPECT_MSG_EQ(m_table.SetFlags(1, MPTCP_ENDPOINT_FULLMESH), "", "fullmesh only");
        NS_TEST_EXPECT_MSG_EQ(Heard(), "flags 1/6 1/10;", "backup was cleared");
        NS_TEST_EXPECT_MSG_EQ(m_table.SetFlags(2, MPTCP_ENDPOINT_FULLMESH),
                              "endpoint: fullmesh excludes signal and implicit",
                              "a signal endpoint");
        NS_TEST_EXPECT_MSG_EQ(m_table.SetFlags(3, 0), "endpoint: no endpoint has id 3", "unknown");

        NS_TEST_EXPECT_MSG_EQ(m_table.Remove(0),
                              "endpoint: id 0 needs the Ipv4Address or Ipv6Address that is meant",
                              "identifier 0 alone");
        NS_TEST_EXPECT_MSG_EQ(m_table.Remove(0, Ipv4Address("10.0.1.9")), "", "identifier 0");
        NS_TEST_EXPECT_MSG_EQ(Heard(), "id0 0/0;", "heard");

        const Address used = Ipv4Address("10.0.2.1");
        NS_TEST_EXPECT_MSG_EQ(int(m_table.GetOrMake(used, 1000)), 3, "implicit endpoint");
        NS_TEST_EXPECT_MSG_EQ(int(m_table.GetOrMake(used, 1001)), 3, "found again");
        NS_TEST_EXPECT_MSG_EQ(int(m_table.Find(3)->flags), MPTCP_ENDPOINT_IMPLICIT, "is implicit");
        NS_TEST_EXPECT_MSG_EQ(Heard(), "", "nothing to act on");
        NS_TEST_EXPECT_MSG_EQ(
            Add("10.0.2.1", MPTCP_ENDPOINT_SIGNAL, 33),
            "endpoint: 10.0.2.1 has the implicit id 3, which cannot be changed to 33",
            "identifiers of implicit ones stay");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.2.1", MPTCP_ENDPOINT_SIGNAL), "3", "made a proper one");
        NS_TEST_EXPECT_MSG_EQ(Heard(), "add 3/1;", "heard");
        NS_TEST_EXPECT_MSG_EQ(Add("10.0.2.1", MPTCP_ENDPOINT_SIGNAL),
                              "endpoint: 10.0.2.1 exists with id 3",
                              "and no longer replaced");

        Add("10.0.3.1", MPTCP_ENDPOINT_SIGNAL, 0, 80);
        NS_TEST_EXPECT_MSG_EQ(m_table.FindAddress(Ipv4Address("10.0.3.1"), 80).has_value(),
                              true,
                              "its port");
        NS_TEST_EXPECT_MSG_EQ(m_table.FindAddress(Ipv4Address("10.0.3.1"), 81).has_value(),
                              false,
                              "another port");
        while (m_table.GetAll().size() < MptcpEndpointTable::MAX)
        {
            m_table.GetOrMake(Ipv4Address(0x0a000401 + m_table.GetAll().size()), 0);
        }
        NS_TEST_EXPECT_MSG_EQ(int(m_table.GetOrMake(Ipv4Address("10.0.9.9"), 0)), 0, "full");
    }
};

/**
 * @ingroup mptcp-test
 * Suite of the endpoint table.
 */
class MptcpEndpointTestSuite : public TestSuite
{
  public:
    MptcpEndpointTestSuite()
        : TestSuite("mptcp-endpoint", Type::UNIT)
    {
        AddTestCase(new MptcpEndpointAddTestCase);
        AddTestCase(new MptcpEndpointChangeTestCase);
    }
};

MptcpEndpointTestSuite g_mptcpEndpointTestSuite; ///< the suite

} // namespace
