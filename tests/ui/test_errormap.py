"""The error map in a real browser: every cell stands for the pair that it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ui.widget_harness import Harness, read_data, settle
from tests.ui.widget_payloads import add_map

pytestmark = pytest.mark.browser

NAN_RGB = [0xB8, 0x4F, 0xD6]

PIXEL = """([x, y]) => [...document.querySelector('#errormap .insm-map canvas').getContext('2d')
  .getImageData(Math.round(x), Math.round(y), 1, 1).data].slice(0, 3)"""

OK, BAD, SAME, NONE = "within_tolerance", "different", "same", "not_comparable"
VALUE = [[-6.5, -6.0, -5.5], [None, -2.0, -1.0], [-6.2, None, "NaN"], [-6.1, -3.0, None]]
STATUS = [[OK, OK, OK], [SAME, BAD, BAD], [OK, NONE, BAD], [OK, BAD, None]]
RANGE = {
    "steps": [1, 2, 3],
    "reference": {"min": [-4.0, -6.5, -9.25], "max": [4.0, 3.0, 2.0]},
    "candidate": {"min": [-4.0, "NaN", -5.0], "max": [4.0, None, 3.5]},
}


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    """A server with a small map under ``usual``."""
    harness = Harness()
    add_map(harness, "usual", VALUE, STATUS, value_range=RANGE)
    yield harness
    harness.close()


def place(page: Any, row: float, column: float) -> tuple[float, float]:
    """Return the CSS pixel of a cell's middle, relative to the stage."""
    g = read_data(page, "errormap", "geometry")
    return (
        g["left"] + (column + 0.5) * g["columnWidth"],
        g["top"] + (row + 0.5) * g["rowHeight"],
    )


def colour(page: Any, row: float, column: float) -> list[int]:
    """Return the painted colour of a cell's middle."""
    return page.evaluate(PIXEL, list(place(page, row, column)))


def table_colour(harness: Harness, log10: float) -> list[int]:
    """Return the colour that the table gives an error."""
    index = min(255, int((log10 + 7) / 7 * 256))
    return harness._luts["error"][3 * index : 3 * index + 3]


def hover(page: Any, row: float, column: float) -> str:
    """Put the mouse on a cell and return the tooltip's text."""
    box = page.locator("#errormap .insm-map").bounding_box()
    x, y = place(page, row, column)
    page.mouse.move(box["x"] + x, box["y"] + y)
    return page.inner_text("#errormap .insm-tip")


def selected(page: Any) -> list[int]:
    """Return the rows that the map has announced."""
    return page.evaluate(
        "harness.bus.filter(([n]) => n === 'select-row').map(([, detail]) => detail.row)"
    )


def test_colours_say_error_and_status(browser: Any, harness: Harness) -> None:
    with harness.page(browser, "errormap", "usual") as page:
        for row, column in ((0, 0), (0, 2), (1, 2), (3, 1)):
            assert colour(page, row, column) == table_colour(harness, VALUE[row][column])
        assert colour(page, 2, 2) == NAN_RGB
        same = colour(page, 1, 0)
        assert same[1] > same[0] and same[1] > same[2] and max(same) < 140, "dark, greenish"
        blank = colour(page, 3, 2)
        assert min(blank) > 240
        hatched = {tuple(colour(page, 2, 1 + i / 100)) for i in range(-10, 10)}
        assert len(hatched) > 1
        for text in ("same", "not comparable", "NaN or infinite", "tolerance 3.2e−5"):
            assert page.is_visible(f"#errormap .insm-key:has-text('{text}')")


def test_tooltip_names_operation_step_error_and_status(browser: Any, harness: Harness) -> None:
    with harness.page(browser, "errormap", "usual") as page:
        text = hover(page, 3, 1)
        assert "block.3.norm" in text
        assert "step 2 · different · relative L2 1e−3" in text
        assert "step 1 · same · relative L2 0" in hover(page, 1, 0)
        assert "not comparable" in hover(page, 2, 1)
        assert "relative L2 NaN" in hover(page, 2, 2)
        assert "nothing recorded" in hover(page, 3, 2)
        page.mouse.move(5, 500)
        assert page.is_hidden("#errormap .insm-tip")


