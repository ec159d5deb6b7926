"""Record what every module of a running model makes, as a trace the inspector opens.

    from inspector.record import record_torch

    with record_torch(decoder.estimator, "reference.safetensors") as recorder:
        decoder(mu, mask, n_timesteps=10)

`record_torch` and `record_mlx` take the same options and write the same names; Swift programs
follow `swift_recipe`.  A framework is loaded only when its recorder is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspector.record.mlx_modules import record_mlx
    from inspector.record.recipe import swift_recipe
    from inspector.record.recorder import Recorder
    from inspector.record.recovery import recover_recording
    from inspector.record.torch_modules import record_torch

_HOMES = {
    "Recorder": "inspector.record.recorder",
    "record_mlx": "inspector.record.mlx_modules",
    "record_torch": "inspector.record.torch_modules",
    "recover_recording": "inspector.record.recovery",
    "swift_recipe": "inspector.record.recipe",
}

__all__ = ["Recorder", "record_mlx", "record_torch", "recover_recording", "swift_recipe"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
