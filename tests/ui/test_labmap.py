"""The map of the block lab and the diagram of its slots, in a real browser."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ui.fake_lab import PLANTED
from tests.ui.lab_tab import LAB, SCALED, Lab

pytestmark = pytest.mark.browser

# From a copy: reading the same canvas twice makes the browser complain.
COLOUR = """([x, y]) => {
  const canvas = document.querySelector('#ins-lab .lab-map .insm-stage canvas');
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  copy.getContext('2d').drawImage(canvas, 0, 0);
  return [...copy.getContext('2d').getImageData(Math.round(x), Math.round(y), 1, 1).data]; }"""


def _geometry(lab: Lab) -> dict[str, Any]:
    return json.loads(lab.page.locator(f"{LAB} .lab-map").get_attribute("data-geometry"))


def _cell(lab: Lab, row: int, column: int) -> dict[str, float]:
    g = _geometry(lab)
    return {"x": g["left"] + (column + 0.5) * g["columnWidth"], "y": (row + 0.5) * g["rowHeight"]}


def test_a_click_on_the_map_chooses_block_and_step(lab: Lab) -> None:
    stage = lab.page.locator(f"{LAB} .lab-map .insm-stage")
    blocks = lab.api.graph.blocks
    stage.click(position=_cell(lab, 8, 3))
    assert lab.label("Block").input_value() == blocks[8]
    assert lab.label("Step").input_value() == "4"
    lab.row(blocks[8]).first.wait_for()
    stage.hover(position=_cell(lab, blocks.index(PLANTED), 0))
    tip = lab.page.inner_text(f"{LAB} .lab-map .insm-tip")
    assert PLANTED in tip
    assert "introduced 1.3e−2" in tip
    assert "heals 91 % of the final mel" in tip
    stage.focus()
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("Enter")
    assert lab.label("Block").input_value() == blocks[blocks.index(PLANTED) + 1]
    assert lab.label("Step").input_value() == "2"


def test_the_map_is_painted_by_error_and_by_verdict(lab: Lab) -> None:
    blocks = lab.api.graph.blocks

    def colour(block: str, step: int) -> list[int]:
        place = _cell(lab, blocks.index(block), step)
        return lab.page.evaluate(COLOUR, [place["x"], place["y"]])

    red, green = colour(PLANTED, 4), colour("mid_blocks.5.1.2", 4)
    assert red[0] > red[1] + 40, "a large error is red"
    assert green[1] > green[0] + 40, "rounding is green"
    lab.button("verdict").click()
    assert colour(PLANTED, 4)[:3] == [0xCF, 0x22, 0x2E]
    assert colour("mid_blocks.5.1.2", 4)[:3] == [0xB7, 0xC0, 0xCA]


def test_the_map_shows_three_things_in_words(lab: Lab) -> None:
    for name, words in (("carried", "arrived broken"), ("verdict", "what each block does")):
        lab.button(name).click()
        assert words in lab.page.inner_text(f"{LAB} .lab-map")
        assert _geometry(lab)["kind"] == name
        assert lab.button(name).get_attribute("aria-pressed") == "true"
    keys = lab.page.locator(f"{LAB} .lab-verdicts .insm-key").all_inner_texts()
    assert keys == ["introduced", "amplified", "carried", "healed", "noise"]


def test_slots_stand_in_order_with_their_edges(lab: Lab) -> None:
    rows = lab.page.locator(f"{LAB} .slot-table tbody tr")
    names = [rows.nth(i).get_attribute("data-name") for i in range(rows.count())]
    nodes = [node.name for node in lab.api.graph.of_block(PLANTED)]
    assert names == ["mid_blocks.3.1.1", "rows.mask", *nodes]
    edges = lab.page.locator(f"{LAB} .slot-edge")
    pairs = {
        (names[int(edges.nth(i).get_attribute("data-from"))],
         names[int(edges.nth(i).get_attribute("data-to"))]): edges.nth(i).get_attribute("class")
        for i in range(edges.count())
    }  # fmt: skip
    assert len(pairs) == sum(len(node.inputs) for node in lab.api.graph.of_block(PLANTED))
    assert "slot-residual" in pairs["mid_blocks.3.1.1", f"{PLANTED}.after_attention"]
    assert "slot-mask" in pairs["rows.mask", f"{PLANTED}.attn1.masked"]
    assert "slot-flow" in pairs[f"{PLANTED}.attn1.scores", SCALED]


def test_a_slot_tells_its_formula_and_weights(lab: Lab) -> None:
    name = lab.row(f"{PLANTED}.attn1.to_q").locator(".slot-name")
    name.hover()
    card = lab.page.locator(f"{LAB} .slot-card")
    text = card.inner_text()
    for part in ("query projection", "operation linear", "x W^T + b", "256×256 float32",
                 f"{PLANTED}.norm1", "on both sides"):  # fmt: skip
        assert part in text
    lab.page.mouse.move(2, 2)
    card.wait_for(state="hidden")
    recorded = lab.row(SCALED).locator(".slot-recorded").get_attribute("aria-label")
    assert recorded == "recorded on neither side"
