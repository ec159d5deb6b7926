"""Roles for tensors whose names say nothing, taken over from those they are paired with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from inspector.match.aliases import STEP_ROLES
from inspector.match.entries import step_shift
from inspector.match.matching import MatchResult
from inspector.match.names import parse_trace
from inspector.match.roles import letters_of, trace_facts
from inspector.tensors import (
    Layout,
    OdeStep,
    OdeTrajectory,
    Roles,
    RoleTensor,
    TensorPair,
    TensorRecord,
    Trace,
)

_SURE = 0.5
_BY_HAND = "mapping file"
_LATEST_FIRST = ("x_after", "v_cfg", "v_uncond", "v_cond", "x_before")

Meaning = tuple[str, int | None]


def lend_roles(
    reference: Trace, candidate: Trace, reference_roles: Roles, candidate_roles: Roles,
    match: MatchResult,
) -> tuple[Roles, Roles]:  # fmt: skip
    """The roles of both sides, those that only the other side's names tell taken over from it.

    A role is taken over from the partner of a pair that is confident and whose values agree,
    or that a mapping file made, and inside a group of which any assignment agrees.  A role
    that the side's own names give is never replaced, nor is a tensor of that role and step
    doubled.  ODE steps are taken over to their end or not at all: where values part on the
    way, the last step that still agrees is not the last one of the run.

    Args:
        reference, candidate: the traces.
        reference_roles, candidate_roles: roles by their own names.
        match: what belongs together.

    Returns:
        Roles of the reference and of the candidate; the same objects where nothing is new.
    """
    shift = step_shift(reference_roles.trajectory, candidate_roles.trajectory)
    pairs = list(_proven(match))
    return (
        _taught(reference, reference_roles, candidate_roles, [_mirrored(p) for p in pairs], shift),
        _taught(candidate, candidate_roles, reference_roles, pairs, -shift),
    )


def _proven(match: MatchResult) -> Iterator[TensorPair]:
    for pair in match.pairs:
        told = pair.rule == _BY_HAND or pair.reference.name in match.agreeing
        if told and pair.confidence >= _SURE and not pair.mismatch:
            yield pair
    for group in match.ambiguous:
        yield from group.assignment


def _mirrored(pair: TensorPair) -> TensorPair:
    return replace(
        pair, reference=pair.candidate, candidate=pair.reference,
        reference_layout=pair.candidate_layout, candidate_layout=pair.reference_layout,
    )  # fmt: skip


def _taught(trace: Trace, own: Roles, other: Roles, pairs: list[TensorPair], shift: int) -> Roles:
    """`own` with what the references of `pairs` have in `other`."""
    known = dict(_standing(other))
    parsed = parse_trace(trace)
    taken = set(own.by_name.values())
    new: dict[str, tuple[Meaning, RoleTensor, TensorPair]] = {}
    for pair in pairs:
        name = pair.candidate.name
        if pair.reference.name not in known or name in own.by_name:
            continue
        (role, step), teacher = known[pair.reference.name]
        step = step if step is None else step + shift
        said = parsed[name].step
        if (role, step) in taken or (said is not None and said != step):
            continue
        taken.add((role, step))
        new[name] = (role, step), teacher, pair
    if _last_state(other, shift) not in taken:
        new = {name: found for name, found in new.items() if found[0][1] is None}
    if not new:
        return own
    by_name = {**own.by_name, **{name: meaning for name, (meaning, _, _) in new.items()}}
    facts = trace_facts(trace, {name: role for name, (role, _) in by_name.items()})
    tensors: dict[Meaning, RoleTensor] = {}
    for name, (meaning, teacher, pair) in new.items():
        record = pair.candidate
        letters = _letters(teacher, pair)
        if letters is None:
            letters = letters_of(record, meaning[0], parsed[name], facts, trace)
        if letters is not None:
            tensors[meaning] = RoleTensor(record, letters)
    return Roles(_named(own, tensors), _trajectory(own, tensors), MappingProxyType(by_name))


def _last_state(roles: Roles, shift: int) -> Meaning | None:
    """The latest state or velocity of a trajectory, in the step numbers of the other side."""
    for step in reversed(roles.trajectory.steps):
        for role in _LATEST_FIRST:
            if getattr(step, role) is not None:
                return role, step.number + shift
    return None


def _standing(roles: Roles) -> Iterator[tuple[str, tuple[Meaning, RoleTensor]]]:
    """The tensors that stand for their role, with it, by name."""
    for role, tensor in roles.named.items():
        yield tensor.record.name, ((role, None), tensor)
    for step in roles.trajectory.steps:
        for role in STEP_ROLES:
            tensor = getattr(step, role)
            if tensor is not None:
                yield tensor.record.name, ((role, step.number), tensor)


def _named(own: Roles, tensors: dict[Meaning, RoleTensor]) -> MappingProxyType[str, RoleTensor]:
    new = {role: tensor for (role, step), tensor in tensors.items() if step is None}
    return MappingProxyType({**new, **own.named})


def _trajectory(own: Roles, tensors: dict[Meaning, RoleTensor]) -> OdeTrajectory:
    steps = {step.number: step for step in own.trajectory.steps}
    for (role, number), tensor in tensors.items():
        if number is not None:
            steps[number] = replace(steps.get(number, OdeStep(number)), **{role: tensor})
    span = own.trajectory.t_span or tensors.get(("t_span", None))
    return OdeTrajectory(tuple(steps[number] for number in sorted(steps)), span)


def _letters(teacher: RoleTensor, pair: TensorPair) -> str | None:
    """Axis letters of the candidate's stored shape, by the layouts that bring the two together.

    None when an axis was split or has no counterpart.
    """
    record = pair.candidate
    own = _stored_axes(record, pair.candidate_layout)
    other = _stored_axes(pair.reference, pair.reference_layout)
    if own is None or other is None or len(own) != len(other):
        return None
    letters = {axis: teacher.letters[place] for axis, place in zip(own, other, strict=True)}
    left = [letter for letter in teacher.letters if letter not in letters.values()]
    for axis in range(len(record.shape)):
        if axis not in letters:
            if not left:
                return None
            letters[axis] = left.pop(0)
    return "".join(letters[axis] for axis in sorted(letters))


def _stored_axes(record: TensorRecord, layout: Layout) -> list[int] | None:
    """For each axis of the common array longer than 1 the stored axis that it comes from."""
    # the strides of a view say which axes it has; the memory is never touched
    array = np.empty(record.shape, np.int8)
    stored = {
        stride: axis
        for axis, (length, stride) in enumerate(zip(array.shape, array.strides, strict=True))
        if length > 1
    }
    view = replace(layout, rows=None).apply(array)
    found = [
        stored.get(stride)
        for length, stride in zip(view.shape, view.strides, strict=True)
        if length > 1
    ]
    axes = [axis for axis in found if axis is not None]
    return axes if len(axes) == len(found) else None
