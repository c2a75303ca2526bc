"""Vendors on a bad day: they are slow, refuse, fail over texts that they have taken, and hang.

What one truly took stands in its ledger. Each hand-over goes as a dice says, which a seed plays again.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from app.carriers.generic import GenericCarrier, GenericSettings, parse_definition
from app.carriers.protocol import Carrier
from app.carriers.twilio import TwilioCarrier, TwilioSettings
from tests.carriers import fake_twilio as twilio
from tests.carriers import loopback
from tests.carriers.loopback import Received

SENDER = "+15005550010"
PUBLIC = "https://shiftline.example"
_FORM = {"content-type": "application/x-www-form-urlencoded"}

MOODS: Mapping[str, int] = {
    "well": 50, "late": 12, "busy": 8, "busy for a while": 6, "a fault over it": 10, "hangs over it": 6, "cuts over it": 8,
}  # fmt: skip
"""How a hand-over goes, and how often of a hundred."""

FAULTS = (500, 502, 503)


@dataclass(frozen=True)
class Landed:
    """A text on a phone, with what the vendor calls it, where its reports go, and its place in the ledger."""

    number: str
    text: str
    reference: str
    reports_to: str
    at: int


@dataclass(frozen=True)
class Webhook:
    """A request that the vendor makes."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: _FORM)


class Vendor(Protocol):
    """What a drill asks of a vendor's fake."""

    ledger: list[Any]
    tells_of_replies: bool
    """Whether a look-up finds a reply whose webhook never came."""

    def carrier(self) -> Carrier:
        """The road to it."""
        ...

    def landed(self, first: int) -> Sequence[Landed]:
        """The texts it took, from this place in its ledger on."""
        ...

    def reports(self, text: Landed) -> Sequence[Webhook]:
        """What it tells of a text, in the order it happened."""
        ...

    def replied(self, text: Landed, reply: str) -> Webhook:
        """A phone's answer, kept in the vendor's own list, and the webhook that brings it."""
        ...


@dataclass
class BadTwilio(twilio.FakeTwilio):
    """Twilio's API."""

    dice: random.Random = field(default_factory=random.Random)
    slowest: float = 0.1
    replies: int = 0
    tells_of_replies = True

    async def answer(self, request: Received, writer: asyncio.StreamWriter) -> bool:
        if request.method == "POST":
            mood = self._mood()
            self.script.extend([mood] if mood is not None else [])
        return await super().answer(request, writer)

    def _mood(self) -> twilio.Failure | None:
        moods: Mapping[str, twilio.Failure] = {
            "late": twilio.Late(self.dice.uniform(0, self.slowest)),
            "busy": twilio.Refuse(429, 20429),
            "busy for a while": twilio.Refuse(429, 20429, retry_after=str(self.dice.randint(1, 60))),
            "a fault over it": twilio.FailAfterMaking(self.dice.choice(FAULTS)),
            "hangs over it": twilio.Hang(),
            "cuts over it": twilio.Reset(),
        }
        return moods.get(_mood(self.dice))

    def carrier(self) -> Carrier:
        return TwilioCarrier(
            TwilioSettings(
                twilio.ACCOUNT, twilio.TOKEN, PUBLIC, self.url, timeout=4 * self.slowest, segments_per_second=1000.0
            )
        )

    def landed(self, first: int) -> Sequence[Landed]:
        return [
            Landed(made.form["To"], made.form["Body"], made.sid, urlsplit(made.form["StatusCallback"]).path, at)
            for at, made in enumerate(self.ledger[first:], first)
            if made.direction == "outbound-api"
        ]

    def reports(self, text: Landed) -> Sequence[Webhook]:
        self.ledger[text.at].status = "delivered"
        return [
            signed_by_twilio(text.reports_to, {"MessageSid": text.reference, "MessageStatus": state, "To": text.number})
            for state in ("queued", "sent", "delivered")
        ]

    def replied(self, text: Landed, reply: str) -> Webhook:
        self.replies += 1
        form = {"MessageSid": f"SM9{self.replies:031x}", "From": text.number, "To": SENDER, "Body": reply}
        made = twilio.Made(form["MessageSid"], form, self.now, "received", direction="inbound")
        self.ledger.append(made)
        return signed_by_twilio("/carriers/twilio/inbound", form)


