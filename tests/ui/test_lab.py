"""The tab Block lab in a real browser: choices become requests, answers become pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import Site, Tab
from tests.ui.fake_lab import HOSTILE_TITLE, PLANTED
from tests.ui.lab_tab import LAB, SCALED, Lab

pytestmark = pytest.mark.browser


def test_it_begins_where_most_error_is_introduced(lab: Lab) -> None:
    assert lab.label("Block").input_value() == PLANTED
    assert lab.label("Step").input_value() == "10"
    assert "verdict of the map: introduced" in lab.page.inner_text(f"{LAB} .lab-head")
    assert "weights.safetensors" in lab.page.inner_text(f"{LAB} .lab-facts")
    assert "12 mid blocks" in lab.page.inner_text(f"{LAB} .lab-facts")


def test_choices_are_what_is_sent(lab: Lab) -> None:
    plain = lab.run()
    assert plain == {
        "block": PLANTED, "step": 10, "rows": "both", "source": "candidate", "backend": "torch",
        "precision": "float32", "per_node": {}, "swaps": [], "effect": False,
    }  # fmt: skip
    lab.wait("done")
    lab.label("what runs at attn1.scaled").select_option(label="attention not scaled")
    lab.label("backend of attn1.scaled").select_option("mlx")
    lab.label("precision of norm1").select_option("float16")
    lab.label("inputs of norm1").select_option(label="candidate")
    lab.label("what runs at attn1.scores").select_option(label="my_block.py: Attention")
    lab.label("Inputs from").select_option("reference")
    lab.label("Rows").select_option("cond")
    lab.label("Backend").select_option("mlx")
    lab.label("Precision").select_option("bfloat16")
    lab.label("Step").select_option("3")
    sent = lab.run()
    assert sent == {
        "block": PLANTED, "step": 3, "rows": "cond", "source": "reference", "backend": "mlx",
        "precision": "bfloat16", "effect": False,
        "per_node": {SCALED: {"backend": "mlx"},
                     f"{PLANTED}.norm1": {"precision": "float16", "source": "candidate"},
                     f"{PLANTED}.attn1.scores": {"implementation": "mine"}},
        "swaps": [{"key": "attention-scale", "places": [SCALED]}],
    }  # fmt: skip
    lab.wait("done")
    lab.label("what runs at attn1.scaled").select_option("")
    assert lab.run()["swaps"] == []


def test_only_applicable_mistakes_are_offered(lab: Lab) -> None:
    offered = lab.label("what runs at norm1").locator("option").all_inner_texts()
    assert offered == ["as the architecture", "norm with another eps"]
    lab.choose_block("mid_blocks.0.0")
    offered = lab.label("what runs at block1.block.0").locator("option").all_inner_texts()
    assert offered == ["as the architecture", "causal padding lost", "kernel flipped"]


def test_inputs_of_a_slot_that_were_not_recorded_say_so(lab: Lab) -> None:
    reads, silent = (lab.label(f"inputs of {slot}") for slot in ("norm1", "attn1.scaled"))
    texts = ["from this run", "reference", "candidate"]
    assert reads.locator("option").all_inner_texts() == texts
    assert reads.locator("option:disabled").count() == 0
    missing = [texts[0], *(f"{text} (not recorded)" for text in texts[1:])]
    assert silent.locator("option").all_inner_texts() == missing
    assert silent.locator("option:disabled").count() == 2
    assert "as a trace recorded it at step 10" in reads.get_attribute("title")
    lab.label("Step").select_option("1")
    assert reads.locator("option:disabled").all_inner_texts() == ["candidate (not recorded)"]


def test_what_a_run_assumed_is_told_below_its_sentence(lab: Lab) -> None:
    notes = lab.label("what the run assumed")
    lab.run()
    lab.wait("done")
    assert notes.is_hidden()
    lab.label("inputs of norm1").select_option("reference")
    lab.run()
    lab.wait("done")
    assert notes.inner_text() == (
        "The reference did not record <b>x</b>; what this run computed was read there."
    )
    lab.label("inputs of norm1").select_option("")
    assert notes.is_hidden()


def test_the_operators_code_is_offered_where_it_fits(lab: Lab) -> None:
    offered = lab.label("what runs at attn1.scores").locator("option").all_inner_texts()
    assert offered == ["as the architecture", "my_block.py: Attention"]
    assert "my_block.py" not in lab.label("what runs at norm1").inner_text()


def test_a_run_shows_numbers_colours_and_pictures(lab: Lab) -> None:
    lab.run()
    lab.wait("done")
    assert "differs from the candidate by 1.3e-2" in lab.said()
    assert "0.14 s" in lab.page.inner_text(f"{LAB} .lab-outcome")
    cells = lab.row(PLANTED).locator("td.slot-error")
    assert cells.nth(0).inner_text().split() == ["×1.9", "5.7e-7"]
    assert cells.nth(1).inner_text().split() == ["×45,000", "1.3e-2"]
    assert "largest difference 0.4" in cells.nth(1).get_attribute("title")
    assert lab.row(SCALED).locator("td.slot-error").first.inner_text() == "–"
    dot = "[...document.querySelectorAll('#ins-lab .slot-dot')].at(-1).style.fill"
    green = lab.page.evaluate(dot)
    lab.button("against candidate").click()
    assert lab.page.evaluate(dot) != green
    lab.page.locator(f"{LAB} .lab-part canvas").first.wait_for()
    sides = lab.page.locator(f"{LAB} .lab-part:visible figcaption .ins-side").all_inner_texts()
    assert sides == ["reference", "candidate", "this run", "this run − reference"]
    lab.page.wait_for_function("""() => {
      const canvas = document.querySelector('#ins-lab .lab-part canvas');
      const data = canvas.getContext('2d').getImageData(60, 20, 1, 1).data;
      return data[3] === 255; }""")
    lab.page.locator(f"{LAB} [data-side=run] canvas").first.hover(position={"x": 120, "y": 60})
    readout = lab.page.inner_text(f"{LAB} .ins-readout >> nth=0")
    assert readout.startswith("channel ")
    assert "this run " in readout


def test_the_effect_on_mel_and_sound(lab: Lab) -> None:
    lab.label("effect on mel and sound").check()
    assert lab.run()["effect"] is True
    lab.wait("done")
    part = lab.page.locator(f"{LAB} .lab-part").nth(1)
    part.get_by_text("Nothing is swapped").wait_for()
    lab.label("what runs at attn1.scaled").select_option("swap:attention-scale")
    lab.run()
    lab.wait("done")
    part.get_by_text("The swaps explain 98 % of what is wrong").wait_for()
    assert part.locator(".lab-bar").all_inner_texts()[1].split("\n")[-1] == "6.0e-3"
    names = part.locator(".ins-heat-box:visible .ins-side").all_inner_texts()
    assert names == ["reference", "candidate", "this run", "this run − candidate"]
    play = part.get_by_role("button", name="play")
    play.click()
    part.get_by_role("button", name="pause").wait_for()
    assert part.get_by_role("button", name="this run").get_attribute("aria-pressed") == "true"
    part.get_by_role("button", name="reference").click()
    assert part.get_by_role("button", name="reference").get_attribute("aria-pressed") == "true"
    part.get_by_role("button", name="pause").click()
    play.wait_for()


def test_undo_and_redo_walk_through_the_choices(lab: Lab) -> None:
    what = lab.label("what runs at attn1.scaled")
    undo, redo = lab.button("Undo"), lab.button("Redo")
    assert undo.is_disabled()
    what.select_option("swap:attention-scale")
    lab.label("precision of norm1").select_option("float16")
    lab.choose_block("mid_blocks.0.0")
    undo.click()
    lab.row(SCALED).wait_for()
    assert what.input_value() == "swap:attention-scale"
    assert lab.label("precision of norm1").input_value() == "float16"
    undo.click()
    assert lab.label("precision of norm1").input_value() == ""
    lab.page.keyboard.press("Control+z")
    assert what.input_value() == ""
    assert undo.is_disabled()
    lab.page.keyboard.press("Control+Shift+z")
    redo.click()
    assert what.input_value() == "swap:attention-scale"
    assert lab.label("precision of norm1").input_value() == "float16"
    sent = lab.run()
    assert sent["per_node"] == {f"{PLANTED}.norm1": {"precision": "float16"}}
    lab.button("Reset slots").click()
    assert what.input_value() == ""
    undo.click()
    assert what.input_value() == "swap:attention-scale"


def test_a_result_is_found_again_and_never_stands_for_other_choices(lab: Lab) -> None:
    lab.run()
    lab.wait("done")
    lab.label("what runs at attn1.scaled").select_option("swap:attention-scale")
    lab.wait("stale")
    assert lab.said() == "Not run yet with these choices."
    assert lab.row(PLANTED).locator("td.slot-error").first.inner_text() == "–"
    assert lab.page.is_visible(f"{LAB} .lab-stale-note")
    assert lab.button("Copy as test").is_disabled()
    runs = len(lab.api.lab_requests)
    lab.button("Undo").click()
    lab.wait("done")
    assert lab.page.is_hidden(f"{LAB} .lab-stale-note")
    assert lab.button("Copy as test").is_enabled()
    assert len(lab.api.lab_requests) == runs


def test_ctrl_enter_runs_and_a_mistake_reaches_every_place(lab: Lab) -> None:
    lab.choose_block("mid_blocks.0.0")
    lab.label("a known mistake everywhere in this block").select_option("kernel-flipped")
    rows = lab.page.locator(f"{LAB} tr.slot-changed")
    assert rows.count() == 2
    sent = lab.run(lambda: lab.page.keyboard.press("Control+Enter"))
    assert sent["swaps"] == [{"key": "kernel-flipped", "places": None}]
    lab.button("take back: kernel flipped").click()
    assert rows.count() == 0
    lab.wait("stale")


def test_an_error_is_one_sentence_and_nothing_is_lost(lab: Lab, tab: Tab) -> None:
    lab.api.lab_error = "the mask was not recorded, and this block needs it"
    lab.label("what runs at attn1.scaled").select_option("swap:attention-scale")
    lab.run()
    lab.wait("failed")
    assert lab.said() == f"{PLANTED}: the mask was not recorded, and this block needs it."
    assert lab.page.locator(f"{LAB} [role=alert]:visible").count() == 1
    lab.page.get_by_role("tab", name="Tensors", exact=True).click()
    lab.show()
    assert lab.label("what runs at attn1.scaled").input_value() == "swap:attention-scale"
    lab.api.lab_error = ""
    assert lab.run()["swaps"] == [{"key": "attention-scale", "places": [SCALED]}]
    lab.wait("done")
    tab.problems.clear()  # the browser logs the answer 422


def test_a_run_tells_its_progress_and_cancels(lab: Lab) -> None:
    lab.api.lab_gate.clear()
    lab.api.lab_cancelled.clear()
    lab.run()
    lab.page.locator(f"{LAB} .lab-said").get_by_text("of 100 …").wait_for()
    with lab.page.expect_request(lambda r: r.method == "DELETE") as sent:
        lab.button("Cancel").click()
    assert sent.value.url.endswith("/lab/run")
    lab.wait("stale")
    assert lab.said() == "Cancelled. Your choices are kept."
    assert lab.api.lab_cancelled.wait(5)
    lab.api.lab_gate.set()
    lab.run()
    lab.wait("done")


def test_a_run_becomes_a_test_and_a_plan(lab: Lab, tmp_path: Path) -> None:
    lab.run()
    lab.wait("done")
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lab.button("Copy as test").click()
    lab.button("Copied").wait_for()
    copied = lab.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"def test_block():\n    assert '{PLANTED}'  # ${{x}} <b>\n"
    with lab.page.expect_download() as download:
        lab.button("Download plan").click()
    assert download.value.suggested_filename == f"plan-{PLANTED}.json"
    download.value.save_as(tmp_path / "plan.json")
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert (plan["plan"], plan["block"], plan["step"]) == (1, PLANTED, 10)


def test_without_a_clipboard_the_test_can_be_copied_by_hand(lab: Lab) -> None:
    lab.run()
    lab.wait("done")
    lab.page.evaluate(
        "void (navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')))"
    )
    lab.button("Copy as test").click()
    text = lab.label("test to copy")
    text.wait_for()
    assert text.input_value().startswith("def test_block():")
    assert lab.page.evaluate("document.activeElement.value.length") > 20


def test_names_are_text(lab: Lab) -> None:
    lab.label("what runs at after_attention").select_option(label=HOSTILE_TITLE)
    lab.label("a known mistake everywhere in this block").select_option("residual-missing")
    lab.page.locator(f"{LAB} .lab-chip").get_by_text(HOSTILE_TITLE).wait_for()
    assert lab.page.locator(f"{LAB} img").count() == 0
    assert lab.page.title() == "tensor-diff inspector"


def test_the_lab_works_by_keyboard_and_every_control_has_a_name(lab: Lab) -> None:
    unnamed = lab.page.evaluate("""() => [...document.querySelectorAll(
      '#ins-lab button, #ins-lab select, #ins-lab input, #ins-lab textarea, #ins-lab [tabindex]')]
      .filter(n => !(n.textContent.trim() && n.tagName === 'BUTTON') && !n.ariaLabel
        && !n.labels?.[0]?.textContent.trim()).map(n => n.outerHTML)""")
    assert unnamed == []
    lab.page.locator(f"{LAB} .lab-map .insm-stage").focus()
    order = []
    for _ in range(8):
        lab.page.keyboard.press("Tab")
        order.append(lab.page.evaluate(
            "document.activeElement.ariaLabel ?? document.activeElement.textContent"
        ))  # fmt: skip
    assert order[:6] == ["Block", "Step", "Inputs from", "Rows", "Backend", "Precision"]
    outline = lab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


@pytest.mark.parametrize("width", [1440, 1100])
def test_nothing_scrolls_sideways(browser: Any, site: Site, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    tab = Tab(context.new_page(), site.url)
    lab = Lab(tab, site)
    lab.run()
    lab.wait("done")
    page = lab.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    table = "document.querySelector('#ins-lab .slot-scroll')"
    assert page.evaluate(f"{table}.scrollWidth - {table}.clientWidth") <= 0
    context.close()
    assert tab.problems == []


def test_opening_a_large_decoder_tells_how_far_it_is(tab: Tab, site: Site) -> None:
    page = tab.open()
    run = page.url
    site.api.map_gate.clear()
    try:
        page.locator("#ins-candidate input").fill(str(site.folder / "strange"))
        page.locator("#ins-candidate input").press("Enter")
        page.wait_for_function("url => location.href !== url", arg=run)
        page.get_by_role("tab", name="Block lab", exact=True).click()
        page.locator(f"{LAB} .insm-message").get_by_text("Mapping errors, ").wait_for()
    finally:
        site.api.map_gate.set()
    page.locator(f"{LAB} .slot-table tbody tr").first.wait_for()


def test_without_a_checkpoint_it_explains_what_to_give(tab: Tab) -> None:
    page = tab.open()
    run = page.url
    page.locator("#ins-options > button").click()
    page.get_by_label("Checkpoint of the reference").fill("")
    page.get_by_label("Checkpoint of the reference").press("Enter")
    page.wait_for_function("url => location.href !== url", arg=run)
    for title, part in (("Block lab", "#ins-lab"), ("Culprit", "#ins-culprit")):
        page.get_by_role("tab", name=title, exact=True).click()
        help_text = page.locator(f"{part} .lab-help")
        help_text.wait_for()
        assert "--checkpoint W" in help_text.inner_text()
        assert "Checkpoint of the reference" in help_text.inner_text()
        assert page.locator(f"{part} .lab-run:visible").count() == 0
