"""Options of a recorder."""

from __future__ import annotations

import pytest

from inspector.errors import UsageError
from inspector.record.options import check_name, check_options

NOTHING = {
    "include": None, "exclude": None, "level": None, "inputs": False, "rows": None,
    "steps": None, "prefix": "", "step_of": None, "calls_per_step": 1, "max_bytes": None,
}  # fmt: skip
PATHS = ["", "a", "a.0", "a.0.norm", "b"]


def options(**given):
    return check_options(**{**NOTHING, **given})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, PATHS),
        ({"level": 0}, [""]),
        ({"level": 1}, ["", "a", "b"]),
        ({"include": "norm$"}, ["a.0.norm"]),
        ({"exclude": r"^a\."}, ["", "a", "b"]),
        ({"include": "^a", "exclude": "norm", "level": 2}, ["a", "a.0"]),
    ],
)
def test_filters(given, kept):
    chosen = options(**given)
    assert [path for path in PATHS if chosen.keeps_module(path)] == kept


def test_steps_and_rows_may_be_one_number_or_many():
    assert options(rows=0).rows == (0,)
    assert options(rows=[1, 0, 1]).rows == (1, 0)
    assert options(steps=range(1, 3)).steps == {1, 2}
    assert [options(steps=2).keeps_step(s) for s in (None, 1, 2)] == [True, False, True]


@pytest.mark.parametrize(
    ("prefix", "kept"),
    [("", ""), ("decoder.estimator", "decoder.estimator."), ("d.", "d."), ("x/", "x/")],
)
def test_a_prefix_ends_in_a_separator(prefix, kept):
    assert options(prefix=prefix).prefix == kept


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"include": "("}, "regex"),
        ({"exclude": 5}, "regex"),
        ({"level": -1}, "number"),
        ({"level": 1.5}, "number"),
        ({"level": True}, "number"),
        ({"rows": "0"}, "number"),
        ({"rows": []}, "number"),
        ({"steps": [1, -1]}, "number"),
        ({"calls_per_step": 0}, "number"),
        ({"max_bytes": "1 GB"}, "number"),
        ({"prefix": "a\0"}, "name"),
        ({"prefix": 5}, "name"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(given, code):
    with pytest.raises(UsageError) as refused:
        options(**given)
    assert refused.value.code == code
    assert next(iter(given)) in refused.value.sentence


@pytest.mark.parametrize("name", ["", "x" * 1_001, "a\0b", "\ud800", None])
def test_names_that_no_container_holds(name):
    with pytest.raises(UsageError):
        check_name("name", name)
