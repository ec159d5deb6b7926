"""What the health figure contains."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from inspector.analysis.health import Finding, HealthReport
from inspector.figures.health import draw_health
from inspector.figures.style import DARK, LIGHT, Theme, render_png
from tests.analysis.health_probe import report_of
from tests.analysis.synthetic_run import healthy_run


def _texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.axes[0].texts]


def _broken() -> HealthReport:
    run = healthy_run()
    run["step3_v_uncond"] = np.zeros_like(run["step3_v_uncond"])
    return report_of(run)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_finding_is_there_with_its_word_and_its_colour(theme: Theme) -> None:
    reports = report_of(healthy_run()), _broken()
    figure = draw_health(*reports, theme=theme)
    texts = _texts(figure)
    joined = " ".join(texts)
    for report in reports:
        for finding in report.findings:
            assert " ".join(finding.sentence.split()) in " ".join(joined.split())
    for status, colour in (("ok", theme.ok), ("note", theme.note), ("fail", theme.fail)):
        words = [t for t in figure.axes[0].texts if t.get_text().split()[-1:] == [status]]
        words = [t for t in words if len(t.get_text().split()) == 2]
        expected = sum(f.status == status for r in reports for f in r.findings)
        assert len(words) == expected > 0
        assert {to_hex(t.get_color()) for t in words} == {colour}
    assert render_png(figure, 40)[:4] == b"\x89PNG"


def test_the_headings_count() -> None:
    texts = _texts(draw_health(report_of(healthy_run()), _broken()))
    headings = [t for t in texts if t.startswith(("Reference:", "Candidate:"))]
    assert headings[0].startswith("Reference: 0 failed") and "fail" in headings[1]
    assert not headings[1].startswith("Candidate: 0 failed")


def test_one_side_alone() -> None:
    texts = _texts(draw_health(report_of(healthy_run())))
    assert texts[0].startswith("Recording: 0 failed")


def test_long_sentences_are_wrapped_and_the_figure_grows() -> None:
    short = draw_health(HealthReport((Finding("a", "ok", "Fine."),)))
    long = draw_health(HealthReport((Finding("a", "ok", "word " * 150),)))
    assert long.get_figheight() > short.get_figheight() + 0.5
    assert max(len(t) for t in _texts(long)) <= 130


def test_dollar_signs_of_names_are_text_and_not_formulas() -> None:
    figure = draw_health(HealthReport((Finding("a", "fail", r"Names: $\frac{x$ is bad."),)))
    assert render_png(figure, 40)


def test_an_empty_report_still_draws() -> None:
    assert render_png(draw_health(HealthReport()), 40)
