"""Layouts of all pairs of a match: each alone, then the open ones by what the sure ones teach."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from inspector.match.choice import Choice, choose, habit_of, settle
from inspector.match.entries import Entry
from inspector.match.exact import oriented
from inspector.match.layouts import reconcile
from inspector.match.pairing import Link
from inspector.match.roles import axes_kind, letters_of, trace_facts
from inspector.match.values import CANDIDATE_ROW, EXCHANGED, REFERENCE_ROW
from inspector.tensors import Array, Layout, Progress, Roles, TensorRecord, Trace

# Kinds whose lengths are part of the answer: a shorter one is different, never trimmed.
_NEVER_TRIMMED = frozenset({"tokens", "scalar", "schedule", "vector"})
_WEIGHTS = frozenset({"weight", "bias", "kernel", "scales", "biases"})


class PairLayouts:
    """Finds the layouts of the pairs of two traces.

    Args:
        reference: reference trace.
        candidate: candidate trace.
        reference_roles: roles of the reference.
        candidate_roles: roles of the candidate.
        given: axes of the candidate that a user has named, by reference name.
    """

    def __init__(
        self,
        reference: Trace,
        candidate: Trace,
        reference_roles: Roles,
        candidate_roles: Roles,
        given: Mapping[str, tuple[int, ...] | None],
    ) -> None:
        self._traces = (reference, candidate)
        self._facts = tuple(
            trace_facts(trace, {name: role for name, (role, _) in roles.by_name.items()})
            for trace, roles in ((reference, reference_roles), (candidate, candidate_roles))
        )
        self._given = given

    def letters(self, entry: Entry, side: int = 0) -> str:
        """Axis letters of the stored shape, or empty."""
        facts, trace = self._facts[side], self._traces[side]
        return letters_of(entry.record, entry.role, entry.parsed, facts, trace) or ""

    def choose(self, links: Sequence[Link], progress: Progress | None) -> list[Choice | None]:
        """The layout of each pair; None where several fit and nothing favours one."""
        choices = []
        for done, link in enumerate(links):
            if progress is not None:
                progress(done, len(links), link.reference.name)
            choices.append(self._alone(link))
        if progress is not None:
            progress(len(links), len(links), "layouts")
        orders = _orders(links, choices)
        settled: list[Choice | None] = []
        for link, choice in zip(links, choices, strict=True):
            if choice.open:
                habit = habit_of(orders[_kind(link)], len(choice.open[0].order))
                shapes = link.reference.record.shape, link.candidate.record.shape
                settled.append(settle(choice, *shapes, habit))
            else:
                settled.append(choice)
        return settled

    def _alone(self, link: Link) -> Choice:
        if link.relation:
            return self._related(link)
        ref, cand = link.reference, link.candidate
        shape = ref.record.shape
        axes = self._given.get(ref.name)
        if axes is not None:
            return _by_given_axes(ref.record, cand.record, axes)
        long = [n for n in shape if n != 1]
        if shape == cand.record.shape and len(set(long)) == len(long):
            return Choice(order=tuple(range(len(long))))  # the usual case, at once
        audio = "audio" in (ref.role, cand.role) or ref.record.sample_rate_hz is not None
        fits = reconcile(
            shape,
            cand.record.shape,
            self.letters(ref, 0),
            self.letters(cand, 1),
            rows=not audio,
            equal_axes=not _is_weight(ref),
        )
        whole = not ref.role and ref.record.dtype.startswith(("int", "uint", "bool"))
        trim = _kind(link) not in _NEVER_TRIMMED and not whole
        return choose(ref.record, cand.record, fits, trim=trim)

    def _related(self, link: Link) -> Choice:
        """The layout when a row, or the rows in the other order, meet the other side."""
        ref, cand = link.reference.record, link.candidate.record
        chosen = self._alone(
            replace(
                link,
                reference=replace(link.reference, record=_oriented(ref, link.relation, 0)),
                candidate=replace(link.candidate, record=_oriented(cand, link.relation, 1)),
                relation="",
            )
        )
        if link.relation == EXCHANGED:
            layout = replace(chosen.candidate, rows=(1, 0))
            note = (
                "The two rows of axis 0 stand in the other order on the candidate's side; they "
                "are exchanged before comparing."
            )
            return replace(chosen, candidate=layout, notes=(note, *chosen.notes))
        side = "reference" if link.relation in REFERENCE_ROW else "candidate"
        row = (REFERENCE_ROW if side == "reference" else CANDIDATE_ROW).index(link.relation)
        layout = replace(getattr(chosen, side), row=row)
        order = "" if row == 0 else " (the rows may stand in the other order)"
        note = (
            f"Row {row} of 2 of the {side} holds the values of the other side{order}; row "
            f"{1 - row} is not compared."
        )
        return replace(chosen, **{side: layout}, notes=(note, *chosen.notes))


def _oriented(record: TensorRecord, relation: str, side: int) -> TensorRecord:
    """`record` as if it had been stored the way `relation` asks for."""
    shape = record.shape
    if relation in (REFERENCE_ROW, CANDIDATE_ROW)[side]:
        shape = (1, *shape[1:])

    def load() -> Array:
        array = record.read()
        return oriented(array, array, relation)[side]

    return replace(record, shape=shape, load=load)


def _kind(link: Link) -> str:
    return axes_kind(link.reference.role or link.candidate.role)


def _is_weight(entry: Entry) -> bool:
    return bool(_WEIGHTS & set(entry.parsed.tokens[-1:]))


def _orders(
    links: Sequence[Link], choices: Sequence[Choice]
) -> dict[str, Counter[tuple[int, ...]]]:
    """How often sure pairs have each order of axes, by kind.

    States and prompts can have different layouts in one trace; weights say nothing about
    activations.
    """
    orders: dict[str, Counter[tuple[int, ...]]] = defaultdict(Counter)
    for link, choice in zip(links, choices, strict=True):
        if choice.order is not None and not choice.mismatch and not _is_weight(link.reference):
            orders[_kind(link)][choice.order] += 1
    return orders


def _by_given_axes(
    reference: TensorRecord, candidate: TensorRecord, axes: tuple[int, ...]
) -> Choice:
    shape = tuple(candidate.shape[a] for a in axes)
    layout = Layout(axes=axes)
    if shape == reference.shape:
        return Choice(candidate=layout, notes=("The axes come from the mapping file.",))
    return Choice(
        mismatch=f"With the axes of the mapping file the candidate has the shape {list(shape)} and "
        f"the reference {list(reference.shape)}."
    )
