/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-tcp-attributes.h"

#include "mptcp-socket-base.h"

#include "ns3/callback.h"
#include "ns3/object-factory.h"

#include <algorithm>
#include <iostream>
#include <utility>

namespace ns3
{

namespace
{

/** @return type of ns3::TcpSocketBase */
TypeId
GetTcpType()
{
    return MptcpSubflow::GetTypeId().GetParent();
}

/** @param info attribute of ns3::TcpSocketBase @return its value is an object of one socket */
bool
IsObject(const TypeId::AttributeInformation& info)
{
    return info.checker->GetValueTypeName().ends_with("PointerValue");
}

/** @param name attribute of ns3::TcpSocketBase that is an object @return what to do instead */
std::string
GetInstead(const std::string& name)
{
    if (name == "CongestionOps")
    {
        return "set CongestionControl or SubflowCongestionControl";
    }
    if (name == "RecoveryOps")
    {
        return "set ns3::TcpL4Protocol::RecoveryType";
    }
    return "look at the subflows (MptcpSocketBase::GetSubflows)";
}

/** Refuses everything, with a line: the attribute is an object of one TCP socket. */
class ObjectRefuser : public AttributeChecker
{
  public:
    /** @param name name of the attribute @param inner checker of ns3::TcpSocketBase */
    ObjectRefuser(const std::string& name, Ptr<const AttributeChecker> inner)
        : m_name(name),
          m_inner(inner)
    {
    }

    bool Check(const AttributeValue& /* value */) const override
    {
        std::cerr << "ns3::MptcpSocketBase::" << m_name
                  << ": an object cannot belong to several subflows: " << GetInstead(m_name)
                  << std::endl;
        return false;
    }

    std::string GetValueTypeName() const override
    {
        return m_inner->GetValueTypeName();
    }

    bool HasUnderlyingTypeInformation() const override
    {
        return m_inner->HasUnderlyingTypeInformation();
    }

    std::string GetUnderlyingTypeInformation() const override
    {
        return m_inner->GetUnderlyingTypeInformation();
    }

    Ptr<AttributeValue> Create() const override
    {
        return m_inner->Create();
    }

    bool Copy(const AttributeValue& source, AttributeValue& destination) const override
    {
        return m_inner->Copy(source, destination);
    }

  private:
    std::string m_name;                  ///< name of the attribute
    Ptr<const AttributeChecker> m_inner; ///< checker of ns3::TcpSocketBase
};

} // namespace

/** Keeps a value for the subflows of the connection that it is set for. */
class MptcpTcpAttributeAccessor : public AttributeAccessor
{
  public:
    /**
     * @param info attribute of ns3::TcpSocketBase
     * @param type type that gets it
     * @param index of the attribute in this type
     */
    MptcpTcpAttributeAccessor(TypeId::AttributeInformation info,
                              const TypeId& type,
                              std::size_t index)
        : m_info(std::move(info)),
          m_type(type),
          m_index(index)
    {
    }

    bool Set(ObjectBase* object, const AttributeValue& value) const override
    {
        auto connection = dynamic_cast<MptcpSocketBase*>(object);
        if (!connection)
        {
            return false;
        }
        if (!connection->m_constructed && IsInitial(value))
        {
            return true; // nobody has set it: the default of ns3::TcpSocketBase counts
        }
        return connection->SetTcpAttribute(m_info.name, value);
    }

    bool Get(const ObjectBase* object, AttributeValue& value) const override
    {
        const auto connection = dynamic_cast<const MptcpSocketBase*>(object);
        if (!connection)
        {
            return false;
        }
        if (const auto set = connection->m_tcpAttributes.Find(m_info.name))
        {
            return m_info.checker->Copy(*set, value);
        }
        // What a subflow would begin with, also by the environment variable of ns-3.
        ObjectFactory factory;
        factory.SetTypeId(GetTcpType());
        return factory.Create()->GetAttributeFailSafe(m_info.name, value) ||
               m_info.checker->Copy(*GetDefault(), value);
    }

