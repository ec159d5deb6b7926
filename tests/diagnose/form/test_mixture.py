"""Guidance and the Euler step, solved from each side's own tensors."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form import FormContext, find_forms
from inspector.diagnose.form.mixture import solve_mix

DRAW = np.random.default_rng(0)
C, U = DRAW.standard_normal((2, 1, 20, 50)) - 5.0
NOISE = 0.2 * DRAW.standard_normal(C.shape)
RIGHT = 1.7 * C - 0.7 * U


def _best(candidate, rows=None, role="v_cfg", reference=RIGHT):
    own = rows or (C, U)
    names = ("v_cond", "v_uncond") if role == "v_cfg" else ("x_before", "v_cfg")
    known = {f"reference.{n}": (lambda v=v: v) for n, v in zip(names, (C, U), strict=True)}
    known |= {f"candidate.{n}": (lambda v=v: v) for n, v in zip(names, own, strict=True)}
    best = find_forms(reference, candidate, FormContext("BCT", role, known=known)).best
    assert best is not None
    return best


@pytest.mark.parametrize(
    ("a", "b", "record", "words"),
    [
        (1.5, -0.5, "CF02", "r = 0.5"),
        (0.7, 0.3, "CF01", "u + r (c - u) with r = 0.7"),
        (-0.7, 1.7, "CF05", "rows exchanged (r = 0.7)"),
        (1.0, 0.0, "CF01", "no guidance"),
        (0.0, 1.0, "CF05", "unconditional row alone"),
        (1.7, 0.7, "CF01", "do not add up to 1"),
    ],
)
def test_the_formula_is_solved(a, b, record, words):
    best = _best(a * C + b * U)
    assert (best.key, best.confidence, best.records[0]) == ("guidance", "certain", record)
    assert words in best.sentence
    assert best.evidence["conditional"] == pytest.approx(a, abs=1e-9)


def test_an_error_that_came_with_the_rows_is_carried():
    best = _best(1.7 * (C + NOISE) - 0.7 * U, rows=(C + NOISE, U))
    assert (best.key, best.confidence) == ("carried", "certain")


def test_a_rate_shows_through_wrong_rows():
    best = _best(1.5 * (C + NOISE), rows=(C + NOISE, np.zeros_like(U)))
    assert best.title == "Guidance rate 0.5 in place of 0.7"
    assert best.evidence["unconditional"] is None


def test_the_step_that_was_taken():
    best = _best(C + 0.1 * U, role="x_after", reference=C + 0.0123 * U)
    assert best.key == "euler_step"
    assert best.evidence["dt"] == pytest.approx(0.1)
    assert best.evidence["reference_dt"] == pytest.approx(0.0123)
    moved = _best(C + NOISE + 0.0123 * U, (C + NOISE, U), role="x_after", reference=C + 0.0123 * U)
    assert moved.key == "carried"


def test_parallel_rows_leave_one_number():
    mix = solve_mix(3 * C, C, 2 * C)
    assert mix is not None and mix.b is None and mix.a == pytest.approx(3)
    assert solve_mix(C, np.zeros_like(C), U) is None
