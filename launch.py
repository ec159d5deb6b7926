"""Open the page: ``python launch.py [REFERENCE CANDIDATE]``; the demo without arguments."""

import sys

from inspector.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))
