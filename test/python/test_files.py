# SPDX-License-Identifier: GPL-2.0-only
"""Places that cannot be written, full disks, missing files: one line, and nothing is lost."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ns3_mptcp.analysis import trace, tshark

FAST = ["--quiet", "--bytes", "300kB"]

#: Runs a command on a file system of its own that is full after so many octets, or read-only.
MOUNT = 'mount -t tmpfs -o "$1" none "$2" && shift 2 && exec "$@"'


def mounted(options: str, place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command that sees another file system in a place, or skip the test."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare")
    unshare = ["unshare", "--mount", "--propagation", "private", "sh", "-c", MOUNT, "sh", options]
    unshare.append(str(place))
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a file system in a namespace of its own")
    return subprocess.run(
        [*unshare, *command], capture_output=True, text=True, check=False, timeout=300
    )


def mptcp_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ns3_mptcp.cli", *arguments]


def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    """It is there, so that making it succeeds. Nothing is simulated."""
    for arguments in (["run", "two-path"], ["fidelity", "F27", "--quick"]):
        out = str(tmp_path)
        done = mounted("ro", tmp_path, *mptcp_command(*arguments, "--out", out))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"mptcp: cannot write to {out}: Read-only file system\n"


@pytest.mark.parametrize("size", ["60k", "200k", "400k"])
def test_a_full_disk(tmp_path: Path, size: str) -> None:
    """In the first simulation, in a later one, and when figures are drawn."""
    command = mptcp_command("run", "two-path", *FAST, "--json", "--out", str(tmp_path))
    done = mounted(f"size={size}", tmp_path, *command)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith(f"mptcp: cannot write to {tmp_path}")
    if size == "60k":
        assert done.stdout == ""
        return
    # What was complete is told, as it cannot be written.
    results = json.loads(done.stdout)["results"]
    assert results["mptcp"]["bytes"] == 300000


def limited(octets: int) -> None:
    """Let the system refuse files that are larger, as a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))


@pytest.mark.parametrize(
    ("pcap", "named"), [("off", ".csv: File too large"), ("on", ": File too large")]
)
def test_a_table_or_capture_that_is_cut(mptcp, tmp_path: Path, pcap: str, named: str) -> None:
    """Also where there is room for the summary."""
    done = mptcp(
        *("run", "two-path", *FAST, "--bytes", "1MB", "--no-figures", "--out", str(tmp_path)),
        *("--pcap", pcap, "--json"),
        preexec_fn=lambda: limited(20000),
    )
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert named in done.stderr


TRANSFER = """
import resource, sys
from pathlib import Path
from ns3_mptcp import guards, load
from ns3_mptcp.capture import capture
ns = load()
out = Path(sys.argv[1])
ns.Config.SetDefault("ns3::PcapFileWrapper::CaptureSize", 128)
topology = ns.MptcpTopologyHelper(2)
topology.Build()
ns.MptcpStackHelper().Install(topology.GetNodes())
local = ns.InetSocketAddress(ns.Ipv4Address.GetAny(), 5001).ConvertTo()
ns.PacketSinkHelper("ns3::MptcpSocketFactory", local).Install(topology.GetServer())
remote = topology.GetSocketAddress(topology.SERVER, 0, 5001)
ns.BulkSendHelper("ns3::MptcpSocketFactory", remote).Install(topology.GetClient())
devices = [topology.GetDevice(topology.CLIENT, path) for path in range(2)]
def run(until):
    ns.Simulator.Stop(ns.Seconds(until) - ns.Simulator.Now())
    ns.Simulator.Run()
"""


def test_captures_are_those_of_ns3(python, tmp_path: Path) -> None:
    """Octet by octet, for packets shorter and longer than what is written of them."""
    done = python(
        TRANSFER.replace("sys.argv[1]", repr(str(tmp_path)))
        + """
with guards.open_files():
    for path, device in enumerate(devices):
        ns.PointToPointHelper().EnablePcap(str(out / "theirs"), device, False)
        capture(ns, device, out / f"ours-0-{path}.pcap", 128)
    run(2)
ns.Simulator.Destroy()
"""
    )
    assert done.returncode == 0, done.stderr
    theirs, ours = (sorted(tmp_path.glob(f"{who}-*.pcap")) for who in ("theirs", "ours"))
    assert len(theirs) == len(ours) == 2
    for one, other in zip(theirs, ours):
        assert one.stat().st_size > 100000
        assert one.read_bytes() == other.read_bytes()


