from __future__ import annotations

import math

import pytest

from inspector.audio.decibel import amplitude_db, power_db, show_db


def test_known_ratios():
    assert amplitude_db(10.0) == pytest.approx(20.0)
    assert power_db(10.0) == pytest.approx(10.0)
    assert amplitude_db(0.5) == pytest.approx(-6.0206, abs=1e-4)


@pytest.mark.parametrize("ratio", [0.0, -1.0, math.inf, math.nan])
def test_a_ratio_without_decibels_is_none(ratio):
    assert amplitude_db(ratio) is None
    assert power_db(ratio) is None


def test_shown_with_sign_but_no_negative_zero():
    assert show_db(3.04) == "+3.0 dB"
    assert show_db(-0.04) == "+0.0 dB"
    assert show_db(-1.236, 2) == "-1.24 dB"
    assert show_db(None) == "undefined"
