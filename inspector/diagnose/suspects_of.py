"""Solutions of the search put into words: where, how far, against which rival."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inspector.diagnose.hypotheses import Hypothesis
from inspector.diagnose.search import Search, Solution
from inspector.diagnose.suspect import EXACT, Suspect
from inspector.faults.fault import Fault
from inspector.live.introduced import Cell, IntroducedMap

_SILENCE_TESTS = 24
"""Healthy places that are tested for whether the fault could be seen there at all."""


def suspects_of(
    solutions: Sequence[Solution], errors: IntroducedMap, search: Search
) -> list[Suspect]:
    """One suspect per fault, in the order of the solutions."""
    found: list[Suspect] = []
    for solution in solutions:
        for part in solution.parts:
            found.append(_suspect(solution, part, errors, search))
    return found


def _suspect(
    solution: Solution, part: Hypothesis, errors: IntroducedMap, search: Search
) -> Suspect:
    fault = part.fault
    where = tuple(
        dict.fromkeys(
            place
            for _, _, parts in solution.cells
            for h in parts
            if h.fault.key == fault.key
            for place in h.places
        )
    )
    scope = scope_of(fault, where, solution, errors, search)
    trials = [t for _, t, _ in solution.cells]
    residual = float(np.median([t.residual for t in trials]))
    floor = float(np.median([c.floor for c, _, _ in solution.cells]))
    explained = float(np.clip(np.mean([t.explained for t in trials]), 0.0, 1.0))
    margin = solution.rival / max(solution.ratio, 1.0)
    return Suspect(
        fault.key, fault.title, fault.change, fault.slot, where, scope, explained, residual, floor,
        margin, EXACT, len(trials), fault.records, solution.alike, fault.kind,
        sentence_of(fault, where, scope, explained, residual, floor, solution),
    )  # fmt: skip


def scope_of(
    fault: Fault,
    where: tuple[str, ...],
    solution: Solution,
    errors: IntroducedMap,
    search: Search,
) -> str:
    """``all`` when no place that the trace shows is free of the fault."""
    places = search.hypotheses.places.get(fault.key, where)
    if len(places) <= 1 or set(places) <= set(where):
        return "all"
    steps = {c.step for c, _, _ in solution.cells}
    healthy = [c for c in errors.cells if c.step in steps and not c.faulty]
    tested = 0
    for place in places:
        if place in where:
            continue
        hypothesis = search.hypotheses.make(fault, (place,))
        cell = None if hypothesis is None else _shown(hypothesis, healthy, search)
        if hypothesis is None or cell is None:
            continue  # nothing recorded shows this place
        tested += 1
        # a place that would look the same with the fault says nothing
        if tested > _SILENCE_TESTS or not search.bench.attempt(cell, hypothesis.edit).solved:
            return "one" if len(where) == 1 else "some"
    return "all" if len(where) > 1 or tested else "one"


def _shown(hypothesis: Hypothesis, cells: Sequence[Cell], search: Search) -> Cell | None:
    for cell in cells:
        if hypothesis.touched.meets(search.bench.cut(cell)):
            return cell
    return None


def sentence_of(
    fault: Fault,
    where: tuple[str, ...],
    scope: str,
    explained: float,
    residual: float,
    floor: float,
    solution: Solution,
) -> str:
    """The finding in words, with its numbers."""
    others = [p.fault.title for p in solution.parts if p.fault.key != fault.key]
    beside = f" together with {others[0].lower()}" if others else ""
    text = (
        f"{fault.title} {place_text(where, scope)}{beside}: {fault.change.rstrip('.')}. With it "
        f"the reference decoder gives the candidate's values to {residual:.1e} (rounding alone: "
        f"{floor:.1e}) and {100 * explained:.4g} % of the introduced error is explained."
    )
    if solution.alike:
        text += f" This trace cannot tell it from: {', '.join(solution.alike)}."
    return text


def place_text(where: tuple[str, ...], scope: str) -> str:
    """``at mid_blocks.0.0`` or ``at all 14 places`` ..."""
    if len(where) == 1:
        return f"at {where[0]}"
    if scope == "all":
        return f"at all {len(where)} places recorded"
    shown = ", ".join(where[:3])
    return f"at {shown}" + (f" and {len(where) - 3} more" if len(where) > 3 else "")
