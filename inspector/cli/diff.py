"""``inspector diff``: print the verdict and return it as an exit code."""

from __future__ import annotations

import argparse
import sys

from inspector import api
from inspector.cli.options import add_comparison, add_pair, comparison_arguments
from inspector.cli.progress import terminal_progress

HELP = "compare two traces and print the verdict"
DESCRIPTION = """\
Compare two traces and print the verdict.

exit codes:
  0  within tolerance and everything matched
  1  a difference or a failed health check
  2  bad usage or unreadable input
  3  nothing different but incomplete: unmatched, skipped or nothing compared
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_pair(parser)
    parser.add_argument("--json", metavar="FILE", help="also write the result as JSON; - prints it")
    parser.add_argument(
        "--write-map", metavar="FILE",
        help="also write every pair as a mapping file, to edit and give back with --map",
    )  # fmt: skip
    parser.add_argument("--verbose", action="store_true", help="list every tensor and every check")
    add_comparison(parser)
    group = parser.add_argument_group("noise floor")
    group.add_argument(
        "--checkpoint", metavar="W",
        help="weights that the original ran with: tolerances are then measured by running its "
        "decoder, instead of derived from the dtypes (three times a whole solution)",
    )  # fmt: skip
    group.add_argument(
        "--config", metavar="C",
        help="JSON file with settings of the decoder that shapes do not tell (num_heads ...)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    to_stdout = arguments.json == "-"
    with terminal_progress() as progress:
        comparison = api.diff(
            arguments.reference,
            arguments.candidate,
            json=None if to_stdout else arguments.json,
            checkpoint=arguments.checkpoint,
            config=arguments.config,
            write_map=arguments.write_map,
            progress=progress,
            **comparison_arguments(arguments),
        )
    if to_stdout:
        sys.stdout.write(api.json_text(comparison) + "\n")
    else:
        sys.stdout.write(api.text(comparison, verbose=arguments.verbose))
    return comparison.verdict.exit_code
