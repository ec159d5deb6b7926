"""The smallest set of known mistakes that reproduces cells."""

from __future__ import annotations

import pytest

from inspector.diagnose import search as module
from inspector.diagnose.search import Deadline
from inspector.errors import Cancelled
from tests.diagnose.searches import Desk, edit_of, errors_of, pair_with, with_settings

CONV = "mid_blocks.0.0.block1.block.0"
SCALE = "attention_scale_missing"
TANH = "feed_forward_activation_gelu_tanh"
TRANSFORMER = "mid_blocks.0.1.0"


def keys(solution):
    return [part.fault.key for part in solution.parts]


def searched(pair, step=1, keys=()):
    """A desk whose search tried all singles at the faulty cells of a step."""
    desk = Desk(pair, keys=keys)
    cells = list(errors_of(pair, [step]).faulty)
    desk.search.singles(cells)
    return desk, cells


@pytest.fixture(scope="module")
def flipped():
    return searched(pair_with(edit_of(("kernel_flipped", (CONV,)))))


@pytest.fixture(scope="module")
def both():
    """Two faults in one block."""
    places = ((SCALE, (f"{TRANSFORMER}.attn1.scaled",)), (TANH, (f"{TRANSFORMER}.ff.net.0",)))
    return searched(pair_with(edit_of(*places)))


def test_a_single_fault_covers_its_cell_at_its_place(flipped):
    desk, cells = flipped
    (solution,), left = desk.search.cover(cells)
    assert (keys(solution), left) == (["kernel_flipped"], [])
    assert solution.parts[0].places == (CONV,)
    assert solution.ratio < module.Solution(()).ratio
    assert solution.rival > 1000 * max(solution.ratio, 1.0)
    assert solution.alike == ()


def test_one_fault_at_many_cells_is_one_solution():
    desk, cells = searched(pair_with(edit_of(SCALE)))
    (solution,), left = desk.search.cover(cells)
    assert (keys(solution), left) == ([SCALE], [])
    assert len(solution.cells) == len(cells) == 4


def test_two_faults_in_two_cells_are_two_solutions():
    desk, cells = searched(
        pair_with(edit_of(("kernel_flipped", (CONV,)), (SCALE, (f"{TRANSFORMER}.attn1.scaled",))))
    )
    solutions, left = desk.search.cover(cells)
    assert left == []
    assert sorted(keys(s)[0] for s in solutions) == [SCALE, "kernel_flipped"]


def test_faults_that_leave_the_same_are_named_as_alike():
    desk, cells = searched(pair_with(edit_of("query_key_weights_swapped")))
    (solution,), _ = desk.search.cover(cells)
    assert {*keys(solution), *solution.alike} == {"query_key_weights_swapped", "scores_transposed"}


def test_no_single_covers_two_faults_in_one_cell(both):
    desk, cells = both
    assert desk.search.cover(cells) == ([], cells)


def test_pairs_name_both_faults_of_one_cell(both):
    desk, (cell,) = both
    pair = desk.search.pairs(cell)
    assert pair is not None
    assert sorted(keys(pair)) == sorted([SCALE, TANH])
    ((at, trial, parts),) = pair.cells
    assert at is cell
    assert trial.solved
    assert {h.places for h in parts} == {(f"{TRANSFORMER}.attn1.scaled",),
                                         (f"{TRANSFORMER}.ff.net.0",)}  # fmt: skip


@pytest.mark.parametrize("second", ["uncond_keeps_prompt", "mask_not_passed", SCALE])
def test_pairs_name_two_faults_of_a_whole_forward_pass(second):
    tried = ("time_scale_missing", "uncond_keeps_prompt", "mask_not_passed", SCALE, TANH,
             "skip_missing", "cond_reread", "time_cos_first")  # fmt: skip
    pair = pair_with(edit_of("time_scale_missing", second), "ode")
    desk, cells = searched(pair, keys=tried)
    uncond = next(c for c in cells if c.node == "ode.v_uncond")
    found = desk.search.pairs(uncond)
    assert found is not None
    assert sorted(keys(found)) == sorted(["time_scale_missing", second])


def test_a_pair_is_carried_to_the_cells_that_it_explains_too():
    desk, cells = searched(pair_with(edit_of(SCALE, TANH)), keys=(SCALE, TANH, "norm_rms"))
    found = desk.search.pairs(cells[0])
    assert found is not None
    desk.search.extend(found, cells)
    assert {c.node for c, _, _ in found.cells} == {c.node for c in cells}
    assert len(found.cells) == 4
    # what only one of both changes is tested with that one
    desk.search.extend(found, cells)
    assert len(found.cells) == 4


def test_an_unknown_mistake_is_covered_by_nothing():
    desk, cells = searched(pair_with(with_settings("ode.v_cfg", rate=0.93)))
    assert [c.node for c in cells] == ["ode.v_cfg"]
    assert desk.search.cover(cells) == ([], cells)
    assert desk.search.pairs(cells[0]) is None


def test_a_spent_budget_ends_everything(both):
    _, cells = both
    desk = Desk(both[0].pair, seconds=0.0)
    desk.search.singles(cells)
    assert desk.search.tried == {}
    assert desk.search.pairs(cells[0]) is None
    assert desk.search.deadline.cut_short


def test_the_deadline_remembers_that_it_was_over():
    assert not Deadline(600.0).over
    past = Deadline(-1.0)
    assert not past.cut_short
    assert past.over
    assert past.cut_short
    assert past.spent >= 0


def test_progress_may_cancel_at_any_fault(both):
    desk = Desk(both[0].pair)
    said = []

    def stop(done, total, what):
        said.append((done, total, what))
        if len(said) == 3:
            raise Cancelled

    desk.search.progress = stop
    with pytest.raises(Cancelled):
        desk.search.singles(both[1])
    assert len(said) == 3
    assert all(what.startswith("Trying ") and TRANSFORMER in what for _, _, what in said)
