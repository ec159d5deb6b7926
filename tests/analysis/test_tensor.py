import json
import math

import numpy as np
import pytest

from inspector.analysis.regions import Regions
from inspector.analysis.tensor import STATUSES, compare_pair, heat_planes
from inspector.errors import TraceError
from inspector.metrics.tolerance import given_tolerance
from inspector.tensors import Layout, TensorPair, TensorRecord
from tests.analysis.tensor_pairs import pair, record
from tests.real import real_trace

RNG = np.random.default_rng(0)
MEL = RNG.standard_normal((1, 8, 30)).astype(np.float32)


def test_equal_bits_are_the_same():
    found = compare_pair(pair(MEL, MEL.copy()))
    assert (found.status, found.exact_values) == ("same", True)
    assert found.reason == "Bit for bit identical."
    assert found.worst_frame is None and not found.regions


def test_equal_values_in_other_dtypes_are_the_same_and_say_so():
    tokens = np.array([3, 1, 6561], np.int32)
    found = compare_pair(pair(tokens, tokens.astype(np.float32)))
    assert (found.status, found.exact_values) == ("same", True)
    assert "int32 and float32" in found.reason
    assert found.metrics is not None and not found.metrics.identical


def test_strict_dtype_makes_the_stored_dtype_a_difference():
    found = compare_pair(pair([1.0], np.float32([1.0])), strict_dtype=True)
    assert found.status == "different"
    assert "float64 and float32" in found.reason
    assert compare_pair(pair([1.0], [1.0]), strict_dtype=True).status == "same"


def test_rounding_is_within_tolerance_and_a_mistake_is_not():
    small = compare_pair(pair(MEL, MEL * np.float32(1 + 3e-6)))
    assert small.status == "within_tolerance"
    assert "256 eps of float32" in small.reason and "would have been enough" in small.reason
    wrong = compare_pair(pair(MEL, MEL + np.float32(5e-4)))
    assert wrong.status == "different"
    assert "240 of 240 elements" in wrong.reason


def test_float64_that_carries_float32_values_is_judged_as_float32():
    single = np.float32([1.0, 2.0, 3.0])
    near = single * np.float32(1 + 1e-6)
    assert compare_pair(pair(single.astype("f8"), near.astype("f8"))).status == "within_tolerance"
    found = compare_pair(pair(single.astype("f8"), near.astype("f8")))
    assert found.metrics is not None and found.metrics.ulp_dtype == "float32"
    assert compare_pair(pair([1.0, 2.1], [1.0, 2.1 * (1 + 1e-6)])).status == "different"


def test_narrow_dtypes_are_judged_by_what_was_stored():
    half = np.float32([1.0, 2.0, 3.0])
    near = half + np.float32(2.0**-7)
    assert compare_pair(pair(half, near)).status == "different"
    stored = compare_pair(pair(half, near, dtypes=("bfloat16", "bfloat16")))
    assert stored.status == "within_tolerance"
    assert stored.metrics is not None and stored.metrics.max_ulp == 1


def test_identifiers_are_exact_whatever_the_tolerance():
    tokens = np.float32([6000.0, 6001.0])
    loose = given_tolerance(rtol=0.1)
    assert compare_pair(pair(tokens, tokens + 1), tolerance=loose).status == "within_tolerance"
    exact = compare_pair(pair(tokens, tokens + 1, role="speech_tokens"), tolerance=loose)
    assert exact.status == "different"
    whole = compare_pair(pair(np.int32([6000]), np.int32([6001])), tolerance=loose)
    assert whole.status == "different"


def test_given_limits_are_used_and_named():
    found = compare_pair(pair([1.0], [1.05]), tolerance=given_tolerance(rtol=0.1))
    assert found.status == "within_tolerance" and "as given" in found.reason


def test_one_sided_nan_is_named_first():
    candidate = MEL.copy()
    candidate[0, 3, 4] = np.nan
    candidate[0, 0, 0] += 1
    found = compare_pair(pair(MEL, candidate))
    assert found.status == "different"
    assert found.reason.startswith("NaN only in the candidate at 1 of 240 elements, first at "
                                   "[0, 3, 4]")  # fmt: skip
    assert found.metrics is not None and found.metrics.worst_index == (0, 3, 4)


