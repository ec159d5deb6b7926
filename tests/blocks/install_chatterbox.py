"""Put the published decoder into a folder of its own, for the parity tests.

    python tests/blocks/install_chatterbox.py FOLDER

`chatterbox-tts` pins a whole application (its own torch, librosa, a tokenizer ...), so it
and the two packages that its decoder imports are installed without their dependencies,
beside the environment and not into it.  `INSPECTOR_CHATTERBOX=FOLDER` shows the tests the
way, `INSPECTOR_REQUIRE_PARITY=1` makes them fail rather than skip where it is missing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PACKAGES = (
    "chatterbox-tts==0.1.7",
    "diffusers==0.29.0",
    "conformer==0.3.2",
    "einops==0.8.2",
)
"""The decoder, its attention, an import of its file, and their shared shape notation."""


def command(folder: Path) -> list[str]:
    """The installation as a command line; it replaces what `folder` holds."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [*pip, "--no-deps", "--upgrade", "--target", str(folder), *PACKAGES]


def main(arguments: list[str]) -> int:
    """Install into the folder named on the command line."""
    if len(arguments) != 1:
        sys.stderr.write("usage: install_chatterbox.py FOLDER\n")
        return 2
    return subprocess.run(command(Path(arguments[0])), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
