"""Claims about the solver and about the first block that goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.claim import (
    BLOCK,
    CERTAIN,
    LIKELY,
    POSSIBLE,
    SOLVER,
    Claim,
    Forms,
    best_form,
    how,
    nearest,
    numbers,
    shown,
)
from inspector.diagnose.places import TIME_SCALE, Places
from inspector.diagnose.rises import agreed_earlier, find_rises, last_before
from inspector.diagnose.status import AGREE, is_guess
from inspector.names import show_name
from inspector.tensors import TensorRecord

TIMES = ("t", "dt", "t_span")
_LAWS = frozenset({"cosine", "linear"})
_MOST_SOURCES = 3
_ROW_INPUTS = (
    "A module treats both rows alike: look at what this row is given (mu, speaker, prompt, mask)."
)


def solver_claims(
    tensors: Sequence[TensorComparison], forms: Forms, schedules: tuple[str, str] = ("", "")
) -> Iterator[Claim]:
    """The schedule, the guidance formula, and one guidance row that goes wrong alone.

    Args:
        tensors: comparisons in order of execution.
        forms: forms of errors by reference name.
        schedules: what the times of reference and candidate are, such as ``cosine``; empty
            where it is not known.
    """
    times = [t for t in tensors if t.pair.role in TIMES and t.status == "different"]
    if times:
        yield _schedule(times[0], schedules)
    rows = {(t.pair.role, t.pair.step): t for t in tensors if t.pair.step is not None}
    for (role, step), one in rows.items():
        if role == "v_cfg" and one.status == "different":
            parts = [rows.get((r, step)) for r in ("v_cond", "v_uncond")]
            if all(p is not None and p.status in AGREE for p in parts):
                yield _guidance(one, forms)
                break
    yield from _one_row(rows)


def _schedule(first: TensorComparison, schedules: tuple[str, str]) -> Claim:
    own, other = schedules
    text, records = "look at the schedule formula and at the step indexes", ("OD02", "OD03")
    if own != other and {own, other} <= _LAWS:
        text, records = f"{own} in the reference, {other} in the candidate", ("OD01",)
    return Claim(
        SOLVER, f"The time schedule differs: {text}.", (numbers(first),), CERTAIN,
        (first.pair.reference.name,), "", records,
    )  # fmt: skip


def _guidance(one: TensorComparison, forms: Forms) -> Claim:
    text, records = how(one, forms)
    if not text:
        text = " The CFG formula, its rate or the order of the rows."
    return Claim(
        SOLVER, f"Both guidance rows agree and their combination does not.{text}",
        (numbers(one),), CERTAIN, (one.pair.reference.name,), "",
        records or ("CF01", "CF02", "CF05"),
    )  # fmt: skip


def _one_row(rows: Mapping[tuple[str, int], TensorComparison]) -> Iterator[Claim]:
    """One guidance row goes wrong and the other does not, at the same step and state."""
    for (role, step), one in rows.items():
        other = rows.get(("v_cond" if role == "v_uncond" else "v_uncond", step))
        start = rows.get(("x_before", step))
        fair = start is None or start.status in AGREE
        if role == "v_uncond" and one.status == "different" and fair:
            if other is not None and other.status in AGREE:
                yield Claim(
                    SOLVER,
                    "The unconditional row goes wrong and the conditional one does not: look at "
                    "what the unconditional row is given (mu, speaker and prompt zeroed, the same "
                    "mask).",
                    (numbers(one),), LIKELY, (one.pair.reference.name,), "",
                    ("CF03", "MK17", "MK06"),
                )  # fmt: skip
            return


def block_claim(
    tensors: Sequence[TensorComparison], inputs: frozenset[str], explained: bool, forms: Forms
) -> Claim | None:
    """The first value that is no input and no time and differs, and what lies around it.

    Args:
        tensors: comparisons in order of execution.
        inputs: roles of what the decoder is given.
        explained: something before it differs already, and may be all there is.
        forms: forms of errors by reference name.
    """
    passed, places = {*inputs, *TIMES, "x_before"}, Places(tensors)
    for row, one in enumerate(tensors):
        if one.status in AGREE or one.pair.role in passed or is_guess(one):
            continue
        text, records = how(one, forms)
        place, called = places.of(one.pair), places.aside(one.pair)
        step = "" if one.pair.step is None else f" in ODE step {one.pair.step}"
        if explained:
            return Claim(
                BLOCK, f"The first computed value that differs is {shown(one)}{called}{step}, "
                f"which may only follow from the above.{text}",
                (numbers(one),), POSSIBLE, (one.pair.reference.name,), "", records,
            )  # fmt: skip
        agrees = agrees_at(tensors, row)
        earlier = f" {agrees}" if agrees else ""
        if one_row_alone(one, forms):
            text = f"{text} {_ROW_INPUTS}"
        elif not earlier and place is not None and not _caused(one, forms):
            text = f"{text} Look at {place.look_at}."
        guessed = tuple(_guessed(tensors[:row]))
        evidence = (
            numbers(one), *guessed, *nearest(one, forms), *_before(tensors, row),
            *_elsewhere(tensors, row),
        )  # fmt: skip
        return Claim(
            BLOCK, f"The error arises at {shown(one)}{called}{step}.{earlier}{text}",
            evidence, LIKELY if guessed else CERTAIN, (one.pair.reference.name,), "", records,
        )  # fmt: skip
    return None


def one_row_alone(one: TensorComparison, forms: Forms) -> bool:
    """True when one row of a batch differs and the other agrees."""
    best = best_form(one, forms)
    return best is not None and best.key == "one_row"


def _caused(one: TensorComparison, forms: Forms) -> bool:
    """True when the form of an error says what was done to the values."""
    best = best_form(one, forms)
    return best is not None and best.kind == "cause" and best.confidence != POSSIBLE


def agrees_at(tensors: Sequence[TensorComparison], row: int, *, brief: bool = False) -> str:
    """That the value of a row agrees at earlier ODE steps, as a sentence; empty when not.

    Args:
        tensors: comparisons in order of execution.
        row: index of the one that differs.
        brief: leave out what in detail may be wrong.
    """
    steps = agreed_earlier(tensors, row)
    if not steps:
        return ""
    zero = steps == (1,) and _starts_at_zero(tensors)
    when = "step 1, where t = 0" if zero else f"step{'s' * (len(steps) > 1)} {_listed(steps)}"
    return f"It agrees at {when}: look at {_time_suspects(_is_time(tensors, row), brief)}."


def _is_time(tensors: Sequence[TensorComparison], row: int) -> bool:
    """True for the time embedding, and for a velocity whose state and time agree.

    Of what the decoder is given, only these two change from step to step.
    """
    pair = tensors[row].pair
    place = Places(tensors).of(pair)
    if place is not None and place.called.startswith("time embedding"):
        return True
    given = {t.pair.role: t.status for t in tensors if t.pair.step == pair.step}
    inside = any(not t.pair.role and t.pair.step == pair.step for t in tensors[:row])
    velocity = pair.role in ("v_cond", "v_uncond") and not inside
    return velocity and all(given.get(role) in AGREE for role in ("x_before", "t"))


def _time_suspects(time_alone: bool, brief: bool) -> str:
    if time_alone:
        return "how the time enters" + ("" if brief else f" ({TIME_SCALE})")
    return "what changes from step to step: the state, the time and what depends on it"


def _starts_at_zero(tensors: Sequence[TensorComparison]) -> bool:
    """True when t of step 1 is recorded and 0, or nothing is known against it."""
    for one in tensors:
        if one.pair.role == "t" and one.pair.step == 1:
            return _only_value(one.pair.reference) == 0.0
    return True


def _only_value(record: TensorRecord) -> float | None:
    return float(record.read().reshape(-1)[0]) if record.size else None


def _guessed(earlier: Sequence[TensorComparison]) -> Iterator[str]:
    """The first pair before an error that differs and was only guessed."""
    for one in earlier:
        if one.status == "different" and is_guess(one):
            partner = show_name(one.pair.candidate.name, 80)
            yield (
                f"before it {shown(one)} differs too, if {partner} is its partner, which is a "
                "guess: then the error arises there"
            )
            return


def _before(tensors: Sequence[TensorComparison], row: int) -> Iterator[str]:
    last = last_before(tensors, row)
    count = sum(t.status in AGREE for t in tensors[:row])
    if last is not None:
        inside = "" if count < 2 else f", as {count - 1} more before it"
        yield f"the last value before it in this step agrees: {shown(last)}{inside}"
    elif count > 1:
        yield f"{count} tensors before it agree"


def _elsewhere(tensors: Sequence[TensorComparison], row: int) -> Iterator[str]:
    """Other places at which the error jumps: a second mistake, or the first one seen closer."""
    places = Places(tensors)
    for rise in [r for r in find_rises(tensors) if r.row != row][:_MOST_SOURCES]:
        one = tensors[rise.row]
        before = "what was recorded before it agrees" if rise.before is None else (
            f"from {rise.before:.2g} to {rise.after:.2g}"
        )  # fmt: skip
        yield f"the error also jumps at {shown(one)}{places.aside(one.pair)}: {before}"


def _listed(steps: Sequence[int]) -> str:
    """``1``, ``1 and 2`` or ``1 to 4``."""
    if len(steps) > 2 and steps[-1] - steps[0] == len(steps) - 1:
        return f"{steps[0]} to {steps[-1]}"
    return " and ".join(map(str, steps[:3]))
