"""The page: what stands where, and which event calls what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from inspector.errors import InspectorError
from inspector.ui.gallery import Gallery
from inspector.ui.header import Header, build_header
from inspector.ui.match_request import Pairing
from inspector.ui.opening import Opener, OpenRequest, OpenState
from inspector.ui.runs import RunCache
from inspector.ui.uploads import UploadStore
from inspector.ui.widgets import widget, widget_value

TITLE = "tensor-diff inspector"
HEAD = "".join(
    f'<link rel="stylesheet" href="/inspector/assets/{sheet}.css">'
    for sheet in ("base", "page", "panels", "detail", "media", "lab", "slots", "culprit", "match")
)
# This view of the facade is the table with its detail, drawn by scripts of the page.
_TENSOR = "tensor"
# So is this one: its pairs can be chosen anew.
_MATCH = "match"
LAB_TABS = (("lab", "Block lab"), ("culprit", "Culprit"))
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

Updates = dict[Any, Any]


@dataclass(frozen=True)
class Services:
    """What the page calls; made once per server.

    Attributes:
        opener: opens pairs.
        runs: opened comparisons.
        uploads: where uploaded files go.
        views: key and title of every view, in the order of the tabs.
        pairing: reads which tensors the Match tab wants to be paired.
        start: what a fresh page opens; None = it waits for the user.
        gallery: bundled pairs to choose from.
    """

    opener: Opener
    runs: RunCache
    uploads: UploadStore
    views: tuple[tuple[str, str], ...]
    pairing: Pairing
    start: OpenRequest | None = None
    gallery: Gallery = field(default_factory=Gallery)


def build_app(services: Services) -> gr.Blocks:
    """Return the page.

    Args:
        services: what the page calls.
    """
    start = services.start or OpenRequest("", "")
    with gr.Blocks(title=TITLE, fill_width=True, analytics_enabled=False) as page:
        fields = build_header(start, services.gallery)
        status = widget("status", "ins-status")
        shown: dict[gr.HTML, dict[str, str]] = {widget("summary", "ins-summary"): {}}
        with gr.Row(elem_id="ins-evidence", equal_height=True):
            with gr.Column(scale=45, min_width=380):
                shown[widget("errormap", "ins-map")] = {}
            with gr.Column(scale=55, min_width=420):
                shown[widget("melview", "ins-mel")] = {}
        shown[widget("player", "ins-player")] = {}
        with gr.Tabs(elem_id="ins-tabs"):
            with gr.Tab("Tensors", id=_TENSOR, elem_id=f"ins-tab-{_TENSOR}"):
                shown[widget("table", "ins-table")] = {}
                shown[widget("detail", "ins-detail")] = {}
            for key, title in LAB_TABS:
                with gr.Tab(title, id=key, elem_id=f"ins-tab-{key}"):
                    shown[widget(key, f"ins-{key}")] = {}
            for key, title in services.views:
                if key == _TENSOR:
                    continue
                with gr.Tab(title, id=key, elem_id=f"ins-tab-{key}"):
                    script = "match" if key == _MATCH else "viewpanel"
                    shown[widget(script, f"ins-view-{key}")] = {"view": key}
        _connect(page, services, fields, status, shown)
    return page


def _connect(
    page: gr.Blocks,
    services: Services,
    fields: Header,
    status: gr.HTML,
    shown: Mapping[gr.HTML, Mapping[str, str]],
) -> None:
    """Connect events: mapping in, one call, mapping of what changes out."""

    def progress(states: Iterator[OpenState]) -> Iterator[Updates]:
        for state in states:
            busy = state.state == "busy"
            updates: Updates = {
                status: widget_value(
                    state=state.state, text=state.text, done=state.done, total=state.total
                ),
                fields.open: gr.update(visible=not busy),
                fields.cancel: gr.update(visible=busy),
            }
            if state.state == "done":
                updates |= show(state.run)
            yield updates

    def show(run: str) -> Updates:
        request = services.runs.get(run).request
        return {
            fields.chooser: services.gallery.value(replace(request, overrides=())),
            **{part: widget_value(run=run, **extra) for part, extra in shown.items()},
        }

    def choose(values: Updates, request: gr.Request) -> Iterator[Updates]:
        try:
            wanted = services.gallery.chosen(values[fields.chooser]).request
        except InspectorError as error:
            yield {status: widget_value(state="failed", text=error.sentence)}
            return
        yield fields.updates(wanted)
        yield from progress(services.opener.open(wanted, _session(request)))

    def open_pair(values: Updates, request: gr.Request) -> Iterator[Updates]:
        yield from progress(services.opener.open(fields.request(values), _session(request)))

    def exchange(values: Updates, request: gr.Request) -> Iterator[Updates]:
        swapped = {
            **values,
            fields.reference: values[fields.candidate],
            fields.candidate: values[fields.reference],
        }
        yield {side: swapped[side] for side in (fields.reference, fields.candidate)}
        yield from progress(services.opener.open(fields.request(swapped), _session(request)))

    def arrive(request: gr.Request) -> Iterator[Updates]:
        run = dict(request.query_params).get("run", "")
        if run in services.runs:
            yield {**show(run), **fields.updates(services.runs.get(run).request)}
        elif services.start is not None:
            yield from progress(services.opener.open(services.start, _session(request)))

    def pair_anew(value: str, request: gr.Request) -> Iterator[Updates]:
        try:
            wanted = services.pairing.request(value)
        except InspectorError as error:
            yield {status: widget_value(state="failed", text=error.sentence)}
            return
        yield from progress(services.opener.open(wanted, _session(request)))

    def cancel(request: gr.Request) -> None:
        services.opener.cancel(_session(request))

    def receive(side: str, files: list[str] | None, target: gr.Textbox) -> Updates:
        try:
            return {
                target: services.uploads.gather(files or [], side),
                status: widget_value(state="note", text=f"The {side} was uploaded. Press Open."),
            }
        except InspectorError as error:
            return {status: widget_value(state="failed", text=error.sentence)}

    outputs = [status, fields.open, fields.cancel, fields.chooser, *shown]
    opening: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "open", **_QUIET}
    gr.on(
        [fields.open.click, *(field.submit for field in fields.texts())],
        open_pair, set(fields.fields()), outputs, **opening,
    )  # fmt: skip
    fields.exchange.click(
        exchange, set(fields.fields()), [*outputs, fields.reference, fields.candidate], **opening
    )
    fields.cancel.click(cancel, None, None, queue=False, **_QUIET)
    fields.chooser.select(choose, {fields.chooser}, [*outputs, *fields.fields()], **opening)
    for part, extra in shown.items():
        if extra.get("view") == _MATCH:
            part.select(pair_anew, part, outputs, **opening)
    for side, button, target in fields.uploads:
        button.upload(
            lambda files, side=side, target=target: receive(side, files, target),
            button, [target, status], **_QUIET,
        )  # fmt: skip
    page.load(arrive, None, [*outputs, *fields.fields()], **opening)


def _session(request: gr.Request) -> str:
    return request.session_hash or ""
