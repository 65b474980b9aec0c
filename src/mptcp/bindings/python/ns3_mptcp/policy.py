# SPDX-License-Identifier: GPL-2.0-only
"""Schedulers, path managers and congestion controllers that are Python functions.

Each is a function over a snapshot, of plain Python values, and is used by :func:`use`::

    from ns3_mptcp import load, policy

    def fastest(view, reinject):
        return min(view.eligible, key=lambda subflow: subflow.srtt, default=None)

    ns = load()
    policies = policy.use(ns, scheduler=fastest)
    ...
    ns.Simulator.Run()
    policies.check()

A function that raises ends the simulation: its traceback is printed, nothing is sent any more, and
:meth:`Policies.check` raises :class:`PolicyError`. What was not sent stays in the connection.
"""

from __future__ import annotations

import ipaddress
import math
import sys
import traceback
import warnings
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .parameters import UsageError

#: Why a path manager is asked: the names of C++'s MptcpPathEvent.
EVENTS = (
    "ESTABLISHED",
    "SUBFLOW_ESTABLISHED",
    "SUBFLOW_CLOSED",
    "REMOTE_ADDED",
    "REMOTE_REMOVED",
    "LOCAL_CHANGED",
    "TIMER",
    "ANNOUNCED",
    "ENDPOINT_ADDED",
    "ENDPOINT_REMOVED",
    "ENDPOINT_FLUSHED",
    "ENDPOINT_FLAGS",
    "INITIAL_REMOVED",
    "LIMITS_CHANGED",
)


#: Most seconds that a path manager can ask to be called again after.
LONGEST_DELAY = 10**9


class PolicyError(RuntimeError):
    """A policy raised an exception, or answered what makes no sense; its cause is chained."""


class PolicyWarning(UserWarning):
    """A policy named what does not exist; that is ignored."""


@dataclass(frozen=True, slots=True)
class Subflow:
    """What a scheduler may know of a subflow: octets, seconds, bit/s."""

    id: int  # never reused in its connection
    usable: bool  # established, may carry data now
    backup: bool
    in_loss: bool
    in_recovery: bool
    stale: bool
    carried: bool  # has carried the data that is to be sent again
    delivering: bool  # holds data, and has had no timeout since the peer's last segment
    cwnd: int
    ssthresh: int
    in_flight: int
    unsent: int  # given to it but not sent
    segment_size: int
    available: int  # what its windows admit now, "unsent" among it
    queueable: int  # what it may hold beyond what it holds
    srtt: float  # 0 before the first sample
    rtt_var: float
    pacing_rate: int


@dataclass(frozen=True, slots=True)
class Connection:
    """What a scheduler may know of the connection."""

    subflows: tuple[Subflow, ...]
    eligible: tuple[Subflow, ...]  # those of the best class that have room, as C++'s GetEligible
    snd_una: int
    snd_nxt: int
    unsent: int  # octets never given to a subflow
    window_left: int  # octets of new data that the peer still admits


@dataclass(frozen=True, slots=True)
class Ahead:
    """A scheduler's answer: these may queue data that their windows do not admit yet."""

    subflows: Subflow | int | Iterable[Subflow | int]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A scheduler's answer: each of these gets the segment that comes next for it.

    That is the oldest which is outstanding and which it has not carried, among those whose first
    transmission was decided so, or new data if there is none. Several subflows without this get
    the same segment.
    """

    subflows: Subflow | int | Iterable[Subflow | int]


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """A local address; identifier 0 is that of the initial subflow."""

    id: int
    address: str
    if_index: int
    up: bool


@dataclass(frozen=True, slots=True)
class RemoteAddress:
    """An address of the peer; identifier 0 is that of the initial subflow."""

    id: int
    address: str
    port: int
    joinable: bool


@dataclass(frozen=True, slots=True)
class PathSubflow:
    """A subflow as a path manager sees it."""

    id: int
    local_id: int
    remote_id: int
    established: bool
    local: bool  # opened by this side
    initial: bool
    closing: bool


@dataclass(frozen=True, slots=True)
class Paths:
    """What a path manager may know of the connection."""

    client: bool
    locals: tuple[LocalAddress, ...]
    remotes: tuple[RemoteAddress, ...]
    subflows: tuple[PathSubflow, ...]
    announced: tuple[int, ...]  # local identifiers
    initial_denied: bool


@dataclass(frozen=True, slots=True)
class Create:
    """A subflow to open between two identifiers of the snapshot."""

    local_id: int
    remote_id: int
    backup: bool = False


@dataclass(frozen=True, slots=True)
class PathActions:
    """A path manager's answer, done in this order; ``call_again`` is in seconds."""

    remove: Iterable[int] = ()
    announce: Iterable[int] = ()
    priority: Iterable[tuple[int, bool]] = ()  # subflow identifier, backup
    destroy: Iterable[int] = ()
    create: Iterable[Create] = ()
    call_again: float = 0.0


