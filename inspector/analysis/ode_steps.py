"""Numbers of one ODE step: states, velocities and the identities between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from inspector.analysis.ode_identities import CfgFit, EulerFit, fit_cfg, fit_euler, value_eps
from inspector.dtypes import dtype_info
from inspector.errors import TraceError
from inspector.metrics.side import SideStats, describe
from inspector.names import show_name
from inspector.tensors import Array, OdeStep, RoleTensor

LOOSE_RESIDUAL = 5e-3
"""Half-precision arithmetic inside a float32 recording stays below this share of the rms;
a wrong dt of 1 % is caught by the solved dt."""

ROUNDING_STEPS = 16
"""An identity over stored values holds within a few rounding steps of the largest value;
healthy float32 runs measure 2 to 3 eps of the rms, 16 leaves room for peaks."""

_Fit = TypeVar("_Fit", EulerFit, CfgFit)

_PARTS = ("x_before", "x_after", "v_cond", "v_uncond", "v_cfg")


@dataclass(frozen=True)
class StepStats:
    """One ODE step of one side; a part that was not recorded is None.

    Attributes:
        number: step number as stored.
        t, dt: time and step length, without unit.
        dt_source: ``recorded``, ``t``, ``t_span``, ``solved`` or empty.
        dt_solved: least-squares dt of the recorded states and velocity.
        state: values of x_after.
        v_cond, v_uncond, v_cfg: values of the velocities.
        euler_residual: max |x_after - (x_before + dt v_cfg)| / rms(x_after).
        euler_residual_solved: the same with `dt_solved`.
        cfg_rate: solved guidance rate; None when not recorded or undefined.
        cfg_residual: max |v_cfg - ((1 + r) v_cond - r v_uncond)| / rms(v_cfg).
        cfg: the whole guidance fit.
        continuity_error: max |x_before - x_after of the step before| / rms; None for the
            first step.
        batch: length of the batch axis of the state.
        rows_equal: for a state with two rows and one-row velocities (or none): row 1 holds
            the same values as row 0, in x_before and in x_after.
        before_rows_equal: the same for x_before alone, what the decoder is given.
        eps: rounding step of the coarsest values that enter the identities.
        notes: why an identity could not be checked.
    """

    number: int
    t: float | None = None
    dt: float | None = None
    dt_source: str = ""
    dt_solved: float | None = None
    state: SideStats | None = None
    v_cond: SideStats | None = None
    v_uncond: SideStats | None = None
    v_cfg: SideStats | None = None
    euler_residual: float | None = None
    euler_residual_solved: float | None = None
    cfg_rate: float | None = None
    cfg_residual: float | None = None
    cfg: CfgFit | None = None
    continuity_error: float | None = None
    batch: int | None = None
    rows_equal: bool | None = None
    before_rows_equal: bool | None = None
    eps: float = 0.0
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain JSON values."""
        stats = {
            key: None if value is None else value.to_dict()
            for key, value in (
                ("state", self.state),
                ("v_cond", self.v_cond),
                ("v_uncond", self.v_uncond),
                ("v_cfg", self.v_cfg),
            )
        }
        plain = {
            key: getattr(self, key)
            for key in (
                "number", "t", "dt", "dt_source", "dt_solved", "euler_residual",
                "euler_residual_solved", "cfg_rate", "cfg_residual", "continuity_error",
                "batch", "rows_equal", "eps",
            )
        }  # fmt: skip
        weights = None if self.cfg is None or self.cfg.weights is None else list(self.cfg.weights)
        return {**plain, **stats, "cfg_weights": weights, "notes": list(self.notes)}


def scalar(role: RoleTensor | None) -> float | None:
    """The first value of a scalar-like tensor (t, dt), or None."""
    if role is None or role.record.size < 1:
        return None
    value = float(np.real(role.read().reshape(-1)[0]))
    return value if np.isfinite(value) else None


def read_rows(role: RoleTensor) -> Array:
    """Read a state or velocity as [B, C, T] where its axes are known, else as stored.

    Raises:
        TraceError: the tensor cannot be read, or holds complex values.
    """
    if role.record.dtype.startswith("complex"):
        raise TraceError("dtype", role.record.name, "its values are complex", "real values")
    letters = role.letters.replace("F", "C")
    if letters and set(letters) <= set("BCT") and has_axes(role):
        return role.read("BCT")
    array = role.read()
    return array if array.ndim >= 3 else array[None]


