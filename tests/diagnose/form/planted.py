"""Arrays as a decoder records them, and every family of mistakes planted on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from inspector.diagnose.form import FormContext
from inspector.diagnose.weight_grid import round_to
from inspector.metrics.tolerance import default_tolerance

FLOOR = -11.512925
EXACT = default_tolerance("int64", "int64", exact=True)


@dataclass(frozen=True)
class Planted:
    """A candidate made of a reference by one known mistake.

    Attributes:
        name: array and mistake.
        truth: keys that say what was done; the first form has to be one of them.
        sure: the first form has to be certain.
    """

    name: str
    reference: np.ndarray
    candidate: np.ndarray
    context: FormContext
    truth: frozenset[str]
    sure: bool = True


@dataclass(frozen=True)
class _Array:
    values: np.ndarray
    context: FormContext
    skip: frozenset[str] = field(default_factory=frozenset)


def arrays(seed: int = 0) -> dict[str, _Array]:
    """Gaussian noise, a mel with a floor, channels with biases, heads, tokens and a mask."""
    draw = np.random.default_rng(seed)
    gaussian = draw.standard_normal((1, 80, 120)).astype(np.float32)
    shape = np.cumsum(draw.standard_normal((1, 80, 120)), axis=2) * 0.3
    profile = np.linspace(-3.0, -9.0, 80)[None, :, None]
    mel = np.maximum(profile + shape, FLOOR).astype(np.float32)
    hidden = draw.standard_normal((1, 96, 64)) @ np.diag(draw.uniform(0.2, 2.0, 64))
    hidden = (hidden + draw.standard_normal(64)).astype(np.float32)
    heads = draw.standard_normal((2, 4, 48, 16)).astype(np.float32)
    tokens = draw.integers(0, 6561, (1, 120))
    valid = np.arange(120) < 90
    return {
        "gaussian": _Array(gaussian, FormContext("BCT", valid=valid, prompt_frames=40)),
        "mel": _Array(mel, FormContext("BFT", valid=valid, prompt_frames=40)),
        "hidden": _Array(hidden, FormContext("BTC")),
        "heads": _Array(heads, FormContext("BHTD")),
        "tokens": _Array(tokens, FormContext("BT", tolerance=EXACT)),
    }


def _axis(context: FormContext, letters: str) -> int | None:
    return next((i for i, x in enumerate(context.letters) if x in letters), None)


def _noise(values: np.ndarray, level: float = 2e-6) -> np.ndarray:
    """The rounding between two correct float32 backends."""
    if values.dtype.kind != "f":
        return values
    rms = float(np.sqrt(np.mean(np.square(values))))
    draw = np.random.default_rng(99)
    return (values + level * rms * draw.standard_normal(values.shape)).astype(np.float32)


def _channels(x: np.ndarray, context: FormContext) -> int:
    axis = _axis(context, "CFD")
    assert axis is not None
    return axis


def _per(x: np.ndarray, axis: int, scale: float) -> np.ndarray:
    shape = [n if a == axis else 1 for a, n in enumerate(x.shape)]
    return scale * np.random.default_rng(5).standard_normal(shape)


def _take(x: np.ndarray, axis: int, index: np.ndarray) -> np.ndarray:
    return np.take(x, index, axis)


def _edges(x: np.ndarray, axis: int) -> np.ndarray:
    result = np.moveaxis(x.copy(), axis, 0)
    result[:2] += 0.3 * np.random.default_rng(7).standard_normal(result[:2].shape)
    return np.moveaxis(result, 0, axis)


def _part(x: np.ndarray, axis: int, where: np.ndarray) -> np.ndarray:
    result = np.moveaxis(x.copy(), axis, 0)
    result[where] += 0.3 * np.random.default_rng(7).standard_normal(result[where].shape)
    return np.moveaxis(result, 0, axis)


def _lag(x: np.ndarray, axis: int, lag: int) -> np.ndarray:
    result = np.zeros_like(x)
    n = x.shape[axis]
    to, source = [slice(None)] * x.ndim, [slice(None)] * x.ndim
    to[axis] = slice(max(lag, 0), n + min(lag, 0))
    source[axis] = slice(max(-lag, 0), n - max(lag, 0))
    result[tuple(to)] = x[tuple(source)]
    return result


def _quantised(x: np.ndarray, levels: int) -> np.ndarray:
    low, step = x.min(), (x.max() - x.min()) / (levels - 1)
    return (low + np.rint((x - low) / step) * step).astype(np.float32)


Mistake = Callable[[np.ndarray, FormContext], np.ndarray]


def float_mistakes(x: np.ndarray, context: FormContext) -> Iterator[tuple[str, str, np.ndarray]]:
    """Name, keys of the truth (comma separated) and the candidate of every mistake."""
    axis, time = _channels(x, context), _axis(context, "T")
    assert time is not None
    n = x.shape[axis]
    low, high = np.quantile(x, [0.1, 0.97])
    yield "sign", "sign", _noise(-x)
    for gain in (0.738, 1 / 0.9, 152.0, 0.5, -2.0, 1.001):
        yield f"gain {gain:.3g}", "gain", _noise((gain * x).astype(np.float32))
    yield "offset", "offset", _noise(x + np.float32(0.25))
    yield "gain and offset", "gain_offset", _noise((1.3 * x + 0.7).astype(np.float32))
    yield "clip above", "clipping", np.minimum(x, high).astype(np.float32)
    yield "clip both", "clipping", np.clip(x, low, high).astype(np.float32)
    if (x < 0).any() and (x > 0).any():
        yield "magnitude", "magnitude", np.abs(x)
        yield "relu", "clipping", np.maximum(x, 0)
    yield "float16", "rounded_float16", x.astype(np.float16).astype(np.float32)
    yield "bfloat16", "rounded_bfloat16", round_to(np.ascontiguousarray(x), "bfloat16")
    yield "8 bit", "quantised", _quantised(x, 256)
    order = np.random.default_rng(3).permutation(n)
    yield "channels reversed", "reversed", _noise(_take(x, axis, np.arange(n)[::-1]))
    yield "halves", "halves", _noise(_take(x, axis, np.roll(np.arange(n), n // 2)))
    yield "neighbours", "neighbours", _noise(_take(x, axis, np.arange(n) ^ 1))
    interleave = np.arange(n).reshape(2, -1).T.reshape(-1)
    yield "interleaved", "interleaved", _noise(_take(x, axis, interleave))
    yield "deinterleaved", "interleaved", _noise(_take(x, axis, np.argsort(interleave)))
    if n % 4 == 0 and n > 16:
        blocks = np.arange(n).reshape(4, -1)[[0, 2, 1, 3]].reshape(-1)
        yield "concat order", "blocks", _noise(_take(x, axis, blocks))
        many = np.random.default_rng(4).permutation(8)
        yield (
            "eight blocks",
            "blocks",
            _noise(_take(x, axis, np.arange(n).reshape(8, -1)[many].reshape(-1))),
        )
        yield "uneven blocks", "rolled", _noise(_take(x, axis, np.roll(np.arange(n), 13)))
    yield "permuted", "permuted", _noise(_take(x, axis, order))
    yield "frames reversed", "reversed", _noise(np.flip(x, time))
    for lag in (1, -1, 2, 7):
        yield f"lag {lag}", "lag", _noise(_lag(x, time, lag))
    yield "fortran", "fortran_order", x.reshape(-1, order="F").reshape(x.shape)
    yield "c as fortran", "c_order", x.reshape(-1).reshape(x.shape, order="F")
    yield "bias lost", "channel_offset", _noise((x + _per(x, axis, 0.5)).astype(np.float32))
    yield "position", "frame_offset", _noise((x + _per(x, time, 0.5)).astype(np.float32))
    yield "norm weight", "channel_gain", _noise((x * (1.0 + _per(x, axis, 0.4))).astype(np.float32))
    yield "edges", "edges,some_places", _noise(_edges(x, time).astype(np.float32))
    yield "zero", "zeros", np.zeros_like(x)
    yield "constant", "constant", np.full_like(x, 0.3)
    yield "frozen", "frozen", np.repeat(np.take(x, [0], time), x.shape[time], time)
    masked = np.moveaxis(_noise(x).copy(), time, 0)
    masked[:20] = 0
    yield "zeroed frames", "zeroed", np.moveaxis(masked, 0, time)
    spoilt = np.moveaxis(x.copy(), time, 0)
    spoilt[3] = np.nan
    yield "nan frame", "nan_candidate", np.moveaxis(spoilt, 0, time)
    if context.valid is not None and context.prompt_frames:
        yield "padding", "masked_frames", _noise(_part(x, time, ~context.valid).astype(np.float32))
        prompt = np.arange(x.shape[time]) < context.prompt_frames
        yield "prompt", "prompt_frames", _noise(_part(x, time, prompt).astype(np.float32))
        yield "generated", "generated_frames", _noise(_part(x, time, ~prompt).astype(np.float32))
    if context.letters.startswith("BH"):
        yield "rows", "swapped_rows", _noise(x[::-1])
        equal = np.concatenate([x[:1], x[:1]])
        yield "rows equal", "equal_rows", equal
        yield "one row", "one_row", _noise(np.concatenate([x[:1], -0.5 * x[1:] + 0.1 * x[:1]]))
    if context.letters == "BTC":
        b, t, c = x.shape
        merged = x.reshape(b, t, 4, c // 4).transpose(0, 2, 1, 3).reshape(b, t, c)
        yield "heads merged", "heads_merged", _noise(merged)
        split = x.reshape(b, 4, t, c // 4).transpose(0, 2, 1, 3).reshape(b, t, c)
        yield "heads split", "heads_split", _noise(split)


def token_mistakes(x: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    """The same for identifiers."""
    yield "offset", "offset", x + 1
    yield "reversed", "reversed", x[:, ::-1].copy()
    yield "start token", "lag", np.concatenate([np.full((1, 1), 6561), x[:, :-1]], axis=1)
    yield "zero", "zeros", np.zeros_like(x)
    yield "shuffled", "same_values", np.random.default_rng(1).permuted(x, axis=1)


def planted(seed: int = 0) -> Iterator[Planted]:
    """Every mistake on every array."""
    for name, array in arrays(seed).items():
        if array.values.dtype.kind == "f":
            found = float_mistakes(array.values, array.context)
        else:
            found = token_mistakes(array.values)
        for mistake, truth, candidate in found:
            yield Planted(
                f"{name}: {mistake}", array.values, candidate, array.context,
                frozenset(truth.split(",")),
            )  # fmt: skip
