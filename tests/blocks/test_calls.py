"""A call that does not fit is one sentence, before a framework broadcasts it."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.calls import check_call, describe, half_and_spacing
from inspector.blocks.implementations import backend
from inspector.blocks.operations import OPERATIONS
from inspector.errors import UsageError
from tests.blocks import cases

ALL = list(cases.all_calls())


def zeros(*shape):
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize("op", sorted(OPERATIONS))
def test_a_call_that_fits_gets_all_its_settings(op):
    for made in ALL:
        if made.op == op:
            filled = check_call(op, made.inputs, made.params, made.settings)
            assert set(filled) == set(OPERATIONS[op].settings)
            assert made.settings.items() <= filled.items()


def test_what_is_left_out_is_what_the_architecture_does():
    assert check_call("conv1d", [zeros(1, 2, 3)], {"weight": zeros(4, 3, 1)}, {}) == {
        "left": 0, "right": 0, "stride": 1, "pad_mode": "zero",
    }  # fmt: skip
    for op, signature in OPERATIONS.items():
        made = next(m for m in ALL if m.op == op)
        numbers = cases.EXAMPLES.get(op, [{}])[0]
        filled = check_call(op, made.inputs, made.params, numbers)
        for name, values in signature.settings.items():
            assert not values or filled[name] == values[0], (op, name)


@pytest.mark.parametrize(
    ("op", "inputs", "params", "settings", "sentence"),
    [
        ("conv2d", [], {}, {}, "there is no operation"),
        ("linear", [], {}, {}, "it got 0 inputs"),
        ("linear", [zeros(2, 3)], {}, {}, "parameter weight is missing"),
        ("linear", [zeros(2, 3)], {"weight": zeros(3, 4)}, {}, "I is 3 in input 1 and 4 in weight"),
        (
            "linear", [zeros(2, 3)], {"weight": zeros(4, 3), "bias": zeros(3)}, {},
            "O is 4 in weight and 3 in bias",
        ),
        ("linear", [zeros(2, 3)], {"weight": zeros(4, 3), "gain": zeros(4)}, {}, "parameter gain"),
        ("linear", [zeros(2, 3)], {"weight": zeros(4, 3, 1)}, {}, "3 axes where OI has 2"),
        ("conv1d", [zeros(1, 5, 3)], {"weight": zeros(4, 3, 3)}, {"left": -1}, "at least 0"),
        ("conv1d", [zeros(1, 5, 3)], {"weight": zeros(4, 3, 3)}, {"left": 1.5}, "left is 1.5"),
        ("conv1d", [zeros(1, 5, 3)], {"weight": zeros(4, 3, 3)}, {"left": True}, "left is True"),
        ("conv1d", [zeros(1, 5, 3)], {"weight": zeros(4, 3, 3)}, {"pad_mode": "x"}, "zero, edge"),
        ("conv1d", [zeros(1, 5, 3)], {"weight": zeros(4, 3, 3)}, {"dilation": 2}, "no setting"),
        ("conv1d", [zeros(5, 3)], {"weight": zeros(4, 3, 3)}, {}, "2 axes where RTI has 3"),
        ("snakebeta", [zeros(1, 2, 3)], {"alpha": zeros(3)}, {}, "parameter beta is missing"),
        ("layer_norm", [zeros(1, 2, 3)], {"weight": zeros(2)}, {"eps": 1e-5}, "C is 3"),
        ("layer_norm", [zeros(1, 2, 3)], {}, {}, "its setting eps is missing"),
        ("layer_norm", [zeros(1, 2, 3)], {}, {"eps": "1e-5"}, "eps is '1e-5'"),
        ("add", [zeros(2, 4, 3), zeros(1, 4, 3)], {}, {}, "R is 2 in input 1 and 1 in input 2"),
        ("apply_mask", [zeros(2, 4, 3), zeros(2, 5, 1)], {}, {}, "T is 4"),
        ("apply_mask", [zeros(2, 4, 3), zeros(2, 4, 3)], {}, {}, "3 long, not 1"),
        ("concat", [zeros(2, 4, 3), zeros(2, 5, 3)], {}, {}, "T is 4 in input 1 and 5 in input 2"),
        ("concat_skip", [zeros(2, 4, 3), zeros(2, 5, 3)], {}, {}, "cannot be cropped"),
        ("mask_scores", [zeros(1, 2, 4, 4), zeros(1, 3, 1)], {}, {}, "T is 4"),
        ("euler", [zeros(2, 4, 3), zeros(2, 4, 3), zeros(3)], {}, {}, "B is 2"),
        ("euler", [zeros(2, 4, 3), zeros(2, 4, 3), zeros(2)], {}, {"sign": 2}, "one of 1, -1"),
        ("schedule", [], {}, {"steps": 0}, "at least 1"),
        ("schedule", [], {}, {"steps": 4, "reverse": 1}, "reverse is 1"),
    ],
)  # fmt: skip
def test_a_call_that_does_not_fit_says_why(op, inputs, params, settings, sentence):
    with pytest.raises(UsageError) as caught:
        check_call(op, inputs, params, settings)
    assert sentence in caught.value.sentence
    assert op in caught.value.sentence


def test_the_sentence_shows_every_shape_and_the_layout():
    with pytest.raises(UsageError) as caught:
        check_call("linear", [zeros(2, 7, 3)], {"weight": zeros(3, 4), "bias": zeros(3)}, {})
    for part in ("input [2, 7, 3] float32", "weight [3, 4] float32", "weight OI"):
        assert part in caught.value.sentence


@pytest.mark.parametrize("name", ["torch", "mlx"])
def test_shapes_are_shown_alike_in_every_framework(name):
    b = backend(name)
    value = b.put(zeros(1, 2), "bfloat16")
    assert describe([value], {"weight": value}) == ("input [1, 2] bfloat16, weight [1, 2] bfloat16")
    assert describe([], {}) == "no arrays"


def test_one_step_size_serves_a_batch():
    x = zeros(3, 4, 2)
    for size in (1, 3):
        assert check_call("euler", [x, x, zeros(size)], {}, {}) == {"sign": 1}


@pytest.mark.parametrize(
    ("width", "base", "spacing", "result"),
    [(8, 1e4, "half_minus_1", (4, 3)), (8, 1e4, "half", (4, 4)), (2, 1e4, "half", (1, 1)),
     (2, 1e4, "half_minus_1", None), (7, 1e4, "half", None), (8, 0.0, "half", None)],
)  # fmt: skip
def test_frequencies_need_an_even_width(width, base, spacing, result):
    values = {"width": width, "base": base, "spacing": spacing}
    if result is None:
        with pytest.raises(UsageError, match="even width"):
            half_and_spacing(values)
    else:
        assert half_and_spacing(values) == result
