"""Convolutions of a whole file in the other framework's layout: not a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inspector.diagnose.weight_finding import WeightFinding
from inspector.diagnose.weight_sides import WeightSide
from inspector.names import show_name

_MOVES = tuple(
    f"its axes are in the order {axes}"
    for axes in ("0 2 1", "1 2 0", "2 0 1", "0 2 3 1", "0 3 1 2", "1 2 3 0", "3 0 1 2")
)
"""[O, I, K] and [I, O, K] of PyTorch to [O, K, I] of MLX and back, in one and two dimensions."""
_SHARE = 0.8


def settle_conv_layout(
    reference: WeightSide, findings: Sequence[WeightFinding]
) -> tuple[list[WeightFinding], list[str]]:
    """Call parameters outside the decoder the same when all are stored in the other layout.

    One transposed convolution is a fault; when four in five of all weights with three or
    more axes are moved as between PyTorch and MLX, it is the layout of the file.  (The
    decoder's layout is told by its names and shapes already.)

    Returns:
        The findings, and a sentence about it when any was changed.
    """
    concerned = [
        f for f in findings
        if len(f.shape) >= 3 and f.reference_name and f.candidate_name
        and not reference.parameters[f.key].decoder
    ]  # fmt: skip
    moved = [f for f in concerned if f.status == "transposed" and _as_between(f)]
    if not moved or len(moved) < _SHARE * len(concerned):
        return list(findings), []
    keys = {f.key for f in moved}
    settled = [
        replace(
            f, status="same",
            sentence=f"{show_name(f.key)}: the same values, stored in the other framework's layout "
            f"of convolutions.",
        )
        if f.key in keys
        else f
        for f in findings
    ]  # fmt: skip
    return settled, [
        f"{len(moved):,} convolution weights outside the decoder are stored in the other "
        "framework's layout (PyTorch [O, I, K], MLX [O, K, I]); their values are compared in place."
    ]


def _as_between(finding: WeightFinding) -> bool:
    # A rounding or a reversal beside the move is told by more words.
    return any(f": {clause}." in finding.sentence for clause in _MOVES)
