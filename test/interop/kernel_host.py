# SPDX-License-Identifier: GPL-2.0-only
"""A network namespace in which this machine's kernel is the simulated host's peer."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

IPPROTO_MPTCP = 262
COMMAND_SECONDS = 30
_serial = itertools.count()


def kernel_mptcp_available() -> str:
    """Why this machine cannot run these tests, in one line; empty if it can."""
    for tool in ("ip", "nstat", "ss"):
        if shutil.which(tool) is None:
            return f"the program {tool} is not installed (Debian: iproute2)"
    if os.geteuid() != 0:
        return "network namespaces and TAP interfaces need root"
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP).close()
    except OSError as error:
        return f"this kernel offers no MPTCP sockets ({error.strerror})"
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        return f"/dev/net/tun cannot be opened ({error.strerror})"
    probe = f"mptcp-probe-{os.getpid()}"
    made = subprocess.run(
        ["ip", "netns", "add", probe],
        check=False,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    if made.returncode != 0:
        return f"network namespaces cannot be made ({made.stderr.strip()})"
    # A container may let a namespace be made and not entered, which takes a mount of its own.
    entered = subprocess.run(
        ["ip", "netns", "exec", probe, "true"],
        check=False,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    subprocess.run(["ip", "netns", "delete", probe], check=True, timeout=COMMAND_SECONDS)
    if entered.returncode != 0:
        return f"network namespaces cannot be entered ({entered.stderr.strip()})"
    return ""


class Process:
    """A program in the namespace that reports by lines of JSON on its standard output."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output: list[str] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line)
            if '"event": "ready"' in line:
                self._ready.set()
        self._ready.set()

    def wait_ready(self, seconds: float = COMMAND_SECONDS) -> None:
        """Returns when the program has printed its "ready" line."""
        if not self._ready.wait(seconds) or not any("ready" in line for line in self.output):
            raise RuntimeError(f"{' '.join(self.command)}\ndid not start: {''.join(self.output)}")

    def proceed(self) -> None:
        """Sends the line that a program with --wait waits for."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def result(self, seconds: float) -> dict[str, object]:
        """Waits for the end and returns the "result" line."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
        self._reader.join(COMMAND_SECONDS)
        for line in reversed(self.output):
            if '"event": "result"' in line:
                return json.loads(line)
        return {
            "ok": False,
            "error": f"no result, status {self._process.returncode}: {''.join(self.output)}",
        }

    def stop(self) -> None:
        """Ends the program if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                try:
                    stream.close()
                except OSError as error:
                    if error.errno != errno.EPIPE:
                        raise


class KernelHost:
    """The namespace: made on entry, removed with all its processes on exit.

    The simulator runs inside the namespace as well, so that the TAP interfaces it opens are born
    there and no other namespace ever sees them. Its own addresses exist in the simulation only.
    """

    def __init__(self) -> None:
        self.name = f"mptcp-{os.getpid()}-{next(_serial)}"
        self._processes: list[Process] = []

    def __enter__(self) -> KernelHost:
        self._ip("netns", "add", self.name)
        try:
            self.run("ip", "link", "set", "lo", "up")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the processes and removes the namespace."""
        for process in self._processes:
            process.stop()
        self._ip("netns", "delete", self.name)

    @staticmethod
    def _ip(*arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True, timeout=COMMAND_SECONDS)

    def run(self, *command: str) -> str:
        """Runs a command in the namespace to its end and returns its output."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, *command],
            check=False,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def start(self, *command: str | Path) -> Process:
        """Starts a program in the namespace."""
        process = Process(["ip", "netns", "exec", self.name, *map(str, command)])
        self._processes.append(process)
        return process

    def sysctl(self, name: str, value: int) -> None:
        """Sets a sysctl of the namespace."""
        path = "/proc/sys/" + name.replace(".", "/")
        self.run("sh", "-c", f"echo {value} > {path}")

    def configure_taps(self, tap: str) -> None:
        """Addresses of the kernel's ends: 10.200.N.1 and fdc8:N::1 for link N = 1, 2.

        Each end has one way to each address of the other: link N, if N is in the simulated
        host's address. So its address alone decides which link a subflow takes, in both
        directions, and the kernel may receive an address of its own by either link.
        """
        for name in ("all", "default"):
            self.sysctl(f"net.ipv4.conf.{name}.rp_filter", 0)
        for number in (1, 2):
            device = f"{tap}{number - 1}"
            self.sysctl(f"net.ipv6.conf.{device}.accept_ra", 0)
            self.sysctl(f"net.ipv6.conf.{device}.router_solicitations", 0)
            self.run("ip", "address", "add", f"10.200.{number}.1/24", "dev", device)
            self.run("ip", "address", "add", f"fdc8:{number}::1/64", "dev", device, "nodad")
            self.run("ip", "link", "set", device, "up")

    def mptcp_limits(self, add_addr_accepted: int = 8, subflows: int = 8) -> None:
        """How many announced addresses to use, and how many subflows beside the first."""
        self.run(
            "ip", "mptcp", "limits", "set",
            "add_addr_accepted", str(add_addr_accepted), "subflows", str(subflows),
        )  # fmt: skip

    def counters(self) -> dict[str, int]:
        """The kernel's MPTcpExt counters of the namespace, without that prefix."""
        values = json.loads(self.run("nstat", "-a", "-s", "-z", "-j"))["kernel"]
        prefix = "MPTcpExt"
        return {
            name.removeprefix(prefix): int(value)
            for name, value in values.items()
            if name.startswith(prefix)
        }

    def received_octets(self, device: str) -> int:
        """Octets that the kernel has received from the simulation by one link."""
        links = json.loads(self.run("ip", "-j", "-s", "link", "show", "dev", device))
        return int(links[0]["stats64"]["rx"]["bytes"])
