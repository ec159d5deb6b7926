"""Wrong inputs of the decoder: mask, mu, prompt, speaker, noise."""

from __future__ import annotations

from collections.abc import Callable

from inspector.blocks.graph import Graph
from inspector.faults.fault import Fault
from inspector.faults.input_kinds import neighbour
from inspector.faults.scope import entry, inputs

_FULL = ("full_mask",)
_START = {"blind": "every step after the first, when states are compared on equal input",
          "silent_when": ("second_step", "later_step")}  # fmt: skip


def _with(other: str) -> Callable[[Graph, str], bool]:
    """Graphs that also read the input `other`."""
    return lambda graph, name: neighbour(name, other) in graph.inputs


def _no_rows(_graph: Graph, name: str) -> bool:
    return not name.startswith("rows.")


def _reread(name: str, title: str) -> Fault:
    return entry(
        inputs(name, "reread"),
        key=f"{name}_reread", title=f"{title} read in the wrong order", slot="inputs",
        change=f"The memory of {name} as [B, F, T] is read as [B, T, F].",
        symptom="The same values at other places; bins run along the frames.",
        records=("AL02", "FW01", "R46"), first_seen=name,
    )  # fmt: skip


FAULTS = (
    entry(
        inputs("mask", "ones"),
        key="mask_not_passed", title="Mask not passed", slot="inputs",
        change="The mask is 1 at every frame.",
        symptom="Padded frames take part.",
        records=("MK01",), first_seen="mask", blind="every frame is valid", silent_when=_FULL,
    ),
    entry(
        inputs("mask", "invert"),
        key="mask_inverted", title="Mask of the opposite polarity", slot="inputs",
        change="The mask is 1 - m.",
        symptom="Valid frames are zeroed; without padding the velocity is 0.",
        records=("MK04", "R15"), first_seen="mask",
    ),
    entry(
        inputs("mask", "without_prompt", _with("cond"), other="cond"),
        key="prompt_masked", title="Prompt frames masked out", slot="inputs",
        change="The mask is 0 at the frames that the prompt fills.",
        symptom="The state stays noise in the prompt; both regions are wrong in different ways.",
        records=("MK07", "R19"), first_seen="mask", blind="no prompt",
    ),
    _reread("mu", "mu"),
    _reread("cond", "Prompt mel"),
    _reread("x", "State"),
    entry(
        inputs("cond", "from_input", _with("mask"), other="mask"),
        key="prompt_holds_mask", title="Prompt holds the mask", slot="inputs",
        change="The prompt mel is the 0/1 mask, as in a file under the wrong name.",
        symptom="The prompt has two values only.",
        records=("HR03", "R48"), first_seen="cond",
    ),
    entry(
        inputs("cond", "zero"),
        key="prompt_missing", title="Prompt not passed", slot="inputs",
        change="The prompt mel is 0 at every frame.",
        symptom="The voice of the prompt is lost.",
        records=("WK16",), first_seen="cond", blind="no prompt",
    ),
    entry(
        inputs("speaker", "zero"),
        key="speaker_missing", title="Speaker not passed", slot="inputs",
        change="The speaker embedding is 0.",
        symptom="The error is constant over the frames of the speaker's channels.",
        records=("WK16", "TX06"), first_seen="speaker",
    ),
    entry(
        inputs("mu", "normal", moments=True, gain=0.5, seed=0),
        key="mu_unrelated", title="mu of an unloaded encoder", slot="inputs",
        change="mu is unrelated to the right one and has half its std, as from an encoder without "
        "weights.",
        symptom="The decoder is right on the reference's mu; the content is lost.",
        records=("WK08", "R7"), first_seen="mu", random=True,
    ),
    entry(
        inputs("mu", "roll_frames", by=1),
        key="mu_one_frame_late", title="mu one frame late", slot="inputs",
        change="mu is shifted by one frame.",
        symptom="The correlation peaks at a lag of one frame.",
        records=("TE06", "PD04"), first_seen="mu",
    ),
    entry(
        inputs("x", "scale", _no_rows, factor=1.5, at_step=0),
        key="noise_scale", title="Noise without its temperature", slot="inputs",
        change="The initial noise is larger by half, as when its scale of 0.667 is omitted.",
        symptom="The noise matches up to a gain.",
        records=("RN05",), first_seen="initial noise", **_START,
    ),
    entry(
        inputs("x", "roll_frames", _no_rows, by=7, at_step=0),
        key="noise_other_slice", title="Other slice of the noise buffer", slot="inputs",
        change="The initial noise starts 7 frames later in its buffer.",
        symptom="The noise matches at a lag.",
        records=("RN03",), first_seen="initial noise", **_START,
    ),
    entry(
        inputs("x", "normal", _no_rows, at_step=0, seed=0),
        kind="control",
        key="other_noise", title="Other noise", slot="inputs",
        change="The initial noise is another draw of N(0, 1).",
        symptom="Noise of the same statistics and correlation 0; velocities agree on the same "
        "state.",
        records=("RN01", "RN02", "RN04", "RN06", "R40", "R41"), first_seen="initial noise",
        random=True, **_START,
    ),
    entry(
        inputs("x", "cast", dtype="float16"),
        kind="control",
        key="state_float16", title="State in float16", slot="inputs",
        change="The state is rounded to float16 before every step.",
        symptom="Every value differs by about 2e-4, evenly.",
        records=("OD07", "R42"), first_seen="state",
    ),
    entry(
        inputs("x", "cast", dtype="bfloat16"),
        kind="control",
        key="state_bfloat16", title="State in bfloat16", slot="inputs",
        change="The state is rounded to bfloat16 before every step.",
        symptom="Every value differs by about 2e-3, evenly.",
        records=("OD07", "R42"), first_seen="state",
    ),
)  # fmt: skip
