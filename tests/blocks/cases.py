"""Calls of every operation with every allowed setting, at small random shapes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.blocks.graph import Setting
from inspector.blocks.operations import OPERATIONS, Backend
from inspector.errors import UsageError
from inspector.tensors import Array
from tests.blocks import oracle

EXAMPLES: dict[str, list[dict[str, Setting]]] = {
    # numbers that an operation needs; several rows show that it reads them
    "schedule": [{"steps": 10}, {"steps": 1}],
    "step_time": [{}, {"shift": 1}, {"shift": -1}],
    "rows": [{"copies": 2}, {"copies": 1}],
    "time_embedding": [
        {"width": 8, "scale": 1000.0, "base": 10000.0},
        {"width": 6, "scale": 1.0, "base": 100.0},
    ],
    "stride_frames": [{"stride": 2}],
    "conv1d": [
        {"left": 2, "right": 0}, {"left": 1, "right": 1}, {"left": 0, "right": 2},
        {"left": 1, "right": 1, "stride": 2}, {"left": 2, "right": 1, "stride": 1},
    ],
    "conv_transpose1d": [{"stride": 2, "padding": 1}, {"stride": 3, "padding": 0}],
    "layer_norm": [{"eps": 1e-5}, {"eps": 1e-1}],
    "group_norm": [{"eps": 1e-5, "groups": 2}, {"eps": 1e-1, "groups": 3}],
    "add": [{}, {"factor": 0.5}],
    "split_heads": [{"heads": 3}],
    "scale": [{"factor": 0.125}, {"factor": -2.0}],
    "mask_scores": [{}, {"value": -3.0}],
    "take_rows": [{"part": 1, "parts": 2}, {"part": 0, "parts": 1}],
    "guide": [{"rate": 0.7}, {"rate": 0.0}],
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One operation on concrete float32 arrays (a step number is an integer)."""

    op: str
    inputs: tuple[Array, ...]
    params: dict[str, Array]
    settings: dict[str, Setting]

    def expected(self, seen_by: Callable[[Array], Array] = lambda a: a) -> Array:
        """Result of the oracle in float64 on the arrays as a backend sees them."""
        exact = [np.asarray(seen_by(a), np.float64) for a in self.inputs]
        named = {k: np.asarray(seen_by(a), np.float64) for k, a in self.params.items()}
        formula: Any = getattr(oracle, self.op)
        return formula(exact, named, **self.settings)

    def on(self, backend: Backend, precision: str) -> Array:
        """Result of a backend in a precision."""
        put = [backend.put(a, precision) for a in self.inputs]
        params = {k: backend.put(a, precision) for k, a in self.params.items()}
        return backend.take(backend.run(self.op, put, params, self.settings))


