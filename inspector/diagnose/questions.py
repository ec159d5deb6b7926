"""Ask each question of a pair of traces; a question that cannot be asked says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inspector.analysis.hf_energy import compare_hf
from inspector.analysis.mel import compare_mels
from inspector.analysis.ode import compare_trajectories
from inspector.analysis.sign import compare_signs
from inspector.analysis.tensor import TensorComparison
from inspector.analysis.tokens import compare_tokens
from inspector.analysis.valid_frames import PairFrames, describe_padding, pair_frames
from inspector.analysis.waveform import compare_waveforms
from inspector.audio.mel_scale import MelSpec
from inspector.diagnose.options import DiffOptions
from inspector.diagnose.side import Side
from inspector.diagnose.status import AGREE
from inspector.errors import InspectorError
from inspector.io.rates import sample_rate_of
from inspector.names import show_name
from inspector.tensors import Array, RoleTensor

TOKEN_ROLES = ("text_tokens", "speech_tokens", "prompt_token", "full_tokens")


@dataclass(frozen=True)
class Answer:
    """The result of one question, or the reason why there is none.

    Attributes:
        result: the frozen result of the analysis of that name; None when unavailable.
        reason: why there is no result; empty when there is one.
    """

    result: Any = None
    reason: str = ""

    @property
    def available(self) -> bool:
        """True when there is a result."""
        return self.result is not None

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values with ``available``, or the reason."""
        if self.result is None:
            return {"available": False, "reason": self.reason}
        return {"available": True, **self.result.to_dict()}


@dataclass(frozen=True)
class TokenAnswers:
    """Token comparisons by role, in the order text, speech, prompt, full."""

    comparisons: tuple[Any, ...]

    def to_dict(self) -> dict[str, Any]:
        """All comparisons as JSON values."""
        return {"comparisons": [c.to_dict() for c in self.comparisons]}


@dataclass(frozen=True)
class Sound:
    """A recorded waveform of one side: float32 samples [N] and where its rate comes from."""

    name: str
    samples: Array
    rate_hz: int
    rate_source: str


def mel_spec(side: Side) -> MelSpec:
    """The mel parameters of a side: its side-file where it speaks, else the S3Gen ones."""
    return MelSpec.from_info(side.trace.info)


def read_mel(side: Side) -> Array | None:
    """The final mel of a side as [F, T], row 0 of a batch, with its padding; None without one."""
    return _read_first(side.roles.get("mel"), "BFT")


def read_sound(side: Side, sample_rate_hz: int | None) -> Sound | None:
    """The waveform of a side as [N], first channel or row; None when it has none."""
    role = side.roles.get("audio")
    samples = _read_first(role, "BN")
    if role is None or samples is None:
        return None
    rate, source = sample_rate_of(role.record, side.trace.info, sample_rate_hz)
    return Sound(role.record.name, samples, rate, source)


def ask_all(
    reference: Side,
    candidate: Side,
    tensors: Sequence[TensorComparison],
    options: DiffOptions,
) -> Mapping[str, Answer]:
    """Answer every question about two sides.

    The frames that the masks call padding keep their starting noise in every run, so ``ode``,
    ``sign``, ``mel`` and ``hf_energy`` (of the mel) leave them out; the last three say so.

    Args:
        reference, candidate: the two sides.
        tensors: tensor comparisons in order of execution.
        options: cut-off and sample rate.

    Returns:
        Answers by question: ``ode``, ``sign``, ``mel``, ``hf_energy``, ``waveform``, ``tokens``.
    """
    frames = pair_frames(reference.roles, candidate.roles)
    asks: dict[str, Callable[[], Answer]] = {
        "ode": lambda: _ask_ode(reference, candidate),
        "sign": lambda: _ask_sign(tensors, frames),
        "mel": lambda: _ask_mel(reference, candidate, frames),
        "hf_energy": lambda: _ask_hf(reference, candidate, frames, options),
        "waveform": lambda: _ask_waveform(reference, candidate, tensors, options),
        "tokens": lambda: _ask_tokens(reference, candidate),
    }
    answers = {}
    for key, ask in asks.items():
        try:
            answers[key] = ask()
        except InspectorError as error:
            answers[key] = Answer(reason=error.sentence)
    return answers


def _ask_ode(reference: Side, candidate: Side) -> Answer:
    missing = [s.roles.trajectory.steps or None for s in (reference, candidate)]
    if None in missing:
        return Answer(reason=_missing("ODE steps (states or velocities by step)", *missing))
    return Answer(compare_trajectories(reference.roles, candidate.roles))


