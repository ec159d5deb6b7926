"""One run from files on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from inspector.errors import InspectorError, TraceError, UsageError
from inspector.live.plan import RunPlan, Swap
from inspector.live.session import lab_from_files, read_plan, run_from_files, with_codes
from inspector.live.user_code import UserCode
from tests.live.files import BLOCK, FAULT, write_files


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    return write_files(tmp_path_factory.mktemp("session"))


def test_a_plan_file_runs(files, tmp_path):
    plan = tmp_path / "plan.json"
    swap = {"key": FAULT[0], "places": list(FAULT[1])}
    plan.write_text(
        json.dumps({"what": BLOCK, "inputs": "candidate", "steps": [2], "swaps": [swap]})
    )
    result = run_from_files(plan, files["checkpoint"], files["config"], files["reference"],
                            files["candidate"])  # fmt: skip
    assert result.error(BLOCK).candidate.floor_ratio < 5
    assert result.error(BLOCK).reference.relative_l2 > 1e-3


def test_a_checkpoint_alone_runs_on_a_file(files, tmp_path):
    ones = {"mid_blocks.0.0": np.ones((1, 7, 16)), "rows.mask": np.ones((1, 7, 1))}
    save_file(ones, tmp_path / "in.safetensors")
    plan = RunPlan(BLOCK, source=f"file:{tmp_path / 'in.safetensors'}")
    result = run_from_files(plan, files["checkpoint"], files["config"])
    assert result.value(BLOCK).shape == (1, 7, 16)
    assert result.errors == ()


def test_one_trace_is_enough(files):
    result = run_from_files(RunPlan(BLOCK), files["checkpoint"], files["config"],
                            reference=files["reference"])  # fmt: skip
    assert result.error(BLOCK).candidate is None
    assert result.error(BLOCK).reference.floor_ratio < 5


def test_the_lab_of_the_same_files_is_the_same(files):
    arguments = [files[n] for n in ("checkpoint", "config", "reference", "candidate")]
    assert lab_from_files(*arguments) is lab_from_files(*arguments)


@pytest.mark.parametrize(
    ("content", "match"),
    [(b"{", "plan.json"), (b"[1]", "an object"), (b"\xff\xfe", "no text"),
     (b'{"what": "step", "what": "ode"}', "appears twice"), (b'{"waht": 1}', "waht")],
)  # fmt: skip
def test_a_plan_file_that_cannot_be_read_is_a_sentence(tmp_path, content, match):
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(InspectorError, match=match):
        read_plan(path)


def test_a_missing_plan_file_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_plan(tmp_path / "none.json")
    with pytest.raises(UsageError, match="kilobytes"):
        path = tmp_path / "huge.json"
        path.write_bytes(b" " * (5 << 20))
        read_plan(path)


def test_a_mapping_is_a_plan():
    assert read_plan({"what": "ode"}) == RunPlan("ode")


def test_implementations_that_the_plan_does_not_name_join_it():
    codes = {"a": UserCode("a", "command", "true"), "b": UserCode("b", "command", "true")}
    assert with_codes(RunPlan(swaps=(Swap("a"),)), codes).swaps == (Swap("a"), Swap("b"))
    assert with_codes(RunPlan(), {}) == RunPlan()


def test_missing_files_are_sentences(files, tmp_path):
    with pytest.raises(TraceError):
        run_from_files(RunPlan(), tmp_path / "none.safetensors")
    with pytest.raises(TraceError):
        run_from_files(RunPlan(), files["checkpoint"], files["config"], tmp_path / "none")


def test_a_candidate_whose_names_say_nothing_gives_its_states(files, tmp_path):
    stored = load_file(files["reference"] / "decoder.safetensors")
    nameless = tmp_path / "nameless.safetensors"
    save_file({f"t_{number:03d}": value for number, value in enumerate(stored.values())}, nameless)
    result = run_from_files(
        RunPlan("step", source="candidate"), files["checkpoint"], files["config"],
        files["reference"], nameless,
    )  # fmt: skip
    assert result.error("ode.x_after").candidate.relative_l2 < 1e-5
