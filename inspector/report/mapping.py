"""The pairs of a comparison as a mapping file that a user can edit and give back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from inspector.diagnose.comparison import Comparison
from inspector.match.mapping import Mapping, MappingEntry
from inspector.match.mapping_text import comment_of, mapping_line, quoted
from inspector.match.matching import MatchResult
from inspector.tensors import TensorPair

_HEAD = (
    "Which tensor of the reference belongs to which of the candidate, one pair a line.",
    "Edit it and give it back: inspector diff REFERENCE CANDIDATE --map THIS_FILE",
    "A line may name the axes of the candidate: {candidate: name, axes: [0, 2, 1]}; or say",
    "that the reference tensor has no counterpart: {candidate: null}.",
)
_MINE = "named by you"


def render_mapping(
    comparison: Comparison,
    overrides: Sequence[MappingEntry] | None = None,
    *,
    all_pairs: bool = True,
) -> str:
    """Return the text of a mapping file; `inspector.match.mapping.load_mapping` reads it.

    Pairs come in order of execution of the reference, each with its rule and confidence
    as a comment; tensors without a partner follow as comments.

    Args:
        comparison: the comparison.
        overrides: pairs chosen by hand in place of those of the comparison's options; one
            that shares a tensor with a pair of the comparison replaces it.
        all_pairs: False leaves out every pair that the user did not name.
    """
    chosen = comparison.options.overrides if overrides is None else tuple(overrides)
    named = (comparison.mapping_file or Mapping()).overlaid(chosen)
    own = {entry.reference: entry for entry in named.entries}
    taken = {entry.candidate for entry in named.entries}
    lines = [comment_of(line) + "\n" for line in _HEAD]
    if not all_pairs:
        return "".join([*lines, *(mapping_line(entry, _MINE) for entry in own.values())])
    written: set[str] = set()
    used: set[str | None] = set(taken)
    for pair in comparison.match.pairs:
        name = pair.reference.name
        if name in own:
            lines.append(mapping_line(_with_axes(own[name], pair), _MINE))
        elif pair.candidate.name not in taken:
            entry = MappingEntry(name, pair.candidate.name)
            lines.append(mapping_line(_with_axes(entry, pair), _comment(pair)))
            used.add(pair.candidate.name)
        else:
            continue
        written.add(name)
    lines += [mapping_line(entry, _MINE) for name, entry in own.items() if name not in written]
    return "".join([*lines, *_left_over(comparison.match, written | set(own), used)])


def _with_axes(entry: MappingEntry, pair: TensorPair) -> MappingEntry:
    """The entry with the order of axes that was found, where a mapping file can say it."""
    layout = pair.candidate_layout
    says_all = layout.row is None and layout.shape is None and layout.crop is None
    if (
        entry.candidate != pair.candidate.name
        or entry.axes is not None
        or layout.axes is None
        or not says_all
        or not pair.reference_layout.is_identity
    ):
        return entry
    return MappingEntry(entry.reference, entry.candidate, layout.axes)


def _comment(pair: TensorPair) -> str:
    text = f"{pair.rule}, confidence {pair.confidence:g}"
    return f"{text}; {pair.mismatch}" if pair.mismatch else text


def _left_over(
    match: MatchResult, references: Collection[str], candidates: Collection[str | None]
) -> list[str]:
    """Tensors that no line names, as comments to copy from."""
    lines = []
    sides = (
        ("reference", "candidate", match.unmatched_reference, references),
        ("candidate", "reference", match.unmatched_candidate, candidates),
    )
    for side, other, unmatched, named in sides:
        names = [u.record.name for u in unmatched]
        names += [name for group in match.ambiguous for name in getattr(group, side)]
        names += [getattr(pair, side).name for pair in match.pairs]
        left = [name for name in names if name not in named]
        if left:
            lines.append(comment_of(f"Of the {side}, without a partner in the {other}:") + "\n")
            lines += [f"#   {quoted(name)}\n" for name in left]
    return lines
