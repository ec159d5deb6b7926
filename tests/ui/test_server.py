"""The whole server: address, environment, guard in front, uploads, and a clean end."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from inspector.errors import UsageError
from inspector.ui.opening import OpenRequest
from inspector.ui.server import ServeSettings, start_in_thread
from tests.ui.conftest import Site, make_traces
from tests.ui.fake_api import FakeApi

HOSTILE = {
    "GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SHARE": "True", "GRADIO_ALLOWED_PATHS": "/",
    "GRADIO_ROOT_PATH": "http://evil.test/x", "GRADIO_MCP_SERVER": "True",
    "GRADIO_SSR_MODE": "True", "GRADIO_RUN_HISTORY": "True", "GRADIO_ANALYTICS_ENABLED": "True",
    "GRADIO_SERVER_PORT": "1", "GRADIO_LOCAL_DEV_MODE": "1", "GRADIO_WATCH_DIRS": "/",
    "GRADIO_VIBE_MODE": "1", "GRADIO_PROFILING": "1", "GRADIO_DEBUG": "1",
    "GRADIO_TEMP_DIR": "/nonexistent", "UVICORN_HOST": "0.0.0.0", "WEB_CONCURRENCY": "4",
    "FORWARDED_ALLOW_IPS": "*",
}  # fmt: skip

PROGRAM = """
import socket, sys
lookups = []
original = socket.getaddrinfo
def recorded(host, *a, **k):
    lookups.append(str(host))
    return original(host, *a, **k)
