"""The facade: what notebooks, the command line and the page call.

Nothing above this package reaches below it.  Importing it loads none of gradio, matplotlib,
torch and mlx; functions that need one load it when they are called.
"""

from __future__ import annotations

from inspector.api.checkpoints import weights, weights_json, weights_text
from inspector.api.comparing import (
    diff,
    document,
    form,
    json_text,
    mapping_text,
    open_pair,
    text,
)
from inspector.api.drawing import colour_luts, figures, render_figure, view_keys
from inspector.api.page import (
    demo_pairs,
    page_audio,
    page_culprit,
    page_lab,
    page_lab_block,
    page_lab_run,
    page_map,
    page_mapping,
    page_match,
    page_match_axes,
    page_match_names,
    page_mel,
    page_summary,
    page_tensor,
    page_tensors,
    page_view,
)
from inspector.api.running import (
    command_protocol,
    offer_implementations,
    run_json,
    run_plan,
    run_text,
)
from inspector.api.searching import culprit, culprit_json, culprit_text
from inspector.api.selftest import selftest, selftest_json, selftest_text
from inspector.diagnose.comparison import Comparison
from inspector.diagnose.culprit import DEFAULT_BUDGET_SECONDS
from inspector.diagnose.form import Form, FormReport
from inspector.diagnose.options import DEFAULT_CUTOFF_HZ, DiffOptions
from inspector.diagnose.weight_audit import WeightAudit
from inspector.io.trace import open_trace
from inspector.live.plan import RunPlan
from inspector.live.result import PlanResult
from inspector.match.mapping import MappingEntry
from inspector.tensors import Trace

__all__ = [
    "DEFAULT_BUDGET_SECONDS",
    "DEFAULT_CUTOFF_HZ",
    "Comparison",
    "DiffOptions",
    "Form",
    "FormReport",
    "MappingEntry",
    "PlanResult",
    "RunPlan",
    "Trace",
    "WeightAudit",
    "colour_luts",
    "command_protocol",
    "culprit",
    "culprit_json",
    "culprit_text",
    "demo_pairs",
    "diff",
    "document",
    "figures",
    "form",
    "json_text",
    "mapping_text",
    "offer_implementations",
    "open_pair",
    "open_trace",
    "page_audio",
    "page_culprit",
    "page_lab",
    "page_lab_block",
    "page_lab_run",
    "page_map",
    "page_mapping",
    "page_match",
    "page_match_axes",
    "page_match_names",
    "page_mel",
    "page_summary",
    "page_tensor",
    "page_tensors",
    "page_view",
    "render_figure",
    "run_json",
    "run_plan",
    "run_text",
    "selftest",
    "selftest_json",
    "selftest_text",
    "text",
    "view_keys",
    "weights",
    "weights_json",
    "weights_text",
]
