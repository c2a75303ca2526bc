"""Africa's Talking: its bulk SMS API and its callbacks (https://developers.africastalking.com/docs/sms/overview).

It takes no reference of ours and lets no message have a callback of its own: a text whose answer never came stays
unknown. It signs nothing, so its callbacks go to addresses that hold a secret.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.carriers.addresses import SecretAddress, e164, opaque
from app.carriers.exchange import Answer, Exchange, RefusedError, UnreadableError
from app.carriers.policy import policy
from app.carriers.protocol import (
    Accepted,
    Acknowledgement,
    Capabilities,
    Delivery,
    InboundText,
    Lookup,
    OutboundText,
    Outcome,
    Request,
    StatusReport,
)
from app.carriers.reading import form, needed, optional
from app.domain.errors import InvalidError
from app.domain.segments import SplitPolicy

LIVE = "https://api.africastalking.com"
SANDBOX = "https://api.sandbox.africastalking.com"

_AT_ONCE = 10
# Processed, sent, queued: https://developers.africastalking.com/docs/sms/sending/bulk
_TAKEN = frozenset({"100", "101", "102"})
_CODES = 1000  # what is larger is no code of theirs
_OPT_OUT = "STOP"

DELIVERIES: Mapping[str, Delivery] = {
    "Sent": Delivery.SENT,
    "Submitted": Delivery.SENT,
    "Buffered": Delivery.SENT,
    "Success": Delivery.DELIVERED,
    "Failed": Delivery.UNDELIVERED,
    "Rejected": Delivery.FAILED,
    "AbsentSubscriber": Delivery.UNDELIVERED,
    "Expired": Delivery.UNDELIVERED,
}
"""Its words for how far a message came (https://developers.africastalking.com/docs/sms/notifications)."""


@dataclass(frozen=True, slots=True)
class AfricasTalkingSettings:
    """What an entry point configures.

    `name` is the road's. `secret` stands in the addresses that are given to Africa's Talking; `public_url` is where
    it reaches us, without the path. `timeout` and `connect_timeout` are seconds. It publishes no rate:
    `segments_per_second` is what was agreed.
    """

    username: str
    api_key: str = field(repr=False)
    public_url: str
    secret: str = field(repr=False)
    name: str = "africastalking"
    base_url: str = LIVE
    timeout: float = 15.0
    connect_timeout: float = 5.0
    segments_per_second: float = 10.0
    proxy: str | None = field(default=None, repr=False)


class AfricasTalkingCarrier:
    """Africa's Talking as a `Carrier`."""

    def __init__(self, settings: AfricasTalkingSettings) -> None:
        self.name: str = settings.name
        self.address: SecretAddress = SecretAddress(settings.name, settings.public_url, settings.secret)
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
        """Hands over a batch, a request for each text, for each says something else."""
        return await self._exchange.hand_over(batch, policy("africastalking"), self._create)

    async def _create(self, text: OutboundText) -> Outcome:
        answer = await self._exchange.ask(
            "POST",
            f"{self._settings.base_url.rstrip('/')}/version1/messaging",
            headers={"apiKey": self._settings.api_key, "Accept": "application/json"},
            form={
                "username": self._settings.username,
                "to": text.to,
                "from": text.sender,
                "message": text.text,
                "bulkSMSMode": "1",  # we pay, not the worker
            },
        )
        if not answer.taken:
            raise RefusedError(answer.status, "", answer.wait)
        return _outcome(answer)

    def verify(self, request: Request, now: datetime) -> None:  # noqa: ARG002 - nothing in it tells the time
        """Raises ForgedWebhookError unless its address holds the secret."""
        self.address.verify(request)

    def parse_inbound(self, request: Request) -> Sequence[InboundText]:
        """The reply in a verified callback; an opt-out that it took itself is read as the word it stands for."""
        fields = form(request.body)
        if "senderId" in fields:
            return [self._opt_out(fields)]
        return [
            InboundText(
                reference=needed(fields, "id"),
                sender=e164(needed(fields, "from")),
                to=e164(needed(fields, "to")),
                text=optional(fields, "text"),
            )
        ]

    def _opt_out(self, fields: Mapping[str, str]) -> InboundText:
        sender, phone = e164(needed(fields, "senderId")), e164(needed(fields, "phoneNumber"))
        # It has no id. One made of the two is the same when the callback repeats; a second opt-out, after the worker
        # came back, is then not heard here, but by the answer to the next text: 406.
        return InboundText(opaque(self._settings.secret, "opt-out", sender, phone), phone, sender, _OPT_OUT)

    def parse_status(self, request: Request, message: str) -> Sequence[StatusReport]:
        """The report in a verified callback; it does not know our ids, and `message` is the address's secret."""
        del message
        fields = form(request.body)
        delivery = DELIVERIES.get(needed(fields, "status"))
        if delivery is None:
            raise InvalidError("status is not a state of an outbound message.")
        reference = needed(fields, "id")
        if delivery not in {Delivery.UNDELIVERED, Delivery.FAILED}:
            return [StatusReport(reference, "", delivery)]
        code = _known(optional(fields, "failureReason")) or _known(fields["status"].strip())
        return [StatusReport(reference, "", delivery, policy("africastalking").cause_of(code), code)]

    def acknowledge(self) -> Acknowledgement:
        """An empty 200."""
        return Acknowledgement(b"", "text/plain")

    async def reconcile(self, since: datetime) -> Lookup:
        """Empty: it lists no outbound messages, and its inbox under other ids than its callbacks."""
        del since
        return Lookup()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._exchange.aclose()


def _outcome(answer: Answer) -> Outcome:
    """What a 201 says of the one recipient: `{"SMSMessageData": {"Message": …, "Recipients": [{…}]}}`."""
    match answer.json():
        case {"SMSMessageData": {"Recipients": [{"statusCode": int(code), **rest}]}} if 0 < code < _CODES:
            return _told(str(code), rest.get("messageId"))
        case {"SMSMessageData": {"Recipients": [], "Message": str(word)}} if _known(word):
            return policy("africastalking").told(word, "other")
        case _:
            raise UnreadableError


def _told(code: str, reference: Any) -> Outcome:
    if code not in _TAKEN:
        return policy("africastalking").told(code, "other")
    if not isinstance(reference, str) or not reference:
        raise UnreadableError
    return Accepted(reference)


def _known(word: str) -> str:
    """The word where the table lists it, else nothing: what a vendor writes freely may name a number."""
    return word if word in policy("africastalking").rules else ""
