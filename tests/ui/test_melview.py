"""The mel viewer in a real browser: what it names and paints is what the arrays hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.ui.widget_harness import Harness, read_data, settle
from tests.ui.widget_payloads import HOP_LENGTH, SAMPLE_RATE_HZ, add_mel, mel_bins

pytestmark = pytest.mark.browser

BINS, FRAMES = 80, 300
PER_SECOND = SAMPLE_RATE_HZ / HOP_LENGTH
NAN_RGB = [0xB8, 0x4F, 0xD6]

# The colour of canvas `side` at a CSS pixel of the stage.
PIXEL = """([side, x, y]) => {
  const canvas = document.querySelector(`#melview canvas[data-side=${side}]`);
  const stage = document.querySelector('#melview .insm-stage').getBoundingClientRect();
  const box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width;
  const data = canvas.getContext('2d').getImageData(
    Math.floor((x + stage.left - box.left) * ratio),
    Math.floor((y + stage.top - box.top) * ratio), 1, 1).data;
  return [...data].slice(0, 3);
}"""


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    """A server with the usual mel under ``usual``."""
    harness = Harness()
    rng = np.random.default_rng(4)
    reference = rng.normal(-5, 2, (BINS, FRAMES)).astype(np.float32)
    candidate = (reference + rng.normal(0, 0.3, reference.shape)).astype(np.float32)
    candidate[30:50, 100:140] = np.nan
    harness.reference, harness.candidate = reference, candidate  # type: ignore[attr-defined]
    add_mel(harness, "usual", reference, candidate)
    yield harness
    harness.close()


def point(page: Any, x: float, y: float) -> None:
    """Put the mouse on a CSS pixel of the stage."""
    box = page.locator("#melview .insm-stage").bounding_box()
    page.mouse.move(box["x"] + x, box["y"] + y)
    settle(page)


def wheel(page: Any, delta: float) -> None:
    """Turn the wheel and wait until the picture has followed."""
    before = read_data(page, "melview", "geometry")
    page.mouse.wheel(0, delta)
    page.wait_for_function(
        "start => JSON.parse(document.getElementById('melview').dataset.geometry).start !== start",
        arg=before["start"],
    )
    settle(page)


def expected_cell(geometry: dict, x: float, y: float) -> tuple[int, int, int]:
    """Return panel, bin and frame under a CSS pixel, from the geometry alone."""
    span = geometry["end"] - geometry["start"]
    seconds = geometry["start"] + (x - geometry["left"]) / geometry["width"] * span
    panel = max(i for i, top in enumerate(geometry["tops"]) if y >= top)
    height = 1 - (y - geometry["tops"][panel]) / geometry["height"]
    return panel, int(height * BINS), int(seconds * PER_SECOND)


def check_readout(page: Any, harness: Any, shares: list[tuple[float, int, float]]) -> None:
    """Compare the readout with the arrays at (share of width, panel, share of height)."""
    geometry = read_data(page, "melview", "geometry")
    for across, panel, down in shares:
        x = round(geometry["left"] + across * geometry["width"]) + 0.5
        y = round(geometry["tops"][panel] + down * geometry["height"]) + 0.25
        point(page, x, y)
        got = read_data(page, "melview", "readout")
        _, row, frame = expected_cell(geometry, x, y)
        a, b = harness.reference[row, frame], harness.candidate[row, frame]
        assert (got["frame"], got["bin"]) == (frame, row)
        assert got["ms"] == pytest.approx(frame * 20.0)
        assert got["hz"] == mel_bins(BINS)[row]
        for key, value in (("reference", a), ("candidate", b), ("difference", b - a)):
            assert got[key] == ("NaN" if np.isnan(value) else float(value)), (key, across, panel)


POINTS = [(0.01, 0, 0.02), (0.25, 1, 0.5), (0.41, 2, 0.5), (0.6, 0, 0.97), (0.993, 2, 0.3)]


@pytest.mark.parametrize("width", [1440, 700])
def test_readout_is_exact_before_and_after_zoom_and_pan(
    browser: Any, harness: Harness, width: int
) -> None:
    with harness.page(browser, "melview", "usual", width=width) as page:
        check_readout(page, harness, POINTS)
        point(page, width * 0.6, 40)
        wheel(page, -600)
        zoomed = read_data(page, "melview", "geometry")
        assert zoomed["end"] - zoomed["start"] < 0.6 * FRAMES / PER_SECOND
        check_readout(page, harness, POINTS)
        point(page, width * 0.5, 60)
        page.mouse.down()
        page.mouse.move(width * 0.5 + 130, 60, steps=4)
        page.mouse.up()
        settle(page)
        panned = read_data(page, "melview", "geometry")
        assert panned["start"] < zoomed["start"]
        assert panned["end"] - panned["start"] == pytest.approx(zoomed["end"] - zoomed["start"])
        check_readout(page, harness, POINTS)


def test_visible_text_names_the_float32_exactly(browser: Any, harness: Any) -> None:
    with harness.page(browser, "melview", "usual") as page:
        geometry = read_data(page, "melview", "geometry")
        point(page, geometry["left"] + 200.5, geometry["tops"][0] + 20)
        got = read_data(page, "melview", "readout")
        for key in ("reference", "candidate", "difference"):
            text = page.inner_text(f"#melview .insm-cell-{key} .insm-number").replace("−", "-")
            assert np.float32(text) == np.float32(got[key])


@pytest.mark.parametrize("ratio", [1, 2])
def test_every_panel_paints_the_value_it_names(browser: Any, harness: Any, ratio: int) -> None:
    """Linked zoom: after one wheel turn each of the three panels shows the same frames."""
    with harness.page(browser, "melview", "usual", ratio=ratio) as page:
        point(page, 700, 40)
        wheel(page, -700)
        geometry = read_data(page, "melview", "geometry")
        payload = harness.runs["usual/mel.json"]
        luts = {k: np.reshape(v, (256, 3)) for k, v in harness._luts.items()}
        scales = [
            ("magma", payload["vmin"], payload["vmax"], harness.reference),
            ("magma", payload["vmin"], payload["vmax"], harness.candidate),
            ("RdBu_r", -payload["dmax"], payload["dmax"], harness.candidate - harness.reference),
        ]
        for side, (lut, low, high, values), top in zip(
            ("reference", "candidate", "difference"), scales, geometry["tops"], strict=True
        ):
            for across in (0.1, 0.35, 0.8):
                centre = 0.5 / ratio  # a pixel shows the frame under its middle
                x = round(geometry["left"] + across * geometry["width"]) + centre
                y = top + 17 + centre
                _, row, frame = expected_cell(geometry, x, y)
                index = min(255, int((values[row, frame] - low) / (high - low) * 256))
                painted = page.evaluate(PIXEL, [side, x, y])
                assert painted == luts[lut][index].tolist(), (side, across)


def test_zoom_keeps_the_time_under_the_cursor_and_tells_the_others(
    browser: Any, harness: Harness
) -> None:
    with harness.page(browser, "melview", "usual") as page:
        geometry = read_data(page, "melview", "geometry")
        x = round(geometry["left"] + 0.7 * geometry["width"])
        point(page, x, 50)
        wheel(page, -300)
        zoomed = read_data(page, "melview", "geometry")
        at = [
            g["start"] + (x - g["left"]) / g["width"] * (g["end"] - g["start"])
            for g in (geometry, zoomed)
        ]
        assert at[0] == pytest.approx(at[1], abs=1e-9)
        name, sent = page.evaluate("harness.bus.at(-1)")
        assert (name, sent["start"], sent["fit"]) == ("zoom", zoomed["start"], False)


def test_zoom_of_another_widget_is_followed(browser: Any, harness: Harness) -> None:
    with harness.page(browser, "melview", "usual") as page:
        page.evaluate(
            "dispatchEvent(new CustomEvent('inspector:zoom', {detail: {start: 1, end: 2}}))"
        )
        settle(page)
        geometry = read_data(page, "melview", "geometry")
        assert (geometry["start"], geometry["end"]) == (1, 2)
        page.dblclick("#melview .insm-stage")
        settle(page)
        geometry = read_data(page, "melview", "geometry")
        assert (geometry["start"], geometry["end"]) == (0, FRAMES / PER_SECOND)


def test_nan_is_named_and_has_its_own_colour(browser: Any, harness: Harness) -> None:
    with harness.page(browser, "melview", "usual") as page:
        geometry = read_data(page, "melview", "geometry")
        x = geometry["left"] + 120 / FRAMES * geometry["width"] + 0.5
        for panel, side in ((1, "candidate"), (2, "difference")):
            y = geometry["tops"][panel] + geometry["height"] / 2
            point(page, x, y)
            got = read_data(page, "melview", "readout")
            assert got["candidate"] == got["difference"] == "NaN"
            assert isinstance(got["reference"], float)
            assert page.evaluate(PIXEL, [side, x, y]) == NAN_RGB
        assert page.is_visible("#melview >> text=NaN or infinite")


def test_pooled_difference_keeps_single_bad_frames(browser: Any, harness: Harness) -> None:
    """3,000 frames on 1,300 pixels: a mean would hide one wrong frame, the extreme does not."""
    reference = np.zeros((BINS, 3000), np.float32)
    candidate = reference.copy()
    bad = [1000, 1101, 1202, 1303, 1404, 1505]  # first, middle and last of what shares a pixel
    candidate[:, bad] = 4
    add_mel(harness, "long", reference, candidate)
    with harness.page(browser, "melview", "long") as page:
        geometry = read_data(page, "melview", "geometry")
        for frame in bad:
            x = geometry["left"] + (frame + 0.5) / 3000 * geometry["width"]
            painted = page.evaluate(PIXEL, ["difference", x, geometry["tops"][2] + 40])
            assert painted == harness._luts["RdBu_r"][-3:], frame


def test_lowest_bin_is_at_the_bottom(browser: Any, harness: Harness) -> None:
    reference = np.zeros((BINS, 50), np.float32)
    reference[0] = 1
    add_mel(harness, "floor", reference, reference)
    with harness.page(browser, "melview", "floor") as page:
        geometry = read_data(page, "melview", "geometry")
        bottom = geometry["tops"][0] + geometry["height"] - 0.5
        assert page.evaluate(PIXEL, ["reference", 400, bottom]) == harness._luts["magma"][-3:]
        point(page, 400, bottom)
        assert read_data(page, "melview", "readout")["bin"] == 0
        assert "identical" in page.inner_text("#melview .insm-bar")


def test_shorter_side_has_no_values_beyond_its_end(browser: Any, harness: Harness) -> None:
    reference = np.ones((BINS, 100), np.float32)
    reference[0, 0] = 0
    add_mel(harness, "short", reference, reference[:, :60] * 2)
    with harness.page(browser, "melview", "short") as page:
        geometry = read_data(page, "melview", "geometry")
        point(page, geometry["left"] + 0.8 * geometry["width"], geometry["tops"][0] + 30)
        got = read_data(page, "melview", "readout")
        assert (got["reference"], got["candidate"], got["difference"]) == (1, None, None)
        x = geometry["left"] + 0.8 * geometry["width"]
        beyond = {
            tuple(page.evaluate(PIXEL, ["candidate", x + i, geometry["tops"][1] + 30]))
            for i in range(8)
        }
        assert len(beyond) > 1, "hatching has lines and gaps"


def test_keys_zoom_pan_read_and_fit(browser: Any, harness: Any) -> None:
    with harness.page(browser, "melview", "usual") as page:
        page.focus("#melview .insm-stage")
        spans = []
        for key in ("+", "+", "ArrowRight"):
            page.keyboard.press(key)
            settle(page)
            geometry = read_data(page, "melview", "geometry")
            spans.append((geometry["start"], geometry["end"] - geometry["start"]))
        assert spans[1][1] < spans[0][1] < FRAMES / PER_SECOND
        assert spans[2][0] > spans[1][0]
        page.keyboard.press("Shift+ArrowRight")
        first = read_data(page, "melview", "readout")
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowUp")
        second = read_data(page, "melview", "readout")
        assert (second["frame"], second["bin"]) == (first["frame"] + 1, first["bin"] + 1)
        assert second["reference"] == float(harness.reference[second["bin"], second["frame"]])
        assert str(second["frame"]) in page.text_content("#melview .insm-spoken")
        page.keyboard.press("0")
        settle(page)
        assert read_data(page, "melview", "geometry")["start"] == 0


def test_click_asks_the_player_to_go_there(browser: Any, harness: Harness) -> None:
    add_mel(
        harness, "offset", np.ones((8, 100), np.float32), np.ones((8, 100), np.float32),
        audio_start_s=0.5,
    )  # fmt: skip
    with harness.page(browser, "melview", "offset") as page:
        geometry = read_data(page, "melview", "geometry")
        point(page, geometry["left"] + geometry["width"] / 2, 50)
        page.mouse.down()
        page.mouse.up()
        name, sent = page.evaluate("harness.bus.at(-1)")
        assert name == "seek"
        assert sent["seconds"] == pytest.approx(1.0 - 0.5, abs=0.01)


def test_playhead_follows_the_sound(browser: Any, harness: Harness) -> None:
    with harness.page(browser, "melview", "usual") as page:
        page.evaluate("dispatchEvent(new CustomEvent('inspector:time', {detail: {seconds: 3}}))")
        geometry = read_data(page, "melview", "geometry")
        x = geometry["left"] + 0.5 * geometry["width"]
        painted = page.evaluate(
            """([x, y]) => [...document.querySelector('#melview .insm-overlay')
                 .getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3)""",
            [round(x), geometry["tops"][1] + 20],
        )
        assert painted == [0x17, 0xC7, 0x84]


def test_dark_theme_turns_the_middle_of_the_difference_dark(browser: Any, harness: Any) -> None:
    add_mel(harness, "equal", np.ones((BINS, 50), np.float32), np.ones((BINS, 50), np.float32))
    with harness.page(browser, "melview", "equal") as page:
        y = read_data(page, "melview", "geometry")["tops"][2] + 40
        light = page.evaluate(PIXEL, ["difference", 500, y])
        page.evaluate("document.body.classList.add('dark')")
        settle(page)
        dark = page.evaluate(PIXEL, ["difference", 500, y])
        assert min(light) > 230
        assert max(dark) < 60


def test_slider_sets_the_limit_of_the_difference(browser: Any, harness: Any) -> None:
    candidate = np.ones((BINS, 50), np.float32)
    candidate[:, :25] += 0.001
    candidate[0, 0] = 2
    add_mel(harness, "faint", np.ones((BINS, 50), np.float32), candidate)
    with harness.page(browser, "melview", "faint") as page:
        y = read_data(page, "melview", "geometry")["tops"][2] + 30
        pale = page.evaluate(PIXEL, ["difference", 300, y])
        page.fill("#melview input[type=range]", "0")
        settle(page)
        strong = page.evaluate(PIXEL, ["difference", 300, y])
        assert min(pale) > 230
        assert strong == harness._luts["RdBu_r"][-3:]
        assert page.inner_text("#melview output").startswith("0.00100")


def test_empty_unavailable_and_broken_are_sentences(browser: Any, harness: Harness) -> None:
    harness.add("none", mel={"available": False, "reason": "The candidate holds no mel."})
    add_mel(harness, "cut", np.ones((8, 20), np.float32), np.ones((8, 20), np.float32))
    harness.runs["cut/mel-candidate"] = np.ones(100, np.float32)
    with harness.page(browser, "melview") as page:
        page.wait_for_selector("#melview[data-state=empty]")
        assert page.inner_text("#melview").startswith("Open two traces")
    cases = {
        "none": "The candidate holds no mel.",
        "cut": "100 values for /inspector/runs/cut/mel-candidate; 160 were expected.",
        "gone": "nothing at gone/mel.json",
    }
    with harness.page(browser, "melview", "usual", expect_errors=True) as page:
        for run, sentence in cases.items():
            page.evaluate("run => harness.widgets.melview.set(JSON.stringify({run}))", run)
            page.wait_for_selector(f"#melview .insm-message:has-text('{sentence}')")
            assert page.is_hidden("#melview .insm-body")
        page.evaluate("harness.widgets.melview.set(JSON.stringify({run: 'usual'}))")
        page.wait_for_selector("#melview[data-state=ready]")
        assert page.is_visible("#melview .insm-stage")


def test_hidden_mount_draws_when_shown(browser: Any, harness: Harness) -> None:
    with harness.page(browser, "melview", "usual", hidden=True) as page:
        page.wait_for_selector("#melview[data-state=ready]", state="attached")
        assert read_data(page, "melview", "geometry") is None
        page.evaluate("document.getElementById('melview').style.display = ''")
        page.wait_for_function("document.getElementById('melview').dataset.geometry")
        check_readout(page, harness, POINTS[:2])


def test_removed_widget_lets_go_and_can_be_mounted_again(browser: Any, harness: Harness) -> None:
    with harness.page(browser, "melview", "usual") as page:
        page.evaluate("window.old = document.getElementById('melview').inspectorWidget")
        page.evaluate("harness.mount('melview', document.getElementById('melview'))")
        page.wait_for_selector("#melview[data-state=ready]")
        assert page.evaluate("old.signal.aborted"), "the first life ended"
        assert page.locator("#melview .insm-stage").count() == 1
        page.evaluate("window.root = document.getElementById('melview'); root.remove()")
        page.wait_for_function("root.inspectorWidget.signal.aborted")


def test_names_are_text(browser: Any, harness: Harness) -> None:
    evil = "<img src=x onerror=\"document.title='bad'\"> ${document.title='bad'}"
    values = np.ones((8, 20), np.float32)
    add_mel(harness, "evil", values, values)
    harness.runs["evil/mel.json"]["reference"]["name"] = evil
    with harness.page(browser, "melview", "evil") as page:
        assert evil in page.inner_text("#melview .insm-reference")
        assert page.locator("#melview img").count() == 0
        assert page.title() == "widgets"
