"""A comparison is complete, ordered, repeatable and can be cancelled."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.options import DiffOptions
from inspector.errors import Cancelled, UsageError
from inspector.match.mapping import MappingEntry
from tests import runs


def test_other_names_and_layouts_agree_completely(agreeing):
    assert agreeing.verdict.exit_code == 0
    assert agreeing.verdict.status == "same"
    assert {t.status for t in agreeing.tensors} == {"same"}
    assert len(agreeing.tensors) == len(runs.healthy_run())


def test_rows_follow_the_order_of_execution(agreeing):
    names = [t.pair.reference.name for t in agreeing.tensors]
    steps = [t.pair.step for t in agreeing.tensors if t.pair.step is not None]
    assert steps == sorted(steps)
    assert names.index("step7_step2_x_after") < names.index("step7_step3_x_before")
    assert names.index("step3_speech_tokens") < names.index("step7_step1_x_before")
    assert agreeing.row_of("step3_speech_tokens") == names.index("step3_speech_tokens")
    assert agreeing.row_of("no such name") is None


def test_progress_names_the_work_and_can_stop_it():
    run = runs.trace(runs.healthy_run())
    seen = []

    def stop(done, total, what):
        seen.append(what)
        if what.startswith("Compared"):
            raise Cancelled

    with pytest.raises(Cancelled):
        compare_traces(run, run, progress=stop)
    assert seen[0].startswith("Checking")


def test_a_mapping_file_overrides_the_names(tmp_path):
    left = {"a": np.ones(3, np.float32), "b": np.zeros(3, np.float32)}
    right = {"a": np.zeros(3, np.float32), "b": np.ones(3, np.float32)}
    plan = tmp_path / "map.yaml"
    plan.write_text("a: b\nb: a\n")
    assert compare_traces(runs.trace(left), runs.trace(right)).verdict.exit_code == 1
    found = compare_traces(runs.trace(left), runs.trace(right), DiffOptions(map_path=str(plan)))
    assert found.verdict.exit_code == 0


def test_a_filter_limits_what_is_compared_and_a_bad_one_is_a_sentence():
    run = runs.trace(runs.healthy_run())
    found = compare_traces(run, run, DiffOptions(only="x_after$"))
    assert len(found.tensors) == runs.STEPS
    assert found.verdict.exit_code == 0
    with pytest.raises(UsageError):
        compare_traces(run, run, DiffOptions(only="("))


def test_pairs_chosen_by_hand_lie_on_top_of_the_mapping_file(tmp_path):
    left = {n: np.full(3, i, np.float32) for i, n in enumerate("abc")}
    right = {"a": left["b"], "b": left["c"], "c": left["a"]}
    plan = tmp_path / "map.yaml"
    plan.write_text("a: c\nb: b\n")
    traces = runs.trace(left), runs.trace(right)
    chosen = (MappingEntry("b", "a"), MappingEntry("c", "b"))
    found = compare_traces(*traces, DiffOptions(map_path=str(plan), overrides=chosen))
    assert [(p.reference.name, p.candidate.name) for p in found.match.pairs] == [
        ("a", "c"), ("b", "a"), ("c", "b"),
    ]  # fmt: skip
    assert found.verdict.exit_code == 0
    assert found.mapping_file is not None
    assert len(found.mapping_file.entries) == 2
    with pytest.raises(UsageError, match="no tensor named nope"):
        compare_traces(*traces, DiffOptions(overrides=(MappingEntry("a", "nope"),)))


def test_names_that_say_nothing_leave_no_question_open():
    run = runs.healthy_run()
    nameless = {f"t_{number}": values for number, values in enumerate(run.values())}
    for sides in ((run, nameless), (nameless, run)):
        found = compare_traces(*(runs.trace(side) for side in sides))
        for question in ("ode", "sign", "mel", "hf_energy", "tokens"):
            assert found.answers[question].available, question
        assert len(found.answers["ode"].result.candidate.steps) == runs.STEPS
        steps = {t.pair.step for t in found.tensors if t.pair.role == "v_cond"}
        assert steps == set(range(1, runs.STEPS + 1))


def test_two_draws_of_the_noise_under_two_names_are_called_so():
    reference, candidate = runs.healthy_run(), runs.other_style(runs.healthy_run(1))
    del reference["step7_initial_noise"], candidate["ode_step1_x_before"]
    found = compare_traces(runs.trace(reference), runs.trace(candidate))
    assert found.verdict.counts["unmatched"] == 0
    claims = [c.sentence for c in found.verdict.claims if "step7_step1_x_before" in c.tensors]
    assert any("drew different starting noise" in sentence for sentence in claims)
