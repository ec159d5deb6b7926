"""What the page may ask the Match tab to do: tensors that the server listed, nothing else.

The page names a tensor by its place in a list of ``match.json``.  What is not such a place
is refused before the facade hears of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from inspector.errors import UsageError
from inspector.names import show_name
from inspector.ui.lab_request import read_object
from inspector.ui.opening import OpenRequest
from inspector.ui.payload import encode_json
from inspector.ui.runs import OpenRun, RunCache

Override = tuple[int, int | None, tuple[int, ...] | None]


class Pairing:
    """From pairs chosen on the page to a request that opens the traces with them.

    Args:
        api: the facade `inspector.api`, or an object with the same functions.
        runs: the opened comparisons that the page may speak about.
    """

    def __init__(self, api: Any, runs: RunCache) -> None:
        self._api = api
        self._runs = runs

    def listed(self, run: OpenRun) -> dict[str, Any]:
        """What the page was offered for this run."""
        return self._made(run)[0]

    def encoded(self, run: OpenRun) -> bytes:
        """The same as JSON."""
        return self._made(run)[1]

    def request(self, value: str) -> OpenRequest:
        """Return the request that the value ``{run, pairs}`` of the tab's widget asks for.

        Raises:
            UsageError: it is no such value, its run is no longer held, or a tensor was not
                listed.
        """
        wanted = read_object((value or "").encode("utf-8", "surrogatepass"))
        run = self._runs.get(str(wanted.get("run")))
        chosen = checked_overrides(wanted.get("pairs"), self.listed(run))
        named = self._api.page_match_names(run.comparison, chosen)
        return replace(run.request or OpenRequest("", ""), overrides=tuple(named))

    def _made(self, run: OpenRun) -> tuple[dict[str, Any], bytes]:
        def made() -> tuple[dict[str, Any], bytes]:
            payload = self._api.page_match(run.comparison)
            return payload, encode_json(payload)

        return run.part(("match",), made, lambda pair: 3 * len(pair[1]))


def checked_overrides(wanted: Any, listed: Mapping[str, Any]) -> list[Override]:
    """Return the pairs that the page chose, each of tensors that were listed.

    Args:
        wanted: list of ``[reference, candidate or null, axes or null]``.
        listed: the payload of ``match.json``.

    Raises:
        UsageError: wrong form, a tensor that was not listed, or one in two pairs.
    """
    shapes = listed["reference"]["shapes"], listed["candidate"]["shapes"]
    if not isinstance(wanted, list) or len(wanted) > len(shapes[0]):
        raise UsageError("request", "pairs", "they have the wrong form", "a list of pairs")
    found: list[Override] = []
    for entry in wanted:
        if not isinstance(entry, list) or len(entry) != 3:
            raise UsageError(
                "request", "pair", "it has the wrong form", "reference, candidate and axes"
            )
        first = checked_place(entry[0], len(shapes[0]), "reference")
        second, axes = None, None
        if entry[1] is not None:
            second = checked_place(entry[1], len(shapes[1]), "candidate")
            axes = _axes(entry[2], len(shapes[1][second]))
        found.append((first, second, axes))
    for side, places in enumerate(zip(*found, strict=True)):
        named = [place for place in places if place is not None]
        if side < 2 and len(set(named)) < len(named):
            raise UsageError("request", "pairs", "a tensor is in two of them", "one pair for each")
    return found


def checked_place(value: Any, count: int, side: str) -> int:
    """Return `value` when it is the place of one of `count` listed tensors.

    Raises:
        UsageError: it is not.
    """
    if type(value) is int and 0 <= value < count:
        return value
    raise UsageError(
        "unlisted", f"{side} tensor",
        f"'{show_name(json.dumps(value, default=str), 60)}' is not one of those that the page "
        f"was offered",
    )  # fmt: skip


def _axes(value: Any, rank: int) -> tuple[int, ...] | None:
    if value is None:
        return None
    if (
        isinstance(value, list)
        and all(type(axis) is int for axis in value)
        and sorted(value) == list(range(rank))
    ):
        return tuple(value)
    raise UsageError(
        "request", "axes", "they are no permutation of the candidate's axes",
        f"each of the numbers 0 to {rank - 1} once" if rank else "none",
    )  # fmt: skip
