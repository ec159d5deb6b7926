"""What the shapes of the parameters say about the decoder, by majority."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Shape = tuple[int, ...]

_STAGE = re.compile(r"(down|mid|up)_blocks\.(\d+)\.(.+)")
_OUTPUT_FIRST = (
    "0.block1.block.0.weight", "0.block2.block.0.weight", "0.res_conv.weight", "0.mlp.1.weight",
    "0.block1.block.norm.weight", "0.block2.block.norm.weight",
)  # fmt: skip
_MOST_BLOCKS = 128


@dataclass(frozen=True)
class Evidence:
    """Facts that the shapes state; None where no parameter states them.

    Attributes:
        mel_bins, in_channels, time_width: widths, see `inspector.blocks.config`.
        channels: width per level; empty when no level is complete enough.
        inner: H D, width of the attention.
        blocks_per_stage, mid_blocks: counts.
        snakebeta: the feed-forward has parameters of SnakeBeta.
    """

    mel_bins: int | None
    in_channels: int | None
    time_width: int | None
    channels: tuple[int, ...]
    inner: int | None
    blocks_per_stage: int
    mid_blocks: int
    snakebeta: bool


def read_evidence(shapes: Mapping[str, Shape]) -> Evidence:
    """Read the facts from shapes in PyTorch's layout, by the keys of `parse_name`.

    Every parameter that depends on a width votes for it, so that a few wrong or missing
    parameters change nothing.
    """
    votes: dict[str, Counter[int]] = defaultdict(Counter)
    stages: dict[str, set[int]] = defaultdict(set)
    transformers: dict[str, set[int]] = defaultdict(set)
    for key, shape in shapes.items():
        _vote_outside(votes, key, shape)
        found = _STAGE.fullmatch(key)
        if found is None:
            continue
        kind, index, inside = found[1], int(found[2]), found[3]
        stages[kind].add(index)
        _vote_inside(votes, f"{kind}.{index}", inside, shape)
        if inside.startswith("1."):
            transformers[f"{kind}.{index}"].add(int(inside.split(".")[1]))
    depths = Counter(_count(indexes) for indexes in transformers.values())
    levels = _count(stages["down"])
    widths = [_winner(votes[f"down.{i}"]) for i in range(levels)]
    return Evidence(
        _winner(votes["mel"]),
        _winner(votes["in"]),
        _winner(votes["time"]),
        tuple(w for w in widths if w is not None) if None not in widths else (),
        _winner(votes["inner"]),
        max(depths, key=lambda n: (depths[n], n), default=0),
        _count(stages["mid"]),
        any(key.endswith((".ff.net.0.alpha", ".ff.net.0.beta")) for key in shapes),
    )


def _vote_outside(votes: dict[str, Counter[int]], key: str, shape: Shape) -> None:
    rank = len(shape)
    if key.startswith("final_proj.") and shape:
        votes["mel"][shape[0]] += 2 if rank > 1 else 1
    elif key == "time_mlp.linear_1.weight" and rank == 2:
        # The input width is stated by few parameters, and by this one without doubt.
        votes["in"][shape[1]] += 2
        votes["time"][shape[0]] += 1
    elif key == "time_mlp.linear_2.weight" and rank == 2:
        votes["time"][shape[1]] += 1
    elif key == "time_mlp.linear_2.bias" and rank == 1:
        votes["time"][shape[0]] += 1
    elif key in ("down_blocks.0.0.block1.block.0.weight", "down_blocks.0.0.res_conv.weight"):
        votes["in"][shape[1] if rank > 1 else 0] += 1


def _vote_inside(votes: dict[str, Counter[int]], stage: str, inside: str, shape: Shape) -> None:
    rank = len(shape)
    if inside in _OUTPUT_FIRST and shape:
        votes[stage][shape[0]] += 1
    if inside == "0.mlp.1.weight" and rank == 2:
        votes["time"][shape[1]] += 1
    if not inside.startswith("1."):
        return
    inside = inside.split(".", 2)[2]
    if inside in ("norm1.weight", "norm3.weight", "attn1.to_out.0.bias") and rank == 1:
        votes[stage][shape[0]] += 1
    elif inside in ("attn1.to_q.weight", "attn1.to_k.weight", "attn1.to_v.weight") and rank == 2:
        votes[stage][shape[1]] += 1
        votes["inner"][shape[0]] += 1
    elif inside == "attn1.to_out.0.weight" and rank == 2:
        votes["inner"][shape[1]] += 1


def _count(indexes: Iterable[int]) -> int:
    """Length of the list that has these indexes; wild ones do not count."""
    known = set(indexes)
    fitting = [n for n in range(1, _MOST_BLOCKS + 1) if 2 * sum(i < n for i in known) >= n]
    reach = [n for n in fitting if n - 1 in known]
    return max(reach, default=0)


def _winner(votes: Counter[int]) -> int | None:
    positive = {width: count for width, count in votes.items() if width > 0}
    return max(positive, key=lambda w: (positive[w], w), default=None)
