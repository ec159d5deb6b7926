"""Order of the axes of convolution weights: PyTorch's or MLX's.

PyTorch stores a convolution as [O, I, K] and a transposed one as [I, O, K]; MLX stores
both as [O, K, I].  Linear weights are [O, I] in both.
"""

from __future__ import annotations

from collections.abc import Iterable

Shape = tuple[int, ...]

_CONV = (0, 2, 1)
_CONV_TRANSPOSE = (2, 0, 1)


def is_transposed_conv(key: str) -> bool:
    """Whether the parameter is the weight of an up-sampling transposed convolution."""
    return key.startswith("up_blocks.") and key.endswith(".2.conv.weight")


def find_layout(weights: Iterable[tuple[str, Shape]]) -> tuple[str, int, int]:
    """Which framework's layout the convolution weights have, by where the kernel is.

    Args:
        weights: keys (see `inspector.blocks.parameter_names`) and stored shapes.

    Returns:
        ``torch`` or ``mlx``, and how many weights speak for PyTorch and for MLX.  A weight
        whose kernel could be at either place has no voice; without a voice it is ``torch``.
    """
    torch = mlx = 0
    for key, shape in weights:
        kernels = _kernels(key)
        if len(shape) != 3 or not kernels:
            continue
        last, middle = shape[2] in kernels, shape[1] in kernels
        torch += last and not middle
        mlx += middle and not last
    return ("mlx" if mlx > torch else "torch"), torch, mlx


def torch_axes(key: str, rank: int, layout: str) -> tuple[int, ...] | None:
    """How to permute a stored weight into PyTorch's layout; None when it is as stored."""
    if layout != "mlx" or rank != 3 or not key.endswith("weight"):
        return None
    return _CONV_TRANSPOSE if is_transposed_conv(key) else _CONV


def _kernels(key: str) -> tuple[int, ...]:
    if not key.endswith(".weight"):
        return ()
    path = key.removesuffix(".weight")
    if path.endswith(("res_conv", "final_proj")):
        return (1,)
    if path.endswith("block.0"):
        return (3,)
    if path.endswith(("resample", ".2", ".2.conv")) and not path.endswith("net.2"):
        return (3, 4) if path.startswith("up") else (3,)
    return ()
