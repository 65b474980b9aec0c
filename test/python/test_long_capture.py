# SPDX-License-Identifier: GPL-2.0-only
"""Captures of more octets than 32 bits count: numbers wrap, positions do not."""

from __future__ import annotations

import pandas as pd
from ns3_mptcp.analysis import tshark

SEGMENT = 60_000
WRAP = 1 << 32
IDSN = 0x1122334455667788


def _packet(position: int, wide: bool) -> dict[str, str]:
    """Return the fields of a segment with octets from a position of the stream on."""
    dsn = (IDSN + 1 + position) % (1 << (64 if wide else 32))
    fields = dict.fromkeys(tshark._FIELDS, "")
    return fields | {
        "frame.time_epoch": str(position / 1e9),
        "ip.src": "10.1.1.1",
        "ip.dst": "10.1.1.2",
        "tcp.srcport": "49153",
        "tcp.dstport": "5000",
        "tcp.stream": "0",
        "tcp.seq": str((1 + position) % WRAP),
        "tcp.len": str(SEGMENT),
        "mptcp.stream": "0",
        "tcp.options.mptcp.subtype": "2",
        "tcp.options.mptcp.rawdataseqno": str(dsn),
        "tcp.options.mptcp.dseqn8.flag": "1" if wide else "0",
        "tcp.options.mptcp.subflowseqno": str((1 + position) % WRAP),
        "tcp.options.mptcp.datalvllen": str(SEGMENT),
    }


def test_positions_beyond_32_bits() -> None:
    positions = range(0, 3 * WRAP, 1000 * SEGMENT)
    for wide in (True, False):
        packets = pd.DataFrame([_packet(position, wide) for position in positions])
        mappings = tshark._mappings(packets[list(tshark._FIELDS)])
        assert list(mappings["dsn"]) == list(positions)
        assert set(mappings["length"]) == {SEGMENT}


def test_segment_inside_a_mapping_over_the_wrap() -> None:
    # The second half of what one mapping covers, after the wrap of the sequence numbers.
    first = _packet(WRAP - 1 - SEGMENT // 2, wide=True) | {"tcp.len": str(SEGMENT // 2)}
    second = first | {"tcp.seq": "0"}
    packets = pd.DataFrame([_packet(0, wide=True), first, second])
    mappings = tshark._mappings(packets[list(tshark._FIELDS)])
    begin = WRAP - 1 - SEGMENT // 2
    assert list(mappings["dsn"]) == [0, begin, begin + SEGMENT // 2]
    assert list(mappings["length"]) == [SEGMENT, SEGMENT // 2, SEGMENT // 2]
