"""Small decoder-like runs under several naming styles, for tests of matching.

A run is a list of ``(what, values)``: ``what`` names the tensor beyond doubt (``s2.b1.q``:
step 2, block 1, queries), so that every test knows the right partner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from inspector.match.matching import MatchResult
from inspector.tensors import Array, TensorRecord, Trace, TraceInfo

Run = list[tuple[str, Array]]
STYLES = ("torch", "snake", "camel", "flat")
_LEAVES = {
    "torch": {
        "norm": "1.0.norm1", "q": "1.0.attn1.to_q", "k": "1.0.attn1.to_k", "out": "1.0",
        "conv": "0.block1.block.0", "res": "0",
    },
    "snake": {
        "norm": "transformers_0.norm1", "q": "transformers_0.attn.query_proj",
        "k": "transformers_0.attn.key_proj", "out": "transformers_0",
        "conv": "resnet.block1.conv", "res": "resnet",
    },
    "camel": {
        "norm": "transformers[0].norm1", "q": "transformers[0].attention.queryProj",
        "k": "transformers[0].attention.keyProj", "out": "transformers[0]",
        "conv": "resnet.block1.conv", "res": "resnet",
    },
    "flat": {
        "norm": "tfmr0_norm1", "q": "tfmr0_q", "k": "tfmr0_k", "out": "tfmr0",
        "conv": "resnet_conv1", "res": "resnet",
    },
}  # fmt: skip
_BLOCK = {
    "torch": "decoder.estimator.mid_blocks.{}.", "snake": "mid_blocks_{}.",
    "camel": "decoder.midBlocks[{}].", "flat": "d_mid{}_",
}  # fmt: skip
_STEP = {
    "torch": "step7_step{}_", "snake": "ode_step{}/", "camel": "swift_ode_step{}::",
    "flat": "step7_step{}_",
}  # fmt: skip
_WORDS = {
    "torch": {"noise": "initial_noise", "mel": "final_mel", "v_cond": "dxdt_cond"},
    "snake": {"mel": "ode_output"},
    "camel": {"mel": "odeOutput", "v_cond": "vCond", "x_before": "xBefore", "x_after": "xAfter"},
    "flat": {"noise": "initial_noise", "mel": "final_mel"},
}


def decoder_run(seed: int = 0, *, steps: int = 2, blocks: int = 3, frames: int = 14) -> Run:
    """States, velocities and blocks of `steps` ODE steps, 16 channels, all BCT or scalars."""
    rng = np.random.default_rng(seed)
    channels = 16
    weights = {name: rng.normal(size=(channels, channels)) / 4.0 for name in "cqkov"}
    x = rng.normal(size=(1, channels, frames))
    mu = rng.normal(size=(1, channels, frames))
    run: Run = [("mu", mu), ("noise", x)]
    for step in range(1, steps + 1):
        run.append((f"s{step}.x_before", x))
        h = x + 0.5 * mu
        for block in range(blocks):
            at = f"s{step}.b{block}."
            conv = np.einsum("bct,cd->bdt", np.tanh(h), weights["c"])
            res = h + conv
            norm = (res - res.mean(1, keepdims=True)) / res.std(1, keepdims=True)
            q, k = (np.einsum("bct,cd->bdt", norm, weights[w]) for w in "qk")
            h = res + np.einsum("bct,cd->bdt", np.tanh(q * k), weights["o"])
            run += [
                (at + "conv", conv), (at + "res", res), (at + "norm", norm), (at + "q", q),
                (at + "k", k), (at + "out", h),
            ]  # fmt: skip
        v = np.einsum("bct,cd->bdt", h, weights["v"])
        x = x + 0.3 * v
        run += [(f"s{step}.v_cond", v), (f"s{step}.x_after", x)]
    run.append(("mel", x * 1.5 - 3.0))
    return [(what, values.astype(np.float32)) for what, values in run]


def name_of(what: str, style: str, first: int = 1) -> str:
    """The name of a tensor in one style, steps counted from `first`."""
    step, _, rest = what.partition(".") if what[0] == "s" and what[1].isdigit() else ("", "", what)
    if rest[0] == "b" and rest[1].isdigit():
        block, _, leaf = rest.partition(".")
        rest = _BLOCK[style].format(block[1:]) + _LEAVES[style][leaf]
    rest = _WORDS[style].get(rest, rest)
    return _STEP[style].format(int(step[1:]) - 1 + first) + rest if step else rest


def random_names(run: Run, seed: int) -> dict[str, str]:
    """A name without information for every tensor."""
    rng = np.random.default_rng([seed, 77])
    letters = list("bcdfghjkmnpqrwyz")
    return {what: "".join(rng.choice(letters, 9)) for what, _ in run}


def noisy(values: Array, relative: float, rng: np.random.Generator) -> Array:
    """What another backend would give."""
    scale = relative * float(np.sqrt(np.mean(np.square(values))))
    return (values + scale * rng.normal(size=values.shape)).astype(values.dtype)


def as_trace(
    items: Iterable[tuple[str, Array]], *, container: bool = False, dtype: str = ""
) -> Trace:
    """A trace over arrays in memory: one container in this order, or one file per tensor."""
    records = tuple(
        TensorRecord(
            name, values.shape, dtype or str(values.dtype),
            "all.npz" if container else f"{name}.npy", index, load=lambda values=values: values,
        )
        for index, (name, values) in enumerate(items)
    )  # fmt: skip
    return Trace("memory", records, TraceInfo())


def judge(result: MatchResult, truth: Mapping[str, str]) -> tuple[int, int, int]:
    """How many pairs are right, how many wrong, and how many wrong ones claim to be sure."""
    right = sum(truth.get(p.reference.name) == p.candidate.name for p in result.pairs)
    sure = [p for p in result.pairs if truth.get(p.reference.name) != p.candidate.name]
    return right, len(sure), sum(p.confidence >= 0.5 for p in sure)
