/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_STACK_HELPER_H
#define MPTCP_STACK_HELPER_H

#include "ns3/attribute.h"
#include "ns3/node-container.h"
#include "ns3/object-factory.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

class MptcpStack;
class Node;

/**
 * @defgroup mptcp Multipath TCP
 *
 * Multipath TCP version 1 (RFC 8684) on unmodified ns-3. Applications name
 * "ns3::MptcpSocketFactory"; MptcpStackHelper makes it available on a node.
 *
 * The layers, each knowing only those before it: wire (options, keys), state (queues, mappings,
 * counters), policy (schedulers, path managers, congestion coupling), protocol (MptcpSocketBase,
 * MptcpSubflow, MptcpStack), helper.
 */

/**
 * @defgroup mptcp-test Tests of Multipath TCP
 * @ingroup mptcp
 */

/**
 * @ingroup mptcp
 *
 * Adds MPTCP to nodes that have the internet stack: an MptcpStack (settings, counters) and an
 * MptcpSocketFactory, which applications name as "ns3::MptcpSocketFactory".
 */
class MptcpStackHelper
{
  public:
    MptcpStackHelper();
    /**
     * Set an attribute of the stacks installed from now on.
     * @param name attribute of ns3::MptcpStack
     * @param value its value
     */
    void Set(const std::string& name, const AttributeValue& value);
    /**
     * Make the stacks installed from now on behave like a known implementation. A profile sets
     * attributes only, of the stack and as defaults of its connections and policies. What Set and
     * SetDefault name weighs more, whether they are called before this or after;
     * Config::SetDefault, which is for all nodes, weighs less, and the user is told. A second call
     * replaces the profile.
     *
     * @param name one of GetProfiles(); any other stops the program
     */
    void SetProfile(const std::string& name);
    /** @return names of the profiles: Linux, LinuxV0, FreeBsd, Rfc */
    static std::vector<std::string> GetProfiles();
    /**
     * Set a default of the connections and policies of the stacks installed from now on.
     * @param name e.g. "ns3::MptcpSocketBase::Scheduler", see MptcpStack::SetDefault
     * @param value its value
     */
    void SetDefault(const std::string& name, const AttributeValue& value);
    /**
     * @param node a node with TCP (InternetStackHelper); installing twice is no change
     * @return the node's stack
     */
    Ptr<MptcpStack> Install(Ptr<Node> node) const;
    /** @param nodes nodes with TCP */
    void Install(const NodeContainer& nodes) const;
    /**
     * Make the TCP sockets of a node MPTCP, as mptcpize does on Linux, for applications that ask
     * for "ns3::TcpSocketFactory": those that do so themselves (ThreeGppHttpClient), and those that
     * are told to. To be called after InternetStackHelper, and before the sockets are made: those
     * that there are stay TCP. It installs MPTCP as Install does, unless the node has it.
     *
     * What keeps plain TCP there: SetMultipathEnable(false) of a socket, or
     * TcpL4Protocol::CreateSocket, which no factory sees.
     *
     * @param node a node with TCP (InternetStackHelper); twice is no change
     * @return the node's stack
     */
    Ptr<MptcpStack> Mptcpize(Ptr<Node> node) const;
    /** @param nodes nodes with TCP */
    void Mptcpize(const NodeContainer& nodes) const;
    /**
     * Make endpoints of all addresses of the nodes, which ns3::MptcpPathManagerKernel needs in
     * order to open subflows (SUBFLOW, or LAMINAR) or to announce addresses (SIGNAL), as in Linux.
     * To be called when the addresses are assigned. Limits: attributes LimitSubflows and
     * LimitAddAddrAccepted of ns3::MptcpStack. What cannot be done, such as a ninth endpoint of a
     * node, stops the program.
     *
     * @param nodes nodes with MPTCP
     * @param flags MptcpEndpointFlag bits, e.g. MPTCP_ENDPOINT_SUBFLOW
     */
    static void AddEndpoints(const NodeContainer& nodes, uint8_t flags);
    /**
     * Fix the random streams of keys and nonces.
     * @param nodes nodes with MPTCP
     * @param stream first stream index
     * @return number of streams used
     */
    static int64_t AssignStreams(const NodeContainer& nodes, int64_t stream);

  private:
    /** Attributes by name, in order of setting. */
    using Settings = std::vector<std::pair<std::string, Ptr<AttributeValue>>>;

    void TellOutweighed() const; ///< tell which defaults the profile overrides

    ObjectFactory m_factory; ///< makes stacks
    std::string m_profile;   ///< name of the profile, empty for none
    Settings m_settings;     ///< of Set
    Settings m_defaults;     ///< of SetDefault
};

} // namespace ns3

#endif /* MPTCP_STACK_HELPER_H */
