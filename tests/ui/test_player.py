"""The A/B player in a real browser: one clock, no gap, the same place after every switch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.ui.widget_harness import Harness, read_data, settle
from tests.ui.widget_payloads import SAMPLE_RATE_HZ, add_audio, sound_side

pytestmark = pytest.mark.browser

SECONDS = 4.0
STATE = "document.getElementById('player').inspectorPlayer.state()"


def tone(seconds: float = SECONDS, seed: int = 0) -> np.ndarray:
    """Return noise [N]: unlike a tone, it is like itself at one lag only."""
    rng = np.random.default_rng(seed)
    return (0.2 * rng.standard_normal(int(seconds * SAMPLE_RATE_HZ))).clip(-0.9, 0.9).astype("f4")


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    """A server with the usual pair under ``usual``: the candidate 37 samples late, 6 dB down."""
    harness = Harness()
    reference = tone()
    late = (0.5 * np.concatenate([tone(37 / SAMPLE_RATE_HZ, 9), reference])).astype("f4")
    add_audio(
        harness,
        "usual",
        sound_side(harness, "usual", "reference", reference),
        sound_side(harness, "usual", "candidate", late, lufs=-26.0205999),
        lag_samples=37,
        gain_db=-6.0,
        sentences=["The candidate comes 37 samples late."],
    )
    yield harness
    harness.close()


@pytest.fixture
def page(browser: Any, harness: Harness) -> Iterator[Any]:
    """A page with the player on the usual pair."""
    with harness.page(browser, "player", "usual") as page:
        yield page


def play(page: Any) -> None:
    """Click play and wait until the sound really moves."""
    page.click("#player .insm-play")
    page.wait_for_function(f"{STATE}.position > 0.05")


def test_switch_keeps_the_place_and_the_source(page: Any) -> None:
    play(page)
    for key, active in (("b", 1), ("d", 2), ("a", 0), ("t", 1)):
        # The clock runs on while a script reads it, so every reading stands between two of it.
        t0, place, t1, voice, t2, after, t3, same = page.evaluate(
            """key => { const p = document.getElementById('player').inspectorPlayer;
            const clock = () => p.context.currentTime;
            const before = [clock(), p.state().position, clock(), p.state().voice];
            window.dispatchEvent(new KeyboardEvent('keydown', {key}));
            return [...before, clock(), p.state().position, clock(), p.state().voice]; }""",
            key,
        )
        assert t2 - t1 - 1e-9 <= after - place <= t3 - t0 + 1e-9, "not one sample lost or repeated"
        assert voice == same, "the same source goes on"
        assert page.evaluate(f"{STATE}.active") == active
        page.wait_for_function(
            "a => document.getElementById('player').inspectorPlayer.gains()"
            ".every((g, i) => Math.abs(g - Number(i === a)) < 1e-6)",
            arg=active,
        )
    log = page.evaluate("document.getElementById('player').inspectorPlayer.switchLog")
    assert [(e["from"], e["to"]) for e in log] == [(0, 1), (1, 2), (2, 0), (0, 1)]
    for entry in log:
        assert entry["voice"] == entry["voiceAfter"]
        moved = entry["positionAfter"] - entry["positionBefore"]
        assert abs(moved - (entry["contextTimeAfter"] - entry["contextTime"])) < 1e-9
        assert 0 < entry["fadeStart"] - entry["contextTime"] < 0.06
        assert entry["fadeEnd"] - entry["fadeStart"] <= 0.010


def test_playhead_runs_with_the_audio_clock(page: Any) -> None:
    play(page)
    readings = page.evaluate(
        """async () => {
        const p = document.getElementById('player').inspectorPlayer; const out = [];
        for (let i = 0; i < 20; i += 1) {
          await new Promise(requestAnimationFrame);
          const sent = harness.bus.at(-1)[1].seconds;
          out.push([p.context.currentTime, p.state().position, p.context.currentTime, sent]);
        } return out; }"""
    )
    before, position, after, sent = np.array(readings).T
    # One constant, the start, joins place and clock in all readings.
    assert np.max(position - after) <= np.min(position - before) + 1e-9
    assert position[-1] - position[0] > 0.1
    assert np.all(position - sent < 0.2), "the bus follows frame by frame"
    page.keyboard.press(" ")
    stopped = page.evaluate(f"{STATE}.position")
    settle(page)
    assert page.evaluate(f"{STATE}.position") == stopped
    assert page.evaluate("harness.bus.at(-1)[1].playing") is False
    assert f"{stopped:.3f} / {SECONDS:.3f} s" in page.inner_text("#player .insm-clock")


def drag(page: Any, start: float, end: float) -> None:
    """Drag on the waveforms from `start` to `end` seconds."""
    g = read_data(page, "player", "geometry")
    box = page.locator("#player .insm-waves").bounding_box()
    x = [
        box["x"] + g["left"] + (s - g["start"]) / (g["end"] - g["start"]) * g["width"]
        for s in (start, end)
    ]
    page.mouse.move(x[0], box["y"] + 40)
    page.mouse.down()
    page.mouse.move(x[1], box["y"] + 40, steps=4)
    page.mouse.up()


def test_dragging_marks_a_loop_and_playing_stays_inside(page: Any) -> None:
    drag(page, 1.0, 1.12)
    loop = page.evaluate(f"{STATE}.loop")
    assert loop["on"]
    assert (loop["start"], loop["end"]) == (
        pytest.approx(1.0, abs=0.01),
        pytest.approx(1.12, abs=0.01),
    )
    page.click("#player .insm-play")
    seen = page.evaluate(
        f"""async () => {{ const out = []; let turns = 0; let last = 0;
        while (turns < 3) {{ await new Promise(requestAnimationFrame);
          const at = {STATE}.position; turns += Number(at < last); last = at; out.push(at); }}
        return out; }}"""
    )
    assert min(seen) >= loop["start"] - 1e-4
    assert max(seen) < loop["end"] + 1e-4
    page.keyboard.press("ArrowRight")  # out of the region: back to its start
    assert loop["start"] - 1e-4 <= page.evaluate(f"{STATE}.position") < loop["end"] + 1e-4
    page.keyboard.press("l")
    page.wait_for_function(f"{STATE}.position > {loop['end'] + 0.1}")


def test_a_loop_is_never_shorter_than_30_ms(page: Any) -> None:
    g = read_data(page, "player", "geometry")
    drag(page, 2.0, 2.0 + 5 * (g["end"] - g["start"]) / g["width"])
    loop = page.evaluate(f"{STATE}.loop")
    assert loop["end"] - loop["start"] == pytest.approx(0.03)


def test_click_seeks_and_arrows_step(page: Any) -> None:
    g = read_data(page, "player", "geometry")
    page.click("#player .insm-waves", position={"x": g["left"] + g["width"] / 2, "y": 20})
    assert page.evaluate(f"{STATE}.position") == pytest.approx(2.0, abs=0.01)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(f"{STATE}.position") == pytest.approx(2.25, abs=0.01)
    page.evaluate("dispatchEvent(new CustomEvent('inspector:seek', {detail: {seconds: 0.5}}))")
    assert page.evaluate(f"{STATE}.position") == 0.5
    assert page.evaluate("harness.bus.at(-1)[1].seconds") == 0.5


def test_align_and_loudness_make_the_difference_vanish(page: Any) -> None:
    """The candidate is the reference, late and quieter: taking both out leaves nothing."""
    heard = "#player .insm-facts div:has-text('difference as heard') dd"

    def heard_db() -> float:
        return float(page.inner_text(heard).split()[0].replace("−", "-"))

    assert page.evaluate(f"{STATE}.align") == {"on": True, "lag": 37}
    assert heard_db() == pytest.approx(-6.0, abs=0.1)
    page.check("#player label:has-text('match loudness') input")
    assert page.inner_text(heard) == "silent", "at least 200 dB under the reference"
    assert page.evaluate(f"{STATE}.match.db") == pytest.approx(6.0206, abs=1e-3)
    page.uncheck("#player label:has-text('align') input")
    assert heard_db() == pytest.approx(3.0, abs=0.3), "unrelated noise adds up"


def test_toggling_align_while_playing_keeps_the_place(page: Any) -> None:
    play(page)
    jump = page.evaluate(
        f"""() => {{ const p = document.getElementById('player').inspectorPlayer;
        const a = {STATE}; const t = p.context.currentTime;
        document.querySelectorAll('#player input[type=checkbox]')[1].click();
        const b = {STATE};
        return [b.position - a.position, p.context.currentTime - t, a.voice, b.voice]; }}"""
    )
    assert jump[2] != jump[3], "new channels need a new source"
    # The new source starts a moment ahead, exactly where the old one will be by then.
    assert -0.02 < jump[0] - jump[1] < 0.06
    page.wait_for_function(f"{STATE}.position > 0.3")
    assert page.evaluate(f"{STATE}.playing")


def test_difference_gain_is_held_below_full_scale(page: Any) -> None:
    page.check("#player label:has-text('match loudness') input")
    page.click("#player button:has-text('+40')")
    page.click("#player button:has-text('difference')")
    gains = page.evaluate("document.getElementById('player').inspectorPlayer.gains()")
    assert gains == [0, 0, pytest.approx(100)]
    page.uncheck("#player label:has-text('match loudness') input")
    gains = page.evaluate("document.getElementById('player').inspectorPlayer.gains()")
    assert 1 <= gains[2] < 4
    assert "full scale" in page.inner_text("#player .insm-bar")


@pytest.mark.parametrize("key", ["b", " ", "l", "ArrowRight"])
def test_keys_are_left_alone_while_somebody_types_or_cannot_see(page: Any, key: str) -> None:
    def snapshot() -> Any:
        state = page.evaluate(STATE)
        return state["active"], state["playing"], state["loop"], state["position"]

    before = snapshot()
    page.focus("#typing")
    page.keyboard.press(key)
    assert snapshot() == before
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(f"Control+{key}")
    assert snapshot() == before
    page.evaluate("document.getElementById('player').style.display = 'none'")
    page.keyboard.press(key)
    assert snapshot() == before
    page.evaluate("document.getElementById('player').style.display = ''")
    page.keyboard.press(key)
    assert snapshot() != before, "and is heard otherwise"


def test_a_click_on_a_control_leaves_space_to_the_player(page: Any) -> None:
    page.click("#player button:has-text('candidate')")
    page.keyboard.press(" ")
    assert page.evaluate(f"{STATE}.playing")
    assert page.evaluate(f"{STATE}.active") == 1


def test_without_a_click_the_page_asks_for_one(browser: Any, harness: Harness) -> None:
    """A script may not start sound; a script's own key press is no gesture either."""
    context = browser.new_context()
    page = context.new_page()
    # From a timer and told by the console: whatever the driver evaluates counts as a gesture.
    page.add_init_script(
        """setInterval(() => { const p = document.getElementById('player')?.inspectorPlayer;
        if (!p?.state().has[0]) return;
        if (!window.pressed) window.dispatchEvent(new KeyboardEvent('keydown', {key: ' '}));
        window.pressed = true;
        const notice = document.querySelector('#player .insm-notice');
        if (notice.checkVisibility({visibilityProperty: true})) {
          console.log(`notice: ${notice.textContent}`);
        } else if (p.state().position > 0.05) console.log('no notice, but sound'); }, 50)"""
    )
    with page.expect_console_message(lambda message: "notice" in message.text) as told:
        page.goto(f"{harness.origin}/?widgets=player&run=usual")
    assert told.value.text == "notice: click play to enable audio"
    page.click("#player .insm-play")
    page.wait_for_function(f"{STATE}.position > 0.05")
    assert page.is_hidden("#player .insm-notice")
    assert page.evaluate(f"{STATE}.playing")
    context.close()


