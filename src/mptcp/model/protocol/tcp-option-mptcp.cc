/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "tcp-option-mptcp.h"

#include "ns3/buffer.h"

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(TcpOptionMptcp);

TypeId
TcpOptionMptcp::GetTypeId()
{
    static TypeId tid = TypeId("ns3::TcpOptionMptcp")
                            .SetParent<TcpOption>()
                            .SetGroupName("Mptcp")
                            .AddConstructor<TcpOptionMptcp>();
    return tid;
}

void
TcpOptionMptcp::Clear()
{
    m_size = 0;
    m_appended = false;
}

bool
TcpOptionMptcp::Add(const MptcpOption& option, MptcpVersion version)
{
    const std::size_t written =
        SerializeMptcpOption(option, version, std::span(m_octets).subspan(m_size));
    m_size += static_cast<uint8_t>(written);
    return written > 0;
}

bool
TcpOptionMptcp::AddOctets(std::span<const uint8_t> octets)
{
    if (m_size + octets.size() > m_octets.size())
    {
        return false;
    }
    std::copy(octets.begin(), octets.end(), m_octets.begin() + m_size);
    m_size += static_cast<uint8_t>(octets.size());
    return true;
}

bool
TcpOptionMptcp::AppendTo(TcpHeader& header)
{
    m_appended = false;
    const bool appended = header.AppendOption(Ptr<const TcpOption>(this));
    m_appended = true;
    return appended;
}

void
TcpOptionMptcp::Print(std::ostream& os) const
{
    os << "MPTCP(" << +m_size << " octets)";
}

void
TcpOptionMptcp::Serialize(Buffer::Iterator start) const
{
    start.Write(m_octets.data(), m_size);
}

uint32_t
TcpOptionMptcp::Deserialize(Buffer::Iterator start)
{
    const uint8_t kind = start.ReadU8();
    const uint8_t size = start.ReadU8();
    if (kind != MPTCP_OPTION_KIND || size < 3 || size > m_octets.size())
    {
        return 0;
    }
    m_octets[0] = kind;
    m_octets[1] = size;
    start.Read(m_octets.data() + 2, size - 2);
    m_size = size;
    m_appended = true;
    return size;
}

uint8_t
TcpOptionMptcp::GetKind() const
{
    return m_appended ? MPTCP_OPTION_KIND : static_cast<uint8_t>(TcpOption::NOP);
}

uint32_t
TcpOptionMptcp::GetSerializedSize() const
{
    return m_size;
}

std::span<const uint8_t>
GetOptionOctets(const TcpOption& option,
                uint8_t kind,
                std::array<uint8_t, MPTCP_OPTION_SPACE>& scratch)
{
    const uint32_t size = option.GetSerializedSize();
    if (option.GetKind() != kind || size < 2 || size > scratch.size())
    {
        return {};
    }
    Buffer buffer;
    buffer.AddAtStart(size);
    option.Serialize(buffer.Begin());
    buffer.CopyData(scratch.data(), size);
    return {scratch.data(), size};
}

std::span<const uint8_t>
GetMptcpOctets(const TcpOption& option, std::array<uint8_t, MPTCP_OPTION_SPACE>& scratch)
{
    const auto octets = GetOptionOctets(option, MPTCP_OPTION_KIND, scratch);
    return octets.size() < 3 ? std::span<const uint8_t>() : octets;
}

} // namespace ns3
