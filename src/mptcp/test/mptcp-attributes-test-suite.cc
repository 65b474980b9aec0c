/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * What an application sets on its socket as on one of stock TCP: the attributes of
 * ns3::TcpSocketBase and ns3::TcpSocket, TOS, TTL and so on. All subflows follow.
 */

#include "mptcp-scene.h"

#include "ns3/boolean.h"
#include "ns3/callback.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/enum.h"
#include "ns3/mptcp-stack-helper.h"
#include "ns3/mptcp-subflow.h"
#include "ns3/object-factory.h"
#include "ns3/pointer.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;
using namespace ns3::scene;

namespace
{

/** A setting, as text. */
using Setting = std::pair<std::string, std::string>;

/** @return type of ns3::TcpSocketBase */
TypeId
GetTcpType()
{
    return TypeId::LookupByName("ns3::TcpSocketBase");
}

/** @return a socket of stock TCP */
Ptr<Object>
MakeTcp()
{
    ObjectFactory factory;
    factory.SetTypeId(GetTcpType());
    return factory.Create();
}

/** @param object an object @param name attribute @return its value, as text */
std::string
Read(const Ptr<Object>& object, const std::string& name)
{
    StringValue value;
    object->GetAttribute(name, value);
    return value.Get();
}

/** @param name attribute of ns3::TcpSocketBase @return its value can be read of a TCP socket */
bool
IsReadable(const std::string& name)
{
    StringValue value;
    return MakeTcp()->GetAttributeFailSafe(name, value);
}

/**
 * @param info an attribute
 * @return another value than that which it begins with, as text; empty: none is known
 */
std::string
MakeOther(const TypeId::AttributeInformation& info)
{
    static const std::map<std::string, std::string> others{
        {"MaxSegLifetime", "0.25"},
        {"MaxWindowSize", "30000"},
        {"MinRto", "+400ms"},
        {"ClockGranularity", "+2ms"},
        {"ReTxThreshold", "5"},
        {"UseEcn", "On"},
    };
    if (const auto it = others.find(info.name); it != others.end())
    {
        return it->second;
    }
    const std::string now = info.initialValue->SerializeToString(info.checker);
    if (info.checker->GetValueTypeName().ends_with("BooleanValue")) // in 3.37 without ns3::
    {
        return now == "true" ? "false" : "true";
    }
    return "";
}

/** @return another value for each attribute of ns3::TcpSocketBase that is a number or a switch */
std::vector<Setting>
MakeOthers()
{
    std::vector<Setting> settings;
    const TypeId tcp = GetTcpType();
    for (std::size_t i = 0; i < tcp.GetAttributeN(); ++i)
    {
        const auto info = tcp.GetAttribute(i);
        if (const std::string other = MakeOther(info); !other.empty())
        {
            settings.emplace_back(info.name, other);
        }
    }
    return settings;
}

/** @param object a socket @param settings what it gets */
void
Apply(const Ptr<Object>& object, const std::vector<Setting>& settings)
{
    for (const auto& [name, value] : settings)
    {
        object->SetAttribute(name, StringValue(value));
    }
}

/** @param object a socket @param settings what it got @return as what it reads; UseEcn is not read
 */
std::string
Show(const Ptr<Object>& object, const std::vector<Setting>& settings)
{
    std::string text;
    for (const auto& [name, value] : settings)
    {
        text += IsReadable(name) ? name + "=" + Read(object, name) + " " : "";
    }
    return text;
}

/** @param settings settings @return how a TCP socket shows them */
std::string
Expect(const std::vector<Setting>& settings)
{
    const Ptr<Object> tcp = MakeTcp();
    Apply(tcp, settings);
    return Show(tcp, settings);
}

/** @param settings settings @return those that the SYNs do not agree on */
std::vector<Setting>
WithoutAgreed(std::vector<Setting> settings)
{
    std::erase_if(settings, [](const Setting& setting) {
        return MptcpTcpAttributes::IsAgreedBySyn(setting.first);
    });
    return settings;
}

/** @param scene scene @param socket a connection @param settings what each subflow must have */
void
CheckSubflows(Scene& scene,
              const Ptr<MptcpSocketBase>& socket,
              const std::vector<Setting>& settings,
              const std::string& who)
{
    const std::string expected = Expect(settings);
    for (const auto& subflow : socket->GetSubflows())
    {
        const std::string found = Show(subflow, settings);
        scene.Check(found == expected,
                    who + ", subflow " + std::to_string(subflow->GetSubflowId()) + " has " + found +
                        "instead of " + expected);
        for (const auto& [name, value] : settings)
        {
            scene.Check(name != "UseEcn" || subflow->GetTcb()->m_useEcn == TcpSocketState::On,
                        who + " does not use ECN");
        }
    }
}

/** Every attribute, of every release: it is there, can be set, and is read as it was set. */
void
AllNames(Scene& scene)
{
    const TypeId tcp = GetTcpType();
    Ptr<MptcpSocketBase> socket = CreateObject<MptcpSocketBase>();
    scene.Check(tcp.GetAttributeN() >= 15, "the attributes are registered");
    for (std::size_t i = 0; i < tcp.GetAttributeN(); ++i)
    {
        const auto info = tcp.GetAttribute(i);
        TypeId::AttributeInformation ours;
        scene.Check(MptcpSocketBase::GetTypeId().LookupAttributeByName(info.name, &ours),
                    info.name + " is missing");
        const std::string kind = info.checker->GetValueTypeName();
        scene.Check(ours.checker->GetValueTypeName() == kind, info.name + " is of another kind");
        if (kind.ends_with("PointerValue") || kind.ends_with("CallbackValue"))
        {
            continue;
        }
        const std::string before = info.initialValue->SerializeToString(info.checker);
        scene.Check(Read(socket, info.name) == before, info.name + " does not begin as of TCP");
        const std::string other = MakeOther(info);
        scene.Check(!other.empty(), info.name + ": this test has no value for it");
        socket->SetAttribute(info.name, StringValue(other));
        const Ptr<AttributeValue> value = info.checker->Create();
        value->DeserializeFromString(other, info.checker);
        scene.Check(Read(socket, info.name) == value->SerializeToString(info.checker),
                    info.name + " reads " + Read(socket, info.name) + " after " + other);
        // Typed, as an application reads it.
        const Ptr<AttributeValue> typed = info.checker->Create();
        socket->GetAttribute(info.name, *typed);
        scene.Check(typed->SerializeToString(info.checker) ==
                        value->SerializeToString(info.checker),
                    info.name + " reads otherwise typed");
    }
    scene.Play();
}

/** Set before the connection, on both sockets: all subflows of both ends. */
void
BeforeConnection(Scene& scene)
{
    const auto settings = MakeOthers();
    scene.prepareClient = [=](Ptr<Socket> socket) { Apply(socket, settings); };
    scene.prepareListener = scene.prepareClient;
    scene.Begin();
    Simulator::Schedule(Seconds(0.4), [&scene, settings] {
        for (const auto& socket : {scene.GetClient(), scene.GetServer()})
        {
            scene.Equal(socket->GetSubflows().size(), 2, "subflows");
            CheckSubflows(scene, socket, settings, socket->IsClient() ? "client" : "server");
            scene.Check(Show(socket, settings) == Expect(settings), "the connection shows others");
        }
    });
    scene.Finish();
}

/** Bound before: the settings come after Bind, and after Listen. */
void
AfterBind(Scene& scene)
{
    const auto settings = WithoutAgreed(MakeOthers());
    const std::vector<Setting> late{{"DataRetries", "9"},
                                    {"ConnCount", "8"},
                                    {"DelAckCount", "3"},
                                    {"DelAckTimeout", "+150ms"},
                                    {"PersistTimeout", "+4s"},
                                    {"ConnTimeout", "+2s"},
                                    {"InitialCwnd", "4"},
                                    {"InitialSlowStartThreshold", "70000"}};
    Ptr<Socket> listener;
    scene.prepareListener = [&listener](Ptr<Socket> socket) { listener = socket; };
    scene.prepareClient = [=](Ptr<Socket> socket) {
        socket->Bind();
        Apply(socket, settings);
        Apply(socket, late);
    };
    scene.Begin();
    Apply(listener, settings); // it listens
    Apply(listener, late);
    Simulator::Schedule(Seconds(0.4), [&] {
        for (const auto& socket : {scene.GetClient(), scene.GetServer()})
        {
            const std::string who = socket->IsClient() ? "client" : "server";
            CheckSubflows(scene, socket, settings, who);
            CheckSubflows(scene, socket, late, who);
        }
    });
    scene.Finish();
    listener = nullptr;
}

/** Set on connections that stand: subflows that there are, and that come later. */
void
DuringConnection(Scene& scene)
{
    const auto settings = WithoutAgreed(MakeOthers());
    std::vector<Setting> late = settings;
    late.insert(late.end(), {{"DataRetries", "9"}, {"DelAckCount", "1"}});
    scene.up = 2'000'000;
    scene.prepareClient = [](Ptr<Socket> socket) {
        socket->SetAttribute("PathManager", StringValue("ns3::MptcpPathManagerNull"));
    };
    scene.Begin();
    Simulator::Schedule(Seconds(0.3), [&] {
        for (const auto& socket : {scene.GetClient(), scene.GetServer()})
        {
            Apply(socket, late);
            Apply(socket, {{"Timestamp", "false"}, {"Sack", "false"}});
        }
        scene.Equal(scene.GetClient()->RequestSubflow(scene.Client(1), Name(scene.Server(1), 5000)),
                    0,
                    "RequestSubflow");
    });
    Simulator::Schedule(Seconds(0.6), [&] {
        const auto& subflows = scene.GetClient()->GetSubflows();
        scene.Equal(subflows.size(), 2, "subflows");
        CheckSubflows(scene, scene.GetClient(), late, "client");
        CheckSubflows(scene, scene.GetServer(), late, "server");
        // What SYNs agree on: the one keeps it, the other begins without.
        scene.Check(subflows.front()->GetTcpInfo().timestamps, "the old subflow has none");
        scene.Check(subflows.front()->GetTcpInfo().sack, "the old subflow has no SACK");
        scene.Check(!subflows.back()->GetTcpInfo().timestamps, "the new subflow has them");
        scene.Check(!subflows.back()->GetTcpInfo().sack, "the new subflow has SACK");
        scene.Check(!scene.GetServer()->GetSubflows().back()->GetTcpInfo().timestamps,
                    "its other end has them");
    });
    scene.Finish();
}

/** Defaults by Config and by the stack, and who of them wins. */
void
Defaults(Scene& scene)
{
    const auto minRto = [](Ptr<Object> object) { return Read(object, "MinRto"); };
    Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(300)));
    scene.Check(minRto(CreateObject<MptcpSocketBase>()) == "+3e+08ns", "the default of TCP");
    Config::SetDefault("ns3::MptcpSocketBase::MinRto", TimeValue(MilliSeconds(400)));
    scene.Check(minRto(CreateObject<MptcpSocketBase>()) == "+4e+08ns", "the default of MPTCP");
    scene.Check(minRto(MakeTcp()) == "+3e+08ns", "stock TCP has the default of MPTCP");
    ObjectFactory factory("ns3::MptcpSocketBase", "MinRto", TimeValue(MilliSeconds(450)));
    scene.Check(minRto(factory.Create()) == "+4.5e+08ns", "of a factory");
    scene.Begin();
    // Of the node: of TCP, and of connections.
    const auto stack = [&scene](uint32_t host) {
        return scene.topology.GetNodes().Get(host)->GetObject<MptcpStack>();
    };
    stack(Topology::CLIENT)->SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(500)));
    stack(Topology::SERVER)
        ->SetDefault("ns3::MptcpSocketBase::MinRto", TimeValue(MilliSeconds(600)));
    Simulator::Schedule(Seconds(0.4), [&] {
        CheckSubflows(scene, scene.GetClient(), {{"MinRto", "+500ms"}}, "client");
        CheckSubflows(scene, scene.GetServer(), {{"MinRto", "+600ms"}}, "server");
    });
    scene.Finish();
}

