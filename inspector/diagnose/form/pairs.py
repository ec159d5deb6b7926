"""The forms of the pairs of a comparison: the first that differ, and any one on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from inspector.analysis.regions import Regions
from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.form.context import FormContext, Known
from inspector.diagnose.form.finding import find_forms
from inspector.diagnose.form.lengths import find_crop
from inspector.diagnose.form.report import FormReport
from inspector.diagnose.side import Side
from inspector.errors import TraceError
from inspector.metrics.tolerance import default_tolerance
from inspector.tensors import Array, OdeStep, Progress, RoleTensor, TensorPair, silent

FIRST = 8
"""Differing pairs whose form is found with every comparison, in order of execution."""
_MOST_VALUES = 8_000_000
"""Values of all pairs whose form is found unasked: about two seconds' work."""
_TELLING = ("v_cfg", "x_after")
_STEP_PARTS = ("x_before", "v_cond", "v_uncond", "v_cfg", "x_after")
_MOST_OTHERS = 12


def has_form(found: TensorComparison) -> bool:
    """True when the pair differs in values, or in the order of equal values."""
    return found.status == "different" or (found.status == "not_comparable" and found.rearranged)


def first_forms(
    tensors: Sequence[TensorComparison],
    sides: tuple[Side, Side],
    regions: Regions,
    report: Progress = silent,
) -> Mapping[int, FormReport]:
    """Forms by row of the first differing pairs, and of the first guidance and Euler steps.

    Raises:
        Cancelled: the progress callback asked to stop.
    """
    rows = [row for row, found in enumerate(tensors) if has_form(found)]
    chosen = rows[:FIRST]
    for role in _TELLING:
        first = next((r for r in rows[FIRST:] if tensors[r].pair.role == role), None)
        if first is not None and all(tensors[r].pair.role != role for r in chosen):
            chosen.append(first)
    found: dict[int, FormReport] = {}
    values = 0
    for done, row in enumerate(sorted(chosen)):
        values += tensors[row].pair.candidate.size
        if found and values > _MOST_VALUES:
            continue
        report(done, len(chosen), "Looking for the form of the first errors")
        found[row] = form_of_pair(tensors[row], sides, regions)
    return MappingProxyType(found)


def form_of_pair(found: TensorComparison, sides: tuple[Side, Side], regions: Regions) -> FormReport:
    """Find the forms of one differing pair; what cannot be read or analysed says so."""
    pair = found.pair
    try:
        if found.status == "not_comparable":
            reference, candidate = pair.reference.read(), pair.candidate.read()
        else:
            reference, candidate = pair.read()
        context = _context(found, sides, regions, reference.shape)
        report = find_forms(reference, candidate, context)
        return _with_crop(report, pair, context)
    except TraceError as error:
        return FormReport((), 0.0, error.sentence)
    except (ArithmeticError, ValueError, MemoryError) as error:
        return FormReport((), 0.0, f"The form of this error could not be found: {error}.")


def _with_crop(report: FormReport, pair: TensorPair, context: FormContext) -> FormReport:
    layouts = pair.reference_layout, pair.candidate_layout
    if all(layout.crop is None for layout in layouts):
        return report
    sides = [
        replace(layout, crop=None).apply(record.read())
        for layout, record in zip(layouts, (pair.reference, pair.candidate), strict=True)
    ]
    crop = find_crop(sides[0], sides[1], context)
    if crop is None:
        lengths = [" x ".join(map(str, side.shape)) for side in sides]
        text = f"The sides have {lengths[0]} and {lengths[1]} values, and no offset lines them up."
        return replace(report, unexplained=f"{text} {report.unexplained}".rstrip())
    if report.whole:
        left = min(1.0, (crop.residual or 0.0) / report.whole)
        crop = replace(crop, whole=report.whole, explained=1.0 - left**2)
    return replace(report, ranked=(crop, *report.ranked), unexplained="")


def _context(
    found: TensorComparison, sides: tuple[Side, Side], regions: Regions, shape: tuple[int, ...]
) -> FormContext:
    pair = found.pair
    letters = pair.letters if len(pair.letters) == len(shape) else ""
    letters = _with_frames_at(letters, shape, regions.frames)
    axis = letters.find("T")
    timed = axis >= 0 and shape[axis] == regions.frames
    dtypes = pair.reference.dtype, pair.candidate.dtype
    return FormContext(
        letters=letters,
        role=pair.role,
        tolerance=found.tolerance or default_tolerance(*dtypes, exact=False),
        valid=regions.valid if timed else None,
        prompt_frames=regions.prompt_frames if timed else None,
        rows=regions.rows,
        reference_dtype=dtypes[0],
        candidate_dtype=dtypes[1],
        known=_known(pair, sides, letters, shape) if pair.role in _TELLING else {},
        others=_others(pair, sides[0], letters, shape),
    )


def _with_frames_at(letters: str, shape: tuple[int, ...], frames: int | None) -> str:
    """Exchange T and C where only the other axis has as many places as there are frames."""
    time, channel = letters.find("T"), letters.find("C")
    if time < 0 or channel < 0 or shape[time] == frames or shape[channel] != frames:
        return letters
    return letters.translate(str.maketrans("TC", "CT"))


def _known(
    pair: TensorPair, sides: tuple[Side, Side], letters: str, shape: tuple[int, ...]
) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for name, side, record in (
        ("reference", sides[0], pair.reference), ("candidate", sides[1], pair.candidate),
    ):  # fmt: skip
        step = _step_of(side, record.name)
        for part in _STEP_PARTS if step else ():
            tensor = getattr(step, part)
            if tensor is not None and letters:
                found[f"{name}.{part}"] = _reader(tensor, letters, shape)
    return found


def _step_of(side: Side, name: str) -> OdeStep | None:
    _, number = side.roles.by_name.get(name, ("", None))
    return None if number is None else side.roles.trajectory.step(number)


def _others(
    pair: TensorPair, reference: Side, letters: str, shape: tuple[int, ...]
) -> dict[str, Known]:
    """Tensors of the same step and of the steps beside it, for what went to another place."""
    _, number = reference.roles.by_name.get(pair.reference.name, ("", None))
    if number is None or not letters:
        return {}
    found: dict[str, Known] = {}
    for near in (number, number - 1, number + 1):
        step = reference.roles.trajectory.step(near)
        for part in _STEP_PARTS if step else ():
            tensor = getattr(step, part)
            if near != number and part != pair.role:
                continue
            if tensor is not None and tensor.record.name != pair.reference.name:
                found[tensor.record.name] = _reader(tensor, letters, shape)
    return dict(list(found.items())[:_MOST_OTHERS])


def _reader(tensor: RoleTensor, letters: str, shape: tuple[int, ...]) -> Known:
    def read() -> Array | None:
        try:
            values = tensor.read(letters)
        except (TraceError, ValueError):
            return None
        if values.ndim == len(shape) and letters[0] == "B" and values.shape[0] == 2 * shape[0]:
            values = values[: shape[0]]
        return np.asarray(values) if values.shape == shape else None

    return read
