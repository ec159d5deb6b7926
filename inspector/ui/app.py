"""The page: what stands where, and which event calls what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from inspector.errors import InspectorError
from inspector.ui.opening import Opener, OpenRequest, OpenState
from inspector.ui.runs import RunCache
from inspector.ui.uploads import TRACE_SUFFIXES, UploadStore
from inspector.ui.widgets import widget, widget_value

TITLE = "tensor-diff inspector"
HEAD = "".join(
    f'<link rel="stylesheet" href="/inspector/assets/{sheet}.css">'
    for sheet in ("base", "page", "panels", "detail", "media")
)
# This view of the facade is the table with its detail, drawn by scripts of the page.
_TENSOR = "tensor"
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
        start: what a fresh page opens; None = it waits for the user.
    """

    opener: Opener
    runs: RunCache
    uploads: UploadStore
    views: tuple[tuple[str, str], ...]
    start: OpenRequest | None = None


@dataclass(frozen=True)
class _Fields:
    """The inputs of the header."""

    reference: gr.Textbox
    candidate: gr.Textbox
    sample_rate: gr.Textbox
    only: gr.Textbox
    cutoff: gr.Textbox
    mapping: gr.Textbox
    open: gr.Button
    cancel: gr.Button
    exchange: gr.Button
    upload_reference: gr.UploadButton
    upload_candidate: gr.UploadButton

    def texts(self) -> tuple[gr.Textbox, ...]:
        """What an opening depends on."""
        return (
            self.reference, self.candidate, self.sample_rate, self.only, self.cutoff, self.mapping
        )  # fmt: skip

    def updates(self, request: OpenRequest) -> Updates:
        """The fields filled with a request."""
        return {
            self.reference: request.reference, self.candidate: request.candidate,
            self.sample_rate: request.sample_rate_hz, self.only: request.only,
            self.cutoff: request.cutoff_hz, self.mapping: request.map_path,
        }  # fmt: skip

    def request(self, values: Mapping[Any, Any]) -> OpenRequest:
        """The values of the fields as a request."""
        return OpenRequest(
            reference=values[self.reference] or "",
            candidate=values[self.candidate] or "",
            sample_rate_hz=values[self.sample_rate] or "",
            only=values[self.only] or "",
            cutoff_hz=values[self.cutoff] or "",
            map_path=values[self.mapping] or "",
        )


def build_app(services: Services) -> gr.Blocks:
    """Return the page.

    Args:
        services: what the page calls.
    """
    start = services.start or OpenRequest("", "")
    with gr.Blocks(title=TITLE, fill_width=True, analytics_enabled=False) as page:
        fields = _header(start)
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
            for key, title in services.views:
                if key == _TENSOR:
                    continue
                with gr.Tab(title, id=key, elem_id=f"ins-tab-{key}"):
                    shown[widget("viewpanel", f"ins-view-{key}")] = {"view": key}
        _connect(page, services, fields, status, shown)
    return page


def _header(start: OpenRequest) -> _Fields:
    kinds: list[Any] = list(TRACE_SUFFIXES)
    with gr.Row(elem_id="ins-header"):
        reference = _path_field("Reference", "ins-reference", start.reference)
        exchange = gr.Button("⇄", elem_id="ins-exchange", min_width=36, scale=0)
        candidate = _path_field("Candidate", "ins-candidate", start.candidate)
        opens = gr.Button("Open", elem_id="ins-open", variant="primary", min_width=76, scale=0)
        cancel = gr.Button("Cancel", elem_id="ins-cancel", visible=False, min_width=76, scale=0)
        with gr.Accordion("Options", open=False, elem_id="ins-options"):
            with gr.Row():
                sample_rate = gr.Textbox(
                    start.sample_rate_hz, label="Sample rate of audio (Hz)", max_lines=1,
                    min_width=120, placeholder="from the trace",
                )  # fmt: skip
                cutoff = gr.Textbox(
                    start.cutoff_hz, label="High frequencies from (Hz)", max_lines=1,
                    min_width=120, placeholder="3000",
                )  # fmt: skip
            only = gr.Textbox(
                start.only, label="Only tensors whose name matches", max_lines=1,
                placeholder="regular expression, such as decoder.*attn",
            )  # fmt: skip
            mapping = gr.Textbox(
                start.map_path, label="Mapping file", max_lines=1,
                placeholder="YAML or JSON: reference name -> candidate name",
            )  # fmt: skip
            with gr.Row():
                upload_reference = gr.UploadButton(
                    "Upload reference …", file_count="multiple", file_types=kinds, size="sm",
                    elem_id="ins-upload-reference",
                )  # fmt: skip
                upload_candidate = gr.UploadButton(
                    "Upload candidate …", file_count="multiple", file_types=kinds, size="sm",
                    elem_id="ins-upload-candidate",
                )  # fmt: skip
    return _Fields(
        reference, candidate, sample_rate, only, cutoff, mapping, opens, cancel, exchange,
        upload_reference, upload_candidate,
    )  # fmt: skip


def _path_field(label: str, elem_id: str, value: str) -> gr.Textbox:
    return gr.Textbox(
        value, label=label, show_label=False, container=False, max_lines=1, elem_id=elem_id,
        placeholder=f"{label}: path of a trace folder or file", scale=1, min_width=160,
    )  # fmt: skip


def _connect(
    page: gr.Blocks,
    services: Services,
    fields: _Fields,
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
        return {part: widget_value(run=run, **extra) for part, extra in shown.items()}

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

    def cancel(request: gr.Request) -> None:
        services.opener.cancel(_session(request))

    def receive(side: str, files: list[str] | None, field: gr.Textbox) -> Updates:
        try:
            return {
                field: services.uploads.gather(files or [], side),
                status: widget_value(state="note", text=f"The {side} was uploaded. Press Open."),
            }
        except InspectorError as error:
            return {status: widget_value(state="failed", text=error.sentence)}

    outputs = [status, fields.open, fields.cancel, *shown]
    opening: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "open", **_QUIET}
    gr.on(
        [fields.open.click, *(field.submit for field in fields.texts())],
        open_pair, set(fields.texts()), outputs, **opening,
    )  # fmt: skip
    fields.exchange.click(
        exchange, set(fields.texts()), [*outputs, fields.reference, fields.candidate], **opening
    )
    fields.cancel.click(cancel, None, None, queue=False, **_QUIET)
    for side, button, field in (
        ("reference", fields.upload_reference, fields.reference),
        ("candidate", fields.upload_candidate, fields.candidate),
    ):
        button.upload(
            lambda files, side=side, field=field: receive(side, files, field),
            button, [field, status], **_QUIET,
        )  # fmt: skip
    page.load(arrive, None, [*outputs, *fields.texts()], **opening)


def _session(request: gr.Request) -> str:
    return request.session_hash or ""
