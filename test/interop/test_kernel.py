# SPDX-License-Identifier: GPL-2.0-only
"""The simulated host against the MPTCP of this machine's Linux kernel, over two TAP interfaces.

Skipped with a reason where the machine cannot do it. With MPTCP_REQUIRE_KERNEL=1 in the
environment, as in continuous integration, a skip is a failure. The pcap files of each run are in
pytest's temporary directory, which the failure message names.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from capture import payload_by_sender, unmapped_segments
from kernel_host import KernelHost, kernel_mptcp_available
from kernel_peer import INFO_FLAG_FALLBACK, INFO_FLAG_REMOTE_KEY_RECEIVED

PEER = Path(__file__).with_name("kernel_peer.py")
RUN_SECONDS = 60
SIZE = 4 << 20
TAP = "tap"
KERNEL_ENDPOINT = 7
SIMULATED = ("10.200.1.2", "10.200.2.2", "fdc8:1::2", "fdc8:2::2")

# By the simulated host's role. Its client joins every pair of addresses beside the initial one; the
# kernel joins each address announced, and those of IPv4 from an IPv6 socket too.
JOINS = {"client": 3, "server": 1}

# Counters of the kernel that stay at zero in a connection between two correct hosts.
FAULTS = (
    "MPCapableFallbackACK",
    "MPCapableFallbackSYNACK",
    "MPCapableDataFallback",
    "MPFallbackTokenInit",
    "DssFallback",
    "SimultConnectFallback",
    "FallbackFailed",
    "DSSNotMatching",
    "DSSCorruptionFallback",
    "DSSCorruptionReset",
    "DSSNoMatchTCP",
    "DataCsumErr",
    "InfiniteMapTx",
    "InfiniteMapRx",
    "MPFailTx",
    "MPFailRx",
    "MPFastcloseTx",
    "MPFastcloseRx",
    "MPRstTx",
    "MPRstRx",
    "MPJoinNoTokenFound",
    "MPJoinSynAckHMacFailure",
    "MPJoinAckHMacFailure",
    "MPJoinRejected",
    "AddAddrDrop",
    "RmAddrDrop",
    "Blackhole",
)


def simulator() -> Path | None:
    """The program mptcp-kernel-peer: as told by the environment, or as installed."""
    named = os.environ.get("MPTCP_KERNEL_PEER")
    if named:
        return Path(named)
    package = importlib.util.find_spec("ns3_mptcp")
    for folder in (package.submodule_search_locations or ()) if package else ():
        program = Path(folder) / "bin" / "mptcp-kernel-peer"
        if program.exists():
            return program
    found = shutil.which("mptcp-kernel-peer")
    return Path(found) if found else None


@pytest.fixture(scope="module", autouse=True)
def requirements() -> None:
    reason = kernel_mptcp_available()
    if not reason and simulator() is None:
        reason = "the program mptcp-kernel-peer was not built (it needs ns-3's fd-net-device)"
    if reason and os.environ.get("MPTCP_REQUIRE_KERNEL") == "1":
        pytest.fail(f"MPTCP_REQUIRE_KERNEL=1, but {reason}")
    if reason:
        pytest.skip(reason)


@dataclass
class Outcome:
    """What both ends and the kernel's counters say of one run."""

    simulated: dict[str, object]
    kernel: dict[str, object]
    counters: dict[str, int] = field(default_factory=dict)
    directory: Path = Path()

    def __str__(self) -> str:
        counted = {name: value for name, value in self.counters.items() if value}
        return (
            f"\nsimulated host: {self.simulated}\nkernel: {self.kernel}\ncounters: {counted}"
            f"\npcap files, output and ss: {self.directory}"
        )


