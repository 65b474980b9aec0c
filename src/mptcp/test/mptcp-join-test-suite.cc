/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The matrix of Linux's self-test mptcp_join.sh (6.18), rebuilt: the same configurations and the
 * same expectations of counters on the same two hosts and four links. The run prints the
 * table "Linux test -> our test -> result".
 */

#include "mptcp-join-case.h"

#include "ns3/test.h"

#include <iostream>
#include <vector>

using namespace ns3;

namespace
{

/** One line of the table. */
struct Line
{
    std::string group;  ///< Linux's group
    std::string title;  ///< Linux's title
    std::string result; ///< what came out, and why
};

std::vector<Line> g_lines; ///< the table, in the order of the run

/** One case of Linux's script. */
class MptcpJoinTestCase : public TestCase
{
  public:
    /** @param plan the case */
    explicit MptcpJoinTestCase(const MptcpJoinCase& plan)
        : TestCase(plan.group + ": " + plan.title),
          m_case(plan)
    {
    }

  private:
    void DoRun() override
    {
        std::vector<std::string> errors;
        {
            MptcpJoinRun run(m_case);
            errors = run.Execute();
        }
        Line line{m_case.group, m_case.title, errors.empty() ? "passed" : "FAILED: "};
        for (std::size_t i = 0; i < errors.size(); ++i)
        {
            line.result += (i > 0 ? "; " : "") + errors[i];
            NS_TEST_EXPECT_MSG_EQ(errors[i], "", "as Linux's script expects");
        }
        if (!m_case.note.empty())
        {
            line.result += " (" + m_case.note + ")";
        }
        g_lines.push_back(line);
    }

    MptcpJoinCase m_case; ///< the case
};

/** The suite. */
class MptcpJoinTestSuite : public TestSuite
{
  public:
    MptcpJoinTestSuite()
        : TestSuite("mptcp-join", Type::SYSTEM)
    {
        for (const auto& cases : {MptcpJoinSubflowCases(),
                                  MptcpJoinRemoveCases(),
                                  MptcpJoinPolicyCases(),
                                  MptcpJoinUserCases(),
                                  MptcpJoinEndpointCases()})
        {
            for (const auto& plan : cases)
            {
                AddTestCase(new MptcpJoinTestCase(plan));
            }
        }
    }

  private:
    void DoTeardown() override
    {
        // Here and not in a case: ns-3 stops a suite at the first case that fails.
        std::cout << "| Linux group | Linux test | our test | result |\n|---|---|---|---|\n";
        for (const auto& line : g_lines)
        {
            std::cout << "| " << line.group << " | " << line.title
                      << " | mptcp-join: " << line.group << ": " << line.title << " | "
                      << line.result << " |\n";
        }
        const auto omissions = MptcpJoinOmissions();
        for (const auto& omission : omissions)
        {
            std::cout << "| " << omission.group << " | " << omission.title
                      << " | - | left out: " << omission.reason << " |\n";
        }
        g_lines.clear();
    }
};

const MptcpJoinTestSuite g_mptcpJoinTestSuite; ///< registers itself

} // namespace