def test_nan_on_both_sides_passes_unless_told_otherwise():
    values = np.float32([1.0, np.nan])
    found = compare_pair(pair(values, values.copy()))
    assert found.status == "same" and "1 of 2 elements are NaN or Inf" in found.reason
    strict = compare_pair(pair(values, values.copy()), nan_differs=True)
    assert strict.status == "different" and "NaN on both sides at 1 of 2" in strict.reason


def test_a_zero_reference_is_judged_by_the_absolute_error():
    found = compare_pair(pair([0.0, 0.0], [0.0, 1e-9]))
    assert found.status == "different" and "the reference is all zero" in found.reason
    given = compare_pair(pair([0.0, 0.0], [0.0, 1e-9]), tolerance=given_tolerance(0, 1e-8))
    assert given.status == "within_tolerance"


def test_a_disagreement_with_the_sides_exchanged_is_shown():
    limit = given_tolerance(rtol=0.095)
    found = compare_pair(pair([1.0], [1.1]), tolerance=limit)
    assert found.status == "different"
    assert found.reason.endswith("With the sides exchanged the same limit passes.")
    back = compare_pair(pair([1.1], [1.0]), tolerance=limit)
    assert back.status == "within_tolerance"
    assert back.reason.endswith("With the sides exchanged the same limit fails.")


def test_empty_tensors_are_equal_and_nothing_was_compared():
    found = compare_pair(pair(np.zeros((0, 3)), np.zeros((0, 3))))
    assert found.status == "same" and "nothing was compared" in found.reason


def test_the_same_values_in_another_order():
    moved = np.ascontiguousarray(MEL.transpose(0, 2, 1)).reshape(MEL.shape)
    found = compare_pair(pair(MEL, moved))
    assert found.status == "different" and found.rearranged
    assert "The same values in another order" in found.reason
    assert not compare_pair(pair(MEL, MEL[:, ::-1] * np.float32(1.01))).rearranged
    near = MEL[:, ::-1].copy()
    near[0, 0, 0] = np.nextafter(near[0, 0, 0], np.float32(9))
    assert not compare_pair(pair(MEL, near)).rearranged


def test_shapes_that_differ_are_not_comparable_and_never_broadcast():
    found = compare_pair(pair(np.zeros((4, 1)), np.zeros((1, 4))))
    assert (found.status, found.error, found.metrics) == ("not_comparable", "shape", None)
    assert "4 x 1" in found.reason and "1 x 4" in found.reason
    assert compare_pair(pair(np.zeros(()), np.zeros(1))).status == "not_comparable"


def test_a_mismatch_keeps_its_reason_and_hints_at_a_lost_order():
    values = np.arange(12.0)
    two = pair(values.reshape(3, 4), values[::-1].reshape(2, 6), mismatch="no axis order fits")
    found = compare_pair(two)
    assert found.status == "not_comparable" and found.error == "shape"
    assert found.reason.startswith("no axis order fits.") and found.rearranged
    other = compare_pair(pair(np.ones((3, 4)), np.zeros((2, 6)), mismatch="no"))
    assert not other.rearranged


def test_unequal_lengths_are_a_difference_with_the_numbers_of_the_overlap():
    long = np.arange(195.0)
    short = long[:125]
    found = compare_pair(
        pair(
            short, long, mismatch="lengths 125 and 195",
            candidate_layout=Layout(crop=((0, 125),), letters="N"),
        )
    )  # fmt: skip
    assert found.status == "different" and not found.exact_values
    assert "125 in the reference, 195 in the candidate" in found.reason
    assert found.metrics is not None and found.metrics.exact and found.metrics.count == 125


