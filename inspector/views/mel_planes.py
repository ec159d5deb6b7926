"""Both final mels as float32 planes for the mel viewer."""

from __future__ import annotations

from typing import Any

import numpy as np

from inspector.diagnose.comparison import Comparison
from inspector.names import show_name
from inspector.tensors import Array


def mel_payload(comparison: Comparison) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return facts and float32 mels [F, T] of both sides, stored values untouched."""
    answer = comparison.answers["mel"]
    if not answer.available or answer.result.reason:
        return {"available": False, "reason": answer.reason or answer.result.reason}, {}
    result = answer.result
    planes = {
        "reference": np.ascontiguousarray(result.reference, dtype=np.float32),
        "candidate": np.ascontiguousarray(result.candidate, dtype=np.float32),
    }
    meta: dict[str, Any] = {
        "available": True,
        "reason": "",
        "n_mels": planes["reference"].shape[0],
        "frames": max(p.shape[1] for p in planes.values()),
        "sample_rate_hz": result.spec.sample_rate_hz,
        "hop_length": result.spec.hop_length,
        "bin_hz": result.bin_hz.tolist(),
        "vmin": result.vmin,
        "vmax": result.vmax,
        "dmax": result.error.max_abs or result.dmax,
    }
    sides = {"reference": comparison.reference, "candidate": comparison.candidate}
    for name, side in sides.items():
        role = side.roles.get("mel")
        meta[name] = {
            "frames": planes[name].shape[1],
            "name": show_name(role.record.name, 60) if role else "",
        }
    return meta, planes