def call(op: str, settings: dict[str, Setting], rows: int = 2, frames: int = 5, seed: int = 0,
         mask: str = "part") -> Call:  # fmt: skip
    """A call of `op` on seeded arrays.

    Args:
        op: the operation.
        settings: its constants; `EXAMPLES` has numbers that fit.
        rows, frames: R and T.
        seed: of the arrays.
        mask: ``full`` (no frame masked), ``part`` or ``none`` (the last row all masked).
    """
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> Array:
        return rng.standard_normal(shape).astype(np.float32)

    def masks() -> Array:
        values = np.ones((rows, frames, 1), np.float32)
        if mask != "full":
            values[-1, 0 if mask == "none" else (frames + 1) // 2 :] = 0
        return values

    x, params, inner, out = normal(rows, frames, 6), {}, 6, 4
    if op == "linear":
        params = {"weight": normal(out, inner), "bias": normal(out)}
    elif op == "conv1d":
        params = {"weight": normal(out, inner, 3), "bias": normal(out)}
    elif op == "conv_transpose1d":
        params = {"weight": normal(inner, out, 4), "bias": normal(out)}
    elif op == "snakebeta":
        params = {"alpha": normal(inner), "beta": normal(inner)}
    elif op.endswith("_norm"):
        params = {"weight": normal(inner), "bias": normal(inner)}
    heads = normal(rows, 3, frames, 4)
    square = normal(rows, 3, frames, frames)
    span = np.sort(rng.random(8)).astype(np.float32)
    inputs = {
        "schedule": (),
        "step_time": (span, np.array([seed % 7])),
        "step_size": (span, np.array([seed % 7])),
        "rows": (x,),
        "repeat_frames": (normal(rows, 3), x),
        "time_embedding": (rng.random(rows).astype(np.float32),),
        "concat": (x, normal(rows, frames, 2), normal(rows, frames, 1)),
        "concat_skip": (normal(rows, frames + seed % 2, 6), x),
        "apply_mask": (x, masks()),
        "stride_frames": (masks(),),
        "add_over_frames": (x, normal(rows, 6)),
        "add": (x, normal(rows, frames, 6)),
        "scores": (heads, normal(rows, 3, frames, 4)),
        "scale": (square,),
        "mask_scores": (square, masks()),
        "softmax": (square,),
        "attend": (square, heads),
        "merge_heads": (heads,),
        "guide": (x, normal(rows, frames, 6)),
        "euler": (x, normal(rows, frames, 6), normal(rows if seed % 2 else 1)),
    }.get(op, (x,))
    return Call(op, inputs, params, settings)


def settings_of(op: str) -> Iterator[dict[str, Setting]]:
    """Every combination of allowed values, with each row of example numbers."""
    enumerated = {name: values for name, values in OPERATIONS[op].settings.items() if values}
    for numbers in EXAMPLES.get(op, [{}]):
        for chosen in itertools.product(*enumerated.values()):
            yield {**numbers, **dict(zip(enumerated, chosen, strict=True))}


def all_calls() -> Iterator[Call]:
    """Every operation with every combination of its settings, with and without a bias."""
    for op in OPERATIONS:
        for settings in settings_of(op):
            made = call(op, settings, seed=1)
            yield made
            if "bias" in made.params and op != "snakebeta":
                params = {k: v for k, v in made.params.items() if k != "bias"}
                yield Call(op, made.inputs, params, settings)


def describe(made: Call) -> str:
    """Name of a call for the list of tests."""
    shown = [f"{k}={v}" for k, v in made.settings.items()]
    plain = "bias" in OPERATIONS[made.op].params and "bias" not in made.params
    return " ".join([made.op, *shown, *["no bias"] * plain])


TOLERANCE = {"float64": 1e-12, "float32": 4e-6, "float16": 6e-3, "bfloat16": 5e-2}


def assert_close(actual: Array, expected: Array, precision: str, op: str) -> None:
    """Hold a result against the oracle element by element, NaN and infinity included."""
    assert actual.shape == expected.shape
    tolerance = TOLERANCE[precision]
    if op == "schedule":  # float32 whatever the precision
        tolerance = max(tolerance, TOLERANCE["float32"])
    if op == "time_embedding" and precision != "float64":
        # half an ulp of an angle of up to a thousand; half precisions only round the result
        tolerance = max(tolerance, 3e-4)
    if precision == "float16":
        with np.errstate(over="ignore"):
            expected = expected.astype(np.float16)
    if precision in ("float16", "bfloat16") and op in ("layer_norm", "group_norm"):
        tolerance *= 2
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance, equal_nan=True)


def refused(made: Call, backend: Backend) -> bool:
    """True when the backend answers the call with a sentence rather than a number."""
    try:
        made.on(backend, "float32")
    except UsageError as error:
        assert made.op in error.sentence
        return True
    return False


def fits(made: Call) -> bool:
    """Whether the shapes of a call have a result at all."""
    if made.op == "conv1d":
        frames, kernel = made.inputs[0].shape[1], made.params["weight"].shape[2]
        left, right = int(made.settings["left"] or 0), int(made.settings["right"] or 0)
        reflected = made.settings.get("pad_mode") == "reflect"
        return frames + left + right >= kernel and not (reflected and max(left, right) >= frames)
    if made.op == "take_rows":
        return made.inputs[0].shape[0] % int(made.settings["parts"] or 1) == 0
    return True
