"""A phone as a gateway, by the shapes of https://docs.sms-gate.app."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.carriers.android import AndroidCarrier, AndroidSettings
from app.carriers.protocol import (
    Accepted,
    Carrier,
    Cause,
    Delivery,
    InboundText,
    Rejected,
    Request,
    Retry,
    StatusReport,
    Unknown,
)
from app.domain.errors import ForgedWebhookError, InvalidError, UnavailableError
from tests.carriers.fake_vendors import BENGALI, KEY, NUMBER, SENDER, SIGNING, FakeAndroid, android, outbound
from tests.carriers.loopback import Answer, Cut

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
READER = AndroidCarrier(AndroidSettings("http://127.0.0.1:9", "phone", KEY, SIGNING, SENDER))


@pytest.fixture
async def fake() -> AsyncIterator[FakeAndroid]:
    async with FakeAndroid() as running:
        yield running


@pytest.fixture
async def carrier(fake: FakeAndroid) -> AsyncIterator[Carrier]:
    made = android(fake.url)
    yield made
    await made.aclose()


# -- sending --------------------------------------------------------------------------------------


async def test_the_request_is_the_documented_one(carrier: Carrier, fake: FakeAndroid) -> None:
    assert await carrier.send([outbound(text=BENGALI)]) == {"0192-a": Accepted("0192-a")}
    [request] = fake.received
    assert (request.method, request.path, request.query) == ("POST", "/messages", {})
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "id": "0192-a",
        "textMessage": {"text": BENGALI},
        "phoneNumbers": [NUMBER],
        "ttl": 14_400,
        "withDeliveryReport": True,
    }


async def test_the_servers_path_and_the_sims_slot_are_settings(fake: FakeAndroid) -> None:
    carrier = android(f"{fake.url}/3rdparty/v1/", sim=2)
    await carrier.send([outbound()])
    await carrier.aclose()
    assert fake.received[0].path == "/3rdparty/v1/messages"
    assert fake.ledger[0]["simNumber"] == 2


async def test_a_second_try_of_a_text_it_has_makes_no_second_text_and_ends_the_doubt(
    carrier: Carrier, fake: FakeAndroid
) -> None:
    fake.script.append(Cut())
    assert await carrier.send([outbound()]) == {"0192-a": Unknown(Cause.TIMEOUT, "no-answer")}
    assert await carrier.send([outbound()]) == {"0192-a": Accepted("0192-a")}
    assert len(fake.ledger) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            Answer({"error": "QueueLimitExceeded", "message": "queue limits exceeded: too many pending"}, 503),
            Retry(timedelta(minutes=15), Cause.BUSY, "QueueLimitExceeded"),
            id="the phone has too much waiting",
        ),
        pytest.param(Answer({"message": "busy"}, 503), Unknown(Cause.OTHER, "http-503"), id="another 503"),
        pytest.param(
            Answer({"error": "QueueLimitExceeded"}, 500), Unknown(Cause.OTHER, "http-500"), id="a 500 stays unknown"
        ),
        pytest.param(
            Answer({"message": "No devices registered"}, 400),
            Retry(timedelta(minutes=15), Cause.ROUTE, "no-devices"),
            id="no phone",
        ),
        pytest.param(
            Answer({"message": f"failed: {NUMBER}"}, 400), Rejected(Cause.OTHER, "http-400"), id="a number it refuses"
        ),
        pytest.param(Answer({"id": ""}, 202), Unknown(Cause.UNREADABLE, "unreadable"), id="202, no id"),
        pytest.param(Answer({"id": 5}, 202), Unknown(Cause.UNREADABLE, "unreadable"), id="202, no text for an id"),
    ],
)
async def test_what_the_gateway_says_decides(
    carrier: Carrier, fake: FakeAndroid, answer: Answer, expected: object
) -> None:
    fake.script.append(answer)
    assert await carrier.send([outbound()]) == {"0192-a": expected}


async def test_a_wrong_password_loses_no_text(fake: FakeAndroid) -> None:
    carrier = android(fake.url, password="stale")
    assert await carrier.send([outbound()]) == {"0192-a": Retry(timedelta(minutes=15), Cause.ROUTE, "http-401")}
    await carrier.aclose()


def test_a_phone_is_slow() -> None:
    assert READER.capabilities.segments_per_second * 3600 <= 200


# -- who calls ------------------------------------------------------------------------------------


def signed(body: Any, at: datetime | str = NOW, key: str = SIGNING) -> Request:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    written = at if isinstance(at, str) else str(int(at.timestamp()))
    mac = hmac.new(key.encode(), content + written.encode(), hashlib.sha256).hexdigest()
    return Request("POST", "/carriers/android/inbound", "", {"x-signature": mac, "x-timestamp": written}, content)


def event(name: str, **payload: Any) -> dict[str, Any]:
    return {
        "deviceId": "ffffffffceb0b1db0000018e937c815b",
        "event": name,
        "id": "Ey6ECgOkVVFjz3CL48B8C",
        "payload": payload,
        "webhookId": "LreFUt-Z3sSq0JufY9uWB",
    }


REPLY: dict[str, Any] = {
    "messageId": "69bde8d0",
    "message": "হ্যাঁ 🙏",
    "sender": NUMBER,
    "recipient": None,
    "phoneNumber": NUMBER,
    "simNumber": 1,
    "receivedAt": "2026-11-24T12:00:00.000+03:00",
}
GOOD = signed(event("sms:received", **REPLY))


def test_what_the_app_signed_is_accepted() -> None:
    READER.verify(GOOD, NOW)
    READER.verify(replace(GOOD, headers=GOOD.headers | {"x-signature": GOOD.headers["x-signature"].upper()}), NOW)


@pytest.mark.parametrize(
    ("at", "fresh"),
    [
        pytest.param(NOW - timedelta(minutes=4), True, id="on its way"),
        pytest.param(NOW - timedelta(minutes=6), False, id="replayed"),
        pytest.param(NOW + timedelta(minutes=4), True, id="a clock that is ahead"),
        pytest.param(NOW + timedelta(minutes=6), False, id="from the future"),
    ],
)
def test_a_webhook_is_good_for_five_minutes(at: datetime, *, fresh: bool) -> None:
    request = signed(event("sms:received", **REPLY), at)
    if fresh:
        READER.verify(request, NOW)
        return
    with pytest.raises(ForgedWebhookError, match="stale"):
        READER.verify(request, NOW)


def _headers(**changes: str) -> Request:
    return replace(GOOD, headers=GOOD.headers | {name.replace("_", "-"): value for name, value in changes.items()})


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(replace(GOOD, body=GOOD.body + b" "), id="body changed"),
        pytest.param(_headers(x_timestamp=str(int(NOW.timestamp()) + 1)), id="time changed"),
        pytest.param(_headers(x_signature=""), id="empty signature"),
        pytest.param(_headers(x_signature="ß" * 64), id="not ASCII"),
        pytest.param(replace(GOOD, headers={}), id="not signed"),
        pytest.param(signed(GOOD.body, ""), id="no time"),
        pytest.param(signed(GOOD.body, "soon"), id="no number"),
        pytest.param(signed(GOOD.body, "9" * 11), id="a wild time"),
        pytest.param(signed(GOOD.body, "9" * 400), id="a wilder time"),
        pytest.param(signed(GOOD.body, key="another key"), id="another key"),
    ],
)
def test_anything_else_is_forged(request_: Request) -> None:
    with pytest.raises(ForgedWebhookError) as raised:
        READER.verify(request_, NOW)
    assert NUMBER[1:] not in str(raised.value)


# -- reading --------------------------------------------------------------------------------------


def test_a_reply_is_read_as_it_was_written_and_came_to_our_number() -> None:
    [reply] = READER.parse_inbound(GOOD)
    assert reply == InboundText(reply.reference, NUMBER, SENDER, "হ্যাঁ 🙏")
    assert NUMBER[1:] not in reply.reference


def test_an_older_app_calls_the_sender_otherwise() -> None:
    older = {name: value for name, value in REPLY.items() if name not in {"sender", "recipient"}}
    assert READER.parse_inbound(signed(event("sms:received", **older))) == READER.parse_inbound(GOOD)


def test_a_reply_told_twice_is_one_and_two_replies_are_two() -> None:
    def reference(**changes: str) -> str:
        return READER.parse_inbound(signed(event("sms:received", **(REPLY | changes)) | {"id": "another"}))[0].reference

    known = READER.parse_inbound(GOOD)[0].reference
    assert reference() == known
    assert reference(receivedAt="2026-11-24T12:00:01.000+03:00") != known
    assert reference(sender="+254711000002") != known


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(event("sms:received", **(REPLY | {"sender": "", "phoneNumber": ""})), id="nobody"),
        pytest.param(event("sms:received", **(REPLY | {"messageId": None})), id="no id"),
        pytest.param(event("sms:received", **(REPLY | {"receivedAt": ""})), id="no time"),
        pytest.param(event("sms:received", **(REPLY | {"message": ["a"]})), id="no text"),
        pytest.param(event("system:ping"), id="a ping"),
        pytest.param(event("sms:sent", **REPLY), id="a report at the inbox"),
        pytest.param({"event": "sms:received", "payload": None}, id="no payload"),
        pytest.param({"payload": REPLY}, id="no event"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"[" * 50_000, id="brackets without end"),
        pytest.param(b"\xff", id="raw bytes"),
    ],
)
def test_a_reply_that_is_none_is_invalid(body: Any) -> None:
    with pytest.raises(InvalidError) as raised:
        READER.parse_inbound(signed(body))
    assert NUMBER[1:] not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "reason", "delivery", "cause", "code"),
    [
        pytest.param("sms:sent", None, Delivery.SENT, None, "", id="sent"),
        pytest.param("sms:delivered", None, Delivery.DELIVERED, None, "", id="delivered"),
        pytest.param(
            "sms:failed",
            "Send result: RESULT_ERROR_GENERIC_FAILURE",
            Delivery.FAILED,
            Cause.ROUTE,
            "RESULT_ERROR_GENERIC_FAILURE",
            id="no credit",
        ),
        pytest.param(
            "sms:failed",
            "RESULT_ERROR_LIMIT_EXCEEDED",
            Delivery.FAILED,
            Cause.BUSY,
            "RESULT_ERROR_LIMIT_EXCEEDED",
            id="too many",
        ),
        pytest.param(
            "sms:failed", "Can't send message: No SIMs found", Delivery.FAILED, Cause.ROUTE, "no-sims", id="SIM"
        ),
        pytest.param("sms:failed", f"Invalid {NUMBER}", Delivery.FAILED, Cause.OTHER, "", id="a reason with a number"),
        pytest.param("sms:failed", None, Delivery.FAILED, Cause.OTHER, "", id="without a word"),
    ],
)
def test_a_report_names_our_id_and_tells_how_far(
    name: str, reason: str | None, delivery: Delivery, cause: Cause | None, code: str
) -> None:
    body = event(name, messageId="0192-a", phoneNumber=NUMBER, recipient=NUMBER, simNumber=1, reason=reason)
    assert READER.parse_status(signed(body), "") == [StatusReport("0192-a", "0192-a", delivery, cause, code)]


@pytest.mark.parametrize(
    "body", [event("sms:received", **REPLY), event("sms:sent"), event("sms:sent", messageId=" "), {}, b"null"]
)
def test_a_report_that_is_none_is_invalid(body: Any) -> None:
    with pytest.raises(InvalidError):
        READER.parse_status(signed(body), "")


# -- looking up -----------------------------------------------------------------------------------


async def test_a_lookup_tells_how_far_each_text_came(carrier: Carrier, fake: FakeAndroid) -> None:
    await carrier.send([outbound("a"), outbound("b"), outbound("c")])
    fake.ledger.sort(key=lambda message: message["id"])
    fake.ledger[0]["state"] = "Delivered"
    fake.ledger[1] |= {"state": "Failed", "error": "RESULT_ERROR_LIMIT_EXCEEDED"}
    fake.ledger[2]["phoneNumbers"] = ["a1b2c3d4e5f60718"]  # a hash: the server forgets numbers
    found = await carrier.reconcile(NOW)
    assert found.reports == [
        StatusReport("a", "a", Delivery.DELIVERED, to=NUMBER, created=NOW),
        StatusReport("b", "b", Delivery.FAILED, Cause.BUSY, "RESULT_ERROR_LIMIT_EXCEEDED", NUMBER, NOW),
        StatusReport("c", "c", Delivery.QUEUED, created=NOW),
    ]
    assert NUMBER[1:] not in repr(found)


async def test_a_lookup_asks_in_utc_and_reads_every_page(carrier: Carrier, fake: FakeAndroid) -> None:
    fake.ledger = [{"id": f"m{at}", "phoneNumbers": [NUMBER]} for at in range(234)]
    found = await carrier.reconcile(NOW.astimezone(timezone(timedelta(hours=3))))
    assert len({report.message for report in found.reports}) == 234
    assert [request.query for request in fake.received] == [
        {"from": "2026-11-24T09:00:00Z", "limit": "100", "offset": str(offset)} for offset in (0, 100, 200)
    ]


async def test_a_lookup_without_end_is_given_up(carrier: Carrier, fake: FakeAndroid) -> None:
    page = [fake.shown({"id": f"m{at}", "phoneNumbers": [NUMBER]}) for at in range(100)]
    fake.script.extend([Answer(page)] * 101)
    with pytest.raises(UnavailableError):
        await carrier.reconcile(NOW)
    assert len(fake.received) == 100


@pytest.mark.parametrize("listed", [[5], [{}], [{"id": "a", "state": "Dancing", "recipients": []}], {"a": 1}])
async def test_a_list_that_cannot_be_read_is_no_answer(carrier: Carrier, fake: FakeAndroid, listed: Any) -> None:
    fake.script.append(Answer(listed))
    with pytest.raises(UnavailableError):
        await carrier.reconcile(NOW)
