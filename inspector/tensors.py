"""Shared nouns: trace, tensor record, layout, pair, roles and ODE trajectory.

Axis letters: B batch, T frames, F mel bins, C channels, N samples, H heads, D head
width, S ODE steps, K kernel, O/I out/in channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inspector.errors import TraceError
from inspector.names import show_name

Array = NDArray[Any]
Progress = Callable[[int, int, str], None]
"""``progress(done, total, what)``; may raise `inspector.errors.Cancelled`."""


def silent(_done: int, _total: int, _what: str) -> None:
    """Report progress to nobody."""


def freeze(array: Array) -> Array:
    """Mark `array` read-only and return it."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class TensorRecord:
    """One stored tensor: facts from its header, values on demand.

    Attributes:
        name: name as stored: container key, file stem, or ``stem::key``.
        shape: stored shape.
        dtype: stored dtype by name (see `inspector.dtypes`).
        file: file inside the trace, relative, for messages.
        index: position in the listing of the trace (offset order inside a container).
        fortran_order: the values are stored in column-major order.
        sample_rate_hz: for tensors that come from an audio file.
        load: reads the values; use `read`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    file: str
    index: int
    load: Callable[[], Array] = field(repr=False, compare=False)
    fortran_order: bool = False
    sample_rate_hz: int | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=object)) if self.shape else 1

    def read(self) -> Array:
        """Read the values: native byte order, C order, read-only, shape `shape`.

        bfloat16 and float8 are decoded to float32.

        Raises:
            TraceError: the file changed, is truncated or cannot be read.
        """
        return freeze(np.asarray(self.load(), order="C").reshape(self.shape))


@dataclass(frozen=True)
class TraceInfo:
    """What the side-file, the options or the format say about a whole trace.

    Every field may be None (unknown).  `layouts` maps a tensor name, role or regular
    expression to axis letters; `order` lists tensor names in order of execution.
    """

    framework: str | None = None
    sample_rate_hz: int | None = None
    n_fft: int | None = None
    hop_length: int | None = None
    win_length: int | None = None
    n_mels: int | None = None
    fmin_hz: float | None = None
    fmax_hz: float | None = None
    steps: int | None = None
    cfg_rate: float | None = None
    layouts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class SkippedFile:
    """A file or member of the trace that could not be read, with the reason."""

    file: str
    code: str
    sentence: str


@dataclass(frozen=True)
class Trace:
    """A recorded run: named tensors of one side.

    Attributes:
        path: where it was opened, as given.
        records: tensors in listing order; names are unique.
        info: facts about the whole trace.
        skipped: files that were not read, with reasons; never dropped in silence.
        notes: assumptions made while reading, one sentence each.
        identity: hash over files, sizes and modification times, for caches.
    """

    path: str
    records: tuple[TensorRecord, ...]
    info: TraceInfo = TraceInfo()
    skipped: tuple[SkippedFile, ...] = ()
    notes: tuple[str, ...] = ()
    identity: str = ""

    def __iter__(self) -> Iterator[TensorRecord]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __contains__(self, name: object) -> bool:
        return any(r.name == name for r in self.records)

    def __getitem__(self, name: str) -> TensorRecord:
        for record in self.records:
            if record.name == name:
                return record
        raise TraceError(
            "no-tensor", name, f"there is no tensor of this name in {show_name(self.path)}"
        )


@dataclass(frozen=True)
class Layout:
    """How a stored array becomes the common array of a pair.

    The steps apply in the order of the fields: take one row of axis 0, squeeze or
    reshape without moving values, permute axes, crop.  None means: not needed.  Rows of
    axis 0 in another order are put right before anything else.

    Attributes:
        row: index taken from axis 0; the axis stays with length 1.
        shape: new shape with the same values in the same C order.
        axes: permutation, as for `numpy.transpose`.
        crop: ``(start, stop)`` per axis.
        letters: axis letters of the result, such as ``BCT``; empty when unknown.
        rows: order in which the rows of axis 0 are taken, such as ``(1, 0)``.
    """

    row: int | None = None
    shape: tuple[int, ...] | None = None
    axes: tuple[int, ...] | None = None
    crop: tuple[tuple[int, int], ...] | None = None
    letters: str = ""
    rows: tuple[int, ...] | None = None

    @property
    def is_identity(self) -> bool:
        """True when the stored array is used as it is."""
        steps = (self.rows, self.row, self.shape, self.axes, self.crop)
        return all(step is None for step in steps)

    def apply(self, array: Array) -> Array:
        """Return `array` in the common shape of the pair, a view unless rows are reordered."""
        if self.rows is not None:
            array = array[list(self.rows)]
        if self.row is not None:
            array = array[self.row : self.row + 1]
        if self.shape is not None:
            array = array.reshape(self.shape)
        if self.axes is not None:
            array = array.transpose(self.axes)
        if self.crop is not None:
            array = array[tuple(slice(a, b) for a, b in self.crop)]
        return array

    def describe(self) -> str:
        """The steps as a short text: ``as stored``, ``row 0``, ``axes 0 2 1`` ..."""
        steps = []
        if self.rows is not None:
            steps.append("rows " + " ".join(map(str, self.rows)))
        if self.row is not None:
            steps.append(f"row {self.row}")
        if self.shape is not None:
            steps.append("shape " + "x".join(map(str, self.shape)) if self.shape else "scalar")
        if self.axes is not None:
            steps.append("axes " + " ".join(map(str, self.axes)))
        if self.crop is not None:
            steps.append("crop " + " ".join(f"{a}:{b}" for a, b in self.crop))
        return ", ".join(steps) or "as stored"


@dataclass(frozen=True)
class TensorPair:
    """A reference tensor and the candidate tensor it is compared with.

    Attributes:
        reference, candidate: the two records.
        reference_layout, candidate_layout: how each becomes the common array.
        rule: why the two belong together, such as ``same name`` or ``alias``.
        confidence: 0 to 1.
        step: ODE step, counted as stored (1-based in the known ports); None outside.
        role: canonical role such as ``x_after`` or ``mel``; empty when unknown.
        mismatch: why the shapes cannot be reconciled; empty when they can.
        notes: assumptions, one sentence each.
    """

    reference: TensorRecord
    candidate: TensorRecord
    rule: str
    confidence: float
    reference_layout: Layout = Layout()
    candidate_layout: Layout = Layout()
    step: int | None = None
    role: str = ""
    mismatch: str = ""
    notes: tuple[str, ...] = ()

    @property
    def letters(self) -> str:
        """Axis letters of the common shape; empty when unknown."""
        return self.reference_layout.letters or self.candidate_layout.letters

    def read(self) -> tuple[Array, Array]:
        """Read both sides in the common shape (reference, candidate).

        Raises:
            TraceError: a side cannot be read.
        """
        return (
            self.reference_layout.apply(self.reference.read()),
            self.candidate_layout.apply(self.candidate.read()),
        )

    def describe_layout(self) -> str:
        """Both layouts in one short text; ``as stored`` when neither moves anything."""
        left, right = self.reference_layout.describe(), self.candidate_layout.describe()
        if left == right == "as stored":
            return left
        if left == "as stored":
            return f"candidate {right}"
        if right == "as stored":
            return f"reference {left}"
        return f"reference {left}; candidate {right}"


@dataclass(frozen=True)
class RoleTensor:
    """A record whose meaning and axes are known.

    Attributes:
        record: the stored tensor.
        letters: axis letters of the stored shape, such as ``BCT``, ``BT``, ``N``, or ``""``
            for a scalar.
    """

    record: TensorRecord
    letters: str

    def read(self, letters: str = "") -> Array:
        """Read the values with axes in the order of `letters` (as stored when empty).

        Axes that the record lacks are inserted with length 1; axes that `letters` lacks
        must have length 1 and are dropped.  F and C are the same axis.

        Raises:
            TraceError: unreadable, or an axis to drop is longer than 1.
        """
        array = self.record.read()
        if not letters:
            return array
        have = self.letters.replace("F", "C")
        want = letters.replace("F", "C")
        for axis in reversed(range(len(have))):
            if have[axis] not in want:
                if array.shape[axis] != 1:
                    raise TraceError(
                        "layout", self.record.name,
                        f"axis {have[axis]} has length {array.shape[axis]}", "length 1",
                    )  # fmt: skip
                array = array.squeeze(axis)
        kept = [a for a in have if a in want]
        array = array.transpose([kept.index(a) for a in want if a in kept])
        for axis, letter in enumerate(want):
            if letter not in kept:
                array = np.expand_dims(array, axis)
        return array


@dataclass(frozen=True)
class OdeStep:
    """Tensors of one ODE step; a part that was not recorded is None."""

    number: int
    t: RoleTensor | None = None
    dt: RoleTensor | None = None
    x_before: RoleTensor | None = None
    v_cond: RoleTensor | None = None
    v_uncond: RoleTensor | None = None
    v_cfg: RoleTensor | None = None
    x_after: RoleTensor | None = None


@dataclass(frozen=True)
class OdeTrajectory:
    """The recorded ODE steps of one side, in order of number (possibly none)."""

    steps: tuple[OdeStep, ...] = ()
    t_span: RoleTensor | None = None

    def step(self, number: int) -> OdeStep | None:
        """The step with this number, or None."""
        return next((s for s in self.steps if s.number == number), None)


@dataclass(frozen=True)
class Roles:
    """What the tensors of one trace mean.

    Attributes:
        named: best tensor per role outside the ODE steps (``mel``, ``mu``, ``mask``,
            ``cond``, ``initial_noise``, ``speaker_embedding``, ``audio``, ``speech_tokens``,
            ``prompt_token``, ``prompt_feat`` ...).
        trajectory: the ODE steps.
        by_name: role and step of every recognised tensor, by stored name.
    """

    named: Mapping[str, RoleTensor] = field(default_factory=lambda: MappingProxyType({}))
    trajectory: OdeTrajectory = OdeTrajectory()
    by_name: Mapping[str, tuple[str, int | None]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def get(self, role: str) -> RoleTensor | None:
        """The tensor of `role`, or None."""
        return self.named.get(role)
