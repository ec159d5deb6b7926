"""Mapping files."""

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import UsageError
from inspector.match.mapping import Mapping, MappingEntry, load_mapping


def load(tmp_path, text, name="map.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def fails(tmp_path, text, *words, name="map.yaml"):
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text, name)
    for word in words:
        assert word in caught.value.sentence
    return caught.value


YAML = """
# comment
step7_mel: mel
x: {candidate: "y::z", axes: [0, 2, 1]}
"""


def test_yaml_and_json_say_the_same(tmp_path):
    table = {"step7_mel": "mel", "x": {"candidate": "y::z", "axes": [0, 2, 1]}}
    want = (MappingEntry("step7_mel", "mel"), MappingEntry("x", "y::z", (0, 2, 1)))
    assert load(tmp_path, YAML).entries == want
    assert load(tmp_path, json.dumps(table), "map.json").entries == want
    assert load(tmp_path, json.dumps(table), "map.yml").entries == want


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("empty",)),
        ("{}", ("empty",)),
        ("- a\n- b", ("a list",)),
        ("just words", ("a text",)),
        ("a: [1", ("not valid YAML", "line")),
        ("a: b\na: c", ("the name a is listed twice",)),
        ("a: c\nb: c", ("candidate tensor c", "listed twice")),
        ("a: 1", ("a is given a number",)),
        ("a:", ("a is given nothing",)),
        ("1: b", ("quotes",)),
        ("yes: b", ("true or false", "quotes")),
        ("a: {axes: [0]}", ("no candidate name",)),
        ("a: {candidate: b, axis: [0]}", ("unknown entry axis",)),
        ("a: {candidate: b, axes: [0, 0]}", ("no permutation",)),
        ("a: {candidate: b, axes: [1, 2]}", ("no permutation",)),
        ("a: {candidate: b, axes: [true, false]}", ("no permutation",)),
        ("a: {candidate: b, axes: 021}", ("no permutation",)),
        ("a: !!python/object/apply:os.system ['true']", ("not valid YAML",)),
        ("? [a, b]\n: c", ("quotes",)),
        ("[" * 5000, ("YAML",)),
        ("a: b\x00", ("not valid YAML",)),
    ],
)
def test_yaml_that_is_no_mapping(tmp_path, text, words):
    fails(tmp_path, text, "map.yaml", *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": "b"', ("not valid JSON", "line 1")),
        ('{"a": "b", "a": "c"}', ("listed twice",)),
        ("[" * 100_000, ("JSON",)),
        ("null", ("empty",)),
        ("3", ("a number",)),
    ],
)
def test_json_that_is_no_mapping(tmp_path, text, words):
    fails(tmp_path, text, "map.json", *words, name="map.json")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match="no such mapping file"):
        load_mapping(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="not a regular file"):
        load_mapping(tmp_path)
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="not a regular file"):
        load_mapping(pipe)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UsageError, match="not text"):
        load_mapping(tmp_path / "bytes.yaml")
    (tmp_path / "large.yaml").write_bytes(b" " * (16 * 1024 * 1024 + 1))
    with pytest.raises(UsageError, match="too large"):
        load_mapping(tmp_path / "large.yaml")
    with pytest.raises(UsageError):
        load_mapping("a\0b")


def test_unknown_names_are_answered_with_the_nearest():
    mapping = Mapping((MappingEntry("step7_mell", "mel"),), "map.yaml")
    with pytest.raises(UsageError, match="Did you mean: step7_mel"):
        mapping.check(["step7_mel", "audio"], ["mel"])
    mapping = Mapping((MappingEntry("step7_mel", "melody"),), "map.yaml")
    with pytest.raises(UsageError, match=r"the candidate has no tensor named melody.*mel"):
        mapping.check(["step7_mel"], ["mel"])
    Mapping((MappingEntry("step7_mel", "mel"),)).check(["step7_mel"], ["mel"])


def test_a_mapping_lists_each_name_once():
    with pytest.raises(UsageError, match="reference tensor a is listed twice"):
        Mapping((MappingEntry("a", "b"), MappingEntry("a", "c")))


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_any_text_gives_a_mapping_or_a_sentence(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("map")
    for name in ("m.yaml", "m.json"):
        (folder / name).write_text(text, encoding="utf-8", newline="")
        try:
            mapping = load_mapping(folder / name)
        except UsageError as error:
            assert error.sentence
        else:
            assert mapping.entries


def test_a_tensor_can_be_named_as_without_counterpart(tmp_path):
    assert load(tmp_path, "a: {candidate: null}").entries == (MappingEntry("a", None),)
    fails(tmp_path, "a: {candidate: null, axes: [0]}", "no candidate name")
    alone = Mapping((MappingEntry("a", None), MappingEntry("b", None)))
    alone.check(["a", "b"], [])
    with pytest.raises(UsageError, match="the reference has no tensor named a"):
        alone.check(["b"], [])


def test_entries_on_top_replace_those_that_share_a_name():
    below = Mapping(
        (MappingEntry("a", "x"), MappingEntry("b", "y"), MappingEntry("c", "z")), "map.yaml"
    )
    found = below.overlaid((MappingEntry("a", "y"), MappingEntry("d", None)))
    assert found.entries == (
        MappingEntry("c", "z"), MappingEntry("a", "y"), MappingEntry("d", None),
    )  # fmt: skip
    assert found.source == "map.yaml and your own choice"
    assert below.overlaid(()) is below
    assert Mapping().overlaid((MappingEntry("a", "b"),)).source == "your own choice"
    with pytest.raises(UsageError, match="listed twice"):
        below.overlaid((MappingEntry("a", "x"), MappingEntry("a", "y")))
