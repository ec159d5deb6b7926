"""``inspector weights``: audit a port's weights and return the outcome as an exit code."""

from __future__ import annotations

import argparse
import sys

from inspector import api
from inspector.cli.progress import terminal_progress

HELP = "audit the weights of a port against the original's"
DESCRIPTION = """\
Audit the weights of a port against the original's: missing, never loaded,
transposed, flipped, permuted, scaled, misplaced, zeroed or rounded parameters.
Names and layouts of the known decoders are recognised; any two files of named
tensors can be compared. Give the weights as the running port holds them
(saved from its modules), not only the file that it should have loaded.

exit codes:
  0  every parameter is there with its values, at most rounded
  1  a parameter is missing, differs or is somewhere else
  2  bad usage or unreadable input
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "checkpoint", metavar="CHECKPOINT",
        help="weights of the original: .safetensors, .npz, .pt, .pth, .ckpt, .bin or a folder",
    )  # fmt: skip
    parser.add_argument(
        "candidate_checkpoint", metavar="CANDIDATE_CHECKPOINT", help="weights of the port"
    )
    parser.add_argument(
        "--config", metavar="C",
        help="JSON file with settings of the decoder that shapes do not tell (num_heads ...)",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", help="also write the result as JSON; - prints it")
    parser.add_argument("--verbose", action="store_true", help="list every parameter")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    to_stdout = arguments.json == "-"
    with terminal_progress() as progress:
        audit = api.weights(
            arguments.checkpoint,
            arguments.candidate_checkpoint,
            config=arguments.config,
            json=None if to_stdout else arguments.json,
            progress=progress,
        )
    if to_stdout:
        sys.stdout.write(api.weights_json(audit) + "\n")
    else:
        sys.stdout.write(api.weights_text(audit, verbose=arguments.verbose))
    return audit.exit_code
