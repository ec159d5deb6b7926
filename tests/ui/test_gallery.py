"""The demo gallery: what it offers, what it may open, and the chooser in a real browser."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import UsageError
from inspector.ui.gallery import Gallery
from inspector.ui.opening import OpenRequest
from tests.ui.conftest import Site, Tab, demo_entries


@pytest.fixture
def gallery() -> Gallery:
    return Gallery.from_entries(demo_entries(Path("demo")))


def test_every_pair_brings_its_checkpoint(gallery: Gallery) -> None:
    assert len(gallery) == 2
    story = gallery.pairs[0].request
    assert Path(story.candidate).name == "candidate"
    assert Path(story.checkpoint).name == "weights.safetensors"
    assert {Path(path).name for path in gallery.paths()} == {
        "reference", "candidate", "healthy", "weights.safetensors",
    }  # fmt: skip


def test_the_open_pair_is_marked(gallery: Gallery) -> None:
    shown = json.loads(gallery.value(gallery.pairs[1].request))
    assert shown["open"] == "healthy"
    assert [pair["key"] for pair in shown["pairs"]] == ["story", "healthy"]
    assert "reference" not in shown["pairs"][0], "no path leaves the server"
    measured = replace(gallery.pairs[1].request, measure_floor=True)
    assert json.loads(gallery.value(measured))["open"] == "healthy"
    assert json.loads(gallery.value(OpenRequest("x", "y")))["open"] == ""


@pytest.mark.parametrize("value", ['{"choose":"nope"}', "", "[]", '{"choose":["story"]}', "{"])
def test_only_its_own_keys_can_be_chosen(gallery: Gallery, value: str) -> None:
    assert gallery.chosen('{"choose":"story"}').title == "Weights never loaded"
    with pytest.raises(UsageError, match="no such pair"):
        gallery.chosen(value)


def test_an_empty_gallery_offers_nothing() -> None:
    assert json.loads(Gallery().value()) == {"pairs": [], "open": ""}
    assert list(Gallery().paths()) == []


def _open(page: Any) -> Any:
    page.locator("#ins-gallery summary").click()
    return page.locator("#ins-gallery .ins-gallery-list")


@pytest.mark.browser
def test_choosing_a_pair_opens_it_with_its_checkpoint(tab: Tab, site: Site) -> None:
    page = tab.open()
    first = page.url
    chooser = page.locator("#ins-gallery")
    chooser.get_by_text("Demo: Weights never loaded").wait_for()
    listed = _open(page)
    assert "Two correct decoders, apart by rounding." in listed.inner_text()
    assert listed.locator("[aria-current=true]").get_attribute("data-key") == "story"
    listed.get_by_text("Healthy MLX port").click()
    chooser.get_by_text("Demo: Healthy MLX port").wait_for()
    page.wait_for_function("url => location.href !== url", arg=first)
    assert page.locator("#ins-candidate input").input_value() == str(site.folder / "healthy")
    assert not listed.is_visible()


@pytest.mark.browser
def test_the_chooser_closes_on_escape_and_works_by_keyboard(tab: Tab) -> None:
    page = tab.open()
    listed = _open(page)
    listed.wait_for(state="visible")
    page.keyboard.press("Escape")
    listed.wait_for(state="hidden")
    page.locator("#ins-gallery summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.key") == "story"
