"""Weights that the module never received: recovered where a layer shows them, else judged
by how fresh draws behave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inspector.diagnose.draws import ACCEPTED, TYPICAL, DrawFit, fit_draws, is_matrix_draw
from inspector.diagnose.hypotheses import Hypothesis
from inspector.diagnose.layer_recovery import LayerFinding, recover_layers
from inspector.diagnose.recovered_suspects import suspects_from_layers
from inspector.diagnose.search import Search
from inspector.diagnose.suspect import STATISTICAL, Suspect
from inspector.diagnose.suspects_of import place_text
from inspector.diagnose.together import is_fine
from inspector.live.introduced import Cell

_SHOWN = 4
"""Cells of a group whose features are compared."""


def explain_by_layers(left: Sequence[Cell], search: Search) -> tuple[list[Suspect], list[Cell]]:
    """Explain cells by weights that were solved for.

    Returns:
        Suspects, and the cells still unexplained.
    """
    if search.deadline.over:
        return [], list(left)
    search.progress(0, len(left), "Solving for the weights that were used")
    return _explained(recover_layers(search.bench, left), left, search)


def explain_by_fresh_layers(
    left: Sequence[Cell], search: Search
) -> tuple[list[Suspect], list[Cell]]:
    """Explain cells by layers whose solved weights are a fresh draw, and by their groups.

    A group that some layers show to be unloaded is tested, by its draws, at the other cells
    that it acts on: the same module at other steps, recorded more coarsely.

    Returns:
        Suspects, and the cells still unexplained.
    """
    if search.deadline.over:
        return [], list(left)
    search.progress(0, len(left), "Solving for the weights that were used")
    fresh = [f for f in recover_layers(search.bench, left) if f.relation.kind == "fresh"]
    suspects, remaining = _explained(fresh, left, search)
    keys = {s.fault for s in suspects}
    more: dict[str, list[Cell]] = {}
    for cells, options in _alike(remaining, search) if keys else ():
        parts = tuple(h for h in options if h.fault.key in keys)
        if not parts or search.deadline.over:
            continue
        shown = cells[:_SHOWN]
        fit, _ = fit_draws(search.bench, search.hypotheses, shown, parts, at_once=True)
        if fit is not None:
            search.log(
                f"{cells[0].node} behaves as these fresh weights make it (typical distance "
                f"{fit.score:.1f} standard deviations)."
            )
            done = {(c.node, c.step) for c in cells}
            remaining = [c for c in remaining if (c.node, c.step) not in done]
            for part in parts:
                more.setdefault(part.fault.key, []).extend(cells)
    return [replace(s, cells=s.cells + len(more.get(s.fault, ()))) for s in suspects], remaining


def _explained(
    findings: Sequence[LayerFinding], left: Sequence[Cell], search: Search
) -> tuple[list[Suspect], list[Cell]]:
    for finding in findings:
        search.log(finding.relation.sentence)
    solved = {(c.node, c.step) for f in findings for c in f.cells}
    rest = [c for c in left if (c.node, c.step) not in solved]
    return suspects_from_layers(findings, search.hypotheses), rest


def explain_by_draws(
    left: Sequence[Cell], search: Search, *, limit: float = ACCEPTED
) -> tuple[list[Suspect], list[Cell]]:
    """Explain cells by how fresh weights behave there.

    Args:
        left: cells.
        search: the search.
        limit: largest distance from the draws that is accepted.

    Returns:
        Suspects, and the cells still unexplained.
    """
    found: dict[str, list[tuple[Sequence[Cell], DrawFit, float]]] = {}
    remaining: list[Cell] = []
    groups = _alike(left, search)
    for done, (cells, options) in enumerate(groups):
        search.progress(done, len(groups), f"Trying fresh weights at {cells[0].node}")
        fit, rival = None, float("inf")
        if options and not search.deadline.over:
            fit, rival = fit_draws(
                search.bench, search.hypotheses, cells[:_SHOWN], options,
                layers=_layers(cells[0], search), over=lambda: search.deadline.over,
            )  # fmt: skip
        if fit is None or fit.score > min(limit, _limit(fit)):
            remaining += cells
            continue
        for part in fit.parts:
            found.setdefault(part.fault.key, []).append((cells, fit, rival))
    return [_suspect(key, rows) for key, rows in found.items()], remaining


def _limit(fit: DrawFit) -> float:
    """How far from its draws a fit may be: a drawn bias does little and fits much."""
    drawn = all(any(is_matrix_draw(c) for c in p.edit.weights) for p in fit.parts)
    return ACCEPTED if drawn else TYPICAL


def _layers(cell: Cell, search: Search) -> Sequence[Hypothesis]:
    """Groups that have several layers in a block, at one of them: a single key was missed.

    A whole forward pass has too many layers for its statistics to tell them apart.
    """
    if not is_fine(cell, search):
        return ()
    return search.hypotheses.singles(search.bench.cut(cell), random=True).alone


def _alike(
    cells: Sequence[Cell], search: Search
) -> list[tuple[list[Cell], tuple[Hypothesis, ...]]]:
    """Cells in groups that the same options act on: a node over steps, both velocities."""
    groups: dict[tuple[Hypothesis, ...], list[Cell]] = {}
    for cell in cells:
        options = search.hypotheses.singles(search.bench.cut(cell), random=True).together
        # the narrowest first: of two that fit, the one that claims less
        ordered = tuple(sorted(options, key=lambda h: len(h.touched.keys)))
        groups.setdefault(ordered, []).append(cell)
    return [(group, options) for options, group in groups.items()]


def _suspect(key: str, rows: Sequence[tuple[Sequence[Cell], DrawFit, float]]) -> Suspect:
    part = next(p for p in rows[0][1].parts if p.fault.key == key)
    fault = part.fault
    layers = [fit.layers or p.places for _, fit, _ in rows for p in fit.parts if p.fault.key == key]
    where = tuple(dict.fromkeys(place for places in layers for place in places))
    explained = float(np.clip(np.mean([fit.explained for _, fit, _ in rows]), 0.0, 1.0))
    cells = [c for group, _, _ in rows for c in group]
    error = float(np.median([c.introduced for c in cells]))
    floor = float(np.median([c.floor for c in cells]))
    score = max(fit.score for _, fit, _ in rows)
    rival = min(r for _, _, r in rows)
    scope = "one" if len(where) == 1 else "some"
    return Suspect(
        fault.key, fault.title, fault.change, fault.slot, where, scope, explained, error, floor,
        rival / max(score, 0.5), STATISTICAL, len(cells), fault.records, rows[0][1].alike,
        fault.kind,
        f"{fault.title} {_at(where, scope, rows)}: the values behave as with freshly initialised "
        f"weights there (typical distance from several draws {score:.1f} standard deviations; the "
        f"healthy decoder is far outside). A fresh draw cannot be reproduced exactly, and weights "
        f"that are scrambled in a way that no registered mistake reproduces look alike; compare "
        f"the parameters of the running module with the checkpoint.",
    )  # fmt: skip


def _at(
    where: tuple[str, ...], scope: str, rows: Sequence[tuple[Sequence[Cell], DrawFit, float]]
) -> str:
    """``at X``, or where it cannot be told which, ``at one or more of X, Y``."""
    if any(fit.layers for _, fit, _ in rows):
        return f"at one or more of {', '.join(where)} (these values do not tell which)"
    return place_text(where, scope)
