"""Recovered weights put together to the registered mistake they belong to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inspector.diagnose.hypotheses import Hypotheses
from inspector.diagnose.layer_recovery import LayerFinding
from inspector.diagnose.suspect import RECOVERED, Suspect
from inspector.diagnose.suspects_of import place_text
from inspector.faults.fault import Fault

_BY_KIND = {
    "transposed": "linear_transposed", "flipped": "kernel_flipped", "zero": "weight_zero",
    "rows_zeroed": "rows_zeroed", "other_block": "weights_of_another_block",
    "half": "weights_float16", "quantised": "weights_8_bit",
}  # fmt: skip
_BY_BIAS = {
    "missing": "bias_lost", "random": "bias_random", "invented": "bias_invented",
    "other": "bias_random", "other_block": "bias_random",
}  # fmt: skip
_ROUNDED = ("half", "quantised")
_EXACT = 1e-3
"""A known rounding reproduces recovered weights to the error of the recovery, below this."""

MOVED = "weights_moved"
"""Finding outside the registry: weights near the checkpoint's that no known change gives."""

_OUTPUT_BIAS = {"bias_lost": "output_bias_lost", "bias_random": "output_bias_random"}


def suspects_from_layers(findings: Sequence[LayerFinding], hypotheses: Hypotheses) -> list[Suspect]:
    """One suspect per mistake; fresh layers join the unloaded group that they make up."""
    fresh = [f for f in findings if f.relation.kind == "fresh"]
    others = [f for f in findings if f.relation.kind != "fresh"]
    suspects = []
    left = list(fresh)
    while left:
        fault = _smallest_group(left[0].key, hypotheses)
        keys = frozenset() if fault is None else _keys_of(fault, hypotheses)
        mine = [f for f in left if f is left[0] or f.key in keys]
        suspects.append(_suspect(fault, mine))
        left = [f for f in left if f not in mine]
    by_fault: dict[str, list[LayerFinding]] = {}
    for finding in others:
        by_fault.setdefault(_registered(finding), []).append(finding)
    known = {f.key: f for f in hypotheses.faults}
    suspects += [_suspect(known.get(key), rows, key) for key, rows in by_fault.items()]
    return suspects


def _registered(finding: LayerFinding) -> str:
    relation = finding.relation
    if relation.kind in _ROUNDED and relation.residual > _EXACT:
        return MOVED  # near the checkpoint's, but no known rounding gives these values
    if relation.kind == "equal":
        key = _BY_BIAS.get(relation.bias, "bias_random")
        return _OUTPUT_BIAS.get(key, key) if ".to_out.0." in finding.key else key
    return _BY_KIND.get(relation.kind, f"weights_{relation.kind}")


def _keys_of(fault: Fault, hypotheses: Hypotheses) -> frozenset[str]:
    made = hypotheses.make(fault, hypotheses.places.get(fault.key, ()))
    return frozenset() if made is None else made.touched.keys


def _smallest_group(key: str, hypotheses: Hypotheses) -> Fault | None:
    """The smallest unloaded group of weights that holds `key`."""
    found: list[tuple[int, Fault]] = []
    for fault in hypotheses.faults:
        if not fault.random or fault.key not in hypotheses.places:
            continue
        made = hypotheses.make(fault, hypotheses.places[fault.key])
        if made is not None and any(
            c.kind == "uniform" and c.key == key for c in made.edit.weights
        ):
            found.append((len(made.touched.keys), fault))
    return min(found, key=lambda f: f[0])[1] if found else None


def _suspect(fault: Fault | None, rows: Sequence[LayerFinding], key: str = "") -> Suspect:
    where = tuple(dict.fromkeys(f.layer for f in rows))
    relation = rows[0].relation
    cells = sum(len(f.cells) for f in rows)
    residual = float(np.median([f.recovered.residual for f in rows]))
    floor = float(np.median([c.floor for f in rows for c in f.cells]))
    error = float(np.median([c.introduced for f in rows for c in f.cells]))
    explained = float(np.clip(1.0 - (residual / max(error, 1e-12)) ** 2, 0.0, 1.0))
    # a fresh draw has no rival: nothing else leaves such weights
    margin = float("inf")
    if relation.kind != "fresh":
        margin = min(f.relation.next_residual for f in rows) / max(relation.residual, 1e-6)
    title = fault.title if fault is not None else f"Weights are {relation.kind}"
    title = "Weights moved from the checkpoint's" if key == MOVED else title
    scope = "one" if len(where) == 1 else "some"
    details = " ".join(f.relation.sentence for f in rows[:2])
    more = f" (and {len(rows) - 2} more layers)" if len(rows) > 2 else ""
    return Suspect(
        fault.key if fault is not None else key or f"weights_{relation.kind}", title,
        fault.change if fault is not None else relation.detail,
        fault.slot if fault is not None else "weights", where, scope, explained, residual, floor,
        margin, RECOVERED, cells, fault.records if fault is not None else (), (),
        fault.kind if fault is not None else "fault",
        f"{title} {place_text(where, scope)}: the weights that the candidate really used were "
        f"solved for from its own values. {details}{more}",
    )  # fmt: skip
