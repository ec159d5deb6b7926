"""The operations of the decoder: what each computes and which constants it takes.

This is the contract that every framework implements with the same signature,
``op(inputs, params, settings) -> value``.  Values have the shapes of
`inspector.blocks.graph`; parameters have the layout of PyTorch.  The first allowed value
of a setting is what the architecture does; the others are what ports have been seen doing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from inspector.blocks.graph import Setting, Settings
from inspector.tensors import Array

Operation = Callable[[Sequence[Any], Mapping[str, Any], Settings], Any]
"""``op(inputs, params, settings)`` on arrays of one framework."""


class Backend(Protocol):
    """One framework: moves arrays in and out and computes operations."""

    name: str
    precisions: tuple[str, ...]

    def put(self, array: Array, precision: str) -> Any:
        """A copy of `array` in the framework; floating-point values in `precision`."""
        ...

    def cast(self, value: Any, precision: str) -> Any:
        """`value` in `precision`; integers stay."""
        ...

    def take(self, value: Any) -> Array:
        """`value` as NumPy: float64 stays, half precisions become float32."""
        ...

    def run(
        self, op: str, inputs: Sequence[Any], params: Mapping[str, Any], settings: Settings
    ) -> Any:
        """Compute one operation and wait for the result."""
        ...


@dataclass(frozen=True)
class Signature:
    """What an operation reads and returns.

    Attributes:
        inputs: letters of each input, such as ``RTC``; the last may repeat.
        output: letters of the result.
        params: parameter names with their layout in letters; a bias may be missing.
        settings: constants with their allowed values; an empty tuple means any number.
        formula: the computation, with the names of inputs, params and settings.
    """

    inputs: tuple[str, ...]
    output: str
    params: Mapping[str, str]
    settings: Mapping[str, tuple[Setting, ...]]
    formula: str


def _signature(
    inputs: str, output: str, formula: str, params: str = "", /, **settings: tuple[Setting, ...]
) -> Signature:
    named = dict(p.split(":") for p in params.split())
    return Signature(
        tuple(inputs.split()), output, MappingProxyType(named), MappingProxyType(settings), formula
    )


ACTIVATIONS = ("mish", "silu", "gelu", "gelu_tanh", "gelu_quick", "relu", "tanh", "identity")

OPERATIONS: Mapping[str, Signature] = MappingProxyType({
    "schedule": _signature(
        "", "S", "t_i = 1 - cos(pi i / 2N) or i / N for i = 0..N, in float32 as torch does; "
        "reversed: 1 - t_i", steps=(), kind=("cosine", "linear"), reverse=(False, True),
    ),
    "step_time": _signature(
        "S 1", "B", "t_span[i + shift], i clipped to the span; hold_second: i = 1 reads 0",
        shift=(), hold_second=(False, True),
    ),
    "step_size": _signature(
        "S 1", "B", "t_span[i + 1] - t_span[i]; constant: 1 / N; hold_second: i = 1 reads 0",
        kind=("difference", "constant"), hold_second=(False, True),
    ),
    "rows": _signature(
        "B*", "R*", "copies = 1: the value; copies = 2: rows of it, then the same or zeros",
        copies=(), second=("same", "zero"),
    ),
    "repeat_frames": _signature("RC RTC", "RTC", "the vector at every frame of the second input"),
    "time_embedding": _signature(
        "R", "RC", "f_i = base ** (-i / d), d = half - 1 or half = width / 2; "
        "concat(sin(scale t f), cos(scale t f)); interleaved: sin0 cos0 sin1 cos1 ...",
        width=(), scale=(), base=(), order=("sin_cos", "cos_sin", "interleaved"),
        spacing=("half_minus_1", "half"),
    ),
    "linear": _signature("*I", "*O", "x W^T + b", "weight:OI bias:O"),
    "activation": _signature(
        "*", "*", "mish x tanh(softplus x); silu x sigmoid x; gelu with erf; gelu_tanh; "
        "gelu_quick x sigmoid(1.702 x)", kind=ACTIVATIONS,
    ),
    "snakebeta": _signature(
        "RTC", "RTC", "x + sin(exp(alpha) x)^2 / (exp(beta) + 1e-9)", "alpha:C beta:C"
    ),
    "concat": _signature("RTC", "RTC", "all inputs side by side along the channels"),
    "concat_skip": _signature(
        "RTC RTC", "RTC", "h cropped to the frames of skip, then beside it; add: h + skip",
        order=("h_skip", "skip_h", "add", "h_h"),
    ),
    "apply_mask": _signature(
        "RTC RT1", "RTC", "x m; none: x; inverted: x (1 - m); smart: rows whose mask is all "
        "zero stay as they are", mode=("multiply", "none", "inverted", "smart"),
    ),
    "stride_frames": _signature("RT1", "RT1", "every stride-th frame", stride=()),
    "conv1d": _signature(
        "RTI", "RTO", "correlation over frames of x padded by left and right frames "
        "(pad_mode zero unless given), every stride-th output", "weight:OIK bias:O",
        left=(), right=(), stride=(), pad_mode=("zero", "edge", "reflect"),
    ),
    "conv_transpose1d": _signature(
        "RTI", "RTO", "transposed convolution, `padding` samples cut on both sides",
        "weight:IOK bias:O", stride=(), padding=(),
    ),
    "layer_norm": _signature(
        "RTC", "RTC", "(x - mean) / sqrt(var + eps) * weight + bias over the channels; frames: "
        "over the frames; rms: x / sqrt(mean x^2 + eps); a missing weight is 1, a bias 0",
        "weight:C bias:C", eps=(), axis=("channels", "frames"),
        variance=("biased", "unbiased"), kind=("layer", "rms", "identity"),
    ),
    "group_norm": _signature(
        "RTC", "RTC", "as layer_norm over the frames and channels of each group; "
        "pytorch = consecutive channels form a group, strided = every groups-th channel",
        "weight:C bias:C", eps=(), groups=(), grouping=("pytorch", "strided"),
    ),
    "add_over_frames": _signature(
        "RTC RC", "RTC", "x + shift at every frame; none: x", mode=("add", "none", "multiply")
    ),
    "add": _signature(
        "RTC RTC", "RTC", "a + factor b (factor 1 unless given); first: a; second: b",
        use=("both", "first", "second"), factor=(),
    ),
    "split_heads": _signature(
        "RTC", "RHTD", "channels as H blocks of D (head_major) or D blocks of H (interleaved)",
        heads=(), order=("head_major", "interleaved"),
    ),
    "scores": _signature("RHTD RHTD", "RHTT", "q k^T"),
    "scale": _signature("RHTT", "RHTT", "s factor", factor=()),
    "mask_scores": _signature(
        "RHTT RT1", "RHTT", "additive: s + (1 - m_key) value; added_01: s + m_key; "
        "multiplicative: s m_key; inverted: s + m_key value; query: s + (1 - m_query) value; "
        "causal: value where key > query, beside additive; none: s",
        mode=("additive", "added_01", "multiplicative", "inverted", "query", "causal", "none"),
        value=(),
    ),
    "softmax": _signature(
        "RHTT", "RHTT", "over keys, queries or heads", axis=("keys", "queries", "heads")
    ),
    "attend": _signature("RHTT RHTD", "RHTD", "weights v"),
    "merge_heads": _signature(
        "RHTD", "RTC", "head_major: [R, T, H D]; interleaved: [R, T, D H]; without_permute: the "
        "values of [R, H, T, D] read as [R, T, H D]",
        order=("head_major", "interleaved", "without_permute"),
    ),
    "take_rows": _signature("RTF", "BTF", "the part-th of `parts` equal shares of the rows",
                            part=(), parts=()),
    "guide": _signature(
        "BTF BTF", "BTF", "extrapolate: (1 + r) c - r u; interpolate: u + r (c - u); "
        "mixed: (1 - r) c + r u; sum: (1 + r) c + r u; minus: (1 - r) c - r u; "
        "conditional: c; unconditional: u; gain: (1 + r) c",
        rate=(), formula=("extrapolate", "interpolate", "mixed", "sum", "minus", "conditional",
                          "unconditional", "gain"),
    ),
    "euler": _signature("BTF BTF B", "BTF", "x + sign dt v", sign=(1, -1)),
})  # fmt: skip
