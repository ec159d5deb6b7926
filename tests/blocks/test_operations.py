"""Every operation in every framework and precision against float64 formulas."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.blocks.implementations import backend
from inspector.blocks.operations import OPERATIONS
from tests.blocks import cases, oracle

RUNS = [(name, p) for name in ("torch", "mlx") for p in backend(name).precisions]
IDS = [" ".join(run) for run in RUNS]
CALLS = list(cases.all_calls())


@pytest.mark.parametrize("run", RUNS, ids=IDS)
@pytest.mark.parametrize("made", CALLS, ids=map(cases.describe, CALLS))
def test_operation_equals_its_formula(made, run):
    framework, precision = backend(run[0]), run[1]

    def seen_by(array):
        return framework.take(framework.put(array, precision))

    actual = made.on(framework, precision)
    cases.assert_close(actual, made.expected(seen_by), precision, made.op)


def test_every_operation_and_setting_is_swept():
    for op, signature in OPERATIONS.items():
        swept = [made.settings for made in CALLS if made.op == op]
        for name, allowed in signature.settings.items():
            if allowed:
                assert {s[name] for s in swept} == set(allowed), (op, name)
            else:
                assert any(name in s for s in swept), (op, name)


def test_the_oracle_knows_the_same_settings():
    for op, signature in OPERATIONS.items():
        known = set(inspect.signature(getattr(oracle, op)).parameters) - {
            "arrays", "_arrays", "params", "_params",
        }  # fmt: skip
        assert known == set(signature.settings), op


@pytest.mark.parametrize("name", ["torch", "mlx"])
@pytest.mark.parametrize(
    ("op", "setting"),
    [(op, s) for op, signature in OPERATIONS.items() for s, v in signature.settings.items() if v],
)
def test_every_wrong_variant_changes_the_result(op, setting, name):
    """A variant that computes the same as the architecture would be a fault nobody can see."""
    numbers = cases.EXAMPLES.get(op, [{}])[0]
    right, *wrong = OPERATIONS[op].settings[setting]
    for value in wrong:
        # a seed of 1 makes step 1, which shows a held second step
        differs = False
        for mask in ("part", "none"):
            usual, variant = (
                cases.call(op, {**numbers, setting: v}, seed=1, mask=mask).on(
                    backend(name), "float32"
                )
                for v in (right, value)
            )
            differs |= usual.shape != variant.shape or not np.allclose(usual, variant)
        assert differs, (op, setting, value)


@st.composite
def calls(draw):
    op = draw(st.sampled_from(sorted(OPERATIONS)))
    chosen = draw(st.sampled_from(list(cases.settings_of(op))))
    return cases.call(
        op, chosen, rows=draw(st.sampled_from([1, 2])), frames=draw(st.integers(1, 9)),
        seed=draw(st.integers(0, 500)), mask=draw(st.sampled_from(["full", "part", "none"])),
    )  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(calls())
def test_any_shape_equals_the_formula_or_is_refused(made):
    torch, mlx = backend("torch"), backend("mlx")
    if not cases.fits(made):
        assert cases.refused(made, torch)
        assert cases.refused(made, mlx)
        return
    expected = made.expected()
    cases.assert_close(made.on(torch, "float64"), expected, "float64", made.op)
    for framework in (torch, mlx):
        cases.assert_close(made.on(framework, "float32"), expected, "float32", made.op)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.sampled_from(["cosine", "linear"]), st.booleans())
def test_a_schedule_runs_from_0_to_1(steps, kind, reverse):
    for name in ("torch", "mlx"):
        span = backend(name).take(
            backend(name).run("schedule", [], {}, {"steps": steps, "kind": kind,
                                                   "reverse": reverse})
        )  # fmt: skip
        assert span.dtype == np.float32
        assert abs(span[0] - reverse) < 1e-6
        assert abs(span[-1] - (not reverse)) < 1e-6
        assert (np.diff(span) * (-1 if reverse else 1) > 0).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 2), st.integers(1, 9), st.integers(1, 4), st.integers(1, 5), st.booleans())
def test_merging_undoes_splitting(rows, frames, heads, width, interleaved):
    order = "interleaved" if interleaved else "head_major"
    x = np.random.default_rng(0).standard_normal((rows, frames, heads * width)).astype(np.float32)
    for name in ("torch", "mlx"):
        b = backend(name)
        split = b.run("split_heads", [b.put(x, "float32")], {}, {"heads": heads, "order": order})
        assert tuple(split.shape) == (rows, heads, frames, width)
        np.testing.assert_array_equal(
            b.take(b.run("merge_heads", [split], {}, {"order": order})), x
        )
