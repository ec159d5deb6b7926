"""Verdict and tiles in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.conftest import Tab

pytestmark = pytest.mark.browser


def _in_view(page: Any, selector: str) -> None:
    page.wait_for_function(
        """selector => {
            const box = document.querySelector(selector).getBoundingClientRect();
            return box.top >= -1 && box.top < innerHeight / 2;
        }""",
        arg=selector,
    )


def test_the_verdict_is_icon_word_and_sentence(tab: Tab) -> None:
    verdict = tab.open().locator("#ins-summary .ins-verdict")
    text = verdict.inner_text()
    assert "✗" in text
    assert "DIFFERENT" in text
    assert "The traces part at step 3 in estimator.mid_blocks.3.ff" in text
    assert text.index("PyTorch, 120 tensors") < text.index("MLX, 124 tensors")


def test_every_tile_has_icon_word_and_colour(tab: Tab) -> None:
    page = tab.open()
    tiles = page.locator(".ins-tile")
    assert tiles.count() == 7
    colours = {}
    for tile in tiles.all():
        tone = tile.get_attribute("data-tone")
        assert tile.locator(".ins-icon").inner_text() in "✓!✗–"
        assert tile.locator(".ins-hidden").text_content().strip(": ") in ("ok", "note", "fail")
        colours[tone] = tile.evaluate("tile => getComputedStyle(tile).borderLeftColor")
    assert len(set(colours.values())) == len(colours) == 3


@pytest.mark.parametrize(
    ("key", "tab_key"), [("ode", "ode"), ("audio", "waveform"), ("unmatched", "match")]
)
def test_a_tile_leads_to_its_evidence(tab: Tab, key: str, tab_key: str) -> None:
    page = tab.open()
    page.locator(f".ins-tile[data-key={key}]").click()
    page.locator(f"#ins-view-{tab_key} [data-state=ready]").wait_for(state="visible")
    selected = page.locator(f"#ins-tab-{tab_key}-button")
    assert selected.get_attribute("aria-selected") == "true"
    _in_view(page, "#ins-tabs")


@pytest.mark.parametrize("by", ["button", "key"])
def test_the_first_divergence_is_one_step_away(tab: Tab, by: str) -> None:
    page = tab.open()
    page.locator("#ins-table [data-state=ready]").wait_for()
    page.get_by_role("tab", name="Health", exact=True).click()
    if by == "button":
        page.locator(".ins-verdict-jump").click()
    else:
        page.keyboard.press("f")
    page.locator("#ins-detail [data-shown='32']").wait_for(state="visible")
    row = page.locator("#ins-table .ins-row[data-row='32']")
    row.wait_for(state="visible")
    assert row.get_attribute("aria-selected") == "true"
    _in_view(page, "#ins-tabs")


def test_typing_the_letter_does_not_jump(tab: Tab) -> None:
    page = tab.open()
    page.get_by_role("tab", name="Health", exact=True).click()
    page.locator("#ins-reference input").press("f")
    assert page.locator("#ins-tab-health-button").get_attribute("aria-selected") == "true"


def test_notes_open_and_are_text(tab: Tab) -> None:
    page = tab.open()
    page.locator(".ins-notes summary").click()
    note = page.locator(".ins-notes-list li")
    assert note.is_visible()
    assert note.inner_text() == "Audio stored as plain tensors is taken to be 24000 Hz."
