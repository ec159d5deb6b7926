"""The directory of a zip archive, read strictly and without trusting a number.

Python's own reader accepts two members of one name, members that share bytes, bytes
before the archive and names cut at a NUL.  Each of these can hide a tensor, so the
directory is read here.  Format: PKWARE APPNOTE.TXT 6.3, sections 4.3 and 4.5.3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from inspector.errors import TraceError
from inspector.io.limits import MAX_DEFLATE_RATIO, MAX_MEMBERS, MAX_NAME_LENGTH
from inspector.io.source import Source

STORED, DEFLATED = 0, 8

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64_LOCATOR = struct.Struct("<4sIQI")
_END64 = struct.Struct("<4sQ2H2I4Q")
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_FLAG_ENCRYPTED, _FLAG_SIZES_FOLLOW, _FLAG_UTF8 = 0x0001, 0x0008, 0x0800
_MAX_COMMENT = 0xFFFF
_MAX_DIRECTORY_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class ZipMember:
    """One member of an archive.

    Attributes:
        name: stored name; never used as a path.
        method: `STORED` or `DEFLATED`.
        crc: CRC-32 of the content.
        stored_bytes: bytes in the archive.
        content_bytes: bytes of the content, as the directory claims.
        start: position of the first stored byte.
    """

    name: str
    method: int
    crc: int
    stored_bytes: int
    content_bytes: int
    start: int


@dataclass(frozen=True)
class _Entry:
    name: str
    raw_name: bytes
    method: int
    crc: int
    stored_bytes: int
    content_bytes: int
    header_offset: int


def read_directory(source: Source) -> tuple[ZipMember, ...]:
    """List the members of the archive in order of position, folders left out.

    Raises:
        TraceError: ``zip``, ``truncated``, ``count``, ``name``, ``encrypted``, ``method``,
            ``ratio``.
    """
    offset, length, count, limit = _find_directory(source)
    if count > MAX_MEMBERS:
        raise TraceError(
            "count", source.label, f"the archive has {count:,} members", f"at most {MAX_MEMBERS:,}"
        )
    if length > _MAX_DIRECTORY_BYTES:
        raise _broken(source, f"the directory claims {length:,} bytes")
    if offset + length != limit:
        raise _broken(source, "the directory is not where the end of the archive says")
    entries = _read_entries(source, source.read(offset, length), count)
    return _locate(source, sorted(entries, key=lambda e: (e.header_offset, e.name)), offset)


def _broken(source: Source, found: str) -> TraceError:
    return TraceError(
        "zip", source.label, found, "an archive as numpy.savez writes it", "Save it again."
    )


def _find_directory(source: Source) -> tuple[int, int, int, int]:
    """Offset, length and entry count of the directory, and where it must end."""
    size = source.size
    if size < _END.size:
        raise TraceError("truncated", source.label, f"the file has {size:,} bytes", "an archive")
    if source.read(0, 2) != b"PK":
        raise _broken(source, "the file does not begin as a zip archive")
    tail_length = min(size, _END.size + _MAX_COMMENT)
    tail = source.read(size - tail_length, tail_length)
    position = tail.rfind(b"PK\x05\x06")
    while position >= 0:
        if position + _END.size <= len(tail):
            end = _END.unpack_from(tail, position)
            if position + _END.size + end[7] == len(tail):
                break
        position = tail.rfind(b"PK\x05\x06", 0, position)
    else:
        raise _broken(source, "the end of the archive is missing; it was probably cut off")
    _, disk, start_disk, count_here, count, length, offset, _ = end
    limit = size - tail_length + position
    overflows = _FULL_16 in (count, count_here) or _FULL_32 in (length, offset)
    # PyTorch writes the wide end beside a narrow one that overflows nowhere.
    if overflows or offset + length != limit:
        wide = _find_wide_end(source, limit)
        if wide is not None:
            if not overflows and wide[:3] != (offset, length, count):
                raise _broken(source, "the two ends of the archive contradict each other")
            return wide
    if disk or start_disk or count_here != count:
        raise _broken(source, "the archive is split over several files")
    return offset, length, count, limit


def _find_wide_end(source: Source, limit: int) -> tuple[int, int, int, int] | None:
    """The end record of an archive beyond 4 GiB or 65 535 members, if there is one."""
    if limit < _END64_LOCATOR.size + _END64.size:
        return None
    locator_at = limit - _END64_LOCATOR.size
    magic, disk, at, disks = _END64_LOCATOR.unpack(source.read(locator_at, _END64_LOCATOR.size))
    if magic != b"PK\x06\x07":
        return None
    if disk or disks != 1 or at + _END64.size != locator_at:
        raise _broken(source, "the end of the archive contradicts itself")
    magic, _, _, _, disk, start_disk, count_here, count, length, offset = _END64.unpack(
        source.read(at, _END64.size)
    )
    if magic != b"PK\x06\x06" or disk or start_disk or count_here != count:
        raise _broken(source, "the end of the archive contradicts itself")
    return offset, length, count, at


def _read_entries(source: Source, directory: bytes, count: int) -> list[_Entry]:
    entries = []
    position = 0
    for _ in range(count):
        if position + _CENTRAL.size > len(directory):
            raise _broken(source, "the directory is shorter than its count of members")
        fields = _CENTRAL.unpack_from(directory, position)
        magic, flags, method, crc, stored, content = fields[0], fields[3], fields[4], *fields[7:10]
        name_length, extra_length, comment_length, disk = fields[10:14]
        header_offset = fields[16]
        position += _CENTRAL.size
        stop = position + name_length + extra_length + comment_length
        if magic != b"PK\x01\x02" or stop > len(directory):
            raise _broken(source, "an entry of the directory is broken")
        raw_name = directory[position : position + name_length]
        extra = directory[position + name_length : position + name_length + extra_length]
        position = stop
        content, stored, header_offset = _widen(source, extra, [content, stored, header_offset])
        if disk not in (0, _FULL_16):
            raise _broken(source, "the archive is split over several files")
        name = _decode_name(source, raw_name, flags)
        _check_entry(source, name, flags, method, stored, content)
        entries.append(_Entry(name, raw_name, method, crc, stored, content, header_offset))
    if position != len(directory):
        raise _broken(source, "the directory is longer than its count of members")
    return entries


def _widen(source: Source, extra: bytes, values: list[int]) -> list[int]:
    """Replace values of 0xFFFFFFFF by those of the zip64 extra field, in its fixed order."""
    if _FULL_32 not in values:
        return values
    position = 0
    while position + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, position)
        body = extra[position + 4 : position + 4 + length]
        position += 4 + length
        if tag != 0x0001:
            continue
        wanted = [i for i, value in enumerate(values) if value == _FULL_32]
        if len(body) < 8 * len(wanted):
            raise _broken(source, "an entry of the directory is broken")
        wide = list(values)
        for place, index in enumerate(wanted):
            wide[index] = struct.unpack_from("<Q", body, 8 * place)[0]
        return wide
    return values


def _decode_name(source: Source, raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & _FLAG_UTF8 else "cp437")
    except UnicodeDecodeError as error:
        raise TraceError("name", source.label, "the name of a member is not text") from error
    if "\0" in name or len(name) > MAX_NAME_LENGTH:
        raise TraceError(
            "name", source.label, "the name of a member holds a NUL or is too long",
            f"text of at most {MAX_NAME_LENGTH:,} characters",
        )  # fmt: skip
    return name


def _check_entry(
    source: Source, name: str, flags: int, method: int, stored: int, content: int
) -> None:
    subject = f"{source.label}::{name}"
    if flags & _FLAG_ENCRYPTED:
        raise TraceError("encrypted", subject, "this member is encrypted", "a plain archive")
    if method not in (STORED, DEFLATED):
        raise TraceError(
            "method", subject, f"compression method {method}", "stored or deflate",
            "Save it with numpy.savez or numpy.savez_compressed.",
        )  # fmt: skip
    if method == STORED and stored != content:
        raise _broken(source, "a stored member has two different sizes")
    if content > stored * MAX_DEFLATE_RATIO:
        raise TraceError(
            "ratio", subject, f"{stored:,} bytes claim to hold {content:,}",
            f"at most {MAX_DEFLATE_RATIO:,} times as many",
        )  # fmt: skip


def _locate(source: Source, entries: list[_Entry], limit: int) -> tuple[ZipMember, ...]:
    """Find the bytes of every entry; they follow each other and share nothing."""
    members = []
    free_from = 0
    for index, entry in enumerate(entries):
        if entry.header_offset < free_from or (index == 0 and entry.header_offset != 0):
            raise _broken(source, "two members share bytes, or bytes precede the first")
        header_end = entry.header_offset + _LOCAL.size
        if header_end + len(entry.raw_name) > limit:
            raise _broken(source, "a member lies outside the archive")
        block = source.read(entry.header_offset, _LOCAL.size + len(entry.raw_name))
        fields = _LOCAL.unpack_from(block)
        if (
            fields[0] != b"PK\x03\x04"
            or fields[9] != len(entry.raw_name)
            or block[_LOCAL.size :] != entry.raw_name
            or fields[3] != entry.method
            or not _sizes_agree(fields, entry)
        ):
            raise _broken(source, "the directory and a member contradict each other")
        start = header_end + fields[9] + fields[10]
        free_from = start + entry.stored_bytes
        if free_from > limit:
            raise _broken(source, "a member lies outside the archive")
        if not (entry.name.endswith("/") and entry.content_bytes == 0):
            members.append(
                ZipMember(
                    entry.name, entry.method, entry.crc,
                    entry.stored_bytes, entry.content_bytes, start,
                )
            )  # fmt: skip
    return tuple(members)


def _sizes_agree(local: tuple[int, ...], entry: _Entry) -> bool:
    """True when the header in front of a member repeats the sizes of the directory."""
    if local[2] & _FLAG_SIZES_FOLLOW or _FULL_32 in (local[7], local[8]):
        return True  # a streamed or zip64 member states its sizes elsewhere
    return local[7] == entry.stored_bytes and local[8] == entry.content_bytes
