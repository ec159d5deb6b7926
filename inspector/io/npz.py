"""Reader of ``.npz`` archives: ``.npy`` members, stored or deflated."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.errors import TraceError
from inspector.io.listing import Listing, SkippedMember, StoredTensor
from inspector.io.npy import NpyLayout, read_layout
from inspector.io.source import FileReference, Source
from inspector.io.zip_directory import ZipMember, read_directory
from inspector.io.zip_member import MemberReader
from inspector.tensors import Array

_SUFFIX = ".npy"


@dataclass(frozen=True)
class MemberValues:
    """Reads the values of one member when called."""

    reference: FileReference
    member: ZipMember
    layout: NpyLayout

    def __call__(self) -> Array:
        """Read the values; the checksum of the member is checked.

        Raises:
            TraceError: the file changed, or the member is damaged.
        """
        with self.reference.open() as source:
            reader = MemberReader(source, self.member)
            # The header was judged when the archive was listed; here it only feeds the CRC.
            reader.take(self.layout.header.length)
            values = self.layout.read(reader.fill, f"{source.label}::{self.member.name}")
            reader.finish()
            return values


def list_npz(reference: FileReference) -> Listing:
    """List the arrays of an ``.npz`` archive in order of position.

    A member that is not an array of numbers is skipped with a reason; an archive that
    contradicts itself is refused.

    Raises:
        TraceError: see `inspector.io.zip_directory`; ``duplicate`` for two members of
            one name.
    """
    with reference.open() as source:
        members = read_directory(source)
        _check_unique(source, members)
        tensors, skipped = [], []
        pinned = source.reference()
        for member in members:
            try:
                tensors.append(_list_member(source, pinned, member))
            except TraceError as error:
                source.verify()
                skipped.append(SkippedMember(member.name.removesuffix(_SUFFIX), error))
        return Listing(tuple(tensors), source.identity, tuple(skipped))


def _check_unique(source: Source, members: tuple[ZipMember, ...]) -> None:
    seen = set()
    for member in members:
        key = member.name.removesuffix(_SUFFIX)
        if key in seen:
            raise TraceError(
                "duplicate",
                f"{source.label}::{key}",
                "two members of the archive have this name",
                "unique names",
            )
        seen.add(key)


def _list_member(source: Source, pinned: FileReference, member: ZipMember) -> StoredTensor:
    subject = f"{source.label}::{member.name}"
    if not member.name.endswith(_SUFFIX):
        raise TraceError("member", subject, "this member is not an array", "a .npy member")
    try:
        layout = read_layout(MemberReader(source, member).take, member.content_bytes, subject)
    except TraceError as error:
        if error.code in ("truncated", "trailing"):
            raise TraceError("zip", subject, error.found, error.expected) from error
        raise
    return StoredTensor(
        key=member.name.removesuffix(_SUFFIX),
        shape=layout.header.shape,
        dtype=layout.header.dtype,
        load=MemberValues(pinned, member, layout),
        fortran_order=layout.header.fortran_order,
        note=layout.header.note,
    )
