import numpy as np
import pytest

from inspector.metrics import denormals
from inspector.metrics.denormals import denormals_kept


def test_this_process_keeps_denormals():
    assert denormals_kept()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_flushed_products_are_noticed(monkeypatch, dtype):
    true_ones = np.ones

    def ones(size, kind=np.float64):
        # Multiplying by 0 gives what a flushing processor gives.
        return true_ones(size, kind) * (0 if kind == dtype else 1)

    monkeypatch.setattr(denormals.np, "ones", ones)
    assert not denormals_kept()
