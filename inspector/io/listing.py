"""What a reader finds in one file, before it has a place in a trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from inspector.errors import TraceError
from inspector.io.source import FileIdentity
from inspector.tensors import Array


@dataclass(frozen=True)
class StoredTensor:
    """One tensor or audio signal of a file.

    Attributes:
        key: key inside its container; None when the file holds just this tensor.
        shape: stored shape.
        dtype: stored dtype by name.
        load: reads the values.
        fortran_order: the values are stored in column-major order.
        sample_rate_hz: for audio files.
        note: what was assumed while reading, as a clause; may be empty.
    """

    key: str | None
    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], Array]
    fortran_order: bool = False
    sample_rate_hz: int | None = None
    note: str = ""


@dataclass(frozen=True)
class SkippedMember:
    """A member of a container that cannot be read while its neighbours can."""

    key: str
    error: TraceError


@dataclass(frozen=True)
class Listing:
    """Everything one file offers, in its own order.

    Attributes:
        tensors: what can be read.
        identity: what the file was while it was listed.
        skipped: members that cannot be read.
        framework: the framework that wrote the file, when the format says so.
        metadata: free texts of the file by name, as the format allows them.
    """

    tensors: tuple[StoredTensor, ...]
    identity: FileIdentity
    skipped: tuple[SkippedMember, ...] = ()
    framework: str | None = None
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
