/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-path-log.h"

#include <algorithm>

namespace ns3
{

void
MptcpPathLog::Fail(const Address& local, const Address& remote, const std::string& explanation)
{
    if (MptcpPathRecord* record = GetOrMake(local, remote))
    {
        ++record->failures;
        record->explanation = explanation;
    }
}

void
MptcpPathLog::End(const Address& local,
                  const Address& remote,
                  uint64_t sent,
                  uint64_t received,
                  const std::string& explanation)
{
    if (MptcpPathRecord* record = GetOrMake(local, remote))
    {
        ++record->ended;
        record->sent += sent;
        record->received += received;
        record->explanation = explanation;
    }
}

const MptcpPathRecord*
MptcpPathLog::Find(const Address& local, const Address& remote) const
{
    const auto found = std::find_if(m_records.begin(), m_records.end(), [&](const auto& record) {
        return record.local == local && record.remote == remote;
    });
    return found != m_records.end() ? &*found : nullptr;
}

const std::forward_list<MptcpPathRecord>&
MptcpPathLog::GetAll() const
{
    return m_records;
}

MptcpPathRecord*
MptcpPathLog::GetOrMake(const Address& local, const Address& remote)
{
    std::size_t count = 0;
    auto last = m_records.before_begin();
    for (auto it = m_records.begin(); it != m_records.end(); ++it, ++count)
    {
        if (it->local == local && it->remote == remote)
        {
            return &*it;
        }
        last = it;
    }
    if (count == LIMIT)
    {
        return nullptr;
    }
    MptcpPathRecord& record = *m_records.emplace_after(last);
    record.local = local;
    record.remote = remote;
    return &record;
}

} // namespace ns3
