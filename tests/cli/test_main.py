"""The command: exit codes, sentences instead of tracebacks, and light imports."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from inspector.cli.main import COMMANDS, build_parser, main


def command(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "inspector", *map(str, arguments)],
        capture_output=True, text=True, timeout=100, **options,
    )  # fmt: skip


def test_equal_traces_exit_0_and_differing_ones_1(run_folders, capsys):
    reference, port, broken = run_folders
    assert main(["diff", str(reference), str(port)]) == 0
    assert capsys.readouterr().out.startswith("SAME")
    assert main(["diff", str(reference), str(broken)]) == 1
    assert "step7_step3_dxdt_cond" in capsys.readouterr().out


def test_an_incomplete_comparison_exits_3(run_folders, tmp_path, capsys):
    reference, _, _ = run_folders
    part = tmp_path / "part"
    part.mkdir()
    for file in list(reference.glob("*.npy"))[:5]:
        (part / file.name).write_bytes(file.read_bytes())
    assert main(["diff", str(reference), str(part)]) == 3
    assert capsys.readouterr().out.startswith("NOTHING DIFFERS, BUT INCOMPLETE: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["diff", "/no/such/trace", "/no/such/other"], "such"),
        (["diff", ".", ".", "--only", "("], "regular expression"),
        (["diff", ".", ".", "--map", "/no/such/map.yaml"], "map"),
        (["diff", ".", ".", "--sample-rate", "3"], "sample rate"),
    ],
)
def test_bad_usage_is_one_sentence_and_exit_2(arguments, words, run_folders, capsys):
    reference = str(run_folders[0])
    arguments = [reference if a == "." else a for a in arguments]
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("inspector: ")
    assert words in printed.err
    assert len(printed.err.splitlines()) == 1


def test_a_wrong_option_is_usage_and_exit_2():
    done = command("diff", "--nonsense")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_traceback(run_folders):
    line = (
        f"{sys.executable} -m inspector diff --verbose {run_folders[0]} {run_folders[2]} | head -1"
    )
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=100)
    assert done.stdout.startswith("DIFFERENT")
    assert "Traceback" not in done.stderr


def test_hostile_names_survive_an_ascii_terminal(tmp_path):
    import numpy as np

    folder = tmp_path / "t"
    folder.mkdir()
    np.save(folder / "naïve\x1b[31m\u202e.npy", np.ones((3, 4), np.float32))
    plain = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = command("diff", folder, folder, "--verbose", env=plain)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "\\u{1b}" in done.stdout


def test_every_command_is_in_the_parser():
    text = build_parser().format_help()
    assert set(COMMANDS) == {
        "culprit", "diff", "figures", "run", "selftest", "serve", "weights",
    }  # fmt: skip
    for name, module in COMMANDS.items():
        assert name in text
        assert module.HELP in text
