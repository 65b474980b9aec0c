/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Where the subject of a MptcpCallbackRun is looked on: traces, and policies that are functions.
 */

#include "mptcp-callback-run.h"

#include "ns3/mptcp-congestion-function.h"
#include "ns3/mptcp-path-manager-full-mesh.h"
#include "ns3/mptcp-path-manager-function.h"
#include "ns3/mptcp-scheduler-function.h"
#include "ns3/mptcp-scheduler-min-rtt.h"
#include "ns3/mptcp-stack.h"
#include "ns3/pointer.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

namespace ns3
{

namespace
{

using Place = MptcpCallbackPlace;

} // namespace

void
MptcpCallbackRun::Watch()
{
    const Ptr<MptcpStack> stack = GetNode(m_cell.side)->GetObject<MptcpStack>();
    stack->TraceConnectWithoutContext(
        "ConnectionCreated",
        Callback<void, Ptr<MptcpSocketBase>>([this](Ptr<MptcpSocketBase> created) {
            if (!m_watched)
            {
                m_watched = PeekPointer(created);
                WatchConnection(*created);
                WatchSubflows(*created);
                Hit(Place::TRACE_CREATED, created);
            }
        }));
    stack->TraceConnectWithoutContext(
        "PmEvent",
        Callback<void, const MptcpPmEvent&>(
            [this](const MptcpPmEvent&) { HitWatched(Place::TRACE_PM_EVENT); }));
    stack->TraceConnectWithoutContext(
        "Counter",
        Callback<void, std::string, uint64_t>(
            [this](std::string, uint64_t) { HitWatched(Place::TRACE_COUNTER); }));
    UseFunctions(*stack);
}

void
MptcpCallbackRun::WatchConnection(MptcpSocketBase& watched)
{
    const auto watch = [&](const std::string& source, Place place, auto... types) {
        if (Is(place))
        {
            const bool found = watched.TraceConnectWithoutContext(
                source,
                Callback<void, decltype(types)...>(
                    [this, place](decltype(types)...) { HitWatched(place); }));
            Check(found, "no trace " + source);
        }
    };
    using Subflow = Ptr<MptcpSubflow>;
    using State = MptcpState;
    watch("State", Place::TRACE_STATE, State(), State());
    watch("SubflowCreated", Place::TRACE_SUBFLOW_CREATED, Subflow());
    watch("SubflowEstablished", Place::TRACE_SUBFLOW_ESTABLISHED, Subflow());
    watch("SubflowClosed", Place::TRACE_SUBFLOW_CLOSED, Subflow());
    watch("SubflowStale", Place::TRACE_SUBFLOW_STALE, Subflow(), bool());
    watch("SubflowPriority", Place::TRACE_SUBFLOW_PRIORITY, Subflow(), bool(), bool());
    watch("SubflowReset", Place::TRACE_SUBFLOW_RESET, Subflow(), uint32_t(), bool());
    watch("Fallback", Place::TRACE_FALLBACK, Subflow(), std::string());
    watch("AddressAnnounced", Place::TRACE_ADDRESS_ANNOUNCED, uint32_t(), Address(), bool());
    watch("ReceiveWindow", Place::TRACE_RECEIVE_WINDOW, uint32_t(), uint32_t());
    watch("SendQueue", Place::TRACE_SEND_QUEUE, uint32_t(), uint32_t());
    watch("ReorderQueue", Place::TRACE_REORDER_QUEUE, uint32_t(), uint32_t());
    watch("DataSent", Place::TRACE_DATA_SENT, uint32_t(), uint64_t(), uint32_t(), bool());
    watch("DataAck", Place::TRACE_DATA_ACK, uint64_t(), uint32_t());
    watch("Delivered", Place::TRACE_DELIVERED, uint64_t(), uint32_t());
}

void
MptcpCallbackRun::WatchSubflows(MptcpSocketBase& watched)
{
    const auto watch = [this](Ptr<MptcpSubflow> subflow) {
        const auto onSegment = [this](Place place) {
            return Callback<void, Ptr<const Packet>, const TcpHeader&, Ptr<const TcpSocketBase>>(
                [this, place](Ptr<const Packet>, const TcpHeader&, Ptr<const TcpSocketBase>) {
                    HitWatched(place);
                });
        };
        subflow->TraceConnectWithoutContext("Tx", onSegment(Place::TRACE_TX));
        subflow->TraceConnectWithoutContext("Rx", onSegment(Place::TRACE_RX));
        subflow->TraceConnectWithoutContext(
            "CongestionWindow",
            Callback<void, uint32_t, uint32_t>(
                [this](uint32_t, uint32_t) { HitWatched(Place::TRACE_WINDOW); }));
    };
    watched.TraceConnectWithoutContext("SubflowCreated", Callback<void, Ptr<MptcpSubflow>>(watch));
    watched.TraceConnectWithoutContext(
        "SubflowEstablished",
        Callback<void, Ptr<MptcpSubflow>>([this](Ptr<MptcpSubflow> subflow) {
            Address name;
            subflow->GetSockName(name);
            m_names.emplace_back(m_cell.side, name);
        }));
}

void
MptcpCallbackRun::UseFunctions(MptcpStack& stack)
{
    if (Is(Place::SCHEDULER))
    {
        const auto callback = CreateObject<MptcpSchedulerCallback>();
        const auto inner = CreateObject<MptcpSchedulerMinRtt>();
        callback->Set([this, inner](const MptcpConnectionView& view, bool again, auto& decision) {
            decision = inner->Select(view, again);
            HitWatched(Place::SCHEDULER);
        });
        stack.SetDefault("ns3::MptcpSocketBase::Scheduler",
                         StringValue("ns3::MptcpSchedulerFunction"));
        stack.SetDefault("ns3::MptcpSchedulerFunction::Function", PointerValue(callback));
    }
    if (Is(Place::PATH_MANAGER))
    {
        const auto callback = CreateObject<MptcpPathManagerCallback>();
        const auto inner = CreateObject<MptcpPathManagerFullMesh>();
        callback->Set([this, inner](const MptcpPathView& view, MptcpPathEvent event, auto& answer) {
            answer = inner->Decide(view, event);
            HitWatched(Place::PATH_MANAGER);
        });
        stack.SetDefault("ns3::MptcpSocketBase::PathManager",
                         StringValue("ns3::MptcpPathManagerFunction"));
        stack.SetDefault("ns3::MptcpPathManagerFunction::Function", PointerValue(callback));
    }
    if (Is(Place::CONGESTION))
    {
        const auto callback = CreateObject<MptcpCongestionCallback>();
        callback->SetIncrease([this](const MptcpCoupledView& view) {
            HitWatched(Place::CONGESTION);
            return 1.0 / view.paths.front().window;
        });
        stack.SetDefault("ns3::MptcpSocketBase::CongestionControl",
                         StringValue("ns3::MptcpCongestionFunction"));
        stack.SetDefault("ns3::MptcpCongestionFunction::Function", PointerValue(callback));
        stack.SetDefault("ns3::MptcpSocketBase::InitialSlowStartThreshold", UintegerValue(20000));
    }
}

} // namespace ns3
