"""Where an error sits that no hypothesis explains."""

from __future__ import annotations

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.places import runs, shown_stretches
from inspector.tensors import Array

_HALF = 0.5
_CONFINED = 0.25
_UNEVEN = 4.0
_MEL_SPLIT = 0.5
_THIRD = 0.6
_FEW, _SCATTERED = 4, 16
_EVEN = "it is spread evenly"
_NO_FORM = "No simple change explains this error"


def describe_place(case: Case) -> tuple[str, bool]:
    """One sentence about the error's place: along the rows, the frames and the channels.

    Returns:
        The sentence, and whether it names a place: an error everywhere has none.
    """
    with np.errstate(all="ignore"):
        error = np.square(np.nan_to_num(case.candidate - case.reference, posinf=0.0, neginf=0.0))
    total = float(error.sum())
    if case.exact:
        return _identifiers(case)
    if total == 0.0:
        return f"{_NO_FORM}.", False
    clauses = [
        clause
        for axis in case.axes()
        if (clause := _along(case, axis, _profile(error, axis) / total))
    ]
    places = [clause for clause in clauses if not clause.startswith(_EVEN)]
    where = "; ".join(places or clauses[:1])
    return f"{_NO_FORM}{'; ' * bool(where)}{where}.", bool(places)


def _identifiers(case: Case) -> tuple[str, bool]:
    """How many identifiers differ, and from which one on."""
    differ = np.flatnonzero(case.reference.reshape(-1) != case.candidate.reshape(-1))
    if not differ.size:
        return f"{_NO_FORM}.", False
    if differ.size == case.candidate.size:
        return f"All {differ.size} values differ.", False
    text = f"{differ.size} of {case.candidate.size} values differ, first at {differ[0]}"
    if 1 < differ.size == case.candidate.size - differ[0]:
        text += ", and none after it agrees"
    return f"{text}.", True


def _profile(error: Array, axis: int) -> Array:
    return error.sum(axis=tuple(a for a in range(error.ndim) if a != axis), dtype=np.float64)


def _along(case: Case, axis: int, share: Array) -> str:
    context, letter, n = case.context, case.context.letter(axis), share.size
    many = context.many(axis)
    if letter == "B":
        if n == len(context.rows) == 2:
            row = int(share.argmax())
            if share[row] > 0.75:
                return f"{100 * share[row]:.0f} % of it is in the {context.rows[row]} row"
        return ""
    order = np.argsort(share)[::-1]
    needed = int(np.searchsorted(np.cumsum(share[order]), _HALF)) + 1
    if n >= 8 and letter != "N" and needed <= max(1, _CONFINED * n / 2):
        held = np.zeros(n, bool)
        held[order[:needed]] = True
        stretches = runs(held)
        if len(stretches) > _FEW and needed > n / _SCATTERED:
            return ""  # the tail of any distribution
        return f"half of it is in {needed} of {n} {many} ({shown_stretches(stretches)})"
    if letter in ("T", "N") and n >= 12:
        return _over_time(case, share, many)
    if letter == "F" and n >= 8:
        high = float(share[int(n * _MEL_SPLIT) :].sum())
        if high > 0.75:
            return f"{100 * high:.0f} % of it is in the upper half of the mel bins"
        if high < 0.25:
            return f"{100 * (1 - high):.0f} % of it is in the lower half of the mel bins"
        return ""
    return ""


def _over_time(case: Case, share: Array, many: str) -> str:
    n, context = share.size, case.context
    if context.prompt_frames and 0 < context.prompt_frames < n:
        prompt = share[: context.prompt_frames].mean()
        rest = share[context.prompt_frames :].mean()
        if prompt > _UNEVEN * rest:
            return f"per frame it is {_times(prompt, rest)} larger in the prompt"
        if rest > _UNEVEN * prompt:
            return f"per frame it is {_times(rest, prompt)} larger in the generated part"
    thirds = [float(part.mean()) for part in np.array_split(share, 3)]
    if thirds[0] * 2 < thirds[1] and thirds[1] * 1.2 < thirds[2]:
        return f"it grows along the {many}"
    if thirds[2] * 2 < thirds[1] and thirds[1] * 1.2 < thirds[0]:
        return f"it shrinks along the {many}"
    largest = int(np.argmax(thirds))
    if thirds[largest] > _THIRD * sum(thirds):
        return f"most of it is in the {('first', 'middle', 'last')[largest]} third of the {many}"
    return f"{_EVEN} over the {many}"


def _times(large: float, small: float) -> str:
    if small <= 0.0:
        return "infinitely"
    return f"{np.sqrt(large / small):.0f} times"
