"""Zip archives made by hand, for the tests of the archive readers."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, replace

import numpy as np

from tests.io.test_npy import saved

ARRAY = saved(np.arange(12, dtype="<f4").reshape(3, 4))


@dataclass(frozen=True)
class Member:
    """One member; every field can lie."""

    name: bytes
    content: bytes
    method: int = 8
    flags: int = 0
    claimed: int | None = None
    claimed_locally: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    offset: int | None = None
    written: bool = True

    def stored(self) -> bytes:
        if self.method != 8:
            return self.content
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        return deflate.compress(self.content) + deflate.flush()


def archive(
    *members: Member,
    count: int | None = None,
    comment: bytes = b"",
    before: bytes = b"",
    gap: bytes = b"",
) -> bytes:
    """A zip archive of the given members, with bytes before it or before its end."""
    body, directory = before, b""
    for member in members:
        stored = member.stored()
        crc = zlib.crc32(member.content) if member.crc is None else member.crc
        claimed = len(member.content) if member.claimed is None else member.claimed
        local = claimed if member.claimed_locally is None else member.claimed_locally
        offset = len(body) if member.offset is None else member.offset
        facts = struct.pack("<3HI", member.method, 0, 0x21, crc)
        local_name = member.name if member.local_name is None else member.local_name
        head = b"PK\x03\x04" + struct.pack("<2H", 20, member.flags) + facts
        head += struct.pack("<2I2H", len(stored), local, len(local_name), 0) + local_name
        if member.written:
            body += head + stored
        directory += b"PK\x01\x02" + struct.pack("<3H", 20, 20, member.flags) + facts
        directory += struct.pack(
            "<2I5H2I", len(stored), claimed, len(member.name), *[0] * 5, offset
        )
        directory += member.name
    total = len(members) if count is None else count
    sizes = len(directory), len(body), len(comment)
    end = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, total, total, *sizes) + comment
    return body + directory + gap + end


def npz(**arrays: np.ndarray) -> bytes:
    """An archive as numpy.savez writes it."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def deflated(**arrays: np.ndarray) -> bytes:
    """An archive as numpy.savez_compressed writes it."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def _many(count: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for i in range(count):
            file.writestr(f"{i}.npy", b"")
    return stream.getvalue()


def _overlapping(count: int) -> bytes:
    return archive(
        Member(b"0.npy", ARRAY),
        *[Member(b"%d.npy" % i, ARRAY, offset=0, local_name=b"0.npy") for i in range(1, count)],
    )


_ONE = Member(b"a.npy", ARRAY)
_NESTED = archive(Member(b"x", archive(_ONE), method=0), replace(_ONE, offset=31, written=False))
_ZEROS = bytes(8_000_000)

HOSTILE = {
    "empty": (b"", "truncated"),
    "not a zip": (b"x" * 500, "zip"),
    "no end": (archive(_ONE)[:-22], "zip"),
    "leading GIF": (b"GIF89a" + archive(_ONE), "zip"),
    "leading bytes, consistent": (archive(_ONE, before=b"PK GIF89a"), "zip"),
    "bytes before the end": (archive(_ONE, gap=b"xx"), "zip"),
    "a member inside another": (_NESTED, "zip"),
    "trailing bytes": (archive(_ONE) + b"x", "zip"),
    "count too small": (archive(_ONE, replace(_ONE, name=b"b.npy"), count=1), "zip"),
    "count too large": (archive(_ONE, count=2), "zip"),
    "too many members": (_many(10_001), "count"),
    "too many members, zip64": (_many(70_000), "count"),
    "duplicate": (archive(_ONE, _ONE), "duplicate"),
    "a and a.npy": (archive(_ONE, replace(_ONE, name=b"a")), "duplicate"),
    "NUL in name": (archive(replace(_ONE, name=b"a\0b.npy")), "name"),
    "long name": (archive(replace(_ONE, name=b"a" * 5000 + b".npy")), "name"),
    "name not UTF-8": (archive(replace(_ONE, name=b"\xff.npy", flags=0x800)), "name"),
    "encrypted": (archive(replace(_ONE, flags=1)), "encrypted"),
    "lzma": (archive(replace(_ONE, method=14)), "method"),
    "bzip2": (archive(replace(_ONE, method=12)), "method"),
    "other local name": (archive(replace(_ONE, local_name=b"b.npy")), "zip"),
    "other local size": (archive(replace(_ONE, claimed_locally=999)), "zip"),
    "directory claims less": (archive(replace(_ONE, claimed=150)), "zip"),
    "directory claims more": (archive(replace(_ONE, claimed=1500)), "zip"),
    "stored with two sizes": (archive(replace(_ONE, method=0, claimed=1500)), "zip"),
    "stored with hidden bytes": (
        archive(
            replace(
                _ONE, content=ARRAY + b"more", method=0, claimed=len(ARRAY), crc=zlib.crc32(ARRAY)
            )
        ),
        "zip",
    ),
    "wrong checksum": (archive(replace(_ONE, crc=1)), "zip"),
    "ratio": (archive(replace(_ONE, claimed=2**31)), "ratio"),
    "offset outside": (archive(replace(_ONE, offset=10**9)), "zip"),
    "offset not at a member": (archive(_ONE, replace(_ONE, name=b"b.npy", offset=200)), "zip"),
    "overlapping": (_overlapping(200), "zip"),
    "not an array": (archive(Member(b"notes.txt", b"hello")), "member"),
    "large and not an array": (archive(Member(b"x", _ZEROS)), "member"),
    "object array": (npz(a=np.array([{"x": 1}, None], dtype=object)), "header"),
    "text array": (npz(a=np.array(["hello"])), "dtype"),
    "member without content": (archive(Member(b"a.npy", b"")), "zip"),
    "array cut off inside": (archive(Member(b"a.npy", ARRAY[:-1])), "zip"),
    "no members": (archive(), "empty"),
    "only a folder": (archive(Member(b"a/", b"", method=0)), "empty"),
    "folder with content": (archive(Member(b"a/", b"x")), "member"),
    "4 GiB of zeros": (
        archive(Member(b"a.npy", b"\x93NUMPY\x01\x00v\x00" + (
            b"{'descr': '<f4', 'fortran_order': False, 'shape': (1073741824,), }".ljust(117) + b"\n"
        ) + _ZEROS, claimed=2**32 - 2)),
        "ratio",
    ),
}  # fmt: skip