def test_missing_sound_can_be_rendered_from_the_mel(browser: Any, harness: Harness) -> None:
    add_audio(harness, "mute", None, None)
    rendered = {"kind": "griffin-lim", "label": "mel"}
    add_audio(
        harness,
        "made",
        sound_side(harness, "mute", "reference", tone(1), **rendered),
        sound_side(harness, "mute", "candidate", tone(1, 1), **rendered),
    )
    harness.runs["mute/audio.json?render"] = harness.runs["made/audio.json"]
    with harness.page(browser, "player", "mute") as page:
        assert "Neither trace holds audio." in page.inner_text("#player")
        assert page.is_hidden("#player .insm-waves")
        page.keyboard.press(" ")
        assert not page.evaluate(f"{STATE}.playing")
        page.click("text=render mel to sound")
        page.wait_for_selector("#player .insm-waves")
        assert "rendered from the mel by Griffin-Lim" in page.inner_text("#player .insm-notes")
        assert page.is_hidden("text=render mel to sound")
        play(page)


def test_one_side_alone_can_be_heard(browser: Any, harness: Harness) -> None:
    add_audio(harness, "half", None, sound_side(harness, "half", "candidate", tone(1)),
              lag_samples=None, gain_db=None, null_db=None)  # fmt: skip
    with harness.page(browser, "player", "half") as page:
        state = page.evaluate(STATE)
        assert (state["active"], state["has"]) == (1, [False, True, False])
        assert page.is_disabled("#player button:has-text('reference')")
        page.keyboard.press("d")
        assert page.evaluate(f"{STATE}.active") == 1
        play(page)


