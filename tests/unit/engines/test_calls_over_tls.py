"""Calls go to the address that was judged, and still ask for the certificate of the name."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deltaci import outgoing_http
from deltaci.engine_settings import EngineSettings
from deltaci.engines.targets import Ask, TargetUnreachableError, ask

LOCAL = EngineSettings(private_hosts="localhost", timeout_seconds=5)


def _certificate(folder: Path, name: str) -> Path:
    """Write a certificate for this name, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@asynccontextmanager
async def _serving(file: Path, asked_for: list[str]) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    context.sni_callback = lambda _socket, name, _context: asked_for.append(str(name))
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def _trust(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    context = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(outgoing_http, "_trusted", lambda: context)


async def test_the_certificate_is_that_of_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, asked_for = _certificate(tmp_path, "localhost"), list[str]()
    _trust(monkeypatch, file)
    async with _serving(file, asked_for) as port:
        answer = await ask(LOCAL, Ask("GET", f"https://localhost:{port}/"))
    assert (answer.status, answer.body) == (200, b"ok")
    assert asked_for == ["localhost"]


async def test_a_certificate_of_another_name_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, asked_for = _certificate(tmp_path, "another.test"), list[str]()
    _trust(monkeypatch, file)
    async with _serving(file, asked_for) as port:
        with pytest.raises(TargetUnreachableError, match="connection failed"):
            await ask(LOCAL, Ask("GET", f"https://localhost:{port}/"))
