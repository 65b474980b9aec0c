/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/address.h"
#include "ns3/ipv4-address.h"
#include "ns3/mptcp-cache.h"
#include "ns3/mptcp-ring.h"
#include "ns3/packet.h"
#include "ns3/test.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <utility>

using namespace ns3;

namespace
{

/**
 * @ingroup mptcp-test
 * Random operations against std::deque.
 */
class MptcpRingRandomTestCase : public TestCase
{
  public:
    /** @param seed seed of the random numbers */
    explicit MptcpRingRandomTestCase(uint32_t seed)
        : TestCase("random operations agree with std::deque, seed " + std::to_string(seed)),
          m_seed(seed)
    {
    }

  private:
    void DoRun() override
    {
        std::mt19937 random(m_seed);
        MptcpRing<uint64_t> ring;
        std::deque<uint64_t> model;
        for (uint32_t step = 0; step < 20000; ++step)
        {
            // Long phases of growth and of shrinking.
            const bool grow = random() % 10 < (step / 1000 % 2 == 0 ? 7U : 3U);
            Act(ring, model, random, grow ? random() % 3 : 3 + random() % 4, step);
            NS_TEST_ASSERT_MSG_EQ(ring.size(), model.size(), "step " << step);
            NS_TEST_ASSERT_MSG_EQ(ring.empty(), model.empty(), "step " << step);
            NS_TEST_ASSERT_MSG_EQ((ring.capacity() <= std::max<std::size_t>(64, 4 * ring.size())),
                                  true,
                                  "room for " << ring.capacity() << " of " << ring.size());
            if (step % 50 == 0)
            {
                NS_TEST_ASSERT_MSG_EQ(
                    std::equal(ring.begin(), ring.end(), model.begin(), model.end()),
                    true,
                    "content in step " << step);
            }
            if (!model.empty())
            {
                const std::size_t index = random() % model.size();
                NS_TEST_ASSERT_MSG_EQ(ring[index], model[index], "element in step " << step);
                NS_TEST_ASSERT_MSG_EQ(ring.front(), model.front(), "step " << step);
                NS_TEST_ASSERT_MSG_EQ(ring.back(), model.back(), "step " << step);
            }
        }
        const MptcpRing<uint64_t> copy = ring;
        ring.clear();
        NS_TEST_EXPECT_MSG_EQ(std::equal(copy.begin(), copy.end(), model.begin(), model.end()),
                              true,
                              "a copy is one of its own");
        NS_TEST_EXPECT_MSG_EQ(ring.capacity(), 0, "cleared");
    }

    /**
     * @param ring ring
     * @param model the same
     * @param random random numbers
     * @param action what to do
     * @param value of a new element
     */
    static void Act(MptcpRing<uint64_t>& ring,
                    std::deque<uint64_t>& model,
                    std::mt19937& random,
                    uint32_t action,
                    uint64_t value)
    {
        const auto at = static_cast<std::ptrdiff_t>(model.empty() ? 0 : random() % model.size());
        if (action == 0 || (model.empty() && action > 2))
        {
            ring.push_back(value);
            model.push_back(value);
        }
        else if (action == 1)
        {
            ring.emplace_front(value);
            model.emplace_front(value);
        }
        else if (action == 2)
        {
            ring.insert(ring.begin() + at, value);
            model.insert(model.begin() + at, value);
        }
        else if (action == 3)
        {
            ring.pop_front();
            model.pop_front();
        }
        else if (action == 4)
        {
            ring.pop_back();
            model.pop_back();
        }
        else if (action == 5)
        {
            const auto last = std::min<std::ptrdiff_t>(at + random() % 4, ring.size());
            ring.erase(ring.begin() + at, ring.begin() + last);
            model.erase(model.begin() + at, model.begin() + last);
        }
        else
        {
            const uint64_t rest = random() % 97;
            ring.EraseIf([rest](uint64_t element) { return element % 97 == rest; });
            std::erase_if(model, [rest](uint64_t element) { return element % 97 == rest; });
        }
    }

    uint32_t m_seed; ///< seed
};

/**
 * @ingroup mptcp-test
 * What a ring holds, and no longer.
 */
class MptcpRingMemoryTestCase : public TestCase
{
  public:
    MptcpRingMemoryTestCase()
        : TestCase("memory and references come and go with the content")
    {
    }

