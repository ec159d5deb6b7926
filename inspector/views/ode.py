"""View of the question `ode`: states, velocities, schedule and identities per step."""

from __future__ import annotations

from inspector.diagnose.comparison import Comparison
from inspector.figures.ode import draw_ode, draw_schedule
from inspector.views.panel import FigureSpec, Line, Panel, Table, View

_COLUMNS = (
    "step", "t", "dt", "state min", "state max", "state mean", "state std", "positive %",
    "Euler residual", "CFG rate", "continuity",
)  # fmt: skip


def build(comparison: Comparison) -> Panel:
    """Show the ODE steps of both sides."""
    answer = comparison.answers["ode"]
    if not answer.available:
        return Panel(reason=answer.reason)
    result = answer.result
    tables = []
    for side, name in ((result.reference, "Reference"), (result.candidate, "Candidate")):
        rows = tuple(_row(step) for step in side.steps)
        tables.append(Table(f"{name}: every recorded step", _COLUMNS, rows))
    return Panel(
        lines=tuple(Line("none", s) for s in result.sentences),
        figures=(
            FigureSpec(
                "ode", "State and velocity per ODE step",
                "Range, mean and share of positive values of the state, and mean and spread of "
                "the velocities, per step on both sides.",
                lambda theme: draw_ode(result, theme=theme),
            ),
            FigureSpec(
                "schedule", "Time schedule",
                "Recorded times against the cosine and the linear schedule.",
                lambda theme: draw_schedule(result, theme=theme),
            ),
        ),
        tables=tuple(tables),
    )  # fmt: skip


def _row(step: object) -> tuple[object, ...]:
    state = getattr(step, "state", None)
    numbers = [
        getattr(state, name, None)
        for name in ("minimum", "maximum", "mean", "std", "percent_positive")
    ]
    rest = [
        getattr(step, name, None) for name in ("euler_residual", "cfg_rate", "continuity_error")
    ]
    head = [getattr(step, name, None) for name in ("number", "t", "dt")]
    return (*head, *numbers, *rest)


VIEW = View("ode", "ODE", build)
