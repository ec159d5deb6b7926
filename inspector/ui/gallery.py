"""The demo gallery: bundled pairs that one click opens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inspector.errors import UsageError
from inspector.ui.opening import OpenRequest


@dataclass(frozen=True)
class DemoPair:
    """A pair of the gallery.

    Attributes:
        key: short name.
        title: what it shows, in a few words.
        sentence: what it shows.
        request: what opening it means.
    """

    key: str
    title: str
    sentence: str
    request: OpenRequest


@dataclass(frozen=True)
class Gallery:
    """The bundled pairs, in the order in which they are offered."""

    pairs: tuple[DemoPair, ...] = ()

    @classmethod
    def from_entries(cls, entries: Sequence[Mapping[str, Any]]) -> Gallery:
        """Read what ``api.demo_pairs()`` returns."""
        return cls(
            tuple(
                DemoPair(
                    str(entry["key"]), str(entry["title"]), str(entry["sentence"]),
                    OpenRequest(
                        str(entry["reference"]), str(entry["candidate"]),
                        checkpoint=str(entry.get("checkpoint") or ""),
                        config=str(entry.get("config") or ""),
                    ),
                )
                for entry in entries
            )
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.pairs)

    def paths(self) -> Iterator[str]:
        """Every path that the gallery may open."""
        for pair in self.pairs:
            request = pair.request
            yield from filter(
                None, (request.reference, request.candidate, request.checkpoint, request.config)
            )

    def value(self, open_request: OpenRequest | None = None) -> str:
        """What the chooser shows, as the value of its widget; the open pair is marked."""
        plain = open_request and replace(open_request, measure_floor=False)
        return json.dumps(
            {
                "pairs": [
                    {"key": p.key, "title": p.title, "sentence": p.sentence} for p in self.pairs
                ],
                "open": next((p.key for p in self.pairs if p.request == plain), ""),
            },
            separators=(",", ":"),
        )

    def chosen(self, value: str) -> DemoPair:
        """The pair that the chooser's value asks for.

        Raises:
            UsageError: it names none of the gallery.
        """
        try:
            key = json.loads(value)["choose"]
        except (ValueError, KeyError, TypeError):
            key = None
        for pair in self.pairs:
            if pair.key == key:
                return pair
        raise UsageError("unknown", "demo", "the gallery has no such pair")
