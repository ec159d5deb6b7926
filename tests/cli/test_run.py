"""``inspector run`` from a plan file to text, JSON and files."""

from __future__ import annotations

import json
import sys

import pytest
from safetensors.numpy import load_file

from inspector import api
from inspector.cli.main import main
from tests.live.files import BLOCK, FAULT, write_files
from tests.live.programs import MISBEHAVING, OBEDIENT, command_of


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_files(tmp_path_factory.mktemp("run"), level="ops")


@pytest.fixture
def run(files, tmp_path, capsys):
    def call(plan, *options):
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(plan))
        pair = [f"--{name}={files[name]}" for name in
                ("reference", "candidate", "checkpoint", "config")]  # fmt: skip
        code = main(["run", str(path), *pair, *options])
        return code, *capsys.readouterr()

    return call


def test_a_block_is_run_and_compared(run):
    code, out, err = run({"what": BLOCK, "steps": [2], "inputs": "candidate"})
    assert (code, err) == (0, "")
    assert f"{BLOCK}.attn1.to_out.0" in out
    assert "floors" in out


def test_json_and_files(run, tmp_path):
    swap = {"key": FAULT[0], "places": list(FAULT[1])}
    plan = {"what": BLOCK, "inputs": "candidate", "swaps": [swap]}
    code, out, _ = run(plan, "--json", "-", "--out", str(tmp_path / "out"))
    values = json.loads(out)
    assert code == 0
    error = next(e for e in values["errors"] if e["name"] == BLOCK)
    assert error["error_candidate"]["floor_ratio"] < 5
    assert BLOCK in load_file(tmp_path / "out" / "step01.safetensors")
    assert run(plan, f"--json={tmp_path / 'r.json'}")[0] == 0
    assert json.loads((tmp_path / "r.json").read_text())["plan"] == values["plan"]


def test_one_node_reads_what_a_trace_recorded(run):
    node = f"{BLOCK}.ff.net.2"
    swap = {"key": FAULT[0], "places": list(FAULT[1])}
    figures = []
    for nodes in ({}, {node: {"inputs": "reference"}}):
        code, out, _ = run({"what": BLOCK, "swaps": [swap], "nodes": nodes}, "--json", "-")
        assert code == 0
        errors = {e["name"]: e["error_reference"] for e in json.loads(out)["errors"]}
        figures.append(errors[node]["floor_ratio"])
    assert figures[0] > 1000
    assert figures[1] < 5
    code, _, err = run({"what": BLOCK, "nodes": {node: {"inputs": "noise:1"}}})
    assert (code, err.count("\n")) == (2, 1)
    assert "expected one of run, reference, candidate" in err


def test_an_implementation_of_a_slot(run, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def none(inputs, params, settings):\n    return inputs[0]\n")
    code, out, _ = run({"what": BLOCK, "inputs": "candidate"}, "--json", "-",
                       "--implementation", f"{path}:none@{FAULT[1][0]}")  # fmt: skip
    errors = {e["name"]: e for e in json.loads(out)["errors"]}
    assert code == 0
    assert errors[BLOCK]["error_candidate"]["floor_ratio"] < 5


def test_a_command_for_a_block(run, tmp_path):
    command = command_of(tmp_path, OBEDIENT, "--fast")
    code, out, _ = run({"what": "mid_blocks.0"}, "--json", "-", "--command", f"{BLOCK}={command}")
    errors = {e["name"]: e for e in json.loads(out)["errors"]}
    assert code == 0
    assert errors[BLOCK]["error_reference"]["relative_l2"] < 1e-6


def test_failures_are_one_sentence_and_exit_code_two(run, tmp_path):
    command = command_of(tmp_path, MISBEHAVING["exits"])
    code, out, err = run({"what": BLOCK}, "--command", command)
    assert (code, out) == (2, "")
    assert err.startswith("inspector: ")
    assert "exit code 3" in err
    assert err.count("\n") == 1
    code, _, err = run({"what": BLOCK, "swaps": ["nothing_like_it"]})
    assert code == 2
    assert "there is no fault of this name" in err
    slow = command_of(tmp_path, MISBEHAVING["hangs"])
    code, _, err = run({"what": BLOCK}, "--command", slow, "--timeout", "0.3")
    assert code == 2
    assert "after 0.3 s" in err


def test_the_function_gives_the_same(run, files):
    plan = {"what": BLOCK, "steps": [3], "inputs": "candidate"}
    _, out, _ = run(plan, "--json", "-")
    result = api.run_plan(plan, **files)
    assert api.run_text(result).splitlines()[1:] == run(plan)[1].splitlines()[1:]
    assert json.loads(out)["errors"] == json.loads(api.run_json(result))["errors"]


def test_help_tells_the_protocol(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    out = capsys.readouterr().out
    assert "output.output" in out
    assert "f(inputs: dict, weights: dict, settings: dict)" in out
    assert "mlx-swift" in api.command_protocol()


def test_a_checkpoint_is_required(capsys):
    with pytest.raises(SystemExit):
        main(["run", "plan.json"])
    assert "--checkpoint" in capsys.readouterr().err


def test_help_loads_no_framework():
    import subprocess

    code = (
        "import sys\nfrom inspector.cli.main import main\ntry:\n    main(['run', '--help'])\n"
        "except SystemExit:\n    pass\nassert not {'torch', 'mlx', 'gradio'} & set(sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr
