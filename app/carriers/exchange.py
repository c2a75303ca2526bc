"""One request, one answer: explicit time-outs, never a second try, and errors that carry no number and no text."""

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from logging import WARNING, getLogger
from typing import Any, cast
from urllib.parse import urlencode

import httpx2

from app.carriers.policy import Policy
from app.carriers.protocol import CutShortError, OutboundText, Outcome
from app.carriers.wire import Proxied, TooLargeError, Wire

_log = getLogger(__name__)

# They log each address, and at DEBUG each header; an address may hold a key, a number and a text.
for _chatty in ("httpx2", "httpcore2"):
    getLogger(_chatty).setLevel(WARNING)

_SECONDS = re.compile(r"[0-9]{1,6}")
_NEVER_LEFT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
_LARGEST_ANSWER = 1_000_000
_HEADERS = {"accept": "*/*", "accept-encoding": "gzip", "user-agent": "shiftline"}


class RefusedError(Exception):
    """The carrier answered, and did not take the text; `code` is its own, `wait` what it asked for."""

    def __init__(self, status: int, code: str = "", wait: timedelta | None = None) -> None:
        super().__init__(f"the carrier answered {status} ({code or 'no code'})")
        self.status = status
        self.code = code
        self.wait = wait


class UnreadableError(Exception):
    """The carrier answered 2xx with something that says nothing of the text's fate."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. `wait` is its Retry-After in seconds, where it gave one; header names are lower case."""

    status: int
    body: bytes = field(repr=False)
    wait: timedelta | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def taken(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            UnreadableError: it is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):  # brackets without end are no JSON either
            raise UnreadableError from None


class Exchange:
    """A carrier's server, asked over a wire of its own.

    No retries: a second POST may be a second text. No redirects and no look at the environment: what the entry point
    configured is what happens.

    Args:
        connect: seconds to reach the server.
        read: seconds between two pieces of its answer; the whole exchange takes at most `connect + 2 × read`.
        at_once: connections, and texts on their way at the same time.
        proxy: of HTTP, or None.
    """

    def __init__(
        self, *, connect: float = 5.0, read: float = 15.0, at_once: int = 10, proxy: str | None = None
    ) -> None:
        self._longest = connect + 2 * read
        self._turns = asyncio.Semaphore(at_once)
        self._address = ("", httpx2.URL())
        # One over, for a look-up beside a full batch.
        self._wire = (
            Proxied(proxy, connect=connect, read=read, kept=at_once + 1, largest=_LARGEST_ANSWER)
            if proxy
            else Wire(connect=connect, read=read, kept=at_once + 1, largest=_LARGEST_ANSWER)
        )

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: Any = None,
        content: bytes | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        """One request; `form` is sent as a form, `body` as JSON, `content` as it stands.

        Raises:
            httpx2.HTTPError: no answer.
            UnreadableError: an answer past a megabyte.
        """
        address = httpx2.URL(url, params=params) if params is not None else self._parsed(url)
        kind, written = _written(form, body, content)
        sent = _HEADERS | kind | {name.lower(): value for name, value in (headers or {}).items()}
        if written or method not in {"GET", "HEAD"}:
            sent["content-length"] = str(len(written))
        if pair := auth or (address.username and (address.username, address.password)):
            sent["authorization"] = f"Basic {b64encode(':'.join(pair).encode()).decode()}"
        try:
            heard = await self._wire.ask(method, address, sent, written)
        except TooLargeError:
            raise UnreadableError from None
        return Answer(heard.status, heard.body, wait_of(heard.headers.get("retry-after", "")), heard.headers)

    def _parsed(self, url: str) -> httpx2.URL:
        """The address; one alone is remembered, for most carriers have one for every text."""
        if self._address[0] != url:
            self._address = (url, httpx2.URL(url))
        return self._address[1]

    async def hand_over(
        self,
        batch: Sequence[OutboundText],
        policy: Policy,
        create: Callable[[OutboundText], Awaitable[Outcome]],
    ) -> Mapping[str, Outcome]:
        """Every text of a batch by a request of its own; an outcome for each, by our message id.

        `create` returns the outcome of an answer it could read, and raises RefusedError, UnreadableError or what the
        request raised; the policy says what those mean.

        Raises:
            CutShortError: it was cancelled; what was begun and has no answer is Unknown.
        """
        fates: dict[str, Outcome] = {}
        under_way = [asyncio.ensure_future(self._one(text, policy, create, fates)) for text in batch]
        try:
            await asyncio.gather(*under_way)
        except asyncio.CancelledError:
            # Whatever was cancelled, be it one text of itself: what is said to be untouched must never begin.
            for one in under_way:
                one.cancel()
            raise CutShortError(fates, {text.message for text in batch} - fates.keys()) from None
        return fates

    async def _one(
        self,
        text: OutboundText,
        policy: Policy,
        create: Callable[[OutboundText], Awaitable[Outcome]],
        fates: dict[str, Outcome],
    ) -> None:
        async with self._turns:
            fates[text.message] = policy.without_answer("no-answer")  # should it be given up now
            fates[text.message] = await self.fate(create(text), policy)

    async def fate(self, work: Awaitable[Outcome], policy: Policy) -> Outcome:
        """The outcome of one exchange, whatever broke; see `hand_over`."""
        try:
            # The wire bounds each phase, not their sum: a server that drips its answer could hold the batch for ever.
            async with asyncio.timeout(self._longest):
                return await work
        except RefusedError as error:
            return policy.refused(error.status, error.code, error.wait)
        except _NEVER_LEFT:
            return policy.without_answer("connect-failed")
        except (httpx2.HTTPError, TimeoutError):
            return policy.without_answer("no-answer")
        except UnreadableError:
            return policy.without_answer("unreadable")
        except Exception as error:  # noqa: BLE001 - one text's surprise must not lose its neighbours' outcomes
            _log.warning("a text's fate is unknown after %s", type(error).__name__)
            return policy.without_answer("unreadable")

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._wire.aclose()


def _written(form: Mapping[str, Any] | None, body: Any, content: bytes | None) -> tuple[dict[str, str], bytes]:
    """What a request carries, and the header that says what that is."""
    if content is not None:
        return {}, content
    if form:
        pairs = {name: _plain(value) for name, value in form.items()}
        return {"content-type": "application/x-www-form-urlencoded"}, urlencode(pairs, doseq=True).encode()
    if body is not None:
        written = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return {"content-type": "application/json"}, written.encode()
    return {}, b""


def _plain(value: Any) -> Any:
    """As a form writes it: true and false in small letters, nothing as nothing."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("Sequence[Any]", value)]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def wait_of(header: str) -> timedelta | None:
    """The time a Retry-After header in seconds asks for."""
    # The header's other form, a date, would need a clock; the table's own delay stands in for it.
    return timedelta(seconds=int(header)) if _SECONDS.fullmatch(header.strip()) else None
