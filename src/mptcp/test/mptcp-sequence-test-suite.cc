/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/mptcp-sequence.h"
#include "ns3/test.h"

#include <cstdint>
#include <limits>

using namespace ns3;

namespace
{

/** Half of the 64-bit sequence space. */
constexpr uint64_t HALF = uint64_t{1} << 63;

/** Largest 64-bit number. */
constexpr uint64_t MAX = std::numeric_limits<uint64_t>::max();

// The functions are usable in constant expressions.
static_assert(DsnBefore(1, 2) && DsnAfter(2, 1) && ExpandDsn(0, 1) == 1);

// Half the space apart as well, where SequenceNumber32 has no answer.
constexpr uint32_t HALF32 = uint32_t{1} << 31;
static_assert(SequenceDistance(7, 7) == 0 && SequenceDistance(0, UINT32_MAX) == 1);
static_assert(SequenceDistance(3, 5) == -2 && SequenceDistance(UINT32_MAX, 1) == -2);
static_assert(SequenceDistance(HALF32, 1) == INT32_MAX);
static_assert(SequenceDistance(HALF32, 0) == INT32_MIN);
static_assert(SequenceDistance(0, HALF32) == INT32_MIN);

/**
 * @ingroup tests
 * Order of data sequence numbers, across the wrap of the 64-bit space.
 */
class MptcpSequenceOrderTest : public TestCase
{
  public:
    MptcpSequenceOrderTest()
        : TestCase("DSN order modulo 2^64")
    {
    }

  private:
    void DoRun() override
    {
        for (const uint64_t a : {uint64_t{0},
                                 uint64_t{1},
                                 uint64_t{0x7fffffff},
                                 uint64_t{0xffffffff},
                                 uint64_t{0x100000000},
                                 HALF - 1,
                                 HALF,
                                 HALF + 1,
                                 MAX - 1,
                                 MAX})
        {
            NS_TEST_EXPECT_MSG_EQ(DsnBefore(a, a), false, "a number is not before itself: " << a);
            NS_TEST_EXPECT_MSG_EQ(DsnAfter(a, a), false, "a number is not after itself: " << a);
            for (const uint64_t distance :
                 {uint64_t{1}, uint64_t{1460}, uint64_t{1} << 31, uint64_t{1} << 32, HALF - 1})
            {
                const uint64_t b = a + distance;
                NS_TEST_EXPECT_MSG_EQ(DsnBefore(a, b), true, a << " before " << b);
                NS_TEST_EXPECT_MSG_EQ(DsnBefore(b, a), false, b << " not before " << a);
                NS_TEST_EXPECT_MSG_EQ(DsnAfter(b, a), true, b << " after " << a);
                NS_TEST_EXPECT_MSG_EQ(DsnAfter(a, b), false, a << " not after " << b);
            }
            // Documented: at half the space the order is not one.
            NS_TEST_EXPECT_MSG_EQ(DsnBefore(a, a + HALF), true, "half the space: " << a);
            NS_TEST_EXPECT_MSG_EQ(DsnBefore(a + HALF, a), true, "half the space: " << a);
        }
    }
};

/**
 * @ingroup tests
 * Promotion of 32-bit numbers to 64 bits.
 */
class MptcpSequenceExpandTest : public TestCase
{
  public:
    MptcpSequenceExpandTest()
        : TestCase("promotion of 32-bit numbers")
    {
    }

  private:
    void DoRun() override
    {
        // The cases that the RFC names, by hand: a wrap at the expected time, and a late segment
        // from before the wrap after it.
        NS_TEST_EXPECT_MSG_EQ(ExpandDsn(0x00000001fffffff0, 0x00000010),
                              0x0000000200000010,
                              "lower half wraps forward");
        NS_TEST_EXPECT_MSG_EQ(ExpandDsn(0x0000000200000010, 0xfffffff0),
                              0x00000001fffffff0,
                              "late segment from before the wrap");
        NS_TEST_EXPECT_MSG_EQ(ExpandDsn(0x0000000200000010, 0x00000020),
                              0x0000000200000020,
                              "no wrap");
        NS_TEST_EXPECT_MSG_EQ(ExpandDsn(MAX, 0), 0, "all 64 bits wrap forward");
        NS_TEST_EXPECT_MSG_EQ(ExpandDsn(0, 0xffffffff), MAX, "all 64 bits wrap backward");
        NS_TEST_EXPECT_MSG_EQ(ExpandDsn(0x80000000, 0),
                              0,
                              "of two equally near numbers, the one before");

        // Whatever is within 2^31 of the expected number comes back from its lower half.
        for (const uint64_t expected : {uint64_t{0},
                                        uint64_t{0x7fffffff},
                                        uint64_t{0x80000000},
                                        uint64_t{0xffffffff},
                                        uint64_t{0x123456789abcdef0},
                                        HALF,
                                        MAX})
        {
            for (const uint64_t distance : {uint64_t{0},
                                            uint64_t{1},
                                            uint64_t{0xffff},
                                            uint64_t{0x10000},
                                            uint64_t{0x7ffffffe},
                                            uint64_t{0x7fffffff}})
            {
                const uint64_t ahead = expected + distance;
                const uint64_t behind = expected - distance;
                NS_TEST_EXPECT_MSG_EQ(ExpandDsn(expected, static_cast<uint32_t>(ahead)),
                                      ahead,
                                      "ahead of " << expected << " by " << distance);
                NS_TEST_EXPECT_MSG_EQ(ExpandDsn(expected, static_cast<uint32_t>(behind)),
                                      behind,
                                      "behind " << expected << " by " << distance);
            }
        }
    }
};

/**
 * @ingroup tests
 * Data sequence number arithmetic.
 */
class MptcpSequenceTestSuite : public TestSuite
{
  public:
    MptcpSequenceTestSuite()
        : TestSuite("mptcp-sequence", TestSuite::Type::UNIT)
    {
        AddTestCase(new MptcpSequenceOrderTest);
        AddTestCase(new MptcpSequenceExpandTest);
    }
};

/** Static instance that registers the suite. */
MptcpSequenceTestSuite g_mptcpSequenceTestSuite;

} // namespace
