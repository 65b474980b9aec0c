/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The schedulers of the literature: figures of the papers, decisions on snapshots, transfers of the
 * bench, and connections whose octets are compared.
 */

#include "mptcp-release.h"
#include "mptcp-story.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/mptcp-scheduler-bench.h"
#include "ns3/mptcp-scheduler-blest.h"
#include "ns3/mptcp-scheduler-buffer-bloat.h"
#include "ns3/mptcp-scheduler-daps.h"
#include "ns3/mptcp-scheduler-ecf.h"
#include "ns3/mptcp-scheduler-min-rtt.h"
#include "ns3/mptcp-scheduler-otias.h"
#include "ns3/mptcp-scheduler-redundant.h"
#include "ns3/mptcp-scheduler-remp.h"
#include "ns3/mptcp-scheduler-sttf.h"
#include "ns3/mptcp-scheduler-weighted.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/object-factory.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/test.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint32_t SEGMENT = 1448; ///< segment size of subflows in snapshots

/** A scheduler and attributes of it. */
struct Kind
{
    std::string type; ///< TypeId
    /// Attributes and their values, as strings.
    std::vector<std::pair<std::string, std::string>> attributes{};

    /** @return name for messages */
    std::string GetName() const
    {
        std::string name = type;
        for (const auto& [attribute, value] : attributes)
        {
            name += " " + attribute + "=" + value;
        }
        return name;
    }

    /** @return a scheduler */
    Ptr<MptcpScheduler> Make() const
    {
        ObjectFactory factory(type);
        for (const auto& [attribute, value] : attributes)
        {
            factory.Set(attribute, StringValue(value));
        }
        return factory.Create<MptcpScheduler>();
    }
};

/** All schedulers, with the attributes that change how they decide. */
const std::vector<Kind> KINDS = {
    {"ns3::MptcpSchedulerMinRtt"},
    {"ns3::MptcpSchedulerLinux"},
    {"ns3::MptcpSchedulerRoundRobin"},
    {"ns3::MptcpSchedulerSinglePath"},
    {"ns3::MptcpSchedulerWeighted"},
    {"ns3::MptcpSchedulerWeighted", {{"Weights", "1,2.5"}}},
    {"ns3::MptcpSchedulerRedundant"},
    {"ns3::MptcpSchedulerReMp"},
    {"ns3::MptcpSchedulerReMp", {{"Backlog", "20000"}}},
    {"ns3::MptcpSchedulerBlest"},
    {"ns3::MptcpSchedulerBlest", {{"LinuxArithmetic", "true"}}},
    {"ns3::MptcpSchedulerEcf"},
    {"ns3::MptcpSchedulerEcf", {{"LinuxArithmetic", "true"}}},
    {"ns3::MptcpSchedulerDaps"},
    {"ns3::MptcpSchedulerOtias"},
    {"ns3::MptcpSchedulerOtias", {{"RoundUp", "true"}}},
    {"ns3::MptcpSchedulerSttf"},
    {"ns3::MptcpSchedulerBufferBloat"},
    {"ns3::MptcpSchedulerBufferBloat", {{"Inner", "ns3::MptcpSchedulerOtias"}, {"Factor", "1"}}},
};

/**
 * @param id identifier
 * @param srttMs smoothed RTT, ms; 0: none
 * @param window congestion window, segments
 * @param inFlight segments in flight
 * @return a usable subflow
 */
MptcpSubflowView
Subflow(uint8_t id, uint32_t srttMs, uint32_t window = 10, uint32_t inFlight = 0)
{
    MptcpSubflowView subflow;
    subflow.id = id;
    subflow.usable = true;
    subflow.segmentSize = SEGMENT;
    subflow.cwnd = window * SEGMENT;
    subflow.ssthresh = UINT32_MAX;
    subflow.inFlight = inFlight * SEGMENT;
    subflow.available = (window - std::min(window, inFlight)) * SEGMENT;
    subflow.queueable = (2 * window - std::min(2 * window, inFlight)) * SEGMENT;
    subflow.srtt = MilliSeconds(srttMs);
    return subflow;
}

/**
 * @param subflows subflows
 * @param unsent octets to send
 * @return a connection with a wide window
 */
MptcpConnectionView
View(const std::vector<MptcpSubflowView>& subflows, uint32_t unsent = 100 * SEGMENT)
{
    MptcpConnectionView view;
    view.subflows = subflows;
    view.sndUna = 1000;
    view.sndNxt = 1000;
    for (const auto& subflow : subflows)
    {
        view.sndNxt += subflow.inFlight + subflow.unsent;
    }
    view.unsent = unsent;
    view.windowLeft = 1 << 30;
    return view;
}

/**
 * @param a a number
 * @param b another one
 * @return true if they are equal to 1e-9
 */
