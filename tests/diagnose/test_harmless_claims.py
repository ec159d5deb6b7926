"""What differs and is no mistake says so."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.tensor import compare_pair
from inspector.diagnose.harmless_claims import layout_claims, precision_claims
from inspector.diagnose.run_precision import PrecisionVerdict
from inspector.tensors import Layout, TensorPair
from tests import runs


def layouts(stored, layout, doubted=frozenset()):
    """Claims about six pairs: values, and how the candidate stores them and is laid on them."""
    rng = np.random.default_rng(2)
    found = []
    for i in range(6):
        value = rng.standard_normal((2, 16, 30)).astype(np.float32)
        pair = TensorPair(
            runs.record(f"a{i}", value if layout.row is None else value[:1]),
            runs.record(f"b{i}", stored(value)), "alias", 0.9, candidate_layout=layout,
        )  # fmt: skip
        found.append(compare_pair(pair))
    return list(layout_claims(found, doubted))


def test_rows_in_the_other_order_are_no_bug():
    (claim,) = layouts(lambda v: v[::-1].copy(), Layout(rows=(1, 0)))
    assert claim.subject == "no_bug"
    assert claim.sentence.startswith("6 tensors hold the two guidance rows in the other order")
    assert claim.evidence[0].endswith("candidate rows 1 0")
    assert claim.evidence[-1] == "and 4 more"
    assert len(claim.tensors) == 6


def test_one_row_of_two_is_no_bug():
    (claim,) = layouts(lambda v: v, Layout(row=0))
    assert "hold both guidance rows on one side and one of them on the other" in claim.sentence


def test_what_a_check_of_one_side_doubts_is_not_called_harmless():
    (claim,) = layouts(lambda v: v, Layout(row=0), frozenset({"b2", "a4"}))
    assert claim.tensors == ("a0", "a1", "a3", "a5")


def test_values_that_differ_make_no_such_claim():
    assert not layouts(lambda v: v[::-1] + np.float32(1), Layout(rows=(1, 0)))


def test_axes_in_another_order_are_no_bug():
    (claim,) = layouts(lambda v: v.swapaxes(1, 2).copy(), Layout(axes=(0, 2, 1)))
    assert "axes in another order" in claim.sentence
    assert not layouts(lambda v: v, Layout())


@pytest.mark.parametrize(
    ("kind", "confidence"),
    [("float16", "certain"), ("possible_rounded_weights", "possible"), ("rounding", None),
     ("beyond", None), ("exact", None)],
)  # fmt: skip
def test_precision_is_claimed_where_it_explains_something(kind, confidence):
    verdict = PrecisionVerdict("float32", "float16", "float16", kind, "", 1.3, "x", 0.008, "So.")
    found = [c.confidence for c in precision_claims(verdict)]
    assert found == ([confidence] if confidence else [])
    assert not list(precision_claims(None))