def run(
    directory: Path,
    role: str,
    family: int,
    *,
    socket: str = "mptcp",
    kernel_socket: str | None = None,
    up: int = SIZE,
    down: int = SIZE,
    checksum: bool = False,
    simulator_options: tuple[str, ...] = (),
    kernel_endpoint: tuple[str, ...] = ("signal",),
    kernel_arguments: tuple[str, ...] = (),
    during: Callable[[KernelHost], None] | None = None,
) -> Outcome:
    """One connection; `role` and `socket` are the simulated host's, `up` is client to server."""
    program = simulator()
    assert program is not None
    common = (f"--up={up}", f"--down={down}", "--seed=7")
    kernel_options = (f"--socket={kernel_socket or socket}", *common, *kernel_arguments)
    with KernelHost() as host:
        host.sysctl("net.mptcp.enabled", 1)
        host.sysctl("net.mptcp.checksum_enabled", int(checksum))
        if socket == "tcp":
            # Stock ns-3 ends in an assertion or a crash when a D-SACK (RFC 2883) tells of its
            # first segment or of none in flight (TcpTxBuffer::Update).
            host.sysctl("net.ipv4.tcp_dsack", 0)
        host.mptcp_limits()
        simulated = host.start(
            program,
            f"--role={role}",
            f"--family={family}",
            f"--tap={TAP}",
            f"--pcap={directory / 'simulated'}",
            f"--stop={RUN_SECONDS}",
            "--wait",
            f"--socket={socket}",
            *common,
            *simulator_options,
        )
        simulated.wait_ready()
        host.configure_taps(TAP)
        second = "10.200.2.1" if family == 4 else "fdc8:2::1"
        if role == "client" or kernel_endpoint != ("signal",):
            # A server's other address becomes known to the client by ADD_ADDR.
            host.run(
                "ip", "mptcp", "endpoint", "add", second, "id", str(KERNEL_ENDPOINT),
                "dev", f"{TAP}1", *kernel_endpoint,
            )  # fmt: skip
        if role == "client":
            address = "0.0.0.0" if family == 4 else "::"
            kernel = host.start(sys.executable, PEER, "server", address, *kernel_options)
            kernel.wait_ready()
            simulated.proceed()
        else:
            address = "10.200.1.2" if family == 4 else "fdc8:1::2"
            kernel = host.start(sys.executable, PEER, "client", address, *kernel_options)
            kernel.wait_ready()
            simulated.proceed()
        if during:
            during(host)
        kernel_result = kernel.result(RUN_SECONDS)
        (directory / "ss.txt").write_text(host.run("ss", "-Mani") + host.run("ss", "-tani"))
        outcome = Outcome(simulated.result(RUN_SECONDS), kernel_result, host.counters(), directory)
        (directory / "output.txt").write_text("".join(simulated.output + kernel.output))
        (directory / "counters.json").write_text(json.dumps(outcome.counters, indent=1))
    return outcome


def sizes(role: str, simulated: int, kernel: int) -> dict[str, int]:
    """The arguments `up` and `down` of run() for what the two ends send."""
    up, down = (simulated, kernel) if role == "client" else (kernel, simulated)
    return {"up": up, "down": down}


def run_joined(
    directory: Path,
    role: str,
    family: int,
    *,
    checksum: bool = False,
    link: tuple[str, ...] = (),
    up: int = SIZE,
    down: int = SIZE,
) -> Outcome:
    """One connection that has all its subflows before it has more than a kilobyte to send.

    The kernel rejects a join to a connection that either end has begun to close: what is short may
    be over by then, and what a full queue drops of a handshake is repeated after a second.
    """
    return run(
        directory, role, family, checksum=checksum, up=up, down=down,
        simulator_options=(*link, f"--joins={JOINS[role]}"), kernel_arguments=("--after-joins",),
    )  # fmt: skip


def assert_exact(outcome: Outcome) -> None:
    assert outcome.simulated["ok"], outcome
    assert outcome.kernel["ok"], outcome


