"""Texts of the command line read into implementations."""

from __future__ import annotations

import sys

import pytest

from inspector.errors import UsageError
from inspector.live.user_code import (
    UserCode,
    describe_error,
    load_python,
    read_command,
    read_implementation,
    words,
)

SOURCE = """
from dataclasses import dataclass
import beside

def double(inputs, params, settings):
    return inputs[0] * beside.TWO

def stated(inputs, params, settings):
    return inputs[0]
stated.slot = "softmax"
stated.backend = "mlx"

@dataclass
class Block:
    gain: float = 2.0
    block = "transformer"
    def __call__(self, inputs, weights, settings):
        return inputs["h"] * self.gain

NUMBER = 3
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "beside.py").write_text("TWO = 2\n")
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{f}:double", ("double", "", "torch")),
        ("{f}:double@softmax", ("double", "softmax", "torch")),
        ("{f}:double@mid_blocks.0.1.0:mlx", ("double", "mid_blocks.0.1.0", "mlx")),
        ("my-name={f}:double@conv", ("my-name", "conv", "torch")),
        ("{f}:stated", ("stated", "softmax", "mlx")),
        ("{f}:stated@norm:torch", ("stated", "norm", "torch")),
        ("b={f}:Block", ("b", "transformer", "torch")),
    ],
)
def test_what_a_text_says(file, text, expected):
    code = read_implementation(text.format(f=file))
    assert (code.name, code.place, code.backend) == expected
    assert code.kind == "python"
    assert code.source.startswith(str(file))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "cannot be read"), ("mine.py", "cannot be read"), ("mine:double", "cannot be read"),
        ("{f}:double@", "cannot be read"), ("{f}:nothing", "no callable.*one of.*double"),
        ("{f}:NUMBER", "no callable"), ("{f}:double@softmax:jax", "backend is jax"),
        ("{f}x.py:double", "no such file"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(file, text, match):
    with pytest.raises(UsageError, match=match):
        read_implementation(text.format(f=file))


def test_a_file_that_fails_says_where(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("x = 1\n\nraise RuntimeError('no\\x1b[31m luck')\n")
    with pytest.raises(UsageError, match=r"RuntimeError at line 3: no\\u\{1b\}\[31m luck"):
        read_implementation(f"{path}:f")
    path.write_text("def (:\n")
    with pytest.raises(UsageError, match="SyntaxError"):
        read_implementation(f"{path}:f")


def test_loading_leaves_the_search_path_alone(file):
    before = list(sys.path)
    assert load_python(f"{file}:double")([3], {}, {}) == 6
    assert sys.path == before


def test_a_file_runs_once_until_it_changes(file):
    first = load_python(f"{file}:double")
    assert load_python(f"{file}:double") is first
    file.write_text(SOURCE.replace("* beside.TWO", "* 5"))
    assert load_python(f"{file}:double")([3], {}, {}) == 15


def test_the_identity_follows_the_content(file):
    one = read_implementation(f"{file}:double").identity
    assert one == read_implementation(f"{file}:double").identity != ""
    file.write_text(SOURCE + "\n# changed\n")
    assert read_implementation(f"{file}:double").identity != one
    assert UserCode("c", "command", "true").identity == ""


def test_commands_are_split_without_a_shell():
    code = read_command(f"'{sys.executable}' -c 'print(1)' $HOME;ls", 3.0)
    assert words(code)[1:] == ["-c", "print(1)", "$HOME;ls"]
    assert (code.place, code.timeout_s) == ("", 3.0)
    placed = read_command(f"mid_blocks.0.1.0={sys.executable} x")
    assert placed.place == "mid_blocks.0.1.0"
    assert placed.name != code.name


@pytest.mark.parametrize(
    ("text", "match"),
    [("", "empty"), ("   ", "empty"), ("no-such-program-here x", "no such program"),
     ("true 'x", "cannot be read")],
)  # fmt: skip
def test_commands_that_do_not_fit(text, match):
    with pytest.raises(UsageError, match=match):
        read_command(text)


def test_titles_are_short_and_plain(file):
    assert read_implementation(f"{file}:double").title == "mine.py: double"
    assert "\x1b" not in UserCode("c", "command", "run \x1b[31m").title


def test_the_line_of_an_error_is_that_of_the_users_file(file):
    try:
        load_python(f"{file}:double")([], {}, {})
    except IndexError as error:
        assert describe_error(error, file) == "IndexError at line 6: list index out of range"
