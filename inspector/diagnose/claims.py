"""What a comparison claims, in the order in which it should be read, with evidence for each.

The order is that of triage: a recording that contradicts itself, inputs and lengths, the
solver and its guidance, then the first block that goes wrong.  What comes earlier explains
what comes later.  A difference that is no mistake is a claim too, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inspector.analysis.health import Finding, HealthReport
from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.block_claims import block_claim, one_row_alone, solver_claims
from inspector.diagnose.claim import (
    CERTAIN,
    INPUTS,
    RECORDING,
    SOUND,
    Claim,
    Forms,
    how,
    lowered,
    numbers,
    shown,
)
from inspector.diagnose.form import FormReport
from inspector.diagnose.harmless_claims import layout_claims, masked_claims, precision_claims
from inspector.diagnose.questions import Answer
from inspector.diagnose.run_precision import PrecisionVerdict
from inspector.diagnose.side import Side
from inspector.diagnose.status import AGREE, is_guess, other_draw

INPUT_ROLES = frozenset({
    "text_tokens", "text_tokens_cfg", "speech_tokens", "prompt_token", "full_tokens",
    "prompt_feat", "embedding", "speaker_embedding", "mu", "cond", "mask", "token_mask",
    "initial_noise", "token_emb", "encoder_out",
})  # fmt: skip
_CALLED = {
    "mu": "mu, the encoder's output", "cond": "the prompt condition", "mask": "the mask",
    "speaker_embedding": "the speaker embedding", "embedding": "the speaker's x-vector",
    "prompt_feat": "the prompt features", "initial_noise": "the starting noise",
    "encoder_out": "the encoder's output", "token_emb": "the embedded tokens",
    "token_mask": "the token mask",
}  # fmt: skip


_FORTRAN = "FW01"
_SPOKEN = ("speech tokens", "full tokens")
"""Tokens that the length of a sound depends on."""

_CLIPPED, _TIMES_MORE = 1e-3, 10.0
"""Healthy recordings hold no clipped sample; a loud passage may touch full scale."""


def make_claims(
    reference: Side,
    candidate: Side,
    tensors: Sequence[TensorComparison],
    answers: Mapping[str, Answer],
    forms: Mapping[int, FormReport],
    precision: PrecisionVerdict | None,
) -> tuple[Claim, ...]:
    """All claims of a comparison in the order of triage.

    Args:
        reference, candidate: the examined sides.
        tensors: comparisons in order of execution.
        answers: answers by question.
        forms: what the errors of some pairs look like, by row.
        precision: in what precision the sides ran.
    """
    by_name: Forms = {tensors[row].pair.reference.name: form for row, form in forms.items()}
    found: list[Claim] = []
    for name, side, other in (
        ("reference", reference, candidate), ("candidate", candidate, reference),
    ):  # fmt: skip
        failures = side.health.failures()
        if failures:
            found.append(_recording(name, failures, side.health, other.health))
    tokens = tuple(_tokens(answers))
    sure = [t for t in tensors if t.status in AGREE or not is_guess(t)]
    found += [*tokens, *_lengths(answers), *_inputs(sure, by_name, bool(tokens))]
    explained = bool(found)
    found += _clipping(answers)
    ode = answers["ode"].result
    kinds = ("", "") if ode is None else (ode.reference.schedule.kind, ode.candidate.schedule.kind)
    solver = tuple(solver_claims(sure, by_name, kinds))
    found += solver
    block = block_claim(tensors, INPUT_ROLES, explained, by_name)
    if block is not None and _follows(block, solver, tensors, by_name):
        block = block_claim(tensors, INPUT_ROLES, True, by_name)
    if block is not None and not {n for c in found for n in c.tensors}.issuperset(block.tensors):
        found.append(block)
    notes = [*reference.health.notes(), *candidate.health.notes()]
    doubted = frozenset(n for f in notes if f.check == "conditioning_rows" for n in f.tensors)
    found += [
        *precision_claims(precision),
        *masked_claims(forms, tensors),
        *layout_claims(tensors, doubted),
    ]
    return tuple(found)


def _follows(
    block: Claim, solver: Sequence[Claim], tensors: Sequence[TensorComparison], forms: Forms
) -> bool:
    """True when the first wrong value may follow from what is claimed of the solver."""
    place = {t.pair.reference.name: row for row, t in enumerate(tensors)}
    earliest = min((place[n] for claim in solver for n in claim.tensors), default=len(tensors))
    return bool(solver) and (
        earliest < place[block.tensors[0]] or one_row_alone(tensors[place[block.tensors[0]]], forms)
    )


def _recording(
    name: str, failures: Sequence[Finding], health: HealthReport, other: HealthReport
) -> Claim:
    contradicts = health.contradicts_itself
    many = "" if contradicts else " Its recording is in order."
    if len(failures) > 1:
        many += f" {len(failures)} checks of this side alone fail."
    if not other.failures():
        opposite = "candidate" if name == "reference" else "reference"
        many += f" The {opposite} passes all of its {other.passed} checks."
    what = lowered(failures[0].headline)
    if contradicts:
        text = (
            f"The {name}'s recording contradicts itself: {what}.{many} Whether the dump or the run "
            "is wrong, mend that before anything is compared with it."
        )
    else:
        text = f"The {name} is wrong by itself: {what}.{many}"
    return Claim(
        RECORDING, text, tuple(f.sentence for f in failures), CERTAIN,
        tuple(dict.fromkeys(t for f in failures for t in f.tensors)), name,
    )  # fmt: skip


def _tokens(answers: Mapping[str, Answer]) -> Iterator[Claim]:
    result = answers["tokens"].result
    for one in result.comparisons if result is not None else ():
        if not one.identical:
            yield Claim(
                INPUTS,
                f"The {one.name} differ, so everything computed from them must differ too.",
                (one.sentence,), CERTAIN,
            )  # fmt: skip


def _lengths(answers: Mapping[str, Answer]) -> Iterator[Claim]:
    result = answers["waveform"].result
    if result is None:
        return
    tokens = answers["tokens"].result
    spoken = [c for c in tokens.comparisons if c.name in _SPOKEN] if tokens is not None else []
    equal = bool(spoken) and all(c.identical for c in spoken)
    where = "the prompt and the trimming" if equal else "the tokens, the prompt and the trimming"
    left, right = result.reference.duration_s, result.candidate.duration_s
    if max(left, right) > 1.02 * min(left, right):
        yield Claim(
            INPUTS,
            f"The sound lasts {left:.2f} s against {right:.2f} s: no mistake of the decoder "
            f"changes a duration; look at {where}.",
            tuple(s for s in result.sentences if s.startswith("Audio lasts")), CERTAIN,
        )  # fmt: skip


def _clipping(answers: Mapping[str, Answer]) -> Iterator[Claim]:
    """One side's sound is cut off at a level, which no other input explains."""
    result = answers["waveform"].result
    if result is None:
        return
    sides = ("reference", result.reference), ("candidate", result.candidate)
    worst, least = sorted(sides, key=lambda side: -side[1].clipped_fraction)
    if worst[1].clipped_fraction > max(_CLIPPED, _TIMES_MORE * least[1].clipped_fraction):
        rail = f" of ±{worst[1].rail:.4g}" if worst[1].rail else ", full scale"
        yield Claim(
            SOUND,
            f"The {worst[0]}'s sound is clipped: {100 * worst[1].clipped_fraction:.2g} % of its "
            f"samples lie at its limit{rail}. Other tokens alone do not do that: look at the level "
            "before the clamp.",
            (f"{least[0]}: {100 * least[1].clipped_fraction:.2g} %",), CERTAIN,
        )  # fmt: skip