@dataclass(frozen=True, slots=True)
class CoupledPath:
    """What a congestion controller may know of a subflow: octets and seconds."""

    window: float
    rtt: float
    segment: float
    interval: float  # acknowledged between losses
    rate: float


Scheduler = Callable[
    [Connection, bool], "Subflow | int | Iterable[Subflow | int] | Ahead | Repeat | None"
]
PathManager = Callable[[Paths, str], "PathActions | None"]
Control = Callable[[tuple[CoupledPath, ...]], float]


class Policies:
    """The policies of one :func:`use`."""

    def __init__(self, ns: Any) -> None:
        self._ns = ns
        self._kept: list[Any] = []
        self._warned: set[str] = set()
        self.error: PolicyError | KeyboardInterrupt | None = None

    def check(self) -> None:
        """Raise what a policy has raised, if any did."""
        if self.error is not None:
            raise self.error

    def _guard(self, kind: str, function: Any, work: Callable[..., Any], failed: Any) -> Any:
        """Return ``work`` so that no exception gets into C++, which could not deal with it."""

        def call(*arguments: Any) -> Any:
            if self.error is not None:
                return failed
            try:
                return work(*arguments)
            except KeyboardInterrupt as interrupt:
                self.error = interrupt
                self._ns.Simulator.Stop()
                return failed
            except BaseException as error:
                when = self._ns.Simulator.Now().GetSeconds()
                what = f"{kind} {_name(function)} at {when:.9g} s"
                text = f"{what}: {type(error).__name__}: {error}"
                self.error = PolicyError(text)
                self.error.__cause__ = error
                print(f"mptcp: {text}", file=sys.stderr)
                traceback.print_exception(error, file=sys.stderr)
                self._ns.Simulator.Stop()
                return failed

        self._kept += [call, function]  # C++ does not count as a user of them
        return call

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            warnings.warn(text, PolicyWarning, stacklevel=2)

    def _set(self, attribute: str, type_name: str, callback: Any) -> None:
        config = self._ns.Config
        config.SetDefault(f"{type_name}::Function", self._ns.PointerValue(callback))
        config.SetDefault(attribute, self._ns.StringValue(type_name))
        self._kept.append(callback)

    def _schedule(self, function: Scheduler) -> None:
        ns = self._ns

        def work(view: Any, reinject: bool, decision: Any) -> None:
            subflows = tuple(_subflow(s) for s in view.subflows)
            mask = ns.MptcpSchedulerFunction.GetCandidates(view, reinject)
            eligible = tuple(s for i, s in enumerate(subflows) if mask >> i & 1)
            answer = function(
                Connection(
                    subflows,
                    eligible,
                    int(view.sndUna),
                    int(view.sndNxt),
                    int(view.unsent),
                    int(view.windowLeft),
                ),
                bool(reinject),
            )
            if isinstance(answer, (Ahead, Repeat)):
                decision.ahead = isinstance(answer, Ahead)
                decision.repeat = isinstance(answer, Repeat)
                answer = answer.subflows
            named = 0
            index = {s.id: i for i, s in enumerate(subflows)}
            for identifier in _identifiers(answer):
                i = index.get(identifier)
                if i is None or not subflows[i].usable:
                    state = "which is not there" if i is None else "which may not carry data now"
                    self._warn(
                        f"scheduler {_name(function)} names subflow {identifier}, {state}: ignored"
                    )
                    continue
                named |= 1 << i
            decision.mask = named

        callback = ns.CreateObject[ns.MptcpSchedulerCallback]()
        callback.Set(self._guard("scheduler", function, work, None))
        self._set("ns3::MptcpSocketBase::Scheduler", "ns3::MptcpSchedulerFunction", callback)

    def _manage(self, function: PathManager) -> None:
        ns = self._ns
        events = {_octet(getattr(ns.MptcpPathEvent, name)): name for name in EVENTS}

        def work(view: Any, event: Any, actions: Any) -> None:
            answer = function(_paths(ns, view), events[_octet(event)])
            if answer is None:
                return
            if not isinstance(answer, PathActions):
                raise TypeError(f"a path manager answers PathActions or None, not {answer!r}")
            known = _Known(view, lambda text: self._warn(f"path manager {_name(function)} {text}"))
            for identifier in answer.remove:
                actions.remove.push_back(known.announced("withdraws", identifier))
            for identifier in answer.announce:
                identifier = known.local("announces", identifier)
                actions.announce.push_back(ns.MptcpPathActions.Announce(identifier))
            for pair in answer.priority:
                if not isinstance(pair, tuple) or len(pair) != 2:
                    raise TypeError(f"priority takes pairs of subflow and backup, not {pair!r}")
                priority = ns.MptcpPathActions.Priority()
                priority.subflowId = known.subflow("changes", pair[0])
                priority.backup = bool(pair[1])
                actions.priority.push_back(priority)
            for identifier in answer.destroy:
                actions.destroy.push_back(known.subflow("closes", identifier))
            for wanted in answer.create:
                if not isinstance(wanted, Create):
                    raise TypeError(f"create takes Create, not {wanted!r}")
                create = ns.MptcpPathActions.Create()
                create.localId = known.local("connects from", wanted.local_id)
                create.remoteId = known.remote("connects to", wanted.remote_id)
                create.backup = wanted.backup
                actions.create.push_back(create)
            again = answer.call_again
            if isinstance(again, bool) or not isinstance(again, (int, float)):
                raise TypeError(f"call_again takes seconds, not {again!r}")
            if not 0 <= again <= LONGEST_DELAY:
                raise ValueError(f"call_again takes seconds from 0 to {LONGEST_DELAY}, not {again}")
            if again > 0:
                actions.callAgain = ns.Seconds(again)

        callback = ns.CreateObject[ns.MptcpPathManagerCallback]()
        callback.Set(self._guard("path manager", function, work, None))
        self._set("ns3::MptcpSocketBase::PathManager", "ns3::MptcpPathManagerFunction", callback)

    def _control(self, increase: Control, decrease: Control | None) -> None:
        ns = self._ns

        def figure(function: Control) -> Callable[[Any], float]:
            def work(view: Any) -> float:
                value = float(
                    function(
                        tuple(
                            CoupledPath(p.window, p.rtt, p.segment, p.interval, p.rate)
                            for p in view.paths
                        )
                    )
                )
                if not math.isfinite(value):
                    raise ValueError(f"a congestion controller answers a number, not {value}")
                return value

            return work

        callback = ns.CreateObject[ns.MptcpCongestionCallback]()
        kind = "congestion controller"
        callback.SetIncrease(self._guard(kind, increase, figure(increase), 0.0))
        if decrease is not None:
            callback.SetDecrease(self._guard(kind, decrease, figure(decrease), 0.0))
        self._set(
            "ns3::MptcpSocketBase::CongestionControl", "ns3::MptcpCongestionFunction", callback
        )


