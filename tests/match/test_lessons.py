"""Names learned from values in one step, used in the others."""

import numpy as np

from tests.match.build import make_trace, match, partners

RNG = np.random.default_rng(0)


def normal():
    return RNG.normal(size=(1, 6, 7))


def traces(words, other, steps=3, sick=2):
    reference, candidate = {}, {}
    for step in range(1, steps + 1):
        for own, their in zip(words, other, strict=True):
            values = normal()
            reference[f"ode_step{step}/{own}"] = values
            candidate[f"ode_step{step}/{their}"] = values if step < sick else normal()
    return make_trace(reference), make_trace(candidate)


def test_a_name_proven_in_step_1_is_known_in_diverged_steps():
    result = match(*traces(("wren", "finch"), ("oak", "elm")))
    expected = {
        f"ode_step{s}/{a}": f"ode_step{s}/{b}"
        for s in (1, 2, 3)
        for a, b in (("wren", "oak"), ("finch", "elm"))
    }
    assert partners(result) == expected
    learned = [p for p in result.pairs if p.rule == "learned name"]
    assert len(learned) == 4
    assert all(p.confidence >= 0.5 and "1 other ODE step" in p.notes[0] for p in learned)


def test_a_name_with_two_partners_teaches_nothing():
    reference, candidate = traces(("wren", "finch"), ("oak", "elm"), sick=3)
    swapped = {
        (r.name.replace("oak", "tmp").replace("elm", "oak").replace("tmp", "elm")
         if "step2" in r.name else r.name): r.read()
        for r in candidate
    }  # fmt: skip
    result = match(reference, make_trace(swapped))
    assert not any(p.rule == "learned name" for p in result.pairs)
