"""JSON from untrusted files."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import TraceError
from inspector.io.strict_json import parse_json


def test_plain_json() -> None:
    text = '{"a": [1, 2.5, null, true], "\\u00e9\\ud83d\\ude00": {}}'
    assert parse_json(text, "x", "header") == {"a": [1, 2.5, None, True], "é😀": {}}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "header"),
        ("{", "header"),
        ("{}{}", "header"),
        ("{'a': 1}", "header"),
        ('{"a": NaN}', "header"),
        ('{"a": -Infinity}', "header"),
        ('{"a": ' + "9" * 5000 + "}", "header"),
        ("[" * 200_000, "header"),
        ('{"a":' * 200_000, "header"),
        ("[" * 900 + '"\\ud800"' + "]" * 900, "header"),
        ('{"\\ud800": 1}', "header"),
        ('{"a": "\\udfff"}', "header"),
        ('{"a": 1, "b": 2, "a": 1}', "duplicate"),
        ('{"t": {"a": 1, "a": 1}}', "duplicate"),
    ],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(TraceError) as caught:
        parse_json(text, "x", "header")
    assert caught.value.code == code
    assert len(caught.value.sentence) < 300


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='{}[]":, \\u0dDfEn-+.1te', max_size=60))
def test_only_trace_errors_leave(text: str) -> None:
    try:
        parse_json(text, "x", "header")
    except TraceError as error:
        assert error.code in {"header", "duplicate"}
