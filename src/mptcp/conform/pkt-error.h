/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_ERROR_H
#define PKT_ERROR_H

#include <cstdint>
#include <stdexcept>
#include <string>

namespace ns3
{

/** Why a script does not pass. */
enum class PktFault : uint8_t
{
    SYNTAX,      ///< the text is no script
    UNSUPPORTED, ///< the script asks for what the interpreter or the simulator does not have
    MISMATCH,    ///< the stack did something else
};

/** Ends a script. */
class PktError : public std::runtime_error
{
  public:
    /** @param fault kind @param line line of the script, from 1 @param text what is wrong */
    PktError(PktFault fault, uint32_t line, const std::string& text)
        : std::runtime_error(text),
          m_fault(fault),
          m_line(line)
    {
    }

    /** @return kind */
    PktFault GetFault() const
    {
        return m_fault;
    }

    /** @return line of the script, from 1 */
    uint32_t GetLine() const
    {
        return m_line;
    }

  private:
    PktFault m_fault; ///< kind
    uint32_t m_line;  ///< line of the script
};

} // namespace ns3

#endif /* PKT_ERROR_H */
