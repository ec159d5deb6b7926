"""The tab Block lab in a browser, as the tests handle it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.ui.conftest import Site, Tab
from tests.ui.fake_lab import PLANTED

LAB = "#ins-lab"
SCALED = f"{PLANTED}.attn1.scaled"


class Lab:
    """The tab with its parts."""

    def __init__(self, tab: Tab, site: Site) -> None:
        self.tab, self.api = tab, site.api
        self.page = tab.open()
        self.show()

    def show(self) -> None:
        """Bring the tab to the front and wait for the slots of a block."""
        self.page.get_by_role("tab", name="Block lab", exact=True).click()
        self.page.locator(f"{LAB} .slot-table tbody tr").first.wait_for()

    def label(self, text: str) -> Any:
        return self.page.locator(LAB).get_by_label(text, exact=True)

    def button(self, text: str) -> Any:
        return self.page.locator(LAB).get_by_role("button", name=text)

    def row(self, node: str) -> Any:
        return self.page.locator(f'{LAB} tr[data-name="{node}"]')

    def said(self) -> str:
        return self.page.inner_text(f"{LAB} .lab-said")

    def wait(self, state: str) -> None:
        self.page.locator(f"{LAB} .lab-outcome[data-state={state}]").wait_for()

    def choose_block(self, block: str) -> None:
        self.label("Block").select_option(block)
        self.page.locator(f'{LAB} tr[data-name^="{block}"]').last.wait_for()

    def run(self, press: Callable[[], None] | None = None) -> dict[str, Any]:
        """Run and return the body that was sent."""
        is_run = lambda r: r.method == "POST" and r.url.endswith("/lab/run")  # noqa: E731 - short
        with self.page.expect_request(is_run) as sent:
            (press or self.button("Run").first.click)()
        return json.loads(sent.value.post_data)
