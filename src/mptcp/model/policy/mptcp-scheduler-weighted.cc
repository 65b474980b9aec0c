/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-scheduler-weighted.h"

#include "mptcp-checker.h"

#include "ns3/string.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(MptcpSchedulerWeighted);

TypeId
MptcpSchedulerWeighted::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::MptcpSchedulerWeighted")
            .SetParent<MptcpScheduler>()
            .SetGroupName("Mptcp")
            .AddConstructor<MptcpSchedulerWeighted>()
            .AddAttribute("Weights",
                          "Weights of the subflows by identifier from 0, e.g. \"3,1\": numbers "
                          "greater than 0 and at most 1e6, of which the last goes on for those "
                          "after. Empty: by capacity.",
                          StringValue(""),
                          MakeStringAccessor(&MptcpSchedulerWeighted::SetWeights,
                                             &MptcpSchedulerWeighted::GetWeights),
                          MptcpMakeTextChecker(
                              "ns3::MptcpSchedulerWeighted::Weights",
                              [](const std::string& text) {
                                  std::vector<double> weights;
                                  return Parse(text, weights);
                              },
                              "numbers greater than 0 and at most 1e6, separated by commas"));
    return tid;
}

bool
MptcpSchedulerWeighted::Parse(const std::string& text, std::vector<double>& weights)
{
    weights.clear();
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end)
    {
        double weight = 0;
        const auto [next, error] = std::from_chars(at, end, weight);
        // A comma must have something behind it.
        const bool last = next == end;
        if (error != std::errc() || !(weight > 0 && weight <= MAX_WEIGHT) ||
            (!last && (*next != ',' || next + 1 == end)))
        {
            return false;
        }
        weights.push_back(weight);
        at = last ? end : next + 1;
    }
    return true;
}

void
MptcpSchedulerWeighted::SetWeights(std::string text)
{
    Parse(text, m_weights);
    m_text = std::move(text);
}

std::string
MptcpSchedulerWeighted::GetWeights() const
{
    return m_text;
}

std::vector<double>
MptcpSchedulerWeighted::GetCapacities(const MptcpConnectionView& view)
{
    std::vector<double> capacities;
    double weakest = 0;
    for (const auto& subflow : view.subflows)
    {
        const double window = std::max({subflow.cwnd, subflow.segmentSize, 1U});
        const double capacity =
            subflow.srtt.IsStrictlyPositive() ? window / subflow.srtt.GetSeconds() : 0;
        capacities.push_back(capacity);
        weakest = capacity > 0 && (weakest == 0 || capacity < weakest) ? capacity : weakest;
    }
    for (auto& capacity : capacities)
    {
        capacity = capacity > 0 ? capacity : std::max(weakest, 1.0);
    }
    return capacities;
}

MptcpSchedulerWeighted::Credit&
MptcpSchedulerWeighted::GetCredit(uint32_t id)
{
    const auto found = std::find_if(m_credits.begin(), m_credits.end(), [id](const Credit& credit) {
        return credit.id == id;
    });
    return found != m_credits.end() ? *found : m_credits.emplace_back(Credit{id, 0});
}

MptcpSchedulerDecision
MptcpSchedulerWeighted::Select(const MptcpConnectionView& view, bool reinject)
{
    const MptcpSubflowMask eligible = GetEligible(view, reinject);
    if (reinject)
    {
        return Name(view, GetFastest(view, eligible));
    }
    if (m_pending && view.sndNxt == m_dsn)
    {
        m_credits = m_before;
    }
    ForgetEnded(m_credits, view);
    m_before = m_credits;
    m_dsn = view.sndNxt;
    m_pending = eligible != 0;
    std::vector<double> weights;
    if (m_weights.empty())
    {
        weights = GetCapacities(view);
    }
    const MptcpSubflowView* best = nullptr;
    double most = 0;
    double total = 0;
    for (MptcpSubflowMask left = eligible; left != 0; left &= left - 1)
    {
        const auto i = static_cast<std::size_t>(std::countr_zero(left));
        const MptcpSubflowView& subflow = view.subflows[i];
        const double weight =
            m_weights.empty() ? weights[i]
                              : m_weights[std::min<std::size_t>(subflow.id, m_weights.size() - 1)];
        Credit& credit = GetCredit(subflow.id);
        credit.credit += weight;
        total += weight;
        if (best == nullptr || credit.credit > most ||
            (credit.credit == most && subflow.id < best->id))
        {
            best = &subflow;
            most = credit.credit;
        }
    }
    if (best != nullptr)
    {
        GetCredit(best->id).credit -= total;
    }
    return Name(view, best);
}

} // namespace ns3
