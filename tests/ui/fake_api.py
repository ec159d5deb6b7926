"""A stand-in for the facade: a synthetic comparison with everything the page can show."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.errors import Cancelled, TraceError, UsageError
from tests.ui.fake_lab import FakeLab
from tests.ui.fake_match import FakeMatch

HOSTILE = (
    "x ${document.title='pwned'} y",
    "<img src=x onerror=\"document.title='pwned'\">",
    "{{constructor.constructor('document.title=1')()}}",
    "<script>document.title='pwned'</script>",
)
OPS = (
    "x_before", "v_cond", "v_uncond", "v_cfg", "x_after", "estimator.down_blocks.0.resnet",
    "estimator.down_blocks.0.attn", "estimator.mid_blocks.3.resnet", "estimator.mid_blocks.3.ff",
    "estimator.up_blocks.0.resnet", "estimator.final_block", "estimator.final_proj",
)  # fmt: skip
STEPS = 10
RATE = 24_000
VIEWS = (
    ("mel", "Mel"), ("ode", "ODE"), ("sign", "Signs"), ("hf_energy", "HF energy"),
    ("waveform", "Audio"), ("health", "Health"), ("match", "Match"),
)  # fmt: skip


@dataclass(frozen=True)
class DiffOptions:
    """The options that the page sets."""

    map_path: str | None = None
    sample_rate_hz: int | None = None
    only: str | None = None
    rtol: float | None = None
    atol: float | None = None
    cutoff_hz: float = 3000.0
    overrides: tuple[Any, ...] = ()
    checkpoint_path: str | None = None
    config_path: str | None = None

    def __post_init__(self) -> None:
        if self.sample_rate_hz == 1234:
            raise UsageError("sample-rate", "sample rate", "1234 Hz", "another")


@dataclass(frozen=True)
class FakeComparison:
    """What the fake facade opened."""

    reference: str
    candidate: str
    options: DiffOptions
    rows: int


class FakeApi(FakeLab, FakeMatch):
    """The functions of `inspector.api` that the page calls.

    Attributes:
        calls: names of the functions called so far, in order.
        options: of the pair that was opened last.
        gate: while cleared, `open_pair` keeps reporting progress and waits.
    """

    DiffOptions = DiffOptions

    def __init__(self, rows: int = len(OPS) * STEPS) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.options: Any = None
        self.rows = rows
        self.gate = threading.Event()
        self.gate.set()
        self.cancelled = threading.Event()
        self.broken_view = ""

    def open_pair(self, reference: str, candidate: str, options: Any, progress: Any = None) -> Any:
        self.calls.append("open_pair")
        self.options = options
        if "unreadable" in candidate:
            raise TraceError(
                "truncated", "b <b>x</b>.npy", "the file ends after 12 bytes", "4,096 bytes"
            )
        if "fault" in candidate:
            raise ZeroDivisionError("secret detail")
        report = progress or (lambda done, total, what: None)
        done = 0
        try:
            report(0, 100, "Matching tensors")
            while not self.gate.wait(0.02):
                done = min(99, done + 1)
                report(done, 100, "Comparing step3_v_cfg <i>&</i> ${x}")
        except Cancelled:
            self.cancelled.set()
            raise
        return FakeComparison(reference, candidate, options, self.rows)

    def view_keys(self) -> list[tuple[str, str]]:
        return [("tensor", "Tensors"), *VIEWS]

    def page_summary(self, comparison: FakeComparison) -> dict[str, Any]:
        self.calls.append("page_summary")
        return {
            "reference": {"label": "reference", "framework": "PyTorch", "tensors": self.rows},
            "candidate": {"label": "candidate", "framework": "MLX", "tensors": self.rows + 4},
            "verdict": {
                "status": "different",
                "sentence": "The traces part at step 3 in estimator.mid_blocks.3.ff: relative L2 "
                "2.9e-2 against a tolerance of 3.1e-5; the 33 tensors before it agree.",
                "first_divergence": {
                    "reference": "step3.estimator.mid_blocks.3.ff",
                    "candidate": "step03/mid/3/ff", "step": 3, "row": 32,
                },
            },
            "tiles": [
                {"key": "tensors", "title": "Tensors within tolerance", "value": "33 / 120",
                 "detail": "87 different, 0 not comparable", "status": "fail", "tab": "tensor"},
                {"key": "unmatched", "title": "Unmatched", "value": "0 / 4",
                 "detail": "4 only in the candidate", "status": "note", "tab": "match"},
                {"key": "ode", "title": "ODE range", "value": "+1.90",
                 "detail": "final state −4.1…5.2 against −4.0…3.3", "status": "fail",
                 "tab": "ode"},
                {"key": "sign", "title": "Sign ratio", "value": "3.1 %",
                 "detail": "worst: step 9 v_cfg", "status": "note", "tab": "sign"},
                {"key": "hf_energy", "title": "HF energy", "value": "+47.7 dB",
                 "detail": "p95 per frame above 3 kHz, worst at 4.62 s", "status": "fail",
                 "tab": "hf_energy"},
                {"key": "mel", "title": "Mel", "value": "6.02 ln",
                 "detail": "largest difference, bin 61", "status": "fail", "tab": "mel"},
                {"key": "audio", "title": "Audio", "value": "+37 smp",
                 "detail": "−3.0 dB, null −8.8 dB", "status": "ok", "tab": "waveform"},
            ],
            "notes": ["Audio stored as plain tensors is taken to be 24000 Hz."],
        }  # fmt: skip

    def page_tensors(self, comparison: FakeComparison) -> dict[str, Any]:
        self.calls.append("page_tensors")
        columns: dict[str, list[Any]] = {
            key: []
            for key in (
                "status", "reference", "candidate", "step", "role", "shape", "dtype", "max_abs",
                "relative_l2", "cosine", "norm_ratio", "sign_agreement", "rule", "confidence",
                "layout", "floor_ratio",
            )
        }  # fmt: skip
        for row in range(comparison.rows):
            status, error = _error(row)
            name = self.name(row)
            for key, value in {
                "status": status, "reference": name, "candidate": name.replace("step", "s"),
                "step": row // len(OPS) % STEPS + 1, "role": OPS[row % len(OPS)].split(".")[0],
                "shape": "2×80×696" if row % len(OPS) < 5 else "2×256×696",
                "dtype": "float32" if row % 3 else "bfloat16",
                "max_abs": None if error is None else error * 4.2, "relative_l2": error,
                "cosine": float("nan") if row == 4 else None if error is None else 1 - error**2 / 2,
                "norm_ratio": None if error is None else 1 + error / 3,
                "sign_agreement": None if error is None else 1 - error / 2,
                "rule": "same name" if row % 2 else "alias", "confidence": 1.0 if row % 2 else 0.9,
                "layout": "as stored" if row % 4 else "candidate axes 0 2 1",
                "floor_ratio": None if error is None else error / 1.9e-6,
            }.items():  # fmt: skip
                columns[key].append(value)
        return {"count": comparison.rows, "columns": columns}

    @staticmethod
    def name(row: int) -> str:
        """The reference name of a row; four rows have hostile names."""
        if 5 <= row < 5 + len(HOSTILE):
            return HOSTILE[row - 5]
        return f"step{row // len(OPS) + 1}.{OPS[row % len(OPS)]}"

    def page_map(self, comparison: FakeComparison) -> dict[str, Any]:
        self.calls.append("page_map")
        cells = [[_error(step * len(OPS) + op) for step in range(STEPS)] for op in range(len(OPS))]
        steps = np.arange(1, STEPS + 1)
        return {
            "rows": [{"label": op} for op in OPS],
            "steps": steps.tolist(),
            "value": [[None if e is None else float(np.log10(e)) for _, e in r] for r in cells],
            "status": [[s for s, _ in r] for r in cells],
            "pair": [[step * len(OPS) + op for step in range(STEPS)] for op in range(len(OPS))],
            "range": {
                "steps": steps.tolist(),
                "reference": {
                    "min": (-4.2 + 0.02 * steps).tolist(), "max": (4.1 - 0.08 * steps).tolist(),
                },
                "candidate": {
                    "min": (-4.2 - 0.03 * steps).tolist(), "max": (4.1 + 0.11 * steps).tolist(),
                },
            },
            "tolerance_log10": -4.5,
        }  # fmt: skip

    def page_mel(self, comparison: FakeComparison) -> tuple[dict[str, Any], dict[str, Any]]:
        self.calls.append("page_mel")
        reference, candidate = self.mels()
        frames = reference.shape[1]
        centres = np.linspace(37.0, 7900.0, 80)
        return {
            "available": True, "reason": "", "n_mels": 80, "frames": frames,
            "sample_rate_hz": RATE, "hop_length": 480, "bin_hz": centres.tolist(),
            "vmin": -11.5, "vmax": 0.5, "dmax": 6.0,
            "reference": {"frames": frames, "name": "step10.final_mel"},
            "candidate": {"frames": frames, "name": "mel"},
        }, {"reference": reference, "candidate": candidate}  # fmt: skip

    @staticmethod
    def mels() -> tuple[np.ndarray, np.ndarray]:
        """Reference and candidate log mel, both [F = 80, T = 400]."""
        t = np.arange(400)[None, :]
        f = np.arange(80)[:, None]
        voiced = (np.sin(t / 9.0) > -0.4) * 1.0
        pitch = 9 + 3 * np.sin(t / 31.0)
        reference = -9.5 + voiced * (
            7.0 * np.exp(-(((f % pitch) - pitch / 2) ** 2) / 6) * np.exp(-f / 55) + 1.5
        )
        candidate = reference.copy()
        candidate[52:, 160:260] += 4.5 * voiced[:, 160:260]
        candidate[30:34, 300:350] -= 3
        return reference.astype(np.float32), candidate.astype(np.float32)

    def page_audio(
        self, comparison: FakeComparison, render: bool
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        self.calls.append(f"page_audio {render}")
        reference, candidate = self.sounds()
        side = {"samples": len(reference), "kind": "griffin-lim" if render else "recorded",
                "lufs": -21.3, "peak": 0.5, "clipped_percent": 0.0}  # fmt: skip
        return {
            "available": True, "reason": "", "sample_rate_hz": RATE,
            "reference": {**side, "label": "audio"},
            "candidate": {**side, "label": "wav", "lufs": -24.2, "peak": 0.36},
            "lag_samples": 37, "gain_db": -3.0, "null_db": -8.8,
            "sentences": ["The candidate is 37 samples late (1.54 ms) and 3.0 dB quieter."],
        }, {"reference": reference, "candidate": candidate}  # fmt: skip

    @staticmethod
    def sounds() -> tuple[np.ndarray, np.ndarray]:
        """Reference and candidate waveform, both [N = 192000]."""
        t = np.arange(8 * RATE) / RATE
        envelope = np.maximum(0, np.sin(2 * np.pi * t * 1.7)) ** 0.5
        tone = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 9))
        reference = 0.25 * envelope * tone
        candidate = 0.7 * np.roll(reference, 37)
        candidate[3 * RATE : 5 * RATE] += 0.05 * np.sin(2 * np.pi * 7000 * t[: 2 * RATE])
        return reference.astype(np.float32), candidate.astype(np.float32)

    def page_tensor(
        self, comparison: FakeComparison, row: int
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        self.calls.append(f"page_tensor {row}")
        if not 0 <= row < comparison.rows:
            raise UsageError("unknown", f"row {row}", "there is no such pair")
        status, error = _error(row)
        name = self.name(row)
        meta: dict[str, Any] = {
            "reference": name, "candidate": name.replace("step", "s"), "status": status,
            "reason": "", "rule": "alias", "layout": "candidate axes 0 2 1",
            "step": row // len(OPS) % STEPS + 1, "sentences": [], "metrics": [],
            "planes": None, "histogram": None, "error_histogram": None, "worst": None,
            "form": None,
        }  # fmt: skip
        if error is None:
            return {**meta, "reason": "the shapes 2×80×696 and 1×80×500 cannot be reconciled"}, {}
        rng = np.random.default_rng(row)
        reference = rng.standard_normal((80, 300)).cumsum(axis=1).astype(np.float32) / 10
        difference = (rng.standard_normal((80, 300)) * error).astype(np.float32)
        difference[40:60, 100:180] += 8 * error
        planes = {"reference": reference, "candidate": reference + difference,
                  "difference": difference}  # fmt: skip
        counts, edges = np.histogram(reference, 40)
        other, _ = np.histogram(planes["candidate"], edges)
        errors, error_edges = np.histogram(difference, 40)
        worst = np.unravel_index(np.abs(difference).argmax(), difference.shape)
        values = {
            "max_abs": (float(np.abs(difference).max()), "", "Largest absolute difference."),
            "mean_abs": (float(np.abs(difference).mean()), "", "Mean absolute difference."),
            "rmse": (float(np.sqrt((difference**2).mean())), "", "Root mean square of the error."),
            "relative_l2": (error, "", "Length of the error relative to the reference."),
            "norm_ratio": (1 + error / 3, "", "Length of the candidate over the reference."),
            "cosine": (1 - error**2 / 2, "", "Angle between the two; blind to gain."),
            "correlation": (float("nan"), "", "Angle after removing both means."),
            "snr_db": (-20 * float(np.log10(error)), "dB", "Reference power over error power."),
            "max_ulp": (1234567, "float32", "Largest distance in representable numbers."),
            "allclose_fraction": (0.42, "", "Share of elements within the tolerance."),
            "rtol": (3.05e-5, "", "Relative tolerance that was applied."),
            "required_rtol": (error * 2, "", "Relative tolerance it would have needed."),
            "sign_agreement": (1 - error / 2, "", "Share of elements with the same sign."),
            "nonfinite_count": (0, "", "Elements that are NaN or infinite on either side."),
        }
        meta |= {
            "sentences": ["The largest errors are in frames 100 to 180, channels 40 to 60."],
            "form": {
                "forms": [
                    {"key": "lag", "title": "1 frame early", "confidence": "likely",
                     "sentence": f"Everything comes 1 frame too early {HOSTILE[1]}.",
                     "leaves": "leaves 0.0034 of 0.73", "harmless": False,
                     "resembles": ["a pad on the wrong side (PD01)"]},
                ],
                "unexplained": "" if row % 2 else "No simple change explains this error.",
            },
            "metrics": [
                {"name": k, "value": v, "unit": u, "help": h} for k, (v, u, h) in values.items()
            ],
            "planes": {
                "rows": 80, "columns": 300, "row_label": "channel", "column_label": "frame",
                "pooled": bool(row % 2), "vmin": float(reference.min()),
                "vmax": float(reference.max()), "dmax": float(np.abs(difference).max()),
            },
            "histogram": {
                "edges": edges.tolist(), "reference": counts.tolist(), "candidate": other.tolist(),
                "excluded": 3,
            },
            "error_histogram": {"edges": error_edges.tolist(), "counts": errors.tolist()},
            "ulp_histogram": {"dtype": "float32", "counts": [5, 9, 70, 900, 40],
                              "labels": ["0", "1", "2-3", "4-7", "8-15"], "excluded": 0},
            "worst": {
                "index": [0, *map(int, worst)], "reference": float(reference[worst]),
                "candidate": float(planes["candidate"][worst]),
            },
        }  # fmt: skip
        return meta, planes

    def page_view(self, comparison: FakeComparison, key: str) -> dict[str, Any]:
        self.calls.append(f"page_view {key}")
        if key == self.broken_view:
            raise ZeroDivisionError("secret detail")
        if key not in dict(VIEWS):
            raise UsageError("unknown", key, "there is no view of this name")
        if key == "sign":
            return {"key": key, "title": "Signs", "reason": "Neither trace holds ODE steps.",
                    "sentences": [], "figures": [], "tables": []}  # fmt: skip
        return {
            "key": key, "title": dict(VIEWS)[key], "reason": None,
            "sentences": [
                {"status": "ok", "text": "The schedule is the cosine schedule on both sides."},
                {"status": "note", "text": f"A name that must stay text: {HOSTILE[1]}"},
                {"status": "fail", "text": "The unconditional velocity is zero at every step."},
                {"status": "none", "text": "dt was not recorded."},
            ],
            "figures": [
                {"name": "overview", "title": "State per step", "src": "", "alt": "Lines"},
                {"name": "detail", "title": "Velocity per step", "src": "", "alt": "Bands"},
            ],
            "tables": [
                {"title": "Per step", "columns": ["step", "reference min", "candidate min", "note"],
                 "rows": [[i, -4.2 + i / 7, float("nan") if i == 3 else -4.2, HOSTILE[0]]
                          for i in range(1, 11)]},
            ],
        }  # fmt: skip

    def render_figure(
        self, comparison: FakeComparison, view_key: str, name: str, theme: str
    ) -> bytes:
        self.calls.append(f"render_figure {view_key} {name} {theme}")
        if name not in ("overview", "detail"):
            raise UsageError("unknown", name, "there is no figure of this name")
        from inspector.figures.style import THEMES, new_figure, render_png

        look = THEMES[theme]
        figure, (axis,) = new_figure(theme=look, width=9, height=3)
        axis.plot(np.sin(np.arange(200) / 12), color=look.reference)
        axis.plot(np.cos(np.arange(200) / 15), color=look.candidate)
        axis.set_title(f"{view_key} {name}")
        return render_png(figure)

    def colour_luts(self) -> dict[str, list[int]]:
        from matplotlib import colormaps

        names = {"magma": "magma", "RdBu_r": "RdBu_r", "berlin": "berlin", "error": "RdYlGn_r"}
        return {
            key: (colormaps[name](np.linspace(0, 1, 256))[:, :3] * 255).round().astype(int)
            .ravel().tolist()
            for key, name in names.items()
        }  # fmt: skip


def _error(row: int) -> tuple[str, float | None]:
    """Status and relative error of a row: everything from row 32 on is different."""
    if row % 29 == 11:
        return "not_comparable", None
    if row < 32:
        return ("same", 1e-9) if row % 7 == 0 else ("within_tolerance", 1e-7 * (1 + row % 13))
    return "different", 10 ** (-3.2 + 2.2 * ((row * 37) % 97) / 97)
