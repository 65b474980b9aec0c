/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CHECKER_H
#define MPTCP_CHECKER_H

#include "ns3/attribute.h"
#include "ns3/object-factory.h"
#include "ns3/string.h"
#include "ns3/type-id.h"

#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

namespace ns3
{

/**
 * Checker that says what it refuses: one line on the standard error output with the attribute, the
 * value and what is allowed. ns-3 itself names the attribute only, and ends the program.
 */
class MptcpNamedChecker : public AttributeChecker
{
  public:
    /**
     * @param attribute full name of the attribute
     * @param inner checker that decides
     */
    MptcpNamedChecker(std::string attribute, Ptr<const AttributeChecker> inner)
        : m_attribute(std::move(attribute)),
          m_inner(std::move(inner))
    {
    }

    bool Check(const AttributeValue& value) const override
    {
        if (m_inner->Check(value))
        {
            return true;
        }
        const auto text = dynamic_cast<const StringValue*>(&value);
        const bool isText = GetValueTypeName() == "ns3::StringValue";
        // ns-3 shows a text that can be read as a value again as such a value, and a text whose
        // attribute is a text twice.
        if (text && !isText && m_inner->Create()->DeserializeFromString(text->Get(), m_inner))
        {
            return false;
        }
        const std::string shown =
            text ? text->Get() : value.SerializeToString(Ptr<const AttributeChecker>(this));
        if (isText && m_shown == shown)
        {
            m_shown.reset();
            return false;
        }
        m_shown = shown;
        std::cerr << m_attribute << ": \"" << shown << "\" is not allowed: give "
                  << GetUnderlyingTypeInformation() << std::endl;
        return false;
    }

    std::string GetValueTypeName() const override
    {
        return m_inner->GetValueTypeName();
    }

    bool HasUnderlyingTypeInformation() const override
    {
        return true;
    }

    std::string GetUnderlyingTypeInformation() const override
    {
        return m_inner->HasUnderlyingTypeInformation() ? m_inner->GetUnderlyingTypeInformation()
                                                       : "a " + GetValueTypeName();
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
    std::string m_attribute;                    ///< name of the attribute
    Ptr<const AttributeChecker> m_inner;        ///< what decides
    mutable std::optional<std::string> m_shown; ///< what was refused last
};

/**
 * @param attribute full name of an attribute
 * @param inner its checker
 * @return the checker, which says what it refuses
 */
inline Ptr<const AttributeChecker>
MptcpNamed(const std::string& attribute, Ptr<const AttributeChecker> inner)
{
    return Create<MptcpNamedChecker>(attribute, inner);
}

/**
 * Checker of values of one kind that a function admits.
 *
 * @tparam Value StringValue or TypeIdValue
 */
template <typename Value>
class MptcpPredicateChecker : public AttributeChecker
{
  public:
    /** What tells whether a value is admitted. */
    using Predicate = std::function<bool(const Value&)>;
    /** What tells what is allowed. */
    using Allowed = std::function<std::string()>;

    /**
     * @param kind name of the class of values
     * @param admits tells whether a value is admitted
     * @param allowed what is allowed, for messages
     */
    MptcpPredicateChecker(std::string kind, Predicate admits, Allowed allowed)
        : m_kind(std::move(kind)),
          m_admits(std::move(admits)),
          m_allowed(std::move(allowed))
    {
    }

    bool Check(const AttributeValue& value) const override
    {
        const auto typed = dynamic_cast<const Value*>(&value);
        return typed && m_admits(*typed);
    }

    std::string GetValueTypeName() const override
    {
        return m_kind;
    }

    bool HasUnderlyingTypeInformation() const override
    {
        return true;
    }

    std::string GetUnderlyingTypeInformation() const override
    {
        return m_allowed();
    }

    Ptr<AttributeValue> Create() const override
    {
        return ns3::Create<Value>();
    }

    bool Copy(const AttributeValue& source, AttributeValue& destination) const override
    {
        const auto from = dynamic_cast<const Value*>(&source);
        const auto to = dynamic_cast<Value*>(&destination);
        if (from && to)
        {
            *to = *from;
        }
        return from && to;
    }

  private:
    std::string m_kind; ///< name of the class of values
    Predicate m_admits; ///< tells whether a value is admitted
    Allowed m_allowed;  ///< what is allowed
};

/**
 * @param attribute full name of an attribute that is a text
 * @param admits tells whether a text is admitted
 * @param allowed what is allowed, for messages
 * @return its checker
 */
inline Ptr<const AttributeChecker>
MptcpMakeTextChecker(const std::string& attribute,
                     const std::function<bool(const std::string&)>& admits,
                     const std::string& allowed)
{
    using Checker = MptcpPredicateChecker<StringValue>;
    return MptcpNamed(attribute,
                      Create<Checker>(
                          "ns3::StringValue",
                          [admits](const StringValue& value) { return admits(value.Get()); },
                          [allowed] { return allowed; }));
}

/**
 * @tparam T base class
 * @param type what is to be created
 * @return an object of it; null if it is no T or cannot be created
 */
template <typename T>
Ptr<T>
MptcpCreate(const TypeId& type)
{
    // Not by the TypeId's parent: up to ns-3.42 that of ns3::TcpCubic is not TcpCongestionOps.
    Ptr<T> object;
    if (type.GetUid() != 0 && type.HasConstructor())
    {
        ObjectFactory factory;
        factory.SetTypeId(type);
        object = DynamicCast<T>(factory.Create());
    }
    return object;
}

/**
 * @tparam T base class
 * @param attribute full name of an attribute that is the class of a T
 * @return its checker
 */
template <typename T>
Ptr<const AttributeChecker>
MptcpMakeTypeChecker(const std::string& attribute)
{
    const auto allowed = [] {
        std::string names;
        for (uint16_t i = 0; i < TypeId::GetRegisteredN(); ++i)
        {
            const TypeId type = TypeId::GetRegistered(i);
            if (type.HasConstructor() && type.IsChildOf(T::GetTypeId()))
            {
                names += (names.empty() ? "" : ", ") + type.GetName();
            }
        }
        return "a " + T::GetTypeId().GetName() + ": " + names;
    };
    using Checker = MptcpPredicateChecker<TypeIdValue>;
    return MptcpNamed(attribute,
                      Create<Checker>(
                          "ns3::TypeIdValue",
                          [](const TypeIdValue& value) {
                              const TypeId type = value.Get();
                              return type.GetUid() != 0 && type.HasConstructor() &&
                                     (type.IsChildOf(T::GetTypeId()) || MptcpCreate<T>(type));
                          },
                          allowed));
}

} // namespace ns3

#endif /* MPTCP_CHECKER_H */
