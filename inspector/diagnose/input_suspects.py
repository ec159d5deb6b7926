"""Inputs of the decoder that already differ, and which known change makes them so."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from inspector.diagnose.harmless import BACKEND_NOISE
from inspector.diagnose.search import Log
from inspector.diagnose.suspect import INPUT, Suspect
from inspector.errors import UsageError
from inspector.faults.edit import changed_inputs
from inspector.faults.fault import Fault
from inspector.live.introduced import INPUT_TOLERANCE, differing_inputs
from inspector.live.isolation import Isolator
from inspector.live.noise import relative_l2
from inspector.tensors import Array

_WHAT = {
    "x": ("initial noise", "Feed both programs the same stored noise."),
    "mu": ("encoder output mu", "Compare tokens and encoder first: the decoder only follows it."),
    "cond": ("prompt mel cond", "Check how the prompt mel is cut, laid out and padded."),
    "speaker": ("speaker embedding", "Check the embedding and its projection."),
    "mask": ("frame mask", "Check lengths and which frames the mask lets pass."),
}


def suspect_inputs(
    reference: Isolator, candidate: Isolator, faults: Iterable[Fault], log: Log
) -> list[Suspect]:
    """One suspect for every recorded input that differs before the decoder runs."""
    found = []
    differing = differing_inputs(candidate, reference)
    if not differing:
        log("The recorded inputs of the decoder are the same on both sides.")
    step = min(candidate.side.steps, default=0)
    for name, error in differing:
        title, advice = _WHAT.get(name, (name, ""))
        log(f"The {title} differs before the decoder runs (relative L2 {error:.2g}).")
        theirs, own = reference.pool(step)[name], candidate.pool(step)[name]
        if (half := _rounded_to(theirs, own)) is not None:
            log(f"The {title} of the candidate is the reference's rounded to {half}.")
            continue
        if error <= BACKEND_NOISE:
            log(f"That is what another backend computing the {title} differs by.")
            continue
        match = _reproduced(name, reference, own, step, faults)
        if match is None and name == "x" and _other_draw(theirs, own):
            found.append(_other_noise(error, theirs, own))
            continue
        if match is None:
            found.append(_unknown(name, title, advice, error))
            continue
        fault, residual = match
        found.append(
            Suspect(
                fault.key, fault.title, fault.change, fault.slot, (name,), "all",
                1.0 - (residual / error) ** 2 if np.isfinite(error) else 1.0, residual,
                INPUT_TOLERANCE, error / max(residual, INPUT_TOLERANCE), INPUT, 1, fault.records,
                kind=fault.kind,
                sentence=f"The {title} is the reference's with this change: {fault.change}",
            )
        )  # fmt: skip
    return found


def _reproduced(
    name: str, reference: Isolator, own: Array, step: int, faults: Iterable[Fault]
) -> tuple[Fault, float] | None:
    """The fault that turns the reference's input into the candidate's."""
    pool, best = reference.pool(step), None
    shapes = reference.store.shapes()
    for fault in faults:
        if name not in fault.places(reference.graph, shapes):
            continue
        try:
            edit = fault.apply(reference.graph, (name,), shapes)
            value = changed_inputs(pool, edit.inputs)[name]
        except UsageError:
            continue
        if not any(c.name == name for c in edit.inputs) or value.shape != own.shape:
            continue
        residual = relative_l2(value, own)
        if residual <= 10 * INPUT_TOLERANCE and (best is None or residual < best[1]):
            best = (fault, residual)
    return best


def _rounded_to(theirs: Array, own: Array) -> str | None:
    """The half precision to which `own` is `theirs` rounded, if any."""
    if theirs.shape != own.shape or not np.isfinite(own).all():
        return None
    for name, unit in (("float16", 2.0**-11), ("bfloat16", 2.0**-8)):
        if (np.abs(own - theirs) <= 1.01 * unit * np.abs(theirs) + 1e-7).all():
            return name
    return None


def _other_draw(theirs: Array, own: Array) -> bool:
    """True for two draws of the same distribution."""
    if theirs.shape != own.shape or theirs.size < 100:
        return False
    a, b = (np.asarray(v, np.float64).ravel() for v in (theirs, own))
    if a.std() == 0 or b.std() == 0 or not np.isfinite(b).all():
        return False
    # five standard errors each, of the correlation, the means and the spreads of two draws
    error = 5.0 / np.sqrt(a.size)
    independent = abs(float(np.corrcoef(a, b)[0, 1])) < error
    apart = abs(a.mean() - b.mean()) / a.std()
    return independent and apart < error * np.sqrt(2) and abs(np.log(b.std() / a.std())) < error


def _other_noise(error: float, theirs: Array, own: Array) -> Suspect:
    correlation = float(np.corrcoef(theirs.ravel(), own.ravel())[0, 1])
    return Suspect(
        "other_noise", "Another draw of the initial noise",
        "The initial noise is another draw of the same normal distribution.", "inputs", ("x",),
        "all", 1.0, error, INPUT_TOLERANCE, 1.0, INPUT, 1, ("RN01", "RN04", "R40", "R41"), (),
        "control",
        f"The runs start from different noise of the same kind (correlation {correlation:.3f}): "
        "states and mel differ for that reason alone and are judged on the candidate's own noise.",
    )  # fmt: skip


def _unknown(name: str, title: str, advice: str, error: float) -> Suspect:
    return Suspect(
        f"input_{name}", f"Another {title}", f"The {title} is not the reference's.", "inputs",
        (name,), "all", 1.0, error, INPUT_TOLERANCE, 1.0, INPUT, 1, ("HR13",), (), "fault",
        f"The {title} differs before the decoder runs (relative L2 {error:.2g}), so the first "
        f"difference lies upstream of the decoder. {advice}",
    )  # fmt: skip
