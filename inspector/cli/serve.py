"""``inspector serve``: open the page."""

from __future__ import annotations

import argparse

from inspector.cli.options import CODE_DESCRIPTION, add_code, code_arguments

HELP = "open the page in the browser"
DESCRIPTION = (
    """\
Serve the page on this machine (127.0.0.1 only) and open it in the browser.
Without traces it opens the bundled demo. The block lab offers the implementations that are
named here at their slots and blocks, one without a place at every block.

"""
    + CODE_DESCRIPTION
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("reference", metavar="REFERENCE", nargs="?", help="trace of the original")
    parser.add_argument("candidate", metavar="CANDIDATE", nargs="?", help="trace of the port")
    parser.add_argument(
        "--checkpoint", metavar="W",
        help="weights of the reference: opens the block lab and the culprit search",
    )  # fmt: skip
    parser.add_argument("--config", metavar="C", help="JSON file with what the weights cannot tell")
    add_code(parser)
    parser.add_argument(
        "--port", type=int, default=7860, help="port; the next free one if taken (default: 7860)"
    )
    parser.add_argument(
        "--root", action="append", default=[], metavar="DIR",
        help="folder whose traces may be opened by path on the page; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--no-browser", dest="open_browser", action="store_false",
        help="only serve, do not open a browser",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Run the command until it is interrupted and return its exit code."""
    # Imported here: gradio takes seconds, and no other command needs it.
    from inspector.ui.serving import serve

    serve(
        arguments.reference,
        arguments.candidate,
        checkpoint=arguments.checkpoint,
        config=arguments.config,
        **code_arguments(arguments),
        port=arguments.port,
        root=tuple(arguments.root),
        open_browser=arguments.open_browser,
    )
    return 0
