from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import same_color

from inspector.analysis.mel import compare_mels
from inspector.audio.mel_scale import MelSpec
from inspector.audio.spectrum import log_mel
from inspector.figures.mel import draw_mel, draw_mel_errors
from inspector.figures.style import DARK, LIGHT, NAN_COLOUR, render_png
from tests.audio.speech_like import speech_like

MEL = log_mel(speech_like(1.0), MelSpec())
LOUDER = MEL + np.linspace(0, 2, MEL.shape[1], dtype=np.float32)


def _images(figure):
    return [axis.images[0] for axis in figure.axes if axis.images]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_both_mels_share_a_scale_and_the_difference_is_symmetric(theme):
    result = compare_mels(MEL, LOUDER)
    figure = draw_mel(result, theme=theme)
    reference, candidate, difference = _images(figure)
    assert reference.get_clim() == candidate.get_clim() == (result.vmin, result.vmax)
    assert difference.get_clim() == (-result.dmax, result.dmax)
    assert reference.cmap.name == candidate.cmap.name == theme.sequential
    assert difference.cmap.name == theme.diverging
    assert np.array_equal(reference.get_array(), MEL)
    assert np.array_equal(candidate.get_array(), LOUDER)
    assert np.allclose(difference.get_array(), LOUDER - MEL, atol=1e-5)
    assert render_png(figure, 50).startswith(b"\x89PNG")


def test_axes_are_in_seconds_bins_and_hz():
    figure = draw_mel(compare_mels(MEL, LOUDER))
    panels = figure.axes[:3]
    assert [p.get_title(loc="left").split(",")[0] for p in panels] == [
        "reference", "candidate", "difference",
    ]  # fmt: skip
    assert panels[2].get_xlabel() == "time (s)"
    assert all("Hz" in p.get_ylabel() for p in panels)
    assert panels[0].get_yticklabels()[-1].get_text() == "79 (7699)"
    assert panels[0].get_xlim() == (0.0, 1.0)
    bars = [axis for axis in figure.axes[3:] if axis.get_ylabel()]
    assert [b.get_ylabel() for b in bars] == ["ln magnitude", "ln magnitude", "ln"]


def test_different_lengths_share_the_time_axis():
    figure = draw_mel(compare_mels(MEL, MEL[:, :20]))
    reference, candidate, difference = _images(figure)
    assert reference.get_extent()[1] == pytest.approx(1.0)
    assert candidate.get_extent()[1] == difference.get_extent()[1] == pytest.approx(0.4)
    assert figure.axes[1].get_xlim() == (0.0, 1.0)


def test_values_that_are_not_finite_have_their_own_colour():
    broken = MEL.copy()
    broken[5, 5] = np.nan
    image = _images(draw_mel(compare_mels(MEL, broken)))[1]
    assert same_color(image.cmap.get_bad(), NAN_COLOUR)


def test_identical_mels_draw_an_empty_difference():
    difference = _images(draw_mel(compare_mels(MEL, MEL)))[2]
    low, high = difference.get_clim()
    assert low == -high < 0
    assert not difference.get_array().any()


def test_a_single_bad_frame_of_a_long_mel_survives_pooling():
    long = np.full((80, 7000), -5.0, dtype=np.float32)
    bad = long.copy()
    bad[:, 3500] = -9.0
    difference = _images(draw_mel(compare_mels(long, bad)))[2]
    assert difference.get_array().shape[1] <= 3000
    assert difference.get_array().min() == -4.0


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_errors_per_band_and_per_frame(theme):
    result = compare_mels(MEL, LOUDER)
    figure = draw_mel_errors(result, theme=theme)
    bands, frames = figure.axes
    lines = {line.get_label(): line for line in bands.lines}
    assert np.array_equal(lines["mean"].get_xdata(), result.bin_hz)
    assert np.array_equal(lines["mean"].get_ydata(), result.error.band_mean_abs)
    assert np.array_equal(lines["largest"].get_ydata(), result.error.band_max_abs)
    lines = {line.get_label(): line for line in frames.lines}
    assert np.array_equal(lines["mean"].get_ydata(), result.error.frame_mean_abs)
    worst = lines["worst mean"]
    assert worst.get_xdata()[0] == pytest.approx(result.worst_frame_ms / 1000)
    assert bands.get_xlabel().endswith("(Hz)") and frames.get_xlabel() == "time (s)"
    assert render_png(figure, 50).startswith(b"\x89PNG")


@pytest.mark.parametrize("draw", [draw_mel, draw_mel_errors])
def test_what_cannot_be_compared_is_said(draw):
    figure = draw(compare_mels(MEL, MEL[:20]))
    assert "80 mel bins against 20" in figure.axes[0].texts[0].get_text()


def test_one_frame_and_all_but_one_nan_can_be_drawn():
    for mel in (MEL[:, :1], np.where(np.arange(MEL.size).reshape(MEL.shape) == 7, MEL, np.nan)):
        render_png(draw_mel(compare_mels(mel, mel)), 40)
        render_png(draw_mel_errors(compare_mels(mel, mel)), 40)