def test_lengths_are_named_after_the_axes_were_moved():
    found = compare_pair(
        pair(
            np.zeros((1, 8, 30)), np.zeros((1, 40, 8)), mismatch="frames differ",
            candidate_layout=Layout(axes=(0, 2, 1), crop=((0, 1), (0, 8), (0, 30))),
        )
    )  # fmt: skip
    assert "30 in the reference, 40 in the candidate" in found.reason


def test_a_crop_without_a_mismatch_is_an_ordinary_comparison():
    found = compare_pair(pair(np.ones(3), np.ones(5), candidate_layout=Layout(crop=((0, 3),))))
    assert found.status == "same"


def test_unreadable_values_become_a_sentence():
    def fail() -> np.ndarray:
        raise TraceError("truncated", "x.npy", "the file ends early", "96 bytes")

    broken = TensorRecord("x", (3,), "float32", "x.npy", 0, load=fail)
    for two in ((broken, record("y", np.zeros(3))), (record("y", np.zeros(3)), broken)):
        found = compare_pair(TensorPair(*two, "same name", 1.0))
        assert (found.status, found.error) == ("not_comparable", "truncated")
        assert "the file ends early" in found.reason
    mismatched = compare_pair(TensorPair(broken, record("y", np.zeros((3, 1))), "x", 1.0,
                                         mismatch="no fit"))  # fmt: skip
    assert mismatched.error == "truncated" and mismatched.reason.startswith("no fit.")


def test_a_layout_that_does_not_fit_becomes_a_sentence():
    found = compare_pair(pair(np.zeros((2, 3)), np.zeros((2, 3)),
                              candidate_layout=Layout(axes=(0, 2, 1))))  # fmt: skip
    assert (found.status, found.error) == ("not_comparable", "layout")
    assert "2 x 3" in found.reason


def test_stored_text_is_not_comparable():
    found = compare_pair(pair(["a"], ["a"], dtypes=("str32", "str32")))
    assert (found.status, found.error) == ("not_comparable", "dtype")


def test_bool_bytes_other_than_0_and_1_are_refused():
    odd = np.array([0, 1, 2], np.uint8).view(np.bool_)
    found = compare_pair(pair(np.array([True, False, True]), odd))
    assert (found.status, found.error) == ("not_comparable", "bool")
    flags = np.array([[True, False], [True, True]])
    assert compare_pair(pair(flags, ~flags)).metrics.unequal_count == 4


def test_the_worst_frame_and_channel_are_found_along_their_letters():
    candidate = MEL.copy()
    candidate[0, 5, 17] += 3
    candidate[0, 5, 2] += 1
    found = compare_pair(pair(MEL, candidate, "BFT"))
    assert found.worst_frame is not None and found.worst_channel is not None
    assert (found.worst_frame.axis, found.worst_frame.index) == ("T", 17)
    assert found.worst_frame.share == pytest.approx(0.9, abs=1e-4)
    assert (found.worst_channel.axis, found.worst_channel.index) == ("F", 5)
    assert found.worst_channel.share == 1.0
    moved = compare_pair(pair(MEL.transpose(0, 2, 1), candidate.transpose(0, 2, 1), "BTF"))
    assert moved.worst_frame == found.worst_frame
    assert compare_pair(pair(MEL, candidate)).worst_frame is None
    assert compare_pair(pair(MEL, candidate, "BT")).worst_frame is None


def test_regions_are_measured_apart():
    candidate = np.concatenate([MEL, MEL])
    reference = candidate.copy()
    candidate[0, :, 25:] += 1
    candidate[1, :, :10] += 2
    valid = np.arange(30) < 20
    found = compare_pair(pair(reference, candidate, "BCT"), regions=Regions(30, valid, 10))
    assert set(found.regions) == {
        "valid", "masked", "prompt", "generated", "conditional", "unconditional",
    }  # fmt: skip
    assert found.regions["valid"].max_abs == pytest.approx(2)
    assert found.regions["masked"].max_abs == pytest.approx(1)
    assert found.regions["masked"].count == 2 * 8 * 10
    assert found.regions["conditional"].rmse == pytest.approx(math.sqrt(5 / 30), rel=1e-6)
    assert found.regions["unconditional"].relative_l2 == pytest.approx(
        np.linalg.norm(candidate[1] - reference[1]) / np.linalg.norm(reference[1])
    )
    other = compare_pair(pair(reference, candidate, "BCT"), regions=Regions(31, None, 10))
    assert set(other.regions) == {"conditional", "unconditional"}


