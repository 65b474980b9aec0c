/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "ns3/boolean.h"
#include "ns3/mptcp-lia.h"
#include "ns3/object-factory.h"
#include "ns3/test.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint32_t SEGMENT = 1000; ///< segment size unless a test says otherwise

/**
 * @param a a number
 * @param b another one
 * @return true if they are equal but for rounding
 */
bool
Near(double a, double b)
{
    return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

/**
 * Set the smoothed RTT, under the name that the release of ns-3 has for it.
 *
 * @tparam State TcpSocketState
 * @param state congestion state
 * @param srtt the RTT
 */
template <typename State>
void
SetSmoothedRtt(State& state, Time srtt)
{
    if constexpr (requires { state.m_srtt; })
    {
        state.m_srtt = srtt;
    }
    else
    {
        state.m_lastRtt = srtt;
    }
}

/**
 * @tparam State TcpSocketState
 * @param state congestion state
 * @param limited whether the congestion window limits it, if the release of ns-3 can tell
 * @return true if it can
 */
template <typename State>
bool
SetCwndLimited(State& state, bool limited)
{
    if constexpr (requires { state.m_isCwndLimited; })
    {
        state.m_isCwndLimited = limited;
        return true;
    }
    else
    {
        return false;
    }
}

/**
 * @param cwnd congestion window, octets
 * @param srttMs smoothed RTT, ms
 * @return a subflow in congestion avoidance that fills its window
 */
Ptr<TcpSocketState>
Subflow(uint32_t cwnd, uint32_t srttMs)
{
    auto state = CreateObject<TcpSocketState>();
    state->m_cWnd = cwnd;
    state->m_ssThresh = cwnd / 2;
    state->m_segmentSize = SEGMENT;
    state->m_bytesInFlight = cwnd;
    SetCwndLimited(*state, true);
    SetSmoothedRtt(*state, MilliSeconds(srttMs));
    return state;
}

/**
 * @ingroup mptcp-test
 * The formulas of RFC 6356 on numbers.
 */
class MptcpLiaFormulaTestCase : public TestCase
{
  public:
    MptcpLiaFormulaTestCase()
        : TestCase("equations (1) and (2) of RFC 6356")
    {
    }

  private:
    void DoRun() override
    {
        // Windows in packets, RTTs in ms: the same values as published with the formulas.
        struct Vector
        {
            std::vector<double> windows;
            std::vector<double> rtts;
            double alpha;
            std::vector<double> increases;
        };

        const std::vector<Vector> vectors = {
            {{10, 20}, {50, 100}, 0.75, {0.025, 0.025}},
            {{10, 10}, {100, 100}, 0.5, {0.025, 0.025}},
            // The cap: a subflow with a long RTT and a small window may not exceed a TCP.
            {{100, 1}, {100, 1}, 101.0 / 4, {0.01, 0.25}},
            {{1, 100}, {1, 100}, 101.0 / 4, {0.25, 0.01}},
            {{8}, {30}, 1, {0.125}},
        };
        for (const Vector& vector : vectors)
        {
            for (const double unit : {1.0, 0.001, 1e6})
            {
                MptcpLiaSums sums;
                for (std::size_t i = 0; i < vector.windows.size(); ++i)
                {
                    sums.Add(vector.windows[i], vector.rtts[i] * unit);
                }
                NS_TEST_EXPECT_MSG_EQ(sums.GetCount(), vector.windows.size(), "count");
                NS_TEST_EXPECT_MSG_EQ(Near(sums.GetAlpha(), vector.alpha),
                                      true,
                                      "alpha " << sums.GetAlpha() << " is not " << vector.alpha);
                for (std::size_t i = 0; i < vector.windows.size(); ++i)
                {
                    const double increase = sums.GetIncrease(vector.windows[i], 1, 1);
                    NS_TEST_EXPECT_MSG_EQ(Near(increase, vector.increases[i]),
                                          true,
                                          increase << " is not " << vector.increases[i]);
                }
            }
        }

        // In octets: the same in units of a segment.
        MptcpLiaSums octets;
        octets.Add(10 * 1460.0, 0.05);
        octets.Add(20 * 1460.0, 0.1);
        NS_TEST_EXPECT_MSG_EQ(Near(octets.GetAlpha(), 0.75), true, "alpha has no unit");
        NS_TEST_EXPECT_MSG_EQ(Near(octets.GetIncrease(14600, 1460, 1460), 0.025 * 1460), true, "");
        NS_TEST_EXPECT_MSG_EQ(Near(octets.GetIncrease(14600, 730, 1460), 0.0125 * 1460), true, "");
    }
};

/**
 * @ingroup mptcp-test
 * The controller on subflows.
 */
class MptcpLiaControllerTestCase : public TestCase
{
  public:
    MptcpLiaControllerTestCase()
        : TestCase("the controller's window on coupled subflows")
    {
    }

  private:
    /**
     * Acknowledge and compare with the growth expected.
     *
     * @param state subflow that is acknowledged; its window is set back afterwards
     * @param others the other subflows, coupled in this order after it
     * @param expected octets per acknowledgment
     * @param what what is checked
     */
    void Check(Ptr<TcpSocketState> state,
               const std::vector<Ptr<TcpSocketState>>& others,
               double expected,
               const std::string& what)
    {
        auto coupling = CreateObject<MptcpCoupling>();
        coupling->Add(state);
        for (const auto& other : others)
        {
            coupling->Add(other);
        }
        auto lia = CreateObject<MptcpLia>();
        lia->SetCoupling(coupling);
        const uint32_t before = state->m_cWnd;
        // The window is put back each time, so that the sum of what is added is exact.
        double sum = 0;
        constexpr int COUNT = 1000;
        for (int i = 0; i < COUNT; ++i)
        {
            lia->IncreaseWindow(state, 1);
            sum += state->m_cWnd - before;
            state->m_cWnd = before;
        }
        NS_TEST_EXPECT_MSG_EQ_TOL(sum, COUNT * expected, 1.0, what);
        for (int i = 0; i < COUNT; ++i)
        {
            lia->IncreaseWindow(state, 3);
            sum += state->m_cWnd - before;
            state->m_cWnd = before;
        }
        NS_TEST_EXPECT_MSG_EQ_TOL(sum, 2 * COUNT * expected, 1.0, "counts ACKs: " + what);
    }

    void DoRun() override
    {
        auto a = Subflow(10 * SEGMENT, 50);
        auto b = Subflow(20 * SEGMENT, 100);
        Check(a, {b}, 0.025 * SEGMENT, "two subflows");
        Check(b, {a}, 0.025 * SEGMENT, "two subflows, the other one");

        // Less than an octet per acknowledgment: fractions are kept.
        auto odd = Subflow(100 * SEGMENT, 50);
        odd->m_segmentSize = 333;
        Check(odd, {Subflow(200 * SEGMENT, 100)}, 333.0 * 333 * 0.0025 / SEGMENT, "under 1 octet");

        // Fast recovery: ssthresh instead of the inflated window.
        b->m_cWnd = 500 * SEGMENT;
        b->m_ssThresh = 20 * SEGMENT;
        b->m_bytesInFlight = 500 * SEGMENT;
        b->m_congState = TcpSocketState::CA_RECOVERY;
        Check(a, {b}, 0.025 * SEGMENT, "fast recovery");
        b->m_congState = TcpSocketState::CA_LOSS;
        b->m_cWnd = 20 * SEGMENT;
        b->m_ssThresh = 500 * SEGMENT;
        Check(a, {b}, 0.025 * SEGMENT, "a timeout has set the window itself");

        // Limited by the application: what is in flight.
        b = Subflow(80 * SEGMENT, 100);
        b->m_bytesInFlight = 20 * SEGMENT;
        if (SetCwndLimited(*b, false))
        {
            Check(a, {b}, 0.025 * SEGMENT, "an application-limited subflow");
        }
        b->m_bytesInFlight = 0;
        Check(a, {b}, 0.1 * SEGMENT, "an idle subflow does not count");

        // The cap: no more than NewReno.
        Check(Subflow(50 * SEGMENT, 100),
              {Subflow(50 * SEGMENT, 1)},
              0.01 * SEGMENT * std::min(2.0, 100 * (50.0 / 1) / std::pow(50.0 / 100 + 50, 2)),
              "long RTT beside a short one");
        Check(Subflow(100 * SEGMENT, 100), {Subflow(SEGMENT, 1)}, 0.01 * SEGMENT, "capped");

        // Three subflows.
        Check(a,
              {Subflow(20 * SEGMENT, 100), Subflow(30 * SEGMENT, 150)},
              SEGMENT * (10.0 / (50 * 50)) / std::pow(0.2 + 0.2 + 0.2, 2),
              "three subflows");

        NewReno();
        Coupling();
    }

    /** Where the controller is NewReno exactly. */
    void NewReno()
    {
        auto alone = CreateObject<MptcpCoupling>();
        auto unsampled = CreateObject<MptcpCoupling>();
        auto full = CreateObject<MptcpCoupling>();
        auto other = Subflow(20 * SEGMENT, 0);
        auto sampled = Subflow(20 * SEGMENT, 30);
        for (const auto& coupling : {Ptr<MptcpCoupling>(), alone, unsampled, full})
        {
            auto lia = CreateObject<MptcpLia>();
            auto reno = CreateObject<TcpNewReno>();
            auto mine = Subflow(10 * SEGMENT, coupling == full ? 0 : 50);
            auto its = Subflow(10 * SEGMENT, 50);
            mine->m_ssThresh = 20 * SEGMENT;
            its->m_ssThresh = 20 * SEGMENT;
            if (coupling)
            {
                coupling->Add(mine);
            }
            if (coupling == unsampled)
            {
                coupling->Add(other);
            }
            if (coupling == full)
            {
                coupling->Add(sampled);
            }
            lia->SetCoupling(coupling);
            for (int i = 0; i < 500; ++i)
            {
                lia->IncreaseWindow(mine, i % 4);
                reno->IncreaseWindow(its, i % 4);
                NS_TEST_EXPECT_MSG_EQ(mine->m_cWnd, its->m_cWnd, "as NewReno after " << i);
            }
            NS_TEST_EXPECT_MSG_GT(mine->m_cWnd, 20 * SEGMENT, "also past slow start");
            NS_TEST_EXPECT_MSG_EQ(lia->GetSsThresh(mine, 8 * SEGMENT),
                                  reno->GetSsThresh(its, 8 * SEGMENT),
                                  "ssthresh");
        }

        // Slow start is NewReno's in a coupling too, and its last step does not grow twice.
        auto coupling = CreateObject<MptcpCoupling>();
        auto mine = Subflow(10 * SEGMENT, 50);
        mine->m_ssThresh = 12 * SEGMENT;
        coupling->Add(mine);
        coupling->Add(sampled);
        auto lia = CreateObject<MptcpLia>();
        lia->SetCoupling(coupling);
        lia->IncreaseWindow(mine, 1);
        NS_TEST_EXPECT_MSG_EQ(mine->m_cWnd, 11 * SEGMENT, "slow start");
        lia->IncreaseWindow(mine, 1);
        NS_TEST_EXPECT_MSG_EQ(mine->m_cWnd, 12 * SEGMENT, "to the threshold");
        lia->IncreaseWindow(mine, 1);
        NS_TEST_EXPECT_MSG_LT(mine->m_cWnd, 12 * SEGMENT + SEGMENT / 12, "and no further");
        NS_TEST_EXPECT_MSG_EQ(sampled->m_cWnd, 20 * SEGMENT, "the other's window is its own");
        lia->IncreaseWindow(mine, 0);
        NS_TEST_EXPECT_MSG_LT(mine->m_cWnd, 12 * SEGMENT + SEGMENT / 12, "nothing acknowledged");
    }

    /** Adding, removing and forking. */
    void Coupling()
    {
        auto coupling = CreateObject<MptcpCoupling>();
        auto a = Subflow(10 * SEGMENT, 50);
        auto b = Subflow(20 * SEGMENT, 100);
        coupling->Remove(a);
        coupling->Add(a);
        coupling->Add(b);
        coupling->Add(a);
        NS_TEST_EXPECT_MSG_EQ(coupling->GetSubflows().size(), 2, "each once");
        NS_TEST_EXPECT_MSG_EQ(coupling->GetSubflows().at(0), a, "in order");

        auto lia = CreateObject<MptcpLia>();
        lia->SetCoupling(coupling);
        NS_TEST_EXPECT_MSG_EQ(lia->GetName(), "MptcpLia", "name");
        auto fork = DynamicCast<MptcpLia>(lia->Fork());
        NS_TEST_ASSERT_MSG_EQ((fork != nullptr), true, "a fork is of the same type");
        fork->IncreaseWindow(a, 1);
        NS_TEST_EXPECT_MSG_EQ(a->m_cWnd, 10100U, "a fork is not coupled");
        a->m_cWnd = 10000;
        lia->IncreaseWindow(a, 1);
        NS_TEST_EXPECT_MSG_EQ_TOL(a->m_cWnd.Get(), 10025, 1, "the original is, but for rounding");
        a->m_cWnd = 10000;
        coupling->Remove(b);
        lia->IncreaseWindow(a, 1);
        NS_TEST_EXPECT_MSG_EQ(a->m_cWnd, 10100U, "the last subflow is a TCP again");
        NS_TEST_EXPECT_MSG_EQ(MptcpGetSmoothedRtt(*a), MilliSeconds(50), "smoothed RTT");
        NS_TEST_EXPECT_MSG_EQ(
            (ObjectFactory("ns3::MptcpLia").Create<TcpCongestionOps>() != nullptr),
            true,
            "known by name");
    }
};

/**
 * @ingroup mptcp-test
 * What an acknowledgment costs with many subflows.
 */
class MptcpLiaCostTestCase : public TestCase
{
  public:
    MptcpLiaCostTestCase()
        : TestCase("an acknowledgment looks at each subflow once, and allocates nothing")
    {
    }

  private:
    void DoRun() override
    {
        for (const bool detect : {false, true})
        {
            for (const uint32_t number : {2, 8, 64})
            {
                Acknowledge(detect, number);
            }
        }
    }

    /** @param detect with the detector of bottlenecks @param number of subflows */
    void Acknowledge(bool detect, uint32_t number)
    {
        auto coupling = CreateObject<MptcpCoupling>();
        coupling->SetAttribute("BottleneckDetection", BooleanValue(detect));
        std::vector<Ptr<TcpSocketState>> states;
        std::vector<Ptr<MptcpLia>> controllers;
        for (uint32_t i = 0; i < number; ++i)
        {
            states.push_back(Subflow(10 * SEGMENT, 50 + i));
            controllers.push_back(CreateObject<MptcpLia>());
            controllers.back()->SetCoupling(coupling);
            coupling->Add(states.back());
        }
        const auto acknowledge = [&](uint32_t i) {
            controllers[i]->PktsAcked(states[i], 1, MilliSeconds(50));
            controllers[i]->IncreaseWindow(states[i], 1);
        };
        for (uint32_t i = 0; i < number; ++i)
        {
            acknowledge(i); // finds its place
        }
        const MptcpCoupledPath* snapshot = coupling->GetPaths(*states[0], 1).data();
        uint64_t before = coupling->GetSteps();
        for (uint32_t round = 0; round < 10; ++round)
        {
            for (uint32_t i = 0; i < number; ++i)
            {
                acknowledge(i);
            }
        }
        NS_TEST_EXPECT_MSG_EQ(coupling->GetSteps() - before,
                              10 * number * number,
                              number << " subflows: steps of " << 10 * number << " ACKs");
        NS_TEST_EXPECT_MSG_EQ((coupling->GetPaths(*states[0], 1).data() == snapshot),
                              true,
                              number << " subflows: the memory of the snapshot");
        // Who was behind it finds itself again.
        coupling->Remove(states[0]);
        const uint32_t window = states[number - 1]->m_cWnd;
        acknowledge(number - 1);
        before = coupling->GetSteps();
        acknowledge(number - 1);
        NS_TEST_EXPECT_MSG_EQ(coupling->GetSteps() - before, number - 1, "steps of an ACK");
        for (uint32_t i = 0; i < 1000; ++i)
        {
            acknowledge(number - 1);
        }
        NS_TEST_EXPECT_MSG_GT(states[number - 1]->m_cWnd.Get(), window, "it grows");
        NS_TEST_EXPECT_MSG_EQ(coupling->GetPaths(*states[0], 1).empty(), true, "not coupled");
    }
};

/**
 * @ingroup mptcp-test
 * Suite of MptcpLia.
 */
class MptcpLiaTestSuite : public TestSuite
{
  public:
    MptcpLiaTestSuite()
        : TestSuite("mptcp-lia", Type::UNIT)
    {
        AddTestCase(new MptcpLiaFormulaTestCase);
        AddTestCase(new MptcpLiaControllerTestCase);
        AddTestCase(new MptcpLiaCostTestCase);
    }
};

MptcpLiaTestSuite g_mptcpLiaTestSuite; ///< the suite

} // namespace
