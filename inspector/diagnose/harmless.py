"""Errors that no mistake explains and that need none: backend noise, frames outside the mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from inspector.diagnose.suspect import PARTIAL, Suspect
from inspector.errors import InspectorError
from inspector.live.introduced import NOISE_FACTOR, Cell
from inspector.live.isolation import Isolator
from inspector.live.noise import relative_l2
from inspector.tensors import Array

BACKEND_NOISE = 2e-5
"""Relative L2 that backends differ by at one place: 1e-6 to 3e-5 at the end of a correct
float32 decoder of 70 blocks, 3e-6 at most at any one of them.  Noise of 3e-6 of the rms in every
recorded value makes the places after it err by up to 1.5e-5, norms of quiet frames most.  The
smallest known mistake that is not in the registry moved its operation by 5e-4."""


def trimmed_frames(reference: Isolator, candidate: Isolator) -> str:
    """Why a recording cannot be computed again: it holds part of the frames; empty when it can.

    Attention looks at every frame, so the values of the others would be needed.
    """
    lengths = []
    for side in (reference, candidate):
        step = min(side.side.steps, default=0)
        bound = side.side.get("x", step)
        try:
            lengths.append(None if bound is None else bound.read().shape[1])
        except (InspectorError, IndexError):
            lengths.append(None)
    left, right = lengths
    if left is None or right is None or left == right:
        return ""
    short, name = (right, "candidate") if right < left else (left, "reference")
    return (
        f"The {name} holds {short} of {max(left, right)} frames. A decoder that looks at every "
        "frame cannot be run on part of them: record all frames of both sides."
    )


def explain_without_mistake(
    left: Sequence[Cell],
    suspects: Sequence[Suspect],
    candidate: Isolator,
    log: Callable[[str], None],
) -> tuple[list[Suspect], list[Cell]]:
    """Take cells away that are backend noise, or err outside the mask alone.

    Args:
        left: cells that nothing explains.
        suspects: what was found so far.
        candidate: isolator on the candidate's recording.
        log: told what was found.

    Returns:
        The suspects with a control for each kind found, and the cells still unexplained.
    """
    found, rest = list(suspects), list(left)
    noisy = [c for c in rest if c.introduced <= BACKEND_NOISE]
    rest = [c for c in rest if c not in noisy]
    masked = [c for c in rest if _outside_mask_alone(c, candidate)]
    rest = [c for c in rest if c not in masked]
    if noisy:
        found.append(_control(
            "backend_noise", "Noise of another backend",
            f"{len(noisy)} values err by at most {BACKEND_NOISE:.0e}, as another backend or "
            "another order of summation does; no known mistake gives them.", noisy, "FW06",
        ))  # fmt: skip
        log(found[-1].sentence)
    if masked:
        found.append(_control(
            "masked_frames", "Other values outside the mask",
            f"{len(masked)} values differ in frames that the mask leaves out, and nowhere else; "
            "what is computed from them agrees.", masked, "MK19",
        ))  # fmt: skip
        log(found[-1].sentence)
    return found, rest


def _outside_mask_alone(cell: Cell, candidate: Isolator) -> bool:
    """True when the frames that the mask keeps hold what the reference decoder computes."""
    cut = candidate.cut(cell.node, cell.step)
    mask = cut.pool.get("mask")
    if mask is None or bool((mask != 0).all()):
        return False
    own = candidate.recorded(cell.node, cell.step, cut.rows)
    run = candidate.run(cut)[cell.node]
    if own.ndim != 3 or run.ndim != 3 or own.shape[1] != mask.shape[1]:
        return False
    rows = min(len(own), len(run))
    kept = _rows_of(mask, rows)
    error = relative_l2(own[:rows] * kept, run[:rows] * kept)
    return error <= NOISE_FACTOR * cell.floor


def _rows_of(mask: Array, rows: int) -> Array:
    """The mask [R, T, 1] as 0 and 1, repeated over the guidance rows."""
    kept = (mask != 0).astype(np.float64)
    return np.tile(kept, (-(-rows // len(kept)), 1, 1))[:rows]


def _control(key: str, title: str, sentence: str, cells: Sequence[Cell], record: str) -> Suspect:
    error = float(np.median([c.introduced for c in cells]))
    floor = float(np.median([c.floor for c in cells]))
    return Suspect(
        key, title, title, "precision" if key == "backend_noise" else "mask",
        tuple(dict.fromkeys(c.node for c in cells)), "some", 1.0, error, floor, 1.0, PARTIAL,
        len(cells), (record,), (), "control", sentence,
    )  # fmt: skip
