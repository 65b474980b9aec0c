# SPDX-License-Identifier: GPL-2.0-only
"""The checks of the layers and of the sources: they pass here, and they find what they are for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "test" / "tools"
LICENSE_LINE = "SPDX-License-Identifier: GPL-2.0-only"
NOTE = "".join(["TO", "DO"])


def check(tool: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Run one of the tools on a checkout."""
    command = [sys.executable, str(TOOLS / tool), str(root)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("tool", ["check_layers.py", "check_sources.py"])
def test_this_checkout_is_clean(tool: str) -> None:
    done = check(tool, ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("src/mptcp/model/wire/a.cc", '#include "ns3/packet.h"'),
        ("src/mptcp/model/wire/a.cc", '#include "ns3/state.h"'),
        ("src/mptcp/model/state/a.cc", '#include "ns3/node.h"'),
        ("src/mptcp/model/policy/a.h", '#include "ns3/tcp-socket-base.h"'),
        ("src/mptcp/model/policy/a.h", '#include "ns3/socket.h"'),
        ("src/mptcp/model/policy/a.h", '#include "state.h"'),
        ("src/mptcp/model/protocol/mptcp-stack.h", '#include "ns3/tcp-tx-buffer.h"'),
        ("src/mptcp/model/protocol/a.h", '#include "ns3/internet-stack-helper.h"'),
        ("src/mptcp/helper/a.h", '#include "ns3/tcp-socket-base.h"'),
        ("src/mptcp/helper/a.h", "class A : public TcpSocketBase"),
        ("analysis/a.py", "import cppyy"),
        ("analysis/a.py", "from ns3_mptcp import load"),
        ("analysis/plots/a.py", "from ... import scenario"),
        ("src/mptcp/bindings/python/ns3_mptcp/a.py", "from .scenarios import two_path"),
    ],
)
def test_a_wrong_layer_is_found(tmp_path: Path, name: str, line: str) -> None:
    allowed = {
        "src/mptcp/model/state/state.h": '#include "ns3/packet.h"\n#include <vector>',
        "src/mptcp/model/policy/ok.h": '#include "ns3/state.h"\n#include "ns3/tcp-socket-state.h"',
        "src/mptcp/model/protocol/mptcp-subflow.h": '#include "ns3/tcp-socket-base.h"',
        "analysis/plots/ok.py": "from .. import schema",
        "src/mptcp/bindings/python/ns3_mptcp/ok.py": "from .analysis import trace",
    }
    for path, text in allowed.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text + "\n")
    assert check("check_layers.py", tmp_path).returncode == 0
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(line + "\n")
    done = check("check_layers.py", tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{name}:1: ")


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("src/mptcp/helper/a.cc", f"// {LICENSE_LINE}\n", "not in cmake/mptcp-sources.txt"),
        ("src/mptcp/helper/b.h", "", "does not exist"),
        ("a.py", "import os\n", "no line"),
        ("a.py", f"# {LICENSE_LINE}\n# \N{EN DASH}\n", "not ASCII"),
        ("a.py", f"# {LICENSE_LINE}\n# {NOTE}\n", "belongs into an issue"),
    ],
)
def test_a_wrong_source_is_found(tmp_path: Path, name: str, text: str, fault: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "cmake").mkdir()
    listed = f"{name}\n" if fault == "does not exist" else ""
    (tmp_path / "cmake/mptcp-sources.txt").write_text(f"[sources]\n{listed}")
    if text:
        (tmp_path / name).write_text(text)
    done = check("check_sources.py", tmp_path)
    assert done.returncode == 1
    assert fault in done.stdout


@pytest.mark.parametrize("page", sorted((ROOT / "src/mptcp/doc/algorithms").glob("*.md")))
def test_pages_of_algorithms_have_five_parts(page: Path) -> None:
    if page.stem in ("README", "bench", "functions", "scheduler-bench"):
        return
    text = page.read_text()
    for part in (
        r"\*\*(Formula|Rule)\.",
        r"\*\*Source\.",
        r"\*\*Attributes\.|\| attribute",
        r"\*\*Good at\.",
        r"\*\*Verified\.|## Verified",
    ):
        assert re.search(part, text), f"{page.name}: {part}"
