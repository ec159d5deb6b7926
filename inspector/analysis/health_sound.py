"""Is the recorded sound as long as the mel that it should have been made of?"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.analysis.health_context import HealthContext
from inspector.analysis.health_finding import NOTE, OK, Finding, Outcome
from inspector.analysis.ode_ends import frame_count
from inspector.audio.mel_scale import MelSpec
from inspector.errors import UsageError
from inspector.names import show_name

_SLACK = 2.0
"""Frames that a vocoder's edges may add or take."""


def check_sound(context: HealthContext) -> Iterator[Outcome]:
    """Check the length of the audio against the frames of the final mel.

    Lengths fit when the samples make all frames, those after the prompt or those before the
    padding, at the hop length of the trace (480 samples where it states none) or at a whole
    number of samples per frame.
    """
    audio, mel = context.roles.get("audio"), context.roles.get("mel")
    frames = frame_count(mel)
    if audio is None or mel is None or not frames or not audio.record.shape:
        return
    samples = max(audio.record.shape)
    if not samples:
        return
    try:
        hop = MelSpec.from_info(context.trace.info).hop_length
    except UsageError:
        return  # a side-file that describes no mel is said elsewhere
    parts = {}
    if context.prompt is not None and frames == context.prompt.total:
        parts["after the prompt"] = frames - context.prompt.frames
    if context.valid:
        parts["before the padding"] = context.valid
    values = {"samples": samples, "hop_length": hop, "sound_frames": samples / hop,
              "mel_frames": frames}  # fmt: skip
    names = (show_name(audio.record.name, 80), show_name(mel.record.name, 80))
    if any(abs(samples / hop - n) <= _SLACK or samples % n == 0 for n in (frames, *parts.values())):
        text = f"Sound: {names[0]} is as long as {names[1]}."
        yield Finding("sound_length", OK, text, values)
        return
    more = ", ".join(f"{count} of them {where}" for where, count in parts.items())
    yield Finding(
        "sound_length", NOTE,
        f"Sound: the {samples} samples of {names[0]} make {samples / hop:.1f} frames of {hop} "
        f"samples, and {names[1]} has {frames} frames{f' ({more})' if more else ''}: it was "
        "trimmed, or it is the sound of another run.",
        values, (audio.record.name, mel.record.name), 43,
    )  # fmt: skip