@pytest.mark.parametrize("scale", [1e200, 1e-200, 5e307])
def test_extreme_scales_keep_places_and_regions(scale):
    reference = RNG.standard_normal((2, 3, 6))
    reference /= np.abs(reference).max()
    candidate = reference.copy()
    candidate[1, 2, 4] = -candidate[1, 2, 4] + 0.5
    found = compare_pair(pair(reference * scale, candidate * scale, "BCT"),
                         regions=Regions(6, None, 2))  # fmt: skip
    plain = compare_pair(pair(reference, candidate, "BCT"), regions=Regions(6, None, 2))
    assert found.worst_frame is not None and found.worst_frame.index == 4
    for name, region in plain.regions.items():
        expected = region.relative_l2
        assert found.regions[name].relative_l2 == pytest.approx(expected)


def test_the_sentence_has_names_status_and_numbers():
    found = compare_pair(pair(MEL, MEL * np.float32(1.1)))
    text = found.sentence()
    assert text.startswith("reference_x | candidate_x: different (max_abs ")
    assert "norm_ratio 1.1" in text and "relative_l2 0.1" in text
    assert "\n" not in text
    assert compare_pair(pair(MEL, MEL)).sentence().endswith("same. Bit for bit identical.")


def test_names_are_shown_safely():
    two = TensorPair(record("a\x1b[31m\n", [1.0]), record("b", [2.0]), "same name", 1.0)
    assert "\x1b" not in compare_pair(two).sentence()
    assert "\n" not in compare_pair(two).sentence()


@pytest.mark.parametrize(
    "two",
    [
        pair(MEL, MEL + 1, "BCT", step=3, role="mel", notes=("assumed",)), pair([1j], [2j]),
        pair([2**63 - 1], [0]), pair([np.nan], [1.0]), pair([True], [False]),
        pair(np.zeros((0,)), np.zeros((0,))), pair(np.zeros(2), np.zeros(3)),
    ],
)  # fmt: skip
def test_to_dict_is_plain_json(two):
    found = compare_pair(two, regions=Regions(30, None, 10))
    text = json.loads(json.dumps(found.to_dict()))
    assert text["status"] in STATUSES
    assert (text["reference"], text["candidate"]) == ("reference_x", "candidate_x")
    assert (text["metrics"] is None) == (found.status == "not_comparable")
    for name in ("step", "rule", "layout", "confidence", "reason", "regions", "notes"):
        assert name in text


def test_heat_planes_are_offered_here_too():
    assert heat_planes(MEL, MEL, letters="BFT").rows == 8


@pytest.mark.real
def test_the_real_prompt_features_are_rearranged_and_the_embedding_is_equal():
    from inspector.io.trace import open_trace

    sides = [open_trace(real_trace("python-vs-swift") / side) for side in ("python", "swift")]
    for name, status, rearranged in (
        ("step4_prompt_feat", "different", True),
        ("step4_s3_embedding", "same", False),
        ("step4_prompt_token", "same", False),
    ):
        found = compare_pair(TensorPair(sides[0][name], sides[1][name], "same name", 1.0))
        assert (found.status, found.rearranged) == (status, rearranged)


@pytest.mark.real
def test_a_real_recording_equals_itself_in_every_metric():
    from inspector.io.trace import open_trace

    for record_ in open_trace(real_trace("chatterbox-reference")):
        found = compare_pair(TensorPair(record_, record_, "same name", 1.0))
        m = found.metrics
        assert found.status == "same" and m is not None and m.identical
        assert m.max_abs == m.mean_abs == m.rmse == m.required_rtol == 0.0
        assert m.relative_l2 in (0.0, None) and m.cosine in (1.0, None)
