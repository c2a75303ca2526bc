"""The carrier itself: batches out, outcomes back, and a look at what the gateway took."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from app.carriers.android import statuses, webhooks
from app.carriers.exchange import Answer, Exchange, RefusedError, UnreadableError
from app.carriers.policy import policy
from app.carriers.protocol import (
    Accepted,
    Acknowledgement,
    Capabilities,
    InboundText,
    Lookup,
    OutboundText,
    Outcome,
    Request,
    StatusReport,
)
from app.carriers.reading import objects
from app.domain.errors import InvalidError, UnavailableError
from app.domain.segments import SplitPolicy

CLOUD = "https://api.sms-gate.app/3rdparty/v1"

_AT_ONCE = 4
_CONFLICT = 409
_PAGE = 100
_MOST_PAGES = 100
_LONGEST_LOOK = 120.0  # seconds
_SHORTEST_KEY = 8


@dataclass(frozen=True, slots=True)
class AndroidSettings:
    """What an entry point configures.

    `name` is the road's: a phone is one. `base_url` is the server's, as `CLOUD`, or the phone's own, as
    http://192.168.0.7:8080. `signing_key` is that of the app's webhooks. `number` is the SIM's, E.164: the app cannot
    always tell it. `sim` is the slot, from 1, where there are two. `timeout` and `connect_timeout` are seconds. A text
    that is older than `validity` seconds is dropped, lest it arrive at night.

    Operators allow a phone 30 to 200 texts an hour (https://docs.sms-gate.app/faq/errors), so the pace is slow.
    """

    base_url: str
    username: str
    password: str = field(repr=False)
    signing_key: str = field(repr=False)
    number: str
    name: str = "android"
    sim: int | None = None
    timeout: float = 15.0
    connect_timeout: float = 5.0
    validity: int = 14_400
    segments_per_second: float = 0.05
    proxy: str | None = field(default=None, repr=False)


class AndroidCarrier:
    """A phone as a `Carrier`."""

    def __init__(self, settings: AndroidSettings) -> None:
        if len(settings.signing_key) < _SHORTEST_KEY:
            raise InvalidError("The phone's webhooks cannot be trusted without the app's signing key.")
        self.name: str = settings.name
        self.capabilities: Capabilities = Capabilities(
            two_way=True,
            looks_up=True,
            split=SplitPolicy.CODE_UNIT,
            max_batch=10,
            segments_per_second=settings.segments_per_second,
        )
        self._settings = settings
        self._exchange = Exchange(
            connect=settings.connect_timeout, read=settings.timeout, at_once=_AT_ONCE, proxy=settings.proxy
        )

    async def send(self, batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        """Hands over a batch, a request for each text."""
        return await self._exchange.hand_over(batch, policy("android"), self._create)

    async def _create(self, text: OutboundText) -> Outcome:
        slot = {} if self._settings.sim is None else {"simNumber": self._settings.sim}
        message = {
            "id": text.message,
            "textMessage": {"text": text.text},
            "phoneNumbers": [text.to],
            "ttl": self._settings.validity,
            "withDeliveryReport": True,
            **slot,
        }
        answer = await self._ask("POST", body=message)
        if answer.status == _CONFLICT:
            return Accepted(text.message)  # it has this very text, of a try whose answer was lost
        if not answer.taken:
            code = statuses.refusal(answer)
            if code:
                return policy("android").told(code, "unreadable")
            raise RefusedError(answer.status, "", answer.wait)
        match answer.json():
            case {"id": str(reference)} if reference:
                return Accepted(reference)
            case _:
                raise UnreadableError

    async def _ask(self, method: str, **what: Any) -> Answer:
        settings = self._settings
        address = f"{settings.base_url.rstrip('/')}/messages"
        return await self._exchange.ask(method, address, auth=(settings.username, settings.password), **what)

    def verify(self, request: Request, now: datetime) -> None:
        """Raises ForgedWebhookError unless the app signed this webhook within five minutes."""
        webhooks.verify_signature(request, self._settings.signing_key, now)

    def parse_inbound(self, request: Request) -> Sequence[InboundText]:
        """The reply in a verified webhook."""
        return [webhooks.inbound(request, self._settings.signing_key, self._settings.number)]

    def parse_status(self, request: Request, message: str) -> Sequence[StatusReport]:
        """The report in a verified webhook; it names our id itself."""
        del message
        return [webhooks.status(request)]

    def acknowledge(self) -> Acknowledgement:
        """An empty 200."""
        return Acknowledgement(b"", "text/plain")

    async def reconcile(self, since: datetime) -> Lookup:
        """The messages the gateway took since then. Replies it lists under other ids than its webhooks: not asked.

        Raises:
            UnavailableError: the gateway could not be asked, or knows too many to be read at once.
        """
        try:
            async with asyncio.timeout(_LONGEST_LOOK):
                return Lookup([report async for report in self._listed(since)])
        except (RefusedError, UnreadableError, InvalidError, TimeoutError, httpx2.HTTPError) as error:
            raise UnavailableError(f"The phone could not be asked ({type(error).__name__}).") from None

    async def _listed(self, since: datetime) -> AsyncIterator[StatusReport]:
        start = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for page in range(_MOST_PAGES):
            params = {"from": start, "limit": str(_PAGE), "offset": str(page * _PAGE)}
            answer = await self._ask("GET", params=params)
            if not answer.taken:
                raise RefusedError(answer.status, "", answer.wait)
            found = objects({"messages": answer.json()}, "messages")
            for item in found:
                yield statuses.listed(item)
            if len(found) < _PAGE:
                return
        raise UnavailableError("The phone knows too many messages since then; ask for a shorter time.")

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._exchange.aclose()
