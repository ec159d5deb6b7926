"""Find what an error looks like: try every family, keep what beats chance."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form.case import Case, prepare
from inspector.diagnose.form.context import FormContext
from inspector.diagnose.form.description import describe_place
from inspector.diagnose.form.families import FAMILIES
from inspector.diagnose.form.guess import FEWEST_VALUES, Judged, judge
from inspector.diagnose.form.ranking import rank, whole_error
from inspector.diagnose.form.report import Form, FormReport
from inspector.tensors import Array

_VERIFIED = 4


def find_forms(
    reference: Array, candidate: Array, context: FormContext | None = None
) -> FormReport:
    """Rank what could have turned `reference` into `candidate`.

    Each hypothesis is applied to the reference; what the candidate is then off by is its
    residual.  Arrays above four million elements are screened at 262,144 places, and the
    best hypotheses are then checked at all.

    Args:
        reference, candidate: arrays of one size, of any real, integer, bool or complex dtype.
            The shapes may differ; then only changes of memory order are looked for.
        context: axis letters, tolerance, regions and other tensors, as far as known.

    Returns:
        The report; without forms when nothing beats chance.
    """
    if reference.size != candidate.size:
        return FormReport((), 0.0, "The two sides hold different numbers of values.")
    if candidate.size == 0:
        return FormReport((), 0.0, "Both sides are empty.")
    case = prepare(reference, candidate, context or FormContext())
    with np.errstate(all="ignore"):
        if _equal(case):
            if reference.dtype.kind in "iu" and not np.array_equal(reference.flat, candidate.flat):
                text = "The integers differ by less than 64-bit floats can tell apart."
                return FormReport((), 0.0, text)
            return _nothing_left(case)
        return _find(case)


def _equal(case: Case) -> bool:
    return bool(np.array_equal(case.reference, case.candidate, equal_nan=True))


def _nothing_left(case: Case) -> FormReport:
    if case.source.shape == case.shape:
        return FormReport((), 0.0, "Every value is equal.")
    shapes = [" x ".join(map(str, s)) for s in (case.source.shape, case.shape)]
    form = Form(
        "reshaped", "Only reshaped", f"The values agree in stored order; only the shape differs "
        f"({shapes[0]} and {shapes[1]}).", 0.0, 0.0, 1.0, "fact", "certain", records=("WL05",),
    )  # fmt: skip
    return FormReport((form,), 0.0)


def _find(case: Case) -> FormReport:
    if not case.finite.any() or case.both[0].size < FEWEST_VALUES:
        names = ("nonfinite",)
    elif case.source.shape != case.shape:
        names = ("nonfinite", "memory", "unrelated")
    else:
        names = tuple(FAMILIES)
    found = [
        judged for name in names for guess in FAMILIES[name](case)
        if (judged := judge(case, guess)) is not None
    ]  # fmt: skip
    forms = rank(case, found)
    if case.places is not None:
        keep = {(f.key, f.title) for f in forms[:_VERIFIED]}
        full = case.whole()
        again: list[Judged] = [
            judged for j in found
            if (j.guess.key, j.guess.title) in keep
            and (judged := judge(full, j.guess)) is not None
        ]  # fmt: skip
        forms = rank(full, again)
    whole = whole_error(case)
    solved = any(
        f.confidence != "possible" and (f.kind != "place" or f.harmless) and f.key != "carried"
        for f in forms
    )
    unexplained, located = "", False
    carried = any(f.key == "carried" for f in forms)
    if not (solved or carried or case.source.shape != case.shape):
        unexplained, located = describe_place(case)
    return FormReport(forms, whole, unexplained, case.places is not None, located)
