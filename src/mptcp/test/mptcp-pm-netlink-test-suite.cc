/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The checks of Linux's self-test pm_netlink.sh (6.18) on the endpoint table. They build on one
 * another: each case repeats the steps before it..
 */

#include "ns3/ipv4-address.h"
#include "ns3/mptcp-endpoint.h"
#include "ns3/test.h"

#include <algorithm>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint8_t SIGNAL = MPTCP_ENDPOINT_SIGNAL;     ///< flag
constexpr uint8_t SUBFLOW = MPTCP_ENDPOINT_SUBFLOW;   ///< flag
constexpr uint8_t BACKUP = MPTCP_ENDPOINT_BACKUP;     ///< flag
constexpr uint8_t FULLMESH = MPTCP_ENDPOINT_FULLMESH; ///< flag

/** A table and the answer to the last request. */
struct State
{
    MptcpEndpointTable table; ///< the table
    std::string error;        ///< answer

    /** @param address address @param flags flags @param id identifier @param ifIndex device */
    void Add(const std::string& address, uint8_t flags = 0, uint8_t id = 0, uint32_t ifIndex = 0)
    {
        MptcpEndpoint endpoint;
        endpoint.address = Ipv4Address(address.c_str());
        endpoint.flags = flags;
        endpoint.id = id;
        endpoint.ifIndex = ifIndex;
        error = table.Add(endpoint);
    }
};

/** @param endpoint endpoint @return one line as "ip mptcp endpoint" has it */
std::string
ToText(const MptcpEndpoint& endpoint)
{
    std::ostringstream text;
    text << static_cast<int>(endpoint.id) << ' ' << Ipv4Address::ConvertFrom(endpoint.address);
    const std::pair<uint8_t, const char*> names[] = {{SIGNAL, " signal"},
                                                     {SUBFLOW, " subflow"},
                                                     {BACKUP, " backup"},
                                                     {FULLMESH, " fullmesh"}};
    for (const auto& [flag, name] : names)
    {
        text << (endpoint.flags & flag ? name : "");
    }
    if (endpoint.ifIndex > 0)
    {
        text << " dev " << endpoint.ifIndex;
    }
    return text.str();
}

/** @param state state @return all endpoints in order of their identifiers */
std::string
Show(State& state)
{
    auto endpoints = state.table.GetAll();
    std::sort(endpoints.begin(), endpoints.end(), [](const auto& a, const auto& b) {
        return a.id < b.id;
    });
    std::string text;
    for (const auto& endpoint : endpoints)
    {
        text += (text.empty() ? "" : "; ") + ToText(endpoint);
    }
    return text;
}

/** @param id identifier @return query of one endpoint */
std::function<std::string(State&)>
Get(uint8_t id)
{
    return [id](State& state) {
        const auto endpoint = state.table.Find(id);
        return endpoint ? ToText(*endpoint) : "none";
    };
}

/** @param state state @return both limits */
std::string
Limits(State& state)
{
    return std::to_string(state.table.GetLimits().addAddrAccepted) + " " +
           std::to_string(state.table.GetLimits().subflows);
}

/** One check. */
struct Step
{
    const char* title;                        ///< Linux's title
    std::function<void(State&)> action;       ///< what is done
    std::function<std::string(State&)> query; ///< what is asked
    std::string expected;                     ///< what is answered
};

/** @return the checks of addresses */
std::vector<Step>
AddressSteps()
{
    return {
        {"defaults addr list", [](State&) {}, Show, ""},
        {"defaults limits", [](State&) {}, Limits, "0 2"},
        {"simple add and get addr",
         [](State& s) {
             s.Add("10.0.1.1");
             s.Add("10.0.1.2", SUBFLOW, 0, 1);
             s.Add("10.0.1.3", SIGNAL | BACKUP);
         },
         Get(1),
         "1 10.0.1.1"},
        {"dump addrs",
         [](State&) {},
         Show,
         "1 10.0.1.1; 2 10.0.1.2 subflow dev 1; 3 10.0.1.3 signal backup"},
        {"simple del addr", [](State& s) { s.error = s.table.Remove(2); }, Get(2), "none"},
        {"dump addrs after del", [](State&) {}, Show, "1 10.0.1.1; 3 10.0.1.3 signal backup"},
        {"duplicate addr", [](State& s) { s.Add("10.0.1.3"); }, Get(4), "none"},
        {"id addr increment",
         [](State& s) { s.Add("10.0.1.4", SIGNAL); },
         Get(4),
         "4 10.0.1.4 signal"},
        {"hard addr limit",
         [](State& s) {
             for (int i = 5; i <= 9; ++i)
             {
                 s.Add("10.0.1." + std::to_string(i), SIGNAL);
             }
         },
         Get(9),
         "9 10.0.1.9 signal"},
        {"above hard addr limit", [](State& s) { s.Add("10.0.1.10", SIGNAL); }, Get(10), "none"},
        {"id limit",
         [](State& s) {
             s.table.Remove(9);
             for (int id = 10; id <= 255; ++id)
             {
                 s.Add("10.0.0.9", 0, id);
                 s.table.Remove(id);
             }
         },
         Show,
         "1 10.0.1.1; 3 10.0.1.3 signal backup; 4 10.0.1.4 signal; 5 10.0.1.5 signal; 6 10.0.1.6 "
         "signal; 7 10.0.1.7 signal; 8 10.0.1.8 signal"},
        {"flush addrs", [](State& s) { s.table.Flush(); }, Show, ""},
    };
}

