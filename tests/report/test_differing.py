"""The table of differing tensors: one line each, the source marked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inspector.diagnose.comparison import compare_traces
from inspector.report.differing import differing_lines
from tests import runs


def test_every_row_has_its_numbers_and_the_first_is_the_source(differing):
    lines = list(differing_lines(differing))
    first = differing.verdict.first_divergence
    assert "in order of execution" in lines[0]
    assert lines[2].endswith(f"{first.reference}  <- arises here")
    error = differing.tensors[first.row].metrics.relative_l2
    assert lines[2].split()[0] == f"{error:.2g}"
    assert sum("arises here" in line for line in lines) == 1


def test_agreement_has_no_table(agreeing):
    assert list(differing_lines(agreeing)) == []


def test_identifiers_and_lengths_are_counted():
    run = runs.healthy_run()
    tokens = run["step3_speech_tokens"]
    other = {**run, "step3_speech_tokens": np.concatenate([tokens[::-1], tokens[:3]])}
    lines = list(differing_lines(compare_traces(runs.trace(run), runs.trace(other))))
    assert "values differ  step3_speech_tokens (The lengths differ" in lines[2]
    assert f"of {tokens.size} values differ" in lines[2]


def test_long_tables_end_with_a_count():
    run = runs.healthy_run()
    other = {k: v * np.float32(2) if v.dtype == np.float32 else v for k, v in run.items()}
    found = compare_traces(runs.trace(run), runs.trace(other))
    lines = list(differing_lines(found))
    assert lines[-1].startswith(f"  ... and {found.verdict.counts['different'] - 12} more")
    assert len(lines) == 2 + 12 + 1


def test_a_guessed_pair_is_marked_with_its_partner(differing):
    row = next(i for i, t in enumerate(differing.tensors) if t.status == "different")
    one = differing.tensors[row]
    guess = replace(one, pair=replace(one.pair, rule="order", confidence=0.3))
    tensors = (*differing.tensors[:row], guess, *differing.tensors[row + 1 :])
    lines = list(differing_lines(replace(differing, tensors=tensors)))
    assert any(f"(a guess: {one.pair.candidate.name})" in line for line in lines)
