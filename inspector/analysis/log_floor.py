"""Which values of a log-mel lie under the floor of its logarithm."""

from __future__ import annotations

from inspector.analysis.ode_identities import value_eps
from inspector.audio.mel_scale import LOG_FLOOR
from inspector.tensors import Array


def lowest_clamped(mel: Array) -> float:
    """Lowest value that a mel clamped at ln(1e-5) = -11.513 holds, whatever its precision.

    A clamped value stored in half precision lies up to one rounding step of its grid under
    the floor, also when the half-precision values lie in wider storage.

    Args:
        mel: the values as read, of any shape; the grid is told by all of them.
    """
    slack = abs(LOG_FLOOR) * value_eps(mel, mel.dtype.name) if mel.dtype.kind == "f" else 0.0
    return LOG_FLOOR - slack
