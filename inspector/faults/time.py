"""Mistakes in the sinusoidal time embedding."""

from __future__ import annotations

from inspector.blocks.graph import Node
from inspector.faults.fault import Shapes
from inspector.faults.scope import constants, edited, entry, nodes

_EMBEDDING = nodes("time_embedding")
_AT_ZERO = {"blind": "t = 0: sin 0 and cos 0 are the same for every frequency",
            "silent_when": ("first_step",)}  # fmt: skip


def _other_spacing(node: Node, _shapes: Shapes) -> Node:
    half = node.constants.get("spacing") == "half"
    return node.with_settings(spacing="half_minus_1" if half else "half")


def _halved(node: Node, _shapes: Shapes) -> Node:
    base = node.constants.get("base")
    return node.with_settings(base=float(base) ** 0.5) if isinstance(base, int | float) else node


FAULTS = (
    entry(
        constants(_EMBEDDING, scale=1.0),
        key="time_scale_missing", title="Time not multiplied by 1000", slot="time_embedding",
        change="The sinusoid reads t in place of 1000 t.",
        symptom="Right at t = 0, then the embedding hardly moves.",
        records=("TE01", "R25"), first_seen="sinusoid from step 2", **_AT_ZERO,
    ),
    entry(
        constants(_EMBEDDING, order="cos_sin"),
        key="time_cos_first", title="Cosine before sine", slot="time_embedding",
        change="The embedding is [cos, sin] in place of [sin, cos].",
        symptom="At t = 0 the halves of zeros and ones are swapped.",
        records=("TE02", "R26"), first_seen="sinusoid of step 1",
    ),
    entry(
        constants(_EMBEDDING, order="interleaved"),
        key="time_interleaved", title="Sine and cosine interleaved", slot="time_embedding",
        change="The embedding is sin0, cos0, sin1, cos1 ... in place of all sines, then all "
        "cosines.",
        symptom="At t = 0 zeros and ones alternate.",
        records=("PO06", "TE02"), first_seen="sinusoid of step 1",
    ),
    entry(
        edited(_EMBEDDING, _other_spacing),
        key="time_spacing", title="Frequencies spaced over half in place of half - 1",
        slot="time_embedding",
        change="The exponents are divided by half the width in place of that minus 1, or the "
        "reverse.",
        symptom="Right at t = 0; the frequencies are off by up to 6 %.",
        records=("PO08", "R27"), first_seen="sinusoid from step 2", **_AT_ZERO,
    ),
    entry(
        edited(_EMBEDDING, _halved),
        key="time_exponent_halved", title="Exponents divided by the whole width",
        slot="time_embedding",
        change="The frequencies are base^(-i / 2d) in place of base^(-i / d).",
        symptom="Right at t = 0; high frequencies only.",
        records=("PO08",), first_seen="sinusoid from step 2", **_AT_ZERO,
    ),
)  # fmt: skip
