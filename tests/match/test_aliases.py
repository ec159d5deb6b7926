"""The alias table is consistent with itself."""

from inspector.match import aliases
from inspector.match.names import tokenize

_KINDS = {
    "state", "prompt", "features", "mask", "vector", "tokens", "scalar", "schedule", "samples",
    "curve", "other",
}  # fmt: skip


def test_no_spelling_means_two_things():
    spellings = [s for spec in aliases.ROLES for s in spec.spellings]
    assert len(spellings) == len(set(spellings))
    assert len({spec.role for spec in aliases.ROLES}) == len(aliases.ROLES)


def test_spellings_are_written_as_tokens():
    for spec in aliases.ROLES:
        for spelling in spec.spellings:
            assert "_".join(tokenize(spelling)) == spelling


def test_roles_are_listed_in_order_of_execution():
    phases = [spec.phase for spec in aliases.ROLES]
    assert phases == sorted(phases)
    assert {spec.axes for spec in aliases.ROLES} <= _KINDS


def test_step_roles_are_the_parts_of_a_step():
    assert aliases.STEP_ROLES == ("t", "dt", "x_before", "v_cond", "v_uncond", "v_cfg", "x_after")


def test_path_rows_are_unique_and_carry_their_numbers():
    spellings = [row[0] for row in aliases.PATHS]
    assert len(spellings) == len(set(spellings))
    for spelling, canonical in aliases.PATHS:
        assert canonical.count("#") <= spelling.count("#")


def test_longer_wrappers_come_first():
    lengths = [len(w) for w in aliases.WRAPPERS]
    assert lengths == sorted(lengths, reverse=True)


def test_known_equivalents_share_a_role():
    role = {s: spec.role for spec in aliases.ROLES for s in spec.spellings}
    for group in (
        ("dxdt_cond", "v_cond"),
        ("dxdt_uncond", "v_uncond"),
        ("dxdt_cfg", "v_cfg", "v_mix"),
        ("final_mel", "mel", "mel_raw", "ode_output"),
        ("embedding", "s3_embedding", "gen_embedding"),
        ("spk", "spk_emb", "speaker_embedding"),
    ):
        assert len({role[s] for s in group}) == 1
    assert role["embedding"] != role["spk_emb"]
    assert role["v_cond"] != role["v_uncond"]
