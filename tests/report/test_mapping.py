"""The mapping file of a comparison gives the same comparison again."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.options import DiffOptions
from inspector.match.mapping import MappingEntry, load_mapping
from inspector.report.mapping import render_mapping
from tests import runs


def read_back(tmp_path, text):
    path = tmp_path / "names.yaml"
    path.write_text(text, encoding="utf-8")
    return path, load_mapping(path).entries


def pairs_of(comparison):
    return [
        (p.reference.name, p.candidate.name, p.candidate_layout) for p in comparison.match.pairs
    ]


def test_all_pairs_come_in_order_with_rule_and_confidence(agreeing, tmp_path):
    text = render_mapping(agreeing)
    path, entries = read_back(tmp_path, text)
    pairs = agreeing.match.pairs
    assert [(e.reference, e.candidate) for e in entries] == [
        (p.reference.name, p.candidate.name) for p in pairs
    ]
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for line, pair in zip(lines, pairs, strict=True):
        assert line.endswith(f"# {pair.rule}, confidence {pair.confidence:g}")
    assert entries[0].axes is None
    assert any(e.axes == (0, 2, 1) for e in entries), "the port stores BTC"
    again = compare_traces(
        agreeing.reference.trace, agreeing.candidate.trace, DiffOptions(map_path=str(path))
    )
    assert pairs_of(again) == pairs_of(agreeing)
    assert again.verdict.exit_code == 0


SHAPE = (3, 4)


def swapped():
    rng = np.random.default_rng(0)
    left = {n: rng.standard_normal(SHAPE).astype(np.float32) for n in ("a", "b", "c", "d")}
    right = {"a": left["b"], "b": left["a"], "c": left["c"], "extra": np.ones(9, np.float32)}
    return runs.trace(left, "left"), runs.trace(right, "right")


def test_what_is_chosen_replaces_pairs_and_the_rest_is_told(tmp_path):
    comparison = compare_traces(*swapped())
    text = render_mapping(comparison, [MappingEntry("a", "b"), MappingEntry("c", None)])
    _, entries = read_back(tmp_path, text)
    assert entries == (MappingEntry("a", "b"), MappingEntry("c", None))
    told = text.splitlines()
    first = told.index("# Of the reference, without a partner in the candidate:") + 1
    assert told[first : first + 2] == ['#   "d"', '#   "b"']
    after = told[told.index("# Of the candidate, without a partner in the reference:") + 1 :]
    assert after == ['#   "extra"', '#   "a"', '#   "c"']


def test_without_all_pairs_only_what_was_named(tmp_path):
    plan = tmp_path / "file.yaml"
    plan.write_text("c: c\na: extra\n")
    options = DiffOptions(map_path=str(plan), overrides=(MappingEntry("a", "b", (0, 1)),))
    comparison = compare_traces(*swapped(), options)
    _, entries = read_back(tmp_path, render_mapping(comparison, all_pairs=False))
    assert entries == (MappingEntry("c", "c"), MappingEntry("a", "b", (0, 1)))
    _, entries = read_back(tmp_path, render_mapping(comparison, (), all_pairs=False))
    assert entries == (MappingEntry("c", "c"), MappingEntry("a", "extra")), "the file as it was"


@pytest.mark.parametrize("all_pairs", [True, False])
def test_nothing_to_write_is_still_a_text(all_pairs):
    empty = compare_traces(
        runs.trace({"alpha": np.ones((3, 5), np.float32)}),
        runs.trace({"omega\nq": np.ones(7, np.float32)}),
    )
    lines = render_mapping(empty, all_pairs=all_pairs).splitlines()
    assert all(line.startswith("#") for line in lines)
    assert ('#   "omega\\nq"' in lines) == all_pairs
