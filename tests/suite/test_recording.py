"""Recordings of the step graph: what is kept, how it lies, what a fault changes."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.errors import UsageError
from inspector.faults.registry import faults
from inspector.suite.recording import is_frames_first, record_run, run_inputs
from inspector.suite.seeded import SMALL, seeded_weights

WEIGHTS = seeded_weights(SMALL)


def record(**options):
    return record_run(SMALL, WEIGHTS, **{"frames": 12, "valid": 10, **options})


def test_each_level_holds_more():
    sizes = [len(record(level=level)) for level in ("ode", "blocks", "ops", "values")]
    assert sizes == sorted(set(sizes))


def test_the_steps_make_one_run():
    values = record(level="ode")
    for step in range(1, SMALL.steps):
        after = values[f"step{step:02d}/ode.x_after"]
        assert np.array_equal(after, values[f"step{step + 1:02d}/ode.x_before"])
    assert np.array_equal(values["mel"], values[f"step{SMALL.steps:02d}/ode.x_after"])


def test_pytorch_holds_channels_before_frames_but_not_inside_transformers():
    torch, mlx = record(level="ops"), record(level="ops", style="mlx")
    for name in ("mu", "step01/decoder.estimator.mid_blocks.0.0"):
        assert np.array_equal(torch[name], mlx[name].transpose(0, 2, 1))
    inside = "step01/decoder.estimator.mid_blocks.0.1.0"
    assert np.array_equal(torch[inside], mlx[inside])
    assert is_frames_first(step_graph(SMALL).node("mid_blocks.0.1.0"))


def test_values_of_chosen_steps_only():
    names = record(steps=(2,))
    inside = {n[:6] for n in names if "estimator" in n}
    assert inside == {"step02"}
    assert "step01/ode.x_after" in names


def test_a_fault_changes_what_comes_after_it_and_no_input():
    graph, shapes = step_graph(SMALL), parameter_shapes(SMALL)
    edit = faults()["euler_sign"].apply(graph, None, shapes)
    healthy, broken = record(), record(edit=edit)
    changed = [n for n in healthy if not np.array_equal(healthy[n], broken[n])]
    assert changed[0] == "step01/ode.x_after"


def test_inputs_come_from_the_seed():
    assert np.array_equal(run_inputs(SMALL, 9)["x"], run_inputs(SMALL, 9)["x"])
    assert not np.array_equal(run_inputs(SMALL, 9)["x"], run_inputs(SMALL, 9, seed=1)["x"])
    assert run_inputs(SMALL, 9, valid=7)["mask"].sum() == 7


def test_an_unknown_level_is_a_sentence():
    with pytest.raises(UsageError, match="one of ode, blocks, ops, values"):
        record(level="everything")
