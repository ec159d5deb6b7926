"""Names that real recordings use for the same thing: a table, no code.

Spellings are written as their tokens joined by ``_`` (see `inspector.match.names`), so
that ``dxdtCond``, ``dxdt_cond`` and ``dxdt.cond`` are one spelling.  Earlier spellings of
a role are preferred when one trace holds several tensors of that role.
"""

from __future__ import annotations

from dataclasses import dataclass

# Phases of a run, in order of execution.
INPUT, ENCODER, SOLVER_INPUT, STEP, MEL, VOCODER, AUDIO = range(7)


@dataclass(frozen=True)
class RoleSpec:
    """One meaning that a tensor can have.

    Attributes:
        role: canonical name.
        phase: part of the run that makes the tensor.
        axes: kind of axes, see `inspector.match.axes`.
        spellings: names in use, the preferred one first.
    """

    role: str
    phase: int
    axes: str
    spellings: tuple[str, ...]


# In order of execution; inside an ODE step the order of recording.
# fmt: off
ROLES: tuple[RoleSpec, ...] = (
    RoleSpec("text_tokens", INPUT, "tokens", ("text_tokens", "text_token", "text_ids")),
    RoleSpec("text_tokens_cfg", INPUT, "tokens", ("text_tokens_cfg",)),
    RoleSpec("text_tokens_padded", INPUT, "tokens", ("text_tokens_padded",)),
    RoleSpec(
        "t3_speaker_embedding",
        INPUT,
        "vector",
        ("t3_speaker_emb", "t3_speaker_embedding", "speaker_emb_input", "soul_t3_256"),
    ),
    RoleSpec(
        "t3_cond_tokens",
        INPUT,
        "tokens",
        ("cond_speech_tokens", "t3_cond_tokens", "t3_cond_prompt_speech_tokens"),
    ),
    RoleSpec("t3_emotion", INPUT, "other", ("emotion_value", "t3_emotion_adv", "emotion_adv")),
    RoleSpec(
        "t3_conditioning", INPUT, "features", ("final_cond", "t3_conditioning", "t3_final_cond")
    ),
    RoleSpec("speech_tokens", INPUT, "tokens", ("speech_tokens", "speech_token", "audio_tokens")),
    RoleSpec(
        "embedding",
        INPUT,
        "vector",
        (
            "embedding", "s3_embedding", "gen_embedding", "x_vector", "xvector",
            "campplus_embedding", "soul_s3_192",
        ),
    ),
    RoleSpec(
        "prompt_token",
        INPUT,
        "tokens",
        ("prompt_token", "prompt_tokens", "gen_prompt_token", "gen_prompt_tokens"),
    ),
    RoleSpec(
        "prompt_feat",
        INPUT,
        "prompt",
        ("prompt_feat", "prompt_feats", "gen_prompt_feat", "prompt_mel", "mel_prompt"),
    ),
    RoleSpec(
        "prompt_token_len", INPUT, "scalar", ("prompt_token_len", "gen_prompt_token_len")
    ),
    RoleSpec("prompt_feat_len", INPUT, "scalar", ("prompt_feat_len", "gen_prompt_feat_len")),
    RoleSpec("speech_token_len", INPUT, "scalar", ("speech_token_len", "token_len")),
    RoleSpec("full_tokens", INPUT, "tokens", ("full_tokens", "full_token", "all_tokens")),
    RoleSpec(
        "token_emb", INPUT, "features", ("token_emb", "token_embedding", "token_embeddings")
    ),
    RoleSpec("token_mask", INPUT, "mask", ("token_mask",)),
    RoleSpec(
        "speaker_embedding",
        INPUT,
        "vector",
        (
            "spk_emb", "speaker_embedding", "spks", "spk", "speaker_emb", "spk_embedding",
            "spk_t", "spks_t", "spk_emb_t",
        ),
    ),
    RoleSpec(
        "encoder_out",
        ENCODER,
        "features",
        ("encoder_out", "encoder_output", "encoder_outputs", "enc_out"),
    ),
    RoleSpec("mu", ENCODER, "state", ("mu", "mu_t")),
    # x_cond before cond_t: recordings exist whose cond_T holds a mask
    RoleSpec("cond", ENCODER, "state", ("cond", "x_cond", "conds", "cond_t")),
    RoleSpec("mask", SOLVER_INPUT, "mask", ("mask", "mask_t", "mel_mask", "frame_mask")),
    RoleSpec(
        "t_span",
        SOLVER_INPUT,
        "schedule",
        ("t_span", "t_schedule", "time_steps", "timesteps", "schedule"),
    ),
    RoleSpec(
        "initial_noise",
        SOLVER_INPUT,
        "state",
        ("initial_noise", "init_noise", "noise", "x0", "x_0", "z", "z_t"),
    ),
    RoleSpec("t", STEP, "scalar", ("t", "time", "t_value", "timestep")),
    RoleSpec("dt", STEP, "scalar", ("dt", "delta_t", "step_size")),
    RoleSpec("x_before", STEP, "state", ("x_before", "state_before", "x_in", "x_prev", "x_t")),
    RoleSpec(
        "v_cond",
        STEP,
        "state",
        (
            "v_cond", "dxdt_cond", "velocity_cond", "v_conditional", "velocity_conditional",
            "cond_velocity", "dphi_dt_cond",
        ),
    ),
    RoleSpec(
        "v_uncond",
        STEP,
        "state",
        (
            "v_uncond", "dxdt_uncond", "velocity_uncond", "v_unconditional",
            "velocity_unconditional", "uncond_velocity", "dphi_dt_uncond", "cfg_dphi_dt",
        ),
    ),
    RoleSpec(
        "v_cfg",
        STEP,
        "state",
        (
            "v_cfg", "dxdt_cfg", "v_mix", "dxdt_mix", "velocity_cfg", "v_combined",
            "velocity_combined", "v_guided", "dphi_dt", "dxdt", "velocity", "v",
        ),
    ),
    RoleSpec(
        "x_after",
        STEP,
        "state",
        ("x_after", "state_after", "x_out", "x_next", "result", "traj", "trajectory"),
    ),
    RoleSpec(
        "mel",
        MEL,
        "state",
        (
            "final_mel", "mel", "mel_raw", "generated_mel_raw", "ode_output", "generated_mel",
            "mel_output", "mel_out", "output_mel", "mel_gen", "mel_trimmed",
        ),
    ),
    RoleSpec("vocoder_mel", VOCODER, "state", ("mel_input", "vocoder_mel", "speech_feat")),
    RoleSpec("f0", VOCODER, "curve", ("f0", "f0_predictor", "f0_pred")),
    RoleSpec("f0_hz", VOCODER, "curve", ("f0_hz",)),
    RoleSpec(
        "audio",
        AUDIO,
        "samples",
        ("audio", "wav", "waveform", "audio_out", "output_audio", "pcm", "hift_pcm", "speech"),
    ),
)
# fmt: on

