"""I16: a private authority, a proxy that must be used, and a token as files and shells hand it over."""

from __future__ import annotations

import http.server
import json
import random
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from tiny_school import TinySchool

from dayzero.clock import SystemClock
from dayzero.config import load
from dayzero.errors import ConfigurationError, PortalError
from dayzero.portal import GradebookCloudClient

trustme = pytest.importorskip("trustme", reason="trustme, which issues the certificates, is not installed")

SCHOOL = {
    "revision": "r1",
    "active_year": None,
    "scheduling_year": None,
    "counts": {
        "student": {"pending": 0, "active": 0, "disabled": 0},
        "parent": {"pending": 0, "active": 0, "disabled": 0},
        "records": {"student-record": 0, "school-year": 0, "course": 0},
    },
}


@dataclass
class Served:
    """A server on loopback: its port, and what it was asked, as it came."""

    port: int
    heard: list[str] = field(default_factory=list)


@contextmanager
def serving(
    handler: type[http.server.BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> Iterator[Served]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    served = handler.served = Served(server.server_port)  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


def portal_handler() -> type[http.server.BaseHTTPRequestHandler]:
    class Portal(http.server.BaseHTTPRequestHandler):
        served: Served

        def do_GET(self) -> None:
            self.served.heard.append(str(self.headers["Authorization"]))
            body = json.dumps(SCHOOL).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Portal


def proxy_handler(*, refuses: bool = False) -> type[http.server.BaseHTTPRequestHandler]:
    import socket

    class Proxy(http.server.BaseHTTPRequestHandler):
        served: Served

        def do_CONNECT(self) -> None:
            self.served.heard.append(f"{self.requestline}\n{self.headers}")
            if refuses:
                self.send_error(407)
                return
            host, _, port = self.path.partition(":")
            with socket.create_connection(("127.0.0.1" if host == "localhost" else host, int(port))) as there:
                self.send_response(200)
                self.end_headers()
                self._through(there)

        def _through(self, there: socket.socket) -> None:
            def back() -> None:
                while data := there.recv(65_536):
                    self.connection.sendall(data)

            threading.Thread(target=back, daemon=True).start()
            while data := self.connection.recv(65_536):
                self.served.heard.append(data.decode("latin-1"))
                there.sendall(data)

        def do_GET(self) -> None:
            self.served.heard.append(f"{self.requestline}\n{self.headers}")
            self.send_error(502)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Proxy


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Return the certificate of an authority that no machine knows."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "school-ca.pem")
    made.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(tmp_path / "portal.pem")
    made.issue_cert("elsewhere.example").private_key_and_cert_chain_pem.write_to_path(tmp_path / "other.pem")
    return tmp_path / "school-ca.pem"


@pytest.fixture
def portal(authority: Path) -> Iterator[Served]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.with_name("portal.pem"))
    with serving(portal_handler(), context) as served:
        yield served


def asked(folder: Path, port: int, environ: dict[str, str] | None = None, **settings: Any) -> str:
    """Return the revision the configured client sees."""
    portal = {"url": f"https://localhost:{port}", "token": {"env": "T"}, "timeout_seconds": 5, **settings}
    file = folder / "dayzero.toml"
    file.write_text(tomlkit.dumps({"school": {"id": "s"}, "source": {"plugin": "csv"}, "portal": portal}))
    config = load(file, environ={"T": "secret-token", **(environ or {})})
    client = GradebookCloudClient(config.portal, "s", clock=SystemClock(), client="c", rng=random.Random(1))
    with client:
        return client.school().revision


def test_i16_a_private_authority_is_named_by_ca_file(portal: Served, authority: Path, tmp_path: Path) -> None:
    assert asked(tmp_path, portal.port, ca_file=authority.name) == "r1", "relative to the configuration"
    assert asked(tmp_path, portal.port, ca_file=str(authority)) == "r1"


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"])
def test_i16_or_by_the_environment(portal: Served, authority: Path, tmp_path: Path, name: str) -> None:
    assert asked(tmp_path, portal.port, {name: str(authority)}) == "r1"


def test_i16_without_it_the_machine_decides_at_once_and_the_remedy_is_true(portal: Served, tmp_path: Path) -> None:
    with pytest.raises(PortalError, match="no certificate this machine trusts") as caught:
        asked(tmp_path, portal.port)
    assert "ca_file" in caught.value.remedy
    assert portal.heard == []


def test_i16_a_certificate_for_another_name_is_not_this_portals(authority: Path, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.with_name("other.pem"))
    with serving(portal_handler(), context) as served, pytest.raises(PortalError, match="trusts"):
        asked(tmp_path, served.port, ca_file=str(authority))


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\0\0", b"-----BEGIN CERTIFICATE-----\nAA\n"])
def test_i16_a_file_without_certificates_is_said(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    for where in ({"ca_file": "ca.pem"}, {}):
        environ = {} if where else {"SSL_CERT_FILE": str(tmp_path / "ca.pem")}
        with pytest.raises(ConfigurationError, match=r"ca\.pem"):
            asked(tmp_path, 9, environ, **where)


def test_i16_a_proxy_leads_out_and_sees_no_token(portal: Served, authority: Path, tmp_path: Path) -> None:
    with serving(proxy_handler()) as proxy:
        way = {"env": "WAY"}
        environ = {"WAY": f"http://user:pass@127.0.0.1:{proxy.port}\n"}
        assert asked(tmp_path, portal.port, environ, ca_file=str(authority), proxy=way) == "r1"
    assert f"CONNECT localhost:{portal.port}" in proxy.heard[0]
    assert "Proxy-Authorization: Basic" in proxy.heard[0]
    assert not [said for said in proxy.heard if "secret-token" in said]
    assert portal.heard == ["Bearer secret-token"]


def test_i16_a_proxy_that_refuses_is_named_without_its_password(authority: Path, tmp_path: Path) -> None:
    with serving(proxy_handler(refuses=True)) as proxy, pytest.MonkeyPatch.context() as patched:
        patched.setattr(SystemClock, "sleep", lambda *_: None)
        environ = {"WAY": f"http://user:hidden@127.0.0.1:{proxy.port}"}
        with pytest.raises(PortalError, match=f"The proxy 127.0.0.1:{proxy.port}") as caught:
            asked(tmp_path, 9, environ, ca_file=str(authority), proxy={"env": "WAY"})
    assert "hidden" not in str(caught.value)
    assert not [said for said in proxy.heard if "secret-token" in said]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8700", "http://portal.example", "HTTP://localhost:1"])
def test_i16_no_token_goes_to_a_proxy_in_the_clear(tmp_path: Path, url: str) -> None:
    with serving(proxy_handler()) as proxy, pytest.raises(ConfigurationError, match="would see the token"):
        asked(tmp_path, 0, url=url, allow_plain_http=True, proxy=f"http://127.0.0.1:{proxy.port}")
    assert proxy.heard == []


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "127.0.0.1:3128", "http://", "http://[", "x"])
def test_i16_what_is_no_proxy_is_said(tmp_path: Path, proxy: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\[portal\] proxy"):
        asked(tmp_path, 9, proxy=proxy)


def test_i16_a_proxys_password_is_not_written_into_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="written into the file") as caught:
        asked(tmp_path, 9, proxy="http://user:hidden@127.0.0.1:3128")
    assert "hidden" not in str(caught.value)