def has_axes(role: RoleTensor) -> bool:
    """True when there is one distinct letter per stored axis: a side-file may claim others."""
    letters = role.letters.replace("F", "C")
    return len(letters) == len(set(letters)) == len(role.record.shape)


def first_rows(role: RoleTensor) -> Array:
    """Row 0 of a state or velocity, as [1, C, T] where its axes are known."""
    return read_rows(role)[:1]


def describe_step(
    step: OdeStep,
    dt: float | None,
    dt_source: str,
    previous: Array | None,
    frames: int | None = None,
) -> tuple[StepStats, Array | None]:
    """Measure one step; its arrays are read once and dropped.

    Args:
        step: the recorded tensors.
        dt: step length from the recording, or None to use the solved one.
        dt_source: where `dt` comes from.
        previous: x_after of the step before, when that step was recorded too (or the
            initial noise for the first step, when x_before is not recorded).
        frames: valid frames; later ones are padding and take no part in the statistics.

    Returns:
        The numbers, and x_after for the next call.

    Raises:
        TraceError: a tensor cannot be read.
    """
    arrays = {k: read_rows(r) for k in _PARTS if (r := getattr(step, k)) is not None}
    notes: list[str] = []
    state = arrays.get("x_after", arrays.get("x_before"))
    batch = None if state is None else state.shape[0]
    rows_equal, before_equal = _rows_equal(arrays)
    kept = _common_rows(arrays)

    euler = None
    before = kept.get("x_before", previous)
    after, velocity = kept.get("x_after"), kept.get("v_cfg")
    alone = velocity is None and "v_uncond" not in kept
    if alone:
        velocity = kept.get("v_cond")  # a decoder without guidance has one velocity only
    if before is not None and after is not None and velocity is not None:
        if before.shape[0] > velocity.shape[0]:
            before = before[: velocity.shape[0]]
        if before.shape == after.shape == velocity.shape:
            euler = _as_it_holds(
                lambda x, after, v: fit_euler(x, after, v, dt), before, after, velocity
            )
            if alone and euler.residual is not None and not euler.residual <= LOOSE_RESIDUAL:
                euler = None  # the part of a guided step that was recorded
                notes.append(
                    f"Step {step.number}: x_after does not follow from v_cond alone; record v_cfg "
                    "of a guided run, else the Euler identity cannot be checked."
                )
        else:
            notes.append(_mismatch(step, "Euler identity", before, after, velocity))
    cfg = None
    velocities = [kept[k] for k in ("v_cond", "v_uncond", "v_cfg") if k in kept]
    if len(velocities) == 3:
        if len({v.shape for v in velocities}) == 1:
            cfg = _as_it_holds(fit_cfg, *velocities)
        else:
            notes.append(_mismatch(step, "guidance identity", *velocities))
    if dt is None and euler is not None and euler.dt_solved is not None:
        dt, dt_source = euler.dt_solved, "solved"
    found = StepStats(
        number=step.number,
        t=scalar(step.t),
        dt=dt,
        dt_source=dt_source,
        dt_solved=None if euler is None else euler.dt_solved,
        state=_stats(kept, "x_after", frames),
        v_cond=_stats(kept, "v_cond", frames),
        v_uncond=_stats(kept, "v_uncond", frames),
        v_cfg=_stats(kept, "v_cfg", frames),
        euler_residual=None if euler is None else euler.residual,
        euler_residual_solved=None if euler is None else euler.residual_solved,
        cfg_rate=None if cfg is None else cfg.rate,
        cfg_residual=None if cfg is None else cfg.residual,
        cfg=cfg,
        continuity_error=_continuity(kept.get("x_before"), previous),
        batch=batch,
        rows_equal=rows_equal,
        before_rows_equal=before_equal,
        notes=tuple(notes),
    )
    return _with_eps(found, step, kept), after


