"""A run of the lab as a test: Python text that repeats it and asserts what it showed."""

from __future__ import annotations

import pprint
import re
from pathlib import Path

from inspector.live.introduced import NOISE_FACTOR
from inspector.live.plan import RunPlan

_SIDES = ("reference", "candidate")


def snippet_of(
    plan: RunPlan,
    node: str,
    step: int,
    *,
    reference: str,
    candidate: str,
    checkpoint: str,
    config: str | None = None,
    side: str = "candidate",
) -> str:
    """A pytest function that runs `plan` again and holds one value against a recording.

    It passes while the value is that of `side` to within rounding: the noise floor of the
    block times the factor that healthy ports of it stay below.

    Args:
        plan: what ran.
        node, step: the value, the step from 1.
        reference, candidate, checkpoint, config: paths; written absolute.
        side: the recording to hold it against.
    """
    assert side in _SIDES
    paths = {
        "reference": reference, "candidate": candidate, "checkpoint": checkpoint,
        **({"config": config} if config else {}),
    }  # fmt: skip
    arguments = "".join(
        f"        {name}={str(Path(p).absolute())!r},\n" for name, p in paths.items()
    )
    name = re.sub(r"\W+", "_", f"{plan.what}_gives_the_numbers_of_the_{side}")
    shown = pprint.pformat(plan.to_dict(), width=88, sort_dicts=False)
    return (
        "from inspector import api\n\n"
        f"PLAN = {shown}\n\n\n"
        f"def test_{name}():\n"
        "    result = api.run_plan(\n"
        "        PLAN,\n"
        f"{arguments}"
        "    )\n"
        f"    error = result.error({node!r}, step={step}).{side}\n"
        f"    assert error.floor_ratio <= {NOISE_FACTOR:g}, (\n"
        f'        f"{{error.relative_l2:.2e}} is {{error.floor_ratio:.3g}} times the noise floor"\n'
        "    )\n"
    )
