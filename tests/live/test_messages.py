"""Messages between two processes keep every bit."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.blocks.decoder import step_graph
from inspector.live.messages import decode, encode, graph_values, read_graph
from tests.blocks.seeded import MATCHA, SMALL


def test_values_and_arrays_come_back_bit_by_bit():
    arrays = {
        "x": np.array([[1.5, np.nan, -0.0]], np.float32), "i": np.array([7], np.int64),
        "d": np.linspace(0, 1, 5).reshape(5, 1), "empty": np.zeros((2, 0), np.float32),
        "scalar": np.array(3.25), "turned": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    }  # fmt: skip
    values, found = decode(encode({"state": "done", "n": 3}, arrays))
    assert values == {"state": "done", "n": 3}
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == np.ascontiguousarray(array).tobytes()


def test_arrays_of_objects_are_refused():
    with pytest.raises(ValueError):
        decode(encode({}, {"x": np.array([object()])}))


@pytest.mark.parametrize("config", [SMALL, MATCHA])
def test_a_graph_comes_back_equal(config):
    graph = step_graph(config)
    values, _ = decode(encode({"graph": graph_values(graph)}, {}))
    assert read_graph(values["graph"]) == graph
