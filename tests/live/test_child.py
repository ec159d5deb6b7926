"""The child process: the same numbers, and an end within a second of being cancelled."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from inspector.blocks.graph import Graph, Node
from inspector.errors import Cancelled, UsageError
from inspector.live.child import Child
from inspector.live.execution import Placement, execute
from inspector.live.user_call import UserCall
from inspector.live.user_code import UserCode
from inspector.live.weight_store import WeightStore
from tests.blocks.seeded import SMALL
from tests.live.labs import lab_of
from tests.live.programs import command_of

BLOCK = "mid_blocks.0.1.0"


@pytest.fixture
def child():
    made = Child()
    yield made
    made.close()


def block(lab):
    cut = lab.reference_isolator.cut(BLOCK, 1)
    return cut.graph, {name: cut.pool[name] for name in cut.graph.inputs}


def run(child, lab, backend="mlx", store=None, **options):
    graph, given = block(lab)
    placed = {node.name: Placement(backend) for node in graph.nodes}
    return child.execute(graph, given, store or lab.store, placements=placed, keep=[BLOCK],
                         **options)  # fmt: skip


@pytest.mark.parametrize("backend", ["torch", "mlx"])
def test_the_numbers_are_those_of_this_process(child, backend):
    lab = lab_of(SMALL)
    graph, given = block(lab)
    here = execute(graph, given, lab.store, placement=Placement(backend), keep=[BLOCK])
    assert np.array_equal(run(child, lab, backend)[BLOCK], here[BLOCK])


def test_the_child_stays_for_the_next_job_and_learns_new_weights(child):
    lab = lab_of(SMALL)
    first = run(child, lab)[BLOCK]
    process = child.process_id
    assert np.array_equal(run(child, lab)[BLOCK], first)
    other = WeightStore({k: v * np.float32(1.1) for k, v in lab.store.arrays.items()}, "other")
    assert not np.array_equal(run(child, lab, store=other)[BLOCK], first)
    assert np.array_equal(run(child, lab)[BLOCK], first)
    assert child.process_id == process


def test_a_refused_job_is_a_sentence_and_the_child_stays(child):
    lab = lab_of(SMALL)
    run(child, lab)
    process = child.process_id
    with pytest.raises(UsageError, match="the checkpoint has no such parameter"):
        run(child, lab, store=WeightStore({}, "none"))
    assert child.process_id == process
    assert BLOCK in run(child, lab)


def sleeping(tmp_path, seconds=60):
    """A graph of one node that sleeps in one call and reports nothing."""
    path = tmp_path / "slow.py"
    started = tmp_path / "started"
    path.write_text(
        f"import time, pathlib\ndef f(inputs, params, settings):\n"
        f"    pathlib.Path({str(started)!r}).touch()\n"
        f"    time.sleep({seconds})\n    return inputs[0]\n"
    )
    node = Node("slow", "softmax", "softmax", ("x",))
    call = UserCall(UserCode("slow", "python", f"{path}:f"), "slow", "torch", "float32")
    return Graph((node,), ("x",)), {"slow": Placement(implementation=call)}, started


def test_cancelling_ends_a_job_inside_one_long_operation(child, tmp_path):
    graph, placed, started = sleeping(tmp_path)
    asked = []

    def progress(_done, _total, _what):
        if started.exists():
            asked.append(time.monotonic())
            raise Cancelled

    with pytest.raises(Cancelled):
        child.execute(graph, {"x": np.ones(3, np.float32)}, WeightStore({}), placements=placed,
                      keep=["slow"], progress=progress)  # fmt: skip
    assert len(asked) == 1
    assert child.process_id is None
    assert run(child, lab_of(SMALL))[BLOCK].shape == (2, 24, 16)


def test_cancelling_ends_the_program_that_the_job_waits_for(child, tmp_path):
    started = tmp_path / "started"
    program = command_of(
        tmp_path, f"import os, pathlib, time\npathlib.Path({str(started)!r}).write_text("
        "str(os.getpid()))\ntime.sleep(60)",
    )  # fmt: skip
    call = UserCall(UserCode("slow", "command", program), BLOCK, "torch", "float32", inputs=("h",))

    def progress(_done, _total, _what):
        if started.exists() and started.read_text():
            raise Cancelled

    with pytest.raises(Cancelled):
        child.execute(
            Graph((Node(BLOCK, "softmax", "softmax", ("x",)),), ("x",)),
            {"x": np.ones(3, np.float32)}, WeightStore({}), keep=[BLOCK], progress=progress,
            placements={BLOCK: Placement(implementation=call)},
        )  # fmt: skip
    assert child.process_id is None
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and is_running(int(started.read_text())):
        time.sleep(0.02)
    assert not is_running(int(started.read_text()))


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_long_mlx_operation_ends_when_cancelled(child):
    """One product of large matrices: nothing looks up before it is done."""
    n = 6000
    node = Node("product", "attention_scores", "scores", ("a", "a"))
    given = {"a": np.ones((1, 1, n, n), np.float32)}
    seen = []

    def progress(_done, _total, what):
        seen.append(what)
        if what == "Computing product":
            raise Cancelled

    with pytest.raises(Cancelled):
        child.execute(
            Graph((node,), ("a",)), given, WeightStore({}), keep=[], progress=progress,
            placements={"product": Placement("mlx")},
        )  # fmt: skip
    assert seen[-1] == "Computing product"
    assert child.process_id is None


def test_a_child_that_dies_is_a_sentence(child, tmp_path):
    graph, placed, started = sleeping(tmp_path)

    def progress(_done, _total, _what):
        if started.exists() and child.process_id is not None:
            os.kill(child.process_id, 9)

    with pytest.raises(UsageError, match=r"it ended while computing \(exit code -9\)"):
        child.execute(graph, {"x": np.ones(3, np.float32)}, WeightStore({}), placements=placed,
                      keep=["slow"], progress=progress)  # fmt: skip


def test_what_the_users_code_prints_is_no_message(child, tmp_path, capfd):
    path = tmp_path / "loud.py"
    path.write_text(
        "def f(inputs, params, settings):\n    print('hello')\n    return inputs[0] * 2\n"
    )
    call = UserCall(UserCode("loud", "python", f"{path}:f"), "loud", "torch", "float32")
    graph = Graph((Node("loud", "softmax", "softmax", ("x",)),), ("x",))
    found = child.execute(
        graph, {"x": np.ones(3, np.float32)}, WeightStore({}), keep=["loud"],
        placements={"loud": Placement(implementation=call)},
    )  # fmt: skip
    assert found["loud"].tolist() == [2, 2, 2]


def test_progress_of_the_child_arrives(child):
    seen = []
    run(child, lab_of(SMALL), progress=lambda done, total, what: seen.append(what))
    assert seen[0] == "Starting the child process"
    assert len(seen) > 1


def test_closing_ends_the_process(child):
    run(child, lab_of(SMALL))
    process = child.process_id
    child.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_weights_are_sent_once(child):
    lab = lab_of(SMALL)
    graph, given = block(lab)
    placed = {node.name: Placement("torch") for node in graph.nodes}
    sizes = [len(child._message(graph, given, lab.store, placed, [BLOCK])) for _ in range(2)]
    keys = graph.keys()
    weights = sum(lab.store.arrays[key].nbytes for key in keys)
    assert sizes[0] - sizes[1] > weights