socket.getaddrinfo = recorded
from inspector.ui.opening import OpenRequest
from inspector.ui.server import ServeSettings, run_server
from tests.ui.fake_api import FakeApi
folder = sys.argv[1]
run_server(
    ServeSettings(start=OpenRequest(folder + "/reference", folder + "/candidate"),
                  roots=(folder,), port=int(sys.argv[2])),
    api=FakeApi(),
)
import gradio
print("ended", [host for host in lookups if host not in ("127.0.0.1", "localhost")], flush=True)
"""


def _request(
    url: str, path: str = "/", *, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.putrequest(method, path, skip_host="Host" in fields)
    if body is not None:
        fields["Content-Length"] = str(len(body))
    for name, value in fields.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, data


def test_the_page_answers_with_security_headers(site: Site) -> None:
    status, headers, body = _request(site.url)
    assert status == 200
    assert b"tensor-diff inspector" in body
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


@pytest.mark.parametrize(
    "path",
    ["/", "/config", "/theme.css", "/gradio_api/queue/join", "/gradio_api/upload",
     "/gradio_api/heartbeat/x", "/inspector/luts.json", "/inspector/assets/bus.js",
     "/gradio_api/startup-events", "/robots.txt", "/inspector/runs/x/lab.json",
     "/inspector/runs/x/lab/run", "/inspector/runs/x/culprit", "/inspector/runs/x/culprit/y"],
)  # fmt: skip
def test_every_route_refuses_strangers_without_an_invitation(site: Site, path: str) -> None:
    port = urlsplit(site.url).port
    for headers in (
        {"Host": f"evil.test:{port}"},
        {"Host": f"evil.test:{port}", "Origin": f"http://evil.test:{port}"},
        {"Origin": "http://evil.test"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
    ):
        for method in ("GET", "POST", "OPTIONS", "DELETE"):
            status, answer, body = _request(site.url, path, method=method, **headers)
            assert status in (403, 421), (path, headers, method)
            assert not any(name.startswith("access-control-") for name in answer)
            assert b"inspector" not in body


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/file=/etc/hostname", "/gradio_api/file=http://127.0.0.1/", "/monitoring",
     "/gradio_api/runs", "/openapi.json", "/gradio_api/info", "/docs", "/redoc",
     "/gradio_api/openapi.json", "/gradio_api/mcp/", "/gradio_api/deep_link", "/proxy=http://x"],
)  # fmt: skip
def test_unused_routes_are_gone(site: Site, path: str) -> None:
    assert _request(site.url, path)[0] == 404


def test_events_of_the_page_cannot_be_called_by_name(site: Site) -> None:
    status, _, _ = _request(
        site.url, "/gradio_api/call/open_pair", method="POST", body=b"{}",
        **{"Content-Type": "application/json"},
    )  # fmt: skip
    assert status == 404


@contextlib.contextmanager
def _server(folder: Path, **settings: object) -> Iterator[str]:
    with start_in_thread(ServeSettings(roots=(str(folder),), **settings), api=FakeApi()) as server:  # type: ignore[arg-type] # plain keywords
        yield server.url


def test_a_taken_port_gives_the_next_free_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with _server(tmp_path, port=port) as url:
            assert urlsplit(url).port != port
            assert _request(url)[0] == 200


def test_a_missing_root_is_told_by_whoever_starts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="allowed folder does not exist"):
        start_in_thread(ServeSettings(roots=(str(tmp_path / "nowhere"),)), api=FakeApi())


def test_a_missing_checkpoint_is_told_by_whoever_starts(tmp_path: Path) -> None:
    make_traces(tmp_path)
    start = OpenRequest(str(tmp_path / "reference"), str(tmp_path / "candidate"))
    settings = ServeSettings(start=start, checkpoint=str(tmp_path / "gone.pt"))
    with pytest.raises(UsageError, match=r"gone\.pt: there is no such file"):
        start_in_thread(settings, api=FakeApi())


def _multipart(name: str, content: bytes) -> tuple[bytes, str]:
    body = (
        b"--xx\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" + name.encode()
        + b"\"\r\nContent-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--xx--\r\n"
    )  # fmt: skip
    return body, "multipart/form-data; boundary=xx"


def test_uploads_are_limited_refused_across_sites_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    def stored() -> list[str]:
        return [str(p) for p in temporary.rglob("*") if p.is_file()]

    with _server(tmp_path, port=7880, max_upload_bytes=1000) as url:
        body, kind = _multipart("mel.npy", b"x" * 500)
        headers = {"Content-Type": kind}
        for stranger in (
            {"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"},
            {"Host": "evil.test"},
        ):  # fmt: skip
            status, _, _ = _request(
                url, "/gradio_api/upload", method="POST", body=body, **headers, **stranger
            )
            assert status in (403, 421)
            assert stored() == []
        big, _ = _multipart("mel.npy", b"x" * 5000)
        assert _request(url, "/gradio_api/upload", method="POST", body=big, **headers)[0] == 413
        status, _, answer = _request(url, "/gradio_api/upload", method="POST", body=body, **headers)
        assert status == 200
        assert b"mel.npy" in answer
        assert [Path(path).name for path in stored()] == ["mel.npy"]
    assert list(temporary.iterdir()) == []


@pytest.fixture(scope="module", params=["SIGINT", "SIGTERM"])
def ended(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """One server process under a hostile environment, from launch to the signal that ends it."""
    folder = tmp_path_factory.mktemp("allowed")
    make_traces(folder)
    temporary = tmp_path_factory.mktemp("temporary")
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, **HOSTILE, "TMPDIR": str(temporary), "PYTHONPATH": str(root)}
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), "7890"], cwd=folder, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        ready_s = time.monotonic() - started
        url = "http://" + line.split("http://")[1].split()[0]
        config = _request(url, "/config")[2]
        listening = _listening(urlsplit(url).port or 0)
        uploads = [p.name for p in temporary.iterdir()]
        # A page that is open holds connections; they must not hold up the end.
        held = socket.create_connection(("127.0.0.1", urlsplit(url).port or 0))
        held.sendall(
            b"GET /gradio_api/heartbeat/abc HTTP/1.1\r\nHost: "
            + urlsplit(url).netloc.encode() + b"\r\n\r\n"
        )  # fmt: skip
        held.recv(64)
        process.send_signal(signal.Signals[request.param])
        stopped = time.monotonic()
        out, err = process.communicate(timeout=20)
        stop_s = time.monotonic() - stopped
        held.close()
    finally:
        process.kill()
    return {
        "line": line, "ready_s": ready_s, "config": config, "listening": listening, "out": out,
        "err": err, "stop_s": stop_s, "code": process.returncode, "uploads": uploads,
        "left": [p.name for p in temporary.iterdir()],
    }  # fmt: skip


def _listening(port: int) -> list[str]:
    """Local addresses that listen on `port`, from the kernel's own table (Linux)."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if Path(table).exists():
            for row in Path(table).read_text().splitlines()[1:]:
                local, state = row.split()[1], row.split()[3]
                if state == "0A" and int(local.split(":")[1], 16) == port:
                    found.append(local.split(":")[0])
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a child are a posix thing")
class TestHostileEnvironment:
    """What one process, started with every hostile variable set, did."""

    def test_it_says_where_it_is(self, ended: dict) -> None:
        assert ended["line"].startswith("The inspector is ready: http://127.0.0.1:")

    @pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux")
    def test_it_listens_on_this_machine_only(self, ended: dict) -> None:
        assert ended["listening"] == ["0100007F"]

    def test_nothing_outside_was_looked_up(self, ended: dict) -> None:
        assert ended["out"].strip().endswith("ended []")

    def test_no_variable_reached_the_page(self, ended: dict) -> None:
        config = ended["config"]
        assert b"evil.test" not in config
        assert b'"run_history":false' in config.replace(b" ", b"")
        assert b'"analytics_enabled":false' in config.replace(b" ", b"")

    def test_a_signal_ends_it_quietly_and_soon(self, ended: dict) -> None:
        assert ended["code"] == 0
        assert "Traceback" not in ended["err"]
        assert "Traceback" not in ended["out"]
        assert ended["stop_s"] < 15

    def test_its_folder_is_removed(self, ended: dict) -> None:
        assert any(name.startswith("inspector-uploads-") for name in ended["uploads"])
        assert not any(name.startswith("inspector-uploads-") for name in ended["left"])

    def test_it_was_ready_soon(self, ended: dict) -> None:
        # Alone on two cores it takes 3 to 5 s; the bound leaves room for a busy machine.
        assert ended["ready_s"] < 30


def test_the_environment_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_SHARE", "True")
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    with _server(tmp_path, port=7885, start=OpenRequest("", "")):
        assert "GRADIO_SHARE" not in os.environ
        assert "inspector-uploads-" in os.environ["GRADIO_TEMP_DIR"]
    assert os.environ["GRADIO_SHARE"] == "True"
    assert "GRADIO_TEMP_DIR" not in os.environ
