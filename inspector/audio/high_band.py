"""How much of the power of one side lies above a cut-off frequency."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.audio.mel_scale import LOG_FLOOR, MelSpec, bin_edges
from inspector.audio.mono import to_mono
from inspector.audio.result_dict import result_dict
from inspector.audio.spectrum import power_blocks
from inspector.tensors import Array, freeze

WINDOW_MS = 40.0
HOP_MS = 20.0
GATE_DB = -60.0
"""Frames this far below the loudest frame are silence and have no share."""

# Mean square under which even the loudest frame is digital silence (-140 dB).
_ABSOLUTE_GATE = 1e-14
_FLOOR_MARGIN = 1e-3
# Values further above the offset than this are held, instead of becoming infinite.
_HIGHEST_EXPONENT = 600.0


@dataclass(frozen=True)
class HighBand:
    """Power above the cut-off, of the whole clip and of each frame.

    Attributes:
        hf_energy_fraction: power above the cut-off / total power of the clip, 0 to 1;
            None for silence or when the band does not exist.
        frame_fraction_p95, frame_fraction_max: the same per frame, over active frames.
        worst_frame, worst_time_s: the frame of the largest share and where it starts.
        frames, active_frames, silent_frames: how many; silent ones are left out.
        nonfinite_count: values that were NaN or infinite and were left out.
        frame_time_s: start of each frame, [T].
        frame_fraction: share of each frame, [T], NaN where silent.
        frame_power, frame_high_power: total and high-band power of each frame, [T], on
            the scale of the input (mean square for audio).
        frequency_hz: upper edge of each band, ascending, [K].
        cumulative_fraction: share of the power at or below ``frequency_hz``, [K].
        reason: why there is no share; empty otherwise.
    """

    hf_energy_fraction: float | None
    frame_fraction_p95: float | None
    frame_fraction_max: float | None
    worst_frame: int | None
    worst_time_s: float | None
    frames: int
    active_frames: int
    silent_frames: int
    nonfinite_count: int
    frame_time_s: Array
    frame_fraction: Array
    frame_power: Array
    frame_high_power: Array
    frequency_hz: Array
    cumulative_fraction: Array
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain JSON values; long arrays are left out."""
        return result_dict(self)


