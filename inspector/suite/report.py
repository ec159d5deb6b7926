"""The outcome of a self-test: a table by group, the bars, a JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from inspector.names import show_name
from inspector.suite.bars import (
    Bar,
    Share,
    called_healthy,
    first_right,
    flagged,
    measure,
    named_within,
    paired,
    reference_right,
)
from inspector.suite.scoring import CaseResult

_HEAD = (
    "group", "cases", "pairs", "correct", "wrong", "hesitant", "missed", "ambiguous flagged",
    "first right", "top 1", "top 3", "missed mistakes", "reference named", "false alarms", "s",
)  # fmt: skip
_MOST_SHOWN = 12


@dataclass(frozen=True)
class SuiteReport:
    """Results of a self-test.

    Attributes:
        results: one per case that was run, in their order.
        planned: how many cases were asked for.
        complete: False when the run was interrupted.
        seconds: wall time.
        notes: what was left out, one sentence each.
    """

    results: tuple[CaseResult, ...]
    planned: int
    complete: bool
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Every demand and what was measured."""
        return measure(self.results)

    @property
    def met(self) -> bool:
        """Every bar that was measured is met, and at least one was."""
        met = [bar.met for bar in self.bars]
        return False not in met and True in met

    def to_dict(self) -> dict[str, Any]:
        """The JSON document of ``inspector selftest``."""
        return {
            "met": self.met,
            "complete": self.complete,
            "planned": self.planned,
            "seconds": self.seconds,
            "notes": list(self.notes),
            "bars": [bar.to_dict() for bar in self.bars],
            "groups": [dict(zip(_HEAD, row, strict=True)) for row in table(self.results)],
            "cases": [result.to_dict() for result in self.results],
        }


def table(results: Sequence[CaseResult]) -> list[tuple[str, ...]]:
    """One row of texts per group, in the order of first appearance."""
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        groups.setdefault(result.case.group, []).append(result)
    return [_row(name, own) for name, own in groups.items()]


def render(report: SuiteReport, *, verbose: bool = False) -> str:
    """The report as terminal text.

    Args:
        verbose: list every case that is not perfect, not only a few.
    """
    lines = [*_aligned([_HEAD, *table(report.results)]), ""]
    for bar in report.bars:
        lines.append(_bar_line(bar))
    imperfect = [line for result in report.results for line in _complaints(result)]
    shown = imperfect if verbose else imperfect[:_MOST_SHOWN]
    if shown:
        lines += ["", "Not perfect:", *(f"  {line}" for line in shown)]
        if len(shown) < len(imperfect):
            lines.append(f"  ... and {len(imperfect) - len(shown)} more; --verbose lists them.")
    lines.append("")
    lines += [*report.notes]
    state = "" if report.complete else "Stopped early: "
    every = "Every bar" if None not in [bar.met for bar in report.bars] else "Every measured bar"
    lines.append(
        f"{state}{len(report.results)} of {report.planned} cases in {report.seconds:.0f} s. "
        + (f"{every} is met." if report.met else "Not every bar is met.")
    )
    return "\n".join(lines) + "\n"


def _row(name: str, results: Sequence[CaseResult]) -> tuple[str, ...]:
    scores = [r.match for r in results if r.match is not None]
    alarms = [r for r in results if r.case.healthy]
    searched = any(r.culprit is not None and not r.case.healthy for r in results)
    seconds = sum((r.seconds or {}).get("case", 0.0) for r in results)
    return (
        name,
        str(len(results)),
        str(sum(m.true_pairs for m in scores)),
        _percent(paired(results)),
        str(sum(m.wrong + m.laid_wrong for m in scores)),
        str(sum(m.hesitant for m in scores)),
        str(sum(m.missed + m.flagged_needlessly for m in scores)),
        _of(flagged(results)),
        _of(first_right(results)),
        _of(named_within(results, 1)),
        _of(named_within(results, 3)),
        str(called_healthy(results)) if searched else "",
        _of(reference_right(results)),
        f"{sum(bool(r.false_alarms) for r in alarms)}/{len(alarms)}" if alarms else "",
        f"{seconds:.0f}",
    )


def _percent(share: Share) -> str:
    return "" if share.percent is None else f"{share.percent:.1f} %"


def _of(share: Share) -> str:
    return f"{share.part}/{share.whole}" if share.whole else ""


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for at, row in enumerate(rows):
        cells = [
            row[0].ljust(widths[0]),
            *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
        ]
        yield "  ".join(cells).rstrip()
        if not at:
            yield "  ".join("-" * w for w in widths)


def _bar_line(bar: Bar) -> str:
    word = {True: "met", False: "MISSED", None: "not measured"}[bar.met]
    if bar.least is None:
        return f"{word:>12}  {bar.title}: {'-' if bar.count is None else bar.count} (0 allowed)"
    share = bar.share
    if share is None or share.percent is None:
        return f"{word:>12}  {bar.title}: - (at least {bar.least:g} %)"
    return (
        f"{word:>12}  {bar.title}: {share.percent:.1f} % = {share.part}/{share.whole} "
        f"(at least {bar.least:g} %)"
    )


def _complaints(result: CaseResult) -> Iterator[str]:
    """What is wrong with a case, one line each."""
    where = result.case.describe()
    if result.error:
        yield f"{where}: {result.error}"
    match, verdict, culprit = result.match, result.verdict, result.culprit
    if match is not None:
        if match.wrong or match.laid_wrong:
            named = "; ".join(show_name(e, 160) for e in match.examples[:2])
            yield f"{where}: {match.wrong + match.laid_wrong} wrong pairs ({named})"
        lost = match.missed + match.flagged_needlessly + match.hesitant
        if lost:
            yield f"{where}: {lost} of {match.true_pairs} tensors without their partner"
        if match.flagged < match.ambiguous:
            yield f"{where}: {match.ambiguous - match.flagged} ambiguities not flagged"
    if verdict is not None and result.visible and not verdict.right:
        found = show_name(verdict.found, 80) or "none"
        yield f"{where}: first divergence {found}, not {show_name(verdict.expected[0], 80)}"
    if culprit is not None and result.visible and culprit.nameable:
        if result.reference_right is False:
            yield f"{where}: not laid to the reference ({', '.join(culprit.suspects) or 'nothing'})"
        elif result.reference_right is None and not culprit.within(1):
            yield f"{where}: named instead: {', '.join(culprit.suspects[:3]) or 'nothing'}"
    if result.false_alarms:
        said = show_name(verdict.sentence, 200) if verdict is not None else ""
        yield f"{where}: false alarm of {' and '.join(result.false_alarms)} ({said})"
