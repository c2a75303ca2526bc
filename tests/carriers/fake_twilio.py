"""A stateful fake of Twilio's Messages API, with failures by script and a ledger of what was truly sent.

It speaks HTTP over a bare socket, for a web server will not hang up, hang or lie on request. Its answers are held
to Twilio's own OpenAPI file by `tests/peers/test_twilio_contract.py`.
"""

import asyncio
import base64
import json
import socket
import struct
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from tests.carriers.loopback import Received, Server

ACCOUNT = "AC" + "1a" * 16
TOKEN = "a token of the fake's"
SERVICE = "MG" + "2b" * 16
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@dataclass(frozen=True)
class Refuse:
    """Answer with an error; no message is made."""

    status: int
    code: int | None = None
    retry_after: str = ""
    html: bool = False


@dataclass(frozen=True)
class Answer:
    """Make the message and answer with this body."""

    body: bytes
    status: int = 201


@dataclass(frozen=True)
class Hang:
    """Make the message, and never answer."""


@dataclass(frozen=True)
class Late:
    """Make the message, and answer after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Drip:
    """Make the message, and answer so slowly that each byte is in time and the whole never is."""


@dataclass(frozen=True)
class Reset:
    """Make the message, and reset the connection instead of answering."""


@dataclass(frozen=True)
class FailAfterMaking:
    """Make the message, then answer 5xx."""

    status: int = 500


Failure = Refuse | Answer | Hang | Late | Drip | Reset | FailAfterMaking


@dataclass
class Made:
    """One message in the fake's ledger: if it is here, a phone rang."""

    sid: str
    form: dict[str, str]
    created: datetime
    status: str = "queued"
    error_code: int | None = None
    direction: str = "outbound-api"


@dataclass
class FakeTwilio(Server):
    now: datetime = datetime(2026, 11, 24, 9, tzinfo=UTC)
    ledger: list[Made] = field(default_factory=list)
    posts: int = 0
    under_way: int = 0
    most_under_way: int = 0
    lists: list[dict[str, str]] = field(default_factory=list)
    script: deque[Failure] = field(default_factory=deque)
    lie: dict[str, Any] = field(default_factory=dict)
    """Laid over every message shown, to see whether the contract notices."""

    def fail_next(self, *failures: Failure) -> None:
        self.script.extend(failures)

    def texts_to(self, number: str) -> int:
        return sum(made.form["To"] == number for made in self.ledger)

    async def answer(self, request: Received, writer: asyncio.StreamWriter) -> bool:
        if request.headers.get("authorization") != _basic():
            return await _reply(writer, 401, _error(401, 20003))
        if request.path != MESSAGES:
            return await _reply(writer, 404, _error(404, 20404))
        if request.method == "POST":
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            try:
                return await self._post(request.form, writer)
            finally:
                self.under_way -= 1
        return await _reply(writer, 200, self._list(request.query))

    # -- messages -------------------------------------------------------------------------------

    async def _post(self, form: dict[str, str], writer: asyncio.StreamWriter) -> bool:  # noqa: PLR0911 - one per failure
        self.posts += 1
        failure = self.script.popleft() if self.script else None
        if isinstance(failure, Refuse):
            return await _refuse(failure, writer)
        if not form.get("To") or not form.get("Body") or not (form.get("From") or form.get("MessagingServiceSid")):
            return await _reply(writer, 400, _error(400, 21604))
        made = Made(f"SM{len(self.ledger) + 1:032x}", form, self.now)
        self.ledger.append(made)
        match failure:
            case Hang():
                await self._closing.wait()
                return False
            case Late(seconds):
                await asyncio.sleep(seconds)
                return await _reply(writer, 201, self._shown(made))
            case Drip():
                return await self._drip(writer)
            case Reset():
                return _reset(writer)
            case FailAfterMaking(status):
                return await _reply(writer, status, _error(status, 20500))
            case Answer(body, status):
                return await _reply(writer, status, body)
            case None:
                return await _reply(writer, 201, self._shown(made))

    async def _drip(self, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 100000\r\n\r\n")
        while not self._closing.is_set():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)
        return False

    def _list(self, query: dict[str, str]) -> dict[str, Any]:
        self.lists.append(query)
        since = datetime.fromisoformat(query.get("DateSent>", "2000-01-01T00:00:00Z"))
        newest = [made for made in reversed(self.ledger) if made.created >= since]
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        shown = newest[page * size : (page + 1) * size]
        more = len(newest) > (page + 1) * size
        return {
            "messages": [self._shown(made) for made in shown],
            "end": page * size + len(shown) - 1,
            "first_page_uri": _page(query, 0),
            "next_page_uri": _page(query, page + 1) if more else None,
            "page": page,
            "page_size": size,
            "previous_page_uri": _page(query, page - 1) if page else None,
            "start": page * size,
            "uri": _page(query, page),
        }

    def _shown(self, made: Made) -> dict[str, Any]:
        uri = f"{MESSAGES.removesuffix('.json')}/{made.sid}"
        created = format_datetime(made.created)
        return {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": made.form.get("Body", ""),
            "date_created": created,
            "date_sent": None if made.status == "queued" else created,
            "date_updated": created,
            "direction": made.direction,
            "error_code": made.error_code,
            "error_message": None,
            "from": made.form.get("From"),
            "messaging_service_sid": made.form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": made.sid,
            "status": made.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": made.form["To"],
            "uri": f"{uri}.json",
            **self.lie,
        }


def _page(query: dict[str, str], page: int) -> str:
    return f"{MESSAGES}?{urlencode({**query, 'Page': page, 'PageToken': f'PA{page}'})}"


def _basic() -> str:
    return "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


def _error(status: int, code: int) -> dict[str, Any]:
    # Twilio's messages quote the number: none of this may reach a log or an exception of ours.
    message = "The 'To' number +8801711000001 is not a valid phone number."
    return {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


async def _refuse(failure: Refuse, writer: asyncio.StreamWriter) -> bool:
    body: Any = b"<html><body>Bad gateway</body></html>" if failure.html else {"status": failure.status}
    if failure.code:
        body = _error(failure.status, failure.code)
    return await _reply(
        writer, failure.status, body, {"retry-after": failure.retry_after} if failure.retry_after else {}
    )


async def _reply(writer: asyncio.StreamWriter, status: int, body: Any, headers: dict[str, str] | None = None) -> bool:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "text/html" if isinstance(body, bytes) else "application/json"
    lines = [f"{name}: {value}" for name, value in {"content-type": kind, **(headers or {})}.items()]
    head = "\r\n".join([f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *lines, f"content-length: {len(content)}"])
    writer.write(head.encode() + b"\r\n\r\n" + content)
    await writer.drain()
    return True


def _reset(writer: asyncio.StreamWriter) -> bool:
    raw: socket.socket = writer.get_extra_info("socket")
    # Linger of zero: closing sends RST, as a crashing load balancer does.
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False
