/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-window-clamp.h"

#include "ns3/uinteger.h"

#include <algorithm>

namespace ns3
{

namespace
{

constexpr uint8_t WINDOW_SCALE = 3; ///< option kind (RFC 7323)

} // namespace

NS_OBJECT_ENSURE_REGISTERED(MptcpMiddleboxWindowClamp);

TypeId
MptcpMiddleboxWindowClamp::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpMiddleboxWindowClamp")
            .SetParent<MptcpMiddleboxElement>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpMiddleboxWindowClamp>()
            .AddAttribute("MaxWindow",
                          "Largest receive window, in octets.",
                          UintegerValue(8192),
                          MakeUintegerAccessor(&MptcpMiddleboxWindowClamp::m_maxWindow),
                          MakeUintegerChecker<uint32_t>(1));
    return tid;
}

std::size_t
MptcpMiddleboxWindowClamp::GetNFlows() const
{
    return m_flows.GetSize();
}

void
MptcpMiddleboxWindowClamp::DoDispose()
{
    m_flows.Clear();
    MptcpMiddleboxElement::DoDispose();
}

void
MptcpMiddleboxWindowClamp::DoProcess(Direction direction, Segment& segment)
{
    auto& scales =
        m_flows.SeeOrAdd(MptcpMiddleboxFlow(direction, segment), direction, segment, GetTimeouts())
            .scales;
    const auto own = static_cast<std::size_t>(direction);
    const bool opens = segment.Has(Segment::SYN);
    if (opens)
    {
        const auto option = segment.FindOption(WINDOW_SCALE);
        scales[own] = option.size() == 3 ? std::min<uint8_t>(option[2], 14) : NOT_OFFERED;
    }
    if (Acts(direction))
    {
        // The window of a SYN is never scaled, and scaling takes both ends (RFC 7323, section 2.2).
        const bool scaled = !opens && scales[0] != NOT_OFFERED && scales[1] != NOT_OFFERED;
        const uint32_t scale = scaled ? scales[own] : 0;
        // Rounded up: a shrunk window is not a closed one.
        const uint32_t largest = (uint64_t{m_maxWindow} + (1U << scale) - 1) >> scale;
        if (segment.window > largest)
        {
            segment.window = static_cast<uint16_t>(largest);
            CountAction();
        }
    }
    Emit(direction, segment);
}

} // namespace ns3
