/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CAPTURE_H
#define MPTCP_CAPTURE_H

#include "ns3/address.h"
#include "ns3/mptcp-option.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace ns3
{

/** The TCP segments of both hosts of a topology, as octets on the wire. */
class MptcpCapture
{
  public:
    /** One segment, when its last octet leaves the device. */
    struct Segment
    {
        Time time;                                ///< when
        uint32_t path{0};                         ///< path index
        bool fromClient{false};                   ///< sender
        Address source;                           ///< InetSocketAddress or Inet6SocketAddress
        Address destination;                      ///< the same
        uint8_t flags{0};                         ///< TCP flags
        uint32_t size{0};                         ///< payload octets
        std::vector<std::vector<uint8_t>> octets; ///< of each option of kind 30

        /**
         * @tparam T type of an option
         * @param version its version
         * @return the options of this type
         */
        template <typename T>
        std::vector<T> Get(MptcpVersion version = MptcpVersion::V1) const
        {
            std::vector<T> found;
            for (const auto& one : octets)
            {
                MptcpOption option;
                if (ParseMptcpOption(one, version, option) == MptcpWireError::NONE &&
                    std::holds_alternative<T>(option))
                {
                    found.push_back(std::get<T>(option));
                }
            }
            return found;
        }
    };

    /** @param topology a topology that is built */
    explicit MptcpCapture(const MptcpTopologyHelper& topology);

    /** @return all segments so far */
    const std::vector<Segment>& GetAll() const;
    /** @param wanted condition @return number of segments that meet it */
    std::size_t Count(const std::function<bool(const Segment&)>& wanted) const;

    /**
     * @tparam T type of an option
     * @param fromClient sender
     * @return number of segments that carry it
     */
    template <typename T>
    std::size_t CountOption(bool fromClient) const
    {
        return Count([fromClient](const Segment& segment) {
            return segment.fromClient == fromClient && !segment.Get<T>().empty();
        });
    }

  private:
    /** @param device index of the device @param packet with its PPP header */
    void See(uint32_t device, Ptr<const Packet> packet);

    std::vector<Segment> m_segments; ///< all so far
};

} // namespace ns3

#endif /* MPTCP_CAPTURE_H */
