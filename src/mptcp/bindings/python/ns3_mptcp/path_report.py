# SPDX-License-Identifier: GPL-2.0-only
"""Why a run used fewer paths than its network has: what ``mptcp run`` prints of ``pairs.csv``.

``MptcpSocketBase::GetPathReport()`` tells the same of a connection while it lives.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

#: Columns of ``pairs.csv`` as text, by name.
Pair = dict[str, str]


def lines(out: Path) -> list[str]:
    """Return what to tell of the simulations below a folder; nothing if all addresses were used.

    A pair of addresses that carried nothing is told only where one of the two has no other that
    did: on disjoint paths the crossing pairs have no route and need none.

    :param out: folder of results; each folder in it that has a ``pairs.csv`` is one simulation
    """
    found: list[str] = []
    for table in sorted(out.rglob("pairs.csv")):
        connections: dict[str, list[Pair]] = {}
        for pair in _read(table):
            connections.setdefault(pair["conn"], []).append(pair)
        for conn, pairs in connections.items():
            unused = _unused(pairs)
            if unused:
                where = table.parent.relative_to(out)
                found.append(f"unused paths of connection end {conn} ({where}):")
                found += [
                    f"  {p['local']} - {p['remote']}: {p['state']}, {p['reason']}" for p in unused
                ]
    return found


def _read(table: Path) -> Iterator[Pair]:
    with table.open(newline="") as file:
        file.readline()  # "# schema ..."
        yield from csv.DictReader(file)


def _unused(pairs: list[Pair]) -> list[Pair]:
    """Return the pairs of one connection end that explain why an address carried nothing."""
    carried = [p for p in pairs if int(p["sent"]) + int(p["received"]) > 0]
    used = {side: {p[side] for p in carried} for side in ("local", "remote")}
    idle = [p for p in pairs if p not in carried]
    return [p for p in idle if p["local"] not in used["local"] or p["remote"] not in used["remote"]]
