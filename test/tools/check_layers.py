#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
r"""Check that no file includes or imports what lies to the right of its layer.

    wire -> state -> policy -> protocol -> helper -> conform -> Python package -> scenarios
      \-> middlebox ------------------------^

The analysis package knows the trace schema only. Run it with the top of the checkout as argument
(default: the checkout that holds this file); it prints one line for each fault.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

LAYERS = (
    "src/mptcp/model/wire",
    "src/mptcp/model/state",
    "src/mptcp/model/policy",
    "src/mptcp/model/protocol",
    "src/mptcp/model/middlebox",
    "src/mptcp/helper",
    "src/mptcp/conform",
)
WIRE, STATE, POLICY, PROTOCOL, MIDDLEBOX, HELPER, CONFORM = range(len(LAYERS))

#: Libraries that our code may use besides ns-3.
LIBRARIES = ("boost/", "nettle/")

#: What the containers may know of ns-3: values and packets.
STATE_HEADERS = {
    "abort.h",
    "address.h",
    "assert.h",
    "fatal-error.h",
    "ipv4-address.h",
    "ipv6-address.h",
    "log.h",
    "nstime.h",
    "packet.h",
    "ptr.h",
    "simple-ref-count.h",
}

#: What policies may not know: anything that can send, receive or schedule packets.
BEYOND_POLICY = re.compile(r"(socket|protocol|net-device|channel|application|helper|node)")
POLICY_HEADERS = {"tcp-socket-state.h"}

#: Headers with the internals of ns-3's TCP, and the only files that may know them, so that a new
#: release of ns-3 can break nothing else. The trace helper reads the public traces of stock TCP.
TCP_INTERNALS = re.compile(r"tcp-(socket-base|option.*|tx-buffer|rx-buffer|tx-item)\.h")
TCP_FILES = re.compile(r"(mptcp-subflow(-[a-z]+)?|tcp-option-mptcp)\.(h|cc)")
TCP_PUBLIC = ("mptcp-trace-helper.cc", "tcp-socket-base.h")
TCP_SUBCLASS = re.compile(r":\s*(public|protected|private)\s+TcpSocketBase\b")

#: Modules that the analysis package may not import: it works where ns-3 is not installed.
NOT_FOR_ANALYSIS = {"cppyy", "ns", "ns3"}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def cpp_faults(root: Path) -> Iterator[str]:
    """Yield the faults of the C++ layers."""
    files = [
        (layer, path)
        for layer, folder in enumerate(LAYERS)
        for path in sorted((root / folder).glob("*"))
        if path.suffix in (".h", ".cc")
    ]
    layer_of = {path.name: layer for layer, path in files if path.suffix == ".h"}
    for layer, path in files:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            fault = None
            found = INCLUDE.match(line)
            if found:
                fault = include_fault(path, layer, *found.groups(), layer_of)
            elif TCP_SUBCLASS.search(line) and not TCP_FILES.fullmatch(path.name):
                fault = "only MptcpSubflow may derive from TcpSocketBase"
            if fault:
                yield f"{path.relative_to(root)}:{number}: {fault}"


def include_fault(
    path: Path, layer: int, bracket: str, name: str, layer_of: dict[str, int]
) -> str | None:
    """Return what is wrong with one include line, or None."""
    base = name.removeprefix("ns3/")
    if base in layer_of:
        # A middlebox sees packets, not sockets.
        hidden = layer == MIDDLEBOX and layer_of[base] not in (WIRE, MIDDLEBOX)
        if hidden or layer_of[base] > layer:
            return f"{LAYERS[layer]} may not know {base} of {LAYERS[layer_of[base]]}"
        if name == base and not (path.parent / name).exists():
            return f'"{name}" is in another folder: write "ns3/{name}"'
        return None
    if not name.startswith("ns3/"):
        # Headers of the standard library have neither a folder nor a suffix.
        standard = "/" not in name and "." not in name
        system = layer >= PROTOCOL and bracket == "<"
        if standard or system or name.startswith(LIBRARIES):
            return None
        return f"{name} is neither ours nor of the standard library, Boost, Nettle or ns-3"
    known = TCP_FILES.fullmatch(path.name) or (path.name, base) == TCP_PUBLIC
    if TCP_INTERNALS.fullmatch(base) and not known:
        return f"{base} has internals of ns-3's TCP, which only MptcpSubflow may know"
    allowed = {
        WIRE: False,
        STATE: base in STATE_HEADERS,
        POLICY: base in POLICY_HEADERS or not BEYOND_POLICY.search(base),
        PROTOCOL: not base.endswith("-helper.h"),
        MIDDLEBOX: not base.endswith("-helper.h"),
        HELPER: True,
        CONFORM: True,
    }[layer]
    return None if allowed else f"{LAYERS[layer]} may not know {name}"


def python_faults(root: Path) -> Iterator[str]:
    """Yield the faults of the Python packages."""
    packages = {
        "ns3_mptcp": root / "src/mptcp/bindings/python/ns3_mptcp",
        "ns3_mptcp.analysis": root / "analysis",
    }
    for package, folder in packages.items():
        for path in sorted(folder.rglob("*.py")):
            parent = ".".join([package, *path.relative_to(folder).parts[:-1]])
            for number, module in imported_modules(path, parent):
                if package == "ns3_mptcp.analysis":
                    top = module.split(".")[0]
                    inside = f"{module}.".startswith("ns3_mptcp.analysis.")
                    bad = top in NOT_FOR_ANALYSIS or (top == "ns3_mptcp" and not inside)
                else:
                    bad = f"{module}.".startswith("ns3_mptcp.scenarios.")
                if bad:
                    yield f"{path.relative_to(root)}:{number}: {package} may not import {module}"


def imported_modules(path: Path, parent: str) -> Iterator[tuple[int, str]]:
    """Yield line and absolute name of each module that a file of the package parent imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module else [alias.name for alias in node.names]
            base = []
            if node.level:
                parts = parent.split(".")
                base = parts[: len(parts) - node.level + 1]
            for name in names:
                yield node.lineno, ".".join([*base, name])


def main() -> int:
    """Print the faults; return the exit status."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    faults = [*cpp_faults(root), *python_faults(root)]
    print("\n".join(faults) or "layers: no fault")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
