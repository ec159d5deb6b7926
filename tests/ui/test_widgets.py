"""Widgets: fixed templates, scripts that exist, values without data."""

from __future__ import annotations

import json
import re

import pytest

from inspector.ui.routes import ASSETS
from inspector.ui.widgets import SCRIPTS, widget, widget_value


@pytest.mark.parametrize("script", SCRIPTS)
def test_templates_are_fixed_text(script: str) -> None:
    part = widget(script, "some-id")
    assert "${" not in part.html_template
    assert "{{" not in part.html_template
    assert not part.css_template
    assert part.value == ""
    assert f"/inspector/assets/{script}.js" in (part.js_on_load or "")
    assert "innerHTML" not in (part.js_on_load or "")


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_exists_and_can_be_mounted(script: str) -> None:
    source = (ASSETS / f"{script}.js").read_text(encoding="utf-8")
    assert re.search(r"^export (async )?function mount\(", source, re.MULTILINE)


def test_an_unknown_script_is_refused() -> None:
    with pytest.raises(ValueError, match="no script is called"):
        widget("../../x", "id")


def test_values_are_short_strict_json() -> None:
    value = widget_value(run="abc", view="${x}")
    assert json.loads(value) == {"run": "abc", "view": "${x}"}
    with pytest.raises(ValueError, match="Out of range float"):
        widget_value(done=float("nan"))


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.js")), ids=lambda path: path.name)
def test_no_script_builds_html_from_text(path) -> None:
    source = path.read_text(encoding="utf-8")
    for sink in (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
        "new Function", "srcdoc", "createContextualFragment", "setHTMLUnsafe", "DOMParser",
    ):  # fmt: skip
        assert sink not in source, f"{path.name} uses {sink}"


@pytest.mark.parametrize(
    "path", sorted([*ASSETS.glob("*.js"), *ASSETS.glob("*.css")]), ids=lambda path: path.name
)
def test_no_file_of_the_page_names_another_machine(path) -> None:
    source = path.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}[^\s'\")]*", source))
    assert named <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.js")), ids=lambda path: path.name)
def test_scripts_stay_small(path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
