"""Sides written to disk are what the readers read back."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.errors import UsageError
from inspector.io.trace import open_trace
from inspector.suite.layouts import Form
from inspector.suite.name_styles import STYLES
from inspector.suite.writing import as_stored, write_side
from tests.suite.pairs import values


def write(folder, style, dtype="float32", **form):
    recorded = values()
    return write_side(
        folder, recorded, STYLES[style], {name: Form(**form) for name in recorded}, dtype=dtype,
        framework="mlx", facts={"steps": 1}, seed="s",
    )  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("style", ["snake-nested", "random", "flat-files"])
def test_what_is_written_is_read_back(tmp_path, style, dtype):
    if (style, dtype) == ("flat-files", "bfloat16"):
        pytest.skip("plain files have no bfloat16")
    side = write(tmp_path / "side", style, dtype, turned=True)
    trace = open_trace(side.path)
    assert {record.name for record in trace} == set(side.names.values())
    for name, stored in side.names.items():
        assert trace[stored].dtype == dtype
        assert np.array_equal(trace[stored].read(), side.values[name].transpose(0, 2, 1))


def test_a_recorder_keeps_facts_and_order_and_others_sort_by_name(tmp_path):
    recorder = open_trace(write(tmp_path / "a", "snake-nested").path)
    assert (recorder.info.framework, recorder.info.steps) == ("mlx", 1)
    assert recorder.info.order == tuple(r.name for r in recorder)
    plain = open_trace(write(tmp_path / "b", "random").path)
    assert plain.info.order == ()
    names = [r.name for r in plain]
    assert names == sorted(names)


def test_column_major_files(tmp_path):
    side = write(tmp_path / "side", "flat-files", column=True)
    assert all(record.fortran_order for record in open_trace(side.path))


def test_half_precision_rounds_and_keeps_integers():
    given = {"a": np.float32([1.0, 1 / 3]), "i": np.int64([7])}
    stored = as_stored(given, "bfloat16")
    assert stored["a"].tolist() == [1.0, 0.333984375]
    assert stored["i"].dtype == np.int64
    assert as_stored(given, "float16")["a"][1] == np.float16(1 / 3)


def test_what_cannot_be_written_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="no bfloat16"):
        write(tmp_path / "side", "flat-files", "bfloat16")
    with pytest.raises(UsageError, match="one of float32"):
        as_stored({}, "float8")