def test_click_and_keys_select_the_pair(browser: Any, harness: Harness) -> None:
    with harness.page(browser, "errormap", "usual") as page:
        x, y = place(page, 3, 1)
        page.click("#errormap .insm-map", position={"x": x, "y": y})
        assert selected(page) == [10]
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert selected(page) == [10, 8]
        assert "block.2.norm" in page.text_content("#errormap .insm-spoken")
        page.keyboard.press("Home")
        page.keyboard.press("Enter")
        assert selected(page) == [10, 8, 4]
        x, y = place(page, 3, 2)  # an empty cell has no pair
        page.click("#errormap .insm-map", position={"x": x, "y": y})
        assert selected(page) == [10, 8, 4]


def test_selection_of_others_is_shown(browser: Any, harness: Harness) -> None:
    overlay = """([x, y]) => document.querySelector('#errormap .insm-overlay').getContext('2d')
        .getImageData(Math.round(x), Math.round(y), 1, 1).data[3]"""
    with harness.page(browser, "errormap", "usual") as page:
        g = read_data(page, "errormap", "geometry")
        edge = [g["left"] + 2 * g["columnWidth"], g["top"] + 0.5 * g["rowHeight"]]
        assert page.evaluate(overlay, edge) == 0
        page.evaluate("dispatchEvent(new CustomEvent('inspector:select-row', {detail: {row: 2}}))")
        assert page.evaluate(overlay, edge) == 255


def test_first_divergence_is_the_verdicts_else_the_earliest_step(
    browser: Any, harness: Harness
) -> None:
    add_map(harness, "named", VALUE, STATUS, first=10)
    with harness.page(browser, "errormap", "usual") as page:
        # step 2 comes before step 3, whatever the row
        assert read_data(page, "errormap", "first") == {"row": 1, "column": 1, "operation": 1}
        assert "step 2, block.1.norm" in page.inner_text("#errormap .insm-first")
        assert "first divergence" in hover(page, 1, 1)
    with harness.page(browser, "errormap", "named") as page:
        assert read_data(page, "errormap", "first")["operation"] == 3
        assert "step 2, block.3.norm" in page.inner_text("#errormap .insm-first")


def test_what_the_verdict_does_not_claim_is_no_divergence(browser: Any, harness: Harness) -> None:
    add_map(harness, "unclaimed", VALUE, STATUS, verdict="incomplete")
    with harness.page(browser, "errormap", "unclaimed") as page:
        words = "first that differs, no claim"
        assert page.inner_text("#errormap .insm-first").startswith(f"{words}: step 2")
        assert words in hover(page, 1, 1)


def test_what_runs_once_is_ordered_by_its_row(browser: Any, harness: Harness) -> None:
    """The mel comes after all steps although it stands in the first column."""
    value = [[-6.0, None, None], [None, -6.0, -2.0], [-1.0, None, None]]
    status = [[OK, None, None], [None, OK, BAD], [BAD, None, None]]
    add_map(harness, "late", value, status, steps=[None, 1, 2], labels=["noise", "x_after", "mel"])
    early = [[BAD, None, None], *status[1:]]
    add_map(harness, "early", value, early, steps=[None, 1, 2], labels=["noise", "x_after", "mel"])
    with harness.page(browser, "errormap", "late") as page:
        assert page.inner_text("#errormap .insm-first") == "first divergence: step 2, x_after"
        assert "runs once · different · relative L2 1e−1" in hover(page, 2, 0)
    with harness.page(browser, "errormap", "early") as page:
        assert page.inner_text("#errormap .insm-first") == "first divergence: noise"


def test_no_difference_is_said(browser: Any, harness: Harness) -> None:
    add_map(harness, "calm", [[-6.0, None]], [[OK, SAME]])
    with harness.page(browser, "errormap", "calm") as page:
        assert page.inner_text("#errormap .insm-first") == "No operation differs."


