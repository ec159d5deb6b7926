"""What to run: a frozen choice of part, inputs, frameworks and swaps, as plain JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from inspector.backends import BACKENDS, PRECISIONS
from inspector.errors import UsageError
from inspector.names import show_name

VERSION = 1
ROWS = ("both", "cond", "uncond")
VALUES = ("auto", "slots", "blocks")
SLOT_SOURCES = ("run", "reference", "candidate")
_JSON_NAMES = {"source": "inputs"}
_SOURCE = re.compile(r"reference|candidate|noise:[0-9]{1,18}|file:.+", re.DOTALL)


@dataclass(frozen=True)
class Choice:
    """How one node or slot is computed; None leaves it to the plan.

    Attributes:
        backend: ``torch`` or ``mlx``.
        precision: one of `inspector.backends.PRECISIONS`.
        implementation: name of a user's implementation, given on the command line.
        source: whose values it reads, one of `SLOT_SOURCES`, ``inputs`` in JSON: ``run`` those
            of the run itself, the rule; ``reference`` or ``candidate`` what that trace recorded.
    """

    backend: str | None = None
    precision: str | None = None
    implementation: str | None = None
    source: str | None = None

    def to_dict(self) -> dict[str, str]:
        """What is chosen."""
        values = {_JSON_NAMES.get(name, name): value for name, value in vars(self).items()}
        return {name: value for name, value in values.items() if value is not None}

    def over(self, other: Choice) -> Choice:
        """These choices, and those of `other` where there is none here."""
        own = {name: value for name, value in vars(self).items() if value is not None}
        return replace(other, **own)


@dataclass(frozen=True)
class Swap:
    """Something put in place of a part of the decoder.

    Attributes:
        key: of a fault (`inspector.faults.registry.faults`), or the name of a user's
            implementation.
        places: nodes or blocks; None for all places where it fits.
        seed: draw of a fault's random values.
    """

    key: str
    places: tuple[str, ...] | None = None
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "key": self.key,
            "places": None if self.places is None else list(self.places),
            "seed": self.seed,
        }


@dataclass(frozen=True)
class RunPlan:
    """One run of the decoder or of a part of it.

    A node whose choice has the source ``reference`` or ``candidate`` reads what that trace
    recorded at the same step in place of each of its own inputs; every other node still reads
    what the run computed, also of the same values.  A recorded input of the decoder serves for
    the rows made of it.  An input that the trace did not record, or not in the rows that run,
    stays that of the run, and a note says so.

    Attributes:
        what: ``ode``, ``step``, ``solver`` (guidance and Euler update alone), a stage
            (``mid_blocks.3``), a block (``mid_blocks.3.1.0``) or a node
            (``mid_blocks.3.1.0.attn1.scores``).
        steps: ODE steps counted from 1; empty = the first, of an ``ode`` all.
        source: ``reference``, ``candidate``, ``file:PATH`` (values by name of node or input,
            frames first) or ``noise:SEED``.
        backend, precision: of everything that `nodes` and `slots` do not name.
        nodes, slots: choices by node and by slot; a node's choice wins.
        swaps: applied one after the other.
        rows: ``both``, ``cond`` or ``uncond``.
        chained: every value comes from the run itself; otherwise each block (of an ``ode``:
            each step) starts from recorded values.
        values: ``slots`` returns every node, ``blocks`` the outputs of blocks, states and
            velocities; ``auto`` chooses ``blocks`` for an ``ode`` and ``slots`` else.
    """

    what: str = "step"
    steps: tuple[int, ...] = ()
    source: str = "reference"
    backend: str = "torch"
    precision: str = "float32"
    nodes: tuple[tuple[str, Choice], ...] = ()
    slots: tuple[tuple[str, Choice], ...] = ()
    swaps: tuple[Swap, ...] = ()
    rows: str = "both"
    chained: bool = True
    values: str = "auto"

    def __post_init__(self) -> None:
        _one_of("rows", self.rows, ROWS)
        _one_of("values", self.values, VALUES)
        for choice in (self, *(c for _, c in (*self.nodes, *self.slots))):
            if choice.backend is not None:
                _one_of("backend", choice.backend, BACKENDS)
            if choice.precision is not None:
                _one_of("precision", choice.precision, PRECISIONS)
        for _, choice in (*self.nodes, *self.slots):
            if choice.source is not None:
                _one_of("inputs", choice.source, SLOT_SOURCES)
        if not _SOURCE.fullmatch(self.source):
            _refuse("inputs", self.source, "reference, candidate, file:PATH or noise:SEED")
        if any(step < 1 for step in self.steps):
            _refuse("steps", list(self.steps), "numbers from 1")
        # one order of the same steps: a plan is known by its content
        object.__setattr__(self, "steps", tuple(sorted(set(self.steps))))
        for name in ("nodes", "slots"):
            object.__setattr__(self, name, tuple(sorted(getattr(self, name), key=lambda c: c[0])))

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON values; `from_dict` reads them back."""
        return {
            "plan": VERSION,
            "what": self.what,
            "steps": list(self.steps),
            "inputs": self.source,
            "backend": self.backend,
            "precision": self.precision,
            "nodes": {name: choice.to_dict() for name, choice in self.nodes},
            "slots": {name: choice.to_dict() for name, choice in self.slots},
            "swaps": [swap.to_dict() for swap in self.swaps],
            "rows": self.rows,
            "chained": self.chained,
            "values": self.values,
        }

    def choice(self, node: str, slot: str) -> Choice:
        """The choices for a node: those by its name before those by its slot."""
        by_name, by_slot = dict(self.nodes).get(node), dict(self.slots).get(slot)
        return (by_name or Choice()).over(by_slot or Choice())

    @property
    def key(self) -> str:
        """Hash of the content, the same in every process."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @classmethod
    def from_dict(cls, values: Any) -> RunPlan:
        """Read the values of `to_dict`; a missing one keeps its default.

        Raises:
            UsageError: an unknown name, a wrong type or a value that is not allowed.
        """
        if not isinstance(values, Mapping):
            _refuse("plan", values, "an object")
        known = cls().to_dict()
        for name in values:
            if name not in known:
                _refuse("plan", name, f"only the names {', '.join(known)}")
        if values.get("plan", VERSION) != VERSION:
            _refuse("plan", values["plan"], f"version {VERSION}")
        steps = values.get("steps", [])
        if not isinstance(steps, list) or not all(type(s) is int for s in steps):
            _refuse("steps", steps, "a list of numbers from 1")
        chained = values.get("chained", True)
        if not isinstance(chained, bool):
            _refuse("chained", chained, "true or false")
        swaps = values.get("swaps", [])
        if not isinstance(swaps, list):
            _refuse("swaps", swaps, "a list")
        return cls(
            what=_text("what", values, "step"),
            steps=tuple(steps),
            source=_text("inputs", values, "reference"),
            backend=_text("backend", values, "torch"),
            precision=_text("precision", values, "float32"),
            nodes=_choices("nodes", values),
            slots=_choices("slots", values),
            swaps=tuple(_swap(swap) for swap in swaps),
            rows=_text("rows", values, "both"),
            chained=chained,
            values=_text("values", values, "auto"),
        )


def _text(name: str, values: Mapping[str, Any], default: str) -> str:
    value = values.get(name, default)
    if not isinstance(value, str) or not value:
        _refuse(name, value, "a text")
    return value


def _choices(name: str, values: Mapping[str, Any]) -> tuple[tuple[str, Choice], ...]:
    found = values.get(name, {})
    if not isinstance(found, Mapping):
        _refuse(name, found, "an object: name -> choice")
    choices = []
    for place, choice in sorted(found.items()):
        allowed = ("backend", "precision", "implementation", "inputs")
        if not isinstance(choice, Mapping) or not set(choice) <= set(allowed):
            _refuse(f"{name}.{place}", choice, f"an object with {', '.join(allowed)}")
        for key, value in choice.items():
            if not isinstance(value, str):
                _refuse(f"{name}.{place}.{key}", value, "a text")
        given = dict(choice)
        choices.append((place, Choice(source=given.pop("inputs", None), **given)))
    return tuple(choices)


def _swap(values: Any) -> Swap:
    if isinstance(values, str):
        return Swap(values)
    if not isinstance(values, Mapping) or not set(values) <= {"key", "places", "seed"}:
        _refuse("swaps", values, "objects with key, places and seed")
    places, seed = values.get("places"), values.get("seed", 0)
    if places is not None and not (
        isinstance(places, list) and places and all(isinstance(p, str) for p in places)
    ):
        _refuse("places", places, "a list of nodes or blocks, or null for all")
    if type(seed) is not int or seed < 0:
        _refuse("seed", seed, "a number from 0")
    return Swap(_text("key", values, ""), None if places is None else tuple(places), seed)


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        _refuse(name, value, f"one of {', '.join(allowed)}")


def _refuse(name: str, found: object, expected: str) -> NoReturn:
    raise UsageError("plan", name, f"it is {show_name(repr(found), 80)}", expected)