    bool HasGetter() const override
    {
        return !IsObject(m_info);
    }

    bool HasSetter() const override
    {
        return (m_info.flags & TypeId::ATTR_SET) && m_info.accessor->HasSetter();
    }

  private:
    /**
     * ns-3 gives each new object the initial values of all its attributes, in the same way as those
     * that somebody wants.
     *
     * @param value a value @return it is the one that ns-3 registers, and that no program changed
     */
    bool IsInitial(const AttributeValue& value) const
    {
        const TypeId::AttributeInformation own = m_type.GetAttribute(m_index);
        return own.initialValue == own.originalInitialValue &&
               value.SerializeToString(m_info.checker) ==
                   own.originalInitialValue->SerializeToString(m_info.checker);
    }

    /** @return the value that ns3::TcpSocketBase begins with */
    Ptr<const AttributeValue> GetDefault() const
    {
        TypeId::AttributeInformation now;
        GetTcpType().LookupAttributeByName(m_info.name, &now);
        return now.initialValue;
    }

    TypeId::AttributeInformation m_info; ///< attribute of ns3::TcpSocketBase
    TypeId m_type;                       ///< type that has it, too
    std::size_t m_index;                 ///< of the attribute there
};

TypeId
MptcpTcpAttributes::Declare(TypeId type)
{
    const TypeId tcp = GetTcpType();
    for (std::size_t i = 0; i < tcp.GetAttributeN(); ++i)
    {
        const TypeId::AttributeInformation info = tcp.GetAttribute(i);
        const std::size_t index = type.GetAttributeN();
        bool known = false;
        for (std::size_t j = 0; j < index; ++j)
        {
            known = known || type.GetAttribute(j).name == info.name; // what is ours counts
        }
        if (known)
        {
            continue;
        }
        const bool object = IsObject(info);
        const std::string help =
            object ? " Of one subflow, not of the connection: " + GetInstead(info.name) + "."
                   : " Of each subflow; until it is set, the value of ns3::TcpSocketBase.";
        const Ptr<const AttributeChecker> checker =
            object ? Ptr<const AttributeChecker>(Create<ObjectRefuser>(info.name, info.checker))
                   : info.checker;
        type.AddAttribute(info.name,
                          info.help + help,
                          object ? info.flags & ~TypeId::ATTR_CONSTRUCT & ~TypeId::ATTR_GET
                                 : info.flags | TypeId::ATTR_GET,
                          *info.originalInitialValue,
                          Create<MptcpTcpAttributeAccessor>(info, type, index),
                          checker,
                          info.supportLevel,
                          info.supportMsg);
    }
    return type;
}

void
MptcpTcpAttributes::Set(const std::string& name, const AttributeValue& value)
{
    std::erase_if(m_set, [&name](const auto& setting) { return setting.first == name; });
    m_set.emplace_back(name, value.Copy());
}

Ptr<const AttributeValue>
MptcpTcpAttributes::Find(const std::string& name) const
{
    const auto it = std::find_if(m_set.begin(), m_set.end(), [&name](const auto& setting) {
        return setting.first == name;
    });
    return it == m_set.end() ? nullptr : it->second;
}

void
MptcpTcpAttributes::Inherit(const MptcpTcpAttributes& listener)
{
    for (const auto& [name, value] : listener.m_set)
    {
        if (!dynamic_cast<const CallbackValue*>(PeekPointer(value)))
        {
            Set(name, *value);
        }
    }
}

void
MptcpTcpAttributes::Apply(ObjectBase& subflow, Stage stage) const
{
    for (const auto& [name, value] : m_set)
    {
        if (stage == Stage::BEFORE_SYN || !IsAgreedBySyn(name))
        {
            subflow.SetAttribute(name, *value);
        }
    }
}

bool
MptcpTcpAttributes::IsAgreedBySyn(const std::string& name)
{
    return name == "WindowScaling" || name == "Sack" || name == "Timestamp";
}

} // namespace ns3
