from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.audio.result_dict import result_dict


@dataclass(frozen=True)
class _Inner:
    value: Any


@dataclass(frozen=True)
class _Own:
    def to_dict(self) -> dict[str, Any]:
        return {"mine": 1}


@dataclass(frozen=True)
class _Outer:
    number: Any
    items: Any
    short: Any
    long: Any
    inner: Any
    own: Any
    none: Any = None


def test_everything_becomes_plain_and_long_arrays_are_left_out():
    out = result_dict(
        _Outer(
            np.float32(0.5), (np.int64(3), "x"), np.arange(200), np.arange(201),
            _Inner(np.bool_(True)), _Own(),
        )
    )  # fmt: skip
    assert out["number"] == 0.5 and type(out["number"]) is float
    assert out["items"] == [3, "x"] and type(out["items"][0]) is int
    assert out["short"] == list(range(200))
    assert "long" not in out
    assert out["inner"] == {"value": True}
    assert out["own"] == {"mine": 1}
    assert out["none"] is None
    json.dumps(out)