def assert_multipath(outcome: Outcome, role: str) -> None:
    """The kernel saw MPTCP from beginning to end, used both links, and found no fault."""
    counters = outcome.counters
    if role == "client":
        expected = ("MPCapableSYNRX", "MPCapableACKRX")
        joins = ("MPJoinSynRx", "MPJoinAckRx")
    else:
        expected = ("MPCapableSYNTX", "MPCapableSYNACKRX")
        joins = ("MPJoinSynTx", "MPJoinSynAckRx")
    for name in expected:
        assert counters[name] == 1, f"{name}{outcome}"
    for name in joins:
        assert counters[name] >= JOINS[role], f"{name}{outcome}"
    faults = {name: counters[name] for name in FAULTS if counters.get(name, 0) != 0}
    assert not faults, f"{faults}{outcome}"

    info = outcome.kernel["info"]
    assert isinstance(info, dict) and info, f"the kernel's socket is not MPTCP{outcome}"
    assert info["flags"] & INFO_FLAG_FALLBACK == 0, f"fallback{outcome}"
    assert info["flags"] & INFO_FLAG_REMOTE_KEY_RECEIVED, f"no key received{outcome}"
    assert info["subflows"] >= 1, f"no second subflow{outcome}"

    # Data, not handshakes alone, by both links; and each segment with its mapping.
    for path in sorted(outcome.directory.glob("simulated-*.pcap")):
        octets = payload_by_sender(path)
        simulated = sum(size for source, size in octets.items() if source in SIMULATED)
        assert simulated > 65536, f"{path.name}: {octets}{outcome}"
        for source in octets:
            unmapped = unmapped_segments(path, source)
            assert unmapped == 0, f"{path.name}: {unmapped} from {source}{outcome}"


@pytest.mark.parametrize("family", (4, 6))
@pytest.mark.parametrize("role", ("client", "server"))
def test_plain_tcp(tmp_path: Path, role: str, family: int) -> None:
    """The TAP path alone: stock TCP of ns-3 and of the kernel.

    The kernel closes first: stock ns-3 that has closed already never acknowledges a FIN that
    carries data (TcpSocketBase::ProcessWait).
    """
    options = ("--close-last",)
    assert_exact(run(tmp_path, role, family, socket="tcp", simulator_options=options))


@pytest.mark.parametrize("checksum", (False, True), ids=("plain", "checksum"))
@pytest.mark.parametrize("family", (4, 6), ids=("ipv4", "ipv6"))
@pytest.mark.parametrize("role", ("client", "server"))
def test_mptcp(tmp_path: Path, role: str, family: int, checksum: bool) -> None:
    outcome = run_joined(tmp_path, role, family, checksum=checksum)
    assert_exact(outcome)
    assert_multipath(outcome, role)


@pytest.mark.parametrize("first", ("simulated", "kernel"))
@pytest.mark.parametrize("role", ("client", "server"))
def test_half_close(tmp_path: Path, role: str, first: str) -> None:
    """One end closes its direction long before the other has sent everything."""
    amounts = (
        sizes(role, SIZE // 16, SIZE) if first == "simulated" else sizes(role, SIZE, SIZE // 16)
    )
    outcome = run_joined(tmp_path, role, 4, **amounts)
    assert_exact(outcome)
    faults = {name for name in FAULTS if outcome.counters.get(name, 0)}
    assert not faults, f"{faults}{outcome}"


@pytest.mark.parametrize(("simulated", "kernel"), (("mptcp", "tcp"), ("tcp", "mptcp")))
@pytest.mark.parametrize("role", ("client", "server"))
def test_fallback(tmp_path: Path, role: str, simulated: str, kernel: str) -> None:
    """One end has a plain TCP socket: the other end's MPTCP socket falls back, and data flows."""
    # Stock TCP closes last, as in test_plain_tcp.
    options = ("--close-last",) if simulated == "tcp" else ()
    outcome = run(
        tmp_path,
        role,
        4,
        socket=simulated,
        kernel_socket=kernel,
        simulator_options=options,
    )
    assert_exact(outcome)
    for name in ("MPCapableACKRX", "MPCapableSYNACKRX", "MPJoinSynRx", "MPJoinSynAckRx"):
        assert outcome.counters[name] == 0, f"{name}{outcome}"
    if kernel == "mptcp" and role == "server":
        assert outcome.counters["MPCapableFallbackSYNACK"] == 1, outcome


@pytest.mark.parametrize("role", ("client", "server"))
def test_lossy_queue(tmp_path: Path, role: str) -> None:
    """A queue of ten packets before each link: what it drops is retransmitted."""
    outcome = run_joined(tmp_path, role, 4, link=("--queue=10p", "--rate=20Mb/s"))
    assert_exact(outcome)
    assert_multipath(outcome, role)


def tshark(capture: Path, display_filter: str, *columns: str) -> list[str]:
    """The packets that match, by their columns; checksums are verified."""
    command = ["tshark", "-r", str(capture), "-Y", display_filter]
    for protocol in ("ip", "tcp"):
        command += ["-o", f"{protocol}.check_checksum:TRUE"]
    if columns:
        command += ["-T", "fields"]
    for column in columns:
        command += ["-e", column]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=RUN_SECONDS)
    return done.stdout.splitlines()


