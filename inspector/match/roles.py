"""What the tensors of one trace mean, and how their axes run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from inspector.match import aliases
from inspector.match.axes import (
    AxisFacts,
    axis_letters,
    declared_letters,
    gather_facts,
    guess_letters,
)
from inspector.match.names import ParsedName, parse_trace
from inspector.tensors import OdeStep, OdeTrajectory, Roles, RoleTensor, TensorRecord, Trace

_CFG_ROWS = 2
_SPECS = {spec.role: spec for spec in aliases.ROLES}


def recognise(trace: Trace) -> Roles:
    """Find the role, the ODE step and the axis letters of the tensors of `trace`.

    Headers only: no value is read.  When several tensors have one role outside the ODE
    steps, `Roles.named` holds the one with the preferred spelling, then the earliest
    stage.  A mask as long as the token sequence has the role ``token_mask``.  Tensors of
    an ODE step that carry no number are step 1 when no tensor of the trace has a number.
    """
    parsed = parse_trace(trace)
    roles = {r.name: _role(r, parsed[r.name]) for r in trace.records}
    roles = {name: role for name, role in roles.items() if role}
    facts = trace_facts(trace, roles)
    records = {r.name: r for r in trace.records}
    steps = _steps(parsed, roles)
    for name, role in list(roles.items()):
        if role == "mask" and _is_token_mask(records[name], facts):
            roles[name] = "token_mask"
        elif _is_start(name, roles, steps, parsed):
            # a trajectory ode_traj_step0 ... 10 begins with the noise
            roles[name] = "initial_noise"
            steps[name] = None
        elif role in aliases.STEP_ROLES and steps.get(name) is None:
            del roles[name]
    tensors = {
        name: RoleTensor(records[name], letters)
        for name, role in roles.items()
        if (letters := letters_of(records[name], role, parsed[name], facts, trace)) is not None
    }
    return Roles(
        MappingProxyType(_named(roles, steps, parsed, tensors)),
        _trajectory(roles, steps, parsed, tensors),
        MappingProxyType({name: (role, steps.get(name)) for name, role in roles.items()}),
    )


def trace_facts(trace: Trace, roles: Mapping[str, str]) -> AxisFacts:
    """Axis lengths of `trace`, given the role of each recognised tensor by name."""
    return gather_facts(trace, {name: _SPECS[role].axes for name, role in roles.items()})


def axes_kind(role: str) -> str:
    """Kind of the axes of `role`, see `inspector.match.axes`; empty when unknown."""
    return _SPECS[role].axes if role in _SPECS else ""


def _role(record: TensorRecord, parsed: ParsedName) -> str:
    if not parsed.role and record.sample_rate_hz is not None:
        return "audio"
    if parsed.role in ("t", "dt") and record.size > _CFG_ROWS:
        return ""  # an embedding of the time, not the time
    return parsed.role


def _steps(parsed: dict[str, ParsedName], roles: dict[str, str]) -> dict[str, int | None]:
    """Step by name; lone tensors of a step become step 1 when nothing is numbered."""
    steps = {name: parsed[name].step for name in roles}
    of_steps = [name for name, role in roles.items() if role in aliases.STEP_ROLES]
    states = {roles[name] for name in of_steps} - {"t", "dt"}
    if states and all(steps[name] is None for name in of_steps):
        names = [roles[name] for name in of_steps]
        for name in of_steps:
            if names.count(roles[name]) == 1:
                steps[name] = 1
    return steps


def _is_token_mask(record: TensorRecord, facts: AxisFacts) -> bool:
    length = max(record.shape, default=0)
    return length in facts.token_frames and length != facts.frames


def _is_start(
    name: str,
    roles: Mapping[str, str],
    steps: Mapping[str, int | None],
    parsed: Mapping[str, ParsedName],
) -> bool:
    """State 0 of a trajectory of states, where no other tensor is the noise."""
    return (
        roles[name] == "x_after"
        and steps.get(name) == 0
        and parsed[name].tokens[-1:] in (("traj",), ("trajectory",))
        and "initial_noise" not in roles.values()
    )


def letters_of(
    record: TensorRecord, role: str, parsed: ParsedName, facts: AxisFacts, trace: Trace
) -> str | None:
    """Axis letters of a stored shape: side-file, then name, then role and lengths.

    None when they cannot be known.
    """
    declared = declared_letters(record, role, trace.info.layouts)
    if declared is not None:
        return declared
    if parsed.letters and len(parsed.letters) == len(record.shape):
        return parsed.letters
    if not role:
        return guess_letters(record.shape, facts) or None
    return axis_letters(record.shape, _SPECS[role].axes, facts)


def _named(
    roles: dict[str, str],
    steps: dict[str, int | None],
    parsed: dict[str, ParsedName],
    tensors: dict[str, RoleTensor],
) -> dict[str, RoleTensor]:
    best: dict[str, tuple[tuple, str]] = {}
    for name in tensors:
        role = roles[name]
        if steps.get(name) is not None or role in aliases.STEP_ROLES:
            continue
        one = parsed[name]
        # tensors of a stage with a letter (7a) are an extra recording of that stage
        key = (
            one.rank if one.role == role or role == "token_mask" else 99,
            one.label,
            one.stage if one.stage is not None else -1,
            tensors[name].record.index,
        )
        if role not in best or key < best[role][0]:
            best[role] = (key, name)
    return {role: tensors[best[role][1]] for role in _SPECS if role in best}


def _trajectory(
    roles: dict[str, str],
    steps: dict[str, int | None],
    parsed: dict[str, ParsedName],
    tensors: dict[str, RoleTensor],
) -> OdeTrajectory:
    found: dict[int, OdeStep] = {}
    rank: dict[tuple[int, str], tuple[int, int]] = {}
    for name, tensor in tensors.items():
        role, number = roles[name], steps.get(name)
        if role not in aliases.STEP_ROLES or number is None:
            continue
        key = (parsed[name].rank, tensor.record.index)
        if (number, role) in rank and rank[number, role] <= key:
            continue
        rank[number, role] = key
        found[number] = replace(found.get(number, OdeStep(number)), **{role: tensor})
    spans = [n for n in tensors if roles[n] == "t_span" and steps.get(n) is None]
    span = min(spans, key=lambda n: (parsed[n].rank, tensors[n].record.index), default=None)
    return OdeTrajectory(
        tuple(found[n] for n in sorted(found)), tensors[span] if span is not None else None
    )
