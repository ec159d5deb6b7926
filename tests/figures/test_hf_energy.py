from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import same_color

from inspector.analysis.hf_energy import compare_hf
from inspector.audio.mel_scale import MelSpec
from inspector.audio.spectrum import log_mel
from inspector.figures.hf_energy import draw_hf
from inspector.figures.style import DARK, LIGHT, render_png
from tests.audio.speech_like import speech_like

SPEECH = speech_like(1.5)
HISSING = SPEECH + 0.02 * np.diff(np.random.default_rng(0).standard_normal(SPEECH.size + 1))
MEL = log_mel(SPEECH, MelSpec())


def _curve(axis, colour):
    (line,) = [li for li in axis.lines if same_color(li.get_color(), colour)]
    return line


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_cumulative_share_of_both_sides_and_the_cutoff_are_drawn(theme):
    result = compare_hf(reference_audio=SPEECH, candidate_audio=HISSING, cutoff_hz=2500.0)
    top = draw_hf(result, theme=theme).axes[0]
    for side, colour in (
        (result.audio.reference, theme.reference), (result.audio.candidate, theme.candidate),
    ):  # fmt: skip
        line = _curve(top, colour)
        assert np.allclose(line.get_xdata()[1:] * 1000, side.frequency_hz)
        assert np.allclose(line.get_ydata()[1:] / 100, side.cumulative_fraction)
    cutoff = _curve(top, theme.note)
    assert cutoff.get_xdata()[0] == 2.5
    assert "2500 Hz" in cutoff.get_label()


def test_share_and_level_per_frame_are_drawn():
    result = compare_hf(reference_audio=SPEECH, candidate_audio=HISSING)
    _, middle, bottom = draw_hf(result).axes
    share = _curve(middle, LIGHT.candidate)
    drawn, expected = share.get_ydata() / 100, result.audio.candidate.frame_fraction
    assert np.allclose(drawn, expected, equal_nan=True)
    ratio = _curve(bottom, LIGHT.difference)
    assert np.array_equal(ratio.get_ydata(), result.audio.ratio.ratio_db, equal_nan=True)
    p95 = _curve(bottom, LIGHT.fail)
    assert p95.get_ydata()[0] == result.audio.ratio.p95_db
    assert bottom.get_ylabel() == "dB" and bottom.get_xlabel() == "time (s)"
    assert "3000 Hz" in middle.get_title(loc="left")


def test_audio_and_mel_stand_side_by_side():
    figure = draw_hf(
        compare_hf(
            reference_audio=SPEECH, candidate_audio=HISSING, reference_mel=MEL, candidate_mel=MEL
        )
    )
    assert len(figure.axes) == 6
    titles = [axis.get_title(loc="left") for axis in figure.axes[:2]]
    assert titles[0].startswith("audio") and titles[1].startswith("mel")
    assert render_png(figure, 50).startswith(b"\x89PNG")


def test_the_candidate_is_drawn_on_the_time_of_the_reference():
    later = np.concatenate([np.zeros(4800), SPEECH])
    middle = draw_hf(compare_hf(reference_audio=SPEECH, candidate_audio=later)).axes[1]
    assert _curve(middle, LIGHT.candidate).get_xdata()[0] == pytest.approx(-0.2)


def test_unaligned_frames_are_said_and_not_drawn():
    result = compare_hf(reference_audio=SPEECH, candidate_audio=speech_like(1.5, seed=4))
    bottom = draw_hf(result).axes[2]
    assert "not aligned" in bottom.get_title(loc="left")
    assert "cannot be lined up in time" in bottom.texts[0].get_text()
    assert not bottom.lines


def test_one_side_alone_is_drawn_with_the_reason():
    figure = draw_hf(compare_hf(candidate_audio=SPEECH))
    assert "missing" in figure.axes[2].texts[0].get_text()
    render_png(figure, 40)


@pytest.mark.parametrize("given", [{}, {"reference_audio": np.zeros(9000)}])
def test_nothing_to_draw_is_said(given):
    figure = draw_hf(compare_hf(**given))
    assert figure.axes[0].texts[0].get_text().startswith("No power to draw")
