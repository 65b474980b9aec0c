/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_LONG_END_H
#define MPTCP_LONG_END_H

#include "ns3/nstime.h"
#include "ns3/socket.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace ns3
{

/**
 * One end of a connection that carries more octets than 32 bits count, whose content costs little
 * to write and to compare: octet i is octet i modulo a prime of a table of random octets. 2^32 is
 * no multiple of the prime, so that what is misplaced by a wrap shows as well.
 */
class MptcpLongEnd
{
  public:
    /** @param size octets per Send */
    explicit MptcpLongEnd(uint32_t size);
    /** @param socket connected or connecting socket @param bytes octets to write */
    void Use(Ptr<Socket> socket, uint64_t bytes);
    /**
     * Stop reading for some time.
     *
     * @param position no octet from here on is read
     * @param pause until so long after those before it have been read
     */
    void PauseAt(uint64_t position, Time pause);

    uint64_t sent{0};                       ///< octets written so far
    uint64_t received{0};                   ///< octets read so far
    int64_t firstMismatch{-1};              ///< index of the first wrong octet, -1: none
    bool closed{false};                     ///< close callback fired
    bool failed{false};                     ///< error callback fired
    Ptr<Socket> socket;                     ///< the socket
    std::function<void(uint64_t)> onRead{}; ///< told how many octets have been read, each time

  private:
    /** @return the table, with so much of its begin again that one Send can cross its end */
    static const std::vector<uint8_t>& GetTable();
    void Write();                     ///< as much as there is room for
    void Read();                      ///< all that there is
    void Compare(Ptr<Packet> packet); ///< with what is expected. @param packet octets read

    uint32_t m_size;                  ///< octets per Send
    uint64_t m_bytes{0};              ///< octets to write
    uint64_t m_pauseAt{UINT64_MAX};   ///< no octet from here on is read
    Time m_pause;                     ///< for so long
    std::vector<uint8_t> m_scratch{}; ///< octets of a packet
};

} // namespace ns3

#endif /* MPTCP_LONG_END_H */
