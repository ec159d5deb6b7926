"""``inspector figures``: write every figure as PNG."""

from __future__ import annotations

import argparse
import sys

from inspector import api
from inspector.cli.options import add_comparison, add_pair, comparison_arguments
from inspector.cli.progress import terminal_progress

HELP = "write every figure as PNG"
DESCRIPTION = "Compare two traces and write every figure of every view as PNG."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_pair(parser)
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for the figures")
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="colours (default: light)"
    )
    add_comparison(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    with terminal_progress() as progress:
        written = api.figures(
            arguments.reference,
            arguments.candidate,
            out=arguments.out,
            theme=arguments.theme,
            progress=progress,
            **comparison_arguments(arguments),
        )
    for path in written:
        sys.stdout.write(f"{path}\n")
    return 0