bool
Near(double a, double b)
{
    return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

/** A test case that is a function. */
class FunctionTestCase : public TestCase
{
  public:
    /**
     * @param name name
     * @param function what it does
     */
    FunctionTestCase(const std::string& name, std::function<void(FunctionTestCase&)> function)
        : TestCase(name),
          m_function(std::move(function))
    {
    }

    /**
     * @param value figure
     * @param expected figure expected, to 1e-9
     * @param what what it is
     */
    void Number(double value, double expected, const std::string& what)
    {
        NS_TEST_EXPECT_MSG_EQ(Near(value, expected),
                              true,
                              what << ": " << value << " instead of " << expected);
    }

    /**
     * @param value what it is
     * @param expected what is expected
     * @param what what is looked at
     */
    template <typename T>
    void Is(const T& value, const std::type_identity_t<T>& expected, const std::string& what)
    {
        NS_TEST_EXPECT_MSG_EQ(value, expected, what);
    }

    /**
     * @param truth what should hold
     * @param what what is looked at
     */
    void That(bool truth, const std::string& what)
    {
        NS_TEST_EXPECT_MSG_EQ(truth, true, what);
    }

  private:
    void DoRun() override
    {
        m_function(*this);
        Simulator::Destroy();
    }

    std::function<void(FunctionTestCase&)> m_function; ///< what it does
};

using T = FunctionTestCase; ///< short for the functions below

// ---- Figures ----

/** @param t test */
void
BlestFigures(T& t)
{
    // reference-values.json, BLEST: 10 segments at 20 ms, 100 ms beside it, |M| = 100000.
    const auto fast = Subflow(0, 20, 10, 10);
    t.Number(MptcpSchedulerBlest::Estimate(fast, MilliSeconds(100)), 86880, "X");
    t.Number(MptcpSchedulerBlest::Estimate(fast, MilliSeconds(20)), 14480, "X for equal RTTs");
    t.Number(MptcpSchedulerBlest::Estimate(fast, MilliSeconds(50)), 1448 * 10.75 * 2.5, "X, r=2.5");
    for (uint32_t inFlight = 0; inFlight <= 12; ++inFlight)
    {
        auto view = View({fast, Subflow(1, 100, 20, inFlight)});
        view.windowLeft = 100000 - static_cast<uint32_t>(view.sndNxt - view.sndUna);
        const auto scheduler = CreateObject<MptcpSchedulerBlest>();
        const uint32_t mask = inFlight <= 8 ? 2 : 0;
        t.Is(scheduler->Select(view, false).mask, mask, "in flight " + std::to_string(inFlight));
        t.Number(scheduler->GetLambda(), 1.0, "lambda at the start");
        // What is queued there counts like what is in flight.
        view.subflows[1].unsent = view.subflows[1].inFlight;
        view.subflows[1].inFlight = 0;
        view.subflows[1].available = 20 * SEGMENT;
        t.Is(scheduler->Select(view, false).mask, mask, "queued " + std::to_string(inFlight));
        t.Is(scheduler->Select(view, true).mask, 2U, "no wait for a reinjection");
    }

    // Linux: the average RTT of F is 25 ms, that of S lingers from 100 to 200 ms.
    auto slow = Subflow(1, 100, 10, 4);
    const Time low = MilliSeconds(100);
    const Time high = MilliSeconds(200);
    const auto linger = [&] { return MptcpSchedulerBlest::GetLinger(slow, low, high); };
    t.Is(linger(), MilliSeconds(150), "half of the window is used with the segment");
    slow.srtt = MilliSeconds(180);
    t.Is(linger(), MilliSeconds(180), "no less than the present RTT");
    slow.srtt = low;
    slow.inFlight = 9 * SEGMENT;
    t.Is(linger(), high, "the window is full with the segment");
    auto path = fast;
    const auto estimate = [&](uint32_t ms) {
        return MptcpSchedulerBlest::EstimateLinux(path, MilliSeconds(25), MilliSeconds(ms));
    };
    t.Number(estimate(74), 10 * 7 * 1448, "slow start, 3 rounds");
    t.Number(estimate(75), 10 * 15 * 1448, "slow start, 4 rounds");
    t.Number(estimate(25 * 100), 10 * 65535.0 * 1448, "slow start, 16 rounds at most");
    path.ssthresh = 4 * SEGMENT;
    t.Number(estimate(75), (10 + 1) * 4 * 1448, "congestion avoidance, 4 rounds");
    path.ssthresh = 20 * SEGMENT;
    t.Number(estimate(74), (21 + 1) * 3 * 1448, "below ssthresh it is taken to be there");
    t.Number(MptcpSchedulerBlest::EstimateLinux(path, Time(), MilliSeconds(75)),
             21 * 1448,
             "no average RTT: one round");

    // lambda 1.2 makes the difference: 10 * (2^5 - 1) segments, and 11/10 of that for the window.
    for (const bool linux : {false, true})
    {
        auto view = View({fast, Subflow(1, 80, 10, 0)});
        const double x = linux ? 310 : 4 * (10 + 1.5);
        view.windowLeft = static_cast<uint32_t>((1.1 * x + 1) * SEGMENT) - 10 * SEGMENT;
        const auto scheduler = CreateObject<MptcpSchedulerBlest>();
        scheduler->SetAttribute("LinuxArithmetic", BooleanValue(linux));
        t.Is(scheduler->Select(view, false).mask, linux ? 0U : 2U, "1.1 X");
        t.Number(scheduler->GetLambda(), linux ? 1.2 : 1, "lambda at the start");
    }
}

/** @param t test */
void
BlestLambda(T& t)
{
    auto view = View({Subflow(0, 20, 10, 10), Subflow(1, 100, 10, 0)});
    const auto scheduler = CreateObject<MptcpSchedulerBlest>();
    const auto ask = [&](uint32_t windowLeft, uint32_t ms) {
        Simulator::Stop(MilliSeconds(ms));
        Simulator::Run();
        view.windowLeft = windowLeft;
        scheduler->Select(view, false);
        return scheduler->GetLambda();
    };
    t.Number(ask(1 << 20, 1), 1.0, "start");
    t.Number(ask(0, 50), 1.0, "within the RTT it stays");
    t.Number(ask(1 << 20, 50), 1.04, "it was full within the RTT");
    t.Number(ask(1 << 20, 100), 1.03, "it was not in the next");
    t.Number(ask(1 << 20, 99), 1.03, "not yet an RTT");
    for (int i = 0; i < 9; ++i)
    {
        ask(0, 100);
    }
    t.Number(scheduler->GetLambda(), 1.3, "no more than 1.3");
    for (int i = 0; i < 40; ++i)
    {
        ask(1 << 20, 100);
    }
    t.Number(scheduler->GetLambda(), 1.0, "no less than 1.0");
}

/** @param t test */
void
EcfFigures(T& t)
{
    // reference-values.json, ECF: 20 and 100 ms, windows of 10 segments.
    const auto wait = [](double segments, bool linux, bool& waiting, uint32_t variation = 0) {
        auto fast = Subflow(0, 20, 10, 10);
        fast.rttVar = MilliSeconds(variation);
        const auto slow = Subflow(1, 100);
        return MptcpSchedulerEcf::IsWaitBetter(fast,
                                               slow,
                                               std::round(segments * SEGMENT),
                                               0.25,
                                               linux,
                                               waiting);
    };
    for (double k = 0.25; k < 60; k += 0.25)
    {
        const std::string at = "k = " + std::to_string(k);
        bool waiting = false;
        t.Is(wait(k, false, waiting), k >= 4 && k < 40, at + ", paper");
        t.Is(waiting, k >= 4 && k < 40, at + ", paper: state");
        waiting = true;
        t.Is(wait(k, false, waiting), k >= 4 && k < 52.5, at + ", paper, waiting");
        t.Is(waiting, k < 52.5, at + ", paper, waiting: state");
        waiting = false;
        t.Is(wait(k, true, waiting), k < 40, at + ", Linux");
        waiting = true;
        t.Is(wait(k, true, waiting), k < 52.5, at + ", Linux, waiting");
        // A variation of 10 ms moves 4 to (40 + 10) / 10 and 40 to 45; Linux takes it twice.
        waiting = false;
        t.Is(wait(k, false, waiting, 10), k >= 5 && k < 45, at + ", paper, variation");
        waiting = false;
        t.Is(wait(k, true, waiting, 10), k < 50, at + ", Linux, variation");
    }

    // The scheduler remembers that it waits.
    const auto scheduler = CreateObject<MptcpSchedulerEcf>();
    const auto ask = [&](uint32_t k) {
        return scheduler
            ->Select(View({Subflow(0, 20, 10, 10), Subflow(1, 100)}, k * SEGMENT), false)
            .mask;
    };
    t.Is(ask(45), 2U, "45: not worth the wait");
    t.Is(ask(20), 0U, "20: wait");
    t.Is(ask(45), 0U, "45 after a wait: wait");
    t.Is(ask(3), 2U, "3: too little is left to wait for");
    t.Is(ask(45), 0U, "45: that did not end the wait");
    t.Is(ask(53), 2U, "53: too much");
    t.Is(ask(45), 2U, "45 again: not worth the wait");
    t.Is(
        scheduler->Select(View({Subflow(0, 20, 10, 9), Subflow(1, 100)}, 20 * SEGMENT), false).mask,
        1U,
        "the fast path has room");
    t.Is(
        scheduler->Select(View({Subflow(0, 20, 10, 10), Subflow(1, 100)}, 20 * SEGMENT), true).mask,
        2U,
        "no wait for a reinjection");
}

/** @param t test */
void
ArrivalFigures(T& t)
{
    auto path = Subflow(0, 100);
    const auto otias = [&](bool roundUp) { return MptcpSchedulerOtias::Predict(path, roundUp); };
    const auto sttf = [&] { return MptcpSchedulerSttf::Predict(path); };
    t.Number(otias(false), 0.05, "OTIAS: room");
    t.Number(otias(true), 0.05, "OTIAS: room, rounded up");
    t.Number(sttf(), 0.05, "STTF: room");
    path = Subflow(0, 100, 10, 10);
    t.Number(otias(false), 0.05, "OTIAS: floor(0 / 10)");
    t.Number(otias(true), 0.15, "OTIAS: ceil(1 / 10)");
    t.Number(sttf(), 0.15, "STTF: after a round");
    path.unsent = 9 * SEGMENT;
    t.Number(otias(false), 0.05, "OTIAS: floor(9 / 10)");
    t.Number(otias(true), 0.15, "OTIAS: ceil(10 / 10)");
    path.unsent = 10 * SEGMENT;
    t.Number(otias(false), 0.15, "OTIAS: floor(10 / 10)");
    t.Number(otias(true), 0.25, "OTIAS: ceil(11 / 10)");
    path.available = 4 * SEGMENT;
    t.Number(otias(false), 0.05, "OTIAS: floor(6 / 10)");
    path.available = 0;
    path.unsent = 35 * SEGMENT;
    t.Number(otias(false), 0.35, "OTIAS: floor(35 / 10)");

    // 36 segments before the arrival; slow start sends 20 and 40.
    t.Number(sttf(), 0.25, "STTF: 20 + 40");
    path.ssthresh = 15 * SEGMENT;
    t.Number(sttf(), 0.35, "STTF: 15 + 16 + 17");
    path.ssthresh = 10 * SEGMENT;
    t.Number(sttf(), 0.35, "STTF: 11 + 12 + 13");
    path.unsent = 36 * SEGMENT;
    t.Number(sttf(), 0.45, "STTF: 11 + 12 + 13 + 14");
    path.unsent = UINT32_MAX / 2;
    path.segmentSize = 0;
    path.cwnd = 0;
    t.That(std::isfinite(sttf()), "STTF: an absurd queue");

    // Which path: the fast one until its queue makes it the later.
    for (uint32_t unsent = 0; unsent < 60; ++unsent)
    {
        auto fast = Subflow(0, 20, 10, 10);
        fast.unsent = unsent * SEGMENT;
        fast.queueable = 100 * SEGMENT;
        const auto view = View({fast, Subflow(1, 70)});
        const auto choice = [&view](const std::string& type) {
            return ObjectFactory(type).Create<MptcpScheduler>()->Select(view, false);
        };
        // OTIAS: (floor(n / 10) + 0.5) 20 against 35 ms: 30 up to 19, 50 from 20.
        const auto byOtias = choice("ns3::MptcpSchedulerOtias");
        t.Is(byOtias.mask, unsent < 20 ? 1U : 2U, "OTIAS: queue " + std::to_string(unsent));
        t.That(byOtias.ahead, "OTIAS: ahead of the window");
        // STTF: one round for 20 segments, 30 ms; two rounds for 60, 50 ms.
        const auto bySttf = choice("ns3::MptcpSchedulerSttf");
        t.Is(bySttf.mask, unsent < 20 ? 1U : 2U, "STTF: queue " + std::to_string(unsent));
    }
    // A tie goes to the lower identifier, wherever it stands.
    const auto tie = View({Subflow(5, 50), Subflow(2, 50)});
    t.Is(CreateObject<MptcpSchedulerOtias>()->Select(tie, false).mask, 2U, "OTIAS: tie");
    // The earliest path holds all it may: wait for it.
    auto full = Subflow(0, 20, 10, 10);
    full.queueable = SEGMENT - 1;
    const auto scheduler = CreateObject<MptcpSchedulerOtias>();
    t.Is(scheduler->Select(View({full, Subflow(1, 70)}), false).mask, 0U, "OTIAS: wait");
    t.Is(scheduler->Select(View({full, Subflow(1, 70)}), true).mask, 2U, "OTIAS: reinjection");
    t.That(!scheduler->Select(View({full, Subflow(1, 70)}), true).ahead, "no queue for it");
    full.inFlight = 0;
    t.Is(scheduler->Select(View({full, Subflow(1, 70)}), false).mask,
         2U,
         "OTIAS: not for one that nothing is under way on");
}

/** @param t test */
void
DapsPlan(T& t)
{
    using Path = MptcpSchedulerDaps::Path;
    const auto length = [](const std::vector<Path>& paths) {
        return MptcpSchedulerDaps::GetLength(paths);
    };
    t.Is(length({Path{0, 2, 1}, Path{1, 5, 1}}), uint64_t{10}, "least common multiple");
    t.Is(length({Path{0, 4, 1}, Path{1, 6, 1}, Path{2, 10, 1}}), uint64_t{60}, "of three");
    t.Is(length({Path{0, 7, 1}}), uint64_t{7}, "of one");
    t.Is(length({Path{0, 997, 1}, Path{1, 1009, 1}}), uint64_t{64 * 1009}, "64 rounds at most");

    // Forward delays of 8 and 20 ms are 2 and 5 units: in 10 units the fast path gets 5 windows, at
    // 2, 4, 6, 8 and 10, and the slow one 2, at 5 and 10.
    const auto scheduler = CreateObject<MptcpSchedulerDaps>();
    auto view = View({Subflow(3, 40, 2), Subflow(7, 16, 3)});
    const auto next = [&] {
        for (auto& subflow : view.subflows)
        {
            subflow.queueable = 100 * SEGMENT;
        }
        const auto decision = scheduler->Select(view, false);
        t.That(decision.ahead || decision.mask == 0, "ahead of the window");
        return decision.mask == 1 ? 's' : decision.mask == 2 ? 'f' : '-';
    };
    for (int round = 0; round < 2; ++round)
    {
        std::string plan;
        for (int i = 0; i < 19; ++i)
        {
            plan += next();
            // Not followed, it is asked again and answers the same.
            t.Is(next(), plan.back(), "again");
            view.sndNxt += SEGMENT;
        }
        t.Is(plan, std::string("ffffffssffffffffsss").replace(16, 3, "fss"), "the plan");
    }
    // 8 and 22 ms are 2 and 6 units of 4 ms (5.5 is rounded), 8 and 22 of 1 ms.
    for (const std::string unit : {"4ms", "1ms"})
    {
        const auto rounded = Kind{"ns3::MptcpSchedulerDaps", {{"Granularity", unit}}}.Make();
        auto pair = View({Subflow(0, 16, 1), Subflow(1, 44, 1)});
        std::string plan;
        for (int i = 0; i < 4; ++i)
        {
            plan += rounded->Select(pair, false).mask == 1 ? 'f' : 's';
            pair.sndNxt += SEGMENT;
        }
        t.Is(plan, std::string(unit == "4ms" ? "fffs" : "ffsf"), "in units of " + unit);
    }
    t.That(!scheduler->SetAttributeFailSafe("Granularity", StringValue("0s")), "no unit");
    // The path in turn holds all it may: the plan waits, and goes on.
    t.Is(next(), 'f', "a new plan");
    view.sndNxt += SEGMENT;
    view.subflows[1].queueable = 0;
    view.subflows[1].inFlight = SEGMENT;
    t.Is(scheduler->Select(view, false).mask, 0U, "wait");
    t.Is(next(), 'f', "and go on");
    // Another subflow: another plan.
    view.sndNxt += SEGMENT;
    view.subflows.pop_back();
    t.Is(next(), 's', "the fast one is gone");
    t.Is(scheduler->Select(view, true).mask, 1U, "reinjection");
}

/** @param t test */
void
BufferBloatLimit(T& t)
{
    // reference-values.json, csws14.lowrtt_bm: cwnd_limit = 3 (sRTTmin / sRTT) cwnd.
    const auto limit = [](uint32_t srtt, uint32_t lowest, double factor) {
        return MptcpSchedulerBufferBloat::GetLimit(Subflow(0, srtt), MilliSeconds(lowest), factor) /
               SEGMENT;
    };
    t.Number(limit(100, 100, 3), 30, "no queue");
    t.Number(limit(100, 50, 3), 15, "twice the RTT");
    t.Number(limit(400, 50, 3), 3.75, "eight times the RTT");
    t.Number(limit(400, 1, 3), 1, "at least a segment");
    t.Number(limit(400, 50, 1), 1.25, "another factor");
    t.Number(limit(0, 50, 3), 10, "no sample: the window");

    const auto scheduler = CreateObject<MptcpSchedulerBufferBloat>();
    const auto ask = [&](uint32_t srtt, uint32_t inFlight) {
        return scheduler->Select(View({Subflow(0, srtt, 10, inFlight), Subflow(1, 1000)}), false)
            .mask;
    };
    t.Is(ask(50, 9), 1U, "no queue yet");
    t.Is(ask(300, 3), 1U, "limit 5, 3 in flight");
    t.Is(ask(300, 4), 1U, "limit 5, 4 in flight");
    t.Is(ask(300, 5), 2U, "limit 5, 5 in flight");
    t.Is(ask(150, 9), 1U, "limit 10: the window counts");
    // What may be queued ahead is limited alike.
    const auto ahead = CreateObject<MptcpSchedulerBufferBloat>();
    ahead->SetAttribute("Inner", StringValue("ns3::MptcpSchedulerOtias"));
    t.Is(ahead->Select(View({Subflow(0, 50)}), false).mask, 1U, "OTIAS inside");
    t.Is(ahead->Select(View({Subflow(0, 300, 10, 4)}), false).mask, 1U, "one more");
    t.Is(ahead->Select(View({Subflow(0, 300, 10, 5)}), false).mask, 0U, "and no more");
}

/** @param t test */
void
WeightedTurns(T& t)
{
    const auto turns = [](const Ptr<MptcpScheduler>& scheduler, MptcpConnectionView view, int n) {
        std::string order;
        for (int i = 0; i < n; ++i)
        {
            const MptcpSubflowMask mask = scheduler->Select(view, false).mask;
            order += mask == 0 ? '-' : static_cast<char>('0' + std::countr_zero(mask));
            view.sndNxt += SEGMENT;
        }
        return order;
    };
    const auto make = [](const std::string& weights) {
        return Kind{"ns3::MptcpSchedulerWeighted", {{"Weights", weights}}}.Make();
    };
    const auto two = View({Subflow(0, 10), Subflow(1, 1000)});
    t.Is(turns(make("3,1"), two, 8), std::string("00100010"), "3 to 1, spread");
    t.Is(turns(make("1"), two, 5), std::string("01010"), "the last weight goes on");
    t.Is(turns(make("0.5,1.5"), two, 8), std::string("10111011"), "fractions");
    t.Is(turns(make("1,2,1"), View({Subflow(0, 10), Subflow(2, 10)}), 4),
         std::string("0101"),
         "weights go by identifier");
    // By capacity: 12 segments in 125 ms to 8 in 250 ms is 3 to 1; no sample counts as the weakest.
    t.Is(turns(make(""), View({Subflow(0, 125, 12), Subflow(1, 250, 8)}), 8),
         std::string("00100010"),
         "capacities");
    const auto unknown = View({Subflow(0, 20), Subflow(1, 0), Subflow(2, 120, 20)});
    t.Number(MptcpSchedulerWeighted::GetCapacities(unknown)[1],
             20 * SEGMENT / 0.12,
             "capacity without a sample");
    t.Number(MptcpSchedulerWeighted::GetCapacities(View({Subflow(0, 0)}))[0], 1, "nothing known");

    // A choice that is not followed, and a reinjection, take no turn.
    const auto scheduler = make("3,1");
    std::string order;
    auto view = two;
    for (int i = 0; i < 8; ++i)
    {
        scheduler->Select(view, false);
        scheduler->Select(view, true);
        order += static_cast<char>('0' + std::countr_zero(scheduler->Select(view, false).mask));
        view.sndNxt += SEGMENT;
    }
    t.Is(order, std::string("00100010"), "turns that are not taken");

    for (const std::string weights :
         {"-1", "0", "1,0", "1,-2", "1,,2", ",1", "1,", "a", "inf", "nan", "1e7", "1;2"})
    {
        t.That(!scheduler->SetAttributeFailSafe("Weights", StringValue(weights)),
               "Weights \"" + weights + "\" refused");
    }
    StringValue kept;
    scheduler->GetAttribute("Weights", kept);
    t.Is(kept.Get(), std::string("3,1"), "what was refused changed nothing");
    for (const std::string weights : {"", "1", "0.25,1e6,3"})
    {
        t.That(scheduler->SetAttributeFailSafe("Weights", StringValue(weights)),
               "Weights \"" + weights + "\"");
    }
}

/** @param t test */
void
RedundantCursors(T& t)
{
    // The scheduler names all that have room, each for the next segment of its own.
    for (const std::string type : {"ns3::MptcpSchedulerRedundant", "ns3::MptcpSchedulerReMp"})
    {
        const auto scheduler = ObjectFactory(type).Create<MptcpScheduler>();
        const auto both = scheduler->Select(View({Subflow(0, 20), Subflow(1, 100)}), false);
        t.Is(both.mask, 3U, "both have room");
        t.That(both.repeat, "each goes on where it is");
        t.Is(scheduler->Select(View({Subflow(0, 20, 10, 10), Subflow(1, 100)}), false).mask,
             2U,
             "one has room");
        const auto again = scheduler->Select(View({Subflow(0, 20), Subflow(1, 100)}), true);
        t.Is(again.mask, 1U, "a reinjection goes to the lowest RTT");
        t.That(!again.repeat, "and is one segment");
    }

    // A path with a short RTT and a small window beside one that is the other way round: 30
    // segments take the first 10 rounds of 20 ms. The second one gets ahead, and must not hold it
    // up.
    const MptcpBenchPath small{.cwnd = 3000, .rtt = MilliSeconds(20)};
    const MptcpBenchPath large{.cwnd = 10000, .rtt = MilliSeconds(100)};
    {
        MptcpSchedulerBench bench("ns3::MptcpSchedulerRedundant");
        bench.Add(small);
        bench.Add(large);
        const Time start = Simulator::Now();
        bench.Write(30000);
        t.Is(bench.GetOctets(0), uint64_t{3000}, "what fits into the small window");
        t.Is(bench.GetOctets(1), uint64_t{10000}, "what fits into the large one");
        bench.Advance(MilliSeconds(20));
        t.Is(bench.GetOctets(0), uint64_t{6000}, "the fast path goes through all of it");
        bench.Advance(MilliSeconds(500));
        t.Is((bench.GetDone() - start).GetMilliSeconds(), int64_t{200}, "as the best path");
        t.Is(bench.GetOctets(0), uint64_t{30000}, "which carried every segment");
    }
    // A path that lags skips what has arrived, and repeats what has not, from the oldest on.
    {
        MptcpSchedulerBench bench("ns3::MptcpSchedulerRedundant");
        bench.Add({.cwnd = 10000, .rtt = MilliSeconds(20)});
        bench.Add({.cwnd = 2000, .rtt = MilliSeconds(100)});
        bench.Write(40000);
        t.Is(bench.GetOctets(0), uint64_t{10000}, "the fast one leads");
        t.Is(bench.GetOctets(1), uint64_t{2000}, "the slow one begins with the same");
        bench.Advance(MilliSeconds(50));
        t.Is(bench.GetView().sndUna, bench.GetView().sndNxt - 10000, "two windows have arrived");
        // The third window is lost; its copies go on along the slow path, from its first segment
        // on and not from where the slow path had been.
        bench.TimeOut(0);
        bench.Advance(MilliSeconds(150));
        t.Is(bench.GetOctets(1), uint64_t{6000}, "two windows of the slow path");
        t.Is(bench.GetView().sndUna, bench.GetView().sndNxt - 8000, "of which one has arrived");
        bench.Recover(0);
        bench.Advance(Seconds(1));
        t.That(bench.GetDone().IsPositive(), "done");
    }
    // The rest is repeated, too, when nothing is left to send for the first time; a window that the
    // peer has closed does not hold up copies.
    {
        MptcpSchedulerBench bench("ns3::MptcpSchedulerRedundant");
        bench.Add({.cwnd = 1000, .rtt = MilliSeconds(20)});
        bench.Add({.cwnd = 10000, .rtt = MilliSeconds(500)});
        bench.SetWindow(5000);
        bench.Write(5000);
        t.Is(bench.GetOctets(1), uint64_t{5000}, "all of it on the slow path");
        bench.Advance(MilliSeconds(120));
        t.Is(bench.GetOctets(0), uint64_t{5000}, "and on the fast one");
        t.That(bench.GetDone().IsPositive(), "done before the slow path");
    }
    // A subflow that joins repeats what is outstanding.
    {
        MptcpSchedulerBench bench("ns3::MptcpSchedulerRedundant");
        bench.Add({.cwnd = 4000, .rtt = MilliSeconds(1000)});
        bench.Write(10000);
        bench.Add({.cwnd = 4000, .rtt = MilliSeconds(20)});
        bench.Push();
        t.Is(bench.GetOctets(1), uint64_t{4000}, "what the first one has under way");
        bench.Advance(MilliSeconds(100));
        t.That(bench.GetDone().IsPositive(), "the new path brings it all");
    }
    // The best class only: a backup repeats nothing while another one can.
    {
        MptcpSchedulerBench bench("ns3::MptcpSchedulerRedundant");
        bench.Add({.rtt = MilliSeconds(100)});
        bench.Add({.rtt = MilliSeconds(20), .backup = true});
        bench.Write(30000);
        bench.Advance(Seconds(1));
        t.Is(bench.GetOctets(1), uint64_t{0}, "nothing on the backup");
        t.That(bench.GetDone().IsPositive(), "done");
    }
}

/** @param t test */
void
ReMpBacklog(T& t)
{
    const auto ask = [](const std::string& backlog, uint32_t unsent) {
        const Kind kind{"ns3::MptcpSchedulerReMp", {{"Backlog", backlog}}};
        return kind.Make()->Select(View({Subflow(0, 100), Subflow(1, 20)}, unsent), false).mask;
    };
    t.Is(ask("4294967295", 4294967295U), 3U, "by default always");
    t.Is(ask("5000", 5000), 3U, "a short rest is repeated");
    t.Is(ask("5000", 5001), 2U, "a long one shared: the lowest RTT");
    t.Is(ask("0", 1), 2U, "never repeated");
    MptcpSchedulerBench bench(Kind{"ns3::MptcpSchedulerReMp", {{"Backlog", "6000"}}}.Make());
    bench.Add({.rtt = MilliSeconds(20)});
    bench.Add({.rtt = MilliSeconds(100)});
    bench.Write(9000);
    t.Is(bench.GetOctets(0), uint64_t{9000}, "all of it on the fast path");
    t.Is(bench.GetOctets(1), uint64_t{6000}, "of which the tail is repeated");
    bench.Advance(Seconds(2));
    t.That(bench.GetDone().IsPositive(), "done");
}

// ---- Transfers of the bench ----

/**
 * @param kind scheduler
 * @param octets to transfer
 * @param prepare changes of the bench before
 * @param paths subflows
 * @return the bench, 20 s later
 */
MptcpSchedulerBench
Transfer(const Kind& kind,
         uint32_t octets,
         const std::vector<MptcpBenchPath>& paths,
         const std::function<void(MptcpSchedulerBench&)>& prepare = nullptr)
{
    MptcpSchedulerBench bench(kind.Make());
    for (const auto& path : paths)
    {
        bench.Add(path);
    }
    if (prepare)
    {
        prepare(bench);
    }
    bench.Write(octets);
    bench.Advance(Seconds(20));
    return bench;
}

/** @param t test */
void
BenchTransfers(T& t)
{
    const MptcpBenchPath fast{.rtt = MilliSeconds(20)};
    const MptcpBenchPath slow{.rtt = MilliSeconds(100)};
    const auto time = [&](const Kind& kind, uint32_t octets, std::vector<MptcpBenchPath> paths) {
        const Time start = Simulator::Now();
        const auto bench = Transfer(kind, octets, paths);
        t.That(bench.GetDone().IsPositive(), kind.GetName() + " is done");
        return (bench.GetDone() - start).GetMilliSeconds();
    };
    const Kind minRtt{"ns3::MptcpSchedulerMinRtt"};
    const Kind redundant{"ns3::MptcpSchedulerRedundant"};
    const Kind ecf{"ns3::MptcpSchedulerEcf", {{"LinuxArithmetic", "true"}}};
    const Kind daps{"ns3::MptcpSchedulerDaps"};
    const Kind otias{"ns3::MptcpSchedulerOtias", {{"RoundUp", "true"}}};
    const Kind sttf{"ns3::MptcpSchedulerSttf"};

    // 100 segments: alone the fast path takes 10 rounds of 20 ms, the slow one 10 of 100 ms.
    t.Is(time(minRtt, 100000, {fast}), int64_t{200}, "the fast path alone");
    t.Is(time(redundant, 100000, {fast, slow}), int64_t{200}, "redundant: as the best path");
    t.Is(time(redundant, 100000, {slow, fast}), int64_t{200}, "wherever it stands");

    // 30 segments: lowest RTT fills both and waits 100 ms for the tail; those that look ahead
    // keep to the fast path.
    t.Is(time(minRtt, 30000, {fast, slow}), int64_t{100}, "lowest RTT");
    t.Is(time(ecf, 30000, {fast, slow}), int64_t{60}, "ECF as in Linux");
    // By the paper it does not wait for the last three: 3 / 10 of 100 ms are less than 2 of 20 ms.
    t.Is(time({"ns3::MptcpSchedulerEcf"}, 30000, {fast, slow}), int64_t{140}, "ECF");
    t.Is(time(sttf, 30000, {fast, slow}), int64_t{60}, "STTF");
    t.Is(time(otias, 30000, {fast, slow}), int64_t{60}, "OTIAS");
    t.Is(time(daps, 30000, {fast, slow}), int64_t{60}, "DAPS");

    // Equal paths: as lowest RTT (ECF, section 5: no difference). STTF expects windows that grow,
    // which those of the bench do not, and queues more on one path than the other.
    for (const auto& kind : KINDS)
    {
        const bool copies = kind.type == redundant.type || kind.type == "ns3::MptcpSchedulerReMp";
        // Those that use one path at a time, or in bursts of more than a window.
        const bool apart =
            kind.type == "ns3::MptcpSchedulerSinglePath" || kind.type == "ns3::MptcpSchedulerLinux";
        const int64_t extra = kind.type == sttf.type ? 20 : 0;
        if (!copies && !apart)
        {
            t.Is(time(kind, 200000, {fast, fast}), 200 + extra, kind.GetName() + ", equal paths");
        }
    }

    // BLEST keeps a small window free for the fast path; lowest RTT is blocked by the slow one.
    const auto narrow = [](MptcpSchedulerBench& bench) { bench.SetWindow(25000); };
    Time start = Simulator::Now();
    const auto blocked = Transfer(minRtt, 400000, {fast, slow}, narrow).GetDone() - start;
    start = Simulator::Now();
    const auto bench = Transfer({"ns3::MptcpSchedulerBlest"}, 400000, {fast, slow}, narrow);
    const auto free = bench.GetDone() - start;
    t.Is(free.GetMilliSeconds(), int64_t{800}, "BLEST: the fast path is never blocked");
    t.Is(blocked.GetMilliSeconds(), int64_t{1200}, "lowest RTT is");
    t.Is(bench.GetOctets(1), uint64_t{0}, "BLEST: nothing on the slow path");

    // Weights rule what does not fill the windows.
    MptcpSchedulerBench trickle(Kind{"ns3::MptcpSchedulerWeighted", {{"Weights", "3,1"}}}.Make());
    trickle.Add(fast);
    trickle.Add(slow);
    for (int i = 0; i < 400; ++i)
    {
        trickle.Write(1000);
        trickle.Advance(MilliSeconds(200));
    }
    t.Is(trickle.GetOctets(0), uint64_t{300000}, "weight 3");
    t.Is(trickle.GetOctets(1), uint64_t{100000}, "weight 1");

    // A loss on one path costs a redundant scheduler nothing.
    MptcpSchedulerBench safe(redundant.Make());
    safe.Add(fast);
    safe.Add(slow);
    start = Simulator::Now();
    safe.Write(5000);
    safe.TimeOut(0);
    safe.Advance(Seconds(1));
    t.Is((safe.GetDone() - start).GetMilliSeconds(), int64_t{100}, "the other copy");

    // A path with a queue in the network is limited: 3 * 20 / 120 windows.
    MptcpSchedulerBench bloat(Kind{"ns3::MptcpSchedulerBufferBloat"}.Make());
    bloat.Add(fast);
    bloat.Write(1000);
    bloat.GetSubflow(0).srtt = MilliSeconds(120);
    bloat.Write(50000);
    t.Is(bloat.GetView().subflows[0].inFlight, 5000U, "half the window in flight");
}

// ---- Whatever they are shown ----

/**
 * @param kind scheduler
 * @param t test
 */
void
Edges(const Kind& kind, T& t)
{
    const std::string name = kind.GetName() + ": ";
    const auto ask = [&](const std::vector<MptcpSubflowView>& subflows, bool reinject = false) {
        const auto scheduler = kind.Make();
        const MptcpSubflowMask mask = scheduler->Select(View(subflows), reinject).mask;
        scheduler->Dispose();
        return mask;
    };
    const auto with = [](MptcpSubflowView subflow, bool MptcpSubflowView::* flag) {
        subflow.*flag = true;
        return subflow;
    };
    const auto backup = [&](const MptcpSubflowView& s) {
        return with(s, &MptcpSubflowView::backup);
    };
    const auto inLoss = [&](const MptcpSubflowView& s) {
        return with(s, &MptcpSubflowView::inLoss);
    };
    const auto stale = [&](const MptcpSubflowView& s) { return with(s, &MptcpSubflowView::stale); };
    const auto closed = [](MptcpSubflowView s) {
        s.usable = false;
        return s;
    };
    const auto carried = [&](const MptcpSubflowView& s) {
        return with(s, &MptcpSubflowView::carried);
    };
    const auto a = Subflow(0, 50);
    const auto b = Subflow(1, 60);
    const auto full = Subflow(0, 50, 10, 20);
    for (const bool reinject : {false, true})
    {
        t.Is(ask({}, reinject), 0U, name + "no subflow");
        t.Is(ask({closed(a)}, reinject), 0U, name + "none usable");
        t.Is(ask({a}, reinject), 1U, name + "one");
        t.Is(ask({Subflow(9, 0)}, reinject), 1U, name + "one without an RTT sample");
        t.Is(ask({full}, reinject), 0U, name + "one that is full");
        t.Is(ask({closed(a), b}, reinject), 2U, name + "one usable");
        t.Is(ask({backup(a), b}, reinject), 2U, name + "one that is no backup");
        t.Is(ask({backup(a)}, reinject), 1U, name + "one backup");
        t.That(ask({backup(a), backup(b)}, reinject) != 0, name + "all backups");
        t.Is(ask({backup(a), closed(b)}, reinject), 1U, name + "the backup takes over");
        t.Is(ask({backup(Subflow(1, 10)), full}, reinject), 0U, name + "not for one that is full");
        t.Is(ask({backup(a), stale(b)}, reinject), 1U, name + "the backup, the other is stale");
        t.Is(ask({inLoss(a), b}, reinject), 2U, name + "one not in loss");
        t.Is(ask({inLoss(a)}, reinject), 1U, name + "in loss, but alone");
        t.That(ask({Subflow(0, 0), Subflow(1, 0)}, reinject) != 0, name + "no RTT sample at all");
        auto odd = a;
        odd.segmentSize = 0;
        t.Is(ask({odd}, reinject), 0U, name + "without a segment size");
        std::vector<MptcpSubflowView> many;
        for (uint8_t i = 0; i < MPTCP_MAX_SUBFLOWS; ++i)
        {
            many.push_back(closed(Subflow(i, 50)));
        }
        t.Is(ask(many, reinject), 0U, name + "none of many");
        many.back().usable = true;
        t.Is(ask(many, reinject),
             MptcpSubflowBit(MPTCP_MAX_SUBFLOWS - 1),
             name + "the last that a connection can have");
    }
    t.Is(ask({carried(a), b}, true), 2U, name + "a reinjection goes elsewhere");
    t.Is(ask({carried(a), backup(b)}, true), 2U, name + "even to a backup");
    const auto delivering = with(closed(carried(a)), &MptcpSubflowView::delivering);
    t.Is(ask({delivering, backup(b)}, true), 0U, name + "not to a backup beside one that delivers");
    t.Is(ask({backup(delivering), backup(b)}, true), 2U, name + "save that is a backup too");
    t.Is(ask({delivering, b}, true), 2U, name + "one that is no backup, beside it");
    t.Is(ask({delivering, backup(b)}, false), 2U, name + "new data go by what is usable");
    t.Is(std::popcount(ask({a, b}, true)), 1, name + "a reinjection goes to one");
    t.Is(ask({inLoss(carried(a))}, true), 0U, name + "not where TCP repeats it anyway");
}

/**
 * Snapshots at random, as no connection would make them.
 *
 * @param kind scheduler
 * @param t test
 */
void
RandomViews(const Kind& kind, T& t)
{
    std::mt19937_64 random(42);
    const auto below = [&random](uint64_t n) { return random() % n; };
    const auto minRtt = CreateObject<MptcpSchedulerMinRtt>();
    Ptr<MptcpScheduler> scheduler;
    uint32_t waits = 0;
    const bool limits = kind.type == "ns3::MptcpSchedulerBufferBloat";
    std::vector<uint8_t> ids;
    uint64_t dsn = random();
    for (int i = 0; i < 6000; ++i)
    {
        if (i % 50 == 0)
        {
            scheduler = kind.Make();
            ids.clear();
            for (uint64_t n = below(5); ids.size() < n;)
            {
                ids.push_back(static_cast<uint8_t>(3 * ids.size() + below(3)));
            }
        }
        MptcpConnectionView view;
        for (const uint8_t id : ids)
        {
            auto subflow = Subflow(id,
                                   below(5) ? 1 << below(11) : 0,
                                   static_cast<uint32_t>(1 + below(20)),
                                   static_cast<uint32_t>(below(2) ? below(22) : 0));
            subflow.ssthresh = below(2) ? UINT32_MAX : subflow.cwnd;
            subflow.unsent = below(2) ? static_cast<uint32_t>(below(10 * SEGMENT)) : 0;
            subflow.queueable -= std::min(subflow.queueable, subflow.unsent);
            subflow.available = below(9) ? subflow.available : 0;
            subflow.usable = below(8);
            subflow.backup = !below(5);
            subflow.inLoss = !below(5);
            subflow.stale = !below(9);
            subflow.carried = below(2);
            subflow.delivering = !below(4);
            view.subflows.push_back(subflow);
        }
        view.sndNxt = dsn;
        view.sndUna = dsn - below(60 * SEGMENT);
        view.unsent = static_cast<uint32_t>(1 + below(200 * SEGMENT));
        view.windowLeft = static_cast<uint32_t>(below(60 * SEGMENT));
        const bool reinject = below(4) == 0;
        const auto decision = scheduler->Select(view, reinject);
        const auto rank = [reinject](const MptcpSubflowView& s) {
            return !s.usable ? 16
                             : 8 * s.stale + 4 * (reinject && s.carried) + 2 * s.backup + s.inLoss;
        };
        int best = 16;
        for (const auto& subflow : view.subflows)
        {
            best = std::min(best, rank(subflow));
        }
        if (decision.mask == 0)
        {
            // To wait for what never happens would hang the connection.
            ++waits;
            const bool busy =
                std::any_of(view.subflows.begin(), view.subflows.end(), [&](const auto& s) {
                    return rank(s) == best && best < 16 && (s.inFlight > 0 || s.unsent > 0);
                });
            t.That(minRtt->Select(view, reinject).mask == 0 || (busy && (limits || !reinject)),
                   kind.GetName() + " waits for an event");
            continue;
        }
        for (uint32_t left = decision.mask; left != 0; left &= left - 1)
        {
            const auto index = static_cast<std::size_t>(std::countr_zero(left));
            t.That(index < view.subflows.size(), kind.GetName() + ": a subflow that exists");
            if (index >= view.subflows.size())
            {
                continue;
            }
            const auto& subflow = view.subflows[index];
            t.That(rank(subflow) == best && best < 16, kind.GetName() + ": of the best class");
            t.That(!reinject || !subflow.backup ||
                       std::none_of(view.subflows.begin(),
                                    view.subflows.end(),
                                    [](const auto& s) { return s.delivering && !s.backup; }),
                   kind.GetName() + ": a backup subflow repairs where no other delivers");
            // The last of the new data need not be a segment.
            const bool last = !reinject && view.unsent > 0 && view.unsent < SEGMENT;
            const uint32_t least = last ? view.unsent : SEGMENT;
            t.That(decision.ahead ? subflow.queueable >= SEGMENT
                                  : subflow.available >= subflow.unsent + least,
                   kind.GetName() + ": one that has room");
        }
        dsn += below(4) ? SEGMENT : 0;
    }
    t.That(waits > 0, "some had to wait");
}

/**
 * A bench at random, which must end with everything acknowledged.
 *
 * @param kind scheduler
 * @param t test
 */
void
RandomBench(const Kind& kind, T& t)
{
    std::mt19937_64 random(7);
    const auto below = [&random](uint64_t n) { return static_cast<uint32_t>(random() % n); };
    for (int run = 0; run < 15; ++run)
    {
        MptcpSchedulerBench bench(kind.Make());
        const uint32_t paths = 1 + below(3);
        for (uint32_t i = 0; i < paths; ++i)
        {
            bench.Add({.cwnd = 1000 * (1 + below(20)),
                       .ssThresh = below(2) ? 5000 : UINT32_MAX,
                       .rtt = MilliSeconds(1 << below(9)),
                       .backup = below(4) == 0});
        }
        bench.SetWindow(below(2) ? 1000000 : 3000 + below(20000));
        for (int step = 0; step < 60; ++step)
        {
            const uint32_t path = below(paths);
            auto& subflow = bench.GetSubflow(path);
            switch (below(9))
            {
            case 0:
            case 1:
                bench.Write(1 + below(30000));
                break;
            case 2:
                bench.TimeOut(path);
                break;
            case 3:
                bench.Recover(path);
                break;
            case 4:
                subflow.backup = !subflow.backup;
                bench.Push();
                break;
            case 5:
                subflow.srtt = MilliSeconds(1 << below(10));
                subflow.rttVar = MilliSeconds(below(50));
                break;
            case 6:
                subflow.cwnd = 1000 * (1 + below(30));
                break;
            default:
                bench.Advance(MilliSeconds(below(100)));
            }
        }
        for (uint32_t i = 0; i < paths; ++i)
        {
            bench.Recover(i);
        }
        bench.Advance(Seconds(1000));
        t.Is(bench.GetView().unsent, 0U, kind.GetName() + ": all is sent");
        t.Is(bench.GetView().sndUna, bench.GetView().sndNxt, kind.GetName() + ": and arrives");
    }
}

// ---- Connections ----

/** Names subflows at random, many of which are closed or never were. */
class RecklessScheduler : public MptcpScheduler
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId()
    {
        static TypeId tid = TypeId("ns3::MptcpTestRecklessScheduler")
                                .SetParent<MptcpScheduler>()
                                .SetGroupName("Mptcp")
                                .AddConstructor<RecklessScheduler>();
        return tid;
    }

    MptcpSchedulerDecision Select(const MptcpConnectionView& view, bool /* reinject */) override
    {
        unusable |= std::any_of(view.subflows.begin(), view.subflows.end(), [](const auto& s) {
            return !s.usable;
        });
        MptcpSchedulerDecision decision;
        decision.mask = m_random();
        decision.ahead = m_random() % 4 == 0;
        decision.repeat = m_random() % 3 == 0;
        return decision;
    }

    static inline bool unusable{false}; ///< a subflow that is not usable was shown

  private:
    std::mt19937 m_random{1}; ///< decisions
};

