"""Options that several commands share; their names are those of the Python functions."""

from __future__ import annotations

import argparse
from typing import Any

from inspector.api import DEFAULT_CUTOFF_HZ

CODE_DESCRIPTION = """\
your own code, from this command line only:
  --implementation [NAME=]path.py:Name[@slot-or-block[:backend]]
      a slot or node:  f(inputs, params, settings) -> array
      a block:         f(inputs: dict, weights: dict, settings: dict) -> array or dict
  --command "[BLOCK=]program arguments"
      a program that gets a safetensors file with input.<name> and weight.<key> and the path
      of the one to write, with output.output; `inspector.api.command_protocol()` holds the
      protocol and an example in Swift
"""


def add_pair(parser: argparse.ArgumentParser) -> None:
    """Add the two traces, always reference then candidate."""
    parser.add_argument(
        "reference", metavar="REFERENCE",
        help="trace of the original: a folder, .npy, .npz, .safetensors, .wav or .flac",
    )  # fmt: skip
    parser.add_argument("candidate", metavar="CANDIDATE", help="trace of the port")


def add_comparison(parser: argparse.ArgumentParser) -> None:
    """Add the options of a comparison."""
    group = parser.add_argument_group("comparison")
    group.add_argument(
        "--map", metavar="FILE", help="YAML or JSON file: reference name -> candidate name"
    )
    group.add_argument(
        "--sample-rate", type=int, metavar="HZ",
        help="rate of audio that is stored as plain tensors (otherwise side-file, then 24000)",
    )  # fmt: skip
    group.add_argument("--only", metavar="REGEX", help="compare only tensors whose name matches")
    group.add_argument(
        "--rtol", type=float, metavar="R",
        help="relative tolerance, instead of the one derived from the stored dtypes",
    )  # fmt: skip
    group.add_argument(
        "--atol", type=float, metavar="A",
        help="absolute tolerance, instead of one scaled by the RMS of the reference",
    )  # fmt: skip
    group.add_argument(
        "--cutoff", type=float, metavar="HZ", default=DEFAULT_CUTOFF_HZ,
        help="energy above this frequency counts as high-frequency (default: %(default)g)",
    )  # fmt: skip
    group.add_argument("--nan-differs", action="store_true", help="NaN against NaN is a difference")
    group.add_argument(
        "--strict-dtype", action="store_true", help="another stored dtype is a difference"
    )


COMPARISON_OPTIONS = (
    "map", "sample_rate", "only", "rtol", "atol", "cutoff", "nan_differs", "strict_dtype",
)  # fmt: skip


def comparison_arguments(arguments: argparse.Namespace) -> dict[str, Any]:
    """The comparison options as keyword arguments of the Python functions."""
    return {name: getattr(arguments, name) for name in COMPARISON_OPTIONS}


def add_code(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the user's own code; see `CODE_DESCRIPTION`."""
    parser.add_argument(
        "--implementation", metavar="SPEC", action="append", default=[],
        help="your own Python code in place of a slot or block; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--command", metavar="PROGRAM", action="append", default=[],
        help="your own program in place of a block; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="S",
        help="seconds that a program may take (default: %(default)g)",
    )  # fmt: skip


def code_arguments(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options of `add_code` as keyword arguments of the Python functions."""
    return {
        "implementation": tuple(arguments.implementation),
        "command": tuple(arguments.command),
        "timeout": arguments.timeout,
    }
