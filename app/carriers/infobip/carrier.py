"""The carrier itself: batches out, outcomes back, and a look at the logs."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from app.carriers.addresses import SecretAddress, digits, e164
from app.carriers.exchange import Exchange, RefusedError, UnreadableError
from app.carriers.infobip import statuses
from app.carriers.policy import policy
from app.carriers.protocol import (
    Acknowledgement,
    Capabilities,
    InboundText,
    Lookup,
    OutboundText,
    Outcome,
    Request,
    StatusReport,
)
from app.carriers.reading import as_object, json_object, needed, objects, optional, readable
from app.domain.errors import InvalidError, UnavailableError
from app.domain.segments import SplitPolicy

_AT_ONCE = 10
_PAGE = 1000
_MOST_PAGES = 100
_LONGEST_LOOK = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class InfobipSettings:
    """What an entry point configures.

    `name` is the road's. `base_url` is the account's own, as https://xxxxx.api.infobip.com. `secret` stands in the
    address of replies, and seals those of reports; `public_url` is where Infobip reaches us, without the path.
    `timeout` and `connect_timeout` are seconds. A text that is older than `validity` minutes (at most 2,880) is
    dropped, lest it arrive at night. Infobip publishes no rate: `segments_per_second` is what was agreed.
    """

    base_url: str
    api_key: str = field(repr=False)
    public_url: str
    secret: str = field(repr=False)
    name: str = "infobip"
    timeout: float = 15.0
    connect_timeout: float = 5.0
    validity: int = 240
    segments_per_second: float = 10.0
    proxy: str | None = field(default=None, repr=False)


class InfobipCarrier:
    """Infobip as a `Carrier`."""

    def __init__(self, settings: InfobipSettings) -> None:
        self.name: str = settings.name
        self.address: SecretAddress = SecretAddress(settings.name, settings.public_url, settings.secret)
        self.capabilities: Capabilities = Capabilities(
            two_way=True,
            looks_up=True,
            split=SplitPolicy.CODE_UNIT,
            segments_per_second=settings.segments_per_second,
        )
        self._settings = settings
        self._exchange = Exchange(
            connect=settings.connect_timeout, read=settings.timeout, at_once=_AT_ONCE, proxy=settings.proxy
        )

    async def send(self, batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        """Hands over a batch, a request for each text, so that each has a fate of its own."""
        return await self._exchange.hand_over(batch, policy("infobip"), self._create)

    async def _create(self, text: OutboundText) -> Outcome:
        message = {
            "sender": digits(text.sender),
            "destinations": [{"to": digits(text.to), "messageId": text.message}],
            "content": {"text": text.text},
            "options": {"validityPeriod": {"amount": self._settings.validity, "timeUnit": "MINUTES"}},
            "webhooks": {
                "delivery": {"url": self.address.status_of(text.message)},
                "contentType": "application/json",
            },
        }
        answer = await self._ask("POST", "/sms/3/messages", body={"messages": [message]})
        return statuses.outcome(answer)

    async def _ask(self, method: str, path: str, **what: Any) -> Any:
        headers = {"Authorization": f"App {self._settings.api_key}", "Accept": "application/json"}
        answer = await self._exchange.ask(
            method, f"{self._settings.base_url.rstrip('/')}{path}", headers=headers, **what
        )
        if not answer.taken:
            raise RefusedError(answer.status, statuses.error_code(answer), answer.wait)
        return answer.json()

    def verify(self, request: Request, now: datetime) -> None:  # noqa: ARG002 - nothing in it tells the time
        """Raises ForgedWebhookError unless its address holds the secret, or a message's seal."""
        self.address.verify(request)

    def parse_inbound(self, request: Request) -> Sequence[InboundText]:
        """The replies in a verified webhook, whole: Infobip joins long texts."""
        return readable(objects(json_object(request.body), "results"), _reply)

    def parse_status(self, request: Request, message: str) -> Sequence[StatusReport]:
        """The reports in a verified webhook; one at a message's own address speaks of that message alone."""
        del message  # of the address, which may be the secret
        own = self.address.message(request)
        found = readable(objects(json_object(request.body), "results"), statuses.report)
        return [report for report in found if report is not None and own in {"", report.message}]

    def acknowledge(self) -> Acknowledgement:
        """An empty 200."""
        return Acknowledgement(b"", "text/plain")

    async def reconcile(self, since: datetime) -> Lookup:
        """The messages Infobip has sent since then, of the last 48 hours at most: it keeps its logs no longer.

        It lists replies too, but each only once, and one that is read and then lost here would be lost for good: it
        is not asked for them.

        Raises:
            UnavailableError: Infobip could not be asked, or knows too many to be read at once.
        """
        try:
            async with asyncio.timeout(_LONGEST_LOOK):
                return Lookup([report async for report in self._logs(since)])
        except (RefusedError, UnreadableError, InvalidError, TimeoutError, httpx2.HTTPError) as error:
            raise UnavailableError(f"Infobip could not be asked ({type(error).__name__}).") from None

    async def _logs(self, since: datetime) -> AsyncIterator[StatusReport]:
        moment = since.astimezone(UTC).isoformat(timespec="milliseconds")
        params = {"sentSince": moment, "limit": str(_PAGE), "useCursor": "true"}
        for _ in range(_MOST_PAGES):
            page = as_object(await self._ask("GET", "/sms/3/logs", params=params))
            for item in objects(page, "results"):
                if report := statuses.logged(item):
                    yield report
            following = optional(as_object(page.get("cursor") or {}), "nextCursor")
            if not following:
                return
            params["cursor"] = following
        raise UnavailableError("Infobip knows too many messages since then; ask for a shorter time.")

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._exchange.aclose()


def _reply(item: Mapping[str, Any]) -> InboundText:
    return InboundText(
        reference=needed(item, "messageId"),
        sender=e164(needed(item, "from")),
        to=e164(needed(item, "to")),
        text=optional(item, "text"),
    )
