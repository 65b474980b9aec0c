/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-lexer.h"

#include <algorithm>
#include <cctype>

namespace ns3
{

namespace
{

/** @param c an octet @return it may be part of a word */
bool
IsWord(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

/** @param c an octet @return it is a decimal digit */
bool
IsDigit(char c)
{
    return std::isdigit(static_cast<unsigned char>(c));
}

/** @param c a hexadecimal digit @return its value, or -1 */
int
HexValue(char c)
{
    if (IsDigit(c))
    {
        return c - '0';
    }
    const int low = std::tolower(static_cast<unsigned char>(c));
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

} // namespace

PktLexer::PktLexer(std::string_view text)
    : m_text(text),
      m_lines{0}
{
    if (text.starts_with("\xef\xbb\xbf"))
    {
        m_at = 3; // the byte order mark of some editors
    }
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        if (text[i] == '\n')
        {
            m_lines.push_back(i + 1);
        }
    }
}

uint32_t
PktLexer::LineOf(std::size_t at)
{
    return std::upper_bound(m_lines.begin(), m_lines.end(), at) - m_lines.begin();
}

uint32_t
PktLexer::GetLine()
{
    Skip();
    return LineOf(m_at);
}

void
PktLexer::Skip()
{
    while (m_at < m_text.size())
    {
        const std::string_view rest = m_text.substr(m_at);
        if (std::isspace(static_cast<unsigned char>(rest[0])))
        {
            ++m_at;
        }
        else if (rest.starts_with("//") || rest[0] == '#')
        {
            m_at = std::min(m_text.find('\n', m_at), m_text.size());
        }
        else if (rest.starts_with("/*"))
        {
            const std::size_t end = m_text.find("*/", m_at + 2);
            if (end == std::string_view::npos)
            {
                throw PktError(PktFault::SYNTAX, LineOf(m_at), "comment without its end");
            }
            m_at = end + 2;
        }
        else
        {
            return;
        }
    }
}

std::string
PktLexer::Found()
{
    Skip();
    if (m_at >= m_text.size())
    {
        return "the end of the file";
    }
    std::size_t end = m_at + 1;
    if (IsWord(m_text[m_at]))
    {
        while (end < m_text.size() && IsWord(m_text[end]))
        {
            ++end;
        }
    }
    std::string word;
    for (const char c : m_text.substr(m_at, end - m_at))
    {
        const auto octet = static_cast<unsigned char>(c);
        constexpr const char* DIGITS = "0123456789abcdef";
        word += octet >= ' ' && octet < 0x7f
                    ? std::string(1, c)
                    : std::string("\\x") + DIGITS[octet >> 4] + DIGITS[octet & 0xf];
    }
    return "'" + word + "'";
}

void
PktLexer::Fail(const std::string& text)
{
    throw PktError(PktFault::SYNTAX, GetLine(), text);
}

void
PktLexer::FailBehind(const std::string& text)
{
    throw PktError(PktFault::SYNTAX, LineOf(m_end == 0 ? 0 : m_end - 1), text);
}

void
PktLexer::Unsupported(const std::string& text)
{
    throw PktError(PktFault::UNSUPPORTED, GetLine(), text);
}

bool
PktLexer::AtEnd()
{
    Skip();
    return m_at >= m_text.size();
}

bool
PktLexer::Sees(std::string_view sign)
{
    Skip();
    return m_text.substr(m_at).starts_with(sign);
}

bool
PktLexer::Accept(std::string_view sign)
{
    if (!Sees(sign))
    {
        return false;
    }
    m_at += sign.size();
    m_end = m_at;
    return true;
}

void
PktLexer::Expect(std::string_view sign)
{
    if (!Accept(sign))
    {
        Fail("'" + std::string(sign) + "' expected, not " + Found());
    }
}

std::string
PktLexer::PeekWord()
{
    Skip();
    std::size_t end = m_at;
    while (end < m_text.size() && IsWord(m_text[end]))
    {
        ++end;
    }
    return std::string(m_text.substr(m_at, end - m_at));
}

bool
PktLexer::SeesWord(std::string_view word)
{
    return PeekWord() == word;
}

bool
PktLexer::AcceptWord(std::string_view word)
{
    if (!SeesWord(word))
    {
        return false;
    }
    m_at += word.size();
    m_end = m_at;
    return true;
}

void
PktLexer::ExpectWord(std::string_view word)
{
    if (!AcceptWord(word))
    {
        Fail("'" + std::string(word) + "' expected, not " + Found());
    }
}

bool
PktLexer::AtWord()
{
    Skip();
    return m_at < m_text.size() && IsWord(m_text[m_at]);
}

bool
PktLexer::AtNumber()
{
    Skip();
    return m_at < m_text.size() &&
           (IsDigit(m_text[m_at]) ||
            (m_text[m_at] == '-' && m_at + 1 < m_text.size() && IsDigit(m_text[m_at + 1])));
}

std::string
PktLexer::Word(const char* what)
{
    const std::string word = PeekWord();
    if (word.empty())
    {
        Fail(std::string(what) + " expected, not " + Found());
    }
    m_at += word.size();
    m_end = m_at;
    return word;
}

uint64_t
PktLexer::Integer64(const char* what)
{
    Skip();
    const bool hex = m_text.substr(m_at).starts_with("0x");
    std::size_t at = m_at + (hex ? 2 : 0);
    const std::size_t begin = at;
    const uint64_t base = hex ? 16 : 10;
    uint64_t value = 0;
    for (; at < m_text.size(); ++at)
    {
        const int digit = HexValue(m_text[at]);
        if (digit < 0 || digit >= static_cast<int>(base))
        {
            break;
        }
        if (value > (UINT64_MAX - digit) / base)
        {
            Fail(std::string(what) + ": the number is too large");
        }
        value = value * base + digit;
    }
    if (at == begin)
    {
        Fail(std::string(what) + " expected, not " + Found());
    }
    m_at = at;
    m_end = at;
    return value;
}

int64_t
PktLexer::Integer(const char* what, int64_t low, int64_t high)
{
    const std::size_t begin = GetPosition();
    const bool negative = Accept("-");
    const uint64_t value = Integer64(what);
    const bool fits = value <= static_cast<uint64_t>(INT64_MAX);
    const int64_t number = negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
    if (!fits || number < low || number > high)
    {
        m_at = begin;
        Fail(std::string(what) + " " + (negative ? "-" : "") + std::to_string(value) +
             " is not within " + std::to_string(low) + ".." + std::to_string(high));
    }
    return number;
}

int64_t
PktLexer::Seconds()
{
    Skip();
    constexpr int64_t SECOND = 1000000000;
    const std::size_t begin = m_at;
    int64_t whole = 0;
    while (m_at < m_text.size() && IsDigit(m_text[m_at]) && whole < 1000000000)
    {
        whole = whole * 10 + (m_text[m_at++] - '0');
    }
    int64_t fraction = 0;
    // "0...1" is a start and an end.
    if (m_at + 1 < m_text.size() && m_text[m_at] == '.' && IsDigit(m_text[m_at + 1]))
    {
        ++m_at;
        for (int64_t unit = SECOND / 10; m_at < m_text.size() && IsDigit(m_text[m_at]); unit /= 10)
        {
            fraction += unit * (m_text[m_at++] - '0');
        }
    }
    if (m_at == begin)
    {
        Fail("a time in seconds expected, not " + Found());
    }
    m_end = m_at;
    return whole * SECOND + fraction;
}

std::string
PktLexer::Quoted(char quote)
{
    const std::string mark(1, quote);
    Expect(mark);
    const std::size_t begin = m_at;
    while (m_at < m_text.size() && m_text[m_at] != quote)
    {
        m_at += m_text[m_at] == '\\' ? 2 : 1;
    }
    if (m_at >= m_text.size())
    {
        m_at = begin;
        Fail(mark + " without its end");
    }
    const std::string text(m_text.substr(begin, m_at - begin));
    ++m_at;
    m_end = m_at;
    return text;
}

std::string
PktLexer::Rest()
{
    Skip();
    const std::size_t begin = m_at;
    while (m_at < m_text.size() && !std::isspace(static_cast<unsigned char>(m_text[m_at])))
    {
        if (m_text[m_at] == '"' || m_text[m_at] == '`')
        {
            Quoted(m_text[m_at]);
        }
        else
        {
            ++m_at;
        }
    }
    m_end = m_at;
    return std::string(m_text.substr(begin, m_at - begin));
}

std::vector<uint8_t>
PktLexer::Octets()
{
    const std::string digits = PeekWord();
    std::vector<uint8_t> octets;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    {
        const int high = HexValue(digits[i]);
        const int low = HexValue(digits[i + 1]);
        if (high < 0 || low < 0)
        {
            Fail("hexadecimal octets expected, not '" + digits + "'");
        }
        octets.push_back(static_cast<uint8_t>(high << 4 | low));
    }
    if (digits.size() % 2 != 0)
    {
        Fail("'" + digits + "' has half an octet");
    }
    m_at += digits.size();
    m_end = m_at;
    return octets;
}

std::string
PktLexer::Since(std::size_t from) const
{
    std::string line;
    for (const char c : m_text.substr(from, m_end - from))
    {
        const bool space = std::isspace(static_cast<unsigned char>(c));
        if (!space)
        {
            line += c;
        }
        else if (!line.empty() && line.back() != ' ')
        {
            line += ' ';
        }
    }
    return line;
}

std::size_t
PktLexer::GetPosition()
{
    Skip();
    return m_at;
}

void
PktLexer::SetPosition(std::size_t position)
{
    m_at = position;
}

} // namespace ns3