NS_OBJECT_ENSURE_REGISTERED(RecklessScheduler);

/** What happens to a connection. */
enum class Course : uint8_t
{
    CALM,     ///< nothing
    LOSS,     ///< losses on both paths, both ways
    DEATH,    ///< the faster path dies
    MEASURES, ///< M1 and M2 with a small receive buffer
    BACKUP,   ///< the faster path becomes a backup
};

/**
 * @ingroup mptcp-test
 * A connection over two paths whose octets are compared.
 */
class ConnectionTestCase : public TestCase
{
  public:
    /**
     * @param kind scheduler
     * @param course what happens
     * @param name what happens, in words
     * @param seed RngRun
     */
    ConnectionTestCase(const Kind& kind, Course course, const std::string& name, uint32_t seed)
        : TestCase(kind.GetName() + ", " + name + ", run " + std::to_string(seed)),
          m_kind(kind),
          m_course(course),
          m_seed(seed)
    {
    }

  private:
    void DoRun() override
    {
        const std::string socket = "ns3::MptcpSocketBase::";
        Config::SetDefault(socket + "Scheduler", StringValue(m_kind.type));
        for (const auto& [attribute, value] : m_kind.attributes)
        {
            Config::SetDefault(m_kind.type + "::" + attribute, StringValue(value));
        }
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1400));
        if (m_course == Course::MEASURES)
        {
            Config::SetDefault(socket + "OpportunisticRetransmission", BooleanValue(true));
            Config::SetDefault(socket + "Penalization", BooleanValue(true));
            Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(20000));
        }
        MptcpStory story(2, m_seed);
        story.up = 400000;
        story.down = 60000;
        const uint32_t delays[] = {10, 40};
        for (uint32_t path = 0; path < 2; ++path)
        {
            story.topology.SetDataRate(path, DataRate("5Mbps"));
            story.topology.SetDelay(path, MilliSeconds(delays[path]));
            story.topology.SetQueueSize(path, QueueSize("30p"));
            if (m_course == Course::LOSS)
            {
                story.topology.SetLossRate(path, 0.02, 0.02);
            }
        }
        story.Start();
        if (m_course == Course::DEATH)
        {
            story.topology.CutPath(0, Seconds(0.35));
        }
        if (m_course == Course::BACKUP)
        {
            story.Run(Seconds(0.35));
            const auto client = story.GetClient();
            NS_TEST_EXPECT_MSG_EQ(client->SetSubflowPriority(0, true), 0, "becomes a backup");
            client->TraceConnectWithoutContext(
                "DataSent",
                Callback<void, uint32_t, uint64_t, uint32_t, bool>(
                    [this](uint32_t id, uint64_t, uint32_t size, bool again) {
                        m_sent[id & 1] += again ? 0 : size;
                    }));
        }
        story.Run(Seconds(60));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
        if (m_course == Course::BACKUP)
        {
            NS_TEST_EXPECT_MSG_EQ(m_sent[0], 0, "nothing new on a backup");
            NS_TEST_EXPECT_MSG_GT(m_sent[1], 100000, "the other one carries it");
        }
        if (m_course == Course::CALM && MPTCP_TCP_REPAIRS_LOSS_ONLY)
        {
            NS_TEST_EXPECT_MSG_LT(story.server.lastRead, Seconds(2), "no stall");
        }
        if (m_course == Course::DEATH && MPTCP_TCP_REPAIRS_LOSS_ONLY)
        {
            NS_TEST_EXPECT_MSG_LT(story.server.lastRead, Seconds(12), "the other path goes on");
        }
    }

    void DoTeardown() override
    {
        Simulator::Destroy();
        Config::Reset();
    }

    Kind m_kind;           ///< scheduler
    Course m_course;       ///< what happens
    uint32_t m_seed;       ///< RngRun
    uint64_t m_sent[2]{0}; ///< octets sent first, by subflow
};

