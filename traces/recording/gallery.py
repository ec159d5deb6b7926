"""The runs of the demo: the reference, the healthy ports and one port per mistake."""

from __future__ import annotations

from dataclasses import dataclass

from traces.recording.mlx_decoder import Port
from traces.recording.mlx_run import Solver
from traces.recording.mlx_weights import Loading
from traces.recording.selecting import Selection

REFERENCE = "reference"
PADDED_REFERENCE = "reference-padded"
_BLOCKS = Selection((1, 2))
_ALL_OPS = Selection((1, 2), (2,))


@dataclass(frozen=True)
class Exhibit:
    """One recorded port and what the page says about it.

    Attributes:
        key: name of its folder.
        title, sentence: for people; the sentence says what is wrong with the port.
        port, loading, solver: what the port does differently.
        inputs: which inputs it is given; ``padded`` belongs to `PADDED_REFERENCE`.
        selection: module outputs that are kept.
    """

    key: str
    title: str
    sentence: str
    port: Port = Port()  # noqa: RUF009 - frozen
    loading: Loading = Loading()  # noqa: RUF009 - frozen
    solver: Solver = Solver()  # noqa: RUF009 - frozen
    inputs: str = "sentence"
    selection: Selection = _BLOCKS

    @property
    def reference(self) -> str:
        """Folder of the recording it is compared with."""
        return REFERENCE if self.inputs == "sentence" else PADDED_REFERENCE


REFERENCES = {REFERENCE: ("sentence", _ALL_OPS), PADDED_REFERENCE: ("padded", _BLOCKS)}
"""Recordings of the reference: inputs and what is kept."""

EXHIBITS = (
    Exhibit(
        "story-unloaded-weights",
        "The documented story: weights that never arrived",
        "Attention, feed-forward, time, residual and final projections kept their starting "
        "values, because the key table of the port does not know their names.",
        loading=Loading(
            unknown=("attention", "feed-forward", "time projections", "residual convolutions",
                     "final projection")
        ),
        selection=_ALL_OPS,
    ),
    Exhibit(
        "healthy",
        "A healthy port",
        "MLX in float32 with nothing wrong: what is left is the rounding of two backends.",
        selection=_ALL_OPS,
    ),
    Exhibit(
        "healthy-float16",
        "A healthy port in half precision",
        "The same port in float16: larger differences, and still only rounding.",
        solver=Solver(half=True),
    ),
    Exhibit(
        "lost-causal-padding",
        "Convolutions that look into the future",
        "Every convolution of width 3 pads one frame on both sides instead of two before.",
        port=Port(symmetric_padding=True),
        selection=Selection((1, 2), (2,), r"^down_blocks\.0\.resnet"),
    ),
    Exhibit(
        "flipped-kernel",
        "One kernel turned round",
        "The convolution that ends the down stage arrived reversed in time.",
        loading=Loading(flipped="down_blocks.0.2"),
    ),
    Exhibit(
        "transposed-projection",
        "One square matrix transposed",
        "The query projection of the last transformer arrived transposed, which its square "
        "shape does not betray.",
        loading=Loading(transposed="up_blocks.0.1.0.attn1.to_q"),
        selection=Selection((1, 2), (2,), r"^up_blocks\.0\.transformers"),
    ),
    Exhibit(
        "guidance-formula",
        "Another formula for guidance",
        "The velocity is u + r (c - u) instead of c + r (c - u): every module is right, "
        "the mel is washed out.",
        solver=Solver(guidance_between=True),
        selection=Selection((2,)),
    ),
    Exhibit(
        "heads-merged-wrongly",
        "Heads merged without moving their axis",
        "Attention reshapes [B, H, T, D] to [B, T, H D] without a transposition before.",
        port=Port(heads_unpermuted=True),
        selection=Selection((1, 2), (2,), r"^down_blocks\.0\.transformers"),
    ),
    Exhibit(
        "inverted-mask",
        "An attention mask the wrong way round",
        "Attention hides the sentence and sees the padding, so the mel sinks into silence. "
        "Without padding the same mistake is ten times smaller.",
        port=Port(mask_inverted=True),
        inputs="padded",
    ),
)  # fmt: skip
"""The page opens the first; all share one checkpoint."""
