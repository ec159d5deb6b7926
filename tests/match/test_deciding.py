"""Whole matches of runs whose right pairs are known: names of many styles, or none at all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.match.deciding import decide_pairs
from inspector.match.entries import entries_of
from inspector.match.pairing import Board
from inspector.match.roles import recognise
from tests.match.build import match
from tests.match.runs import (
    STYLES,
    as_trace,
    decoder_run,
    judge,
    name_of,
    noisy,
    random_names,
)

# x_before equals the noise or the last x_after: with names that say nothing these are ambiguous
_EQUAL = {"noise", "s1.x_before", "s1.x_after", "s2.x_before"}


def two_traces(run, own, other, *, noise=1e-5, move=(0, 1, 2), container=False, sick=None, seed=0):
    """Reference and candidate under two tables of names, and the right pairs."""
    rng = np.random.default_rng(seed)
    candidate = []
    for at, (what, values) in enumerate(run):
        error = noise if sick is None or at < sick else 0.03 + 0.04 * (at - sick)
        candidate.append((other[what], noisy(values, error, rng).transpose(move).copy()))
    reference = [(own[what], values) for what, values in run]
    truth = {own[what]: other[what] for what, _ in run}
    return (
        as_trace(reference, container=container),
        as_trace(candidate, container=container),
        truth,
    )


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("other", STYLES)
@pytest.mark.parametrize("own", ["torch", "flat"])
def test_rewritten_names_are_paired_completely(own, other, first):
    run = decoder_run()
    styles = [{what: name_of(what, s, f) for what, _ in run} for s, f in ((own, 1), (other, first))]
    reference, candidate, truth = two_traces(run, *styles, move=(0, 2, 1))
    result = match(reference, candidate)
    assert judge(result, truth) == (len(run), 0, 0)
    assert result.ambiguous == () and result.unmatched_reference == ()


@pytest.mark.parametrize("other", STYLES)
@pytest.mark.parametrize("sick", [5, 12, 20])
def test_a_diverged_run_gives_no_sure_wrong_pair_and_says_so(other, sick):
    run = decoder_run()
    styles = [{what: name_of(what, s) for what, _ in run} for s in ("torch", other)]
    reference, candidate, truth = two_traces(run, *styles, move=(0, 2, 1), sick=sick)
    result = match(reference, candidate)
    right, _, sure = judge(result, truth)
    assert sure == 0 and right >= 0.6 * len(run)
    assert any("names and order say what belongs together" in n for n in result.notes)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    frames=st.sampled_from([9, 14, 16]),  # 16 frames and 16 channels: equal axes
    move=st.permutations([1, 2]).map(lambda axes: (0, *axes)),
    noise=st.sampled_from([0.0, 1e-6, 3e-5]),
    container=st.booleans(),
)
def test_names_without_information_leave_only_true_ambiguities(
    seed, frames, move, noise, container
):
    run = decoder_run(seed, frames=frames)
    own, other = random_names(run, seed), random_names(run, seed + 1)
    reference, candidate, truth = two_traces(
        run, own, other, noise=noise, move=move, container=container, seed=seed
    )
    result = match(reference, candidate)
    right, wrong, _ = judge(result, truth)
    assert wrong == 0
    if container:
        # the stored order tells the equal ones apart
        assert right == len(run)
    else:
        assert right == len(run) - len(_EQUAL)
        flagged = {name for group in result.ambiguous for name in group.reference}
        assert flagged == {own[what] for what in _EQUAL}
    for pair in result.pairs:
        left, right_values = pair.read()
        assert np.abs(left - right_values).max() < 1e-3 * np.abs(left).max()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    keep=st.floats(0.4, 0.9),
    sick=st.none() | st.integers(3, 30),
    container=st.booleans(),
)
def test_partial_and_diverged_recordings_give_no_sure_wrong_pair(seed, keep, sick, container):
    run = decoder_run(seed)
    own, other = random_names(run, seed), random_names(run, seed + 1)
    reference, candidate, _ = two_traces(
        run, own, other, container=container, sick=sick, seed=seed, move=(0, 2, 1)
    )
    rng = np.random.default_rng([seed, 5])
    sides = []
    for trace in (reference, candidate):
        kept = tuple(r for r in trace.records if rng.random() < keep)
        sides.append(type(trace)("memory", kept, trace.info))
    # tensors with equal values can stand for each other
    back = {name: what for what, name in other.items()}
    same = {"noise": "x", "s1.x_before": "x", "s1.x_after": "y", "s2.x_before": "y"}
    mine = {name: what for what, name in own.items()}
    for pair in match(*sides).pairs:
        left, right = mine[pair.reference.name], back[pair.candidate.name]
        if pair.confidence >= 0.5:
            assert same.get(left, left) == same.get(right, right), (pair.rule, pair.notes)


@pytest.mark.parametrize("noise", [2e-3, 1e-2])
def test_half_precision_is_paired_too(noise):
    run = decoder_run(3)
    own, other = random_names(run, 3), random_names(run, 4)
    reference, candidate, truth = two_traces(run, own, other, noise=noise, move=(0, 2, 1))
    halves = as_trace([(r.name, r.read()) for r in candidate], dtype="bfloat16")
    right, wrong, _ = judge(match(reference, halves), truth)
    assert (right, wrong) == (len(run) - len(_EQUAL), 0)


def test_names_with_meaningless_numbers_are_overruled():
    run = decoder_run(1)
    rng = np.random.default_rng(1)
    tables = []
    for _ in range(2):
        order = rng.permutation(len(run))
        tables.append({what: f"tensor_{order[i]}" for i, (what, _) in enumerate(run)})
    reference, candidate, truth = two_traces(run, *tables)
    result = match(reference, candidate)
    right, _, sure = judge(result, truth)
    assert sure == 0 and right >= len(run) - len(_EQUAL)
    assert any("undone" in note for note in result.notes)


def test_links_that_are_given_stay():
    run = decoder_run()
    table = {what: name_of(what, "torch") for what, _ in run}
    reference, candidate, _ = two_traces(run, table, table)
    sides = [{e.name: e for e in entries_of(t, recognise(t))} for t in (reference, candidate)]
    board = Board(*sides)
    one, other = table["mu"], table["mel"]
    board.link(board.reference[one], board.candidate[other], "mapping file", 1.0)
    decide_pairs(
        board, reference, candidate,
        same_name=lambda _: True, stored_order=False, wanted=lambda _: True,
    )  # fmt: skip
    given_link = next(k for k in board.links if k.reference.name == one)
    assert (given_link.candidate.name, given_link.confidence) == (other, 1.0)
