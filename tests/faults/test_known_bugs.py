"""Every record that a user can meet has a title in plain words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import inspector
from inspector.faults.known_bugs import KNOWN_BUGS, known_bug
from inspector.faults.registry import faults
from tests.faults import records

DIAGNOSE = Path(inspector.__file__).parent / "diagnose"
SHORTEST, LONGEST = 25, 75

BUG = re.compile(r"[A-Z]{2}\d{2}")
"""ID of a recorded bug; those of recipes (R1 to R54) have one letter."""


def _quoted(text):
    """IDs that are a string literal of their own, as in ``records=("WK01", "WF02")``."""
    return set(re.findall(rf"""["']({BUG.pattern})["']""", text))


def test_every_recorded_bug_has_a_title_and_nothing_else():
    assert set(KNOWN_BUGS) == records.BUGS


def test_every_record_of_the_registry_has_a_title():
    named = {r for _, fault in faults().items() for r in fault.records if BUG.fullmatch(r)}
    assert len(named) > 40
    assert named <= set(KNOWN_BUGS)


def test_every_record_of_the_diagnosis_has_a_title():
    named = {r for file in DIAGNOSE.rglob("*.py") for r in _quoted(file.read_text("utf-8"))}
    assert len(named) > 40
    assert named <= set(KNOWN_BUGS)


def test_records_are_found_in_source_text():
    text = """records=("WK01", 'WF02'), "R23", "see MK01", MK02"""
    assert _quoted(text) == {"WK01", "WF02"}


def test_titles_are_unique():
    folded = [title.casefold() for title in KNOWN_BUGS.values()]
    assert len(set(folded)) == len(folded)


@pytest.mark.parametrize("record", KNOWN_BUGS)
def test_a_title_is_a_short_phrase(record):
    title = KNOWN_BUGS[record]
    assert SHORTEST <= len(title) <= LONGEST
    assert title == " ".join(title.split())
    assert title[-1] not in ".!?,;:"
    assert not BUG.search(title)
    first = re.split(r"[ :,]", title)[0]
    acronym = sum(c.isupper() for c in first) > 1
    assert first == first.lower() or acronym


def test_the_mapping_cannot_be_changed():
    with pytest.raises(TypeError):
        KNOWN_BUGS["WK01"] = "another"  # type: ignore[index]


def test_a_known_record_comes_with_its_title():
    for record, title in KNOWN_BUGS.items():
        assert known_bug(record) == f"{title} ({record})"


@pytest.mark.parametrize("record", ["", "R23", "ZZ99", "wk01", "WK01 "])
def test_an_unknown_record_comes_back_as_it_is(record):
    assert known_bug(record) == record
