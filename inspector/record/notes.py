"""What a reader of a recording should know, each thing said once."""

from __future__ import annotations

from inspector.names import show_name

_SHOWN = 3


class Notes:
    """Sentences, each with the names it is about."""

    def __init__(self) -> None:
        self._subjects: dict[str, dict[str, None]] = {}

    def add(self, sentence: str, *subjects: str) -> None:
        """Say `sentence` about `subjects`; repeating it only adds subjects."""
        self._subjects.setdefault(sentence, {}).update(dict.fromkeys(subjects))

    def sentences(self) -> tuple[str, ...]:
        """The notes in the order in which they first came up."""
        return tuple(_said(text, list(names)) for text, names in self._subjects.items())


def _said(sentence: str, subjects: list[str]) -> str:
    if not subjects:
        return sentence
    shown = ", ".join(show_name(name, 80) for name in subjects[:_SHOWN])
    more = len(subjects) - _SHOWN
    return f"{sentence} ({shown}{f' and {more:,} more' if more > 0 else ''})."
