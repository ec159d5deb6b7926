"""One verdict and one sentence."""

from __future__ import annotations

import pytest

from inspector.diagnose.conclusion import conclude, level_of
from inspector.live.introduced import IntroducedMap
from tests.diagnose.searches import cell_of, errors_of, pair_of, record, suspect_of

CELLS = (cell_of("down_blocks.0.0", verdict="noise"), cell_of("mid_blocks.0.0"))
FAULTY = IntroducedMap(CELLS)
HEALTHY = IntroducedMap((cell_of("down_blocks.0.0", verdict="noise"),))
CONTROL = suspect_of("run_in_float16", title="Run in float16", kind="control")


def concluded(errors=FAULTY, suspects=(), unexplained=(), reference=(), complete=True):
    return conclude(
        errors, tuple(suspects), tuple(unexplained), tuple(reference), log=(), seconds=1.0,
        complete=complete,
    )  # fmt: skip


def test_nothing_wrong_is_healthy():
    report = concluded(HEALTHY)
    assert report.healthy is True
    assert report.sentence.startswith("Healthy: every recorded value")


def test_a_control_is_healthy_and_said():
    report = concluded(FAULTY, [CONTROL])
    assert report.healthy is True
    assert report.sentence == "Healthy apart from: run in float16. That is no mistake."


def test_a_mistake_is_found():
    report = concluded(FAULTY, [suspect_of()])
    assert report.healthy is False
    assert report.sentence == "Found: kernel flipped."


def test_all_mistakes_are_named_best_first():
    wide = suspect_of("norm_rms", title="Norm without mean", cells=9)
    report = concluded(FAULTY, [suspect_of(cells=1), CONTROL, wide])
    assert [s.fault for s in report.suspects] == ["norm_rms", "kernel_flipped", "run_in_float16"]
    assert report.sentence == "Found: norm without mean and kernel flipped."
    assert report.healthy is False


def test_an_input_that_differs_comes_before_what_follows_from_it():
    upstream = suspect_of("input_mu", evidence="input", where=("mu",), cells=1)
    report = concluded(FAULTY, [suspect_of(cells=20), upstream])
    assert [s.fault for s in report.suspects] == ["input_mu", "kernel_flipped"]


def test_numbers_that_were_reproduced_come_before_statistics_of_equal_weight():
    guess = suspect_of("bias_random", evidence="partial", cells=50)
    report = concluded(FAULTY, [guess, suspect_of(cells=1)])
    assert report.suspects[0].fault == "kernel_flipped"


def test_a_mistake_found_twice_is_one_suspect():
    one = suspect_of(where=("a",), cells=2)
    two = suspect_of(where=("b",), cells=3)
    (merged,) = concluded(FAULTY, [one, two]).suspects
    assert set(merged.where) == {"a", "b"}
    assert merged.cells == 5
    assert merged.scope == "some"


def test_what_stays_open_beside_a_mistake_is_counted():
    report = concluded(FAULTY, [suspect_of()], ["mid_blocks.0.0"])
    assert report.healthy is False
    assert "1 value" in report.sentence
    assert "unexplained, first mid_blocks.0.0" in report.sentence


def test_an_error_without_a_known_mistake_is_never_healthy():
    report = concluded(FAULTY, [], ["mid_blocks.0.0"])
    assert report.healthy is False
    assert report.sentence.startswith("No known mistake explains the error.")
    assert "first at mid_blocks.0.0 in step 2" in report.sentence


def test_a_control_does_not_excuse_what_stays_open():
    assert concluded(FAULTY, [CONTROL], ["mid_blocks.0.0"]).healthy is False


def test_running_out_of_time_is_said():
    report = concluded(FAULTY, [], ["mid_blocks.0.0"], complete=False)
    assert "before the time ran out" in report.sentence
    assert report.complete is False


def test_a_value_that_is_not_finite_is_the_worst():
    cells = (cell_of("a"), cell_of("b", introduced=float("nan"), nonfinite=True))
    assert "most at b" in concluded(IntroducedMap(cells), [], ["a", "b"]).sentence


@pytest.mark.parametrize("suspects", [(), (CONTROL,), (suspect_of(),)])
def test_a_reference_that_contradicts_its_checkpoint_is_said_first(suspects):
    report = concluded(FAULTY, suspects, (), ["ode.v_cond"])
    assert report.sentence.startswith(
        "The reference's own recording contradicts its checkpoint, first at ode.v_cond"
    )
    assert report.reference_faults == ("ode.v_cond",)


def test_nothing_tested_is_neither_healthy_nor_not():
    report = concluded(IntroducedMap(()))
    assert report.healthy is None
    assert report.sentence.startswith("Nothing could be tested: record states")
    assert report.level == ""


@pytest.mark.parametrize(
    ("level", "said"), [("ode", "states"), ("blocks", "blocks"), ("ops", "ops"), ("values", "ops")]
)
def test_the_level_says_how_finely_was_recorded(level, said):
    pair = pair_of(record(level, steps=[1]), level)
    assert level_of(errors_of(pair, [0])) == said
