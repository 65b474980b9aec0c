# SPDX-License-Identifier: GPL-2.0-only
"""Read captures through tshark, which knows MPTCP but nothing of us: the independent oracle.

The captures may be ours or a real kernel's.
"""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from . import metrics
from .trace import Trace, TraceError

#: Severities of expert information that tshark reports as a number (epan/proto.h).
_SEVERITY_ERROR = 0x00800000

_FIELDS = (
    "frame.number",
    "frame.time_epoch",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.stream",
    "tcp.flags.syn",
    "tcp.flags.ack",
    "tcp.seq",
    "tcp.len",
    "mptcp.stream",
    "mptcp.expected_token",
    "mptcp.dss.missing_mapping",
    "mptcp.rawdsn64",
    "tcp.options.mptcp.subtype",
    "tcp.options.mptcp.recvtok",
    "tcp.options.mptcp.rawdataseqno",
    "tcp.options.mptcp.dseqn8.flag",
    "tcp.options.mptcp.subflowseqno",
    "tcp.options.mptcp.datalvllen",
    "tcp.options.mptcp.datafin.flag",
    "tcp.options.mptcp.rawdataack",
    "_ws.expert.severity",
    "_ws.expert.message",
    "_ws.malformed",
)

_PREFERENCES = (
    "mptcp.analyze_mappings:TRUE",
    "mptcp.intersubflows_retransmission:TRUE",
    "tcp.check_checksum:FALSE",
)


@dataclass
class Oracle:
    """What tshark says of a capture."""

    packets: int = 0
    #: expert items of severity error, and dissector failures: "frame number: text"
    errors: list[str] = field(default_factory=list)
    #: mptcp.stream -> its TCP streams
    streams: dict[int, list[int]] = field(default_factory=dict)
    #: tokens that tshark computes from the keys of the handshake
    expected_tokens: set[int] = field(default_factory=set)
    #: tokens in the SYNs of the joins
    join_tokens: set[int] = field(default_factory=set)
    #: frames with payload that no mapping covers
    missing_mappings: list[int] = field(default_factory=list)
    #: (mptcp.stream, "up" or "down") -> distinct octets of data; up: from who opened the subflow
    coverage: dict[tuple[int, str], int] = field(default_factory=dict)
    #: subtypes of option 30 -> how many packets carry it
    subtypes: dict[int, int] = field(default_factory=dict)


def available() -> bool:
    """Tell whether tshark is installed."""
    return shutil.which("tshark") is not None


def read(captures: str | Path | Sequence[str | Path]) -> pd.DataFrame:
    """Return one row per TCP packet; raise :class:`TraceError` for what cannot be read.

    The captures of several interfaces of one host are merged in order of time, because the
    subflows of a connection belong together.
    """
    paths = [Path(captures)] if isinstance(captures, (str, Path)) else [Path(c) for c in captures]
    if not paths:
        raise TraceError("no capture, allowed: one or more")
    for path in paths:
        if not path.is_file():
            raise TraceError(f"no such capture: {path}")
    if not available():
        raise TraceError("tshark is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        capture = paths[0]
        if len(paths) > 1:
            capture = Path(scratch) / "merged.pcap"
            merge(paths, capture)
        command = ["tshark", "-n", "-r", str(capture), "-Y", "tcp", "-T", "fields"]
        command += ["-E", "header=y", "-E", "separator=/t", "-E", "occurrence=a"]
        command += ["-E", "aggregator=|"]
        for preference in _PREFERENCES:
            command += ["-o", preference]
        for name in _FIELDS:
            command += ["-e", name]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "XDG_CONFIG_HOME": scratch, "HOME": scratch},  # no user preferences
        )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise TraceError(f"tshark cannot read {capture.name}: {reason}")
    text = io.StringIO(done.stdout)
    return pd.read_csv(text, sep="\t", dtype=str, keep_default_na=False, quoting=3)


