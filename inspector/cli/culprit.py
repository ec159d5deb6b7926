"""``inspector culprit``: find the known mistake that reproduces a port's numbers."""

from __future__ import annotations

import argparse
import sys

from inspector import api
from inspector.cli.progress import terminal_progress

HELP = "find the known mistake that reproduces the port's numbers"
DESCRIPTION = """\
Find the known mistake that reproduces the port's numbers. The decoder of the
original is run on what the port recorded, part by part; where the port does
something else, every registered mistake is put into the original, alone and in
pairs, until its numbers are the port's.

exit codes:
  0  healthy: what differs is rounding, precision or other noise
  1  a mistake was found, or an error that no known mistake explains
  2  bad usage, unreadable input, or nothing that could be tested
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("reference", metavar="REFERENCE", help="trace of the original")
    parser.add_argument("candidate", metavar="CANDIDATE", help="trace of the port")
    parser.add_argument(
        "--checkpoint", metavar="W", required=True, help="weights that the original ran with"
    )
    parser.add_argument(
        "--config", metavar="C",
        help="JSON file with settings of the decoder that shapes do not tell (num_heads ...)",
    )  # fmt: skip
    parser.add_argument("--map", metavar="M", help="mapping file, reference name: candidate name")
    parser.add_argument(
        "--budget", type=float, default=api.DEFAULT_BUDGET_SECONDS, metavar="S",
        help="seconds after which the best so far is reported (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", help="also write the result as JSON; - prints it")
    parser.add_argument("--verbose", action="store_true", help="also list what was tried")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    to_stdout = arguments.json == "-"
    with terminal_progress() as progress:
        report = api.culprit(
            arguments.reference,
            arguments.candidate,
            checkpoint=arguments.checkpoint,
            config=arguments.config,
            map=arguments.map,
            budget=arguments.budget,
            json=None if to_stdout else arguments.json,
            progress=progress,
        )
    if to_stdout:
        sys.stdout.write(api.culprit_json(report) + "\n")
    else:
        sys.stdout.write(api.culprit_text(report, verbose=arguments.verbose))
    return {True: 0, False: 1, None: 2}[report.healthy]