/** @return the checks of limits, identifiers and flags */
std::vector<Step>
OtherSteps()
{
    return {
        {"rcv addrs above hard limit",
         [](State& s) { s.error = s.table.SetLimits({9, 1}); },
         Limits,
         "0 2"},
        {"subflows above hard limit",
         [](State& s) { s.error = s.table.SetLimits({1, 9}); },
         Limits,
         "0 2"},
        {"set limits",
         [](State& s) {
             s.error = s.table.SetLimits({8, 8});
             s.table.Flush();
         },
         Limits,
         "8 8"},
        {"set ids",
         [](State& s) {
             s.table.Flush();
             const uint8_t ids[] = {0, 0, 100, 0, 254, 0, 0, 0};
             for (int i = 0; i < 8; ++i)
             {
                 s.Add("10.0.1." + std::to_string(i + 1), 0, ids[i]);
             }
         },
         Show,
         "1 10.0.1.1; 2 10.0.1.2; 3 10.0.1.7; 4 10.0.1.8; 100 10.0.1.3; 101 10.0.1.4; 254 "
         "10.0.1.5; 255 10.0.1.6"},
        {"wrap-around ids",
         [](State& s) {
             s.table.Flush();
             const uint8_t ids[] = {0, 254, 0, 0, 253, 0, 0, 0};
             for (int i = 0; i < 8; ++i)
             {
                 s.Add("10.0.0." + std::to_string(i + 1), 0, ids[i]);
             }
         },
         Show,
         "1 10.0.0.1; 2 10.0.0.4; 3 10.0.0.6; 4 10.0.0.7; 5 10.0.0.8; 253 10.0.0.5; 254 10.0.0.2; "
         "255 10.0.0.3"},
        {"set flags (backup)",
         [](State& s) {
             s.table.Flush();
             s.Add("10.0.1.1", SUBFLOW);
             s.error = s.table.SetFlags(1, SUBFLOW | BACKUP);
         },
         Show,
         "1 10.0.1.1 subflow backup"},
        {"set flags (nobackup)",
         [](State& s) { s.error = s.table.SetFlags(1, SUBFLOW); },
         Show,
         "1 10.0.1.1 subflow"},
        {"set flags (fullmesh)",
         [](State& s) { s.error = s.table.SetFlags(1, SUBFLOW | FULLMESH); },
         Show,
         "1 10.0.1.1 subflow fullmesh"},
        {"set flags (nofullmesh)",
         [](State& s) { s.error = s.table.SetFlags(1, SUBFLOW); },
         Show,
         "1 10.0.1.1 subflow"},
        {"set flags (backup,fullmesh)",
         [](State& s) { s.error = s.table.SetFlags(1, SUBFLOW | BACKUP | FULLMESH); },
         Show,
         "1 10.0.1.1 subflow backup fullmesh"},
    };
}

/** @return all checks */
std::vector<Step>
MakeSteps()
{
    std::vector<Step> steps = AddressSteps();
    const std::vector<Step> others = OtherSteps();
    steps.insert(steps.end(), others.begin(), others.end());
    return steps;
}

std::vector<std::string> g_lines; ///< the table

/** One check, after all those before it. */
class PmNetlinkTestCase : public TestCase
{
  public:
    /** @param steps all checks @param last index of the one that counts */
    PmNetlinkTestCase(const std::vector<Step>& steps, std::size_t last)
        : TestCase(steps[last].title),
          m_steps(steps.begin(), steps.begin() + last + 1)
    {
    }

  private:
    void DoRun() override
    {
        State state;
        for (const auto& step : m_steps)
        {
            step.action(state);
        }
        const std::string found = m_steps.back().query(state);
        NS_TEST_EXPECT_MSG_EQ(found, m_steps.back().expected, "as Linux's script expects");
        g_lines.push_back("| " + GetName() + " | mptcp-pm-netlink: " + GetName() + " | " +
                          (found == m_steps.back().expected ? "passed" : "FAILED: " + found) +
                          " |");
    }

    std::vector<Step> m_steps; ///< the checks up to this one
};

/** The suite. */
class PmNetlinkTestSuite : public TestSuite
{
  public:
    PmNetlinkTestSuite()
        : TestSuite("mptcp-pm-netlink", Type::UNIT)
    {
        const std::vector<Step> steps = MakeSteps();
        for (std::size_t i = 0; i < steps.size(); ++i)
        {
            AddTestCase(new PmNetlinkTestCase(steps, i));
        }
    }

  private:
    void DoTeardown() override
    {
        std::cout << "| Linux pm_netlink.sh | our test | result |\n|---|---|---|\n";
        for (const auto& line : g_lines)
        {
            std::cout << line << "\n";
        }
        std::cout << "| ignore unknown flags | - | left out: MptcpEndpointTable::Add refuses "
                     "unknown bits with a message |\n";
        g_lines.clear();
    }
};

const PmNetlinkTestSuite g_pmNetlinkTestSuite; ///< registers itself

} // namespace
