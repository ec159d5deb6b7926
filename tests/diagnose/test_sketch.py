"""Sketches keep inner products, and order pairs by the sum of their effects."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.diagnose.sketch import WIDTH, pairs_by_sum, sketch


def drawn(seed, size=8000):
    return np.random.default_rng(seed).standard_normal((size // 80, 80))


def test_inner_products_are_kept_to_the_stated_error():
    a, b = drawn(1), drawn(1) + 0.5 * drawn(2)
    found, right = sketch(a) @ sketch(b), np.vdot(a, b)
    assert found == pytest.approx(right, rel=5 / np.sqrt(WIDTH))
    assert sketch(a) @ sketch(a) == pytest.approx(np.vdot(a, a), rel=5 / np.sqrt(WIDTH))


def test_a_sketch_is_linear():
    a, b = drawn(1), drawn(2)
    np.testing.assert_allclose(sketch(a - 2 * b), sketch(a) - 2 * sketch(b), atol=1e-9)
    assert sketch(np.zeros(7)).shape == (WIDTH,)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_has_no_sketch(bad):
    assert sketch(np.array([1.0, bad])) is None


def test_the_pair_that_adds_up_comes_first():
    effects = [drawn(seed) for seed in range(30)]
    target = effects[7] + effects[19] + 0.05 * drawn(99)
    sketches = [sketch(e) for e in effects]
    ordered = list(pairs_by_sum(sketch(target), sketches, 20))
    # one of both with anything else leaves half and more
    ((left, *pair),) = ordered
    assert pair == [7, 19]
    assert left == pytest.approx(0.05**2 / 2, rel=0.5)


def test_pairs_that_only_disturb_are_not_given():
    effects = [sketch(drawn(seed)) for seed in range(12)]
    assert list(pairs_by_sum(sketch(drawn(50)), effects, 100)) == []


def test_only_so_many_are_given():
    effects = [sketch(drawn(0) + 0.1 * drawn(seed)) for seed in range(1, 12)]
    ordered = list(pairs_by_sum(sketch(2 * drawn(0)), effects, 20))
    assert len(ordered) == len(set(ordered)) == 20
    assert all(i < j for _, i, j in ordered)


def test_the_order_is_that_of_the_distance():
    effects = [sketch(drawn(0) + 0.3 * drawn(seed)) for seed in range(1, 7)]
    target = sketch(2 * drawn(0) + 0.3 * drawn(1))
    ordered = list(pairs_by_sum(target, effects, 100))
    assert len(ordered) == 15
    shares = [np.linalg.norm(target - effects[i] - effects[j]) ** 2 for _, i, j in ordered]
    assert shares == sorted(shares)
    np.testing.assert_allclose([s for s, _, _ in ordered], shares / np.sum(target**2), atol=1e-9)


def test_fewer_than_two_effects_make_no_pair():
    assert list(pairs_by_sum(np.zeros(WIDTH), [], 5)) == []
    assert list(pairs_by_sum(np.zeros(WIDTH), [np.ones(WIDTH)], 5)) == []
