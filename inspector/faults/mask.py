"""Mistakes with the frame mask, in the attention and around the convolutions."""

from __future__ import annotations

from inspector.blocks.graph import Graph, Node
from inspector.faults.edit import Edit
from inspector.faults.fault import Fault, Shapes
from inspector.faults.scope import Scope, constants, entry, nodes

_SCORES = nodes("mask_scores")
_FULL = ("full_mask",)


def _keys(
    mode: str, title: str, change: str, symptom: str, records: tuple[str, ...],
    silent: tuple[str, ...] = _FULL, blind: str = "every frame is valid",
) -> Fault:  # fmt: skip
    return entry(
        constants(_SCORES, mode=mode),
        key=f"attention_mask_{mode}", title=title, slot="attention_mask", change=change,
        symptom=symptom, records=records, first_seen="masked scores", blind=blind,
        silent_when=silent,
    )  # fmt: skip


def _application(where: str, mode: str) -> Scope:
    """Mask applications of a kind; one whose value is masked already is none of them."""

    def chosen(graph: Graph, node: Node) -> bool:
        if node.op != "apply_mask" or node.constants.get("mode", "multiply") == mode:
            return False
        source = node.inputs[0]
        if source in graph:
            before = graph.node(source)
            if before.op == "apply_mask" and before.inputs[1] == node.inputs[1]:
                return False
        kind = "output"
        if node.name.endswith(".masked"):
            kind = "residual" if node.name.endswith(".res_conv.masked") else "convolution"
        return where in ("", kind)

    def places(graph: Graph, _shapes: Shapes) -> tuple[str, ...]:
        return tuple(n.name for n in graph.nodes if chosen(graph, n))

    def edit(graph: Graph, names: tuple[str, ...], _shapes: Shapes) -> Edit:
        return Edit(graph.change(names, lambda n: n.with_settings(mode=mode)))

    return Scope(places, edit)


_ONLY_MASKED = "Only frames outside the mask are wrong at first, then those near the border."

FAULTS = (
    _keys("added_01", "0/1 mask added to the scores",
          "The mask itself (1 on valid keys) is added in place of -1e10 on masked keys.",
          "Valid scores are shifted by 1; masked keys keep their weight.", ("MK02", "R13")),
    _keys("additive", "Masked keys pushed to -1e10 where the source adds the mask",
          "-1e10 is added on masked keys in place of 1 on valid ones, as the original adds.",
          "Masked keys have weight 0 where the reference gives them some.", ("MK02",)),
    _keys("multiplicative", "Scores multiplied by the mask",
          "The scores are multiplied by the mask in place of adding -1e10 on masked keys.",
          "Masked keys have score 0, so they keep weight.", ("MK03", "R14")),
    _keys("inverted", "Attention mask of the opposite polarity",
          "-1e10 is added on the valid keys in place of the masked ones.",
          "Valid frames attend to padding; without padding the weights are uniform in float32.",
          ("MK04", "R15"), (), "every frame is valid and values are float64"),
    _keys("query", "Mask on the queries", "-1e10 is added on masked queries in place of keys.",
          "Valid frames attend to padding as well.", ("MK02",)),
    _keys("causal", "Causal attention", "Keys after the query are masked too.",
          "The last frame is right in the first attention, early frames are worst.",
          ("MK09", "R16"), (), "one frame"),
    _keys("none", "Attention without mask", "Masked keys are not masked.",
          "Valid frames attend to padding as well.", ("MK01", "MK14")),
    entry(
        _application("residual", "none"),
        key="residual_not_masked", title="Skip convolution without mask",
        slot="mask_application",
        change="The 1x1 skip convolution reads x in place of x m.",
        symptom=_ONLY_MASKED, records=("MK05", "R17"),
        first_seen="ResNet output at masked frames",
        blind="every frame is valid", silent_when=_FULL,
    ),
    entry(
        _application("convolution", "none"),
        key="convolution_not_masked", title="Convolution without mask before it",
        slot="mask_application",
        change="A convolution reads frames outside the mask that are not zeroed again.",
        symptom=_ONLY_MASKED, records=("MK19",), first_seen="convolution near the border",
        blind="every frame is valid", silent_when=_FULL,
    ),
    entry(
        _application("output", "none"),
        key="output_not_masked", title="Block output without mask", slot="mask_application",
        change="The value after norm and activation is not multiplied by the mask.",
        symptom="Frames outside the mask hold values; the next mask hides them again.",
        records=("MK05", "MK16"), first_seen="block output at masked frames",
        blind="every frame is valid", silent_when=_FULL,
    ),
    entry(
        _application("", "smart"),
        key="mask_smart", title="Empty mask taken for no mask", slot="mask_application",
        change="Rows whose mask is all zero are left as they are in place of zeroed.",
        symptom="Only rows with an empty mask differ.",
        records=("MK06", "R18"), first_seen="rows with an empty mask",
        blind="no row of the mask is all zero", silent_when=("full_mask", "no_empty_row"),
    ),
    entry(
        _application("", "inverted"),
        key="mask_application_inverted", title="Frame mask of the opposite polarity",
        slot="mask_application",
        change="Values are multiplied by 1 - m in place of m.",
        symptom="Valid frames are zero.", records=("MK04",), first_seen="masked value",
    ),
)  # fmt: skip
