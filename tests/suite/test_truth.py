"""The truth of a pair: partners, ambiguities, places laid on each other, first difference."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.suite.case import Case
from inspector.suite.running import make_sides
from inspector.suite.seeded import SMALL
from inspector.suite.truth import find_truth, first_differing, lays_right
from inspector.tensors import Layout, TensorPair
from tests.suite.pairs import record, side, values

GRAPH = step_graph(SMALL)
STATE = "step01/ode.x_after"
NAMES = {"initial_noise": "a", STATE: "b", "mel": "c"}
OTHERS = {"initial_noise": "x", STATE: "y", "mel": "z"}


def test_partners_are_those_of_one_recording():
    both = values()
    truth = find_truth(side(both, NAMES), side(both, OTHERS), names_tell=True)
    assert truth.partners == {"a": "x", "b": "y", "c": "z"}
    assert not truth.ambiguous and not truth.first


def test_equal_values_are_ambiguous_only_where_names_say_nothing():
    both = values()
    both["mel"] = both[STATE][0]  # without its unit axis
    sides = side(both, NAMES), side(both, OTHERS)
    assert find_truth(*sides, names_tell=True).ambiguous == frozenset()
    assert find_truth(*sides, names_tell=False).ambiguous == {"b", "c"}


def test_equal_values_of_the_candidate_alone_are_ambiguous_too():
    other = {**values(), "mel": values()[STATE]}
    truth = find_truth(side(values(), NAMES), side(other, OTHERS), names_tell=False)
    assert truth.ambiguous == {"b", "c"}


def test_a_missing_tensor_has_no_partner():
    fewer = {n: v for n, v in values().items() if n != "mel"}
    truth = find_truth(side(values(), NAMES), side(fewer, {n: OTHERS[n] for n in fewer}),
                       names_tell=True)  # fmt: skip
    assert "c" not in truth.partners


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("step01/ode.x_before", "initial_noise"),
        ("step01/ode.x_after", "step02/ode.x_before"),
        ("mel", "step02/ode.x_after"),
    ],
)
def test_a_state_under_two_names_is_one_tensor(own, other):
    last, array = "step02/ode.dxdt_cond", values()["mel"]
    one = side({own: array, last: array}, {own: "a", last: "v"})
    two = side({other: array, last: array}, {other: "x", last: "w"}, turned=[other])
    assert find_truth(one, two, names_tell=True).partners == {"a": "x", "v": "w"}
    pair = TensorPair(record(one, own), record(two, other), "r", 1.0,
                      candidate_layout=Layout(axes=(0, 2, 1)))  # fmt: skip
    assert lays_right(pair, one, two, own, other)
    # a side that recorded both names has its partner by name
    both = side({own: array, other: array, last: array}, {own: "y", other: "x", last: "w"})
    assert find_truth(one, both, names_tell=True).partners == {"a": "y", "v": "w"}


@pytest.mark.parametrize(
    ("axes", "right"), [((0, 2, 1), True), ((0, 1, 2), False), (None, False)]
)  # fmt: skip
def test_axes_are_checked_by_place_also_where_the_shape_is_square(axes, right):
    square = {n: v[:, :4] for n, v in values().items()}
    one, two = side(square, NAMES), side(square, OTHERS, turned=["mel"])
    layout = Layout() if axes is None else Layout(axes=axes)
    pair = TensorPair(record(one, "mel"), record(two, "mel"), "r", 1.0, candidate_layout=layout)
    assert lays_right(pair, one, two, "mel") is right


@pytest.mark.parametrize(("row", "right"), [(0, True), (1, False)])
def test_a_single_row_is_the_first(row, right):
    two_rows = {"mel": np.zeros((2, 3, 4), np.float32)}
    one_row = {"mel": np.zeros((1, 3, 4), np.float32)}
    one, two = side(two_rows, {"mel": "c"}), side(one_row, {"mel": "z"})
    pair = TensorPair(record(one, "mel"), record(two, "mel"), "r", 1.0, Layout(row=row))
    assert lays_right(pair, one, two, "mel") is right


def first_of(*keys, level="ops", **options):
    case = Case("x", faults=keys, level=level, **options)
    sides = make_sides(case)
    return [n.removeprefix("step01/decoder.estimator.") for n in
            first_differing(sides.reference, sides.candidate, sides.healthy, GRAPH)]  # fmt: skip


def test_nothing_differs_first_in_a_healthy_pair():
    sides = make_sides(Case("x", level="ops"))
    assert first_differing(sides.reference, sides.candidate, sides.healthy, GRAPH) == ()


@pytest.mark.parametrize(
    ("key", "first"),
    [
        ("causal_padding_symmetric", ["down_blocks.0.0.block1.block.0"]),
        ("heads_merged_without_permute", ["down_blocks.0.1.0.attn1.to_out.0"]),
        ("euler_sign", ["step01/ode.x_after"]),
        ("time_scale_missing", ["step02/decoder.estimator.time_embeddings"]),
        ("schedule_kind", ["t_span"]),
    ],
)
def test_a_mistake_shows_first_where_it_acts(key, first):
    assert first_of(key) == first


def test_a_mistake_in_parallel_branches_has_several_first_places():
    assert first_of("kernel_flipped", level="ode") == [
        "step01/ode.dxdt_cond", "step01/ode.dxdt_uncond",
    ]  # fmt: skip


def test_noise_is_no_difference_and_nan_is_one():
    reference = values()
    healthy = {n: v + np.float32(1e-6) for n, v in reference.items()}
    close = {n: v + np.float32(3e-6) for n, v in reference.items()}
    assert first_differing(reference, close, healthy, GRAPH) == ()
    broken = {**close, "mel": np.full_like(close["mel"], np.nan)}
    assert first_differing(reference, broken, healthy, GRAPH) == ("mel",)
    far = {n: v + np.float32(1e-3) for n, v in reference.items()}
    assert first_differing(reference, far, healthy, GRAPH) == ("initial_noise",)
    assert first_differing(reference, far, healthy, GRAPH, "float16") == ()
