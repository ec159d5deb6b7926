"""What the ODE figures contain."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from inspector.analysis.ode import OdeComparison, compare_trajectories
from inspector.analysis.schedule import cosine_times
from inspector.figures.ode import EXACT, draw_ode, draw_schedule
from inspector.figures.style import DARK, LIGHT, Theme, render_png
from tests.analysis.synthetic_run import SyntheticRun, healthy_run


def _compare(candidate: SyntheticRun | None = None) -> OdeComparison:
    return compare_trajectories(healthy_run().roles, (candidate or healthy_run(rate=0.5)).roles)


def _line(figure: Figure, panel: int, label: str):
    return next(x for x in figure.axes[panel].lines if x.get_label() == label)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("draw", [draw_ode, draw_schedule])
def test_the_figures_render_in_both_themes_with_titles_and_units(draw, theme: Theme) -> None:
    figure = draw(_compare(), theme=theme)
    assert render_png(figure, 60)[:4] == b"\x89PNG"
    for axis in figure.axes:
        assert axis.get_title("left") and axis.get_xlabel() and axis.get_ylabel()
        assert axis.get_legend() is not None


def test_the_state_band_and_mean_are_those_of_the_result() -> None:
    result = _compare()
    figure = draw_ode(result)
    line = _line(figure, 0, "candidate")
    states = [result.candidate.start, *(s.state for s in result.candidate.steps)]
    np.testing.assert_array_equal(line.get_xdata(), range(11))
    np.testing.assert_allclose(line.get_ydata(), [s.mean for s in states if s is not None])
    band = figure.axes[0].collections[1].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(min(s.minimum for s in states if s is not None))
    assert band[:, 1].max() == pytest.approx(max(s.maximum for s in states if s is not None))


def test_reference_is_blue_and_solid_and_candidate_orange_and_dashed() -> None:
    figure = draw_ode(_compare())
    for panel in (0, 1, 2):
        reference = _line(figure, panel, "reference")
        candidate = _line(figure, panel, "candidate")
        assert to_hex(reference.get_color()) == LIGHT.reference
        assert to_hex(candidate.get_color()) == LIGHT.candidate
        assert (reference.get_linestyle(), candidate.get_linestyle()) == ("-", "--")


def test_percent_positive_and_velocity_are_drawn() -> None:
    result = _compare()
    figure = draw_ode(result)
    positive = _line(figure, 2, "reference").get_ydata()
    assert positive[0] == pytest.approx(result.reference.start.percent_positive)  # type: ignore[union-attr]
    velocity = _line(figure, 1, "reference").get_ydata()
    assert velocity[3] == pytest.approx(result.reference.steps[3].v_cfg.mean)  # type: ignore[union-attr]


def test_residuals_are_logarithmic_and_zero_sits_at_the_floor() -> None:
    figure = draw_ode(_compare())
    assert figure.axes[3].get_yscale() == "log"
    assert set(_line(figure, 3, "continuity, reference").get_ydata()) == {EXACT}
    euler = _line(figure, 3, "Euler, candidate").get_ydata()
    assert len(euler) == 10 and max(euler) < 1e-6


def test_the_schedule_shows_both_laws_and_the_recorded_times() -> None:
    linear = healthy_run(times=[i / 10 for i in range(11)])
    figure = draw_schedule(_compare(linear))
    labels = [x.get_label() for x in figure.axes[0].lines]
    assert labels[:2] == ["cosine law", "linear law"]
    assert labels[2].startswith("reference: cosine, off by")
    assert labels[3].startswith("candidate: linear, off by")
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), cosine_times(10))
    heights = [p.get_height() for p in figure.axes[1].patches]
    assert len(heights) == 20 and sum(heights[10:]) == pytest.approx(1)


def test_different_numbers_of_steps_each_get_their_law() -> None:
    figure = draw_schedule(_compare(healthy_run(times=cosine_times(4))))
    labels = [x.get_label() for x in figure.axes[0].lines]
    assert "cosine law, 4 steps" in labels and "cosine law, 10 steps" in labels


def test_a_side_without_steps_leaves_the_other_drawn() -> None:
    figure = draw_ode(_compare(SyntheticRun({})))
    assert [x.get_label() for x in figure.axes[2].lines if x.get_label()[0] != "_"] == ["reference"]


def test_what_was_not_recorded_is_said_in_its_panel() -> None:
    run = healthy_run()
    run.drop("v_cond", "v_uncond", "v_cfg", "x_before")
    figure = draw_ode(compare_trajectories(run.roles, run.roles))
    assert "not recorded" in [t.get_text() for t in figure.axes[1].texts]


@pytest.mark.parametrize("draw", [draw_ode, draw_schedule])
def test_nothing_at_all_gives_a_sentence(draw) -> None:
    empty = SyntheticRun({}).roles
    figure = draw(compare_trajectories(empty, empty))
    assert figure.axes[0].texts[0].get_text().startswith("Neither side holds")


def test_nan_steps_do_not_break_the_figure() -> None:
    run = healthy_run()
    for role in ("x_after", "v_cfg"):
        run[f"step4_{role}"] = np.full_like(run[f"step4_{role}"], np.nan)
    assert render_png(draw_ode(_compare(run)), 50)