def audio_high_band(
    samples: Array,
    sample_rate_hz: float,
    cutoff_hz: float,
    *,
    lead_samples: int = 0,
) -> HighBand:
    """Measure audio by short-time spectra: Hann window of 40 ms every 20 ms.

    A spectral line stands for the band half-way to its neighbours; the line at the
    cut-off counts in part.  The clip's share is the ratio of sums over all frames
    (Welch), so that loud frames weigh most.

    Args:
        samples: audio [N]; non-finite counts as 0.
        sample_rate_hz: rate.
        cutoff_hz: lower edge of the high band.
        lead_samples: zeros put in front, to meet the frames of another clip.
    """
    mono = to_mono(samples)
    if mono.reason:
        return no_high_band(mono.reason)
    window = max(2, round(sample_rate_hz * WINDOW_MS / 1000))
    hop = max(1, round(sample_rate_hz * HOP_MS / 1000))
    lines_hz = np.arange(window // 2 + 1) * (sample_rate_hz / window)
    edges = np.concatenate([[0.0], (lines_hz[1:] + lines_hz[:-1]) / 2, [sample_rate_hz / 2]])
    led = np.concatenate([np.zeros(lead_samples), mono.samples])
    return _measure(
        power_blocks(led, window, hop), edges, cutoff_hz, hop / sample_rate_hz,
        -lead_samples / sample_rate_hz, _ABSOLUTE_GATE, mono.nonfinite_count, "the clip is silent",
    )  # fmt: skip


def mel_high_band(
    mel: Array, spec: MelSpec, cutoff_hz: float, *, log_offset: float = 0.0
) -> HighBand:
    """Measure a log-magnitude mel [F, T]: power = exp(2 mel) times the width of the bin.

    A triangle of area 1 Hz averages magnitude over its band, so its square stands for
    each line of the band and a bin weighs by its width in Hz; without that, white noise
    over 0 to 8 kHz would show 30 % instead of 62 % above 3 kHz.  A bin reaches half-way
    to its neighbours; the bin at the cut-off counts in part.  Non-finite values count as
    no power.

    Args:
        mel: [F, T] natural logarithm of magnitude.
        spec: how it was made; another F gives a result with a reason.
        cutoff_hz: lower edge of the high band.
        log_offset: subtracted first, so that no power overflows; shifts every power alike.
    """
    stored = np.asarray(mel)
    if stored.ndim != 2 or stored.shape[0] != spec.n_mels or stored.dtype.kind not in "fiu":
        shape = "x".join(map(str, stored.shape))
        return no_high_band(f"shape {shape} is no mel of {spec.n_mels} bins x frames")
    values = stored.astype(np.float64)
    finite = np.isfinite(values)
    edges = bin_edges(spec)
    with np.errstate(over="ignore"):
        exponent = np.where(finite, 2.0 * (values - log_offset), -np.inf)
    power = np.exp(np.minimum(exponent, _HIGHEST_EXPONENT)).T * np.diff(edges)
    # Frames that rest on the floor of the logarithm hold no sound.
    floor_exponent = min(2.0 * (LOG_FLOOR - log_offset), _HIGHEST_EXPONENT)
    floor = math.exp(floor_exponent) * float(edges[-1] - edges[0])
    return _measure(
        [power], edges, cutoff_hz, spec.frame_ms / 1000, 0.0, floor * (1.0 + _FLOOR_MARGIN),
        int(values.size - np.count_nonzero(finite)), "every frame is at the log floor",
    )  # fmt: skip


def no_high_band(reason: str) -> HighBand:
    """The result for data that have no spectrum, with the reason."""
    nothing = freeze(np.zeros(0))
    return HighBand(
        None, None, None, None, None, 0, 0, 0, 0,
        nothing, nothing, nothing, nothing, nothing, nothing, reason,
    )  # fmt: skip


def _measure(
    blocks: Iterable[Array],
    edges_hz: Array,
    cutoff_hz: float,
    hop_s: float,
    start_s: float,
    absolute_gate: float,
    nonfinite_count: int,
    silence: str,
) -> HighBand:
    widths = np.diff(edges_hz)
    share_above = np.clip((edges_hz[1:] - cutoff_hz) / widths, 0.0, 1.0)
    bands = np.zeros(widths.size)
    totals, highs = [np.zeros(0)], [np.zeros(0)]
    for power in blocks:
        bands += power.sum(axis=0)
        totals.append(power.sum(axis=1))
        highs.append(power @ share_above)
    total, high = np.concatenate(totals), np.concatenate(highs)
    gate = max(absolute_gate, 10 ** (GATE_DB / 10) * float(total.max(initial=0.0)))
    active = total > gate
    fraction = np.full(total.size, np.nan)
    np.divide(high, total, out=fraction, where=active)
    time = start_s + hop_s * np.arange(total.size)
    counted = int(np.count_nonzero(active))
    reason = ""
    if cutoff_hz >= edges_hz[-1]:
        reason = f"nothing lies above {cutoff_hz:g} Hz: the band ends at {edges_hz[-1]:g} Hz"
    elif total.size == 0:
        reason = "there are no frames"
    elif counted == 0:
        reason = silence
    usable = not reason
    worst = int(np.nanargmax(fraction)) if usable else None
    whole = float(bands.sum())
    return HighBand(
        hf_energy_fraction=float(bands @ share_above) / whole if usable else None,
        frame_fraction_p95=float(np.percentile(fraction[active], 95)) if usable else None,
        frame_fraction_max=None if worst is None else float(fraction[worst]),
        worst_frame=worst,
        worst_time_s=None if worst is None else float(time[worst]),
        frames=int(total.size),
        active_frames=counted,
        silent_frames=int(total.size) - counted,
        nonfinite_count=nonfinite_count,
        frame_time_s=freeze(time),
        frame_fraction=freeze(fraction),
        frame_power=freeze(total),
        frame_high_power=freeze(high),
        frequency_hz=freeze(edges_hz[1:].copy()),
        cumulative_fraction=freeze(np.cumsum(bands) / whole if whole > 0 else bands),
        reason=reason,
    )
