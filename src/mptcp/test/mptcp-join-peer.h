/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_JOIN_PEER_H
#define MPTCP_JOIN_PEER_H

#include "ns3/nstime.h"
#include "ns3/socket.h"

#include <cstdint>
#include <functional>

namespace ns3
{

/**
 * One end of a transfer as the program of the Linux self-tests (mptcp_connect) behaves: it writes a
 * known content at a known pace, compares what it reads, shuts down its side after the last octet
 * and closes when both sides are through.
 */
class MptcpJoinPeer
{
  public:
    /** How it behaves. */
    struct Settings
    {
        uint32_t sendSeed{1};    ///< content that it writes
        uint32_t receiveSeed{2}; ///< content that it expects
        uint64_t bytes{0};       ///< octets to write
        uint64_t expected{0};    ///< octets to read
        /**
         * Octets per write, one write each PACE, and LINGER before either close. 0: 100 octets,
         * after PACE all others.
         */
        uint32_t chunk{0};
        uint64_t breakAt{0};           ///< offset at which to pause; 0: none
        Time breakFor;                 ///< length of the pause
        std::function<void()> onBreak; ///< called at the end of the pause
        uint64_t truncate{0};    ///< close after so many octets written and read; 0: at the end
        bool expectReset{false}; ///< the other side will not close in order
    };

    static constexpr int64_t PACE_MS = 200;   ///< pause between writes
    static constexpr int64_t LINGER_MS = 400; ///< pause before a close, with chunk

    /** @param settings behavior */
    void Set(const Settings& settings);
    /** @param socket connecting or connected socket */
    void Use(Ptr<Socket> socket);
    /** Let go of the socket. */
    void Release();

    /** @return nothing is left to do */
    bool IsDone() const;
    /** @return everything arrived and the end was as expected */
    bool IsComplete() const;

    uint64_t sent{0};      ///< octets written so far
    uint64_t received{0};  ///< octets read so far
    uint64_t wrong{0};     ///< octets that are neither right nor inverted
    uint64_t inverted{0};  ///< octets whose bits are all wrong
    bool connected{false}; ///< the connection is established
    bool ended{false};     ///< end of stream was read
    bool closed{false};    ///< we have closed
    bool failed{false};    ///< error callback fired
    Time firstUse;         ///< time of Use or of the connection
    Time lastRead;         ///< time of the last octet
    Time closedAt;         ///< time of our close
    Ptr<Socket> socket;    ///< the socket

  private:
    void Start();
    void Write();
    void Finish();
    void Read();
    void MaybeClose();

    Settings m_settings;        ///< behavior
    bool m_waiting{false};      ///< no writes until the next event
    bool m_finished{false};     ///< our side is shut down
    bool m_broke{false};        ///< the pause is over
    bool m_closePending{false}; ///< close is scheduled
};

} // namespace ns3

#endif /* MPTCP_JOIN_PEER_H */
