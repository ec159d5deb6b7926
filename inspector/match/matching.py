"""The match of two traces: pairs, and everything that found no partner."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from inspector.errors import UsageError
from inspector.match.choice import Choice
from inspector.match.deciding import decide_pairs
from inspector.match.entries import Entry, entries_of, shift_steps, step_shift
from inspector.match.equals import agreeing_reason, any_assignment
from inspector.match.hints import one_sided
from inspector.match.mapping import Mapping
from inspector.match.order import has_stored_order
from inspector.match.pair_layouts import PairLayouts
from inspector.match.pairing import Board, Group, Link
from inspector.match.reasons import unmatched_reasons
from inspector.match.values import ValueGraph
from inspector.names import show_name
from inspector.tensors import Progress, Roles, TensorPair, TensorRecord, Trace

_SHAPELESS = 0.6
# A state of one side may be paired with one of these of the other.
_ENDS = ("initial_noise", "mel")


@dataclass(frozen=True)
class Unmatched:
    """A tensor without partner, with the reason."""

    record: TensorRecord
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.record.name,
            "shape": list(self.record.shape),
            "dtype": self.record.dtype,
            "file": self.record.file,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Ambiguous:
    """Tensors that fit each other in more than one way.

    Attributes:
        reference, candidate: stored names.
        reason: what leaves them open.
        harmless: the members of each side are copies of one tensor, as many on both sides,
            and the two agree: whichever belongs to which, nothing is hidden.
        assignment: one of the assignments of a group that is harmless as far as the
            fingerprints of the values tell.
    """

    reference: tuple[str, ...]
    candidate: tuple[str, ...]
    reason: str
    harmless: bool = False
    assignment: tuple[TensorPair, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "reference": list(self.reference),
            "candidate": list(self.candidate),
            "reason": self.reason,
            "harmless": self.harmless,
        }


@dataclass(frozen=True)
class MatchResult:
    """What belongs together in two traces; every tensor is in exactly one of the lists.

    Attributes:
        pairs: one-to-one, in the reference's order of execution.
        unmatched_reference, unmatched_candidate: tensors without partner.
        ambiguous: groups that only a mapping file can settle.
        notes: assumptions about the whole match, one sentence each.
        agreeing: reference names of the pairs whose values agree within what backends and
            storage explain, as far as their fingerprints tell.
    """

    pairs: tuple[TensorPair, ...] = ()
    unmatched_reference: tuple[Unmatched, ...] = ()
    unmatched_candidate: tuple[Unmatched, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()
    notes: tuple[str, ...] = ()
    agreeing: frozenset[str] = frozenset()

    def to_dict(self) -> dict[str, Any]:
        """Plain values; pairs without their metrics."""
        return {
            "pairs": [_pair_dict(pair) for pair in self.pairs],
            "unmatched": {
                "reference": [u.to_dict() for u in self.unmatched_reference],
                "candidate": [u.to_dict() for u in self.unmatched_candidate],
            },
            "ambiguous": [a.to_dict() for a in self.ambiguous],
            "notes": list(self.notes),
        }


def match_traces(
    reference: Trace,
    candidate: Trace,
    reference_roles: Roles,
    candidate_roles: Roles,
    *,
    mapping: Mapping | None = None,
    only: str | None = None,
    progress: Progress | None = None,
) -> MatchResult:
    """Find for every tensor of one trace its partner in the other, and their layouts.

    Names propose: a mapping file, the same name, the same path in another spelling, an
    alias, the same role and step, the end of a path.  Values check them and pair what
    names leave open; order of execution decides among equal values and where values have
    diverged.  Of a state under two names, such as the noise and the state before the first
    step, the definition decides.  Place and shape decide last.  Each tensor is read once for
    this, once more where shapes leave several layouts.

    Args:
        reference: reference trace.
        candidate: candidate trace.
        reference_roles: roles of the reference.
        candidate_roles: roles of the candidate.
        mapping: pairs the user has named; they override everything.
        only: regular expression; keep tensors whose own or whose partner's name it finds.
        progress: called once per pair.

    Raises:
        UsageError: `only` is no regular expression, or the mapping does not fit the traces.
        Cancelled: `progress` raised it.
    """
    pattern = _compile(only)
    refs = entries_of(reference, reference_roles)
    cands = entries_of(candidate, candidate_roles)
    notes = []
    shift = step_shift(reference_roles.trajectory, candidate_roles.trajectory)
    if shift:
        cands = shift_steps(cands, shift)
        first = "0" if shift > 0 else "1"
        notes.append(
            f"The candidate counts ODE steps from {first} and the reference from "
            f"{1 - int(first)}; its step n is paired with step n{shift:+d}."
        )
    board = Board({e.name: e for e in refs}, {e.name: e for e in cands})
    alone = [u for u in _set_alone(board, mapping) if _found(pattern, u.record.name)]
    given = _apply_mapping(board, mapping)
    if given:
        notes.append(f"{_many(len(given), 'pair')} come from {mapping.source if mapping else ''}.")
    decided = decide_pairs(
        board, reference, candidate,
        same_name=lambda e: not shift or e.step is None,
        stored_order=has_stored_order(reference, reference_roles)
        and has_stored_order(candidate, candidate_roles),
        wanted=lambda name: _found(pattern, name),
        progress=progress,
    )  # fmt: skip
    notes.extend(decided.notes)
    links = sorted(board.links, key=lambda link: link.reference.place)
    kept = [k for k in links if _found(pattern, k.reference.name, k.candidate.name)]
    layouts = PairLayouts(reference, candidate, reference_roles, candidate_roles, given)
    groups = [g for g in board.ambiguous if _found(pattern, *(e.name for e in (*g[0], *g[1])))]
    assignments = [any_assignment(refs, cands, decided.graph) for refs, cands, _ in groups]
    choices = layouts.choose([*kept, *chain.from_iterable(assignments)], progress)
    made = [
        None if choice is None else _pair(link, choice, layouts.letters(link.reference))
        for link, choice in zip(chain(kept, *assignments), choices, strict=True)
    ]
    pairs, tied = [], []
    for link, pair in zip(kept, made, strict=False):
        if pair is None:
            tied.append(
                Ambiguous(
                    (link.reference.name,),
                    (link.candidate.name,),
                    "Several orders of axes fit the two shapes and the values favour none; name "
                    "the pair with its axes in a mapping file.",
                )
            )
        else:
            pairs.append(pair)
    hints = one_sided(board, decided.graph)
    result = MatchResult(
        tuple(pairs),
        (*_unmatched(board.reference, cands, links, "reference", pattern, hints[0]), *alone),
        _unmatched(board.candidate, refs, links, "candidate", pattern, hints[1]),
        (*_ambiguous(groups, assignments, made[len(kept) :]), *tied),
        (),
        frozenset(k.reference.name for k in kept if _agrees(k, decided.graph)),
    )
    notes.extend(_notes(result, only, len(refs) + len(cands)))
    return replace(result, notes=tuple(notes))


def _set_alone(board: Board, mapping: Mapping | None) -> list[Unmatched]:
    """Take away the reference tensors that the user says have no counterpart."""
    if mapping is None:
        return []
    mapping.check(board.reference, board.candidate)
    reason = f"It has no counterpart by {mapping.source}."
    names = [entry.reference for entry in mapping.entries if entry.candidate is None]
    return [Unmatched(board.reference.pop(name).record, reason) for name in names]


def _apply_mapping(board: Board, mapping: Mapping | None) -> dict[str, tuple[int, ...] | None]:
    if mapping is None:
        return {}
    paired = [entry for entry in mapping.entries if entry.candidate is not None]
    for entry in paired:
        ref, cand = board.reference[entry.reference], board.candidate[entry.candidate or ""]
        rank = len(cand.record.shape)
        if entry.axes is not None and len(entry.axes) != rank:
            raise UsageError(
                "mapping", entry.candidate,
                f"the mapping file gives {len(entry.axes)} axes and the tensor has {rank}",
                f"a permutation of {rank} axes", "Correct the mapping file.",
            )  # fmt: skip
        board.link(ref, cand, "mapping file", 1.0)
    return {entry.reference: entry.axes for entry in paired}


def _compile(only: str | None) -> re.Pattern[str] | None:
    if only is None:
        return None
    try:
        return re.compile(only)
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(
            "regex", only, f"this is not a regular expression ({error})", "",
            "Put a backslash before ( ) [ ] . * + ? when they are meant literally.",
        ) from error  # fmt: skip


def _found(pattern: re.Pattern[str] | None, *names: str) -> bool:
    return pattern is None or any(pattern.search(name) for name in names)


def _pair(link: Link, choice: Choice, letters: str) -> TensorPair:
    ref, cand = link.reference, link.candidate
    # the reference never changes the order of its axes, so its letters are those of the
    # common array, unless one of them is split
    if choice.reference.shape is not None:
        letters = ""
    role, step = _meaning(ref, cand)
    return TensorPair(
        ref.record,
        cand.record,
        link.rule,
        round(link.confidence * (_SHAPELESS if choice.mismatch else choice.certainty), 3),
        replace(choice.reference, letters=letters),
        replace(choice.candidate, letters=letters),
        step,
        role,
        choice.mismatch,
        (*link.notes, *_own_notes(link), *choice.notes),
    )


def _meaning(ref: Entry, cand: Entry) -> tuple[str, int | None]:
    """Role and step of a pair; the ends of the integration count more than its states."""
    for entry in (ref, cand):
        if entry.role in _ENDS:
            return entry.role, entry.step
    if ref.role or ref.step is not None:
        return ref.role or cand.role, ref.step
    return cand.role, cand.step if cand.role else None


def _own_notes(link: Link) -> list[str]:
    """A lone step without number has been taken as step 1."""
    ref, cand = link.reference, link.candidate
    if None in (ref.step, cand.step) or (ref.parsed.step is None) == (cand.parsed.step is None):
        return []
    side = "reference" if ref.parsed.step is None else "candidate"
    return [f"The {side} gives no step number; its tensor is taken as step {ref.step}."]


def _unmatched(
    entries: dict[str, Entry],
    other: Sequence[Entry],
    links: Sequence[Link],
    side: str,
    pattern: re.Pattern[str] | None,
    hints: dict[str, str],
) -> tuple[Unmatched, ...]:
    reasons = unmatched_reasons(entries.values(), other, links, side=side)
    reasons.update(hints)
    return tuple(
        Unmatched(e.record, reasons[e.name]) for e in entries.values() if _found(pattern, e.name)
    )


def _agrees(link: Link, graph: ValueGraph) -> bool:
    edge = graph.measure(link.reference, link.candidate)
    return edge is not None and edge.same


def _ambiguous(
    groups: Sequence[Group],
    assignments: Sequence[tuple[Link, ...]],
    made: Sequence[TensorPair | None],
) -> Iterator[Ambiguous]:
    """The groups that are left, with the pairs `made` of their assignments, one after another."""
    rest = iter(made)
    for (refs, cands, reason), links in zip(groups, assignments, strict=True):
        found = list(islice(rest, len(links)))
        pairs = tuple(pair for pair in found if pair is not None and not pair.mismatch)
        harmless = bool(links) and len(pairs) == len(links)
        yield Ambiguous(
            tuple(e.name for e in refs),
            tuple(e.name for e in cands),
            agreeing_reason(reason) if harmless else reason,
            harmless,
            pairs if harmless else (),
        )


def _notes(result: MatchResult, only: str | None, total: int) -> list[str]:
    notes = []
    if only is not None:
        kept = (
            2 * len(result.pairs)
            + len(result.unmatched_reference)
            + len(result.unmatched_candidate)
            + sum(len(a.reference) + len(a.candidate) for a in result.ambiguous)
        )
        notes.append(f"Only names that match '{show_name(only)}': {kept} of {total} tensors.")
    rows = sum(p.reference_layout.row == 0 or p.candidate_layout.row == 0 for p in result.pairs)
    if rows:
        notes.append(
            f"{_many(rows, 'pair')}: one side has two rows and row 0 is taken as the conditional "
            f"one."
        )
    moved = sum(p.candidate_layout.axes is not None for p in result.pairs)
    if moved:
        notes.append(f"{_many(moved, 'pair')}: the candidate's axes are taken in another order.")
    return notes


def _many(n: int, word: str) -> str:
    return f"{n} {word}" + ("" if n == 1 else "s")


def _pair_dict(pair: TensorPair) -> dict[str, Any]:
    return {
        "reference": pair.reference.name,
        "candidate": pair.candidate.name,
        "step": pair.step,
        "role": pair.role,
        "rule": pair.rule,
        "layout": pair.describe_layout(),
        "confidence": pair.confidence,
        "mismatch": pair.mismatch,
        "notes": list(pair.notes),
    }