def _as_it_holds(
    fit: Callable[[Array, Array, Array], _Fit], first: Array, second: Array, third: Array
) -> _Fit:
    """An identity of three arrays [B, C, T], with their axes as they are known.

    With as many frames as mel bins, shapes do not tell them apart.  One of the three may then
    be stored the other way round, and the way in which the identity holds is the right one.
    """
    found = fit(first, second, third)
    if _holds(found) or first.ndim != 3 or first.shape[1] != first.shape[2]:
        return found
    ways = (
        fit(first.swapaxes(1, 2), second, third),
        fit(first, second.swapaxes(1, 2), third),
        fit(first, second, third.swapaxes(1, 2)),
    )
    return next((way for way in ways if _holds(way)), found)


def _holds(found: EulerFit | CfgFit) -> bool:
    return found.residual is not None and found.residual <= LOOSE_RESIDUAL


def _common_rows(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Cut all parts to the rows they share: row 0 of a CFG batch of two."""
    rows = min((a.shape[0] for a in arrays.values()), default=0)
    has_velocity = any(k.startswith("v_") for k in arrays)
    if not has_velocity and rows == 2:
        rows = 1  # states only: two rows are a CFG batch unless something says otherwise
    return {k: a[:rows] for k, a in arrays.items()}


def _rows_equal(arrays: Mapping[str, Array]) -> tuple[bool | None, bool | None]:
    """Whether row 1 of the state repeats row 0: (both states, x_before alone)."""
    single_velocity = all(a.shape[0] == 1 for k, a in arrays.items() if k.startswith("v_"))
    if not single_velocity:
        return None, None
    equal = {
        k: bool(np.array_equal(a[0], a[1], equal_nan=a.dtype.kind == "f"))
        for k, a in arrays.items()
        if k.startswith("x_") and a.shape[0] == 2
    }
    if not equal:
        return None, None
    return all(equal.values()), equal.get("x_before")


def _continuity(before: Array | None, previous: Array | None) -> float | None:
    if before is None or previous is None:
        return None
    rows = min(before.shape[0], previous.shape[0])
    before, previous = before[:rows], previous[:rows]
    if before.shape != previous.shape or not before.size:
        return None
    nan = before.dtype.kind in "fc"
    square = before.ndim == 3 and before.shape[1] == before.shape[2]
    if np.array_equal(before, previous, equal_nan=nan) or (
        square and np.array_equal(before.swapaxes(1, 2), previous, equal_nan=nan)
    ):
        return 0.0
    rms = float(np.sqrt(np.mean(np.square(before, dtype=np.float64))))
    worst = float(np.abs(before.astype(np.float64) - previous).max())
    return worst / rms if rms != 0 else float("inf")


def _stats(kept: Mapping[str, Array], part: str, frames: int | None) -> SideStats | None:
    return describe(crop_frames(kept[part], frames)) if part in kept else None


def crop_frames(array: Array, frames: int | None) -> Array:
    """The first `frames` frames of a [B, C, T] array; everything when `frames` is None."""
    if frames is None or array.ndim != 3 or not 0 < frames < array.shape[2]:
        return array
    return array[:, :, :frames]


def _with_eps(found: StepStats, step: OdeStep, kept: Mapping[str, Array]) -> StepStats:
    """Add the rounding step; the grid is only searched when an identity is not tight."""
    roles = {k: r for k in kept if (r := getattr(step, k)) is not None}
    eps = max((dtype_info(r.record.dtype).eps for r in roles.values()), default=0.0)
    residuals = (found.euler_residual, found.cfg_residual, found.continuity_error)
    loose = any(r is not None and not r <= ROUNDING_STEPS * eps for r in residuals)
    if loose:
        # An all-zero array lies on every grid and would excuse anything.
        grids = [value_eps(a, roles[k].record.dtype) for k, a in kept.items() if a.any()]
        eps = max(grids, default=eps)
    return replace(found, eps=eps)


def _mismatch(step: OdeStep, what: str, *arrays: Array) -> str:
    shapes = ", ".join("×".join(map(str, a.shape)) for a in arrays)
    return f"Step {step.number}: the {what} cannot be checked, the shapes are {shapes}."


def unreadable(error: TraceError, number: int) -> StepStats:
    """A step whose tensors cannot be read: no numbers, and the reason."""
    return StepStats(number, notes=(f"Step {number}: {show_name(error.sentence, 400)}",))
