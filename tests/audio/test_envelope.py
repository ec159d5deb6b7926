from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.audio.envelope import make_envelope


@given(st.integers(0, 3000), st.integers(1, 50), st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_no_extreme_and_no_mark_is_lost(count, columns, seed):
    rng = np.random.default_rng(seed)
    samples, marks = rng.standard_normal(count), rng.random(count) < 0.01
    envelope = make_envelope(samples, 100.0, marks=marks, columns=columns)
    assert envelope.minimum.size <= columns
    if count:
        assert envelope.minimum.min() == samples.min()
        assert envelope.maximum.max() == samples.max()
    assert envelope.marked.any() == marks.any()


def test_columns_lie_at_their_time():
    samples = np.zeros(1000)
    samples[640] = 1.0
    envelope = make_envelope(samples, 100.0, start_samples=-50, columns=10)
    column = int(envelope.maximum.argmax())
    assert envelope.time_s[column] == (600 - 50) / 100
    assert not envelope.marked.any()
