/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-bench.h"

#include "mptcp-checker.h"

#include "ns3/abort.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace ns3
{

MptcpSchedulerBench::MptcpSchedulerBench(const std::string& type)
{
    TypeId id;
    m_scheduler =
        TypeId::LookupByNameFailSafe(type, &id) ? MptcpCreate<MptcpScheduler>(id) : nullptr;
    NS_ABORT_MSG_UNLESS(m_scheduler,
                        "MptcpSchedulerBench: \""
                            << type << "\" is not a ns3::MptcpScheduler that can be created");
}

MptcpSchedulerBench::MptcpSchedulerBench(Ptr<MptcpScheduler> scheduler)
    : m_scheduler(std::move(scheduler))
{
}

std::size_t
MptcpSchedulerBench::Add(const MptcpBenchPath& start)
{
    NS_ABORT_MSG_IF(m_subflows.size() == MPTCP_MAX_SUBFLOWS, "a decision names so many");
    NS_ABORT_MSG_IF(start.segmentSize == 0, "a subflow needs a segment size");
    MptcpSubflowView subflow;
    subflow.id = static_cast<uint32_t>(m_subflows.size());
    subflow.usable = true;
    subflow.backup = start.backup;
    subflow.cwnd = start.cwnd;
    subflow.ssthresh = start.ssThresh;
    subflow.segmentSize = start.segmentSize;
    subflow.srtt = start.rtt;
    m_view.subflows.push_back(subflow);
    m_subflows.emplace_back();
    return subflow.id;
}

void
MptcpSchedulerBench::SetWindow(uint32_t octets)
{
    m_window = octets;
}

void
MptcpSchedulerBench::Write(uint32_t octets)
{
    m_view.unsent += octets;
    m_done = Time(-1);
    Push();
}

void
MptcpSchedulerBench::Refresh()
{
    const uint64_t outstanding = m_view.sndNxt - m_view.sndUna;
    m_view.windowLeft = m_window > outstanding ? m_window - outstanding : 0;
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        MptcpSubflowView& view = m_view.subflows[i];
        view.inFlight = 0;
        view.unsent = 0;
        for (const auto& segment : m_subflows[i].inFlight)
        {
            view.inFlight += segment.size;
        }
        for (const auto& segment : m_subflows[i].queue)
        {
            view.unsent += segment.size;
        }
        const uint32_t held = view.inFlight + view.unsent;
        view.available = view.cwnd > view.inFlight ? view.cwnd - view.inFlight : 0;
        view.queueable = 2 * view.cwnd > held ? 2 * view.cwnd - held : 0;
    }
}

void
MptcpSchedulerBench::Transmit(std::size_t index)
{
    Subflow& subflow = m_subflows.at(index);
    Refresh();
    uint32_t room = m_view.subflows[index].available;
    while (!subflow.queue.empty() && subflow.queue.front().size <= room)
    {
        room -= subflow.queue.front().size;
        subflow.inFlight.push_back(subflow.queue.front());
        subflow.inFlight.back().sent = Simulator::Now();
        subflow.queue.pop_front();
    }
    Refresh();
}

void
MptcpSchedulerBench::Give(Chunk& chunk, std::size_t index)
{
    chunk.carried |= MptcpSubflowBit(index);
    m_subflows[index].queue.push_back({chunk.dsn, chunk.size, Time()});
    m_subflows[index].octets += chunk.size;
    Transmit(index);
}

MptcpSubflowMask
MptcpSchedulerBench::Choose(bool reinject, uint32_t size)
{
    const MptcpSchedulerDecision decision = m_scheduler->Select(m_view, reinject);
    const bool repeat = decision.repeat && !reinject;
    m_repeating = reinject ? m_repeating : repeat;
    MptcpSubflowMask mask = 0;
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        const MptcpSubflowView& view = m_view.subflows[i];
        const Chunk* copy = repeat ? PeekCopy(i) : nullptr;
        const uint32_t wanted = std::min(copy ? copy->size : size, view.segmentSize);
        const bool room =
            decision.ahead ? view.queueable >= wanted : view.available >= wanted + view.unsent;
        mask |= view.usable && wanted > 0 && room ? decision.mask & MptcpSubflowBit(i) : 0;
    }
    return mask;
}

MptcpSchedulerBench::Chunk*
MptcpSchedulerBench::PeekCopy(std::size_t index)
{
    const auto found = std::find_if(m_chunks.begin(), m_chunks.end(), [index](const Chunk& chunk) {
        return chunk.repeat && !(chunk.carried & MptcpSubflowBit(index));
    });
    return found != m_chunks.end() ? &*found : nullptr;
}

bool
MptcpSchedulerBench::PushCopies(MptcpSubflowMask& mask)
{
    bool copied = false;
    for (MptcpSubflowMask left = m_repeating ? mask : 0; left != 0; left &= left - 1)
    {
        const auto index = static_cast<std::size_t>(std::countr_zero(left));
        if (Chunk* chunk = PeekCopy(index))
        {
            mask &= ~MptcpSubflowBit(index);
            Give(*chunk, index);
            copied = true;
        }
    }
    return copied;
}

