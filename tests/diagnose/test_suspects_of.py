"""Solutions put into words: how far a mistake reaches."""

from __future__ import annotations

import pytest

from inspector.diagnose.suspect import EXACT
from inspector.diagnose.suspects_of import place_text, suspects_of
from tests.diagnose.searches import Desk, edit_of, errors_of, pair_with

SCALE = "attention_scale_missing"
PLACES = tuple(
    f"{block}.attn1.scaled"
    for block in ("down_blocks.0.1.0", "mid_blocks.0.1.0", "mid_blocks.1.1.0", "up_blocks.0.1.0")
)
TRIED = (SCALE, "attention_scale_twice", "norm_rms", "query_key_weights_swapped",
         "scores_transposed", "mask_inverted", "attention_mask_causal")  # fmt: skip


def found(edit, level="blocks", **options):
    """Suspects from the singles at one step."""
    pair = pair_with(edit, level, **options)
    errors = errors_of(pair, [1])
    desk = Desk(pair, keys=TRIED)
    cells = list(errors.faulty)
    desk.search.singles(cells)
    solutions, left = desk.search.cover(cells)
    assert left == []
    return suspects_of(solutions, errors, desk.search)


@pytest.mark.parametrize(("count", "scope"), [(4, "all"), (2, "some"), (3, "some"), (1, "one")])
def test_the_scope_says_how_many_places_have_the_fault(count, scope):
    (suspect,) = found(edit_of((SCALE, PLACES[:count])))
    assert (suspect.fault, suspect.scope) == (SCALE, scope)
    assert set(suspect.where) == set(PLACES[:count])


def test_places_that_nothing_recorded_shows_do_not_count_against_all():
    # only steps are recorded at which the inside shows; here one step of two
    (suspect,) = found(edit_of(SCALE), steps=[2])
    assert suspect.scope == "all"


def test_a_whole_forward_pass_with_all_places_is_all():
    suspects = found(edit_of(SCALE), "ode")
    assert [(s.fault, s.scope, len(s.where)) for s in suspects] == [(SCALE, "all", 4)]


def test_numbers_of_the_suspect():
    (suspect,) = found(edit_of((SCALE, PLACES[1:2])))
    assert suspect.evidence == EXACT
    assert suspect.explained == pytest.approx(1.0)
    assert suspect.residual <= 12 * suspect.noise_floor
    assert suspect.margin > 100
    assert suspect.cells == 1
    assert suspect.records
    assert suspect.kind == "fault"


def test_the_sentence_holds_the_place_the_change_and_both_numbers():
    (suspect,) = found(edit_of((SCALE, PLACES[1:2])))
    assert suspect.title in suspect.sentence
    assert f"at {PLACES[1]}" in suspect.sentence
    assert suspect.change.rstrip(".") in suspect.sentence
    assert f"{suspect.residual:.1e}" in suspect.sentence
    assert "100 %" in suspect.sentence
    assert "cannot tell" not in suspect.sentence


def test_faults_that_look_the_same_are_said():
    (suspect,) = found(edit_of("query_key_weights_swapped"))
    (other,) = suspect.alike
    assert {suspect.fault, other} == {"query_key_weights_swapped", "scores_transposed"}
    assert f"This trace cannot tell it from: {other}." in suspect.sentence


def test_two_faults_of_one_cell_name_each_other():
    keys = (SCALE, "norm_rms")
    places = ((SCALE, PLACES[1:2]), ("norm_rms", ("mid_blocks.0.1.0.norm3",)))
    pair = pair_with(edit_of(*places))
    errors, desk = errors_of(pair, [1]), Desk(pair, keys=keys)
    (cell,) = errors.faulty
    desk.search.singles([cell])
    solution = desk.search.pairs(cell)
    assert solution is not None
    suspects = {s.fault: s for s in suspects_of([solution], errors, desk.search)}
    assert set(suspects) == set(keys)
    for one, other in (keys, keys[::-1]):
        assert f"together with {suspects[other].title.lower()}" in suspects[one].sentence


def test_places_in_words():
    assert place_text(("a",), "all") == "at a"
    assert place_text(("a", "b"), "all") == "at all 2 places recorded"
    assert place_text(("a", "b", "c", "d", "e"), "some") == "at a, b, c and 2 more"
    assert place_text(("a", "b"), "some") == "at a, b"
