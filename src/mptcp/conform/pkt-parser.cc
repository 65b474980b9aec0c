/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-parser.h"

#include "pkt-lexer.h"
#include "pkt-option-parser.h"

#include <utility>

namespace ns3
{

namespace
{

/** One run over a script. */
class Parser
{
  public:
    /** @param text script @param defines values of words @param script result */
    Parser(std::string_view text,
           const std::map<std::string, std::string>& defines,
           PktScript& script)
        : m_lexer(text),
          m_script(script)
    {
        m_script.defines = defines;
    }

    /** Parse the script. */
    void Parse();

  private:
    void Options();                         ///< --name=value ...
    PktEvent Event();                       ///< @return an event
    PktTime Time();                         ///< @return when an event happens
    PktCall Call();                         ///< @return a system call
    PktPacket Packet();                     ///< @return a segment
    void IpInfo(PktPacket& packet);         ///< @param packet where it goes
    PktPlace Place();                       ///< @return source or destination
    uint16_t Flags();                       ///< @return TCP flags
    PktValue Value();                       ///< @return an expression
    PktValue Alternatives();                ///< @return operands with "|" between them
    PktValue Primary();                     ///< @return an operand
    PktValue Struct();                      ///< @return what is in braces
    PktValue Defined(const std::string& w); ///< @param w a word @return it, or its definition

