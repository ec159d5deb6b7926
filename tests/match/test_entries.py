"""Tensors ready to be matched."""

import numpy as np
import pytest

from inspector.errors import TraceError
from inspector.match.entries import contradict, entries_of, shift_steps, step_shift
from inspector.match.roles import recognise
from inspector.tensors import Trace
from tests.match.build import make_trace, shapes_trace, unreadable


def entries(trace):
    return {e.name: e for e in entries_of(trace, recognise(trace))}


def test_keys_from_strict_to_loose():
    trace = shapes_trace(
        {
            "step7_step1_downBlocks[0].resnet": (2,),
            "step7_step1_down_blocks_0.resnet": (2,),
            "swift_ode_step1::down_blocks.0.0": (2,),
            "step7_step1_x_after": (2,),
        }
    )
    first, second, third, _ = (entries(trace)[r.name] for r in trace.records)
    assert first.stored_key == second.stored_key
    assert first.tail_key == second.tail_key != third.tail_key
    assert first.alias_key == second.alias_key == third.alias_key
    assert first.step == third.step == 1


def test_stages_count_in_the_strict_key_only():
    found = entries(shapes_trace({"step6_foo": (2,), "step7_foo": (2,), "step7a_foo": (2,)}))
    assert len({e.stored_key for e in found.values()}) == 3
    assert len({e.tail_key for e in found.values()}) == 1


def test_entries_come_in_order_of_execution():
    trace = shapes_trace({"audio": (2,), "mel": (2,), "text_tokens": (2,)})
    found = entries_of(trace, recognise(trace))
    assert [e.name for e in found] == ["text_tokens", "mel", "audio"]
    assert [e.place for e in found] == [0, 1, 2]


def test_the_noise_of_a_trajectory_has_no_step():
    assert entries(shapes_trace({"ode_traj_step0": (2,), "ode_traj_step1": (2,)}))[
        "ode_traj_step0"
    ].step is None  # fmt: skip


def test_shift_moves_steps_only():
    trace = shapes_trace({"ode_step0_x_before": (2,), "mel": (2,)})
    moved = shift_steps(entries_of(trace, recognise(trace)), 1)
    assert [e.step for e in moved] == [1, None]


def ode(first: int, count: int, times=None) -> Trace:
    arrays = {}
    for i in range(count):
        arrays[f"ode_step{first + i}_x_after"] = np.zeros(3)
        if times is not None:
            arrays[f"ode_step{first + i}_t"] = np.float32(times[i])
    return make_trace(arrays)


@pytest.mark.parametrize(
    ("reference", "candidate", "shift"),
    [
        (ode(1, 10), ode(1, 10), 0),
        (ode(1, 10), ode(0, 10), 1),
        (ode(0, 10), ode(1, 10), -1),
        (ode(1, 10), ode(1, 4), 0),
        (ode(1, 10), ode(2, 9), 0),
        (ode(1, 10), ode(0, 4), 0),
        (ode(1, 3, [0, 0.1, 0.4]), ode(0, 2, [0, 0.1]), 1),
        (ode(1, 3, [0.1, 0.4, 0.9]), ode(0, 3, [0, 0.1, 0.4]), 0),
        (ode(1, 3), make_trace({"mel": [1.0]}), 0),
    ],
)
def test_step_shift(reference, candidate, shift):
    left, right = recognise(reference).trajectory, recognise(candidate).trajectory
    assert step_shift(left, right) == shift


def test_unreadable_times_do_not_matter():
    one = ode(1, 2, [0.0, 0.1])
    broken = Trace(
        "x",
        (
            *ode(0, 2).records,
            unreadable("ode_step0_t", (1,), TraceError("truncated", "t", "ends early"), 9),
        ),
    )
    assert step_shift(recognise(one).trajectory, recognise(broken).trajectory) == 1


@pytest.mark.parametrize(
    ("one", "other", "no"),
    [
        ("mel", "mu", True),
        ("encoder.norm", "decoder.norm", True),
        ("blocks.0.norm", "blocks.1.norm", True),
        ("down_blocks.0.0.mlp.0", "up_blocks.0.0.mlp.0", True),
        ("down_blocks.0.0.mlp.0", "downBlocks[0].resnet.mlpAct", False),
        ("blocks.0.norm", "other.1.thing", False),
        ("mel", "whatever", False),
        ("encoder.norm", "norm", False),
        ("foo", "foo", False),
    ],
)
def test_names_that_contradict_each_other(one, other, no):
    left = entries(shapes_trace({one: (2,)}))[one]
    right = entries(shapes_trace({other: (2,)}))[other]
    assert contradict(left, right) is contradict(right, left) is no
