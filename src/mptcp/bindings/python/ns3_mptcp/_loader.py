# SPDX-License-Identifier: GPL-2.0-only
"""Load ns-3 and the MPTCP library into this process, fast.

The stock ``from ns import ns`` parses the headers of all modules at each start, about ten seconds.
This loader takes the modules that a transport experiment needs and keeps their parsed headers in a
precompiled header (PCH) in the user's cache: one slow start, then about half a second.

Environment:

``NS3_MPTCP_PREFIX``
    a build tree or an installation of our library
``NS3_MPTCP_NO_PCH``
    any value: parse the headers, do not touch the cache
``XDG_CACHE_HOME``
    where the cache is (default ``~/.cache``)
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Modules whose headers are loaded by default; their dependencies are added.
MODULES = (
    "core",
    "network",
    "mobility",
    "internet",
    "traffic-control",
    "applications",
    "point-to-point",
    "csma",
    "flow-monitor",
)

#: What the wheel's libraries were compiled with; headers must be parsed with the same.
DEFINES = ("NS3_LOG_ENABLE", "NS3_ASSERT_ENABLE", "HAVE_GSL", "HAVE_LIBXML2", "HAVE_SQLITE3")

#: Options of the C++ interpreter. The cache may be on a home shared by different machines, so
#: nothing here depends on the processor.
CLING_ARGS = " -O2"

#: How many precompiled headers stay in the cache.
CACHE_ENTRIES = 4


class LoadError(RuntimeError):
    """ns-3 or our library cannot be loaded; the text is one line for the user."""


@dataclass(frozen=True)
class Installation:
    """Where the libraries and headers are."""

    stem: str  # "ns3.44": beginning of the library names, after "lib"
    ns3_lib: Path
    ns3_include: Path
    library: Path
    include: Path


_namespace: Any = None
_loaded_modules: tuple[str, ...] = ()


def load(modules: tuple[str, ...] = MODULES) -> Any:
    """Return the namespace ``ns3``, loading it at the first call.

    :param modules: names of the ns-3 modules whose headers are wanted. They have to be named at the
        first call of a process; a later call with others raises :class:`LoadError`.
    """
    global _namespace, _loaded_modules
    if _namespace is not None:
        missing = sorted(set(modules) - set(_loaded_modules))
        if missing:
            names = ", ".join(missing)
            raise LoadError(f"ns-3 is loaded without {names}: name it at the first load()")
        return _namespace

    where = find()
    ordered = closure(where, modules)
    pch = None
    if "cppyy" in sys.modules or "CLING_STANDARD_PCH" in os.environ:
        pass  # the user's own choice of PCH, or too late for one
    elif "NS3_MPTCP_NO_PCH" not in os.environ:
        pch = _cached_pch(where, ordered)
    os.environ.setdefault("EXTRA_CLING_ARGS", CLING_ARGS)
    if pch is not None:
        os.environ["CLING_STANDARD_PCH"] = str(pch)
        os.environ["CLING_REBUILD_PCH"] = "0"

    import cppyy
    import libcppyy

    libcppyy.AddSmartPtrType("Ptr")
    # Libraries before headers: the headers hold static objects whose constructors need the
    # libraries. Full paths in dependency order: a library found through a search path could be a
    # second copy of libcore, which aborts.
    for module in ordered:
        cppyy.load_library(str(where.ns3_lib / f"lib{where.stem}-{module}.so"))
    cppyy.load_library(str(where.library))
    if pch is None:
        cppyy.add_include_path(str(where.ns3_include))
        cppyy.add_include_path(str(where.include))
        cppyy.cppdef("".join(f"#ifndef {d}\n#define {d} 1\n#endif\n" for d in DEFINES))
        for module in ordered:
            cppyy.include(f"ns3/{module}-module.h")
        cppyy.include("ns3/mptcp-module.h")

    _loaded_modules = tuple(ordered)
    _namespace = _patch(cppyy)
    return _namespace


def find() -> Installation:
    """Locate ns-3 and our library, and check that they belong together."""
    spec = importlib.util.find_spec("ns3")  # finds it without the ten seconds of its import
    if spec is None or not spec.submodule_search_locations:
        raise LoadError("the package ns3 is not installed: pip install ns3==3.44.post0")
    prefix = Path(next(iter(spec.submodule_search_locations)))
    cores = sorted(c for d in ("lib64", "lib") for c in (prefix / d).glob("libns3*-core.so"))
    if not cores:
        raise LoadError(f"no ns-3 core library under {prefix}")
    core = cores[0]
    stem = core.name[len("lib") : -len("-core.so")]

    home = Path(os.environ.get("NS3_MPTCP_PREFIX") or Path(__file__).parent)
    places = [home / d for d in ("lib", "lib64", "src/mptcp")]
    ours = sorted(lib for place in places for lib in place.glob("libns3*-mptcp.so"))
    if not ours:
        raise LoadError(
            f"no MPTCP library under {home}: "
            "install the package, or set NS3_MPTCP_PREFIX to a build"
        )
    library = next((lib for lib in ours if lib.name == f"lib{stem}-mptcp.so"), None)
    if library is None:
        built = ours[0].name[len("lib") : -len("-mptcp.so")]
        raise LoadError(
            f"the MPTCP library is built for {built} but {stem} is installed "
            f"(package ns3 {_version('ns3')}): rebuild it or install that ns3"
        )
    return Installation(stem, core.parent, prefix / "include", library, home / "include")


def closure(where: Installation, modules: tuple[str, ...]) -> list[str]:
    """Return the modules and all that they and our library need, dependencies first."""
    ordered: list[str] = []
    pattern = re.compile(rf"lib{re.escape(where.stem)}-(.+)\.so")

    def visit(module: str) -> None:
        if module in ordered:
            return
        path = where.ns3_lib / f"lib{where.stem}-{module}.so"
        if not path.exists():
            raise LoadError(f"this ns-3 has no module '{module}'")
        for needed in _needed(path):
            if match := pattern.fullmatch(needed):
                visit(match[1])
        ordered.append(module)

    for module in modules:
        visit(module)
    for needed in _needed(where.library):
        if match := pattern.fullmatch(needed):
            visit(match[1])
    return ordered


def _needed(library: Path) -> Iterator[str]:
    """Yield the DT_NEEDED entries of a 64-bit little-endian ELF shared object."""
    with library.open("rb") as f:
        head = f.read(64)
        if head[:6] != b"\x7fELF\x02\x01":
            raise LoadError(f"{library} is not a 64-bit ELF library")
        (shoff,) = struct.unpack_from("<Q", head, 40)
        entry_size, count = struct.unpack_from("<HH", head, 58)
        f.seek(shoff)
        table = f.read(entry_size * count)
        sections = [struct.unpack_from("<IIQQQQII", table, i * entry_size) for i in range(count)]
        for _, kind, _, _, offset, size, link, _ in sections:
            if kind != 6:  # SHT_DYNAMIC
                continue
            f.seek(offset)
            dynamic = f.read(size)
            f.seek(sections[link][4])
            strings = f.read(sections[link][5])
            for tag, value in struct.iter_unpack("<qQ", dynamic):
                if tag == 1:  # DT_NEEDED
                    yield strings[value : strings.index(b"\0", value)].decode()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "ns3-mptcp"


def _pch_key(where: Installation, modules: list[str]) -> str:
    """Name everything that the content of a PCH depends on."""
    headers = hashlib.sha256()
    for header in sorted(where.include.glob("ns3/mptcp*.h")):
        headers.update(header.name.encode() + b"\0" + header.read_bytes())
    core = where.ns3_lib / f"lib{where.stem}-core.so"
    parts = {
        "packages": {p: _version(p) for p in ("ns3", "cppyy", "cppyy-cling", "cppyy-backend")},
        "python": sys.version_info[:2],
        "ns3": [str(where.ns3_include), core.stat().st_size, core.stat().st_mtime_ns],
        "include": str(where.include),
        "headers": headers.hexdigest(),
        "modules": modules,
        "defines": DEFINES,
        "args": os.environ.get("EXTRA_CLING_ARGS", CLING_ARGS),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def _cached_pch(where: Installation, modules: list[str]) -> Path | None:
    """Return the precompiled header for this installation, made now if it is not in the cache."""
    cache = _cache_dir()
    try:
        pch = cache / f"{_pch_key(where, modules)}.pch"
        if pch.exists():
            os.utime(pch)  # marks it as used; the oldest are dropped
            return pch
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not pch.exists():
                if sys.stderr.isatty():
                    _say("preparing ns-3 for the first run (once, about 15 s)")
                _build_pch(where, modules, pch)
            _prune(cache, pch)
        return pch
    except (OSError, subprocess.SubprocessError, LoadError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        _say(f"warning: no precompiled header, starts stay slow ({reason})")
        return None


def _build_pch(where: Installation, modules: list[str], pch: Path) -> None:
    spec = importlib.util.find_spec("cppyy_backend")
    if spec is None or not spec.submodule_search_locations:
        raise LoadError("cppyy_backend is not installed")
    backend = Path(next(iter(spec.submodule_search_locations)))
    # A temporary name and a rename: other processes never see half a file.
    with tempfile.TemporaryDirectory(dir=pch.parent, prefix="building-") as scratch:
        made = Path(scratch) / "ns3.pch"
        command = [
            sys.executable,
            str(backend / "etc" / "dictpch" / "makepch.py"),
            str(made),
            f"-I{backend / 'include'}",
            f"-I{where.ns3_include}",
            f"-I{where.include}",
            *(f"-D{d}=1" for d in DEFINES),
            *(f"ns3/{module}-module.h" for module in modules),
            "ns3/mptcp-module.h",
        ]
        environment = {k: v for k, v in os.environ.items() if k != "CLING_STANDARD_PCH"}
        environment.setdefault("EXTRA_CLING_ARGS", CLING_ARGS)
        done = subprocess.run(
            command,
            cwd=backend,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        if done.returncode != 0 or not made.exists():
            errors = [line for line in done.stdout.splitlines() if "error" in line.lower()]
            status = f"makepch.py ended with {done.returncode}"
            raise LoadError(errors[0].strip() if errors else status)
        made.replace(pch)


def _prune(cache: Path, keep: Path) -> None:
    entries = sorted(cache.glob("*.pch"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in entries[CACHE_ENTRIES:]:
        if old != keep:
            with contextlib.suppress(OSError):
                old.unlink()


def _say(text: str) -> None:
    print(f"mptcp: {text}", file=sys.stderr, flush=True)


def _patch(cppyy: Any) -> Any:
    """Do what the stock loader does to the namespace, so that scripts written for it work."""
    ns = cppyy.gbl.ns3
    cppyy.cppdef(
        """
        namespace ns3_mptcp_python
        {
        bool Time_ge(ns3::Time& a, ns3::Time& b) { return a >= b; }
        bool Time_eq(ns3::Time& a, ns3::Time& b) { return a == b; }
        bool Time_ne(ns3::Time& a, ns3::Time& b) { return a != b; }
        bool Time_le(ns3::Time& a, ns3::Time& b) { return a <= b; }
        bool Time_gt(ns3::Time& a, ns3::Time& b) { return a > b; }
        bool Time_lt(ns3::Time& a, ns3::Time& b) { return a < b; }
        std::tuple<bool, ns3::TypeId> LookupByNameFailSafe(std::string name)
        {
            ns3::TypeId id;
            bool ok = ns3::TypeId::LookupByNameFailSafe(name, &id);
            return std::make_tuple(ok, id);
        }
        }
        """
    )
    glue = cppyy.gbl.ns3_mptcp_python
    for name in ("ge", "eq", "ne", "le", "gt", "lt"):
        setattr(ns.Time, f"__{name}__", getattr(glue, f"Time_{name}"))
    ns.LookupByNameFailSafe = glue.LookupByNameFailSafe
    ns.cppyy = cppyy

    from . import guards, interrupt

    guards.install(ns)
    interrupt.install(ns)

    # The simulator owns nodes until Simulator::Destroy(); a Python proxy that dies must not
    # destroy one earlier.
    pending: list[Any] = []
    ns.__nodes_pending_deletion = pending

    def keep(self: Any) -> None:
        pending.append(self)

    ns.Node.__del__ = keep
    return ns
