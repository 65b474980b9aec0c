# SPDX-License-Identifier: GPL-2.0-only
"""``mptcp test --ns3-tree``, with programs that stand for those of a tree of ns-3."""

from __future__ import annotations

import ast
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from ns3_mptcp import ns3_tree, testing
from ns3_mptcp.parameters import UsageError

ROOT = Path(__file__).resolve().parents[2]

#: Keeps its arguments, and fails when it is asked to do what the file "fails" names.
PROGRAM = """
import json, pathlib, sys
with open("calls", "a") as calls:
    calls.write(json.dumps([pathlib.Path(__file__).name, *sys.argv[1:]]) + "\\n")
fails = pathlib.Path("fails")
if fails.exists() and fails.read_text() in sys.argv:
    print("what went wrong")
    sys.exit(1)
"""

RESULTS = """<?xml version="1.0"?>
<Results>
<Test>
  <Name>mptcp-option</Name>
  <Result>PASS</Result>
  <Time real="0.1" user="0.1" system="0"/>
  <Test>
    <Name>golden octets</Name>
    <Result>PASS</Result>
  </Test>
</Test>
<Test>
  <Name>mptcp-graph</Name>
  <Result>FAIL</Result>
  <Test>
    <Name>one link</Name>
    <Result>PASS</Result>
  </Test>
  <Test>
    <Name>two ways</Name>
    <Result>FAIL</Result>
    <FailureDetails>
      <Condition>octets (actual) == 10 (limit)</Condition>
      <Actual>0</Actual>
      <Limit>10</Limit>
      <Message>all &lt;octets&gt; arrive</Message>
      <File>../contrib/mptcp/src/mptcp/test/mptcp-graph-test-suite.cc</File>
      <Line>42</Line>
    </FailureDetails>
  </Test>
</Test>
<Test>
  <Name>mptcp-long</Name>
  <Result>CRASH</Result>
</Test>
<Example>
  <Name>contrib/mptcp/examples/mptcp-two-hosts</Name>
  <Result>PASS</Result>
  <Time real="0.2"/>
</Example>
<Example>
  <Name>contrib/mptcp/examples/mptcp-two-hosts --bytes=1</Name>
  <Result>SKIP</Result>
  <Reason>skip in valgrind runs</Reason>
</Example>
</Results>
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return what looks like a tree of ns-3.45."""
    if not all(shutil.which(name) for name in ("cmake", "ctest", "ninja")):
        pytest.skip("cmake, ctest or ninja is missing")
    monkeypatch.setenv("NS3_MPTCP_SOURCE", str(ROOT))
    folder = tmp_path / "ns-3.45"
    (folder / "src" / "core").mkdir(parents=True)
    (folder / "src" / "core" / "CMakeLists.txt").touch()
    (folder / "VERSION").write_text("3.45\n")
    (folder / "ns3").write_text(PROGRAM)
    cmake = tmp_path / "bin" / "cmake"
    cmake.parent.mkdir()
    cmake.write_text(f"#!{sys.executable}\n{PROGRAM}")
    cmake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{cmake.parent}{os.pathsep}{os.environ['PATH']}")
    write = f"""
report = [x for x in sys.argv if x.startswith("--xml=")][0][len("--xml="):]
pathlib.Path(report).write_text({RESULTS!r})
sys.exit(1)
"""
    (folder / "test.py").write_text(PROGRAM + write)
    return folder