/**
 * @ingroup mptcp-test
 * Bulk data by the redundant schedulers: every segment on the best path, in the time of that path.
 */
class RedundantBulkTestCase : public TestCase
{
  public:
    /** @param type scheduler @param loss of segments of both paths */
    RedundantBulkTestCase(const std::string& type, double loss)
        : TestCase(type + ", bulk, loss " + std::to_string(loss)),
          m_type(type),
          m_loss(loss)
    {
    }

  private:
    /**
     * @param paths number of paths
     * @param[out] carried octets that each subflow was given
     * @return time of the transfer, s
     */
    double Measure(uint32_t paths, std::vector<uint64_t>& carried)
    {
        Config::SetDefault("ns3::MptcpSocketBase::Scheduler", StringValue(m_type));
        Config::SetDefault("ns3::MptcpSocketBase::CongestionControl",
                           StringValue("ns3::TcpNewReno"));
        Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1400));
        Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(1 << 21));
        Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(1 << 21));
        MptcpStory story(paths);
        story.up = UP;
        const uint32_t delays[] = {10, 50};
        for (uint32_t path = 0; path < paths; ++path)
        {
            story.topology.SetDelay(path, MilliSeconds(delays[path]));
            story.topology.SetQueueSize(path, QueueSize("50p"));
            story.topology.SetLossRate(path, m_loss);
        }
        story.Start();
        carried.assign(paths, 0);
        story.Run(Seconds(0.11));
        story.GetClient()->TraceConnectWithoutContext(
            "DataSent",
            Callback<void, uint32_t, uint64_t, uint32_t, bool>(
                [&carried](uint32_t id, uint64_t, uint32_t size, bool) {
                    carried.at(id) += size;
                }));
        story.Run(Seconds(400));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
        Simulator::Destroy();
        Config::Reset();
        return story.server.lastRead.GetSeconds();
    }

    void DoRun() override
    {
        std::vector<uint64_t> carried;
        const double one = Measure(1, carried);
        const double two = Measure(2, carried);
        if (!MPTCP_TCP_REPAIRS_LOSS_ONLY)
        {
            return; // the release's repair decides the time
        }
        NS_TEST_EXPECT_MSG_LT(two, 1.03 * one, "time of the best path");
        NS_TEST_EXPECT_MSG_GT(two, 0.9 * one, "the paths do not share the data");
        if (m_loss == 0)
        {
            NS_TEST_EXPECT_MSG_GT_OR_EQ(carried[0], UP, "every segment goes by the best path");
        }
        NS_TEST_EXPECT_MSG_GT(carried[1], UP / 20, "the other one repeats what it can");
    }

    static constexpr uint64_t UP = 4000000; ///< octets
    std::string m_type;                     ///< scheduler
    double m_loss;                          ///< of segments
};

