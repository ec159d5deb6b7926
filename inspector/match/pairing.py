"""Which tensors belong together, by name first and by place and shape last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from inspector.match.entries import Entry, contradict
from inspector.match.layouts import reconcile
from inspector.match.module_kinds import kinds_apart
from inspector.names import show_name

# A path longer than this is not searched for common ends.
_LONGEST_PATH = 32
_SHORTEST_END = 2
# An end that more tensors share than this says nothing: they stay unmatched.
_MOST_ENDS = 8

ASK = "name the pairs in a mapping file."
"""How the reason of an ambiguous group ends."""

Group = tuple[tuple[Entry, ...], tuple[Entry, ...], str]
"""Tensors of the reference and of the candidate that fit each other, and why it stays open."""

Key = Callable[[Entry], Hashable]


@dataclass(frozen=True)
class Link:
    """Two tensors that belong together, with the reason.

    `relation` says how one must be taken to meet the other, see `inspector.match.values`.
    """

    reference: Entry
    candidate: Entry
    rule: str
    confidence: float
    notes: tuple[str, ...] = ()
    relation: str = ""


@dataclass
class Board:
    """The state of one match: what is still open and what has been decided.

    Attributes:
        reference, candidate: open tensors by stored name, in order of execution.
        links: decided pairs.
        ambiguous: groups that fit each other in more than one way, with the reason.
        refused: pairs that a guess proposed and whose names mean two kinds of module.
    """

    reference: dict[str, Entry]
    candidate: dict[str, Entry]
    links: list[Link] = field(default_factory=list)
    ambiguous: list[Group] = field(default_factory=list)
    refused: list[tuple[Entry, Entry]] = field(default_factory=list)

    def link(
        self,
        ref: Entry,
        cand: Entry,
        rule: str,
        confidence: float,
        *notes: str,
        relation: str = "",
    ) -> None:
        """Decide one pair."""
        del self.reference[ref.name], self.candidate[cand.name]
        self.links.append(Link(ref, cand, rule, confidence, notes, relation))

    def guess(
        self,
        ref: Entry,
        cand: Entry,
        rule: str,
        confidence: float,
        note: str,
        *,
        relation: str = "",
    ) -> None:
        """Decide a pair that neither names nor equal values propose, unless names refute it."""
        if kinds_apart(ref, cand) is None:
            self.link(ref, cand, rule, confidence, note, relation=relation)
        else:
            self.refused.append((ref, cand))

    def set_aside(self, refs: Iterable[Entry], cands: Iterable[Entry], reason: str) -> None:
        """Declare a group ambiguous."""
        refs, cands = tuple(refs), tuple(cands)
        for entry in refs:
            del self.reference[entry.name]
        for entry in cands:
            del self.candidate[entry.name]
        self.ambiguous.append((refs, cands, reason))


def pair_by_names(board: Board, *, same_name: Callable[[Entry], bool]) -> None:
    """Decide every pair that names decide, the surest rules first.

    Args:
        board: the state; changed in place.
        same_name: which tensors an equal stored name may pair; not those of ODE steps
            when the two sides count steps from different numbers.
    """
    _by_key(board, lambda e: e.name if same_name(e) else None, "same name", 1.0)
    _by_key(board, lambda e: e.stored_key, "same path", 0.97)
    _by_key(board, lambda e: e.tail_key, "same path", 0.95)
    _by_key(board, lambda e: e.alias_key, "alias", 0.9)
    _by_role(board)
    _by_end(board)
    _set_equal_paths_aside(board)


def pair_by_place(board: Board) -> None:
    """Pair tensors without known meaning that stand alone at their place with their shape.

    The place is the gap between two decided pairs that are neighbours in the order of
    execution of both sides.
    """
    groups = _groups(board.reference, _places(board, "reference"))
    others = _groups(board.candidate, _places(board, "candidate"))
    for key, refs in groups.items():
        cands = others.get(key, [])
        if len(refs) == len(cands) == 1:
            if contradict(refs[0], cands[0]):
                continue
            note = (
                "Paired by place and shape alone: the names have nothing in common. Check it, or "
                "name the pair in a mapping file."
            )
            board.guess(refs[0], cands[0], "order and shape", 0.3, note)
        elif cands:
            reason = (
                f"{_count(len(refs), 'reference')} and {_count(len(cands), 'candidate')} of equal "
                f"shape stand at one place and the names tell nothing; {ASK}"
            )
            board.set_aside(refs, cands, reason)


def _compatible(ref: Entry, cand: Entry) -> bool:
    return not ref.role or not cand.role or ref.role == cand.role


def _collect(entries: Iterable[Entry], key: Key) -> dict[Hashable, list[Entry]]:
    groups: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        if (k := key(entry)) is not None:
            groups[k].append(entry)
    return groups


def _by_key(board: Board, key: Key, rule: str, confidence: float) -> None:
    cands = _collect(board.candidate.values(), key)
    for k, refs in _collect(board.reference.values(), key).items():
        found = cands.get(k, [])
        if len(refs) != 1 or len(found) != 1:
            continue
        if rule == "same name" or _compatible(refs[0], found[0]):
            board.link(refs[0], found[0], rule, confidence)


def _by_role(board: Board) -> None:
    def key(entry: Entry) -> Hashable:
        return (entry.role, entry.step) if entry.role else None

    cands = _collect(board.candidate.values(), key)
    for k, refs in _collect(board.reference.values(), key).items():
        found = cands.get(k, [])
        if len(refs) == len(found) == 1:
            board.link(refs[0], found[0], "same role", 0.85)
        elif found:
            _by_preference(board, refs, found)


def _by_preference(board: Board, refs: list[Entry], cands: list[Entry]) -> None:
    """Several tensors have one role: pair the ones that stand for it."""
    role = refs[0].role
    ref, cand = _preferred(refs, cands), _preferred(cands, refs)
    if ref is None or cand is None:
        fits = [(r, c) for r in refs for c in cands if _fits(r, c)] if _few(refs, cands) else []
        if len(fits) != 1:
            board.set_aside(
                refs,
                cands,
                f"{_count(len(refs), 'reference')} and {_count(len(cands), 'candidate')} are "
                f"{role} and nothing tells which belong together; {ASK}",
            )
            return
        ref, cand = fits[0]
    note = (
        f"{_count(len(refs), 'reference')} and {_count(len(cands), 'candidate')} without a pair "
        f"are {role}; the usual name on each side was taken."
    )
    board.link(ref, cand, "same role", 0.6, note)


def _preferred(own: list[Entry], other: list[Entry]) -> Entry | None:
    """The one tensor of `own` with the preferred name, near to the names of `other`."""
    spelled = {e.parsed.rank for e in other}
    keys = [(e.parsed.rank not in spelled, *e.preference) for e in own]
    best = min(keys)
    return own[keys.index(best)] if keys.count(best) == 1 else None


def _few(refs: list[Entry], cands: list[Entry]) -> bool:
    return len(refs) * len(cands) <= 64


def _fits(ref: Entry, cand: Entry) -> bool:
    fits = reconcile(ref.record.shape, cand.record.shape)
    return bool(fits) and not fits[0].crop


def _by_end(board: Board) -> None:
    """One path is the end of the other, which only has wrappers before it."""
    edges: dict[str, list[Entry]] = defaultdict(list)
    back: dict[str, list[Entry]] = defaultdict(list)

    def connect(ref: Entry, cand: Entry) -> None:
        if not contradict(ref, cand):
            edges[ref.name].append(cand)
            back[cand.name].append(ref)

    refs = _collect(board.reference.values(), lambda e: (e.step, e.path))
    cands = _collect(board.candidate.values(), lambda e: (e.step, e.path))
    for ref in board.reference.values():
        for end in _ends(ref):
            for cand in cands.get((ref.step, end), ())[:_MOST_ENDS]:
                connect(ref, cand)
    for cand in board.candidate.values():
        for end in _ends(cand):
            for ref in refs.get((cand.step, end), ())[:_MOST_ENDS]:
                connect(ref, cand)
    for name, found in edges.items():
        ref = board.reference.get(name)
        if ref is None or len(found) != 1 or len(back[found[0].name]) != 1:
            continue
        board.link(ref, found[0], "end of path", 0.7)
    for name, found in edges.items():
        rest = [c for c in found if c.name in board.candidate]
        if any(len(back[c.name]) > _MOST_ENDS for c in rest):
            continue
        if name in board.reference and rest:
            group = {r.name: r for c in rest for r in back[c.name] if r.name in board.reference}
            board.set_aside(
                group.values(),
                rest,
                f"The path {show_name(rest[0].name)} ends like {_count(len(group), 'reference')} "
                f"and {_count(len(rest), 'candidate')}; {ASK}",
            )


def _ends(entry: Entry) -> Iterable[tuple[str, ...]]:
    """Proper ends of a path; what is cut off may hold no number.

    An end of one word counts only when it is the whole key of a container.
    """
    path = entry.path
    if len(path) > _LONGEST_PATH:
        return
    for start in range(1, len(path)):
        if any(ch.isdigit() for ch in path[start - 1]):
            return
        if len(path) - start >= _SHORTEST_END or entry.parsed.key_words == 1:
            yield path[start:]


def _set_equal_paths_aside(board: Board) -> None:
    cands = _collect(board.candidate.values(), lambda e: e.alias_key)
    for key, refs in _collect(board.reference.values(), lambda e: e.alias_key).items():
        found = cands.get(key, [])
        if found and len(refs) + len(found) > 2 and _compatible(refs[0], found[0]):
            board.set_aside(
                refs,
                found,
                f"{_count(len(refs), 'reference')} and {_count(len(found), 'candidate')} have one "
                f"path in other spellings; {ASK}",
            )


def _places(board: Board, side: str) -> dict[str, tuple[int, int]]:
    """For every open tensor the numbers of the decided pairs before and after it."""
    linked = {
        getattr(link, side).name: (getattr(link, side).place, number)
        for number, link in enumerate(board.links)
    }
    open_entries = getattr(board, side)
    line = sorted(
        [(place, number, "") for place, number in linked.values()]
        + [(entry.place, -1, name) for name, entry in open_entries.items()]
    )
    before: dict[str, int] = {}
    last = -1
    for _, number, name in line:
        last = last if name else number
        before[name] = last
    after: dict[str, int] = {}
    last = -1
    for _, number, name in reversed(line):
        last = last if name else number
        after[name] = last
    return {name: (before[name], after[name]) for name in open_entries}


def _groups(
    entries: dict[str, Entry], places: dict[str, tuple[int, int]]
) -> dict[Hashable, list[Entry]]:
    def key(entry: Entry) -> Hashable:
        record = entry.record
        if entry.role or record.size <= 1:
            return None
        lengths = tuple(sorted(n for n in record.shape if n != 1))
        whole = record.dtype.startswith(("int", "uint", "bool"))
        return (places[entry.name], entry.step, lengths, whole)

    return _collect(entries.values(), key)


def _count(n: int, side: str) -> str:
    return f"{n} {side} tensor" + ("" if n == 1 else "s")
