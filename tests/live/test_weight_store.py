"""Parameters are copied once, changes lie on top."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.faults.edit import WeightChange
from inspector.live.weight_store import WeightStore
from tests.blocks.seeded import SMALL, seeded_weights

WEIGHTS = seeded_weights(SMALL)
KEY, OTHER = "final_proj.weight", "final_proj.bias"


def test_a_parameter_is_copied_once_per_framework_and_precision():
    store = WeightStore(WEIGHTS)
    first = store.placed(KEY, "torch", "float32")
    assert store.placed(KEY, "torch", "float32") is first
    double = store.placed(KEY, "torch", "float64")
    assert double is not first
    assert double.numpy().dtype == np.float64
    assert np.array_equal(first.numpy(), WEIGHTS[KEY])


def test_a_change_leaves_the_rest_shared_and_the_base_untouched():
    store = WeightStore(WEIGHTS, "w")
    changed = store.changed((WeightChange(KEY, "flip_kernel"),)) if KEY in store else store
    zero = store.changed((WeightChange(OTHER, "zero"),))
    assert np.count_nonzero(zero.placed(OTHER, "torch", "float32").numpy()) == 0
    assert np.count_nonzero(store.placed(OTHER, "torch", "float32").numpy()) > 0
    assert zero.placed(KEY, "torch", "float32") is store.placed(KEY, "torch", "float32")
    assert zero.identity != store.identity
    assert changed.identity != zero.identity


def test_no_change_is_the_same_store():
    store = WeightStore(WEIGHTS)
    assert store.changed(()) is store


def test_a_missing_parameter_is_named():
    store = WeightStore({})
    assert KEY not in store
    with pytest.raises(UsageError, match=r"final_proj\.weight"):
        store.placed(KEY, "torch", "float32")


def test_shapes_are_those_of_the_arrays():
    assert WeightStore(WEIGHTS).shapes()[KEY] == (8, 16, 1)
