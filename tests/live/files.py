"""A small pair and its checkpoint written to disk, as users have them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tests.blocks.seeded import SMALL, seeded_weights
from tests.live.labs import edit_of
from tests.live.recorded import record_run

BLOCK = "mid_blocks.0.1.0"
FAULT = ("attention_scale_missing", (f"{BLOCK}.attn1.scaled",))


def write_files(folder: Path, *swaps, **recording) -> dict[str, Path]:
    """Reference, candidate (with `FAULT` unless other swaps are named), checkpoint, config."""
    weights = seeded_weights(SMALL)
    edit = edit_of(SMALL, weights, *(swaps or (FAULT,)))
    for name, values in (
        ("reference", record_run(SMALL, weights, **recording)),
        ("candidate", record_run(SMALL, weights, edit=edit, style="mlx", **recording)),
    ):
        (folder / name).mkdir()
        tensors = {n: np.array(v, order="C") for n, v in values.items()}
        save_file(tensors, folder / name / "decoder.safetensors")
        facts = {"framework": "torch" if name == "reference" else "mlx", "steps": SMALL.steps}
        (folder / name / "trace.json").write_text(json.dumps(facts))
    prefix = "flow.decoder.estimator."
    save_file({prefix + k: np.array(v) for k, v in weights.items()}, folder / "w.safetensors")
    (folder / "config.json").write_text(json.dumps(SMALL.to_dict()))
    return {"reference": folder / "reference", "candidate": folder / "candidate",
            "checkpoint": folder / "w.safetensors", "config": folder / "config.json"}  # fmt: skip