@pytest.mark.skipif(
    shutil.which("tshark") is None or shutil.which("mergecap") is None,
    reason="the programs tshark and mergecap are not installed (Debian: tshark)",
)
@pytest.mark.parametrize("checksum", (False, True), ids=("plain", "checksum"))
@pytest.mark.parametrize("role", ("client", "server"))
def test_decoded_by_tshark(tmp_path: Path, role: str, checksum: bool) -> None:
    """Wireshark finds no error in what both ends sent, and puts all subflows in one connection."""
    outcome = run(tmp_path, role, 4, checksum=checksum, up=1 << 20, down=1 << 20)
    assert_exact(outcome)
    merged = tmp_path / "merged.pcapng"
    parts = sorted(map(str, tmp_path.glob("simulated-*.pcap")))
    subprocess.run(["mergecap", "-w", str(merged), *parts], check=True, timeout=RUN_SECONDS)
    errors = tshark(merged, "_ws.malformed || _ws.expert.severity == 8388608")
    assert not errors, "\n".join([*errors[:20], str(outcome)])
    streams = set(tshark(merged, "mptcp && tcp.len > 0", "mptcp.stream"))
    assert streams == {"0"}, f"{streams}{outcome}"
    joins = tshark(merged, "tcp.options.mptcp.recvtok", "tcp.options.mptcp.recvtok")
    expected = set(tshark(merged, "mptcp.expected_token", "mptcp.expected_token"))
    assert joins and set(joins) <= expected, f"{joins} {expected}{outcome}"


def wait_for_data(host: KernelHost, octets: int = 400_000) -> None:
    """Until the simulation has sent so much by the second link."""
    deadline = time.monotonic() + RUN_SECONDS
    while host.received_octets(f"{TAP}1") < octets:
        assert time.monotonic() < deadline, "the second link carried no data"
        time.sleep(0.02)


def cut_second_link(host: KernelHost) -> None:
    """Takes the second link down for good once the simulation has sent half a megabyte by it."""
    wait_for_data(host, 500_000)
    host.run("ip", "link", "set", f"{TAP}1", "down")


@pytest.mark.parametrize("role", ("client", "server"))
def test_link_cut(tmp_path: Path, role: str) -> None:
    """A link dies in the middle of the transfer: the other one delivers what it had in flight."""
    outcome = run(
        tmp_path,
        role,
        4,
        up=16 << 20,
        down=16 << 20,
        simulator_options=("--rate=20Mb/s",),
        during=cut_second_link,
    )
    assert_exact(outcome)
    assert outcome.counters["MPCapableFallbackACK"] == 0, outcome
    assert outcome.counters["MPCapableFallbackSYNACK"] == 0, outcome


# ---- The matrix: role x family x checksum x what happens in mid-transfer ----

MATRIX_SIZE = 3 << 20
MIDDLE = MATRIX_SIZE // 3
# REMOVE_ADDR and MP_PRIO are not repeated (RFC 8684, sections 3.3.8 and 3.4.2): where they have to
# arrive, the queue holds all that the windows admit.
MATRIX_LINK = ("--rate=20Mb/s", "--queue=10000p")


