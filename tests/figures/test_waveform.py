from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.colors import same_color

from inspector.analysis.waveform import compare_waveforms
from inspector.figures.style import DARK, LIGHT, render_png
from inspector.figures.waveform import draw_waveform
from tests.audio.speech_like import speech_like

SPEECH = speech_like(1.0)


def _body(axis):
    (body,) = [c for c in axis.collections if isinstance(c, FillBetweenPolyCollection)]
    return body


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_both_sides_and_the_residual_share_one_scale(theme):
    noisy = SPEECH + 0.01 * np.random.default_rng(0).standard_normal(SPEECH.size)
    figure = draw_waveform(compare_waveforms(SPEECH, noisy, 24000, 24000), theme=theme)
    panels = figure.axes
    assert len({panel.get_ylim() for panel in panels}) == 1
    colours = (theme.reference, theme.candidate, theme.difference)
    for panel, colour in zip(panels, colours, strict=True):
        assert same_color(_body(panel).get_facecolor()[0], colour)
    heights = [np.abs(_body(p).get_paths()[0].vertices[:, 1]).max() for p in panels]
    assert heights[0] == pytest.approx(np.abs(SPEECH).max())
    assert 0.01 < heights[2] < 0.1
    assert render_png(figure, 50).startswith(b"\x89PNG")


def test_titles_name_duration_peak_loudness_lag_and_null():
    later = np.concatenate([np.zeros(37), 0.5 * SPEECH])
    figure = draw_waveform(compare_waveforms(SPEECH, later, 24000, 24000))
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert "1.00 s" in titles[0] and "LUFS" in titles[0] and "peak 0.300" in titles[0]
    assert "moved by -37 samples" in titles[1]
    assert "residual after alignment and gain" in titles[2]
    same = draw_waveform(compare_waveforms(SPEECH, SPEECH, 24000, 24000))
    assert "exactly 0" in same.axes[2].get_title(loc="left")


def test_clipped_samples_are_marked_where_they_are():
    clipped = np.clip(5 * SPEECH, -0.9, 0.9)
    clipped[12000:] = SPEECH[12000:]
    figure = draw_waveform(compare_waveforms(SPEECH, clipped, 24000, 24000))
    marks = [li for li in figure.axes[1].lines if li.get_label() == "clipped"]
    assert len(marks) == 1 and same_color(marks[0].get_color(), LIGHT.fail)
    assert np.allclose(np.abs(marks[0].get_ydata()), 0.9)
    assert 0 < marks[0].get_xdata().max() <= 0.5
    assert not [li for li in figure.axes[0].lines if li.get_label() == "clipped"]
    assert "% clipped" in figure.axes[1].get_title(loc="left")


def test_the_residual_lies_where_the_sides_meet():
    figure = draw_waveform(compare_waveforms(SPEECH, SPEECH[6000:], 24000, 24000))
    times = _body(figure.axes[2]).get_paths()[0].vertices[:, 0]
    assert times.min() == pytest.approx(0.25, abs=0.01)


def test_nothing_to_draw_is_said():
    figure = draw_waveform(compare_waveforms(np.zeros(0), SPEECH, 24000, 24000))
    assert "reference: there are no samples" in figure.axes[0].texts[0].get_text()


def test_silence_can_be_drawn():
    render_png(draw_waveform(compare_waveforms(np.zeros(9000), np.zeros(9000))), 40)


def test_sounds_that_cannot_be_lined_up_have_no_residual():
    other = speech_like(1.0, seed=5)
    panel = draw_waveform(compare_waveforms(SPEECH, other, 24000, 24000)).axes[2]
    assert "cannot be lined up in time" in panel.get_title(loc="left")
    assert not panel.collections
