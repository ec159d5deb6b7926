import json

import numpy as np
import pytest

from inspector.analysis.regions import Regions, derive_regions
from inspector.errors import TraceError
from inspector.tensors import OdeStep, OdeTrajectory, Roles, RoleTensor, TensorRecord
from tests.analysis.tensor_pairs import record

FRAMES = 12


def role(values, letters: str) -> RoleTensor:
    return RoleTensor(record("x", values), letters)


def roles(**named: RoleTensor) -> Roles:
    return Roles(named={"mel": role(np.zeros((1, 8, FRAMES)), "BFT"), **named})


def broken(shape, letters: str) -> RoleTensor:
    def fail() -> np.ndarray:
        raise TraceError("changed", "x.npy", "the file changed")

    return RoleTensor(TensorRecord("x", shape, "float32", "x.npy", 0, load=fail), letters)


def test_nothing_known_gives_nothing():
    assert derive_regions(Roles()) == Regions()
    assert Regions().of_frames() == {}


def test_frames_come_from_the_ode_steps_first():
    step = OdeStep(1, x_after=role(np.zeros((1, 20, 8)), "BTC"))
    found = derive_regions(Roles(trajectory=OdeTrajectory((step,))))
    assert found.frames == 20
    assert derive_regions(roles()).frames == FRAMES


@pytest.mark.parametrize(
    ("shape", "letters"), [((1, 1, FRAMES), "BCT"), ((2, 1, FRAMES), "BCT"), ((FRAMES,), "T"),
                           ((1, FRAMES, 1), "BTC")]
)  # fmt: skip
def test_the_mask_gives_the_valid_frames(shape, letters):
    keep = np.arange(FRAMES) < 9
    values = np.broadcast_to(np.expand_dims(keep, [i for i, a in enumerate(letters) if a != "T"]),
                             shape)  # fmt: skip
    found = derive_regions(roles(mask=role(values.astype(np.float32), letters)))
    assert found.valid is not None and found.valid.tolist() == keep.tolist()
    with pytest.raises(ValueError, match="read-only"):
        found.valid[0] = False


@pytest.mark.parametrize(
    "mask",
    [
        role(np.ones((1, 5)), "BT"), role(np.full((1, FRAMES), 0.5), "BT"),
        broken((1, FRAMES), "BT"), role(np.ones((1, FRAMES)), "BTC"),
        role(np.full((1, FRAMES), np.nan), "BT"),
    ],
    ids=["length", "values", "unreadable", "letters", "nan"],
)  # fmt: skip
def test_what_is_no_frame_mask_is_left_out(mask):
    assert derive_regions(roles(mask=mask)).valid is None


def test_prompt_frames_by_token_count_then_features_then_condition():
    count, features = role(np.int32([3]), "B"), role(np.zeros((1, 5, 8)), "BTF")
    cond = np.zeros((1, 8, FRAMES))
    cond[:, 2, :4] = 1.0
    cond[:, :, 1] = 0.0
    condition = role(cond, "BCT")
    everything = roles(prompt_token_len=count, prompt_feat=features, cond=condition)
    assert derive_regions(everything).prompt_frames == 6
    assert derive_regions(roles(prompt_feat=features, cond=condition)).prompt_frames == 5
    assert derive_regions(roles(cond=condition)).prompt_frames == 4
    assert derive_regions(roles()).prompt_frames is None


@pytest.mark.parametrize(
    "count",
    [np.int32([0]), np.int32([100]), np.float32([2.5]), np.float32([np.nan]), np.int32([2, 3]),
     np.complex64([3])],
)  # fmt: skip
def test_an_impossible_prompt_length_is_left_out(count):
    tensor = role(count, "B")
    assert derive_regions(roles(prompt_token_len=tensor)).prompt_frames is None


def test_an_unreadable_prompt_is_left_out():
    found = derive_regions(
        roles(prompt_token_len=broken((1,), "B"), cond=broken((1, 8, FRAMES), "BCT"))
    )
    assert found.prompt_frames is None


def test_a_condition_without_a_floor_gives_no_prompt():
    full = roles(cond=role(np.random.default_rng(0).random((1, 8, FRAMES)), "BCT"))
    assert derive_regions(full).prompt_frames is None
    assert derive_regions(roles(cond=role(np.ones((1, 8, FRAMES)), "BCT"))).prompt_frames is None


def test_frame_masks_without_the_trivial_ones():
    regions = Regions(6, np.array([True] * 4 + [False] * 2), 2)
    masks = regions.of_frames()
    assert {name: int(mask.sum()) for name, mask in masks.items()} == {
        "valid": 4, "masked": 2, "prompt": 2, "generated": 4,
    }  # fmt: skip
    assert set(Regions(6, np.ones(6, bool), None).of_frames()) == set()


def test_to_dict_is_plain_json():
    text = json.loads(json.dumps(Regions(6, np.ones(6, bool), 2).to_dict()))
    assert text == {
        "frames": 6, "valid_frames": 6, "prompt_frames": 2,
        "rows": ["conditional", "unconditional"],
    }  # fmt: skip