    PktLexer m_lexer;    ///< text
    PktScript& m_script; ///< result
    uint32_t m_depth{0}; ///< expressions around this one
};

void
Parser::Parse()
{
    Options();
    if (m_lexer.Sees("`"))
    {
        m_script.initLine = m_lexer.GetLine();
        m_script.init = PktCommand{m_lexer.Quoted('`')};
    }
    while (!m_lexer.AtEnd())
    {
        if (m_lexer.Sees("`"))
        {
            m_script.cleanupLine = m_lexer.GetLine();
            m_script.cleanup = PktCommand{m_lexer.Quoted('`')};
            if (!m_lexer.AtEnd())
            {
                m_lexer.Fail("a command without a time ends the script, but more follows");
            }
            break;
        }
        m_script.events.push_back(Event());
    }
    if (m_script.events.empty())
    {
        m_lexer.Fail("the script has no event");
    }
}

void
Parser::Options()
{
    while (m_lexer.Accept("--"))
    {
        const uint32_t line = m_lexer.GetLine();
        const std::string name = m_lexer.Word("the name of an option");
        std::string value;
        if (m_lexer.Accept("="))
        {
            value = m_lexer.Rest();
        }
        if (value.size() > 1 && value.front() == '"' && value.back() == '"')
        {
            value = value.substr(1, value.size() - 2);
        }
        if (name == "define")
        {
            const std::size_t equals = value.find('=');
            if (equals == std::string::npos)
            {
                m_lexer.FailBehind("--define=NAME=VALUE expected");
            }
            m_script.defines.try_emplace(value.substr(0, equals), value.substr(equals + 1));
        }
        else
        {
            m_script.options[name] = value;
            m_script.optionLines[name] = line;
        }
    }
}

PktTime
Parser::Time()
{
    PktTime time;
    if (m_lexer.Accept("*"))
    {
        time.any = true;
        return time;
    }
    time.relative = m_lexer.Accept("+");
    time.start = m_lexer.Seconds();
    time.end = time.start;
    if (m_lexer.Accept("~"))
    {
        if (m_lexer.Accept("+") != time.relative)
        {
            m_lexer.FailBehind("both ends of a range are relative or neither is");
        }
        time.end = m_lexer.Seconds();
        if (time.end < time.start)
        {
            m_lexer.FailBehind("the range ends before it starts");
        }
    }
    return time;
}

PktEvent
Parser::Event()
{
    PktEvent event;
    event.line = m_lexer.GetLine();
    event.time = Time();
    const bool range = event.time.any || event.time.end != event.time.start;
    if (m_lexer.Sees("`"))
    {
        event.action = PktCommand{m_lexer.Quoted('`')};
    }
    else if (m_lexer.Sees("<") || m_lexer.Sees(">"))
    {
        event.action = Packet();
    }
    else if (m_lexer.Sees("%{"))
    {
        m_lexer.Unsupported("code in %{ }%");
    }
    else
    {
        event.action = Call();
    }
    const auto* packet = std::get_if<PktPacket>(&event.action);
    if (range && (!packet || packet->inbound))
    {
        throw PktError(PktFault::SYNTAX,
                       event.line,
                       "'*' and ranges of time are for outbound packets only");
    }
    return event;
}

PktCall
Parser::Call()
{
    PktCall call;
    if (m_lexer.Accept("..."))
    {
        call.blocking = true;
        call.end = m_lexer.Seconds();
    }
    if (!m_lexer.AtWord() || m_lexer.AtNumber())
    {
        m_lexer.Fail("a packet, a system call or a command expected, not " + m_lexer.Found());
    }
    call.name = m_lexer.Word("a system call");
    m_lexer.Expect("(");
    while (!m_lexer.Accept(")"))
    {
        call.arguments.push_back(Value());
        if (!m_lexer.Accept(","))
        {
            m_lexer.Expect(")");
            break;
        }
    }
    m_lexer.Expect("=");
    call.result = Value();
    if (m_lexer.AtWord() && !m_lexer.AtNumber())
    {
        call.errorName = m_lexer.Word("an error");
    }
    if (m_lexer.Accept("("))
    {
        while (!m_lexer.Accept(")"))
        {
            if (m_lexer.AtEnd())
            {
                m_lexer.Fail("')' expected");
            }
            m_lexer.SetPosition(m_lexer.GetPosition() + 1); // a note for the reader
        }
    }
    return call;
}

PktValue
Parser::Value()
{
    constexpr uint32_t DEEPEST = 100;
    if (++m_depth > DEEPEST)
    {
        m_lexer.Fail("brackets are nested too deep");
    }
    PktValue value = Alternatives();
    --m_depth;
    return value;
}

PktValue
Parser::Alternatives()
{
    PktValue first = Primary();
    if (!m_lexer.Sees("|"))
    {
        return first;
    }
    PktValue value;
    value.kind = PktValue::Kind::OR;
    value.items.push_back(std::move(first));
    while (m_lexer.Accept("|"))
    {
        value.items.push_back(Primary());
    }
    return value;
}

PktValue
Parser::Defined(const std::string& word)
{
    PktValue value;
    const auto found = m_script.defines.find(word);
    if (found == m_script.defines.end())
    {
        value.kind = PktValue::Kind::WORD;
        value.text = word;
        return value;
    }
    const std::string& text = found->second;
    if (text.size() > 1 && text.front() == '"')
    {
        value.kind = PktValue::Kind::TEXT;
        value.text = text.substr(1, text.size() - 2);
        return value;
    }
    PktLexer lexer(text);
    if (lexer.AtNumber())
    {
        value.kind = PktValue::Kind::NUMBER;
        value.number = lexer.Integer("a number", INT64_MIN + 1, INT64_MAX);
        return value;
    }
    value.kind = PktValue::Kind::WORD;
    value.text = text;
    return value;
}

PktValue
Parser::Primary()
{
    PktValue value;
    if (m_lexer.Accept("..."))
    {
        return value;
    }
    if (m_lexer.AtNumber())
    {
        value.kind = PktValue::Kind::NUMBER;
        value.number = m_lexer.Integer("a number", INT64_MIN + 1, INT64_MAX);
        return value;
    }
    if (m_lexer.Sees("\""))
    {
        value.kind = PktValue::Kind::TEXT;
        while (m_lexer.Sees("\""))
        {
            value.text += m_lexer.Quoted('"');
        }
        m_lexer.Accept("...");
        return value;
    }
    if (m_lexer.Accept("["))
    {
        value.kind = PktValue::Kind::LIST;
        while (!m_lexer.Accept("]"))
        {
            value.items.push_back(Value());
            if (!m_lexer.Accept(","))
            {
                m_lexer.Expect("]");
                break;
            }
        }
        return value;
    }
    if (m_lexer.Sees("{"))
    {
        return Struct();
    }
    const std::string word = m_lexer.Word("a value");
    if (!m_lexer.Accept("("))
    {
        return Defined(word);
    }
    value.kind = PktValue::Kind::CALL;
    value.text = word;
    while (!m_lexer.Accept(")"))
    {
        value.items.push_back(Value());
        m_lexer.Accept(",");
    }
    return value;
}

PktValue
Parser::Struct()
{
    PktValue value;
    value.kind = PktValue::Kind::STRUCT;
    m_lexer.Expect("{");
    while (!m_lexer.Accept("}"))
    {
        PktValue item = Value();
        std::string name;
        // "name=value" and "name(length)=value"
        if (m_lexer.Accept("="))
        {
            name = item.text;
            item = Value();
        }
        value.names.push_back(std::move(name));
        value.items.push_back(std::move(item));
        if (!m_lexer.Accept(","))
        {
            m_lexer.Expect("}");
            break;
        }
    }
    return value;
}

void
Parser::IpInfo(PktPacket& packet)
{
    const char* close = m_lexer.Accept("[") ? "]" : m_lexer.Accept("(") ? ")" : nullptr;
    if (!close)
    {
        return;
    }
    do
    {
        const std::string word = m_lexer.Word("tos, ttl, flowlabel or an ECN codepoint");
        static const std::map<std::string, uint8_t> ECN = {{"noecn", 0},
                                                           {"ect1", 1},
                                                           {"ect0", 2},
                                                           {"ce", 3}};
        if (word == "tos")
        {
            packet.tos = static_cast<uint8_t>(m_lexer.Integer("tos", 0, 255));
        }
        else if (word == "ttl")
        {
            packet.ttl = static_cast<uint8_t>(m_lexer.Integer("ttl", 0, 255));
        }
        else if (word == "flowlabel")
        {
            packet.flowLabel = static_cast<uint32_t>(m_lexer.Integer("flowlabel", 0, 0xfffff));
        }
        else if (word == "ect01")
        {
            packet.ect01 = true;
        }
        else if (ECN.contains(word))
        {
            packet.ecn = ECN.at(word);
        }
        else
        {
            m_lexer.FailBehind("'" + word + "' is no tos, ttl, flowlabel or ECN codepoint");
        }
    } while (m_lexer.Accept(","));
    m_lexer.Expect(close);
}

PktPlace
Parser::Place()
{
    PktPlace place;
    if (m_lexer.AcceptWord("addr"))
    {
        m_lexer.Expect("[");
        place.name = m_lexer.Word("the name of an address");
        m_lexer.Expect("]");
        return place;
    }
    // "1.2.3.4:80", "2001:db8::1:80" or "80": the port is behind the last colon.
    const std::string text = m_lexer.Rest();
    const std::size_t colon = text.rfind(':');
    const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos)
    {
        m_lexer.FailBehind("'" + text + "' has no port");
    }
    place.port = static_cast<uint16_t>(std::stoi(port));
    if (colon != std::string::npos)
    {
        place.address = text.substr(0, colon);
    }
    return place;
}

uint16_t
Parser::Flags()
{
    uint16_t flags = 0;
    static const std::map<char, PktFlag> LETTERS = {{'F', PKT_FIN},
                                                    {'S', PKT_SYN},
                                                    {'R', PKT_RST},
                                                    {'P', PKT_PSH},
                                                    {'U', PKT_URG},
                                                    {'E', PKT_ECE},
                                                    {'W', PKT_CWR},
                                                    {'A', PKT_AE}};
    if (m_lexer.Accept("-"))
    {
        return 0;
    }
    const std::string word = m_lexer.PeekWord();
    for (const char letter : word)
    {
        const auto flag = LETTERS.find(letter);
        if (flag == LETTERS.end())
        {
            m_lexer.Fail("'" + word + "' are no TCP flags: S F R P U E W A and . or -");
        }
        flags |= flag->second;
    }
    m_lexer.AcceptWord(word);
    if (m_lexer.Accept("."))
    {
        flags |= PKT_ACK;
    }
    else if (word.empty())
    {
        m_lexer.Fail("TCP flags expected: S F R P U E W A and . or -");
    }
    return flags;
}

PktPacket
Parser::Packet()
{
    PktPacket packet;
    const std::size_t begin = m_lexer.GetPosition();
    packet.inbound = m_lexer.Accept("<");
    if (!packet.inbound)
    {
        m_lexer.Expect(">");
    }
    for (const char* other : {"ipv4", "ipv6", "gre", "GREv0", "mpls", "udp", "icmp"})
    {
        if (m_lexer.SeesWord(other))
        {
            m_lexer.Unsupported(std::string("packets of ") + other + ": only TCP segments are");
        }
    }
    IpInfo(packet);
    const std::size_t tuple = m_lexer.GetPosition();
    if (m_lexer.Accept(">"))
    {
        packet.destination = Place();
    }
    else if (m_lexer.SeesWord("addr") || m_lexer.AtNumber() || m_lexer.Sees(":"))
    {
        m_lexer.SetPosition(tuple);
        packet.source = Place();
        m_lexer.Expect(">");
        packet.destination = Place();
    }
    packet.flags = Flags();
    packet.seq = static_cast<uint32_t>(m_lexer.Integer("a sequence number", 0, UINT32_MAX));
    m_lexer.Expect(":");
    const auto end = static_cast<uint32_t>(m_lexer.Integer("a sequence number", 0, UINT32_MAX));
    m_lexer.Expect("(");
    packet.length = static_cast<uint16_t>(m_lexer.Integer("a payload size", 0, 65535));
    m_lexer.Expect(")");
    if (end != packet.seq + packet.length)
    {
        m_lexer.FailBehind("the sequence numbers do not fit the payload size");
    }
    if (m_lexer.AcceptWord("ack"))
    {
        packet.ack = static_cast<uint32_t>(m_lexer.Integer("ack", 0, UINT32_MAX));
    }
    if (m_lexer.AcceptWord("win"))
    {
        packet.window = static_cast<uint16_t>(m_lexer.Integer("win", 0, 65535));
    }
    if (m_lexer.AcceptWord("urg"))
    {
        packet.urgent = static_cast<uint16_t>(m_lexer.Integer("urg", 0, 65535));
    }
    if (packet.inbound && !packet.window)
    {
        m_lexer.FailBehind("an inbound packet needs a window: win N");
    }
    if (m_lexer.Accept("<"))
    {
        packet.anyOptions = m_lexer.Accept("...");
        if (packet.anyOptions)
        {
            m_lexer.Expect(">");
        }
        else
        {
            packet.options = ParsePktOptions(m_lexer, m_script.defines);
        }
        if (packet.inbound && packet.anyOptions)
        {
            m_lexer.FailBehind("<...> is for outbound packets only");
        }
    }
    packet.text = m_lexer.Since(begin);
    return packet;
}

} // namespace

PktScript
ParsePktScript(const std::string& path,
               std::string_view text,
               const std::map<std::string, std::string>& defines)
{
    PktScript script;
    script.path = path;
    Parser(text, defines, script).Parse();
    return script;
}

} // namespace ns3
