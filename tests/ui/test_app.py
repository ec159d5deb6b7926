"""The page in a real browser: what is seen first, opening, exchanging, uploading, failing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.ui.conftest import Site, Tab
from tests.ui.fake_api import HOSTILE, VIEWS

pytestmark = pytest.mark.browser

FIRST_SCREEN = (
    "#ins-header", "#ins-summary .ins-verdict", "#ins-summary .ins-tiles", "#ins-map", "#ins-mel",
    "#ins-player",
)  # fmt: skip


def _ready(page: Any) -> None:
    """Wait until every part of the first screen shows its run."""
    for part in ("map", "mel", "player", "table"):
        page.locator(f"#ins-{part} [data-state=ready]").wait_for(timeout=20_000)


def _field(page: Any, side: str) -> Any:
    return page.locator(f"#ins-{side} input")


def _run(page: Any) -> str:
    return parse_qs(urlsplit(page.url).query).get("run", [""])[0]


@pytest.mark.parametrize(("width", "height", "scheme"), [(1440, 900, "light"), (1440, 900, "dark")])
def test_everything_from_verdict_to_player_is_seen_without_scrolling(
    browser: Any, site: Site, width: int, height: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    tab = Tab(context.new_page(), site.url)
    page = tab.open()
    _ready(page)
    above = 0.0
    for part in FIRST_SCREEN:
        box = page.locator(part).bounding_box()
        assert box["height"] > 25, part
        assert box["x"] >= 0, part
        assert box["x"] + box["width"] <= width, part
        assert box["y"] >= above - 1 or part == "#ins-mel", f"{part} overlaps what is above it"
        assert box["y"] + box["height"] <= height, f"{part} ends below the screen"
        above = box["y"] + (0 if part == "#ins-map" else box["height"])
    dark = page.evaluate("document.body.classList.contains('dark')")
    assert dark == (scheme == "dark")
    context.close()
    assert tab.problems == []


def test_nothing_scrolls_sideways_at_1100(browser: Any, site: Site) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = Tab(context.new_page(), site.url).open()
    _ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1100
    for part in FIRST_SCREEN:
        box = page.locator(part).bounding_box()
        assert box["x"] + box["width"] <= 1100, part
    context.close()


def test_the_run_is_in_the_address_and_a_reload_shows_it_again(tab: Tab, site: Site) -> None:
    page = tab.open()
    first = _run(page)
    assert first
    _field(page, "candidate").fill(str(site.folder / "other"))
    _field(page, "candidate").press("Enter")
    page.wait_for_function("run => !location.search.includes(run)", arg=first)
    second = _run(page)
    before = site.api.calls.count("open_pair")
    page.reload()
    _ready(page)
    assert _run(page) == second
    assert _field(page, "candidate").input_value() == str(site.folder / "other")
    assert site.api.calls.count("open_pair") == before


def test_an_unknown_run_in_the_address_opens_the_start_pair(tab: Tab) -> None:
    page = tab.open("?run=no-such-run")
    assert _run(page) not in ("", "no-such-run")


def test_every_tab_shows_its_view(tab: Tab) -> None:
    page = tab.open()
    for key, title in VIEWS:
        page.get_by_role("tab", name=title, exact=True).click()
        panel = page.locator(f"#ins-view-{key}")
        panel.locator("[data-state=ready], [data-state=empty]").wait_for()
        assert panel.is_visible()
        assert "unterminated" not in panel.inner_text()


def test_a_tab_that_was_not_visited_shows_the_pair_opened_last(tab: Tab, site: Site) -> None:
    page = tab.open()
    first = _run(page)
    _field(page, "candidate").fill(str(site.folder / "other"))
    _field(page, "candidate").press("Enter")
    page.wait_for_function("run => !location.search.includes(run)", arg=first)
    second = _run(page)
    with page.expect_response(lambda r: "/views/ode.json" in r.url) as answer:
        page.get_by_role("tab", name="ODE", exact=True).click()
    assert second in answer.value.url


def test_exchange_swaps_the_sides_and_reopens(tab: Tab, site: Site) -> None:
    page = tab.open()
    before = _field(page, "reference").input_value(), _field(page, "candidate").input_value()
    first = _run(page)
    page.locator("#ins-exchange").click()
    page.wait_for_function("run => !location.search.includes(run)", arg=first)
    after = _field(page, "reference").input_value(), _field(page, "candidate").input_value()
    assert after == before[::-1]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("unreadable", "b <b>x</b>.npy: the file ends after 12 bytes; expected 4,096 bytes."),
        ("/etc/passwd", "nothing to open at this place"),
        ("../../..", "nothing to open at this place"),
        ("fault", "fault in the inspector (ZeroDivisionError)"),
    ],
)
def test_a_failure_is_a_sentence_and_the_pair_stays(
    tab: Tab, site: Site, typed: str, words: str
) -> None:
    page = tab.open()
    run = _run(page)
    path = str(site.folder / typed) if typed.isalpha() else typed
    _field(page, "candidate").fill(path)
    page.locator("#ins-open").click()
    alert = page.locator("#ins-status [role=alert]")
    alert.wait_for(state="visible")
    assert words in alert.inner_text()
    assert "Traceback" not in page.inner_text("body")
    assert "secret detail" not in page.content()
    assert page.locator("#ins-summary .ins-verdict").is_visible()
    assert _run(page) == run
    assert page.locator("#ins-open").is_enabled()
    alert.get_by_role("button", name="Hide this message").click()
    assert not alert.is_visible()


def test_loading_tells_its_progress_and_can_be_cancelled(tab: Tab, site: Site) -> None:
    page = tab.open()
    run = _run(page)
    site.api.gate.clear()
    site.api.cancelled.clear()
    try:
        _field(page, "candidate").fill(str(site.folder / "other"))
        page.locator("#ins-exchange").click()
        status = page.locator("#ins-status .ins-status")
        status.get_by_text("Comparing step3_v_cfg <i>&</i> ${x} …").wait_for()
        assert " of 100" in status.inner_text()
        assert status.locator("i").count() == 0
        page.locator("#ins-cancel").click()
        status.get_by_text("Cancelled. What was open before is still shown.").wait_for()
        assert site.api.cancelled.wait(5)
    finally:
        site.api.gate.set()
    assert _run(page) == run
    page.locator("#ins-open").wait_for(state="visible")


def test_a_page_that_is_left_stops_its_work(browser: Any, site: Site) -> None:
    context = browser.new_context()
    page = Tab(context.new_page(), site.url).open()
    site.api.gate.clear()
    site.api.cancelled.clear()
    try:
        _field(page, "candidate").fill(str(site.folder / "unheard"))
        (site.folder / "unheard").mkdir(exist_ok=True)
        _field(page, "candidate").press("Enter")
        page.locator("#ins-status").get_by_text("Comparing step3").wait_for()
        context.close()
        assert site.api.cancelled.wait(20)
    finally:
        site.api.gate.set()


def test_options_are_sent(tab: Tab, site: Site) -> None:
    page = tab.open()
    page.locator("#ins-options > button").click()
    page.get_by_label("Sample rate of audio (Hz)").fill("twelve")
    page.locator("#ins-open").click()
    alert = page.locator("#ins-status [role=alert]")
    alert.wait_for(state="visible")
    assert "sample rate: 'twelve' is not a number" in alert.inner_text()
    run = _run(page)
    page.locator("#ins-options > button").click()
    page.get_by_label("Sample rate of audio (Hz)").fill("16000")
    page.get_by_label("Sample rate of audio (Hz)").press("Enter")
    page.wait_for_function("run => !location.search.includes(run)", arg=run)


def test_noise_floors_are_measured_with_the_checkpoint_when_asked(tab: Tab, site: Site) -> None:
    page = tab.open()
    run = _run(page)
    page.locator("#ins-options > button").click()
    page.get_by_label("Checkpoint of the reference").fill("")
    page.get_by_label("Measure noise floors").check()
    page.locator("#ins-open").click()
    alert = page.locator("#ins-status [role=alert]")
    alert.wait_for(state="visible")
    assert "measured with a checkpoint, and none is given" in alert.inner_text()
    assert _run(page) == run, "what was open is still shown"
    page.locator("#ins-options > button").click()
    page.get_by_label("Checkpoint of the reference").fill(str(site.folder / "weights.safetensors"))
    page.get_by_label("Checkpoint of the reference").press("Enter")
    page.wait_for_function("run => !location.search.includes(run)", arg=run)
    assert Path(site.api.options.checkpoint_path).name == "weights.safetensors"


@pytest.mark.parametrize("how", ["Escape", "click"])
def test_the_options_close_when_the_user_goes_on(tab: Tab, how: str) -> None:
    page = tab.open()
    field = page.get_by_label("Mapping file")
    page.locator("#ins-options > button").click()
    field.click()
    assert field.is_visible()
    if how == "Escape":
        page.keyboard.press("Escape")
    else:
        page.locator("#ins-player").click(position={"x": 5, "y": 5})
    field.wait_for(state="hidden")
    page.locator("#ins-options > button").click()
    field.wait_for(state="visible")
    page.locator("#ins-options > button").click()
    field.wait_for(state="hidden")


def test_uploaded_files_can_be_opened(tab: Tab, tmp_path: Path) -> None:
    page = tab.open()
    run = _run(page)
    for name in ("step1_mel.npy", "step2_mel.npy"):
        (tmp_path / name).write_bytes(b"x" * 64)
    page.locator("#ins-options > button").click()
    with page.expect_file_chooser() as chooser:
        page.locator("#ins-upload-candidate").click()
    chooser.value.set_files([tmp_path / "step1_mel.npy", tmp_path / "step2_mel.npy"])
    page.locator("#ins-status").get_by_text("The candidate was uploaded. Press Open.").wait_for()
    path = Path(_field(page, "candidate").input_value())
    assert sorted(file.name for file in path.iterdir()) == ["step1_mel.npy", "step2_mel.npy"]
    page.locator("#ins-open").click()
    page.wait_for_function("run => !location.search.includes(run)", arg=run)


def test_names_are_text_everywhere(tab: Tab) -> None:
    page = tab.open()
    _ready(page)
    page.locator("#ins-table .ins-table-view").evaluate("view => { view.scrollTop = 0; }")
    for name in HOSTILE:
        row = page.locator("#ins-table .ins-space").get_by_text(name, exact=True).first
        row.wait_for()
        row.click()
        page.locator("#ins-detail .ins-detail-names b").get_by_text(
            name, exact=True
        ).first.wait_for()
    page.get_by_role("tab", name="ODE", exact=True).click()
    page.locator("#ins-view-ode").get_by_text(HOSTILE[1]).first.wait_for()
    assert page.title() == "tensor-diff inspector"
    assert page.locator(".ins-widget img[src=x]").count() == 0
    assert page.locator(".ins-widget script").count() == 0


def test_a_choice_in_the_map_brings_the_tensors_to_the_front(tab: Tab) -> None:
    page = tab.open()
    _ready(page)
    page.get_by_role("tab", name="Health", exact=True).click()
    page.evaluate(
        "dispatchEvent(new CustomEvent('inspector:select-row', {detail: {row: 41, source: 'x'}}))"
    )
    page.locator("#ins-detail [data-shown='41']").wait_for(state="visible")


def test_the_page_works_by_keyboard_alone(tab: Tab) -> None:
    page = tab.open()
    _field(page, "reference").focus()
    seen = []
    for _ in range(6):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.closest('[id^=ins-]')?.id"))
    assert seen[:4] == ["ins-exchange", "ins-candidate", "ins-open", "ins-options"]


def test_no_name_outside_this_machine_was_looked_up(tab: Tab, site: Site) -> None:
    _ready(tab.open())
    assert set(site.lookups) <= {"127.0.0.1", "localhost", "None"}
