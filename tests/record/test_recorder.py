"""The part of recording that no framework changes, with a framework of plain functions."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.io.trace import open_trace
from inspector.record.options import check_options
from inspector.record.recorder import Recorder
from inspector.record.values import Unstorable, store_numpy
from tests.project import tree
from tests.record.reading import metadata, read_back
from tests.record.test_options import NOTHING


class Traced:
    """A value without bytes."""

    shape = (2, 3)


class PlainProbe:
    """Modules called by name: ``model``, ``a`` with the child ``a.b``."""

    framework = "Plain 1"
    format = "pt"
    modules = (("", 0, True), ("a", 1, True), ("a.b", 2, True), ("loop", 3, True))
    attached = 0

    def attach(self, watch):
        self.attached += 1

    def detach(self, watch):
        self.attached -= 1

    def is_tensor(self, value):
        return isinstance(value, Traced)

    def store(self, value, rows):
        if isinstance(value, Traced):
            raise Unstorable("it is traced")
        return store_numpy(value[list(rows)] if rows else value)


class ArrayProbe(PlainProbe):
    def is_tensor(self, value):
        return isinstance(value, np.ndarray | Traced)


def recorder(path, facts=None, **given):
    return Recorder(ArrayProbe(), path, check_options(**{**NOTHING, **given}), facts)


def run(watch, key, output, *args, inside=(), **kwargs):
    call = watch.enter(key, args, kwargs)
    for one in inside:
        run(watch, *one)
    watch.leave(call, output)


X = np.arange(6.0, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.safetensors"


def test_values_are_those_of_the_moment(path):
    with recorder(path, inputs=True) as watch:
        state = X.copy()
        call = watch.enter(0, (state,), {})
        state += 1
        watch.leave(call, state)
        state += 1
    found = read_back(path)
    assert (found["step01/model.input"] == X).all()
    assert (found["step01/model"] == X + 1).all()


def test_children_come_before_their_parents_and_calls_are_steps(path):
    with recorder(path) as watch:
        for _ in range(2):
            run(watch, 0, X, inside=[(1, X, X), (1, X, X)])
    names = ["step01/a", "step01/a.call2", "step01/model"]
    assert list(read_back(path)) == [*names, *[n.replace("01", "02") for n in names]]
    assert watch.written.steps == 2
    assert watch.written.names == tuple(read_back(path))
    assert watch.written.value_bytes == 6 * X.nbytes


def test_the_side_file_tells_order_steps_and_facts(path):
    with recorder(path, facts={"cfg_rate": 0.7, "layouts": {"mu": "BCT"}}) as watch:
        run(watch, 0, X, inside=[(1, X)])
        watch.add("flow.mu", X)
    info = open_trace(path).info
    assert info.order == ("step01/a", "step01/model", "flow.mu")
    assert (info.framework, info.steps, info.cfg_rate) == ("Plain 1", 1, 0.7)
    assert dict(info.layouts) == {"mu": "BCT"}


def test_what_the_user_says_counts(path):
    with recorder(path, steps=[2], include="^a$", max_bytes=0) as watch:
        watch.add("flow.mask", np.ones(3, bool))
        for number in (1, 2):
            watch.step(number)
            watch.add("ode.t", 0.5)
            run(watch, 0, X)
            watch.add("ode.pair", {"x": X, "y": (1, X)})
        watch.step(None)
        watch.add("flow.mel", X)
        watch.add("ode.late", [0.0, 1.0], step=2)
    found = read_back(path)
    assert list(found) == [
        "flow.mask",
        "step01/ode.t", "step01/ode.pair.x", "step01/ode.pair.y.0", "step01/ode.pair.y.1",
        "step02/ode.t", "step02/ode.pair.x", "step02/ode.pair.y.0", "step02/ode.pair.y.1",
        "flow.mel",
        "step02/ode.late",
    ]  # fmt: skip
    assert found["step02/ode.late"].tolist() == [0.0, 1.0]
    assert watch.written.steps == 2


def test_a_value_added_inside_the_model_belongs_to_its_step(path):
    with recorder(path) as watch:
        call = watch.enter(0, (), {})
        watch.add("inner", X)
        watch.leave(call, X)
        watch.add("outer", X)
    assert list(read_back(path)) == ["step01/inner", "step01/model", "outer"]


def test_steps_of_a_named_module(path):
    with recorder(path, step_of="a", steps=[2]) as watch:
        run(watch, 0, X, inside=[(1, X), (1, X, X), (3, X)])
    assert list(read_back(path)) == ["step02/a", "loop", "model"]


def test_rows_are_cut_where_the_first_axis_is_the_batch(path):
    merged = np.zeros((16, 3))
    with recorder(path, rows=[1], inputs=True) as watch:
        run(watch, 0, X, X, inside=[(1, merged, X), (2, np.float32(3), None, X)])
        watch.add("ode.x", X)
    found = read_back(path)
    assert (found["step01/model"] == X[1:]).all()
    assert (found["step01/a.b.input.1"] == X[1:]).all()
    assert found["step01/a"].shape == (16, 3)
    assert (found["ode.x"] == X).all()
    assert any("not the batch (a, a.b)" in note for note in watch.notes)


def test_a_row_that_is_not_there_is_said(path):
    with pytest.raises(UsageError, match="numbers below 2"), recorder(path, rows=[2]) as watch:
        run(watch, 0, X, X)


def test_more_bytes_than_allowed_are_left_out_and_counted(path):
    with recorder(path, max_bytes=2 * X.nbytes) as watch:
        for _ in range(3):
            run(watch, 0, X, inside=[(1, X)])
        watch.add("flow.mel", X)
    assert list(read_back(path)) == ["step01/a", "step01/model", "flow.mel"]
    notes = metadata(path)["notes"]
    assert any("step02/a" in note for note in notes)
    assert any("4 tensors with 96 bytes were left out" in note for note in notes)


def test_what_is_no_tensor_is_noted(path):
    with recorder(path) as watch:
        run(watch, 0, (X, "text", None, 5), inside=[(1, Traced()), (1, X)])
    assert list(read_back(path)) == ["step01/a.call2", "step01/model.0"]
    assert watch.notes[:2] == (
        "Left out, because it is traced (a).",
        "Outputs that are no tensors were left out (model.1: str, model.3: int).",
    )


def test_modules_that_never_ran_are_noted(path):
    with recorder(path) as watch:
        run(watch, 0, X)
    assert any("Never called" in note and "(a, a.b, loop)" in note for note in watch.notes)


def test_many_calls_in_a_single_step_are_noted(path):
    with recorder(path) as watch:
        run(watch, 0, X, inside=[(3, X)] * 4)
    assert any("step_of='loop'" in note for note in watch.notes)


def test_steps_counted_by_another_module_are_noted(path):
    with recorder(path) as watch:
        for _ in range(2):
            run(watch, 1, X)
            run(watch, 3, X)
    assert list(read_back(path)) == ["step01/a", "step01/loop", "step02/a", "step02/loop"]
    assert any("calls of a" in note for note in watch.notes)


def test_an_exception_leaves_a_readable_file_that_says_so(path):
    with pytest.raises(ZeroDivisionError), recorder(path) as watch:
        run(watch, 1, X)
        watch.enter(0, (X,), {})
        raise ZeroDivisionError("at step 3")
    assert list(read_back(path)) == ["step01/a"]
    assert metadata(path)["complete"] == "no"
    assert metadata(path)["interrupted"] == "ZeroDivisionError: at step 3"
    assert watch._probe.attached == 0


def test_a_module_that_fails_inside_does_not_confuse_what_follows(path):
    with recorder(path) as watch:
        outer = watch.enter(0, (X,), {})
        watch.enter(1, (X,), {})  # never left: the exception came from below
        watch.abandon(outer)
        run(watch, 0, X, X)
    assert list(read_back(path)) == ["step02/model"]


def test_a_capture_that_fails_ends_its_call(path):
    class Failing(ArrayProbe):
        def store(self, value, rows):
            if value is bad:
                raise MemoryError
            return super().store(value, rows)

    bad = X.copy()
    with Recorder(Failing(), path, check_options(**{**NOTHING, "inputs": True})) as watch:
        with pytest.raises(MemoryError):
            watch.enter(0, (bad,), {})
        call = watch.enter(0, (X,), {})
        with pytest.raises(MemoryError):
            watch.leave(call, bad)
        run(watch, 0, X)
        watch.add("outside", X)
    assert list(read_back(path)) == ["step02/model.input", "step03/model", "outside"]


def test_nothing_recorded_is_an_error_and_leaves_no_file(path, tmp_path):
    with pytest.raises(UsageError, match="No module of the model was called"), recorder(path):
        pass
    with pytest.raises(UsageError, match="include"), recorder(path, include="zzz") as watch:
        run(watch, 0, X)
    with pytest.raises(UsageError, match="traced"), recorder(path, level=0) as watch:
        run(watch, 0, Traced())
    with pytest.raises(KeyError), recorder(path):
        raise KeyError("x")
    assert not list(tmp_path.iterdir())


def test_a_recorder_works_once_and_only_inside_its_block(path):
    watch = recorder(path)
    with pytest.raises(UsageError, match="outside"):
        watch.add("x", 1)
    with watch:
        watch.add("x", 1)
    with pytest.raises(UsageError, match="outside"):
        watch.add("x", 1)
    with pytest.raises(UsageError, match="used already"), watch:
        pass
    assert watch.enter(0, (), {}) is None


@pytest.mark.parametrize(("name", "value"), [("", 1), ("x", None), ("x", "text"), ("x", Traced())])
def test_values_that_cannot_be_added_are_refused(path, name, value):
    with recorder(path) as watch:
        watch.add("first", 1)
        with pytest.raises(UsageError):
            watch.add(name, value)
    assert list(read_back(path)) == ["first"]


@pytest.mark.parametrize("number", [-1, 1.0, "1", True, 100_000])
def test_step_numbers_are_checked(path, number):
    watch = recorder(path)
    with pytest.raises(UsageError, match="step"):
        watch.step(number)


def test_an_unknown_step_module_is_refused_before_anything_runs(path):
    with pytest.raises(UsageError, match="loop"):
        recorder(path, step_of="loops")


def test_a_folder_gets_both_files(tmp_path):
    (tmp_path / "trace.json").write_text('{"sample_rate": 24000}')
    with recorder(tmp_path) as watch:
        watch.add("mu", X)
    assert {f.name for f in tmp_path.iterdir()} == {"decoder.safetensors", "trace.json"}
    assert json.loads((tmp_path / "trace.json").read_text())["sample_rate"] == 24000
    assert watch.side_file == tmp_path / "trace.json"


def test_the_package_loads_no_framework():
    code = (
        "import sys, inspector.record, inspector.record.recorder as r\n"
        "inspector.record.swift_recipe()\n"
        "print([m for m in ('torch', 'mlx') if m in sys.modules])\n"
        "inspector.record.record_mlx\n"
        "print([m for m in ('torch', 'mlx') if m in sys.modules])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tree.ROOT, capture_output=True, text=True, timeout=100
    )
    assert result.stdout.split("\n")[:2] == ["[]", "['mlx']"], result.stderr
