"""The row on top of the page: fields and requests are two forms of the same."""

from __future__ import annotations

import gradio as gr
import pytest

from inspector.ui.gallery import Gallery
from inspector.ui.header import Header, build_header
from inspector.ui.opening import OpenRequest

REQUEST = OpenRequest(
    "r", "c", "16000", "mel", "2500", "map.yaml", "weights.pt", "config.json", True
)


def _build(start: OpenRequest, gallery: Gallery) -> Header:
    with gr.Blocks():
        return build_header(start, gallery)


@pytest.fixture
def header() -> Header:
    return _build(REQUEST, Gallery())


def test_a_request_survives_the_fields(header: Header) -> None:
    assert header.request(header.updates(REQUEST)) == REQUEST
    assert set(header.updates(REQUEST)) == set(header.fields())


def test_an_empty_field_is_an_empty_text(header: Header) -> None:
    assert header.request(dict.fromkeys(header.fields())) == OpenRequest("", "")


def test_the_fields_begin_with_the_start_pair(header: Header) -> None:
    assert header.request({field: field.value for field in header.fields()}) == REQUEST


def test_each_upload_goes_to_its_field(header: Header) -> None:
    assert [(side, field) for side, _, field in header.uploads] == [
        ("reference", header.reference), ("candidate", header.candidate),
        ("checkpoint", header.checkpoint),
    ]  # fmt: skip
    kinds = {side: button.file_types for side, button, _ in header.uploads}
    assert ".pt" in kinds["checkpoint"]
    assert ".pt" not in kinds["reference"]


def test_the_chooser_is_there_only_with_a_gallery() -> None:
    entry = {"key": "a", "title": "A", "sentence": "s", "reference": "r", "candidate": "c"}
    assert _build(REQUEST, Gallery()).chooser.visible is False
    assert _build(REQUEST, Gallery.from_entries([entry])).chooser.visible is True
