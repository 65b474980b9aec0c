/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_TCP_ATTRIBUTES_H
#define MPTCP_TCP_ATTRIBUTES_H

#include "ns3/attribute.h"
#include "ns3/object-base.h"
#include "ns3/ptr.h"
#include "ns3/type-id.h"

#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * What a connection has set of the attributes of ns3::TcpSocketBase, which its subflows follow.
 *
 * ns3::MptcpSocketBase has each attribute that ns-3 registers for ns3::TcpSocketBase, by the same
 * name, with the same checker, whatever the release of ns-3: MinRto, MaxSegLifetime, Sack, UseEcn
 * and so on. As long as nobody has set one, the subflows have the default of ns3::TcpSocketBase.
 *
 * Attributes that are an object of one TCP socket (CongestionOps, RecoveryOps, TxBuffer, RxBuffer)
 * cannot be those of several subflows: to set one is refused with a line, and none can be read.
 */
class MptcpTcpAttributes
{
  public:
    /**
     * Register the attributes of ns3::TcpSocketBase that a type does not have.
     *
     * @param type ns3::MptcpSocketBase, with its own attributes
     * @return the type
     */
    static TypeId Declare(TypeId type);

    /** What a subflow may still follow. */
    enum class Stage
    {
        BEFORE_SYN, ///< everything
        AGREED,     ///< what the SYNs do not agree on
    };

    /**
     * @param name attribute of ns3::TcpSocketBase
     * @param value its value, which the attribute's checker has admitted
     */
    void Set(const std::string& name, const AttributeValue& value);
    /** @param name attribute of ns3::TcpSocketBase @return what was set; null: nothing */
    Ptr<const AttributeValue> Find(const std::string& name) const;
    /**
     * Take over what an accepted connection has from the socket that listened: all but callbacks,
     * which stock TCP does not hand down either.
     *
     * @param listener settings of the listening socket
     */
    void Inherit(const MptcpTcpAttributes& listener);
    /** @param subflow gets all that was set, as far as it may @param stage of the subflow */
    void Apply(ObjectBase& subflow, Stage stage) const;
    /**
     * @param name attribute of ns3::TcpSocketBase
     * @return the option that it switches is agreed on by SYNs (RFC 7323, RFC 2018), so that only
     * subflows without a SYN can follow it
     */
    static bool IsAgreedBySyn(const std::string& name);

  private:
    std::vector<std::pair<std::string, Ptr<const AttributeValue>>> m_set; ///< in order of setting
};

} // namespace ns3

#endif /* MPTCP_TCP_ATTRIBUTES_H */
