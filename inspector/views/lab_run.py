"""One run of the lab for the page: errors per slot, planes, effect on the mel and sound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from inspector.analysis.planes import heat_planes
from inspector.blocks.checkpoint import Checkpoint
from inspector.diagnose.comparison import Comparison
from inspector.faults.registry import faults
from inspector.live.introduced import NOISE_FACTOR
from inspector.live.lab import Lab
from inspector.live.offered import OFFERED
from inspector.live.part import SOLVER
from inspector.live.plan import Choice, RunPlan, Swap
from inspector.live.result import NodeErrors, PlanResult, finite
from inspector.live.running import run_plan
from inspector.live.swapping import replaces_block
from inspector.tensors import Array, Progress
from inspector.views.lab import LabCheckpoint, find_lab
from inspector.views.lab_effect import effect_on_mel
from inspector.views.lab_snippet import snippet_of

NOISE_SEED = 0


def run_payload(
    comparison: Comparison,
    checkpoint: LabCheckpoint | None,
    request: Mapping[str, Any],
    progress: Progress | None = None,
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Run the block of `request` and compare every slot with both recordings.

    Args:
        comparison, checkpoint: the pair.
        request: ``block``, ``step`` from 1, ``rows``, ``source``, ``backend``,
            ``precision``, ``per_node``, ``swaps`` and ``effect``; all but the block may be
            missing.
        progress: may raise `Cancelled`.

    Returns:
        Facts, and float32 arrays by name: ``reference``, ``candidate``, ``run``,
        ``difference`` [rows, columns], ``mel`` [F, T] and ``audio`` [N] where there are any.

    Raises:
        TraceError: something recorded cannot be read.
        UsageError: the request cannot be carried out.
        Cancelled: the progress callback asked to stop.
    """
    lab = find_lab(comparison, checkpoint, progress)
    plan = plan_of(lab, request)
    codes = dict(OFFERED.items())
    child = _needs_child(plan)
    result = run_plan(plan, lab, progress, codes=codes, child=child)
    step = plan.steps[0]
    bare = RunPlan(plan.what, plan.steps, plan.source, rows=plan.rows)
    before = result if plan == bare else run_plan(bare, lab, progress)
    output = lab.graph.block_output(request["block"])
    errors = {error.name: error for error in result.errors}
    meta: dict[str, Any] = {
        "seconds": result.seconds,
        "sentence": describe(plan, errors.get(output), before.error(output)),
        "notes": list(result.notes),
        "nodes": [
            {"name": name, **_errors(errors.get(name))} for name in result.values[step]
        ],
        "before": {"error_candidate": _relative(before.error(output))},
        "planes": None,
        "mel": None,
        "audio": None,
        "test_snippet": _snippet(comparison, lab, checkpoint, plan, output),
        "plan": plan.to_dict(),
    }  # fmt: skip
    arrays: dict[str, Array] = {}
    meta["planes"], planes = _planes(lab, result, output, step)
    arrays |= planes
    if request.get("effect"):
        effect, found = effect_on_mel(comparison, lab, plan, codes, child, progress)
        notes = dict.fromkeys([*meta["notes"], *effect["notes"]])
        meta |= {**effect, "notes": list(notes)}
        arrays |= found
    return meta, arrays


def plan_of(lab: Lab, request: Mapping[str, Any]) -> RunPlan:
    """The plan that a request of the page asks for.

    Raises:
        UsageError: a value that no plan can have.
    """
    source = str(request.get("source") or "reference")
    choices, swaps = [], []
    for swap in request.get("swaps") or ():
        places = swap.get("places")
        swaps.append(Swap(swap["key"], None if places is None else tuple(places)))
    for node, chosen in (request.get("per_node") or {}).items():
        chosen = {key: value for key, value in chosen.items() if value}
        name = str(chosen.get("implementation", ""))
        if name in OFFERED and replaces_block(OFFERED[name], lab.graph):
            swaps.append(Swap(name, (lab.graph.node(node).block,)))
            del chosen["implementation"]
        if chosen:
            choices.append((node, Choice(**chosen)))
    return RunPlan(
        # the plan's word ode means the whole solution
        what=SOLVER if request["block"] == "ode" else request["block"],
        steps=(int(request.get("step") or 1),),
        source=f"noise:{NOISE_SEED}" if source == "noise" else source,
        backend=request.get("backend") or "torch",
        precision=request.get("precision") or "float32",
        nodes=tuple(choices),
        swaps=tuple(dict.fromkeys(swaps)),
        rows=request.get("rows") or "both",
    )


