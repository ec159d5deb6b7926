"""The sample rate of a signal, and where it is known from."""

from __future__ import annotations

from inspector.errors import TraceError
from inspector.io.limits import MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ
from inspector.tensors import TensorRecord, TraceInfo

DEFAULT_SAMPLE_RATE_HZ = 24_000
"""What the vocoders of the known ports produce."""


def sample_rate_of(
    record: TensorRecord, info: TraceInfo, option_hz: int | None = None
) -> tuple[int, str]:
    """The sample rate of an audio tensor in Hz, and where it comes from.

    The first that knows it wins: the audio file itself, the side-file, the option given
    by the user, and at last 24000 Hz, which the caller shows as an assumption.

    Args:
        record: the audio tensor.
        info: facts of its trace; `open_trace` has put the option there when the
            side-file says nothing.
        option_hz: the same option that was given to `open_trace`.

    Returns:
        The rate, and ``audio file``, ``side-file``, ``option`` or ``assumed 24000 Hz``.
    """
    if record.sample_rate_hz is not None:
        return record.sample_rate_hz, "audio file"
    if info.sample_rate_hz is not None:
        return info.sample_rate_hz, "option" if info.sample_rate_hz == option_hz else "side-file"
    if option_hz is not None:
        return check_sample_rate(option_hz), "option"
    return DEFAULT_SAMPLE_RATE_HZ, f"assumed {DEFAULT_SAMPLE_RATE_HZ} Hz"


def check_sample_rate(rate_hz: int) -> int:
    """Return `rate_hz` when it can be the rate of sound.

    Raises:
        TraceError: ``sample-rate``.
    """
    if type(rate_hz) is not int or not MIN_SAMPLE_RATE_HZ <= rate_hz <= MAX_SAMPLE_RATE_HZ:
        raise TraceError(
            "sample-rate",
            "sample rate",
            f"{str(rate_hz)[:40]} was given",
            f"a whole number of Hz from {MIN_SAMPLE_RATE_HZ:,} to {MAX_SAMPLE_RATE_HZ:,}",
        )
    return rate_hz
