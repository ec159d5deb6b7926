"""The block lab as ``inspector serve`` starts it: real facade, real files, the operator's code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.live.files import BLOCK, FAULT, write_files
from tests.live.programs import MISBEHAVING, OBEDIENT, command_of
from tests.ui.conftest import Tab
from tests.ui.lab_tab import LAB, Lab

pytestmark = pytest.mark.browser

SCALED = FAULT[1][0]
MINE = "def unscaled(inputs, params, settings):\n    return inputs[0]\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a function for a slot, a program that obeys and one that hangs."""
    folder = tmp_path_factory.mktemp("served")
    files = write_files(folder, level="values")
    (folder / "mine.py").write_text(MINE)
    for name, source in (("good", OBEDIENT), ("slow", MISBEHAVING["hangs"])):
        (folder / name).mkdir()
        (folder / name / "command").write_text(command_of(folder / name, source, name))
    commands = [(folder / name / "command").read_text() for name in ("good", "slow")]
    process = subprocess.Popen(
        [sys.executable, "-m", "inspector", "serve", str(files["reference"]),
         str(files["candidate"]), "--checkpoint", str(files["checkpoint"]),
         "--config", str(files["config"]), "--root", str(folder), "--port", "7940",
         "--no-browser", "--implementation", f"{folder / 'mine.py'}:unscaled@attention_scale",
         "--command", f"transformer={commands[0]}", "--command", commands[1]],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split("ready: ")[1].split()[0]
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def served(screen: Any, address: str) -> Iterator[Lab]:
    tab = Tab(screen.new_page(), address)
    lab = Lab(tab, SimpleNamespace(api=None))  # type: ignore[arg-type] # no fake behind this page
    lab.choose_block(BLOCK)
    lab.label("Step").select_option("2")
    yield lab
    lab.page.close()
    assert tab.problems == []


def error(lab: Lab, node: str, side: str) -> float:
    cell = lab.row(node).locator("td.slot-error").nth(["reference", "candidate"].index(side))
    return float(cell.inner_text().split()[-1])


def offered(lab: Lab, slot: str) -> list[str]:
    group = lab.label(f"what runs at {slot}").locator(
        "optgroup[label='your implementations'] option"
    )
    return group.all_inner_texts()


def test_the_operators_function_is_offered_and_changes_the_result(served: Lab) -> None:
    assert offered(served, "attn1.scaled") == ["mine.py: unscaled"]
    assert offered(served, "norm1") == []
    served.run()
    served.wait("done")
    assert error(served, BLOCK, "candidate") > 1e-3
    served.label("what runs at attn1.scaled").select_option(label="mine.py: unscaled")
    sent = served.run()
    assert sent["per_node"] == {SCALED: {"implementation": "unscaled"}}
    served.wait("done")
    assert error(served, BLOCK, "candidate") < 1e-5
    assert served.said().startswith("With “unscaled” this part gives the candidate's output")
    copy = served.button("Copy as test")
    assert copy.is_disabled()
    assert "your own code" in copy.get_attribute("title")


def test_a_program_replaces_the_block_and_one_that_hangs_is_cancelled(served: Lab) -> None:
    titles = offered(served, "output")
    assert [title.endswith("(whole block)") for title in titles] == [True, True]
    what = served.label("what runs at output")
    what.select_option(label=next(t for t in titles if " good " in t))
    served.label("Inputs from").select_option("reference")
    served.run()
    served.wait("done")
    assert error(served, BLOCK, "reference") < 1e-5
    what.select_option(label=next(t for t in titles if " slow " in t))
    served.run()
    served.page.locator(f"{LAB} .lab-said").get_by_text("Waiting for").wait_for()
    served.button("Cancel").click()
    served.wait("stale")
    assert served.said() == "Cancelled. Your choices are kept."


def test_a_slot_reads_the_reference_behind_a_fault(served: Lab) -> None:
    norm = f"{BLOCK}.norm3"
    served.label("Inputs from").select_option("reference")
    served.label("what runs at attn1.scaled").select_option(f"swap:{FAULT[0]}")
    served.run()
    served.wait("done")
    assert error(served, norm, "reference") > 1e-3
    reads = served.label("inputs of norm3")
    assert reads.locator("option").all_inner_texts() == [
        "from this run", "reference", "candidate",
    ]  # fmt: skip
    reads.select_option("reference")
    sent = served.run()
    assert sent["per_node"] == {norm: {"source": "reference"}}
    served.wait("done")
    assert error(served, norm, "reference") < 1e-6
    assert error(served, f"{BLOCK}.after_attention", "reference") > 1e-3
    assert "recorded inputs at 1 slot" in served.said()


@pytest.mark.parametrize("kind", ["path", "elsewhere", "program"])
def test_a_request_that_names_code_is_refused(served: Lab, kind: str, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    path = tmp_path / "evil.py"
    path.write_text(f"open({str(ran)!r}, 'w')\n" + MINE)
    chosen = {
        "path": {SCALED: {"implementation": f"{path}:unscaled"}},
        "elsewhere": {f"{BLOCK}.norm1": {"implementation": "unscaled"}},
        "program": {BLOCK: {"command": f"touch {ran}"}},
    }[kind]
    answer = served.page.evaluate(
        """async ([block, per_node]) => {
          const { askJson, runUrl } = await import('/inspector/assets/api.js');
          const run = new URLSearchParams(location.search).get('run');
          const body = { block, step: 2, per_node };
          return askJson(runUrl(run, 'lab/run'), { method: 'POST', body })
            .then(() => 'accepted', (error) => error.message); }""",
        [BLOCK, chosen],
    )
    assert "is not one of those that the page was offered" in answer
    assert not ran.exists()
    served.tab.problems.clear()  # the browser logs the answer 422
