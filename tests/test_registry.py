"""Registries answer by name, say why something is missing, and survive bad plugins."""

from __future__ import annotations

import pytest

from inspector import registry as registry_module
from inspector.errors import UsageError
from inspector.registry import PLUGIN_GROUP, Registry, load_plugins


@pytest.fixture
def views() -> Registry[str, int]:
    registry: Registry[str, int] = Registry("view")
    for number, name in enumerate(("mel", "waveform", "tokens")):
        registry.add(name, number)
    return registry


def test_entries_are_found_in_the_order_of_registration(views):
    assert list(views) == ["mel", "waveform", "tokens"]
    assert list(views.items()) == [("mel", 0), ("waveform", 1), ("tokens", 2)]
    assert (views["waveform"], len(views), "mel" in views, "ode" in views) == (1, 3, True, False)


def test_an_entry_is_handed_back_so_that_add_can_decorate(views):
    assert views.add("ode", 7) == 7


def test_a_taken_name_is_refused(views):
    with pytest.raises(UsageError) as caught:
        views.add("mel", 5)
    assert caught.value.code == "duplicate"
    assert views["mel"] == 0


def test_an_unknown_name_gets_the_nearest_ones(views):
    with pytest.raises(UsageError) as caught:
        views["wavform"]
    assert caught.value.code == "unknown"
    assert "waveform" in caught.value.next_step
    assert "mel" not in caught.value.next_step


def test_a_name_near_to_nothing_gets_the_list(views):
    with pytest.raises(UsageError) as caught:
        views["zzzz"]
    assert all(name in caught.value.next_step for name in views)


def test_an_empty_registry_offers_nothing():
    with pytest.raises(UsageError) as caught:
        Registry("fault")["mel"]
    assert caught.value.next_step == ""


def test_a_missing_entry_stays_listed_with_its_reason(views):
    views.add_missing("mlx", "mlx is not installed")
    assert views.missing() == {"mlx": "mlx is not installed"}
    assert "mlx" not in views
    with pytest.raises(UsageError) as caught:
        views["mlx"]
    assert caught.value.code == "unavailable"
    assert "mlx is not installed" in caught.value.sentence


def test_an_entry_that_arrives_is_no_longer_missing(views):
    views.add_missing("mlx", "mlx is not installed")
    views.add("mlx", 9)
    views.add_missing("mlx", "too late")
    assert (views["mlx"], views.missing()) == (9, {})


def test_keys_may_be_values_with_a_label():
    faults: Registry[tuple[str, int], str] = Registry("fault", label=lambda k: f"{k[0]}-{k[1]}")
    faults.add(("pad", 1), "x")
    with pytest.raises(UsageError) as caught:
        faults["pad", 2]
    assert "pad-1" in caught.value.next_step


class _Point:
    def __init__(self, name, plugin):
        self.name = name
        self._plugin = plugin

    def load(self):
        return self._plugin


def _raise(**_registries):
    raise RuntimeError("broken on purpose")


def test_plugins_use_the_same_door_and_a_bad_one_stops_nobody(views, monkeypatch):
    points = [
        _Point("b-good", lambda views: views.add("extra", 42)),
        _Point("a-bad", _raise),
    ]
    asked = []
    monkeypatch.setattr(
        registry_module, "entry_points", lambda group: asked.append(group) or points
    )
    failures = load_plugins(views=views)
    assert asked == [PLUGIN_GROUP]
    assert views["extra"] == 42
    assert failures == {"a-bad": "RuntimeError: broken on purpose"}
