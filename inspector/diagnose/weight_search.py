"""Looks for values at other names: renamed, misplaced and duplicated parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from inspector.diagnose.weight_finding import WeightFinding
from inspector.diagnose.weight_grid import GRIDS, Fingerprint, fingerprint, round_to
from inspector.diagnose.weight_initialisation import initialisation_of
from inspector.diagnose.weight_pairs import relate_parameters
from inspector.diagnose.weight_sides import Parameter, WeightSide
from inspector.errors import TraceError
from inspector.names import show_name
from inspector.tensors import Array, Progress

_SETTLED = frozenset({"same", "dtype", "missing", "unused", "unread", "zero", "nonfinite"})
_MOST_NEAR = 2_000
_NEAR = 0.02
_FEWEST_NEAR = 64
_MOST_HELD = 2**27
"""Values held in memory while sorted ones are compared."""
_FEWEST = 4
"""Smaller parameters share their values by chance."""


def find_by_value(
    reference: WeightSide,
    candidate: WeightSide,
    findings: list[WeightFinding],
    progress: Progress | None = None,
) -> tuple[list[WeightFinding], list[str]]:
    """Explain findings by values that turn up at another name.

    A parameter only the reference has and one only the candidate has become one finding
    ``renamed`` when they hold the same values; a candidate parameter with the values of
    another reference parameter becomes ``misplaced``; one that repeats another of the
    candidate becomes ``duplicated``.

    Returns:
        The findings, and sentences about the reference's own parameters.
    """
    note = _untrained(reference, progress)
    if all(f.status in ("same", "dtype") for f in findings):
        return list(findings), note
    known = _reference_index(reference, progress)
    found = {f.key: f for f in findings}
    for key, parameter in candidate.parameters.items():
        status = found[key].status
        if status in _SETTLED and status != "unused":
            continue
        values = _values(parameter)
        if values is None or not _telling(values):
            continue
        owners = [k for k in known.get(fingerprint(values), ()) if k != key]
        free = [k for k in owners if found[k].status == "missing"]
        if status == "unused":
            if free:
                _join(found, reference, candidate, free[0], key)
        elif owners and status not in ("transposed", "flipped", "permuted", "rearranged"):
            found[key] = _misplaced(found[key], reference, owners, values)
    _join_near(found, reference, candidate)
    _mark_duplicates(found, candidate)
    return list(found.values()), note


def _values(parameter: Parameter) -> Array | None:
    try:
        return parameter.read()
    except TraceError:
        return None


def _telling(values: Array) -> bool:
    """Values that would not be met by chance: several, and not all alike."""
    return values.size >= _FEWEST and bool((values != values.reshape(-1)[0]).any())


def _reference_index(
    reference: WeightSide, progress: Progress | None
) -> dict[Fingerprint, list[str]]:
    """Which reference parameters have a fingerprint, as stored or once rounded."""
    index: dict[Fingerprint, list[str]] = {}
    for number, (key, parameter) in enumerate(reference.parameters.items()):
        if progress is not None:
            progress(number, len(reference.parameters), f"Indexing {show_name(key, 60)}")
        values = _values(parameter)
        if values is None or not _telling(values):
            continue
        prints = {fingerprint(values), *(fingerprint(round_to(values, g)) for g in GRIDS)}
        for mark in prints:
            index.setdefault(mark, []).append(key)
    return index


def _misplaced(
    finding: WeightFinding, reference: WeightSide, owners: list[str], values: Array
) -> WeightFinding:
    owner = owners[0]
    source = _values(reference.parameters[owner])
    same = source is not None and any(
        np.array_equal(rounded, values)
        for rounded in (source, *(round_to(source, grid) for grid in GRIDS))
    )
    more = f" (and of {len(owners) - 1:,} more)" if len(owners) > 1 else ""
    order = "" if same else ", in another order"
    return replace(
        finding,
        status="misplaced",
        sentence=f"{show_name(finding.key)}: it holds the values of the reference's "
        f"{show_name(owner)}{more}{order}.",
        values={**finding.values, "values_of": owner},
    )


def _join(
    found: dict[str, WeightFinding], reference: WeightSide, candidate: WeightSide,
    missing: str, unused: str, near: str = "",
) -> None:  # fmt: skip
    """Make one finding of a reference parameter and the candidate's under another name."""
    left, right = reference.parameters[missing], candidate.parameters[unused]
    relation = relate_parameters(left, right, reference)
    plain = relation.status in ("same", "dtype") or bool(near)
    how = near or ("" if relation.status == "same" else f" ({relation.clause})")
    found[missing] = WeightFinding(
        "renamed" if plain else relation.status, missing, left.stored_name, right.stored_name,
        left.shape, f"{show_name(missing)}: its values are in the candidate under the name "
        f"{show_name(right.stored_name)}{how}.", relation.values,
    )  # fmt: skip
    del found[unused]


