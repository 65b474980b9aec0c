/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-middlebox-helper.h"

#include "ns3/abort.h"
#include "ns3/channel.h"

namespace ns3
{

void
MptcpMiddleboxHelper::AddElement(const ObjectFactory& factory)
{
    NS_ABORT_MSG_UNLESS(factory.GetTypeId().IsChildOf(MptcpMiddleboxElement::GetTypeId()),
                        factory.GetTypeId() << " is not an element of middleboxes: name a "
                                            << "subclass of ns3::MptcpMiddleboxElement");
    m_elements.push_back(factory);
}

uint32_t
MptcpMiddleboxHelper::GetNElements() const
{
    return m_elements.size();
}

Ptr<MptcpMiddlebox>
MptcpMiddleboxHelper::Install(Ptr<NetDevice> inside, Ptr<NetDevice> outside) const
{
    const Ptr<MptcpMiddlebox> box = CreateObject<MptcpMiddlebox>();
    for (const ObjectFactory& factory : m_elements)
    {
        box->AddElement(factory.Create<MptcpMiddleboxElement>());
    }
    box->SetPorts(inside, outside);
    inside->GetNode()->AggregateObject(box);
    return box;
}

Ptr<MptcpMiddlebox>
MptcpMiddleboxHelper::Find(Ptr<NetDevice> end)
{
    const Ptr<Channel> channel = end->GetChannel();
    for (std::size_t i = 0; i < channel->GetNDevices(); ++i)
    {
        if (const auto box = channel->GetDevice(i)->GetNode()->GetObject<MptcpMiddlebox>())
        {
            return box;
        }
    }
    return nullptr;
}

} // namespace ns3