def test_thousands_of_rows_are_pooled_by_their_worst(browser: Any, harness: Harness) -> None:
    """One bad operation among 3,000 keeps its colour, its name and its pair."""
    value: list[list[Any]] = [[-6.5, -6.5] for _ in range(3000)]
    status = [[OK, OK] for _ in range(3000)]
    value[1717][1], status[1717][1] = -0.5, BAD
    value[2500][0], status[2500][0] = None, NONE
    for row, log10 in ((112, -3.0), (113, -1.5), (114, -2.0)):  # three in one drawn row
        value[row][1], status[row][1] = log10, BAD
    add_map(harness, "many", value, status)
    with harness.page(browser, "errormap", "many") as page:
        g = read_data(page, "errormap", "geometry")
        assert read_data(page, "errormap", "first")["operation"] == 112
        assert colour(page, 4, 1) == table_colour(harness, -1.5)
        text = hover(page, 4, 1)
        assert "block.113.norm" in text and "3 different" in text
        assert g["height"] < 260
        assert colour(page, 1717 // 28, 1) == table_colour(harness, -0.5)
        text = hover(page, 1717 // 28, 1)
        assert "block.1717.norm" in text
        assert "worst of 28 operations here, 1 different" in text
        x, y = place(page, 1717 // 28, 1)
        page.click("#errormap .insm-map", position={"x": x, "y": y})
        assert selected(page) == [1717 * 2 + 1]
        assert "3,000 operations" in page.inner_text("#errormap")
        assert "not comparable" in hover(page, 2500 // 28, 0)


def test_labels_are_readable_while_rows_are_few(browser: Any, harness: Harness) -> None:
    add_map(harness, "thirty", [[-6.0]] * 30, [[OK]] * 30)
    with harness.page(browser, "errormap", "thirty", width=620) as page:
        assert read_data(page, "errormap", "geometry")["rowHeight"] >= 10


def test_without_steps_there_is_one_column_and_a_reason(browser: Any, harness: Harness) -> None:
    add_map(harness, "once", [[-6.0], [-1.0]], [[OK], [BAD]], steps=[])
    with harness.page(browser, "errormap", "once") as page:
        g = read_data(page, "errormap", "geometry")
        assert g["columnWidth"] == g["width"]
        assert "runs once" in hover(page, 1, 0)
        text = page.inner_text("#errormap")
        assert "no ODE steps were found" in text
        assert "No range band: these traces hold no state per ODE step." in text


def test_range_band_tells_both_sides_numbers(browser: Any, harness: Harness) -> None:
    with harness.page(browser, "errormap", "usual") as page:
        box = page.locator("#errormap .insm-range").bounding_box()
        g = read_data(page, "errormap", "geometry")
        page.mouse.move(box["x"] + g["left"] + 2.5 * g["columnWidth"], box["y"] + 30)
        text = page.inner_text("#errormap .insm-tip")
        assert text.split("\n") == [
            "step 3", "reference −9.250 … 2.000", "candidate −5.000 … 3.500",
        ]  # fmt: skip
        page.mouse.move(box["x"] + g["left"] + 1.5 * g["columnWidth"], box["y"] + 30)
        assert "candidate NaN … NaN" in page.inner_text("#errormap .insm-tip")
        settle(page)

        def warm(first: float, last: float) -> int:
            """How many pixels of the band between two steps are rather orange than blue."""
            x = [round(g["left"] + (step - 0.5) * g["columnWidth"]) for step in (first, last)]
            return page.evaluate(
                """([x0, x1]) => {
                  const canvas = document.querySelector('#errormap .insm-range canvas');
                  const data = canvas.getContext('2d')
                    .getImageData(x0, 0, x1 - x0, canvas.height).data;
                  let count = 0;
                  for (let i = 0; i < data.length; i += 4) count += data[i] > data[i + 2] + 40;
                  return count; }""",
                x,
            )

        assert warm(0.9, 1.1) > 0
        assert warm(2.9, 3.1) > 0
        assert warm(1.6, 2.4) == 0, "a step without numbers is a gap, it is not bridged"


def test_nothing_compared_and_nothing_open_are_sentences(browser: Any, harness: Harness) -> None:
    harness.add("bare", map={"rows": [], "steps": [], "value": [], "status": [], "pair": [],
                             "range": None, "tolerance_log10": None})  # fmt: skip
    with harness.page(browser, "errormap", expect_errors=True) as page:
        page.wait_for_selector("#errormap[data-state=empty]")
        assert page.inner_text("#errormap").startswith("Open two traces")
        page.evaluate("harness.widgets.errormap.set(JSON.stringify({run: 'bare'}))")
        page.wait_for_selector("#errormap .insm-message:has-text('No tensor could be compared')")


def test_labels_are_text(browser: Any, harness: Harness) -> None:
    evil = "<img src=x onerror=\"document.title='bad'\">${1}"
    add_map(harness, "evil", [[-1.0]], [[BAD]], labels=[evil])
    with harness.page(browser, "errormap", "evil") as page:
        assert evil in hover(page, 0, 0)
        assert page.locator("#errormap img").count() == 0
        assert page.title() == "widgets"
