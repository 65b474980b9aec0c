# SPDX-License-Identifier: GPL-2.0-only
"""Names and versions of the trace tables that MptcpTraceHelper writes.

One end of a connection is one ``conn``. Times are seconds of simulated time, lengths octets, DSNs
relative to the first octet of their direction, which is 0.
"""

from __future__ import annotations

#: First line of each table, after "# schema ".
NAME = "mptcp-trace"
VERSION = 1

#: table -> column -> type
TABLES: dict[str, dict[str, str]] = {
    "connections": {
        "conn": "int64",
        "node": "int64",
        "role": "str",  # client, server
        "protocol": "str",  # mptcp, tcp
        "token": "int64",  # of this end
        "remote_token": "int64",
    },
    "paths": {
        "time_s": "float64",
        "conn": "int64",
        "subflow": "int64",
        "local": "str",
        "local_port": "int64",
        "remote": "str",
        "remote_port": "int64",
    },
    "subflows": {
        "time_s": "float64",
        "conn": "int64",
        "subflow": "int64",
        "event": "str",
        "value": "float64",
    },
    "data": {
        "time_s": "float64",
        "conn": "int64",
        "subflow": "int64",  # -1: none is concerned
        "event": "str",
        "dsn": "int64",
        "length": "int64",
    },
}

#: Tables that older traces and captures do not have: empty when read from them.
OPTIONAL_TABLES: dict[str, dict[str, str]] = {
    "counters": {
        "time_s": "float64",
        "node": "int64",
        "counter": "str",  # kernel name without prefix
        "value": "int64",
    },
    "pairs": {  # of addresses, when the connection or the run ends
        "conn": "int64",
        "local": "str",
        "remote": "str",
        "state": "str",  # open, opening, ended, failed, not tried
        "subflows": "int64",  # open then
        "sent": "int64",  # octets of data given to its subflows
        "received": "int64",
        "reason": "str",  # why no subflow is open; in plain words
    },
}

SUBFLOW_EVENTS = (
    "created",
    "established",
    "closed",
    "cwnd",
    "ssthresh",
    "inflight",
    "srtt",
    "congestion",
    "received",
    "stale",
    "recovered",
    "penalized",
    "fallback",
    "checksum_error",
    "priority_sent",
    "priority_received",
    "reset_sent",
    "reset_received",
    "fail_sent",
    "fail_received",
    "infinite_sent",
    "infinite_received",
)
#: Events of the connection in the table of subflows, with subflow -1.
CONNECTION_EVENTS = (
    "announce_sent",
    "announce_received",
    "remove_sent",
    "remove_received",
    "rcv_window",
    "send_queue",
    "reorder_queue",
)
DATA_EVENTS = ("dsn_sent", "reinject", "data_ack", "delivered")


def header() -> str:
    """Return the first line of a table."""
    return f"# schema {NAME} {VERSION}"
