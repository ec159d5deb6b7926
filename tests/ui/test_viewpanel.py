"""One view in its tab, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.conftest import Site, Tab

pytestmark = pytest.mark.browser


def _open(tab: Tab, title: str, key: str) -> Any:
    page = tab.open()
    page.get_by_role("tab", name=title, exact=True).click()
    return page.locator(f"#ins-view-{key}")


def test_findings_figures_and_tables(tab: Tab) -> None:
    panel = _open(tab, "ODE", "ode")
    panel.locator("[data-state=ready]").wait_for()
    findings = panel.locator(".ins-finding")
    assert findings.count() == 4
    assert findings.locator(".ins-icon").all_inner_texts() == ["✓", "!", "✗"]
    assert findings.locator(".ins-word").all_inner_texts() == ["ok", "note", "fail"]
    plain = findings.nth(3)
    assert plain.inner_text() == "dt was not recorded."
    assert plain.locator("span").bounding_box()["height"] < 30, "the sentence has the whole line"
    headings = panel.locator("th").all_inner_texts()
    assert headings == ["step", "reference min", "candidate min", "note"]
    assert panel.locator("tbody tr").count() == 10
    assert "NaN" in panel.locator("tbody tr").nth(2).inner_text()
    assert "−4.057" in panel.locator("tbody tr").nth(0).inner_text()


def test_figures_are_asked_again_when_the_theme_changes(tab: Tab) -> None:
    panel = _open(tab, "ODE", "ode")
    image = panel.locator("img").first
    image.wait_for(state="visible")
    light = image.get_attribute("src")
    assert light.endswith("/figures/ode/overview.png?theme=light")
    tab.page.wait_for_function("image => image.naturalWidth > 100", arg=image.element_handle())
    tab.page.evaluate("document.body.classList.add('dark')")
    tab.page.wait_for_function(
        "image => image.src.endsWith('theme=dark') && image.complete && image.naturalWidth > 100",
        arg=image.element_handle(),
    )


def test_an_empty_view_says_why(tab: Tab) -> None:
    panel = _open(tab, "Signs", "sign")
    panel.get_by_text("Neither trace holds ODE steps.").wait_for()
    assert panel.locator("img").count() == 0


def test_a_broken_view_says_so_and_the_page_stays(tab: Tab, site: Site) -> None:
    page = tab.open()
    # A run of its own: what was computed for other tests is kept.
    run = page.url.split("run=")[1]
    page.locator("#ins-options > button").click()
    page.get_by_label("Only tensors whose name matches").fill("broken")
    page.get_by_label("Only tensors whose name matches").press("Enter")
    site.api.broken_view = "health"
    try:
        page.wait_for_function("run => !location.search.includes(run)", arg=run)
        page.get_by_role("tab", name="Health", exact=True).click()
        panel = page.locator("#ins-view-health")
        panel.get_by_text("This part could not be computed (ZeroDivisionError)").wait_for()
        assert "secret detail" not in page.content()
        page.get_by_role("tab", name="ODE", exact=True).click()
        page.locator("#ins-view-ode [data-state=ready]").wait_for()
    finally:
        site.api.broken_view = ""
    tab.problems.clear()  # the browser logs the answer 500


def test_a_figure_that_fails_says_why(tab: Tab) -> None:
    page = tab.open()
    page.route(
        "**/figures/mel/detail.png*",
        lambda route: route.fulfill(
            status=422, content_type="application/json", body='{"error": "The mel is empty."}'
        ),
    )
    page.get_by_role("tab", name="Mel", exact=True).click()
    panel = page.locator("#ins-view-mel")
    panel.get_by_text("This figure could not be drawn: The mel is empty.").wait_for()
    panel.locator("img").first.wait_for(state="visible")
    tab.problems.clear()  # the browser logs the answer 422