STEP_ROLES: tuple[str, ...] = tuple(spec.role for spec in ROLES if spec.phase == STEP)
"""Roles that exist once per ODE step, in order of recording."""

# Written before a name by the side that recorded it; they say nothing about the tensor.
SIDE_LABELS = frozenset(
    {
        "swift", "python", "py", "mlx", "torch", "pytorch", "pt", "ref", "reference",
        "candidate", "cand", "port", "original", "test",
    }
)  # fmt: skip
# A number after one of these words counts ODE steps, not stages of a pipeline.
SOLVER_WORDS = frozenset({"ode", "euler", "solver", "cfm", "sampler", "integrator"})
STEP_WORDS = frozenset({"step", "steps"})
LOOP_WORDS = frozenset({"iter", "iteration", "timestep"})
STAGE_WORDS = frozenset({"stage"})
# Words before a role that name the place of the recording.
CONTEXT_WORDS = (
    SIDE_LABELS
    | SOLVER_WORDS
    | {"trace", "flow", "decoder", "estimator", "init", "inputs", "outputs", "voice", "s3gen"}
)
# Layout letters that people append to a name in capitals, such as mel_BTC.
LAYOUT_SUFFIXES = frozenset({"BCT", "BTC", "BFT", "BTF", "CBT", "TBC", "BHTD", "BTHD", "BNC"})
# Words at the end of a name that describe the file and not the tensor.
TRAILERS: tuple[tuple[str, ...], ...] = (("c", "order"), ("f", "order"), ("contiguous",))

