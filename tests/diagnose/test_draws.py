"""Weights that never arrived, judged by how several draws behave."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.draws import ACCEPTED, TYPICAL, fit_draws
from tests.diagnose.searches import Desk, edit_of, pair_of, pair_with, record

TRANSFORMER, RESNET = "mid_blocks.0.1.0", "mid_blocks.0.0"
ATTENTION = tuple(f"{TRANSFORMER}.attn1.{p}" for p in ("to_q", "to_k", "to_v", "to_out.0"))


def fitted(pair, node, **options):
    """The fit at one value of the second step, over all groups that act on it."""
    desk = Desk(pair)
    cell = desk.cell(node)
    groups = desk.hypotheses.singles(desk.bench.cut(cell), random=True).together
    ordered = sorted(groups, key=lambda h: len(h.touched.keys))
    return fit_draws(desk.bench, desk.hypotheses, [cell], ordered, **options)


@pytest.mark.parametrize("seed", [0, 5])
def test_attention_that_was_not_loaded_is_accepted_from_block_outputs(seed):
    fit, rival = fitted(pair_with(edit_of(("attention_unloaded", ATTENTION), seed=seed)),
                        TRANSFORMER)  # fmt: skip
    assert fit is not None
    keys = [part.fault.key for part in fit.parts]
    assert "attention_unloaded" in [*keys, *fit.alike]
    assert fit.score <= ACCEPTED
    assert fit.explained > 0.95
    assert rival > 0


@pytest.mark.parametrize("node", [TRANSFORMER, RESNET, "time_mlp.linear_2", "ode.v_cond"])
def test_a_healthy_value_is_no_draw(node):
    assert fitted(pair_with(None), node)[0] is None


def test_a_healthy_run_of_another_backend_is_no_draw():
    assert fitted(pair_of(record(backend="mlx")), TRANSFORMER)[0] is None


def test_a_deterministic_mistake_of_another_kind_is_at_most_a_loose_fit():
    fit, _ = fitted(pair_with(edit_of("attention_residual_missing")), TRANSFORMER)
    assert fit is None or fit.score > TYPICAL


def test_groups_that_were_not_loaded_together_are_told_from_one():
    both = edit_of(
        ("attention_unloaded", ATTENTION),
        ("feed_forward_unloaded", (f"{TRANSFORMER}.ff.net.0.proj", f"{TRANSFORMER}.ff.net.2")),
    )
    desk = Desk(pair_with(both))
    cell = desk.cell(TRANSFORMER)
    groups = [desk.made(k, *p) for k, p in (
        ("attention_unloaded", ATTENTION),
        ("feed_forward_unloaded", (f"{TRANSFORMER}.ff.net.0.proj", f"{TRANSFORMER}.ff.net.2")),
    )]  # fmt: skip
    fit, _ = fit_draws(desk.bench, desk.hypotheses, [cell], groups, at_once=True)
    assert fit is not None
    assert {p.fault.key for p in fit.parts} == {"attention_unloaded", "feed_forward_unloaded"}


def test_the_same_cells_give_the_same_fit():
    pair = pair_with(edit_of(("attention_unloaded", ATTENTION)))
    first, second = (fitted(pair, TRANSFORMER)[0] for _ in range(2))
    assert first is not None
    assert second is not None
    assert first == second


def test_values_that_are_not_finite_are_no_draw():
    values = record()
    name = f"step02/decoder.estimator.{TRANSFORMER}"
    broken = {**values, name: np.full_like(values[name], np.nan)}
    assert fitted(pair_of(broken), TRANSFORMER) == (None, float("inf"))


def test_nothing_to_draw_fits_nothing():
    desk = Desk(pair_with(None))
    cell = desk.cell(TRANSFORMER)
    assert fit_draws(desk.bench, desk.hypotheses, [cell], []) == (None, float("inf"))
