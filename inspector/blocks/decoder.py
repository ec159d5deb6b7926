"""The decoder family as one graph per ODE step.

Names of values follow the module paths of the PyTorch decoder (`Node.name`); the
checkpoint keys are its state-dict keys without prefix.  Sources of the architecture:
Matcha-TTS (U-Net of ResNets and transformers), CosyVoice 2 and Chatterbox (causal form,
prompt mel, classifier-free guidance).
"""

from __future__ import annotations

from functools import lru_cache

from inspector.blocks.config import DecoderConfig
from inspector.blocks.graph import Graph, Node, Setting

STEP_INPUTS = ("x", "mu", "mask", "speaker", "cond", "step")
"""Inputs of a step: x, mu, cond [B, T, F], mask [B, T, 1], speaker [B, F], step [1] from 0."""

ROW_INPUTS = ("rows.x", "rows.mask", "rows.mu", "rows.t", "rows.speaker", "rows.cond")
"""What the estimator reads: the same with R rows, and rows.t [R]."""

MODULE_VALUES = {
    "time_mlp": "time_mlp.linear_2",
    "mlp": "mlp.1",
    "attn1": "attn1.to_out.0",
    "attn1.to_out": "attn1.to_out.0",
    "ff": "ff.net.2",
    "ff.net": "ff.net.2",
    "final_proj": "final_proj",
}
"""Modules that return the value of a module inside them: path ending -> value ending."""


@lru_cache(maxsize=32)
def step_graph(config: DecoderConfig) -> Graph:
    """One Euler step: time, rows, estimator, guidance, update.

    Values of interest: ``ode.t``, ``ode.dt``, ``velocity`` [R, T, F], ``ode.v_cond``,
    ``ode.v_uncond``, ``ode.v_cfg`` and ``ode.x_after`` [B, T, F].
    """
    build = _Builder(config)
    build.rows()
    build.estimator()
    build.solver()
    return Graph(tuple(build.nodes), build.inputs())


