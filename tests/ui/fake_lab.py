"""The part of the fake facade behind the tabs Block lab and Culprit."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from inspector.blocks.config import DecoderConfig
from inspector.blocks.decoder import step_graph
from inspector.blocks.graph import Graph, Node
from inspector.blocks.operations import OPERATIONS
from inspector.errors import Cancelled, UsageError

LAB_STEPS = 10
PLANTED = "mid_blocks.3.1.2"
HOSTILE_TITLE = "<img src=x onerror=\"document.title='pwned'\">"
_SWAPS = (
    ("attention-scale", "attention not scaled", "attention_scale",
     "scores keep their size: no factor 1/√D", "attention too sharp", ["R17", "WK08"]),
    ("attention-mask-inverted", "attention mask inverted", "attention_mask",
     "valid keys are masked, padded keys are not", "silence where speech is", ["R3"]),
    ("projection-transposed", "square projection transposed", "query_projection",
     "the weight is used as [in, out]", "right range, wrong content", ["R21", "WK03"]),
    ("causal-padding-lost", "causal padding lost", "causal_conv",
     "one frame of padding on both sides instead of two before", "smeared onsets", ["R9"]),
    ("kernel-flipped", "kernel flipped", "causal_conv",
     "the kernel runs backwards in time", "pre-echo", ["R10"]),
    ("norm-eps", "norm with another eps", "norm", "eps 1e-2, not 1e-5", "hardly any", ["R30"]),
    ("gelu-tanh", "GELU by tanh", "feed_forward", "tanh approximation of GELU", "tiny", ["R33"]),
    ("residual-missing", HOSTILE_TITLE, "residual_add", "the residual is not added", "noise", []),
)  # fmt: skip
_STAGES = (
    "Inputs and lengths", "Weights", "Health of both sides", "Error per step",
    "Error introduced per block", "Single mistakes", "Pairs of mistakes",
)  # fmt: skip


class FakeLab:
    """Lab and search over invented numbers.

    Attributes:
        lab_requests: what `page_lab_run` was asked for.
        lab_gate, culprit_gate, map_gate: while cleared, the work reports progress and waits.
        lab_cancelled, culprit_cancelled: set when the work noticed that it was stopped.
        lab_error: sentence with which a run fails; empty = it works.
        demos: what `demo_pairs` returns.
        mid_blocks: stages in the middle of the decoder.
    """

    def __init__(self) -> None:
        self.lab_requests: list[dict[str, Any]] = []
        self.lab_gate, self.culprit_gate = threading.Event(), threading.Event()
        self.map_gate = threading.Event()
        self.map_gate.set()
        self.lab_gate.set()
        self.culprit_gate.set()
        self.lab_cancelled, self.culprit_cancelled = threading.Event(), threading.Event()
        self.lab_error = ""
        self.demos: list[dict[str, Any]] = []
        self.mid_blocks = 12

    @property
    def graph(self) -> Graph:
        """The decoder whose slots are shown."""
        return step_graph(DecoderConfig(mid_blocks=self.mid_blocks))

    def demo_pairs(self) -> list[dict[str, Any]]:
        return self.demos

    def page_lab(self, comparison: Any, checkpoint: Any, progress: Any = None) -> dict[str, Any]:
        self._wait(self.map_gate, self.lab_cancelled, progress, "Mapping errors")
        if checkpoint is None:
            return {"available": False, "reason": "No checkpoint is given.", "checkpoint": None}
        blocks = self.graph.blocks
        planted = blocks.index(PLANTED) if PLANTED in blocks else 5
        introduced, carried, verdict = [], [], []
        for i, _ in enumerate(blocks):
            row, upstream, words = [], [], []
            for step in range(LAB_STEPS):
                noise = -6.6 + 0.5 * np.sin(i * 1.7 + step)
                here = -1.9 + 0.08 * step if i == planted else noise
                before = noise + 0.2 if i <= planted and step == 0 else -2.6 + 0.12 * step
                row.append(None if i == 2 else float(here))
                upstream.append(float(before))
                words.append(
                    None if i == 2 else "introduced" if i == planted
                    else "noise" if before < -6 else "amplified" if i == planted + 1
                    else "healed" if i == planted + 3 else "carried"
                )  # fmt: skip
            introduced.append(row)
            carried.append(upstream)
            verdict.append(words)
        return {
            "available": True, "reason": "",
            "checkpoint": {
                "path": checkpoint.path, "label": "weights.safetensors",
                "config": DecoderConfig(mid_blocks=self.mid_blocks).to_dict(),
                "problems": ["2 keys of the checkpoint found no slot: flow.spk_embed.weight, …"],
            },
            "steps": list(range(1, LAB_STEPS + 1)),
            "blocks": [
                {"name": b, "label": b, "kind": _kind(b), "recorded": "none" if b == "inputs"
                 else "reference" if b == "time_mlp" else "both"} for b in blocks
            ],
            "map": {
                "introduced": introduced, "carried": carried, "verdict": verdict,
                "floor": [[-6.5] * LAB_STEPS for _ in blocks],
                "healing": [91.0 if i == planted else None if i % 5 == 2 else 1.5 + i % 4
                            for i, _ in enumerate(blocks)],
            },
            "backends": [{"name": "torch", "reason": ""},
                         {"name": "mlx", "reason": ""}],
            "precisions": ["float64", "float32", "float16", "bfloat16"],
            "sources": [{"key": "reference", "title": "reference trace"},
                        {"key": "candidate", "title": "candidate trace"},
                        {"key": "noise", "title": "noise"}],
            "slot_sources": [{"key": "reference", "title": "reference"},
                             {"key": "candidate", "title": "candidate"}],
            "swaps": [dict(zip(("key", "title", "slot", "change", "symptom", "records"), swap,
                               strict=True)) for swap in _SWAPS],
            "implementations": [{"key": "mine", "title": "my_block.py: Attention"}],
        }  # fmt: skip

    def page_lab_block(self, comparison: Any, checkpoint: Any, block: str) -> dict[str, Any]:
        nodes = self.graph.of_block(block)
        if not nodes:
            raise UsageError("unknown", block, "the decoder has no block of this name")
        return {
            "block": block,
            "nodes": [_node(node, block) for node in nodes],
            "edges": [[name, node.name] for node in nodes for name in node.inputs],
        }

    def page_lab_run(
        self, comparison: Any, checkpoint: Any, request: dict[str, Any], progress: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        self.lab_requests.append(request)
        self._wait(self.lab_gate, self.lab_cancelled, progress, "Running slots")
        if self.lab_error:
            raise UsageError("lab", request["block"], self.lab_error)
        nodes = self.graph.of_block(request["block"])
        swapped = bool(request["swaps"])
        rng = np.random.default_rng(len(request["block"]) + request["step"])
        reference = rng.standard_normal((64, 200)).cumsum(axis=1).astype(np.float32) / 8
        shape = (rng.standard_normal((64, 200)) * 0.05).astype(np.float32)
        shape[20:30, 60:140] += 1
        candidate = reference + shape
        run = candidate + 1e-6 * shape if swapped else reference + 1e-6 * shape
        planes = {"reference": reference, "candidate": candidate, "run": run,
                  "difference": run - reference}  # fmt: skip
        meta: dict[str, Any] = {
            "seconds": 0.137,
            "sentence": "With the swap this block gives the candidate's output to 3.1e-7, "
            "at the noise floor." if swapped else
            "This block as the architecture has it differs from the candidate by 1.3e-2.",
            "notes": [f"The {chosen['source']} did not record <b>x</b>; what this run computed was "
                      "read there." for chosen in request["per_node"].values()
                      if "source" in chosen],
            "nodes": [_errors(i, len(nodes), node, swapped) for i, node in enumerate(nodes)],
            "before": {"error_candidate": 1.3e-2},
            "planes": {
                "rows": 64, "columns": 200, "row_label": "channel", "column_label": "frame",
                "vmin": float(reference.min()), "vmax": float(reference.max()),
                "dmax": float(np.abs(run - reference).max()), "difference_from": "reference",
            },
            "mel": None, "audio": None,
            "test_snippet": f"def test_block():\n    assert '{request['block']}'  # ${{x}} <b>\n",
            "plan": {"plan": 1, **request},
        }  # fmt: skip
        if request["effect"]:
            first, second = self.mels()  # type: ignore[attr-defined] # of the fake facade
            planes["mel"] = second if swapped else first + 0.02 * (second - first)
            sound = self.sounds()[0][:48000]  # type: ignore[attr-defined] # of the fake facade
            planes["audio"] = sound
            meta["mel"] = {"relative_l2_before": 0.31, "relative_l2_after": 0.006 if swapped
                           else 0.31, "healed_percent": 98.0 if swapped else 0.0,
                           "frames": first.shape[1], "n_mels": 80}  # fmt: skip
            meta["audio"] = {"samples": len(sound), "sample_rate_hz": 24000}
        return meta, planes

    def page_culprit(
        self, comparison: Any, checkpoint: Any, progress: Any = None, log: Any = None
    ) -> dict[str, Any]:
        if checkpoint is None:
            raise UsageError("unavailable", "culprit", "no checkpoint is given")
        told: list[str] = []
        outcome = "healthy" if "healthy" in comparison.candidate else (
            "nothing" if "strange" in comparison.candidate else "found"
        )  # fmt: skip
        for i, stage in enumerate(_STAGES):
            progress(i * 4, 28, stage)
            told.append(f"{stage}: ruled out, both sides agree to 2.{i}e-7.")
            found = suspects()[: max(0, 6 - i)] if i >= 4 and outcome == "found" else []
            log({"log": list(told), "suspects": found})
            if i == 4:
                self._wait(self.culprit_gate, self.culprit_cancelled, progress, stage)
        result: dict[str, Any] = {"log": told, "suspects": [], "healthy": None, "next": []}
        if outcome == "healthy":
            return {**result, "healthy": True,
                    "sentence": "Every block repeats the candidate to its noise floor; what is "
                    "left, 4.1e-7, is rounding."}  # fmt: skip
        if outcome == "nothing":
            return {**result, "healthy": False,
                    "sentence": "No known mistake reproduces the candidate's numbers.",
                    "next": [{
                        "sentence": "mid_blocks.3.1.2 introduces 1.3e-2 at step 1: record its "
                        "slots and run again.", "block": PLANTED, "step": 1,
                    }]}  # fmt: skip
        return {**result, "suspects": suspects()[:3], "healthy": False,
                "sentence": "attention not scaled, in every transformer, explains 99.98 % of the "
                "introduced error."}  # fmt: skip

    @staticmethod
    def _wait(gate: threading.Event, stopped: threading.Event, progress: Any, what: str) -> None:
        report = progress or (lambda done, total, what: None)
        done = 0
        try:
            report(0, 100, what)
            while not gate.wait(0.02):
                done = min(99, done + 1)
                report(done, 100, what)
        except Cancelled:
            stopped.set()
            raise


def suspects() -> list[dict[str, Any]]:
    """Suspects of the fake search, best first."""
    rows = [
        ("attention-scale", "attention not scaled", PLANTED + ".attn1.scaled", 0.9998, 3.2e-7),
        ("attention-mask-inverted", "attention mask inverted", PLANTED, 0.31, 9.4e-3),
        ("residual-missing", HOSTILE_TITLE, PLANTED, 0.12, 1.1e-2),
        ("norm-eps", "norm with another eps", PLANTED + ".norm1", 0.02, 1.2e-2),
        ("kernel-flipped", "kernel flipped", "mid_blocks.3.0", 0.01, 1.3e-2),
        ("causal-padding-lost", "causal padding lost", "mid_blocks.3.0", 0.0, 1.3e-2),
    ]
    facts = {key: (slot, change, records) for key, _, slot, change, _, records in _SWAPS}
    return [
        {
            "fault": key, "title": title, "slot": facts[key][0], "where": where,
            "scope": "every transformer" if key == "attention-scale" else "this block",
            "explained": explained, "residual": residual, "noise_floor": 2.9e-7,
            "margin": 3200.0 if i == 0 else None,
            "sentence": f"With “{title}” the reference's own weights give the candidate's "
            f"numbers to {residual:.1e}.",
            "change": facts[key][1], "resembles": facts[key][2], "block": where.split(".attn1")[0]
            .removesuffix(".norm1"), "step": 1,
            "swaps": [{"key": key, "places": [where] if "attn1" in where else None}],
        }
        for i, (key, title, where, explained, residual) in enumerate(rows)
    ]  # fmt: skip


def _kind(block: str) -> str:
    if block in ("ode", "inputs", "time_mlp"):
        return {"time_mlp": "time"}.get(block, block)
    if block.startswith("final"):
        return "final"
    return "transformer" if ".1." in block else "resnet" if block.endswith(".0") else "conv"


def _node(node: Node, block: str) -> dict[str, Any]:
    signature = OPERATIONS[node.op]
    return {
        "name": node.name, "label": node.name.removeprefix(block).removeprefix(".") or "output",
        "slot": node.slot, "op": node.op, "inputs": list(node.inputs),
        "formula": signature.formula, "settings": dict(node.settings),
        "params": [{"name": name, "key": key, "shape": [256, 256], "dtype": "float32"}
                   for name, key in node.params],
        "recorded": "none" if node.op in ("scores", "scale") else "reference"
        if node.op == "softmax" else "both",
        # what reads the scores finds nothing recorded, and the candidate has one step less
        "sources": {
            side: [] if node.op in ("scale", "softmax") else [*range(first, LAB_STEPS + 1)]
            for side, first in (("reference", 1), ("candidate", 2))
        },
        "implementations": ["mine"] if node.slot == "attention_scores" else [],
        "swaps": [key for key, _, slot, *_ in _SWAPS if slot == node.slot],
    }  # fmt: skip


def _errors(i: int, count: int, node: Node, swapped: bool) -> dict[str, Any]:
    floor = 2.9e-7
    small = {"relative_l2": floor * (1 + i / count), "max_abs": 4e-6, "floor_ratio": 1 + i / count}
    grown = 1.3e-2 * (i + 1) / count
    large = {"relative_l2": grown, "max_abs": 0.4, "floor_ratio": grown / floor}
    if node.op in ("scores", "scale"):
        return {"name": node.name, "error_reference": None, "error_candidate": None}
    return {"name": node.name, "error_reference": large if swapped else small,
            "error_candidate": small if swapped else large}  # fmt: skip
