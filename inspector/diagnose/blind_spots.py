"""What two recordings cannot show together, which mistakes that hides, and what to record next.

A comparison sees only what both sides recorded.  Each blind spot names the family of mistakes
that would leave every compared tensor equal, so that agreement is not read as more than it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from inspector.analysis.health import Finding
from inspector.analysis.tensor import TensorComparison
from inspector.diagnose.run_precision import PrecisionVerdict
from inspector.diagnose.side import Side
from inspector.faults.registry import faults
from inspector.metrics.value_grid import HALF_PRECISIONS

_STATES = frozenset({"x_before", "x_after", "v_cond", "v_uncond", "v_cfg"})
_T_ZERO = 1e-9
_CALLED = {
    "mu": "mu (the encoder's output)", "speaker_embedding": "the speaker embedding",
    "cond": "the prompt condition",
}  # fmt: skip


@dataclass(frozen=True)
class BlindSpot:
    """Something that agreement of these recordings does not prove.

    Attributes:
        key: stable word for programs.
        sentence: what is missing and what it hides.
        hidden: titles of the registered mistakes that change nothing under this condition.
        remedy: what to record to see them, one sentence.
    """

    key: str
    sentence: str
    hidden: tuple[str, ...]
    remedy: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "key": self.key, "sentence": self.sentence, "hidden": list(self.hidden),
            "remedy": self.remedy,
        }  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What was compared, as the questions below need it.

    Attributes:
        reference, candidate: the sides.
        roles: roles of the pairs whose values were compared.
        steps: ODE steps at which a state or velocity was compared.
        inner_steps: ODE steps at which a value inside the decoder was compared.
        differ: those of `roles` whose values differ somewhere.
        precision: in what precision the sides ran.
    """

    reference: Side
    candidate: Side
    roles: frozenset[str]
    steps: frozenset[int]
    inner_steps: frozenset[int]
    differ: frozenset[str]
    precision: PrecisionVerdict | None

    @property
    def has_ode(self) -> bool:
        """True when states or velocities by step were compared."""
        return bool(self.steps)


def find_blind_spots(
    reference: Side,
    candidate: Side,
    tensors: Sequence[TensorComparison],
    precision: PrecisionVerdict | None = None,
) -> tuple[BlindSpot, ...]:
    """Blind spots of a comparison, those that hide most mistakes first.

    Args:
        reference, candidate: the examined sides.
        tensors: comparisons in order of execution.
        precision: in what precision the sides ran.
    """
    compared = [t for t in tensors if t.metrics is not None]
    seen = Seen(
        reference,
        candidate,
        frozenset(t.pair.role for t in compared if t.pair.role),
        frozenset(t.pair.step for t in compared if t.pair.step is not None and _is_state(t)),
        frozenset(t.pair.step for t in compared if t.pair.step is not None and not t.pair.role),
        frozenset(t.pair.role for t in compared if t.status == "different" and t.pair.role),
        precision,
    )
    return tuple(spot for question in _QUESTIONS for spot in question(seen))


def hidden_by(condition: str) -> tuple[str, ...]:
    """Titles of the registered mistakes that change nothing under a blind condition."""
    return tuple(
        fault.title
        for _, fault in faults().items()
        if condition in fault.silent_when and fault.kind == "fault"
    )


def _is_state(comparison: TensorComparison) -> bool:
    return comparison.pair.role in _STATES


def _first_time(side: Side) -> float | None:
    """Time of the only recorded step, when it is known."""
    steps = side.roles.trajectory.steps
    if len(steps) != 1 or steps[0].t is None or not steps[0].t.record.size:
        return None
    return float(steps[0].t.record.read().ravel()[0])


def _finding(side: Side, check: str) -> Finding | None:
    return next((f for f in side.health.findings if f.check == check), None)


def _half_precision(seen: Seen) -> Iterator[BlindSpot]:
    precision = seen.precision
    if precision is None or not precision.explains or precision.hidden_below is None:
        return
    if precision.run in HALF_PRECISIONS:
        yield BlindSpot(
            "half_precision",
            f"{precision.run} was used: what moves the values by less than about "
            f"{100 * precision.hidden_below:.1g} % hides below its rounding.",
            (),
            "Compare one run of the port in float32.",
        )


def _one_step(seen: Seen) -> Iterator[BlindSpot]:
    if len(seen.steps) != 1 or seen.inner_steps - seen.steps:
        return
    t = _first_time(seen.reference)
    at_zero = t is not None and abs(t) < _T_ZERO
    where = "t = 0, where the time embedding is 0 and 1 for any scale" if at_zero else "one time"
    yield BlindSpot(
        "one_step",
        f"Only one ODE step was compared, at {where}: wrong time scales and frequencies, the "
        "schedule and whatever builds up over steps cannot show.",
        hidden_by("first_step"),
        "Record steps 1 and 2, better all: the first says nothing about time.",
    )


