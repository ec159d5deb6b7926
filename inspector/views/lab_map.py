"""The map of the block lab: introduced and carried error per block and step, healing."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from typing import Any

from inspector.errors import InspectorError
from inspector.live.cache import BoundedCache
from inspector.live.healing import heal
from inspector.live.introduced import IntroducedMap, map_errors
from inspector.live.lab import Lab
from inspector.tensors import Progress

_MAP_S, _HEALING_S = 40.0, 15.0
"""Seconds for the map and for the healing; what does not fit is left open and said so."""
_MAPS: BoundedCache[tuple[IntroducedMap, tuple[str, ...]]] = BoundedCache(8)
_HEALED: BoundedCache[Mapping[str, float]] = BoundedCache(8)
_LOCK = threading.Lock()


def map_values(lab: Lab, progress: Progress | None = None) -> dict[str, Any]:
    """log10 errors, verdicts and healing per block (rows) and step (columns)."""
    with _LOCK:  # two requests for one pair compute it once
        found, notes = introduced_map(lab, progress)
        healed = healing(lab, found, progress)
    blocks, steps = lab.graph.blocks, lab.steps
    cells = [[found.of_block(block, step) for step in steps] for block in blocks]

    def grid(value: Any) -> list[list[Any]]:
        return [[None if cell is None else value(cell) for cell in row] for row in cells]

    return {
        "introduced": grid(lambda cell: _log10(cell.introduced)),
        "carried": grid(lambda cell: _log10(cell.carried)),
        "floor": grid(lambda cell: _log10(cell.floor)),
        "verdict": grid(lambda cell: cell.verdict),
        "node": grid(lambda cell: cell.node),
        "healing": [healed.get(block) for block in blocks],
        "notes": list(notes),
    }


def introduced_map(
    lab: Lab, progress: Progress | None = None
) -> tuple[IntroducedMap, tuple[str, ...]]:
    """Every recorded cell of the candidate in isolation, and what was left out."""
    found = _MAPS.get(lab.identity) if lab.identity else None
    if found is not None:
        return found
    candidate, reference = lab.candidate_isolator, lab.reference_isolator
    steps = candidate.side.steps
    started, left = time.monotonic(), []
    first = map_errors(candidate, reference, steps=steps[:1], progress=progress)
    # one step costs about what another costs; verdicts are surest over all of them
    if (time.monotonic() - started) * len(steps) <= _MAP_S:
        maps = [map_errors(candidate, reference, progress=progress)]
    else:
        maps = [first]
        for step in [*steps[-1:], *steps[1:-1]]:
            if time.monotonic() - started > _MAP_S:
                left.append(step + 1)
                continue
            maps.append(map_errors(candidate, reference, steps=[step], progress=progress))
    cells = tuple(sorted((c for m in maps for c in m.cells), key=lambda c: c.step))
    skipped = tuple(s for m in maps for s in m.skipped)
    joined = IntroducedMap(cells, skipped, maps[0].assumed)
    notes = [f"{name} at step {step + 1}: {reason}" for name, step, reason in skipped[:5]]
    if left:
        notes.append(f"Steps {', '.join(map(str, sorted(left)))} were left out to save time.")
    result = (joined, tuple(notes))
    return _MAPS.put(lab.identity, result, 1) if lab.identity else result


def healing(
    lab: Lab, found: IntroducedMap, progress: Progress | None = None
) -> Mapping[str, float]:
    """Percent of the error that goes when a block is put right, by block.

    Of the last state where every step holds the blocks, else of the velocity at the step at
    which most is recorded.  Blocks that introduce rounding alone heal 0.
    """
    held = _HEALED.get(lab.identity) if lab.identity else None
    if held is not None:
        return held
    percent: dict[str, float] = {}
    step = _fullest(found)
    here = [cell for cell in found.cells if cell.step == step]
    faulty = {cell.block: 0.0 for cell in here if cell.faulty}
    for cell in here:
        percent[cell.block] = 0.0
        if cell.faulty and math.isfinite(cell.introduced):
            faulty[cell.block] = max(faulty[cell.block], cell.introduced)
    chosen = sorted(faulty, key=lambda block: -faulty[block])
    try:
        chart = heal(lab, step, chosen, mel=True, seconds=_HEALING_S, progress=progress)
    except InspectorError:
        chart = None  # nothing to judge by: the map stands without it
    for block in chosen:
        entry = None if chart is None else chart.of(block)
        value = None if entry is None else (
            entry.velocity_percent if entry.mel_percent is None else entry.mel_percent
        )  # fmt: skip
        percent.pop(block)
        if value is not None:
            percent[block] = value
    return _HEALED.put(lab.identity, percent, 1) if lab.identity else percent


def _fullest(found: IntroducedMap) -> int:
    """The step with the most cells, the one that introduces most among equals."""
    counts: dict[int, tuple[int, float]] = {}
    for cell in found.cells:
        count, error = counts.get(cell.step, (0, 0.0))
        most = cell.introduced if cell.faulty and math.isfinite(cell.introduced) else 0.0
        counts[cell.step] = (count + 1, max(error, most))
    return max(counts, key=lambda step: (*counts[step], -step), default=0)


def _log10(value: float | None) -> float | None:
    """Exactly nothing is -12; what is not finite is 2."""
    if value is None:
        return None
    if not math.isfinite(value):
        return 2.0
    return math.log10(max(value, 1e-12))
