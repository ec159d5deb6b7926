"""Names learned from values: what one block proves holds for the others.

A proven pair such as ``mid_blocks.0.resnet.block1.conv`` and ``mid0_block1_after_conv``
teaches a pattern: the words that belong together, and which number of one name stands where
in the other.  It is used where values have diverged or are shared by several tensors.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from inspector.match.checking import Checked
from inspector.match.entries import Entry
from inspector.match.pairing import Board

# Numbers, and the parts of a U-Net that hold the same modules.
_SLOT = re.compile(r"[0-9]+|down|mid|up")
_PROVEN = 0.7
# One example says little about numbers: the 0 may be that of the block or always there.
_ENOUGH = 2
_LEARNED, _GUESSED = 0.7, 0.45
_MOST_READINGS = 64

Words = tuple[str, ...]
Slots = tuple[str, ...]


class Pattern:
    """How names of one form are written on the other side.

    Args:
        examples: slots of the reference's name and of the candidate's, per proven pair.
    """

    def __init__(self, examples: Iterable[tuple[Slots, Slots]]) -> None:
        self.examples = frozenset(examples)
        width = len(next(iter(self.examples))[0])
        count = len(next(iter(self.examples))[1])
        # for each slot of the candidate the slots of the reference that it can copy
        self._copies = [
            [i for i in range(width) if all(own[i] == other[j] for own, other in self.examples)]
            for j in range(count)
        ]
        self._fixed = [{other[j] for _, other in self.examples} for j in range(count)]
        self._same = all(own == other for own, other in self.examples)

    def best(self, own: Slots) -> frozenset[Slots]:
        """The readings, or the plain one: names give their numbers from the outside in."""
        return frozenset([own]) if self._same else self.readings(own)

    def readings(self, own: Slots) -> frozenset[Slots]:
        """Slots that a candidate's name can have; more than one while examples are few."""
        options = []
        for copies, fixed in zip(self._copies, self._fixed, strict=True):
            options.append({own[i] for i in copies} | (fixed if len(fixed) == 1 else set()))
        size = 1
        for option in options:
            size *= len(option)
        return frozenset(product(*options)) if 0 < size <= _MOST_READINGS else frozenset()


def pair_by_patterns(board: Board, checked: Checked) -> None:
    """Pair open tensors whose names follow the pattern of proven pairs.

    A pattern with several partners, or with too few examples to say which number stands
    where, gives pairs without confidence or none.
    """
    proofs: dict[Words, dict[Words, set[tuple[Slots, Slots]]]] = defaultdict(dict)
    back: dict[Words, set[Words]] = defaultdict(set)
    for own, other in _proven(board, checked):
        (words, slots), (words_, slots_) = _masked(own), _masked(other)
        proofs[words].setdefault(words_, set()).add((slots, slots_))
        back[words_].add(words)
    found: dict[tuple[str, str], tuple[int, bool]] = {}
    cands: dict[tuple[int | None, Words, Slots], list[Entry]] = defaultdict(list)
    for cand in board.candidate.values():
        cands[(cand.step, *_masked(cand))].append(cand)
    for ref in board.reference.values():
        words, slots = _masked(ref)
        for words_, examples in proofs.get(words, {}).items():
            pattern = Pattern(examples)
            readings = pattern.readings(slots)
            fits = [
                c for r in sorted(pattern.best(slots)) for c in cands.get((ref.step, words_, r), ())
            ]
            if len(fits) != 1 or not checked.allows(ref, fits[0]):
                continue
            count = len(pattern.examples)
            alone = len(proofs[words]) == 1 and len(back[words_]) == 1
            clear = alone and len(readings) == 1 and count >= _ENOUGH
            found[ref.name, fits[0].name] = (count, clear)
    _link_single(board, found)


def _link_single(board: Board, found: dict[tuple[str, str], tuple[int, bool]]) -> None:
    """Link what has one partner by patterns on both sides."""
    own, other = Counter(ref for ref, _ in found), Counter(cand for _, cand in found)
    for (ref, cand), (count, clear) in found.items():
        if own[ref] == other[cand] == 1:
            examples = f"{count} pair" + ("" if count == 1 else "s")
            board.link(
                board.reference[ref],
                board.candidate[cand],
                "learned name",
                _LEARNED if clear else _GUESSED,
                f"Names of this form hold the same values in {examples} of other blocks or ODE "
                f"steps, so they are taken for a pair here too.",
            )


def _proven(board: Board, checked: Checked) -> Iterator[tuple[Entry, Entry]]:
    for link in board.links:
        by_values = link.rule.startswith("values") and link.confidence >= _PROVEN
        if by_values or link.reference.name in checked.agreed:
            yield link.reference, link.candidate


def _masked(entry: Entry) -> tuple[Words, Slots]:
    """The words of a name without its numbers, and the numbers."""
    slots: list[str] = []
    words: list[str] = []
    for word in entry.path:
        words.append(_SLOT.sub("#", word) if _is_slotted(word) else word)
        slots.extend(_SLOT.findall(word) if _is_slotted(word) else ())
    return tuple(words), tuple(slots)


def _is_slotted(word: str) -> bool:
    """Not for words such as ``upsample`` that only begin like a part of the network."""
    rest: Sequence[str] = _SLOT.split(word)
    return any(ch.isdigit() for ch in word) or not any(rest)
