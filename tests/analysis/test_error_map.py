"""Every compared tensor has one cell of the map, at its operation and step."""

from __future__ import annotations

import numpy as np

from inspector.analysis.error_map import EXACT_LOG10, build_error_map, operation_label
from inspector.tensors import TensorPair
from tests.runs import STEPS, record


def pair(name, step=None, role=""):
    item = record(name, np.zeros(2, np.float32))
    return TensorPair(item, item, "same name", 1.0, step=step, role=role)


def test_every_row_of_the_comparison_has_exactly_one_cell(differing):
    grid = build_error_map(differing.tensors)
    used = grid.row[grid.row >= 0]
    assert sorted(used.tolist()) == list(range(len(differing.tensors)))
    assert grid.steps == ("once", *range(1, STEPS + 1))
    assert grid.row.shape == grid.log10_error.shape == (len(grid.operations), len(grid.steps))


def test_cells_carry_the_error_of_their_tensor(differing):
    grid = build_error_map(differing.tensors)
    row = grid.operations.index("v_cond")
    before, after = grid.steps.index(2), grid.steps.index(3)
    assert grid.log10_error[row, before] == EXACT_LOG10
    assert abs(grid.log10_error[row, after] - np.log10(0.1)) < 1e-3
    assert grid.status[row][before] == "same"
    assert grid.status[row][after] == "different"


def test_a_label_is_the_operation_without_its_step_number():
    assert operation_label(pair("step7_step3_x_after", 3, "x_after")) == "x_after"
    assert operation_label(pair("step7_step3_mid.block1", 3)) == "step7_mid.block1"
    assert operation_label(pair("step03/down.0.norm", 3)) == "down.0.norm"
    assert operation_label(pair("mu")) == "mu"


def test_two_tensors_of_one_operation_and_step_both_keep_a_cell(agreeing):
    doubled = [agreeing.tensors[-1], agreeing.tensors[-1]]
    grid = build_error_map(doubled)
    assert sorted(grid.row[grid.row >= 0].tolist()) == [0, 1]


def test_no_tensors_give_an_empty_map():
    grid = build_error_map([])
    assert grid.operations == ()
    assert grid.steps == ()
