# SPDX-License-Identifier: GPL-2.0-only
"""What README shows is what the commands print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"


def block_after(words: str) -> str:
    """Return the first block of README behind these words."""
    text = README.read_text()
    assert words in text, f"README has no '{words}'"
    found = re.search(r"```\n(.*?)```", text[text.index(words) :], re.DOTALL)
    assert found, f"no block behind '{words}'"
    return found[1]


@pytest.mark.slow
def test_two_path_prints_what_readme_shows(mptcp: Any, tmp_path: Path) -> None:
    shown = block_after("then over each path by stock TCP, and prints")
    done = mptcp("run", "two-path", "--no-figures", "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown
