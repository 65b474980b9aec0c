# SPDX-License-Identifier: GPL-2.0-only
"""The interpreter of packetdrill's language: our scripts, and what it says about bad ones."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "conform"
CATEGORIES = sorted(path.name for path in SCRIPTS.iterdir() if path.is_dir())

#: A script that ends after the handshake of a server; line 6 is free.
HEAD = """0 socket(..., SOCK_STREAM, IPPROTO_MPTCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1460, sackOK, nop, wscale 8, mpcapable v1 flags[flag_h] nokey>
+0 > S. 0:0(0) ack 1 <mss 1460, sackOK, nop, wscale 8, mpcapable v1 flags[flag_h] key[skey]>
"""


def conform(mptcp, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command; the programs are those of the build in use."""
    done = mptcp("conform", *map(str, arguments))
    assert "no mptcp-conform" not in done.stderr, "build the programs"
    return done


@pytest.mark.parametrize("category", CATEGORIES)
def test_scripts(mptcp, category: str) -> None:
    done = conform(mptcp, SCRIPTS / category)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = re.fullmatch(r"(\d+) passed, 0 failed, 0 unsupported", done.stdout.splitlines()[-1])
    assert counts
    assert int(counts.group(1)) >= len(list((SCRIPTS / category).glob("*.pkt")))


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ("+0 < S 0:0(0)", "FAIL", "an inbound packet needs a window"),
        ("+0 > . 1:5(3) ack 1", "FAIL", "the sequence numbers do not fit the payload size"),
        ("+0 > Q 1:1(0)", "FAIL", "'Q' are no TCP flags"),
        ("+0 > . 1:1(0) <mpcapable v1 flags[flag_z] nokey>", "FAIL", "flag_a to flag_h expected"),
        ("+0 > . 1:1(0) <dss dack9=1>", "FAIL", "'dack9' is no field of dss"),
        ("+0 > . 1:1(0) <mp_jion_ack>", "FAIL", "'mp_jion_ack' is no TCP option"),
        ("+0 > . 1:1(0) <mss 70000>", "FAIL", "an MSS 70000 is not within 0..65535"),
        ("+0 > . 1:1(0) <FO abc>", "FAIL", "'abc' has half an octet"),
        ("+0 > . 1:1(0) <add_address address_id=1>", "FAIL", "add_address needs addr[...]"),
        ("+0~1 > . 1:1(0)", "FAIL", "both ends of a range are relative"),
        ("+2~+1 > . 1:1(0)", "FAIL", "the range ends before it starts"),
        ("* < . 1:1(0) ack 1 win 5", "FAIL", "for outbound packets only"),
        ("+0 write(4, ..., = 1", "FAIL", "a value expected"),
        ("+0 /* no end", "FAIL", "comment without its end"),
        ("+0 `nstat -n", "FAIL", "` without its end"),
        ("+x write(4, ..., 1) = 1", "FAIL", "a time in seconds expected"),
        ("+0 < udp (10)", "UNSUPPORTED", "packets of udp"),
        ("+0 %{ assert 1 }%", "UNSUPPORTED", "code in %{ }%"),
        ("+0 f(" + "[" * 20000, "FAIL", "brackets are nested too deep"),
        ("+0 write(4, ..., 99999999999999999999) = 1", "FAIL", "the number is too large"),
        ("+0 \x01(4) = 1", "FAIL", "a packet, a system call or a command expected, not '\\x01'"),
    ],
)
def test_bad_text(mptcp, tmp_path: Path, line: str, kind: str, message: str) -> None:
    script = tmp_path / "bad.pkt"
    script.write_text(HEAD + line + "\n")
    done = conform(mptcp, "--parse", script)
    assert done.returncode == 1
    verdict, where = done.stdout.splitlines()[:2]
    assert verdict.split()[0] == kind
    assert where.strip().startswith(f"{script}:6: ")
    assert message in where


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ("+0 `reboot now`", "UNSUPPORTED", "command 'reboot now'"),
        ("+0 `sysctl -q net.mptcp.nonsense=1`", "UNSUPPORTED", "sysctl net.mptcp.nonsense=1"),
        ("+0 epoll_create(1) = 5", "UNSUPPORTED", "system call epoll_create"),
        (
            "+0 setsockopt(3, SOL_TCP, TCP_CORK, [1], 4) = 0",
            "UNSUPPORTED",
            "socket option TCP_CORK",
        ),
        ("+0 read(9, ..., 1) = 1", "FAIL", "there is no descriptor 9"),
        # What is not looked at is refused: a script that relies on it would be judged by chance.
        ("+0 socket(AF_UNIX, SOCK_STREAM, 0) = 7", "UNSUPPORTED", "a domain other than AF_INET"),
        ("+0 fcntl(3, F_SETFL, O_RDWR|0x2000) = 0", "UNSUPPORTED", "fcntl of flags other"),
        ('+0 read(3, "abc", 3) = 3', "UNSUPPORTED", "read: argument 2 other than ..."),
        ('+0 write(3, "abc", 3) = 3', "UNSUPPORTED", "write: argument 2 other than ..."),
        ("+0 accept(3, {sa_family=AF_INET}, ...) = 4", "UNSUPPORTED", "accept: argument 2 other"),
        (
            "+0 recvmsg(3, {msg_iov(1)=[{..., 9}], msg_flags=MSG_PEEK}, 0) = 0",
            "UNSUPPORTED",
            "recvmsg: msg_flags is not looked at",
        ),
        (
            "+0 sendmsg(3, {msg_iov(1)=[{..., 9}], msg_control=[1]}, 0) = 9",
            "UNSUPPORTED",
            "sendmsg: msg_control is not looked at",
        ),
        (
            "+0 setsockopt(3, SOL_SOCKET, TCP_NODELAY, [1], 4) = 0",
            "UNSUPPORTED",
            "socket option TCP_NODELAY of level SOL_SOCKET",
        ),
        (
            "+0 getsockopt(3, 6, SO_KEEPALIVE, [0], [4]) = 0",
            "UNSUPPORTED",
            "socket option SO_KEEPALIVE of level 6",
        ),
        (
            "+0 setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 1) = 0",
            "UNSUPPORTED",
            "socket option TCP_NODELAY with a length of 1",
        ),
        (
            "+0 getsockopt(3, SOL_TCP, TCP_NODELAY, [0], [8]) = 0",
            "UNSUPPORTED",
            "socket option TCP_NODELAY with a length of 8",
        ),
        ("+0 `sysctl -q net.ipv4.tcp_dsack=1`", "UNSUPPORTED", "tcp_dsack=1: here it is 0"),
        ("+0 `sysctl -q net.mptcp.pm_type=1`", "UNSUPPORTED", "pm_type=1: here it is 0"),
        (
            "+0 `sysctl -q net.ipv4.tcp_congestion_control=dctcp`",
            "UNSUPPORTED",
            "sysctl net.ipv4.tcp_congestion_control=dctcp",
        ),
        ("+0 `tc qdisc add dev tun0 root netem loss 5%`", "UNSUPPORTED", "netem"),
        ("+0 `ip link set tun0 down`", "UNSUPPORTED", "command 'ip link set tun0 down'"),
        ("+0 `ip link set tun0 mtu 1400`", "UNSUPPORTED", "command 'ip link set tun0 mtu 1400'"),
        ("+0 `ip mptcp limits set subflow`", "UNSUPPORTED", "ip mptcp limits set ... subflow"),
        ("+0 `ip mptcp limits set paths 4`", "UNSUPPORTED", "ip mptcp limits set ... paths"),
        ("+0 accept(3, ..., [16]) = 4", "UNSUPPORTED", "accept: argument 3 other than ..."),
        ("+0 bind(3, ..., 16) = 0", "UNSUPPORTED", "bind: argument 3 other than ..."),
        ("+0 connect(3, ..., 16) = 0", "UNSUPPORTED", "connect: argument 3 other than ..."),
        (
            "+0 recvfrom(3, ..., 9, 0, ..., [16]) = 9",
            "UNSUPPORTED",
            "recvfrom: argument 6 other than ...",
        ),
        ("+0 close(3, 5, 6) = 0", "FAIL", "close: 3 arguments instead of 1"),
        ("+0 recv(3, ..., 9) = 9", "FAIL", "recv: 3 arguments instead of 4"),
        ("+0 fcntl(3, F_SETFL) = 0", "FAIL", "fcntl: 2 arguments instead of 3"),
        ('+0 listen(3, "x") = 0', "FAIL", "a number expected"),
        ("+0 poll([{fd=3, events=POLLIN}], 2, 0) = 0", "FAIL", "another number of descriptors"),
        (
            "+0 setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0 EAGAIN",
            "FAIL",
            "setsockopt: returned 0 instead of 0 EAGAIN",
        ),
        ("+0 close(3) = ... EBADF", "FAIL", "close: returned 0 instead of ... EBADF"),
        ("+0 socket(..., SOCK_STREAM, 0) = -1", "FAIL", "instead of -1"),
        ("+0 accept(3, ..., ...) = 3", "FAIL", "accept: descriptor 3 is in use"),
        ("+0 accept(3, ..., ...) = 4", "FAIL", "accept: still waits"),
        ("+0 socket(..., SOCK_STREAM, 0) = 3", "FAIL", "socket: descriptor 3 is in use"),
        ("+0 connect(3, AF_UNSPEC, ...) = 0", "UNSUPPORTED", "connect to AF_UNSPEC"),
        ("+0 read(3, ..., -1) = 0", "UNSUPPORTED", "read of -1 octets"),
        (
            "+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [-5], 4) = 0",
            "FAIL",
            "setsockopt: returned -1 EINVAL instead of 0",
        ),
        (
            "+0 setsockopt(3, SOL_IP, IP_TTL, [0], 4) = 0",
            "FAIL",
            "setsockopt: returned -1 EINVAL instead of 0",
        ),
        ("+0 < . 1:65536(65535) ack 1 win 5", "FAIL", "the packet has more than 65535"),
        ("+0 `sysctl -q net.mptcp.close_timeout=-1`", "UNSUPPORTED", "'-1' is no number"),
        ('+0 `sysctl -q net.ipv4.tcp_rmem="a b c"`', "UNSUPPORTED", "'c' is no number"),
        ('+0 `sysctl "net.mptcp.enabled=1`', "UNSUPPORTED", "a quotation mark without its end"),
        ("+0 `ss -tan | grep tcp`", "UNSUPPORTED", "command 'ss -tan | grep tcp'"),
        ("+0 `ss -M | grep -q ESTAB`", "FAIL", "'ESTAB' is not among the sockets: none"),
        ("+0 `attribute Nonsense=1`", "UNSUPPORTED", "has no attribute 'Nonsense'"),
        ("+0 `attribute CloseTimeout=soon`", "UNSUPPORTED", "'soon' is no value"),
        ("+0 `check_mptcp_info.sh rtt 5`", "UNSUPPORTED", "check_mptcp_info.sh of rtt"),
        ("+0 `check_mptcp_info.sh subflows 1`", "FAIL", "subflows is 0 instead of 1"),
        ("+0 > . 1:1(0) ack 1", "FAIL", "no such packet was sent"),
        (
            "+0 < . 1:1(0) ack 1 win 5 <mp_fastclose nobody>",
            "FAIL",
            "key 'nobody' has no value yet",
        ),
        (
            "+0 `test $(nstat -zjs | jq '.kernel.MPTcpExtMPRstTx') -eq 7`",
            "FAIL",
            "counter MPRstTx is 0",
        ),
    ],
)
def test_bad_event(mptcp, tmp_path: Path, line: str, kind: str, message: str) -> None:
    script = tmp_path / "bad.pkt"
    script.write_text(HEAD + line + "\n")
    done = conform(mptcp, "--ip-version", "4", script)
    assert done.returncode == 1
    assert f"{kind:<12}{script} (IPv4)" in done.stdout
    assert f"{script}:6: " in done.stdout
    assert message in done.stdout


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "the script has no event"),
        (b"\n\n// nothing\n", 4, "the script has no event"),
        (b"this is no script\n", 1, "a time in seconds expected, not 'this'"),
        (HEAD.encode() + b"+0 \xff\xfe(3) = 0\n", 6, "not '\\xff'"),
        (b"\x7fELF\0\0", 1, "a time in seconds expected, not '\\x7f'"),
        (b"0 > S 0:0(0) <mss 1460>\n", 1, "no such packet was sent"),
        (b"0 < . 1:1(0) ack 1 win 5\n", 1, "no connection fits the packet"),
        (b"--mtu=wide\n" + HEAD.encode(), 1, "option --mtu=wide"),
        (b"--mtu=70000\n" + HEAD.encode(), 1, "option --mtu=70000"),
        (b"--non_fatal=packet\n" + HEAD.encode(), 1, "option --non_fatal=packet"),
        (b"--ip_version=ipv5\n" + HEAD.encode(), 1, "runs over neither IPv4 nor IPv6"),
        (b"--mtu=1500\n--mss=1000\n" + HEAD.encode(), 2, "option --mss=1000"),
        (b"--verbose=3\n" + HEAD.encode(), 1, "option --verbose takes no value"),
        (b"--send_omit_free=1\n" + HEAD.encode(), 1, "option --send_omit_free takes no value"),
        (b"--strict_segments=0\n" + HEAD.encode(), 1, "option --strict_segments takes no value"),
    ],
)
def test_odd_file(mptcp, tmp_path: Path, content: bytes, line: int, message: str) -> None:
    script = tmp_path / "odd.pkt"
    script.write_bytes(content)
    done = conform(mptcp, "--ip-version", "4", script)
    assert done.returncode == 1
    assert f"{script}:{line}: " in done.stdout
    assert message in done.stdout
    assert not done.stderr


@pytest.mark.parametrize("encoding", ["crlf", "latin-1", "byte order mark", "no last newline"])
def test_odd_text_runs(mptcp, tmp_path: Path, encoding: str) -> None:
    content = {
        "crlf": HEAD.replace("\n", "\r\n").encode(),
        "latin-1": b"// caf\xe9\n" + HEAD.encode(),
        "byte order mark": b"\xef\xbb\xbf" + HEAD.encode(),
        "no last newline": HEAD.rstrip().encode(),
    }[encoding]
    script = tmp_path / "odd.pkt"
    script.write_bytes(content)
    done = conform(mptcp, script)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "+0 `sysctl -q net.ipv4.tcp_dsack=0 net.ipv4.tcp_syncookies=1`",
        "+0 `sysctl -q net.ipv4.tcp_congestion_control=cubic net.ipv4.tcp_ecn=2`",
        "+0 `tc qdisc replace dev tun0 root fq`",
        "+0 `ip link set tun0 gso_max_segs 1`",
        "+0 `ip link set dev tun0 up`",
        "+0 `ip mptcp limits set add_addr_accepted 2 subflows 3`",
        "+0 setsockopt(3, IPPROTO_TCP, TCP_NODELAY, [1], ...) = 0",
        "+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=0, linger=0}, 8) = 0",
        "+0 setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=0, tv_usec=3}, 16) = 0",
        "+0 socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_MPTCP) = 7",
        "+0 fcntl(3, F_SETFL, O_RDWR) = 0",
    ],
)
def test_good_event(mptcp, tmp_path: Path, line: str) -> None:
    script = tmp_path / "good.pkt"
    script.write_text(HEAD + line + "\n")
    done = conform(mptcp, "--ip-version", "4", script)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("option", "value", "read"),
    [
        ("SO_RCVBUF", 50000, 100000),
        ("SO_KEEPALIVE", 5, 1),
        ("TCP_NODELAY", 5, 1),
        ("IP_TOS", 7, 4),
        ("TCP_KEEPIDLE", 5, 5),
    ],
)
def test_options_read_as_in_linux(
    mptcp, tmp_path: Path, option: str, value: int, read: int
) -> None:
    level = {"SO": "SOL_SOCKET", "TCP": "SOL_TCP", "IP": "SOL_IP"}[option.split("_")[0]]
    script = tmp_path / "option.pkt"
    script.write_text(
        HEAD
        + f"+0 setsockopt(3, {level}, {option}, [{value}], 4) = 0\n"
        + f"+0 getsockopt(3, {level}, {option}, [{read}], [4]) = 0\n"
    )
    done = conform(mptcp, "--ip-version", "4", script)
    assert done.returncode == 0, done.stdout


def test_numbers_of_a_syn_are_absolute(mptcp, tmp_path: Path) -> None:
    script = tmp_path / "syn.pkt"
    text = HEAD.replace("< S 0:0(0)", "< S 700:700(0)")
    script.write_text(text)
    done = conform(mptcp, "--ip-version", "4", script)
    assert f"{script}:5: acknowledgment number: 701 instead of 1" in done.stdout
    assert re.search(r"actual: .* S\. 0:0\(0\) ack 701 win", done.stdout)
    script.write_text(text.replace("ack 1 ", "ack 701 "))
    assert conform(mptcp, "--ip-version", "4", script).returncode == 0


@pytest.mark.parametrize("strict", [(), ("--strict",)])
@pytest.mark.parametrize(
    ("packet", "message"),
    [
        ("> SU. 0:0(0) ack 1", "TCP flags: 18 instead of 50"),
        ("> S. 0:0(0) ack 1 urg 77", "urgent pointer: 0 instead of 77"),
    ],
)
def test_urgent_is_compared(
    mptcp, tmp_path: Path, strict: tuple[str, ...], packet: str, message: str
) -> None:
    script = tmp_path / "urgent.pkt"
    script.write_text(HEAD.replace("> S. 0:0(0) ack 1", packet))
    done = conform(mptcp, "--ip-version", "4", *strict, script)
    assert done.returncode == 1
    assert message in done.stdout


