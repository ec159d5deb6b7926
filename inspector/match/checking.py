"""Pairs that names made, checked by values: what agrees, what contradicts, what to undo."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from inspector.match.entries import Entry, conflict
from inspector.match.pairing import Board, Link
from inspector.match.values import EXCHANGED, WHOLE, Edge, ValueGraph
from inspector.names import show_name

# Unrelated tensors are estimated between 0.5 and 2.4 apart.
_UNRELATED = 0.5
# One of several equal values is the partner only when the others are this much farther.
_CLEAR = 3.0
_DOUBTED = 0.45
# So many agreeing pairs right after an unrelated one say that the run has not diverged.
_AFTER = 3
# So many agreeing pairs below a number say that it means the same on both sides.
_ENOUGH = 2
_END = "end of path"
_WEAK_RULES = ("alias", _END)
_FIXED_RULES = ("mapping file",)
_DIGITS = re.compile(r"[0-9]+")
_WEIGHTS = frozenset({"weight", "bias", "kernel", "scales", "biases"})

Family = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass
class Checked:
    """What the values say about the names.

    Attributes:
        agreed: reference name to candidate name of the pairs whose values agree.
        differing: pairs by names whose values differ beyond backend and storage.
        released: pairs by names that were undone, candidate name by reference name.
        numbers: how many name pairs of a family agree and how many belong elsewhere, by
            the names with their numbers left out.
    """

    agreed: dict[str, str] = field(default_factory=dict)
    differing: int = 0
    released: dict[str, str] = field(default_factory=dict)
    numbers: dict[Family, Counter[str]] = field(default_factory=dict)

    def allows(self, ref: Entry, cand: Entry) -> bool:
        """True when the names do not speak against a pair that the values propose.

        Numbers speak only while the pairs with equal numbers agree.
        """
        why = conflict(ref, cand)
        if why == "number":
            votes = self.numbers.get(_family(ref, cand), Counter())
            return votes["agrees"] <= votes["elsewhere"]
        return not why


def check_names(board: Board, graph: ValueGraph) -> Checked:
    """Hold every pair made by names against the values; undo those that are proven wrong.

    A pair is undone when its values are unrelated, one of the two has the values of another
    free tensor, and either the numbers in such names have no common meaning on the two sides
    or the rule was a weak one.  Roles, weights and a mapping file are never overruled: for
    them, and where only one pair of many is odd, the pair stays with a note.
    """
    checked = Checked()
    edges = {
        link.reference.name: graph.measure(link.reference, link.candidate) for link in board.links
    }
    taken: set[str] = set()
    for link in board.links:
        edge = edges[link.reference.name]
        if edge is not None and edge.same:
            checked.agreed[link.reference.name] = link.candidate.name
            taken.add(link.candidate.name)
        elif edge is not None:
            checked.differing += 1
    others = {
        link.reference.name: _elsewhere(link, graph, checked.agreed, taken)
        for link in board.links
        if _is_unrelated(edges[link.reference.name])
    }
    named = _Named(board, checked.agreed)
    for link in board.links:
        votes = checked.numbers.setdefault(_family(link.reference, link.candidate), Counter())
        if link.reference.name in checked.agreed:
            votes["agrees"] += 1
        elif any(
            _same_family(link, edge) and named.same_step(edge)
            for edge in others.get(link.reference.name, ())
        ):
            votes["elsewhere"] += 1
    kept: list[Link] = []
    after = _followed(board.links, checked, edges)
    for link in board.links:
        edge = edges[link.reference.name]
        found = others.get(link.reference.name, ())
        agrees = link.reference.name in checked.agreed
        if not agrees and _may_undo(link, checked, found, named):
            board.reference[link.reference.name] = link.reference
            board.candidate[link.candidate.name] = link.candidate
            checked.released[link.reference.name] = link.candidate.name
        elif found:
            kept.append(_doubt(link, _note(found[0], link, named)))
        elif _is_unrelated(edge) and link.reference.name in after and not _fixed(link):
            kept.append(
                _doubt(
                    link,
                    "The names fit, but the values are unrelated although the tensors before and "
                    "after it agree: the two names may mean different things.",
                )
            )
        elif link.rule == _END and edge is not None and not edge.same:
            kept.append(_doubt(link, "Only the ends of the names agree, and the values do not."))
        else:
            kept.append(_with_relation(link, edge))
    board.links[:] = kept
    _sort_open(board)
    return checked


def _with_relation(link: Link, edge: Edge | None) -> Link:
    if edge is None or edge.relation == WHOLE:
        return link
    if not edge.same and edge.relation != EXCHANGED:
        return link
    return replace(link, relation=edge.relation)


def _is_unrelated(edge: Edge | None) -> bool:
    return edge is not None and edge.telling and not edge.same and edge.centred >= _UNRELATED


def _elsewhere(
    link: Link, graph: ValueGraph, agreed: dict[str, str], taken: set[str]
) -> tuple[Edge, ...]:
    """Free tensors that hold the values of one of the two, where there is exactly one."""
    found = []
    for edges, free in (
        (
            graph.of_reference.get(link.reference.name, ()),
            lambda e: e.candidate not in taken and e.candidate != link.candidate.name,
        ),
        (
            graph.of_candidate.get(link.candidate.name, ()),
            lambda e: e.reference not in agreed and e.reference != link.reference.name,
        ),
    ):
        fits = [e for e in edges if e.same and e.telling and free(e)]
        if fits and (len(fits) == 1 or fits[0].distance * _CLEAR < fits[1].distance):
            found.append(fits[0])
    return tuple(found)


def _same_family(link: Link, edge: Edge) -> bool:
    """Only the numbers tell the tensor with the right values from the namesake."""
    own = link.reference if edge.reference == link.reference.name else link.candidate
    namesake = link.candidate if own is link.reference else link.reference
    name = edge.candidate if own is link.reference else edge.reference
    return _masked_text(name) == _masked_text(namesake.name)


def _masked_text(name: str) -> str:
    return _DIGITS.sub("#", name)


def _family(ref: Entry, cand: Entry) -> Family:
    return _masked(ref), _masked(cand)


def _masked(entry: Entry) -> tuple[str, ...]:
    return tuple(_DIGITS.sub("#", token) for token in entry.parsed.tokens)


class _Named:
    """Which tensors have a partner by name, and which numbers mean the same on both sides."""

    def __init__(self, board: Board, agreed: dict[str, str]) -> None:
        links = board.links
        self._steps = (
            {e.name: e.step for e in (*board.reference.values(), *(k.reference for k in links))},
            {e.name: e.step for e in (*board.candidate.values(), *(k.candidate for k in links))},
        )
        self._names = (
            {k.reference.name for k in links if k.rule != _END},
            {k.candidate.name for k in links if k.rule != _END},
        )
        self._agree: Counter[tuple[str, ...]] = Counter()
        for link in links:
            if link.reference.name in agreed and link.reference.path == link.candidate.path:
                path = link.reference.path
                self._agree.update(path[: i + 1] for i, word in enumerate(path) if _has_digit(word))

    def same_step(self, edge: Edge) -> bool:
        """False for values of another ODE step: they are early or late, not misnamed."""
        return self._steps[0][edge.reference] == self._steps[1][edge.candidate]

    def other(self, edge: Edge, link: Link) -> bool:
        """The tensor that holds the values has a namesake of its own: an exchange."""
        if edge.reference == link.reference.name:
            return edge.candidate in self._names[1]
        return edge.reference in self._names[0]

    def numbered(self, link: Link) -> bool:
        """Other modules under the same first number agree, so the numbers do not differ."""
        path = link.reference.path
        if path != link.candidate.path:
            return False
        first = next((i for i, word in enumerate(path) if _has_digit(word)), None)
        return first is not None and self._agree[path[: first + 1]] >= _ENOUGH


def _has_digit(word: str) -> bool:
    return any(ch.isdigit() for ch in word)


def _may_undo(link: Link, checked: Checked, found: tuple[Edge, ...], named: _Named) -> bool:
    """A pair whose values do not agree: proven wrong, or numbered like those proven wrong.

    Values that belong to a tensor with a namesake of its own were exchanged with it; that
    is a mistake to show, not a reason to pair other names.
    """
    if _fixed(link) or link.reference.role or link.candidate.role or named.numbered(link):
        return False
    found = tuple(edge for edge in found if named.same_step(edge))
    if found and link.rule in _WEAK_RULES:
        exchanged = link.rule != _END and all(named.other(edge, link) for edge in found)
        if not exchanged:
            return True
    votes = checked.numbers[_family(link.reference, link.candidate)]
    return votes["elsewhere"] > votes["agrees"] and (bool(found) or votes["elsewhere"] > 1)


def _fixed(link: Link) -> bool:
    words = (link.reference.parsed.tokens[-1:], link.candidate.parsed.tokens[-1:])
    return link.rule in _FIXED_RULES or any(set(w) & _WEIGHTS for w in words)


def _doubt(link: Link, note: str) -> Link:
    confidence = link.confidence if _fixed(link) else min(link.confidence, _DOUBTED)
    return replace(link, confidence=confidence, notes=(*link.notes, note))


def _note(edge: Edge, link: Link, named: _Named) -> str:
    if edge.reference == link.reference.name:
        which, whose = f"the candidate's {show_name(edge.candidate)}", "reference"
    else:
        which, whose = f"the reference's {show_name(edge.reference)}", "candidate"
    end = "."
    if not named.same_step(edge):
        end = ", which is of another ODE step."
    elif named.other(edge, link):
        end = ": the two may have been exchanged."
    return (
        f"The names fit, but the values are unrelated, and those of the {whose} are the values of "
        f"{which}{end}"
    )


def _followed(links: list[Link], checked: Checked, edges: dict[str, Edge | None]) -> frozenset[str]:
    """Reference names of pairs that stand between agreeing ones on both sides."""
    telling = [
        link for link in links if (e := edges[link.reference.name]) is not None and e.telling
    ]
    telling.sort(key=lambda link: link.reference.place)
    agrees = [link.reference.name in checked.agreed for link in telling]
    found = set()
    for i, link in enumerate(telling):
        after = agrees[i + 1 : i + 1 + _AFTER]
        if not agrees[i] and i > 0 and agrees[i - 1] and len(after) == _AFTER and all(after):
            found.add(link.reference.name)
    return frozenset(found)


def _sort_open(board: Board) -> None:
    for entries in (board.reference, board.candidate):
        ordered = sorted(entries.values(), key=lambda e: e.place)
        entries.clear()
        entries.update((e.name, e) for e in ordered)
