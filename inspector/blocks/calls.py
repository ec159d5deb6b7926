"""What every call of an operation must satisfy, whatever framework computes it.

A framework broadcasts silently where shapes almost fit, and says `mat1 and mat2` where
they do not.  Here the letters of `inspector.blocks.operations` are held against the
shapes first, so that a wrong call is one sentence and never a wrong number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from inspector.blocks.graph import Setting, Settings
from inspector.blocks.operations import OPERATIONS, Signature
from inspector.errors import UsageError

_COUNTS = {
    # setting: smallest allowed value; None for any integer
    "steps": 1, "copies": 1, "width": 2, "stride": 1, "heads": 1, "groups": 1, "parts": 1,
    "left": 0, "right": 0, "padding": 0, "part": 0, "shift": None,
}  # fmt: skip
_DEFAULTS: Mapping[str, Setting] = {
    "shift": 0, "stride": 1, "factor": 1.0, "left": 0, "right": 0, "padding": 0, "value": -1e10,
}  # fmt: skip
_FREE = {
    # letters that may differ between the inputs of an operation
    "concat": "C",
    "concat_skip": "TC",
    "repeat_frames": "C",
}
_OPTIONAL = {"layer_norm": ("weight", "bias"), "group_norm": ("weight", "bias")}
_REPEATED = ("concat",)


def check_call(
    op: str, inputs: Sequence[Any], params: Mapping[str, Any], settings: Settings
) -> Settings:
    """Hold a call against the signature of `op`; return its settings with the defaults.

    Args:
        op: name of the operation.
        inputs, params: arrays of any framework; only ``shape`` and ``dtype`` are read.
        settings: constants of the node.

    Raises:
        UsageError: unknown operation or setting, a value that is not allowed, a missing or
            surplus array, or shapes that do not fit together.
    """
    filled = _filled(op, tuple(sorted(settings.items())))
    signature = OPERATIONS[op]
    expected = signature.inputs
    if op in _REPEATED and len(inputs) > 1:
        expected = expected * len(inputs)
    problem = _problem(op, signature, expected, inputs, params)
    if problem:
        raise UsageError(
            "shape", op, f"{problem} (found {describe(inputs, params)})",
            f"inputs {' '.join(expected) or 'none'}"
            + "".join(f", {name} {letters}" for name, letters in signature.params.items()),
        )  # fmt: skip
    return filled


def describe(inputs: Sequence[Any], params: Mapping[str, Any]) -> str:
    """Shapes and types of the arrays of a call, for messages."""
    shown = [f"input {_shown(value)}" for value in inputs]
    shown += [f"{name} {_shown(value)}" for name, value in params.items()]
    return ", ".join(shown) or "no arrays"


def _shown(value: Any) -> str:
    dtype = str(value.dtype).rsplit(".", 1)[-1]
    return f"[{', '.join(map(str, value.shape))}] {dtype}"


def _problem(
    op: str, signature: Signature, expected: tuple[str, ...], inputs: Sequence[Any],
    params: Mapping[str, Any],
) -> str:  # fmt: skip
    if len(inputs) != len(expected):
        return f"it got {len(inputs)} inputs"
    for name in params:
        if name not in signature.params:
            return f"it has no parameter {name}"
    for name in signature.params:
        optional = name == "bias" or name in _OPTIONAL.get(op, ())
        if name not in params and not (optional and op != "snakebeta"):
            return f"its parameter {name} is missing"
    sizes: dict[str, tuple[int, str]] = {}
    for number, (letters, value) in enumerate(zip(expected, inputs, strict=True), 1):
        free = _FREE.get(op, "") if number > 1 else ""
        problem = _bind(sizes, f"input {number}", letters, tuple(value.shape), free)
        if problem:
            return problem
    if op == "concat_skip" and inputs[0].shape[1] < inputs[1].shape[1]:
        return f"h has {inputs[0].shape[1]} frames and cannot be cropped to those of the skip"
    for name, value in params.items():
        letters = signature.params[name]
        problem = _bind(sizes, name, letters, tuple(value.shape), "")
        if problem:
            return problem
    return ""


def _bind(
    sizes: dict[str, tuple[int, str]], name: str, letters: str, shape: tuple[int, ...], free: str
) -> str:
    """Give each letter its size; say what contradicts an earlier one."""
    plain = letters.replace("*", "")
    if "*" in letters:
        shape = shape[len(shape) - len(plain) :] if letters[0] == "*" else shape[: len(plain)]
    if len(shape) != len(plain):
        return f"{name} has {len(shape)} axes where {letters} has {len(plain)}"
    for letter, size in zip(plain, shape, strict=True):
        if letter in free:
            continue
        if letter == "1":
            if len(plain) > 1 and size != 1:
                return f"the last axis of {name} is {size} long, not 1"
            continue
        known, where = sizes.setdefault(letter, (size, name))
        # one step size serves a batch, as one time does
        if size != known and not (letter == "B" and 1 in (size, known)):
            return f"{letter} is {known} in {where} and {size} in {name}"
    return ""


@lru_cache(maxsize=4096)
def _filled(op: str, settings: tuple[tuple[str, Setting], ...]) -> Settings:
    if op not in OPERATIONS:
        raise UsageError(
            "unknown", op, "there is no operation of this name", f"one of {', '.join(OPERATIONS)}"
        )
    allowed, given = OPERATIONS[op].settings, dict(settings)
    for name, value in given.items():
        if name not in allowed:
            raise UsageError("setting", op, f"it has no setting {name}",
                             f"one of {', '.join(allowed) or 'none'}")  # fmt: skip
        _check_value(op, name, value, allowed[name])
    filled = {}
    for name, values in allowed.items():
        default = values[0] if values else _DEFAULTS.get(name)
        filled[name] = given.get(name, default)
        if filled[name] is None:
            raise UsageError("setting", op, f"its setting {name} is missing", "a number")
    return filled


def _check_value(op: str, name: str, value: Setting, values: tuple[Setting, ...]) -> None:
    if values:
        # True equals 1: the type has to agree too
        if not any(value == v and type(value) is type(v) for v in values):
            raise UsageError("setting", op, f"{name} is {value!r}",
                             f"one of {', '.join(map(str, values))}")  # fmt: skip
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError("setting", op, f"{name} is {value!r}", "a number")
    if name in _COUNTS:
        least = _COUNTS[name]
        if not isinstance(value, int) or (least is not None and value < least):
            expected = "an integer" if least is None else f"an integer of at least {least}"
            raise UsageError("setting", op, f"{name} is {value!r}", expected)


def half_and_spacing(settings: Settings) -> tuple[int, int]:
    """Number of frequencies of a time embedding and the divisor d of their exponents.

    Raises:
        UsageError: an odd width, a base that is not positive, or a single frequency
            spaced over half - 1 = 0.
    """
    width, base = int(settings["width"] or 0), float(settings["base"] or 0)
    half = width // 2
    spacing = half - 1 if settings["spacing"] == "half_minus_1" else half
    if width % 2 or spacing < 1 or base <= 0:
        raise UsageError(
            "setting", "time_embedding", f"width is {width}, base {base}, spacing over {spacing}",
            "an even width, a positive base and a spacing of at least 1",
        )  # fmt: skip
    return half, spacing