def matrix(test: Callable[..., None]) -> Callable[..., None]:
    """Both roles of the simulated host, both families, with and without DSS checksums."""
    for name, values, ids in (
        ("checksum", (False, True), ("plain", "checksum")),
        ("family", (4, 6), ("ipv4", "ipv6")),
        ("role", ("client", "server"), None),
    ):
        test = pytest.mark.parametrize(name, values, ids=ids)(test)
    return test


def simulated_endpoint(role: str, *flags: str) -> str:
    """A client dials from its second address, a server announces it."""
    return "--endpoint=" + ",".join(("subflow" if role == "client" else "signal", *flags))


def simulated_counters(outcome: Outcome) -> dict[str, int]:
    counters = outcome.simulated.get("counters")
    assert isinstance(counters, dict), outcome
    return counters


def assert_no_faults(outcome: Outcome, *allowed: str) -> None:
    """Neither side counted what only a broken peer or path would cause."""
    for side, counters in (
        ("kernel", outcome.counters),
        ("simulated", simulated_counters(outcome)),
    ):
        faults = {n: counters[n] for n in FAULTS if counters.get(n, 0) and n not in allowed}
        assert not faults, f"{side}: {faults}{outcome}"


def kernel_removes(host: KernelHost) -> None:
    wait_for_data(host)
    host.run("ip", "mptcp", "endpoint", "delete", "id", str(KERNEL_ENDPOINT))


def kernel_makes_backup(host: KernelHost) -> None:
    wait_for_data(host)
    host.run("ip", "mptcp", "endpoint", "change", "id", str(KERNEL_ENDPOINT), "backup")


@matrix
def test_kernel_removes_address(tmp_path: Path, role: str, family: int, checksum: bool) -> None:
    """REMOVE_ADDR of the kernel in mid-transfer: its subflows end, no octet is lost."""
    flag = "signal" if role == "client" else "subflow"
    outcome = run(
        tmp_path, role, family, checksum=checksum, up=MATRIX_SIZE, down=MATRIX_SIZE,
        simulator_options=MATRIX_LINK, kernel_endpoint=(flag,), during=kernel_removes,
    )  # fmt: skip
    assert_exact(outcome)
    assert outcome.counters["RmAddrTx"] >= 1, outcome
    assert simulated_counters(outcome).get("RmAddr", 0) >= 1, outcome
    # The simulated host cannot know who resets first what both sides give up at once.
    assert_no_faults(outcome, "MPRstTx", "MPRstRx", "RmAddrDrop")


@matrix
def test_simulated_removes_address(tmp_path: Path, role: str, family: int, checksum: bool) -> None:
    """REMOVE_ADDR of the simulated host in mid-transfer."""
    outcome = run(
        tmp_path, role, family, checksum=checksum, up=MATRIX_SIZE, down=MATRIX_SIZE,
        simulator_options=(
            *MATRIX_LINK, simulated_endpoint(role), "--action=remove", f"--at={MIDDLE}",
        ),
    )  # fmt: skip
    assert_exact(outcome)
    assert simulated_counters(outcome).get("RmAddrTx", 0) >= 1, outcome
    assert outcome.counters["RmAddr"] >= 1, outcome
    assert simulated_counters(outcome).get("RmSubflow", 0) >= 1, outcome
    assert_no_faults(outcome, "MPRstTx", "MPRstRx", "MPJoinRejected")


@matrix
def test_simulated_backup(tmp_path: Path, role: str, family: int, checksum: bool) -> None:
    """A backup endpoint of the simulated host: the kernel learns of it, neither side uses it.

    The bound is that of the kernel's own test (mptcp_join.sh, backup link unused): 5 %. A kernel
    that sees no progress for a while may reinject there.
    """
    outcome = run(
        tmp_path, role, family, checksum=checksum, up=MATRIX_SIZE, down=MATRIX_SIZE,
        simulator_options=(*MATRIX_LINK, simulated_endpoint(role, "backup")),
    )  # fmt: skip
    assert_exact(outcome)
    name = "MPJoinSynBackupRx" if role == "client" else "MPJoinSynAckBackupRx"
    assert outcome.counters[name] >= 1, f"{name}{outcome}"
    second = sorted(tmp_path.glob("simulated-*.pcap"))[1]
    total = sum(payload_by_sender(second).values())
    assert total <= 2 * MATRIX_SIZE * 0.05, f"{total} octets by the backup link{outcome}"
    assert_no_faults(outcome)


