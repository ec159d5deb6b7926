"""A culprit search as lines for a terminal and as a JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inspector.diagnose.suspect import CulpritReport, Suspect
from inspector.faults.known_bugs import known_bugs
from inspector.names import show_name

_MOST_BUGS = 3
_LEVELS = {"states": "states and velocities", "blocks": "block outputs", "ops": "operations"}


def culprit_document(report: CulpritReport) -> dict[str, Any]:
    """The JSON document of ``inspector culprit`` as plain values."""
    return {"version": 1, **report.to_dict()}


def render_culprit(report: CulpritReport, *, verbose: bool = False) -> str:
    """Return the report as text without control characters.

    Args:
        report: what to report.
        verbose: also list what was tried and every place with an introduced error.
    """
    return "\n".join(_lines(report, verbose)) + "\n"


def _lines(report: CulpritReport, verbose: bool) -> Iterator[str]:
    head: dict[bool | None, str] = {
        True: "HEALTHY", False: "FOUND" if report.suspects else "NOT EXPLAINED",
    }  # fmt: skip
    yield f"{head.get(report.healthy, 'NOT TESTED')}: {show_name(report.sentence, 2000)}"
    yield ""
    level = _LEVELS.get(report.level, "nothing of the decoder")
    cells, faulty = report.introduced.cells, report.introduced.faulty
    yield f"tested     {len(cells)} recorded values ({level}), {len(faulty)} introduce an error"
    for note in report.introduced.assumed:
        yield f"note       {show_name(note)}"
    for number, suspect in enumerate(report.suspects, 1):
        yield from _suspect(number, suspect)
    for name in report.unexplained[:10]:
        cell = next(c for c in faulty if c.node == name)
        yield (
            f"unexplained {name}, step {cell.step + 1}: introduces {cell.introduced:.1e} "
            f"(rounding {cell.floor:.1e})"
        )
    if verbose:
        yield ""
        yield from (f"  {show_name(line, 1000)}" for line in report.log)
        for cell in faulty:
            yield (
                f"  step {cell.step + 1:2d} {cell.node}: introduced {cell.introduced:.2e}, "
                f"rounding {cell.floor:.1e}"
            )
    took = f"{report.seconds:.1f} s" + ("" if report.complete else "; the budget ran out first")
    yield f"searched   {took}"


def _suspect(number: int, suspect: Suspect) -> Iterator[str]:
    mark = "     " if suspect.kind == "fault" else "note "
    yield f"{number:2d}. {mark}{show_name(suspect.title)}  [{suspect.fault}]"
    yield f"     {show_name(suspect.sentence, 2000)}"
    yield (
        f"     explained {100 * suspect.explained:.4g} %, residual {suspect.residual:.1e}, "
        f"noise floor {suspect.noise_floor:.1e}, margin {suspect.margin:.3g}, "
        f"{suspect.evidence}"
    )
    yield from (f"     resembles: {bug}" for bug in known_bugs(suspect.records)[:_MOST_BUGS])
