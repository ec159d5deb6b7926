"""A sound whose mel carries rounding is judged by its spectrum; real mistakes still show."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from inspector.audio.griffin_lim import render
from inspector.audio.mel_scale import MelSpec
from inspector.diagnose.comparison import compare_traces
from inspector.diagnose.options import DiffOptions
from inspector.diagnose.questions import Sound
from inspector.diagnose.sound_floor import LIMITS, limit_of, spectral_distance
from inspector.diagnose.weight_grid import round_to
from inspector.io.trace import open_trace
from inspector.tensors import TensorRecord, Trace, TraceInfo
from tests.project import tree

DEMO = tree.ROOT / "traces" / "demo"
SPEC = MelSpec()
RATE = 24000


@cache
def demo(side, name):
    return open_trace(DEMO / side)[name].read()


def trace(**values):
    records = tuple(
        TensorRecord(name, value.shape, str(value.dtype), "memory", i, lambda v=value: v)
        for i, (name, value) in enumerate(values.items())
    )
    return Trace("memory", records, TraceInfo(sample_rate_hz=RATE))


@cache
def reference():
    """The mel of the demo [1, F, T] and its sound by Griffin-Lim."""
    mel = np.asarray(demo("reference", "mel"), np.float32)
    return mel, render(mel[0], SPEC, 40)


@cache
def noisy(kind):
    """The mel with rounding of a precision, and its sound."""
    mel = reference()[0]
    if kind == "float32":
        mel = mel + 2e-6 * np.random.default_rng(1).standard_normal(mel.shape)
        mel = mel.astype(np.float32)
    else:
        mel = round_to(mel, kind)
    return mel, render(mel[0], SPEC, 40)


def compared(left, right, **options):
    return compare_traces(left, right, DiffOptions(**options))


def found(kind, sound=None, mel=None, **options):
    """The comparison of the sound of a run in a precision with the reference's."""
    rounded, heard = noisy(kind)
    result = compared(
        trace(mel=reference()[0], audio=reference()[1]),
        trace(mel=rounded if mel is None else mel, audio=heard if sound is None else sound(heard)),
        **options,
    )
    return next(t for t in result.tensors if t.pair.role == "audio")


def delayed(samples):
    return lambda heard: np.concatenate([np.zeros(samples, np.float32), heard[:-samples]])


def windowless(heard):
    place = np.arange(heard.size)
    return (heard * (1 + 0.3 * np.cos(2 * np.pi * place / 480))).astype(np.float32)


def zero_edges(heard):
    out = heard.copy()
    out[:240] = out[-240:] = 0.0
    return out


MISTAKES = {
    "gain 0.75, the sum of the windows": lambda heard: np.float32(0.75) * heard,
    "gain 0.97": lambda heard: np.float32(0.97) * heard,
    "another slope for negative values": lambda heard: np.where(heard < 0, heard * 1.1, heard),
    "zeros instead of a reflection at the edges": zero_edges,
    "a lag of 1 sample": delayed(1),
    "a lag of 4 samples": delayed(4),
    "a lag of a frame": delayed(480),
    "no window": windowless,
    "silence": np.zeros_like,
    "noise": lambda h: np.random.default_rng(0).permutation(h),
    "other polarity": lambda heard: -heard,
    "a tone above the mel": lambda h: h + 0.02 * np.abs(h).max() * np.sin(2.6 * np.arange(h.size)),
}


def test_the_reason_stands_beside_the_null_test():
    rounded, heard = noisy("float16")
    left = trace(mel=reference()[0], audio=reference()[1])
    sentences = compared(left, trace(mel=rounded, audio=heard)).answers["waveform"].result.sentences
    null = next(i for i, s in enumerate(sentences) if s.startswith("Null test"))
    assert "the mel explains that" in sentences[null + 1]


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
def test_a_search_for_phases_is_no_difference(kind):
    sound = found(kind)
    assert sound.metrics.relative_l2 > 1e-4  # sample by sample they differ
    assert sound.status == "within_tolerance", sound.reason
    assert "the mel explains that" in sound.reason
    assert (sound.floor_source, sound.noise_floor) == ("mel", None)


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("kind", ["float32", "float16"])
def test_a_mistake_of_the_vocoder_is_a_difference(kind, name):
    def broken(heard):
        return np.asarray(MISTAKES[name](heard), np.float32)

    sound = found(kind, broken)
    assert sound.status == "different"
    assert "which does not explain it" in sound.reason


def test_with_an_equal_mel_the_samples_count():
    sound = found("float16", mel=reference()[0])
    assert sound.status == "different" and "explain" not in sound.reason


def test_with_a_different_mel_the_samples_count():
    sound = found("float16", mel=reference()[0] + np.float32(0.5))
    assert sound.status == "different"


def test_a_given_tolerance_is_kept():
    assert found("float16", rtol=1e-3).status == "different"


def test_the_last_state_stands_for_a_missing_mel():
    names = {"step01/ode.x_after": reference()[0], "audio": reference()[1]}
    other = {"step01/ode.x_after": noisy("float16")[0], "audio": noisy("float16")[1]}
    result = compared(trace(**names), trace(**other))
    sound = next(t for t in result.tensors if t.pair.role == "audio")
    assert sound.status == "within_tolerance" and "x_after" in sound.reason


def test_without_a_mel_a_half_precision_sound_cannot_be_judged():
    left = {"mu": reference()[0], "audio": reference()[1]}
    right = {"mu": noisy("float16")[0], "audio": noisy("float16")[1]}
    result = compared(trace(**left), trace(**right))
    sound = next(t for t in result.tensors if t.pair.role == "audio")
    assert sound.status == "not_comparable"
    assert "cannot be judged sample by sample" in sound.reason
    assert result.verdict.exit_code == 3
    right["audio"] = np.float32(0.75) * right["audio"]
    result = compared(trace(**left), trace(**right))
    assert next(t for t in result.tensors if t.pair.role == "audio").status == "different"
    # in float32 nothing excuses it
    result = compared(trace(**left), trace(mu=left["mu"], audio=noisy("float16")[1]))
    assert next(t for t in result.tensors if t.pair.role == "audio").status == "different"


@pytest.mark.parametrize("bits", [16, 24])
def test_one_step_of_a_sound_file_is_no_difference(bits):
    step = 2.0 ** (1 - bits)
    samples = (np.rint(0.5 * reference()[1] / step) * step).astype(np.float32)
    other = samples + np.float32(step) * np.random.default_rng(0).integers(-1, 2, samples.size)
    other = other.astype(np.float32)
    for wrong, status in ((0, "within_tolerance"), (3, "different")):
        other[100] = samples[100] + np.float32(wrong * step)
        result = compared(trace(audio=samples), trace(audio=other))
        assert result.tensors[0].status == status


def test_distances_lie_well_between_rounding_and_mistakes():
    """The margins that the module's table promises."""
    left = Sound("a", reference()[1], RATE, "given")
    for kind in ("float32", "float16"):
        mel, sound = noisy(kind)
        error = float(np.sqrt(np.mean((mel - reference()[0]) ** 2)))
        distance = spectral_distance(left, replace(left, samples=sound), SPEC)
        assert distance is not None and not distance.beyond(error)
        rest = {n: getattr(distance, n) / limit_of(n, error) for n in LIMITS}
        assert max(rest.values()) < 0.75, rest


def test_sounds_without_a_frame_have_no_distance():
    left = Sound("a", np.zeros(3, np.float32), RATE, "given")
    assert spectral_distance(left, left, SPEC) is None
