"""The whole page over the real facade and the bundled demo, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from inspector import api
from inspector.ui.opening import OpenRequest
from inspector.ui.server import ServeSettings, start_in_thread
from inspector.ui.serving import DEMO
from tests.ui.conftest import Tab

pytestmark = pytest.mark.browser

PAIR = (str(DEMO / "reference"), str(DEMO / "story-unloaded-weights"))
PLAYER = "document.querySelector('#ins-player .ins-mount').inspectorPlayer"
WIDGETS = ("#ins-summary", "#ins-map", "#ins-mel", "#ins-player")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server that opens the demo."""
    settings = ServeSettings(start=OpenRequest(*PAIR), roots=(str(DEMO),), port=7890)
    with start_in_thread(settings) as server:
        yield server.url


@pytest.fixture
def page(screen: Any, address: str) -> Iterator[Any]:
    """The page with the demo open; any console message or foreign request fails the test."""
    tab = Tab(screen.new_page(), address)
    page = tab.open()
    page.wait_for_selector('#ins-player .ins-mount[data-state="ready"]', timeout=60_000)
    page.wait_for_selector('#ins-mel .ins-mount[data-state="ready"]', timeout=60_000)
    yield page
    page.close()
    assert tab.problems == []


@pytest.fixture(scope="module")
def comparison() -> api.Comparison:
    """The same pair through the Python door."""
    return api.open_pair(*PAIR)


def test_the_verdict_is_that_of_the_python_door(page: Any, comparison: api.Comparison) -> None:
    shown = page.inner_text("#ins-summary .ins-verdict-sentence")
    assert shown == comparison.verdict.sentence
    assert "down_blocks.0.0 " in shown
    tiles = page.locator("#ins-summary .ins-tile")
    assert tiles.count() == 7
    counts = comparison.verdict.counts
    agree = counts["same"] + counts["within_tolerance"]
    assert f"{agree} / {counts['pairs']}" in tiles.first.inner_text()


def test_verdict_tiles_map_mels_and_player_need_no_scrolling(page: Any) -> None:
    for widget in WIDGETS:
        box = page.locator(f"{widget} .ins-mount").bounding_box()
        assert box["width"] > 300, widget
        assert box["y"] >= 0, widget
        assert box["y"] + box["height"] <= 900, widget


def test_the_mel_cursor_reads_the_stored_values(page: Any, comparison: api.Comparison) -> None:
    mels = api.page_mel(comparison)[1]
    root = page.locator("#ins-mel .ins-mount")
    geometry = json.loads(root.get_attribute("data-geometry"))
    corner = page.locator("#ins-mel .insm-stage").bounding_box()
    bins, frames = mels["reference"].shape
    seen = set()
    for across in (0.1, 0.5, 0.9):
        for panel, down in ((0, 0.2), (1, 0.5), (2, 0.8)):
            x = geometry["left"] + across * geometry["width"]
            y = geometry["tops"][panel] + down * geometry["height"]
            page.mouse.move(corner["x"] + x, corner["y"] + y)
            page.wait_for_timeout(60)
            got = json.loads(root.get_attribute("data-readout"))
            frame, row = got["frame"], got["bin"]
            seen.add((frame, row))
            assert abs(frame - across * frames) <= 2
            assert abs(row - (1 - down) * bins) <= 2
            reference, candidate = mels["reference"][row, frame], mels["candidate"][row, frame]
            assert got["reference"] == float(reference)
            assert got["candidate"] == float(candidate)
            assert got["difference"] == float(np.float32(candidate - reference))
    assert len(seen) == 9


def test_a_click_on_a_row_shows_its_detail(page: Any, comparison: api.Comparison) -> None:
    page.get_by_placeholder("Filter by name").fill("step01/decoder.estimator.final_block")
    row = page.locator("#ins-table [role=row]", has_text="final_block").last
    row.click()
    name = "step01/decoder.estimator.final_block"
    detail = page.locator("#ins-detail")
    detail.get_by_text(name, exact=False).first.wait_for(timeout=10_000)
    text = detail.inner_text()
    found = comparison.tensors[comparison.row_of(name)]
    assert found.pair.candidate.name in text
    assert f"{found.metrics.relative_l2:.3g}"[:5] in text


def test_switching_keeps_the_place_within_5_ms_and_leaves_no_gap(page: Any) -> None:
    page.locator("#ins-player").get_by_role("button", name="play").first.click()
    page.wait_for_function(f"{PLAYER}.state().position > 0.2")
    drift, voice, log = page.evaluate(
        f"""async () => {{ const p = {PLAYER};
        const place = () => [p.context.currentTime, p.state().position];
        const [t0, x0] = place(); const voice = p.state().voice;
        window.dispatchEvent(new KeyboardEvent('keydown', {{key: 'b'}}));
        await new Promise((done) => setTimeout(done, 150));
        const [t1, x1] = place();
        return [(x1 - x0) - (t1 - t0), p.state().voice === voice, p.switchLog.at(-1)]; }}"""
    )
    assert abs(drift) < 0.005
    assert voice, "the source goes on: nothing was restarted, so there is no gap"
    assert (log["from"], log["to"]) == (0, 1)
    assert log["fadeEnd"] - log["fadeStart"] <= 0.010
    assert page.evaluate(f"{PLAYER}.gains()[1]") == pytest.approx(1)


def test_every_tab_fills_without_a_problem(page: Any) -> None:
    for _, title in api.view_keys():
        page.get_by_role("tab", name=title, exact=True).click()
        panel = page.get_by_role("tabpanel").locator("visible=true").first
        panel.locator('.ins-mount[data-state="ready"]').first.wait_for(timeout=30_000)
        for image in panel.locator("img.ins-figure").all():
            image.scroll_into_view_if_needed()
            handle = image.element_handle()
            page.wait_for_function("i => i.complete && i.naturalWidth > 200", arg=handle)
