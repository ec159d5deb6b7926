"""A failure reads as one sentence and travels as plain values."""

from __future__ import annotations

import json

import pytest

from inspector.errors import Cancelled, InspectorError, TraceError, UsageError


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("c", "a.npy", "it is empty"), "a.npy: it is empty."),
        (("c", "a.npy", "it is empty."), "a.npy: it is empty."),
        (("c", "a.npy", "3 bytes", "80 bytes"), "a.npy: 3 bytes; expected 80 bytes."),
        (
            ("c", "a.npy", "3 bytes", "80 bytes", "Write it again."),
            "a.npy: 3 bytes; expected 80 bytes. Write it again.",
        ),
        (("c", "a.npy", "3 bytes", "", "Write it again."), "a.npy: 3 bytes. Write it again."),
    ],
)
def test_the_sentence_names_subject_found_expected_and_next_step(arguments, sentence):
    error = TraceError(*arguments)
    assert error.sentence == sentence
    assert str(error) == sentence


def test_a_hostile_subject_is_made_printable():
    error = UsageError("c", "a\x1b[31m\nb", "it is odd")
    assert error.subject == "a\\u{1b}[31m\\u{a}b"
    assert "\x1b" not in str(error)


def test_the_values_are_plain():
    error = TraceError("truncated", "a.npy", "3 bytes", "80 bytes", "Write it again.")
    assert json.loads(json.dumps(error.to_dict())) == {
        "code": "truncated",
        "subject": "a.npy",
        "found": "3 bytes",
        "expected": "80 bytes",
        "next_step": "Write it again.",
        "sentence": "a.npy: 3 bytes; expected 80 bytes. Write it again.",
    }


def test_the_kinds_can_be_told_apart():
    with pytest.raises(InspectorError):
        raise UsageError("c", "s", "f")
    assert not issubclass(TraceError, UsageError)
    assert not issubclass(Cancelled, InspectorError)