def test_a_capture_that_is_cut(python, tmp_path: Path) -> None:
    """It is told at its end, and the simulation goes on, then and after that."""
    done = python(
        TRANSFER.replace("sys.argv[1]", repr(str(tmp_path)))
        + """
try:
    with guards.open_files():
        capture(ns, devices[0], out / "cut.pcap", 128)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        run(2)
    raise SystemExit("nothing told")
except OSError as error:
    assert (error.strerror, error.filename) == ("File too large", str(out / "cut.pcap")), error
run(3)
assert ns.Simulator.Now().GetSeconds() == 3
"""
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", [".", "mptcp", "tcp-path2", "summary.json", "figures"])
def test_what_is_in_the_way(mptcp, tmp_path: Path, name: str) -> None:
    """A file in the place of a folder, or the other way round."""
    out = tmp_path / "out"
    if name == ".":
        out.write_text("")
    elif name == "summary.json":
        (out / name).mkdir(parents=True)
    else:
        out.mkdir()
        (out / name).write_text("")
    done = mptcp("run", "two-path", *FAST, "--out", str(out), "--json")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith(f"mptcp: cannot write to {out}")
    # Figures come last: what was computed is there.
    assert (done.stdout != "") == (name == "figures")
    assert (out / "summary.json").is_file() == (name == "figures")


def test_a_table_of_a_program(python, tmp_path: Path) -> None:
    """Without the command, too, an exception takes the place of an abort."""
    done = python(
        f"""
import resource
from ns3_mptcp import load
ns = load()
try:
    ns.MptcpTraceHelper({str(tmp_path / "nowhere")!r})
    raise SystemExit("opened")
except OSError as error:
    assert error.strerror == "No such file or directory" and "nowhere" in error.filename
topology = ns.MptcpTopologyHelper(2)
topology.Build()
ns.MptcpStackHelper().Install(topology.GetNodes())
helper = ns.MptcpTraceHelper({str(tmp_path)!r})
helper.Install(topology.GetNodes())
local = ns.InetSocketAddress(ns.Ipv4Address.GetAny(), 5001).ConvertTo()
ns.PacketSinkHelper("ns3::MptcpSocketFactory", local).Install(topology.GetServer())
remote = topology.GetSocketAddress(topology.SERVER, 0, 5001)
ns.BulkSendHelper("ns3::MptcpSocketFactory", remote).Install(topology.GetClient())
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
ns.Simulator.Stop(ns.Seconds(3))
ns.Simulator.Run()
try:
    helper.Close()
    raise SystemExit("closed")
except OSError as error:
    assert error.strerror == "File too large" and error.filename.endswith(".csv"), error
"""
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_captures_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for captures in (
        tmp_path / "none.pcap",
        [tmp_path / "none.pcap", tmp_path / "neither.pcap"],
        tmp_path / "folder",
    ):
        for function in (tshark.read, tshark.oracle, tshark.tables):
            with pytest.raises(trace.TraceError, match=r"^no such capture: .*(none\.pcap|folder)$"):
                function(captures)
    with pytest.raises(trace.TraceError, match="no capture, allowed: one or more"):
        tshark.read([])
    assert issubclass(trace.TraceError, ValueError)


def test_the_file_of_a_benchmark(mptcp, tmp_path: Path) -> None:
    """Before minutes of work, and not after."""
    for place, why in ((tmp_path, "Is a directory"), (tmp_path / "no/x", "No such file")):
        done = mptcp("bench", "--out", str(place))
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1 and why in done.stderr


def test_a_table_that_cannot_be_made(python, tmp_path: Path) -> None:
    """Whichever it is: the C++ helper would stop the process."""
    done = python(
        f"""
from pathlib import Path
from ns3_mptcp import load
from ns3_mptcp.analysis import schema
ns = load()
for table in (*schema.TABLES, *schema.OPTIONAL_TABLES):
    out = Path({str(tmp_path)!r}, table)
    (out / f"{{table}}.csv").mkdir(parents=True)
    try:
        ns.MptcpTraceHelper(str(out))
        raise SystemExit(table)
    except IsADirectoryError as error:
        assert error.filename == str(out / f"{{table}}.csv"), error
"""
    )
    assert done.returncode == 0, done.stderr
