"""Fakes of the vendors we know by their published pages, each with a ledger of the texts that truly went out.

Their answers have the shapes of the vendors' own examples; where one takes an id of ours, so does its fake.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.carriers.africastalking import AfricasTalkingCarrier, AfricasTalkingSettings
from app.carriers.android import AndroidCarrier, AndroidSettings
from app.carriers.infobip import InfobipCarrier, InfobipSettings
from app.carriers.protocol import Carrier, OutboundText
from app.carriers.vonage import VonageCarrier, VonageSettings
from tests.carriers.loopback import Answer, Loopback, Received

NUMBER = "+254711000001"
SENDER = "+254200000009"
TEXT = "Were you paid on time? 1 = yes & 2 = no"
BENGALI = "গত ৪ সপ্তাহে সব ঘণ্টার মজুরি পেয়েছেন? 1 = হ্যাঁ, 2 = না 🙏"
SECRET = "a_secret_of_the_address"
KEY = "a key of the account's"
SIGNING = "the secret that signs webhooks"
PUBLIC = "https://shiftline.example"
# Connecting may take its time on a busy machine; what hangs is given up soon.
TIMES: dict[str, float] = {"timeout": 2.0, "connect_timeout": 10.0}


def outbound(message: str = "0192-a", text: str = TEXT, to: str = NUMBER) -> OutboundText:
    return OutboundText(message, to, SENDER, text)


@dataclass
class FakeAfricasTalking(Loopback):
    def reply(self, request: Received) -> Answer:
        if request.headers.get("apikey") != KEY:
            return Answer(b"The supplied authentication is invalid", 401)
        self.ledger.append(request.form)
        recipient = {
            "statusCode": 101,
            "number": request.form["to"],
            "status": "Success",
            "cost": "KES 0.8000",
            "messageId": f"ATXid_{len(self.ledger)}",
        }
        return told([recipient])


def told(recipients: list[dict[str, Any]], message: str = "Sent to 1/1 Total Cost: KES 0.8000") -> Answer:
    return Answer({"SMSMessageData": {"Message": message, "Recipients": recipients}}, 201)


def africastalking(url: str, **changes: Any) -> Carrier:
    plain = {"username": "shiftline", "api_key": KEY, "public_url": PUBLIC, "secret": SECRET, "base_url": url, **TIMES}
    return AfricasTalkingCarrier(AfricasTalkingSettings(**(plain | changes)))


PENDING = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED", "description": "Message sent"}
DUPLICATE = {"groupId": 5, "groupName": "REJECTED", "id": 23, "name": "REJECTED_DUPLICATE_MESSAGE_ID"}


@dataclass
class FakeInfobip(Loopback):
    logs: list[dict[str, Any]] = field(default_factory=list)

    def reply(self, request: Received) -> Answer:
        if request.headers.get("authorization") != f"App {KEY}":
            return Answer({"errorCode": "E401", "description": "Invalid credentials."}, 401)
        if request.method == "GET":
            return self._page(request)
        [message] = request.json["messages"]
        [destination] = message["destinations"]
        known = any(made["destinations"][0]["messageId"] == destination["messageId"] for made in self.ledger)
        if not known:
            self.ledger.append(message)
        return accepted(destination, DUPLICATE if known else PENDING)

    def _page(self, request: Received) -> Answer:
        at, size = int(request.query.get("cursor", 0)), int(request.query["limit"])
        following = str(at + size) if at + size < len(self.logs) else None
        return Answer({"results": self.logs[at : at + size], "cursor": {"limit": size, "nextCursor": following}})


def accepted(destination: dict[str, str], status: dict[str, Any]) -> Answer:
    told = {"messageId": destination["messageId"], "status": status, "destination": destination["to"]}
    return Answer({"bulkId": "2034072219640523072", "messages": [told]})


def infobip(url: str, **changes: Any) -> Carrier:
    plain = {"base_url": url, "api_key": KEY, "public_url": PUBLIC, "secret": SECRET, **TIMES}
    return InfobipCarrier(InfobipSettings(**(plain | changes)))


@dataclass
class FakeVonage(Loopback):
    def reply(self, request: Received) -> Answer:
        if request.form.get("api_secret") != KEY:
            return parts({"status": "4", "error-text": "Bad Credentials"})
        self.ledger.append(request.form)
        return parts({"to": request.form["to"], "message-id": f"0A{len(self.ledger):014}", "status": "0"})


def parts(*messages: dict[str, str]) -> Answer:
    return Answer({"message-count": str(len(messages)), "messages": list(messages)})


def vonage(url: str, **changes: Any) -> Carrier:
    plain = {"api_key": "abcd1234", "api_secret": KEY, "signature_secret": SIGNING, "base_url": url, **TIMES}
    return VonageCarrier(VonageSettings(**(plain | changes)))


@dataclass
class FakeAndroid(Loopback):
    now: datetime = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def reply(self, request: Received) -> Answer:
        if request.headers.get("authorization") != "Basic " + base64.b64encode(f"phone:{KEY}".encode()).decode():
            return Answer({"message": "Unauthorized"}, 401)
        if request.method == "GET":
            at, size = int(request.query["offset"]), int(request.query["limit"])
            return Answer([self.shown(message) for message in self.ledger[at : at + size]])
        message = request.json
        if any(made["id"] == message["id"] for made in self.ledger):
            return Answer({"message": "duplicate id"}, 409)
        self.ledger.append(message)
        return Answer(self.shown(message), 202)

    def shown(self, message: dict[str, Any]) -> dict[str, Any]:
        state, error = message.get("state", "Pending"), message.get("error")
        return {
            "id": message["id"],
            "deviceId": "uCh54LY9eovMomc2Un2eU",
            "state": state,
            "isHashed": False,
            "isEncrypted": False,
            "recipients": [{"phoneNumber": message["phoneNumbers"][0], "state": state, "error": error}],
            "states": {"Pending": self.now.isoformat().replace("+00:00", "Z")},
        }


def android(url: str, **changes: Any) -> Carrier:
    plain = {"base_url": url, "username": "phone", "password": KEY, "signing_key": SIGNING, "number": SENDER, **TIMES}
    return AndroidCarrier(AndroidSettings(**(plain | changes)))
