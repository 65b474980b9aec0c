/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-tcp-traces.h"

#include "mptcp-socket-base.h"

#include "ns3/object-factory.h"
#include "ns3/trace-source-accessor.h"

#include <utility>

namespace ns3
{

/** Connects sinks to the subflows of the connection whose trace it is. */
class MptcpTcpTraceAccessor : public TraceSourceAccessor
{
  public:
    /** @param name trace source of ns3::TcpSocketBase */
    explicit MptcpTcpTraceAccessor(std::string name)
        : m_name(std::move(name))
    {
    }

    bool ConnectWithoutContext(ObjectBase* object, const CallbackBase& callback) const override
    {
        return Connect(object, MptcpTcpTraces::Sink{m_name, {}, callback});
    }

    bool Connect(ObjectBase* object,
                 std::string context,
                 const CallbackBase& callback) const override
    {
        return Connect(object, MptcpTcpTraces::Sink{m_name, context, callback});
    }

    bool DisconnectWithoutContext(ObjectBase* object, const CallbackBase& callback) const override
    {
        return Disconnect(object, MptcpTcpTraces::Sink{m_name, {}, callback});
    }

    bool Disconnect(ObjectBase* object,
                    std::string context,
                    const CallbackBase& callback) const override
    {
        return Disconnect(object, MptcpTcpTraces::Sink{m_name, context, callback});
    }

  private:
    /** @param object a connection @param sink new sink @return it is a connection */
    static bool Connect(ObjectBase* object, const MptcpTcpTraces::Sink& sink)
    {
        auto connection = dynamic_cast<MptcpSocketBase*>(object);
        if (!connection)
        {
            return false;
        }
        // A sink with other arguments stops the program here, as it does with stock TCP.
        ObjectFactory factory;
        factory.SetTypeId(MptcpSubflow::GetTypeId().GetParent());
        if (!sink.Connect(*factory.Create()))
        {
            return false;
        }
        connection->m_tcpTraces.Add(sink);
        const bool listens = connection->GetState() == MptcpState::LISTEN;
        connection->ForEachSubflow([&](MptcpSubflow& subflow) {
            // What a listener for joins accepts gets the sinks of its connection.
            if (listens || subflow.GetRole() != MptcpSubflow::Role::LISTENER)
            {
                sink.Connect(subflow);
            }
        });
        return true;
    }

    /** @param object a connection @param sink a sink of it @return it is a connection */
    static bool Disconnect(ObjectBase* object, const MptcpTcpTraces::Sink& sink)
    {
        auto connection = dynamic_cast<MptcpSocketBase*>(object);
        if (!connection)
        {
            return false;
        }
        connection->m_tcpTraces.Remove(sink);
        connection->ForEachSubflow([&sink](MptcpSubflow& subflow) { sink.Disconnect(subflow); });
        return true;
    }

    std::string m_name; ///< trace source of ns3::TcpSocketBase
};

TypeId
MptcpTcpTraces::Declare(TypeId type)
{
    const TypeId tcp = MptcpSubflow::GetTypeId().GetParent();
    for (std::size_t i = 0; i < tcp.GetTraceSourceN(); ++i)
    {
        const TypeId::TraceSourceInformation info = tcp.GetTraceSource(i);
        bool known = false;
        for (std::size_t j = 0; j < type.GetTraceSourceN(); ++j)
        {
            known = known || type.GetTraceSource(j).name == info.name; // what is ours counts
        }
        if (!known)
        {
            type.AddTraceSource(info.name,
                                info.help + " Of each subflow.",
                                Create<MptcpTcpTraceAccessor>(info.name),
                                info.callback,
                                info.supportLevel,
                                info.supportMsg);
        }
    }
    return type;
}

bool
MptcpTcpTraces::Sink::Connect(ObjectBase& object) const
{
    return context ? object.TraceConnect(name, *context, callback)
                   : object.TraceConnectWithoutContext(name, callback);
}

void
MptcpTcpTraces::Sink::Disconnect(ObjectBase& object) const
{
    if (context)
    {
        object.TraceDisconnect(name, *context, callback);
    }
    else
    {
        object.TraceDisconnectWithoutContext(name, callback);
    }
}

bool
MptcpTcpTraces::Sink::IsSame(const Sink& other) const
{
    return name == other.name && context == other.context &&
           callback.GetImpl()->IsEqual(other.callback.GetImpl());
}

void
MptcpTcpTraces::Add(const Sink& sink)
{
    auto last = m_sinks.before_begin();
    for (auto it = m_sinks.begin(); it != m_sinks.end(); ++it)
    {
        last = it;
    }
    m_sinks.insert_after(last, sink);
}

void
MptcpTcpTraces::Remove(const Sink& sink)
{
    std::erase_if(m_sinks, [&sink](const Sink& one) { return one.IsSame(sink); });
}

void
MptcpTcpTraces::Apply(ObjectBase& subflow) const
{
    for (const Sink& sink : m_sinks)
    {
        sink.Connect(subflow);
    }
}

void
MptcpTcpTraces::Clear()
{
    m_sinks.clear();
}

} // namespace ns3