def test_new_value_while_playing_stops_and_reloads(page: Any, harness: Harness) -> None:
    add_audio(harness, "next", sound_side(harness, "next", "reference", tone(1)),
              sound_side(harness, "next", "candidate", tone(1)), sample_rate_hz=12000)  # fmt: skip
    play(page)
    page.evaluate("harness.widgets.player.set(JSON.stringify({run: 'next'}))")
    page.wait_for_function(f"{STATE}.duration === 2")
    assert not page.evaluate(f"{STATE}.playing")
    play(page)
    assert (
        page.evaluate("document.getElementById('player').inspectorPlayer.context.sampleRate")
        == 12000
    )


def test_removed_player_falls_silent(page: Any) -> None:
    play(page)
    page.evaluate(
        "window.p = document.getElementById('player').inspectorPlayer; window.c = p.context;"
        " document.getElementById('player').remove()"
    )
    page.wait_for_function("c.state === 'closed'")


def test_samples_that_are_no_numbers_are_told_and_silent(browser: Any, harness: Harness) -> None:
    broken = tone(1)
    broken[100:112] = np.nan
    add_audio(harness, "nan", sound_side(harness, "nan", "reference", tone(1)),
              sound_side(harness, "nan", "candidate", broken))  # fmt: skip
    with harness.page(browser, "player", "nan") as page:
        assert "12 samples of the candidate are NaN" in page.inner_text("#player .insm-notes")


def test_facts_are_shown_with_units(page: Any) -> None:
    text = page.inner_text("#player .insm-facts")
    for fact in ("+37 samples (+1.54 ms)", "−6.0 dB", "−20.0 | −26.0 LUFS", "−30.0 dB"):
        assert fact in text
    page.click("#player summary")
    assert "The candidate comes 37 samples late." in page.inner_text("#player details")


def test_waveforms_follow_the_zoom_of_the_mel(page: Any) -> None:
    page.evaluate("dispatchEvent(new CustomEvent('inspector:zoom', {detail: {start: 1, end: 2}}))")
    settle(page)
    g = read_data(page, "player", "geometry")
    assert (g["start"], g["end"]) == (1, 2)
    page.dblclick("#player .insm-waves", position={"x": g["left"] + 50, "y": 30})
    settle(page)
    assert read_data(page, "player", "geometry")["end"] == pytest.approx(SECONDS)
