/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_COUPLING_H
#define MPTCP_COUPLING_H

#include "ns3/nstime.h"
#include "ns3/ptr.h"
#include "ns3/simple-ref-count.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-socket-state.h"

#include <string>
#include <vector>

namespace ns3
{

/**
 * The smoothed RTT of a subflow: m_srtt, or in releases of ns-3 before it had that, m_lastRtt,
 * which held the same estimate.
 *
 * @param subflow congestion state of a subflow
 * @return its smoothed RTT, zero before the first sample
 */
Time MptcpGetSmoothedRtt(const TcpSocketState& subflow);

/** The congestion state of all established subflows of one connection, shared by its controllers.
 */
class MptcpCoupling : public SimpleRefCount<MptcpCoupling>
{
  public:
    /** @param subflow state of a subflow that became established; again is no change */
    void Add(Ptr<TcpSocketState> subflow);
    /** @param subflow state of a subflow that ended; no change if it is not coupled */
    void Remove(Ptr<TcpSocketState> subflow);
    /** @return state of the established subflows, in the order of Add */
    const std::vector<Ptr<TcpSocketState>>& GetSubflows() const;

  private:
    std::vector<Ptr<TcpSocketState>> m_subflows; ///< established subflows
};

/**
 * Base of coupled controllers: a NewReno whose congestion avoidance asks the coupling. A controller
 * without coupling (plain TCP, or before the subflow is established) is NewReno.
 *
 * Like any ns-3 controller, one object serves one socket; it is called for each acknowledgment, its
 * windows are in octets, and it may change the m_cWnd of its own subflow only.
 */
class MptcpCoupledOps : public TcpNewReno
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpCoupledOps() = default;
    /**
     * A fork starts uncoupled: it belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpCoupledOps(const MptcpCoupledOps& other);
    /** @param coupling state of the connection that the subflow belongs to; null: uncouple */
    void SetCoupling(Ptr<MptcpCoupling> coupling);

    // The type that a fork and a name belong to is known to the last class only.
    std::string GetName() const override = 0;
    Ptr<TcpCongestionOps> Fork() override = 0;

  protected:
    Ptr<MptcpCoupling> m_coupling; ///< null: behave as NewReno
};

} // namespace ns3

#endif /* MPTCP_COUPLING_H */
