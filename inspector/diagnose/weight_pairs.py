"""Parameters of both sides brought together by key and related by value."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.weight_finding import WeightFinding
from inspector.diagnose.weight_relation import Relation, relate_values
from inspector.diagnose.weight_sides import Parameter, WeightSide
from inspector.errors import TraceError
from inspector.names import show_name
from inspector.tensors import Progress

_EXACT_IN_FLOAT32 = frozenset({"float32", "float16", "bfloat16", "int8", "uint8", "int16",
                               "uint16", "bool"})  # fmt: skip
_ADVICE = {
    "initialisation": "It was probably never loaded: look for a key that found no parameter.",
    "zero": "Look at the conversion that wrote it.",
    "transposed": "Its shape may fit all the same when it is square.",
    "permuted": "Shapes, mean and spread stay the same, so only values show it.",
    "rearranged": "Shapes, mean and spread stay the same, so only values show it.",
}


def relate_pairs(
    reference: WeightSide, candidate: WeightSide, progress: Progress | None = None
) -> list[WeightFinding]:
    """One finding per parameter of either side, in the reference's order.

    Raises:
        TraceError: a file changed while it was read.
    """
    keys = list(reference.parameters)
    keys += [key for key in candidate.parameters if key not in reference.parameters]
    findings = []
    for number, key in enumerate(keys):
        if progress is not None:
            progress(number, len(keys), f"Comparing {show_name(key, 60)}")
        findings.append(_relate(reference, candidate, key))
    return findings


def describe(key: str, relation: Relation) -> str:
    """A relation as a sentence about the parameter called `key`."""
    shown = show_name(key)
    if relation.status == "same":
        return f"{shown}: the same values."
    clause = relation.clause
    if relation.status == "initialisation":
        values = relation.values
        clause = (
            f"framework initialisation ({clause}; standard deviation "
            f"{values['candidate_std']:.3g} instead of {values['reference_std']:.3g}, mean "
            f"{values['candidate_mean']:.3g} instead of {values['reference_mean']:.3g})"
        )
    advice = _ADVICE.get(relation.status, "")
    return f"{shown}: {clause}." + (f" {advice}" if advice else "")


def one_sided(parameter: Parameter, status: str) -> WeightFinding:
    """The finding about a parameter that only one side has."""
    missing = status == "missing"
    side = "the candidate" if missing else "the reference"
    sentence = f"{show_name(parameter.key)}: {side} has no such parameter."
    if missing:
        sentence += (
            " A module that has it all the same keeps what its framework starts with."
            if parameter.decoder
            else ""
        )
    else:
        sentence += " A loader that ignores unknown names drops it in silence."
    return WeightFinding(
        status, parameter.key, parameter.stored_name if missing else "",
        "" if missing else parameter.stored_name, parameter.shape, sentence,
    )  # fmt: skip


def relate_parameters(
    left: Parameter, right: Parameter, reference: WeightSide, heads: int | None = None
) -> Relation:
    """How the values of two parameters relate.

    Raises:
        TraceError: a parameter cannot be read.
    """
    sibling = reference.parameters.get(_weight_beside(left.key))
    relation = relate_values(
        left.read(), right.read(), heads=heads, quantised=right.quantised,
        weight_shape=sibling.shape if sibling is not None and sibling is not left else None,
    )  # fmt: skip
    if relation.status != "same" or {left.dtype, right.dtype} <= _EXACT_IN_FLOAT32:
        return relation
    return _relate_wide(left, right)


def _relate(reference: WeightSide, candidate: WeightSide, key: str) -> WeightFinding:
    left, right = reference.parameters.get(key), candidate.parameters.get(key)
    if left is None:
        assert right is not None
        return one_sided(right, "unused")
    if right is None:
        return one_sided(left, "missing")
    try:
        relation = relate_parameters(left, right, reference, _heads(reference, key))
    except TraceError as error:
        if error.code in ("changed", "truncated"):
            raise
        relation = Relation("unread", f"it cannot be read ({error.sentence.rstrip('.')})")
    return WeightFinding(
        relation.status, key, left.stored_name, right.stored_name, left.shape,
        describe(key, relation), relation.values,
    )  # fmt: skip


def _relate_wide(left: Parameter, right: Parameter) -> Relation:
    """Equal as float32, but stored wider: compare what is stored."""
    if left.quantised or right.quantised:
        return Relation("same")
    a, b = (np.asarray(p.read_stored()).reshape(-1) for p in (left, right))
    if np.array_equal(np.sort(a), np.sort(b), equal_nan=a.dtype.kind == b.dtype.kind == "f"):
        return Relation("same")
    if a.dtype.kind in "iub" or b.dtype.kind in "iub":
        return Relation("differs", "whole numbers differ that are equal as float32")
    return Relation("dtype", "equal once rounded to float32, otherwise not")


def _heads(reference: WeightSide, key: str) -> int | None:
    if reference.checkpoint is None or ".attn1." not in key:
        return None
    return reference.checkpoint.config.heads


def _weight_beside(key: str) -> str:
    stem, dot, last = key.rpartition(".")
    return f"{stem}{dot}weight" if last == "bias" else ""
