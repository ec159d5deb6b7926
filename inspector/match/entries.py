"""Tensors of one side, ready to be matched by name."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from inspector.errors import TraceError
from inspector.match import aliases
from inspector.match.names import ParsedName, join, parse_trace
from inspector.match.order import execution_order
from inspector.match.paths import canonical_path, has_short_blocks, in_long_blocks
from inspector.tensors import OdeTrajectory, Roles, TensorRecord, Trace

_DIGITS = re.compile(r"[0-9]+")
_STAGES = (("down",), ("mid",), ("up",), ("final",))


@dataclass(frozen=True)
class Entry:
    """One tensor with everything that its name says.

    Attributes:
        record: the tensor.
        parsed: its name, taken apart.
        role: role by the whole trace; empty when unknown.
        step: ODE step, counted as on the reference side.
        path: canonical module path.
        place: position in order of execution.
    """

    record: TensorRecord
    parsed: ParsedName
    role: str
    step: int | None
    path: tuple[str, ...]
    place: int

    @property
    def name(self) -> str:
        """Stored name."""
        return self.record.name

    @property
    def stored_key(self) -> tuple:
        """Equal for two spellings of one name."""
        one = self.parsed
        return (self.step, one.stage, one.label, join(one.tokens))

    @property
    def tail_key(self) -> tuple:
        """Equal for one path below different stages and side labels."""
        tokens = self.parsed.tokens
        start = 0
        while start < len(tokens) - 1 and tokens[start] in aliases.SIDE_LABELS:
            start += 1
        return (self.step, join(tokens[start:]))

    @property
    def alias_key(self) -> tuple:
        """Equal for the paths of one module in two programs."""
        return (self.step, join(self.path))

    @property
    def programs(self) -> frozenset[str]:
        """Programs of the pipeline that the name mentions."""
        words = aliases.PROGRAMS
        return frozenset(words[t] for t in self.parsed.tokens if t in words)

    @property
    def preference(self) -> tuple[int, str, int]:
        """Smaller for the tensor that stands for its role."""
        one = self.parsed
        return (one.rank, one.label, one.stage if one.stage is not None else -1)


def entries_of(trace: Trace, roles: Roles) -> tuple[Entry, ...]:
    """All tensors of `trace` in order of execution."""
    parsed = parse_trace(trace)
    records = {record.name: record for record in trace.records}
    entries = []
    short = has_short_blocks(one.tokens for one in parsed.values())
    for place, name in enumerate(execution_order(trace, roles)):
        role, step = roles.by_name.get(name, ("", None))
        one = parsed[name]
        step = one.step if step is None and role != "initial_noise" else step
        path = canonical_path(in_long_blocks(one.tokens) if short else one.tokens)
        entries.append(Entry(records[name], one, role, step, path, place))
    return tuple(entries)


def contradict(reference: Entry, candidate: Entry) -> bool:
    """True when the names say that two tensors are different things, see `conflict`."""
    return conflict(reference, candidate) not in ("", "step")


def conflict(reference: Entry, candidate: Entry) -> str:
    """Why the names say that two tensors are different things; empty when they do not.

    ``role``: they have different roles; ``program``: they belong to different programs of
    the pipeline; ``stage``: to different stages of the decoder; ``step``: to different ODE
    steps; ``number``: they are the same module under different numbers.
    """
    if reference.role and candidate.role and reference.role != candidate.role:
        return "role"
    one, other = reference.programs, candidate.programs
    if one and other and one.isdisjoint(other):
        return "program"
    stages = reference.path[:1], candidate.path[:1]
    if stages[0] != stages[1] and all(stage in _STAGES for stage in stages):
        return "stage"
    left, right = (
        tuple(_DIGITS.sub("#", t) for t in entry.path) for entry in (reference, candidate)
    )
    if reference.path != candidate.path and left == right:
        return "number"
    steps = reference.step, candidate.step
    return "step" if None not in steps and steps[0] != steps[1] else ""


def shift_steps(entries: tuple[Entry, ...], shift: int) -> tuple[Entry, ...]:
    """The same tensors with `shift` added to every ODE step."""
    return tuple(replace(e, step=e.step + shift) if e.step is not None else e for e in entries)


def step_shift(reference: OdeTrajectory, candidate: OdeTrajectory) -> int:
    """What to add to the candidate's step numbers: 0, or +-1 when one side counts from 0.

    Only when one side begins at 0 and the other at 1.  Recorded times decide where both
    sides have them, else equal numbers of steps.
    """
    left, right = reference.steps, candidate.steps
    if not left or not right or {left[0].number, right[0].number} != {0, 1}:
        return 0
    shift = left[0].number - right[0].number
    votes = Counter({shift: 0, 0: 0})
    for step in right:
        time = _time(candidate, step.number)
        for guess in (shift, 0):
            other = _time(reference, step.number + guess)
            if time is not None and other is not None and abs(time - other) < 1e-5:
                votes[guess] += 1
    if votes[shift] != votes[0]:
        return shift if votes[shift] > votes[0] else 0
    return shift if len(left) == len(right) else 0


def _time(trajectory: OdeTrajectory, number: int) -> float | None:
    step = trajectory.step(number)
    if step is None or step.t is None or step.t.record.size == 0:
        return None
    try:
        return float(step.t.record.read().ravel()[0])
    except (TraceError, TypeError):
        return None
