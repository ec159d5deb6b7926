"""What a layer's weights are, judged by the outputs that they predict.

Real traces have few frames, and their inputs are of low rank: the weights are then not
determined, yet each candidate for them predicts outputs that can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

import numpy as np

from inspector.errors import UsageError
from inspector.faults.bias_relation import bias_key
from inspector.faults.recovery import PRECISION, Recovered, recover_conv, recover_linear, windows
from inspector.faults.relations import Match, Relation, Seen, conclude, match, relate
from inspector.faults.weight_hypotheses import OTHER, Hypothesis, weight_hypotheses
from inspector.tensors import Array


def relate_by_prediction(
    x: Array, y: Array, candidates: Iterable[Hypothesis], *, bias: Array | None = None,
    noise: float = 1e-5,
) -> tuple[Match, Array | None]:  # fmt: skip
    """The candidate whose weights explain the outputs best.

    Inputs and outputs are taken from their means, so the bias plays no part; it follows
    from the means once the weights are known.  A single frame has no mean to spare: there
    the bias has to be assumed.

    Args:
        x: inputs [N, J]; for a convolution windows (see `inspector.faults.recovery.windows`).
        y: outputs [N, O].
        candidates: what the weights may be, the checkpoint's own first.
        bias: [O] to assume; None to leave it open, for two different frames or more.
        noise: relative precision of the recorded outputs.

    Returns:
        The match and the bias [O] that goes with it, None when no weights were found.

    Raises:
        UsageError: other numbers of frames, or inputs that never change.
    """
    x, y = x.astype(np.float64), y.astype(np.float64)
    if len(x) != len(y) or not len(x):
        raise UsageError("shape", "prediction", f"{len(x)} inputs and {len(y)} outputs",
                         "as many of both")  # fmt: skip
    free = bias is None
    x_mean = x.mean(0) if free else np.zeros(x.shape[1])
    y_mean = y.mean(0) if bias is None else bias.astype(np.float64)
    u, s, vt = np.linalg.svd(x - x_mean, full_matrices=False)
    # the mean itself is only as exact as the values are
    floor = PRECISION * np.sqrt(len(x)) * float(np.abs(x).max())
    rank = int(np.sum(s > max(s[0] * PRECISION * np.sqrt(len(x)), floor)))
    if not rank:
        raise UsageError("constant", "prediction", "the inputs are the same in every frame", "",
                         "Assume a bias to judge a single frame.")  # fmt: skip
    u, directions = u[:, :rank], s[:rank, None] * vt[:rank]
    varying = y - y_mean
    target = (u.T @ varying).T
    size = float(np.linalg.norm(varying))
    left = float(np.linalg.norm(varying - u @ target.T))
    # noise is relative to whole outputs, of which the means may be the larger part
    error = noise * float(np.linalg.norm(y)) / size if size else noise
    spare = len(x) - free - rank
    if spare > 0 and size:  # what no weights explain says how noisy the rest is
        error = max(error, left / size * np.sqrt(rank / spare))
    seen = Seen(target, directions, error, left / size if size else 0.0, size)
    found = match(seen, candidates)
    if found.weight is None:
        return found, None
    return found, y_mean - found.weight.reshape(len(y_mean), -1) @ x_mean


def identify(
    x: Array, y: Array, weights: Mapping[str, Array], key: str, *, left: int = 0, right: int = 0,
    stride: int = 1, heads: int | None = None, noise: float = 1e-5,
) -> tuple[Relation, Recovered]:  # fmt: skip
    """What the weights behind recorded values are: recovered if determined, else predicted.

    Args:
        x: inputs [..., I] of a linear layer, [R, T, I] of a convolution.
        y: outputs of the same frames.
        weights: the checkpoint, PyTorch layout.
        key: key of the weight of this layer; its shape says which layer it is.
        left, right, stride: of a convolution.
        heads: number of attention heads for the attention projections.
        noise: relative precision of the recorded outputs.

    Returns:
        The relation and the fit that it rests on.

    Raises:
        UsageError: shapes that do not belong together, or values that are not finite.
    """
    shape = weights[key].shape
    if len(shape) == 3:
        recovered = recover_conv(x, y, shape[2], left, right, stride)
        pair = windows(x, y, shape[2], left, right, stride)
    else:
        recovered = recover_linear(x, y)
        pair = x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])
    if recovered.weight.shape != shape:
        raise UsageError(
            "shape", key, f"the recorded values belong to a weight {recovered.weight.shape}",
            str(shape),
        )  # fmt: skip
    if recovered.determined:
        relation = relate(
            recovered.weight, recovered.bias, weights, key, error=recovered.error,
            bias_error=recovered.bias_error, heads=heads,
        )  # fmt: skip
        return relation, recovered

    def candidates() -> Iterator[Hypothesis]:
        return weight_hypotheses(weights, key, heads)

    found, bias = _predicted(pair, candidates, weights.get(bias_key(key)), noise)
    if found.weight is None and len(shape) == 3 and left + right:
        own = tuple(takewhile(lambda one: one.kind != OTHER, candidates()))
        found, bias = _shifted(x, y, own, (left, right, stride), noise) or (found, bias)
    # each value of the bias inherits what the match leaves of the outputs
    scale = float(np.sqrt(np.mean(pair[1].astype(np.float64) ** 2)))
    bias_error = max(noise, found.residual / 3) * scale
    return conclude(found, bias, weights, key, bias_error, "predicted"), recovered


def _predicted(
    pair: tuple[Array, Array], candidates: Callable[[], Iterator[Hypothesis]],
    reference: Array | None, noise: float,
) -> tuple[Match, Array | None]:  # fmt: skip
    """Any bias where the frames differ, else that of the checkpoint or none."""
    x, y = pair
    if (x != x[0]).any():
        return relate_by_prediction(x, y, candidates(), noise=noise)
    zero = np.zeros(y.shape[1])
    tried = [
        relate_by_prediction(x, y, candidates(), bias=bias, noise=noise)
        for bias in (reference if reference is not None else zero, zero)
    ]
    return min(tried, key=lambda found: (found[0].weight is None, found[0].residual))


def _shifted(
    x: Array, y: Array, own: tuple[Hypothesis, ...], padding: tuple[int, int, int],
    noise: float,
) -> tuple[Match, Array | None] | None:  # fmt: skip
    """The same weights under another split of the padding."""
    left, right, stride = padding
    kernel = own[0].weight.shape[2]
    for other in range(left + right + 1):
        if other == left:
            continue
        columns, outputs = windows(x, y, kernel, other, left + right - other, stride)
        found, bias = relate_by_prediction(columns, outputs, own, noise=noise)
        if found.weight is not None:
            text = f"padded by {other} + {left + right - other} frames, not {left} + {right}"
            kind = "shifted" if found.kind == "equal" else found.kind
            return replace(found, kind=kind, detail=f"{found.detail}, {text}"), bias
    return None
