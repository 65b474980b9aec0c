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

const MptcpDelaySeries::Bin*
MptcpDelaySeries::Find(int64_t number) const
{
    if (number < 0)
    {
        return nullptr;
    }
    const Bin& bin = m_bins[static_cast<std::size_t>(number) % BINS];
    return bin.number == number ? &bin : nullptr;
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
        const Bin* mine = Find(number);
        const Bin* its = other.Find(number + lag);
        if (mine && its)
        {
            const double a = mine->sum / static_cast<double>(mine->count);
            const double b = its->sum / static_cast<double>(its->count);
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
