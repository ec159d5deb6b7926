"""Small recorded runs made in memory, healthy unless a test breaks them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inspector.tensors import TensorRecord, Trace, TraceInfo

BINS, FRAMES, STEPS, RATE = 80, 40, 5, 0.7
PADDED = 10
"""Frames of padding at the end of `padded_run`."""


def record(name: str, array: np.ndarray, index: int = 0, **facts: Any) -> TensorRecord:
    """A record over an array that is already in memory."""
    return TensorRecord(
        name, array.shape, str(array.dtype), f"{name}.npy", index, lambda: array, **facts
    )


def trace(arrays: Mapping[str, np.ndarray], path: str = "memory", **info: Any) -> Trace:
    """A trace over arrays in memory, in their order."""
    records = tuple(record(n, np.asarray(a), i) for i, (n, a) in enumerate(arrays.items()))
    return Trace(path, records, TraceInfo(**info), identity=path)


def write_folder(folder: Path, arrays: Mapping[str, np.ndarray]) -> Path:
    """Save arrays as a folder of .npy files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return folder


def healthy_run(
    seed: int = 0, *, frames: int = FRAMES, steps: int = STEPS
) -> dict[str, np.ndarray]:
    """A run whose identities hold exactly in float64 and to rounding in float32.

    Names and shapes follow a PyTorch recording: BCT, one file per tensor, steps from 1.
    The state moves on a cosine schedule from noise to a mel of about -6.
    """
    rng = np.random.default_rng(seed)
    shape = (1, BINS, frames)
    noise = rng.standard_normal(shape)
    # A mel with a little structure: louder at low bins, a slow swing in time.
    target = -6 + 2 * np.sin(np.arange(frames) / 6) - np.linspace(-2, 2, BINS)[:, None]
    target = (target + 0.3 * rng.standard_normal(shape)).reshape(shape)
    times = 1 - np.cos(np.pi * np.arange(steps + 1) / (2 * steps))
    arrays: dict[str, np.ndarray] = {
        "step3_speech_tokens": rng.integers(0, 6561, frames // 2).astype(np.int32),
        "step6_mu": rng.standard_normal(shape).astype(np.float32),
        "step7_mask_T": np.ones((1, 1, frames), np.float32),
        "step7_initial_noise": noise.astype(np.float32),
        "step7_t_span": times.astype(np.float32),
    }
    state = arrays["step7_initial_noise"].astype(np.float64)
    for n in range(1, steps + 1):
        t, dt = times[n - 1], times[n] - times[n - 1]
        mixed = (target - state) / (1 - t)
        uncond = mixed + rng.standard_normal(shape)
        cond = (mixed + RATE * uncond) / (1 + RATE)
        after = state + dt * mixed
        for part, value in {
            "t": np.float64(t).reshape(1), "dt": np.float64(dt).reshape(1), "x_before": state,
            "dxdt_cond": cond, "dxdt_uncond": uncond, "dxdt_cfg": mixed, "x_after": after,
        }.items():  # fmt: skip
            kept = value if part in ("t", "dt") else value.astype(np.float32)
            arrays[f"step7_step{n}_{part}"] = kept
        state = after
    arrays["step7_final_mel"] = state.astype(np.float32)
    # Noise in syllables: broadband, so that a lag has one clear answer.
    samples = rng.standard_normal(frames * 480)
    samples *= 0.1 * (1 + np.sin(2 * np.pi * 4 * np.arange(samples.size) / 24000))
    arrays["step8_audio"] = samples.astype(np.float32)[None]
    return arrays


def padded_run(*, mask: str = "end") -> dict[str, np.ndarray]:
    """A run whose last frames keep their noise in every state, as behind a mask.

    Args:
        mask: where it holds zeros: at the ``end``, at the ``start`` or ``none``.
    """
    run = healthy_run()
    noise = run["step7_initial_noise"]
    for name, array in run.items():
        if name.endswith(("x_before", "x_after", "final_mel")):
            run[name] = array.copy()
            run[name][..., -PADDED:] = noise[..., -PADDED:]
    hidden = {"end": slice(-PADDED, None), "start": slice(0, PADDED), "none": slice(0)}[mask]
    run["step7_mask_T"] = run["step7_mask_T"].copy()
    run["step7_mask_T"][..., hidden] = 0
    return run


def other_style(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same run as an MLX port would store it: BTC and other names."""
    parts = {"dxdt_cond": "v_cond", "dxdt_uncond": "v_uncond", "dxdt_cfg": "v_cfg"}
    renamed = {}
    for name, array in arrays.items():
        words = name.split("_", 1)[1] if name.startswith("step") else name
        if words.startswith("step"):
            number, part = words[4:].split("_", 1)
            words = f"ode_step{number}_{parts.get(part, part)}"
        turned = array.transpose(0, 2, 1) if array.ndim == 3 else array
        renamed[words] = np.ascontiguousarray(turned)
    return renamed