def signed_by_twilio(path: str, form: Mapping[str, str]) -> Webhook:
    """A webhook as Twilio signs it."""
    signature = RequestValidator(twilio.TOKEN).compute_signature(PUBLIC + path, form)
    return Webhook(path, urlencode(form).encode(), _FORM | {"x-twilio-signature": signature})


_SECRET = "a_secret_of_the_drills"

AGGREGATOR: dict[str, Any] = {
    "carrier": "gateway",
    "send": {
        "method": "POST", "url": "https://sms.example/send",
        "form": {"to": "{to}", "from": "{sender}", "text": "{text}", "dlr": "{status_url}"},
        "taken": {"status": [200]}, "reference": {"body": True, "match": "^OK ([a-z0-9]+)"},
    },
    "inbound": {
        "sender": {"field": "from"}, "to": {"field": "to"}, "text": {"field": "text"}, "reference": {"field": "id"},
    },
    "reports": {
        "state": {"field": "state"}, "states": {"ENROUTE": "sent", "DELIVRD": "delivered"}, "reference": {"field": "id"},
    },
    "verify": {"secret": "webhook"},
    "capabilities": {"segments_per_second": 1000},
}  # fmt: skip
"""An aggregator that nobody wrote code for, and that cannot be asked what it knows."""


@dataclass
class BadAggregator(loopback.Loopback):
    """An aggregator of templates."""

    dice: random.Random = field(default_factory=random.Random)
    slowest: float = 0.1
    replies: int = 0
    tells_of_replies = False

    def reply(self, request: Received) -> loopback.Answer:
        self.ledger.append(request.form)
        return loopback.Answer(f"OK ref{len(self.ledger)}".encode())

    async def answer(self, request: Received, writer: asyncio.StreamWriter) -> bool:
        mood = self._mood()
        self.script.extend([mood] if mood is not None else [])
        return await super().answer(request, writer)

    def _mood(self) -> loopback.Mood | None:
        moods: Mapping[str, loopback.Mood] = {
            "late": loopback.Late(self.dice.uniform(0, self.slowest)),
            "busy": loopback.Answer(b"slow down", 429),
            "busy for a while": loopback.Answer(b"slow down", 429, {"Retry-After": str(self.dice.randint(1, 60))}),
            "a fault over it": loopback.Answer(b"oops", self.dice.choice(FAULTS), taken=True),
            "hangs over it": loopback.Hang(),
            "cuts over it": loopback.Cut(),
        }
        return moods.get(_mood(self.dice))

    def carrier(self) -> Carrier:
        document = deepcopy(AGGREGATOR)
        document["send"]["url"] = f"{self.url}/send"
        document["timeouts"] = {"connect": 5, "read": max(1, 4 * self.slowest), "at_once": 10}
        return GenericCarrier(GenericSettings(parse_definition(document), {"webhook": _SECRET}, PUBLIC))

    def landed(self, first: int) -> Sequence[Landed]:
        return [
            Landed(form["to"], form["text"], f"ref{at + 1}", urlsplit(form["dlr"]).path, at)
            for at, form in enumerate(self.ledger[first:], first)
        ]

    def reports(self, text: Landed) -> Sequence[Webhook]:
        return [
            Webhook(text.reports_to, urlencode({"id": text.reference, "state": state}).encode())
            for state in ("ENROUTE", "DELIVRD")
        ]

    def replied(self, text: Landed, reply: str) -> Webhook:
        self.replies += 1
        form = {"id": f"in{self.replies}", "from": text.number, "to": SENDER, "text": reply}
        return Webhook(f"/carriers/gateway/inbound/{_SECRET}", urlencode(form).encode())


def _mood(dice: random.Random) -> str:
    return dice.choices(list(MOODS), list(MOODS.values()))[0]
