"""``inspector run``: carry out a plan of the block lab."""

from __future__ import annotations

import argparse
import sys

from inspector import api
from inspector.cli.options import CODE_DESCRIPTION, add_code, code_arguments
from inspector.cli.progress import terminal_progress

HELP = "run the decoder, or any part of it, as a plan says"
DESCRIPTION = (
    """\
Run the decoder, or any part of it, as a plan says, and compare every value with what both
traces recorded.

PLAN is a JSON file ("copy as test" on the page writes one):
  {"what": "mid_blocks.3.1.0", "steps": [1], "inputs": "candidate",
   "swaps": [{"key": "attention_scale_missing", "places": null}]}
  what      ode, step, solver, a stage, a block or a node of the decoder
  steps     ODE steps from 1
  inputs    reference, candidate, file:PATH or noise:SEED
  backend   torch or mlx; precision float64, float32, float16 or bfloat16;
            nodes, slots: {name: {"backend", "precision", "implementation", "inputs"}},
            there inputs is run (what was computed before it), reference or candidate
            (what that trace recorded of each value that it reads)
  swaps     faults of the registry, or the names of --implementation
  rows      both, cond or uncond; chained true or false; values slots or blocks

"""
    + CODE_DESCRIPTION
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("plan", metavar="PLAN", help="JSON file")
    parser.add_argument("--reference", metavar="TRACE", help="trace of the original")
    parser.add_argument("--candidate", metavar="TRACE", help="trace of the port")
    parser.add_argument("--checkpoint", metavar="W", required=True, help="weights of the reference")
    parser.add_argument("--config", metavar="J", help="JSON file with what the weights cannot tell")
    add_code(parser)
    parser.add_argument("--json", metavar="FILE", help="also write the result as JSON; - prints it")
    parser.add_argument("--out", metavar="DIR", help="write every value as safetensors there")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    to_stdout = arguments.json == "-"
    with terminal_progress() as progress:
        result = api.run_plan(
            arguments.plan,
            reference=arguments.reference,
            candidate=arguments.candidate,
            checkpoint=arguments.checkpoint,
            config=arguments.config,
            **code_arguments(arguments),
            json=None if to_stdout else arguments.json,
            out=arguments.out,
            progress=progress,
        )
    sys.stdout.write(api.run_json(result) + "\n" if to_stdout else api.run_text(result))
    return 0
