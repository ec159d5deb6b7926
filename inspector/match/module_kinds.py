"""What kind of module a name says that a tensor comes from: a ResNet, an attention, a norm ..."""

from __future__ import annotations

from inspector.match import aliases
from inspector.match.entries import Entry

_STAGES = ("down", "mid", "up")
_RESAMPLING = "down- or upsampling convolution"


def kinds_apart(reference: Entry, candidate: Entry) -> tuple[str, str] | None:
    """The kinds of two modules whose names cannot mean one thing, or None.

    ``mid_blocks.0.0`` is a ResNet and ``midBlocks[0].transformers[0]`` a transformer: the
    indexes of a PyTorch stage (0 the ResNet, 1 the transformers, 2 the convolution after
    them) count as much as words.  A name that leaves the kind open contradicts none.

    Returns:
        What the reference's and what the candidate's name says, as nouns without article.
    """
    for own, other in zip(_kinds(reference.path), _kinds(candidate.path), strict=True):
        if own and other and own != other:
            return own, other
    return None


def _kinds(path: tuple[str, ...]) -> tuple[str, str, str]:
    """The unit of a stage, the part of the unit and the layer; empty where it is not said."""
    words = [word for word in path if not word.isdigit()]
    if len(path) > 2 and path[0] in _STAGES and path[2] == "layer":
        return _RESAMPLING, "", _RESAMPLING
    if path == ("layer",):
        return "", "", _RESAMPLING
    layer = aliases.LAYERS.get(words[-1], "") if words else ""
    if words[-2:] == ["attn", "out"]:
        layer = "output projection"
    return _first(words, aliases.UNITS), _first(words, aliases.SUBUNITS), layer


def _first(words: list[str], table: dict[str, str]) -> str:
    return next((table[word] for word in words if word in table), "")