#: All that are used: C++ does not keep them alive.
_used: list[Policies] = []


def use(
    ns: Any,
    *,
    scheduler: Scheduler | None = None,
    path_manager: PathManager | None = None,
    increase: Control | None = None,
    decrease: Control | None = None,
) -> Policies:
    """Let connections that are made from now on use these functions (by ``Config.SetDefault``).

    :param ns: what ``load()`` returned
    :param scheduler: of the snapshot and whether data is sent again: a subflow or several
        (:class:`Subflow` or identifiers), :class:`Ahead` or :class:`Repeat` of such, or ``None``
        to wait
    :param path_manager: of the snapshot and the event's name: :class:`PathActions` or ``None``
    :param increase: of the coupled subflows, the one in question first: growth of its window for
        each segment acknowledged in congestion avoidance, in segments times the segment's size;
        NewReno is ``1 / paths[0].window``
    :param decrease: of the same, after a loss: the window, octets; without it half of the window
    :raises UsageError: what is no function
    """
    given = {
        "scheduler": scheduler,
        "path_manager": path_manager,
        "increase": increase,
        "decrease": decrease,
    }
    for name, function in given.items():
        if function is not None and not callable(function):
            raise UsageError(f"{name} {function!r}, allowed: a function")
    if decrease is not None and increase is None:
        raise UsageError("decrease needs increase, a function beside it")
    policies = Policies(ns)
    _used.append(policies)
    if scheduler is not None:
        policies._schedule(scheduler)
    if path_manager is not None:
        policies._manage(path_manager)
    if increase is not None:
        policies._control(increase, decrease)
    return policies


