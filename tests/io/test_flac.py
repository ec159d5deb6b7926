"""FLAC files: exact samples, or an error."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import TraceError
from inspector.io.trace import open_trace
from tests.io.outcome import only_values, outcome, same_bits

_SIGNAL = (np.sin(np.arange(300) / 7) * 9000).astype(np.int16)


def flac(signal: np.ndarray = _SIGNAL, subtype: str = "PCM_16") -> bytes:
    """A FLAC file of a signal."""
    stream = io.BytesIO()
    soundfile.write(stream, signal, 24000, subtype, format="FLAC")
    return stream.getvalue()


_GOLDEN = flac()


def _patched(position: int, content: bytes) -> bytes:
    return _GOLDEN[:position] + content + _GOLDEN[position + len(content) :]


def _stream_info(rate: int = 24000, channels: int = 1, bits: int = 16, frames: int = 300) -> bytes:
    packed = rate << 44 | (channels - 1) << 41 | (bits - 1) << 36 | frames
    return _patched(18, packed.to_bytes(8, "big"))


HOSTILE = {
    "empty": (b"", "truncated"),
    "magic only": (b"fLaC", "truncated"),
    "ogg": (b"OggS" + bytes(100), "magic"),
    "WAV": (b"RIFF" + bytes(100), "magic"),
    "no stream description": (_patched(4, b"\x01"), "fmt"),
    "long stream description": (_patched(5, b"\x00\x00\x23"), "fmt"),
    "rate 0": (_stream_info(rate=0), "fmt"),
    "rate 999": (_stream_info(rate=999), "fmt"),
    "2 bits": (_stream_info(bits=2), "fmt"),
    "unknown length": (_stream_info(frames=0), "fmt"),
    "claims 2^36 samples": (_stream_info(frames=2**36 - 1), "truncated"),
    "claims one sample more": (_stream_info(frames=301), "damaged"),
    "claims one sample less": (_stream_info(frames=299), "damaged"),
    "claims stereo": (_stream_info(channels=2), "damaged"),
    "claims 24 bits": (_stream_info(bits=24), "damaged"),
    "wrong checksum": (_patched(26, b"x" * 16), "damaged"),
    "no frames": (_GOLDEN[:42], "damaged"),
}


def test_the_hand_made_header_is_right() -> None:
    assert _stream_info() == _GOLDEN


@pytest.mark.parametrize(("content", "code"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_files(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.flac"
    path.write_bytes(content)
    assert outcome(path) == code


@pytest.mark.parametrize(("subtype", "bits"), [("PCM_S8", 8), ("PCM_16", 16), ("PCM_24", 24)])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_values_are_exact(tmp_path: Path, subtype: str, bits: int, channels: int) -> None:
    full = 2 ** (bits - 1)
    samples = np.random.default_rng(2).integers(-full, full, (70_001, channels))
    path = tmp_path / "take.flac"
    path.write_bytes(flac((samples << (32 - bits)).astype(np.int32), subtype))
    (record,) = (trace := open_trace(path)).records
    assert (record.name, record.dtype, record.sample_rate_hz) == ("take", "float32", 24000)
    assert record.shape == ((70_001,) if channels == 1 else (channels, 70_001))
    expected = (samples.T / full).astype(np.float32)
    assert same_bits(record.read(), np.ascontiguousarray(expected.reshape(record.shape)))
    assert trace.notes == (
        f"take: stored as {bits}-bit FLAC at 24000 Hz, read as float32 in -1..1.",
    )


def test_a_file_without_checksum_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    path.write_bytes(_patched(26, bytes(16)))
    assert same_bits(only_values(path), _SIGNAL / np.float32(2**15))


def test_truncated_at_every_length(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    for length in range(len(_GOLDEN)):
        path.write_bytes(_GOLDEN[:length])
        assert outcome(path) in {"truncated", "damaged"}, length


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_files_give_the_same_values_or_a_trace_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(_GOLDEN)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.flac"
    path.write_bytes(bytes(content))
    if outcome(path) == "ok":
        assert same_bits(only_values(path).reshape(-1), _SIGNAL / np.float32(2**15))


def test_without_soundfile_the_file_is_listed_and_reading_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.flac"
    path.write_bytes(_GOLDEN)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    record = open_trace(path)["x"]
    with pytest.raises(TraceError) as caught:
        record.read()
    assert caught.value.code == "decoder"