@matrix
def test_kernel_changes_priority(tmp_path: Path, role: str, family: int, checksum: bool) -> None:
    """MP_PRIO of the kernel in mid-transfer."""
    flag = "signal" if role == "client" else "subflow"
    outcome = run(
        tmp_path, role, family, checksum=checksum, up=MATRIX_SIZE, down=MATRIX_SIZE,
        simulator_options=MATRIX_LINK, kernel_endpoint=(flag,), during=kernel_makes_backup,
    )  # fmt: skip
    assert_exact(outcome)
    assert outcome.counters["MPPrioTx"] >= 1, outcome
    assert simulated_counters(outcome).get("MPPrioRx", 0) >= 1, outcome
    assert_no_faults(outcome)


@matrix
def test_simulated_changes_priority(tmp_path: Path, role: str, family: int, checksum: bool) -> None:
    """MP_PRIO of the simulated host in mid-transfer."""
    outcome = run(
        tmp_path, role, family, checksum=checksum, up=MATRIX_SIZE, down=MATRIX_SIZE,
        simulator_options=(
            *MATRIX_LINK, simulated_endpoint(role), "--action=backup", f"--at={MIDDLE}",
        ),
    )  # fmt: skip
    assert_exact(outcome)
    assert simulated_counters(outcome).get("MPPrioTx", 0) >= 1, outcome
    assert outcome.counters["MPPrioRx"] >= 1, outcome
    assert_no_faults(outcome)


@matrix
def test_kernel_aborts(tmp_path: Path, role: str, family: int, checksum: bool) -> None:
    """MP_FASTCLOSE of the kernel: the simulated application gets an error."""
    outcome = run(
        tmp_path, role, family, checksum=checksum, up=MATRIX_SIZE, down=MATRIX_SIZE,
        simulator_options=MATRIX_LINK, kernel_arguments=(f"--abort-at={MIDDLE}",),
    )  # fmt: skip
    assert outcome.kernel.get("aborted"), outcome
    assert outcome.simulated["error"] == "connection reset", outcome
    assert outcome.simulated["mismatch"] == -1 and outcome.kernel["mismatch"] == -1, outcome
    assert outcome.counters["MPFastcloseTx"] >= 1, outcome
    assert simulated_counters(outcome).get("MPFastcloseRx", 0) == 1, outcome


@matrix
def test_simulated_aborts(tmp_path: Path, role: str, family: int, checksum: bool) -> None:
    """MP_FASTCLOSE of the simulated host: the kernel's application gets an error."""
    outcome = run(
        tmp_path, role, family, checksum=checksum, up=MATRIX_SIZE, down=MATRIX_SIZE,
        simulator_options=(*MATRIX_LINK, "--close-last", "--action=abort", f"--at={MIDDLE}"),
    )  # fmt: skip
    # The stream to the kernel may be complete by then, but has not ended. Either of the two threads
    # of the application meets the abort first.
    error = str(outcome.kernel["error"])
    assert "Connection reset" in error or "Broken pipe" in error, outcome
    assert outcome.kernel["mismatch"] == -1 and outcome.simulated["mismatch"] == -1, outcome
    assert simulated_counters(outcome).get("MPFastcloseTx", 0) >= 1, outcome
    assert outcome.counters["MPFastcloseRx"] >= 1, outcome


@matrix
def test_link_cut_matrix(tmp_path: Path, role: str, family: int, checksum: bool) -> None:
    """A path is gone in mid-transfer, for good and without a word."""
    outcome = run(
        tmp_path, role, family, checksum=checksum, up=MATRIX_SIZE * 2, down=MATRIX_SIZE * 2,
        simulator_options=MATRIX_LINK, during=cut_second_link,
    )  # fmt: skip
    assert_exact(outcome)
    assert_no_faults(outcome, "MPRstTx", "MPRstRx")
