"""Reader of ``.flac`` files: an own check of the first block, then libFLAC by soundfile.

Format: RFC 9639, sections 6 and 8.2 (STREAMINFO).
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from inspector.errors import TraceError
from inspector.io.limits import MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ
from inspector.io.listing import Listing, StoredTensor
from inspector.io.shapes import check_budget
from inspector.io.source import FileReference, Source
from inspector.tensors import Array

_BLOCK_FRAMES = 1 << 16
_MIN_FRAME_BYTES = 8
"""No FLAC frame is shorter, and it holds at most 65 536 samples per channel."""
_MAX_FRAME_SAMPLES = 65_536


@dataclass(frozen=True)
class StreamInfo:
    """The first metadata block of a FLAC file.

    Attributes:
        sample_rate_hz: rate of the samples.
        channels: 1 to 8.
        bits: bits per sample, 4 to 32.
        frames: samples per channel.
        md5: MD5 of the samples, zero when the writer left it out.
    """

    sample_rate_hz: int
    channels: int
    bits: int
    frames: int
    md5: bytes

    @property
    def shape(self) -> tuple[int, ...]:
        """[N] mono or [channels, N]."""
        return (self.frames,) if self.channels == 1 else (self.channels, self.frames)


@dataclass(frozen=True)
class FlacValues:
    """Decodes one FLAC file when called."""

    reference: FileReference
    info: StreamInfo

    def __call__(self) -> Array:
        """Decode the samples, float32 [N] or [channels, N] in -1..1.

        Raises:
            TraceError: the file changed, is truncated, damaged or cannot be read.
        """
        with self.reference.open() as source:
            # The decoder gets our own copy, never the file: nothing can change under it.
            check_budget(source.label, source.size)
            return _decode(source.read(0, source.size), self.info, source.label)


def list_flac(reference: FileReference) -> Listing:
    """List the signal of a FLAC file.

    Raises:
        TraceError: ``magic``, ``truncated``, ``fmt``; reading may also give ``damaged``,
            ``budget`` or ``decoder``.
    """
    with reference.open() as source:
        info = _read_stream_info(source)
        tensor = StoredTensor(
            key=None,
            shape=info.shape,
            dtype="float32",
            load=FlacValues(source.reference(), info),
            sample_rate_hz=info.sample_rate_hz,
            note=(
                f"stored as {info.bits}-bit FLAC at {info.sample_rate_hz} Hz, "
                "read as float32 in -1..1"
            ),
        )
        return Listing((tensor,), source.identity)


def _read_stream_info(source: Source) -> StreamInfo:
    if source.size < 42:
        raise TraceError(
            "truncated", source.label, f"the file has {source.size} bytes", "a .flac file"
        )
    block = source.read(0, 42)
    if block[:4] != b"fLaC":
        raise TraceError(
            "magic", source.label, "the content is not that of a .flac file",
            next_step="A file of another kind does not become FLAC by its name; convert it.",
        )  # fmt: skip
    if block[4] & 0x7F != 0 or int.from_bytes(block[5:8], "big") != 34:
        raise TraceError("fmt", source.label, "its first block does not describe the stream")
    packed = int.from_bytes(block[18:26], "big")
    info = StreamInfo(
        sample_rate_hz=packed >> 44,
        channels=(packed >> 41 & 0x7) + 1,
        bits=(packed >> 36 & 0x1F) + 1,
        frames=packed & (1 << 36) - 1,
        md5=block[26:42],
    )
    if not MIN_SAMPLE_RATE_HZ <= info.sample_rate_hz <= MAX_SAMPLE_RATE_HZ or info.bits < 4:
        raise TraceError(
            "fmt", source.label, f"it claims {info.sample_rate_hz:,} Hz and {info.bits} bits",
            f"{MIN_SAMPLE_RATE_HZ:,} to {MAX_SAMPLE_RATE_HZ:,} Hz and 4 to 32 bits",
        )  # fmt: skip
    if info.frames == 0:
        raise TraceError(
            "fmt", source.label, "it does not say how many samples it holds",
            next_step="Convert it to .wav.",
        )  # fmt: skip
    if info.frames > source.size // _MIN_FRAME_BYTES * _MAX_FRAME_SAMPLES:
        raise TraceError(
            "truncated", source.label,
            f"{source.size:,} bytes cannot hold the {info.frames:,} samples it claims",
        )  # fmt: skip
    return info


def _decode(content: bytes, info: StreamInfo, subject: str) -> Array:
    soundfile = _soundfile(subject)
    check_budget(subject, 4 * info.frames * info.channels)
    digest = hashlib.md5(usedforsecurity=False)
    try:
        values = np.empty((info.channels, info.frames), np.float32)
        done = 0
        with soundfile.SoundFile(io.BytesIO(content)) as stream:
            if (stream.format, stream.samplerate, stream.channels, stream.frames) != (
                "FLAC", info.sample_rate_hz, info.channels, info.frames,
            ):  # fmt: skip
                raise _damaged(subject, "its parts contradict each other")
            while done < info.frames:
                block = stream.read(
                    min(_BLOCK_FRAMES, info.frames - done), dtype="int32", always_2d=True
                )
                if len(block) == 0:
                    raise _damaged(subject, f"only {done:,} of {info.frames:,} samples came out")
                values[:, done : done + len(block)] = _scale(block)
                digest.update(_packed(block, info.bits))
                done += len(block)
    except MemoryError as error:
        raise TraceError("budget", subject, "there is not enough memory for the samples") from error
    except (soundfile.SoundFileError, RuntimeError, OSError, ValueError, TypeError) as error:
        raise _damaged(subject, "it cannot be decoded") from error
    if any(info.md5) and digest.digest() != info.md5:
        raise _damaged(subject, "the checksum (MD5) does not fit the samples")
    return values.reshape(info.shape)


def _scale(block: Array) -> Array:
    """Samples in the upper bits of int32 [n, channels] to float32 [channels, n] in -1..1."""
    return (block.astype(np.float32) * np.float32(2.0**-31)).T


def _packed(block: Array, bits: int) -> bytes:
    """The samples as FLAC hashes them: interleaved, little-endian, in whole bytes."""
    width = (bits + 7) // 8
    samples = np.ascontiguousarray(block >> (32 - bits)).astype("<i4")
    return samples.reshape(-1, 1).view(np.uint8)[:, :width].tobytes()


def _damaged(subject: str, found: str) -> TraceError:
    return TraceError("damaged", subject, found, "a whole .flac file", "Save it again.")


def _soundfile(subject: str) -> ModuleType:
    """The soundfile package; it loads a C library, so only when a FLAC file is read."""
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise TraceError(
            "decoder",
            subject,
            "FLAC needs the soundfile package and its library libsndfile",
            next_step="Install soundfile, or convert the file to .wav.",
        ) from error
    return soundfile