def check() -> None:
    """Raise what a policy has raised since the last :func:`forget`, if any did.

    That is :class:`PolicyError`, or ``KeyboardInterrupt`` of a Ctrl-C while it was at work.
    """
    for policies in _used:
        policies.check()


def forget() -> None:
    """Forget the policies: no connection uses them any more (after ``Simulator.Destroy``)."""
    _used.clear()


def _subflow(s: Any) -> Subflow:
    return Subflow(
        int(s.id),
        bool(s.usable),
        bool(s.backup),
        bool(s.inLoss),
        bool(s.inRecovery),
        bool(s.stale),
        bool(s.carried),
        bool(s.delivering),
        int(s.cwnd),
        int(s.ssthresh),
        int(s.inFlight),
        int(s.unsent),
        int(s.segmentSize),
        int(s.available),
        int(s.queueable),
        float(s.srtt.GetSeconds()),
        float(s.rttVar.GetSeconds()),
        int(s.pacingRate),
    )


def _name(function: Any) -> str:
    return getattr(function, "__qualname__", None) or type(function).__name__


def _identifiers(answer: Any) -> list[int]:
    if answer is None:
        return []
    if isinstance(answer, (Subflow, int)) or not isinstance(answer, Iterable):
        answer = (answer,)
    found = []
    for item in answer:
        if isinstance(item, Subflow):
            found.append(item.id)
        elif isinstance(item, int) and not isinstance(item, bool):
            found.append(item)
        else:
            raise TypeError(f"a scheduler answers subflows or their identifiers, not {item!r}")
    return found


class _Known:
    """Checks what a path manager names. What is not there is done by nobody, and warned of."""

    def __init__(self, view: Any, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._locals = {_octet(a.id) for a in view.locals}
        self._announced = {_octet(i) for i in view.announced}
        self._remotes = {_octet(a.id) for a in view.remotes}
        self._subflows = {int(s.id) for s in view.subflows}

    def local(self, does: str, identifier: Any) -> int:
        return self._check(does, "local address", identifier, self._locals)

    def announced(self, does: str, identifier: Any) -> int:
        return self._check(does, "local address", identifier, self._locals | self._announced)

    def remote(self, does: str, identifier: Any) -> int:
        return self._check(does, "remote address", identifier, self._remotes)

    def subflow(self, does: str, identifier: Any) -> int:
        return self._check(does, "subflow", identifier, self._subflows, 2**32 - 1)

    def _check(
        self, does: str, what: str, identifier: Any, known: set[int], largest: int = 255
    ) -> int:
        if isinstance(identifier, bool) or not isinstance(identifier, int):
            raise TypeError(f"a path manager names a {what} by its identifier, not {identifier!r}")
        if not 0 <= identifier <= largest:
            raise ValueError(f"identifiers of a {what} are from 0 to {largest}, not {identifier}")
        if identifier not in known:
            self._warn(f"{does} {what} {identifier}, which is not there: ignored")
        return identifier


def _paths(ns: Any, view: Any) -> Paths:
    return Paths(
        bool(view.client),
        tuple(
            LocalAddress(_octet(a.id), _address(ns, a.address), int(a.ifIndex), bool(a.up))
            for a in view.locals
        ),
        tuple(
            RemoteAddress(_octet(a.id), _address(ns, a.address), int(a.port), bool(a.joinable))
            for a in view.remotes
        ),
        tuple(
            PathSubflow(
                int(s.id),
                _octet(s.localId),
                _octet(s.remoteId),
                bool(s.established),
                bool(s.local),
                bool(s.initial),
                bool(s.closing),
            )
            for s in view.subflows
        ),
        tuple(_octet(i) for i in view.announced),
        bool(view.initialDenied),
    )


def _octet(value: Any) -> int:
    """Return a ``uint8_t``, which cppyy gives as a character."""
    return ord(value) if isinstance(value, str) else int(value)


def _address(ns: Any, address: Any) -> str:
    if ns.Ipv4Address.IsMatchingType(address):
        return str(ipaddress.IPv4Address(int(ns.Ipv4Address.ConvertFrom(address).Get())))
    octets = array("B", bytes(16))
    ns.Ipv6Address.ConvertFrom(address).GetBytes(octets)
    return str(ipaddress.IPv6Address(octets.tobytes()))