class _Builder:
    def __init__(self, config: DecoderConfig) -> None:
        self.config = config
        self.nodes: list[Node] = []
        self._block = ""

    def inputs(self) -> tuple[str, ...]:
        absent = {
            name
            for name, used in (("speaker", self.config.speaker), ("cond", self.config.cond))
            if not used
        }
        return tuple(name for name in STEP_INPUTS if name not in absent)

    def add(
        self, name: str, slot: str, op: str, *inputs: str, params: str = "", key: str = "",
        **settings: Setting,
    ) -> str:  # fmt: skip
        """Append a node; `params` lists parameter names, `key` their module path."""
        keys = tuple((p, f"{key or name}.{p}") for p in params.split())
        constants = tuple(sorted(settings.items()))
        self.nodes.append(Node(name, slot, op, inputs, keys, constants, self._block))
        return name

    def rows(self) -> None:
        config, self._block = self.config, "ode"
        self.add("ode.t_span", "schedule", "schedule", steps=config.steps, kind=config.schedule)
        self.add("ode.t", "schedule", "step_time", "ode.t_span", "step", shift=0)
        self.add("ode.dt", "schedule", "step_size", "ode.t_span", "step", kind="difference")
        copies = 1 if config.cfg_rate is None else 2
        for name, second in (("x", "same"), ("mask", "same"), ("mu", "zero"), ("t", "same"),
                             ("speaker", "zero"), ("cond", "zero")):  # fmt: skip
            if name in ("speaker", "cond") and not getattr(config, name):
                continue
            source = "ode.t" if name == "t" else name
            self.add(f"rows.{name}", "cfg_rows", "rows", source, copies=copies, second=second)

    def estimator(self) -> None:
        config = self.config
        time = self._time()
        self._block = "inputs"
        parts = ["rows.x", "rows.mu"]
        if config.speaker:
            parts.append(self.add("inputs.speaker_frames", "input_concat", "repeat_frames",
                                  "rows.speaker", "rows.x"))  # fmt: skip
        if config.cond:
            parts.append("rows.cond")
        h = self.add("inputs.concat", "input_concat", "concat", *parts)
        skips, masks = [], ["rows.mask"]
        last = len(config.channels) - 1
        for i in range(len(config.channels)):
            stage, mask = f"down_blocks.{i}", masks[-1]
            h = self._stage(stage, h, mask, time)
            skips.append(h)
            h = self._resample(stage, h, mask, "" if i == last else "down")
            if i < last:
                masks.append(self.add(f"{stage}.mask", "mask_application", "stride_frames",
                                      mask, stride=2))  # fmt: skip
        for i in range(config.mid_blocks):
            h = self._stage(f"mid_blocks.{i}", h, masks[-1], time)
        mask = masks[-1]
        for i in range(len(config.channels)):
            stage, mask, skip = f"up_blocks.{i}", masks.pop(), skips.pop()
            self._block = f"{stage}.0"
            h = self.add(f"{stage}.skip", "skip_concat", "concat_skip", h, skip)
            h = self._stage(stage, h, mask, time)
            h = self._resample(stage, h, mask, "" if i == last else "up")
        self._block = "final_block"
        h = self._conv_block("final_block", h, mask)
        self._block = "final_proj"
        h = self.add("final_proj.masked", "mask_application", "apply_mask", h, mask)
        h = self.add("final_proj", "final_projection", "conv1d", h, params="weight bias",
                     left=0, right=0)  # fmt: skip
        self.add("velocity", "mask_application", "apply_mask", h, "rows.mask")

    def solver(self) -> None:
        self._block, rate = "ode", self.config.cfg_rate
        if rate is None:
            self.add("ode.v_cond", "cfg_combination", "take_rows", "velocity", part=0, parts=1)
            velocity = "ode.v_cond"
        else:
            for part, name in enumerate(("ode.v_cond", "ode.v_uncond")):
                self.add(name, "cfg_combination", "take_rows", "velocity", part=part, parts=2)
            velocity = self.add("ode.v_cfg", "cfg_combination", "guide", "ode.v_cond",
                                "ode.v_uncond", rate=rate, formula="extrapolate")  # fmt: skip
        self.add("ode.x_after", "euler_update", "euler", "x", velocity, "ode.dt", sign=1)

    def _time(self) -> str:
        config, self._block = self.config, "time_mlp"
        self.add("time_embeddings", "time_embedding", "time_embedding", "rows.t",
                 width=config.in_channels, scale=1000.0, order="sin_cos", spacing="half_minus_1",
                 base=10000.0)  # fmt: skip
        self.add("time_mlp.linear_1", "time_mlp", "linear", "time_embeddings",
                 params="weight bias")  # fmt: skip
        self.add("time_mlp.act", "time_mlp", "activation", "time_mlp.linear_1", kind="silu")
        return self.add("time_mlp.linear_2", "time_mlp", "linear", "time_mlp.act",
                        params="weight bias")  # fmt: skip

    def _stage(self, stage: str, h: str, mask: str, time: str) -> str:
        self._block = f"{stage}.0"
        h = self._resnet(f"{stage}.0", h, mask, time)
        for j in range(self.config.blocks_per_stage):
            self._block = f"{stage}.1.{j}"
            h = self._transformer(f"{stage}.1.{j}", h, mask)
        return h

    def _resample(self, stage: str, h: str, mask: str, way: str) -> str:
        self._block = f"{stage}.2"
        h = self.add(f"{stage}.2.masked", "mask_application", "apply_mask", h, mask)
        key = f"{stage}.2.conv" if way else f"{stage}.2"
        if way == "up":
            return self.add(f"{stage}.2", "stage_conv", "conv_transpose1d", h,
                            params="weight bias", key=key, stride=2, padding=1)  # fmt: skip
        left, right = self._padding() if not way else (1, 1)
        return self.add(f"{stage}.2", "causal_conv" if not way and self.config.causal else
                        "stage_conv", "conv1d", h, params="weight bias", key=key,
                        left=left, right=right, stride=2 if way else 1)  # fmt: skip

    def _padding(self) -> tuple[int, int]:
        return (2, 0) if self.config.causal else (1, 1)

    def _conv_block(self, path: str, h: str, mask: str) -> str:
        config = self.config
        left, right = self._padding()
        norm, act = ("block.2", "block.4") if config.causal else ("block.1", "block.2")
        h = self.add(f"{path}.masked", "mask_application", "apply_mask", h, mask)
        h = self.add(f"{path}.block.0", "causal_conv", "conv1d", h, params="weight bias",
                     left=left, right=right)  # fmt: skip
        if config.norm == "layer":
            h = self.add(f"{path}.{norm}", "norm", "layer_norm", h, params="weight bias",
                         eps=config.eps)  # fmt: skip
        else:
            h = self.add(f"{path}.{norm}", "norm", "group_norm", h, params="weight bias",
                         eps=config.eps, groups=config.groups)  # fmt: skip
        h = self.add(f"{path}.{act}", "activation", "activation", h, kind="mish")
        return self.add(path, "mask_application", "apply_mask", h, mask)

    def _resnet(self, path: str, h: str, mask: str, time: str) -> str:
        first = self._conv_block(f"{path}.block1", h, mask)
        shift = self.add(f"{path}.mlp.0", "activation", "activation", time, kind="mish")
        shift = self.add(f"{path}.mlp.1", "time_injection", "linear", shift, params="weight bias")
        timed = self.add(f"{path}.with_time", "time_injection", "add_over_frames", first, shift)
        second = self._conv_block(f"{path}.block2", timed, mask)
        masked = self.add(f"{path}.res_conv.masked", "mask_application", "apply_mask", h, mask)
        residual = self.add(f"{path}.res_conv", "residual_conv", "conv1d", masked,
                            params="weight bias", left=0, right=0)  # fmt: skip
        return self.add(path, "residual_add", "add", second, residual)

    def _transformer(self, path: str, h: str, mask: str) -> str:
        config, a = self.config, f"{path}.attn1"
        heads, width = config.heads, config.head_width
        x = self.add(f"{path}.norm1", "norm", "layer_norm", h, params="weight bias",
                     eps=config.eps)  # fmt: skip
        split = {}
        for letter, name in (("q", "query"), ("k", "key"), ("v", "value")):
            flat = self.add(f"{a}.to_{letter}", f"{name}_projection", "linear", x, params="weight")
            split[name] = self.add(f"{a}.{name}", "head_split", "split_heads", flat,
                                   heads=heads, order="head_major")  # fmt: skip
        s = self.add(f"{a}.scores", "attention_scores", "scores", split["query"], split["key"])
        s = self.add(f"{a}.scaled", "attention_scale", "scale", s, factor=width**-0.5)
        s = self.add(f"{a}.masked", "attention_mask", "mask_scores", s, mask,
                     mode=config.attention_mask, value=-1e10)  # fmt: skip
        s = self.add(f"{a}.weights", "softmax", "softmax", s, axis="keys")
        s = self.add(f"{a}.heads", "attention_values", "attend", s, split["value"])
        s = self.add(f"{a}.merged", "head_merge", "merge_heads", s, order="head_major")
        s = self.add(f"{a}.to_out.0", "output_projection", "linear", s, params="weight bias")
        h = self.add(f"{path}.after_attention", "residual_add", "add", s, h)
        x = self.add(f"{path}.norm3", "norm", "layer_norm", h, params="weight bias",
                     eps=config.eps)  # fmt: skip
        if config.activation == "snakebeta":
            x = self.add(f"{path}.ff.net.0.proj", "feed_forward", "linear", x,
                         params="weight bias")  # fmt: skip
            x = self.add(f"{path}.ff.net.0", "feed_forward", "snakebeta", x, params="alpha beta")
        else:
            x = self.add(f"{path}.ff.net.0.proj", "feed_forward", "linear", x,
                         params="weight bias")  # fmt: skip
            x = self.add(f"{path}.ff.net.0", "feed_forward", "activation", x,
                         kind=config.activation)  # fmt: skip
        x = self.add(f"{path}.ff.net.2", "feed_forward", "linear", x, params="weight bias")
        return self.add(path, "residual_add", "add", x, h)
