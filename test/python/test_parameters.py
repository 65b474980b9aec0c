# SPDX-License-Identifier: GPL-2.0-only
"""Parsing of parameters."""

from __future__ import annotations

import pytest

from ns3_mptcp.parameters import (
    Parameter,
    UsageError,
    choose,
    parse_flag,
    parse_queue,
    parse_size,
    rate_bps,
    time_seconds,
)


@pytest.mark.parametrize(
    ("text", "octets"),
    [("0", 0), ("1448", 1448), ("1kB", 1000), ("64KiB", 65536), ("16MiB", 2**24), ("1.5k", 1500)],
)
def test_sizes(text: str, octets: int) -> None:
    assert parse_size(text) == octets


@pytest.mark.parametrize(
    ("text", "rate"),
    [("10Mbps", 1e7), ("1.5Gb/s", 1.5e9), ("1kBps", 8000), ("1Mib/s", 2**20), ("9bps", 9)],
)
def test_rates(text: str, rate: float) -> None:
    assert rate_bps(text) == rate


@pytest.mark.parametrize(
    ("text", "seconds"), [("10ms", 0.01), ("1.5s", 1.5), ("2min", 120), ("5us", 5e-6)]
)
def test_times(text: str, seconds: float) -> None:
    assert time_seconds(text) == pytest.approx(seconds, rel=1e-12)


def test_queues_and_flags() -> None:
    assert parse_queue("50") == "50p"
    assert parse_queue("64KiB") == "64KiB"
    assert parse_flag("ON") is True
    assert parse_flag("no") is False


@pytest.mark.parametrize("text", ["", "10", "Mbps", "10 Mbps", "-1Mbps", "0Mbps", "10mbps"])
def test_bad_rates_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="data rate"):
        Parameter("rate", "rate", "1Mbps", "").parse(text)


def test_range_is_named() -> None:
    parameter = Parameter("limit", "time", "1s", "", minimum=0.5, maximum=60)
    assert parameter.parse("500ms") == "500ms"
    with pytest.raises(UsageError, match=r"0\.5 to 60 s"):
        parameter.parse("2min")


def test_close_matches_come_first_and_lists_are_cut() -> None:
    text = str(choose("thing", "alpa", [f"name{i}" for i in range(30)] + ["alpha"], limit=5))
    assert "did you mean alpha?" in text
    assert "and 26 more" in text
