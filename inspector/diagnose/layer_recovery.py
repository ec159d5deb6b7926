"""The weights that the candidate really used, solved for where a layer shows them.

A linear layer or convolution whose output reaches a recorded value through additions
alone must have given what is missing there; with its input, which the reference decoder
computes from the candidate's own values, its weights follow by least squares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.diagnose.affine_path import Reachable, reachable_layers
from inspector.diagnose.trial import Bench
from inspector.errors import UsageError
from inspector.faults.edit import Edit
from inspector.faults.prediction import identify
from inspector.faults.recovery import Recovered
from inspector.faults.relations import Relation
from inspector.live.introduced import Cell
from inspector.tensors import Array

FITS = 1e-3
"""Share of a layer's output that recovered weights may leave: a smaller known mistake (5e-4)
beside them stays visible, rounding (1e-6) is far below."""

_ORDINARY = ("equal", "unknown")
_PLAIN_BIAS = ("equal", "none", "undecided")


@dataclass(frozen=True)
class LayerFinding:
    """A layer with other weights than the checkpoint.

    Attributes:
        layer: node name.
        key: checkpoint key of its weight.
        relation: what its weights are.
        recovered: the fit.
        cells: where it shows.
    """

    layer: str
    key: str
    relation: Relation
    recovered: Recovered
    cells: tuple[Cell, ...]


def recover_layers(
    bench: Bench, cells: Sequence[Cell], edit: Edit | None = None
) -> list[LayerFinding]:
    """Identify the weights behind `cells` that no known change explains.

    Args:
        bench: runs the reference decoder on the candidate's values.
        cells: unexplained cells; those of one layer are used together.
        edit: another mistake that is known to act as well.
    """
    # by layer and recorded value: a layer may reach several, behind other modules
    groups: dict[tuple[str, str], list[tuple[Cell, Reachable, Array, Array]]] = {}
    for cell in cells:
        for reach, x, y in _seen_through(bench, cell, edit):
            groups.setdefault((reach.node.name, cell.node), []).append((cell, reach, x, y))
    found = []
    for (name, _), rows in groups.items():
        finding = _identified(bench, name, rows)
        if finding is not None:
            found.append(finding)
    # a cell is explained by one layer: the one whose weights fit best
    found.sort(key=lambda f: f.recovered.residual)
    taken: set[tuple[str, int]] = set()
    kept = []
    for finding in found:
        places = {(c.node, c.step) for c in finding.cells}
        if not places & taken:
            kept.append(finding)
            taken |= places
    return kept


def _seen_through(
    bench: Bench, cell: Cell, edit: Edit | None
) -> list[tuple[Reachable, Array, Array]]:
    """Layers of a cell with their input and the output they must have given."""
    cut = bench.cut(cell)
    graph = cut.graph
    layers = reachable_layers(graph, cell.node)
    own = bench.own(cell)
    if not layers or not np.isfinite(own).all():
        return []
    wanted = {cell.node, *(n.node.name for n in layers), *(n.node.inputs[0] for n in layers)}
    try:
        run = bench.isolator.run(cut, edit, keep=wanted)
    except UsageError:
        return []
    found = []
    for reach in layers:
        source = reach.node.inputs[0]
        x = run[source] if source in run else cut.pool.get(source)
        if x is None or reach.node.name not in run:
            continue
        y, target = run[reach.node.name], run[cell.node]
        if reach.part is not None:
            share = x.shape[0] // reach.parts
            rows = slice(reach.part * share, (reach.part + 1) * share)
            x, y = x[rows], y[rows]
        x, y, target = x[: own.shape[0]], y[: own.shape[0]], target[: own.shape[0]]
        if target.shape != own.shape or y.shape != own.shape:
            continue
        y = y + (own - target)
        valid = _valid_frames(cut.pool) if reach.masked else None
        if valid is not None:
            x, y = x[:, :valid], y[:, :valid]
        found.append((reach, x, y))
    return found


def _valid_frames(pool: Mapping[str, Array]) -> int | None:
    """Number of leading frames that the mask lets pass; None when all do."""
    mask = pool.get("mask")
    if mask is None or bool((mask == 1).all()):
        return None
    lengths = (mask[..., 0] == 1).astype(int).cumprod(axis=1).sum(axis=1)
    return int(lengths.min())


def _identified(
    bench: Bench, name: str, rows: Sequence[tuple[Cell, Reachable, Array, Array]]
) -> LayerFinding | None:
    node = rows[0][1].node
    key = node.key("weight")
    if key is None:
        return None
    x = np.concatenate([r[2] for r in rows])
    y = np.concatenate([r[3] for r in rows])
    settings = node.constants
    try:
        relation, recovered = identify(
            x, y, bench.isolator.store.arrays, key,
            left=int(settings.get("left") or 0), right=int(settings.get("right") or 0),
            stride=int(settings.get("stride") or 1),
        )  # fmt: skip
    except (UsageError, np.linalg.LinAlgError):
        return None
    changed = relation.kind not in _ORDINARY or (
        relation.kind == "equal" and relation.bias not in _PLAIN_BIAS
    )
    if not changed or recovered.residual > FITS:
        return None
    sure = recovered.determined or _direct(bench, rows)
    if relation.kind in ("fresh", "half", "quantised") and not sure:
        # too few frames: the fit is exact whatever lies between the layer and the value
        return None
    return LayerFinding(name, key, relation, recovered, tuple(dict.fromkeys(r[0] for r in rows)))


def _direct(bench: Bench, rows: Sequence[tuple[Cell, Reachable, Array, Array]]) -> bool:
    """True when nothing with weights of its own and no sum takes part beside the layer."""
    return all(
        node.op not in ("add", "add_over_frames")
        and (not node.params or node.name == reach.node.name)
        for cell, reach, _, _ in rows
        for node in bench.cut(cell).graph.nodes
    )
