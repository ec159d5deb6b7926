"""Gain, sign, offset, and both: what one or two numbers do to every value."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from inspector.diagnose.form.case import Case
from inspector.diagnose.form.guess import Guess

_KNOWN_GAINS: tuple[tuple[float, str, tuple[str, ...]], ...] = (
    (2.302585, "natural logarithm in place of base 10", ("ME01",)),
    (0.4342945, "base 10 in place of the natural logarithm", ("ME01",)),
    (8.685890, "decibels in place of the natural logarithm", ("ME01",)),
    (0.1151293, "natural logarithm in place of decibels", ("ME01",)),
    (2.0, "twice, as the logarithm of a power is to that of a magnitude", ("ME01",)),
    (0.5, "half, as the logarithm of a magnitude is to that of a power", ("ME01", "CF01")),
    (1.0 / 0.9, "1 / 0.9, as active dropout with p = 0.1 leaves it", ("NM05",)),
    (32768.0, "16-bit integers that were not divided by 32768", ()),
    (1.0 / 32768.0, "divided by 32768 once too often", ()),
    (1000.0, "the time scale of 1000", ("TE01",)),
    (0.001, "without the time scale of 1000", ("TE01",)),
    (0.738, "a window sum in place of its squares leaves about this", ("VO01",)),
)
_NEAR = 1e-3
_FEWEST = 3


def scales(case: Case) -> Iterator[Guess]:
    """Yield sign, complement, gain, offset and gain with offset."""
    r, c = case.both
    if r.size < _FEWEST:
        return
    source, flat = case.reference, float(r.max()) == float(r.min())
    yield Guess(
        "sign", "Sign", "Every value has the opposite sign.", lambda: -source, records=("MK15",)
    )
    if np.isin(r, (0.0, 1.0)).all() and np.isin(c, (0.0, 1.0)).all() and not flat:
        mask = "mask" in case.context.role
        yield Guess(
            "complement", "Inverted",
            f"Ones and zeros are exchanged{': a mask of the other polarity' * mask}.",
            lambda: 1.0 - source, records=("MK04",) * mask,
        )  # fmt: skip
    power = float(r @ r)
    if power == 0.0:
        return
    gain = float(r @ c) / power
    if gain and abs(abs(gain) - 1.0) > 1e-12 and abs(math.log10(abs(gain))) < 30:
        yield _gain(case, gain, "likely" if flat else "certain")
    if flat:
        return
    offset = float(c.mean() - r.mean())
    if offset:
        yield Guess(
            "offset", "Offset", f"Every value is off by the same {offset * case.unit:+.6g}.",
            lambda: source + offset, 1, evidence={"offset": offset * case.unit},
            records=("WF01", "HR01"),
        )  # fmt: skip
    centred = r - r.mean()
    slope = float(centred @ c) / float(centred @ centred)
    shift = float(c.mean() - slope * r.mean())
    if slope:
        yield Guess(
            "gain_offset", "Gain and offset",
            f"Every value is multiplied by {slope:.6g} and then off by {shift * case.unit:+.6g}.",
            lambda: slope * source + shift, 2,
            evidence={"gain": slope, "offset": shift * case.unit},
            records=("ME01", "HR01"),
        )  # fmt: skip


def _gain(case: Case, gain: float, most: str) -> Guess:
    decibels = 20.0 * math.log10(abs(gain))
    text = f"Every value is multiplied by {gain:.6g} ({decibels:+.2f} dB)"
    records: tuple[str, ...] = ("VO01", "VO08", "HR01")
    for known, meaning, ids in _KNOWN_GAINS:
        if abs(gain / known - 1.0) < (0.03 if known == 0.738 else _NEAR):
            text += f": {meaning}"
            records = ids or records
            break
    spread = float(case.both[1] @ case.both[1])
    return Guess(
        "gain", "Gain", text + ".", lambda: gain * case.reference, 1,
        evidence={"gain": gain, "gain_db": decibels}, records=records, spread=spread,
        most=most,
    )  # fmt: skip