def _ask_sign(tensors: Sequence[TensorComparison], frames: PairFrames) -> Answer:
    rows = [t for t in tensors if t.metrics is not None]
    if not rows:
        return Answer(reason="No pair of tensors could be compared, so there are no signs.")
    return Answer(compare_signs(rows, frames))


def _ask_mel(reference: Side, candidate: Side, frames: PairFrames) -> Answer:
    first, second, left_out = _read_mels(reference, candidate, frames)
    if first is None or second is None:
        return Answer(reason=_missing("a final mel", first, second))
    if first.shape[0] != second.shape[0]:
        return Answer(
            reason=f"The mels have {first.shape[0]} and {second.shape[0]} bins; "
            "a comparison needs the same number."
        )
    result = compare_mels(first, second, spec=mel_spec(reference))
    head, rest = result.sentences[:1], result.sentences[1:]
    return Answer(replace(result, sentences=(*head, *left_out, *rest)))


def _ask_hf(reference: Side, candidate: Side, frames: PairFrames, options: DiffOptions) -> Answer:
    rate = options.sample_rate_hz
    first, second = read_sound(reference, rate), read_sound(candidate, rate)
    *mels, left_out = _read_mels(reference, candidate, frames)
    if (first is None or second is None) and (mels[0] is None or mels[1] is None):
        return Answer(reason="Neither sound nor a final mel is recorded on both sides.")
    result = compare_hf(
        reference_audio=first.samples if first else None,
        candidate_audio=second.samples if second else None,
        reference_rate_hz=first.rate_hz if first else None,
        candidate_rate_hz=second.rate_hz if second else None,
        reference_mel=mels[0],
        candidate_mel=mels[1],
        spec=mel_spec(reference),
        cutoff_hz=options.cutoff_hz,
    )
    return Answer(replace(result, sentences=(*result.sentences, *left_out)))


def _ask_waveform(
    reference: Side, candidate: Side, tensors: Sequence[TensorComparison], options: DiffOptions
) -> Answer:
    first = read_sound(reference, options.sample_rate_hz)
    second = read_sound(candidate, options.sample_rate_hz)
    if first is None or second is None:
        return Answer(reason=_missing("audio", first, second))
    result = compare_waveforms(first.samples, second.samples, first.rate_hz, second.rate_hz)
    # A guessed rate scales every duration and frequency, so it is said beside them.
    guessed = [
        f"The sample rate of {show_name(sound.name, 80)} in the {name} is not recorded: "
        f"{sound.rate_source}."
        for name, sound in (("reference", first), ("candidate", second))
        if sound.rate_source.startswith("assumed")
    ]
    # why samples that differ may agree: said where the null test shows how much they do
    agree = [t.reason for t in tensors if t.pair.role == "audio" and t.status in AGREE and t.reason]
    return Answer(replace(result, sentences=(*result.sentences, *agree, *guessed)))


def _ask_tokens(reference: Side, candidate: Side) -> Answer:
    found = []
    for role in TOKEN_ROLES:
        left, right = reference.roles.get(role), candidate.roles.get(role)
        if left is None or right is None:
            continue
        name = role.replace("_", " ")
        found.append(compare_tokens(left.record.read(), right.record.read(), name))
    if not found:
        return Answer(reason="No token sequence is recorded on both sides.")
    return Answer(TokenAnswers(tuple(found)))


def _read_mels(
    reference: Side, candidate: Side, frames: PairFrames
) -> tuple[Array | None, Array | None, tuple[str, ...]]:
    """Both final mels [F, T] without padding, and what to say about the padding left out."""
    mels = read_mel(reference), read_mel(candidate)
    cuts: dict[str, tuple[int, int]] = {}
    for name, mel in zip(("the reference's mel", "the candidate's mel"), mels, strict=True):
        kept = None if mel is None else frames.unpadded(mel.shape[1])
        if mel is not None and kept is not None:
            cuts[name] = (kept, mel.shape[1])
    first, second = (None if m is None else m[:, : frames.unpadded(m.shape[1])] for m in mels)
    if len(cuts) == 2 and len(set(cuts.values())) == 1:
        cuts = {"the mels": next(iter(cuts.values()))}
    return first, second, tuple(describe_padding(*cut, name) for name, cut in cuts.items())


def _read_first(role: RoleTensor | None, letters: str) -> Array | None:
    if role is None:
        return None
    array = role.read(letters)
    return array[0] if array.shape[0] else None


def _missing(what: str, first: object, second: object) -> str:
    """That something was recognised on one side or on none."""
    if first is None and second is None:
        return f"Neither side holds {what} that can be recognised."
    side, what = "reference" if first is None else "candidate", what.removeprefix("a ")
    return f"The {side} holds no {what} that can be recognised."
