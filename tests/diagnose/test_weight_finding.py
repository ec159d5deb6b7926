"""Findings are ranked, gathered by place and told as plain values."""

from __future__ import annotations

import json

import pytest

from inspector.diagnose.weight_finding import STATUSES, WeightFinding, group_findings


def finding(key, status="differs", **values):
    return WeightFinding(status, key, key, key, (2, 3), f"{key}: sentence.", values)


@pytest.mark.parametrize(
    ("key", "pattern"),
    [("mid_blocks.0.1.3.norm3.weight", "mid_blocks.*.*.*.norm3.weight"),
     ("h.10.mlp.c_fc.weight", "h.*.mlp.c_fc.weight"), ("blocks_12.w", "blocks_*.w"),
     ("conv1.weight", "conv1.weight"), ("7", "*")],
)  # fmt: skip
def test_numbers_of_blocks_fall_together(key, pattern):
    assert finding(key).pattern == pattern


def test_worst_first_then_largest_error():
    found = [
        finding("a", "same"), finding("b", "differs", relative_l2=0.1), finding("c", "missing"),
        finding("d", "differs", relative_l2=2.0), finding("e", "dtype"),
    ]  # fmt: skip
    assert [f.key for f in sorted(found, key=lambda f: f.rank)] == ["c", "d", "b", "e", "a"]


def test_groups_leave_harmless_findings_out():
    found = [finding(f"l.{i}.w", "missing") for i in range(3)]
    found += [finding("x", "same"), finding("y", "dtype"), finding("z", "scaled")]
    groups = group_findings(found)
    assert [(g.status, g.pattern, len(g.keys)) for g in groups] == [
        ("missing", "l.*.w", 3), ("scaled", "z", 1)
    ]  # fmt: skip
    assert groups[0].sentence == "l.*.w (3 parameters): each is missing in the candidate"
    assert groups[1].sentence == "z: is scaled"


def test_names_from_files_are_shown_safely():
    assert "\x1b" not in group_findings([finding("a\x1b[31m")])[0].sentence


def test_the_dictionary_leaves_long_lists_out():
    value = finding("a", order=list(range(300)), factor=2.0).to_dict()
    assert value["values"] == {"factor": 2.0}
    json.dumps(value)
    json.dumps(group_findings([finding("a")])[0].to_dict())


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_a_place_in_the_order(status):
    assert finding("a", status).rank[0] == list(STATUSES).index(status)
