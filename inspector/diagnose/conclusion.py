"""From cells and suspects to one verdict and one sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inspector.diagnose.suspect import EVIDENCE, CulpritReport, Suspect
from inspector.live.introduced import IntroducedMap

_OPS_CUT = 3
"""Values inside the decoder are computed from so few operations when ops were recorded."""


def conclude(
    errors: IntroducedMap,
    suspects: tuple[Suspect, ...],
    unexplained: tuple[str, ...],
    reference_faults: tuple[str, ...],
    *,
    log: tuple[str, ...],
    seconds: float,
    complete: bool,
    untestable: str = "",
) -> CulpritReport:
    """Order the suspects and say what follows from them.

    `untestable` says why nothing could be tested, where that is known.
    """
    order = {name: i for i, name in enumerate(EVIDENCE)}
    position = {c.node: i for i, c in reversed(list(enumerate(errors.cells)))}

    def rank(suspect: Suspect) -> tuple[int, int, int, float]:
        first = min((position.get(w, 0) for w in suspect.where), default=0)
        real = 0 if suspect.kind == "fault" else 1
        upstream = 0 if suspect.evidence == "input" else 1
        return (real, upstream, order[suspect.evidence] // 3, -suspect.cells * 1e6 + first)

    ranked = tuple(sorted(_merged(suspects), key=rank))
    mistakes = [s for s in ranked if s.kind == "fault"]
    healthy: bool | None = None
    if errors.cells:
        healthy = not mistakes and not unexplained
    return CulpritReport(
        ranked, healthy, errors, unexplained, log,
        untestable or _sentence(errors, ranked, mistakes, unexplained, reference_faults, complete),
        reference_faults, level_of(errors), seconds, complete, errors.assumed,
    )  # fmt: skip


def _merged(suspects: tuple[Suspect, ...]) -> list[Suspect]:
    """Findings of the same fault and evidence as one."""
    found: dict[tuple[str, str], Suspect] = {}
    for suspect in suspects:
        key = (suspect.fault, suspect.kind)
        known = found.get(key)
        if known is None:
            found[key] = suspect
            continue
        better, other = sorted((known, suspect), key=lambda s: EVIDENCE.index(s.evidence))
        where = tuple(dict.fromkeys((*better.where, *other.where)))
        found[key] = replace(
            better, where=where, cells=known.cells + suspect.cells,
            scope="all" if better.scope == other.scope == "all" else "some",
        )  # fmt: skip
    return list(found.values())


def level_of(errors: IntroducedMap) -> str:
    """``states``, ``blocks`` or ``ops``: how finely the candidate was recorded."""
    inner = [c for c in errors.cells if c.block not in ("ode", "inputs", "time_mlp")]
    if not inner:
        return "states" if errors.cells else ""
    per_block = len({c.node for c in inner}) / max(1, len({c.block for c in inner}))
    return "ops" if per_block > _OPS_CUT else "blocks"


def _sentence(
    errors: IntroducedMap,
    suspects: tuple[Suspect, ...],
    mistakes: list[Suspect],
    unexplained: tuple[str, ...],
    reference_faults: tuple[str, ...],
    complete: bool,
) -> str:
    prefix = ""
    if reference_faults:
        prefix = (
            f"The reference's own recording contradicts its checkpoint, first at "
            f"{reference_faults[0]}; check the reference and the checkpoint first. "
        )
    if not errors.cells:
        return (
            f"{prefix}Nothing could be tested: record states and velocities per step "
            "(x_before, v_cond, v_uncond, x_after), better each block's output."
        )
    if mistakes:
        names = [f"{s.title[:1].lower()}{s.title[1:]}" for s in mistakes]
        text = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        text = f"Found: {text}."
        if unexplained:
            text += f" {len(unexplained)} values remain unexplained, first {unexplained[0]}."
        return prefix + text
    if unexplained:
        worst = max(errors.faulty, key=lambda c: c.ratio if np.isfinite(c.ratio) else 1e300)
        first = errors.faulty[0]
        ran_out = "" if complete else " before the time ran out"
        return (
            f"{prefix}No known mistake explains the error{ran_out}. It is introduced first at "
            f"{first.node} in step {first.step + 1} ({first.introduced:.1e}, rounding "
            f"{first.floor:.1e}), most at {worst.node}; compare the candidate's code there."
        )
    notes = [s.title for s in suspects]
    if notes:
        return f"{prefix}Healthy apart from: {'; '.join(notes).lower()}. That is no mistake."
    return f"{prefix}Healthy: every recorded value is what the reference decoder computes."
