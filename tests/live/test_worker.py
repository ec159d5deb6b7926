"""The side of the child process: jobs in, messages out."""

from __future__ import annotations

import numpy as np

from inspector.live.messages import decode, encode, graph_values
from inspector.live.worker import Worker
from tests.blocks.seeded import SMALL
from tests.live.labs import lab_of

BLOCK = "mid_blocks.0.1.0"


def job(lab, *, fresh=True, weights=True, **changes):
    graph = lab.graph.cut([BLOCK], ["mid_blocks.0.0", "rows.mask", "mask"])
    pool = {**lab.reference_isolator.pool(0)}
    pool["rows.mask"] = np.repeat(pool["mask"], 2, axis=0)
    values = {
        "fresh": fresh, "graph": graph_values(graph), "keep": [BLOCK],
        "placements": {n.name: ["torch", "float32", None] for n in graph.nodes}, **changes,
    }  # fmt: skip
    arrays = {f"given:{name}": pool[name] for name in graph.inputs}
    keys = graph.keys() if weights else ()
    return encode(values, arrays | {f"weight:{key}": lab.store.arrays[key] for key in keys})


def answers(*messages):
    sent = []
    worker = Worker(sent.append)
    for message in messages:
        worker.answer(message)
    return [decode(message) for message in sent]


def test_a_job_is_computed_with_progress():
    lab = lab_of(SMALL)
    *running, (values, arrays) = answers(job(lab))
    assert values["state"] == "done"
    assert np.array_equal(arrays[BLOCK], lab.reference.get(BLOCK, 0).read())
    assert {v["state"] for v, _ in running} == {"running"}
    assert running[0][0]["what"].startswith("Computing mid_blocks.0.1.0")


def test_weights_are_kept_until_a_fresh_job():
    lab = lab_of(SMALL)
    found = [v for v, _ in answers(job(lab), job(lab, fresh=False, weights=False),
                                   job(lab, fresh=True, weights=False))
             if v["state"] != "running"]  # fmt: skip
    assert [v["state"] for v in found] == ["done", "done", "failed"]
    assert "the checkpoint has no such parameter" in found[2]["error"][2]


def test_a_failure_is_told_and_the_next_job_runs():
    lab = lab_of(SMALL)
    broken = job(lab, placements={})
    values = [v for v, _ in answers(broken[:-4], job(lab)) if v["state"] != "running"]
    assert [v["state"] for v in values] == ["failed", "done"]
    assert values[0]["error"][1] == "child process"
