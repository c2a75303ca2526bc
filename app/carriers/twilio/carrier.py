"""The carrier itself: batches out, outcomes back, and a look at what Twilio knows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx2
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from app.carriers.exchange import Exchange, RefusedError, UnreadableError
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
from app.carriers.twilio import webhooks
from app.carriers.twilio.transport import HttpxClient
from app.domain.errors import InvalidError, UnavailableError
from app.domain.segments import SplitPolicy

_AT_ONCE = 10
_PAGE = 1000
_MOST_LOOKED_UP = 100_000
_NUMBER = re.compile(r"\+?[0-9]{3,15}")


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """What an entry point configures.

    `name` is the road's: a second account is another road. `public_url` is where Twilio reaches us, without the path;
    `base_url` stands in for Twilio's API in tests.
    `timeout` and `connect_timeout` are seconds. A text that Twilio has queued longer than `validity` seconds
    (at most 36,000) is dropped, lest it arrive at night.

    With a messaging service the channel's sender must be in its pool, and is still named: workers answer the number
    they know. `content_retention` ("discard") and `address_retention` ("obfuscate") ask Twilio to forget texts and
    numbers, which its account must allow; empty leaves the account's own setting. Without numbers a look-up finds
    no text whose reference was lost, and without texts it finds no reply.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    base_url: str = ""
    messaging_service_sid: str = ""
    timeout: float = 15.0
    connect_timeout: float = 5.0
    validity: int = 14_400
    segments_per_second: float = 10.0
    content_retention: str = ""
    address_retention: str = ""
    proxy: str | None = field(default=None, repr=False)
    name: str = "twilio"


class TwilioCarrier:
    """Twilio as a `Carrier`."""

    def __init__(self, settings: TwilioSettings) -> None:
        self.name: str = settings.name
        if not settings.auth_token.strip():
            raise InvalidError("Twilio's webhooks cannot be trusted without the account's auth token.")
        self._settings = settings
        self.capabilities: Capabilities = Capabilities(
            two_way=True,
            looks_up=True,
            split=SplitPolicy.GRAPHEME,
            segments_per_second=settings.segments_per_second,
        )
        self._exchange = Exchange(
            connect=settings.connect_timeout, read=settings.timeout, at_once=_AT_ONCE, proxy=settings.proxy
        )
        chosen = {
            "messaging_service_sid": settings.messaging_service_sid,
            "content_retention": settings.content_retention,
            "address_retention": settings.address_retention,
        }
        self._chosen: dict[str, Any] = {name: value for name, value in chosen.items() if value}
        self._messages: Any = _client(settings, HttpxClient(self._exchange)).messages

    async def send(self, batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        """Hands over a batch, ten texts at once; an outcome for each, by our message id."""
        return await self._exchange.hand_over(batch, policy("twilio"), self._create)

    async def _create(self, text: OutboundText) -> Outcome:
        made = await self._messages.create_async(
            to=text.to,
            from_=text.sender,
            body=text.text,
            # Creation has no idempotency key; through this address every report names our row, even for a POST
            # whose answer never came.
            status_callback=f"{self._settings.public_url.rstrip('/')}/carriers/{self.name}/status/{text.message}",
            validity_period=self._settings.validity,
            # A worker reads the wording that was reviewed, and the bill is the one we counted: Twilio would write
            # another apostrophe to save a segment.
            smart_encoded=False,
            **self._chosen,
        )
        if not isinstance(made.sid, str) or not made.sid:
            raise UnreadableError
        return Accepted(made.sid)

    def verify(self, request: Request, now: datetime) -> None:  # noqa: ARG002 - Twilio signs no time
        """Raises ForgedWebhookError unless Twilio signed this webhook; staleness cannot be told, see `webhooks`."""
        webhooks.verify_signature(request, self._settings.public_url, self._settings.auth_token)

    def parse_inbound(self, request: Request) -> Sequence[InboundText]:
        """The reply in a verified webhook."""
        return [webhooks.inbound(request)]

    def parse_status(self, request: Request, message: str) -> Sequence[StatusReport]:
        """The report in a verified webhook on our `message`."""
        return [webhooks.status(request, message)]

    def acknowledge(self) -> Acknowledgement:
        """Empty TwiML: Twilio sends nothing."""
        return Acknowledgement(b'<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml")

    async def reconcile(self, since: datetime) -> Lookup:
        """The outbound messages Twilio has sent since then, and the replies it got.

        Twilio gives back neither our id nor the callback's address, so `message` is empty: a report is matched by
        its reference, or by `to` and `created` where the reference never reached us. Twilio filters by the date of
        sending, so a message still in its queue is not listed: that one is missing says nothing of its fate until
        its validity is over. A whole account is listed, so replies to numbers of other programs of its come along.

        Raises:
            UnavailableError: Twilio could not be asked, or knows too many to be read at once.
        """
        try:
            listed = await self._messages.list_async(
                # The official client prints the date without looking at its zone.
                date_sent_after=since.astimezone(UTC),
                page_size=_PAGE,
                limit=_MOST_LOOKED_UP,
            )
        except (RefusedError, UnreadableError, httpx2.HTTPError, TwilioException) as error:
            raise UnavailableError(f"Twilio could not be asked ({type(error).__name__}).") from None
        if len(listed) >= _MOST_LOOKED_UP:
            raise UnavailableError("Twilio knows too many messages since then; ask for a shorter time.")
        reports = [_report(one) for one in listed if one.sid and one.status in webhooks.DELIVERIES]
        return Lookup(reports, [_reply(one) for one in listed if one.sid and _is_reply(one)])

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._exchange.aclose()


def _client(settings: TwilioSettings, http: HttpxClient) -> Any:
    # A mapping of our own, for the client would otherwise look for a region in the process's environment.
    client: Any = Client(
        settings.account_sid,
        settings.auth_token,
        http_client=http,
        environment={"TWILIO_REGION": "", "TWILIO_EDGE": ""},
    )
    if settings.base_url:
        client.api.base_url = settings.base_url
    return client


def _report(listed: Any) -> StatusReport:
    delivery = webhooks.DELIVERIES[listed.status]
    known = webhooks.report(listed.sid, "", delivery, str(listed.error_code or ""))
    return replace(known, to=listed.to or "", created=listed.date_created)


def _is_reply(listed: Any) -> bool:
    """Whether it is a reply that can be read: whole ("receiving" is not yet), and not blotted out by redaction."""
    whole = listed.direction == "inbound" and listed.status == "received"
    # A picture alone has no body either; without its webhook the two cannot be told apart, and it says nothing.
    return bool(whole and listed.body and listed.to and _NUMBER.fullmatch(listed.from_ or ""))


def _reply(listed: Any) -> InboundText:
    return InboundText(listed.sid, listed.from_, listed.to, listed.body, created=listed.date_created)