# Module prefixes that wrap the decoder in one program and not in another, longest first.
WRAPPERS: tuple[tuple[str, ...], ...] = (
    ("s3gen", "flow", "decoder", "estimator"),
    ("model", "flow", "decoder", "estimator"),
    ("flow", "decoder", "estimator"),
    ("decoder", "estimator"),
    ("flow", "decoder"),
    ("s3gen", "flow"),
    ("estimator",),
    ("decoder",),
    ("dec",),
    ("d",),
    ("flow",),
    ("s3gen",),
    ("model",),
    ("trace",),
)


def _unet(level: str) -> tuple[tuple[str, str], ...]:
    """Rows of one U-Net level: Sequential indexes against named children."""
    return (
        (f"{level} blocks # 0 mlp 0", f"{level} # resnet mlp act"),
        (f"{level} blocks # 0", f"{level} # resnet"),
        (f"{level} blocks # 1 #", f"{level} # transformers #"),
        (f"{level} blocks # 2", f"{level} # layer"),
        (f"{level} blocks #", f"{level} #"),
        (f"{level} blocks#", f"{level} #"),
        (f"{level} block #", f"{level} #"),
        # one flat file name per tensor: down0_block1_after_conv, mid0_tfmr0_q, up0_final
        *((f"{level}# {own}", f"{level} # resnet {own}") for own in ("block1", "block2")),
        *((f"{level}# after {own}", f"{level} # resnet {own}") for own in ("block1", "block2")),
        (f"{level}# mlp mish", f"{level} # resnet mlp act"),
        (f"{level}# mlp out", f"{level} # resnet mlp"),
        (f"{level}# res conv", f"{level} # resnet res conv"),
        (f"{level}# final", f"{level} # layer"),
        (f"{level}#", f"{level} #"),
        (f"{level} layer conv", "layer"),
        (f"{level} layer", "layer"),
    )


