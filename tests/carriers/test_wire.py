"""The wire: said once, on a connection of one's own, and kept open while both sides are done."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.carriers.wire import TooLargeError, Wire
from tests.carriers.loopback import Received, Server

FINE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass
class Scripted(Server):
    """Answers each request with the next of its lines, the last of them for ever; None hangs up without a word."""

    lines: list[bytes | None] = field(default_factory=lambda: [FINE])
    received: list[Received] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    then_hangs_up: bool = False

    async def answer(self, request: Received, writer: asyncio.StreamWriter) -> bool:
        self.received.append(request)
        self.connections.add(id(writer))
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        if line is None:
            return False
        writer.write(line)
        await writer.drain()
        return not self.then_hangs_up


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with Scripted() as running:
        yield running


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    made = Wire(connect=5, read=5, kept=2, largest=1000)
    yield made
    await made.aclose()


def post(server: Server, words: bytes = b"said", method: str = "POST") -> tuple[str, httpx2.URL, dict[str, str], bytes]:
    return method, httpx2.URL(f"{server.url}/texts?a=1"), {"content-length": str(len(words))}, words


async def test_a_request_arrives_as_it_was_written_and_its_answer_comes_back(wire: Wire, server: Scripted) -> None:
    server.lines = [b"HTTP/1.1 201 Created\r\nRetry-After: 7\r\nContent-Length: 3\r\n\r\nyes"]
    heard = await wire.ask(*post(server))
    assert heard == (201, {"retry-after": "7", "content-length": "3"}, b"yes")
    (received,) = server.received
    assert (received.method, received.path, received.query, received.body) == ("POST", "/texts", {"a": "1"}, b"said")


async def test_a_connection_is_kept_for_the_next_request(wire: Wire, server: Scripted) -> None:
    for _ in range(3):
        assert (await wire.ask(*post(server))).body == b"ok"
    assert len(server.connections) == 1


async def test_two_requests_at_once_have_a_connection_each(wire: Wire, server: Scripted) -> None:
    await asyncio.gather(*(wire.ask(*post(server)) for _ in range(2)))
    assert len(server.connections) == 2


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_nothing_is_said_again_when_a_kept_connection_breaks(wire: Wire, server: Scripted, method: str) -> None:
    server.lines = [FINE, None]
    await wire.ask(*post(server, b"first", method))
    with pytest.raises(httpx2.HTTPError) as broke:
        await wire.ask(*post(server, b"second", method))
    assert not isinstance(broke.value, httpx2.ConnectError)
    assert [received.body for received in server.received] == [b"first", b"second"]


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used(wire: Wire, server: Scripted) -> None:
    server.then_hangs_up = True
    assert (await wire.ask(*post(server))).body == b"ok"
    await asyncio.sleep(0.05)  # the end of the connection is on its way
    assert (await wire.ask(*post(server))).body == b"ok"
    assert len(server.received) == 2


async def test_a_request_that_was_given_up_leaves_no_connection_to_be_misread(wire: Wire, server: Scripted) -> None:
    server.lines = [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nlate", FINE]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await wire.ask(*post(server))
    assert (await wire.ask(*post(server))).body == b"ok"
    assert len(server.connections) == 2


@pytest.mark.parametrize(
    ("said", "body"),
    [
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + FINE, b"ok", id="go on, then the answer"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n",
            b"ok!",
            id="in pieces",
        ),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", id="nothing"),
        pytest.param(b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", b"ok", id="the older protocol"),
    ],
)
async def test_every_form_of_an_answer_is_read(wire: Wire, server: Scripted, said: bytes, body: bytes) -> None:
    server.lines = [said]
    assert (await wire.ask(*post(server))).body == body
    assert (await wire.ask(*post(server))).body == body


async def test_an_answer_may_end_with_the_connection(wire: Wire, server: Scripted) -> None:
    server.lines, server.then_hangs_up = [b"HTTP/1.1 200 OK\r\n\r\nto the end"], True
    assert (await wire.ask(*post(server))).body == b"to the end"


def _compressed(plain: bytes) -> bytes:
    body = gzip.compress(plain)
    return b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


async def test_a_compressed_answer_is_read(wire: Wire, server: Scripted) -> None:
    server.lines = [_compressed(b"much " * 100)]
    assert (await wire.ask(*post(server))).body == b"much " * 100


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n" + b"x" * 1001, TooLargeError, id="too long"),
        pytest.param(_compressed(b"x" * 1001), TooLargeError, id="too long once it is unpacked"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nok",
            httpx2.DecodingError,
            id="no gzip",
        ),
        pytest.param(b"Good day!\r\n\r\n", httpx2.RemoteProtocolError, id="no HTTP"),
        pytest.param(
            b"HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n", httpx2.RemoteProtocolError, id="another protocol"
        ),
        pytest.param(None, httpx2.RemoteProtocolError, id="no word"),
    ],
)
async def test_what_is_no_answer_is_said_so(
    wire: Wire, server: Scripted, said: bytes | None, problem: type[Exception]
) -> None:
    server.lines = [said]
    with pytest.raises(problem):
        await wire.ask(*post(server))
    server.lines = [FINE]
    assert (await wire.ask(*post(server))).body == b"ok"


async def test_a_server_that_stops_in_the_middle_is_waited_for_so_long(server: Scripted) -> None:
    wire = Wire(connect=5, read=0.05, kept=2, largest=1000)
    server.lines = [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"]
    with pytest.raises(httpx2.ReadTimeout):
        await wire.ask(*post(server))


async def test_nobody_there_is_told_apart_from_a_broken_exchange(wire: Wire) -> None:
    async with Scripted() as gone:
        request = post(gone)
    with pytest.raises(httpx2.ConnectError):
        await wire.ask(*request)
    with pytest.raises(httpx2.UnsupportedProtocol):
        await wire.ask("GET", httpx2.URL("ftp://127.0.0.1/"), {}, b"")


async def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(wire: Wire, tmp_path: Path) -> None:
    heard: list[bytes] = []
    server = await asyncio.start_server(_listener(heard), "127.0.0.1", 0, ssl=_unknown_authority(tmp_path))
    async with server:
        address = httpx2.URL(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        with pytest.raises(httpx2.ConnectError):
            await wire.ask("GET", address, {}, b"")
    assert heard == []


def _listener(heard: list[bytes]) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.close()

    return listen


def _unknown_authority(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime(2026, 11, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(today).not_valid_after(today + timedelta(days=9999)).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    written = folder / "server.pem"
    written.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + made.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(written)
    return context
