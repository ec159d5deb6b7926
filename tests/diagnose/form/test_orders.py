"""Orders are permutations with the right name."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.form.orders import name_order, named_orders


@pytest.mark.parametrize("n", [2, 3, 8, 12, 80, 97])
def test_every_order_is_a_permutation_and_none_is_the_identity(n):
    for order in named_orders(n):
        np.testing.assert_array_equal(np.sort(order.index), np.arange(n))
        assert not np.array_equal(order.index, np.arange(n))
        assert "{many}" in order.words


def test_a_matched_order_is_described_by_its_simplest_name():
    places = np.arange(24)
    assert name_order(np.roll(places, -5)).key == "rolled"
    blocks = places.reshape(6, 4)[[0, 3, 1, 2, 5, 4]].reshape(-1)
    assert name_order(blocks).key == "blocks"
    assert "0 3 1 2 5 4" in name_order(blocks).words
    swapped = places.copy()
    swapped[[3, 9]] = [9, 3]
    assert name_order(swapped).words == "{many} 3 and 9 are exchanged"
    assert name_order(np.random.default_rng(0).permutation(24)).key == "permuted"
