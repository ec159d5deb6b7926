"""The content of a member: every byte counted, the checksum checked."""

from __future__ import annotations

import zlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import TraceError
from inspector.io.source import FileReference
from inspector.io.zip_directory import read_directory
from inspector.io.zip_member import MemberReader
from tests.io.zip_cases import Member, archive

_CONTENT = np.random.default_rng(3).integers(0, 4, 700_000, np.uint8).tobytes()


_ARCHIVES = {method: archive(Member(b"a", _CONTENT, method=method)) for method in (0, 8)}


def _path(folder: Path, member: Member) -> Path:
    path = folder / "member.npz"
    path.write_bytes(archive(member))
    return path


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, len(_CONTENT)), max_size=5), method=st.sampled_from([0, 8]))
def test_content_comes_out_in_any_portions(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], method: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "member.npz"
    path.write_bytes(_ARCHIVES[method])
    with FileReference(str(path), "x").open() as source:
        reader = MemberReader(source, read_directory(source)[0])
        edges = [0, *sorted(cuts), len(_CONTENT)]
        parts = [reader.take(b - a) for a, b in pairwise(edges)]
        reader.finish()
    assert b"".join(parts) == _CONTENT


def _read_all(path: Path, length: int, **changes: int) -> None:
    with FileReference(str(path), "x").open() as source:
        member = replace(read_directory(source)[0], **changes)
        reader = MemberReader(source, member)
        reader.take(length)
        reader.finish()


@pytest.mark.parametrize("method", [0, 8])
def test_wrong_lengths_and_checksums(tmp_path: Path, method: int) -> None:
    size = len(_CONTENT)
    path = _path(tmp_path, Member(b"a", _CONTENT, method=method))
    _read_all(path, size)
    for length, changes, code in [
        (size + 1, {}, "truncated"),
        (size - 1, {}, "zip"),
        (size, {"crc": 1}, "zip"),
    ]:
        with pytest.raises(TraceError) as caught:
            _read_all(path, length, **changes)
        assert caught.value.code == code


def test_the_directory_cannot_change_where_deflate_ends(tmp_path: Path) -> None:
    path = _path(tmp_path, Member(b"a", _CONTENT))
    for length in (len(_CONTENT) - 1, len(_CONTENT) - 500_000, len(_CONTENT) + 1):
        with pytest.raises(TraceError) as caught:
            _read_all(path, length, content_bytes=length)
        assert caught.value.code == "zip"


def test_bytes_behind_the_compressed_content_are_refused(tmp_path: Path) -> None:
    member = Member(b"a", _CONTENT)
    path = tmp_path / "x.npz"
    # A stored member whose bytes are a compressed stream and something more.
    path.write_bytes(archive(Member(b"a", member.stored() + b"more", method=0)))
    with pytest.raises(TraceError) as caught:
        _read_all(
            path, len(_CONTENT), method=8, content_bytes=len(_CONTENT), crc=zlib.crc32(_CONTENT)
        )
    assert caught.value.code == "zip"


def test_a_stream_without_its_end_mark_is_refused(tmp_path: Path) -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    stored = deflate.compress(_CONTENT) + deflate.flush(zlib.Z_SYNC_FLUSH)
    path = tmp_path / "x.npz"
    crc = zlib.crc32(_CONTENT)
    path.write_bytes(archive(Member(b"a", stored, method=0)))
    with pytest.raises(TraceError) as caught:
        _read_all(path, len(_CONTENT), method=8, content_bytes=len(_CONTENT), crc=crc)
    assert caught.value.code == "zip"
    path.write_bytes(archive(Member(b"a", stored + deflate.flush(), method=0)))
    _read_all(path, len(_CONTENT), method=8, content_bytes=len(_CONTENT), crc=crc)


def test_a_cut_stream_is_refused(tmp_path: Path) -> None:
    stored = Member(b"a", _CONTENT).stored()
    path = tmp_path / "x.npz"
    for cut in (1, 2, len(stored) // 2, len(stored) - 1):
        path.write_bytes(archive(Member(b"a", stored[:cut], method=0)))
        with pytest.raises(TraceError) as caught:
            _read_all(
                path, len(_CONTENT), method=8, content_bytes=len(_CONTENT), crc=zlib.crc32(_CONTENT)
            )
        assert caught.value.code == "zip"
