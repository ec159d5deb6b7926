"""Which tensors of a file are the decoder: its prefix, found by the names below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from inspector.blocks.parameter_names import ParameterName, parse_name
from inspector.errors import UsageError
from inspector.names import show_name

_FEWEST = 8
_PARTS_SHOWN = 12


@dataclass(frozen=True)
class DecoderPart:
    """The tensors of a file that belong to the decoder.

    Attributes:
        prefix: what stands before the decoder's own names, as stored.
        named: stored name -> what it says, in file order; keys are unique.
        doubles: stored name -> stored name of the tensor that has its key already.
        nameless: stored names below the prefix that name no parameter.
        elsewhere: first part of the other names -> how many tensors it has.
        other_prefixes: prefixes under which parameters of a decoder lie too -> how many.
    """

    prefix: str
    named: Mapping[str, ParameterName]
    doubles: Mapping[str, str]
    nameless: tuple[str, ...]
    elsewhere: Mapping[str, int]
    other_prefixes: Mapping[str, int]


def find_decoder(names: Iterable[str], subject: str) -> DecoderPart:
    """Find the prefix under which most names are those of a decoder's parameters.

    Raises:
        UsageError: ``no-decoder`` when hardly any name is.
    """
    everything = tuple(names)
    parsed = {name: found for name in everything if (found := parse_name(name)) is not None}
    counts = Counter(found.prefix for found in parsed.values())
    if not counts or max(counts.values()) < _FEWEST:
        raise UsageError(
            "no-decoder", subject,
            f"{max(counts.values(), default=0)} of its {len(everything):,} names are those of a "
            f"decoder's parameters (it holds {_examples(everything)})",
            "names such as decoder.estimator.mid_blocks.0.1.0.attn1.to_q.weight",
            "Give the file that holds the flow-matching decoder.",
        )  # fmt: skip
    prefix = min(counts, key=lambda p: (-counts[p], len(p), p))
    named: dict[str, ParameterName] = {}
    taken: dict[str, str] = {}
    doubles: dict[str, str] = {}
    for name, found in parsed.items():
        if found.prefix != prefix:
            continue
        if found.key not in taken or name == prefix + found.key:
            if found.key in taken:
                doubles[taken[found.key]] = name
                del named[taken[found.key]]
            named[name], taken[found.key] = found, name
        else:
            doubles[name] = taken[found.key]
    others = [n for n in everything if n not in named and n not in doubles]
    below = [n for n in others if prefix and n.startswith(prefix)]
    rest = Counter(_first_part(n) for n in others if not (prefix and n.startswith(prefix)))
    return DecoderPart(
        prefix,
        MappingProxyType(named),
        MappingProxyType(doubles),
        tuple(below),
        MappingProxyType(dict(rest.most_common())),
        MappingProxyType({p: n for p, n in counts.items() if p != prefix and n >= _FEWEST}),
    )


def describe_elsewhere(elsewhere: Mapping[str, int]) -> str:
    """What else the file holds, as a clause; empty when nothing."""
    parts = [f"{count:,} of {show_name(part, 60)}" for part, count in elsewhere.items()]
    more = len(parts) - _PARTS_SHOWN
    return ", ".join(parts[:_PARTS_SHOWN]) + (f" and {more:,} other parts" if more > 0 else "")


def _first_part(name: str) -> str:
    parts = name.split(".")
    if len(parts) == 1:
        return name
    return ".".join(parts[:2]) if len(parts) > 3 else parts[0]


def _examples(names: tuple[str, ...]) -> str:
    return ", ".join(show_name(name, 60) for name in names[:3]) or "no tensor"
