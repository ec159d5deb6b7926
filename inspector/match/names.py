"""Tensor names taken apart: path tokens, ODE step, pipeline stage and role.

``down_blocks_0``, ``downBlocks[0]`` and ``down_blocks.0`` give the same tokens.  A number
after the word *step* counts ODE steps (``ode_step3_v_cond``) or stages of a pipeline
(``step1_text_tokens``); one name cannot always tell, a whole trace can.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath

from inspector.match import aliases
from inspector.tensors import Trace

_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r"::|[/\\]")
# zero-width, so that the time stays linear in the length of the name
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[0-9])(?=[A-Z][A-Za-z])")
_COUNTED = re.compile(r"(steps?|iter|iteration|timestep|stage)([0-9]{1,6})([a-z]?)")
_NUMBER = re.compile(r"[0-9]{1,6}")
# how the recorders write a step, see inspector.record.module_names
_RECORDED = re.compile(r"(?:.*::)?step([0-9]{2,6})/", re.DOTALL)
# names of a pair of large traces; each is looked at several times in one match
_CACHED = 20_000
_PASSING = aliases.SIDE_LABELS | aliases.SOLVER_WORDS
_COUNTERS = aliases.STEP_WORDS | aliases.LOOP_WORDS | aliases.STAGE_WORDS

_ROLE_OF = {s: spec.role for spec in aliases.ROLES for s in spec.spellings}
_RANK_OF = {s: i for spec in aliases.ROLES for i, s in enumerate(spec.spellings)}


@dataclass(frozen=True)
class ParsedName:
    """One name, taken apart.

    Attributes:
        tokens: lower-case words of the path, without the step and stage numbers.
        step: number of the ODE step, as stored.
        stage: number of the pipeline stage.
        role: canonical role by the name alone; empty when unknown.
        label: letter after the stage number (``step7a`` -> ``a``).
        letters: layout written into the name (``mel_BTC`` -> ``BTC``).
        rank: 0 for the preferred spelling of the role, larger for later ones.
        key_words: number of tokens after the last ``::`` or slash.
    """

    tokens: tuple[str, ...]
    step: int | None
    stage: int | None
    role: str
    label: str = ""
    letters: str = ""
    rank: int = 0
    key_words: int = 0


@dataclass(frozen=True)
class _Count:
    """A counting word at place `at` of the tokens, `width` tokens wide."""

    at: int
    width: int
    word: str
    number: int
    letter: str


@dataclass(frozen=True)
class _Draft:
    """A parsed name together with a count that the name alone leaves open."""

    parsed: ParsedName
    words: tuple[str, ...] = ()
    counts: tuple[_Count, ...] = ()
    open: _Count | None = None


def tokenize(text: str) -> tuple[str, ...]:
    """Split `text` into lower-case tokens at every separator and camel-case border."""
    tokens = []
    for word in _WORD.findall(text):
        if word.isdigit() and word.isascii():
            tokens.append(word.lstrip("0") or "0")
        elif word.islower():
            tokens.append(word)
        else:
            tokens.extend(token.lower() for token in _CAMEL.split(word))
    return tuple(tokens)


def join(tokens: Sequence[str]) -> str:
    """Glue `tokens` to one key; only two numbers in a row stay apart.

    ``ups_0`` and ``ups0`` give one key, ``res_blocks`` and ``resblocks`` too.
    """
    out = ""
    for token in tokens:
        out += f".{token}" if out[-1:].isdigit() and token[:1].isdigit() else token
    return out


def parse_name(name: str) -> ParsedName:
    """Take one name apart, without knowing the rest of its trace.

    A single number after *step* is an ODE step when the role belongs to a step or a word
    such as ``ode`` stands in the name, else a stage when it comes first, else a part of
    the path.
    """
    return _draft(name).parsed


def parse_trace(trace: Trace) -> dict[str, ParsedName]:
    """Take all names of `trace` apart, each with the help of the others.

    A numbered name whose role is unknown counts ODE steps when a name of the same
    beginning and number certainly does, such as ``step2/down.norm`` beside
    ``step2/x_before``.  Words such as ``ode`` may stand before the number on one of them
    only, unless the trace numbers stages in the same way.  A name that begins with
    ``step02/`` counts steps when the side-file gives a number of steps.  Tensors of an ODE
    step in a container without number take the number from the name of their file.
    """
    drafts = {record.name: _draft(record.name) for record in trace.records}
    steps = {
        (draft.words[: draft.counts[-1].at], draft.counts[-1].number)
        for draft in drafts.values()
        if draft.counts and draft.parsed.step is not None
    }
    loose = {(_bare(before), number) for before, number in steps}
    stages = {
        _bare(draft.words[: draft.counts[0].at])
        for draft in drafts.values()
        if draft.counts and draft.parsed.stage is not None and draft.open is None
    }
    parsed = {}
    for record in trace.records:
        draft = drafts[record.name]
        one = draft.parsed
        if draft.open is not None:
            before, number = draft.words[: draft.open.at], draft.open.number
            bare = _bare(before)
            if (
                (before, number) in steps
                or (bare not in stages and (bare, number) in loose)
                or _is_recorded(record.name, trace.info.steps)
            ):
                parts = _PART.split(record.name)
                one = _finish(draft.words, stage=None, step=draft.open, parts=parts)
        if one.step is None and one.role in aliases.STEP_ROLES:
            one = replace(one, step=_step_of_file(record.file))
        parsed[record.name] = one
    return parsed


def _is_recorded(name: str, steps: int | None) -> bool:
    """True when `name` begins with one of the `steps` that the side-file speaks of."""
    match = _RECORDED.match(name)
    return match is not None and steps is not None and int(match[1]) <= steps


def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    """`words` without side labels and solver words."""
    return tuple(w for w in words if w not in _PASSING)


def _step_of_file(file: str) -> int | None:
    counts = _counts(tokenize(PurePosixPath(file).stem))
    steps = [c for c in counts if c.word not in aliases.STAGE_WORDS and not c.letter]
    return steps[-1].number if steps else None


def _counts(words: tuple[str, ...]) -> tuple[_Count, ...]:
    found = []
    for at, word in enumerate(words):
        if match := _COUNTED.fullmatch(word):
            found.append(_Count(at, 1, match[1], int(match[2]), match[3]))
        elif word in _COUNTERS and at + 1 < len(words) and _NUMBER.fullmatch(words[at + 1]):
            found.append(_Count(at, 2, word, int(words[at + 1]), ""))
    return tuple(found)


@lru_cache(maxsize=_CACHED)
def _draft(name: str) -> _Draft:
    parts = _PART.split(name)
    words = tokenize(name)
    counts = _counts(words)
    if not counts:
        return _Draft(_finish(words, stage=None, step=None, parts=parts))
    stages = [c for c in counts if c.word in aliases.STAGE_WORDS or c.letter]
    steps = [c for c in counts if c not in stages]
    first = 0
    while first < len(words) and words[first] in aliases.SIDE_LABELS:
        first += 1
    if len(steps) > 1 and not stages:
        stage, step = steps[0], steps[-1]
    elif steps and stages:
        stage, step = stages[0], steps[-1]
    elif stages:
        stage, step = stages[0] if stages[0].at <= first else None, None
    else:
        only = steps[-1]
        as_step = _finish(words, stage=None, step=only, parts=parts)
        before = set(words[: only.at])
        if (
            as_step.role in aliases.STEP_ROLES
            or only.word in aliases.LOOP_WORDS
            or before & aliases.SOLVER_WORDS
            or set(as_step.tokens[:1]) & aliases.SOLVER_WORDS
        ):
            return _Draft(as_step, words, counts)
        stage = only if only.at <= first else None
        parsed = _finish(words, stage=stage, step=None, parts=parts)
        # a role of the pipeline settles it: step1_text_tokens is a stage
        return _Draft(parsed, words, counts, None if parsed.role else only)
    return _Draft(_finish(words, stage=stage, step=step, parts=parts), words, counts)


def _finish(
    words: tuple[str, ...], *, stage: _Count | None, step: _Count | None, parts: list[str]
) -> ParsedName:
    taken = {c.at + i for c in (stage, step) if c is not None for i in range(c.width)}
    tokens = tuple(w for i, w in enumerate(words) if i not in taken)
    letters = _WORD.findall(parts[-1])[-1:]
    suffix = letters[0] if letters and letters[0] in aliases.LAYOUT_SUFFIXES else ""
    # the last part (file or key) may name the role alone
    start = len(words) - len(tokenize(parts[-1])) if len(parts) > 1 else 0
    last = tuple(w for i, w in enumerate(words) if i >= start and i not in taken)
    bare = [ts[:-1] if suffix and ts[-1:] == (suffix.lower(),) else ts for ts in (tokens, last)]
    role, rank = _find_role(bare[0]) or _find_role(bare[1]) or ("", 0)
    if role in ("t", "dt") and step is None:
        # a lone t or dt means nothing; with a file that counts steps it does
        role = role if len(tokens) == 1 and stage is None else ""
    return ParsedName(
        tokens,
        step.number if step else None,
        stage.number if stage else None,
        role,
        stage.letter if stage else "",
        suffix,
        rank,
        len(last),
    )


def _find_role(tokens: tuple[str, ...]) -> tuple[str, int] | None:
    start = 0
    while start < len(tokens):
        spelling = "_".join(tokens[start:])
        if spelling in _ROLE_OF:
            return _ROLE_OF[spelling], _RANK_OF[spelling]
        if tokens[start] not in aliases.CONTEXT_WORDS:
            return None
        start += 1
    return None
