"""The order in which a run made its tensors."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.match import aliases
from inspector.match.names import ParsedName, parse_trace
from inspector.match.paths import canonical_path, has_short_blocks, in_long_blocks
from inspector.tensors import Roles, TensorRecord, Trace

_PHASE = {spec.role: spec.phase for spec in aliases.ROLES}
_RANK = {spec.role: rank for rank, spec in enumerate(aliases.ROLES)}
_STEP_SLOT = {role: slot for slot, role in enumerate(aliases.STEP_ROLES)}
_MODULES_SLOT = _STEP_SLOT["x_before"] + 0.5
_EARLY, _LATE = aliases.WORD_ORDER
_WORD_RANK = {
    **{word: rank - len(_EARLY) for rank, word in enumerate(_EARLY)},
    **{word: rank + 1 for rank, word in enumerate(_LATE)},
}


def execution_order(trace: Trace, roles: Roles) -> tuple[str, ...]:
    """Names of all tensors of `trace` in order of execution.

    A side-file decides when it gives an order (tensors it does not name follow).  Else
    the order inside a single container is taken, when it can be an order of execution:
    many writers sort by name or store in the order of a hash table.  Else stages and
    steps in natural order: inputs, encoder, then for each ODE step t, dt, x_before, the
    module tensors, v_cond, v_uncond, v_cfg, x_after, then mel, vocoder and audio.
    """
    parsed = parse_trace(trace)
    natural = _natural(trace, roles, parsed)
    if trace.info.order:
        known = set(natural)
        first = tuple(dict.fromkeys(n for n in trace.info.order if n in known))
        listed = set(first)
        return first + tuple(n for n in natural if n not in listed)
    if _one_container(trace.records):
        stored = [r.name for r in sorted(trace.records, key=lambda r: r.index)]
        if _can_be_execution(stored, trace, roles, parsed):
            return tuple(stored)
    return natural


def has_stored_order(trace: Trace, roles: Roles) -> bool:
    """True when more than names tells the order: a side-file or the order in a container."""
    if trace.info.order:
        return True
    if not _one_container(trace.records):
        return False
    stored = [r.name for r in sorted(trace.records, key=lambda r: r.index)]
    return _can_be_execution(stored, trace, roles, parse_trace(trace))


def _one_container(records: Sequence[TensorRecord]) -> bool:
    return len(records) > 2 and len({r.file for r in records}) == 1


def _can_be_execution(
    stored: list[str], trace: Trace, roles: Roles, parsed: dict[str, ParsedName]
) -> bool:
    """Neither sorted by a writer nor against what the names say."""
    dtypes = {r.name: r.dtype for r in trace.records}
    runs: dict[str, list[str]] = {}
    for name in stored:
        runs.setdefault(dtypes[name], []).append(name)
    if all(names == sorted(names) for names in runs.values()):
        return False
    last_place: tuple[float, ...] = ()
    last_number: dict[tuple[str, ...], tuple[int, ...]] = {}
    for name in stored:
        role, step = roles.by_name.get(name, ("", None))
        if role in _STEP_SLOT and step is not None:
            place = (step, _STEP_SLOT[role])
            if place < last_place:
                return False
            last_place = place
        one = parsed[name]
        words = tuple("#" if t.isdigit() else t for t in one.tokens)
        numbers = (one.step or 0, *(int(t) for t in one.tokens if t.isascii() and t.isdigit()))
        if numbers < last_number.get(words, ()):
            return False
        last_number[words] = numbers
    return True


def _natural(trace: Trace, roles: Roles, parsed: dict[str, ParsedName]) -> tuple[str, ...]:
    phases = {r.name: _phase(r.name, roles, parsed[r.name]) for r in trace.records}
    stages = _Stages(phases, parsed)
    short = has_short_blocks(one.tokens for one in parsed.values())

    def key(record: TensorRecord) -> tuple:
        one = parsed[record.name]
        role, step = roles.by_name.get(record.name, ("", None))
        step = one.step if step is None else step
        phase = phases[record.name]
        if phase is None:
            phase = stages.middle(one.stage)
        in_step = phase == aliases.STEP
        return (
            stages.of(one.stage, phase),
            phase,
            (step or 0) if in_step else 0,
            _STEP_SLOT.get(role, _MODULES_SLOT) if in_step else 0,
            one.label,
            _RANK.get(role, len(_RANK)),
            tuple(
                _word_key(t)
                for t in canonical_path(in_long_blocks(one.tokens) if short else one.tokens)
            ),
            record.index,
        )

    return tuple(r.name for r in sorted(trace.records, key=key))


def _phase(name: str, roles: Roles, parsed: ParsedName) -> int | None:
    """Phase by role, step or module; None when only the stage can tell."""
    role, step = roles.by_name.get(name, ("", None))
    if step is not None or parsed.step is not None:
        return aliases.STEP
    if role:
        return _PHASE[role]
    for token in parsed.tokens:
        if token in aliases.MODULE_PHASES and parsed.stage is None:
            return aliases.MODULE_PHASES[token]
    return None if parsed.stage is not None else aliases.SOLVER_INPUT


class _Stages:
    """Stages of the pipeline and the phases they hold."""

    def __init__(self, phases: dict[str, int | None], parsed: dict[str, ParsedName]) -> None:
        self._phases: dict[int, set[int]] = {}
        self._placed: dict[int, int] = {}
        for name, phase in phases.items():
            stage = parsed[name].stage
            if stage is not None:
                held = self._phases.setdefault(stage, set())
                if phase is not None:
                    held.add(phase)

    def of(self, stage: int | None, phase: int) -> int:
        """The stage, or the one at which a tensor without number belongs."""
        if stage is not None:
            return stage
        if phase not in self._placed:
            before = [s for s, held in self._phases.items() if any(p <= phase for p in held)]
            self._placed[phase] = max(before, default=min(self._phases, default=0))
        return self._placed[phase]

    def middle(self, stage: int | None) -> int:
        """Phase of tensors of unknown meaning: before the ODE steps or the audio."""
        held = self._phases.get(stage, set()) if stage is not None else set()
        if aliases.STEP in held:
            return aliases.SOLVER_INPUT
        return min(max(held, default=aliases.INPUT), aliases.VOCODER)


def _word_key(token: str) -> tuple[int, int, str]:
    """Numbers by value; known words in the order of a forward pass; others between."""
    if token.isascii() and token.isdigit():
        return (0, int(token[:18]), "")
    return (1, _WORD_RANK.get(token, 0), token)
