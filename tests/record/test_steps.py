"""Counting ODE steps."""

from __future__ import annotations

import pytest

from inspector.record.steps import StepCounter


def call(counter, path="", *, step_module=None, outermost=True, inside=None):
    """Enter and leave one module; return the step it ran in, or what `inside` gave."""
    is_step_module = path == "" if step_module is None else step_module
    counter.enter(path, is_step_module=is_step_module, is_outermost=outermost)
    result = inside() if inside else counter.current
    counter.leave(is_step_module=is_step_module, is_outermost=outermost)
    return result


def test_every_call_of_the_step_module_is_a_step():
    counter = StepCounter()
    assert [call(counter) for _ in range(3)] == [1, 2, 3]
    assert counter.current is None
    assert counter.count == 3
    assert counter.guessed_from is None


def test_modules_inside_belong_to_the_step():
    counter = StepCounter()
    call(counter)
    inside = call(counter, inside=lambda: call(counter, "a", outermost=False))
    assert inside == 2


def test_two_calls_may_make_one_step():
    counter = StepCounter(calls_per_step=2)
    assert [call(counter) for _ in range(4)] == [1, 1, 2, 2]


def test_a_module_that_calls_itself_is_one_step():
    counter = StepCounter()
    call(counter, inside=lambda: call(counter, outermost=False))
    assert counter.count == 1


def test_without_calls_of_the_model_the_first_module_counts():
    counter = StepCounter()
    steps = [call(counter, path) for path in ("a", "b", "a", "b", "b", "a")]
    assert steps == [1, 1, 2, 2, 2, 3]
    assert counter.guessed_from == "a"
    assert counter.current is None


def test_modules_beside_a_model_that_runs_belong_to_no_step():
    counter = StepCounter()
    call(counter)
    assert call(counter, "encoder") is None


def test_a_named_step_module_leaves_the_rest_outside():
    counter = StepCounter(is_root=False)
    assert call(counter, "encoder") is None
    assert call(counter, "estimator", step_module=True) == 1


@pytest.mark.parametrize("number", [0, 7, None])
def test_what_is_said_counts(number):
    counter = StepCounter()
    counter.say(number)
    assert call(counter) == number
    assert call(counter, "a") == number
    assert counter.current == number


@pytest.mark.parametrize(
    ("said", "count"), [([], 0), ([None], 0), ([1, 2], 2), ([0, 1, 2], 3), ([5], 5), ([0], 1)]
)
def test_count(said, count):
    counter = StepCounter()
    for number in said:
        counter.say(number)
    assert counter.count == count
