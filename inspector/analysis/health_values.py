"""Values that no tensor of its kind may hold: NaN, infinities, nothing but one number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inspector.analysis.health_context import HealthContext
from inspector.analysis.health_facts import ValueFacts
from inspector.analysis.health_finding import FAIL, NOTE, OK, Finding, Outcome, counted
from inspector.analysis.health_mask import is_mask
from inspector.names import show_name

_MUST_VARY = frozenset(
    {
        "mu", "x_before", "x_after", "v_cond", "v_cfg", "mel", "vocoder_mel", "audio",
        "encoder_out", "token_emb", "prompt_feat",
    }
)  # fmt: skip
_MAY_BE_CONSTANT_ROLES = frozenset(
    {
        "t", "dt", "mask", "token_mask", "v_uncond", "f0", "f0_hz", "initial_noise",
        "prompt_token_len", "prompt_feat_len", "speech_token_len", "t3_emotion",
    }
)  # fmt: skip
_MAY_BE_CONSTANT_WORDS = frozenset(
    {
        "len", "length", "lengths", "weight", "weights", "bias", "gamma", "beta", "scale", "var",
        "running", "batches", "t", "dt", "offset", "position", "positions", "id", "ids", "rate",
        "mask", "masks", "flag", "emotion", "num", "count", "shape", "alpha",
    }
)  # fmt: skip
_SCORE_WORDS = frozenset({"mask", "masks", "bias", "score", "scores", "logit", "logits", "attn"})


def check_values(context: HealthContext) -> Iterator[Outcome]:
    """Check all tensors for NaN, infinities, constants and column-major storage."""
    yield from _unreadable(context)
    yield from _nonfinite(context)
    yield from _constant(context)
    yield from _order(context)


def _unreadable(context: HealthContext) -> Iterator[Finding]:
    if context.unreadable:
        names = tuple(name for name, _ in context.unreadable)
        yield Finding(
            "unreadable", FAIL,
            f"Unreadable: {len(names)} of {counted(len(context.trace), 'tensor')} cannot be "
            f"read. The first: {context.unreadable[0][1]}",
            {"tensors": len(names)}, names, 99,
        )  # fmt: skip


def _nonfinite(context: HealthContext) -> Iterator[Finding]:
    bad: list[ValueFacts] = []
    blocked: list[ValueFacts] = []
    for facts in context.facts.values():
        if facts.stats.nan_count or facts.stats.inf_count:
            # Scores and additive masks hold -inf by right.
            by_right = facts.minus_inf_only and (facts.words & _SCORE_WORDS or is_mask(facts))
            (blocked if by_right else bad).append(facts)
    if not bad:
        extra = (
            f" (-inf in {counted(len(blocked), 'mask')} or scores, where it may be)"
            if blocked
            else ""
        )
        yield Finding("nonfinite", OK, f"NaN and Inf: none in "
                      f"{counted(len(context.facts), 'tensor')}{extra}.")  # fmt: skip
        return
    nan = sum(f.stats.nan_count for f in bad)
    inf = sum(f.stats.inf_count for f in bad)
    first = min(bad, key=lambda f: (f.step is not None, f.step or 0, f.record.index))
    yield Finding(
        "nonfinite", FAIL,
        f"NaN and Inf: {len(bad)} of {counted(len(context.facts), 'tensor')} hold {nan} NaN "
        f"and {inf} infinite values ({_list(bad)}). The earliest is "
        f"{show_name(first.record.name, 80)}: a masked row without a key, an "
        "overflow in half precision, or uninitialised memory.",
        {"tensors": len(bad), "nan": nan, "inf": inf}, tuple(f.record.name for f in bad), 100,
    )  # fmt: skip


def _constant(context: HealthContext) -> Iterator[Finding]:
    constant = [f for f in context.facts.values() if f.constant and not _may_be_constant(f)]
    wrong = [f for f in constant if f.role in _MUST_VARY and not _zero_start(context, f)]
    odd = [f for f in constant if f.role not in _MUST_VARY]
    if wrong:
        zero = sum(f.zero for f in wrong)
        yield Finding(
            "constant", FAIL,
            f"Constant tensors: one value throughout in {counted(len(wrong), 'tensor')} that must "
            f"vary, {zero} of them zero ({_list(wrong)}): never computed, masked out, or another "
            "tensor stored under this name.",
            {"tensors": len(wrong), "zero": zero}, tuple(f.record.name for f in wrong), 86,
        )  # fmt: skip
    if odd:
        yield Finding(
            "constant", NOTE,
            f"Constant tensors: one value throughout in {counted(len(odd), 'tensor')} "
            f"({_list(odd, with_value=True)}): what depends on them cannot be tested with this "
            "recording.",
            {"tensors": len(odd)}, tuple(f.record.name for f in odd), 25,
        )  # fmt: skip
    if not wrong and not odd:
        yield Finding("constant", OK, "Constant tensors: none that should vary.")


def _may_be_constant(facts: ValueFacts) -> bool:
    return (
        facts.role in _MAY_BE_CONSTANT_ROLES
        or is_mask(facts)
        or (not facts.role and bool(facts.words & _MAY_BE_CONSTANT_WORDS))
        # a mask under another name; the check of the names speaks about it
        or (facts.binary and not facts.zero)
    )


def _zero_start(context: HealthContext, facts: ValueFacts) -> bool:
    """An all-zero first state is zero noise, which has a finding of its own."""
    steps = context.roles.trajectory.steps
    return facts.zero and facts.role == "x_before" and bool(steps) and facts.step == steps[0].number


def _order(context: HealthContext) -> Iterator[Finding]:
    found = [
        r for r in context.trace.records
        if r.fortran_order and sum(n > 1 for n in r.shape) > 1
    ]  # fmt: skip
    if found:
        names = tuple(r.name for r in found)
        shown = ", ".join(show_name(n, 60) for n in names[:4])
        yield Finding(
            "fortran_order", NOTE,
            f"Storage order: column by column (Fortran order) in {counted(len(names), 'tensor')} "
            f"({shown}{', ...' if len(names) > 4 else ''}). This is read rightly here; a reader "
            "that ignores the flag gets the same values in scrambled places.",
            {"tensors": len(names)}, names, 28,
        )  # fmt: skip


def _list(facts: Sequence[ValueFacts], *, with_value: bool = False) -> str:
    parts = [
        show_name(f.record.name, 60)
        + (f" = {f.stats.minimum:g}" if with_value and f.stats.minimum is not None else "")
        for f in facts[:4]
    ]
    return ", ".join(parts) + (f" and {len(facts) - 4} more" if len(facts) > 4 else "")
