"""The ``inspector`` command."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

import inspector
from inspector.cli import culprit, diff, figures, run, selftest, serve, weights
from inspector.errors import InspectorError

COMMANDS = {
    "culprit": culprit,
    "diff": diff,
    "figures": figures,
    "run": run,
    "selftest": selftest,
    "serve": serve,
    "weights": weights,
}
EXIT_USAGE, EXIT_INTERRUPTED = 2, 130


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="inspector",
        description="Find where a port of a flow-matching text-to-speech decoder goes wrong.",
    )
    parser.add_argument("--version", action="version", version=inspector.__version__)
    commands = parser.add_subparsers(dest="subcommand", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; failures become one sentence on stderr."""
    parsed = build_parser().parse_args(arguments)
    # A name with a lone surrogate or an exotic terminal must not end in a traceback.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = COMMANDS[parsed.subcommand].run(parsed)
        sys.stdout.flush()
        return code
    except InspectorError as error:
        sys.stderr.write(f"inspector: {error.sentence}\n")
        return EXIT_USAGE
    except KeyboardInterrupt:
        sys.stderr.write("inspector: stopped.\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe left early, as `head` does: not a failure of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
