/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-fuzz-program.h"

namespace ns3
{

namespace
{

constexpr std::size_t MOST_STEPS = 64; ///< of a program
constexpr uint8_t KIND_SACK = 5;       ///< TCP option
constexpr uint8_t KIND_TIMESTAMP = 8;  ///< TCP option
constexpr uint8_t KIND_MPTCP = 30;     ///< TCP option
constexpr uint8_t USUAL_FLAGS = 0x10;  ///< ACK
constexpr uint8_t ALL_FLAGS = 0x1f;    ///< those of RFC 793 but for URG

/** Reads the input; zeros after its end. */
class Input
{
  public:
    /** @param octets the input */
    explicit Input(std::span<const uint8_t> octets)
        : m_octets(octets)
    {
    }

    /** @return octets that were read */
    std::size_t GetPosition() const
    {
        return m_position;
    }

    /** @return everything was read */
    bool IsEmpty() const
    {
        return m_position == m_octets.size();
    }

    /** @return next octet */
    uint8_t Byte()
    {
        return IsEmpty() ? 0 : m_octets[m_position++];
    }

    /** @return next octets as a number */
    uint16_t Word()
    {
        const uint8_t high = Byte();
        return static_cast<uint16_t>(high << 8 | Byte());
    }

    /** @return a number near zero, or, seldom, any */
    uint32_t Offset()
    {
        const uint8_t kind = Byte();
        if (kind < 192)
        {
            return 0;
        }
        const uint16_t first = Word();
        if (kind < 250)
        {
            return static_cast<uint32_t>(static_cast<int16_t>(first));
        }
        return static_cast<uint32_t>(first) << 16 | Word();
    }

  private:
    std::span<const uint8_t> m_octets; ///< all of it
    std::size_t m_position{0};         ///< octets that were read
};

/** @param input input @return an option */
MptcpFuzzOption
ReadOption(Input& input)
{
    MptcpFuzzOption option;
    const uint8_t kind = input.Byte();
    if (kind < 128)
    {
        option.dss = true;
        option.bits = input.Byte();
        option.dataAck = input.Offset();
        option.dsn = input.Offset();
        option.ssn = input.Offset();
        option.length = input.Offset();
        option.checksum = input.Offset();
        return option;
    }
    if (kind < 140)
    {
        option.octets = {KIND_TIMESTAMP, 10, 0, 0, 0, kind, 0, 0, 0, input.Byte()};
        return option;
    }
    if (kind >= 250)
    {
        option.addAddr = true;
        return option;
    }
    if (kind >= 240)
    {
        // Of any kind, and with any length, whatever follows.
        const uint8_t any = input.Byte();
        const std::size_t content = input.Byte() % 8;
        option.octets = {static_cast<uint8_t>(any % 64), input.Byte()};
        while (option.octets.size() < 2 + content)
        {
            option.octets.push_back(input.Byte());
        }
        return option;
    }
    const bool sack = kind < 150;
    const std::size_t length = sack ? 10 : 2 + input.Byte() % 30;
    option.octets = {sack ? KIND_SACK : KIND_MPTCP, static_cast<uint8_t>(length)};
    while (option.octets.size() < length)
    {
        option.octets.push_back(input.Byte());
    }
    return option;
}

/** @param input input @param step where the segment goes */
void
ReadSegment(Input& input, MptcpFuzzStep& step)
{
    const uint8_t which = input.Byte();
    const uint8_t kind = input.Byte();
    step.path = which & 1;
    step.flags = kind < 200 ? USUAL_FLAGS : input.Byte() & ALL_FLAGS;
    step.size = which & 2 ? static_cast<uint16_t>(input.Byte() * 5) : 0;
    step.windowSet = which & 4;
    step.burst = which & 8;
    for (uint8_t number = input.Byte() % 4; number > 0; --number)
    {
        step.options.push_back(ReadOption(input));
    }
    step.seq = input.Offset();
    step.ack = input.Offset();
    step.number = step.windowSet ? input.Word() : 0;
}

/** @param input input @return a step */
MptcpFuzzStep
ReadStep(Input& input)
{
    MptcpFuzzStep step;
    const uint8_t op = input.Byte();
    if (op < 160)
    {
        step.kind = MptcpFuzzStep::Kind::SEND;
        ReadSegment(input, step);
    }
    else if (op < 190)
    {
        step.kind = MptcpFuzzStep::Kind::JOIN;
        step.what = input.Byte();
        step.silent = input.Byte() > 240;
    }
    else if (op < 220)
    {
        step.kind = MptcpFuzzStep::Kind::ACT;
        step.what = input.Byte();
        step.number = step.what < 200 ? input.Word() : 0;
    }
    else
    {
        step.milliseconds = op < 250 ? input.Byte() : 100U * input.Word();
    }
    step.end = input.GetPosition();
    return step;
}

} // namespace

MptcpFuzzProgram
ParseMptcpFuzzProgram(std::span<const uint8_t> octets)
{
    Input input(octets);
    MptcpFuzzProgram program;
    program.settings = input.Byte();
    while (program.steps.size() < MOST_STEPS && !input.IsEmpty())
    {
        program.steps.push_back(ReadStep(input));
    }
    return program;
}

} // namespace ns3
