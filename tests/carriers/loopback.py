"""A vendor's server on the loopback, small: it keeps what came in, and answers, fails or hangs by script.

A web server will not hang or lie on request, so it speaks HTTP over a bare socket. What a request makes (a text on
its way) is the vendor's affair and stands in each vendor's fake.
"""

import asyncio
import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """Answer with this, JSON unless it is bytes; `taken` where the text goes out all the same."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    taken: bool = False


@dataclass(frozen=True)
class Hang:
    """Take it, and never answer."""


@dataclass(frozen=True)
class Late:
    """Take it, and answer after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Cut:
    """Take it, and close the connection instead of answering."""


Mood = Answer | Hang | Late | Cut
"""How a request goes where a script says so."""


@dataclass
class Server:
    """A server that reads requests off a bare socket and hands each to `answer`, which says whether to go on."""

    port: int = 0  # any free one

    async def answer(self, request: Received, writer: asyncio.StreamWriter) -> bool:
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._closing = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
                while await self.answer(await _received(reader), writer):
                    pass
        finally:
            self._open.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def _received(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    url = urlsplit(target)
    return Received(method, url.path, dict(parse_qsl(url.query)), headers, body)


@dataclass
class Loopback(Server):
    """A vendor's server; its fake takes a text in `reply`, keeps it in its ledger, and says what to answer."""

    ledger: list[Any] = field(default_factory=list)
    """What truly went out: if it is here, a phone rang."""

    received: list[Received] = field(default_factory=list)
    script: deque[Mood] = field(default_factory=deque)

    def reply(self, request: Received) -> Answer:
        raise NotImplementedError

    async def answer(self, request: Received, writer: asyncio.StreamWriter) -> bool:
        self.received.append(request)
        match self.script.popleft() if self.script else None:
            case Hang():
                self.reply(request)
                await self._closing.wait()
                return False
            case Late(seconds):
                answer = self.reply(request)
                await asyncio.sleep(seconds)
                await _write(writer, answer)
            case Cut():
                self.reply(request)
                return False
            case Answer() as scripted:
                if scripted.taken:
                    self.reply(request)
                await _write(writer, scripted)
            case None:
                await _write(writer, self.reply(request))
        return True


async def _write(writer: asyncio.StreamWriter, answer: Answer) -> None:
    content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    lines = [f"{name}: {value}" for name, value in answer.headers.items()]
    first = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"
    writer.write("\r\n".join([first, *lines, f"content-length: {len(content)}"]).encode() + b"\r\n\r\n" + content)
    await writer.drain()
