"""The caps hold a real trace and stop what no trace needs."""

from __future__ import annotations

from inspector.io import limits


def test_caps_are_what_the_readers_promise() -> None:
    assert limits.MAX_NPY_HEADER_BYTES == 64 * 1024
    assert limits.MAX_SAFETENSORS_HEADER_BYTES == 16 * 1024**2
    assert limits.MAX_TENSORS == 65_536
    assert limits.MAX_MEMBERS == 10_000
    assert limits.MAX_RANK == 32
    assert limits.MAX_DIM == 2**48


def test_ratio_is_beyond_what_deflate_reaches() -> None:
    import zlib

    length = 10_000_000
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    stored = len(deflate.compress(bytes(length)) + deflate.flush())
    assert 1000 < length / stored < limits.MAX_DEFLATE_RATIO


def test_a_long_recording_fits_into_the_budget() -> None:
    an_hour_of_float64_audio = 3600 * 48_000 * 8
    assert an_hour_of_float64_audio < limits.MAX_VALUE_BYTES
