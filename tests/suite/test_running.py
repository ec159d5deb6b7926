"""A small fixed selection of cases, judged one by one; and cases that cannot be judged."""

from __future__ import annotations

import pytest

from inspector.suite.case import Case
from inspector.suite.running import Workplace


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    return Workplace(tmp_path_factory.mktemp("suite"))


@pytest.mark.parametrize(
    "case",
    [
        Case("healthy", names="pytorch", layout="torch", level="ops"),
        Case("healthy", names="snake-nested", layout="mixed", level="ops", seed=1),
        Case("healthy", names="snake-glued", level="blocks"),
        Case("healthy", names="camel-swift", level="blocks", decoder="matcha"),
        Case("healthy", names="flat-files", layout="column", level="ode"),
        Case("dtypes", names="camel-swift", dtype="float16"),
        Case("dtypes", names="snake-glued", dtype="bfloat16"),
        Case("square", names="snake-nested", level="ops", frames=16),
        Case("partial", names="camel-swift", partial="half"),
        Case("partial", names="snake-nested", partial="states"),
    ],
    ids=Case.describe,
)  # fmt: skip
def test_a_healthy_pair_is_paired_and_called_healthy(workplace, case):
    found = workplace.run(case)
    assert found.error == ""
    assert found.match.correct == found.match.true_pairs > 20
    assert (found.match.wrong, found.match.hesitant) == (0, 0)
    assert found.false_alarms == ()


@pytest.mark.parametrize("control", ["plain", "unpadded", "stored_float16", "one_row"])
def test_a_control_is_healthy_to_diff_and_culprit(workplace, control):
    found = workplace.run(Case("controls", control=control, search=True))
    assert found.error == ""
    assert found.culprit.healthy is True
    assert found.false_alarms == ()


@pytest.mark.parametrize(
    ("key", "level", "names", "first"),
    [
        ("euler_sign", "ode", "flat-files", "step01/ode.x_after"),
        ("cfg_interpolate", "ode", "camel-swift", "step01/ode.dxdt_cfg"),
        ("causal_padding_symmetric", "blocks", "snake-glued",
         "step01/decoder.estimator.down_blocks.0.0"),
        ("kernel_flipped", "ops", "snake-nested",
         "step01/decoder.estimator.down_blocks.0.0.block1.block.0"),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_found_where_it_is_and_named(workplace, key, level, names, first):
    case = Case("faults", faults=(key,), level=level, names=names, search=True)
    found = workplace.run(case)
    assert first in found.verdict.expected
    assert found.verdict.right is True
    assert found.culprit.ranks == {key: 1}
    assert found.culprit.healthy is False


def test_a_mistake_of_the_reference_is_laid_to_it(workplace):
    case = Case("reference", faults=("kernel_flipped",), side="reference", search=True)
    found = workplace.run(case)
    assert found.verdict.right is True
    assert found.reference_right is True


def test_names_that_say_nothing_are_no_reason_for_a_wrong_claim(workplace):
    found = workplace.run(Case("random", names="random", level="ops"))
    assert found.match.wrong == found.match.laid_wrong == 0
    assert found.match.ambiguous > 0
    assert found.match.true_pairs > 200


def test_two_cases_with_one_seed_are_one(workplace):
    case = Case("faults", faults=("attention_unloaded",), names="random", seed=5)
    one, two = workplace.run(case), workplace.run(case)
    assert (one.match, one.verdict) == (two.match, two.verdict)


@pytest.mark.parametrize(
    "case",
    [Case("x", faults=("no_such_fault",)), Case("x", control="no_such_control"),
     Case("x", decoder="huge"), Case("x", names="no_such_style"),
     Case("x", names="flat-files", dtype="bfloat16")],
)  # fmt: skip
def test_a_case_that_cannot_be_made_is_an_error_and_no_crash(workplace, case):
    found = workplace.run(case)
    assert found.error
    assert found.match is None


def test_nothing_is_left_behind(tmp_path):
    Workplace(tmp_path).run(Case("x", level="ode"))
    assert list(tmp_path.iterdir()) == []
