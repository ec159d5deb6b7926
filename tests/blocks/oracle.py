"""Every operation once more in NumPy float64, written from its formula with plain loops.

Nothing here is fast and nothing is shared with the package: a formula that both sides got
wrong in the same way would have to be wrong twice.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import erf

from inspector.tensors import Array


def schedule(_arrays, _params, steps, kind="cosine", reverse=False) -> Array:
    t = np.array([i / steps for i in range(steps + 1)])
    if kind == "cosine":
        t = np.array([1 - math.cos(math.pi * i / (2 * steps)) for i in range(steps + 1)])
    return 1 - t if reverse else t


def step_time(arrays, _params, shift=0, hold_second=False) -> Array:
    span, steps = arrays
    values = []
    for i in steps:
        i = 0 if hold_second and i == 1 else int(i)
        values.append(span[min(max(i + shift, 0), len(span) - 1)])
    return np.array(values)


def step_size(arrays, _params, kind="difference", hold_second=False) -> Array:
    span, steps = arrays
    values = []
    for i in steps:
        i = 0 if hold_second and i == 1 else int(i)
        values.append(1 / (len(span) - 1) if kind == "constant" else span[i + 1] - span[i])
    return np.array(values)


def rows(arrays, _params, copies, second="same") -> Array:
    value = arrays[0]
    later = value if second == "same" else 0 * value
    return np.concatenate([value] + [later] * (copies - 1), axis=0)


def repeat_frames(arrays, _params) -> Array:
    vector, frames = arrays[0], arrays[1].shape[1]
    return np.stack([vector] * frames, axis=1)


def time_embedding(
    arrays, _params, width, scale, base, order="sin_cos", spacing="half_minus_1"
) -> Array:
    half = width // 2
    d = half - 1 if spacing == "half_minus_1" else half
    out = []
    for t in arrays[0]:
        angles = [scale * t * base ** (-i / d) for i in range(half)]
        sines, cosines = [math.sin(a) for a in angles], [math.cos(a) for a in angles]
        if order == "interleaved":
            out.append([v for pair in zip(sines, cosines, strict=True) for v in pair])
        else:
            out.append(sines + cosines if order == "sin_cos" else cosines + sines)
    return np.array(out)


def linear(arrays, params) -> Array:
    return np.einsum("...i,oi->...o", arrays[0], params["weight"]) + params.get("bias", 0)


def activation(arrays, _params, kind="mish") -> Array:
    x = arrays[0]
    sigmoid = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731 - a formula, used twice below
    return {
        "mish": x * np.tanh(np.logaddexp(0, x)),
        "silu": x * sigmoid(x),
        "gelu": 0.5 * x * (1 + erf(x / math.sqrt(2))),
        "gelu_tanh": 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
        "gelu_quick": x * sigmoid(1.702 * x),
        "relu": np.where(x > 0, x, 0),
        "tanh": np.tanh(x),
        "identity": x,
    }[kind]


def snakebeta(arrays, params) -> Array:
    x = arrays[0]
    return x + np.sin(np.exp(params["alpha"]) * x) ** 2 / (np.exp(params["beta"]) + 1e-9)


def concat(arrays, _params) -> Array:
    return np.concatenate(arrays, axis=2)


def concat_skip(arrays, _params, order="h_skip") -> Array:
    h, skip = arrays
    h = h[:, : skip.shape[1]]
    if order == "add":
        return h + skip
    return np.concatenate({"h_skip": [h, skip], "skip_h": [skip, h], "h_h": [h, h]}[order], axis=2)


def apply_mask(arrays, _params, mode="multiply") -> Array:
    x, m = arrays
    if mode == "smart":
        return np.stack([a if not k.any() else a * k for a, k in zip(x, m, strict=True)])
    return {"multiply": x * m, "none": x, "inverted": x * (1 - m)}[mode]


def stride_frames(arrays, _params, stride) -> Array:
    return np.stack([arrays[0][:, i] for i in range(0, arrays[0].shape[1], stride)], axis=1)


def conv1d(arrays, params, left=0, right=0, stride=1, pad_mode="zero") -> Array:
    x, weight = arrays[0], params["weight"]
    frames, kernel = x.shape[1], weight.shape[2]

    def frame(i: int) -> Array:
        if pad_mode == "zero":
            return x[:, i] if 0 <= i < frames else 0 * x[:, 0]
        if pad_mode == "edge":
            return x[:, min(max(i, 0), frames - 1)]
        return x[:, -i if i < 0 else 2 * (frames - 1) - i if i >= frames else i]

    out = []
    for start in range(-left, frames + right - kernel + 1, stride):
        out.append(sum(frame(start + k) @ weight[:, :, k].T for k in range(kernel)))
    return np.stack(out, axis=1) + params.get("bias", 0)


def conv_transpose1d(arrays, params, stride=1, padding=0) -> Array:
    x, weight = arrays[0], params["weight"]
    frames, kernel = x.shape[1], weight.shape[2]
    full = np.zeros((x.shape[0], (frames - 1) * stride + kernel, weight.shape[1]))
    for i in range(frames):
        for k in range(kernel):
            full[:, i * stride + k] += x[:, i] @ weight[:, :, k]
    return full[:, padding : full.shape[1] - padding] + params.get("bias", 0)


def layer_norm(arrays, params, eps, axis="channels", variance="biased", kind="layer") -> Array:
    x, number = arrays[0], 2 if axis == "channels" else 1
    if kind == "identity":
        return x
    if kind == "rms":
        y = x / np.sqrt((x**2).mean(number, keepdims=True) + eps)
    else:
        y = x - x.mean(number, keepdims=True)
        with np.errstate(all="ignore"):
            spread = (y**2).sum(number, keepdims=True) / (
                np.float64(x.shape[number]) - (variance == "unbiased")
            )
        y = y / np.sqrt(spread + eps)
    return y * params.get("weight", 1) + params.get("bias", 0)


def group_norm(arrays, params, eps, groups, grouping="pytorch") -> Array:
    x = arrays[0]
    y, channels = np.empty_like(x), x.shape[2]
    for g in range(groups):
        if grouping == "pytorch":
            chosen = [c for c in range(channels) if c // (channels // groups) == g]
        else:
            chosen = [c for c in range(channels) if c % groups == g]
        for r in range(x.shape[0]):
            part = x[r][:, chosen]
            y[r][:, chosen] = (part - part.mean()) / np.sqrt(part.var() + eps)
    return y * params.get("weight", 1) + params.get("bias", 0)


def add_over_frames(arrays, _params, mode="add") -> Array:
    x, shift = arrays
    out = x.copy()
    for t in range(x.shape[1]):
        if mode != "none":
            out[:, t] = x[:, t] + shift if mode == "add" else x[:, t] * shift
    return out


def add(arrays, _params, use="both", factor=1.0) -> Array:
    a, b = arrays
    return {"both": a + factor * b, "first": a, "second": b}[use]


def split_heads(arrays, _params, heads, order="head_major") -> Array:
    x = arrays[0]
    width = x.shape[2] // heads
    out = np.empty((x.shape[0], heads, x.shape[1], width))
    for h in range(heads):
        for d in range(width):
            out[:, h, :, d] = x[:, :, h * width + d if order == "head_major" else d * heads + h]
    return out


def scores(arrays, _params) -> Array:
    return np.einsum("rhqd,rhkd->rhqk", *arrays)


def scale(arrays, _params, factor) -> Array:
    return arrays[0] * factor


def mask_scores(arrays, _params, mode="additive", value=-1e10) -> Array:
    s, mask = arrays
    out, frames = s.copy(), s.shape[-1]
    for r in range(s.shape[0]):
        for q in range(frames):
            for k in range(frames):
                key, query = mask[r, k, 0], mask[r, q, 0]
                out[r, :, q, k] = {
                    "additive": s[r, :, q, k] + (1 - key) * value,
                    "added_01": s[r, :, q, k] + key,
                    "multiplicative": s[r, :, q, k] * key,
                    "inverted": s[r, :, q, k] + key * value,
                    "query": s[r, :, q, k] + (1 - query) * value,
                    "causal": s[r, :, q, k] + (1 - key) * value + (k > q) * value,
                    "none": s[r, :, q, k],
                }[mode]
    return out


def softmax(arrays, _params, axis="keys") -> Array:
    number = {"keys": 3, "queries": 2, "heads": 1}[axis]
    e = np.exp(arrays[0] - arrays[0].max(number, keepdims=True))
    return e / e.sum(number, keepdims=True)


def attend(arrays, _params) -> Array:
    return np.einsum("rhqk,rhkd->rhqd", *arrays)


def merge_heads(arrays, _params, order="head_major") -> Array:
    x = arrays[0]
    n, heads, frames, width = x.shape
    if order == "without_permute":
        return np.stack([row.ravel().reshape(frames, heads * width) for row in x])
    out = np.empty((n, frames, heads * width))
    for h in range(heads):
        for d in range(width):
            out[:, :, h * width + d if order == "head_major" else d * heads + h] = x[:, h, :, d]
    return out


def take_rows(arrays, _params, part, parts) -> Array:
    return np.split(arrays[0], parts)[part]


def guide(arrays, _params, rate, formula="extrapolate") -> Array:
    c, u = arrays
    return {
        "extrapolate": (1 + rate) * c - rate * u,
        "interpolate": u + rate * (c - u),
        "mixed": (1 - rate) * c + rate * u,
        "sum": (1 + rate) * c + rate * u,
        "minus": (1 - rate) * c - rate * u,
        "conditional": c,
        "unconditional": u,
        "gain": (1 + rate) * c,
    }[formula]


def euler(arrays, _params, sign=1) -> Array:
    x, v, dt = arrays
    return np.stack([x[b] + sign * dt[b if len(dt) > 1 else 0] * v[b] for b in range(len(x))])
