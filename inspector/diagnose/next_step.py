"""What to do now, in one sentence, from what a comparison claims."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.blind_spots import BlindSpot
from inspector.diagnose.claim import (
    BLOCK,
    HARMLESS,
    INPUTS,
    POSSIBLE,
    PRECISION,
    RECORDING,
    SOLVER,
    SOUND,
    Claim,
    capital,
)
from inspector.diagnose.divergence import FirstDivergence
from inspector.diagnose.places import TIME_SCALE, Place, Places, module_path
from inspector.diagnose.rises import agreed_earlier
from inspector.names import show_name

_CULPRIT = (
    "search the culprit with the original's weights (tab Culprit, or `inspector culprit REFERENCE "
    "CANDIDATE --checkpoint W`): every known mistake is put into the original there, and the one "
    "that gives the port's numbers is named"
)


def advise(
    status: str,
    claims: Sequence[Claim],
    spots: Sequence[BlindSpot],
    tensors: Sequence[TensorComparison],
    first: FirstDivergence | None,
    *,
    open_pairs: bool = False,
) -> str:
    """The most useful next action; empty when there is nothing to do.

    Args:
        status: of the verdict.
        claims: what is claimed, in the order of triage.
        spots: what the recordings cannot show.
        tensors: comparisons in order of execution.
        first: where the sides first part.
        open_pairs: tensors of both sides found no partner, or one that was only guessed.
    """
    leading = next((c for c in claims if c.subject not in HARMLESS), None)
    doubt = any(c.subject == PRECISION and c.confidence == POSSIBLE for c in claims)
    if doubt and leading is not None and leading.subject == BLOCK:
        return (
            "If the port's weights are quantised or in half precision, run it once with those of "
            f"the original. If not, {_CULPRIT}."
        )
    if open_pairs and (leading is None or leading.subject == BLOCK):
        return (
            "Pair what found no partner yourself (tab Match, or `--map`), or record the port under "
            "telling names."
        )
    if leading is None:
        if any(c.subject == PRECISION for c in claims):
            return "Compare one run of the port in float32, to exclude what this precision hides."
        if status == "different":
            return capital(f"{_CULPRIT}.")
        return capital(spots[0].remedy) if spots else ""
    if leading.subject == RECORDING:
        return _of_recording(leading)
    if leading.subject == INPUTS:
        return _of_inputs(leading)
    if leading.subject == SOUND:
        return "Look at the level before the vocoder's clamp, and at the mel that it is given."
    if leading.subject == SOLVER:
        return "Mend point 1 first, record the port again and compare: the rest may follow from it."
    if leading.subject == BLOCK and first is not None:
        return _of_block(tensors, first)
    return ""


def _of_recording(claim: Claim) -> str:
    names = ", ".join(show_name(name, 60) for name in claim.tensors[:2])
    about = f" ({names} ...)" if names else ""
    other = "candidate" if claim.side == "reference" else "reference"
    if "contradicts itself" in claim.sentence:
        return (
            f"Look at how the {claim.side} made and stored these values{about}, and record it "
            f"again; what is said of the {other} alone stays valid."
        )
    return f"Mend the {claim.side}'s run where it fails on its own{about}, then compare again."


def _of_inputs(claim: Claim) -> str:
    if "noise" in claim.sentence:
        return (
            "Save the reference's initial noise, let the port read it in place of its own draw, "
            "record again and compare."
        )
    if "tokens" in claim.sentence:
        return (
            "Give both sides the same text; then feed the reference's speech tokens to the port's "
            "decoder, so that the decoders can be compared."
        )
    return (
        "Feed the reference's recorded inputs to the port, record again and compare: what is then "
        "left is the decoder's."
    )


def _of_block(tensors: Sequence[TensorComparison], first: FirstDivergence) -> str:
    pair = tensors[first.row].pair
    path = module_path(pair.reference.name)
    inside = any(module_path(t.pair.reference.name)[: len(path) + 1][:-1] == path for t in tensors)
    place = Places(tensors).of(pair)
    finer = "" if inside or pair.role or place is None or not place.has_parts else (
        f" Or record the modules inside {show_name(pair.reference.name, 60)} on both sides."
    )  # fmt: skip
    return f"{_look(tensors, first.row, place)}{_CULPRIT}.{finer}"


def _look(tensors: Sequence[TensorComparison], row: int, place: Place | None) -> str:
    """What to look at first: a leaf has few causes, and a look is cheaper than a search."""
    if place is None or place.has_parts or tensors[row].pair.role:
        return "To learn why, "
    look_at = place.look_at
    if agreed_earlier(tensors, row):
        if not place.called.startswith("time embedding"):
            return "To learn why, "
        look_at = TIME_SCALE
    return f"Look at {look_at}. If that is not it, "