def test_ack_is_compared_without_its_flag(mptcp, tmp_path: Path) -> None:
    script = tmp_path / "reset.pkt"
    text = HEAD + "+0 < . 1:1(0) ack 77 win 5\n+0 > R 77:77(0)"
    script.write_text(text + "\n")
    done = conform(mptcp, "--ip-version", "4", script)
    assert done.returncode == 0, done.stdout
    script.write_text(text + " ack 4444\n")
    done = conform(mptcp, "--ip-version", "4", script)
    assert done.returncode == 1
    assert f"{script}:7: acknowledgment number: 0 instead of 4444" in done.stdout


@pytest.mark.parametrize("later", ["S. 900:900(0) ack 1", "S 900:900(0)"])
def test_numbers_begin_at_the_first_syn(mptcp, tmp_path: Path, later: str) -> None:
    script = tmp_path / "syn.pkt"
    text = (
        HEAD
        + "+0 < . 1:1(0) ack 1 win 5 <mpcapable v1 flags[flag_h] key[ckey=7, skey]>\n"
        + f"+1 < {later} win 5 <mss 1460>\n"
        + "+0 > . 1:1(0) ack 1 <...>\n"
    )
    script.write_text(text)
    done = conform(mptcp, "--ip-version", "4", script)
    assert done.returncode == 0, done.stdout
    script.write_text(text.replace("ack 1 <...>", "ack 2 <...>"))
    done = conform(mptcp, "--ip-version", "4", script)
    assert f"{script}:8: acknowledgment number: 1 instead of 2" in done.stdout


