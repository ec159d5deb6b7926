"""The content of one zip member as a stream, inflated with every byte counted."""

from __future__ import annotations

import zlib

from inspector.errors import TraceError
from inspector.io.source import Source
from inspector.io.zip_directory import DEFLATED, ZipMember

_BLOCK_BYTES = 256 * 1024


class MemberReader:
    """Reads the content of a member from its beginning to its end."""

    def __init__(self, source: Source, member: ZipMember) -> None:
        self._subject = f"{source.label}::{member.name}"
        self._stored = source.reader(member.start, member.stored_bytes)
        self._inflater = zlib.decompressobj(-15) if member.method == DEFLATED else None
        self._pending = b""
        self._left = member.content_bytes
        self._expected_crc = member.crc
        self._crc = 0

    def fill(self, view: memoryview) -> None:
        """Fill `view` with the next bytes of the content.

        Raises:
            TraceError: ``truncated`` when the content ends before, ``zip`` when the
                compressed bytes are broken.
        """
        if len(view) > self._left:
            raise TraceError(
                "truncated",
                self._subject,
                f"{self._left:,} bytes are left in this member",
                f"{len(view):,}",
            )
        self._left -= len(view)
        if self._inflater is None:
            self._stored.fill(view)
        else:
            done = 0
            while done < len(view):
                block = self._inflate(min(len(view) - done, _BLOCK_BYTES))
                view[done : done + len(block)] = block
                done += len(block)
        self._crc = zlib.crc32(view, self._crc)

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes; the caller has capped `length`."""
        buffer = bytearray(length)
        self.fill(memoryview(buffer))
        return bytes(buffer)

    def finish(self) -> None:
        """Check that the content ended where it should and that its CRC-32 is right.

        Raises:
            TraceError: ``zip``.
        """
        if self._left:
            raise self._broken(f"{self._left:,} bytes of the member were not expected")
        if self._inflater is not None:
            # After all content was taken, little more than the end mark can be left.
            rest = self._stored.take(min(_BLOCK_BYTES, self._stored.remaining))
            extra = self._decompress(self._inflater, self._pending + rest, 1)
            if extra or not self._inflater.eof or self._inflater.unused_data:
                raise self._broken("the compressed bytes do not end where the directory says")
        if self._crc != self._expected_crc:
            raise self._broken("the checksum (CRC-32) does not fit the content")

    def _inflate(self, wanted: int) -> bytes:
        """At least one and at most `wanted` bytes of content."""
        inflater = self._inflater
        assert inflater is not None
        while True:
            if not self._pending:
                self._pending = self._stored.take(min(_BLOCK_BYTES, self._stored.remaining))
            exhausted = not self._pending
            block = self._decompress(inflater, self._pending, wanted)
            self._pending = inflater.unconsumed_tail
            if block:
                return block
            if inflater.eof or exhausted:
                raise self._broken("the member holds fewer bytes than the directory says")

    def _decompress(self, inflater: zlib._Decompress, stored: bytes, limit: int) -> bytes:
        try:
            return inflater.decompress(stored, limit)
        except zlib.error as error:
            raise self._broken("the compressed bytes are broken") from error

    def _broken(self, found: str) -> TraceError:
        return TraceError(
            "zip", self._subject, found, next_step="The archive is damaged; save it again."
        )
