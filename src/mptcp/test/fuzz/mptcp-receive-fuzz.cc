/*
 * SPDX-License-Identifier: GPL-2.0-only
 *
 * libFuzzer target of the whole receive path. Its mutators know where a step of an input begins.
 */
#include "mptcp-fuzz-program.h"
#include "mptcp-receive-session.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

using namespace ns3;

/**
 * libFuzzer's own mutators.
 *
 * @param data input, and room for the result
 * @param size octets of the input
 * @param most octets of the room
 * @return octets of the result
 */
extern "C" std::size_t LLVMFuzzerMutate(uint8_t* data, std::size_t size, std::size_t most);

namespace
{

using Octets = std::vector<uint8_t>;

/** Segments of an honest peer and other usual steps, as an input spells them. */
const Octets USUAL_STEPS[] = {
    {0, 0, 0, 1, 0, 0x03, 0, 0, 0, 0, 0, 0, 0},       // DATA_ACK
    {0, 2, 0, 20, 1, 0, 0x0f, 0, 0, 0, 0, 0, 0, 0},   // data with a mapping
    {0, 2, 0, 200, 1, 0, 0x0f, 0, 0, 0, 0, 0, 0, 0},  // more of it
    {0, 3, 0, 20, 1, 0, 0x0f, 0, 0, 0, 0, 0, 0, 0},   // on the other path
    {0, 10, 0, 200, 1, 0, 0x0f, 0, 0, 0, 0, 0, 0, 0}, // with the next segment behind it
    {0, 0, 0, 1, 0, 0x3f, 0, 0, 0, 0, 0, 0, 0},       // DATA_FIN
    {0, 2, 0, 20, 0, 0, 0},                           // data without a mapping
    {0, 0, 0, 0, 0, 0},                               // bare ACK
    {0, 4, 0, 1, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0}, // DATA_ACK that closes the window
    {0, 0, 200, 0x11, 0, 0, 0},                       // FIN
    {0, 0, 200, 0x04, 0, 0, 0},                       // RST
    {0, 0, 0, 1, 200, 1, 0x5f, 0, 0},                 // MP_PRIO
    {0, 0, 0, 1, 200, 2, 0x40, 0, 0, 0},              // REMOVE_ADDR of the first address
    {0, 0, 0, 1, 200, 2, 0x40, 2, 0, 0},              // REMOVE_ADDR of the second one
    {0, 0, 0, 1, 200, 6, 0x31, 2, 10, 2, 2, 2, 0, 0}, // echo of an ADD_ADDR
    {0, 0, 0, 1, 200, 10, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, // MP_FAIL
    {0, 0, 0, 1, 250, 0, 0},                                      // ADD_ADDR
    {160, 1, 0},                                                  // join
    {160, 1, 255},                                                // join without the third ACK
    {190, 0, 0, 0},                                               // the application sends an octet
    {190, 0, 0x27, 0x10},                                         // 10001 octets
    {190, 160, 0xff, 0xff},                                       // reads
    {190, 200},                                                   // shuts down
    {190, 240},                                                   // closes
    {220, 250},                                                   // a quarter of a second
    {250, 0, 20},                                                 // two seconds
    {250, 2, 0x58},                                               // a minute
};

/** @param octets an input @return where its steps begin, and the end of the last */
std::vector<std::size_t>
FindSteps(std::span<const uint8_t> octets)
{
    std::vector<std::size_t> borders{std::min<std::size_t>(octets.size(), 1)};
    for (const MptcpFuzzStep& step : ParseMptcpFuzzProgram(octets).steps)
    {
        borders.push_back(step.end);
    }
    return borders;
}

/** @param octets an input; one step goes, comes twice, changes or comes anew @param seed choice */
void
MutateSteps(Octets& octets, unsigned int seed)
{
    std::minstd_rand random(seed);
    const auto below = [&random](std::size_t limit) { return random() % limit; };
    const std::vector<std::size_t> borders = FindSteps(octets);
    const std::size_t chosen = below(borders.size());
    const auto begin = octets.begin() + static_cast<std::ptrdiff_t>(borders[chosen]);
    if (chosen + 1 == borders.size() || below(4) == 0)
    {
        const Octets& usual = USUAL_STEPS[below(std::size(USUAL_STEPS))];
        octets.insert(begin, usual.begin(), usual.end());
        return;
    }
    const auto end = octets.begin() + static_cast<std::ptrdiff_t>(borders[chosen + 1]);
    Octets step(begin, end);
    switch (below(4))
    {
    case 0:
        octets.erase(begin, end);
        return;
    case 1:
        octets.insert(octets.begin() + static_cast<std::ptrdiff_t>(borders[below(borders.size())]),
                      step.begin(),
                      step.end());
        return;
    default:
        // It may grow into what follows: the next steps keep their octets all the same.
        const std::size_t size = step.size();
        step.resize(size + 8);
        step.resize(LLVMFuzzerMutate(step.data(), size, step.size()));
        const auto at = octets.erase(begin, end);
        octets.insert(at, step.begin(), step.end());
    }
}

/** @param from octets @param data room @param most octets of the room @return octets written */
std::size_t
Put(const Octets& from, uint8_t* data, std::size_t most)
{
    const std::size_t size = std::min(from.size(), most);
    std::copy_n(from.begin(), size, data);
    return size;
}

} // namespace

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
    if (size > 0)
    {
        RunMptcpReceiveSession({data, size});
    }
    return 0;
}

/**
 * Change an input, by steps or octets.
 *
 * @param data input, and room for the result
 * @param size octets of the input
 * @param most octets of the room
 * @param seed choice
 * @return octets of the result
 */
extern "C" std::size_t
LLVMFuzzerCustomMutator(uint8_t* data, std::size_t size, std::size_t most, unsigned int seed)
{
    if (size < 2 || seed % 2 == 0)
    {
        return LLVMFuzzerMutate(data, size, most);
    }
    Octets octets(data, data + size);
    MutateSteps(octets, seed);
    return Put(octets, data, most);
}

/**
 * Join the first steps of an input and the last of another.
 *
 * @param data first input
 * @param size its octets
 * @param other second input
 * @param otherSize its octets
 * @param out room for the result
 * @param most octets of the room
 * @param seed choice
 * @return octets of the result
 */
extern "C" std::size_t
LLVMFuzzerCustomCrossOver(const uint8_t* data,
                          std::size_t size,
                          const uint8_t* other,
                          std::size_t otherSize,
                          uint8_t* out,
                          std::size_t most,
                          unsigned int seed)
{
    std::minstd_rand random(seed);
    const std::vector<std::size_t> first = FindSteps({data, size});
    const std::vector<std::size_t> second = FindSteps({other, otherSize});
    Octets octets(data, data + first[random() % first.size()]);
    octets.insert(octets.end(), other + second[random() % second.size()], other + otherSize);
    return Put(octets, out, most);
}
