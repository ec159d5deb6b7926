"""``inspector figures``: every figure of every view arrives as PNG."""

from __future__ import annotations

from inspector import api
from inspector.cli.main import main


def test_every_figure_of_every_view_is_written(run_folders, tmp_path, capsys):
    reference, _, broken = map(str, run_folders)
    out = tmp_path / "figures"
    assert main(["figures", reference, broken, "--out", str(out), "--theme", "dark"]) == 0
    printed = capsys.readouterr().out.splitlines()
    files = sorted(out.iterdir())
    assert sorted(printed) == [str(f) for f in files]
    assert all(f.read_bytes().startswith(b"\x89PNG\r\n") for f in files)
    assert all(f.stat().st_size > 5000 for f in files)
    drawn = {f.name.split("-")[0] for f in files}
    assert drawn == {key for key, _ in api.view_keys()} - {"match", "findings"}
