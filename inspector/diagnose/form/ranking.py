"""Which hypotheses are worth saying, how sure they are, and in which order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess, Judged
from inspector.diagnose.form.report import Form

LIKELY, CERTAIN = 0.9, 0.75
"""Least share explained beyond chance; `CERTAIN` besides a remainder within the tolerance.

From `Guess.least`, 0.5 for most, a hypothesis is possible.  Where nothing of the kind was done
the most that any fit reached, over twelve draws of each of four arrays, was 0.05 for rounding
noise, 0.10 for smooth errors and 0.62 for two unrelated mels (a gain per channel; 0.19 for any
other pair of unrelated tensors); a planted mistake reached 0.9999 or more under rounding noise.
"""
_DB_PER_DOUBLING = 3.0
"""What a hypothesis pays for each doubling of its number of fitted values."""
_MOST = 5
_TELLING = 4
_WEAK_FACTS = ("other_noise", "unrelated")
_WORTH = 0.5
"""A hypothesis with more fitted numbers is only listed when it halves what is left."""


@dataclass(frozen=True)
class _Ranked:
    judged: Judged
    form: Form
    score: float

    @property
    def tier(self) -> int:
        form = self.form
        if form.confidence == "certain":
            if form.kind == "place":
                return 1 if form.harmless else 2
            return 0 if form.residual is not None else 1
        return 3 if form.confidence == "likely" else 4


def rank(case: Case, found: Sequence[Judged]) -> tuple[Form, ...]:
    """Turn judged guesses into forms, the best first.

    A certain hypothesis comes before an observation, that before a mere place, that before
    what is only likely.  Inside such a group the order is by decibels of error removed,
    counted down to the tolerance of the pair and not below, less 3 dB for each doubling of
    the numbers fitted: one gain that leaves rounding beats eighty that leave less of it.
    """
    scale = _norm(case)
    forms = [r for judged in found if (r := _form(case, judged, scale)) is not None]
    forms = _told_apart(_merged(forms))
    forms.sort(key=lambda r: (r.tier, -r.score))
    return tuple(r.form for r in _without_redundant(forms)[:_MOST])


def whole_error(case: Case) -> float:
    """Relative L2 error of the pair, over what is finite on both sides."""
    r, c = case.both
    return math.sqrt(float(((c - r) ** 2).sum())) / _norm(case) if r.size else 0.0


def _norm(case: Case) -> float:
    """Norm of the reference, else of the candidate when the reference is zero."""
    r, c = case.both
    return math.sqrt(float(r @ r)) or math.sqrt(float(c @ c)) or 1.0


def _form(case: Case, judged: Judged, scale: float) -> _Ranked | None:
    guess, confidence = judged.guess, _confidence(judged)
    if not confidence:
        return None
    whole = whole_error(case)
    residual = None if judged.energy is None else math.sqrt(judged.squares) / scale
    explained = 0.0
    if residual is not None and whole > 0.0:
        explained = 1.0 - (residual / whole) ** 2
    sentence = guess.sentence
    if residual is not None and confidence != "certain":
        only = "only " if explained < LIKELY else ""
        sentence += f" That explains {only}{_percent(explained)} of the squared error."
    form = Form(
        guess.key, guess.title, sentence, residual, whole, explained, guess.kind,
        confidence, guess.parameters, guess.evidence, guess.records, guess.harmless,
    )  # fmt: skip
    return _Ranked(judged, form, _score(case, judged))


def _percent(share: float) -> str:
    """A share in per cent, with as many digits as tell it from 100."""
    if share >= 1.0:
        return "all"
    missing = 100.0 * (1.0 - share)
    digits = 0 if missing >= 1.0 else min(6, -math.floor(math.log10(max(missing, 1e-9))))
    return f"{100.0 * share:.{digits}f} %"


def _confidence(judged: Judged) -> str:
    guess = judged.guess
    if guess.observed:
        return guess.observed
    if guess.kind == "place" and guess.most == "likely":
        return "likely" if (judged.energy or 0.0) <= (1.0 - LIKELY) * judged.whole else ""
    if guess.kind != "cause":
        return "certain" if judged.passes else ""
    if judged.beyond < guess.least:
        return ""
    if judged.passes and judged.beyond >= CERTAIN and judged.telling >= _needed(guess):
        return guess.most
    return "likely" if judged.beyond >= guess.nearly else "possible"


def _needed(guess: Guess) -> int:
    """Differing values that it takes to be sure: one wrong value fits many stories."""
    return _TELLING * (1 + guess.parameters)


def _score(case: Case, judged: Judged) -> float:
    if judged.energy is None:
        return 0.0
    c = case.both[1]
    floor = 0.5 if case.exact else float(c @ c) * max(case.context.tolerance.rtol, 1e-7) ** 2
    removed = 10.0 * math.log10(max(judged.whole, floor) / max(judged.energy, floor, 1e-300))
    return removed - _DB_PER_DOUBLING * math.log2(1 + judged.guess.parameters)


def _merged(forms: list[_Ranked]) -> list[_Ranked]:
    """Guesses that predict the same values are one claim; the first family names it."""
    kept: dict[str, _Ranked] = {}
    rest = []
    for ranked in forms:
        judged = ranked.judged
        if judged.energy is None or judged.guess.kind == "place":
            rest.append(ranked)
            continue
        known = kept.get(judged.print)
        if known is None:
            kept[judged.print] = ranked
        elif known.form.key != ranked.form.key:
            also = (*known.form.evidence.get("same_as", ()), ranked.form.key)
            evidence = {**known.form.evidence, "same_as": also}
            kept[judged.print] = replace(known, form=replace(known.form, evidence=evidence))
    return [*kept.values(), *rest]


def _told_apart(forms: list[_Ranked]) -> list[_Ranked]:
    """Two simple causes that both leave nothing cannot be told apart by this pair."""
    certain = [r for r in forms if r.form.confidence == "certain" and r.form.kind == "cause"]
    if len(certain) < 2:
        return forms
    fewest = min(r.form.parameters for r in certain)
    rivals = [r for r in certain if r.form.parameters == fewest]
    if len(rivals) < 2:
        return forms
    changed = []
    for ranked in forms:
        if ranked in rivals:
            others = " and ".join(f"“{r.form.title}”" for r in rivals if r is not ranked)
            text = f"{ranked.form.sentence} These values cannot tell it from {others}."
            ranked = replace(ranked, form=replace(ranked.form, sentence=text, confidence="likely"))
        changed.append(ranked)
    return changed


def _without_redundant(forms: list[_Ranked]) -> list[_Ranked]:
    """Drop what a better form already says."""
    solved = [
        r for r in forms
        if r.form.kind != "place" and r.form.residual is not None
        and (r.form.confidence == "certain" or "cannot tell" in r.form.sentence)
    ]  # fmt: skip
    if not solved:
        return _worth_their_numbers(forms)
    fewest = min(r.form.parameters for r in solved)
    return [
        r for r in forms
        if r.form.kind == "place"
        or (r in solved and (r.form.kind != "cause" or r.form.parameters == fewest))
        or (r.form.residual is None and r.form.key.startswith(("nan_", "infinite_")))
    ]  # fmt: skip


def _worth_their_numbers(forms: list[_Ranked]) -> list[_Ranked]:
    """Among partial explanations, keep a costlier one only when it leaves much less."""
    causes = [r for r in forms if r.form.kind == "cause" and r.form.residual is not None]
    drop = []
    for ranked in causes:
        cheaper = [
            r for r in causes
            if r is not ranked and r not in drop
            and (r.form.parameters, r.form.residual) <= (ranked.form.parameters,
                                                         ranked.form.residual)
        ]  # fmt: skip
        best = min((r.form.residual or 0.0 for r in cheaper), default=None)
        if best is not None and (ranked.form.residual or 0.0) > _WORTH * best:
            drop.append(ranked)
    likely = any(r.form.confidence != "possible" for r in causes)
    return [
        r for r in forms if r not in drop and not (likely and r.form.key in _WEAK_FACTS)
    ]  # fmt: skip
