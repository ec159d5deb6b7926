"""JSON from untrusted files: no duplicate keys, no NaN, no unpaired surrogates."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from inspector.errors import TraceError


def parse_json(text: str, subject: str, code: str) -> Any:
    """Parse `text`; failures of any kind become a `TraceError` with `code`.

    Raises:
        TraceError: `code`, or ``duplicate`` when an object names a key twice.
    """

    def refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))
            raise TraceError("duplicate", subject, f"the name '{twice[:80]}' appears twice")
        return result

    def refuse_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is not JSON")

    try:
        value = json.loads(
            text, object_pairs_hook=refuse_duplicates, parse_constant=refuse_constant
        )
    except RecursionError as error:
        raise TraceError(code, subject, "the JSON is nested too deeply") from error
    except ValueError as error:  # JSONDecodeError, or an integer of thousands of digits
        raise TraceError(code, subject, f"this is not valid JSON ({str(error)[:80]})") from error
    if "\\u" in text:
        _refuse_surrogates(value, subject, code)
    return value


def _refuse_surrogates(value: Any, subject: str, code: str) -> None:
    """Refuse text that cannot be printed, stored or sent: half of a character."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, RecursionError) as error:
        raise TraceError(code, subject, "a name holds half of a character") from error