def _join_near(
    found: dict[str, WeightFinding], reference: WeightSide, candidate: WeightSide
) -> None:
    """Join what is left by sorted values, which survive quantisation and small changes."""
    lonely: dict[int, list[str]] = {}
    free: dict[int, list[str]] = {}
    for finding in found.values():
        if finding.status == "missing":
            lonely.setdefault(math.prod(finding.shape), []).append(finding.key)
        elif finding.status == "unused":
            free.setdefault(math.prod(finding.shape), []).append(finding.key)
    for size in sorted(lonely.keys() & free.keys()):
        pairs, held = len(lonely[size]) * len(free[size]), size * len(free[size])
        if size < _FEWEST_NEAR or pairs > _MOST_NEAR or held > _MOST_HELD:
            continue
        others = {key: _sorted(candidate.parameters[key]) for key in free[size]}
        for missing in lonely[size]:
            ordered = _sorted(reference.parameters[missing])
            near = [key for key, other in others.items() if _distance(ordered, other) < _NEAR]
            if len(near) == 1:
                del others[near[0]]
                clause = f" (nearly: sorted, both differ by less than {100 * _NEAR:g} %)"
                _join(found, reference, candidate, missing, near[0], clause)


def _sorted(parameter: Parameter) -> Array:
    values = _values(parameter)
    return np.sort(values.reshape(-1)) if values is not None else np.empty(0, np.float32)


def _distance(reference: Array, candidate: Array) -> float:
    scale = float(np.linalg.norm(reference))
    if reference.size != candidate.size or not scale:
        return np.inf
    return float(np.linalg.norm(candidate - reference)) / scale


def _mark_duplicates(found: dict[str, WeightFinding], candidate: WeightSide) -> None:
    """Candidate parameters that repeat each other though nothing explains either."""
    seen: dict[Fingerprint, str] = {}
    for key in list(_unexplained(found)):
        values = _values(candidate.parameters[key]) if key in candidate.parameters else None
        if values is None or not _telling(values):
            continue
        mark = fingerprint(values)
        other = seen.setdefault(mark, key)
        if other == key:
            continue
        for one, two in ((other, key), (key, other)):
            if found[one].status != "duplicated":
                found[one] = replace(
                    found[one], status="duplicated",
                    sentence=f"{show_name(one)}: it holds the same values as the candidate's "
                    f"{show_name(two)}, and they are not the reference's.",
                    values={**found[one].values, "same_as": two},
                )  # fmt: skip


def _unexplained(found: dict[str, WeightFinding]) -> Iterator[str]:
    return (f.key for f in found.values() if f.status in ("differs", "scaled"))


def _untrained(reference: WeightSide, progress: Progress | None) -> list[str]:
    """Say when the reference itself looks as if a framework had just made it."""
    fresh = []
    for number, (key, parameter) in enumerate(reference.parameters.items()):
        if progress is not None:
            progress(number, len(reference.parameters), f"Reading {show_name(key, 60)}")
        values = _values(parameter)
        if values is not None and values.size > 1 and initialisation_of(values, normal=False):
            fresh.append(key)
    if not fresh:
        return []
    return [
        f"The reference too holds framework initialisation in {len(fresh):,} of "
        f"{len(reference.parameters):,} parameters, such as {show_name(fresh[0])}: make sure that "
        "it is the trained model."
    ]