# Parts of module paths: spelling -> canonical.  ``#`` stands for a number and is carried
# over.  At each place of a path the longest spelling that fits is taken.
PATHS: tuple[tuple[str, str], ...] = (
    *_unet("down"),
    *_unet("mid"),
    *_unet("up"),
    ("downsample", "layer"),
    ("upsample", "layer"),
    ("transformer #", "transformers #"),
    ("transformer#", "transformers #"),
    ("transformer blocks #", "transformers #"),
    ("tfmr #", "transformers #"),
    *((f"tfmr# {word}", f"transformers # attn {word}") for word in "qkv"),
    ("tfmr#", "transformers #"),
    ("after conv", "conv"),
    ("after norm", "norm"),
    ("after mish", "act"),
    ("after norm1", "norm1"),
    ("after norm3", "norm2"),
    ("attn1", "attn"),
    ("attention", "attn"),
    ("self attn", "attn"),
    ("self attention", "attn"),
    ("to q", "q"),
    ("to k", "k"),
    ("to v", "v"),
    ("to out 0", "out"),
    ("to out", "out"),
    ("query proj", "q"),
    ("key proj", "k"),
    ("value proj", "v"),
    ("q proj", "q"),
    ("k proj", "k"),
    ("v proj", "v"),
    ("linear q", "q"),
    ("linear k", "k"),
    ("linear v", "v"),
    ("out proj", "out"),
    ("linear out", "out"),
    ("feed forward", "ff"),
    ("attn output", "attn out"),
    ("ff net 0 proj", "ff 0"),
    ("ff net 0", "ff act"),
    ("ff gelu", "ff act"),
    ("ff proj", "ff 0"),
    ("ff output", "ff 1"),
    # linear1 is not here: it is the first where counting starts at 1
    ("ff linear0", "ff 0"),
    ("ff net 2", "ff 1"),
    ("ff layers 0", "ff 0"),
    ("ff layers 1", "ff 1"),
    ("feed forward w 1", "ff 0"),
    ("feed forward w 2", "ff 1"),
    ("norm3", "norm2"),
    ("block 0", "conv"),
    ("block 2", "norm"),
    ("block 4", "act"),
    ("mish", "act"),
    ("downsample conv", "layer"),
    ("upsample conv", "layer"),
    ("time emb silu", "time emb act"),
    ("conv conv", "conv"),
    ("mlp 1", "mlp"),
    ("mlp linear", "mlp"),
    ("conv pre conv", "conv pre"),
    ("conv post conv", "conv post"),
    ("time embeddings", "t sinusoidal"),
    ("time mlp", "time emb"),
    ("time embedding", "time emb"),
    ("hift", "vocoder"),
    ("hifigan", "vocoder"),
    ("mel2wav", "vocoder"),
)

# Where modules stand in a run, by a word of the path, for traces without recorded order.
MODULE_PHASES: dict[str, int] = {
    "text": INPUT,
    "t3": INPUT,
    "encoder": ENCODER,
    "encoders": ENCODER,
    "vocoder": VOCODER,
    "ups": VOCODER,
    "source": VOCODER,
    "voc": VOCODER,
}
# Programs of a pipeline: tensors of two of them never belong together.
PROGRAMS: dict[str, str] = {
    "text": "text",
    "t3": "t3",
    "encoder": "encoder",
    "encoders": "encoder",
    "decoder": "decoder",
    "estimator": "decoder",
    "vocoder": "vocoder",
    "voc": "vocoder",
    "hift": "vocoder",
    "hifigan": "vocoder",
    "mel2wav": "vocoder",
}
# What a word of a canonical path says about a module, from the outside in: the unit of a stage
# that it belongs to, the part of that unit, and the layer that it is.
UNITS: dict[str, str] = {
    **dict.fromkeys(("resnet", "resnets", "resblock", "resblocks", "block1", "block2"), "ResNet"),
    **dict.fromkeys(
        ("transformers", "transformer", "tfmr", "attn", "attention", "ff"), "transformer"
    ),
}
SUBUNITS: dict[str, str] = {
    **dict.fromkeys(("block1", "block2"), "convolution block"),
    **dict.fromkeys(("attn", "attention"), "attention"),
    "ff": "feed-forward",
}
LAYERS: dict[str, str] = {
    **UNITS,
    **SUBUNITS,
    **dict.fromkeys(("norm", "norm1", "norm2", "layernorm"), "norm"),
    **dict.fromkeys(("conv", "conv1", "conv2"), "convolution"),
    **dict.fromkeys(("act", "gelu", "silu"), "activation"),
    **dict.fromkeys(("q", "query"), "query projection"),
    **dict.fromkeys(("k", "key"), "key projection"),
    **dict.fromkeys(("v", "value"), "value projection"),
}
# Order of words inside one module; words that are not listed stand between.
WORD_ORDER: tuple[tuple[str, ...], tuple[str, ...]] = (
    (
        "inputs", "input", "h", "t", "time", "down", "norm1", "block1", "attn", "mlp", "mid",
        "norm2", "block2", "ff", "res", "up", "query", "q", "key", "k", "value", "v", "conv",
        "norm", "resnet", "transformers", "layer",
    ),
    ("final", "proj", "out", "output", "outputs"),
)  # fmt: skip
