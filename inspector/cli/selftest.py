"""``inspector selftest``: measure the tools on pairs whose truth is known."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator

from inspector import api
from inspector.cli.progress import terminal_progress
from inspector.tensors import Progress

HELP = "measure the inspector itself on pairs whose truth is known"
DESCRIPTION = """\
Measure the inspector itself. Small decoders are run and recorded, healthy or with
registered mistakes in them; both recordings are written with other names, axes and
dtypes, whole or in part; then diff and culprit are asked, and what they say is held
against what is known. Prints a table and whether every bar is met.

exit codes:
  0    every bar is met
  1    a bar is missed
  2    bad usage
  130  stopped by Ctrl-C; what was measured until then is printed
"""
_INTERRUPTED = 130
_LINES = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--level", choices=("quick", "full"), default="quick",
        help="quick takes minutes, full hours (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--only", metavar="REGEX", help="only cases whose description matches, such as 'camel'"
    )
    parser.add_argument(
        "--cases", type=int, metavar="N", help="at most N cases, spread over the list"
    )
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="processes (default: %(default)s)"
    )
    parser.add_argument("--json", metavar="FILE", help="also write every case as JSON; - prints it")
    parser.add_argument("--verbose", action="store_true", help="list every case with a fault found")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    to_stdout = arguments.json == "-"
    with _progress() as progress:
        report = api.selftest(
            level=arguments.level,
            only=arguments.only,
            cases=arguments.cases,
            workers=arguments.workers,
            json=None if to_stdout else arguments.json,
            progress=progress,
        )
    if to_stdout:
        sys.stdout.write(api.selftest_json(report) + "\n")
    else:
        sys.stdout.write(api.selftest_text(report, verbose=arguments.verbose))
    if not report.complete:
        return _INTERRUPTED
    return 0 if report.met else 1


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    """One line that rewrites itself on a terminal, a line now and then elsewhere."""
    with terminal_progress() as line:

        def report(done: int, total: int, what: str) -> None:
            if line is not None:
                line(done, total, f"{done}/{total} {what}")
            elif done == total or done % max(1, total // _LINES) == 0:
                sys.stderr.write(f"{done} of {total} cases\n")
                sys.stderr.flush()

        yield report
