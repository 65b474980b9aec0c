/*
 * SPDX-License-Identifier: GPL-2.0-only
 *
 * libFuzzer target of the option codec, without ns-3.
 */
#include "mptcp-option-check.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>

/**
 * Entry point that libFuzzer calls.
 *
 * @param data input
 * @param size its octets
 * @return 0
 */
extern "C" int
LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size)
{
    if (const char* fault = ns3::CheckMptcpOptionInput({data, size}))
    {
        std::fprintf(stderr, "does not hold: %s\n", fault);
        __builtin_trap();
    }
    return 0;
}
