"""Hostile names become printable text and safe, distinct file names."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.names import file_name, show_name

# lone surrogates too: a file may hold them
ANY_TEXT = st.text(st.characters(), max_size=300)
NASTY = st.sampled_from(
    [
        "", ".", "..", "../../etc/passwd", "/abs/olute", "C:\\x", "con", "CON.txt", "nul", "COM1",
        "lpt9.npy", "a\u0000b", "a\u202eb", "\u2028", "\ud800", "é", "e\u0301", "W", "w", "a b",
        "a/b", "a_b", "." * 90, "x" * 500, "-", "com1." + "y" * 200,
    ]
)  # fmt: skip


@given(ANY_TEXT | NASTY, st.integers(5, 250))
@settings(max_examples=200)
def test_a_shown_name_is_one_printable_line_of_limited_length(name, limit):
    shown = show_name(name, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in shown)
    shown.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=200))
@settings(max_examples=100)
def test_a_printable_name_is_shown_as_it_is(name):
    assert show_name(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", "a\\u{a}b"),
        ("mel\u202egpj", "mel\\u{202e}gpj"),
        ("\ud800", "\\u{d800}"),
        ("a\u200bb", "a\\u{200b}b"),
        (7, "7"),
    ],
)
def test_a_hidden_character_is_spelled_out(name, shown):
    assert show_name(name) == shown


def test_a_long_name_keeps_both_ends():
    assert show_name("abcdefghij", 7) == "abc…hij"
    assert show_name("abcdefghij", 6) == "ab…hij"
    assert show_name("abcdefghij", 10) == "abcdefghij"


@given(ANY_TEXT | NASTY, st.sampled_from(["", ".png", ".npy"]))
@settings(max_examples=200)
def test_a_file_name_is_portable_and_stays_in_its_folder(name, suffix):
    made = file_name(name, suffix)
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", made)
    assert made.endswith(suffix)
    assert 0 < len(made) <= 80
    assert PurePosixPath(made).name == made
    assert PureWindowsPath(made).name == made
    assert made.split(".")[0].casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


@given(st.lists(ANY_TEXT | NASTY, min_size=2, max_size=8, unique=True))
@settings(max_examples=200)
def test_different_names_give_different_files_on_any_disk(names):
    assert len({file_name(n, ".png").casefold() for n in names}) == len(names)


def test_equal_names_give_equal_files():
    assert file_name("step1/mel") == file_name("step1/mel")
    assert file_name("step1/mel").startswith("step1_mel-")


@pytest.mark.parametrize("reserved", ["con", "NUL.txt", "com1", "Aux.tar.gz"])
def test_a_reserved_name_is_not_used(reserved):
    assert file_name(reserved).startswith("tensor_")


def test_a_long_reserved_name_stays_short():
    assert len(file_name("con." + "a" * 200, ".png")) <= 80
