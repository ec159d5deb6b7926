"""A program in place of a block: the protocol, and programs that break it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from inspector.errors import Cancelled, UsageError
from inspector.live.command import protocol, run_command
from inspector.live.plan import RunPlan, Swap
from inspector.live.running import run_plan
from inspector.live.user_code import read_command
from tests.blocks.seeded import SMALL
from tests.live.labs import lab_of
from tests.live.programs import MISBEHAVING, OBEDIENT, command_of

BLOCK = "mid_blocks.0.1.0"
H = np.ones((2, 5, 16), np.float32)


def run(folder, source, timeout_s=30.0, progress=None):
    code = read_command(command_of(folder, source), timeout_s)
    return run_command(code, {"h": H}, {"norm1.weight": H[0, 0]}, {"block": BLOCK}, progress)


def test_a_program_that_obeys_gives_the_block(tmp_path):
    lab = lab_of(SMALL, ("attention_scale_missing", (f"{BLOCK}.attn1.scaled",)), level="values",
                 frames=12, valid=9)  # fmt: skip
    code = read_command(command_of(tmp_path, OBEDIENT))
    result = run_plan(RunPlan(BLOCK, (2,), swaps=(Swap(code.name),)), lab, codes={code.name: code})
    assert set(result.values[2]) == {BLOCK, f"{BLOCK}.after_attention"}
    assert result.error(BLOCK).reference.relative_l2 < 1e-6
    assert result.error(f"{BLOCK}.after_attention").reference.relative_l2 < 1e-6
    assert result.error(BLOCK).candidate.relative_l2 > 1e-3


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ("exits", r"exit code 3; its last words: first \| no \\u\{1b\}\[31m kernel"),
        ("is killed", "by signal 9"),
        ("writes nothing", r"without writing outputs\.safetensors; its last words: done"),
        ("writes no safetensors", "the file that it wrote cannot be read"),
        ("writes integers", r"output\.output holds int32 values"),
        ("writes another name", "it wrote the tensor result"),
        ("writes no output", r"expected a tensor output\.output"),
    ],
)  # fmt: skip
def test_a_program_that_misbehaves_is_one_sentence(tmp_path, how, match):
    with pytest.raises(UsageError, match=match):
        run(tmp_path, MISBEHAVING[how])


@pytest.mark.parametrize(
    ("how", "match"),
    [("writes another shape", "2 x 11 x 16; expected 2 x 12 x 16"),
     ("writes an unknown value", "'zzz'")],
)  # fmt: skip
def test_what_does_not_fit_the_block_is_one_sentence(tmp_path, how, match):
    code = read_command(command_of(tmp_path, MISBEHAVING[how]))
    with pytest.raises(UsageError, match=match):
        run_plan(RunPlan(BLOCK, swaps=(Swap(code.name),)), lab_of(frames=12),
                 codes={code.name: code})  # fmt: skip


def test_nan_is_counted_and_shown(tmp_path):
    code = read_command(command_of(tmp_path, MISBEHAVING["writes NaN"]))
    result = run_plan(RunPlan(BLOCK, swaps=(Swap(code.name),)), lab_of(frames=12),
                      codes={code.name: code})  # fmt: skip
    assert f"{BLOCK}: 1 of 384 values are NaN or Inf." in result.notes
    assert result.error(BLOCK).nonfinite == 1


def test_half_precision_is_taken(tmp_path):
    found = run(tmp_path, MISBEHAVING["writes half"])
    assert np.array_equal(found["output"].astype(np.float32), H)


def test_a_program_that_hangs_is_ended_in_time(tmp_path):
    with pytest.raises(UsageError, match=r"after 0\.5 s; its last words: thinking.*--timeout"):
        run(tmp_path, MISBEHAVING["hangs"], 0.5)


def test_a_program_that_hangs_can_be_cancelled(tmp_path):
    pids = tmp_path / "pid"
    source = f"import os\nopen({str(pids)!r}, 'w').write(str(os.getpid()))\n" + MISBEHAVING["hangs"]
    stop = threading.Event()

    def progress(_done, total, what):
        assert total == 30
        assert what.startswith("Waiting for")
        if pids.exists() and pids.read_text():
            stop.set()
        if stop.is_set():
            raise Cancelled

    with pytest.raises(Cancelled):
        run(tmp_path, source, progress=progress)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pids.read_text()), 0)


def test_what_a_program_started_ends_with_it(tmp_path):
    pids = tmp_path / "pid"
    source = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(pids)!r}, 'w').write(str(p.pid))\ntime.sleep(60)\n"
    )
    with pytest.raises(UsageError, match="has not ended"):
        run(tmp_path, source, 3.0)
    for _ in range(100):
        try:
            state = Path(f"/proc/{pids.read_text()}/stat").read_text().split()[2]
        except FileNotFoundError:
            break
        if state == "Z":
            break
        time.sleep(0.05)
    else:
        pytest.fail("the grandchild still runs")


def test_the_program_gets_inputs_weights_and_settings(tmp_path):
    source = (
        "import json, sys\nimport numpy as np\nfrom safetensors import safe_open\n"
        "from safetensors.numpy import save_file\n"
        "with safe_open(sys.argv[-2], framework='numpy') as f:\n"
        "    names, meta = sorted(f.keys()), f.metadata()\n"
        "print(names, json.loads(meta['block']), file=sys.stderr)\nsys.exit(1)"
    )
    with pytest.raises(UsageError) as failure:
        run(tmp_path, source)
    assert "['input.h', 'weight.norm1.weight'] mid_blocks.0.1.0" in failure.value.found


def test_the_protocol_is_documented_with_a_complete_program():
    text = protocol()
    for word in ("input.h", "weight.<key>", "output.output", "OUTPUTS.safetensors", "--timeout",
                 "loadArraysAndMetadata(url:", "try save(\n    arrays:"):  # fmt: skip
        assert word in text
