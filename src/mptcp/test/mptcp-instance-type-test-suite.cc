/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * Objects answer their own type, by which attributes and traces are found, and not that of the
 * class of ns-3 that they derive from, however they were made.
 */

#include "mptcp-scene.h"

#include "ns3/mptcp-subflow.h"
#include "ns3/object-base.h"
#include "ns3/simulator.h"
#include "ns3/tcp-option-mptcp.h"
#include "ns3/test.h"

#include <string>

using namespace ns3;
using namespace ns3::scene;

namespace
{

/** @param s scene @param object an object @param type name of its type */
void
CheckType(Scene& s, const ObjectBase& object, const std::string& type)
{
    const std::string found = object.GetInstanceTypeId().GetName();
    s.Check(found == type, found + " instead of " + type);
}

/** @param s scene @param connection with subflows */
void
CheckTypes(Scene& s, Ptr<MptcpSocketBase> connection)
{
    CheckType(s, *connection, "ns3::MptcpSocketBase");
    const auto subflows = connection->GetSubflows();
    s.Equal(subflows.size(), 2, "number of subflows");
    for (const Ptr<MptcpSubflow>& subflow : subflows)
    {
        CheckType(s, *subflow, "ns3::MptcpSubflow");
    }
}

/** Subflows are made for a connection, or copied from a listener. @param s scene */
void
TypesOfSockets(Scene& s)
{
    s.Begin();
    s.At(MilliSeconds(300), [&s](Ptr<MptcpSocketBase> client) {
        CheckTypes(s, client);
        CheckTypes(s, s.GetServer());
    });
    s.Finish();
}

/** @param s scene that is not played */
void
TypeOfOption(Scene& s)
{
    CheckType(s, *CreateObject<TcpOptionMptcp>(), "ns3::TcpOptionMptcp");
}

/** The suite "mptcp-instance-type". */
class MptcpInstanceTypeTestSuite : public TestSuite
{
  public:
    MptcpInstanceTypeTestSuite()
        : TestSuite("mptcp-instance-type", Type::UNIT)
    {
        AddTestCase(new SceneTestCase("sockets and subflows", TypesOfSockets, 2));
        AddTestCase(new SceneTestCase("option", TypeOfOption, 2));
    }
};

const MptcpInstanceTypeTestSuite g_mptcpInstanceTypeTestSuite; ///< registers itself

} // namespace
