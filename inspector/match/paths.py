"""Module paths in one canonical spelling, so that two ports' names meet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from inspector.match import aliases

_DIGITS = re.compile(r"[0-9]+")
_BLOCKS = (("block1",), ("block2",), ("block",))
"""Words before ``block`` in ``block1.block.2`` and ``final_block.block.2``."""
_LONG = {"1": "2", "2": "4"}


class _Rule:
    """One row of `aliases.PATHS`, compiled."""

    def __init__(self, spelling: str, canonical: str) -> None:
        self.pattern = [
            re.compile(re.escape(word).replace(r"\#", "([0-9]+)")) if "#" in word else word
            for word in spelling.split()
        ]
        self.canonical = canonical.split()
        self.width = len(self.pattern)

    def fit(self, tokens: Sequence[str], at: int) -> list[str] | None:
        """The canonical words for `tokens` from `at`, or None."""
        numbers: list[str] = []
        for want, token in zip(self.pattern, tokens[at : at + self.width], strict=True):
            if isinstance(want, str):
                if want != token:
                    return None
            elif match := want.fullmatch(token):
                numbers.extend(match.groups())
            else:
                return None
        supply = iter(numbers)
        return [next(supply) if word == "#" else word for word in self.canonical]


def _index() -> dict[str, list[_Rule]]:
    rules = defaultdict(list)
    ordered = sorted(aliases.PATHS, key=lambda row: -len(row[0].split()))
    for spelling, canonical in ordered:
        # by the letters of the first word: down# is looked up as down
        rules[spelling.split()[0].rstrip("#")].append(_Rule(spelling, canonical))
    return dict(rules)


_RULES = _index()


@lru_cache(maxsize=20_000)
def canonical_path(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Return `tokens` without side labels and wrappers, every known part renamed.

    At least one token stays.  Paths that mean the same module give the same result;
    the reverse holds only inside one decoder, so a result must be checked for
    being unique on its side.
    """
    words = list(tokens)
    for trailer in aliases.TRAILERS:
        if len(words) > len(trailer) and tuple(words[-len(trailer) :]) == trailer:
            del words[-len(trailer) :]
    if len(words) > 1 and words[-1].upper() in aliases.LAYOUT_SUFFIXES:
        words.pop()
    words = _unwrap(words)
    out: list[str] = []
    at = 0
    while at < len(words):
        first = words[at]
        rules = _RULES.get(first) or _RULES.get(_DIGITS.sub("", first), ())
        for rule in rules:
            if rule.width <= len(words) - at and (new := rule.fit(words, at)) is not None:
                out.extend(new)
                at += rule.width
                break
        else:
            out.append(first)
            at += 1
    return tuple(out)


def has_short_blocks(paths: Iterable[Sequence[str]]) -> bool:
    """True when the convolution blocks of a trace have three parts: convolution, norm, activation.

    Matcha counts them 0, 1, 2.  The causal blocks of Chatterbox and CosyVoice have a
    transpose before and after the norm, so that norm and activation are 2 and 4.

    Args:
        paths: tokens of every name of one trace.
    """
    numbers = {
        path[at + 1]
        for path in paths
        for at, word in enumerate(path[:-1])
        if word == "block" and path[at - 1 : at] in _BLOCKS
    }
    return "1" in numbers and not numbers & {"3", "4"}


def in_long_blocks(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The path of a part of a three-part block, counted as in a block of five parts."""
    return tuple(
        _LONG.get(word, word) if tokens[at - 1 : at] == ("block",) else word
        for at, word in enumerate(tokens)
    )


def _unwrap(words: list[str]) -> list[str]:
    labels = aliases.SIDE_LABELS | aliases.SOLVER_WORDS
    changed = True
    while changed:
        changed = False
        while len(words) > 1 and words[0] in labels:
            words = words[1:]
            changed = True
        for wrapper in aliases.WRAPPERS:
            if len(words) > len(wrapper) and tuple(words[: len(wrapper)]) == wrapper:
                words = words[len(wrapper) :]
                changed = True
                break
    return words
