"""What was found at fine places, tested together where the recording is coarse.

Deep in a recording a value is computed from one operation, at other steps from the whole
decoder.  A coarse value does not say which mistake acts on it; those found elsewhere do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inspector.diagnose.draws import fit_draws, together
from inspector.diagnose.hypotheses import Hypothesis
from inspector.diagnose.search import Search
from inspector.diagnose.suspect import Suspect
from inspector.live.introduced import Cell

_APART = frozenset({"ode", "inputs", "time_mlp"})
_SHOWN = 2

_CONSISTENT = 6.0
"""Distance from the draws that still agrees with fresh weights that were found elsewhere: one
draw of a whole decoder may be an unusual one, and only a contradiction counts here."""

_MOSTLY = 0.8


def split_by_grain(cells: Sequence[Cell], search: Search) -> tuple[list[Cell], list[Cell]]:
    """Cells computed from at most one block each, and those computed from several.

    Returns:
        Fine and coarse cells; all are fine where there is no finer recording.
    """
    fine, coarse = [], []
    for cell in cells:
        (fine if is_fine(cell, search) else coarse).append(cell)
    return (fine, coarse) if fine else (coarse, [])


def is_fine(cell: Cell, search: Search) -> bool:
    """True for a value that is computed from at most one block of the decoder with weights.

    A mask that another block made smaller, as those of Matcha do, is computed with it.
    """
    nodes = search.bench.cut(cell).graph.nodes
    return len({n.block for n in nodes if n.params} - _APART) <= 1


def explain_together(
    coarse: Sequence[Cell], suspects: Sequence[Suspect], search: Search
) -> tuple[list[Suspect], list[Cell]]:
    """Test all suspects at once on coarse cells.

    Returns:
        The suspects with the cells that they explain together added, and the cells left.
    """
    found = list(suspects)
    left: list[Cell] = []
    for group in search.bench.twins(coarse):
        # fresh weights found at one place are tried there alone, then wherever they can be
        tried = dict.fromkeys(_parts(group[0], found, search, wide) for wide in (False, True))
        parts = next((p for p in tried if p and _explains(group, p, search)), ())
        if not parts:
            left += group
            continue
        keys = {p.fault.key for p in parts}
        found = [replace(s, cells=s.cells + len(group)) if s.fault in keys else s for s in found]
        search.log(
            f"{group[0].node} at step {group[0].step + 1} is what "
            f"{' and '.join(p.fault.title.lower() for p in parts)} make of it."
        )
    return found, left


def _parts(
    cell: Cell, suspects: Sequence[Suspect], search: Search, wide: bool
) -> tuple[Hypothesis, ...]:
    """Each suspect at its places, or everywhere where nothing speaks against it.

    Args:
        wide: fresh weights are put wherever they can be.
    """
    known = {f.key: f for f in search.hypotheses.faults}
    parts: dict[str, Hypothesis] = {}
    for suspect in suspects:
        fault = known.get(suspect.fault)
        places = search.hypotheses.places.get(suspect.fault, ())
        if fault is None or not places:
            continue
        everywhere = suspect.scope == "all" or (fault.random and wide)
        chosen = places if everywhere else tuple(p for p in places if p in suspect.where)
        made = search.hypotheses.make(fault, chosen) if chosen else None
        if made is not None and made.touched.meets(search.bench.cut(cell)):
            parts[fault.key] = made
    return tuple(parts.values())


def _explains(group: Sequence[Cell], parts: Sequence[Hypothesis], search: Search) -> bool:
    if search.deadline.over:
        return False
    if any(p.fault.random for p in parts):
        shown = group[:_SHOWN]
        fit, _ = fit_draws(
            search.bench, search.hypotheses, shown, parts, at_once=True, accepted=_CONSISTENT
        )
        return fit is not None and fit.explained >= _MOSTLY
    edit = together(search.hypotheses, parts)
    return edit is not None and all(t.solved for t in search.bench.attempts(group, edit))
