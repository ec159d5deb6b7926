"""All stages of pairing in their order: names, values as their check, values alone, order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inspector.match.by_definition import pair_by_definition
from inspector.match.by_order import Order, pair_by_order
from inspector.match.by_values import ValuePairing, close, reopen
from inspector.match.checking import Checked, check_names
from inspector.match.entries import Entry
from inspector.match.fingerprints import Fingerprints
from inspector.match.last_one import pair_last_of_module
from inspector.match.lessons import pair_by_lessons
from inspector.match.pairing import Board, Link, pair_by_names, pair_by_place
from inspector.match.parts import pair_cropped, pair_reshaped
from inspector.match.patterns import pair_by_patterns
from inspector.match.values import ValueGraph
from inspector.tensors import Progress, Trace

_VALUE_RULES = ("values", "values and order", "values and names")


@dataclass(frozen=True)
class Decided:
    """What deciding has learned beside the pairs.

    Attributes:
        graph: likeness of the tensors that were read.
        order: the order of execution between the proven pairs.
        notes: assumptions about the whole match, one sentence each.
    """

    graph: ValueGraph
    order: Order
    notes: tuple[str, ...] = ()


def decide_pairs(
    board: Board,
    reference: Trace,
    candidate: Trace,
    *,
    same_name: Callable[[Entry], bool],
    stored_order: bool,
    wanted: Callable[[str], bool],
    progress: Progress | None = None,
) -> Decided:
    """Decide the pairs of `board`.

    Args:
        board: open tensors; links that are in it already are never undone.
        reference, candidate: the traces, for their identity and what they state.
        same_name: which tensors an equal stored name may pair.
        stored_order: both traces tell their order of execution by more than names.
        wanted: names worth reading; other tensors are paired by names alone.
        progress: called while values are read.
    """
    pair_by_names(board, same_name=same_name)
    groups = reopen(board)
    refs, cands = _to_read(board, wanted)
    graph = _read(refs, cands, reference, candidate, progress)
    checked = check_names(board, graph)
    pairing = ValuePairing(board, graph, checked)
    pairing.pair_clear()
    order = Order(_anchors(board.links, checked, stored_order))
    pairing.weigh_by_order(order)
    pair_by_lessons(board, checked)
    pair_by_patterns(board, checked)
    pairing.pair_equals(order)
    close(board, groups)
    pair_by_definition(board, graph, reference, candidate)
    pair_reshaped(board, graph)
    pair_cropped(board)
    pairing.pair_alike()
    pair_by_order(board, order)
    pair_last_of_module(board, checked)
    pair_by_place(board)
    return Decided(graph, order, tuple(_notes(board.links, checked)))


def _to_read(board: Board, wanted: Callable[[str], bool]) -> tuple[list[Entry], list[Entry]]:
    links = [k for k in board.links if wanted(k.reference.name) or wanted(k.candidate.name)]
    open_refs, open_cands = list(board.reference.values()), list(board.candidate.values())
    if not any(wanted(e.name) for e in (*open_refs, *open_cands)):
        open_refs, open_cands = [], []
    return (
        [k.reference for k in links] + open_refs,
        [k.candidate for k in links] + open_cands,
    )


def _read(
    refs: Sequence[Entry],
    cands: Sequence[Entry],
    reference: Trace,
    candidate: Trace,
    progress: Progress | None,
) -> ValueGraph:
    prints = Fingerprints(reference.identity), Fingerprints(candidate.identity)
    total = len(refs) + len(cands)
    done = 0
    for entries, source in ((refs, prints[0]), (cands, prints[1])):
        for entry in entries:
            if progress is not None:
                progress(done, total, f"Reading {entry.name}")
            source.of(entry.record)
            done += 1
    return ValueGraph(refs, cands, *prints)


def _anchors(links: Sequence[Link], checked: Checked, stored_order: bool) -> list[Link]:
    """Pairs proven by values; where only names give an order, not those made by names."""
    sure = [k for k in links if k.rule in _VALUE_RULES and k.confidence >= 0.5]
    if stored_order:
        sure += [k for k in links if k.reference.name in checked.agreed]
    return sure


def _notes(links: Sequence[Link], checked: Checked) -> list[str]:
    notes = []
    by_values = sum(k.rule in _VALUE_RULES for k in links)
    if by_values:
        notes.append(
            f"{_many(by_values, 'pair')} made by values: the names have nothing in common or "
            f"mean something else."
        )
    if checked.released:
        notes.append(
            f"{_many(len(checked.released), 'pair')} of equal or like names undone, because the "
            f"values belong to other tensors."
        )
    if checked.differing:
        agreed = len(checked.agreed)
        notes.append(
            f"{_many(checked.differing, 'pair')} made by names differ by more than backends and "
            f"storage explain ({agreed} agree): there only names and order say what belongs "
            f"together."
        )
    by_order = sum(k.rule == "order" for k in links)
    if by_order:
        notes.append(
            f"{_many(by_order, 'pair')} made by the order of execution alone, which the pairs "
            f"proven by values keep."
        )
    return notes


def _many(n: int, word: str) -> str:
    return f"{n} {word}" + ("" if n == 1 else "s")
