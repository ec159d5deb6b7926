"""The cases of the self-test, made from the registries: the same list on every machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from inspector.blocks.decoder import step_graph
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.errors import UsageError
from inspector.faults.registry import faults
from inspector.suite.case import ALL_PLACES, ONE_PLACE, REFERENCE, Case
from inspector.suite.controls import controls
from inspector.suite.decoders import DECODERS, decoder_named, has_demo
from inspector.suite.name_styles import TELLING
from inspector.suite.partial import PARTIALS

SIZES = ("quick", "full")
LEVELS = ("ode", "blocks", "ops")
HEALTHY, RANDOM, DTYPES, SQUARE, PARTIAL = (
    "healthy", "random names", "dtypes", "T = channels", "partial",
)  # fmt: skip
FAULTS, CONTROLS, IN_REFERENCE, DOUBLE = "faults", "controls", "reference-side", "double faults"

PAIRS = (
    ("final_projection_unloaded", "time_scale_missing"),
    ("second_norm_unloaded", "step_size_constant"),
    ("causal_padding_symmetric", "cfg_interpolate"),
    ("feed_forward_activation_gelu_tanh", "attention_scale_missing"),
    ("output_bias_lost", "kernel_flipped"),
    ("heads_merged_without_permute", "schedule_kind"),
    ("attention_mask_none", "time_cos_first"),
    ("resnet_residual_missing", "uncond_mask_zero"),
    ("linear_transposed", "block_activation_silu"),
    ("attention_unloaded", "skip_before_stream"),
)
"""Ten pairs; the first two are the double bugs of the catalogue that the decoder can hold."""

_PORT_LAYOUTS = {
    "pytorch": "torch", "snake-nested": "mlx", "snake-glued": "mlx", "camel-swift": "mlx",
    "flat-files": "torch",
}  # fmt: skip
_SQUARES = (8, 16, 32)
"""T equal to the mel bins, the channels and the width of the time embedding."""

_SEARCHED, _REFERENCES, _DOUBLES = 3, 12, 4
"""In the quick set: every third fault is searched; so many mistakes of the reference; pairs."""


def all_cases(size: str = "quick") -> tuple[Case, ...]:
    """Every case of a size, in the order of the table.

    Raises:
        UsageError: there is no such size.
    """
    if size not in SIZES:
        raise UsageError("level", size, "there is no such set of cases", " or ".join(SIZES))
    full = size == "full"
    made: list[Case] = []
    for family in (
        _healthy, _random_names, _dtypes, _squares, _partials, _faults, _controls, _in_reference,
        _doubles,
    ):  # fmt: skip
        made.extend(family(full))
    return tuple(case for case in made if case.decoder != "demo" or has_demo())


def choose(
    size: str = "quick", *, only: str | None = None, count: int | None = None
) -> tuple[Case, ...]:
    """The cases to run.

    Args:
        size: ``quick`` or ``full``.
        only: regular expression; cases whose description it finds.
        count: at most so many, spread evenly over the list.

    Raises:
        UsageError: no case is left, or an option cannot be used.
    """
    try:
        pattern = re.compile(only or "")
    except re.error as error:
        raise UsageError("regex", only or "", f"this is no regular expression ({error})") from error
    if count is not None and count < 1:
        raise UsageError("cases", "cases", f"it is {count}", "1 or more")
    cases = [case for case in all_cases(size) if pattern.search(case.describe())]
    if not cases:
        raise UsageError(
            "only", only or "", f"it finds none of the {len(all_cases(size))} cases", "",
            "Group, fault, decoder, level and names of a case are searched.",
        )  # fmt: skip
    if count is not None and count < len(cases):
        cases = [cases[i * len(cases) // count] for i in range(count)]
    return tuple(cases)


def _port(style: str) -> str:
    return _PORT_LAYOUTS[style]


def _healthy(full: bool) -> Iterator[Case]:
    for style in TELLING:
        own = Case(f"{HEALTHY}, {style}", names=style, layout=_port(style))
        yield replace(own, level="ops", layout="mixed", seed=1)
        yield replace(own, level="ops", decoder="matcha")
        yield replace(own, level="blocks", decoder="demo", search=True)
        yield replace(own, level="ode", search=True)
        if full:
            for layout in ("torch", "mlx", "mixed", "squeezed", "column"):
                for decoder in DECODERS:
                    for level in LEVELS:
                        yield replace(own, level=level, layout=layout, decoder=decoder, seed=2)
        else:
            yield replace(own, level="blocks", decoder="deep", layout="squeezed")
    flat = Case(f"{HEALTHY}, other references", reference_names="flat-files")
    for level in LEVELS:
        yield replace(flat, names="camel-swift", level=level)
        yield replace(flat, names="snake-glued", level=level)
        yield replace(flat, reference_names="snake-nested", reference_layout="mlx", level=level,
                      names="camel-swift")  # fmt: skip


def _random_names(full: bool) -> Iterator[Case]:
    for level in LEVELS:
        for reference in ("pytorch", "random"):
            own = Case(RANDOM, names="random", reference_names=reference, level=level)
            yield own
            if full or (level == "blocks" and reference == "pytorch"):
                yield replace(own, decoder="deep", layout="mixed")
                yield replace(own, decoder="demo")
            if full:
                yield replace(own, decoder="matcha")
                yield replace(own, dtype="float16")
                yield replace(own, partial="both", seed=1)


def _dtypes(full: bool) -> Iterator[Case]:
    for dtype in ("float16", "bfloat16"):
        for style in TELLING:
            if (style, dtype) == ("flat-files", "bfloat16"):
                continue  # plain files have no bfloat16
            own = Case(DTYPES, names=style, layout=_port(style), dtype=dtype)
            yield own
            if full:
                for decoder, level in (("demo", "blocks"), ("deep", "ops"), ("matcha", "ops")):
                    yield replace(own, decoder=decoder, level=level)


def _squares(full: bool) -> Iterator[Case]:
    for i, frames in enumerate(_SQUARES):
        for j, layout in enumerate(("torch", "mlx", "mixed")):
            for style in TELLING if full else (TELLING[(i + j) % len(TELLING)],):
                yield Case(SQUARE, names=style, layout=layout, frames=frames, level="ops")


def _partials(full: bool) -> Iterator[Case]:
    for partial in PARTIALS:
        for style in TELLING:
            own = Case(PARTIAL, names=style, layout=_port(style), partial=partial)
            yield own
            if full:
                for seed in (1, 2):
                    yield replace(own, level="ops", seed=seed)
                yield replace(own, decoder="demo", level="ops")


def _fitting(decoder: str, kind: str = "fault") -> list[str]:
    """Keys of the registry that have a place in a decoder."""
    config = decoder_named(decoder).config
    graph, shapes = step_graph(config), parameter_shapes(config)
    return [k for k, f in faults().items() if f.kind == kind and f.places(graph, shapes)]


def _faults(full: bool) -> Iterator[Case]:
    small = _fitting("small")
    for i, key in enumerate(small):
        style = TELLING[i % len(TELLING)]
        for level in LEVELS if full else (LEVELS[i % len(LEVELS)],):
            own = Case(f"{FAULTS}, {level}", faults=(key,), level=level, names=style,
                       layout=_port(style), seed=i)  # fmt: skip
            if full:
                yield from (replace(own, places=p, search=True) for p in (ALL_PLACES, ONE_PLACE))
            else:
                # draws need seconds to be judged
                searched = i // len(LEVELS) % _SEARCHED == 0 and not faults()[key].random
                places = ONE_PLACE if i // len(LEVELS) % 2 else ALL_PLACES
                yield replace(own, places=places, search=searched)
    if full:
        for key in _fitting("demo") if has_demo() else ():
            yield Case(f"{FAULTS}, demo", decoder="demo", faults=(key,), search=True)
    for key in _fitting("matcha"):
        if full or key not in small:
            yield Case(f"{FAULTS}, matcha", decoder="matcha", faults=(key,), search=full)


def _controls(full: bool) -> Iterator[Case]:
    for key in controls():
        own = Case(CONTROLS, control=key, search=True)
        yield own
        if full:
            for level in ("ode", "ops"):
                yield replace(own, level=level)
            yield replace(own, decoder="demo")
            yield replace(own, names="camel-swift")


def _in_reference(full: bool) -> Iterator[Case]:
    keys = _fitting("small")
    chosen = keys if full else keys[:: max(1, len(keys) // _REFERENCES)]
    for key in chosen:
        yield Case(IN_REFERENCE, faults=(key,), side=REFERENCE, search=True)


def _doubles(full: bool) -> Iterator[Case]:
    known = set(_fitting("small"))
    pairs: Sequence[tuple[str, str]] = [p for p in PAIRS if set(p) <= known]
    # the unloaded ones need draws
    chosen = pairs if full else [p for p in pairs if not p[0].endswith("_unloaded")][:_DOUBLES]
    for pair in chosen:
        for level in LEVELS if full else ("blocks",):
            yield Case(DOUBLE, faults=pair, level=level, search=True)
