"""How a run with a fault compares with the candidate's value."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.trial import WORSE, judge
from inspector.live.introduced import NOISE_FACTOR
from tests.diagnose.searches import Desk, cell_of, edit_of, pair_with, with_settings

FLIPPED = "mid_blocks.0.0.block1.block.0"


@pytest.fixture(scope="module")
def desk():
    return Desk(pair_with(edit_of(("kernel_flipped", (FLIPPED,)))))


def own() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((2, 5, 3)).astype(np.float32)


def test_the_same_value_explains_everything():
    trial = judge(cell_of(), own(), own())
    assert (trial.residual, trial.explained, trial.ratio) == (0.0, 1.0, 0.0)
    assert trial.solved


def test_explained_is_a_share_of_the_energy():
    value = own()
    trial = judge(cell_of(introduced=0.1), value, value * 1.05)
    assert trial.residual == pytest.approx(0.05, rel=1e-5)
    assert trial.explained == pytest.approx(0.75, rel=1e-4)
    assert not trial.solved


def test_a_worse_run_explains_less_than_nothing():
    assert judge(cell_of(introduced=0.1), own(), own() * 1.2).explained < 0


def test_solved_means_within_the_noise():
    value, floor = own().astype(np.float64), 1e-5
    for factor, solved in ((0.9, True), (1.1, False)):
        run = value * (1 + factor * NOISE_FACTOR * floor)
        assert judge(cell_of(floor=floor), value, run).solved is solved


def test_not_finite_in_the_same_places_agrees():
    mine, run = own(), own()
    mine[0, 1], run[0, 1] = np.nan, np.inf
    trial = judge(cell_of(introduced=float("nan")), mine, run)
    assert (trial.residual, trial.explained, trial.solved) == (0.0, 1.0, True)


@pytest.mark.parametrize("side", ["candidate", "run", "other place"])
def test_not_finite_elsewhere_never_agrees(side):
    mine, run = own(), own()
    if side != "run":
        mine[0, 1] = np.nan
    if side != "candidate":
        run[0, 2] = np.nan
    assert judge(cell_of(introduced=float("nan")), mine, run) == WORSE
    assert not WORSE.solved


def test_not_finite_values_do_not_hide_other_differences():
    mine, run = own(), own() * 1.1
    mine[0, 1] = run[0, 1] = np.nan
    trial = judge(cell_of(introduced=float("nan")), mine, run)
    assert (trial.solved, trial.explained) == (False, 0.0)


def test_a_candidate_of_zeros_has_a_finite_residual():
    zero = np.zeros((2, 5, 3), np.float32)
    assert judge(cell_of(), zero, own()).residual == pytest.approx(1.0)
    assert judge(cell_of(), zero, zero).solved


def test_the_planted_fault_solves_its_cell_and_another_does_not(desk):
    cell = desk.cell("mid_blocks.0.0")
    right, wrong = (desk.made("kernel_flipped", FLIPPED), desk.made("norm_rms", f"{FLIPPED[:-1]}2"))
    assert desk.bench.attempt(cell, right.edit).solved
    assert not desk.bench.attempt(cell, wrong.edit).solved
    assert desk.bench.runs >= 2


def test_both_velocities_come_from_one_run(desk):
    cells = [desk.cell(n) for n in ("ode.v_cond", "ode.v_uncond", "mid_blocks.0.0")]
    groups = {tuple(c.node for c in group) for group in desk.bench.twins(cells)}
    assert groups == {("ode.v_cond", "ode.v_uncond"), ("mid_blocks.0.0",)}
    before = desk.bench.runs
    first, second = desk.bench.values(cells[:2], desk.made("kernel_flipped").edit)
    assert desk.bench.runs == before + 1
    assert first is not None
    assert second is not None
    assert first.shape == second.shape
    assert not np.array_equal(first, second)


def test_a_change_that_cannot_run_is_worse_than_all(desk):
    cell = desk.cell("mid_blocks.0.0")
    assert desk.bench.attempt(cell, with_settings(FLIPPED, left=-1)) == WORSE
    assert desk.bench.value(cell, with_settings(FLIPPED, left=-1)) is None
    assert desk.bench.value(cell, with_settings(FLIPPED, left=1, right=1)) is not None


def test_rows_that_were_not_recorded_are_left_out():
    pair = pair_with(edit_of(("kernel_flipped", (FLIPPED,))), rows="cond")
    desk = Desk(pair)
    cell = desk.cell("mid_blocks.0.0")
    assert desk.bench.own(cell).shape[0] == 1
    assert desk.bench.attempt(cell, desk.made("kernel_flipped", FLIPPED).edit).solved