def _inputs(
    tensors: Sequence[TensorComparison], forms: Forms, other_tokens: bool
) -> Iterator[Claim]:
    for one in tensors:
        role = one.pair.role
        if role not in INPUT_ROLES or one.status in AGREE:
            continue
        if other_tokens and "token" in role:
            continue  # said, or made from what was said
        if other_draw(one):
            yield Claim(
                INPUTS,
                "The two runs drew different starting noise. That is no mistake, but no state or "
                "velocity can agree: give both sides the same noise.",
                (numbers(one),), CERTAIN, (one.pair.reference.name,), "", ("RN01", "RN04"),
            )  # fmt: skip
            continue
        text, records = how(one, forms)
        yield Claim(
            INPUTS, f"An input of the decoder differs, {_CALLED.get(role, shown(one))}.{text}",
            (numbers(one), *_misread(one, records)), CERTAIN, (one.pair.reference.name,), "",
            records,
        )  # fmt: skip


def _misread(one: TensorComparison, records: Sequence[str]) -> Iterator[str]:
    """Which side read bytes in the wrong order, where the files tell."""
    sides = ("reference", one.pair.reference), ("candidate", one.pair.candidate)
    column = [name for name, record in sides if record.fortran_order]
    if _FORTRAN in records and len(column) == 1:
        other = "candidate" if column[0] == "reference" else "reference"
        yield (
            f"only the {column[0]}'s file says that it is stored column by column: the {other} was "
            "made by a reader that ignored it"
        )
