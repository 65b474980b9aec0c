/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_ADDRESS_TEXT_H
#define MPTCP_ADDRESS_TEXT_H

#include "ns3/address.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"

#include <sstream>
#include <string>

namespace ns3
{

/**
 * @param host Ipv4Address or Ipv6Address
 * @return its text, such as "10.1.1.1"
 */
inline std::string
MptcpToText(const Address& host)
{
    std::ostringstream text;
    if (Ipv4Address::IsMatchingType(host))
    {
        text << Ipv4Address::ConvertFrom(host);
    }
    else
    {
        text << Ipv6Address::ConvertFrom(host);
    }
    return text.str();
}

} // namespace ns3

#endif /* MPTCP_ADDRESS_TEXT_H */
