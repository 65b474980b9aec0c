# SPDX-License-Identifier: GPL-2.0-only
"""What the Python tests share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

#: Octets of the transfers: enough for both subflows to leave slow start.
OCTETS = 2 * 2**20


def run_mptcp(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command ``mptcp`` in a new process."""
    command = [sys.executable, "-m", "ns3_mptcp.cli", *arguments]
    options.setdefault("timeout", 300)
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def run_python(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program in a new process: ns-3 is loaded once per process."""
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="session")
def mptcp() -> Run:
    """Return the function that runs the command."""
    return run_mptcp


@pytest.fixture(scope="session")
def python() -> Run:
    """Return the function that runs a Python program."""
    return run_python


@dataclass
class Result:
    """A finished run of a scenario."""

    out: Path
    summary: dict[str, Any]
    stderr: str


@pytest.fixture(scope="session", params=["4", "6"], ids=["ipv4", "ipv6"])
def two_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Run two-path once per IP version."""
    out = tmp_path_factory.mktemp(f"two-path-ipv{request.param}")
    done = run_mptcp(
        *("run", "two-path", "--json", "--out", str(out)),
        *("--bytes", str(OCTETS), "--ip", request.param),
    )
    assert done.returncode == 0, done.stderr
    return Result(out, json.loads(done.stdout), done.stderr)