def oracle(captures: str | Path | Sequence[str | Path]) -> Oracle:
    """Return what tshark finds in the captures of one host."""
    packets = read(captures)
    result = Oracle(packets=len(packets))
    streams: dict[int, set[int]] = defaultdict(set)
    for row in packets.itertuples(index=False, name=None):
        p = dict(zip(_FIELDS, row))
        number = p["frame.number"]
        severities = [int(s) for s in _many(p["_ws.expert.severity"])]
        messages = p["_ws.expert.message"].split("|")
        for index, severity in enumerate(severities):
            if severity >= _SEVERITY_ERROR:
                text = messages[index] if len(messages) == len(severities) else "|".join(messages)
                result.errors.append(f"{number}: {text}")
        if p["_ws.malformed"]:
            result.errors.append(f"{number}: malformed")
        if p["mptcp.stream"]:
            streams[int(p["mptcp.stream"])].add(int(p["tcp.stream"]))
        # tshark also says it of pure ACKs without DSS, which have nothing to map.
        if p["mptcp.dss.missing_mapping"] and int(p["tcp.len"] or 0) > 0:
            result.missing_mappings.append(int(number))
        result.expected_tokens |= {int(t, 0) for t in _many(p["mptcp.expected_token"])}
        if p["tcp.flags.syn"] in ("1", "True"):
            result.join_tokens |= {int(t, 0) for t in _many(p["tcp.options.mptcp.recvtok"])}
        for subtype in _many(p["tcp.options.mptcp.subtype"]):
            result.subtypes[int(subtype)] = result.subtypes.get(int(subtype), 0) + 1
    result.streams = {s: sorted(t) for s, t in sorted(streams.items())}
    for (stream, side), rows in _mappings(packets).groupby(["stream", "side"]):
        result.coverage[(int(stream), str(side))] = int(metrics.coverage(rows))
    return result


def tables(captures: str | Path | Sequence[str | Path]) -> Trace:
    """Return a capture in the schema of the trace tables, as far as a capture tells it.

    Each direction with data is a connection of its own, from a "client" that sends to a "server"
    that receives; tokens are made up. ``subflows`` has the event "received" of the ends that get
    data, ``data`` has "dsn_sent" and "reinject". What only a host knows (windows, RTT, delivery) is
    absent.
    """
    mappings = _mappings(read(captures))
    data, received, paths, connections = [], [], [], []
    start = mappings["time_s"].min() if len(mappings) else 0.0
    groups = mappings.groupby(["stream", "side"], sort=False)
    for number, (_, rows) in enumerate(groups):
        conn = 2 * number
        peer = conn + 1
        connections += [
            (conn, -1, "client", "mptcp", conn + 1, peer + 1),
            (peer, -1, "server", "mptcp", peer + 1, conn + 1),
        ]
        carried: dict[int, set[int]] = defaultdict(set)
        subflows = {s: i for i, s in enumerate(dict.fromkeys(rows["tcp_stream"]))}
        for row in rows.itertuples():
            subflow = subflows[row.tcp_stream]
            others = carried[row.dsn] - {subflow}
            if subflow not in carried[row.dsn]:
                event = "reinject" if others else "dsn_sent"
                at = row.time_s - start
                data.append((at, conn, subflow, event, row.dsn, row.length))
            carried[row.dsn].add(subflow)
            received.append((row.time_s - start, peer, subflow, "received", float(row.length)))
        for row in rows.drop_duplicates("tcp_stream").itertuples():
            at, subflow = row.time_s - start, subflows[row.tcp_stream]
            one, other = (row.source, row.source_port), (row.target, row.target_port)
            paths += [(at, conn, subflow, *one, *other), (at, peer, subflow, *other, *one)]
    columns = {
        "connections": connections,
        "paths": paths,
        "subflows": received,
        "data": data,
    }
    from . import schema

    return Trace(
        **{t: pd.DataFrame(rows, columns=list(schema.TABLES[t])) for t, rows in columns.items()}
    )


def _many(text: str) -> list[str]:
    return [part for part in text.split("|") if part]


def _is_set(text: str) -> bool:
    return any(part in ("1", "True") for part in _many(text))