/** Values that are not allowed are refused as by stock TCP; objects with a line. */
void
BadValues(Scene& scene)
{
    const Ptr<Object> tcp = MakeTcp();
    Ptr<MptcpSocketBase> socket = CreateObject<MptcpSocketBase>();
    const auto refused = [&](const std::string& name, const AttributeValue& value) {
        scene.Check(!tcp->SetAttributeFailSafe(name, value), "TCP takes " + name);
        scene.Check(!socket->SetAttributeFailSafe(name, value), name + " is taken");
    };
    refused("MaxSegLifetime", DoubleValue(-1));
    refused("MaxWindowSize", UintegerValue(65536));
    refused("MinRto", UintegerValue(3));
    refused("UseEcn", UintegerValue(3));
    refused("NoSuchAttribute", UintegerValue(3));
    std::ostringstream told;
    std::streambuf* const screen = std::cerr.rdbuf(told.rdbuf());
    for (const std::string name : {"CongestionOps", "RecoveryOps"})
    {
        TypeId::AttributeInformation info;
        if (!GetTcpType().LookupAttributeByName(name, &info))
        {
            continue; // in 3.37
        }
        told.str("");
        scene.Check(!socket->SetAttributeFailSafe(name, PointerValue()), name + " is taken");
        scene.Check(told.str().starts_with("ns3::MptcpSocketBase::" + name + ": "),
                    "told of " + name + ": " + told.str());
        scene.Equal(std::ranges::count(told.str(), '\n'), 1, "lines about " + name);
        scene.Check(!Config::SetDefaultFailSafe("ns3::MptcpSocketBase::" + name, PointerValue()),
                    name + " is taken as a default");
    }
    std::cerr.rdbuf(screen);
    for (const std::string name : {"CongestionOps", "RecoveryOps", "TxBuffer", "RxBuffer"})
    {
        PointerValue value;
        scene.Check(!socket->GetAttributeFailSafe(name, value), name + " is read");
    }
    scene.Play();
}

