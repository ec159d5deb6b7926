"""Shapes as files claim them."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.errors import TraceError
from inspector.io.limits import MAX_VALUE_BYTES
from inspector.io.shapes import check_budget, check_dims, check_extent, shape_text


def test_good_shapes_pass() -> None:
    assert check_dims("x", [2, 0, 3]) == (2, 0, 3)
    assert check_dims("x", []) == ()
    assert check_dims("x", [1] * 32) == (1,) * 32
    check_extent("x", ())
    check_extent("x", (2**48, 0))
    check_budget("x", MAX_VALUE_BYTES)


@pytest.mark.parametrize("dim", [-1, True, 4.0, "4", None, 2**63, 2**64])
def test_a_length_is_a_number_of_elements(dim: object) -> None:
    with pytest.raises(TraceError) as caught:
        check_dims("x", [2, dim])
    assert caught.value.code == "dim"


def test_rank_is_bounded() -> None:
    with pytest.raises(TraceError) as caught:
        check_dims("x", [1] * 33)
    assert caught.value.code == "rank"


@pytest.mark.parametrize("shape", [(2**48 + 1, 0), (2**40, 2**40, 0)])
def test_empty_shapes_that_numpy_cannot_hold_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(TraceError) as caught:
        check_extent("x", shape)
    assert caught.value.code == "dim"


def test_every_accepted_empty_shape_can_be_made() -> None:
    shape = (2**28, 2**28, 0)
    check_extent("x", shape)
    assert np.empty(shape, "complex128").shape == shape


def test_budget_says_both_numbers() -> None:
    with pytest.raises(TraceError) as caught:
        check_budget("x", MAX_VALUE_BYTES + 1)
    assert caught.value.code == "budget"
    assert "2,147,483,649" in caught.value.found
    assert "2,147,483,648" in caught.value.expected


def test_shape_text() -> None:
    assert shape_text((2, 80, 696)) == "2x80x696"
    assert shape_text(()) == "scalar"