def _mappings(packets: pd.DataFrame) -> pd.DataFrame:
    """Return one row per packet with payload and a mapping: which of the data it carries.

    DSNs are relative to the lowest of their direction. Payload that a mapping of an earlier packet
    covers (long mappings of senders with segmentation offload) is left out.
    """
    rows = []
    origins: dict[tuple[int, str], int] = {}
    latest: dict[tuple[int, str], int] = defaultdict(int)
    openers: dict[str, tuple[str, str]] = {}
    for row in packets.itertuples(index=False, name=None):
        p = dict(zip(_FIELDS, row))
        source = p["ip.src"] or p["ipv6.src"]
        target = p["ip.dst"] or p["ipv6.dst"]
        opener = openers.setdefault(p["tcp.stream"], (source, p["tcp.srcport"]))
        payload = int(p["tcp.len"] or 0)
        raw = _many(p["tcp.options.mptcp.rawdataseqno"])
        wide = _is_set(p["tcp.options.mptcp.dseqn8.flag"])
        ssn = int((_many(p["tcp.options.mptcp.subflowseqno"]) or ["0"])[0], 0)
        if not raw and "0" in _many(p["tcp.options.mptcp.subtype"]):
            # MP_CAPABLE with data maps its payload to the first octets (RFC 8684 section 3.1).
            raw, wide, ssn = _many(p["mptcp.rawdsn64"]), True, 1
        lengths = _many(p["tcp.options.mptcp.datalvllen"])
        if not p["mptcp.stream"] or not raw or not lengths or payload == 0:
            continue
        stream = int(p["mptcp.stream"])
        side = "up" if opener == (source, p["tcp.srcport"]) else "down"
        first = int(raw[0], 0)
        origin = origins.setdefault((stream, side), first)
        # Subtracted as integers: 64 bits are more than a column of a table holds exactly. The sign
        # of the difference comes from its upper half, as in all sequence number arithmetic. It is
        # taken from the packet before: 32 bits wrap in the course of a long connection.
        bits = 64 if wide else 32
        near = latest[stream, side]
        step = (first - origin - near + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
        dsn = latest[stream, side] = near + step
        length = int(lengths[0], 0)
        if _is_set(p["tcp.options.mptcp.datafin.flag"]):
            length -= 1  # the DATA_FIN takes one octet of the sequence space (RFC 8684 3.3.3)
        skipped = (int(p["tcp.seq"]) - ssn) % (1 << 32) if ssn else 0
        if skipped >= length:
            continue
        rows.append(
            (
                float(p["frame.time_epoch"]),
                stream,
                side,
                int(p["tcp.stream"]),
                source,
                int(p["tcp.srcport"]),
                target,
                int(p["tcp.dstport"]),
                dsn + skipped,
                min(length - skipped, payload),
            )
        )
    names = ["time_s", "stream", "side", "tcp_stream", "source", "source_port"]
    names += ["target", "target_port", "dsn", "length"]
    frame = pd.DataFrame(rows, columns=names)
    if len(frame):
        frame["dsn"] -= frame.groupby(["stream", "side"])["dsn"].transform("min")
    return frame


def merge(captures: Sequence[Path], out: Path) -> None:
    """Merge captures of the classic format in order of time."""
    records = []
    head = b""
    for index, capture in enumerate(captures):
        try:
            content = capture.read_bytes()
        except OSError as error:
            raise TraceError(f"cannot read {capture}: {error.strerror}") from None
        magic = content[:4]
        order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        if magic not in (
            b"\xd4\xc3\xb2\xa1",
            b"\x4d\x3c\xb2\xa1",
            b"\xa1\xb2\xc3\xd4",
            b"\xa1\xb2\x3c\x4d",
        ):
            raise TraceError(f"{capture.name} is not a pcap file")
        if head and head[:4] + head[20:24] != magic + content[20:24]:
            raise TraceError(f"{capture.name} has another link type or precision than the others")
        head = head or content[:24]
        records += [(*at, index, n, raw) for n, (at, raw) in enumerate(_records(content, order))]
    records.sort(key=lambda r: r[:4])
    with out.open("wb") as f:
        f.write(head)
        f.writelines(r[4] for r in records)


def _records(content: bytes, order: str) -> Iterator[tuple[tuple[int, int], bytes]]:
    at = 24
    while at + 16 <= len(content):
        seconds, fraction, length, _ = struct.unpack_from(f"{order}IIII", content, at)
        yield (seconds, fraction), content[at : at + 16 + length]
        at += 16 + length
