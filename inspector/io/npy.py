"""Reader of ``.npy`` files, alone or as members of an archive."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inspector.errors import TraceError
from inspector.io.decode import Encoding, Fill, encoding_of, read_values
from inspector.io.listing import Listing, StoredTensor
from inspector.io.npy_header import NpyHeader, Take, read_npy_header
from inspector.io.shapes import check_extent
from inspector.io.source import FileReference
from inspector.tensors import Array


@dataclass(frozen=True)
class NpyLayout:
    """A checked ``.npy`` header: how many bytes to skip and how to read the rest."""

    header: NpyHeader
    encoding: Encoding

    def read(self, fill: Fill, subject: str) -> Array:
        """Read the values from a stream that stands behind the header."""
        return read_values(
            fill,
            self.header.shape,
            self.encoding,
            subject=subject,
            fortran=self.header.fortran_order,
        )


@dataclass(frozen=True)
class NpyValues:
    """Reads the values of one ``.npy`` file when called."""

    reference: FileReference
    layout: NpyLayout

    def __call__(self) -> Array:
        """Read the values.

        Raises:
            TraceError: the file changed, is truncated or cannot be read.
        """
        with self.reference.open() as source:
            start = self.layout.header.length
            reader = source.reader(start, source.size - start)
            return self.layout.read(reader.fill, self.reference.label)


def read_layout(take: Take, total_bytes: int, subject: str) -> NpyLayout:
    """Read and check the header of a ``.npy`` stream of `total_bytes` bytes.

    Raises:
        TraceError: a code of `read_npy_header`, or ``truncated``, ``trailing``, ``dim``.
    """
    header = read_npy_header(take, subject)
    encoding = encoding_of(header.dtype, header.byte_order)
    claimed = math.prod(header.shape) * encoding.itemsize
    stored = total_bytes - header.length
    if claimed > stored:
        raise TraceError(
            "truncated",
            subject,
            f"{stored:,} bytes of values are stored",
            f"{claimed:,} for its shape",
            "It was probably not written to its end; record it again.",
        )
    if claimed < stored:
        raise TraceError(
            "trailing", subject, f"{stored - claimed:,} bytes follow the values", "none"
        )
    check_extent(subject, header.shape)
    return NpyLayout(header, encoding)


def list_npy(reference: FileReference) -> Listing:
    """List the one tensor of a ``.npy`` file.

    Raises:
        TraceError: see `read_layout` and `inspector.io.source`.
    """
    with reference.open() as source:
        layout = read_layout(source.reader(0, source.size).take, source.size, source.label)
        header = layout.header
        tensor = StoredTensor(
            key=None,
            shape=header.shape,
            dtype=header.dtype,
            load=NpyValues(source.reference(), layout),
            fortran_order=header.fortran_order,
            note=header.note,
        )
        return Listing((tensor,), source.identity)
