/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_MIDDLEBOX_HELPER_H
#define MPTCP_MIDDLEBOX_HELPER_H

#include "ns3/mptcp-middlebox.h"
#include "ns3/net-device-container.h"
#include "ns3/node-container.h"
#include "ns3/object-factory.h"

#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Makes middleboxes and puts them on links.
 *
 * @code
 * MptcpMiddleboxHelper box;
 * box.AddElement("ns3::MptcpMiddleboxNat");
 * box.AddElement("ns3::MptcpMiddleboxOptionFilter", "Syn", BooleanValue(false));
 * NetDeviceContainer ends = box.Insert(pointToPointHelper, inside, outside);
 * @endcode
 *
 * MptcpTopologyHelper::SetMiddlebox() puts one on a path.
 */
class MptcpMiddleboxHelper
{
  public:
    /**
     * Give the boxes one more element, the next one from the inside to the outside.
     * @tparam Args names and values of its attributes
     * @param typeId name of a subclass of ns3::MptcpMiddleboxElement
     * @param args names and values of its attributes
     */
    template <typename... Args>
    void AddElement(const std::string& typeId, Args&&... args)
    {
        ObjectFactory factory;
        factory.SetTypeId(typeId);
        factory.Set(std::forward<Args>(args)...);
        AddElement(factory);
    }

    /** @param factory makes one more element */
    void AddElement(const ObjectFactory& factory);
    /** @return number of elements that a box gets */
    uint32_t GetNElements() const;
    /**
     * Make a box of two devices that are connected already.
     * @param inside device of a node without an internet stack
     * @param outside another device of the same node
     * @return the box, aggregated to the node
     */
    Ptr<MptcpMiddlebox> Install(Ptr<NetDevice> inside, Ptr<NetDevice> outside) const;

    /**
     * Join two nodes by a link with a box in the middle: two links of the same kind and a node
     * between them.
     * @tparam Link PointToPointHelper, CsmaHelper or the like
     * @param link makes the two links
     * @param inside node at the first port
     * @param outside node at the second port
     * @return the devices of the two nodes, as if @p link alone had joined them
     */
    template <typename Link>
    NetDeviceContainer Insert(Link& link, Ptr<Node> inside, Ptr<Node> outside) const
    {
        const Ptr<Node> node = CreateObject<Node>();
        const NetDeviceContainer first = link.Install(NodeContainer(inside, node));
        const NetDeviceContainer second = link.Install(NodeContainer(node, outside));
        Install(first.Get(1), second.Get(0));
        return NetDeviceContainer(first.Get(0), second.Get(1));
    }

    /**
     * @param end device of an end of a link that Insert() made
     * @return the box on that link, or null
     */
    static Ptr<MptcpMiddlebox> Find(Ptr<NetDevice> end);

  private:
    std::vector<ObjectFactory> m_elements; ///< from the inside to the outside
};

} // namespace ns3

#endif /* MPTCP_MIDDLEBOX_HELPER_H */
