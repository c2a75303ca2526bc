"""HTTP/1.1 as it goes over the wire: each request is written once, on a connection that no other request has meanwhile.

h11 knows the protocol and no sockets; here are the sockets. Nothing is ever tried again, whatever the method: a second
GET is a second text at some carriers, and clients that repeat what they hold harmless would not know.
"""

import asyncio
import select
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from ssl import SSLContext
from typing import NamedTuple

import h11
import httpx2

_PIECE = 65_536
_LONGEST_HEADERS = 102_400
_IDLE_SECONDS = 5.0
"""A connection that lay idle this long is closed: servers close theirs soon after."""
_HAPPY_EYEBALLS = 0.25  # seconds; RFC 8305, 5
_PORTS = {"http": 80, "https": 443}


class TooLargeError(Exception):
    """The answer is longer than anybody wants to hold."""


class Heard(NamedTuple):
    """What a server answered; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Origin(NamedTuple):
    """Whom a connection leads to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: httpx2.URL) -> "_Origin":
        if url.scheme not in _PORTS or not url.host:
            raise httpx2.UnsupportedProtocol("The address is none of HTTP.")
        return cls(url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme])


@dataclass(slots=True)
class _Line:
    """A connection and what was said over it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection
    idle_since: float = 0.0

    def silent(self) -> bool:
        """Whether it may be used again: an idle server has nothing to say but that it hangs up."""
        if self.reader.at_eof() or self.writer.is_closing():
            return False
        look = select.poll()
        look.register(self.writer.get_extra_info("socket").fileno(), select.POLLIN)
        return not look.poll(0)

    def close(self) -> None:
        self.writer.transport.abort()


class Wire:
    """Connections to servers, kept open between requests.

    Args:
        connect: seconds to reach a server.
        read: seconds between two pieces of its answer.
        kept: connections that stay open while idle.
        largest: bytes of an answer.
    """

    def __init__(self, *, connect: float, read: float, kept: int, largest: int) -> None:
        self._connect = connect
        self._read = read
        self._kept = kept
        self._largest = largest
        self._idle: dict[_Origin, list[_Line]] = {}

    async def ask(self, method: str, url: httpx2.URL, headers: Mapping[str, str], content: bytes) -> Heard:
        """One request, and its answer with the body read.

        Args:
            method: of HTTP.
            url: the address.
            headers: all but the host's name; the length of the content is among them.
            content: what is carried, or nothing.

        Raises:
            httpx2.HTTPError: no answer; of its kinds, ConnectError and ConnectTimeout say that nothing was sent.
            TooLargeError: an answer past the largest.
        """
        origin = _Origin.of(url)
        line = self._take(origin) or await self._open(origin)
        told = [(b"host", url.netloc), *((name.encode(), value.encode()) for name, value in headers.items())]
        try:
            request = h11.Request(method=method, target=url.raw_path, headers=told)
            answer = await self._exchange(line, request, content)
        except h11.ProtocolError:
            line.close()
            raise httpx2.RemoteProtocolError("What was said is not HTTP.") from None
        except OSError:
            line.close()
            raise httpx2.ReadError("The connection broke.") from None
        except BaseException:
            line.close()  # also when given up: nobody knows what still comes over it
            raise
        self._put_back(origin, line)
        return answer

    def _take(self, origin: _Origin) -> _Line | None:
        idle = self._idle.get(origin, [])
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while idle and idle[0].idle_since < oldest:
            idle.pop(0).close()
        while idle:
            line = idle.pop()
            if line.silent():
                return line
            line.close()
        return None

    async def _open(self, origin: _Origin) -> _Line:
        trust = self._trust if origin.scheme == "https" else None
        try:
            async with asyncio.timeout(self._connect):
                reader, writer = await asyncio.open_connection(
                    origin.host, origin.port, ssl=trust, happy_eyeballs_delay=_HAPPY_EYEBALLS
                )
        except TimeoutError:
            raise httpx2.ConnectTimeout("The server was not reached in time.") from None
        except (OSError, UnicodeError):
            raise httpx2.ConnectError("The server could not be reached.") from None
        return _Line(reader, writer, h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEADERS))

    @cached_property
    def _trust(self) -> SSLContext:
        context = httpx2.create_ssl_context(trust_env=False)
        context.set_alpn_protocols(["http/1.1"])
        return context

    async def _exchange(self, line: _Line, request: h11.Request, content: bytes) -> Heard:
        said = [request, h11.Data(content), h11.EndOfMessage()] if content else [request, h11.EndOfMessage()]
        line.writer.write(b"".join(line.http.send(part) or b"" for part in said))
        if line.writer.transport.get_write_buffer_size():
            # A server may hang up on a long request and answer it all the same.
            with suppress(OSError):
                async with asyncio.timeout(self._read):
                    await line.writer.drain()
        status, headers, body = 0, dict[str, str](), bytearray()
        while not isinstance(event := await self._next(line), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
                headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self._largest:
                    raise TooLargeError
        return Heard(status, headers, self._plain(bytes(body), headers.get("content-encoding", "identity")))

    def _plain(self, body: bytes, encoding: str) -> bytes:
        if encoding == "identity":
            return body
        inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            plain = inflating.decompress(body, self._largest)
        except zlib.error:
            raise httpx2.DecodingError("The answer is not compressed as was asked for.") from None
        if inflating.unconsumed_tail:
            raise TooLargeError
        return plain

    async def _next(self, line: _Line) -> h11.Event:
        while (event := line.http.next_event()) is h11.NEED_DATA:
            try:
                async with asyncio.timeout(self._read):
                    line.http.receive_data(await line.reader.read(_PIECE))
            except TimeoutError:
                raise httpx2.ReadTimeout("The server did not answer in time.") from None
        if isinstance(event, h11.ConnectionClosed) or not isinstance(event, h11.Event):
            raise httpx2.RemoteProtocolError("The server hung up without an answer.")
        return event

    def _put_back(self, origin: _Origin, line: _Line) -> None:
        idle = self._idle.setdefault(origin, [])
        done = line.http.our_state is h11.DONE and line.http.their_state is h11.DONE
        if not done or len(idle) >= self._kept or line.http.trailing_data[0]:
            line.close()
            return
        line.http.start_next_cycle()
        line.idle_since = asyncio.get_running_loop().time()
        idle.append(line)

    async def aclose(self) -> None:
        """Closes the connections."""
        for idle in self._idle.values():
            for line in idle:
                line.close()
        self._idle.clear()


class Proxied:
    """As `Wire`, through an HTTP proxy, which httpx2 knows how to speak to."""

    def __init__(self, proxy: str, *, connect: float, read: float, kept: int, largest: int) -> None:
        self._largest = largest
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(read, connect=connect),
            limits=httpx2.Limits(max_connections=kept, max_keepalive_connections=kept),
            follow_redirects=False,
            trust_env=False,
            proxy=proxy,
        )

    async def ask(self, method: str, url: httpx2.URL, headers: Mapping[str, str], content: bytes) -> Heard:
        """As `Wire.ask`."""
        request = httpx2.Request(method, url, headers=headers, content=content)
        answer = await self._http.send(request, stream=True)
        try:
            held = bytearray()
            async for piece in answer.aiter_bytes():
                held += piece
                if len(held) > self._largest:
                    raise TooLargeError
        finally:
            await answer.aclose()
        return Heard(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, bytes(held))

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()
