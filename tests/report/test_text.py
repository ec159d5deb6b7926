"""The terminal report leads with the verdict and holds no control characters."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import numpy as np

from inspector.analysis.health_finding import NOTE, Finding
from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.questions import Answer
from inspector.report.text import render_text
from tests import runs


def test_the_first_line_is_the_verdict(differing, agreeing):
    assert render_text(differing).splitlines()[0].startswith("DIFFERENT: First divergence: ")
    assert render_text(agreeing).splitlines()[0].startswith("SAME: All")


def test_both_sides_health_and_every_question_are_there(differing):
    text = render_text(differing)
    for title in ("Reference on its own", "Candidate on its own", "ODE steps", "Signs", "Mel",
                  "High-frequency energy", "Sound", "Tokens"):  # fmt: skip
        assert f"\n{title}" in text


def test_long_lists_are_capped_and_say_so(differing):
    run = runs.healthy_run()
    other = {k: v * np.float32(2) if v.dtype == np.float32 else v for k, v in run.items()}
    found = compare_traces(runs.trace(run), runs.trace(other))
    short, whole = render_text(found), render_text(found, verbose=True)
    assert "more (--verbose lists all" in short
    assert "--verbose" not in whole
    assert len(whole.splitlines()) > len(short.splitlines())


def test_every_form_of_an_error_is_in_the_verbose_report(differing):
    bare = replace(differing, forms={})
    assert "form: " not in render_text(bare)
    lines = render_text(bare, verbose=True).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("    form: "))
    assert lines[at].startswith("    form: certain: Every value is multiplied by 1.1 ")
    assert "(leaves " in lines[at]
    assert lines[at + 1].startswith("      resembles: ") and lines[at + 1].endswith("(VO01)")


def test_the_next_step_and_the_outcome_stand_above_the_details(differing):
    lines = render_text(differing).splitlines()
    assert lines[1] == f"Next: {differing.verdict.next_step}"
    (outcome,) = [line for line in lines if line.startswith("outcome ")]
    error = differing.answers["mel"].result.error
    assert f"{8.686 * error.mean_abs:.3g} dB on average" in outcome
    assert lines.index(outcome) < lines.index("What it means, in the order to look")


def test_what_is_no_mistake_is_kept_apart(agreeing):
    text = render_text(agreeing)
    assert "What it means" not in text
    assert "No mistake\n  - [certain] " in text


def test_failed_checks_are_told_once():
    run = runs.healthy_run()
    broken = {k: np.zeros_like(v) if "uncond" in k else v for k, v in run.items()}
    found = compare_traces(runs.trace(run), runs.trace(broken))
    text = render_text(found)
    for finding in found.candidate.health.failures():
        assert text.count(finding.sentence) == 1
    assert "failed: see above)" in text
    failed = len(found.candidate.health.failures())
    assert (f"{failed} checks of this side alone fail" in text) is (failed > 1)


def test_hostile_names_print_as_text():
    hostile = "a\x1b[31m\u202eb\n[/red]"
    arrays = {hostile: np.ones((3, 4), np.float32)}
    text = render_text(compare_traces(runs.trace(arrays), runs.trace({})), verbose=True)
    assert "\\u{1b}[31m\\u{202e}b\\u{a}[/red]" in text
    assert all(unicodedata.category(c) not in ("Cc", "Cf") for c in text if c != "\n")


def test_an_unhealthy_but_equal_run_is_not_called_simply_same():
    run = runs.healthy_run()
    broken = {k: np.zeros_like(v) if "uncond" in k else v for k, v in run.items()}
    first = render_text(compare_traces(runs.trace(broken), runs.trace(broken))).splitlines()[0]
    assert first.startswith("SAME, BUT UNHEALTHY")


def test_the_state_is_told_once_where_the_ode_steps_are_shown(differing):
    note = Finding("state", NOTE, "State: it wanders about.")
    health = replace(differing.reference.health, findings=(note,))
    one = replace(differing, reference=replace(differing.reference, health=health))
    assert note.sentence not in render_text(one)
    answers = {**one.answers, "ode": Answer(reason="The candidate holds none.")}
    assert note.sentence in render_text(replace(one, answers=answers))
