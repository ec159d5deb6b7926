"""What every health check of one side is given: facts, integration, prompt length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from inspector.analysis.health_facts import ValueFacts, gather_facts
from inspector.analysis.ode_ends import frame_count, valid_frames
from inspector.analysis.ode_side import OdeSide, describe_trajectory
from inspector.analysis.ode_steps import crop_frames, first_rows, scalar
from inspector.errors import TraceError
from inspector.tensors import Array, Progress, Roles, RoleTensor, Trace


@dataclass(frozen=True)
class Prompt:
    """How many frames at the start are the speaker's prompt.

    Attributes:
        frames: prompt frames.
        total: frames of the whole run, prompt and generated.
        source: where the number comes from.
    """

    frames: int
    total: int
    source: str


@dataclass(frozen=True)
class HealthContext:
    """One side, read once, for all checks.

    Attributes:
        trace, roles: the side.
        ode: its integration.
        facts: facts by tensor name, in listing order.
        unreadable: (tensor name, reason) of tensors that cannot be read.
        prompt: the prompt, or None when the trace does not tell.
        valid: frames before the padding, or None when nothing is padded.
    """

    trace: Trace
    roles: Roles
    ode: OdeSide
    facts: Mapping[str, ValueFacts]
    unreadable: tuple[tuple[str, str], ...]
    prompt: Prompt | None
    valid: int | None

    def of_role(self, *roles: str) -> Iterator[ValueFacts]:
        """Facts of every tensor with one of these roles, in listing order."""
        return (f for f in self.facts.values() if f.role in roles)

    def read_mel(self) -> tuple[Array, str, int | None] | None:
        """The final mel without padding.

        Returns:
            (mel [F, T] of row 0, tensor name, prompt frames in it or None), or None when it
            is not recorded, unreadable or not two-dimensional.
        """
        role = self.roles.get("mel")
        mel = None if role is None else quiet_rows(role)
        if role is None or mel is None or mel.ndim != 3 or not mel.size:
            return None
        frames = mel.shape[2]
        prompt = None
        if self.prompt is not None:
            if frames == self.prompt.total:
                prompt = self.prompt.frames
            elif frames == self.prompt.total - self.prompt.frames:
                prompt = 0  # the prompt was cut off before the mel was stored
        if self.valid is not None and prompt != 0:
            mel = crop_frames(mel, self.valid)
        return mel[0], role.record.name, prompt


def build_context(trace: Trace, roles: Roles, progress: Progress | None = None) -> HealthContext:
    """Read every tensor of `trace` once and measure its integration.

    Args:
        trace: the side.
        roles: what its tensors mean.
        progress: called after each tensor; may raise `inspector.errors.Cancelled`.
    """
    facts: dict[str, ValueFacts] = {}
    unreadable: list[tuple[str, str]] = []
    for done, record in enumerate(trace.records, start=1):
        role, step = roles.by_name.get(record.name, ("", None))
        try:
            facts[record.name] = gather_facts(record, role, step)
        except TraceError as error:
            unreadable.append((record.name, error.sentence))
        if progress is not None:
            progress(done, len(trace.records), "Checking the values of each tensor")
    ode = describe_trajectory(roles.trajectory, roles)
    return HealthContext(
        trace,
        roles,
        ode,
        facts,
        tuple(unreadable),
        find_prompt(roles, facts),
        valid_frames(roles.trajectory, roles),
    )


def quiet_rows(role: RoleTensor) -> Array | None:
    """Row 0 of a tensor as [1, C, T], or None when it cannot be read."""
    try:
        return first_rows(role)
    except TraceError:
        return None


def find_prompt(roles: Roles, facts: Mapping[str, ValueFacts]) -> Prompt | None:
    """Find the prompt: frames of cond before its zeros, else prompt_feat, else token counts.

    The conditioning itself comes first, because it is what the decoder was given;
    prompt features may be stored longer than the part that is used.
    """
    total = _total_frames(roles)
    if total is None:
        return None
    for frames, source in (
        (_frames_of_cond(roles, facts, total), "frames of cond before its zeros"),
        (frame_count(roles.get("prompt_feat")), "length of the prompt features"),
        (_frames_of_tokens(roles, total), "token counts"),
    ):
        if frames is not None and 0 < frames < total:
            return Prompt(frames, total, source)
    return None


def _total_frames(roles: Roles) -> int | None:
    for step in roles.trajectory.steps:
        frames = frame_count(step.x_after or step.x_before)
        if frames is not None:
            return frames
    for name in ("mu", "cond", "mel"):
        frames = frame_count(roles.get(name))
        if frames is not None:
            return frames
    return None


def _frames_of_cond(roles: Roles, facts: Mapping[str, ValueFacts], total: int) -> int | None:
    role = roles.get("cond")
    known = None if role is None else facts.get(role.record.name)
    if role is None or known is None or known.binary or frame_count(role) != total:
        return None
    cond = quiet_rows(role)
    if cond is None or cond.ndim != 3:
        return None
    used = np.flatnonzero(cond[0].any(axis=0))
    if not used.size or int(used[-1]) + 1 == total:
        return None
    return int(used[-1]) + 1


def _frames_of_tokens(roles: Roles, total: int) -> int | None:
    try:
        prompt = scalar(roles.get("prompt_token_len"))
        speech = scalar(roles.get("speech_token_len"))
    except TraceError:
        return None
    if prompt is None or speech is None or prompt + speech <= 0:
        return None
    per_token = total / (prompt + speech)
    return round(prompt * per_token) if per_token == round(per_token) else None