def describe(plan: RunPlan, after: NodeErrors | None, before: NodeErrors | None) -> str:
    """What a run shows, in one sentence."""
    changes = [f"“{faults()[s.key].title}”" for s in plan.swaps if s.key in faults()]
    changes += [f"“{name}”" for name in _own_code(plan)]
    reading = sum(choice.source in ("reference", "candidate") for _, choice in plan.nodes)
    if reading:
        changes.append(f"recorded inputs at {reading} slot{'s' * (reading > 1)}")
    how = f"With {' and '.join(changes)} this part" if changes else "This part, as the " \
        "architecture has it,"  # fmt: skip
    if plan.source.startswith("noise:"):
        return f"{how} ran on noise; no recording can be compared."
    side, found = "candidate", None if after is None else after.candidate
    if found is None:
        side, found = "reference", None if after is None else after.reference
    if found is None:
        return f"{how} ran; neither trace recorded its output at step {plan.steps[0]}."
    ratio = found.floor_ratio
    if not np.isfinite(found.relative_l2):
        return f"{how} gives values that are NaN or Inf, or a {side} that holds them."
    if ratio is not None and ratio <= NOISE_FACTOR:
        text = (f"{how} gives the {side}'s output to {found.relative_l2:.1e}, "
                f"{ratio:.2g} times the noise floor: that is rounding.")  # fmt: skip
    else:
        text = f"{how} differs from the {side}'s output by {found.relative_l2:.1e}" + (
            "." if ratio is None else f", {ratio:.2g} times the noise floor."
        )
    first = None if before is None or not changes else getattr(before, side)
    if first is not None and np.isfinite(first.relative_l2):
        text += f" Without it the difference is {first.relative_l2:.1e}."
    return text


def _planes(
    lab: Lab, result: PlanResult, output: str, step: int
) -> tuple[dict[str, Any] | None, dict[str, Array]]:
    if output not in result.values[step]:
        return None, {}
    run = result.value(output, step)
    letters = "BTC" if run.ndim == 3 else ""
    sides = {}
    for name, side in (("reference", lab.reference), ("candidate", lab.candidate)):
        bound = side.get(output, step - 1)
        value = None if bound is None else bound.read()
        if value is not None and value.shape[1:] == run.shape[1:]:
            sides[name] = value
    # the rows that every side holds; the conditional ones come first
    rows = min(len(run), *(len(v) for v in sides.values())) if sides else len(run)
    if result.plan.rows == "uncond":
        sides = {n: v[len(v) - rows :] for n, v in sides.items() if len(v) > rows}
    against = "candidate" if "candidate" in sides and result.plan.source != "reference" else next(
        (n for n in sides), "run"
    )  # fmt: skip
    cut = {name: value[:rows] for name, value in {**sides, "run": run}.items()}
    drawn = {n: heat_planes(cut[against], v, letters=letters) for n, v in cut.items()}
    facts = drawn["run"].to_dict()
    ranges = [(p.vmin, p.vmax) for p in drawn.values() if p.vmin is not None and p.vmax is not None]
    facts["vmin"] = min((low for low, _ in ranges), default=None)
    facts["vmax"] = max((high for _, high in ranges), default=None)
    arrays = {name: _float32(plane.candidate) for name, plane in drawn.items()}
    arrays["difference"] = _float32(drawn["run"].difference)
    shape = {"rows": arrays["run"].shape[0], "columns": arrays["run"].shape[1]}
    return {**facts, **shape, "difference_from": against}, arrays


def _float32(plane: Array) -> Array:
    return np.ascontiguousarray(plane, dtype=np.float32)


def _errors(error: NodeErrors | None) -> dict[str, Any]:
    if error is None:
        return {"error_reference": None, "error_candidate": None}
    values = error.to_dict()
    return {name: values[name] for name in ("error_reference", "error_candidate")}


def _relative(error: NodeErrors | None) -> float | None:
    if error is None or error.candidate is None:
        return None
    return finite(error.candidate.relative_l2)


def _needs_child(plan: RunPlan) -> bool:
    """MLX and the user's own code can only be stopped from outside."""
    return "mlx" in {plan.backend, *(c.backend for _, c in plan.nodes)} or bool(_own_code(plan))


def _own_code(plan: RunPlan) -> list[str]:
    """Names of the operator's implementations that take part."""
    named = [c.implementation for _, c in plan.nodes if c.implementation is not None]
    return list(dict.fromkeys([s.key for s in plan.swaps if s.key in OFFERED] + named))


def _snippet(
    comparison: Comparison, lab: Lab, checkpoint: LabCheckpoint | None, plan: RunPlan, output: str
) -> str:
    config = None if checkpoint is None or isinstance(checkpoint, Checkpoint) else checkpoint.config
    side = "candidate" if (output, plan.steps[0] - 1) in lab.candidate.values else "reference"
    if _own_code(plan) or plan.source.startswith("noise:"):
        return ""
    return snippet_of(
        plan, output, plan.steps[0], reference=comparison.reference.trace.path,
        candidate=comparison.candidate.trace.path, checkpoint=lab.checkpoint.path, config=config,
        side=side,
    )  # fmt: skip