def test_echoes_of_timestamps(mptcp, tmp_path: Path) -> None:
    text = HEAD.replace("sackOK, nop, ", "sackOK, TS val 50 ecr 0, nop, ", 1)
    text = text.replace("sackOK, nop, ", "sackOK, TS val 60 ecr 50, nop, ")
    text += "+0 < . 1:1(0) ack 1 win 5 <TS val 50 ecr 60>\n"
    text += "+0 < . 1:1(0) ack 1 win 5 <TS val 50 ecr 65>\n"
    script = tmp_path / "echo.pkt"
    script.write_text(text)
    done = conform(mptcp, "--ip-version", "4", script)
    assert done.returncode == 1
    assert f"{script}:7: error: TS ecr 65 is the TS val of no outbound packet" in done.stdout
    script.write_text("--tcp_ts_ecr_scaled\n" + text)
    done = conform(mptcp, "--ip-version", "4", "--verbose", script)
    assert done.returncode == 0, done.stdout
    echoes = re.findall(r"injected .* \. 1:1.* ecr (\d+)", done.stdout)
    assert int(echoes[1]) - int(echoes[0]) == 5


def test_options_without_effect(mptcp, tmp_path: Path) -> None:
    script = tmp_path / "options.pkt"
    script.write_text("--strict_segments\n--send_omit_free\n--verbose\n" + HEAD)
    done = conform(mptcp, "--ip-version", "4", script)
    assert done.returncode == 0, done.stdout


