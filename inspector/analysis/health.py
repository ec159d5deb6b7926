"""Is a recording consistent with itself?  Asked of each side alone, the reference too.

A failure is what no correct run can show; a note is what a reader should know; a check
that this trace cannot answer is listed and never passed in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from inspector.analysis.health_cfg import check_cfg
from inspector.analysis.health_context import HealthContext, build_context
from inspector.analysis.health_coverage import check_coverage
from inspector.analysis.health_finding import (
    NOTE,
    OK,
    Finding,
    HealthReport,
    NotRecorded,
    Outcome,
    ordered,
)
from inspector.analysis.health_frozen import check_frozen
from inspector.analysis.health_mask import check_masks
from inspector.analysis.health_mel import check_mel
from inspector.analysis.health_names import check_names
from inspector.analysis.health_noise import check_noise
from inspector.analysis.health_ode import check_ode
from inspector.analysis.health_sound import check_sound
from inspector.analysis.health_times import check_times
from inspector.analysis.health_values import check_values
from inspector.tensors import Progress, Roles, Trace

__all__ = ["Finding", "HealthReport", "check_health"]

_FAMILIES: tuple[Callable[[HealthContext], Iterator[Outcome]], ...] = (
    check_values,
    check_names,
    check_masks,
    check_ode,
    check_times,
    check_noise,
    check_cfg,
    check_frozen,
    check_mel,
    check_sound,
    check_coverage,
)


@np.errstate(all="ignore")  # Inf and NaN are findings here, not accidents
def check_health(trace: Trace, roles: Roles, *, progress: Progress | None = None) -> HealthReport:
    """Check one side on its own.

    Args:
        trace: the side.
        roles: what its tensors mean.
        progress: called as tensors are read; may raise `inspector.errors.Cancelled`.

    Returns:
        Findings, failures first, then notes, then what is fine; within one status the one
        that explains most first.
    """
    context = build_context(trace, roles, progress)
    findings: list[Finding] = []
    missing: list[NotRecorded] = []
    for family in _FAMILIES:
        for outcome in family(context):
            if isinstance(outcome, NotRecorded):
                missing.append(outcome)
            else:
                findings.append(outcome)
    findings.append(_summary(missing))
    return HealthReport(ordered(findings))


def _summary(missing: list[NotRecorded]) -> Finding:
    if not missing:
        return Finding("not_recorded", OK, "Every check could be made with this recording.")
    listed = "; ".join(f"{m.what} (needs {m.needs})" for m in missing)
    return Finding(
        "not_recorded",
        NOTE,
        f"Not recorded, so not checked: {listed}.",
        {"checks": [m.check for m in missing]},
        severity=15,
    )
