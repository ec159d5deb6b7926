"""WAV files: against libsndfile, and made to lie."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import TraceError
from inspector.io.trace import open_trace
from tests.io.outcome import only_values, outcome, same_bits

_GUID = bytes.fromhex("0000 0000 1000 8000 00aa 0038 9b71")


def chunk(name: bytes, content: bytes, claim: int | None = None) -> bytes:
    """One RIFF chunk; its length can lie."""
    length = len(content) if claim is None else claim
    return name + struct.pack("<I", length) + content + b"\0" * (len(content) % 2)


def form(
    kind: int = 1, channels: int = 1, rate: int = 24000, bits: int = 16, align: int | None = None
) -> bytes:
    """The content of a format chunk."""
    align = channels * bits // 8 % 65536 if align is None else align
    return struct.pack("<2H2I2H", kind, channels, rate, rate * align % 2**32, align, bits)


def riff(*chunks: bytes, claim: int | None = None, tail: bytes = b"") -> bytes:
    """A RIFF file of the given chunks."""
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if claim is None else claim) + body + tail


def wav(samples: bytes = bytes(range(64)), **facts: int) -> bytes:
    """A small WAV file."""
    return riff(chunk(b"fmt ", form(**facts)), chunk(b"data", samples))


_FMT, _DATA = chunk(b"fmt ", form()), chunk(b"data", bytes(64))
_EMPTY_CHUNKS = b"".join([chunk(b"junk", b"")] * 200_000)

HOSTILE = {
    "empty": (b"", "truncated"),
    "magic only": (b"RIFF", "truncated"),
    "MP3": (b"ID3\x04" + bytes(100), "magic"),
    "big-endian": (b"RIFX" + wav()[4:], "magic"),
    "AVI": (wav().replace(b"WAVE", b"AVI "), "magic"),
    "data claims 4 GB": (riff(_FMT, chunk(b"data", bytes(64), 2**32 - 1)), "truncated"),
    "file claims 4 GB": (riff(_FMT, _DATA, claim=2**32 - 1), "truncated"),
    "junk claims 4 GB": (riff(_FMT, chunk(b"junk", b"", 2**32 - 4), _DATA), "truncated"),
    "data cut off": (wav()[:-1], "truncated"),
    "half a frame": (riff(_FMT, chunk(b"data", bytes(63))), "truncated"),
    "half a stereo frame": (wav(bytes(6), channels=2), "truncated"),
    "trailing": (riff(_FMT, _DATA, tail=b"TAG"), "trailing"),
    "0 channels": (wav(channels=0), "fmt"),
    "65 535 channels": (wav(channels=65_535), "fmt"),
    "0 bits": (wav(bits=0), "fmt"),
    "7 bits": (wav(bits=7), "fmt"),
    "512 bits": (wav(bits=512), "fmt"),
    "float of 16 bits": (wav(kind=3), "fmt"),
    "A-law": (wav(kind=6, bits=8), "fmt"),
    "block align 0": (wav(align=0), "fmt"),
    "block align 3": (wav(align=3), "fmt"),
    "rate 0": (wav(rate=0), "fmt"),
    "rate 999": (wav(rate=999), "fmt"),
    "rate 2^32 - 1": (wav(rate=2**32 - 1), "fmt"),
    "short format": (riff(chunk(b"fmt ", form()[:14]), _DATA), "fmt"),
    "short extensible": (riff(chunk(b"fmt ", form(kind=0xFFFE)), _DATA), "fmt"),
    "unknown subformat": (riff(chunk(b"fmt ", form(kind=0xFFFE) + bytes(24)), _DATA), "fmt"),
    "unknown subformat that begins like PCM": (
        riff(chunk(b"fmt ", form(kind=0xFFFE) + bytes(8) + b"\x01\x00" + bytes(14)), _DATA),
        "fmt",
    ),
    "no format": (riff(_DATA), "fmt"),
    "no samples": (riff(_FMT), "fmt"),
    "format after samples": (riff(_DATA, _FMT), "fmt"),
    "no chunks": (riff(), "fmt"),
    "two formats": (riff(_FMT, _FMT, _DATA), "duplicate"),
    "two blocks of samples": (riff(_FMT, _DATA, _DATA), "duplicate"),
    "200 000 empty chunks": (riff(_FMT, _EMPTY_CHUNKS, _DATA), "count"),
    "header of a chunk cut off": (riff(_FMT, _DATA, b"LIST"), "truncated"),
}  # fmt: skip


@pytest.mark.timeout(10)
@pytest.mark.parametrize(("content", "code"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_files(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    assert outcome(path) == code


@pytest.mark.parametrize(
    ("subtype", "dtype"),
    [
        ("PCM_U8", "float32"),
        ("PCM_16", "float32"),
        ("PCM_24", "float32"),
        ("PCM_32", "float32"),
        ("FLOAT", "float32"),
        ("DOUBLE", "float64"),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("extensible", [False, True])
def test_values_equal_libsndfile(
    tmp_path: Path, subtype: str, dtype: str, channels: int, extensible: bool
) -> None:
    signal = np.random.default_rng(1).uniform(-1, 1, (1001, channels))
    signal[:3] = [[-1], [0], [1]]
    path = tmp_path / "take.wav"
    kind = "WAVEX" if extensible else "WAV"
    soundfile.write(path, signal, 22050, subtype, format=kind)
    (record,) = (trace := open_trace(path)).records
    assert (record.name, record.dtype, record.sample_rate_hz) == ("take", dtype, 22050)
    assert record.shape == ((1001,) if channels == 1 else (channels, 1001))
    values = record.read()
    expected, _ = soundfile.read(path, dtype=dtype, always_2d=True)
    assert same_bits(np.atleast_2d(values), np.ascontiguousarray(expected.T))
    assert float(np.abs(values).max()) <= 1
    (note,) = trace.notes
    assert note.startswith("take: stored as ")
    assert "22050 Hz" in note


def test_long_multichannel_files_are_read_in_pieces(tmp_path: Path) -> None:
    signal = np.random.default_rng(1).integers(-(2**15), 2**15, (300_001, 3), np.int16)
    path = tmp_path / "x.wav"
    soundfile.write(path, signal, 48000)
    assert same_bits(only_values(path), (signal.T / np.float32(2**15)).astype(np.float32))


@pytest.mark.parametrize("values", [[np.nan, 0.5], [np.inf, -np.inf], [3.0, -4.0]])
def test_float_files_keep_what_they_hold(tmp_path: Path, values: list[float]) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(wav(np.array(values, "<f4").tobytes(), kind=3, bits=32))
    assert same_bits(only_values(path), np.array(values, "f4"))
    path.write_bytes(wav(np.array([1e300, -1e300], "<f8").tobytes(), kind=3, bits=64))
    assert only_values(path).tolist() == [1e300, -1e300]


@pytest.mark.parametrize(
    "content",
    [
        riff(chunk(b"LIST", b"INFOINAM\x08\0\0\0<script>"), _FMT, chunk(b"odd ", b"x"), _DATA),
        riff(_FMT, chunk(b"data", b"")),
        riff(chunk(b"fmt ", form() + b"\0\0"), _DATA),
        riff(chunk(b"fmt ", form(bits=8)), chunk(b"data", b"abc")[:-1]),
        riff(chunk(b"fmt ", form(0xFFFE) + struct.pack("<2HIH", 22, 16, 4, 1) + _GUID), _DATA),
    ],
    ids=["other chunks", "no samples", "longer format", "no filling byte", "extensible"],
)
def test_unusual_and_right(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    assert outcome(path) == "ok"


def test_truncated_at_every_length(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    content = riff(chunk(b"LIST", b"INFO"), _FMT, _DATA)
    for length in range(len(content)):
        path.write_bytes(content[:length])
        assert outcome(path) == "truncated", length


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_give_values_or_a_trace_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(riff(chunk(b"LIST", b"INFO"), _FMT, _DATA))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.wav"
    path.write_bytes(bytes(content))
    assert outcome(path)


def test_the_sentence_of_a_compressed_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(wav(kind=7, bits=8))
    with pytest.raises(TraceError) as caught:
        open_trace(path)
    assert "Save it as" in caught.value.sentence
