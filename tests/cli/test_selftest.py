"""``inspector selftest``: exit codes, JSON on standard output, Ctrl-C."""

from __future__ import annotations

import json

import pytest

from inspector.cli.main import main
from inspector.suite import running

ODE = ["selftest", "--only", "healthy, pytorch.*small decoder, level ode", "--workers", "1"]


def test_met_bars_exit_0_and_progress_goes_to_stderr(capsys):
    assert main(ODE) == 0
    printed = capsys.readouterr()
    assert printed.out.endswith("Every measured bar is met.\n")
    assert printed.err == "1 of 1 cases\n"


def test_a_missed_bar_exits_1(capsys, monkeypatch):
    def fail(*_):
        raise ValueError("planted")

    monkeypatch.setattr(running, "compare_traces", fail)
    assert main([*ODE, "--json", "-"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["met"] is False
    assert document["cases"][0]["error"] == "ValueError: planted"


def test_ctrl_c_prints_what_was_measured_and_exits_130(capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "compare_traces", stop)
    assert main(ODE) == 130
    assert "Stopped early: 0 of 1 cases" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--cases", "0"], ["--only", "nothing like this"]])
def test_bad_usage_exits_2(options, capsys):
    assert main(["selftest", *options]) == 2
    assert capsys.readouterr().err.startswith("inspector: ")
