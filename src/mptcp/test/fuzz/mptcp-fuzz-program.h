/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_FUZZ_PROGRAM_H
#define MPTCP_FUZZ_PROGRAM_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ns3
{

/** An option of a segment that an input of the receive target describes. */
struct MptcpFuzzOption
{
    bool dss{false};             ///< a DSS that is right but for the offsets; else octets
    bool addAddr{false};         ///< a right ADD_ADDR of the second path; else octets
    uint8_t bits{0};             ///< parts of the DSS
    uint32_t dataAck{0};         ///< added to the right DATA_ACK
    uint32_t dsn{0};             ///< added to the right DSN
    uint32_t ssn{0};             ///< added to the right SSN
    uint32_t length{0};          ///< added to the size of the segment's data
    uint32_t checksum{0};        ///< added to the right checksum
    std::vector<uint8_t> octets; ///< the whole option, of any contents
};

/** One step of the program that an input of the receive target is. */
struct MptcpFuzzStep
{
    /** What is done. */
    enum class Kind : uint8_t
    {
        SEND, ///< the peer sends a segment
        JOIN, ///< the peer joins, or answers a join of the host
        ACT,  ///< the host's application does something
        WAIT, ///< time passes
    };

    Kind kind{Kind::WAIT};                ///< what is done
    std::size_t end{0};                   ///< octets of the input up to the end of this step
    uint32_t path{0};                     ///< SEND: path
    uint8_t flags{0};                     ///< SEND: TCP flags
    uint16_t size{0};                     ///< SEND: octets of data
    bool windowSet{false};                ///< SEND: another window than the largest
    bool burst{false};                    ///< SEND: the next step follows at once
    std::vector<MptcpFuzzOption> options; ///< SEND: options
    uint32_t seq{0};                      ///< SEND: added to the right sequence number
    uint32_t ack{0};                      ///< SEND: added to the right acknowledgment number
    uint8_t what{0};                      ///< JOIN: part of the port; ACT: which action
    uint16_t number{0};                   ///< SEND: window; ACT: octets
    bool silent{false};                   ///< JOIN: no third ACK
    uint32_t milliseconds{0};             ///< WAIT: how long
};

/** The program that an input of the receive target is. */
struct MptcpFuzzProgram
{
    uint8_t settings{0};              ///< version, direction, checksums, reading, buffers
    std::vector<MptcpFuzzStep> steps; ///< in order
};

/**
 * Read an input. Every input is a program; beyond its end it reads as zeros. Which octets make a
 * step depends on the input alone, so that a mutator can move whole steps.
 *
 * @param input octets
 * @return the program
 */
MptcpFuzzProgram ParseMptcpFuzzProgram(std::span<const uint8_t> input);

} // namespace ns3

#endif /* MPTCP_FUZZ_PROGRAM_H */