/**
 * @ingroup mptcp-test
 * A scheduler that names what it must not: nothing may be lost.
 */
class RecklessTestCase : public TestCase
{
  public:
    RecklessTestCase()
        : TestCase("a scheduler that names subflows that are closed or do not exist")
    {
    }

  private:
    void DoRun() override
    {
        RecklessScheduler::unusable = false;
        Config::SetDefault("ns3::MptcpSocketBase::Scheduler",
                           TypeIdValue(RecklessScheduler::GetTypeId()));
        MptcpStory story(3);
        story.up = 400000;
        story.down = 100000;
        for (uint32_t path = 0; path < 3; ++path)
        {
            story.topology.SetLossRate(path, 0.01, 0.01);
        }
        story.topology.SetDelay(2, MilliSeconds(30));
        story.Start();
        story.topology.DownInterface(MptcpTopologyHelper::CLIENT, 1, Seconds(0.4));
        story.Run(Seconds(120));
        NS_TEST_EXPECT_MSG_EQ(story.IsComplete(), true, story.Describe());
        NS_TEST_EXPECT_MSG_EQ(RecklessScheduler::unusable, true, "it could name what is closed");
    }

    void DoTeardown() override
    {
        Simulator::Destroy();
        Config::Reset();
    }
};

/**
 * @tparam Case ns3::TestCase; its enumerators became scoped after ns-3.37
 * @param extensive a case that a quick run leaves out
 * @return duration of a case
 */
