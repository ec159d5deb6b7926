"""Command line and Python offer the same options with the same defaults."""

from __future__ import annotations

import argparse
import inspect

import pytest

import inspector.ui.serving
from inspector import api
from inspector.cli.main import build_parser
from inspector.cli.options import COMPARISON_OPTIONS

FUNCTIONS = {
    "diff": api.diff, "figures": api.figures, "serve": inspector.ui.serving.serve,
    "weights": api.weights, "run": api.run_plan, "selftest": api.selftest,
}  # fmt: skip
ONLY_ON_THE_COMMAND_LINE = {
    "diff": {"verbose"}, "figures": set(), "serve": set(), "weights": {"verbose"},
    "run": set(), "selftest": {"verbose"},
}  # fmt: skip
ONLY_IN_PYTHON = {
    "diff": {"progress"}, "figures": {"progress"}, "serve": set(), "weights": {"progress"},
    "run": {"progress"}, "selftest": {"progress"},
}  # fmt: skip


def options_of_command(name):
    parser = build_parser()
    commands = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    actions = commands.choices[name]._actions
    return {a.dest: a for a in actions if a.dest != "help"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_names_and_defaults_are_equal(name):
    parameters = inspect.signature(FUNCTIONS[name]).parameters
    options = options_of_command(name)
    assert set(options) - ONLY_ON_THE_COMMAND_LINE[name] == set(parameters) - ONLY_IN_PYTHON[name]
    for key in set(options) & set(parameters):
        default = parameters[key].default
        if default is inspect.Parameter.empty:
            assert options[key].required or not options[key].option_strings
        else:
            stated = options[key].default
            assert (tuple(stated) if isinstance(stated, list) else stated) == default


def test_the_shared_options_are_those_of_a_comparison():
    assert set(COMPARISON_OPTIONS) == set(inspect.signature(api.diff).parameters) - {
        "reference", "candidate", "json", "write_map", "progress", "checkpoint", "config",
    }  # fmt: skip
