"""Views are registered once, in the order of the tabs, and plugins come through one door."""

from __future__ import annotations

import pytest

from inspector.errors import UsageError
from inspector.views.registry import views
from tests.views.panels import check_panel


def test_the_tabs_come_in_their_order():
    assert list(views()) == [
        "tensor", "findings", "mel", "ode", "sign", "hf_energy", "waveform", "tokens", "health",
        "match",
    ]  # fmt: skip


@pytest.mark.parametrize("key", list(views()))
def test_every_registered_view_builds_and_draws(key, differing):
    assert views()[key].key == key
    check_panel(views()[key], differing)


@pytest.mark.parametrize("key", list(views()))
def test_every_registered_view_survives_an_empty_comparison(key, empty_comparison):
    panel = views()[key].build(empty_comparison)
    assert panel.reason or panel.lines


def test_an_unknown_view_answers_with_the_nearest():
    with pytest.raises(UsageError, match="hf_energy"):
        views()["hf-energy"]
