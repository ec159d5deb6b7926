"""View of the question `ode`: states, velocities, schedule and identities per step."""

from __future__ import annotations

from inspector.analysis.ode import OdeComparison
from inspector.analysis.ode_steps import StepStats
from inspector.figures.ode import draw_ode, draw_schedule
from inspector.views.panel import FigureSpec, Line, Panel, Table, question_view

_COLUMNS = (
    "step", "t", "dt", "state min", "state max", "state mean", "state std", "positive %",
    "Euler residual", "CFG rate", "continuity",
)  # fmt: skip


def show(result: OdeComparison) -> Panel:
    """Show the ODE steps of both sides."""
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


def _row(step: StepStats) -> tuple[object, ...]:
    state = step.state
    values: tuple[object, ...] = (None,) * 5
    if state is not None:
        values = (state.minimum, state.maximum, state.mean, state.std, state.percent_positive)
    residuals = step.euler_residual, step.cfg_rate, step.continuity_error
    return (step.number, step.t, step.dt, *values, *residuals)


VIEW = question_view("ode", "ODE", show)