def test_attribute(mptcp, tmp_path: Path) -> None:
    script = tmp_path / "flag_c.pkt"
    script.write_text(HEAD)
    wanted = ("--ip-version", "4", "--attribute", "AllowJoinInitialAddrPort=false", script)
    assert "option mpcapable differs" in conform(mptcp, *wanted).stdout
    script.write_text("flags[flag_c,flag_h] key".join(HEAD.split("flags[flag_h] key")))
    assert conform(mptcp, *wanted).returncode == 0


def test_mismatch_shows_both_packets(mptcp, tmp_path: Path) -> None:
    script = tmp_path / "wrong.pkt"
    script.write_text(HEAD.replace("> S. 0:0(0) ack 1", "> S. 0:0(0) ack 2"))
    done = conform(mptcp, "--ip-version", "4", script)
    assert done.returncode == 1
    assert f"{script}:5: acknowledgment number: 1 instead of 2" in done.stdout
    assert "script: 0.000000 > S. 0:0(0) ack 2" in done.stdout
    assert re.search(r"actual: 0\.0\d+ > \[.*\] S\. 0:0\(0\) ack 1 win", done.stdout)


def test_strict_compares_literally(mptcp, tmp_path: Path) -> None:
    script = tmp_path / "strict.pkt"
    script.write_text(HEAD)
    assert conform(mptcp, "--ip-version", "4", script).returncode == 0
    done = conform(mptcp, "--strict", "--ip-version", "4", script)
    assert done.returncode == 1
    assert "option" in done.stdout


def test_pcap_and_verbose(mptcp, tmp_path: Path) -> None:
    script = tmp_path / "good.pkt"
    script.write_text(HEAD)
    done = conform(mptcp, "--verbose", "--pcap", tmp_path / "pcap", script)
    assert done.returncode == 0, done.stdout
    assert "injected < " in done.stdout
    assert "sent     > " in done.stdout
    assert len(list((tmp_path / "pcap").glob("*.pcap"))) == 2


def test_wrong_usage_is_one_line(mptcp, tmp_path: Path) -> None:
    for arguments in (
        ("conform",),
        ("conform", str(tmp_path / "none.pkt")),
        ("conform", "--x", "."),
        ("conform", "--attribute", "X", "."),
        ("conform", "--attribute", "X=1", "."),
        ("conform", "--attribute", "CloseTimeout=soon", "."),
    ):
        done = mptcp(*arguments)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1


def test_missing_program_is_one_line(mptcp, tmp_path: Path) -> None:
    environment = {**os.environ, "NS3_MPTCP_PREFIX": str(tmp_path)}
    done = mptcp("conform", str(tmp_path), env=environment)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
