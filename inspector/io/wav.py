"""Reader of ``.wav`` files: an own check of the RIFF chunks, then plain decoding.

Format: Microsoft/IBM "Multimedia Programming Interface and Data Specifications 1.0"
(RIFF WAVE) and "Multiple channel audio data and WAVE files" (WAVE_FORMAT_EXTENSIBLE).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import partial

import numpy as np

from inspector.errors import TraceError
from inspector.io.decode import Encoding, encoding_of, read_values
from inspector.io.limits import (
    MAX_AUDIO_CHANNELS,
    MAX_CHUNKS,
    MAX_SAMPLE_RATE_HZ,
    MIN_SAMPLE_RATE_HZ,
)
from inspector.io.listing import Listing, StoredTensor
from inspector.io.source import FileReference, Source
from inspector.tensors import Array

_PCM, _FLOAT, _EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
_GUID_TAIL = bytes.fromhex("0000 0000 1000 8000 00aa 0038 9b71")
"""What follows the two bytes of the format in the identifier of an extensible file."""
_NEXT_STEP = "Save it as 16-bit, 24-bit or 32-bit float WAV."


@dataclass(frozen=True)
class _Format:
    kind: int
    channels: int
    sample_rate_hz: int
    bits: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.bits // 8


@dataclass(frozen=True)
class WavValues:
    """Reads the samples of one WAV file when called."""

    reference: FileReference
    encoding: Encoding
    shape: tuple[int, ...]
    offset: int
    length: int

    def __call__(self) -> Array:
        """Read the samples, [N] or [channels, N], PCM scaled to -1..1.

        Raises:
            TraceError: the file changed, is truncated or cannot be read.
        """
        with self.reference.open() as source:
            return read_values(
                source.reader(self.offset, self.length).fill,
                self.shape,
                self.encoding,
                subject=source.label,
                fortran=True,  # a frame holds one sample of every channel
            )


def list_wav(reference: FileReference) -> Listing:
    """List the signal of a WAV file: PCM of 8, 16, 24 or 32 bits, float of 32 or 64 bits.

    PCM and 32-bit float are read as float32; 64-bit float stays float64, because its
    values may not fit into float32.

    Raises:
        TraceError: ``magic``, ``truncated``, ``trailing``, ``count``, ``fmt``, ``duplicate``.
    """
    with reference.open() as source:
        form, offset, length = _read_chunks(source)
        frames, half = divmod(length, form.frame_bytes)
        if half:
            raise TraceError(
                "truncated",
                source.label,
                f"the samples end with {half} of the {form.frame_bytes} bytes of a frame",
                "whole frames",
            )
        encoding = _encoding(form)
        shape = (frames,) if form.channels == 1 else (form.channels, frames)
        kind = "float" if form.kind == _FLOAT else "PCM"
        tensor = StoredTensor(
            key=None,
            shape=shape,
            dtype=encoding.dtype,
            load=WavValues(source.reference(), encoding, shape, offset, length),
            sample_rate_hz=form.sample_rate_hz,
            note=(
                f"stored as {form.bits}-bit {kind} at {form.sample_rate_hz} Hz, read as "
                f"{encoding.dtype}" + ("" if form.kind == _FLOAT else " in -1..1")
            ),
        )
        return Listing((tensor,), source.identity)


def _read_chunks(source: Source) -> tuple[_Format, int, int]:
    """Find the format and the span of the samples; every chunk must lie in the file."""
    if source.size < 12:
        raise TraceError(
            "truncated", source.label, f"the file has {source.size} bytes", "a .wav file"
        )
    riff, riff_length, wave = struct.unpack("<4sI4s", source.read(0, 12))
    if riff != b"RIFF" or wave != b"WAVE":
        raise TraceError(
            "magic", source.label, "the content is not that of a .wav file",
            next_step="A file of another kind does not become WAV by its name; convert it.",
        )  # fmt: skip
    end = riff_length + 8
    _check_end(source, end, "the file")
    if end < source.size:
        raise TraceError(
            "trailing", source.label, f"{source.size - end:,} bytes follow the sound", "none"
        )
    form: _Format | None = None
    data: tuple[int, int] | None = None
    position = 12
    for _ in range(MAX_CHUNKS):
        if position >= end:
            break
        _check_end(source, position + 8, "a chunk")
        name, length = struct.unpack("<4sI", source.read(position, 8))
        start = position + 8
        _check_end(source, start + length, "a chunk")
        if name == b"fmt ":
            if form is not None:
                raise TraceError("duplicate", source.label, "the format is stated twice")
            form = _read_format(source, start, length)
        elif name == b"data":
            if data is not None:
                raise TraceError("duplicate", source.label, "there are two blocks of samples")
            if form is None:
                raise TraceError("fmt", source.label, "the samples come before their format")
            data = start, length
        # Chunks begin at even positions; a writer may leave out the last filling byte.
        position = start + length + length % 2
    else:
        raise TraceError(
            "count", source.label, f"it has more than {MAX_CHUNKS:,} chunks", "a plain .wav file"
        )
    if form is None or data is None:
        missing = "format" if form is None else "samples"
        raise TraceError("fmt", source.label, f"the file has no {missing}", "a whole .wav file")
    return form, *data


def _check_end(source: Source, end: int, what: str) -> None:
    if end > source.size:
        raise TraceError(
            "truncated",
            source.label,
            f"{what} claims to reach byte {end:,} and the file has {source.size:,}",
            next_step="It was probably not written to its end; record it again.",
        )


def _read_format(source: Source, start: int, length: int) -> _Format:
    if length < 16:
        raise TraceError("fmt", source.label, f"the format has {length} bytes", "16 or more")
    kind, channels, rate, _, frame_bytes, bits = struct.unpack("<2H2I2H", source.read(start, 16))
    if kind == _EXTENSIBLE:
        if length < 40:
            raise TraceError("fmt", source.label, f"the format has {length} bytes", "40")
        kind, tail = struct.unpack("<H14s", source.read(start + 24, 16))
        if tail != _GUID_TAIL:
            raise TraceError(
                "fmt", source.label, "the samples are of an unknown kind", "PCM or float",
                _NEXT_STEP,
            )  # fmt: skip
    widths = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64)}
    if bits not in widths.get(kind, ()):
        raise TraceError(
            "fmt", source.label, f"the samples are of kind {kind} with {bits} bits",
            "PCM of 8, 16, 24 or 32 bits, or float of 32 or 64 bits", _NEXT_STEP,
        )  # fmt: skip
    if not 1 <= channels <= MAX_AUDIO_CHANNELS:
        raise TraceError(
            "fmt", source.label, f"it has {channels:,} channels", f"1 to {MAX_AUDIO_CHANNELS}"
        )
    if not MIN_SAMPLE_RATE_HZ <= rate <= MAX_SAMPLE_RATE_HZ:
        raise TraceError(
            "fmt", source.label, f"its sample rate is {rate:,} Hz",
            f"{MIN_SAMPLE_RATE_HZ:,} to {MAX_SAMPLE_RATE_HZ:,} Hz",
        )  # fmt: skip
    form = _Format(kind, channels, rate, bits)
    if frame_bytes != form.frame_bytes:
        raise TraceError(
            "fmt", source.label, f"a frame claims {frame_bytes} bytes", f"{form.frame_bytes}"
        )
    return form


def _encoding(form: _Format) -> Encoding:
    if form.kind == _FLOAT:
        return encoding_of(f"float{form.bits}")
    return Encoding("float32", form.bits // 8, "float32", partial(decode_pcm, bits=form.bits))


def decode_pcm(raw: Array, bits: int) -> Array:
    """Little-endian PCM bytes, uint8 [n * bits / 8], to float32 [n] in -1..1.

    Full scale is ``2 ** (bits - 1)``; 8-bit samples are unsigned around 128.  Samples of
    32 bits are rounded to the 24 bits of a float32.
    """
    if bits == 8:
        return ((raw.astype(np.float32) - np.float32(128)) / np.float32(128)).astype(np.float32)
    if bits == 24:
        wide = np.zeros((raw.size // 3, 4), np.uint8)
        wide[:, 1:] = raw.reshape(-1, 3)
        samples = wide.view("<i4").reshape(-1)
        bits = 32  # the sample now fills the upper three bytes
    else:
        samples = raw.view(f"<i{bits // 8}")
    return samples.astype(np.float32) * np.float32(2.0 ** (1 - bits))
