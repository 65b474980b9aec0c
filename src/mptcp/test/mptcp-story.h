/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_STORY_H
#define MPTCP_STORY_H

#include "ns3/mptcp-socket-base.h"
#include "ns3/mptcp-stack.h"
#include "ns3/mptcp-topology-helper.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/queue.h"
#include "ns3/random-variable-stream.h"
#include "ns3/socket.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

/** A device queue that swaps and repeats packets. */
class MptcpUnrulyQueue : public Queue<Packet>
{
  public:
    /** @return the TypeId */
    static TypeId GetTypeId();
    /** @param reorder probability that not the first packet leaves @param duplicate of a copy */
    void SetRates(double reorder, double duplicate);
    /** @param stream stream index @return streams used */
    int64_t AssignStreams(int64_t stream);
    bool Enqueue(Ptr<Packet> item) override;
    Ptr<Packet> Dequeue() override;
    Ptr<Packet> Remove() override;
    Ptr<const Packet> Peek() const override;

  private:
    double m_reorder{0};                                                        ///< probability
    double m_duplicate{0};                                                      ///< probability
    Ptr<UniformRandomVariable> m_random{CreateObject<UniformRandomVariable>()}; ///< decisions
};

/**
 * The octets of one direction, known to both ends: octet i of a stream is a function of i and of
 * the seed, so that every misplaced octet shows.
 *
 * @param seed stream
 * @param offset index of the first octet
 * @param size number of octets
 * @return the octets
 */
std::vector<uint8_t> MptcpContent(uint32_t seed, uint64_t offset, uint32_t size);

/** One end of a connection that writes known content and compares what it reads. */
class MptcpStoryEnd
{
  public:
    /** @param sendSeed content that it writes @param receiveSeed content that it expects */
    MptcpStoryEnd(uint32_t sendSeed, uint32_t receiveSeed);
    /** @param socket connected or connecting socket @param bytes octets to write, then close */
    void Use(Ptr<Socket> socket, uint64_t bytes);
    /** @param size octets per Send */
    void SetWriteSize(uint32_t size);
    /** @param pause no reading before this time */
    void ReadFrom(Time pause);
    /** Do not close after the last octet. */
    void KeepOpen();

    uint64_t received{0};      ///< octets read so far
    uint64_t sent{0};          ///< octets written so far
    int64_t firstMismatch{-1}; ///< index of the first wrong octet, -1: none
    bool ended{false};         ///< the peer's end of stream was read
    bool closed{false};        ///< close callback fired
    bool failed{false};        ///< error callback fired
    Time lastRead;             ///< time of the last octet
    Ptr<Socket> socket;        ///< the socket

  private:
    void Write(Ptr<Socket> socket, uint32_t available);
    void Read(Ptr<Socket> socket);

    uint32_t m_sendSeed;         ///< content written
    uint32_t m_receiveSeed;      ///< content expected
    uint64_t m_bytes{0};         ///< octets to write
    uint32_t m_writeSize{10000}; ///< octets per Send
    Time m_readFrom;             ///< no reading before
    bool m_keepOpen{false};      ///< do not close
};

/** Two hosts, N paths, one connection with known content both ways. */
class MptcpStory
{
  public:
    /** @param paths number of disjoint paths @param seed RngRun */
    explicit MptcpStory(uint32_t paths = 2, uint32_t seed = 1);
    ~MptcpStory();

    MptcpTopologyHelper topology;                                  ///< to be set before Start
    MptcpTopologyHelper::Family family{MptcpTopologyHelper::IPV4}; ///< of the initial subflow
    bool clientMptcp{true};                                        ///< client's sockets are MPTCP
    bool serverMptcp{true};                                        ///< server's sockets are MPTCP
    double reorder{0};                                             ///< of all device queues
    double duplicate{0};                                           ///< of all device queues
    MptcpStoryEnd client{1, 2};                                    ///< connects
    MptcpStoryEnd server{2, 1};                                    ///< accepts
    uint64_t up{0};                                                ///< octets client to server
    uint64_t down{0};                                              ///< octets server to client
    std::string profiles[2]; ///< of client and server, empty for none
    uint32_t connectPath{0}; ///< path of the server's address that the client connects to
    Address listenOn;        ///< instead of the wildcard, port 5000
    std::function<void(Ptr<Socket>)> prepareListener; ///< before Bind
    std::function<void(Ptr<Socket>)> prepareClient;   ///< before Connect

    /** Build the topology, install stacks, connect at time 0.1 s. */
    void Start();
    /** @param until run the simulation up to this time */
    void Run(Time until);
    /** @return everything arrived, in order, and both ends saw the end */
    bool IsComplete() const;
    /** @return what happened, for messages */
    std::string Describe() const;
    /** @return connection of the client, or null */
    Ptr<MptcpSocketBase> GetClient() const;
    /** @return connection of the server, or null */
    Ptr<MptcpSocketBase> GetServer() const;
    /** @param name counter @return value at the client */
    uint64_t GetClientCounter(const std::string& name) const;
    /** @param name counter @return value at the server */
    uint64_t GetServerCounter(const std::string& name) const;

  private:
    Ptr<Socket> m_listener; ///< server's listening socket
};

} // namespace ns3

#endif /* MPTCP_STORY_H */
