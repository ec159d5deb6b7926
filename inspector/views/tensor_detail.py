"""Everything about one pair of tensors, for the detail pane of the page."""

from __future__ import annotations

from typing import Any

import numpy as np

from inspector.analysis.histograms import error_histogram, value_histogram
from inspector.analysis.planes import heat_planes
from inspector.analysis.tensor import TensorComparison
from inspector.analysis.ulp_histogram import ulp_histogram
from inspector.diagnose.comparison import Comparison
from inspector.errors import TraceError, UsageError
from inspector.faults.known_bugs import known_bugs
from inspector.names import show_name
from inspector.tensors import Array

METRIC_HELP = (
    ("max_abs", "", "largest |candidate − reference|"),
    ("mean_abs", "", "mean |candidate − reference|"),
    ("rmse", "", "root of the mean squared error"),
    ("relative_l2", "", "‖candidate − reference‖ / ‖reference‖"),
    ("norm_ratio", "", "‖candidate‖ / ‖reference‖: 1 means no gain"),
    ("cosine", "", "angle between both, blind to gain"),
    ("correlation", "", "cosine after removing both means"),
    ("snr_db", "dB", "−20 log10 of the relative L2 error"),
    ("max_ulp", "ulp", "largest distance in steps of the coarser stored dtype"),
    ("allclose_fraction", "", "share of elements within tolerance"),
    ("rtol", "", "relative tolerance used"),
    ("atol", "", "absolute tolerance used"),
    ("required_rtol", "", "the relative tolerance that would have passed"),
    ("sign_agreement", "", "share of elements whose signs agree"),
    ("gain", "", "slope of the best fit candidate = gain · reference + offset"),
    ("offset", "", "offset of the same fit"),
    ("nonfinite_count", "", "elements that are NaN or Inf on a side"),
    ("excluded_count", "", "elements left out of the statistics"),
)
SIDE_FACTS = (
    ("minimum", ""), ("maximum", ""), ("mean", ""), ("std", ""), ("rms", ""),
    ("percent_positive", "%"), ("percent_zero", "%"), ("nan_count", ""), ("inf_count", ""),
)  # fmt: skip


def detail_payload(comparison: Comparison, row: int) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return facts and float32 heat planes [rows, columns] of one pair.

    Args:
        comparison: the comparison.
        row: index in `Comparison.tensors`.

    Raises:
        UsageError: there is no such row.
    """
    if not 0 <= row < len(comparison.tensors):
        raise UsageError(
            "row", f"row {row}", "there is no such tensor",
            f"0 to {len(comparison.tensors) - 1}", "Choose a tensor from the table.",
        )  # fmt: skip
    found = comparison.tensors[row]
    pair = found.pair
    meta: dict[str, Any] = {
        "row": row,
        "reference": show_name(pair.reference.name),
        "candidate": show_name(pair.candidate.name),
        "status": found.status,
        "reason": found.reason,
        "rule": pair.rule,
        "layout": pair.describe_layout(),
        "step": pair.step,
        "sentences": [found.sentence(), *pair.notes],
        "metrics": _metrics(found),
        "sides": _sides(found),
        "regions": {name: region.to_dict() for name, region in found.regions.items()},
        "planes": None,
        "histogram": None,
        "error_histogram": None,
        "ulp_histogram": None,
        "worst": _worst(found),
        "form": _form(comparison, row),
    }
    if found.metrics is None or not found.metrics.count:
        return meta, {}
    try:
        reference, candidate = pair.read()
    except TraceError as error:
        meta["sentences"].append(error.sentence)
        return meta, {}
    planes = heat_planes(reference, candidate, letters=pair.letters)
    meta["planes"] = planes.to_dict()
    meta["histogram"] = value_histogram(reference, candidate).to_dict()
    meta["error_histogram"] = error_histogram(reference, candidate).to_dict()
    if found.metrics.ulp_dtype:
        meta["ulp_histogram"] = ulp_histogram(
            reference, candidate, found.metrics.ulp_dtype
        ).to_dict()
    arrays = {
        "reference": planes.reference,
        "candidate": planes.candidate,
        "difference": planes.difference,
    }
    return meta, {k: np.ascontiguousarray(v, dtype=np.float32) for k, v in arrays.items()}


def _metrics(found: TensorComparison) -> list[dict[str, Any]]:
    if found.metrics is None:
        return []
    rows = []
    for name, unit, text in METRIC_HELP:
        value = getattr(found.metrics, name)
        if name == "max_ulp" and found.metrics.ulp_dtype:
            unit = f"ulp of {found.metrics.ulp_dtype}"
        if name == "snr_db" and value is None and found.metrics.exact:
            value = "exact"
        rows.append({"name": name, "value": value, "unit": unit, "help": text})
    return [*rows, *_floor(found)]


def _floor(found: TensorComparison) -> list[dict[str, Any]]:
    """The noise floor of the pair, where it has one."""
    if found.noise_floor is None:
        return []
    source = {
        "dtype": "expected of rounding in the dtype that the values lie on",
        "checkpoint": "measured with the reference's decoder",
        "option": "the relative tolerance that was asked for",
    }[found.floor_source]
    return [
        {"name": "noise_floor", "value": found.noise_floor, "unit": "",
         "help": f"relative L2 error {source}"},
        {"name": "floor_ratio", "value": found.floor_ratio, "unit": "noise floors",
         "help": "relative L2 error over the noise floor"},
    ]  # fmt: skip


def _sides(found: TensorComparison) -> list[dict[str, Any]]:
    if found.metrics is None:
        return []
    left, right = found.metrics.reference, found.metrics.candidate
    return [
        {"name": name, "unit": unit, "reference": getattr(left, name),
         "candidate": getattr(right, name)}
        for name, unit in SIDE_FACTS
    ]  # fmt: skip


def _form(comparison: Comparison, row: int) -> dict[str, Any] | None:
    """What the error looks like: the ranked forms, or where it sits; None without an error."""
    found = comparison.form_of(row)
    if found is None:
        return None
    forms = [
        {
            "key": form.key, "title": form.title, "sentence": form.sentence,
            "leaves": form.leaves, "confidence": form.confidence,
            "resembles": list(known_bugs(form.records)), "harmless": form.harmless,
        }
        for form in found.ranked
    ]  # fmt: skip
    return {"forms": forms, "unexplained": found.unexplained}


def _worst(found: TensorComparison) -> dict[str, Any] | None:
    metrics = found.metrics
    if metrics is None or metrics.worst_index is None:
        return None
    return {
        "index": list(metrics.worst_index),
        "reference": metrics.worst_reference,
        "candidate": metrics.worst_candidate,
    }
