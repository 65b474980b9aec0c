/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_TCP_TRACES_H
#define MPTCP_TCP_TRACES_H

#include "ns3/callback.h"
#include "ns3/object-base.h"
#include "ns3/type-id.h"

#include <forward_list>
#include <optional>
#include <string>

namespace ns3
{

/**
 * @ingroup mptcp
 *
 * Sinks that a connection has for traces of ns3::TcpSocketBase: each of its subflows tells them.
 *
 * ns3::MptcpSocketBase has each trace source that ns-3 registers for ns3::TcpSocketBase, by the
 * same name and with the same arguments, but for those that it has in another sense ("State"). A
 * program that connects to CongestionWindow or Retransmission of its socket is told by all subflows
 * there are and will be, in the order of events. Who wants to tell them apart connects to the
 * subflows (trace SubflowCreated).
 */
class MptcpTcpTraces
{
  public:
    /**
     * Register the trace sources of ns3::TcpSocketBase that a type does not have.
     *
     * @param type ns3::MptcpSocketBase, with its own trace sources
     * @return the type
     */
    static TypeId Declare(TypeId type);

    /** A sink of one trace. */
    struct Sink
    {
        std::string name;                   ///< trace source of ns3::TcpSocketBase
        std::optional<std::string> context; ///< of Connect
        CallbackBase callback;              ///< what is called

        /** @param object a socket of TCP gets the sink @return it could be connected */
        bool Connect(ObjectBase& object) const;
        /** @param object a socket of TCP loses the sink */
        void Disconnect(ObjectBase& object) const;
        /** @param other another @return both are the same */
        bool IsSame(const Sink& other) const;
    };

    /** @param sink connected to each subflow from now on */
    void Add(const Sink& sink);
    /** @param sink not to be connected any more */
    void Remove(const Sink& sink);
    /** @param subflow gets all sinks */
    void Apply(ObjectBase& subflow) const;
    /** Forget all sinks. */
    void Clear();

  private:
    std::forward_list<Sink> m_sinks; ///< in order of connection; a list is small while it is empty
};

} // namespace ns3

#endif /* MPTCP_TCP_TRACES_H */
