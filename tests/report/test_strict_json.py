"""Strict JSON survives a strict reader and says what floats cannot."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.report.strict_json import dumps, jsonable


def strict(text: str) -> object:
    def refuse(word: str) -> object:
        raise AssertionError(f"not strict JSON: {word}")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (-0.0, "-0.0"),
        (2**53 + 1, str(2**53 + 1)),
        (-(2**60), str(-(2**60))),
        (2**53, 2**53),
        (True, True),
        (None, None),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(False), False),
        (np.arange(3), [0, 1, 2]),
        ((1, 2.5), [1, 2.5]),
        (1 + 2j, {"real": 1.0, "imag": 2.0}),
    ],
)
def test_values_that_json_lacks_become_tagged(value, expected):
    assert strict(dumps(value)) == expected
    assert type(jsonable(value)) is type(expected)


def test_lone_surrogates_are_escaped_so_that_utf8_can_carry_them():
    text = dumps({"a\ud800": "b\udfff"})
    assert strict(text.encode("utf-8").decode("utf-8")) == {"a\\ud800": "b\\udfff"}


def test_an_object_without_json_form_is_refused():
    with pytest.raises(TypeError, match="object"):
        jsonable(object())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_any_nested_value_gives_strict_json(value):
    strict(dumps(value).encode("utf-8").decode("utf-8"))
