"""Audio brought to another sample rate, for comparison only."""

from __future__ import annotations

import math

from inspector.tensors import Array


def to_rate(samples: Array, rate_hz: int, target_hz: int) -> Array:
    """Return `samples` [N] at `target_hz`, low-passed below the lower Nyquist frequency.

    Polyphase filter without delay (``scipy.signal.resample_poly``), so that a lag that is
    measured afterwards is the lag of the recordings.  Equal rates return the input.
    """
    if rate_hz == target_hz or samples.size == 0:
        return samples
    # Imported here: scipy.signal costs about half a second and equal rates are the rule.
    from scipy.signal import resample_poly

    divisor = math.gcd(rate_hz, target_hz)
    return resample_poly(samples, target_hz // divisor, rate_hz // divisor)
