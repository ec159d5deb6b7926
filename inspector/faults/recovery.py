"""The weights that a layer really used, from its recorded input and output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.errors import UsageError
from inspector.tensors import Array, freeze

PRECISION = float(np.finfo(np.float32).eps)
"""Relative rounding of the recorded values."""

LINEAR = 0.05
"""Largest residual of a fit that counts as an explanation of the output."""

RELIABLE = 0.02
"""Largest expected relative error of weights that are called determined.

The relations told apart (see `inspector.faults.relations`) differ from each other by 0.1
and more, except for reduced precisions, which are compared with the error itself.
"""


@dataclass(frozen=True)
class Recovered:
    """Weights fitted to recorded values by least squares in float64.

    Attributes:
        weight: [O, I] or [O, I, K]; the shortest solution where the input leaves a choice.
        bias: [O].
        residual: relative L2 of what the fit leaves of the output.
        rank: rank of the inputs with the constant, judged at float32 precision.
        unknowns: I K + 1, the rank that determines every weight.
        rows: number of equations.
        condition: largest over smallest singular value of the inputs (of those that count).
        error: expected relative error of the weights as a whole, from the residual, the
            precision of the recording and the singular values.
        bias_error: expected absolute error of a bias value, likewise.
        determined: the weights are known: full rank, more rows than unknowns, a residual of
            at most `LINEAR` and an error of at most `RELIABLE`.
    """

    weight: Array
    bias: Array
    residual: float
    rank: int
    unknowns: int
    rows: int
    condition: float
    error: float
    bias_error: float
    determined: bool

    @property
    def sentence(self) -> str:
        """What was recovered and how far it can be trusted."""
        if self.determined:
            return (
                f"The weights follow from {self.rows} frames: they explain the output to "
                f"{self.residual:.1e} and are right to about {self.error:.0e}."
            )
        if self.rank < self.unknowns:
            why = f"the inputs have rank {self.rank} of {self.unknowns}"
        elif self.residual > LINEAR:
            why = f"no weights explain {self.residual:.0%} of the output"
        else:
            why = f"{self.rows} frames leave an error of {self.error:.0e}"
        return f"The recorded values do not determine the weights: {why}."

    def to_dict(self) -> dict[str, Any]:
        """The facts as plain values, without the weights."""
        return {
            "residual": self.residual, "rank": self.rank, "unknowns": self.unknowns,
            "rows": self.rows, "condition": self.condition, "error": self.error,
            "bias_error": self.bias_error, "determined": self.determined,
            "sentence": self.sentence,
        }  # fmt: skip


def recover_linear(x: Array, y: Array) -> Recovered:
    """Recover the weights of a linear layer.

    Args:
        x: inputs [..., I].
        y: outputs [..., O] of the same frames.

    Raises:
        UsageError: shapes that do not belong together, or values that are not finite.
    """
    if x.shape[:-1] != y.shape[:-1] or x.ndim < 2:
        raise UsageError(
            "shape", "recovery", f"input {x.shape} and output {y.shape}", "the same frames in both"
        )
    inputs, outputs = x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])
    weight, facts = _fitted(inputs, outputs)
    return Recovered(freeze(weight), **facts)


def recover_conv(
    x: Array, y: Array, kernel: int, left: int, right: int, stride: int = 1
) -> Recovered:
    """Recover the weights of a convolution over frames.

    Only outputs whose whole window was recorded count, so it does not matter what the
    layer was padded with.

    Args:
        x: inputs [R, T, I].
        y: outputs [R, T', O].
        kernel, left, right, stride: as the layer has them; ``T' = (T + left + right -
            kernel) // stride + 1``.

    Raises:
        UsageError: shapes that do not belong together, or values that are not finite.
    """
    columns, outputs = windows(x, y, kernel, left, right, stride)
    weight, facts = _fitted(columns, outputs)
    return Recovered(freeze(weight.reshape(-1, x.shape[2], kernel)), **facts)


def windows(
    x: Array, y: Array, kernel: int, left: int, right: int, stride: int = 1
) -> tuple[Array, Array]:
    """Inputs and outputs of a convolution as those of a linear layer.

    Returns:
        Windows [N, I K] (the kernel runs fastest) and outputs [N, O], without windows that
        reach into the padding.

    Raises:
        UsageError: shapes that do not belong together.
    """
    if x.ndim != 3 or y.ndim != 3 or len(x) != len(y) or min(kernel, stride) < 1:
        raise UsageError("shape", "recovery", f"input {x.shape} and output {y.shape}",
                         "[R, T, I] and [R, T', O]")  # fmt: skip
    rows, frames, channels = x.shape
    count = (frames + left + right - kernel) // stride + 1
    if y.shape[1] != count:
        raise UsageError(
            "shape", "recovery", f"{frames} frames became {y.shape[1]}", f"{count} frames"
        )
    starts = np.arange(count) * stride - left
    inside = np.flatnonzero((starts >= 0) & (starts + kernel <= frames))
    if not len(inside):
        raise UsageError("shape", "recovery", f"{frames} frames", f"{kernel} frames or more")
    taken = x[:, starts[inside][:, None] + np.arange(kernel)]  # [R, N, K, I]
    columns = taken.swapaxes(2, 3).reshape(rows * len(inside), channels * kernel)
    return columns, y[:, inside].reshape(rows * len(inside), -1)


def _fitted(x: Array, y: Array) -> tuple[Array, dict[str, Any]]:
    x, y = x.astype(np.float64), y.astype(np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise UsageError("nonfinite", "recovery", "some recorded values are not finite")
    rows, unknowns = len(x), x.shape[1] + 1
    # the constant gets the size of the other columns, so that no direction counts less
    constant = float(np.sqrt(np.mean(x**2))) or 1.0
    u, s, vt = np.linalg.svd(np.column_stack([x, np.full(rows, constant)]), full_matrices=False)
    rank = int(np.sum(s > s[0] * PRECISION * np.sqrt(max(rows, unknowns)))) if s[0] else 0
    inverse = 1.0 / s[:rank]
    solution = vt[:rank].T @ (inverse[:, None] * (u[:, :rank].T @ y))
    left = y - u[:, :rank] @ (u[:, :rank].T @ y)
    weight, bias = solution[:-1].T, solution[-1] * constant
    size = float(np.linalg.norm(y))
    # rounding of a sum of products, and what the fit leaves per degree of freedom
    rounding = PRECISION * size / np.sqrt(max(y.size, 1))
    freedom = max(rows - rank, 0) * y.shape[1]
    noise = max(float(np.linalg.norm(left)) / np.sqrt(freedom) if freedom else 0.0, rounding)
    spread = (vt[:rank] ** 2 * inverse[:, None] ** 2).sum(0)  # variance of each unknown
    scale = float(np.sqrt(np.mean(weight**2)))
    residual = float(np.linalg.norm(left)) / size if size else 0.0
    error = noise * float(np.sqrt(np.mean(spread[:-1]))) / scale if scale else float("inf")
    facts = {
        "bias": freeze(bias),
        "residual": residual,
        "rank": rank,
        "unknowns": unknowns,
        "rows": rows,
        "condition": float(s[0] / s[rank - 1]) if rank else float("inf"),
        "error": error,
        "bias_error": noise * float(np.sqrt(spread[-1])) * constant,
        "determined": bool(
            rank == unknowns and rows > unknowns and residual <= LINEAR and error <= RELIABLE
        ),
    }
    return weight, facts