# -- tokens


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {} ", "\t{}\n\n"])
@pytest.mark.parametrize("kind", ["env", "file"])
def test_i16_a_token_works_with_what_files_and_shells_put_around_it(
    tiny_school: TinySchool, monkeypatch: pytest.MonkeyPatch, around: str, kind: str
) -> None:
    written = around.format(tiny_school.token)
    tiny_school.write()
    if kind == "env":
        monkeypatch.setenv("OTHER_TOKEN", written)
        tiny_school.portal_token = {"env": "OTHER_TOKEN"}
    else:
        (tiny_school.folder / "token.txt").write_bytes(b"\xef\xbb\xbf" + written.encode())
        tiny_school.portal_token = {"file": "token.txt"}
    assert tiny_school.sync().exit_code == 0


@pytest.mark.parametrize(
    "content", [b"abc\0def", b"abc def", b"abc\ndef", "tökén".encode(), "abc".encode("utf-16"), b"", b"\n", b"\0"]
)
def test_i16_a_token_that_is_none_is_said_without_showing_it(tiny_school: TinySchool, content: bytes) -> None:
    tiny_school.write()
    (tiny_school.folder / "token.txt").write_bytes(content)
    tiny_school.portal_token = {"file": "token.txt"}
    refused = tiny_school.plan()
    assert (refused.exit_code, refused.doc["error"]["kind"]) == (2, "Configuration")
    assert "[portal] token" in refused.stderr
    assert "abc" not in refused.stderr
