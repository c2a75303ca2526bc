"""The carrier itself: batches out, outcomes back.

The SMS API rather than the Messages API: its webhooks are signed with a secret over their fields, GET or POST, while
the other's want a JWT; both give our reference back in the receipt. It has no look-up: receipts alone resolve what is
unknown, and they name our id.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.carriers.addresses import digits
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
    Unknown,
)
from app.carriers.vonage import webhooks
from app.domain.errors import InvalidError
from app.domain.segments import Encoding, SplitPolicy, segments

LIVE = "https://rest.nexmo.com"

_AT_ONCE = 10
_TAKEN = "0"
_STATUS = re.compile(r"[0-9]{1,4}")
_SHORTEST_SECRET = 8


@dataclass(frozen=True, slots=True)
class VonageSettings:
    """What an entry point configures.

    `name` is the road's. `signature_secret` and `signature_method` are those of the account's signed webhooks, which
    must be switched on. `timeout` and `connect_timeout` are seconds. A text that is older than `validity` seconds
    (20 to 604,800) is dropped, lest it arrive at night. An account may make 30 requests a second unless agreed
    otherwise (https://api.support.vonage.com/hc/en-us/articles/203993598).
    """

    api_key: str
    api_secret: str = field(repr=False)
    signature_secret: str = field(repr=False)
    signature_method: webhooks.SignatureMethod = webhooks.SignatureMethod.SHA256
    name: str = "vonage"
    base_url: str = LIVE
    timeout: float = 15.0
    connect_timeout: float = 5.0
    validity: int = 14_400
    segments_per_second: float = 30.0
    proxy: str | None = field(default=None, repr=False)


class VonageCarrier:
    """Vonage as a `Carrier`."""

    def __init__(self, settings: VonageSettings) -> None:
        if len(settings.signature_secret) < _SHORTEST_SECRET:
            raise InvalidError("Vonage's webhooks cannot be trusted without the account's signature secret.")
        self.name: str = settings.name
        self.capabilities: Capabilities = Capabilities(
            two_way=True,
            looks_up=False,
            split=SplitPolicy.CODE_UNIT,
            segments_per_second=settings.segments_per_second,
        )
        self._settings = settings
        self._exchange = Exchange(
            connect=settings.connect_timeout, read=settings.timeout, at_once=_AT_ONCE, proxy=settings.proxy
        )

    async def send(self, batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        """Hands over a batch, a request for each text: the API takes no more at once."""
        return await self._exchange.hand_over(batch, policy("vonage"), self._create)

    async def _create(self, text: OutboundText) -> Outcome:
        encoding = segments(text.text, SplitPolicy.CODE_UNIT).encoding
        answer = await self._exchange.ask(
            "POST",
            f"{self._settings.base_url.rstrip('/')}/sms/json",
            form={
                "api_key": self._settings.api_key,
                "api_secret": self._settings.api_secret,
                "from": digits(text.sender),
                "to": digits(text.to),
                "text": text.text,
                "type": "unicode" if encoding is Encoding.UCS2 else "text",
                "client-ref": text.message,
                "status-report-req": "1",
                "ttl": str(self._settings.validity * 1000),
            },
        )
        if not answer.taken:
            raise RefusedError(answer.status, "", answer.wait)
        return _outcome(answer.json())

    def verify(self, request: Request, now: datetime) -> None:
        """Raises ForgedWebhookError unless Vonage signed this webhook within the day."""
        webhooks.verify_signature(request, self._settings.signature_secret, self._settings.signature_method, now)

    def parse_inbound(self, request: Request) -> Sequence[InboundText]:
        """The reply in a verified webhook, or the piece of one."""
        return [webhooks.inbound(request, self._settings.signature_secret)]

    def parse_status(self, request: Request, message: str) -> Sequence[StatusReport]:
        """The receipt in a verified webhook; it names our id itself."""
        del message
        return [webhooks.status(request)]

    def acknowledge(self) -> Acknowledgement:
        """An empty 200."""
        return Acknowledgement(b"", "text/plain")

    async def reconcile(self, since: datetime) -> Lookup:
        """Empty: the SMS API cannot look up."""
        del since
        return Lookup()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._exchange.aclose()


def _outcome(answer: Any) -> Outcome:
    """What a 200 says: a status for every part of the text.

    One part on its way is a text that may not be sent again, whatever became of the others.
    """
    match answer:
        case {"messages": [*parts]} if parts:
            told = [_part(part) for part in parts]
        case _:
            raise UnreadableError
    taken = [reference for status, reference in told if status == _TAKEN]
    refused = [status for status, _ in told if status != _TAKEN]
    if refused and taken:
        return Unknown(policy("vonage").cause_of(refused[0]), refused[0])
    if refused:
        return policy("vonage").told(refused[0], "other")
    if not taken[0]:
        raise UnreadableError
    return Accepted(taken[0])


def _part(part: Any) -> tuple[str, str]:
    match part:
        case {"status": str(status)} if _STATUS.fullmatch(status):
            reference = part.get("message-id")
            return status, reference if isinstance(reference, str) else ""
        case _:
            raise UnreadableError
