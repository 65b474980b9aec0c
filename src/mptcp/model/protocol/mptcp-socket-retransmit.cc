/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-back-off.h"
#include "mptcp-socket-base.h"
#include "mptcp-stack.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <iterator>

namespace ns3
{

namespace
{

/// Wait before data is sent again at the connection level while there is no subflow.
const Time MIN_RETRANSMIT_TIMEOUT = Seconds(1);

/// How often a subflow may acknowledge data that gets no DATA_ACK before it is given up.
constexpr uint32_t SWALLOWED = 2;

/// How many segments in a row may come without options before somebody removes them.
constexpr uint32_t BARE = 2;

/// How soon the retransmission timer first looks at what has happened since.
const Time FIRST_LOOK = MilliSeconds(200);

/**
 * @param subflow a subflow
 * @return data of the connection's begin was acknowledged, and not one DATA_ACK has come: the peer
 * may have fallen back (RFC 8684, section 3.7), whatever other options its segments bring on
 */
bool
IsMute(const MptcpSubflow& subflow)
{
    return subflow.GetRole() == MptcpSubflow::Role::INITIAL && !subflow.IsDataAckReceived() &&
           subflow.GetBytesSent() > 0 && subflow.GetAckedSsn() > 1;
}

} // namespace

void
MptcpSocketBase::OnSubflowTimeout(Ptr<MptcpSubflow> subflow)
{
    m_stack->PollAddresses(); // the address may be gone
    // What the silent path holds goes over another one too; the subflow itself keeps on
    // retransmitting (RFC 8684, section 3.3.6).
    if (!m_fallback && m_subflows.size() > 1)
    {
        if (m_staleEvent.IsExpired())
        {
            StartTimer(m_staleEvent, GetLiveTimeout(), &MptcpSocketBase::WatchSilence);
        }
        m_sendQueue.MarkReinject(subflow->GetSubflowId());
        Push();
    }
}

Time
MptcpSocketBase::GetLiveTimeout() const
{
    // As Linux (mptcp_set_timeout): the subflows that are silent already back off, the others tell
    // how long an interval is.
    Time timeout;
    for (const auto& subflow : m_subflows)
    {
        if (subflow->GetSilence() == 0)
        {
            timeout = std::max(timeout, subflow->GetRto());
        }
    }
    return timeout.IsZero() ? MIN_RETRANSMIT_TIMEOUT : timeout;
}

void
MptcpSocketBase::WatchSilence()
{
    bool again = false;
    const auto subflows = m_subflows;
    for (const auto& subflow : subflows)
    {
        if (subflow->GetSilence() > 0 && subflow->GetUnacknowledgedBytes() > 0)
        {
            subflow->CountSilence();
            CheckStale(subflow);
            again = again || !subflow->IsStale();
        }
    }
    if (again && !m_finished)
    {
        StartTimer(m_staleEvent, GetLiveTimeout(), &MptcpSocketBase::WatchSilence);
    }
}

void
MptcpSocketBase::CheckStale(Ptr<MptcpSubflow> subflow)
{
    const uint32_t limit = m_stack->GetStaleLossCnt();
    if (limit == 0 || subflow->IsStale() || subflow->GetSilence() <= limit)
    {
        return;
    }
    // Only when there is a healthier one, as in Linux.
    const uint32_t healthy = std::max(limit - 1, 1U);
    const bool alternative =
        std::any_of(m_subflows.begin(), m_subflows.end(), [&](const auto& other) {
            return other != subflow && other->CanSend() && other->GetSilence() < healthy;
        });
    if (alternative)
    {
        subflow->MarkStale();
        m_stack->GetCounters().Increment(MptcpMib::SubflowStale);
        m_subflowStale(subflow, true);
        // Backup subflows may count now.
        m_sendQueue.MarkReinject(subflow->GetSubflowId());
        Push();
    }
}

void
MptcpSocketBase::StartRetransmitTimer()
{
    // One lazy timer: it looks at m_lastProgress when it expires, not at each acknowledgment.
    if (!m_fallback && m_retransmitEvent.IsExpired())
    {
        StartTimer(m_retransmitEvent, FIRST_LOOK, &MptcpSocketBase::RetransmitTimeout);
    }
}

void
MptcpSocketBase::RetransmitTimeout()
{
    if (m_fallback || m_finished || m_sendQueue.GetSize() == 0)
    {
        return;
    }
    MptcpChunk* head = m_sendQueue.GetHead();
    const Time timeout = head ? GetLiveTimeout() : MptcpBackOff(m_persistTimeout, m_probes);
    const Time due = m_lastProgress + timeout;
    if (due <= Simulator::Now())
    {
        m_lastProgress = Simulator::Now();
        if (head && (CheckStripped() || CheckSwallowed(head->lastSubflow)))
        {
            return;
        }
        if (head)
        {
            // Acknowledged on its subflow but not at the data level, or never going to be: any
            // subflow may carry it again (RFC 8684, section 3.3.6), but see FillViews.
            m_sendQueue.MarkHeadReinject();
            Push();
        }
        else if (GetWindowLeft() == 0)
        {
            ProbeWindow();
        }
        else
        {
            Push();
        }
        if (m_finished)
        {
            return;
        }
        // In place of the one that Push may have started.
        StartTimer(m_retransmitEvent, timeout, &MptcpSocketBase::RetransmitTimeout);
        return;
    }
    StartTimer(m_retransmitEvent, due - Simulator::Now(), &MptcpSocketBase::RetransmitTimeout);
}

bool
MptcpSocketBase::CheckSwallowed(uint32_t id)
{
    // A subflow that acknowledges what it carries and brings no DATA_ACK for it does no good: its
    // mappings get lost on the way (RFC 8684, section 3.7). The last subflow is tried for longer.
    const auto subflows = m_subflows;
    for (const auto& subflow : subflows)
    {
        if (!subflow->CanSend())
        {
            continue;
        }
        const bool beside = m_subflows.size() > 1;
        const bool swallows = beside && subflow->GetSubflowId() == id &&
                              subflow->GetUnacknowledgedBytes() == 0 &&
                              subflow->CountSwallowed() > SWALLOWED;
        if (swallows || subflow->GetRepeated() > (beside ? SWALLOWED : m_dataRetries))
        {
            m_stack->GetCounters().Increment(MptcpMib::FallbackFailed);
            subflow->ResetSubflow(MPTCP_RST_MIDDLEBOX);
        }
    }
    return m_subflows.empty() || m_finished;
}

bool
MptcpSocketBase::CheckStripped()
{
    // The peer's segments come without DATA_ACK: from some time on a middlebox removes options, in
    // one direction perhaps (RFC 8684, section 3.7).
    const auto subflows = m_subflows;
    for (const auto& subflow : subflows)
    {
        const bool mute = IsMute(*subflow);
        const uint32_t bare = subflow->CountBare();
        // One subflow carries all data in step, and has delivered it: a peer that acknowledges none
        // lacks the mappings and falls back for want of them, if it has not already. What a
        // middlebox repeats of its options may look as if it had not.
        const bool delivered = MayFallback() && subflow->GetUnacknowledgedBytes() == 0;
        if ((bare == 0 && !mute && !delivered) || !subflow->CanSend())
        {
            continue;
        }
        const bool patient =
            mute ? subflow->CountSwallowed() <= SWALLOWED
                 : !delivered || bare > 0 || subflow->CountRepeated() <= m_dataRetries;
        if (bare <= BARE && patient)
        {
            // A box that splits segments leaves some pieces without options: ask again.
            subflow->SendProbe();
            if (!MayFallback())
            {
                continue;
            }
            // Not the data again: it would be in the stream of a peer that has fallen back twice.
            StartTimer(m_retransmitEvent, subflow->GetRto(), &MptcpSocketBase::RetransmitTimeout);
            return true;
        }
        if (MayFallback())
        {
            m_stack->GetCounters().Increment(MptcpMib::DssFallback);
            subflow->SendInfiniteMapping();
            OnFallbackAck(subflow, subflow->GetPeerWindow());
            Push();
            return true;
        }
        m_stack->GetCounters().Increment(MptcpMib::FallbackFailed);
        subflow->ResetSubflow(MPTCP_RST_MIDDLEBOX);
    }
    return m_subflows.empty() || m_finished;
}

bool
MptcpSocketBase::CanSendBeside(const MptcpSubflow* subflow) const
{
    return std::any_of(m_subflows.begin(), m_subflows.end(), [subflow](const auto& other) {
        return PeekPointer(other) != subflow && other->CanSend();
    });
}

Ptr<MptcpSubflow>
MptcpSocketBase::PickForControl() const
{
    // The subflow of the last segment works; else any that is not in a timeout; else any.
    if (m_lastInput && m_lastInput->CanSend() &&
        m_lastInput->GetTcb()->m_congState != TcpSocketState::CA_LOSS)
    {
        return m_lastInput;
    }
    Ptr<MptcpSubflow> any;
    for (const auto& subflow : m_subflows)
    {
        if (subflow->CanSend())
        {
            any = subflow;
            if (subflow->GetTcb()->m_congState != TcpSocketState::CA_LOSS)
            {
                return subflow;
            }
        }
    }
    return any;
}

void
MptcpSocketBase::ProbeWindow()
{
    std::vector<Ptr<MptcpSubflow>> able;
    std::copy_if(m_subflows.begin(),
                 m_subflows.end(),
                 std::back_inserter(able),
                 [](const Ptr<MptcpSubflow>& subflow) { return subflow->CanSend(); });
    if (able.empty())
    {
        return;
    }
    ++m_probes;
    // One path after the other while all of them answer: nothing tells a path that is dead from one
    // that has nothing to carry. All at once when one has not answered, so that dead paths end as
    // soon as they would if they were alone.
    const bool silent = std::any_of(able.begin(), able.end(), [](const auto& subflow) {
        return subflow->GetTimeouts() > 0;
    });
    for (std::size_t i = 0; i < able.size(); ++i)
    {
        if ((silent || i == m_probes % able.size()) && able[i]->ProbeWindow())
        {
            m_stack->GetCounters().Increment(MptcpMib::WinProbe);
        }
    }
}

} // namespace ns3
