"""Webhooks as each carrier makes them, signed as it signs, and the ways in which strangers spoil them."""

import hashlib
import hmac
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from app.carriers.addresses import SecretAddress
from app.carriers.generic import GenericCarrier, GenericSettings, parse_definition
from app.carriers.kannel import KannelCarrier, KannelSettings
from app.carriers.protocol import Carrier
from app.carriers.twilio import TwilioCarrier, TwilioSettings
from app.carriers.vonage.webhooks import SignatureMethod, signature
from tests.carriers import fake_vendors as fakes
from tests.carriers.fake_twilio import ACCOUNT, TOKEN
from tests.carriers.fake_vendors import PUBLIC, SECRET, SIGNING
from tests.conftest import AMINA
from tests.drills.vendors import AGGREGATOR, SENDER, signed_by_twilio

_FORM = "application/x-www-form-urlencoded"
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Letter:
    """A request taken apart, so that it can be spoilt; `declared` is the length it claims, where that is not its own."""

    path: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    declared: int | None = None

    def raw(self) -> bytes:
        """The request as it goes over the wire."""
        length = len(self.body) if self.declared is None else self.declared
        target = self.path + (f"?{self.query}" if self.query else "")
        lines = [f"{self.method} {target} HTTP/1.1", "host: 10.0.0.7", f"content-length: {length}", "connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + self.body


# -- what carriers write --------------------------------------------------------------------------


def roads() -> dict[str, Carrier]:
    """A road by each carrier, whose secrets are known here; nothing is sent over any."""
    return {
        "twilio": TwilioCarrier(TwilioSettings(ACCOUNT, TOKEN, PUBLIC)),
        "kannel": KannelCarrier(KannelSettings(f"{_NOWHERE}/x", "u", "p", public_url=PUBLIC, secret=SECRET)),
        "gateway": GenericCarrier(GenericSettings(parse_definition(AGGREGATOR), {"webhook": SECRET}, PUBLIC)),
        "africastalking": fakes.africastalking(_NOWHERE),
        "infobip": fakes.infobip(_NOWHERE),
        "vonage": fakes.vonage(_NOWHERE),
        "android": fakes.android(_NOWHERE, number=SENDER),
    }


@dataclass(frozen=True)
class Desk:
    """Where letters are written: a reply each, or a report on the one text that a road took from us."""

    road: Carrier
    now: datetime

    def reply(self, reference: str, text: str) -> Letter:
        """A reply of Amina's under this reference."""
        name, plain = self.road.name, {"from": AMINA, "to": SENDER, "text": text}
        match name:
            case "twilio":
                return _twilio({"MessageSid": reference, "From": AMINA, "To": SENDER, "Body": text}, "inbound")
            case "kannel":
                query = urlencode({"id": reference, "ts": 1, "coding": 0, "charset": "UTF-8"})
                headers = {"x-kannel-from": AMINA, "x-kannel-to": SENDER, "content-type": "text/plain"}
                return Letter(f"/carriers/kannel/inbound/{SECRET}", query, text.encode(), headers)
            case "infobip":
                body = json.dumps({"results": [plain | {"messageId": reference}]}).encode()
                return Letter(f"/carriers/infobip/inbound/{SECRET}", body=body)
            case "vonage":
                return self._vonage(
                    {"msisdn": AMINA[1:], "to": SENDER[1:], "messageId": reference, "text": text}, "inbound"
                )
            case "android":
                return self._android({"messageId": reference, "message": text, "sender": AMINA}, "sms:received")
            case _:
                return _form(f"/carriers/{name}/inbound/{SECRET}", plain | {"id": reference})

    def report(self, message: str, reference: str) -> Letter:  # noqa: PLR0911 - one per carrier
        """Word that our text arrived."""
        name = self.road.name
        match name:
            case "twilio":
                form = {"MessageSid": reference, "MessageStatus": "delivered", "To": AMINA}
                return _twilio(form, f"status/{message}")
            case "kannel" | "gateway":
                path = _sealed(self.road, message)
                if name == "kannel":
                    return Letter(path, "type=1&answer=&meta=")
                return _form(path, {"id": reference, "state": "DELIVRD"})
            case "africastalking":
                return _form(f"/carriers/{name}/status/{SECRET}", {"id": reference, "status": "Success"})
            case "infobip":
                told = {"messageId": message, "status": {"groupId": 3, "name": "DELIVERED_TO_HANDSET"}}
                return Letter(_sealed(self.road, message), body=json.dumps({"results": [told]}).encode())
            case "vonage":
                return self._vonage({"messageId": reference, "status": "delivered", "client-ref": message}, "status")
            case _:
                return self._android({"messageId": message}, "sms:delivered")

    def _vonage(self, fields: Mapping[str, str], kind: str) -> Letter:
        given = {**fields, "timestamp": str(int(self.now.timestamp()))}
        return _form(f"/carriers/vonage/{kind}", given | {"sig": signature(given, SIGNING, SignatureMethod.SHA256)})

    def _android(self, payload: Mapping[str, str], event: str) -> Letter:
        received = self.now.isoformat(timespec="milliseconds")
        body = json.dumps({"event": event, "id": "x", "payload": {**payload, "receivedAt": received}}).encode()
        written = str(int(self.now.timestamp()))
        mac = hmac.new(SIGNING.encode(), body + written.encode(), hashlib.sha256).hexdigest()
        return Letter("/carriers/android/inbound", body=body, headers={"x-signature": mac, "x-timestamp": written})


def _sealed(road: Carrier, message: str) -> str:
    """The path of reports on a message, which holds a MAC of our id."""
    return urlsplit(SecretAddress(road.name, PUBLIC, SECRET).status_of(message)).path


def _form(path: str, fields: Mapping[str, str]) -> Letter:
    return Letter(path, body=urlencode(fields).encode(), headers={"content-type": _FORM})


def _twilio(fields: Mapping[str, str], what: str) -> Letter:
    made = signed_by_twilio(f"/carriers/twilio/{what}", fields)
    return Letter(made.path, body=made.body, headers=made.headers)


# -- what strangers make of them ------------------------------------------------------------------

Spoil = Callable[[Letter, random.Random], Letter]

_PROOFS = ("x-twilio-signature", "x-signature", "x-timestamp")


def _noise(dice: random.Random, most: int = 40) -> str:
    return "".join(
        chr(dice.choice((dice.randint(33, 126), dice.randint(161, 0x2FF)))) for _ in range(dice.randint(1, most))
    )


def forged(letter: Letter, dice: random.Random) -> Letter:
    """Another proof than the true one, or none: in the headers, the form and the address."""
    headers = {
        name: _ascii(dice) if name in _PROOFS else value
        for name, value in letter.headers.items()
        if name not in _PROOFS or dice.random() < 0.7
    }
    path = letter.path
    for part in path.split("/")[4:]:
        # Of a road that signs, the last part of an address is a message's id; of the others it is the proof.
        path = path.replace(part, dice.choice((_ascii(dice), part[:-1] + "_", part[:16], part.swapcase() + "A")))
    body = letter.body.replace(b"sig=", b"sig=0")
    return replace(letter, headers=headers, path=path, body=body)


def _ascii(dice: random.Random) -> str:
    return "".join(dice.choice("abcdefXYZ0123456789_-=+") for _ in range(dice.randint(1, 44)))


def changed(letter: Letter, dice: random.Random) -> Letter:
    """Other words under a proof that was true of the old ones; see `SIGNS_ALL`."""
    words = b"I am well and everybody is very happy here"
    return replace(letter, body=letter.body.replace(b"word", dice.choice((words, b"", b"\xff\xfe", b"%00"))))


def cut_short(letter: Letter, dice: random.Random) -> Letter:
    """A body that ends before its declared length, as when a line breaks."""
    return replace(letter, declared=len(letter.body) + dice.randint(1, 500))


def oversized(letter: Letter, dice: random.Random) -> Letter:
    """More than any webhook holds; it may only be declared."""
    if dice.random() < 0.8:
        return replace(letter, declared=dice.choice((1_000_001, 10**9, 10**30)))
    return replace(letter, body=letter.body + b"&x=" + b"x" * 1_000_000)


def noisy(letter: Letter, dice: random.Random) -> Letter:
    """Headers, a query and a method that make no sense, and no proof."""
    spoilt = forged(letter, dice)
    headers = {**spoilt.headers, _ascii(dice).replace("=", "a").replace("+", "a"): _noise(dice)}
    headers["content-type"] = dice.choice((_FORM, "application/json", "multipart/form-data", 'text/xml; charset="', ""))
    method = dice.choice(("POST", "POST", "GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "X"))
    return replace(spoilt, headers=headers, method=method, query=dice.choice(("", "%", "a=%00", "a=%ff&" * 300, "=&=")))
