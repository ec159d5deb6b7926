"""Untrusted names made safe to show and safe to store.

Tensor names, file names and metadata come from files that anybody may have
written.  Nothing here raises: every text has a printable form and a file name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_SHOWN_LENGTH = 200
_FILE_LENGTH = 80
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"com{i}" for i in range(1, 10)}
    | {f"lpt{i}" for i in range(1, 10)}
)


def show_name(name: object, limit: int = _SHOWN_LENGTH) -> str:
    """Return `name` as one printable line of at most `limit` characters.

    Control, bidirectional, zero-width, private and surrogate characters appear as
    ``\\u{...}``; longer text loses its middle.  The result is plain text: a page
    must still escape it for HTML and a figure must still draw it without mathtext.
    """
    shown = str(name)
    # The usual name at once: a large trace has ten thousand of them.
    if not (shown.isascii() and shown.isprintable()):
        shown = "".join(
            f"\\u{{{ord(c):x}}}" if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c
            for c in shown
        )
    if len(shown) <= limit:
        return shown
    head = (limit - 1) // 2
    return f"{shown[:head]}…{shown[len(shown) - (limit - 1 - head) :]}"


def file_name(name: object, suffix: str = "") -> str:
    """Return a portable file name for `name`: letters, digits, ``._-`` and a hash.

    Two different names give two different file names, also on a disk that ignores
    case; the result is never empty, reserved or longer than 80 characters.
    """
    text = str(name)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    slug = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._")
    if not slug or slug.split(".")[0].lower() in _RESERVED:
        slug = f"tensor_{slug}".rstrip("_")
    slug = slug[: _FILE_LENGTH - len(digest) - len(suffix) - 1]
    return f"{slug}-{digest}{suffix}"
