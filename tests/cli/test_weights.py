"""``inspector weights``: exit codes, output and failures in one sentence."""

from __future__ import annotations

import json

import pytest

from inspector import api
from inspector.cli.main import main
from tests.blocks.seeded import SMALL, seeded_weights
from tests.diagnose.weight_files import decoder, write_pair, write_weights

LINEAR = "time_mlp.linear_2.weight"


@pytest.fixture
def pair(tmp_path):
    return write_pair(tmp_path, {LINEAR: seeded_weights(SMALL)[LINEAR].T})


def test_the_same_is_0_and_a_difference_1(pair, capsys):
    reference, candidate = map(str, pair)
    assert main(["weights", reference, reference]) == 0
    assert capsys.readouterr().out.startswith("SAME: ")
    assert main(["weights", reference, candidate]) == 1
    assert f"{LINEAR}: it is transposed" in capsys.readouterr().out


def test_command_and_function_say_the_same(pair, tmp_path, capsys):
    reference, candidate = map(str, pair)
    audit = api.weights(reference, candidate, json=tmp_path / "python.json")
    main(["weights", reference, candidate, "--json", str(tmp_path / "cli.json")])
    assert capsys.readouterr().out == api.weights_text(audit)
    main(["weights", reference, candidate, "--json", "-"])
    printed = json.loads(capsys.readouterr().out)
    files = [json.loads((tmp_path / f"{n}.json").read_text()) for n in ("python", "cli")]
    assert files[0] == files[1] == printed
    main(["weights", reference, candidate, "--verbose"])
    assert capsys.readouterr().out == api.weights_text(audit, verbose=True)


def test_a_configuration_tells_the_heads(tmp_path, capsys):
    key = "mid_blocks.0.1.0.attn1.to_q.weight"
    values = seeded_weights(SMALL)[key].reshape(2, 8, 16).transpose(1, 0, 2).reshape(16, 16)
    a = write_weights(tmp_path / "a.safetensors", decoder())
    b = write_weights(tmp_path / "b.safetensors", decoder({key: values}))
    (tmp_path / "c.json").write_text('{"num_heads": 2}')
    assert main(["weights", str(a), str(b), "--config", str(tmp_path / "c.json")]) == 1
    assert "2 heads of 8 are stored channel by channel" in capsys.readouterr().out
    main(["weights", str(a), str(b)])
    assert "one head is assumed" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["none", "none"], ["{a}", "none.pt"], ["{a}", "/dev/zero"], ["{a}", ""],
     ["{a}", "{a}", "--config", "none.json"], ["{a}", "{a}", "--config", "{bad}"],
     ["{a}", "{a}", "--json", "{a}/x/y.json"]],
)  # fmt: skip
def test_bad_input_is_2_and_one_line(pair, tmp_path, capsys, arguments):
    (tmp_path / "bad.json").write_text('{"num_mid_blocks": 99}')
    names = {"a": pair[0], "bad": tmp_path / "bad.json"}
    assert main(["weights", *(a.format(**names) for a in arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("inspector: ")
    assert captured.err.count("\n") == 1
