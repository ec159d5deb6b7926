"""Recorded tensors bound to values of the decoder, in every layout."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.live.binding import BoundSide, bind, fit_axes
from inspector.live.execution import execute
from inspector.live.shapes import value_shapes
from inspector.live.weight_store import WeightStore
from inspector.match.matching import MatchResult
from inspector.match.roles import recognise
from tests.blocks.seeded import MATCHA, SMALL, seeded_weights
from tests.live.pair import make_pair
from tests.live.recorded import as_trace, record_run, run_inputs

CONFIGS = {"causal": SMALL, "matcha": MATCHA}


def values_of(config, step, frames):
    """All values of a step, frames first, and the state after it."""
    graph, store = step_graph(config), WeightStore(seeded_weights(config))
    given = run_inputs(config, frames)
    state, found = given["x"], {}
    for number in range(step + 1):
        found = execute(graph, {**given, "x": state, "step": np.array([number])}, store)
        state = found["ode.x_after"]
    return found


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("frames", [24, 16], ids=["", "as many frames as channels"])
@pytest.mark.parametrize("style", ["torch", "mlx"])
def test_every_recorded_value_is_read_frames_first(config, frames, style):
    weights = seeded_weights(config)
    reference = record_run(config, weights, level="values", frames=frames)
    candidate = record_run(config, weights, level="values", frames=frames, style=style)
    framework = "torch" if style == "torch" else "mlx"
    pair = make_pair(config, weights, reference, candidate, framework=framework)
    expected = values_of(config, 2, frames)
    for side in (pair.reference_side, pair.candidate_side):
        assert side.notes == ()
        assert side.steps == tuple(range(config.steps))
        names = set(side.names(2))
        missing = {n.name for n in pair.graph.nodes if n.block != "ode"} - names
        assert missing <= {"velocity"}
        for name in names - {"x"}:
            assert np.array_equal(side.get(name, 2).read(), expected[name]), name


def test_states_and_inputs_are_bound_by_role():
    pair = make_pair(SMALL, seeded_weights(SMALL), *[record_run(SMALL, seeded_weights(SMALL))] * 2)
    side, given = pair.reference_side, run_inputs(SMALL, 24)
    for name in ("mu", "cond", "mask", "speaker"):
        assert np.array_equal(side.get(name, 3).read(), given[name])
    assert np.array_equal(side.get("x", 0).read(), given["x"])
    assert np.array_equal(side.get("x", 2).read(), side.get("ode.x_after", 1).read())
    assert side.get("x", SMALL.steps) is None
    assert side.get("ode.t_span", 3).read().shape == (SMALL.steps + 1,)


def test_the_state_before_is_the_state_after_of_the_step_before():
    values = record_run(SMALL, seeded_weights(SMALL), level="ode")
    del values["step03/ode.x_before"]
    trace = as_trace(values)
    roles = recognise(trace)
    shapes = value_shapes(step_graph(SMALL), seeded_shapes(), 8)
    side = bind(trace, roles, MatchResult(), step_graph(SMALL), shapes, candidate=False)
    assert np.array_equal(side.get("x", 2).read(), side.get("ode.x_after", 1).read())


def seeded_shapes():
    return {key: value.shape for key, value in seeded_weights(SMALL).items()}


def test_a_value_of_another_shape_is_noted_and_left_out():
    values = record_run(SMALL, seeded_weights(SMALL))
    name = "step02/decoder.estimator.mid_blocks.0.0"
    values[name] = np.zeros((2, 17, 24), np.float32)
    trace = as_trace(values)
    shapes = value_shapes(step_graph(SMALL), seeded_shapes(), 8)
    side = bind(trace, recognise(trace), MatchResult(), step_graph(SMALL), shapes, candidate=False)
    assert side.get("mid_blocks.0.0", 1) is None
    assert side.get("mid_blocks.0.0", 0) is not None
    assert len(side.notes) == 1
    assert name in side.notes[0]
    assert "2 x 17 x 24" in side.notes[0]
    assert "R x T x 16" in side.notes[0]


def test_an_unpaired_recording_in_mlx_is_read_by_its_framework():
    values = record_run(SMALL, seeded_weights(SMALL), frames=16, style="mlx")
    trace = as_trace(values, framework="mlx")
    shapes = value_shapes(step_graph(SMALL), seeded_shapes(), 8)
    side = bind(trace, recognise(trace), MatchResult(), step_graph(SMALL), shapes, candidate=True)
    expected = values_of(SMALL, 0, 16)
    assert np.array_equal(side.get("mid_blocks.0.0", 0).read(), expected["mid_blocks.0.0"])


def test_half_precision_becomes_float32_and_double_stays():
    values = record_run(SMALL, seeded_weights(SMALL))
    one, two = (f"step01/decoder.estimator.mid_blocks.{i}.0" for i in (0, 1))
    values[one], values[two] = values[one].astype(np.float16), values[two].astype(np.float64)
    trace = as_trace(values)
    shapes = value_shapes(step_graph(SMALL), seeded_shapes(), 8)
    side = bind(trace, recognise(trace), MatchResult(), step_graph(SMALL), shapes, candidate=False)
    assert side.get("mid_blocks.0.0", 0).read().dtype == np.float32
    assert side.get("mid_blocks.1.0", 0).read().dtype == np.float64


@pytest.mark.parametrize(
    ("shape", "wanted", "letters", "first", "expected"),
    [
        ((2, 24, 16), ("R", "T", 16), "", False, ((0, 1, 2), False)),
        ((2, 16, 24), ("R", "T", 16), "", False, ((0, 2, 1), False)),
        ((16, 24), ("R", "T", 16), "", False, ((0, 2, 1), True)),
        ((24, 16), ("B", "T", 16), "", False, ((0, 1, 2), True)),
        ((2, 24, 24), ("R", "T", 24), "", False, ((0, 1, 2), False)),
        ((2, 24, 24), ("R", "T", 24), "", True, ((0, 2, 1), False)),
        ((2, 24, 24), ("R", "T", 24), "BCT", False, ((0, 2, 1), False)),
        ((2, 24, 24), ("R", "T", 24), "BTC", True, ((0, 1, 2), False)),
        ((3, 24, 16), ("R", "T", 16), "", False, None),
        ((2, 23, 16), ("R", "T", 16), "", False, None),
        ((2, 24), ("R", 24), "", False, ((0, 1), False)),
        ((24,), ("R", 24), "", False, ((0, 1), True)),
        ((2, 12, 16), ("R", "T/2", 16), "", False, ((0, 1, 2), False)),
        ((24,), ("S",), "", False, ((0,), False)),
    ],
)
def test_the_axes_that_fit(shape, wanted, letters, first, expected):
    assert fit_axes(shape, wanted, 24, letters, first) == expected


def test_an_empty_side_knows_nothing():
    side = BoundSide({}, {}, ())
    assert side.get("x", 0) is None
    assert side.names(0) == ()
