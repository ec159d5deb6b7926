"""What a comparison claims, in the order in which it should be read, with evidence for each.

The order is that of triage: a recording that contradicts itself, inputs and lengths, the
solver and its guidance, then the first block that goes wrong.  What comes earlier explains
what comes later.  A difference that is no mistake is a claim too, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspector.analysis.health import Finding
from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.form import FormReport
from inspector.diagnose.questions import Answer
from inspector.diagnose.run_precision import PrecisionVerdict
from inspector.diagnose.side import Side
from inspector.names import show_name

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"
CONFIDENCES = (CERTAIN, LIKELY, POSSIBLE)
"""``certain``: arithmetic on recorded values alone; ``likely``: a known pattern that other
causes rarely leave; ``possible``: one of several explanations."""

RECORDING, INPUTS, SOLVER, BLOCK = "recording", "inputs", "solver", "block"
PRECISION, NO_BUG = "precision", "no_bug"
SUBJECTS = (RECORDING, INPUTS, SOLVER, BLOCK, PRECISION, NO_BUG)
"""In the order of triage."""

UNRELATED = 0.1
"""Correlation below which two noise draws are independent: 1 / sqrt(55680 values) is 0.004."""

_AGREE = ("same", "within_tolerance")
_INPUT_ROLES = frozenset({
    "text_tokens", "text_tokens_cfg", "speech_tokens", "prompt_token", "full_tokens",
    "prompt_feat", "embedding", "speaker_embedding", "mu", "cond", "mask", "token_mask",
    "initial_noise", "token_emb", "encoder_out",
})  # fmt: skip
_TIMES = ("t", "dt", "t_span")
_CALLED = {
    "mu": "mu, the encoder's output", "cond": "the prompt condition", "mask": "the mask",
    "speaker_embedding": "the speaker embedding", "embedding": "the speaker's x-vector",
    "prompt_feat": "the prompt features", "initial_noise": "the starting noise",
    "encoder_out": "the encoder's output", "token_emb": "the embedded tokens",
    "token_mask": "the token mask",
}  # fmt: skip
_MOST_EACH = 4

_GUESSED = 0.5
_BY_GUESS = ("order", "value", "last of module")
"""Rules that names have no part in."""

Best = Mapping[str, FormReport]
"""Forms of errors by reference name."""


@dataclass(frozen=True)
class Claim:
    """One thing that a comparison says.

    Attributes:
        subject: one of `SUBJECTS`.
        sentence: the claim.
        evidence: numbers that carry it, one sentence or clause each.
        confidence: one of `CONFIDENCES`.
        tensors: stored names in the reference, or in the side that is blamed.
        side: ``reference`` or ``candidate`` when one recording is blamed; else empty.
        records: short IDs of recorded bugs that look alike.
    """

    subject: str
    sentence: str
    evidence: tuple[str, ...]
    confidence: str
    tensors: tuple[str, ...] = ()
    side: str = ""
    records: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "subject": self.subject, "sentence": self.sentence, "evidence": list(self.evidence),
            "confidence": self.confidence, "tensors": list(self.tensors), "side": self.side or None,
            "records": list(self.records),
        }  # fmt: skip


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
    best = {tensors[row].pair.reference.name: report for row, report in forms.items()}
    found: list[Claim] = []
    for name, side in (("reference", reference), ("candidate", candidate)):
        if side.health.failures():
            found.append(_recording(name, side.health.failures()))
    found += [*_tokens(answers), *_lengths(answers), *_inputs(tensors, best)]
    explained = bool(found)
    found += _solver(tensors, best)
    known = {name for claim in found for name in claim.tensors}
    found += [c for c in _block(tensors, explained, best) if not known.issuperset(c.tensors)]
    found += [*_precision(precision), *_harmless(forms, tensors), *_layouts(tensors)]
    return tuple(found)


def _recording(name: str, failures: Sequence[Finding]) -> Claim:
    checks = f" ({len(failures)} checks)" if len(failures) > 1 else ""
    return Claim(
        RECORDING,
        f"The {name}'s recording contradicts itself{checks}: {lowered(failures[0].headline)}. "
        "Repair it before anything is compared with it.",
        tuple(f.sentence for f in failures), CERTAIN,
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
    left, right = result.reference.duration_s, result.candidate.duration_s
    if max(left, right) > 1.02 * min(left, right):
        yield Claim(
            INPUTS,
            f"The sound lasts {left:.2f} s against {right:.2f} s: no mistake of the decoder "
            "changes a duration; look at the tokens, the prompt and the trimming.",
            tuple(s for s in result.sentences if s.startswith("Audio lasts")), CERTAIN,
        )  # fmt: skip


def _inputs(tensors: Sequence[TensorComparison], best: Best) -> Iterator[Claim]:
    for one in tensors:
        role = one.pair.role
        said = role.endswith("tokens") or role == "prompt_token"  # by the comparison of tokens
        if role not in _INPUT_ROLES or one.status in _AGREE or said:
            continue
        name = show_name(one.pair.reference.name, 80)
        called = _CALLED.get(role, name)
        if other_draw(one):
            yield Claim(
                INPUTS,
                "The two runs drew different starting noise. That is no mistake, but no state or "
                "velocity can agree: give both sides the same noise.",
                (_numbers(one),), CERTAIN, (one.pair.reference.name,), "", ("RN01", "RN04"),
            )  # fmt: skip
            continue
        how, records = _form(one, best)
        yield Claim(
            INPUTS, f"An input of the decoder differs, {called}.{how}", (_numbers(one),), CERTAIN,
            (one.pair.reference.name,), "", records,
        )  # fmt: skip


def _solver(tensors: Sequence[TensorComparison], best: Best) -> Iterator[Claim]:
    times = [t for t in tensors if t.pair.role in _TIMES and t.status == "different"]
    if times:
        first = times[0]
        yield Claim(
            SOLVER, "The time schedule differs: look at the schedule formula and at the step "
            "indexes.", (_numbers(first),), CERTAIN, (first.pair.reference.name,), "",
            ("OD01", "OD02", "OD03"),
        )  # fmt: skip
    rows = {(t.pair.role, t.pair.step): t for t in tensors if t.pair.step is not None}
    for (role, step), one in rows.items():
        if role == "v_cfg" and one.status == "different":
            parts = [rows.get((r, step)) for r in ("v_cond", "v_uncond")]
            if all(p is not None and p.status in _AGREE for p in parts):
                how, records = _form(one, best)
                yield Claim(
                    SOLVER,
                    "Both guidance rows agree and their combination does not: the CFG formula, "
                    f"its rate or the order of the rows.{how}",
                    (_numbers(one),), CERTAIN, (one.pair.reference.name,), "",
                    records or ("CF01", "CF02", "CF05"),
                )  # fmt: skip
                break
    yield from _one_row(rows)


def _one_row(rows: Mapping[tuple[str, int], TensorComparison]) -> Iterator[Claim]:
    """One guidance row goes wrong and the other does not, at the same step and state."""
    for (role, step), one in rows.items():
        other = rows.get(("v_cond" if role == "v_uncond" else "v_uncond", step))
        start = rows.get(("x_before", step))
        fair = start is None or start.status in _AGREE
        if role == "v_uncond" and one.status == "different" and fair:
            if other is not None and other.status in _AGREE:
                yield Claim(
                    SOLVER,
                    "The unconditional row goes wrong and the conditional one does not: look at "
                    "what the unconditional row is given (mu, speaker and prompt zeroed, the same "
                    "mask).",
                    (_numbers(one),), LIKELY, (one.pair.reference.name,), "",
                    ("CF03", "MK17", "MK06"),
                )  # fmt: skip
            return


def _block(tensors: Sequence[TensorComparison], explained: bool, best: Best) -> Iterator[Claim]:
    """The first value that is no input and no time and differs.

    Args:
        tensors: comparisons in order of execution.
        explained: something before it differs already, and may be all there is.
        best: forms of errors by reference name.
    """
    for place, one in enumerate(tensors):
        role = one.pair.role
        if one.status in _AGREE or role in _INPUT_ROLES or role in (*_TIMES, "x_before"):
            continue
        if is_guess(one):
            continue
        name = show_name(one.pair.reference.name, 80)
        step = "" if one.pair.step is None else f" in ODE step {one.pair.step}"
        how, records = _form(one, best)
        before = sum(t.status in _AGREE for t in tensors[:place])
        agree = (f"{before} tensors before it agree",) if before > 1 else ()
        follows = " It may follow from what is said above." if explained else ""
        yield Claim(
            BLOCK, f"The first computed value that differs is {name}{step}.{how}{follows}",
            (_numbers(one), *agree), POSSIBLE if explained else CERTAIN,
            (one.pair.reference.name,), "", records,
        )  # fmt: skip
        return


def _layouts(tensors: Sequence[TensorComparison]) -> Iterator[Claim]:
    moved = [t for t in tensors if t.status in _AGREE and t.pair.candidate_layout.axes is not None]
    if moved:
        many = f"{len(moved)} tensors are" if len(moved) > 1 else "1 tensor is"
        yield Claim(
            NO_BUG,
            f"{many} stored with the axes in another order on the two sides and agree: a matter "
            "of the recording, not of the port.",
            tuple(f"{show_name(t.pair.reference.name, 60)}: {t.pair.describe_layout()}"
                  for t in moved[:_MOST_EACH]),
            CERTAIN, tuple(t.pair.reference.name for t in moved),
        )  # fmt: skip


def _precision(precision: PrecisionVerdict | None) -> Iterator[Claim]:
    """Half precision or rounded weights, where they are all that is left."""
    if precision is None or precision.kind in ("exact", "rounding", "none", "beyond"):
        return
    confidence = POSSIBLE if precision.kind == "possible_rounded_weights" else CERTAIN
    evidence = [f"precision: {precision.reference} against {precision.candidate}"]
    if precision.largest_ratio is not None:
        evidence.append(f"largest error {precision.largest_ratio:.2g} times its noise floor, at "
                        f"{show_name(precision.largest_at, 80)}")  # fmt: skip
    yield Claim(PRECISION, precision.sentence, tuple(evidence), confidence, (), "", ("DT01",))


def _harmless(
    forms: Mapping[int, FormReport], tensors: Sequence[TensorComparison]
) -> Iterator[Claim]:
    """Errors that do not reach what the run computes, such as values outside the mask."""
    for row, report in forms.items():
        best = report.best
        if best is not None and best.harmless:
            one = tensors[row]
            name = show_name(one.pair.reference.name, 80)
            yield Claim(
                NO_BUG, f"{name} differs without consequence. {best.sentence}", (_numbers(one),),
                best.confidence, (one.pair.reference.name,), "", best.records,
            )  # fmt: skip


def _form(comparison: TensorComparison, best: Best) -> tuple[str, tuple[str, ...]]:
    """What an error looks like, as a text to append, and the mistakes that look like it."""
    report = best.get(comparison.pair.reference.name)
    if report is None or not report.sentence:
        return "", ()
    form = report.best
    sure = form is not None and form.confidence != POSSIBLE
    hedge = form is not None and not sure and report.sentence == form.sentence
    text = f" Perhaps: {lowered(report.sentence)}" if hedge else f" {report.sentence}"
    return text, form.records if form is not None and sure else ()


def is_guess(comparison: TensorComparison) -> bool:
    """True for a pair that place or values suggest and no name does: a difference is no claim."""
    pair = comparison.pair
    return pair.confidence < _GUESSED and any(word in pair.rule for word in _BY_GUESS)


def other_draw(comparison: TensorComparison) -> bool:
    """True when both sides hold a starting noise, and these are independent draws."""
    metrics = comparison.metrics
    return (
        comparison.pair.role == "initial_noise"
        and metrics is not None
        and metrics.correlation is not None
        and abs(metrics.correlation) < UNRELATED
    )


def outside_mask_alone(comparison: TensorComparison) -> bool:
    """True when a value inside the decoder differs in frames that the mask hides, and there alone.

    What a run hands on (states, velocities, the mel) is masked: garbage there is no matter of
    indifference.
    """
    valid, limit = comparison.regions.get("valid"), comparison.tolerance
    if comparison.status != "different" or comparison.pair.role or valid is None or limit is None:
        return False
    return valid.relative_l2 is not None and valid.relative_l2 <= limit.rtol


def _numbers(comparison: TensorComparison) -> str:
    """The comparison as one clause with its numbers."""
    name, metrics = show_name(comparison.pair.reference.name, 80), comparison.metrics
    if metrics is None:
        return f"{name}: {lowered(comparison.reason)}"
    parts = []
    if metrics.relative_l2 is not None:
        parts.append(f"relative L2 {metrics.relative_l2:.2g}")
    if metrics.max_abs is not None:
        parts.append(f"largest error {metrics.max_abs:.2g}")
    if metrics.correlation is not None:
        parts.append(f"correlation {metrics.correlation:.4f}")
    if metrics.norm_ratio is not None:
        parts.append(f"norm ratio {metrics.norm_ratio:.4g}")
    return f"{name}: {', '.join(parts)}"


def lowered(text: str) -> str:
    """Lower the first letter, except that of an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
