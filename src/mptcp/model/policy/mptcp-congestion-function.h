/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CONGESTION_FUNCTION_H
#define MPTCP_CONGESTION_FUNCTION_H

#include "mptcp-coupling.h"

#include "ns3/ptr.h"

#include <functional>
#include <string>

namespace ns3
{

/** What such a function may know: a structure, which other languages take more easily. */
struct MptcpCoupledView
{
    MptcpCoupledPaths paths; ///< the subflow in question first; octets and seconds
};

/** Functions that control congestion, as the value of an attribute. */
class MptcpCongestionCallback : public Object
{
  public:
    /** A figure of a snapshot. */
    using Function = std::function<double(const MptcpCoupledView&)>;

    /** @return the TypeId */
    static TypeId GetTypeId();
    /**
     * @param function growth for each segment acknowledged in congestion avoidance, of the unit
     *        1/octet: NewReno alone is 1/window
     */
    void SetIncrease(Function function);
    /** @return the function, empty before it is set */
    const Function& GetIncrease() const;
    /** @param function the window after a loss, octets; without one it is half of the window */
    void SetDecrease(Function function);
    /** @return the function, empty before it is set */
    const Function& GetDecrease() const;

  private:
    Function m_increase; ///< growth
    Function m_decrease; ///< window after a loss
};

/**
 * @ingroup mptcp
 *
 * Coupled congestion control by functions (attribute Function), which may be of another language:
 * the Python package makes a controller of Python functions in this way (ns3_mptcp.policy).
 *
 * When they are asked: see MptcpCoupledOps. Windows are at least two segments after a loss, and one
 * at any time, whatever they answer; what is not a finite number changes nothing.
 */
class MptcpCongestionFunction : public MptcpCoupledOps
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    MptcpCongestionFunction() = default;
    /**
     * Copy the functions: a fork belongs to another connection.
     *
     * @param other controller to copy
     */
    MptcpCongestionFunction(const MptcpCongestionFunction& other);
    std::string GetName() const override;
    Ptr<TcpCongestionOps> Fork() override;

  protected:
    double GetIncrease(const MptcpCoupledPaths& paths) const override;
    uint32_t Decrease(Ptr<const TcpSocketState> tcb, const MptcpCoupledPaths& paths) override;

  private:
    Ptr<MptcpCongestionCallback> m_callback; ///< attribute Function
};

} // namespace ns3

#endif /* MPTCP_CONGESTION_FUNCTION_H */
