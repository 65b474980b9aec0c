/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The checks of Linux's self-test userspace_pm.sh (6.18): ns3::MptcpPathManagerUser at both ends of
 * two connections, commands by MptcpPmCommands, and the events they cause with all their
 * attributes. The checks build on one another and are made in one run. It prints the table
 * "Linux test -> our test -> result".
 */

#include "mptcp-userspace-pm-run.h"

#include "ns3/test.h"

#include <cstddef>
#include <iostream>

using namespace ns3;

namespace
{

constexpr std::size_t CHECKS = 36; ///< of Linux's 37

/** All checks. */
class UserspacePmTestCase : public TestCase
{
  public:
    UserspacePmTestCase()
        : TestCase("commands and events of two connections")
    {
    }

  private:
    void DoRun() override
    {
        const auto results = MptcpUserspacePmRun().Execute();
        std::cout << "| Linux userspace_pm.sh | our test | result |\n|---|---|---|\n"
                  << "| Created network namespaces ns1, ns2 | - | left out: the simulated hosts "
                     "exist, there is nothing to create |\n";
        for (const auto& result : results)
        {
            NS_TEST_EXPECT_MSG_EQ(result.error, "", result.title);
            std::cout << "| " << result.title << " | mptcp-userspace-pm: " << result.title << " | "
                      << (result.error.empty() ? "passed" : "FAILED: " + result.error) << " |\n";
        }
        NS_TEST_EXPECT_MSG_EQ(results.size(), CHECKS, "checks made");
    }
};

/** The suite. */
class UserspacePmTestSuite : public TestSuite
{
  public:
    UserspacePmTestSuite()
        : TestSuite("mptcp-userspace-pm", Type::SYSTEM)
    {
        AddTestCase(new UserspacePmTestCase());
    }
};

const UserspacePmTestSuite g_userspacePmTestSuite; ///< registers itself

} // namespace
