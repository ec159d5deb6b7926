"""Parts of the page that are drawn by scripts of this project.

Each is a `gr.HTML` whose template is fixed text.  Data never goes into a template or a
property: the value is a short JSON string that names the run, the script fetches what it
shows and writes it as text.
"""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

_TEMPLATE = '<div class="ins-mount"></div>'

# The path of the script is the only thing that changes, and it comes from `SCRIPTS`.
_LOADER = """
const root = element.querySelector('.ins-mount');
import('/inspector/assets/SCRIPT.js').then(
  (part) => part.mount(root, props, { trigger, watch }),
).catch((error) => {
  console.error(error);
  root.textContent = 'This part of the page could not be started: ' + error;
});
"""

SCRIPTS = (
    "status", "gallery", "summary", "errormap", "melview", "player", "table", "detail", "lab",
    "culprit", "match", "viewpanel",
)  # fmt: skip


def widget(script: str, elem_id: str, value: str = "", *, visible: bool = True) -> gr.HTML:
    """Return an empty component that is filled by one of the page's scripts.

    Args:
        script: one of `SCRIPTS`; the file ``assets/<script>.js`` exports
            ``mount(root, props, {trigger, watch})``.
        elem_id: identifier of the element in the page.
        value: what it starts with, a short JSON string.
        visible: False leaves it out of the page.

    Raises:
        ValueError: there is no such script.
    """
    if script not in SCRIPTS:
        raise ValueError(f"no script is called {script!r}; there are: {', '.join(SCRIPTS)}")
    return gr.HTML(
        value=value,
        html_template=_TEMPLATE,
        js_on_load=_LOADER.replace("SCRIPT", script),
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes=["ins-widget", f"ins-widget-{script}"],
        container=False,
        padding=False,
        visible=visible,
    )


def widget_value(**fields: Any) -> str:
    """Return the value of a widget: a short JSON string, such as ``{"run":"..."}``."""
    return json.dumps(fields, allow_nan=False, separators=(",", ":"))
