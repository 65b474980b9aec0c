/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#ifndef MPTCP_CRYPTO_H
#define MPTCP_CRYPTO_H

#include "mptcp-option.h"

#include <array>
#include <cstdint>
#include <span>

namespace ns3
{

/** Token and initial data sequence number derived from one key (RFC 8684, sections 3.1 and 3.2). */
struct MptcpKeyMaterial
{
    uint32_t token{0}; ///< leftmost 32 bits of the hash of the key
    uint64_t idsn{0};  ///< rightmost 64 bits of the hash of the key
};

/**
 * Derive token and IDSN. The first octet of data has the DSN after the IDSN, since MP_CAPABLE
 * occupies the IDSN itself (RFC 8684, section 3.1).
 *
 * @param key 64-bit key
 * @param version selects SHA-1 (V0) or SHA-256 (V1)
 * @return token and IDSN
 */
MptcpKeyMaterial DeriveMptcpKey(uint64_t key, MptcpVersion version);

/**
 * Full HMAC of an MP_JOIN message: key = localKey | remoteKey, message = localNonce | remoteNonce,
 * where local is the sender of the HMAC (RFC 8684, section 3.2). SHA-1 gives 20 octets, the rest of
 * the array is zero. To check what a peer sent, swap local and remote.
 *
 * @param localKey key of the sender of the HMAC
 * @param remoteKey key of its receiver
 * @param localNonce random number of the sender of the HMAC
 * @param remoteNonce random number of its receiver
 * @param version selects SHA-1 (V0) or SHA-256 (V1)
 * @return the HMAC
 */
std::array<uint8_t, 32> MptcpJoinHmac(uint64_t localKey,
                                      uint64_t remoteKey,
                                      uint32_t localNonce,
                                      uint32_t remoteNonce,
                                      MptcpVersion version);

/**
 * HMAC over arbitrary octets with the key localKey | remoteKey.
 *
 * @param localKey key of the sender of the HMAC
 * @param remoteKey key of its receiver
 * @param message octets to authenticate
 * @param version selects SHA-1 (V0) or SHA-256 (V1)
 * @return 32 octets, of which V0 uses 20 and leaves the rest zero
 */
std::array<uint8_t, 32> MptcpHmac(uint64_t localKey,
                                  uint64_t remoteKey,
                                  std::span<const uint8_t> message,
                                  MptcpVersion version);

/**
 * Leftmost 64 bits of MptcpJoinHmac: what a SYN/ACK carries.
 *
 * @param localKey key of the sender of the HMAC
 * @param remoteKey key of its receiver
 * @param localNonce random number of the sender of the HMAC
 * @param remoteNonce random number of its receiver
 * @param version selects SHA-1 (V0) or SHA-256 (V1)
 * @return value of MptcpJoinSynAck::hmac
 */
uint64_t MptcpJoinSynAckHmac(uint64_t localKey,
                             uint64_t remoteKey,
                             uint32_t localNonce,
                             uint32_t remoteNonce,
                             MptcpVersion version);

/**
 * Leftmost 160 bits of MptcpJoinHmac: what the third ACK carries.
 *
 * @param localKey key of the sender of the HMAC
 * @param remoteKey key of its receiver
 * @param localNonce random number of the sender of the HMAC
 * @param remoteNonce random number of its receiver
 * @param version selects SHA-1 (V0) or SHA-256 (V1)
 * @return value of MptcpJoinAck::hmac
 */
std::array<uint8_t, 20> MptcpJoinAckHmac(uint64_t localKey,
                                         uint64_t remoteKey,
                                         uint32_t localNonce,
                                         uint32_t remoteNonce,
                                         MptcpVersion version);

/**
 * Truncated HMAC of a v1 ADD_ADDR (RFC 8684, section 3.4.1): rightmost 64 bits over
 * identifier | address | port, port zero when absent.
 *
 * @param senderKey key of the sender of the option
 * @param receiverKey key of its receiver
 * @param option the option; its hmac field is not read
 * @return value of MptcpAddAddr::hmac
 */
uint64_t MptcpAddAddrHmac(uint64_t senderKey, uint64_t receiverKey, const MptcpAddAddr& option);

/**
 * DSS checksum (RFC 8684, section 3.3.1), fed piece by piece.
 *
 * A DATA_FIN counts in the length but adds no data. An infinite mapping has no checksum of its own:
 * its field is zero.
 */
class MptcpChecksum
{
  public:
    /**
     * Start with the pseudo-header.
     *
     * @param dsn 64-bit DSN, also when the option carries 32 bits
     * @param ssn relative subflow sequence number
     * @param length Data-Level Length
     */
    MptcpChecksum(uint64_t dsn, uint32_t ssn, uint16_t length);

    /**
     * Add mapped data, in order.
     *
     * @param data next piece; one of odd length swaps the byte phase of what follows
     */
    void Update(std::span<const uint8_t> data);

    /** @return the checksum for the option's field; more pieces may follow */
    uint16_t Finish() const;

  private:
    uint64_t m_sum{0}; ///< sum of words, not yet folded to 16 bits
    bool m_odd{false}; ///< the next octet is the second of its 16-bit word
};

} // namespace ns3

#endif /* MPTCP_CRYPTO_H */
