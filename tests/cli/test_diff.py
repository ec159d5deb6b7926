"""``inspector diff``: the JSON file and its twin on standard output."""

from __future__ import annotations

import json

from inspector import api
from inspector.cli.main import main


def test_json_is_written_and_equals_what_dash_prints(run_folders, tmp_path, capsys):
    reference, _, broken = map(str, run_folders)
    target = tmp_path / "result.json"
    assert main(["diff", reference, broken, "--json", str(target)]) == 1
    text = capsys.readouterr().out
    assert text.startswith("DIFFERENT")
    assert main(["diff", reference, broken, "--json", "-"]) == 1
    printed = capsys.readouterr().out
    assert json.loads(printed) == json.loads(target.read_text())
    assert json.loads(printed)["verdict"]["first_divergence"]["step"] == 3


def test_a_json_file_that_cannot_be_written_is_a_sentence(run_folders, tmp_path, capsys):
    reference, port, _ = map(str, run_folders)
    assert main(["diff", reference, port, "--json", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_verbose_lists_every_tensor(run_folders, capsys):
    reference, port, _ = map(str, run_folders)
    main(["diff", reference, port, "--verbose"])
    text = capsys.readouterr().out
    assert text.count("step7_step") >= 7 * 5


def test_the_written_map_is_that_of_python_and_gives_the_same_comparison(
    run_folders, tmp_path, capsys
):
    reference, port, _ = map(str, run_folders)
    names, python = tmp_path / "cli.yaml", tmp_path / "python.yaml"
    assert main(["diff", reference, port, "--write-map", str(names)]) == 0
    first = capsys.readouterr().out
    comparison = api.diff(reference, port, write_map=python)
    text = names.read_text("utf-8")
    assert text == python.read_text("utf-8") == api.mapping_text(comparison)
    assert '"step8_audio": "audio"  # same path, confidence 0.95\n' in text
    assert main(["diff", reference, port, "--map", str(names)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == first.splitlines()[0]


def test_a_map_that_cannot_be_written_is_a_sentence(run_folders, tmp_path, capsys):
    reference, port, _ = map(str, run_folders)
    assert main(["diff", reference, port, "--write-map", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err
