/*
 * SPDX-License-Identifier: GPL-2.0-only
 */
#include "mptcp-crypto.h"

#include "mptcp-endian.h"

#include <algorithm>
#include <cstddef>
#include <nettle/hmac.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

namespace ns3
{

MptcpKeyMaterial
DeriveMptcpKey(uint64_t key, MptcpVersion version)
{
    // RFC 6824 and RFC 8684, section 3.1: the key is hashed in network byte order.
    std::array<uint8_t, 8> octets;
    StoreBig<uint64_t>(octets.data(), key);

    std::array<uint8_t, SHA256_DIGEST_SIZE> digest;
    std::size_t size = 0;
    if (version == MptcpVersion::V0)
    {
        size = SHA1_DIGEST_SIZE;
        sha1_ctx context;
        sha1_init(&context);
        sha1_update(&context, octets.size(), octets.data());
        sha1_digest(&context, size, digest.data());
    }
    else
    {
        size = SHA256_DIGEST_SIZE;
        sha256_ctx context;
        sha256_init(&context);
        sha256_update(&context, octets.size(), octets.data());
        sha256_digest(&context, size, digest.data());
    }
    return {.token = LoadBig<uint32_t>(digest.data()),
            .idsn = LoadBig<uint64_t>(digest.data() + size - 8)};
}

std::array<uint8_t, 32>
MptcpHmac(uint64_t localKey,
          uint64_t remoteKey,
          std::span<const uint8_t> message,
          MptcpVersion version)
{
    // RFC 8684, section 3.2: the key of the message's sender comes first.
    std::array<uint8_t, 16> key;
    StoreBig<uint64_t>(key.data(), localKey);
    StoreBig<uint64_t>(key.data() + 8, remoteKey);

    std::array<uint8_t, 32> digest{};
    if (version == MptcpVersion::V0)
    {
        hmac_sha1_ctx context;
        hmac_sha1_set_key(&context, key.size(), key.data());
        hmac_sha1_update(&context, message.size(), message.data());
        hmac_sha1_digest(&context, SHA1_DIGEST_SIZE, digest.data());
    }
    else
    {
        hmac_sha256_ctx context;
        hmac_sha256_set_key(&context, key.size(), key.data());
        hmac_sha256_update(&context, message.size(), message.data());
        hmac_sha256_digest(&context, SHA256_DIGEST_SIZE, digest.data());
    }
    return digest;
}

std::array<uint8_t, 32>
MptcpJoinHmac(uint64_t localKey,
              uint64_t remoteKey,
              uint32_t localNonce,
              uint32_t remoteNonce,
              MptcpVersion version)
{
    std::array<uint8_t, 8> message;
    StoreBig<uint32_t>(message.data(), localNonce);
    StoreBig<uint32_t>(message.data() + 4, remoteNonce);
    return MptcpHmac(localKey, remoteKey, message, version);
}

uint64_t
MptcpJoinSynAckHmac(uint64_t localKey,
                    uint64_t remoteKey,
                    uint32_t localNonce,
                    uint32_t remoteNonce,
                    MptcpVersion version)
{
    const auto hmac = MptcpJoinHmac(localKey, remoteKey, localNonce, remoteNonce, version);
    return LoadBig<uint64_t>(hmac.data());
}

std::array<uint8_t, 20>
MptcpJoinAckHmac(uint64_t localKey,
                 uint64_t remoteKey,
                 uint32_t localNonce,
                 uint32_t remoteNonce,
                 MptcpVersion version)
{
    const auto hmac = MptcpJoinHmac(localKey, remoteKey, localNonce, remoteNonce, version);
    std::array<uint8_t, 20> truncated;
    std::copy_n(hmac.begin(), truncated.size(), truncated.begin());
    return truncated;
}

uint64_t
MptcpAddAddrHmac(uint64_t senderKey, uint64_t receiverKey, const MptcpAddAddr& option)
{
    // RFC 8684, section 3.4.1: Address ID, address and port, the port being zero when absent.
    std::array<uint8_t, 1 + 16 + 2> message;
    const std::size_t addressSize = option.ipv6 ? 16 : 4;
    message[0] = option.addressId;
    std::copy_n(option.address.begin(), addressSize, message.begin() + 1);
    StoreBig<uint16_t>(message.data() + 1 + addressSize, option.port.value_or(0));
    const auto hmac = MptcpHmac(senderKey,
                                receiverKey,
                                std::span(message).first(1 + addressSize + 2),
                                MptcpVersion::V1);
    return LoadBig<uint64_t>(hmac.data() + hmac.size() - 8);
}

MptcpChecksum::MptcpChecksum(uint64_t dsn, uint32_t ssn, uint16_t length)
    // RFC 8684, figure 10. Words of 32 bits may be summed and folded at the end, because 2^16 is 1
    // in one's complement arithmetic of 16 bits.
    : m_sum((dsn >> 32) + (dsn & 0xffffffff) + ssn + length)
{
}

void
MptcpChecksum::Update(std::span<const uint8_t> data)
{
    const uint8_t* in = data.data();
    std::size_t left = data.size();
    if (m_odd && left > 0)
    {
        m_sum += *in;
        m_odd = false;
        ++in;
        --left;
    }
    // 64 bits hold the sum of 2^32 words: a mapping has less than 2^14.
    for (; left >= 4; in += 4, left -= 4)
    {
        m_sum += LoadBig<uint32_t>(in);
    }
    if (left >= 2)
    {
        m_sum += LoadBig<uint16_t>(in);
        in += 2;
        left -= 2;
    }
    if (left > 0)
    {
        // The other half of this word is the next piece's first octet, or the padding zero.
        m_sum += static_cast<uint64_t>(*in) << 8;
        m_odd = true;
    }
}

uint16_t
MptcpChecksum::Finish() const
{
    uint64_t sum = m_sum;
    while ((sum >> 16) != 0)
    {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<uint16_t>(~sum);
}

} // namespace ns3
