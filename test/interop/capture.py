# SPDX-License-Identifier: GPL-2.0-only
"""What the packets of a pcap file of the simulated host carried."""

from __future__ import annotations

import ipaddress
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MP_CAPABLE = 0
MP_JOIN = 1
DSS = 2
OPTION_MPTCP = 30
PROTOCOL_TCP = 6


@dataclass(frozen=True)
class Segment:
    """One TCP segment."""

    source: str
    destination: str
    flags: int
    payload: int
    subtypes: tuple[int, ...]


def frames(path: Path) -> Iterator[bytes]:
    """The Ethernet frames of a pcap file of ns-3 (little endian)."""
    data = path.read_bytes()
    offset = 24
    while offset + 16 <= len(data):
        (size,) = struct.unpack_from("<I", data, offset + 8)
        yield data[offset + 16 : offset + 16 + size]
        offset += 16 + size


def mptcp_subtypes(options: bytes) -> tuple[int, ...]:
    """The subtypes of the MPTCP options among the TCP options (RFC 8684, section 3)."""
    subtypes = []
    offset = 0
    while offset < len(options) and options[offset] != 0:
        if options[offset] == 1:
            offset += 1
            continue
        if offset + 2 >= len(options) or options[offset + 1] < 2:
            break
        if options[offset] == OPTION_MPTCP:
            subtypes.append(options[offset + 2] >> 4)
        offset += options[offset + 1]
    return tuple(subtypes)


def segments(path: Path) -> Iterator[Segment]:
    """The TCP segments of a pcap file, in order."""
    for frame in frames(path):
        (kind,) = struct.unpack_from(">H", frame, 12)
        if kind == 0x0800 and frame[23] == PROTOCOL_TCP:
            tcp = 14 + (frame[14] & 15) * 4
            end = 14 + int.from_bytes(frame[16:18], "big")
            source, destination = frame[26:30], frame[30:34]
        elif kind == 0x86DD and frame[20] == PROTOCOL_TCP:
            tcp = 54
            end = 54 + int.from_bytes(frame[18:20], "big")
            source, destination = frame[22:38], frame[38:54]
        else:
            continue
        header = (frame[tcp + 12] >> 4) * 4
        yield Segment(
            str(ipaddress.ip_address(source)),
            str(ipaddress.ip_address(destination)),
            frame[tcp + 13],
            end - tcp - header,
            mptcp_subtypes(frame[tcp + 20 : tcp + header]),
        )


def payload_by_sender(path: Path) -> Counter[str]:
    """Octets of TCP payload in a file, by source address."""
    octets: Counter[str] = Counter()
    for segment in segments(path):
        octets[segment.source] += segment.payload
    return octets


def unmapped_segments(path: Path, source: str) -> int:
    """Segments with payload from `source` that carry neither a DSS nor MP_CAPABLE with data."""
    return sum(
        segment.source == source
        and segment.payload > 0
        and DSS not in segment.subtypes
        and MP_CAPABLE not in segment.subtypes
        for segment in segments(path)
    )
