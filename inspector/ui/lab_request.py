"""What the page may ask the block lab to do: keys that the server listed, nothing else.

A user's own implementation or command is named on the command line only.  The page
receives a key for it and sends that key back; anything that was not listed is refused
before the facade hears of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from inspector.errors import UsageError
from inspector.names import show_name

ROWS = ("both", "cond", "uncond")
_FIELDS = (
    "block", "step", "rows", "source", "backend", "precision", "per_node", "swaps", "effect"
)  # fmt: skip
_MOST_SWAPS = 16


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`.

    Raises:
        UsageError: it is something else.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError("request", "request", "it is not a JSON object", "an object")
    return value


def checked_request(
    wanted: Mapping[str, Any], lab: Mapping[str, Any], block: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `wanted` with exactly the fields of a run request, each from what was listed.

    Args:
        wanted: what the page sent.
        lab: the payload of ``lab.json``.
        block: the payload of the wanted block.

    Raises:
        UsageError: an unknown field, a wrong type, or a value that was not listed.
    """
    for name in wanted:
        _one_of(name, _FIELDS, "field")
    backends = _keys(lab, "backends", "name")
    sources = _keys(lab, "sources", "key")
    precisions = tuple(lab.get("precisions", ()))
    nodes = {node["name"]: node["implementations"] for node in block["nodes"]}
    per_node = wanted.get("per_node", {})
    if not isinstance(per_node, dict):
        raise _wrong("per_node", "an object of slots")
    choices = {
        "backend": backends, "precision": precisions,
        "source": _keys(lab, "slot_sources", "key"),
    }  # fmt: skip
    return {
        "block": _one_of(wanted.get("block"), _keys(lab, "blocks", "name"), "block"),
        "step": _one_of(wanted.get("step"), tuple(lab.get("steps", ())), "step"),
        "rows": _one_of(wanted.get("rows", "both"), ROWS, "rows"),
        "source": _one_of(wanted.get("source", "reference"), sources, "source"),
        "backend": _one_of(wanted.get("backend", "torch"), backends, "backend"),
        "precision": _one_of(wanted.get("precision", "float32"), precisions, "precision"),
        "per_node": {
            _one_of(node, nodes, "slot"): _slot(chosen, {**choices, "implementation": nodes[node]})
            for node, chosen in per_node.items()
        },
        "swaps": _swaps(wanted.get("swaps", []), lab, nodes),
        "effect": _flag(wanted.get("effect", False)),
    }


def _slot(chosen: Any, choices: Mapping[str, Collection[Any]]) -> dict[str, str]:
    if not isinstance(chosen, dict):
        raise _wrong("slot", "an object of choices")
    return {
        _one_of(name, choices, "choice"): _one_of(value, choices[name], name)
        for name, value in chosen.items()
    }


def _swaps(wanted: Any, lab: Mapping[str, Any], nodes: Collection[str]) -> list[dict[str, Any]]:
    if not isinstance(wanted, list) or len(wanted) > _MOST_SWAPS:
        raise _wrong("swaps", f"a list of at most {_MOST_SWAPS}")
    places = {*nodes, *_keys(lab, "blocks", "name")}
    found = []
    for swap in wanted:
        if not isinstance(swap, dict) or set(swap) - {"key", "places"}:
            raise _wrong("swap", "an object with key and places")
        where = swap.get("places")
        if where is not None and not isinstance(where, list):
            raise _wrong("places", "a list of names or null")
        found.append({
            "key": _one_of(swap.get("key"), _keys(lab, "swaps", "key"), "swap"),
            "places": None if where is None else [_one_of(p, places, "place") for p in where],
        })  # fmt: skip
    return found


def _keys(lab: Mapping[str, Any], part: str, name: str) -> tuple[Any, ...]:
    return tuple(entry[name] for entry in lab.get(part, ()))


def _one_of(value: Any, known: Collection[Any], what: str) -> Any:
    if isinstance(value, str | int) and not isinstance(value, bool) and value in known:
        return value
    raise UsageError(
        "unlisted", what, f"'{show_name(value, 60)}' is not one of those that the page was offered"
    )


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong("effect", "true or false")
    return value


def _wrong(what: str, expected: str) -> UsageError:
    return UsageError("request", what, "it has the wrong form", expected)
