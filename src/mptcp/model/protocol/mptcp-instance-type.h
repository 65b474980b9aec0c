/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_INSTANCE_TYPE_H
#define MPTCP_INSTANCE_TYPE_H

#include "ns3/object.h"
#include "ns3/type-id.h"

#include <type_traits>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Whether a class of ns-3 answers its own type whatever is derived from it. TcpSocketBase and
 * TcpOption do so up to ns-3.44, where they override Object::GetInstanceTypeId(): what is derived
 * from them has to do the same. From ns-3.45 on that function is final, and Object knows the type
 * that an object was made as.
 *
 * @tparam Base the class
 */
template <typename Base>
inline constexpr bool MPTCP_HIDES_INSTANCE_TYPE =
    !std::is_same_v<decltype(&Base::GetInstanceTypeId), TypeId (Object::*)() const>;

/**
 * @ingroup mptcp
 *
 * Stands between a class and one of ns-3 that would answer its own type instead.
 *
 * @tparam Self the class, which has GetTypeId()
 * @tparam Base its base class in ns-3
 */
template <typename Self, typename Base>
class MptcpInstanceType : public Base
{
  public:
    using Base::Base;

    TypeId GetInstanceTypeId() const override
    {
        return Self::GetTypeId();
    }
};

/**
 * @ingroup mptcp
 *
 * What a class derives from, so that GetInstanceTypeId() is right with every release of ns-3.
 *
 * @tparam Self the class, which has GetTypeId()
 * @tparam Base its base class in ns-3
 */
template <typename Self, typename Base>
using MptcpTypedBase =
    std::conditional_t<MPTCP_HIDES_INSTANCE_TYPE<Base>, MptcpInstanceType<Self, Base>, Base>;

} // namespace ns3

#endif /* MPTCP_INSTANCE_TYPE_H */
