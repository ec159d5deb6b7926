"""Notes, each said once."""

from __future__ import annotations

from inspector.record.notes import Notes


def test_a_sentence_is_said_once_with_all_it_is_about():
    notes = Notes()
    for name in "cabcde":
        notes.add("Left out", name)
    notes.add("The end.")
    notes.add("The end.")
    assert notes.sentences() == ("Left out (c, a, b and 2 more).", "The end.")


def test_few_names_are_all_shown():
    notes = Notes()
    notes.add("Left out", "a\nb", "c")
    assert notes.sentences() == ("Left out (a\\u{a}b, c).",)
