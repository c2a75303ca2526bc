"""The carrier itself: batches out, outcomes back."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.carriers.exchange import Answer, Exchange, RefusedError, UnreadableError
from app.carriers.kannel import webhooks
from app.carriers.kannel.callers import Callers
from app.carriers.kannel.settings import KannelSettings, address, report_url
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
from app.domain.errors import ForgedWebhookError
from app.domain.segments import Encoding, SplitPolicy, segments

_ACCEPTED = 202
_AT_ONCE = 10
_UCS2 = "2"
_NO_LETTERS = re.compile(r"[^a-z]+")
_LONGEST_SENTENCE = 200


class KannelCarrier:
    """Kannel as a `Carrier`.

    Raises:
        InvalidError: an address or network in the settings is none.
    """

    def __init__(self, settings: KannelSettings) -> None:
        self.name: str = settings.name
        self._settings = settings
        self._address = address(settings)
        self._callers = Callers.parse(settings.allowed_peers, settings.trusted_proxies)
        self.capabilities: Capabilities = Capabilities(
            two_way=True,
            looks_up=False,
            split=SplitPolicy.CODE_UNIT,
            segments_per_second=settings.segments_per_second,
        )
        self._exchange = Exchange(
            connect=settings.connect_timeout, read=settings.timeout, at_once=_AT_ONCE, proxy=settings.proxy
        )

    async def send(self, batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        """Hands over a batch, ten texts at once; an outcome for each, by our message id."""
        return await self._exchange.hand_over(batch, policy("kannel"), self._submit)

    async def _submit(self, text: OutboundText) -> Outcome:
        bill = segments(text.text, self.capabilities.split)
        if bill.count > self._settings.most_parts:
            return policy("kannel").told("too-long", "http-4xx")
        # By POST: Kannel also takes a GET, which would lay number, text and password into an address.
        answer = await self._exchange.ask(
            "POST",
            self._settings.sendsms_url,
            headers=self._headers(text, bill.encoding),
            content=text.text.encode(),
        )
        return _outcome(text, answer)

    def _headers(self, text: OutboundText, encoding: Encoding) -> dict[str, str]:
        settings = self._settings
        headers = {
            "content-type": "text/plain; charset=UTF-8",
            "x-kannel-username": settings.username,
            "x-kannel-password": settings.password,
            "x-kannel-from": text.sender,
            "x-kannel-to": text.to,
            "x-kannel-validity": str(max(1, settings.validity // 60)),
            # Kannel gives back no id: by this address every report names our row.
            "x-kannel-dlr-mask": str(settings.dlr_mask),
            "x-kannel-dlr-url": report_url(settings, text.message),
        }
        if encoding is Encoding.UCS2:
            headers["x-kannel-coding"] = _UCS2  # without it, what GSM 03.38 lacks goes out as "?"
        if settings.smsc:
            headers["x-kannel-smsc"] = settings.smsc
        return headers

    def verify(self, request: Request, now: datetime) -> None:  # noqa: ARG002 - Kannel signs nothing, and no time
        """Raises ForgedWebhookError unless the path holds the secret, or a report's proof, and the caller may call.

        A replay cannot be told; the store makes it harmless, where references are unique and a delivery only climbs.
        """
        if not self._callers.admit(request):
            raise ForgedWebhookError("The webhook came from an address that is not Kannel's.")
        self._address.verify(request)

    def parse_inbound(self, request: Request) -> Sequence[InboundText]:
        """The reply in a verified webhook."""
        return [webhooks.inbound(request)]

    def parse_status(self, request: Request, message: str) -> Sequence[StatusReport]:
        """The report in a verified webhook on our `message`."""
        return [webhooks.status(request, message)]

    def acknowledge(self) -> Acknowledgement:
        """An empty text, of which the sms-service of `sms_service` sends nothing on."""
        return Acknowledgement(b"", "text/plain")

    async def reconcile(self, since: datetime) -> Lookup:
        """Nothing: Kannel cannot be asked about a text."""
        del since
        return Lookup()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._exchange.aclose()


def _outcome(text: OutboundText, answer: Answer) -> Outcome:
    if answer.status == _ACCEPTED:  # "Accepted for delivery" or "Queued for later delivery": bearerbox has it
        return Accepted(text.message)
    if answer.taken:
        raise UnreadableError
    code = _code(answer.body)
    if code in policy("kannel").rules:
        # Kannel's own sentence, so also a 503 tells the fate; from something in between it would not.
        return policy("kannel").told(code, "http-4xx")
    raise RefusedError(answer.status, "", answer.wait)


def _code(body: bytes) -> str:
    """Kannel answers in sentences, some of which quote numbers: only those that the table lists are ever kept."""
    sentence = body[:_LONGEST_SENTENCE].decode("ascii", errors="replace").lower()
    return f"answer-{_NO_LETTERS.sub('-', sentence).strip('-')}"