/** A callback: of all subflows, but not of accepted connections, as in stock TCP. */
void
IcmpCallback(Scene& scene)
{
    const Callback<void, Ipv4Address, uint8_t, uint8_t, uint8_t, uint32_t> callback(
        [](Ipv4Address, uint8_t, uint8_t, uint8_t, uint32_t) {});
    scene.prepareClient = [callback](Ptr<Socket> socket) {
        socket->SetAttribute("IcmpCallback", CallbackValue(callback));
    };
    scene.prepareListener = scene.prepareClient;
    const auto has = [](const Ptr<Object>& object) {
        // ns-3 can set a callback, but not read it as anything but text.
        return Read(object, "IcmpCallback") != Read(MakeTcp(), "IcmpCallback");
    };
    scene.Begin();
    Simulator::Schedule(Seconds(0.4), [&] {
        scene.Check(has(scene.GetClient()), "the client has it");
        scene.Check(!has(scene.GetServer()), "the server has it not");
        for (const auto& subflow : scene.GetClient()->GetSubflows())
        {
            scene.Check(has(subflow), "the client's subflow has it");
        }
        for (const auto& subflow : scene.GetServer()->GetSubflows())
        {
            scene.Check(!has(subflow), "the server's subflow has it not");
        }
    });
    scene.Finish();
}