def _inner_first_step(seen: Seen) -> Iterator[BlindSpot]:
    if len(seen.steps) > 1 and len(seen.inner_steps) == 1:
        (step,) = seen.inner_steps
        if step != min(seen.steps):
            return
        yield BlindSpot(
            "modules_first_step",
            "Values inside the decoder were compared at the first ODE step only: a mistake in the "
            "time embedding shows in later velocities, but not at its place.",
            hidden_by("first_step"),
            "Record the block outputs of step 2 as well.",
        )


def _no_ode(seen: Seen) -> Iterator[BlindSpot]:
    made = seen.roles & {"mel", "audio"}
    if made and not seen.has_ode and not seen.inner_steps:
        yield BlindSpot(
            "no_ode",
            "No state, velocity or value inside the decoder was compared: the decoder itself is "
            "untested.",
            (),
            "Record x_before, v_cond, v_uncond, v_cfg and x_after of every ODE step, and the final "
            "mel, on both sides.",
        )


def _no_inner(seen: Seen) -> Iterator[BlindSpot]:
    rows = {"v_cond", "v_uncond"}
    forward_agrees = rows <= seen.roles and not rows & seen.differ
    if seen.has_ode and not seen.inner_steps and not forward_agrees:
        yield BlindSpot(
            "no_modules",
            "No value inside the decoder was compared: which block goes wrong cannot be read off "
            "the tensors.",
            (),
            "Record the output of every block at steps 1 and 2, or give the checkpoint to "
            "`inspector culprit`.",
        )


def _full_mask(seen: Seen) -> Iterator[BlindSpot]:
    if not (seen.has_ode or seen.inner_steps):
        return
    ones = [_finding(side, "mask_ones") for side in (seen.reference, seen.candidate)]
    if any(ones):
        whose = "Every recorded mask is" if all(ones) else (
            f"Every mask that the {'reference' if ones[0] else 'candidate'} recorded is"
        )  # fmt: skip
        yield BlindSpot(
            "full_mask",
            f"{whose} all ones: a mask that is inverted, added as 0 and 1, "
            "multiplied into the scores or left out changes nothing.",
            hidden_by("full_mask"),
            "Record a padded batch: two utterances of unequal length.",
        )
    elif "mask" not in seen.roles:
        yield BlindSpot(
            "no_mask",
            "No mask was compared: whether some frames are padding, and are treated so, is not "
            "known.",
            hidden_by("full_mask"),
            "Record the mask, on a padded batch.",
        )


def _inputs(seen: Seen) -> Iterator[BlindSpot]:
    if not (seen.has_ode or seen.inner_steps):
        return
    missing = [
        f"{called}{_lacking(seen, role)}"
        for role, called in _CALLED.items() if role not in seen.roles
    ]  # fmt: skip
    if missing:
        yield BlindSpot(
            "inputs",
            f"Not compared: {', '.join(missing)}. A difference of these inputs looks like a "
            "difference of the decoder.",
            (),
            "Record mu, the speaker embedding, the prompt condition and the initial noise of "
            "both sides.",
        )


def _lacking(seen: Seen, role: str) -> str:
    """Which side did not record a role, in brackets; empty when both did."""
    sides = ("reference", seen.reference), ("candidate", seen.candidate)
    lack = [name for name, side in sides if side.roles.get(role) is None]
    if not lack:
        return ""
    return " (recorded by neither side)" if len(lack) == 2 else f" (not in the {lack[0]})"


def _guidance(seen: Seen) -> Iterator[BlindSpot]:
    if seen.has_ode and "v_uncond" not in seen.roles:
        yield BlindSpot(
            "guidance",
            "The unconditional velocity was not compared: its inputs, its mask and the guidance "
            "formula cannot be told apart.",
            tuple(f.title for _, f in faults().items() if f.key.startswith("uncond_")),
            "Record v_cond, v_uncond and v_cfg apart.",
        )


def _batch(seen: Seen) -> Iterator[BlindSpot]:
    if all(_finding(side, "batch") for side in (seen.reference, seen.candidate)):
        yield BlindSpot(
            "batch",
            "Every recording has batch 1: utterances that are exchanged, mixed or padded against "
            "each other cannot show.",
            hidden_by("no_empty_row"),
            "Record a batch of two utterances of unequal length once.",
        )


def _unvoiced(seen: Seen) -> Iterator[BlindSpot]:
    found = _finding(seen.reference, "f0")
    if found is not None and found.status == "note":
        yield BlindSpot(
            "unvoiced",
            "Every frame counts as unvoiced: the harmonic source of the vocoder is not exercised.",
            (),
            "Record a sentence whose F0 rises above 10 Hz.",
        )


_QUESTIONS: tuple[Callable[[Seen], Iterator[BlindSpot]], ...] = (
    _half_precision, _no_ode, _one_step, _full_mask, _no_inner, _inputs, _guidance,
    _inner_first_step, _batch, _unvoiced,
)  # fmt: skip
