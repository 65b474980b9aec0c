/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_HEAP_H
#define MPTCP_HEAP_H

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/allocator_interface.h>
#elif defined(__GLIBC__)
#include <malloc.h>
#endif

namespace ns3
{

/**
 * What tests of memory compare. Only differences mean something, and those of a few KiB do not:
 * malloc counts some of what was freed, to have it at hand.
 *
 * @return octets that are allocated now; 0 where the C library does not tell
 */
inline std::size_t
MptcpGetHeapInUse()
{
#if defined(__SANITIZE_ADDRESS__)
    return __sanitizer_get_current_allocated_bytes();
#elif defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

} // namespace ns3

#endif /* MPTCP_HEAP_H */
