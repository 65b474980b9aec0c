/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Runs the test suites of this module outside of an ns-3 tree, with the options of ns-3's own
 * test-runner: --list, --suite=NAME, --fullness=QUICK|EXTENSIVE|TAKES_FOREVER, --verbose.
 */

#include "ns3/test.h"

int
main(int argc, char* argv[])
{
    return ns3::TestRunner::Run(argc, argv);
}
