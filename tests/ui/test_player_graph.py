"""The player's sound graph and channels: checked sample by sample, without a sound card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.ui.widget_harness import Harness

pytestmark = pytest.mark.browser

# Renders the player's own graph offline: channels of integers, so every sample is recognised.
OFFLINE = """async ({switches, loop, offset, seconds, rate, at = 0}) => {
  const graph = await import('/inspector/assets/player_graph.js');
  const length = 2 * rate;
  const channels = [0, 1, 2].map((c) =>
    Float32Array.from({length}, (_, i) => [1, -1, 0.5][c] * (0.25 + 0.5 * i / length)));
  const context = new OfflineAudioContext(1, seconds * rate, rate);
  const buffer = graph.createBuffer(channels, rate);
  const voice = graph.startVoice(context, buffer, {at, offset, loop, gains: [1, 0, 0]});
  const starts = switches.map(([at, channel]) =>
    graph.fadeTo(voice, [0, 1, 2].map((i) => Number(i === channel)), at));
  const out = (await context.startRendering()).getChannelData(0);
  return {out: [...out], starts, ramp: graph.RAMP_S};
}"""
RATE = 8000


def channel(index: int, samples: np.ndarray) -> np.ndarray:
    """Return channel `index` of the offline test at whole sample numbers."""
    values = 0.25 + 0.5 * samples / (2 * RATE)
    return (np.array([1, -1, 0.5])[index] * values).astype(np.float32)


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    """One page that only serves the modules; every test renders on its own."""
    harness = Harness()
    with harness.page(browser, "player") as page:
        yield page
    harness.close()


@pytest.mark.parametrize("offset", [0.0, 0.31237])
def test_switch_is_sample_accurate_without_a_gap(page: Any, offset: float) -> None:
    at = 0.5
    got = page.evaluate(
        OFFLINE,
        {"switches": [[at, 1]], "loop": None, "offset": offset, "seconds": 1, "rate": RATE},
    )
    out = np.array(got["out"], np.float32)
    samples = np.arange(len(out)) + round(offset * RATE)
    begin, ramp = round(at * RATE), round(got["ramp"] * RATE)
    assert ramp / RATE <= 0.010
    np.testing.assert_array_equal(out[: begin + 1], channel(0, samples[: begin + 1]))
    after = slice(begin + ramp + 1, None)
    np.testing.assert_array_equal(out[after], channel(1, samples[after]))
    # In between every sample is a mix of both at its own place: nothing repeats, nothing drops.
    share = np.arange(ramp + 1) / ramp
    inside = slice(begin, begin + ramp + 1)
    mixed = (1 - share) * channel(0, samples[inside]) + share * channel(1, samples[inside])
    np.testing.assert_allclose(out[inside], mixed, atol=2e-4)


def test_switch_between_equal_sounds_is_inaudible(page: Any) -> None:
    """Three quick switches, away and back: gains always add up to one."""
    got = page.evaluate(
        OFFLINE.replace("[1, -1, 0.5][c]", "1"),
        {
            "switches": [[0.2, 1], [0.202, 2], [0.203, 0]],
            "loop": None,
            "offset": 0,
            "seconds": 1,
            "rate": RATE,
        },
    )
    out = np.array(got["out"], np.float32)
    np.testing.assert_allclose(out, channel(0, np.arange(len(out))), atol=1e-6)
    assert np.all(np.diff(got["starts"]) >= got["ramp"] - 1e-9), "fades queue, never overlap"


def test_loop_repeats_exactly_its_region_across_a_switch(page: Any) -> None:
    loop = {"start": 0.25, "end": 0.35}
    got = page.evaluate(
        OFFLINE,
        {"switches": [[0.5, 1]], "loop": loop, "offset": 0.25, "seconds": 1, "rate": RATE},
    )
    out = np.array(got["out"], np.float32)
    index = np.arange(len(out))
    place = 2000 + index % 800
    begin, ramp = 4000, round(got["ramp"] * RATE)
    np.testing.assert_array_equal(out[:begin], channel(0, place[:begin]))
    np.testing.assert_array_equal(out[begin + ramp + 1 :], channel(1, place[begin + ramp + 1 :]))
    told = page.evaluate(
        """async () => { const {positionAt} = await import('/inspector/assets/player_graph.js');
        const voice = {startsAt: 1, offset: 0.25, loop: {start: 0.25, end: 0.35}, duration: 2};
        return [0.5, 1.05, 1.13, 1.57].map((time) => positionAt(voice, time)); }"""
    )
    assert told == pytest.approx([0.25, 0.30, 0.28, 0.32], abs=1e-9)


def test_a_start_between_samples_is_not_interpolated(page: Any) -> None:
    """A new source may begin at any time of the clock; its samples stay the stored ones."""
    got = page.evaluate(
        OFFLINE,
        {"switches": [], "loop": None, "offset": 0.2, "seconds": 1, "rate": RATE, "at": 0.05030},
    )
    out = np.array(got["out"], np.float32)
    np.testing.assert_array_equal(out[:402], 0)
    np.testing.assert_array_equal(out[402:], channel(0, 1600 + np.arange(len(out) - 402)))


def test_channels_shift_by_the_lag_and_mark_what_is_missing(page: Any) -> None:
    got = page.evaluate(
        """async () => {
        const {buildChannels} = await import('/inspector/assets/player_channels.js');
        const r = Float32Array.from([1, 2, 3, 4]); const c = Float32Array.from([9, 1, NaN, 3]);
        return [1, -1, 0].map((lag) => { const b = buildChannels(r, c, {lag, gain: 2});
          return [...b.channels.map((x) => [...x]), b.spans[1], b.silenced]; }); }"""
    )
    late, early, same = got
    assert late == [[1, 2, 3, 4], [2, 0, 6, 0], [1, -2, 3, -4], [0, 3], [0, 1]]
    assert early == [[1, 2, 3, 4, 0], [0, 18, 2, 0, 6], [-1, 16, -1, -4, 6], [1, 5], [0, 1]]
    assert same == [[1, 2, 3, 4], [18, 2, 0, 6], [17, 0, -3, 2], [0, 4], [0, 1]]


def test_loudness_match_never_clips(page: Any) -> None:
    got = page.evaluate(
        """async () => {
        const {loudnessMatch: m} = await import('/inspector/assets/player_channels.js');
        return [m(-20, -26, 0.1), m(-20, -40, 0.5), m(-30, -20, 1.2), m(null, -20, 1)]; }"""
    )
    assert got[0]["db"] == pytest.approx(6)
    assert got[1]["limited"] and got[1]["gain"] == pytest.approx(2)
    assert got[2]["db"] == pytest.approx(-10)
    assert got[3] is None
