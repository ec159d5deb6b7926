"""Recorded bugs that are no entry of the registry, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class LeftOut:
    """Records without an entry.

    Attributes:
        records: short IDs.
        reason: why this decoder cannot show them, or why they need no entry.
    """

    records: tuple[str, ...]
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"records": list(self.records), "reason": self.reason}


_LEFT_OUT = (
    ("R44 PO01 PO02 PO03 PO04 PO05 PO07 PO09 PO10",
     "The decoder has no rotary or relative positions: its attention sees order only through "
     "the convolutions."),
    ("R45 NM06", "The decoder has no adaptive norm: time enters by addition."),
    ("NM04 NM08 WL10 MK18 TE05",
     "Belongs to the encoder, the speaker network or the duration model before the decoder; what "
     "reaches the decoder is a wrong mu, mask or speaker, which are entries of the inputs."),
    ("TE07 CF04", "The decoder has no second time and no position embedding to zero."),
    ("MK10 MK11 MK15 CF08 CF09 CD01 WK17 WK18",
     "Concerns the autoregressive token model, its masks or its guidance."),
    ("ST01 ST02 ST03", "The decoder keeps no cache between steps and is not streamed here."),
    ("WK07 MK08 WK20 DT02 DT03 AC02",
     "Shapes do not fit, so it fails loudly; the weight audit names the misfit."),
    ("WK12 WK13 WK14 WF05 WF09 AL06 AC04 AC06 RC04 PD06 UP01 UP02 UP03 UP04 DT06 DT08 AL03",
     "Belongs to the vocoder, the codec or its source, which come after the mel."),
    ("WK19", "The decoder has no statistics to undo; a wrong mu is an entry of the inputs."),
    ("MK12 FW02 FW03 FW06 FW07 FW08 FW09 FW10 DT07 SA04",
     "A defect of a framework or an environment; it cannot be made by changing the decoder."),
    ("MK13", "Needs activations that overrun -1e10 in the padding; with float32 and trained "
     "weights of this family they do not."),
    ("CF10", "Guidance rows flattened into time mix rows in the attention, which no single "
     "operation of the graph expresses; it shows as an error of every attention."),
    ("RC02", "Adding in place of concatenating changes the width, so the next layer refuses it."),
    ("FW05", "Reading past the end of a buffer gives values that no formula predicts; the "
     "recovery of weights shows it as unknown weights of one layer."),
    ("AL04 HR01 HR02 HR04 HR05 HR06 HR07 HR08 HR09 HR10 HR11 HR12 HR13 HR14 DT05 R47 R53 R54",
     "A fault of the traces or of the way they were compared; health checks, matching and the "
     "trace controls cover it."),
    ("PD07 PD08 TX01 TX02 TX03 TX04 TX05 TX07 TX08 SA01 SA02 SA03 SA05",
     "Concerns tokens, sampling or lengths before the decoder."),
    ("VO01 VO02 VO03 VO04 VO05 VO06 VO07 VO08 VO09 WL06 ME01 ME02 ME03 ME04 R49 R50 R51 R52",
     "Concerns the vocoder or the mel front end."),
)  # fmt: skip


def left_out() -> tuple[LeftOut, ...]:
    """Records without an entry, grouped by reason."""
    return tuple(LeftOut(tuple(records.split()), reason) for records, reason in _LEFT_OUT)


UNUSED_SETTINGS: Mapping[tuple[str, str, object], str] = MappingProxyType({
    ("concat_skip", "order", "add"): "the next convolution reads twice the channels and refuses",
    ("activation", "kind", "tanh"): "no port was seen to use it",
})  # fmt: skip
"""Wrong values of settings that no fault uses, with the reason: (op, setting, value)."""
