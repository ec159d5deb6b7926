"""A small healthy decoder run in memory, into which tests plant one fault."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from inspector.analysis.schedule import cosine_times
from inspector.tensors import (
    Array,
    OdeStep,
    OdeTrajectory,
    Roles,
    RoleTensor,
    TensorRecord,
    Trace,
    TraceInfo,
)

BINS, FRAMES, PROMPT, STEPS, RATE = 20, 120, 40, 10, 0.7
STEP_ROLES = ("t", "dt", "x_before", "v_cond", "v_uncond", "v_cfg", "x_after")
STATES = ("x_before", "v_cond", "v_uncond", "v_cfg", "x_after")


@dataclass
class Tensor:
    """One tensor of the run with its meaning."""

    array: Array
    letters: str
    role: str = ""
    step: int | None = None
    dtype: str = ""
    fortran_order: bool = False


@dataclass
class SyntheticRun:
    """Tensors by name; change what you like, then ask for `trace` and `roles`."""

    tensors: dict[str, Tensor]
    info: TraceInfo = field(default_factory=TraceInfo)
    reads: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        return self.tensors[name].array

    def __setitem__(self, name: str, array: Array) -> None:
        self.tensors[name].array = np.asarray(array)

    def add(self, name: str, array: Array, letters: str = "", role: str = "", **more) -> None:
        """Add or replace a tensor."""
        self.tensors[name] = Tensor(np.asarray(array), letters, role, **more)

    def drop(self, *roles: str) -> None:
        """Remove every tensor with one of these roles."""
        self.tensors = {n: t for n, t in self.tensors.items() if t.role not in roles}

    def of_role(self, *roles: str) -> list[str]:
        """Names of the tensors with one of these roles."""
        return [n for n, t in self.tensors.items() if t.role in roles]

    @property
    def trace(self) -> Trace:
        """The run as an opened trace."""
        return Trace("synthetic", tuple(self._records().values()), self.info)

    @property
    def roles(self) -> Roles:
        """The meaning of the tensors, as the matcher would find it."""
        records = self._records()
        named: dict[str, RoleTensor] = {}
        steps: dict[int, OdeStep] = {}
        span = None
        for name, tensor in self.tensors.items():
            role = RoleTensor(records[name], tensor.letters)
            if tensor.role == "t_span":
                span = role
            elif tensor.step is not None:
                known = steps.get(tensor.step, OdeStep(tensor.step))
                steps[tensor.step] = replace(known, **{tensor.role: role})
            elif tensor.role:
                named.setdefault(tensor.role, role)
        by_name = {n: (t.role, t.step) for n, t in self.tensors.items() if t.role}
        ordered = tuple(steps[n] for n in sorted(steps))
        return Roles(named, OdeTrajectory(ordered, span), by_name)

    def _records(self) -> dict[str, TensorRecord]:
        found = {}
        for index, (name, tensor) in enumerate(self.tensors.items()):

            def load(name: str = name, tensor: Tensor = tensor) -> Array:
                self.reads[name] = self.reads.get(name, 0) + 1
                return tensor.array.copy()

            found[name] = TensorRecord(
                name, tensor.array.shape, tensor.dtype or tensor.array.dtype.name,
                f"{name}.npy", index, load, tensor.fortran_order,
            )  # fmt: skip
        return found


def healthy_run(
    *,
    rate: float = RATE,
    times: list[float] | None = None,
    base: int = 1,
    seed: int = 0,
    frames: int = FRAMES,
) -> SyntheticRun:
    """A correct run: straight paths from N(0, 1) to a smooth, negative log-mel.

    Args:
        rate: guidance rate.
        times: t_0..t_S; the cosine law of ten steps when not given.
        base: number of the first step.
        seed: of every random draw.
        frames: mel frames; the first `PROMPT` are the prompt.
    """
    random = np.random.default_rng(seed)
    times = cosine_times(STEPS) if times is None else times
    shape = (1, BINS, frames)
    noise = random.standard_normal(shape).astype(np.float32)
    mel = _smooth_mel(random, frames)
    run = SyntheticRun({})
    prompt = np.where(np.arange(frames) < PROMPT, mel, 0).astype(np.float32)
    run.add("speech_tokens", random.integers(0, 6500, 40), "N", "speech_tokens")
    run.add("prompt_feat", mel[:, :, :PROMPT].transpose(0, 2, 1), "BTC", "prompt_feat")
    run.add("spk_emb", random.standard_normal((1, BINS)).astype("f4"), "BC", "speaker_embedding")
    run.add("mu", random.standard_normal(shape).astype("f4"), "BCT", "mu")
    run.add("cond", prompt, "BCT", "cond")
    run.add("mask", np.ones((1, 1, frames), np.float32), "BCT", "mask")
    run.add("initial_noise", noise, "BCT", "initial_noise")
    run.add("t_span", np.array(times, np.float32), "S", "t_span")
    x = noise
    for place, t in enumerate(times[:-1]):
        number = place + base
        dt = np.float32(times[place + 1] - t)
        wobble = 0.3 * random.standard_normal(shape)
        aim = (mel - noise + wobble).astype(np.float32)
        uncond = (0.8 * aim + 0.5 * random.standard_normal(shape)).astype(np.float32)
        cond = ((aim + rate * uncond) / (1 + rate)).astype(np.float32)
        v = (np.float32(1 + rate) * cond - np.float32(rate) * uncond).astype(np.float32)
        after = (x + dt * v).astype(np.float32)
        for role, value, letters in (
            ("t", np.array([t]), "B"),
            ("dt", np.array([dt]), "B"),
            ("x_before", x, "BCT"),
            ("v_cond", cond, "BCT"),
            ("v_uncond", uncond, "BCT"),
            ("v_cfg", v, "BCT"),
            ("x_after", after, "BCT"),
        ):
            run.add(f"step{number}_{role}", value, letters, role, step=number)
        x = after
    run.add("mel", x, "BCT", "mel")
    run.add("audio", 0.1 * random.standard_normal((1, frames * 48)).astype("f4"), "BN", "audio")
    return run


def _smooth_mel(random: np.random.Generator, frames: int) -> Array:
    """A log-mel [1, F, T] with slow changes over time: mean -6, never above -1."""
    steps = random.standard_normal((BINS, frames + 8))
    slow = np.apply_along_axis(lambda row: np.convolve(row, np.ones(9) / 3, "valid"), 1, steps)
    tilt = np.linspace(-4.5, -8.0, BINS)[:, None]
    return np.clip(tilt + 1.2 * slow, -11.4, -1.0)[None].astype(np.float32)


def swap_layout(run: SyntheticRun) -> None:
    """Store every [B, C, T] tensor as [B, T, C]."""
    for tensor in run.tensors.values():
        if tensor.letters == "BCT":
            tensor.array = np.ascontiguousarray(tensor.array.transpose(0, 2, 1))
            tensor.letters = "BTC"


def double_states(run: SyntheticRun) -> None:
    """Store states as the decoder gets them, twice, and its conditioning with a zero row."""
    for name in run.of_role("x_before", "x_after"):
        run[name] = np.concatenate([run[name]] * 2)
    for name in run.of_role("mu", "cond", "speaker_embedding"):
        run[name] = np.concatenate([run[name], np.zeros_like(run[name])])
    for name in run.of_role("mask"):
        run[name] = np.concatenate([run[name]] * 2)


def round_to(run: SyntheticRun, dtype: str, *, keep_storage: bool = False) -> None:
    """Recompute the run in half precision, stored as such or as float32."""
    for tensor in run.tensors.values():
        if tensor.array.dtype.kind != "f" or tensor.role in ("t", "dt", "t_span"):
            continue
        rounded = _round(tensor.array, dtype)
        tensor.array = rounded if keep_storage or dtype == "bfloat16" else rounded.astype(dtype)
        tensor.dtype = "float32" if keep_storage else dtype


def _round(array: Array, dtype: str) -> Array:
    single = array.astype(np.float32)
    if dtype == "bfloat16":
        bits = single.view(np.uint32) + np.uint32(0x8000)
        return (bits & np.uint32(0xFFFF0000)).view(np.float32)
    return single.astype(dtype).astype(np.float32)
