/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef PKT_LEXER_H
#define PKT_LEXER_H

#include "pkt-error.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ns3
{

/**
 * Reads words, numbers and signs from a script. There are no token classes: what a piece of text
 * is depends on where it stands ("S" or "1:1" in a packet, "fd" in a structure), so the parser
 * asks for what it wants. White space and comments are skipped before each piece.
 */
class PktLexer
{
  public:
    /** @param text the script */
    explicit PktLexer(std::string_view text);

    /** @return line of the next piece, from 1 */
    uint32_t GetLine();
    /** @return nothing is left */
    bool AtEnd();
    /** @param sign a sign @return the text goes on with it */
    bool Sees(std::string_view sign);
    /** @param sign a sign @return it was there and is read */
    bool Accept(std::string_view sign);
    /** @param sign a sign that must be there */
    void Expect(std::string_view sign);
    /** @param word a word @return the next word is this one */
    bool SeesWord(std::string_view word);
    /** @param word a word @return the next word is this one, and is read */
    bool AcceptWord(std::string_view word);
    /** @param word a word that must be there */
    void ExpectWord(std::string_view word);
    /** @return the next piece starts as a word does */
    bool AtWord();
    /** @return the next piece starts as a number does */
    bool AtNumber();
    /** @param what what the word is, for the message @return a word of letters, digits and "_" */
    std::string Word(const char* what);
    /** @return the word that comes, without reading it */
    std::string PeekWord();
    /** @param what what the number is, for the message @param low least @param high largest @return
     * an integer, decimal or 0x... */
    int64_t Integer(const char* what, int64_t low, int64_t high);
    /** @param what what the number is @return an unsigned integer of 64 bits */
    uint64_t Integer64(const char* what);
    /** @return seconds as ns */
    int64_t Seconds();
    /** @param quote the quotation mark @return text between two of them */
    std::string Quoted(char quote);
    /** @return text up to white space */
    std::string Rest();
    /** @return digits and letters of an octet string */
    std::vector<uint8_t> Octets();
    /** @param from a position @return what was read from there on, in one line */
    std::string Since(std::size_t from) const;
    /** @return position of the next piece */
    std::size_t GetPosition();
    /** @param position a position returned by GetPosition */
    void SetPosition(std::size_t position);
    /** @param text what is wrong with the piece that comes */
    [[noreturn]] void Fail(const std::string& text);
    /** @param text what is wrong with the piece that was read last */
    [[noreturn]] void FailBehind(const std::string& text);
    /** @param text what is not supported at this place */
    [[noreturn]] void Unsupported(const std::string& text);
    /** @return what comes, for a message: a word, an octet or the end */
    std::string Found();

  private:
    void Skip();                     ///< white space and comments
    uint32_t LineOf(std::size_t at); ///< @param at position @return its line

    std::string_view m_text;          ///< script
    std::size_t m_at{0};              ///< next octet
    std::size_t m_end{0};             ///< end of the piece that was read last
    std::vector<std::size_t> m_lines; ///< where the lines start
};

} // namespace ns3

#endif /* PKT_LEXER_H */
