"""What was not compared, in few lines: tensors with the same reason together."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.diagnose.comparison import Comparison
from inspector.names import show_name

_ALONE = 3
_SHOWN = 2


def gap_lines(comparison: Comparison, *, verbose: bool = False) -> Iterator[str]:
    """Tensors without counterpart, ambiguous ones and files that could not be read.

    Args:
        comparison: what to report.
        verbose: one line for every tensor with its whole reason.
    """
    match = comparison.match
    for side, unmatched in (
        ("reference", match.unmatched_reference),
        ("candidate", match.unmatched_candidate),
    ):
        groups: dict[str, list[tuple[str, str]]] = {}
        for one in unmatched:
            kind = one.reason if verbose else _kind(one.reason)
            groups.setdefault(kind, []).append((show_name(one.record.name), one.reason))
        for kind, found in groups.items():
            if verbose or len(found) <= _ALONE:
                yield from (f"  {side}: {name}: {reason}" for name, reason in found)
            else:
                names = ", ".join(name for name, _ in found[:_SHOWN])
                yield (
                    f"  {side}: {len(found)} tensors ({names}, and {len(found) - _SHOWN} more): "
                    f"{kind}"
                )
    harmless = [group for group in match.ambiguous if group.harmless]
    if len(harmless) > _ALONE and not verbose:
        names = ", ".join(map(show_name, harmless[0].reference))
        yield (
            f"  {len(harmless)} groups of equal tensors, such as {names}: whichever belongs to "
            "which, they agree."
        )
    for group in match.ambiguous:
        if group.harmless and len(harmless) > _ALONE and not verbose:
            continue
        names = ", ".join(map(show_name, group.reference + group.candidate))
        yield f"  ambiguous: {names}: {group.reason}"
    for side in (comparison.reference, comparison.candidate):
        yield from (f"  not read: {skipped.sentence}" for skipped in side.trace.skipped)


def _kind(reason: str) -> str:
    """Reasons that differ in the names of neighbours alone are one kind."""
    if reason.startswith("No counterpart: between "):
        other = "candidate" if " the candidate records " in reason else "reference"
        return f"the {other} records nothing at these places."
    if reason.startswith("No tensor of the "):
        other = "candidate" if reason.startswith("No tensor of the candidate") else "reference"
        return f"nothing in the {other} is known to be these, by name, role, place or values."
    if reason.startswith("An extra tensor of "):
        return "the same values once more; their first holder is paired."
    return reason
