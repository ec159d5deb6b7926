"""Comparing through the facade: the three doors say the same."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

import inspector
from inspector import api
from inspector.cli.main import main
from inspector.errors import TraceError, UsageError
from inspector.report.strict_json import dumps


def test_the_three_doors_say_the_same(run_folders, tmp_path, capsys):
    reference, _, broken = run_folders
    comparison = inspector.diff(reference, broken, json=tmp_path / "python.json")
    main(["diff", str(reference), str(broken), "--json", str(tmp_path / "cli.json")])
    printed = capsys.readouterr().out
    python, cli = (json.loads((tmp_path / f"{n}.json").read_text()) for n in ("python", "cli"))
    assert python == cli
    assert python["verdict"] == json.loads(dumps(api.page_summary(comparison)["verdict"])) | {
        "first_divergence": python["verdict"]["first_divergence"]
    }
    assert comparison.verdict.sentence in printed
    assert inspector.text(comparison) == printed


def test_top_level_names_load_on_demand():
    for name in inspector.__all__:
        assert getattr(inspector, name) is not None
    with pytest.raises(AttributeError):
        inspector.no_such_name  # noqa: B018 - the access itself is under test


def test_the_form_of_an_error_has_a_door(run_folders):
    reference, _, broken = run_folders
    comparison = inspector.diff(reference, broken)
    row = comparison.verdict.first_divergence.row
    assert api.form(comparison, row).best.key == "gain"
    with pytest.raises(UsageError, match="no such tensor"):
        api.form(comparison, len(comparison.tensors))


def test_missing_traces_are_a_sentence(tmp_path):
    with pytest.raises(TraceError):
        inspector.diff(tmp_path / "none", tmp_path / "none")


def test_options_reach_the_comparison(run_folders):
    reference, port, _ = run_folders
    found = inspector.diff(
        reference, port, only="x_after", rtol=0.5, cutoff=5000.0, sample_rate=16000
    )
    assert found.options.cutoff_hz == 5000
    assert {t.pair.role for t in found.tensors} == {"x_after"}


HARD_NAMES = (
    "no", "1.0", "- a", "a: b #c", "a\nb", '"\'\\', "日本語 😀", "\u2028\u202e", "{a: [b]}", "null",
    "=", " x ", "x" * 1500,
)  # fmt: skip


def test_pairs_of_any_names_chosen_by_hand_come_back_through_a_file(tmp_path, capsys):
    shifted = (*HARD_NAMES[1:], HARD_NAMES[0])
    values = [np.full((2, 3), i, np.float32) for i in range(len(HARD_NAMES))]
    traces = tmp_path / "reference.safetensors", tmp_path / "candidate.safetensors"
    save_file(dict(zip(HARD_NAMES, values, strict=True)), traces[0])
    save_file(dict(zip(shifted, values, strict=True)), traces[1])
    command = ["diff", *map(str, traces)]
    assert main(command) == 1
    chosen = tuple(map(api.MappingEntry, HARD_NAMES, shifted))
    comparison = api.open_pair(*traces, api.DiffOptions(overrides=chosen))
    assert comparison.verdict.exit_code == 0
    assert json.loads(api.json_text(comparison))["options"]["overrides"][0] == {
        "reference": "no", "candidate": "1.0", "axes": None,
    }  # fmt: skip
    for every in (True, False):
        path = tmp_path / f"names-{every}.yaml"
        path.write_text(api.mapping_text(comparison, all_pairs=every), "utf-8")
        assert main([*command, "--map", str(path)]) == 0
    capsys.readouterr()
