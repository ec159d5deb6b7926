"""What each side ran in, and what precision explains of a comparison."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from inspector.analysis.tensor import compare_pair
from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.run_precision import KINDS, judge_precision, side_precision
from inspector.diagnose.weight_grid import round_to
from tests import runs
from tests.analysis.tensor_pairs import pair
from tests.diagnose.searches import WEIGHTS, record
from tests.live.recorded import as_trace

RANDOM = np.random.default_rng(2)


def values(seed=0):
    return np.random.default_rng(seed).standard_normal((8, 40)).astype(np.float32)


def compared(left, right, **more):
    return compare_pair(replace(pair(left, right), **more))


def near(array, size=1e-7):
    return (array * (1 + size * RANDOM.standard_normal(array.shape))).astype(np.float32)


def test_a_third_in_half_precision_makes_a_run_of_it():
    wide = [compared(values(i), values(i)) for i in range(4)]
    half = [compared(values(i), round_to(values(i), "float16")) for i in range(2)]
    assert side_precision([*wide, *half], "candidate") == "float16"
    assert side_precision([*wide, *half], "reference") == "float32"
    assert side_precision([*wide, *half[:1]], "candidate") == "float32"
    assert side_precision([compared(np.arange(3), np.arange(3))], "candidate") == ""


def test_times_and_masks_have_no_vote():
    half = round_to(values(), "float16")
    time = compared(half, half, role="t_span")
    assert side_precision([compared(values(), values()), time], "candidate") == "float32"
    assert side_precision([time], "candidate") == ""


def test_each_kind_is_named():
    left = values()
    assert judge_precision([]).kind == "none"
    assert judge_precision([compared(left, left.copy())]).kind == "exact"
    noise = judge_precision([compared(left, near(left))])
    assert noise.kind == "rounding" and noise.sentence.startswith("Backend noise")
    half = judge_precision([compared(left, round_to(left, "bfloat16"))])
    assert half.kind == "bfloat16" and half.explains
    assert half.hidden_below == pytest.approx(8 * 2.0**-7)
    assert half.sentence.endswith("nothing differs by more than bfloat16 costs a correct port.")
    wrong = judge_precision([compared(left, 2 * left)])
    assert wrong.kind == "beyond" and not wrong.explains and not wrong.sentence
    assert {noise.kind, half.kind, wrong.kind} < set(KINDS)
    assert json.loads(json.dumps(half.to_dict()))["narrow_from"] == "reference_x"


def test_a_half_precision_run_with_a_mistake_says_both():
    left = values()
    half = compared(left, round_to(left, "float16"))
    found = judge_precision([half, compared(left, round_to(np.tanh(left), "float16"))])
    assert found.kind == "beyond"
    assert "The candidate ran in float16, but reference_x errs" in found.sentence


def test_both_sides_in_half_precision():
    one = round_to(values(), "float16")
    other = round_to(near(values(), 1e-4), "float16")
    found = judge_precision([compared(one, other)])
    assert found.sentence.startswith("Both sides ran in float16")
    assert (found.reference, found.candidate) == ("float16", "float16")


def test_one_narrow_value_in_a_wide_run_names_where_it_begins():
    wide = [compared(values(i), near(values(i))) for i in range(9)]
    found = judge_precision([*wide, compared(values(), round_to(values(), "float16"))])
    assert found.candidate == "float32" and found.kind == "float16"
    assert "What follows from reference_x on ran in" in found.sentence


@pytest.mark.parametrize("grid", ["float16", "bfloat16"])
def test_rounded_weights_are_called_possible(grid):
    weights = {key: round_to(value, grid) for key, value in WEIGHTS.items()}
    found = compare_traces(as_trace(record()), as_trace(record(weights=weights)))
    assert found.verdict.status == "different"
    assert found.precision.kind == "possible_rounded_weights"
    assert "rounded or quantised weights would do as well" in found.verdict.sentence


def test_one_wrong_layer_does_not_look_like_rounded_weights():
    key = next(k for k in WEIGHTS if k.endswith("mid_blocks.0.0.block1.block.0.weight"))
    weights = {**WEIGHTS, key: round_to(WEIGHTS[key], "bfloat16")}
    found = compare_traces(as_trace(record()), as_trace(record(weights=weights)))
    assert found.verdict.status == "different" and found.precision.kind == "beyond"


def test_runs_without_floats_have_no_precision():
    tokens = {"step3_speech_tokens": np.arange(9)}
    found = compare_traces(runs.trace(tokens), runs.trace(tokens)).precision
    assert (found.kind, found.reference, found.sentence) == ("exact", "", "")


def test_states_alone_do_not_tell_rounded_weights_from_a_mistake():
    weights = {key: round_to(value, "bfloat16") for key, value in WEIGHTS.items()}
    roles = re.compile(
        r"x_before|x_after|dxdt|v_|_t$|_dt$|/t$|/dt$|mu|mask|spk|cond|noise|mel|span"
    )
    sides = [
        {k: v for k, v in recorded.items() if roles.search(k)}
        for recorded in (record(), record(weights=weights))
    ]
    found = compare_traces(*map(as_trace, sides))
    assert found.verdict.status == "different"
    assert found.precision.kind == "beyond"


def test_modules_of_later_steps_carry_the_error_of_the_state():
    weights = {key: round_to(value, "bfloat16") for key, value in WEIGHTS.items()}
    inner = re.compile("blocks|time_mlp|final_")
    first = min(k for k in record() if inner.search(k)).split("/")[0]
    sides = [
        {k: v for k, v in recorded.items() if not (inner.search(k) and k.startswith(first))}
        for recorded in (record(), record(weights=weights))
    ]
    assert any(inner.search(k) for k in sides[0])
    assert compare_traces(*map(as_trace, sides)).precision.kind == "beyond"
