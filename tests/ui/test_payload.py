"""Strict JSON and raw float32."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.ui.payload import encode_float32, encode_json


def _strict(data: bytes) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"bare {name} is not JSON")

    return json.loads(data, parse_constant=refuse)


def test_numbers_that_json_lacks_become_words() -> None:
    value = {"a": float("nan"), "b": [float("inf"), -float("inf"), 1.5], "c": None}
    assert _strict(encode_json(value)) == {
        "a": "NaN",
        "b": ["Infinity", "-Infinity", 1.5],
        "c": None,
    }


def test_numpy_values_become_plain_ones() -> None:
    value = {
        "f": np.float32(0.5), "i": np.int64(7), "b": np.bool_(True), "n": np.float64("nan"),
        "a": np.arange(3, dtype=np.float32), "t": (1, 2),
    }  # fmt: skip
    decoded = _strict(encode_json(value))
    assert decoded == {"f": 0.5, "i": 7, "b": True, "n": "NaN", "a": [0.0, 1.0, 2.0], "t": [1, 2]}
    assert decoded["b"] is True


def test_any_name_survives() -> None:
    name = "</script> ${x} \udcff \u2028 \0"
    assert _strict(encode_json([name])) == [name]


@settings(max_examples=100)
@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12,
))  # fmt: skip
def test_every_value_is_strict_json(value: Any) -> None:
    _strict(encode_json(value))


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "f8", "f2", "i4"])
def test_float32_is_little_endian_and_row_major(dtype: str) -> None:
    array = np.asfortranarray(np.arange(6, dtype=dtype).reshape(2, 3))
    assert encode_float32(array) == np.arange(6, dtype="<f4").tobytes()