def calls(tree: Path) -> list[list[str]]:
    """Return the commands that were run in a tree, without the name of the results."""
    lines = [json.loads(line) for line in (tree / "calls").read_text().splitlines()]
    return [[word for word in line if not word.startswith("--xml=")] for line in lines]


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Return the one line with which a command is refused."""
    assert testing.main([str(word) for word in arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    return output.err.removeprefix("mptcp test: ").rstrip("\n")


def test_run(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert testing.main(["--ns3-tree", str(tree), "--jobs=3"]) == 1
    assert (tree / "contrib" / "mptcp").resolve() == ROOT
    fresh = ["--enable-modules=mptcp", "--filter-module-examples-and-tests=mptcp"]
    assert calls(tree) == [
        [
            *("ns3", "configure", "--build-profile", "default", *fresh),
            *("--enable-tests", "--enable-examples", "--disable-werror"),
        ],
        [
            *("cmake", "--build", "cmake-cache", "--parallel", "3"),
            *("--target", "test-runner", "mptcp-two-hosts", "mptcp-kernel-peer"),
        ],
        [
            *("test.py", "--no-build", "--nocolor", "--multiple"),
            *("--fullness=EXTENSIVE", "--jobs=3"),
        ],
    ]
    lines = capsys.readouterr().out.splitlines()
    assert lines[-6:] == [
        f"testing ns-3 (3.45) in {tree} ...",
        "FAIL: mptcp-graph",
        "    two ways: all <octets> arrive (octets (actual) == 10 (limit), 0;"
        " mptcp-graph-test-suite.cc:42)",
        "CRASH: mptcp-long",
        f"SKIP: the manual: {tree}/doc/models/source has no conf.py",
        "2 passed, 2 failed, 2 skipped",
    ]
    # Again, with the link there.
    assert testing.main(["--ns3-tree", str(tree), "--quick", "--modules-only", "--werror"]) == 1
    configured, built, tested = calls(tree)[3:]
    assert {"--disable-examples", "--enable-werror"} <= set(configured)
    assert built[-2:] == ["--target", "test-runner"]
    assert "--fullness=QUICK" in tested


@pytest.mark.parametrize(
    ("version", "asked"),
    [("3.37", True), ("3.40", True), ("3.41", False), ("3.46.1", False), ("3-dev", False)],
)
def test_language(tree: Path, version: str, asked: bool) -> None:
    """Up to 3.40 ns-3 takes C++17 unless it is told otherwise."""
    (tree / "VERSION").write_text(f"{version}\n")
    testing.main(["--ns3-tree", str(tree)])
    assert ("--cxx-standard=20" in calls(tree)[0]) == asked


@pytest.mark.parametrize(("step", "done"), [("configure", 1), ("--build", 2)])
def test_failing_step(tree: Path, capsys: pytest.CaptureFixture[str], step: str, done: int) -> None:
    """A step that fails ends the run, shows what it said, and counts."""
    (tree / "fails").write_text(step)
    assert testing.main(["--ns3-tree", str(tree)]) == 1
    assert len(calls(tree)) == done
    assert capsys.readouterr().out.splitlines()[-2:] == ["what went wrong", "0 passed, 1 failed"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "test.py wrote no results"),
        ("<Results><Test>", "the results of test.py cannot be read: no element found: line 1"),
        ("<Results></Results>", "test.py ran no tests"),
        ("<Results><Test><Name>a</Name></Test></Results>", "no result: a"),
        ("<Results><Test><Name>b</Name><Result>VALGR</Result></Test></Results>", "VALGR: b"),
    ],
)
def test_bad_results(tmp_path: Path, content: str | None, line: str) -> None:
    report = tmp_path / "results.xml"
    if content is not None:
        report.write_text(content)
    counts = testing.Counts()
    (said,) = ns3_tree.add_report(report, counts)
    assert said.startswith(line)
    assert str(counts) == "0 passed, 1 failed"


def test_manual(tmp_path: Path) -> None:
    """It is built with a tree's settings, and a warning fails it."""
    pytest.importorskip("sphinx")
    settings = tmp_path / "doc" / "models" / "source"
    settings.mkdir(parents=True)
    (settings / "conf.py").write_text('project = "ns-3"\nmaster_doc = "index"\n')
    counts = testing.Counts()
    assert ns3_tree.build_manual(ROOT, tmp_path, counts) == []
    manual = tmp_path / "src" / "mptcp" / "doc" / "mptcp.rst"
    manual.parent.mkdir(parents=True)
    manual.write_text("Title\n=====\n\nSee :ref:`nowhere`.\n")
    failed, reason, *_ = ns3_tree.build_manual(tmp_path, tmp_path, counts)
    assert failed == "FAIL: the manual"
    assert "nowhere" in reason
    assert str(counts) == "1 passed, 1 failed"


def test_bad_tree(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "nothing"
    line = refused(capsys, "--ns3-tree", missing)
    assert line == f"--ns3-tree {missing}: there is no such folder"
    line = refused(capsys, "--ns3-tree", tmp_path)
    assert line == f"--ns3-tree {tmp_path} is no source tree of ns-3: it has no VERSION"
    for version in ("3.36.1", "3.4", "2.35", "", "three\nlines"):
        (tree / "VERSION").write_text(version)
        line = refused(capsys, "--ns3-tree", tree)
        assert line == f"--ns3-tree {tree} has ns-3 {version!r}: 3.37 or later is needed"
    assert not (tree / "contrib").exists()
    assert not (tree / "calls").exists()


def test_place_is_taken(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What somebody else has put there stays."""
    place = tree / "contrib" / "mptcp"
    place.mkdir(parents=True)
    (place / "file").touch()
    line = refused(capsys, "--ns3-tree", tree)
    assert line == f"{place} is not this checkout ({ROOT}): remove or move it"
    assert (place / "file").exists()
    shutil.rmtree(place)
    place.symlink_to(tmp_path / "gone")
    assert refused(capsys, "--ns3-tree", tree).startswith(f"{place} is not this checkout")
    assert place.readlink() == tmp_path / "gone"
    place.unlink()
    place.parent.rmdir()
    place.parent.touch()
    line = refused(capsys, "--ns3-tree", tree)
    assert line == f"{place} cannot be made: File exists"
    assert not (tree / "calls").exists()


def test_options_that_do_not_fit(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--modules-only", "--werror"):
        assert refused(capsys, option) == f"{option} needs --ns3-tree DIR"
    others = {
        "--cpp": ["--cpp"],
        "--ns3-prefix": ["--ns3-prefix", "/usr"],
        "--sanitize": ["--sanitize", "address"],
        "--build-dir": ["--build-dir", "build/x"],
        "--define": ["-D", "MPTCP_UNITY=ON"],
        "arguments for pytest": ["--", "-k", "help"],
    }
    for name, arguments in others.items():
        line = refused(capsys, "--ns3-tree", tree, *arguments)
        assert line == f"--ns3-tree and {name} do not go together"
    assert not (tree / "calls").exists()


def test_examples_to_run() -> None:
    """The file is read as test.py of every release does, and names programs that are built."""
    text = (ROOT / "test" / "examples-to-run.py").read_text()
    lists = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert set(lists) == {"cpp_examples", "python_examples"}
    programs = {path.stem for path in (ROOT / "src/mptcp/examples").glob("*.cc")}
    assert programs == set(ns3_tree.EXAMPLES)
    assert {name.split()[0] for name, _, _ in lists["cpp_examples"]} <= programs


def test_refusal_is_a_usage_error() -> None:
    """Whoever calls from Python gets what the command prints."""
    with pytest.raises(UsageError, match="there is no such folder"):
        ns3_tree.read_version(Path(os.devnull) / "ns-3")