/** Sinks of TCP's traces: of all subflows, whenever they begin, until they are disconnected. */
void
Traces(Scene& scene)
{
    const TypeId tcp = GetTcpType();
    for (std::size_t i = 0; i < tcp.GetTraceSourceN(); ++i)
    {
        const std::string name = tcp.GetTraceSource(i).name;
        scene.Check(MptcpSocketBase::GetTypeId().LookupTraceSourceByName(name) != nullptr,
                    "no trace " + name);
    }
    std::map<Ptr<const TcpSocketBase>, std::size_t> sent; // segments of each subflow
    std::map<std::string, std::size_t> windows;           // changes, by context
    const Callback<void, Ptr<const Packet>, const TcpHeader&, Ptr<const TcpSocketBase>> count(
        [&sent](Ptr<const Packet>, const TcpHeader&, Ptr<const TcpSocketBase> socket) {
            ++sent[socket];
        });
    const Callback<void, std::string, uint32_t, uint32_t> note(
        [&windows](std::string context, uint32_t, uint32_t) { ++windows[context]; });
    scene.prepareClient = [=](Ptr<Socket> socket) {
        socket->TraceConnectWithoutContext("Tx", count);
        socket->TraceConnect("CongestionWindow", "short", note);
        socket->TraceConnect("CongestionWindow", "long", note);
    };
    scene.Begin();
    std::size_t before = 0;
    scene.At(Seconds(0.2), [&](Ptr<MptcpSocketBase> socket) {
        before = windows["short"];
        scene.Check(before > 10, "few changes of windows");
        scene.Equal(windows["long"], before, "changes told to the other sink");
        scene.Check(socket->TraceDisconnect("CongestionWindow", "short", note), "still there");
    });
    scene.Finish();
    scene.Equal(windows["short"], before, "changes that were told after the end");
    scene.Check(windows["long"] > before, "no changes after that");
    scene.Equal(sent.size(), 2, "subflows");
    std::size_t all = 0;
    for (const auto& [subflow, segments] : sent)
    {
        scene.Check(segments > 20, "few segments of a subflow");
        all += segments;
    }
    scene.Equal(all,
                scene.capture->Count([](const auto& segment) { return segment.fromClient; }),
                "segments");
}

/** The suite. */
class MptcpAttributesTestSuite : public TestSuite
{
  public:
    MptcpAttributesTestSuite()
        : TestSuite("mptcp-attributes", Type::UNIT)
    {
        const auto add = [this](const std::string& name, void (*run)(Scene&)) {
            AddTestCase(new SceneTestCase(name, run, 2));
        };
        add("all attributes of TCP", AllNames);
        add("set before the connection", BeforeConnection);
        add("set after Bind and Listen", AfterBind);
        add("set during the connection", DuringConnection);
        add("defaults", Defaults);
        add("bad values", BadValues);
        add("callbacks", IcmpCallback);
        add("traces of TCP", Traces);
    }
};

const MptcpAttributesTestSuite g_mptcpAttributesTestSuite; ///< registers itself

} // namespace
