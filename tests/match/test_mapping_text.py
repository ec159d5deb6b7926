"""What is written into a mapping file is read back, whatever the names are made of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.match.mapping import MappingEntry, load_mapping
from inspector.match.mapping_text import comment_of, mapping_line, quoted

HARD = [
    "no", "yes", "null", "~", "1.0", "1e3", "0x10", "012", "1:30", "2024-01-01", "true", ".inf",
    "-", "- a", "--- ", "...", "? a", ": b", "a: b", "a #b", "#c", "&x", "*x", "!x", "%TAG", "@x",
    "`x",
    "", " ", " a ", "\t", "a\nb", "\r\n", "\x00", "\x07", "\x1b[31m", "\x7f", "\x85", "\u2028",
    "\ufeff", "\ufffe", "\u200b", "\u202e", '"', "'", '\\', '\\n', '"\\', "{a: b}", "[x]", "a,b",
    "<<", "=", "|", ">", "é", "日本語", "😀", "\U0010ffff", "\ud800", "\udcff", "x" * 3000,
    "decoder.blocks.0.attn.to_q", "step01/x", "a::b", "downBlocks[0].resnet",
]  # fmt: skip

characters = st.characters() | st.sampled_from("\"'\\\n\r\t:#-{}[],&*!|>%@` \ud800\udc80\x85\u2028")
names = st.text(characters, max_size=40) | st.sampled_from(HARD)


@st.composite
def entries(draw):
    references = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    candidates = draw(st.permutations(HARD))
    rank = draw(st.integers(0, 4))
    axes = st.none() | st.permutations(range(rank)).map(tuple)
    return tuple(
        MappingEntry(reference, candidate, draw(axes))
        if draw(st.booleans())
        else MappingEntry(reference, None)
        for reference, candidate in zip(references, candidates, strict=False)
    )


def back(path, lines):
    path.write_text("".join(lines), encoding="utf-8")
    return load_mapping(path).entries


@settings(max_examples=150)
@given(entries(), st.text(max_size=30))
def test_any_names_survive_the_round_trip(tmp_path_factory, chosen, comment):
    path = tmp_path_factory.getbasetemp() / "round.yaml"
    assert back(path, [mapping_line(entry, comment) for entry in chosen]) == chosen


@pytest.mark.parametrize("name", HARD)
def test_a_hard_name_survives_on_either_side(tmp_path, name):
    chosen = (MappingEntry(name, "b"), MappingEntry("a" + name, name, (1, 0)))
    assert back(tmp_path / "m.yaml", map(mapping_line, chosen)) == chosen


def test_readable_names_stay_readable():
    assert quoted("décodeur.0") == '"décodeur.0"'
    assert mapping_line(MappingEntry("a", "b"), "alias") == '"a": "b"  # alias\n'
    assert mapping_line(MappingEntry("a", None)) == '"a": {candidate: null}\n'


def test_a_comment_stays_on_its_line():
    assert comment_of("a\nb: c\u2028d").count("\n") == 0
    assert "\u2028" not in comment_of("\u2028")
