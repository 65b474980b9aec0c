/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-stack-helper.h"

#include "mptcp-profiles.h"

#include "ns3/abort.h"
#include "ns3/mptcp-notice.h"
#include "ns3/mptcp-socket-factory.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-tcp-socket-factory.h"
#include "ns3/node.h"
#include "ns3/string.h"
#include "ns3/tcp-l4-protocol.h"

#include <algorithm>
#include <sstream>

namespace ns3
{

MptcpStackHelper::MptcpStackHelper()
{
    m_factory.SetTypeId(MptcpStack::GetTypeId());
}

void
MptcpStackHelper::Set(const std::string& name, const AttributeValue& value)
{
    m_factory.Set(name, value);
    m_settings.emplace_back(name, value.Copy());
}

void
MptcpStackHelper::SetDefault(const std::string& name, const AttributeValue& value)
{
    m_defaults.emplace_back(name, value.Copy());
}

void
MptcpStackHelper::SetProfile(const std::string& name)
{
    MptcpGetProfile(name); // stops if there is none
    m_profile = name;
}

std::vector<std::string>
MptcpStackHelper::GetProfiles()
{
    std::vector<std::string> names;
    for (const MptcpProfile& profile : MptcpGetProfiles())
    {
        names.push_back(profile.name);
    }
    return names;
}

Ptr<MptcpStack>
MptcpStackHelper::Install(Ptr<Node> node) const
{
    if (const Ptr<MptcpStack> installed = node->GetObject<MptcpStack>())
    {
        return installed;
    }
    Ptr<TcpL4Protocol> tcp = node->GetObject<TcpL4Protocol>();
    NS_ABORT_MSG_UNLESS(tcp,
                        "MptcpStackHelper: node " << node->GetId()
                                                  << " has no TCP; install InternetStackHelper "
                                                     "first");
    Ptr<MptcpStack> stack = m_factory.Create<MptcpStack>();
    stack->SetNode(node);
    if (!m_profile.empty())
    {
        MptcpApplyProfile(MptcpGetProfile(m_profile), stack);
        TellOutweighed();
        for (const auto& [name, value] : m_settings)
        {
            stack->SetAttribute(name, *value);
        }
    }
    for (const auto& [name, value] : m_defaults)
    {
        stack->SetDefault(name, *value);
    }
    Ptr<MptcpSocketFactory> factory = CreateObject<MptcpSocketFactory>();
    factory->SetStack(stack, tcp);
    node->AggregateObject(stack);
    node->AggregateObject(factory);
    return stack;
}

void
MptcpStackHelper::TellOutweighed() const
{
    const auto names = [](const auto& settings, const std::string& name) {
        return std::any_of(settings.begin(), settings.end(), [&name](const auto& setting) {
            return setting.first == name;
        });
    };
    for (const auto& [path, text] : MptcpGetProfile(m_profile).settings)
    {
        const std::size_t colons = path.rfind("::");
        const std::string attribute = path.substr(colons + 2);
        const TypeId type = TypeId::LookupByName(path.substr(0, colons));
        const bool own = type == MptcpStack::GetTypeId();
        TypeId::AttributeInformation info;
        type.LookupAttributeByName(attribute, &info);
        if (!MptcpIsDefaultSet(info) ||
            (own ? names(m_settings, attribute) : names(m_defaults, path)))
        {
            continue;
        }
        const auto value = info.checker->CreateValidValue(StringValue(text));
        const std::string set = info.initialValue->SerializeToString(info.checker);
        if (set != value->SerializeToString(info.checker))
        {
            std::ostringstream line;
            line << "profile " << m_profile << " has " << path << "=" << text
                 << ", which overrides the default " << set
                 << " that was set for all nodes; to change it, use MptcpStackHelper::"
                 << (own ? "Set" : "SetDefault");
            MptcpNotice::Tell(line.str());
        }
    }
}

void
MptcpStackHelper::Install(const NodeContainer& nodes) const
{
    for (auto it = nodes.Begin(); it != nodes.End(); ++it)
    {
        Install(*it);
    }
}

Ptr<MptcpStack>
MptcpStackHelper::Mptcpize(Ptr<Node> node) const
{
    Ptr<MptcpStack> stack = Install(node);
    MptcpTcpSocketFactory::Install(node);
    return stack;
}

void
MptcpStackHelper::Mptcpize(const NodeContainer& nodes) const
{
    for (auto it = nodes.Begin(); it != nodes.End(); ++it)
    {
        Mptcpize(*it);
    }
}

void
MptcpStackHelper::AddEndpoints(const NodeContainer& nodes, uint8_t flags)
{
    for (auto it = nodes.Begin(); it != nodes.End(); ++it)
    {
        const Ptr<MptcpStack> stack = (*it)->GetObject<MptcpStack>();
        NS_ABORT_MSG_UNLESS(stack,
                            "MptcpStackHelper: node " << (*it)->GetId()
                                                      << " has no MPTCP; call Install first");
        const std::string error = stack->AddEndpoints(flags);
        NS_ABORT_MSG_UNLESS(error.empty(), "node " << (*it)->GetId() << ": " << error);
    }
}

int64_t
MptcpStackHelper::AssignStreams(const NodeContainer& nodes, int64_t stream)
{
    int64_t used = 0;
    for (auto it = nodes.Begin(); it != nodes.End(); ++it)
    {
        if (const Ptr<MptcpStack> stack = (*it)->GetObject<MptcpStack>())
        {
            used += stack->AssignStreams(stream + used);
        }
    }
    return used;
}

} // namespace ns3
