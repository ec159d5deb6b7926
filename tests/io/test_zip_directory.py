"""The directory of an archive: what is accepted, what is refused, and how."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from inspector.errors import TraceError
from inspector.io.source import FileReference
from inspector.io.zip_directory import DEFLATED, STORED, ZipMember, read_directory
from tests.io.zip_cases import ARRAY, HOSTILE, Member, archive, npz


def _members(path: Path, content: bytes) -> tuple[ZipMember, ...]:
    path.write_bytes(content)
    with FileReference(str(path), "x.npz").open() as source:
        return read_directory(source)


def test_members_come_in_order_of_position(tmp_path: Path) -> None:
    content = archive(
        Member(b"b.npy", ARRAY), Member(b"sub/a.npy", ARRAY, method=0), Member(b"sub/", b"")
    )
    members = _members(tmp_path / "x.npz", content)
    assert [(m.name, m.method) for m in members] == [("b.npy", DEFLATED), ("sub/a.npy", STORED)]
    assert content[members[1].start :][: len(ARRAY)] == ARRAY
    assert members[1].content_bytes == len(ARRAY)


def test_a_comment_is_allowed(tmp_path: Path) -> None:
    comment = b"PK\x05\x06 looks like an end" + b"PK\x05\x06"
    assert len(_members(tmp_path / "x.npz", archive(Member(b"a.npy", ARRAY), comment=comment))) == 1


def test_names_of_both_code_pages(tmp_path: Path) -> None:
    content = archive(
        Member("é.npy".encode("cp437"), ARRAY), Member("ж.npy".encode(), ARRAY, flags=0x800)
    )
    assert [m.name for m in _members(tmp_path / "x.npz", content)] == ["é.npy", "ж.npy"]


def test_a_streamed_archive_states_its_sizes_behind_the_members(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    pipe = Pipe()
    np.savez(pipe, a=np.arange(3), b=np.arange(4))
    members = _members(tmp_path / "x.npz", pipe.getvalue())
    assert [m.name for m in members] == ["a.npy", "b.npy"]


def test_wide_sizes(tmp_path: Path) -> None:
    """An archive with the zip64 fields that archives beyond 4 GiB need."""
    content = npz(a=np.arange(3))
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        (info,) = file.infolist()
    at = content.rindex(b"PK\x01\x02")
    extra = struct.pack("<2H3Q", 1, 24, info.file_size, info.compress_size, 0)
    central = bytearray(content[at : at + 46 + 5] + extra)
    struct.pack_into("<2I", central, 20, 2**32 - 1, 2**32 - 1)
    struct.pack_into("<H", central, 30, len(extra))
    struct.pack_into("<I", central, 42, 2**32 - 1)
    end64 = b"PK\x06\x06" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, 1, 1, len(central), at)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, at + len(central), 1)
    end = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, 2**32 - 1, 2**32 - 1, 0)
    wide = content[:at] + bytes(central) + end64 + locator + end
    assert zipfile.ZipFile(io.BytesIO(wide)).testzip() is None
    (member,) = _members(tmp_path / "x.npz", wide)
    assert (member.content_bytes, member.stored_bytes) == (info.file_size, info.compress_size)
    broken = wide.replace(b"PK\x06\x06", b"PK\x06\x00")
    with pytest.raises(TraceError) as caught:
        _members(tmp_path / "x.npz", broken)
    assert caught.value.code == "zip"


_OF_DIRECTORY = {
    name: case
    for name, case in HOSTILE.items()
    if case[1] in {"count", "name", "encrypted", "method", "ratio", "truncated"}
}


@pytest.mark.parametrize(("content", "code"), _OF_DIRECTORY.values(), ids=list(_OF_DIRECTORY))
def test_refused_by_the_directory_alone(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(TraceError) as caught:
        _members(tmp_path / "x.npz", content)
    assert caught.value.code == code


def test_the_wide_end_that_torch_always_writes(tmp_path: Path) -> None:
    """PyTorch adds the zip64 end even where nothing overflows; both ends must agree."""
    content = npz(a=np.arange(3))
    at, end_at = content.index(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    wide_end = b"PK\x06\x06" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, 1, 1, end_at - at, at)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end_at, 1)
    wide = content[:end_at] + wide_end + locator + content[end_at:]
    (member,) = _members(tmp_path / "x.npz", wide)
    assert member.name == "a.npy"
    end = bytearray(content[end_at:])
    struct.pack_into("<2H", end, 8, 2, 2)  # the narrow end counts a member more
    lying = content[:end_at] + wide_end + locator + bytes(end)
    with pytest.raises(TraceError) as caught:
        _members(tmp_path / "x.npz", lying)
    assert caught.value.code == "zip"