  private:
    void DoRun() override
    {
        MptcpRing<Ptr<Packet>> ring;
        NS_TEST_EXPECT_MSG_EQ(ring.capacity(), 0, "nothing for an empty one");
        const Ptr<Packet> packet = Create<Packet>(1);
        for (uint32_t round = 0; round < 3; ++round)
        {
            ring.push_back(packet);
            ring.push_front(packet);
            NS_TEST_EXPECT_MSG_EQ(packet->GetReferenceCount(), 3, "held twice");
            ring.pop_front();
            NS_TEST_EXPECT_MSG_EQ(packet->GetReferenceCount(), 2, "and once");
            ring.pop_back();
            NS_TEST_EXPECT_MSG_EQ(packet->GetReferenceCount(), 1, "and not any more");
        }
        const std::size_t least = ring.capacity();
        for (uint32_t i = 0; i < 10000; ++i)
        {
            ring.push_back(packet);
            ring.pop_front();
        }
        NS_TEST_EXPECT_MSG_EQ(ring.capacity(), least, "one after the other takes no more");
        for (uint32_t i = 0; i < 10000; ++i)
        {
            ring.push_back(packet);
        }
        NS_TEST_EXPECT_MSG_EQ(packet->GetReferenceCount(), 10001, "many");
        ring.EraseIf([](const Ptr<Packet>&) { return true; });
        NS_TEST_EXPECT_MSG_EQ(packet->GetReferenceCount(), 1, "none");
        NS_TEST_EXPECT_MSG_EQ((ring.capacity() <= 64), true, "given back");
    }
};

/**
 * @ingroup mptcp-test
 * The memory of other hosts.
 */
class MptcpCacheTestCase : public TestCase
{
  public:
    MptcpCacheTestCase()
        : TestCase("a cache keeps what was written last, of so many addresses")
    {
    }

  private:
    void DoRun() override
    {
        using Cache = MptcpCache<uint32_t>;
        Cache cache;
        const auto name = [](uint32_t number) { return Address(Ipv4Address(0x0a000000 + number)); };
        for (uint32_t i = 0; i < Cache::MAX; ++i)
        {
            cache.Set(name(i), i);
        }
        cache.Set(name(0), 7);
        NS_TEST_EXPECT_MSG_EQ(cache.GetSize(), Cache::MAX, "full");
        NS_TEST_EXPECT_MSG_EQ(*cache.Find(name(0)), 7, "written again");
        cache.Set(name(Cache::MAX), 1);
        NS_TEST_EXPECT_MSG_EQ(cache.GetSize(), Cache::MAX, "no more than that");
        NS_TEST_EXPECT_MSG_EQ((cache.Find(name(1)) == nullptr), true, "the oldest went");
        NS_TEST_EXPECT_MSG_EQ((cache.Find(name(0)) != nullptr), true, "not what was written again");
        NS_TEST_EXPECT_MSG_EQ(*cache.Find(name(Cache::MAX)), 1, "the last one");
        for (uint32_t i = 0; i < 10 * Cache::MAX; ++i)
        {
            cache.Set(name(i), i);
        }
        NS_TEST_EXPECT_MSG_EQ(cache.GetSize(), Cache::MAX, "many");
        NS_TEST_EXPECT_MSG_EQ((cache.Find(name(9 * Cache::MAX - 1)) == nullptr), true, "older");
        NS_TEST_EXPECT_MSG_EQ(*cache.Find(name(9 * Cache::MAX)), 9 * Cache::MAX, "the last ones");
    }
};

/**
 * @ingroup mptcp-test
 * Elements that cannot be copied, and a ring that is moved.
 */
class MptcpRingMoveTestCase : public TestCase
{
  public:
    MptcpRingMoveTestCase()
        : TestCase("a ring of what cannot be copied is moved")
    {
    }

  private:
    void DoRun() override
    {
        MptcpRing<std::unique_ptr<uint32_t>> ring;
        for (uint32_t i = 0; i < 100; ++i)
        {
            ring.push_back(std::make_unique<uint32_t>(i));
        }
        ring.pop_front();
        MptcpRing<std::unique_ptr<uint32_t>> other = std::move(ring);
        ring = {}; // what it is after the move is not asked for
        NS_TEST_EXPECT_MSG_EQ(ring.empty(), true, "new");
        NS_TEST_ASSERT_MSG_EQ(other.size(), 99, "all but the first");
        NS_TEST_EXPECT_MSG_EQ(*other.front(), 1, "first");
        NS_TEST_EXPECT_MSG_EQ(*other.back(), 99, "last");
        ring.push_back(std::make_unique<uint32_t>(7));
        ring = std::move(other);
        NS_TEST_EXPECT_MSG_EQ(ring.size(), 99, "what was in it is gone");
        ring.pop_back();
        NS_TEST_EXPECT_MSG_EQ(*ring.back(), 98, "it goes on");
    }
};

/**
 * @ingroup mptcp-test
 * Suite of the containers that everything may be in: MptcpRing, MptcpCache.
 */
class MptcpRingTestSuite : public TestSuite
{
  public:
    MptcpRingTestSuite()
        : TestSuite("mptcp-ring", Type::UNIT)
    {
        for (uint32_t seed = 1; seed <= 10; ++seed)
        {
            AddTestCase(new MptcpRingRandomTestCase(seed));
        }
        AddTestCase(new MptcpRingMemoryTestCase);
        AddTestCase(new MptcpRingMoveTestCase);
        AddTestCase(new MptcpCacheTestCase);
    }
};

MptcpRingTestSuite g_mptcpRingTestSuite; ///< the suite

} // namespace
