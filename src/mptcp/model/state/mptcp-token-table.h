/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_TOKEN_TABLE_H
#define MPTCP_TOKEN_TABLE_H

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

namespace ns3
{

/**
 * Token to connection, one table per node (RFC 8684, section 3.2: joins are demultiplexed by
 * token).
 *
 * @tparam Connection what a token names; the table does not own it
 */
template <typename Connection>
class MptcpTokenTable
{
  public:
    /** @return false if the token is taken */
    bool Insert(uint32_t token, Connection* connection)
    {
        return m_connections.emplace(token, connection).second;
    }

    void Remove(uint32_t token)
    {
        m_connections.erase(token);
    }

    /** @return the connection, or nullptr */
    Connection* Find(uint32_t token) const
    {
        auto it = m_connections.find(token);
        return it == m_connections.end() ? nullptr : it->second;
    }

    std::size_t GetSize() const
    {
        return m_connections.size();
    }

  private:
    std::unordered_map<uint32_t, Connection*> m_connections;
};

} // namespace ns3

#endif /* MPTCP_TOKEN_TABLE_H */
