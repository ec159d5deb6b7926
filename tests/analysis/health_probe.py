"""Ask one family of health checks, or all of them, about a synthetic run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from inspector.analysis.health import HealthReport, check_health
from inspector.analysis.health_context import HealthContext, build_context
from inspector.analysis.health_finding import Finding, NotRecorded, Outcome
from tests.analysis.synthetic_run import SyntheticRun

Family = Callable[[HealthContext], Iterator[Outcome]]


def report_of(run: SyntheticRun) -> HealthReport:
    """The whole health report of `run`."""
    return check_health(run.trace, run.roles)


def ask(family: Family, run: SyntheticRun) -> dict[str, Finding]:
    """Findings of one family by check; the worst of a check when it has several."""
    rank = ("fail", "note", "ok")
    found: dict[str, Finding] = {}
    for outcome in family(build_context(run.trace, run.roles)):
        if isinstance(outcome, Finding):
            known = found.get(outcome.check)
            if known is None or rank.index(outcome.status) < rank.index(known.status):
                found[outcome.check] = outcome
    return found


def missing(family: Family, run: SyntheticRun) -> set[str]:
    """Checks that one family could not make."""
    outcomes = family(build_context(run.trace, run.roles))
    return {o.check for o in outcomes if isinstance(o, NotRecorded)}
