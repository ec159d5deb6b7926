"""The tab Culprit in a real browser: a search that narrows, ends, or is cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ui.conftest import Site, Tab
from tests.ui.fake_lab import HOSTILE_TITLE, PLANTED

pytestmark = pytest.mark.browser

CULPRIT = "#ins-culprit"


@pytest.fixture
def page(tab: Tab, site: Site) -> Iterator[Any]:
    """The tab on a pair that no other test has searched."""
    yield _open(tab, site, "other")
    site.api.culprit_gate.set()


def _open(tab: Tab, site: Site, candidate: str) -> Any:
    """Open a new comparison against `candidate` and show the tab."""
    page = tab.open()
    before = page.url
    fresh = site.folder / f"{candidate}-{len(list(site.folder.iterdir()))}"
    fresh.mkdir()
    (fresh / "a.npy").write_bytes(b"x")
    field = page.locator("#ins-candidate input")
    field.fill(str(fresh))
    field.press("Enter")
    page.wait_for_function("url => location.href !== url", arg=before)
    page.get_by_role("tab", name="Culprit", exact=True).click()
    page.locator(f"{CULPRIT} [data-state=ready]").wait_for()
    return page


def _find(page: Any) -> None:
    page.get_by_role("button", name="Find the culprit").click()


def _verdict(page: Any) -> str:
    line = page.locator(f"{CULPRIT} .culprit-verdict")
    line.wait_for()
    return line.inner_text()


def test_it_narrows_while_it_runs(page: Any, site: Site) -> None:
    site.api.culprit_gate.clear()
    _find(page)
    rows = page.locator(f"{CULPRIT} tr.suspect")
    rows.first.wait_for()
    assert rows.count() == 2
    progress = page.locator(f"{CULPRIT} .culprit-progress")
    progress.get_by_text("Error introduced per block …").wait_for()
    assert " of 100" in progress.inner_text()
    told = page.locator(f"{CULPRIT} .culprit-log li")
    assert told.count() == 5
    assert told.first.inner_text().startswith("Inputs and lengths: ruled out")
    assert page.get_by_role("button", name="Find the culprit").count() == 0
    site.api.culprit_gate.set()
    assert "Culprit found" in _verdict(page)
    assert rows.count() == 3
    assert told.count() == 7
    assert progress.is_hidden()
    page.get_by_role("button", name="Search again").wait_for()


def test_a_suspect_is_told_in_full(page: Any) -> None:
    _find(page)
    assert "explains 99.98 % of the introduced error" in _verdict(page)
    first = page.locator(f'{CULPRIT} tbody[data-fault="attention-scale"]')
    text = first.inner_text()
    for part in ("attention not scaled", f"{PLANTED}.attn1.scaled", "every transformer", "99.98 %",
                 "3.2e-7", "2.9e-7", "×3,200", "no factor 1/√D", "Real ports had it: R17; WK08.",
                 "give the candidate's numbers"):  # fmt: skip
        assert part in text
    widths = [
        page.locator(f"{CULPRIT} .suspect-track i").nth(i).evaluate("n => n.style.width")
        for i in range(3)
    ]
    assert widths == ["99.98%", "31%", "12%"]


def test_cancel_stops_the_search_and_keeps_what_was_found(page: Any, site: Site) -> None:
    site.api.culprit_gate.clear()
    site.api.culprit_cancelled.clear()
    _find(page)
    page.locator(f"{CULPRIT} tr.suspect").first.wait_for()
    with page.expect_request(lambda r: r.method == "DELETE") as sent:
        page.locator(CULPRIT).get_by_role("button", name="Cancel").click()
    assert "/culprit/" in sent.value.url
    assert "Cancelled" in _verdict(page)
    assert page.locator(f"{CULPRIT} tr.suspect").count() == 2
    assert site.api.culprit_cancelled.wait(5)
    site.api.culprit_gate.set()
    page.get_by_role("button", name="Search again").click()
    page.locator(f"{CULPRIT} .culprit-verdict").get_by_text("Culprit found").wait_for()


def test_a_suspect_opens_in_the_lab(page: Any) -> None:
    _find(page)
    _verdict(page)
    first = page.locator(f'{CULPRIT} tbody[data-fault="attention-scale"]')
    first.get_by_role("button", name="Open in the lab").click()
    lab = page.locator("#ins-lab")
    swap = lab.get_by_label("what runs at attn1.scaled", exact=True)
    swap.wait_for()
    assert lab.get_by_label("Block", exact=True).input_value() == PLANTED
    assert lab.get_by_label("Step", exact=True).input_value() == "1"
    assert swap.input_value() == "swap:attention-scale"
    # The lab is there already; another suspect, for the whole block, still arrives.
    page.get_by_role("tab", name="Culprit", exact=True).click()
    second = page.locator(f'{CULPRIT} tbody[data-fault="attention-mask-inverted"]')
    second.get_by_role("button", name="Open in the lab").click()
    lab.locator(".lab-chip").get_by_text("attention mask inverted").wait_for()
    assert swap.input_value() == ""
    lab.get_by_role("button", name="Undo").click()
    assert swap.input_value() == "swap:attention-scale"


def test_a_page_that_comes_back_follows_the_search(page: Any, site: Site) -> None:
    site.api.culprit_gate.clear()
    _find(page)
    page.locator(f"{CULPRIT} tr.suspect").first.wait_for()
    page.reload()
    page.locator("#ins-summary .ins-verdict").wait_for()
    page.get_by_role("tab", name="Culprit", exact=True).click()
    page.locator(f"{CULPRIT} .culprit-progress").get_by_text("Error introduced").wait_for()
    site.api.culprit_gate.set()
    assert "Culprit found" in _verdict(page)


def test_a_healthy_pair_is_called_healthy(tab: Tab, site: Site) -> None:
    page = _open(tab, site, "healthy")
    _find(page)
    text = _verdict(page)
    assert "Healthy" in text
    assert "what is left, 4.1e-7, is rounding" in text
    assert page.get_attribute(f"{CULPRIT} .culprit-verdict", "data-tone") == "ok"
    assert page.locator(f"{CULPRIT} tr.suspect").count() == 0


def test_nothing_explains_it_shows_where_to_look_next(tab: Tab, site: Site) -> None:
    page = _open(tab, site, "strange")
    _find(page)
    assert "Nothing explains it" in _verdict(page)
    after = page.locator(f"{CULPRIT} .culprit-next")
    assert "record its slots and run again" in after.inner_text()
    after.get_by_role("button", name="Open in the lab").click()
    block = page.locator("#ins-lab").get_by_label("Block", exact=True)
    block.wait_for()
    assert block.input_value() == PLANTED


def test_a_failed_search_is_one_sentence(page: Any, site: Site, tab: Tab) -> None:
    page.route(
        "**/culprit",
        lambda route: route.fulfill(
            status=429, content_type="application/json", body='{"error": "Still busy."}'
        ),
    )
    _find(page)
    alert = page.locator(f"{CULPRIT} [role=alert]")
    alert.get_by_text("Still busy.").wait_for()
    page.get_by_role("button", name="Search again").wait_for()
    tab.problems.clear()  # the browser logs the answer 429


def test_another_pair_starts_without_the_findings_of_the_last(
    page: Any, tab: Tab, site: Site
) -> None:
    _find(page)
    _verdict(page)
    before = page.url
    page.locator("#ins-candidate input").fill(str(site.folder / "healthy"))
    page.locator("#ins-candidate input").press("Enter")
    page.wait_for_function("url => location.href !== url", arg=before)
    page.get_by_role("button", name="Find the culprit").wait_for()
    assert page.locator(f"{CULPRIT} tr.suspect").count() == 0
    assert page.locator(f"{CULPRIT} .culprit-verdict").is_hidden()


def test_names_are_text(page: Any) -> None:
    _find(page)
    _verdict(page)
    page.locator(f"{CULPRIT} tr.suspect").get_by_text(HOSTILE_TITLE).wait_for()
    assert page.locator(f"{CULPRIT} img").count() == 0
    assert page.title() == "tensor-diff inspector"


def test_nothing_scrolls_sideways_at_1100(browser: Any, site: Site) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    tab = Tab(context.new_page(), site.url)
    page = _open(tab, site, "narrow")
    _find(page)
    _verdict(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1100
    box = "document.querySelector('#ins-culprit .suspects-scroll')"
    assert page.evaluate(f"{box}.scrollWidth - {box}.clientWidth") <= 0
    context.close()
    assert tab.problems == []
