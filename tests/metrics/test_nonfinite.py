import numpy as np

from inspector.metrics.nonfinite import NonFinite

NAN, INF = np.nan, np.inf
REFERENCE = np.array([1.0, NAN, NAN, 2.0, INF, INF, 3.0, NAN, -INF])
CANDIDATE = np.array([1.0, NAN, 5.0, NAN, INF, -INF, INF, INF, -INF])


def count(reference, candidate, nan_differs=False, start=0) -> NonFinite:
    found = NonFinite(nan_differs)
    finite = np.isfinite(reference) & np.isfinite(candidate)
    found.add(start, reference, candidate, finite)
    return found


def test_every_class_is_counted_apart():
    found = count(REFERENCE, CANDIDATE)
    assert (found.nan_both, found.nan_reference, found.nan_candidate) == (1, 2, 1)
    assert found.inf_mismatch == 2
    assert found.differences == 5


def test_the_first_place_of_each_kind_is_kept():
    found = count(REFERENCE, CANDIDATE, start=100)
    assert (found.first_nan, found.first_inf) == (102, 105)
    found.add(0, REFERENCE, CANDIDATE, np.isfinite(REFERENCE) & np.isfinite(CANDIDATE))
    assert (found.first_nan, found.first_inf) == (102, 105)


def test_nan_on_both_sides_can_count_as_a_difference():
    found = count(REFERENCE, CANDIDATE, nan_differs=True)
    assert found.differences == 6
    assert found.first_nan == 1
    one_sided_first = count(np.array([NAN, NAN]), np.array([1.0, NAN]), nan_differs=True)
    assert one_sided_first.first_nan == 0


def test_sign_and_payload_of_a_nan_do_not_matter():
    odd = np.array([0xFFF8_0000_0000_0001, 0x7FF8_0000_0000_0000], np.uint64).view(np.float64)
    assert count(odd, odd[::-1].copy()).differences == 0


def test_a_complex_value_with_one_nan_part_is_nan():
    a, b = np.array([complex(NAN, 1), 1 + 1j]), np.array([complex(2, NAN), complex(INF, 0)])
    found = count(a, b)
    assert (found.nan_both, found.inf_mismatch) == (1, 1)
