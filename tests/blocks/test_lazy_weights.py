"""Values are read at their first use, as float32 in PyTorch's layout, and kept."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks import lazy_weights
from inspector.blocks.lazy_weights import LazyWeights, StoredWeight
from inspector.tensors import TensorRecord


@pytest.fixture
def counted():
    """Two weights and the list of what was read."""
    reads: list[str] = []

    def weight(name, array, axes=None, shape=None):
        def load():
            reads.append(name)
            return array

        record = TensorRecord(name, array.shape, array.dtype.name, "memory", 0, load)
        turned = array.shape if axes is None else tuple(array.shape[a] for a in axes)
        return StoredWeight(record, axes, shape or turned)

    values = np.arange(24, dtype=np.float64).reshape(2, 3, 4)
    stored = {
        "a": weight("a", values, (0, 2, 1)),
        "b": weight("b", np.ones((2, 3), np.float16), shape=(2, 3, 1)),
    }
    return stored, reads, values


def test_nothing_is_read_before_its_use(counted):
    stored, reads, values = counted
    weights = LazyWeights(stored)
    assert list(weights) == ["a", "b"]
    assert len(weights) == 2
    assert "a" in weights
    assert "c" not in weights
    assert reads == []
    assert np.array_equal(weights["a"], values.transpose(0, 2, 1).astype(np.float32))
    assert weights["a"] is weights["a"]
    assert reads == ["a"]
    assert weights["b"].shape == (2, 3, 1)


def test_values_are_float32_in_c_order_and_read_only(counted):
    for value in LazyWeights(counted[0]).values():
        assert value.dtype == np.float32
        assert value.flags.c_contiguous
        assert not value.flags.writeable


def test_beyond_the_room_values_are_read_again(counted, monkeypatch):
    stored, reads, _ = counted
    monkeypatch.setattr(lazy_weights, "KEPT_BYTES", 30)
    weights = LazyWeights(stored)
    for _ in range(2):
        assert weights["a"].sum() == 276
        assert weights["b"].sum() == 6
    assert reads == ["a", "b", "a"]


def test_an_unknown_key_is_a_key_error(counted):
    with pytest.raises(KeyError):
        LazyWeights(counted[0])["c"]
