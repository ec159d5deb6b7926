"""Half precision is recognised as such, and hides no mistake."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.precision import explain_by_precision
from inspector.errors import Cancelled
from tests.diagnose.searches import (
    Desk,
    edit_of,
    errors_of,
    found_by_search,
    pair_of,
    pair_with,
    record,
    silent,
)

TANH = "feed_forward_activation_gelu_tanh"


def explained(pair, progress=silent):
    desk = Desk(pair)
    desk.search.progress = progress
    return explain_by_precision(errors_of(pair, [0, 1]), desk.search)


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
@pytest.mark.parametrize("level", ["blocks", "ops"])
def test_a_run_in_half_precision_is_named(precision, level):
    finding = explained(pair_of(record(level, precision=precision), level))
    assert finding is not None
    suspect = finding.suspect
    assert (suspect.fault, suspect.kind) == (f"run_in_{precision}", "control")
    assert precision in suspect.sentence
    assert finding.left == ()
    assert suspect.residual < 10 * suspect.noise_floor
    assert suspect.cells > 10


@pytest.mark.parametrize("fault", [TANH, "norm_rms", "bias_lost", "norm_eps_1e-6"])
def test_a_single_mistake_in_float32_is_no_precision(fault):
    assert explained(pair_with(edit_of(fault))) is None


def test_one_half_precision_layer_is_no_half_precision_run():
    place = "mid_blocks.0.1.0.ff.net.2"
    assert explained(pair_with(edit_of(("weights_float16", (place,))))) is None


def test_a_mistake_in_a_half_precision_run_stays_open():
    edit = edit_of(("attention_scale_missing", ("mid_blocks.0.1.0.attn1.scaled",)))
    finding = explained(pair_of(record(precision="float16", edit=edit)))
    assert finding is not None
    assert finding.suspect.fault == "run_in_float16"
    assert {c.node for c in finding.left} == {"mid_blocks.0.1.0"}
    # what is left is judged against half precision, not against float32
    assert all(c.floor > 1e-5 for c in finding.left)


SCALE = "attention_scale_missing"


@pytest.mark.parametrize(
    ("fault", "precision", "level"),
    [(SCALE, "float16", "blocks"), ("kernel_flipped", "bfloat16", "blocks"),
     ("kernel_flipped", "float16", "ode")],
)  # fmt: skip
def test_a_mistake_everywhere_in_a_half_precision_run_is_named(fault, precision, level):
    pair = pair_of(record(level, precision=precision, edit=edit_of(fault)), level)
    report = found_by_search(pair, steps=[0, 1])
    assert report.healthy is False
    first, second = report.suspects
    assert (first.fault, first.scope, first.kind) == (fault, "all", "fault")
    assert (second.fault, second.kind) == (f"run_in_{precision}", "control")
    assert report.unexplained == ()


def test_beside_a_mistake_only_values_on_the_grid_are_taken_for_half_precision_at_once():
    """Two mistakes in single precision may look like one and rounding."""
    pair = pair_of(record("ode", edit=edit_of("kernel_flipped", TANH)), "ode")
    desk = Desk(pair, keys=("kernel_flipped", TANH))
    errors = errors_of(pair, [1])
    desk.search.singles(errors.faulty[:2])
    assert explain_by_precision(errors, desk.search) is None
    report = found_by_search(pair, steps=[1])
    assert {s.fault for s in report.suspects} == {"kernel_flipped", TANH}


def test_a_healthy_run_needs_no_explanation():
    assert explained(pair_with(None)) is None


def test_progress_may_cancel():
    def stop(_done, _total, what):
        assert "float16" in what
        raise Cancelled

    with pytest.raises(Cancelled):
        explained(pair_of(record(precision="float16")), stop)


@pytest.mark.parametrize("level", ["ode", "blocks"])
def test_a_small_mistake_everywhere_is_not_taken_for_half_precision(level):
    """An invented bias errs by as much as bfloat16 does, but not where bfloat16 does."""
    report = found_by_search(pair_with(edit_of("bias_invented"), level, backend="mlx"),
                             steps=[0, 1], budget_seconds=20)  # fmt: skip
    assert report.healthy is False
    assert not [s for s in report.suspects if s.fault.startswith("run_in_")]


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
@pytest.mark.parametrize("level", ["blocks"])
def test_a_half_precision_run_that_was_stored_finer_shares_our_rounding(precision, level):
    """Not on the grid: what is stored was computed a little further in float32."""
    values = record(level, precision=precision, backend="mlx")
    finer = {k: v * np.float32(1 + 2e-6) if v.dtype.kind == "f" and v.ndim == 3 and
             "dxdt" not in k and "ode" not in k else v for k, v in values.items()}  # fmt: skip
    finer = {k: v * np.float32(1 + 2e-6) if "dxdt" in k else v for k, v in finer.items()}
    report = found_by_search(pair_of(finer, level), steps=[0, 1], budget_seconds=20)
    assert report.healthy is True, report.sentence
    assert [s.fault for s in report.suspects] == [f"run_in_{precision}"]
