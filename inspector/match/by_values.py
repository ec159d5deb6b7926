"""Pairs made by values, where names leave tensors open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from inspector.match.assign import assign
from inspector.match.by_order import Order
from inspector.match.checking import Checked
from inspector.match.entries import Entry
from inspector.match.exact import exact_distances
from inspector.match.module_kinds import kinds_apart
from inspector.match.pairing import ASK, Board, Group
from inspector.match.values import CANDIDATE_ROW, REFERENCE_ROW, Edge, ValueGraph
from inspector.names import show_name

# How many times nearer than the next tensor a partner must be, by estimate and when read.
_CLEAR, _CLEAR_READ = 3.0, 1.25
# Tensors that are alike, not equal: the run may have diverged here.
_LIKE_CENTRED = 0.3
# Pairs much farther apart than nearly all others are not what they seem.
_ODD, _ENOUGH = 5.0, 8
_MOST_IN_GROUP = 200
_SURE, _ORDERED, _COPIES, _NEXT_TO, _DOUBTED = 0.9, 0.93, 0.7, 0.6, 0.45

_ALIKE_NOTE = (
    "Paired by values that are alike, not equal: nothing else comes near, but a diverged run can "
    "look like this."
)


class ValuePairing:
    """Pairs the open tensors of a board by their values.

    Args:
        board: the state; changed in place.
        graph: likeness of the tensors.
        checked: what the values said about the names.
    """

    def __init__(self, board: Board, graph: ValueGraph, checked: Checked) -> None:
        self._board, self._graph, self._checked = board, graph, checked
        self._limit = np.inf

    def pair_clear(self) -> None:
        """Pair what has one partner only, or one that is clearly nearer than all others."""
        groups = self._groups(lambda edge: edge.same)
        found = [pair for group in groups for pair in self._clear(*group)]
        distances = sorted(edge.distance for _, _, edge in found)
        if len(distances) >= _ENOUGH:
            self._limit = _ODD * distances[int(0.9 * len(distances))] + 1e-6
        for ref, cand, edge in found:
            self._take(ref, cand, edge)

    def pair_equals(self, order: Order) -> None:
        """Pair equal values by names, then by order; what nothing tells apart is set aside."""
        for refs, cands in self._groups(lambda edge: edge.same):
            pairs = self._by_words(refs, cands)
            rule = "values and names"
            if not pairs:
                pairs, rule = order.pairs(refs, cands), "values and order"
            for ref, cand in pairs:
                edge = self._graph.edge(ref.name, cand.name)
                if edge is None or not self._checked.allows(ref, cand):
                    continue
                told = "names" if rule.endswith("names") else "order of execution"
                note = f"Several tensors hold these values; the {told} decided."
                # few or constant values can stand anywhere: equal by chance, or left out
                sure = _NEXT_TO if edge.telling else _DOUBTED
                self._board.link(ref, cand, rule, sure, note, relation=edge.relation)
        for refs, cands in self._groups(lambda edge: edge.same):
            if len(refs) == len(cands) == 1:
                edge = self._graph.edge(refs[0].name, cands[0].name)
                if edge is not None:
                    self._take(refs[0], cands[0], edge)
                continue
            words = (
                f"{len(refs)} of the reference and {len(cands)} of the candidate hold the same "
                f"values and neither names nor order tell them apart; {ASK}"
            )
            self._board.set_aside(refs, cands, words)

    def pair_alike(self) -> None:
        """Pair what is alike but not equal, with low confidence.

        Not where names prove many pairs and all of those agree: such a run has not diverged,
        and a tensor that is only alike is another one.
        """
        if len(self._checked.agreed) >= _ENOUGH and not self._checked.differing:
            return
        like = lambda e: not e.same and e.telling and e.centred <= _LIKE_CENTRED  # noqa: E731 - short
        for refs, cands in self._groups(like):
            if len(refs) * len(cands) > _MOST_IN_GROUP**2:
                continue
            costs = self._costs(refs, cands)
            for i, j in assign(costs, _CLEAR):
                edge = self._graph.edge(refs[i].name, cands[j].name)
                if edge is not None:
                    self._board.guess(
                        refs[i], cands[j], "values", _DOUBTED, _ALIKE_NOTE, relation=edge.relation
                    )

    def weigh_by_order(self, order: Order) -> None:
        """Raise value pairs that keep a trusted order, lower those that break it."""
        if not order.trusted:
            return
        links = self._board.links
        for at, link in enumerate(links):
            if link.rule != "values" or link.notes == (_ALIKE_NOTE,):
                continue
            if not order.keeps(link.reference, link.candidate):
                note = "The values are equal, but the pair breaks the order of execution."
                links[at] = replace(
                    link, confidence=min(link.confidence, _DOUBTED), notes=(*link.notes, note)
                )
            else:
                sure = _ORDERED if link.confidence >= _SURE else link.confidence
                links[at] = replace(link, rule="values and order", confidence=sure)

    def _groups(self, wanted) -> Iterable[tuple[list[Entry], list[Entry]]]:
        """Connected open tensors, in order of execution."""
        board, graph = self._board, self._graph
        seen: set[str] = set()
        groups = []
        for name in list(board.reference):
            if name in seen:
                continue
            refs, cands, todo = {name}, set(), [(0, name)]
            while todo:
                side, one = todo.pop()
                edges = (graph.of_reference if side == 0 else graph.of_candidate).get(one, ())
                for edge in edges:
                    if not self._usable(edge) or not wanted(edge):
                        continue
                    if edge.reference not in refs:
                        refs.add(edge.reference)
                        todo.append((0, edge.reference))
                    if edge.candidate not in cands:
                        cands.add(edge.candidate)
                        todo.append((1, edge.candidate))
            seen |= refs
            if cands:
                groups.append(
                    (
                        sorted((board.reference[n] for n in refs), key=lambda e: e.place),
                        sorted((board.candidate[n] for n in cands), key=lambda e: e.place),
                    )
                )
        return groups

    def _usable(self, edge: Edge) -> bool:
        ref = self._board.reference.get(edge.reference)
        cand = self._board.candidate.get(edge.candidate)
        if ref is None or cand is None or not self._checked.allows(ref, cand):
            return False
        if edge.same and not edge.telling and kinds_apart(ref, cand):
            return False  # equal by chance, and the names refute it
        return not self._second_row(edge)

    def _second_row(self, edge: Edge) -> bool:
        """True for row 1 of a tensor whose row 0 is an open tensor too: that one is its pair."""
        graph, board = self._graph, self._board
        if edge.relation == CANDIDATE_ROW[1]:
            return any(
                e.same and e.relation == CANDIDATE_ROW[0] and e.reference in board.reference
                for e in graph.of_candidate[edge.candidate]
            )
        if edge.relation == REFERENCE_ROW[1]:
            return any(
                e.same and e.relation == REFERENCE_ROW[0] and e.candidate in board.candidate
                for e in graph.of_reference[edge.reference]
            )
        return False

    def _clear(
        self, refs: Sequence[Entry], cands: Sequence[Entry]
    ) -> list[tuple[Entry, Entry, Edge]]:
        if len(refs) == len(cands) == 1:
            edge = self._graph.edge(refs[0].name, cands[0].name)
            return [(refs[0], cands[0], edge)] if edge is not None else []
        if max(len(refs), len(cands)) > _MOST_IN_GROUP:
            return []
        costs = self._costs(refs, cands)
        pairs = assign(costs, _CLEAR)
        left = [i for i in range(len(refs)) if i not in {p[0] for p in pairs}]
        right = [j for j in range(len(cands)) if j not in {p[1] for p in pairs}]
        if left and right:
            # estimates that do not decide are replaced by the true distances
            some = [refs[i] for i in left], [cands[j] for j in right]
            exact = exact_distances(*some, costs[np.ix_(left, right)], self._graph)
            if exact is not None:
                pairs += tuple((left[i], right[j]) for i, j in assign(exact, _CLEAR_READ))
        found = []
        for i, j in pairs:
            edge = self._graph.edge(refs[i].name, cands[j].name)
            if edge is not None and edge.same:
                found.append((refs[i], cands[j], edge))
        return found

    def _costs(self, refs: Sequence[Entry], cands: Sequence[Entry]) -> np.ndarray:
        costs = np.full((len(refs), len(cands)), np.inf)
        column = {entry.name: j for j, entry in enumerate(cands)}
        for i, ref in enumerate(refs):
            for edge in self._graph.of_reference.get(ref.name, ()):
                j = column.get(edge.candidate)
                if j is not None and self._usable(edge):
                    costs[i, j] = edge.distance
        return costs

    def _take(self, ref: Entry, cand: Entry, edge: Edge) -> None:
        confidence, notes = _SURE, []
        namesake = self._checked.released.get(ref.name)
        if namesake is not None and namesake != cand.name:
            notes.append(
                f"The names suggest the candidate's {show_name(namesake)}, but its values are "
                f"other ones."
            )
        own, other = self._copies(edge)
        if own > 1 or other > 1:
            confidence = _COPIES if own == other else _DOUBTED
            notes.append(
                f"The same values stand in {own} tensors of the reference and {other} of the "
                f"candidate; the others are paired or named otherwise."
            )
        if not edge.telling:
            confidence = min(confidence, _DOUBTED)
            notes.append("The values are few or constant, so that others can be equal by chance.")
        if edge.distance > self._limit:
            confidence = min(confidence, _DOUBTED)
            notes.append("The values are farther apart than those of nearly all other pairs.")
        self._board.link(ref, cand, "values", confidence, *notes, relation=edge.relation)

    def _copies(self, edge: Edge) -> tuple[int, int]:
        """How many tensors of each side are as near as the two of `edge`, with them."""
        near = _CLEAR * edge.distance + 1e-7
        own = sum(e.distance <= near for e in self._graph.of_candidate[edge.candidate])
        other = sum(e.distance <= near for e in self._graph.of_reference[edge.reference])
        return own, other

    def _by_words(self, refs: Sequence[Entry], cands: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
        """Pairs of a group of equals that share the most words of their names."""
        if max(len(refs), len(cands)) > _MOST_IN_GROUP:
            return []
        left, right = [_words(e) for e in refs], [_words(e) for e in cands]
        often = Counter(word for words in (*left, *right) for word in words)
        every = len(refs) + len(cands)
        costs = np.full((len(refs), len(cands)), np.inf)
        for i, own in enumerate(left):
            for j, other in enumerate(right):
                score = sum(1.0 / often[word] for word in own & other if often[word] < every)
                if score > 0 and self._checked.allows(refs[i], cands[j]):
                    costs[i, j] = np.exp(-4.0 * score)
        return [(refs[i], cands[j]) for i, j in assign(costs, 1.3)]


def _words(entry: Entry) -> frozenset[str]:
    """What a name says: its words, its role and its step; lone numbers say nothing."""
    words = {word for word in entry.path if not word.isdigit()}
    if entry.role:
        words.add(f"role {entry.role}")
    if entry.step is not None:
        words.add(f"step {entry.step}")
    return frozenset(words)


def reopen(board: Board) -> list[Group]:
    """Open the groups that names could not settle; returns them, to close what stays open."""
    groups = list(board.ambiguous)
    board.ambiguous.clear()
    for refs, cands, _ in groups:
        board.reference.update((e.name, e) for e in refs)
        board.candidate.update((e.name, e) for e in cands)
    return groups


def close(board: Board, groups: list[Group]) -> None:
    """Set aside again what is still open on both sides of the groups that `reopen` gave."""
    for refs, cands, reason in groups:
        left = [e for e in refs if e.name in board.reference]
        right = [e for e in cands if e.name in board.candidate]
        if left and right:
            board.set_aside(left, right, reason)
