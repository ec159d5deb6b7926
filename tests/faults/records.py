"""Every recorded bug and recipe by its short ID."""

from __future__ import annotations

COUNTS = {
    "WK": 20, "WF": 10, "WL": 10, "AL": 6, "MK": 19, "NM": 8, "AC": 6, "PO": 10, "TE": 7,
    "CF": 10, "OD": 8, "RC": 4, "PD": 8, "DT": 8, "RN": 6, "FW": 10, "CD": 1, "ST": 3, "UP": 4,
    "HR": 14, "VO": 9, "ME": 4, "TX": 8, "SA": 5,
}  # fmt: skip
"""Number of recorded bugs per class."""

RECIPES = 54

BUGS = frozenset(f"{name}{i:02d}" for name, count in COUNTS.items() for i in range(1, count + 1))
ALL = BUGS | {f"R{i}" for i in range(1, RECIPES + 1)}
