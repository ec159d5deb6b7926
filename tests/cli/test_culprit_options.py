"""``inspector culprit``: exit codes, the promised document, and bad input in one sentence."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import save_file

from inspector import api
from inspector.cli.main import main
from tests.blocks.seeded import SMALL
from tests.diagnose.searches import WEIGHTS, edit_of, record, with_settings
from tests.diagnose.weight_files import decoder, write_weights

PROMISED = {"fault", "slot", "where", "scope", "explained", "residual", "noise_floor", "sentence"}
CONV = "mid_blocks.0.0.block1.block.0"


def write(path, **options):
    values = record(steps=[1, 2], **options)
    save_file({k: np.ascontiguousarray(v) for k, v in values.items()}, path)
    return str(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Paths of recordings and checkpoints by what they hold."""
    folder = tmp_path_factory.mktemp("culprit")
    flipped = edit_of(("kernel_flipped", (CONV,)))
    nothing = folder / "nothing.safetensors"
    save_file({"mu": np.ones((1, 8, 40), np.float32)}, nothing)
    other = {"encoder.weight": WEIGHTS["final_proj.weight"]}
    return SimpleNamespace(
        reference=write(folder / "reference.safetensors"),
        healthy=write(folder / "healthy.safetensors", backend="mlx", style="mlx"),
        flipped=write(folder / "flipped.safetensors", edit=flipped, style="mlx"),
        unknown=write(folder / "unknown.safetensors", edit=with_settings("ode.v_cfg", rate=0.93)),
        nothing=str(nothing),
        weights=str(write_weights(folder / "w.safetensors", decoder(), SMALL.to_dict())),
        bare=str(write_weights(folder / "bare.safetensors", decoder())),
        encoder=str(write_weights(folder / "e.safetensors", other)),
        folder=folder,
    )


@pytest.mark.parametrize(
    ("candidate", "code", "head"),
    [("healthy", 0, "HEALTHY: "), ("flipped", 1, "FOUND: Found: kernel flipped."),
     ("unknown", 1, "NOT EXPLAINED: ")],
)  # fmt: skip
def test_the_exit_code_follows_the_outcome(files, capsys, candidate, code, head):
    arguments = [files.reference, getattr(files, candidate), "--checkpoint", files.weights]
    assert main(["culprit", *arguments]) == code
    out = capsys.readouterr().out
    assert out.startswith(head)
    assert ("unexplained ode.v_cfg" in out) == (candidate == "unknown")
    assert (f"at {CONV}" in out) == (candidate == "flipped")


def test_the_document_has_the_promised_fields(files, capsys):
    path = files.folder / "out.json"
    arguments = ["culprit", files.reference, files.flipped, "--checkpoint", files.weights]
    assert main([*arguments, "--json", str(path)]) == 1
    assert capsys.readouterr().out.startswith("FOUND")
    main([*arguments, "--json", "-"])
    printed = json.loads(capsys.readouterr().out)
    stored = json.loads(path.read_text(encoding="utf-8"))
    for values in (stored, printed):
        values.pop("seconds")
    assert stored == printed
    assert stored["healthy"] is False
    (suspect,) = stored["suspects"]
    assert set(suspect) >= PROMISED
    assert (suspect["fault"], suspect["where"], suspect["scope"]) == (
        "kernel_flipped", [CONV], "one"
    )  # fmt: skip
    cell = stored["introduced"]["cells"][0]
    assert {"node", "step", "introduced", "noise_floor", "verdict"} <= set(cell)


def test_command_and_function_say_the_same(files, capsys):
    report = api.culprit(files.reference, files.flipped, checkpoint=files.weights)
    main(["culprit", files.reference, files.flipped, "--checkpoint", files.weights, "--verbose"])
    printed = capsys.readouterr().out.rpartition("searched")[0]
    assert printed == api.culprit_text(report, verbose=True).rpartition("searched")[0]


def test_the_configuration_may_come_from_a_file(files, capsys):
    config = files.folder / "config.json"
    config.write_text('{"num_heads": 2}', encoding="utf-8")
    arguments = ["culprit", files.reference, files.healthy, "--checkpoint", files.bare]
    assert main([*arguments, "--config", str(config)]) == 0
    capsys.readouterr()


def test_a_budget_that_runs_out_is_said(files, capsys):
    arguments = ["culprit", files.reference, files.flipped, "--checkpoint", files.weights]
    assert main([*arguments, "--budget", "1e-6"]) == 1
    assert "the budget ran out first" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["none", "{healthy}", "--checkpoint", "{weights}"],
        ["{reference}", "none", "--checkpoint", "{weights}"],
        ["{reference}", "{healthy}", "--checkpoint", "none"],
        ["{reference}", "{healthy}", "--checkpoint", "{encoder}"],
        ["{reference}", "{nothing}", "--checkpoint", "{weights}"],
        ["{nothing}", "{healthy}", "--checkpoint", "{weights}"],
        ["{reference}", "{healthy}", "--checkpoint", "{weights}", "--budget", "0"],
        ["{reference}", "{healthy}", "--checkpoint", "{weights}", "--budget", "nan"],
        ["{reference}", "{healthy}", "--checkpoint", "{weights}", "--config", "none.json"],
        ["{reference}", "{healthy}", "--checkpoint", "{weights}", "--map", "none.yaml"],
        ["{reference}", "{healthy}", "--checkpoint", "{weights}", "--json", "{reference}/x.json"],
    ],
)
def test_bad_input_is_2_and_one_line(files, capsys, arguments):
    assert main(["culprit", *(a.format(**vars(files)) for a in arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("inspector: ")
    assert captured.err.count("\n") == 1


def test_a_checkpoint_has_to_be_named(files, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["culprit", files.reference, files.healthy])
    assert caught.value.code == 2
    assert "--checkpoint" in capsys.readouterr().err
