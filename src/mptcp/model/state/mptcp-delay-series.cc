/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-delay-series.h"

#include <algorithm>
#include <cmath>

namespace ns3
{

void
MptcpDelaySeries::Add(double now, double delay)
{
    if (m_first < 0)
    {
        m_first = delay;
    }
    m_last = static_cast<int64_t>(std::floor(now / WIDTH));
    Bin& bin = m_bins[static_cast<std::size_t>(m_last) % BINS];
    if (bin.number != m_last)
    {
        bin = {m_last, 0, 0};
    }
    // Less the first delay, so that single precision does for the rest.
    bin.sum += static_cast<float>(delay - m_first);
    ++bin.count;
}

bool
MptcpDelaySeries::GetChange(int64_t number, double& change) const
{
    if (number < 1)
    {
        return false;
    }
    const Bin& before = m_bins[static_cast<std::size_t>(number - 1) % BINS];
    const Bin& bin = m_bins[static_cast<std::size_t>(number) % BINS];
    if (bin.number != number || before.number != number - 1)
    {
        return false;
    }
    change =
        bin.sum / static_cast<double>(bin.count) - before.sum / static_cast<double>(before.count);
    return true;
}

double
MptcpDelaySeries::Correlate(const MptcpDelaySeries& other, int64_t lag) const
{
    double n = 0;
    double x = 0;
    double y = 0;
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int64_t number = m_last - static_cast<int64_t>(BINS) + 1; number <= m_last; ++number)
    {
        double a = 0;
        double b = 0;
        if (GetChange(number, a) && other.GetChange(number + lag, b))
        {
            ++n;
            x += a;
            y += b;
            xx += a * a;
            yy += b * b;
            xy += a * b;
        }
    }
    const double both = (n * xx - x * x) * (n * yy - y * y);
    return n < ENOUGH || both <= 0 ? 0 : (n * xy - x * y) / std::sqrt(both);
}

double
MptcpDelaySeries::GetCorrelation(const MptcpDelaySeries& other) const
{
    return std::max({Correlate(other, -1), Correlate(other, 0), Correlate(other, 1)});
}

} // namespace ns3
