"""The context names the places of an axis."""

from __future__ import annotations

from inspector.diagnose.form.context import FormContext
from inspector.metrics.tolerance import default_tolerance


def test_axes_have_words():
    context = FormContext("BCT")
    assert (context.one(2), context.many(1), context.letter(0)) == ("frame", "channels", "B")
    assert FormContext().many(1) == "places on axis 1"
    assert not context.identifiers


def test_the_places_of_tokens_are_no_frames():
    exact = default_tolerance("int64", "int64", exact=True)
    context = FormContext("BT", tolerance=exact)
    assert context.identifiers
    assert context.many(1) == "places"
