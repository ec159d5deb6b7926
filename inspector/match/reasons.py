"""Why a tensor found no partner, in one sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from inspector.match.entries import Entry
from inspector.match.pairing import Link
from inspector.names import show_name

_MOST_STEPS = 12


def unmatched_reasons(
    entries: Iterable[Entry], other: Sequence[Entry], links: Sequence[Link], *, side: str
) -> dict[str, str]:
    """Say for each open tensor why nothing was paired with it.

    Args:
        entries: open tensors of one side.
        other: all tensors of the other side.
        links: the decided pairs.
        side: ``reference`` or ``candidate``: the side of `entries`.

    Returns:
        One sentence per stored name.
    """
    opposite = "candidate" if side == "reference" else "reference"
    taken = {}
    for link in links:
        own, partner = (
            (link.reference, link.candidate)
            if side == "reference"
            else (link.candidate, link.reference)
        )
        if own.role:
            taken.setdefault((partner.role or own.role, partner.step), (partner, own))
    steps: dict[str, set[int]] = defaultdict(set)
    for entry in other:
        if entry.role and entry.step is not None:
            steps[entry.role].add(entry.step)
    return {e.name: _reason(e, taken, steps, opposite) for e in entries}


def _reason(
    entry: Entry,
    taken: dict[tuple[str, int | None], tuple[Entry, Entry]],
    steps: dict[str, set[int]],
    opposite: str,
) -> str:
    if entry.role:
        found = taken.get((entry.role, entry.step))
        if found is not None:
            partner, own = found
            return (
                f"The {entry.role} of the {opposite}, {show_name(partner.name)}, is paired with "
                f"{show_name(own.name)} already."
            )
        if entry.step is not None and steps.get(entry.role):
            known = sorted(steps[entry.role])
            shown = ", ".join(map(str, known[:_MOST_STEPS])) + (
                " ..." if len(known) > _MOST_STEPS else ""
            )
            return (
                f"The {opposite} has {entry.role} at the ODE steps {shown}, not at step "
                f"{entry.step}."
            )
        return (
            f"No tensor of the {opposite} has this name or an alias of it; none is recognised as "
            f"{entry.role}."
        )
    return f"No tensor of the {opposite} has this name, an alias of it, or its shape at this place."
