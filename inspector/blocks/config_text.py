"""Settings of a decoder from a configuration file, under its own names or a constructor's.

Known constructors: the conditional decoders of Matcha-TTS, CosyVoice and Chatterbox and
the solver settings beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from inspector.blocks.config import DecoderConfig
from inspector.errors import UsageError
from inspector.names import show_name

_SAME = {f.name for f in fields(DecoderConfig)}
_CONSTRUCTOR = {
    "out_channels": "mel_bins", "mel_dim": "mel_bins", "n_feats": "mel_bins",
    "num_heads": "heads", "attention_head_dim": "head_width", "n_blocks": "blocks_per_stage",
    "num_mid_blocks": "mid_blocks", "act_fn": "activation",
}  # fmt: skip
_SOLVER = {
    "inference_cfg_rate": "cfg_rate", "cfg_rate": "cfg_rate", "n_timesteps": "steps",
    "steps": "steps", "t_scheduler": "schedule", "schedule": "schedule",
}  # fmt: skip
_ACTIVATIONS = {"gelu": "gelu", "gelu-approximate": "gelu_tanh", "snakebeta": "snakebeta"}
_MARKS = frozenset({"channels", "n_blocks", "blocks_per_stage", "num_mid_blocks", "mid_blocks"})
_COUNTS = frozenset({
    "mel_bins", "in_channels", "heads", "head_width", "time_width", "groups", "steps",
})  # fmt: skip
_FROM_ZERO = frozenset({"blocks_per_stage", "mid_blocks"})
_MOST = 1_000_000
_DEEPEST = 6


def read_settings(values: object, subject: str) -> dict[str, Any]:
    """Find the decoder's settings in the values of a configuration file.

    They may lie deeper (``{"flow": {"decoder": {"estimator": {...}}}}``): the table with
    widths or counts of a decoder is taken, the solver's settings from anywhere.

    Returns:
        Names and values as `DecoderConfig` has them; only what the file states.

    Raises:
        UsageError: ``config`` when no setting is there or a value does not fit.
    """
    if not isinstance(values, Mapping):
        raise UsageError("config", subject, "this is not a table of settings", "a JSON object")
    tables = list(_tables(values, 0))
    chosen = next((t for t in tables if _MARKS & t.keys()), values)
    found: dict[str, Any] = {}
    for table in tables:
        for name, value in table.items():
            if table is chosen and (name in _SAME or name in _CONSTRUCTOR):
                _take(found, _CONSTRUCTOR.get(name, name), value, subject)
            elif name in _SOLVER:
                _take(found, _SOLVER[name], value, subject)
    if not found:
        raise UsageError(
            "config", subject, "it states no setting of a decoder",
            "settings such as channels, num_heads, attention_head_dim, n_blocks or causal",
        )  # fmt: skip
    return found


def _tables(values: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    yield values
    if depth < _DEEPEST:
        for value in values.values():
            if isinstance(value, Mapping):
                yield from _tables(value, depth + 1)


def _take(found: dict[str, Any], name: str, value: Any, subject: str) -> None:
    checked = _checked(name, value, subject)
    if name in found and found[name] != checked:
        raise UsageError(
            "config", subject, f"it states {name} twice, as {found[name]} and as {checked}", "once"
        )
    found[name] = checked


def _checked(name: str, value: Any, subject: str) -> Any:
    if name == "channels":
        widths = [value] if type(value) is int else value
        if isinstance(widths, list) and 0 < len(widths) <= 16 and all(map(_positive, widths)):
            return tuple(widths)
        raise _unfit(subject, name, value, "a list of widths")
    if name in _COUNTS or name in _FROM_ZERO:
        if _positive(value) or (name in _FROM_ZERO and type(value) is int and value == 0):
            return value
        raise _unfit(subject, name, value, "a positive whole number")
    if name in ("causal", "speaker", "cond"):
        if isinstance(value, bool):
            return value
        raise _unfit(subject, name, value, "true or false")
    if name in ("eps", "cfg_rate"):
        if value is None and name == "cfg_rate":
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _MOST:
            return float(value)
        raise _unfit(subject, name, value, "a number")
    if name == "activation" and isinstance(value, str):
        value = _ACTIVATIONS.get(value, value)
    try:
        DecoderConfig(**{name: value})
    except (UsageError, TypeError) as error:
        raise _unfit(subject, name, value, str(getattr(error, "expected", ""))) from error
    return value


def _positive(value: object) -> bool:
    return type(value) is int and 0 < value <= _MOST


def _unfit(subject: str, name: str, value: object, expected: str) -> UsageError:
    return UsageError("config", subject, f"{name} is {show_name(value, 60)}", expected)
