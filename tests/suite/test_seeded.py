"""Seeded weights: drawn from seed, key and shape alone, none of them special."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.parameter_shapes import parameter_shapes
from inspector.suite.seeded import DEEP, MATCHA, SMALL, seeded_weights


@pytest.mark.parametrize("config", [SMALL, MATCHA, DEEP])
def test_every_parameter_is_there_and_none_is_an_untouched_start(config):
    weights = seeded_weights(config)
    assert {k: v.shape for k, v in weights.items()} == dict(parameter_shapes(config))
    for value in weights.values():
        assert value.dtype == np.float32
        assert not value.flags.writeable
        assert not np.isin(value, (0.0, 1.0)).any()


def test_a_parameter_depends_on_seed_and_key():
    one, two, same = seeded_weights(SMALL), seeded_weights(SMALL, 1), seeded_weights(SMALL)
    key = "mid_blocks.0.1.0.attn1.to_q.weight"
    assert np.array_equal(one[key], same[key])
    assert not np.array_equal(one[key], two[key])
    assert not np.array_equal(one[key], one[key.replace("to_q", "to_k")])
