"""The row on top of the page: which pair is open, and the options of opening one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from inspector.ui.gallery import Gallery
from inspector.ui.opening import OpenRequest
from inspector.ui.uploads import CHECKPOINT_SUFFIXES, TRACE_SUFFIXES
from inspector.ui.widgets import widget


@dataclass(frozen=True)
class Header:
    """The inputs of the row; `build_header` makes them."""

    reference: gr.Textbox
    candidate: gr.Textbox
    sample_rate: gr.Textbox
    only: gr.Textbox
    cutoff: gr.Textbox
    mapping: gr.Textbox
    checkpoint: gr.Textbox
    config: gr.Textbox
    measure_floor: gr.Checkbox
    open: gr.Button
    cancel: gr.Button
    exchange: gr.Button
    chooser: gr.HTML
    uploads: tuple[tuple[str, gr.UploadButton, gr.Textbox], ...]

    def texts(self) -> tuple[gr.Textbox, ...]:
        """The fields to type into."""
        return (
            self.reference, self.candidate, self.sample_rate, self.only, self.cutoff, self.mapping,
            self.checkpoint, self.config,
        )  # fmt: skip

    def fields(self) -> tuple[gr.Textbox | gr.Checkbox, ...]:
        """What an opening depends on."""
        return (*self.texts(), self.measure_floor)

    def updates(self, request: OpenRequest) -> dict[Any, Any]:
        """The fields filled with a request."""
        return {
            self.reference: request.reference, self.candidate: request.candidate,
            self.sample_rate: request.sample_rate_hz, self.only: request.only,
            self.cutoff: request.cutoff_hz, self.mapping: request.map_path,
            self.checkpoint: request.checkpoint, self.config: request.config,
            self.measure_floor: request.measure_floor,
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
            checkpoint=values[self.checkpoint] or "",
            config=values[self.config] or "",
            measure_floor=bool(values[self.measure_floor]),
        )


def build_header(start: OpenRequest, gallery: Gallery) -> Header:
    """Make the row, filled with what a fresh page opens; a chooser where there is a gallery."""
    with gr.Row(elem_id="ins-header"):
        chooser = widget("gallery", "ins-gallery", gallery.value(start), visible=len(gallery) > 0)
        reference = _path_field("Reference", "ins-reference", start.reference)
        exchange = gr.Button("⇄", elem_id="ins-exchange", min_width=36, scale=0)
        candidate = _path_field("Candidate", "ins-candidate", start.candidate)
        opens = gr.Button("Open", elem_id="ins-open", variant="primary", min_width=76, scale=0)
        cancel = gr.Button("Cancel", elem_id="ins-cancel", visible=False, min_width=76, scale=0)
        with gr.Accordion("Options", open=False, elem_id="ins-options"):
            checkpoint = gr.Textbox(
                start.checkpoint, label="Checkpoint of the reference", max_lines=1,
                placeholder="weights, for the block lab and the culprit search",
            )  # fmt: skip
            config = gr.Textbox(
                start.config, label="Configuration of the checkpoint", max_lines=1,
                placeholder="JSON file with what the weights cannot tell; may stay empty",
            )  # fmt: skip
            measure_floor = gr.Checkbox(
                start.measure_floor, elem_id="ins-measure-floor", container=False,
                label="Measure noise floors with this checkpoint (three runs of its decoder)",
            )  # fmt: skip
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
                uploads = tuple(
                    (side, _upload(side), field)
                    for side, field in (
                        ("reference", reference), ("candidate", candidate),
                        ("checkpoint", checkpoint),
                    )
                )  # fmt: skip
    return Header(
        reference, candidate, sample_rate, only, cutoff, mapping, checkpoint, config,
        measure_floor, opens, cancel, exchange, chooser, uploads,
    )  # fmt: skip


def _upload(side: str) -> gr.UploadButton:
    kinds: list[Any] = list(CHECKPOINT_SUFFIXES if side == "checkpoint" else TRACE_SUFFIXES)
    return gr.UploadButton(
        f"Upload {side} …", file_count="multiple", file_types=kinds, size="sm", min_width=80,
        elem_id=f"ins-upload-{side}",
    )  # fmt: skip


def _path_field(label: str, elem_id: str, value: str) -> gr.Textbox:
    return gr.Textbox(
        value, label=label, show_label=False, container=False, max_lines=1, elem_id=elem_id,
        placeholder=f"{label}: path of a trace folder or file", scale=1, min_width=160,
    )  # fmt: skip