void
MptcpSchedulerBench::PushReinjections()
{
    for (auto& chunk : m_chunks)
    {
        if (!chunk.reinject || chunk.acknowledged)
        {
            continue;
        }
        MptcpSubflowMask usable = 0;
        for (auto& view : m_view.subflows)
        {
            usable |= view.usable ? MptcpSubflowBit(view.id) : 0;
            view.carried = chunk.carried & MptcpSubflowBit(view.id);
            // TCP delivers what such a subflow still holds (see MptcpSocketBase::FillViews).
            view.usable &= !view.carried || view.inFlight + view.unsent == 0;
        }
        const MptcpSubflowMask mask = Choose(true, chunk.size);
        for (auto& view : m_view.subflows)
        {
            view.usable = usable & MptcpSubflowBit(view.id);
            view.carried = false;
        }
        if (mask == 0)
        {
            return;
        }
        chunk.reinject = false;
        Give(chunk, std::countr_zero(mask));
    }
}

void
MptcpSchedulerBench::Push()
{
    Refresh();
    PushReinjections();
    while (true)
    {
        const uint32_t offer = std::min(m_view.unsent, m_view.windowLeft);
        if (offer == 0 && (!m_repeating || m_chunks.empty()))
        {
            return;
        }
        MptcpSubflowMask mask = Choose(false, offer);
        const bool copied = PushCopies(mask);
        if (mask == 0)
        {
            if (!copied)
            {
                return;
            }
            continue;
        }
        const uint32_t size = std::min(offer, m_view.subflows[std::countr_zero(mask)].segmentSize);
        Chunk& chunk = m_chunks.emplace_back(Chunk{m_view.sndNxt, size, 0, false});
        chunk.repeat = m_repeating;
        m_view.sndNxt += size;
        m_view.unsent -= size;
        for (; mask != 0; mask &= mask - 1)
        {
            Give(chunk, std::countr_zero(mask));
        }
    }
}

void
MptcpSchedulerBench::Acknowledge(std::size_t index, uint32_t segments)
{
    Subflow& subflow = m_subflows.at(index);
    for (; segments > 0 && !subflow.inFlight.empty(); --segments)
    {
        const uint64_t dsn = subflow.inFlight.front().dsn;
        subflow.inFlight.pop_front();
        for (auto& chunk : m_chunks)
        {
            chunk.acknowledged |= chunk.dsn == dsn;
        }
    }
    while (!m_chunks.empty() && m_chunks.front().acknowledged)
    {
        m_view.sndUna += m_chunks.front().size;
        m_chunks.pop_front();
    }
    if (m_chunks.empty() && m_view.unsent == 0 && m_done.IsStrictlyNegative())
    {
        m_done = Simulator::Now();
    }
    Transmit(index);
    Push();
}

void
MptcpSchedulerBench::TimeOut(std::size_t index)
{
    m_view.subflows.at(index).inLoss = true;
    for (auto& chunk : m_chunks)
    {
        chunk.reinject |= !chunk.acknowledged && (chunk.carried & MptcpSubflowBit(index));
    }
    Push();
}

void
MptcpSchedulerBench::Recover(std::size_t index)
{
    m_view.subflows.at(index).inLoss = false;
    Push();
}

void
MptcpSchedulerBench::Advance(Time interval)
{
    const auto pass = [](Time until) {
        if (until > Simulator::Now())
        {
            Simulator::Stop(until - Simulator::Now());
            Simulator::Run();
        }
    };
    const Time end = Simulator::Now() + interval;
    while (true)
    {
        std::size_t next = m_subflows.size();
        Time earliest = end;
        for (std::size_t i = 0; i < m_subflows.size(); ++i)
        {
            const MptcpSubflowView& view = m_view.subflows[i];
            if (m_subflows[i].inFlight.empty() || view.inLoss || !view.srtt.IsStrictlyPositive())
            {
                continue;
            }
            const Time due = m_subflows[i].inFlight.front().sent + view.srtt;
            if (due < earliest || (due == earliest && next == m_subflows.size()))
            {
                earliest = due;
                next = i;
            }
        }
        pass(earliest);
        if (next == m_subflows.size())
        {
            return;
        }
        Acknowledge(next);
    }
}

MptcpSubflowView&
MptcpSchedulerBench::GetSubflow(std::size_t index)
{
    return m_view.subflows.at(index);
}

const MptcpConnectionView&
MptcpSchedulerBench::GetView() const
{
    return m_view;
}

uint64_t
MptcpSchedulerBench::GetOctets(std::size_t index) const
{
    return m_subflows.at(index).octets;
}

Time
MptcpSchedulerBench::GetDone() const
{
    return m_done;
}

Ptr<MptcpScheduler>
MptcpSchedulerBench::GetScheduler() const
{
    return m_scheduler;
}

} // namespace ns3
