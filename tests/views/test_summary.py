"""The first screen says the verdict and one number per question."""

from __future__ import annotations

from inspector.diagnose.comparison import compare_traces
from inspector.views.summary import make_tiles, summarise
from tests import runs

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


def test_the_noise_in_the_padding_shows_in_no_tile():
    run = runs.padded_run()
    found = compare_traces(runs.trace(run), runs.trace(runs.other_style(run)))
    tile = {t.key: t for t in make_tiles(found)}["sign"]
    assert tile.value == "0.0 %" and tile.detail == "reference 0.0 %, 100 % agree"


def test_sounds_that_cannot_be_lined_up_show_no_number_of_both():
    run = runs.healthy_run()
    other = dict(run, step8_audio=3 * runs.healthy_run(seed=1)["step8_audio"])
    tiles = {t.key: t for t in make_tiles(compare_traces(runs.trace(run), runs.trace(other)))}
    assert tiles["waveform"].value == "not lined up" and "null" not in tiles["waveform"].detail
    assert tiles["hf_energy"].detail.startswith("mel: ")
    run, other = ({"step8_audio": side["step8_audio"]} for side in (run, other))
    tiles = {t.key: t for t in make_tiles(compare_traces(runs.trace(run), runs.trace(other)))}
    assert (tiles["hf_energy"].value, tiles["hf_energy"].detail) == (
        "n/a", "sounds not lined up in time",
    )  # fmt: skip
