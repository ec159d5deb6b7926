"""The part of the stand-in facade that the Match tab calls: one pair of each kind."""

from __future__ import annotations

from typing import Any

HOSTILE_NAME = "<img src=x onerror=\"document.title='pwned'\">"
REFERENCE = ("enc.a", "enc.b", HOSTILE_NAME, "lonely", "twin.1", "twin.2")
CANDIDATE = ("A", "B", "${document.title='pwned'}", "extra", "t1", "t2")
SHAPE = [4, 4, 3]


class FakeMatch:
    """Three pairs, a tensor alone on each side and an ambiguous group."""

    MappingEntry = tuple

    def page_match(self, comparison: Any) -> dict[str, Any]:
        def side(names: tuple[str, ...]) -> dict[str, Any]:
            return {"label": "x", "names": list(names), "shapes": [SHAPE] * len(names),
                    "dtypes": ["float32"] * len(names)}  # fmt: skip

        return {
            "listing": "one", "uncertain_below": 0.8,
            "sentences": [{"status": "note", "text": "2 tensors have no counterpart."}],
            "reference": side(REFERENCE), "candidate": side(CANDIDATE),
            "pairs": {
                "reference": [0, 1, 2], "candidate": [0, 1, 2],
                "status": ["same", "different", "not_comparable"], "step": [None, 2, 3],
                "rule": ["same name", "values and order", "end of path"],
                "layout": ["as stored", "candidate axes 0 2 1", "as stored"],
                "confidence": [1.0, 0.9, 0.5],
                "notes": [[], ["The values decide."], [f"Beware {HOSTILE_NAME}."]],
            },
            "unmatched": {"reference": [{"place": 3, "reason": "No such name."}],
                          "candidate": [{"place": 3, "reason": "No such name either."}]},
            "ambiguous": [{"reference": [4, 5], "candidate": [4, 5], "reason": "Twins."}],
            "skipped": [], "mapping_file": None,
            "overrides": [[REFERENCE.index(r), None if c is None else CANDIDATE.index(c),
                           None if a is None else list(a)]
                          for r, c, a in comparison.options.overrides],
        }  # fmt: skip

    def page_match_axes(self, comparison: Any, reference: int, candidate: int) -> dict[str, Any]:
        return {"choices": [[0, 1, 2], [1, 0, 2]], "sentence": "Two orders fit."}

    def page_match_names(self, comparison: Any, overrides: Any) -> tuple[Any, ...]:
        return tuple(
            (REFERENCE[r], None if c is None else CANDIDATE[c], axes) for r, c, axes in overrides
        )

    def page_mapping(self, comparison: Any, overrides: Any, all_pairs: bool) -> str:
        named = self.page_match_names(comparison, overrides)
        return f"{'all' if all_pairs else 'chosen'}: {named!r}\n"
