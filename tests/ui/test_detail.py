"""The detail of one pair in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.ui.conftest import Site, Tab
from tests.ui.fake_api import DiffOptions, FakeComparison

pytestmark = pytest.mark.browser


@pytest.fixture
def page(tab: Tab) -> Iterator[Any]:
    page = tab.open()
    page.locator("#ins-detail [data-shown='32']").wait_for()
    yield page


def _select(page: Any, row: int) -> None:
    page.evaluate(
        """row => dispatchEvent(
            new CustomEvent('inspector:select-row', {detail: {row, source: 'x'}}))""",
        row,
    )
    page.locator(f"#ins-detail [data-shown='{row}']").wait_for()


def test_all_metrics_with_their_help(page: Any, site: Site) -> None:
    meta, _ = site.api.page_tensor(FakeComparison("r", "c", DiffOptions(), 120), 32)
    assert len(meta["metrics"]) == 14
    for metric in meta["metrics"]:
        box = page.locator(f"#ins-detail [data-metric='{metric['name']}']")
        text = box.inner_text()
        assert metric["name"] in text
        assert metric["help"] in text
        assert metric["unit"] in text
    assert page.locator("[data-metric=correlation] dd").inner_text() == "NaN"
    assert page.locator("[data-metric=max_ulp] dd").inner_text() == "1,234,567 float32"


def test_pictures_carry_the_values_of_the_arrays(page: Any, site: Site) -> None:
    _, planes = site.api.page_tensor(FakeComparison("r", "c", DiffOptions(), 120), 32)
    for row, column in ((0, 0), (79, 299), (41, 120)):
        canvas = page.locator("#ins-detail [data-side=difference] canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        x = 38 + (column + 0.5) / 300 * (box["width"] - 38)
        y = (1 - (row + 0.5) / 80) * 150
        page.mouse.move(box["x"] + x, box["y"] + y)
        text = page.locator("#ins-detail .ins-readout").inner_text()
        assert text.startswith(f"channel {row}, frame {column}: ")
        shown = [
            float(part.split()[-1].replace("−", "-")) for part in text.split(": ")[1].split(",")
        ]
        expected = [planes[side][row, column] for side in ("reference", "candidate", "difference")]
        np.testing.assert_array_equal(np.float32(shown), np.float32(expected))
    page.mouse.move(5, 5)
    page.locator("#ins-detail .ins-readout").get_by_text("Point at a picture").wait_for()


def test_difference_is_symmetric_and_sides_share_one_scale(page: Any) -> None:
    scales = page.locator("#ins-detail .ins-heat-box .ins-muted").all_inner_texts()
    assert scales[0] == scales[1]
    assert "…" in scales[0]
    assert scales[2].startswith("±")


def test_pictures_are_drawn_and_follow_the_theme(page: Any, tab: Tab) -> None:
    count = """() => [...document.querySelectorAll('#ins-detail .ins-heat')].map((canvas) => {
        const {data} = canvas.getContext('2d').getImageData(60, 5, 100, 100);
        return [new Set(new Uint32Array(data.buffer)).size, data[0] + data[1] + data[2]]; })"""
    light = page.evaluate(count)
    assert all(colours > 20 for colours, _ in light)
    page.evaluate("document.body.classList.add('dark')")
    page.wait_for_function(
        "({count, before}) => { const now = eval(count)(); return now[2][1] !== before; }",
        arg={"count": f"({count})", "before": light[2][1]},
    )
    dark = page.evaluate(count)
    assert dark[0] == light[0], "the sides keep their colours"
    # Reading pixels back, as only this test does, makes the browser recommend an option.
    tab.problems[:] = [text for text in tab.problems if "willReadFrequently" not in text]


def test_histograms_and_worst_element(page: Any) -> None:
    for canvas in page.locator("#ins-detail .ins-histogram").all():
        inked = canvas.evaluate(
            """canvas => { const {data} = canvas.getContext('2d')
                .getImageData(0, 0, canvas.width, canvas.height);
                return new Set(new Uint32Array(data.buffer)).size; }"""
        )
        assert inked > 10
    assert "3 not finite, left out" in page.locator("#ins-detail .ins-histograms").inner_text()
    captions = page.locator("#ins-detail .ins-histogram-box figcaption").all_inner_texts()
    assert len(captions) == 3 and "Distance in steps of float32 (ulp)" in captions[2]
    assert "elements" in captions[2]
    worst = page.locator(".ins-worst").inner_text()
    assert worst.startswith("Worst element [0, ")
    assert "reference" in worst
    assert "error" in worst


def test_the_forms_of_the_error_with_what_each_leaves(page: Any, site: Site) -> None:
    meta, _ = site.api.page_tensor(FakeComparison("r", "c", DiffOptions(), 120), 33)
    panel = page.locator("#ins-detail .ins-forms")
    assert panel.locator(".ins-forms-rest").is_visible()
    _select(page, 33)
    form = panel.locator("[data-form=lag]")
    text = form.inner_text()
    shown = meta["form"]["forms"][0]
    for part in (
        "likely",
        shown["title"],
        shown["sentence"],
        shown["leaves"],
        f"Resembles: {shown['resembles'][0]}.",
    ):
        assert part in text
    assert not panel.locator(".ins-forms-rest").is_visible()
    _select(page, 11)
    assert not panel.is_visible()


def test_what_cannot_be_compared_says_why(page: Any) -> None:
    _select(page, 11)
    detail = page.locator("#ins-detail")
    assert "cannot be reconciled" in detail.inner_text()
    assert "not comparable" in detail.inner_text()
    assert not detail.locator(".ins-heatmaps").is_visible()
    assert not detail.locator(".ins-metrics").is_visible()
    _select(page, 33)
    assert detail.locator(".ins-heatmaps").is_visible()
    assert not detail.locator(".ins-detail-reason").is_visible()


def test_pooled_pictures_say_so(page: Any) -> None:
    _select(page, 33)
    assert "pooled" in page.locator("#ins-detail .ins-readout").inner_text()
    _select(page, 34)
    assert "pooled" not in page.locator("#ins-detail .ins-readout").inner_text()


def test_the_last_of_many_choices_wins(page: Any) -> None:
    page.evaluate(
        """() => { for (let row = 41; row <= 60; row += 1) {
            dispatchEvent(
                new CustomEvent('inspector:select-row', {detail: {row, source: 'x'}})); } }"""
    )
    page.locator("#ins-detail [data-shown='60']").wait_for()
    page.wait_for_timeout(300)
    assert page.locator("#ins-detail [data-shown='60']").count() == 1
    assert "step6.x_before" in page.locator(".ins-detail-names").inner_text()


def test_a_failure_is_shown_in_its_own_panel(page: Any, tab: Tab) -> None:
    page.route("**/tensor/44.json", lambda route: route.abort())
    page.evaluate(
        "dispatchEvent(new CustomEvent('inspector:select-row', {detail: {row: 44, source: 'x'}}))"
    )
    page.locator("#ins-detail").get_by_text("The inspector does not answer").wait_for()
    assert page.locator("#ins-summary .ins-verdict").is_visible()
    tab.problems.clear()  # the browser logs the request that was cut
    page.unroute("**/tensor/44.json")
    _select(page, 44)
    assert page.locator("#ins-detail .ins-heatmaps").is_visible()
