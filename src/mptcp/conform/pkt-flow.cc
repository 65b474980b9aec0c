/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "pkt-flow.h"

#include "pkt-error.h"

#include "ns3/mptcp-crypto.h"

#include <utility>

namespace ns3
{

namespace
{

/** @param known what is asked for @param is what there is @return they can be the same */
bool
Fits(const PktEndpoint& known, const PktEndpoint& is)
{
    return (known.host.IsInvalid() || known.host == is.host) &&
           (known.port == 0 || known.port == is.port);
}

} // namespace

uint64_t
PktConnection::GetScriptIdsn() const
{
    return scriptKey ? DeriveMptcpKey(*scriptKey, version).idsn : 0;
}

uint64_t
PktConnection::GetStackIdsn() const
{
    return stackKey ? DeriveMptcpKey(*stackKey, version).idsn : 0;
}

bool
PktFlow::Sends(const PktSegment& segment) const
{
    return segment.source == stack && segment.destination == script;
}

PktFlowTable::PktFlowTable(const PktEndpoint& stack, const PktEndpoint& script)
    : m_stack(stack),
      m_script(script)
{
}

PktEndpoint
PktFlowTable::Resolve(const PktPlace& place, uint32_t line) const
{
    if (!place.name.empty())
    {
        return Lookup(place.name).value_or(PktEndpoint());
    }
    PktEndpoint endpoint;
    if (!place.address.empty())
    {
        endpoint.host = ParsePktAddress(place.address);
        if (endpoint.host.IsInvalid())
        {
            throw PktError(PktFault::SYNTAX, line, "'" + place.address + "' is no address");
        }
    }
    endpoint.port = place.port.value_or(0);
    return endpoint;
}

PktRoute
PktFlowTable::Resolve(const PktPacket& packet, uint32_t line) const
{
    const PktEndpoint source = Resolve(packet.source, line);
    const PktEndpoint destination = Resolve(packet.destination, line);
    return packet.inbound ? PktRoute{destination, source} : PktRoute{source, destination};
}

PktFlow*
PktFlowTable::Find(const PktRoute& route)
{
    for (auto flow = m_flows.rbegin(); flow != m_flows.rend(); ++flow)
    {
        if (Fits(route.stack, (*flow)->stack) && Fits(route.script, (*flow)->script))
        {
            return flow->get();
        }
    }
    return nullptr;
}

void
PktFlowTable::BindNames(const PktPacket& packet, const PktFlow& flow)
{
    const PktEndpoint& source = packet.inbound ? flow.script : flow.stack;
    const PktEndpoint& destination = packet.inbound ? flow.stack : flow.script;
    if (!packet.source.name.empty())
    {
        m_names.try_emplace(packet.source.name, source);
    }
    if (!packet.destination.name.empty())
    {
        m_names.try_emplace(packet.destination.name, destination);
    }
}

PktFlow&
PktFlowTable::Add(std::shared_ptr<PktConnection> connection)
{
    m_flows.push_back(std::make_unique<PktFlow>());
    PktFlow& flow = *m_flows.back();
    flow.connection = std::move(connection);
    flow.stack = m_stack;
    flow.script = m_script;
    return flow;
}

PktFlow*
PktFlowTable::GetLast()
{
    return m_flows.empty() ? nullptr : m_flows.back().get();
}

PktFlow*
PktFlowTable::FindSender(const PktSegment& segment)
{
    return Find({segment.source, segment.destination});
}

std::shared_ptr<PktConnection>
PktFlowTable::FindByScriptToken(uint32_t token) const
{
    for (auto flow = m_flows.rbegin(); flow != m_flows.rend(); ++flow)
    {
        const auto& connection = (*flow)->connection;
        if (connection->scriptKey &&
            DeriveMptcpKey(*connection->scriptKey, connection->version).token == token)
        {
            return connection;
        }
    }
    return nullptr;
}

std::optional<PktEndpoint>
PktFlowTable::Lookup(const std::string& name) const
{
    const auto found = m_names.find(name);
    return found == m_names.end() ? std::nullopt : std::optional(found->second);
}

void
PktFlowTable::Bind(const std::string& name, const PktEndpoint& endpoint)
{
    m_names[name] = endpoint;
}

void
PktFlowTable::BindOctets(const std::string& name, const std::vector<uint8_t>& octets)
{
    m_octets[name] = octets;
}

const std::vector<uint8_t>*
PktFlowTable::FindOctets(const std::string& name) const
{
    const auto found = m_octets.find(name);
    return found == m_octets.end() ? nullptr : &found->second;
}

Address
PktFlowTable::NewScriptHost()
{
    return StepPktAddress(m_script.host, ++m_hosts);
}

uint16_t
PktFlowTable::NewScriptPort()
{
    return m_nextPort++;
}

const PktEndpoint&
PktFlowTable::GetStack() const
{
    return m_stack;
}

const PktEndpoint&
PktFlowTable::GetScript() const
{
    return m_script;
}

} // namespace ns3
