# SPDX-License-Identifier: GPL-2.0-only
"""What of the source code a simulation of a check depends on.

That is the check's ``simulate``, and whatever it may reach: functions, methods, constants and
classes of the check's module and of those that it imports, by their names. Names are compared as
text, wherever they stand, so that more may be taken than is used. Less is taken only where a
program puts a name together as it runs. Comments, the text of documentation and the layout are no
part of it, nor is what judges and draws.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Members of a check that come before or after its simulations: which points and seeds there are is
#: part of what a stored result is named after.
AFTERWARDS = {"judge", "draw", "enough", "seeds", "points"}
AFTERWARDS |= {"id", "title", "source", "evidence", "note"}

#: Modules of this package that check and tell, but change nothing that is simulated.
_HARMLESS = {
    f"ns3_mptcp.{name}"
    for name in ("check", "parameters", "attributes", "progress", "guards", "interrupt", "session")
} | {"ns3_mptcp", "ns3_mptcp.output", "ns3_mptcp._loader", "ns3_mptcp.topologies"}


@dataclass
class Unit:
    """A definition at the top of a module or in a class, or a statement that defines nothing."""

    module: str
    name: str  # "" if it defines nothing: it is run by the import, and always counts
    owner: str  # the class that it is in, or ""
    text: str  # of the syntax tree
    uses: set[str] = field(default_factory=set)  # names in it
    own: set[str] = field(default_factory=set)  # names in it that are attributes of self


def sources(check: Any) -> list[str]:
    """Return the text of all that a simulation of this check depends on, in a fixed order."""
    kinds = {kind.__name__ for kind in type(check).__mro__}
    units = [u for name in sorted(modules(type(check).__module__)) for u in _units(name)]
    wanted = {"simulate", "common", "needs_ns3", "CHECK", type(check).__name__}
    own: set[str] = set()
    left, taken = list(range(len(units))), []
    while True:
        reached = [i for i in left if _is_reached(units[i], wanted, own, kinds)]
        if not reached:
            return [f"{units[i].module}.{units[i].owner}: {units[i].text}" for i in sorted(taken)]
        taken += reached
        left = [i for i in left if i not in set(reached)]
        for unit in (units[i] for i in reached):
            wanted |= unit.uses | ({unit.owner} - {""})
            own |= unit.own if unit.owner in kinds else set()


def _is_reached(unit: Unit, wanted: set[str], own: set[str], kinds: set[str]) -> bool:
    if unit.owner in kinds and unit.name in AFTERWARDS:
        # "source" is also a name of other things; of a check it is self.source.
        return unit.name in own
    if re.fullmatch(r"__\w+__", unit.name):
        return unit.owner in wanted
    return not unit.name or unit.name in wanted


def modules(name: str) -> set[str]:
    """Return a module and those that it imports, directly or not, as far as they are ours.

    Ours are those of this package, and the files beside a check of the user's own.
    """
    found = {name}
    waiting = [name]
    while waiting:
        for imported in _imports(waiting.pop()):
            if imported not in found and imported not in _HARMLESS:
                found.add(imported)
                waiting.append(imported)
    return found


def _imports(name: str) -> Iterator[str]:
    """Yield the names of our modules that a module imports, at its top or anywhere in it."""
    path = _file(name)
    folder = path.parent if path else None
    package = name if path and path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = importlib.util.resolve_name("." * node.level + base, package)
            # "from . import _common" names modules, "from .flows import Flows" one.
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        for full in names:
            other = _file(full)
            if other and (full.startswith("ns3_mptcp.") or other.parent == folder):
                yield full


def _file(name: str) -> Path | None:
    """Return the source of a module, or None if it has none, or is none."""
    if name in sys.modules:
        file = getattr(sys.modules[name], "__file__", None)
    else:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError, AttributeError):
            return None
        file = spec.origin if spec else None
    return Path(file) if file and file.endswith(".py") and Path(file).is_file() else None


def _tree(name: str) -> ast.Module:
    path = _file(name)
    return _parse(path.read_text()) if path else ast.Module([], [])


@functools.lru_cache(maxsize=256)
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


def _units(module: str) -> tuple[Unit, ...]:
    path = _file(module)
    return _units_of(module, path.read_text()) if path else ()


@functools.lru_cache(maxsize=256)
def _units_of(module: str, text: str) -> tuple[Unit, ...]:
    return tuple(_module_units(module, _parse(text)))


def _module_units(module: str, tree: ast.Module) -> Iterator[Unit]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _class_units(module, node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if alias.asname:
                    yield Unit(module, alias.asname, "", alias.name, {alias.name.split(".")[-1]})
        elif not _is_text(node):
            yield from _statement_units(module, "", node)


def _class_units(module: str, node: ast.ClassDef) -> Iterator[Unit]:
    head = [*node.decorator_list, *node.bases, *node.keywords]
    # Fields with a type make a dataclass, with or without a value.
    head += [n for n in node.body if isinstance(n, ast.AnnAssign) and n.value is None]
    yield _unit(module, node.name, "", head)
    for member in node.body:
        if not _is_text(member):
            yield from _statement_units(module, node.name, member)


def _statement_units(module: str, owner: str, node: ast.stmt) -> Iterator[Unit]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        names = [node.name]
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        if pairs := _pairs(node):
            for target, value in pairs:
                yield from _statement_units(module, owner, ast.Assign([target], value))
            return
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        flat = [e for t in targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
        # X[1] = 2 and x.y = 3 change what is defined elsewhere.
        names = [t.id for t in flat] if all(isinstance(t, ast.Name) for t in flat) else [""]
    else:
        names = [owner]  # a statement that runs when the class, or the module, is made
    for name in names:
        yield _unit(module, name, owner if name != owner else "", [node])


def _pairs(node: ast.Assign | ast.AnnAssign) -> list[tuple[ast.expr, ast.expr]]:
    """Return targets and values of ``A, B = 1, 2``; nothing of another assignment."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return []
    target, value = node.targets[0], node.value
    if not (isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)):
        return []
    starred = any(isinstance(e, ast.Starred) for e in (*target.elts, *value.elts))
    return [] if starred else list(zip(target.elts, value.elts))


def _unit(module: str, name: str, owner: str, nodes: Iterable[ast.AST]) -> Unit:
    unit = Unit(module, name, owner, "")
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name):
                unit.uses.add(inner.id)
            elif isinstance(inner, ast.Attribute):
                unit.uses.add(inner.attr)
                if isinstance(inner.value, ast.Name) and inner.value.id in ("self", "cls"):
                    unit.own.add(inner.attr)
            elif isinstance(inner, ast.alias):
                unit.uses.add(inner.name.split(".")[-1])
            elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                unit.uses |= {inner.value} if inner.value.isidentifier() else set()
    unit.text = "\n".join(_dump(node) for node in nodes)
    return unit


def _dump(node: ast.AST) -> str:
    """Return the text of a tree without the text of documentation."""
    documented = [
        n
        for n in ast.walk(node)
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and n.body
        and _is_text(n.body[0])
    ]
    texts = {id(n.body[0]): n for n in documented}
    if not texts:
        return ast.dump(node)
    bodies = [(n, n.body) for n in texts.values()]
    for n, body in bodies:
        n.body = body[1:]
    try:
        return ast.dump(node)
    finally:
        for n, body in bodies:
            n.body = body


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
