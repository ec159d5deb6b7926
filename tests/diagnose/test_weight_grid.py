"""Rounding is that of the frameworks; fingerprints ignore places and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.diagnose.weight_grid import fingerprint, grid_of, round_to, slice_hashes

RANDOM = np.random.default_rng(0)


def values(count=1000):
    return RANDOM.standard_normal(count).astype(np.float32)


def test_rounding_is_that_of_torch():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    bits = RANDOM.integers(0, 2**32, 200_000, dtype=np.uint64).astype(np.uint32)
    x = bits.view(np.float32)
    x = x[np.isfinite(x)]
    for grid in ("float16", "bfloat16"):
        expected = torch.from_numpy(x).to(getattr(torch, grid)).to(torch.float32).numpy()
        assert np.array_equal(round_to(x, grid), expected)


def test_what_is_not_finite_stays():
    x = np.array([np.nan, np.inf, -np.inf, 1], np.float32)
    for grid in ("float16", "bfloat16"):
        assert np.array_equal(round_to(x, grid), x, equal_nan=True)


@pytest.mark.parametrize("grid", ["bfloat16", "float16"])
def test_the_grid_is_recognised(grid):
    assert grid_of(round_to(values(), grid)) == grid
    assert grid_of(values()) == "float32"


def test_the_coarsest_grid_is_named():
    assert grid_of(np.array([0, 1, -2], np.float32)) == "bfloat16"


@given(st.permutations(range(12)))
def test_the_fingerprint_ignores_places(order):
    x = np.arange(12, dtype=np.float32) / 7
    assert fingerprint(x[list(order)]) == fingerprint(x)
    assert fingerprint(x.reshape(3, 4).T) == fingerprint(x)


@given(st.integers(0, 11), st.integers(0, 31))
def test_every_bit_changes_the_fingerprint(place, bit):
    x = np.arange(1, 13, dtype=np.float32) / 7
    y = x.copy()
    y.view(np.uint32)[place] ^= np.uint32(1 << bit)
    assert fingerprint(x) != fingerprint(y)


def test_minus_zero_is_zero_and_counts_count():
    zero = np.zeros(3, np.float32)
    assert fingerprint(zero) == fingerprint(-zero)
    assert fingerprint(zero) != fingerprint(np.zeros(4, np.float32))


def test_long_arrays_are_taken_in_pieces():
    x = values(2**20 + 5)
    assert fingerprint(x) == fingerprint(x[::-1])
    assert fingerprint(x) != fingerprint(x[:-1])


def test_slices_depend_on_the_places_inside():
    x = values(24).reshape(2, 3, 4)
    rows = slice_hashes(x, 0)
    assert rows.shape == (2,)
    assert np.array_equal(slice_hashes(x[::-1], 0), rows[::-1])
    assert not np.isin(slice_hashes(x[:, ::-1], 0), rows).any()
    assert slice_hashes(x, 2).shape == (4,)
