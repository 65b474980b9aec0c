# SPDX-License-Identifier: GPL-2.0-only
"""The loader: order of libraries, cache, and one line for each thing that is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ns3_mptcp import LoadError, _loader


def test_closure_is_in_dependency_order() -> None:
    where = _loader.find()
    modules = _loader.closure(where, ("internet",))
    assert modules[0] == "core"
    assert modules[-1] != "core"
    for before, after in (("network", "internet"), ("bridge", "internet"), ("stats", "internet")):
        assert modules.index(before) < modules.index(after)
    assert "point-to-point" in modules, "our own library needs it"
    assert len(modules) == len(set(modules))


def test_unknown_module() -> None:
    with pytest.raises(LoadError, match="no module 'warp-drive'"):
        _loader.closure(_loader.find(), ("warp-drive",))


def test_library_for_another_ns3_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libns3.37-mptcp.so").touch()
    monkeypatch.setenv("NS3_MPTCP_PREFIX", str(tmp_path))
    with pytest.raises(LoadError) as caught:
        _loader.find()
    text = str(caught.value)
    assert "built for ns3.37" in text
    assert "is installed" in text
    assert "\n" not in text


def test_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NS3_MPTCP_PREFIX", str(tmp_path))
    with pytest.raises(LoadError, match="no MPTCP library"):
        _loader.find()


def test_the_command_says_it_in_one_line(mptcp, tmp_path: Path) -> None:
    environment = {**os.environ, "NS3_MPTCP_PREFIX": str(tmp_path)}
    done = mptcp("run", "two-path", env=environment, cwd=tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "no MPTCP library" in done.stderr


def test_key_follows_the_headers(tmp_path: Path) -> None:
    where = _loader.find()
    headers = tmp_path / "include" / "ns3"
    headers.mkdir(parents=True)
    (headers / "mptcp-a.h").write_text("int a;\n")
    mine = _loader.Installation(
        where.stem, where.ns3_lib, where.ns3_include, where.library, tmp_path / "include"
    )
    first = _loader._pch_key(mine, ["core"])
    assert first == _loader._pch_key(mine, ["core"])
    assert first != _loader._pch_key(mine, ["core", "network"])
    (headers / "mptcp-a.h").write_text("int b;\n")
    assert first != _loader._pch_key(mine, ["core"])


USE = """
import time
from ns3_mptcp import load
ns = load()
assert load() is ns
node = ns.CreateObject[ns.Node]()
assert ns.Seconds(1) > ns.MilliSeconds(999)
assert ns.LookupByNameFailSafe("ns3::TcpSocket")[0]
assert not ns.LookupByNameFailSafe("ns3::Nothing")[0]
topology = ns.MptcpTopologyHelper(2)
topology.Build()
print(ns.InetSocketAddress.ConvertFrom(topology.GetSocketAddress(topology.SERVER, 1, 80)).GetIpv4())
"""


def test_namespace_works(python) -> None:
    done = python(USE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["10.1.2.2"]
    assert done.stderr == ""


def test_without_a_cache_there_is_one_warning(python) -> None:
    done = python(USE, XDG_CACHE_HOME="/dev/null/nowhere")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["10.1.2.2"]
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert "warning" in lines[0]


def test_prune_keeps_the_newest(tmp_path: Path) -> None:
    entries = [tmp_path / f"{i}.pch" for i in range(_loader.CACHE_ENTRIES + 2)]
    for age, path in enumerate(entries):
        path.touch()
        os.utime(path, (1000 - age, 1000 - age))
    _loader._prune(tmp_path, entries[-1])
    left = {p.name for p in tmp_path.iterdir()}
    assert left == {p.name for p in entries[: _loader.CACHE_ENTRIES]} | {entries[-1].name}
