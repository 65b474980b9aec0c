# SPDX-License-Identifier: GPL-2.0-only
"""What a run tells of paths that carried nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ns3_mptcp.path_report import lines

HEAD = "# schema mptcp-trace 1\nconn,local,remote,state,subflows,sent,received,reason\n"
BOTH = (
    "0,10.1.1.1,10.1.1.2,ended,0,500,0,closed\n"
    "0,10.1.2.1,10.1.2.2,ended,0,500,0,closed\n"
    "0,10.1.1.1,10.1.2.2,not tried,0,0,0,this host has no route to it\n"
)


def report(folder: Path, rows: str) -> list[str]:
    """Return what is told of one simulation."""
    (folder / "mptcp").mkdir()
    (folder / "mptcp" / "pairs.csv").write_text(HEAD + rows)
    return lines(folder)


def test_nothing_is_told_when_every_address_was_used(tmp_path: Path) -> None:
    assert report(tmp_path, BOTH) == []


def test_an_address_that_carried_nothing_is_told_with_the_reason(tmp_path: Path) -> None:
    rows = BOTH + "0,10.1.3.1,10.1.1.2,failed,0,0,0,nobody has answered its SYNs\n"
    assert report(tmp_path, rows) == [
        "unused paths of connection end 0 (mptcp):",
        "  10.1.3.1 - 10.1.1.2: failed, nobody has answered its SYNs",
    ]


def test_a_folder_without_tables_has_nothing_to_tell(tmp_path: Path) -> None:
    assert lines(tmp_path) == []


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("MptcpPathManagerFullMesh::MaxSubflows=0", "MaxSubflows allows 0 besides the first"),
        ("MptcpStack::Enabled=false", "ns3::MptcpStack::Enabled is false"),
    ],
)
def test_a_run_tells_why_it_has_one_path(
    mptcp: Any, tmp_path: Path, setting: str, reason: str
) -> None:
    done = mptcp(
        *("run", "two-path", "--bytes", "100kB", "--no-figures", "--quiet"),
        *("--out", str(tmp_path / "out"), f"--ns3::{setting}"),
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert any("10.1.2.1" in line and reason in line for line in told), done.stdout