template <typename Case>
constexpr auto
GetDuration(bool extensive)
{
    if constexpr (requires { Case::Duration::EXTENSIVE; })
    {
        return extensive ? Case::Duration::EXTENSIVE : Case::Duration::QUICK;
    }
    else
    {
        return extensive ? Case::EXTENSIVE : Case::QUICK;
    }
}

/**
 * @ingroup mptcp-test
 * Suite of the schedulers of the literature.
 */
class MptcpSchedulerPapersTestSuite : public TestSuite
{
  public:
    MptcpSchedulerPapersTestSuite()
        : TestSuite("mptcp-scheduler-papers", Type::UNIT)
    {
        Add("BLEST: figures", BlestFigures);
        Add("BLEST: lambda", BlestLambda);
        Add("ECF: figures", EcfFigures);
        Add("OTIAS and STTF: figures", ArrivalFigures);
        Add("DAPS: plan", DapsPlan);
        Add("buffer bloat: limit", BufferBloatLimit);
        Add("weighted: turns and input", WeightedTurns);
        Add("redundant: each path at its own place", RedundantCursors);
        Add("ReMP: backlog", ReMpBacklog);
        Add("transfers of the bench", BenchTransfers);
        for (const auto& kind : KINDS)
        {
            const std::string name = kind.GetName();
            Add(name + ": edges", [kind](T& t) { Edges(kind, t); });
            Add(name + ": random snapshots", [kind](T& t) { RandomViews(kind, t); });
            Add(name + ": random bench", [kind](T& t) { RandomBench(kind, t); });
            for (uint32_t seed = 1; seed <= 10; ++seed)
            {
                AddConnection(kind, Course::CALM, "undisturbed", seed);
                AddConnection(kind, Course::LOSS, "losses", seed);
                AddConnection(kind, Course::DEATH, "a path dies", seed);
                AddConnection(kind, Course::MEASURES, "M1 and M2", seed);
                AddConnection(kind, Course::BACKUP, "becomes a backup", seed);
            }
        }
        for (const std::string type : {"ns3::MptcpSchedulerRedundant", "ns3::MptcpSchedulerReMp"})
        {
            for (const double loss : {0.0, 0.01})
            {
                AddTestCase(new RedundantBulkTestCase(type, loss), GetDuration<TestCase>(false));
            }
        }
        AddTestCase(new RecklessTestCase, GetDuration<TestCase>(false));
    }

  private:
    /** @param name name of a case @param function what it does */
    void Add(const std::string& name, const std::function<void(T&)>& function)
    {
        AddTestCase(new FunctionTestCase(name, function), GetDuration<TestCase>(false));
    }

    /** @param kind scheduler @param course what happens @param name in words @param seed RngRun */
    void AddConnection(const Kind& kind, Course course, const std::string& name, uint32_t seed)
    {
        AddTestCase(new ConnectionTestCase(kind, course, name, seed),
                    GetDuration<TestCase>(seed > 1));
    }
};

MptcpSchedulerPapersTestSuite g_mptcpSchedulerPapersTestSuite; ///< the suite

} // namespace
