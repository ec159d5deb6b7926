"""The first screen says the verdict and one number per question."""

from __future__ import annotations

from inspector.views.summary import make_tiles, summarise

KEYS = ["tensors", "unmatched", "ode", "sign", "hf_energy", "mel", "waveform"]


def test_there_are_seven_tiles_in_order_each_with_its_tab(differing):
    tiles = make_tiles(differing)
    assert [t.key for t in tiles] == KEYS
    assert all(t.value and t.title and t.status in ("ok", "note", "fail", "none") for t in tiles)


def test_a_healthy_agreeing_pair_is_green_everywhere(agreeing):
    assert {t.status for t in make_tiles(agreeing)} == {"ok"}


def test_a_differing_pair_is_red_where_it_differs(differing):
    status = {t.key: t.status for t in make_tiles(differing)}
    assert status["tensors"] == status["ode"] == status["mel"] == status["waveform"] == "fail"
    assert status["unmatched"] == "ok"


def test_an_empty_comparison_is_never_green(empty_comparison):
    status = {t.key: t.status for t in make_tiles(empty_comparison)}
    assert status["tensors"] == "fail"
    assert status["unmatched"] == "note"
    assert {status[k] for k in KEYS[2:]} == {"none"}


def test_the_first_divergence_carries_the_row_of_the_table(differing):
    summary = summarise(differing)
    first = summary["verdict"]["first_divergence"]
    row = differing.tensors[first["row"]]
    assert row.pair.reference.name == first["reference"]
    assert summary["reference"]["tensors"] == len(differing.reference.trace)
